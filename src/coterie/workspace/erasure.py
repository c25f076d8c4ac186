"""Erasing accounts: out of facts, findings, decisions, exports and reports; a tombstone stays.

What is to be written is drafted first, in a folder of its own. One generation of the store then takes
the facts without the accounts, the decisions without their names, and a tombstone with the list of
what is left to do: findings to move in, files to remove. A kill before that leaves everything as it
was, a kill after it is made up for by the next erasure or by ``coterie erase --finish``.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coterie.errors import CoterieError, UnknownName, UsageError
from coterie.printable import count, printable
from coterie.queries.run import run
from coterie.workspace.retention import replace_file, report_folders

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from coterie.queries.store import Store
    from coterie.workspace import Workspace

# Columns of facts that name an account; a value may be one too (a referrer).
_NAMING: Mapping[str, tuple[str, ...]] = {
    "signal": ("account_id", "value", "raw"), "derived": ("account_id",),
    "prompt": ("account_id",), "link": ("src", "dst"), "event": ("account_id",),
    "label": ("account_id",), "list": ("value",),
}  # fmt: skip
_BY_KEY: Mapping[str, tuple[str, ...]] = {
    "account": ("account_key",), "holding": ("account_key",), "activity": ("account_key",),
    "link": ("src_key", "dst_key"),
}  # fmt: skip
_BY_QUERY = ("value", "incidence", "member", "evidence", "cluster", "gone", "successor")


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure did, or would do.

    Attributes:
        erasure_id: its tombstone; None of a dry run.
        accounts: how many were erased.
        rows: table -> rows that went or lost a name.
        removed: folders and files of the workspace that went: reports, cases, exports.
        rendered: reports that were written again without the accounts.
        left: files of the workspace, not Coterie's own, that still hold a name: inputs, mostly.
        sources: names of inputs that were loaded; they may bring the accounts back.
        dry_run: whether nothing was done.
    """

    erasure_id: str | None
    accounts: int
    rows: dict[str, int]
    removed: tuple[str, ...] = ()
    rendered: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    dry_run: bool = False

    def to_dict(self) -> dict[str, Any]:
        """The same as plain data."""
        return {n: getattr(self, n) for n in self.__slots__}

    def to_text(self) -> str:
        """For people."""
        will = "would be erased" if self.dry_run else "erased"
        lines = [f"{count(self.accounts, self.accounts, 'account')} {will}"]
        lines += [f"  {name:<22} {n:>10,} rows" for name, n in sorted(self.rows.items()) if n]
        verb = "would be " if self.dry_run else ""
        lines += [f"  {verb}removed: {printable(p)}" for p in self.removed]
        lines += [f"  {verb}written again: {printable(p)}" for p in self.rendered]
        lines += [f"  still holds a name: {printable(p)}" for p in self.left]
        if self.sources:
            lines.append(
                f"  {count(len(self.sources), len(self.sources), 'input')} were loaded; take the "
                "accounts out there too, or a load with --replace brings them back"
            )
        if self.erasure_id:
            lines.append(f"Tombstone {self.erasure_id}")
        return "\n".join(lines)


