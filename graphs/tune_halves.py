"""Two halves of a truth, and of what a run found, that share no campaign and no false find."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from coterie.errors import InputError

if TYPE_CHECKING:
    from coterie.queries.store import Store

CHOOSE, HELD = 0, 1
MIN_CLUSTERS = 6


@dataclass(frozen=True, slots=True)
class Found:
    """What a run found, or a part of it.

    Attributes:
        members: account_id, cluster_id, role.
        clusters: cluster_id, score, tier.
    """

    members: pl.DataFrame
    clusters: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Half:
    """Everything that one half is measured with; fit for :func:`coterie.graphs.evaluate.evaluate`.

    Attributes:
        found: the clusters of the half with all their members.
        truth: the whole truth; accounts sought in the other half have role ``customer``: taking them
            along is wrong, but they are not benign.
    """

    found: Found
    truth: pl.DataFrame


def require_enough(truth: pl.DataFrame, note: str = "") -> None:
    """See that there is something to deal.

    Args:
        truth: account_id, cluster, role.
        note: what was done to the truth, for the message.

    Raises:
        InputError: fewer than six clusters hold operators.
    """
    n = truth.filter(pl.col("role") == "operator")["cluster"].n_unique()
    if n < MIN_CLUSTERS:
        raise InputError(
            f"found {n:,} truth clusters, expected at least {MIN_CLUSTERS}: half of them to choose "
            "on and half to hold back" + (f" ({note})" if note else "")
        )


def linked_parts(known: pl.DataFrame, work: Store) -> tuple[pl.DataFrame, str]:
    """A truth of one cluster (a flag) in parts that can be dealt.

    Args:
        known: as ``coterie.graphs.evaluate_rows.known_truth`` gives it.
        work: a working store after a detection.

    Returns:
        The truth with the groups of accounts that are linked with one another, directly or over
        others of them, for clusters; accounts linked with none are known, but not sought (role
        ``customer``). And what was done, in words.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    place = (
        work.con.table("finding_account")
        .pl()
        .select("account_key", "account_id")
        .join(known.filter(pl.col("role") == "operator"), on="account_id")
        .sort("account_id")
        .select("account_key", "account_id", at=pl.int_range(pl.len()))
    )
    links = work.con.table("finding_link").pl().select("src_key", "dst_key")
    for end in ("src", "dst"):
        key = f"{end}_key"
        links = links.join(
            place.select(pl.col("account_key").alias(key), pl.col("at").alias(end)), on=key
        )
    n = place.height
    pairs = (links["src"].to_numpy(), links["dst"].to_numpy())
    label = (
        connected_components(coo_array((np.ones(links.height, np.int8), pairs), shape=(n, n)))[1]
        if n
        else np.empty(0, np.int64)
    )
    groups = (
        place.select("account_id", group=pl.Series(label, dtype=pl.Int64))
        .with_columns(
            pl.len().over("group").alias("size"),
            pl.col("account_id").min().over("group").alias("first"),
        )
        .filter(pl.col("size") >= 2)
        .select("account_id", part="first")
    )
    parts = known.join(groups, on="account_id", how="left").select(
        "account_id",
        cluster=pl.coalesce("part", "cluster"),
        role=pl.when(pl.col("part").is_null()).then(pl.lit("customer")).otherwise("role"),
        archetype="archetype",
    )
    sought = parts.filter(pl.col("role") == "operator")
    return parts, (
        f"the truth is one group: {sought.height:,} of its {known.height:,} accounts are linked with "
        f"one another, in {sought['cluster'].n_unique():,} parts, and only these are sought"
    )


def halves(truth: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Deal truth clusters into two halves, like with like.

    Clusters of an archetype are paired by size; a coin says which of a pair goes where.

    Args:
        truth: account_id, cluster, role, archetype (may be NULL).
        seed: of the coins.

    Returns:
        cluster and half (0 to choose on, 1 held back), one row a cluster with operators, in order of
        the name.
    """
    sizes = (
        truth.filter(pl.col("role") == "operator")
        .group_by("cluster")
        .agg(pl.col("archetype").min(), pl.len())
        .sort("archetype", "len", "cluster", descending=[False, True, False], nulls_last=True)
    )
    n = sizes.height
    coins = np.random.default_rng(seed).integers(0, 2, (n + 1) // 2)
    side = np.repeat(coins, 2)[:n] ^ (np.arange(n) % 2)
    return sizes.select("cluster", half=pl.Series(side, dtype=pl.Int8)).sort("cluster")


def half_of(found: Found, truth: pl.DataFrame, dealt: pl.DataFrame, half: int) -> Half:
    """The part of a run that counts for one half.

    A cluster with somebody of the truth counts for the half (or both) that it touches; one without
    is dealt by the name of its first account, so that a false find is in one half only, and in the
    same one whatever the settings.

    Args:
        found: a whole run.
        truth: account_id, cluster, role, archetype, one row an account.
        dealt: as :func:`halves` gives it.
        half: 0 or 1.
    """
    placed = truth.join(dealt, on="cluster", how="left")
    touched = (
        found.members.join(placed.select("account_id", "half"), on="account_id", how="left")
        .group_by("cluster_id")
        .agg(
            free=pl.col("half").is_null().all(),
            mine=(pl.col("half") == half).any(),
            first=pl.col("account_id").min(),
        )
        .sort("cluster_id")
    )
    # Clusters are few; accounts are not touched here.
    side = [hashlib.sha256(name.encode()).digest()[0] % 2 for name in touched["first"].to_list()]
    mine = touched.filter(
        pl.when("free").then(pl.Series(side, dtype=pl.Int64) == half).otherwise("mine")
    ).select("cluster_id")
    return Half(
        Found(
            found.members.join(mine, on="cluster_id", how="semi"),
            found.clusters.join(mine, on="cluster_id", how="semi"),
        ),
        placed.select(
            "account_id",
            "cluster",
            "archetype",
            role=pl.when(pl.col("half") == half).then("role").otherwise(pl.lit("customer")),
        ),
    )
