"""What changed from one sweep to another, and the life of one cluster over all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from coterie.errors import UnknownName, UsageError, did_you_mean
from coterie.graphs.explain import resolve_sweep
from coterie.graphs.explain_text import visible

if TYPE_CHECKING:
    from coterie.queries.store import Store

EVENTS = ("replaced", "resurge", "merge", "split", "birth", "grow", "shrink", "death", "continue")


@dataclass(frozen=True, slots=True)
class Diff:
    """Two sweeps compared: ``print`` it, show it in a notebook, or take it as data.

    Attributes:
        a: the earlier sweep: sweep_id, as_of.
        b: the later sweep: sweep_id, as_of.
        n_between: sweeps that lie between the two.
        events: event -> clusters.
        n_same: clusters in which nothing changed: neither accounts nor tier.
        clusters: one a cluster in which something changed: cluster_id, event, others (clusters it
            met or parted from), size_before and size_now, tier and class before and now, n_joined,
            n_left, n_gained, n_lost, and the first few ``joined``, ``left`` (account_id,
            other_cluster_id), ``gained``, ``lost`` (kind, value, n_in, bits). At most the limit.
        n_changed: how many there are.
        hubs: values that one sweep set aside and the other did not; at most the limit.
        n_hubs: how many there are.
        successors: new accounts on the values of banned ones; at most the limit.
        n_successors: how many there are.
    """

    a: dict[str, Any]
    b: dict[str, Any]
    n_between: int
    events: dict[str, int]
    n_same: int
    clusters: tuple[dict[str, Any], ...]
    n_changed: int
    hubs: tuple[dict[str, Any], ...]
    n_hubs: int
    successors: tuple[dict[str, Any], ...]
    n_successors: int

    def to_dict(self) -> dict[str, Any]:
        """The same as plain data."""
        names = (
            "a", "b", "n_between", "events", "n_same", "n_changed", "n_hubs", "n_successors",
        )  # fmt: skip
        rows = {n: list(getattr(self, n)) for n in ("clusters", "hubs", "successors")}
        return {**{n: getattr(self, n) for n in names}, **rows}

    def __str__(self) -> str:
        """The same in words."""
        from coterie.graphs.diff_text import diff_text

        return diff_text(self)

    def _repr_html_(self) -> str:
        """The same for notebooks; every text is escaped."""
        from coterie.printable import notebook

        return notebook(str(self))


@dataclass(frozen=True, slots=True)
class History:
    """The life of one cluster: ``print`` it, or take it as data.

    Attributes:
        cluster_id: the cluster.
        rows: one a sweep that found it or tells of it, oldest first: sweep_id, as_of, event,
            other_cluster_id, n_joined, n_left, size, tier, class, score (NULL where it is absent or
            the findings of the sweep are gone).
        n_sweeps: sweeps of the chain, with those that say nothing of it.
    """

    cluster_id: str
    rows: tuple[dict[str, Any], ...]
    n_sweeps: int

    def to_dict(self) -> dict[str, Any]:
        """The same as plain data."""
        return {"cluster_id": self.cluster_id, "n_sweeps": self.n_sweeps, "rows": list(self.rows)}

    def __str__(self) -> str:
        """The same in words."""
        from coterie.graphs.diff_text import history_text

        return history_text(self)

    def _repr_html_(self) -> str:
        """The same for notebooks; every text is escaped."""
        from coterie.printable import notebook

        return notebook(str(self))


def diff(
    store: Store, a: str | None = None, b: str | None = None, *, limit: int = 20, each: int = 5
) -> Diff:
    """What changed from sweep ``a`` to sweep ``b``.

    Args:
        store: an open store.
        a: the earlier sweep; None takes the one that ``b`` was compared with.
        b: the later sweep; None takes the newest complete one.
        limit: most clusters, hubs and successors to give.
        each: most accounts and values to give of a cluster and side.

    Raises:
        UnknownName: there is no such sweep; the nearest is named.
        UsageError: ``b`` has no sweep before it, or both are one.
    """
    later = resolve_sweep(store, b)
    sweeps = {row["sweep_id"]: row for row in store.rows("diff/sweeps")}
    earlier = resolve_sweep(store, a) if a is not None else sweeps[later]["previous"]
    if earlier not in sweeps:
        raise UsageError(f"sweep {later} has no sweep before it to compare with; name two sweeps")
    if earlier == later:
        raise UsageError(f"both sweeps are {later}: name two")
    line = chain(sweeps, later)
    between = line[line.index(earlier) + 1 :] if earlier in line else [later]
    names = {"a": earlier, "b": later}
    rows = store.rows("diff/clusters", **names)
    others: dict[str, list[dict[str, Any]]] = {}
    for row in store.rows("diff/events", sweeps=between):
        others.setdefault(row["cluster_id"], []).append(row)
    told = [_told(row, others.get(row["cluster_id"], [])) for row in rows]
    events = {e: sum(row["event"] == e for row in told) for e in EVENTS}
    changed = [row for row in told if row["changed"]]
    # What happened to them first, the largest news of a kind before the small.
    changed.sort(
        key=lambda r: (EVENTS.index(r["event"]), -(r["n_joined"] + r["n_left"]), r["cluster_id"])
    )
    shown = changed[:limit]
    _fill(store, shown, names, each)
    hubs = store.rows("diff/hubs", **names, most=limit)
    heirs = store.rows("diff/successors", **names, most=limit)
    for row in shown:
        del row["changed"]
    return Diff(
        a=_name(sweeps[earlier]),
        b=_name(sweeps[later]),
        n_between=len(between) - 1,
        events={e: n for e, n in events.items() if n},
        n_same=len(told) - len(changed),
        clusters=tuple(shown),
        n_changed=len(changed),
        hubs=tuple({k: v for k, v in row.items() if k != "n"} for row in hubs),
        n_hubs=int(hubs[0]["n"]) if hubs else 0,
        successors=tuple({k: v for k, v in row.items() if k != "n"} for row in heirs),
        n_successors=int(heirs[0]["n"]) if heirs else 0,
    )


def history(store: Store, cluster_id: str, sweep_id: str | None = None) -> History:
    """The life of a cluster, along the sweeps that lead to the newest one or to ``sweep_id``.

    Raises:
        UnknownName: no sweep of the chain knows the cluster; the nearest is named.
    """
    last = resolve_sweep(store, sweep_id)
    line = chain({row["sweep_id"]: row for row in store.rows("diff/sweeps")}, last)
    rows = store.rows("diff/history", cluster_id=cluster_id, sweeps=line)
    if not rows:
        known = [row["cluster_id"] for row in store.rows("ask/cluster_ids", sweep_id=last)]
        raise UnknownName(
            f'No sweep that leads to {last} knows a cluster "{visible(cluster_id)}".'
            f"{did_you_mean(cluster_id, known)}"
        )
    return History(cluster_id, tuple(rows), len(line))


def chain(sweeps: dict[str, dict[str, Any]], last: str) -> list[str]:
    """The sweeps that lead to ``last``, oldest first; each names the one before it."""
    line = [last]
    while (before := sweeps[line[-1]]["previous"]) in sweeps and before not in line:
        line.append(before)
    return line[::-1]


def _name(row: dict[str, Any]) -> dict[str, Any]:
    return {"sweep_id": row["sweep_id"], "as_of": row["as_of"]}


def _told(row: dict[str, Any], news: list[dict[str, Any]]) -> dict[str, Any]:
    """A cluster with what happened to it between the sweeps, in one word and by name."""
    before, now = row["size_before"], row["size_now"]
    said = {n["event"] for n in news}
    if now is None:
        event = next((e for e in ("merge", "split") if e in said and "death" not in said), "death")
    elif before is None:
        event = next((e for e in ("replaced", "resurge", "split") if e in said), "birth")
    else:
        grown = "grow" if now > 1.1 * before else "shrink" if now < 0.9 * before else "continue"
        event = next((e for e in EVENTS[:4] if e in said), grown)
    tier = row["tier_before"] != row["tier_now"]
    return {
        **{k: v for k, v in row.items() if k != "change"},
        "event": event,
        "others": sorted({n["other_cluster_id"] for n in news if n["other_cluster_id"]}),
        "changed": bool(event != "continue" or row["n_joined"] or row["n_left"] or tier),
    }


def _fill(store: Store, shown: list[dict[str, Any]], names: dict[str, str], each: int) -> None:
    """Give the shown clusters their first accounts and values."""
    of = {row["cluster_id"]: row for row in shown}
    for row in shown:
        row |= {"joined": [], "left": [], "gained": [], "lost": [], "n_gained": 0, "n_lost": 0}
    asked = {**names, "clusters": list(of), "most": each}
    for row in store.rows("diff/accounts", **asked):
        of[row["cluster_id"]][row["side"]].append(
            {k: row[k] for k in ("account_id", "other_cluster_id")}
        )
    for row in store.rows("diff/values", **asked):
        cluster = of[row["cluster_id"]]
        cluster[row["side"]].append({k: row[k] for k in ("kind", "value", "n_in", "bits")})
        cluster[f"n_{row['side']}"] = row["n"]
