# `make` lists what there is to do. Everything runs in .venv, made from requirements.txt on first need.
.DEFAULT_GOAL := help
.PHONY: help demo test lint format bench docs
SHELL := /bin/bash
BIN := .venv/bin

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 10

demo: .venv/ready ## simulate a small platform, find its campaigns, write the report
	@$(BIN)/coterie demo $(ARGS)

test: .venv/ready ## run every test, with coverage (ARGS="-k name" to choose)
	@browser=$$(tools/chromium.sh) && postgres=$$(tools/postgresql.sh) && \
	  $(BIN)/python -m pytest --cov --cov-report=term $$browser $$postgres $(ARGS)

lint: .venv/ready ## ruff (rules and format) and mypy, changing nothing
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

format: .venv/ready ## let ruff rewrite what it can
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: .venv/ready ## measure time, memory and quality on simulated worlds
	$(BIN)/python -m benchmarks $(ARGS)

docs: .venv/ready ## write the generated reference pages anew
	$(BIN)/python tools/docs.py

.venv/ready: requirements.txt pyproject.toml tools/venv.sh
	@tools/venv.sh
