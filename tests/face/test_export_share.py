"""Sharing on the command line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.support.deciding import platform

from coterie.reports.exports.stix import CAVEAT
from coterie.workspace.review import Said

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest
    from tests.face.conftest import Ended

RING = dict.fromkeys((f"a{i}" for i in range(7)), "core")


def test_the_commands_share_and_match(
    run: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ws = platform(tmp_path, [{"c-1": RING}])
    ws.decide(Said("exclude", "ann", account_id="a0"))
    at = ("--workspace", str(ws.path))
    file = tmp_path / "out.json"
    assert run("export", "stix", "--out", str(file), *at).code == 2, "no key"
    monkeypatch.setenv("COTERIE_SHARE_KEY", "k1:0123456789abcdef")
    assert run("export", "stix", "--out", str(file), *at).code == 0
    found = json.loads(run("match", "--indicators", str(file), "--json", *at).out)
    assert found["n"] == 6, "whom partners and we both have; not who was carved out"
    leads = tmp_path / "leads.csv"
    shown = run("match", "--indicators", str(file), "--out", str(leads), "--limit", "3", *at)
    assert CAVEAT in shown.out
    assert "3 of 6 leads" in shown.out
    assert leads.read_bytes().count(b"\r\n") == 7


def test_what_cannot_be_read_is_said_in_a_line(run: Callable[..., Ended], tmp_path: Path) -> None:
    ws = platform(tmp_path, [{"c-1": RING}])
    at = ("--workspace", str(ws.path))
    file = tmp_path / "template.txt"
    file.write_bytes(b"$what \xff")
    ended = run("export", "notices", "--template", str(file), *at)
    assert ended.code == 3
    assert "not UTF-8" in ended.err
    file.write_text("[" * 100_000, "utf-8")
    ended = run("match", "--indicators", str(file), *at)
    assert ended.code in {2, 3}
    link = tmp_path / "link"
    link.symlink_to(tmp_path, target_is_directory=True)
    ended = run("export", "enforcement", "--out", str(link), *at)
    assert ended.code == 2
    assert "found a link" in ended.err
