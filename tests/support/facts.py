"""Small worlds for the graph stages: facts straight into a working store, no loader between."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import polars as pl

from coterie.queries.schema import FACTS
from coterie.queries.store import Store, connect

if TYPE_CHECKING:
    from collections.abc import Iterable

START, END = datetime(2026, 1, 1), datetime(2026, 4, 1)  # noqa: DTZ001 - the store's times are naive UTC

_TYPES: dict[str, pl.DataType | type[pl.DataType]] = {
    "VARCHAR": pl.String,
    "TIMESTAMP": pl.Datetime("us"),
    "BIGINT": pl.Int64,
    "DOUBLE": pl.Float64,
    "UHUGEINT": pl.Int64,
}


def work_over(tables: dict[str, pl.DataFrame], tmp: object) -> Store:
    """A working store whose ``facts.<table>`` hold the frames; tables not given are empty."""
    con = connect()
    con.sql("CREATE SCHEMA facts")
    for name, spec in FACTS.items():
        schema = {c.name: _TYPES[c.type] for c in spec.columns}
        given = tables.get(name, pl.DataFrame(schema=schema))
        missing = [
            pl.lit(None, dtype=t).alias(n) for n, t in schema.items() if n not in given.columns
        ]
        con.register("given", given.with_columns(missing).select(list(schema)))
        columns = ", ".join(f'CAST("{c.name}" AS {c.type}) AS "{c.name}"' for c in spec.columns)
        con.sql(f"CREATE TABLE facts.{name} AS SELECT {columns} FROM given")
        con.unregister("given")
    from pathlib import Path

    return Store(Path(str(tmp)) / "none.duckdb", con)


def signals(rows: Iterable[tuple[str, str, str]], at: datetime = START) -> pl.DataFrame:
    """Signal facts of (account, kind, value) triples, all seen at one time."""
    frame = pl.DataFrame(list(rows), schema=["account_id", "kind", "value"], orient="row")
    return frame.with_columns(
        first_seen=pl.lit(at), last_seen=pl.lit(at), n=pl.lit(1, dtype=pl.Int64)
    )
