"""Foreign text in pages and spreadsheets."""

from __future__ import annotations

import csv
import io
from html.parser import HTMLParser

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.findings import HOSTILE

from coterie.reports.csv import people_csv
from coterie.reports.names import file_name
from coterie.reports.page import safe_json
from coterie.reports.text import cut, figure_text, plain, shown


class Reader(HTMLParser):
    """What a browser would make of it: the tags and the text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.names: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.names.update(name for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        self.text += data


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    return reader


@pytest.mark.parametrize("text", HOSTILE)
def test_foreign_text_makes_no_tags_of_its_own(text: str) -> None:
    found = read(str(shown(text)))
    assert set(found.tags) <= {"bdi", "span"}
    assert found.names <= {"class"}


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_what_is_visible_is_shown_as_written(text: str) -> None:
    found = read(str(shown(text)))
    assert set(found.tags) <= {"bdi", "span"}
    if "span" not in found.tags and "\r" not in text:
        assert found.text == text


def test_hidden_characters_are_named() -> None:
    assert "U+202E" in str(shown("user\u202egpj.exe"))
    assert plain("zero\u200bwidth") == "zero⟦U+200B⟧width"
    assert plain("tag\U000e0041") == "tag⟦U+E0041⟧"
    assert plain("tab\tand\nline") == "tab\tand\nline"


def test_long_text_is_cut_and_says_how_long_it_is() -> None:
    assert cut("a" * 400) == "a" * 400
    assert cut("a" * 3000) == "a" * 400 + "… (3,000 characters)"


@pytest.mark.parametrize("text", HOSTILE)
def test_figure_text_holds_no_markup(text: str) -> None:
    said = figure_text(text)
    assert "<" not in said
    assert "\n" not in said


@given(st.text())
def test_an_island_cannot_be_left(text: str) -> None:
    import json

    safe = safe_json(json.dumps(text, ensure_ascii=False))
    assert not set(safe) & set("<>&\u2028\u2029")
    assert json.loads(safe) == text


@pytest.mark.parametrize("text", [*HOSTILE, "..", "../x", "a/b", "A", "", "c" * 41, "é"])
def test_file_names_are_safe_and_stable(text: str) -> None:
    name = file_name(text)
    assert set(name.removesuffix(".html")) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert name == file_name(text)
    assert name != file_name(text + "x")


def test_own_names_stay_readable() -> None:
    assert file_name("c-4f2a91") == "c-4f2a91.html"


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=20), min_size=1))
def test_no_cell_of_a_csv_runs_and_none_is_lost(texts: list[str]) -> None:
    raw = people_csv(pl.DataFrame({"value": texts, "n": range(len(texts))}))
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline="")))
    assert rows[0] == ["value", "n"]
    cells = [row[0] for row in rows[1:]]
    assert [c.removeprefix("'") for c in cells] == [t.removeprefix("'") for t in texts]
    assert not [c for c in cells if c[:1] in set("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")]


def test_lists_and_numbers_in_a_csv() -> None:
    frame = pl.DataFrame({"families": [["device", "=x"]], "bits": [-1.5]})
    assert people_csv(frame).decode("utf-8-sig") == ('"families","bits"\r\n"device; =x",-1.5\r\n')
