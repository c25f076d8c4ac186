"""The figures of the evaluation's page: reliability, ranking, recovery, archetypes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from coterie.reports.figures import chart, ink
from coterie.reports.text import figure_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl

MOST_MARKS = 3_000
_LEGEND = {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"}
_MARGIN = {"l": 8, "r": 12, "t": 34, "b": 8}


def reliability(bins: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Share of right clusters against mean score, one mark a bin, with its clusters counted.

    Args:
        bins: as ``Calibration.bins``, as plain data.
    """
    import plotly.graph_objects as go

    full = [b for b in bins if b["n"]]
    x = [round(b["mean_score"], 4) for b in full]
    y = [round(b["share_right"], 4) for b in full]
    ideal = go.Scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        name="what the score says",
        line={"color": ink("mute"), "dash": "dot", "width": 1.5},
        hoverinfo="skip",
    )
    found = go.Scatter(
        x=x,
        y=y,
        mode="markers+lines",
        name="what was found",
        marker={"color": ink("acc"), "size": 10},
        line={"color": ink("acc"), "width": 1},
        error_y={
            "type": "data",
            "symmetric": False,
            "array": [round(b["interval"][1] - b["share_right"], 4) for b in full],
            "arrayminus": [round(b["share_right"] - b["interval"][0], 4) for b in full],
            "color": ink("acc"),
            "thickness": 1.2,
            "width": 4,
        },
        text=[
            f"score {b['low']:.1f}-{b['high']:.1f}: {b['n_right']:,} of {b['n']:,} right, "
            f"mean score {b['mean_score']:.2f}"
            for b in full
        ],
        hovertemplate="%{text}<extra></extra>",
    )
    counts = go.Bar(
        x=[(b["low"] + b["high"]) / 2 for b in bins],
        y=[b["n"] for b in bins],
        width=0.09,
        text=[f"{b['n']:,}" if b["n"] else "" for b in bins],
        textposition="outside",
        cliponaxis=False,
        showlegend=False,
        marker={"color": ink("mute")},
        hovertemplate="%{y} clusters<extra></extra>",
        yaxis="y2",
    )
    most = max([b["n"] for b in bins], default=0)
    return chart(
        [ideal, found, counts],
        height=340,
        showlegend=True,
        legend=_LEGEND,
        margin=_MARGIN,
        xaxis={"title": {"text": "score"}, "range": [-0.02, 1.02]},
        yaxis={
            "domain": [0.32, 1],
            "title": {"text": "share right"},
            "range": [-0.04, 1.04],
        },
        yaxis2={
            "domain": [0, 0.22],
            "title": {"text": "clusters"},
            "range": [0, 1.45 * max(most, 1)],
            "nticks": 3,
        },
    )


def ranking(curve: pl.DataFrame) -> dict[str, Any]:
    """Precision and recall among the accounts of the best clusters.

    Args:
        curve: k, precision, recall.
    """
    import plotly.graph_objects as go

    k = curve["k"].to_list()
    traces = [
        go.Scatter(
            x=k,
            y=curve[name].round(4).to_list(),
            mode="lines",
            name=name,
            line={"color": ink(colour), "width": 2.5, "dash": dash},
            hovertemplate="the first %{x:,} accounts: " + name + " %{y:.3f}<extra></extra>",
        )
        for name, colour, dash in (("precision", "acc", "solid"), ("recall", "hot", "dash"))
    ]
    return chart(
        traces,
        height=340,
        showlegend=True,
        legend=_LEGEND,
        margin=_MARGIN,
        xaxis={
            "type": "log",
            "title": {"text": "accounts taken, best clusters first (log scale)"},
            "dtick": 1,
        },
        yaxis={"range": [-0.03, 1.03], "title": {"text": "share"}},
    )


def recovery(truth: pl.DataFrame) -> dict[str, Any]:
    """Each truth cluster by size and by how well its best found cluster covers it.

    Args:
        truth: as ``Compared.truth``; the first 3,000 rows (the worst recovered) are drawn.
    """
    import plotly.graph_objects as go

    rows = truth.head(MOST_MARKS)
    size = rows["n_operators"].to_list()
    texts = [
        f"{figure_text(c)}{f' ({figure_text(a)})' if a else ''}<br>"
        f"{found:,} of {n:,} accounts found, Jaccard {j:.2f}"
        for c, a, found, n, j in rows.select(
            "cluster", "archetype", "n_found", "n_operators", "jaccard"
        ).iter_rows()
    ]
    marks = go.Scatter(
        x=size,
        y=rows["jaccard"].round(4).to_list(),
        mode="markers",
        marker={"color": ink("acc"), "size": 9, "symbol": "circle", "opacity": 0.8},
        text=texts,
        hovertemplate="%{text}<extra></extra>",
    )
    low, high = (0.8 * min(size), 1.25 * max(size)) if size else (0.9, 2.0)
    bars = [
        go.Scatter(
            x=[low, high],
            y=[at, at],
            mode="lines",
            hoverinfo="skip",
            line={"color": ink("mute"), "dash": "dot", "width": 1.2},
        )
        for at in (0.5, 0.8)
    ]
    return chart(
        [*bars, marks],
        height=340,
        xaxis={
            "type": "log",
            "title": {"text": "accounts in the truth cluster (log scale)"},
            "tickvals": [t * 10**e for e in range(7) for t in (1, 2, 5)],
            "ticktext": [f"{t * 10**e:,}" for e in range(7) for t in (1, 2, 5)],
        },
        yaxis={
            "range": [-0.04, 1.05],
            "title": {"text": "best Jaccard index"},
            "tickvals": [0, 0.2, 0.5, 0.8, 1],
        },
        hovermode="closest",
    )


def archetypes(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """B-cubed precision, recall and F of each archetype.

    Args:
        rows: as ``Evaluation.archetypes``, as plain data.
    """
    import plotly.graph_objects as go

    places = list(range(len(rows)))
    names = [figure_text(r["archetype"], 24) for r in rows]
    traces = [
        go.Bar(
            x=places,
            y=[round(r["bcubed"][part] or 0.0, 4) for r in rows],
            name=part if part != "f" else "F",
            marker={"color": ink(colour), "pattern": {"shape": shape}},
            customdata=names,
            hovertemplate="%{customdata}: " + part + " %{y:.3f}<extra></extra>",
        )
        for part, colour, shape in (
            ("precision", "acc", ""),
            ("recall", "hot", "/"),
            ("f", "mute", ""),
        )
    ]
    return chart(
        traces,
        height=340,
        barmode="group",
        showlegend=True,
        legend=_LEGEND,
        margin=_MARGIN,
        xaxis={"tickvals": places, "ticktext": names},
        yaxis={"range": [0, 1.03], "title": {"text": "B-cubed"}},
    )
