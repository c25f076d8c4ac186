"""Purging what has been kept for its time: ``[retention]``, by table and kind.

Facts are written again without the old rows, under new names, and the next generation of the store
names those: readers see all of a purge or nothing, and a kill leaves the generation before it whole.
Sweeps over windows without purged rows give the same bytes as before.
"""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from coterie.config import duration
from coterie.printable import printable
from coterie.queries.run import run

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from pathlib import Path

    from duckdb import DuckDBPyRelation, Expression

    from coterie.queries.store import Store
    from coterie.workspace import Workspace

# Kinds that are made from others go with them.
_MADE_FROM = {"ip_prefix": "ip", "email_domain": "email"}
_CALLED = {"doc": "prompt texts", "derived": "derived signals", "quarantine": "rejected rows"}
_TIMED = {"prompt": "sent_at", "event": "at", "link": "seen_at"}
_SETTING = {"prompt": "prompts", "event": "events", "link": "links"}


@dataclass(frozen=True, slots=True)
class Purged:
    """What a purge did, or would do.

    Attributes:
        rows: table, or table and kind -> {gone, of} rows; texts count as ``doc``.
        sweeps: sweeps whose findings went.
        reports: folders of their reports that went.
        dry_run: whether nothing was done.
    """

    rows: dict[str, dict[str, int]] = field(default_factory=dict)
    sweeps: tuple[str, ...] = ()
    reports: tuple[str, ...] = ()
    dry_run: bool = False

    def to_dict(self) -> dict[str, Any]:
        """The same as plain data."""
        return {n: getattr(self, n) for n in self.__slots__}

    def to_text(self) -> str:
        """For people: n of m for each table."""
        will = "would go" if self.dry_run else "gone"
        lines = [
            f"{name:<22} {n['gone']:>12,} of {n['of']:,} rows {will}"
            for name, n in self.rows.items()
        ]
        lines += [f"sweep {printable(s)} {will}, with its reports" for s in self.sweeps]
        return "\n".join(lines) or "Nothing is older than [retention] says."


def purge(ws: Workspace, now: datetime, *, dry_run: bool = False, wait: float = 0.0) -> Purged:
    """Remove what ``[retention]`` says is too old.

    Args:
        ws: the workspace.
        now: the time that ages are counted back from.
        dry_run: count only.
        wait: seconds to wait for another writer.

    Raises:
        UsageError: nothing has been loaded yet.
        StoreLocked: another process is writing.
    """
    from coterie.workspace.people import writing

    options = ws.config.retention
    before = {n: _cut(getattr(options, n), now) for n in options.__slots__ if n != "kinds"}
    kinds = {kind: _cut(length, now) for kind, length in options.kinds.items()}
    if dry_run:
        with ws.store() as store:
            rows, _ = _facts(store, before, kinds, write=False)
            sweeps = _old_sweeps(store, before)
        return Purged(rows, sweeps, _reports(ws, sweeps), dry_run=True)
    with writing(ws, wait, "purge", compact=True) as store:
        rows, old = _facts(store, before, kinds, write=True)
        sweeps = _old_sweeps(store, before)
        for sweep in sweeps:
            old += [
                store.data / r["path"] for r in store.rows("retention/sweep_files", sweep_id=sweep)
            ]
            run(store, "store/forget_owner", owner=sweep)
            run(store, "sweep/forget_sweep", sweep_id=sweep)
            run(store, "retention/forget_alerts", sweep_id=sweep)
    reports = _reports(ws, sweeps)
    for path in old:
        path.unlink(missing_ok=True)
    for name in reports:
        shutil.rmtree(ws.path / name, ignore_errors=True)
    return Purged(rows, sweeps, reports)


def _cut(length: str | None, now: datetime) -> datetime | None:
    return None if length is None else now - duration(length)


def _old_sweeps(store: Store, before: Mapping[str, datetime | None]) -> tuple[str, ...]:
    found = store.rows("retention/old_sweeps", before=before["findings"])
    return tuple(str(row["sweep_id"]) for row in found)


def _reports(ws: Workspace, sweeps: tuple[str, ...]) -> tuple[str, ...]:
    """Folders under ``reports/`` of some sweeps."""
    return tuple(
        name
        for sweep in sweeps
        for name in report_folders(sweep)
        if (ws.path / name).is_dir() and not (ws.path / name).is_symlink()
    )


def report_folders(sweep_id: str) -> list[str]:
    """Where the reports of a sweep stand in a workspace unless somebody chose another place."""
    ends = ("", "-redacted", "-md", "-redacted-md")
    return [f"reports/{sweep_id}{end}" for end in ends]


