"""Neighbourhoods as graph objects: a cluster's picture, paths between two accounts, expansion.

networkx is enough here: everything is bounded to a cluster or a few hops.
"""

from __future__ import annotations

from itertools import islice, pairwise
from typing import TYPE_CHECKING, Any, Literal

from coterie.errors import UsageError
from coterie.graphs.explain import resolve_account, resolve_sweep
from coterie.graphs.explain_found import Near, Paths
from coterie.graphs.explain_show import show_cluster

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coterie.queries.store import Store

# Most links read in one step of a search, and most accounts a search may touch.
_STEP_LINKS = 20_000
_MAX_ACCOUNTS = 5_000


def cluster_graph(
    store: Store,
    sweep_id: str,
    cluster_id: str,
    kind: Literal["bipartite", "projected"] = "bipartite",
    library: Literal["networkx", "igraph"] = "networkx",
) -> Any:
    """A cluster as a graph of networkx or igraph.

    Args:
        store: an open store.
        sweep_id: the sweep.
        cluster_id: the cluster.
        kind: ``bipartite`` joins accounts to the values they share (nodes ``("account", id)`` and
            ``("value", kind, value)``; edges carry ``bits`` and ``n``); ``projected`` joins
            accounts (nodes are account ids; edges carry ``bits`` and ``n_values``).
        library: which library's graph to give; igraph vertices carry ``name``.

    Raises:
        UnknownName: there is no such cluster.
        UsageError: ``kind`` or ``library`` is neither of the two.
    """
    import networkx as nx

    if kind not in {"bipartite", "projected"}:
        raise UsageError(f'kind: found "{kind}", expected bipartite or projected')
    if library not in {"networkx", "igraph"}:
        raise UsageError(f'library: found "{library}", expected networkx or igraph')
    show_cluster(store, sweep_id, cluster_id, limit=0)
    names = {"sweep_id": sweep_id, "cluster_id": cluster_id}
    graph = nx.Graph(sweep_id=sweep_id, cluster_id=cluster_id, kind=kind)
    members = store.rows("ask/members", **names)
    key = (lambda a: ("account", a)) if kind == "bipartite" else (lambda a: a)
    graph.add_nodes_from(
        (key(m["account_id"]), {"what": "account", "role": m["role"], "score": m["score"]})
        for m in members
    )
    if kind == "projected":
        graph.add_edges_from(
            (row["src"], row["dst"], {"bits": row["bits"], "n_values": row["n_values"]})
            for row in store.rows("ask/links", **names)
        )
    else:
        for row in store.rows("ask/graph_incidence", **names):
            node = ("value", row["kind"], row["value"])
            graph.add_node(node, what="value", kind=row["kind"], display=row["display"])
            graph.add_edge(key(row["account_id"]), node, bits=row["bits"], n=row["n"])
    if library == "networkx":
        return graph
    import igraph

    return igraph.Graph.from_networkx(graph, vertex_attr_hashable="name")


def paths(
    store: Store, a: str, b: str, sweep_id: str | None = None, *, k: int = 3, hops: int = 4
) -> Paths:
    """The best paths of links between two accounts: few strong links before many weak ones.

    A step costs the inverse of its bits; the least sum is best, also where another path has a
    stronger weakest link.

    Args:
        store: an open store.
        a: one account id.
        b: the other account id.
        sweep_id: the sweep to ask; None asks the newest complete one.
        k: most paths to give.
        hops: longest path.

    Returns:
        The paths, the best first; none where no path of links joins the two.

    Raises:
        UnknownName: an account is not known.
    """
    import networkx as nx

    sweep = resolve_sweep(store, sweep_id)
    if a == b:
        raise UsageError("The two are one account; ask about two")
    ends = [resolve_account(store, sweep, account)["account_key"] for account in (a, b)]
    # Both sides grow half of the way: what lies between is found with the smaller circles.
    graph = _around(store, sweep, ends, (hops + 1) // 2)
    if not all(end in graph for end in ends) or not nx.has_path(graph, *ends):
        return Paths(sweep, a, b, ())
    found = islice(nx.shortest_simple_paths(graph, ends[0], ends[1], weight="cost"), k * 4)
    kept = [path for path in found if len(path) - 1 <= hops][:k]
    names = _names(store, sweep, {key for path in kept for key in path})
    return Paths(sweep, a, b, tuple(_path(graph, path, names) for path in kept))


def _path(graph: Any, path: Sequence[int], names: dict[int, str]) -> dict[str, Any]:
    bits = [graph.edges[edge]["bits"] for edge in pairwise(path)]
    weakest = min(range(len(bits)), key=lambda i: bits[i])
    ends = {"a": names[path[weakest]], "b": names[path[weakest + 1]]}
    return {
        "accounts": [names[key] for key in path],
        "bits": bits,
        "weakest": {**ends, "bits": bits[weakest]},
    }


def expand(
    store: Store,
    seeds: Sequence[str],
    sweep_id: str | None = None,
    *,
    hops: int = 2,
    limit: int = 50,
) -> Near:
    """Accounts near the seeds, by personalised PageRank over the links.

    Args:
        store: an open store.
        seeds: account ids to start from.
        sweep_id: the sweep to ask; None asks the newest complete one.
        hops: how far to go.
        limit: most accounts to give.

    Returns:
        The accounts, the nearest first; seeds left out.

    Raises:
        UnknownName: a seed is not known.
    """
    import networkx as nx

    sweep = resolve_sweep(store, sweep_id)
    keys = [resolve_account(store, sweep, seed)["account_key"] for seed in seeds]
    graph = _around(store, sweep, keys, hops)
    starts = [key for key in keys if key in graph]
    if not starts:
        return Near(sweep, tuple(seeds), (), 0)
    rank = nx.pagerank(graph, personalization=dict.fromkeys(starts, 1.0), weight="bits")
    steps = nx.multi_source_dijkstra_path_length(graph, set(starts), weight=None)
    near = [key for key in graph if key not in starts and steps.get(key, hops + 1) <= hops]
    near.sort(key=lambda key: (-rank[key], key))
    rows = store.rows("ask/accounts", sweep_id=sweep, keys=sorted(near[:limit]))
    known = {row.pop("account_key"): row for row in rows}
    accounts = tuple(
        {
            "account_id": known[key]["account_id"],
            "share": rank[key],
            "hops": int(steps[key]),
            "cluster_id": known[key]["cluster_id"],
            "role": known[key]["role"],
        }
        for key in near[:limit]
    )
    return Near(sweep, tuple(seeds), accounts, len(near))


def _around(store: Store, sweep_id: str, keys: Sequence[int], hops: int) -> Any:
    import networkx as nx

    graph = nx.Graph()
    seen: set[int] = set()
    front = set(keys)
    for _ in range(hops):
        front -= seen
        if not front or len(seen) > _MAX_ACCOUNTS:
            break
        seen |= front
        rows = store.rows("ask/near_links", sweep_id=sweep_id, keys=sorted(front), n=_STEP_LINKS)
        graph.add_edges_from(
            (r["src_key"], r["dst_key"], {"bits": r["bits"], "cost": 1 / max(r["bits"], 0.1)})
            for r in rows
        )
        front = {key for r in rows for key in (r["src_key"], r["dst_key"])}
    return graph


def _names(store: Store, sweep_id: str, keys: set[int]) -> dict[int, str]:
    rows = store.rows("ask/names", sweep_id=sweep_id, keys=sorted(keys))
    return {row["account_key"]: row["account_id"] for row in rows}
