"""Input files: what a path or glob names, what is inside by its first bytes, its content hash."""

from __future__ import annotations

import glob
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from coterie.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

_SUFFIXES = (".parquet", ".pq", ".csv", ".tsv", ".txt", ".jsonl", ".ndjson", ".json")
_PACKED = (".gz", ".zst")
_BLOCK = 1 << 20
_FOREIGN = {
    b"PK\x03\x04": "a ZIP archive (or a spreadsheet)",
    b"SQLite format 3\x00": "an SQLite database",
    b"\xd0\xcf\x11\xe0": "an old spreadsheet",
    b"%PDF": "a PDF",
    b"ARROW1": "an Arrow file (IPC)",
    b"BZh": "a bzip2 archive",
    b"\xfd7zXZ": "an xz archive",
    b"ORC": "an ORC file",
    b"Obj\x01": "an Avro file",
}


@dataclass(frozen=True, slots=True)
class Format:
    """What a file holds.

    Attributes:
        name: ``"parquet"``, ``"csv"`` (any delimiter) or ``"jsonl"``.
        compression: ``"gzip"``, ``"zstd"`` or None.
    """

    name: str
    compression: str | None = None


def find_files(root: Path, wanted: str) -> list[Path]:
    """The files that a path, folder or glob names, sorted.

    Raises:
        InputError: there are none.
    """
    path = root / Path(wanted).expanduser()
    if path.is_file():
        return [path]
    if path.is_dir():
        found = [f for f in sorted(path.iterdir()) if f.is_file() and _known(f)]
        if not found:
            raise InputError(f"{wanted}: no Parquet, CSV or JSON Lines file in this folder")
        return found
    if glob.has_magic(str(path)):
        anchor = Path(path.anchor)
        found = sorted(anchor.glob(str(path.relative_to(anchor)))) if path.anchor else []
        found = [f for f in found if f.is_file()]
        if not found:
            raise InputError(f"{wanted}: no file matches")
        return found
    raise InputError(f"{wanted}: there is no such file")


def _known(file: Path) -> bool:
    name = file.name.lower()
    for packed in _PACKED:
        name = name.removesuffix(packed)
    return name.endswith(_SUFFIXES) and not name.startswith((".", "_"))


def content_hash(file: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with file.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def format_of(file: Path, name: str) -> Format:
    """What a file holds, by its first bytes and, where these are plain text, by its name.

    Raises:
        InputError: empty, or nothing that can be read.
    """
    try:
        with file.open("rb") as handle:
            head = handle.read(16)
    except OSError as error:
        raise InputError(f"{name}: cannot be read ({error.strerror})") from error
    if not head:
        raise InputError(f"{name}: the file is empty")
    if head.startswith(b"PAR1"):
        return Format("parquet")
    if head.startswith(b"PARE"):
        raise InputError(f"{name}: an encrypted Parquet file; decrypt it first")
    for mark, what in _FOREIGN.items():
        if head.startswith(mark):
            raise InputError(f"{name}: this is {what}; Parquet, CSV and JSON Lines can be read")
    compression = (
        "gzip" if head.startswith(b"\x1f\x8b")
        else "zstd" if head.startswith(b"\x28\xb5\x2f\xfd")
        else None
    )  # fmt: skip
    plain = file.name.lower().removesuffix(".gz").removesuffix(".zst")
    if plain.endswith((".parquet", ".pq")) and compression is None:
        raise InputError(
            f"{name}: not a Parquet file, whatever its name says (it begins with {head[:4]!r})"
        )
    first = next(blocks(file, compression, name), b"")
    if not first:
        raise InputError(f"{name}: the file is empty")
    start = first.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if plain.endswith((".jsonl", ".ndjson", ".json")) or start == b"{":
        if start == b"[":
            raise InputError(
                f"{name}: one JSON array; write JSON Lines (one object a line) instead"
            )
        return Format("jsonl", compression)
    if first.startswith(b"PAR1"):
        raise InputError(f"{name}: a compressed Parquet file; unpack it first")
    return Format("csv", compression)


def blocks(file: Path, compression: str | None, name: str, size: int = 32 << 20) -> Iterator[bytes]:
    """The unpacked bytes of a file, block by block.

    Raises:
        InputError: the archive is damaged or cut off.
    """
    if compression is None:
        with file.open("rb") as handle:
            while block := handle.read(size):
                yield block
        return
    import pyarrow as pa

    try:
        with pa.CompressedInputStream(pa.OSFile(str(file)), compression) as stream:
            while block := _fill(cast("BinaryIO", stream), size):
                yield block
    except (OSError, pa.ArrowException) as error:
        words = str(error).splitlines()[0] if str(error) else "damaged"
        raise InputError(
            f"{name}: the {compression} archive is damaged or cut off ({words})"
        ) from error


def _fill(stream: BinaryIO, size: int) -> bytes:
    """A full block; the stream gives as little as it likes."""
    parts: list[bytes] = []
    left = size
    while left and (part := stream.read(min(left, _BLOCK))):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)
