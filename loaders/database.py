"""A query of a database as the input of a load: streamed through ADBC into a scratch Parquet file.

Rows come in Arrow batches and leave for the disk at once, so that memory holds two batches whatever
the query gives. What follows is the way of every file: checks, quarantine, identity by content, one
transaction. The address may hold a password; it is in no message, no name and no register.
"""

from __future__ import annotations

import hashlib
import re
from contextlib import closing, contextmanager
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

from coterie.errors import InputError, UsageError, did_you_mean
from coterie.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path
    from urllib.parse import SplitResult

# Scheme of an address -> the driver's module, and the extra that brings it.
_DRIVERS: Mapping[str, tuple[str, str]] = MappingProxyType({
    "postgresql": ("adbc_driver_postgresql", "postgresql"),
    "postgres": ("adbc_driver_postgresql", "postgresql"),
    "snowflake": ("adbc_driver_snowflake", "snowflake"),
    "bigquery": ("adbc_driver_bigquery", "bigquery"),
    "grpc": ("adbc_driver_flightsql", "flightsql"),
    "grpc+tcp": ("adbc_driver_flightsql", "flightsql"),
    "grpc+tls": ("adbc_driver_flightsql", "flightsql"),
})  # fmt: skip
_SECRET = re.compile(r"pass(word|code|wd)$|token|secret|private_?key$|^key$", re.IGNORECASE)
_READS = re.compile(r"(?:\s|--[^\n]*(?:\n|$)|/\*.*?\*/|\()*(SELECT|WITH|VALUES|TABLE|FROM)\b",
                    re.IGNORECASE | re.DOTALL)  # fmt: skip
# What PostgreSQL must say itself, or the text of it would be its wire format. Of the rest, the
# driver knows the meaning.
_PLAIN = frozenset({
    "bool", "int2", "int4", "int8", "float4", "float8", "numeric", "text", "varchar", "bpchar",
    "name", "char", "bytea", "json", "jsonb",
})  # fmt: skip
_MOMENTS = frozenset({"date", "timestamp", "timestamptz"})
# Dead connections are noticed within two minutes.
_PATIENCE = MappingProxyType({
    "connect_timeout": "30", "keepalives_idle": "60", "keepalives_interval": "15",
    "keepalives_count": "4",
})  # fmt: skip
_SESSION = (
    "SET TRANSACTION READ ONLY",
    "SET LOCAL client_encoding TO 'UTF8'",
    "SET LOCAL TimeZone TO 'UTC'",
    "SET LOCAL DateStyle TO 'ISO'",
)
_ENOUGH_BYTES = 8 << 20
_LONGEST_QUERY = 1 << 20
_SHORT = 5
# An empty fraction says nothing: 7.00 is the account 7, as with floating numbers.
_EMPTY_FRACTION = r"^(-?\d+)\.0+$"


@dataclass(frozen=True, slots=True, repr=False)
class DatabaseQuery:
    """A query of a database, to be loaded like a file.

    Attributes:
        url: where: ``postgresql://``, ``snowflake://``, ``bigquery://``, ``grpc+tls://`` (Flight
            SQL). It may hold a password, so it is never shown.
        sql: one reading statement in the database's own dialect.
    """

    url: str
    sql: str

    @property
    def name(self) -> str:
        """The source's name: scheme, host, database and a hash of the query; no secret.

        >>> DatabaseQuery("postgresql://me:pw@db.example.org/app", "SELECT 1").name
        'postgresql://db.example.org/app#e004ebd5b553'
        """
        digest = hashlib.sha256(_tidy(self.sql).encode()).hexdigest()[:12]
        return f"{place_of(self.url)}#{digest}"

    def __repr__(self) -> str:
        """The name alone."""
        return f"<DatabaseQuery {printable(self.name)}>"


def place_of(url: str) -> str:
    """Scheme, host and database of an address: all of it that may be shown.

    Raises:
        UsageError: it is no address of a database that can be read.
    """
    parts = _split(url)
    given = dict(parse_qsl(parts.query))
    host = parts.netloc.rpartition("@")[2] or given.get("host", "")
    if not host and "service" in given:
        host = f"service:{given['service']}"
    database = parts.path.strip("/") or given.get("dbname", "")
    return printable(f"{parts.scheme}://{host}/{unquote(database)}".rstrip("/"), 200)


