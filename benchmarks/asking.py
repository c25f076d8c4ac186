"""Seconds a question: show, why, path, expand and what-if on a workspace that was swept.

    python -m benchmarks.asking [--workspace DIR | --accounts N] [--rounds N]

Without a workspace, a simulated world of N accounts is loaded and swept first. Clusters are drawn
with a fixed seed from those of 10 to 300 members; each question is asked of each. CPU seconds stand
beside the wall clock's, for a machine that is busy with other things.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
from benchmarks.worlds import loaded

import coterie
from coterie.graphs.what_if_quick import what_if_cluster
from coterie.loaders.simulate import WorldOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from coterie.workspace import Sweep


@contextmanager
def _workspace(arguments: argparse.Namespace) -> Iterator[Sweep]:
    if arguments.workspace is not None:
        yield coterie.open(arguments.workspace).newest()
        return
    with loaded(WorldOptions(accounts=arguments.accounts, seed=7201)) as (workspace, _):
        yield workspace.sweep()


def _questions(sweep: Sweep, rounds: int) -> dict[str, list[Callable[[], object]]]:
    clusters = sweep.clusters().filter(pl.col("size").is_between(10, 300)).sort("cluster_id")
    drawn = random.Random(5).sample(clusters["cluster_id"].to_list(), rounds)
    found: dict[str, list[Callable[[], object]]] = {}
    for cluster in drawn:
        members = sweep.members(cluster)["account_id"]
        a, b = members[0], members[-1]
        top = sweep.evidence(cluster).filter(pl.col("bits") > 0).row(0, named=True)
        for name, ask in (
            ("show a cluster", lambda c=cluster: sweep.show(c)),
            ("show an account", lambda a=a: sweep.show(a)),
            ("why", lambda a=a, b=b: sweep.why(a, b)),
            ("path", lambda a=a, b=b: sweep.path(a, b)),
            ("expand", lambda a=a: sweep.expand([a])),
            (
                "what-if, without the top value",
                lambda c=cluster, t=top: sweep.what_if(
                    values=[(t["kind"], t["value"])], clusters=[c]
                ),
            ),
            (
                "what-if, without an account",
                lambda c=cluster, a=a: sweep.what_if(accounts=[a], clusters=[c]),
            ),
            (
                "what-if, without a kind",
                lambda c=cluster, t=top: sweep.what_if(kinds=[t["kind"]], clusters=[c]),
            ),
        ):
            found.setdefault(name, []).append(ask)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workspace", type=Path)
    parser.add_argument("--accounts", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=10)
    arguments = parser.parse_args()
    with _workspace(arguments) as sweep:
        accounts = sweep.workspace.named("ask/totals", sweep_id=sweep.sweep_id)["accounts"][0]
        clusters = sweep.clusters().height
        print(f"{accounts:,} accounts, {clusters:,} clusters, {arguments.rounds} of each question")
        print(f"{'question':34}{'median s':>9}{'worst s':>9}{'cpu s':>9}")
        for name, questions in _questions(sweep, arguments.rounds).items():
            questions[0]()  # imports and the file cache
            walls, cpus = [], []
            for ask in questions:
                began, cpu = time.perf_counter(), time.process_time()
                str(ask())
                walls.append(time.perf_counter() - began)
                cpus.append(time.process_time() - cpu)
            print(
                f"{name:34}{statistics.median(walls):>9.2f}{max(walls):>9.2f}"
                f"{statistics.median(cpus):>9.2f}",
                flush=True,
            )
        with sweep.workspace.store() as store:
            began, cpu = time.perf_counter(), time.process_time()
            found = what_if_cluster(store)
            print(
                f"quick what-if of {clusters:,} clusters ({found.height:,} answers): "
                f"{time.perf_counter() - began:.1f} s, {time.process_time() - cpu:.1f} cpu s"
            )


if __name__ == "__main__":
    main()
