"""`coterie report`: cases, redaction, Markdown, verifying, and how each ends."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import coterie

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.face.conftest import Ended

    Run = Callable[..., Ended]


@pytest.fixture(scope="module")
def clusters(swept: Path) -> list[str]:
    ids = coterie.open(swept).newest().clusters()["cluster_id"].to_list()
    assert ids
    return [str(i) for i in ids]


@pytest.fixture(scope="module")
def accounts(swept: Path, clusters: list[str]) -> list[str]:
    return [
        str(a) for a in coterie.open(swept).newest().members(clusters[0])["account_id"].to_list()
    ]


def test_a_case_goes_to_a_file_or_a_folder(
    swept: Path, clusters: list[str], accounts: list[str], run: Run, tmp_path: Path
) -> None:
    one = run("report", "-w", str(swept), "--case", clusters[0], "--out", str(tmp_path / "t.html"))
    assert one.code == 0
    assert "sha256" in one.out
    assert one.out.strip().endswith((tmp_path / "t.html").as_uri())
    text = (tmp_path / "t.html").read_text("utf-8")
    assert "Plotly" in text
    many = run(
        "report", "-w", str(swept), "--json", "--redact", "--out", str(tmp_path / "folder"),
        *(part for name in clusters[:2] for part in ("--case", name)),
    )  # fmt: skip
    assert many.code == 0
    found = json.loads(many.out)
    assert found["redacted"] is True
    assert [Path(c["path"]).name for c in found["cases"]] == [
        f"{name}-redacted.html" for name in clusters[:2]
    ]
    text = (tmp_path / "folder" / f"{clusters[0]}-redacted.html").read_text("utf-8")
    assert "Redacted" in text
    assert not [a for a in accounts if a in text]


def test_the_default_places_are_in_the_workspace(
    swept: Path, clusters: list[str], run: Run, tmp_path: Path
) -> None:
    here = tmp_path / "ws"
    shutil.copytree(swept, here)
    ended = run("report", "-w", str(here), "--case", clusters[0], "--format", "md")
    assert ended.code == 0
    assert sorted(p.name for p in (here / "case").iterdir()) == [
        f"{clusters[0]}.md",
        f"{clusters[0]}.png",
    ]
    ended = run("report", "-w", str(here), "--format", "md", "--redact")
    assert ended.code == 0
    (made,) = (here / "reports").iterdir()
    assert made.name.endswith("-redacted-md")
    assert (made / "index.md").is_file()
    assert ended.out.strip().endswith("index.md")


def test_verify_ends_with_0_3_and_2(swept: Path, run: Run, tmp_path: Path) -> None:
    out = tmp_path / "report"
    written = run("report", "-w", str(swept), "--out", str(out), "--json")
    assert written.code == 0
    whole = run("report", "--verify", str(out), "--json")
    assert whole.code == 0
    assert json.loads(whole.out)["verified"]["whole"] is True
    assert json.loads(whole.out)["verified"]["manifest_sha256"] == json.loads(written.out)["sha256"]
    (out / "data/clusters.csv").write_text("forged")
    (out / "notes.txt").touch()
    broken = run("report", "--verify", str(out))
    assert broken.code == 3
    assert "changed  data/clusters.csv" in broken.out
    assert "extra    notes.txt" in broken.out
    assert run("report", "--verify", str(tmp_path)).code == 2
    assert run("report", "--verify", str(tmp_path / "none")).code == 2
    (out / "manifest.json").write_text("{")
    assert run("report", "--verify", str(out)).code == 3
    mixed = run("report", "--verify", str(out), "--redact")
    assert mixed.code == 2
    assert "goes alone" in mixed.err


def test_wrong_calls_are_told_before_anything_is_written(
    swept: Path, clusters: list[str], run: Run, tmp_path: Path
) -> None:
    unknown = run("report", "-w", str(swept), "--case", clusters[0] + "x", "--out", str(tmp_path))
    assert unknown.code == 2
    assert f'Did you mean "{clusters[0]}"?' in unknown.err
    (tmp_path / "mine.html").write_text("mine")
    ended = run("report", "-w", str(swept), "--case", clusters[0], "--out",
                str(tmp_path / "mine.html"))  # fmt: skip
    assert ended.code == 2
    assert "was not written by `coterie report`" in ended.err
    ended = run("report", "-w", str(swept), "--case", clusters[0], "--format", "md", "--out",
                str(tmp_path / "x.html"))  # fmt: skip
    assert ended.code == 2
    assert "expected .md" in ended.err
    ended = run("report", "-w", str(swept), "--case", clusters[0], "--case", "c-2", "--out",
                str(tmp_path / "x.html"))  # fmt: skip
    assert ended.code == 2
    assert "expected a folder" in ended.err
    ended = run("report", "-w", str(swept), "--out", str(tmp_path))
    assert ended.code == 2
    assert "holds other files than a report" in ended.err
    ended = run("report", "-w", str(swept), "--out", str(tmp_path / "mine.html" / "deeper"))
    assert ended.code == 2
    assert "cannot be written" in ended.err
    assert [p.name for p in tmp_path.iterdir()] == ["mine.html"]


def test_the_environments_key_joins_reports_of_different_sweeps(
    swept: Path, clusters: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import re

    ws = coterie.open(swept)
    found = []
    for name, key in (("a", None), ("b", "secret"), ("c", "secret")):
        if key is None:
            monkeypatch.delenv("COTERIE_HASH_KEY", raising=False)
        else:
            monkeypatch.setenv("COTERIE_HASH_KEY", key)
        (done,) = ws.cases(clusters[0], out=tmp_path / f"{name}.md", redact=True, form="md")
        found.append(set(re.findall(r"account-[0-9a-f]{12}", done.path.read_text("utf-8"))))
    assert found[1] == found[2]
    assert not found[0] & found[1]