def holds_secret(url: str) -> bool:
    """Whether an address holds a password or the like.

    Raises:
        UsageError: it is no address of a database that can be read.
    """
    return bool(_secrets(_split(url)))


def fetch(
    query: DatabaseQuery, path: Path, seen: Callable[[int, int], None] | None = None
) -> dict[str, Any]:
    """Run a query and write its rows to a Parquet file, batch by batch.

    Args:
        query: what to run and where.
        path: the file to write.
        seen: called after each batch with the rows and the bytes of it.

    Returns:
        What the source's record says of it: format and driver.

    Raises:
        UsageError: the driver is not installed, or the statement is wrong or no reading one.
        InputError: the database cannot be reached, the connection broke, or there are no rows.
    """
    parts = _split(query.url)
    sql = _checked(query, parts.scheme)
    module, extra = _DRIVERS[parts.scheme]
    driver = _driver(module, extra)
    name = query.name
    with _in_words(name, driver, parts), _connected(driver, query.url, parts) as connection:
        with closing(connection.cursor()) as cursor:
            if extra == "postgresql":
                sql = _as_text(cursor, sql, name)
            cursor.execute(sql)
            reader = cursor.fetch_record_batch()
            stage(reader.schema, _batches(reader), path, name, seen)
        if extra == "postgresql":
            # A connection that died after the last batch is told from one that had no more rows.
            connection.commit()
    return {"format": "query", "driver": module}


def _batches(reader: Any) -> Iterator[Any]:
    """What the driver gives, its errors told from those of the disk."""
    import pyarrow as pa

    while True:
        try:
            batch = reader.read_next_batch()
        except StopIteration:
            return
        except (pa.ArrowException, OSError) as error:
            raise _Broken(str(error)) from None
        yield batch


def stage(
    given: Any,
    batches: Iterable[Any],
    path: Path,
    name: str,
    seen: Callable[[int, int], None] | None = None,
) -> int:
    """Write record batches to a Parquet file as they come, a few at a time.

    Args:
        given: their Arrow schema.
        batches: Arrow record batches.
        path: the file to write.
        name: the source's name in messages.
        seen: called with the rows and bytes of each batch.

    Returns:
        The number of rows.

    Raises:
        InputError: there are none, a type cannot be kept, or a text is not UTF-8.
    """
    import pyarrow as pa
    from pyarrow import parquet

    schema = pa.schema([_field(name, field) for field in given])
    if len(set(schema.names)) < len(schema.names):
        twice = next(c for c in schema.names if schema.names.count(c) > 1)
        raise UsageError(f'{name}: two columns are called "{twice}"; name them apart with AS')
    rows, waiting, size = 0, list[Any](), 0
    with parquet.ParquetWriter(str(path), schema, compression="lz4", write_statistics=False) as to:
        for batch in batches:
            rows += batch.num_rows
            if seen is not None:
                seen(batch.num_rows, batch.nbytes)
            waiting.append(_plain(name, batch, schema))
            size += waiting[-1].nbytes
            if size >= _ENOUGH_BYTES:
                to.write_table(pa.Table.from_batches(waiting, schema))
                waiting, size = [], 0
        if waiting:
            to.write_table(pa.Table.from_batches(waiting, schema))
    if rows == 0:
        raise InputError(f"{name}: the query gives no rows")
    return rows


class _Broken(Exception):
    """The stream of batches ended before its end; the message is the driver's."""


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        scheme = parts.scheme
        if "://" not in url or any(ord(c) <= 32 or ord(c) == 127 for c in url):
            scheme = ""
        # A password with a bare / @ ? or # in it makes the rest look like a host: never show that.
        whole = "@" not in parts.path + parts.query + parts.fragment and not parts.fragment
        for host in parts.netloc.rpartition("@")[2].split(","):
            port = re.sub(r"^\[.*\]", "", host).partition(":")[2]
            whole &= not port or port.isdecimal() or scheme == "snowflake"
    except ValueError:
        scheme, whole = "", True
    if not scheme:
        raise UsageError(
            "the address of a database is a URL such as postgresql://user@host/database "
            "(percent-encode blanks); found something else"
        )
    if scheme not in _DRIVERS:
        hint = did_you_mean(scheme, _DRIVERS)
        raise UsageError(f'there is no way to read "{printable(scheme, 40)}://".{hint}')
    if not whole:
        raise UsageError(
            f"the {scheme} address cannot be taken apart; percent-encode / @ : ? and # in user and "
            "password (%2F %40 %3A %3F %23)"
        )
    return parts


