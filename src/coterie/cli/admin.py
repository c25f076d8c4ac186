"""The workspace itself: config, schema, doctor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from coterie.cli.base import Command, pass_state
from coterie.printable import printable, table

if TYPE_CHECKING:
    from coterie.cli.base import State

_STORE = 6


@click.command(cls=Command)
@click.option("--all", "everything", is_flag=True, help="Defaults of the built-in kinds too.")
@pass_state
def config(state: State, everything: bool) -> None:
    """The effective settings, each with where it came from."""
    from coterie.config import config_hash
    from coterie.settings import effective

    found = state.open().config
    rows = effective(found)
    payload = {
        "root": str(found.root),
        "config_hash": config_hash(found),
        "settings": [{"name": n, "value": v, "origin": o} for n, v, o in rows],
    }
    shown = [
        (name, _value(value), origin)
        for name, value, origin in rows
        if everything or not (name.startswith("kind.") and origin == "default")
    ]
    state.give(
        "config",
        payload,
        lambda: table(
            ("setting", "value", "from"), shown, total=len(rows), limit=100, noun="setting"
        ),
    )


def _value(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(list(value)) if isinstance(value, tuple) else str(value)


@click.command(cls=Command)
@click.argument("view", required=False)
@pass_state
def schema(state: State, view: str | None) -> None:
    """The data dictionary: views, their columns and what they mean."""
    from coterie.errors import UnknownName, did_you_mean
    from coterie.workspace.dictionary import dictionary

    views = dictionary()
    if view is not None:
        known = [v["view"] for v in views]
        if view not in known:
            raise UnknownName(f'There is no view "{view}".{did_you_mean(view, known)}')
        views = [v for v in views if v["view"] == view]

    def text() -> str:
        parts = []
        for one in views:
            rows = [(c["name"], c["type"], c["doc"]) for c in one["columns"]]
            head = f"{one['view']}: {one['grain']}"
            parts.append(f"{head}\n{table(('column', 'type', 'meaning'), rows, noun='column')}")
        return "\n\n".join(parts)

    state.give("schema", {"views": views}, text)


@click.command(cls=Command)
@pass_state
def doctor(state: State) -> int:
    """Check the workspace: settings, versions, store, lock, disk, memory, quarantine, window."""
    checks = state.open().doctor()
    failed = [c for c in checks if c["status"] == "fail"]
    state.warnings += [f"{c['check']}: {c['detail']}" for c in checks if c["status"] == "warn"]
    state.give(
        "doctor",
        {"healthy": not failed, "checks": checks},
        lambda: "\n".join(
            f"{c['status']:<5} {c['check']:<11} {printable(c['detail'])}" for c in checks
        ),
    )
    return _STORE if failed else 0


COMMANDS = (config, schema, doctor)
