"""The rows behind an evaluation, and weighted precision, against counting account by account."""

from __future__ import annotations

from collections import Counter
from typing import TypeAlias

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coterie.graphs.evaluate import evaluate
from coterie.graphs.evaluate_rows import compare

TIERS = ("lead", "linked", "coordinated")
Found: TypeAlias = dict[str, str]  # account -> cluster
Judged: TypeAlias = dict[str, tuple[float, str]]  # cluster -> (score, tier)
Truth: TypeAlias = dict[str, tuple[str, str]]  # account -> (cluster, role)


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Found, Judged, Truth]:
    accounts = [f"a{i}" for i in range(draw(st.integers(1, 18)))]
    clusters = [f"c{i}" for i in range(3)]
    found = {a: draw(st.sampled_from(clusters)) for a in accounts if draw(st.booleans())}
    judged = {
        c: (draw(st.sampled_from([0.2, 0.5, 0.9])), draw(st.sampled_from(TIERS))) for c in clusters
    }
    truth = {
        a: (
            draw(st.sampled_from(["t0", "t1"])),
            draw(st.sampled_from(["operator"] * 3 + ["customer"])),
        )
        for a in accounts
        if draw(st.booleans())
    }
    truth["only"] = ("t0", "operator")
    return found, judged, truth


def frames(
    found: Found, judged: Judged, truth: Truth
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    text = pl.String
    return (
        pl.DataFrame(list(found.items()), schema={"account_id": text, "cluster_id": text}, orient="row"),
        pl.DataFrame(
            [(c, s, t) for c, (s, t) in judged.items()],
            schema={"cluster_id": text, "score": pl.Float64, "tier": text}, orient="row",
        ),
        pl.DataFrame(
            [(a, c, r) for a, (c, r) in truth.items()],
            schema={"account_id": text, "cluster": text, "role": text}, orient="row",
        ),
    )  # fmt: skip


@given(worlds())
def test_each_row_is_what_counting_gives(world: tuple[Found, Judged, Truth]) -> None:
    found, judged, truth = world
    rows = compare(*frames(*world))
    operators = {a: c for a, (c, r) in truth.items() if r == "operator"}
    members = {c: {a for a, m in found.items() if m == c} for c in set(found.values())}
    assert set(rows.truth["cluster"]) == set(operators.values())
    for row in rows.truth.to_dicts():
        mine = {a for a, c in operators.items() if c == row["cluster"]}
        jaccard = {c: len(m & mine) / len(m | mine) for c, m in members.items()}
        assert row["n_operators"] == len(mine)
        assert row["n_found"] == len(mine & set(found))
        assert row["n_clusters"] == len({found[a] for a in mine if a in found})
        assert row["jaccard"] == pytest.approx(max(jaccard.values(), default=0.0))
        for tier, high in (("linked", TIERS[1:]), ("coordinated", TIERS[2:])):
            reached = sum(a in found and judged[found[a]][1] in high for a in mine)
            assert row[f"n_{tier}"] == reached
        if row["cluster_id"] is not None:
            best = members[row["cluster_id"]]
            assert (row["n_both"], row["size"]) == (len(best & mine), len(best))
            assert jaccard[row["cluster_id"]] == pytest.approx(row["jaccard"])
    for row in rows.found.to_dicts():
        mine = members[row["cluster_id"]]
        assert row["size"] == len(mine)
        assert row["n_known"] == len(mine & set(truth))
        assert row["n_operators"] == len(mine & set(operators))
        assert row["right"] == (2 * row["n_known"] >= len(mine))
        most = Counter(operators[a] for a in mine & set(operators))
        assert row["n_both"] == max(most.values(), default=0)
        assert row["cluster"] is None if not most else most[row["cluster"]] == row["n_both"]


@given(worlds())
def test_the_rows_add_up_to_the_metrics(world: tuple[Found, Judged, Truth]) -> None:
    members, clusters, truth = frames(*world)
    rows, whole = compare(members, clusters, truth), evaluate(members, clusters, truth)
    n = rows.truth["n_operators"]
    for part in ("precision", "recall"):
        mean = float((rows.truth[part] * n).sum()) / int(n.sum())
        assert mean == pytest.approx(getattr(whole.bcubed, part))
    assert (rows.truth["jaccard"] >= 0.5).mean() == pytest.approx(whole.recovered_50)
    assert dict(rows.curve.select("k", "precision").rows()) == pytest.approx(
        dict(evaluate(members, clusters, truth, top=rows.curve["k"].to_list()).precision_at)
    )
    assert (rows.curve["recall"] * n.sum()).to_list() == pytest.approx(
        (rows.curve["precision"] * rows.curve["k"]).to_list()
    )


@given(worlds())
def test_weighted_precision_is_purity_by_size(world: tuple[Found, Judged, Truth]) -> None:
    found, judged, truth = world
    operators = {a: c for a, (c, r) in truth.items() if r == "operator"}
    for tier in evaluate(*frames(*world)).tiers:
        high = TIERS[TIERS.index(tier.tier) :]
        total = pure = 0
        for cluster in judged:
            mine = [a for a, c in found.items() if c == cluster]
            if judged[cluster][1] in high:
                total += len(mine)
                count = Counter(operators[a] for a in mine if a in operators)
                pure += max(count.values(), default=0)
        assert tier.weighted_precision == (pytest.approx(pure / total) if total else None)
