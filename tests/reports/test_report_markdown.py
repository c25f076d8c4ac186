"""The report as Markdown: what others wrote stays text, whichever reader shows it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from tests.support.findings import HOSTILE, SWEEP, make_store

from coterie.queries.store import open_store
from coterie.reports.build import build_case, build_report
from coterie.reports.markdown_text import block, cell, code, prose, rows, said
from coterie.reports.text import plain

if TYPE_CHECKING:
    from pathlib import Path

    from markdown_it.token import Token

READER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def tokens(text: str) -> list[Token]:
    found = READER.parse(text)
    return [t for token in found for t in [token, *(token.children or [])]]


def kinds(text: str) -> set[str]:
    return {token.type for token in tokens(text)}


def words(text: str) -> str:
    """What a reader shows of a text, without its form."""
    return "".join(t.content for t in tokens(text) if t.type in {"text", "code_inline", "entity"})


ANY = st.text(st.characters(codec="utf-8"), max_size=60) | st.sampled_from(HOSTILE) | st.text(
    "|`\\ *_<>&#~[]()!-+=:.@/aw1\n", max_size=40
)  # fmt: skip


@given(ANY)
def test_text_of_others_stays_in_its_cell(text: str) -> None:
    for form in (code, said, cell, prose):
        table = rows(("A", "B"), [(form(text), "end")])
        found = tokens(table)
        assert {t.type for t in found} <= {
            "table_open", "table_close", "thead_open", "thead_close", "tbody_open", "tbody_close",
            "tr_open", "tr_close", "th_open", "th_close", "td_open", "td_close", "inline", "text",
            "code_inline", "text_special",
        }, (form, text)  # fmt: skip
        cells = [t.content for t in found if t.type == "inline"]
        assert len(cells) == 4
        assert cells[3] == "end"


@given(ANY)
def test_code_says_what_was_written(text: str) -> None:
    shown = plain(text, 160).replace("\n", "⟦U+000A⟧").replace("\t", "⟦U+0009⟧")
    found = "".join(t.content for t in tokens(code(text)) if t.type != "inline")
    # A span of spaces only, and the spaces between cells, are not what anybody reads for.
    assert re.sub(r"\s", "", found) == re.sub(r"\s", "", shown or "–")


@given(ANY)
def test_a_sentence_is_one_paragraph_of_text(text: str) -> None:
    allowed = {
        "paragraph_open", "paragraph_close", "inline", "text", "code_inline", "text_special",
    }  # fmt: skip
    assert kinds(prose(text)) <= allowed
    assert kinds(said(text)) <= allowed


@given(ANY)
def test_a_block_ends_where_we_end_it(text: str) -> None:
    found = [t.type for t in READER.parse(f"{block(text)}\n\nafter")]
    assert found == ["fence", "paragraph_open", "inline", "paragraph_close"]


@pytest.mark.parametrize(
    "text", ["https://evil.example/x", "see www.evil.example", "a@evil.example", "@everyone"]
)
def test_nothing_is_made_a_link_by_readers_that_look_for_them(text: str) -> None:
    for form in (said, prose, cell):
        assert form(text).startswith("`")


def test_our_own_words_stay_readable() -> None:
    assert prose("12 accounts share 3 cards; 0.5 of them (4 %) in one day.") == (
        "12 accounts share 3 cards; 0.5 of them (4 %) in one day."
    )
    assert said("c-00001") == "c-00001"
    assert cell(1234567) == "1,234,567"
    assert cell(None) == cell(float("nan")) == "–"
    assert cell(["device", "payment"]) == "device, payment"


@pytest.mark.parametrize("hostile", [False, True], ids=["plain", "hostile"])
def test_a_whole_report_holds_no_html_and_leads_nowhere_else(
    world_path: Path, hostile_path: Path, tmp_path: Path, hostile: bool
) -> None:
    out = tmp_path / "report"
    with open_store(hostile_path if hostile else world_path) as store:
        build_report(store, None, out, form="md")
    pages = {p.relative_to(out).as_posix(): p for p in out.rglob("*.md")}
    assert len(pages) == (4 if hostile else 7)
    for name, page in pages.items():
        found = tokens(page.read_text("utf-8"))
        assert not {t.type for t in found} & {"html_inline", "html_block"}, name
        for token in found:
            target = token.attrGet("href") or token.attrGet("src")
            if target is not None:
                assert (page.parent / str(target)).resolve().is_relative_to(out)
                assert (page.parent / str(target)).is_file(), target
    index = tokens((out / "index.md").read_text("utf-8"))
    assert sum(t.type == "link_open" for t in index) == len(pages) - 1


def test_the_overview_and_the_pages_say_what_the_store_says(
    world_path: Path, tmp_path: Path
) -> None:
    out = tmp_path / "report"
    with open_store(world_path) as store:
        build_report(store, None, out, form="md")
        accounts = store.rows("report/all_members", sweep_id=SWEEP)
    index = (out / "index.md").read_text("utf-8")
    assert "6 of 6 clusters have a page of their own." in index
    assert re.search(r"\| \[c-00001\]\(clusters/c-00001\.md\) \| \w+ \| [\d.]+ \| 210 \|", index)
    page = (out / "clusters/c-00001.md").read_text("utf-8")
    assert "200 of 210 accounts are shown; all are in `data/`." in page
    assert len(re.findall(r"^\| `acct_[0-9a-f]{8}` \|", page, re.MULTILINE)) == 200
    assert "## Why this score" in page
    assert "| prior | 0.01 | -6.60 |" in page
    small = (out / "clusters/c-00003.md").read_text("utf-8")
    mine = {r["account_id"] for r in accounts if r["cluster_id"] == "c-00003"}
    assert set(re.findall(r"acct_[0-9a-f]{8}", small)) == mine
    assert (out / "clusters/c-00001.png").read_bytes().startswith(b"\x89PNG")


def test_a_case_in_markdown_has_every_account_and_its_picture(
    world_path: Path, tmp_path: Path
) -> None:
    with open_store(world_path) as store:
        build_case(store, "c-00001", tmp_path / "a ticket.md", form="md")
    page = (tmp_path / "a ticket.md").read_text("utf-8")
    assert len(re.findall(r"^\| `acct_[0-9a-f]{8}` \|", page, re.MULTILINE)) == 210
    assert "](a%20ticket.png)" in page
    assert "index.md" not in page
    assert (tmp_path / "a ticket.png").is_file()


def test_a_sweep_without_clusters_says_so(tmp_path: Path) -> None:
    path = make_store(tmp_path, ())
    with open_store(path) as store:
        build_report(store, None, tmp_path / "report", form="md")
    assert "No clusters in this sweep." in (tmp_path / "report/index.md").read_text("utf-8")
