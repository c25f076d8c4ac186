"""What a sweep would cost: the pairs are counted exactly, and a sweep of too many is refused."""

from __future__ import annotations

import itertools
import json
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.facts import END, START, signals, work_over
from tests.support.rings import START as RING_START
from tests.support.rings import put_facts, ring

import coterie
from coterie.cli import main
from coterie.config import KINDS, Config, SweepOptions, config_hash
from coterie.errors import InputError, UsageError
from coterie.graphs.incidences import build_incidences, treat_values
from coterie.graphs.partners import ring_pairs
from coterie.graphs.plan import expected, masked, model, plan
from coterie.queries.run import run
from coterie.queries.store import write_store

if TYPE_CHECKING:
    from coterie.queries.store import Store

HOUR = timedelta(hours=1)
# Small enough that a dozen accounts are pairs, rings and hubs.
SMALL = Config(
    root=Path(),
    kinds=dict(KINDS)
    | {
        "device": replace(KINDS["device"], cap=3, hub_max=6, partners=4),
        "email": replace(KINDS["email"], cap=2, hub_max=9, partners=9),
        "ip": replace(KINDS["ip"], cap=3, hub_max=7, window="2h"),
    },
)
uses = st.lists(
    st.tuples(
        st.integers(0, 11).map(lambda i: f"a{i:02}"),
        st.sampled_from(["payment", "device", "email", "ip", "asn"]),
        st.integers(0, 2),
        st.integers(0, 40),
        st.integers(0, 5),
    ),
    min_size=1,
    max_size=80,
)
given_links = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 5), st.sampled_from([0.0, 0.4, 1.0])), max_size=12
)


def _world(
    rows: list[tuple[str, str, int, int, int]], links: list[tuple[int, int, float]], tmp: object
) -> Store:
    frame = signals((a, k, f"10.0.0.{v}" if k == "ip" else f"{k}-{v}") for a, k, v, _, _ in rows)
    first = [START + hour * HOUR for *_, hour, _ in rows]
    last = [at + more * HOUR for at, (*_, more) in zip(first, rows, strict=True)]
    frame = frame.with_columns(first_seen=pl.Series(first), last_seen=pl.Series(last))
    pairs = pl.DataFrame(
        [(f"a{a:02}", f"a{b:02}", "referral", s, START) for a, b, s in links],
        schema=["src", "dst", "kind", "similarity", "seen_at"],
        orient="row",
        schema_overrides={
            "src": pl.String, "dst": pl.String, "kind": pl.String, "similarity": pl.Float64,
            "seen_at": pl.Datetime("us"),
        },
    )  # fmt: skip
    return work_over({"signal": frame, "link": pairs}, tmp)


def _formed(work: Store) -> dict[str, int]:
    """Pairs that the joins of the links give, before any is dropped for its bits."""
    run(work, "link/expandable")
    found: Counter[str] = Counter()
    for kind, n in work.con.sql(
        "SELECT kind, count(*) FROM expandable AS a JOIN expandable AS b USING (value_key) "
        "JOIN kind AS k ON k.kind_key = a.kind_key WHERE a.account_key < b.account_key GROUP BY kind"
    ).fetchall():
        found[kind] += n
    crowd = work.frame("link/crowd").with_columns(half=pl.lit(1 << 40, dtype=pl.Int64))
    names = dict(work.con.sql("SELECT kind_key, kind FROM kind").fetchall())
    found.update(names[key] for key in ring_pairs(crowd, 1)["kind_key"])
    return found


def _compared(work: Store, rows: list[tuple[str, str, int, int, int]]) -> int:
    """Pairs of uses of one address in the same or neighbouring two hours, by brute force."""
    open_values = {
        value
        for (value,) in work.con.sql(
            "SELECT value FROM value JOIN treatment USING (value_key) WHERE expand = 'window'"
        ).fetchall()
    }
    moments: defaultdict[int, set[tuple[str, int]]] = defaultdict(set)
    for account, kind, value, first, more in rows:
        if kind == "ip" and f"10.0.0.{value}" in open_values:
            moments[value] |= {(account, first), (account, first + more)}
    # The epoch is a multiple of two hours before START.
    return sum(
        a[0] != b[0] and abs(a[1] // 2 - b[1] // 2) <= 1
        for uses in moments.values()
        for a, b in itertools.combinations(sorted(uses), 2)
    )


@given(uses, given_links)
@settings(max_examples=25)
def test_the_pairs_are_those_that_the_joins_form(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[str, str, int, int, int]],
    links: list[tuple[int, int, float]],
) -> None:
    tmp = tmp_path_factory.getbasetemp()
    with _world(rows, links, tmp) as work:
        found = plan(work, SMALL, START, END)
        formed = _formed(work)
        formed["ip"] = _compared(work, rows)
        formed["referral"] = len({frozenset((a, b)) for a, b, s in links if a != b and s > 0})
        assert {k.kind: k.n_pairs for k in found.kinds} == {
            k.kind: formed[k.kind] for k in found.kinds
        }
        assert found.n_pairs == sum(formed.values())
        holders: defaultdict[tuple[str, int], set[str]] = defaultdict(set)
        for account, kind, value, *_ in rows:
            holders[kind, value].add(account)
        sizes = [(kind, len(accounts)) for (kind, _), accounts in holders.items()]
        before: Counter[str] = Counter()
        for kind, k in sizes:
            before[kind] += k * (k - 1) // 2 if kind != "asn" else 0
        before["referral"] = formed["referral"]
        assert {k.kind: k.n_before for k in found.kinds if k.kind != "asn"} == {
            k.kind: before[k.kind] for k in found.kinds if k.kind != "asn"
        }
        assert found.shared_values == sum(k >= 2 for kind, k in sizes if kind != "asn")
        assert (found.uses, found.in_window) == (len(rows), len(rows))
        most = [h.n_pairs for h in found.heaviest]
        assert most == sorted(most, reverse=True)
        assert sum(most) <= found.n_pairs


