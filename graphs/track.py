"""The same cluster in the next sweep: persistent names and what changed.

A cluster keeps its name where most of it is still there: the best overlap (Jaccard of the members'
account ids) of at least one half. The rest are births and deaths; growth and shrinkage begin at a
tenth of the size.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from coterie.queries.run import run

if TYPE_CHECKING:
    from pathlib import Path

    from coterie.queries.store import Store

_RENAMED = ("cluster", "member", "link", "evidence")


def track(work: Store, sweep_id: str, previous_members: Path | None) -> dict[str, int]:
    """Carry names over from the previous sweep, in the finding tables of ``work``.

    Args:
        work: the sweep's own database, with every ``finding_`` table but ``finding_change``.
        sweep_id: this sweep.
        previous_members: the member file of the sweep to compare with; None at the first sweep.

    Returns:
        Event -> number of clusters, sorted by event.
    """
    if previous_members is None:
        run(work, "track/previous_none")
    else:
        run(work, "track/previous_members", file=str(previous_members))
    run(work, "track/overlap")
    run(work, "track/names", sweep_id=sweep_id)
    for table in _RENAMED:
        run(work, f"track/rename_{table}")
    run(work, "track/changes", sweep_id=sweep_id)
    return {row["event"]: row["n"] for row in work.rows("track/events")}
