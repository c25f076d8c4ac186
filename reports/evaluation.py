"""The page of an evaluation: one file that needs nothing beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from coterie.reports import evaluation_figures as figures
from coterie.reports.page import PLOTLY, pack, render
from coterie.reports.tables import Column, table
from coterie.reports.text import number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl

    Rows = Sequence[Sequence[str]]

MOST_ROWS = 5_000


def evaluation_page(
    sweep: Mapping[str, Any],
    evaluation: Mapping[str, Any],
    tables: Sequence[tuple[str, Rows]],
    truth: pl.DataFrame,
    found: pl.DataFrame,
    curve: pl.DataFrame,
    tuning: Mapping[str, Any] | None = None,
) -> str:
    """The whole page.

    Args:
        sweep: sweep_id, window_end (UTC) and version of the sweep that was measured.
        evaluation: ``Evaluation.to_dict()``.
        tables: titles and rows of text, the heading first: ``Evaluation.tables()``.
        truth: one row a truth cluster: ``Compared.truth``.
        found: one row a found cluster: ``Compared.found``.
        curve: precision and recall by accounts taken: ``Compared.curve``.
        tuning: verdict, rows, tried (rows of text, the heading first) and lines of a tuning, or None.
    """
    bins = evaluation["calibration"]["bins"]
    drawn = {
        "reliability": figures.reliability(bins),
        "ranking": figures.ranking(curve),
        "recovery": figures.recovery(truth),
    }
    if evaluation["archetypes"]:
        drawn["archetypes"] = figures.archetypes(evaluation["archetypes"])
    content = {"tables": {"truth": _truth(truth), "found": _found(found)}, "figures": drawn}
    marks = min(truth.height, figures.MOST_MARKS)
    return render(
        "evaluation.html.j2",
        pack(content, {}),
        plotly=PLOTLY,
        alone=True,
        title="How good the findings are",
        redact=False,
        sweep=sweep,
        lead=_lead(evaluation),
        cards=_cards(evaluation),
        tuning=tuning,
        reliability=_reliability(evaluation["calibration"]),
        recovery=(
            f"{marks:,} of {truth.height:,} truth clusters, the worst recovered first. Jaccard index "
            "of the best found cluster: accounts in both over accounts in either."
        ),
        archetypes=bool(evaluation["archetypes"]),
        tables=tables,
        n_truth=truth.height,
        n_truth_shown=min(truth.height, MOST_ROWS),
        n_found=found.height,
        n_found_shown=min(found.height, MOST_ROWS),
    )


def _lead(e: Mapping[str, Any]) -> str:
    return (
        f"{number(e['n_clusters'], 'cluster')} with {number(e['n_members'], 'account')} against a "
        f"truth of {number(e['n_truth_clusters'], 'cluster')} with "
        f"{number(e['n_operators'], 'operator')}."
    )


def _reliability(calibration: Mapping[str, Any]) -> str:
    full = sum(1 for b in calibration["bins"] if b["n"])
    return (
        f"{full} of {len(calibration['bins'])} bins hold clusters; bars are 95 % intervals, the "
        "counts stand below. Marks on the dotted line mean that a score of 0.8 is right eight times "
        f"in ten. Brier score {_share(calibration['brier'])} against {_share(calibration['base'])} "
        f"for the base rate alone; calibration error {_share(calibration['error'])}."
    )


def _cards(e: Mapping[str, Any]) -> list[dict[str, str]]:
    tiers = {t["tier"]: t for t in e["tiers"]}
    high = tiers["coordinated"]
    n = e["n_truth_clusters"]
    return [
        {
            "value": _share(e["bcubed"]["f"]),
            "what": "B-cubed F of operators",
            "more": f"precision {_share(e['bcubed']['precision'])} · recall "
            f"{_share(e['bcubed']['recall'])}",
        },
        {
            "value": _share(e["recovered_50"]),
            "what": "of truth clusters recovered",
            "more": f"Jaccard 0.5; {_share(e['recovered_80'])} at 0.8; {number(n, 'cluster')}",
        },
        {
            "value": _share(high["accounts"]["precision"]),
            "what": "of coordinated accounts are operators",
            "more": f"{high['n_operators']:,} of {high['n_accounts']:,}",
        },
        {
            "value": _share(high["accounts"]["recall"]),
            "what": "of operators are in coordinated",
            "more": f"{high['n_operators']:,} of {e['n_operators']:,}",
        },
        {
            "value": _share(e["average_precision"]),
            "what": "average precision of the score",
            "more": f"{_share(e['average_precision_weighted'])} weighted by size",
        },
        {
            "value": _share(e["calibration"]["error"]),
            "what": "calibration error",
            "more": f"Brier {_share(e['calibration']['brier'])}",
        },
    ]


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _truth(truth: pl.DataFrame) -> dict[str, Any]:
    t = truth.head(MOST_ROWS)
    return table(
        "Truth clusters",
        [
            Column("Truth cluster", t["cluster"].to_list()),
            Column("Archetype", t["archetype"].to_list(), choose=True),
            Column("Accounts", t["n_operators"].to_list(), "number"),
            Column("Found", t["n_found"].to_list(), "number"),
            Column("Coordinated", t["n_coordinated"].to_list(), "number"),
            Column("Linked or above", t["n_linked"].to_list(), "number"),
            Column("Spread over", t["n_clusters"].to_list(), "number"),
            Column("Best find", t["cluster_id"].to_list()),
            Column("Its size", t["size"].to_list(), "number"),
            Column("In both", t["n_both"].to_list(), "number"),
            Column("Jaccard", t["jaccard"].to_list(), "number", 3),
            Column("Tier", t["tier"].to_list(), choose=True, badge=True),
            Column("Score", t["score"].to_list(), "number", 2),
        ],
        csv="truth-clusters.csv",
        sort=(10, 1),
    )


def _found(found: pl.DataFrame) -> dict[str, Any]:
    f = found.head(MOST_ROWS)
    return table(
        "Found clusters",
        [
            Column("Cluster", f["cluster_id"].to_list()),
            Column("Tier", f["tier"].to_list(), choose=True, badge=True),
            Column("Score", f["score"].to_list(), "number", 2),
            Column("Accounts", f["size"].to_list(), "number"),
            Column("In the truth", f["n_known"].to_list(), "number"),
            Column("Operators", f["n_operators"].to_list(), "number"),
            Column("Right", ["yes" if r else "no" for r in f["right"].to_list()], choose=True),
            Column("Most of", f["cluster"].to_list()),
            Column("Of these", f["n_both"].to_list(), "number"),
        ],
        csv="found-clusters.csv",
        sort=(2, -1),
    )
