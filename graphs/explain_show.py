"""One cluster or one account in words: what is known, how firmly, and by what."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from coterie.errors import UnknownName, did_you_mean
from coterie.graphs.explain import resolve_account, resolve_sweep
from coterie.graphs.explain_text import bar, bits_text, count, visible, when

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coterie.queries.store import Store

_ROLES = ("core", "member", "fringe")


@dataclass(frozen=True, slots=True)
class Shown:
    """A cluster or an account: ``print`` it or take it as data.

    Attributes:
        what: ``cluster`` or ``account``.
        facts: the row of the finding, with JSON columns decoded.
        values: shared values, the most telling first.
        n_values: how many there are.
        roles: of a cluster: role, n and the first accounts; of an account: empty.
    """

    what: str
    facts: dict[str, Any]
    values: tuple[dict[str, Any], ...]
    n_values: int
    roles: tuple[dict[str, Any], ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The same as plain data."""
        return {
            "what": self.what,
            **self.facts,
            "values": list(self.values),
            "n_values": self.n_values,
            "roles": list(self.roles),
        }

    def __str__(self) -> str:
        """The same in words."""
        lines = _cluster_text(self) if self.what == "cluster" else _account_text(self)
        return "\n".join(lines)


def show(store: Store, name: str, sweep_id: str | None = None, *, limit: int = 12) -> Shown:
    """A cluster or an account by its id; a cluster wins where both have the name.

    Args:
        store: an open store.
        name: cluster id or account id.
        sweep_id: the sweep to ask; None asks the newest complete one.
        limit: most values, and accounts a role, to give.

    Raises:
        UnknownName: neither is known; the nearest is named.
    """
    sweep = resolve_sweep(store, sweep_id)
    if store.rows("ask/cluster", sweep_id=sweep, cluster_id=name):
        return show_cluster(store, sweep, name, limit=limit)
    try:
        return show_account(store, sweep, name, limit=limit)
    except UnknownName as error:
        known = [row["cluster_id"] for row in store.rows("ask/cluster_ids", sweep_id=sweep)]
        hint = did_you_mean(name, known)
        if "mean" not in hint:
            raise
        raise UnknownName(
            f'There is no cluster or account "{visible(name)}" in sweep {sweep}.{hint}'
        ) from error


def show_cluster(store: Store, sweep_id: str, cluster_id: str, *, limit: int = 12) -> Shown:
    """A cluster of a sweep.

    Raises:
        UnknownName: there is no such cluster; the nearest is named.
    """
    found = store.rows("ask/cluster", sweep_id=sweep_id, cluster_id=cluster_id)
    if not found:
        known = [row["cluster_id"] for row in store.rows("ask/cluster_ids", sweep_id=sweep_id)]
        raise UnknownName(
            f'There is no cluster "{visible(cluster_id)}" in sweep {sweep_id}.'
            f"{did_you_mean(cluster_id, known)}"
        )
    facts = found[0]
    for column, empty in (("waterfall", "[]"), ("features", "{}"), ("guards", "[]")):
        facts[column] = json.loads(facts[column] or empty)
    names = {"sweep_id": sweep_id, "cluster_id": cluster_id}
    values = store.rows("ask/evidence", **names)
    roles = store.rows("ask/roles", **names, n=limit)
    return Shown("cluster", facts, tuple(values[:limit]), len(values), tuple(roles))


def show_account(store: Store, sweep_id: str, account_id: str, *, limit: int = 12) -> Shown:
    """An account of a sweep.

    Raises:
        UnknownName: there is no such account; the nearest is named.
    """
    facts = {"sweep_id": sweep_id, **resolve_account(store, sweep_id, account_id)}
    values = store.rows(
        "ask/account_values", sweep_id=sweep_id, account_key=facts.pop("account_key")
    )
    return Shown("account", facts, tuple(values[:limit]), len(values))


