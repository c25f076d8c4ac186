"""The demo: a simulated world from start to end."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from coterie.errors import UsageError
from coterie.settings import FILE
from coterie.workspace import open_workspace

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from coterie.graphs.evaluate import Evaluation
    from coterie.workspace import Sweep, Workspace

_MARK = ".coterie-demo"
_SEED = 1


@dataclass(frozen=True, slots=True)
class Demo:
    """What the demo made.

    Attributes:
        workspace: a workspace like any other, to go on with.
        sweep: its sweep.
        evaluation: the sweep against the truth of the simulation.
        report: folder of the report.
        n_accounts: accounts of the world, campaigns included.
        seconds: wall-clock time of the whole.
    """

    workspace: Workspace
    sweep: Sweep
    evaluation: Evaluation
    report: Path
    n_accounts: int
    seconds: float


def run_demo(
    out: Path, *, accounts: int = 5_000, progress: Callable[..., None] | None = None
) -> Demo:
    """Simulate, load, sweep, report and compare with the truth.

    Args:
        out: folder; the demo lives in ``run`` below it and replaces its own last run.
        accounts: benign accounts.
        progress: called with what is being done.

    Raises:
        UsageError: ``out/run`` holds something that is no demo.
    """
    begun = time.perf_counter()
    say = progress or (lambda *_: None)
    root = _fresh(out / "run")
    say("simulate", 0, 5)
    files = open_workspace(root).simulate(root / "world", accounts=accounts, seed=_SEED)
    sources = [
        f'[[source]]\npath = "world/{name}.parquet"\nas = "{name}"\n'
        for name in files
        if name != "truth"
    ]
    (root / FILE).write_text("# The demo's settings.\n\n" + "\n".join(sources), encoding="utf-8")
    workspace = open_workspace(root)
    say("load", 1, 5)
    workspace.load(progress=lambda stage, *_: say(f"load: {stage}", 1, 5))
    say("sweep", 2, 5)
    sweep = workspace.sweep(progress=lambda stage, *_: say(f"sweep: {stage}", 2, 5))
    say("report", 3, 5)
    report = workspace.report(
        root / "report", progress=lambda stage, *_: say(f"report: {stage}", 3, 5)
    )
    say("evaluate", 4, 5)
    evaluation = workspace.evaluate(files["truth"])
    n_accounts = workspace.query("SELECT count(*) AS n FROM accounts")["n"][0]
    seconds = round(time.perf_counter() - begun, 3)
    return Demo(workspace, sweep, evaluation, report.path, int(n_accounts), seconds)


def _fresh(root: Path) -> Path:
    if root.exists():
        if not (root / _MARK).is_file():
            raise UsageError(f"{root}: is there and is no earlier demo; choose another --out")
        shutil.rmtree(root)
    root.mkdir(parents=True)
    (root / _MARK).touch()
    return root
