"""Handing over: export and what is in it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from coterie.cli.base import Group, pass_state
from coterie.printable import count, printable, table

if TYPE_CHECKING:
    from coterie.cli.base import State
    from coterie.workspace.export import Exported

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


COMMANDS = (export,)
