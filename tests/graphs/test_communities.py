"""Communities and refinement on worlds whose answer is known."""

from __future__ import annotations

import random
from pathlib import Path
from typing import TYPE_CHECKING

import networkx as nx
import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.facts import END, START, signals, work_over

from coterie.config import Config, SweepOptions
from coterie.graphs.communities import WEIGHT_PER_ACCOUNT, find_communities
from coterie.graphs.pipeline import FINDING_TABLES, detect

if TYPE_CHECKING:
    from coterie.queries.store import Store


def _over_links(
    edges: list[tuple[int, int, float]], strong: set[tuple[int, int]] | None = None
) -> Store:
    """A working store with a given link table."""
    work = work_over({}, Path())
    frame = pl.DataFrame(
        [
            {
                "src_key": min(a, b), "dst_key": max(a, b), "bits": round(w * 1e6),
                "strong": round(w * 1e6) if strong is None or (min(a, b), max(a, b)) in strong else 0,
                "weight": round(w * 1e6), "n_values": 1, "families": 1,
            }
            for a, b, w in edges
        ]
    )  # fmt: skip
    work.con.register("frame", frame)
    work.con.sql(
        "CREATE TABLE link AS SELECT src_key::INTEGER AS src_key, dst_key::INTEGER AS dst_key, "
        "bits, strong, weight, n_values, families FROM frame"
    )
    work.con.unregister("frame")
    return work


def _labels(work: Store) -> dict[int, int]:
    return dict(work.con.sql("SELECT account_key, community FROM community").fetchall())


def test_two_cliques_on_a_thin_bridge_come_apart() -> None:
    edges = [
        (a, b, 10.0) for base in (0, 20) for a in range(base, base + 12) for b in range(base, a)
    ]
    work = _over_links([*edges, (0, 20, 1.0)])
    assert find_communities(work, SweepOptions(), 100) == 2
    label = _labels(work)
    work.close()
    assert len({label[i] for i in range(12)}) == 1
    assert label[0] != label[20]


def test_what_only_addresses_hold_together_is_parted() -> None:
    """Two operators behind one proxy: strong links inside, address links across."""
    rng = random.Random(3)
    groups = (range(30), range(30, 60))
    inside = [(a, b, 12.0) for g in groups for a in g for b in g if a < b and rng.random() < 0.4]
    across = [(a, b, 8.0) for a in groups[0] for b in groups[1] if rng.random() < 0.02]
    strong = {(a, b) for a, b, _ in inside}
    # So coarse a cut that the search itself leaves them together.
    work = _over_links([*inside, *across], strong)
    assert find_communities(work, SweepOptions(resolution=0.01), 100) == 2
    label = _labels(work)
    work.close()
    assert {label[i] for i in groups[0]} != {label[i] for i in groups[1]}


@given(st.integers(0, 10_000))
@settings(max_examples=15)
def test_the_cut_is_as_good_as_networkx_finds(seed: int) -> None:
    graph = nx.gnm_random_graph(40, 90, seed=seed)
    edges = [(a, b, 5.0) for a, b in graph.edges]
    work = _over_links(edges)
    # 90 links of 5 bits each on a platform whose usual weight is just that: plain modularity.
    usual = round(90 * 5.0 / WEIGHT_PER_ACCOUNT)
    resolution = WEIGHT_PER_ACCOUNT * usual / (90 * 5.0)
    find_communities(work, SweepOptions(resolution=resolution, min_size=1), usual)
    label = _labels(work)
    work.close()
    nodes = [n for n in graph if n in label]
    groups: dict[int, set[int]] = {}
    for node in nodes:
        groups.setdefault(label[node], set()).add(node)
    part = graph.subgraph(nodes)
    ours = nx.community.modularity(part, groups.values())
    theirs = nx.community.modularity(part, nx.community.louvain_communities(part, seed=1))
    assert ours >= theirs - 0.02


def _campaign(rng: np.random.Generator, n_benign: int = 1500) -> list[tuple[str, str, str]]:
    rows = []
    for i in range(n_benign):
        rows += [(f"b{i:05}", "payment", f"card-{i}"), (f"b{i:05}", "device", f"dev-{i}")]
        rows += [(f"b{i:05}", "ip", f"10.0.{rng.integers(0, 60)}.{rng.integers(0, 200)}")]
    for i in range(40):
        rows += [
            (f"x{i:05}", "payment", f"bad-card-{i % 9}"),
            (f"x{i:05}", "device", f"bad-dev-{i % 7}"),
        ]
        rows += [(f"x{i:05}", "ip", f"10.9.9.{rng.integers(0, 12)}")]
    return rows


def _found(
    rows: list[tuple[str, str, str]], rename: bool = False
) -> tuple[set[frozenset[str]], Store]:
    if rename:
        rows = [(f"z{hash_of(a)}", k, v) for a, k, v in rows]
    work = work_over({"signal": signals(rows)}, Path())
    detect(work, Config(root=Path()), START, END, "s-1")
    found = work.con.sql(
        "SELECT cluster_id, list(account_id) FROM finding_member GROUP BY 1"
    ).fetchall()
    return {frozenset(members) for _, members in found}, work


def hash_of(name: str) -> str:
    return f"{(int(name[1:]) * 7919 + ord(name[0])) % 1_000_003:07}"


def test_a_planted_campaign_is_found_whole_and_alone() -> None:
    clusters, work = _found(_campaign(np.random.default_rng(5)))
    tiers = work.con.sql("SELECT size, n_core FROM finding_cluster").fetchall()
    work.close()
    assert clusters == {frozenset(f"x{i:05}" for i in range(40))}
    assert tiers == [(40, 40)]


def test_row_order_and_repeated_rows_change_nothing() -> None:
    rows = _campaign(np.random.default_rng(6), 400)
    shuffled = [*rows, *rows[:50]]
    random.Random(1).shuffle(shuffled)
    tables = []
    for given_rows in (rows, shuffled):
        _, work = _found(given_rows)
        out = {}
        for table in FINDING_TABLES:
            frame = work.con.table(f"finding_{table}").pl()
            if table == "incidence":
                frame = frame.drop("n")  # a row given twice was used twice
            keys = [c for c, t in frame.schema.items() if not t.is_nested()]
            out[table] = frame.sort(keys).to_dicts()
        work.close()
        tables.append(out)
    assert tables[0] == tables[1]


def test_names_of_accounts_do_not_matter() -> None:
    rows = _campaign(np.random.default_rng(7), 400)
    plain, work = _found(rows)
    work.close()
    renamed, work = _found(rows, rename=True)
    work.close()
    assert {frozenset(f"z{hash_of(a)}" for a in c) for c in plain} == renamed


def test_an_empty_input_gives_empty_findings() -> None:
    work = work_over({}, Path())
    done = detect(work, Config(root=Path()), START, END, "s-1")
    assert [stage["rows"] for stage in done.stages][-1] == 0
    assert work.con.sql("SELECT count(*) FROM finding_cluster").fetchall() == [(0,)]
    work.close()
