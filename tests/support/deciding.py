"""Platforms with clusters that nobody had to find, for the tests of decisions and exports."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from coterie.queries.run import run
from coterie.queries.schema import FACTS, FINDINGS, REGISTERS
from coterie.queries.store import _VIEWS, Store, connect, place, scratch, write_store
from coterie.workspace import open_workspace
from coterie.workspace.ledger import adopt
from coterie.workspace.review import Said, erase, record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from coterie.config import Config
    from coterie.queries.schema import Table
    from coterie.workspace import Workspace

NOW = dt.datetime(2026, 6, 1, 12)  # noqa: DTZ001 - the store's times are naive UTC
_DAY = dt.timedelta(days=1)
_TYPES: dict[str, Any] = {
    "TIMESTAMP": pl.Datetime("us"), "BIGINT": pl.Int64, "INTEGER": pl.Int32, "DOUBLE": pl.Float64,
    "VARCHAR[]": pl.List(pl.String), "UHUGEINT": pl.Int64,
}  # fmt: skip


def platform(
    root: Path,
    sweeps: Sequence[Mapping[str, Mapping[str, str]]],
    *,
    labels: Sequence[tuple[str, str]] = (),
    lists: Sequence[dict[str, Any]] = (),
    attributes: Mapping[str, str] | None = None,
    statuses: Sequence[str] = (),
    toml: str = "",
) -> Workspace:
    """A workspace whose sweeps found what is given.

    Args:
        root: an empty folder.
        sweeps: one {cluster: {account: role}} a sweep, the oldest first.
        labels: (account, label) pairs.
        lists: rows of ``lists``.
        attributes: account -> JSON object.
        statuses: of the sweeps; complete where not given.
        toml: the settings file.
    """
    (root / "coterie.toml").write_text(toml, encoding="utf-8")
    keys = _keys(sweeps)
    with write_store(root / "coterie.duckdb") as store:
        for table, rows in _facts(keys, labels, lists, attributes or {}).items():
            file = scratch(store, f"{table}.parquet")
            _frame(FACTS[table], rows).write_parquet(file)
            place(store, "facts", table, "src", file)
        for number, found in enumerate(sweeps):
            for table, rows in _findings(f"s-{number}", found, keys).items():
                file = scratch(store, f"{table}.parquet")
                _frame(FINDINGS[table], rows).write_parquet(file)
                place(store, "findings", table, f"s-{number}", file)
        _register(store, len(sweeps), statuses)
    return open_workspace(root)


def memory() -> Store:
    """A writer's store in memory, empty, with every table and view: for many small examples."""
    con = connect()
    store = Store(Path("none.duckdb"), con, writable=True)
    for schema, tables in (("facts", FACTS), ("findings", FINDINGS), ("register", REGISTERS)):
        con.sql(f"CREATE SCHEMA {schema}")
        for table, spec in tables.items():
            columns = ", ".join(f'"{c.name}" {c.type}' for c in spec.columns)
            con.sql(f"CREATE TABLE {schema}.{table} ({columns})")
    run(store, "store/create_meta")
    for view in _VIEWS:
        run(store, f"views/{view}")
    return store


def fill(
    store: Store,
    sweeps: Sequence[Mapping[str, Mapping[str, str]]],
    *,
    labels: Sequence[tuple[str, str]] = (),
    lists: Sequence[dict[str, Any]] = (),
    attributes: Mapping[str, str] | None = None,
    statuses: Sequence[str] = (),
) -> None:
    """Make a store of :func:`memory` hold this platform and nothing else; as :func:`platform`."""
    for schema, tables in (("facts", FACTS), ("findings", FINDINGS), ("register", REGISTERS)):
        for table in tables:
            store.con.sql(f"DELETE FROM {schema}.{table}")
    keys = _keys(sweeps)
    found = [("facts", FACTS, _facts(keys, labels, lists, attributes or {}))]
    found += [("findings", FINDINGS, _findings(f"s-{n}", s, keys)) for n, s in enumerate(sweeps)]
    for schema, specs, rows_of in found:
        for table, rows in rows_of.items():
            store.con.register("given", _frame(specs[table], rows))
            store.con.sql(f"INSERT INTO {schema}.{table} FROM given")
            store.con.unregister("given")
    _register(store, len(sweeps), statuses)


