"""Why are two accounts linked, or not: every shared value, its bits, and the sum.

The bits of a value are exactly what the sweep counted for this pair; a kind adds up its values with
diminishing weight and stops at its cap (method, section 3). Values that were set aside, and those too
popular for every pair to be formed, are shown too, with no bits and the reason.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from coterie.config import KINDS, KindProfile, SweepOptions
from coterie.errors import UnknownName, UsageError, did_you_mean
from coterie.graphs.explain_found import html_table
from coterie.graphs.explain_text import bar, bits_text, count, visible, when
from coterie.graphs.explain_values import combine, settle, shared_by
from coterie.graphs.links import threshold_bits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from coterie.graphs.explain_values import KindSum, SharedValue
    from coterie.queries.store import Store


@dataclass(frozen=True, slots=True)
class Why:
    """The evidence of one pair; ``print`` it, show it in a notebook, or take it as data.

    Attributes:
        sweep_id: the sweep that was asked.
        a, b: the accounts.
        values: what they share, the strongest first.
        kinds: the sum of each kind, the strongest first.
        bits: sum over kinds.
        threshold: bits that a link needs.
        linked: whether the sweep linked the two directly.
        link_bits: what the sweep's own link weighs, or None.
        cluster_a, cluster_b: cluster of each, or None.
    """

    sweep_id: str
    a: str
    b: str
    values: tuple[SharedValue, ...]
    kinds: tuple[KindSum, ...]
    bits: float
    threshold: float
    linked: bool
    link_bits: float | None
    cluster_a: str | None
    cluster_b: str | None

    def to_dict(self) -> dict[str, Any]:
        """The evidence as plain data."""
        return asdict(self)

    def sentence(self) -> str:
        """The answer in one sentence."""
        used = [v for v in self.values if v.bits > 0]
        if not self.values:
            return "They share nothing that this sweep looked at."
        if not used:
            return f"They share {count(len(self.values), 'value')}, none of which is evidence."
        kinds = ", ".join(k.kind for k in self.kinds if k.bits > 0)
        verdict = "linked directly" if self.linked else "not linked directly"
        return (
            f"They share {count(len(used), 'telling value')} ({kinds}): {self.bits:.1f} bits where "
            f"a link needs {self.threshold:.1f}; {verdict}."
        )

    def __str__(self) -> str:
        """The waterfall in text."""
        return "\n".join(_text(self))

    def _repr_html_(self) -> str:
        """The waterfall for notebooks; every text is escaped."""
        return _html(self)


def why(store: Store, a: str, b: str, sweep_id: str | None = None) -> Why:
    """Why two accounts are linked, or not.

    Args:
        store: an open store.
        a: one account id.
        b: another account id.
        sweep_id: the sweep to ask; None asks the newest complete one.

    Raises:
        UnknownName: a sweep or an account is not known; the nearest is named.
        UsageError: the two are one account, or nothing has been swept yet.
    """
    sweep = resolve_sweep(store, sweep_id)
    if a == b:
        raise UsageError(f'"{visible(a)}" is one account; ask about two')
    one, two = (resolve_account(store, sweep, account) for account in (a, b))
    keys = {"sweep_id": sweep, "a": one["account_key"], "b": two["account_key"]}
    options, kinds = settings_of(store, sweep)
    link = store.rows("ask/why_link", **keys)
    link_bits = link[0]["bits"] if link else None
    values = settle(shared_by(store, sweep, (a, b), keys, kinds), kinds, link_bits)
    sums = combine(values, kinds)
    accounts = store.rows("ask/totals", sweep_id=sweep)[0]["accounts"]
    return Why(
        sweep_id=sweep,
        a=a,
        b=b,
        values=tuple(sorted(values, key=lambda v: (-v.bits, v.kind, v.value))),
        kinds=sums,
        bits=sum(k.bits for k in sums),
        threshold=threshold_bits(accounts, options),
        linked=bool(link),
        link_bits=link_bits,
        cluster_a=one["cluster_id"],
        cluster_b=two["cluster_id"],
    )


def resolve_sweep(store: Store, sweep_id: str | None) -> str:
    """The sweep asked for, or the newest complete one.

    Raises:
        UnknownName: there is no such sweep.
        UsageError: nothing has been swept yet.
    """
    known = [row["sweep_id"] for row in store.rows("ask/sweep_ids")]
    if not known:
        raise UsageError("There is no finished sweep yet: run `coterie sweep` first")
    if sweep_id is None:
        return str(store.rows("ask/newest")[0]["sweep_id"])
    if sweep_id not in known:
        raise UnknownName(
            f'There is no sweep "{visible(sweep_id)}".{did_you_mean(sweep_id, known)}'
        )
    return sweep_id


def resolve_account(store: Store, sweep_id: str, account_id: str) -> dict[str, Any]:
    """An account as a sweep saw it: keys, times, cluster and role.

    Raises:
        UnknownName: the account is not known, or came after the sweep.
    """
    found = store.rows("ask/account", sweep_id=sweep_id, account_id=account_id)
    if found:
        return found[0]
    name = visible(account_id)
    if store.rows("ask/account_loaded", account_id=account_id)[0]["found"]:
        raise UnknownName(f'Account "{name}" was loaded after sweep {sweep_id}; sweep again.')
    near = store.rows("ask/near_accounts", sweep_id=sweep_id, account_id=account_id)
    hint = did_you_mean(account_id, (row["account_id"] for row in near))
    # A list of five strangers would look like an answer: only a near name is worth saying.
    hint = visible(hint) if "mean" in hint else ""
    raise UnknownName(f'There is no account "{name}" in sweep {sweep_id}.{hint}')


def settings_of(store: Store, sweep_id: str) -> tuple[SweepOptions, Mapping[str, KindProfile]]:
    """The settings that a sweep ran with, from its register row."""
    rows = store.rows("ask/sweep", sweep_id=sweep_id)
    detail = json.loads(rows[0]["detail"] or "{}") if rows else {}
    settings = detail.get("settings", {})
    # A sweep of another version may know settings that this one does not.
    options = SweepOptions(**_known(SweepOptions, settings.get("sweep", {})))
    kinds = {
        name: KindProfile(**_known(KindProfile, profile))
        for name, profile in settings.get("kind", {}).items()
    }
    return options, kinds or KINDS


def _known(owner: type[SweepOptions | KindProfile], found: Mapping[str, Any]) -> dict[str, Any]:
    names = {f.name for f in fields(owner)}
    return {name: value for name, value in found.items() if name in names}


def _text(found: Why) -> list[str]:
    lines = [
        f"{visible(found.a)} and {visible(found.b)}   (sweep {found.sweep_id})",
        found.sentence(),
        _clusters(found),
    ]
    if not found.values:
        return lines
    lines.append("")
    top = max([found.threshold, found.bits, *(v.bits for v in found.values)])
    for value in found.values:
        lines.append(
            f"  {visible(value.kind)[:14]:<14} {bits_text(value.bits)} {bar(value.bits, top)} "
            f"{visible(value.display, 44)}"
        )
        lines.append(f"  {'':<14} {_share(value)}")
    lines.append("")
    running = 0.0
    for kind in found.kinds:
        running += kind.bits
        lines.append(
            f"  {visible(kind.kind)[:14]:<14} {bits_text(kind.bits)} "
            f"{bar(kind.bits, top, running - kind.bits)} {_sum_note(kind)}"
        )
    lines.append(f"  {'sum':<14} {bits_text(found.bits)} {bar(found.bits, top)}")
    lines.append(
        f"  {'link needs':<14} {bits_text(found.threshold)} {bar(found.threshold, top, mark='░')}"
    )
    if found.link_bits is not None and abs(found.link_bits - found.bits) >= 0.05:
        lines.append(f"  The sweep's own link weighs {found.link_bits:.1f} bits.")
    return lines


def _clusters(found: Why) -> str:
    if found.cluster_a is None and found.cluster_b is None:
        return "Neither is in a cluster."
    if found.cluster_a == found.cluster_b:
        return f"Both are in cluster {visible(found.cluster_a)}."
    parts = [
        f"{visible(name)} in {visible(cluster) if cluster else 'no cluster'}"
        for name, cluster in ((found.a, found.cluster_a), (found.b, found.cluster_b))
    ]
    return f"{parts[0]}, {parts[1]}."


def _share(value: SharedValue) -> str:
    others = value.n_accounts - 2
    shared = "only these two" if others <= 0 else f"shared with {count(others, 'other')}"
    times = f"{when(value.first_a, value.last_a)} / {when(value.first_b, value.last_b)}"
    parts = [shared, times]
    if value.bits <= 0:
        counted = value.treatment in {"used", "given"}
        aside = "no bits" if counted else f"set aside ({value.treatment})"
        parts.insert(0, f"{aside}: {visible(value.why, 160)}" if value.why else aside)
    return " · ".join(part for part in parts if part.strip(" /"))


def _sum_note(kind: KindSum) -> str:
    if kind.n_values == 1 and not kind.capped:
        return "1 value"
    note = f"{count(kind.n_values, 'value')}: best {kind.best:.1f}"
    if kind.n_values > 1:
        note += f" + .55 × {kind.total - kind.best:.1f}"
    return note + (f", capped at {kind.cap:.0f}" if kind.capped else "")


def _html(found: Why) -> str:
    rows = (
        (v.kind, v.display, f"{v.bits:.1f}", v.n_accounts, v.treatment, v.why or "")
        for v in found.values
    )
    heads = ("kind", "value", "bits", "accounts", "treatment", "why")
    said = f"{found.sentence()} {_clusters(found)}"
    return html_table(f"{visible(found.a)} and {visible(found.b)}", heads, rows, note=said)
