"""Judging a cluster: features, score, tier, class, guards, sentence (method, section 6).

Everything here is polars over one row a cluster. Features leave out the cluster's commonest value of
each kind, so that one NAT, one company card or one viral prompt counts nothing.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import polars as pl

from coterie.graphs.hours import synchrony
from coterie.graphs.judge_words import BURST, HOUSEHOLD, guard_texts, sentence
from coterie.queries.run import run

if TYPE_CHECKING:
    from coterie.graphs.hours import Hours
    from coterie.queries.store import Store

# feature: (lowest, highest), in the order of the weights file. None speaks against a cluster: a
# penalty for resting on one value would be a reward for hiding it; leaving the commonest value of
# each kind out does that work.
FEATURES: dict[str, tuple[float, float]] = {
    "payment": (0, 10),
    "device": (0, 10),
    "prompt": (0, 16),
    "identity": (0, 10),
    "synchrony": (0, 1),
    "lift": (0, 2),
    "rhythm": (0, 3),
    "burst": (0, 7),
    "enforcement": (-2, 4),
    "exclusive": (0, 1),
    "log_size": (0, 15),
}
LABELS = {
    "payment": "payment values shared, without the commonest",
    "device": "devices shared, without the commonest",
    "prompt": "prompt templates shared, without the commonest",
    "identity": "identity values shared, without the commonest",
    "synchrony": "members active in the same hours of the same days",
    "lift": "company in their hours against moved days",
    "rhythm": "daily schedule unlike everybody's",
    "burst": "signed up within three days",
    "enforcement": "banned members",
    "exclusive": "shared values are not used by others",
    "log_size": "size",
}


@cache
def weights() -> dict[str, Any]:
    """The fitted weights: intercept, one weight a feature, tier thresholds, how they were fitted."""
    text = (files("coterie.graphs") / "score_weights.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def prepare(work: Store) -> None:
    """Leave the profiles of the final clusters: base, mass, profile, value_in."""
    for step in ("judge/final_base", "refine/mass", "refine/profile", "judge/value_in"):
        run(work, step)


def gather(work: Store, hours: Hours) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Collect one row a cluster, and one row a cluster and kind, from the judgement's tables.

    Args:
        work: the working store after :func:`prepare`.
        hours: the members' active hours.

    Returns:
        ``clusters`` (c, the features of :data:`FEATURES` and the facts behind them) and ``kinds``
        (as ``judge/cluster_kind``).
    """
    run(work, "judge/member_bits")
    signup, kinds, rhythm, base = (
        _frame(work, name)
        for name in ("judge/signup", "judge/cluster_kind", "judge/rhythm", "refine/base_rows")
    )
    clusters = signup.join(synchrony(hours, base), on="c", how="left").join(
        rhythm, on="c", how="left"
    )
    by_family = _pivot(kinds, "family", "mean_less", "sum")
    support = _pivot(kinds.filter(pl.col("strong")), "family", "support_less", "max", "support_")
    any_support = _pivot(kinds, "family", "support", "max", "any_")
    wide = [by_family, support, any_support]
    for kind, name in (("ip", "ip_hub"), ("payment", "payment_hub"), ("email_domain", "mail_hub")):
        one = kinds.filter(pl.col("kind") == kind)
        wide.append(one.select("c", pl.col("top_share").alias(f"{name}_top")))
    exclusive = (
        # Addresses and days of sign-up are shared with strangers as a matter of course.
        kinds.filter(~pl.col("family").is_in(["network", "timing"]))
        .group_by("c")
        .agg(
            ((pl.col("exclusive") * pl.col("mean")).sum() / pl.col("mean").sum()).alias("exclusive")
        )
    )
    for frame in [*wide, exclusive]:
        clusters = clusters.join(frame, on="c", how="left")
    return _features(clusters), kinds


def _frame(work: Store, name: str) -> pl.DataFrame:
    frame = work.frame(name)
    decimals = [c for c, t in frame.schema.items() if t.base_type() in (pl.Decimal, pl.Int128)]
    return frame.with_columns(pl.col(decimals).cast(pl.Float64))


def _pivot(kinds: pl.DataFrame, on: str, column: str, how: str, prefix: str = "") -> pl.DataFrame:
    families = ("payment", "network", "device", "prompt", "identity", "relation")
    columns = []
    for family in families:
        picked = pl.col(column).filter(pl.col(on) == family)
        value = picked.max() if how == "max" else picked.sum()
        columns.append(value.fill_null(0.0).alias(prefix + family))
    return kinds.group_by("c").agg(columns)


