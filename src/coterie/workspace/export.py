"""Giving findings out: worked out, written whole, entered in the ledger, and checked again."""

from __future__ import annotations

import json
import secrets
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from coterie.errors import InputError, StoreError, UsageError
from coterie.queries.run import run

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from pathlib import Path

    from coterie.queries.store import Store
    from coterie.reports.exports.enforcement import Enforcement
    from coterie.workspace import Workspace
    from coterie.workspace.chain import Verified

SCHEMAS = {"enforcement": "enforcement.schema.json"}


class ExportRefused(InputError):
    """Nothing is handed over: the newest sweep is degraded."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export did, or would do.

    Attributes:
        export_id: its name, from its rows alone.
        dry_run: whether nothing was written.
        folder: where the files are; None of a dry run.
        files: names of the files, the manifest included.
        signed: whether the manifest is signed.
        enforcement: what is in it; see :class:`coterie.reports.exports.enforcement.Enforcement`.
        last: the export it is compared with, or None.
        warnings: what a reader should know before acting.
    """

    export_id: str
    dry_run: bool
    folder: Path | None
    files: tuple[str, ...]
    signed: bool
    enforcement: Enforcement
    last: str | None
    warnings: tuple[str, ...] = field(default=())

    def to_dict(self) -> dict[str, Any]:
        """The same as plain data, but for the rows."""
        told = {name: getattr(self, name) for name in self.__slots__ if name != "enforcement"}
        return {**told, **self.enforcement.to_dict()}


def export_enforcement(
    ws: Workspace,
    now: Callable[[], datetime],
    *,
    key: str | None,
    out: Path | None = None,
    formats: Sequence[str] = ("csv", "jsonl", "parquet"),
    dry_run: bool = False,
    revokes_only: bool = False,
    sign_with: Path | None = None,
    wait: float = 0.0,
) -> Exported:
    """Hand over what people decided to do; see :mod:`coterie.reports.exports.enforcement`.

    Args:
        ws: the workspace.
        now: the clock.
        key: of the evidence's tokens; None takes one that the store keeps.
        out: folder, absent, empty or of the same export; None is ``exports/<export_id>``.
        formats: csv, jsonl, parquet.
        dry_run: work out and tell; write nothing.
        revokes_only: leave out new actions; allowed on a degraded sweep.
        sign_with: PEM file with an Ed25519 private key.
        wait: seconds to wait for another writer.

    Raises:
        ExportRefused: the newest sweep is degraded.
        StoreError: the decision log was changed.
        UsageError: the folder holds something else.
    """
    from coterie.workspace.people import writing

    at = now()
    if dry_run:
        with ws.store() as store:
            checked = _checked(store, revokes_only=revokes_only)
            found = _work_out(store, ws, at, _key(store, key), revokes_only=revokes_only)
            last = _last(store)
        return _told(found, None, (), last)
    with writing(ws, wait, "export") as store:
        checked = _checked(store, revokes_only=revokes_only)
        last = _last(store)
        found = _work_out(store, ws, at, _key(store, key), revokes_only=revokes_only)
        folder = ws.path / "exports" / found.export_id if out is None else out
        part, files = _draft(found, folder, formats, checked, sign_with)
        _enter(store, found, checked, _place(ws, folder), at)
    # The ledger knows of the export from here on; should the files be lost now, the next export
    # holds the same rows again.
    if folder.exists():
        shutil.rmtree(folder)
    part.replace(folder)
    return _told(found, folder, files, last)


def _checked(store: Store, *, revokes_only: bool) -> tuple[Verified, str | None]:
    """The decision log and the newest sweep's name, both fit to act on."""
    from coterie.workspace.chain import verify

    log = verify(store)
    if log.problems:
        first = log.problems[0]
        raise StoreError(
            f"the decision log was changed: {first['decision_id'] or first['seq']} "
            f"{first['problem']}; `coterie decisions --verify` lists {len(log.problems)} problems"
        )
    newest = store.rows("export/newest")
    if newest and newest[0]["status"] == "degraded" and not revokes_only:
        raise ExportRefused(
            f"sweep {newest[0]['sweep_id']} is degraded: nothing is handed over before a complete "
            "one; --revokes-only takes back what must be"
        )
    return log, str(newest[0]["sweep_id"]) if newest else None


