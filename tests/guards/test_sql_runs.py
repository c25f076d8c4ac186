"""Every SQL file runs: a small world goes through all rooms while a tracer writes down what ran."""

from __future__ import annotations

import gzip
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl
import pytest
from tests.support.colleagues import operator_rows, stolen_card
from tests.support.deciding import decide_everything
from tests.support.facts import END, START, signals, work_over

import coterie
from coterie.config import Config, SweepOptions
from coterie.errors import InputError, UnknownName
from coterie.graphs.pipeline import detect
from coterie.graphs.what_if_quick import what_if_cluster
from coterie.loaders.prompts import build_families
from coterie.loaders.simulate import WorldOptions, simulate
from coterie.queries.run import run, statement, statement_names
from coterie.queries.schema import FACTS, FINDINGS, REGISTERS
from coterie.queries.store import Store, connect
from coterie.reports.build import build_report
from coterie.workspace.alerts import tell
from coterie.workspace.erasure import erase
from coterie.workspace.metrics import metrics
from coterie.workspace.retention import purge

if TYPE_CHECKING:
    from collections.abc import Iterator

    from coterie.queries.store import Tracer

NAMES = list(statement_names())
# These set the key of keyed hashes: no tracer may see them.
SECRET = {"load/set_inner_pad", "load/set_outer_pad", "report/secret", "report/tokens"}

PRIVATE = """
[[source]]
path = "wide.csv"
as = "accounts"
map = { account_id = "user_id", created_at = "signup" }
signals = { device = "device", ip = { column = "ip", seen_at = "signup" }, phone = "phone" }

[[source]]
path = "signals.csv"
as = "signals"

[[source]]
path = "stray.csv"
as = "signals"
kind = "payment"

[[source]]
path = "prompts.jsonl.gz"
as = "prompts"

[kind.ip]
window = "7d"

[privacy]
hash = ["phone"]
keep_text = false
"""
WIDE = "user_id,signup,device,ip,phone\n" + "".join(
    f"w{i},2026-05-0{i % 3 + 1},d{i % 2},198.51.100.{i % 3},+49 30 12345{i % 2}\n" for i in range(9)
)
SIGNALS = "".join(
    ["account_id,kind,value\n", *(f"w{i},email,w{i}@example.org\n" for i in range(9))]
)
# Two stray quotes, one record apart: together they look like one quoted field.
STRAY = "account_id,value,seen_at\n" + "".join(
    f'w{i},"card-{i % 3}",2026-05-02\nw{i},"card-{i},2026-05-02\nw{i},card-{i}",2026-05-02\n'
    for i in range(9)
)
PROMPTS = "".join(
    f'{{"account_id": "w{i}", "text": "write a short poem about the sea and number {i}"}}\n'
    for i in range(6)
)
LISTS = pl.DataFrame(
    {
        "kind": ["ip", "email_domain", "device", "account", "prompt"],
        "value": [None, None, "d1", "w1", "write a short poem about the sea and number"],
        "cidr": ["198.51.100.0/24", None, None, None, None],
        "domain": [None, "example.org", None, None, None],
        "class": ["vpn", "organisation", "ignore", "staff", "ignore"],
    }
)


class Case(NamedTuple):
    """Two workspaces of which everything was asked once, and the texts of what ran."""

    world: coterie.Workspace
    private: coterie.Workspace
    texts: set[str]


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    texts: set[str] = set()

    def trace(text: str, _: dict[str, Any]) -> None:
        texts.add(text)

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COTERIE_HASH_KEY", "a key of this test")
        done = Case(
            coterie.open(tmp_path_factory.mktemp("world"), tracer=trace),
            _private(tmp_path_factory.mktemp("private"), trace),
            texts,
        )
        _simulated(done.world)
        _pairs_of_families(trace)
        _in_a_warehouse(trace)
        _colleagues(trace)
        yield done


def _private(root: Path, trace: Tracer) -> coterie.Workspace:
    """Files of all forms, wrong rows, hashed values, prompts whose text is not kept, a window."""
    (root / "coterie.toml").write_text(PRIVATE, encoding="utf-8")
    (root / "signals.csv").write_text(SIGNALS, encoding="utf-8")
    (root / "stray.csv").write_text(STRAY, encoding="utf-8")
    (root / "prompts.jsonl.gz").write_bytes(gzip.compress(PROMPTS.encode()))
    ws = coterie.open(root, tracer=trace)
    (root / "wide.csv").write_text(WIDE, encoding="utf-8")
    ws.load()
    (root / "wide.csv").write_text(WIDE.replace("d0", "d2") + ",,,,\n", encoding="utf-8")
    ws.load(replace=True)
    ws.load(LISTS, as_="lists")
    nobody = pl.DataFrame({"account_id": ["w0", "w1"], "ip": ["198.51.100.1", None]})
    ws.load(nobody, as_="signals", signals={"ip": "ip"})
    ws.sweep().why("w0", "w3")
    erase(ws, ["w8"], "ann", datetime.now)
    return ws


