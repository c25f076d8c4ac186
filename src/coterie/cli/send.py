"""Delivering: send an export to a receiver, look at the outbox."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from coterie.cli.base import Command, pairs, pass_state
from coterie.printable import count, printable, table

if TYPE_CHECKING:
    from coterie.cli.base import State
    from coterie.reports.exports.messages import Message
    from coterie.workspace.outbox import Delivered


@click.command(cls=Command)
@click.argument("target", type=click.Choice(["webhook", "osprey", "coop", "coop-report"]))
@click.option("--url", help="Address of the receiver: https, or http on this machine.")
@click.option("--from", "folder", type=click.Path(exists=True, file_okay=False, path_type=Path),
              help="Folder of the export to send.  [default: the newest]")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Show what would be sent; send nothing.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path),
              help="Write the requests to this file (JSON Lines) in place of sending them.")  # fmt: skip
@click.option("--batch", type=click.IntRange(1, 10_000), default=100, show_default=True,
              help="Rows in a request of a webhook.")  # fmt: skip
@click.option("--item-type", default="User", show_default=True,
              help="Osprey's entity type, Coop's item type of an account.")  # fmt: skip
@click.option(
    "--label",
    default="coterie_enforcement",
    show_default=True,
    help="Osprey's label; with _watch after it of who is only watched.",
)
@click.option("--name", "names", multiple=True, callback=pairs("OURS=THEIRS"), metavar="ACTION=ID",
              help="Coop's id of an action (suspend, …; revoke of revocations), or Osprey's label.")  # fmt: skip
@click.option("--policy", "policies", multiple=True, callback=pairs("OURS=THEIRS"), metavar="POLICY=ID",
              help="Coop's id of a policy_id.")  # fmt: skip
@click.option("--attempts", type=click.IntRange(1, 100), default=8, show_default=True,
              help="Tries of a request before it is given up.")  # fmt: skip
@click.option("--first-delay", type=click.FloatRange(min=0), default=1.0, show_default=True,
              help="Most seconds before the second try; doubles from try to try.")  # fmt: skip
@click.option("--timeout", type=click.FloatRange(min=0.01), default=10.0, show_default=True,
              help="Seconds to wait for an answer.")  # fmt: skip
@click.option("--retry-dead", is_flag=True, help="Try what was given up before again.")
@pass_state
def send(
    state: State,
    target: str,
    url: str | None,
    folder: Path | None,
    dry_run: bool,
    out: Path | None,
    batch: int,
    item_type: str,
    label: str,
    names: dict[str, str],
    policies: dict[str, str],
    attempts: int,
    first_delay: float,
    timeout: float,
    retry_dead: bool,
) -> int:
    """Send an export to a receiver, or put it into the form that one takes.

    webhook signs with COTERIE_WEBHOOK_SECRET (Standard Webhooks); osprey and coop authorise with
    COTERIE_DELIVERY_TOKEN. coop-report gives the clusters that wait for a person to Coop's review.
    What is not taken stays in the outbox: run the same command again.
    """
    from coterie.reports.exports.messages import TargetOptions
    from coterie.workspace.outbox import Patience
    from coterie.workspace.sending import requests_of, send

    ws = state.open()
    options = TargetOptions(batch, item_type, label, names, policies)
    found = requests_of(ws, target, options, folder)
    if out is not None or dry_run:
        _requests(state, target, found, out)
        return 0
    if url is None:
        raise click.UsageError("say where to: --url, or --out FILE, or --dry-run")
    patience = Patience(attempts, first_delay, timeout=timeout)
    with state.progress("send") as progress:
        done = send(ws, target, url, found, _now, patience=patience, retry_dead=retry_dead,
                    progress=progress)  # fmt: skip
    if done.stopped:
        state.warn(done.stopped)
    if done.dead:
        said = ", ".join(f"{name} {n:,}" for name, n in done.answers.items())
        state.warn(f"{done.dead:,} requests were given up ({said}); --retry-dead tries them again")
    state.give("export send", done.to_dict(), lambda: _delivered_text(done))
    return 0 if done.sent == done.messages else 4


def _requests(state: State, target: str, found: list[Message], out: Path | None) -> None:
    rows = sum(m.n_rows for m in found)
    told = f"{count(len(found), len(found), 'request')} with {rows:,} rows for {target}"
    payload = {"target": target, "requests": len(found), "rows": rows}
    if out is None:
        first = [{"id": m.id, "path": m.path, "body": json.loads(m.body)} for m in found[:1]]
        text = json.dumps(first[0], indent=1, ensure_ascii=True) if first else ""
        state.give("export send", {**payload, "dry_run": True, "first": first},
                   f"Dry run: {told}; nothing was sent.\n{text}")  # fmt: skip
        return
    from coterie.workspace.files import write_whole

    lines = [
        json.dumps({"id": m.id, "path": m.path, "body": json.loads(m.body)}) + "\n" for m in found
    ]
    write_whole(out, lambda part: part.write_text("".join(lines), encoding="utf-8"))
    state.give("export send", {**payload, "out": str(out)}, f"{told} in {printable(out)}")


@click.command(cls=Command)
@pass_state
def outbox(state: State) -> None:
    """How every delivery stands: taken, given up, waiting."""
    from coterie.workspace.sending import deliveries

    found = deliveries(state.open())
    columns = ("delivery", "target", "to", "requests", "taken", "given up", "waiting")
    rows = [(d.delivery_id, d.target, d.url, d.messages, d.sent, d.dead, d.waiting) for d in found]
    payload = {"n": len(found), "deliveries": [d.to_dict() for d in found]}
    state.give("export outbox", payload, lambda: table(columns, rows))


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def _delivered_text(done: Delivered) -> str:
    return (
        f"{done.sent:,} of {done.messages:,} requests taken by {printable(done.url, 100)} "
        f"({done.tries:,} tries now), {done.dead:,} given up, {done.waiting:,} waiting"
    )


COMMANDS = (send, outbox)
