"""A store with facts that were never in a file: small platforms made by hand, without the loaders."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from coterie.queries.schema import FACTS, REGISTERS
from coterie.queries.store import place, scratch, write_store

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

START = dt.datetime(2026, 5, 1)  # noqa: DTZ001 - the store's times are naive UTC
_TYPES: dict[str, pl.DataType | type[pl.DataType]] = {
    "VARCHAR": pl.String,
    "TIMESTAMP": pl.Datetime("us"),
    "BIGINT": pl.Int64,
    "DOUBLE": pl.Float64,
}


def put_facts(
    path: Path, tables: Mapping[str, Sequence[dict[str, Any]]], source_id: str = "src-a"
) -> Path:
    """Add rows to a store as one source.

    Args:
        path: the catalogue file.
        tables: fact table -> rows; what a row leaves out is NULL (n is 1).
        source_id: identity of the source.
    """
    with write_store(path) as store:
        for table, rows in tables.items():
            columns = FACTS[table].columns
            schema = {c.name: _TYPES.get(c.type, pl.String) for c in columns}
            frame = pl.DataFrame(list(rows), schema=schema)
            if "n" in schema:
                frame = frame.with_columns(pl.col("n").fill_null(1))
            file = scratch(store, f"{table}-{source_id}.parquet")
            frame.write_parquet(file)
            place(store, "facts", table, source_id, file)
        values = ", ".join(
            {"source_id": f"'{source_id}'", "name": "'made'", "detail": "'{}'"}.get(c.name, "NULL")
            for c in REGISTERS["source"].columns
        )
        store.con.sql(f"INSERT INTO register.source VALUES ({values})")
    return path


def ring(
    n: int = 8, benign: int = 1_200, *, prefix: str = "ring", seed: int = 5
) -> dict[str, list[dict[str, Any]]]:
    """Facts of a platform: one ring on few cards, devices and addresses, and strangers.

    Args:
        n: accounts of the ring.
        benign: accounts that share little with anybody.
        prefix: of the ring's account ids.
        seed: of all times and choices.

    Returns:
        Rows of the fact tables ``account`` and ``signal``.
    """
    rng = np.random.default_rng(seed)
    accounts: list[dict[str, Any]] = []
    signals: list[dict[str, Any]] = []

    def use(account: str, kind: str, value: str, day: float) -> None:
        at = START + dt.timedelta(days=day)
        signals.append({
            "account_id": account, "kind": kind, "value": value, "first_seen": at,
            "last_seen": at + dt.timedelta(hours=2),
        })  # fmt: skip

    for i in range(n):
        name, born = f"{prefix}-{i:03d}", 10 + float(rng.uniform(0, 1))
        accounts.append({"account_id": name, "created_at": START + dt.timedelta(days=born),
                         "status": "active", "attributes": "{}"})  # fmt: skip
        for kind, size in (("payment", 12), ("device", 12), ("ip", 12)):
            value = (
                f"{kind}-{prefix}-{i // size}" if kind != "ip" else f"198.51.100.{i // size + 1}"
            )
            use(name, kind, value, born + float(rng.uniform(0, 5)))
        use(name, "device", f"device-{prefix}-chain-{(i + 6) // 12}", born + 6)
        use(name, "payment", f"payment-{prefix}-chain-{(i + 6) // 12}", born + 7)
    for i in range(benign):
        name, born = f"user-{i:04d}", float(rng.uniform(0, 25))
        accounts.append({"account_id": name, "created_at": START + dt.timedelta(days=born),
                         "status": "active", "attributes": "{}"})  # fmt: skip
        use(name, "payment", f"card-{i // 2}", born)
        use(name, "device", f"dev-{i}", born + 1)
        use(name, "ip", f"203.0.{i % 40}.{i // 40 + 1}", born + 2)
    return {"account": accounts, "signal": signals}
