"""Is the workspace healthy? One line a check, in the order in which things go wrong."""

from __future__ import annotations

import json
import os
import shutil
import sys
from difflib import get_close_matches
from typing import TYPE_CHECKING

from coterie.config import KINDS, duration
from coterie.errors import CoterieError
from coterie.queries.store import lock_holder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from coterie.config import Config
    from coterie.queries.store import Store
    from coterie.workspace import Workspace

_LOW_DISK = 1 << 30
_LOW_MEMORY = 2 << 30


def examine(workspace: Workspace) -> list[dict[str, str]]:
    """Every check: {check, status (ok, warn, fail), detail}."""
    return [
        {"check": check, "status": status, "detail": detail}
        for check, status, detail in _checks(workspace)
    ]


def _checks(workspace: Workspace) -> Iterator[tuple[str, str, str]]:
    from coterie.sweep_register import versions

    python = "ok" if sys.version_info >= (3, 11) else "fail"
    yield "python", python, sys.version.split()[0]
    found = versions(("duckdb", "polars", "numpy", "scipy", "igraph", "networkx", "plotly"))
    absent = [name for name, version in found.items() if version == "absent"]
    detail = ", ".join(f"{name} {version}" for name, version in found.items())
    yield "packages", "fail" if absent else "ok", detail
    config = workspace.config
    set_here = len(config.origin)
    yield "config", "ok", f"valid; {set_here} settings are not defaults"
    yield from _kinds(config)
    yield from _machine(workspace.path)
    path = config.store_path
    if not path.exists():
        yield "store", "warn", f"{path}: nothing loaded yet; run `coterie load`"
        return
    yield _lock(path.with_name(path.name + ".d") / "lock")
    try:
        # From the catalogue alone: views over files that are missing cannot be made.
        files = _files(path)
        yield files
        if files[1] == "fail":
            return
        with workspace.store() as store:
            yield "store", "ok", f"{path}: readable, {_size(path)} of data"
            yield from _unfinished(store)
            yield from _contents(store, config)
    except CoterieError as error:
        yield "store", "fail", str(error)


def _files(path: Path) -> tuple[str, str, str]:
    """Every file that the catalogue names is there and ends as Parquet files do."""
    from coterie.queries.kept import unreadable
    from coterie.queries.store import look_into

    data = path.with_name(path.name + ".d")
    named = [data / name for name in look_into(path)[0]]
    wrong = unreadable(named)
    if not wrong:
        return "files", "ok", f"{len(named):,} files of facts and findings, all there"
    shown = [f"{file.relative_to(data)} ({why[:80]})" for file, why in list(wrong.items())[:10]]
    detail = f"{len(wrong):,} of {len(named):,} are missing or damaged: {', '.join(shown)}"
    if len(wrong) > len(shown):
        detail += f", {len(wrong) - len(shown):,} more"
    return "files", "fail", f"{detail}; `coterie restore` a backup elsewhere and take them from it"


def _unfinished(store: Store) -> Iterator[tuple[str, str, str]]:
    from coterie.sweep_checkpoints import unfinished

    for _, journal in unfinished(store.data)[:1]:
        done = f"{journal.sweep_id} ended after {journal.stages[-1]}"
        yield "unfinished", "warn", f"{done}; `coterie sweep --resume` goes on if none is running"


def _kinds(config: Config) -> Iterator[tuple[str, str, str]]:
    """A declared kind that is nearly a built-in one is more likely a slip than a new kind."""
    for kind in config.kinds:
        near = [] if kind in KINDS else get_close_matches(kind, KINDS, n=1, cutoff=0.75)
        if near:
            yield "kinds", "warn", f'[kind.{kind}] is a new kind; did you mean "{near[0]}"?'


def _machine(folder: Path) -> Iterator[tuple[str, str, str]]:
    free = shutil.disk_usage(folder).free
    yield "disk", "warn" if free < _LOW_DISK else "ok", f"{free / 2**30:.1f} GiB free"
    page = os.sysconf("SC_PAGE_SIZE")
    total = page * os.sysconf("SC_PHYS_PAGES")
    status = "warn" if total < _LOW_MEMORY else "ok"
    cores = os.cpu_count() or 1
    yield "memory", status, f"{total / 2**30:.1f} GiB, {cores} cores"


