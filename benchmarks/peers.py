"""Other ways to find groups of accounts, on the facts that Coterie loads; for the side by side.

Each takes accounts and the values they used (every kind that Coterie links by, prompt families among
them) and gives groups with a score: FRAUDAR its density, the others the values shared per account
(link weight per account ranks far worse). Values on more accounts than ``hub_max`` of their kind are
left out for all; pairs are formed as Coterie forms them (all pairs up to ``cap``, seeded partners
above). What they do not use: times, given links, sign-up dates, bans. The numbers that they need were
chosen on seed 7199 (20,000 accounts, evasion .8 and 1.0), which is in no table.
"""

from __future__ import annotations

import heapq
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from coterie.graphs.partners import ring_pairs

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from coterie.workspace import Workspace

    Column = NDArray[Any]
    Found = tuple[Column, Column]

MIN_SIZE = 5
SEED = 1
BLOCKS = 200
# Chosen on seed 7199 for the B-cubed F. Components: of 3, 5, 8, 12 and the kinds' caps (one giant
# above 5). Cosine: of .1 to .3. Resolutions of two values, cosine, Louvain: of .5 to 32.
HUB = 5
COSINE = 0.1
RESOLUTION = (4.0, 8.0, 4.0)
_CHUNK = 200_000


@dataclass(frozen=True, slots=True)
class Facts:
    """Who used which shared value.

    Attributes:
        names: account ids, sorted; shape (accounts,).
        account: account of each use, shape (uses,).
        value: value of each use, 0 to values - 1.
        k: accounts on each value, shape (values,).
        cap: most accounts on a value of this kind for which all pairs are formed.
        partners: whom each account meets in a larger value.
    """

    names: list[str]
    account: Column
    value: Column
    k: Column
    cap: Column
    partners: Column


def read(workspace: Workspace) -> Facts:
    """The facts of a workspace, in an order that does not depend on the rows'."""
    seen = workspace.query("SELECT account_id, kind, value FROM signals").sort("kind", "value")
    kinds = {kind: workspace.config.kind(kind) for kind in seen["kind"].unique()}
    profile = pl.DataFrame(
        [(kind, p.cap, p.hub_max, p.partners) for kind, p in kinds.items() if p.m > 0],
        schema=["kind", "cap", "hub_max", "partners"],
        orient="row",
    )
    ids = seen["account_id"].unique().sort()
    shared = (
        seen.join(profile, on="kind")
        .with_columns(k=pl.len().over("kind", "value"))
        .filter((pl.col("k") >= 2) & (pl.col("k") <= pl.col("hub_max")))
        .join(pl.DataFrame({"account_id": ids, "account": np.arange(len(ids))}), on="account_id")
        .sort("kind", "value", "account")
        .with_columns(of=pl.struct("kind", "value").rle_id().cast(pl.Int64))
    )
    first = shared.unique("of", keep="first", maintain_order=True)
    return Facts(
        ids.to_list(),
        shared["account"].to_numpy(),
        shared["of"].to_numpy(),
        *(first[name].to_numpy().astype(np.int64) for name in ("k", "cap", "partners")),
    )


def components(facts: Facts) -> Found:
    """Connected components over values on at most ``HUB`` accounts."""
    from scipy.sparse.csgraph import connected_components

    graph = _sparse(facts, np.ones(len(facts.k)), facts.k[facts.value] <= HUB)
    label = connected_components(graph @ graph.T, directed=False)[1].astype(np.int64)
    return label, _shared(facts, label)


def two_values(facts: Facts) -> Found:
    """Pairs with two shared values or more, then Leiden."""
    a, b = _pairs(facts)
    n_shared = _similarity(_sparse(facts, np.ones(len(facts.k))), a, b)
    return _leiden(facts, a, b, n_shared, at_least=2, resolution=RESOLUTION[0])


