"""What people decided, carried into a sweep: their splits and merges, and the tiers they gave.

Confirmations, carve-outs and the like need no sweep: the views over the log tell them, for every
sweep. A split or merge changes which accounts are one group, so it is applied to the draft clusters
of each sweep before they are tracked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from coterie.queries.run import run

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from coterie.queries.store import Store


def regroupings(store: Store) -> list[str]:
    """The splits and merges in force, by their ids; part of a sweep's identity."""
    return [str(row["decision_id"]) for row in store.rows("decide/regroupings")]


def regroup(store: Store, work: Store, sweep_id: str, decisions: Sequence[str]) -> int:
    """Apply splits and merges to the finding tables of ``work``.

    Args:
        store: the writer's store, for the lists of accounts.
        work: the sweep's own database, with every ``finding_`` table but ``finding_change``.
        sweep_id: this sweep, for the names of new groups.
        decisions: of :func:`regroupings`.

    Returns:
        Accounts whose cluster changed.
    """
    if not decisions:
        return 0
    work.con.register("decide_list", store.frame("decide/lists", decisions=list(decisions)))
    run(work, "decide/cut")
    run(work, "decide/parted")
    work.con.register("decide_join", _joins(work.rows("decide/met")))
    run(work, "decide/name", sweep_id=sweep_id)
    n = int(work.con.table("decide_name").count("*").fetchall()[0][0])
    if n:
        for step in ("member", "link", "degree", "evidence", "cluster"):
            run(work, f"decide/{step}")
    for name in ("decide_list", "decide_join"):
        work.con.unregister(name)
    return n


def tiers(store: Store, work: Store) -> dict[str, int]:
    """Tier -> clusters of the sweep, with what people decided."""
    work.con.register("decide_carried", store.frame("decide/carried"))
    found = {str(row["tier"]): int(row["n"]) for row in work.rows("decide/tiers")}
    work.con.unregister("decide_carried")
    return found


def _joins(met: Iterable[dict[str, Any]]) -> Any:
    """Groups that merges join, each under one of its names: (place, joined)."""
    import polars as pl

    parent: dict[str, str] = {}

    def root(name: str) -> str:
        while parent.setdefault(name, name) != name:
            name = parent[name]
        return name

    places: list[str] = []
    for row in met:
        places.append(row["place"])
        # A merge and the places that it covers are one set; "=" begins no place.
        one, two = sorted((root(row["place"]), root("=" + row["decision_id"])), reverse=True)
        parent[two] = one
    rows = sorted({(place, root(place)) for place in places})
    return pl.DataFrame(rows, schema={"place": pl.String, "joined": pl.String}, orient="row")
