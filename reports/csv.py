"""CSV for people: a cell that a spreadsheet would run as a formula gets an apostrophe first."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl
    from polars.datatypes import DataType, DataTypeClass

    PolarsDataType = DataType | DataTypeClass

# What makes a spreadsheet evaluate a cell, in ASCII and in the full-width forms that some fold.
_FORMULA = "^[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]"


def flatten(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with lists joined by ``"; "``, records as JSON and bytes in hexadecimal."""
    import polars as pl

    nested = [name for name, kind in frame.schema.items() if kind.is_nested() or kind == pl.Binary]
    return frame.with_columns(_text(pl.col(n), frame.schema[n]).alias(n) for n in nested)


def _text(value: pl.Expr, kind: pl.DataType) -> pl.Expr:
    import polars as pl

    if isinstance(kind, pl.Array):
        return _text(value.arr.to_list(), pl.List(kind.inner))
    if isinstance(kind, pl.List):
        return value.list.eval(_text(pl.element(), _instance(kind.inner))).list.join("; ")
    if isinstance(kind, pl.Map):
        return value.map.entries().list.eval(pl.element().struct.json_encode()).list.join("; ")
    if isinstance(kind, pl.Struct):
        return value.struct.json_encode()
    return value.bin.encode("hex") if kind == pl.Binary else value.cast(pl.String)


def _instance(kind: PolarsDataType) -> pl.DataType:
    import polars as pl

    return kind if isinstance(kind, pl.DataType) else kind()


def guard(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame, flattened, with every text safe to open in a spreadsheet.

    Args:
        frame: any columns; numbers and times stay as they are.
    """
    import polars as pl
    import polars.selectors as cs

    flat = flatten(frame)
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
