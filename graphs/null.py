"""The permutation null: would these members share as much by chance? (method, section 6).

Accounts are permuted among incidences of the same kind and degree bin, so that every value keeps its
popularity and every account its number of values. Each cluster's shared bits are scored again; scores
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
    relation = run(work, "judge/null_rows")
    rows = relation.pl() if relation is not None else pl.DataFrame()
    cluster = rows["c"].to_numpy()
    n_clusters = int(cluster.max()) + 1 if len(cluster) and cluster.max() >= 0 else 0
    present = np.unique(cluster[cluster >= 0])
    if permutations <= 0 or n_clusters == 0:
        return pl.DataFrame({"c": present.astype(np.int32), "q_value": np.zeros(len(present))})
    value = rows["value_key"].to_numpy().astype(np.int64)
    bits = rows["bits"].to_numpy()
    stratum = rows["stratum"].to_numpy().astype(np.int64)
    n_values = int(value.max()) + 1
    value_bits = np.zeros(n_values)
    value_bits[value] = bits
    # Rows come ordered by stratum: a permutation inside strata is a sort by (stratum, random).
    observed = _shared_bits(cluster, value, value_bits, n_clusters, n_values)
    rng = np.random.default_rng(seed)
    null = np.empty((permutations, n_clusters))
    for turn in range(permutations):
        order = np.argsort(stratum + rng.random(len(stratum)), kind="stable")
        null[turn] = _shared_bits(cluster[order], value, value_bits, n_clusters, n_values)
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


def _shared_bits(
    cluster: NDArray[np.int32],
    value: NDArray[np.int64],
    value_bits: NDArray[np.float64],
    n_clusters: int,
    n_values: int,
) -> NDArray[np.float64]:
    """Sum over values with two or more members of (members - 1) x bits, by cluster."""
    inside = cluster >= 0
    packed = cluster[inside].astype(np.int64) * n_values + value[inside]
    keys, count = np.unique(packed, return_counts=True)
    keep = count >= 2
    gain = (count[keep] - 1) * value_bits[keys[keep] % n_values]
    return np.bincount(keys[keep] // n_values, gain, n_clusters).astype(np.float64)
