"""Words of many texts at once: one pass over the bytes of a column, no Python loop over rows.

A word is a run of letters, digits or bytes above ASCII; each Chinese or Japanese character is a word
of its own. Hashes are our own (splitmix64 over a polynomial), so they are equal on every platform and
in every version of DuckDB and numpy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa
    from numpy.typing import NDArray

U64 = np.uint64
_CHUNK = 1 << 17  # bytes at a time: temporaries stay in the cache
_BASE = 0x9E3779B97F4A7C15  # odd, so that it has an inverse modulo 2**64
NUMBER = np.uint64(0x5851F42D4C957F2D)


@dataclass(frozen=True, slots=True)
class Ragged:
    """Values of many documents, flat: those of document i are ``flat[offsets[i]:offsets[i + 1]]``."""

    flat: NDArray[np.uint64]
    offsets: NDArray[np.int64]

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Values per document."""
        return np.diff(self.offsets)

    def take(self, rows: NDArray[np.int64]) -> Ragged:
        """The given documents, in the given order."""
        index, offsets = ragged_index(self.offsets, rows)
        return Ragged(self.flat[index], offsets)


@dataclass(frozen=True, slots=True)
class Texts:
    """A column of UTF-8 texts: the bytes of text i are ``data[offsets[i]:offsets[i + 1]]``."""

    data: NDArray[np.uint8]
    offsets: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def take(self, rows: NDArray[np.int64]) -> Texts:
        """The given texts, in the given order."""
        index, offsets = ragged_index(self.offsets, rows)
        return Texts(self.data[index], offsets)


def texts_of(column: pa.ChunkedArray) -> Texts:
    """The bytes of a string column without NULLs."""
    import pyarrow as pa

    array = pa.chunked_array(column.chunks, column.type).cast(pa.large_string()).combine_chunks()
    if isinstance(array, pa.ChunkedArray):
        array = pa.concat_arrays(array.chunks or [pa.array([], pa.large_string())])
    _, ends, data = array.buffers()
    if ends is None or len(array) == 0:
        return Texts(np.zeros(0, np.uint8), np.zeros(1, np.int64))
    offsets = np.frombuffer(ends, np.int64)[array.offset : array.offset + len(array) + 1]
    flat = np.frombuffer(data, np.uint8) if data is not None else np.zeros(0, np.uint8)
    return Texts(flat[offsets[0] : offsets[-1]], offsets - offsets[0])


def column_of(texts: Texts) -> pa.Array:
    """The string column that the bytes spell."""
    import pyarrow as pa

    buffers = [None, pa.py_buffer(texts.offsets.tobytes()), pa.py_buffer(texts.data.tobytes())]
    return pa.Array.from_buffers(pa.large_string(), len(texts), buffers)