def _simulated(ws: coterie.Workspace) -> None:
    """A world through load, two sweeps, every question and the report."""
    world = simulate(WorldOptions(accounts=300, seed=5, evasion=0.7))
    truth = world.pop("truth")
    for table, frame in world.items():
        ws.load(frame, as_=table)
    ws.load(truth.select("account_id", label="cluster").drop_nulls(), as_="labels")
    ws.plan()
    first = ws.sweep(as_of="2026-05-15").sweep_id
    ws.sweep()
    sweep = ws.sweep()
    cluster = sweep.clusters()["cluster_id"][0]
    a, b = sweep.members(cluster)["account_id"][:2].to_list()
    sweep.why(a, b)
    for name in (cluster, a):
        sweep.show(name)
    sweep.path(a, b)
    ws.diff()
    ws.history(cluster)
    sweep.expand([a])
    sweep.what_if(kinds=["device"], accounts=[a], clusters=[cluster])
    with ws.store() as store:
        what_if_cluster(store, [cluster])
    sweep.graph(cluster)
    sweep.graph(cluster, "projected")
    for frame_of in (sweep.links, sweep.evidence, sweep.shared_values, sweep.changes, ws.sweeps):
        assert isinstance(frame_of(), pl.DataFrame)
    ws.report(ws.path / "report")
    ws.evaluate(truth)
    ws.doctor()
    ws.reproduce()
    decide_everything(ws)
    low = {"alert.tier": "lead", "alert.min_size": 1}
    tell(coterie.open(ws.path, tracer=ws.tracer, settings=low), datetime.now, sweep_id=first)
    with ws.store() as store:
        metrics(store, sweep.sweep_id)
    with pytest.raises(InputError, match="too few"):
        ws.learn()
    ws.named("ask/view_columns")
    for ask in (
        lambda: sweep.show("nobody"),
        lambda: sweep.why(a, "nobody"),
        lambda: ws.newest("s-none"),
        lambda: sweep.what_if(values=[("device", "nothing")]),
    ):
        with pytest.raises(UnknownName):
            ask()
    with ws.store() as store, pytest.raises(UnknownName):
        build_report(store, "s-none", ws.path / "none")
    bad = {"account_id": [a, a], "kind": ["ip"] * 2, "value": ["198.51.100.9"] * 2}
    ws.load(pl.DataFrame({**bad, "seen_at": ["2026-05-01", "no time"]}), as_="signals")
    erase(ws, [a], "ann", datetime.now)
    low = {f"retention.{name}": "1d" for name in ("prompts", "prompts_text", "findings")}
    purge(coterie.open(ws.path, tracer=ws.tracer, settings=low), datetime(2036, 1, 1))  # noqa: DTZ001


def _in_a_warehouse(trace: Tracer) -> None:
    """The queries that `coterie sql` says in other dialects; here they are only said."""
    span = {"window_start": datetime(2026, 1, 1), "window_end": datetime(2026, 4, 1)}  # noqa: DTZ001
    with Store(Path("unused"), connect(), trace) as store:
        store.con.sql(
            "CREATE TABLE warehouse_signal AS SELECT 'a' || n AS account_id, 'ip' AS kind, 'v' AS "
            "value, NULL::TIMESTAMP AS first_seen, NULL::TIMESTAMP AS last_seen FROM range(3) AS r(n)"
        )
        store.con.sql("CREATE TABLE warehouse_kind (kind VARCHAR, cap INTEGER)")
        for name, n in (("shared_values", 1), ("pairs", 3)):
            found = run(store, f"warehouse/{name}", **span, default_cap=60)
            assert found is not None
            assert len(found.fetchall()) == n


def _colleagues(trace: Tracer) -> None:
    """A cluster that takes along a company, which the small worlds do not hold."""
    facts = {"signal": signals(stolen_card(operator_rows()))}
    with work_over(facts, "unused") as work:
        work.tracer = trace
        config = Config(root=Path("unused"), sweep=SweepOptions(resolution=0.01))
        detect(work, config, START, END, "s-1")


def _pairs_of_families(trace: Tracer) -> None:
    """The pairs behind the prompt families, which only a closer look asks for."""
    path = Path("unused")
    with Store(path, connect(), trace) as store:
        store.con.sql(
            "CREATE TABLE prompt_doc AS SELECT md5(n::VARCHAR)[:16] AS doc, "
            "'write a short poem about the sea and number ' || n AS norm FROM range(4) AS r(n)"
        )
        build_families(store, keep_pairs=True)


@pytest.mark.parametrize("name", NAMES)
def test_a_statement_ran(case: Case, name: str) -> None:
    if name in SECRET:
        assert statement(name) not in case.texts
    else:
        assert statement(name) in case.texts, f"{name} did not run while everything was asked"


def test_a_hashed_value_is_not_in_the_store(case: Case) -> None:
    phones = case.private.query("SELECT value, raw FROM facts.signal WHERE kind = 'phone'")
    assert phones["value"].n_unique() == 2
    assert not phones["value"].str.contains("12345").any()
    assert phones["raw"].null_count() == phones.height


@pytest.mark.parametrize(
    ("schema", "table"),
    [("facts", t) for t in FACTS] + [("findings", t) for t in FINDINGS],
)
def test_a_written_file_has_the_columns_of_its_table(case: Case, schema: str, table: str) -> None:
    """The views cast and fill up; the files behind them must be right without that."""
    spec = {"facts": FACTS, "findings": FINDINGS}[schema][table]
    pattern = f"{table}/*.parquet" if schema == "facts" else f"*/{table}.parquet"
    files = [
        file
        for ws in (case.world, case.private)
        for file in ws.path.glob(f"coterie.duckdb.d/{schema}/{pattern}")
    ]
    assert files, "nothing was written"
    for file in files:
        assert list(pl.read_parquet_schema(file)) == list(spec.names)


@pytest.mark.parametrize("table", REGISTERS)
def test_a_register_has_the_columns_of_its_table(case: Case, table: str) -> None:
    ws = case.world
    with ws.store() as store:
        found = store.sql(f"SELECT * FROM register.{table}")
        assert found is not None
        assert tuple(found.columns) == REGISTERS[table].names
