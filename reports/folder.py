"""Writing a report as a whole: built beside its place, swapped in when it is complete."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from coterie.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

MANIFEST = "manifest.json"
KIND = "coterie-report"


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

    def manifest(self, **facts: object) -> None:
        """Write ``manifest.json``: what the report is about and the hash of every file."""
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


def write_private(path: Path, data: bytes) -> None:
    """Write a file that only its owner can read."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "wb") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(data)


@contextmanager
def replacing(out: Path) -> Iterator[Folder]:
    """A folder that takes the place of ``out`` when the block ends without an error.

    A killed run leaves the last good report. What killed runs left is removed by the next one.

    Raises:
        UsageError: something that is no report stands at ``out``.
    """
    out = out.absolute()
    out.parent.mkdir(parents=True, exist_ok=True)
    _tidy(out)
    _refuse_others(out)
    made = Path(tempfile.mkdtemp(prefix=f".{out.name}.new-", dir=out.parent))
    # The lock says that the folder's maker lives; the kernel frees it with the process.
    handle = os.open(made, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        yield Folder(made)
        if out.exists():
            old = Path(tempfile.mkdtemp(prefix=f".{out.name}.old-", dir=out.parent))
            out.rename(old)
            made.rename(out)
            shutil.rmtree(old)
        else:
            made.rename(out)
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise
    finally:
        os.close(handle)


def _refuse_others(out: Path) -> None:
    if not out.exists():
        return
    if not out.is_dir() or out.is_symlink():
        raise UsageError(f"{out} is not a folder; name another place for the report.")
    if any(out.iterdir()) and not _is_report(out):
        raise UsageError(
            f"{out} holds other files than a report; name an empty or a new folder for the report."
        )


def _is_report(folder: Path) -> bool:
    try:
        found = json.loads((folder / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(found, dict) and found.get("kind") == KIND


def _tidy(out: Path) -> None:
    """Remove what killed runs left; put the last report back if one died between two renames."""
    for old in sorted(out.parent.glob(f".{out.name}.old-*")):
        if not out.exists() and _is_report(old):
            old.rename(out)
        else:
            shutil.rmtree(old, ignore_errors=True)
    for left in sorted(out.parent.glob(f".{out.name}.new-*")):
        handle = os.open(left, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(left, ignore_errors=True)
        except BlockingIOError:
            pass  # another process is at it
        finally:
            os.close(handle)
