"""The main picture as a PNG, drawn without a browser: for Markdown, tickets and mail.

The same rows, columns and colours as on the page (``script/evidence.js``, ``report.css``, light).
No name of an account or a value is in it. Equal input gives equal bytes.
"""

from __future__ import annotations

import datetime as dt
import struct
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

from coterie.reports.evidence import ROLES
from coterie.reports.letters import HEIGHT, WIDTH, dots

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coterie.reports.evidence import Picture

    Array = np.ndarray[Any, Any]

_INK = {
    "bg": 0xFFFFFF, "ink": 0x1B1F24, "mute": 0x57606A, "line": 0xD0D7DE, "acc": 0x0B5CAD,
    "tick": 0x33383F, "payment": 0xB34700, "network": 0x0067A5, "device": 0x00704F,
    "prompt": 0xA03B7E, "identity": 0x7A5B00, "relation": 0x5A6470, "timing": 0x6A4BB5,
}  # fmt: skip
_ROLE_INK = {"core": "ink", "member": "mute", "fringe": "line"}
_WIDE, _EDGE, _GUTTER, _GAP = 1560, 16, 168, 44
_MATRIX, _BARS = 660, 72
_MOST_ROWS, _TALL = 900, 720
_NEVER = 65_535
_DAY = 86_400
_LINE = HEIGHT * 2 + 6
MARK = b"Coterie"


