"""Opening a source: whatever it is, afterwards it is the relation ``physical``.

``physical`` has the source's own columns and ``__row``, the 1-based number of the row. Lines that
are no records are in the table ``faulty`` by then.
"""

from __future__ import annotations

import glob
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import duckdb

from coterie.errors import InputError
from coterie.loaders.columns import ROW, Shape, column, constant, function
from coterie.loaders.files import blocks, content_hash, format_of
from coterie.queries.run import run
from coterie.queries.store import scratch

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from pathlib import Path

    from coterie.loaders.database import DatabaseQuery
    from coterie.loaders.files import Format
    from coterie.queries.store import Store

_MOST_KEYS = 1000


@dataclass(frozen=True, slots=True)
class Opened:
    """A source that is ready to be read.

    Attributes:
        shape: its columns.
        rows: physical rows, bad lines included.
        bad: lines that are no records.
        detail: format and dialect, for the source's record.
        notes: what is worth saying.
        scratch: files to remove when the source is done.
    """

    shape: Shape
    rows: int
    bad: int = 0
    detail: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    scratch: tuple[Path, ...] = ()


def open_file(
    store: Store, file: Path, name: str, options: Mapping[str, object], known: Collection[str]
) -> Opened:
    """Open a file.

    Args:
        store: the writer's store.
        file: the file.
        name: its name in messages.
        options: format options.
        known: plain column names that tell a header.

    Raises:
        InputError: nothing in it can be read.
    """
    run(store, "load/create_faulty")
    found = format_of(file, name)
    if found.name == "parquet":
        return _open_parquet(store, file, name)
    if found.name == "jsonl":
        return _open_jsonl(store, file, name, found, options)
    return _open_csv(store, file, name, found, options, known)


def open_frame(store: Store, frame: Any, name: str) -> Opened:
    """Open a frame of polars, pandas or Arrow.

    Raises:
        InputError: it is none of these, or has no rows.
    """
    import numpy as np

    run(store, "load/create_faulty")
    table = arrow_table(frame, name)
    if table.num_rows == 0:
        raise InputError(f"{name}: the frame has no rows")
    import pyarrow as pa

    table = table.append_column(ROW, pa.array(np.arange(1, table.num_rows + 1)))
    store.con.register("frame", table)
    return _opened(store, store.con.table("frame"), name, {"format": "frame"})


def open_query(
    store: Store, query: DatabaseQuery, seen: Callable[[int, int], None] | None = None
) -> Opened:
    """Run a query of a database and open what it gave.

    Args:
        store: the writer's store.
        query: what to run and where.
        seen: called after each batch with the rows and the bytes of it.

    Raises:
        UsageError: the driver is not installed, or the statement is wrong.
        InputError: the database cannot be reached, the connection broke, or there are no rows.
    """
    from coterie.loaders.database import fetch

    run(store, "load/create_faulty")
    staged = scratch(store, "query.parquet")
    try:
        detail = fetch(query, staged, seen)
    except BaseException:
        staged.unlink(missing_ok=True)
        raise
    found = store.con.read_parquet(str(staged), file_row_number=True)
    columns = [
        # Bytes are shown as people write them: hexadecimal.
        (function("lower", function("hex", column(c))) if t == "BLOB" else column(c)).alias(c)
        for c, t in zip(found.columns, map(str, found.types), strict=True)
        if c != "file_row_number"
    ]
    relation = found.select((column("file_row_number") + constant(1)).alias(ROW), *columns)
    return _opened(store, relation, query.name, detail, scratch=(staged,))


def frame_hash(store: Store, name: str) -> str:
    """A hash of the open frame's content that does not depend on the order of its rows."""
    import hashlib

    relation = run(store, "load/frame_hash")
    row = relation.fetchall()[0] if relation is not None else ()
    return hashlib.sha256(repr((name, row)).encode()).hexdigest()


def arrow_table(frame: Any, name: str) -> Any:
    """A frame as an Arrow table.

    Raises:
        InputError: the frame's columns have no one type, or it is no frame.
    """
    import pyarrow as pa

    module = type(frame).__module__.partition(".")[0]
    try:
        if isinstance(frame, pa.Table):
            return frame
        if isinstance(frame, pa.RecordBatch):
            return pa.Table.from_batches([frame])
        if isinstance(frame, pa.RecordBatchReader):
            return frame.read_all()
        if module == "polars":
            return (frame.collect() if hasattr(frame, "collect") else frame).to_arrow()
        if module == "pandas":
            return pa.Table.from_pandas(frame, preserve_index=False)
        if isinstance(frame, duckdb.DuckDBPyRelation):
            return frame.to_arrow_table()
        if hasattr(frame, "__arrow_c_stream__"):
            return pa.table(frame)
    except (pa.ArrowException, TypeError, ValueError) as error:
        words = str(error).splitlines()[0]
        raise InputError(f"{name}: cannot be read as a table ({words})") from error
    raise InputError(
        f"{name}: {type(frame).__name__} is neither a path nor a frame of polars, pandas or Arrow"
    )


