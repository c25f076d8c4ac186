"""What if these values, kinds or accounts did not count? (method, section 7).

The clusters that rest on them, and what lies beside these, are linked, grouped, refined and judged
again by the stages of the sweep, with the sweep's own platform around them: how popular a value is,
how many accounts there are and what an account holds stay as they were, so that what is left weighs
what it weighed. The answer sets each cluster before against what becomes of it.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from coterie.config import Config
from coterie.errors import UnknownName, UsageError, did_you_mean
from coterie.graphs.explain import resolve_account, resolve_sweep, settings_of
from coterie.graphs.explain_text import visible
from coterie.queries.run import run

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from coterie.graphs.what_if_scratch import Scratch
    from coterie.queries.store import Store

# Most accounts of clusters beside those in question that are asked again.
_MOST_BESIDE = 2_000
# Most names of accounts given in a list.
_NAMES = 12


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a cluster stands: as the sweep judged it, or as it would be judged.

    Attributes:
        size: members.
        tier: lead, linked or coordinated.
        class_: what it looks like (operator, household, …).
        score: calibrated score, 0..1.
        families: families of evidence, the strongest first.
        q_value: false discovery rate against the permutation null.
        stability: mean share of seeds in which members stay together.
        summary: one plain sentence.
    """

    size: int
    tier: str
    class_: str
    score: float
    families: tuple[str, ...]
    q_value: float
    stability: float
    summary: str


@dataclass(frozen=True, slots=True)
class Part:
    """A cluster afterwards that has members of the cluster before.

    Attributes:
        verdict: how it would be judged.
        n_kept: members that come from the cluster before.
        n_joined: members that do not.
        joined: the first of these by name.
        joined_from: clusters they come from, those from no cluster left out.
    """

    verdict: Verdict
    n_kept: int
    n_joined: int
    joined: tuple[str, ...]
    joined_from: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One cluster before, and what becomes of it.

    Attributes:
        cluster_id: the cluster.
        before: how the sweep judged it.
        parts: clusters it falls into, the one with most of its members first; none: it dissolves.
        n_dropped: members that the question leaves out.
        n_left: members that would be in no cluster.
        left: the first of these by name.
    """

    cluster_id: str
    before: Verdict
    parts: tuple[Part, ...]
    n_dropped: int
    n_left: int
    left: tuple[str, ...]

    @property
    def outcome(self) -> str:
        """``unchanged``, ``changed``, ``splits`` or ``dissolves``."""
        if not self.parts:
            return "dissolves"
        if len(self.parts) > 1:
            return "splits"
        (part,) = self.parts
        same = part.n_joined == 0 and self.n_left == 0 and self.n_dropped == 0
        if same and (part.verdict.tier, part.verdict.families) == (
            self.before.tier, self.before.families,
        ):  # fmt: skip
            return "unchanged"
        return "changed"


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The answer; ``print`` it, show it in a notebook, or take it as data.

    Attributes:
        sweep_id: the sweep that was asked.
        values: what is left out: one {kind, value, display, n_accounts} a value.
        kinds: kinds left out.
        accounts: accounts left out.
        changes: one a cluster in question, the one to open first first.
        n_touched: clusters that rest on what is left out; ``changes`` may show part of them.
        n_asked: accounts that were judged again.
        notes: what a reader should know before trusting the answer.
    """

    sweep_id: str
    values: tuple[dict[str, Any], ...]
    kinds: tuple[str, ...]
    accounts: tuple[str, ...]
    changes: tuple[Change, ...]
    n_touched: int
    n_asked: int
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """The answer as plain data."""
        data = asdict(self)
        for row, change in zip(data["changes"], self.changes, strict=True):
            row["outcome"] = change.outcome
        return data

    def sentence(self) -> str:
        """The answer in one sentence."""
        from coterie.graphs.what_if_text import sentence

        return sentence(self)

    def __str__(self) -> str:
        """Before and after in text."""
        from coterie.graphs.what_if_text import text

        return text(self)

    def _repr_html_(self) -> str:
        """Before and after for notebooks; every text is escaped."""
        from coterie.graphs.what_if_text import html

        return html(self)


