"""Metrics against brute force: every number recomputed account by account."""

from __future__ import annotations

import json
import math
from itertools import combinations
from typing import TypeAlias

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coterie.errors import InputError
from coterie.graphs.evaluate import average_precision, evaluate

Found: TypeAlias = dict[str, tuple[str, str]]  # account -> (cluster, role)
Judged: TypeAlias = dict[str, tuple[float, str]]  # cluster -> (score, tier)
Truth: TypeAlias = dict[str, tuple[str, str, str]]  # account -> (cluster, archetype, role)

Frames: TypeAlias = tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]

TIERS = ("lead", "linked", "coordinated", "confirmed")


def frames(found: Found, judged: Judged, truth: Truth) -> Frames:
    text, number = pl.String, pl.Float64
    return (
        pl.DataFrame(
            [(a, c, r) for a, (c, r) in found.items()],
            schema=pl.Schema([("account_id", text), ("cluster_id", text), ("role", text)]),
            orient="row",
        ),
        pl.DataFrame(
            [(c, s, t) for c, (s, t) in judged.items()],
            schema=pl.Schema([("cluster_id", text), ("score", number), ("tier", text)]),
            orient="row",
        ),
        pl.DataFrame(
            [(a, c, k, r) for a, (c, k, r) in truth.items()],
            schema=pl.Schema(
                [("account_id", text), ("cluster", text), ("archetype", text), ("role", text)]
            ),
            orient="row",
        ),
    )


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Found, Judged, Truth]:
    accounts = [f"a{i}" for i in range(draw(st.integers(1, 24)))]
    clusters = [f"c{i}" for i in range(draw(st.integers(1, 5)))]
    campaigns = [f"t{i}" for i in range(draw(st.integers(1, 4)))]
    judged = {
        c: (draw(st.sampled_from([0.1, 0.5, 0.5, 0.9])), draw(st.sampled_from(TIERS)))
        for c in clusters
    }
    found = {
        a: (draw(st.sampled_from(clusters)), draw(st.sampled_from(["core", "member", "fringe"])))
        for a in accounts
        if draw(st.booleans())
    }
    truth = {}
    for a in accounts:
        if draw(st.booleans()):
            campaign = draw(st.sampled_from(campaigns))
            archetype = f"k{int(campaign[1:]) % 2}"
            role = draw(st.sampled_from(["operator", "operator", "customer"]))
            truth[a] = (campaign, archetype, role)
    truth.setdefault("only", ("t0", "k0", "operator"))
    return found, judged, truth


def groups(of: dict[str, str]) -> dict[str, set[str]]:
    out: dict[str, set[str]] = {}
    for item, group in of.items():
        out.setdefault(group, set()).add(item)
    return out


def brute_bcubed(
    found: Found, truth: Truth, archetype: str | None = None, *, fringe: bool = True
) -> tuple[float, float] | None:
    clusters = groups({a: c for a, (c, r) in found.items() if fringe or r != "fringe"})
    campaigns = groups({a: c for a, (c, _, r) in truth.items() if r == "operator"})
    precision, recall = [], []
    for account, (campaign, kind, role) in truth.items():
        if role != "operator" or archetype not in {None, kind}:
            continue
        mine = next((c for c in clusters.values() if account in c), {account})
        both = mine & campaigns[campaign]
        precision.append(len(both) / len(mine))
        recall.append(len(both) / len(campaigns[campaign]))
    if not precision:
        return None
    return sum(precision) / len(precision), sum(recall) / len(recall)


