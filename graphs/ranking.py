"""Does a score put the accounts that are sought first? Accounts ranked one by one, and by chance.

Many platforms know accounts, not clusters: a chargeback marks one person. Then the fair question is
how many of the k best accounts are marked, against k drawn blindly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from coterie.graphs.calibration import wilson

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

TOP = (10, 20, 50, 100, 200, 500, 1_000, 5_000)


@dataclass(frozen=True, slots=True)
class Taken:
    """The k best accounts of a ranking.

    Attributes:
        k: accounts taken.
        hits: operators among them; ties are averaged over, so it need not be whole.
        precision: share of operators.
        interval: where that share lies with 95 % confidence (Wilson 1927).
        lift: precision over the share of operators on the platform.
        chance: probability that k accounts drawn blindly hold as many operators or more
            (hypergeometric; part of an operator does not count).
    """

    k: int
    hits: float
    precision: float
    interval: tuple[float, float]
    lift: float
    chance: float


@dataclass(frozen=True, slots=True)
class Ranking:
    """Accounts ranked by one number; accounts without it stand together at the end.

    Attributes:
        by: what they are ranked by.
        n_accounts: accounts on the platform.
        n_operators: operators in the truth.
        n_ranked: accounts that have the number.
        n_found: operators among those.
        auc: probability that an operator stands before another account, ties count half; None
            without either.
        taken: the k best, for each k up to ``n_ranked``, and all that have the number.
    """

    by: str
    n_accounts: int
    n_operators: int
    n_ranked: int
    n_found: int
    auc: float | None
    taken: tuple[Taken, ...]


def rank(
    by: str,
    score: NDArray[np.float64],
    operator: NDArray[np.bool_],
    n_accounts: int,
    n_operators: int,
    top: Sequence[int] = TOP,
) -> Ranking:
    """Rank accounts and count the operators that come first.

    Args:
        by: what the score is, in words.
        score: one per account that has one, higher first, shape (ranked,).
        operator: which of these are sought.
        n_accounts: accounts on the platform; those without a score are ties behind all others.
        n_operators: operators in the truth.
        top: numbers of accounts to take; those above the accounts with a score are left out.
    """
    order = np.argsort(-score, kind="stable")
    ranked, right = score[order], operator[order]
    ends = np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)[: len(ranked)] + 1
    seen = np.concatenate([[0], ends]).astype(np.float64)
    hits = np.concatenate([[0], np.cumsum(right)[ends - 1]]).astype(np.float64)
    sizes = sorted({k for k in top if 0 < k <= len(ranked)} | ({len(ranked)} - {0}))
    n_found = int(right.sum())
    return Ranking(
        by=by,
        n_accounts=n_accounts,
        n_operators=n_operators,
        n_ranked=len(ranked),
        n_found=n_found,
        auc=_auc(seen, hits, n_accounts, n_operators),
        taken=tuple(
            _taken(k, float(np.interp(k, seen, hits)), n_accounts, n_operators) for k in sizes
        )
        if n_operators
        else (),
    )


def _auc(
    seen: NDArray[np.float64], hits: NDArray[np.float64], n_accounts: int, n_operators: int
) -> float | None:
    n_others = n_accounts - n_operators
    if not n_operators or n_others <= 0:
        return None
    # Area under hits over others, group of equal scores by group; the last group has no score.
    all_hits = np.append(hits, n_operators)
    all_others = np.append(seen - hits, n_others)
    gained = np.diff(all_others)
    area = (gained * (all_hits[1:] + all_hits[:-1]) / 2).sum()
    return float(area / (n_operators * n_others))


def _taken(k: int, hits: float, n_accounts: int, n_operators: int) -> Taken:
    from scipy.stats import hypergeom

    base = n_operators / n_accounts
    # A tie that is cut leaves parts of operators: the whole ones alone are surely there.
    whole = int(np.floor(hits + 1e-9))
    return Taken(
        k=k,
        hits=hits,
        precision=hits / k,
        interval=wilson(hits, k),
        lift=hits / k / base,
        chance=float(hypergeom.sf(whole - 1, n_accounts, n_operators, k)),
    )
