"""Addresses of ordinary lives: homes, mobile carriers, workplaces, VPN exits, clouds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from coterie.loaders.simulate.draw import ascending, rank_within, some, stream, zipf
from coterie.loaders.simulate.networks import COUNTRIES, make_pools
from coterie.loaders.simulate.population import DAY
from coterie.loaders.simulate.rows import used_within

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from coterie.loaders.simulate.draw import Floats, Ints
    from coterie.loaders.simulate.networks import Pools
    from coterie.loaders.simulate.options import WorldOptions
    from coterie.loaders.simulate.population import People
    from coterie.loaders.simulate.rows import Rows

EPOCH = 30 * DAY  # dynamic home addresses change hands this often
CLOUDS = 8
VPN_BRANDS = 6
SPARE = 20_000  # unused home addresses per provider that proxies may exit from


@dataclass(frozen=True, slots=True)
class Addresses:
    """Ordinary address rows, and what campaigns need to live among them.

    Attributes:
        rows: accounts on addresses.
        pools: address pools by class.
        hosting: the pool of the clouds; campaigns rent from its far end.
        homes: home addresses in use at some time, for residential proxies.
        spare_homes: addresses of the same providers that nobody uses.
    """

    rows: list[Rows]
    pools: list[Pools]
    hosting: Pools
    homes: Ints
    spare_homes: Ints


def assign_addresses(
    options: WorldOptions, people: People, keep: Mapping[str, Floats], free: Iterator[int]
) -> Addresses:
    """Addresses that everybody's ordinary life shows.

    Args:
        options: size, seed and confounders.
        people: the accounts.
        keep: chance per account that its ``home`` and its ``away`` addresses show at all.
        free: unused address blocks.
    """
    homes, residential, in_use, spare = _homes(options, people, keep["home"], free)
    parts, pools = [homes], [residential]
    for assign in (_mobile, _institutions, _vpn, _clouds):
        rows, pool = assign(options, people, keep["away"], free)
        parts.append(rows)
        pools.append(pool)
    return Addresses([rows for part in parts for rows in part], pools, pools[-1], in_use, spare)


def _per_country(people: People, most: int) -> int:
    """Providers of a kind per country: more on a larger platform."""
    return min(most, 1 + (people.n >= 20_000) + (people.n >= 200_000))


def _homes(
    options: WorldOptions, people: People, keep: Floats, free: Iterator[int]
) -> tuple[list[Rows], Pools, Ints, Ints]:
    """Home addresses: rows, pool, addresses in use, spare addresses.

    Half of the homes keep one address; the others get a new one of their provider's every epoch,
    which then was or will be somebody else's.
    """
    rng = stream(options.seed, "homes")
    per_country = _per_country(people, 3)
    n_homes = int(people.home.max()) + 1
    country = np.empty(n_homes, dtype=np.int64)
    country[people.home] = people.country
    provider = country * per_country + zipf(rng, per_country, n_homes, 0.7)
    n_providers = len(COUNTRIES) * per_country
    fixed = rng.random(n_homes) < 0.55
    n_fixed = np.bincount(provider[fixed], minlength=n_providers)
    n_moving = np.ceil(np.bincount(provider[~fixed], minlength=n_providers) * 1.1).astype(np.int64)
    in_use = n_fixed + n_moving
    pool = make_pools("residential", rng, free, in_use + np.minimum(in_use, SPARE), 16)

    epochs = -(-options.days * DAY // EPOCH)
    number = np.empty((epochs, n_homes), dtype=np.int64)
    number[:, fixed] = rank_within(provider[fixed], rng.random(int(fixed.sum())))
    moving = provider[~fixed]
    for epoch in range(epochs):
        number[epoch, ~fixed] = n_fixed[moving] + rank_within(moving, rng.random(len(moving)))
    address = pool.address(np.broadcast_to(provider, number.shape), number)

    there = some(rng, 0.92 * keep, np.arange(people.n))
    settled = there[fixed[people.home[there]]]
    rows = [used_within(rng, people, settled, address[0, people.home[settled]])]
    roaming = there[~fixed[people.home[there]]]
    for epoch in range(epochs):
        low, high = epoch * EPOCH, (epoch + 1) * EPOCH - 1
        alive = roaming[(people.begin[roaming] <= high) & (people.end[roaming] >= low)]
        value = address[epoch, people.home[alive]]
        rows.append(used_within(rng, people, alive, value, low=low, high=high))

    spare_pool = np.repeat(np.arange(n_providers), np.minimum(in_use, SPARE))
    spare_rank = rank_within(spare_pool, np.arange(len(spare_pool), dtype=np.float64))
    spare = pool.address(spare_pool, in_use[spare_pool] + spare_rank)
    return rows, pool, ascending(address.ravel()), spare


def _mobile(
    options: WorldOptions, people: People, keep: Floats, free: Iterator[int]
) -> tuple[list[Rows], Pools]:
    """Mobile carriers put everybody behind few addresses and rotate them."""
    rng = stream(options.seed, "mobile")
    per_country = _per_country(people, 2)
    users = some(rng, 0.5 * keep, np.arange(people.n))
    users = np.repeat(users, 1 + rng.binomial(2, 0.35, len(users)))
    carrier = people.country[users] * per_country + people.person[users] % per_country
    crowd = np.bincount(carrier, minlength=len(COUNTRIES) * per_country)
    need = np.ceil(crowd * 0.03 / max(options.confounders, 0.1)).astype(np.int64)
    pool = make_pools("mobile", rng, free, np.maximum(4, need), 14)
    slot = (pool.need[carrier] * rng.random(len(users)) ** 1.5).astype(np.int64)
    return [used_within(rng, people, users, pool.address(carrier, slot), short=0.5)], pool


def _institutions(
    options: WorldOptions, people: People, keep: Floats, free: Iterator[int]
) -> tuple[list[Rows], Pools]:
    """Companies have one or two addresses, campuses a few for thousands, others one."""
    rng = stream(options.seed, "institutions")
    kinds = (
        (people.org, people.n_orgs, 2, 0.75),
        (people.campus, people.n_campuses, 4, 0.9),
        (people.cafe, people.n_cafes, 1, 0.9),
        # Every third agency is a reseller: its clients come through a rented server (below).
        (np.where(people.agency % 3 == 0, -1, people.agency), people.n_agencies, 1, 0.7),
    )
    total = sum(count * doors for _, count, doors, _ in kinds)
    networks = len(COUNTRIES)
    pool = make_pools("business", rng, free, [total // networks + 1] * networks, 16)
    rows = []
    so_far = 0
    for member_of, count, doors, chance in kinds:
        there = np.flatnonzero(member_of >= 0)
        there = some(rng, chance * keep[there], there)
        serial = so_far + member_of[there] * doors + zipf(rng, doors, len(there), 0.8)
        value = pool.address(serial % networks, serial // networks)
        rows.append(used_within(rng, people, there, value, short=0.2))
        so_far += count * doors
    return rows, pool


def _vpn(
    options: WorldOptions, people: People, keep: Floats, free: Iterator[int]
) -> tuple[list[Rows], Pools]:
    """Commercial VPNs: few exits, many people."""
    rng = stream(options.seed, "vpn")
    users = some(rng, 0.08 * min(options.confounders, 3.0) * keep, np.arange(people.n))
    users = np.repeat(users, 1 + rng.binomial(2, 0.3, len(users)))
    brand = zipf(rng, VPN_BRANDS, len(users), 0.8)
    need = np.maximum(3, np.bincount(brand, minlength=VPN_BRANDS) // 90)
    pool = make_pools("vpn", rng, free, need, 10)
    slot = (need[brand] * rng.random(len(brand)) ** 1.3).astype(np.int64)
    return [used_within(rng, people, users, pool.address(brand, slot), short=0.6)], pool


def _clouds(
    options: WorldOptions, people: People, keep: Floats, free: Iterator[int]
) -> tuple[list[Rows], Pools]:
    """Own servers, the way out of popular build services, and of honest resellers."""
    rng = stream(options.seed, "clouds")
    users = some(rng, 0.06 * keep, np.arange(people.n))
    cloud = zipf(rng, CLOUDS, len(users), 0.9)
    services = max(4, people.n // 1_500)
    own = services + people.n_agencies + np.arange(len(users))
    built = rng.random(len(users)) < 0.35
    serial = np.where(built, zipf(rng, services, len(users), 0.7), own)
    # The far end of every cloud is for campaigns to rent.
    need = services + people.n_agencies + len(users) + people.n // 4 + 1_000
    pool = make_pools("hosting", rng, free, [need] * CLOUDS, 16)
    resold = np.flatnonzero((people.agency >= 0) & (people.agency % 3 == 0))
    resold = some(rng, 0.8 * keep[resold], resold)
    egress = pool.address(people.agency[resold] % CLOUDS, services + people.agency[resold])
    return [
        used_within(rng, people, users, pool.address(cloud, serial), short=0.2),
        used_within(rng, people, resold, egress, short=0.2),
    ], pool
