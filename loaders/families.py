"""The families of all prompts in the store, found again when documents came or went."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from coterie.queries.run import run
from coterie.queries.store import place, refresh_views, scratch, work_store

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from coterie.config import Config
    from coterie.queries.store import Store


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """How many documents and families there are now."""

    documents: int
    families: int


def doc_files(store: Store) -> tuple[str, ...]:
    """The files of documents that this generation names."""
    found = run(store, "load/doc_files")
    return () if found is None else tuple(str(row[0]) for row in found.fetchall())


def rebuild_families(store: Store, config: Config, fresh: Sequence[Path]) -> Rebuilt:
    """Find the families over all documents of the store and put them in place.

    Documents whose text was not kept (``keep_text = false``) are compared within the load that brings
    them; an exact copy of an old one is that document and so in its family, a near copy founds its own.

    Args:
        store: the writer's store, the new sources' files in place.
        config: for memory and threads.
        fresh: files with doc and norm of documents whose text is not kept.
    """
    import pyarrow as pa

    from coterie.loaders.prompts import build_families

    refresh_views(store)
    files = doc_files(store)
    old = run(store, "load/family_owners")
    owners = [] if old is None else [str(row[0]) for row in old.fetchall()]
    if not files:
        for owner in owners:
            run(store, "store/forget_owner", owner=owner)
        return Rebuilt(0, 0)
    name = hashlib.sha256("\n".join(files).encode()).hexdigest()[:16]
    path = scratch(store, "family.parquet")
    work = work_store(store, memory_limit=config.memory_limit, threads=config.threads)
    try:
        source: Any = (
            work.con.read_parquet([str(f) for f in fresh])
            if fresh
            else pa.table({"doc": pa.array([], pa.string()), "norm": pa.array([], pa.string())})
        )
        work.con.register("fresh_doc", source)
        run(work, "load/prompt_doc")
        summary = build_families(work)
        run(work, "load/family", path=str(path))
    finally:
        work.close()
    for owner in owners:
        run(store, "store/forget_owner", owner=owner)
    place(store, "facts", "family", f"families-{name}", path)
    return Rebuilt(summary.documents, summary.families)
