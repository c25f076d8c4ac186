"""Communities on the evidence-weighted links (method, section 4).

Leiden (Traag, Waltman, van Eck 2019, doi 10.1038/s41598-019-41695-z) as igraph has it, one connected
component at a time with a generator of its own, so that a component's result does not depend on what
else is in the graph. A consensus over seeds gives each account a stability.
"""

from __future__ import annotations

import random
import threading
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from coterie.queries.run import run

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from coterie.config import SweepOptions
    from coterie.queries.store import Store

    Keys = NDArray[np.int64]

# Link weight a platform of N accounts carries, in bits an account: 17.4 at 20,000 and 17.3 at 100,000
# simulated accounts. Modularity's null model then does not hang on what else is in the graph: a
# component is cut the same alone as among all others.
WEIGHT_PER_ACCOUNT = 17.0
# Two iterations find what three find on six worlds of 100,000 accounts (the same B-cubed F); at a million
# the third moves 1 % of the accounts. The consensus asks for no more than where a seed first leads.
ITERATIONS = 2
_IGRAPH_RNG = threading.Lock()  # igraph has one generator a process


class _Blocks(NamedTuple):
    """Edges and vertices grouped by component: arrays and where each component starts."""

    vertices: Keys
    component: Keys
    vertex_start: Keys
    src: Keys
    dst: Keys
    weight: NDArray[np.float64]
    edge_start: Keys


def find_communities(work: Store, options: SweepOptions, n_accounts: int) -> int:
    """Cut the links into communities; leave the table ``community``.

    Args:
        work: the sweep's working store, with the table ``link``.
        options: seed, resolution, objective, min_size.
        n_accounts: accounts of the platform.

    Returns:
        The number of communities of at least ``min_size`` accounts.
    """
    src, dst, weight = _arrays(work, "community/links")
    blocks = _blocks(src, dst, weight, options.min_size)
    base = _partition(blocks, options, n_accounts, [options.seed], ITERATIONS)[0]
    _store(work, blocks.vertices, base, options.min_size)
    parted = _part_address_merges(work, blocks.vertices, base)
    return _store(work, blocks.vertices, parted, options.min_size)


def measure_stability(work: Store, options: SweepOptions, n_accounts: int) -> None:
    """Ask other seeds whether the clusters hold together; leave the table ``stability``.

    The links among members are cut again ``options.consensus - 1`` times; an account is stable in a
    turn when it is with the plurality of its cluster.
    """
    src, dst, weight = _arrays(work, "community/member_links")
    members = work.frame("community/members")
    blocks = _blocks(src, dst, weight, 2)
    place = pl.DataFrame({"account_key": blocks.vertices, "at": np.arange(len(blocks.vertices))})
    place = place.with_columns(pl.col("account_key").cast(pl.Int32))
    joined = members.join(place, on="account_key", how="left", maintain_order="left")
    at = joined["at"].fill_null(-1).to_numpy()
    cluster = joined["c"].to_numpy().astype(np.int64)
    stays = np.ones(len(cluster))
    turns = max(0, options.consensus - 1)
    seeds = [options.seed + 1 + turn for turn in range(turns)]
    for label in _partition(blocks, options, n_accounts, seeds, cut=1):
        # Members without a link to another member are with nobody.
        other = np.where(at >= 0, label[at] if len(label) else -1, -2 - np.arange(len(at)))
        stays += _with_plurality(cluster, other)
    frame = members.select("account_key").with_columns(
        pl.Series("stability", (stays / (turns + 1)).round(6))
    )
    work.con.register("stability_frame", frame)
    run(work, "community/stability")
    work.con.unregister("stability_frame")


def _arrays(work: Store, name: str) -> tuple[Keys, Keys, NDArray[np.float64]]:
    links = work.frame(name)
    return (
        links["src_key"].to_numpy().astype(np.int64),
        links["dst_key"].to_numpy().astype(np.int64),
        links["weight"].to_numpy().astype(np.float64) / 1e6,
    )


def _store(work: Store, vertices: Keys, label: Keys, min_size: int) -> int:
    # Communities are numbered by their smallest account: the same whatever order they were found in.
    frame = (
        pl.DataFrame({"account_key": vertices, "label": label})
        .with_columns(
            pl.len().over("label").alias("size"),
            pl.col("account_key").min().over("label").alias("first"),
        )
        .filter(pl.col("size") >= min_size)
        .with_columns(community=pl.col("first").rank("dense").cast(pl.Int32) - 1)
        .sort("account_key")
    )
    work.con.register("community_frame", frame)
    run(work, "community/community")
    work.con.unregister("community_frame")
    return frame["community"].n_unique()


