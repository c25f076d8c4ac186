"""What the pages tell beside the picture: what-if, flows between sweeps, feeds, roles, search."""

from __future__ import annotations

import base64
import gzip
import json
import re
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.findings import HOSTILE, make_store

from coterie.queries.store import open_store
from coterie.reports.evidence import picture
from coterie.reports.feeds import feeds
from coterie.reports.figures_time import MOST_STATIONS, alluvial, over_sweeps
from coterie.reports.names import part_family
from coterie.reports.pages.cluster_tables import role_reasons
from coterie.reports.read import cluster_of, read_details, read_sweep
from coterie.reports.redact import Names
from coterie.reports.search import search_script
from coterie.reports.what_if import without

if TYPE_CHECKING:
    from pathlib import Path

    from coterie.reports.read import Cluster, Sweep


def read_all(path: Path, **more: Any) -> tuple[Sweep, list[Cluster]]:
    with open_store(path) as store:
        sweep = read_sweep(store, None, Names())
        rows = sweep.clusters.to_dicts()
        details = read_details(store, sweep, [r["cluster_id"] for r in rows], Names(), **more)
    return sweep, [cluster_of(details, row, page) for page, row in enumerate(rows)]


@pytest.fixture(scope="module")
def store_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_store(tmp_path_factory.mktemp("store"), (300, 40, 12, 2, 1))


def together(cluster: Cluster, dropped: set[int]) -> tuple[int, int, int]:
    """Largest group, groups of two or more and lonely accounts, by networkx."""
    graph = nx.Graph()
    graph.add_nodes_from(range(cluster.members.height))
    graph.add_edges_from(
        (int(r), f"v{c}")
        for r, c in zip(cluster.links["row"], cluster.links["column"], strict=True)
        if c not in dropped
    )
    sizes = [sum(isinstance(v, int) for v in part) for part in nx.connected_components(graph)]
    sizes = [s for s in sizes if s]
    return max(sizes), sum(s > 1 for s in sizes), sum(s == 1 for s in sizes)


def test_without_a_value_or_a_family_the_ties_are_those_of_the_graph(store_path: Path) -> None:
    for cluster in read_all(store_path)[1][:3]:
        found = without(cluster)
        kinds, family = cluster.values["kind"].to_list(), cluster.values["family"].to_list()
        assert [w.what for w in found] == ["value", *["family"] * len(set(family))]
        assert (
            cluster.values["n_in"].max()
            == cluster.values.filter(
                (pl.col("display") == found[0].name) & (pl.col("kind") == found[0].kind)
            )["n_in"].max()
        )
        for w in found:
            gone = {
                i
                for i, (k, f, d) in enumerate(
                    zip(kinds, family, cluster.values["display"], strict=True)
                )
                if (f == w.name if w.what == "family" else (k, d) == (w.kind, w.name))
            }
            if w.what == "family" or len(gone) == 1:
                assert (w.largest, w.groups, w.alone) == together(cluster, gone)


def test_without_a_family_the_score_loses_its_bits(store_path: Path) -> None:
    cluster = read_all(store_path)[1][0]
    bits = {p["name"]: p["bits"] for p in cluster.waterfall}
    for w in without(cluster)[1:]:
        left = sum(b for name, b in bits.items() if part_family(name) != w.name)
        assert w.score == pytest.approx(1 / (1 + 2**-left))


def test_a_cluster_that_shares_nothing_has_no_what_if(tmp_path: Path) -> None:
    (cluster,) = read_all(make_store(tmp_path, (40,), kinds=()))[1]
    assert without(cluster) == []


def test_a_new_judgement_is_told_where_there_is_one(store_path: Path) -> None:
    cluster = read_all(store_path)[1][1]
    value = cluster.values.row(3, named=True)

    def judge(ids: list[str]) -> pl.DataFrame:
        said = {"cluster_id": ids[1], "n_kept": 9, "tier": "lead", "score": 0.25}
        return pl.DataFrame(
            [
                {**said, "without": "top value", "kind": value["kind"], "value": value["value"]},
                {**said, "without": "device", "kind": None, "value": None, "tier": None},
            ],
            schema_overrides={"tier": pl.String, "kind": pl.String},
        )

    judged = read_all(store_path, what_if=judge)[1]
    assert judged[0].what_if == []
    found = {(w.what, w.name): w for w in without(judged[1])}
    top = found["value", value["display"]]
    assert (top.kept, top.tier, top.score) == (9, "lead", 0.25)
    assert (found["family", "device"].kept, found["family", "device"].tier) == (9, "")
    assert found["family", "network"].kept is None


