"""Checkpoints: what the stages of a running sweep left, so that a killed one can go on.

At the end of a stage the tables that it made are written under ``<store>.d/work/<run>/`` and named in
``journal.json``, which is moved in whole. A run that goes on loads them and begins with the next
stage. They count only for the same sweep of the same facts with the same versions; whatever is not as
it was written down is not used, and that is said.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

import duckdb

from coterie.errors import StoreError
from coterie.queries.kept import KeptFile, describe, is_whole, keep_table, load_table, tables
from coterie.sweep_register import versions

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from pathlib import Path

    from coterie.queries.store import Store
    from coterie.sweep_plan import Plan

_FORMAT = 1
_JOURNAL = "journal.json"


@dataclass(slots=True)
class Journal:
    """What a run has put down so far.

    Attributes:
        key: identity of the run; see :func:`run_key`.
        sweep_id: the sweep.
        window: start and end of its window, ISO.
        state: what the stages know besides their tables, as plain data.
        tables: table of the working store -> its file.
        findings: finding -> its file, written already.
    """

    key: str
    sweep_id: str
    window: tuple[str, str]
    state: dict[str, Any] = field(default_factory=dict)
    tables: dict[str, KeptFile] = field(default_factory=dict)
    findings: dict[str, KeptFile] = field(default_factory=dict)

    @property
    def stages(self) -> list[str]:
        """The stages that are done, in order."""
        return [str(stage["stage"]) for stage in self.state.get("stages", ())]


@dataclass(slots=True)
class Book:
    """The checkpoints of one run.

    Attributes:
        folder: where its files are, or None.
        journal: what is written down.
        saving: whether checkpoints are written.
        remade: tables that are not kept.
        marks: the tables as they were when the last one was kept.
        problems: why nothing is kept any more.
    """

    folder: Path | None
    journal: Journal
    saving: bool = False
    remade: frozenset[str] = frozenset()
    marks: dict[str, tuple[int, int]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def run_key(store: Store, plan: Plan) -> str:
    """What must be equal for a run to go on with another one's tables, as SHA-256.

    The sweep (its name covers window, settings, sources and version), the fact files (prompt
    families are found again at loads), the sweep before, and the versions of all packages.
    """
    facts = [
        (row["path"], (store.data / row["path"]).stat().st_size)
        for row in store.rows("sweep/fact_files")
        if (store.data / row["path"]).exists()
    ]
    identity = [
        _FORMAT, plan.sweep_id, plan.start.isoformat(), plan.end.isoformat(), plan.config_hash,
        plan.input_hash, plan.previous, plan.regrouped, facts, versions(),
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(identity).encode()).hexdigest()


def unfinished(data: Path) -> list[tuple[Path, Journal]]:
    """The runs that left checkpoints, the one that came furthest first."""
    found = []
    for folder in sorted((data / "work").glob("*/")):
        try:
            journal = _read(folder / _JOURNAL)
        except (OSError, ValueError, TypeError, KeyError):
            continue
        found.append((folder, journal))
    return sorted(found, key=lambda pair: (-len(pair[1].stages), pair[0].name))


def begin(
    store: Store, plan: Plan, *, resume: bool, keep: bool, remade: Collection[str],
    notice: Callable[[str], None],
) -> Book:  # fmt: skip
    """Open the book of a run: a new one, or that of a run that was cut short.

    Args:
        store: the writer's store.
        plan: the sweep.
        resume: go on with the checkpoints of an earlier run, if any fit.
        keep: whether to write checkpoints.
        remade: tables that are cheaper to make again than to keep.
        notice: told what is gone on with, what is not, and why.
    """
    key = run_key(store, plan)
    work = store.data / "work"
    left = unfinished(store.data)
    _remove(set(work.glob("*/")) - {folder for folder, _ in left})
    fitting = [(folder, journal) for folder, journal in left if journal.key == key]
    if resume:
        for folder, journal in fitting:
            damaged = _damaged(store, folder, journal)
            if damaged is None:
                notice(f"going on after {journal.stages[-1]}, the last stage that is done")
                return Book(folder, journal, keep, frozenset(remade))
            notice(f"the unfinished run is not used ({damaged}); this one starts from nothing")
        if not fitting:
            _say_why_not(left, plan, notice)
    elif fitting:
        last = fitting[0][1].stages[-1]
        notice(
            f"an unfinished run of this sweep ended after {last}; this one starts from nothing, "
            "`coterie sweep --resume` would go on"
        )
    # The run that came furthest stays until a sweep is complete.
    _remove(folder for folder, _ in (fitting if resume else fitting[1:]))
    window = (plan.start.isoformat(), plan.end.isoformat())
    journal = Journal(key, plan.sweep_id, window)
    if not keep:
        return Book(None, journal)
    taken = {folder.name for folder in work.glob("*/")}
    names = (f"{plan.sweep_id}.{number}" for number in range(1, len(taken) + 2))
    folder = work / next(name for name in names if name not in taken)
    folder.mkdir(parents=True)
    return Book(folder, journal, keep, frozenset(remade))


def _remove(folders: Iterable[Path]) -> None:
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def _say_why_not(
    left: list[tuple[Path, Journal]], plan: Plan, notice: Callable[[str], None]
) -> None:
    if not left:
        notice("there is no unfinished run; this one starts from nothing")
        return
    journal = left[0][1]
    if journal.sweep_id == plan.sweep_id:
        what = "the facts, the sweep before or a package are not the same any more"
    else:
        start, end = journal.window
        what = f"it looked at {start} to {end}, or at other facts, settings or options"
    notice(
        f"the unfinished run is not used ({journal.sweep_id}: {what}); this one starts from nothing"
    )


def _damaged(store: Store, folder: Path, journal: Journal) -> str | None:
    for kept in journal.tables.values():
        if not is_whole(folder, kept):
            return f"{kept.file} is missing or damaged"
    for table, kept in journal.findings.items():
        if _place(store, folder, journal, table) is None:
            return f"{kept.file} is missing or damaged"
    return None


def _place(store: Store, folder: Path, journal: Journal, table: str) -> Path | None:
    """Where a finding that is written already lies: in the run's folder, or at its place."""
    kept = journal.findings[table]
    if is_whole(folder, kept):
        return folder / kept.file
    final = store.data / "findings" / journal.sweep_id
    moved = replace(kept, file=f"{table}.parquet")
    return final / moved.file if is_whole(final, moved) else None