def erase(
    ws: Workspace,
    accounts: Sequence[str],
    reviewer: str,
    now: Callable[[], datetime],
    *,
    dry_run: bool = False,
    render: bool = True,
    wait: float = 0.0,
) -> Erased:
    """Erase accounts from a workspace.

    Args:
        ws: the workspace.
        accounts: who is erased.
        reviewer: who answers for it.
        now: the clock.
        dry_run: count only.
        render: write the reports that go again, without the accounts.
        wait: seconds to wait for another writer.

    Raises:
        UnknownName: the store names one of them nowhere; nothing is erased.
        UsageError: no account or reviewer is named.
        StoreLocked: another process is writing.
    """
    wanted = sorted(dict.fromkeys(accounts))
    if not wanted or not all(wanted):
        raise UsageError("name at least one account to erase")
    if not dry_run and not reviewer.strip():
        raise UsageError("found no reviewer, expected a name: --reviewer or COTERIE_REVIEWER")
    if dry_run:
        with ws.store() as store:
            _register(store, wanted)
            _check(store, wanted)
            rows = _count(store, wanted)
            reports, others = _outputs(ws, store)
            names = tuple(r["name"] for r in store.rows("quality/sources"))
        again = tuple(r for r in reports if render)
        return Erased(None, len(wanted), rows, (*reports, *others), again,
                      _left(ws, wanted, {*reports, *others}), names, dry_run=True)  # fmt: skip
    finish(ws, now, wait=wait)
    at = now()
    token = hashlib.sha256("\n".join([at.isoformat(), *wanted]).encode()).hexdigest()[:12]
    erasure = f"e-{token}"
    from coterie.workspace.people import writing
    from coterie.workspace.review import erase as erase_decisions

    with writing(ws, wait, "erasure", compact=True) as store:
        drafts = store.data / "erase"
        shutil.rmtree(drafts, ignore_errors=True)
        (drafts / erasure).mkdir(parents=True)
        _register(store, wanted)
        _check(store, wanted)
        reports, others = _outputs(ws, store)
        names = tuple(r["name"] for r in store.rows("quality/sources"))
        old: list[str] = []
        rows = _facts(store, wanted, old)
        moves: list[str] = []
        rows |= _findings(store, drafts / erasure, moves)
        rows["decisions and exports"] = erase_decisions(store, wanted, reviewer, at)
        detail = {
            "rows": rows, "moves": moves, "old": old, "removed": [*reports, *others],
            "render": list(reports) if render else [],
        }  # fmt: skip
        run(
            store, "retention/add_erasure", erasure_id=erasure, erased_at=at, reviewer=reviewer,
            n_accounts=len(wanted), detail=json.dumps(detail),
        )  # fmt: skip
        store.con.unregister("erase_account")
        _outbox(ws, wanted)
    rendered = finish(ws, now, wait=wait)
    removed = tuple(p for p in (*reports, *others) if p not in rendered)
    return Erased(erasure, len(wanted), rows, removed, rendered, _left(ws, wanted, set()), names)


def finish(ws: Workspace, now: Callable[[], datetime], *, wait: float = 0.0) -> tuple[str, ...]:
    """Do what erasures that were cut short left to do.

    Returns:
        Reports that were written again.
    """
    from coterie.workspace.people import writing

    with ws.store() as store:
        data = store.data
        waiting = [r for r in store.rows("retention/erasures") if r["finished_at"] is None]
    rendered: list[str] = []
    for row in waiting:
        detail = json.loads(row["detail"])
        with writing(ws, wait, "erasure") as store:
            for name in detail["moves"]:
                draft = data / "erase" / row["erasure_id"] / name.replace("/", "~")
                if draft.exists():
                    draft.replace(data / name)
            for name in detail["old"]:
                (data / name).unlink(missing_ok=True)
            # Unfinished sweeps and what was spilled hold accounts too, in forms of their own.
            for folder in ("work", "spill", "erase"):
                shutil.rmtree(data / folder, ignore_errors=True)
            for name in detail["removed"]:
                _remove(ws.path / name)
        rendered += _render(ws, detail["render"])
        whole = {"rows": detail["rows"], "removed": detail["removed"], "rendered": rendered}
        with writing(ws, wait, "erasure") as store:
            run(store, "retention/end_erasure", erasure_id=row["erasure_id"], now=now(),
                detail=json.dumps(whole))  # fmt: skip
    return tuple(rendered)


def _register(store: Store, accounts: Sequence[str]) -> None:
    import polars as pl

    store.con.register("erase_account", pl.DataFrame({"account_id": list(accounts)}))


def _check(store: Store, accounts: Sequence[str]) -> None:
    known = {row["account_id"] for row in store.rows("retention/known")}
    unknown = [a for a in accounts if a not in known]
    if unknown:
        shown = ", ".join(printable(a, 60) for a in unknown[:5])
        raise UnknownName(
            f"{count(min(5, len(unknown)), len(unknown), 'account')} that the store names nowhere, "
            f"nothing was erased: {shown}"
        )


def _quoted(accounts: Sequence[str]) -> list[str]:
    """The names as JSON texts, in both of the ways in which they may be written."""
    return sorted({json.dumps(a, ensure_ascii=e) for a in accounts for e in (True, False)})


def _patterns(accounts: Sequence[str]) -> list[str]:
    """The names as a line may hold them, plain or as JSON, not as a part of a longer word."""
    forms = {form for a in accounts for form in (a, *(q[1:-1] for q in _quoted([a])))}
    return [rf"(^|[^\pL\pN_-]){_literal(form)}($|[^\pL\pN_-])" for form in sorted(forms)]


