"""How good the findings are, and what labelled data and reviews can make better."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coterie.errors import InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import polars as pl

    from coterie.config import Config
    from coterie.graphs.evaluate import Evaluation
    from coterie.graphs.learned import Learned
    from coterie.graphs.tuning import Tuning
    from coterie.workspace import Sweep, Workspace

PAGE, TEXT, WEIGHTS = "evaluation.html", "evaluation.md", "score_weights.json"


def truth_of(truth: str | os.PathLike[str] | pl.DataFrame, column: str) -> pl.DataFrame:
    """A truth as ``account_id``, ``cluster`` and whatever else is known; from a file or a frame.

    Raises:
        InputError: it cannot be read or lacks a column.
    """
    from coterie.workspace.files import read_truth, with_truth_columns

    if isinstance(truth, str | os.PathLike):
        return read_truth(Path(truth), column)
    return with_truth_columns(truth, column, "truth")


def evaluate_sweep(
    workspace: Workspace,
    truth: pl.DataFrame,
    sweep_id: str | None,
    out: Path | None,
    tuning: Mapping[str, Any] | None = None,
) -> Evaluation:
    """Measure a sweep against a truth; with ``out`` write its page and its Markdown there.

    Args:
        workspace: where the sweep is.
        truth: as :func:`truth_of` gives it.
        sweep_id: the sweep; None takes the newest complete one.
        out: a folder, made when absent; None writes nothing.
        tuning: what a tuning found, as the page and the Markdown show it, or None.

    Raises:
        InputError: the truth is about none of the sweep's accounts.
    """
    from coterie.graphs.evaluate import evaluate

    sweep = workspace.newest(sweep_id)
    accounts = workspace.named("ask/totals", sweep_id=sweep.sweep_id)["accounts"][0]
    members, clusters = sweep.members(), sweep.clusters()
    known, absent = _known(workspace, sweep, truth)
    linked = workspace.named("evaluate/account_bits", sweep_id=sweep.sweep_id, known=known)
    found = evaluate(members, clusters, truth, int(accounts), linked=linked, n_absent=absent)
    if out is not None:
        row = workspace.named("ask/sweep", sweep_id=sweep.sweep_id).row(0, named=True)
        _write(out, row, found, (members, clusters, truth), tuning)
    return found


def _known(workspace: Workspace, sweep: Sweep, truth: pl.DataFrame) -> tuple[list[str], int]:
    """The accounts that the truth seeks, and how many of them the sweep did not see.

    Raises:
        InputError: it saw none of them.
    """
    from coterie.graphs.evaluate_rows import operators_of
    from coterie.printable import printable

    known = operators_of(truth)["account_id"].to_list()
    absent = workspace.named("evaluate/absent", sweep_id=sweep.sweep_id, known=known)
    if known and absent.height == len(known):
        raise InputError(
            f"none of the {len(known):,} accounts of the truth is in sweep {sweep.sweep_id}: found "
            f'"{printable(absent["account_id"][0], 60)}", expected the names that were loaded'
        )
    return known, absent.height


def tune_settings(
    workspace: Workspace,
    truth: pl.DataFrame,
    sweep_id: str | None,
    out: Path | None,
    seed: int,
    progress: Callable[..., None] | None,
) -> Tuning:
    """Look for better settings over the facts of a sweep's window; nothing in the store changes.

    Args:
        workspace: its settings are the present ones.
        truth: as :func:`truth_of` gives it.
        sweep_id: whose window; None takes the newest complete one.
        out: a folder for the pages of the evaluation, the tuning at their top; None writes nothing.
        seed: of the halves and of the bootstrap.
        progress: called as it goes on.

    Raises:
        InputError: there are too few truth clusters to deal into halves, or they are about none of
            the sweep's accounts.
    """
    from coterie.graphs.tune import tune
    from coterie.queries.store import work_store

    sweep = workspace.newest(sweep_id)
    row = workspace.named("ask/sweep", sweep_id=sweep.sweep_id).row(0, named=True)
    config = workspace.config
    _known(workspace, sweep, truth)
    with workspace.store() as store:
        found = tune(
            lambda: work_store(store, memory_limit=config.memory_limit, threads=config.threads),
            config,
            (row["window_start"], row["window_end"]),
            truth,
            seed=seed,
            progress=progress,
        )
    if out is not None:
        evaluate_sweep(workspace, truth, sweep.sweep_id, out, found.page())
    return found


def learn_weights(workspace: Workspace, *, write: bool) -> tuple[Learned, Path | None]:
    """Fit the score's weights to decisions and labels; with ``write`` keep them if they are better.

    Returns:
        What was learned, and the file that was written, or None.

    Raises:
        InputError: too few clusters are known.
        UsageError: the file cannot be written.
    """
    from coterie.graphs.judge import weights
    from coterie.graphs.learn import cases_of, learn
    from coterie.graphs.weights import score_spec

    config = workspace.config
    reviewed = workspace.named("learn/reviewed")
    labelled = workspace.named("learn/labelled", sweep_id=workspace.newest().sweep_id)
    present = {**score_spec(config), **_thresholds(config)}
    found = learn(
        cases_of(reviewed, labelled),
        weights(),
        present,
        seed=config.sweep.seed,
        waiting=int(workspace.named("learn/waiting")["n"][0]),
    )
    if not write or not found.better:
        return found, None
    return found, _keep(config, found.spec)


def reset_weights(workspace: Workspace) -> Path | None:
    """Put the shipped weights back into the workspace's file; None when there is no such file.

    Raises:
        UsageError: the file cannot be written.
    """
    from coterie.graphs.judge import weights

    config = workspace.config
    return _keep(config, weights()) if _weights_file(config).exists() else None


def _weights_file(config: Config) -> Path:
    return config.root / (config.sweep.weights or WEIGHTS)


def _thresholds(config: Config) -> dict[str, float]:
    # Those of the weights in use: what coterie.toml sets beside them is no part of the file.
    from coterie.graphs.judge import weights

    spec = weights() if config.weights is None else config.weights
    return {tier: spec[tier] for tier in ("coordinated", "linked")}


def _keep(config: Config, spec: Mapping[str, Any]) -> Path:
    from coterie.workspace.files import write_whole

    path = _weights_file(config)
    text = json.dumps(spec, indent=2) + "\n"
    write_whole(path, lambda part: part.write_text(text, encoding="utf-8"))
    return path


def _write(
    out: Path,
    sweep: Mapping[str, Any],
    found: Evaluation,
    frames: tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame],
    tuning: Mapping[str, Any] | None,
) -> None:
    from coterie.graphs.evaluate_rows import compare
    from coterie.printable import printable
    from coterie.reports.evaluation import evaluation_page

    behind = compare(*frames)
    page = evaluation_page(
        sweep, found.to_dict(), found.tables(), behind.truth, behind.found, behind.curve, tuning
    )
    text = [f"# How good the findings are: sweep {printable(sweep['sweep_id'])}"]
    if tuning is not None:
        text.append(tuning["markdown"])
    text.append(found.to_markdown())
    write_pages(out, {PAGE: page, TEXT: "\n\n".join(text) + "\n"})


def write_pages(out: Path, pages: Mapping[str, str]) -> None:
    """Write texts into a folder, each as a whole and for its owner alone.

    Raises:
        UsageError: the folder cannot be written.
    """
    from coterie.reports.folder import write_private

    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, text in pages.items():
            draft = out / f".{name}.part"
            draft.unlink(missing_ok=True)
            write_private(draft, text.encode("utf-8"))
            draft.replace(out / name)
    except OSError as error:
        raise UsageError(f"{out}: cannot be written ({error.strerror or error})") from error
