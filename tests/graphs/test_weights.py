"""The score's weights: fitted as an independent search finds them, monotone, and told when wrong."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from coterie.config import Config
from coterie.errors import ConfigError
from coterie.graphs.judge import FEATURES, weights
from coterie.graphs.weights import (
    balance,
    checked,
    fit,
    predict,
    score_spec,
    threshold,
    vector,
)

LOW = np.array([low for low, _ in FEATURES.values()], dtype=np.float64)
HIGH = np.array([high for _, high in FEATURES.values()], dtype=np.float64)


def drawn(n: int, w: np.ndarray[Any, Any], seed: int) -> tuple[Any, Any]:
    rng = np.random.default_rng(seed)
    x = LOW + rng.random((n, len(FEATURES))) ** 2 * (HIGH - LOW)
    return x, rng.random(n) < predict(w, x)


def loss(w: Any, x: Any, y: Any, strength: float, prior: Any) -> float:
    z = w[0] + x @ w[1:]
    away = (w[1:] - prior[1:]) * (HIGH - LOW)
    return float(np.mean(balance(y) * (np.logaddexp(0, z) - y * z)) + strength * away @ away)


@pytest.mark.parametrize(("seed", "strength"), [(1, 4e-4), (2, 1e-2), (3, 1e-1)])
def test_no_other_search_finds_a_lower_loss(seed: int, strength: float) -> None:
    prior = vector(weights())
    x, y = drawn(150, prior * np.where(np.arange(len(prior)) % 2, 2.0, 0.5), seed)
    found = fit(x, y, strength, prior)
    bounds = [(None, None), *((0, None) for _ in FEATURES)]
    other = minimize(loss, prior, (x, y, strength, prior), method="SLSQP", bounds=bounds,
                     options={"maxiter": 500})  # fmt: skip
    assert loss(found, x, y, strength, prior) <= other.fun + 1e-6


def test_a_strong_prior_holds_and_a_weak_one_gives_way() -> None:
    prior = vector(weights())
    truth = prior.copy()
    truth[1:4] = (0.6, 0.0, 0.0)
    x, y = drawn(4_000, truth, 4)
    assert fit(x, y, 1e3, prior)[1:] == pytest.approx(prior[1:], abs=1e-3)
    free = fit(x, y, 1e-6, prior)
    assert free[1] == pytest.approx(0.6, abs=0.12)
    assert free[2:4] == pytest.approx([0, 0], abs=0.06)


@given(st.integers(0, 2**31 - 1), st.floats(1e-5, 1.0))
@settings(max_examples=15)
def test_more_evidence_never_lowers_a_fitted_score(seed: int, strength: float) -> None:
    rng = np.random.default_rng(seed)
    x, _ = drawn(40, vector(weights()), seed)
    y = rng.random(40) < 0.5
    w = fit(x, y, strength)
    for at, name in enumerate(FEATURES):
        more = x.copy()
        more[:, at] = HIGH[at]
        change = predict(w, more) - predict(w, x)
        assert (change >= -1e-12).all(), name


@given(
    st.lists(st.tuples(st.sampled_from([0.1, 0.3, 0.5, 0.7, 0.9]), st.booleans()), max_size=25),
    st.sampled_from([0.0, 0.1, 0.34]),
)
def test_the_threshold_is_the_lowest_score_that_keeps_the_promise(
    items: list[tuple[float, bool]], most: float
) -> None:
    fine = []
    for bar in {s for s, _ in items}:
        taken = [r for s, r in items if s >= bar]
        if taken.count(False) / len(taken) <= most:
            fine.append(bar)
    found = threshold(
        np.array([s for s, _ in items]), np.array([r for _, r in items], dtype=bool), most
    )
    assert found == (min(fine) if fine else 1.0)


def spec(**changes: Any) -> dict[str, Any]:
    return {**weights(), **changes}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({}, "found no table of weights"),
        (spec(weights={**weights()["weights"], "paymnt": 1}), 'no feature "paymnt". Did you mean "payment"'),
        (spec(intercept="high"), 'intercept: found "high", expected a number'),
        (spec(weights={"payment": 1.0}), "weights.device: found nothing"),
        (spec(weights={**weights()["weights"], "burst": -0.1}), "weights.burst: found -0.1, expected at least 0"),
        (spec(coordinated=1.2), "coordinated: found 1.2, expected a number from 0 to 1"),
        (spec(linked=True), "linked: found"),
        (spec(weights={**weights()["weights"], "lift": float("nan")}), "weights.lift: found"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_told_apart(content: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as error:
        checked(content, "w.json")
    assert message in str(error.value)
    assert str(error.value).startswith("w.json: ")


def test_a_workspace_scores_with_what_it_says() -> None:
    config = Config(Path("x"))
    assert score_spec(config) == weights()
    own = MappingProxyType(spec(intercept=-1.0, linked=0.3))
    assert score_spec(replace(config, weights=own)) == dict(own)
    both = replace(config, weights=own).with_sweep(coordinated=0.9, linked=0.1)
    assert score_spec(both) == {**own, "coordinated": 0.9, "linked": 0.1}
    assert weights()["linked"] != 0.1
