"""Families as the store keeps them: lasting names, boilerplate, listed templates, texts not kept."""

from __future__ import annotations

import random
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.loading import Desk

from coterie.config import PrivacyOptions
from coterie.loaders.load import Source
from coterie.loaders.prompts_id import name_families

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

WORDS = [a + b + c for a in "bdfgklmnprst" for b in "aeiou" for c in ("", "n", "rt", "sk", "lo")]


def phrase(rng: random.Random, n: int) -> str:
    """Made-up words."""
    return " ".join(rng.choices(WORDS, k=n))


def frame(texts: Sequence[str], start: int = 0) -> pl.DataFrame:
    """Each text from an account of its own."""
    return pl.DataFrame({"account_id": [f"a{start + i}" for i in range(len(texts))], "text": texts})


def families(desk: Desk) -> dict[str, str]:
    """The family of each account's prompt."""
    return dict(desk.rows("SELECT account_id, family FROM prompts").rows())


def test_boilerplate_joins_no_campaigns(tmp_path: Path) -> None:
    rng = random.Random(1)
    boilerplate = phrase(rng, 60)
    texts, label = [], []
    for campaign in range(4):
        template = phrase(rng, 12)
        for _ in range(15):
            texts.append(f"{boilerplate}. {template} {phrase(rng, 8)}")
            label.append(campaign)
    for _ in range(200):
        texts.append(f"{boilerplate}. {phrase(rng, 16)}")
        label.append(9)
    desk = Desk(tmp_path)
    desk.load(frame(texts))
    found = families(desk)
    groups = [
        {found[f"a{i}"] for i, x in enumerate(label) if x == campaign} for campaign in range(4)
    ]
    assert [len(g) for g in groups] == [1] * 4
    assert len(set.union(*groups)) == 4
    assert not set.union(*groups) & {found[f"a{i}"] for i, x in enumerate(label) if x == 9}


def test_a_template_that_most_texts_fill_is_still_a_family(tmp_path: Path) -> None:
    rng = random.Random(2)
    template = (
        "please write {} for our catalogue and keep it under one hundred words in plain style"
    )
    desk = Desk(tmp_path)
    desk.load(frame([template.format(phrase(rng, 10)) for _ in range(120)]))
    assert len(set(families(desk).values())) == 1


def test_a_family_that_drifts_keeps_its_name(tmp_path: Path) -> None:
    rng = random.Random(3)
    desk = Desk(tmp_path)
    words = phrase(rng, 24).split()
    names = []
    for week in range(5):
        texts = [" ".join([*words, *phrase(rng, 2).split()]) for _ in range(6)]
        desk.load(Source(frame(texts, 100 * week), name=f"week {week}"))
        found = families(desk)
        names.append({found[f"a{100 * week + i}"] for i in range(6)})
        words[4 * week + 2] = rng.choice(WORDS)  # after five weeks a fifth is another
    assert set.union(*names) == names[0]
    assert len(names[0]) == 1
    # The first week's texts are swapped for others: the name outlives them.
    desk.load(Source(frame(["nothing like it at all"]), name="week 0"), replace=True)
    found = families(desk)
    assert {f for account, f in found.items() if account != "a0"} == names[0]


def test_new_texts_rename_nothing(tmp_path: Path) -> None:
    rng = random.Random(4)
    desk = Desk(tmp_path)
    bases = [phrase(rng, 20) for _ in range(30)]
    desk.load(frame([f"{b} {phrase(rng, 2)}" for b in bases]))
    before = families(desk)
    for step in range(1, 3):
        desk.load(frame([f"{b} {phrase(rng, 2)}" for b in bases], 100 * step))
        assert before.items() <= families(desk).items()


keys = st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=30, unique=True)


