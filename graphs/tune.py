"""Choose granularity and thresholds on labelled data, and say honestly what they gain.

Settings are chosen on one half of the truth clusters, one coordinate after the other, and reported on
the other half; ``coterie.graphs.tune_halves`` says who is in which.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from coterie.graphs.evaluate import evaluate
from coterie.graphs.evaluate_rows import TIERS, compare, known_truth
from coterie.graphs.tune_halves import (
    CHOOSE,
    HELD,
    Found,
    half_of,
    halves,
    linked_parts,
    require_enough,
)
from coterie.graphs.tuning import Measure, Tried, Tuning
from coterie.graphs.weights import score_spec, threshold

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from datetime import datetime

    from numpy.typing import NDArray

    from coterie.config import Config, SweepOptions
    from coterie.graphs.tune_halves import Half
    from coterie.queries.store import Store

    Floats = NDArray[np.float64]
    OpenWork = Callable[[], AbstractContextManager[Store]]
    Progress = Callable[[str, int, int], None]

RESAMPLES = 1_000
FALSE_SHARE = 0.01
LOWEST = {"coordinated": 0.5, "linked": 0.2}
GOAL = "goal: mean of B-cubed F and accounts' F at linked and coordinated"
_FACTORS = (0.25, 0.5, 2.0, 4.0)
_BITS = (-2.0, 2.0)
_SIZES = (3, 5, 8, 12)
_RUN = ("resolution", "threshold", "min_size")
# A hair's breadth is no reason to leave the present settings.
_LEAST_GAIN = 1e-3


@dataclass(slots=True)
class _Bench:
    """The runs so far, by the settings that need a run."""

    work: OpenWork
    config: Config
    window: tuple[datetime, datetime]
    truth: pl.DataFrame
    dealt: pl.DataFrame
    runs: dict[tuple[Any, ...], Found] = field(default_factory=dict)

    def found(self, options: SweepOptions) -> Found:
        """What these settings find, tiers by their thresholds; detects unless it has before."""
        if _key(options) not in self.runs:
            with self.work() as store:
                self.runs[_key(options)], _ = _detect(store, self.config, options, self.window)
        return _tiered(self.runs[_key(options)], self.config, options)

    def half(self, options: SweepOptions, half: int) -> Half:
        """What counts of it for one half."""
        return half_of(self.found(options), self.truth, self.dealt, half)


def tune(
    work: OpenWork,
    config: Config,
    window: tuple[datetime, datetime],
    truth: pl.DataFrame,
    *,
    seed: int = 1,
    progress: Progress | None = None,
) -> Tuning:
    """Look for better settings than the present ones.

    Resolution, link threshold and least size are tried one after the other, each value with a run of
    the detection over the facts as loaded; then the scores at which the tiers begin, which need no
    run. A value is taken when it raises the goal on the choosing half: the mean of B-cubed F and of
    the accounts' F at ``linked`` and at ``coordinated`` and above. ``coordinated`` begins at the lowest score with at most
    1 % false clusters at or above it there, and not below .5; ``linked`` where the accounts' F is
    highest, and not below .2.

    Args:
        work: opens a fresh working store over the facts.
        config: the present settings.
        window: start (included) and end (not included) of the window (UTC, naive).
        truth: account_id, cluster and, if known, role and archetype; one cluster is a flag, and is
            cut into the groups that are linked with one another.
        seed: of the halves and of the bootstrap.
        progress: called with what is being tried, runs begun, runs in all.

    Raises:
        InputError: there are too few truth clusters to deal.
    """
    from coterie.graphs.links import threshold_bits

    say = progress or (lambda *_: None)
    present = config.sweep
    total = 1 + len(_FACTORS) + len(_BITS) + len([n for n in _SIZES if n != present.min_size])
    known, note = known_truth(truth), ""
    one_group = known["cluster"].n_unique() == 1
    if not one_group:
        require_enough(known)
    say(f"present settings, run 1 of {total}", 0, total)
    with work() as store:
        first, n_accounts = _detect(store, config, present, window)
        if one_group:
            known, note = linked_parts(known, store)
            require_enough(known, note)
    bench = _Bench(work, config, window, known, halves(known, seed), {_key(present): first})
    bits = threshold_bits(n_accounts, present)
    plan: list[tuple[str, list[Any]]] = [
        ("resolution", [round(present.resolution * f, 4) for f in _FACTORS]),
        ("threshold", [round(bits + step, 1) for step in _BITS]),
        ("min_size", [n for n in _SIZES if n != present.min_size]),
    ]
    best, now = present, _goal(bench.half(present, CHOOSE))
    tried = [("present settings", "", now)]
    for name, values in plan:
        before = best
        for value in values:
            say(f"{name} {value:g}, run {len(tried) + 1} of {total}", len(tried), total)
            options = _set(config, before, name, value)
            goal = _goal(bench.half(options, CHOOSE))
            tried.append((name, f"{value:g}", goal))
            if goal > now + _LEAST_GAIN:
                best, now = options, goal
    say("thresholds", total, total)
    for name, pick in (("linked", _linked), ("coordinated", _coordinated)):
        value = pick(bench, best)
        if value is not None:
            best = _set(config, best, name, value)
            tried.append((name, f"{value:g}", _goal(bench.half(best, CHOOSE))))
    new = {n: getattr(best, n) for n in (*_RUN, "coordinated", "linked")}
    new = {name: value for name, value in new.items() if value != getattr(present, name)}
    count = bench.dealt["half"].value_counts().sort("half")["count"].to_list()
    return Tuning(
        settings=new,
        n_runs=len(bench.runs),
        n_choose=count[CHOOSE],
        n_held=count[HELD],
        note=note,
        tried=tuple(Tried(n, v, g, n in new and f"{new[n]:g}" == v) for n, v, g in tried),
        measures=measures(bench.half(present, HELD), bench.half(best, HELD), seed),
    )


def _key(options: SweepOptions) -> tuple[Any, ...]:
    return tuple(getattr(options, name) for name in _RUN)


def _detect(
    store: Store, config: Config, options: SweepOptions, window: tuple[datetime, datetime]
) -> tuple[Found, int]:
    """Run the detection; tiers are the highest that the rules allow whatever the score."""
    from coterie.graphs.pipeline import detect

    open_tiers = replace(options, coordinated=0.0, linked=0.0)
    detect(store, replace(config, sweep=open_tiers), *window, "tuning")
    tables = {
        name: store.con.table(f"finding_{name}").pl().select(columns)
        for name, columns in (
            ("member", ["account_id", "cluster_id", "role"]),
            ("cluster", ["cluster_id", "score", "tier"]),
        )
    }
    n_accounts = store.con.table("finding_account").count("*").fetchall()[0][0]
    return Found(tables["member"], tables["cluster"]), int(n_accounts)


def _tiered(found: Found, config: Config, options: SweepOptions) -> Found:
    spec = score_spec(_with(config, options))
    tier, score = pl.col("tier"), pl.col("score")
    return Found(
        found.members,
        found.clusters.with_columns(
            highest=tier,
            tier=pl.when((tier == "coordinated") & (score >= spec["coordinated"]))
            .then(pl.lit("coordinated"))
            .when(tier.is_in(TIERS[1:]) & (score >= spec["linked"]))
            .then(pl.lit("linked"))
            .otherwise(pl.lit("lead")),
        ),
    )


def _goal(half: Half) -> float:
    found = evaluate(half.found.members, half.found.clusters, half.truth)
    parts = [found.bcubed.f, *(t.accounts.f for t in found.tiers if t.tier in LOWEST)]
    return sum(part or 0.0 for part in parts) / len(parts)


def _judged(bench: _Bench, options: SweepOptions, tiers: tuple[str, ...]) -> pl.DataFrame:
    """Clusters of the choosing half that may reach the tiers, the best score first."""
    half = bench.half(options, CHOOSE)
    rows = compare(half.found.members, half.found.clusters, half.truth).found
    may = half.found.clusters.filter(pl.col("highest").is_in(tiers))
    return rows.join(may.select("cluster_id"), on="cluster_id", how="semi", maintain_order="left")


def _coordinated(bench: _Bench, options: SweepOptions) -> float | None:
    rows = _judged(bench, options, TIERS[2:])
    if rows.is_empty():
        return None
    score = rows["score"].to_numpy()
    cut = threshold(score, rows["right"].to_numpy(), FALSE_SHARE)
    least = max(LOWEST["coordinated"], score_spec(_with(bench.config, options))["linked"])
    return _moved(bench, options, "coordinated", score, max(cut, least))


def _linked(bench: _Bench, options: SweepOptions) -> float | None:
    rows = _judged(bench, options, TIERS[1:]).filter(pl.col("score") >= LOWEST["linked"])
    if rows.is_empty():
        return None
    score = rows["score"].to_numpy()
    hits = np.cumsum(rows["n_operators"].to_numpy().astype(np.float64))
    taken = np.cumsum(rows["size"].to_numpy().astype(np.float64))
    half = bench.half(options, CHOOSE)
    wanted = half.truth.filter(pl.col("role") == "operator").height
    f = 2 * hits / (taken + wanted)
    ends = np.append(np.flatnonzero(np.diff(score)), len(score) - 1)
    cut = float(score[ends[np.argmax(f[ends])]])
    value = _moved(bench, options, "linked", score, cut)
    if value is None:
        return None
    gain = _goal(bench.half(replace(options, linked=value), CHOOSE)) - _goal(half)
    return value if gain > _LEAST_GAIN else None


def _moved(
    bench: _Bench, options: SweepOptions, tier: str, score: Floats, cut: float
) -> float | None:
    """A threshold half way to the next score below, or None when the present one does the same."""
    present = score_spec(_with(bench.config, options))[tier]
    if np.array_equal(score >= present, score >= cut):
        return None
    below = score[score < cut]
    middle = (cut + float(below.max())) / 2 if len(below) else cut
    return float(np.floor(max(middle, LOWEST[tier]) * 1e4) / 1e4)


def _with(config: Config, options: SweepOptions) -> Config:
    return replace(config, sweep=options)


def _set(config: Config, options: SweepOptions, name: str, value: float) -> SweepOptions:
    return _with(config, options).with_sweep(**{name: value}).sweep


def measures(before: Half, after: Half, seed: int) -> tuple[Measure, ...]:
    """Metrics of two runs on the same half, with bootstrap intervals of the differences.

    Truth clusters are drawn with replacement, and so are the clusters that take accounts wrongly,
    each by itself; both runs meet the same draws, a cluster being the same when its first account is.

    Args:
        before: one run.
        after: the other.
        seed: of the draws.
    """
    sums = [_sums(half) for half in (before, after)]
    names = sorted({name for s in sums for name in s.wrong})
    n = len(sums[0].n)
    rng = np.random.default_rng(seed)
    once = [s.metrics(np.ones((1, n)), np.ones((1, len(names))), names) for s in sums]
    draws = rng.multinomial(n, np.full(n, 1 / n), RESAMPLES).astype(np.float64)
    false = rng.poisson(1.0, (RESAMPLES, len(names))).astype(np.float64)
    drawn = [s.metrics(draws, false, names) for s in sums]
    rows = []
    for name in once[0]:
        change = drawn[1][name] - drawn[0][name]
        known = change[np.isfinite(change)]
        ends = np.percentile(known, [2.5, 97.5]) if known.size else np.full(2, np.nan)
        values = (once[0][name][0], once[1][name][0], *ends)
        rows.append(Measure(name, *(float(v) if np.isfinite(v) else None for v in values)))
    ranked = [
        evaluate(h.found.members, h.found.clusters, h.truth).average_precision
        for h in (before, after)
    ]
    return (*rows, Measure("average precision of cluster score", *ranked))


@dataclass(frozen=True, slots=True)
class _Sums:
    """What metrics are made of.

    Attributes:
        n: operators, one entry a truth cluster in order of its name; so are the next four.
        precision: sum of B-cubed precision over them.
        recall: sum of B-cubed recall over them.
        jaccard: best Jaccard index.
        hits: operators at each tier and above.
        wrong: first account of a found cluster -> {tier: accounts wrongly taken}.
    """

    n: Floats
    precision: Floats
    recall: Floats
    jaccard: Floats
    hits: dict[str, Floats]
    wrong: dict[str, dict[str, int]]

    def metrics(self, draws: Floats, false: Floats, names: list[str]) -> dict[str, Floats]:
        """Each metric for each draw, shape (draws,).

        Args:
            draws: how often each truth cluster counts, shape (draws, truth clusters).
            false: how often each name of ``names`` counts, shape (draws, names).
            names: first accounts of clusters.
        """
        n = draws @ self.n
        precision, recall = draws @ self.precision / n, draws @ self.recall / n
        bcubed = _f(precision, recall)
        out: dict[str, Floats] = {
            "B-cubed F": bcubed,
            "B-cubed precision": precision,
            "B-cubed recall": recall,
        }
        total = draws.sum(axis=1)
        for bar in (0.5, 0.8):
            share = draws @ (self.jaccard >= bar) / total
            out[f"truth clusters recovered, Jaccard >= {bar}"] = share
        for tier in LOWEST:
            hits = draws @ self.hits[tier]
            each = np.array([self.wrong.get(name, {}).get(tier, 0) for name in names], np.float64)
            taken = hits + false @ each
            # Not a number where nothing is taken.
            out[f"accounts, {tier} and above: precision"] = np.divide(
                hits, taken, out=np.full_like(hits, np.nan), where=taken > 0
            )
            out[f"accounts, {tier} and above: recall"] = hits / n
            out[f"accounts, {tier} and above: F"] = 2 * hits / (taken + n)
        goal = (bcubed + sum(out[f"accounts, {tier} and above: F"] for tier in LOWEST)) / 3
        return {GOAL: goal, **out}


def _sums(half: Half) -> _Sums:
    both = compare(half.found.members, half.found.clusters, half.truth)
    truth = both.truth.sort("cluster").with_columns(pl.col(pl.Int64, pl.UInt32).cast(pl.Float64))
    n = truth["n_operators"].to_numpy()
    first = half.found.members.group_by("cluster_id").agg(first=pl.col("account_id").min())
    wrong = (
        both.found.with_columns(wrong=pl.col("size").cast(pl.Int64) - pl.col("n_operators"))
        .filter(pl.col("tier").is_in(TIERS[1:]) & (pl.col("wrong") > 0))
        .join(first, on="cluster_id")
        .select(
            "first", linked="wrong", coordinated=pl.col("wrong") * pl.col("tier").is_in(TIERS[2:])
        )
    )
    return _Sums(
        n,
        n * truth["precision"].to_numpy(),
        n * truth["recall"].to_numpy(),
        truth["jaccard"].to_numpy(),
        {tier: truth[f"n_{tier}"].to_numpy() for tier in LOWEST},
        {row.pop("first"): row for row in wrong.to_dicts()},
    )


def _f(precision: Floats, recall: Floats) -> Floats:
    total = precision + recall
    return np.divide(2 * precision * recall, total, out=np.zeros_like(total), where=total > 0)
