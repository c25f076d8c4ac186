"""On paper: A4 landscape, whole, and readable, by the browser's own print."""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.browser.conftest import Visit

    Open = Callable[..., Visit]


def boxes(pdf: bytes) -> list[tuple[float, float]]:
    """Width and height of every page, points, by a reader of our own."""
    text = pdf + b"".join(
        zlib.decompress(stream)
        for stream in re.findall(
            rb"/Type\s*/ObjStm.*?stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL
        )
    )
    return [
        (float(w), float(h))
        for w, h in re.findall(rb"/MediaBox\s*\[\s*0\s+0\s+([\d.]+)\s+([\d.]+)\s*\]", text)
    ]


@pytest.mark.parametrize("name", ["case.html", "clusters/c-00003.html", "index.html"])
def test_a_page_prints_as_a4_landscape(visit: Open, plain_report: Path, name: str) -> None:
    seen = visit(plain_report / name)
    pdf = seen.page.pdf(prefer_css_page_size=True, print_background=True)
    sizes = boxes(pdf)
    assert sizes
    # A4 is 841.9 by 595.3 points.
    assert all(abs(w - 842) < 2 and abs(h - 595) < 2 for w, h in sizes)
    assert seen.faults() == {}


def test_nothing_is_cut_off_on_paper(visit: Open, plain_report: Path) -> None:
    page = visit(plain_report / "case.html").page
    page.emulate_media(media="print")
    # The width of A4 landscape within its margins, in CSS pixels.
    page.set_viewport_size({"width": 1040, "height": 700})
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.wait_for_timeout(200)
    wide = page.evaluate(
        "[...document.querySelectorAll('main *')].filter(e => e.offsetParent"
        " && e.getBoundingClientRect().right > 1042).map(e => e.tagName + '.' + e.className)"
    )
    assert wide == []
    small = page.evaluate(
        "[...document.querySelectorAll('main td, main th, main p, main li')]"
        ".filter(e => e.offsetParent && parseFloat(getComputedStyle(e).fontSize) < 8)"
        ".map(e => e.tagName)"
    )
    assert small == []
    for control in ("button", "input", "select"):
        assert page.locator(f"main {control}:visible").count() == 0, control


def test_every_account_of_a_small_case_is_on_paper(visit: Open, plain_report: Path) -> None:
    page = visit(plain_report / "clusters/c-00003.html").page
    page.emulate_media(media="print")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.locator("#members tbody tr").count() == 60
    box = page.locator("#ev").bounding_box()
    assert box
    assert box["height"] > 150