def cosine(facts: Facts) -> Found:
    """Cosine of the accounts' values weighted by rarity, then Leiden."""
    from scipy.sparse import diags_array

    a, b = _pairs(facts)
    matrix = _sparse(facts, np.log(len(facts.names) / facts.k))
    length = np.sqrt(matrix.multiply(matrix).sum(axis=1))
    unit = (diags_array(1 / np.maximum(length, 1e-12)) @ matrix).tocsr()
    alike = _similarity(unit, a, b)
    return _leiden(facts, a, b, alike, at_least=COSINE, resolution=RESOLUTION[1])


def infomap(facts: Facts) -> Found:
    """Infomap on the graph of accounts and values."""
    return _bipartite(facts, lambda graph: graph.community_infomap(trials=1))


def louvain(facts: Facts) -> Found:
    """Louvain on the graph of accounts and values."""
    return _bipartite(facts, lambda graph: graph.community_multilevel(resolution=RESOLUTION[2]))


def fraudar(facts: Facts) -> Found:
    """FRAUDAR (Hooi et al. 2016, doi 10.1145/2939672.2939747), block after block; density.

    A use of a value on k accounts weighs ``1 / log(k + 5)``. Peeling takes the node with the least
    weight away until none is left, and keeps the moment of the highest weight per node. The block's
    accounts go, and the rest is peeled again, part by part: peeling one connected part does not hang
    on another.
    """
    worth = 1 / np.log(facts.k + 5)
    label = np.full(len(facts.names), -1, np.int64)
    density: list[float] = []
    waiting: list[tuple[float, int, Column, Column]] = []
    everything = np.arange(len(facts.account))

    def add(uses: Column) -> None:
        for part in _parts(facts, uses):
            block, dense = _peel(facts.account[part], facts.value[part], worth)
            heapq.heappush(waiting, (-dense, int(part[0]), part, block))

    add(everything)
    while waiting and len(density) < BLOCKS:
        dense, _, part, block = heapq.heappop(waiting)
        label[block] = len(density)
        density.append(-dense)
        add(part[label[facts.account[part]] < 0])
    return label, np.array(density)


def _peel(account: Column, value: Column, worth: Column) -> tuple[Column, float]:
    """The accounts left at the densest moment of greedy peeling (five at least), and its density."""
    accounts, a = np.unique(account, return_inverse=True)
    values, v = np.unique(value, return_inverse=True)
    n_accounts, n = len(accounts), len(accounts) + len(values)
    w = worth[value]
    ends, others = np.concatenate([a, v + n_accounts]), np.concatenate([v + n_accounts, a])
    order = np.argsort(ends, kind="stable")
    start = np.searchsorted(ends[order], np.arange(n + 1)).tolist()
    other, weight = others[order].tolist(), np.concatenate([w, w])[order].tolist()
    left = np.bincount(ends, np.concatenate([w, w]), n).round(9).tolist()
    heap = [(x, at) for at, x in enumerate(left)]
    heapq.heapify(heap)
    gone, removed = [False] * n, []
    total, best, best_at, held = float(w.sum()), float(w.sum()) / n, 0, n_accounts
    while heap:
        x, at = heapq.heappop(heap)
        if gone[at] or x != left[at]:
            continue
        gone[at] = True
        removed.append(at)
        total -= x
        held -= at < n_accounts
        if held < MIN_SIZE:
            break
        for i in range(start[at], start[at + 1]):
            to = other[i]
            if not gone[to]:
                left[to] = round(left[to] - weight[i], 9)
                heapq.heappush(heap, (left[to], to))
        rest = n - len(removed)
        if rest and total / rest > best:
            best, best_at = total / rest, len(removed)
    kept = np.ones(n, bool)
    kept[removed[:best_at]] = False
    return accounts[kept[:n_accounts]], best


