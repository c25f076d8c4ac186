"""Coterie beside other methods, on the same facts: the columns of the method's section 9.

    python -m benchmarks baselines [--accounts 100000] [--seeds 7201 7202 7203]
                                   [--evasion .2 .5 .8 1.0] [--markdown]

One table per evasion, mean over the seeds. Each method runs in a process of its own: CPU seconds from
the facts in the store to the groups (for Coterie the whole sweep, with its findings written), and the
peak memory of that process. ``flagged``: Coterie's ``coordinated`` clusters; of the others the groups
with the best score, until they hold as many operators as those, or none is left.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import time
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING

import polars as pl
from benchmarks import peers
from benchmarks.detection import show
from benchmarks.worlds import loaded

import coterie
from coterie.graphs.evaluate import evaluate
from coterie.loaders.simulate import WorldOptions
from coterie.workspace.files import read_truth

if TYPE_CHECKING:
    from coterie.graphs.evaluation import Evaluation
    from coterie.workspace import Workspace

OURS = "Coterie"
HEAD = (
    "method", "B3 F", "worst", "P", "R", "J>=.5", "AP", "operators flagged",
    "benign flagged /100k", "in false groups /100k", "CPU s", "peak MB",
)  # fmt: skip
KB, MB = 1024, 1_000_000


def measure(name: str, root: Path, truth_path: Path, wanted: int) -> dict[str, float]:
    """Run one method on a loaded workspace; the numbers of its row.

    Args:
        name: ``Coterie`` or one of ``peers.METHODS``.
        root: the workspace.
        truth_path: the world's truth.
        wanted: operators to flag, for a method without a threshold of its own.
    """
    import igraph  # noqa: F401  before the clock starts, as all that follows
    import scipy.sparse.csgraph  # noqa: F401

    workspace, truth = coterie.open(root), read_truth(truth_path, "cluster")
    began = time.process_time()
    if name == OURS:
        workspace.sweep()
        spent = time.process_time() - began
        found = workspace.evaluate(truth)
    else:
        members, groups = _groups(name, workspace)
        spent = time.process_time() - began
        known = truth.filter(pl.col("role") == "operator")["account_id"]
        accounts = workspace.query("SELECT count(*) FROM accounts").item()
        found = evaluate(members, _flag(members, groups, known, wanted), truth, accounts)
    return {**_row(found), "cpu": spent, "peak": _peak() * KB / MB}


def _groups(name: str, workspace: Workspace) -> tuple[pl.DataFrame, pl.DataFrame]:
    facts = peers.read(workspace)
    label, score = peers.METHODS[name](facts)
    members = (
        pl.DataFrame({"account_id": facts.names, "group": label})
        .filter(pl.col("group") >= 0)
        .filter(pl.len().over("group") >= peers.MIN_SIZE)
        .select("account_id", cluster_id=pl.col("group").cast(pl.String))
    )
    groups = pl.DataFrame({"cluster_id": range(len(score)), "score": score})
    return members, groups.with_columns(pl.col("cluster_id").cast(pl.String))


def _flag(
    members: pl.DataFrame, groups: pl.DataFrame, operators: pl.Series, wanted: int
) -> pl.DataFrame:
    """Give the best groups the tier ``coordinated`` until they hold enough operators."""
    hits = members.group_by("cluster_id").agg(
        hits=pl.col("account_id").is_in(operators.implode()).sum().cast(pl.Int64)
    )
    return (
        groups.join(hits, on="cluster_id")
        .sort("score", "cluster_id", descending=[True, False])
        .with_columns(before=pl.col("hits").cum_sum() - pl.col("hits"))
        .with_columns(
            tier=pl.when(pl.col("before") < wanted)
            .then(pl.lit("coordinated"))
            .otherwise(pl.lit("lead"))
        )
    )


def _row(found: Evaluation) -> dict[str, float]:
    flagged = next(tier for tier in found.tiers if tier.tier == "coordinated")
    return {
        "f": found.bcubed.f or 0.0,
        "p": found.bcubed.precision or 0.0,
        "r": found.bcubed.recall or 0.0,
        "recovered": found.recovered_50,
        "ap": found.average_precision or 0.0,
        "operators": flagged.n_operators / found.n_operators,
        "hits": flagged.n_operators,
        "benign": found.benign.per_100k or 0.0,
        "false": found.benign.false_per_100k or 0.0,
    }


def _peak() -> int:
    """The most memory this process has held, kB; ``getrusage`` would begin with its parent's."""
    status = Path("/proc/self/status").read_text("utf-8")
    found = re.search(r"VmHWM:\s*(\d+) kB", status)
    return int(found[1]) if found else 0


def side_by_side(options: WorldOptions, names: list[str]) -> dict[str, dict[str, float]]:
    """Every method on one world, each in a process of its own."""
    rows: dict[str, dict[str, float]] = {}
    wanted = 0
    with loaded(options) as (workspace, truth):
        for name in [OURS, *names]:
            one = [name, str(workspace.path), str(truth), str(wanted)]
            command = [sys.executable, "-m", "benchmarks.baselines", "--one", *one]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
            rows[name] = json.loads(done.stdout)
            if name == OURS:
                wanted = int(rows[name]["hits"])
    return rows


def line(name: str, runs: list[dict[str, float]]) -> tuple[str, ...]:
    """One row of the table: means over the seeds."""
    of = {key: mean(run[key] for run in runs) for key in runs[0]}
    return (
        name, f"{of['f']:.3f}", f"{min(run['f'] for run in runs):.3f}", f"{of['p']:.3f}",
        f"{of['r']:.3f}", f"{100 * of['recovered']:.0f} %", f"{of['ap']:.3f}",
        f"{100 * of['operators']:.0f} %", f"{of['benign']:.0f}", f"{of['false']:.0f}",
        f"{of['cpu']:.1f}", f"{of['peak']:.0f}",
    )  # fmt: skip


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--accounts", type=int, default=100_000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[7201, 7202, 7203])
    parser.add_argument("--evasion", type=float, nargs="+", default=[0.2, 0.5, 0.8, 1.0])
    parser.add_argument("--methods", nargs="+", choices=list(peers.METHODS), metavar="METHOD")
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("--one", nargs=4, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        name, root, truth, wanted = arguments.one
        print(json.dumps(measure(name, Path(root), Path(truth), int(wanted))))
        return
    names = arguments.methods or list(peers.METHODS)
    for evasion in arguments.evasion:
        worlds = [
            side_by_side(WorldOptions(arguments.accounts, seed, evasion), names)
            for seed in arguments.seeds
        ]
        rows = [line(name, [world[name] for world in worlds]) for name in [OURS, *names]]
        print(f"\nevasion {evasion}, {arguments.accounts:,} accounts, seeds {arguments.seeds}\n")
        show([HEAD, *rows], markdown=arguments.markdown)
        sys.stdout.flush()


if __name__ == "__main__":
    main()
