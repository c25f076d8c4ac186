"""Signals: one row a value, or the columns of wide tables; and what derives from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coterie.errors import UsageError
from coterie.loaders.columns import ROW, column, constant, first_of, function, text, typed
from coterie.loaders.kinds import read_kinds
from coterie.loaders.source_facts import count, good_rows, incoming, write
from coterie.queries.run import run

if TYPE_CHECKING:
    from duckdb import Expression

    from coterie.loaders.source_facts import Task, Written

_MOST_KINDS = 1000
_SHOWN = 12  # columns that a note names


def signals(task: Task, done: Written) -> None:
    """Write a table of signals, long or wide."""
    if task.mapping.signals:
        wide(task, done, whole=True)
        return
    incoming(task, {
        "field": constant("value"),
        "account_id": task.text("account_id"),
        "kind": task.text("kind"),
        "value": task.text("value"),
        **_span(task),
        **task.typed("n", "count"),
    })  # fmt: skip
    _write_signals(task, done, good_rows(task))


def _span(task: Task) -> dict[str, Expression]:
    """First and last use of a row: one time, or two."""
    one = "seen_at" in task.mapping.columns and "first_seen" not in task.mapping.columns
    return {
        **task.typed("first_seen", "time", "seen_at" if one else None),
        **task.typed("last_seen", "time"),
    }


def wide(task: Task, done: Written, *, whole: bool) -> None:
    """Signal columns side by side, as one row a value. An empty cell is no value and no fault."""
    account = task.text("account_id")
    physical = task.store.con.table("physical")
    parts = []
    for kind, name, seen_at in task.mapping.signals:
        value = text(task.shape, name)
        times = _span(task) if seen_at is None else {
            **typed(task.shape, seen_at, "first_seen", "time", task.time_format),
            **typed(task.shape, None, "last_seen", "time"),
        }  # fmt: skip
        if seen_at is None and not whole and "created_at" in task.mapping.columns:
            times = {
                **task.typed("first_seen", "time", "created_at"),
                **typed(task.shape, None, "last_seen", "time"),
            }
        fields = {
            "field": constant(name),
            "account_id": account,
            "kind": constant(kind),
            "value": value,
            **times,
            **(task.typed("n", "count") if whole else typed(task.shape, None, "n", "count")),
        }
        parts.append(
            physical.filter(_filled(value)).select(
                column(ROW).alias("row_number"), *[e.alias(n) for n, e in fields.items()]
            )
        )
    union = parts[0]
    for part in parts[1:]:
        union = union.union(part)
    task.store.con.register("incoming", union)
    _write_signals(task, done, None)
    file = done.files.get("signal")
    taken = 0 if file is None else count(task.store, "load/count_rows", path=str(file))
    columns = len(task.mapping.signals)
    done.notes.append(
        f"{taken:,} signals from {columns:,} column{'' if columns == 1 else 's'}: "
        + ", ".join(f"{name} as {kind}" for kind, name, _ in task.mapping.signals[:_SHOWN])
        + (f" and {columns - _SHOWN:,} more" if columns > _SHOWN else "")
    )
    if whole:
        values = first_of(
            *[function("filled", text(task.shape, c)) for _, c, _ in task.mapping.signals]
        )
        empty = physical.filter(values.isnull()).select(column(ROW))
        task.store.con.register("valueless", empty)
        run(task.store, "load/valueless")
        task.store.con.unregister("valueless")


def _filled(value: Expression) -> Expression:
    return function("filled", value).isnotnull()


def _write_signals(task: Task, done: Written, expected: int | None) -> None:
    import pyarrow as pa

    relation = run(task.store, "load/kinds_found")
    found = [] if relation is None else [str(row[0]) for row in relation.fetchall()]
    if len(found) > _MOST_KINDS:
        raise UsageError(
            f'{task.shape.name}: column "{task.mapping.columns.get("kind")}" holds more than '
            f"{_MOST_KINDS:,} kinds; is it the value? Say --map kind=COLUMN or --kind KIND"
        )
    kinds, notes = read_kinds(found, task.config.kinds)
    done.notes += notes
    task.store.con.register("kind_map", pa.table({
        "found": pa.array([k.found for k in kinds], pa.string()),
        "kind": pa.array([k.kind for k in kinds], pa.string()),
        "hint": pa.array([k.hint for k in kinds], pa.string()),
        "typo": pa.array([k.typo for k in kinds], pa.bool_()),
    }))  # fmt: skip
    run(task.store, "load/signal_checked")
    hashed = bool({k.kind for k in kinds} & set(task.config.privacy.hash)) or bool(
        task.config.privacy.hash
    )
    write(
        task, done, "signal", "load/signal_hashed" if hashed else "load/signal_accepted", expected
    )
    derives = any(k.kind in {"ip", "email"} for k in kinds)
    if derives and "signal" in done.files:
        path = task.file("derived")
        if hashed:
            run(task.store, "load/derived_hashed", path=str(path))
        else:
            signals = task.store.con.read_parquet(str(done.files["signal"]))
            task.store.con.register("derivable", signals)
            run(task.store, "load/push_filters")
            run(task.store, "load/derived", path=str(path))
            task.store.con.unregister("derivable")
        done.files["derived"] = path
