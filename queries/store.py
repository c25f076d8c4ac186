"""The store: a small DuckDB catalogue over immutable Parquet files.

Layout, for the store ``coterie.duckdb``::

    coterie.duckdb               registers (sources, files, sweeps, decisions) and all views
    coterie.duckdb.d/
        lock                     held by the one writer (flock: freed by the kernel on kill -9)
        made                     says that there was a catalogue, should it be lost
        facts/<table>/<id>.parquet
        findings/<sweep_id>/<table>.parquet
        work/<sweep>.<n>/        what the stages of an unfinished sweep left, to go on from
        tmp/                     what a failed or killed write left; removed by the next one
        spill/                   where DuckDB puts what does not fit in memory

A write copies the catalogue (it holds no bulk data), changes the copy in one transaction and swaps
it in by a rename: readers are never blocked, and a kill at any moment leaves the last generation
whole. Bulk files are written under ``tmp`` and renamed before the swap; a file that the catalogue
does not name is removed by a later writer, once it is an hour old.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Self

import duckdb

from coterie.errors import StoreError, StoreLocked
from coterie.queries.run import run, statement
from coterie.queries.schema import FACTS, FINDINGS, REGISTERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    import polars as pl

    from coterie.queries.schema import Table

    Tracer = Callable[[str, dict[str, Any]], None]

FORMAT = 1
_MADE = "made"  # beside the lock: a catalogue was complete once
_VIEWS = (
    "accounts", "signals", "prompts", "links_given", "events", "lists", "quarantine",
    "sources", "sweeps", "decisions", "account_decisions", "value_labels", "labels",
    "newest_sweep", "shared_values", "clusters", "members",
    "links", "evidence", "changes", "successors", "identities", "current_clusters", "current_members", "current_links",
    "current_evidence", "current_shared_values", "current_changes", "current_successors", "quality",
)  # fmt: skip


@dataclass(slots=True)
class Store:
    """An open store.

    Attributes:
        path: the catalogue file.
        con: a DuckDB connection in which every view of the contract can be read.
        tracer: called with each statement and its parameters, or None.
        writable: whether this is the writer's next generation.
    """

    path: Path
    con: duckdb.DuckDBPyConnection
    tracer: Tracer | None = None
    writable: bool = False

    @property
    def data(self) -> Path:
        """The folder of the bulk files."""
        return self.path.with_name(self.path.name + ".d")

    def sql(self, text: str, **params: Any) -> duckdb.DuckDBPyRelation | None:
        """Run SQL of the caller's own (user queries, tests); named SQL goes through ``run``."""
        if self.tracer is not None:
            self.tracer(text, params)
        return self.con.sql(text, params=params or None)

    def rows(self, name: str, /, **params: Any) -> list[dict[str, Any]]:
        """Run a named query and give its rows as dictionaries (small results)."""
        relation = run(self, name, **params)
        if relation is None:
            return []
        names = relation.columns
        return [dict(zip(names, row, strict=True)) for row in relation.fetchall()]

    def frame(self, name: str, /, **params: Any) -> pl.DataFrame:
        """Run a named query and give its rows as a polars frame.

        Raises:
            TypeError: the statement is no query.
        """
        relation = run(self, name, **params)
        if relation is None:
            raise TypeError(f"{name} gives no rows")
        found: pl.DataFrame = relation.pl()
        return found

    def close(self) -> None:
        """Close the connection."""
        self.con.close()

    def __enter__(self) -> Self:
        """Use as a context manager."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close on leaving."""
        self.close()


def literal(text: str) -> str:
    """A string as an SQL literal: for the file lists of views, which take no parameters."""
    return "'" + text.replace("'", "''") + "'"


def connect(memory_limit: str = "auto", threads: int | str = "auto", temp: Path | None = None
            ) -> duckdb.DuckDBPyConnection:  # fmt: skip
    """An in-memory connection with the house's settings.

    Args:
        memory_limit: DuckDB size such as ``"4GB"``; ``"auto"`` is 60 % of the machine's memory.
        threads: number of threads; ``"auto"`` is one a core.
        temp: folder to spill to; None keeps DuckDB's default.
    """
    limit = memory_limit
    if limit == "auto":
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        limit = f"{int(total * 0.6) >> 20}MiB"
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": limit,
        "preserve_insertion_order": "false",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
    }
    if threads != "auto":
        config["threads"] = str(threads)
    if temp is not None:
        config["temp_directory"] = str(temp)
    con = duckdb.connect(":memory:", config=config)
    con.sql("SET TimeZone = 'UTC'")
    return con


