"""Reliability against counting by hand, intervals against scipy."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from coterie.graphs.calibration import calibrate, wilson

ITEMS = st.lists(
    st.tuples(
        st.floats(0, 1, allow_nan=False) | st.sampled_from([0.0, 0.1, 0.3, 0.7, 1.0]), st.booleans()
    ),
    max_size=40,
)


@given(ITEMS)
def test_bins_brier_and_errors_are_counted_one_by_one(items: list[tuple[float, bool]]) -> None:
    scores, right = np.array([s for s, _ in items]), np.array([r for _, r in items], dtype=bool)
    found = calibrate(scores, right)
    assert (found.n, found.n_right) == (len(items), sum(r for _, r in items))
    assert len(found.bins) == 10
    gap = 0.0
    for at, each in enumerate(found.bins):
        mine = [(s, r) for s, r in items if min(int(s * 10), 9) == at]
        assert (each.n, each.n_right) == (len(mine), sum(r for _, r in mine))
        if mine:
            assert each.mean_score == pytest.approx(sum(s for s, _ in mine) / len(mine))
            assert each.share_right == pytest.approx(each.n_right / each.n)
            gap += abs(sum(s for s, _ in mine) - each.n_right)
        else:
            assert each.mean_score is each.share_right is None
            assert each.interval is None
    if not items:
        assert found.brier is found.base is found.log_loss is found.error is None
        return
    assert found.error == pytest.approx(gap / len(items))
    assert found.brier == pytest.approx(sum((s - r) ** 2 for s, r in items) / len(items))
    share = sum(r for _, r in items) / len(items)
    assert found.base == pytest.approx(share * (1 - share))
    kept = [(min(max(s, 1e-6), 1 - 1e-6), r) for s, r in items]
    loss = -sum(math.log(s) if r else math.log(1 - s) for s, r in kept) / len(items)
    assert found.log_loss == pytest.approx(loss)


@given(ITEMS.filter(bool), st.integers(2, 5))
def test_weights_are_repetitions(items: list[tuple[float, bool]], times: int) -> None:
    scores, right = np.array([s for s, _ in items]), np.array([r for _, r in items], dtype=bool)
    weights = np.where(right, float(times), 1.0)
    repeat = np.where(right, times, 1)
    weighted = calibrate(scores, right, weights)
    repeated = calibrate(np.repeat(scores, repeat), np.repeat(right, repeat))
    for name in ("brier", "base", "log_loss"):
        assert getattr(weighted, name) == pytest.approx(getattr(repeated, name))


@given(st.integers(1, 200).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_intervals_are_wilsons(counts: tuple[int, int]) -> None:
    hits, n = counts
    known = binomtest(hits, n).proportion_ci(0.95, method="wilson")
    assert wilson(hits, n) == pytest.approx((known.low, known.high), abs=1e-6)
