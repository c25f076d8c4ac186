"""Near-duplicate sets: MinHash signatures, bands, exact check of every candidate.

32 hashes; 16 bands of 3 (a hash serves one or two bands) find a pair of Jaccard .7 with probability
.998, where 8 bands of 4 find .89. In a band only the first document of each bucket (and, for those that do
not match it, the next ones) is compared: a popular template costs its size, not its square.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from coterie.loaders.prompts_text import U64, mix, ragged_index

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from coterie.loaders.prompts_text import Ragged

HASHES = 32
BANDS = 16
_BAND_STEPS = (0, 1, 11)
_STEP = U64(0x9E3779B97F4A7C15)
_ROUNDS = 3
_MATRIX = 1 << 18  # cells of one batch of the exact check
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


def sketches(grams: Ragged, rows: int) -> tuple[NDArray[np.uint32], NDArray[np.uint64]]:
    """MinHash signatures, shape (documents, HASHES), and band keys, shape (BANDS, documents).

    Those of an empty set mean nothing.
    """
    n = len(grams.offsets) - 1
    sketch, keys = np.zeros((n, HASHES), np.uint32), np.zeros((BANDS, n), U64)
    seeds = mix(np.arange(1, 2 * HASHES + 1, dtype=U64) * _STEP)
    salts = (seeds[:HASHES] >> U64(32)).astype(np.uint32)
    factors = (seeds[HASHES:] >> U64(32)).astype(np.uint32) | np.uint32(1)
    filled = np.flatnonzero(grams.sizes)
    block = 1 << 11  # documents at a time: their hashes stay in the cache
    for lo in range(0, len(filled), block):
        part = filled[lo : lo + block]
        begin, end = grams.offsets[part[0]], grams.offsets[part[-1] + 1]
        flat, cuts = grams.flat[begin:end], grams.offsets[part] - begin
        value = np.empty_like(flat)
        least = np.empty((HASHES, len(part)), np.uint32)
        for i in range(HASHES):
            np.bitwise_xor(flat, salts[i], out=value)
            np.multiply(value, factors[i], out=value)
            np.minimum.reduceat(value, cuts, out=least[i])
        whole = int(part[-1] - part[0]) + 1 == len(part)
        rows_at = slice(part[0], part[-1] + 1) if whole else part
        sketch[rows_at] = least.T
        for band in range(BANDS):
            keys[band, rows_at] = _band_key(least, band, rows)
    return sketch, keys


def _band_key(least: NDArray[np.uint32], band: int, rows: int) -> NDArray[np.uint64]:
    """One key per document: the band's hashes mixed; two bands share one hash at most."""
    key = np.full(least.shape[1], band + 1, U64)
    for step in _BAND_STEPS[:rows]:
        key = mix(key * _STEP + least[(2 * band + step) % HASHES])
    return key


def jaccard(grams: Ragged, a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.float64]:
    """Exact Jaccard similarity of the sets of each pair of documents.

    Both sets of a pair stand in one matrix row, the lowest bit telling whose value it is; after
    sorting the row, equal values stand side by side.
    """
    out = np.zeros(len(a))
    size_a, size_b = grams.sizes[a], grams.sizes[b]
    total = size_a + size_b
    width_class = np.ceil(np.log2(np.maximum(total, 8))).astype(np.int64)
    for width_bits in np.flatnonzero(np.bincount(width_class)):
        members = np.flatnonzero(width_class == width_bits)
        width = 1 << int(width_bits)
        step = max(1, _MATRIX // width)
        for lo in range(0, len(members), step):
            part = members[lo : lo + step]
            out[part] = _jaccard_batch(grams, a[part], b[part], width)
    return out


def _jaccard_batch(
    grams: Ragged, a: NDArray[np.int64], b: NDArray[np.int64], width: int
) -> NDArray[np.float64]:
    matrix = np.full((len(a), width), _NONE, np.uint32)
    cells = matrix.reshape(-1)
    base = np.arange(len(a)) * width
    for side, rows, begin in ((0, a, base), (1, b, base + grams.sizes[a])):
        index, ends = ragged_index(grams.offsets, rows)
        value = grams.flat[index] & np.uint32(0xFFFFFFFE)
        value |= np.uint32(side)
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
    member: NDArray[np.int64], key: NDArray[np.uint64], round_: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint64], NDArray[np.bool_]]:
    """Members that share a cell with a smaller one, the smallest in it, key, and if keys are equal.

    A table with two to four cells per member instead of sorting; another part of the key picks
    the cell in each round.
    """
    bits = len(member).bit_length() + 1
    cell = ((key >> U64(11 * round_)) & U64((1 << bits) - 1)).view(np.int64)
    table = np.full(1 << bits, len(member), np.int32)
    place = np.arange(len(member), dtype=np.int32)
    np.minimum.at(table, cell, place)
    leader = table[cell]
    later = np.flatnonzero(leader != place)
    leader = leader[later]
    return member[later], member[leader], key[later], key[later] == key[leader]


def _verify(
    grams: Ragged,
    sketch: NDArray[np.uint32],
    a: NDArray[np.int64],
    b: NDArray[np.int64],
    search: Search,
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Which candidates reach the threshold; the signature sorts out hopeless ones first."""
    agree = np.zeros(len(a), np.int64)
    step = 1 << 15
    for lo in range(0, len(a), step):
        part = slice(lo, lo + step)
        agree[part] = np.count_nonzero(sketch[a[part]] == sketch[b[part]], axis=1)
    hopeful = np.flatnonzero(agree >= search.least_agreement)
    similarity = np.zeros(len(a))
    similarity[hopeful] = jaccard(grams, a[hopeful], b[hopeful])
    return similarity >= search.threshold, similarity
