"""All that a report needs, read from the store with one query a table, never one a cluster."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from coterie.errors import UnknownName, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import polars as pl

    from coterie.queries.store import Store
    from coterie.reports.redact import Names

    WhatIf = Callable[[list[str]], pl.DataFrame]

MOST_ASIDE = 500
MOST_QUARANTINE = 200
MOST_SWEEPS = 5
"""Sweeps that the alluvial joins."""
MOST_RELATED = 12
MOST_FAMILIES = 40
"""Prompt families that a page shows."""
MOST_WEEKS = 12
"""Weeks of each, the newest."""
MOST_NEAR = 3
LEAST_LIKE = 0.2
"""Of the pairs of neighbouring words, that make another template near."""
MOST_SUCCESSORS = 500
MOST_FLIPS = 200
_TIMES = ("first_seen", "last_seen")


@dataclass(frozen=True, slots=True)
class Sweep:
    """What the overview tells.

    Attributes:
        row: the sweep's row in the register.
        detail: its parsed ``detail``.
        totals: counts of this sweep (``report/totals``).
        before: the same counts of the sweep before, or None.
        before_at: ``as_of`` of the sweep before, or None.
        clusters: every cluster, best first.
        changes: news since the sweep before.
        successors: new accounts on the values of banned ones, columns of ``report/successors``;
            none in a redacted report.
        flips: values that the sweep before treated otherwise, columns of ``diff/hubs``; none in a
            redacted report.
        aside: values set aside, those with most pairs first.
        quarantine: rejected rows by source, reason and field.
        sources: the loaded sources.
        decisions: human decisions on clusters.
        recent: the sweeps of the alluvial, oldest first, this one last: sweep_id, as_of.
        stations: their clusters: step (1-based place in ``recent``), cluster_id, size, tier, score.
        flows: members that went from one to another: step, source, target, n.
        feeds: rows by feed and day before the window's end: feed, day, n.
    """

    row: dict[str, Any]
    detail: dict[str, Any]
    totals: dict[str, Any]
    before: dict[str, Any] | None
    before_at: Any
    clusters: pl.DataFrame
    changes: list[dict[str, Any]]
    successors: list[dict[str, Any]]
    flips: list[dict[str, Any]]
    aside: list[dict[str, Any]]
    quarantine: list[dict[str, Any]]
    sources: list[dict[str, Any]]
    decisions: list[dict[str, Any]]
    recent: list[dict[str, Any]]
    stations: pl.DataFrame
    flows: pl.DataFrame
    feeds: pl.DataFrame

    @property
    def id(self) -> str:
        """The sweep's name."""
        return str(self.row["sweep_id"])


class Slices:
    """A frame sorted by its ``page`` column, cut by page without searching it again.

    Args:
        frame: with a column ``page`` (1-based), sorted by it.
        n: number of pages.
    """

    __slots__ = ("_at", "_frame")

    def __init__(self, frame: pl.DataFrame, n: int) -> None:
        import numpy as np

        self._at = np.searchsorted(frame["page"].to_numpy(), np.arange(1, n + 2))
        self._frame = frame.drop("page")

    def __getitem__(self, page: int) -> pl.DataFrame:
        """The rows of a page (0-based)."""
        start, end = int(self._at[page]), int(self._at[page + 1])
        return self._frame.slice(start, end - start)


class ArraySlices:
    """As :class:`Slices`, of numbers only: numpy arrays, made once and viewed by page.

    Args:
        frame: with a column ``page`` (1-based), sorted by it; unknown numbers become NaN.
        n: number of pages.
    """

    __slots__ = ("_arrays", "_at")

    def __init__(self, frame: pl.DataFrame, n: int) -> None:
        import numpy as np

        self._at = np.searchsorted(frame["page"].to_numpy(), np.arange(1, n + 2))
        self._arrays = {
            name: frame[name].to_numpy().astype(float if name in _TIMES else np.int64)
            for name in frame.columns
            if name != "page"
        }

    def __getitem__(self, page: int) -> dict[str, np.ndarray[Any, Any]]:
        """The arrays of a page (0-based), by column."""
        start, end = int(self._at[page]), int(self._at[page + 1])
        return {name: array[start:end] for name, array in self._arrays.items()}


