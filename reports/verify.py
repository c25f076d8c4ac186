"""Is a report as it was written? Every file against the manifest beside it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coterie.errors import InputError, UsageError
from coterie.printable import printable
from coterie.reports.folder import KIND, MANIFEST, files_below

if TYPE_CHECKING:
    import os

_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found.

    Attributes:
        path: the report's folder.
        sweep_id: the sweep that it tells of.
        manifest_sha256: hash of the manifest; who noted it elsewhere can tell a forged manifest.
        n_files: files that the manifest names.
        missing: files that are named and not there, sorted.
        changed: files that hold something else than was written, sorted.
        extra: files that nobody wrote with the report, sorted; links are always among these.
    """

    path: Path
    sweep_id: str
    manifest_sha256: str
    n_files: int
    missing: tuple[str, ...]
    changed: tuple[str, ...]
    extra: tuple[str, ...]

    @property
    def whole(self) -> bool:
        """Whether everything is as it was written."""
        return not (self.missing or self.changed or self.extra)

    def to_dict(self) -> dict[str, Any]:
        """As JSON says it."""
        return {
            "path": str(self.path),
            "whole": self.whole,
            "sweep_id": self.sweep_id,
            "manifest_sha256": self.manifest_sha256,
            "files": self.n_files,
            "missing": list(self.missing),
            "changed": list(self.changed),
            "extra": list(self.extra),
        }

    def to_text(self) -> str:
        """For people; long lists are cut, with how many of how many are shown."""
        where = printable(self.path)
        if self.whole:
            said = [f"{where}: all {self.n_files:,} files are as they were written"]
        else:
            counts = ", ".join(
                f"{len(names):,} {what}"
                for what, names in (
                    ("missing", self.missing),
                    ("changed", self.changed),
                    ("extra", self.extra),
                )
                if names
            )
            said = [f"{where}: not as it was written ({counts}; {self.n_files:,} files in all)"]
        for what, names in (
            ("missing", self.missing),
            ("changed", self.changed),
            ("extra", self.extra),
        ):
            said += [f"  {what:<8} {printable(name, 200)}" for name in names[:_SHOWN]]
            if len(names) > _SHOWN:
                said.append(f"  {what:<8} {_SHOWN} of {len(names):,} shown")
        said.append(f"manifest sha256 {self.manifest_sha256}")
        return "\n".join(said)


def verify_report(folder: str | os.PathLike[str]) -> Verified:
    """Compare a report with its manifest.

    Args:
        folder: a folder that ``coterie report`` wrote.

    Raises:
        UsageError: there is no such folder, or no manifest in it.
        InputError: the manifest is damaged, or another program's.
    """
    root = Path(folder)
    if not root.is_dir():
        raise UsageError(f"{printable(root)}: there is no such folder")
    text, named = _manifest(root)
    there = set(files_below(root))
    changed = [
        name
        for name, (digest, size) in named.items()
        if name in there and not _is(root / name, digest, size)
    ]
    known = set(named)
    links = {name for name in there if (root / name).is_symlink()}
    return Verified(
        path=root,
        sweep_id=str(json.loads(text).get("sweep_id", "")),
        manifest_sha256=hashlib.sha256(text).hexdigest(),
        n_files=len(named),
        missing=tuple(sorted(known - there)),
        changed=tuple(sorted(set(changed) - links)),
        extra=tuple(sorted((there - known - {MANIFEST}) | links)),
    )


def _manifest(root: Path) -> tuple[bytes, dict[str, tuple[str, int]]]:
    path = root / MANIFEST
    if path.is_symlink() or not path.is_file():
        raise UsageError(f"{printable(root)} holds no report: there is no {MANIFEST}")
    text = path.read_bytes()
    wrong = InputError(f"{printable(path)} is damaged, or not the manifest of a report")
    try:
        found = json.loads(text)
        if found["kind"] != KIND:
            raise wrong
        named = {
            str(name): (str(entry["sha256"]), int(entry["bytes"]))
            for name, entry in found["files"].items()
        }
    except (
        ValueError,
        TypeError,
        KeyError,
        AttributeError,
        OverflowError,
        RecursionError,
    ) as error:
        raise wrong from error
    outside = [n for n in named if n.startswith("/") or ".." in n.split("/")]
    if outside:
        raise InputError(
            f"{printable(path)} names a file outside of the report: {printable(outside[0], 200)}"
        )
    return text, named


def _is(path: Path, digest: str, size: int) -> bool:
    if path.is_symlink() or not path.is_file() or path.stat().st_size != size:
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == digest