@settings(max_examples=200, deadline=None)
@given(keys, keys, st.randoms())
def test_names_are_one_to_one_and_last(old: list[int], new: list[int], rng: random.Random) -> None:
    def grouped(documents: list[int]) -> tuple[np.ndarray, np.ndarray]:
        family: list[int] = []
        for i in range(len(documents)):
            family.append(family[rng.randrange(i)] if i and rng.random() < 0.6 else i)
        return np.array(sorted(documents), np.uint64), np.array(family)

    one, first = grouped(old)
    names = name_families(one, first, None)
    again = name_families(one, first, (one[::-1], names[::-1]))
    assert again.tolist() == names.tolist()
    two, second = grouped(sorted({*old[: len(old) // 2], *new}))
    later = name_families(two, second, (one, names))
    assert len(set(zip(second.tolist(), later.tolist(), strict=True))) == len(set(second.tolist()))
    assert len(set(later.tolist())) == len(set(second.tolist()))
    # Of the families that have documents of an old one, at most one has its name; that one holds
    # no fewer of them than any that got none of the old names.
    was = dict(zip(one.tolist(), names.tolist(), strict=True))
    for name in set(names.tolist()):
        holders = Counter(
            f for d, f in zip(two.tolist(), second.tolist(), strict=True) if was.get(d) == name
        )
        kept = dict(zip(second.tolist(), later.tolist(), strict=True))
        for f, count in holders.items():
            if kept[f] not in set(names.tolist()):
                takers = [g for g in kept if kept[g] == name]
                assert takers
                assert holders[takers[0]] >= count


@pytest.mark.parametrize("first", ["prompts", "lists"])
def test_a_listed_text_lists_its_family(tmp_path: Path, first: str) -> None:
    rng = random.Random(5)
    desk = Desk(tmp_path)
    template = "You are an expert in {}. Answer the question step by step and name your sources."
    prompts = frame([template.format(phrase(rng, 6)) for _ in range(12)])
    listed = pl.DataFrame(
        {
            "kind": ["prompt", "prompt"],
            "value": [template.format("{topic}"), "p-0123456789ab"],
            "class": ["partner", "ignore"],
            "reason": ["public framework", None],
        }
    )
    both = [Source(prompts, table="prompts"), Source(listed, table="lists", name="benign")]
    for source in both if first == "prompts" else both[::-1]:
        desk.load(source)
    (family,) = set(families(desk).values())
    rows = desk.rows(f"SELECT class, reason FROM lists WHERE value = '{family}'").rows()
    assert len(rows) == 1
    assert rows[0][0] == "partner"
    assert rows[0][1].startswith('public framework; family of the listed text "you are an expert')
    # The list goes: so does what it led to.
    desk.load(Source(listed.slice(1), table="lists", name="benign"), replace=True)
    assert desk.rows("SELECT value FROM lists").rows() == [("p-0123456789ab",)]
    assert set(families(desk).values()) == {family}


def test_a_listed_text_that_meets_no_family_is_told(tmp_path: Path) -> None:
    rng = random.Random(7)
    template = "You are an expert in {}. Answer the question step by step and name your sources."
    prompts = frame([template.format(phrase(rng, 6)) for _ in range(12)])
    words = [template.format("{topic}"), phrase(rng, 30), phrase(rng, 30)]
    listed = pl.DataFrame({"kind": "prompt", "value": words, "class": "partner"})
    desk = Desk(tmp_path)
    both = [Source(prompts, table="prompts"), Source(listed, table="lists")]
    told = "2 of 3 listed prompt texts met no family and list nothing"
    assert told in desk.load(*both).notes
    met = Desk(tmp_path / "met")
    met.root.mkdir()
    notes = met.load(both[0], Source(listed.head(1), table="lists")).notes
    assert not [note for note in notes if "listed" in note]


def test_a_template_behind_a_listed_one_is_not_listed(tmp_path: Path) -> None:
    rng = random.Random(6)
    framework, own = phrase(rng, 60), phrase(rng, 9)
    texts = [f"{framework}. {phrase(rng, 16)}" for _ in range(150)]
    texts += [f"{framework}. {own} {phrase(rng, 8)}" for _ in range(15)]
    listed = pl.DataFrame({"kind": ["prompt"], "value": [framework], "class": ["partner"]})
    desk = Desk(tmp_path)
    desk.load(Source(frame(texts), table="prompts"), Source(listed, table="lists"))
    found = families(desk)
    assert len({found[f"a{i}"] for i in range(150, 165)}) == 1
    values = set(desk.rows("SELECT value FROM lists").to_series())
    assert values == {framework, Counter(found.values()).most_common(1)[0][0]}
    assert found["a150"] not in values


def test_one_text_of_one_prompt_is_not_kept(tmp_path: Path) -> None:
    desk = Desk(tmp_path, {"privacy": PrivacyOptions(keep_text=False)})
    alone = "my own question about the lost red bicycle"
    shared = "what is the weather like in the harbour town today"
    desk.load(frame([alone, shared, shared]))
    rows = desk.rows("SELECT DISTINCT template FROM facts.family").rows()
    assert {row[0] for row in rows} == {None, shared}
    assert set(families(desk)) == {"a0", "a1", "a2"}
