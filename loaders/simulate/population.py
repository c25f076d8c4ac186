"""The people of the simulated world: who they are, where they live, when they are awake.

Every account, campaign or not, is first given an ordinary life here. Campaigns then take random
accounts and change what they do, so that members live on the same networks and in the same
households as everybody and nothing in numbering or order tells them apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from coterie.loaders.simulate.draw import (
    gather_groups,
    sized,
    stream,
    weighted,
    zipf,
)
from coterie.loaders.simulate.networks import COUNTRIES

if TYPE_CHECKING:
    from coterie.loaders.simulate.draw import (
        Bools,
        Floats,
        Ints,
        Rng,
    )
    from coterie.loaders.simulate.options import WorldOptions

DAY = 1440  # minutes; all times of the simulation are minutes since the start of the window
NEVER = 1 << 40


@dataclass(slots=True)
class People:
    """One value per account, unless said otherwise; -1 means none.

    Campaigns change the columns of their members in place while the world is made.

    Attributes:
        n: accounts.
        person: the human behind the account.
        home: the household.
        country: index into ``COUNTRIES``.
        org: company whose staff the account belongs to.
        campus: university or school.
        agency: honest agency or reseller that runs the account for a client.
        cafe: internet cafe the person goes to.
        paid: whether the account pays.
        created: sign-up, in minutes; negative before the window.
        begin: first activity in the window.
        end: last activity in the window.
        banned: time of the ban, or ``NEVER``.
        centre: middle of the waking day, hours UTC.
        spread: width of the waking day, hours.
        busy: hours with activity in the window.
        n_orgs: companies.
        n_campuses: campuses.
        n_agencies: agencies.
        n_cafes: cafes.
    """

    n: int
    person: Ints
    home: Ints
    country: Ints
    org: Ints
    campus: Ints
    agency: Ints
    cafe: Ints
    paid: Bools
    created: Ints
    begin: Ints
    end: Ints
    banned: Ints
    centre: Floats
    spread: Floats
    busy: Ints
    n_orgs: int
    n_campuses: int
    n_agencies: int
    n_cafes: int


def draw_people(options: WorldOptions, n: int) -> People:
    """Draw ``n`` accounts with their ordinary lives."""
    rng = stream(options.seed, "people")
    extra = options.confounders
    person = sized(rng, n, (1.0, 0.065 * extra, 0.01 * extra))
    persons = int(person[-1]) + 1
    # A group of k counts once in the draw but holds k people: 70 in 100 people live alone.
    home_of = sized(rng, persons, (1.0, 0.13 * extra, 0.07 * extra, 0.04 * extra, 0.015 * extra))
    homes = int(home_of[-1]) + 1
    home = home_of[person]
    country = weighted(rng, [share for _, share, _ in COUNTRIES], homes)[home]

    # Companies, campuses: a person belongs to one at most.
    place = rng.random(persons)
    # Companies of a dozen seats at the median, hundreds at the largest.
    staff = 0.18
    n_orgs = max(2, round(persons * staff / 20))
    org_of = np.where(place < staff, weighted(rng, rng.lognormal(0.0, 1.0, n_orgs), persons), -1)
    n_campuses = max(2, round(persons / 12_000))
    campus_of = np.where(
        (place >= staff) & (place < staff + 0.07 * min(extra, 3.0)),
        zipf(rng, n_campuses, persons, 0.8),
        -1,
    )
    org, campus = org_of[person], campus_of[person]

    agency = np.full(n, -1, dtype=np.int64)
    n_agencies = round(n / 3_000 * extra)
    clients, which = gather_groups(rng, np.flatnonzero(org < 0), n_agencies, 8, 60)
    agency[clients] = which
    cafe = np.full(n, -1, dtype=np.int64)
    n_cafes = round(n / 5_000 * extra)
    guests, where = gather_groups(rng, np.flatnonzero((org < 0) & (agency < 0)), n_cafes, 15, 120)
    cafe[guests] = where

    person_centre = rng.normal(0.0, 1.8, persons)
    office = rng.normal(-1.0, 0.7, persons)
    local = np.where(org_of >= 0, 14.0 + office, 16.0 + person_centre)[person]
    offset = np.array([hours for _, _, hours in COUNTRIES])[country]
    centre = (local - offset) % 24
    spread = np.where(org >= 0, 2.4, 3.4) * rng.uniform(0.8, 1.25, n)

    created = _sign_ups(options, rng, n, centre, spread)
    last = options.days * DAY
    begin = np.maximum(created, rng.integers(0, 12 * DAY, n) * (created < 0))
    life = np.where(rng.random(n) < 0.3, rng.random(n), 1.0)
    end = begin + ((last - 1 - begin) * life).astype(np.int64)
    banned = np.where((rng.random(n) < 0.004) & (end > begin + DAY), end, NEVER)
    busy = np.clip(rng.lognormal(2.0, 0.85, n), 1, 400).astype(np.int64)
    return People(
        n=n,
        person=person,
        home=home,
        country=country,
        org=org,
        campus=campus,
        agency=agency,
        cafe=cafe,
        paid=(rng.random(n) < np.where(org >= 0, 0.85, np.where(agency >= 0, 0.75, 0.4)))
        & (not options.free_only),
        created=created,
        begin=begin,
        end=np.maximum(end, begin),
        banned=banned,
        centre=centre,
        spread=spread,
        busy=busy,
        n_orgs=n_orgs,
        n_campuses=n_campuses,
        n_agencies=n_agencies,
        n_cafes=n_cafes,
    )


def _sign_ups(options: WorldOptions, rng: Rng, n: int, centre: Floats, spread: Floats) -> Ints:
    """Sign-up times: two years of growth before the window, a third in it, some launch days."""
    day = np.where(
        rng.random(n) < 0.66,
        -1 - (720 * rng.random(n) ** 1.6).astype(np.int64),
        rng.integers(0, options.days, n),
    )
    launches = np.append(rng.integers(5, options.days - 5, 2), -rng.integers(20, 300, 2))
    at_launch = rng.random(n) < 0.05 * options.confounders
    day = np.where(at_launch, launches[rng.integers(0, len(launches), n)], day)
    return day * DAY + minute_of_day(rng, centre, spread)


def minute_of_day(rng: Rng, centre: Floats, spread: Floats) -> Ints:
    """A minute of the day (UTC) in each one's waking hours."""
    hours = centre + spread * rng.standard_normal(len(centre), dtype=np.float32)
    return ((hours % 24) * 60).astype(np.int64) % DAY
