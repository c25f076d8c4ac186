"""Writing a report as a whole: built beside its place, swapped in when it is complete.

Nothing that is not a report's own is ever removed: not what stands at the place, and not what lies
beside it under a name like that of a leftover.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import re
import shutil
import stat
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coterie.errors import UsageError
from coterie.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

MANIFEST = "manifest.json"
KIND = "coterie-report"
_MARK = ".coterie-in-the-making"
_NO_LOCKS = {errno.EBADF, errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS}


class Folder:
    """A folder in the making. Files are 0600, folders 0700: they hold personal data.

    Attributes:
        root: where it is made.
        files: for each file by its relative path, its SHA-256 and size in bytes.
    """

    __slots__ = ("files", "root")

    def __init__(self, root: Path) -> None:
        self.root = root
        self.files: dict[str, tuple[str, int]] = {}

    def write(self, name: str, content: bytes | str) -> None:
        """Write one file and remember what it holds.

        Args:
            name: path inside the folder, with ``/``.
            content: the bytes, or text that is written as UTF-8.
        """
        data = content.encode("utf-8") if isinstance(content, str) else content
        target = self.root / name
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_private(target, data)
        self.files[name] = (hashlib.sha256(data).hexdigest(), len(data))

    def manifest(self, **facts: object) -> str:
        """Write ``manifest.json``: what the report is about and the hash of every file.

        Returns:
            The SHA-256 of the manifest itself, which stands for the whole report.
        """
        files = {
            name: {"sha256": digest, "bytes": size}
            for name, (digest, size) in sorted(self.files.items())
        }
        text = json.dumps(
            {"kind": KIND, "schema_version": 1, **facts, "files": files},
            ensure_ascii=False,
            indent=1,
            default=str,
        )
        self.write(MANIFEST, text + "\n")
        return self.files[MANIFEST][0]


def write_private(path: Path, data: bytes) -> None:
    """Write a file that only its owner can read."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "wb") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(data)


def refuse_strangers(out: Path, mark: bytes) -> None:
    """See that a single file may be written.

    Args:
        out: the file.
        mark: bytes by which our own files are known; an older one of these makes place.

    Raises:
        UsageError: something else stands there.
    """
    try:
        strange = os.path.lexists(out) and (
            out.is_symlink() or not out.is_file() or mark not in out.read_bytes()
        )
    except OSError as error:
        raise _cannot(out, error) from error
    if strange:
        raise UsageError(
            f"{printable(out)} is there and was not written by `coterie report`; name another place."
        )


