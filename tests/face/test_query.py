"""User SQL: reads the store, and nothing else, whatever it says."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

import coterie
from coterie.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[..., Any]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT count(*) AS n FROM members",
        "FROM clusters",
        "WITH big AS (FROM clusters) SELECT max(size) FROM big",
        "VALUES (1), (2)",
        "DESCRIBE clusters",
        "SHOW TABLES",
        "SUMMARIZE clusters",
        "EXPLAIN SELECT 1",
        "EXPLAIN ANALYZE SELECT 1",
        "SELECT 1;",
    ],
)
def test_reading_statements_run(swept: Path, sql: str) -> None:
    assert isinstance(coterie.open(swept).query(sql), pl.DataFrame)


@pytest.mark.parametrize(
    "sql",
    [
        "COPY (SELECT 1) TO '{out}'",
        "EXPLAIN ANALYZE COPY (SELECT 1) TO '{out}'",
        "COPY (SELECT 1) TO '{store}/facts/x.parquet'",
        "WITH x AS (COPY (SELECT 1) TO '{store}/facts/x.parquet') FROM x",
        "EXPLAIN ANALYZE WITH x AS (COPY (SELECT 1) TO '{store}/x.csv') SELECT 1",
        "WITH x AS (DELETE FROM register.sweep RETURNING *) FROM x",
        "ATTACH '{out}'",
        "CREATE TABLE t AS SELECT 1",
        "INSERT INTO register.decision VALUES (NULL)",
        "DELETE FROM register.sweep",
        "DROP VIEW clusters",
        "SET enable_external_access = true",
        "PRAGMA version",
        "CALL pragma_version()",
        "INSTALL httpfs",
        "LOAD httpfs",
        "EXPORT DATABASE '{out}'",
        "SELECT 1; SELECT 2",
        "SELECT 1; DROP VIEW clusters",
        "",
        "SELECT * FROM read_text('/etc/hostname')",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM glob('/etc/*')",
        "SELECT * FROM read_text('{store}/../coterie.toml')",
        "SELECT * FROM read_parquet('https://example.org/x.parquet')",
        "SELECT * FROM sqlite_scan('/etc/passwd', 't')",
        "SELECT getenv('HOME')",
    ],
)
def test_everything_else_is_refused(swept: Path, tmp_path: Path, sql: str) -> None:
    (swept / "coterie.toml").touch()
    store = swept / "coterie.duckdb.d"
    before = sorted(store.rglob("*"))
    with pytest.raises(UsageError, match="query: "):
        coterie.open(swept).query(sql.format(out=tmp_path / "out", store=store))
    assert not list(tmp_path.iterdir())
    assert sorted(store.rglob("*")) == before


def test_an_error_at_run_time_is_a_usage_error(swept: Path) -> None:
    with pytest.raises(UsageError, match="query: "):
        coterie.open(swept).query("SELECT CAST(account_id AS INTEGER) FROM members")


def test_lengths_of_time_and_unions_are_given_as_text(swept: Path, run: Run) -> None:
    sql = (
        "SELECT INTERVAL 36 HOUR AS gap, [INTERVAL 1 DAY] AS gaps, union_value(k := 1) AS u, 2 AS n"
    )
    found = coterie.open(swept).query(sql)
    assert found.rows() == [("36:00:00", "[1 day]", "1", 2)]
    assert run("query", sql, "--format", "csv", "-w", str(swept)).code == 0


def test_nested_values_fit_into_a_csv(swept: Path, run: Run) -> None:
    sql = (
        "SELECT [[1, 2], [3]] AS a, [{'k': '=1'}] AS b, MAP {'k': 'v'} AS c, 'a'::BLOB AS d,"
        " array_value('=x', 'y') AS e, {'k': 1} AS f, TIMESTAMP_NS '2026-01-01' AS g"
    )
    for more in ((), ("--raw",)):
        out = run("query", sql, "--format", "csv", "-w", str(swept), *more).out
        (row,) = csv.DictReader(io.StringIO(out, newline=""))
        assert row["a"] == "1; 2; 3"
        assert json.loads(row["b"]) == {"k": "=1"}
        assert json.loads(row["c"]) == {"key": "k", "value": "v"}
        assert row["d"] == "61"
        assert row["e"] == ("=x; y" if more else "'=x; y")
        assert json.loads(row["f"]) == {"k": 1}


@pytest.mark.parametrize(
    "time",
    [
        "DATE '290000-01-01'",
        "TIMESTAMP 'infinity'",
        "[{'at': TIMESTAMPTZ '-infinity'}]",
        "MAP {'k': TIMESTAMP 'infinity'}",
    ],
)
def test_a_time_beyond_the_calendar_is_told(swept: Path, time: str) -> None:
    workspace = coterie.open(swept)
    with pytest.raises(UsageError, match="cast it to VARCHAR"):
        workspace.query(f"SELECT {time} AS t")
    assert workspace.query(f"SELECT CAST({time} AS VARCHAR) AS t, DATE '9999-12-31' AS d").height


def test_a_relation_lives_on_its_own(swept: Path) -> None:
    relation = coterie.open(swept).sql("SELECT account_id FROM members ORDER BY 1")
    assert relation.fetchall()[0] == ("ring-000",)


FORMULAS = "SELECT unnest(['=1+1', '+x', '-x', '@x', chr(9) || 'x', 'plain']) AS t, -1 AS n"


def test_csv_guards_against_formulas_and_raw_does_not(swept: Path, run: Run) -> None:
    def column(*more: str) -> list[str]:
        out = run("query", FORMULAS, "--format", "csv", "-w", str(swept), *more).out
        rows = list(csv.DictReader(io.StringIO(out, newline="")))
        assert {row["n"] for row in rows} == {"-1"}
        return [row["t"] for row in rows]

    assert column() == ["'=1+1", "'+x", "'-x", "'@x", "'\tx", "plain"]
    assert column("--raw") == ["=1+1", "+x", "-x", "@x", "\tx", "plain"]


def test_forms_and_files(swept: Path, run: Run, tmp_path: Path) -> None:
    sql = "SELECT account_id, families, last_seen FROM members JOIN accounts USING (account_id)"
    where = ("-w", str(swept))
    for name in ("a.csv", "a.json", "a.parquet", "a.txt"):
        ended = run("query", sql, "--out", str(tmp_path / name), *where)
        assert ended.code == 0
        assert "8 rows" in ended.out
    assert sorted(f.name for f in tmp_path.iterdir()) == ["a.csv", "a.json", "a.parquet", "a.txt"]
    assert pl.read_parquet(tmp_path / "a.parquet").height == 8
    rows = json.loads((tmp_path / "a.json").read_text())["rows"]
    assert rows[0]["last_seen"].endswith("Z")
    assert (tmp_path / "a.txt").read_text().splitlines()[-1] == "8 rows"
    assert run("query", sql, "--limit", "3", *where).out.splitlines()[-1] == "3 of 8 rows"
    assert run("query", sql, "--out", str(tmp_path / "a.csv" / "b.csv"), *where).code == 2


def test_a_terminal_sees_the_control_characters_of_a_csv(
    swept: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    sql = "SELECT 'a' || chr(27) || '[2J' AS t UNION ALL SELECT 'b' ORDER BY 1"
    where = ("-w", str(swept), "--format", "csv")
    assert run("query", sql, *where).out == "t\na\x1b[2J\nb\n"
    monkeypatch.setattr("coterie.cli.look.sys.stdout.isatty", lambda: True)
    assert run("query", sql, *where).out == "t\na\\u{1b}[2J\nb\n"
