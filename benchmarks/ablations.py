"""What each part of the method pays: switched off one at a time, and what it costs.

    python -m benchmarks ablations [--accounts 20000] [--seeds 7201 7202 7203]
                                   [--evasion .5 1.0] [--only NAME ...] [--markdown]

Every world is loaded once and detected again for each part. A part is switched off by a setting where
there is one, else by changing, in this process alone, what a named statement leaves behind. Changes are
means over the worlds, without the part less with it: below 0 the part helps (for the two columns of
benign accounts: above 0). The score's weights stay as fitted with all parts. ``does not pay``: without
it no measure gets worse by more than ``HAIR``.
"""

from __future__ import annotations

import argparse
import sys
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from importlib import import_module
from statistics import mean
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import polars as pl
from benchmarks.detection import show
from benchmarks.worlds import loaded

import coterie.queries.run as door
from coterie.graphs.evaluate import evaluate
from coterie.graphs.pipeline import detect
from coterie.loaders.simulate import WorldOptions
from coterie.queries.store import work_store
from coterie.workspace.files import read_truth

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from coterie.config import Config
    from coterie.graphs.evaluation import Evaluation
    from coterie.workspace import Workspace

    Settings = Callable[[Config], Config]

ROOMS = (
    "incidences", "links", "partners", "communities", "refine", "hours", "judge", "null", "pipeline",
)  # fmt: skip
NONE = "nothing: the whole method"
WINDOW, TICK = timedelta(days=90), timedelta(microseconds=1)
# What is no loss: F, recovered, average precision, operators flagged, customers out of core (0..1),
# benign accounts flagged, those in false clusters (per 100,000).
HAIR = (0.002, 0.01, 0.005, 0.01, 0.01, 5.0, 2.0)
HEAD = (
    "without", "F", "J>=.5", "AP", "operators flagged", "customers out of core",
    "benign flagged /100k", "in false clusters /100k", "CPU s", "does not pay",
)  # fmt: skip
# Everybody stays in its community.
STAY = """
CREATE OR REPLACE TABLE membership AS
SELECT
    *, evidence + timing + rate >= 12000000
    AND (prompt >= 3000000 OR timing >= 3000000 OR n_strong >= 2) AS core
FROM score
WHERE own
"""
NO_SETTLE = "CREATE OR REPLACE TABLE membership AS SELECT * EXCLUDE (imposed) FROM membership"


@dataclass(frozen=True, slots=True)
class Part:
    """How to do without one part.

    Attributes:
        settings: gives the settings without it.
        after: statement -> SQL to run right after it.
        instead: statement -> SQL to run in its place, or None for nothing.
        patched: function of the graphs' room, as "module.name" -> what stands in for it, made from
            the function itself.
    """

    settings: Settings | None = None
    after: Mapping[str, str] = field(default_factory=dict)
    instead: Mapping[str, str | None] = field(default_factory=dict)
    patched: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)


def _kinds(names: tuple[str, ...], **changes: Any) -> Settings:
    def change(config: Config) -> Config:
        kinds = {name: replace(config.kind(name), **changes) for name in names or config.kinds}
        return replace(config, kinds=MappingProxyType({**config.kinds, **kinds}))

    return change


def _sweep(**changes: Any) -> Settings:
    return lambda config: replace(config, sweep=replace(config.sweep, **changes))


def _nothing(_: Any) -> Any:
    return lambda *_: None


def _first_round(whole: Callable[..., Any]) -> Callable[..., Any]:
    return partial(whole, rounds=1)


def _no_guards(judged: Callable[[pl.DataFrame], pl.DataFrame]) -> Callable[..., pl.DataFrame]:
    def passed(clusters: pl.DataFrame) -> pl.DataFrame:
        frame = judged(clusters)
        return frame.with_columns(pl.lit(value=False).alias(c) for c in frame.columns
                                  if c.startswith("is_"))  # fmt: skip

    return passed


def _no_synchrony(asked: Callable[..., pl.DataFrame]) -> Callable[..., pl.DataFrame]:
    return lambda *given: asked(*given).with_columns(tim=pl.lit(0.0), lift=pl.lit(0.0))


