"""The permutation null: would these members share as much by chance? (method, section 6).

Each member's values are drawn anew from all incidences of the same kind and degree bin, so that every
value keeps its popularity and every account its number of values (a permutation seen from the cluster:
its members are few among all incidences, so drawing with replacement is the same to first order). Each cluster's shared bits are scored again; scores
are standardised by the cluster's own null and the nulls of all clusters are pooled, which turns few
permutations into a usable tail (Efron 2004, doi 10.1198/016214504000000089). The q-value is
the ratio of pooled null to observed scores beyond it, made monotone (Storey 2002).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from coterie.queries.run import run

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
    rows, seen, worth, pool = (_frame(work, f"judge/null_{name}") for name in _TABLES)
    present = np.unique(rows["c"].to_numpy())
    if permutations <= 0 or not len(present):
        return pl.DataFrame({"c": present.astype(np.int32), "q_value": np.zeros(len(present))})
    n_clusters, value_bits = int(present[-1]) + 1, worth["bits"].to_numpy()
    gain = (seen["n"].to_numpy() - 1) * value_bits[seen["value_key"].to_numpy()]
    observed = np.bincount(seen["c"].to_numpy(), gain, n_clusters)
    # The pool lies in order of stratum: a member's value is drawn anew from its stratum's stretch.
    n_values = len(value_bits)
    pool_key = (pool["stratum"] * n_values + pool["value_key"]).sort().to_numpy()
    mine = rows["stratum"].to_numpy()
    first = np.searchsorted(pool_key, mine * n_values)
    width = np.searchsorted(pool_key, (mine + 1) * n_values) - first
    value = (pool_key % n_values).astype(np.int32)
    del pool, pool_key
    owner, first, width = (
        np.repeat(column, rows["n"].to_numpy()) for column in (rows["c"].to_numpy(), first, width)
    )
    rng = np.random.default_rng(seed)
    null = np.empty((permutations, n_clusters))
    for turn in range(permutations):
        drawn = value[first + (rng.random(len(owner)) * width).astype(np.int64)]
        null[turn] = _shared_bits(owner, drawn, value_bits, n_clusters)
    mean, spread = null.mean(axis=0), np.maximum(null.std(axis=0, ddof=1), 1.0)
    z = ((observed - mean) / spread)[present]
    pooled = np.sort(((null - mean) / spread)[:, present].ravel())
    beyond_null = (len(pooled) - np.searchsorted(pooled, z, side="left")) / permutations
    beyond = len(z) - np.searchsorted(np.sort(z), z, side="left")
    fdr = np.minimum(1.0, (beyond_null + 1 / permutations) / np.maximum(beyond, 1))
    order = np.argsort(z, kind="stable")
    monotone = np.empty(len(z))
    monotone[order] = np.minimum.accumulate(fdr[order])
    return pl.DataFrame({"c": present.astype(np.int32), "q_value": monotone.round(6)})


def _frame(work: Store, name: str) -> pl.DataFrame:
    relation = run(work, name)
    return relation.pl() if relation is not None else pl.DataFrame()


def _shared_bits(
    owner: NDArray[np.int64],
    value: NDArray[np.int32],
    value_bits: NDArray[np.float64],
    n_clusters: int,
) -> NDArray[np.float64]:
    """Sum over values with two or more members of (members - 1) x bits, by cluster."""
    n_values = len(value_bits)
    keys = pl.Series(owner * n_values + value).sort().to_numpy()
    starts = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
    count = np.diff(np.append(starts, len(keys)))
    shared = keys[starts[count >= 2]]
    gain = (count[count >= 2] - 1) * value_bits[shared % n_values]
    return np.bincount(shared // n_values, gain, n_clusters).astype(np.float64)
