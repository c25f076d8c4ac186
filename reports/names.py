"""Words for people: kinds, families, tiers and events as the pages say them."""

from __future__ import annotations

import hashlib
import re

_SHARED = {
    "payment": "a payment method",
    "bank_account": "a bank account",
    "device": "a device",
    "ip": "an IP address",
    "ip_prefix": "an IP network",
    "asn": "a network operator",
    "email": "an e-mail address",
    "email_domain": "an e-mail domain",
    "phone": "a phone number",
    "client": "a client fingerprint",
    "issuer": "a card issuer",
    "signup_day": "a day of sign-up",
    "prompt": "a prompt template",
    "referral": "a referral",
    "org": "an organisation",
}
TIERS = {
    "confirmed": "confirmed by a person",
    "coordinated": "several independent kinds of evidence agree",
    "linked": "two families of evidence, or one with support",
    "lead": "one family of evidence only: a place to look, not a finding",
}
EVENTS = {
    "birth": "new",
    "continue": "unchanged",
    "grow": "grown",
    "shrink": "shrunk",
    "merge": "merged",
    "split": "split",
    "resurge": "back",
    "replaced": "replaced",
    "death": "gone",
}


# The first word found in the name of a part of the score tells its family.
_PART_WORDS = (
    ("address", "network"),
    ("network", "network"),
    ("payment", "payment"),
    ("card", "payment"),
    ("device", "device"),
    ("client", "device"),
    ("prompt", "prompt"),
    ("identity", "identity"),
    ("mail", "identity"),
    ("hours", "timing"),
    ("schedule", "timing"),
    ("signed up", "timing"),
    ("sign-up", "timing"),
)
OTHER = "other"


def part_family(name: str) -> str:
    """The family that a part of the score belongs to, by its name; the prior is its own.

    >>> part_family("rests on one mail domain"), part_family("prior"), part_family("size")
    ('identity', 'prior', 'other')
    """
    low = name.lower()
    if low == "prior":
        return "prior"
    return next((family for word, family in _PART_WORDS if word in low), OTHER)


def shares(kind: str) -> str:
    """What accounts with a value of this kind have in common, as a phrase."""
    return _SHARED.get(kind, f"a value of kind {kind}")


def event(name: str | None) -> str:
    """A change against the sweep before, in one word."""
    return EVENTS.get(name or "", name or "")


def file_name(cluster_id: str) -> str:
    """The file of a cluster's page: its id where that is a safe name, a hash of it otherwise."""
    if re.fullmatch(r"[a-z0-9-]{1,40}", cluster_id):
        return f"{cluster_id}.html"
    return f"x-{hashlib.sha256(cluster_id.encode('utf-8')).hexdigest()[:32]}.html"


def pairs(k: int) -> int:
    """Pairs among ``k`` accounts.

    >>> pairs(5)
    10
    """
    return k * (k - 1) // 2
