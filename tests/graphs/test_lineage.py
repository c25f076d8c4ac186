"""Likely successors of banned accounts, against a plain reading of the rule."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.support.rings import START, put_facts, ring

from coterie.workspace import open_workspace

if TYPE_CHECKING:
    from pathlib import Path

BAN = 30.0


def _at(day: float) -> dt.datetime:
    return START + dt.timedelta(days=day)


def _use(account: str, kind: str, value: str, day: float) -> dict[str, Any]:
    return {"account_id": account, "kind": kind, "value": value, "first_seen": _at(day),
            "last_seen": _at(day + 0.1)}  # fmt: skip


def _born(account: str, day: float) -> dict[str, Any]:
    return {"account_id": account, "created_at": _at(day), "status": "active", "attributes": "{}"}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    root = tmp_path_factory.mktemp("lineage")
    return _successors(root)


def _successors(root: Path) -> list[dict[str, Any]]:
    facts = ring(8)
    for row in facts["account"]:
        if row["account_id"].startswith("ring"):
            row |= {"status": "banned", "banned_at": _at(BAN)}
    card, device = ("payment", "payment-ring-0"), ("device", "device-ring-0")
    facts["account"] += [
        _born("next", 31), _born("before", 12), _born("one-family", 31), _born("stranger", 31)
    ]  # fmt: skip
    facts["signal"] += [
        _use("next", *card, 32), _use("next", *device, 33),
        # Signed up before the ban: not new, whatever it uses.
        _use("before", *card, 34), _use("before", *device, 34),
        _use("one-family", *card, 34), _use("one-family", "payment", "payment-ring-chain-0", 34),
        _use("stranger", "payment", "card-1", 34), _use("stranger", "device", "dev-1", 34),
    ]  # fmt: skip
    put_facts(root / "coterie.duckdb", facts)
    sweep = open_workspace(root).sweep()
    frame = open_workspace(root).query("SELECT * FROM successors ORDER BY account_id, place")
    assert frame["sweep_id"].unique().to_list() == [sweep.sweep_id]
    return frame.to_dicts()


def test_only_who_is_new_and_took_up_two_families_is_a_successor(
    found: list[dict[str, Any]],
) -> None:
    assert {row["account_id"] for row in found} == {"next"}


def test_the_likeliest_three_are_listed_and_all_are_counted(found: list[dict[str, Any]]) -> None:
    assert [row["place"] for row in found] == [1, 2, 3]
    assert {row["n_predecessors"] for row in found} == {8}
    assert all(row["predecessor_id"].startswith("ring") for row in found)
    assert [row["bits"] for row in found] == sorted((r["bits"] for r in found), reverse=True)


def test_the_evidence_says_what_was_taken_up_and_when(found: list[dict[str, Any]]) -> None:
    first = found[0]
    assert first["families"] == ["device", "payment"]
    assert (first["banned_at"], first["taken_at"]) == (_at(BAN), _at(32))
    shared = json.loads(first["shared"])
    assert {(s["kind"], s["value"]) for s in shared} >= {
        ("payment", "payment-ring-0"), ("device", "device-ring-0"),
    }  # fmt: skip
    assert first["n_values"] == len(shared)
    assert first["bits"] == pytest.approx(sum(s["bits"] for s in shared), abs=0.01)
    assert first["cluster_id"] == first["predecessor_cluster_id"] is not None


def test_a_ban_after_the_window_is_not_known_yet(tmp_path: Path) -> None:
    facts = ring(8)
    for row in facts["account"]:
        if row["account_id"].startswith("ring"):
            row |= {"status": "banned", "banned_at": _at(BAN)}
    facts["account"].append(_born("next", 31))
    facts["signal"] += [
        _use("next", "payment", "payment-ring-0", 32), _use("next", "device", "device-ring-0", 33)
    ]  # fmt: skip
    put_facts(tmp_path / "coterie.duckdb", facts)
    ws = open_workspace(tmp_path)
    ws.sweep(as_of=_at(BAN))
    assert ws.query("SELECT * FROM successors").is_empty()
    ws.sweep(as_of=_at(40))
    assert ws.query("SELECT DISTINCT account_id FROM current_successors").rows() == [("next",)]
