"""Prompt families over the weeks: a template that is edited a little at a time, and one beside it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from tests.support.markup import Tags

import coterie
from coterie.queries.store import open_store
from coterie.reports.pages.cluster_tables import prompt_families
from coterie.reports.read import cluster_of, read_details, read_sweep
from coterie.reports.redact import Names, names_of

if TYPE_CHECKING:
    from pathlib import Path

    from coterie.reports.read import Cluster

EVIL = "<img/src=x>"
TEMPLATE = (
    "write one warm review of the {slot} kettle and say twice that the handle stays cool while "
    "the water boils {extra} because buyers always ask about that before they order"
)
EXTRAS = ("quickly", "quickly", EVIL, EVIL, "slowly")
OTHER = "write one warm review of the {slot} blender and say twice that the lid stays shut at full speed"


def facts() -> tuple[pl.DataFrame, pl.DataFrame]:
    """Twelve accounts on one card and two devices; one template over five weeks, one in one week."""
    devices = [(f"r{i:02d}", kind, value) for i in range(12)
               for kind, value in (("payment", "card"), ("device", f"d{i % 2}"))]  # fmt: skip
    crowd = [(f"u{i:03d}", "device", f"x{i // 2}") for i in range(200)]
    prompts = []
    for week, extra in enumerate(EXTRAS):
        for i in range(3 + 2 * week):
            slot = f"item{week}x{i} of {i * 7919 % 97}"
            text = TEMPLATE.format(slot=slot, extra=extra)
            prompts.append((f"r{i:02d}", text, f"2026-04-{6 + 7 * week - 30 * (week > 3):02d}"))
    prompts = [(a, t, d.replace("2026-04-04", "2026-05-04")) for a, t, d in prompts]
    prompts += [(f"r{i:02d}", OTHER.format(slot=f"thing{i}"), "2026-04-08") for i in range(6)]
    prompts += [(f"u{i:03d}", f"what is {i} times {i * 3} plus the root of pi", "2026-04-09")
                for i in range(200)]  # fmt: skip
    return (
        pl.DataFrame(devices + crowd, schema=["account_id", "kind", "value"], orient="row"),
        pl.DataFrame(prompts, schema=["account_id", "text", "sent_at"], orient="row"),
    )


def world(root: Path, keep: str = "true") -> Path:
    root.mkdir()
    (root / "coterie.toml").write_text(f"[privacy]\nkeep_text = {keep}\n", encoding="utf-8")
    workspace = coterie.open(root)
    signals, prompts = facts()
    workspace.load(signals, as_="signals")
    workspace.load(prompts, as_="prompts")
    workspace.sweep(as_of="2026-05-10")
    return root


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return world(tmp_path_factory.mktemp("drift") / "case")


def cluster(root: Path, *, redact: bool = False) -> Cluster:
    with open_store(root / "coterie.duckdb") as store:
        names = names_of(store, None, redact=True, key="k") if redact else Names()
        sweep = read_sweep(store, None, names)
        rows = sweep.clusters.to_dicts()
        best = max(rows, key=lambda r: r["size"])
        return cluster_of(read_details(store, sweep, [best["cluster_id"]], names), best, 0)


def drifting(found: Cluster) -> dict[str, Any]:
    return next(f for f in prompt_families(found) if f["weeks"])


def test_a_template_shows_what_came_and_went_week_by_week(root: Path) -> None:
    family = drifting(cluster(root))
    weeks = family["weeks"]
    assert [f"{w['week']:%m-%d}" for w in weeks] == ["04-06", "04-13", "04-20", "04-27", "05-04"]
    assert family["n_weeks"] == 5
    assert [w["n_prompts"] for w in weeks] == [3, 5, 7, 9, 11]
    assert [w["n_new"] for w in weeks] == [3, 2, 2, 2, 2]
    assert [w["n_new_texts"] for w in weeks] == [w["n_texts"] for w in weeks]
    assert all("□" in w["template"] for w in weeks)
    assert [w["changed"] for w in weeks] == [
        "–",
        "as the week before",
        f"new: {EVIL}; gone: quickly",
        "as the week before",
        f"new: slowly; gone: {EVIL}",
    ]


def test_families_that_are_alike_stand_together(root: Path) -> None:
    found = cluster(root)
    families = prompt_families(found)
    first, second = (families[i]["near"] for i in range(2))
    assert first[0]["display"] == families[1]["template"]
    assert second[0]["display"] == families[0]["template"]
    grams = [
        {tuple(words[i : i + 2]) for i in range(len(words) - 1)}
        for words in (f["template"].split() for f in families[:2])
    ]
    like = len(grams[0] & grams[1]) / len(grams[0] | grams[1])
    assert first[0]["similarity"] == pytest.approx(like)


def test_the_page_and_the_markdown_show_the_weeks_and_no_markup_of_others(
    root: Path, tmp_path: Path
) -> None:
    workspace = coterie.open(root)
    workspace.report(tmp_path / "html")
    workspace.report(tmp_path / "md", form="md")
    name = cluster(root).row["cluster_id"]
    page = (tmp_path / "html" / "clusters" / f"{name}.html").read_text("utf-8")
    assert "Over time: 5 of 5 weeks" in page
    assert "1 nearest" in page
    assert "new: &lt;img/src=x&gt;; gone: quickly" in page
    before = page.partition('<script type="application/json"')[0]
    parser = Tags()
    parser.feed(before)
    assert "img" not in parser.tags
    text = (tmp_path / "md" / "clusters" / f"{name}.md").read_text("utf-8")
    assert "Over time, 5 of 5 weeks:" in text
    assert re.search(
        r"\| 2026-04-20 \| 7 \| 7 \| 2 \| 7 \| 7 \| `new: <img/src=x>; gone: quickly`", text
    )


def test_a_redacted_page_shows_no_template_of_a_week(root: Path) -> None:
    found = cluster(root, redact=True)
    assert found.drift == found.near == {}


def test_without_texts_the_weeks_are_counted_still(tmp_path: Path) -> None:
    family = drifting(cluster(world(tmp_path / "case", "false")))
    assert [w["n_prompts"] for w in family["weeks"]] == [3, 5, 7, 9, 11]
    assert {w["changed"] for w in family["weeks"]} == {"one prompt or no text: no template"}
