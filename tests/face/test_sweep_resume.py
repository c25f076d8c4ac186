"""A sweep that is cut short: nothing is lost, and going on gives the bytes of one that was not."""

from __future__ import annotations

import hashlib
import json
import shutil
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

import coterie
from coterie.graphs.pipeline import STAGES
from coterie.loaders.simulate import WorldOptions, simulate
from coterie.workspace import open_workspace

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.face.conftest import Ended

# Every stage, as the sweep calls it; "data quality" comes before anything is kept.
ALL = (*STAGES, "track", "write")
KILL = """
import os, signal, sys
import coterie

def progress(stage, *_):
    if stage == sys.argv[2]:
        os.kill(os.getpid(), signal.SIGKILL)

coterie.open(sys.argv[1]).sweep(resume=True, progress=progress)
"""


class Cut(BaseException):
    """An end that nothing catches, as a kill is none."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A loaded workspace with one sweep of an earlier week; copied by the tests."""
    root = tmp_path_factory.mktemp("world")
    ws = coterie.open(root)
    frames = simulate(WorldOptions(accounts=120, seed=5))
    frames.pop("truth")
    for table, frame in frames.items():
        ws.load(frame, as_=table)
    ws.sweep(as_of="2026-05-20")
    return root


@pytest.fixture(scope="module")
def whole(world: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a sweep that nobody disturbed leaves."""
    root = tmp_path_factory.mktemp("whole") / "ws"
    shutil.copytree(world, root)
    open_workspace(root).sweep()
    return left_by(root)


def left_by(root: Path) -> dict[str, Any]:
    """Hashes of all findings and rows of all registers, but for wall-clock times."""
    data = root / "coterie.duckdb.d"
    files = {
        str(file.relative_to(data)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted((data / "findings").glob("*/*.parquet"))
    }
    ws = open_workspace(root)
    names = ws.query("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'register'")
    registers: dict[str, list[dict[str, Any]]] = {}
    for table in sorted(names["table_name"]):
        rows = ws.query(f"SELECT * FROM register.{table} ORDER BY ALL").to_dicts()
        for row in rows:
            for column in ("started_at", "finished_at"):
                row.pop(column, None)
            if table == "sweep":
                row["detail"] = json.loads(row["detail"])
                for stage in row["detail"]["stages"]:
                    del stage["seconds"]
        registers[table] = sorted(rows, key=str)
    registers["meta"] = [row for row in registers["meta"] if row["name"] != "root"]
    return {"files": files, **registers}


def cut_at(root: Path, stage: str, **more: Any) -> list[str]:
    """Sweep until a stage begins; what was said before."""
    said: list[str] = []

    def progress(name: str, *_: object) -> None:
        if name == stage:
            raise Cut

    with pytest.raises(Cut):
        open_workspace(root).sweep(progress=progress, notice=said.append, **more)
    return said


@pytest.fixture
def root(world: Path, tmp_path: Path) -> Path:
    shutil.copytree(world, tmp_path / "ws")
    return tmp_path / "ws"


def test_kill_9_at_every_stage_then_going_on_gives_the_same_bytes(
    root: Path, whole: dict[str, Any]
) -> None:
    """One sweep, killed at the begin of each stage in turn, always gone on with."""
    for stage in ALL:
        done = subprocess.run([sys.executable, "-c", KILL, str(root), stage], check=False)
        assert done.returncode == -signal.SIGKILL, stage
        assert open_workspace(root).sweeps().height == 1, "the last generation changed"
    said: list[str] = []
    open_workspace(root).sweep(resume=True, notice=said.append)
    assert said == ["going on after findings, the last stage that is done"]
    assert left_by(root) == whole
    assert not list(root.glob("coterie.duckdb.d/work/*"))


def test_what_is_done_is_not_done_again(root: Path, whole: dict[str, Any]) -> None:
    cut_at(root, "judgement")
    began: list[str] = []
    open_workspace(root).sweep(resume=True, progress=lambda name, *_: began.append(name))
    # But for the look at the data, which keeps nothing.
    assert began == ["data quality", "judgement", "findings", "track", "write"]
    assert left_by(root) == whole


def test_a_plain_sweep_starts_from_nothing_and_says_what_would_go_on(
    root: Path, whole: dict[str, Any]
) -> None:
    cut_at(root, "judgement")
    said = cut_at(root, "incidences")
    assert len(said) == 1
    assert "ended after refinement" in said[0]
    assert "coterie sweep --resume" in said[0]
    # The plain one, killed at once, took nothing away from the one that came far.
    said = cut_at(root, "findings", resume=True)
    assert said == ["going on after refinement, the last stage that is done"]
    open_workspace(root).sweep()
    assert left_by(root) == whole
    assert not list(root.glob("coterie.duckdb.d/work/*"))


def test_other_facts_or_options_do_not_go_on_with_it(root: Path) -> None:
    cut_at(root, "links")
    said: list[str] = []
    ws = open_workspace(root)
    ws.sweep(as_of="2026-05-22", resume=True, notice=said.append)
    assert "is not used" in said[0]
    assert "other facts, settings or options" in said[0]
    said.clear()
    cut_at(root, "links")
    # The same sources, but prompt families that were found again.
    with ws.store() as store:
        (family,) = (store.data / "facts" / "family").glob("*.parquet")
    family.write_bytes(family.read_bytes() + b"\0")
    with pytest.raises(Exception, match="parquet"):
        ws.sweep(resume=True, notice=said.append)
    assert "not the same any more" in said[0]


def test_without_an_unfinished_run_going_on_is_a_plain_sweep(
    root: Path, whole: dict[str, Any], run: Callable[..., Ended]
) -> None:
    ended = run("sweep", "--resume", "-w", str(root))
    assert ended.code == 0
    assert "there is no unfinished run" in ended.err
    assert left_by(root) == whole


def test_a_damaged_checkpoint_is_not_used_and_said(root: Path, whole: dict[str, Any]) -> None:
    cut_at(root, "judgement")
    (folder,) = root.glob("coterie.duckdb.d/work/*")
    victim = folder / "03-link.parquet"
    content = victim.read_bytes()
    victim.write_bytes(content[:-9] + bytes([content[-9] ^ 1]) + content[-8:])
    said: list[str] = []
    open_workspace(root).sweep(resume=True, notice=said.append)
    assert "03-link.parquet is missing or damaged" in said[0]
    assert left_by(root) == whole


def test_checkpoints_can_be_turned_off(root: Path, whole: dict[str, Any]) -> None:
    off = open_workspace(root, settings={"sweep.checkpoints": False})

    def progress(*_: object) -> None:
        assert not list(root.glob("coterie.duckdb.d/work/*"))

    off.sweep(progress=progress)
    assert left_by(root) == whole


def test_a_full_disk_ends_the_checkpoints_and_not_the_sweep(
    root: Path, whole: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("coterie.sweep_checkpoints.keep_table", full)
    result = open_workspace(root).sweep().result
    assert result is not None
    assert any("cannot be resumed" in warning for warning in result.warnings)
    assert left_by(root)["files"] == whole["files"]