def _literal(text: str) -> str:
    """A text as a pattern of RE2; Python escapes some letters in a way of its own."""
    return re.sub(r"[^\w\s]", lambda m: f"\\x{{{ord(m[0]):x}}}", text)


def _count(store: Store, accounts: Sequence[str]) -> dict[str, int]:
    rows: dict[str, int] = {}
    _lone(store)
    for file in store.rows("retention/files"):
        name = f"facts.{file['table_name']}"
        rows[name] = rows.get(name, 0) + _touched(store, file, accounts)
    for sweep in _sweeps(store):
        files = _sweep_files(store, sweep)
        if "account" in files:
            run(store, "retention/lost_keys", file=files["account"])
            for table, columns in _BY_KEY.items():
                if table in files:
                    found = store.con.read_parquet(files[table])
                    n = _n(found) - _n(_without(store, found, "erase_key", "account_key", columns))
                    rows[f"findings.{table}"] = rows.get(f"findings.{table}", 0) + n
    return rows


def _n(relation: Any) -> int:
    return int(relation.count("*").fetchall()[0][0])


def _without(store: Store, found: Any, table: str, key: str, columns: Sequence[str]) -> Any:
    """The rows that name nobody of a table in any of some columns."""
    gone = store.con.view(table) if table == "erase_account" else store.con.table(table)
    for column in columns:
        # Both names are the schema's own.
        found = found.set_alias("r").join(
            gone.set_alias("e"), f'r."{column}" = e."{key}"', how="anti"
        )
    return found


def _lone(store: Store) -> None:
    run(store, "retention/lone_docs")
    run(store, "retention/lone_values")


def _touched(store: Store, file: Mapping[str, Any], accounts: Sequence[str]) -> int:
    table, path = file["table_name"], str(store.data / file["path"])
    if table == "account":
        return _number(store, "named_attributes", file=path, names=_quoted(accounts))
    if table == "quarantine":
        return _number(store, "named_quarantine", file=path, patterns=_patterns(accounts))
    found = store.con.read_parquet(path)
    return _n(found) - _n(_kept(store, found, table))


def _number(store: Store, name: str, **params: Any) -> int:
    return int(store.rows(f"retention/{name}", **params)[0]["n"])


def _kept(store: Store, found: Any, table: str) -> Any:
    if table in {"doc", "family"}:
        return _without(store, found, "erase_doc", "doc", ("doc",))
    return _without(store, found, "erase_account", "account_id", _NAMING.get(table, ()))


def _facts(store: Store, accounts: Sequence[str], old: list[str]) -> dict[str, int]:
    """Write the facts without the accounts; the files whose place was taken go to ``old``."""
    rows: dict[str, int] = {}
    _lone(store)
    for file in store.rows("retention/files"):
        table, path = file["table_name"], str(store.data / file["path"])
        n = _touched(store, file, accounts)
        rows[f"facts.{table}"] = rows.get(f"facts.{table}", 0) + n
        if not n:
            continue
        old.append(file["path"])
        write: Callable[[Path], object]
        if table == "account":
            write = partial(_written, store, "keep_account", file=path, names=_quoted(accounts))
        elif table == "quarantine":
            write = partial(
                _written, store, "keep_quarantine", file=path, patterns=_patterns(accounts)
            )
        else:
            write = partial(_rows_to, _kept(store, store.con.read_parquet(path), table))
        replace_file(store, file, write)
    return rows


def _written(store: Store, name: str, path: Path, **params: Any) -> None:
    run(store, f"retention/{name}", path=str(path), **params)


def _rows_to(relation: Any, path: Path) -> None:
    relation.write_parquet(str(path), compression="zstd")


def _sweeps(store: Store) -> list[str]:
    return [str(r["sweep_id"]) for r in store.rows("ask/sweeps")]


def _sweep_files(store: Store, sweep_id: str) -> dict[str, str]:
    found = store.rows("retention/sweep_files", sweep_id=sweep_id)
    return {r["table_name"]: str(store.data / r["path"]) for r in found}


