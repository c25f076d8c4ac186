"""How campaigns of each archetype behave, from no evasion to the best they can."""

from __future__ import annotations

from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


@dataclass(frozen=True, slots=True)
class Traits:
    """One campaign's habits.

    Attributes:
        paid: share of operators that pay with the campaign's cards.
        card_per: accounts on a card.
        card_chain: chance that a card also goes to an account of the next card.
        device_share: share of operators on the campaign's devices.
        device_per: accounts on a device.
        device_chain: as for cards.
        ip_each: addresses of the campaign's pool that an operator uses, on average.
        ip_pool: addresses in the pool, per operator.
        hosting: share of the pool that is rented servers; the rest are residential proxies.
        overlap: share of residential proxies that are addresses of other people's homes.
        own_home: chance that an operator's own home address shows.
        own_away: the same for its mobile, work, VPN and cloud addresses.
        own_device: the same for its own devices.
        own_card: the same for its own cards.
        mail_share: share of operators with an address of the campaign's catch-all or plus tags.
        mail_per: accounts on such a domain or mailbox.
        client_share: share of operators that show the campaign's client software.
        issuers: card issuers that the campaign's cards come from.
        referral: share of operators that were referred by another one.
        templates: prompt templates, at least.
        crew: operators for which a campaign keeps one more template; each uses a few of them.
        variants: wordings of each template.
        slots: words in a template's slot.
        on_template: share of prompts that follow a template.
        chatty: mean prompts of an operator.
        sync: share of activity on the campaign's schedule.
        jitter: standard deviation of the delay against the schedule, hours.
        runs: scheduled runs a day.
        burst: days over which operators sign up.
        length: days of the campaign.
        ban: share of operators that are banned during the campaign.
        aged: days between sign-up and first use.
        waves: generations that replace each other.
        carry: share of a generation's cards, devices and addresses that the next one takes up.
        customers: share of members that are honest customers.
    """

    paid: float
    card_per: float
    card_chain: float
    device_share: float
    device_per: float
    device_chain: float
    ip_each: float
    ip_pool: float
    hosting: float
    overlap: float
    own_home: float
    own_away: float
    own_device: float
    own_card: float
    mail_share: float
    mail_per: float
    client_share: float
    issuers: float
    referral: float
    templates: float
    crew: float
    variants: float
    slots: float
    on_template: float
    chatty: float
    sync: float
    jitter: float
    runs: float
    burst: float
    length: float
    ban: float
    aged: float
    waves: float
    carry: float
    customers: float


# (at evasion 0, at evasion 1); in between is linear.
_COMMON: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "paid": (0.85, 0.75),
        "card_per": (15, 4),
        "card_chain": (0.9, 0.4),
        "device_share": (0.95, 0.5),
        "device_per": (12, 2.6),
        "device_chain": (0.6, 0.25),
        "ip_each": (2.0, 3.5),
        "ip_pool": (0.08, 1.2),
        "hosting": (0.6, 0.15),
        "overlap": (0.1, 0.75),
        "own_home": (0.06, 0.3),
        "own_away": (0.08, 0.3),
        "own_device": (0.03, 0.35),
        "own_card": (0.01, 0.06),
        "mail_share": (0.85, 0.3),
        "mail_per": (30, 4),
        "client_share": (0.8, 0.25),
        "issuers": (1, 5),
        "referral": (0.15, 0.02),
        "templates": (2, 5),
        "crew": (150, 300),
        "variants": (1, 4),
        "slots": (1, 4),
        "on_template": (0.95, 0.55),
        "chatty": (3.0, 2.2),
        "sync": (0.9, 0.45),
        "jitter": (0.0, 1.6),
        "runs": (1.0, 2.2),
        "burst": (2, 16),
        "length": (25, 50),
        "ban": (0.25, 0.06),
        "aged": (0, 0),
        "waves": (1, 1),
        "carry": (0, 0),
        "customers": (0, 0),
    }
)
_SPECIAL: Mapping[str, Mapping[str, tuple[float, float]]] = MappingProxyType(
    {
        "naive": {"card_per": (25, 5), "ip_pool": (0.03, 0.9), "device_per": (20, 3)},
        "hydra": {
            "card_per": (5, 4),
            "card_chain": (0.95, 0.75),
            "device_share": (0.8, 0.5),
            "device_per": (5, 3),
            "ip_each": (3.0, 4.0),
            "ip_pool": (0.5, 1.1),
            "hosting": (0.1, 0.0),
            "overlap": (0.3, 0.85),
            "burst": (8, 25),
            "length": (35, 55),
        },
        "prompt_only": {
            "paid": (0, 0),
            "device_share": (0, 0),
            "ip_each": (1.0, 1.0),
            "ip_pool": (4, 6),
            "hosting": (0, 0),
            "own_home": (0.4, 0.6),
            "own_away": (0.4, 0.6),
            "own_device": (1.0, 1.0),
            "own_card": (0.6, 0.8),
            "mail_share": (0, 0),
            "client_share": (0.3, 0.1),
            "referral": (0, 0),
            "crew": (15, 12),
            "variants": (1, 1.6),
            "on_template": (0.95, 0.8),
            "chatty": (5.0, 4.5),
            "sync": (0.9, 0.6),
            "burst": (3, 10),
        },
        "sleeper": {"aged": (90, 330), "burst": (20, 90), "own_home": (0.15, 0.35)},
        "replacement": {
            "waves": (3, 3),
            "carry": (0.7, 0.3),
            "ban": (0.9, 0.7),
            "burst": (2, 6),
            "length": (45, 60),
        },
        "shared_proxy": {"ip_pool": (0.05, 0.12), "hosting": (1, 1), "ip_each": (2.0, 2.0)},
        "reseller": {
            "ip_pool": (0.02, 0.06),
            "ip_each": (2.0, 2.0),
            "hosting": (1, 0.8),
            "on_template": (0.7, 0.45),
            "templates": (3, 6),
            "customers": (0.3, 0.3),
            "sync": (0.8, 0.45),
        },
    }
)


# What a switch of one archetype sets, whatever the evasion.
_SWITCHED: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        "no_prompts": {"on_template": 0.0, "chatty": 1.1},
        "no_times": {"sync": 0.0},
        "free": {"paid": 0.0, "own_card": 0.0},
    }
)


def traits_of(archetype: str, evasion: float, switches: Collection[str] = ()) -> Traits:
    """The habits of an archetype at an evasion between 0 and 1, with its switches."""
    special = _SPECIAL[archetype]
    values = {}
    for field in fields(Traits):
        low, high = special.get(field.name, _COMMON[field.name])
        values[field.name] = low + (high - low) * evasion
    for switch in switches:
        values.update(_SWITCHED.get(switch, {}))
    return Traits(**values)
