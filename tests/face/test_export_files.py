"""Files that are handed over: for their owner alone, whole or not there, and what was written."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.support.deciding import platform

from coterie.errors import UsageError
from coterie.reports.exports.messages import Message
from coterie.workspace import open_workspace
from coterie.workspace.files import drafts, held, write_whole
from coterie.workspace.outbox import put
from coterie.workspace.review import Said

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.face.conftest import Ended

RING = dict.fromkeys((f"a{i}" for i in range(7)), "core")


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


@pytest.fixture
def wide() -> Iterator[None]:
    """A careless umask: whoever is on the machine may read what is new."""
    old = os.umask(0o022)
    yield
    os.umask(old)


def test_what_is_handed_over_is_its_owners_alone(
    tmp_path: Path, run: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch, wide: None
) -> None:
    del wide
    ws = platform(tmp_path, [{"c-1": RING}])
    ws.decide(Said("confirm", "ann", cluster_id="c-1"))
    monkeypatch.setenv("COTERIE_SHARE_KEY", "k1:0123456789abcdef")
    at = ("--workspace", str(tmp_path))
    out = tmp_path / "out"
    for words in (
        ("enforcement",), ("stix", "--out", str(out / "s.json")), ("graph", "gexf"),
        ("misp", "--out", str(out / "m.json")), ("notices", "--out", str(out / "n.jsonl")),
        ("statements", "--out", str(out / "r.jsonl")), ("graph", "parquet", "--out", str(out)),
        ("send", "webhook", "--out", str(out / "w.jsonl")),
    ):  # fmt: skip
        ended = run("export", *words, *at)
        assert ended.code == 0, ended.err
    ended = run("match", "--indicators", str(out / "s.json"), "--out", str(out / "l.csv"), *at)
    assert ended.code == 0, ended.err
    put(tmp_path / "outbox", "webhook", "http://localhost", [Message("m", "", "{}", 1)])
    places = [out, *(tmp_path / "exports").iterdir(), tmp_path / "outbox"]
    files = [f for place in places for f in place.rglob("*")]
    assert len(files) > 15
    for file in [*places, *files]:
        assert _mode(file) == (0o700 if file.is_dir() else 0o600), file


HALF = """
import sys, time
from pathlib import Path
from coterie.workspace.files import write_whole

def write(part):
    part.write_text("half")
    print("ready", flush=True)
    time.sleep(60)

write_whole(Path(sys.argv[1]), write)
"""


def test_a_killed_export_leaves_nothing_that_stays(tmp_path: Path) -> None:
    out = tmp_path / "bundle.json"
    out.write_text("before", encoding="utf-8")
    killed = subprocess.Popen(
        [sys.executable, "-c", HALF, str(out)], stdout=subprocess.PIPE, text=True
    )
    assert killed.stdout is not None
    assert killed.stdout.readline() == "ready\n"
    (draft,) = set(tmp_path.iterdir()) - {out}
    with drafts(tmp_path) as mine:
        assert draft.exists(), "another process that still writes is let be"
        assert mine != draft
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    assert out.read_text("utf-8") == "before"
    write_whole(out, lambda part: part.write_text("after", encoding="utf-8"))
    assert list(tmp_path.iterdir()) == [out]
    assert out.read_text("utf-8") == "after"


def test_a_draft_that_fails_or_was_planted_does_no_harm(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / "kept").touch()
    place = tmp_path / "place"
    place.mkdir()
    (place / ".coterie-evil.part").symlink_to(victim, target_is_directory=True)

    def fail(part: Path) -> None:
        part.write_text("half", encoding="utf-8")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write_whole(place / "x", fail)
    assert (victim / "kept").exists()
    assert [f.name for f in place.iterdir()] == [".coterie-evil.part"]
    (place / "x").symlink_to(victim / "kept")
    write_whole(place / "x", lambda part: part.write_text("new", encoding="utf-8"))
    assert (victim / "kept").read_text("utf-8") == "", "a link is replaced, not followed"
    (place / "folder").mkdir()
    with pytest.raises(UsageError, match="cannot be written"):
        write_whole(place / "folder", lambda part: part.write_text("new", encoding="utf-8"))


def test_a_pipe_or_a_device_is_written_into_and_stays_what_it_is(tmp_path: Path) -> None:
    def write(part: Path) -> None:
        part.write_text("rows", encoding="utf-8")

    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE, text=True) as reader:
        write_whole(pipe, write)
        assert reader.communicate()[0] == "rows"
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    out = tmp_path / "out"
    code = "import sys\nfrom pathlib import Path\nfrom coterie.workspace.files import write_whole\n"
    code += "write_whole(Path('/dev/stdout'), lambda part: part.write_text('rows'))"
    with out.open("wb") as file:
        subprocess.run([sys.executable, "-c", code], stdout=file, check=True)
    assert out.read_text("utf-8") == "rows"
    assert Path("/dev/stdout").is_symlink()
    full = Path("/dev/full")
    if full.exists():
        with pytest.raises(UsageError, match="No space left"):
            write_whole(full, write)
        assert stat.S_ISCHR(full.stat().st_mode)


# ── what is verified ─────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with one export."""
    root = tmp_path_factory.mktemp("kept")
    ws = platform(root, [{"c-1": RING}])
    ws.decide(Said("confirm", "ann", cluster_id="c-1"))
    ws.export_enforcement()
    return root


