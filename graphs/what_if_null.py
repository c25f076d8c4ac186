"""The permutation null for the few clusters of a what-if (method, section 6).

As :mod:`coterie.graphs.null`, but the pool is everybody's values by kind, without degree bins: a
what-if has everybody's values, not everybody's degrees. With few clusters to pool it draws more often.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from coterie.queries.run import run

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from coterie.queries.store import Store

    Column = NDArray[Any]

# Draws: enough for a q-value under .05 of a single cluster, few where rows are many.
_FEWEST_DRAWS, _MOST_DRAWS, _DRAWN_ROWS = 50, 100, 500_000


def q_values_of_few(work: Store, seed: int) -> pl.DataFrame:
    """One q-value a cluster of the table ``base``, never below that of the cluster it comes from.

    Args:
        work: a scratch store of :mod:`coterie.graphs.what_if_scratch`.
        seed: seed of the draws.

    Returns:
        Columns c and q_value (0..1), in order of c.
    """
    rows, pool = (_frame(work, f"what_if/{name}") for name in ("null_rows", "null_pool"))
    present, owner = np.unique(rows["c"].to_numpy().astype(np.int64), return_inverse=True)
    if not len(present):
        return pl.DataFrame({"c": present.astype(np.int32), "q_value": np.zeros(0)})
    draws = int(np.clip(_DRAWN_ROWS // rows.height, _FEWEST_DRAWS, _MOST_DRAWS))
    kind, value, many, bits = (pool[c].to_numpy() for c in ("kind_key", "value_key", "n", "bits"))
    worth = np.zeros(int(value.max(initial=0)) + 1)
    worth[value] = bits
    ends = np.cumsum(many)
    mine = rows["kind_key"].to_numpy()
    low = np.concatenate([[0], ends])[np.searchsorted(kind, mine, side="left")]
    high = np.concatenate([[0], ends])[np.searchsorted(kind, mine, side="right")]
    observed = _shared(owner, rows["value_key"].to_numpy().astype(np.int64), worth, len(present))
    rng = np.random.default_rng(seed)
    null = np.empty((draws, len(present)))
    for turn in range(draws):
        at = low + (rng.random(len(owner)) * (high - low)).astype(np.int64)
        drawn = value[np.searchsorted(ends, at, side="right")].astype(np.int64)
        null[turn] = _shared(owner, drawn, worth, len(present))
    mean, spread = null.mean(axis=0), np.maximum(null.std(axis=0, ddof=1), 1.0)
    z, pooled = (observed - mean) / spread, np.sort(((null - mean) / spread).ravel())
    beyond_null = (len(pooled) - np.searchsorted(pooled, z, side="left")) / draws
    beyond = len(z) - np.searchsorted(np.sort(z), z, side="left")
    order = np.argsort(z, kind="stable")
    q_value = np.empty(len(z))
    rate = np.minimum(1.0, (beyond_null + 1 / draws) / np.maximum(beyond, 1))
    q_value[order] = np.minimum.accumulate(rate[order])
    few = pl.DataFrame({"c": present.astype(np.int32), "q_value": q_value.round(6)})
    whole = few.join(_frame(work, "what_if/q_before"), on="c", how="left", maintain_order="left")
    return whole.select("c", pl.max_horizontal("q_value", "q_before").alias("q_value"))


def _frame(work: Store, name: str) -> pl.DataFrame:
    relation = run(work, name)
    return relation.pl() if relation is not None else pl.DataFrame()


def _shared(owner: Column, value: Column, worth: Column, n_clusters: int) -> Column:
    """Sum over values with two or more members of (members - 1) x bits, by cluster."""
    keys = np.sort(owner * len(worth) + value)
    starts = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
    count = np.diff(np.append(starts, len(keys)))
    shared, gain = keys[starts[count >= 2]], count[count >= 2] - 1
    return np.bincount(shared // len(worth), gain * worth[shared % len(worth)], n_clusters)
