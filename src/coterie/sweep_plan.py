"""Which sweep it is: its window, its name and the sweep before, from the facts and settings alone."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from coterie import __version__
from coterie.config import config_hash, duration
from coterie.errors import InputError

if TYPE_CHECKING:
    from coterie.config import Config
    from coterie.queries.store import Store

NOTHING = "There is nothing to sweep: load signals, prompts or links first"
# The store's times are UTC without a zone.
_EPOCH = datetime.fromisoformat("1970-01-01")
_FIRST = datetime.fromisoformat("0001-01-01")
_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Plan:
    """The identity of a sweep, known before anything is computed.

    Attributes:
        sweep_id: name of the sweep, from its inputs and settings alone.
        start: start of the window (UTC), included.
        end: end of the window (UTC), not included.
        config_hash: of the settings that change findings.
        input_hash: of the sources' identities.
        warnings: what the inputs themselves give reason for.
        regrouped: splits and merges by people that apply, by their ids.
        previous: the sweep to compare with, or None.
    """

    sweep_id: str
    start: datetime
    end: datetime
    config_hash: str
    input_hash: str
    warnings: tuple[str, ...]
    regrouped: tuple[str, ...]
    previous: str | None


def plan_sweep(store: Store, config: Config, as_of: datetime | None) -> Plan:
    """What a sweep of this store with these settings is.

    Args:
        store: the writer's store.
        config: the effective settings.
        as_of: end of the window, UTC without a zone; None takes the newest time in the data.

    Raises:
        InputError: there are no facts to sweep.
    """
    from coterie.graphs.decide import regroupings
    from coterie.graphs.track import people_before

    if not store.rows("sweep/has_facts")[0]["found"]:
        raise InputError(NOTHING)
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
    people = [frame.rows() for frame in people_before(store, end)]
    # So do whom they confirmed and whom enforcement was asked to stop, up to the sweep before.
    identity += [json.loads(json.dumps(people, default=str))] if any(people) else []
    digest = hashlib.sha256(json.dumps(identity).encode()).hexdigest()
    # Not strftime: it writes the year 1 as "1".
    name = f"s-{end.date().isoformat().replace('-', '')}-{digest[:8]}"
    previous = _previous(store, name, end)
    return Plan(name, start, end, settings, inputs, tuple(warnings), tuple(regrouped), previous)


def _previous(store: Store, sweep_id: str, end: datetime) -> str | None:
    """The sweep to compare with: on a re-run the same one as before, so that nothing changes."""
    before = store.rows("sweep/one_sweep", sweep_id=sweep_id)
    if before and before[0]["status"] in {"complete", "degraded"}:
        previous: str | None = json.loads(before[0]["detail"]).get("previous")
        return previous
    found = store.rows("track/previous", sweep_id=sweep_id, window_end=end)
    return str(found[0]["sweep_id"]) if found else None