def _cluster_text(shown: Shown) -> list[str]:
    facts = shown.facts
    size = facts["size"]
    number = {row["role"]: row["n"] for row in shown.roles}
    split = ", ".join(f"{number[role]:,} {role}" for role in _ROLES if role in number)
    lines = [
        (
            f"Cluster {visible(facts['cluster_id'])}   {facts['tier']} · {facts['class'] or 'unclear'}"
            f" · score {_number(facts['score'])}   (sweep {facts['sweep_id']})"
        ),
        visible(facts["summary"], 600),
        (
            f"{count(size, 'account')} ({split}) · stability {_number(facts['stability'])}"
            f" · q {_number(facts['q_value'], 3)} · {when(facts['first_seen'], facts['last_seen'])}"
            f" · {facts['change'] or 'no earlier sweep'}"
        ),
    ]
    lines += _waterfall(facts["waterfall"])
    lines += _guards(facts["guards"])
    if shown.n_values:
        lines += ["", f"Shared values ({_of(len(shown.values), shown.n_values)})"]
        for row in shown.values:
            lines.append(
                f"  {visible(row['kind'])[:14]:<14} {row['n_in']:>6,} of {size:,} members"
                f" · {row['n_all']:,} accounts in all · {bits_text(row['bits'] or 0).strip()}"
                f" · {visible(row['display'] or row['value'], 44)}{_aside(row)}"
            )
    lines += ["", "Members"]
    for role in shown.roles:
        accounts = role["accounts"]
        names = ", ".join(visible(a, 40) for a in accounts)
        lines.append(f"  {role['role']:<7} {_of(len(accounts), role['n'])}: {names}")
    return lines


def _account_text(shown: Shown) -> list[str]:
    facts = shown.facts
    lines = [
        (
            f"Account {visible(facts['account_id'])}   {facts['status'] or 'active'}"
            f"   (sweep {facts['sweep_id']})"
        ),
        f"Created {_day(facts['created_at'])} · seen {when(facts['first_seen'], facts['last_seen'])}",
    ]
    if facts["cluster_id"] is None:
        lines.append("In no cluster.")
    else:
        lines.append(
            f"{(facts['role'] or 'member').capitalize()} of cluster {visible(facts['cluster_id'])}"
            f" · score {_number(facts['score'])} · {facts['n_links'] or 0:,} links"
            f" · stability {_number(facts['stability'])}"
        )
        lines.append(visible(facts["why"], 400))
    if shown.n_values:
        lines += ["", f"Shared values ({_of(len(shown.values), shown.n_values)})"]
        top = max((row["bits"] or 0.0) for row in shown.values)
        for row in shown.values:
            lines.append(
                f"  {visible(row['kind'])[:14]:<14} {bits_text(row['bits'] or 0)} "
                f"{bar(row['bits'] or 0, top, width=12)} {count(row['n_accounts'], 'account')}"
                f" · {visible(row['display'] or row['value'], 44)}{_aside(row)}"
            )
    else:
        lines.append("It shares no value with another account.")
    return lines


def _waterfall(parts: Sequence[dict[str, Any]]) -> list[str]:
    if not parts:
        return []
    bits = [float(part.get("bits") or 0) for part in parts]
    top = max(1.0, *(abs(b) for b in bits))
    lines = ["", "Score, in bits"]
    for part, worth in zip(parts, bits, strict=True):
        value = part.get("value")
        note = f" ({_number(value)})" if isinstance(value, int | float) else ""
        lines.append(
            f"  {visible(part.get('name'), 48):<48} {worth:+7.2f} "
            f"{bar(abs(worth), top, width=12, mark='█' if worth >= 0 else '░')}{note}"
        )
    return [*lines, f"  {'sum':<48} {sum(bits):+7.2f}"]


def _guards(guards: Sequence[dict[str, Any]]) -> list[str]:
    if not guards:
        return []
    lines = ["", "Innocent explanations"]
    for guard in guards:
        mark = "excluded" if guard.get("passed") else "possible"
        lines.append(f"  {mark:<9} {visible(guard.get('explanation'), 80)}")
        for side in ("for", "against"):
            facts = guard.get(side)
            text = "; ".join(map(str, facts)) if isinstance(facts, list) else facts
            if text:
                lines.append(f"  {'':<9} {side}: {visible(text, 200)}")
    return lines


def _aside(row: dict[str, Any]) -> str:
    if row["treatment"] in {None, "used"}:
        return ""
    return f" · set aside ({row['treatment']}: {visible(row['why'], 60)})"


def _of(shown: int, total: int) -> str:
    return f"{total:,}" if shown == total else f"{shown:,} of {total:,}"


def _number(value: float | None, digits: int = 2) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def _day(value: Any) -> str:
    return "unknown" if value is None else f"{value:%Y-%m-%d}"
