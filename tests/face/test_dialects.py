"""The queries for a warehouse: the same values and pairs on PostgreSQL as in the engine."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

import pytest
import sqlglot

import coterie
from coterie.cli import main
from coterie.config import KINDS
from coterie.errors import UsageError
from coterie.graphs.incidences import build_incidences, treat_values
from coterie.loaders.simulate import WorldOptions, simulate
from coterie.queries.dialects import DIALECTS, warehouse_queries
from coterie.queries.run import run
from coterie.queries.store import connect, work_store

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa
    from tests.support.postgres import Server

    from coterie.config import Config

WINDOW = (datetime(2026, 4, 1), datetime(2026, 5, 20))  # noqa: DTZ001 - the store's times are naive UTC
ROWS = """
SELECT account_id, kind, value, first_seen, last_seen FROM facts.signal
UNION ALL
SELECT account_id, kind, value, first_seen, last_seen FROM facts.derived
UNION ALL
SELECT p.account_id, 'prompt', f.family, p.sent_at, p.sent_at
FROM facts.prompt AS p JOIN facts.family AS f USING (doc)
"""
NAMES = {"first_seen": "since", "last_seen": "until", "account_id": "who"}


class Found(NamedTuple):
    """What the engine finds in a small world, and the rows that it found it in."""

    rows: pa.Table
    config: Config
    values: set[tuple[str, str, int]]
    pairs: set[tuple[frozenset[str], int]]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Found:
    ws = coterie.open(tmp_path_factory.mktemp("world"))
    world = simulate(WorldOptions(accounts=400, seed=11, evasion=0.4))
    for table in ("accounts", "signals", "prompts"):
        ws.load(world[table], as_=table)
    kinds = dict(KINDS) | {"device": replace(KINDS["device"], cap=4)}
    config = replace(ws.config, kinds=kinds)
    with ws.store() as store, work_store(store) as work:
        rows = work.con.sql(ROWS).to_arrow_table()
        build_incidences(work, config, *WINDOW)
        treat_values(work)
        run(work, "link/expandable")
        values = work.con.sql(
            "SELECT kind, value, v.k FROM value AS v JOIN kind USING (kind_key) "
            "WHERE v.k <= cap AND m > 0"
        ).fetchall()
        pairs = work.con.sql(
            "SELECT x.account_id, y.account_id, count(*) FROM expandable AS a "
            "JOIN expandable AS b ON a.value_key = b.value_key AND a.account_key < b.account_key "
            "JOIN account AS x ON x.account_key = a.account_key "
            "JOIN account AS y ON y.account_key = b.account_key GROUP BY ALL"
        ).fetchall()
    return Found(rows, config, set(values), {(frozenset((a, b)), n) for a, b, n in pairs})


def _queries(found: Found, dialect: str) -> dict[str, str]:
    return warehouse_queries(
        dialect, found.config.kinds, table="uses", columns=NAMES, window=WINDOW
    )


def _same(
    found: Found, values: list[tuple[str, str, int]], pairs: list[tuple[str, str, int]]
) -> None:
    assert len(values) == len(set(values)) > 100
    assert set(values) == found.values
    assert len(pairs) == len(found.pairs) > 100
    assert {(frozenset((a, b)), n) for a, b, n in pairs} == found.pairs
    assert max(n for *_, n in pairs) > 1


def test_postgresql_finds_what_the_engine_finds(postgres: Server, found: Found) -> None:
    postgres.run("DROP TABLE IF EXISTS uses")
    columns = ["who", "kind", "value", "since", "until"]
    postgres.put("uses", found.rows.rename_columns(columns))
    made = _queries(found, "postgres")
    session = "SET TIME ZONE 'UTC'"
    _same(
        found,
        postgres.rows(made["shared_values"].rstrip("\n;"), session),
        postgres.rows(made["pairs"].rstrip("\n;"), session),
    )


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_dialect_says_the_same(found: Found, dialect: str) -> None:
    """Read back from each dialect, the queries find the same: nothing was lost on the way there."""
    made = _queries(found, dialect)
    with connect() as con:
        con.register("uses", found.rows.rename_columns(["who", "kind", "value", "since", "until"]))
        answers = [
            con.sql(sqlglot.transpile(made[name], read=dialect, write="duckdb")[0]).fetchall()
            for name in ("shared_values", "pairs")
        ]
    _same(found, *answers)


def test_the_statements_themselves_find_the_same(found: Found) -> None:
    with connect() as con:
        con.register("warehouse_signal", found.rows)
        caps = ", ".join(
            f"('{k}', {p.cap if p.m > 0 else 0})" for k, p in found.config.kinds.items()
        )
        con.sql(f"CREATE TABLE warehouse_kind AS FROM (VALUES {caps}) AS t(kind, cap)")
        store = type("Only", (), {"con": con, "tracer": None})()
        bound = {"window_start": WINDOW[0], "window_end": WINDOW[1], "default_cap": 60}
        values, pairs = (
            run(store, f"warehouse/{name}", **bound) for name in ("shared_values", "pairs")
        )
        assert values is not None
        assert pairs is not None
        _same(found, values.fetchall(), pairs.fetchall())


def test_without_a_window_every_row_counts(found: Found) -> None:
    made = warehouse_queries("duckdb", found.config.kinds, table="uses")
    assert all("SELECT DISTINCT" in text and "first_seen <" not in text for text in made.values())
    with connect() as con:
        con.register("uses", found.rows.append_column("seen_at", found.rows["first_seen"]))
        assert len(con.sql(made["shared_values"]).fetchall()) > len(found.values)


def test_caps_come_from_the_settings() -> None:
    one = warehouse_queries("duckdb", {"wallet": replace(KINDS["device"], cap=3)}, table="uses")
    rows: list[tuple[str | None, ...]] = [
        (f"a{i}", kind, kind, None) for kind, n in (("wallet", 4), ("pet", 5)) for i in range(n)
    ]
    rows += [
        ("b", "wallet", "two", None),
        ("c", "wallet", "two", None),
        ("d", "wallet", None, None),
    ]
    rows += [("b", "wallet", "two", None), (None, "wallet", "two", None)]
    with connect() as con:
        con.sql("CREATE TABLE uses (account_id TEXT, kind TEXT, value TEXT, seen_at TIMESTAMP)")
        con.executemany("INSERT INTO uses VALUES (?, ?, ?, ?)", rows)
        assert sorted(con.sql(one["shared_values"]).fetchall()) == [
            ("pet", "pet", 5), ("wallet", "two", 2),
        ]  # fmt: skip
        assert ("b", "c", 1) in con.sql(one["pairs"]).fetchall()


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("hostile", ["x' OR '1'='1", "x\\' OR 1=1 --", "*/ x /*", "é\n;"])
def test_texts_stay_texts(dialect: str, hostile: str) -> None:
    made = warehouse_queries(dialect, {hostile: KINDS["ip"]}, kind=hostile)
    for text in made.values():
        (tree,) = sqlglot.parse(text, read=dialect)
        assert tree is not None
        literals = [node.this for node in tree.find_all(sqlglot.exp.Literal) if node.is_string]
        assert literals == [hostile, hostile]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--table", "f(x)"), "no name of a table"),
        (("--table", "(SELECT 1)"), "no name of a table"),
        (("--table", "uses; DROP TABLE x"), "no name of a table"),
        (("--table", "uses AS u, x"), "no name of a table"),
        (("--table", ""), "no name of a table"),
        (("--table", "t" * 300), "no name of a table"),
        (("--map", "value=(SELECT 1)"), "no name of a column"),
        (("--map", "value=a, b"), "no name of a column"),
        (("--map", "value=1"), "no name of a column"),
        (("--map", "value=a; DROP TABLE b"), "no name of a column"),
        (("--map", "velue=a"), 'Did you mean "value"'),
        (("--map", "kind=a", "--kind", "ip"), "either a column or one"),
        (("--window", "30d"), "window needs as_of"),
        (("--as-of", "0001-01-02"), "before the year 1"),
        (("--as-of", "soon"), "expected a time"),
    ],
)
def test_names_are_names(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    with pytest.raises(SystemExit) as end:
        main(["-w", str(tmp_path), "sql", "--dialect", "postgres", *words])
    assert end.value.code == 2
    assert said in capsys.readouterr().err


def test_the_command_prints_one_query_or_both(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "coterie.toml").write_text(
        "[kind.device]\ncap = 17\n[sweep]\nwindow = '30d'\n", "utf-8"
    )
    words = ("-w", str(tmp_path), "--json", "sql", "--dialect", "bigquery", "--table", "`a-b.c.d`")
    for more, names in (((), ["shared_values", "pairs"]), (("--only", "pairs"), ["pairs"])):
        with pytest.raises(SystemExit):
            main([*words, "--as-of", "2026-06-01", *more])
        queries = json.loads(capsys.readouterr().out)["queries"]
        assert list(queries) == names
        for text in queries.values():
            assert "17 AS cap" in text
            assert "`a-b.c.d`" in text
            assert "CAST('2026-05-02 00:00:00+00:00' AS TIMESTAMP)" in text
    assert not list(tmp_path.glob("*.duckdb*"))


def test_sqlglot_is_an_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sqlglot", None)
    with pytest.raises(UsageError, match=r"pip install 'coterie\[sql\]'"):
        coterie.open(tmp_path).warehouse_queries("postgres")
    with pytest.raises(UsageError, match='Did you mean "postgres"'):
        coterie.open(tmp_path).warehouse_queries("postgre")
