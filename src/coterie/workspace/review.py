"""Decisions of people: said, checked, and appended to the log.

A decision on a cluster is made on the accounts that the cluster has in the sweep at hand; the list
is kept with it, so that it outlives whatever later sweeps make of the cluster (the views ``clusters``
and ``account_decisions`` tell what follows from the log).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from coterie.config import ACTIONS
from coterie.errors import InputError, UnknownName, UsageError, did_you_mean
from coterie.printable import printable
from coterie.queries.run import run
from coterie.queries.schema import REGISTERS
from coterie.workspace.reviewers import ANSWERS, as_seen, may_rule, second

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    import polars as pl

    from coterie.config import Config
    from coterie.queries.store import Store
    from coterie.reports.exports.reasons import Reason

ON_CLUSTERS = ("confirm", "benign", "watch", "split", "merge")
ON_ACCOUNTS = ("confirm", "benign", "watch", "exclude", "overturn", "uphold")
DECISIONS = tuple(dict.fromkeys((*ON_CLUSTERS, *ON_ACCOUNTS, *ANSWERS)))
# The log is copied with each write: a name and a note are no place for a document.
_NAME, _NOTE = 200, 10_000
_APPEALS = frozenset({"overturn", "uphold"})


@dataclass(frozen=True, slots=True)
class Said:
    """What a reviewer said, before it is checked.

    Attributes:
        decision: one of ``DECISIONS``.
        reviewer: who says it.
        cluster_id: the cluster; or else
        account_id: the account; or else
        ref: the decision that this one answers.
        reason_code: why; None takes the default of the decision.
        policy_id: clause of the policy; None takes the setting.
        action: what enforcement should do; None takes the setting.
        note: free text.
        parts: of a split: account -> number of its part, from 1; the others are part 0.
        others: of a merge: the clusters that belong to ``cluster_id``.
        appeal_ref: of an appeal: the reference that the user gave.
        where: place in a batch, for messages.
    """

    decision: str
    reviewer: str
    cluster_id: str | None = None
    account_id: str | None = None
    ref: str | None = None
    reason_code: str | None = None
    policy_id: str | None = None
    action: str | None = None
    note: str | None = None
    parts: Mapping[str, int] = field(default_factory=dict)
    others: tuple[str, ...] = ()
    appeal_ref: str | None = None
    where: str = ""


@dataclass(frozen=True, slots=True)
class _Known:
    """What the store knows about whatever the batch names."""

    sweep_id: str | None
    clusters: Mapping[str, int]
    accounts: Mapping[str, Mapping[str, Any]]
    log: Mapping[str, Mapping[str, Any]]
    reasons: Mapping[str, Reason]
    appeals: Mapping[str, Mapping[str, Any]]


def record(
    store: Store, config: Config, said: Sequence[Said], now: datetime, sweep_id: str | None = None
) -> list[dict[str, Any]]:
    """Check a batch and append it to the log; in a store open for reading, only check.

    Args:
        store: the writer's store, or one open for reading (a dry run).
        config: the settings.
        said: the decisions, in the order in which they count.
        now: the time of the decisions.
        sweep_id: the sweep that the reviewer looked at; None is the newest complete one.

    Returns:
        The entries as they stand in the log (of a dry run: as they would), oldest first, with ``why``
        a second reviewer is needed.

    Raises:
        UsageError: something said is impossible; nothing is written.
        InputError: a batch has such rows; nothing is written.
    """
    known = _known(store, config, said, sweep_id)
    rows, problems = [], []
    places: dict[tuple[str | None, ...], Said] = {}
    for one in said:
        try:
            rows.append(_checked(one, known, config, now))
            _once(one, places)
        except UsageError as error:
            if not one.where:
                raise
            problems.append(f"{one.where}: {error}")
    if problems:
        shown = "; ".join(problems[:10])
        left = f" ({len(problems) - 10:,} more)" if len(problems) > 10 else ""
        raise InputError(
            f"{len(problems):,} of {len(said):,} decisions are wrong, nothing was written: "
            f"{shown}{left}"
        )
    return _append(store, config, said, rows, known, now)


def _once(one: Said, places: dict[tuple[str | None, ...], Said]) -> None:
    """Whether a batch says one thing only of each target: the order of rows decides nothing."""
    target = (one.cluster_id, one.account_id, one.ref)
    before = places.setdefault(target, one)
    if before is not one and any(target):
        name = one.ref or one.account_id or one.cluster_id
        where = f" in {before.where}" if before.where else ""
        raise UsageError(
            f"{printable(name, 60)} was decided on already{where} ({printable(before.decision)}), "
            f"expected one decision on it, found {printable(one.decision, 80)} too"
        )


def _known(store: Store, config: Config, said: Sequence[Said], sweep_id: str | None) -> _Known:
    from coterie.reports.exports.reasons import reasons_with

    clusters = sorted({c for one in said for c in (one.cluster_id, *one.others) if c})
    accounts = sorted({one.account_id for one in said if one.account_id})
    sweep = None
    if clusters or any(one.ref is None for one in said):
        sweep = sweep_at_hand(store, sweep_id, needed=bool(clusters))
    refs = sorted({one.ref for one in said if one.ref})
    appeals = sorted(
        {one.account_id for one in said if one.account_id and one.decision in _APPEALS}
    )
    return _Known(
        sweep,
        {
            row["cluster_id"]: row["n_members"]
            for row in store.rows("review/targets", sweep_id=sweep, clusters=clusters)
        },
        {
            row["account_id"]: row
            for row in store.rows("review/accounts", sweep_id=sweep, accounts=accounts)
        },
        {row["decision_id"]: row for row in store.rows("review/answered", refs=refs)},
        reasons_with(config.review.reasons),
        {row["account_id"]: row for row in store.rows("review/appealed", accounts=appeals)}
        if appeals
        else {},
    )


def sweep_at_hand(store: Store, sweep_id: str | None, *, needed: bool = False) -> str | None:
    """The sweep asked for or the newest; None before the first one, unless one is ``needed``."""
    from coterie.graphs.explain import resolve_sweep

    if sweep_id is None and not needed and not store.rows("ask/sweep_ids"):
        return None
    return resolve_sweep(store, sweep_id)


def _checked(one: Said, known: _Known, config: Config, now: datetime) -> dict[str, Any]:
    """The entry of the log, but for its place in it and its list."""
    from coterie.reports.exports.reasons import DEFAULTS, known_reason

    if one.decision not in DECISIONS:
        raise UnknownName(
            f'There is no decision "{printable(one.decision, 80)}".'
            f"{did_you_mean(one.decision, DECISIONS)}"
        )
    reviewer = " ".join((one.reviewer or "").split())
    if not as_seen(reviewer):
        raise UsageError("found no reviewer, expected a name: --reviewer or COTERIE_REVIEWER")
    for what, text, most in (("reviewer", reviewer, _NAME), ("note", one.note or "", _NOTE)):
        if len(text) > most:
            raise UsageError(f"{what}: found {len(text):,} letters, expected at most {most:,}")
    if one.action is not None and one.action not in ACTIONS:
        raise UnknownName(
            f'There is no action "{printable(one.action, 80)}".{did_you_mean(one.action, ACTIONS)}'
        )
    _target(one, known, reviewer)
    if one.decision in _APPEALS and one.account_id:
        found = known.appeals.get(one.account_id, {})
        may_rule(one.account_id, one.decision, reviewer, found, config)
    reason = one.reason_code or DEFAULTS.get(one.decision)
    if reason is not None and one.decision not in ANSWERS:
        known_reason(reason, known.reasons)
    place = known.accounts.get(one.account_id or "", {})
    action = one.action or {"confirm": config.review.action, "watch": "watch"}.get(one.decision)
    if one.decision == "watch" and action not in {"watch", "none"}:
        # One person is enough to watch, so watching must never do more.
        raise UsageError(f'"watch" takes no action but watch or none, found {action}; use confirm')
    return {
        **dict.fromkeys(REGISTERS["decision"].names),
        "cluster_id": one.cluster_id or place.get("cluster_id"),
        "account_id": one.account_id,
        "decision": one.decision,
        "reason_code": reason,
        "reviewer": reviewer,
        "decided_at": now,
        "note": one.note or None,
        "sweep_id": known.sweep_id,
        "action": action if one.decision in {"confirm", "watch"} else None,
        "policy_id": one.policy_id or config.review.policy_id or None,
        "ref": one.ref,
        "role": place.get("role"),
        "needs_second": False,
        "detail": {
            k: v for k, v in {"merge": list(one.others), "appeal_ref": one.appeal_ref}.items() if v
        },
    }


def _target(one: Said, known: _Known, reviewer: str) -> None:
    """Whether the decision and what it is made on go together."""
    named = [x for x in (one.cluster_id, one.account_id, one.ref) if x]
    if len(named) != 1:
        raise UsageError(
            f"found {len(named)} targets, expected one: a cluster, account or decision"
        )
    if one.ref is not None:
        _answer(one, known.log.get(one.ref), reviewer)
        return
    fitting = ON_CLUSTERS if one.cluster_id else ON_ACCOUNTS
    if one.decision not in fitting:
        on = "a cluster" if one.cluster_id else "an account"
        raise UsageError(f'"{one.decision}" is no decision on {on}: {", ".join(fitting)}')
    for cluster in (one.cluster_id, *one.others):
        if cluster and cluster not in known.clusters:
            raise UnknownName(
                f'There is no cluster "{printable(cluster, 80)}" in sweep {known.sweep_id}'
            )
    if one.account_id and one.account_id not in known.accounts:
        raise UnknownName(f'There is no account "{printable(one.account_id, 80)}" in the store')
    if one.decision == "merge" and not set(one.others) - {one.cluster_id}:
        raise UsageError("found one cluster, expected at least another to merge with it")
    if one.decision == "split" and not one.parts:
        raise UsageError("found no parts; name a file of account_id and part with --parts FILE")


def _answer(one: Said, answered: Mapping[str, Any] | None, reviewer: str) -> None:
    if one.decision not in ANSWERS:
        raise UsageError(f'"{one.decision}" is no answer to a decision: {", ".join(ANSWERS)}')
    if answered is None:
        raise UnknownName(f'There is no decision "{printable(one.ref, 80)}" in the log')
    status = answered["status"]
    wanted = {"withdraw": {"pending", "in force"}}.get(one.decision, {"pending"})
    if status not in wanted:
        raise UsageError(
            f"{one.ref} is {status}, expected {' or '.join(sorted(wanted))} to {one.decision} it"
        )
    first = as_seen(str(answered["reviewer"]))
    if one.decision == "approve" and as_seen(reviewer) == first:
        raise UsageError(f"{one.ref} was decided by {printable(reviewer)}: another must approve it")


def _append(
    store: Store,
    config: Config,
    said: Sequence[Said],
    rows: list[dict[str, Any]],
    known: _Known,
    now: datetime,
) -> list[dict[str, Any]]:
    from coterie.workspace.chain import GENESIS, chained

    _register(store, said)
    run(store, "review/listing", sweep_id=known.sweep_id)
    run(store, "review/tied_by", sweep_id=known.sweep_id)
    lists = {row["target"]: row for row in store.rows("review/listed")}
    tied = {row["target"]: row for row in store.rows("review/tied")}
    why = second(store, config, rows, lists, known.log, known.sweep_id, now)
    head = (store.rows("review/head") or [{"seq": 0, "hash": GENESIS}])[0]
    entries: list[dict[str, Any]] = []
    for target, row in enumerate(rows):
        listed = lists.get(target, {})
        detail = dict(row["detail"])
        if row["decision"] == "overturn" and target in tied:
            detail["values_hash"] = tied[target]["values_hash"]
        if why[target]:
            detail["second"] = why[target]
        full = {
            **row,
            "n_members": listed.get("n_members"),
            "members_hash": listed.get("members_hash"),
            "needs_second": bool(why[target]),
            "detail": json.dumps(detail, sort_keys=True, ensure_ascii=True),
        }
        head = chained(full, int(head["seq"]) + 1, str(head["hash"]))
        entries.append(head)
    if store.writable:
        _write(store, entries)
    for name in ("review_target", "review_part"):
        store.con.unregister(name)
    return [{**entry, "why": why[target]} for target, entry in enumerate(entries)]


def _register(store: Store, said: Sequence[Said]) -> None:
    """What the statements of ``review/`` join with: the targets and parts of the batch."""
    import polars as pl

    targets = [
        (number, cluster, one.account_id, one.decision)
        for number, one in enumerate(said)
        if one.ref is None
        for cluster in ((one.cluster_id, *one.others) if one.cluster_id else (None,))
    ]
    parts = [
        (number, account, part)
        for number, one in enumerate(said)
        if one.decision == "split"
        for account, part in one.parts.items()
    ]
    text, whole = pl.String, pl.Int32
    store.con.register("review_target", pl.DataFrame(
        targets, orient="row",
        schema={"target": whole, "cluster_id": text, "account_id": text, "decision": text},
    ))  # fmt: skip
    store.con.register("review_part", pl.DataFrame(
        parts, schema={"target": whole, "account_id": text, "part": whole}, orient="row"
    ))  # fmt: skip


def erase(store: Store, accounts: Sequence[str], reviewer: str, now: datetime) -> int:
    """Take accounts out of the decisions and the ledger of exports; their hashes stay.

    The log gets one entry an account, so that :func:`coterie.workspace.chain.verify` tells an erasure
    from a change. What was decided on them has no effect any more, and nothing about them is handed
    over again, revocations included. Files that were handed over are not touched.

    Args:
        store: the writer's store.
        accounts: who is erased.
        reviewer: who answers for it.
        now: the time.

    Returns:
        Entries of the log and rows of lists that named one of them.
    """
    from coterie.workspace.chain import GENESIS, account_hash, chained

    hashes = sorted(account_hash(account) for account in accounts)
    found = store.rows("review/named", hashes=hashes)[0]
    head = (store.rows("review/head") or [{"seq": 0, "hash": GENESIS}])[0]
    entries = []
    for digest in hashes:
        row = {
            **dict.fromkeys(REGISTERS["decision"].names), "decision": "erase", "reviewer": reviewer,
            "decided_at": now, "account_hash": digest, "needs_second": False, "detail": "{}",
        }  # fmt: skip
        head = chained(row, int(head["seq"]) + 1, str(head["hash"]))
        entries.append(head)
    run(store, "review/erase_values", hashes=hashes)
    run(store, "review/erase_members", hashes=hashes)
    run(store, "review/erase_decisions", hashes=hashes)
    run(store, "review/erase_exported", accounts=sorted(accounts))
    store.con.register("review_entry", log_frame(entries))
    run(store, "review/add_decisions")
    store.con.unregister("review_entry")
    return int(found["n"])


def _write(store: Store, entries: list[dict[str, Any]]) -> None:
    import polars as pl

    store.con.register("review_entry", log_frame(entries))
    store.con.register("review_named", pl.DataFrame(
        [(number, entry["decision_id"]) for number, entry in enumerate(entries)],
        schema={"target": pl.Int32, "decision_id": pl.String}, orient="row",
    ))  # fmt: skip
    overturned = {n for n, entry in enumerate(entries) if entry["decision"] == "overturn"}
    run(store, "review/add_decisions")
    run(store, "review/add_members")
    if overturned:
        run(store, "review/add_values")
    for name in ("review_entry", "review_named"):
        store.con.unregister(name)


def log_frame(entries: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """Entries of the log as a frame with the columns of ``register.decision``."""
    import polars as pl

    types: dict[str, Any] = {
        "TIMESTAMP": pl.Datetime("us"), "BIGINT": pl.Int64, "INTEGER": pl.Int32,
        "BOOLEAN": pl.Boolean,
    }  # fmt: skip
    schema = {c.name: types.get(c.type, pl.String) for c in REGISTERS["decision"].columns}
    return pl.DataFrame([{n: e.get(n) for n in schema} for e in entries], schema=schema)
