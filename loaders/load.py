"""Bringing facts in: all inputs of one call are one transaction.

Each file or frame is a source with an identity (content and mapping). A source that is there
already adds nothing; ``replace`` swaps what was loaded under the same name. Whatever goes wrong,
the store is as it was.
"""

from __future__ import annotations

import hashlib
import json
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from dataclasses import replace as changed
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from coterie.errors import ConfigError, InputError, UsageError
from coterie.loaders import sources as s
from coterie.loaders.database import DatabaseQuery
from coterie.loaders.facts import write_facts
from coterie.loaders.families import begin_families, doc_files, end_families
from coterie.loaders.files import find_files
from coterie.loaders.mapping import FIELDS, KIND_NAMES, map_columns, plain
from coterie.loaders.source_facts import Task, count
from coterie.loaders.summary import LoadSummary, SourceSummary
from coterie.queries.run import run
from coterie.queries.store import drop_source, place, scratch, write_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from coterie.config import Config, SourceOptions
    from coterie.loaders.families import Pending
    from coterie.loaders.mapping import SourceMapping
    from coterie.loaders.source_facts import Written
    from coterie.queries.run import HasConnection
    from coterie.queries.store import Store, Tracer

    Progress = Callable[[str, float | None], None]

__all__ = ["LoadSummary", "Source", "SourceSummary", "load"]

EARLIEST = datetime(1990, 1, 1)  # noqa: DTZ001 - the store's times are naive UTC
AHEAD = timedelta(days=2)
# In order: a macro may use those before it.
_MACROS = (
    "clean_text", "blank", "filled", "flag", "fault", "is_ipv4", "is_ipv6", "ip_bare", "ip_groups",
    "ip_compressed", "ip_from_groups", "ip_of_text", "ip_prefix_of_ip", "email_of_parts",
    "email_of_text", "phone_of_digits", "phone_of_text", "domain_of_text", "value_of_kind",
    "number_text", "number_of_text", "whole_number", "time_of_number", "time_of_text",
    "address_number", "network_rest", "network_start", "network_of_text", "keyed", "absurd_time",
    "vector",
)  # fmt: skip
# Errors of DuckDB that no input can cause.
_OURS = (
    duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException,
    duckdb.InternalException, duckdb.OutOfMemoryException, duckdb.TransactionException,
)  # fmt: skip
_CONSTANTS = ("class", "reason", "owner", "source", "type")


@dataclass(frozen=True, slots=True)
class Source:
    """One input of a load.

    Attributes:
        data: path, folder or glob (relative to the workspace), a query of a database, or a frame.
        table: contract table; None guesses it.
        map: contract field -> column.
        signals: kind -> column, or {"column": …, "seen_at": …}.
        kind: kind of every row.
        options: format options (``delim`` ``quote`` ``escape`` ``header`` ``names`` ``encoding``
            ``time_format``) and values of every row (``class`` ``reason`` ``owner`` ``source``
            ``type``).
        name: the source's name; None takes the path, or says which library's frame it is.
    """

    data: Any
    table: str | None = None
    map: Mapping[str, str] = field(default_factory=dict)
    signals: Mapping[str, str | Mapping[str, str]] = field(default_factory=dict)
    kind: str | None = None
    options: Mapping[str, object] = field(default_factory=dict)
    name: str | None = None

    @classmethod
    def of(cls, options: SourceOptions) -> Source:
        """A configured source."""
        return cls(
            options.path, options.table, options.map, options.signals, options.kind,
            options.options,
        )  # fmt: skip


