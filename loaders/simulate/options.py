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


@dataclass(frozen=True, slots=True)
class WorldOptions:
    """One simulated world.

    Attributes:
        accounts: benign accounts; campaign accounts come on top.
        seed: seed of all randomness.
        evasion: 0 (campaigns reuse everything) to 1 (they hide as well as they can).
        campaigns: (archetype, size) pairs; a ``shared_proxy`` entry makes two operators on one
            proxy. None takes the default mix, scaled to ``accounts``.
        prompts: False leaves the table of prompts empty.
        times: False leaves the table of events empty.
        free_only: True for a platform without payment: no cards, no issuers, free plans only.
        confounders: multiplier of what innocent accounts share (1 is realistic, 0 is none).
        rare: True makes about a quarter of the default mix's campaign accounts.
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
        for archetype, size in self.campaigns or ():
            if archetype not in ARCHETYPES:
                hint = did_you_mean(archetype, ARCHETYPES)
                raise UsageError(f'no campaign archetype "{archetype}".{hint}')
            if size < MIN_CAMPAIGN:
                raise UsageError(f"a campaign needs at least {MIN_CAMPAIGN} accounts, not {size}")


def campaign_mix(options: WorldOptions) -> tuple[tuple[str, int], ...]:
    """The campaigns of a world, one (archetype, size) entry each.

    Sizes are log-uniform quantiles from 20 up to a third of the largest; the largest is a hydra of
    150 at 5,000 benign accounts, 3,000 at 100,000 and 20,000 at a million. All sizes follow from
    ``accounts``, so that worlds of different seeds can be compared.
    """
    if options.campaigns is not None:
        return options.campaigns
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
