"""SQL of the user's own: read only, one statement, and nothing outside the store's files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import duckdb

from coterie.errors import UsageError
from coterie.queries.store import literal

if TYPE_CHECKING:
    from coterie.queries.store import Store

_EXPLAIN = re.compile(r"\s*EXPLAIN\s+(ANALYZE\s+|\([^)]*\)\s*)?", re.IGNORECASE)


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
        kind = statements[0].type
        if kind == duckdb.StatementType.EXPLAIN:
            # EXPLAIN ANALYZE runs what it explains.
            inner = store.con.extract_statements(_EXPLAIN.sub("", text, count=1))
            kind = inner[0].type if len(inner) == 1 else kind
        if kind != duckdb.StatementType.SELECT:
            name = str(kind).rpartition(".")[2]
            raise UsageError(f"query: found {name}, expected a reading statement (SELECT …)")
        relation = store.sql(text)
    except duckdb.Error as error:
        raise UsageError(f"query: {first_lines(error)}") from error
    if relation is None:
        raise UsageError("query: the statement gives no rows")
    return relation


def first_lines(error: Exception) -> str:
    """The engine's message in one line, with its hint and without the picture of the statement."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    kept = [line for line in lines if not line.startswith(("LINE ", "^"))]
    return " ".join(kept[:3])
