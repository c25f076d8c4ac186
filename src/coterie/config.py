"""Settings: the frozen dataclasses that every room takes, with the defaults of the method.

``coterie.settings.load_config`` reads ``coterie.toml``, the environment and flags into a
:class:`Config`.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from coterie.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

ACTIONS = ("suspend", "terminate", "step_up", "rate_limit", "watch", "none")
ROLES = ("core", "member", "fringe")
FAMILIES = ("payment", "network", "device", "prompt", "identity", "timing", "relation")


@dataclass(frozen=True, slots=True)
class KindProfile:
    """How one kind of signal counts as evidence (method, section 3).

    Attributes:
        family: one of ``FAMILIES``.
        m: prior factor of the log-likelihood ratio; 0 takes the kind out of linking.
        cap: largest number of accounts on a value for which all pairs are formed.
        hub_max: above this a value is never expanded at all.
        partners: seeded random partners per member for values between cap and hub_max.
        max_bits: most bits that one kind can give a pair.
        min_bits: bits that a shared value is worth at least (near-exclusive kinds), or 0.
        profile_cap: most bits that the kind can give an account in refinement (section 5).
        window: time bin, such as ``"1d"``; None links values whenever they were used.
        half_life: decay of old evidence, such as ``"90d"``; None means no decay.
        strong: whether the kind alone may tie an account to a cluster (section 5).
    """

    family: str
    m: float = 0.5
    cap: int = 60
    hub_max: int = 5000
    partners: int = 10
    max_bits: float = 12.0
    min_bits: float = 0.0
    profile_cap: float = 10.0
    window: str | None = None
    half_life: str | None = None
    strong: bool = False


_KINDS: dict[str, KindProfile] = {
    "payment": KindProfile("payment", max_bits=16, min_bits=14, profile_cap=14, strong=True),
    "bank_account": KindProfile("payment", max_bits=16, min_bits=14, profile_cap=14, strong=True),
    "device": KindProfile("device", max_bits=16, profile_cap=14, strong=True),
    "ip": KindProfile("network", cap=30, hub_max=3000, partners=6, max_bits=18, profile_cap=12),
    "ip_prefix": KindProfile("network", m=0.0, max_bits=6, profile_cap=0),
    "asn": KindProfile("network", m=0.0, max_bits=3, profile_cap=0),
    "email": KindProfile("identity", max_bits=16, profile_cap=14, strong=True),
    "email_domain": KindProfile("identity", m=0.3, cap=40, max_bits=10, profile_cap=6),
    "phone": KindProfile("identity", max_bits=16, profile_cap=14, strong=True),
    "client": KindProfile("device", m=0.3, cap=40, max_bits=6, profile_cap=4),
    "issuer": KindProfile("payment", m=0.3, cap=40, max_bits=6, profile_cap=3),
    "prompt": KindProfile(
        "prompt", hub_max=3000, partners=20, max_bits=14, profile_cap=12, strong=True
    ),
    "signup_day": KindProfile("timing", m=0.3, cap=40, max_bits=5, profile_cap=4),
    "referral": KindProfile("relation", m=0.3, max_bits=8, profile_cap=6),
    "org": KindProfile("relation", m=0.3, max_bits=8, profile_cap=6),
}
KINDS: Mapping[str, KindProfile] = MappingProxyType(_KINDS)
DEFAULT_KIND = KindProfile("relation", m=0.3, max_bits=10, profile_cap=6)


@dataclass(frozen=True, slots=True)
class SweepOptions:
    """``[sweep]``: what a sweep looks at, how fine it cuts, how it scores.

    ``weights`` is a file of ``coterie learn`` (relative to the workspace; None: the shipped ones);
    ``coordinated`` and ``linked`` are the scores at which the tiers begin (None: as in the weights).
    ``checkpoints``: whether a sweep that is cut short can go on (``coterie sweep --resume``).
    ``max_pairs``: a sweep that would form more pairs is refused before it does.
    """

    window: str = "90d"
    min_size: int = 5
    seed: int = 1
    resolution: float = 1.5
    objective: str = "modularity"
    threshold: float | None = None
    consensus: int = 10
    permutations: int = 20
    weights: str | None = None
    coordinated: float | None = None
    linked: float | None = None
    checkpoints: bool = True
    max_pairs: int = 500_000_000


@dataclass(frozen=True, slots=True)
class SourceOptions:
    """One ``[[source]]``: a file, glob or frame and how its columns map to the contract.

    Attributes:
        path: file, glob or directory, relative to the workspace; or, in its place:
        url: a database (``from`` in TOML): its address without a password, ``env:NAME`` or
            ``file:PATH``.
        query: the statement whose rows are loaded from there.
        table: contract table (``as`` in TOML); None guesses from the column names.
        map: contract field -> column of the source.
        signals: kind -> column, or {"column": …, "seen_at": …}, for wide tables.
        kind: kind of every row, for signal tables without a kind column.
        options: format options (``delim``, ``quote``, ``header``, ``encoding``).
    """

    path: str = ""
    table: str | None = None
    map: Mapping[str, str] = field(default_factory=dict)
    signals: Mapping[str, str | Mapping[str, str]] = field(default_factory=dict)
    kind: str | None = None
    options: Mapping[str, object] = field(default_factory=dict)
    url: str | None = None
    query: str | None = None


@dataclass(frozen=True, slots=True)
class PrivacyOptions:
    """``[privacy]``: kinds that are hashed with a key at load, and whether prompts are kept."""

    hash: tuple[str, ...] = ()
    keep_text: bool = True


@dataclass(frozen=True, slots=True)
class PromptOptions:
    """``[prompts]``: which prompt vectors link their accounts.

    Attributes:
        similarity: smallest cosine of two vectors, in (0, 1].
        neighbours: nearest vectors that each vector is linked to, at most.
        most_accounts: accounts of one vector; a vector of more is everybody's prompt and links none.
    """

    similarity: float = 0.92
    neighbours: int = 10
    most_accounts: int = 60


@dataclass(frozen=True, slots=True)
class ReviewOptions:
    """``[review]``: when a decision needs a second reviewer, and what a confirmation asks for.

    Attributes:
        second_above: decisions on more accounts than this need a second reviewer, those counted in
            that the same reviewer decided on alone in the same cluster before; 0 is all.
        second_above_day: accounts that one reviewer decides on alone in a day; more need a second.
        appeal_by_other: whether an appeal is ruled on by somebody who took no part in the decision.
        heads: file that keeps how the log and the ledger ended, from the workspace; empty is beside
            the store. Kept where the store's owner cannot change it, it tells what was cut off.
        organisations: names of organisations and mail domains whose members need one.
        second_classes: list classes whose values and accounts need one.
        action: what enforcement does with confirmed accounts, unless the reviewer says otherwise.
        policy_id: clause of the policy, unless the reviewer says otherwise.
        reasons: further reason codes, each with the sentence that the user is told.
    """

    second_above: int = 50
    second_above_day: int = 500
    appeal_by_other: bool = True
    heads: str = ""
    organisations: tuple[str, ...] = ()
    second_classes: tuple[str, ...] = ("organisation", "partner", "staff")
    action: str = "suspend"
    policy_id: str = ""
    reasons: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """``[export]``: whom enforcement is told about, and when it acts.

    Attributes:
        min_role: the least role that is exported (core, member, fringe).
        allow_classes: list classes that take an account (kind ``account``) out of every export.
        delay: time between a decision and the action, or None for none.
        stagger_groups: number of groups, whole clusters each, that are acted on one after another.
        stagger_step: time between two groups.
        expires: how long watch, step_up and rate_limit last.
        retention: how long the record of an action is kept.
        evidence: most shared values given for an account.
    """

    min_role: str = "member"
    allow_classes: tuple[str, ...] = (
        "allow", "partner", "organisation", "staff", "ignore",
    )  # fmt: skip
    delay: str | None = None
    stagger_groups: int = 1
    stagger_step: str = "1h"
    expires: str = "90d"
    retention: str = "730d"
    evidence: int = 10


@dataclass(frozen=True, slots=True)
class ShareOptions:
    """``[share]``: what partners are told, as tokens under a key that they hold too.

    Attributes:
        producer: who shares, as partners see it.
        tlp: Traffic Light Protocol: clear, green, amber or red.
        pap: Permissible Actions Protocol: clear, green, amber or red.
        min_group: fewest accounts of a shared cluster, and of a shared value in it.
        kinds: kinds whose values are shared.
        expires: after this a token no longer counts in a match.
    """

    producer: str = "unnamed"
    tlp: str = "amber"
    pap: str = "amber"
    min_group: int = 5
    kinds: tuple[str, ...] = ("payment", "bank_account", "device", "ip", "email", "phone")
    expires: str = "180d"


ALERT_RULES = (
    "degraded", "merge", "listed", "replaced", "resurge", "new", "tier", "grow", "family", "hub",
)  # fmt: skip
TIERS = ("lead", "linked", "coordinated", "confirmed")


@dataclass(frozen=True, slots=True)
class AlertOptions:
    """``[alert]``: what is worth telling somebody at once, and how.

    Attributes:
        rules: the rules that are on, the most important first.
        tier: least tier of a cluster that is told about.
        min_size: fewest accounts of one.
        growth: percent that a cluster must have grown by.
        classes: list classes whose accounts or values inside a cluster are told about.
        most: alerts of a run at most; the others are kept and counted.
        to: targets: file, stdout, webhook, apprise.
        file: JSON Lines file that alerts are added to.
        webhook: address of the receiver; signed with COTERIE_WEBHOOK_SECRET.
        metrics: file for Prometheus' textfile collector, or None.
    """

    rules: tuple[str, ...] = ALERT_RULES
    tier: str = "coordinated"
    min_size: int = 5
    growth: float = 25.0
    classes: tuple[str, ...] = ("organisation", "partner", "staff")
    most: int = 20
    to: tuple[str, ...] = ("file",)
    file: str = "alerts.jsonl"
    webhook: str | None = None
    metrics: str | None = None


@dataclass(frozen=True, slots=True)
class RetentionOptions:
    """``[retention]``: how long what is kept; None keeps it until it is erased.

    Attributes:
        signals: signals, by their last use.
        kinds: the same by kind, in place of ``signals``; what is derived goes with its kind.
        prompts: that an account sent a prompt; texts that nobody sent since go too.
        prompts_text: the texts alone; families stay.
        events: activity.
        links: pairs that another system gave.
        quarantine: rejected rows, by their load.
        findings: sweeps, by their end; the newest complete one always stays.
    """

    signals: str | None = None
    kinds: Mapping[str, str] = field(default_factory=dict)
    prompts: str | None = None
    prompts_text: str | None = None
    events: str | None = None
    links: str | None = None
    quarantine: str | None = None
    findings: str | None = None


@dataclass(frozen=True, slots=True)
class QualityOptions:
    """``[quality]``: what the data is expected to be like before anything is judged.

    Attributes:
        history: how far back a feed's past is looked at.
        silence: how long a feed with rows every day may be silent.
        volume: times the usual volume, or its part, from which a feed is at fault.
        known: part of the usual share of known values that must be left.
        ignore: checks or subjects (feeds, kinds, sources) that are not judged.
    """

    history: str = "91d"
    silence: str = "3d"
    volume: float = 10.0
    known: float = 0.5
    ignore: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Config:
    """The effective settings of a workspace.

    ``weights`` is the content of the file that ``sweep.weights`` names, or None.
    """

    root: Path
    store: str = "coterie.duckdb"
    memory_limit: str = "auto"
    threads: int | str = "auto"
    sources: tuple[SourceOptions, ...] = ()
    kinds: Mapping[str, KindProfile] = field(default_factory=lambda: KINDS)
    sweep: SweepOptions = field(default_factory=SweepOptions)
    privacy: PrivacyOptions = field(default_factory=PrivacyOptions)
    prompts: PromptOptions = field(default_factory=PromptOptions)
    review: ReviewOptions = field(default_factory=ReviewOptions)
    export: ExportOptions = field(default_factory=ExportOptions)
    share: ShareOptions = field(default_factory=ShareOptions)
    quality: QualityOptions = field(default_factory=QualityOptions)
    alert: AlertOptions = field(default_factory=AlertOptions)
    retention: RetentionOptions = field(default_factory=RetentionOptions)
    origin: Mapping[str, str] = field(default_factory=dict)
    weights: Mapping[str, Any] | None = None

    def kind(self, name: str) -> KindProfile:
        """The profile of a kind; the default profile for a kind nobody declared."""
        return self.kinds.get(name, DEFAULT_KIND)

    @property
    def store_path(self) -> Path:
        """Absolute path of the store's catalogue file."""
        return (self.root / self.store).resolve()

    def with_sweep(self, **changes: object) -> Config:
        """A copy with some sweep options replaced."""
        return replace(self, sweep=replace(self.sweep, **changes))  # type: ignore[arg-type]