def _parts(facts: Facts, uses: Column) -> list[Column]:
    """The uses of each connected part that holds enough accounts."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    n = len(facts.names)
    size = n + len(facts.k)
    ends = (facts.account[uses], facts.value[uses] + n)
    graph = coo_array((np.ones(len(uses), np.int8), ends), shape=(size, size))
    label = connected_components(graph, directed=False)[1]
    many = np.bincount(label[:n], minlength=label.max() + 1) >= MIN_SIZE
    uses = uses[many[label[facts.account[uses]]]]
    of = label[facts.account[uses]]
    order = np.argsort(of, kind="stable")
    cuts = np.flatnonzero(np.diff(of[order])) + 1
    return np.split(uses[order], cuts) if len(uses) else []


def _sparse(facts: Facts, worth: Column, use: Column | None = None) -> csr_array:
    from scipy.sparse import coo_array

    rows, columns = facts.account, facts.value
    if use is not None:
        rows, columns = rows[use], columns[use]
    shape = (len(facts.names), len(facts.k))
    return coo_array((worth[columns], (rows, columns)), shape=shape).tocsr()


def _pairs(facts: Facts) -> tuple[Column, Column]:
    """Pairs that share a value: all up to the cap, a few partners each above; each once."""
    small = facts.k[facts.value] <= facts.cap[facts.value]
    matrix = _sparse(facts, np.ones(len(facts.k)), small)
    met = (matrix @ matrix.T).tocoo()
    a, b = met.coords
    upper = a < b
    packed = a[upper].astype(np.int64) << 32 | b[upper]
    crowd = pl.DataFrame(
        {
            "account_key": facts.account[~small],
            "value_key": facts.value[~small],
            "kind_key": np.zeros(int((~small).sum()), np.int32),
            "half": np.ones(int((~small).sum()), np.int64),
            "floor": np.zeros(int((~small).sum()), np.int64),
            "k": facts.k[facts.value[~small]],
            "reach": np.maximum(facts.partners[facts.value[~small]] // 2, 1),
        }
    )
    packed = np.unique(np.concatenate([packed, ring_pairs(crowd, SEED)["pair"].to_numpy()]))
    return packed >> 32, packed & 0xFFFFFFFF


def _similarity(matrix: csr_array, a: Column, b: Column) -> Column:
    """The dot product of the rows ``a`` and ``b``, pair by pair."""
    parts = [
        matrix[a[at : at + _CHUNK]].multiply(matrix[b[at : at + _CHUNK]]).sum(axis=1)
        for at in range(0, len(a), _CHUNK)
    ]
    return np.concatenate([*parts, np.empty(0)])


def _leiden(
    facts: Facts, a: Column, b: Column, weight: Column, *, at_least: float, resolution: float
) -> Found:
    import igraph

    keep = weight >= at_least
    a, b, weight = a[keep], b[keep], weight[keep]
    graph = igraph.Graph(len(facts.names))
    graph.add_edges(np.column_stack([a, b]))
    igraph.set_random_number_generator(random.Random(SEED))
    found = graph.community_leiden(
        objective_function="modularity", weights=weight, resolution=resolution, n_iterations=-1
    )
    label = np.array(found.membership, np.int64)
    return label, _shared(facts, label)


def _bipartite(facts: Facts, cut: Callable[[Any], Any]) -> Found:
    import igraph

    n = len(facts.names)
    graph = igraph.Graph(n + len(facts.k))
    graph.add_edges(np.column_stack([facts.account, facts.value + n]))
    igraph.set_random_number_generator(random.Random(SEED))
    label = np.array(cut(graph).membership, np.int64)[:n]
    return label, _shared(facts, label)


def _shared(facts: Facts, label: Column) -> Column:
    """The score of a group: uses of a value that are not its first inside, per account."""
    n = int(label.max()) + 1
    key = np.unique(label[facts.account] * len(facts.k) + facts.value)
    uses = np.bincount(label[facts.account], minlength=n)
    first = np.bincount(key // len(facts.k), minlength=n)
    return (uses - first) / np.maximum(np.bincount(label, minlength=n), 1)


METHODS: dict[str, Callable[[Facts], Found]] = {
    "components, hub cap": components,
    "two values + Leiden": two_values,
    "rarity cosine + Leiden": cosine,
    "bipartite Infomap": infomap,
    "bipartite Louvain": louvain,
    "FRAUDAR": fraudar,
}
