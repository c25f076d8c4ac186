"""Attackers' text made visible: nothing acts, nothing hides, nothing floods.

Ids, values, prompts and user agents are written by the people under investigation. Control,
bidirectional and zero-width characters are shown as chips that name them; long texts are cut with
their length said. ``static/script/base.js`` follows the same rule for what it draws.
"""

from __future__ import annotations

import re

from markupsafe import Markup, escape

LIMIT = 400
"""Characters of one text that are shown."""

# C0 and C1 without tab and line feed, soft hyphen, Arabic letter mark, Mongolian vowel separator,
# zero width and bidi marks, line and paragraph separators, invisible operators, BOM, annotations,
# tag characters.
_HIDDEN = re.compile(
    "[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)


def cut(text: str, limit: int = LIMIT) -> str:
    """The text, or its first ``limit`` characters and how long it is.

    >>> cut("a" * 1200, 5)
    'aaaaa… (1,200 characters)'
    """
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text):,} characters)"


def _name(char: str) -> str:
    return f"U+{ord(char):04X}"


def plain(text: object, limit: int = LIMIT) -> str:
    r"""The text for places that take no markup (titles, labels), hidden characters named.

    >>> plain("user\u202egpj.exe")
    'user⟦U+202E⟧gpj.exe'
    """
    return _HIDDEN.sub(lambda m: f"⟦{_name(m[0])}⟧", cut(str(text), limit))


def shown(text: object, limit: int = LIMIT) -> Markup:
    """The text as HTML: isolated (``<bdi>``), escaped, hidden characters as chips.

    >>> str(shown("<b>"))
    '<bdi>&lt;b&gt;</bdi>'
    """
    kept = cut(str(text), limit)
    parts: list[Markup] = []
    at = 0
    for hidden in _HIDDEN.finditer(kept):
        parts.append(escape(kept[at : hidden.start()]))
        parts.append(Markup('<span class="ctl">{}</span>').format(_name(hidden[0])))
        at = hidden.end()
    parts.append(escape(kept[at:]))
    return Markup("<bdi>{}</bdi>").format(Markup("").join(parts))


def figure_text(text: object, limit: int = 80) -> str:
    """The text for plotly, whose strings are markup of its own.

    >>> figure_text('<a href="x">')
    '&lt;a href="x"&gt;'
    """
    kept = plain(text, limit).replace("\n", " ").replace("\t", " ")
    return kept.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def words(items: list[str]) -> str:
    """A list as people say it.

    >>> words(["a card", "a device", "a prompt"])
    'a card, a device and a prompt'
    """
    return " and ".join(
        part for part in (", ".join(items[:-1]), items[-1] if items else "") if part
    )


def number(n: int, what: str) -> str:
    """A count of things.

    >>> number(1, "account"), number(2000, "account")
    ('1 account', '2,000 accounts')
    """
    return f"{n:,} {what}" if n == 1 else f"{n:,} {what}s"


def share(value: float | None) -> str:
    """A score or share of 0 to 1 that never rounds up to certainty.

    >>> share(0.973), share(0.9997), share(1.0), share(0.0001), share(None)
    ('0.97', '> 0.99', '1.00', '< 0.01', '–')
    """
    if value is None:
        return "–"
    said = f"{value:.2f}"
    if said == "1.00" and value < 1:
        return "> 0.99"
    return "< 0.01" if said == "0.00" and value > 0 else said


def fact(value: object) -> str:
    """A found value of any type, short.

    >>> fact(0.123456), fact(None), fact(True), fact(1200)
    ('0.123', '–', 'yes', '1,200')
    """
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    return f"{value:,}" if isinstance(value, int) else str(value)
