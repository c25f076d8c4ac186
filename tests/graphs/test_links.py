"""Links against a brute-force count of every pair (method, section 3)."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.facts import END, START, signals, work_over

from coterie.config import KINDS, Config, KindProfile, SweepOptions
from coterie.graphs.incidences import build_incidences, treat_values
from coterie.graphs.links import build_links
from coterie.queries.run import run

if TYPE_CHECKING:
    from coterie.queries.store import Store

DATA = Path(__file__).parents[1] / "data"
OPTIONS = SweepOptions(threshold=3.0)

triples = st.lists(
    st.tuples(
        st.integers(0, 11).map(lambda i: f"a{i}"),
        st.sampled_from(["payment", "device", "ip", "email_domain"]),
        st.integers(0, 5),
    ),
    min_size=1,
    max_size=60,
)


def _value(kind: str, number: int) -> str:
    return f"10.{number % 2}.0.{number}" if kind == "ip" else f"{kind}-{number}"


def _linked(work: Store, config: Config, start: datetime = START, end: datetime = END) -> int:
    n = build_incidences(work, config, start, end)
    treat_values(work)
    build_links(work, config.sweep, n, start, end)
    return n


def _links(work: Store) -> dict[tuple[str, str], float]:
    found = work.con.sql(
        "SELECT a.account_id, b.account_id, bits / 1e6 FROM link "
        "JOIN account a ON a.account_key = src_key JOIN account b ON b.account_key = dst_key"
    ).fetchall()
    return {(x, y): bits for x, y, bits in found}


def _brute_force(rows: set[tuple[str, str, str]], threshold: float) -> dict[tuple[str, str], float]:
    """The formulas of the method, one pair and one value at a time."""
    holders: dict[tuple[str, str], set[str]] = {}
    for account, kind, value in rows:
        holders.setdefault((kind, value), set()).add(account)

    def stratum(kind: str, value: str) -> str:
        return value.rsplit(".", 2)[0] if kind == "ip" else ""

    e_kind: dict[str, int] = {}
    e_stratum: dict[tuple[str, str], int] = {}
    degree: dict[tuple[str, str, str], int] = {}
    for account, kind, value in rows:
        s = stratum(kind, value)
        e_kind[kind] = e_kind.get(kind, 0) + 1
        e_stratum[kind, s] = e_stratum.get((kind, s), 0) + 1
        degree[account, kind, s] = degree.get((account, kind, s), 0) + 1
    out = {}
    for x, y in itertools.combinations(sorted({a for a, _, _ in rows}), 2):
        total = 0.0
        for kind, profile in KINDS.items():
            bits = []
            for (k, value), accounts in holders.items():
                if k != kind or x not in accounts or y not in accounts:
                    continue
                s = stratum(kind, value)
                e = max(e_stratum[kind, s], 0.03 * e_kind[kind])
                d = math.sqrt(degree[x, kind, s] * degree[y, kind, s])
                b = max(0.0, profile.min_bits, math.log2(profile.m * e / (len(accounts) * d)))
                bits.append(b)
            if bits and max(bits) > 0:
                best = max(bits)
                total += min(profile.max_bits, best + 0.55 * (sum(bits) - best))
        if total >= threshold:
            out[x, y] = total
    return out


@given(triples)
@settings(max_examples=40)
def test_every_pair_has_the_bits_that_the_formulas_give(
    raw: list[tuple[str, str, int]],
) -> None:
    rows = {(a, kind, _value(kind, number)) for a, kind, number in raw}
    work = work_over({"signal": signals(sorted(rows))}, ".")
    _linked(work, Config(root=Path(), sweep=OPTIONS))
    found, wanted = _links(work), _brute_force(rows, 3.0)
    work.close()
    close = {pair for pair, bits in wanted.items() if abs(bits - 3.0) < 1e-4}
    assert found.keys() - close == wanted.keys() - close
    for pair in found.keys() & wanted.keys():
        assert found[pair] == pytest.approx(wanted[pair], abs=2e-5)


@pytest.mark.parametrize(("window", "pairs", "twice"), [("60s", 6206, 32), ("10s", 1092, 2)])
def test_retweets_within_a_window_match_an_independent_count(
    window: str, pairs: int, twice: int, tmp_path: Path
) -> None:
    raw = pl.read_parquet(DATA / "retweets" / "signals.parquet")
    facts = raw.select(
        pl.col("account_id").cast(pl.String),
        kind=pl.col("signal_type"),
        value=pl.col("signal_value").cast(pl.String),
        first_seen=pl.col("ts").cast(pl.Datetime("us")),
        last_seen=pl.col("ts").cast(pl.Datetime("us")),
        n=pl.lit(1, dtype=pl.Int64),
    )
    work = work_over({"signal": facts}, tmp_path)
    kinds = {"retweet": KindProfile("relation", window=window)}
    config = Config(root=tmp_path, kinds=kinds, sweep=SweepOptions(threshold=0.0))
    start, end = datetime(2021, 1, 1), datetime(2021, 9, 1)  # noqa: DTZ001
    _linked(work, config, start, end)
    found = work.con.sql("SELECT count(*), count(*) FILTER (n_values >= 2) FROM link").fetchall()
    work.close()
    assert found == [(pairs, twice)]


def test_a_value_that_everybody_has_adds_nothing(tmp_path: Path) -> None:
    rows = [(f"a{i}", "payment", f"card-{i // 2}") for i in range(40)]
    everybody = [(f"a{i}", "device", "same") for i in range(40)]
    bits = []
    for extra in ([], everybody):
        work = work_over({"signal": signals([*rows, *extra])}, tmp_path)
        _linked(work, Config(root=tmp_path, sweep=OPTIONS))
        bits.append(_links(work))
        work.close()
    assert bits[0] == bits[1]
    assert len(bits[0]) == 20


def test_large_values_keep_their_members_linked_at_linear_cost(tmp_path: Path) -> None:
    n = 400
    crowd = [(f"a{i:04}", "payment", "one card") for i in range(n)]
    others = [(f"b{i:04}", "payment", f"own {i}") for i in range(4000)]
    work = work_over({"signal": signals([*crowd, *others])}, tmp_path)
    _linked(work, Config(root=tmp_path))
    links = _links(work)
    work.close()
    met = KINDS["payment"].partners // 2
    assert len(links) == n * met
    assert {a for pair in links for a in pair} == {a for a, _, _ in crowd}


def test_listed_values_are_set_aside_with_the_reason(tmp_path: Path) -> None:
    rows = [(f"a{i}", "payment", "partner card") for i in range(6)]
    listing = pl.DataFrame(
        {
            "kind": ["payment"],
            "value": ["partner card"],
            "class": ["partner"],
            "reason": ["a school"],
        }
    )
    work = work_over({"signal": signals(rows), "list": listing}, tmp_path)
    _linked(work, Config(root=tmp_path, sweep=OPTIONS))
    treated = work.con.sql("SELECT treatment, class, n_pairs_skipped FROM treatment").fetchall()
    assert _links(work) == {}
    assert treated == [("listed", "partner", 15)]
    run(work, "finish/value", sweep_id="s")
    why = work.con.sql("SELECT why FROM finding_value").fetchall()
    work.close()
    assert why == [("listed as partner: a school",)]


def test_given_links_count_by_their_similarity(tmp_path: Path) -> None:
    rows = [(f"a{i}", "device", f"own-{i}") for i in range(4)]
    given_links = pl.DataFrame(
        {
            "src": ["a0", "a1"], "dst": ["a1", "a2"], "kind": ["embedding"] * 2,
            "similarity": [1.0, 0.2],
        }
    )  # fmt: skip
    kinds = {**KINDS, "embedding": replace(KINDS["prompt"], max_bits=10.0)}
    work = work_over({"signal": signals(rows), "link": given_links}, tmp_path)
    _linked(work, Config(root=tmp_path, kinds=kinds, sweep=OPTIONS))
    links = _links(work)
    work.close()
    assert links == {("a0", "a1"): 10.0}


def test_lists_name_values_by_network_operator_and_parent_domain(tmp_path: Path) -> None:
    rows = [(f"a{i}", "ip", "10.1.2.3") for i in range(4)]
    rows += [(f"b{i}", "ip", "10.2.2.3") for i in range(4)]
    rows += [(f"c{i}", "email_domain", "mail.school.example") for i in range(4)]
    rows += [(f"d{i}", "email_domain", "notschool.example") for i in range(4)]
    v4 = 0xFFFF << 32
    listing = pl.DataFrame(
        {
            "kind": ["ip", "ip", "ip", "email_domain"],
            "domain": [None, None, None, "school.example"],
            "asn": [None, 65001, 65001, None],
            "class": ["vpn", "network", "datacenter", "organisation"],
            "reason": ["exit list", None, "hosting", "a school"],
            "lo": [v4 + 0x0A010000, v4 + 0x0A020000, None, None],
            "hi": [v4 + 0x0A01FFFF, v4 + 0x0A02FFFF, None, None],
        }
    )
    work = work_over({"signal": signals(rows), "list": listing}, tmp_path)
    _linked(work, Config(root=tmp_path, sweep=OPTIONS))
    found = dict(
        work.con.sql(
            "SELECT value, class FROM value LEFT JOIN treatment USING (value_key)"
        ).fetchall()
    )
    work.close()
    assert found == {
        "10.1.2.3": "vpn", "10.2.2.3": "datacenter",
        "mail.school.example": "organisation", "notschool.example": None,
    }  # fmt: skip


def test_listed_accounts_link_nobody(tmp_path: Path) -> None:
    rows = [(f"a{i}", "payment", "card") for i in range(3)]
    listing = pl.DataFrame({"kind": ["account"], "value": ["a1"], "class": ["staff"]})
    work = work_over({"signal": signals(rows), "list": listing}, tmp_path)
    _linked(work, Config(root=tmp_path, sweep=OPTIONS))
    links = _links(work)
    work.close()
    assert set(links) == {("a0", "a2")}


def test_old_evidence_fades_with_the_half_life(tmp_path: Path) -> None:
    fresh = signals(
        [(f"a{i}", "device", f"new-{i // 2}") for i in range(60)], at=END - timedelta(hours=1)
    )
    old = signals(
        [(f"b{i}", "device", f"old-{i // 2}") for i in range(60)], at=END - timedelta(days=30)
    )
    kinds = {**KINDS, "device": replace(KINDS["device"], half_life="30d")}
    work = work_over({"signal": pl.concat([fresh, old])}, tmp_path)
    _linked(work, Config(root=tmp_path, kinds=kinds, sweep=SweepOptions(threshold=0.5)))
    links = _links(work)
    work.close()
    assert links["b0", "b1"] == pytest.approx(links["a0", "a1"] / 2, rel=2e-3)
