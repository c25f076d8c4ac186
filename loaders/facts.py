"""From an open source to facts: one pass over the rows a table, a second only for the bad ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from coterie.errors import InputError, UsageError
from coterie.loaders.columns import (
    ROW,
    Shape,
    attributes,
    column,
    constant,
    first_of,
    function,
    has_zone,
    text,
    typed,
)
from coterie.loaders.kinds import read_kinds
from coterie.queries.run import run
from coterie.queries.store import scratch

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import duckdb
    from duckdb import Expression

    from coterie.config import Config
    from coterie.loaders.mapping import Mapping_
    from coterie.loaders.sources import Opened
    from coterie.queries.store import Store

_MOST_KINDS = 1000
_VERDICTS = frozenset(
    "1 0 true false t f yes no y n bad good fraud spam abuse legit ham ok".split()
)


@dataclass(slots=True)
class Written:
    """What one source has become, not yet part of the store.

    Attributes:
        files: table of facts -> file in scratch.
        loaded: accepted rows of the source.
        quarantined: rejected rows of the source.
        reasons: reason -> rows.
        first_at: earliest time.
        last_at: latest time.
        notes: what is worth saying.
        extra: scratch files that are needed until the end of the load.
    """

    files: dict[str, Path] = field(default_factory=dict)
    loaded: int = 0
    quarantined: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    first_at: Any = None
    last_at: Any = None
    notes: list[str] = field(default_factory=list)
    extra: dict[str, Path] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Task:
    """One source on its way: the store, the source, its mapping and the settings."""

    store: Store
    source_id: str
    opened: Opened
    mapping: Mapping_
    config: Config
    time_format: str | None

    @property
    def shape(self) -> Shape:
        """The source's columns."""
        return self.opened.shape

    def text(self, name: str) -> Expression:
        """A field as text: its column, a constant of the source, or NULL."""
        if name in self.mapping.columns:
            return text(self.shape, self.mapping.columns[name])
        return constant(self.mapping.constants.get(name), "VARCHAR")

    def typed(self, name: str, what: str, source: str | None = None) -> dict[str, Expression]:
        """A typed field; ``source`` names another field to take it from."""
        found = self.mapping.columns.get(source or name)
        return typed(self.shape, found, name, what, self.time_format)

    def file(self, table: str) -> Path:
        """A scratch file."""
        return scratch(self.store, f"{table}-{self.source_id}.parquet")


def write_facts(task: Task) -> Written:
    """Write the facts of an open source to scratch files.

    Raises:
        InputError: not one row is usable.
        UsageError: a column cannot hold what it is mapped to.
    """
    done = Written()
    run(task.store, "load/keep_filters")
    _TABLES[task.mapping.table](task, done)
    run(task.store, "load/push_filters")
    _finish(task, done)
    return done


def _select(task: Task, fields: Mapping[str, Expression]) -> duckdb.DuckDBPyRelation:
    return task.store.con.table("physical").select(
        column(ROW).alias("row_number"), *[e.alias(n) for n, e in fields.items()]
    )


def _write(
    task: Task, done: Written, fact: str, statement: str, expected: int | None, **params: Any
) -> None:
    """Write the accepted rows; look at the rejected ones when there must be some."""
    path = task.file(fact)
    run(task.store, statement, path=str(path), **params)
    accepted = count(task.store, "load/count_rows", path=str(path))
    wanted = count(task.store, "load/count_incoming") if expected is None else expected
    if accepted != wanted:
        before = count(task.store, "load/rejected_rows")
        run(task.store, "load/rejected")
        rejected = count(task.store, "load/rejected_rows") - before
        if expected is not None and accepted + rejected != wanted:
            raise RuntimeError(
                f"{task.shape.name}: {wanted} rows, but {accepted} accepted and {rejected} rejected"
            )
    if accepted:
        done.files[fact] = path
    else:
        path.unlink(missing_ok=True)


def _good_rows(task: Task) -> int:
    return task.opened.rows - task.opened.bad


