"""Hostile input: each case has its message, its exit code and its quarantine row; nothing is lost."""

from __future__ import annotations

import gzip
import json
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import duckdb
import polars as pl
import pyarrow as pa
import pytest
from tests.support.loading import Desk

from coterie.errors import CoterieError, InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HEAD = "account_id,kind,value,seen_at\n"
GOOD = "a1,device,d1,2026-03-01\n"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def parquet(frame: pl.DataFrame) -> bytes:
    import io

    sink = io.BytesIO()
    frame.write_parquet(sink, compression="zstd", row_group_size=500)
    return sink.getvalue()


MANY = pl.DataFrame({
    "account_id": [f"a{i}" for i in range(3000)],
    "kind": ["device"] * 3000,
    "value": [f"{i * 7919 % 65537:x}" for i in range(3000)],
})  # fmt: skip
PARQUET = parquet(MANY)
GZIP = gzip.compress((HEAD + GOOD * 20_000).encode())
ZSTD = pa.Codec("zstd").compress((HEAD + GOOD * 20_000).encode(), asbytes=True)


@dataclass(frozen=True)
class Refused:
    """A file that gives one clear message and leaves the store as it was."""

    name: str
    content: str | bytes
    message: str
    exit_code: int = 3
    options: dict[str, Any] = field(default_factory=dict)


REFUSED = [
    Refused("empty.csv", "", "the file is empty"),
    Refused("blank.csv", "\n \n\n", "the file is empty"),
    Refused("header.csv", HEAD, "has a header and no rows"),
    Refused("empty.jsonl", "", "the file is empty"),
    Refused("blank.jsonl", "\n\n", "not one line is a JSON object"),
    Refused("cut.parquet", PARQUET[:-100], "damaged or cut off Parquet"),
    Refused("tiny.parquet", PARQUET[:6], "damaged or cut off Parquet"),
    Refused("middle.parquet", PARQUET[:2000] + b"\0" * 4000 + PARQUET[6000:], "parquet"),
    Refused("none.parquet", parquet(MANY.head(0)), "the file has no rows"),
    Refused("text.parquet", HEAD + GOOD, "not a Parquet file"),
    Refused("secret.parquet", b"PARE" + PARQUET[4:], "encrypted"),
    Refused("cut.csv.gz", GZIP[:-10], "gzip archive is damaged or cut off"),
    Refused("broken.csv.gz", GZIP[:60] + b"\xff" * 20 + GZIP[80:], "gzip archive is damaged"),
    Refused("empty.csv.gz", gzip.compress(b""), "the file is empty"),
    Refused("cut.csv.zst", ZSTD[:-5], "zstd archive is damaged or cut off"),
    Refused("packed.parquet.gz", gzip.compress(PARQUET), "unpack it first"),
    Refused("book.xlsx", b"PK\x03\x04" + b"x" * 100, "spreadsheet"),
    Refused("base.db", b"SQLite format 3\x00" + b"x" * 100, "SQLite database"),
    Refused("array.json", '[{"account_id": "a"}]', "one JSON array"),
    Refused("garbage.jsonl", "no\njson\nat all\n", "not one line is a JSON object"),
    Refused("scalars.jsonl", '1\n"x"\nnull\n', "not one line is a JSON object"),
    Refused("case.jsonl", '{"a": 1, "A": 2}\n', "upper and lower case"),
    Refused("wide16.csv", (HEAD + GOOD).encode("utf-16-le"), 'encoding = "utf-16-le"'),
    Refused("binary.csv", bytes(range(256)) * 40 + b"\0" * 2000, "NUL bytes"),
    Refused("odd.csv", (HEAD + GOOD).encode("utf-16") + b"\0", "cut off in the middle"),
    Refused(
        "allbad.csv", HEAD + ",device,d1,\n,device,d2,\n", r"no usable row among 2 \(missing acc"
    ),
    Refused(
        "ascii.csv", (HEAD + "é").encode(), "not in ascii", 3, {"options": {"encoding": "ascii"}}
    ),
    Refused(
        "codec.csv", HEAD + GOOD, 'no encoding "klingon"', 2, {"options": {"encoding": "klingon"}}
    ),
    Refused("option.csv", HEAD + GOOD, 'Did you mean "delim"', 2, {"options": {"delimm": ","}}),
    Refused("delim.csv", HEAD + GOOD, "delim is one character", 2, {"options": {"delim": "||"}}),
    Refused("nohead.csv", GOOD * 3, "column1, column2, column3, column4", 3),
    Refused("column.csv", HEAD + GOOD, 'Did you mean "value"', 3, {"map": {"value": "valeu"}}),
    Refused("table.csv", HEAD + GOOD, 'Did you mean "signals"', 2, {"table": "signal"}),
    Refused(
        "kinds.csv",
        "account_id,kind,value\n" + "".join(f"a,k{i}x,{i}\n" for i in range(1200)),
        "more than 1,000 kinds",
        2,
    ),
    Refused(
        "nested.parquet",
        parquet(pl.DataFrame({"account_id": ["a"], "kind": ["ip"], "value": [["1.2.3.4"]]})),
        "unnest it",
        2,
    ),
    Refused(
        "times.parquet",
        parquet(pl.DataFrame({"account_id": ["a"], "at": [True], "type": ["x"]})),
        "not times",
        2,
    ),
]


