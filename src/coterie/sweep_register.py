"""The row of a sweep in the registers: what ran, on what, with which versions, and how it ended."""

from __future__ import annotations

import hashlib
import json
import platform
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from coterie import __version__
from coterie.config import detection_settings
from coterie.errors import CoterieError
from coterie.queries.run import run
from coterie.queries.store import write_store

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from coterie.config import Config
    from coterie.queries.store import Store
    from coterie.sweep_plan import Plan
    from coterie.sweep_result import SweepResult


def register(
    store: Store,
    config: Config,
    plan: Plan,
    result: SweepResult,
    started: datetime,
    finished: datetime,
) -> None:
    """Write the row of a sweep that is done."""
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
        "quality": result.quality,
        "outputs": result.outputs,
        "inputs": store.rows("sweep/inputs"),
        "facts": [row["path"] for row in store.rows("sweep/fact_files")],
        "regrouped": list(plan.regrouped),
        "people": people_hash(store, plan.end),
        "weights": spec_hash(config),
        "quality_settings": asdict(config.quality),
        "engine": store.rows("sweep/engine")[0],
    }
    _row(store, config, plan, result.status, started, finished, detail)
    changes = store.data / "findings" / plan.sweep_id / "change.parquet"
    run(store, "track/forget_log", sweep_id=plan.sweep_id)
    run(store, "track/add_log", file=str(changes), previous=result.previous, as_of=plan.end)


def spec_hash(config: Config) -> str:
    """SHA-256 of the weights and tier thresholds in force: the workspace's, or the shipped ones."""
    from coterie.graphs.weights import score_spec

    text = json.dumps(score_spec(config), sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def people_hash(store: Store, window_end: datetime) -> str:
    """SHA-256 of what people had decided on sweeps before this one."""
    from coterie.graphs.track import people_before

    rows = [frame.rows() for frame in people_before(store, window_end)]
    return hashlib.sha256(json.dumps(rows, default=str).encode()).hexdigest()


def _row(
    store: Store,
    config: Config,
    plan: Plan,
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


def record_failure(
    config: Config, plan: Plan, error: Exception, started: datetime, finished: datetime
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
