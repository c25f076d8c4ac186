"""Compare found clusters with the truth: accounts, pairs, B-cubed, recovery, ranking.

Truth items are *operator* accounts. Honest customers of a reseller (role ``customer``) are not
sought; they count as bystanders, and are reported on their own. All numbers come from one table of
counts per (found cluster, truth cluster), so that the cost is linear in members plus truth.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from coterie.errors import InputError
from coterie.graphs.calibration import calibrate
from coterie.graphs.evaluate_rows import (
    TIERS,
    bcubed_items,
    known_truth,
    marked,
    members_of,
    precision_at_each,
    require,
)
from coterie.graphs.evaluation import (
    ArchetypeScore,
    Benign,
    Customers,
    Evaluation,
    Score,
    TierScore,
)
from coterie.graphs.ranking import TOP, rank

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coterie.graphs.ranking import Ranking

__all__ = ["Evaluation", "average_precision", "evaluate"]


def evaluate(
    members: pl.DataFrame,
    clusters: pl.DataFrame,
    truth: pl.DataFrame,
    n_accounts: int | None = None,
    top: Sequence[int] = TOP,
    linked: pl.DataFrame | None = None,
    n_absent: int = 0,
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
        linked: account_id, bits (of all links of the account) and known_bits (of its links to
            operators), one row a linked account; None leaves the rankings by links out.
        n_absent: operators that the platform does not have, for the report.

    Returns:
        All metrics.

    Raises:
        InputError: a column is missing or the truth is empty.
    """
    require("members", members, ("account_id", "cluster_id"))
    require("clusters", clusters, ("cluster_id", "score", "tier"))
    require("truth", truth, ("account_id", "cluster"))
    known = known_truth(truth)
    if known.is_empty():
        raise InputError("the truth names no account that is in a cluster")
    found = members_of(members, clusters)
    operators = known.filter(pl.col("role") == "operator")
    found = marked(found, known)
    n_known = known.height
    benign_accounts = None if n_accounts is None else max(0, n_accounts - n_known)
    items = bcubed_items(found, operators)
    core_items = bcubed_items(found.filter(pl.col("role") != "fringe"), operators)
    best = _best_jaccard(found, operators)
    judged = found.group_by("cluster_id").agg(
        size=pl.len(), known=pl.col("known").sum(), score=pl.col("score").first()
    )
    positive = judged["known"].to_numpy() * 2 >= judged["size"].to_numpy()
    scores, sizes = judged["score"].to_numpy(), judged["size"].to_numpy().astype(np.float64)
    tiers = _tiers(found, operators.height)
    return Evaluation(
        n_truth_clusters=known["cluster"].n_unique(),
        n_operators=operators.height,
        n_clusters=judged.height,
        n_members=found.height,
        tiers=tiers,
        pairs=_pairs(found, operators),
        bcubed=_bcubed(items),
        bcubed_core=_bcubed(core_items),
        recovered_50=_mean(best["jaccard"].to_numpy() >= 0.5),
        recovered_80=_mean(best["jaccard"].to_numpy() >= 0.8),
        average_precision=average_precision(scores, positive, np.ones(len(scores))),
        average_precision_weighted=average_precision(scores, positive, sizes),
        precision_at=precision_at_each(found, top),
        benign=_benign(found, judged, benign_accounts),
        customers=_customers(found, known),
        calibration=calibrate(scores, positive),
        archetypes=_archetypes(items, best, known, [t.tier for t in tiers])
        if "archetype" in truth.columns
        else (),
        rankings=_rankings(found, operators, linked, n_accounts, top),
        n_absent=n_absent,
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


def _rankings(
    found: pl.DataFrame,
    operators: pl.DataFrame,
    linked: pl.DataFrame | None,
    n_accounts: int | None,
    top: Sequence[int],
) -> tuple[Ranking, ...]:
    """Every account ranked by its cluster's score, by its links, by its links to operators."""
    if n_accounts is None:
        return ()
    sought = operators["account_id"].implode()
    frames = {"score of their cluster": found.select("account_id", by="score")}
    if linked is not None:
        frames["bits of their links"] = linked.select("account_id", by="bits")
        frames["bits of their links to operators, own label hidden"] = linked.select(
            "account_id", by="known_bits"
        ).filter(pl.col("by") > 0)
    out = []
    for name, frame in frames.items():
        right = frame["account_id"].is_in(sought).to_numpy()
        # The truth may know accounts that the sweep's window does not hold.
        whole = max(n_accounts, operators.height + int((~right).sum()))
        out.append(rank(name, frame["by"].to_numpy(), right, whole, operators.height, top))
    return tuple(out)


def _customers(found: pl.DataFrame, known: pl.DataFrame) -> Customers:
    n = known.filter(pl.col("role") == "customer").height
    inside = found.filter(pl.col("role_right") == "customer")
    core = int((inside["role"] == "core").sum())
    return Customers(n, inside.height, core, 1 - core / n if n else None)


def _archetypes(
    items: pl.DataFrame, best: pl.DataFrame, known: pl.DataFrame, tiers: list[str]
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
                recall={
                    t: _mean(own["tier"].fill_null("").is_in(TIERS[TIERS.index(t) :]).to_numpy())
                    for t in tiers
                },
            )
        )
    return tuple(out)