def test_the_role_is_explained_by_what_the_account_has(store_path: Path) -> None:
    made = picture(read_all(store_path)[1][0])
    said = role_reasons(made).to_list()
    for role, degree, reason in zip(
        made.members["role"].to_list(), made.arrays["degree"].tolist(), said, strict=True
    ):
        if role == "core":
            assert reason.startswith("strong and independent ties: ")
        elif role == "member":
            assert reason.startswith("ties fewer or weaker")
        elif degree <= 1:
            assert reason in {"shares no value", "one shared value only"}
    assert len(set(said)) > 3


def test_attributes_are_told_with_what_is_usual(tmp_path: Path) -> None:
    path = make_store(tmp_path, (40, 30))
    first, second = read_all(path)[1]
    assert first.related == second.related == []
    assert [(a["name"], a["text"], a["share"], a["usual"]) for a in first.attributes] == [
        ("plan", "free", 1.0, 1.0)
    ]
    assert [(a["name"], a["n"]) for a in first.amounts] == [("spend", 40)]


def test_a_cluster_is_related_to_those_that_have_its_values(tmp_path: Path) -> None:
    path = make_store(tmp_path, (40, 30, 9), bridges=4)
    first, second, third = read_all(path)[1]
    (found,) = first.related
    assert found["other_cluster_id"] == second.row["cluster_id"]
    assert (found["n_values"], found["n_accounts"]) == (3, 4)
    assert found["size"] == 30
    assert found["has_page"]
    assert found["bits"] > 9
    top = first.values.sort("value_key").head(3)
    assert set(found["kinds"].split(", ")) == set(top["kind"].to_list())
    assert second.related == third.related == []


@st.composite
def streams(draw: st.DrawFn) -> dict[int, int]:
    return draw(st.dictionaries(st.integers(0, 40), st.integers(1, 5000), min_size=1, max_size=41))


@given(streams())
def test_a_feed_is_told_whatever_it_did(by_day: dict[int, int]) -> None:
    rows = pl.DataFrame({"feed": "x", "day": list(by_day), "n": list(by_day.values())})
    (feed,) = feeds(rows, 41)
    assert feed.total == sum(by_day.values())
    assert feed.newest == by_day.get(0, 0)
    assert feed.silent == min(by_day)
    assert 2 <= len(feed.line) <= 28 or max(by_day) == 0


def daily(name: str, counts: list[int]) -> pl.DataFrame:
    """Rows a day, newest first."""
    return pl.DataFrame({"feed": name, "day": range(len(counts)), "n": counts}).filter(
        pl.col("n") > 0
    )


def test_feeds_that_stopped_or_swelled_are_named_first() -> None:
    rows = pl.concat(
        [
            daily("a steady", [100] * 28),
            daily("b stopped", [0, 0, 0] + [50] * 25),
            daily("c swelled", [1200] + [100] * 27),
            daily("d dried", [9] + [100] * 27),
            daily("e rare", [0, 0, 2] + [0] * 20 + [1]),
            daily("f nine times", [900] + [100] * 27),
        ]
    )
    found = feeds(rows, 28)
    assert [(f.name, f.odd) for f in found] == [
        ("b stopped", "nothing for 3 days"),
        ("c swelled", "12 times the usual volume"),
        ("d dried", "9 % of the usual volume"),
        ("a steady", ""),
        ("e rare", ""),
        ("f nine times", ""),
    ]
    assert found[0].line.endswith("█···")


