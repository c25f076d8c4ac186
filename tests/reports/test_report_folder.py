"""A report takes its place as a whole; what is not a report's own is never touched."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from coterie.errors import UsageError
from coterie.queries.store import open_store
from coterie.reports import folder as folders
from coterie.reports.build import build_case, build_report
from coterie.reports.folder import place_file, replacing
from coterie.reports.verify import verify_report

ROOT = Path(__file__).parents[2]


def make(out: Path, text: str, *notes: str) -> None:
    """A small report, and files that somebody puts into it afterwards."""
    with replacing(out) as folder:
        folder.write("index.html", text)
        folder.write("clusters/c-1.html", text)
        folder.manifest(sweep_id="s")
    for name in notes:
        (out / name).touch()


def listing(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


def test_an_empty_folder_and_an_old_report_make_place(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    for text in ("first", "second"):
        make(tmp_path / "out", text)
        assert (tmp_path / "out/index.html").read_text() == text
        assert listing(tmp_path) == ["out"]


def test_a_folder_without_the_one_step_swap_is_replaced_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "_exchanged", lambda _a, _b: False)
    make(tmp_path / "out", "first")
    make(tmp_path / "out", "second")
    assert (tmp_path / "out/index.html").read_text() == "second"
    assert listing(tmp_path) == ["out"]


@pytest.mark.parametrize(
    ("prepare", "match"),
    [
        (lambda out: (out.mkdir(), (out / "mine.txt").touch()), "holds other files than a report"),
        (lambda out: out.write_text("mine"), "is not a folder"),
        (lambda out: out.symlink_to("nowhere"), "is not a folder"),
        (lambda out: make(out, "x", "notes.txt"), r"not part of it: notes\.txt"),
        (
            lambda out: make(out, "x", *(f"clusters/n{i}" for i in range(5))),
            r"clusters/n0, clusters/n1, clusters/n2 and 2 more",
        ),
        (
            lambda out: (out.mkdir(), (out / "manifest.json").write_text('{"kind": "other"}')),
            "holds other files",
        ),
    ],
    ids=["foreign", "file", "link", "notes in it", "many notes", "other manifest"],
)  # fmt: skip
def test_what_is_not_ours_stays_and_is_named(
    world_path: Path, tmp_path: Path, prepare: object, match: str
) -> None:
    out = tmp_path / "out"
    assert callable(prepare)
    prepare(out)
    before = sorted(str(p) for p in tmp_path.rglob("*"))
    with open_store(world_path) as store, pytest.raises(UsageError, match=match):
        build_report(store, None, out)
    assert sorted(str(p) for p in tmp_path.rglob("*")) == before


def test_notes_that_appear_meanwhile_stay(tmp_path: Path) -> None:
    out = tmp_path / "out"
    make(out, "first")

    def write_both() -> None:
        with replacing(out) as folder:
            (out / "notes.txt").write_text("mine")
            folder.write("index.html", "second")

    with pytest.raises(UsageError, match=r"notes\.txt"):
        write_both()
    assert (out / "notes.txt").read_text() == "mine"
    assert (out / "index.html").read_text() == "first"
    assert listing(tmp_path) == ["out"]


def test_only_leftovers_of_ours_are_removed(tmp_path: Path) -> None:
    out = tmp_path / "out"
    make(tmp_path / ".out.new-abcdef12", "a killed run, after its manifest")
    (tmp_path / ".out.old-abcdef12").mkdir()
    make_part = tmp_path / ".out.new-abcdef34"
    make_part.mkdir()
    (make_part / ".coterie-in-the-making").touch()
    (make_part / "index.html").write_text("half")
    theirs = tmp_path / ".out.new-theirs12"
    theirs.mkdir()
    (theirs / "thesis.txt").write_text("mine")
    (tmp_path / ".out.new-short").mkdir()
    (tmp_path / ".other.new-abcdef12").mkdir()
    (tmp_path / ".out.new-linked12").symlink_to(theirs)
    make(out, "report")
    assert listing(tmp_path) == [
        ".other.new-abcdef12", ".out.new-linked12", ".out.new-short", ".out.new-theirs12", "out",
    ]  # fmt: skip
    assert (theirs / "thesis.txt").read_text() == "mine"


def test_a_run_that_is_at_it_is_left_alone(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with replacing(out) as slow:
        slow.write("index.html", "slow")
        make(out, "quick")
        slow.manifest(sweep_id="s")
    assert (out / "index.html").read_text() == "slow"
    assert listing(tmp_path) == ["out"]


def test_a_place_that_cannot_be_written_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match=r"file/out: cannot be written \("):
        make(tmp_path / "file" / "out", "x")

    def refuse(*_: object, **__: object) -> str:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr("tempfile.mkdtemp", refuse)
    with pytest.raises(UsageError, match=r"out: cannot be written \(Read-only file system\)"):
        make(tmp_path / "out", "x")
    assert listing(tmp_path) == ["file"]


def test_names_with_wild_cards_are_names(tmp_path: Path) -> None:
    (tmp_path / ".a.new-abcdef12").mkdir()
    make(tmp_path / "[a]*?", "x")
    assert listing(tmp_path) == [".a.new-abcdef12", "[a]*?"]


def test_a_case_replaces_an_older_case_and_nothing_else(world_path: Path, tmp_path: Path) -> None:
    with open_store(world_path) as store:
        for form in ("html", "md"):
            case = tmp_path / f"case.{form}"
            for _ in range(2):
                build_case(store, "c-00003", case, form="md" if form == "md" else "html")
            notes = tmp_path / f"notes.{form}"
            notes.write_text("mine")
            with pytest.raises(UsageError, match="was not written by `coterie report`"):
                build_case(store, "c-00003", notes, form="md" if form == "md" else "html")
            assert notes.read_text() == "mine"
        with pytest.raises(UsageError, match=r"found \.txt, expected \.html"):
            build_case(store, "c-00003", tmp_path / "case.txt")
        with pytest.raises(UsageError, match="cannot be written"):
            build_case(store, "c-00003", tmp_path / "case.md" / "x.html")
    # No picture is left beside the notes, whose place it would have had.
    assert listing(tmp_path) == ["case.html", "case.md", "case.png", "notes.html", "notes.md"]


def test_a_full_disk_leaves_no_half_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_path: Path, _data: bytes) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(folders, "write_private", full)
    with pytest.raises(OSError, match="No space left on device"):
        place_file(tmp_path / "case.html", b"x")
    with pytest.raises(OSError, match="No space left on device"):
        make(tmp_path / "out", "x")
    assert listing(tmp_path) == []


_SLOW = """
import sys, time
from pathlib import Path
from coterie.queries.store import open_store
from coterie.reports.build import build_report
def tell(done, total, what):
    if what == "pages" and done >= 2:
        print("at it", flush=True)
        time.sleep(60)
with open_store(Path(sys.argv[1])) as store:
    build_report(store, None, Path(sys.argv[2]), progress=tell)
"""


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGINT], ids=["killed", "interrupted"])
def test_a_run_that_ends_early_leaves_the_last_report(
    world_path: Path, tmp_path: Path, end: signal.Signals
) -> None:
    out = tmp_path / "out"
    with open_store(world_path) as store:
        build_report(store, None, out, max_pages=2)
        before = verify_report(out)
        process = subprocess.Popen(
            [sys.executable, "-c", _SLOW, str(world_path), str(out)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=ROOT,
        )
        with process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"at it\n"
            assert len(listing(tmp_path)) == 2
            process.send_signal(end)
        assert process.returncode != 0
        after = verify_report(out)
        assert after.whole
        assert after == before
        # An interrupt cleans up at once; what a kill left goes with the next run.
        assert len(listing(tmp_path)) == (2 if end == signal.SIGKILL else 1)
        build_report(store, None, out, max_pages=3)
    assert listing(tmp_path) == ["out"]
    assert verify_report(out).whole
