"""Traces of plotly as plain data.

plotly.py checks every property of every figure, which takes two thirds of the time of a report of
thousands of pages. The figures of a cluster's page all have the same properties: here they are put
together without the checks, and the tests hold them against what plotly.py makes of them.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

_TYPES = {
    "int8": "i1", "uint8": "u1", "int16": "i2", "uint16": "u2", "int32": "i4", "uint32": "u4",
    "float32": "f4", "float64": "f8",
}  # fmt: skip


def bar(**properties: Any) -> dict[str, Any]:
    """A trace of bars."""
    return {"type": "bar", **properties}


def marks(**properties: Any) -> dict[str, Any]:
    """A trace of marks and lines."""
    return {"type": "scatter", **properties}


def figure(traces: Sequence[dict[str, Any]], layout: dict[str, Any]) -> dict[str, Any]:
    """A figure as ``plotly.graph_objects.Figure(...).to_plotly_json()`` gives it, without checks.

    Args:
        traces: of :func:`bar` and :func:`marks`; unset where None.
        layout: the layout.
    """
    return {"data": [_plain(trace) for trace in traces], "layout": _plain(layout)}


def _plain(part: Any) -> Any:
    if isinstance(part, dict):
        return {k: _plain(v) for k, v in part.items() if v is not None}
    if isinstance(part, (list, tuple)):
        return [_plain(v) if isinstance(v, dict) else v for v in part]
    if isinstance(part, np.ndarray):
        packed = base64.b64encode(part.tobytes()).decode("ascii")
        return {"dtype": _TYPES[part.dtype.name], "bdata": packed}
    return part
