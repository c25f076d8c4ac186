"""The simulated world in weekly drops, over IPv6, with switches by archetype, and without campaigns."""

from __future__ import annotations

import ipaddress
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from coterie.errors import UsageError
from coterie.loaders.simulate import (
    SWITCHES,
    WorldOptions,
    campaign_mix,
    simulate,
    simulate_weeks,
    write_weeks,
)

if TYPE_CHECKING:
    from pathlib import Path

    from coterie.loaders.simulate import World

OPTIONS = WorldOptions(accounts=2_500, seed=8)
WEEKS = 9


@pytest.fixture(scope="module")
def whole() -> World:
    return simulate(OPTIONS)


@pytest.fixture(scope="module")
def drops() -> list[World]:
    return simulate_weeks(OPTIONS, WEEKS)


@pytest.mark.parametrize("table", ["prompts", "events", "links", "lists"])
def test_drops_together_are_the_world(whole: World, drops: list[World], table: str) -> None:
    together = pl.concat([drop[table] for drop in drops])
    assert_frame_equal(together, whole[table], check_row_order=False)


def test_uses_of_values_add_up(whole: World, drops: list[World]) -> None:
    keys = ["account_id", "kind", "value"]
    together = (
        pl.concat([drop["signals"] for drop in drops])
        .group_by(keys)
        .agg(pl.col("first_seen").min(), pl.col("last_seen").max(), pl.col("n").sum())
    )
    whole_signals = whole["signals"]
    assert_frame_equal(together.drop("n"), whole_signals.drop("n"), check_row_order=False)
    # A stretch over a boundary has a use on either side, whatever was counted.
    more, uses = int(together["n"].sum()), int(whole_signals["n"].sum())
    assert uses <= more < 1.05 * uses


def test_every_row_lies_in_its_drop(drops: list[World]) -> None:
    end = OPTIONS.start.replace(tzinfo=None) + timedelta(days=OPTIONS.days)
    bounds = [end - timedelta(weeks=k) for k in range(WEEKS - 1, -1, -1)]
    for at, drop in enumerate(drops):
        for table, column in (
            ("signals", "first_seen"),
            ("signals", "last_seen"),
            ("prompts", "sent_at"),
            ("events", "at"),
        ):
            times = drop[table][column]
            assert (times < bounds[at]).all(), (at, table)
            if at:
                assert (times >= bounds[at - 1]).all(), (at, table)


def test_accounts_come_once_and_again_when_banned(whole: World, drops: list[World]) -> None:
    seen: dict[str, tuple[str, object]] = {}
    again = 0
    for drop in drops:
        for row in drop["accounts"].iter_rows(named=True):
            name = row["account_id"]
            if name in seen:
                again += 1
                assert (seen[name][0], row["status"]) == ("active", "banned")
            seen[name] = (row["status"], row["banned_at"])
    assert again > 20
    final = {
        name: (status, at)
        for name, status, at in whole["accounts"].select("account_id", "status", "banned_at").rows()
    }
    assert seen == final


def test_campaigns_are_born_grow_and_lose_members_over_the_weeks(drops: list[World]) -> None:
    sizes = [dict(drop["truth"].group_by("cluster").len().rows()) for drop in drops]
    assert len(sizes[0]) < len(sizes[-1])
    for before, after in pairwise(sizes):
        assert all(n <= after[name] for name, n in before.items())
    truth = drops[-1]["truth"]
    caught = [
        drop["accounts"].filter(pl.col("status") == "banned").join(truth, on="account_id").height
        for drop in drops
    ]
    assert sum(n > 0 for n in caught) >= WEEKS // 2
    came = [drop["accounts"].join(truth, on="account_id", how="anti").height for drop in drops]
    assert min(came) > 0


def test_written_drops_replace_files_and_leave_out_what_is_empty(tmp_path: Path) -> None:
    small = WorldOptions(accounts=300)
    write_weeks(small, tmp_path, 3)
    files = write_weeks(WorldOptions(accounts=300, prompts=False), tmp_path, 3)
    assert [sorted(made) for made in files][1:] == [
        sorted({path.stem for path in (tmp_path / f"week-{k:02d}").iterdir()}) for k in (2, 3)
    ]
    assert "lists" in files[0]
    for made in files:
        assert "truth" in made
        assert "prompts" not in made
        assert {path.stem for path in made["truth"].parent.iterdir()} == set(made)
    assert "lists" not in files[1]


@pytest.mark.parametrize("weeks", [-1, 0, 14, 10**12])
def test_more_drops_than_weeks_are_refused(weeks: int, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="weeks must be between 1 and 13"):
        simulate_weeks(OPTIONS, weeks)
    with pytest.raises(UsageError, match="weeks must be between 1 and 13"):
        write_weeks(OPTIONS, tmp_path / "out", weeks)
    assert not (tmp_path / "out").exists()


