"""All stages of the detection, in order, on one working store."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from coterie.config import FAMILIES
from coterie.graphs.beside import beside
from coterie.queries.run import run

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from coterie.config import Config
    from coterie.graphs.hours import Hours
    from coterie.queries.store import Store

STAGES = ("incidences", "hubs", "links", "communities", "refinement", "judgement", "findings")
FINDING_TABLES = ("account", "value", "incidence", "link", "cluster", "member", "evidence")
# Tables that are cheaper to make again than to keep: statement, and the first and last stage between
# which they are needed.
REMADE: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {"usable": ("refine/usable", "communities", "judgement")}
)


@dataclass(slots=True)
class Detection:
    """What a detection did.

    Attributes:
        stages: one row a stage: stage, rows (of its main table), seconds.
        warnings: things the reader of the findings must know.
        pairs: one row a kind: values expanded, pairs formed, pairs set aside.
        n_accounts: accounts in the window.
    """

    stages: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    pairs: list[dict[str, object]] = field(default_factory=list)
    n_accounts: int = 0


def detect(
    work: Store,
    config: Config,
    window_start: datetime,
    window_end: datetime,
    sweep_id: str,
    progress: Callable[[str, float | None], None] | None = None,
    ready: Callable[[Store, str], None] | None = None,
    done: Detection | None = None,
    after: Callable[[str, Detection], None] | None = None,
) -> Detection:
    """Run every stage; leave the tables ``finding_<table>`` in the working store.

    Args:
        work: a store from :func:`coterie.queries.store.work_store`.
        config: kinds and sweep options.
        window_start: first moment of the window (UTC, naive).
        window_end: end of the window (UTC, naive), not included.
        sweep_id: name of the sweep, written into every row.
        progress: called with a stage's name and the share done.
        ready: called with a store and each finding that is final before the clusters are known, in
            another thread; it may write the finding down and drop its table.
        done: what a run that was cut short had done; its stages are left out, and the tables that
            they left (but for those of :data:`REMADE`) are in the working store.
        after: called with the name of each stage at its end and what is done.
    """
    from coterie.graphs.communities import find_communities
    from coterie.graphs.hours import kept_hours
    from coterie.graphs.incidences import build_incidences, treat_values
    from coterie.graphs.links import build_links
    from coterie.graphs.plan import refuse_above
    from coterie.graphs.refine import refine
    from coterie.graphs.weights import score_spec

    done = Detection() if done is None else done
    before = frozenset(stage["stage"] for stage in done.stages)
    for statement, first, last in REMADE.values():
        if first in before and last not in before:
            run(work, statement)
    # First, so that wrong weights end a sweep before its work.
    options, spec = config.sweep, score_spec(config)
    hours: list[Hours] = []

    def incidences() -> None:
        done.n_accounts = build_incidences(work, config, window_start, window_end)

    def links() -> None:
        refuse_above(work, options.max_pairs, window_start, window_end)
        done.pairs = build_links(work, options, done.n_accounts, window_start, window_end)

    def communities() -> None:
        # The search keeps one core busy: what does not need its result runs beside it.
        with beside(work) as submit:
            submit(_name_edges, sweep_id, ready or (lambda *_: None))
            find_communities(work, options, done.n_accounts)

    def refinement() -> None:
        size = options.min_size
        hours.append(refine(work, done.n_accounts, size, window_start, window_end))

    def judgement() -> None:
        active = hours[0] if hours else kept_hours(work)
        _judge(work, config, sweep_id, done.n_accounts, spec, active)

    def findings() -> None:
        families = list(FAMILIES)
        run(work, "finish/evidence", sweep_id=sweep_id)
        run(work, "finish/link", sweep_id=sweep_id, families=families)
        run(work, "finish/member", sweep_id=sweep_id, families=families)

    # What each stage does, and the table that tells how much it found.
    steps: dict[str, tuple[Callable[[], None], str]] = {
        "incidences": (incidences, "incidence"),
        "hubs": (lambda: treat_values(work), "treatment"),
        "links": (links, "link"),
        "communities": (communities, "community"),
        "refinement": (refinement, "membership"),
        "judgement": (judgement, "cluster_name"),
        "findings": (findings, "finding_member"),
    }
    for number, name in enumerate(STAGES):
        if name in before:
            continue
        step, table = steps[name]
        if progress is not None:
            progress(name, number / len(STAGES))
        started = time.perf_counter()
        step()
        rows = work.con.table(table).count("*").fetchall()[0][0]
        seconds = round(time.perf_counter() - started, 3)
        done.stages.append({"stage": name, "rows": int(rows), "seconds": seconds})
        if after is not None:
            after(name, done)
    return done


def _name_edges(work: Store, sweep_id: str, ready: Callable[[Store, str], None]) -> None:
    run(work, "refine/usable")
    for name in ("incidence", "value", "account"):
        run(work, f"finish/{name}", sweep_id=sweep_id)
        ready(work, name)


def _judge(
    work: Store,
    config: Config,
    sweep_id: str,
    n_accounts: int,
    spec: dict[str, Any],
    hours: Hours,
) -> None:
    from coterie.graphs.communities import measure_stability
    from coterie.graphs.judge import gather, judge, prepare
    from coterie.graphs.null import q_values

    options = config.sweep
    with beside(work) as submit:
        submit(measure_stability, options, n_accounts)
        run(work, "finish/name", sweep_id=sweep_id)
        prepare(work)
        tested = submit(q_values, options.permutations, options.seed)
        clusters, kinds = gather(work, hours)
    work.con.register("judged", judge(work, clusters, kinds, tested.result(), spec))
    run(work, "finish/cluster", sweep_id=sweep_id)
    work.con.unregister("judged")
