"""Campaigns that split, merge, or stop and come back in the simulated world."""

from __future__ import annotations

import polars as pl
import pytest

from coterie.errors import UsageError
from coterie.loaders.simulate import WorldOptions, simulate, simulate_weeks

MIX = (*(("naive", 40),) * 4, ("prompt_only", 30))
OPTIONS = WorldOptions(accounts=1_000, seed=4, campaigns=MIX, turns=True)
World = dict[str, pl.DataFrame]


@pytest.fixture(scope="module")
def world() -> World:
    return simulate(OPTIONS)


def _uses(world: World, turn: str) -> pl.DataFrame:
    """Uses by operators of the campaigns with that turn, and what a thing of theirs is."""
    thing = pl.when(pl.col("kind") == "email").then(pl.col("value").str.split("@").list.last())
    return (
        world["signals"]
        .join(world["turns"].filter(pl.col("turn") == turn), on="account_id")
        .with_columns(thing=thing.otherwise("value"))
    )


def _sides(uses: pl.DataFrame, by: str) -> pl.DataFrame:
    kinds = uses.filter(pl.col("kind").is_in(["payment", "device", "ip"]))
    return kinds.group_by("kind", "thing").agg(
        pl.col(by).n_unique().alias("sides"), pl.col("account_id").n_unique().alias("n")
    )


def test_halves_of_a_split_campaign_share_before_it_and_nothing_after(world: World) -> None:
    uses = _uses(world, "split")
    before = _sides(uses.filter(pl.col("last_seen") < pl.col("at")), "after")
    after = _sides(uses.filter(pl.col("first_seen") >= pl.col("at")), "after")
    assert before.filter(pl.col("sides") == 2).height > 3
    assert after.filter(pl.col("sides") == 2).is_empty()
    # Each half goes on sharing among its own.
    assert after.filter(pl.col("n") >= 4).height > 3
    assert not uses.filter(
        pl.col("first_seen") < pl.col("at"), pl.col("last_seen") >= pl.col("at")
    ).height


def test_merging_campaigns_share_after_it_and_nothing_before(world: World) -> None:
    uses = _uses(world, "merge")
    before = _sides(uses.filter(pl.col("last_seen") < pl.col("at")), "cluster")
    after = _sides(uses.filter(pl.col("first_seen") >= pl.col("at")), "cluster")
    assert before.filter(pl.col("sides") == 2, pl.col("kind") != "ip").is_empty()
    assert after.filter(pl.col("sides") == 2).height > 3
    assert uses["after"].n_unique() == 1


def test_a_campaign_that_stops_is_silent_and_comes_back(world: World) -> None:
    turns = world["turns"].filter(pl.col("turn") == "stop")
    at, until = turns["at"][0], turns["until"][0]
    for table, time in (("signals", "first_seen"), ("prompts", "sent_at"), ("events", "at")):
        who = turns.select("account_id")
        times = world[table].join(who, on="account_id")[time]
        assert times.filter((times >= at) & (times < until)).is_empty()
        assert (times < at).any()
        assert (times >= until).any()


def test_who_takes_no_turn_lives_as_without_turns(world: World) -> None:
    plain = simulate(WorldOptions(accounts=1_000, seed=4, campaigns=MIX))
    assert "turns" not in plain
    turned = world["turns"]["account_id"].implode()
    for table, who in (("accounts", "account_id"), ("signals", "account_id"), ("prompts", "account_id"),
                       ("events", "account_id"), ("truth", "account_id")):  # fmt: skip
        rest = ~pl.col(who).is_in(turned)
        assert world[table].filter(rest).equals(plain[table].filter(rest)), table
    assert (world["signals"]["first_seen"] <= world["signals"]["last_seen"]).all()


def test_turns_are_the_same_again_and_told_in_their_drop(world: World) -> None:
    again = simulate(OPTIONS)
    assert all(again[name].equals(frame) for name, frame in world.items())
    drops = simulate_weeks(OPTIONS, 8)
    assert (
        pl.concat([d["turns"] for d in drops]).sort("cluster", "account_id").equals(world["turns"])
    )


def test_a_world_too_short_or_too_small_has_no_turns() -> None:
    with pytest.raises(UsageError, match="85 days"):
        simulate(WorldOptions(accounts=500, days=60, turns=True))
    with pytest.raises(UsageError, match="four campaigns"):
        simulate(WorldOptions(accounts=500, campaigns=(("naive", 30),), turns=True))
