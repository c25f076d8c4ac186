"""Quality on the built-in world: the table of the method's section 9, on seeds not used for tuning.

    python -m benchmarks.detection [--accounts 100000] [--seeds 7101 7102 7103] [--markdown]

One row per evasion, mean over the seeds (and the worst seed's F). Benign accounts are counted per
100,000: in coordinated clusters that are mostly benign, and in all coordinated clusters (bystanders
that a right cluster took along).
"""

from __future__ import annotations

import argparse
import time
from statistics import mean
from typing import TYPE_CHECKING

from benchmarks.worlds import loaded

from coterie.loaders.simulate import WorldOptions

if TYPE_CHECKING:
    from coterie.graphs.evaluation import Evaluation

ROWS: list[tuple[str, dict[str, object]]] = [
    *((f"evasion {evasion}", {"evasion": evasion}) for evasion in (0.2, 0.5, 0.8, 1.0)),
    ("evasion 0.5, no prompts", {"evasion": 0.5, "prompts": False}),
    ("evasion 0.5, no prompts, no times", {"evasion": 0.5, "prompts": False, "times": False}),
    ("evasion 0.65, free accounts only", {"evasion": 0.65, "free_only": True}),
    ("evasion 0.65, confounders doubled", {"evasion": 0.65, "confounders": 2.0}),
    ("evasion 0.65, campaigns rare", {"evasion": 0.65, "rare": True}),
]
HEAD = (
    "world", "B3 F", "worst", "P", "R", "J>=.5", "AP", "false /100k", "bystanders /100k",
    "customers out of core", "s",
)  # fmt: skip


def measure(options: WorldOptions) -> tuple[Evaluation, float]:
    """Evaluate one world; seconds of the sweep."""
    with loaded(options) as (workspace, truth):
        began = time.perf_counter()
        workspace.sweep()
        seconds = time.perf_counter() - began
        return workspace.evaluate(truth), seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--accounts", type=int, default=100_000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[7101, 7102, 7103])
    parser.add_argument("--rows", type=int, default=len(ROWS), help="only the first rows")
    parser.add_argument("--markdown", action="store_true")
    arguments = parser.parse_args()
    table: list[tuple[str, ...]] = [HEAD]
    archetypes: dict[str, dict[str, float]] = {}
    for name, settings in ROWS[: arguments.rows]:
        runs = [
            measure(WorldOptions(accounts=arguments.accounts, seed=seed, **settings))  # type: ignore[arg-type]
            for seed in arguments.seeds
        ]
        found = [run[0] for run in runs]
        out = [e.customers.kept_out_of_core for e in found]
        table.append(
            (
                name,
                f"{mean(e.bcubed.f for e in found):.3f}",
                f"{min(e.bcubed.f for e in found):.3f}",
                f"{mean(e.bcubed.precision for e in found):.3f}",
                f"{mean(e.bcubed.recall for e in found):.3f}",
                f"{100 * mean(e.recovered_50 for e in found):.0f} %",
                f"{mean(e.average_precision or 0 for e in found):.3f}",
                f"{mean(e.benign.false_per_100k or 0 for e in found):.1f}",
                f"{mean(e.benign.per_100k or 0 for e in found):.0f}",
                f"{mean(x for x in out if x is not None):.2f}",
                f"{mean(run[1] for run in runs):.1f}",
            )
        )
        print("  ".join(table[-1]), flush=True)
        for e in found:
            for a in e.archetypes:
                archetypes.setdefault(a.archetype, {}).setdefault(name, 0.0)
                archetypes[a.archetype][name] += (a.bcubed.f or 0) / len(found)
    print()
    by = [("archetype, B3 F", *(row[0] for row in table[1:]))]
    by += [
        (kind, *(f"{scores.get(row[0], float('nan')):.2f}" for row in table[1:]))
        for kind, scores in sorted(archetypes.items())
    ]
    for rows in (table, by):
        show(rows, markdown=arguments.markdown)
        print()


def show(rows: list[tuple[str, ...]], *, markdown: bool) -> None:
    """Print a table, aligned or as Markdown."""
    if markdown:
        print("| " + " | ".join(rows[0]) + " |")
        print("|" + "---|" * len(rows[0]))
        for row in rows[1:]:
            print("| " + " | ".join(row) + " |")
        return
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)))


if __name__ == "__main__":
    main()
