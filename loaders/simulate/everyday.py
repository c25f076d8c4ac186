"""What ordinary lives leave behind: home and mobile addresses, devices, cards, client software."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from coterie.loaders.simulate.draw import ascending, rank_within, stream, zipf
from coterie.loaders.simulate.networks import COUNTRIES, make_pools
from coterie.loaders.simulate.population import DAY
from coterie.loaders.simulate.rows import used_within

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from coterie.loaders.simulate.draw import Floats, Ints, Rng
    from coterie.loaders.simulate.networks import Pools
    from coterie.loaders.simulate.options import WorldOptions
    from coterie.loaders.simulate.population import People
    from coterie.loaders.simulate.rows import Rows

N_CLIENTS = 320
N_ISSUERS = 40  # per country
EPOCH = 30 * DAY  # dynamic home addresses change hands this often


@dataclass(frozen=True, slots=True)
class Everyday:
    """Ordinary rows by kind, and what campaigns need to live among them.

    Attributes:
        payment: cards.
        device: device fingerprints.
        ip: addresses.
        client: client software; every account has one or two.
        pools: address pools by class.
        homes: a home address in use per (household, epoch), for residential proxies.
        spare_homes: addresses of the same networks that nobody uses.
        cards: cards used so far; a campaign's cards are numbered from here.
        devices: devices used so far.
    """

    payment: list[Rows]
    device: list[Rows]
    ip: list[Rows]
    client: list[Rows]
    pools: list[Pools]
    homes: Ints
    spare_homes: Ints
    cards: int
    devices: int


def live(
    options: WorldOptions, people: People, keep: Mapping[str, Floats], free: Iterator[int]
) -> Everyday:
    """Rows of everybody's ordinary life.

    Args:
        options: size, seed and confounders.
        people: the accounts.
        keep: for each of ``payment``, ``device``, ``home``, ``away`` and ``client`` the chance per
            account that it leaves such ordinary rows at all (below 1 for campaign operators).
        free: unused address blocks.

    Returns:
        The rows by kind.
    """
    rng = stream(options.seed, "everyday")
    ip_rows, pools, homes, spare = _addresses(options, people, keep, free, rng)
    device_rows, devices = _devices(options, people, keep, rng)
    card_rows, cards = _cards(options, people, keep["payment"], rng)
    return Everyday(
        payment=card_rows,
        device=device_rows,
        ip=ip_rows,
        client=_clients(people, keep["client"], rng),
        pools=pools,
        homes=homes,
        spare_homes=spare,
        cards=cards,
        devices=devices,
    )


def _some(rng: Rng, chance: Floats | float, accounts: Ints) -> Ints:
    """A random part of the accounts."""
    return accounts[rng.random(len(accounts)) < chance]


def _addresses(
    options: WorldOptions,
    people: People,
    keep: Mapping[str, Floats],
    free: Iterator[int],
    rng: Rng,
) -> tuple[list[Rows], list[Pools], Ints, Ints]:
    everyone = np.arange(people.n)
    extra = options.confounders
    parts: list[Rows] = []

    # Homes: half keep one address, the others get a new one of their provider's every epoch, which
    # then was or will be somebody else's.
    per_country = 1 if people.n < 20_000 else 2 if people.n < 200_000 else 3
    n_homes = int(people.home.max()) + 1
    home_country = np.empty(n_homes, dtype=np.int64)
    home_country[people.home] = people.country
    provider = home_country * per_country + zipf(rng, per_country, n_homes, 0.7)
    n_providers = len(COUNTRIES) * per_country
    fixed = rng.random(n_homes) < 0.55
    n_fixed = np.bincount(provider[fixed], minlength=n_providers)
    n_moving = np.ceil(np.bincount(provider[~fixed], minlength=n_providers) * 1.1).astype(np.int64)
    in_use = n_fixed + n_moving
    residential = make_pools("residential", rng, free, in_use * 2, 16)
    epochs = -(-options.days * DAY // EPOCH)
    number = np.empty((epochs, n_homes), dtype=np.int64)
    number[:, fixed] = rank_within(provider[fixed], rng.random(int(fixed.sum())))
    moving = provider[~fixed]
    for epoch in range(epochs):
        number[epoch, ~fixed] = n_fixed[moving] + rank_within(moving, rng.random(len(moving)))
    address = residential.address(np.broadcast_to(provider, number.shape), number)
    at_home = _some(rng, 0.92 * keep["home"], everyone)
    settled = fixed[people.home[at_home]]
    parts.append(
        used_within(rng, people, at_home[settled], address[0, people.home[at_home[settled]]])
    )
    for epoch in range(epochs):
        low, high = epoch * EPOCH, (epoch + 1) * EPOCH - 1
        there = at_home[~settled]
        there = there[(people.begin[there] <= high) & (people.end[there] >= low)]
        value = address[epoch, people.home[there]]
        parts.append(used_within(rng, people, there, value, low=low, high=high))
    spare_pool = np.repeat(np.arange(n_providers), np.minimum(in_use, 20_000))
    spare_rank = rank_within(spare_pool, np.arange(len(spare_pool), dtype=np.float64))
    spare = residential.address(spare_pool, in_use[spare_pool] + spare_rank)

    # Mobile carriers put everybody behind few addresses and rotate them.
    carriers = len(COUNTRIES) * (1 if people.n < 20_000 else 2)
    mobile_users = _some(rng, 0.5 * keep["away"], everyone)
    mobile_users = np.repeat(mobile_users, 1 + rng.binomial(2, 0.35, len(mobile_users)))
    per_carrier = carriers // len(COUNTRIES)
    carrier = people.country[mobile_users] * per_carrier + people.person[mobile_users] % per_carrier
    users = np.bincount(carrier, minlength=carriers)
    need = np.maximum(4, np.ceil(users * 0.03 / max(extra, 0.1))).astype(np.int64)
    mobile = make_pools("mobile", rng, free, need, 14)
    slot = (need[carrier] * rng.random(len(carrier)) ** 1.5).astype(np.int64)
    parts.append(used_within(rng, people, mobile_users, mobile.address(carrier, slot), short=0.5))

    # Companies: one or two addresses; campuses: a few for thousands; cafes and agencies: one.
    institutions = people.n_orgs + people.n_campuses + people.n_cafes + people.n_agencies
    business = make_pools("business", rng, free, [4 * institutions // len(COUNTRIES) + 4] * 15, 16)
    offset = 0
    for member_of, count, addresses, chance in (
        (people.org, people.n_orgs, 2, 0.75),
        (people.campus, people.n_campuses, 4, 0.9),
        (people.cafe, people.n_cafes, 1, 0.9),
        (people.agency, people.n_agencies, 1, 0.7),
    ):
        there = _some(rng, chance * keep["away"][member_of >= 0], np.flatnonzero(member_of >= 0))
        door = member_of[there] * addresses + zipf(rng, addresses, len(there), 0.8)
        serial = offset + door
        value = business.address(serial % 15, serial // 15)
        parts.append(used_within(rng, people, there, value, short=0.2))
        offset += count * addresses

    # Commercial VPNs: few exits, many people.
    vpn_users = _some(rng, 0.08 * min(extra, 3.0) * keep["away"], everyone)
    vpn_users = np.repeat(vpn_users, 1 + rng.binomial(2, 0.3, len(vpn_users)))
    brands = 6
    brand = zipf(rng, brands, len(vpn_users), 0.8)
    need = np.maximum(3, np.bincount(brand, minlength=brands) // 90)
    vpn = make_pools("vpn", rng, free, need, 10)
    exit_ = (need[brand] * rng.random(len(brand)) ** 1.3).astype(np.int64)
    parts.append(used_within(rng, people, vpn_users, vpn.address(brand, exit_), short=0.6))

    # Clouds: own servers, and the shared way out of popular build services.
    clouds = 8
    servers = _some(rng, 0.06 * keep["away"], everyone)
    cloud = zipf(rng, clouds, len(servers), 0.9)
    shared = max(4, people.n // 1_500)
    own = shared + np.arange(len(servers))
    built = rng.random(len(servers)) < 0.35
    serial = np.where(built, zipf(rng, shared, len(servers), 0.7), own)
    hosting = make_pools(
        "hosting", rng, free, [shared + len(servers) + people.n // 4 + 1_000] * clouds, 16
    )
    parts.append(used_within(rng, people, servers, hosting.address(cloud, serial), short=0.2))
    return (
        parts,
        [residential, mobile, business, vpn, hosting],
        ascending(address.ravel()),
        spare,
    )


def _devices(
    options: WorldOptions, people: People, shares: Mapping[str, Floats], rng: Rng
) -> tuple[list[Rows], int]:
    everyone = np.arange(people.n)
    keep = shares["device"]
    persons, homes = int(people.person.max()) + 1, int(people.home.max()) + 1
    popular = max(6, people.n // 1_500)
    extra = options.confounders
    base_home, base_second = persons, persons + homes
    base_popular = base_second + persons
    base_cafe = base_popular + popular
    base_agency = base_cafe + people.n_cafes * 12
    parts = []

    # Privacy browsers and stock phones share fingerprints: 18 % of accounts show a popular one.
    common = rng.random(people.n) < 0.18 * min(extra, 4.0)
    usual = np.where(common, base_popular + zipf(rng, popular, people.n, 0.9), people.person)
    owner = _some(rng, 0.95 * keep, everyone)
    parts.append(used_within(rng, people, owner, usual[owner]))
    second = _some(rng, 0.3 * keep, everyone)
    parts.append(used_within(rng, people, second, base_second + people.person[second], short=0.1))
    crowd = np.bincount(people.home, minlength=homes)[people.home] > 1
    family = _some(rng, 0.35 * shares["home"][crowd], everyone[crowd])
    parts.append(used_within(rng, people, family, base_home + people.home[family], short=0.2))
    guests = _some(rng, 0.8 * keep[people.cafe >= 0], np.flatnonzero(people.cafe >= 0))
    seat = base_cafe + people.cafe[guests] * 12 + rng.integers(0, 12, len(guests))
    parts.append(used_within(rng, people, guests, seat, short=0.7))
    clients = _some(rng, 0.3 * keep[people.agency >= 0], np.flatnonzero(people.agency >= 0))
    desk = base_agency + people.agency[clients] * 4 + rng.integers(0, 4, len(clients))
    parts.append(used_within(rng, people, clients, desk, short=0.3))
    return parts, base_agency + people.n_agencies * 4


def _cards(options: WorldOptions, people: People, keep: Floats, rng: Rng) -> tuple[list[Rows], int]:
    persons, homes = int(people.person.max()) + 1, int(people.home.max()) + 1
    base_home = persons
    base_second = base_home + homes
    base_org = base_second + persons
    base_agency = base_org + people.n_orgs
    total = base_agency + people.n_agencies
    if options.free_only:
        return [], total
    payers = _some(rng, keep[people.paid], np.flatnonzero(people.paid))
    # Who pays: the company for its staff, the agency for its clients, one card in many families.
    company_pays = rng.random(people.n_orgs) < 0.7
    agency_pays = rng.random(max(1, people.n_agencies)) < 0.8
    family_pays = rng.random(homes) < 0.4
    card = people.person[payers].copy()
    home, org, agency = people.home[payers], people.org[payers], people.agency[payers]
    card = np.where(family_pays[home], base_home + home, card)
    card = np.where(
        (org >= 0) & company_pays[org] & (rng.random(len(payers)) < 0.9), base_org + org, card
    )
    card = np.where((agency >= 0) & agency_pays[agency], base_agency + agency, card)
    parts = [used_within(rng, people, payers, card)]
    second = _some(rng, 0.1, payers)
    parts.append(used_within(rng, people, second, base_second + people.person[second], short=0.2))
    return parts, total


def _clients(people: People, keep: Floats, rng: Rng) -> list[Rows]:
    everyone = _some(rng, keep, np.arange(people.n))
    parts = [used_within(rng, people, everyone, zipf(rng, N_CLIENTS, len(everyone), 1.1))]
    second = _some(rng, 0.15, everyone)
    parts.append(
        used_within(rng, people, second, zipf(rng, N_CLIENTS, len(second), 1.1), short=0.2)
    )
    return parts
