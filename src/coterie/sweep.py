"""A sweep: the one place that knows the order of the stages.

Facts in a window -> findings in files of their own -> one row in ``sweeps``. The window ends at
``as_of``, or one microsecond after the newest time in the data (windows are half open), never at the
clock's time: the same data and settings give the same sweep, byte for byte, under the same name.
"""

from __future__ import annotations

import hashlib
import json
import platform
import time
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from coterie import __version__
from coterie.config import config_hash, detection_settings, duration
from coterie.errors import CoterieError, InputError
from coterie.printable import count, notebook, printable_lines
from coterie.queries.run import run
from coterie.queries.schema import FINDINGS
from coterie.queries.store import place, scratch, work_store, write_store

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from coterie.config import Config
    from coterie.queries.store import Store, Tracer

# The store's times are UTC without a zone.
_EPOCH = datetime.fromisoformat("1970-01-01")
_FIRST = datetime.fromisoformat("0001-01-01")
_NOTHING = "There is nothing to sweep: load signals, prompts or links first"
_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class SweepResult:
    """What a sweep did.

    Attributes:
        sweep_id: name of the sweep, from its inputs and settings alone.
        status: ``complete`` or ``degraded``.
        as_of: end of the window (UTC).
        window_start: start of the window (UTC), included.
        window_end: end of the window (UTC), not included.
        totals: uses and in_window (rows of signals and prompts, in all and in the window),
            accounts, shared_values, links, clusters, members.
        tiers: tier -> clusters.
        events: change against the previous sweep -> clusters.
        stages: one {stage, rows, seconds} a stage.
        warnings: what a reader should know before trusting the result.
        hubs: one {treatment, n_values, n_pairs_skipped} a treatment of shared values.
        previous: the sweep compared with, or None.
        kinds: one row a kind: its profile as used, and e, all its distinct values by account.
        seconds: wall-clock time.
    """

    sweep_id: str
    status: str
    as_of: datetime
    window_start: datetime
    window_end: datetime
    totals: dict[str, int]
    tiers: dict[str, int]
    events: dict[str, int]
    stages: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    hubs: list[dict[str, Any]] = field(default_factory=list)
    previous: str | None = None
    kinds: list[dict[str, Any]] = field(default_factory=list)
    seconds: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """The result as plain data."""
        return asdict(self)

    @property
    def window(self) -> str:
        """The window in words."""
        return f"{self.window_start:%Y-%m-%d %H:%M} to {self.window_end:%Y-%m-%d %H:%M} UTC"

    def __str__(self) -> str:
        """What the command line prints."""
        totals = self.totals
        tiers = ", ".join(f"{n:,} {tier}" for tier, n in self.tiers.items())
        events = ", ".join(f"{n:,} {event}" for event, n in self.events.items())
        lines = [
            f"Sweep {self.sweep_id} ({self.status}), window {self.window}",
            f"{count(totals['accounts'], totals['accounts'], 'account')}, "
            f"{totals['shared_values']:,} shared values, {totals['links']:,} links, "
            f"{count(totals['clusters'], totals['clusters'], 'cluster')}"
            + (f" ({tiers})" if tiers else ""),
        ]
        if totals["links"] and not totals["clusters"]:
            lines.append(
                "Links, but no cluster: groups of fewer accounts than sweep.min_size are left out; "
                "--min-size lowers it"
            )
        if totals["in_window"] < 0.5 * totals["uses"]:
            lines.append(
                f"The window holds {totals['in_window']:,} of {totals['uses']:,} rows of use; "
                "--window looks further back"
            )
        if self.previous:
            lines.append(f"Against {self.previous}: {events}")
        aside = [h for h in self.hubs if h["treatment"] != "used"]
        lines += [
            f"Set aside as {h['treatment']}: {h['n_values']:,} values, "
            f"{h['n_pairs_skipped']:,} pairs not expanded"
            for h in aside
        ]
        seconds = ", ".join(f"{s['stage']} {s['seconds']:.1f}" for s in self.stages)
        lines.append(f"{self.seconds:.1f} s ({seconds})")
        return printable_lines("\n".join(lines))

    def __repr__(self) -> str:
        """Short; the attributes hold the rest."""
        return f"<SweepResult {self.sweep_id} ({self.status})>"

    def _repr_html_(self) -> str:
        """The text for notebooks, escaped."""
        return notebook(str(self))