def what_if(
    store: Store,
    sweep_id: str | None = None,
    *,
    values: Sequence[tuple[str, str]] = (),
    kinds: Sequence[str] = (),
    accounts: Sequence[str] = (),
    clusters: Sequence[str] = (),
    limit: int = 20,
    memory_limit: str = "auto",
    threads: int | str = "auto",
) -> WhatIf:
    """What becomes of clusters when values, kinds or accounts do not count.

    Args:
        store: an open store.
        sweep_id: the sweep to ask; None asks the newest complete one.
        values: (kind, value) pairs to leave out; the value as normalised or as it came in.
        kinds: kinds of signal to leave out.
        accounts: account ids to leave out.
        clusters: the clusters in question; none asks all that rest on what is left out.
        limit: most clusters in question, where none are named.
        memory_limit: see :func:`coterie.queries.store.connect`.
        threads: see :func:`coterie.queries.store.connect`.

    Raises:
        UnknownName: a kind, value, account, cluster or sweep is not known; the nearest is named.
        UsageError: nothing is left out, or an older version made the sweep.
    """
    if not (values or kinds or accounts):
        raise UsageError("Nothing is left out: name a value, a kind or an account to do without")
    with scratch_for(store, sweep_id, clusters, memory_limit, threads) as (sweep, scratch):
        known = [row["kind"] for row in scratch.work.rows("what_if/kinds")]
        found = [row for kind, value in values for row in _value(scratch, known, kind, value)]
        for kind in kinds:
            _known_kind(known, kind)
        rows = [resolve_account(store, sweep, account) for account in accounts]
        run(
            scratch.work,
            "what_if/dropped",
            values=[row["value_key"] for row in found],
            kinds=list(kinds),
            accounts=[row["account_key"] for row in rows],
        )
        touched = [row["cluster_id"] for row in scratch.work.rows("what_if/touched")]
        asked = list(dict.fromkeys(clusters)) or touched[:limit]
        changes, n_asked, notes = _again(scratch, asked) if asked else ((), 0, ())
        if not clusters and len(touched) > len(asked):
            notes = (f"{len(asked):,} of {len(touched):,} clusters that rest on it", *notes)
    return WhatIf(
        sweep_id=sweep,
        values=tuple({k: v for k, v in row.items() if k != "value_key"} for row in found),
        kinds=tuple(kinds),
        accounts=tuple(row["account_id"] for row in rows),
        changes=changes,
        n_touched=len(touched),
        n_asked=n_asked,
        notes=notes,
    )


@contextmanager
def scratch_for(
    store: Store,
    sweep_id: str | None,
    clusters: Sequence[str],
    memory_limit: str,
    threads: int | str,
) -> Iterator[tuple[str, Scratch]]:
    """A sweep's id and a scratch store for questions about it.

    Args:
        store: an open store.
        sweep_id: the sweep; None takes the newest complete one.
        clusters: clusters that must be known.
        memory_limit: see :func:`coterie.queries.store.connect`.
        threads: see :func:`coterie.queries.store.connect`.

    Raises:
        UnknownName: a sweep or a cluster is not known; the nearest is named.
        UsageError: an older version made the sweep.
    """
    from coterie.graphs.what_if_scratch import scratch_of

    sweep = resolve_sweep(store, sweep_id)
    row = store.rows("ask/sweep", sweep_id=sweep)[0]
    kinds = json.loads(row["detail"] or "{}").get("kinds", [])
    config = config_of(store, sweep)
    with scratch_of(
        store, row, config, kinds, memory_limit=memory_limit, threads=threads
    ) as scratch:
        if clusters:
            _known_clusters(scratch, sweep, clusters)
        yield sweep, scratch


def config_of(store: Store, sweep_id: str) -> Config:
    """The settings that a sweep ran with, as a configuration."""
    options, kinds = settings_of(store, sweep_id)
    weights: Any = options.weights
    own = weights if isinstance(weights, dict) else None
    return Config(
        root=store.path.parent, kinds=kinds, sweep=replace(options, weights=None), weights=own
    )


