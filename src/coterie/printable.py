"""Text that came from outside, made safe and plain for a terminal."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def printable(value: object, limit: int | None = None) -> str:
    r"""A value as text in which every control, bidi and invisible character shows as ``\u{…}``.

    Args:
        value: any value; None is an empty text.
        limit: longest text to give, an ellipsis included.

    >>> printable("a\x1b[31mred")
    'a\\u{1b}[31mred'
    >>> printable("abcdef", 4)
    'abc…'
    """
    text = "" if value is None else str(value)
    if not text.isprintable():
        text = "".join(ch if ch.isprintable() else f"\\u{{{ord(ch):x}}}" for ch in text)
    return text if limit is None or len(text) <= limit else text[: limit - 1] + "…"


def width(text: str) -> int:
    """Columns that a text takes on a terminal: wide letters two, combining marks none."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(ch) else 1 + (unicodedata.east_asian_width(ch) in "WF")
        for ch in text
    )


def table(
    columns: Sequence[str],
    rows: Sequence[Sequence[object]],
    *,
    total: int | None = None,
    limit: int = 60,
    noun: str = "row",
) -> str:
    """A table for people: aligned, safe, and saying how many of how many it shows.

    Args:
        columns: the headings.
        rows: the cells; numbers are aligned to the right.
        total: number of rows there are; None when ``rows`` are all.
        limit: longest cell.
        noun: what a row is.
    """
    right = [
        any(isinstance(r[i], int | float) for r in rows)
        and all(isinstance(r[i], int | float | None) for r in rows)
        for i in range(len(columns))
    ]
    cells = [[_cell(value, limit) for value in row] for row in rows]
    widths = [
        max([width(name), *(width(row[i]) for row in cells)]) for i, name in enumerate(columns)
    ]

    def line(parts: Sequence[str]) -> str:
        padded = [
            " " * (w - width(p)) + p if r else p + " " * (w - width(p))
            for p, w, r in zip(parts, widths, right, strict=True)
        ]
        return "  ".join(padded).rstrip()

    body = [line(list(columns)), "  ".join("─" * w for w in widths), *(line(row) for row in cells)]
    return "\n".join([*body, count(len(rows), len(rows) if total is None else total, noun)])


def count(shown: int, total: int, noun: str) -> str:
    """``"3 of 10 clusters"``, or ``"3 clusters"`` when these are all.

    >>> count(1, 1, "row")
    '1 row'
    >>> count(3, 10, "row")
    '3 of 10 rows'
    """
    plural = noun if total == 1 else f"{noun}s"
    return f"{total:,} {plural}" if shown == total else f"{shown:,} of {total:,} {plural}"


def printable_lines(text: str) -> str:
    r"""Several lines, each made safe.

    >>> printable_lines("a\x1b\nb")
    'a\\u{1b}\nb'
    """
    return "\n".join(printable(line) for line in text.splitlines())


def notebook(text: str) -> str:
    """A text as it stands, for a notebook; every letter of it is text.

    >>> notebook("a <b>")
    '<pre>a &lt;b&gt;</pre>'
    """
    from html import escape

    return f"<pre>{escape(printable_lines(text))}</pre>"


def _cell(value: object, limit: int) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.2f}"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, list | tuple):
        return printable(", ".join(str(v) for v in value), limit)
    return printable(value, limit)