def _blocks(src: Keys, dst: Keys, weight: NDArray[np.float64], min_size: int) -> _Blocks:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    half = len(src)
    present = np.zeros(max(src.max(initial=-1), dst.max(initial=-1)) + 1, np.bool_)
    present[src] = present[dst] = True
    vertices, dense = np.flatnonzero(present), np.cumsum(present) - 1
    n, a, b = len(vertices), dense[src], dense[dst]
    graph = coo_array((np.ones(half, np.int8), (a, b)), shape=(n, n))
    label = connected_components(graph, directed=False)[1] if n else np.empty(0, np.int64)
    # Components too small to hold a cluster are most of them (households): they end here.
    size = np.bincount(label) if n else np.empty(0, np.int64)
    keep = size[label] >= min_size if n else np.empty(0, bool)
    order = np.argsort(label[keep], kind="stable")
    old = np.flatnonzero(keep)[order]
    component = np.unique(label[old], return_inverse=True)[1]
    place = np.full(n, -1, np.int64)
    place[old] = np.arange(len(old))
    edges = np.flatnonzero(keep[a]) if half else np.empty(0, np.int64)
    ea, eb = place[a[edges]], place[b[edges]]
    edge_order = np.argsort(component[ea], kind="stable")
    ea, eb = ea[edge_order], eb[edge_order]
    count = int(component[-1]) + 1 if len(component) else 0
    bounds = np.arange(count + 1)
    return _Blocks(
        vertices[old],
        component,
        np.searchsorted(component, bounds),
        ea,
        eb,
        weight[edges][edge_order],
        np.searchsorted(component[ea], bounds),
    )


def _partition(
    blocks: _Blocks, options: SweepOptions, n_accounts: int, seeds: list[int], cut: int
) -> Keys:
    """Leiden on each component, once a seed, with a generator of the component's own.

    Args:
        blocks: the links by component.
        options: objective and resolution.
        n_accounts: accounts of the platform.
        seeds: seeds of the generators.
        cut: iterations; each refines the one before.

    Returns:
        One row of labels per seed, shape (seeds, vertices).
    """
    import igraph

    label = np.empty((len(seeds), len(blocks.vertices)), np.int64)
    modularity = options.objective == "modularity"
    ends = (
        np.column_stack([blocks.src, blocks.dst])
        - np.repeat(blocks.vertex_start[:-1], np.diff(blocks.edge_start))[:, None]
    )
    label[:] = blocks.vertex_start[blocks.component]
    cuttable = _cuttable(blocks, options, n_accounts)
    with _IGRAPH_RNG:
        for c in np.flatnonzero(cuttable):
            v0, v1 = blocks.vertex_start[c], blocks.vertex_start[c + 1]
            e0, e1 = blocks.edge_start[c], blocks.edge_start[c + 1]
            w = blocks.weight[e0:e1]
            graph = igraph.GraphBase(int(v1 - v0))
            graph.add_edges(ends[e0:e1])
            resolution = options.resolution
            if modularity:
                # igraph divides by the part's own weight: put the platform's in its place.
                resolution *= float(w.sum()) / (WEIGHT_PER_ACCOUNT * n_accounts)
            for row, seed in enumerate(seeds):
                igraph.set_random_number_generator(
                    random.Random(seed * 1_000_003 + int(v1 - v0))  # noqa: S311
                )
                # GraphBase: the wrapper would build a clustering object a component.
                found, _ = graph.community_leiden(
                    edge_weights=w,
                    resolution=resolution,
                    normalize_resolution=modularity,
                    n_iterations=cut,
                )
                label[row, v0:v1] = found
                label[row, v0:v1] += v0
        igraph.set_random_number_generator(random.Random(0))  # noqa: S311
    return label


def _cuttable(blocks: _Blocks, options: SweepOptions, n_accounts: int) -> NDArray[np.bool_]:
    """Which components a search could cut at all; the others are one community, whatever the seed.

    In a component whose lightest link outweighs what the null model expects between any two parts
    of it, joining two neighbouring communities is always a gain: only the whole is stable.
    """
    if not len(blocks.edge_start) - 1:
        return np.empty(0, np.bool_)
    at = blocks.edge_start[:-1]
    lightest = np.minimum.reduceat(blocks.weight, at)
    if options.objective == "modularity":
        total = np.add.reduceat(blocks.weight, at)
        most = total**2 / (2 * WEIGHT_PER_ACCOUNT * n_accounts)
    else:
        most = np.diff(blocks.vertex_start) ** 2 / 4
    cuttable: NDArray[np.bool_] = options.resolution * most >= lightest
    return cuttable


def _with_plurality(base: Keys, other: Keys) -> NDArray[np.bool_]:
    """Whether each row has the most frequent ``other`` of its ``base``."""
    frame = pl.DataFrame({"base": base, "other": other})
    main = (
        frame.group_by("base", "other")
        .len()
        .sort("base", "len", "other", descending=[False, True, False])
        .group_by("base", maintain_order=True)
        .first()
        .select("base", main="other")
    )
    joined = frame.join(main, on="base", how="left", maintain_order="left")
    return (joined["other"] == joined["main"]).to_numpy()


