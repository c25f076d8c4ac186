"""Deciding: review, decisions, appeal."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from coterie.cli.base import Command, pass_state
from coterie.printable import count, printable, table

if TYPE_CHECKING:
    from collections.abc import Callable

    from coterie.cli.base import State
    from coterie.workspace import Workspace

_DECISIONS = (
    "confirm", "benign", "watch", "split", "merge", "exclude", "approve", "reject", "withdraw",
)  # fmt: skip
_ACTIONS = ("suspend", "terminate", "step_up", "rate_limit", "watch", "none")
_KEYS = {"c": "confirm", "b": "benign", "w": "watch"}
_SECOND_KEYS = {"a": "approve", "r": "reject"}


def _reviewer(function: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--reviewer", metavar="NAME", envvar="COTERIE_REVIEWER", default="",
        help="Who decides.  [default: COTERIE_REVIEWER]",
    )(function)  # fmt: skip


@click.command(cls=Command)
@click.argument("name", metavar="[ID]", required=False)
@click.argument("decision", type=click.Choice(_DECISIONS), required=False)
@_reviewer
@click.option(
    "--reason", "reason_code", metavar="CODE", help="Reason code.  [default: by decision]"
)
@click.option("--policy", "policy_id", metavar="CLAUSE", help="Clause of the policy.")
@click.option("--action", type=click.Choice(_ACTIONS), help="What enforcement should do.")
@click.option("--note", metavar="TEXT", help="Free text for colleagues.")
@click.option("--exclude", metavar="ACCOUNT", multiple=True,
              help="Carve this account out of the decision; may be given again.")  # fmt: skip
@click.option("--with", "others", metavar="CLUSTER", multiple=True,
              help="Of a merge: a cluster that belongs to ID; may be given again.")  # fmt: skip
@click.option("--parts", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="Of a split: a file with account_id and part; who is not in it stays.")  # fmt: skip
@click.option(
    "--account", "as_account", is_flag=True, help="ID is an account, whatever else it names."
)
@click.option("--from", "file", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="Decide on every row of a CSV or JSON Lines file.")  # fmt: skip
@click.option(
    "--queue", "queued", is_flag=True, help="Show case after case and take one key for each."
)
@click.option("--sweep", "sweep_id", metavar="ID", help="The sweep looked at.  [default: newest]")
@click.option("--dry-run", is_flag=True, help="Check and tell; write nothing.")
@pass_state
def review(
    state: State,
    name: str | None,
    decision: str | None,
    reviewer: str,
    reason_code: str | None,
    policy_id: str | None,
    action: str | None,
    note: str | None,
    exclude: tuple[str, ...],
    others: tuple[str, ...],
    parts: Path | None,
    as_account: bool,
    file: Path | None,
    queued: bool,
    sweep_id: str | None,
    dry_run: bool,
) -> None:
    """Decide on a cluster, one account or an earlier decision.

    On a cluster: confirm, benign, watch, split, merge. On an account: confirm, benign, watch,
    exclude (a carve-out). On a decision (d-…): approve or reject as second reviewer, withdraw.
    A decision outranks every later automatic finding and is never changed, only answered.
    """
    from coterie.workspace.people import batch, parts_of, target_of
    from coterie.workspace.review import Said

    ways = [name is not None, file is not None, queued]
    if sum(ways) != 1:
        raise click.UsageError("give one of: ID DECISION, --from FILE, --queue")
    ws = state.open()
    common: dict[str, Any] = {
        "reviewer": reviewer, "reason_code": reason_code, "policy_id": policy_id,
        "action": action, "note": note,
    }  # fmt: skip
    if queued:
        _queue(state, ws, common)
        return
    if file is not None:
        if decision is not None:
            common["decision"] = decision
        said = batch(ws, file, sweep_id, **common)
    else:
        if decision is None:
            raise click.UsageError(f"say what you decide: {', '.join(_DECISIONS)}")
        if as_account:
            target: dict[str, Any] = {"account_id": str(name)}
        else:
            with ws.store() as store:
                target = dict(target_of(store, sweep_id, str(name)))
        more: dict[str, Any] = {"others": others}
        if parts is not None:
            more["parts"] = parts_of(parts)
        said = [Said(decision=decision, **common, **target, **more)]
    said += [Said("exclude", reviewer, account_id=account, note=note) for account in exclude]
    entries = ws.decide(*said, sweep_id=sweep_id, dry_run=dry_run, wait=state.wait)
    _told(state, "review", entries, dry_run=dry_run)


def _told(state: State, command: str, entries: list[dict[str, Any]], *, dry_run: bool) -> None:
    shown = entries[:20]

    def text() -> str:
        lines = [line for entry in shown for line in _entry_lines(entry)]
        if len(shown) < len(entries):
            lines.append(count(len(shown), len(entries), "decision"))
        if dry_run:
            lines.append("Dry run: nothing was written.")
        return "\n".join(lines)

    payload = [{**e, "detail": json.loads(e["detail"] or "{}")} for e in entries]
    state.give(command, {"dry_run": dry_run, "n": len(entries), "decisions": payload}, text)


def _entry_lines(entry: dict[str, Any]) -> list[str]:
    what = entry["ref"] or (
        f"account {entry['account_id']}"
        if entry["account_id"]
        else f"cluster {entry['cluster_id']}"
    )
    accounts = f", {entry['n_members']:,} accounts" if entry["n_members"] else ""
    by = f"{printable(entry['reason_code'] or '–')} · by {printable(entry['reviewer'], 40)}"
    lines = [
        f"{entry['decision_id']}  {entry['decision']} · {printable(what, 60)}{accounts} · {by}"
    ]
    if entry["needs_second"]:
        lines.append(
            f"  waits for a second reviewer ({printable('; '.join(entry['why']), 200)}): "
            f"coterie review {entry['decision_id']} approve"
        )
    if entry["decision"] in {"split", "merge"}:
        lines.append("  the next sweep groups the accounts so")
    return lines


def _queue(state: State, ws: Workspace, common: dict[str, Any]) -> None:
    """Case after case on the terminal; what was decided is written at once."""
    from coterie.workspace.people import waiting
    from coterie.workspace.review import Said

    if not common["reviewer"].strip():
        raise click.UsageError("--queue needs a reviewer: --reviewer or COTERIE_REVIEWER")
    cases = waiting(ws, common["reviewer"])
    done: list[dict[str, Any]] = []
    skipped = 0
    for number, case in enumerate(cases, 1):
        second = case["what"] == "second"
        keys = _SECOND_KEYS if second else _KEYS
        _say(f"\n── {number:,} of {len(cases):,} " + "─" * 40 + f"\n{_case(ws, case)}")
        _say("  ".join(f"[{k}] {v}" for k, v in keys.items()) + "  [s] skip  [q] quit")
        key = _key({*keys, "s", "q"})
        if key == "q":
            break
        if key == "s":
            skipped += 1
            continue
        target: dict[str, Any] = (
            {"ref": case["decision_id"]} if second else {"cluster_id": case["cluster_id"]}
        )
        fitting = (
            dict(common) if not second else {"reviewer": common["reviewer"], "note": common["note"]}
        )
        entries = ws.decide(Said(decision=keys[key], **fitting, **target), wait=state.wait)
        done += entries
        _say("\n".join(line for entry in entries for line in _entry_lines(entry)))
    state.give(
        "review",
        {"n": len(done), "skipped": skipped, "waiting": len(cases), "decisions": done},
        lambda: (
            f"{len(done):,} decided, {skipped:,} skipped, "
            f"{len(cases) - len(done):,} of {len(cases):,} still wait"
        ),
    )


def _say(text: str) -> None:
    click.echo(text, err=True)


def _case(ws: Workspace, case: dict[str, Any]) -> str:
    """What a reviewer must see before the key is pressed."""
    from coterie.errors import UnknownName

    try:
        shown = str(ws.newest(case.get("sweep_id")).show(case["account_id"] or case["cluster_id"])
                    if case["what"] == "second" else ws.newest().show(case["cluster_id"]))  # fmt: skip
    except UnknownName as error:
        shown = f"no longer to be seen: {error}"
    if case["what"] == "second":
        why = json.loads(case["detail"] or "{}").get("second", [])
        return (
            f"{case['decision_id']}: {printable(case['reviewer'], 40)} said {case['decision']} "
            f"({printable(case['reason_code'])}); note: {printable(case['note'] or '–', 400)}\n"
            f"needs a second reviewer: {printable('; '.join(why), 300)}\n{shown}"
        )
    new = (
        f"\n{case['n_new']:,} of {case['size']:,} members were never decided on"
        if case["decision"]
        else ""
    )
    return shown + new


def _key(known: set[str]) -> str:
    """One key from the terminal, or one letter from a pipe; the end of the input quits."""
    while True:
        key = click.getchar() if sys.stdin.isatty() else sys.stdin.read(1) or "q"
        key = key.lower()
        if key in {"\x03", "\x1b"}:
            return "q"
        if key in known:
            return key


@click.command(cls=Command)
@click.argument("name", metavar="[ID]", required=False)
@click.option("--pending", is_flag=True, help="Only what waits for a second reviewer.")
@click.option(
    "--verify",
    "check",
    is_flag=True,
    help="Check the log and the ledger of exports for edits, gaps and another order.",
)
@click.option(
    "--head", metavar="HASH", help="With --verify: a hash that must be in the log or the ledger."
)
@click.option(
    "--limit", type=click.IntRange(min=1), default=50, show_default=True, help="Most rows."
)
@pass_state
def decisions(
    state: State, name: str | None, pending: bool, check: bool, head: str | None, limit: int
) -> int:
    """The log of decisions, the newest first: all, or those on the cluster or account ID.

    --verify checks the log, the ledger of exports and the heads kept of both, and ends with 6 when
    something was edited, added, taken out, moved or cut off.
    """
    ws = state.open()
    if check:
        found = ws.verify_decisions(head)
        state.give("decisions", found.to_dict(), lambda: _verified_text(found.to_dict(), limit))
        return 0 if not found.problems else 6
    if head is not None:
        raise click.UsageError("--head goes with --verify")
    target: dict[str, str] = {}
    if name is not None:
        from coterie.workspace.people import target_of

        with ws.store() as store:
            target = target_of(store, None, name)
    rows = ws.decisions(
        cluster_id=target.get("cluster_id"),
        account_id=target.get("account_id"),
        status="pending" if pending else None,
    ).to_dicts()[::-1]
    if "ref" in target:
        rows = [r for r in rows if target["ref"] in {r["decision_id"], r["ref"]}]
    for row in rows:
        row["detail"] = json.loads(row["detail"] or "{}")
    columns = ("decision", "what", "on", "reason", "by", "second", "status", "when", "note")
    state.give(
        "decisions",
        {"n": len(rows), "decisions": rows},
        lambda: table(columns, [_row(r) for r in rows[:limit]], total=len(rows), limit=40,
                      noun="decision"),
    )  # fmt: skip
    return 0


def _row(row: dict[str, Any]) -> tuple[object, ...]:
    on = row["ref"] or row["account_id"] or row["cluster_id"]
    when = f"{row['decided_at']:%Y-%m-%d %H:%M}"
    return (
        row["decision_id"], row["decision"], on, row["reason_code"], row["reviewer"],
        row["second_reviewer"], row["status"], when, row["note"],
    )  # fmt: skip


def _verified_text(found: dict[str, Any], limit: int) -> str:
    n, exports, kept = found["entries"], found["exports"], found["kept"]
    rows = count(found["rows"], found["rows"], "row")
    lines = [
        f"Decisions: {n:,} {'entry' if n == 1 else 'entries'}, head {found['head']}",
        f"Exports: {count(exports, exports, 'export')} with {rows}, head {found['ledger_head']}",
        f"Held against {count(kept, kept, 'head')} kept outside the store",
    ]
    if found["unchained"]:
        lines.append(f"{found['unchained']:,} exports were not chained yet: the next one does it")
    if found["whole"]:
        return "\n".join(["The log is whole, and so is the ledger of exports.", *lines])
    problems = found["problems"]
    cells = [(p["seq"], p["decision_id"] or p["export_id"], p["problem"]) for p in problems[:limit]]
    listed = table(
        ("place", "entry", "problem"), cells, total=len(problems), limit=140, noun="problem"
    )
    return "\n".join(["The log or the ledger was changed.", *lines, "", listed])


@click.command(cls=Command)
@click.argument("name", metavar="ACCOUNT|REF")
@click.argument("outcome", type=click.Choice(["overturn", "uphold"]))
@_reviewer
@click.option("--reason", "reason_code", metavar="CODE", help="Reason code.  [default: by outcome]")
@click.option("--note", metavar="TEXT", help="Free text for colleagues.")
@click.option("--dry-run", is_flag=True, help="Check and tell; write nothing.")
@pass_state
def appeal(
    state: State,
    name: str,
    outcome: str,
    reviewer: str,
    reason_code: str | None,
    note: str | None,
    dry_run: bool,
) -> None:
    """Record the outcome of an appeal of an account, or of an appeal_ref of an export.

    Overturned: the account and the values that had tied it are labelled good, no export names it
    again but to take the action back. Upheld: the decision stands.
    """
    from coterie.workspace.review import Said

    ws = state.open()
    rows = ws.named("review/appeal_ref", appeal_ref=name).to_dicts()
    account, ref = (str(rows[0]["account_id"]), name) if rows else (name, None)
    said = Said(
        outcome, reviewer, account_id=account, reason_code=reason_code, note=note, appeal_ref=ref
    )
    _told(state, "appeal", ws.decide(said, dry_run=dry_run, wait=state.wait), dry_run=dry_run)


COMMANDS = (review, decisions, appeal)
