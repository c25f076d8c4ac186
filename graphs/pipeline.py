"""All stages of the detection, in order, on one working store."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from coterie.config import FAMILIES
from coterie.graphs.beside import beside
from coterie.queries.run import run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from coterie.config import Config
    from coterie.graphs.hours import Hours
    from coterie.queries.store import Store

STAGES = ("incidences", "hubs", "links", "communities", "refinement", "judgement", "findings")
FINDING_TABLES = ("account", "value", "incidence", "link", "cluster", "member", "evidence")


@dataclass(slots=True)
class Detection:
    """What a detection did.

    Attributes:
        stages: one row a stage: stage, rows (of its main table), seconds.
        warnings: things the reader of the findings must know.
        pairs: one row a kind: values expanded, pairs formed, pairs set aside.
    """

    stages: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    pairs: list[dict[str, object]] = field(default_factory=list)


def detect(
    work: Store,
    config: Config,
    window_start: datetime,
    window_end: datetime,
    sweep_id: str,
    progress: Callable[[str, float | None], None] | None = None,
    ready: Callable[[Store, str], None] | None = None,
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
    """
    from coterie.graphs.communities import find_communities
    from coterie.graphs.incidences import build_incidences, treat_values
    from coterie.graphs.links import build_links
    from coterie.graphs.refine import refine
    from coterie.graphs.weights import score_spec

    done = Detection()
    # First, so that wrong weights end a sweep before its work.
    options, spec = config.sweep, score_spec(config)

    @contextmanager
    def stage(name: str, table: str) -> Iterator[None]:
        if progress is not None:
            progress(name, STAGES.index(name) / len(STAGES))
        started = time.perf_counter()
        yield
        rows = work.con.table(table).count("*").fetchall()[0][0]
        seconds = round(time.perf_counter() - started, 3)
        done.stages.append({"stage": name, "rows": int(rows), "seconds": seconds})

    with stage("incidences", "incidence"):
        n_accounts = build_incidences(work, config, window_start, window_end)
    with stage("hubs", "treatment"):
        treat_values(work)
    with stage("links", "link"):
        done.pairs = build_links(work, options, n_accounts, window_start, window_end)
    # The search for communities keeps one core busy: what does not need its result runs beside it.
    with stage("communities", "community"), beside(work) as submit:
        submit(_name_edges, sweep_id, ready or (lambda *_: None))
        find_communities(work, options, n_accounts)
    with stage("refinement", "membership"):
        hours = refine(work, n_accounts, options.min_size, window_start, window_end)
    with stage("judgement", "cluster_name"):
        _judge(work, config, sweep_id, n_accounts, spec, hours)
    with stage("findings", "finding_member"):
        families = list(FAMILIES)
        run(work, "finish/evidence", sweep_id=sweep_id)
        run(work, "finish/link", sweep_id=sweep_id, families=families)
        run(work, "finish/member", sweep_id=sweep_id, families=families)
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