def _accounts(task: Task, done: Written) -> None:
    hidden = {c for k, c, _ in task.mapping.signals if k in task.config.privacy.hash}
    rest = [c for c in task.mapping.rest if c not in hidden]
    _incoming(task, {
        "account_id": task.text("account_id"),
        "status": task.text("status"),
        "attributes": attributes(task.shape, rest),
        **task.typed("created_at", "time"),
        **task.typed("banned_at", "time"),
    })  # fmt: skip
    run(task.store, "load/account_checked")
    _write(task, done, "account", "load/account_accepted", _good_rows(task))
    if task.mapping.signals:
        _wide(task, done, whole=False)


def _signals(task: Task, done: Written) -> None:
    if task.mapping.signals:
        _wide(task, done, whole=True)
        return
    _incoming(task, {
        "field": constant("value"),
        "account_id": task.text("account_id"),
        "kind": task.text("kind"),
        "value": task.text("value"),
        **_span(task),
        **task.typed("n", "count"),
    })  # fmt: skip
    _write_signals(task, done, _good_rows(task))


def _span(task: Task) -> dict[str, Expression]:
    """First and last use of a row: one time, or two."""
    one = "seen_at" in task.mapping.columns and "first_seen" not in task.mapping.columns
    return {
        **task.typed("first_seen", "time", "seen_at" if one else None),
        **task.typed("last_seen", "time"),
    }


