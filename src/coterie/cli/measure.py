"""Knowing oneself: how good the findings are, and what would make them better."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from coterie.cli.base import Command, pass_state
from coterie.printable import printable

if TYPE_CHECKING:
    from coterie.cli.base import State


@click.command(cls=Command)
@click.option("--truth", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="Parquet, CSV or JSON Lines with account_id and the known cluster.")  # fmt: skip
@click.option(
    "--column", default="cluster", show_default=True, help="Column that names the cluster."
)
@click.option("--sweep", "sweep_id", metavar="ID", help="The sweep to ask.  [default: newest]")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path),
              help="Write evaluation.html and evaluation.md into this folder.")  # fmt: skip
@click.option("--tune", is_flag=True,
              help="Look for better settings on one half of the truth, measure on the other.")  # fmt: skip
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=1, show_default=True,
              help="Of the halves that --tune deals the truth into.")  # fmt: skip
@pass_state
def evaluate(
    state: State,
    truth: Path,
    column: str,
    sweep_id: str | None,
    out: Path | None,
    tune: bool,
    seed: int,
) -> None:
    """Compare the newest sweep with known clusters.

    With --tune the detection is run again about ten times with other settings; nothing in the store
    changes, and the lines to set in coterie.toml are printed.
    """
    if tune:
        with state.progress("tune") as progress:
            tuned = state.open().tune(
                truth, column, sweep_id=sweep_id, out=out, seed=seed, progress=progress
            )
        state.give("evaluate", {"tuning": tuned.to_dict()}, tuned.to_text)
        _say_where(state, out)
        return
    found = state.open().evaluate(truth, column, sweep_id=sweep_id, out=out)
    state.give("evaluate", found.to_dict(), found.to_text)
    _say_where(state, out)


def _say_where(state: State, out: Path | None) -> None:
    if out is not None:
        state.note(f"page: {out / 'evaluation.html'}")


@click.command(cls=Command)
@click.option(
    "--write", is_flag=True, help="Keep the weights in the workspace, if they are better."
)
@click.option("--reset", is_flag=True, help="Put the shipped weights back into the file.")
@pass_state
def learn(state: State, write: bool, reset: bool) -> None:
    """Fit the score's weights to what reviewers decided, and to labels.

    Without --write nothing changes. The weights count once coterie.toml names their file.
    """
    from coterie.workspace.measure import learn_weights, reset_weights

    if write and reset:
        raise click.UsageError("--write and --reset exclude each other")
    workspace = state.open()
    if reset:
        path = reset_weights(workspace)
        said = (
            "There is no file of learned weights: the shipped ones are in use."
            if path is None
            else f"{path}: holds the shipped weights again"
        )
        state.give("learn", {"reset": path}, printable(said, 400))
        return
    with state.progress("learn") as progress:
        progress("fitting")
        found, path = learn_weights(workspace, write=write)
    if write and path is None:
        state.warn("not written: the weights in use do as well or better on the reviewed clusters")
    state.give("learn", {**found.to_dict(), "written": path}, found.to_text)
    if path is not None:
        state.note(f"written: {path}")
        if workspace.config.sweep.weights is None:
            state.note(f'to use them, set under [sweep] in coterie.toml: weights = "{path.name}"')


COMMANDS = (evaluate, learn)
