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


def q_values(work: Store, permutations: int, seed: int) -> pl.DataFrame:
    """One q-value a cluster.

    Args:
        work: the working store after the judgement's tables were made.
        permutations: number of permutations; 0 gives q-values of 0 (not tested).
        seed: seed of the permutations.

    Returns:
        Columns c and q_value (0..1), in order of c.
    """
    rows, pool = (_frame(work, f"judge/{name}") for name in ("null_rows", "null_pool"))
    owner = rows["c"].to_numpy().astype(np.int64)
    present = np.unique(owner)
    if permutations <= 0 or not len(present):
        return pl.DataFrame({"c": present.astype(np.int32), "q_value": np.zeros(len(present))})
    n_clusters = int(present[-1]) + 1
    value = np.repeat(pool["value_key"].to_numpy().astype(np.int64), pool["n"].to_numpy())
    stratum = np.repeat(pool["stratum"].to_numpy(), pool["n"].to_numpy())
    value_bits = np.zeros(int(value.max()) + 1)
    value_bits[pool["value_key"].to_numpy()] = pool["bits"].to_numpy()
    # The pool lies in order of stratum: a member's value is drawn anew from its stratum's stretch.
    strata, mine = np.unique(rows["stratum"].to_numpy(), return_inverse=True)
    first = np.searchsorted(stratum, strata, side="left")[mine]
    width = np.searchsorted(stratum, strata, side="right")[mine] - first
    observed = _shared_bits(
        owner, rows["value_key"].to_numpy().astype(np.int64), value_bits, n_clusters
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
    value: NDArray[np.int64],
    value_bits: NDArray[np.float64],
    n_clusters: int,
) -> NDArray[np.float64]:
    """Sum over values with two or more members of (members - 1) x bits, by cluster."""
    n_values = len(value_bits)
    keys = np.sort(owner * n_values + value)
    starts = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
    count = np.diff(np.append(starts, len(keys)))
    shared = keys[starts[count >= 2]]
    gain = (count[count >= 2] - 1) * value_bits[shared % n_values]
    return np.bincount(shared // n_values, gain, n_clusters).astype(np.float64)