def _secrets(parts: SplitResult) -> list[str]:
    """Everything of an address that must not be seen, as written and as meant; longest first."""
    user = parts.netloc.rpartition("@")[0]
    found = [user.partition(":")[2]]
    found += [value for key, value in parse_qsl(parts.query) if _SECRET.search(key)]
    return sorted({f for secret in found if secret for f in (secret, unquote(secret))}, key=len,
                  reverse=True)  # fmt: skip


def _tidy(sql: str) -> str:
    return re.sub(r"[\s;]+$", "", sql).strip()


def _checked(query: DatabaseQuery, scheme: str) -> str:
    sql = _tidy(query.sql)
    if "\0" in sql:
        raise UsageError("the query holds a zero byte")
    if len(sql) > _LONGEST_QUERY:
        raise UsageError(f"the query is longer than {_LONGEST_QUERY:,} letters")
    if not _READS.match(sql):
        raise UsageError("the query is not a reading statement; it begins with SELECT or WITH")
    # PostgreSQL takes one statement and a read-only transaction; others are kept to one here.
    if scheme not in {"postgresql", "postgres"} and ";" in sql:
        raise UsageError("the query holds a semicolon; give one statement (a text: CHAR(59))")
    return sql


def _driver(module: str, extra: str) -> Any:
    try:
        return import_module(f"{module}.dbapi")
    except ImportError as error:
        raise UsageError(
            f"reading {extra} needs the driver {module}: pip install 'coterie[{extra}]'"
        ) from error


def _connected(driver: Any, url: str, parts: SplitResult) -> Any:
    user, _, password = parts.netloc.rpartition("@")[0].partition(":")
    if parts.scheme in {"postgresql", "postgres"}:
        given = dict(parse_qsl(parts.query))
        more = "&".join(f"{k}={v}" for k, v in _PATIENCE.items() if k not in given)
        return driver.connect(f"{url}{'&' if '?' in url else '?'}{more}", autocommit=False)
    if parts.scheme == "snowflake":
        return driver.connect(url.partition("://")[2])
    if parts.scheme == "bigquery":
        named = {"project_id": parts.netloc, "dataset_id": parts.path.strip("/")}
        named |= {k: v for k, v in parse_qsl(parts.query) if k in {"location", "auth_credentials"}}
        if "auth_credentials" in named:
            named["auth_type"] = "adbc.bigquery.sql.auth_type.json_credential_file"
        return driver.connect({f"adbc.bigquery.sql.{k}": v for k, v in named.items() if v})
    login = {"username": unquote(user), "password": unquote(password)} if user else {}
    bare = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    return driver.connect(bare, db_kwargs=login)


@contextmanager
def _in_words(name: str, driver: Any, parts: SplitResult) -> Iterator[None]:
    """Say what went wrong without the secrets of the address.

    The driver's error is not chained: a traceback would show what the message must not.
    """
    try:
        yield
    except (driver.Error, _Broken) as error:
        state = getattr(error, "sqlstate", None)
        said = _said(_without(str(error), _secrets(parts)))
        code = f" (SQLSTATE {state})" if state else ""
        # Class 42: wrong statement; 25006: it writes (lost when it comes late); 0A: not supported.
        if (state or "").startswith(("42", "0A", "25006")) or "read-only transaction" in said:
            raise UsageError(f"{name}: the query cannot run: {said}{code}") from None
        if (state and not state.startswith(("08", "57P"))) or "ERROR: " in str(error):
            raise InputError(f"{name}: {said}{code}; nothing was loaded") from None
        raise InputError(
            f"{name}: no connection, or it broke: {said}{code}; nothing was loaded"
        ) from None


def _without(text: str, secrets: list[str]) -> str:
    if any(len(secret) < _SHORT and secret in text for secret in secrets):
        # Stars in the place of a letter or two would tell which.
        return "the driver's message is withheld, as it may hold the password"
    for secret in secrets:
        text = text.replace(secret, "***")
    return text