@given(worlds())
@settings(max_examples=150, deadline=None)
def test_bcubed_is_the_mean_over_operators(world: tuple[Found, Judged, Truth]) -> None:
    found, _, truth = world
    result = evaluate(*frames(*world))
    for score, fringe in ((result.bcubed, True), (result.bcubed_core, False)):
        expected = brute_bcubed(found, truth, fringe=fringe)
        if expected is None:
            assert score.f is None
            continue
        assert score.precision == pytest.approx(expected[0])
        assert score.recall == pytest.approx(expected[1])
        assert score.f == pytest.approx(2 * expected[0] * expected[1] / sum(expected))
    for part in result.archetypes:
        mine = [a for a, (_, k, r) in truth.items() if r == "operator" and k == part.archetype]
        for tier, recall in part.recall.items():
            high = TIERS[TIERS.index(tier) :]
            reached = sum(a in found and world[1][found[a][0]][1] in high for a in mine)
            assert recall == pytest.approx(reached / len(mine) if mine else 0.0)
        expected = brute_bcubed(found, truth, part.archetype)
        if expected is not None:
            assert part.bcubed.precision == pytest.approx(expected[0])
            assert part.bcubed.recall == pytest.approx(expected[1])


@given(worlds())
@settings(max_examples=100, deadline=None)
def test_pairs_are_counted_one_by_one(world: tuple[Found, Judged, Truth]) -> None:
    found, _, truth = world
    operators = {a: c for a, (c, _, r) in truth.items() if r == "operator"}
    claimed = right = 0
    for one, two in combinations(sorted(found), 2):
        if found[one][0] == found[two][0] and (one in operators or two in operators):
            claimed += 1
            right += operators.get(one, "x") == operators.get(two, "y")
    wanted = sum(
        operators[one] == operators[two] for one, two in combinations(sorted(operators), 2)
    )
    score = evaluate(*frames(*world)).pairs
    assert score.precision == (pytest.approx(right / claimed) if claimed else None)
    assert score.recall == (pytest.approx(right / wanted) if wanted else None)


@given(worlds())
@settings(max_examples=100, deadline=None)
def test_recovery_is_the_best_jaccard(world: tuple[Found, Judged, Truth]) -> None:
    found, _, truth = world
    clusters = groups({a: c for a, (c, _) in found.items()})
    campaigns = groups({a: c for a, (c, _, r) in truth.items() if r == "operator"})
    best = [
        max((len(c & t) / len(c | t) for c in clusters.values()), default=0.0)
        for t in campaigns.values()
    ]
    result = evaluate(*frames(*world))
    for share, bar in ((result.recovered_50, 0.5), (result.recovered_80, 0.8)):
        expected = sum(b >= bar for b in best) / len(best) if best else 0.0
        assert share == pytest.approx(expected)


@given(worlds(), st.integers(30, 500))
@settings(max_examples=100, deadline=None)
def test_tiers_bystanders_and_customers_are_plain_counts(
    world: tuple[Found, Judged, Truth], n_accounts: int
) -> None:
    found, judged, truth = world
    operators = {a for a, (_, _, r) in truth.items() if r == "operator"}
    result = evaluate(*frames(*world), n_accounts)
    for tier in result.tiers:
        high = TIERS[TIERS.index(tier.tier) :]
        called = {a for a, (c, _) in found.items() if judged[c][1] in high}
        assert (tier.n_accounts, tier.n_operators) == (len(called), len(called & operators))
        expected = len(called & operators) / len(called) if called else None
        assert tier.accounts.precision == (None if expected is None else pytest.approx(expected))

    clusters = groups({a: c for a, (c, _) in found.items()})
    outside = [a for a, (c, _) in found.items() if judged[c][1] in TIERS[2:] and a not in truth]
    false = [
        a
        for a in outside
        if 2 * len(clusters[found[a][0]] & set(truth)) < len(clusters[found[a][0]])
    ]
    benign = n_accounts - len(truth)
    assert result.benign.in_coordinated == len(outside)
    assert result.benign.in_coordinated_core == sum(found[a][1] != "fringe" for a in outside)
    assert result.benign.in_false_clusters == len(false)
    assert result.benign.per_100k == pytest.approx(len(outside) * 1e5 / benign)

    customers = [a for a, (_, _, r) in truth.items() if r == "customer"]
    core = [a for a in customers if found.get(a, ("", ""))[1] == "core"]
    assert (result.customers.n, result.customers.in_core) == (len(customers), len(core))
    assert result.customers.in_clusters == sum(a in found for a in customers)


