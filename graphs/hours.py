"""Who acts in the same hours: the timing of an account against a cluster, and a cluster's synchrony.

Hours are looked up in tables that hold a few thousand clusters at a time, one cell an hour: a lookup
costs a memory access where a join would sort or hash.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl

from coterie.queries.run import run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from numpy.typing import NDArray

    from coterie.queries.store import Store

    Column = NDArray[Any]

_SHIFTS = (0, 1, 2, 3, 5, 6, 8)  # whole days; 7 would meet the account's own week again
_CELLS = 1 << 23  # hours of clusters, or of accounts, looked up at a time
_DAY = 24


class Hours(NamedTuple):
    """The active hours of accounts, grouped by account.

    Attributes:
        start: where each account's hours begin, shape (accounts + 1,).
        hour: hours since ``first``, sorted within an account.
        span: number of hours from ``first`` to the last day's end.
        first: the first day's first hour, in hours since 1970.
    """

    start: Column
    hour: Column
    span: int
    first: int

    def of(self, account: Column) -> tuple[Column, Column]:
        """The hours of the given accounts, and which of them (by position) each belongs to."""
        begin, length = self.start[account], np.diff(self.start)[account]
        owner = np.repeat(np.arange(len(account)), length)
        shift = np.repeat(begin - np.cumsum(length) + length, length)
        return self.hour[np.arange(len(owner)) + shift], owner


def group_hours(activity: pl.DataFrame) -> Hours:
    """Group active hours by account.

    Args:
        activity: account_key and hour (since 1970), in any order; a pair counts once.
    """
    account = activity["account_key"].to_numpy().astype(np.int64)
    hour = activity["hour"].to_numpy().astype(np.int64)
    if not len(hour):
        return Hours(np.zeros(1, np.int64), np.empty(0, np.int32), _DAY, 0)
    first = int(hour.min()) // _DAY * _DAY
    span = (int(hour.max()) - first) // _DAY * _DAY + _DAY
    key = pl.Series(account * span + (hour - first)).sort().to_numpy()
    key = key[np.concatenate([[True], key[1:] != key[:-1]])]
    account, hour = key // span, key % span
    start = np.searchsorted(account, np.arange(int(account[-1]) + 2))
    return Hours(start, hour.astype(np.int32), span, first)


def read_hours(work: Store, window_start: datetime, window_end: datetime) -> Hours:
    """The active hours of every candidate of the working store; leaves the table ``activity``."""
    rows = work.frame("refine/activity_rows", window_start=window_start, window_end=window_end)
    hours = group_hours(rows)
    account = np.repeat(np.arange(len(hours.start) - 1), np.diff(hours.start))
    frame = pl.DataFrame(
        {"account_key": account.astype(np.int32), "hour": hours.hour + np.int32(hours.first)}
    )
    work.con.register("active", frame)
    run(work, "refine/activity")
    work.con.unregister("active")
    return hours


def kept_hours(work: Store) -> Hours:
    """The hours that :func:`read_hours` gave, from the table ``activity``."""
    return group_hours(work.con.table("activity").select("account_key", "hour").pl())


class _Company(NamedTuple):
    """Members active by cluster and hour: sorted keys ``cluster * span + hour`` and counts."""

    key: Column
    n: Column


def _company(hours: Hours, account: Column, cluster: Column) -> _Company:
    hour, owner = hours.of(account)
    key = pl.Series(cluster[owner] * hours.span + hour).sort().to_numpy()
    at = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]])) if len(key) else key
    return _Company(key[at], np.diff(np.append(at, len(key))))


def _known(hours: Hours, frame: pl.DataFrame) -> pl.DataFrame:
    # Accounts after the last one that ever acted have no place in ``start``.
    return frame.filter(pl.col("account_key") < len(hours.start) - 1)


def timing(hours: Hours, base: pl.DataFrame, candidate: pl.DataFrame) -> pl.DataFrame:
    """Does the account act when the cluster acts? (method, section 5).

    An hour says ``.7 log2((S + 1) / (E + 1))`` bits: S members are active in it, and E would be if
    the day's activity followed the cluster's own hour-of-day shares, smoothed over seven hours. A
    common daily rhythm is not evidence, acting in the same hours of the same days is.

    Args:
        hours: active hours.
        base: account_key and c of those whom the clusters' profiles rest on.
        candidate: account_key, c and based (is one of those, and left out of S).

    Returns:
        account_key, c and bits (micro-bits, -6..10 bits), one row a candidate with activity.
    """
    base, candidate = _known(hours, base), _known(hours, candidate).sort("c", "account_key")
    company = _company(hours, base["account_key"].to_numpy(), base["c"].to_numpy().astype(np.int64))
    expected = _expected(company, hours.span)
    alone = np.rint(7e5 * np.log2((company.n + 1) / (expected + 1))).astype(np.int32)
    among = np.rint(7e5 * np.log2(company.n / (expected + 1))).astype(np.int32)
    account, c, based = (candidate[name].to_numpy() for name in ("account_key", "c", "based"))
    bits = np.zeros(len(account), np.int64)
    for low, high, c0, c1 in _stretches(c, np.diff(hours.start)[account], hours.span):
        table = np.zeros(((c1 - c0) * hours.span, 2), np.int32)
        cells = slice(*np.searchsorted(company.key, [c0 * hours.span, c1 * hours.span]))
        table[company.key[cells] - c0 * hours.span] = np.column_stack([alone[cells], among[cells]])
        hour, owner = hours.of(account[low:high])
        place = (c[low:high].astype(np.int64) - c0)[owner] * hours.span + hour
        worth = table.ravel()[2 * place + based[low:high][owner]]
        bits[low:high] = np.bincount(owner, worth, high - low).astype(np.int64)
    active = np.diff(hours.start)[account] > 0
    return candidate.select("account_key", "c").with_columns(
        bits=np.clip(bits, -6_000_000, 10_000_000)
    ).filter(active)  # fmt: skip


def _expected(company: _Company, span: int) -> Column:
    c, hour = company.key // span, company.key % span
    name, at = np.unique(c, return_inverse=True)
    n_days = span // _DAY
    total = np.bincount(at * n_days + hour // _DAY, company.n, len(name) * n_days)
    daily = np.bincount(at * _DAY + hour % _DAY, company.n, len(name) * _DAY).reshape(-1, _DAY)
    smooth = sum((np.roll(daily, by, axis=1) for by in range(-3, 4)), np.zeros_like(daily))
    share = smooth / np.maximum(smooth.sum(axis=1, keepdims=True), 1)
    expected: Column = total[at * n_days + hour // _DAY] * share[at, hour % _DAY]
    return expected


def _stretches(c: Column, length: Column, span: int) -> Iterator[tuple[int, int, int, int]]:
    """Cut rows sorted by cluster where the clusters' hours, or the rows' own, fill a table.

    Yields:
        First and last row, first and last cluster (the ends not included).
    """
    rows = np.concatenate([[0], np.cumsum(length)])
    low, width = 0, max(1, _CELLS // span)
    while low < len(c):
        c0 = int(c[low])
        high = min(
            int(np.searchsorted(c, c0 + width)),
            max(low + 1, int(np.searchsorted(rows, rows[low] + _CELLS)) - 1),
        )
        yield low, high, c0, int(c[high - 1]) + 1
        low = high


def synchrony(hours: Hours, base: pl.DataFrame) -> pl.DataFrame:
    """How much more company members have in their hours than in those hours moved by whole days.

    Company of a member is how many others act in its hours. Against it stand the same hours moved
    inside the member's own life (first to last active day), so that daily rhythm and age are not
    evidence (method, section 6).

    Args:
        hours: active hours.
        base: account_key and c of the members.

    Returns:
        One row a cluster with members active over four days or more, in order of c: c, n_active
        (such members), tim (share of them whose z is 2 or more), lift (log2 of company over usual
        company).
    """
    base = _known(hours, base).sort("c", "account_key")
    account, c = base["account_key"].to_numpy(), base["c"].to_numpy().astype(np.int64)
    length = np.diff(hours.start)[account]
    account, c, length = account[length > 0], c[length > 0], length[length > 0]
    company = _company(hours, account, c)
    met = np.zeros((len(_SHIFTS), len(account)))
    days = np.zeros(len(account), np.int64)
    # A member's own hours fill a row of cells each; a cluster's company a row of cells as well.
    for low, high, c0, c1 in _stretches(c, np.full(len(c), hours.span), hours.span):
        table = np.zeros((c1 - c0) * hours.span, np.int32)
        cells = slice(*np.searchsorted(company.key, [c0 * hours.span, c1 * hours.span]))
        table[company.key[cells] - c0 * hours.span] = company.n[cells]
        hour, owner = hours.of(account[low:high])
        own = np.zeros((high - low) * hours.span, np.bool_)
        own[owner * hours.span + hour] = True
        ends = np.cumsum(length[low:high])
        born = hour[ends - length[low:high]] // _DAY
        days[low:high] = hour[ends - 1] // _DAY - born + 1
        lived, since = days[low:high][owner], hour // _DAY - born[owner]
        row, mine = (c[low:high] - c0)[owner] * hours.span, owner * hours.span
        for at, step in enumerate(_SHIFTS):
            moved = (born[owner] + (since + step) % lived) * _DAY + hour % _DAY
            with_whom = table[row + moved] - own[mine + moved]
            met[at, low:high] = np.bincount(owner, with_whom, high - low)
    return _lifted(c, met, days)


def _lifted(c: Column, met: Column, days: Column) -> pl.DataFrame:
    lived = np.asarray(_SHIFTS)[1:, None] < days
    n = lived.sum(axis=0)
    usual = (met[1:] * lived).sum(axis=0) / np.maximum(n, 1)
    spread = np.sqrt((((met[1:] - usual) * lived) ** 2).sum(axis=0) / np.maximum(n - 1, 1))
    return (
        pl.DataFrame(
            {
                "c": c.astype(np.int32),
                "seen": met[0].astype(np.int64),
                # Whole numbers: their sum is the same in any order.
                "usual": np.rint(usual * 1000).astype(np.int64),
                "close": (met[0] - usual) / np.maximum(spread, np.sqrt(usual + 1)) >= 2,
                "days": days,
            }
        )
        .filter(pl.col("days") >= 4)
        .group_by("c")
        .agg(
            pl.len().cast(pl.Int64).alias("n_active"),
            pl.col("close").mean().alias("tim"),
            ((pl.col("seen").sum() + 1) / (pl.col("usual").sum() / 1000 + 1)).log(2).alias("lift"),
        )
        .sort("c")
    )