@pytest.mark.parametrize("case", REFUSED, ids=lambda c: c.name)
def test_refused_with_one_message_and_the_store_untouched(desk: Desk, case: Refused) -> None:
    desk.put("first.csv", HEAD + GOOD)
    desk.load("first.csv")
    before = desk.state()
    desk.put(case.name, case.content)
    with pytest.raises(CoterieError) as caught:
        desk.load(case.name, **case.options)
    message = str(caught.value)
    import re

    assert re.search(case.message, message, re.IGNORECASE), message
    assert message.startswith(case.name)
    assert "\n" not in message
    assert caught.value.exit_code == case.exit_code
    assert desk.state() == before


def test_a_missing_file_folder_or_match(desk: Desk) -> None:
    (desk.root / "folder").mkdir()
    for name in ("nothing.csv", "folder", "*.parquet"):
        with pytest.raises(InputError, match=r"no "):
            desk.load(name)
    with pytest.raises(UsageError, match="nothing to load"):
        desk.load()
    with pytest.raises(InputError, match="neither a path nor a frame"):
        desk.load({"account_id": 1})
    with pytest.raises(InputError, match="no rows"):
        desk.load(pl.DataFrame({"account_id": []}))
    assert not desk.config.store_path.exists()


@dataclass(frozen=True)
class Kept:
    """A file whose good rows load and whose bad ones are told."""

    name: str
    content: str | bytes
    loaded: int
    quarantine: list[tuple[int, str, str | None, str | None]]
    options: dict[str, Any] = field(default_factory=dict)


