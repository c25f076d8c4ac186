"""How a text file is written: encoding, line ends, delimiter, quoting, header.

Looked at once, from the file's beginning, and recorded with the source; nothing later decides
again.
"""

from __future__ import annotations

import codecs
import csv
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import duckdb

from coterie.config import KINDS
from coterie.errors import InputError, UsageError, did_you_mean
from coterie.queries.run import run
from coterie.queries.store import scratch

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from coterie.queries.store import Store

OPTIONS = ("delim", "quote", "escape", "header", "names", "encoding", "time_format")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE = 1 << 18


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a delimited text file is written.

    Attributes:
        delim: one character.
        quote: one character, or "" when the file has no quotes.
        escape: the quote itself (doubled quotes) or a backslash.
        header: whether the first record names the columns.
        names: the columns' names, made unique.
        encoding: a codec's name.
        newline: the byte that ends a record.
        notes: what is worth saying.
    """

    delim: str
    quote: str
    escape: str
    header: bool
    names: tuple[str, ...]
    encoding: str
    newline: str
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """As plain data, for the source's record."""
        return {k: v for k, v in asdict(self).items() if k != "notes"}


def check_options(name: str, options: Mapping[str, object], known: Collection[str]) -> None:
    """Refuse options that nobody reads.

    Raises:
        UsageError: an option is unknown.
    """
    for key in options:
        if key not in known:
            raise UsageError(f'{name}: there is no option "{key}".{did_you_mean(key, known)}')


def encoding_of(name: str, head: bytes, declared: object) -> tuple[str, int]:
    """The encoding of a text and the length of its byte order mark.

    Raises:
        UsageError: the declared encoding does not exist.
        InputError: the bytes are no text that can be told apart.
    """
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            return encoding, len(mark)
    if declared is not None:
        try:
            return codecs.lookup(str(declared)).name, 0
        except LookupError as error:
            raise UsageError(f'{name}: there is no encoding "{declared}"') from error
    nulls = head.count(b"\0")
    if nulls * 3 > len(head):
        raise InputError(
            f'{name}: this looks like UTF-16 without a mark; say encoding = "utf-16-le"'
        )
    if nulls * 10 > len(head):
        raise InputError(f"{name}: this is no text (it is full of NUL bytes)")
    return "utf-8", 0


def utf8_blocks(name: str, blocks: Iterable[bytes], encoding: str, skip: int) -> Iterator[bytes]:
    """The same text in UTF-8, without its byte order mark.

    Raises:
        InputError: the bytes are not in the encoding.
    """
    decoder = None if encoding == "utf-8" else codecs.getincrementaldecoder(encoding)()
    for block in blocks:
        part, skip = block[skip:], 0
        try:
            yield part if decoder is None else decoder.decode(part).encode()
        except UnicodeDecodeError as error:
            raise InputError(f"{name}: not in {encoding} ({error.reason})") from error
    if decoder is not None:
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError as error:
            raise InputError(f"{name}: cut off in the middle of a character") from error


