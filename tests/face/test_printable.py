"""Foreign text on a terminal: seen, aligned, harmless."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from coterie.printable import printable, table, width

ACTS = {"Cc", "Cf", "Cs", "Zl", "Zp"}


@given(st.text())
def test_nothing_that_acts_or_hides_gets_through(text: str) -> None:
    assert not {unicodedata.category(ch) for ch in printable(text)} & ACTS


@given(st.text(st.characters(categories=["L", "N", "P", "S"])))
def test_plain_text_stays(text: str) -> None:
    if text.isprintable():
        assert printable(text) == text


@given(st.text(), st.integers(1, 20))
def test_the_limit_holds(text: str, limit: int) -> None:
    assert len(printable(text, limit)) <= limit


def test_what_is_shown_names_the_character() -> None:
    assert printable("a\x1b[2Jb") == "a\\u{1b}[2Jb"
    assert printable("user\u202egpj.exe") == "user\\u{202e}gpj.exe"
    assert printable("tab\there\nnul\x00") == "tab\\u{9}here\\u{a}nul\\u{0}"
    assert printable(None) == ""


@given(st.lists(st.tuples(st.text(max_size=30), st.integers()), max_size=5))
def test_a_table_has_one_line_a_row_and_says_how_many(rows: list[tuple[str, int]]) -> None:
    lines = table(("name", "n"), rows, total=len(rows) + 1).split("\n")
    assert len(lines) == len(rows) + 3
    assert lines[-1].startswith(f"{len(rows)} of {len(rows) + 1} row")


def test_wide_letters_keep_columns_aligned() -> None:
    lines = table(("name", "n"), [("漢字", 1), ("abcd", 22)]).split("\n")
    assert {width(line) for line in lines[:4]} == {width("abcd  22")}
