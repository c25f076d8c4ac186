"""Handing over and taking in: export, match."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from coterie.cli.base import Command, Group, pass_state
from coterie.printable import count, printable, table

if TYPE_CHECKING:
    from coterie.cli.base import State
    from coterie.reports.exports.messages import Message
    from coterie.workspace.export import Exported
    from coterie.workspace.outbox import Delivered
    from coterie.workspace.sharing import Matched

_OUT = click.option("--out", type=click.Path(file_okay=False, path_type=Path),
                    help="Folder for the files.  [default: exports/ in the workspace]")  # fmt: skip


@click.group(cls=Group, invoke_without_command=True)
@click.option("--verify", "folder", type=click.Path(exists=True, file_okay=False, path_type=Path),
              help="Check the files of an export against its manifest.")  # fmt: skip
@click.option("--public-key", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="With --verify: check the signature with this Ed25519 key (PEM).")  # fmt: skip
@click.pass_context
@pass_state
def export(
    state: State, context: click.Context, folder: Path | None, public_key: Path | None
) -> int:
    """Hand findings over to people and systems that act on them."""
    if context.invoked_subcommand is not None:
        if folder is not None or public_key is not None:
            raise click.UsageError("--verify goes without a further command")
        return 0
    if folder is None:
        raise click.UsageError("name what to export, or give --verify DIR")
    from coterie.reports.exports.manifest import verify_folder

    found = verify_folder(folder, public_key)
    state.give("export", {"folder": str(folder), **found}, lambda: _verified_text(folder, found))
    return 0 if found["whole"] else 3


def _verified_text(folder: Path, found: dict[str, Any]) -> str:
    name = printable(found["manifest"].get("export_id"), 60)
    head = f"{printable(folder)}: export {name}, {count(found['files'], found['files'], 'file')}"
    if found["whole"]:
        return f"{head}, as written (signature: {found['signature']})"
    return "\n".join([f"{head}, not as written", *(f"  {p}" for p in found["problems"])])


@export.command()
@_OUT
@click.option("--format", "formats", multiple=True, type=click.Choice(["csv", "jsonl", "parquet"]),
              help="Form of the rows; may be given again.  [default: all three]")  # fmt: skip
@click.option("--dry-run", is_flag=True,
              help="Show the difference from the last export and whom it hits; write nothing.")  # fmt: skip
@click.option("--revokes-only", is_flag=True,
              help="Leave out new actions; allowed when the newest sweep is degraded.")  # fmt: skip
@click.option("--sign", "sign_with", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="Sign the manifest with this Ed25519 private key (PEM).")  # fmt: skip
@pass_state
def enforcement(
    state: State,
    out: Path | None,
    formats: tuple[str, ...],
    dry_run: bool,
    revokes_only: bool,
    sign_with: Path | None,
) -> None:
    """Actions that people decided on, and what is taken back: one row per account and action.

    Every export is whole and safe to give twice: a receiver acts once on an idempotency_key, and
    takes back what rollback_of names.
    """
    found = state.open().export_enforcement(
        out,
        formats=formats or ("csv", "jsonl", "parquet"),
        dry_run=dry_run,
        revokes_only=revokes_only,
        sign_with=sign_with,
        wait=state.wait,
    )
    for warning in found.warnings:
        state.warn(warning)
    state.give("export enforcement", found.to_dict(), lambda: _enforcement_text(found))


def _enforcement_text(found: Exported) -> str:
    inside = found.enforcement
    since = f"since export {found.last}" if found.last else "in this first export"
    if found.dry_run:
        head = "Dry run: nothing was written."
    else:
        signed = ", signed" if found.signed else ""
        head = (
            f"Export {found.export_id}: {count(inside.rows.height, inside.rows.height, 'row')} in "
            f"{printable(found.folder)} ({', '.join(found.files)}{signed})"
        )
    states: dict[str, dict[str, int]] = {}
    for row in inside.changes:
        states.setdefault(row["action"], {})[row["state"]] = row["n"]
    rows = [(a, n.get("new", 0), n.get("same", 0)) for a, n in states.items()]
    parts = [head, table(("action", f"new {since}", "as before"), rows)]
    if inside.causes:
        parts.append("Newly taken back: " + _listed(inside.causes, "cause"))
    if inside.held:
        parts.append("Decided on, not handed over: " + _listed(inside.held, "held"))
    if inside.radius["accounts"]:
        parts.append(_radius(inside.radius, inside.organisations, inside.countries))
    return "\n\n".join(parts)


def _radius(
    radius: dict[str, Any], organisations: list[dict[str, Any]], countries: list[dict[str, Any]]
) -> str:
    hit = (
        f"New actions hit {radius['accounts']:,} accounts ({radius['active']:,} active, "
        f"{radius['paid']:,} paid), {radius['organisations']:,} organisations, "
        f"{radius['countries']:,} countries"
    )
    lines = [hit]
    if organisations:
        shown = [
            f"{printable(o['organisation'], 40)} {o['accounts']:,} of {o['seats']:,} seats"
            for o in organisations[:8]
        ]
        more = len(organisations) - len(shown)
        lines.append("  organisations: " + ", ".join(shown) + (f", {more:,} more" if more else ""))
    if countries:
        shown = [f"{printable(c['country'], 20)} {c['accounts']:,}" for c in countries[:8]]
        more = len(countries) - len(shown)
        lines.append("  countries: " + ", ".join(shown) + (f", {more:,} more" if more else ""))
    return "\n".join(lines)


def _listed(rows: list[dict[str, Any]], name: str) -> str:
    return ", ".join(f"{printable(r[name], 60)} {r['n']:,}" for r in rows)


def _pairs(
    context: click.Context, param: click.Parameter, value: tuple[str, ...]
) -> dict[str, str]:
    """``--name ours=theirs`` as a dictionary."""
    found = {}
    for text in value:
        ours, sign, theirs = text.partition("=")
        if not (sign and ours.strip() and theirs.strip()):
            raise click.BadParameter(f'found "{text}", expected OURS=THEIRS', context, param)
        found[ours.strip()] = theirs.strip()
    return found


@export.command()
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
@click.option("--label", default="coterie_enforcement", show_default=True, help="Osprey's label.")
@click.option("--name", "names", multiple=True, callback=_pairs, metavar="ACTION=ID",
              help="Coop's id of an action (suspend, …; revoke of revocations).")  # fmt: skip
@click.option("--policy", "policies", multiple=True, callback=_pairs, metavar="POLICY=ID",
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
        state.warn(f"{done.dead:,} requests were given up; --retry-dead tries them again")
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


@export.command()
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), default=Path("coterie-stix.json"),
              show_default=True, help="File for the bundle.")  # fmt: skip
@click.option("--sweep", "sweep_id", metavar="ID", help="The sweep.  [default: newest]")
@pass_state
def stix(state: State, out: Path, sweep_id: str | None) -> None:
    """A STIX 2.1 bundle for partners: confirmed campaigns, unreviewed groupings, and tokens.

    Tokens are made with COTERIE_SHARE_KEY (id:secret; older keys after it, by spaces), which the
    partners hold too. No account and no value leaves in the clear.
    """
    import os

    from coterie.workspace.files import write_whole
    from coterie.workspace.sharing import keys_of, share

    keys = keys_of(os.environ.get("COTERIE_SHARE_KEY"))
    found = share(state.open(), keys, _now, sweep_id=sweep_id, wait=state.wait)
    write_whole(out, lambda part: part.write_text(found.text, encoding="utf-8"))
    counts = ", ".join(f"{kind} {n:,}" for kind, n in found.counts.items())
    state.give(
        "export stix",
        {"out": str(out), "objects": found.counts, "new": len(found.new),
         "revoked": found.revoked, "keys": list(keys)},
        lambda: f"{printable(out)}: {counts}; {len(found.revoked):,} newly revoked",
    )  # fmt: skip


@click.command(cls=Command)
@click.option("--indicators", required=True, metavar="BUNDLE",
              type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="STIX 2.1 bundle of a partner.")  # fmt: skip
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="CSV of all leads.")
@click.option(
    "--limit", type=click.IntRange(min=1), default=50, show_default=True, help="Most rows."
)
@pass_state
def match(state: State, indicators: Path, out: Path | None, limit: int) -> None:
    """Which accounts here a partner's tokens meet, under a key of COTERIE_SHARE_KEY.

    What comes out are leads: investigation seeds to verify on your own platform, never a ground for
    action by themselves. No export names an account for them.
    """
    import os

    from coterie.workspace.sharing import keys_of, match

    found = match(state.open(), indicators, keys_of(os.environ.get("COTERIE_SHARE_KEY")), _now)
    if found.unknown_keys:
        state.warn(f"keys not known here: {', '.join(found.unknown_keys)}")
    if out is not None:
        from coterie.reports.csv import people_csv
        from coterie.workspace.files import write_whole

        write_whole(out, lambda part: part.write_bytes(people_csv(found.leads)))
    state.give("match", found.to_dict(), lambda: _leads_text(found, limit))


def _leads_text(found: Matched, limit: int) -> str:
    from coterie.reports.exports.stix import CAVEAT

    names = ("account_id", "kind", "finding", "confidence", "markings", "cluster_id")
    rows = [tuple(r.get(n) for n in names) for r in found.leads.head(limit).to_dicts()]
    columns = ("account", "kind", "partner's finding", "confidence", "marking", "cluster here")
    listed = table(columns, rows, total=found.leads.height, limit=50, noun="lead")
    left_out = f"{found.expired:,} expired, {found.revoked:,} withdrawn"
    return f"{CAVEAT}\n{found.indicators:,} tokens looked for ({left_out})\n\n{listed}"


@export.command()
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


COMMANDS = (export, match)
