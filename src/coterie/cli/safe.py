"""Runs that can be trusted: manifest, reproduce, backup, restore."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from coterie.cli.base import Command, pass_state
from coterie.errors import StoreError

if TYPE_CHECKING:
    from coterie.cli.base import State

_DIFFERENT = 5  # a finding that was asked for, as with --fail-on


@click.command(cls=Command)
@click.argument("sweep_id", metavar="[SWEEP]", required=False)
@click.option("--check", is_flag=True,
              help="Compare the files of the findings with the SHA-256 of what was written.")  # fmt: skip
@pass_state
def manifest(state: State, sweep_id: str | None, check: bool) -> None:
    """What a sweep rests on: inputs, settings, weights, versions, stages, hashes of its findings.

    With --check the command ends with 6 when a file is missing or is not what the sweep wrote.
    """
    from coterie.workspace.manifest import changed_outputs

    ws = state.open()
    found = ws.manifest(sweep_id)
    payload = found.to_dict()
    wrong: dict[str, str] = {}
    if check:
        with ws.store() as store:
            wrong = changed_outputs(store, found)
        payload["changed"] = wrong
    state.give("manifest", payload, lambda: str(found))
    if wrong:
        words = ", ".join(f"{table} is {how}" for table, how in wrong.items())
        raise StoreError(f"{found.sweep['sweep_id']}: {words}")


@click.command(cls=Command)
@click.argument("sweep_id", metavar="[SWEEP]", required=False)
@pass_state
def reproduce(state: State, sweep_id: str | None) -> int:
    """Run a sweep again beside the store and compare its findings, byte for byte.

    The facts are those that it read, the settings and weights those of then; the store is only read.
    Ends with 5 when a finding differs, with 3 when facts that it read are not there any more.
    """
    ws = state.open()
    with state.progress("reproduce") as progress:
        found = ws.reproduce(sweep_id, progress=progress)
    for warning in found.warnings:
        state.warn(warning)
    state.give("reproduce", found.to_dict(), lambda: str(found))
    return 0 if found.same else _DIFFERENT


@click.command(cls=Command)
@click.argument("out", type=click.Path(path_type=Path), metavar="DIR|FILE.tar.zst")
@pass_state
def backup(state: State, out: Path) -> None:
    """Copy the workspace's store and settings, also while a sweep runs.

    What is copied is the newest complete generation. A new folder, or one file where the name ends in
    .tar.zst; nothing is written over.
    """
    ws = state.open()
    with state.progress("backup"):
        made = ws.backup(out)
    state.give("backup", made.to_dict(), lambda: str(made))


@click.command(cls=Command)
@click.argument("source", type=click.Path(path_type=Path), metavar="DIR|FILE.tar.zst")
@click.option("--check", is_flag=True, help="Only compare every file with its SHA-256.")
@pass_state
def restore(state: State, source: Path, check: bool) -> None:
    """Put a backup in place as the workspace (-w) where there is no store yet.

    Every file is compared with its SHA-256 first; of a damaged backup nothing is restored. Settings
    that are there already stay.
    """
    from coterie.workspace.backup import check_backup
    from coterie.workspace.backup import restore as put_back

    with state.progress("restore"):
        made = check_backup(source) if check else put_back(source, Path(state.workspace))
    state.give("restore", made.to_dict(), lambda: f"{made}: {'whole' if check else 'restored'}")


COMMANDS = (manifest, reproduce, backup, restore)