def open_store(
    path: Path,
    *,
    memory_limit: str = "auto",
    threads: int | str = "auto",
    tracer: Tracer | None = None,
) -> Store:
    """Open the newest generation for reading; an absent store reads as an empty one.

    Raises:
        StoreError: the file is damaged or of a newer format.
    """
    if not path.exists():
        with write_store(path, tracer=tracer):
            pass
    store = _attach(path, path, memory_limit, threads, tracer, read_only=True)
    meta = _meta(store)
    if meta.get("root") != str(path.parent.resolve()) or meta.get("layout") != _layout():
        # The workspace was moved (views name absolute paths), or an older Coterie wrote it: write
        # a generation for this place with the views and registers of today.
        store.close()
        try:
            with write_store(path, tracer=tracer):
                pass
        except OSError as error:
            if isinstance(error, StoreError) and not isinstance(error, StoreLocked):
                raise
            # Somebody writes, or nobody can (a full disk, a medium that is read only).
            return _private(path, memory_limit, threads, tracer)
        store = _attach(path, path, memory_limit, threads, tracer, read_only=True)
    return store


def _private(path: Path, memory_limit: str, threads: int | str, tracer: Tracer | None) -> Store:
    """A reader's own generation with the views of today, where the next one cannot be written."""
    with TemporaryDirectory(prefix="coterie-") as folder:
        draft = Path(folder) / "private.duckdb"
        shutil.copyfile(path, draft)
        store = _attach(draft, path, memory_limit, threads, tracer, read_only=False)
        _create(store)
        refresh_views(store)
        store.con.sql("CHECKPOINT catalogue")
        store.writable = False
        # The file has no name any more, but lives as long as the connection.
        return store


@contextmanager
def write_store(
    path: Path,
    *,
    wait: float = 0.0,
    memory_limit: str = "auto",
    threads: int | str = "auto",
    tracer: Tracer | None = None,
    purpose: str = "write",
    compact: bool = False,
) -> Iterator[Store]:
    """The next generation of the store, swapped in when the block ends without an error.

    When the block raises, the last generation stays; the draft is removed by the next writer.

    Args:
        path: the catalogue file; made when absent.
        wait: seconds to wait for another writer.
        memory_limit: see :func:`connect`.
        threads: see :func:`connect`.
        tracer: see :class:`Store`.
        purpose: said to others who find the store locked.
        compact: write the catalogue anew, without what deleted rows left in its file.

    Raises:
        StoreLocked: another process is writing.
        StoreError: the store is damaged.
    """
    data = path.with_name(path.name + ".d")
    # The store says things about people: what is new is its owner's alone, unless the owner opens it.
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    (data / "tmp").mkdir(exist_ok=True)
    with _lock(data / "lock", wait, purpose):
        _sweep_out(data / "tmp")
        if not path.exists() and (data / _MADE).exists():
            # A new catalogue would name none of the files, and they would be swept out.
            raise StoreError(
                f"{path}: the catalogue is gone, its data in {data.name} is not; put back a copy "
                "or `coterie restore` a backup elsewhere"
            )
        # DuckDB names the attached catalogue after the file; a name of its own each time.
        draft = data / "tmp" / "next.duckdb"
        if path.exists():
            _copy(path, draft)
        store = _attach(draft, path, memory_limit, threads, tracer, read_only=False)
        try:
            _create(store)
            store.con.begin()
            yield store
            refresh_views(store)
            store.con.commit()
            kept = {str(row[0]) for row in _fetch(store, "SELECT path FROM register.file")}
            store.con.sql("USE memory")
            store.con.sql("CHECKPOINT catalogue")
            if compact:
                draft = draft.with_name("fresh.duckdb")
                store.con.sql(f"ATTACH {literal(str(draft))} AS fresh")
                store.con.sql("COPY FROM DATABASE catalogue TO fresh")
                store.con.sql("CHECKPOINT fresh")
                store.con.sql("DETACH fresh")
            store.con.sql("DETACH catalogue")
        finally:
            store.close()
        draft.chmod(path.stat().st_mode & 0o666 if path.exists() else 0o600)
        fsync(draft)
        draft.replace(path)
        fsync(path.parent)
        (data / _MADE).touch()
        _remove_unnamed(data, kept)


def look_into(catalogue: Path) -> tuple[list[str], str | None]:
    """The bulk files that a catalogue names, relative to its data folder, and its newest sweep.

    Args:
        catalogue: that of a store, or a copy of one.

    Raises:
        StoreError: it is damaged or of a newer format.
    """
    with _attach(catalogue, catalogue, "auto", 1, None, read_only=True) as store:
        files = [str(row["path"]) for row in store.rows("store/all_files")]
        newest = store.rows("ask/newest")
    return files, str(newest[0]["sweep_id"]) if newest else None


