"""Sweeps as a series: diff, history."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from coterie.cli.base import Command, pass_state

if TYPE_CHECKING:
    from coterie.cli.base import State


@click.command(cls=Command)
@click.argument("a", required=False)
@click.argument("b", required=False)
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True,
              help="Most clusters, values treated otherwise, and successors.")  # fmt: skip
@click.option("--each", type=click.IntRange(min=1), default=5, show_default=True,
              help="Most accounts and values of a cluster.")  # fmt: skip
@pass_state
def diff(state: State, a: str | None, b: str | None, limit: int, each: int) -> None:
    """What changed from sweep A to sweep B.

    Without names: from the sweep before the newest one to the newest. With A alone: from A to the
    newest.
    """
    found = state.open().diff(a, b, limit=limit, each=each)
    state.give("diff", found.to_dict(), lambda: str(found))


@click.command(cls=Command)
@click.argument("cluster", metavar="ID")
@click.option("--sweep", "sweep_id", metavar="ID",
              help="Up to this sweep.  [default: newest]")  # fmt: skip
@pass_state
def history(state: State, cluster: str, sweep_id: str | None) -> None:
    """The life of a cluster: born, grown, merged, split, gone and back, sweep by sweep."""
    found = state.open().history(cluster, sweep_id=sweep_id)
    state.give("history", found.to_dict(), lambda: str(found))


COMMANDS = (diff, history)
