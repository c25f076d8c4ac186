"""Write the generated pages of docs/reference: the command line, the store, the kinds.

``python tools/docs.py`` writes them; ``--check`` writes nothing and exits with 1 where one is out of date.
"""

from __future__ import annotations

import inspect
import re
import sys
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from coterie.cli import main
from coterie.config import DEFAULT_KIND, KINDS, KindProfile
from coterie.queries.schema import FACTS, FINDINGS, REGISTERS
from coterie.workspace.dictionary import dictionary

if TYPE_CHECKING:
    from collections.abc import Iterator

    from coterie.queries.schema import Table

REFERENCE = Path(__file__).parents[1] / "docs" / "reference"
NOTE = "<!-- Written by `make docs`; never edit by hand. -->\n"


def _commands(command: click.Command, path: str) -> Iterator[tuple[str, str]]:
    """(full name, help text) of a command and everything below it."""
    context = click.Context(command, info_name=path, terminal_width=88, max_content_width=88)
    yield path, command.get_help(context)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            if below is not None and not below.hidden:
                yield from _commands(below, f"{path} {name}")


def cli_page() -> str:
    """The help text of every command."""
    parts = [NOTE, "# The command line\n", "What `coterie COMMAND --help` says.\n"]
    for name, text in _commands(main, "coterie"):
        parts.append(f"## {name}\n\n```text\n{text.rstrip()}\n```\n")
    return "\n".join(parts)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _table(name: str, table: Table) -> str:
    rows = [f"| `{c.name}` | {c.type} | {_cell(c.doc)} |" for c in table.columns]
    return "\n".join([
        f"### {name}\n", f"Grain: {table.grain}.\n", "| column | type | meaning |", "|---|---|---|",
        *rows, "",
    ])  # fmt: skip


def _view(view: dict[str, Any]) -> str:
    rows = [f"| `{c['name']}` | {c['type']} | {_cell(c['doc'])} |" for c in view["columns"]]
    return "\n".join([
        f"### {view['view']}\n", f"Grain: {_cell(view['grain'])}.\n",
        "| column | type | meaning |", "|---|---|---|", *rows, "",
    ])  # fmt: skip


def store_page() -> str:
    """The data dictionary: every view to read, every table behind it."""
    parts = [
        NOTE,
        "# The store\n",
        ("`coterie query \"SELECT …\"` and any DuckDB client read these views. "
        "Times are UTC without a zone. `coterie schema` prints the same.\n"),
        "## Views to read\n",
        *(_view(view) for view in dictionary()),
    ]  # fmt: skip
    for title, schema, tables in (
        ("Facts: what came in", "facts", FACTS),
        ("Findings: what sweeps made of it", "findings", FINDINGS),
        ("Registers", "register", REGISTERS),
    ):
        parts.append(f"## {title}\n")
        parts += [_table(f"{schema}.{name}", table) for name, table in tables.items()]
    return "\n".join(parts)


def kinds_page() -> str:
    """The profile of every built-in kind, and what each setting of a profile means."""
    settings = [field.name for field in fields(KindProfile)]
    rows = [
        f"| `{name}` | " + " | ".join(_setting(getattr(profile, s)) for s in settings) + " |"
        for name, profile in [*KINDS.items(), ("*(any other)*", DEFAULT_KIND)]
    ]
    listed = (inspect.getdoc(KindProfile) or "").partition("Attributes:")[2]
    meanings = re.findall(r"^ +(\w+): (.+)$", listed, re.MULTILINE)
    return "\n".join([
        NOTE,
        "# Kinds and their profiles\n",
        "Each setting can be changed in `coterie.toml` under `[kind.NAME]`.\n",
        "| kind | " + " | ".join(f"`{s}`" for s in settings) + " |",
        "|---" * (len(settings) + 1) + "|",
        *rows,
        "",
        *(f"- `{name}`: {_cell(words)}" for name, words in meanings),
        "",
    ])  # fmt: skip


def _setting(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else ""
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def write(*, check: bool) -> int:
    """Write the pages, or only compare them; the exit code."""
    stale = 0
    for name, text in (
        ("cli.md", cli_page()),
        ("store.md", store_page()),
        ("kinds.md", kinds_page()),
    ):
        path = REFERENCE / name
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            continue
        stale += 1
        if check:
            print(f"{path.relative_to(REFERENCE.parents[1])} is out of date: run make docs")
        else:
            REFERENCE.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return int(check and stale > 0)


if __name__ == "__main__":
    sys.exit(write(check="--check" in sys.argv[1:]))
