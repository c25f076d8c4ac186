"""The permutation null: would these members share as much by chance? (method, section 6).

Each member's values are drawn anew from all incidences of the same kind and degree bin, so that every
value keeps its popularity and every account its number of values (a permutation seen from the cluster:
its members are few among all incidences, so drawing with replacement is the same to first order). Each cluster's shared bits are scored again; scores
are standardised by the cluster's own null and the nulls of all clusters are pooled, which turns few
permutations into a usable tail (Efron 2004, doi 10.1198/016214504000000089). The q-value is
the ratio of pooled null to observed scores beyond it, made monotone (Storey 2002).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from coterie.queries.store import Store

_TABLES = ("rows", "observed", "bits", "pool")


def q_values(work: Store, permutations: int, seed: int) -> pl.DataFrame:
    """One q-value a cluster.

    Args:
        work: the working store after the judgement's tables were made.
        permutations: number of permutations; 0 gives q-values of 0 (not tested).
        seed: seed of the permutations.

    Returns:
        Columns c and q_value (0..1), in order of c.
    """
    rows, seen, worth, pool = (work.frame(f"judge/null_{name}") for name in _TABLES)
    present = np.unique(rows["c"].to_numpy())
    if permutations <= 0 or not len(present):
        return pl.DataFrame({"c": present.astype(np.int32), "q_value": np.zeros(len(present))})
    value_bits = worth["bits"].to_numpy()
    gain = (seen["n"].to_numpy() - 1) * value_bits[seen["value_key"].to_numpy()]
    observed = np.bincount(np.searchsorted(present, seen["c"]), gain, len(present)).astype(float)
    # The pool lies in order of stratum: a member's value is drawn anew from its stratum's stretch.
    n_values = len(value_bits)
    pool_key = (pool["stratum"] * n_values + pool["value_key"]).sort().to_numpy()
    mine = rows["stratum"].to_numpy()
    first = np.searchsorted(pool_key, mine * n_values)
    width = np.searchsorted(pool_key, (mine + 1) * n_values) - first
    value = (pool_key % n_values).astype(np.int32)
    del pool, pool_key
    owner = np.searchsorted(present, rows["c"])
    owner, first, width = (
        np.repeat(column, rows["n"].to_numpy()) for column in (owner, first, width)
    )
    rng = np.random.default_rng(seed)
    null = np.empty((permutations, len(present)))
    for turn in range(permutations):
        drawn = value[first + (rng.random(len(owner)) * width).astype(np.int64)]
        null[turn] = shared_bits(owner, drawn, value_bits, len(present))
    q_value = discovery_rates(observed, null)
    return pl.DataFrame({"c": present.astype(np.int32), "q_value": q_value})


def discovery_rates(
    observed: NDArray[np.float64], null: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The q-value of each cluster: the share of clusters scored as high that chance would give.

    Args:
        observed: one score a cluster, shape (clusters,).
        null: scores of each draw, shape (draws, clusters).
    """
    draws = len(null)
    mean, spread = null.mean(axis=0), np.maximum(null.std(axis=0, ddof=1), 1.0)
    z, pooled = (observed - mean) / spread, np.sort(((null - mean) / spread).ravel())
    beyond_null = (len(pooled) - np.searchsorted(pooled, z, side="left")) / draws
    beyond = len(z) - np.searchsorted(np.sort(z), z, side="left")
    rate = np.minimum(1.0, (beyond_null + 1 / draws) / np.maximum(beyond, 1))
    order = np.argsort(z, kind="stable")
    monotone = np.empty(len(z))
    monotone[order] = np.minimum.accumulate(rate[order])
    return monotone.round(6)


def shared_bits(
    owner: NDArray[np.int64],
    value: NDArray[Any],
    value_bits: NDArray[np.float64],
    n_clusters: int,
) -> NDArray[np.float64]:
    """Sum over values with two or more members of (members - 1) x bits, by cluster.

    Args:
        owner: cluster of each incidence, 0 to ``n_clusters`` - 1.
        value: its value key.
        value_bits: bits of each value key.
        n_clusters: length of the result.
    """
    n_values = len(value_bits)
    keys = pl.Series(owner * n_values + value).sort().to_numpy()
    starts = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
    count = np.diff(np.append(starts, len(keys)))
    shared = keys[starts[count >= 2]]
    gain = (count[count >= 2] - 1) * value_bits[shared % n_values]
    return np.bincount(shared // n_values, gain, n_clusters).astype(np.float64)