def place(store: Store, kind: str, table: str, owner: str, written: Path) -> Path:
    """Move a finished Parquet file to its place and register it.

    Args:
        store: the writer's store.
        kind: ``"facts"`` or ``"findings"``.
        table: a table of the schema.
        owner: source_id of a fact, sweep_id of a finding.
        written: the file, inside :func:`scratch`.

    Returns:
        The file's final path.
    """
    relative = f"facts/{table}/{owner}.parquet" if kind == "facts" else (
        f"findings/{owner}/{table}.parquet"
    )  # fmt: skip
    target = store.data / relative
    target.parent.mkdir(parents=True, exist_ok=True)
    # As open as the folder that the owner made or opened.
    written.chmod(0o600 | (store.data.stat().st_mode & 0o066))
    fsync(written)
    written.replace(target)
    fsync(target.parent)
    run(store, "store/forget_file", path=relative)
    run(store, "store/add_file", room=kind, table_name=table, owner=owner, path=relative)
    return target


def drop_source(store: Store, source_id: str) -> None:
    """Take a source out of the registers; its files go once the next generation is in place."""
    run(store, "store/forget_owner", owner=source_id)
    run(store, "store/forget_source", source_id=source_id)


def scratch(store: Store, name: str) -> Path:
    """A path under ``tmp`` for a file in the making; removed by the next writer if left over."""
    folder = store.data / "tmp"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / name


def work_store(store: Store, *, memory_limit: str = "auto", threads: int | str = "auto") -> Store:
    """A private in-memory database over the facts of ``store``, for the stages of a sweep.

    The views ``facts.<table>`` are there to read; the stages' own tables are made beside them.
    A sweep calls this inside :func:`write_store`, so that it is the one writer from start to end.
    """
    con = connect(memory_limit, threads, store.data / "spill")
    work = Store(store.path, con, store.tracer)
    con.sql("CREATE SCHEMA facts")
    for table, spec in FACTS.items():
        con.sql(
            _view(f"facts.{table}", spec, [store.data / f for f in _files(store, "facts", table)])
        )
    return work


def refresh_views(store: Store) -> None:
    """Point every view at the registered files (absolute paths: any DuckDB client can read)."""
    for schema, tables in (("facts", FACTS), ("findings", FINDINGS)):
        for table, spec in tables.items():
            files = [store.data / f for f in _files(store, schema, table)]
            store.con.sql(_view(f"{schema}.{table}", spec, files))
    for view in _VIEWS:
        run(store, f"views/{view}")
    run(store, "store/set_meta", name="root", content=str(store.path.parent.resolve()))
    run(store, "store/set_meta", name="layout", content=_layout())


def _files(store: Store, room: str, table: str) -> list[str]:
    found = run(store, "store/files", room=room, table_name=table)
    return [] if found is None else [str(row[0]) for row in found.fetchall()]


def _view(name: str, spec: Table, files: Iterable[Path]) -> str:
    # Names come from the schema above, paths are escaped literals: no outside text is formatted.
    paths = ", ".join(literal(str(f.resolve())) for f in files)
    columns = ", ".join(f'CAST("{c.name}" AS {c.type}) AS "{c.name}"' for c in spec.columns)
    if paths:
        source = f"read_parquet([{paths}], union_by_name = true)"
        return f"CREATE OR REPLACE VIEW {name} AS SELECT {columns} FROM {source}"  # noqa: S608
    empty = ", ".join(f'CAST(NULL AS {c.type}) AS "{c.name}"' for c in spec.columns)
    return f"CREATE OR REPLACE VIEW {name} AS SELECT {empty} WHERE false"


def _attach(
    file: Path,
    path: Path,
    memory_limit: str,
    threads: int | str,
    tracer: Tracer | None,
    *,
    read_only: bool,
) -> Store:
    con = connect(memory_limit, threads, path.with_name(path.name + ".d") / "spill")
    existed = file.exists()
    mode = " (READ_ONLY)" if read_only else ""
    try:
        con.sql(f"ATTACH {literal(str(file))} AS catalogue{mode}")
        con.sql("USE catalogue")
        store = Store(path, con, tracer, writable=not read_only)
        meta = _meta(store) if _has_registers(store) else {}
        version = meta.get("format", str(FORMAT))
        missing = _missing(store, meta) if existed else []
    except duckdb.OutOfMemoryException:
        con.close()
        raise  # nothing is damaged
    except duckdb.Error as error:
        con.close()
        message = f"{path}: not a Coterie store, or damaged ({str(error).splitlines()[0]})"
        raise StoreError(message) from error
    if int(version) > FORMAT:
        con.close()
        message = f"{path}: written by a newer Coterie (store format {version}, known {FORMAT})"
        raise StoreError(message)
    if missing:
        con.close()
        message = (
            f"{path}: not a Coterie store, or damaged: {', '.join(missing)} missing; put back the "
            f"newest whole copy of it and of {path.name}.d"
        )
        raise StoreError(message)
    return store


