"""Sweeps as a series: what changed from one to another, and the life of a cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from coterie.graphs.diff import Diff, History
    from coterie.workspace import Workspace


def diff(
    ws: Workspace, a: str | None = None, b: str | None = None, *, limit: int = 20, each: int = 5
) -> Diff:
    """What changed from sweep ``a`` to sweep ``b``; see :func:`coterie.graphs.diff.diff`.

    Raises:
        UnknownName: there is no such sweep.
        UsageError: there is nothing to compare with, or nothing has been swept yet.
    """
    from coterie.graphs.diff import diff as compared

    with ws.store() as store:
        return compared(store, a, b, limit=limit, each=each)


def history(ws: Workspace, cluster_id: str, sweep_id: str | None = None) -> History:
    """The life of a cluster over the sweeps; see :func:`coterie.graphs.diff.history`.

    Raises:
        UnknownName: no sweep knows the cluster.
        UsageError: nothing has been swept yet.
    """
    from coterie.graphs.diff import history as lived

    with ws.store() as store:
        return lived(store, cluster_id, sweep_id)
