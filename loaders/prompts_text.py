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

U32 = np.uint32
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

    def head(self, n: int) -> Ragged:
        """The first ``n`` documents."""
        offsets = self.offsets[: n + 1]
        return Ragged(self.flat[: offsets[-1]], offsets)

    def only(self, rows: NDArray[np.bool_]) -> Ragged:
        """All documents, those for which rows is false emptied."""
        offsets = np.zeros(len(self.offsets), np.int64)
        np.cumsum(np.where(rows, self.sizes, 0), out=offsets[1:])
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
        import pyarrow as pa

        return texts_of(column_of(self).take(pa.array(rows)))


def texts_of(column: pa.ChunkedArray | pa.Array) -> Texts:
    """The bytes of a string column without NULLs."""
    import pyarrow as pa

    chunks = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
    chunks = [chunk.cast(pa.large_string()) for chunk in chunks if len(chunk)]
    if not chunks:
        return Texts(np.zeros(0, np.uint8), np.zeros(1, np.int64))
    array = chunks[0] if len(chunks) == 1 else pa.concat_arrays(chunks)
    _, ends, data = array.buffers()
    offsets = np.frombuffer(ends, np.int64)[array.offset : array.offset + len(array) + 1]
    flat = np.frombuffer(data, np.uint8) if data is not None else np.zeros(0, np.uint8)
    return Texts(flat[offsets[0] : offsets[-1]], offsets - offsets[0])


def column_of(texts: Texts) -> pa.LargeStringArray:
    """The string column that the bytes spell; it shares their memory."""
    import pyarrow as pa

    offsets, data = (np.ascontiguousarray(part) for part in (texts.offsets, texts.data))
    return pa.LargeStringArray.from_buffers(len(texts), pa.py_buffer(offsets), pa.py_buffer(data))


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


def mix32(value: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """The same for 32 bits (lowbias32, Chris Wellons 2018)."""
    z = value ^ (value >> U32(16))
    z *= U32(0x7FEB352D)
    z ^= z >> U32(15)
    z *= U32(0x846CA68B)
    z ^= z >> U32(16)
    return z


def wide(value: NDArray[np.uint32], salt: int = 0) -> NDArray[np.uint64]:
    """64 bits from the 32 of a word or a pair."""
    out = value.astype(U64)
    out *= _LEFT
    out += U64(salt)
    return mix(out)


def _byte_classes() -> bytes:
    """1 for each byte that belongs to a word, else 0."""
    word = np.zeros(256, np.uint8)
    word[0x30:0x3A] = word[0x41:0x5B] = word[0x61:0x7B] = word[0x80:] = 1
    return word.tobytes()


def find_words(texts: Texts) -> Ragged:
    """Hashes of the words of all texts in order; the lowest bit tells a number (``is_number``)."""
    # Room for a word per two bytes: memory that is never touched costs nothing.
    flat = np.empty(len(texts.data) + 1, U32)
    counts, end = [np.zeros(1, np.int64)], 0
    for data, starts, lasts, n, _ in _stretches(texts):
        flat[end : end + len(starts)] = _spell(data, starts, lasts)
        end += len(starts)
        counts.append(n)
    return Ragged(flat[:end], np.cumsum(np.concatenate(counts)))


def find_spans(texts: Texts) -> tuple[Ragged, Ragged]:
    """First byte of each word and the byte behind its last, words as in ``find_words``."""
    first, behind, counts = [], [], [np.zeros(1, np.int64)]
    for _, starts, lasts, n, lo in _stretches(texts):
        first.append(starts + lo)
        behind.append(lasts + (lo + 1))
        counts.append(n)
    offsets = np.cumsum(np.concatenate(counts))
    empty = [np.zeros(0, np.int64)]
    return (
        Ragged(np.concatenate(first or empty), offsets),
        Ragged(np.concatenate(behind or empty), offsets),
    )


def is_number(hashes: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """Which words begin and end with a digit."""
    return (hashes & U32(1)).astype(np.bool_)


def _stretches(
    texts: Texts,
) -> Iterator[
    tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], int]
]:
    """Texts in stretches: bytes, first and last byte of each word, words per text, offset."""
    n = len(texts)
    classes = _byte_classes()
    row = 0
    while row < n:
        last = int(np.searchsorted(texts.offsets, texts.offsets[row] + _CHUNK, side="right")) - 1
        last = min(max(last, row + 1), n)
        lo, hi = int(texts.offsets[row]), int(texts.offsets[last])
        bounds = texts.offsets[row : last + 1] - lo
        data = texts.data[lo:hi]
        starts, lasts = _spans(data, bounds, classes)
        yield data, starts, lasts, np.diff(np.searchsorted(starts, bounds)), lo
        row = last


