"""Is what `coterie sweep --plan` expects true? Estimate against measured, and the fit behind it.

    python -m benchmarks.plan [--accounts 20000 100000] [--fit]

Worlds of several sizes are swept at several caps, so that rows and pairs do not grow together. Each
sweep runs in a process of its own. ``--fit`` writes ``graphs/plan_model.json`` anew from what was
measured: run it on a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import nnls

from coterie.config import KINDS
from coterie.graphs.plan import expected, model

MODEL = Path(__file__).parents[1] / "graphs" / "plan_model.json"
TABLES = ("accounts", "lists", "links", "signals", "prompts", "events")
FACTORS = (0.5, 1.0, 3.0)
LOAD = """
import sys
from pathlib import Path
import coterie
from coterie.loaders.simulate import WorldOptions, write_world
case, accounts, tables = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3].split(",")
write_world(WorldOptions(accounts=accounts, seed=7201), case / "world")
coterie.open(case).load(*[case / "world" / f"{name}.parquet" for name in tables])
"""
PLAN = """
import json, sys
import coterie
found = coterie.open(sys.argv[1]).plan()
print(json.dumps({"rows": found.in_window, "pairs": found.n_pairs}))
"""
SWEEP = """
import json, resource, sys, time
import coterie
began = time.perf_counter()
coterie.open(sys.argv[1]).sweep()
wall, used = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps({"wall": wall, "cpu": used.ru_utime + used.ru_stime, "mb": used.ru_maxrss / 1024}))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--accounts", type=int, nargs="+", default=[20_000, 100_000])
    parser.add_argument("--fit", action="store_true", help="write the model anew")
    arguments = parser.parse_args()
    runs = [run for accounts in arguments.accounts for run in measured(accounts)]
    if arguments.fit:
        fitted = fit(runs, arguments.accounts)
        MODEL.write_text(json.dumps(fitted, indent=2) + "\n", encoding="utf-8")
        model.cache_clear()
    print(table(runs))


def measured(accounts: int) -> list[dict[str, Any]]:
    """Sweeps of one world at several caps: rows, pairs, seconds and megabytes."""
    runs = []
    with tempfile.TemporaryDirectory() as folder:
        _step(LOAD, folder, str(accounts), ",".join(TABLES))
        for factor in FACTORS:
            (Path(folder) / "coterie.toml").write_text(caps(factor), encoding="utf-8")
            runs.append({
                "accounts": accounts, "caps": factor, **json.loads(_step(PLAN, folder)),
                **json.loads(_step(SWEEP, folder)),
            })  # fmt: skip
            print(".", end="", file=sys.stderr, flush=True)
    return runs


def caps(factor: float) -> str:
    """Settings in which every kind's cap and partners are so many times their default."""
    lines = []
    for name, kind in KINDS.items():
        cap = max(2, round(kind.cap * factor))
        partners = max(2, round(kind.partners * factor))
        lines.append(f"[kind.{name}]\ncap = {cap}\npartners = {partners}\n")
    return "\n".join(lines)


def fit(runs: list[dict[str, Any]], sizes: list[int]) -> dict[str, Any]:
    """Non-negative coefficients of (1, million rows, million pairs), relative errors alike."""
    x = np.array([[1.0, run["rows"] / 1e6, run["pairs"] / 1e6] for run in runs])
    found: dict[str, Any] = {}
    for name, column in (("cpu_seconds", "cpu"), ("memory_mb", "mb")):
        y = np.array([run[column] for run in runs])
        found[name] = [round(float(c), 3) for c in nnls(x / y[:, None], np.ones(len(y)))[0]]
    found["wall_per_cpu"] = model()["wall_per_cpu"]
    found["wall_origin"] = model()["wall_origin"]
    at = datetime.now(UTC).date().isoformat()
    found["origin"] = (
        f"a model fitted to {len(runs)} sweeps of simulated worlds of "
        f"{' and '.join(f'{n:,}' for n in sizes)} accounts ({at}, {os.cpu_count()} cores, "
        f"{platform.machine()}); real data and other machines differ"
    )
    return found


def table(runs: list[dict[str, Any]]) -> str:
    lines = [
        "| accounts | caps | rows | pairs | CPU s | expected | ratio | peak MB | expected | ratio |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for run in runs:
        cpu, _, mb = expected(run["rows"], run["pairs"])
        lines.append(
            f"| {run['accounts']:,} | x{run['caps']:g} | {run['rows']:,} | {run['pairs']:,} "
            f"| {run['cpu']:.1f} | {cpu:.1f} | {cpu / run['cpu']:.2f} "
            f"| {run['mb']:.0f} | {mb} | {mb / run['mb']:.2f} |"
        )
    return "\n".join(lines)


def _step(code: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], check=True, stdout=subprocess.PIPE, text=True
    )
    return done.stdout.splitlines()[-1] if done.stdout else ""


if __name__ == "__main__":
    main()