def _features(clusters: pl.DataFrame) -> pl.DataFrame:
    enough = pl.col("n_created") >= 5
    ratio = (pl.col("burst_n") - 1) / pl.col("n_created") / pl.col("burst_usual").clip(1e-4)
    made = clusters.with_columns(
        synchrony=pl.col("tim").fill_null(0.0),
        lift=pl.col("lift").fill_null(0.0),
        rhythm=pl.col("rhythm").fill_null(0.0),
        burst=pl.when(enough).then(ratio.clip(1e-9).log(2)).otherwise(0.0),
        enforcement=((pl.col("banned") + 0.5) / (0.01 * pl.col("size") + 0.5)).log(2),
        log_size=pl.col("size").cast(pl.Float64).log(2),
    )
    return made.with_columns(
        pl.col(name).fill_null(0.0).clip(low, high).round(6)
        for name, (low, high) in FEATURES.items()
    ).sort("c")


def judge(
    work: Store,
    clusters: pl.DataFrame,
    kinds: pl.DataFrame,
    q_value: pl.DataFrame,
    spec: dict[str, Any] | None = None,
) -> pl.DataFrame:
    """Score, tier, class, guards and sentence of every cluster.

    Args:
        work: the working store with the tables ``membership`` and ``stability``.
        clusters: first frame of :func:`gather`.
        kinds: second frame of :func:`gather`.
        q_value: columns c and q_value of the permutation null.
        spec: weights and thresholds (``coterie.graphs.weights.score_spec``); None: the shipped ones.

    Returns:
        One row a cluster, columns as the statement ``finish/cluster`` reads them.
    """
    spec = weights() if spec is None else spec
    clusters = clusters.join(_frame(work, "judge/roles"), on="c", how="left")
    parts = {name: clusters[name] * spec["weights"].get(name, 0.0) for name in FEATURES}
    logit = sum(
        parts.values(), start=pl.Series([spec["intercept"]] * clusters.height, dtype=pl.Float64)
    )
    clusters = clusters.with_columns(
        logit.alias("logit"), (1 / (1 + (-logit).exp())).round(6).alias("score")
    )
    clusters = clusters.join(q_value, on="c", how="left").with_columns(
        pl.col("q_value").fill_null(1.0)
    )
    clusters = _guards(_families(clusters, kinds))
    clusters = _tiers(clusters, spec)
    clusters = _classes(clusters)
    clusters = sentence(clusters, _counts(work))
    return _explained(clusters, parts, spec["intercept"])


def _families(clusters: pl.DataFrame, kinds: pl.DataFrame) -> pl.DataFrame:
    # Days of sign-up are no family of their own: a company joins in a week, and bursts are counted.
    kinds = kinds.filter(pl.col("family") != "timing")
    supported = (
        kinds.filter(pl.col("support") >= 0.2)
        .group_by("c", "family")
        .agg(pl.col("mean").sum().round(6))
        .sort("c", "mean", "family", descending=[False, True, False])
        .group_by("c", maintain_order=True)
        .agg(pl.col("family").alias("families"))
    )
    n_kinds = kinds.filter(pl.col("support") >= 0.2).group_by("c").agg(pl.len().alias("n_kinds"))
    together = clusters.join(supported, on="c", how="left").join(n_kinds, on="c", how="left")
    timing = (pl.col("synchrony") >= 0.3) | (pl.col("rhythm") >= 1)
    families = pl.col("families").fill_null([])
    return together.with_columns(
        families=pl.when(timing)
        .then(pl.concat_list(families, pl.lit(["timing"])))
        .otherwise(families),
        n_kinds=pl.col("n_kinds").fill_null(0),
        timing=timing,
    )


def _guards(clusters: pl.DataFrame) -> pl.DataFrame:
    strong = sum(
        ((pl.col(f"support_{f}") >= 0.3).cast(pl.Int32) for f in ("payment", "device", "prompt")),
        start=pl.lit(0),
    )
    return clusters.with_columns(n_strong=strong).with_columns(
        is_household=(pl.col("size") <= HOUSEHOLD)
        & (pl.max_horizontal("any_payment", "any_device", "any_network") >= 0.3)
        & (pl.col("rhythm") < 1)
        & (pl.col("support_prompt") < 0.3)
        & (pl.col("burst") < BURST),
        is_organisation=(pl.col("mail_hub_top").fill_null(0) >= 0.5)
        & (pl.col("support_prompt") < 0.3)
        & (pl.col("synchrony") < 0.3)
        & (pl.col("burst") < BURST),
        is_infrastructure=(pl.col("any_network") >= 0.5)
        & (pl.col("n_strong") == 0)
        & (pl.col("synchrony") < 0.3),
        is_popular_prompt=(pl.col("any_prompt") >= 0.5)
        & (pl.max_horizontal("any_payment", "any_device", "any_network", "any_identity") < 0.2)
        & ~((pl.col("burst") >= 2) & (pl.col("timing") | (pl.col("lift") >= 0.5))),
    )


