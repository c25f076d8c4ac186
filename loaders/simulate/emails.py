"""E-mail addresses of the simulated world, as columns of word numbers until the last moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from coterie.loaders.simulate.draw import join, pick, stream, tokens, weighted
from coterie.loaders.simulate.words import BRANDS, FIRST_NAMES, LAST_NAMES, SUFFIXES

if TYPE_CHECKING:
    from coterie.loaders.simulate.draw import Ints
    from coterie.loaders.simulate.options import WorldOptions
    from coterie.loaders.simulate.population import People

PROVIDERS = (
    "gmail.com", "outlook.com", "yahoo.com", "icloud.com", "hotmail.com", "proton.me", "gmx.de",
    "qq.com", "naver.com", "web.de", "yandex.com", "mail.com",
)  # fmt: skip
_PROVIDER_SHARES = (0.52, 0.13, 0.08, 0.07, 0.05, 0.04, 0.02, 0.03, 0.02, 0.015, 0.015, 0.01)
DISPOSABLE = (
    "mailinator.com", "guerrillamail.com", "10minutemail.com", "temp-mail.org", "yopmail.com",
    "sharklasers.com", "dispostable.com", "maildrop.cc",
)  # fmt: skip
_SEPARATORS = (".", "", "_", "-")
N_FIXED = len(PROVIDERS) + len(DISPOSABLE)


@dataclass(slots=True)
class Emails:
    """Parts of each account's address; campaigns change those of their members in place.

    Attributes:
        first: first name, index into the names.
        last: last name.
        separator: between the two.
        number: digits after the name; 0 for none.
        domain: below ``N_FIXED`` a provider or disposable domain, then one of the made-up ones.
        tagged: whether the local part carries a plus tag.
        n_domains: domains so far; a campaign's catch-all domains are numbered from here.
    """

    first: Ints
    last: Ints
    separator: Ints
    number: Ints
    domain: Ints
    tagged: np.typing.NDArray[np.bool_]
    n_domains: int


def draw_emails(options: WorldOptions, people: People) -> Emails:
    """An ordinary address for everybody: mostly at the large providers."""
    rng = stream(options.seed, "emails")
    n = people.n
    persons, homes = int(people.person.max()) + 1, int(people.home.max()) + 1
    # People with several accounts keep their name but not the rest of the address.
    name = rng.integers(0, len(FIRST_NAMES) * len(LAST_NAMES), persons)[people.person]
    number = np.where(rng.random(n) < 0.25, 0, (10 ** rng.uniform(0.5, 4.0, n)).astype(np.int64))
    domain = weighted(rng, _PROVIDER_SHARES, n)
    throwaway = rng.random(n) < 0.012
    domain = np.where(throwaway, len(PROVIDERS) + rng.integers(0, len(DISPOSABLE), n), domain)
    base_org, base_campus = N_FIXED, N_FIXED + people.n_orgs
    base_own = base_campus + people.n_campuses
    domain = np.where((people.org >= 0) & (rng.random(n) < 0.85), base_org + people.org, domain)
    at_campus = (people.campus >= 0) & (rng.random(n) < 0.5)
    domain = np.where(at_campus, base_campus + people.campus, domain)
    # A family's own domain.
    vanity = np.flatnonzero(rng.random(homes) < 0.025)
    vanity_of = np.full(homes, -1, dtype=np.int64)
    vanity_of[vanity] = np.arange(len(vanity))
    own = (vanity_of[people.home] >= 0) & (people.org < 0)
    domain = np.where(own, base_own + vanity_of[people.home], domain)
    return Emails(
        first=name % len(FIRST_NAMES),
        last=name // len(FIRST_NAMES),
        separator=rng.integers(0, len(_SEPARATORS), n),
        number=number,
        domain=domain,
        tagged=rng.random(n) < 0.01,
        n_domains=base_own + len(vanity),
    )


def domain_names(options: WorldOptions, n: int) -> pl.Series:
    """Names of all domains: the fixed ones, then made-up ones, all different."""
    rng = stream(options.seed, "domains")
    made = max(0, n - N_FIXED)
    combinations = len(BRANDS) * len(BRANDS) * len(SUFFIXES)
    rounds = -(-made // combinations)
    serial = np.concatenate(
        [rng.permutation(combinations) + r * combinations for r in range(max(1, rounds))]
    )[:made]
    within = serial % combinations
    again = pl.Series("again", serial // combinations).cast(pl.String).replace("0", "")
    made_up = join(
        [
            pick(BRANDS, within % len(BRANDS)),
            pick(BRANDS, within // len(BRANDS) % len(BRANDS)),
            again,
            pick(SUFFIXES, within // len(BRANDS) ** 2),
        ]
    )
    fixed = pl.Series("fixed", [*PROVIDERS, *DISPOSABLE], dtype=pl.String)
    return pl.concat([fixed.rename("d"), made_up.rename("d")])


def email_text(options: WorldOptions, emails: Emails) -> pl.Series:
    """The addresses; no two accounts have the same one."""
    rng = stream(options.seed, "email text")
    n = len(emails.first)
    digits = pl.Series("digits", emails.number).cast(pl.String)
    digits = digits.zip_with(
        pl.Series(emails.number > 0), pl.Series("none", [""]).new_from_index(0, n)
    )
    tag = tokens(rng, n, "+", 5)
    tag = tag.zip_with(pl.Series(emails.tagged), pl.Series("none", [""]).new_from_index(0, n))
    local = join(
        [
            pick(FIRST_NAMES, emails.first),
            pick(_SEPARATORS, emails.separator),
            pick(LAST_NAMES, emails.last),
            digits,
        ]
    )
    domain = pick(domain_names(options, emails.n_domains), emails.domain)
    whole = join([local, tag, "@", domain])
    taken = whole.is_duplicated()
    fresh = join([local, tokens(rng, n, "", 6), tag, "@", domain])
    return fresh.zip_with(taken, whole)
