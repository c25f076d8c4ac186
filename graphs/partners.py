"""Seeded partners in values too large for all their pairs, and the pairs worth summing (section 3).

Sorting packed 64-bit keys costs a fifth of the same grouping in SQL.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Column = NDArray[Any]

_MERSENNE = 2_147_483_647


def ring_pairs(crowd: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Let each account of a large value meet the next few in a seeded ring of its accounts.

    The members of a value stand in a ring whose order is a pseudo-random permutation of the
    accounts, the same permutation for every value, so that two members of one crowd meet on several
    values. Communities still form and the cost stays linear (method, section 3).

    Args:
        crowd: one row an account and large value, in any order: account_key, value_key, kind_key,
            half and floor (micro-bits), k (accounts on the value), reach (how many of the next
            accounts each one meets).
        seed: seed of the permutation.

    Returns:
        One row a pair and value: pair (smaller key in the upper half), kind_key, bits (micro-bits).
    """
    account = crowd["account_key"].to_numpy().astype(np.int64)
    # Arithmetic instead of a hash: the same in every version of every library.
    turn = (account + 1) % _MERSENNE * ((48271 + 2 * seed) % _MERSENNE) % _MERSENNE
    turn = turn * 69621 % (_MERSENNE - 18)
    value = crowd["value_key"].to_numpy().astype(np.int64)
    key = value << 31 | turn
    order = np.argsort(key)
    if (key[order[1:]] == key[order[:-1]]).any():  # 18 of 2**31 turns can belong to two accounts
        order = np.lexsort((account, key))
    account, value = account[order], value[order]
    kind, half, floor, k, reach = (
        crowd[name].to_numpy()[order] for name in ("kind_key", "half", "floor", "k", "reach")
    )
    first = np.concatenate([[True], value[1:] != value[:-1]]) if len(value) else np.empty(0, bool)
    start = np.maximum.accumulate(np.where(first, np.arange(len(value)), 0))
    place = np.arange(len(value)) - start
    made = []
    for step in range(1, int(reach.max(initial=0)) + 1):
        # A ring no longer than both reaches would make a pair from either side: once is enough.
        once = (2 * step < k) | ((2 * step == k) & (place < step))
        at = np.flatnonzero((reach >= step) & once)
        other = start[at] + (place[at] + step) % k[at]
        bits = np.maximum(half[at] + half[other], floor[at])
        met = bits > 0
        a, b = account[at[met]], account[other[met]]
        made.append((np.minimum(a, b) << 32 | np.maximum(a, b), kind[at[met]], bits[met]))
    columns = zip(*made, strict=True) if made else ([], [], [])
    pair, of_kind, worth = (np.concatenate([*parts, np.empty(0, np.int64)]) for parts in columns)
    return pl.DataFrame({"pair": pair, "kind_key": of_kind.astype(np.int32), "bits": worth})


def meeting_twice(met: pl.Series, strong: pl.Series) -> pl.Series:
    """The pairs that can be a link: those that meet twice, or once in a value strong enough alone.

    Most pairs meet once, in a value too weak to link alone; a tenth is left for the sums (the
    two-level rule of method section 3, made exact).

    Args:
        met: packed pairs, one a meeting.
        strong: packed pairs whose one meeting reaches the threshold.

    Returns:
        Each such pair once, in order.
    """
    pair = met.sort().to_numpy()
    same = pair[1:] == pair[:-1]
    # Of those that meet more than twice, the last meeting stands for all.
    same[:-1] &= ~same[1:]
    chosen = np.concatenate([pair[1:][same], strong.to_numpy()])
    pair = pl.Series(chosen).sort().to_numpy()
    first = np.concatenate([[True], pair[1:] != pair[:-1]]) if len(pair) else np.empty(0, np.bool_)
    return pl.Series(met.name, pair[first])