def _findings(store: Store, drafts: Path, moves: list[str]) -> dict[str, int]:
    """Draft the findings without the accounts; what is to be moved in goes to ``moves``."""
    rows: dict[str, int] = {}
    for sweep in _sweeps(store):
        files = _sweep_files(store, sweep)
        if not {"account", "value", "incidence", "member"} <= files.keys():
            continue
        run(store, "retention/lost_keys", file=files["account"])
        run(store, "retention/lost_values", incidence=files["incidence"], value=files["value"])
        more = {"evidence": {"incidence", "member"}, "cluster": {"member"}}
        for table, path in files.items():
            name = str(Path(path).relative_to(store.data))
            draft = drafts / name.replace("/", "~")
            found = store.con.read_parquet(path)
            if table in _BY_KEY:
                kept = _without(store, found, "erase_key", "account_key", _BY_KEY[table])
                if _n(kept) == _n(found):
                    continue
                keys = [c for c in found.columns if c.endswith("_key")] + (
                    ["kind"] if table == "holding" else ["hour"] if table == "activity" else []
                )
                kept.order(", ".join(f'"{k}"' for k in keys)).write_parquet(
                    str(draft), compression="zstd"
                )
            elif table in _BY_QUERY:
                run(store, f"retention/find_{table}", file=path, path=str(draft),
                    **{p: files[p] for p in more.get(table, ())})  # fmt: skip
                kept = store.con.read_parquet(str(draft))
            else:
                continue
            rows[f"findings.{table}"] = rows.get(f"findings.{table}", 0) + _n(found) - _n(kept)
            moves.append(name)
    return rows


def _outputs(ws: Workspace, store: Store) -> tuple[list[str], list[str]]:
    """(reports, cases and exports) of the workspace that may hold the accounts."""
    reports = [
        name
        for sweep in _sweeps(store)
        for name in report_folders(sweep)
        if (ws.path / name).is_dir() and not (ws.path / name).is_symlink()
    ]
    others = ["case"] if (ws.path / "case").is_dir() else []
    root = ws.path.resolve()
    for row in store.rows("retention/exports_of"):
        folder = (root / (row["path"] or "")).resolve()
        # Never above or beside the workspace, whatever the ledger says.
        if row["path"] and folder.is_dir() and folder != root and folder.is_relative_to(root):
            others.append(str(folder.relative_to(root)))
    return reports, others


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _render(ws: Workspace, names: Sequence[str]) -> list[str]:
    """Write reports again; one that cannot be written stays removed."""
    done = []
    for name in names:
        rest = name.removeprefix("reports/")
        form = "md" if rest.endswith("-md") else "html"
        rest = rest.removesuffix("-md")
        redact = rest.endswith("-redacted")
        try:
            ws.report(ws.path / name, sweep_id=rest.removesuffix("-redacted"), redact=redact,
                      form="md" if form == "md" else "html")  # fmt: skip
        except CoterieError:
            continue
        done.append(name)
    return done


def _outbox(ws: Workspace, accounts: Sequence[str]) -> None:
    """Requests that wait and name one of the accounts are not sent any more."""
    outbox = ws.config.store_path.with_name(ws.config.store_path.name + ".d") / "outbox"
    # A request is JSON inside JSON: its quotes have a backslash before them.
    names = [form for q in _quoted(accounts) for form in (q, json.dumps(q)[1:-1])]
    for file in outbox.glob("*/messages.jsonl"):
        lines = file.read_text(encoding="utf-8").split("\n")
        kept = [line for line in lines if not any(name in line for name in names)]
        if len(kept) < len(lines):
            part = file.with_name(".messages.part")
            part.write_text("\n".join(kept), encoding="utf-8")
            part.replace(file)


def _left(ws: Workspace, accounts: Sequence[str], gone: set[str]) -> tuple[str, ...]:
    """Plain files of the workspace that hold a name and are not Coterie's to change."""
    store = ws.config.store_path
    names = [form.encode() for a in accounts for form in {a, *(q[1:-1] for q in _quoted([a]))}]
    found = []
    for path in sorted(ws.path.rglob("*")):
        name = str(path.relative_to(ws.path))
        own = path == store or path.is_relative_to(store.with_name(store.name + ".d"))
        if own or not path.is_file() or any(name == g or name.startswith(f"{g}/") for g in gone):
            continue
        content = path.read_bytes()
        if any(n in content for n in names):
            found.append(name)
    return tuple(found)
