"""The score's weights: the shipped ones or a workspace's own, and how either is fitted.

The score is a logistic of the features of :data:`coterie.graphs.judge.FEATURES`, monotone: the sign
of each weight is fixed (more sharing never lowers the score, resting on one value never raises it).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from coterie.errors import ConfigError, did_you_mean
from coterie.graphs.judge import FEATURES, weights
from coterie.printable import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from coterie.config import Config

    Floats = NDArray[np.float64]

TIERS = ("coordinated", "linked")
KEYS = ("intercept", "weights", *TIERS, "fitted")
MOST = 1e6
"""No weight lies further from 0: a score of logits beyond it is 0 or 1 whatever the features."""


def score_spec(config: Config) -> dict[str, Any]:
    """What the judgement scores with: intercept, weights, the scores that tiers begin at.

    Args:
        config: its ``weights`` (the content of ``sweep.weights``) replace the shipped ones;
            ``sweep.coordinated`` and ``sweep.linked`` replace the thresholds.

    Raises:
        ConfigError: the workspace's weights are not a complete, monotone set.
    """
    spec = dict(weights())
    if config.weights is not None:
        where = config.origin.get("sweep.weights", "sweep.weights")
        spec = checked(config.weights, f"{where}: {config.sweep.weights}")
    for tier in TIERS:
        own = getattr(config.sweep, tier)
        if own is not None:
            spec[tier] = float(own)
    return spec


def checked(spec: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A weights file's content, once it is known to be whole.

    Args:
        spec: the content.
        name: what to call it in messages.

    Raises:
        ConfigError: a part is missing, no number, unknown, or of the sign that breaks monotony.
    """
    for key in spec:
        if key not in KEYS:
            hint = did_you_mean(key, KEYS)
            raise ConfigError(f'{name}: there is no key "{printable(key, 40)}".{hint}')
    given = spec.get("weights")
    if not isinstance(given, dict):
        raise ConfigError(f"{name}: found no table of weights; write it with `coterie learn`")
    for feature in given:
        if feature not in FEATURES:
            hint = did_you_mean(feature, FEATURES)
            raise ConfigError(f'{name}: there is no feature "{printable(feature, 40)}".{hint}')
    numbers = {"intercept": spec.get("intercept"), **{t: spec.get(t) for t in TIERS}}
    numbers |= {f"weights.{feature}": given.get(feature) for feature in FEATURES}
    for part, value in numbers.items():
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or (isinstance(value, float) and math.isnan(value))
        ):
            found = "nothing" if value is None else f'"{printable(value, 40)}"'
            raise ConfigError(f"{name}: {part}: found {found}, expected a number")
        if abs(value) > MOST:
            found = printable(value, 40)
            raise ConfigError(
                f"{name}: {part}: found {found}, expected a number from {-MOST:.0f} to {MOST:.0f}"
            )
    for feature in FEATURES:
        if given[feature] < 0:
            raise ConfigError(
                f"{name}: weights.{feature}: found {given[feature]}, expected at least 0, so that "
                "more evidence never lowers the score"
            )
    for tier in TIERS:
        if not 0 <= spec[tier] <= 1:
            raise ConfigError(f"{name}: {tier}: found {spec[tier]}, expected a number from 0 to 1")
    return dict(spec)


def vector(spec: Mapping[str, Any]) -> Floats:
    """Intercept and weights as one vector, features in the order of ``FEATURES``."""
    return np.array([spec["intercept"], *(spec["weights"][name] for name in FEATURES)], np.float64)


def predict(w: Floats, x: Floats) -> Floats:
    """The score of each row of features, shape (rows,), 0..1."""
    from scipy.special import expit

    score: Floats = expit(w[0] + x @ w[1:])
    return score


def balance(y: NDArray[np.bool_]) -> Floats:
    """A weight for each case, mean 1, with which both classes weigh the same."""
    share = float(y.mean()) if len(y) else 0.0
    if not 0 < share < 1:
        return np.ones(len(y))
    return np.where(y, 0.5 / share, 0.5 / (1 - share))


def fit(
    x: Floats,
    y: NDArray[np.bool_],
    strength: float | Floats,
    prior: Floats | None = None,
) -> Floats:
    """The monotone logistic regression behind the score; both classes weigh the same.

    Minimises the mean log loss plus ``strength * ((w - prior) * range)**2`` summed over features,
    where range is that of each feature in ``FEATURES``: weights are compared by what they can do.

    Args:
        x: features, shape (cases, features), in the order of ``FEATURES``.
        y: which cases are right.
        strength: of the pull towards the prior; one number for the weights (the intercept is then
            free), or one for the intercept and each weight.
        prior: intercept and weights to stay near; None is zeros.

    Returns:
        Intercept and weights, shape (1 + features,).
    """
    from scipy.optimize import minimize
    from scipy.special import expit

    scale = np.array([1.0, *(high - low for low, high in FEATURES.values())])
    pull = np.asarray(strength, dtype=np.float64)
    if pull.ndim == 0:
        pull = np.concatenate([[0.0], np.full(len(FEATURES), float(pull))])
    centre = np.zeros(len(scale)) if prior is None else prior
    case = balance(y)

    # In units of the ranges: the search takes few steps when all directions are alike.
    shares = np.column_stack([np.ones(len(y)), x]) / scale
    start = centre * scale

    def loss(v: Floats) -> tuple[float, Floats]:
        z = shares @ v
        away = v - start
        value = case @ (np.logaddexp(0, z) - y * z) / len(y) + pull @ away**2
        gradient = (case * (expit(z) - y) / len(y)) @ shares + 2 * pull * away
        return float(value), gradient

    bounds: list[tuple[float | None, float | None]] = [(None, None)]
    bounds += [(0.0, None) for _ in FEATURES]
    # Not L-BFGS-B: its small linear algebra waits for threads, milliseconds a step on a busy machine.
    exact = {"maxfun": 20_000, "ftol": 1e-14, "gtol": 1e-9, "xtol": 1e-12}
    found = minimize(loss, start, jac=True, bounds=bounds, method="TNC", options=exact)
    fitted: Floats = np.asarray(found.x, dtype=np.float64) / scale
    return fitted


def threshold(score: Floats, y: NDArray[np.bool_], false_share: float) -> float:
    """The lowest score at or above which at most ``false_share`` of the clusters are false.

    Args:
        score: one a cluster.
        y: which clusters are right.
        false_share: most wrong ones among those taken, 0..1.

    Returns:
        A score that occurs, or 1.0 when even the best cluster is wrong too often.
    """
    order = np.argsort(-score, kind="stable")
    ranked = score[order]
    wrong = np.cumsum(~y[order]) / np.arange(1, len(y) + 1)
    # Equal scores pass together: only the last of them may be the end.
    last = np.append(np.diff(ranked) != 0, np.ones(1, bool)) if len(ranked) else np.zeros(0, bool)
    ends = np.flatnonzero((wrong <= false_share) & last)
    return float(ranked[ends[-1]]) if len(ends) else 1.0
