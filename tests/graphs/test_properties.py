"""What must hold of findings whatever the data.

Nothing turns on names or order, innocents added elsewhere accuse nobody, and less evidence never
means more suspicion.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.facts import END, START, signals, work_over
from tests.support.simulated import (
    accounts,
    counterpart,
    found,
    platform,
    uses,
    with_rows,
)

from coterie.config import Config, SweepOptions
from coterie.graphs.incidences import build_incidences, treat_values
from coterie.graphs.links import build_links
from coterie.loaders.simulate import WorldOptions

if TYPE_CHECKING:
    from tests.support.simulated import Cluster

    from coterie.loaders.simulate import World

MIX = (("hydra", 40), ("naive", 30), ("reseller", 30), ("sleeper", 24))
CERTAIN = 0.8  # clusters of a lower stability may fall either way


@pytest.fixture(scope="module")
def facts() -> World:
    return platform(WorldOptions(accounts=900, seed=31, campaigns=MIX))[0]


@pytest.fixture(scope="module")
def before(facts: World) -> list[Cluster]:
    clusters = found(facts)
    assert sum(c.tier == "coordinated" for c in clusters) >= 3
    assert sum(c.tier == "lead" for c in clusters) >= 3
    return clusters


def nobody_rose(before: list[Cluster], after: list[Cluster], by: float) -> None:
    """No cluster has a higher tier than before, nor a score more than ``by`` above."""
    for cluster in before:
        other, overlap = counterpart(cluster, after)
        if other is None or overlap < 0.6 or min(cluster.stability, other.stability) < CERTAIN:
            continue
        assert other.rank <= cluster.rank, (cluster.tier, other.tier)
        assert other.score <= cluster.score + by, (len(cluster.members), overlap)


# --- names, order, repetition --------------------------------------------------------------------


def test_renaming_accounts_changes_nothing(facts: World) -> None:
    names = facts["account"]["account_id"].sort().to_list()
    other = random.Random(4).sample(names, len(names))
    to = dict(zip(names, other, strict=True))
    renamed = {
        table: frame.with_columns(
            pl.col(column).replace_strict(to)
            for column in ("account_id", "src", "dst")
            if column in frame.columns
        )
        for table, frame in facts.items()
    }
    tables: list[dict[str, pl.DataFrame]] = []
    for given_facts in (facts, renamed):
        kept: list[pl.DataFrame] = []
        clusters = found(given_facts, kept.append)
        tables.append(
            {
                "cluster": kept[0].drop("cluster_id").sort("size", "score"),
                "member": kept[1]
                .drop("cluster_id", "account_key")
                .with_columns(
                    pl.col("account_id").replace_strict(to)
                    if given_facts is facts
                    else pl.col("account_id")
                )
                .sort("account_id"),
                "evidence": kept[2].select("kind_key", "n_in", "n_all", "bits").sort(pl.all())
                if "kind_key" in kept[2].columns
                else kept[2].select("n_in", "n_all", "bits").sort(pl.all()),
            }
        )
        assert clusters
    for name, frame in tables[0].items():
        assert frame.equals(tables[1][name]), name


def test_order_and_repeated_facts_change_nothing(facts: World) -> None:
    again = {
        table: pl.concat([frame, frame.head(0 if table == "signal" else 200)]).sample(
            fraction=1.0, shuffle=True, seed=3
        )
        for table, frame in facts.items()
    }
    # A prompt asked again was asked twice; any other value used again is the same value.
    plain = facts["signal"].filter(pl.col("kind") != "prompt").head(300)
    again["signal"] = pl.concat([again["signal"], plain])
    tables: list[list[pl.DataFrame]] = []
    for given_facts in (facts, again):
        tables.append([])
        found(given_facts, tables[-1].append)
    for one, two in zip(*tables, strict=True):
        keys = [column for column, kind in one.schema.items() if not kind.is_nested()]
        assert one.sort(keys).equals(two.sort(keys))


# --- innocents -----------------------------------------------------------------------------------

OWN = (("payment", "pm_new"), ("device", "dv_new"), ("ip", "9.8.7.6"), ("client", "own/1"))


@pytest.mark.parametrize("company", ["nobody", "a household", "a crowd"])
def test_an_innocent_more_raises_no_other_cluster(
    facts: World, before: list[Cluster], company: str
) -> None:
    signal = facts["signal"]
    own = dict(OWN)
    if company != "nobody":
        size = (2, 4) if company == "a household" else (80, 2_000)
        for kind in ("ip", "device", "payment"):
            taken = signal.filter(pl.col("kind") == kind)
            crowd = taken.filter(pl.len().over("value").is_between(*size))
            if crowd.height:
                own[kind] = crowd["value"].sort()[0]
    for name in ("aaa", "zzz"):
        rows = uses((name, kind, value) for kind, value in own.items())
        after = found(with_rows(facts, signal=rows, account=accounts([name])))
        nobody_rose(before, [c for c in after if name not in c.members], 0.005)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("ip", "9.9.9.9"),
        ("device", "everybody's"),
        ("client", "everybody's"),
        ("prompt", "what everybody asks"),
        ("email_domain", "every.body"),
        ("payment", "everybody's"),
    ],
)
def test_a_value_that_everybody_uses_adds_nothing(
    facts: World, before: list[Cluster], kind: str, value: str
) -> None:
    """Not by itself, and not by standing in the way of the value that a cluster rests on."""
    rows = uses((name, kind, value) for name in facts["account"]["account_id"])
    nobody_rose(before, found(with_rows(facts, signal=rows)), 0.02)


# --- less evidence -------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["payment", "device", "prompt", "client", "email", "email_domain"])
def test_without_a_kind_of_value_nobody_is_more_suspect(
    facts: World, before: list[Cluster], kind: str
) -> None:
    """Addresses are not among the kinds: who was tied by one leaves, and the others are tied better."""
    after = found({**facts, "signal": facts["signal"].filter(pl.col("kind") != kind)})
    nobody_rose(before, after, 0.02)


def test_without_times_nobody_is_more_suspect(facts: World, before: list[Cluster]) -> None:
    never = pl.lit(None, dtype=pl.Datetime("us"))
    after = found(
        {
            **facts,
            "event": facts["event"].clear(),
            "account": facts["account"].with_columns(created_at=never),
        }
    )
    nobody_rose(before, after, 0.02)


@given(st.integers(0, 10_000))
@settings(max_examples=4)
def test_a_pair_that_shares_less_has_no_more_bits(seed: int) -> None:
    """Twin pairs on one platform: the second of each lacks one value that the first shares."""
    rng = random.Random(seed)
    rows: list[tuple[str, str, str]] = []
    for number in range(60):
        plan = [
            (kind, rng.choice((2, 2, 3, 5, 9)), rng.randrange(3))
            for kind in ("payment", "device", "prompt", "email")
            for _ in range(rng.choice((0, 1, 1, 2, 3)))
        ] or [("device", 2, 0)]
        lacking = rng.randrange(len(plan))
        for twin in ("whole", "less"):
            for place, (kind, popularity, unshared) in enumerate(plan):
                value = f"{kind}-{twin}-{number}-{place}"
                holders = [f"{end}-{twin}-{number}" for end in "xy"]
                rows += [(holder, kind, f"{value}-{holder}-{i}") for holder in holders
                         for i in range(unshared)]  # fmt: skip
                holders += [f"crowd-{twin}-{number}-{place}-{i}" for i in range(popularity - 2)]
                if twin == "less" and place == lacking:
                    holders = holders[1:]
                rows += [(holder, kind, value) for holder in holders]
    work = work_over({"signal": signals(rows)}, ".")
    n = build_incidences(work, Config(root=Path()), START, END)
    treat_values(work)
    build_links(work, SweepOptions(threshold=0.1), n, START, END)
    linked = work.con.sql(
        "SELECT a.account_id, b.account_id, bits / 1e6 FROM link "
        "JOIN account a ON a.account_key = src_key JOIN account b ON b.account_key = dst_key"
    ).fetchall()
    work.close()
    bits = {frozenset((x, y)): bits for x, y, bits in linked}
    for number in range(60):
        whole, less = (
            bits.get(frozenset((f"x-{twin}-{number}", f"y-{twin}-{number}")), 0.0)
            for twin in ("whole", "less")
        )
        assert less <= whole + 1e-5
