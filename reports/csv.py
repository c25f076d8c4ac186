"""CSV for people: a cell that a spreadsheet would run as a formula gets an apostrophe first."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

# What makes a spreadsheet evaluate a cell, in ASCII and in the full-width forms that some fold.
_FORMULA = "^[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]"


def guard(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with lists joined by ``"; "`` and every text safe to open in a spreadsheet.

    Args:
        frame: any columns; numbers and times stay as they are.
    """
    import polars as pl
    import polars.selectors as cs

    flat = frame.with_columns(cs.list().list.eval(pl.element().cast(pl.String)).list.join("; "))
    text = cs.string()
    return flat.with_columns(
        pl.when(text.str.contains(_FORMULA)).then("'" + text).otherwise(text).name.keep()
    )


def people_csv(frame: pl.DataFrame) -> bytes:
    """A guarded CSV as spreadsheets like it: UTF-8 with BOM, CRLF, texts quoted."""
    out = BytesIO()
    guard(frame).write_csv(
        out,
        include_bom=True,
        line_terminator="\r\n",
        quote_style="non_numeric",
        datetime_format="%Y-%m-%d %H:%M:%S",
    )
    return out.getvalue()