def _facts(
    store: Store,
    before: Mapping[str, datetime | None],
    kinds: Mapping[str, datetime | None],
    *,
    write: bool,
) -> tuple[dict[str, dict[str, int]], list[Path]]:
    """Rows by table, and the files whose place was taken."""
    rows: dict[str, dict[str, int]] = {}
    old: list[Path] = []
    run(
        store, "retention/docs",
        prompts_before=before["prompts"], text_before=before["prompts_text"],
    )  # fmt: skip
    for file in store.rows("retention/files"):
        table, path = file["table_name"], store.data / file["path"]
        facts = store.con.read_parquet(str(path))
        keep = _keep(table, before, kinds, file["loaded_at"])
        gone = 0
        if table == "doc":
            gone = int(store.rows("retention/touched_docs", file=str(path))[0]["n"])
        elif keep is not None:
            gone = int(facts.filter(~keep).count("*").fetchall()[0][0])
        total = int(facts.count("*").fetchall()[0][0])
        if keep is not None or (table == "doc" and (before["prompts"] or before["prompts_text"])):
            name = _CALLED.get(table, f"{table}s")
            told = rows.setdefault(name, {"gone": 0, "of": 0})
            told["gone"] += gone
            told["of"] += total
        if not gone or not write:
            continue
        old.append(path)
        if table == "doc":
            replace_file(store, file, partial(_texts_to, store, path))
        elif keep is not None:
            replace_file(store, file, partial(_rows_to, facts.filter(keep)))
    return rows, old


def _texts_to(store: Store, file: Path, path: Path) -> None:
    run(store, "retention/keep_doc", file=str(file), path=str(path))


def _rows_to(relation: DuckDBPyRelation, path: Path) -> None:
    relation.write_parquet(str(path), compression="zstd")


def _keep(
    table: str,
    before: Mapping[str, datetime | None],
    kinds: Mapping[str, datetime | None],
    loaded_at: datetime | None,
) -> Expression | None:
    """Which rows of a file stay; None where nothing limits them."""
    from duckdb import CoalesceOperator as Coalesce
    from duckdb import ColumnExpression as Column
    from duckdb import ConstantExpression as Constant

    def young(cut: datetime | None, *columns: str) -> Expression:
        if cut is None:
            return Constant(value=True)
        at = Coalesce(*(Column(c) for c in columns), Constant(loaded_at)).cast("TIMESTAMP")
        return at.isnull() | (at >= Constant(cut))

    if table in {"signal", "derived"}:
        limits = dict(kinds)
        for made, source in _MADE_FROM.items():
            if source in kinds:
                limits.setdefault(made, kinds[source])
        if before["signals"] is None and not limits:
            return None
        rest = Constant(value=True)
        for kind in limits:
            rest &= Column("kind") != Constant(kind)
        keep = ~rest | young(before["signals"], "last_seen", "first_seen")
        for kind, cut in limits.items():
            other = Column("kind") != Constant(kind)
            keep &= other | young(cut, "last_seen", "first_seen")
        return keep
    if table == "quarantine":
        cut = before["quarantine"]
        return None if cut is None else Constant(loaded_at is None or loaded_at >= cut)
    if table not in _TIMED or before[_SETTING[table]] is None:
        return None
    return young(before[_SETTING[table]], _TIMED[table])


def replace_file(store: Store, file: Mapping[str, Any], write: Callable[[Path], object]) -> Path:
    """Put another file in the place of one of the facts, under a name of its own.

    Args:
        store: the writer's store.
        file: {table_name, owner, path} of the register.
        write: writes the path that it is given.

    Returns:
        The new file; the old one is still there, for readers of the generation before.
    """
    from coterie.queries.store import place, scratch

    # A name that the content decides: the same purge twice is one file.
    stem = file["path"].rpartition("/")[2].removesuffix(".parquet").partition("~")[0]
    draft = scratch(store, f"{file['table_name']}-{stem}.parquet")
    write(draft)
    with draft.open("rb") as handle:
        digest = hashlib.file_digest(handle, "sha256").hexdigest()[:12]
    run(store, "store/forget_file", path=file["path"])
    made = place(store, "facts", file["table_name"], f"{stem}~{digest}", draft)
    # The register must go on to name the source that the file belongs to.
    relative = str(made.relative_to(store.data))
    run(store, "store/forget_file", path=relative)
    run(
        store, "store/add_file", room="facts", table_name=file["table_name"], owner=file["owner"],
        path=relative,
    )  # fmt: skip
    return made
