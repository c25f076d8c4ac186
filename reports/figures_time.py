"""Figures over sweeps: one cluster's size and score, and who went from which cluster to which."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from coterie.reports.figures import TIERS, chart, ink
from coterie.reports.text import figure_text
from coterie.reports.traces import bar, marks

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import polars as pl

    Array = np.ndarray[Any, Any]

MOST_STATIONS = 14
"""Clusters of one sweep that the alluvial draws."""
_GAP = 0.03
_BAR = 0.035


def over_sweeps(history: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """A cluster's size (bars) and score (line) over the sweeps.

    Args:
        history: as_of, size, score; oldest first, at least two.
    """
    days = [f"{h['as_of']:%Y-%m-%d}" for h in history]
    places = list(range(len(days)))
    sizes = [h["size"] or 0 for h in history]
    return chart(
        [
            bar(
                x=places,
                y=sizes,
                marker={"color": ink("line")},
                text=[f"{n:,}" for n in sizes] if len(days) <= 16 else None,
                textposition="outside",
                cliponaxis=False,
                customdata=days,
                hovertemplate="%{customdata}: %{y} accounts<extra></extra>",
            ),
            marks(
                x=places,
                y=[None if h["score"] is None else round(h["score"], 3) for h in history],
                mode="lines+markers",
                line={"color": ink("acc"), "width": 2},
                marker={"size": 8, "color": ink("acc")},
                customdata=days,
                hovertemplate="%{customdata}: score %{y:.2f}<extra></extra>",
                yaxis="y2",
            ),
        ],
        height=240,
        margin={"l": 8, "r": 8, "t": 18, "b": 8},
        bargap=0.4,
        xaxis={
            "tickvals": places[:: max(1, len(places) // 8)],
            "ticktext": days[:: max(1, len(places) // 8)],
            "range": [-0.6, max(len(days) - 0.4, 3)],
            "gridcolor": ink("bg"),
        },
        yaxis={
            "title": {"text": "accounts"},
            "rangemode": "tozero",
            "range": [0, 1.18 * max([*sizes, 1])],
            "nticks": 5,
        },
        yaxis2={
            "title": {"text": "score", "font": {"size": 13, "color": ink("acc")}},
            "overlaying": "y",
            "side": "right",
            "range": [0, 1.18],
            "tickvals": [0, 0.5, 1],
            "gridcolor": ink("bg"),
            "tickfont": {"color": ink("acc")},
        },
    )


def alluvial(
    stations: pl.DataFrame, flows: pl.DataFrame, days: Sequence[str]
) -> tuple[dict[str, Any], int, int] | None:
    """Who went from which cluster to which over the sweeps.

    Args:
        stations: step (1-based), cluster_id, size, tier, score.
        flows: step of the earlier sweep, source, target, n.
        days: the sweeps' dates, one a step.

    Returns:
        The figure, and how many clusters of the newest sweep are drawn of how many; None when
        nothing flows.
    """
    import numpy as np
    import plotly.graph_objects as go
    import polars as pl

    drawn = _drawn(stations, flows, len(days))
    kept = stations.join(drawn, on=["step", "cluster_id"], how="inner")
    ends = kept.select("step", "cluster_id")
    bands = flows.join(ends.rename({"cluster_id": "source"}), on=["step", "source"]).join(
        ends.select(pl.col("step") - 1, target="cluster_id"), on=["step", "target"]
    )
    if not bands.height:
        return None
    place = _places(kept, bands, len(days))
    tier_of = {(s, c): t for s, c, t in kept.select("step", "cluster_id", "tier").iter_rows()}
    size_of = {(s, c): n for s, c, n in kept.select("step", "cluster_id", "size").iter_rows()}
    used: dict[tuple[int, str, str], float] = {}
    traces: list[Any] = []
    scale = next(iter(place.values()))[2] if place else 1.0
    t = np.linspace(0.0, 1.0, 17)
    smooth = t * t * (3 - 2 * t)
    ordered = sorted(
        bands.select("step", "source", "target", "n").iter_rows(),
        key=lambda b: (b[0], place[b[0], b[1]][0], place[b[0] + 1, b[2]][0]),
    )
    for step, source, target, n in ordered:
        left, right = (step, source), (step + 1, target)
        y0 = place[left][0] + used.get((*left, "out"), 0.0)
        y1 = place[right][0] + used.get((*right, "in"), 0.0)
        used[(*left, "out")] = used.get((*left, "out"), 0.0) + n * scale
        used[(*right, "in")] = used.get((*right, "in"), 0.0) + n * scale
        x = step + _BAR + (1 - 2 * _BAR) * t
        top = y0 + (y1 - y0) * smooth
        tier = tier_of[right]
        traces.append(
            go.Scatter(
                x=np.concatenate([x, x[::-1]]).round(3).astype(np.float32),
                y=np.concatenate([top, (top + n * scale)[::-1]]).round(4).astype(np.float32),
                mode="lines",
                line={"width": 0, "color": ink(_colour(tier))},
                fill="toself",
                fillcolor=ink(_colour(tier)) + "59",
                hoveron="fills",
                hoverinfo="text",
                text=f"{figure_text(source, 40)} → {figure_text(target, 40)}: {n:,} accounts",
            )
        )
    for name in TIERS:
        nodes = [(k, v) for k, v in place.items() if _colour(tier_of[k]) == f"t-{name}"]
        if nodes:
            traces.append(_bars(nodes, name))
    traces.append(_labels(place, size_of, len(days)))
    tall = max(1.0, *(v[1] for v in place.values()))
    most = max(sum(1 for step, _ in place if step == s) for s in range(1, len(days) + 1))
    newest = int((stations["step"] == len(days)).sum())
    shown = sum(1 for step, _ in place if step == len(days))
    return (
        chart(
            traces,
            height=150 + 34 * most,
            margin={"l": 8, "r": 8, "t": 26, "b": 8},
            xaxis={
                "range": [0.9, len(days) + 0.62],
                "tickvals": list(range(1, len(days) + 1)),
                "ticktext": list(days),
                "side": "top",
                "gridcolor": ink("bg"),
            },
            yaxis={"range": [tall * 1.01, -0.01], "visible": False},
            hovermode="closest",
        ),
        shown,
        newest,
    )


def _colour(tier: str | None) -> str:
    return f"t-{tier}" if tier in TIERS else "t-lead"


def _drawn(stations: pl.DataFrame, flows: pl.DataFrame, steps: int) -> pl.DataFrame:
    """The clusters that are drawn: the best of the newest sweep, and where their members came from.

    Clusters above lead come first, then those that changed, then the large ones.
    """
    import polars as pl

    exchanged = (
        flows.filter((pl.col("step") == steps - 1) & (pl.col("source") != pl.col("target")))
        .select(pl.col("target").alias("cluster_id"), pl.lit(value=True).alias("changed"))
        .unique()
    )
    ranked = (
        stations.filter(pl.col("step") == steps)
        .join(exchanged, on="cluster_id", how="left")
        .sort(
            (pl.col("tier") == "lead").fill_null(value=True),
            pl.col("changed").is_null(),
            -pl.col("size").cast(pl.Int64),
            "cluster_id",
        )
        .head(MOST_STATIONS)
    )
    found = [ranked.select("step", "cluster_id")]
    for step in range(steps - 1, 0, -1):
        into = (
            flows.filter(pl.col("step") == step)
            .join(found[-1].select(target="cluster_id"), on="target", how="semi")
            .group_by("source")
            .agg(pl.col("n").sum())
            .sort(-pl.col("n"), "source")
            .head(MOST_STATIONS)
        )
        found.append(
            into.select(pl.lit(step).cast(ranked["step"].dtype).alias("step"), cluster_id="source")
        )
    return pl.concat(found)


def _places(
    kept: pl.DataFrame, bands: pl.DataFrame, steps: int
) -> dict[tuple[int, str], tuple[float, float, float]]:
    """Where each bar starts and ends (0 at the top) and the height of one account.

    Bars of the first sweep stand by size; later ones where most of their members came from.
    """
    import polars as pl

    by_step = kept.group_by("step").agg(pl.len(), pl.col("size").sum()).rows()
    room = 1.0 - _GAP * (max(n for _, n, _ in by_step) - 1)
    scale = room / max(1, *(total for _, _, total in by_step))
    found: dict[tuple[int, str], tuple[float, float, float]] = {}
    for step in range(1, steps + 1):
        here = kept.filter(pl.col("step") == step).select("cluster_id", "size").rows()
        came: dict[str, tuple[float, float]] = {}
        for source, target, n in (
            bands.filter(pl.col("step") == step - 1).select("source", "target", "n").iter_rows()
        ):
            at, weight = came.get(target, (0.0, 0.0))
            came[target] = (at + n * found[step - 1, source][0], weight + n)
        mean = {c: at / weight for c, (at, weight) in came.items() if weight}
        here.sort(key=lambda node: (mean.get(node[0], 2.0), -node[1], node[0]))
        y = 0.0
        for name, size in here:
            high = max(size * scale, 0.004)
            found[step, name] = (y, y + high, scale)
            y += high + _GAP
    return found


def _bars(nodes: list[Any], tier: str) -> Any:
    """The bars of one tier as a single broken outline."""
    import plotly.graph_objects as go

    x: list[float | None] = []
    y: list[float | None] = []
    for (step, _), (top, bottom, _scale) in nodes:
        x += [step - _BAR, step + _BAR, step + _BAR, step - _BAR, step - _BAR, None]
        y += [round(top, 4), round(top, 4), round(bottom, 4), round(bottom, 4), round(top, 4), None]
    return go.Scatter(
        x=x,
        y=y,
        mode="lines",
        line={"width": 1, "color": ink(f"t-{tier}")},
        fill="toself",
        fillcolor=ink(f"t-{tier}"),
        hoverinfo="skip",
    )


def _labels(
    place: dict[tuple[int, str], tuple[float, float, float]],
    size_of: dict[tuple[int, str], int],
    steps: int,
) -> Any:
    """Names beside the bars: all of the newest sweep, the larger ones of the others."""
    import plotly.graph_objects as go

    named = [(k, v) for k, v in place.items() if k[0] == steps or v[1] - v[0] >= 0.7 * _GAP]
    return go.Scatter(
        x=[step + 1.6 * _BAR for (step, _), _ in named],
        y=[round((top + bottom) / 2, 4) for _, (top, bottom, _) in named],
        text=[f"{figure_text(name, 24)} · {size_of[step, name]:,}" for (step, name), _ in named],
        mode="text",
        textposition="middle right",
        textfont={"size": 12, "color": ink("ink")},
        hoverinfo="skip",
        cliponaxis=False,
    )
