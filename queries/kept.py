"""Tables of a working store on disk and back, for runs that are cut short.

Parquet, as all bulk files; 128-bit numbers, which it has no form for, go as something else. A file
counts only with the size and the hash that were written down with it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import duckdb

from coterie.errors import StoreError
from coterie.queries.run import run
from coterie.queries.store import Store, connect

if TYPE_CHECKING:
    from collections.abc import Iterable

# As text a column of addresses costs more than all the other tables; signed ones are rare and short.
_LONG = MappingProxyType({"HUGEINT": "VARCHAR", "UHUGEINT": "UUID"})


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file as it was written.

    Attributes:
        file: its name, inside the folder of the run.
        rows: rows in it.
        bytes: its size.
        sha256: of its content, in hexadecimal.
        types: column -> DuckDB type, of a table; empty for a finding.
    """

    file: str
    rows: int
    bytes: int
    sha256: str
    types: dict[str, str]


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's content, in hexadecimal."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def describe(store: Store, path: Path, types: dict[str, str] | None = None) -> KeptFile:
    """What a finished Parquet file holds: rows, bytes, hash."""
    rows = store.rows("store/parquet_rows", path=str(path))[0]["n"]
    return KeptFile(path.name, int(rows), path.stat().st_size, sha256_of(path), types or {})


def is_whole(folder: Path, kept: KeptFile) -> bool:
    """Whether a file is there as it was written down."""
    path = folder / kept.file
    return path.is_file() and path.stat().st_size == kept.bytes and sha256_of(path) == kept.sha256


def tables(work: Store) -> dict[str, tuple[int, int]]:
    """The tables of a working store: name -> a mark that is another one once it is made again."""
    return {row["name"]: (row["oid"], row["n"]) for row in work.rows("store/work_tables")}


def keep_table(work: Store, name: str, path: Path) -> KeptFile:
    """Write a table of the working store."""
    table = work.con.table(name)
    types = {column: str(kind) for column, kind in zip(table.columns, table.types, strict=True)}
    columns = [
        duckdb.ColumnExpression(column).cast(duckdb.sqltype(_LONG[kind])).alias(column)
        if kind in _LONG
        else duckdb.ColumnExpression(column)
        for column, kind in types.items()
    ]
    table.select(*columns).create_view("kept_rows", replace=True)
    run(work, "store/keep_table", path=str(path))
    return describe(work, path, types)


def load_table(work: Store, name: str, folder: Path, kept: KeptFile) -> None:
    """Make a table of the working store from its file, with the types it had.

    Raises:
        StoreError: the file cannot be read.
    """
    columns = [
        duckdb.ColumnExpression(column).cast(duckdb.sqltype(kind)).alias(column)
        for column, kind in kept.types.items()
    ]
    try:
        work.con.read_parquet(str(folder / kept.file)).select(*columns).create(name)
    except duckdb.Error as error:
        raise StoreError(f"{folder / kept.file}: {str(error).splitlines()[0]}") from error


def unreadable(files: Iterable[Path]) -> dict[Path, str]:
    """Parquet files that are missing or end early, with the reason; only their ends are read."""
    wrong = {}
    with Store(Path("none"), connect(threads=1)) as store:
        for file in files:
            if not file.is_file():
                wrong[file] = "missing"
                continue
            try:
                store.rows("store/parquet_rows", path=str(file))
            except duckdb.Error as error:
                wrong[file] = str(error).splitlines()[0]
    return wrong