def _spell(
    data: NDArray[np.uint8], starts: NDArray[np.int64], lasts: NDArray[np.int64]
) -> NDArray[np.uint32]:
    """Hash of each word, eight bytes at a time.

    Of a word longer than ``_LONGEST`` bytes (a blob, no word) the rest counts by its length only.
    """
    padded = np.concatenate([data, np.zeros(8, np.uint8)])
    eight = np.ndarray((len(data) + 1,), np.dtype("<u8"), padded, strides=(1,))
    over = lasts - starts
    value = eight[starts]
    digit = np.flatnonzero(value.astype(np.uint8) - np.uint8(0x30) < 10)
    # A shift drops what lies behind the word; no word has a zero byte, so its length stays known.
    value <<= _spare_bits(over)
    value = mix(value)
    longer = np.flatnonzero(over > 7)
    for done in range(8, min(int(over.max(initial=0)) + 1, _LONGEST), 8):
        longer = longer[over[longer] >= done]
        part = eight[starts[longer] + done] << _spare_bits(over[longer] - done)
        value[longer] = mix(value[longer] * _LEFT + part)
    blob = longer[over[longer] >= _LONGEST]
    value[blob] = mix(value[blob] + over[blob].astype(U64))
    value >>= U64(32)
    hashes = value.astype(U32)
    hashes &= ~U32(1)
    number = digit[data[lasts[digit]] - np.uint8(0x30) < 10]
    hashes[number] |= U32(1)
    return hashes


def _spare_bits(over: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Bits of eight bytes that lie behind a word's ``over + 1`` bytes."""
    bits: NDArray[np.uint64] = np.left_shift(7 - np.minimum(over, 7), 3).view(U64)
    return bits


def _spans(
    data: NDArray[np.uint8], bounds: NDArray[np.int64], classes: bytes
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First and last byte of each word."""
    inside = np.zeros(len(data) + 1, np.bool_)
    inside[:-1] = np.frombuffer(data.tobytes().translate(classes), np.bool_)
    start = inside.copy()
    np.greater(inside[1:], inside[:-1], out=start[1:])
    inner = bounds[:-1][bounds[:-1] < len(data)]
    start[inner] = inside[inner]
    if data.max(initial=0) >= 0xE3:
        single = (data >= 0xE3) & (data <= 0xE9)  # lead bytes of U+3000 .. U+9FFF: no spaces there
        start[:-1] |= single
        start[3:] |= single[: len(start) - 3] & inside[3:]
    last = inside[:-1] & (start[1:] >= inside[1:])
    return np.flatnonzero(start), np.flatnonzero(last)


def word_hash(word: str) -> np.uint32:
    """The hash that ``find_words`` gives to a word."""
    data = np.frombuffer(word.encode(), np.uint8)
    return np.uint32(find_words(Texts(data, np.array([0, len(data)]))).flat[0])


def pair_hashes(left: NDArray[np.uint32], right: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """One hash for each ordered pair."""
    out = left * U32(0x9E3779B1)
    out ^= out >> U32(15)
    out += right
    return mix32(out)


def bigrams(words: Ragged) -> Ragged:
    """Hashes of neighbouring words; a text of one word gives that word alone.

    The last word of a text repeats the pair before it: harmless in a set, and nothing moves.
    """
    n, flat = words.sizes, words.flat
    out = np.empty(len(flat), np.uint32)
    for lo in range(0, len(flat) - 1, _CHUNK):
        hi = min(lo + _CHUNK, len(flat) - 1)
        out[lo:hi] = pair_hashes(flat[lo:hi], flat[lo + 1 : hi + 1])
    last = words.offsets[1:][n > 1] - 1
    out[last] = out[last - 1]
    alone = words.offsets[1:][n == 1] - 1
    out[alone] = mix32(flat[alone])
    return Ragged(out, words.offsets)


def run_hashes(words: Ragged, length: int) -> tuple[NDArray[np.uint32], NDArray[np.bool_]]:
    """Hash of the run of ``length`` words that begins at each word, and if it is of one text."""
    n = max(len(words.flat) - length + 1, 0)
    value, inside = np.empty(n, U32), np.ones(n, np.bool_)
    factors = mix32(np.arange(1, length + 1, dtype=U32)) | U32(1)
    for lo in range(0, n, _CHUNK):
        hi = min(lo + _CHUNK, n)
        flat = words.flat[lo : hi + length - 1]
        total = flat[: hi - lo] * factors[0]
        for step in range(1, length):
            total += flat[step : hi - lo + step] * factors[step]
        value[lo:hi] = mix32(total)
    for step in range(1, length):  # a run must not begin in the last words of a text
        late = np.maximum(words.offsets[1:] - step, words.offsets[:-1])
        inside[late[(words.sizes > 0) & (late < n)]] = False
    return value, inside
