"""Sweeps: identity, equal bytes, names over time, failures."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from tests.support.rings import START, put_facts, ring

import coterie.graphs.pipeline
from coterie.errors import InputError, StoreLocked
from coterie.queries.schema import FINDINGS
from coterie.queries.store import write_store
from coterie.workspace import open_workspace

if TYPE_CHECKING:
    from pathlib import Path


def _bytes(root: Path, sweep_id: str) -> dict[str, str]:
    folder = root / "coterie.duckdb.d" / "findings" / sweep_id
    return {f.name: hashlib.sha256(f.read_bytes()).hexdigest() for f in sorted(folder.iterdir())}


def test_equal_facts_in_any_order_give_equal_bytes(tmp_path: Path) -> None:
    found = []
    for name, turn in (("one", 1), ("two", -1)):
        root = tmp_path / name
        root.mkdir()
        facts = {table: rows[::turn] for table, rows in ring().items()}
        put_facts(root / "coterie.duckdb", facts)
        sweep = open_workspace(root).sweep()
        found.append((sweep.sweep_id, _bytes(root, sweep.sweep_id)))
    assert found[0] == found[1]
    assert len(found[0][1]) == len(FINDINGS)


def test_the_same_sweep_again_replaces_itself(tmp_path: Path) -> None:
    put_facts(tmp_path / "coterie.duckdb", ring())
    ws = open_workspace(tmp_path)
    first = ws.sweep()
    before = _bytes(tmp_path, first.sweep_id)
    again = ws.sweep()
    assert again.sweep_id == first.sweep_id
    assert _bytes(tmp_path, first.sweep_id) == before
    assert ws.sweeps().height == 1


def test_the_identity_follows_inputs_window_and_settings(tmp_path: Path) -> None:
    put_facts(tmp_path / "coterie.duckdb", ring())
    ws = open_workspace(tmp_path)
    names = {
        ws.sweep().sweep_id,
        ws.sweep(window="30d").sweep_id,
        ws.sweep(as_of="2026-05-20").sweep_id,
        open_workspace(tmp_path, settings={"sweep.seed": 2}).sweep().sweep_id,
    }
    put_facts(tmp_path / "coterie.duckdb", {"signal": ring(prefix="other")["signal"]}, "src-b")
    names.add(ws.sweep().sweep_id)
    assert len(names) == 5


def test_the_window_ends_with_the_data_and_not_with_the_clock(tmp_path: Path) -> None:
    facts = ring()
    put_facts(tmp_path / "coterie.duckdb", facts)
    result = open_workspace(tmp_path).sweep().result
    assert result is not None
    newest = max(row["last_seen"] for row in facts["signal"])
    assert result.window_end == newest + dt.timedelta(microseconds=1)
    assert result.window_end - result.window_start == dt.timedelta(days=90)
    assert result.sweep_id.startswith(f"s-{newest:%Y%m%d}-")


def test_facts_without_times_are_swept_with_a_warning(tmp_path: Path) -> None:
    signal = [{**row, "first_seen": None, "last_seen": None} for row in ring()["signal"]]
    put_facts(tmp_path / "coterie.duckdb", {"signal": signal})
    result = open_workspace(tmp_path).sweep().result
    assert result is not None
    assert any("time" in warning for warning in result.warnings)
    assert result.totals["clusters"] >= 1


def test_every_file_has_the_columns_of_the_schema(swept: Path) -> None:
    (folder,) = (swept / "coterie.duckdb.d" / "findings").iterdir()
    for table, spec in FINDINGS.items():
        columns = duckdb.read_parquet(str(folder / f"{table}.parquet")).columns
        assert tuple(columns) == spec.names, table


def test_the_register_tells_what_ran(swept: Path) -> None:
    row = open_workspace(swept).sweeps().to_dicts()[0]
    detail = json.loads(row["detail"])
    assert row["status"] == "complete"
    assert [s["stage"] for s in detail["stages"]][-2:] == ["track", "write"]
    assert detail["settings"]["sweep"]["window"] == "90d"
    assert {"python", "duckdb", "igraph"} <= detail["versions"].keys()
    assert detail["totals"]["accounts"] == 1208
    assert row["finished_at"] >= row["started_at"]


def test_a_cluster_keeps_its_name_as_it_grows_and_dies_with_its_members(tmp_path: Path) -> None:
    put_facts(tmp_path / "coterie.duckdb", ring(8))
    ws = open_workspace(tmp_path)
    first = ws.sweep(as_of="2026-05-25")
    (born,) = [r for r in first.clusters().to_dicts() if r["size"] >= 8]
    assert born["change"] == "birth"
    more = [r for r in ring(12)["signal"] if r["account_id"].startswith("ring")]
    put_facts(tmp_path / "coterie.duckdb", {"signal": more[40:]}, "src-b")
    second = ws.sweep(as_of="2026-05-26")
    (grown,) = [r for r in second.clusters().to_dicts() if r["size"] >= 8]
    assert grown["cluster_id"] == born["cluster_id"]
    assert grown["change"] == "grow"
    (change,) = [r for r in second.changes().to_dicts() if r["event"] == "grow"]
    assert change["n_joined"] == grown["size"] - born["size"] + change["n_left"]
    members = set(second.members(grown["cluster_id"])["account_id"])
    assert {m["cluster_id"] for m in second.members().to_dicts()} >= {grown["cluster_id"]}
    assert len(members) == grown["size"]
    # Nothing of the ring is left in a window that begins after it.
    late = [
        {**row, "account_id": f"late-{row['account_id']}", "first_seen": START + dt.timedelta(90),
         "last_seen": START + dt.timedelta(90)}
        for row in ring(0, 400)["signal"]
    ]  # fmt: skip
    put_facts(tmp_path / "coterie.duckdb", {"signal": late}, "src-c")
    third = ws.sweep(window="10d")
    dead = {r["cluster_id"] for r in third.changes().to_dicts() if r["event"] == "death"}
    assert born["cluster_id"] in dead


def test_nothing_to_sweep_is_an_input_error(tmp_path: Path) -> None:
    ws = open_workspace(tmp_path)
    with pytest.raises(InputError, match="load signals"):
        ws.sweep()
    put_facts(tmp_path / "coterie.duckdb", {"account": ring()["account"]})
    with pytest.raises(InputError, match="load signals"):
        ws.sweep()
    assert ws.sweeps().is_empty()


def test_a_failing_sweep_leaves_the_findings_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_facts(tmp_path / "coterie.duckdb", ring())
    ws = open_workspace(tmp_path)
    good = ws.sweep()
    before = good.clusters()

    def broken(*_: Any, **__: Any) -> None:
        message = "the stage broke"
        raise RuntimeError(message)

    monkeypatch.setattr(coterie.graphs.pipeline, "detect", broken)
    with pytest.raises(RuntimeError, match="the stage broke"):
        ws.sweep(window="30d")
    with pytest.raises(RuntimeError):
        ws.sweep()
    rows = {r["sweep_id"]: r for r in ws.sweeps().to_dicts()}
    assert rows.pop(good.sweep_id)["status"] == "complete"
    (failed,) = rows.values()
    assert failed["status"] == "failed"
    assert "the stage broke" in json.loads(failed["detail"])["error"]
    assert ws.newest().clusters().equals(before)


def test_another_writer_locks_a_sweep_out(tmp_path: Path) -> None:
    put_facts(tmp_path / "coterie.duckdb", ring())
    with write_store(tmp_path / "coterie.duckdb"), pytest.raises(StoreLocked, match="locked by"):
        open_workspace(tmp_path).sweep()


def test_a_look_back_does_not_become_the_newest_sweep(tmp_path: Path) -> None:
    put_facts(tmp_path / "coterie.duckdb", ring())
    ws = open_workspace(tmp_path)
    newest = ws.sweep()
    back = ws.sweep(as_of="2026-05-20")
    assert ws.newest().sweep_id == newest.sweep_id
    assert f"{newest.sweep_id} stays the newest sweep" in str(back)
    assert "stays the newest" not in str(ws.sweep())
    # Of the same time, the one that ran last: other settings were tried.
    other = open_workspace(tmp_path, settings={"sweep.seed": 2}).sweep()
    assert ws.newest().sweep_id == other.sweep_id
    assert ws.query("SELECT DISTINCT sweep_id FROM current_clusters").item() == other.sweep_id


@pytest.mark.parametrize("slip", ["2206-05-20", "0001-02-03"])
def test_a_window_beside_the_data_is_said_and_never_the_newest(tmp_path: Path, slip: str) -> None:
    put_facts(tmp_path / "coterie.duckdb", ring(benign=100))
    ws = open_workspace(tmp_path)
    good = ws.sweep()
    beside = ws.sweep(as_of=slip)
    assert beside.sweep_id.startswith(f"s-{slip.replace('-', '')}-")
    assert beside.result is not None
    assert any("holds none of the" in warning for warning in beside.result.warnings)
    assert slip in str(beside)
    assert ws.newest().sweep_id == good.sweep_id
