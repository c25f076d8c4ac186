"""The one door to the SQL: ``run(store, "link/pairs", name=value)``.

Every statement lives in ``queries/sql/<stage>/<name>.sql``. Parameters are bound as ``$name``;
nothing is formatted into the text.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Protocol

from coterie.errors import UnknownName, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import duckdb

_PARAMETER = re.compile(r"\$([a-z_][a-z0-9_]*)")
_COMMENT = re.compile(r"--[^\n]*")


class HasConnection(Protocol):
    """What ``run`` needs of a store: a connection and an optional tracer."""

    @property
    def con(self) -> duckdb.DuckDBPyConnection:
        """The DuckDB connection."""
        ...

    @property
    def tracer(self) -> Callable[[str, dict[str, Any]], None] | None:
        """Called with each statement and its parameters (``--trace-sql``)."""
        ...


def statement_names() -> Iterator[str]:
    """Every statement's name, sorted: ``"<stage>/<name>"``."""
    root = files("coterie.queries") / "sql"
    for stage in sorted(root.iterdir(), key=lambda p: p.name):
        if stage.is_dir():
            for file in sorted(stage.iterdir(), key=lambda p: p.name):
                if file.name.endswith(".sql"):
                    yield f"{stage.name}/{file.name.removesuffix('.sql')}"


@cache
def statement(name: str) -> str:
    """The text of a statement.

    Raises:
        UnknownName: there is no such statement.
    """
    stage, _, file = name.partition("/")
    path = files("coterie.queries") / "sql" / stage / f"{file}.sql"
    if not path.is_file():
        message = f'There is no statement "{name}".{did_you_mean(name, statement_names())}'
        raise UnknownName(message)
    return path.read_text(encoding="utf-8")


@cache
def parameters(name: str) -> frozenset[str]:
    """The parameters that a statement takes."""
    return frozenset(_PARAMETER.findall(_COMMENT.sub("", statement(name))))


def run(store: HasConnection, name: str, /, **params: Any) -> duckdb.DuckDBPyRelation | None:
    """Run a named statement.

    Args:
        store: an open store (or anything with ``con`` and ``tracer``).
        name: ``"<stage>/<name>"``.
        **params: exactly the parameters that the statement names.

    Returns:
        A relation for a query (use ``.fetchall()``, ``.pl()``); None for other statements.

    Raises:
        UnknownName: there is no such statement.
        TypeError: a parameter is missing or unknown.
    """
    text = statement(name)
    if params.keys() != parameters(name):
        missing = sorted(parameters(name) - params.keys())
        unknown = sorted(params.keys() - parameters(name))
        message = f"{name}: missing parameters {missing}, unknown parameters {unknown}"
        raise TypeError(message)
    if store.tracer is not None:
        store.tracer(text, params)
    return store.con.sql(text, params=params or None)
