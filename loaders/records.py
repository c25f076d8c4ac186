"""Text files as numbered records: boundaries by numpy over whole blocks, fields by DuckDB.

CSV readers lose rows on stray quotes without an error, and each has its own idea of a record. Here
a record is found by its bytes alone: the line ends outside of quotes, or, when quotes stand where
no quote can stand, every line end. So each record has a number, and what cannot be split into
fields is rejected by that number. Nothing in between can go missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

SCHEMA = pa.schema([
    ("row_number", pa.int64()), ("text", pa.large_string()), ("bytes", pa.large_binary()),
])  # fmt: skip
_ROWS = 1 << 17
_LONGEST = 1 << 28


@dataclass(slots=True)
class Tally:
    """What the raw pass over a file has counted; filled while records are read.

    Attributes:
        lines: line ends, and a last line without one.
        blank: records that hold nothing, or white space only.
        records: records, header and blank ones included.
    """

    lines: int = 0
    blank: int = 0
    records: int = 0


def whole_lines(blocks: Iterable[bytes], newline: str) -> Iterator[bytes]:
    """The same bytes, cut so that each part but the last ends with a line end."""
    end = newline.encode()
    rest: list[bytes] = []
    for block in blocks:
        cut = block.rfind(end) + 1
        if cut == 0:
            rest.append(block)
            continue
        yield b"".join([*rest, block[:cut]])
        rest = [block[cut:]] if cut < len(block) else []
    if last := b"".join(rest):
        yield last


def quoting_is_sound(
    parts: Iterable[bytes], delim: str, quote: str, escape: str, newline: str
) -> tuple[bool, bool]:
    """Whether every quote of a file stands where RFC 4180 lets it, and whether there are quotes.

    Args:
        parts: whole lines.
        delim: the delimiter.
        quote: the quote.
        escape: the quote (doubled) or a backslash.
        newline: the line end.

    Returns:
        (sound, any): sound is True for a file without quotes.
    """
    mark = ord(quote)
    before = np.zeros(256, np.bool_)
    before[[ord(newline), ord("\r"), ord("\n"), mark]] = True
    before[list(delim.encode())] = True
    inside, some = False, False
    for part in parts:
        if quote.encode() not in part:
            continue
        some = True
        data = np.frombuffer(part, np.uint8)
        at = _quotes(data, mark, escape)
        opening = (np.arange(len(at)) + inside) % 2 == 0
        previous = np.where(at > 0, data[np.maximum(at - 1, 0)], ord(newline))
        following = np.where(
            at + 1 < len(data), data[np.minimum(at + 1, len(data) - 1)], ord(newline)
        )
        # A closing quote followed by a quote, and an opening one after a quote, are one doubled.
        if not (before[previous[opening]].all() and before[following[~opening]].all()):
            return False, True
        inside = bool((len(at) + inside) % 2)
    return not inside, some


def _quotes(data: NDArray[np.uint8], mark: int, escape: str) -> NDArray[np.int64]:
    at = np.flatnonzero(data == mark)
    if escape == "\\" and len(at):
        at = at[(at == 0) | (data[np.maximum(at - 1, 0)] != ord("\\"))]
    return at


def record_batches(
    parts: Iterable[bytes],
    tally: Tally,
    *,
    newline: str,
    quote: str = "",
    escape: str = "",
    header: bool = False,
) -> Iterator[pa.RecordBatch]:
    """Every record but the header, with its number.

    Args:
        parts: whole lines in UTF-8 (or what claims to be).
        tally: counts, added to as records are read.
        newline: the line end.
        quote: line ends inside of these do not end a record; "" lets every line end do.
        escape: see :func:`quoting_is_sound`.
        header: whether the first record is no data.

    Yields:
        Batches of ``SCHEMA``: row_number (1-based, header not counted), text with its line end, or,
        where a block is not UTF-8, bytes.
    """
    number = 0 if header else 1
    rest = b""
    for part in parts:
        data = rest + part if rest else part
        ends = _record_ends(data, newline, quote, escape)
        kept = int(ends[-1]) + 1 if len(ends) else 0
        rest = data[kept:]
        if kept:
            yield from _batches(data, ends, number, tally)
            number += len(ends)
        if len(rest) > _LONGEST:  # a record this long is a quote that never closes
            yield from _batches(rest, np.array([len(rest) - 1]), number, tally)
            number, rest = number + 1, b""
    if rest:
        yield from _batches(rest, np.array([len(rest) - 1]), number, tally)


def _record_ends(data: bytes, newline: str, quote: str, escape: str) -> NDArray[np.int64]:
    array = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero(array == ord(newline))
    if quote and quote.encode() in data:
        at = _quotes(array, ord(quote), escape)
        ends = ends[np.searchsorted(at, ends) % 2 == 0]
    return ends


def _batches(
    data: bytes, ends: NDArray[np.int64], number: int, tally: Tally
) -> Iterator[pa.RecordBatch]:
    array = np.frombuffer(data, np.uint8)[: int(ends[-1]) + 1]
    tally.records += len(ends)
    offsets = np.concatenate([np.zeros(1, np.int64), ends + 1])
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(array)]
    text = pa.LargeStringArray.from_buffers(len(ends), buffers[1], buffers[2])
    nothing = pa.nulls(len(ends), pa.large_binary())
    raw = nothing
    try:
        text.validate(full=True)
    except pa.ArrowInvalid:
        raw = pa.LargeBinaryArray.from_buffers(pa.large_binary(), len(ends), buffers)
        text = pa.nulls(len(ends), pa.large_string())
    rows = pa.array(np.arange(number, number + len(ends)))
    batch = pa.record_batch([rows, text, raw], schema=SCHEMA)
    if number == 0:
        batch = batch.slice(1)
    for start in range(0, batch.num_rows, _ROWS):
        yield batch.slice(start, _ROWS)


def reader(batches: Iterator[pa.RecordBatch]) -> pa.RecordBatchReader:
    """The batches as a stream that DuckDB scans once."""
    return pa.RecordBatchReader.from_batches(SCHEMA, batches)
