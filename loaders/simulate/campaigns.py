"""Campaigns: random accounts of the population turned into one operator's."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from coterie.loaders.simulate.draw import stream, zipf
from coterie.loaders.simulate.emails import DISPOSABLE, N_FIXED, PROVIDERS
from coterie.loaders.simulate.options import campaign_mix
from coterie.loaders.simulate.population import DAY, NEVER, minute_of_day
from coterie.loaders.simulate.traits import traits_of

if TYPE_CHECKING:
    from coterie.loaders.simulate.draw import Bools, Floats, Ints, Rng
    from coterie.loaders.simulate.emails import Emails
    from coterie.loaders.simulate.options import WorldOptions
    from coterie.loaders.simulate.population import People
    from coterie.loaders.simulate.traits import Traits


@dataclass(frozen=True, slots=True)
class Campaign:
    """One campaign.

    Attributes:
        name: its cluster in the truth.
        archetype: one of ``ARCHETYPES``.
        traits: its habits.
        operators: accounts that the operator runs, in the order in which they sign up.
        customers: honest accounts that only pass through its addresses.
        wave: generation of each operator.
        on_card: whether each operator pays with the campaign's cards.
        on_device: whether it shows the campaign's devices.
        on_client: whether it shows the campaign's client software.
        proxy: campaigns with the same number use the same addresses.
        schedule: hours (since the start of the window) of its runs, ascending.
    """

    name: str
    archetype: str
    traits: Traits
    operators: Ints
    customers: Ints
    wave: Ints
    on_card: Bools
    on_device: Bools
    on_client: Bools
    proxy: int
    schedule: Ints


def campaign_sizes(options: WorldOptions) -> list[tuple[str, int, int]]:
    """(archetype, size, proxy) of every campaign; a shared proxy has two operators."""
    sizes = []
    for proxy, (archetype, size) in enumerate(campaign_mix(options)):
        if archetype == "shared_proxy":
            first = max(2, round(size * 0.55))
            sizes += [(archetype, first, proxy), (archetype, size - first, proxy)]
        else:
            sizes.append((archetype, size, proxy))
    return sizes


def take_campaigns(options: WorldOptions, people: People) -> list[Campaign]:
    """Choose the members at random and change their lives in place: sign-up, activity, bans."""
    rng = stream(options.seed, "campaigns")
    sizes = campaign_sizes(options)
    chosen = rng.permutation(people.n)[: sum(size for _, size, _ in sizes)]
    numbers = rng.permutation(len(sizes)) + 1
    campaigns = []
    at = 0
    for (archetype, size, proxy), number in zip(sizes, numbers, strict=True):
        switches = [switch for name, switch in options.switches if name == archetype]
        traits = traits_of(archetype, options.evasion, switches)
        members = chosen[at : at + size]
        at += size
        n_customers = round(size * traits.customers)
        operators, customers = members[n_customers:], members[:n_customers]
        campaigns.append(
            _enlist(
                options,
                people,
                stream(options.seed, "campaign", str(number)),
                Campaign(
                    name=f"campaign-{number:03d}",
                    archetype=archetype,
                    traits=traits,
                    operators=operators,
                    customers=customers,
                    wave=np.zeros(len(operators), dtype=np.int64),
                    on_card=np.zeros(len(operators), dtype=np.bool_),
                    on_device=np.zeros(len(operators), dtype=np.bool_),
                    on_client=np.zeros(len(operators), dtype=np.bool_),
                    proxy=proxy,
                    schedule=np.zeros(0, dtype=np.int64),
                ),
            )
        )
    return campaigns


def _enlist(options: WorldOptions, people: People, rng: Rng, plan: Campaign) -> Campaign:
    t, who = plan.traits, plan.operators
    n = len(who)
    length = min(t.length, options.days * 0.7)
    start = rng.uniform(1, max(1.5, options.days - length - 1))
    waves = round(t.waves)
    wave = np.sort(rng.integers(0, waves, n))
    wave_start = start + wave * length / waves
    burst = min(t.burst, 0.7 * length / waves if not t.aged else t.burst)
    signed_up = wave_start - t.aged + burst * rng.beta(1.2, 2.5, n)
    order = np.lexsort((signed_up, wave))
    wave, wave_start, signed_up = wave[order], wave_start[order], signed_up[order]

    # The operator's working day; members that hide best keep the rhythm of their pretended home.
    centre, spread = rng.uniform(0, 24), rng.uniform(1.5, 3.0)
    own_rhythm = rng.random(n) < 0.2 + 0.6 * options.evasion
    people.centre[who] = np.where(own_rhythm, people.centre[who], centre)
    people.spread[who] = np.where(own_rhythm, people.spread[who], spread)
    people.created[who] = np.floor(signed_up).astype(np.int64) * DAY + minute_of_day(
        rng, people.centre[who], people.spread[who]
    )
    first_use = wave_start + (burst * rng.random(n) * 0.5 if t.aged else 0.0)
    begin = np.maximum(people.created[who], (first_use * DAY).astype(np.int64))
    wave_end = ((wave_start + length / waves) * DAY).astype(np.int64)
    end = np.maximum(begin, wave_end - (rng.random(n) ** 2 * 0.4 * (wave_end - begin)).astype(int))
    people.begin[who] = np.clip(begin, 0, options.days * DAY - 1)
    people.end[who] = np.clip(end, people.begin[who], options.days * DAY - 1)
    caught = rng.random(n) < t.ban
    people.banned[who] = np.where(caught, people.end[who], NEVER)
    people.org[who] = people.campus[who] = people.agency[who] = people.cafe[who] = -1

    days = np.arange(int(start), int(start + length) + 1)
    run_day = np.repeat(days, rng.poisson(t.runs, len(days)))
    hour = np.floor(centre + spread * rng.standard_normal(len(run_day))).astype(np.int64) % 24
    runs = run_day * 24 + hour
    long_run = rng.random(len(runs)) < 0.35
    schedule = np.unique(np.concatenate([runs, runs[long_run] + 1, [int(start * 24)]]))
    schedule = schedule[schedule < options.days * 24]

    customers = plan.customers
    last = options.days * DAY - 1
    joined = np.minimum(np.maximum(people.begin[customers], int(start * DAY)), last - DAY)
    people.begin[customers] = np.maximum(people.begin[customers], joined)
    people.end[customers] = np.minimum(
        np.maximum(people.end[customers], people.begin[customers] + DAY), last
    )
    people.banned[customers] = np.where(
        people.banned[customers] == NEVER, NEVER, people.end[customers]
    )
    return replace(
        plan,
        wave=wave,
        schedule=schedule,
        on_card=(rng.random(n) < t.paid) & (not options.free_only),
        on_device=rng.random(n) < t.device_share,
        on_client=rng.random(n) < t.client_share,
    )


def ordinary_shares(people: People, campaigns: list[Campaign]) -> dict[str, Floats]:
    """Chance per account and kind that it leaves ordinary rows: 1 but for operators."""
    names = ("payment", "device", "home", "away", "client")
    keep = {name: np.ones(people.n) for name in names}
    for c in campaigns:
        t = c.traits
        keep["payment"][c.operators] = t.own_card
        # Nobody is without a device or client software: that would tell operators apart.
        keep["device"][c.operators] = np.where(c.on_device, t.own_device, 1.0)
        keep["home"][c.operators] = t.own_home
        keep["away"][c.operators] = t.own_away
        keep["client"][c.operators] = np.where(c.on_client, 0.0, 1.0)
    return keep


def take_mailboxes(options: WorldOptions, campaigns: list[Campaign], emails: Emails) -> None:
    """Give part of each campaign's operators addresses at its domains or mailboxes, in place."""
    rng = stream(options.seed, "mailboxes")
    for c in campaigns:
        users = c.operators[rng.random(len(c.operators)) < c.traits.mail_share]
        users, box = hand_out(rng, users, c.traits.mail_per, 0.0)
        # Operators have no employer, campus or family domain.
        owned = c.operators[emails.domain[c.operators] >= N_FIXED]
        emails.domain[owned] = zipf(rng, 6, len(owned), 1.2)
        if len(users) == 0:
            continue
        style = rng.random()
        if style < 0.5:
            emails.domain[users] = emails.n_domains + box
            emails.n_domains += int(box.max()) + 1
        elif style < 0.85:
            owner = users[np.searchsorted(box, np.arange(int(box.max()) + 1))][box]
            for column in (
                emails.first,
                emails.last,
                emails.separator,
                emails.number,
                emails.domain,
            ):
                column[users] = column[owner]
            emails.tagged[users] = users != owner
        else:
            emails.domain[users] = len(PROVIDERS) + box % len(DISPOSABLE)