@dataclass(frozen=True, slots=True)
class _Plan:
    """The identity of a sweep, known before anything is computed."""

    sweep_id: str
    start: datetime
    end: datetime
    config_hash: str
    input_hash: str
    warnings: tuple[str, ...]
    regrouped: tuple[str, ...]


def run_sweep(
    config: Config,
    *,
    as_of: datetime | None = None,
    now: Callable[[], datetime],
    wait: float = 0.0,
    progress: Callable[..., None] | None = None,
    tracer: Tracer | None = None,
) -> SweepResult:
    """Look at a window of the facts and write down what acts together.

    Args:
        config: the effective settings.
        as_of: end of the window, UTC without a zone; None takes the newest time in the data.
        now: the clock, for the two wall-clock columns of ``sweeps``.
        wait: seconds to wait for another writer.
        progress: called with the name of each stage as it begins.
        tracer: called with each statement (``--trace-sql``).

    Returns:
        The summary of the sweep.

    Raises:
        InputError: there are no facts to sweep.
        StoreLocked: another process is writing.
    """
    if not config.store_path.exists():
        raise InputError(_NOTHING)
    started, clock = now(), time.perf_counter()
    plans: list[_Plan] = []
    try:
        with write_store(
            config.store_path,
            wait=wait,
            memory_limit=config.memory_limit,
            threads=config.threads,
            tracer=tracer,
            purpose="sweep",
        ) as store:
            plan = _plan(store, config, as_of)
            plans.append(plan)
            result = _into(store, config, plan, progress, clock)
            _register(store, config, plan, result, started, now())
    except Exception as error:
        if plans and not isinstance(error, InputError):
            _record_failure(config, plans[0], error, started, now())
        raise
    return result


def _plan(store: Store, config: Config, as_of: datetime | None) -> _Plan:
    from coterie.graphs.decide import regroupings

    if not store.rows("sweep/has_facts")[0]["found"]:
        raise InputError(_NOTHING)
    warnings: list[str] = []
    end = as_of
    if end is None:
        newest = store.rows("sweep/newest_time")[0]["newest"]
        if newest is None:
            warnings.append("no row carries a time: every value counts, whenever it was used")
        end = _EPOCH if newest is None else newest + _TICK
    length = duration(config.sweep.window)
    start = end - length if end - _FIRST > length else _FIRST
    sources = [row["source_id"] for row in store.rows("sweep/input_sources")]
    settings = config_hash(config)
    inputs = hashlib.sha256("\n".join(sources).encode()).hexdigest()
    identity = [end.isoformat(), config.sweep.window, sources, settings, __version__]
    regrouped = regroupings(store)
    # Splits and merges by people change what is found; without any, the name is that of the data.
    identity += [regrouped] if regrouped else []
    digest = hashlib.sha256(json.dumps(identity).encode()).hexdigest()
    name = f"s-{end:%Y%m%d}-{digest[:8]}"
    return _Plan(name, start, end, settings, inputs, tuple(warnings), tuple(regrouped))


def _into(
    store: Store,
    config: Config,
    plan: _Plan,
    progress: Callable[..., None] | None,
    clock: float,
) -> SweepResult:
    from coterie.graphs.decide import regroup, tiers
    from coterie.graphs.pipeline import detect
    from coterie.graphs.track import track

    say = progress or (lambda *_: None)
    previous = _previous(store, plan)
    with work_store(store, memory_limit=config.memory_limit, threads=config.threads) as work:
        drafts: dict[str, Path] = {}

        def ready(side: Store, table: str) -> None:
            _draft(store, side, plan.sweep_id, table, drafts)
            if table == "incidence":
                run(side, "sweep/drop_incidence")  # the largest, and nothing asks for it again

        found = detect(work, config, plan.start, plan.end, plan.sweep_id, say, ready)
        stages = [dict(stage) for stage in found.stages]
        begun = time.perf_counter()
        say("track")
        regroup(store, work, plan.sweep_id, plan.regrouped)
        members = _finding_file(store, previous, "member")
        events = track(work, plan.sweep_id, members)
        stages.append(_stage("track", sum(events.values()), begun))
        begun = time.perf_counter()
        say("write")
        _write(store, work, plan.sweep_id, drafts)
        totals = work.rows("sweep/totals")[0]
        stages.append(_stage("write", sum(totals.values()), begun))
        window = {"window_start": plan.start, "window_end": plan.end}
        totals = {**work.rows("sweep/coverage", **window)[0], **totals}
        return SweepResult(
            sweep_id=plan.sweep_id,
            status="complete",
            as_of=plan.end,
            window_start=plan.start,
            window_end=plan.end,
            totals=totals,
            tiers=tiers(store, work),
            events=events,
            stages=stages,
            warnings=[*plan.warnings, *found.warnings],
            hubs=work.rows("sweep/hubs"),
            previous=previous if members is not None else None,
            kinds=work.rows("sweep/kinds"),
            seconds=round(time.perf_counter() - clock, 3),
        )


