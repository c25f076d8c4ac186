"""Readers, a second writer, a full disk and too little memory while a sweep runs."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from coterie.errors import InputError, StoreLocked
from coterie.workspace import open_workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.face.conftest import Ended

# A sweep that stops at its last stage until a file is there.
SLOW = """
import sys, time
from pathlib import Path
import coterie

root = Path(sys.argv[1])

def progress(stage, *_):
    if stage == "write":
        (root / "waiting").touch()
        while not (root / "go").exists():
            time.sleep(0.01)

coterie.open(root).sweep(window="60d", progress=progress)
"""


@pytest.fixture
def root(swept: Path, tmp_path: Path) -> Path:
    shutil.copytree(swept, tmp_path / "ws")
    open_workspace(tmp_path / "ws").sweeps()  # brings the views to this place
    return tmp_path / "ws"


@pytest.fixture
def busy(root: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Another process in the middle of a sweep of the workspace."""
    with subprocess.Popen([sys.executable, "-c", SLOW, str(root)]) as sweep:
        end = time.monotonic() + 60
        while not (root / "waiting").exists():
            assert sweep.poll() is None, "the sweep ended"
            assert time.monotonic() < end
            time.sleep(0.01)
        yield sweep
        (root / "go").touch()
        assert sweep.wait(60) == 0


def _findings(root: Path) -> dict[str, str]:
    return {
        str(file): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(root.glob("coterie.duckdb.d/findings/*/*.parquet"))
    }


def test_readers_and_backups_go_on_while_a_sweep_runs(
    root: Path, busy: subprocess.Popen[bytes], tmp_path: Path, run: Callable[..., Ended]
) -> None:
    ws = open_workspace(root)
    (first,) = ws.sweeps()["sweep_id"]
    notebook = ws.sql("SELECT count(*) FROM current_members")
    (n,) = notebook.fetchall()[0]
    cluster = ws.newest().clusters()["cluster_id"][0]
    for command in (
        ("query", "SELECT sweep_id FROM sweeps"), ("show", cluster), ("clusters",),
        ("report", "--out", str(tmp_path / "report")), ("manifest",), ("doctor",),
        ("backup", str(tmp_path / "copy")),
    ):  # fmt: skip
        ended = run(*command, "-w", str(root), "--json")
        assert ended.code == 0, ended
    assert ws.newest().sweep_id == first
    # A workspace that was moved has views of another place: a reader makes its own.
    moved = root.rename(tmp_path / "moved")
    assert open_workspace(moved).newest().members().height == n
    moved.rename(root)
    assert run("restore", str(tmp_path / "copy"), "-w", str(tmp_path / "back")).code == 0
    assert open_workspace(tmp_path / "back").newest().sweep_id == first
    (root / "go").touch()
    assert busy.wait(60) == 0
    # The notebook's connection stays where it was; a new one sees the new sweep.
    assert notebook.fetchall() == [(n,)]
    assert open_workspace(root).sweeps().height == 2


