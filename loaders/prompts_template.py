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
    mix,
    pair_hashes,
    ragged_index,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from coterie.loaders.prompts_text import Words

SLOT_SIGN = "□"
_OTHERS = 7  # members that a representative is compared with
_SEED = U64(0x9E3779B97F4A7C15)


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
    members = Ragged(order.astype(U64), bounds).take(rows)
    return Families(sorted_rep[cuts[rows]], members)


def contains(keys: NDArray[np.uint64], queries: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Whether each query is one of the keys.

    Direct-addressed tables instead of sorting: keys that lost their cell go to the next table.
    """
    hit = np.zeros(len(queries), np.bool_)
    keys, queries = keys | U64(1), queries | U64(1)
    for _ in range(8):
        if len(keys) < 1000:
            break
        shift = U64(63 - len(keys).bit_length())
        table = np.zeros(1 << (64 - int(shift)), U64)
        table[keys >> shift] = keys
        hit |= table[queries >> shift] == queries
        keys = keys[table[keys >> shift] != keys]
        keys, queries = mix(keys) | U64(1), mix(queries) | U64(1)
    hit |= np.isin(queries, keys)
    return hit


def kept_words(words: Ragged, families: Families) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Which words of each representative stay (flat), and their offsets per family."""
    rows = families.representative
    count = families.members.sizes
    position, offsets = ragged_index(words.offsets, rows)
    family = np.repeat(np.arange(len(rows)), np.diff(offsets))
    asked = _grams(words, position, family)
    votes = np.zeros(len(asked), np.int64)
    others = np.zeros(len(rows), np.int64)
    for rank in range(int(min(count.max(initial=0), _OTHERS + 1))):
        has = np.flatnonzero(count > rank)
        member = families.members.flat[families.members.offsets[has] + rank].astype(np.int64)
        other = member != rows[has]
        wanted = other & (others[has] < _OTHERS)
        has, member = has[wanted], member[wanted]
        others[has] += 1
        place, ends = ragged_index(words.offsets, member)
        keys = _grams(words, place, np.repeat(has, np.diff(ends)))
        votes += contains(keys, asked)
    agreed = 2 * votes >= np.maximum(others, 1)[family]
    last = np.zeros(len(agreed), np.bool_)
    last[offsets[1:][np.diff(offsets) > 0] - 1] = True
    single = last & np.append(True, last[:-1])  # a text of one word is its own neighbour
    kept = agreed & (~last | single)
    kept[1:] |= agreed[:-1] & ~last[:-1]
    return kept, offsets


def _grams(
    words: Ragged, position: NDArray[np.int64], family: NDArray[np.int64]
) -> NDArray[np.uint64]:
    """Hash of each word with the next one and its family."""
    following = np.append(words.flat[1:], U64(0))
    gram = pair_hashes(words.flat[position], following[position])
    return mix(gram + family.astype(U64) * _SEED)


def masked_texts(
    texts: Texts, words: Words, rows: NDArray[np.int64], kept: NDArray[np.bool_]
) -> Texts:
    """The given texts with each stretch of words that are not kept as one ``□``.

    A text that keeps no word stays as it is.
    """
    position, word_offsets = ragged_index(words.offsets, rows)
    text = np.repeat(np.arange(len(rows)), np.diff(word_offsets))
    any_kept = np.bincount(text[kept], minlength=len(rows)) > 0
    drop = ~kept & any_kept[text]
    picked = texts.take(rows)
    shift = picked.offsets[:-1] - texts.offsets[rows]
    starts, ends = words.starts[position] + shift[text], words.ends[position] + shift[text]
    joined = np.zeros(len(drop), np.bool_)  # slot that goes on from the word before
    joined[1:] = drop[1:] & drop[:-1] & (text[1:] == text[:-1])
    opens = drop & ~joined
    closes = drop & ~np.append(joined[1:], False)
    edge = np.zeros(len(picked.data) + 1, np.int8)
    edge[starts[opens]] += 1
    edge[ends[closes]] -= 1
    inside = np.cumsum(edge[:-1], dtype=np.int8) > 0
    sign = np.frombuffer(SLOT_SIGN.encode(), np.uint8)
    copies = (~inside).astype(np.int64)
    copies[starts[opens]] = len(sign)
    end = np.zeros(len(copies) + 1, np.int64)
    np.cumsum(copies, out=end[1:])
    data = np.repeat(picked.data, copies)
    data[end[starts[opens]][:, None] + np.arange(len(sign))] = sign
    return Texts(data, end[picked.offsets])
