"""The simulated world: repeatable, complete, labelled, and silent about its labels."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from coterie.errors import UsageError
from coterie.loaders.simulate import (
    ARCHETYPES,
    WorldOptions,
    campaign_mix,
    simulate,
    write_world,
)

if TYPE_CHECKING:
    from pathlib import Path

    from coterie.loaders.simulate import (
        World,
    )

TABLES = ["accounts", "signals", "links", "lists", "prompts", "events", "truth"]
SMALL = WorldOptions(accounts=1_500, seed=3)


@pytest.fixture(scope="module")
def world() -> World:
    return simulate(WorldOptions(accounts=20_000, seed=5))


def labelled(world: World, table: str) -> pl.DataFrame:
    """A table with the truth beside each row (null for benign accounts)."""
    return world[table].join(world["truth"], on="account_id", how="left")


def number(value: object) -> float:
    """A statistic of a column, which must exist."""
    assert isinstance(value, int | float)
    return float(value)


def values(world: World, kind: str) -> pl.DataFrame:
    return world["signals"].filter(pl.col("kind") == kind)


def test_equal_options_give_equal_frames() -> None:
    one, two = simulate(SMALL), simulate(SMALL)
    assert list(one) == TABLES
    for name in TABLES:
        assert_frame_equal(one[name], two[name])


def test_another_process_gives_the_same_world(tmp_path: Path) -> None:
    here = simulate(SMALL)
    code = (
        "import sys; from pathlib import Path\n"
        "from coterie.loaders.simulate import WorldOptions, write_world\n"
        "write_world(WorldOptions(accounts=1_500, seed=3), Path(sys.argv[1]))"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True)
    for name in TABLES:
        assert_frame_equal(pl.read_parquet(tmp_path / f"{name}.parquet"), here[name])


def test_another_seed_gives_another_world() -> None:
    other = simulate(WorldOptions(accounts=1_500, seed=4))
    mine = simulate(SMALL)
    assert set(other["accounts"]["account_id"]).isdisjoint(mine["accounts"]["account_id"])
    assert campaign_mix(SMALL) == campaign_mix(WorldOptions(accounts=1_500, seed=4))


def test_columns_and_types_are_those_of_the_contract(world: World) -> None:
    time = pl.Datetime("us")
    assert dict(world["accounts"].schema) == {
        "account_id": pl.String,
        "created_at": time,
        "status": pl.String,
        "banned_at": time,
        "plan": pl.String,
        "country": pl.String,
        "org": pl.String,
        "email": pl.String,
    }
    assert dict(world["signals"].schema) == {
        "account_id": pl.String,
        "kind": pl.String,
        "value": pl.String,
        "first_seen": time,
        "last_seen": time,
        "n": pl.Int64,
    }
    assert world["prompts"].columns == ["account_id", "text", "sent_at"]
    assert world["events"].columns == ["account_id", "at", "type", "n"]
    assert world["links"].columns == ["src", "dst", "kind", "similarity", "seen_at"]
    assert {"kind", "cidr", "asn", "class"} <= set(world["lists"].columns)
    assert world["truth"].columns == ["account_id", "cluster", "archetype", "role"]


def test_rows_hold_together(world: World) -> None:
    ids = world["accounts"]["account_id"]
    assert ids.is_unique().all()
    for table in ("signals", "prompts", "events", "truth"):
        assert world[table]["account_id"].is_in(ids.implode()).all()
        needed = [c for c in world[table].columns if c not in {"org", "banned_at"}]
        assert world[table].select(needed).null_count().sum_horizontal().item() == 0
    signals = world["signals"]
    assert signals.select("account_id", "kind", "value").is_unique().all()
    assert (signals["first_seen"] <= signals["last_seen"]).all()
    assert (signals["n"] >= 1).all()
    begin = datetime(2026, 3, 1, tzinfo=UTC).replace(tzinfo=None)
    end = begin + timedelta(days=90)
    for table, column in (
        ("signals", "first_seen"),
        ("signals", "last_seen"),
        ("prompts", "sent_at"),
        ("events", "at"),
    ):
        assert world[table][column].is_between(begin, end).all(), (table, column)
    made = world["accounts"].select("account_id", "created_at")
    early = signals.join(made, on="account_id").filter(pl.col("first_seen") < pl.col("created_at"))
    assert early.is_empty()
    events = world["events"]
    assert events.select("account_id", "at", "type").is_unique().all()
    assert (events["at"].dt.truncate("1h") == events["at"]).all()
    assert (world["links"]["src"] != world["links"]["dst"]).all()


def test_bans_have_their_time_and_end_all_activity(world: World) -> None:
    banned = world["accounts"].filter(pl.col("status") == "banned")
    assert banned.height > 0
    assert banned["banned_at"].null_count() == 0
    others = world["accounts"].filter(pl.col("status") != "banned")
    assert others["banned_at"].null_count() == others.height
    benign = banned.join(world["truth"], on="account_id", how="anti")
    assert benign.height > 0
    late = world["events"].join(banned, on="account_id").filter(pl.col("at") > pl.col("banned_at"))
    assert late.is_empty()


def test_truth_counts_are_those_asked_for() -> None:
    mix = (("naive", 30), ("shared_proxy", 41), ("reseller", 50))
    made = simulate(WorldOptions(accounts=1_000, campaigns=mix))
    truth = made["truth"]
    assert made["accounts"].height == 1_000 + 121
    assert truth["account_id"].is_unique().all()
    sizes = truth.group_by("archetype", "cluster").len().sort("archetype", "len")
    assert sizes.select("archetype", "len").rows() == [
        ("naive", 30),
        ("reseller", 50),
        ("shared_proxy", 18),
        ("shared_proxy", 23),
    ]


@pytest.mark.parametrize(
    ("accounts", "n_campaigns", "total", "largest"),
    [
        (5_000, (7, 9), (350, 650), 150),
        (100_000, (20, 30), (8_000, 12_000), 3_000),
        (1_000_000, (50, 80), (60_000, 120_000), 20_000),
    ],
)
def test_default_mix_scales(
    accounts: int, n_campaigns: tuple[int, int], total: tuple[int, int], largest: int
) -> None:
    mix = campaign_mix(WorldOptions(accounts=accounts))
    sizes = [size for _, size in mix]
    assert n_campaigns[0] <= len(mix) <= n_campaigns[1]
    assert total[0] <= sum(sizes) <= total[1]
    assert max(sizes) == largest
    assert min(sizes) >= 20
    assert {name for name, _ in mix} == set(ARCHETYPES)
    rare = campaign_mix(WorldOptions(accounts=accounts, rare=True))
    assert sum(size for _, size in rare) < 0.5 * sum(sizes)


def test_every_archetype_is_there_and_resellers_have_customers(world: World) -> None:
    truth = world["truth"]
    assert set(truth["archetype"]) == set(ARCHETYPES)
    assert set(truth["role"]) == {"operator", "customer"}
    share = truth.group_by("archetype", "cluster").agg((pl.col("role") == "customer").mean())
    for archetype, _, customers in share.rows():
        assert customers == pytest.approx(0.3 if archetype == "reseller" else 0.0, abs=0.03)


# --- nothing but behaviour tells members from others -------------------------------------------


def auc(score: pl.Series, positive: pl.Series) -> float:
    """Chance that a positive row ranks above another one."""
    rank = score.rank("average")
    n = int(positive.sum())
    wins = float(rank.filter(positive).sum()) - n * (n + 1) / 2
    return wins / (n * (len(score) - n))


@pytest.mark.parametrize("table", ["accounts", "signals", "prompts", "events"])
def test_row_position_tells_nothing(world: World, table: str) -> None:
    rows = labelled(world, table).with_row_index()
    assert auc(rows["index"], rows["cluster"].is_not_null()) == pytest.approx(0.5, abs=0.03)


def test_ids_and_values_tell_nothing_by_their_order_or_form(world: World) -> None:
    accounts = labelled(world, "accounts")
    member = accounts["cluster"].is_not_null()
    assert auc(accounts["account_id"], member) == pytest.approx(0.5, abs=0.03)
    assert accounts["account_id"].str.contains(r"^u_[0-9a-z]{9}$").all()
    signals = labelled(world, "signals")
    for kind, form in (
        ("payment", r"^pm_[0-9a-z]{9}$"),
        ("device", r"^dv_[0-9a-z]{9}$"),
        ("issuer", r"^[45]\d{5}$"),
        ("ip", r"^\d{1,3}(\.\d{1,3}){3}$"),
        ("email", r"^[a-z0-9._+-]+@[a-z0-9.-]+\.[a-z]+$"),
    ):
        rows = signals.filter(pl.col("kind") == kind)
        assert rows["value"].str.contains(form).all(), kind
    for kind in ("payment", "device"):
        rows = signals.filter(pl.col("kind") == kind)
        kept = rows.unique("value", keep="any")
        assert auc(kept["value"], kept["cluster"].is_not_null()) == pytest.approx(0.5, abs=0.05)


def test_no_account_stands_out_by_what_it_lacks(world: World) -> None:
    kinds = world["signals"].group_by("account_id").agg(pl.col("kind").unique())
    accounts = labelled(world, "accounts").join(kinds, on="account_id", how="left")
    operator = pl.col("role") == "operator"
    for kind in ("device", "client", "email", "ip"):
        has = pl.col("kind").list.contains(kind)
        rates = accounts.select(
            inside=has.filter(operator).mean(), outside=has.filter(operator.not_()).mean()
        )
        inside, outside = rates.row(0)
        assert inside > 0.85, kind
        assert accounts.filter(pl.col("cluster").is_null()).select(has.mean()).item() > 0.85, kind
        assert outside is None or outside > 0.85
    # A paid plan goes with a card, for everybody.
    paid = accounts.select(
        (pl.col("plan") != "free") == pl.col("kind").list.contains("payment")
    ).to_series()
    assert paid.all()


# --- confounders ---------------------------------------------------------------------------------


def benign(world: World, kind: str) -> pl.DataFrame:
    return values(world, kind).join(world["truth"], on="account_id", how="anti")


def popularity(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.group_by("value").agg(n=pl.len()).sort("n", descending=True)


def test_households_share_card_address_and_device(world: World) -> None:
    pairs = None
    for kind in ("payment", "ip", "device"):
        rows = benign(world, kind)
        few = rows.filter(pl.len().over("value").is_between(2, 5)).select("account_id", "value")
        both = (
            few.join(few, on="value")
            .filter(pl.col("account_id") < pl.col("account_id_right"))
            .select("account_id", "account_id_right")
            .unique()
        )
        pairs = both if pairs is None else pairs.join(both, on=both.columns)
    assert pairs is not None
    assert pairs.height > 50


def test_crowds_share_addresses_cards_and_devices(world: World) -> None:
    # A campus NAT, a company card, a popular fingerprint; by benign accounts alone.
    assert popularity(benign(world, "ip"))["n"][0] > 200
    assert popularity(benign(world, "payment"))["n"][0] > 40
    assert popularity(benign(world, "device"))["n"][0] > 100
    common = popularity(benign(world, "device")).filter(pl.col("n") > 25)
    on_common = benign(world, "device").join(common, on="value", how="semi")
    share = on_common["account_id"].n_unique() / world["accounts"].height
    assert 0.12 < share < 0.22


def test_honest_resellers_put_clients_behind_one_card_and_one_server(world: World) -> None:
    cards = benign(world, "payment").filter(pl.len().over("value") >= 6)
    groups = cards.select("account_id", card="value")
    doors = (
        benign(world, "ip")
        .join(groups, on="account_id")
        .group_by("card", "value")
        .agg(n=pl.len(), first=pl.col("value").str.extract(r"^(\d+\.\d+)\.").first())
        .filter(pl.col("n") >= 4)
    )
    hosting = world["lists"].filter(pl.col("class") == "datacenter")["cidr"]
    listed = hosting.str.extract(r"^(\d+\.\d+)\.")
    assert doors["first"].is_in(listed.implode()).any()


def test_addresses_are_recycled(world: World) -> None:
    """Some addresses have two users whose times do not overlap."""
    rows = benign(world, "ip").filter(pl.len().over("value") == 2).sort("value", "first_seen")
    apart = rows.group_by("value").agg(
        (pl.col("first_seen").last() > pl.col("last_seen").first()).alias("apart")
    )
    assert apart["apart"].sum() > 100


def test_popular_and_viral_prompts_reach_crowds(world: World) -> None:
    prompts = world["prompts"].join(world["truth"], on="account_id", how="anti")
    assert number(prompts.group_by("text").len()["len"].max()) > 20
    head = prompts["text"].str.split(" ").list.head(7).list.join(" ")
    assert number(head.value_counts()["count"].max()) > 100
    assert prompts["text"].n_unique() / prompts.height > 0.95


def test_people_are_awake_by_day_in_their_country(world: World) -> None:
    rows = (
        world["events"]
        .filter(pl.col("type") == "request")
        .join(world["accounts"].select("account_id", "country"), on="account_id")
    )
    night_us = rows.filter(pl.col("country") == "US")["at"].dt.hour().is_between(8, 11).mean()
    night_jp = rows.filter(pl.col("country") == "JP")["at"].dt.hour().is_between(17, 20).mean()
    assert number(night_us) < 4 / 24 * 0.6
    assert number(night_jp) < 4 / 24 * 0.6


def test_launch_days_bring_sign_up_bursts(world: World) -> None:
    benign_accounts = world["accounts"].join(world["truth"], on="account_id", how="anti")
    days = benign_accounts["created_at"].dt.date().value_counts()["count"]
    assert number(days.max()) > 2.5 * number(days.quantile(0.9))


def test_confounders_scale() -> None:
    few = simulate(WorldOptions(accounts=4_000, confounders=0))
    many = simulate(WorldOptions(accounts=4_000, confounders=2))

    def shared(made: World) -> float:
        rows = benign(made, "device")
        return number(rows.select(pl.len().over("value") > 1).to_series().mean())

    assert shared(few) < 0.05
    assert shared(many) > 0.3


# --- campaigns -----------------------------------------------------------------------------------


def test_evasion_thins_what_members_share() -> None:
    mix = (("naive", 120), ("hydra", 120), ("sleeper", 120))
    reuse = []
    for evasion in (0.0, 0.5, 1.0):
        made = simulate(WorldOptions(accounts=3_000, evasion=evasion, campaigns=mix))
        rows = made["signals"].join(made["truth"], on="account_id")
        cards = rows.filter(pl.col("kind") == "payment")
        reuse.append(cards.height / cards["value"].n_unique())
    assert reuse[0] > reuse[1] > reuse[2] > 1.5


def test_no_one_value_links_a_hydra_but_its_chains_do() -> None:
    import networkx as nx

    made = simulate(WorldOptions(accounts=3_000, campaigns=(("hydra", 200),)))
    rows = (
        made["signals"]
        .join(made["truth"], on="account_id")
        .filter(pl.col("kind").is_in(["payment", "device", "ip"]))
    )
    assert popularity(rows)["n"][0] < 0.2 * 200
    graph = nx.Graph(rows.select("account_id", "value").rows())
    members = set(made["truth"]["account_id"])
    largest = max(nx.connected_components(graph), key=len)
    assert len(largest & members) > 0.9 * 200


def test_prompt_only_campaigns_share_texts_and_times_only() -> None:
    mix = (("prompt_only", 100),)
    made = simulate(WorldOptions(accounts=3_000, evasion=0.3, campaigns=mix))
    mine = made["signals"].join(made["truth"], on="account_id", how="semi")
    others = made["signals"].join(made["truth"], on="account_id", how="anti")
    for kind in ("payment", "device"):
        rows = mine.filter(pl.col("kind") == kind)
        own = rows.join(others, on=["kind", "value"], how="anti")
        assert popularity(own)["n"][0] <= 4
    texts = made["prompts"].join(made["truth"], on="account_id", how="semi")["text"]
    tails = texts.str.split(" ").list.tail(6).list.join(" ").value_counts()["count"]
    assert number(tails.max()) > 20


def test_two_operators_share_a_proxy_and_nothing_else() -> None:
    made = simulate(WorldOptions(accounts=3_000, campaigns=(("shared_proxy", 80),)))
    rows = made["signals"].join(made["truth"], on="account_id")
    clusters = rows["cluster"].unique().sort().to_list()
    assert len(clusters) == 2

    def used(kind: str, cluster: str) -> set[str]:
        of = rows.filter((pl.col("kind") == kind) & (pl.col("cluster") == cluster))
        return set(of["value"])

    assert len(used("ip", clusters[0]) & used("ip", clusters[1])) >= 3
    assert not used("payment", clusters[0]) & used("payment", clusters[1])


def test_sleepers_age_before_they_wake() -> None:
    made = simulate(WorldOptions(accounts=2_000, evasion=0.5, campaigns=(("sleeper", 60),)))
    mine = made["accounts"].join(made["truth"], on="account_id")
    first = made["events"].group_by("account_id").agg(pl.col("at").min())
    idle = mine.join(first, on="account_id").select(pl.col("at") - pl.col("created_at")).to_series()
    assert number(idle.dt.total_days().median()) > 60


def test_replacements_take_up_what_banned_ones_leave() -> None:
    made = simulate(WorldOptions(accounts=2_000, campaigns=(("replacement", 150),)))
    mine = made["accounts"].join(made["truth"], on="account_id").sort("created_at")
    assert number((mine["status"] == "banned").mean()) > 0.6
    # Three generations by sign-up; neighbours share cards or devices.
    order = mine.select("account_id").with_row_index("rank")
    rows = (
        made["signals"]
        .join(order, on="account_id")
        .filter(pl.col("kind").is_in(["payment", "device"]))
    )
    waves = [
        set(rows.filter(pl.col("rank") * 3 // mine.height == wave)["value"]) for wave in range(3)
    ]
    assert all(len(one & two) >= 5 for one, two in pairwise(waves))


def test_customers_of_a_reseller_keep_their_own_life() -> None:
    made = simulate(WorldOptions(accounts=3_000, evasion=0.2, campaigns=(("reseller", 200),)))
    rows = made["signals"].join(made["truth"], on="account_id")
    customers = rows.filter(pl.col("role") == "customer")
    operators = rows.filter(pl.col("role") == "operator")

    def used(frame: pl.DataFrame, kind: str) -> set[str]:
        return set(frame.filter(pl.col("kind") == kind)["value"])

    assert used(customers, "ip") & used(operators, "ip")
    assert len(used(customers, "payment") & used(operators, "payment")) <= 1
    texts = made["prompts"].join(made["truth"], on="account_id")
    own = texts.filter(pl.col("role") == "customer")["text"]
    theirs = texts.filter(pl.col("role") == "operator")["text"]

    def tails(text: pl.Series) -> set[str]:
        return set(text.str.split(" ").list.tail(8).list.join(" "))

    assert len(tails(own) & tails(theirs)) <= 2


def test_members_follow_their_schedule() -> None:
    made = simulate(WorldOptions(accounts=2_000, evasion=0.2, campaigns=(("naive", 100),)))
    hours = (
        made["events"]
        .filter(pl.col("type") == "request")
        .join(made["truth"], on="account_id", how="left")
    )

    def spread(rows: pl.DataFrame) -> float:
        """Effective number of hours in use."""
        share = rows["at"].value_counts()["count"].to_numpy() / rows.height
        return float(np.exp(-(share * np.log(share)).sum()))

    mine = hours.filter(pl.col("cluster").is_not_null())
    others = hours.filter(pl.col("cluster").is_null()).sample(mine.height, seed=1)
    assert spread(mine) < 0.25 * spread(others)


def test_members_live_among_others(world: World) -> None:
    """Some members share a home or mobile address with benign accounts."""
    rows = labelled(world, "signals").filter(pl.col("kind") == "ip")
    mixed = rows.group_by("value").agg(
        inside=pl.col("cluster").is_not_null().any(), outside=pl.col("cluster").is_null().any()
    )
    assert number(mixed.filter("inside")["outside"].mean()) > 0.2


# --- switches ------------------------------------------------------------------------------------


def test_switches_leave_tables_empty_with_their_columns() -> None:
    made = simulate(WorldOptions(accounts=600, prompts=False, times=False, free_only=True))
    full = simulate(WorldOptions(accounts=600))
    for table in ("prompts", "events"):
        assert made[table].is_empty()
        assert made[table].schema == full[table].schema
    assert set(made["signals"]["kind"]) == {"ip", "device", "client", "email"}
    assert set(made["accounts"]["plan"]) == {"free"}
    assert set(full["signals"]["kind"]) == {"ip", "device", "client", "email", "payment", "issuer"}


def test_start_and_days_move_the_window() -> None:
    start = datetime(2025, 1, 10, tzinfo=UTC)
    made = simulate(WorldOptions(accounts=500, start=start, days=20))
    at = made["events"]["at"]
    assert str(at.min()) >= "2025-01-10"
    assert str(at.max()) < "2025-01-30"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"accounts": 5}, "accounts"),
        ({"evasion": 1.5}, "evasion"),
        ({"confounders": -1.0}, "confounders"),
        ({"days": 2}, "days"),
        ({"campaigns": (("hydras", 50),)}, 'Did you mean "hydra"'),
        ({"campaigns": (("hydra", 1),)}, "at least"),
    ],
)
def test_impossible_options_are_refused(options: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        WorldOptions(**options)


def test_networks_are_listed_and_some_classes_known(world: World) -> None:
    import ipaddress

    lists = world["lists"]
    assert {"network", "cgnat", "vpn", "datacenter"} == set(lists["class"])
    blocks = lists.filter(pl.col("class") == "network")
    assert blocks["asn"].null_count() == 0
    networks = sorted(ipaddress.ip_network(c) for c in blocks["cidr"])
    assert all(not one.overlaps(two) for one, two in pairwise(networks))
    covered = values(world, "ip")["value"].unique().sort().sample(300, seed=1)
    for value in covered:
        address = ipaddress.ip_address(value)
        assert not address.is_private
        assert any(address in network for network in networks)
    # Not every carrier is known for what it is.
    n_cgnat = lists.filter(pl.col("class") == "cgnat").height
    assert n_cgnat < blocks.filter(pl.col("cidr").str.ends_with("/18")).height


def test_writing_replaces_files_and_leaves_no_parts(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "world"
    paths = write_world(SMALL, out)
    again = write_world(SMALL, out)
    assert paths == again
    assert sorted(p.name for p in out.iterdir()) == sorted(f"{name}.parquet" for name in TABLES)
    assert pl.read_parquet_schema(paths["signals"])["value"] == pl.String
