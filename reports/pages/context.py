"""Benign context: what the accounts are like beside what they share, and what is usual."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from coterie.reports.read import finite
from coterie.reports.text import number

if TYPE_CHECKING:
    from coterie.reports.read import Cluster

_MOST_ATTRIBUTES = 12
_WORTH_TELLING = 0.1


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
        # As the judgement counted it, so that page and sentence tell one number.
        densest, signed = (finite(cluster.features.get(n)) for n in ("burst_n", "n_created"))
        if densest and signed:
            facts.append(("Densest three days", f"{densest:,.0f} of {signed:,.0f} sign-ups"))
        seen = [t for t in members["last_seen"].to_list() if t is not None]
        if seen:
            days = (max(seen) - int(created[created.size // 2])) // 86_400
            if days >= 0:
                facts.append(("Tenure", f"{number(days, 'day')} in the middle, to the last act"))
    aside = sum(t in {"hub", "listed", "ignored"} for t in cluster.values["treatment"].to_list())
    if aside:
        facts.append(("Values of theirs that were set aside", f"{aside:,}"))
    return facts


def attributes(cluster: Cluster) -> list[list[Any]]:
    """What the accounts have in common beside signals, as rows for a table.

    Returns:
        Attribute, text, share of the members that know it, usual share, members that know it; what
        differs most from the usual first, what fewer than a tenth have left out.
    """
    named = [
        a
        for a in cluster.attributes
        if a["name"] and a["text"] is not None and (a["share"] or 0) >= _WORTH_TELLING
    ]
    named.sort(key=lambda a: (-abs((a["share"] or 0) - (a["usual"] or 0)), a["name"], a["text"]))
    return [
        [a["name"], a["text"], _percent(a["share"]), _percent(a["usual"]), a["n_known"]]
        for a in named[:_MOST_ATTRIBUTES]
    ]


def amounts(cluster: Cluster) -> list[list[Any]]:
    """The numeric attributes of the accounts, as rows: name, least, middle, most, accounts."""
    return [
        [a["name"], _short(a["least"]), _short(a["middle"]), _short(a["most"]), a["n"]]
        for a in cluster.amounts[:_MOST_ATTRIBUTES]
        if a["name"]
    ]


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.0%}".replace("%", " %")


def _short(value: float | None) -> str:
    return "–" if value is None else f"{value:,.6g}"


def _day(time: Any) -> str:
    return f"{time:%Y-%m-%d}"
