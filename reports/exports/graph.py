"""The graph for other tools: GraphML, GEXF, Parquet lists; a data dictionary beside each."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from coterie.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import polars as pl

    from coterie.queries.store import Store

    # A line, or a frame and the line of each of its rows.
    _Part = str | tuple[pl.DataFrame, pl.Expr]

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
_MOST_EDGES = 2_000_000
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
    """Line by line: a library's graph of a million links would take gigabytes."""
    import polars as pl

    known = nodes.select("account_id", id=_ids(nodes["account_id"]))
    ends = {side: known.rename({"account_id": end, "id": side})
            for side, end in (("source", "src"), ("target", "dst"))}  # fmt: skip
    nodes = nodes.with_columns(known["id"])
    for side, end in (("source", "src"), ("target", "dst")):
        edges = edges.join(ends[side], on=end, maintain_order="left")
    edges = edges.drop("src", "dst").with_row_index("id").with_columns(pl.col("id").cast(pl.String))
    parts = _graphml(nodes, edges) if form == "graphml" else _gexf(nodes, edges)
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for part in parts:
            if isinstance(part, str):
                file.write(part + "\n")
                continue
            frame, line = part
            for rows in frame.iter_slices(50_000):
                file.write("\n".join(rows.select(line).to_series()) + "\n")


def _ids(accounts: pl.Series) -> pl.Series:
    """Names of vertices, different for each account: what XML cannot hold becomes a replacement mark."""
    import polars as pl

    told = pl.DataFrame({"name": accounts.str.replace_all(_NO_XML.pattern, "\ufffd")})
    number = pl.int_range(pl.len()).over("name")
    numbered = pl.format("{}~{}", "name", number + 1)
    ids = told.select(pl.when(number > 0).then(numbered).otherwise("name").alias("id"))["id"]
    # Somebody may be called as another was numbered: then all are numbered.
    return ids if ids.is_unique().all() else told.select(
        pl.format("{}~{}", "name", pl.int_range(pl.len()) + 1).alias("id"))["id"]  # fmt: skip


def _text(column: str, kind: pl.DataType) -> pl.Expr:
    """A column as the text of an XML element or attribute."""
    import polars as pl

    if not isinstance(kind, pl.String):
        found = pl.col(column).fill_null(0)
        return (found.fill_nan(0) if kind.is_float() else found).cast(pl.String)
    text = pl.col(column).fill_null("").str.replace_all(_NO_XML.pattern, "\ufffd")
    for sign, mark in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"),
                       ("\t", "&#9;"), ("\n", "&#10;"), ("\r", "&#13;")):  # fmt: skip
        text = text.str.replace_all(sign, mark, literal=True)
    return text


def _line(frame: pl.DataFrame, *parts: str) -> tuple[pl.DataFrame, pl.Expr]:
    """A frame and its rows' lines, of texts and (after ``:``) names of columns in turn."""
    import polars as pl

    told = [
        _text(part[1:], frame.schema[part[1:]]) if part.startswith(":") else pl.lit(part)
        for part in parts
    ]
    return frame, pl.concat_str(told).alias("line")


def _typed(frame: pl.DataFrame, column: str) -> str:
    kind = frame.schema[column]
    return "double" if kind.is_float() else "long" if kind.is_integer() else "string"


def _graphml(nodes: pl.DataFrame, edges: pl.DataFrame) -> Iterator[_Part]:
    yield "<?xml version='1.0' encoding='utf-8'?>"
    yield '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">'
    for kind, frame, columns in (("node", nodes, NODES), ("edge", edges, EDGES)):
        for name in columns:
            if name in frame.columns:
                yield (
                    f'<key id="{kind}-{name}" for="{kind}" attr.name="{name}" '
                    f'attr.type="{_typed(frame, name)}"/>'
                )
    yield '<graph edgedefault="undirected">'
    yield _line(nodes, '<node id="', ":id", '">', *_data("node", nodes, NODES), "</node>")
    yield _line(edges, '<edge source="', ":source", '" target="', ":target", '">',
                *_data("edge", edges, EDGES), "</edge>")  # fmt: skip
    yield "</graph></graphml>"


def _data(kind: str, frame: pl.DataFrame, columns: dict[str, str]) -> list[str]:
    return [
        part
        for name in columns
        if name in frame.columns
        for part in (f'<data key="{kind}-{name}">', f":{name}", "</data>")
    ]


def _gexf(nodes: pl.DataFrame, edges: pl.DataFrame) -> Iterator[_Part]:
    yield "<?xml version='1.0' encoding='utf-8'?>"
    yield '<gexf xmlns="http://www.gexf.net/1.2draft" version="1.2">'
    yield '<graph defaultedgetype="undirected" mode="static">'
    for kind, frame, columns in (("node", nodes, NODES), ("edge", edges, EDGES)):
        yield f'<attributes class="{kind}" mode="static">'
        for name in columns:
            if name in frame.columns:
                yield f'<attribute id="{name}" title="{name}" type="{_typed(frame, name)}"/>'
        yield "</attributes>"
    yield "<nodes>"
    yield _line(nodes, '<node id="', ":id", '" label="', ":id", '"><attvalues>',
                *_values(nodes, NODES), "</attvalues></node>")  # fmt: skip
    yield "</nodes><edges>"
    yield _line(edges, '<edge id="', ":id", '" source="', ":source", '" target="', ":target",
                '"><attvalues>', *_values(edges, EDGES), "</attvalues></edge>")  # fmt: skip
    yield "</edges></graph></gexf>"


def _values(frame: pl.DataFrame, columns: dict[str, str]) -> list[str]:
    return [
        part
        for name in columns
        if name in frame.columns
        for part in (f'<attvalue for="{name}" value="', f":{name}", '"/>')
    ]


def _dictionary(stem: str, n_nodes: int, n_edges: int) -> str:
    def listed(columns: dict[str, str]) -> str:
        return "\n".join(["| column | meaning |", "|---|---|",
                          *(f"| `{name}` | {words} |" for name, words in columns.items())])  # fmt: skip

    return (
        f"# {stem}\n\nAccounts of clusters and the links between them inside a cluster; undirected. "
        f"Account ids are as loaded.\n\n## Vertices ({n_nodes:,})\n\n{listed(NODES)}\n\n"
        f"## Edges ({n_edges:,})\n\n{listed(EDGES)}\n"
    )
