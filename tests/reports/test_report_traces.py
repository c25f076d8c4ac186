"""Figures that are put together without plotly.py are what plotly.py makes of them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go
import pytest

from coterie.reports import figures, traces
from coterie.reports.figures_time import over_sweeps

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

DAY = dt.datetime(2026, 5, 27, tzinfo=dt.UTC)
PARTS: list[dict[str, Any]] = [
    {"name": "prior", "value": None, "bits": -6.6},
    {"name": "payment evidence", "value": 14.2, "bits": 5.125},
    {"name": "rests on one <address>", "value": 0.4, "bits": -0.9},
]
HISTORY = [
    {"as_of": DAY + dt.timedelta(days=7 * i), "size": n, "score": score}
    for i, (n, score) in enumerate([(40, None), (None, 0.5), (120, 0.987654)])
]
MASKS = np.random.default_rng(1).integers(0, 16, 300)
KINDS = ("payment", "device", "ip", "prompt")
FAMILIES = ("payment", "device", "network", "prompt")


def checked(drawn: Sequence[dict[str, Any]], layout: dict[str, Any]) -> dict[str, Any]:
    """What plotly.py says; it raises where a property or a value is wrong."""
    found = go.Figure(data=drawn, layout=layout).to_plotly_json()
    return {"data": found["data"], "layout": found["layout"]}


@pytest.mark.parametrize(
    "made",
    [
        lambda: figures.waterfall(PARTS, 0.97),
        lambda: figures.waterfall(PARTS[:1], None),
        lambda: figures.combinations(KINDS, FAMILIES, MASKS)[0],
        lambda: figures.combinations(KINDS[:1], FAMILIES[:1], MASKS[:1] * 0 + 1)[0],
        lambda: over_sweeps(HISTORY),
        lambda: over_sweeps(HISTORY * 8),
    ],
    ids=["waterfall", "prior only", "combinations", "one kind", "history", "long history"],
)
def test_a_quick_figure_is_the_checked_one(
    made: Callable[[], dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    quick = made()
    monkeypatch.setattr(figures, "figure", checked)
    assert quick == made()


def test_arrays_are_packed_as_plotly_packs_them() -> None:
    for kind in ("int8", "uint16", "int32", "float32", "float64"):
        values = np.arange(6, dtype=kind)
        one = traces.figure([traces.marks(y=values, x=None)], {})
        assert one["data"] == checked([{"type": "scatter", "y": values}], {})["data"]