# --- IPv6 ----------------------------------------------------------------------------------------


def test_without_ipv6_the_world_is_the_one_before_it_was_there(whole: World) -> None:
    over = simulate(WorldOptions(accounts=2_500, seed=8, ipv6=0.45))
    for table in ("accounts", "prompts", "events", "truth", "links"):
        assert_frame_equal(over[table], whole[table])
    # Every IPv4 use that still shows is one of the world without.
    old = over["signals"].filter((pl.col("kind") == "ip") & ~pl.col("value").str.contains(":"))
    assert old.join(whole["signals"], on=["account_id", "kind", "value"], how="anti").is_empty()


def test_homes_share_a_network_and_not_an_address() -> None:
    made = simulate(WorldOptions(accounts=4_000, seed=8, ipv6=0.45))
    ip = made["signals"].filter(pl.col("kind") == "ip")
    six = ip.filter(pl.col("value").str.contains(":"))
    assert 0.35 < six.height / ip.height < 0.7
    assert ip.select("account_id", "value").is_unique().all()
    assert six["value"].is_unique().all()
    network = pl.col("value").str.extract(r"^((?:[0-9a-f]+:){4})")
    shared = six.group_by(network).agg(pl.col("account_id").n_unique())["account_id"]
    assert (shared > 1).sum() > 100
    cidrs = made["lists"].filter(pl.col("cidr").str.contains(":"))["cidr"]
    networks = {ipaddress.ip_network(cidr) for cidr in cidrs}
    assert len(networks) == len(cidrs)
    for value in six["value"].head(100):
        address = ipaddress.IPv6Address(value)
        assert ipaddress.ip_network((int(address) >> 96 << 96, 32)) in networks


# --- switches ------------------------------------------------------------------------------------


def test_a_switch_changes_its_archetype_alone() -> None:
    mix = (("naive", 60), ("hydra", 60))

    def shares(world: World) -> dict[str, tuple[float, float]]:
        """Cards and repeated prompt endings an operator, by archetype."""
        truth = world["truth"]
        cards = world["signals"].filter(pl.col("kind") == "payment").join(truth, on="account_id")
        texts = world["prompts"].join(truth, on="account_id")
        tails = texts.with_columns(pl.col("text").str.split(" ").list.tail(5).list.join(" "))
        alike = tails.filter(pl.len().over("text", "archetype") >= 5)
        return {
            name: (
                cards.filter(pl.col("archetype") == name).height / size,
                alike.filter(pl.col("archetype") == name).height / size,
            )
            for name, size in mix
        }

    plain = shares(simulate(WorldOptions(accounts=1_500, campaigns=mix)))
    switched = shares(
        simulate(
            WorldOptions(
                accounts=1_500,
                campaigns=mix,
                switches=(("naive", "free"), ("naive", "no_prompts")),
            )
        )
    )
    assert min(*plain["naive"], *plain["hydra"], *switched["hydra"]) > 0.5
    assert max(switched["naive"]) < 0.1


def test_without_times_an_archetype_keeps_no_schedule() -> None:
    def busiest(switches: tuple[tuple[str, str], ...]) -> float:
        made = simulate(
            WorldOptions(accounts=1_000, evasion=0.1, campaigns=(("naive", 80),), switches=switches)
        )
        events = made["events"].join(made["truth"], on="account_id", how="semi")
        hours = events.filter(pl.col("type") == "request")["at"].value_counts()["count"]
        return int(hours.sort(descending=True).head(10).sum()) / int(hours.sum())

    assert busiest(()) > 2 * busiest((("naive", "no_times"),))


def test_rare_and_absent_change_the_mix() -> None:
    plain = campaign_mix(OPTIONS)
    rare = campaign_mix(WorldOptions(accounts=2_500, switches=(("hydra", "rare"),)))
    assert [name for name, _ in rare] == [name for name, _ in plain]
    assert [n for k, n in rare if k == "hydra"] == [n // 4 for k, n in plain if k == "hydra"]
    assert [p for p in rare if p[0] != "hydra"] == [p for p in plain if p[0] != "hydra"]
    gone = campaign_mix(WorldOptions(accounts=2_500, switches=(("hydra", "absent"),)))
    assert gone == tuple(p for p in plain if p[0] != "hydra")


@pytest.mark.parametrize(
    ("switch", "says"), [(("hydar", "free"), "hydra"), (("hydra", "fre"), '"free"')]
)
def test_unknown_switches_are_told_with_the_nearest(switch: tuple[str, str], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        WorldOptions(switches=(switch,))
    assert "free" in SWITCHES


def test_a_world_of_innocents_has_an_empty_truth() -> None:
    made = simulate(WorldOptions(accounts=300, campaigns=()))
    assert made["truth"].schema == simulate(WorldOptions(accounts=300))["truth"].schema
    assert made["truth"].is_empty()
    assert made["accounts"].height == 300
