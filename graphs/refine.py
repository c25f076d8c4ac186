"""Refinement: does this account belong to this cluster? (method, section 5).

Naive Bayes over value profiles: three rounds in which profiles are built from core members and every
account that shares a telling value with a cluster is asked again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from coterie.queries.run import run

if TYPE_CHECKING:
    from datetime import datetime

    import numpy as np
    from numpy.typing import NDArray

    from coterie.graphs.hours import Hours
    from coterie.queries.store import Store

ROUNDS = 3
KIN_SHARE = 0.4


def refine(
    work: Store,
    n_accounts: int,
    min_size: int,
    window_start: datetime,
    window_end: datetime,
    rounds: int = ROUNDS,
) -> Hours:
    """Turn communities into clusters; leave ``membership`` and, for it, ``kind_bits``.

    Args:
        work: the working store, with the tables of the stages before.
        n_accounts: accounts in the window (N of the prior).
        min_size: a cluster that falls below it dissolves.
        window_start: first moment of the window (UTC).
        window_end: end of the window (UTC), not included.
        rounds: how often every account is asked again, at least once.

    Returns:
        The active hours of every account that a cluster may claim.
    """
    from coterie.graphs.hours import read_hours

    run(work, "refine/start")
    for turn in range(rounds):
        for step in ("base", "mass", "profile", "candidate", "kind_bits"):
            run(work, f"refine/{step}")
        if turn == 0:
            hours = read_hours(work, window_start, window_end)
        run(work, "refine/narrow", n_accounts=n_accounts)
        _time(work, hours)
        run(work, "refine/rate")
        run(work, "refine/score", n_accounts=n_accounts)
        run(work, "refine/assign", min_size=min_size)
        if turn < rounds - 1:
            _merge_kin(work)
        if turn == rounds - 2:
            _part(work)
    run(work, "refine/housemate")
    run(work, "refine/apart")
    run(work, "refine/settle", min_size=min_size)
    return hours


def _time(work: Store, hours: Hours) -> None:
    """Leave the table ``timing``."""
    from coterie.graphs.hours import timing

    base, candidate = work.frame("refine/base_rows"), work.frame("refine/candidate_rows")
    work.con.register("timed", timing(hours, base, candidate))
    run(work, "refine/timing")
    work.con.unregister("timed")


def _merge_kin(work: Store) -> None:
    """Join clusters of which one claims the other's members on strong evidence."""
    import polars as pl

    kin = work.frame("refine/kinship", share=KIN_SHARE)
    if kin.is_empty():
        return
    name, first = _joined(kin["c"].to_numpy(), kin["other"].to_numpy())
    work.con.register("merged", pl.DataFrame({"c": name, "into": name[first]}))
    run(work, "refine/merge")
    work.con.unregister("merged")


def _part(work: Store) -> None:
    """Give those who keep to themselves a cluster of their own, to be judged on what they share."""
    import polars as pl

    run(work, "refine/apart")
    pairs = work.frame("refine/apart_pairs")
    if pairs.is_empty():
        return
    name, first = _joined(pairs["a"].to_numpy(), pairs["b"].to_numpy())
    work.con.register("parted", pl.DataFrame({"account_key": name, "group": name[first]}))
    run(work, "refine/part")
    work.con.unregister("parted")


def _joined(a: NDArray[Any], b: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Connected components of pairs.

    Returns:
        The names in order, and for each the place of the first name of its component.
    """
    import numpy as np
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    name, ends = np.unique(np.concatenate([a, b]), return_inverse=True)
    places = (ends[: len(a)], ends[len(a) :])
    pairs = coo_array((np.ones(len(a), np.int8), places), shape=(len(name), len(name)))
    label = connected_components(pairs, directed=False)[1]
    first = np.full(label.max() + 1, len(name))
    np.minimum.at(first, label, np.arange(len(name)))
    return name, first[label]
