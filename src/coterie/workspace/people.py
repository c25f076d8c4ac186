"""What people do with a workspace: decide, look at what waits, check the log."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from coterie.errors import InputError, UnknownName, did_you_mean
from coterie.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from coterie.queries.store import Store
    from coterie.workspace import Workspace
    from coterie.workspace.chain import Verified
    from coterie.workspace.review import Said


@contextmanager
def writing(ws: Workspace, wait: float, purpose: str, *, compact: bool = False) -> Iterator[Store]:
    """The writer's store of a workspace that has one; the heads of its chains are kept afterwards.

    With ``compact`` the catalogue is written anew; see :func:`coterie.queries.store.write_store`.

    Raises:
        UsageError: nothing has been loaded yet.
        StoreLocked: another process is writing.
        StoreError: the file of heads is gone, or cannot be written.
    """
    from coterie.queries.store import refresh_views, write_store
    from coterie.workspace import heads

    if not ws.config.store_path.exists():
        # An absent store is told as such, and never made by a decision.
        ws.store().close()
    with write_store(
        ws.config.store_path,
        wait=wait,
        memory_limit=ws.config.memory_limit,
        threads=ws.config.threads,
        tracer=ws.tracer,
        purpose=purpose,
        compact=compact,
    ) as store:
        kept = heads.place_of(ws.config)
        heads.ready(store, kept)
        # What follows from the log is what this version says, not what somebody made of the views.
        refresh_views(store)
        yield store
        heads.mark(store)
        ends = heads.now_at(store)
    # After the swap: a kill between the two leaves a log that is longer than its newest kept head.
    heads.keep(kept, ends)


def decide(
    ws: Workspace,
    said: Sequence[Said],
    now: Callable[[], datetime],
    *,
    sweep_id: str | None = None,
    dry_run: bool = False,
    wait: float = 0.0,
) -> list[dict[str, Any]]:
    """Append decisions to the log; see :func:`coterie.workspace.review.record`."""
    from coterie.workspace.review import record

    if dry_run:
        with ws.store() as store:
            return record(store, ws.config, said, now(), sweep_id)
    with writing(ws, wait, "review") as store:
        return record(store, ws.config, said, now(), sweep_id)


def verify(ws: Workspace, head: str | None = None) -> Verified:
    """Check the log and the ledger; see :func:`coterie.workspace.chain.verify`."""
    from coterie.workspace.chain import verify as check
    from coterie.workspace.heads import place_of

    with ws.store() as store:
        return check(store, head, place_of(ws.config))


def target_of(store: Store, sweep_id: str | None, name: str) -> dict[str, str]:
    """What an id names: a decision of the log, a cluster of the sweep, or an account.

    Returns:
        {``ref``, ``cluster_id`` or ``account_id``: the id}.

    Raises:
        UnknownName: it names none of them; the nearest is named.
    """
    from coterie.workspace.review import sweep_at_hand

    found = targets_of(store, sweep_id, [name])
    if name in found:
        return found[name]
    sweep = sweep_at_hand(store, sweep_id)
    known = [row["decision_id"] for row in store.rows("review/decision_ids")]
    if sweep is not None:
        known += [row["cluster_id"] for row in store.rows("ask/cluster_ids", sweep_id=sweep)]
    hint = did_you_mean(name, known)
    raise UnknownName(
        f'There is no cluster, account or decision "{printable(name, 80)}".'
        f"{hint if 'mean' in hint else ''}"
    )


def targets_of(
    store: Store, sweep_id: str | None, names: Sequence[str]
) -> dict[str, dict[str, str]]:
    """What ids name, as :func:`target_of`, for many at once; unknown ones are left out.

    Returns:
        id -> {``ref``, ``cluster_id`` or ``account_id``: the id}.
    """
    from coterie.workspace.review import sweep_at_hand

    sweep, wanted = sweep_at_hand(store, sweep_id), sorted(set(names))
    accounts = store.rows("review/accounts", sweep_id=sweep, accounts=wanted)
    clusters = store.rows("review/targets", sweep_id=sweep, clusters=wanted)
    found = {row["account_id"]: {"account_id": row["account_id"]} for row in accounts}
    # An account that calls itself like a cluster or a decision does not stand for it.
    found |= {row["cluster_id"]: {"cluster_id": row["cluster_id"]} for row in clusters}
    decisions = store.rows("review/answered", refs=wanted)
    return found | {row["decision_id"]: {"ref": row["decision_id"]} for row in decisions}


def batch(ws: Workspace, path: Path, sweep_id: str | None = None, **more: Any) -> list[Said]:
    """Decisions from a CSV or JSON Lines file.

    Args:
        ws: the workspace.
        path: a file with ``decision`` and ``id`` (or ``cluster_id``, ``account_id``, ``ref``); also
            reviewer, reason_code, policy_id, action, note.
        sweep_id: the sweep that an id is looked up in.
        **more: what rows that do not say otherwise take.

    Raises:
        InputError: the file cannot be read, or a column is not known.
    """
    from coterie.workspace.batches import said_from
    from coterie.workspace.files import read_rows

    rows = read_rows(path)
    names = [str(row["id"]).strip() for row in rows if row.get("id") is not None]
    with ws.store() as store:
        known = targets_of(store, sweep_id, names) if names else {}
    # What nothing is called is told with the row's number when the batch is checked.
    return said_from(rows, path.name, lambda name: known.get(name, {"account_id": name}), **more)


def parts_of(path: Path) -> dict[str, int]:
    """The parts of a split: a file with ``account_id`` and ``part``, any names for the parts.

    Returns:
        Account -> number of its part, from 1 in the order of the file.

    Raises:
        InputError: the file cannot be read, lacks a column or names an account twice.
    """
    from coterie.workspace.files import read_rows

    parts: dict[str, int] = {}
    names: dict[str, int] = {}
    for number, row in enumerate(read_rows(path), 1):
        account, part = str(row.get("account_id") or ""), str(row.get("part") or "")
        if not account or not part:
            raise InputError(f"{path.name}, row {number}: expected account_id and part")
        if account in parts:
            raise InputError(f"{path.name}, row {number}: {printable(account)} comes twice")
        parts[account] = names.setdefault(part, len(names) + 1)
    return parts


def waiting(ws: Workspace, reviewer: str) -> list[dict[str, Any]]:
    """What waits for a person, the first thing to look at first.

    Args:
        ws: the workspace.
        reviewer: whoever asks: decisions of others that need a second reviewer come first.

    Returns:
        One {what: ``second`` or ``cluster``, cluster_id, decision_id, account_id, …} each.
    """
    from coterie.graphs.explain import resolve_sweep

    with ws.store() as store:
        pending = store.rows("review/decisions", cluster_id=None, account_id=None, status="pending")
        mine = " ".join(reviewer.split()).lower()
        second = [
            {"what": "second", **row, **_about(store, row["ref"])}
            for row in pending
            if " ".join(row["reviewer"].split()).lower() != mine
        ]
        sweep = resolve_sweep(store, None)
        return second + [
            {"what": "cluster", **row} for row in store.rows("review/queue", sweep_id=sweep)
        ]


def _about(store: Store, ref: str | None) -> dict[str, Any]:
    """What a pending answer is about: the cluster or account of the decision that it answers."""
    if ref is None:
        return {}
    answered = store.rows("review/one_decision", decision_id=ref)[0]
    return {name: answered[name] for name in ("cluster_id", "account_id", "sweep_id")}