def finding(store: Store, book: Book, table: str) -> Path:
    """The file of a finding that the book has.

    Raises:
        StoreError: it is not there, or not as it was written.
    """
    found = None if book.folder is None else _place(store, book.folder, book.journal, table)
    if found is None:
        raise StoreError(f"{book.folder}: the finding {table} is missing or damaged")
    return found


def load(book: Book, work: Store) -> None:
    """Bring the kept tables into a working store; begin to watch its tables."""
    if book.folder is None:
        return
    for name, kept in book.journal.tables.items():
        load_table(work, name, book.folder, kept)
    book.marks = tables(work)


def save(book: Book, work: Store, state: dict[str, Any]) -> None:
    """Write down what a stage left.

    A disk that is full ends the checkpoints, never the sweep; ``book.problems`` then says so.

    Args:
        book: of the run.
        work: the working store.
        state: what the stages know besides their tables.
    """
    if book.folder is None or not book.saving:
        return
    now = tables(work)
    journal = book.journal
    try:
        for name, mark in now.items():
            if book.marks.get(name) != mark and name not in book.remade:
                stage = len(state["stages"])
                path = book.folder / f"{stage:02}-{name}.parquet"
                journal.tables[name] = keep_table(work, name, path)
        journal.tables = {name: kept for name, kept in journal.tables.items() if name in now}
        journal.state = state
        book.marks = now
        part = book.folder / f".{_JOURNAL}"
        part.write_text(json.dumps(asdict(journal)), encoding="utf-8")
        part.replace(book.folder / _JOURNAL)
    except (OSError, duckdb.Error) as error:
        book.saving = False
        reason = str(error).splitlines()[0]
        book.problems.append(f"no checkpoints: this sweep cannot be resumed ({reason})")
        (book.folder / _JOURNAL).unlink(missing_ok=True)
        for kept in journal.tables.values():
            (book.folder / kept.file).unlink(missing_ok=True)


def add_finding(book: Book, work: Store, table: str, path: Path) -> KeptFile:
    """Write down a finding whose file is done."""
    kept = describe(work, path)
    book.journal.findings[table] = kept
    return kept


def leftovers(store: Store) -> list[Path]:
    """The folders of all runs up to now: for :func:`forget`, once a sweep is complete."""
    return sorted((store.data / "work").glob("*/"))


def forget(folders: Iterable[Path]) -> None:
    """Remove the folders of runs that nobody goes on with."""
    _remove(folders)


def _read(path: Path) -> Journal:
    found = json.loads(path.read_text(encoding="utf-8"))
    for name in ("tables", "findings"):
        found[name] = {table: KeptFile(**kept) for table, kept in found[name].items()}
    for kept in (*found["tables"].values(), *found["findings"].values()):
        # Names, never paths: a journal that someone touched reads nothing elsewhere.
        if "/" in kept.file or kept.file.startswith("."):
            raise ValueError(kept.file)
    journal = Journal(**found)
    if not journal.stages:
        raise ValueError(path.name)
    return journal
