"""Two processes make the same pages as one, and one goes on where the other ends."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from tests.support.findings import make_store

from coterie.queries.store import open_store
from coterie.reports import render
from coterie.reports.build import build_report

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def many_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_store(tmp_path_factory.mktemp("many"), [5 + i % 7 for i in range(40)])


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The helpers that are started, even for few pages."""
    found: list[Any] = []
    start = render._start

    def remember() -> Any:
        pair = start()
        found.append(pair)
        return pair

    monkeypatch.setattr(render, "WORTH_IT", 1)
    monkeypatch.setattr(render, "_start", remember)
    return found


def digest(folder: Path) -> dict[str, str]:
    return {
        p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in folder.rglob("*")
        if p.is_file()
    }


def test_two_processes_write_what_one_writes(
    many_path: Path, tmp_path: Path, started: list[Any]
) -> None:
    steps: list[int] = []
    with open_store(many_path) as store:
        build_report(store, None, tmp_path / "one", processes=1)
        assert not started
        build_report(store, None, tmp_path / "two", progress=lambda done, *_: steps.append(done))
    ((process, _),) = started
    assert process.returncode is not None
    assert digest(tmp_path / "one") == digest(tmp_path / "two")
    assert steps == sorted(steps)


def test_redacted_markdown_too(many_path: Path, tmp_path: Path, started: list[Any]) -> None:
    with open_store(many_path) as store:
        for name, n in (("one", 1), ("two", 2)):
            build_report(store, None, tmp_path / name, form="md", redact=True, processes=n)
    assert len(started) == 1
    assert digest(tmp_path / "one") == digest(tmp_path / "two")


@pytest.mark.parametrize("how", ["killed at once", "cannot start", "no interpreter"])
def test_a_helper_that_is_gone_costs_time_only(
    many_path: Path,
    tmp_path: Path,
    started: list[Any],
    monkeypatch: pytest.MonkeyPatch,
    how: str,
) -> None:
    start = render._start

    def killed() -> Any:
        pair = start()
        assert pair is not None
        pair[0].kill()
        return pair

    if how == "killed at once":
        monkeypatch.setattr(render, "_start", killed)
    elif how == "cannot start":
        monkeypatch.setattr("sys.executable", str(tmp_path / "none"))
    else:
        monkeypatch.setattr("sys.executable", "/bin/false")
    with open_store(many_path) as store:
        done = build_report(store, None, tmp_path / "out")
    assert done.n_pages == 40
    assert len(list((tmp_path / "out/clusters").iterdir())) == 40


def test_an_error_in_a_helper_is_an_error_here(
    many_path: Path, tmp_path: Path, started: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(job: render.Job, at: int, _: Any) -> render.Page:
        time.sleep(0.05)  # so that the helper gets a chunk
        return render.Page(at, {f"{at}": b""}, None)

    monkeypatch.setattr(render, "render_page", slow)
    job: Any = "a job that no page is made of"
    wrong: Any = ("no", "cluster")
    with pytest.raises(RuntimeError, match="in a helper process"):
        list(render.render_pages(job, lambda _: wrong, 4_000, processes=2))
    ((process, _),) = started
    assert process.returncode is not None


def test_an_error_here_ends_the_helper(many_path: Path, tmp_path: Path, started: list[Any]) -> None:
    def stop(done: int, _all: int, _what: str) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with open_store(many_path) as store, pytest.raises(KeyboardInterrupt):
        build_report(store, None, tmp_path / "out", progress=stop)
    ((process, _),) = started
    assert process.returncode is not None
    assert list(tmp_path.iterdir()) == []


def test_few_pages_start_no_helper(many_path: Path, tmp_path: Path) -> None:
    calls: list[int] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(render, "_start", lambda: calls.append(1))
        with open_store(many_path) as store:
            build_report(store, None, tmp_path / "out", max_pages=8)
    assert not calls


_SLOW = """
import os, sys, time
from pathlib import Path
from coterie.queries.store import open_store
from coterie.reports import render
from coterie.reports.build import build_report
render.WORTH_IT = 1
def tell(done, total, what):
    if what == "pages" and done == 20:
        print(Path(f"/proc/self/task/{os.getpid()}/children").read_text(), flush=True)
        time.sleep(60)
with open_store(Path(sys.argv[1])) as store:
    build_report(store, None, Path(sys.argv[2]), progress=tell)
"""


def test_a_helper_ends_with_the_process_that_started_it(many_path: Path, tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _SLOW, str(many_path), str(tmp_path / "out")],
        stdout=subprocess.PIPE,
        cwd=ROOT,
    ) as process:
        assert process.stdout is not None
        (helper,) = process.stdout.readline().split()
        process.kill()
    deadline = time.monotonic() + 60
    while _runs(int(helper)):
        assert time.monotonic() < deadline, "the helper outlives its parent"
        time.sleep(0.05)


def _runs(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
