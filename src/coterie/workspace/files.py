"""Files of the face: written whole or not at all, and read by what they are called."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from coterie.errors import InputError, UsageError, did_you_mean
from coterie.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import polars as pl


_DRAFT, _PART = ".coterie-", ".part"


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Write a file beside its place and move it in when complete; only its owner can read it.

    Args:
        path: where the file goes.
        write: writes the path that it is given.

    Raises:
        UsageError: the folder cannot be written.
    """
    # /dev/stdout may lead to a file, and is none itself.
    special = path.exists() and not path.is_file() and not path.is_dir()
    if special or path.absolute().parts[1:2] in {("dev",), ("proc",)}:
        _pour(path, write)
        return
    with drafts(path.parent, path) as draft:
        write(draft / path.name)


def _pour(path: Path, write: Callable[[Path], object]) -> None:
    """Write into a pipe or a device (``/dev/stdout``), which a file must never take the place of."""
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "whole"
        write(whole)
        try:
            with whole.open("rb") as source, path.open("wb") as target:
                shutil.copyfileobj(source, target)
        except OSError as error:
            told = error.strerror or type(error).__name__
            raise UsageError(f"{printable(path)}: cannot be written ({told})") from error


@contextmanager
def drafts(folder: Path, told: Path | None = None) -> Iterator[Path]:
    """A folder to write files into, which are moved into ``folder`` when the block has ended well.

    Whoever has no business with the files can read them neither while they are made nor afterwards:
    what is handed over says things about people. A draft that a killed process left is removed.

    Args:
        folder: where the files go; made when absent.
        told: what an error names; None is the folder.

    Raises:
        UsageError: the folder cannot be written.
    """
    from coterie.queries.store import fsync

    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _sweep_out(folder)
        with _draft(folder) as draft:
            yield draft
            for file in sorted(draft.iterdir()):
                file.chmod(0o600)
                fsync(file)
                file.replace(folder / file.name)
            fsync(folder)
    except OSError as error:
        place = printable(told or folder)
        raise UsageError(f"{place}: cannot be written ({error.strerror or error})") from error


@contextmanager
def _draft(folder: Path) -> Iterator[Path]:
    """A new folder that nobody else can read, held by this process and removed in the end."""
    with ExitStack() as mine:
        while True:
            draft = Path(tempfile.mkdtemp(prefix=_DRAFT, suffix=_PART, dir=folder))
            mine.callback(shutil.rmtree, draft, ignore_errors=True)
            # Another process may clear it away before it is held: then it takes a new one.
            with suppress(BlockingIOError, FileNotFoundError):
                mine.enter_context(held(draft))
                if draft.exists():
                    break
        yield draft


