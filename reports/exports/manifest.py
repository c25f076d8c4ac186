"""What stands beside every export: a manifest with the SHA-256 of each file, and its signature.

The manifest holds no clock time: the same rows give the same bytes. A signature is Ed25519 over the
manifest's bytes; whoever gets the files needs the public key by another way than the files.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from coterie.errors import InputError, UsageError
from coterie.printable import printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

MANIFEST, SIGNATURE = "manifest.json", "manifest.json.sig"
VERSION = 1


def write_manifest(folder: Path, files: Sequence[Path], about: Mapping[str, Any]) -> Path:
    """Write ``manifest.json`` for the files of a folder.

    Args:
        folder: where the files are.
        files: in the folder.
        about: further facts (kind, export_id, …).
    """
    listed = [
        {"name": f.name, "bytes": f.stat().st_size, "sha256": _digest(f)}
        for f in sorted(files, key=lambda f: f.name)
    ]
    body = {"manifest_version": VERSION, **about, "files": listed}
    path = folder / MANIFEST
    path.write_text(json.dumps(body, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    # What is handed over says things about people: it is its owner's alone.
    folder.chmod(0o700)
    for file in (*files, path):
        file.chmod(0o600)
    return path


def sign(manifest: Path, key: Path) -> Path:
    """Sign a manifest with an Ed25519 private key.

    Args:
        manifest: the manifest.
        key: PEM file (PKCS 8, without a password).

    Raises:
        UsageError: ``cryptography`` is not installed, or the file is no such key.
    """
    private = _crypto().serialization.load_pem_private_key
    try:
        found = private(key.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise UsageError(f"{key}: expected an Ed25519 private key in PEM ({error})") from error
    if not isinstance(found, _crypto().ed25519.Ed25519PrivateKey):
        raise UsageError(f"{key}: expected an Ed25519 private key, found another kind of key")
    path = manifest.with_name(SIGNATURE)
    signature = base64.b64encode(found.sign(manifest.read_bytes())).decode()
    path.write_text(signature + "\n", encoding="ascii")
    path.chmod(0o600)
    return path


def verify_folder(folder: Path, public_key: Path | None = None) -> dict[str, Any]:
    """Check an export's files against its manifest, and the manifest against its signature.

    Args:
        folder: of an export.
        public_key: PEM file; None checks no signature.

    Returns:
        whole, problems (texts), files (number), signed, signature (``valid``, ``not checked``,
        ``none`` or ``wrong``), manifest (its content).

    Raises:
        InputError: there is no manifest, or it cannot be read.
    """
    manifest = folder / MANIFEST
    if not _plain(manifest):  # a pipe or a device would be read for ever
        raise InputError(f"{printable(manifest)}: there is no such file")
    try:
        raw = manifest.read_bytes()
        body = json.loads(raw)
        listed = [(str(f["name"]), str(f["sha256"])) for f in body["files"]]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        what = f"{printable(manifest)}: cannot be read as a manifest ({printable(error, 200)})"
        raise InputError(what) from error
    problems = [p for name, digest in listed if (p := _wrong(folder, name, digest)) is not None]
    times = Counter(name for name, _ in listed)
    problems += [
        f"{printable(name, 100)}: is named {n} times in the manifest"
        for name, n in sorted(times.items())
        if n > 1
    ]
    known = {*times, MANIFEST, SIGNATURE}
    problems += [
        f"{printable(f.name, 100)}: is not in the manifest"
        for f in sorted(folder.iterdir())
        if f.name not in known
    ]
    signature = folder / SIGNATURE
    state = "not checked" if _plain(signature) else "none"
    if state == "none" and signature.is_symlink():
        problems.append(f"{SIGNATURE}: is a link, expected a file")
    if public_key is not None:
        state = _checked(raw, signature, public_key)
        if state != "valid":
            problems.append(f"the signature is {state if state == 'wrong' else 'missing'}")
    return {
        "whole": not problems,
        "problems": problems,
        "files": len(listed),
        "signature": state,
        "manifest": body,
    }


def _plain(path: Path) -> bool:
    """Whether it is a file itself, not a link to one."""
    return path.is_file() and not path.is_symlink()


def _wrong(folder: Path, name: str, digest: str) -> str | None:
    """What is wrong with a file that the manifest lists; nothing outside the folder is looked at."""
    file, told = folder / name, printable(name, 100)
    # Also "", ".." and "C:x": what is no plain name of this folder.
    if name != file.name or not name or name[0] == "." or set(name) & set("/\\:\0"):
        return f"{told}: is no name of a file in this folder"
    try:
        if file.is_symlink():
            return f"{told}: is a link, expected a file"
        if not file.exists():
            return f"{told}: is missing"
        if not file.is_file():
            return f"{told}: is no file"
        return None if _digest(file) == digest else f"{told}: was changed"
    except (OSError, ValueError) as error:
        return f"{told}: cannot be read ({printable(error, 100)})"


def _checked(raw: bytes, signature: Path, public_key: Path) -> str:
    crypto = _crypto()
    try:
        key = crypto.serialization.load_pem_public_key(public_key.read_bytes())
    except (OSError, ValueError) as error:
        raise UsageError(f"{public_key}: expected a public key in PEM ({error})") from error
    if not isinstance(key, crypto.ed25519.Ed25519PublicKey):
        raise UsageError(f"{public_key}: expected an Ed25519 public key, found another kind of key")
    if not _plain(signature):
        return "none"
    try:
        key.verify(base64.b64decode(signature.read_text(encoding="ascii"), validate=False), raw)
    except (crypto.InvalidSignature, ValueError):
        return "wrong"
    return "valid"


class _Crypto:
    """The parts of ``cryptography`` that are used here."""

    def __init__(self) -> None:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ed25519

        self.InvalidSignature = InvalidSignature
        self.serialization = serialization
        self.ed25519 = ed25519


def _crypto() -> _Crypto:
    try:
        return _Crypto()
    except ImportError as error:
        raise UsageError(
            'signing needs the package cryptography: install "coterie[sign]"'
        ) from error


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