def close(store: Store, opened: Opened) -> None:
    """Forget a source: its relations and its scratch files."""
    for view in ("incoming", "physical", "staged_lines", "frame", "lines", "json_staged", "staged"):
        store.con.unregister(view)
    for file in opened.scratch:
        file.unlink(missing_ok=True)


def _opened(
    store: Store,
    relation: duckdb.DuckDBPyRelation,
    name: str,
    detail: Mapping[str, Any],
    *,
    rows: int | None = None,
    notes: tuple[str, ...] = (),
    scratch: tuple[Path, ...] = (),
) -> Opened:
    """Register ``physical`` and count."""
    store.con.register("physical", relation)
    types = {
        c: str(t)
        for c, t in zip(relation.columns, relation.types, strict=True)
        if c != ROW
    }  # fmt: skip
    good = _count(store, "load/count_physical")
    total = good if rows is None else rows
    return Opened(Shape(name, types), total, total - good, detail, notes, scratch)


def _count(store: Store, statement: str, **params: Any) -> int:
    relation = run(store, statement, **params)
    return 0 if relation is None else int(relation.fetchall()[0][0])


def _open_parquet(store: Store, file: Path, name: str) -> Opened:
    path, links = file, []
    if glob.has_magic(str(file)):  # DuckDB would read the name as a pattern
        path = scratch(store, "input.parquet")
        path.unlink(missing_ok=True)
        path.symlink_to(file.resolve())
        links = [path]
    try:
        found = store.con.read_parquet(str(path), binary_as_string=True, file_row_number=True)
        names = [c for c in found.columns if c != "file_row_number"]
        relation = found.select(
            (column("file_row_number") + constant(1)).alias(ROW), *[column(c) for c in names]
        )
        opened = _opened(store, relation, name, {"format": "parquet"}, scratch=tuple(links))
    except duckdb.Error as error:
        raise InputError(f"{name}: a damaged or cut off Parquet file ({words(error)})") from error
    if opened.rows == 0:
        raise InputError(f"{name}: the file has no rows")
    return opened


def words(error: Exception) -> str:
    """The first line of an error, without folders."""
    text = str(error).splitlines()[0]
    return re.sub(r'"?/\S+/([^/"\s]+)"?', r"\1", text)


def _open_csv(
    store: Store,
    file: Path,
    name: str,
    form: Format,
    options: Mapping[str, object],
    known: Collection[str],
) -> Opened:
    from coterie.loaders import dialect as d
    from coterie.loaders.records import Tally, quoting_is_sound, record_batches, whole_lines

    d.check_options(name, options, d.OPTIONS)
    head = next(blocks(file, form.compression, name, 1 << 20), b"")
    encoding, mark = d.encoding_of(name, head, options.get("encoding"))

    def text() -> Iterator[bytes]:
        return d.utf8_blocks(name, blocks(file, form.compression, name), encoding, mark)

    first = next(d.utf8_blocks(name, [head], encoding, mark))
    found = d.find_dialect(store, name, first, encoding, options, known)
    sound, quoted = True, False
    if found.quote:
        sound, quoted = quoting_is_sound(
            whole_lines(text(), found.newline),
            found.delim,
            found.quote,
            found.escape,
            found.newline,
        )
    staged = scratch(store, "lines.parquet")
    n = len(found.names)
    for lenient in (False, True) if sound and quoted else (not sound,):
        tally = Tally()
        batches = record_batches(
            whole_lines(text(), found.newline), tally, newline=found.newline,
            quote=found.quote if quoted and not lenient else "", escape=found.escape,
            header=found.header,
        )  # fmt: skip
        _stage_csv(store, batches, found, quoted, staged)
        if lenient or not quoted or not _swallowed(store, staged, found, n):
            break
    notes = list(found.notes)
    if lenient:
        notes.append("quotes stand where none can stand: read line by line")
    store.con.register("staged_lines", store.con.read_parquet(str(staged)))
    run(store, "load/bad_lines")
    total = _count(store, "load/count_rows", path=str(staged))
    if total == 0:
        raise InputError(f"{name}: the file has a header and no rows")
    blank = tally.records - (1 if found.header else 0) - total
    if blank > 0:
        notes.append(f"{blank:,} blank lines left out")
    if encoding != "utf-8":
        notes.append(f"read as {encoding}")
    relation = store.con.table("staged_lines")
    relation = relation.filter(column("__fault").isnull()).select(
        column(ROW), *[column(c) for c in found.names]
    )
    detail = {"format": "csv", "compression": form.compression, "dialect": found.to_dict()}
    return _opened(store, relation, name, detail, rows=total, notes=tuple(notes), scratch=(staged,))


