"""On which line of a TOML file does a key stand? The standard parser does not say."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_HEADER = re.compile(r"\s*(\[\[?)\s*(.+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(
    r"\s*((?:[A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*'))*)\s*="
)
_PART = re.compile(r"[A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*'")


def line_of(text: str, path: Sequence[str | int]) -> int | None:
    r"""The 1-based line of a key, or of the nearest thing around it that can be found.

    Args:
        text: the file.
        path: keys from the outside in; a number counts the tables of an array (``[[source]]``).

    >>> line_of("[sweep]\nseed = 1\n", ("sweep", "seed"))
    2
    >>> line_of('[[source]]\npath = "a"\nmap = { x = "y" }\n', ("source", 0, "map", "x"))
    3
    """
    wanted = tuple(path)
    best: tuple[int, int] | None = None
    for line, found in _keys(text):
        if found == wanted:
            return line
        # A key inside an inline table stands on its parent's line: the longest prefix wins.
        if found == wanted[: len(found)] and (best is None or len(found) > best[0]):
            best = (len(found), line)
    return best[1] if best else None


def _keys(text: str) -> Iterator[tuple[int, tuple[str | int, ...]]]:
    table: tuple[str | int, ...] = ()
    counts: dict[tuple[str, ...], int] = {}
    quote: str | None = None
    for number, line in enumerate(text.splitlines(), 1):
        if quote is not None:
            # Inside a multi-line text nothing is a key.
            if quote in line:
                quote = None
            continue
        header = _HEADER.match(line)
        if header:
            names = _parts(header[2])
            if header[1] == "[[":
                counts[names] = counts.get(names, -1) + 1
                table = (*names, counts[names])
            else:
                table = names
            yield number, table
            # A table implies the ones around it.
            yield from ((number, table[:depth]) for depth in range(1, len(table)))
            continue
        key = _KEY.match(line)
        if key:
            yield number, (*table, *_parts(key[1]))
        for mark in ('"""', "'''"):
            if line.count(mark) % 2:
                quote = mark


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in _PART.findall(text))
