"""What two accounts share, in bits, exactly as the sweep counted it (method, section 3)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import chain, combinations
from typing import TYPE_CHECKING, Any

from coterie.config import DEFAULT_KIND, duration

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from coterie.config import KindProfile
    from coterie.queries.store import Store

# Each further value of a kind counts this much of its bits.
_FURTHER = 0.55
_MICROSECOND = timedelta(microseconds=1)
# Popular values among which the link's weight tells the sampled ones.
_MOST_SAMPLED = 8


@dataclass(frozen=True, slots=True)
class SharedValue:
    """One value that both accounts have.

    Attributes:
        kind: kind of signal.
        value: normalised value.
        display: the value for people.
        family: family of the kind.
        n_accounts: accounts that have it, these two included.
        bits: evidence for this pair, in bits; 0 when set aside.
        treatment: used, hub, listed, ignored or given.
        value_class: what the value is, or None.
        why: the reason of the treatment, or None.
        first_a, last_a, first_b, last_b: first and last use by each account (UTC), or None.
        sampled: whether the value is so popular that only sampled pairs are formed on it.
    """

    kind: str
    value: str
    display: str
    family: str
    n_accounts: int
    bits: float
    treatment: str
    value_class: str | None = None
    why: str | None = None
    first_a: datetime | None = None
    last_a: datetime | None = None
    first_b: datetime | None = None
    last_b: datetime | None = None
    sampled: bool = False


@dataclass(frozen=True, slots=True)
class KindSum:
    """What one kind gives the pair: ``bits = min(cap, best + .55 * (total - best))``."""

    kind: str
    n_values: int
    best: float
    total: float
    cap: float
    bits: float

    @property
    def capped(self) -> bool:
        """Whether the kind's cap cut the sum."""
        return self.best + _FURTHER * (self.total - self.best) > self.cap


def shared_by(
    store: Store,
    sweep_id: str,
    accounts: tuple[str, str],
    keys: Mapping[str, Any],
    kinds: Mapping[str, KindProfile],
) -> tuple[SharedValue, ...]:
    """Every value that two accounts share, and every link of theirs that was given.

    Args:
        store: an open store.
        sweep_id: the sweep.
        accounts: the two account ids.
        keys: ``sweep_id`` and the account keys ``a`` and ``b``.
        kinds: the profiles that the sweep ran with.
    """
    rows = store.rows("ask/why_shared", **keys)
    sweep = store.rows("ask/sweep", sweep_id=sweep_id)[0]
    window = {name: sweep[name] for name in ("window_start", "window_end")}
    names = {"a": accounts[0], "b": accounts[1]}
    gaps: dict[tuple[str, str], int] = {}
    if any(kinds.get(row["kind"], DEFAULT_KIND).window for row in rows):
        found = store.rows("ask/why_gap", **names, **window)
        gaps = {(row["kind"], row["value"]): row["gap_us"] for row in found}
    values = [_shared(row, kinds.get(row["kind"], DEFAULT_KIND), gaps) for row in rows]
    stated = store.rows("ask/why_given", **names, **window)
    given = [_given(row, kinds.get(row["kind"], DEFAULT_KIND)) for row in stated]
    return (*values, *given)


def _given(row: Mapping[str, Any], profile: KindProfile) -> SharedValue:
    at, share = row["seen_at"], row["similarity"]
    bits, why = 0.0, None
    if share is None:
        why = "no similarity given: not counted"
    elif profile.m <= 0:
        why = "links of this kind are not counted"
    else:
        bits = profile.max_bits * share
    return SharedValue(
        kind=row["kind"],
        value="",
        display="given link" if share is None else f"given link, similarity {share:.2f}",
        family=profile.family,
        n_accounts=2,
        bits=bits,
        treatment="given",
        why=why,
        first_a=at,
        last_a=at,
        first_b=at,
        last_b=at,
    )


def _shared(
    row: Mapping[str, Any], profile: KindProfile, gaps: Mapping[tuple[str, str], int]
) -> SharedValue:
    bits = 0.0 if row["pair_bits"] is None else max(0.0, row["pair_bits"], profile.min_bits)
    why, sampled = row["why"], False
    if bits > 0 and profile.window:
        gap = gaps.get((row["kind"], row["value"]))
        if gap is None or gap > duration(profile.window) / _MICROSECOND:
            bits, why = 0.0, f"never used within {profile.window} of each other"
    elif bits > 0:
        sampled = row["n_accounts"] > profile.cap
    elif row["pair_bits"] is not None:
        why = "no rarer than chance would have it"
    return SharedValue(
        kind=row["kind"],
        value=row["value"],
        display=row["display"] or row["value"],
        family=row["family"],
        n_accounts=row["n_accounts"],
        bits=bits,
        treatment=row["treatment"],
        value_class=row["class"],
        why=why,
        first_a=row["first_a"],
        last_a=row["last_a"],
        first_b=row["first_b"],
        last_b=row["last_b"],
        sampled=sampled,
    )


def settle(
    values: Sequence[SharedValue], kinds: Mapping[str, KindProfile], link_bits: float | None
) -> tuple[SharedValue, ...]:
    """Take the bits from popular values whose sampled pairs did not include this one.

    Which ones these are shows in the weight of the sweep's own link: the choice that comes nearest
    to it, the fewest taken away where two choices are equal.

    Args:
        values: from :func:`shared_by`.
        kinds: the profiles that the sweep ran with.
        link_bits: weight of the sweep's link; None where it made none.
    """
    sampled = [i for i, v in enumerate(values) if v.sampled]
    if not sampled:
        return tuple(values)
    if link_bits is None or len(sampled) > _MOST_SAMPLED:
        choices = [tuple(sampled)]
    else:
        choices = list(
            chain.from_iterable(combinations(sampled, n) for n in range(len(sampled) + 1))
        )

    def without(out: tuple[int, ...]) -> tuple[SharedValue, ...]:
        return tuple(_not_sampled(v) if i in out else v for i, v in enumerate(values))

    def distance(out: tuple[int, ...]) -> float:
        total = sum(kind.bits for kind in combine(without(out), kinds))
        return round(abs(total - (link_bits or 0.0)), 3)

    return without(min(choices, key=distance))


def _not_sampled(value: SharedValue) -> SharedValue:
    reason = f"{value.why}; " if value.why else ""
    return replace(value, bits=0.0, why=f"{reason}only sampled pairs are formed, and not this one")


def combine(values: Sequence[SharedValue], kinds: Mapping[str, KindProfile]) -> tuple[KindSum, ...]:
    """The sum of each kind, the strongest first (method, section 3).

    Args:
        values: shared values; those without bits do not count.
        kinds: profiles, for the caps.
    """
    by_kind: dict[str, list[float]] = {}
    for value in values:
        if value.bits > 0:
            by_kind.setdefault(value.kind, []).append(value.bits)
    sums = []
    for kind, bits in by_kind.items():
        best, total = max(bits), sum(bits)
        cap = kinds.get(kind, DEFAULT_KIND).max_bits
        worth = min(cap, best + _FURTHER * (total - best))
        sums.append(KindSum(kind, len(bits), best, total, cap, worth))
    return tuple(sorted(sums, key=lambda s: (-s.bits, s.kind)))
