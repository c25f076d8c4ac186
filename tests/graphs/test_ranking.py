"""Accounts ranked one by one, against brute force over the accounts."""

from __future__ import annotations

from fractions import Fraction
from math import comb

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coterie.graphs.evaluate import evaluate
from coterie.graphs.ranking import rank

Ranked = list[tuple[float, bool]]


@given(
    st.lists(st.tuples(st.sampled_from([1.0, 2.0, 2.5]), st.booleans()), max_size=12),
    st.integers(0, 6),
    st.integers(0, 4),
)
@settings(max_examples=200, deadline=None)
def test_area_and_hits_are_means_over_the_orders_of_ties(
    ranked: Ranked, others: int, missed: int
) -> None:
    score = np.array([s for s, _ in ranked], np.float64)
    right = np.array([r for _, r in ranked], bool)
    n_operators = int(right.sum()) + missed
    n_accounts = len(ranked) + others + missed
    found = rank("x", score, right, n_accounts, n_operators, top=(1, 3, 99))
    everyone = [*ranked, *[(-1.0, True)] * missed, *[(-1.0, False)] * others]
    better = [
        1.0 if a > b else 0.5 if a == b else 0.0
        for a, operator in everyone
        if operator
        for b, other in everyone
        if not other
    ]
    assert found.auc == (pytest.approx(sum(better) / len(better)) if better else None)
    assert [t.k for t in found.taken] == (
        sorted({k for k in (1, 3, len(ranked)) if 0 < k <= len(ranked)}) if n_operators else []
    )
    for t in found.taken:
        hits, left = 0.0, float(t.k)
        for value in sorted(set(score), reverse=True):
            tied = [r for s, r in ranked if s == value]
            share = min(1.0, left / len(tied))
            hits += share * sum(tied)
            left -= share * len(tied)
        assert t.hits == pytest.approx(hits)
        assert t.lift == pytest.approx(hits / t.k * n_accounts / n_operators)
        assert t.interval[0] <= t.precision + 1e-12
        assert t.precision <= t.interval[1] + 1e-12
        chance = sum(
            Fraction(
                comb(n_operators, i) * comb(n_accounts - n_operators, t.k - i),
                comb(n_accounts, t.k),
            )
            for i in range(int(hits + 1e-9), min(t.k, n_operators) + 1)
        )
        assert t.chance == pytest.approx(float(chance))


def test_an_evaluation_ranks_accounts_that_are_in_no_cluster() -> None:
    members = pl.DataFrame({"account_id": ["a"], "cluster_id": ["c"]})
    clusters = pl.DataFrame({"cluster_id": ["c"], "score": [0.5], "tier": ["lead"]})
    truth = pl.DataFrame({"account_id": ["b", "d"], "cluster": ["t", "t"]})
    linked = pl.DataFrame(
        {"account_id": ["a", "b", "c"], "bits": [5.0, 20.0, 9.0], "known_bits": [0.0, 0.0, 9.0]}
    )
    alone = evaluate(members, clusters, truth, 100, linked=linked)
    score, bits, known = alone.rankings
    assert (score.n_ranked, score.n_found) == (1, 0)
    assert (bits.n_ranked, bits.n_found, bits.taken[0].k) == (3, 1, 3)
    assert bits.taken[0].lift == pytest.approx(1 / 3 * 50)
    # Bits to operators: only "c" has any, and it is none.
    assert (known.n_ranked, known.taken[0].hits) == (1, 0)
    assert "3 of 100 accounts have it, 1 of 2 operators among them" in alone.to_text()
    assert evaluate(members, clusters, truth, linked=linked).rankings == ()
