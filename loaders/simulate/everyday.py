"""What ordinary lives leave behind: devices, cards, client software, addresses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from coterie.loaders.simulate.addresses import assign_addresses
from coterie.loaders.simulate.draw import some, stream, zipf
from coterie.loaders.simulate.rows import used_within

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from coterie.loaders.simulate.addresses import Addresses
    from coterie.loaders.simulate.draw import Floats, Rng
    from coterie.loaders.simulate.options import WorldOptions
    from coterie.loaders.simulate.population import People
    from coterie.loaders.simulate.rows import Rows

N_CLIENTS = 320
N_ISSUERS = 40  # per country


@dataclass(frozen=True, slots=True)
class Everyday:
    """Ordinary rows by kind, and what campaigns need to live among them.

    Attributes:
        payment: cards.
        device: device fingerprints.
        client: client software; every account has one or two.
        addresses: rows and pools of addresses.
        cards: cards used so far; a campaign's cards are numbered from here.
        devices: devices used so far.
    """

    payment: list[Rows]
    device: list[Rows]
    client: list[Rows]
    addresses: Addresses
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
    device_rows, devices = _devices(options, people, keep, rng)
    card_rows, cards = _cards(options, people, keep["payment"], rng)
    return Everyday(
        payment=card_rows,
        device=device_rows,
        client=_clients(people, keep["client"], rng),
        addresses=assign_addresses(options, people, keep, free),
        cards=cards,
        devices=devices,
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
    owner = some(rng, 0.95 * keep, everyone)
    parts.append(used_within(rng, people, owner, usual[owner]))
    second = some(rng, 0.3 * keep, everyone)
    parts.append(used_within(rng, people, second, base_second + people.person[second], short=0.1))
    crowd = np.bincount(people.home, minlength=homes)[people.home] > 1
    family = some(rng, 0.35 * shares["home"][crowd], everyone[crowd])
    parts.append(used_within(rng, people, family, base_home + people.home[family], short=0.2))
    guests = some(rng, 0.8 * keep[people.cafe >= 0], np.flatnonzero(people.cafe >= 0))
    seat = base_cafe + people.cafe[guests] * 12 + rng.integers(0, 12, len(guests))
    parts.append(used_within(rng, people, guests, seat, short=0.7))
    clients = some(rng, 0.3 * keep[people.agency >= 0], np.flatnonzero(people.agency >= 0))
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
    payers = some(rng, keep[people.paid], np.flatnonzero(people.paid))
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
    second = some(rng, 0.1, payers)
    parts.append(used_within(rng, people, second, base_second + people.person[second], short=0.2))
    return parts, total


def _clients(people: People, keep: Floats, rng: Rng) -> list[Rows]:
    everyone = some(rng, keep, np.arange(people.n))
    parts = [used_within(rng, people, everyone, zipf(rng, N_CLIENTS, len(everyone), 1.1))]
    second = some(rng, 0.15, everyone)
    parts.append(
        used_within(rng, people, second, zipf(rng, N_CLIENTS, len(second), 1.1), short=0.2)
    )
    return parts