def load(
    config: Config,
    inputs: Sequence[Source],
    *,
    replace: bool = False,
    now: datetime | Callable[[], datetime],
    progress: Progress | None = None,
    wait: float = 0.0,
    tracer: Tracer | None = None,
    hash_key: str | bytes | None = None,
) -> LoadSummary:
    """Bring the inputs into the store, all or none of them.

    Args:
        config: the workspace's settings.
        inputs: files, globs, queries and frames.
        replace: swap sources of the same name.
        now: the time of the load (UTC); later times by more than two days are absurd.
        progress: called with what is being done and how far the load is (0..1).
        wait: seconds to wait for another writer.
        tracer: sees each statement.
        hash_key: key of ``privacy.hash``.

    Raises:
        UsageError: a column or table is not there, or ambiguous.
        InputError: an input has nothing usable.
        ConfigError: ``privacy.hash`` without a key.
        StoreLocked: another process is writing.
    """
    if not inputs:
        raise UsageError("nothing to load: name files, or write [[source]] into coterie.toml")
    if config.privacy.hash and not hash_key:
        raise ConfigError("privacy.hash needs a key: set COTERIE_HASH_KEY")
    say = progress or (lambda *_: None)
    at = _utc(now() if callable(now) else now)
    units = [unit for source in inputs for unit in _units(config, source)]
    with write_store(
        config.store_path, wait=wait, memory_limit=config.memory_limit, threads=config.threads,
        tracer=tracer, purpose="load",
    ) as store:  # fmt: skip
        _prepare(store, config, at, hash_key)
        before = doc_files(store)
        done: dict[int, SourceSummary] = {}
        written: list[Written] = []
        # Prompts first: their families are found while the other sources load.
        order = sorted(range(len(units)), key=lambda i: not _looks_like_prompts(units[i]))
        with ThreadPoolExecutor(1) as pool:
            families: Pending | None = None
            for step, i in enumerate(order):
                source, data, name = units[i]
                if families is None and not _looks_like_prompts(units[i]):
                    families = _begin(store, config, written, before, pool)
                say(name, step / (len(units) + 1))
                done[i], facts = _load_one(
                    store, config, source, data, name, at, replace=replace,
                    seen=_counter(say, name, step / (len(units) + 1)),
                )  # fmt: skip
                if facts is not None:
                    written.append(facts)
            say("prompt families", len(units) / (len(units) + 1))
            accounts = _accounts(store, written)
            if families is None or families.files != doc_files(store):
                families = _begin(store, config, written, before, pool)
            notes: tuple[str, ...] = ()
            if doc_files(store) != before:
                found = end_families(store, families)
                if found is not None:
                    notes = found.notes
        for written_one in written:
            for file in written_one.extra.values():
                file.unlink(missing_ok=True)
    say("done", 1.0)
    summaries = tuple(done[i] for i in range(len(units)))
    return LoadSummary(
        rows=sum(d.rows for d in summaries),
        loaded=sum(d.loaded for d in summaries),
        quarantined=sum(d.quarantined for d in summaries),
        accounts=accounts,
        sources=summaries,
        notes=notes,
    )


def _counter(say: Progress, name: str, share: float) -> Callable[[int, int], None]:
    """Says how many rows of a query are here."""
    rows = 0

    def seen(n: int, _: int) -> None:
        nonlocal rows
        rows += n
        say(f"{name}: {rows:,} rows", share)

    return seen


def _looks_like_prompts(unit: tuple[Source, Any, str]) -> bool:
    """Whether a source is likely prompts; a wrong guess costs time only."""
    source, _, name = unit
    return source.table == "prompts" or (source.table is None and "prompt" in name)


def _begin(
    store: Store,
    config: Config,
    written: list[Written],
    before: tuple[str, ...],
    pool: ThreadPoolExecutor,
) -> Pending | None:
    """Begin with the families when documents came or went."""
    if doc_files(store) == before:
        return None
    fresh = [w.extra["fresh_doc"] for w in written if "fresh_doc" in w.extra]
    return begin_families(store, config, fresh, pool)


def _utc(now: datetime) -> datetime:
    return now if now.tzinfo is None else now.astimezone(UTC).replace(tzinfo=None)


def _units(config: Config, source: Source) -> Iterator[tuple[Source, Any, str]]:
    """One unit a file, query or frame."""
    if isinstance(source.data, DatabaseQuery):
        yield source, source.data, source.name or source.data.name
        return
    if not isinstance(source.data, (str, Path)):
        # Not the library's name: the same rows are one source, whoever holds them.
        yield source, source.data, source.name or "frame"
        return
    files = find_files(config.root, str(source.data))
    for file in files:
        name = str(file)
        if file.is_relative_to(config.root):
            name = str(file.relative_to(config.root))
        if source.name is not None:
            name = source.name if len(files) == 1 else f"{source.name}/{file.name}"
        yield source, file, name


def _prepare(store: Store, config: Config, at: datetime, hash_key: str | bytes | None) -> None:
    run(store, "load/set_bounds", earliest=EARLIEST, latest=at + AHEAD)
    run(store, "load/set_hashed", kinds=list(config.privacy.hash))
    key = hash_key.encode() if isinstance(hash_key, str) else hash_key or b""
    block = (hashlib.sha256(key).digest() if len(key) > 64 else key).ljust(64, b"\0")
    quiet = changed(store, tracer=None)  # a trace must not show the key
    run(quiet, "load/set_inner_pad", pad=bytes(b ^ 0x36 for b in block))
    run(quiet, "load/set_outer_pad", pad=bytes(b ^ 0x5C for b in block))
    define_macros(store)


def define_macros(store: HasConnection) -> None:
    """Make the macros of loading known to a connection (normal forms, times, checks)."""
    for name in _MACROS:
        run(store, f"load/macro_{name}")


