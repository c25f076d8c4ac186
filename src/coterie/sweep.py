"""A sweep: the one place that knows the order of the stages.

Facts in a window -> findings in files of their own -> one row in ``sweeps``. The window ends at
``as_of``, or one microsecond after the newest time in the data (windows are half open), never at the
clock's time: the same data and settings give the same sweep, byte for byte, under the same name.
"""

from __future__ import annotations

import time
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from coterie import sweep_checkpoints as checkpoints
from coterie.errors import InputError
from coterie.queries.run import run
from coterie.queries.schema import FINDINGS
from coterie.queries.store import place, scratch, work_store, write_store
from coterie.sweep_plan import NOTHING, plan_sweep
from coterie.sweep_register import record_failure, register
from coterie.sweep_result import SweepResult

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from coterie.config import Config
    from coterie.queries.store import Store, Tracer
    from coterie.sweep_checkpoints import Book
    from coterie.sweep_plan import Plan


def run_sweep(
    config: Config,
    *,
    as_of: datetime | None = None,
    now: Callable[[], datetime],
    wait: float = 0.0,
    resume: bool = False,
    again: Plan | None = None,
    progress: Callable[..., None] | None = None,
    notice: Callable[[str], None] | None = None,
    tracer: Tracer | None = None,
) -> SweepResult:
    """Look at a window of the facts and write down what acts together.

    Args:
        config: the effective settings.
        as_of: end of the window, UTC without a zone; None takes the newest time in the data.
        now: the clock, for the two wall-clock columns of ``sweeps``.
        wait: seconds to wait for another writer.
        resume: go on with what an unfinished run of the same sweep left, where it fits.
        again: the plan of a sweep that ran before, to run it as it was; None plans a new one.
        progress: called with the name of each stage as it begins.
        notice: told of unfinished runs: what is gone on with, or why not.
        tracer: called with each statement (``--trace-sql``).

    Returns:
        The summary of the sweep.

    Raises:
        InputError: there are no facts to sweep.
        StoreLocked: another process is writing.
    """
    from coterie.graphs.pipeline import REMADE

    if not config.store_path.exists():
        raise InputError(NOTHING)
    started, clock = now(), time.perf_counter()
    plans: list[Plan] = []
    try:
        with write_store(
            config.store_path,
            wait=wait,
            memory_limit=config.memory_limit,
            threads=config.threads,
            tracer=tracer,
            purpose="sweep",
        ) as store:
            plan = again or plan_sweep(store, config, as_of)
            plans.append(plan)
            book = checkpoints.begin(
                store,
                plan,
                resume=resume,
                keep=config.sweep.checkpoints,
                remade=REMADE,
                notice=notice or (lambda _: None),
            )
            result = _into(store, config, plan, book, progress, clock)
            register(store, config, plan, result, started, now())
            newest = store.rows("ask/newest")
            result = replace(result, newest=newest[0]["sweep_id"] if newest else None)
            left = checkpoints.leftovers(store)
    except Exception as error:
        if plans and not isinstance(error, InputError):
            record_failure(config, plans[0], error, started, now())
        raise
    checkpoints.forget(left)
    return result


