"""Who goes on where a banned account stopped.

A new account that takes up values of two families of a banned one is its likely successor. The evidence
is kept: the values, their bits, and when each was first used after the ban.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from coterie.queries.run import run

if TYPE_CHECKING:
    from datetime import datetime

    import polars as pl

    from coterie.queries.store import Store

# Accounts on a value above which taking it up tells of nobody in particular, and which bounds the
# pairs that are formed.
MOST_ON_A_VALUE = 200


def find_successors(work: Store, held: pl.DataFrame | None, window_end: datetime) -> None:
    """Pairs of new and banned accounts; leave ``lineage_banned`` and ``lineage_pair``.

    Args:
        work: the sweep's own database, with the tables of the detection.
        held: accounts that enforcement was asked to stop: account_id, banned_at.
        window_end: end of the window (UTC); later bans are not known yet.
    """
    import polars as pl

    nobody = pl.DataFrame(schema={"account_id": pl.String, "banned_at": pl.Datetime})
    work.con.register("lineage_held", nobody if held is None else held)
    run(work, "lineage/banned", window_end=window_end)
    work.con.unregister("lineage_held")
    run(work, "lineage/pair", most=MOST_ON_A_VALUE)


def name_successors(work: Store, sweep_id: str) -> None:
    """Write the pairs down with the clusters of both; leave ``finding_successor``.

    Call it when clusters have their names and ``track_known`` is there.
    """
    run(work, "lineage/successor", sweep_id=sweep_id)