def _missing(store: Store, meta: Mapping[str, str]) -> list[str]:
    """Registers, or columns of them, that this version's layout has and the file has not."""
    if meta.get("layout") != _layout():
        # Of an older layout: the next generation gets what it lacks.
        return [] if meta else ["register.meta"]
    found = run(store, "store/register_columns")
    there = set() if found is None else set(found.fetchall())
    tables = {table for table, _ in there}
    lost = [f"register.{t}" for t in (*REGISTERS, "file") if t not in tables]
    return lost + [
        f"register.{table}.{c.name}"
        for table, spec in REGISTERS.items()
        for c in spec.columns
        if table in tables and (table, c.name) not in there
    ]


def _fetch(store: Store, text: str) -> list[tuple[Any, ...]]:
    return store.con.sql(text).fetchall()


def _has_registers(store: Store) -> bool:
    found = run(store, "store/has_registers")
    return found is not None and bool(found.fetchall()[0][0])


def _meta(store: Store) -> dict[str, str]:
    found = run(store, "store/meta")
    return {} if found is None else dict(found.fetchall())


def _create(store: Store) -> None:
    """Make the registers; of a store that an older Coterie wrote, what it lacks."""
    if _has_registers(store) and _meta(store).get("layout") == _layout():
        return
    for schema in ("register", "facts", "findings"):
        store.con.sql(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    run(store, "store/create_meta")
    run(store, "store/create_file")
    for table, spec in REGISTERS.items():
        columns = ", ".join(f'"{c.name}" {c.type}' for c in spec.columns)
        store.con.sql(f"CREATE TABLE IF NOT EXISTS register.{table} ({columns})")
        for c in spec.columns:
            store.con.sql(
                f'ALTER TABLE register.{table} ADD COLUMN IF NOT EXISTS "{c.name}" {c.type}'
            )
    run(store, "store/set_meta", name="format", content=str(FORMAT))


def _layout() -> str:
    """A name for the registers and views of this version: stores of another are brought to it."""
    parts = [
        f"{table}.{c.name} {c.type}" for table, spec in REGISTERS.items() for c in spec.columns
    ]
    texts = [statement(f"views/{view}") for view in _VIEWS]
    return hashlib.sha256("\n".join([*parts, *texts]).encode()).hexdigest()[:16]


def lock_holder(said: str) -> str:
    """Who holds the lock, in words, from what the holder wrote into it."""
    try:
        told = json.loads(said)
        return f"a {str(told['purpose'])[:40]} (process {int(told['pid'])})"
    except (ValueError, TypeError, KeyError):
        return "another process"


@contextmanager
def _lock(file: Path, wait: float, purpose: str) -> Iterator[None]:
    deadline = time.monotonic() + wait
    try:
        handle = file.open("a+", encoding="utf-8", errors="replace")
    except IsADirectoryError as error:
        raise StoreError(f"{file}: found a folder, expected the lock file; remove it") from error
    with handle:
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError as error:
                if time.monotonic() >= deadline:
                    handle.seek(0)
                    holder = lock_holder(handle.read(200))
                    message = f"{file.parent}: locked by {holder}; wait for it or use --wait"
                    raise StoreLocked(message) from error
                time.sleep(0.05)
        handle.seek(0)
        handle.truncate()
        handle.write(json.dumps({"pid": os.getpid(), "purpose": purpose}))
        handle.flush()
        try:
            yield
        finally:
            handle.seek(0)
            handle.truncate()


def _copy(path: Path, draft: Path) -> None:
    try:
        shutil.copyfile(path, draft)
    except OSError:
        draft.unlink(missing_ok=True)  # half a copy on a full disk helps nobody
        raise


def fsync(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _sweep_out(folder: Path) -> None:
    for entry in folder.iterdir():
        if entry.is_dir():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            entry.unlink(missing_ok=True)


def _remove_unnamed(data: Path, kept: set[str]) -> None:
    # Readers of the last generation may still open its files: only files older than an hour go.
    horizon = time.time() - 3600
    for room in ("facts", "findings"):
        for file in (data / room).glob("*/*.parquet"):
            if str(file.relative_to(data)) not in kept and file.stat().st_mtime < horizon:
                file.unlink(missing_ok=True)
