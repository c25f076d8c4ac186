"""From an open source to facts: one pass over the rows a table, a second only for the bad ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coterie.errors import InputError
from coterie.loaders.columns import attributes, constant, has_zone, text
from coterie.loaders.signals import signals, wide
from coterie.loaders.source_facts import Written, count, good_rows, incoming, write
from coterie.queries.run import run

if TYPE_CHECKING:
    from pathlib import Path

    from coterie.loaders.source_facts import Task

_VERDICTS = frozenset({
    "1", "0", "true", "false", "t", "f", "yes", "no", "y", "n", "bad", "good", "fraud", "spam",
    "abuse", "legit", "ham", "ok",
})  # fmt: skip


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


def _accounts(task: Task, done: Written) -> None:
    hidden = {c for k, c, _ in task.mapping.signals if k in task.config.privacy.hash}
    rest = [c for c in task.mapping.rest if c not in hidden]
    incoming(task, {
        "account_id": task.text("account_id"),
        "status": task.text("status"),
        "attributes": attributes(rest),
        **task.typed("created_at", "time"),
        **task.typed("banned_at", "time"),
    })  # fmt: skip
    run(task.store, "load/account_checked")
    write(task, done, "account", "load/account_accepted", good_rows(task))
    days = _signup_days(task, done)
    if task.mapping.signals:
        wide(task, done, whole=False)
    if days is None:
        return
    if "derived" in done.files:
        both = task.file("both")
        run(task.store, "load/derived_both", one=str(done.files["derived"]), two=str(days),
            path=str(both))  # fmt: skip
        days = both
    done.files["derived"] = days


def _signup_days(task: Task, done: Written) -> Path | None:
    """The days on which the accounts signed up, as values of a kind that derives from them."""
    if "account" not in done.files or "created_at" not in task.mapping.columns:
        return None
    path = task.file("signup-day")
    run(task.store, "load/signup_day", file=str(done.files["account"]), path=str(path))
    return path


def _prompts(task: Task, done: Written) -> None:
    from coterie.loaders.prompts import define_macros

    define_macros(task.store)
    incoming(task, {
        "account_id": task.text("account_id"),
        "text": task.text("text"),
        **task.typed("sent_at", "time"),
        **task.typed("n", "count"),
    })  # fmt: skip
    run(task.store, "load/prompt_checked")
    write(task, done, "prompt", "load/prompt_staged", good_rows(task))
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
    if "vector" in task.mapping.columns:
        from coterie.loaders.vectors import write_links

        write_links(task, done)


def _links(task: Task, done: Written) -> None:
    incoming(task, {
        "src": task.text("src"),
        "dst": task.text("dst"),
        "kind": task.text("kind"),
        **task.typed("similarity", "number"),
        **task.typed("seen_at", "time"),
    })  # fmt: skip
    run(task.store, "load/link_checked")
    write(task, done, "link", "load/link_accepted", good_rows(task))


def _events(task: Task, done: Written) -> None:
    incoming(task, {
        "account_id": task.text("account_id"),
        "type": task.text("type"),
        **task.typed("at", "time"),
        **task.typed("n", "count"),
    })  # fmt: skip
    run(task.store, "load/event_checked")
    write(task, done, "event", "load/event_accepted", good_rows(task))


def _labels(task: Task, done: Written) -> None:
    name = task.mapping.columns.get("label")
    verdict = name is not None and _is_verdict(task, name)
    incoming(task, {
        "account_id": task.text("account_id"),
        "label": task.text("label"),
        "source": task.text("source"),
        "verdict": constant(verdict),
    })  # fmt: skip
    if verdict:
        done.notes.append(f'column "{name}": 1 or true is bad, 0 or false is good')
    run(task.store, "load/label_checked")
    write(task, done, "label", "load/label_accepted", good_rows(task), source=task.shape.name)


def _is_verdict(task: Task, name: str) -> bool:
    """Whether a label column says yes or no, rather than which cluster."""
    from coterie.loaders.mapping import plain

    if plain(name).startswith("cluster"):
        return False
    incoming(task, {"label": task.text("label")})
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
    incoming(task, {
        **words, **task.typed("asn", "count"), **task.typed("expires", "time"),
    })  # fmt: skip
    run(task.store, "load/list_checked")
    write(task, done, "list", "load/list_accepted", good_rows(task))
    if "ip" in task.config.privacy.hash:
        done.notes.append("addresses are hashed: networks of lists cannot meet them")


def _finish(task: Task, done: Written) -> None:
    """Quarantine, reasons, time span; an input without one usable row is an error."""
    store = task.store
    relation = run(store, "load/reasons")
    done.reasons = {} if relation is None else {str(r): int(n) for r, n in relation.fetchall()}
    done.quarantined = count(store, "load/rejected_rows")
    done.loaded = task.opened.rows - done.quarantined
    if "not UTF-8" in done.reasons:
        done.notes.append('not UTF-8: say the encoding, for example encoding = "latin-1"')
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
        incoming(task, {"found": text(task.shape, name)})
        if task.time_format is not None:
            naive += [name] if "%z" not in task.time_format.lower() else []
        elif count(task.store, "load/naive_times"):
            naive.append(name)
    if naive:
        done.notes.append("times without a zone are read as UTC: " + ", ".join(naive))


_TABLES = {
    "accounts": _accounts,
    "signals": signals,
    "prompts": _prompts,
    "links": _links,
    "events": _events,
    "labels": _labels,
    "lists": _lists,
}
