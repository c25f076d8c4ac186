"""Near-duplicate sets: MinHash signatures, bands, exact check of every candidate.

32 hashes; 16 bands of 3 (a hash serves one or two bands) find a pair of Jaccard .7 with probability
.998, where 8 bands of 4 find .89. In a band only the first document of each bucket (and, for those that do
not match it, the next ones) is compared: a popular template costs its size, not its square.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from coterie.loaders.prompts_text import U32, U64, mix, pair_hashes, ragged_index

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from coterie.loaders.prompts_text import Ragged

HASHES = 32
BANDS = 16
_BAND_STEPS = (0, 1, 11)
_STEP = U64(0x9E3779B97F4A7C15)
_ROUNDS = 2
_CELLS = 1 << 16  # hashes of one batch of signatures: temporaries stay in the cache
_FEW = 48  # larger sets are compared by sorting
_LARGE = 0xFFFF
_PAIRS = 1 << 11  # of one batch of the exact check
_MATRIX = 1 << 17  # cells of one
_LOW = U64(0x7F7F7F7F7F7F7F7F)
_NONE = np.uint32(0xFFFFFFFF)


@dataclass(frozen=True, slots=True)
class Search:
    """How to look for pairs.

    Attributes:
        threshold: smallest exact Jaccard similarity.
        rows: hashes per band, 2 or 3.
        least_agreement: hashes of 32 that a candidate must share to be checked at all.
    """

    threshold: float
    rows: int
    least_agreement: int


@dataclass(frozen=True, slots=True)
class Links:
    """Verified pairs: row a < row b, exact Jaccard similarity, and how many were compared."""

    a: NDArray[np.int64]
    b: NDArray[np.int64]
    similarity: NDArray[np.float64]
    n_candidates: int


def sketches(grams: Ragged, rows: int) -> tuple[NDArray[np.uint8], NDArray[np.uint32]]:
    """Eight bits of each MinHash, shape (documents, HASHES), and band keys (BANDS, documents).

    Those of an empty set mean nothing.
    """
    n = len(grams.offsets) - 1
    sketch, keys = np.zeros((n, HASHES), np.uint8), np.zeros((BANDS, n), U32)
    # An odd factor permutes the 32-bit numbers; the values are well mixed before.
    factors = (mix(np.arange(1, HASHES + 1, dtype=U64) * _STEP) >> U64(32)).astype(U32) | U32(1)
    for documents, width in _batches(grams):
        # A column per document: the smallest of each column is taken by whole rows.
        flat = _columns(grams, documents, width)
        value = np.empty_like(flat)
        least = np.empty((HASHES, len(documents)), U32)
        for i in range(HASHES):
            np.multiply(flat, factors[i], out=value)
            np.minimum.reduce(value, axis=0, out=least[i])
        sketch[documents] = (least >> U32(7)).astype(np.uint8).T
        for band in range(BANDS):
            keys[band, documents] = _band_key(least, band, rows)
    return sketch, keys


def _batches(grams: Ragged) -> Iterator[tuple[NDArray[np.int64], int]]:
    """Documents of about one size that is not 0, and the largest of their sizes."""
    sizes = grams.sizes
    order = _by_size(sizes)
    size = sizes[order]
    lo = int(np.count_nonzero(size == 0))
    while lo < len(order):
        smallest = int(size[lo])
        hi = min(lo + max(1, _CELLS // smallest), len(order))
        if smallest < _LARGE:
            most = smallest + smallest // 8  # at most an eighth of the cells repeat
            hi = lo + int(np.searchsorted(size[lo:hi], most, side="right"))
        else:
            hi = lo + 1
        yield order[lo:hi], int(size[hi - 1])
        lo = hi


def _by_size(sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Rows in order of size; those of ``_LARGE`` and more as they stand."""
    return np.argsort(np.minimum(sizes, _LARGE).astype(np.uint16), kind="stable")