def place_file(out: Path, data: bytes) -> None:
    """Write a single file as a whole, beside its place first.

    Raises:
        UsageError: the folder cannot be written.
    """
    draft = out.with_name(f".{out.name}.new")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        draft.unlink(missing_ok=True)
        write_private(draft, data)
        draft.replace(out)
    except OSError as error:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        if error.errno == errno.ENOSPC:
            raise
        raise _cannot(out, error) from error


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """The manifest of a report; None where there is none or another program's."""
    try:
        found = json.loads((folder / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    ours = isinstance(found, dict) and found.get("kind") == KIND
    return found if ours and isinstance(found.get("files"), dict) else None


def files_below(folder: Path) -> list[str]:
    """What lies in a folder except folders, by relative path with ``/``, sorted.

    Links are given as such and never followed.
    """
    found = []
    for where, folders, names in os.walk(folder):
        links = [n for n in folders if (Path(where) / n).is_symlink()]
        found += [(Path(where) / n).relative_to(folder).as_posix() for n in (*names, *links)]
    return sorted(found)


@contextmanager
def replacing(out: Path) -> Iterator[Folder]:
    """A folder that takes the place of ``out`` when the block ends without an error.

    A killed run leaves the last good report. What killed runs left is removed by the next one.

    Raises:
        UsageError: something that is no report stands at ``out``, or it cannot be written.
    """
    out = out.absolute()
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with _alone(out.parent):
            _tidy(out)
            _refuse_others(out)
            made = Path(tempfile.mkdtemp(prefix=f".{out.name}.new-", dir=out.parent))
            (made / _MARK).touch(mode=0o600)
            # The lock says that the folder's maker lives; the kernel frees it with the process.
            handle = os.open(made, os.O_RDONLY)
            _locked(handle)
    except OSError as error:
        raise _cannot(out, error) from error
    try:
        yield Folder(made)
        with _alone(out.parent):
            # Once more: the pages took their time, and others may have put something there.
            _refuse_others(out)
            _swap(made, out)
    except BaseException:
        _remove(made)
        raise
    finally:
        os.close(handle)


def _cannot(out: Path, error: OSError) -> UsageError:
    return UsageError(f"{printable(out)}: cannot be written ({error.strerror or error})")


@contextmanager
def _alone(parent: Path) -> Iterator[None]:
    """Nobody else looks after leftovers in this folder or swaps a report in it meanwhile."""
    handle = os.open(parent, os.O_RDONLY)
    try:
        _locked(handle, wait=True)
        yield
    finally:
        os.close(handle)


def _locked(handle: int, *, wait: bool = False) -> bool:
    """Take the lock of an open folder; False where another holds it or the disk has no locks."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
        return False
    return True


def _refuse_others(out: Path) -> None:
    if not os.path.lexists(out):
        return
    name = printable(out)
    if out.is_symlink() or not out.is_dir():
        raise UsageError(f"{name} is not a folder; name another place for the report.")
    there = files_below(out)
    if not there and not any(out.iterdir()):
        return
    manifest = read_manifest(out)
    if manifest is None:
        raise UsageError(
            f"{name} holds other files than a report; name an empty or a new folder for the report."
        )
    strange = [printable(f, 80) for f in there if f not in manifest["files"] and f != MANIFEST]
    if strange:
        more = f" and {len(strange) - 3:,} more" if len(strange) > 3 else ""
        raise UsageError(
            f"{name} is a report, with files that are not part of it: {', '.join(strange[:3])}"
            f"{more}. Move them away, or name another folder for the report."
        )


def _swap(made: Path, out: Path) -> None:
    """Put the new report in its place; there is no moment without a report."""
    (made / _MARK).unlink()
    if not (out.is_dir() and any(out.iterdir())):
        made.rename(out)
    elif _exchanged(made, out):
        _remove(made)
    else:
        old = Path(tempfile.mkdtemp(prefix=f".{out.name}.old-", dir=out.parent))
        out.rename(old)
        made.rename(out)
        _remove(old)


def _exchanged(a: Path, b: Path) -> bool:
    """Swap two folders in one step, where the system has such a step (renameat2 of Linux)."""
    import ctypes

    here, exchange = -100, 2
    call = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    return call is not None and not call(here, os.fsencode(a), here, os.fsencode(b), exchange)


def _remove(folder: Path) -> None:
    """Remove a folder of ours; its mark goes last, so that half a removal is known for ours."""
    with suppress(OSError):
        (folder / _MARK).touch(mode=0o600)
        for entry in sorted(folder.iterdir()):
            if entry.name == _MARK:
                continue
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink()
        (folder / _MARK).unlink()
        folder.rmdir()


def _tidy(out: Path) -> None:
    """Remove what killed runs left; put the last report back if one died between two renames."""
    leftover = re.compile(re.escape(f".{out.name}.") + r"(new|old)-[a-z0-9_]{8}")
    for entry in sorted(out.parent.iterdir()):
        found = leftover.fullmatch(entry.name)
        if not found or not _is_leftover(entry):
            continue
        if found[1] == "old":
            if not os.path.lexists(out) and read_manifest(entry) is not None:
                entry.rename(out)
            else:
                _remove(entry)
            continue
        handle = os.open(entry, os.O_RDONLY)
        try:
            if _locked(handle):  # else its maker is at it
                _remove(entry)
        finally:
            os.close(handle)


def _is_leftover(folder: Path) -> bool:
    seen = folder.lstat()
    if not stat.S_ISDIR(seen.st_mode) or seen.st_uid != os.geteuid():
        return False
    empty = not any(folder.iterdir())
    return empty or (folder / _MARK).is_file() or read_manifest(folder) is not None
