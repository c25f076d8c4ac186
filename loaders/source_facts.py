"""One source on its way to facts: what every table's loader works with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from coterie.loaders.columns import ROW, column, constant, text, typed
from coterie.queries.run import run
from coterie.queries.store import scratch

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import duckdb
    from duckdb import Expression

    from coterie.config import Config
    from coterie.loaders.columns import Shape
    from coterie.loaders.mapping import SourceMapping
    from coterie.loaders.sources import Opened
    from coterie.queries.store import Store


@dataclass(slots=True)
class Written:
    """What one source has become, not yet part of the store.

    Attributes:
        files: table of facts -> file in scratch.
        loaded: accepted rows of the source.
        quarantined: rejected rows of the source.
        reasons: reason -> rows.
        first_at: earliest time.
        last_at: latest time.
        notes: what is worth saying.
        extra: scratch files that are needed until the end of the load.
    """

    files: dict[str, Path] = field(default_factory=dict)
    loaded: int = 0
    quarantined: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    first_at: Any = None
    last_at: Any = None
    notes: list[str] = field(default_factory=list)
    extra: dict[str, Path] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Task:
    """One source on its way: the store, the source, its mapping and the settings."""

    store: Store
    source_id: str
    opened: Opened
    mapping: SourceMapping
    config: Config
    time_format: str | None

    @property
    def shape(self) -> Shape:
        """The source's columns."""
        return self.opened.shape

    def text(self, name: str) -> Expression:
        """A field as text: its column, a constant of the source, or NULL."""
        if name in self.mapping.columns:
            return text(self.shape, self.mapping.columns[name])
        return constant(self.mapping.constants.get(name), "VARCHAR")

    def typed(self, name: str, what: str, source: str | None = None) -> dict[str, Expression]:
        """A typed field; ``source`` names another field to take it from."""
        found = self.mapping.columns.get(source or name)
        return typed(self.shape, found, name, what, self.time_format)

    def file(self, table: str) -> Path:
        """A scratch file."""
        return scratch(self.store, f"{table}-{self.source_id}.parquet")


def select(task: Task, fields: Mapping[str, Expression]) -> duckdb.DuckDBPyRelation:
    """The source's rows as the named fields, with row_number."""
    return task.store.con.table("physical").select(
        column(ROW).alias("row_number"), *[e.alias(n) for n, e in fields.items()]
    )


def incoming(task: Task, fields: Mapping[str, Expression]) -> None:
    """Make the fields known as the relation ``incoming``."""
    task.store.con.register("incoming", select(task, fields))


def write(
    task: Task, done: Written, fact: str, statement: str, expected: int | None, **params: Any
) -> None:
    """Write the accepted rows; look at the rejected ones when there must be some."""
    path = task.file(fact)
    run(task.store, statement, path=str(path), **params)
    accepted = count(task.store, "load/count_rows", path=str(path))
    wanted = count(task.store, "load/count_incoming") if expected is None else expected
    if accepted != wanted:
        before = count(task.store, "load/rejected_rows")
        run(task.store, "load/rejected")
        rejected = count(task.store, "load/rejected_rows") - before
        if expected is not None and accepted + rejected != wanted:
            raise RuntimeError(
                f"{task.shape.name}: {wanted} rows, but {accepted} accepted and {rejected} rejected"
            )
    if accepted:
        done.files[fact] = path
    else:
        path.unlink(missing_ok=True)


def good_rows(task: Task) -> int:
    """Rows that could be split into fields."""
    return task.opened.rows - task.opened.bad


def count(store: Store, statement: str, **params: Any) -> int:
    """The one number of a statement."""
    relation = run(store, statement, **params)
    return 0 if relation is None else int(relation.fetchall()[0][0])
