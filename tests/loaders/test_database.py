"""Loading from a database: a real PostgreSQL, its types, its errors, a line that breaks."""

from __future__ import annotations

import sys
import weakref
from contextlib import closing
from datetime import datetime
from decimal import Decimal
from types import ModuleType
from typing import TYPE_CHECKING, Any, Self

import adbc_driver_postgresql.dbapi as driver
import pyarrow as pa
import pytest
from pyarrow import parquet
from tests.support.loading import Desk
from tests.support.postgres import PASSWORD

import coterie
from coterie.cli import main
from coterie.errors import ConfigError, InputError, UsageError
from coterie.loaders.database import DatabaseQuery, fetch, holds_secret, place_of, stage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.postgres import Server

ROWS = (
    "SELECT 'a' || i AS account_id, 'device' AS kind, 'd' || i / 2 AS value, "
    "timestamptz '2026-05-01 12:00+02' AS seen_at FROM generate_series(1, {n}) AS i"
)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture(scope="module")
def loaded(postgres: Server, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A workspace with something in it, and a database in which a writing query would show."""
    postgres.run("CREATE TABLE kept AS SELECT 1 AS x", "CREATE SEQUENCE counter")
    desk = Desk(tmp_path_factory.mktemp("loaded"))
    desk.load(DatabaseQuery(postgres.url, ROWS.format(n=3)))
    return desk


def _cli(*words: str) -> int:
    with pytest.raises(SystemExit) as end:
        main(list(words))
    return int(end.value.code or 0)


def test_a_query_is_loaded_like_a_file(postgres: Server, desk: Desk) -> None:
    summary = desk.load(DatabaseQuery(postgres.url, ROWS.format(n=5) + " ;\n"))
    assert (summary.rows, summary.loaded, summary.accounts) == (5, 5, 5)
    at = datetime(2026, 5, 1, 10)  # noqa: DTZ001 - the store's times are naive UTC
    assert desk.facts("signal")[0] == ("a1", "device", "d0", None, at, at, 1)
    assert not list((desk.root / "coterie.duckdb.d" / "tmp").glob("*.parquet"))


def test_the_same_rows_add_nothing_by_whatever_query(postgres: Server, desk: Desk) -> None:
    desk.load(DatabaseQuery(postgres.url, ROWS.format(n=9)))
    state = desk.state()
    for query in (ROWS.format(n=9), f"SELECT * FROM ({ROWS.format(n=9)}) AS r ORDER BY 1 DESC"):
        assert desk.load(DatabaseQuery(postgres.url, query)).sources[0].skipped
    assert desk.state().keys() == state.keys()


def test_replace_swaps_what_the_query_gave_before(postgres: Server, desk: Desk) -> None:
    postgres.run("CREATE TABLE seen AS " + ROWS.format(n=4))
    query = DatabaseQuery(postgres.url, "SELECT * FROM seen")
    desk.load(query)
    postgres.run("DELETE FROM seen WHERE account_id = 'a1'")
    desk.load(query, replace=True)
    assert {row[0] for row in desk.facts("signal")} == {"a2", "a3", "a4"}
    postgres.run("DELETE FROM seen WHERE account_id = 'a2'")
    assert any("--replace" in note for note in desk.load(query).sources[0].notes)


def test_wrong_rows_go_to_quarantine(postgres: Server, desk: Desk) -> None:
    query = (
        "SELECT * FROM (VALUES ('a', '10.0.0.1'), ('b', 'nowhere'), (NULL, '10.0.0.2')) "
        "AS t(account_id, ip)"
    )
    summary = desk.load(DatabaseQuery(postgres.url, query), table="signals", signals={"ip": "ip"})
    assert (summary.rows, summary.loaded, summary.quarantined) == (3, 1, 2)


TYPES = (
    ("12345678901234567890123::numeric", "12345678901234567890123"),
    ("7.00::numeric(12, 2)", "7"),
    ("7.50::numeric(12, 2)", "7.50"),
    ("12.5::money", "12.50"),
    ("9007199254740993::bigint", "9007199254740993"),
    ("'ffffffff-0000-1111-2222-333333333333'::uuid", "ffffffff-0000-1111-2222-333333333333"),
    ("'10.0.0.1'::inet", "10.0.0.1"),
    ("'2001:db8::1'::inet", "2001:db8::1"),
    ("'10.0.0.0/8'::cidr", "10.0.0.0/8"),
    ("'08:00:2b:01:02:03'::macaddr", "08:00:2b:01:02:03"),
    (r"'\xDEADbeef'::bytea", "deadbeef"),
    ("'1 day'::interval", "1 day"),
    ("point(1, 2)", "(1,2)"),
    ("int4range(1, 3)", "[1,3)"),
    ("ROW(1, 'x')", "(1,x)"),
    ("true", "true"),
    ("'x'::mood", "x"),
    ("'x'::\"char\"", "x"),
    ("'x'::name", "x"),
    ("4294967295::oid", "4294967295"),
    ("repeat('long', 100000)", "long" * 100_000),
)


def test_every_type_becomes_its_text(postgres: Server, desk: Desk) -> None:
    postgres.run("CREATE TYPE mood AS ENUM ('x')")
    columns = ", ".join(f"{value} AS v{i}" for i, (value, _) in enumerate(TYPES))
    query = DatabaseQuery(postgres.url, f"SELECT 1 AS account_id, {columns}")
    signals = {f"kind-{i:02}": f"v{i}" for i in range(len(TYPES))}
    desk.load(query, table="signals", signals=signals)
    found = {row[1]: row[2] for row in desk.facts("signal")}
    assert found == {f"kind-{i:02}": text for i, (_, text) in enumerate(TYPES)}


def test_json_and_arrays_are_attributes_and_no_values(postgres: Server, desk: Desk) -> None:
    query = DatabaseQuery(
        postgres.url,
        """SELECT 1 AS account_id, '{"a": 1}'::jsonb AS meta, ARRAY['x', 'y'] AS tags,
        ARRAY['10.0.0.0/8'::cidr] AS nets, 'infinity'::timestamptz AS created_at""",
    )
    desk.load(query, table="accounts")
    (row,) = desk.facts("account")
    assert row[1] is None, "the end of time is no time"
    assert row[4] == r'{"meta":"{\"a\": 1}","tags":["x","y"],"nets":["10.0.0.0/8"]}'
    with pytest.raises(UsageError, match=r'column "tags" holds a VARCHAR\[\].*unnest'):
        desk.load(query, table="signals", signals={"device": "tags"})


def test_column_names_are_only_names(postgres: Server, desk: Desk) -> None:
    odd = "q\"' FROM (SELECT 1) x; --\n"
    quoted = odd.replace('"', '""')
    query = f"SELECT 'a' AS account_id, '10.0.0.1'::inet AS \"{quoted}\" -- a comment at the end"
    desk.load(DatabaseQuery(postgres.url, query), table="signals", signals={"ip": odd})
    assert desk.facts("signal")[0][2] == "10.0.0.1"


def test_a_database_in_another_encoding(postgres: Server, desk: Desk) -> None:
    postgres.run(
        "CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0",
        "CREATE DATABASE anything ENCODING 'SQL_ASCII' TEMPLATE template0",
    )
    query = "SELECT 'a' AS account_id, 'device' AS kind, chr(233) AS value"
    desk.load(DatabaseQuery(postgres.url.replace("/postgres?", "/latin?"), query))
    assert desk.facts("signal")[0][2] == "é"
    broken = (
        "SELECT 'a' AS account_id, 'device' AS kind, convert_from('\\xff', 'SQL_ASCII') AS value"
    )
    with pytest.raises(InputError, match="invalid byte sequence"):
        desk.load(DatabaseQuery(postgres.url.replace("/postgres?", "/anything?"), broken))


@pytest.mark.parametrize(
    ("query", "kind", "words"),
    [
        ("SELEC 1", UsageError, "not a reading statement"),
        ("DROP TABLE kept", UsageError, "not a reading statement"),
        ("", UsageError, "not a reading statement"),
        ("SELECT 1; DROP TABLE kept", UsageError, "multiple commands"),
        ("SELECT 1 AS x) AS q; DROP TABLE kept; --", UsageError, "syntax error"),
        ("WITH d AS (DELETE FROM kept RETURNING 1) SELECT * FROM d", UsageError, "read-only"),
        ("SELECT nextval('counter')", UsageError, "read-only"),
        ("SELECT set_config('transaction_read_only', 'off', false)", InputError, "read-write"),
        ("SELECT * FROM nowhere", UsageError, '"nowhere" does not exist.*42P01'),
        ("SELECT $1", UsageError, r"parameter \$1"),
        ("SELECT 1 AS x, 2 AS x", UsageError, 'two columns are called "x"'),
        ("SELECT", UsageError, "no columns"),
        ("SELECT 1 / 0 AS account_id", InputError, "division by zero.*22012"),
        ("SELECT 1 / (3 - i) AS x FROM generate_series(1, 5) AS i", InputError, "division by zero"),
        ("SELECT 1 AS account_id WHERE false", InputError, "no rows"),
        ("SELECT '\0'", UsageError, "zero byte"),
        (f"SELECT '{'x' * (1 << 20)}'", UsageError, "longer than"),
        ("SELECT 1 AS account_id", UsageError, "table|column|field"),
    ],
)
def test_a_query_that_cannot_be_loaded_is_named_and_changes_nothing(
    postgres: Server, loaded: Desk, query: str, kind: type[Exception], words: str
) -> None:
    before = loaded.state()
    with pytest.raises(kind, match=words) as error:
        loaded.load(DatabaseQuery(postgres.url, query))
    assert "this is a bug" not in str(error.value)
    assert len(str(error.value)) < 800
    assert loaded.state() == before
    assert postgres.rows("SELECT * FROM kept") == [(1,)]
    assert postgres.rows("SELECT is_called FROM counter") == [(False,)]


def test_a_connection_that_breaks_leaves_the_store_as_it_was(
    postgres: Server, desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.load(DatabaseQuery(postgres.url, ROWS.format(n=3)))
    before = desk.state()
    query = ROWS.format(n=4_000).replace("'d'", "repeat('d', 500)")
    for cut in (300, 50_000, 400_000):
        with (
            postgres.line(cut) as url,
            pytest.raises(InputError, match="no connection, or it broke"),
        ):
            desk.load(DatabaseQuery(url, query))
        assert desk.state() == before
    with postgres.line(1_900_000) as url:
        assert _cli("-w", str(desk.root), "load", "--from", url, "--query", query) == 3
    assert (
        "server closed the connection unexpectedly; nothing was loaded" in capsys.readouterr().err
    )
    assert desk.state() == before
    with postgres.line(1 << 30) as url:
        assert desk.load(DatabaseQuery(url, query)).loaded == 4_000


def test_a_line_cut_at_its_very_end_is_told_from_the_end_of_the_rows(
    postgres: Server, tmp_path: Path
) -> None:
    """However few bytes are missing: all rows, or an error."""
    query, file = ROWS.format(n=50), tmp_path / "rows.parquet"
    low, high = 0, 1 << 20
    while high - low > 1:  # the fewest bytes that are enough
        cut = (low + high) // 2
        with postgres.line(cut) as url:
            try:
                fetch(DatabaseQuery(url, query), file)
            except InputError:
                low = cut
            else:
                high = cut
    for cut in range(low - 120, high + 2, 12):
        with postgres.line(cut) as url:
            try:
                fetch(DatabaseQuery(url, query), file)
            except InputError:
                continue
        assert parquet.read_metadata(file).num_rows == 50


def test_a_huge_result_comes_in_small_batches(postgres: Server, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    query = "SELECT i AS account_id, repeat('x', 1000) AS value FROM generate_series(1, 60000) AS i"
    fetch(DatabaseQuery(postgres.url, query), tmp_path / "big", lambda n, b: seen.append((n, b)))
    assert sum(n for n, _ in seen) == 60_000
    assert sum(b for _, b in seen) > 60_000_000
    assert max(b for _, b in seen) < 20_000_000
    groups = parquet.read_metadata(tmp_path / "big")
    assert groups.num_row_groups >= 4


def test_batches_leave_memory_as_they_are_written(tmp_path: Path) -> None:
    schema = pa.schema([("text", pa.string())])
    alive: set[int] = set()
    most = 0

    text = ["x" * 1000] * 1000

    def batches() -> Iterator[pa.RecordBatch]:
        nonlocal most
        for i in range(64):
            batch = pa.record_batch([pa.array(text)], schema=schema)
            alive.add(i)
            weakref.finalize(batch.column(0).buffers()[2], alive.discard, i)
            yield batch
            del batch
            most = max(most, len(alive))

    assert stage(schema, batches(), tmp_path / "rows.parquet", "made") == 64_000
    assert most <= 12, "at most 8 MiB and a batch of a megabyte each"


def test_the_password_is_in_the_environment_or_a_file(
    postgres: Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    careful = postgres.url.replace("coterie@", "careful@")
    secret = careful.replace("careful@", f"careful:{PASSWORD}@")
    wrong = careful.replace("careful@", "careful:Not-it.1234567@")
    query = ("--query", ROWS.format(n=3))
    load = ("-w", str(tmp_path), "--debug", "--trace-sql", "load", "--from")
    (tmp_path / "address").write_text(f"{secret}\n", "utf-8")
    (tmp_path / "wrong").write_text(wrong, "utf-8")
    (tmp_path / "coterie.toml").write_text(
        f'[[source]]\nfrom = "file:address"\nquery = "{ROWS.format(n=5)}"\n', "utf-8"
    )
    assert _cli(*load, careful, *query) == 3
    assert _cli(*load, f"file:{tmp_path / 'wrong'}", *query) == 3
    assert _cli(*load, secret, *query) == 2
    assert _cli(*load[:-1]) == 0
    assert _cli(*load, f"file:{tmp_path / 'address'}", *query) == 0
    monkeypatch.setenv("WAREHOUSE", secret)
    assert _cli(*load, "env:WAREHOUSE", "--query", ROWS.format(n=4)) == 0
    assert _cli(*load, "env:WAREHOUSE", "--query", "SELECT 1 / 0 AS x") == 3
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    assert _cli(*load, careful, *query) == 0
    assert _cli("-w", str(tmp_path), "config") == 0
    said = capsys.readouterr()
    assert "already loaded" in said.out
    assert "the address holds a password" in said.err
    assert "password authentication failed" in said.err
    for hidden in (PASSWORD, "Not-it.1234567", "Tell-nobody"):
        assert hidden not in said.out + said.err
        for file in tmp_path.rglob("*"):
            if file.is_file() and file.name not in {"address", "wrong"}:
                assert hidden.encode() not in file.read_bytes(), file


def test_python_loads_from_a_database_too(postgres: Server, tmp_path: Path) -> None:
    ws = coterie.open(tmp_path)
    assert ws.load(from_=postgres.url, query=ROWS.format(n=3), as_="signals").loaded == 3
    assert ws.load(DatabaseQuery(postgres.url, ROWS.format(n=3))).sources[0].skipped
    assert repr(DatabaseQuery("postgresql://a:b@c/d", "SELECT 1")) == (
        "<DatabaseQuery postgresql://c/d#e004ebd5b553>"
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--from", "postgresql://h/d"), "from needs query"),
        (("--query", "SELECT 1"), "query needs from"),
        (("--from", "env:NOT_SET_ANYWHERE", "--query", "SELECT 1"), "NOT_SET_ANYWHERE"),
        (("--from", "file:/nowhere/at/all", "--query", "SELECT 1"), "cannot be read"),
        (("--from", "file:/dev/null", "--query", "SELECT 1"), "no address"),
        (("--from", "mysql://h/d", "--query", "SELECT 1"), "no way to read"),
        (("--from", "postgre://h/d", "--query", "SELECT 1"), 'Did you mean "postgres"'),
        (("--from", "host=h password=y", "--query", "SELECT 1"), "is a URL such as"),
        (("--from", "postgresql://h/d?password=y", "--query", "SELECT 1"), "holds a password"),
        (("--from", "postgresql://u:a/b@h/d", "--query", "SELECT 1"), "percent-encode"),
        (("--from", "postgresql://h:x/d", "--query", "SELECT 1"), "percent-encode"),
        (("--from", "postgresql://[::1/d", "--query", "SELECT 1"), "is a URL such as"),
        (("--from", "snowflake://h/d", "--query", "SELECT 1"), r"pip install 'coterie[snowflake]'"),
        (("--from", "bigquery://p/d", "--query", "SELECT 1"), "adbc_driver_bigquery"),
        (("--from", "grpc+tls://h:1", "--query", "SELECT 1"), "coterie[flightsql]"),
    ],
)
def test_what_cannot_be_an_address_is_usage(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    said: str,
) -> None:
    for module in ("snowflake", "bigquery", "flightsql"):
        monkeypatch.setitem(sys.modules, f"adbc_driver_{module}", None)
    assert _cli("-w", str(tmp_path), "load", *words) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('from = "postgresql://a:hush-hush@h/d"\nquery = "SELECT 1"', "holds a password"),
        ('from = "snowflake://h/d?token=hush-hush"\nquery = "SELECT 1"', "holds a password"),
        ('from = "postgresql://h/d"', "go together"),
        ('path = "x.csv"\nfrom = "postgresql://h/d"\nquery = "SELECT 1"', "a file or a database"),
        ('as = "signals"', "a database with source.from"),
        ('from = "postgresql://h/d"\nquery = " "', "expected a SELECT"),
    ],
)
def test_a_configured_source_is_a_file_or_a_query(tmp_path: Path, lines: str, said: str) -> None:
    (tmp_path / "coterie.toml").write_text(f"[[source]]\n{lines}\n", "utf-8")
    with pytest.raises(ConfigError, match=said) as error:
        coterie.open(tmp_path)
    assert "hush-hush" not in str(error.value)


def test_only_scheme_host_and_database_are_shown() -> None:
    for url, shown in (
        (
            "postgresql://me:pw@h.example:5433/app?sslmode=require",
            "postgresql://h.example:5433/app",
        ),
        ("postgresql:///app?host=/run/pg&password=x", "postgresql:///run/pg/app"),
        ("postgresql:///?service=prod", "postgresql://service:prod"),
        ("snowflake://me:pw@acc/db/schema?warehouse=w", "snowflake://acc/db/schema"),
        ("bigquery://project/dataset", "bigquery://project/dataset"),
    ):
        assert place_of(url) == shown
    assert holds_secret("snowflake://acc/db?privateKey=x")
    assert not holds_secret("postgresql://me@h/d?sslkey=client.key&passfile=p")


def _fake(monkeypatch: pytest.MonkeyPatch, name: str, answer: pa.Table) -> list[Any]:
    """A driver that gives a table; what it was asked comes back."""
    asked: list[Any] = []

    class Cursor:
        def execute(self, sql: str) -> None:
            asked.append(sql)

        def fetch_record_batch(self) -> pa.RecordBatchReader:
            return answer.to_reader()

        def close(self) -> None:
            asked.append("closed")

    class Connection:
        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None:
            asked.append("left")

        def cursor(self) -> Cursor:
            return Cursor()

    module = ModuleType(f"{name}.dbapi")

    def connect(*given: Any, **more: Any) -> Connection:
        asked.append((given, more))
        return Connection()

    vars(module).update(connect=connect, Error=driver.Error)
    monkeypatch.setitem(sys.modules, name, ModuleType(name))
    monkeypatch.setitem(sys.modules, f"{name}.dbapi", module)
    return asked


@pytest.mark.parametrize(
    ("url", "module", "called"),
    [
        ("snowflake://me:pw@acc/db?warehouse=w", "snowflake", (("me:pw@acc/db?warehouse=w",), {})),
        (
            "bigquery://project/data?location=EU&auth_credentials=/key.json",
            "bigquery",
            (
                ({
                    "adbc.bigquery.sql.project_id": "project",
                    "adbc.bigquery.sql.dataset_id": "data",
                    "adbc.bigquery.sql.location": "EU",
                    "adbc.bigquery.sql.auth_credentials": "/key.json",
                    "adbc.bigquery.sql.auth_type":
                        "adbc.bigquery.sql.auth_type.json_credential_file",
                },),
                {},
            ),
        ),
        (
            "grpc+tls://me:p%40w@h:443/x",
            "flightsql",
            (("grpc+tls://h:443/x",), {"db_kwargs": {"username": "me", "password": "p@w"}}),
        ),
    ],
)  # fmt: skip
def test_other_drivers_get_their_own_form_of_address(
    monkeypatch: pytest.MonkeyPatch, desk: Desk, url: str, module: str, called: Any
) -> None:
    """Arrow types that PostgreSQL does not give: decimals, dictionaries, nothing at all."""
    table = pa.table({
        "account_id": pa.array([Decimal(10**30), Decimal(7)], pa.decimal128(38, 2)),
        "kind": pa.array(["device", "device"]).dictionary_encode(),
        "value": pa.array([b"\x01", b"\xff"], pa.binary()),
        "nothing": pa.nulls(2),
    })  # fmt: skip
    asked = _fake(monkeypatch, f"adbc_driver_{module}", table)
    desk.load(DatabaseQuery(url, "SELECT *\nFROM t;"), table="signals")
    assert [row[:3] for row in desk.facts("signal")] == [
        (f"1{'0' * 30}", "device", "01"), ("7", "device", "ff"),
    ]  # fmt: skip
    assert asked == [called, "SELECT *\nFROM t", "closed", "left"]
    with pytest.raises(UsageError, match="semicolon"):
        desk.load(DatabaseQuery(url, "SELECT 1; DROP TABLE t"))


@pytest.mark.parametrize(
    ("column", "words"),
    [
        (pa.array([None], pa.month_day_nano_interval()), "cast it to text"),
        (pa.array([1], pa.duration("s")), "cast it to text"),
        (
            pa.ExtensionArray.from_storage(pa.opaque(pa.binary(), "odd", "some"), pa.array([b"x"])),
            "holds odd; cast it to text",
        ),
    ],
)
def test_a_type_without_a_text_is_refused(
    monkeypatch: pytest.MonkeyPatch, desk: Desk, column: pa.Array, words: str
) -> None:
    _fake(monkeypatch, "adbc_driver_snowflake", pa.table({"x": column}))
    with pytest.raises(UsageError, match=words):
        desk.load(DatabaseQuery("snowflake://acc/db", "SELECT x"))


def test_text_that_is_no_text_is_refused(monkeypatch: pytest.MonkeyPatch, desk: Desk) -> None:
    bad = pa.StringArray.from_buffers(
        1, pa.array([0, 1], pa.int32()).buffers()[1], pa.py_buffer(b"\xff")
    )
    _fake(monkeypatch, "adbc_driver_snowflake", pa.table({"x": bad}))
    with pytest.raises(InputError, match='"x" holds text that is not UTF-8'):
        desk.load(DatabaseQuery("snowflake://acc/db", "SELECT x"))


def test_every_batch_closes_what_it_opened(postgres: Server, tmp_path: Path) -> None:
    for _ in range(3):
        fetch(DatabaseQuery(postgres.url, ROWS.format(n=3)), tmp_path / "rows")
    with driver.connect(postgres.url) as con, closing(con.cursor()) as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
        )
        assert cursor.fetchall()[0][0] <= 2
