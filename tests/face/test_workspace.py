"""The Python API: load, sweep, look, report, as the contract says it."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from typing import TYPE_CHECKING

import igraph
import networkx as nx
import polars as pl
import pytest
from tests.support.rings import put_facts, ring

import coterie
from coterie.errors import InputError, UnknownName, UsageError
from coterie.workspace import as_time

if TYPE_CHECKING:
    from pathlib import Path

VIEWS = ("clusters", "members", "links", "evidence", "shared_values", "changes")


def test_from_frames_to_clusters(tmp_path: Path) -> None:
    facts = ring()
    ws = coterie.open(tmp_path)
    signals = pl.DataFrame(facts["signal"]).select(
        "account_id", "kind", "value", "first_seen", "last_seen"
    )
    summary = ws.load(signals, as_="signals")
    assert summary.loaded == len(facts["signal"])
    assert ws.load(signals, as_="signals").loaded == 0
    sweep = ws.sweep(as_of="2026-06-01")
    assert sweep.clusters()["size"].to_list() == [8]
    assert ws.newest().sweep_id == sweep.sweep_id
    assert sweep.result is not None
    assert sweep.result.as_of == dt.datetime.fromisoformat("2026-06-01")


def test_what_a_notebook_shows_is_short_and_escaped(tmp_path: Path) -> None:
    put_facts(tmp_path / "coterie.duckdb", ring())
    ws = coterie.open(tmp_path)
    run, found = ws.sweep(), ws.newest()
    assert str(run).startswith(f"Sweep {run.sweep_id} (complete), window ")
    assert str(found).startswith(f"Sweep {found.sweep_id}: ")
    summary = ws.load(
        pl.DataFrame({"account_id": ["a"], "kind": ["k<b>"], "value": ["v"]}), as_="signals"
    )
    report = ws.report()
    assert str(report).splitlines()[-1] == f"sha256 {report.sha256}"
    for one in (run, run.result, found, summary, report):
        assert len(repr(one)) < 300, "no settings poured out"
        assert len(str(one)) < 2_000
        page = one._repr_html_() if one else ""
        assert page.startswith("<pre>")
        assert "<b>" not in page
    assert "&lt;b&gt;" in summary._repr_html_()


def test_an_absent_folder_is_answered_with_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="`coterie init -w FOLDER` makes one"):
        coterie.open(tmp_path / "new")


def test_files_are_relative_to_where_the_user_stands_and_sources_to_the_workspace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [f"a{i},device,d{i // 3}" for i in range(9)]
    case, here = tmp_path / "case", tmp_path / "here"
    for folder in (case, here):
        folder.mkdir()
        (folder / "s.csv").write_text("account_id,kind,value\n" + "\n".join(rows) + "\n")
    (here / "s.csv").write_text("account_id,kind,value\nz,device,zz\n")
    (case / "coterie.toml").write_text("[[source]]\npath = 's.csv'\n")
    monkeypatch.chdir(here)
    ws = coterie.open(case)
    assert ws.load("s.csv").loaded == 1
    assert ws.load().loaded == 9
    assert ws.query("SELECT count(DISTINCT account_id) AS n FROM signals")["n"][0] == 10


def test_a_wrong_load_leaves_the_store_as_it_was(tmp_path: Path) -> None:
    ws = coterie.open(tmp_path)
    with pytest.raises(UsageError, match="nothing to load"):
        ws.load()
    with pytest.raises(UsageError, match='Did you mean "signals"'):
        ws.load(pl.DataFrame({"a": [1]}), as_="signal")
    with pytest.raises(UsageError, match="name a file or a frame"):
        ws.load(as_="signals")
    with pytest.raises((InputError, UsageError)):
        ws.load(tmp_path / "absent.csv")


def test_frames_have_the_columns_of_the_contract(swept: Path) -> None:
    ws = coterie.open(swept)
    sweep = ws.newest()
    described = {v["view"]: [c["name"] for c in v["columns"]] for v in ws.schema()}
    for view in VIEWS:
        frame = getattr(sweep, view)()
        assert isinstance(frame, pl.DataFrame)
        wanted = [c for c in described[view] if c != "value_key"]
        assert set(wanted) <= set(frame.columns), view
        assert set(frame["sweep_id"].unique()) <= {sweep.sweep_id}


def test_frames_of_one_cluster_and_of_none(swept: Path) -> None:
    sweep = coterie.open(swept).newest()
    (cluster,) = sweep.clusters()["cluster_id"]
    assert sweep.members(cluster).height == 8
    assert sweep.links(cluster).height == 28
    assert sweep.links().height > 28
    with pytest.raises(UnknownName, match=f'Did you mean "{cluster}"'):
        sweep.members(cluster + "0")


@pytest.mark.parametrize("library", ["networkx", "igraph"])
def test_graphs_agree_with_the_tables(swept: Path, library: str) -> None:
    sweep = coterie.open(swept).newest()
    (cluster,) = sweep.clusters()["cluster_id"]
    projected = sweep.graph(cluster, "projected", library)  # type: ignore[arg-type]
    bipartite = sweep.graph(cluster, "bipartite", library)  # type: ignore[arg-type]
    incidences = sweep.evidence(cluster)["n_in"].sum()
    if isinstance(projected, nx.Graph):
        assert projected.number_of_edges() == 28
        assert nx.is_bipartite(bipartite)
        assert bipartite.number_of_edges() == incidences
        kinds = {kind for _, kind in bipartite.nodes(data="what")}
        assert kinds == {"account", "value"}
        weights = {frozenset(e[:2]): e[2] for e in projected.edges(data="bits")}
        rows = sweep.links(cluster).to_dicts()
        assert weights == {frozenset((r["src"], r["dst"])): r["bits"] for r in rows}
    else:
        assert isinstance(projected, igraph.Graph)
        assert projected.ecount() == 28
        assert bipartite.is_bipartite()
        assert bipartite.ecount() == incidences
        assert sorted(projected.vs["name"]) == [f"ring-{i:03d}" for i in range(8)]


def test_a_graph_of_another_kind_is_refused(swept: Path) -> None:
    sweep = coterie.open(swept).newest()
    (cluster,) = sweep.clusters()["cluster_id"]
    with pytest.raises(UsageError, match="bipartite or projected"):
        sweep.graph(cluster, "tripartite")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="networkx or igraph"):
        sweep.graph(cluster, library="networkit")  # type: ignore[arg-type]


def test_times_are_utc() -> None:
    moment = dt.datetime(2026, 6, 1, 12, tzinfo=dt.timezone(dt.timedelta(hours=2)))
    assert as_time(moment) == dt.datetime.fromisoformat("2026-06-01T10:00:00")
    assert as_time("2026-06-01T12:00+02:00") == as_time(moment)
    assert as_time("2026-06-01T10:00Z") == as_time(moment)
    assert as_time(dt.date(2026, 6, 1)) == dt.datetime.fromisoformat("2026-06-01T00:00:00")
    assert as_time(None) is None


def test_doctor_finds_the_failed_sweep_and_the_quarantine(tmp_path: Path) -> None:
    ws = coterie.open(tmp_path)
    rows = ["a,device,x", "b,device,x", ",device,y", "c,device,"]
    (tmp_path / "s.csv").write_text("account_id,kind,value\n" + "\n".join(rows) + "\n")
    ws.load(tmp_path / "s.csv")
    checks = {c["check"]: c for c in ws.doctor()}
    assert checks["store"]["status"] == "ok"
    assert checks["quarantine"]["status"] == "warn"
    assert checks["quarantine"]["detail"].startswith("2 rows quarantined")
    assert checks["window"]["status"] == "warn"
    assert checks["sweep"]["detail"].startswith("none yet")


def test_doctor_doubts_a_kind_that_is_nearly_a_built_in_one(tmp_path: Path) -> None:
    (tmp_path / "coterie.toml").write_text("[kind.devise]\nm = 0.5\n[kind.wallet]\nm = 0.5\n")
    found = [c for c in coterie.open(tmp_path).doctor() if c["check"] == "kinds"]
    assert [c["detail"] for c in found] == ['[kind.devise] is a new kind; did you mean "device"?']


def test_the_demo_runs_again_and_keeps_what_is_not_its_own(tmp_path: Path) -> None:
    from coterie.workspace.demo import run_demo

    first = run_demo(tmp_path, accounts=600)
    again = run_demo(tmp_path, accounts=600)
    assert first.sweep.sweep_id == again.sweep.sweep_id
    assert (again.report / "index.html").is_file()
    assert again.workspace.load().loaded == 0
    other = tmp_path / "other"
    (other / "run").mkdir(parents=True)
    (other / "run" / "mine.txt").write_text("precious")
    with pytest.raises(UsageError, match="no earlier demo"):
        run_demo(other, accounts=600)
    assert (other / "run" / "mine.txt").read_text() == "precious"


def test_the_package_lists_its_public_names() -> None:
    assert {"open", "Workspace", "Sweep", "Config", "CoterieError"} <= set(dir(coterie))
    assert coterie.Workspace is type(coterie.open("."))
    with pytest.raises(AttributeError, match="nonsense"):
        coterie.nonsense  # noqa: B018 - asking is the point
    with pytest.raises(UsageError, match="no such folder"):
        coterie.open("/nonexistent/place")


def test_help_needs_neither_the_engine_nor_frames() -> None:
    code = (
        "import sys; from coterie.cli import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "heavy = {'duckdb', 'polars', 'numpy', 'rich', 'igraph', 'networkx'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