KEPT = [
    Kept("bom.csv", "\ufeff" + HEAD + GOOD, 1, []),
    Kept("crlf.csv", (HEAD + GOOD + GOOD).replace("\n", "\r\n"), 2, []),
    Kept("mac.csv", (HEAD + GOOD + GOOD).replace("\n", "\r"), 2, []),
    Kept("noend.csv", (HEAD + GOOD + GOOD).rstrip("\n"), 2, []),
    Kept("utf16.csv", (HEAD + "a1,device,dé,2026-03-01\n").encode("utf-16"), 1, []),
    Kept("latin.csv", (HEAD + "a1,device,dé,\n").encode("latin-1"), 1, [],
         {"options": {"encoding": "latin-1"}}),
    Kept("undeclared.csv", (HEAD + GOOD + "a1,device,dé,\n").encode("latin-1"), 1,
         [(2, "not UTF-8", None, None)]),
    Kept("nul.csv", HEAD + GOOD + "a2,dev\0ice,d2,\n", 1, [(2, "NUL byte", None, None)]),
    Kept("ragged.csv", HEAD + GOOD + "a2,device\n" + GOOD + "a3,device,d,,extra\n", 2,
         [(2, "ragged row", None, "2 fields, 4 expected"),
          (4, "ragged row", None, "5 fields, 4 expected")]),
    Kept("blank.csv", HEAD + GOOD + "\n  \n" + GOOD + ",device,d9,\n", 2,
         [(5, "missing account_id", "account_id", "")]),
    Kept("quotes.csv", HEAD + 'a1,device,"say ""hi"", you",2026-03-01\na2,device,"two\nlines",\n', 2, []),
    Kept("backslash.csv", HEAD + 'a1,device,"say \\"hi\\"",2026-03-01\n', 1, [],
         {"options": {"escape": "\\"}}),
    Kept("inch.csv", HEAD + 'a1,device,5" screen,\n' + GOOD, 2, []),
    Kept("single.csv", HEAD + "a1,device,O'Brien,\na2,device,'x,\n", 2, []),
    Kept("twice.csv", "account_id,kind,value,value\na1,device,d1,x\n", 1, []),
    Kept("names.csv", GOOD + "a2,ip,1.2.3.4,\n", 2, [],
         {"options": {"names": ["account_id", "kind", "value", "seen_at"]}}),
    Kept("semicolon.csv", (HEAD + GOOD).replace(",", ";"), 1, []),
    Kept("pipe.txt", (HEAD + GOOD + GOOD).replace(",", "|"), 2, []),
    Kept("members.csv.gz", gzip.compress((HEAD + GOOD).encode()) + gzip.compress(GOOD.encode()), 2, []),
    Kept("lines.jsonl",
         '{"account_id":"a","kind":"device","value":"d"}\n{"account_id":"b","kind":\n[1]\n\n'
         '{"account_id":7,"kind":"device","value":"007","extra":{"x":[1]}}\n"text"\n'
         '{"kind":"device","value":"d"}\n',
         2,
         [(2, "invalid JSON", None, None), (3, "not a JSON object", None, None),
          (6, "not a JSON object", None, None), (7, "missing account_id", "account_id", None)]),
    Kept("nulljson.jsonl", b'{"account_id":"a","kind":"device","value":"d"}\n{"a":"\xff"}\n', 1,
         [(2, "not UTF-8", None, None)]),
    Kept("rows.csv",
         "account_id,kind,value,first_seen,last_seen,n\n"
         "a1,device,d1,,,\n"
         ",device,d2,,,\n"
         "a3,,d3,,,\n"
         "a4,device,\u200b,,,\n"
         "a5,ip,1.2.3.400,,,\n"
         "a6,email,nobody,,,\n"
         "a7,devise,d7,,,\n"
         "a8,device,d8,soon,,\n"
         "a9,device,d9,1970-01-02,,\n"
         "a10,device,d10,2026-11-27,,\n"
         "a11,device,d11,2026-11-25,,\n"
         "a12,device,d12,,,-1\n"
         "a13,device,d13,,,many\n"
         "a14,device,d14,2026-03-02,2026-03-01,\n"
         "a15,device,d15,,,1.5\n",
         2,
         [(2, "missing account_id", "account_id", ""),
          (3, "missing kind", "kind", ""),
          (4, "empty value", "value", "\u200b"),
          (5, "invalid ip", "value", "1.2.3.400"),
          (6, "invalid email", "value", "nobody"),
          (7, "unknown kind, device?", "kind", "devise"),
          (8, "unparsable time", "first_seen", "soon"),
          (9, "absurd time", "first_seen", "1970-01-02"),
          (10, "absurd time", "first_seen", "2026-11-27"),
          (12, "negative n", "n", "-1"),
          (13, "not a count", "n", "many"),
          (14, "first_seen after last_seen", "first_seen", "2026-03-02"),
          (15, "not a count", "n", "1.5")]),
    Kept("people.csv",
         "account_id,created_at,status,banned_at,n\n"
         "a1,2026-01-01,Active,,1\na2,never,active,,\na3,,deleted,,\na4,,banned,3000-01-01,\n",
         1,
         [(2, "unparsable time", "created_at", "never"),
          (3, "unknown status", "status", "deleted"),
          (4, "absurd time", "banned_at", "3000-01-01")]),
]  # fmt: skip