def _patterns(delim: str, quote: str, escape: str) -> dict[str, str]:
    """The grammar of a record whose every field has its delimiter before it."""
    d, q = re.escape(delim), re.escape(quote)
    inside = rf"(?:[^{q}\\]|\\.)*" if escape == "\\" else f"(?:[^{q}]|{q}{q})*"
    field_ = f"{q}{inside}{q}|[^{d}{q}][^{d}]*|"
    return {
        "record": f"(?s)(?:{d}(?:{field_}))+",
        "field": f"(?s){d}({field_})",
        "escaped": f"\\{quote}" if escape == "\\" else quote * 2,
        "plain": quote,
    }


def _stage_csv(store: Store, batches: Any, found: Any, quoted: bool, staged: Path) -> None:
    from coterie.loaders.records import reader

    store.con.register("lines", reader(batches))
    quote = found.quote if quoted else ""
    patterns = _patterns(found.delim, found.quote or '"', found.escape)
    relation = run(
        store, "load/csv_fields", delim=found.delim, quote=quote, newline=found.newline,
        n=len(found.names), **patterns,
    )  # fmt: skip
    if relation is None:
        return
    relation.select(
        column("row_number").alias(ROW),
        *[
            function("list_extract", column("fields"), constant(i)).alias(c)
            for i, c in enumerate(found.names, 1)
        ],
        column("fault").alias("__fault"),
        column("found").alias("__found"),
        column("raw").alias("__raw"),
    ).write_parquet(str(staged), compression="lz4_raw", row_group_size=250_000)
    store.con.unregister("lines")


def _swallowed(store: Store, staged: Path, found: Any, n: int) -> bool:
    """Whether a record over several lines is made of lines that are records themselves.

    Two stray quotes can look like one quoted field over the lines between them.
    """
    if n < 3:
        return False
    store.con.register("staged_lines", store.con.read_parquet(str(staged)))
    suspect = run(store, "load/swallowed", delim=found.delim, newline=found.newline, n=n)
    return suspect is not None and bool(suspect.fetchall()[0][0])


def _open_jsonl(
    store: Store, file: Path, name: str, form: Format, options: Mapping[str, object]
) -> Opened:
    from coterie.loaders import dialect as d
    from coterie.loaders.records import Tally, reader, record_batches, whole_lines

    d.check_options(name, options, ("encoding", "time_format"))
    head = next(blocks(file, form.compression, name, 1 << 20), b"")
    encoding, mark = d.encoding_of(name, head, options.get("encoding"))
    parts = whole_lines(
        d.utf8_blocks(name, blocks(file, form.compression, name), encoding, mark), "\n"
    )
    staged = scratch(store, "lines.parquet")
    store.con.register("lines", reader(record_batches(parts, Tally(), newline="\n")))
    run(store, "load/json_lines", path=str(staged))
    store.con.unregister("lines")
    store.con.register("json_staged", store.con.read_parquet(str(staged)))
    run(store, "load/json_bad_lines")
    total = _count(store, "load/count_rows", path=str(staged))
    found = run(store, "load/json_keys")
    keys = [] if found is None else [str(row[0]) for row in found.fetchall()]
    if not keys:
        raise InputError(f"{name}: not one line is a JSON object with fields")
    if len(keys) > _MOST_KEYS:
        raise InputError(f"{name}: more than {_MOST_KEYS:,} different fields; is it one table?")
    folded = {k.lower() for k in keys}
    if len(folded) < len(keys):
        raise InputError(f"{name}: some fields differ in upper and lower case only")
    structure = json.dumps(dict.fromkeys(keys, "VARCHAR"))
    relation = run(store, "load/json_fields", structure=structure)
    if relation is None:
        raise InputError(f"{name}: not one line is a JSON object with fields")
    relation = relation.select(
        column("row_number").alias(ROW),
        *[function("struct_extract", column("fields"), constant(k)).alias(k) for k in keys],
    )
    detail = {"format": "jsonl", "compression": form.compression, "encoding": encoding}
    return _opened(store, relation, name, detail, rows=total, scratch=(staged,))


def hash_of(file: Path, name: str) -> str:
    """The content hash of a file.

    Raises:
        InputError: it cannot be read.
    """
    try:
        return content_hash(file)
    except OSError as error:
        raise InputError(f"{name}: cannot be read ({error.strerror})") from error
