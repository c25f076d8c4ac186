"""Copies of a workspace: taken while others write, checked before they are believed.

A backup is the catalogue of one generation and the files that it names, the settings, and a list of
SHA-256 sums that ``sha256sum -c SHA256SUMS`` reads too; a folder, or one ``.tar.zst``. Nothing of it
is written over, and nothing that fails its check is restored.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tarfile
import tempfile
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from coterie import __version__
from coterie.errors import StoreError, UsageError
from coterie.printable import count, printable
from coterie.queries.kept import sha256_of, unreadable
from coterie.queries.store import look_into, write_store
from coterie.settings import FILE, load_config
from coterie.workspace.heads import FILE as HEADS
from coterie.workspace.heads import place_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from coterie.config import Config

_FORMAT = 1
_LABEL, _SUMS, _CATALOGUE, _WEIGHTS = (
    "BACKUP.json",
    "SHA256SUMS",
    "catalogue.duckdb",
    "weights.json",
)
_TAR = ".tar.zst"
# What a backup may hold, and so what a restore may write: names, never paths that lead elsewhere.
_NAME = re.compile(
    r"(BACKUP\.json|SHA256SUMS|catalogue\.duckdb|heads\.jsonl|coterie\.toml|weights\.json"
    r"|(facts|findings)/[A-Za-z0-9_-][A-Za-z0-9._-]*/[A-Za-z0-9_-][A-Za-z0-9._-]*\.parquet)"
)
_TURNS = 5
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup, made or checked.

    Attributes:
        path: the folder or file.
        version: of Coterie that made it.
        made_at: when (UTC).
        newest: the newest complete sweep in it, or None.
        n_files: files of the store in it.
        bytes: their size.
    """

    path: Path
    version: str
    made_at: str
    newest: str | None
    n_files: int
    bytes: int

    def to_dict(self) -> dict[str, Any]:
        """The same as plain data."""
        return {**asdict(self), "path": str(self.path)}

    def __str__(self) -> str:
        """What the command line prints."""
        newest = f"newest sweep {self.newest}" if self.newest else "no sweep yet"
        return (
            f"{printable(self.path)}: {count(self.n_files, self.n_files, 'file')}, "
            f"{self.bytes / 2**20:.1f} MiB, {newest}; made {self.made_at} by coterie {self.version}"
        )


def back_up(config: Config, out: Path, now: datetime) -> Backup:
    """Copy the newest complete generation of a workspace.

    Args:
        config: of the workspace.
        out: a new folder, or a new file that ends in ``.tar.zst``.
        now: when, UTC.

    Raises:
        UsageError: there is nothing to copy, or something is there already, or it cannot be written.
        StoreError: the store is damaged; nothing is left of the copy.
    """
    if not config.store_path.exists():
        raise UsageError(f"{config.store_path}: there is no store yet; run `coterie load` first")
    if os.path.lexists(out):
        raise UsageError(f"{out}: is there already; a backup is never written over")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".coterie-", dir=out.parent) as folder:
            draft = Path(folder) / "backup"
            made = _copy(config, draft, out, now)
            if out.name.endswith(_TAR):
                packed = Path(folder) / "packed"
                _pack(draft, packed)
                packed.replace(out)
            else:
                draft.rename(out)
    except OSError as error:
        if isinstance(error, StoreError):
            raise
        raise UsageError(f"{out}: cannot be written ({error.strerror or error})") from error
    return made


def _copy(config: Config, draft: Path, out: Path, now: datetime) -> Backup:
    for turn in range(_TURNS):
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        try:
            sums = _copy_files(config, draft)
            break
        except FileNotFoundError as error:
            # A writer put the next generation in place and swept out files of the last one.
            if turn == _TURNS - 1:
                raise StoreError(f"{error.filename}: a file of the store is missing") from error
    files = {name: size for name, (size, _) in sums.items() if "/" in name}
    made = Backup(out, __version__, now.isoformat(), look_into(draft / _CATALOGUE)[1], len(files),
                  sum(files.values()))  # fmt: skip
    label = {
        "format": _FORMAT,
        "version": made.version,
        "made_at": made.made_at,
        "newest": made.newest,
        "weights": config.sweep.weights if _WEIGHTS in sums else None,
        "files": {name: {"bytes": size, "sha256": digest} for name, (size, digest) in sums.items()},
    }
    (draft / _LABEL).write_text(json.dumps(label, indent=1, sort_keys=True), encoding="utf-8")
    lines = [f"{digest}  {name}\n" for name, (_, digest) in sorted(sums.items())]
    (draft / _SUMS).write_text("".join(lines), encoding="utf-8")
    return made


