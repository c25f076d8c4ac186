"""Links from embeddings: accounts whose prompts mean much the same, in other words.

Families are near copies of words (``prompts``); a vector beside each prompt, from whatever model the user
trusts, finds paraphrases too. Each distinct vector is compared with its nearest few by cosine: exactly
up to ``EXACT`` vectors, above that through usearch (the extra ``coterie[vectors]``), whose candidates are
checked again. Equal vectors link nothing here: equal texts are a family already.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from coterie.config import PromptOptions
from coterie.errors import UsageError
from coterie.loaders.columns import column, function
from coterie.loaders.prompts_text import U64, mix
from coterie.loaders.source_facts import select

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl
    import pyarrow as pa
    from numpy.typing import NDArray

    from coterie.loaders.source_facts import Task, Written

    Float32 = NDArray[np.float32]
    Int64 = NDArray[np.int64]

EXACT = 20_000  # vectors that are compared with one another: a few seconds
_BLOCK = 1 << 24  # similarities at a time
_SLACK = 1e-4  # what 32 bits may be wrong by


@dataclass(frozen=True, slots=True)
class VectorLinks:
    """Pairs of accounts and what was left out.

    Attributes:
        table: src < dst, kind (``"prompt"``), similarity, seen_at (when both had sent it), a row a
            pair; sorted.
        vectors: distinct vectors that were compared.
        unusable: rows without an account or a vector, or with a vector that has no direction or not the
            length that most have.
        popular: vectors set aside for their many accounts.
    """

    table: pa.Table
    vectors: int
    unusable: int
    popular: int


def write_links(task: Task, done: Written) -> None:
    """Write the links that the vectors of a source of prompts make, if it has any."""
    import pyarrow.parquet as pq

    name = task.mapping.columns.get("vector")
    if name is None or "prompt" not in done.files:
        return
    rows = (
        select(
            task,
            {
                "account_id": function("clean_text", task.text("account_id")),
                "vector": function("vector", column(name)),
                "sent_at": task.typed("sent_at", "time")["sent_at"],
            },
        )
        .filter("account_id <> ''")
        .to_arrow_table()
    )
    found = vector_links(
        rows["account_id"].to_pylist(), rows["vector"], rows["sent_at"].to_numpy(),
        task.config.prompts,
    )  # fmt: skip
    if found.table.num_rows:
        path = task.file("link")
        pq.write_table(found.table, path)
        done.files["link"] = path
    done.notes.append(
        f"{found.table.num_rows:,} links from {found.vectors:,} prompt vectors; "
        f"{found.popular:,} popular and {found.unusable:,} unusable ones left out"
    )


def vector_links(
    accounts: Sequence[str | None] | NDArray[Any],
    vectors: pa.Array | pa.ChunkedArray,
    sent_at: NDArray[np.datetime64] | None = None,
    options: PromptOptions | None = None,
) -> VectorLinks:
    """Links between the accounts of similar vectors; the same in any row order.

    Args:
        accounts: the account of each prompt; None where there is none.
        vectors: list of float of each prompt; NULL where there is none.
        sent_at: when each was sent; NaT where unknown.
        options: what counts as the same meaning.

    Raises:
        UsageError: not one account a vector; too many vectors to compare without usearch.
    """
    import polars as pl

    options = options or PromptOptions()
    if len(accounts) != len(vectors):
        raise UsageError(f"found {len(accounts):,} accounts for {len(vectors):,} vectors")
    # Not as an array of fixed width: one long id would make all of them long.
    account = pl.Series(accounts, dtype=pl.String)
    name = account.drop_nulls().unique().sort()
    place = account.replace_strict(name, np.arange(len(name)), default=-1, return_dtype=pl.Int64)
    holder: Int64 = place.to_numpy()
    matrix, rows = _matrix(vectors)
    matrix, rows = matrix[holder[rows] >= 0], rows[holder[rows] >= 0]
    first, vector = _distinct(matrix)
    # Who has which vector, each once, with the last time.
    holder = holder[rows]
    time = np.full(len(rows), np.datetime64("NaT", "us"))
    if sent_at is not None:
        time = np.asarray(sent_at)[rows].astype("datetime64[us]")
    order = np.lexsort((np.where(np.isnat(time), np.datetime64(0, "us"), time), holder, vector))
    vector, holder, time = vector[order], holder[order], time[order]
    last = np.append((vector[1:] != vector[:-1]) | (holder[1:] != holder[:-1]), True)[: len(order)]
    vector, holder, time = vector[last], holder[last], time[last]
    count = np.bincount(vector, minlength=len(first))
    kept = np.flatnonzero(count <= options.most_accounts)
    near = near_vectors(matrix[first[kept]], options)
    begin = np.cumsum(count) - count
    one, two, similarity = _spread(kept[near[0]], kept[near[1]], near[2], begin, count)
    return VectorLinks(
        _table(name, holder, time, one, two, similarity),
        vectors=len(kept),
        unusable=len(vectors) - len(rows),
        popular=len(first) - len(kept),
    )


def near_vectors(
    vectors: Float32, options: PromptOptions
) -> tuple[Int64, Int64, NDArray[np.float64]]:
    """Pairs of similar vectors: row a < row b, cosine; each once, among the nearest of a or of b.

    Args:
        vectors: shape (vectors, dimensions), distinct, none of length 0.
        options: what is similar, and how many are near.

    Raises:
        UsageError: more than ``EXACT`` vectors, and usearch is not installed.
    """
    n, k = len(vectors), min(options.neighbours, len(vectors) - 1)
    if k < 1:
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
    unit = vectors / np.linalg.norm(vectors.astype(np.float64), axis=1, keepdims=True)
    unit = unit.astype(np.float32)
    found = _exact(unit, k, options.similarity) if n <= EXACT else _indexed(unit, k)
    a, b = np.minimum(*found), np.maximum(*found)
    pair = np.unique(a * n + b)
    a, b = pair // n, pair % n
    cosine = np.concatenate(
        [
            np.einsum(
                "ij,ij->i", *(unit[side[lo : lo + 4096]].astype(np.float64) for side in (a, b))
            )
            for lo in range(0, len(a), 4096)
        ]
        or [np.zeros(0)]
    )
    good = cosine >= options.similarity - 1e-6
    return a[good], b[good], np.minimum(np.round(cosine[good], 6), 1.0)


def _exact(unit: Float32, k: int, least: float) -> tuple[Int64, Int64]:
    """The k nearest of each row, by all products."""
    a, b = [], []
    step = max(1, _BLOCK // len(unit))
    for lo in range(0, len(unit), step):
        product = unit[lo : lo + step] @ unit.T
        rows = np.arange(len(product))
        product[rows, lo + rows] = -2.0
        best = np.argpartition(product, -k, axis=1)[:, -k:]
        row, column = np.nonzero(np.take_along_axis(product, best, axis=1) >= least - _SLACK)
        a.append(lo + row)
        b.append(best[row, column].astype(np.int64))
    return np.concatenate(a), np.concatenate(b)


def _indexed(unit: Float32, k: int) -> tuple[Int64, Int64]:
    """About the k nearest of each row, from an index; one thread, so that it is repeatable."""
    try:
        index_module = import_module("usearch.index")
    except ImportError as error:
        message = (
            f"{len(unit):,} different prompt vectors are too many to compare all with all "
            f"(limit {EXACT:,}); install usearch: pip install 'coterie[vectors]'"
        )
        raise UsageError(message) from error
    index = index_module.Index(ndim=unit.shape[1], metric="cos", dtype="f32")
    index.add(np.arange(len(unit)), unit, threads=1)
    found = index.search(unit, k + 1, threads=1)
    a = np.repeat(np.arange(len(unit)), np.asarray(found.counts, np.int64))
    filled = np.arange(found.keys.shape[1]) < np.asarray(found.counts)[:, None]
    b = found.keys[filled].astype(np.int64)
    other = a != b
    return a[other], b[other]


def _matrix(vectors: pa.Array | pa.ChunkedArray) -> tuple[Float32, Int64]:
    """The vectors that have a direction, shape (rows, dimensions), and their rows."""
    import pyarrow as pa
    import pyarrow.compute as pc

    chunks = vectors.chunks if isinstance(vectors, pa.ChunkedArray) else [vectors]
    column = pa.concat_arrays([c.cast(pa.large_list(pa.float32())) for c in chunks])
    sizes = pc.list_value_length(column).fill_null(0).to_numpy()
    rows = np.flatnonzero(sizes)
    if not len(rows):
        return np.zeros((0, 0), np.float32), rows
    # The length that most have, the longer of equals: another model's vectors compare with none of these.
    lengths, n = np.unique(sizes[rows], return_counts=True)
    length = int(lengths[len(n) - 1 - np.argmax(n[::-1])])
    rows = rows[sizes[rows] == length]
    flat = column.take(pa.array(rows)).flatten().fill_null(np.nan)
    matrix = flat.to_numpy(zero_copy_only=False).reshape(len(rows), length)
    directed = np.isfinite(matrix).all(axis=1) & (matrix != 0).any(axis=1)
    return matrix[directed], rows[directed]


def _distinct(matrix: Float32) -> tuple[Int64, Int64]:
    """One row of each distinct vector, in order of a hash, and the place of each row's vector."""
    hashed = np.zeros(len(matrix), U64)
    bits = (matrix + np.float32(0)).view(np.uint32)  # minus zero is zero
    for i in range(matrix.shape[1]):
        hashed = mix(hashed * U64(0x9E3779B97F4A7C15) + bits[:, i])
    _, first, place = np.unique(hashed, return_index=True, return_inverse=True)
    return first, place


