"""Loading well-formed input: every form gives the same facts, twice gives them once."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pytest
from tests.support.loading import Desk

import coterie
from coterie.config import PrivacyOptions
from coterie.errors import ConfigError, InputError, UsageError
from coterie.loaders.load import Source


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def day(n: int, hour: int = 0) -> datetime:
    return datetime(2026, 3, n, hour)  # noqa: DTZ001 - the store's times are naive UTC


SIGNALS = pl.DataFrame({
    "account_id": ["a1", "a2", "a3", "a3"],
    "kind": ["device", "ip", "email", "payment"],
    "value": ["d,1", "2001:DB8::0:1", 'The "A".b+x@gmail.com'.replace('The "A"', "A"), "0042"],
    "seen_at": [day(1), day(2, 5), None, day(4)],
    "n": [1, 2, 3, 4],
})  # fmt: skip
FACTS = [
    ("a1", "device", "d,1", None, day(1), day(1), 1),
    ("a2", "ip", "2001:db8::1", "2001:DB8::0:1", day(2, 5), day(2, 5), 2),
    ("a3", "email", "ab@gmail.com", "A.b+x@gmail.com", None, None, 3),
    ("a3", "payment", "0042", None, day(4), day(4), 4),
]


def write(frame: pl.DataFrame, file: Path, form: str) -> None:
    """A frame as a file of a form."""
    file.parent.mkdir(parents=True, exist_ok=True)
    if form == "parquet":
        frame.write_parquet(file)
        return
    if form.startswith("jsonl"):
        text = "".join(
            json.dumps({k: str(v) if isinstance(v, datetime) else v for k, v in row.items()}) + "\n"
            for row in frame.to_dicts()
        )
    else:
        text = frame.write_csv(separator="\t" if form.startswith("tsv") else ",")
    data = text.encode()
    if form.endswith(".gz"):
        data = gzip.compress(data)
    if form.endswith(".zst"):
        data = pa.Codec("zstd").compress(data, asbytes=True)
    file.write_bytes(data)


@pytest.mark.parametrize(
    "form", ["parquet", "csv", "tsv", "csv.gz", "csv.zst", "jsonl", "jsonl.gz", "jsonl.zst"]
)
def test_every_file_form_gives_the_same_facts(desk: Desk, form: str) -> None:
    write(SIGNALS, desk.root / f"signals.{form}", form)
    summary = desk.load(f"signals.{form}")
    assert (summary.rows, summary.loaded, summary.quarantined) == (4, 4, 0)
    assert summary.accounts == 3
    assert desk.facts("signal") == FACTS


@pytest.mark.parametrize("form", ["polars", "lazy", "pandas", "arrow", "batch", "duckdb"])
def test_every_frame_gives_the_same_facts(desk: Desk, form: str) -> None:
    import duckdb

    arrow = SIGNALS.to_arrow()
    con = duckdb.connect()
    con.register("signals", arrow)
    frame: Any = {
        "polars": SIGNALS,
        "lazy": SIGNALS.lazy(),
        "pandas": SIGNALS.to_pandas(),
        "arrow": arrow,
        "batch": arrow.combine_chunks().to_batches()[0],
        "duckdb": con.table("signals"),
    }[form]
    assert desk.load(frame).loaded == 4
    assert desk.facts("signal") == FACTS
    con.close()


def test_derived_kinds_come_with_addresses_and_mailboxes(desk: Desk) -> None:
    frame = pl.DataFrame({
        "account_id": ["a", "a", "a", "b"],
        "kind": ["ip", "ip", "ip", "email"],
        "value": ["1.2.3.4", "1.2.3.5", "2001:db8:1:2::9", "x@Example.org"],
        "seen_at": [day(1), day(3), day(2), day(4)],
        "n": [1, 2, 3, 4],
    })  # fmt: skip
    desk.load(frame)
    found = desk.rows(
        "SELECT * FROM signals WHERE kind IN ('ip_prefix', 'email_domain') ORDER BY ALL"
    )
    assert found.rows() == [
        ("a", "ip_prefix", "1.2.3.0/24", day(1), day(3), 3),
        ("a", "ip_prefix", "2001:db8:1:2::/64", day(2), day(2), 3),
        ("b", "email_domain", "example.org", day(4), day(4), 4),
    ]


def test_the_same_source_twice_adds_nothing(desk: Desk) -> None:
    write(SIGNALS, desk.root / "signals.parquet", "parquet")
    desk.load("signals.parquet")
    before = desk.rows("SELECT * FROM sources").rows()
    again = desk.load("signals.parquet")
    assert again.sources[0].skipped
    assert "already loaded" in again.to_text()
    assert (again.rows, again.loaded) == (0, 0)
    assert desk.rows("SELECT * FROM sources").rows() == before
    assert desk.facts("signal") == FACTS


def test_a_frame_in_another_order_is_the_same_source(desk: Desk) -> None:
    desk.load(SIGNALS)
    assert desk.load(SIGNALS.reverse()).sources[0].skipped
    assert not desk.load(SIGNALS.with_columns(n=pl.col("n") + 1)).sources[0].skipped


def test_replace_swaps_what_had_the_name(desk: Desk) -> None:
    desk.put("s.csv", "account_id,kind,value\na1,device,d1\n")
    desk.load("s.csv")
    desk.put("s.csv", "account_id,kind,value\na2,device,d2\n,device,d3\n")
    desk.load("s.csv", replace=True)
    assert [row[:3] for row in desk.facts("signal")] == [("a2", "device", "d2")]
    assert desk.rows("SELECT count(*) FROM sources").item() == 1
    desk.put("s.csv", "account_id,kind,value\na4,device,d4\n")
    summary = desk.load("s.csv")
    assert any("--replace" in note for note in summary.sources[0].notes)
    assert len(desk.facts("signal")) == 2
    desk.load("s.csv", replace=True)
    assert len(desk.facts("signal")) == 2, "a source that is there already is left alone"


def test_globs_folders_and_several_files(desk: Desk) -> None:
    for i in range(3):
        desk.put(f"in/day-{i}.csv", f"account_id,kind,value\na{i},device,d{i}\n")
    desk.put("in/notes.md", "no data")
    desk.put("more.jsonl", '{"account_id": "a9", "kind": "device", "value": "d9"}\n')
    summary = desk.load("in/day-*.csv", "more.jsonl")
    assert [s.name for s in summary.sources] == [
        "in/day-0.csv", "in/day-1.csv", "in/day-2.csv", "more.jsonl"
    ]  # fmt: skip
    assert summary.loaded == 4
    assert all(s.skipped for s in desk.load("in").sources)
    desk.put("in/day-3.csv", "account_id,kind,value\na3,device,d3\n")
    assert desk.load("in/*.csv").loaded == 1


def test_a_name_with_pattern_characters_is_a_file(desk: Desk) -> None:
    write(SIGNALS, desk.root / "a[1]*.parquet", "parquet")
    assert desk.load("a[1]*.parquet").loaded == 4


def test_wide_tables_by_mapping_and_by_name(desk: Desk) -> None:
    wide = pl.DataFrame({
        "user_id": [1, 2, 3],
        "device_id": ["d1", None, "d3"],
        "ip": ["1.2.3.4", "::1", "bad"],
        "signup_time": [day(1), day(2), day(3)],
        "plan": ["free", "pro", None],
    })  # fmt: skip
    desk.load(wide, table="accounts", signals={
        "device": "device_id", "ip": {"column": "ip", "seen_at": "signup_time"},
    })  # fmt: skip
    assert desk.facts("signal") == [
        ("1", "device", "d1", None, day(1), day(1), 1),
        ("1", "ip", "1.2.3.4", None, day(1), day(1), 1),
        ("2", "ip", "::1", None, day(2), day(2), 1),
        ("3", "device", "d3", None, day(3), day(3), 1),
    ]
    assert desk.quarantine() == [(3, "invalid ip", "ip", "bad")]
    accounts = desk.facts("account")
    assert [row[:2] for row in accounts] == [("1", day(1)), ("2", day(2)), ("3", day(3))]
    assert json.loads(accounts[0][4])["plan"] == "free"
    other = Desk(desk.root / "other")
    other.root.mkdir()
    summary = other.load(wide.drop("signup_time", "plan"))
    assert summary.sources[0].table == "signals"
    assert "4 signals from 2 columns: device_id as device, ip as ip" in summary.sources[0].notes
    assert [row[:3] for row in other.facts("signal")] == [
        ("1", "device", "d1"), ("1", "ip", "1.2.3.4"), ("2", "ip", "::1"), ("3", "device", "d3"),
    ]  # fmt: skip


TABLES: list[tuple[str, str, str]] = [
    ("signals", "signals", "user,signal_type,signal_value,ts"),
    ("accounts", "accounts", "user_id,signup_time,plan"),
    ("prompts", "prompts", "account_id,prompt,sent_at"),
    ("links", "links", "source,target,edge_type"),
    ("events", "events", "uid,timestamp,event_type"),
    ("labels", "labels", "account_id,is_fraud"),
    ("lists", "lists", "cidr,class"),
    ("accounts.csv", "accounts", "account_id,balance"),
]


@pytest.mark.parametrize(("name", "table", "header"), TABLES)
def test_the_table_is_guessed_and_said(desk: Desk, name: str, table: str, header: str) -> None:
    cells = {
        "ts": "2026-03-01", "timestamp": "2026-03-01", "sent_at": "2026-03-01", "is_fraud": "1",
        "signup_time": "2026-03-01", "cidr": "10.0.0.0/8", "signal_type": "device",
    }  # fmt: skip
    row = ",".join(cells.get(c, f"x{i}") for i, c in enumerate(header.split(",")))
    file = name if name.endswith(".csv") else "data.csv"
    desk.put(file, f"{header}\n{row}\n")
    found = desk.load(file).sources[0]
    assert (found.table, found.loaded) == (table, 1)
    assert any(note.startswith(f"loaded as {table}") for note in found.notes)


def test_an_ambiguous_table_is_an_error_that_names_the_columns(desk: Desk) -> None:
    desk.put("data.csv", "account_id,colour\na,blue\n")
    with pytest.raises(UsageError, match=r"data\.csv.*--as.*account_id, colour"):
        desk.load("data.csv")
    assert not desk.config.store_path.exists()


def test_a_wrong_column_names_file_columns_and_the_nearest(desk: Desk) -> None:
    desk.put("data.csv", "account_id,signal_typ,value\na,device,d\n")
    with pytest.raises(UsageError) as caught:
        desk.load("data.csv", map={"kind": "signal_type"})
    text = str(caught.value)
    assert "data.csv" in text
    assert 'Did you mean "signal_typ"?' in text
    assert "account_id, signal_typ, value" in text
    with pytest.raises(UsageError, match="no field"):
        desk.load("data.csv", table="signals", map={"knd": "signal_typ"})
    with pytest.raises(UsageError, match="signals needs kind"):
        desk.load("data.csv", table="signals")
    assert desk.load("data.csv", table="signals", kind="device").loaded == 1


def test_kinds_by_another_name_unknown_and_mistyped(desk: Desk) -> None:
    desk.put("s.csv", "account_id,kind,value\na,card,1\nb,Device,2\nc,retweet,3\nd,devise,4\n")
    found = desk.load("s.csv").sources[0]
    assert [row[1] for row in desk.facts("signal")] == ["payment", "device", "retweet"]
    assert desk.quarantine() == [(4, "unknown kind, device?", "kind", "devise")]
    assert 'kind "card" read as payment' in found.notes
    assert any("retweet" in note and "default profile" in note for note in found.notes)


def test_events_links_and_labels(desk: Desk) -> None:
    desk.put("events.csv", "account_id,at,type,n\na,2026-03-01T05:00:00+02:00,request,3\nb,,x,1\n")
    desk.put(
        "links.csv",
        "src,dst,kind,similarity,seen_at\na,b,referral,0.5,\nb,b,referral,,\na,c,r,2,\n",
    )
    desk.put("labels.csv", "account_id,fraud\na,1\nb,0\nc,maybe\nd,\n")
    desk.load("events.csv", "links.csv", "labels.csv")
    assert desk.facts("event") == [("a", day(1, 3), "request", 3)]
    assert desk.facts("link") == [("a", "b", "referral", 0.5, None)]
    assert desk.facts("label") == [("a", "bad", "labels.csv"), ("b", "good", "labels.csv")]
    assert {reason for _, reason, _, _ in desk.quarantine()} == {
        "missing time", "link to itself", "similarity outside (0, 1]", "neither yes nor no",
        "missing label",
    }  # fmt: skip


def test_cluster_labels_stay_names(desk: Desk) -> None:
    desk.put("truth.csv", "account_id,cluster\na,1\nb,0\nc,ring-7\n")
    desk.load("truth.csv")
    assert [row[1] for row in desk.facts("label")] == ["1", "0", "ring-7"]


def test_lists_in_every_form(desk: Desk) -> None:
    base = 0xFFFF00000000
    desk.put("vpn.csv", "cidr\n10.1.2.3/8\n2001:db8::/32\n1.2.3.4\nnonsense/9\n")
    desk.put("datacenter_ranges.csv", "lo,hi,name\n1.0.0.0,1.0.0.255,Cloud\n2.0.0.9,2.0.0.1,x\n")
    desk.put("tor.csv", "ip\n5.6.7.8\n")
    desk.put("disposable.csv", "domain\n*.Mail.Example\n")
    desk.put(
        "own.csv", "kind,value,class,reason\naccount,staff-1,staff,us\nip,9.0.0.0/8,network,\n"
    )
    summary = desk.load("vpn.csv", "datacenter_ranges.csv", "tor.csv", "disposable.csv", "own.csv")
    assert summary.reasons == {"invalid network": 1, "invalid range": 1}
    rows = desk.rows(
        "SELECT kind, value, cidr, domain, class, lo::VARCHAR AS lo, hi::VARCHAR AS hi FROM facts.list"
    ).rows()
    found = {r[:5]: tuple(None if n is None else int(n) for n in r[5:]) for r in rows}
    v6 = 0x20010DB8 << 96
    assert found == {
        ("ip", None, "10.1.2.3/8", None, "vpn"): (base + (10 << 24), base + (11 << 24) - 1),
        ("ip", None, "2001:db8::/32", None, "vpn"): (v6, v6 + 2**96 - 1),
        ("ip", None, "1.2.3.4", None, "vpn"): (base + 0x01020304, base + 0x01020304),
        ("ip", None, None, None, "datacenter"): (base + (1 << 24), base + (1 << 24) + 255),
        ("ip", "5.6.7.8", None, None, "tor"): (None, None),
        ("email_domain", None, None, "mail.example", "disposable"): (None, None),
        ("account", "staff-1", None, None, "staff"): (None, None),
        ("ip", None, "9.0.0.0/8", None, "network"): (base + (9 << 24), base + (10 << 24) - 1),
    }


def test_prompts_become_documents_and_families(desk: Desk) -> None:
    text = "write a short story about the old lighthouse keeper and his dog"
    frame = pl.DataFrame({
        "account_id": ["a", "b", "c", "d"],
        "text": [text, text.upper() + "  ", f"{text} please", "\u200b"],
        "sent_at": [day(1), day(2), day(3), day(4)],
    })  # fmt: skip
    summary = desk.load(frame)
    assert (summary.loaded, summary.reasons) == (3, {"empty text": 1})
    rows = desk.rows("SELECT account_id, text, family FROM prompts ORDER BY account_id").rows()
    assert [row[1] for row in rows] == [text, text, f"{text} please"]
    assert len({row[2] for row in rows}) == 1
    other = frame.head(1).with_columns(account_id=pl.lit("e"))
    desk.load(other)
    assert desk.rows("SELECT count(DISTINCT family) FROM prompts").item() == 1
    assert (
        desk.rows(
            "SELECT count(DISTINCT owner) FROM register.file WHERE table_name = 'family'"
        ).item()
        == 1
    )


def test_prompts_without_their_text(tmp_path: Path) -> None:
    desk = Desk(tmp_path, {"privacy": PrivacyOptions(keep_text=False)})
    text = "write a short story about the old lighthouse keeper and his dog"
    frame = pl.DataFrame({"account_id": ["a", "b"], "text": [text, text + " now"]})
    desk.load(frame)
    desk.load(pl.DataFrame({"account_id": ["c"], "text": [text]}))
    rows = desk.rows("SELECT text, family FROM prompts").rows()
    assert {row[0] for row in rows} == {None}
    assert len({row[1] for row in rows}) == 1
    assert text not in str(desk.rows("SELECT * FROM facts.doc").rows())


def test_kinds_are_hashed_with_a_key(tmp_path: Path) -> None:
    import hashlib
    import hmac

    desk = Desk(tmp_path, {"privacy": PrivacyOptions(hash=("payment", "ip"))})
    frame = pl.DataFrame({
        "account_id": ["a", "b", "c"],
        "kind": ["payment", "ip", "ip"],
        "value": [" 4111", "1.2.3.4:80", "nonsense"],
    })  # fmt: skip
    with pytest.raises(ConfigError, match="COTERIE_HASH_KEY"):
        desk.load(frame)
    desk.load(frame, key="secret")

    def digest(value: str) -> str:
        return hmac.new(b"secret", value.encode(), hashlib.sha256).hexdigest()

    assert [row[:4] for row in desk.facts("signal")] == [
        ("a", "payment", digest("4111"), None), ("b", "ip", digest("1.2.3.4"), None),
    ]  # fmt: skip
    assert [row[2] for row in desk.facts("derived")] == [digest("1.2.3.0/24")]
    assert desk.rows("SELECT found, raw FROM quarantine").rows() == [(None, None)]


def test_ids_of_any_type_become_text(desk: Desk) -> None:
    for i, ids in enumerate(([1, 2], [1.0, 2.0], ["1", " 2\ufeff"])):
        desk.load(
            Source(pl.DataFrame({"account_id": ids, "at": [day(1)] * 2, "type": "x"}), name=f"f{i}")
        )
    assert {row[0] for row in desk.facts("event")} == {"1", "2"}


def test_times_of_every_type(desk: Desk) -> None:
    from datetime import UTC, date

    moment = day(1, 12)
    columns: dict[str, pl.Series] = {
        "naive": pl.Series([moment]),
        "zoned": pl.Series([moment.replace(tzinfo=UTC)]).dt.convert_time_zone("Asia/Tokyo"),
        "nano": pl.Series([moment], dtype=pl.Datetime("ns")),
        "epoch": pl.Series([int(moment.replace(tzinfo=UTC).timestamp())]),
        "milli": pl.Series([moment.replace(tzinfo=UTC).timestamp() * 1000]),
        "text": pl.Series(["2026-03-01T12:00:00Z"]),
    }
    for name, values in columns.items():
        desk.load(
            Source(pl.DataFrame({"account_id": ["a"], "at": values, "type": name}), name=name)
        )
    desk.load(
        Source(
            pl.DataFrame({"account_id": ["a"], "at": [date(2026, 3, 1)], "type": "date"}), name="d"
        )
    )
    desk.load(
        Source(pl.DataFrame({"account_id": ["a"], "at": ["1.3.26 12:00"], "type": "own"}), name="o",
               options={"time_format": "%d.%m.%y %H:%M"})
    )  # fmt: skip
    found = {row[2]: row[1] for row in desk.facts("event")}
    assert found == {**dict.fromkeys([*columns, "own"], moment), "date": day(1)}
    noted = {
        s["name"]
        for s in desk.rows("SELECT name, detail FROM sources").to_dicts()
        if "read as UTC" in s["detail"]
    }
    assert noted == {"naive", "nano", "d", "o"}


def test_the_register_says_what_was_read_and_how(desk: Desk) -> None:
    desk.put("s.csv", "user;kind;value;ts\na;device;d1;2026-03-01\nb;device;;2026-03-02\n")
    desk.load("s.csv")
    row = desk.rows("SELECT * FROM sources").to_dicts()[0]
    assert (row["name"], row["table_name"]) == ("s.csv", "signals")
    assert (row["n_rows"], row["n_loaded"], row["n_quarantined"]) == (2, 1, 1)
    assert (row["first_at"], row["last_at"]) == (day(1), day(1))
    detail = json.loads(row["detail"])
    assert detail["dialect"]["delim"] == ";"
    assert detail["mapping"] == {
        "account_id": "user",
        "kind": "kind",
        "value": "value",
        "seen_at": "ts",
    }
    assert detail["reasons"] == {"empty value": 1}


def test_one_bad_input_among_good_ones_loads_none(desk: Desk) -> None:
    write(SIGNALS, desk.root / "good.parquet", "parquet")
    desk.load(SIGNALS.head(1))
    before = desk.state()
    desk.put("bad.csv", "")
    with pytest.raises(InputError, match=r"bad\.csv: the file is empty"):
        desk.load("good.parquet", "bad.csv")
    assert desk.state() == before


def test_row_order_and_threads_change_nothing(tmp_path: Path) -> None:
    frame = pl.DataFrame({
        "account_id": [f"a{i % 700}" for i in range(5000)],
        "kind": ["ip", "email", "device", "devise", "phone"] * 1000,
        "value": [
            (f"10.0.{i % 256}.1", f"u{i % 900}@x.org", f"d{i}", "x", f"+1555{i:05}")[i % 5]
            for i in range(5000)
        ],
        "seen_at": [day(1 + i % 20) for i in range(5000)],
    })  # fmt: skip
    found = []
    for i, order in enumerate((frame, frame.sample(fraction=1, shuffle=True, seed=3))):
        desk = Desk(tmp_path / str(i))
        desk.root.mkdir()
        order.write_parquet(desk.root / "s.parquet", row_group_size=500)
        desk.load("s.parquet")
        found.append({t: desk.facts(t) for t in ("signal", "derived")})
        assert len(desk.quarantine()) == 1000
    assert found[0] == found[1]


def test_kill_in_the_middle_leaves_the_store(desk: Desk) -> None:
    desk.load(SIGNALS)
    before = desk.state()
    n = 400_000
    pl.DataFrame({
        "account_id": pl.Series(range(n)).cast(pl.String),
        "kind": pl.Series(["device"]).new_from_index(0, n),
        "value": pl.Series(range(n)).cast(pl.String),
    }).write_parquet(desk.root / "big.parquet")  # fmt: skip
    child = (
        "import sys; from pathlib import Path; from tests.support.loading import Desk;"
        "Desk(Path(sys.argv[1])).load('big.parquet')"
    )
    root = Path(__file__).parents[2]
    process = subprocess.Popen(
        [sys.executable, "-c", child, str(desk.root)], cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
    )  # fmt: skip
    scratch = desk.config.store_path.with_name("coterie.duckdb.d") / "tmp"
    for _ in range(3000):
        if any(scratch.glob("signal-*.parquet")) or process.poll() is not None:
            break
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert desk.state() == before
    assert desk.load("big.parquet").loaded == n
    assert not list(scratch.glob("*.parquet"))


def test_the_same_rows_are_one_source_whoever_holds_them(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "account_id": ["a", "b", 'ä"\\'],
            "kind": ["ip", "ip", "device"],
            "value": ["192.0.2.1", None, "d"],
            "seen_at": ["2026-05-01 03:04:05.123456", None, "2026-05-02 00:00:00.000000"],
            "n": [1, 2, 3],
        }
    ).with_columns(pl.col("seen_at").str.to_datetime(time_unit="us"))
    workspace = coterie.open(tmp_path)
    first = workspace.load(frame, as_="signals")
    assert first.loaded == 2
    table = frame.to_arrow()
    for same in (
        table,
        frame.lazy(),
        table.to_reader(),
        frame.to_pandas(),
        frame.reverse(),
        frame.with_columns(pl.col("seen_at").cast(pl.Datetime("ns")), pl.col("n").cast(pl.Int8)),
    ):
        again = workspace.load(same, as_="signals")
        assert [s.skipped for s in again.sources] == [True]
        assert [s.source_id for s in again.sources] == [s.source_id for s in first.sources]
    swapped = workspace.load(frame.head(1).to_pandas(), as_="signals", replace=True)
    assert swapped.loaded == 1
    assert workspace.query("SELECT value FROM signals WHERE kind = 'ip'")["value"].to_list() == [
        "192.0.2.1"
    ]
