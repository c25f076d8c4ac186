"""IPv6 beside IPv4: a household in its /64, a phone in one of its own, servers that change within.

A device makes up a new address of its network's /64 every day or so (RFC 8981). What people of one
home share is then the /64, not an address; and a phone is no longer behind a crowd's address.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from coterie.loaders.simulate.draw import join, pick, stream
from coterie.loaders.simulate.networks import ip_text
from coterie.loaders.simulate.rows import Rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coterie.loaders.simulate.draw import Bools, Ints, Rng
    from coterie.loaders.simulate.networks import Pools
    from coterie.loaders.simulate.options import WorldOptions

_BASE = 0x2A00_0000  # first 32 bits of the lowest network; the operator's number is added
_DUAL = 0.3  # share of uses over IPv6 that show their IPv4 address too
_CLASSES = ("residential", "mobile", "hosting")
_NEW_ADDRESS = 5 * 1440  # minutes of use after which one more address is seen
_MOST = 3  # addresses of one network that the platform sees of an account


@dataclass(frozen=True, slots=True)
class Shown:
    """Address rows whose values are indices into the texts.

    Attributes:
        rows: accounts on addresses; ``value`` is the place of the address in ``text``.
        text: the addresses.
    """

    rows: Rows
    text: pl.Series


def with_ipv6(options: WorldOptions, ip: Rows, pools: Sequence[Pools]) -> Shown:
    """Show part of the uses over IPv6.

    Args:
        options: seed and share.
        ip: rows over IPv4, each (account, address) once.
        pools: all address pools; homes, carriers and clouds have IPv6.

    Returns:
        The rows and the text of every address; those over IPv4 alone when the share is 0.
    """
    addresses, code = np.unique(ip.value, return_inverse=True)
    shown = ip_text(addresses)
    if options.ipv6 == 0:
        return Shown(Rows(ip.account, code, ip.first, ip.last), shown)
    rng = stream(options.seed, "ipv6")
    operator, kind = _networks(addresses, pools)
    # A home's line and a server have it or not; of a carrier's customers each for itself.
    line = rng.random(len(addresses)) < options.ipv6
    own = rng.random(len(ip)) < options.ipv6
    mobile = kind[code] == _CLASSES.index("mobile")
    over = (kind[code] >= 0) & np.where(mobile, own, line[code])
    subnet = ((addresses * 0x9E37_79B1) & 0xFFFF_FFFF)[code]
    subnet = np.where(mobile, rng.integers(0, 1 << 32, len(ip)), subnet)
    network = ((_BASE + operator[code]) << 32) | subnet
    new, hosts = _addresses_seen(rng, ip, over, network)
    stay = ~over | (rng.random(len(ip)) < _DUAL)
    old = Rows(ip.account[stay], code[stay], ip.first[stay], ip.last[stay])
    columns = zip(
        (old.account, old.value, old.first, old.last),
        (new.account, len(addresses) + np.arange(len(new)), new.first, new.last),
        strict=True,
    )
    return Shown(
        Rows(*(np.concatenate(pair) for pair in columns)),
        pl.concat([shown.rename("ip"), _text(new.value, hosts).rename("ip")]),
    )


def _networks(addresses: Ints, pools: Sequence[Pools]) -> tuple[Ints, Ints]:
    """Operator number and class (-1: no IPv6) of each IPv4 address."""
    base = np.concatenate([p.base for p in pools])
    order = np.argsort(base)
    asn = np.concatenate([p.asn[p.owner] for p in pools])[order]
    kind = np.concatenate(
        [np.full(len(p.base), _CLASSES.index(p.name) if p.name in _CLASSES else -1) for p in pools]
    )[order]
    at = np.searchsorted(base[order], addresses, side="right") - 1
    return asn[at], kind[at]


def _addresses_seen(rng: Rng, ip: Rows, over: Bools, network: Ints) -> tuple[Rows, Ints]:
    """Uses over IPv6, cut into the addresses a device took one after the other: rows, host parts."""
    at = np.flatnonzero(over)
    span = ip.last[at] - ip.first[at]
    times = 1 + np.minimum(span // _NEW_ADDRESS, _MOST - 1)
    row = np.repeat(at, times)
    turn = np.arange(len(row)) - np.repeat(np.cumsum(times) - times, times)
    length = np.repeat(span // times, times)
    first = ip.first[row] + turn * length
    last = np.where(turn + 1 == np.repeat(times, times), ip.last[row], first + length - 1)
    # A device rests on an address for about a day; the long uses were cut for this.
    last = np.minimum(last, first + rng.integers(5, 2_000, len(row)))
    hosts = rng.integers(1 << 32, 1 << 62, len(row))
    return Rows(ip.account[row], network[row], first, np.maximum(first, last)), hosts


def _text(network: Ints, host: Ints) -> pl.Series:
    words = pl.Series("word", [f"{i:x}" for i in range(1 << 16)], dtype=pl.String)
    groups = [
        pick(words, (half >> s) & 0xFFFF) for half in (network, host) for s in (48, 32, 16, 0)
    ]
    return join(groups, ":")


def ipv6_blocks(pools: Sequence[Pools]) -> pl.DataFrame:
    """The /32 of every operator of a class that has IPv6: name (of the pool), asn, cidr."""
    frames = []
    for p in pools:
        if p.name in _CLASSES:
            high = pl.Series("high", [f"{(_BASE + int(n)) >> 16:x}" for n in p.asn])
            low = pl.Series("low", [f"{(_BASE + int(n)) & 0xFFFF:x}" for n in p.asn])
            cidr = join([high, ":", low, "::/32"])
            frames.append(
                pl.DataFrame({"cidr": cidr, "asn": p.asn}).with_columns(name=pl.lit(p.name))
            )
    return pl.concat(frames)
