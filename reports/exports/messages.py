"""Rows of an export as the requests that other systems take.

- ``webhook``: batches of rows, for a receiver of your own (Standard Webhooks headers are added when
  they are sent);
- ``osprey``: label mutations of ROOST Osprey, one request an account; what people decided is a manual
  label, which outranks an automatic one there;
- ``coop``: actions of ROOST Coop (``/api/v1/actions``), one request a row;
- ``coop-report``: clusters that wait for a person, as reports for Coop's review
  (``/api/v1/report``), one request a cluster.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from coterie.config import ACTIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

TARGETS = ("webhook", "osprey", "coop", "coop-report")
# These have no key to act once on: what they took once is never sent to them again.
ONCE = frozenset({"coop", "coop-report"})
TYPE = "coterie.enforcement.v1"
_NOTE = 5000
# Osprey's LabelStatus; its API takes the numbers, not the names
# (osprey_worker/src/osprey/worker/lib/osprey_shared/labels.py of github.com/roostorg/osprey).
_MANUALLY_REMOVED, _MANUALLY_ADDED = 2, 3


@dataclass(frozen=True, slots=True)
class Message:
    """One request.

    Attributes:
        id: the same for the same content; receivers may act once on it.
        path: after the receiver's address, with its query.
        body: JSON, as it is sent and signed.
        n_rows: rows of the export in it.
    """

    id: str
    path: str
    body: str
    n_rows: int


@dataclass(frozen=True, slots=True)
class TargetOptions:
    """How rows are put for a target.

    Attributes:
        batch: rows in a request, of a webhook.
        item_type: Coop's item type, Osprey's entity type of an account.
        label: Osprey's label; with ``_watch`` after it of accounts that are only watched.
        names: action -> the id that Coop has for it (``revoke`` for revocations), or Osprey's label.
        policies: policy_id -> Coop's policy id.
        reporter: whom Coop's reports come from.
    """

    batch: int = 100
    item_type: str = "User"
    label: str = "coterie_enforcement"
    names: Mapping[str, str] = field(default_factory=dict)
    policies: Mapping[str, str] = field(default_factory=dict)
    reporter: str = "coterie"


def messages(
    target: str, rows: Sequence[Mapping[str, Any]], options: TargetOptions
) -> list[Message]:
    """The requests that tell a target the rows, always the same for the same rows.

    Args:
        target: of ``TARGETS``.
        rows: of an enforcement export as JSON has them; of ``coop-report``, rows of
            ``export/for_review``.
        options: how they are put.
    """
    forms: dict[str, Callable[[Sequence[Mapping[str, Any]], TargetOptions], Iterator[Any]]] = {
        "webhook": _webhook,
        "osprey": _osprey,
        "coop": _coop,
        "coop-report": _coop_report,
    }
    return [
        _message(target, path, body, n, seed)
        for path, body, n, seed in forms[target](rows, options)
    ]


def _message(
    target: str, path: str, body: Mapping[str, Any], n_rows: int, seed: str | None
) -> Message:
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    digest = hashlib.sha256(f"{target}\n{path}\n{seed or text}".encode()).hexdigest()
    return Message(f"msg_{digest[:27]}", path, text, n_rows)


# Path, body, rows, and what names the request in place of its body.
_Parts = tuple[str, dict[str, Any], int, str | None]


def _webhook(rows: Sequence[Mapping[str, Any]], options: TargetOptions) -> Iterator[_Parts]:
    n = -(-len(rows) // options.batch)
    newest = max((str(row["decided_at"]) for row in rows), default="")
    for number in range(n):
        part = rows[number * options.batch : (number + 1) * options.batch]
        data = {"batch": number + 1, "batches": n, "rows": list(part)}
        yield "", {"type": TYPE, "timestamp": newest, "data": data}, len(part), None


def _osprey(rows: Sequence[Mapping[str, Any]], options: TargetOptions) -> Iterator[_Parts]:
    """The state that each account's labels should have: an action that stands wins."""
    accounts: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        accounts.setdefault(row["account_id"], []).append(row)
    for account, told in accounts.items():
        stand = {_label(row["action"], options): row for row in reversed(told) if _stands(row)}
        taken_back = [row for row in told if not _stands(row)]
        mutations = [_mutation(label, row, _MANUALLY_ADDED) for label, row in sorted(stand.items())]
        if taken_back:
            # A revocation does not say what it takes back: what does not stand is taken away.
            every = {_label(action, options) for action in ACTIONS}
            mutations += [
                _mutation(label, taken_back[-1], _MANUALLY_REMOVED)
                for label in sorted(every - stand.keys())
            ]
        query = urlencode({"entity_id": account, "entity_type": options.item_type})
        entity = {"id": account, "type": options.item_type}
        body = {"entity": entity, "mutations": mutations}
        yield f"/entities/labels?{query}", body, len(told), None


