"""What stays of a prompt when its slots are masked: the template behind it.

Two masks, both counted over near-duplicate families (a copied text must not make its own slots look
common): rare words and numbers become a slot; then whatever lies in no run of words that several
families contain becomes a slot too, for the words of a long slot may each be common ("the water is
warm"), but not their sequence. Neighbouring slots are one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from coterie.loaders.prompts_common import common_words
from coterie.loaders.prompts_text import (
    U32,
    U64,
    Ragged,
    find_spans,
    is_number,
    mix,
    mix32,
    ragged_index,
    run_hashes,
    word_hash,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from coterie.loaders.prompts_text import Texts

_STRETCH = 1 << 16  # hashes at a time: temporaries stay in the cache
_PLACE = U64(0x9E3779B97F4A7C15)
_FACTORS = (U32(0x9E3779B1), U32(0x85EBCA77))  # one a table
SLOT = np.uint32(0x5851F42D)


@dataclass(frozen=True, slots=True)
class MaskOptions:
    """What counts as common in a corpus.

    Attributes:
        word_df: families that a word must occur in, else it is a slot.
        run: words (slots count) of a run that is looked for as a whole.
        run_df: families that a run must occur in, else it is a slot.
        min_words: words that a skeleton must keep to say anything; one less is enough for a
            text that begins with them ("answer the following question: □").
    """

    word_df: int
    run: int
    run_df: int
    min_words: int = 5

    @classmethod
    def for_corpus(cls, families: int, *, min_words: int = 5) -> MaskOptions:
        """Thresholds that grow slowly with the number of families: chance repeats grow with it."""
        grown = max(0.0, math.log10(max(families, 1) / 1000))
        return cls(3 + int(3 * grown), 4, 4 + int(2 * grown), min_words)


def _counts_at_least(
    hashes: NDArray[np.uint32], least: int, *, most_bits: int, tables: int
) -> NDArray[np.bool_]:
    """Whether each hash occurs ``least`` times or more; none is missed.

    Count-min: a rare hash is called common when it meets a common one in every table.
    """
    bits = min(len(hashes).bit_length() + 4, most_bits)
    passed = _meets(hashes, least, bits, _FACTORS[0])
    for factor in _FACTORS[1:tables]:
        place = np.flatnonzero(passed)
        passed[place] = _meets(hashes[place], least, bits, factor)
    return passed


def _meets(
    hashes: NDArray[np.uint32], least: int, bits: int, factor: np.uint32
) -> NDArray[np.bool_]:
    """Whether the table cell of each hash is met ``least`` times or more."""
    table = np.zeros(1 << bits, np.uint32)
    out = np.zeros(len(hashes), np.bool_)
    cuts = range(0, len(hashes), _STRETCH)
    shift = U32(32 - bits)
    for lo in cuts:
        cell = (hashes[lo : lo + _STRETCH] * factor) >> shift
        np.add.at(table, cell.astype(np.int64), U32(1))
    for lo in cuts:
        cell = (hashes[lo : lo + _STRETCH] * factor) >> shift
        out[lo : lo + _STRETCH] = table.take(cell) >= least
    return out


def _collapse(words: Ragged, slot: NDArray[np.bool_]) -> Ragged:
    """The words with each run of slots as one ``SLOT``."""
    keep = ~slot
    keep[1:] |= ~slot[:-1]
    filled = np.flatnonzero(words.sizes)
    keep[words.offsets[filled]] = True
    flat = words.flat[keep]
    flat[slot[keep]] = SLOT
    sizes = np.zeros(len(words.offsets), np.int64)
    if len(filled):
        kept = keep.view(np.int8)
        sizes[filled + 1] = np.add.reduceat(kept, words.offsets[filled], dtype=np.int32)
    return Ragged(flat, np.cumsum(sizes))


def join_links(texts: Texts, head: NDArray[np.int64], words: Ragged) -> Ragged:
    """The words with each number as ``SLOT`` and each link as one word.

    A link that many share then counts as one word of a template; a host alone counts nothing.

    Args:
        texts: all texts.
        head: the texts to take.
        words: the words of those.
    """
    flat = words.flat.copy()
    flat[is_number(flat)] = SLOT
    opens = np.zeros(len(flat), np.bool_)
    for scheme in ("http", "https", "www"):
        opens |= flat == word_hash(scheme)
    place = np.flatnonzero(opens)
    rows = np.unique(np.searchsorted(words.offsets, place, side="right") - 1)
    if not len(rows):
        return Ragged(flat, words.offsets)
    index, offsets = ragged_index(words.offsets, rows)
    some = texts.take(head[rows])
    starts, _ = find_spans(some)
    apart = some.data[np.maximum(starts.flat, 1) - 1] == 0x20  # white space is one space each
    apart[offsets[:-1]] = True
    value, first, rest = _link_hashes(words.flat[index], opens[index], apart)
    flat[index[first]] = value
    keep = np.ones(len(flat), np.bool_)
    keep[index[rest]] = False
    total = np.zeros(len(flat) + 1, np.int64)
    np.cumsum(keep, out=total[1:])
    return Ragged(flat[keep], total[words.offsets])


def _link_hashes(
    flat: NDArray[np.uint32], opens: NDArray[np.bool_], apart: NDArray[np.bool_]
) -> tuple[NDArray[np.uint32], NDArray[np.bool_], NDArray[np.bool_]]:
    """Hash of each link, its first word, its other words.

    Args:
        flat: words.
        opens: words that begin a link.
        apart: words with a space before them.
    """
    place = np.arange(len(flat))
    stretch = np.maximum.accumulate(np.where(apart, place, -1))
    opened = np.maximum.accumulate(np.where(opens, place, -1))
    inside = opened >= stretch
    first = inside & ~np.append(False, inside[:-1] & ~apart[1:])
    group = np.cumsum(first)[inside] - 1
    start = np.flatnonzero(first)[group]
    link = np.zeros(int(np.count_nonzero(first)), U32)
    step = (place[inside] - start).astype(U32) * _FACTORS[0]
    np.add.at(link, group, mix32(flat[inside] + step))
    return mix32(link), first, inside & ~first


def skeletons(words: Ragged, options: MaskOptions) -> Ragged:
    """The masked word sequence of each document; empty when it keeps too little to say anything.

    Args:
        words: from ``join_links``.
        options: what counts as common.
    """
    rare = ~_counts_at_least(words.flat, options.word_df, most_bits=20, tables=1)
    rare |= words.flat == SLOT
    partly = _collapse(words, rare)
    uncommon = np.ones(len(partly.flat), np.bool_)
    runs, inside = _runs(partly, options.run)
    inside &= _counts_at_least(runs, options.run_df, most_bits=23, tables=2)
    common = np.flatnonzero(inside)
    for step in range(options.run):
        uncommon[common + step] = False
    uncommon |= partly.flat == SLOT
    whole = _collapse(partly, uncommon.copy())
    boilerplate = common_words(partly)
    if boilerplate is None:
        return whole.only(_informative(whole, options))
    rest = _collapse(partly, uncommon | boilerplate)
    says = _informative(rest, options)
    return _either(rest.only(says), whole.only(~says & _informative(whole, options)))


def _either(one: Ragged, two: Ragged) -> Ragged:
    """Documents of which at most one of the two has words."""
    sizes = one.sizes + two.sizes
    offsets = np.zeros(len(sizes) + 1, np.int64)
    np.cumsum(sizes, out=offsets[1:])
    flat = np.empty(offsets[-1], U32)
    first = np.repeat(one.sizes > 0, sizes)
    flat[first], flat[~first] = one.flat, two.flat
    return Ragged(flat, offsets)


def _runs(words: Ragged, length: int) -> tuple[NDArray[np.uint32], NDArray[np.bool_]]:
    """As ``run_hashes``; a run counts when less than half of it are slots."""
    value, inside = run_hashes(words, length)
    slots = (words.flat == SLOT).astype(np.int8)
    n_slots = slots[: len(value)].copy()
    for step in range(1, length):
        n_slots += slots[step : step + len(value)]
    inside &= 2 * n_slots < length
    return value, inside


def _informative(masked: Ragged, options: MaskOptions) -> NDArray[np.bool_]:
    """Which skeletons keep enough words."""
    n = len(masked.offsets) - 1
    document = np.repeat(np.arange(n), masked.sizes)
    kept = np.bincount(document[masked.flat != SLOT], minlength=n)
    filled = np.flatnonzero(masked.sizes)
    kept[filled] += masked.flat[masked.offsets[filled]] != SLOT
    return kept >= options.min_words


def sequence_hash(words: Ragged) -> NDArray[np.uint64]:
    """One hash per document for its sequence of words; 0 for an empty one."""
    out = np.zeros(len(words.offsets) - 1, U64)
    rows = np.flatnonzero(words.sizes)
    if len(rows):
        place = np.arange(len(words.flat)) - np.repeat(words.offsets[:-1], words.sizes)
        value = mix(words.flat + (place.astype(U64) + U64(1)) * _PLACE)
        out[rows] = np.add.reduceat(value, words.offsets[rows]) | U64(1)
    return out
