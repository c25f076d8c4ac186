"""What a simulated world is made of: its size, its difficulty and its campaigns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from math import exp, log

from coterie.errors import UsageError, did_you_mean

ARCHETYPES = (
    "hydra",
    "naive",
    "prompt_only",
    "sleeper",
    "replacement",
    "shared_proxy",
    "reseller",
)
MIN_CAMPAIGN = 4
SWITCHES = ("no_prompts", "no_times", "free", "rare", "absent")


@dataclass(frozen=True, slots=True)
class WorldOptions:
    """One simulated world.

    Attributes:
        accounts: benign accounts; campaign accounts come on top.
        seed: seed of all randomness.
        evasion: 0 (campaigns reuse everything) to 1 (they hide as well as they can).
        campaigns: (archetype, size) pairs; a ``shared_proxy`` entry makes two operators on one
            proxy. None takes the default mix, scaled to ``accounts``; an empty tuple makes a world
            of innocents.
        prompts: False leaves the table of prompts empty.
        times: False leaves the table of events empty.
        free_only: True for a platform without payment: no cards, no issuers, free plans only.
        confounders: multiplier of what innocent accounts share (1 is realistic, 0 is none).
        rare: True makes about a quarter of the default mix's campaign accounts.
        switches: (archetype, switch) pairs that change one archetype alone: ``no_prompts`` (its
            operators ask what anybody asks), ``no_times`` (they keep no common schedule), ``free``
            (they never pay), ``rare`` (a quarter of its size), ``absent`` (the default mix without
            it).
        ipv6: share of homes, mobile subscribers and rented servers that show IPv6 addresses; at .3
            43 % of the uses are over IPv6. 0 draws nothing and leaves the world as it is without.
        turns: True lets some campaigns split, merge, or stop and come back; a table ``turns`` tells
            which.
        start: first day of the window (UTC).
        days: length of the window.
    """

    accounts: int = 5_000
    seed: int = 1
    evasion: float = 0.5
    campaigns: tuple[tuple[str, int], ...] | None = None
    prompts: bool = True
    times: bool = True
    free_only: bool = False
    confounders: float = 1.0
    rare: bool = False
    switches: tuple[tuple[str, str], ...] = ()
    ipv6: float = 0.0
    turns: bool = False
    start: datetime = datetime(2026, 3, 1, tzinfo=UTC)
    days: int = 90

    def __post_init__(self) -> None:
        """Refuse what would make no world.

        Raises:
            UsageError: a number is out of its range or an archetype is not known.
        """
        if self.accounts < 100:
            raise UsageError(f"accounts must be at least 100, not {self.accounts}")
        if not 0 <= self.evasion <= 1:
            raise UsageError(f"evasion must be between 0 and 1, not {self.evasion}")
        if not 0 <= self.confounders <= 5:
            raise UsageError(f"confounders must be between 0 and 5, not {self.confounders}")
        if not 14 <= self.days <= 730:
            raise UsageError(f"days must be between 14 and 730, not {self.days}")
        if not 0 <= self.ipv6 <= 1:
            raise UsageError(f"ipv6 must be between 0 and 1, not {self.ipv6}")
        for archetype, switch in self.switches:
            _known(archetype, ARCHETYPES, "campaign archetype")
            _known(switch, SWITCHES, "switch")
        for archetype, size in self.campaigns or ():
            _known(archetype, ARCHETYPES, "campaign archetype")
            if size < MIN_CAMPAIGN:
                raise UsageError(f"a campaign needs at least {MIN_CAMPAIGN} accounts, not {size}")

    def switched(self, archetype: str, switch: str) -> bool:
        """Whether a switch is on for an archetype."""
        return (archetype, switch) in self.switches


def _known(name: str, names: tuple[str, ...], what: str) -> None:
    if name not in names:
        raise UsageError(f'no {what} "{name}".{did_you_mean(name, names)}')


def campaign_mix(options: WorldOptions) -> tuple[tuple[str, int], ...]:
    """The campaigns of a world, one (archetype, size) entry each.

    Sizes are log-uniform quantiles from 20 up to a third of the largest; the largest is a hydra of
    150 at 5,000 benign accounts, 3,000 at 100,000 and 20,000 at a million. All sizes follow from
    ``accounts``, so that worlds of different seeds can be compared.
    """
    mix = _default_mix(options) if options.campaigns is None else options.campaigns
    return tuple(
        (name, max(MIN_CAMPAIGN, size // 4) if options.switched(name, "rare") else size)
        for name, size in mix
        if not options.switched(name, "absent")
    )


def _default_mix(options: WorldOptions) -> tuple[tuple[str, int], ...]:
    scale = options.accounts / 5_000
    n = max(3, round(7 * scale**0.4))
    largest = min(20_000, max(40, round(150 * scale)))
    if options.rare:
        n, largest = max(2, n // 3), max(40, largest // 4)
    middle = max(min(largest, 100), 0.35 * largest)
    span = log(middle / 20)
    # Sizes are dealt to archetypes with a stride coprime to n, so that no archetype gets only
    # small or only large campaigns.
    rest = n - 1
    stride = next(s for s in (5, 7, 11, 13, 1) if rest < 2 or rest % s or s == 1)
    sizes = [round(20 * exp(span * ((i * stride) % rest + 0.5) / rest)) for i in range(rest)]
    names = [ARCHETYPES[(i + 1) % len(ARCHETYPES)] for i in range(rest)]
    return ((ARCHETYPES[0], largest), *zip(names, sizes, strict=True))
