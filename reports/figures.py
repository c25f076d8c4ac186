"""Figures drawn by plotly: built here with plotly.py, drawn by ``script/figures.js``.

Colours are names of the style sheet (``--ink``), so that one figure serves light and dark. Every
text that comes from data passes ``figure_text``: plotly reads its strings as markup.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from coterie.reports.names import OTHER, part_family
from coterie.reports.text import fact, figure_text, share
from coterie.reports.traces import bar, figure, marks

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import polars as pl

    Array = np.ndarray[Any, Any]

# plotly.py wants real colours: each name has a colour of its own that no figure uses otherwise.
_INKS = (
    "ink", "mute", "line", "bg", "panel", "acc", "hot", "good", "t-lead", "t-linked",
    "t-coordinated", "t-confirmed", "f-payment", "f-device", "f-network", "f-prompt", "f-identity",
    "f-relation", "f-timing",
)  # fmt: skip
TIERS = ("confirmed", "coordinated", "linked", "lead")
_MOST_MARKS = 1_200
WATERFALL = 300
"""Height of the waterfall, pixels."""
_SYMBOLS = {"confirmed": "star", "coordinated": "diamond", "linked": "circle", "lead": "x-thin"}


_STAND_IN = {f"#0000{at + 1:02x}": f"--{name}" for at, name in enumerate(_INKS)}
# Where plotly keeps texts: never read as colours.
_TEXTS = frozenset({"text", "ticktext", "customdata", "hovertemplate"})


def ink(name: str) -> str:
    """The stand-in colour of a name of the style sheet; two hexadecimal digits after it thin it out."""
    return f"#0000{_INKS.index(name) + 1:02x}"


def _named(part: Any) -> Any:
    if isinstance(part, dict):
        return {k: v if k in _TEXTS else _named(v) for k, v in part.items()}
    if isinstance(part, (list, tuple)):
        return [_named(v) for v in part]
    if not isinstance(part, str) or part[:7] not in _STAND_IN or len(part) not in {7, 9}:
        return part
    return _STAND_IN[part[:7]] + (f"/{part[7:]}" if len(part) == 9 else "")


def _axis(axis: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    title = {**axis["title"], **more.get("title", {})}
    return {**axis, **more, "title": title}


def chart(traces: list[Any], **layout: Any) -> dict[str, Any]:
    """A figure in the report's dress, as plain data for ``script/figures.js``.

    Args:
        traces: traces of plotly, or those of ``traces.py`` for figures that are made by the
            thousand; their texts have passed ``figure_text``.
        **layout: parts of the layout; axes get the common look under them.
    """
    axis = {
        "gridcolor": ink("line"),
        "zeroline": False,
        "linecolor": ink("mute"),
        "automargin": True,
        "title": {"font": {"size": 13}, "standoff": 8},
        "fixedrange": True,
    }
    base: dict[str, Any] = {
        "template": "none",
        "paper_bgcolor": ink("bg"),
        "plot_bgcolor": ink("bg"),
        "font": {"family": "system-ui, sans-serif", "size": 13, "color": ink("ink")},
        "margin": {"l": 8, "r": 12, "t": 8, "b": 8},
        "showlegend": False,
        "hoverlabel": {"bgcolor": ink("ink"), "font": {"color": ink("bg")}, "align": "left"},
    }
    for name, more in layout.items():
        base[name] = _axis(axis, more) if "axis" in name else more
    if all(isinstance(trace, dict) for trace in traces):
        found = _named(figure(traces, base))
    else:
        import plotly.graph_objects as go

        found = _named(go.Figure(data=traces, layout=base).to_plotly_json())
    found["layout"].pop("template", None)
    return dict(found)


def scatter(clusters: pl.DataFrame) -> dict[str, Any]:
    """Clusters by size and score, tier by colour and symbol.

    Args:
        clusters: with cluster_id, size, score, tier, class.

    Returns:
        The figure; ``customdata`` is the cluster's place in ``clusters``, -1 for a mark that stands
        for several: beyond 1,200 clusters, leads and linked ones on the same spot share a mark,
        and so do the others where there are more than 600.
    """
    import numpy as np
    import plotly.graph_objects as go

    traces = []
    tier = clusters["tier"].to_numpy()
    size, score = clusters["size"].to_numpy(), clusters["score"].fill_null(0.0).to_numpy()
    label = [
        f"{figure_text(i)}<br>{n:,} accounts · score {s:.2f} · {figure_text(c or '–')}"
        for i, n, s, c in zip(
            clusters["cluster_id"], size.tolist(), score.tolist(), clusters["class"], strict=True
        )
    ]
    for name in reversed(TIERS):
        at = np.flatnonzero(tier == name)
        if not at.size:
            continue
        thin = name == "lead"
        crowded = clusters.height > _MOST_MARKS and (
            name in {"lead", "linked"} or at.size > _MOST_MARKS // 2
        )
        x, y, one, many = _spots(size[at], score[at], crowded=crowded)
        diameter = (6 if crowded else 7 if thin else 10) + np.minimum(1.3 * np.log2(many), 8.0)
        traces.append(
            go.Scatter(
                x=x.astype(np.float32),
                y=y.round(3).astype(np.float32),
                customdata=np.where(many == 1, at[one], -1).astype(np.int32),
                text=[
                    label[at[i]] if k == 1 else f"{k:,} clusters near {n:,.0f} accounts"
                    for i, k, n in zip(one.tolist(), many.tolist(), x.tolist(), strict=True)
                ],
                mode="markers",
                name=name,
                hovertemplate="%{text}<extra>" + name + "</extra>",
                marker={
                    "size": diameter.round(1).astype(np.float32) if crowded else diameter[0],
                    "symbol": _SYMBOLS[name],
                    "color": ink(f"t-{name}"),
                    "opacity": 0.85,
                    "line": {
                        "width": 1.4 if thin else 0.6,
                        "color": ink(f"t-{name}") if thin else ink("bg"),
                    },
                },
            )
        )
    low, high = (float(np.log10(max(size.min(), 1))), float(np.log10(max(size.max(), 2)))) if (
        size.size
    ) else (0.0, 2.0)  # fmt: skip
    ticks = [t * 10**e for e in range(7) for t in (1, 2, 5)]
    return chart(
        traces,
        height=340,
        showlegend=True,
        legend={
            "orientation": "h",
            "x": 0,
            "y": 1.02,
            "yanchor": "bottom",
            "traceorder": "reversed",
        },
        margin={"l": 8, "r": 12, "t": 34, "b": 8},
        xaxis={
            "type": "log",
            "title": {"text": "accounts in the cluster (log scale)"},
            "range": [low - 0.08, high + 0.12],
            "tickvals": ticks,
            "ticktext": [f"{t:,}" for t in ticks],
            "fixedrange": False,
        },
        yaxis={"title": {"text": "score"}, "range": [-0.03, 1.05], "fixedrange": False},
        hovermode="closest",
        dragmode="zoom",
    )


def _spots(size: Array, score: Array, *, crowded: bool) -> tuple[Array, Array, Array, Array]:
    """Where marks stand: one a cluster, or where it is crowded one a spot of the plane.

    Returns:
        Mean size and mean score of each mark, the place of its first cluster, how many it stands for.
    """
    import numpy as np

    if not crowded:
        n = size.size
        return size.astype(float), score, np.arange(n), np.ones(n, dtype=np.int64)
    spot = np.round(np.log10(np.maximum(size, 1)) * 16) * 1000 + np.round(score * 25)
    _, one, which, many = np.unique(
        spot, return_index=True, return_inverse=True, return_counts=True
    )
    return (
        np.bincount(which, size) / many,
        np.bincount(which, score) / many,
        one,
        many,
    )


def waterfall(parts: Sequence[dict[str, Any]], score: float | None) -> dict[str, Any]:
    """The score as the sum of its parts, in bits: one bar a family of evidence.

    Args:
        parts: ``{name, value, bits}``, those of a family in the order in which they are told.
        score: the score that the sum gives, 0..1.
    """
    names, bits, base, colours, texts, hover = [], [], [], [], [], []
    total = 0.0
    for family, inside in by_family(parts):
        step = sum(p["bits"] for p in inside)
        names.append(figure_text(family, 30))
        bits.append(round(step, 3))
        base.append(round(total, 3))
        colours.append(ink(f"f-{family}") if f"f-{family}" in _INKS else ink("mute"))
        texts.append(_signed(step))
        hover.append(
            "<br>".join(
                f"{figure_text(p['name'])}: {figure_text(fact(p.get('value')))} · {p['bits']:+.2f} bits"
                for p in inside[:8]
            )
        )
        total += step
    names.append(
        "sum"
        if score is None
        else f"sum: score {share(score)}".replace("<", "&lt;").replace(">", "&gt;")
    )
    bits.append(round(total, 3))
    base.append(0.0)
    colours.append(ink("ink"))
    texts.append(_signed(total))
    hover.append(f"sum: {total:+.2f} bits")
    places = list(range(len(names)))
    ends = [b + s for b, s in zip(base, bits, strict=True)] + base
    low, high = min(ends), max(ends)
    room = max(high - low, 1.0)
    return chart(
        [
            bar(
                orientation="h",
                y=places,
                x=bits,
                base=base,
                marker={"color": colours},
                text=texts,
                textposition="outside",
                cliponaxis=False,
                customdata=hover,
                hovertemplate="%{customdata}<extra></extra>",
                textfont={"color": ink("ink")},
            )
        ],
        height=WATERFALL,
        bargap=0.35,
        xaxis={
            "title": {"text": "bits of evidence for one operator"},
            "range": [low - 0.2 * room, high + 0.2 * room],
            "zeroline": True,
            "zerolinecolor": ink("mute"),
        },
        yaxis={
            "autorange": "reversed",
            "tickvals": places,
            "ticktext": names,
            "gridcolor": ink("bg"),
            "ticklabelstandoff": 6,
        },
    )


def _signed(bits: float) -> str:
    said = f"{bits:+.1f}".replace("-", "−")
    return "0.0" if said[1:] == "0.0" else said


def by_family(parts: Sequence[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    """The parts of a score by family: the prior, then the families by bits, what is left last."""
    found: dict[str, list[dict[str, Any]]] = {}
    for part in parts:
        found.setdefault(part_family(part["name"]), []).append(part)
    rank = {"prior": 0, OTHER: 2}
    return sorted(
        found.items(),
        key=lambda f: (rank.get(f[0], 1), -abs(sum(p["bits"] for p in f[1])), f[0]),
    )


def combinations(
    kinds: Sequence[str], families: Sequence[str], masks: np.ndarray[Any, Any], most: int = 12
) -> tuple[dict[str, Any], list[tuple[str, int]]]:
    """Which kinds of evidence tie the accounts, in combination (an UpSet picture).

    Args:
        kinds: names of the kinds.
        families: the family of each kind.
        masks: int64 per account: bit k is set when it shares a value of kind k.
        most: how many combinations are drawn.

    Returns:
        The figure, and every combination in words with its accounts, most first.
    """
    import numpy as np

    found, count = np.unique(masks, return_counts=True)
    order = np.lexsort((found, -count))
    found, count = found[order], count[order]
    rows = [
        (
            " + ".join(k for i, k in enumerate(kinds) if mask >> i & 1) or "nothing shared",
            int(c),
        )
        for mask, c in zip(found.tolist(), count.tolist(), strict=True)
    ]
    drawn = found[:most].tolist()
    x = list(range(len(drawn)))
    members = [int(((masks >> i) & 1).sum()) for i in range(len(kinds))]
    traces = [
        bar(
            x=x,
            y=count[:most].astype(np.int32),
            text=[f"{c:,}" for c in count[:most].tolist()],
            textposition="outside",
            textangle=0,
            constraintext="none",
            cliponaxis=False,
            marker={"color": ink("mute")},
            customdata=[figure_text(r[0], 120) for r in rows[:most]],
            hovertemplate="%{customdata}: %{y} accounts<extra></extra>",
            yaxis="y2",
        )
    ]
    # One trace for all the lines, broken by None: traces are what costs plotly.py time.
    spans = [[i for i in range(len(kinds)) if mask >> i & 1] for mask in drawn]
    lines = [(c, on[0], on[-1]) for c, on in enumerate(spans) if len(on) > 1]
    traces.append(
        marks(
            x=[x for c, _, _ in lines for x in (c, c, None)],
            y=[y for _, low, high in lines for y in (low, high, None)],
            mode="lines",
            line={"color": ink("mute"), "width": 2},
            hoverinfo="skip",
        )
    )
    dots = [(c, i, bool(mask >> i & 1)) for c, mask in enumerate(drawn) for i in range(len(kinds))]
    traces.append(
        marks(
            x=[d[0] for d in dots],
            y=[d[1] for d in dots],
            mode="markers",
            hoverinfo="skip",
            marker={
                "size": 13,
                "color": [ink(f"f-{families[d[1]]}") if d[2] else ink("line") for d in dots],
                "symbol": ["circle" if d[2] else "circle-open" for d in dots],
            },
        )
    )
    below = min(0.62, 0.12 + 0.09 * len(kinds))
    return chart(
        traces,
        height=200 + 30 * max(len(kinds), 2),
        margin={"l": 8, "r": 12, "t": 22, "b": 8},
        bargap=0.45,
        xaxis={"visible": False, "range": [-0.7, max(len(drawn), 6) - 0.3]},
        yaxis={
            "domain": [0, below],
            "range": [len(kinds) - 0.4, -0.6],
            "tickvals": list(range(len(kinds))),
            "ticktext": [
                f"{figure_text(k, 24)} ({n:,})" for k, n in zip(kinds, members, strict=True)
            ],
            "gridcolor": ink("bg"),
            "ticklabelstandoff": 8,
        },
        yaxis2={
            "domain": [below + 0.06, 1],
            "title": {"text": "accounts"},
            "rangemode": "tozero",
            "nticks": 4,
        },
    ), rows