def hand_out(rng: Rng, members: Ints, per: float, chain: float) -> tuple[Ints, Ints]:
    """Hand assets out to members: each asset to about ``per`` of them.

    Args:
        rng: random stream.
        members: accounts, in order of sign-up; neighbours tend to share.
        per: mean accounts on an asset; sizes vary by two fifths.
        chain: chance that an asset also goes to a member of the next one, so that assets link up
            in chains although none links all. A third as often it goes to any member.

    Returns:
        (account, asset number) pairs; asset numbers ascend in the first part.
    """
    # Mostly in the order given, with some mixing.
    users = members[np.argsort(np.arange(len(members)) + rng.normal(0, per * 1.5, len(members)))]
    if len(users) == 0:
        return users, np.zeros(0, dtype=np.int64)
    low, high = max(1, round(per * 0.6)), max(2, round(per * 1.4))
    sizes = rng.integers(low, high + 1, len(users))
    asset = np.repeat(np.arange(len(users)), sizes)[: len(users)]
    last = int(asset[-1])
    starts = np.searchsorted(asset, np.arange(1, last + 1))
    linked = np.flatnonzero(rng.random(last) < chain)
    stray = np.flatnonzero(rng.random(last + 1) < chain / 3)
    return (
        np.concatenate([users, users[starts[linked]], rng.choice(users, len(stray))]),
        np.concatenate([asset, linked, stray]),
    )