def _lock(file: Path) -> tuple[str, str, str]:
    import fcntl

    if not file.exists():
        return "lock", "ok", "free"
    if file.is_dir():
        return "lock", "fail", f"{file}: found a folder, expected the lock file; remove it"
    with file.open("r", encoding="utf-8", errors="replace") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return "lock", "warn", f"held by {lock_holder(handle.read(200))}"
    if not os.access(file, os.W_OK):
        return "lock", "warn", f"{file}: cannot be written here; loads and sweeps will fail"
    return "lock", "ok", "free"


def _contents(store: Store, config: Config) -> Iterator[tuple[str, str, str]]:
    sources = store.rows("ask/source_totals")[0]
    if not sources["sources"]:
        yield "sources", "warn", "nothing loaded yet; run `coterie load`"
        return
    yield (
        "sources",
        "ok",
        f"{sources['sources']:,} sources, {sources['loaded']:,} of {sources['rows']:,} rows loaded",
    )
    rejected = sources["quarantined"]
    reasons = ", ".join(f"{r['reason']} {r['n']:,}" for r in store.rows("ask/quarantine_reasons"))
    share = rejected / max(1, sources["rows"])
    detail = f"{rejected:,} rows quarantined" + (f" ({reasons})" if reasons else "")
    yield "quarantine", "warn" if share > 0.01 else "ok", detail
    window = config.sweep.window
    first, last = sources["first_at"], sources["last_at"]
    if first is None:
        yield "window", "warn", "no row carries a time: a window cannot leave anything out"
    else:
        covered = duration(window) >= last - first
        outside = "" if covered else f"; the window of {window} leaves the oldest out"
        yield "window", "ok", f"data from {first:%Y-%m-%d} to {last:%Y-%m-%d}{outside}"
    unfinished = [r for r in store.rows("retention/erasures") if r["finished_at"] is None]
    if unfinished:
        detail = f"{unfinished[0]['erasure_id']} was cut short; run `coterie erase --finish`"
        yield "erasure", "warn", detail
    yield _last_sweep(store)
    yield _decisions(store, config)


def _decisions(store: Store, config: Config) -> tuple[str, str, str]:
    from coterie.workspace.chain import verify
    from coterie.workspace.heads import place_of

    found = verify(store, heads=place_of(config))
    if found.problems:
        return "decisions", "fail", f"the log was changed: {len(found.problems):,} problems"
    pending = store.rows("review/decisions", cluster_id=None, account_id=None, status="pending")
    words = f"{found.entries:,} {'entry' if found.entries == 1 else 'entries'}, whole"
    if pending:
        return "decisions", "warn", f"{words}; {len(pending):,} wait for a second reviewer"
    return "decisions", "ok", words


def _last_sweep(store: Store) -> tuple[str, str, str]:
    sweeps = store.rows("ask/sweeps")
    if not sweeps:
        return "sweep", "warn", "none yet; run `coterie sweep`"
    newest = max(sweeps, key=lambda row: row["started_at"])
    words = f"{newest['sweep_id']}: {newest['status']}"
    if newest["status"] == "failed":
        error = json.loads(newest["detail"] or "{}").get("error", "")
        return "sweep", "warn", f"{words} ({error})"
    if newest["status"] == "degraded":
        found = json.loads(newest["detail"] or "{}").get("quality") or []
        reasons = [str(q["detail"]) for q in found if q["severity"] == "degraded"]
        return "sweep", "warn", f"{words} ({'; '.join(reasons)})"
    return "sweep", "ok", words


def _size(path: Path) -> str:
    folder = path.with_name(path.name + ".d")
    total = path.stat().st_size + sum(f.stat().st_size for f in folder.rglob("*.parquet"))
    return f"{total / 2**20:.1f} MiB"