def image(made: Picture, title: str) -> bytes:
    """Draw the picture of a cluster.

    Args:
        made: the picture.
        title: one line above it.
    """
    head = made.head
    n, m = head["n"], head["m"]
    h, w = min(n, _MOST_ROWS), min(m, _MATRIX)
    tall = max(1, min(14, _TALL // max(h, 1)))
    wide = max(1, min(22, _MATRIX // max(w, 1)))
    top = _EDGE + 2 * _LINE + _BARS + 8
    left = _EDGE + _GUTTER
    right = left + max(w * wide, 20 * WIDTH * 2) + _GAP
    legend = _legend(head["kinds"])
    sheet = _Sheet(top + h * tall + 3 * _LINE + len(legend) * _LINE + _EDGE)
    sheet.text(_EDGE, _EDGE, title)
    _rows(sheet, head["roles"], (h, tall), (top, left))
    _matrix(sheet, made, (h, w, tall, wide), (top, left))
    _timeline(sheet, made, (h, tall), (top, right))
    below = top + h * tall
    sheet.text(below + 10, left, f"{m:,} shared values", "mute")
    for number, line in enumerate(legend):
        x = _EDGE
        for kind, label in line:
            y = below + 2 * _LINE + 8 + number * _LINE
            sheet.box(y, x, 14, 14, kind["family"])
            sheet.text(y, x + 20, label)
            x += 20 + (len(label) + 2) * WIDTH * 2
    return png(sheet.pixels)


class _Sheet:
    """White paper of 8-bit RGB pixels."""

    __slots__ = ("pixels",)

    def __init__(self, height: int) -> None:
        self.pixels = np.full((height, _WIDE, 3), 255, dtype=np.uint8)

    def paint(self, y: int, x: int, alpha: Array, ink: str) -> None:
        """Lay ink on the paper, float 0..1 a pixel; what lies outside is left out."""
        under = self.pixels[y : y + alpha.shape[0], x : x + alpha.shape[1]]
        wet = np.nonzero(alpha[: under.shape[0], : under.shape[1]])
        cover = alpha[wet][:, None]
        code = _INK[ink]
        colour = np.array([code >> 16, code >> 8 & 255, code & 255], dtype=np.float64)
        under[wet] = np.rint(under[wet] * (1 - cover) + colour * cover).astype(np.uint8)

    def box(self, y: int, x: int, height: int, width: int, ink: str) -> None:
        """A full rectangle."""
        self.paint(y, x, np.ones((max(height, 0), max(width, 0))), ink)

    def text(self, y: int, x: int, text: str, ink: str = "ink") -> None:
        """A line of text; its upper left corner stands at the place."""
        self.paint(y, x, dots(text).astype(np.float64), ink)


def _legend(kinds: Sequence[dict[str, Any]]) -> list[list[tuple[dict[str, Any], str]]]:
    """The kinds with their numbers and labels, broken into lines."""
    lines: list[list[tuple[dict[str, Any], str]]] = [[]]
    room = _WIDE - 2 * _EDGE
    for number, kind in enumerate(kinds, 1):
        label = f"{number} {kind['name'][:40]}: {kind['n']:,}"
        need = 20 + (len(label) + 2) * WIDTH * 2
        if need > room and lines[-1]:
            lines.append([])
            room = _WIDE - 2 * _EDGE
        lines[-1].append((kind, label))
        room -= need
    return lines


def _rows(sheet: _Sheet, roles: Sequence[int], size: tuple[int, int], at: tuple[int, int]) -> None:
    """How many accounts of each role stand where."""
    (h, tall), (top, left) = size, at
    n = max(sum(roles), 1)
    start = 0
    for role, count in zip(ROLES, roles, strict=True):
        y0, y1 = (top + start * h // n * tall, top + (start + count) * h // n * tall)
        if count:
            sheet.box(y0, left - 12, max(y1 - y0 - 1, 1), 6, _ROLE_INK[role])
            sheet.text(max(y0, top), _EDGE, f"{role} {count:,}"[:12], "mute")
            sheet.box(y0 - 1, left - 12, 1, _WIDE, "line")
        start += count


def _matrix(
    sheet: _Sheet, made: Picture, size: tuple[int, int, int, int], at: tuple[int, int]
) -> None:
    """Which account has which value, coloured by kind; bars of accounts a value above."""
    (h, w, tall, wide), (top, left) = size, at
    n, m = made.head["n"], made.head["m"]
    if not n or not m:
        return
    row = np.repeat(np.arange(n), made.arrays["degree"])
    column = made.arrays["column"].astype(np.int64)
    cells = np.zeros((h, w))
    np.add.at(cells, (row * h // n, column * w // m), 1.0)
    bars = np.zeros(w)
    np.maximum.at(bars, np.arange(m) * w // m, np.bincount(column, minlength=m).astype(float))
    shade = _grown(_shade(cells, whole=h == n and w == m), tall, wide)
    high = np.rint(np.sqrt(bars / max(bars.max(), 1.0)) * _BARS).astype(np.int64)
    bar = (np.arange(_BARS)[::-1, None] < high).astype(float).repeat(wide, axis=1)
    if wide >= 4:
        bar[:, wide - 1 :: wide] = 0.0
    edges = np.cumsum([0, *(kind["n"] for kind in made.head["kinds"])])
    kinds = made.head["kinds"]
    for number, kind, first, last in zip(
        range(1, len(kinds) + 1), kinds, edges[:-1], edges[1:], strict=True
    ):
        x0, x1 = (int(-(-edge * w // m)) * wide for edge in (first, last))
        sheet.paint(top, left + x0, shade[:, x0:x1], kind["family"])
        sheet.paint(top - _BARS - 4, left + x0, bar[:, x0:x1], kind["family"])
        # Kinds of one family have one colour: their numbers tell them apart in the legend.
        label = next(
            (t for t in (f"{number} {kind['name'][:24]}", f"{number}") if _fits(t, x1 - x0)), ""
        )
        if label:
            sheet.text(top - _BARS - 4 - _LINE, left + x0, label, kind["family"])
        if first:
            sheet.box(top - _BARS, left + x0 - 1, h * tall + _BARS, 1, "line")


def _fits(text: str, room: int) -> bool:
    return len(text) * WIDTH * 2 <= room


def _timeline(sheet: _Sheet, made: Picture, size: tuple[int, int], at: tuple[int, int]) -> None:
    """When each account signed up and acted; a histogram above, days below."""
    (h, tall), (top, left) = size, at
    head, arrays = made.head, made.arrays
    n, width = head["n"], _WIDE - _EDGE - left
    if not n or not head["timed"]:
        sheet.text(top, left, "no times in the input", "mute")
        return
    if "bitmap" in arrays:
        y, x = np.nonzero(np.unpackbits(arrays["bitmap"].reshape(n, -1), axis=1))
        steps = -(-(head["end"] - head["start"]) // head["step"])
        x = np.minimum(x * width // max(steps, 1), width - 1)
    else:
        y = np.repeat(np.arange(n), arrays["acts"])
        x = arrays["act"].astype(np.int64) * width // _NEVER
    cells = np.zeros((h, width))
    np.add.at(cells, (y * h // n, x), 1.0)
    sheet.paint(top, left, _grown(_shade(cells, whole=h == n), tall, 1), "tick")
    total = cells.sum(axis=0)
    high = np.rint(total / max(total.max(), 1.0) * _BARS).astype(np.int64)
    sheet.paint(top - _BARS - 4, left, (np.arange(_BARS)[::-1, None] < high).astype(float), "mute")
    known = np.flatnonzero(arrays["signup"] != _NEVER)
    marks = np.zeros((h, width))
    marks[known * h // n, arrays["signup"][known].astype(np.int64) * width // _NEVER] = 1.0
    wider = np.maximum(marks, np.maximum(np.roll(marks, 1, axis=1), np.roll(marks, 2, axis=1)))
    sheet.paint(top, left, _grown(wider, tall, 1), "acc")
    sheet.text(
        top - _BARS - 4 - _LINE,
        left,
        "activity; blue: signed up, at the left edge when earlier",
        "mute",
    )
    days = max((head["end"] - head["start"]) // _DAY, 1)
    # A date takes 10 letters and needs room for two more beside it.
    most = max(1, width // (12 * WIDTH * 2))
    each = -(-days // most)
    for day in range(0, days, each):
        x0 = left + day * width // days
        sheet.box(top + h * tall + 2, x0, 6, 1, "mute")
        said = dt.datetime.fromtimestamp(head["start"] + day * _DAY, dt.UTC)
        if x0 + 10 * WIDTH * 2 <= _WIDE:
            sheet.text(top + h * tall + 10, x0, f"{said:%Y-%m-%d}", "mute")


def _shade(cells: Array, *, whole: bool) -> Array:
    """Counts as ink; where a pixel stands for several, the more the darker."""
    if whole:
        return (cells > 0).astype(float)
    top = max(float(cells.max()), 1.0) if cells.size else 1.0
    shade: Array = np.where(cells > 0, 0.4 + 0.6 * np.sqrt(cells / top), 0.0)
    return shade


def _grown(cells: Array, tall: int, wide: int) -> Array:
    """Each cell as a block of pixels, with a gap where blocks are large enough for one."""
    grown: Array = cells.repeat(tall, axis=0).repeat(wide, axis=1)
    if tall >= 4:
        grown[tall - 1 :: tall] = 0.0
    if wide >= 4:
        grown[:, wide - 1 :: wide] = 0.0
    return grown


def png(pixels: Array) -> bytes:
    """RGB pixels as a PNG file.

    Args:
        pixels: uint8, rows x columns x 3.
    """
    height, width, _ = pixels.shape
    rows = pixels.reshape(height, -1)
    # Each row as its difference from the one above: rows repeat, and zeros pack well.
    up = np.diff(rows, axis=0, prepend=np.zeros((1, rows.shape[1]), dtype=np.uint8))
    data = np.concatenate([np.full((height, 1), 2, dtype=np.uint8), up], axis=1)
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"tEXt", b"Software\0" + MARK),
        (b"IDAT", zlib.compress(data.tobytes(), 6)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in parts
    )
