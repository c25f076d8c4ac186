"""The quick what-if for pages: many clusters at once, without their top value and without a family.

An approximation, and to be shown as one: the members of each cluster are asked again whether they
belong (one round of refinement) and the cluster is judged again, with that evidence taken away.
Nobody new joins, communities are not cut again, stability and q-value stay as the sweep found them.
:func:`coterie.graphs.what_if.what_if` does all of it, for the clusters of one question.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from coterie.queries.run import run

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from coterie.graphs.what_if_scratch import Scratch
    from coterie.queries.store import Store

TOP_VALUE = "top value"
HOW = (
    "Approximate: the same members asked and judged again with this evidence taken away; nobody new "
    "joins, and stability and q-value stay as the sweep found them."
)


def what_if_cluster(
    store: Store,
    cluster_ids: Sequence[str] | None = None,
    sweep_id: str | None = None,
    *,
    memory_limit: str = "auto",
    threads: int | str = "auto",
) -> pl.DataFrame:
    """Clusters without their top value, and without each family of their evidence.

    An approximation that says so: see :data:`HOW`.

    Args:
        store: an open store.
        cluster_ids: the clusters; None takes all of the sweep.
        sweep_id: the sweep; None takes the newest complete one.
        memory_limit: see :func:`coterie.queries.store.connect`.
        threads: see :func:`coterie.queries.store.connect`.

    Returns:
        One row a cluster and leaving-out, by cluster, the top value first: cluster_id, without
        (``top value`` or a family), kind, value, display (of the top value; else NULL), n_before,
        n_kept (members that would be left), tier, score, families (NULL where the cluster would
        dissolve).

    Raises:
        UnknownName: there is no such sweep or cluster.
        UsageError: an older version made the sweep.
    """
    import polars as pl

    from coterie.graphs.what_if import scratch_for
    from coterie.graphs.what_if_scratch import fill, hours_from_sweep

    with scratch_for(store, sweep_id, cluster_ids or (), memory_limit, threads) as (_, scratch):
        work = scratch.work
        everyone = [row["cluster_id"] for row in work.rows("what_if/cluster_ids")]
        run(work, "what_if/scope", clusters=everyone if cluster_ids is None else list(cluster_ids))
        for step in ("members_only", "as_community", "stability", "top_value"):
            run(work, f"what_if/{step}")
        run(work, "what_if/dropped", values=[], kinds=[], accounts=[])
        fill(scratch)
        hours_from_sweep(work)
        run(work, "what_if/whole")
        run(work, "what_if/without_top")
        top = pl.DataFrame(work.rows("what_if/top_values"), schema=_TOP)
        found = [_left(scratch, TOP_VALUE).join(top, on="cluster_id", how="semi")]
        found[0] = found[0].join(top, on="cluster_id", how="left")
        for row in work.rows("what_if/families"):
            run(work, "what_if/without_family", family=row["family"])
            left = _left(scratch, row["family"])
            found.append(left.filter(pl.col("cluster_id").is_in(row["clusters"])))
    order = pl.col("without") != TOP_VALUE
    whole = pl.concat(found, how="diagonal_relaxed")
    return whole.sort("cluster_id", order, "without").select(*_COLUMNS)


_TOP: Any = {"cluster_id": str, "kind": str, "value": str, "display": str}
_COLUMNS = (
    "cluster_id", "without", "kind", "value", "display", "n_before", "n_kept", "tier", "score",
    "families",
)  # fmt: skip


def _left(scratch: Scratch, without: str) -> pl.DataFrame:
    import polars as pl

    from coterie.graphs.what_if_scratch import ask_again, judge_again

    work = scratch.work
    run(work, "refine/usable")
    hours = ask_again(scratch, rounds=1)
    judged = judge_again(scratch, hours, _nothing, _q_past)
    frame = work.frame("what_if/kept")
    return frame.join(judged.select("c", "tier", "score", "families"), on="c", how="left").select(
        "cluster_id", pl.lit(without).alias("without"), "n_before", "n_kept", "tier", "score",
        "families",
    )  # fmt: skip


def _nothing() -> None:
    """The sweep's stability stays."""


def _q_past(work: Store) -> pl.DataFrame:
    return work.frame("what_if/q_past")
