"""The families of all prompts in the store, found again when documents came or went."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from coterie.queries.run import run
from coterie.queries.store import place, refresh_views, scratch, work_store

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Executor, Future
    from pathlib import Path

    from coterie.config import Config
    from coterie.loaders.prompts import FamilySummary
    from coterie.queries.store import Store


def doc_files(store: Store) -> tuple[str, ...]:
    """The files of documents that this generation names."""
    found = run(store, "load/doc_files")
    return () if found is None else tuple(str(row[0]) for row in found.fetchall())


@dataclass(frozen=True, slots=True)
class Pending:
    """Families in the making, on a connection of their own, while other sources load.

    Attributes:
        files: the files of documents that they are made from.
        path: where the result is written.
        result: the counts, once it is.
    """

    files: tuple[str, ...]
    path: Path
    result: Future[FamilySummary]


def begin_families(
    store: Store, config: Config, fresh: Sequence[Path], pool: Executor
) -> Pending | None:
    """Begin to find the families over all documents of the store; None when there are none.

    Documents whose text was not kept (``keep_text = false``) are compared within the load that
    brings them; an exact copy of an old one is that document and so in its family, a near copy
    founds its own.

    Args:
        store: the writer's store, the new sources' files in place.
        config: for memory and threads.
        fresh: files with doc and norm of documents whose text is not kept.
        pool: where the work runs.
    """
    files = doc_files(store)
    if not files:
        return None
    # Both read the registers, so they belong to the thread of the load.
    refresh_views(store)
    work = work_store(store, memory_limit=config.memory_limit, threads=config.threads)
    path = scratch(store, "family.parquet")
    return Pending(files, path, pool.submit(_find, work, [str(f) for f in fresh], path))


def end_families(store: Store, pending: Pending | None) -> FamilySummary | None:
    """Wait for the families and put them in the place of the old ones."""
    summary = None if pending is None else pending.result.result()
    old = run(store, "load/family_owners")
    for row in [] if old is None else old.fetchall():
        run(store, "store/forget_owner", owner=str(row[0]))
    if pending is not None:
        name = hashlib.sha256("\n".join(pending.files).encode()).hexdigest()[:16]
        place(store, "facts", "family", f"families-{name}", pending.path)
    return summary


def _find(work: Store, fresh: list[str], path: Path) -> FamilySummary:
    import pyarrow as pa

    from coterie.loaders.prompts import build_families

    try:
        source: Any = (
            work.con.read_parquet(fresh)
            if fresh
            else pa.table({"doc": pa.array([], pa.string()), "norm": pa.array([], pa.string())})
        )
        work.con.register("fresh_doc", source)
        run(work, "load/prompt_doc")
        summary = build_families(work)
        run(work, "load/family", path=str(path))
        return summary
    finally:
        work.close()