def _load_one(
    store: Store, config: Config, source: Source, data: Any, name: str, at: datetime,
    *, replace: bool, seen: Callable[[int, int], None],
) -> tuple[SourceSummary, Written | None]:  # fmt: skip
    formats = {k: v for k, v in source.options.items() if k not in _CONSTANTS}
    fixed = {k: str(v) for k, v in source.options.items() if k in _CONSTANTS}
    known = _known_names(config, source)
    opened = (
        s.open_file(store, data, name, formats, known)
        if isinstance(data, Path)
        else s.open_query(store, data, seen)
        if isinstance(data, DatabaseQuery)
        else s.open_frame(store, data, name)
    )
    mapping = map_columns(
        name, opened.shape.types, table=source.table, given=source.map,
        signals=source.signals, kind=source.kind, constants=fixed, kinds=config.kinds,
    )  # fmt: skip
    # What a query gave is known by its rows: the same rows by another query add nothing.
    of = "query" if isinstance(data, DatabaseQuery) else name
    content = s.hash_of(data, name) if isinstance(data, Path) else s.frame_hash(store, of)
    source_id = _identity(content, source, mapping, config)
    here = _loaded(store)
    if source_id in here:
        s.close(store, opened)
        return SourceSummary(source_id, name, mapping.table, skipped=True), None
    namesakes = [i for i, (n, t) in here.items() if n == name and t == mapping.table]
    if replace:
        for other in namesakes:
            drop_source(store, other)
    task = Task(store, source_id, opened, mapping, config, _text(formats.get("time_format")))
    facts = _write(task, name)
    notes = [*opened.notes, *mapping.notes, *facts.notes]
    if namesakes and not replace:
        notes.append("other content of this name is loaded too; --replace swaps it")
    for table, file in facts.files.items():
        place(store, "facts", table, source_id, file)
    summary = SourceSummary(
        source_id, name, mapping.table, opened.rows, facts.loaded, facts.quarantined,
        facts.reasons, tuple(notes),
    )  # fmt: skip
    _register(store, summary, opened, mapping, facts, at)
    s.close(store, opened)
    return summary, facts


def _write(task: Task, name: str) -> Written:
    try:
        return write_facts(task)
    except duckdb.Error as error:
        # A disk that is full is no fault of the file.
        if isinstance(error, _OURS) or re.search("No space left|quota exceeded", str(error)):
            raise
        raise InputError(f"{name}: cannot be read to its end ({s.words(error)})") from error


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _known_names(config: Config, source: Source) -> set[str]:
    """Plain column names that tell a header: fields, their other names, the user's own.

    Names that also stand in data rows (kinds, labels, classes) tell nothing.
    """
    names = {n for fields in FIELDS.values() for f, others in fields.items() for n in (f, *others)}
    names -= {*config.kinds, *KIND_NAMES, *FIELDS["labels"]["label"], "network", "date", "message"}
    for spec in source.signals.values():
        names |= {plain(c) for c in ([spec] if isinstance(spec, str) else spec.values())}
    return names | {plain(c) for c in source.map.values()}


def _identity(content: str, source: Source, mapping: SourceMapping, config: Config) -> str:
    """Hash of what was read and how: the same twice is one source."""
    parts = {
        "content": content,
        "table": mapping.table,
        "columns": dict(mapping.columns),
        "signals": [list(signal) for signal in mapping.signals],
        "constants": dict(mapping.constants),
        "options": {k: repr(v) for k, v in source.options.items()},
        "hash": sorted(config.privacy.hash),
        "keep_text": config.privacy.keep_text,
    }
    text = json.dumps(parts, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def _loaded(store: Store) -> dict[str, tuple[str, str]]:
    found = run(store, "load/source_ids")
    return {} if found is None else {str(i): (str(n), str(t)) for i, n, t in found.fetchall()}


def _register(
    store: Store, summary: SourceSummary, opened: s.Opened, mapping: SourceMapping, facts: Written,
    at: datetime,
) -> None:  # fmt: skip
    detail = {
        **opened.detail,
        "mapping": dict(mapping.columns),
        "signals": [list(signal) for signal in mapping.signals],
        "constants": dict(mapping.constants),
        "notes": list(summary.notes),
        "reasons": dict(summary.reasons),
        "tables": sorted(facts.files),
    }
    run(
        store, "load/add_source", source_id=summary.source_id, name=summary.name,
        table_name=summary.table, n_rows=summary.rows, n_loaded=summary.loaded,
        n_quarantined=summary.quarantined, first_at=facts.first_at, last_at=facts.last_at,
        loaded_at=at, detail=json.dumps(detail, ensure_ascii=False),
    )  # fmt: skip


def _accounts(store: Store, written: list[Written]) -> int:
    """Distinct accounts that the new facts name."""
    files = {
        t: [str(_placed(store, w, t)) for w in written if t in w.files]
        for t in ("account", "signal", "prompt", "event", "label", "link")
    }
    named = [f for t in ("account", "signal", "prompt", "event", "label") for f in files[t]]
    if files["link"]:
        ends = scratch(store, "ends.parquet")
        relation = run(store, "load/distinct_ends", files=files["link"])
        if relation is not None:
            relation.write_parquet(str(ends))
            named.append(str(ends))
    return count(store, "load/distinct_accounts", files=named) if named else 0


def _placed(store: Store, written: Written, table: str) -> Path:
    owner = written.files[table].stem.removeprefix(f"{table}-")
    return store.data / "facts" / table / f"{owner}.parquet"