def _stands(row: Mapping[str, Any]) -> bool:
    return row["rollback_of"] is None


def _label(action: str, options: TargetOptions) -> str:
    """Osprey's label of an action; who is only watched must not look like somebody acted on."""
    named = options.names.get(action)
    return named or (f"{options.label}_watch" if action == "watch" else options.label)


def _mutation(label: str, row: Mapping[str, Any], status: int) -> dict[str, Any]:
    names = ("action", "cluster_id", "decision_id", "idempotency_key", "appeal_ref")
    return {
        "label_name": label,
        "reason_name": f"coterie_{row['reason_code'] or 'decision'}".replace(" ", "_"),
        "status": status,
        # What Osprey's HTTP API shows beside a manual label. It takes no reason_name, description and
        # features there: those are for whoever applies the file by Osprey's own library.
        "reason": _told(row),
        "description": _told(row),
        "features": {name: str(row[name]) for name in names if row[name] is not None},
        "expires_at": row["expires_at"],
    }


def _coop(rows: Sequence[Mapping[str, Any]], options: TargetOptions) -> Iterator[_Parts]:
    for row in rows:
        action = "revoke" if row["rollback_of"] is not None else str(row["action"])
        policy = row["policy_id"]
        body = {
            "actionId": options.names.get(action, action),
            "itemId": row["account_id"],
            "itemTypeId": options.item_type,
            "policyIds": [options.policies.get(policy, policy)] if policy else [],
            "note": f"{_told(row)} [{row['idempotency_key']}]"[:_NOTE],
        }
        yield "/api/v1/actions", body, 1, str(row["idempotency_key"])


def _coop_report(rows: Sequence[Mapping[str, Any]], options: TargetOptions) -> Iterator[_Parts]:
    for row in rows:
        first, *others = row["accounts"]
        body = {
            "reporter": {"kind": "user", "typeId": options.item_type, "id": options.reporter},
            "reportedAt": row["reported_at"],
            "reportedItem": _item(first, options, row),
            "reportedForReason": {
                "reason": f"Cluster {row['cluster_id']} ({row['tier']}, {row['size']} accounts, "
                f"{len(row['accounts'])} named here): {row['summary']}"[:_NOTE]
            },
            "additionalItems": [_item(account, options, row) for account in others],
        }
        yield "/api/v1/report", body, 1, "\x1f".join([row["cluster_id"], *sorted(row["accounts"])])


def _item(account: str, options: TargetOptions, row: Mapping[str, Any]) -> dict[str, Any]:
    # Partial: Coop would refuse an item that lacks a field which its type requires.
    return {
        "id": account,
        "typeId": options.item_type,
        "typeSchemaVariant": "partial",
        "data": {"cluster": row["cluster_id"]},
    }


def _told(row: Mapping[str, Any]) -> str:
    """One sentence for the colleagues who see it there."""
    by = " and ".join(row["reviewers"]) or "a rule"
    if row["rollback_of"] is not None:
        return f"Taken back ({row['reason_code']}), by {by}; was row {row['rollback_of']}."
    cluster = f" in cluster {row['cluster_id']}" if row["cluster_id"] else ""
    return (
        f"{row['action']} ({row['reason_code']}){cluster}, decided by {by} ({row['decision_id']})."
    )
