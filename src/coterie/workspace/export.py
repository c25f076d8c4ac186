"""Giving findings out: worked out, written whole, entered in the ledger, and checked again."""

from __future__ import annotations

import json
import secrets
import shutil
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from glob import escape
from typing import TYPE_CHECKING, Any, NamedTuple

from coterie.errors import InputError, StoreError, UsageError
from coterie.queries.run import run

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from coterie.queries.store import Store
    from coterie.reports.exports.enforcement import Enforcement
    from coterie.workspace import Workspace
    from coterie.workspace.chain import Verified

ROWS = "enforcement.jsonl"
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
    allow_degraded: bool = False,
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
        allow_degraded: hand over all the same; the ledger, the manifest and a warning say so.
        sign_with: PEM file with an Ed25519 private key.
        wait: seconds to wait for another writer.

    Raises:
        ExportRefused: the newest sweep is degraded.
        StoreError: the decision log was changed.
        UsageError: the folder holds something else.
    """
    from coterie.workspace.files import held
    from coterie.workspace.people import writing

    at = now()
    anyway = revokes_only or allow_degraded
    if dry_run:
        with ws.store() as store:
            checked = _checked(store, ws, degraded=anyway)
            found = _work_out(store, ws, at, _key(store, key), revokes_only=revokes_only)
            last = _last(store)
        return _told(found, None, (), last, checked)
    with ExitStack() as mine, writing(ws, wait, "export") as store:
        checked = _checked(store, ws, degraded=anyway)
        last = _last(store)
        found = _work_out(store, ws, at, _key(store, key), revokes_only=revokes_only)
        folder = ws.path / "exports" / found.export_id if out is None else out
        _fit(folder, found.export_id)
        entry = _enter(store, found, checked, _place(ws, folder), at)
        part, files = _draft(found, folder, formats, entry, sign_with)
        # Until the files are in place: the next export removes what nobody holds.
        mine.enter_context(held(part))
        kept = mine.pop_all()
    # The ledger knows of the export from here on; should the files be lost now, the next export
    # holds the same rows again.
    with kept:
        _put(part, folder, found.export_id)
    return _told(found, folder, files, last, checked)


class _Checked(NamedTuple):
    """The log and the ledger, and the newest sweep's name and state."""

    log: Verified
    sweep: str | None
    status: str | None


def _checked(store: Store, ws: Workspace, *, degraded: bool) -> _Checked:
    """What an export rests on, fit to act on; a degraded sweep only when that is wanted."""
    from coterie.workspace.chain import verify
    from coterie.workspace.heads import place_of

    log = verify(store, heads=place_of(ws.config))
    if log.problems:
        first = log.problems[0]
        where = first["decision_id"] or first["export_id"]
        n = len(log.problems)
        raise StoreError(
            "the log of decisions or the ledger of exports was changed, nothing is handed over: "
            f"{f'{where} ' if where else ''}{first['problem']}; `coterie decisions --verify` lists "
            f"{n:,} problem{'s' * (n != 1)}. Put back the newest copy of the store that it finds whole"
        )
    newest = store.rows("export/newest")
    if newest and newest[0]["status"] == "degraded" and not degraded:
        raise ExportRefused(
            f"sweep {newest[0]['sweep_id']} is degraded: nothing is handed over before a complete "
            "one; --revokes-only takes back what must be, --allow-degraded hands over all the same"
        )
    if not newest:
        return _Checked(log, None, None)
    return _Checked(log, str(newest[0]["sweep_id"]), str(newest[0]["status"]))


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
    entry: Mapping[str, Any],
    sign_with: Path | None,
) -> tuple[Path, tuple[str, ...]]:
    """The files, in a folder beside their place; of the same export always the same bytes."""
    from coterie.reports.exports.enforcement import NOTES, SCHEMA_VERSION, write_rows
    from coterie.reports.exports.manifest import MANIFEST, sign, write_manifest

    _clear(folder)
    # Its own name: another export may be putting its own in place.
    part = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.part")
    part.mkdir(mode=0o700, parents=True)
    files = write_rows(found.rows, part, formats)
    schema = part / SCHEMAS["enforcement"]
    schema.write_text(schema_text("enforcement"), encoding="utf-8")
    about = {
        "kind": "enforcement",
        "schema_version": SCHEMA_VERSION,
        "export_id": found.export_id,
        "sweep_id": entry["sweep_id"],
        "sweep_status": json.loads(entry["detail"]).get("sweep_status"),
        "rows": found.rows.height,
        "revokes": found.n_revokes,
        "decisions": {"entries": entry["n_decisions"], "head": entry["decisions_head"]},
        "ledger": {"entries": entry["seq"], "head": entry["hash"]},
        "notes": {form: NOTES[form] for form in formats if form in NOTES},
    }
    manifest = write_manifest(part, [*files, schema], about)
    names = [*(f.name for f in files), schema.name, MANIFEST]
    if sign_with is not None:
        names.append(sign(manifest, sign_with).name)
    return part, tuple(names)