@pytest.fixture
def handed(kept: Path, tmp_path: Path) -> Path:
    """The files of the export as they were written."""
    (folder,) = (kept / "exports").iterdir()
    return shutil.copytree(folder, tmp_path / "export")


def _named(folder: Path, **change: Any) -> None:
    """The manifest with its first file changed."""
    file = folder / "manifest.json"
    body = json.loads(file.read_text("utf-8"))
    body["files"][0] |= change
    file.write_text(json.dumps(body), encoding="utf-8")


def _verified(run: Callable[..., Ended], folder: Path) -> list[str]:
    ended = run("export", "--verify", str(folder), "--json")
    found = json.loads(ended.out)
    assert ended.code == (0 if found["whole"] else 3)
    assert found["whole"] == (not found["problems"])
    problems: list[str] = found["problems"]
    return problems


def test_verify_looks_at_the_folders_own_files_only(
    handed: Path, tmp_path: Path, run: Callable[..., Ended]
) -> None:
    assert _verified(run, handed) == []
    rows = handed / "enforcement.jsonl"
    moved = tmp_path / "elsewhere.jsonl"
    rows.rename(moved)
    rows.symlink_to(moved)
    assert _verified(run, handed) == ["enforcement.jsonl: is a link, expected a file"]
    rows.unlink()
    assert _verified(run, handed) == ["enforcement.jsonl: is missing"]
    os.mkfifo(rows)
    assert _verified(run, handed) == ["enforcement.jsonl: is no file"]
    rows.unlink()
    rows.write_bytes(moved.read_bytes())
    assert _verified(run, handed) == []
    (handed / "more").mkdir()
    (handed / ".hidden").touch()
    (handed / "dangling").symlink_to("nothing")
    assert _verified(run, handed) == [
        f"{name}: is not in the manifest" for name in (".hidden", "dangling", "more")
    ]


def test_verify_tells_files_that_were_swapped(handed: Path, run: Callable[..., Ended]) -> None:
    one, two = handed / "enforcement.jsonl", handed / "enforcement.csv"
    three = handed / "aside"
    one.rename(three)
    two.rename(one)
    three.rename(two)
    assert sorted(_verified(run, handed)) == [
        "enforcement.csv: was changed",
        "enforcement.jsonl: was changed",
    ]


