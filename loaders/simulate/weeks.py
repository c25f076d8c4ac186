"""One world seen drop by drop: what a platform hands over first, then week after week.

All drops together are the world: campaigns are born, grow, lose accounts to bans and are replaced as
they do there; people come and go. The first drop holds everything before the weekly ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from coterie.errors import UsageError
from coterie.loaders.simulate.build import origin, tables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from coterie.loaders.simulate.draw import Ints
    from coterie.loaders.simulate.options import WorldOptions

_MINUTE = np.timedelta64(60_000_000, "us")
_WEEK = np.timedelta64(7, "D")
_AT = {"links": "seen_at", "prompts": "sent_at", "events": "at", "turns": "at"}


def check_weeks(options: WorldOptions, weeks: object) -> None:
    """See that a world is long enough for its drops, before anything is made for each.

    Raises:
        UsageError: it is not, or the number is none.
    """
    most = -(-options.days // 7)
    if isinstance(weeks, bool) or not isinstance(weeks, int) or not 1 <= weeks <= most:
        raise UsageError(
            f"weeks must be between 1 and {most} for {options.days} days, not {weeks!r}"
        )


def drops(options: WorldOptions, weeks: int) -> Iterator[tuple[str, list[pl.DataFrame]]]:
    """Each table by name, cut into drops, made when it is asked for.

    Args:
        options: the world.
        weeks: number of drops; the last ``weeks - 1`` are a week each.

    Returns:
        Name and one frame a drop. ``accounts`` holds who signed up and, once more, who was banned
        since the drop before, with the status at the drop's end; ``signals``, ``prompts``, ``events``
        and ``links`` what was seen in the drop's time; ``lists`` come with the first drop;
        ``truth`` is of everybody who has signed up by the drop's end.

    Raises:
        UsageError: the world is too short for so many drops.
    """
    check_weeks(options, weeks)
    # Start of each drop but the first.
    end = np.datetime64(origin(options), "us") + np.timedelta64(options.days, "D")
    starts = end - _WEEK * np.arange(weeks - 1, 0, -1)
    born = pl.DataFrame()
    for name, frame in tables(options):
        if name == "accounts":
            born = frame.select("account_id", drop=pl.Series(_drop_of(frame["created_at"], starts)))
            yield name, _accounts(frame, starts)
        elif name == "signals":
            yield name, _signals(frame, starts)
        elif name == "truth":
            seen = frame.join(born, on="account_id", how="left", maintain_order="left")
            yield (
                name,
                [seen.filter(pl.col("drop") <= k).drop("drop") for k in range(weeks)],
            )
        elif name == "lists":
            yield name, [frame, *(frame.clear() for _ in starts)]
        else:
            yield name, _cut(frame, _drop_of(frame[_AT[name]], starts), weeks)


def _drop_of(times: pl.Series, starts: np.ndarray[tuple[int], np.dtype[np.datetime64]]) -> Ints:
    """Drop in which each time falls."""
    found: Ints = np.searchsorted(starts, times.to_numpy(), side="right")
    return found


def _cut(frame: pl.DataFrame, drop: Ints, weeks: int) -> list[pl.DataFrame]:
    numbered = frame.with_columns(drop=pl.Series(drop))
    return [numbered.filter(pl.col("drop") == k).drop("drop") for k in range(weeks)]


def _accounts(
    frame: pl.DataFrame, starts: np.ndarray[tuple[int], np.dtype[np.datetime64]]
) -> list[pl.DataFrame]:
    made = _drop_of(frame["created_at"], starts)
    banned = _drop_of(frame["banned_at"].fill_null(frame["created_at"]), starts)
    later = pl.Series(banned > made)
    before = pl.when(later)
    first = frame.with_columns(
        status=before.then(pl.lit("active")).otherwise("status"),
        banned_at=before.then(None).otherwise("banned_at"),
    )
    whole = pl.concat([first, frame.filter(later)])
    return _cut(whole, np.concatenate([made, banned[later.to_numpy()]]), len(starts) + 1)


def _signals(
    frame: pl.DataFrame, starts: np.ndarray[tuple[int], np.dtype[np.datetime64]]
) -> list[pl.DataFrame]:
    """Stretches of use cut at the drops, with their uses shared out by time.

    The first and the last stretch always hold a use, since they hold the first and the last time
    seen; a stretch between without one is left out.
    """
    weeks = len(starts) + 1
    first, last = frame["first_seen"].to_numpy(), frame["last_seen"].to_numpy()
    uses = frame["n"].to_numpy()
    begin, end = _drop_of(frame["first_seen"], starts), _drop_of(frame["last_seen"], starts)
    span = np.maximum((last - first) / _MINUTE, 1)
    out = []
    for k in range(weeks):
        low = first if k == 0 else np.maximum(first, starts[k - 1])
        high = last if k == weeks - 1 else np.minimum(last, starts[k] - _MINUTE)
        so_far, until = ((t - first) / _MINUTE / span for t in (low, high))
        n = np.rint(uses * until).astype(np.int64) - np.rint(uses * so_far).astype(np.int64)
        edge = (begin == k) | (end == k)
        n = np.where(edge, np.maximum(n, 1), n)
        seen = (begin <= k) & (k <= end) & (n > 0)
        part = frame.with_columns(
            first_seen=pl.Series(low), last_seen=pl.Series(high), n=pl.Series(n)
        )
        out.append(part.filter(pl.Series(seen)))
    return out