@dataclass(slots=True)
class Desk:
    """Deciding on a store of :func:`memory`: what a workspace gives, without its files."""

    store: Store
    config: Config

    def decide(self, *said: Said, sweep_id: str | None = None) -> list[dict[str, Any]]:
        """As ``Workspace.decide``."""
        return record(self.store, self.config, said, NOW, sweep_id)

    def query(self, text: str) -> pl.DataFrame:
        """As ``Workspace.query``."""
        found = self.store.sql(text)
        assert found is not None
        frame: pl.DataFrame = found.pl()
        return frame

    def decisions(self, status: str | None = None) -> list[dict[str, Any]]:
        """The log, of a status or whole."""
        return self.store.rows("review/decisions", cluster_id=None, account_id=None, status=status)

    def tiers(self, sweep_id: str) -> dict[str, tuple[str, str | None]]:
        """Cluster -> (tier, decision)."""
        rows = self.store.rows("ask/clusters", sweep_id=sweep_id)
        return {r["cluster_id"]: (r["tier"], r["decision"]) for r in rows}


def _keys(sweeps: Sequence[Mapping[str, Mapping[str, str]]]) -> dict[str, int]:
    ids = sorted({a for found in sweeps for members in found.values() for a in members})
    return {account: number for number, account in enumerate(ids)}


def _facts(
    keys: Mapping[str, int],
    labels: Sequence[tuple[str, str]],
    lists: Sequence[dict[str, Any]],
    attributes: Mapping[str, str],
) -> dict[str, list[dict[str, Any]]]:
    return {
        "account": [
            {"account_id": a, "created_at": NOW - 60 * _DAY, "status": "active",
             "attributes": attributes.get(a, "{}")}
            for a in keys
        ],
        "label": [{"account_id": a, "label": label, "source": "test"} for a, label in labels],
        "list": list(lists),
    }  # fmt: skip


def _register(store: Store, n: int, statuses: Sequence[str]) -> None:
    for number in range(n):
        end = NOW - (n - number) * 7 * _DAY
        store.sql(
            "INSERT INTO register.sweep VALUES ($id, $end, $start, $end, $status, 'c', 'i', 1,"
            " '0.1.0', $end, $end, '{}')",
            id=f"s-{number}", end=end, start=end - 90 * _DAY,
            status=statuses[number] if number < len(statuses) else "complete",
        )  # fmt: skip


def _findings(
    sweep: str, found: Mapping[str, Mapping[str, str]], keys: Mapping[str, int]
) -> dict[str, list[dict[str, Any]]]:
    """Every cluster has one card of its own, and the members meet on it."""
    common = {"sweep_id": sweep}
    times = {"first_seen": NOW - 40 * _DAY, "last_seen": NOW - 10 * _DAY}
    values = {c: number for number, c in enumerate(sorted(found))}
    return {
        "account": [
            {**common, **times, "account_key": k, "account_id": a, "status": "active"}
            for a, k in keys.items()
        ],
        "cluster": [
            {**common, **times, "cluster_id": c, "size": len(members), "score": 0.9,
             "tier": "coordinated", "class": "operator", "families": ["payment"], "n_kinds": 1,
             "change": "birth", "summary": "They share a card.", "waterfall": "[]",
             "features": "{}", "guards": "[]", "stability": 1.0, "q_value": 0.01,
             "n_core": len(members), "n_fringe": 0}
            for c, members in found.items()
        ],
        "member": [
            {**common, "cluster_id": c, "account_key": keys[a], "account_id": a, "role": role,
             "score": 0.9, "n_links": 1, "families": ["payment"], "why": "1 payment",
             "bits": 14.0, "stability": 1.0}
            for c, members in found.items() for a, role in members.items()
        ],
        "value": [
            {**common, **times, "value_key": v, "kind": "payment", "value": f"card of {c}",
             "display": f"card of {c}", "family": "payment", "n_accounts": len(found[c]),
             "bits": 14.0, "treatment": "used"}
            for c, v in values.items()
        ],
        "incidence": [
            {**common, **times, "account_key": keys[a], "value_key": values[c], "n": 1,
             "half_bits": 7.0}
            for c, members in found.items() for a in members
        ],
        "evidence": [
            {**common, "cluster_id": c, "value_key": v, "kind": "payment",
             "value": f"card of {c}", "n_in": len(found[c]), "n_all": len(found[c]),
             "bits": 14.0}
            for c, v in values.items() if len(found[c]) >= 2
        ],
    }  # fmt: skip


