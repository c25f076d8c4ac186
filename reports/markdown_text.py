"""Markdown that says what it should and nothing else, in every reader of Markdown.

Texts of others stand in code spans: nothing in them is a link, a mention, markup or HTML. A pipe
would end a cell of a table and a backtick the span, and readers do not agree on how to escape them
there, so both stand outside of the span as a character reference.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from coterie.reports.text import fact, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

_WORDS = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 ,;:/–%-]|\.(?=[0-9]))*|–")
_LINKED = re.compile(r"://|www\.|@|mailto:|xmpp:", re.IGNORECASE)
_REFERENCES = {"<": "&lt;", ">": "&gt;", "&": "&amp;", "|": "&#124;"}
_SPECIAL = re.compile(r"([\\`*_{}\[\]#~<>&|])")
_START = re.compile(r"^([+-]|[0-9]+[.)])(?= |$)")
_RULE = re.compile(r"[-=+ ]+")
_CELL = 160


def code(text: object, limit: int = _CELL) -> str:
    r"""Text of others as a code span of one line, cut with its length shown.

    >>> code("a|b`c"), code(""), code("<b>\n")
    ('`a`&#124;`b`&#96;`c`', '–', '`<b>⟦U+000A⟧`')
    """
    shown = plain(text, limit).replace("\n", "⟦U+000A⟧").replace("\t", "⟦U+0009⟧")
    parts = re.split(r"([|`])", shown)
    spans = [f"&#{ord(p)};" if p in "|`" else f"`{_padded(p)}`" for p in parts if p]
    return "".join(spans) or "–"


def _padded(text: str) -> str:
    # A span loses one space at either end when both have one.
    both = text[0] == " " and text[-1] == " " and text.strip()
    return f" {text} " if both else text


def said(text: object, limit: int = _CELL) -> str:
    """A word or a few as they are; anything that is more than letters and digits as code.

    >>> said("coordinated"), said("ip_prefix"), said("www.evil.example")
    ('coordinated', '`ip_prefix`', '`www.evil.example`')
    """
    shown = plain(text, limit)
    return shown if _WORDS.fullmatch(shown) and not _LINKED.search(shown) else code(text, limit)


def prose(text: object, limit: int = 2_000) -> str:
    r"""A sentence, with everything escaped that Markdown would act on.

    >>> prose("3 share a device_id; see <b>"), prose("see www.evil.example")
    ('3 share a device\\_id; see &lt;b&gt;', '`see www.evil.example`')
    """
    shown = plain(text, limit).replace("\n", " ").replace("\t", " ").strip()
    if _LINKED.search(shown) or _RULE.fullmatch(shown):
        return code(text, limit)
    escaped = _SPECIAL.sub(lambda m: _REFERENCES.get(m[1], f"\\{m[1]}"), shown)
    return _START.sub(lambda m: f"{m[1][:-1]}&#{ord(m[1][-1])};", escaped)


def block(text: object, limit: int = 400) -> str:
    """Text of others as a block of its own lines."""
    shown = plain(text, limit)
    longest = max((len(run) for run in re.findall(r"`+", shown)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{shown}\n{fence}"


def cell(value: Any, digits: int = 2) -> str:
    """A value of a table: numbers with separators, times by the minute, lists in words."""
    if isinstance(value, bool) or value is None or value == "":
        return fact(value)
    if isinstance(value, float):
        return f"{value:,.{digits}f}" if value == value else "–"  # noqa: PLR0124 - NaN
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, list):
        return said(", ".join(str(v) for v in value)) if value else "–"
    return f"{value:%Y-%m-%d %H:%M}" if hasattr(value, "hour") else said(value)


def rows(heads: Sequence[str], body: Sequence[Sequence[str]], right: Sequence[int] = ()) -> str:
    """A table.

    Args:
        heads: our own words.
        body: cells that are Markdown already, of :func:`cell`, :func:`code` and the like.
        right: columns that are aligned to the right.
    """
    rule = ["---:" if i in right else "---" for i in range(len(heads))]
    lines = [list(heads), rule, *body]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def shown_of(shown: int, total: int, what: str, where: str) -> str:
    """A line that says how many of how many a table shows; empty where these are all."""
    if shown >= total:
        return ""
    return f"{shown:,} of {total:,} {what} are shown; all are in {where}.\n\n"