def ragged_index(
    offsets: NDArray[np.int64], rows: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Positions in the flat array of the given rows, and the offsets of the result."""
    sizes = offsets[rows + 1] - offsets[rows]
    ends = np.zeros(len(rows) + 1, np.int64)
    np.cumsum(sizes, out=ends[1:])
    return np.arange(ends[-1]) + np.repeat(offsets[rows] - ends[:-1], sizes), ends


def mix(value: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """splitmix64's finaliser: every bit of the result depends on every bit of the value."""
    z = value ^ (value >> U64(30))
    z *= U64(0xBF58476D1CE4E5B9)
    z ^= z >> U64(27)
    z *= U64(0x94D049BB133111EB)
    z ^= z >> U64(31)
    return z


def _powers(base: int, n: int) -> NDArray[np.uint64]:
    powers = np.full(n, base, U64)
    powers[0] = 1
    return np.multiply.accumulate(powers)


def _byte_classes() -> NDArray[np.bool_]:
    """Whether each byte belongs to a word."""
    word = np.zeros(256, np.bool_)
    word[0x30:0x3A] = word[0x41:0x5B] = word[0x61:0x7B] = word[0x80:] = True
    return word


@dataclass(frozen=True, slots=True)
class Words:
    """The words of some texts: hash, first byte and byte behind the last, and words per text."""

    hashes: NDArray[np.uint64]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    offsets: NDArray[np.int64]
    numbers: NDArray[np.bool_]


def find_words(texts: Texts) -> Words:
    """The words of all texts in order."""
    parts = list(_chunks(texts))
    counts = np.concatenate([p.offsets for p in parts])
    offsets = np.zeros(len(texts) + 1, np.int64)
    np.cumsum(counts, out=offsets[1:])
    return Words(
        np.concatenate([p.hashes for p in parts]),
        np.concatenate([p.starts for p in parts]),
        np.concatenate([p.ends for p in parts]),
        offsets,
        np.concatenate([p.numbers for p in parts]),
    )


def _chunks(texts: Texts) -> Iterator[Words]:
    """Words of a stretch of texts at a time; ``offsets`` holds words per text."""
    n = len(texts)
    longest = int(np.diff(texts.offsets).max(initial=0))
    width = max(_CHUNK, longest) + 1
    width = min(width, int(texts.offsets[-1]) + 1)
    power = _powers(_BASE, width)
    inverse = _powers(pow(_BASE, -1, 1 << 64), width)
    spell = mix(np.arange(1, 257, dtype=U64) * U64(_BASE))
    is_word = _byte_classes()
    row = 0
    while row < n or (n == 0 and row == 0):
        last = int(np.searchsorted(texts.offsets, texts.offsets[row] + width - 1, side="right")) - 1
        last = min(max(last, row + 1), n)
        lo, hi = int(texts.offsets[row]), int(texts.offsets[last])
        bounds = texts.offsets[row : last + 1] - lo
        data = texts.data[lo:hi]
        starts, ends = _spans(data, bounds, is_word)
        total = np.zeros(len(data) + 1, U64)
        np.cumsum(spell.take(data) * power[: len(data)], out=total[1:])
        hashes = mix((total[ends] - total[starts]) * inverse[starts])
        first, final = data[starts], data[ends - 1]
        numbers = (first >= 0x30) & (first < 0x3A) & (final >= 0x30) & (final < 0x3A)
        counts = np.diff(np.searchsorted(starts, bounds))
        yield Words(hashes, starts + lo, ends + lo, counts, numbers)
        row = max(last, row + 1)


def _spans(
    data: NDArray[np.uint8], bounds: NDArray[np.int64], is_word: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First byte of each word and the byte behind its last."""
    inside = np.zeros(len(data) + 1, np.bool_)
    inside[:-1] = is_word.take(data)
    start = inside.copy()
    start[1:] &= ~inside[:-1]
    inner = bounds[:-1][bounds[:-1] < len(data)]
    start[inner] = inside[inner]
    single = (data >= 0xE3) & (data <= 0xE9)  # lead bytes of U+3000 .. U+9FFF: no spaces there
    if single.any():
        start[:-1] |= single
        start[3:] |= single[: len(start) - 3] & inside[3:]
    stop = inside[:-1] & (~inside[1:] | start[1:])
    return np.flatnonzero(start), np.flatnonzero(stop) + 1


def word_hash(word: str) -> np.uint64:
    """The hash that ``find_words`` gives to a word."""
    data = np.frombuffer(word.encode(), np.uint8)
    found = find_words(Texts(data, np.array([0, len(data)])))
    return np.uint64(found.hashes[0])


def pair_hashes(left: NDArray[np.uint64], right: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """One hash for each ordered pair."""
    out = np.empty(len(left), U64)
    for lo in range(0, len(left), _CHUNK):
        part = slice(lo, lo + _CHUNK)
        out[part] = mix(left[part] * U64(0xD6E8FEB86659FD93) + right[part])
    return out


def bigrams(words: Ragged) -> Ragged:
    """Hashes of neighbouring words; a text of one word gives that word alone."""
    n = words.sizes
    following = np.zeros_like(words.flat)
    following[:-1] = words.flat[1:]
    last = words.offsets[1:][n > 0] - 1
    following[last] = 0
    keep = np.ones(len(words.flat), np.bool_)
    keep[words.offsets[1:][n > 1] - 1] = False
    flat = pair_hashes(words.flat, following)[keep]
    offsets = np.zeros(len(n) + 1, np.int64)
    np.cumsum(np.where(n > 1, n - 1, n), out=offsets[1:])
    return Ragged(flat, offsets)