def _spread(
    a: Int64, b: Int64, similarity: NDArray[np.float64], begin: Int64, count: Int64
) -> tuple[Int64, Int64, NDArray[np.float64]]:
    """Pairs of holders for pairs of vectors: each holder of the one meets one of the other.

    As many pairs as the larger of the two has holders: the cost is linear.
    """
    n = np.maximum(count[a], count[b])
    pair = np.repeat(np.arange(len(a)), n)
    turn = np.arange(len(pair)) - np.repeat(np.cumsum(n) - n, n)
    one = begin[a[pair]] + turn % count[a[pair]]
    two = begin[b[pair]] + turn % count[b[pair]]
    return one, two, similarity[pair]


def _table(
    name: pl.Series,
    holder: Int64,
    time: NDArray[np.datetime64],
    one: Int64,
    two: Int64,
    similarity: NDArray[np.float64],
) -> pa.Table:
    """The pairs of accounts as rows of ``links``, the strongest of each."""
    import pyarrow as pa

    src, dst = np.minimum(holder[one], holder[two]), np.maximum(holder[one], holder[two])
    both = np.maximum(time[one], time[two])  # NaT when either is unknown
    known = np.where(np.isnat(both), np.datetime64(0, "us"), both)
    order = np.lexsort((known, similarity, dst, src))
    order = order[src[order] != dst[order]]
    last = np.append(
        (src[order][1:] != src[order][:-1]) | (dst[order][1:] != dst[order][:-1]), True
    )[: len(order)]
    order = order[last]
    return pa.table(
        {
            "src": name.gather(src[order]).to_arrow().cast(pa.string()),
            "dst": name.gather(dst[order]).to_arrow().cast(pa.string()),
            "kind": pa.array(["prompt"] * len(order), pa.string()),
            "similarity": similarity[order],
            "seen_at": pa.array(both[order], pa.timestamp("us")),
        }
    )
