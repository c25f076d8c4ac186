"""The page of an evaluation in a browser: hostile names do nothing, everything is drawn and readable."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest
from axe_playwright_python.sync_playwright import Axe
from tests.support.findings import HOSTILE

from coterie.graphs.evaluate import evaluate
from coterie.graphs.evaluate_rows import compare
from coterie.graphs.tune import GOAL
from coterie.graphs.tuning import Measure, Tried, Tuning
from coterie.reports.evaluation import evaluation_page

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable
    from pathlib import Path

    from tests.browser.conftest import Visit

TEXT, NUMBER = pl.String, pl.Float64


def page(path: Path, *, found: bool = True) -> Path:
    """A page on which every name is an attack; without finds, all of it is empty."""
    rows = [(f"{name}#{i}", name) for name in HOSTILE for i in range(4)] if found else []
    members = pl.DataFrame(rows, schema={"account_id": TEXT, "cluster_id": TEXT}, orient="row")
    clusters = pl.DataFrame(
        [(name, at / len(HOSTILE), ("lead", "linked", "coordinated")[at % 3]) for at, name in enumerate(HOSTILE)],
        schema={"cluster_id": TEXT, "score": NUMBER, "tier": TEXT}, orient="row",
    )  # fmt: skip
    truth = pl.DataFrame(
        [(f"{name}#{i}", name, name) for name in HOSTILE[::2] for i in range(6)],
        schema=["account_id", "cluster", "archetype"],
        orient="row",
    )
    whole = evaluate(members, clusters, truth, 1_000)
    behind = compare(members, clusters, truth)
    tuning = Tuning(
        {"resolution": 3.0}, 2, 3, 3, HOSTILE[0],
        (Tried("present settings", "", 0.8, chosen=False), Tried("resolution", "3", 0.9, chosen=True)),
        (Measure(GOAL, 0.8, 0.9, 0.05, 0.15), Measure("average precision", None, 0.9)),
    )  # fmt: skip
    end: dt.datetime = pl.Series(["2026-05-01"]).str.to_datetime()[0]
    html = evaluation_page(
        {"sweep_id": HOSTILE[1], "window_end": end, "version": "0.1.0"},
        whole.to_dict(), whole.tables(), behind.truth, behind.found, behind.curve, tuning.page(),
    )  # fmt: skip
    path.write_text(html, encoding="utf-8")
    return path


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_hostile_names_do_nothing_and_all_can_be_read(
    visit: Callable[..., Visit], tmp_path: Path, scheme: str
) -> None:
    seen = visit(page(tmp_path / "evaluation.html"), scheme=scheme)
    for plot in seen.page.locator(".plot").all():
        plot.scroll_into_view_if_needed()
        plot.hover(position={"x": 120, "y": 120})
    for more in seen.page.locator("summary").all():
        more.click()
    seen.page.click("#theme")
    seen.page.click("#theme")
    assert seen.faults() == {}
    violations = Axe().run(seen.page).response["violations"]
    assert [(v["id"], [n["target"] for n in v["nodes"]][:3]) for v in violations] == []
    assert seen.page.locator(".plot .main-svg").count() >= 4
    shown = seen.page.locator("#truth output").text_content()
    assert shown == f"{len(HOSTILE[::2])} of {len(HOSTILE[::2])}"


def test_a_sweep_without_finds_has_a_page_too(visit: Callable[..., Visit], tmp_path: Path) -> None:
    seen = visit(page(tmp_path / "evaluation.html", found=False), width=390)
    assert seen.faults() == {}
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= 390
    assert seen.page.locator(".plot .main-svg").count() >= 4
