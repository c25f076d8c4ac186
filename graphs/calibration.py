"""Is a score of .8 right eight times in ten? Reliability by bins, Brier score, calibration error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

BINS = 10


@dataclass(frozen=True, slots=True)
class Bin:
    """Items whose score lies in one tenth of the scale.

    Attributes:
        low: lowest score of the bin, included.
        high: its upper end; included in the last bin only.
        n: items.
        n_right: those that are right.
        mean_score: their mean score; None in an empty bin.
        share_right: share that is right; None in an empty bin.
        interval: where that share lies with 95 % confidence (Wilson 1927); None in an empty bin.
    """

    low: float
    high: float
    n: int
    n_right: int
    mean_score: float | None
    share_right: float | None
    interval: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Calibration:
    """How a score in 0..1 agrees with what is right.

    Attributes:
        n: items with a score.
        n_right: those that are right.
        brier: mean squared difference of score and outcome (Brier 1950); None without items.
        base: the Brier score of always saying the share of right ones.
        log_loss: mean negative log likelihood in nats, scores kept 1e-6 away from 0 and 1.
        error: expected calibration error: mean over items of the gap between mean score and share
            of right ones in their bin.
        bins: ten bins of equal width, empty ones included.
    """

    n: int
    n_right: int
    brier: float | None
    base: float | None
    log_loss: float | None
    error: float | None
    bins: tuple[Bin, ...]


def calibrate(
    scores: NDArray[Any], right: NDArray[np.bool_], weights: NDArray[np.float64] | None = None
) -> Calibration:
    """Compare scores with outcomes.

    Args:
        scores: one per item, 0..1.
        right: whether each item is right.
        weights: weight of each item in Brier score, its base and log loss; None: all equal. Bins
            and the calibration error count items.
    """
    n = len(scores)
    score = np.clip(np.asarray(scores, np.float64), 0.0, 1.0)
    y = np.asarray(right, np.float64)
    where = np.minimum((score * BINS).astype(np.int64), BINS - 1)
    count = np.bincount(where, minlength=BINS)
    hits = np.bincount(where, y, BINS)
    total = np.bincount(where, score, BINS)
    bins = tuple(_bin(at, int(count[at]), int(hits[at]), float(total[at])) for at in range(BINS))
    if not n:
        return Calibration(0, 0, None, None, None, None, bins)
    mass = np.ones(n) if weights is None else weights
    share = float(np.average(y, weights=mass))
    inside = np.clip(score, 1e-6, 1 - 1e-6)
    return Calibration(
        n=n,
        n_right=int(y.sum()),
        brier=float(np.average((score - y) ** 2, weights=mass)),
        base=share * (1 - share),
        log_loss=float(-np.average(y * np.log(inside) + (1 - y) * np.log1p(-inside), weights=mass)),
        error=float(np.abs(total - hits).sum() / n),
        bins=bins,
    )


def wilson(hits: float, n: int, z: float = 1.959964) -> tuple[float, float]:
    """Wilson's interval of a share.

    >>> low, high = wilson(8, 10)
    >>> round(low, 3), round(high, 3)
    (0.49, 0.943)
    """
    share, square = hits / n, z * z / n
    middle = (share + square / 2) / (1 + square)
    half = z / (1 + square) * (share * (1 - share) / n + square / (4 * n)) ** 0.5
    return max(0.0, middle - half), min(1.0, middle + half)


def _bin(at: int, n: int, hits: int, total: float) -> Bin:
    low, high = at / BINS, (at + 1) / BINS
    if not n:
        return Bin(low, high, 0, 0, None, None, None)
    return Bin(low, high, n, hits, total / n, hits / n, wilson(hits, n))
