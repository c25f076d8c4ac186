"""The text that stands for a family: its representative with the slots shown as ``□``.

A word stays when it and a neighbour stand side by side in at least half of a few other members.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from coterie.loaders.prompts_text import (
    U64,
    Ragged,
    Texts,
    column_of,
    find_spans,
    mix,
    pair_hashes,
    ragged_index,
)

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

SLOT_SIGN = "□"
_PLACE = 1
_OTHERS = 3  # members that a representative is compared with
_BLOCK = 1 << 12  # families at a time: their tables stay in the cache


@dataclass(frozen=True, slots=True)
class Families:
    """Families of two or more: representative row each, and members (rows, grouped by family)."""

    representative: NDArray[np.int64]
    members: Ragged


def group_families(representative: NDArray[np.int64]) -> Families:
    """Families from each row's representative row."""
    order = np.argsort(representative, kind="stable")
    sorted_rep = representative[order]
    cuts = np.flatnonzero(np.append(True, sorted_rep[1:] != sorted_rep[:-1]))
    bounds = np.append(cuts, len(order))
    rows = np.flatnonzero(np.diff(bounds) > 1)
    members = Ragged(order, bounds).take(rows)
    return Families(sorted_rep[cuts[rows]], members)


def contains(keys: NDArray[np.uint64], queries: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Whether each query is one of the keys.

    Direct-addressed tables instead of sorting: keys that lost their cell go to the next table.
    """
    hit = np.zeros(len(queries), np.bool_)
    keys, queries = keys | U64(1), queries | U64(1)
    open_ = np.arange(len(queries))
    for _ in range(8):
        if len(keys) < 100:
            break
        shift = U64(63 - len(keys).bit_length())
        table = np.zeros(1 << (64 - int(shift)), U64)
        table[keys >> shift] = keys
        found = table[queries >> shift] == queries
        hit[open_[found]] = True
        keys = keys[table[keys >> shift] != keys]
        open_, queries = open_[~found], queries[~found]
        keys, queries = mix(keys) | U64(1), mix(queries) | U64(1)
    hit[open_[np.isin(queries, keys)]] = True
    return hit


def kept_words(words: Ragged, families: Families) -> NDArray[np.bool_]:
    """Which words of each representative stay, flat in order of families."""
    blocks = range(0, len(families.representative), _BLOCK)
    kept = [_kept_in_block(words, families, lo, lo + _BLOCK) for lo in blocks]
    return np.concatenate(kept) if kept else np.zeros(0, np.bool_)


def _kept_in_block(words: Ragged, families: Families, lo: int, hi: int) -> NDArray[np.bool_]:
    rows = families.representative[lo:hi]
    begin, count = families.members.offsets[:-1][lo:hi], families.members.sizes[lo:hi]
    position, offsets = ragged_index(words.offsets, rows)
    family = np.repeat(np.arange(len(rows)), np.diff(offsets))
    asked = _grams(words, position, family)
    votes = np.zeros(len(asked), np.int64)
    others = np.zeros(len(rows), np.int64)
    for rank in range(int(min(count.max(initial=0), _OTHERS + 1))):
        has = np.flatnonzero(count > rank)
        member = families.members.flat[begin[has] + rank]
        wanted = (member != rows[has]) & (others[has] < _OTHERS)
        has, member = has[wanted], member[wanted]
        others[has] += 1
        place, ends = ragged_index(words.offsets, member)
        votes += contains(_grams(words, place, np.repeat(has, np.diff(ends))), asked)
    agreed = 2 * votes >= np.maximum(others, 1)[family]
    last = np.zeros(len(agreed), np.bool_)
    last[offsets[1:][np.diff(offsets) > 0] - 1] = True
    single = last & np.append(True, last[:-1])  # a text of one word is its own neighbour
    kept: NDArray[np.bool_] = agreed & (~last | single)
    kept[1:] |= agreed[:-1] & ~last[:-1]
    return kept


def _grams(
    words: Ragged, position: NDArray[np.int64], family: NDArray[np.int64]
) -> NDArray[np.uint64]:
    """Hash of each word with the next one and its family."""
    following = words.flat[np.minimum(position + 1, len(words.flat) - 1)]
    gram = pair_hashes(words.flat[position], following)
    return mix((family.astype(U64) << U64(32)) + gram)


def masked_texts(texts: Texts, rows: NDArray[np.int64], kept: NDArray[np.bool_]) -> pa.Array:
    """The given texts with each stretch of words that are not kept as one ``□``.

    A text that keeps no word stays as it is.
    """
    import pyarrow.compute as pc

    picked = texts.take(rows)
    first, behind = find_spans(picked)
    text = np.repeat(np.arange(len(rows)), first.sizes)
    any_kept = np.bincount(text[kept], minlength=len(rows)) > 0
    drop = ~kept & any_kept[text]
    joined = np.zeros(len(drop), np.bool_)  # slot that goes on from the word before
    joined[1:] = drop[1:] & drop[:-1] & (text[1:] == text[:-1])
    opens = drop & ~joined
    start, end = first.flat[opens], behind.flat[drop & ~np.append(joined[1:], False)]
    # One byte that no normal form has stays of each stretch, and becomes the sign.
    data = picked.data.copy()
    data[start] = _PLACE
    edge = np.zeros(len(data) + 1, np.int8)
    edge[start + 1] += 1
    edge[end] -= 1
    gone = np.zeros(len(rows) + 1, np.int64)
    np.cumsum(np.bincount(text[opens], end - start - 1, minlength=len(rows)), out=gone[1:])
    masked = Texts(data[np.cumsum(edge[:-1], dtype=np.int8) == 0], picked.offsets - gone)
    return pc.replace_substring(column_of(masked), chr(_PLACE), SLOT_SIGN)
