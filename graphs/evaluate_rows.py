"""The rows behind an evaluation: who is where, and what each truth cluster and each find came to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from coterie.errors import InputError, did_you_mean
from coterie.printable import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

TIERS = ("lead", "linked", "coordinated", "confirmed")
ROLES = ("operator", "customer")


@dataclass(frozen=True, slots=True)
class Compared:
    """What stands behind an evaluation, row by row.

    Attributes:
        truth: one row a truth cluster with operators, the worst recovered first: cluster, archetype,
            n_operators, n_found (operators in any found cluster), n_clusters (found clusters they
            are spread over), n_linked and n_coordinated (operators at that tier and above),
            precision and recall (B-cubed, mean over the operators), and the found cluster with the
            best Jaccard index: cluster_id, n_both, size, jaccard, tier, score (NULL, and Jaccard 0,
            when none holds an operator).
        found: one row a found cluster, the best score first: cluster_id, score, tier, size, n_known
            (members in the truth), n_operators, cluster (truth cluster with most of them), n_both,
            right (at least half of the members are in the truth).
        curve: k, precision and recall of operators among the k accounts of the best clusters, at up
            to 200 values of k; ties are averaged over.
    """

    truth: pl.DataFrame
    found: pl.DataFrame
    curve: pl.DataFrame


def compare(members: pl.DataFrame, clusters: pl.DataFrame, truth: pl.DataFrame) -> Compared:
    """The rows behind :func:`evaluate`; arguments and counting rules are the same.

    Raises:
        InputError: a column is missing.
    """
    require("members", members, ("account_id", "cluster_id"))
    require("clusters", clusters, ("cluster_id", "score", "tier"))
    require("truth", truth, ("account_id", "cluster"))
    known = known_truth(truth)
    operators = known.filter(pl.col("role") == "operator")
    found = marked(members_of(members, clusters), known)
    judged = found.group_by("cluster_id").agg(
        pl.col("score", "tier").first(),
        size=pl.len(),
        n_known=pl.col("known").sum(),
        n_operators=pl.col("operator").sum(),
    )
    both = found.filter("operator").group_by("cluster_id", "cluster").agg(n_both=pl.len())
    most = both.sort("n_both", "cluster", descending=[True, False]).unique(
        "cluster_id", keep="first", maintain_order=True
    )
    whole = operators.group_by("cluster").agg(
        pl.col("archetype").first(), n_operators=pl.len().cast(pl.Int64)
    )
    one = (
        both.join(judged.select("cluster_id", "score", "tier", "size"), on="cluster_id")
        .join(whole.select("cluster", "n_operators"), on="cluster")
        .with_columns(
            jaccard=pl.col("n_both")
            / (pl.col("size").cast(pl.Int64) + pl.col("n_operators") - pl.col("n_both"))
        )
        .sort("jaccard", "cluster_id", descending=[True, False])
        .group_by("cluster", maintain_order=True)
        .agg(
            pl.all().exclude("n_operators").first(),
            n_found=pl.col("n_both").sum(),
            n_clusters=pl.len(),
        )
    )
    bcubed = (
        bcubed_items(found, operators).group_by("cluster").agg(pl.col("precision", "recall").mean())
    )
    reached = (
        found.filter("operator")
        .group_by("cluster")
        .agg(
            n_linked=pl.col("tier").is_in(TIERS[1:]).sum(),
            n_coordinated=pl.col("tier").is_in(TIERS[2:]).sum(),
        )
    )
    ks = np.unique(np.geomspace(1, max(found.height, 1), 200).round().astype(np.int64))
    curve = pl.DataFrame(
        precision_at_each(found, ks.tolist()),
        schema={"k": pl.Int64, "precision": pl.Float64},
        orient="row",
    )
    n = max(operators.height, 1)
    return Compared(
        truth=whole.join(bcubed, on="cluster", how="left")
        .join(reached, on="cluster", how="left")
        .join(one, on="cluster", how="left")
        .with_columns(
            pl.col("jaccard", "n_found", "n_clusters", "n_linked", "n_coordinated").fill_null(0)
        )
        .sort("jaccard", "n_operators", "cluster", descending=[False, True, False]),
        found=judged.join(most, on="cluster_id", how="left")
        .with_columns(
            right=pl.col("n_known") * 2 >= pl.col("size"), n_both=pl.col("n_both").fill_null(0)
        )
        .sort("score", "size", "cluster_id", descending=[True, True, False]),
        curve=curve.with_columns(recall=pl.col("precision") * pl.col("k") / n),
    )


def require(name: str, frame: pl.DataFrame, columns: tuple[str, ...]) -> None:
    """See that a frame has its columns.

    Raises:
        InputError: one is missing.
    """
    missing = [c for c in columns if c not in frame.columns]
    if missing:
        raise InputError(f"{name} has no column {', '.join(missing)}")


def known_truth(truth: pl.DataFrame) -> pl.DataFrame:
    """One row an account of the truth: account_id, cluster, role, archetype; rows with gaps go.

    Raises:
        InputError: a role is neither operator nor customer.
    """
    if "role" in truth.columns:
        for found in truth["role"].drop_nulls().unique().sort().to_list():
            if found not in {*ROLES, ""}:
                hint = did_you_mean(str(found), ROLES)
                raise InputError(f'the truth has the role "{printable(found, 60)}".{hint}')
    # An empty cell is how some tables say that there is nothing special about it.
    said = pl.col("role").cast(pl.String).replace("", None)
    role = said.fill_null("operator") if "role" in truth.columns else pl.lit("operator")
    kind = pl.col("archetype") if "archetype" in truth.columns else pl.lit(None, dtype=pl.String)
    return (
        truth.select("account_id", "cluster", role.alias("role"), kind.alias("archetype"))
        .drop_nulls(["account_id", "cluster"])
        .sort("cluster", "role", "archetype")
        .unique("account_id", keep="first", maintain_order=True)
    )


def operators_of(truth: pl.DataFrame) -> pl.DataFrame:
    """The rows of :func:`known_truth` whose accounts are sought.

    Raises:
        InputError: a column is missing.
    """
    require("truth", truth, ("account_id", "cluster"))
    return known_truth(truth).filter(pl.col("role") == "operator")


def members_of(members: pl.DataFrame, clusters: pl.DataFrame) -> pl.DataFrame:
    """One row a member: account_id, cluster_id, role, score, tier; the best cluster of each."""
    role = pl.col("role").fill_null("member") if "role" in members.columns else pl.lit("member")
    return (
        members.select("account_id", "cluster_id", role.alias("role"))
        .join(clusters.select("cluster_id", "score", "tier").unique("cluster_id"), on="cluster_id")
        .sort("score", "cluster_id", descending=[True, False], nulls_last=True)
        .unique("account_id", keep="first", maintain_order=True)
        .with_columns(pl.col("score").fill_null(0.0))
    )


def marked(found: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """The members with what the truth says of them: cluster, archetype, operator and known."""
    return found.join(known, on="account_id", how="left").with_columns(
        operator=(pl.col("role_right") == "operator").fill_null(value=False),
        known=pl.col("cluster").is_not_null(),
    )


def bcubed_items(found: pl.DataFrame, operators: pl.DataFrame) -> pl.DataFrame:
    """One row per operator: its B-cubed precision and recall."""
    size = found.group_by("cluster_id").agg(n_found=pl.len())
    both = found.filter("operator").group_by("cluster_id", "cluster").agg(n_both=pl.len())
    whole = operators.group_by("cluster").agg(n_truth=pl.len())
    return (
        operators.join(
            found.select("account_id", "cluster_id", "tier"), on="account_id", how="left"
        )
        .join(size, on="cluster_id", how="left")
        .join(both, on=["cluster_id", "cluster"], how="left")
        .join(whole, on="cluster", how="left")
        .select(
            "cluster",
            "archetype",
            "tier",
            # An operator in no found cluster stands alone.
            precision=pl.col("n_both").fill_null(1) / pl.col("n_found").fill_null(1),
            recall=pl.col("n_both").fill_null(1) / pl.col("n_truth"),
        )
    )


def precision_at_each(found: pl.DataFrame, top: Sequence[int]) -> tuple[tuple[int, float], ...]:
    """(k, share of operators) among the k accounts of the best clusters; ties are averaged over."""
    steps = (
        found.group_by("score")
        .agg(n=pl.len(), hits=pl.col("operator").sum())
        .sort("score", descending=True)
    )
    ends = np.concatenate([[0.0], np.cumsum(steps["n"].to_numpy().astype(np.float64))])
    hits = np.concatenate([[0.0], np.cumsum(steps["hits"].to_numpy().astype(np.float64))])
    # Inside a group of equal scores the order is open: its share of hits is spread evenly.
    return tuple(
        (k, float(np.interp(k, ends, hits)) / k) for k in sorted(set(top)) if 0 < k <= found.height
    )