OFF = {"m": 0.0, "profile_cap": 0.0, "min_bits": 0.0}
PARTS: dict[str, Part] = {
    "kind payment": Part(_kinds(("payment",), **OFF)),
    "kind device": Part(_kinds(("device",), **OFF)),
    "kind ip": Part(_kinds(("ip",), **OFF)),
    "kind prompt": Part(_kinds(("prompt",), **OFF)),
    "kind email": Part(_kinds(("email",), **OFF)),
    "kind email_domain": Part(_kinds(("email_domain",), **OFF)),
    "kind client": Part(_kinds(("client",), **OFF)),
    "kind issuer": Part(_kinds(("issuer",), **OFF)),
    "family identity (email, email_domain)": Part(_kinds(("email", "email_domain"), **OFF)),
    "weak kinds (client, issuer, email_domain)": Part(
        _kinds(("client", "issuer", "email_domain"), **OFF)
    ),
    "given links": Part(instead={"link/meeting_given": None}),
    "degree correction": Part(after={"incidence/degree": "DELETE FROM degree"}),
    "strata of addresses": Part(
        after={
            "incidence/stratum": "UPDATE stratum SET e = t.e FROM total AS t "
            "WHERE t.kind_key = stratum.kind_key"
        }
    ),
    "partners in large values": Part(_kinds((), partners=0)),
    "least bits of payment": Part(_kinds(("payment", "bank_account"), min_bits=0.0)),
    "address-merge parting": Part(
        patched={
            "communities._part_address_merges": lambda _: lambda _work, _vertices, label: label
        }
    ),
    "refinement, all of it": Part(
        instead={
            "refine/narrow": None,
            "refine/assign": STAY,
            "refine/housemate": "CREATE OR REPLACE TABLE housemate AS "
            "SELECT account_key FROM membership WHERE false",
            "refine/settle": NO_SETTLE,
        },
        patched={"refine.refine": _first_round},
    ),
    "refinement, rounds 2 and 3": Part(patched={"refine.refine": _first_round}),
    "leave-one-out": Part(after={"refine/candidate": "UPDATE candidate SET based = false"}),
    "joining of kin": Part(patched={"refine._merge_kin": _nothing}),
    "timing in refinement": Part(after={"refine/timing": "UPDATE timing SET bits = 0"}),
    "synchrony in judgement": Part(patched={"judge.synchrony": _no_synchrony}),
    "timing everywhere": Part(after={"refine/activity": "DELETE FROM activity"}),
    "content rate": Part(after={"refine/rate": "DELETE FROM rate"}),
    "housemate rule": Part(after={"refine/housemate": "DELETE FROM housemate"}),
    "settle rule": Part(
        instead={
            "refine/settle": "CREATE OR REPLACE TABLE membership AS SELECT * EXCLUDE (imposed) "
            "FROM membership ANTI JOIN housemate USING (account_key)"
        }
    ),
    "consensus": Part(_sweep(consensus=1)),
    "permutation null": Part(_sweep(permutations=0)),
    "benign guards": Part(patched={"judge._guards": _no_guards}),
}


@contextmanager
def without(part: Part) -> Iterator[None]:
    """Do without a part while the block runs.

    Raises:
        LookupError: a statement that the part names was never run: the method has changed, and what
            was measured is the whole of it.
    """
    original, modules = door.run, [import_module(f"coterie.graphs.{name}") for name in ROOMS]
    waiting = {*part.after, *part.instead}

    def run(store: Any, name: str, /, **params: Any) -> Any:
        waiting.discard(name)
        if name in part.instead:
            text = part.instead[name]
            return store.con.sql(text) if text else None
        found = original(store, name, **params)
        if name in part.after:
            store.con.sql(part.after[name])
        return found

    with _all_of(
        *(patch.object(m, "run", run) for m in (door, *modules) if hasattr(m, "run")),
        *(_replaced(name, make) for name, make in part.patched.items()),
    ):
        yield
    if waiting:
        raise LookupError(f"never run: {', '.join(sorted(waiting))}")