def _tiers(clusters: pl.DataFrame, spec: dict[str, Any]) -> pl.DataFrame:
    benign = pl.any_horizontal(
        "is_household", "is_organisation", "is_infrastructure", "is_popular_prompt"
    )
    several = (pl.col("families").list.len() >= 2) & (pl.col("q_value") < 0.05)
    independent = (pl.col("n_strong") >= 2) | ((pl.col("n_strong") >= 1) & pl.col("timing"))
    prompt_only = pl.col("families").list.set_difference(["prompt", "timing"]).list.len() == 0
    coordinated = (
        several
        & independent
        & (pl.col("stability") >= 0.8)
        & ~benign
        & ~prompt_only
        & (pl.col("score") >= spec["coordinated"])
    )
    linked = several & ~benign & (pl.col("score") >= spec["linked"])
    return clusters.with_columns(
        tier=pl.when(coordinated)
        .then(pl.lit("coordinated"))
        .when(linked)
        .then(pl.lit("linked"))
        .otherwise(pl.lit("lead"))
    )


def _classes(clusters: pl.DataFrame) -> pl.DataFrame:
    one_egress = (pl.col("ip_hub_top").fill_null(0) >= 0.6) | (
        pl.col("payment_hub_top").fill_null(0) >= 0.6
    )
    return clusters.with_columns(
        pl.when("is_household")
        .then(pl.lit("household"))
        .when("is_organisation")
        .then(pl.lit("organisation"))
        .when("is_infrastructure")
        .then(pl.lit("infrastructure"))
        .when("is_popular_prompt")
        .then(pl.lit("unclear"))
        .when(one_egress & (pl.col("support_prompt").is_between(0.1, 0.85)))
        .then(pl.lit("reseller"))
        .when((pl.col("tier") == "coordinated") | (pl.col("score") >= 0.5))
        .then(pl.lit("operator"))
        .otherwise(pl.lit("unclear"))
        .alias("class")
    )


def _counts(work: Store) -> pl.DataFrame:
    """How many telling values of each kind the members share, a row a cluster."""
    return _frame(work, "judge/telling")


def _explained(
    clusters: pl.DataFrame, parts: dict[str, pl.Series], intercept: float
) -> pl.DataFrame:
    # One JSON text a cluster: clusters are few (thousands), accounts and rows are not touched here.
    bits = 1.4426950408889634  # logit to bits
    waterfall, features, guards = [], [], []
    facts = clusters.select(
        *FEATURES, "n_created", "burst_n", "burst_usual", "age_spread", "span", "banned", "office",
        "hours", "n_active", "support_payment", "support_device", "support_prompt", "ip_hub_top",
        "payment_hub_top", "mail_hub_top", "n_network_only", "is_household", "is_organisation",
        "is_infrastructure", "is_popular_prompt", "size", "logit",
    ).to_dicts()  # fmt: skip
    columns = {name: series.to_list() for name, series in parts.items()}
    for at, row in enumerate(facts):
        steps = [
            {"name": LABELS[name], "value": row[name], "bits": round(columns[name][at] * bits, 3)}
            for name in FEATURES
            if columns[name][at]
        ]
        steps.sort(key=lambda step: (-abs(step["bits"]), step["name"]))
        steps.insert(0, {"name": "prior", "value": None, "bits": round(intercept * bits, 3)})
        waterfall.append(json.dumps(steps))
        guards.append(json.dumps(guard_texts(row)))
        features.append(json.dumps({k: v for k, v in row.items() if not k.startswith("is_")}))
    return clusters.with_columns(
        pl.Series("waterfall", waterfall, dtype=pl.String),
        pl.Series("features", features, dtype=pl.String),
        pl.Series("guards", guards, dtype=pl.String),
    ).select(
        "c", "size", "score", "tier", "class", "families", "n_kinds", "summary", "stability",
        "q_value", "n_core", "n_fringe", "waterfall", "features", "guards",
    )  # fmt: skip
