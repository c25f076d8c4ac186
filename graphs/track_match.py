"""Which known cluster is which cluster of today: an optimal assignment over their overlaps.

Whole columns: the overlaps are the edges of a sparse bipartite graph, and one call assigns all of its
connected parts, each as if it were alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from numpy.typing import NDArray

MATCH_SCHEMA = {"draft_id": pl.String, "previous_id": pl.String, "how": pl.String}
# Shares are compared in millionths; the low bits hold what decides between equal shares.
_MICRO, _LOW = 1_000_000, 1 << 20


def best_pairs(
    left: NDArray[np.int64], right: NDArray[np.int64], weight: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """The pairs of largest total weight in which nobody is twice.

    Args:
        left: number of each pair's left side, from 0, shape (pairs,).
        right: the same of its right side.
        weight: what each pair is worth, 1 to 2**52.

    Returns:
        Whether each pair is taken, shape (pairs,). Where several choices are worth the same, the
        one found depends on the numbers alone.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import min_weight_full_bipartite_matching

    if not len(left):
        return np.zeros(0, np.bool_)
    # Pairs that meet no other pair need no search: most of them, from one sweep to the next.
    alone = (np.bincount(left)[left] == 1) & (np.bincount(right)[right] == 1)
    taken: NDArray[np.bool_] = alone.copy()
    rest = np.flatnonzero(~alone)
    if len(rest):
        rows, row = np.unique(left[rest], return_inverse=True)
        columns, column = np.unique(right[rest], return_inverse=True)
        n, m = len(rows), len(columns)
        # A column of its own for each row, worth nothing: to stay alone is allowed.
        graph = coo_array(
            (
                np.concatenate([weight[rest] + 1, np.ones(n, np.int64)]).astype(np.float64),
                (
                    np.concatenate([row, np.arange(n)]),
                    np.concatenate([column, m + np.arange(n)]),
                ),
            ),
            shape=(n, m + n),
        ).tocsr()
        chosen_row, chosen = min_weight_full_bipartite_matching(graph, maximize=True)
        partner = np.full(n, -1, np.int64)
        partner[chosen_row] = chosen
        taken[rest] = partner[row] == column
    return taken


def match(overlaps: pl.DataFrame) -> pl.DataFrame:
    """Give known names to drafts: first where people confirmed, then the last sweep's, then older.

    Args:
        overlaps: as the query ``track/overlaps``, in its order.

    Returns:
        One row a draft that carries on a known cluster: draft_id, previous_id, how (``anchor``,
        ``previous`` or ``gone``).
    """
    o = overlaps.with_columns(
        dice=(
            2 * pl.col("held") * pl.col("made") / (pl.col("held") + pl.col("made")) * _MICRO
        ).round()
    )
    low = pl.min_horizontal("w_both", pl.lit(_LOW - 1))
    o = o.with_columns(worth=(pl.col("dice").cast(pl.Int64) * _LOW + low).cast(pl.Int64))
    # Most of what is left of it; or what came out of it, of which the largest part wins.
    same = (
        (pl.col("n_both") >= 2)
        & ((pl.col("held") >= 0.5) | (pl.col("made") >= 0.5))
        & ((pl.col("of_all") >= 0.1) | (pl.col("made") >= 0.5))
    )
    anchored = (pl.col("n_anchor") >= pl.min_horizontal("n_anchored", pl.lit(2))) & (
        4 * pl.col("n_anchor") >= pl.col("n_anchored")
    )
    few = pl.min_horizontal("n_anchor", pl.lit(1 << 10)).cast(pl.Int64)
    found = pl.DataFrame(schema=MATCH_SCHEMA)
    for how, eligible, worth in (
        ("anchor", anchored & (pl.col("n_anchor") > 0), few * (_MICRO + 1) + pl.col("dice").cast(pl.Int64)),
        ("previous", same & ~pl.col("gone"), pl.col("worth")),
        ("gone", same & pl.col("gone"), pl.col("worth")),
    ):  # fmt: skip
        free = o.filter(eligible).with_columns(worth=worth)
        found = pl.concat([found, _assigned(free, found, how)])
    return found


def match_values(alike: pl.DataFrame, found: pl.DataFrame, taken: pl.Series) -> pl.DataFrame:
    """Give known names to drafts of new accounts on the values of banned ones.

    Args:
        alike: as the query ``track/alike``.
        found: what :func:`match` gave.
        taken: drafts that came out of a cluster of the last sweep.

    Returns:
        ``found`` with further rows, their ``how`` is ``values``.
    """
    free = alike.filter(~pl.col("draft_id").is_in(taken.implode())).with_columns(
        worth=(pl.col("bits") * 1000).round().cast(pl.Int64).clip(1, 1 << 50)
    )
    return pl.concat([found, _assigned(free, found, "values")])


def partners(overlaps: pl.DataFrame, found: pl.DataFrame, merged: pl.Series) -> pl.DataFrame:
    """Which clusters met and which fell apart.

    Args:
        overlaps: as for :func:`match`.
        found: what it gave.
        merged: clusters gone before that are known to have merged: no news.

    Returns:
        One row a pair: event (``merge``: the known cluster went into the draft; ``split``: the draft
        came out of the known one), previous_id, draft_id, n_both.
    """
    o = overlaps.filter(pl.col("n_both") >= 2)
    kept, named = found["previous_id"].implode(), found["draft_id"].implode()
    newborn = found.filter(pl.col("how") != "gone")["draft_id"].implode()
    parts = (
        o.filter(~pl.col("gone"), ~pl.col("draft_id").is_in(newborn), pl.col("made") >= 0.5)
        .sort("w_both", "n_both", "previous_id", descending=[True, True, False])
        .unique("draft_id", keep="first", maintain_order=True)
        .select(pl.lit("split").alias("event"), "previous_id", "draft_id", "n_both")
    )
    met = (
        o.filter(
            ~pl.col("previous_id").is_in(kept),
            pl.col("draft_id").is_in(named),
            pl.col("held") >= 0.5,
            ~pl.col("gone") | ((pl.col("of_all") >= 0.25) & ~pl.col("previous_id").is_in(merged.implode())),
        )
        .sort("w_both", "n_both", "draft_id", descending=[True, True, False])
        .unique("previous_id", keep="first", maintain_order=True)
        .select(pl.lit("merge").alias("event"), "previous_id", "draft_id", "n_both")
    )  # fmt: skip
    return pl.concat([met, parts]).sort("event", "previous_id", "draft_id")


def _assigned(free: pl.DataFrame, found: pl.DataFrame, how: str) -> pl.DataFrame:
    free = free.filter(
        ~pl.col("draft_id").is_in(found["draft_id"].implode()),
        ~pl.col("previous_id").is_in(found["previous_id"].implode()),
    )
    # Numbered as they come, which is by size: names decide between equals only.
    left, right = (_numbered(free, name) for name in ("previous_id", "draft_id"))
    mask = best_pairs(left, right, free["worth"].to_numpy())
    return free.filter(pl.Series(mask, dtype=pl.Boolean)).select(
        "draft_id", "previous_id", pl.lit(how).alias("how")
    )


def _numbered(frame: pl.DataFrame, name: str) -> NDArray[np.int64]:
    first = frame.select(name).unique(maintain_order=True).with_row_index("number")
    joined = frame.select(name).join(first, on=name, how="left", maintain_order="left")
    return joined["number"].to_numpy().astype(np.int64)
