"""A report is checked against its manifest: what is missing, changed or extra is named."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest
from tests.support.findings import SWEEP

from coterie.errors import InputError, UsageError
from coterie.queries.store import open_store
from coterie.reports.build import build_report
from coterie.reports.verify import verify_report

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def written(world_path: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("verify")
    with open_store(world_path) as store:
        done = build_report(store, None, folder / "report", max_pages=3)
    return folder / "report", done.sha256


@pytest.fixture
def report(written: tuple[Path, str], tmp_path: Path) -> Path:
    shutil.copytree(written[0], tmp_path / "report")
    return tmp_path / "report"


def test_a_report_as_it_was_written_is_whole(report: Path, written: tuple[Path, str]) -> None:
    found = verify_report(report)
    assert found.whole
    assert found.sweep_id == SWEEP
    assert found.manifest_sha256 == written[1]
    assert found.n_files == sum(p.is_file() for p in report.rglob("*")) - 1
    assert f"all {found.n_files} files are as they were written" in found.to_text()


def test_every_difference_is_named(report: Path) -> None:
    (report / "clusters/c-00001.html").write_text("forged")
    same_size = report / "data/clusters.csv"
    same_size.write_bytes(same_size.read_bytes().replace(b"c-00001", b"c-00007"))
    (report / "data/members.csv").unlink()
    (report / "notes.txt").write_text("mine")
    (report / "clusters" / "more").mkdir()
    (report / "clusters/more/x.html").write_text("")
    found = verify_report(report)
    assert not found.whole
    assert found.changed == ("clusters/c-00001.html", "data/clusters.csv")
    assert found.missing == ("data/members.csv",)
    assert found.extra == ("clusters/more/x.html", "notes.txt")
    said = found.to_text()
    assert "1 missing, 2 changed, 2 extra" in said
    assert "changed  data/clusters.csv" in said


def test_links_are_never_followed(report: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    page = report / "index.html"
    page.rename(tmp_path / "elsewhere" / "index.html")
    page.symlink_to(tmp_path / "elsewhere" / "index.html")
    (report / "data").rename(tmp_path / "elsewhere" / "data")
    (report / "data").symlink_to(tmp_path / "elsewhere" / "data")
    found = verify_report(report)
    assert found.extra == ("data", "index.html")
    assert "data/clusters.csv" in found.missing


def test_long_lists_say_how_many_are_shown(report: Path) -> None:
    for i in range(25):
        (report / f"x{i:02}").touch()
    said = verify_report(report).to_text()
    assert "20 of 25 shown" in said
    assert said.count("extra    x") == 20


def test_names_of_files_cannot_act_on_a_terminal(report: Path) -> None:
    (report / "a\x1b[31mb").touch()
    assert "\x1b" not in verify_report(report).to_text()


def test_what_is_no_report_is_told_apart(report: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such folder"):
        verify_report(tmp_path / "none")
    with pytest.raises(UsageError, match=r"holds no report: there is no manifest\.json"):
        verify_report(tmp_path)
    manifest = report / "manifest.json"
    good = json.loads(manifest.read_text())
    for text in ("{", "[]", '{"kind": "coterie-report"}', '{"kind": "other", "files": {}}'):
        manifest.write_text(text)
        with pytest.raises(InputError, match="damaged"):
            verify_report(report)
    good["files"]["../outside"] = {"sha256": "0", "bytes": 1}
    manifest.write_text(json.dumps(good))
    with pytest.raises(InputError, match="outside of the report"):
        verify_report(report)


_ENDLESS = '{"kind": "coterie-report", "files": {"a": {"sha256": "x", "bytes": Infinity}}}'


@pytest.mark.parametrize("text", ["[" * 100_000, _ENDLESS])
def test_a_manifest_that_no_reader_can_hold_is_damaged(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.json").write_text(text, "utf-8")
    with pytest.raises(InputError, match="damaged"):
        verify_report(tmp_path)
