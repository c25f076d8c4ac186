"""Fit the score's weights to what reviewers found (method, section 6).

The shipped weights are the prior: each weight is pulled towards its shipped value with a strength
that cross-validation chooses, so that few reviews change little. Signs stay fixed, so that the score
stays monotone; confirmed and benign clusters weigh the same, as they did for the shipped weights:
what people choose to review says nothing about how common campaigns are.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from coterie.errors import InputError
from coterie.graphs.calibration import calibrate
from coterie.graphs.evaluate import average_precision
from coterie.graphs.judge import FEATURES, LABELS
from coterie.graphs.learned import Learned, Quality, Weight
from coterie.graphs.weights import balance, fit, predict, vector

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

MIN_EACH = 20
FOLDS = 5
RESAMPLES = 1_000
SPREADS = (0.1, 0.25, 0.5, 1.0, 2.0)
"""Tried standard deviations of (weight - shipped weight) x range of the feature, in logits."""
LEAST_KNOWN, LEAST_SHARE = 3, 0.2


def cases_of(reviewed: pl.DataFrame, labelled: pl.DataFrame) -> pl.DataFrame:
    """One row a cluster whose truth is known.

    Args:
        reviewed: columns of ``learn/reviewed``: a cluster is right when it was confirmed, by the
            accounts it was decided on as far as they are known.
        labelled: columns of ``learn/labelled``: a cluster counts when three of its members and a
            fifth of them are known, and is right when half of these are bad. Clusters that were
            reviewed are left out.

    Returns:
        cluster_id, source (``review`` or ``label``), right, whole (whether the sweep kept every
        feature: an older one may not have) and the features, in order of the name.
    """
    bad, good = pl.col("n_bad"), pl.col("n_good")
    people = reviewed.select(
        "cluster_id",
        "features",
        source=pl.lit("review"),
        right=pl.when(bad + good > 0).then(bad >= good).otherwise(pl.col("said") == "confirm"),
    )
    enough = (bad + good >= LEAST_KNOWN) & (bad + good >= LEAST_SHARE * pl.col("size"))
    labels = (
        labelled.filter(enough)
        .join(reviewed, on="cluster_id", how="anti")
        .select("cluster_id", "features", source=pl.lit("label"), right=bad >= good)
    )
    both = pl.concat([people, labels]).sort("cluster_id")
    # One JSON text a cluster: known clusters are few.
    facts = [json.loads(text) for text in both["features"].to_list()]
    whole = pl.Series("whole", [fact.keys() >= FEATURES.keys() for fact in facts], pl.Boolean)
    rows = [[float(fact.get(name) or 0.0) for name in FEATURES] for fact in facts]
    values = pl.DataFrame(rows, schema=dict.fromkeys(FEATURES, pl.Float64), orient="row")
    return pl.concat([both.drop("features"), whole.to_frame(), values], how="horizontal")


def learn(
    cases: pl.DataFrame,
    shipped: Mapping[str, Any],
    present: Mapping[str, Any],
    *,
    seed: int = 1,
    waiting: int = 0,
) -> Learned:
    """Fit the weights and measure them by cross-validation.

    Args:
        cases: as :func:`cases_of` gives them.
        shipped: the weights that are the prior.
        present: the weights in use, which the fitted ones are compared with; their thresholds stay.
        seed: of the folds and of the bootstrap.
        waiting: decisions that a second reviewer must approve, for the message of a refusal.

    Raises:
        InputError: fewer than twenty clusters of either outcome are known.
    """
    old = cases.filter(~pl.col("whole")).height
    cases = cases.filter("whole")
    y = cases["right"].to_numpy()
    counts = {
        (source, right): cases.filter(
            (pl.col("source") == source) & (pl.col("right") == right)
        ).height
        for source in ("review", "label")
        for right in (True, False)
    }
    _enough(counts, old, waiting)
    x = cases.select(list(FEATURES)).to_numpy()
    prior = vector(shipped)
    fold = folds(y, seed)
    spread = _spread(x, y, fold, prior)
    fitted = _fit(x, y, prior, spread)
    fair = np.empty(len(y))
    for held in range(FOLDS):
        # The spread is chosen inside, too: what is held back has no say in it.
        inside = fold != held
        own = _spread(x[inside], y[inside], folds(y[inside], seed + 1 + held), prior)
        fair[~inside] = predict(_fit(x[inside], y[inside], prior, own), x[~inside])
    now = predict(vector(present), x)
    names = list(FEATURES)
    rounded = [round(float(v), 4) + 0.0 for v in fitted]
    spec = {
        "intercept": rounded[0],
        "weights": dict(zip(names, rounded[1:], strict=True)),
        "coordinated": present["coordinated"],
        "linked": present["linked"],
        "fitted": f"coterie learn, on {int(y.sum())} confirmed and {int((~y).sum())} benign clusters",
    }
    return Learned(
        n_confirmed=int(y.sum()),
        n_benign=int((~y).sum()),
        n_reviewed=counts["review", True] + counts["review", False],
        n_labelled=counts["label", True] + counts["label", False],
        n_left_out=old,
        spread=spread,
        before=_quality(now, y),
        after=_quality(fair, y),
        gain=_gain(now, fair, y, seed),
        weights=(
            Weight("intercept", "intercept", present["intercept"], rounded[0]),
            *(
                Weight(name, LABELS[name], present["weights"][name], value)
                for name, value in zip(names, rounded[1:], strict=True)
            ),
        ),
        spec=spec,
    )


def folds(y: Flags, seed: int) -> NDArray[np.int64]:
    """A fold (0 to 4) for each case, both outcomes spread evenly."""
    rng = np.random.default_rng(seed)
    fold = np.empty(len(y), np.int64)
    for right in (False, True):
        at = np.flatnonzero(y == right)
        fold[rng.permutation(at)] = np.arange(len(at)) % FOLDS
    return fold


def _enough(counts: Mapping[tuple[str, bool], int], old: int, waiting: int) -> None:
    parts, more = [], []
    for right, word in ((True, "confirmed"), (False, "benign")):
        reviewed, labelled = counts["review", right], counts["label", right]
        n = reviewed + labelled
        parts.append(f"{n:,} {word} ({reviewed:,} by review, {labelled:,} by labels)")
        if n < MIN_EACH:
            more.append(f"{MIN_EACH - n:,} more {word}")
    if more:
        raise InputError(
            f"too few known clusters to learn from: found {' and '.join(parts)}, expected at least "
            f"{MIN_EACH} of each. Review {' and '.join(more)}; until then the weights stay as they are"
            + (f" ({waiting:,} decisions wait for a second reviewer)" if waiting else "")
            + (f" ({old:,} known clusters are of sweeps that kept other features)" if old else "")
        )


def _fit(x: Floats, y: Flags, prior: Floats, spread: float) -> Floats:
    # A normal prior on each weight x range; the intercept may move twice as far.
    pull = np.full(len(prior), 1 / (2 * spread**2 * len(y)))
    pull[0] /= 4
    return fit(x, y, pull, prior)


def _spread(x: Floats, y: Flags, fold: NDArray[np.int64], prior: Floats) -> float:
    """The spread with the lowest log loss on held-back folds; the smallest among equals."""
    case = balance(y)

    def loss(spread: float) -> float:
        fair = np.empty(len(y))
        for held in range(FOLDS):
            inside = fold != held
            fair[~inside] = predict(_fit(x[inside], y[inside], prior, spread), x[~inside])
        return float(calibrate(fair, y, case).log_loss or 0.0)

    return min(SPREADS, key=lambda spread: (round(loss(spread), 6), spread))


def _quality(score: Floats, y: Flags) -> Quality:
    found = calibrate(score, y, balance(y))
    return Quality(
        float(found.log_loss or 0.0),
        float(found.brier or 0.0),
        float(average_precision(score, y, np.ones(len(y))) or 0.0),
    )


def _gain(before: Floats, after: Floats, y: Flags, seed: int) -> tuple[float, float]:
    """95 % interval of the fall in log loss: cases drawn with replacement inside each outcome."""

    def losses(score: Floats) -> Floats:
        inside = np.clip(score, 1e-6, 1 - 1e-6)
        loss: Floats = -np.where(y, np.log(inside), np.log1p(-inside))
        return loss

    fall = losses(before) - losses(after)
    rng = np.random.default_rng(seed)
    means = []
    for right in (False, True):
        part = fall[y == right]
        means.append(part[rng.integers(0, len(part), (RESAMPLES, len(part)))].mean(axis=1))
    low, high = np.percentile((means[0] + means[1]) / 2, [2.5, 97.5])
    return float(low), float(high)