def world(
    sizes: dict[tuple[int, str], int], flows: list[tuple[int, str, str, int]]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    stations = pl.DataFrame(
        [
            {"step": s, "cluster_id": c, "size": n, "tier": "linked", "score": 0.5}
            for (s, c), n in sizes.items()
        ]
    )
    moved = pl.DataFrame(flows, schema=["step", "source", "target", "n"], orient="row")
    return stations, moved


def test_bands_of_the_alluvial_carry_every_account_that_stayed() -> None:
    sizes = {(1, "a"): 180, (1, "b"): 70, (2, "a"): 205, (2, "b"): 60, (3, "a"): 310, (3, "z"): 44}
    moved = [(1, "a", "a", 170), (1, "b", "a", 20), (1, "b", "b", 50), (2, "a", "a", 200),
             (2, "b", "a", 60), (2, "a", "z", 5)]  # fmt: skip
    found = alluvial(*world(sizes, moved), ["w1", "w2", "w3"])
    assert found is not None
    made, drawn, newest = found
    assert (drawn, newest) == (2, 2)
    bands = [t for t in made["data"] if t.get("hoveron") == "fills"]
    said = sorted(t["text"] for t in bands)
    assert said == sorted(f"{a} → {b}: {n} accounts" for _, a, b, n in moved)
    heights = {}
    for band in bands:
        y = np.frombuffer(base64.b64decode(band["y"]["bdata"]), band["y"]["dtype"])
        heights[band["text"]] = float(y[-1] - y[0])
    scale = heights["a → a: 170 accounts"] / 170
    for _, a, b, n in moved:
        assert heights[f"{a} → {b}: {n} accounts"] == pytest.approx(scale * n, abs=1e-3)
    labels = next(t for t in made["data"] if t["mode"] == "text")["text"]
    assert "a · 310" in labels
    assert all(t["fillcolor"] == "--t-linked/59" for t in bands)


def test_the_alluvial_draws_the_best_and_says_how_many() -> None:
    sizes = {(s, f"c{i:02d}"): 5 + i for s in (1, 2) for i in range(40)}
    moved = [(1, f"c{i:02d}", f"c{i:02d}", 5 + i) for i in range(40)]
    found = alluvial(*world(sizes, moved), ["w1", "w2"])
    assert found is not None
    assert found[1:] == (MOST_STATIONS, 40)
    stations, flows = world(sizes, moved)
    assert alluvial(stations, flows.clear(), ["w1", "w2"]) is None


def test_the_alluvial_escapes(tmp_path: Path) -> None:
    sweep, _ = read_all(make_store(tmp_path, (60, 24), hostile=True))
    found = alluvial(sweep.stations, sweep.flows, ["a", "b"])
    assert found is not None
    texts = json.dumps([t.get("text") for t in found[0]["data"]])
    assert "<" not in texts


def test_size_and_score_over_sweeps(store_path: Path) -> None:
    cluster = read_all(store_path)[1][0]
    made = over_sweeps(cluster.history)
    bars, line = made["data"]
    assert list(bars["y"]) == [270, 300]
    assert list(line["y"]) == [pytest.approx(0.973 * 0.9, abs=1e-3), 0.973]
    assert made["layout"]["xaxis"]["ticktext"] == ["2026-05-20", "2026-05-27"]
    nothing = over_sweeps([{**h, "score": None, "size": None} for h in cluster.history])
    assert list(nothing["data"][1]["y"]) == [None, None]


@pytest.mark.parametrize("hostile", [False, True])
def test_the_search_knows_every_account_and_value(tmp_path: Path, *, hostile: bool) -> None:
    path = make_store(tmp_path, (40, 9), hostile=hostile)
    with open_store(path) as store:
        sweep = read_sweep(store, None, Names())
        script = search_script(store, sweep, Names())
        details = read_details(store, sweep, sweep.clusters["cluster_id"].to_list(), Names())
    packed = re.fullmatch(r'coterieSearch\("([A-Za-z0-9+/=]+)"\);\n', script)
    assert packed
    found = json.loads(gzip.decompress(base64.b64decode(packed[1])))
    assert len(found) == 2
    for page, text in enumerate(found):
        lines = set(text.split("\n"))
        shown = [
            *details.members[page]["account_id"].to_list(),
            *details.values[page]["display"].to_list(),
        ]
        assert lines == {s[:400].replace("\n", " ") for s in shown}
    if not hostile:
        assert not re.search(r"^\d{12,19}$", "\n".join(found), re.MULTILINE)
    assert any(h[:20] in found[0] for h in HOSTILE) is hostile
