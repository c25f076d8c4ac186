"""The families of all prompts in the store, found again when documents came or went."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from coterie.queries.run import run
from coterie.queries.store import place, refresh_views, scratch, work_store

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Executor, Future
    from pathlib import Path

    from numpy.typing import NDArray

    from coterie.config import Config
    from coterie.loaders.prompts import FamilySummary
    from coterie.queries.store import Store


def doc_files(store: Store) -> tuple[str, ...]:
    """The files of documents, and of lists with texts of prompts, that this generation names."""
    documents = _column(store, "load/doc_files")
    lists = [str(store.data / path) for path in _column(store, "load/prompt_lists")]
    if not documents or not lists:
        return tuple(documents)
    return (*documents, *_column(store, "load/prompt_list_files", files=lists))


def _column(store: Store, name: str, **params: object) -> list[str]:
    found = run(store, name, **params)
    return [] if found is None else [str(row[0]) for row in found.fetchall()]


@dataclass(frozen=True, slots=True)
class Pending:
    """Families in the making, on a connection of their own, while other sources load.

    Attributes:
        files: the files that they are made from.
        path: where the result is written.
        listed: where the families of listed texts are written.
        result: the counts, once it is.
    """

    files: tuple[str, ...]
    path: Path
    listed: Path
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
    path, listed = scratch(store, "family.parquet"), scratch(store, "family-list.parquet")
    result = pool.submit(_find, work, [str(f) for f in fresh], path, listed)
    return Pending(files, path, listed, result)


def end_families(store: Store, pending: Pending | None) -> FamilySummary | None:
    """Wait for the families and put them in the place of the old ones."""
    summary = None if pending is None else pending.result.result()
    old = _column(store, "load/family_owners")
    for owner in old:
        run(store, "store/forget_owner", owner=owner)
    if pending is not None:
        # The names of families depend on those before, so the file's name does too.
        parts = "\n".join([*pending.files, *old])
        owner = f"families-{hashlib.sha256(parts.encode()).hexdigest()[:16]}"
        place(store, "facts", "family", owner, pending.path)
        if pending.listed.exists():
            place(store, "facts", "list", owner, pending.listed)
    return summary


def _find(work: Store, fresh: list[str], path: Path, listed: Path) -> FamilySummary:
    import pyarrow as pa

    from coterie.loaders.prompts import Known, build_families, define_macros

    listed.unlink(missing_ok=True)
    try:
        source: Any = (
            work.con.read_parquet(fresh)
            if fresh
            else pa.table({"doc": pa.array([], pa.string()), "norm": pa.array([], pa.string())})
        )
        work.con.register("fresh_doc", source)
        define_macros(work)
        run(work, "load/prompt_listed")
        run(work, "load/prompt_doc")
        key, name = _numbers(work, "load/prompt_before", "key", "name")
        (repeated,) = _numbers(work, "load/prompt_repeated", "key")
        listed_texts = work.con.table("prompt_listed").order("listed").select("norm")
        texts = listed_texts.to_arrow_table()["norm"]
        summary = build_families(work, known=Known((key, name), repeated, texts))
        run(work, "load/family", path=str(path))
        if len(texts):
            run(work, "load/prompt_list", path=str(listed))
            met = run(work, "load/listed_met")
            n, n_met = (0, 0) if met is None else met.fetchall()[0]
            summary = replace(summary, listed=n, unmet=n - n_met)
        return summary
    finally:
        work.close()


def _numbers(work: Store, name: str, *columns: str) -> list[NDArray[np.uint64]]:
    """Columns of a named query."""
    found = run(work, name)
    table = None if found is None else found.to_arrow_table()
    return [
        np.zeros(0, np.uint64) if table is None else table[column].to_numpy() for column in columns
    ]
