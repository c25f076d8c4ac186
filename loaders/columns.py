"""Columns of a source as expressions of one type each: text, time, count, number.

Every table's checks see the same types whatever the source had: Parquet timestamps, epoch numbers,
ISO texts. Names from outside are only ever put into DuckDB expressions, never into SQL text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from duckdb import CaseExpression, ColumnExpression, ConstantExpression, FunctionExpression

from coterie.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from duckdb import Expression

_WHOLE = frozenset({
    "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER",
    "UBIGINT", "UHUGEINT",
})  # fmt: skip
_NAIVE = frozenset({"TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "DATE"})
_ZONED = frozenset({"TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ"})
ROW = "__row"


@dataclass(frozen=True, slots=True)
class Shape:
    """The columns of a source: name -> DuckDB type, as text."""

    name: str
    types: Mapping[str, str]

    def type(self, column: str) -> str:
        """The type of a column, without its parameters."""
        return self.types[column].split("(")[0]


def column(name: str) -> Expression:
    """A column by its name, whatever characters the name has."""
    return ColumnExpression(name)


def constant(value: object, dtype: str | None = None) -> Expression:
    """A constant, with a type where the value does not tell."""
    found = ConstantExpression(value)
    return found.cast(dtype) if dtype is not None else found


def function(name: str, *arguments: Expression) -> Expression:
    """A call of a function or macro."""
    return FunctionExpression(name, *arguments)


def text(shape: Shape, name: str) -> Expression:
    """A column as text: whole floats without a fraction, all else as DuckDB writes it.

    Raises:
        UsageError: the column is nested.
    """
    dtype = shape.types[name]
    base = shape.type(name)
    if dtype.endswith("]") or base in {"STRUCT", "MAP", "UNION"}:
        raise UsageError(
            f'{shape.name}: column "{name}" holds a {dtype}, not one value a row; '
            "unnest it before loading"
        )
    if base == "VARCHAR":
        return column(name)
    if base in {"FLOAT", "DOUBLE", "DECIMAL"}:
        return function("number_text", column(name).cast("DOUBLE"))
    return column(name).cast("VARCHAR")


def typed(
    shape: Shape, name: str | None, field: str, what: str, time_format: str | None = None
) -> dict[str, Expression]:
    """A column as a typed field: ``field``, ``field_bad`` (unreadable), ``field_found`` (as text).

    Args:
        shape: the source's columns.
        name: the column; None gives NULLs.
        field: name of the field.
        what: ``"time"``, ``"count"`` or ``"number"``.
        time_format: strptime format of a text column of times.

    Raises:
        UsageError: the column's type cannot hold such a field.
    """
    dtype = {"time": "TIMESTAMP", "count": "BIGINT", "number": "DOUBLE"}[what]
    if name is None:
        return {
            field: constant(None, dtype),
            f"{field}_bad": constant(False),
            f"{field}_found": constant(None, "VARCHAR"),
        }
    found = text(shape, name)
    value = _time(shape, name, time_format) if what == "time" else _count_or_number(
        shape, name, what
    )  # fmt: skip
    if what == "time" and shape.type(name) in _NAIVE | _ZONED:
        bad = constant(False)
    else:
        bad = value.isnull() & found.isnotnull()
        if shape.type(name) == "VARCHAR":
            bad &= function("regexp_matches", found, constant(r"\S"))
    return {field: value, f"{field}_bad": bad, f"{field}_found": found}


def has_zone(shape: Shape, name: str) -> bool | None:
    """Whether the times of a column carry their zone; None when each value may tell."""
    base = shape.type(name)
    if base in _ZONED or base in _WHOLE or base in {"FLOAT", "DOUBLE", "DECIMAL"}:
        return True
    return False if base in _NAIVE else None


def attributes(names: list[str]) -> Expression:
    """The named columns as one JSON object; NULL without any."""
    if not names:
        return constant(None, "JSON")
    pairs = [part for name in names for part in (constant(name), column(name))]
    return function("json_object", *pairs)


def first_of(*expressions: Expression) -> Expression:
    """The first that is not NULL."""
    found = expressions[-1]
    for expression in reversed(expressions[:-1]):
        found = CaseExpression(expression.isnotnull(), expression).otherwise(found)
    return found


def _time(shape: Shape, name: str, time_format: str | None) -> Expression:
    base = shape.type(name)
    found = column(name)
    if base == "TIMESTAMP":
        return found
    if base in _NAIVE:
        return _cast(found, "TIMESTAMP")
    if base in _ZONED:
        return function("make_timestamp", function("epoch_us", found))
    if base in _WHOLE or base in {"FLOAT", "DOUBLE", "DECIMAL"}:
        return function("time_of_number", _cast(found, "DOUBLE"))
    if base == "VARCHAR":
        if time_format is not None:
            return _cast(function("try_strptime", found, constant(time_format)), "TIMESTAMP")
        return function("time_of_text", found)
    raise UsageError(f'{shape.name}: column "{name}" holds {shape.types[name]}, not times')


def _count_or_number(shape: Shape, name: str, what: str) -> Expression:
    base = shape.type(name)
    if base in _WHOLE and what == "count":
        return _cast(column(name), "BIGINT")
    if base in _WHOLE or base in {"FLOAT", "DOUBLE", "DECIMAL"}:
        number = _cast(column(name), "DOUBLE")
    elif base == "VARCHAR":
        number = function("number_of_text", column(name))
    else:
        raise UsageError(f'{shape.name}: column "{name}" holds {shape.types[name]}, not numbers')
    return function("whole_number", number) if what == "count" else number


def _cast(expression: Expression, dtype: Any) -> Expression:
    return expression.cast(dtype)