def _into(
    store: Store,
    config: Config,
    plan: Plan,
    book: Book,
    progress: Callable[..., None] | None,
    clock: float,
) -> SweepResult:
    from coterie.graphs.beside import beside
    from coterie.graphs.decide import regroup, tiers
    from coterie.graphs.pipeline import Detection, detect
    from coterie.graphs.quality import measure_quality, status_of
    from coterie.graphs.track import Before, people_before, track

    say = progress or (lambda *_: None)
    with work_store(store, memory_limit=config.memory_limit, threads=config.threads) as work:
        drafts: dict[str, Path] = {}

        def ready(side: Store, table: str) -> None:
            _draft(store, side, book, table, drafts)
            if table == "incidence":
                run(side, "sweep/drop_incidence")  # the largest, and nothing asks for it again

        kept = _finding_file(store, plan.previous, "quality")
        sources = store.frame("quality/sources")
        checkpoints.load(book, work)
        for table in book.journal.findings:
            drafts[table] = checkpoints.finding(store, book, table)
        done = Detection(**book.journal.state) if book.journal.state else None

        def measure(side: Store) -> tuple[list[dict[str, Any]], dict[str, Any]]:
            begun = time.perf_counter()
            odd = measure_quality(
                side, config.quality, plan.start, plan.end, plan.sweep_id, sources, kept
            )
            return odd, _stage("quality", len(odd), begun)

        say("data quality")
        # It reads the facts alone, and the first stages leave a core idle now and then.
        with beside(work, 1) as submit:
            told = submit(measure)
            found = detect(
                work, config, plan.start, plan.end, plan.sweep_id, say, ready, done,
                lambda _, so_far: checkpoints.save(book, work, asdict(so_far)),
            )  # fmt: skip
        quality, measured = told.result()
        stages = [measured, *(dict(stage) for stage in found.stages)]
        begun = time.perf_counter()
        say("track")
        regroup(store, work, plan.sweep_id, plan.regrouped)
        files = {t: _finding_file(store, plan.previous, t) for t in FINDINGS}
        there = {table: file for table, file in files.items() if file is not None}
        before = Before(plan.previous, there, *people_before(store, plan.end))
        events = track(work, plan.sweep_id, before, plan.end)
        stages.append(_stage("track", sum(events.values()), begun))
        begun = time.perf_counter()
        say("write")
        _write(store, work, book, drafts)
        totals = work.rows("sweep/totals")[0]
        stages.append(_stage("write", sum(totals.values()), begun))
        window = {"window_start": plan.start, "window_end": plan.end}
        totals = {**work.rows("sweep/coverage", **window)[0], **totals}
        return SweepResult(
            sweep_id=plan.sweep_id,
            status=status_of(quality),
            as_of=plan.end,
            window_start=plan.start,
            window_end=plan.end,
            totals=totals,
            tiers=tiers(store, work),
            events=events,
            stages=stages,
            warnings=[
                *(q["detail"] for q in quality if q["severity"] == "warning"),
                *plan.warnings,
                *_empty(totals),
                *found.warnings,
                *book.problems,
            ],
            hubs=work.rows("sweep/hubs"),
            previous=plan.previous if "member" in there else None,
            kinds=work.rows("sweep/kinds"),
            seconds=round(time.perf_counter() - clock, 3),
            quality=quality,
            outputs={
                table: {"rows": kept.rows, "bytes": kept.bytes, "sha256": kept.sha256}
                for table, kept in sorted(book.journal.findings.items())
            },
        )


def _empty(totals: dict[str, int]) -> list[str]:
    """A window beside the data is more likely a slip than a question."""
    if totals["in_window"] or not totals["uses"]:
        return []
    return [f"the window holds none of the {totals['uses']:,} rows of use: look at --as-of"]


def _finding_file(store: Store, sweep_id: str | None, table: str) -> Path | None:
    if sweep_id is None:
        return None
    file = store.data / "findings" / sweep_id / f"{table}.parquet"
    return file if file.exists() else None


def _write(store: Store, work: Store, book: Book, drafts: dict[str, Path]) -> None:
    for table in FINDINGS:
        if table not in drafts:
            _draft(store, work, book, table, drafts)
    # Only when all are written does the first one move: a failure leaves an older run of this
    # sweep whole.
    for table, draft in drafts.items():
        place(store, "findings", table, book.journal.sweep_id, draft)


def _draft(store: Store, work: Store, book: Book, table: str, drafts: dict[str, Path]) -> None:
    sweep_id = book.journal.sweep_id
    name = f"{sweep_id}-{table}.parquet"
    drafts[table] = book.folder / name if book.folder and book.saving else scratch(store, name)
    # What was not a finding of its own, but a table of the work, has no name of the sweep yet.
    named = {"sweep_id": sweep_id} if table in {"holding", "activity"} else {}
    run(work, "sweep/keep_order")
    run(work, f"sweep/write_{table}", path=str(drafts[table]), **named)
    run(work, "sweep/free_order")
    checkpoints.add_finding(book, work, table, drafts[table])


def _stage(name: str, rows: int, begun: float) -> dict[str, Any]:
    return {"stage": name, "rows": rows, "seconds": round(time.perf_counter() - begun, 3)}