def _wide(task: Task, done: Written, *, whole: bool) -> None:
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
    _write(
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


def _prompts(task: Task, done: Written) -> None:
    from coterie.loaders.prompts import define_macros

    define_macros(task.store)
    _incoming(task, {
        "account_id": task.text("account_id"),
        "text": task.text("text"),
        **task.typed("sent_at", "time"),
        **task.typed("n", "count"),
    })  # fmt: skip
    run(task.store, "load/prompt_checked")
    _write(task, done, "prompt", "load/prompt_staged", _good_rows(task))
    staged = done.files.pop("prompt", None)
    if staged is None:
        return
    store, keep = task.store, task.config.privacy.keep_text
    staged = staged.rename(staged.with_name(f"staged-{task.source_id}.parquet"))
    store.con.register("staged", store.con.read_parquet(str(staged)))
    run(store, "load/push_filters")
    for fact, statement, params in (
        ("prompt", "load/prompt_accepted", {}),
        ("doc", "load/doc", {"keep_text": keep}),
    ):
        path = task.file(fact)
        run(store, statement, path=str(path), **params)
        done.files[fact] = path
    if not keep:
        done.extra["fresh_doc"] = task.file("fresh_doc")
        run(store, "load/fresh_doc", path=str(done.extra["fresh_doc"]))
    store.con.unregister("staged")
    staged.unlink()


def _links(task: Task, done: Written) -> None:
    _incoming(task, {
        "src": task.text("src"),
        "dst": task.text("dst"),
        "kind": task.text("kind"),
        **task.typed("similarity", "number"),
        **task.typed("seen_at", "time"),
    })  # fmt: skip
    run(task.store, "load/link_checked")
    _write(task, done, "link", "load/link_accepted", _good_rows(task))


def _events(task: Task, done: Written) -> None:
    _incoming(task, {
        "account_id": task.text("account_id"),
        "type": task.text("type"),
        **task.typed("at", "time"),
        **task.typed("n", "count"),
    })  # fmt: skip
    run(task.store, "load/event_checked")
    _write(task, done, "event", "load/event_accepted", _good_rows(task))


def _labels(task: Task, done: Written) -> None:
    name = task.mapping.columns.get("label")
    verdict = name is not None and _is_verdict(task, name)
    _incoming(task, {
        "account_id": task.text("account_id"),
        "label": task.text("label"),
        "source": task.text("source"),
        "verdict": constant(verdict),
    })  # fmt: skip
    if verdict:
        done.notes.append(f'column "{name}": 1 or true is bad, 0 or false is good')
    run(task.store, "load/label_checked")
    _write(
        task, done, "label", "load/label_accepted", _good_rows(task), source=task.shape.name
    )


def _is_verdict(task: Task, name: str) -> bool:
    """Whether a label column says yes or no, rather than which cluster."""
    from coterie.loaders.mapping import plain

    if plain(name).startswith("cluster"):
        return False
    _incoming(task, {"label": task.text("label")})
    found = run(task.store, "load/labels_found")
    seen = set() if found is None else {str(r[0]) for r in found.fetchall()}
    asks = plain(name) not in {"label", "truth"} and name != "label" and (
        plain(name).removeprefix("is_") in {"fraud", "spam", "bad", "abuse"}
    )  # fmt: skip
    return asks or (bool(seen) and seen <= _VERDICTS)


def _lists(task: Task, done: Written) -> None:
    words = {
        n: task.text(n)
        for n in ("kind", "value", "cidr", "domain", "lo", "hi", "class", "reason", "owner")
    }
    _incoming(task, {
        **words, **task.typed("asn", "count"), **task.typed("expires", "time"),
    })  # fmt: skip
    run(task.store, "load/list_checked")
    _write(task, done, "list", "load/list_accepted", _good_rows(task))
    if "ip" in task.config.privacy.hash:
        done.notes.append("addresses are hashed: networks of lists cannot meet them")


def _incoming(task: Task, fields: Mapping[str, Expression]) -> None:
    task.store.con.register("incoming", _select(task, fields))


def _finish(task: Task, done: Written) -> None:
    """Quarantine, reasons, time span; an input without one usable row is an error."""
    store = task.store
    relation = run(store, "load/reasons")
    done.reasons = {} if relation is None else {str(r): int(n) for r, n in relation.fetchall()}
    done.quarantined = count(store, "load/rejected_rows")
    done.loaded = task.opened.rows - done.quarantined
    if not done.files:
        why = ", ".join(f"{r}: {n:,}" for r, n in done.reasons.items())
        raise InputError(f"{task.shape.name}: no usable row among {task.opened.rows:,} ({why})")
    if done.quarantined:
        _write_quarantine(task, done)
    _note_zones(task, done)
    for fact in ("signal", "event", "prompt", "link", "account"):
        if fact in done.files:
            relation = run(store, f"load/span_{fact}", path=str(done.files[fact]))
            if relation is not None:
                done.first_at, done.last_at = relation.fetchall()[0]
            break


def _write_quarantine(task: Task, done: Written) -> None:
    import pyarrow as pa

    names = dict(task.mapping.columns)
    if "seen_at" in names:
        names.setdefault("first_seen", names["seen_at"])
    task.store.con.register("column_names", pa.table({
        "field": pa.array(list(names), pa.string()),
        "name": pa.array(list(names.values()), pa.string()),
    }))  # fmt: skip
    path = task.file("quarantine")
    run(
        task.store, "load/quarantine", path=str(path), source=task.shape.name,
        show=not task.config.privacy.hash,
    )  # fmt: skip
    task.store.con.unregister("column_names")
    done.files["quarantine"] = path


def _note_zones(task: Task, done: Written) -> None:
    times = {
        c
        for f, c in task.mapping.columns.items()
        if f in {"seen_at", "first_seen", "last_seen", "created_at", "banned_at", "sent_at", "at"}
    } | {c for _, _, c in task.mapping.signals if c is not None}  # fmt: skip
    naive = sorted(c for c in times if has_zone(task.shape, c) is False)
    for name in sorted(c for c in times if has_zone(task.shape, c) is None):
        _incoming(task, {"found": text(task.shape, name)})
        if count(task.store, "load/naive_times"):
            naive.append(name)
    if naive:
        done.notes.append("times without a zone are read as UTC: " + ", ".join(naive))


def count(store: Store, statement: str, **params: Any) -> int:
    """The one number of a statement."""
    relation = run(store, statement, **params)
    return 0 if relation is None else int(relation.fetchall()[0][0])


_TABLES = {
    "accounts": _accounts,
    "signals": _signals,
    "prompts": _prompts,
    "links": _links,
    "events": _events,
    "labels": _labels,
    "lists": _lists,
}