def _copy_files(config: Config, draft: Path) -> dict[str, tuple[int, str]]:
    data = config.store_path.with_name(config.store_path.name + ".d")
    sums: dict[str, tuple[int, str]] = {}
    # The kept heads first: they must not know more than the log that is copied after them.
    heads = place_of(config)
    small = {
        HEADS: heads,
        FILE: config.root / FILE,
        _WEIGHTS: config.root / (config.sweep.weights or ""),
    }
    for name, source in small.items():
        if source.is_file():
            sums[name] = _copy_one(source, draft / name)
    # One open file is one generation, whatever is put in its place meanwhile.
    sums[_CATALOGUE] = _copy_one(config.store_path, draft / _CATALOGUE)
    for name in look_into(draft / _CATALOGUE)[0]:
        if not _NAME.fullmatch(name):
            raise StoreError(f"{config.store_path}: names {printable(name)}, no file of a store")
        (draft / name).parent.mkdir(parents=True, exist_ok=True)
        sums[name] = _copy_one(data / name, draft / name)
    for file, reason in unreadable(draft / name for name in sums if "/" in name).items():
        # Told now, not when the backup is needed.
        raise StoreError(
            f"{data / file.relative_to(draft)}: a file of the store is damaged ({reason})"
        )
    return sums


def _copy_one(source: Path, target: Path) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    with source.open("rb") as reader, target.open("xb") as writer:
        target.chmod(0o600)
        while block := reader.read(_BLOCK):
            digest.update(block)
            size += writer.write(block)
        writer.flush()
        os.fsync(writer.fileno())
    return size, digest.hexdigest()


def _pack(folder: Path, target: Path) -> None:
    import pyarrow as pa

    with (
        pa.CompressedOutputStream(str(target), "zstd") as stream,
        tarfile.open(mode="w|", fileobj=stream, format=tarfile.PAX_FORMAT) as tar,
    ):
        for file in sorted(p for p in folder.rglob("*") if p.is_file()):
            tar.add(file, arcname=str(file.relative_to(folder)), filter=_anonymous)
    target.chmod(0o600)
    with target.open("rb") as handle:
        os.fsync(handle.fileno())


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member


def check_backup(source: Path) -> Backup:
    """Compare every file of a backup with its sum.

    Raises:
        UsageError: there is no backup.
        StoreError: it is damaged, or not a backup.
    """
    with _opened(source) as folder:
        return _check(source, folder)[0]


def restore(source: Path, root: Path) -> Backup:
    """Put a backup in place as a workspace that has no store yet.

    Settings that are there already stay; the backup's come where there are none.

    Args:
        source: the folder or file.
        root: folder of the workspace; made when absent.

    Raises:
        UsageError: there is no backup, or a store is there already.
        StoreError: the backup is damaged, or not a backup; nothing is changed.
    """
    with _opened(source) as folder:
        made, label = _check(source, folder)
        root.mkdir(parents=True, exist_ok=True)
        config, settings = _settings(folder, label, root)
        store = config.store_path
        data = store.with_name(store.name + ".d")
        if os.path.lexists(store) or any(data.glob("f*/*")):
            raise UsageError(f"{store}: there is a store already; nothing is written over")
        with tempfile.TemporaryDirectory(prefix=".coterie-", dir=root) as draft:
            _lay_out(folder, label, Path(draft))
            for name, content in settings.items():
                with (root / name).open("xb") as handle:
                    handle.write(content)
            store.parent.mkdir(parents=True, exist_ok=True)
            if data.exists():
                shutil.rmtree(data)  # a lock and drafts at most: no facts, no findings
            (Path(draft) / "data").rename(data)
            (Path(draft) / _CATALOGUE).replace(store)
        # The views are made anew: whatever the backup's said, they read the files of this place.
        with write_store(store, purpose="restore"):
            pass
    return made


