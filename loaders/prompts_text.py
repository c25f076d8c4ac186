"""Words of many texts at once: one pass over the bytes of a column, no Python loop over rows.

A word is a run of letters, digits or bytes above ASCII; each Chinese or Japanese character is a word
of its own. Hashes are our own (splitmix64), so they are equal on every platform and
in every version of DuckDB and numpy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa
    from numpy.typing import NDArray

U64 = np.uint64
_LEFT = U64(0xD6E8FEB86659FD93)
_CHUNK = 1 << 17  # bytes at a time: temporaries stay in the cache
_LONGEST = 512


@dataclass(frozen=True, slots=True)
class Ragged:
    """Hashes of many documents, flat: document i has ``flat[offsets[i]:offsets[i + 1]]``."""

    flat: NDArray[Any]
    offsets: NDArray[np.int64]

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Values per document."""
        return np.diff(self.offsets)

    def take(self, rows: NDArray[np.int64]) -> Ragged:
        """The given documents, in the given order."""
        index, offsets = ragged_index(self.offsets, rows)
        return Ragged(self.flat[index], offsets)

    def where(self, rows: NDArray[np.bool_]) -> Ragged:
        """The documents for which rows is true."""
        sizes = self.sizes[rows]
        offsets = np.zeros(len(sizes) + 1, np.int64)
        np.cumsum(sizes, out=offsets[1:])
        return Ragged(self.flat[np.repeat(rows, self.sizes)], offsets)


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


def texts_of(column: pa.ChunkedArray | pa.Array) -> Texts:
    """The bytes of a string column without NULLs."""
    import pyarrow as pa

    chunks = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
    array = pa.concat_arrays(
        [c.cast(pa.large_string()) for c in chunks] or [pa.array([], pa.large_string())]
    )
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


def _byte_classes() -> NDArray[np.bool_]:
    """Whether each byte belongs to a word."""
    word = np.zeros(256, np.bool_)
    word[0x30:0x3A] = word[0x41:0x5B] = word[0x61:0x7B] = word[0x80:] = True
    return word


def find_words(texts: Texts) -> Ragged:
    """Hashes of the words of all texts in order; the lowest bit tells a number (``is_number``)."""
    # Room for a word per byte: memory that is never touched costs nothing.
    flat = np.empty(len(texts.data) + 1, U64)
    counts, end = [np.zeros(1, np.int64)], 0
    for hashes, _, _, n in _stretches(texts):
        flat[end : end + len(hashes)] = hashes
        end += len(hashes)
        counts.append(n)
    return Ragged(flat[:end], np.cumsum(np.concatenate(counts)))


def find_spans(texts: Texts) -> tuple[Ragged, Ragged]:
    """First byte of each word and the byte behind its last, words as in ``find_words``."""
    parts = list(_stretches(texts))
    starts = Ragged(*_join(texts, [(start, counts) for _, start, _, counts in parts]))
    ends = Ragged(*_join(texts, [(end, counts) for _, _, end, counts in parts]))
    return starts, ends


def is_number(hashes: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Which words begin and end with a digit."""
    return (hashes & U64(1)).astype(np.bool_)


def _join(
    texts: Texts, parts: list[tuple[NDArray[Any], NDArray[np.int64]]]
) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Flat values and offsets from the values and counts of each stretch."""
    offsets = np.zeros(len(texts) + 1, np.int64)
    if not parts:
        return np.zeros(0, U64), offsets
    np.cumsum(np.concatenate([counts for _, counts in parts]), out=offsets[1:])
    return np.concatenate([values for values, _ in parts]), offsets


def _stretches(
    texts: Texts,
) -> Iterator[tuple[NDArray[np.uint64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]]:
    """Hash, first byte and byte behind the last of each word, and words per text, in stretches."""
    n = len(texts)
    is_word = _byte_classes()
    row = 0
    while row < n:
        last = int(np.searchsorted(texts.offsets, texts.offsets[row] + _CHUNK, side="right")) - 1
        last = min(max(last, row + 1), n)
        lo, hi = int(texts.offsets[row]), int(texts.offsets[last])
        bounds = texts.offsets[row : last + 1] - lo
        data = texts.data[lo:hi]
        starts, ends = _spans(data, bounds, is_word)
        hashes = _spell(data, starts, ends)
        first, final = data[starts], data[ends - 1]
        number = (first >= 0x30) & (first < 0x3A) & (final >= 0x30) & (final < 0x3A)
        hashes &= ~U64(1)
        hashes |= number
        yield hashes, starts + lo, ends + lo, np.diff(np.searchsorted(starts, bounds))
        row = last


def _spell(
    data: NDArray[np.uint8], starts: NDArray[np.int64], ends: NDArray[np.int64]
) -> NDArray[np.uint64]:
    """Hash of each word: eight bytes at a time, then its length.

    Of a word longer than ``_LONGEST`` bytes (a blob, no word) the rest counts by its length only.
    """
    padded = np.concatenate([data, np.zeros(8, np.uint8)])
    eight = np.ndarray((len(data) + 1,), np.dtype("<u8"), padded, strides=(1,))
    keep = (U64(1) << (U64(8) * np.arange(8, dtype=U64))) - U64(1)
    keep = np.append(keep, ~U64(0))
    size = ends - starts
    hashes = mix((eight[starts] & keep[np.minimum(size, 8)]) + size.astype(U64) * _LEFT)
    for done in range(8, min(int(size.max(initial=0)), _LONGEST), 8):
        longer = np.flatnonzero(size > done)
        part = eight[starts[longer] + done] & keep[np.minimum(size[longer] - done, 8)]
        hashes[longer] = mix(hashes[longer] * _LEFT + part)
    return hashes


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
    return np.uint64(find_words(Texts(data, np.array([0, len(data)]))).flat[0])


def pair_hashes(left: NDArray[np.uint64], right: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """One hash for each ordered pair."""
    out = np.empty(len(left), U64)
    for lo in range(0, len(left), _CHUNK):
        part = slice(lo, lo + _CHUNK)
        out[part] = mix(left[part] * _LEFT + right[part])
    return out


def bigrams(words: Ragged) -> Ragged:
    """Hashes (32 bits) of neighbouring words; a text of one word gives that word alone.

    The last word of a text repeats the pair before it: harmless in a set, and nothing moves.
    """
    n, flat = words.sizes, words.flat
    out = np.empty(len(flat), np.uint32)
    for lo in range(0, len(flat) - 1, _CHUNK):
        hi = min(lo + _CHUNK, len(flat) - 1)
        pair = mix(flat[lo:hi] * _LEFT + flat[lo + 1 : hi + 1])
        out[lo:hi] = pair >> U64(32)
    last = words.offsets[1:][n > 1] - 1
    out[last] = out[last - 1]
    alone = words.offsets[1:][n == 1] - 1
    out[alone] = mix(flat[alone] * _LEFT) >> U64(32)
    return Ragged(out, words.offsets)
