"""Backup and restore: whole, checked, never over anything; and what a damaged store says."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import tarfile
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from coterie.errors import StoreError, UsageError
from coterie.workspace import open_workspace
from coterie.workspace.backup import check_backup, restore
from coterie.workspace.review import Said

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.face.conftest import Ended

FORMS = ["copy", "copy.tar.zst"]


@pytest.fixture(scope="module")
def decided(swept: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with settings, a sweep and a decision, and a backup of it beside."""
    folder = tmp_path_factory.mktemp("decided")
    root = folder / "case"
    shutil.copytree(swept, root)
    (root / "coterie.toml").write_text('[workspace]\nstore = "coterie.duckdb"\n', encoding="utf-8")
    ws = open_workspace(root)
    cluster = ws.newest().clusters()["cluster_id"][0]
    ws.decide(Said("confirm", "ann", cluster_id=cluster))
    ws.backup(folder / "kept")
    return folder


@pytest.fixture
def case(decided: Path, tmp_path: Path) -> Path:
    shutil.copytree(decided / "case", tmp_path / "case")
    return tmp_path / "case"


@pytest.fixture
def kept(decided: Path, tmp_path: Path) -> Path:
    shutil.copytree(decided / "kept", tmp_path / "kept")
    return tmp_path / "kept"


@pytest.mark.parametrize("form", FORMS)
def test_a_restored_backup_answers_as_the_workspace_did(
    case: Path, tmp_path: Path, run: Callable[..., Ended], form: str
) -> None:
    made = run("backup", str(tmp_path / form), "-w", str(case), "--json")
    assert made.code == 0, made.err
    assert json.loads(made.out)["n_files"] > 10
    back = tmp_path / "back"
    assert run("restore", str(tmp_path / form), "-w", str(back)).code == 0
    one, two = open_workspace(case), open_workspace(back)
    for view in ("current_clusters", "current_members", "accounts", "signals", "decisions"):
        text = f"SELECT * FROM {view} ORDER BY ALL"
        assert two.query(text).equals(one.query(text)), view
    assert two.verify_decisions() == one.verify_decisions()
    assert not two.verify_decisions().problems
    assert (back / "coterie.toml").read_bytes() == (case / "coterie.toml").read_bytes()
    # Its own files, not those of the place it came from.
    shutil.rmtree(case)
    assert two.newest().clusters().height


