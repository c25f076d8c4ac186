"""The permutation null for the few clusters of a what-if (method, section 6).

As :mod:`coterie.graphs.null`, but the pool is everybody's values by kind, without degree bins: a
what-if has everybody's values, not everybody's degrees. With few clusters to pool it draws more often.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from coterie.graphs.null import discovery_rates, shared_bits

if TYPE_CHECKING:
    from coterie.queries.store import Store

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
    rows, pool = (work.frame(f"what_if/{name}") for name in ("null_rows", "null_pool"))
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
    observed = shared_bits(
        owner, rows["value_key"].to_numpy().astype(np.int64), worth, len(present)
    )
    rng = np.random.default_rng(seed)
    null = np.empty((draws, len(present)))
    for turn in range(draws):
        at = low + (rng.random(len(owner)) * (high - low)).astype(np.int64)
        drawn = value[np.searchsorted(ends, at, side="right")].astype(np.int64)
        null[turn] = shared_bits(owner, drawn, worth, len(present))
    q_value = discovery_rates(observed, null)
    few = pl.DataFrame({"c": present.astype(np.int32), "q_value": q_value})
    whole = few.join(work.frame("what_if/q_before"), on="c", how="left", maintain_order="left")
    return whole.select("c", pl.max_horizontal("q_value", "q_before").alias("q_value"))
