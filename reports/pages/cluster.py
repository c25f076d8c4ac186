"""The page of one cluster: is it coordinated, why, who is core, who hangs on, when did they act."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from coterie.reports import figures
from coterie.reports.evidence import picture
from coterie.reports.names import TIERS, event, shares
from coterie.reports.page import PLOTLY, pack, render
from coterie.reports.tables import Column, table
from coterie.reports.text import cut, fact, number, words

if TYPE_CHECKING:
    from coterie.reports.evidence import Picture
    from coterie.reports.read import Cluster, Sweep

_MOST_FAMILIES = 40


def cluster_page(
    sweep: Sweep, cluster: Cluster, *, redact: bool = False, alone: bool = False
) -> tuple[str, Picture]:
    """The page of a cluster, and its picture for the overview's stamp.

    Args:
        sweep: the overview.
        cluster: what was read of the cluster.
        redact: whether names are left out.
        alone: carry everything inside one file, without links to other pages.
    """
    row = cluster.row
    name = str(row["cluster_id"])
    made = picture(cluster)
    families = [k["family"] for k in made.head["kinds"]]
    content: dict[str, Any] = {
        "id": name,
        "evidence": made.head,
        "tables": {"values": _values(made, name), "members": _members(made, name)},
        "figures": {},
    }
    combos: list[tuple[str, int]] = []
    if cluster.waterfall:
        content["figures"]["waterfall"] = figures.waterfall(cluster.waterfall, row["score"])
    if made.kinds and made.members.height:
        content["figures"]["combos"], combos = figures.combinations(
            made.kinds, families, made.kinds_of
        )
    page = render(
        "cluster.html.j2",
        pack(content, made.arrays),
        plotly=f"../assets/{PLOTLY}" if content["figures"] else None,
        alone=alone,
        depth="" if alone else "../",
        link_index=not alone,
        title=f"Cluster {name}",
        redact=redact,
        sweep=sweep.row,
        row=row,
        tier_says=TIERS.get(row["tier"], ""),
        sentence=sentence(made),
        verdict=verdict(cluster),
        waterfall=cluster.waterfall,
        guards=cluster.guards,
        combos=combos[:200],
        features=[(k.replace("_", " "), fact(v)) for k, v in cluster.features.items()],
        picture=made.head,
        families=prompt_families(cluster),
        n_families=int((cluster.values["kind"] == "prompt").sum()),
        context=context(cluster),
        history=[{**h, "change": event(h["change"])} for h in cluster.history],
        changes=[{**c, "event": event(c["event"])} for c in cluster.changes]
        if sweep.before is not None
        else [],
        decisions=cluster.decisions,
    )
    return page, made


def sentence(made: Picture) -> str:
    """Who shares what, in plain words, ending in what to check by hand."""
    n = made.head["of"]
    shared = []
    for bit, kind in enumerate(made.kinds):
        count = int(((made.kinds_of >> bit) & 1).sum())
        if count:
            shared.append(f"{count:,} share {shares(kind)}")
    said = f"{number(n, 'account')}."
    if shared:
        said += f" {words(shared)}."
    weak = int((made.arrays["degree"] <= 1).sum())
    if weak and n > 1:
        verb = "is" if weak == 1 else "are"
        said += (
            f" {weak:,} {verb} linked by one value at most: check these by hand before any"
            " enforcement."
        )
    return said


def verdict(cluster: Cluster) -> list[dict[str, str]]:
    """The cards of the verdict strip."""
    row = cluster.row
    before = cluster.history[-2] if len(cluster.history) > 1 else None
    size, score = row["size"], row["score"]
    grown = "first seen in this sweep"
    was = "calibrated, 0 to 1"
    if before is not None:
        step = size - (before["size"] or 0)
        grown = "as in the last sweep"
        if step:
            sign = "+" if step > 0 else "−"
            grown = f"{sign}{abs(step):,} since {before['as_of']:%Y-%m-%d}"
        if before["score"] is not None:
            was = f"was {before['score']:.2f}"
    q = row["q_value"]
    fringe = row["n_fringe"] or 0
    return [
        {"value": _two(score), "what": "score", "more": was},
        {"value": f"{size:,}", "what": "accounts", "more": grown},
        {
            "value": f"{row['n_core'] or 0:,}",
            "what": "core accounts",
            "more": f"{fringe:,} fringe: check by hand" if fringe else "no fringe",
        },
        {
            "value": _two(row["stability"]),
            "what": "stability",
            "more": "share of runs in which they stay together",
        },
        {
            "value": "–" if q is None else ("< 0.001" if q < 0.001 else f"{q:.3f}"),
            "what": "q-value",
            "more": "chance of a group like this among strangers",
        },
        {
            "value": _days(row["first_seen"], row["last_seen"]),
            "what": "of shared activity",
            "more": f"{_day(row['first_seen'])} – {_day(row['last_seen'])}",
        },
    ]


def _two(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _day(time: Any) -> str:
    return "–" if time is None else f"{time:%Y-%m-%d}"


def _days(first: Any, last: Any) -> str:
    if first is None or last is None:
        return "–"
    return number((last - first).days + 1, "day")


def _values(made: Picture, name: str) -> dict[str, Any]:
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


def _members(made: Picture, name: str) -> dict[str, Any]:
    m = made.members
    return table(
        "Accounts",
        [
            Column("Account", m["account_id"].to_list()),
            Column("Role", m["role"].to_list(), choose=True, badge=True),
            Column("Score", m["score"].to_list(), "number", 2),
            Column("Bits", m["bits"].to_list(), "number", 1),
            Column("Evidence", m["families"].list.join(", ").to_list(), choose=True, narrow=True),
            Column("Why", m["why"].to_list(), wide=True),
            Column("Links", m["n_links"].to_list(), "number"),
            Column("Stability", m["stability"].to_list(), "number", 2),
            Column("Shared values", made.arrays["degree"].tolist(), "number"),
            Column("Status", m["status"].to_list(), choose=True),
            Column("Signed up", m["created"].to_list(), "time"),
            Column("First seen", m["first_seen"].to_list(), "time"),
            Column("Last seen", m["last_seen"].to_list(), "time"),
        ],
        csv=f"{_stem(name)}-accounts.csv",
        sort=(3, -1),
    )


def _stem(name: str) -> str:
    kept = "".join(c if c.isascii() and (c.isalnum() or c == "-") else "-" for c in name)
    return kept[:40] or "cluster"


def prompt_families(cluster: Cluster) -> list[dict[str, Any]]:
    """The prompt templates that members share, those with most members first."""
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
        }
        for p in prompts[:_MOST_FAMILIES]
    ]


def context(cluster: Cluster) -> list[tuple[str, str]]:
    """Facts on the accounts that speak for or against an innocent explanation."""
    members = cluster.members
    facts: list[tuple[str, str]] = []
    status = Counter(s for s in members["status"].to_list() if s is not None)
    if status:
        ranked = sorted(status.items(), key=lambda item: (-item[1], item[0]))
        facts.append(("Status", ", ".join(f"{n:,} {s}" for s, n in ranked)))
    created = np.sort(np.array([t for t in members["created"].to_list() if t is not None]))
    if created.size:
        first, middle, last = (
            dt.datetime.fromtimestamp(int(created[at]), dt.UTC) for at in (0, created.size // 2, -1)
        )
        facts.append(("Signed up", f"{_day(first)} – {_day(last)}, half by {_day(middle)}"))
        ends = np.searchsorted(created, created + 3 * 86_400, side="right")
        densest = int((ends - np.arange(created.size)).max())
        facts.append(("Densest three days", f"{densest:,} of {created.size:,} sign-ups"))
    aside = sum(t in {"hub", "listed", "ignored"} for t in cluster.values["treatment"].to_list())
    if aside:
        facts.append(("Values of theirs that were set aside", f"{aside:,}"))
    return facts