def _settings(folder: Path, label: dict[str, Any], root: Path) -> tuple[Config, dict[str, bytes]]:
    """The settings that hold in the end, and the files to write for them."""
    if (root / FILE).exists() or FILE not in label["files"]:
        return load_config(root, environ=os.environ), {}
    wanted = {FILE: (folder / FILE).read_bytes()}
    weights = label.get("weights")
    if weights is not None and _WEIGHTS in label["files"]:
        if "/" in str(weights) or str(weights).startswith(".") or (root / weights).exists():
            raise StoreError(f"the backup's weights cannot be put at {printable(weights)}")
        wanted[str(weights)] = (folder / _WEIGHTS).read_bytes()
    with tempfile.TemporaryDirectory(prefix="coterie-") as trial:
        for name, content in wanted.items():
            (Path(trial) / name).write_bytes(content)
        config = replace(load_config(Path(trial), environ=os.environ), root=root.resolve())
    if not config.store_path.is_relative_to(config.root):
        raise StoreError("the backup's settings put the store outside of the workspace")
    return config, wanted


def _lay_out(folder: Path, label: dict[str, Any], draft: Path) -> None:
    shutil.copyfile(folder / _CATALOGUE, draft / _CATALOGUE)
    (draft / _CATALOGUE).chmod(0o600)
    (draft / "data").mkdir(mode=0o700)
    (draft / "data" / "made").touch()
    for name in label["files"]:
        if "/" in name or name == HEADS:
            target = draft / "data" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            size, digest = _copy_one(folder / name, target)
            wanted = label["files"][name]
            if (size, digest) != (wanted["bytes"], wanted["sha256"]):
                raise StoreError(f"{folder / name}: changed while it was read")


@contextmanager
def _opened(source: Path) -> Iterator[Path]:
    """The folder of a backup; a packed one is unpacked for as long as it is looked at."""
    if source.is_dir():
        yield source
        return
    if not source.is_file():
        raise UsageError(f"{source}: there is no such backup")
    with tempfile.TemporaryDirectory(prefix="coterie-") as folder:
        _unpack(source, Path(folder))
        yield Path(folder)


def _unpack(source: Path, folder: Path) -> None:
    import pyarrow as pa

    try:
        with (
            pa.CompressedInputStream(str(source), "zstd") as stream,
            tarfile.open(mode="r|", fileobj=stream) as tar,
        ):
            for member in tar:
                content = tar.extractfile(member) if member.isreg() else None
                if content is None or not _NAME.fullmatch(member.name):
                    raise StoreError(f"{source}: holds {printable(member.name)}, no backup does")
                _write_member(content, folder / member.name)
    except (tarfile.TarError, pa.ArrowException, EOFError, OSError) as error:
        if isinstance(error, StoreError):
            raise
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise StoreError(f"{source}: not a backup, or damaged ({reason})") from error


def _write_member(content: IO[bytes], target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("xb") as handle:
        shutil.copyfileobj(content, handle, _BLOCK)


def _check(source: Path, folder: Path) -> tuple[Backup, dict[str, Any]]:
    try:
        label = json.loads((folder / _LABEL).read_bytes())
        listed = {str(name): file for name, file in label["files"].items()}
        made = Backup(
            source,
            str(label["version"]),
            str(label["made_at"]),
            None if label["newest"] is None else str(label["newest"]),
            sum("/" in name for name in listed),
            sum(int(file["bytes"]) for name, file in listed.items() if "/" in name),
        )
        known = int(label["format"]) <= _FORMAT
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise StoreError(f"{source}: not a backup, or damaged: {_LABEL} cannot be read") from error
    if not known:
        raise StoreError(f"{source}: made by a newer Coterie ({printable(made.version)})")
    for name, file in listed.items():
        path = folder / name
        if not _NAME.fullmatch(name) or path.is_symlink():
            raise StoreError(f"{source}: lists {printable(name)}, no backup does")
        if not path.is_file():
            raise StoreError(f"{source}: {name} is missing")
        if path.stat().st_size != file["bytes"] or sha256_of(path) != file["sha256"]:
            raise StoreError(f"{source}: {name} is damaged: its SHA-256 is not the listed one")
    if _CATALOGUE not in listed:
        raise StoreError(f"{source}: {_CATALOGUE} is missing")
    lost = sorted(set(look_into(folder / _CATALOGUE)[0]) - listed.keys())
    if lost:
        raise StoreError(f"{source}: {printable(lost[0])} is missing")
    return made, label
