"""The shared-value and pair queries in the dialect of a warehouse, to be run where the rows are.

The statements are those of ``queries/sql/warehouse``; sqlglot (extra ``coterie[sql]``) says them in
another dialect, and refuses what that dialect cannot say. Only tables, columns, times and caps are
put in, as nodes of the parsed statement, never as text.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from coterie.config import DEFAULT_KIND
from coterie.errors import UsageError, did_you_mean
from coterie.printable import printable
from coterie.queries.run import statement

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from coterie.config import KindProfile

DIALECTS = ("postgres", "snowflake", "bigquery", "spark", "duckdb")
QUERIES: Mapping[str, str] = MappingProxyType({
    "shared_values": "values that 2 accounts to the cap of their kind used: kind, value, k (accounts)",
    "pairs": "pairs of accounts that share such values: src, dst, n_values",
})  # fmt: skip
COLUMNS = ("account_id", "kind", "value", "seen_at", "first_seen", "last_seen")
_LONGEST = 200


def warehouse_queries(
    dialect: str,
    kinds: Mapping[str, KindProfile],
    *,
    table: str = "signals",
    columns: Mapping[str, str] | None = None,
    kind: str | None = None,
    window: tuple[datetime, datetime] | None = None,
) -> dict[str, str]:
    """Each of ``QUERIES`` as text in a dialect.

    Args:
        dialect: one of ``DIALECTS``.
        kinds: profiles; their caps are written into the queries.
        table: the table of signals, as the warehouse writes its name.
        columns: field of ``COLUMNS`` -> column of the table; fields not named are columns of their own
            name, and ``seen_at`` stands for ``first_seen`` and ``last_seen``.
        kind: kind of every row, for a table without a kind column.
        window: first moment and end (UTC, naive), not included; None takes every row.

    Raises:
        UsageError: the dialect, a field or a name is none, or sqlglot is not installed.
    """
    if dialect not in DIALECTS:
        hint = did_you_mean(dialect, DIALECTS)
        raise UsageError(f'there is no dialect "{printable(dialect, 40)}".{hint}')
    given = dict(columns or {})
    for field in given:
        if field not in COLUMNS:
            hint = did_you_mean(field, COLUMNS)
            raise UsageError(f'signals have no field "{printable(field, 40)}".{hint}')
    if kind is not None and "kind" in given:
        raise UsageError("kind is either a column or one for every row")
    sqlglot = _sqlglot()
    signal = _signals(sqlglot.exp, dialect, table, given, kind)
    caps = _caps(sqlglot.exp, kinds)
    made = {}
    for name, what in QUERIES.items():
        tree = sqlglot.parse_one(_bare(statement(f"warehouse/{name}")), read="duckdb")
        tree = _filled(sqlglot.exp, tree, window)
        own = tree.ctes
        tree.find(sqlglot.exp.With).pop()
        steps = [("warehouse_signal", signal), ("warehouse_kind", caps)]
        for step, query in [*steps, *((cte.alias, cte.this) for cte in own)]:
            tree = tree.with_(step, as_=query)
        try:
            text = tree.sql(
                dialect=dialect, pretty=True, unsupported_level=sqlglot.ErrorLevel.RAISE
            )
        except sqlglot.errors.SqlglotError as error:
            raise UsageError(f"{dialect} cannot say {name}: {error}") from error
        made[name] = f"{_head(name, what, dialect, window)}\n{text};\n"
    return made


def _sqlglot() -> Any:
    try:
        import sqlglot
    except ImportError as error:
        raise UsageError("sql needs sqlglot: pip install 'coterie[sql]'") from error
    return sqlglot


def _bare(text: str) -> str:
    return re.sub(r"^--[^\n]*\n", "", text, flags=re.MULTILINE)


def _head(name: str, what: str, dialect: str, window: tuple[datetime, datetime] | None) -> str:
    span = (
        "every row" if window is None else f"{window[0].isoformat()} to {window[1].isoformat()} UTC"
    )
    return f"-- {name}: {what}.\n-- {dialect}, {span}. Values are compared as they stand."


def _name(exp: Any, text: str, dialect: str, what: str) -> Any:
    """A name as the dialect reads it; nothing but a name."""
    from sqlglot import parse_one
    from sqlglot.errors import SqlglotError

    shown = printable(text, 60)
    kind = exp.Table if what == "table" else exp.Column
    try:
        found = parse_one(text, into=kind, dialect=dialect) if len(text) <= _LONGEST else None
    except (SqlglotError, ValueError, RecursionError) as error:
        raise UsageError(f'"{shown}" is no name of a {what} in {dialect}') from error
    inner = (exp.Identifier, exp.Table, exp.Column, exp.Dot)
    if not isinstance(found, kind) or not all(isinstance(n, inner) for n in found.walk()):
        raise UsageError(f'"{shown}" is no name of a {what} in {dialect}')
    for node in found.walk():
        node.comments = None
    return found


def _signals(exp: Any, dialect: str, table: str, given: Mapping[str, str], kind: str | None) -> Any:
    """The table of signals under the names of the statements."""
    source = _name(exp, table, dialect, "table")

    def column(field: str) -> Any:
        return _name(exp, given.get(field, field), dialect, "column")

    def moment(field: str) -> Any:
        both = "first_seen" in given or "last_seen" in given
        found = column(field if both else "seen_at")
        return exp.cast(found, "TIMESTAMPTZ", dialect="duckdb")

    kind_of = exp.Literal.string(kind) if kind is not None else column("kind")
    parts = {
        "account_id": column("account_id"), "kind": kind_of, "value": column("value"),
        "first_seen": moment("first_seen"), "last_seen": moment("last_seen"),
    }  # fmt: skip
    return exp.select(*[exp.alias_(part, name) for name, part in parts.items()]).from_(source)


def _caps(exp: Any, kinds: Mapping[str, KindProfile]) -> Any:
    """Kind and cap, a row a kind that has not the usual one; kinds that cannot link have the cap 0."""
    caps = {name: profile.cap if profile.m > 0 else 0 for name, profile in sorted(kinds.items())}
    odd = {name: cap for name, cap in caps.items() if cap != DEFAULT_KIND.cap}
    rows = [
        exp.select(
            exp.alias_(exp.Literal.string(name), "kind"),
            exp.alias_(exp.Literal.number(cap), "cap"),
        )
        for name, cap in (odd or caps or {"ip": DEFAULT_KIND.cap}).items()
    ]
    found = rows[0]
    for row in rows[1:]:
        found = exp.union(found, row, distinct=False, copy=False)
    return found


def _filled(exp: Any, tree: Any, window: tuple[datetime, datetime] | None) -> Any:
    """The statement with its parameters filled in; without a window, without its condition."""
    values = {"default_cap": exp.Literal.number(DEFAULT_KIND.cap)}
    if window is not None:
        start, end = (exp.Literal.string(f"{t.isoformat(' ')}+00:00") for t in window)
        values |= {"window_start": start, "window_end": end}
    for node in list(tree.find_all(exp.Parameter, exp.Placeholder)):
        name = node.name or node.this.name
        if name in values:
            node.replace(values[name].copy())
        else:
            node.find_ancestor(exp.Where).pop()
    return tree