def _previous(store: Store, plan: _Plan) -> str | None:
    """The sweep to compare with: on a re-run the same one as before, so that nothing changes."""
    before = store.rows("sweep/one_sweep", sweep_id=plan.sweep_id)
    if before and before[0]["status"] in {"complete", "degraded"}:
        previous: str | None = json.loads(before[0]["detail"]).get("previous")
        return previous
    found = store.rows("track/previous", sweep_id=plan.sweep_id, window_end=plan.end)
    return str(found[0]["sweep_id"]) if found else None


def _finding_file(store: Store, sweep_id: str | None, table: str) -> Path | None:
    if sweep_id is None:
        return None
    file = store.data / "findings" / sweep_id / f"{table}.parquet"
    return file if file.exists() else None


def _write(store: Store, work: Store, sweep_id: str, drafts: dict[str, Path]) -> None:
    for table in FINDINGS:
        if table not in drafts:
            _draft(store, work, sweep_id, table, drafts)
    # Only when all are written does the first one move: a failure leaves an older run of this
    # sweep whole.
    for table, draft in drafts.items():
        place(store, "findings", table, sweep_id, draft)


def _draft(store: Store, work: Store, sweep_id: str, table: str, drafts: dict[str, Path]) -> None:
    drafts[table] = scratch(store, f"{sweep_id}-{table}.parquet")
    # What was not a finding of its own, but a table of the work, has no name of the sweep yet.
    named = {"sweep_id": sweep_id} if table in {"holding", "activity"} else {}
    run(work, "sweep/keep_order")
    run(work, f"sweep/write_{table}", path=str(drafts[table]), **named)
    run(work, "sweep/free_order")


def _stage(name: str, rows: int, begun: float) -> dict[str, Any]:
    return {"stage": name, "rows": rows, "seconds": round(time.perf_counter() - begun, 3)}


def _register(
    store: Store,
    config: Config,
    plan: _Plan,
    result: SweepResult,
    started: datetime,
    finished: datetime,
) -> None:
    detail = {
        "stages": result.stages,
        "warnings": result.warnings,
        "settings": detection_settings(config),
        "versions": versions(),
        "hubs": result.hubs,
        "totals": result.totals,
        "tiers": result.tiers,
        "events": result.events,
        "previous": result.previous,
        "kinds": result.kinds,
    }
    _row(store, config, plan, result.status, started, finished, detail)


def _row(
    store: Store,
    config: Config,
    plan: _Plan,
    status: str,
    started: datetime,
    finished: datetime,
    detail: dict[str, Any],
) -> None:
    run(store, "sweep/forget_sweep", sweep_id=plan.sweep_id)
    run(
        store,
        "sweep/add_sweep",
        sweep_id=plan.sweep_id,
        as_of=plan.end,
        window_start=plan.start,
        window_end=plan.end,
        status=status,
        config_hash=plan.config_hash,
        input_hash=plan.input_hash,
        seed=config.sweep.seed,
        version=__version__,
        started_at=started,
        finished_at=finished,
        detail=json.dumps(detail, ensure_ascii=True),
    )


def _record_failure(
    config: Config, plan: _Plan, error: Exception, started: datetime, finished: datetime
) -> None:
    """Leave a row that says so; a complete run of the same sweep is never overwritten by it."""
    detail = {"error": f"{type(error).__name__}: {error}"[:2000], "versions": versions()}
    try:
        with write_store(config.store_path, purpose="sweep") as store:
            before = store.rows("sweep/one_sweep", sweep_id=plan.sweep_id)
            if not before or before[0]["status"] == "failed":
                _row(store, config, plan, "failed", started, finished, detail)
    except (CoterieError, OSError):
        # The first error is the one to tell; the store is as it was.
        return


def versions(names: Sequence[str] = ("duckdb", "polars", "numpy", "scipy", "igraph")
             ) -> dict[str, str]:  # fmt: skip
    """Versions of Python and of the packages that can change a finding."""
    from importlib.metadata import PackageNotFoundError, version

    found = {"python": platform.python_version(), "coterie": __version__}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "absent"
    return found
