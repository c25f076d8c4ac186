"""The graph for other tools: GraphML, GEXF, Parquet lists; a data dictionary beside each."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from coterie.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

    from coterie.queries.store import Store

FORMATS = ("graphml", "gexf", "parquet")
NODES = {
    "account_id": "the account: the vertex",
    "cluster_id": "cluster that the account is a member of",
    "role": "core, member or fringe",
    "score": "posterior that the account belongs to the cluster, 0..1",
    "tier": "tier of the cluster: lead, linked, coordinated; confirmed by people",
    "class": "class of the cluster: operator, reseller, organisation, household, …",
    "created_at": "sign-up time (UTC, ISO 8601)",
    "status": "active, suspended or banned",
}
EDGES = {
    "src": "one account",
    "dst": "the other account; edges have no direction",
    "bits": "evidence that the two act together, in bits",
    "n_values": "distinct values that the two share",
    "families": "families of the evidence, joined by a comma",
}
_MOST_EDGES = 1_000_000
# What XML 1.0 cannot hold at all, not even escaped.
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_graph(
    store: Store, sweep_id: str, folder: Path, form: str, cluster_id: str | None = None
) -> list[Path]:
    """Write the links inside clusters as a graph, and its data dictionary.

    Args:
        store: an open store.
        sweep_id: the sweep.
        folder: an existing folder.
        form: of ``FORMATS``.
        cluster_id: one cluster; None is all of them.

    Returns:
        The files.

    Raises:
        UsageError: GraphML and GEXF hold no graph of this size in a form that anything opens.
    """
    names = {"sweep_id": sweep_id, "cluster_id": cluster_id}
    nodes = _plain(store.frame("export/graph_nodes", **names), list(NODES))
    edges = _plain(store.frame("export/graph_edges", **names), list(EDGES))
    stem = f"{sweep_id}-{cluster_id}" if cluster_id else sweep_id
    stem = re.sub(r"[^A-Za-z0-9._-]", "_", stem)
    if form != "parquet" and edges.height > _MOST_EDGES:
        raise UsageError(
            f"{edges.height:,} links, more than {_MOST_EDGES:,}: {form} is for what a person can look "
            "at; name one cluster, or take parquet"
        )
    if form == "parquet":
        files = [folder / f"{stem}-nodes.parquet", folder / f"{stem}-edges.parquet"]
        nodes.write_parquet(files[0])
        edges.write_parquet(files[1])
    else:
        files = [folder / f"{stem}.{form}"]
        _write_xml(nodes, edges, files[0], form)
    dictionary = folder / f"{stem}-dictionary.md"
    dictionary.write_text(_dictionary(stem, nodes.height, edges.height), encoding="utf-8")
    return [*files, dictionary]


def _plain(frame: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    """Columns that every form can hold: texts and numbers."""
    import polars as pl
    import polars.selectors as cs

    return frame.select(columns).with_columns(
        cs.datetime().dt.strftime("%Y-%m-%dT%H:%M:%SZ"),
        cs.by_dtype(pl.List(pl.String)).list.join(","),
    )


def _write_xml(nodes: pl.DataFrame, edges: pl.DataFrame, path: Path, form: str) -> None:
    """By networkx, whose writers escape; what XML cannot hold at all becomes a replacement mark."""
    import networkx as nx
    import polars as pl
    import polars.selectors as cs

    clean = cs.string().str.replace_all(_NO_XML.pattern, "\ufffd").fill_null("")
    nodes, edges = (f.with_columns(clean, cs.numeric().fill_null(0)) for f in (nodes, edges))
    graph = nx.Graph()
    kept = [c for c in NODES if c != "account_id"]
    graph.add_nodes_from(zip(nodes["account_id"], nodes.select(kept).to_dicts(), strict=True))
    facts = edges.select(pl.exclude("src", "dst")).to_dicts()
    graph.add_edges_from(zip(edges["src"], edges["dst"], facts, strict=True))
    if form == "graphml":
        nx.write_graphml_xml(graph, path)
    else:
        writer = nx.readwrite.gexf.GEXFWriter()
        writer.add_graph(graph)
        # The writer would put today's date into the file.
        for meta in writer.xml.findall("{*}meta") + writer.xml.findall("meta"):
            meta.attrib.pop("lastmodifieddate", None)
        with path.open("wb") as file:
            writer.write(file)


def _dictionary(stem: str, n_nodes: int, n_edges: int) -> str:
    def listed(columns: dict[str, str]) -> str:
        return "\n".join(["| column | meaning |", "|---|---|",
                          *(f"| `{name}` | {words} |" for name, words in columns.items())])  # fmt: skip

    return (
        f"# {stem}\n\nAccounts of clusters and the links between them inside a cluster; undirected. "
        f"Account ids are as loaded.\n\n## Vertices ({n_nodes:,})\n\n{listed(NODES)}\n\n"
        f"## Edges ({n_edges:,})\n\n{listed(EDGES)}\n"
    )