@given(
    st.lists(
        st.tuples(st.sampled_from([0.1, 0.2, 0.3, 0.4]), st.booleans(), st.integers(1, 9)),
        min_size=1,
        max_size=12,
    )
)
def test_average_precision_walks_down_the_thresholds(
    items: list[tuple[float, bool, int]],
) -> None:
    total = sum(w for _, right, w in items if right)
    expected, before = 0.0, 0.0
    for bar in sorted({s for s, _, _ in items}, reverse=True):
        hits = sum(w for s, right, w in items if right and s >= bar)
        seen = sum(w for s, _, w in items if s >= bar)
        expected += (hits - before) / total * hits / seen if total else 0.0
        before = hits
    found = average_precision(
        np.array([s for s, _, _ in items]),
        np.array([r for _, r, _ in items]),
        np.array([w for _, _, w in items], dtype=np.float64),
    )
    assert found == (pytest.approx(expected) if total else None)


def test_precision_at_k_averages_over_ties() -> None:
    found: Found = {
        f"a{i}": ("c1" if i < 2 else "c2" if i < 6 else "c3", "core") for i in range(10)
    }
    judged: Judged = {"c1": (0.9, "coordinated"), "c2": (0.5, "linked"), "c3": (0.5, "lead")}
    truth: Truth = {f"a{i}": ("t", "k", "operator") for i in (0, 2, 3)}
    members, clusters, known = frames(found, judged, truth)
    result = evaluate(members, clusters, known, top=(1, 2, 6, 10, 99))
    # Two of the eight accounts at 0.5 are right: a quarter of any four of them.
    expected = {1: 0.5, 2: 0.5, 6: (1 + 4 * 2 / 8) / 6, 10: 0.3}
    assert dict(result.precision_at) == pytest.approx(expected)


def test_a_perfect_sweep_scores_one() -> None:
    truth: Truth = {f"a{i}": (f"t{i % 3}", "k", "operator") for i in range(30)}
    found: Found = {a: (f"c{t[0]}", "core") for a, t in truth.items()}
    judged: Judged = {f"ct{i}": (0.9, "coordinated") for i in range(3)}
    result = evaluate(*frames(found, judged, truth), 1_000)
    assert result.bcubed.f == result.pairs.f == result.recovered_80 == 1.0
    assert result.average_precision == result.average_precision_weighted == 1.0
    assert result.benign.per_100k == 0.0
    assert result.customers.kept_out_of_core is None
    assert [t.tier for t in result.tiers] == ["lead", "linked", "coordinated"]


def test_merging_two_campaigns_costs_precision_and_splitting_costs_recall() -> None:
    truth: Truth = {f"a{i}": (f"t{i % 2}", "k", "operator") for i in range(20)}
    merged: Found = dict.fromkeys(truth, ("c", "core"))
    split: Found = {a: (f"c{i % 4}", "core") for i, a in enumerate(truth)}
    one = evaluate(*frames(merged, {"c": (0.9, "linked")}, truth))
    four = evaluate(*frames(split, {f"c{i}": (0.9, "linked") for i in range(4)}, truth))
    assert (one.bcubed.precision, one.bcubed.recall) == (0.5, 1.0)
    assert (four.bcubed.precision, four.bcubed.recall) == (1.0, 0.5)


def test_nothing_found_is_measured_too() -> None:
    truth: Truth = {"a": ("t", "k", "operator"), "b": ("t", "k", "operator")}
    result = evaluate(*frames({}, {}, truth), 100)
    assert (result.bcubed.precision, result.bcubed.recall) == (1.0, 0.5)
    assert result.average_precision is None
    assert result.precision_at == ()
    assert "–" in result.to_text()
    json.dumps(result.to_dict(), allow_nan=False)


