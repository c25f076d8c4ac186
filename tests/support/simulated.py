"""Simulated platforms as facts for the graph stages, without the loader between.

E-mail domains and prompt families are put beside the signals as the loader would derive them, the
families by the last words of a prompt: enough for tests of what comes after.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import polars as pl
from tests.support.facts import work_over

from coterie.config import Config
from coterie.graphs.pipeline import detect
from coterie.loaders.simulate import WorldOptions, simulate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from coterie.loaders.simulate import World

START = WorldOptions().start.replace(tzinfo=None)
MIDDLE, END = START + timedelta(days=40), START + timedelta(days=WorldOptions().days)
TIERS = ("lead", "linked", "coordinated")


class Cluster(NamedTuple):
    """One cluster as found."""

    members: frozenset[str]
    roles: dict[str, str]
    tier: str
    score: float
    stability: float

    @property
    def rank(self) -> int:
        """0 for a lead, 2 for coordinated."""
        return TIERS.index(self.tier)


def platform(options: WorldOptions) -> tuple[World, pl.DataFrame]:
    """Fact tables by name (``signal``, ``account``, ``event``, ``link``), and the truth."""
    world = simulate(options)
    signal = world["signals"]
    domain = signal.filter(pl.col("kind") == "email").with_columns(
        kind=pl.lit("email_domain"), value=pl.col("value").str.extract("@(.*)$")
    )
    family = pl.col("text").str.split(" ").list.tail(5).list.join(" ")
    prompt = (
        world["prompts"]
        .group_by("account_id", family.alias("value"))
        .agg(
            first_seen=pl.col("sent_at").min(),
            last_seen=pl.col("sent_at").max(),
            n=pl.len().cast(pl.Int64),
        )
        .with_columns(kind=pl.lit("prompt"))
        .select(signal.columns)
    )
    facts = {
        "signal": pl.concat([signal, domain, prompt]),
        "account": world["accounts"].select("account_id", "created_at", "status", "banned_at"),
        "event": world["events"],
        "link": world["links"],
    }
    return facts, world["truth"]


def found(facts: World, look: Callable[[pl.DataFrame], None] | None = None) -> list[Cluster]:
    """Every cluster of a detection with the default settings.

    Args:
        facts: as :func:`platform` gives them.
        look: called with each finding table's rows, for tests that compare all of them.
    """
    work = work_over(facts, Path())
    detect(work, Config(root=Path()), START, END, "s-1")
    clusters = work.con.table("finding_cluster").pl()
    members = work.con.table("finding_member").pl()
    if look is not None:
        for name in ("cluster", "member", "evidence", "link"):
            look(work.con.table(f"finding_{name}").pl())
    work.close()
    roles: dict[str, dict[str, str]] = {}
    for cluster, account, role in members.select("cluster_id", "account_id", "role").rows():
        roles.setdefault(cluster, {})[account] = role
    columns = ("cluster_id", "tier", "score", "stability")
    return [
        Cluster(frozenset(roles[name]), roles[name], tier, score, stability)
        for name, tier, score, stability in clusters.select(columns).rows()
    ]


def counterpart(cluster: Cluster, others: Iterable[Cluster]) -> tuple[Cluster | None, float]:
    """The cluster of another detection with the largest overlap (Jaccard), and the overlap."""

    def overlap(other: Cluster) -> float:
        return len(cluster.members & other.members) / len(cluster.members | other.members)

    best = max(others, key=overlap, default=None)
    return best, 0.0 if best is None else overlap(best)


def uses(rows: Iterable[tuple[str, str, str]], at: datetime = MIDDLE, n: int = 1) -> pl.DataFrame:
    """Signal facts of (account, kind, value) triples."""
    frame = pl.DataFrame(
        list(rows), schema=dict.fromkeys(("account_id", "kind", "value"), pl.String), orient="row"
    )
    when = pl.lit(at, dtype=pl.Datetime("us"))
    return frame.with_columns(first_seen=when, last_seen=when, n=pl.lit(n, dtype=pl.Int64))


def accounts(names: Iterable[str], every: timedelta = timedelta(minutes=7)) -> pl.DataFrame:
    """Account facts, signed up one after the other from the middle of the window on."""
    listed = list(names)
    return pl.DataFrame(
        {
            "account_id": listed,
            "created_at": [MIDDLE + i * every for i in range(len(listed))],
            "status": ["active"] * len(listed),
            "banned_at": [None] * len(listed),
        },
        schema_overrides={"created_at": pl.Datetime("us"), "banned_at": pl.Datetime("us")},
    )


def with_rows(facts: World, **more: pl.DataFrame) -> World:
    """The facts with rows added to some tables."""
    return {
        name: pl.concat([frame, more[name].select(frame.columns)]) if name in more else frame
        for name, frame in facts.items()
    }
