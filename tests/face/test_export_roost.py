"""Osprey and Coop: what is sent is what their APIs take, as their public sources have it.

Osprey: ``ui_api/osprey/validators/entities.py`` and ``lib/osprey_shared/labels.py`` under
``osprey_worker/src/osprey/worker`` of github.com/roostorg/osprey. Coop: ``server/routes/action/``,
``server/routes/reporting/`` and ``server/services/itemProcessingService`` of github.com/roostorg/coop.
"""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import jsonschema
from tests.support.deciding import platform

from coterie.reports.exports.messages import TargetOptions, messages
from coterie.workspace.review import Said

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import pytest
    from tests.face.conftest import Ended

_TEXT = {"type": "string"}
_TEXTS = {"type": "array", "items": _TEXT}
_ITEM = {
    "type": "object",
    "required": ["id", "data", "typeId"],
    "properties": {
        "id": _TEXT, "typeId": _TEXT, "data": {"type": "object"}, "typeVersion": _TEXT,
        "typeSchemaVariant": {"enum": ["original", "partial"]},
    },
}  # fmt: skip
DOORS = {
    # A status is a number there (an IntEnum); a name is refused. A reason must be given.
    "/entities/labels": {
        "type": "object",
        "required": ["mutations"],
        "properties": {
            "mutations": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["label_name", "status", "reason"],
                    "properties": {
                        "label_name": _TEXT, "reason": _TEXT, "reason_name": _TEXT,
                        "description": _TEXT, "status": {"type": "integer", "enum": [0, 1, 2, 3]},
                        "features": {"type": "object", "additionalProperties": _TEXT},
                        "expires_at": {"type": ["string", "null"]},
                    },
                },
            }
        },
    },
    "/api/v1/actions": {
        "type": "object",
        "required": ["actionId", "itemId", "itemTypeId"],
        "properties": {
            # Those that were defined there; another one is refused.
            "actionId": {"enum": ["act-1", "act-2"]}, "itemId": _TEXT, "itemTypeId": _TEXT, "policyIds": _TEXTS,
            "actorId": _TEXT, "note": {"type": "string", "maxLength": 5000},
        },
    },
    "/api/v1/report": {
        "type": "object",
        "required": ["reporter", "reportedAt", "reportedItem"],
        "properties": {
            "reporter": {
                "type": "object",
                "required": ["kind", "typeId", "id"],
                "properties": {"kind": {"enum": ["user"]}, "typeId": _TEXT, "id": _TEXT},
            },
            "reportedAt": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"},
            "reportedForReason": {
                "type": "object",
                "properties": {"reason": _TEXT, "policyId": _TEXT},
            },
            "reportedItem": _ITEM,
            "additionalItems": {"type": "array", "items": _ITEM},
        },
    },
}  # fmt: skip
REMOVED, ADDED, MANUALLY_REMOVED, MANUALLY_ADDED = range(4)


class Roost(BaseHTTPRequestHandler):
    """Both in one, as far as they check what comes in."""

    labels: ClassVar[dict[str, dict[str, int]]]
    bodies: ClassVar[list[tuple[str, dict[str, Any]]]]
    refused: ClassVar[list[str]]

    def do_POST(self) -> None:
        """One request."""
        parts = urlsplit(self.path)
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        door = DOORS.get(parts.path)
        key = (
            self.headers["Authorization"] if "entities" in parts.path else self.headers["X-API-KEY"]
        )
        if key not in {"Bearer a-token", "a-token"}:
            self._end(401)
            return
        if door is None:
            self._end(404)
            return
        try:
            jsonschema.validate(body, door)
            if parts.path == "/entities/labels":
                query = parse_qs(parts.query, strict_parsing=True)
                self._label(query["entity_type"][0], query["entity_id"][0], body["mutations"])
        except (jsonschema.ValidationError, KeyError) as error:
            self.refused.append(str(error).splitlines()[0])
            self._end(400)
            return
        self.bodies.append((parts.path, body))
        self._end({"/api/v1/actions": 202, "/api/v1/report": 201}.get(parts.path, 200))

    def _label(self, kind: str, entity: str, mutations: list[dict[str, Any]]) -> None:
        """A manual status stands against what rules say."""
        held = self.labels.setdefault(f"{kind}/{entity}", {})
        for one in mutations:
            old = held.get(one["label_name"], REMOVED)
            if one["status"] in {MANUALLY_REMOVED, MANUALLY_ADDED} or old in {REMOVED, ADDED}:
                held[one["label_name"]] = one["status"]

    def _end(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Nothing on stderr."""


@contextmanager
def roost() -> Iterator[tuple[type[Roost], str]]:
    """The receiver and its address."""

    class Mine(Roost):
        labels: ClassVar[dict[str, dict[str, int]]] = {}
        bodies: ClassVar[list[tuple[str, dict[str, Any]]]] = []
        refused: ClassVar[list[str]] = []

    server = ThreadingHTTPServer(("127.0.0.1", 0), Mine)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield Mine, f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


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
