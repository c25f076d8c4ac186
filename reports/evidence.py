"""The main picture: one row an account; left what it shares, right when it acted.

The same seriated row order serves both sides, so that blocks of shared evidence stand beside streaks
of common activity. This module makes the numbers; ``script/evidence.js`` draws them on one canvas.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from coterie.reports.seriate import seriate

if TYPE_CHECKING:
    import polars as pl

    from coterie.reports.read import Cluster

    Array = np.ndarray[Any, Any]

FAMILIES = ("payment", "device", "network", "prompt", "identity", "relation", "timing")
ROLES = ("core", "member", "fringe")
RAW_UP_TO = 2_000
"""Accounts up to which each act is sent with its time; above that, by the hour."""
RAW_EVENTS = 120_000
MOST_COLUMNS = 4_000
MOST_ROWS = 50_000
_BITMAP_BUDGET = 420_000
_NEVER = 65_535
_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Picture:
    """The picture of one cluster.

    Attributes:
        members: the members in the order of the rows.
        values: the shared values in the order of the columns.
        head: numbers for the canvas (JSON).
        arrays: ``degree`` links per row and ``column``, ``first``, ``last`` of each link by row;
            ``signup`` per row; ``acts`` per row and ``act`` times, or ``bitmap`` rows of hours. Times
            are 0..65534 of the span; 65535 is unknown.
        kinds_of: int64 per row: bit k is set when the account shares a value of kind k.
        kinds: names of the kinds, in the order of the columns.
    """

    members: pl.DataFrame
    values: pl.DataFrame
    head: dict[str, Any]
    arrays: dict[str, Array]
    kinds_of: Array
    kinds: list[str]


def picture(cluster: Cluster) -> Picture:
    """Order the rows and columns of a cluster and pack what the canvas needs."""
    members, values, links = cluster.members, cluster.values, cluster.links
    n, m = members.height, values.height
    kinds, kind_of = _kinds(values)
    role_of = _role(members)
    rows, columns = seriate((links["row"], links["column"]), (n, m), role_of, kind_of)
    rows, columns = rows[:MOST_ROWS], _strongest(columns, values)

    row_at = np.full(n, -1, dtype=np.int64)
    row_at[rows] = np.arange(rows.size)
    column_at = np.full(m, -1, dtype=np.int64)
    column_at[columns] = np.arange(columns.size)
    kinds_of = np.zeros(n, dtype=np.int64)
    np.bitwise_or.at(kinds_of, links["row"], np.int64(1) << kind_of[links["column"]])

    y, x = row_at[links["row"]], column_at[links["column"]]
    kept = np.flatnonzero((y >= 0) & (x >= 0))
    kept = kept[np.lexsort((x[kept], y[kept]))]
    acted, minute = row_at[cluster.activity[0]], cluster.activity[1]
    acts = np.flatnonzero(acted >= 0)
    acts = acts[np.lexsort((minute[acts], acted[acts]))]
    acted, seconds = acted[acts], minute[acts] * 60

    members = members[rows.tolist()]
    signup = _floats(members["created"])
    start, end = _span(seconds, links["first"], links["last"])
    clock = _Clock(start, end)
    few = rows.size <= RAW_UP_TO and acted.size <= RAW_EVENTS
    arrays = {
        "degree": np.bincount(y[kept], minlength=rows.size).astype(np.uint16),
        "column": x[kept].astype(np.uint16),
        "first": clock.of(links["first"][kept], None if few else 3600.0),
        "signup": clock.of(signup, None if few else 3600.0),
    }
    if few:
        arrays["last"] = clock.of(links["last"][kept], None)
    step = 0
    if few:
        arrays["acts"] = np.bincount(acted, minlength=rows.size).astype(np.uint32)
        arrays["act"] = clock.of(seconds.astype(float), None)
    else:
        step, arrays["bitmap"] = _bitmap(acted, seconds, rows.size, start, end)
    order = np.bincount(role_of[rows], minlength=len(ROLES))
    head = {
        "n": int(rows.size),
        "of": n,
        "m": int(columns.size),
        "mof": m,
        "roles": [int(c) for c in order],
        "kinds": [
            {"name": k, "family": _family(values, k), "n": int(c)}
            for k, c in zip(kinds, np.bincount(kind_of[columns], minlength=len(kinds)), strict=True)
            if c
        ],
        "start": start,
        "end": end,
        "step": step,
        "timed": bool(acted.size or np.isfinite(signup).any()),
    }
    return Picture(members, values[columns.tolist()], head, arrays, kinds_of[rows], kinds)


class _Clock:
    """Places on a time axis: 0..65534 of the span, 65535 for unknown; earlier is 0."""

    __slots__ = ("_end", "_start")

    def __init__(self, start: int, end: int) -> None:
        self._start, self._end = start, end

    def of(self, seconds: Array, step: float | None) -> Array:
        """Times (seconds, NaN for unknown) as places; rounded to ``step`` seconds to pack well."""
        known = np.isfinite(seconds)
        at = np.where(known, seconds, 0.0)
        if step:
            at = np.floor(at / step) * step
        place = np.clip((at - self._start) / (self._end - self._start), 0.0, 1.0) * (_NEVER - 1)
        return np.where(known, np.round(place), _NEVER).astype(np.uint16)


def _kinds(values: pl.DataFrame) -> tuple[list[str], Array]:
    """The kinds of the values, strongest families first, and the kind of each value."""
    names = values["kind"].to_list()
    family = dict(zip(names, values["family"].to_list(), strict=True))
    rank = {f: i for i, f in enumerate(FAMILIES)}
    kinds = sorted(
        set(names), key=lambda k: (rank.get(family[k], len(FAMILIES)), k != family[k], k)
    )[:62]
    place = {k: i for i, k in enumerate(kinds)}
    return kinds, np.array([place.get(k, len(kinds) - 1) for k in names], dtype=np.int64)


def _family(values: pl.DataFrame, kind: str) -> str:
    found = values["family"].to_list()[values["kind"].to_list().index(kind)]
    return found if found in FAMILIES else "relation"


def _role(members: pl.DataFrame) -> Array:
    rank = {r: i for i, r in enumerate(ROLES)}
    return np.array([rank.get(r, 1) for r in members["role"].to_list()], dtype=np.int64)


def _strongest(columns: Array, values: pl.DataFrame) -> Array:
    """At most ``MOST_COLUMNS`` columns: those with most members on them, order kept."""
    if columns.size <= MOST_COLUMNS:
        return columns
    inside = values["n_in"].to_numpy()[columns]
    best = np.sort(np.argsort(-inside, kind="stable")[:MOST_COLUMNS])
    kept: Array = columns[best]
    return kept


def _floats(column: pl.Series) -> Array:
    import polars as pl

    return column.cast(pl.Float64).fill_null(float("nan")).to_numpy()


def _span(*times: Array) -> tuple[int, int]:
    """Whole days that hold all known times (seconds, UTC); never empty."""
    known = np.concatenate([t[np.isfinite(t)] for t in times]) if times else np.zeros(0)
    if not known.size:
        return 0, _DAY
    start = int(known.min()) // _DAY * _DAY
    return start, max(start + _DAY, -(-int(known.max() + 1) // _DAY) * _DAY)


def _bitmap(rows: Array, seconds: Array, n: int, start: int, end: int) -> tuple[int, Array]:
    """Activity by the hour, one bit each; coarser where the hours would not pack small enough.

    Returns:
        Seconds a bit, and the rows one after the other, uint8, the first hour in the highest bit.
    """
    for hours in (1, 2, 3, 6, 12, 24):
        step = hours * 3600
        width = -(-(end - start) // step)
        grid = np.zeros((n, width), dtype=bool)
        grid[rows, np.minimum((seconds - start) // step, width - 1)] = True
        bits = np.packbits(grid, axis=1).reshape(-1)
        if hours == 24 or len(gzip.compress(bits.tobytes(), 4, mtime=0)) <= _BITMAP_BUDGET:
            break
    return step, bits


def thumbnail(made: Picture, height: int = 64, width: int = 56) -> tuple[dict[str, Any], Array]:
    """The picture at the size of a stamp: densities 0..255, matrix left, timeline right.

    Returns:
        ``{"h", "w", "t", "kinds"}`` (rows, columns left and right, columns and family of each kind)
        and the densities, uint8, row by row.
    """
    head, arrays = made.head, made.arrays
    n, m = head["n"], head["m"]
    h, w = min(n, height), min(m, width)
    row = np.repeat(np.arange(n), arrays["degree"])
    column = arrays["column"].astype(np.int64)
    left = np.zeros((h, max(w, 1)))
    if n and m:
        np.add.at(left, (row * h // n, column * w // m), 1.0)
    right = np.zeros((h, width))
    if "bitmap" in arrays:
        grid = np.unpackbits(arrays["bitmap"].reshape(n, -1), axis=1)
        y, x = np.nonzero(grid)
        np.add.at(right, (y * h // n, x * width // grid.shape[1]), 1.0)
    elif n:
        y = np.repeat(np.arange(n), arrays["acts"])
        np.add.at(right, (y * h // n, arrays["act"].astype(np.int64) * width // _NEVER), 1.0)
    both = np.concatenate([_shade(left[:, :w]), _shade(right)], axis=1)
    edges = np.cumsum([0] + [k["n"] for k in head["kinds"]])
    kinds = [
        [int(-(-edges[i] * w // m)), int(-(-edges[i + 1] * w // m)), k["family"]]
        for i, k in enumerate(head["kinds"])
    ] if m else []  # fmt: skip
    return {"h": h, "w": w, "t": width, "kinds": kinds}, both.astype(np.uint8).reshape(-1)


def _shade(cells: Array) -> Array:
    top = cells.max() if cells.size else 0.0
    if top <= 0:
        return cells
    shade: Array = np.where(cells > 0, 70 + 185 * np.sqrt(cells / top), 0.0)
    return shade
