"""What an attacker may try: to frame somebody, to drown rarity, to spread evidence thin."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl
import pytest
from tests.support.simulated import (
    MIDDLE,
    accounts,
    counterpart,
    found,
    platform,
    uses,
    with_rows,
)

from coterie.loaders.simulate import WorldOptions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.support.simulated import Cluster

    from coterie.loaders.simulate import World

MIX = (("naive", 40), ("hydra", 45), ("sleeper", 30), ("replacement", 30))


@pytest.fixture(scope="module")
def made() -> tuple[World, pl.DataFrame]:
    return platform(WorldOptions(accounts=900, seed=23, evasion=0.5, campaigns=MIX))


@pytest.fixture(scope="module")
def before(made: tuple[World, pl.DataFrame]) -> list[Cluster]:
    return found(made[0])


@pytest.fixture(scope="module")
def victims(made: tuple[World, pl.DataFrame], before: list[Cluster]) -> list[str]:
    """Innocents of no company and in no cluster, who pay and ask now and then."""
    facts, truth = made
    taken = {name for cluster in before for name in cluster.members} | set(truth["account_id"])
    by_account = facts["signal"].group_by("account_id")
    kinds = by_account.agg(pl.col("kind").unique(), pl.col("value").unique())
    has = pl.col("kind").list.contains
    own = has("payment"), has("prompt"), has("ip"), pl.col("value").list.contains("gmail.com")
    names = kinds.filter(own)["account_id"].sort()
    return [name for name in names if name not in taken][:40:20]


def members_of(truth: pl.DataFrame, archetype: str) -> list[str]:
    return truth.filter(pl.col("archetype") == archetype)["account_id"].sort().to_list()


def copied(
    facts: World, fakes: Sequence[str], victim: str, what: Sequence[str]
) -> dict[str, pl.DataFrame]:
    """Rows by which accounts take up what a victim shows in public."""
    rows = []
    more = {}
    if "template" in what:
        # The victim asks by its template more than once, and does other things too.
        rows += [(name, "prompt", "words of the victim's template") for name in (*fakes, victim)]
    if "egress" in what:
        own = facts["signal"].filter(pl.col("account_id") == victim, pl.col("kind") == "ip")
        rows += [(name, "ip", own["value"].sort()[0]) for name in fakes]
    if "invite" in what:
        links = pl.DataFrame({"src": list(fakes), "dst": [victim] * len(fakes)})
        when = pl.lit(MIDDLE, dtype=pl.Datetime("us"))
        more["link"] = links.with_columns(
            kind=pl.lit("referral"), similarity=pl.lit(1.0), seen_at=when
        )
    return {"signal": uses(rows, n=2), **more}


def place_of(victim: str, clusters: Sequence[Cluster]) -> list[tuple[str, str]]:
    """Role of an account and tier of the cluster, wherever it is."""
    return [(c.roles[victim], c.tier) for c in clusters if victim in c.members]


# --- framing ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("archetype", ["naive", "hydra"])
def test_who_is_used_as_egress_or_inviter_is_not_of_the_campaign(
    made: tuple[World, pl.DataFrame], victims: list[str], archetype: str
) -> None:
    facts, truth = made
    operators = members_of(truth, archetype)
    more = [copied(facts, operators, victim, ("egress", "invite")) for victim in victims]
    after = found(
        with_rows(facts, **{name: pl.concat([m[name] for m in more]) for name in more[0]})
    )
    for victim in victims:
        assert all(place == ("fringe", "lead") for place in place_of(victim, after))
    # The attempt does not hide the campaign either.
    assert any(len(set(operators) & c.members) >= 0.7 * len(operators) for c in after)


@pytest.mark.parametrize("archetype", ["naive", "hydra"])
def test_whose_public_template_is_copied_is_fringe_at_most(
    made: tuple[World, pl.DataFrame], victims: list[str], archetype: str
) -> None:
    """One template, one address and an invite link can be laid on anybody."""
    facts, truth = made
    operators = members_of(truth, archetype)
    more = [copied(facts, operators, v, ("template", "egress", "invite")) for v in victims]
    after = found(
        with_rows(facts, **{name: pl.concat([m[name] for m in more]) for name in more[0]})
    )
    for victim in victims:
        assert all(role == "fringe" for role, _ in place_of(victim, after))


@pytest.mark.parametrize("n", [12, 40])
def test_accounts_made_to_frame_somebody_stay_a_lead(
    made: tuple[World, pl.DataFrame], victims: list[str], n: int
) -> None:
    """New accounts share the victim's template, egress and invite link, and nothing else."""
    facts, _ = made
    rng = random.Random(n)
    fakes = [f"u_fake{i:05}" for i in range(n)]
    own = uses((name, "device", f"dv_{name}") for name in fakes)
    hours = [MIDDLE + timedelta(hours=rng.randrange(24 * 40)) for _ in range(8 * n)]
    events = pl.DataFrame(
        {"account_id": fakes * 8, "at": hours, "type": ["request"] * len(hours)},
        schema_overrides={"at": pl.Datetime("us")},
    ).with_columns(n=pl.lit(1, dtype=pl.Int64))
    more = copied(facts, fakes, victims[0], ("template", "egress", "invite"))
    more["signal"] = pl.concat([more["signal"], own])
    after = found(with_rows(facts, account=accounts(fakes), event=events, **more))
    assert all(place == ("fringe", "lead") for place in place_of(victims[0], after))


