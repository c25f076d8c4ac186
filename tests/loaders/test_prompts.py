"""Prompt families: what is one family, what is not, and that order never matters."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from itertools import combinations, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coterie.loaders import prompts_near, prompts_text
from coterie.loaders.prompts import build_families, define_macros

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from coterie.loaders.prompts import FamilySummary

DATA = Path(__file__).parent.parent / "data"


@dataclass(frozen=True, slots=True)
class Door:
    """A connection as the loaders take it."""

    con: duckdb.DuckDBPyConnection
    tracer: Callable[[str, dict[str, Any]], None] | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """Families by input row."""

    family: list[str | None]
    template: list[str | None]
    table: list[tuple[str, str, str]]
    summary: FamilySummary


def normalise(texts: Sequence[str]) -> list[str]:
    """The normalised texts."""
    door = Door(duckdb.connect())
    define_macros(door)
    door.con.register("raw", pl.DataFrame({"i": range(len(texts)), "text": texts}))
    rows = door.con.sql("SELECT prompt_norm(text) FROM raw ORDER BY i").fetchall()
    return [norm for (norm,) in rows]


def families(texts: Sequence[str], *, shuffle: int | None = None) -> Found:
    """Families of texts, loaded in the given order or shuffled."""
    frame = pl.DataFrame({"i": range(len(texts)), "text": texts}, schema={"i": int, "text": str})
    if shuffle is not None:
        frame = frame.sample(fraction=1.0, shuffle=True, seed=shuffle)
    door = Door(duckdb.connect())
    define_macros(door)
    door.con.register("raw", frame)
    door.con.sql(
        "CREATE TABLE doc AS SELECT i, norm, prompt_doc_id(norm) AS doc "
        "FROM (SELECT i, prompt_norm(text) AS norm FROM raw)"
    )
    door.con.sql("CREATE VIEW prompt_doc AS SELECT doc, norm FROM doc")
    summary = build_families(door, keep_pairs=True)
    rows = door.con.sql(
        "SELECT family, template FROM doc LEFT JOIN prompt_family USING (doc) ORDER BY i"
    ).fetchall()
    table = door.con.sql("FROM prompt_family ORDER BY doc").fetchall()
    return Found([r[0] for r in rows], [r[1] for r in rows], table, summary)


WORDS = [a + b + c for a in "bdfgklmnprst" for b in "aeiou" for c in ("", "n", "rt", "sk", "lo")]


def phrase(rng: random.Random, n: int) -> str:
    """Made-up words."""
    return " ".join(rng.choices(WORDS, k=n))


@pytest.fixture(scope="module")
def templates() -> tuple[list[str], list[str], Found]:
    """Real prompts with their template ("" for tasks written by people) and what is found."""
    prompts = pl.read_parquet(DATA / "prompt_templates" / "prompts.parquet")
    tasks = pl.read_parquet(DATA / "prompt_templates" / "seed_tasks.parquet")
    texts = prompts["text"].to_list() + tasks["text"].to_list()
    return texts, prompts["template"].to_list() + [""] * len(tasks), families(texts)


@pytest.fixture(scope="module")
def comments() -> tuple[pl.DataFrame, Found]:
    """Real comments and what is found."""
    frame = pl.read_parquet(DATA / "comment_spam" / "comments.parquet")
    return frame, families(frame["text"].to_list())


def test_template_pairs_are_found(templates: tuple[list[str], list[str], Found]) -> None:
    _, label, found = templates
    hit = said = true = 0
    for i, j in combinations(range(len(label)), 2):
        same_template = label[i] == label[j] != ""
        same_family = found.family[i] == found.family[j]
        hit += same_template and same_family
        said += same_family
        true += same_template
    assert 2 * hit / (said + true) >= 0.8
    assert hit / said >= 0.9


def test_written_tasks_hardly_ever_merge(templates: tuple[list[str], list[str], Found]) -> None:
    _, label, found = templates
    tasks = Counter(f for f, name in zip(found.family, label, strict=True) if not name)
    assert sum(n - 1 for n in tasks.values()) <= 5


def test_template_shows_its_slots(templates: tuple[list[str], list[str], Found]) -> None:
    _, _, found = templates
    assert "can you write a sentence about the topic □?" in found.template


def test_share_button_sentence_is_one_family(comments: tuple[pl.DataFrame, Found]) -> None:
    frame, found = comments
    frame = frame.with_columns(family=pl.Series(found.family, dtype=pl.String))
    shared = frame.filter(
        pl.col("text").str.to_lowercase().str.contains(r"^check out this video on youtube\W*$")
    )
    assert shared["account_id"].n_unique() == 96
    assert shared["family"].n_unique() == 1


def test_links_that_differ_in_their_reference_are_one_document() -> None:
    texts = [f"Register here https://www.tsu.co/invite?ref={n}#top now" for n in range(5)]
    assert set(normalise(texts)) == {"register here https://www.tsu.co/invite now"}


def test_harmless_comments_on_one_host_are_not_a_family() -> None:
    rng = random.Random(4)
    texts = [
        f"{phrase(rng, 12)} https://www.example.com/pages/{phrase(rng, 1)}{i}" for i in range(30)
    ]
    assert len(set(families(texts).family)) == 30


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_order_does_not_matter(seed: int, templates: tuple[list[str], list[str], Found]) -> None:
    texts, _, found = templates
    again = families(texts, shuffle=seed)
    assert again.table == found.table
    assert again.summary == found.summary


def test_doubling_rows_changes_nothing(templates: tuple[list[str], list[str], Found]) -> None:
    texts, _, found = templates
    assert families([*texts, *texts]).table == found.table


def test_exact_copies_are_one_document_and_one_family() -> None:
    found = families(
        ["Buy  NOW at once", "buy now\tat once", "\ufeffbuy now at once\u200b", "else"]
    )
    assert len(set(found.family[:3])) == 1
    assert found.family[3] != found.family[0]
    assert found.template[0] == "buy now at once"
    assert found.summary.documents == 2


def test_long_slots_still_match() -> None:
    rng = random.Random(7)
    filled = [
        f"Please act as my travel planner for {phrase(rng, 60)} and answer only with a short table."
        for _ in range(12)
    ]
    other = [phrase(rng, 60) for _ in range(40)]
    found = families([*filled, *other])
    assert len(set(found.family[:12])) == 1
    assert len(set(found.family)) == 41
    assert found.template[0] == (
        "please act as my travel planner for □ and answer only with a short table."
    )


def test_near_copies_join_and_show_the_difference() -> None:
    base = "write a formal letter to the landlord about the broken heating in flat {} on floor two"
    found = families([base.format(w) for w in ("seven", "nine", "three")])
    assert len(set(found.family)) == 1
    assert found.template[0] == base.format("□")


def test_family_is_named_after_its_representative() -> None:
    found = families(["hello there general", "something else entirely here"])
    assert all(f is not None and f.startswith("p-") and len(f) == 14 for f in found.family)
    assert found.template == ["hello there general", "something else entirely here"]


def test_hostile_texts() -> None:
    texts = [
        "",
        "   \t\n",
        "\u202e\u200b\ufeff",
        "\x00",
        "\u202eabc\u202c def\x00ghi",
        "x" * 100_000,
        "word " * 20_000,
        "?!?!",
        "□ □ □ □ □",
        "'; DROP TABLE prompt_doc; --",
        "<script>alert(1)</script>",
        "日本語のテキスト",
        "👩‍👩‍👧 e\u0301",
        "12345",
    ]
    found = families(texts)
    assert found.family[:4] == [None] * 4
    assert None not in found.family[4:]
    assert len(set(found.family[4:])) == len(texts) - 4
    assert found.template[4] == "abc def ghi"
    assert max(len(t or "") for t in found.template) == 400
    assert "é" in (found.template[12] or "")


def test_no_documents() -> None:
    found = families([])
    assert found.table == []
    assert found.summary.families == 0


def test_boilerplate_without_words_matches_nothing() -> None:
    rng = random.Random(3)
    texts = [f"{i} {rng.random()} {phrase(rng, 2)}{i} https://a.example/{i}" for i in range(50)]
    assert len(set(families(texts).family)) == 50


def test_popular_template_is_compared_with_its_first_document_only() -> None:
    rng = random.Random(5)
    base = phrase(rng, 30).split()
    texts = []
    for i in range(2000):
        words = base.copy()
        words[rng.randrange(30)] = f"w{i}"
        texts.append(" ".join(words))
    found = families(texts)
    assert found.summary.families == 1
    assert found.summary.near_candidates <= 20 * len(texts)


def brute_jaccard(a: str, b: str) -> float:
    """Jaccard similarity of the word bigrams."""
    one, two = (set(pairwise(t.split())) or {(t, "")} for t in (a, b))
    return len(one & two) / len(one | two)


def test_recall_of_near_pairs() -> None:
    rng = random.Random(11)
    texts = []
    for _ in range(60):
        base = phrase(rng, 30).split()
        for _ in range(5):
            words = base.copy()
            for place in rng.sample(range(30), rng.randrange(4)):
                words[place] = rng.choice(WORDS)
            texts.append(" ".join(words))
    found = families(texts)
    near = [
        (i, j) for i, j in combinations(range(300), 2) if brute_jaccard(texts[i], texts[j]) >= 0.7
    ]
    hit = sum(found.family[i] == found.family[j] for i, j in near)
    assert len(near) > 200
    assert hit / len(near) >= 0.99


@settings(max_examples=25, deadline=None)
@given(st.lists(st.text(alphabet="ab \n.é語1'", max_size=30), max_size=20), st.randoms())
def test_any_order_gives_the_same_families(texts: list[str], rng: random.Random) -> None:
    order = list(range(len(texts)))
    rng.shuffle(order)
    assert families([texts[i] for i in order]).table == families(texts).table


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(st.integers(0, 60), max_size=90), min_size=2, max_size=8))
def test_jaccard_is_exact(sets: list[list[int]]) -> None:
    sizes = np.cumsum([0, *map(len, sets)])
    flat = np.array([v * 2_654_435 % 2**31 * 2 for s in sets for v in s], np.uint32)
    grams = prompts_text.Ragged(flat, sizes)
    a, b = (np.array(x) for x in zip(*combinations(range(len(sets)), 2), strict=True))
    for i, j, found in zip(a, b, prompts_near.jaccard(grams, a, b), strict=True):
        one, two = set(sets[i]), set(sets[j])
        assert found == pytest.approx(len(one & two) / max(len(one | two), 1))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(alphabet="ab1 ,é語", max_size=200), min_size=1, max_size=8))
def test_words_do_not_depend_on_their_surroundings(texts: list[str]) -> None:
    together = prompts_text.find_words(prompts_text.texts_of(pl.Series(texts).to_arrow()))
    for i, text in enumerate(texts):
        alone = prompts_text.find_words(prompts_text.texts_of(pl.Series([text]).to_arrow()))
        part = together.flat[together.offsets[i] : together.offsets[i + 1]]
        assert part.tolist() == alone.flat.tolist()


def test_hashes_are_fixed() -> None:
    """Families must not change with the platform or a library: the hash of a word is pinned."""
    assert int(prompts_text.word_hash("template")) == 3878107468
