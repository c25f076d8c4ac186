"""Tables as data: columns for ``script/table.js``, which sorts, filters, searches and copies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

Kind = Literal["text", "number", "time"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Attributes:
        title: its heading.
        data: one entry a row: text, number, or seconds since 1970 (UTC); None for unknown.
        kind: what the entries are.
        digits: decimals shown of a number.
        choose: whether rows can be chosen by this column's values.
        wide: whether long text may take several lines.
        narrow: whether it may do so in a narrow column.
        badge: whether the text is one of our own words, shown as a badge.
    """

    title: str
    data: Sequence[Any]
    kind: Kind = "text"
    digits: int = 0
    choose: bool = False
    wide: bool = False
    narrow: bool = False
    badge: bool = False


def table(
    label: str,
    columns: Sequence[Column],
    *,
    csv: str,
    key: int = 0,
    sort: tuple[int, int] = (0, 1),
    href: Sequence[str | None] | None = None,
) -> dict[str, Any]:
    """A table for the data island.

    Args:
        label: its name for screen readers.
        columns: the columns.
        csv: file name of the download.
        key: the column whose entries "Copy ids" copies; the rows' heading.
        sort: column and direction (1 rising, -1 falling) at first.
        href: address behind the key of each row; None for none.
    """
    return {
        "label": label,
        "csv": csv,
        "key": key,
        "sort": list(sort),
        "cols": [
            {
                "t": c.title,
                "k": {"text": "s", "number": "n", "time": "t"}[c.kind],
                "d": c.digits,
                "c": int(c.choose),
                "w": 2 if c.narrow else int(c.wide),
                "b": int(c.badge),
            }
            for c in columns
        ],
        "data": [_plain(c) for c in columns],
        "href": None if href is None else list(href),
    }


def _plain(column: Column) -> list[Any]:
    if column.kind != "number":
        return list(column.data)
    return [_finite(v, column.digits) for v in column.data]


def _finite(value: Any, digits: int) -> Any:
    import math

    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return None
    return round(value, digits) if digits else value
