"""Graphs for other tools: whatever an account is called, it is one vertex, and its links are its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import networkx as nx
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coterie.errors import UsageError
from coterie.reports.exports import graph
from coterie.reports.exports.graph import write_graph

if TYPE_CHECKING:
    from pathlib import Path

    from coterie.queries.store import Store

READ = {"graphml": nx.read_graphml, "gexf": nx.read_gexf}
HOSTILE = [
    "a\x00", "a\x01", "a\ufffd", "a\ufffd~2", "tab\tnew\nline\r", "'\"&<>", "]]>", "<!--", "\U0001f600",
    "\x85\u2028", "\ufffe", "&amp;", "", " ", "=1+1",
]  # fmt: skip


class Fake:
    """A store with these accounts, each linked with the next."""

    def __init__(self, accounts: list[str], **attributes: Any) -> None:
        n = len(accounts)
        self.nodes = pl.DataFrame({
            "account_id": accounts, "cluster_id": ["c-1"] * n, "role": accounts,
            "score": [None if i % 2 else i / 7 for i in range(n)], "tier": ["linked"] * n,
            "class": ["operator"] * n, "status": [None] * n,
            "created_at": pl.Series([0] * n).cast(pl.Datetime("us")), **attributes,
        }, schema_overrides={"score": pl.Float64, "status": pl.String})  # fmt: skip
        self.edges = pl.DataFrame({
            "src": accounts[:-1], "dst": accounts[1:], "bits": [i / 3 for i in range(n - 1)],
            "n_values": list(range(n - 1)), "families": [["payment", "device"]] * (n - 1),
        }, schema_overrides={
            "src": pl.String, "dst": pl.String, "bits": pl.Float64, "n_values": pl.Int64,
            "families": pl.List(pl.String),
        })  # fmt: skip

    def frame(self, name: str, **_: Any) -> pl.DataFrame:
        """The rows of a named query."""
        return self.nodes if name == "export/graph_nodes" else self.edges


def _written(accounts: list[str], folder: Path, form: str) -> nx.Graph:
    file, words = write_graph(cast("Store", Fake(accounts)), "s-1", folder, form)
    assert f"Vertices ({len(accounts):,})" in words.read_text("utf-8")
    return READ[form](file)


@pytest.mark.parametrize("form", ["graphml", "gexf"])
def test_every_account_stays_one_vertex_with_its_own_links(tmp_path: Path, form: str) -> None:
    found = _written(HOSTILE, tmp_path, form)
    assert not found.is_directed()
    names = list(found.nodes)
    assert len(names) == len(HOSTILE)
    # In the order of the rows: each linked with the next, with the bits of that row.
    assert {frozenset(e[:2]): e[2]["bits"] for e in found.edges(data=True)} == {
        frozenset(names[i : i + 2]): i / 3 for i in range(len(names) - 1)
    }
    assert {d["families"] for *_, d in found.edges(data=True)} == {"payment,device"}
    roles = [found.nodes[name]["role"] for name in names]
    assert roles == [a.replace("\x00", "\ufffd").replace("\x01", "\ufffd").replace("\ufffe", "\ufffd")
                     for a in HOSTILE]  # fmt: skip
    assert [found.nodes[name]["score"] for name in names[:3]] == [0.0, 0.0, 2 / 7]


@settings(max_examples=40, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])  # fmt: skip
@given(
    st.lists(st.text(max_size=6), min_size=2, max_size=6, unique=True),
    st.sampled_from(["graphml", "gexf"]),
)
def test_any_names_give_a_file_that_is_read(tmp_path: Path, accounts: list[str], form: str) -> None:
    found = _written(accounts, tmp_path, form)
    assert (len(found), found.number_of_edges()) == (len(accounts), len(accounts) - 1)


def test_an_account_that_is_called_as_another_was_numbered(tmp_path: Path) -> None:
    found = _written(["x\x00", "x\x01", "x\ufffd~2"], tmp_path, "graphml")
    assert list(found.nodes) == ["x\ufffd~1", "x\ufffd~2", "x\ufffd~2~3"]


@pytest.mark.parametrize("form", ["graphml", "gexf", "parquet"])
def test_no_links_and_too_many_of_them(
    tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(write_graph(cast("Store", Fake(["a"])), "s-1", tmp_path, form)) >= 2
    monkeypatch.setattr(graph, "_MOST_EDGES", 2)
    many = cast("Store", Fake(list("abcd")))
    if form == "parquet":
        assert write_graph(many, "s-1", tmp_path, form)
    else:
        with pytest.raises(UsageError, match="3 links, more than 2"):
            write_graph(many, "s-1", tmp_path, form)
