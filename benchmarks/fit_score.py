"""Fit the weights of the cluster score on simulated worlds (method, section 6).

    python -m benchmarks.fit_score [--accounts 20000] [--write]

A logistic regression over the features of ``coterie.graphs.judge``, ridge-penalised, with no weight below
0 (more sharing never lowers the score), so that the score is monotone. Worlds of four evasions, with and without doubled confounders, without prompts,
free accounts only; seeds are not those of the other benchmarks. Half of the worlds are held back for
the printed check. The thresholds are the lowest scores with at most 1 % (coordinated) and 10 %
(linked) false clusters at or above them on the fitting half.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import polars as pl
from benchmarks.worlds import loaded

from coterie.graphs.judge import FEATURES
from coterie.graphs.weights import fit, predict, threshold
from coterie.loaders.simulate import WorldOptions

TARGET = Path(__file__).parents[1] / "graphs" / "score_weights.json"
RIDGE = 0.0004


def worlds(accounts: int) -> list[WorldOptions]:
    plain = [
        WorldOptions(accounts=accounts, seed=seed, evasion=evasion)
        for seed in (501, 502)
        for evasion in (0.2, 0.5, 0.8, 1.0)
    ]
    other = [
        WorldOptions(accounts=accounts, seed=511, evasion=0.5, confounders=2.0),
        WorldOptions(accounts=accounts, seed=512, evasion=0.5, confounders=2.0),
        WorldOptions(accounts=accounts, seed=513, evasion=0.5, prompts=False),
        WorldOptions(accounts=accounts, seed=514, evasion=0.5, prompts=False),
        WorldOptions(accounts=accounts, seed=515, evasion=0.8, free_only=True),
        WorldOptions(accounts=accounts, seed=516, evasion=0.8, free_only=True),
    ]
    return plain + other


def clusters_of(options: WorldOptions) -> pl.DataFrame:
    """One row a cluster: its features, and whether most members are a campaign's."""
    with loaded(options) as (workspace, path):
        truth = pl.read_parquet(path)
        members = workspace.sweep().members()
        clusters = workspace.query("SELECT * FROM current_clusters")
    positive = (
        members.join(truth, on="account_id", how="left")
        .group_by("cluster_id")
        .agg((pl.col("cluster").is_not_null().mean() >= 0.5).alias("positive"))
    )
    rows = clusters.join(positive, on="cluster_id").sort("cluster_id")
    features = rows["features"].cast(pl.String).to_list()
    values = [[json.loads(text)[name] for name in FEATURES] for text in features]
    frame = pl.DataFrame(values, schema=list(FEATURES), orient="row")
    return frame.with_columns(rows["positive"], rows["size"].alias("members"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--accounts", type=int, default=20_000)
    parser.add_argument("--write", action="store_true", help=f"replace {TARGET.name}")
    arguments = parser.parse_args()
    frames = []
    for at, options in enumerate(worlds(arguments.accounts)):
        frames.append(
            clusters_of(options).with_columns(half=pl.lit(at % 2), evasion=options.evasion)
        )
        print(
            options.seed,
            options.evasion,
            frames[-1].height,
            frames[-1]["positive"].sum(),
            flush=True,
        )
    rows = pl.concat(frames)
    x, y = rows.select(list(FEATURES)).to_numpy(), rows["positive"].to_numpy()
    first = rows["half"].to_numpy() == 0
    w = fit(x[first], y[first], RIDGE)
    score = predict(w, x)
    spec = {
        "intercept": round(float(w[0]), 4),
        "weights": {name: round(float(v), 4) for name, v in zip(FEATURES, w[1:], strict=True)},
        "coordinated": round(max(0.5, threshold(score[first], y[first], 0.01)), 4),
        "linked": round(max(0.2, threshold(score[first], y[first], 0.10)), 4),
        "fitted": f"python -m benchmarks.fit_score --accounts {arguments.accounts} --write",
    }
    print(json.dumps(spec, indent=2))
    held, truth = score[~first], y[~first]
    print("held-back worlds, reliability: score band, clusters, share of true clusters")
    for low in np.arange(0, 1, 0.1):
        band = (held >= low) & (held < low + 0.1 + 1e-9)
        if band.any():
            print(f"  {low:.1f}-{low + 0.1:.1f} {band.sum():6d} {truth[band].mean():.3f}")
    for tier in ("coordinated", "linked"):
        at = held >= spec[tier]
        print(f"{tier}: {at.sum()} clusters, {100 * (~truth[at]).mean():.2f} % false, "
              f"{100 * at[truth].mean():.1f} % of the true ones")  # fmt: skip
    if arguments.write:
        TARGET.write_text(json.dumps(spec, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