def _work_out(
    store: Store, ws: Workspace, at: datetime, key: bytes, *, revokes_only: bool
) -> Enforcement:
    from coterie.reports.exports.enforcement import work_out

    return work_out(store, ws.config, at, key, revokes_only=revokes_only)


def _key(store: Store, given: str | None) -> bytes:
    """The key of tokens: the given one, or one that the store keeps from its first export on."""
    if given:
        return given.encode()
    kept = {row["name"]: row["content"] for row in store.rows("store/meta")}.get("export_key")
    if kept is None:
        kept = secrets.token_hex(32)
        if store.writable:
            quiet = type(store)(store.path, store.con)
            run(quiet, "store/set_meta", name="export_key", content=kept)
    return str(kept).encode()


def _last(store: Store) -> str | None:
    found = store.rows("export/last")
    return str(found[0]["export_id"]) if found else None


def _draft(
    found: Enforcement,
    folder: Path,
    formats: Sequence[str],
    checked: tuple[Verified, str | None],
    sign_with: Path | None,
) -> tuple[Path, tuple[str, ...]]:
    """The files, in a folder beside their place."""
    from coterie.reports.exports.enforcement import SCHEMA_VERSION, write_rows
    from coterie.reports.exports.manifest import MANIFEST, sign, write_manifest

    _fit(folder, found.export_id)
    part = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    files = write_rows(found.rows, part, formats)
    schema = part / SCHEMAS["enforcement"]
    schema.write_text(schema_text("enforcement"), encoding="utf-8")
    log, sweep = checked
    about = {
        "kind": "enforcement",
        "schema_version": SCHEMA_VERSION,
        "export_id": found.export_id,
        "sweep_id": sweep,
        "rows": found.rows.height,
        "revokes": found.n_revokes,
        "decisions": {"entries": log.entries, "head": log.head},
    }
    manifest = write_manifest(part, [*files, schema], about)
    names = [*(f.name for f in files), schema.name, MANIFEST]
    if sign_with is not None:
        names.append(sign(manifest, sign_with).name)
    return part, tuple(names)


def _fit(folder: Path, export_id: str) -> None:
    """Whether the folder may be replaced: absent, empty, or the same export."""
    if folder.is_symlink():
        raise UsageError(f"{folder}: found a link, expected a folder")
    if not folder.exists():
        return
    if not folder.is_dir():
        raise UsageError(f"{folder}: found a file, expected a folder")
    if not any(folder.iterdir()):
        return
    try:
        body = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        body = None
    if not isinstance(body, dict) or body.get("export_id") != export_id:
        raise UsageError(f"{folder}: holds something else; name an empty folder")


def _place(ws: Workspace, folder: Path) -> str:
    """The folder as the ledger names it: inside the workspace by its way from there."""
    whole = folder.resolve()
    inside = whole.is_relative_to(ws.path.resolve())
    return str(whole.relative_to(ws.path.resolve()) if inside else whole)


def _enter(
    store: Store,
    found: Enforcement,
    checked: tuple[Verified, str | None],
    place: str,
    at: datetime,
) -> None:
    """Into the ledger: what the receiver is told."""
    if store.rows("export/known", export_id=found.export_id):
        return
    log, sweep = checked
    run(
        store,
        "export/add",
        export_id=found.export_id,
        sweep_id=sweep,
        head=log.head,
        n_decisions=log.entries,
        n_rows=found.rows.height - found.n_revokes,
        n_revokes=found.n_revokes,
        now=at,
        path=place,
        detail=json.dumps({"new": found.n_new}),
    )
    run(store, "export/add_rows", export_id=found.export_id)


def _told(
    found: Enforcement,
    folder: Path | None,
    files: tuple[str, ...],
    last: str | None,
) -> Exported:
    warnings = []
    if found.questioned:
        warnings.append(
            f"{found.questioned:,} accounts rest only on evidence that a won appeal labelled good"
        )
    return Exported(
        found.export_id,
        folder is None,
        folder,
        files,
        any(name.endswith(".sig") for name in files),
        found,
        last,
        tuple(warnings),
    )


def schema_text(kind: str) -> str:
    """The published JSON Schema of an export's rows."""
    from importlib.resources import files

    return (files("coterie.reports.exports") / SCHEMAS[kind]).read_text(encoding="utf-8")
