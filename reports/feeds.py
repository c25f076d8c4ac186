"""Feeds that stopped, swelled or dried up: rows of the newest day against what is usual."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

MANY = 10
"""Times the usual volume, or its part, from which a feed is odd."""
_LEAST = 5
_SHOWN = 28
_BARS = "▁▂▃▄▅▆▇█"


@dataclass(frozen=True, slots=True)
class Feed:
    """One feed in the days up to the window's end.

    Attributes:
        name: signals of a kind, prompts, events, sign-ups or links of a kind.
        total: rows in the window.
        newest: rows of the last 24 hours.
        usual: median rows a day before that, over the days since the feed began.
        silent: whole days without a row at the end of the window.
        line: rows a day as small bars, oldest first, at most 28 days.
        odd: what is wrong with it, in words; empty when nothing is.
    """

    name: str
    total: int
    newest: int
    usual: float
    silent: int
    line: str
    odd: str


def feeds(rows: pl.DataFrame, days: int) -> list[Feed]:
    """Look at each feed's newest day.

    Args:
        rows: feed, day (0 is the newest, counted back from the window's end), n.
        days: length of the window in days.

    Returns:
        The feeds, those with something wrong first. A feed that is usually silent (a median of less
        than five rows a day) is never odd for one day.
    """
    found: dict[str, dict[int, int]] = {}
    for name, day, n in rows.select("feed", "day", "n").iter_rows():
        found.setdefault(name, {})[day] = n
    made = [_feed(name, by_day, days) for name, by_day in found.items()]
    return sorted(made, key=lambda f: (not f.odd, f.name))


def _feed(name: str, by_day: dict[int, int], days: int) -> Feed:
    from statistics import median

    began = max(by_day)
    earlier = [by_day.get(day, 0) for day in range(1, began + 1)]
    newest, usual = by_day.get(0, 0), float(median(earlier)) if earlier else 0.0
    silent = min(by_day)
    odd = ""
    if silent and usual >= 1:
        odd = f"nothing for {silent:,} {'day' if silent == 1 else 'days'}"
    elif usual >= _LEAST and newest >= MANY * usual:
        odd = f"{newest / usual:,.0f} times the usual volume"
    elif usual >= _LEAST and newest * MANY <= usual:
        odd = f"{newest / usual:.0%} of the usual volume".replace("%", " %")
    elif silent >= 7 and silent > days // 4:
        odd = f"nothing for {silent:,} days"
    shown = [by_day.get(day, 0) for day in range(min(max(began, 1), _SHOWN - 1), -1, -1)]
    return Feed(name, sum(by_day.values()), newest, usual, silent, _line(shown), odd)


def _line(counts: list[int]) -> str:
    top = max(*counts, 1)
    return "".join(
        "·" if not n else _BARS[min(len(_BARS) - 1, (n * len(_BARS) - 1) // top)] for n in counts
    )
