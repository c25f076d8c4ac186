"""When accounts are active: own rhythms, and campaigns' schedules."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from coterie.loaders.simulate.draw import stream
from coterie.loaders.simulate.population import NEVER

if TYPE_CHECKING:
    from coterie.loaders.simulate.campaigns import Campaign
    from coterie.loaders.simulate.draw import Floats, Ints, Rng
    from coterie.loaders.simulate.options import WorldOptions
    from coterie.loaders.simulate.population import People

EVENT_TYPES = ("request", "rate_limited", "signup", "banned")
_HOUR_BITS = 16


def synchrony(people: People, campaigns: list[Campaign]) -> Floats:
    """Share of each account's activity that follows its campaign's schedule; 0 for others."""
    share = np.zeros(people.n)
    for c in campaigns:
        share[c.operators] = c.traits.sync
    return share


def own_hours(rng: Rng, people: People, account: Ints) -> Ints:
    """An hour (since the start of the window) in each account's own life and waking time."""
    first, last = people.begin[account] // 1440, people.end[account] // 1440
    day = first + ((last - first + 1) * rng.random(len(account), dtype=np.float32)).astype(np.int64)
    # Office accounts rarely work at weekends (the third day of the week is taken as Saturday).
    weekend = (day % 7 >= 5) & (people.org[account] >= 0)
    day = np.where(weekend & (day - 2 >= first), day - 2, day)
    wake = people.centre[account] + people.spread[account] * rng.standard_normal(
        len(account), dtype=np.float32
    )
    hour = day * 24 + np.floor(wake).astype(np.int64) % 24
    hours: Ints = np.clip(hour, people.begin[account] // 60, people.end[account] // 60)
    return hours


def scheduled_hours(rng: Rng, people: People, campaign: Campaign, account: Ints) -> Ints:
    """A run of the campaign's schedule inside each account's life, with the campaign's delay."""
    low = np.searchsorted(campaign.schedule, people.begin[account] // 60)
    high = np.searchsorted(campaign.schedule, people.end[account] // 60, side="right")
    run = low + ((high - low) * rng.random(len(account))).astype(np.int64)
    none = high <= low
    hour = campaign.schedule[np.minimum(run, len(campaign.schedule) - 1)]
    hour = hour + np.rint(rng.normal(0, campaign.traits.jitter, len(account))).astype(np.int64)
    hour = np.where(none, own_hours(rng, people, account), hour)
    hours: Ints = np.clip(hour, people.begin[account] // 60, people.end[account] // 60)
    return hours


def event_columns(
    options: WorldOptions, people: People, campaigns: list[Campaign]
) -> tuple[Ints, Ints, Ints, Ints]:
    """All events: (account, hour, type code, n), each (account, hour, type) once."""
    rng = stream(options.seed, "events")
    sync = synchrony(people, campaigns)
    on_schedule = rng.binomial(people.busy, sync)
    account = np.repeat(np.arange(people.n), people.busy - on_schedule)
    parts = [(account << _HOUR_BITS) | own_hours(rng, people, account)]
    limited = np.full(people.n, 0.02)
    for c in campaigns:
        r = stream(options.seed, "events", c.name)
        rows = np.repeat(c.operators, on_schedule[c.operators])
        parts.append((rows << _HOUR_BITS) | scheduled_hours(r, people, c, rows))
        limited[c.operators] = 0.05
    packed, n = np.unique(np.concatenate(parts), return_counts=True)
    account, hour = packed >> _HOUR_BITS, packed & ((1 << _HOUR_BITS) - 1)
    n = n + rng.geometric(0.3, len(n)) - 1
    kind = (rng.random(len(n), dtype=np.float32) < limited[account]).astype(np.int64)
    new = np.flatnonzero(people.created >= 0)
    gone = np.flatnonzero(people.banned != NEVER)
    account = np.concatenate([account, new, gone])
    hour = np.concatenate([hour, people.created[new] // 60, people.banned[gone] // 60])
    kind = np.concatenate([kind, np.full(len(new), 2), np.full(len(gone), 3)])
    n = np.concatenate([n, np.ones(len(new) + len(gone), dtype=np.int64)])
    return account, hour, kind, n


def event_types() -> pl.Series:
    """Names of the event types by code."""
    return pl.Series("type", EVENT_TYPES, dtype=pl.String)
