"""Statements of reasons, notices and graphs: the right fields, nobody named who must not be."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any

import networkx as nx
import polars as pl
import pytest
from tests.support.deciding import platform
from tests.support.rings import put_facts, ring

from coterie.errors import UsageError
from coterie.reports.exports.graph import EDGES, NODES, write_graph
from coterie.reports.exports.reasons import REASONS, Reason, reasons_with
from coterie.reports.exports.transparency import EU, notices, statements
from coterie.workspace import open_workspace
from coterie.workspace.review import Said
from coterie.workspace.sending import rows_of

if TYPE_CHECKING:
    from pathlib import Path

    from coterie.workspace import Workspace

RING = {"a0": "core", "a1": "core", "a2": "member", "a3": "fringe"}
# The database's required fields (transparency.dsa.ec.europa.eu, API documentation).
REQUIRED = {
    "decision_ground", "incompatible_content_ground", "incompatible_content_explanation",
    "content_type", "content_type_other", "category", "territorial_scope", "content_date",
    "application_date", "decision_facts", "source_type", "automated_detection",
    "automated_decision", "puid",
}  # fmt: skip
OPTIONAL = {
    "incompatible_content_illegal", "category_specification", "decision_account",
    "decision_provision", "end_date_account_restriction", "end_date_service_restriction",
}  # fmt: skip


def _rows(tmp_path: Path, **more: Any) -> tuple[Workspace, list[dict[str, Any]]]:
    ws = platform(tmp_path, [{"c-1": RING}])
    ws.decide(
        Said("confirm", "ann", cluster_id="c-1", note="secret"),
        Said("confirm", "bob", account_id="a3", action="rate_limit", policy_id="usage-4"),
        *more.get("said", ()),
    )
    ws.export_enforcement()
    return ws, rows_of(ws, None)


def test_statements_have_the_fields_of_the_database_and_no_personal_data(tmp_path: Path) -> None:
    _, rows = _rows(tmp_path, said=[Said("watch", "ann", account_id="a2")])
    found = statements(rows, REASONS)
    assert len(found) == 3, "watching restricts nobody"
    for one in found:
        assert REQUIRED <= one.keys() <= REQUIRED | OPTIONAL
        assert ("decision_account" in one) != ("decision_provision" in one)
        assert re.fullmatch(r"[A-Za-z0-9_-]{1,500}", one["puid"])
        assert len(one["decision_facts"]) <= 5000
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", one["application_date"])
        assert one["automated_detection"] == "Yes"
        assert one["automated_decision"] == "AUTOMATED_DECISION_NOT_AUTOMATED"
        assert one["territorial_scope"] == list(EU)
        text = json.dumps(one)
        for secret in ("a0", "a1", "a3", "ann", "bob", "secret", "card of", "c-1"):
            assert not re.search(rf"\b{secret}\b", text), secret
    provision = next(one for one in found if "decision_provision" in one)
    assert provision["incompatible_content_ground"] == "Terms of service, usage-4"
    assert provision["end_date_service_restriction"] > provision["application_date"]
    assert len({one["puid"] for one in found}) == 3


def test_a_notice_tells_what_why_and_how_to_appeal(tmp_path: Path) -> None:
    ws, rows = _rows(tmp_path)
    found = {n["account_id"]: n for n in notices(rows)}
    assert found.keys() == {"a0", "a1", "a2", "a3"}
    text = found["a0"]["text"]
    assert text.startswith("Your account is suspended from ")
    assert REASONS["coordinated_accounts"].text in text
    assert found["a0"]["appeal_ref"] in text
    assert "ann" not in text
    assert "until" in found["a3"]["text"]
    assert "(usage-4)" in found["a3"]["text"]
    assert notices(rows, "$what. $appeal_ref")[0]["text"].endswith(rows[0]["appeal_ref"])
    for wrong in ("$account_id", "$"):
        with pytest.raises(UsageError, match="known: "):
            notices(rows, wrong)
    ws.decide(Said("overturn", "zoe", account_id="a0"))
    ws.export_enforcement()
    lifted = [n for n in notices(rows_of(ws, None)) if n["account_id"] == "a0"]
    ref = found["a0"]["appeal_ref"]
    (text,) = [n["text"] for n in lifted]
    assert text == f"The measure on your account with the reference {ref} has been lifted.\n"


def test_reasons_of_the_settings_add_to_the_built_in_ones() -> None:
    known = reasons_with({"spam": "Ours.", "new": "Newly."})
    assert known["spam"] == Reason("Ours.")
    assert known["new"].text == "Newly."
    assert known.keys() == REASONS.keys() | {"new"}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    root = tmp_path_factory.mktemp("graph")
    put_facts(root / "coterie.duckdb", ring(12, 400))
    ws = open_workspace(root)
    ws.sweep()
    return ws


@pytest.mark.parametrize("form", ["graphml", "gexf", "parquet"])
def test_a_graph_holds_the_members_and_links_of_the_clusters(
    found: Workspace, tmp_path: Path, form: str
) -> None:
    sweep = found.newest()
    written = []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        with found.store() as store:
            files = write_graph(store, sweep.sweep_id, folder, form)
        written.append([hashlib.sha256(f.read_bytes()).hexdigest() for f in files])
    assert written[0] == written[1], "equal each time"
    links = {
        frozenset((r["src"], r["dst"])): r["bits"]
        for r in sweep.links().to_dicts()
        if r["cluster_id"] is not None
    }
    members = {r["account_id"]: r["role"] for r in sweep.members().to_dicts()}
    if form == "parquet":
        nodes, edges = (pl.read_parquet(f) for f in files[:2])
        assert nodes.columns == list(NODES)
        assert edges.columns == list(EDGES)
        assert dict(nodes.select("account_id", "role").rows()) == members
        assert {
            frozenset((a, b)): bits for a, b, bits in edges.select("src", "dst", "bits").rows()
        } == links
    else:
        read = {"graphml": nx.read_graphml, "gexf": nx.read_gexf}[form]
        graph = read(files[0])
        assert {n: d["role"] for n, d in graph.nodes(data=True)} == members
        assert {frozenset((a, b)): d["bits"] for a, b, d in graph.edges(data=True)} == links
    words = files[-1].read_text("utf-8")
    assert all(f"`{name}`" in words for name in [*NODES, *EDGES])


@pytest.mark.parametrize("form", ["graphml", "gexf"])
def test_hostile_ids_stay_data_in_a_graph(tmp_path: Path, form: str) -> None:
    evil = [
        '<!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]>&y;',
        "a\x00b\x1b[31m",
        "]]><x/>",
    ]
    ws = platform(tmp_path, [{"../../c-1": dict.fromkeys(evil, "core")}])
    with ws.store() as store:
        file, words = write_graph(store, "s-0", tmp_path, form, "../../c-1")
    assert file.parent == tmp_path
    assert words.parent == tmp_path
    read = {"graphml": nx.read_graphml, "gexf": nx.read_gexf}[form]
    assert set(read(file).nodes) == {evil[0], "a\ufffdb\ufffd[31m", evil[2]}
