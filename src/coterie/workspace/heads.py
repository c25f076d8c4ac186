"""Heads kept outside the store: how long each chain was, and how it ended.

The file only grows, a line for each write. A log that was cut short, or cut short and continued, does
not have the hash that a line holds at its place. Whoever can write this file too can still make a log
that is whole in itself: keep it on another machine or volume (``[review] heads``), or keep the heads
that manifests hold.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from coterie.errors import StoreError
from coterie.queries.run import run
from coterie.workspace.chain import GENESIS, problem

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from coterie.config import Config
    from coterie.queries.store import Store

FILE = "heads.jsonl"
_MARK = "heads"


def place_of(config: Config) -> Path:
    """The file of a workspace."""
    if config.review.heads.strip():
        return config.root / config.review.heads.strip()
    return config.store_path.with_name(config.store_path.name + ".d") / FILE


def place(store: Store, given: Path | None) -> Path:
    """The given file, or the one beside the store."""
    return store.data / FILE if given is None else given


def check(
    store: Store, file: Path, chains: Mapping[str, Sequence[str]]
) -> tuple[int, list[dict[str, Any]]]:
    """Hold the chains against the heads that were kept.

    Args:
        store: an open store.
        file: the file of heads.
        chains: ``decisions``, ``exports``, ``told``: the hashes in their order, zeros first.

    Returns:
        The number of heads, and the problems: at most one a chain.
    """
    if not file.exists():
        return 0, [problem(_gone(file))] if _marked(store) else []
    kept = _read(file)
    wrong: dict[str, dict[str, Any]] = {}
    for line in kept:
        for name, (n, head) in line.items():
            chain = chains.get(name, ())
            if name not in wrong and (n >= len(chain) or chain[n] != head):
                wrong[name] = problem(_short(name, n, len(chain) - 1), seq=n)
    return len(kept), list(wrong.values())


def _short(name: str, n: int, found: int) -> str:
    what = {"decisions": "the log of decisions", "exports": "the ledger of exports"}.get(
        name, "the register of who was told"
    )
    if found < n:
        return f"{what} was cut short: found {found:,} entries, it had {n:,}"
    return f"{what} had another entry at this place"


def _gone(file: Path) -> str:
    return (
        f"{file}: the file of kept heads is missing; put it back. An empty file there begins "
        "another, and nobody can tell what was cut off before"
    )


def _marked(store: Store) -> bool:
    return any(row["name"] == _MARK for row in store.rows("store/meta"))


def _read(file: Path) -> list[dict[str, tuple[int, str]]]:
    """The lines; one that was cut off by a loss of power says nothing."""
    try:
        text = file.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise StoreError(f"{file}: cannot be read ({error.strerror or error})") from error
    kept = []
    for line in text.splitlines():
        try:
            kept.append({str(k): (int(n), str(head)) for k, (n, head) in json.loads(line).items()})
        except (ValueError, TypeError, AttributeError, RecursionError):
            continue
    return kept


def ready(store: Store, file: Path) -> None:
    """Whether a write may begin, after which heads are kept.

    Raises:
        StoreError: the file was there before and is gone: a new one would hide what was cut off.
    """
    if not file.exists() and _marked(store):
        raise StoreError(_gone(file))


def mark(store: Store) -> None:
    """Remember in the store that heads are kept: a file that is gone is then missed."""
    run(store, "store/set_meta", name=_MARK, content="1")


def now_at(store: Store) -> dict[str, tuple[int, str]]:
    """How long each chain is, and how it ends."""
    found = {}
    for name, query in (
        ("decisions", "review/head"), ("exports", "review/ledger_head"), ("told", "review/told_head"),
    ):  # fmt: skip
        rows = store.rows(query)
        found[name] = (int(rows[0]["seq"]), str(rows[0]["hash"])) if rows else (0, GENESIS)
    return found


def keep(file: Path, heads: Mapping[str, tuple[int, str]]) -> None:
    """Add a line, unless the last one says the same; safe beside other writers.

    Raises:
        StoreError: the file cannot be written; the store was written before.
    """
    line = json.dumps({name: list(head) for name, head in heads.items()}, sort_keys=True)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        fd = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            size = os.fstat(fd).st_size
            last = os.pread(fd, 4096, max(0, size - 4096)).decode("utf-8", "replace")
            if last.rstrip("\n").rpartition("\n")[2] == line and last.endswith("\n"):
                return
            cut_off = "\n" if last and not last.endswith("\n") else ""
            os.write(fd, f"{cut_off}{line}\n".encode())
            os.fsync(fd)
        finally:
            os.close(fd)
    except OSError as error:
        raise StoreError(
            f"{file}: the heads cannot be kept ({error.strerror or error}); the store was written"
        ) from error
