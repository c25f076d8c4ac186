"""The newest sweep in figures, for Prometheus' textfile collector."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from coterie.workspace.files import write_whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from coterie.queries.store import Store

# name, help, label.
_FIGURES = (
    ("clusters", "Clusters of the sweep by tier", "tier"),
    ("members", "Accounts in clusters of the sweep by tier", "tier"),
    ("changes", "Clusters by event against the sweep before", "event"),
    ("alerts", "Alerts first found by the sweep by rule", "rule"),
    ("rows_rejected", "Rows of all loads that were rejected", None),
)
_EPOCH = datetime.fromisoformat("1970-01-01")


def metrics(store: Store, sweep_id: str) -> str:
    """The figures in Prometheus' text format: gauges whose names begin with ``coterie_``.

    Args:
        store: an open store.
        sweep_id: a sweep that is there.
    """
    sweep = store.rows("alert/sweep", sweep_id=sweep_id)[0]
    rows = store.rows("alert/metrics", sweep_id=sweep_id)
    detail = json.loads(sweep["detail"] or "{}")
    parts: list[str] = []
    info = [({"sweep_id": sweep_id, "status": sweep["status"]}, 1)]
    parts += _family("sweep_info", "The newest sweep", info)
    degraded = int(sweep["status"] == "degraded")
    parts += _family("sweep_degraded", "Whether its data is not as it should be", [({}, degraded)])
    for name, what in (("window_end", "End of its window"), ("finished_at", "When it finished")):
        if sweep[name] is not None:
            seconds = (sweep[name] - _EPOCH).total_seconds()
            name_of = f"sweep_{name.removesuffix('_at')}_timestamp_seconds"
            parts += _family(name_of, f"{what}, seconds since 1970", [({}, seconds)])
    stages = [({"stage": s["stage"]}, s["seconds"]) for s in detail.get("stages") or []]
    parts += _family("stage_duration_seconds", "Time of each stage", stages)
    for name, what, label in _FIGURES:
        samples = [
            ({label: row["label"]} if label else {}, row["value"])
            for row in rows
            if row["name"] == name
        ]
        parts += _family(name, what, samples)
    return "\n".join(parts) + "\n"


def write_metrics(store: Store, sweep_id: str, path: Path) -> None:
    """Write the figures beside their place and move them in: a collector never sees half a file.

    Raises:
        UsageError: the folder cannot be written.
    """
    text = metrics(store, sweep_id)
    write_whole(path, lambda part: part.write_text(text, encoding="utf-8"))


def _family(name: str, what: str, samples: Sequence[tuple[dict[str, Any], float]]) -> Iterator[str]:
    if not samples:
        return
    yield f"# HELP coterie_{name} {_escaped(what)}"
    yield f"# TYPE coterie_{name} gauge"
    for labels, value in samples:
        told = ",".join(f'{label}="{_escaped(str(text))}"' for label, text in labels.items())
        yield (
            f"coterie_{name}{{{told}}} {float(value)!r}"
            if told
            else (f"coterie_{name} {float(value)!r}")
        )


def _escaped(text: str) -> str:
    """Backslash, quote and line feed as the format wants them; other control characters go."""
    plain = text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
    return re.sub(r"[\x00-\x1f\x7f]", " ", plain)
