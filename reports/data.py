"""The data beside the report: rows as Parquet (raw), CSV (guarded for spreadsheets) and JSON."""

from __future__ import annotations

import json
from datetime import datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any

from coterie.reports.csv import people_csv
from coterie.reports.read import parsed

if TYPE_CHECKING:
    import polars as pl

    from coterie.queries.store import Store
    from coterie.reports.folder import Folder
    from coterie.reports.read import Sweep


# The manifest names the sweep, and JSON in a cell of a spreadsheet helps nobody.
_STRUCTURES: dict[str, type[Any]] = {"waterfall": list, "features": dict, "guards": list}
_NOT_FOR_PEOPLE = ("sweep_id", *_STRUCTURES)


def write_data(folder: Folder, store: Store, sweep: Sweep, *, redact: bool) -> None:
    """Write ``data/``.

    Args:
        folder: the report in the making.
        store: the store.
        sweep: the sweep.
        redact: leave out what names accounts and values; clusters remain, without their sentence.
    """
    clusters = sweep.clusters.drop("summary") if redact else sweep.clusters
    _write(folder, "clusters", clusters)
    folder.write("data/clusters.json", _json(sweep.id, clusters))
    if redact:
        return
    # One after the other: those of a large sweep are hundreds of megabytes each.
    for name in ("members", "evidence", "values"):
        file = "shared_values" if name == "values" else name
        _write(folder, file, store.frame(f"report/all_{name}", sweep_id=sweep.id))


def _write(folder: Folder, name: str, rows: pl.DataFrame) -> None:
    raw = BytesIO()
    rows.write_parquet(raw, compression="zstd")
    folder.write(f"data/{name}.parquet", raw.getvalue())
    folder.write(f"data/{name}.csv", people_csv(rows.drop(_NOT_FOR_PEOPLE, strict=False)))


def _json(sweep_id: str, clusters: pl.DataFrame) -> str:
    """The clusters with their waterfall, features and guards as structures, for scripts."""
    rows = [
        {k: parsed(v, _STRUCTURES[k]) if k in _STRUCTURES else _plain(v) for k, v in row.items()}
        for row in clusters.to_dicts()
    ]
    lines = (json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows)
    head = json.dumps({"schema_version": 1, "sweep_id": sweep_id, "n": len(rows)})
    return f'{head[:-1]}, "clusters": [\n' + ",\n".join(lines) + "\n]}\n"


def _plain(value: Any) -> Any:
    # Times as everywhere in JSON of ours: ISO form, UTC.
    return f"{value.isoformat()}Z" if isinstance(value, datetime) else value