@dataclass(frozen=True, slots=True)
class Details:
    """What the pages of single clusters tell, one slice a page.

    Attributes:
        members: by account_key.
        values: by value_key.
        incidences: member_row and value_row are places in the two above.
        activity: member_row and minute.
        history: the cluster in earlier sweeps and this one.
        examples: prompts of its prompt families.
        drift: its prompt families week by week.
        near: the families whose templates are most like theirs.
        related: other clusters whose members have values of its evidence.
        attributes: what the members have in common beside signals, with what is usual.
        amounts: the members' numeric attributes.
        what_if: clusters judged again without some of their evidence, by cluster_id.
        changes: by cluster_id.
        successors: by cluster_id.
        decisions: by cluster_id.
    """

    members: Slices
    values: Slices
    incidences: ArraySlices
    activity: ArraySlices
    history: Slices
    examples: Slices
    drift: Slices
    near: Slices
    related: Slices
    attributes: Slices
    amounts: Slices
    what_if: dict[str, list[dict[str, Any]]]
    changes: dict[str, list[dict[str, Any]]]
    successors: dict[str, list[dict[str, Any]]]
    decisions: dict[str, list[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Cluster:
    """One cluster, ready for its page.

    Attributes:
        row: its row in ``clusters``.
        waterfall: parts of the score: name, value, bits.
        guards: benign explanations: explanation, for, against, passed.
        features: the facts that the judgement used.
        members: one row a member, by account_key.
        values: one row a shared value, by value_key.
        links: member_row, value_row (int64), first and last use (seconds, UTC; NaN when unknown).
        activity: member_row (int64) and minute since 1970 (int64).
        history: rows over the sweeps, oldest first.
        examples: family -> prompts that were sent.
        drift: family -> its newest weeks among the members, oldest first (columns of
            ``report/drift``); families of one week are not there.
        near: family -> other families with a template like its own, the likest first (columns of
            ``report/near_families``).
        related: other clusters, those with most evidence in common first; has_page says whether
            this report has one.
        attributes: name, text, n, n_known, share and usual share.
        amounts: name, n, least, middle, most.
        what_if: the cluster judged again without some of its evidence: without, kind and value (of
            a value), n_kept, tier, score; empty when nobody did.
        changes: its news since the sweep before.
        successors: its new accounts on the values of banned ones.
        decisions: what people decided about it.
    """

    row: dict[str, Any]
    waterfall: list[dict[str, Any]]
    guards: list[dict[str, Any]]
    features: dict[str, Any]
    members: pl.DataFrame
    values: pl.DataFrame
    links: dict[str, np.ndarray[Any, Any]]
    activity: tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]
    history: list[dict[str, Any]]
    examples: dict[str, list[str]]
    drift: dict[str, list[dict[str, Any]]]
    near: dict[str, list[dict[str, Any]]]
    related: list[dict[str, Any]]
    attributes: list[dict[str, Any]]
    amounts: list[dict[str, Any]]
    what_if: list[dict[str, Any]]
    changes: list[dict[str, Any]]
    successors: list[dict[str, Any]]
    decisions: list[dict[str, Any]]


def parsed(text: object, kind: type[Any]) -> Any:
    """JSON of a column, or an empty ``kind`` where there is none or another."""
    try:
        found = json.loads(text) if isinstance(text, str) else None
    except ValueError:
        found = None
    return found if isinstance(found, kind) else kind()


def finite(value: object) -> float:
    """A number of a JSON column; 0 where it is none.

    >>> finite(1), finite("x"), finite(float("nan"))
    (1.0, 0.0, 0.0)
    """
    number = float(value) if isinstance(value, (int, float)) else 0.0
    return number if math.isfinite(number) else 0.0


def read_sweep(store: Store, sweep_id: str | None, names: Names) -> Sweep:
    """Read the overview of a sweep.

    Args:
        store: an open store.
        sweep_id: a sweep, or None for the newest complete one.
        names: what may be shown.

    Raises:
        UnknownName: there is no such sweep, or none at all.
    """
    found = store.rows("report/sweep", sweep_id=sweep_id)
    if not found:
        if sweep_id is None:
            raise UnknownName("There is no complete sweep to report; run `coterie sweep` first.")
        known = [str(r["sweep_id"]) for r in store.rows("report/sweep_ids")]
        raise UnknownName(f'There is no sweep "{sweep_id}".{did_you_mean(sweep_id, known)}')
    row = found[0]
    name = row["sweep_id"]
    before = store.rows("report/previous", as_of=row["as_of"])
    recent = store.rows("report/recent", sweep_id=name, as_of=row["as_of"], most=MOST_SWEEPS)[::-1]
    chain = [r["sweep_id"] for r in recent]
    window = {"window_start": row["window_start"], "window_end": row["window_end"]}
    return Sweep(
        row=row,
        detail=parsed(row["detail"], dict),
        totals=store.rows("report/totals", sweep_id=name)[0],
        before=store.rows("report/totals", sweep_id=before[0]["sweep_id"])[0] if before else None,
        before_at=before[0]["as_of"] if before else None,
        clusters=names.clusters(store.frame("report/clusters", sweep_id=name)),
        changes=store.rows("report/changes", sweep_id=name),
        successors=[]
        if names.redact
        else store.rows("report/successors", sweep_id=name, most=MOST_SUCCESSORS),
        flips=[]
        if names.redact or not before
        else store.rows("diff/hubs", a=before[0]["sweep_id"], b=name, most=MOST_FLIPS),
        aside=names.values(store.frame("report/aside", sweep_id=name, most=MOST_ASIDE)).to_dicts(),
        quarantine=names.without(store.rows("report/quarantine", most=MOST_QUARANTINE), "example"),
        sources=store.rows("report/sources"),
        decisions=names.without(
            store.rows("report/decisions"), "note", "reviewer", "second_reviewer"
        ),
        recent=recent,
        stations=store.frame("report/stations", sweeps=chain),
        flows=store.frame("report/flows", sweeps=chain),
        feeds=store.frame("report/feeds", **window),
    )


def read_details(
    store: Store, sweep: Sweep, ids: list[str], names: Names, what_if: WhatIf | None = None
) -> Details:
    """Read what the pages of the clusters ``ids`` need, all of it at once.

    Args:
        store: an open store.
        sweep: the overview.
        ids: clusters, in the order of their pages.
        names: what may be shown.
        what_if: judges clusters again without some of their evidence (see ``Details.what_if``; a
            frame with cluster_id). The caller brings it: this room knows no judge.
    """
    import polars as pl

    n, name = len(ids), sweep.id
    hide = {
        "report/members": names.members,
        "report/values": names.values,
        "report/examples": names.examples,
        "report/drift": names.examples,
        "report/near_families": names.examples,
        "report/attributes": names.examples,
        "report/amounts": names.examples,
    }
    window = {"window_start": sweep.row["window_start"], "window_end": sweep.row["window_end"]}

    def slices(query: str, **more: Any) -> Slices:
        found = store.frame(query, ids=ids, **more)
        return Slices(hide[query](found) if query in hide else found, n)

    return Details(
        members=slices("report/members", sweep_id=name),
        values=slices("report/values", sweep_id=name),
        incidences=ArraySlices(store.frame("report/incidences", ids=ids, sweep_id=name), n),
        activity=ArraySlices(store.frame("report/activity", ids=ids, sweep_id=name, **window), n),
        history=slices("report/history", sweep_id=name, as_of=sweep.row["as_of"]),
        examples=slices("report/examples", sweep_id=name),
        drift=slices(
            "report/drift",
            sweep_id=name,
            **window,
            most=MOST_WEEKS,
            most_families=MOST_FAMILIES,
            sample=60,
        ),
        near=slices(
            "report/near_families",
            sweep_id=name,
            most=MOST_NEAR,
            most_families=MOST_FAMILIES,
            least=LEAST_LIKE,
            most_common=30,
        ),
        related=Slices(
            store.frame("report/related", ids=ids, sweep_id=name, most=MOST_RELATED).with_columns(
                has_page=pl.col("other_cluster_id").is_in(ids)
            ),
            n,
        ),
        attributes=slices("report/attributes", sweep_id=name),
        amounts=slices("report/amounts", sweep_id=name),
        what_if={} if what_if is None else _by_cluster(what_if(ids).to_dicts()),
        changes=_by_cluster(sweep.changes),
        successors=_by_cluster(sweep.successors),
        decisions=_by_cluster(sweep.decisions),
    )


def _by_cluster(rows: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["cluster_id"], []).append(row)
    return found


def _by_family(frame: pl.DataFrame) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in frame.to_dicts():
        found.setdefault(row["family"], []).append(row)
    return found


def cluster_of(details: Details, row: dict[str, Any], page: int) -> Cluster:
    """Put one cluster together from the slices.

    Args:
        details: the slices.
        row: the cluster's row.
        page: its place in the ids that the details were read for (0-based).
    """
    name = row["cluster_id"]
    links, activity = details.incidences[page], details.activity[page]
    examples: dict[str, list[str]] = {}
    for family, text in details.examples[page].iter_rows():
        examples.setdefault(family, []).append(text)
    return Cluster(
        row=row,
        waterfall=[
            {"name": str(w.get("name", "")), "value": w.get("value"), "bits": finite(w.get("bits"))}
            for w in parsed(row["waterfall"], list)
            if isinstance(w, dict)
        ],
        guards=[
            {name: g.get(name) for name in ("explanation", "for", "against", "passed")}
            for g in parsed(row["guards"], list)
            if isinstance(g, dict)
        ],
        features=parsed(row["features"], dict),
        members=details.members[page],
        values=details.values[page],
        links={
            "row": links["member_row"],
            "column": links["value_row"],
            "first": links["first_seen"],
            "last": links["last_seen"],
        },
        activity=(activity["member_row"], activity["minute"]),
        history=details.history[page].to_dicts(),
        examples=examples,
        drift=_by_family(details.drift[page]),
        near=_by_family(details.near[page]),
        related=details.related[page].to_dicts(),
        attributes=details.attributes[page].to_dicts(),
        amounts=details.amounts[page].to_dicts(),
        what_if=details.what_if.get(name, []),
        changes=details.changes.get(name, []),
        successors=details.successors.get(name, []),
        decisions=details.decisions.get(name, []),
    )
