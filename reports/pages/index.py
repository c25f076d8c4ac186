"""The overview: what is new, what grew, what is wrong, which cluster to open first."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from coterie.reports import figures
from coterie.reports.feeds import feeds
from coterie.reports.figures_time import alluvial
from coterie.reports.names import EVENTS, event
from coterie.reports.page import PLOTLY, pack, render
from coterie.reports.read import finite
from coterie.reports.redact import by_day
from coterie.reports.search import SEARCH
from coterie.reports.tables import Column, table
from coterie.reports.text import fact, number, plain, words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    import numpy as np

    from coterie.reports.feeds import Feed
    from coterie.reports.read import Sweep

TOP = 24
CHECKS: Mapping[str, str] = MappingProxyType({
    "feed": "a feed is silent or gone",
    "volume": "a feed swelled or dried up",
    "source": "a source is overdue",
    "known": "a kind's known values are gone: another hash scheme or key",
    "few": "a kind fell to few values",
    "common": "one value of a kind is everybody's",
    "clock": "a clock is wrong",
    "ahead": "a clock is ahead",
    "early": "accounts were used before they were made",
    "rejected": "most rows of a load were rejected",
})  # fmt: skip
"""The checks of the data, in words that name nobody."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """A small picture of a cluster's evidence.

    Attributes:
        row: the cluster.
        href: its page.
        head: geometry for the script.
        cells: densities, uint8.
    """

    row: dict[str, Any]
    href: str
    head: dict[str, Any]
    cells: np.ndarray[Any, Any]


def overview(
    sweep: Sweep, hrefs: Sequence[str | None], stamps: Sequence[Stamp], *, redact: bool
) -> str:
    """The overview page.

    Args:
        sweep: what was read.
        hrefs: for each cluster the address of its page, or None.
        stamps: pictures of the best clusters.
        redact: whether names are left out.
    """
    if redact:
        sweep = replace(sweep, row=by_day(sweep.row))
    clusters = sweep.clusters
    some = clusters.height > 0
    content: dict[str, Any] = {
        "tables": {"clusters": _clusters(sweep, hrefs)} if some else {},
        "figures": {"scatter": figures.scatter(clusters)} if some else {},
        "stamps": [s.head for s in stamps],
    }
    if sweep.changes and sweep.before is not None:
        page_of = dict(zip(clusters["cluster_id"].to_list(), hrefs, strict=True))
        content["tables"]["changes"] = _changes(sweep, page_of)
    if sweep.flips:
        content["tables"]["flips"] = _flips(sweep)
    if sweep.successors:
        content["tables"]["successors"] = _successors(sweep)
    if sweep.aside:
        content["tables"]["aside"] = _aside(sweep)
    flows = None if redact else _alluvial(sweep)
    if flows is not None:
        content["figures"]["flows"] = flows[0]
    streams = [] if redact else feeds(sweep.feeds, _days(sweep))
    arrays = {f"stamp{i}": s.cells for i, s in enumerate(stamps)}
    return render(
        "index.html.j2",
        pack(content, arrays),
        plotly=f"assets/{PLOTLY}" if content["figures"] else None,
        search=f"assets/{SEARCH}" if some and not redact else "",
        depth="",
        title="Account clusters",
        redact=redact,
        sweep=sweep.row,
        lead=_lead(sweep),
        cards=cards(sweep),
        n_pages=sum(h is not None for h in hrefs),
        n_clusters=clusters.height,
        stamps=stamps,
        counts=_counts(sweep),
        n_flips=(len(sweep.flips), sweep.flips[0]["n"] if sweep.flips else 0),
        n_heirs=(len(sweep.successors), sweep.successors[0]["n"] if sweep.successors else 0),
        flows=flows and flows[1:],
        feeds=streams,
        feeds_say=_streams(streams),
        aside=sweep.totals,
        n_aside_shown=len(sweep.aside),
        quarantine=sweep.quarantine,
        sources=sweep.sources,
        manifest=manifest(sweep),
        settings=settings(sweep),
        warnings=[str(w) for w in sweep.detail.get("warnings") or []],
        degraded=degraded(sweep, redact=redact),
        measured=[] if redact else _measured(sweep),
        measured_say="The data of the last week against the weeks before, and what each source is "
        "expected to bring; every measurement is in the view quality.",
        stages=[s for s in sweep.detail.get("stages") or [] if isinstance(s, dict)],
    )


def cards(sweep: Sweep) -> list[dict[str, str]]:
    """The cards at the top: a figure, what it counts, how it changed since the sweep before."""
    now, before = sweep.totals, sweep.before

    def change(name: str) -> str:
        if before is None:
            return "first sweep"
        step = now[name] - before[name]
        return (
            f"{step:+,} since the last sweep".replace("-", "−") if step else "as in the last sweep"
        )

    rejected = sum(s["n_quarantined"] or 0 for s in sweep.sources)
    read = sum(s["n_rows"] or 0 for s in sweep.sources)
    return [
        {
            "value": f"{now['n_coordinated']:,}",
            "what": "coordinated clusters",
            "more": change("n_coordinated"),
        },
        {
            "value": f"{now['n_coordinated_accounts']:,}",
            "what": "accounts in them",
            "more": change("n_coordinated_accounts"),
        },
        {
            "value": f"{now['n_clusters']:,}",
            "what": "clusters in all",
            "more": f"{now['n_linked']:,} linked · {change('n_clusters')}",
        },
        {
            "value": f"{now['largest']:,}",
            "what": "accounts in the largest",
            "more": change("largest"),
        },
        {
            "value": f"{now['n_aside']:,}",
            "what": "shared values set aside",
            "more": f"{now['n_pairs_skipped']:,} pairs not expanded",
        },
        {
            "value": f"{rejected:,}",
            "what": "rows in quarantine",
            "more": f"of {read:,} read",
        },
    ]


def odd(sweep: Sweep) -> list[dict[str, Any]]:
    """What was not as usual in the data: check, subject, measured, low, high, severity, detail."""
    found = sweep.detail.get("quality")
    return [q for q in found if isinstance(q, dict)] if isinstance(found, list) else []


def degraded(sweep: Sweep, *, redact: bool) -> list[str]:
    """Why the sweep cannot be trusted; redacted without the names of feeds and sources."""
    if sweep.row["status"] != "degraded":
        return []
    bad = [q for q in odd(sweep) if q.get("severity") == "degraded"]
    if redact:
        return sorted({CHECKS.get(str(q.get("check")), "the data is not as usual") for q in bad})
    return [str(q.get("detail", "")) for q in bad] or ["The sweep's row gives no reason."]


def _measured(sweep: Sweep) -> list[list[str]]:
    return [
        [
            str(q.get("check")),
            str(q.get("subject")),
            f"{finite(q.get('measured')):,.4g}",
            _range(q.get("low"), q.get("high")),
            str(q.get("severity")),
            str(q.get("detail")),
        ]
        for q in odd(sweep)
    ]


def _range(low: object, high: object) -> str:
    """The expected figures: ``2 – 4``, ``≥ 2``, ``≤ 4``."""
    if low is None:
        return "–" if high is None else f"≤ {finite(high):,.4g}"
    return f"≥ {finite(low):,.4g}" if high is None else f"{finite(low):,.4g} – {finite(high):,.4g}"


def _lead(sweep: Sweep) -> str:
    row, now = sweep.row, sweep.totals
    days = _days(sweep)
    found = "none was large and tight enough to show"
    if now["n_clusters"]:
        leads = now["n_clusters"] - now["n_coordinated"] - now["n_linked"]
        rest = (
            f"; the other {leads:,} {'is a lead' if leads == 1 else 'are leads'}" if leads else ""
        )
        found = f"{now['n_coordinated']:,} coordinated, {now['n_linked']:,} linked{rest}"
    return (
        f"{number(days, 'day')} up to {_moment(row['window_end'])} UTC. "
        f"{number(now['n_clusters'], 'cluster')} with {number(now['n_accounts'], 'account')}: {found}."
    )


def _moment(time: datetime) -> str:
    # Midnight is a time that was cut to the day, or stands for it as well.
    return f"{time:%Y-%m-%d}" if time.time() == time.min.time() else f"{time:%Y-%m-%d %H:%M}"


def _alluvial(sweep: Sweep) -> tuple[dict[str, Any], int, int] | None:
    if len(sweep.recent) < 2:
        return None
    return alluvial(sweep.stations, sweep.flows, [f"{r['as_of']:%Y-%m-%d}" for r in sweep.recent])


def _days(sweep: Sweep) -> int:
    return int((sweep.row["window_end"] - sweep.row["window_start"]).days)


def _streams(found: Sequence[Feed]) -> str:
    odd = sum(bool(f.odd) for f in found)
    said = "The last 24 hours of the window against the median of the days before"
    if not odd:
        return f"{said}: all as usual."
    return f"{said}: {odd:,} of {number(len(found), 'feed')} {'is' if odd == 1 else 'are'} not as usual."


def _counts(sweep: Sweep) -> str:
    """The changes in one sentence."""
    if sweep.before is None:
        return "There is no earlier sweep to compare with."
    n: dict[str, int] = {}
    for change in sweep.changes:
        n[change["event"]] = n.get(change["event"], 0) + 1
    said = [f"{n[name]:,} {word}" for name, word in EVENTS.items() if name in n]
    return f"Since {sweep.before_at:%Y-%m-%d}: {words(said)}." if said else "Nothing changed."


def _clusters(sweep: Sweep, hrefs: Sequence[str | None]) -> dict[str, Any]:
    c = sweep.clusters
    decided = {
        d["cluster_id"]: d["decision"]
        for d in sweep.decisions
        if d["status"] in {"in force", "pending"}
    }
    seconds = {n: c[n].dt.epoch("s").to_list() for n in ("first_seen", "last_seen")}
    return table(
        "Clusters",
        [
            Column("Cluster", c["cluster_id"].to_list()),
            Column("Tier", c["tier"].to_list(), choose=True, badge=True),
            Column("Score", c["score"].to_list(), "number", 2),
            Column("Accounts", c["size"].to_list(), "number"),
            Column("Change", [event(e) for e in c["change"].to_list()], choose=True),
            Column("Class", c["class"].to_list(), choose=True),
            Column("Decided", [decided.get(i) for i in c["cluster_id"].to_list()], choose=True),
            Column("Evidence", c["families"].list.join(", ").to_list(), narrow=True),
            Column("In words", c["summary"].to_list(), wide=True),
            Column("Core", c["n_core"].to_list(), "number"),
            Column("Stability", c["stability"].to_list(), "number", 2),
            Column("q", c["q_value"].to_list(), "number", 3),
            Column("First seen", seconds["first_seen"], "time"),
            Column("Last seen", seconds["last_seen"], "time"),
        ],
        csv="clusters.csv",
        sort=(2, -1),
        href=hrefs,
    )


def _changes(sweep: Sweep, page_of: Mapping[str, str | None]) -> dict[str, Any]:
    rows = sweep.changes
    return table(
        "Changes since the last sweep",
        [
            Column("Cluster", [r["cluster_id"] for r in rows]),
            Column("Event", [event(r["event"]) for r in rows], choose=True),
            Column("Other cluster", [r["other_cluster_id"] for r in rows]),
            Column("Joined", [r["n_joined"] for r in rows], "number"),
            Column("Left", [r["n_left"] for r in rows], "number"),
            Column("Accounts now", [r["size"] for r in rows], "number"),
            Column("Tier", [r["tier"] for r in rows], choose=True, badge=True),
            Column("Tier before", [r["tier_before"] for r in rows], choose=True, badge=True),
        ],
        csv="changes.csv",
        sort=(3, -1),
        href=[page_of.get(r["cluster_id"]) for r in rows],
    )


def _flips(sweep: Sweep) -> dict[str, Any]:
    rows = sweep.flips
    return table(
        "Values treated otherwise than in the last sweep",
        [
            Column("Kind", [r["kind"] for r in rows], choose=True),
            Column("Value", [r["display"] or r["value"] for r in rows], wide=True),
            Column("Was", [r["treatment_before"] for r in rows], choose=True),
            Column("Is", [r["treatment_now"] for r in rows], choose=True),
            Column("Accounts before", [r["n_before"] for r in rows], "number"),
            Column("Accounts now", [r["n_now"] for r in rows], "number"),
            Column("Why", [r["why"] for r in rows], wide=True),
        ],
        csv="treated-otherwise.csv",
        key=1,
        sort=(5, -1),
    )


def _successors(sweep: Sweep) -> dict[str, Any]:
    rows = sweep.successors
    return table(
        "Likely successors of banned accounts",
        [
            Column("Account", [r["account_id"] for r in rows]),
            Column("Cluster", [r["cluster_id"] for r in rows], choose=True),
            Column("Goes on for", [r["predecessor_id"] for r in rows]),
            Column("Of cluster", [r["predecessor_cluster_id"] for r in rows], choose=True),
            Column("Stopped", [_second(r["banned_at"]) for r in rows], "time"),
            Column("Took up from", [_second(r["taken_at"]) for r in rows], "time"),
            Column("Values", [r["n_values"] for r in rows], "number"),
            Column("Bits", [r["bits"] for r in rows], "number", 1),
            Column("Families", [", ".join(r["families"]) for r in rows], narrow=True),
        ],
        csv="successors.csv",
        sort=(7, -1),
    )


def _second(time: Any) -> int | None:
    """Seconds since 1970 of a time of the store."""
    return None if time is None else int(time.replace(tzinfo=dt.UTC).timestamp())


def _aside(sweep: Sweep) -> dict[str, Any]:
    rows = sweep.aside
    return table(
        "Values set aside",
        [
            Column("Kind", [r["kind"] for r in rows], choose=True),
            Column("Value", [r["display"] for r in rows], wide=True),
            Column("Accounts", [r["n_accounts"] for r in rows], "number"),
            Column("Pairs not expanded", [r["n_pairs_skipped"] for r in rows], "number"),
            Column("Treatment", [r["treatment"] for r in rows], choose=True),
            Column("Class", [r["class"] for r in rows], choose=True),
            Column("Why", [r["why"] for r in rows], wide=True),
        ],
        csv="set-aside.csv",
        key=1,
        sort=(3, -1),
    )


def manifest(sweep: Sweep) -> list[tuple[str, str]]:
    """What the sweep was made from and with, for the foot of the overview."""
    row, detail = sweep.row, sweep.detail
    versions = detail.get("versions")
    return [
        ("Sweep", str(row["sweep_id"])),
        (
            "Window",
            f"{_moment(row['window_start'])} – {_moment(row['window_end'])} UTC",
        ),
        ("Status", str(row["status"])),
        ("Finished", f"{row['finished_at']:%Y-%m-%d %H:%M:%S} UTC" if row["finished_at"] else "–"),
        ("Coterie", str(row["version"])),
        ("Seed", str(row["seed"])),
        ("Settings", str(row["config_hash"])),
        ("Inputs", str(row["input_hash"])),
        ("Versions", _pairs(versions)),
    ]


def settings(sweep: Sweep) -> list[tuple[str, str]]:
    """The effective settings, one line a section."""
    found = sweep.detail.get("settings")
    lines: list[tuple[str, str]] = []
    for name, value in sorted(found.items()) if isinstance(found, dict) else []:
        if isinstance(value, dict) and any(isinstance(v, dict) for v in value.values()):
            lines += [(f"{name}.{k}", _pairs(v)) for k, v in sorted(value.items())]
        else:
            lines.append((str(name), _pairs(value)))
    return lines


def _pairs(found: Any) -> str:
    if not isinstance(found, dict):
        return plain(fact(found), 200)
    return ", ".join(f"{k} {plain(fact(v), 60)}" for k, v in sorted(found.items())) or "–"