def _sweep_out(folder: Path) -> None:
    """Remove the drafts of processes that are gone: nobody holds theirs any more."""
    for left in folder.glob(f"{_DRAFT}*{_PART}"):
        if left.is_symlink() or not left.is_dir():
            continue
        with suppress(OSError), held(left):
            shutil.rmtree(left, ignore_errors=True)


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold a folder; the kernel lets go of it when the process is killed.

    Raises:
        OSError: another process holds it.
    """
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(fd)


_NO = frozenset({"0", "0.0", "false", "good", "no"})
_YES = frozenset({"1", "1.0", "true", "bad", "yes"})


def read_truth(path: Path, column: str) -> pl.DataFrame:
    """A table of known clusters.

    Args:
        path: Parquet, CSV, TSV or JSON Lines.
        column: the column that names the cluster, empty for accounts in none; or a flag (0 and 1,
            false and true, good and bad), whose flagged accounts count as one group.

    Returns:
        ``account_id``, ``cluster`` and whatever else the file has (archetype, role).

    Raises:
        InputError: the file cannot be read or lacks a column.
    """
    import polars as pl

    readers: dict[str, Callable[[Path], pl.DataFrame]] = {
        ".parquet": pl.read_parquet,
        ".csv": lambda p: pl.read_csv(p, infer_schema=False),
        ".tsv": lambda p: pl.read_csv(p, separator="\t", infer_schema=False),
        ".jsonl": pl.read_ndjson,
        ".ndjson": pl.read_ndjson,
    }
    suffixes = [s for s in path.suffixes if s not in {".gz", ".zst"}]
    suffix = suffixes[-1].lower() if suffixes else ""
    if suffix not in readers:
        raise InputError(f"{path}: found {suffix or 'no ending'}, expected {', '.join(readers)}")
    try:
        frame = readers[suffix](path)
    except (OSError, pl.exceptions.PolarsError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(f"{path}: cannot be read ({reason})") from error
    return with_truth_columns(frame, column, str(path))


def with_truth_columns(frame: pl.DataFrame, column: str, name: str) -> pl.DataFrame:
    """The frame with its account ids and clusters under their contract names, as text.

    Raises:
        InputError: a column is missing, or holds lists or records; or an account is in two clusters,
            or has two roles.
    """
    import polars as pl

    for wanted in ("account_id", column):
        if wanted not in frame.columns:
            hint = did_you_mean(wanted, frame.columns)
            raise InputError(f'{name}: there is no column "{wanted}".{hint}')
    if column == "account_id":
        raise InputError(
            f'{name}: "account_id" names the accounts, expected the column of clusters'
        )
    for wanted in ("account_id", column):
        if frame.schema[wanted].is_nested():
            raise InputError(
                f'{name}: column "{wanted}" holds {frame.schema[wanted]}, expected text'
            )
    kept = frame.drop("cluster") if column != "cluster" and "cluster" in frame.columns else frame
    # An empty cell is how CSV says that an account is in no cluster.
    named = kept.rename({column: "cluster"}).with_columns(
        pl.col("account_id").cast(pl.String),
        pl.col("cluster").cast(pl.String).replace("", None),
    )
    # A flag instead of a name: the flagged accounts are the truth, the others are in no cluster.
    words = {word.lower() for word in named["cluster"].drop_nulls().unique().to_list()}
    if words and words <= _NO | _YES and words & _NO:
        unflagged = pl.col("cluster").str.to_lowercase().is_in(sorted(_NO))
        named = named.with_columns(
            cluster=pl.when(~unflagged).then(pl.lit("flagged")).otherwise(None)
        )
    for part in ("cluster", "role"):
        if part in named.columns:
            _agree(named, part, column if part == "cluster" else part, name)
    return named


def _agree(named: pl.DataFrame, part: str, column: str, name: str) -> None:
    """See that no account has two clusters, or two roles: it can be counted once only."""
    import polars as pl

    rows = named.select("account_id", part).with_row_index("row", offset=1).drop_nulls("account_id")
    torn = rows.filter(pl.col(part).n_unique().over("account_id") > 1).sort("row")
    if torn.is_empty():
        return
    account = torn["account_id"][0]
    own = torn.filter(pl.col("account_id") == account)
    first = own.row(0, named=True)
    other = own.filter(pl.col(part).ne_missing(first[part])).row(0, named=True)

    def said(row: dict[str, object]) -> str:
        value = row[part]
        return "nothing" if value is None else f'"{printable(value, 60)}"'

    n = torn["account_id"].n_unique()
    more = f"; {n - 1:,} more account{'s' * (n > 2)} too" if n > 1 else ""
    raise InputError(
        f'{name}: account "{printable(account, 60)}" has two values of "{column}": row '
        f"{first['row']} says {said(first)}, row {other['row']} {said(other)}; expected one each{more}"
    )


def read_rows(path: Path) -> list[dict[str, object]]:
    """The rows of a small CSV, TSV or JSON Lines file, as text where the form has only text.

    Raises:
        InputError: the file is not there, is of another form or cannot be read.
    """
    import polars as pl

    readers: dict[str, Callable[[Path], pl.DataFrame]] = {
        ".csv": lambda p: pl.read_csv(p, infer_schema=False),
        ".tsv": lambda p: pl.read_csv(p, separator="\t", infer_schema=False),
        ".jsonl": pl.read_ndjson,
        ".ndjson": pl.read_ndjson,
    }
    suffix = path.suffix.lower()
    if suffix not in readers:
        raise InputError(f"{path}: found {suffix or 'no ending'}, expected {', '.join(readers)}")
    try:
        return readers[suffix](path).to_dicts()
    except (OSError, pl.exceptions.PolarsError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(f"{path}: cannot be read ({reason})") from error
