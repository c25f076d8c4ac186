"""What holds a cluster together: its accounts without the strongest value, without each family.

A look at the ties as they stand, not a new sweep: accounts stay together while a chain of the shared
values that are left joins them, and the score loses what the family gave it. Where the caller has
judged the cluster again without that evidence, members, score and tier are those of that judgement.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from coterie.reports.names import part_family

if TYPE_CHECKING:
    import polars as pl

    from coterie.reports.read import Cluster

    Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Without:
    """A cluster without some of its evidence.

    Attributes:
        what: ``"value"`` or ``"family"``.
        name: the value as shown, or the family.
        kind: kind of the value; empty for a family.
        largest: accounts in the largest group that still hangs together.
        groups: groups of two or more accounts that are left.
        alone: accounts that share nothing any more.
        score: what is left of the score (0..1), or None where the parts do not tell.
        kept: members that a new judgement would leave, or None without one.
        tier: tier by that judgement, empty when nothing would be left; None without one.
    """

    what: str
    name: str
    kind: str
    largest: int
    groups: int
    alone: int
    score: float | None
    kept: int | None = None
    tier: str | None = None


def without(cluster: Cluster) -> list[Without]:
    """The cluster without its top value, and without each family of its evidence.

    Args:
        cluster: with its links, values, the parts of its score, and what a new judgement said.

    Returns:
        Nothing for a cluster that shares nothing; values that were set aside do not count. The value
        first, then the families as they give bits, most first. The top value is the one that the new
        judgement left out, without one the value that most members have.
    """
    values = cluster.values
    used = np.array([t in {"used", None} for t in values["treatment"].to_list()], dtype=bool)
    row, column = (cluster.links[end][used[cluster.links["column"]]] for end in ("row", "column"))
    if not row.size:
        return []
    n = cluster.members.height
    judged = {w["without"] if w["kind"] is None else "": w for w in cluster.what_if}
    top = _named(values, judged.get(""))
    if top is None:
        judged.pop("", None)
        top = _commonest(values, column)
    said = values.row(top, named=True)
    rows = [
        Without("value", said["display"], said["kind"], *_left(n, row, column, column != top), None)
    ]
    family = np.array([str(f) for f in values["family"].to_list()], dtype=object)
    parts = _bits(cluster.waterfall)
    there = set(family[np.unique(column)].tolist())
    for name in sorted(there, key=lambda f: (-parts.get(f, 0.0), f)):
        kept = (family != name)[column]
        rows.append(Without("family", name, "", *_left(n, row, column, kept), _score(parts, name)))
    return [_judged(r, judged.get(r.name if r.what == "family" else "")) for r in rows]


def _named(values: pl.DataFrame, judged: dict[str, Any] | None) -> int | None:
    """The column of the value that a new judgement left out."""
    if judged is None:
        return None
    at = ((values["kind"] == judged["kind"]) & (values["value"] == judged["value"])).arg_true()
    return int(at[0]) if at.len() else None


def _commonest(values: pl.DataFrame, column: Array) -> int:
    """The column that most members have; of equals the rarest value in the world."""
    inside = np.bincount(column, minlength=values.height)
    bits = values["bits"].fill_null(0.0).to_numpy()
    return int(np.lexsort((np.arange(inside.size), -bits, -inside))[0])


def _judged(row: Without, said: dict[str, Any] | None) -> Without:
    if said is None:
        return row
    return replace(row, kept=said["n_kept"], tier=said["tier"] or "", score=said["score"])


def _left(n: int, row: Array, column: Array, kept: Array) -> tuple[int, int, int]:
    """Largest group, groups and lonely accounts over the links that are kept."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    row, column = row[kept], column[kept]
    m = int(column.max()) + 1 if column.size else 0
    joined = coo_array((np.ones(row.size, dtype=np.int8), (row, n + column)), shape=(n + m, n + m))
    _, label = connected_components(joined, directed=False)
    size = np.bincount(label[:n])
    size = size[size > 0]
    return int(size.max()), int((size > 1).sum()), int((size == 1).sum())


def _bits(waterfall: list[dict[str, Any]]) -> dict[str, float]:
    """Bits by family; the whole under ``""``."""
    found: dict[str, float] = {"": 0.0} if waterfall else {}
    for part in waterfall:
        name = part_family(part["name"])
        found[name] = found.get(name, 0.0) + part["bits"]
        found[""] += part["bits"]
    return found


def _score(parts: dict[str, float], family: str) -> float | None:
    if not parts:
        return None
    left = parts[""] - parts.get(family, 0.0)
    return float(1 / (1 + 2.0 ** -max(min(left, 60.0), -60.0)))
