"""Splits and merges that people decided hold in every later sweep."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import pytest
from tests.support.rings import put_facts, ring

from coterie.workspace import open_workspace
from coterie.workspace.review import Said

if TYPE_CHECKING:
    from pathlib import Path

    from coterie.workspace import Sweep, Workspace

LEFT = {f"ring-{i:03d}" for i in range(6)}
RIGHT = {f"ring-{i:03d}" for i in range(6, 12)}
CLUB = {f"club-{i:03d}" for i in range(10)}


def _groups(sweep: Sweep) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for row in sweep.members().to_dicts():
        found.setdefault(row["cluster_id"], set()).add(row["account_id"])
    return found


def _name(sweep: Sweep, members: set[str]) -> str:
    (name,) = [name for name, group in _groups(sweep).items() if group == members]
    return name


def _bytes(root: Path, sweep_id: str) -> dict[str, str]:
    folder = root / "coterie.duckdb.d" / "findings" / sweep_id
    return {f.name: hashlib.sha256(f.read_bytes()).hexdigest() for f in sorted(folder.iterdir())}


def _consistent(sweep: Sweep) -> None:
    """What can be counted is as counting gives it."""
    groups = _groups(sweep)
    clusters = {row["cluster_id"]: row for row in sweep.clusters().to_dicts()}
    assert clusters.keys() == groups.keys()
    members = {row["account_id"]: row for row in sweep.members().to_dicts()}
    degree: dict[str, int] = dict.fromkeys(members, 0)
    for link in sweep.links().to_dicts():
        inside = next((n for n, g in groups.items() if {link["src"], link["dst"]} <= g), None)
        assert link["cluster_id"] == inside
        if inside is not None:
            degree[link["src"]] += 1
            degree[link["dst"]] += 1
    for name, row in clusters.items():
        assert row["size"] == len(groups[name])
        assert row["n_core"] == sum(members[a]["role"] == "core" for a in groups[name])
        assert row["n_fringe"] == sum(members[a]["role"] == "fringe" for a in groups[name])
    assert {a: m["n_links"] for a, m in members.items()} == degree
    shared = sweep.workspace.query(
        "SELECT account_id, kind, value FROM findings.incidence AS i"
        " JOIN findings.account AS a USING (sweep_id, account_key)"
        " JOIN findings.value AS v USING (sweep_id, value_key)"
        f" WHERE sweep_id = '{sweep.sweep_id}'"
    )
    counts: dict[tuple[str, str, str], int] = {}
    for account, kind, value in shared.rows():
        for name, group in groups.items():
            if account in group:
                counts[name, kind, value] = counts.get((name, kind, value), 0) + 1
    told: dict[tuple[str, str, str], Any] = {
        (r["cluster_id"], r["kind"], r["value"]): r for r in sweep.evidence().to_dicts()
    }
    assert {k: r["n_in"] for k, r in told.items()} == {k: n for k, n in counts.items() if n >= 2}


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    put_facts(tmp_path / "coterie.duckdb", ring(12, 120))
    club = [r for r in ring(10, 0, prefix="club")["signal"]
            if r["account_id"].startswith("club") and r["kind"] != "ip"]  # fmt: skip
    put_facts(tmp_path / "coterie.duckdb", {"signal": club}, "src-club")
    # A short search: what is decided here does not depend on it.
    return open_workspace(tmp_path, settings={"sweep.permutations": 2, "sweep.consensus": 2})


def test_a_split_and_a_merge_hold_in_later_sweeps(ws: Workspace) -> None:
    first = ws.sweep()
    assert sorted(map(sorted, _groups(first).values())) == sorted(map(sorted, [LEFT | RIGHT, CLUB]))
    whole, club = _name(first, LEFT | RIGHT), _name(first, CLUB)
    untouched = [r for r in first.evidence().to_dicts() if r["cluster_id"] == club]

    (split,) = ws.decide(Said("split", "ann", cluster_id=whole, parts=dict.fromkeys(RIGHT, 1)))
    second = ws.sweep()
    assert second.sweep_id != first.sweep_id, "the same data, seen by people"
    assert sorted(map(sorted, _groups(second).values())) == sorted(map(sorted, [LEFT, RIGHT, CLUB]))
    _consistent(second)
    assert _name(second, CLUB) == club
    assert [
        {**r, "sweep_id": None} for r in second.evidence().to_dicts() if r["cluster_id"] == club
    ] == [{**r, "sweep_id": None} for r in untouched]
    assert whole in _groups(second), "the name stays with half of it"
    words = {r["cluster_id"]: r["summary"] for r in second.clusters().to_dicts()}
    assert words[_name(second, LEFT)].startswith("Reviewers set these 6 accounts apart")
    before = _bytes(ws.path, second.sweep_id)
    assert ws.sweep().sweep_id == second.sweep_id
    assert _bytes(ws.path, second.sweep_id) == before

    # Who joins goes with the part that it is linked to; the parts keep their names.
    signal = [r for r in ring(12, 0)["signal"] if r["account_id"] == "ring-011"]
    late = [{**r, "account_id": "late"} for r in signal if r["kind"] != "ip"]
    late = [r for r in late if "chain-1" in r["value"]]
    put_facts(ws.config.store_path, {"signal": late}, "src-late")
    third = ws.sweep()
    grown = next(g for g in _groups(third).values() if "ring-011" in g)
    assert grown == RIGHT | ({"late"} & set(third.members()["account_id"]))
    assert _name(third, LEFT) == _name(second, LEFT)
    _consistent(third)

    (merge,) = ws.decide(
        Said("merge", "bob", cluster_id=_name(third, LEFT), others=(_name(third, grown), club))
    )
    fourth = ws.sweep()
    assert list(_groups(fourth).values()) == [LEFT | grown | CLUB]
    _consistent(fourth)
    assert "put 3 clusters together" in fourth.clusters()["summary"][0] or (
        "put 2 clusters together" in fourth.clusters()["summary"][0]
    )
    ws.decide(Said("withdraw", "bob", ref=merge["decision_id"]))
    ws.decide(Said("withdraw", "ann", ref=split["decision_id"]))
    last = ws.sweep()
    assert LEFT | grown in _groups(last).values()


def test_a_part_of_one_account_is_in_no_cluster(ws: Workspace) -> None:
    first = ws.sweep()
    whole = _name(first, LEFT | RIGHT)
    ws.decide(Said("split", "ann", cluster_id=whole, parts={"ring-000": 1}))
    second = ws.sweep()
    assert LEFT | RIGHT - {"ring-000"} not in _groups(second).values()
    assert (LEFT | RIGHT) - {"ring-000"} in _groups(second).values()
    assert "ring-000" not in set(second.members()["account_id"])
    _consistent(second)


def test_the_sweep_tells_tiers_as_people_decided(ws: Workspace) -> None:
    first = ws.sweep()
    assert first.result is not None
    ws.decide(Said("confirm", "ann", cluster_id=_name(first, CLUB)))
    again = ws.sweep()
    assert again.result is not None
    assert again.sweep_id == first.sweep_id
    tiers = again.clusters()["tier"].to_list()
    assert again.result.tiers == {tier: tiers.count(tier) for tier in sorted(set(tiers))}
    assert again.result.tiers["confirmed"] == 1
