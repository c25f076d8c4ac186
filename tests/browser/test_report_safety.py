"""Nothing that an attacker writes acts in the report (report design, section 5)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe
from tests.support.findings import HOSTILE

from coterie.reports.names import file_name

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page
    from tests.browser.conftest import Visit

FIRST = file_name(HOSTILE[0])


def poke(page: Page) -> None:
    """Use what a reader uses: hover, search, open, keys, theme."""
    for box in page.locator(".plot").all():
        place = box.bounding_box()
        if place:
            box.scroll_into_view_if_needed()
            for x in range(40, int(place["width"]), 210):
                box.hover(position={"x": x, "y": place["height"] / 2})
    if page.locator("#ev").count():
        page.locator("#ev").hover(position={"x": 60, "y": 250})
        page.locator("#ev").hover(position={"x": 60, "y": 60})
        page.focus("#ev")
        for key in ("ArrowDown", "ArrowDown", "ArrowRight", "Enter", "+", "ArrowUp", "c", "Escape"):
            page.keyboard.press(key)
    for more in page.locator("summary").all():
        more.click()
    for search in page.locator("input[type=search]").all():
        search.fill("<")
        page.wait_for_timeout(20)
        search.fill("")
    page.click("#theme")
    page.click("#theme")


def axe(page: Page) -> list[str]:
    return [
        f"{v['id']} ({v['impact']}): {[n['target'] for n in v['nodes']][:3]}"
        for v in Axe().run(page).response["violations"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["index.html", f"clusters/{FIRST}"])
def test_hostile_text_does_nothing(
    visit: Callable[..., Visit], hostile_report: Path, name: str, scheme: str
) -> None:
    seen = visit(hostile_report / name, scheme=scheme)
    poke(seen.page)
    assert seen.faults() == {}
    assert axe(seen.page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_hostile_text_does_nothing_in_a_case_file(
    visit: Callable[..., Visit], hostile_report: Path, scheme: str
) -> None:
    seen = visit(hostile_report / "case.html", scheme=scheme)
    poke(seen.page)
    assert seen.faults() == {}


def test_a_search_for_hostile_names_does_nothing(
    visit: Callable[..., Visit], hostile_report: Path
) -> None:
    seen = visit(hostile_report / "index.html")
    for text in ("gpj.exe", "<!--<script", "evil.example/"):
        seen.page.fill("#clusters-q", text)
        seen.page.locator("#clusters .found").first.wait_for()
        assert text in seen.page.locator("#clusters .found").first.inner_text()
    assert seen.faults() == {}


@pytest.mark.parametrize(
    ("name", "scheme", "width"),
    [
        ("index.html", "light", 390),
        ("clusters/c-00001.html", "dark", 1920),
        ("clusters/c-00007.html", "light", 1280),
    ],
)
def test_pages_are_safe_and_accessible(
    visit: Callable[..., Visit], plain_report: Path, name: str, scheme: str, width: int
) -> None:
    seen = visit(plain_report / name, scheme=scheme, width=width)
    assert seen.faults() == {}
    assert axe(seen.page) == []


def test_hostile_text_is_shown_as_it_is(visit: Callable[..., Visit], hostile_report: Path) -> None:
    page = visit(hostile_report / "clusters" / FIRST).page
    assert page.locator("h1").inner_text() == f"Cluster {HOSTILE[0]}"
    page.fill("#members-q", "gpj.exe")
    name = page.locator("#members tbody th", has_text="gpj.exe")
    assert name.inner_text() == "userU+202Egpj.exe"
    assert name.locator(".ctl").inner_text() == "U+202E"
    page.fill("#members-q", "a" * 50)
    name = page.locator("#members tbody th", has_text="aaaaa")
    assert name.inner_text() == "a" * 400 + "… (3,000 characters)"


def test_plotly_draws_markup_as_text(visit: Callable[..., Visit], hostile_report: Path) -> None:
    page = visit(hostile_report / "index.html").page
    named = page.locator("#fig-flows svg text").all_text_contents()
    assert any(HOSTILE[0][:20] in text for text in named)
    assert page.locator("#fig-flows svg a").count() == 0


def test_hovering_a_mark_names_the_hostile_cluster(
    visit: Callable[..., Visit], hostile_report: Path
) -> None:
    seen = visit(hostile_report / "index.html")
    named = ""
    for mark in seen.page.locator("#fig-scatter .points path").all():
        mark.hover(force=True)
        seen.page.wait_for_timeout(60)
        named += "".join(seen.page.locator("#fig-scatter .hoverlayer text").all_text_contents())
    assert "<svg onload=window.pwned=4>" in named
    assert seen.faults() == {}


def test_the_download_is_safe_in_a_spreadsheet(
    visit: Callable[..., Visit], hostile_report: Path
) -> None:
    page = visit(hostile_report / "clusters" / FIRST).page
    page.fill("#members-q", "evil.example")
    with page.expect_download() as download:
        page.locator("#members").get_by_text("Download CSV").click()
    raw = download.value.path().read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    lines = raw.decode("utf-8-sig").split("\r\n")
    assert lines[-1] == ""
    assert any(line.startswith('"\'=HYPERLINK(""http://evil.example"",""x"")"') for line in lines)
    cells = re.findall(r'(?:^|,)"((?:[^"]|"")*)"', "\n".join(lines), re.MULTILINE)
    assert cells
    assert not [cell for cell in cells if cell[:1] in "=+-@\t\r" and cell]


def test_the_policy_allows_no_inline_script_of_others(
    visit: Callable[..., Visit], plain_report: Path
) -> None:
    page = visit(plain_report / "index.html").page
    page.evaluate(
        "() => { const s = document.createElement('div'); s.setAttribute('onclick', 'window.pwned=9');"
        " document.body.append(s); s.click(); }"
    )
    assert page.evaluate("window.pwned || null") is None
    assert [v for v in page.evaluate("window.violations") if v.startswith("script-src")]
