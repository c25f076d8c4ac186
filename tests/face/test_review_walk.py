"""The walk-through of docs/how-to/review-and-enforce.md, command by command."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support.rings import put_facts, ring

from coterie.workspace import open_workspace

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest
    from tests.face.conftest import Ended

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "review-and-enforce.md"


def _commands() -> list[list[str]]:
    """The commands of the page, a block of lines each."""
    blocks = re.findall(r"```bash\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    return [[line for line in block.splitlines() if line] for block in blocks]


def _rows(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(x) for x in (folder / "enforcement.jsonl").read_text("utf-8").splitlines()]


def test_from_a_cluster_to_a_review_to_an_export_to_a_revocation(
    tmp_path: Path, run: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch
) -> None:
    put_facts(tmp_path / "coterie.duckdb", ring(12, 400))
    ws = open_workspace(tmp_path)
    sweep = ws.sweep()
    cluster = sweep.clusters()["cluster_id"][0]
    members = sorted(sweep.members(cluster)["account_id"])
    names = {"CLUSTER": cluster, "ACCOUNT": members[0], "APPELLANT": members[1]}
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COTERIE_SHARE_KEY", "k1:0123456789abcdef")

    def go(line: str) -> Ended:
        words = [re.sub(r"\$(\w+)", lambda m: names[m[1]], w) for w in shlex.split(line)]
        assert words[0] == "coterie"
        ended = run(*words[1:])
        assert ended.code == 0, f"{line}\n{ended.err}"
        return ended

    decide, verify, hand_over, take_back, withdraw, rest = _commands()
    for line in decide:
        last = go(line)
    assert "confirm" in last.out
    assert ws.newest().clusters()["tier"][0] == "confirmed"
    names["DECISION"] = ws.decisions()["decision_id"][0]
    assert "The log is whole" in go(verify[0]).out

    assert "Dry run" in go(hand_over[0]).out
    assert not (tmp_path / "exports").exists()
    go(hand_over[1])
    (folder,) = (tmp_path / "exports").iterdir()
    names["EXPORT"] = folder.name
    assert "as written" in go(hand_over[2]).out
    first = _rows(folder)
    assert names["ACCOUNT"] not in {row["account_id"] for row in first}
    assert names["APPELLANT"] in {row["account_id"] for row in first}

    for line in take_back:
        last = go(line)
    assert "won appeal 1" in last.out
    (second,) = set((tmp_path / "exports").iterdir()) - {folder}
    told = {row["idempotency_key"]: row for row in first}
    (revoke,) = [row for row in _rows(second) if row["rollback_of"]]
    assert told[revoke["rollback_of"]]["account_id"] == names["APPELLANT"]
    kept = [row["idempotency_key"] for row in _rows(second) if not row["rollback_of"]]
    assert set(kept) == told.keys() - {revoke["rollback_of"]}

    for line in withdraw:
        go(line)
    (third,) = set((tmp_path / "exports").iterdir()) - {folder, second}
    assert {row["rollback_of"] for row in _rows(third)} == told.keys()
    for line in rest:
        go(line)
    assert (tmp_path / "bundle.json").exists()
