"""Small pieces of explanations in text: bars, times, and foreign text made visible."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coterie.printable import printable

if TYPE_CHECKING:
    from datetime import datetime

_EIGHTHS = " ▏▎▍▌▋▊▉█"
_WIDTH = 24


def visible(value: object, limit: int | None = 200) -> str:
    """Foreign text made safe for a terminal and cut at ``limit``."""
    return printable(value, limit)


def bar(value: float, top: float, offset: float = 0.0, *, mark: str = "█", width: int = _WIDTH
        ) -> str:  # fmt: skip
    """A bar of ``value`` where ``top`` is the full width, begun at ``offset`` (a waterfall).

    >>> bar(1, 2, width=4), bar(1, 2, 1, width=4)
    ('██  ', '  ██')
    """
    if top <= 0 or value <= 0:
        return " " * width
    before = round(offset / top * width)
    eighths = round(value / top * width * 8)
    full, part = divmod(eighths, 8)
    text = " " * before + mark * full
    if part and mark == "█":
        text += _EIGHTHS[part]
    return f"{text:<{width}}"[:width]


def count(number: int, noun: str) -> str:
    """A number with its noun.

    >>> count(1, "value"), count(1200, "value")
    ('1 value', '1,200 values')
    """
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def bits_text(bits: float) -> str:
    """Bits in a column of fixed width, with their unit.

    >>> bits_text(12.34)
    ' 12.3 bits'
    """
    return f"{bits:5.1f} bits"


def when(first: datetime | None, last: datetime | None) -> str:
    """A span of time in days, empty when unknown."""
    if first is None and last is None:
        return ""
    days = [f"{t:%Y-%m-%d}" for t in (first, last) if t is not None]
    return days[0] if days[0] == days[-1] else f"{days[0]}…{days[-1]}"