@pytest.mark.parametrize("case", KEPT, ids=lambda c: c.name)
def test_good_rows_load_bad_rows_are_told_none_is_lost(desk: Desk, case: Kept) -> None:
    desk.put(case.name, case.content)
    summary = desk.load(case.name, **case.options)
    found = sorted(desk.quarantine())
    assert [(r, why, f, v) for r, why, f, v in found] == sorted(case.quarantine)
    assert summary.loaded == case.loaded
    assert summary.quarantined == len({row for row, *_ in case.quarantine})
    assert summary.loaded + summary.quarantined == summary.rows
    tables = ("signal", "account", "event", "prompt", "link", "label", "list")
    assert sum(len(desk.facts(t)) for t in tables) == case.loaded
    assert all(desk.rows("SELECT raw FROM quarantine")["raw"].to_list())


def test_what_quotes_hold_is_kept_as_it_was(desk: Desk) -> None:
    desk.put(
        "q.csv", HEAD + 'a1,device,"say ""hi"", you",\na2,device,"two\r\nlines",\na3,device,"",x\n'
    )
    desk.load("q.csv")
    assert [(r[2], r[3]) for r in desk.facts("signal")] == [
        ('say "hi", you', None), ("twolines", "two\r\nlines"),
    ]  # fmt: skip


