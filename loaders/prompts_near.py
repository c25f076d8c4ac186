"""Near-duplicate sets: MinHash signatures, bands, exact check of every candidate.

32 hashes; 16 bands of 3 (each hash serves one or two bands) find a pair of Jaccard .7 with
probability .998, where 8 bands of 4 find .89. In a band only the first document of each bucket (and, for those that do
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
ROWS = 3
_ROUNDS = 3
_MATRIX = 1 << 22  # cells of one batch of the exact check
_NONE = np.uint32(0xFFFFFFFF)


@dataclass(frozen=True, slots=True)
class Links:
    """Verified pairs: row a < row b, exact Jaccard similarity, and how many were compared."""

    a: NDArray[np.int64]
    b: NDArray[np.int64]
    similarity: NDArray[np.float64]
    n_candidates: int


def signatures(grams: Ragged) -> NDArray[np.uint32]:
    """MinHash signatures, shape (HASHES, documents); all ones for an empty set."""
    out = np.full((HASHES, len(grams.offsets) - 1), _NONE, np.uint32)
    rows = np.flatnonzero(grams.sizes)
    seeds = mix(np.arange(1, 2 * HASHES + 1, dtype=U64) * U64(0x9E3779B97F4A7C15))
    step = 1 << 14
    for lo in range(0, len(rows), step):
        part = rows[lo : lo + step]
        begin, end = grams.offsets[part[0]], grams.offsets[part[-1] + 1]
        flat = (grams.flat[begin:end] >> U64(32)).astype(np.uint32)
        cuts = grams.offsets[part] - begin
        for i in range(HASHES):
            odd = np.uint32(int(seeds[2 * i]) & 0xFFFFFFFF | 1)
            salt = np.uint32(int(seeds[2 * i + 1]) & 0xFFFFFFFF)
            value = (flat ^ salt) * odd
            value ^= value >> np.uint32(15)
            out[i, part] = np.minimum.reduceat(value * odd, cuts)
    return out


def _band_keys(signature: NDArray[np.uint32], band: int) -> NDArray[np.uint64]:
    """One key per document: the band's hashes mixed."""
    key = np.full(signature.shape[1], band + 1, U64)
    for row in range(ROWS):
        # Steps 1, 5 and 11 spread the reuse: two bands never share more than one hash.
        index = (2 * band + (0, 1, 11)[row]) % HASHES
        key = mix(key * U64(0x9E3779B97F4A7C15) + signature[index])
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
    for width_bits in np.unique(width_class):
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
        value = (grams.flat[index] >> U64(32)).astype(np.uint32)
        value &= np.uint32(0xFFFFFFFE)
        value |= np.uint32(side)
        cells[np.arange(ends[-1]) + np.repeat(begin - ends[:-1], np.diff(ends))] = value
    matrix.sort(axis=1)
    left, right = matrix[:, :-1], matrix[:, 1:]
    distinct = 1 + np.count_nonzero(left != right, axis=1) - (matrix[:, -1] == _NONE)
    both = np.count_nonzero(((left ^ right) == 1), axis=1)
    result: NDArray[np.float64] = both / np.maximum(distinct - both, 1)
    return result


def merge(
    labels: NDArray[np.int64], a: NDArray[np.int64], b: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Labels after joining a and b: each row's label is the smallest row of its component."""
    while True:
        one, two = labels[a], labels[b]
        low, high = np.minimum(one, two), np.maximum(one, two)
        apart = low != high
        if not apart.any():
            return labels
        a, b, low, high = a[apart], b[apart], low[apart], high[apart]
        labels = labels.copy()
        np.minimum.at(labels, high, low)
        while True:
            jumped = labels[labels]
            if np.array_equal(jumped, labels):
                break
            labels = jumped


def near_links(
    grams: Ragged, labels: NDArray[np.int64], threshold: float
) -> tuple[Links, NDArray[np.int64]]:
    """Pairs of documents whose sets have Jaccard similarity >= threshold, enough to join them.

    Args:
        grams: the sets, as hashes.
        labels: components known before; pairs inside one are not looked at again.
        threshold: smallest exact similarity.

    Returns:
        The verified pairs (a spanning choice, not all of them) and the new labels.
    """
    signature = signatures(grams)
    filled = np.flatnonzero(grams.sizes)
    found: list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]] = []
    n_candidates = 0
    sketch = np.ascontiguousarray(signature.T)
    for band in range(BANDS):
        member, bucket = _buckets(_band_keys(signature[:, filled], band))
        member = filled[member]
        for _ in range(_ROUNDS):
            if not len(member):
                break
            member, first = _leaders(member, bucket)
            other = (member != first) & (labels[member] != labels[first])
            a, b = first[other], member[other]
            n_candidates += len(a)
            good, similarity = _verify(grams, sketch, a, b, threshold)
            found.append((a[good], b[good], similarity[good]))
            labels = merge(labels, a[good], b[good])
            rest = np.zeros(len(member), np.bool_)
            rest[np.flatnonzero(other)[~good]] = True
            member, bucket = member[rest], bucket[rest]
    a, b, similarity = (np.concatenate(x) for x in zip(*found, strict=True))
    return Links(a, b, similarity, n_candidates), labels


def _buckets(keys: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """Documents that share their key with another, with their key, sorted by key."""
    order = np.argsort(keys)
    key = keys[order]
    same = np.zeros(len(key) + 1, np.bool_)
    same[1:-1] = key[1:] == key[:-1]
    shared = same[1:] | same[:-1]
    return order[shared], key[shared]


def _leaders(
    member: NDArray[np.int64], bucket: NDArray[np.uint64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For each member the smallest member of its bucket (independent of the order in a bucket)."""
    new = np.ones(len(bucket), np.bool_)
    new[1:] = bucket[1:] != bucket[:-1]
    cuts = np.flatnonzero(new)
    first = np.minimum.reduceat(member, cuts)
    return member, np.repeat(first, np.diff(np.append(cuts, len(member))))


def _verify(
    grams: Ragged,
    sketch: NDArray[np.uint32],
    a: NDArray[np.int64],
    b: NDArray[np.int64],
    threshold: float,
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Which candidates reach the threshold; the signature sorts out hopeless ones first."""
    agree = np.zeros(len(a), np.int64)
    step = 1 << 15
    for lo in range(0, len(a), step):
        part = slice(lo, lo + step)
        agree[part] = np.count_nonzero(sketch[a[part]] == sketch[b[part]], axis=1)
    # Half the expected agreement lies more than 3.4 standard deviations below it at .6.
    hopeful = np.flatnonzero(agree >= threshold * HASHES / 2)
    similarity = np.zeros(len(a))
    similarity[hopeful] = jaccard(grams, a[hopeful], b[hopeful])
    return similarity >= threshold, similarity
