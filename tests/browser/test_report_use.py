"""The report as it is used: by keyboard, by link, on paper, on a telephone (sections 3 and 6)."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from tests.browser.conftest import ready
from tests.support.findings import make_store

from coterie.queries.store import open_store
from coterie.reports.build import build_report

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Browser, Page
    from tests.browser.conftest import Visit

    Open = Callable[..., Visit]


def said(page: Page) -> str:
    return page.locator("#live").text_content() or ""


def ink(page: Page) -> int:
    """How many pixels of the picture are not background: whether anything was drawn."""
    found = page.evaluate(
        "() => { const c = document.getElementById('ev'), d = c.getContext('2d')"
        ".getImageData(0, 0, c.width, c.height).data; let n = 0;"
        " for (let i = 0; i < d.length; i += 4) if (d[i] !== d[0] || d[i + 1] !== d[1]) n++; return n; }"
    )
    return int(found)


def test_the_first_tab_stop_skips_to_the_content(visit: Open, plain_report: Path) -> None:
    page = visit(plain_report / "clusters/c-00001.html").page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_a_table_is_sorted_by_keyboard_and_says_so(visit: Open, plain_report: Path) -> None:
    page = visit(plain_report / "index.html").page
    head = page.locator("#clusters thead th").nth(3)
    head.locator("button").focus()
    page.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") == "descending"
    sizes = page.locator("#clusters tbody tr td:nth-child(4)").all_inner_texts()
    assert sizes == ["300", "60", "24", "9", "5", "2", "1"]
    page.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") == "ascending"
    assert said(page) == "Sorted by Accounts, rising"
    assert page.locator("#clusters thead [aria-sort=none]").count() == 13


def test_filters_count_and_copy_what_is_left(visit: Open, plain_report: Path) -> None:
    page = visit(plain_report / "index.html").page
    page.locator("#clusters select").first.select_option("coordinated")
    count = page.locator("#clusters output").inner_text()
    assert re.fullmatch(r"[1-6] of 7", count)
    page.locator("#clusters").get_by_text("Copy ids").click()
    page.wait_for_function("() => document.getElementById('live').textContent.startsWith('Copied')")
    assert said(page).startswith(f"Copied {count[0]} id")


def test_the_picture_is_read_by_keyboard(visit: Open, plain_report: Path) -> None:
    page = visit(plain_report / "clusters/c-00001.html").page
    ids = page.evaluate("JSON.parse(document.getElementById('data').textContent)")
    assert ids
    page.focus("#ev")
    page.keyboard.press("ArrowDown")
    first = said(page)
    assert first.startswith("acct_")
    assert "core" in first
    page.keyboard.press("ArrowDown")
    assert said(page) != first
    page.keyboard.press("ArrowRight")
    assert "payment" in said(page)
    page.keyboard.press("Enter")
    assert re.match(r"Pinned payment .*: \d+ accounts have it", said(page))
    assert "col=1" in page.url
    page.keyboard.press("+")
    assert re.search(r"z=\d+-\d+", page.url)
    page.keyboard.press("0")
    page.keyboard.press("Escape")
    assert said(page) == "Nothing is marked"
    assert "col=" not in page.url
    assert page.locator("#tip").is_hidden()


def test_pointing_names_account_value_and_time(visit: Open, plain_report: Path) -> None:
    page = visit(plain_report / "clusters/c-00001.html").page
    page.locator("#ev").hover(position={"x": 30, "y": 130})
    tip = page.locator("#tip")
    tip.wait_for(state="visible")
    assert "payment" in tip.inner_text()
    assert " here, " in tip.inner_text()
    page.locator("#ev").hover(position={"x": 900, "y": 130})
    page.wait_for_function(
        "() => document.getElementById('tip').textContent.includes('under the pointer: 2026-')"
    )


def test_a_link_leads_back_to_the_same_view(visit: Open, plain_report: Path) -> None:
    page = visit(plain_report / "clusters/c-00001.html").page
    page.fill("#members-q", "device")
    page.locator("#members thead button").nth(2).click()
    page.locator("#ev").click(position={"x": 30, "y": 300})
    link = page.url
    assert "row=" in link
    rows = page.locator("#members output").inner_text()
    page.reload()
    ready(page)
    assert page.url == link
    assert page.input_value("#members-q") == "device"
    assert page.locator("#members output").inner_text() == rows
    assert page.locator("#members thead th").nth(2).get_attribute("aria-sort") == "descending"
    assert said(page).startswith("Pinned acct_")


def test_a_mark_of_the_scatter_opens_its_cluster(visit: Open, plain_report: Path) -> None:
    page = visit(plain_report / "index.html").page
    marks = page.locator("#fig-scatter .scatterlayer .trace").last.locator(".points path")
    with page.expect_navigation():
        marks.first.click(force=True)
    assert re.search(r"/clusters/c-\d+\.html$", page.url)
    ready(page)
    page.get_by_text("All clusters").click()
    page.wait_for_url("**/index.html")


def test_the_theme_button_changes_page_and_pictures(visit: Open, plain_report: Path) -> None:
    page = visit(plain_report / "clusters/c-00001.html").page
    corner = "document.getElementById('ev').getContext('2d').getImageData(2, 2, 1, 1).data[0]"
    assert page.evaluate(corner) == 255
    page.click("#theme")
    assert page.evaluate(corner) < 40
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.wait_for_function(
        "() => getComputedStyle(document.querySelector('#fig-waterfall .main-svg')).backgroundColor"
        " === 'rgb(18, 22, 27)'"
    )


@pytest.mark.parametrize("width", [390, 1280, 1920])
@pytest.mark.parametrize("name", ["index.html", "clusters/c-00001.html"])
def test_no_page_is_wider_than_its_window(
    visit: Open, plain_report: Path, name: str, width: int
) -> None:
    page = visit(plain_report / name, width=width).page
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_it_prints_on_a4_landscape(visit: Open, plain_report: Path, tmp_path: Path) -> None:
    seen = visit(plain_report / "clusters/c-00001.html", scheme="dark")
    file = tmp_path / "cluster.pdf"
    seen.page.pdf(path=file, prefer_css_page_size=True, print_background=True)
    raw = file.read_bytes()
    boxes = re.findall(rb"/MediaBox \[\s*0 0 ([\d.]+) ([\d.]+)\s*\]", raw)
    assert boxes
    assert {(round(float(w)), round(float(h))) for w, h in boxes} == {(842, 595)}
    assert b"/Subtype /Image" in raw, "the picture is on paper too"
    assert seen.faults() == {}


def test_figures_fit_the_sheet_and_the_screen_after_it(visit: Open, plain_report: Path) -> None:
    page = visit(plain_report / "clusters/c-00001.html", width=1920).page
    fit = (
        "() => { const b = [...document.querySelectorAll('.plot')].filter(x => x.querySelector("
        "'.main-svg')); return b.length === 3 && b.every(x => Math.abs(x.clientWidth -"
        " x.querySelector('.main-svg').clientWidth) <= 1); }"
    )
    for event, sheet in (("beforeprint", True), ("afterprint", False)):
        page.evaluate(f"window.dispatchEvent(new Event('{event}'))")
        page.wait_for_function(fit)
        main = page.evaluate("document.getElementById('main').clientWidth")
        assert (main == 1039) is sheet


def test_a_case_file_stands_alone(visit: Open, plain_report: Path, tmp_path: Path) -> None:
    alone = tmp_path / "ticket.html"
    shutil.copyfile(plain_report / "case.html", alone)
    seen = visit(alone)
    assert seen.faults() == {}
    assert seen.page.locator("#fig-waterfall svg").count() > 0
    assert seen.page.locator("a[href*=index]").count() == 0
    assert ink(seen.page) > 1000


def test_a_page_without_its_assets_says_so_and_keeps_the_picture(
    visit: Open, plain_report: Path, tmp_path: Path
) -> None:
    alone = tmp_path / "clusters" / "c-00001.html"
    alone.parent.mkdir()
    shutil.copyfile(plain_report / "clusters/c-00001.html", alone)
    page = visit(alone).page
    assert "assets/ is not beside this page" in page.locator("#fig-waterfall").inner_text()
    assert ink(page) > 1000
    assert page.locator("#members tbody tr").count() == 80


@pytest.mark.parametrize(
    ("sizes", "more"),
    [
        ((), {}),
        ((40,), {"times": False}),
        ((40,), {"kinds": ("prompt",)}),
        ((40,), {"kinds": ()}),
    ],
    ids=["no cluster", "no times", "one kind", "nothing shared"],
)
def test_odd_sweeps_look_right(
    visit: Open, tmp_path: Path, sizes: tuple[int, ...], more: dict[str, Any]
) -> None:
    path = make_store(tmp_path, sizes, **more)
    with open_store(path) as store:
        build_report(store, None, tmp_path / "report")
    for name in ["index.html", *(f"clusters/c-{i + 1:05d}.html" for i in range(len(sizes)))]:
        seen = visit(tmp_path / "report" / name)
        assert seen.faults() == {}
        text = seen.page.locator("main").inner_text()
        assert "None" not in text
        assert "NaN" not in text
        assert "undefined" not in text
    if not sizes:
        assert "No clusters in this sweep" in text


@pytest.mark.parametrize(("size", "raw"), [(2_000, True), (20_000, False)])
def test_a_large_cluster_is_a_density_picture(
    visit: Open, tmp_path: Path, size: int, *, raw: bool
) -> None:
    path = make_store(tmp_path, (size,))
    with open_store(path) as store:
        build_report(store, None, tmp_path / "report")
    seen = visit(tmp_path / "report" / "clusters/c-00001.html")
    assert seen.faults() == {}
    said = seen.page.locator("#ev").locator("xpath=../../figcaption").inner_text()
    assert ("Activity by steps of" in said) is not raw
    assert ink(seen.page) > 10_000
    assert seen.page.evaluate("document.querySelectorAll('*').length") < 5_000
    assert seen.page.locator("#members output").inner_text() == f"{size:,} of {size:,}"
    assert (tmp_path / "report" / "clusters/c-00001.html").stat().st_size < 1_500_000
    seen.page.get_by_text("As a network of accounts").click()
    seen.page.locator("#fig-network svg").first.wait_for()
    assert f"Drawn: 500 of {size:,} accounts" in seen.page.locator("#network-says").inner_text()
    seen.page.get_by_text("The same picture as a table").click()
    assert seen.page.locator("#twin output").inner_text() == f"{size:,} of {size:,}"


def test_an_account_or_a_value_leads_to_its_cluster(visit: Open, plain_report: Path) -> None:
    members = pl.read_parquet(plain_report / "data/members.parquet")
    account = members.filter(pl.col("cluster_id") == "c-00002")["account_id"][3]
    page = visit(plain_report / "index.html").page
    page.fill("#clusters-q", account)
    page.locator("#clusters .found").wait_for()
    assert page.locator("#clusters tbody th a").all_inner_texts() == ["c-00002"]
    assert page.locator("#clusters .found").inner_text() == account
    assert page.locator("#clusters output").inner_text() == "1 of 7"
    again = visit(plain_report / "index.html", fragment=f"#clusters.q={account}").page
    again.locator("#clusters .found").wait_for()
    assert again.locator("#clusters output").inner_text() == "1 of 7"


def test_a_search_without_the_names_beside_still_searches_the_table(
    visit: Open, plain_report: Path, tmp_path: Path
) -> None:
    shutil.copyfile(plain_report / "index.html", tmp_path / "index.html")
    page = visit(tmp_path / "index.html").page
    page.fill("#clusters-q", "c-00003")
    assert page.locator("#clusters output").inner_text() == "1 of 7"


def test_the_picture_as_a_table_says_the_same(visit: Open, plain_report: Path) -> None:
    page = visit(plain_report / "clusters/c-00002.html").page
    page.get_by_text("The same picture as a table").click()
    rows = page.locator("#twin tbody tr")
    rows.first.wait_for()
    assert rows.count() == 24
    cells = rows.nth(0).locator("th, td").all_inner_texts()
    page.focus("#ev")
    page.keyboard.press("ArrowDown")
    lines = said(page).split("\n")
    assert lines[0].startswith(f"{cells[1]} · {cells[2]}")
    assert len(cells[3].split(", ")) == sum(" here, " in line for line in lines)
    data = pl.read_parquet(plain_report / "data/members.parquet")
    assert cells[1] in data["account_id"].to_list()


def test_a_finger_pins_and_reads(chromium: Browser, plain_report: Path) -> None:
    context = chromium.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    page.goto((plain_report / "clusters/c-00001.html").as_uri())
    ready(page)
    page.locator("#ev").tap(position={"x": 30, "y": 250})
    assert said(page).startswith("Pinned acct_")
    assert page.locator("#tip").is_visible()
    page.locator('[data-ev="in"]').tap()
    assert re.search(r"z=\d+-\d+", page.url)
    page.locator('[data-ev="clear"]').tap()
    assert "row=" not in page.url
    context.close()


@pytest.mark.parametrize("name", ["index.html", "clusters/c-00001.html"])
def test_nothing_moves_while_a_page_is_drawn(visit: Open, plain_report: Path, name: str) -> None:
    page = visit(plain_report / name).page
    shift = page.evaluate(
        "() => new Promise(ok => { let sum = 0; new PerformanceObserver(l => {"
        " l.getEntries().forEach(e => { sum += e.value; }); })"
        ".observe({ type: 'layout-shift', buffered: true }); setTimeout(() => ok(sum), 100); })"
    )
    assert shift < 0.05


def test_it_needs_no_webgl(visit: Open, plain_report: Path) -> None:
    seen = visit(plain_report / "index.html")
    assert seen.page.evaluate("document.createElement('canvas').getContext('webgl')") is None
    assert seen.page.locator("#fig-scatter .scatterlayer .points path").count() == 7
    assert seen.page.locator("#fig-flows svg path.js-fill").count() >= 6
    assert seen.faults() == {}


def test_links_on_the_page_lead_to_its_sections(visit: Open, plain_report: Path) -> None:
    page = visit(plain_report / "clusters/c-00001.html", fragment="#members.q=acct").page
    page.locator(".jump").get_by_text("Accounts").click()
    assert page.evaluate("document.activeElement.id") == "h-members"
    assert page.locator("#h-members").bounding_box()
    assert "members.q=acct" in page.url
