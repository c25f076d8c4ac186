"""SQL of the user's own: read only, one statement, and nothing outside the store's files."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import duckdb

from coterie.errors import UsageError
from coterie.queries.store import literal

if TYPE_CHECKING:
    import polars as pl

    from coterie.queries.store import Store

_EXPLAIN = re.compile(r"\s*EXPLAIN\s+(ANALYZE\s+|\([^)]*\)\s*)?", re.IGNORECASE)
_WRITING = re.compile(r"(^|_)(COPY|INSERT|DELETE|UPDATE|MERGE|CREATE)(_|$)")
# Arrow has no form of these that a frame takes: they are given as text.
_AS_TEXT = re.compile(r"\b(INTERVAL|UNION|VARIANT)\b")
# Days, and milliseconds of a day, since 1970 of the years 1 to 9999, the calendar of Python.
_FIRST_DAY, _LAST_DAY = -719_162, 2_932_896
_DAY = 86_400_000


def close_in(store: Store) -> None:
    """Shut every file but the store's own away from a connection, for good.

    The views read Parquet files below the store's folder; those stay readable. Settings are locked,
    so that no statement can open the door again.
    """
    folder = literal(str(store.data.resolve()))
    store.con.sql(f"SET allowed_directories = [{folder}]")
    store.con.sql("SET enable_external_access = false")
    store.con.sql("SET lock_configuration = true")


def read_only(store: Store, text: str) -> duckdb.DuckDBPyRelation:
    """Run one reading statement on a closed-in connection.

    Args:
        store: a store after :func:`close_in`.
        text: SELECT, FROM, VALUES, DESCRIBE, SHOW, SUMMARIZE or EXPLAIN of one of these.

    Raises:
        UsageError: it is not one reading statement, or the engine refuses it.
    """
    try:
        statements = store.con.extract_statements(text)
        if len(statements) != 1:
            raise UsageError(f"query: found {len(statements)} statements, expected exactly one")
        kind, explained = statements[0].type, text
        if kind == duckdb.StatementType.EXPLAIN:
            # EXPLAIN ANALYZE runs what it explains.
            explained = _EXPLAIN.sub("", text, count=1)
            inner = store.con.extract_statements(explained)
            kind = inner[0].type if len(inner) == 1 else kind
        if kind != duckdb.StatementType.SELECT:
            name = str(kind).rpartition(".")[2]
            raise UsageError(f"query: found {name}, expected a reading statement (SELECT …)")
        _refuse_writers(store, explained)
        relation = store.sql(text)
    except duckdb.Error as error:
        raise UsageError(f"query: {first_lines(error)}") from error
    if relation is None:
        raise UsageError("query: the statement gives no rows")
    return relation


def _refuse_writers(store: Store, text: str) -> None:
    """Look into the plan: WITH may hold COPY … TO, which writes and counts as SELECT."""
    plan = store.sql(f"EXPLAIN (FORMAT JSON) {text}")
    nodes: list[dict[str, Any]] = [] if plan is None else json.loads(plan.fetchall()[0][1])
    while nodes:
        node = nodes.pop()
        if _WRITING.search(str(node.get("name", "")).strip()):
            name = str(node["name"]).strip()
            raise UsageError(f"query: found {name} in WITH, expected a reading statement")
        nodes.extend(node.get("children", ()))


def frame_of(relation: duckdb.DuckDBPyRelation) -> pl.DataFrame:
    """The rows of a relation; intervals, unions and variants as text.

    Raises:
        UsageError: the engine fails while it runs, or a time lies outside the years 1 to 9999.
    """
    odd = [bool(_AS_TEXT.search(str(kind))) for kind in relation.types]
    try:
        if any(odd):
            columns = [duckdb.ColumnExpression(name) for name in relation.columns]
            relation = relation.select(
                *[
                    column.cast(duckdb.sqltype("VARCHAR")).alias(name) if as_text else column
                    for column, name, as_text in zip(columns, relation.columns, odd, strict=True)
                ]
            )
        found: pl.DataFrame = relation.pl()
    except duckdb.Error as error:
        raise UsageError(f"query: {first_lines(error)}") from error
    _refuse_odd_times(found)
    return found


def _refuse_odd_times(frame: pl.DataFrame) -> None:
    import polars as pl

    # ("column", its values), opened until nothing is nested.
    todo = [(name, frame[name]) for name in frame.columns]
    while todo:
        name, values = todo.pop()
        kind = values.dtype
        if isinstance(kind, pl.Struct):
            todo += [(name, values.struct.field(field.name)) for field in kind.fields]
        elif isinstance(kind, pl.List | pl.Array):
            todo.append((name, values.explode()))
        elif isinstance(kind, pl.Map):
            todo.append((name, values.to_frame().select(pl.first().map.entries()).to_series()))
        elif kind == pl.Date:
            _refuse_outside(name, values.to_physical(), _FIRST_DAY, _LAST_DAY)
        elif isinstance(kind, pl.Datetime) and kind.time_unit != "ns":
            # Nanoseconds reach from 1677 to 2262 only.
            day = _DAY * (1 if kind.time_unit == "ms" else 1_000)
            _refuse_outside(name, values.to_physical(), _FIRST_DAY * day, (_LAST_DAY + 1) * day - 1)


def _refuse_outside(name: str, values: pl.Series, low: int, high: int) -> None:
    if not values.is_between(low, high).all():
        raise UsageError(
            f'query: "{name}" has times outside the years 1 to 9999; cast it to VARCHAR'
        )


def first_lines(error: Exception) -> str:
    """The engine's message in one line, with its hint and without the picture of the statement."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    kept = [line for line in lines if not line.startswith(("LINE ", "^"))]
    return " ".join(kept[:3])
