"""The page of one cluster: is it coordinated, why, who is core, who hangs on, when did they act."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from coterie.reports import figures
from coterie.reports.evidence import picture
from coterie.reports.figures_time import over_sweeps
from coterie.reports.names import TIERS, event, file_name, shares
from coterie.reports.page import PLOTLY, pack, render
from coterie.reports.pages.cluster_tables import members_table, prompt_families, values_table
from coterie.reports.pages.context import amounts, attributes, context
from coterie.reports.redact import by_day
from coterie.reports.text import fact, number, share, words
from coterie.reports.what_if import without

if TYPE_CHECKING:
    from coterie.reports.evidence import Picture
    from coterie.reports.read import Cluster, Sweep


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
        "tables": {"values": values_table(made, name), "members": members_table(made, name)},
        "figures": {},
    }
    combos: list[tuple[str, int]] = []
    if cluster.waterfall:
        content["figures"]["waterfall"] = figures.waterfall(cluster.waterfall, row["score"])
    if made.kinds and made.members.height:
        content["figures"]["combos"], combos = figures.combinations(
            made.kinds, families, made.kinds_of
        )
    if len(cluster.history) > 1:
        content["figures"]["history"] = over_sweeps(cluster.history)
    page = render(
        "cluster.html.j2",
        pack(content, made.arrays),
        plotly=f"../assets/{PLOTLY}" if content["figures"] else None,
        alone=alone,
        depth="" if alone else "../",
        link_index=not alone,
        title=f"Cluster {name}",
        redact=redact,
        sweep=by_day(sweep.row) if redact else sweep.row,
        row=row,
        tier_says=f"{row['tier']}: {TIERS[row['tier']]}.".capitalize()
        if row["tier"] in TIERS
        else "",
        sentence=sentence(made),
        verdict=verdict(cluster),
        waterfall=[
            {**p, "family": family}
            for family, inside in figures.by_family(cluster.waterfall)
            for p in inside
        ],
        what_if=without(cluster),
        related=[
            {**r, "href": file_name(r["other_cluster_id"]) if r["has_page"] and not alone else None}
            for r in cluster.related
            if r["other_cluster_id"]
        ],
        attributes=attributes(cluster),
        amounts=amounts(cluster),
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
        successors=cluster.successors,
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
            was = f"was {share(before['score'])}"
    q = row["q_value"]
    fringe = row["n_fringe"] or 0
    return [
        {"value": share(score), "what": "score", "more": was},
        {"value": f"{size:,}", "what": "accounts", "more": grown},
        {
            "value": f"{row['n_core'] or 0:,}",
            "what": "core accounts",
            "more": f"{fringe:,} fringe: check by hand" if fringe else "no fringe",
        },
        {
            "value": share(row["stability"]),
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
            "more": "the shared values are not dated"
            if row["first_seen"] is None
            else f"{_day(row['first_seen'])} – {_day(row['last_seen'])}",
        },
    ]


def _day(time: Any) -> str:
    return "–" if time is None else f"{time:%Y-%m-%d}"


def _days(first: Any, last: Any) -> str:
    if first is None or last is None:
        return "–"
    return number((last - first).days + 1, "day")
