"""Address space of the simulated world: countries, network operators and their blocks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from coterie.loaders.simulate.draw import join, pick

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from coterie.loaders.simulate.draw import Ints, Rng

# Code, share of the platform's people, offset of local time from UTC in hours.
COUNTRIES: tuple[tuple[str, float, float], ...] = (
    ("US", 0.26, -6), ("IN", 0.14, 5.5), ("BR", 0.08, -3), ("GB", 0.07, 0), ("DE", 0.06, 1),
    ("FR", 0.05, 1), ("JP", 0.05, 9), ("ID", 0.05, 7), ("NG", 0.04, 1), ("MX", 0.04, -6),
    ("PL", 0.04, 1), ("VN", 0.04, 7), ("KR", 0.03, 9), ("CA", 0.03, -5), ("AU", 0.02, 10),
)  # fmt: skip
# First octets that hold private, shared, documentation or multicast ranges.
_RESERVED = frozenset({0, 10, 100, 127, 169, 172, 192, 198, 203})


@dataclass(frozen=True, slots=True)
class Pools:
    """Address pools of one class, one per network operator.

    Attributes:
        name: class of the networks (residential, mobile, vpn, …).
        asn: operator number per pool.
        need: addresses in use per pool.
        first: index of the pool's first block in ``base``.
        base: first address of each block.
        owner: pool of each block.
        bits: host bits of every block.
    """

    name: str
    asn: Ints
    need: Ints
    first: Ints
    base: Ints
    owner: Ints
    bits: int

    def address(self, pool: Ints, index: Ints) -> Ints:
        """Address number ``index`` of a pool, as an integer; scattered over the block."""
        block = self.first[pool] + (index >> self.bits)
        mask = (1 << self.bits) - 1
        # An odd multiplier permutes the block: neighbours by index are no neighbours by address.
        return self.base[block] + (((index & mask) * 40503 + 12345) & mask)


def free_blocks(rng: Rng) -> Iterator[int]:
    """Every public /16, in random order, as the integer of its first address."""
    octets = np.array([o for o in range(1, 224) if o not in _RESERVED])
    blocks = (octets[:, None] * 256 + np.arange(256)[None, :]).ravel() << 16
    return iter(rng.permutation(blocks).tolist())


def make_pools(
    name: str, rng: Rng, free: Iterator[int], need: Sequence[int] | Ints, bits: int
) -> Pools:
    """Give each pool its operator number and as many blocks as it needs."""
    wanted = np.maximum(1, np.asarray(need, dtype=np.int64))
    blocks = (wanted + (1 << bits) - 1) >> bits
    owner = np.repeat(np.arange(len(wanted)), blocks)
    sixteens = np.array([next(free) for _ in owner], dtype=np.int64)
    first = np.cumsum(blocks) - blocks
    return Pools(
        name=name,
        # Each /16 is given out once, so an odd multiple of its number is a number of its own.
        asn=1_000 + (((sixteens[first] >> 16) * 40503 + 977) & 0xFFFF),
        need=wanted,
        first=first,
        base=sixteens + (rng.integers(0, 1 << (16 - bits), len(owner)) << bits),
        owner=owner,
        bits=bits,
    )


def ip_text(address: Ints) -> pl.Series:
    """Addresses in dotted form."""
    octets = [str(i) for i in range(256)]
    return join([pick(octets, (address >> s) & 255) for s in (24, 16, 8, 0)], ".")


# What public lists know: share of the networks of a class that some list names, and how.
_KNOWN = {"mobile": ("cgnat", 0.7), "vpn": ("vpn", 0.7), "hosting": ("datacenter", 0.85)}


def network_lists(pools: Sequence[Pools], rng: Rng) -> pl.DataFrame:
    """The enrichment lists: every block with its operator, and some of the classes.

    Returns:
        kind, value, cidr, domain, asn, class, reason, owner; one row per block and class.
    """
    frames = []
    for p in pools:
        cidr = join([ip_text(p.base), f"/{32 - p.bits}"])
        block = pl.DataFrame({"cidr": cidr, "asn": p.asn[p.owner]})
        frames.append(
            block.with_columns(pl.lit("network").alias("class"), reason=pl.lit("routing table"))
        )
        if p.name in _KNOWN:
            label, share = _KNOWN[p.name]
            known = (rng.random(len(p.asn)) < share)[p.owner]
            frames.append(
                block.filter(pl.Series(known)).with_columns(
                    pl.lit(label).alias("class"), reason=pl.lit("public range list")
                )
            )
    return (
        pl.concat(frames)
        .sample(fraction=1.0, shuffle=True, seed=int(rng.integers(1 << 31)))
        .select(
            kind=pl.lit("ip"),
            value=pl.lit(None, dtype=pl.String),
            cidr="cidr",
            domain=pl.lit(None, dtype=pl.String),
            asn="asn",
            **{"class": pl.col("class")},
            reason="reason",
            owner=pl.lit("simulated"),
        )
    )
