"""Seeded random streams and whole-column building blocks of the simulated world."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias
from zlib import crc32

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Sequence

Ints: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]
Bools: TypeAlias = npt.NDArray[np.bool_]
Rng: TypeAlias = np.random.Generator

_ALPHABET = np.frombuffer(b"0123456789abcdefghjkmnpqrstvwxyz", dtype=np.uint8)


def stream(seed: int, *names: str) -> Rng:
    """A random stream of its own for each named part: more draws in one part move no other."""
    return np.random.default_rng([seed & 0xFFFFFFFF, *(crc32(name.encode()) for name in names)])


def tokens(rng: Rng, n: int, prefix: str, width: int = 9) -> pl.Series:
    """``n`` distinct random tokens, such as ``pm_7k2m0x9qd``; five bits a character."""
    span = 1 << (5 * width)
    pool = ascending(rng.integers(0, span, n + n // 50 + 16))
    while len(pool) < n:
        pool = ascending(np.concatenate([pool, rng.integers(0, span, n)]))
    picked = rng.permutation(pool)[:n]
    chars = np.empty((n, len(prefix) + width), dtype=np.uint8)
    chars[:, : len(prefix)] = np.frombuffer(prefix.encode(), dtype=np.uint8)
    for place in range(width):
        chars[:, len(prefix) + place] = _ALPHABET[(picked >> (5 * (width - 1 - place))) & 31]
    offsets = np.arange(n + 1, dtype=np.int64) * chars.shape[1]
    array = pa.Array.from_buffers(
        pa.large_string(), n, [None, pa.py_buffer(offsets), pa.py_buffer(chars)]
    )
    return pl.Series("token", array, dtype=pl.String)


def ascending(values: Ints) -> Ints:
    """The distinct values in order; a sort is several times faster here than a hash table."""
    ordered = np.sort(values)
    kept: Ints = ordered[np.diff(ordered, prepend=ordered[:1] - 1) != 0]
    return kept


def pick(words: pl.Series | Sequence[str], codes: Ints) -> pl.Series:
    """The word of each code: one gather from a dictionary."""
    series = words if isinstance(words, pl.Series) else pl.Series("word", words, dtype=pl.String)
    return series.gather(codes)


def join(parts: Sequence[pl.Series | str], separator: str = "") -> pl.Series:
    """Concatenate columns of text and constants, row by row."""
    columns = [pl.lit(p) if isinstance(p, str) else p.rename(f"p{i}") for i, p in enumerate(parts)]
    return pl.select(pl.concat_str(columns, separator=separator).alias("text")).to_series()


def weighted(rng: Rng, weights: npt.ArrayLike, size: int) -> Ints:
    """Indices drawn in proportion to weights (inverse of the cumulative sum)."""
    total = np.cumsum(np.asarray(weights, dtype=np.float64))
    drawn: Ints = np.searchsorted(total, rng.random(size) * total[-1], side="right")
    return np.minimum(drawn, len(total) - 1)


def zipf(rng: Rng, n: int, size: int, exponent: float = 1.0) -> Ints:
    """Indices below ``n`` where index i has weight (i + 1) ** -exponent."""
    return weighted(rng, np.arange(1, n + 1, dtype=np.float64) ** -exponent, size)


def some(rng: Rng, chance: Floats | float, items: Ints) -> Ints:
    """A random part of the items, each with its own or a common chance."""
    return items[rng.random(len(items)) < chance]


def sized(rng: Rng, total: int, shares: Sequence[float]) -> Ints:
    """Group number of each of ``total`` items; group sizes 1, 2, … have the given shares."""
    sizes = 1 + weighted(rng, shares, total)
    return np.repeat(np.arange(total), sizes)[:total]


def rank_within(groups: Ints, key: Floats) -> Ints:
    """Rank of each item inside its group, by key."""
    order = np.lexsort((key, groups))
    ordered = groups[order]
    first = np.flatnonzero(np.diff(ordered, prepend=ordered[:1] - 1))
    sizes = np.diff(np.append(first, len(ordered)))
    rank = np.empty(len(groups), dtype=np.int64)
    rank[order] = np.arange(len(groups)) - np.repeat(first, sizes)
    return rank


def gather_groups(rng: Rng, pool: Ints, groups: int, low: int, high: int) -> tuple[Ints, Ints]:
    """Put random items of a pool into groups of low..high: (items, group numbers).

    An item is in one group at most; when the pool runs out the last groups stay small or empty.
    """
    sizes = np.exp(rng.uniform(np.log(low), np.log(high + 1), groups)).astype(np.int64)
    group = np.repeat(np.arange(groups), sizes)
    items = rng.permutation(pool)[: len(group)]
    return items, group[: len(items)]


def distinct(first: Ints, second: Ints) -> Ints:
    """Positions of the first row of each distinct (first, second) pair, in order.

    Both hold non-negative numbers below 2**32.
    """
    packed = (first << 32) | second
    return np.sort(np.unique(packed, return_index=True)[1])