def find_dialect(
    store: Store,
    name: str,
    first: bytes,
    encoding: str,
    options: Mapping[str, object],
    known: Collection[str],
) -> Dialect:
    """The dialect of a delimited text.

    Args:
        store: the writer's store, for DuckDB's sniffer.
        name: the file's name, for messages.
        first: the beginning of the text in UTF-8.
        encoding: recorded with the dialect.
        options: the user's word on any of it.
        known: plain names that tell a header.

    Raises:
        InputError: there is not one record.
        UsageError: an option makes no sense.
    """
    newline = "\r" if b"\n" not in first and b"\r" in first else "\n"
    sample = first[:_SAMPLE]
    if len(first) > len(sample):
        sample = sample[: sample.rfind(newline.encode()) + 1] or sample
    text = sample.decode("utf-8", "replace").replace("\0", "").replace("\r\n", "\n")
    text = text.replace("\r", "\n")
    if not text.strip():
        raise InputError(f"{name}: the file is empty")
    sniffed = _sniff(store, text)
    delim = _option(name, options, "delim") or sniffed.get("delim") or _common_delimiter(text)
    quote = _option(name, options, "quote")
    if quote is None:
        quote = sniffed.get("quote") or '"'
        if quote not in {'"', "'"} or (quote == "'" and '"' in text):
            quote = '"'
    escape = _option(name, options, "escape") or (
        "\\" if sniffed.get("escape") == "\\" and '\\"' in text else quote
    )
    cells = _first_record(text, delim, quote, escape)
    notes: list[str] = []
    given = options.get("names")
    header = options.get("header")
    if header is None:
        from coterie.loaders.mapping import KIND_NAMES, plain

        named = any(plain(cell) in known for cell in cells) or all(
            plain(cell) in KIND_NAMES or plain(cell) in KINDS for cell in cells
        )
        header = named or (given is None and bool(sniffed.get("header", True)))
        if given is None and not header:
            notes.append("no header found: columns are named column1, column2, …")
    if isinstance(given, (list, tuple)):
        cells = [str(n) for n in given]
    elif not header:
        cells = [f"column{i}" for i in range(1, len(cells) + 1)]
    names = _unique(cells, notes)
    return Dialect(delim, quote, escape, bool(header), names, encoding, newline, tuple(notes))


def _option(name: str, options: Mapping[str, object], key: str) -> str | None:
    found = options.get(key)
    if found is None:
        return None
    found = {"\\t": "\t", "tab": "\t"}.get(str(found), str(found))
    if len(found) > 1 or (not found and key == "delim"):
        raise UsageError(f'{name}: {key} is one character, not "{found}"')
    return found


def _sniff(store: Store, text: str) -> dict[str, Any]:
    file = scratch(store, "sample.csv")
    file.write_text(text, encoding="utf-8", newline="")
    # A connection of its own: a sniffer that fails would end the load's transaction.
    aside = replace(store, con=store.con.cursor())
    try:
        relation = run(aside, "load/sniff", path=str(file))
        row = relation.fetchall()[0] if relation is not None else None
    except duckdb.Error:
        return {}
    finally:
        aside.con.close()
        file.unlink(missing_ok=True)
    if row is None:
        return {}
    return {
        "delim": _character(row[0]),
        "quote": _character(row[1]),
        "escape": _character(row[2]),
        "header": row[3],
    }


def _character(found: Any) -> str | None:
    return found if isinstance(found, str) and len(found) == 1 and found != "\0" else None


def _common_delimiter(text: str) -> str:
    """The candidate that stands equally often in the first lines; a comma for one column."""
    lines = text.splitlines()[:50]
    counts = {d: {line.count(d) for line in lines if line} for d in "\t,;|"}
    steady = [d for d, found in counts.items() if len(found) == 1 and 0 not in found]
    return steady[0] if steady else max(counts, key=lines[0].count)


def _first_record(text: str, delim: str, quote: str, escape: str) -> list[str]:
    lines = [line for line in text.splitlines() if line.strip()]
    found = next(
        csv.reader(
            lines[:1],
            delimiter=delim,
            quotechar=quote or None,
            quoting=csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE,
            escapechar="\\" if escape == "\\" else None,
        ),
        [],
    )
    return [cell.strip().lstrip("\ufeff") for cell in found]


def _unique(cells: list[str], notes: list[str]) -> tuple[str, ...]:
    seen: set[str] = set()
    names: list[str] = []
    for i, cell in enumerate(cells, 1):
        base = cell or f"column{i}"
        base = f"{base}_" if base.startswith("__") else base
        name, n = base, 1
        while name.lower() in seen:
            n += 1
            name = f"{base}_{n}"
        if n > 1:
            notes.append(f'a second column "{base}" is called "{name}"')
        seen.add(name.lower())
        names.append(name)
    return tuple(names)
