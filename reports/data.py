"""The data beside the report: the same rows as Parquet (raw) and CSV (guarded for spreadsheets)."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from coterie.reports.csv import people_csv
from coterie.reports.read import frame

if TYPE_CHECKING:
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
        folder.write(f"data/{name}.csv", people_csv(rows))