def _known_kind(known: Sequence[str], kind: str) -> None:
    if kind not in known:
        raise UnknownName(f'There is no kind "{visible(kind)}".{did_you_mean(kind, known)}')


def _value(scratch: Scratch, known: Sequence[str], kind: str, value: str) -> list[dict[str, Any]]:
    _known_kind(known, kind)
    names = {"kind": kind, "value": value}
    found = scratch.work.rows("what_if/value_keys", **names)
    if not found:
        near = [row["value"] for row in scratch.work.rows("what_if/near_values", **names)]
        hint = did_you_mean(value, near)
        hint = visible(hint) if "mean" in hint else ""
        raise UnknownName(f'No two accounts share the {kind} "{visible(value)}".{hint}')
    return found


def _known_clusters(scratch: Scratch, sweep: str, clusters: Iterable[str]) -> None:
    known = {row["cluster_id"] for row in scratch.work.rows("what_if/cluster_ids")}
    for name in clusters:
        if name not in known:
            raise UnknownName(
                f'There is no cluster "{visible(name)}" in sweep {sweep}.'
                f"{did_you_mean(name, known)}"
            )


def _again(
    scratch: Scratch, clusters: Sequence[str]
) -> tuple[tuple[Change, ...], int, tuple[str, ...]]:
    from coterie.graphs.what_if_scratch import fill, find_again

    work = scratch.work
    before = {row["cluster_id"]: row for row in work.rows("what_if/before", clusters=clusters)}
    run(work, "what_if/scope", clusters=clusters)
    run(work, "what_if/tied")
    run(work, "what_if/near", most=_MOST_BESIDE)
    counts = work.rows("what_if/near_counts")[0]
    fill(scratch)
    judged = {row["c"]: row for row in find_again(scratch).to_dicts()}
    joined: dict[int, dict[str | None, dict[str, Any]]] = {}
    for row in work.rows("what_if/joined", n=_NAMES):
        joined.setdefault(row["c"], {})[row["cluster_id"]] = row
    parts: dict[str, list[dict[str, Any]]] = {name: [] for name in clusters}
    for row in work.rows("what_if/parts", n=_NAMES):
        parts[row["cluster_id"]].append(row)
    notes = []
    if counts["kept"] < counts["beside"]:
        notes.append(
            f"{counts['kept']:,} of {counts['beside']:,} clusters beside were asked again, "
            "those most tied for their size"
        )
    changes = tuple(_change(name, before[name], parts[name], judged, joined) for name in clusters)
    return changes, counts["accounts"], tuple(notes)


def _change(
    cluster_id: str,
    before: dict[str, Any],
    rows: Sequence[dict[str, Any]],
    judged: dict[int, dict[str, Any]],
    joined: dict[int, dict[str | None, dict[str, Any]]],
) -> Change:
    left = next((row for row in rows if row["c"] is None), None)
    parts = []
    for row in rows:
        if row["c"] is None:
            continue
        others = [r for name, r in joined[row["c"]].items() if name != cluster_id]
        parts.append(
            Part(
                verdict=_verdict(judged[row["c"]]),
                n_kept=row["n"],
                n_joined=sum(r["n"] for r in others),
                joined=tuple(a for r in others for a in r["accounts"])[:_NAMES],
                joined_from=tuple(r["cluster_id"] for r in others if r["cluster_id"] is not None),
            )
        )
    return Change(
        cluster_id=cluster_id,
        before=_verdict(before),
        parts=tuple(parts),
        n_dropped=before["size"] - sum(row["n"] for row in rows),
        n_left=0 if left is None else left["n"],
        left=() if left is None else tuple(left["accounts"]),
    )


def _verdict(row: dict[str, Any]) -> Verdict:
    return Verdict(
        size=row["size"],
        tier=row["tier"],
        class_=row["class"],
        score=row["score"],
        families=tuple(row["families"] or ()),
        q_value=row["q_value"],
        stability=row["stability"],
        summary=row["summary"],
    )
