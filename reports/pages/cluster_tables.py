"""The tables of a cluster's page: what is shared, and who shares it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from coterie.reports.read import MOST_FAMILIES
from coterie.reports.tables import Column, table
from coterie.reports.text import cut

if TYPE_CHECKING:
    import polars as pl

    from coterie.reports.evidence import Picture
    from coterie.reports.read import Cluster

_MOST_WORDS = 12


def values_table(made: Picture, name: str) -> dict[str, Any]:
    """The shared values, in the order of the picture's columns."""
    v = made.values
    inside, everywhere = v["n_in"].to_numpy(), v["n_all"].to_numpy()
    n = max(made.head["of"], 1)
    return table(
        "Shared values",
        [
            Column("Kind", v["kind"].to_list(), choose=True),
            Column("Value", [cut(t) for t in v["display"].to_list()], wide=True),
            Column("In the cluster", inside.tolist(), "number"),
            Column("Everywhere", everywhere.tolist(), "number"),
            Column("% of cluster", (100 * inside / n).tolist(), "number", 1),
            Column("% inside", (100 * inside / np.maximum(everywhere, 1)).tolist(), "number", 1),
            Column("Bits", v["bits"].to_list(), "number", 1),
            Column("Class", v["class"].to_list(), choose=True),
            Column("Treatment", v["treatment"].to_list(), choose=True),
            Column("First seen", v["first_seen"].to_list(), "time"),
            Column("Last seen", v["last_seen"].to_list(), "time"),
            Column("Why", v["why"].to_list(), wide=True),
        ],
        csv=f"{_stem(name)}-values.csv",
        key=1,
        sort=(2, -1),
    )


def members_table(made: Picture, name: str) -> dict[str, Any]:
    """The accounts, in the order of the picture's rows."""
    m = made.members
    return table(
        "Accounts",
        [
            Column("Account", m["account_id"].to_list()),
            Column("Role", m["role"].to_list(), choose=True, badge=True),
            Column("Score", m["score"].to_list(), "number", 2),
            Column("Bits", m["bits"].to_list(), "number", 1),
            Column("Families", m["families"].list.join(", ").to_list(), choose=True, narrow=True),
            Column("Role because", role_reasons(made).to_list(), choose=True, narrow=True),
            Column("Evidence of this account", m["why"].to_list(), wide=True),
            Column("Links", m["n_links"].to_list(), "number"),
            Column("Stability", m["stability"].to_list(), "number", 2),
            Column("Shared values", made.arrays["degree"].tolist(), "number"),
            Column("Status", m["status"].to_list(), choose=True),
            Column("Decided", m["decision"].to_list(), choose=True),
            Column("Signed up", m["created"].to_list(), "time"),
            Column("First seen", m["first_seen"].to_list(), "time"),
            Column("Last seen", m["last_seen"].to_list(), "time"),
        ],
        csv=f"{_stem(name)}-accounts.csv",
        sort=(3, -1),
    )


def role_reasons(made: Picture) -> pl.Series:
    """Why each account has its role, in the order of the picture's rows."""
    import polars as pl

    kinds = np.array([int(bits).bit_count() for bits in np.unique(made.kinds_of).tolist()])
    which = np.unique(made.kinds_of, return_inverse=True)[1]
    frame = made.members.select("role", "families").with_columns(
        pl.Series("n_values", made.arrays["degree"].astype(np.int64)),
        pl.Series("n_kinds", kinds[which] if kinds.size else which, dtype=pl.Int64),
    )
    said = pl.col("families").list.join(", ")
    network = (pl.col("families").list.len() > 0) & (
        pl.col("families").list.eval(pl.element() == "network").list.all()
    )
    fringe = (
        pl.when(pl.col("n_values") == 0)
        .then(pl.lit("shares no value"))
        .when(pl.col("n_values") == 1)
        .then(pl.lit("one shared value only"))
        .when(network)
        .then(pl.lit("addresses only"))
        .when(pl.col("n_kinds") <= 1)
        .then(pl.lit("one kind of evidence only"))
        .otherwise(pl.lit("little of its own in any kind of evidence"))
    )
    return frame.select(
        pl.when(pl.col("role") == "core")
        .then("strong and independent ties: " + said)
        .when(pl.col("role") == "fringe")
        .then(fringe)
        .otherwise("ties fewer or weaker than the core's: " + said)
        .fill_null("")
    ).to_series()


def _stem(name: str) -> str:
    kept = "".join(c if c.isascii() and (c.isalnum() or c == "-") else "-" for c in name)
    return kept[:40] or "cluster"


def prompt_families(cluster: Cluster) -> list[dict[str, Any]]:
    """The prompt templates that members share, those with most members first, near ones together.

    Each has template, n_in, n_out, examples; near: other templates like it; n_weeks and weeks: how
    it changed among the members, where it was used in more than one week.
    """
    if "prompt" not in cluster.values["kind"]:
        return []
    prompts = [p for p in cluster.values.to_dicts() if p["kind"] == "prompt"]
    prompts.sort(key=lambda p: (-(p["n_in"] or 0), p["value"]))
    return [
        {
            "template": p["display"],
            "n_in": p["n_in"],
            "n_out": max((p["n_all"] or 0) - (p["n_in"] or 0), 0),
            "examples": cluster.examples.get(p["value"], []),
            "near": cluster.near.get(p["value"], []),
            **_weeks(cluster.drift.get(p["value"], [])),
        }
        for p in _near_together(prompts[:MOST_FAMILIES], cluster)
    ]


def _near_together(prompts: list[dict[str, Any]], cluster: Cluster) -> list[dict[str, Any]]:
    """The families with those like one right behind it."""
    left = {p["value"]: p for p in prompts}
    ordered = []
    for first in prompts:
        if first["value"] in left:
            near = [n["other"] for n in cluster.near.get(first["value"], [])]
            ordered += [left.pop(name) for name in (first["value"], *near) if name in left]
    return ordered


def _weeks(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "n_weeks": rows[0]["n_weeks"] if rows else 1,
        "weeks": [{**row, "changed": _changed(row)} for row in rows],
    }


def _changed(row: dict[str, Any]) -> str:
    """What came into the template of a week and what went, in words."""
    if row["template"] is None:
        return "one prompt or no text: no template"
    if row["came"] is None:
        return "–"
    parts = []
    for said, words in (("new", row["came"]), ("gone", row["went"] or [])):
        if words:
            more = f" and {len(words) - _MOST_WORDS:,} more" if len(words) > _MOST_WORDS else ""
            parts.append(f"{said}: {' '.join(words[:_MOST_WORDS])}{more}")
    return "; ".join(parts) or "as the week before"
