"""A receiver that checks what comes in as ROOST's Osprey and Coop do, by their public sources.

Osprey: ``ui_api/osprey/validators/entities.py`` and ``lib/osprey_shared/labels.py`` under
``osprey_worker/src/osprey/worker`` of github.com/roostorg/osprey. Coop: ``server/routes/action/``,
``server/routes/reporting/`` and ``server/services/itemProcessingService`` of github.com/roostorg/coop.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import jsonschema
from tests.support.receiver import receiving

if TYPE_CHECKING:
    from collections.abc import Iterator

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
        if parts.path == "/hook":
            self._end(204 if self.headers["webhook-signature"] else 401)
            return
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

    with receiving(Mine) as port:
        yield Mine, f"http://127.0.0.1:{port}"