_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(us|ms|s|m|h|d|w)")
_SECONDS = MappingProxyType(
    {"us": 1e-6, "ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
)


def duration(text: str) -> timedelta:
    """A length of time such as ``"90d"``, ``"60s"``, ``"12h"``, ``"15m"`` or ``"2w"``.

    Raises:
        ConfigError: the text is not a positive length of time.

    >>> duration("90d").days
    90
    >>> duration("1.5h").seconds
    5400
    """
    found = _DURATION.fullmatch(text.strip())
    if found is None or float(found[1]) <= 0:
        message = f'"{text}" is not a length of time; write for example 90d, 12h, 15m or 60s'
        raise ConfigError(message)
    try:
        return timedelta(seconds=float(found[1]) * _SECONDS[found[2]])
    except OverflowError as error:
        message = f'"{text}" is longer than any data'
        raise ConfigError(message) from error


def detection_settings(config: Config) -> dict[str, object]:
    """The settings that change what a sweep finds, as plain data: ``sweep`` and ``kind``."""
    sweep = asdict(config.sweep)
    for name in ("checkpoints", "max_pairs"):
        del sweep[name]  # changes nothing of what is found
    if config.weights is not None:
        # What the file says counts, not what it is called.
        sweep["weights"] = dict(config.weights)
    return {
        "sweep": sweep,
        "kind": {name: asdict(config.kinds[name]) for name in sorted(config.kinds)},
    }


def config_hash(config: Config) -> str:
    """SHA-256 of the effective detection settings, in hexadecimal.

    Where the store is, how much memory it may take and which sources are configured do not count:
    the sweep's identity has its inputs beside this hash.
    """
    text = json.dumps(detection_settings(config), sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()