@pytest.mark.parametrize("shape", ["open", "close", "pairs", "odd"])
@pytest.mark.parametrize("form", ["csv", "csv.gz"])
def test_stray_quotes_lose_no_row(desk: Desk, shape: str, form: str) -> None:
    """51 quotes that nobody closed, in 50,000 rows: readers that trust them lose a third."""
    n = 50_000
    bad = set(range(0, n, n // 51)[:51] if shape != "odd" else [n // 2])
    stray: dict[str, Callable[[int], str]] = {
        "open": lambda i: f'"12 inch {i}',
        "close": lambda i: f'12 inch {i}"',
        "pairs": lambda i: f'"a {i}' if (i // (n // 51)) % 2 == 0 else f'b {i}"',
        "odd": lambda i: f'"{i}',
    }
    lines = [f"a{i},device,{stray[shape](i) if i in bad else f'd{i}'},2026-03-01" for i in range(n)]
    text = "account_id,kind,value,seen_at\n" + "\n".join(lines) + "\n"
    desk.put(f"s.{form}", gzip.compress(text.encode()) if form == "csv.gz" else text)
    summary = desk.load(f"s.{form}")
    assert summary.rows == n
    assert summary.loaded + summary.quarantined == n
    assert summary.quarantined <= len(bad)
    rows = {int(r) for r in desk.rows("SELECT row_number FROM quarantine")["row_number"]}
    assert rows <= {i + 1 for i in bad}
    good = desk.rows("SELECT account_id, value FROM facts.signal").rows()
    clean = {(f"a{i}", f"d{i}") for i in range(n) if i not in bad}
    assert clean <= set(good)


def test_every_row_of_a_large_file_has_its_number(desk: Desk) -> None:
    """Records cross blocks and batches; numbers stay those of the file."""
    n = 300_000
    text = "".join(
        f"a{i},device,{'x' * (i % 97)}{'' if i % 50_000 else '|'},\n" for i in range(1, n + 1)
    )
    desk.put("s.csv", HEAD + text.replace("x,", "x,", 1))
    summary = desk.load("s.csv")
    empty = [i for i in range(1, n + 1) if i % 97 == 0 and i % 50_000]
    assert summary.reasons == {"empty value": len(empty)}
    assert [r for r, *_ in sorted(desk.quarantine())] == empty


def test_a_parquet_row_has_its_number_in_the_file(desk: Desk) -> None:
    frame = MANY.with_columns(
        value=pl.when(pl.int_range(pl.len()) % 1000 == 7).then(None).otherwise(pl.col("value"))
    )
    frame.write_parquet(desk.root / "s.parquet", row_group_size=256)
    desk.load("s.parquet")
    assert sorted(desk.quarantine()) == [(i, "empty value", "value", None) for i in (8, 1008, 2008)]
    raw = desk.rows("SELECT raw FROM quarantine WHERE row_number = 1008")["raw"][0]
    assert json.loads(raw) == {"account_id": "a1007", "kind": "device", "value": None}


def test_foreign_text_in_names_and_values_stays_text(desk: Desk) -> None:
    nasty = "x'); DROP TABLE facts.signal; --"
    frame = pl.DataFrame({
        'a"b; --': [nasty, "</script>"],
        "kind": ["device", "device"],
        "$value": ["=cmd|'/c calc'!A1", "\x1b[31mred"],
        nasty: ["p", "q"],
    })  # fmt: skip
    frame.write_parquet(desk.root / "n'a\"me; --.parquet")
    desk.load(
        "n'a\"me; --.parquet", table="signals", map={"account_id": 'a"b; --', "value": "$value"}
    )
    assert sorted((r[0], r[2]) for r in desk.facts("signal")) == [
        ("</script>", "[31mred"), (nasty, "=cmd|'/c calc'!A1"),
    ]  # fmt: skip
    desk.load(frame, table="accounts", map={"account_id": 'a"b; --'})
    values = {json.loads(row[4])["$value"] for row in desk.facts("account")}
    assert values == {"=cmd|'/c calc'!A1", "\x1b[31mred"}


def test_long_values_and_long_lines_are_taken(desk: Desk) -> None:
    long = "v" * 3_000_000
    desk.put("s.csv", f"account_id,kind,value\na,device,{long}\nb,ip,{long}\n")
    summary = desk.load("s.csv")
    assert (summary.loaded, summary.quarantined) == (1, 1)
    assert len(desk.facts("signal")[0][2]) == 3_000_000
    assert len(desk.rows("SELECT raw FROM quarantine")["raw"][0]) == 10_000


def test_a_frame_without_one_type_is_refused(desk: Desk) -> None:
    import pandas as pd

    with pytest.raises(InputError, match="cannot be read as a table"):
        desk.load(pd.DataFrame({"account_id": [1, "x", {"y": 2}]}))


def test_every_fault_of_a_row_is_named(desk: Desk) -> None:
    desk.put("s.csv", "account_id,kind,value,seen_at,n\n,devise,,never,-2\n" + "a,device,d,,1\n")
    assert desk.load("s.csv").to_text().count("quarantined 1 ") == 2
    assert [reason for _, reason, _, _ in desk.quarantine()] == sorted([
        "missing account_id", "unknown kind, device?", "empty value", "unparsable time", "negative n",
    ])  # fmt: skip


def test_times_more_than_two_days_ahead_are_absurd(desk: Desk) -> None:
    desk.put("s.csv", HEAD + "a,device,d,2026-11-25T23:59:59\nb,device,d,2026-11-26T00:00:01\n")
    desk.load("s.csv")
    assert desk.quarantine() == [(2, "absurd time", "seen_at", "2026-11-26T00:00:01")]


def test_a_full_disk_is_no_fault_of_the_file(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.put("first.csv", HEAD + GOOD)
    desk.load("first.csv")
    before = desk.state()

    def fail(*_: object) -> None:
        raise duckdb.IOException("IO Error: Could not write file: No space left on device")

    monkeypatch.setattr("coterie.loaders.load.write_facts", fail)
    desk.put("s.csv", HEAD + GOOD + GOOD)
    with pytest.raises(duckdb.IOException, match="No space left"):
        desk.load("s.csv")
    assert desk.state() == before


def test_deflate_bombs_stream_through(desk: Desk) -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    data = packer.compress(HEAD.encode() + GOOD.encode() * 400_000) + packer.flush()
    assert len(data) < 60_000
    desk.put("s.csv.gz", data)
    assert desk.load("s.csv.gz").loaded == 400_000