@pytest.mark.parametrize(
    "name",
    ["/etc/passwd", "../manifest.json", "..", ".", "", ".hidden", "a/b", "a\\b", "C:x", "a\0b",
     "x" * 5000],
)  # fmt: skip
def test_verify_follows_no_name_out_of_the_folder(
    handed: Path, run: Callable[..., Ended], name: str
) -> None:
    _named(handed, name=name)
    first, *_ = _verified(run, handed)
    assert first.endswith("is no name of a file in this folder") or "cannot be read" in first


def test_verify_reads_any_name_at_all(handed: Path, run: Callable[..., Ended]) -> None:
    _named(handed, name="\ud800")
    assert _verified(run, handed)[0] == "\\u{d800}: is missing"


def test_verify_tells_a_file_named_twice(handed: Path, run: Callable[..., Ended]) -> None:
    file = handed / "manifest.json"
    body = json.loads(file.read_text("utf-8"))
    body["files"].append(body["files"][0])
    file.write_text(json.dumps(body), encoding="utf-8")
    assert "enforcement.csv: is named 2 times in the manifest" in _verified(run, handed)
    file.rename(handed.parent / "manifest")
    file.symlink_to(handed.parent / "manifest")
    assert run("export", "--verify", str(handed)).code == 3


def test_rows_that_are_none_are_not_sent(
    handed: Path, tmp_path: Path, run: Callable[..., Ended]
) -> None:
    # Of a workspace that has no store: what its ledger says is another test's.
    at = ("--from", str(handed), "--dry-run", "--workspace", str(tmp_path))
    assert run("export", "send", "webhook", *at).code == 0
    for text in ("[]\n", "{}\n", "7\n", "{\n", "[" * 100_000, "\udcff"):
        rows = handed / "enforcement.jsonl"
        rows.write_bytes(text.encode("utf-8", "surrogateescape"))
        _named(handed, name=rows.name, sha256=hashlib.sha256(rows.read_bytes()).hexdigest())
        for entry in ("enforcement.csv", "enforcement.parquet", "enforcement.schema.json"):
            (handed / entry).unlink(missing_ok=True)
        body = json.loads((handed / "manifest.json").read_text("utf-8"))
        body["files"] = body["files"][:1]
        (handed / "manifest.json").write_text(json.dumps(body), encoding="utf-8")
        ended = run("export", "send", "webhook", *at)
        assert ended.code == 3, ended.err
        assert "other than rows" in ended.err


# ── the store ────────────────────────────────────────────────────────────────────────────────────


def test_a_new_store_is_its_owners_alone_and_stays_as_its_owner_opens_it(
    tmp_path: Path, wide: None
) -> None:
    del wide
    ws = platform(tmp_path, [{"c-1": RING}])
    store, data = ws.config.store_path, tmp_path / "coterie.duckdb.d"
    assert (_mode(store), _mode(data)) == (0o600, 0o700)
    kept = list(data.rglob("*.parquet"))
    assert kept
    assert {_mode(f) for f in kept} == {0o600}
    # A team that shares a store by its group.
    store.chmod(0o640)
    data.chmod(0o750)
    ws.decide(Said("confirm", "ann", cluster_id="c-1"))
    assert (_mode(store), _mode(data)) == (0o640, 0o750)
    file = tmp_path / "accounts.csv"
    file.write_text("account_id\nz1\n", encoding="utf-8")
    ws.load(file)
    (new,) = set(data.rglob("*.parquet")) - set(kept)
    assert _mode(new) == 0o640


def test_what_a_killed_export_left_goes_with_the_next_one(kept: Path) -> None:
    ws = open_workspace(kept)
    (folder,) = (kept / "exports").iterdir()
    left = [folder.with_name(f".{folder.name}.0a1b2c3d.part"), folder.with_name(".x-1.2.part.old")]
    for place in left:
        shutil.copytree(folder, place)
    busy = folder.with_name(".x-2.3.part")
    busy.mkdir()
    with held(busy):
        assert ws.export_enforcement().folder == folder
        assert not any(place.exists() for place in left)
        assert busy.exists(), "somebody is at it"
    ws.export_enforcement()
    assert list((kept / "exports").iterdir()) == [folder]
