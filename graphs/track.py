"""The same cluster in the next sweep: persistent names and what changed.

A cluster is the same one when most of what is left of it is still together, by the accounts that both
sweeps could see, core members before fringe. Names are given by the best assignment in all: first to
clusters that people confirmed, then to those of the last sweep, then to those gone before; last, to new
accounts on the values of banned ones. Growth and shrinkage begin at a tenth of the size.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from coterie.queries.run import run

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    import polars as pl

    from coterie.queries.store import Store

# Sweeps after which a cluster that is gone is forgotten: a year of weeks.
REMEMBERED = 52
_RENAMED = ("cluster", "member", "link", "evidence")


@dataclass(frozen=True, slots=True)
class Before:
    """What a sweep is compared with.

    Attributes:
        sweep_id: the sweep before; None at the first one.
        files: finding -> its file in that sweep: ``member``, and where there are ``account``,
            ``cluster``, ``evidence`` and ``gone``.
        anchors: accounts of clusters that people confirmed, as the query ``track/anchors``; None
            for nobody.
        held: accounts that enforcement was asked to stop, as ``lineage/held``; None for nobody.
    """

    sweep_id: str | None
    files: dict[str, Path]
    anchors: pl.DataFrame | None = None
    held: pl.DataFrame | None = None


def people_before(store: Store, window_end: datetime) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What people decided on earlier sweeps: anchors and held accounts, for :class:`Before`.

    A sweep's identity follows from both, as they change what it is compared with.
    """
    return (
        store.frame("track/anchors", window_end=window_end),
        store.frame("lineage/held", window_end=window_end),
    )


def track(work: Store, sweep_id: str, before: Before, window_end: datetime) -> dict[str, int]:
    """Carry names over from earlier sweeps, in the finding tables of ``work``.

    Args:
        work: the sweep's own database, with the tables of the detection and every ``finding_``
            table but ``finding_change``, ``finding_gone`` and ``finding_successor``, which it makes.
        sweep_id: this sweep.
        before: what to compare with.
        window_end: end of the window (UTC), not included.

    Returns:
        Event -> number of clusters, sorted by event.
    """
    from coterie.graphs.lineage import find_successors, name_successors
    from coterie.graphs.track_match import match, match_values, partners

    frames = _frames(before)
    for name, frame in frames.items():
        work.con.register(f"track_{name}", frame)
    find_successors(work, before.held, window_end)
    for step in ("known", "now", "overlap"):
        run(work, f"track/{step}")
    overlaps = work.frame("track/overlaps")
    gone = frames["gone"]
    merged = gone.filter(gone["fate"] == "merge")["cluster_id"].unique()
    found = match(overlaps)
    parted = partners(overlaps, found, merged)
    parts = parted.filter(parted["event"] == "split")["draft_id"]
    found = match_values(work.frame("track/alike"), found, parts)
    work.con.register("track_match", found)
    work.con.register("track_partner", parted)
    run(work, "track/replaced")
    run(work, "track/names", sweep_id=sweep_id)
    for table in _RENAMED:
        run(work, f"track/rename_{table}")
    run(work, "track/changes", sweep_id=sweep_id)
    run(work, "track/gone", sweep_id=sweep_id, previous=before.sweep_id, most=REMEMBERED)
    name_successors(work, sweep_id)
    events = {row["event"]: row["n"] for row in work.rows("track/events")}
    for name in (*frames, "match", "partner"):
        work.con.unregister(f"track_{name}")
    return events


def _frames(before: Before) -> dict[str, pl.DataFrame]:
    """The registered frames of the comparison, empty where there is nothing."""
    import polars as pl

    schema: dict[str, dict[str, type[pl.DataType]]] = {
        "member": {"cluster_id": pl.String, "account_id": pl.String, "role": pl.String},
        "account": {"account_id": pl.String, "first_seen": pl.Datetime},
        "cluster": {"cluster_id": pl.String, "change": pl.String},
        "evidence": {
            "cluster_id": pl.String, "kind": pl.String, "value": pl.String, "n_in": pl.Int32,
            "bits": pl.Float64,
        },
        "gone": {
            "cluster_id": pl.String, "what": pl.String, "kind": pl.String, "name": pl.String,
            "weight": pl.Float64, "fate": pl.String, "last_sweep_id": pl.String,
            "n_sweeps": pl.Int32,
        },
    }  # fmt: skip
    read = {
        table: pl.read_parquet(before.files[table], columns=list(columns))
        if table in before.files
        else pl.DataFrame(schema=columns)
        for table, columns in schema.items()
    }
    seen = read["account"].filter(pl.col("first_seen").is_not_null())
    nobody = pl.DataFrame(schema={"cluster_id": pl.String, "account_id": pl.String})
    return {
        "members": read["member"],
        "seen": seen.select("account_id"),
        "last": read["cluster"],
        "evidence": read["evidence"],
        "gone": read["gone"],
        "anchor": nobody if before.anchors is None else before.anchors,
    }
