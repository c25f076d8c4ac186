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

from coterie.loaders.prompts_text import (
    NUMBER,
    U64,
    Ragged,
    mix,
    pair_hashes,
    ragged_index,
    word_hash,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from coterie.loaders.prompts_text import (
        Texts,
        Words,
    )

SLOT = NUMBER


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
    def for_corpus(cls, families: int) -> MaskOptions:
        """Thresholds that grow slowly with the number of families: chance repeats grow with it."""
        grown = max(0.0, math.log10(max(families, 1) / 1000))
        return cls(word_df=3 + int(3 * grown), run=4, run_df=4 + int(2 * grown))


def _counts_at_least(hashes: NDArray[np.uint64], least: int) -> NDArray[np.bool_]:
    """Whether each hash occurs ``least`` times or more.

    Count-min over two tables of at least four cells per value: one hash in about a thousand is
    called common by chance, none is missed.
    """
    bits = min(max(18, len(hashes).bit_length() + 2), 26)
    common = np.arange(len(hashes))
    for shift in (64 - bits, 64 - 2 * bits):
        cell = (hashes[common] >> U64(shift)) & U64((1 << bits) - 1)
        table = np.bincount(cell.astype(np.int64), minlength=1 << bits)
        common = common[table[cell] >= least]
    out = np.zeros(len(hashes), np.bool_)
    out[common] = True
    return out


def _collapse(words: Ragged, slot: NDArray[np.bool_]) -> tuple[Ragged, NDArray[np.int64]]:
    """The words with each run of slots as one ``SLOT``; and the position of each word kept."""
    first = np.zeros(len(slot), np.bool_)
    first[words.offsets[:-1][words.sizes > 0]] = True
    before = np.zeros(len(slot), np.bool_)
    before[1:] = slot[:-1]
    keep = ~slot | first | ~before
    position = np.flatnonzero(keep)
    total = np.zeros(len(slot) + 1, np.int64)
    np.cumsum(keep, out=total[1:])
    flat = np.where(slot[position], SLOT, words.flat[position])
    return Ragged(flat, total[words.offsets]), position


def join_links(texts: Texts, words: Words, rows: NDArray[np.int64]) -> Ragged:
    """The words of the given texts, each number as ``SLOT`` and each link as one word.

    A link that many share then counts as one word of a template; the host alone counts nothing.
    """
    index, offsets = ragged_index(words.offsets, rows)
    flat = np.where(words.numbers[index], SLOT, words.hashes[index])
    opens = np.zeros(len(flat), np.bool_)
    for scheme in ("http", "https", "www"):
        opens |= flat == word_hash(scheme)
    if not opens.any():
        return Ragged(flat, offsets)
    start = words.starts[index]
    apart = texts.data[np.maximum(start, 1) - 1] == 0x20  # white space is one space each
    apart[offsets[:-1][np.diff(offsets) > 0]] = True
    place = np.arange(len(flat))
    opened = np.maximum.accumulate(np.where(opens, place, -1))
    inside = opened >= np.maximum.accumulate(np.where(apart, place, -1))
    first = inside & ~np.append(False, inside[:-1] & ~apart[1:])
    rest = inside & ~first
    group = np.cumsum(first) - 1
    value = mix(
        words.hashes[index][inside] + place[inside].astype(U64) - opened[inside].astype(U64)
    )
    link = np.zeros(int(first.sum()), U64)
    np.add.at(link, group[inside], value)
    flat[first] = link
    total = np.zeros(len(flat) + 1, np.int64)
    np.cumsum(~rest, out=total[1:])
    return Ragged(flat[~rest], total[offsets])


def skeletons(words: Ragged, options: MaskOptions) -> Ragged:
    """The masked word sequence of each document; empty when it keeps too little to say anything.

    Args:
        words: from ``join_links``.
        options: what counts as common.
    """
    rare = (words.flat == SLOT) | ~_counts_at_least(words.flat, options.word_df)
    partly, _ = _collapse(words, rare)
    common_run = np.zeros(len(partly.flat), np.bool_)
    runs, begin = _runs(partly, options.run)
    common = begin[_counts_at_least(runs, options.run_df)]
    for step in range(options.run):
        common_run[common + step] = True
    masked, _ = _collapse(partly, ~common_run | (partly.flat == SLOT))
    return _informative(masked, options)


def _runs(words: Ragged, length: int) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Hash and first position of each run of ``length`` words inside one document.

    Runs of which half or more are slots are left out: they say too little.
    """
    n = len(words.flat) - length + 1
    if n <= 0:
        return np.zeros(0, U64), np.zeros(0, np.int64)
    value = words.flat[:n]
    slots = (words.flat == SLOT).astype(np.int8)
    n_slots = slots[:n].copy()
    for step in range(1, length):
        value = pair_hashes(value, words.flat[step : n + step])
        n_slots += slots[step : n + step]
    document = np.repeat(np.arange(len(words.offsets) - 1), words.sizes)
    inside = (document[:n] == document[length - 1 :]) & (2 * n_slots < length)
    begin = np.flatnonzero(inside)
    return value[begin], begin


def _informative(masked: Ragged, options: MaskOptions) -> Ragged:
    """The skeletons, those with too few words emptied."""
    n = len(masked.offsets) - 1
    document = np.repeat(np.arange(n), masked.sizes)
    kept = np.bincount(document[masked.flat != SLOT], minlength=n)
    filled = np.flatnonzero(masked.sizes)
    kept[filled] += masked.flat[masked.offsets[filled]] != SLOT
    rows = kept >= options.min_words
    offsets = np.zeros(n + 1, np.int64)
    np.cumsum(np.where(rows, masked.sizes, 0), out=offsets[1:])
    return Ragged(masked.flat[np.repeat(rows, masked.sizes)], offsets)


def sequence_hash(words: Ragged) -> NDArray[np.uint64]:
    """One hash per document for its sequence of words; 0 for an empty one."""
    out = np.zeros(len(words.offsets) - 1, U64)
    rows = np.flatnonzero(words.sizes)
    if len(rows):
        place = np.arange(len(words.flat)) - np.repeat(words.offsets[:-1], words.sizes)
        value = mix(words.flat + (place.astype(U64) + U64(1)) * U64(0x9E3779B97F4A7C15))
        out[rows] = np.add.reduceat(value, words.offsets[rows]) | U64(1)
    return out
