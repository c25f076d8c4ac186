"""The report as Markdown with pictures, for those who cannot open HTML, and for tickets and wikis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from coterie.reports.evidence import picture
from coterie.reports.image import image as drawn
from coterie.reports.markdown_text import block, cell, code, prose, rows, said, shown_of
from coterie.reports.names import TIERS, event, file_name
from coterie.reports.pages.cluster import sentence, verdict
from coterie.reports.pages.cluster_tables import prompt_families
from coterie.reports.pages.context import context
from coterie.reports.pages.index import cards, degraded
from coterie.reports.text import fact, number

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from coterie.reports.evidence import Picture
    from coterie.reports.read import Cluster, Sweep

_VALUES, _MEMBERS, _CLUSTERS, _CHANGES, _ASIDE, _FAMILIES = 60, 200, 500, 200, 60, 12
_EVERYTHING, _ELSEWHERE = "`data/`", "the HTML case"
_ALONE = 2_000
"""Accounts, and values, of a case: beyond that a text file is no help in a ticket."""
MARK = "<!-- coterie case -->"


def cluster_text(
    sweep: Sweep,
    cluster: Cluster,
    *,
    redact: bool = False,
    image: str | None = None,
    alone: bool = False,
) -> tuple[str, bytes]:
    """The page of a cluster as Markdown, and its picture as PNG.

    Args:
        sweep: the overview.
        cluster: what was read of the cluster.
        redact: whether names are left out.
        image: file name of the picture; None takes the page's own.
        alone: without links to other pages, and with up to 2,000 accounts and values.
    """
    row = cluster.row
    name = str(row["cluster_id"])
    made = picture(cluster)
    title = f"Cluster {name[:40]}: {number(made.head['of'], 'account')}"
    file = image or file_name(name).replace(".html", ".png")
    tier = f"**{said(row['tier'])}**" + (f": {TIERS[row['tier']]}" if row["tier"] in TIERS else "")
    parts = [
        *([MARK] if alone else ["[All clusters](../index.md)"]),
        f"# Cluster {said(name)}",
        _about(sweep, redact),
        f"{tier}. Class: {said(row['class'] or 'unclear')}.",
        prose(row["summary"]) if row["summary"] else "",
        prose(sentence(made)),
        rows(
            ("", "", ""),
            [
                (f"**{prose(c['value'])}**", prose(c["what"]), prose(c["more"]))
                for c in verdict(cluster)
            ],
            (0,),
        ),
        "## Evidence and activity, one row an account",
        f"![Evidence and activity of {made.head['of']:,} accounts]({_target(file)})",
        "Left: which shared values an account has, by kind. Right: when it signed up and acted. "
        "Accounts of the core stand first, the fringe last."
        + ("" if made.head["n"] == made.head["of"] else f" Drawn: {made.head['n']:,} accounts."),
        *_why(cluster),
        *_values(made, alone=alone),
        *_prompts(cluster),
        *_members(made, alone=alone),
        *_history(sweep, cluster),
        _foot(sweep),
    ]
    return _joined(parts), drawn(made, title)


def index_text(sweep: Sweep, hrefs: Sequence[str | None], *, redact: bool) -> str:
    """The overview as Markdown.

    Args:
        sweep: what was read.
        hrefs: for each cluster the address of its page, or None.
        redact: whether names are left out.
    """
    n = sweep.clusters.height
    parts = [
        "# Account clusters",
        _about(sweep, redact),
        *_degraded(degraded(sweep, redact=redact)),
        rows(
            ("", "", ""),
            [
                (f"**{prose(c['value'])}**", prose(c["what"]), prose(c["more"]))
                for c in cards(sweep)
            ],
            (0,),
        ),
        "## Clusters",
        f"{sum(h is not None for h in hrefs):,} of {n:,} clusters have a page of their own."
        if n
        else "No clusters in this sweep. That is a result: nothing here shares enough.",
        _clusters(sweep.clusters, hrefs) if n else "",
        *_changes(sweep),
        *_aside(sweep),
        *_quality(sweep),
        _foot(sweep),
    ]
    return _joined(parts)


def _about(sweep: Sweep, redact: bool) -> str:
    held = "Redacted: names are left out, times are by the day." if redact else (
        "Contains personal data."
    )  # fmt: skip
    row = sweep.row
    end = f"{row['window_end']:%Y-%m-%d}" if redact else f"{row['window_end']:%Y-%m-%d %H:%M}"
    return f"*{held}* Window {row['window_start']:%Y-%m-%d} to {end} UTC, sweep {said(sweep.id)}."


def _degraded(reasons: list[str]) -> list[str]:
    if not reasons:
        return []
    said_so = (
        "**This sweep is degraded: its data is not as it should be.** Mend it and sweep again."
    )
    return [said_so, "\n".join(f"- {prose(reason, 400)}" for reason in reasons)]


def _foot(sweep: Sweep) -> str:
    return f"---\n\nCoterie {said(sweep.row['version'])}, sweep {said(sweep.id)}"


def _joined(parts: Sequence[str]) -> str:
    return "\n\n".join(part for part in parts if part) + "\n"


def _target(file: str) -> str:
    """A file name as the target of an image."""
    from urllib.parse import quote

    return quote(file)


def _clusters(clusters: pl.DataFrame, hrefs: Sequence[str | None]) -> str:
    shown = clusters.head(_CLUSTERS).to_dicts()
    body = [
        (
            said(r["cluster_id"])
            if href is None
            else f"[{said(r['cluster_id'])}]({_target(href)})",
            said(r["tier"]),
            cell(r["score"]),
            cell(r["size"]),
            said(r["class"] or "unclear"),
            cell(r["families"]),
            said(event(r["change"]) or "–"),
            prose(r["summary"] or "–", 300),
        )
        for r, href in zip(shown, hrefs, strict=False)
    ]
    heads = ("Cluster", "Tier", "Score", "Accounts", "Class", "Evidence", "Change", "In words")
    return shown_of(len(body), clusters.height, "clusters", _EVERYTHING) + rows(heads, body, (2, 3))


def _why(cluster: Cluster) -> list[str]:
    parts: list[str] = []
    if cluster.waterfall:
        total = sum(w["bits"] for w in cluster.waterfall)
        body = [
            (prose(w["name"], 200), said(fact(w["value"])), f"{w['bits']:+.2f}")
            for w in cluster.waterfall
        ]
        last = ("**sum**", "", f"**{total:+.2f}**")
        parts += ["## Why this score", rows(("Part", "Found", "Bits"), [*body, last], (2,))]
    if cluster.guards:
        guards = [
            (
                prose(g["explanation"], 200),
                "ruled out" if g["passed"] else "**still possible**",
                prose(g["for"] or "–", 300),
                prose(g["against"] or "–", 300),
            )
            for g in cluster.guards
        ]
        parts += ["## Innocent explanations", rows(("Explanation", "", "For", "Against"), guards)]
    facts = [(said(name), prose(value, 300)) for name, value in context(cluster)]
    return [*parts, rows(("Fact", ""), facts)] if facts else parts


def _values(made: Picture, *, alone: bool) -> list[str]:
    v = made.values
    if not v.height:
        return []
    ranked = v.sort(["n_in", "kind", "value"], descending=[True, False, False])
    shown = ranked.head(_ALONE if alone else _VALUES).to_dicts()
    body = [
        (
            said(r["kind"]),
            code(r["display"], 120),
            cell(r["n_in"]),
            cell(r["n_all"]),
            cell(r["bits"], 1),
            said(r["class"] or "–"),
            said(r["treatment"] or "–"),
            _second(r["first_seen"]),
            _second(r["last_seen"]),
        )
        for r in shown
    ]
    heads = (
        "Kind", "Value", "In the cluster", "Everywhere", "Bits", "Class", "Treatment", "First seen",
        "Last seen",
    )  # fmt: skip
    table = rows(heads, body, (2, 3, 4))
    return ["## Shared values", shown_of(len(body), v.height, "values", _rest(alone)) + table]


def _members(made: Picture, *, alone: bool) -> list[str]:
    import polars as pl

    m = made.members.with_columns(_shared=pl.Series(made.arrays["degree"]))
    ranked = m.sort("bits", "account_id", descending=[True, False], nulls_last=True)
    shown = ranked.head(_ALONE if alone else _MEMBERS).to_dicts()
    body = [
        (
            code(r["account_id"], 80),
            said(r["role"]),
            cell(r["score"]),
            cell(r["bits"], 1),
            cell(r["_shared"]),
            cell(r["families"]),
            said(r["status"] or "–"),
            _second(r["created"]),
            _second(r["last_seen"]),
            prose(r["why"] or "–", 200),
        )
        for r in shown
    ]
    heads = (
        "Account", "Role", "Score", "Bits", "Shared values", "Evidence", "Status", "Signed up",
        "Last seen", "Why",
    )  # fmt: skip
    table = rows(heads, body, (2, 3, 4))
    return ["## Accounts", shown_of(len(body), made.head["of"], "accounts", _rest(alone)) + table]


def _rest(alone: bool) -> str:
    return _ELSEWHERE if alone else _EVERYTHING


def _second(value: int | None) -> str:
    import datetime as dt

    if value is None:
        return "–"
    time = dt.datetime.fromtimestamp(value, dt.UTC)
    return f"{time:%Y-%m-%d}" if value % 86_400 == 0 else f"{time:%Y-%m-%d %H:%M}"


def _prompts(cluster: Cluster) -> list[str]:
    families = prompt_families(cluster)
    if not families:
        return []
    parts = ["## Prompt families", "Slots that differ are masked."]
    for family in families[:_FAMILIES]:
        parts.append(
            f"{number(family['n_in'], 'account')} of the cluster, {family['n_out']:,} outside it:"
        )
        parts.append(block(family["template"]))
        parts += [f"As sent:\n\n{block(text)}" for text in family["examples"][:1]]
        parts += _drift(family)
    if len(families) > _FAMILIES:
        parts.append(f"{_FAMILIES} of {len(families):,} families are shown.")
    return parts


def _drift(family: dict[str, Any]) -> list[str]:
    weeks = family["weeks"]
    if not weeks:
        return []
    body = [
        (
            cell(w["week"].date()),
            cell(w["n_prompts"]),
            cell(w["n_accounts"]),
            cell(w["n_new"]),
            cell(w["n_texts"]),
            cell(w["n_new_texts"]),
            cell(w["changed"]),
        )
        for w in weeks
    ]
    heads = ("Week of", "Prompts", "Accounts", "New accounts", "Texts", "New texts", "Template")
    of = f"Over time, {len(weeks)} of {family['n_weeks']:,} weeks:"
    return [of, rows(heads, body, (1, 2, 3, 4, 5))]


def _history(sweep: Sweep, cluster: Cluster) -> list[str]:
    parts: list[str] = []
    if cluster.history:
        body = [
            (
                cell(h["as_of"]),
                cell(h["size"]),
                cell(h["score"]),
                said(h["tier"] or "–"),
                said(event(h["change"]) or "–"),
            )
            for h in cluster.history
        ]
        heads = ("Sweep to", "Accounts", "Score", "Tier", "Change")
        parts += ["## History", rows(heads, body, (1, 2))]
    if sweep.before is not None:
        parts += [
            f"Since the last sweep: {said(event(c['event']))}"
            + (f" with {said(c['other_cluster_id'])}" if c["other_cluster_id"] else "")
            + f": {c['n_joined'] or 0:,} joined, {c['n_left'] or 0:,} left."
            for c in cluster.changes
        ]
    if cluster.decisions:
        body = [
            (
                cell(d["decided_at"]),
                said(d["decision"] or "–"),
                said(d["reason_code"] or "–"),
                said(d["reviewer"] or "–"),
                prose(d["note"] or "–", 300),
            )
            for d in cluster.decisions
        ]
        heads = ("When", "Decision", "Reason", "By", "Note")
        parts += ["## Decisions", rows(heads, body)]
    return parts


def _changes(sweep: Sweep) -> list[str]:
    if sweep.before is None:
        return ["## Changes", "There is no earlier sweep to compare with."]
    if not sweep.changes:
        return ["## Changes", "Nothing changed."]
    body = [
        (
            said(c["cluster_id"]),
            said(event(c["event"])),
            said(c["other_cluster_id"] or "–"),
            cell(c["n_joined"]),
            cell(c["n_left"]),
            cell(c["size"]),
        )
        for c in sweep.changes[:_CHANGES]
    ]
    heads = ("Cluster", "Event", "Other cluster", "Joined", "Left", "Accounts now")
    note = shown_of(len(body), len(sweep.changes), "changes", "the store (`coterie diff`)")
    return ["## Changes", note + rows(heads, body, (3, 4, 5))]


def _aside(sweep: Sweep) -> list[str]:
    total = int(sweep.totals["n_aside"])
    if not total:
        return ["## Set aside, and why", "None: every shared value was used as evidence."]
    body = [
        (
            said(r["kind"]),
            code(r["display"], 120),
            cell(r["n_accounts"]),
            cell(r["n_pairs_skipped"]),
            said(r["treatment"] or "–"),
            prose(r["why"] or "–", 200),
        )
        for r in sweep.aside[:_ASIDE]
    ]
    heads = ("Kind", "Value", "Accounts", "Pairs not expanded", "Treatment", "Why")
    note = shown_of(len(body), total, "values", _EVERYTHING)
    return ["## Set aside, and why", note + rows(heads, body, (2, 3))]


def _quality(sweep: Sweep) -> list[str]:
    parts = ["## Data quality"]
    if sweep.sources:
        body = [
            (
                code(s["name"] or "source", 80),
                said(s["table_name"] or "–"),
                *(cell(s[name]) for name in ("n_rows", "n_loaded", "n_quarantined")),
            )
            for s in sweep.sources
        ]
        heads = ("Source", "Table", "Rows read", "Loaded", "Quarantined")
        parts.append(rows(heads, body, (2, 3, 4)))
    if sweep.quarantine:
        body = [
            (
                code(q["source"], 80),
                prose(q["reason"] or "–", 100),
                said(q["field"] or "–"),
                cell(q["n"]),
                code(q["example"] or "", 80),
            )
            for q in sweep.quarantine
        ]
        heads = ("Source", "Reason", "Field", "Rows", "For example")
        parts.append(rows(heads, body, (3,)))
    warnings: list[Any] = sweep.detail.get("warnings") or []
    return [*parts, *(f"- {prose(w, 400)}" for w in warnings)]