# --- flooding --------------------------------------------------------------------------------------


def noise(names: Sequence[str], each: int, rng: random.Random) -> pl.DataFrame:
    """Values that nobody else has, ``each`` of a kind and account."""

    def value(kind: str) -> str:
        if kind == "ip":
            return f"{rng.randrange(11, 99)}." + ".".join(str(rng.randrange(256)) for _ in "abc")
        return f"{kind}-{rng.getrandbits(48):x}"

    return uses(
        (name, kind, value(kind))
        for name in names
        for kind in ("payment", "device", "ip")
        for _ in range(each)
    )


def test_a_flood_of_random_values_makes_nobody_suspect(
    made: tuple[World, pl.DataFrame], before: list[Cluster]
) -> None:
    """A hundred accounts bring twenty times the platform's values: what others share looks rarer."""
    facts, truth = made
    flooders = [f"u_flood{i:03}" for i in range(100)]
    rows = noise(flooders, 300, random.Random(1))
    after = found(with_rows(facts, signal=rows, account=accounts(flooders, timedelta(hours=9))))
    campaigns = set(truth["account_id"])
    for cluster in after:
        if cluster.tier != "lead":
            assert len(cluster.members & campaigns) > 0.5 * len(cluster.members)
            assert not cluster.members & set(flooders)
    for cluster in before:
        if cluster.tier == "coordinated":
            twin, overlap = counterpart(cluster, after)
            assert twin is not None
            assert (overlap >= 0.8, twin.tier) == (True, "coordinated")


def test_a_campaign_does_not_hide_in_its_own_noise(made: tuple[World, pl.DataFrame]) -> None:
    facts, truth = made
    rng = random.Random(2)
    rows = pl.concat([noise(members_of(truth, name), 5, rng) for name, _ in MIX])
    after = found(with_rows(facts, signal=rows))
    for name, size in MIX:
        operators = set(members_of(truth, name))
        best = max(after, key=lambda c: len(c.members & operators))
        assert len(best.members & operators) >= 0.8 * size
        assert best.tier != "lead"


# --- diluting --------------------------------------------------------------------------------------


def test_evidence_spread_over_kinds_is_found_at_middling_evasion(
    made: tuple[World, pl.DataFrame], before: list[Cluster]
) -> None:
    _, truth = made
    for name, size in MIX:
        operators = set(members_of(truth, name))
        best = max(before, key=lambda c: len(c.members & operators))
        assert len(best.members & operators) >= 0.8 * size
        assert len(best.members - operators) <= 0.1 * size
        assert best.tier in {"linked", "coordinated"}


def test_a_ring_in_which_any_two_share_one_value_of_some_kind_is_found(
    made: tuple[World, pl.DataFrame],
) -> None:
    """Each kind cuts the ring into other threes: no kind holds more than three accounts together."""
    facts, _ = made
    rng = random.Random(9)
    ring = [f"u_ring{i:03}" for i in range(36)]
    rows = []
    for kind in ("payment", "device", "ip", "prompt"):
        order = rng.sample(ring, len(ring))
        value = {"ip": "77.9.{}.9".format}.get(kind, f"thin-{kind}-{{}}".format)
        rows += [(name, kind, value(place // 3)) for place, name in enumerate(order)]
    after = found(with_rows(facts, signal=uses(rows), account=accounts(ring)))
    best = max(after, key=lambda c: len(c.members & set(ring)))
    assert len(best.members & set(ring)) >= 0.9 * len(ring)
    assert best.members <= set(ring)
    assert best.tier != "lead"