def _part_address_merges(work: Store, vertices: Keys, label: Keys) -> Keys:
    """Split communities whose parts only addresses hold together.

    Parts are the components of strong (not address) links inside a community. Two parts of at least
    ten accounts and 4 % whose mixing is under .08 of random mixing come apart, if the parts cover
    70 % of the community; everybody else follows the part with most of their link weight.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    inside = work.frame("community/strong_links")
    if inside.is_empty():
        return label
    n = len(vertices)
    place = pl.DataFrame({"key": vertices, "at": np.arange(n)})
    ends = [
        inside.join(place, left_on=c, right_on="key", how="left", maintain_order="left")[
            "at"
        ].to_numpy()
        for c in ("src_key", "dst_key")
    ]
    strong = inside["strong"].to_numpy()
    weight = inside["weight"].to_numpy().astype(np.float64) / 1e6
    community = inside["community"].to_numpy().astype(np.int64)
    graph = coo_array(
        (np.ones(int(strong.sum()), np.int8), (ends[0][strong], ends[1][strong])), shape=(n, n)
    )
    part = connected_components(graph, directed=False)[1].astype(np.int64)
    size = np.bincount(part, minlength=part.max() + 1)
    home = np.full(n, -1, np.int64)
    home[ends[0]] = community
    home[ends[1]] = community
    total = np.bincount(home[home >= 0])
    whole = np.where(home >= 0, total[home], 1)
    big = (size[part] >= np.maximum(10, 0.04 * whole)) & (home >= 0)
    # A community comes apart when two or more big parts cover it and do not mix.
    frame = pl.DataFrame({"home": home[big], "part": part[big]})
    cover = frame.group_by("home").agg(
        pl.len().alias("n"), pl.col("part").n_unique().alias("parts")
    )
    cover = cover.filter(pl.col("parts") >= 2)
    cover = cover.filter(pl.col("n") >= 0.7 * pl.Series(total[cover["home"].to_numpy()]))
    candidates = np.zeros(len(total) + 1, bool)
    candidates[cover["home"].to_numpy()] = True
    a, b = part[ends[0]], part[ends[1]]
    use = candidates[community] & big[ends[0]] & big[ends[1]]
    if not use.any():
        return label
    degree = np.bincount(
        np.concatenate([a[use], b[use]]), np.concatenate([weight[use], weight[use]]), len(size)
    )
    in_home = np.bincount(community[use], weight[use], len(total))
    lo, hi = np.minimum(a, b)[use], np.maximum(a, b)[use]
    between = (
        pl.DataFrame({"lo": lo, "hi": hi, "home": community[use], "w": weight[use]})
        .filter(pl.col("lo") != pl.col("hi"))
        .group_by("lo", "hi", "home")
        .agg(pl.col("w").sum())
    )
    expected = (
        degree[between["lo"].to_numpy()]
        * degree[between["hi"].to_numpy()]
        / (2 * np.maximum(in_home[between["home"].to_numpy()], 1e-9))
    )
    # Parts that do mix stay one: components of the mixing parts are the new communities.
    mixing = between["w"].to_numpy() >= 0.08 * expected
    joined = coo_array(
        (
            np.ones(int(mixing.sum()), np.int8),
            (between["lo"].to_numpy()[mixing], between["hi"].to_numpy()[mixing]),
        ),
        shape=(len(size), len(size)),
    )
    group = connected_components(joined, directed=False)[1].astype(np.int64)
    new = label.copy()
    moves = big & candidates[np.maximum(home, 0)] & (home >= 0)
    offset = int(label.max()) + 1
    new[moves] = offset + group[part[moves]]
    return _follow(new, label, moves, candidates, home, ends, weight)


def _follow(
    new: Keys,
    label: Keys,
    moved: NDArray[np.bool_],
    candidates: NDArray[np.bool_],
    home: Keys,
    ends: list[Keys],
    weight: NDArray[np.float64],
) -> Keys:
    """Accounts outside the big parts go where most of their link weight leads."""
    rest = ~moved & (home >= 0) & candidates[np.maximum(home, 0)]
    src = np.concatenate([ends[0], ends[1]])
    dst = np.concatenate([ends[1], ends[0]])
    w = np.concatenate([weight, weight])
    use = rest[src] & moved[dst] & (label[src] == label[dst])
    if not use.any():
        return new
    best = (
        pl.DataFrame({"at": src[use], "to": new[dst[use]], "w": w[use]})
        .group_by("at", "to")
        .agg(pl.col("w").sum().round(6))
        .sort("at", "w", "to", descending=[False, True, False])
        .group_by("at", maintain_order=True)
        .first()
    )
    new[best["at"].to_numpy()] = best["to"].to_numpy()
    return new
