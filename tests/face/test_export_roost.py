"""Osprey and Coop: what is sent is what their APIs take, as their public sources have it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.support.deciding import platform
from tests.support.roost import MANUALLY_ADDED, MANUALLY_REMOVED, roost

from coterie.reports.exports.messages import TargetOptions, messages
from coterie.workspace.review import Said

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest
    from tests.face.conftest import Ended


def test_osprey_and_coop_take_what_is_sent(
    tmp_path: Path, run: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch
) -> None:
    evil = 'a&entity_id=x#?\u2028"\u00e9'
    ring = dict.fromkeys((evil, "a1", "a2", "a3"), "core")
    ws = platform(tmp_path, [{"c-1": ring, "c-2": {"b0": "core", "b1": "member"}}])
    ws.decide(
        Said("confirm", "ann", cluster_id="c-1"),
        Said("watch", "ann", account_id="a1"),
        Said("confirm", "ann", account_id="a2", action="step_up"),
    )
    monkeypatch.setenv("COTERIE_DELIVERY_TOKEN", "a-token")
    at = ("--workspace", str(tmp_path), "--attempts", "1", "--json")
    with roost() as (seen, url):
        assert run("export", "enforcement", *at[:2]).code == 0
        sent = run("export", "send", "osprey", "--url", f"{url}/", *at)
        assert (sent.code, seen.refused) == (0, [])
        firm, watched = "coterie_enforcement", "coterie_enforcement_watch"
        assert seen.labels == {
            f"User/{evil}": {firm: MANUALLY_ADDED},
            "User/a1": {watched: MANUALLY_ADDED},
            "User/a2": {firm: MANUALLY_ADDED},
            "User/a3": {firm: MANUALLY_ADDED},
        }
        ws.decide(Said("overturn", "zoe", account_id="a3"))
        ws.export_enforcement()
        assert run("export", "send", "osprey", "--url", url, *at).code == 0
        assert seen.labels["User/a3"][firm] == MANUALLY_REMOVED
        assert seen.labels[f"User/{evil}"] == {firm: MANUALLY_ADDED}

        names = ("--name", "suspend=act-1", "--name", "step_up=act-2", "--name", "revoke=act-2")
        short = run("export", "send", "coop", "--url", url, *names, *at)
        assert short.code == 4, "Coop knows no action watch"
        assert len(seen.refused) == 1
        told = [body for path, body in seen.bodies if path == "/api/v1/actions"]
        assert [b["actionId"] for b in told if b["itemId"] == evil] == ["act-1"]

        assert run("export", "send", "coop-report", "--url", url, *at).code == 0
        (report,) = [body for path, body in seen.bodies if path == "/api/v1/report"]
        assert [report["reportedItem"]["id"]] + [i["id"] for i in report["additionalItems"]] == [
            "b0", "b1",
        ]  # fmt: skip
        assert "2 accounts, 2 named here" in report["reportedForReason"]["reason"]


def test_a_label_of_ones_own_stands_for_an_action() -> None:
    row: dict[str, Any] = {
        "idempotency_key": "k", "account_id": "a", "action": "step_up", "reason_code": "won appeal",
        "cluster_id": None, "decision_id": "d", "reviewers": [], "expires_at": None,
        "rollback_of": None, "appeal_ref": None,
    }  # fmt: skip
    named = TargetOptions(label="ring", names={"step_up": "ask"})
    (one,) = messages("osprey", [row], named)
    assert [(m["label_name"], m["status"]) for m in json.loads(one.body)["mutations"]] == [
        ("ask", MANUALLY_ADDED)
    ]
    gone = {**row, "action": "none", "rollback_of": "old"}
    (one,) = messages("osprey", [row, gone], named)
    assert [(m["label_name"], m["status"]) for m in json.loads(one.body)["mutations"]] == [
        ("ask", MANUALLY_ADDED),
        ("ring", MANUALLY_REMOVED),
        ("ring_watch", MANUALLY_REMOVED),
    ]
    assert one.n_rows == 2