def _frame(spec: Table, rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    schema = {c.name: _TYPES.get(c.type, pl.String) for c in spec.columns}
    return pl.DataFrame([{n: r.get(n) for n in schema} for r in rows], schema=schema)


def carried(
    clusters: Mapping[str, Mapping[str, str]], log: Sequence[Mapping[str, Any]]
) -> dict[str, tuple[int, Mapping[str, Any]]]:
    """What each account carries, the slow and plain way: (rank, entry of the log).

    Args:
        clusters: cluster -> accounts, as in the one sweep.
        log: the rows of ``register.decision``.

    Returns:
        Account -> rank (2 a won appeal, 1 a decision on the account, 0 on its cluster) and the entry.
    """
    said: dict[str, list[tuple[int, int, Mapping[str, Any]]]] = {}
    for entry in log:
        answers = [a for a in log if a["ref"] == entry["decision_id"]]
        ended = [
            a
            for a in answers
            if a["decision"] == "reject"
            or (a["decision"] == "withdraw" and (not a["needs_second"] or _approved(a, log)))
        ]
        if entry["ref"] or ended:
            continue
        approved = [a["seq"] for a in answers if a["decision"] == "approve"]
        if (entry["needs_second"] and not approved) or entry["decision"] == "uphold":
            continue
        force = min(approved) if entry["needs_second"] else entry["seq"]
        rank = 2 if entry["decision"] == "overturn" else 1 if entry["account_id"] else 0
        accounts = [entry["account_id"]] if rank else clusters[entry["cluster_id"]]
        for account in accounts:
            said.setdefault(account, []).append((rank, force, entry))
    newest = {a: max(s, key=lambda one: one[:2]) for a, s in said.items()}
    return {account: (rank, entry) for account, (rank, _, entry) in newest.items()}


def _approved(entry: Mapping[str, Any], log: Sequence[Mapping[str, Any]]) -> bool:
    return any(a["ref"] == entry["decision_id"] and a["decision"] == "approve" for a in log)


def decide_everything(ws: Workspace) -> None:
    """Every kind of decision, answer and export on a swept workspace (for the test of all SQL)."""
    from coterie.reports.exports.graph import write_graph
    from coterie.reports.exports.messages import TargetOptions
    from coterie.workspace.people import target_of, waiting
    from coterie.workspace.sending import requests_of
    from coterie.workspace.sharing import match, share
    from coterie.workspace.telling import tell

    sweep = ws.newest()
    clusters = sweep.clusters()["cluster_id"].to_list()
    accounts = sweep.members(clusters[0])["account_id"].to_list()
    (entry,) = ws.decide(Said("confirm", "ann", cluster_id=clusters[0]))
    if entry["needs_second"]:
        ws.decide(Said("approve", "bob", ref=entry["decision_id"]))
    _, carved, _ = ws.decide(
        Said("overturn", "zoe", account_id=accounts[0]),
        Said("exclude", "bob", account_id=accounts[1]),
        Said("split", "bob", cluster_id=clusters[0], parts={accounts[2]: 1}),
    )
    ws.decide(Said("withdraw", "bob", ref=carved["decision_id"]))
    with ws.store() as store:
        for name in (clusters[0], accounts[0], entry["decision_id"]):
            target_of(store, None, name)
    waiting(ws, "zoe")
    ws.decisions()
    ws.export_enforcement(dry_run=True)
    ws.export_enforcement()
    ws.export_enforcement()
    tell(ws, "notice", [{"key": "k"}], "key", ws.path / "told.jsonl", lambda: NOW)
    requests_of(ws, "webhook", TargetOptions())
    requests_of(ws, "coop-report", TargetOptions())
    keys = {"k": b"a key of this test"}
    small = replace(ws, config=replace(ws.config, share=replace(ws.config.share, min_group=2)))
    first = share(small, keys, lambda: NOW)
    file = ws.path / "bundle.json"
    file.write_text(first.text, encoding="utf-8")
    match(ws, file, keys, lambda: NOW)
    share(replace(ws, config=replace(ws.config, share=replace(ws.config.share, min_group=999))),
          keys, lambda: NOW)  # fmt: skip
    assert ws.verify_decisions().to_dict()["whole"]
    ws.sweep()
    with ws.store() as store:
        write_graph(store, sweep.sweep_id, ws.path, "parquet")
    with write_store(ws.config.store_path, tracer=ws.tracer) as store:
        erase(store, [accounts[3]], "privacy", NOW)
        adopt(store)
    ws.named("review/appeal_ref", appeal_ref="none")
    ws.named("review/decision_ids")
    ws.named("review/of_clusters", sweep_id=sweep.sweep_id)
