"""One page: templates, the content security policy and the data island.

Every script and style is known by its hash; no page may run anything else, load anything from
elsewhere or send anything anywhere.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import struct
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from coterie.reports.dense import dense_script, dense_style
from coterie.reports.text import fact, number, plain, share, shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    import jinja2
    import numpy as np

    Arrays = Mapping[str, np.ndarray[Any, Any]]

PLOTLY = "plotly-cartesian.min.js"
PACK_FROM = 6_000
"""Bytes of data above which a page's data is compressed: below that it stays readable."""


@cache
def asset(name: str) -> str:
    """The text of a file under ``reports/static``."""
    return (files("coterie.reports") / "static" / name).read_text(encoding="utf-8")


_SCRIPT = ("base", "table", "evidence", "figures", "start")


@cache
def own_script() -> str:
    """The report's own script: its parts in one function, without our layout."""
    parts = "".join(asset(f"script/{name}.js") for name in _SCRIPT)
    return dense_script(f"(async function () {{\n'use strict';\n{parts}}})();\n")


@cache
def own_style() -> str:
    """The report's own style sheet, without our layout."""
    return dense_style(asset("report.css"))


@cache
def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def policy(scripts: list[str], styles: list[str], *, plotly: bool) -> str:
    """The content security policy of a page.

    Args:
        scripts: text of every inline script.
        styles: text of every inline style sheet.
        plotly: whether the page draws plotly figures: these need an empty style sheet of plotly's,
            and a script of ours may then load the bundle from the folder beside.
    """
    parts = [
        "default-src 'none'",
        f"script-src {' '.join(map(_hash, scripts))}{' ' + chr(39) + 'strict-dynamic' + chr(39) if plotly else ''}",
        f"style-src {' '.join(map(_hash, [*styles, ''] if plotly else styles))}",
        "img-src data: blob:",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    if not plotly:
        parts += ["require-trusted-types-for 'script'", "trusted-types 'none'"]
    return "; ".join(parts)


def _json(content: object) -> str:
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def safe_json(text: str) -> str:
    r"""JSON that cannot end its script element or start a comment.

    >>> safe_json('"</script>"')
    '"\\u003c/script\\u003e"'
    """
    for char, code in (("<", "3c"), (">", "3e"), ("&", "26")):
        text = text.replace(char, f"\\u00{code}")
    return text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def pack(content: Mapping[str, Any], arrays: Arrays) -> str:
    """A page's data as the text of its island; read by ``script/base.js``.

    Args:
        content: what JSON can hold.
        arrays: numpy arrays of unsigned integers (u1, u2, u4), little-endian.

    Returns:
        ``{"head": …, "body": base64}`` for small pages, ``{"gzip": base64}`` for large ones. The
        body holds the arrays one after the other, each from a multiple of four bytes.
    """
    body = bytearray()
    places: dict[str, tuple[str, int, int]] = {}
    for name, array in arrays.items():
        raw = array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes()
        places[name] = (f"u{array.dtype.itemsize}", len(body), int(array.size))
        body += raw + b"\0" * (-len(raw) % 4)
    head = {**content, "arrays": places}
    text = _json(head)
    if len(text) + len(body) <= PACK_FROM:
        return safe_json(_json({"head": head, "body": base64.b64encode(body).decode()}))
    front = text.encode("utf-8")
    front += b" " * (-len(front) % 4)
    whole = gzip.compress(struct.pack("<I", len(front)) + front + bytes(body), 6, mtime=0)
    return _json({"gzip": base64.b64encode(whole).decode()})


@cache
def environment() -> jinja2.Environment:
    """The templates' environment: everything is escaped, nothing may be missing."""
    import jinja2

    env = jinja2.Environment(
        loader=jinja2.PackageLoader("coterie.reports", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters["shown"] = shown
    env.filters["plain"] = plain
    env.filters["count"] = lambda n: f"{n:,}"
    env.filters["number"] = number
    env.filters["fact"] = fact
    env.filters["share"] = share
    env.filters["day"] = lambda t: "–" if t is None else f"{t:%Y-%m-%d}"
    env.filters["minute"] = lambda t: "–" if t is None else f"{t:%Y-%m-%d %H:%M}"
    return env


def render(
    template: str, data: str, *, plotly: str | None = None, alone: bool = False, **context: Any
) -> str:
    """A whole page.

    Args:
        template: its template.
        data: the island's text, of :func:`pack`.
        plotly: relative address of the plotly bundle, or None for a page without figures.
        alone: carry the bundle inside, for a page that travels by itself.
        **context: what the template needs.
    """
    from markupsafe import Markup

    own = own_script()
    scripts = [asset(f"vendor/{PLOTLY}"), own] if plotly and alone else [own]
    style = own_style()
    return (
        environment()
        .get_template(template)
        .render(
            csp=Markup(policy(scripts, [style], plotly=plotly is not None)),  # noqa: S704 - hashes only
            style=Markup(style),  # noqa: S704 - our own file
            scripts=[Markup(text) for text in scripts],  # noqa: S704 - our own and the vendored file
            data=Markup(data),  # noqa: S704 - escaped by safe_json
            plotly=plotly if plotly and not alone else "",
            **context,
        )
    )
