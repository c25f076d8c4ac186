"""The data beside the report: rows as Parquet (raw), CSV (guarded for spreadsheets) and JSON."""

from __future__ import annotations

import json
from datetime import datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any

from coterie.reports.csv import people_csv
from coterie.reports.read import frame, parsed

if TYPE_CHECKING:
    import polars as pl

    from coterie.queries.store import Store
    from coterie.reports.folder import Folder
    from coterie.reports.read import Sweep


def write_data(folder: Folder, store: Store, sweep: Sweep, *, redact: bool) -> None:
    """Write ``data/``.

    Args:
        folder: the report in the making.
        store: the store.
        sweep: the sweep.
        redact: leave out what names accounts and values; clusters remain, without their sentence.
    """
    frames = {"clusters": sweep.clusters.drop("summary") if redact else sweep.clusters}
    if not redact:
        frames["members"] = frame(store, "report/all_members", sweep_id=sweep.id)
        frames["evidence"] = frame(store, "report/all_evidence", sweep_id=sweep.id)
        frames["shared_values"] = frame(store, "report/all_values", sweep_id=sweep.id)
    for name, rows in frames.items():
        raw = BytesIO()
        rows.write_parquet(raw, compression="zstd")
        folder.write(f"data/{name}.parquet", raw.getvalue())
        # The manifest names the sweep; people need not read it in every row.
        folder.write(f"data/{name}.csv", people_csv(rows.drop("sweep_id", strict=False)))
    folder.write("data/clusters.json", _json(sweep.id, frames["clusters"]))


def _json(sweep_id: str, clusters: pl.DataFrame) -> str:
    """The clusters with their waterfall, features and guards as structures, for scripts."""
    kinds: dict[str, type[Any]] = {"waterfall": list, "features": dict, "guards": list}
    rows = [
        {k: parsed(v, kinds[k]) if k in kinds else _plain(v) for k, v in row.items()}
        for row in clusters.to_dicts()
    ]
    lines = (json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows)
    head = json.dumps({"schema_version": 1, "sweep_id": sweep_id, "n": len(rows)})
    return f'{head[:-1]}, "clusters": [\n' + ",\n".join(lines) + "\n]}\n"


def _plain(value: Any) -> Any:
    # Times as everywhere in JSON of ours: ISO form, UTC.
    return f"{value.isoformat()}Z" if isinstance(value, datetime) else value