def test_columns_that_may_be_missing_have_defaults() -> None:
    members, clusters, truth = frames(
        {"a": ("c", "core"), "b": ("c", "core")},
        {"c": (0.5, "lead")},
        {"a": ("t", "k", "operator")},
    )
    bare = evaluate(members.drop("role"), clusters, truth.drop("role", "archetype"))
    assert bare.n_operators == 1
    assert bare.archetypes == ()
    assert bare.benign.per_100k is None


def test_row_order_and_repeats_change_nothing() -> None:
    found: Found = {f"a{i}": (f"c{i % 3}", "core") for i in range(12)}
    judged: Judged = {"c0": (0.3, "lead"), "c1": (0.3, "linked"), "c2": (0.8, "coordinated")}
    truth: Truth = {f"a{i}": (f"t{i % 2}", "k", "operator") for i in range(8)}
    members, clusters, known = frames(found, judged, truth)
    straight = evaluate(members, clusters, known, 50)
    mixed = evaluate(
        pl.concat([members, members]).sample(fraction=1.0, shuffle=True, seed=1),
        clusters.reverse(),
        pl.concat([known, known]).sample(fraction=1.0, shuffle=True, seed=2),
        50,
    )
    assert straight == mixed


def test_an_account_in_two_clusters_counts_for_the_better_one() -> None:
    members = pl.DataFrame(
        {"account_id": ["a", "a", "b"], "cluster_id": ["low", "high", "high"], "role": ["core"] * 3}
    )
    clusters = pl.DataFrame(
        {"cluster_id": ["low", "high"], "score": [0.1, 0.9], "tier": ["lead"] * 2}
    )
    truth = pl.DataFrame({"account_id": ["a", "b"], "cluster": ["t", "t"]})
    result = evaluate(members, clusters, truth)
    assert result.n_members == 2
    assert result.bcubed.f == 1.0


@pytest.mark.parametrize("column", ["account_id", "cluster_id"])
def test_missing_columns_are_named(column: str) -> None:
    members, clusters, truth = frames({}, {}, {"a": ("t", "k", "operator")})
    with pytest.raises(InputError, match=column):
        evaluate(members.drop(column), clusters, truth)


def test_an_empty_truth_is_refused() -> None:
    with pytest.raises(InputError, match="names no account"):
        evaluate(*frames({}, {}, {}))


def test_hostile_names_stay_inside_their_cell() -> None:
    name = "x\x1b[31m|<b>`\u202e"
    truth: Truth = {"a": ("t", name, "operator"), "b": ("t", name, "operator")}
    found: Found = {"a": ("c", "core"), "b": ("c", "core")}
    result = evaluate(*frames(found, {"c": (0.9, "lead")}, truth))
    text, markdown = result.to_text(), result.to_markdown()
    for out in (text, markdown):
        assert "\x1b" not in out
        assert "\u202e" not in out
    assert "<b>" not in markdown.replace("\\<", "")
    table = markdown.split("**By archetype")[1]
    row = next(line for line in table.splitlines() if "31m" in line)
    assert row.replace("\\|", "").count("|") == 12


@given(worlds(), st.integers(30, 100))
@settings(max_examples=50, deadline=None)
def test_every_result_prints_and_serialises(
    world: tuple[Found, Judged, Truth], n_accounts: int
) -> None:
    result = evaluate(*frames(*world), n_accounts)
    again = json.loads(json.dumps(result.to_dict(), allow_nan=False))
    assert again["n_operators"] == result.n_operators
    assert all(0 <= v <= 1 for v in (result.recovered_50, result.recovered_80))
    assert not any(math.isnan(p) for _, p in result.precision_at)
    lines = result.to_text().splitlines()
    assert all(line == line.rstrip() for line in lines)
    assert result.to_markdown().count("| --- |") >= 2
