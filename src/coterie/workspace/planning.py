"""What a sweep would cost, asked of a workspace; nothing is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coterie.errors import InputError
from coterie.sweep_plan import NOTHING, plan_sweep

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from coterie.graphs.plan import SweepPlan
    from coterie.workspace import Workspace


def plan(
    workspace: Workspace,
    as_of: datetime | None = None,
    progress: Callable[..., None] | None = None,
) -> SweepPlan:
    """Count what a sweep would have to do, and say how long it would take.

    Args:
        workspace: where the facts are; other processes may read and write meanwhile.
        as_of: end of the window, UTC without a zone; None takes the newest time in the data.
        progress: called as the plan goes on.

    Raises:
        InputError: there is nothing to sweep.
    """
    from coterie.graphs.plan import plan as count
    from coterie.queries.store import work_store

    config = workspace.config
    if not config.store_path.exists():
        raise InputError(NOTHING)
    if progress is not None:
        progress("counting")
    with workspace.store() as store:
        found = plan_sweep(store, config, as_of)
        with work_store(store, memory_limit=config.memory_limit, threads=config.threads) as work:
            return count(work, config, found.start, found.end)