def test_a_second_writer_waits_or_says_who_holds_the_lock(
    root: Path, busy: subprocess.Popen[bytes], run: Callable[..., Ended]
) -> None:
    ended = run("sweep", "-w", str(root))
    assert ended.code == 6
    assert f"locked by a sweep (process {busy.pid}" in ended.err
    assert "--wait" in ended.err
    with pytest.raises(StoreLocked):
        open_workspace(root).sweep(wait=0.1)
    waiting = subprocess.Popen(
        [sys.executable, "-c", "from coterie.cli import main; main()", "sweep", "-w",
              str(root), "--wait", "60"],
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    time.sleep(0.3)
    assert waiting.poll() is None
    (root / "go").touch()
    assert waiting.wait(60) == 0


LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), int(sys.argv[1])))
from coterie.cli import main
main(sys.argv[2:])
"""


@pytest.mark.parametrize("size", [60_000, 400_000])
def test_a_file_that_cannot_grow_leaves_the_last_sweep_whole(
    root: Path, run: Callable[..., Ended], size: int
) -> None:
    """The kernel ends writes at a size, as a full disk does at a place that nobody can foresee."""
    before, query = _findings(root), "SELECT * FROM current_members ORDER BY ALL"
    members = open_workspace(root).query(query)
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(size), "sweep", "--window", "70d", "-w", str(root)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 6, done.stderr
    assert "the disk is full" in done.stderr
    assert "the store is as it was" in done.stderr
    assert _findings(root).items() >= before.items()
    assert open_workspace(root).query(query).equals(members)
    assert run("sweep", "--window", "70d", "-w", str(root), "--resume").code == 0


def test_too_little_memory_says_what_to_set(root: Path, run: Callable[..., Ended]) -> None:
    members = open_workspace(root).newest().members()
    (root / "coterie.toml").write_text('[workspace]\nmemory_limit = "3MB"\n', encoding="utf-8")
    ended = run("sweep", "--window", "70d", "-w", str(root))
    assert ended.code == 2, ended
    assert "workspace.memory_limit" in ended.err
    (root / "coterie.toml").unlink()
    assert open_workspace(root).newest().members().equals(members)


def test_the_manifest_tells_what_the_sweep_rests_on(root: Path, run: Callable[..., Ended]) -> None:
    told = json.loads(run("manifest", "-w", str(root), "--json", "--check").out)
    (source,) = told["inputs"]
    assert source["source_id"] == "src-a"
    assert told["sweep"]["seed"] == 1
    assert told["previous"] is None
    assert {"coterie", "duckdb", "igraph", "python"} <= told["versions"].keys()
    assert {"coordinated", "linked", "link"} == told["thresholds"].keys()
    assert told["changed"] == {}
    for name, made in told["outputs"].items():
        (file,) = root.glob(f"coterie.duckdb.d/findings/*/{name}.parquet")
        assert hashlib.sha256(file.read_bytes()).hexdigest() == made["sha256"]
        assert file.stat().st_size == made["bytes"]
    text = run("manifest", "-w", str(root)).out
    for words in ("parent     none", "inputs (1 of 1)", "outputs (SHA-256)", told["weights"]):
        assert words in text
    file.write_bytes(file.read_bytes() + b"\0")
    ended = run("manifest", "-w", str(root), "--check")
    assert ended.code == 6
    assert f"{name} is changed" in ended.err
    assert run("manifest", "s-none", "-w", str(root)).code == 2


def test_a_sweep_is_reproduced_byte_for_byte(root: Path, run: Callable[..., Ended]) -> None:
    ws = open_workspace(root)
    first = ws.newest().sweep_id
    # Settings and other sweeps of today do not matter.
    open_workspace(root, settings={"sweep.seed": 9}).sweep()
    (root / "coterie.toml").write_text("[sweep]\nseed = 4\nlinked = 0.5\n", encoding="utf-8")
    before = _findings(root)
    ended = run("reproduce", first, "-w", str(root), "--json")
    assert ended.code == 0, ended
    told = json.loads(ended.out)
    assert told["same"] is True
    assert len(told["tables"]) == len(ws.manifest(first).outputs)
    assert any("those of then are used" in warning for warning in told["warnings"])
    assert _findings(root) == before


def test_what_cannot_be_reproduced_is_said(
    root: Path, run: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch
) -> None:
    ws = open_workspace(root)
    name = ws.newest().sweep_id
    with monkeypatch.context() as patch:
        patch.setattr("coterie.graphs.refine.ROUNDS", 1)
        patch.setattr("coterie.graphs.track._RENAMED", ())
        patch.setattr("coterie.graphs.communities.WEIGHT_PER_ACCOUNT", 0.001)
        patch.setattr(
            "coterie.workspace.manifest.versions", lambda: {"coterie": "0.0.1", "igraph": "none"}
        )
        ended = run("reproduce", "-w", str(root))
    assert ended.code == 5, ended
    assert "DIFFERENT" in ended.out
    assert "igraph is none, it was" in ended.err
    with ws.store() as store:
        (file,) = (store.data / "facts" / "signal").glob("*.parquet")
    file.unlink()
    with pytest.raises(InputError, match="files of facts are missing"):
        ws.reproduce(name)
    assert run("reproduce", "-w", str(root)).code == 3