def _replaced(name: str, make: Callable[[Any], Any]) -> AbstractContextManager[Any]:
    module, _, function = name.rpartition(".")
    room = import_module(f"coterie.graphs.{module}")
    return patch.object(room, function, make(getattr(room, function)))


@contextmanager
def _all_of(*contexts: AbstractContextManager[Any]) -> Iterator[None]:
    with ExitStack() as stack:
        for context in contexts:
            stack.enter_context(context)
        yield


def measure(workspace: Workspace, truth: pl.DataFrame, part: Part) -> tuple[float, ...]:
    """What is found without a part: the numbers of ``HEAD``."""
    config = workspace.config if part.settings is None else part.settings(workspace.config)
    with workspace.store() as store, work_store(store, threads=config.threads) as work:
        newest = store.rows("sweep/newest_time")[0]["newest"]
        began = time.process_time()
        with without(part):
            detect(work, config, newest - WINDOW, newest + TICK, "ablation")
        spent = time.process_time() - began
        members, clusters = (
            work.con.table(f"finding_{name}").pl() for name in ("member", "cluster")
        )
        accounts = int(work.con.table("finding_account").count("*").fetchall()[0][0])
    return (*_numbers(evaluate(members, clusters, truth, accounts)), spent)


def _numbers(found: Evaluation) -> tuple[float, ...]:
    flagged = next(tier for tier in found.tiers if tier.tier == "coordinated")
    return (
        found.bcubed.f or 0.0,
        found.recovered_50,
        found.average_precision or 0.0,
        flagged.n_operators / found.n_operators,
        found.customers.kept_out_of_core or 0.0,
        found.benign.per_100k or 0.0,
        found.benign.false_per_100k or 0.0,
    )


def line(
    name: str, whole: list[tuple[float, ...]], runs: list[tuple[float, ...]]
) -> tuple[str, ...]:
    """One row: how each measure changes without the part, and whether that is no loss."""
    before, now = ([mean(column) for column in zip(*rows, strict=True)] for rows in (whole, runs))
    change = [b - a for a, b in zip(before, now, strict=True)]
    worse = [*(-step for step in change[:5]), *change[5:7]]
    loss = any(step > hair for step, hair in zip(worse, HAIR, strict=True))
    return (name, *_cells(change, "+"), "" if loss else "x")


def _cells(numbers: list[float], sign: str) -> list[str]:
    form = (".3f", ".2f", ".3f", ".3f", ".2f", ".0f", ".0f", ".2f")
    return [f"{number:{sign}{f}}" for number, f in zip(numbers, form, strict=True)]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--accounts", type=int, default=20_000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[7201, 7202, 7203])
    parser.add_argument("--evasion", type=float, nargs="+", default=[0.5, 1.0])
    parser.add_argument("--only", nargs="+", choices=list(PARTS), metavar="NAME")
    parser.add_argument("--markdown", action="store_true")
    arguments = parser.parse_args()
    parts = {NONE: Part(), **{n: PARTS[n] for n in arguments.only or PARTS}}
    runs: dict[str, list[tuple[float, ...]]] = {name: [] for name in parts}
    for evasion in arguments.evasion:
        for seed in arguments.seeds:
            with loaded(WorldOptions(arguments.accounts, seed, evasion)) as (workspace, path):
                truth = read_truth(path, "cluster")
                measure(workspace, truth, Part())  # imports and caches are nobody's cost
                for name, part in parts.items():
                    runs[name].append(measure(workspace, truth, part))
                    numbers = " ".join(_cells(list(runs[name][-1]), ""))
                    print(
                        f"evasion {evasion}, seed {seed}: {name}: {numbers}",
                        file=sys.stderr,
                        flush=True,
                    )
    whole = runs.pop(NONE)
    rows = [line(name, whole, found) for name, found in runs.items()]
    first = (NONE, *_cells([mean(column) for column in zip(*whole, strict=True)], ""), "")
    show([HEAD, first, *rows], markdown=arguments.markdown)


if __name__ == "__main__":
    main()
