"""One cluster or one account in words: what is known, how firmly, and by what."""

from __future__ import annotations

import json
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from coterie.errors import UnknownName, did_you_mean
from coterie.graphs.explain import resolve_account, resolve_sweep
from coterie.graphs.explain_text import visible

if TYPE_CHECKING:
    from coterie.queries.store import Store


@dataclass(frozen=True, slots=True)
class Shown:
    """A cluster or an account: ``print`` it, show it in a notebook, or take it as data.

    Attributes:
        what: ``cluster`` or ``account``.
        facts: the row of the finding, with JSON columns decoded.
        values: shared values, the most telling first.
        n_values: how many there are.
        roles: of a cluster: role, n and the first accounts; of an account: empty.
        decisions: what people decided about it, in any sweep, the newest first.
        labels: of an account: one {label, source} a label; of a cluster: empty.
        successors: new accounts on the values of banned ones that concern it, the most telling first.
        n_successors: how many there are.
    """

    what: str
    facts: dict[str, Any]
    values: tuple[dict[str, Any], ...]
    n_values: int
    roles: tuple[dict[str, Any], ...] = ()
    decisions: tuple[dict[str, Any], ...] = ()
    labels: tuple[dict[str, Any], ...] = ()
    successors: tuple[dict[str, Any], ...] = ()
    n_successors: int = 0

    def to_dict(self) -> dict[str, Any]:
        """The same as plain data."""
        return {
            "what": self.what,
            **self.facts,
            "values": list(self.values),
            "n_values": self.n_values,
            "roles": list(self.roles),
            "decisions": list(self.decisions),
            "labels": list(self.labels),
            "successors": list(self.successors),
            "n_successors": self.n_successors,
        }

    def __str__(self) -> str:
        """The same in words."""
        from coterie.graphs.explain_show_text import text

        return text(self)

    def _repr_html_(self) -> str:
        """The same for notebooks; every text is escaped."""
        from coterie.graphs.explain_show_text import html

        return html(self)


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
        if name.startswith("c-"):
            hint = hint if "mean" in hint else _nearest(name, known)
        elif "mean" not in hint:
            raise
        raise UnknownName(
            f'There is no cluster or account "{visible(name)}" in sweep {sweep}.{hint}'
        ) from error


def _nearest(name: str, known: list[str]) -> str:
    """Of a name that looks like a cluster's: the likest, however little like it, and how many."""
    if not known:
        return " The sweep found no cluster."
    near = get_close_matches(name, known, n=1, cutoff=0.0)[0]
    return f" The nearest of {len(known):,} clusters is {near}; `coterie clusters` lists them."


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
    decisions = store.rows("ask/cluster_decided", cluster_id=cluster_id)
    heirs, n_heirs = _successors(store, sweep_id, cluster_id, limit)
    return Shown(
        "cluster",
        facts,
        tuple(values[:limit]),
        len(values),
        tuple(roles),
        tuple(decisions),
        successors=heirs,
        n_successors=n_heirs,
    )


def show_account(store: Store, sweep_id: str, account_id: str, *, limit: int = 12) -> Shown:
    """An account of a sweep.

    Raises:
        UnknownName: there is no such account; the nearest is named.
    """
    facts = {"sweep_id": sweep_id, **resolve_account(store, sweep_id, account_id)}
    values = store.rows(
        "ask/account_values",
        sweep_id=sweep_id,
        account_key=facts.pop("account_key"),
        cluster_id=facts["cluster_id"],
    )
    heirs, n_heirs = _successors(store, sweep_id, account_id, limit)
    return Shown(
        "account",
        facts,
        tuple(values[:limit]),
        len(values),
        decisions=tuple(store.rows("ask/account_decided", account_id=account_id)),
        labels=tuple(store.rows("ask/account_labels", account_id=account_id)),
        successors=heirs,
        n_successors=n_heirs,
    )


def _successors(
    store: Store, sweep_id: str, name: str, limit: int
) -> tuple[tuple[dict[str, Any], ...], int]:
    rows = store.rows("diff/successors_of", sweep_id=sweep_id, name=name, most=limit)
    n = int(rows[0]["n"]) if rows else 0
    for row in rows:
        del row["n"]
        row["shared"] = json.loads(row["shared"] or "[]")
    return tuple(rows), n