def _clear(folder: Path) -> None:
    """Remove what a killed export left beside the place; nobody holds it any more."""
    from coterie.workspace.files import held

    for name in (f".{escape(folder.name)}.*.part*", ".x-*.part*"):
        for left in folder.parent.glob(name):
            with suppress(OSError), held(left):
                shutil.rmtree(left, ignore_errors=True)


def _put(part: Path, folder: Path, export_id: str) -> None:
    """Move the files into place, instead of the same export if it is there already."""
    for _ in range(8):
        with suppress(OSError):
            part.replace(folder)
            return
        # Not empty: the same export, or another process was faster with it.
        _fit(folder, export_id)
        aside = part.with_name(f"{part.name}.old")
        with suppress(OSError):
            folder.replace(aside)
        shutil.rmtree(aside, ignore_errors=True)
    part.replace(folder)


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
    checked: _Checked,
    place: str,
    at: datetime,
) -> dict[str, Any]:
    """Into the ledger: what the receiver is told. Gives the entry, an old one of the same rows too."""
    from hashlib import sha256

    from coterie.reports.exports.enforcement import json_lines_of
    from coterie.workspace.ledger import adopt, enter

    log = checked.log
    if log.unchained:
        adopt(store)
    known = store.rows("export/known", export_id=found.export_id)
    if known:
        return known[0]
    run(store, "export/add_rows", export_id=found.export_id)
    return enter(store, {
        "export_id": found.export_id, "sweep_id": checked.sweep, "decisions_head": log.head,
        "n_decisions": log.entries, "n_rows": found.rows.height - found.n_revokes,
        "n_revokes": found.n_revokes, "exported_at": at, "path": place,
        "detail": json.dumps(
            {
                "new": found.n_new,
                "jsonl": sha256(json_lines_of(found.rows)).hexdigest(),
                "sweep_status": checked.status,
            }
        ),
    })  # fmt: skip


def _told(
    found: Enforcement,
    folder: Path | None,
    files: tuple[str, ...],
    last: str | None,
    checked: _Checked,
) -> Exported:
    warnings = []
    if checked.status == "degraded":
        warnings.append(
            f"sweep {checked.sweep} is degraded, and this is handed over all the same: what it says "
            "of accounts may be wrong (`coterie doctor` says why)"
        )
    if checked.log.unchained:
        warnings.append(
            f"{checked.log.unchained:,} earlier exports were not chained: they are from now on, what was changed "
            "in them before cannot be told"
        )
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


def known_here(ws: Workspace, manifest: Mapping[str, Any]) -> str:
    """Whether the log and the ledger of a workspace have what a manifest says of them.

    Args:
        ws: the workspace; without a store nothing is checked.
        manifest: the content of an export's manifest, held against its files before.

    Returns:
        ``known``, ``lost`` (also of another workspace, or with other rows), or ``not checked``.
    """
    from coterie.workspace.chain import GENESIS

    try:
        kept = {
            name: (int(manifest[name]["entries"]), str(manifest[name]["head"]))
            for name in ("decisions", "ledger")
        }
        rows = {str(f["name"]): str(f["sha256"]) for f in manifest["files"]}.get(ROWS)
    except (KeyError, TypeError, ValueError):
        return "not checked"
    if not ws.config.store_path.exists():
        return "not checked"
    with ws.store() as store:
        ledger = store.rows("review/ledger")
        chains = {"decisions": store.rows("review/log"), "ledger": ledger}
    hashes = {name: [GENESIS, *(row["hash"] for row in rows_)] for name, rows_ in chains.items()}
    there = all(
        0 <= place < len(hashes[name]) and hashes[name][place] == head
        for name, (place, head) in kept.items()
    )
    if not there or kept["ledger"][0] == 0:
        return "lost"
    entry = ledger[kept["ledger"][0] - 1]
    told = json.loads(entry["detail"] or "{}").get("jsonl")
    # An export from before the ledger was chained does not tell its rows.
    same = entry["export_id"] == manifest.get("export_id") and (
        told is None or rows in {None, told}
    )
    return "known" if same else "lost"


def schema_text(kind: str) -> str:
    """The published JSON Schema of an export's rows."""
    from importlib.resources import files

    return (files("coterie.reports.exports") / SCHEMAS[kind]).read_text(encoding="utf-8")