def test_a_plan_leaves_everything_as_the_first_stages_leave_it(tmp_path: Path) -> None:
    """What is counted is what the sweep's own stages made."""
    rows = [(f"a{i % 9:02}", "device", i % 3, i, 0) for i in range(40)]
    with _world(rows, [], tmp_path) as planned, _world(rows, [], tmp_path) as swept:
        plan(planned, SMALL, START, END)
        build_incidences(swept, SMALL, START, END)
        treat_values(swept)
        for table in ("value", "treatment", "incidence"):
            text = f"SELECT * FROM {table} ORDER BY ALL"
            assert planned.con.sql(text).fetchall() == swept.con.sql(text).fetchall()


def test_expectations_grow_with_the_work() -> None:
    assert set(model()) == {"cpu_seconds", "memory_mb", "wall_per_cpu", "wall_origin", "origin"}
    small, rows, pairs = (expected(*size) for size in ((10, 10), (10**9, 10), (10, 10**9)))
    for one in range(3):
        assert 0 < small[one] < rows[one]
        assert small[one] <= pairs[one]
    assert "accounts" in model()["origin"]


@pytest.fixture
def case(tmp_path: Path) -> Path:
    world = ring(benign=200)
    secret = [
        {"account_id": f"user-{i}", "kind": "device", "value": "placeholder-\x1b[31m-0000",
         "first_seen": RING_START, "last_seen": RING_START}
        for i in range(70)
    ]  # fmt: skip
    put_facts(tmp_path / "coterie.duckdb", {**world, "signal": [*world["signal"], *secret]})
    return tmp_path


def _cli(*words: str) -> int:
    with pytest.raises(SystemExit) as end:
        main(list(words))
    return int(end.value.code or 0)


def _state(root: Path) -> dict[Path, bytes]:
    return {f: f.read_bytes() for f in root.rglob("*") if f.is_file() and f.name != "lock"}


def test_a_plan_is_printed_and_nothing_written(
    case: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    coterie.open(case).store().close()
    before = _state(case)
    with write_store(case / "coterie.duckdb"):  # somebody else is writing
        assert _cli("-w", str(case), "sweep", "--plan") == 0
        assert _cli("-w", str(case), "--json", "sweep", "--plan", "--window", "30d") == 0
    text, _, line = capsys.readouterr().out.rpartition("\n{")
    assert "pairs before the treatment of large values" in text
    assert "pl…0 (22 letters)" in text
    assert "placeholder" not in text
    assert "\x1b" not in text
    found = json.loads("{" + line)["plan"]
    assert found["fits"]
    assert found["n_pairs"] == sum(k["n_pairs"] for k in found["kinds"])
    after = {f: content for f, content in _state(case).items() if f in before}
    after.pop(case / "coterie.duckdb")
    before.pop(case / "coterie.duckdb")
    assert after == before


def test_a_join_above_the_bound_is_refused_by_plan_and_sweep(
    case: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ws = coterie.open(case)
    pairs = ws.plan().n_pairs
    (case / "coterie.toml").write_text(f"[sweep]\nmax_pairs = {pairs - 1}\n", "utf-8")
    for words in (("sweep", "--plan"), ("sweep",)):
        assert _cli("-w", str(case), *words) == 2
        said = capsys.readouterr().err
        assert f"would form {pairs:,} pairs, sweep.max_pairs allows {pairs - 1:,}" in said
        assert "device pl…0 (22 letters): 70 accounts, 350 pairs" in said
        assert "placeholder" not in said
    assert coterie.open(case).sweeps()["status"].to_list() == ["failed"]
    assert _cli("-w", str(case), "--json", "sweep", "--plan") == 2
    refused = json.loads(capsys.readouterr().out)["plan"]
    assert (refused["fits"], refused["n_pairs"]) == (False, pairs)
    assert _cli("-w", str(case), "sweep", "--plan", "--resume") == 2
    (case / "coterie.toml").write_text(f"[sweep]\nmax_pairs = {pairs}\n", "utf-8")
    assert _cli("-w", str(case), "sweep") == 0


def test_the_bound_is_no_part_of_what_is_found(tmp_path: Path) -> None:
    tight = Config(root=tmp_path, sweep=SweepOptions(max_pairs=5))
    assert config_hash(tight) == config_hash(Config(root=tmp_path))


def test_nothing_loaded_is_nothing_to_plan(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nothing to sweep"):
        coterie.open(tmp_path).plan()
    assert not list(tmp_path.iterdir())
    with pytest.raises(UsageError, match="length of time"):
        coterie.open(tmp_path).plan(window="soon")


def test_a_masked_value_gives_little_away() -> None:
    assert masked("") == "… (0 letters)"
    assert masked("7654321") == "… (7 letters)"
    assert masked("\x1b[31m-secret") == "\\u{1b}[…t (12 letters)"