def test_nothing_is_written_over(case: Path, kept: Path, tmp_path: Path) -> None:
    before = sorted(p.stat().st_mtime_ns for p in case.rglob("*") if p.is_file())
    with pytest.raises(UsageError, match="is there already"):
        open_workspace(case).backup(kept)
    with pytest.raises(UsageError, match="there is a store already"):
        restore(kept, case)
    assert sorted(p.stat().st_mtime_ns for p in case.rglob("*") if p.is_file()) == before
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "coterie.toml").write_text('[workspace]\nstore = "own.duckdb"\n', encoding="utf-8")
    restore(kept, mine)
    assert (mine / "own.duckdb").exists()
    assert "own" in (mine / "coterie.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("harm", ["flip", "short", "missing", "label", "catalogue"])
def test_a_damaged_backup_is_not_restored(kept: Path, tmp_path: Path, harm: str) -> None:
    victim = {"label": kept / "BACKUP.json", "catalogue": kept / "catalogue.duckdb"}.get(
        harm, next(kept.glob("findings/*/member.parquet"))
    )
    content = bytearray(victim.read_bytes())
    if harm == "missing":
        victim.unlink()
    elif harm == "flip":
        content[len(content) // 2] ^= 1
        victim.write_bytes(content)
    else:
        victim.write_bytes(content[: len(content) // 2])
    with pytest.raises(StoreError, match=r"damaged|missing"):
        check_backup(kept)
    with pytest.raises(StoreError, match=r"damaged|missing"):
        restore(kept, tmp_path / "back")
    assert not (tmp_path / "back").exists()


def _packed(path: Path, name: str, kind: bytes = tarfile.REGTYPE) -> Path:
    with (
        pa.CompressedOutputStream(str(path), "zstd") as stream,
        tarfile.open(mode="w|", fileobj=stream) as tar,
    ):
        member = tarfile.TarInfo(name)
        member.type, member.linkname = kind, "/etc/passwd"
        member.size = 4 if kind == tarfile.REGTYPE else 0
        tar.addfile(member, io.BytesIO(b"evil"))
    return path


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("../evil", tarfile.REGTYPE),
        ("/tmp/evil", tarfile.REGTYPE),  # noqa: S108 - a name in an archive
        ("facts/../../evil.parquet", tarfile.REGTYPE),
        ("facts/x/.hidden.parquet", tarfile.REGTYPE),
        ("coterie.toml", tarfile.SYMTYPE),
        ("coterie.toml", tarfile.LNKTYPE),
    ],
)
def test_a_path_that_leads_elsewhere_is_refused(tmp_path: Path, name: str, kind: bytes) -> None:
    file = _packed(tmp_path / "evil.tar.zst", name, kind)
    with pytest.raises(StoreError, match="no backup does"):
        restore(file, tmp_path / "back")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["evil.tar.zst"]


def test_listed_paths_and_settings_that_lead_elsewhere_are_refused(
    kept: Path, tmp_path: Path
) -> None:
    label = json.loads((kept / "BACKUP.json").read_text(encoding="utf-8"))
    evil: dict[str, Any] = {
        **label,
        "files": {**label["files"], "../x": {"bytes": 1, "sha256": ""}},
    }
    (kept / "BACKUP.json").write_text(json.dumps(evil), encoding="utf-8")
    with pytest.raises(StoreError, match="no backup does"):
        restore(kept, tmp_path / "back")
    toml = b'[workspace]\nstore = "../outside.duckdb"\n'
    (kept / "coterie.toml").write_bytes(toml)
    label["files"]["coterie.toml"] = {
        "bytes": len(toml),
        "sha256": hashlib.sha256(toml).hexdigest(),
    }
    (kept / "BACKUP.json").write_text(json.dumps(label), encoding="utf-8")
    with pytest.raises(StoreError, match="outside of the workspace"):
        restore(kept, tmp_path / "back")
    assert not (tmp_path / "outside.duckdb").exists()


def test_neither_folder_nor_noise_is_a_backup(tmp_path: Path, run: Callable[..., Ended]) -> None:
    (tmp_path / "noise.tar.zst").write_bytes(os.urandom(300))
    (tmp_path / "empty").mkdir()
    assert run("restore", str(tmp_path / "none"), "-w", str(tmp_path)).code == 2
    for name in ("noise.tar.zst", "empty"):
        ended = run("restore", str(tmp_path / name), "-w", str(tmp_path / "back"))
        assert ended.code == 6
        assert "not a backup, or damaged" in ended.err


# What a damaged store says.


@pytest.mark.parametrize(("room", "harm"), [("facts/signal", "missing"), ("findings/*", "short")])
def test_doctor_names_the_files_that_are_damaged(
    case: Path, tmp_path: Path, run: Callable[..., Ended], room: str, harm: str
) -> None:
    victim = min(case.glob(f"coterie.duckdb.d/{room}/*.parquet"))
    if harm == "missing":
        victim.unlink()
    else:
        victim.write_bytes(victim.read_bytes()[:-20])
    ended = run("doctor", "-w", str(case))
    assert ended.code == 6
    assert f"{victim.parent.name}/{victim.name}" in ended.out
    assert "1 of " in ended.out
    ended = run("backup", str(tmp_path / "no"), "-w", str(case))
    assert ended.code == 6
    assert not (tmp_path / "no").exists()
    ended = run("sweep", "-w", str(case))
    if room == "facts/signal":
        assert ended.code == 6
        assert victim.name in ended.err
    else:
        # The same sweep again writes its findings again.
        assert ended.code == 0
        assert run("doctor", "-w", str(case)).code == 0


@pytest.mark.parametrize("harm", ["short", "empty", "gone"])
def test_a_damaged_catalogue_is_said_and_its_data_stays(
    case: Path, run: Callable[..., Ended], harm: str
) -> None:
    store = case / "coterie.duckdb"
    content = store.read_bytes()
    store.unlink()
    if harm != "gone":
        store.write_bytes(content[: len(content) // 3] if harm == "short" else b"")
    files = sorted(case.glob("coterie.duckdb.d/f*/*/*.parquet"))
    os.utime(files[0], (0, 0))
    for command in (("load", str(_table(case))), ("sweep",), ("query", "SELECT 1")):
        ended = run(*command, "-w", str(case))
        assert ended.code in ({2, 3, 6} if harm == "gone" else {6}), ended
        assert "bug" not in ended.err
    assert sorted(case.glob("coterie.duckdb.d/f*/*/*.parquet")) == files


def _table(root: Path) -> Path:
    file = root / "labels.csv"
    file.write_text("account_id,label\nring-000,bad\n", encoding="utf-8")
    return file


def test_a_lock_file_of_noise_or_a_folder_is_no_bug(case: Path, run: Callable[..., Ended]) -> None:
    lock = case / "coterie.duckdb.d" / "lock"
    lock.write_bytes(b"\xff\xfe{{{ not json")
    assert run("sweep", "-w", str(case)).code == 0
    lock.unlink()
    lock.mkdir()
    ended = run("sweep", "-w", str(case))
    assert ended.code == 6
    assert "expected the lock file" in ended.err
    assert run("doctor", "-w", str(case)).code == 6