def _columns(grams: Ragged, rows: NDArray[np.int64], width: int) -> NDArray[np.uint32]:
    """The sets of the rows, shape (width, rows): a smaller one repeats its first value.

    A set may repeat what it likes. Columns of empty sets mean nothing.
    """
    begin, size = grams.offsets[rows], grams.sizes[rows]
    place = np.arange(width)[:, None]
    if int(begin.max(initial=0)) + width > len(grams.flat):
        return grams.flat.take(begin + np.where(place < size, place, 0), mode="clip")
    window = np.lib.stride_tricks.sliding_window_view(grams.flat, width)[begin]
    columns = np.ascontiguousarray(window.T)
    if int(size.min(initial=width)) < width:
        columns = np.where(place < size, columns, columns[0])
    return columns


def _band_key(least: NDArray[np.uint32], band: int, rows: int) -> NDArray[np.uint32]:
    """One key per document: the band's hashes mixed; two bands share one hash at most."""
    key = np.full(least.shape[1], band + 1, U32)
    for step in _BAND_STEPS[:rows]:
        key = pair_hashes(key, least[(2 * band + step) % HASHES])
    return key


def jaccard(grams: Ragged, a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.float64]:
    """Exact Jaccard similarity of the sets of each pair of documents."""
    out = np.zeros(len(a))
    larger = np.maximum(grams.sizes[a], grams.sizes[b])
    order = _by_size(larger)
    lo = int(np.count_nonzero(larger == 0))  # two empty sets share nothing
    few = int(np.count_nonzero(larger <= _FEW))
    for start in range(lo, few, _PAIRS):
        part = order[start : min(start + _PAIRS, few)]
        out[part] = _jaccard_of_few(grams, a[part], b[part], int(larger[part].max()))
    start = few
    while start < len(order):
        width = 2 * int(larger[order[start]])  # at most half of the cells are filling
        part = order[start : start + max(1, _MATRIX // (2 * width))]
        part = part[: max(1, int(np.argmax(np.append(larger[part] > width, True))))]
        out[part] = _jaccard_of_many(grams, a[part], b[part])
        start += len(part)
    return out


def _jaccard_of_few(
    grams: Ragged, a: NDArray[np.int64], b: NDArray[np.int64], width: int
) -> NDArray[np.float64]:
    """Each value of one set against each of the other, a column per pair."""
    one, two = _columns(grams, a, width), _columns(grams, b, width)
    shape = (width, len(a))
    both, again_one, again_two = (np.zeros(shape, np.bool_) for _ in range(3))
    same = np.empty(shape, np.bool_)
    for i in range(width):
        both |= np.equal(one, two[i], out=same)
        for values, again in ((one, again_one), (two, again_two)):
            again[:i] |= np.equal(values[:i], values[i], out=same[:i])
    both &= ~again_one
    shared = np.count_nonzero(both, axis=0)
    union = 2 * width - shared
    union -= np.count_nonzero(again_one, axis=0) + np.count_nonzero(again_two, axis=0)
    shared[(grams.sizes[a] == 0) | (grams.sizes[b] == 0)] = 0
    result: NDArray[np.float64] = shared / np.maximum(union, 1)
    return result


def _jaccard_of_many(
    grams: Ragged, a: NDArray[np.int64], b: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Both sets of a pair in one row, the lowest bit telling whose value it is.

    After sorting the row, equal values stand side by side.
    """
    width = int((grams.sizes[a] + grams.sizes[b]).max())
    matrix = np.full((len(a), width), _NONE, U32)
    cells = matrix.reshape(-1)
    base = np.arange(len(a)) * width
    for side, rows, begin in ((0, a, base), (1, b, base + grams.sizes[a])):
        index, ends = ragged_index(grams.offsets, rows)
        value = grams.flat[index] & U32(0xFFFFFFFE)
        value |= U32(side)
        cells[np.arange(ends[-1]) + np.repeat(begin - ends[:-1], np.diff(ends))] = value
    matrix.sort(axis=1)
    left, right = matrix[:, :-1], matrix[:, 1:]
    distinct = 1 + np.count_nonzero(left != right, axis=1) - (matrix[:, -1] == _NONE)
    both = np.count_nonzero(((left ^ right) == 1), axis=1)
    result: NDArray[np.float64] = both / np.maximum(distinct - both, 1)
    return result


def find(parent: NDArray[np.int64], row: NDArray[np.int64]) -> NDArray[np.int64]:
    """Root of each row's tree; the rows then point to it."""
    root = parent[row]
    while True:
        above = parent[root]
        if np.array_equal(above, root):
            parent[row] = root
            return root
        root = above


def merge(parent: NDArray[np.int64], a: NDArray[np.int64], b: NDArray[np.int64]) -> None:
    """Join the trees of a and b in place; the root of a tree is always its smallest row."""
    while len(a):
        one, two = find(parent, a), find(parent, b)
        apart = one != two
        a, b, one, two = a[apart], b[apart], one[apart], two[apart]
        np.minimum.at(parent, np.maximum(one, two), np.minimum(one, two))


def near_links(grams: Ragged, search: Search) -> tuple[Links, NDArray[np.int64]]:
    """Pairs of documents whose sets are similar, enough of them to join all that are.

    Args:
        grams: the sets, as hashes.
        search: what similar means.

    Returns:
        The verified pairs (a spanning choice, not all of them) and each document's label: the
        smallest row of its component.
    """
    sketch, keys = sketches(grams, search.rows)
    parent = np.arange(len(grams.offsets) - 1)
    filled = np.flatnonzero(grams.sizes)
    found: list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]] = []
    n_candidates = 0
    for band in range(BANDS):
        member, key = filled, keys[band]
        if len(filled) < len(key):
            key = key[filled]
        for round_ in range(_ROUNDS):
            member, first, key, mates = _leaders(member, key, round_)
            other = mates.copy()
            other[mates] = find(parent, member[mates]) != find(parent, first[mates])
            a, b = first[other], member[other]
            n_candidates += len(a)
            good, similarity = _verify(grams, sketch, a, b, search)
            found.append((a[good], b[good], similarity[good]))
            merge(parent, a[good], b[good])
            rest = other | ~mates  # no match yet, or only the cell of the table was shared
            rest[np.flatnonzero(other)[good]] = False
            member, key = member[rest], key[rest]
    labels = find(parent, np.arange(len(parent)))
    a, b, similarity = (np.concatenate(x) for x in zip(*found, strict=True))
    return Links(a, b, similarity, n_candidates), labels


def _leaders(
    member: NDArray[np.int64], key: NDArray[np.uint32], round_: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint32], NDArray[np.bool_]]:
    """Members that share a cell with a smaller one, the smallest in it, key, and if keys are equal.

    A table with two to four cells per member instead of sorting; another part of the key picks
    the cell in each round.
    """
    bits = len(member).bit_length() + 1
    # pair_hashes mixed the key well: another odd factor makes other cells of it.
    cell = (key * U32(2 * round_ + 1)) >> U32(max(32 - bits, 0))
    table = np.full(1 << bits, len(member), np.int32)
    place = np.arange(len(member), dtype=np.int32)
    np.minimum.at(table, cell, place)
    leader = table[cell]
    later = np.flatnonzero(leader != place)
    leader = leader[later]
    return member[later], member[leader], key[later], key[later] == key[leader]


def _verify(
    grams: Ragged,
    sketch: NDArray[np.uint8],
    a: NDArray[np.int64],
    b: NDArray[np.int64],
    search: Search,
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Which candidates reach the threshold; the signature sorts out hopeless ones first."""
    agree = np.zeros(len(a), np.uint8)
    step = 1 << 14
    for lo in range(0, len(a), step):
        part = slice(lo, lo + step)
        differ = sketch[a[part]].view(U64) ^ sketch[b[part]].view(U64)
        # A byte of zero is an agreement: of each other byte one bit is set, and the bits counted.
        low = (differ & _LOW) + _LOW
        agree[part] = HASHES - np.bitwise_count((low | differ) & ~_LOW).sum(axis=1, dtype=np.uint8)
    hopeful = np.flatnonzero(agree >= search.least_agreement)
    similarity = np.zeros(len(a))
    similarity[hopeful] = jaccard(grams, a[hopeful], b[hopeful])
    return similarity >= search.threshold, similarity
