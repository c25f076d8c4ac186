"""Compare found clusters with the truth: accounts, pairs, B-cubed, recovery, ranking.

Truth items are *operator* accounts. Honest customers of a reseller (role ``customer``) are not
sought; they count as bystanders, and are reported on their own. All numbers come from one table of
counts per (found cluster, truth cluster), so that the cost is linear in members plus truth.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from coterie.errors import InputError
from coterie.graphs.calibration import calibrate
from coterie.graphs.evaluation import (
    ArchetypeScore,
    Benign,
    Customers,
    Evaluation,
    Score,
    TierScore,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Compared", "Evaluation", "average_precision", "compare", "evaluate"]

TIERS = ("lead", "linked", "coordinated", "confirmed")
TOP = (50, 100, 500, 1_000, 5_000)


def evaluate(
    members: pl.DataFrame,
    clusters: pl.DataFrame,
    truth: pl.DataFrame,
    n_accounts: int | None = None,
    top: Sequence[int] = TOP,
) -> Evaluation:
    """Measure found clusters against a truth.

    Args:
        members: account_id, cluster_id and, if known, role. An account in several clusters counts
            for the one with the best score.
        clusters: cluster_id, score, tier; other columns are not used.
        truth: account_id, cluster and, if known, archetype and role (``operator``, the default, or
            ``customer``). An account in several truth clusters counts for the first by name.
        n_accounts: accounts on the platform, for rates per 100,000 benign ones.
        top: numbers of accounts at which precision is taken; those above the members are left out.

    Returns:
        All metrics.

    Raises:
        InputError: a column is missing or the truth is empty.
    """
    _need("members", members, ("account_id", "cluster_id"))
    _need("clusters", clusters, ("cluster_id", "score", "tier"))
    _need("truth", truth, ("account_id", "cluster"))
    known = known_truth(truth)
    if known.is_empty():
        raise InputError("the truth names no account")
    found = _members(members, clusters)
    operators = known.filter(pl.col("role") == "operator")
    found = _marked(found, known)
    n_known = known.height
    benign_accounts = None if n_accounts is None else max(0, n_accounts - n_known)
    items = _items(found, operators)
    core_items = _items(found.filter(pl.col("role") != "fringe"), operators)
    best = _best_jaccard(found, operators)
    judged = found.group_by("cluster_id").agg(
        size=pl.len(), known=pl.col("known").sum(), score=pl.col("score").first()
    )
    positive = judged["known"].to_numpy() * 2 >= judged["size"].to_numpy()
    scores, sizes = judged["score"].to_numpy(), judged["size"].to_numpy().astype(np.float64)
    return Evaluation(
        n_truth_clusters=known["cluster"].n_unique(),
        n_operators=operators.height,
        n_clusters=judged.height,
        n_members=found.height,
        tiers=_tiers(found, operators.height),
        pairs=_pairs(found, operators),
        bcubed=_bcubed(items),
        bcubed_core=_bcubed(core_items),
        recovered_50=_mean(best["jaccard"].to_numpy() >= 0.5),
        recovered_80=_mean(best["jaccard"].to_numpy() >= 0.8),
        average_precision=average_precision(scores, positive, np.ones(len(scores))),
        average_precision_weighted=average_precision(scores, positive, sizes),
        precision_at=_precision_at(found, top),
        benign=_benign(found, judged, benign_accounts),
        customers=_customers(found, known),
        calibration=calibrate(scores, positive),
        archetypes=_archetypes(items, best, known) if "archetype" in truth.columns else (),
    )


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
    _need("members", members, ("account_id", "cluster_id"))
    _need("clusters", clusters, ("cluster_id", "score", "tier"))
    _need("truth", truth, ("account_id", "cluster"))
    known = known_truth(truth)
    operators = known.filter(pl.col("role") == "operator")
    found = _marked(_members(members, clusters), known)
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
    bcubed = _items(found, operators).group_by("cluster").agg(pl.col("precision", "recall").mean())
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
        _precision_at(found, ks.tolist()),
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


def average_precision(
    scores: np.typing.NDArray[Any],
    positive: np.typing.NDArray[np.bool_],
    weights: np.typing.NDArray[np.float64],
) -> float | None:
    """Mean of precision over the recall steps; equal scores are one step.

    Args:
        scores: one value per item, higher is ranked first.
        positive: whether each item is right.
        weights: weight of each item.

    Returns:
        The average precision in 0..1, or None when nothing is positive.
    """
    total = weights[positive].sum()
    if total == 0:
        return None
    order = np.argsort(-scores, kind="stable")
    ranked = scores[order]
    right = np.cumsum(np.where(positive, weights, 0.0)[order])
    seen = np.cumsum(weights[order])
    step = np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)
    gained = np.diff(right[step], prepend=0.0)
    return float((gained * right[step] / seen[step]).sum() / total)


def _need(name: str, frame: pl.DataFrame, columns: tuple[str, ...]) -> None:
    missing = [c for c in columns if c not in frame.columns]
    if missing:
        raise InputError(f"{name} has no column {', '.join(missing)}")


def known_truth(truth: pl.DataFrame) -> pl.DataFrame:
    """One row an account of the truth: account_id, cluster, role, archetype; rows with gaps go."""
    role = pl.col("role").fill_null("operator") if "role" in truth.columns else pl.lit("operator")
    kind = pl.col("archetype") if "archetype" in truth.columns else pl.lit(None, dtype=pl.String)
    return (
        truth.select("account_id", "cluster", role.alias("role"), kind.alias("archetype"))
        .drop_nulls(["account_id", "cluster"])
        .sort("cluster", "role", "archetype")
        .unique("account_id", keep="first", maintain_order=True)
    )


def _members(members: pl.DataFrame, clusters: pl.DataFrame) -> pl.DataFrame:
    role = pl.col("role").fill_null("member") if "role" in members.columns else pl.lit("member")
    return (
        members.select("account_id", "cluster_id", role.alias("role"))
        .join(clusters.select("cluster_id", "score", "tier").unique("cluster_id"), on="cluster_id")
        .sort("score", "cluster_id", descending=[True, False], nulls_last=True)
        .unique("account_id", keep="first", maintain_order=True)
        .with_columns(pl.col("score").fill_null(0.0))
    )


def _marked(found: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    return found.join(known, on="account_id", how="left").with_columns(
        operator=(pl.col("role_right") == "operator").fill_null(value=False),
        known=pl.col("cluster").is_not_null(),
    )


def _items(found: pl.DataFrame, operators: pl.DataFrame) -> pl.DataFrame:
    """One row per operator: its B-cubed precision and recall."""
    size = found.group_by("cluster_id").agg(n_found=pl.len())
    both = found.filter("operator").group_by("cluster_id", "cluster").agg(n_both=pl.len())
    whole = operators.group_by("cluster").agg(n_truth=pl.len())
    return (
        operators.join(found.select("account_id", "cluster_id"), on="account_id", how="left")
        .join(size, on="cluster_id", how="left")
        .join(both, on=["cluster_id", "cluster"], how="left")
        .join(whole, on="cluster", how="left")
        .select(
            "cluster",
            "archetype",
            # An operator in no found cluster stands alone.
            precision=pl.col("n_both").fill_null(1) / pl.col("n_found").fill_null(1),
            recall=pl.col("n_both").fill_null(1) / pl.col("n_truth"),
        )
    )


def _bcubed(items: pl.DataFrame) -> Score:
    if items.is_empty():
        return Score(None, None, None)
    return _score(_mean(items["precision"].to_numpy()), _mean(items["recall"].to_numpy()))


def _score(precision: float | None, recall: float | None) -> Score:
    if precision is None or recall is None:
        return Score(precision, recall, None)
    total = precision + recall
    return Score(precision, recall, 2 * precision * recall / total if total else 0.0)


def _mean(values: np.typing.NDArray[Any]) -> float:
    return float(np.mean(values)) if len(values) else 0.0


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _best_jaccard(found: pl.DataFrame, operators: pl.DataFrame) -> pl.DataFrame:
    """One row per truth cluster with operators: the best Jaccard index of any found cluster."""
    size = found.group_by("cluster_id").agg(n_found=pl.len())
    best = (
        found.filter("operator")
        .group_by("cluster_id", "cluster")
        .agg(n_both=pl.len())
        .join(size, on="cluster_id")
        .join(operators.group_by("cluster").agg(n_truth=pl.len()), on="cluster")
        .select(
            "cluster",
            jaccard=pl.col("n_both")
            / (pl.col("n_found").cast(pl.Int64) + pl.col("n_truth") - pl.col("n_both")),
        )
        .group_by("cluster")
        .agg(pl.col("jaccard").max())
    )
    return (
        operators.group_by("cluster")
        .agg(pl.col("archetype").first())
        .join(best, on="cluster", how="left")
        .with_columns(pl.col("jaccard").fill_null(0.0))
        .sort("cluster")
    )


def _tiers(found: pl.DataFrame, n_operators: int) -> tuple[TierScore, ...]:
    """Accounts at each tier that occurs in the contract, and above."""
    out = []
    for i, tier in enumerate(TIERS):
        part = found.filter(pl.col("tier").is_in(TIERS[i:]))
        if tier == "confirmed" and part.is_empty():
            continue
        hits = int(part["operator"].sum())
        score = _score(_ratio(hits, part.height), _ratio(hits, n_operators))
        best = (
            part.filter("operator").group_by("cluster_id", "cluster").len().group_by("cluster_id")
        )
        pure = int(best.agg(pl.col("len").max())["len"].sum())
        out.append(
            TierScore(
                tier,
                part["cluster_id"].n_unique(),
                part.height,
                hits,
                score,
                _ratio(pure, part.height),
            )
        )
    return tuple(out)


def _pairs(found: pl.DataFrame, operators: pl.DataFrame) -> Score:
    def pairs(n: pl.Series) -> int:
        wide = n.cast(pl.Int64)
        return int((wide * (wide - 1) // 2).sum())

    ops = found.filter("operator")
    both = pairs(ops.group_by("cluster_id", "cluster").len()["len"])
    # Pairs without any operator say nothing about campaigns: all pairs less those of bystanders.
    sizes = found.group_by("cluster_id").agg(all=pl.len(), outside=(~pl.col("operator")).sum())
    claimed = pairs(sizes["all"]) - pairs(sizes["outside"])
    wanted = pairs(operators.group_by("cluster").len()["len"])
    return _score(_ratio(both, claimed), _ratio(both, wanted))


def _precision_at(found: pl.DataFrame, top: Sequence[int]) -> tuple[tuple[int, float], ...]:
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


def _benign(found: pl.DataFrame, judged: pl.DataFrame, n_benign: int | None) -> Benign:
    outside = found.filter(pl.col("tier").is_in(TIERS[2:]) & ~pl.col("known")).join(
        judged.select("cluster_id", right=pl.col("known") * 2 >= pl.col("size")), on="cluster_id"
    )
    wrong = int((~outside["right"]).sum())
    return Benign(
        in_coordinated=outside.height,
        in_coordinated_core=int((outside["role"] != "fringe").sum()),
        in_false_clusters=wrong,
        per_100k=_ratio(outside.height * 100_000, n_benign) if n_benign else None,
        false_per_100k=_ratio(wrong * 100_000, n_benign) if n_benign else None,
    )


def _customers(found: pl.DataFrame, known: pl.DataFrame) -> Customers:
    n = known.filter(pl.col("role") == "customer").height
    inside = found.filter(pl.col("role_right") == "customer")
    core = int((inside["role"] == "core").sum())
    return Customers(n, inside.height, core, 1 - core / n if n else None)


def _archetypes(
    items: pl.DataFrame, best: pl.DataFrame, known: pl.DataFrame
) -> tuple[ArchetypeScore, ...]:
    names = known["archetype"].drop_nulls().unique().sort().to_list()
    out = []
    for name in names:
        own = items.filter(pl.col("archetype") == name)
        jaccard = best.filter(pl.col("archetype") == name)["jaccard"].to_numpy()
        out.append(
            ArchetypeScore(
                archetype=name,
                n_clusters=len(jaccard),
                n_operators=own.height,
                recovered_50=_mean(jaccard >= 0.5),
                recovered_80=_mean(jaccard >= 0.8),
                bcubed=_bcubed(own),
            )
        )
    return tuple(out)
