"""Handing over and taking in: export, match."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from coterie.cli import send
from coterie.cli.base import Command, Group, pass_state
from coterie.errors import InputError
from coterie.printable import count, printable, table

if TYPE_CHECKING:
    from coterie.cli.base import State
    from coterie.workspace.export import Exported
    from coterie.workspace.sharing import Matched
    from coterie.workspace.telling import Told

_OUT = click.option("--out", type=click.Path(file_okay=False, path_type=Path),
                    help="Folder for the files.  [default: exports/ in the workspace]")  # fmt: skip
_AGAIN = click.option("--repeat", is_flag=True, help="Write again too what was written before.")


@click.group(cls=Group, invoke_without_command=True)
@click.option("--verify", "folder", type=click.Path(exists=True, file_okay=False, path_type=Path),
              help="Check the files of an export against its manifest, and the heads in it against "
                   "the workspace's log and ledger.")  # fmt: skip
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
    from coterie.workspace.export import known_here

    found = verify_folder(folder, public_key)
    found["ledger"] = known_here(state.open(), found["manifest"])
    state.give("export", {"folder": str(folder), **found}, lambda: _verified_text(folder, found))
    if not found["whole"]:
        return 3
    return 6 if found["ledger"] == "lost" else 0


def _verified_text(folder: Path, found: dict[str, Any]) -> str:
    name = printable(found["manifest"].get("export_id"), 60)
    head = f"{printable(folder)}: export {name}, {count(found['files'], found['files'], 'file')}"
    told = {
        "known": "the log and the ledger of this workspace hold it",
        "lost": "the log or the ledger of this workspace does not hold it: it is of another workspace, "
        "or they were cut short or changed since (`coterie decisions --verify`)",
    }.get(found["ledger"], "not held against a log and a ledger")
    if found["whole"]:
        return f"{head}, as written (signature: {found['signature']}); {told}"
    return "\n".join([f"{head}, not as written", *(f"  {p}" for p in found["problems"])])


@export.command()
@_OUT
@click.option("--format", "formats", multiple=True, type=click.Choice(["csv", "jsonl", "parquet"]),
              help="Form of the rows; may be given again.  [default: all three]")  # fmt: skip
@click.option("--dry-run", is_flag=True,
              help="Show the difference from the last export and whom it hits; write nothing.")  # fmt: skip
@click.option("--revokes-only", is_flag=True,
              help="Leave out new actions; allowed when the newest sweep is degraded.")  # fmt: skip
@click.option("--allow-degraded", is_flag=True,
              help="Hand over although the newest sweep is degraded; ledger and manifest say so.")  # fmt: skip
@click.option("--sign", "sign_with", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="Sign the manifest with this Ed25519 private key (PEM).")  # fmt: skip
@pass_state
def enforcement(
    state: State,
    out: Path | None,
    formats: tuple[str, ...],
    dry_run: bool,
    revokes_only: bool,
    allow_degraded: bool,
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
        allow_degraded=allow_degraded,
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


@export.command()
@click.option("--from", "folder", type=click.Path(exists=True, file_okay=False, path_type=Path),
              help="Folder of the enforcement export.  [default: the newest]")  # fmt: skip
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path),
              default=Path("statements.jsonl"), show_default=True, help="File, one statement a line.")  # fmt: skip
@click.option("--territory", multiple=True, metavar="CC",
              help="EU or EEA country in which the measures hold; may be given again.  [default: EU]")  # fmt: skip
@click.option("--ground", default="Terms of service", show_default=True,
              help="The contract that the policy clauses are of.")  # fmt: skip
@_AGAIN
@pass_state
def statements(
    state: State,
    folder: Path | None,
    out: Path,
    territory: tuple[str, ...],
    ground: str,
    repeat: bool,
) -> None:
    """Statements of reasons in the fields of the DSA Transparency Database, without personal data.

    Each is written once, under its puid, whatever number of exports carries the action.
    """
    from coterie.reports.exports.reasons import reasons_with
    from coterie.reports.exports.transparency import statements, territories
    from coterie.workspace.sending import rows_of
    from coterie.workspace.telling import tell

    ws, wanted = state.open(), territories(territory)
    known = reasons_with(ws.config.review.reasons)
    found = statements(rows_of(ws, folder), known, territory=wanted, ground=ground)
    told = tell(ws, "statement", found, "puid", out, _now, repeat=repeat, wait=state.wait)
    _told(state, "export statements", told)


@export.command()
@click.option("--from", "folder", type=click.Path(exists=True, file_okay=False, path_type=Path),
              help="Folder of the enforcement export.  [default: the newest]")  # fmt: skip
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path),
              default=Path("notices.jsonl"), show_default=True, help="File, one notice a line.")  # fmt: skip
@click.option("--template", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="Text with $what $from_when $until $reason $policy $detection $appeal_ref.")  # fmt: skip
@_AGAIN
@pass_state
def notices(
    state: State, folder: Path | None, out: Path, template: Path | None, repeat: bool
) -> None:
    """A text for each user whose account is restricted, or no longer is, from a template.

    Each is written once, under its idempotency_key, whatever number of exports carries the action.
    """
    from coterie.reports.exports.transparency import notices
    from coterie.workspace.sending import rows_of
    from coterie.workspace.telling import tell

    try:
        text = None if template is None else template.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{template}: is not UTF-8 ({error.reason})") from error
    ws = state.open()
    found = notices(rows_of(ws, folder), text)
    told = tell(ws, "notice", found, "idempotency_key", out, _now, repeat=repeat, wait=state.wait)
    _told(state, "export notices", told)


def _told(state: State, command: str, told: Told) -> None:
    written = f"{count(told.n, told.n, told.kind)} in {printable(told.out)}"
    lines = [written if told.n else f"Nothing new to write; {printable(told.out)} is as it was"]
    if told.left_out:
        lines.append(f"{told.left_out:,} written before are left out; --repeat writes them too")
    elif told.before:
        lines.append(f"{told.new:,} of them are new, {told.before:,} were written before")
    state.give(command, told.to_dict(), "\n".join(lines))


@export.command()
@click.argument("form", type=click.Choice(["graphml", "gexf", "parquet"]))
@click.option("--sweep", "sweep_id", metavar="ID", help="The sweep.  [default: newest]")
@click.option("--cluster", "cluster_id", metavar="ID", help="Only this cluster.")
@_OUT
@pass_state
def graph(
    state: State, form: str, sweep_id: str | None, cluster_id: str | None, out: Path | None
) -> None:
    """The links inside clusters as a graph for other tools, with a data dictionary."""
    from coterie.reports.exports.graph import write_graph
    from coterie.workspace.files import drafts

    ws = state.open()
    sweep = ws.newest(sweep_id)
    if cluster_id is not None:
        sweep.members(cluster_id)  # tells an unknown cluster, with the nearest name
    folder = ws.path / "exports" / "graph" if out is None else out
    with ws.store() as store, drafts(folder) as draft:
        files = [
            folder / f.name for f in write_graph(store, sweep.sweep_id, draft, form, cluster_id)
        ]
    state.give(
        "export graph",
        {"sweep_id": sweep.sweep_id, "files": [str(f) for f in files]},
        lambda: "\n".join(printable(f) for f in files),
    )


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


@export.command()
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), default=Path("coterie-misp.json"),
              show_default=True, help="File for the events.")  # fmt: skip
@click.option("--sweep", "sweep_id", metavar="ID", help="The sweep.  [default: newest]")
@pass_state
def misp(state: State, out: Path, sweep_id: str | None) -> None:
    """The same as MISP events, one a cluster; tokens under COTERIE_SHARE_KEY."""
    import os

    from coterie.workspace.files import write_whole
    from coterie.workspace.sharing import keys_of, share_misp

    keys = keys_of(os.environ.get("COTERIE_SHARE_KEY"))
    text = share_misp(state.open(), keys, _now, sweep_id=sweep_id)
    write_whole(out, lambda part: part.write_text(text, encoding="utf-8"))
    n = len(json.loads(text)["response"])
    payload = {"out": str(out), "events": n, "keys": list(keys)}
    state.give("export misp", payload, f"{count(n, n, 'event')} in {printable(out)}")


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
    rows = [tuple(r.get(n) for n in names) for r in found.leads.to_dicts()[:limit]]
    columns = ("account", "kind", "partner's finding", "confidence", "marking", "cluster here")
    listed = table(columns, rows, total=found.leads.height, limit=50, noun="lead")
    left_out = f"{found.expired:,} expired, {found.revoked:,} withdrawn"
    return f"{CAVEAT}\n{found.indicators:,} tokens looked for ({left_out})\n\n{listed}"


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


for _command in send.COMMANDS:
    export.add_command(_command)

COMMANDS = (export, match)