def _said(text: str) -> str:
    """The database's own words in one line: message, place, hint; without the statement."""
    text = re.split(r"\n+Query was:|\. SQLSTATE: ", text)[0]
    text = re.sub(r"Failed to execute query '.*':\s*", "", text, flags=re.DOTALL)
    text = re.split(r"\b(?:ERROR|FATAL|PANIC): +", text, maxsplit=1)[-1]
    lines = [re.sub(r"^[A-Z_]+: (\[\w+\] )?", "", line.strip()) for line in text.splitlines()]
    kept = [line for line in lines if line][:1]
    kept += [line for line in lines[1:] if re.match(r"(LINE \d+|DETAIL|HINT): ", line)]
    return printable("; ".join(kept).rstrip(".;: "), 400) or "no reason given"


def _as_text(cursor: Any, sql: str, name: str) -> str:
    """The query with PostgreSQL's own text for what else would come in its wire format.

    The driver gives addresses, ranges, intervals and many more as the bytes of the wire, money as
    hundredths, and lets infinite times overflow.
    """
    for setting in _SESSION:
        cursor.execute(setting)
    schema = cursor.adbc_execute_schema(sql)
    if len(schema) == 0:
        raise UsageError(f"{name}: the query gives no columns; expected SELECT …")
    columns = [_column(field.name, _type_of(field)) for field in schema]
    if len(set(schema.names)) < len(schema.names) or all(
        c == _quoted(n) for c, n in zip(columns, schema.names, strict=True)
    ):
        return sql
    # Names are quoted; the query is the user's own statement, in a place where none can write.
    return f"SELECT {', '.join(columns)} FROM ({sql}\n) AS query"  # noqa: S608


def _type_of(field: Any) -> str:
    found: bytes = (field.metadata or {}).get(b"POSTGRESQL:type", b"")
    return found.decode()


def _column(name: str, dtype: str) -> str:
    quoted = _quoted(name)
    element = dtype.removeprefix("_")
    if dtype in _PLAIN or (dtype != element and element in _PLAIN | {"timestamptz", "timestamp"}):
        return quoted
    if dtype in _MOMENTS:
        # The ends of time are no time.
        return f"CASE WHEN isfinite({quoted}) THEN {quoted} END AS {quoted}"
    if dtype == "inet":
        # An address as people write it; the text of a cast has /32 behind it.
        return f"abbrev({quoted}) AS {quoted}"
    if dtype == "money":
        return f"{quoted}::numeric AS {quoted}"
    return f"{quoted}::text{'[]' if dtype != element else ''} AS {quoted}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _field(name: str, field: Any) -> Any:
    """The form in which a column is kept.

    Raises:
        UsageError: there is none for its type.
    """
    import pyarrow as pa

    t = pa.types
    kind = field.type
    if isinstance(kind, pa.BaseExtensionType):
        vendor = getattr(kind, "type_name", kind.extension_name)
        kind = kind.storage_type
        if vendor not in {"numeric", "arrow.json", "arrow.uuid"}:
            raise UsageError(
                f'{name}: column "{field.name}" holds {vendor}; cast it to text in the query'
            )
        if vendor == "arrow.uuid":
            return pa.field(field.name, pa.uuid())
    if t.is_dictionary(kind):
        kind = kind.value_type
    if t.is_decimal(kind) or t.is_null(kind) or t.is_string_view(kind):
        kind = pa.string()
    if t.is_interval(kind) or t.is_duration(kind) or t.is_union(kind):
        raise UsageError(
            f'{name}: column "{field.name}" holds {kind}; cast it to text in the query'
        )
    return pa.field(field.name, kind)


def _plain(name: str, batch: Any, schema: Any) -> Any:
    """A batch in the form that is kept.

    Raises:
        InputError: a text is not UTF-8.
    """
    import pyarrow as pa
    from pyarrow import compute

    columns = []
    for array, given, kept in zip(batch.columns, batch.schema, schema, strict=True):
        found = array
        if isinstance(found, pa.ExtensionArray) and not isinstance(kept.type, pa.UuidType):
            found = found.storage
        exact = pa.types.is_decimal(found.type) or getattr(given.type, "type_name", "") == "numeric"
        if found.type != kept.type:
            found = found.cast(kept.type)
        if exact:
            found = compute.replace_substring_regex(found, _EMPTY_FRACTION, r"\1")
        try:
            found.validate(full=True)
        except pa.ArrowInvalid as error:
            raise InputError(
                f'{name}: column "{kept.name}" holds text that is not UTF-8; '
                "set the database's encoding, or take the column as bytes"
            ) from error
        columns.append(found)
    return pa.record_batch(columns, schema=schema)
