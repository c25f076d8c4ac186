"""What campaigns leave behind: shared cards, devices, addresses, client software, referrals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from coterie.loaders.simulate.campaigns import hand_out
from coterie.loaders.simulate.draw import stream, zipf
from coterie.loaders.simulate.everyday import N_CLIENTS, N_ISSUERS
from coterie.loaders.simulate.networks import COUNTRIES
from coterie.loaders.simulate.rows import used_within

if TYPE_CHECKING:
    from coterie.loaders.simulate.campaigns import Campaign
    from coterie.loaders.simulate.draw import Bools, Ints, Rng
    from coterie.loaders.simulate.everyday import Everyday
    from coterie.loaders.simulate.options import WorldOptions
    from coterie.loaders.simulate.population import People
    from coterie.loaders.simulate.rows import Rows


@dataclass(slots=True)
class Footprint:
    """Rows of all campaigns by kind.

    Attributes:
        payment: cards.
        device: device fingerprints.
        ip: addresses.
        client: client software.
        cards: cards so far, ordinary ones included.
        devices: devices so far.
        card_issuer: issuer of each campaign card, from the first campaign card on.
        referrals: (referred, referring) accounts.
    """

    payment: list[Rows]
    device: list[Rows]
    ip: list[Rows]
    client: list[Rows]
    cards: int
    devices: int
    card_issuer: list[Ints]
    referrals: list[tuple[Ints, Ints]]


def leave_traces(
    options: WorldOptions, people: People, campaigns: list[Campaign], everyday: Everyday
) -> Footprint:
    """Rows of all campaigns."""
    out = Footprint([], [], [], [], everyday.cards, everyday.devices, [], [])
    hosting = everyday.addresses.hosting
    # Rented servers come after the addresses that ordinary people use.
    rented = np.full(len(hosting.need), -1, dtype=np.int64) + hosting.need
    proxies: dict[int, Ints] = {}
    for c in campaigns:
        rng = stream(options.seed, "footprint", c.name)
        if c.on_card.any():
            account, card = _assets(rng, c, c.on_card, c.traits.card_per, c.traits.card_chain)
            out.payment.append(used_within(rng, people, account, out.cards + card, short=0.1))
            n = int(card.max(initial=-1)) + 1
            source = rng.integers(0, len(COUNTRIES) * N_ISSUERS, max(1, round(c.traits.issuers)))
            out.card_issuer.append(rng.choice(source, n))
            out.cards += n
        if c.on_device.any():
            account, device = _assets(
                rng,
                c,
                c.on_device,
                c.traits.device_per,
                c.traits.device_chain,
                mixed=True,
            )
            out.device.append(used_within(rng, people, account, out.devices + device, short=0.1))
            out.devices += int(device.max(initial=-1)) + 1
        if c.proxy not in proxies:
            proxies[c.proxy] = _proxy_pool(rng, c, everyday, rented)
        out.ip += _through_proxies(rng, people, c, proxies[c.proxy])
        shown = c.operators[c.on_client]
        software = np.full(len(shown), int(zipf(rng, N_CLIENTS, 1, 0.4)[0]))
        out.client.append(used_within(rng, people, shown, software))
        referred = np.flatnonzero(rng.random(len(c.operators)) < c.traits.referral)
        referred = referred[referred > 0]
        by = (referred * rng.random(len(referred))).astype(np.int64)
        out.referrals.append((c.operators[referred], c.operators[by]))
    return out


def _assets(
    rng: Rng, c: Campaign, users: Bools, per: float, chain: float, *, mixed: bool = False
) -> tuple[Ints, Ints]:
    """Hand out cards or devices generation by generation; each takes up part of the last one's.

    ``mixed`` hands them out in any order, not in that of sign-up: who shares a device then need
    not share a card.
    """
    accounts, assets = [], []
    so_far = 0
    previous = np.zeros(0, dtype=np.int64)
    for wave in range(int(c.wave.max(initial=0)) + 1):
        members = c.operators[users & (c.wave == wave)]
        members = rng.permutation(members) if mixed else members
        account, asset = hand_out(rng, members, per, chain)
        asset += so_far
        so_far = int(asset.max(initial=so_far - 1)) + 1
        accounts.append(account)
        assets.append(asset)
        if len(members) and len(previous):
            again = previous[rng.random(len(previous)) < c.traits.carry]
            again = np.repeat(again, 2)
            accounts.append(rng.choice(members, len(again)))
            assets.append(again)
        previous = np.unique(asset)
    return np.concatenate(accounts), np.concatenate(assets)


def _proxy_pool(rng: Rng, c: Campaign, everyday: Everyday, rented: Ints) -> Ints:
    """The campaign's addresses; takes rented servers from ``rented`` in place."""
    hosting = everyday.addresses.hosting
    size = max(3, round((len(c.operators) + len(c.customers)) * c.traits.ip_pool))
    n_servers = round(size * c.traits.hosting)
    cloud = int(rng.integers(0, len(rented)))
    rented[cloud] -= n_servers
    servers = hosting.address(np.full(n_servers, cloud), rented[cloud] + 1 + np.arange(n_servers))
    n_homes = size - n_servers
    n_taken = round(n_homes * c.traits.overlap)
    homes = rng.choice(everyday.addresses.homes, n_taken)
    spare = rng.choice(everyday.addresses.spare_homes, n_homes - n_taken)
    return rng.permutation(np.concatenate([servers, homes, spare]))


def _through_proxies(rng: Rng, people: People, c: Campaign, pool: Ints) -> list[Rows]:
    """Operators' rows on the pool, and those of the people who merely pass through it."""
    n = len(c.operators)
    each = rng.poisson(max(0.0, c.traits.ip_each - 1), n) + (
        rng.random(n) < min(1.0, c.traits.ip_each)
    )
    place = np.repeat(np.arange(n), each)
    # Providers rotate: half of the time, who signs up together meets the same part of the pool.
    around = np.where(
        rng.random(len(place)) < 0.5,
        place / max(1, n) + rng.normal(0, 0.12, len(place)),
        rng.random(len(place)),
    )
    slot = np.floor((around % 1.0) * len(pool)).astype(np.int64) % len(pool)
    own = used_within(rng, people, c.operators[place], pool[slot], short=0.5)
    rows = [own]
    if len(c.customers):
        via = rng.choice(pool, len(c.customers))
        rows.append(used_within(rng, people, c.customers, via))
    if c.traits.hosting >= 0.8 and c.archetype == "shared_proxy":
        passers = rng.integers(0, people.n, max(1, n // 8))
        rows.append(used_within(rng, people, passers, rng.choice(pool, len(passers)), short=0.8))
    return rows
