"""From an export's files, or the clusters that wait, to the outbox and the receiver."""

from __future__ import annotations

import hashlib
import json
import os
import random
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coterie.errors import InputError, StoreError, UsageError
from coterie.workspace.outbox import (
    Patience,
    checked_url,
    deliver,
    lines_of,
    put,
    signature_headers,
    standing,
    taken,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from coterie.reports.exports.messages import Message, TargetOptions
    from coterie.workspace import Workspace
    from coterie.workspace.outbox import Delivered

# Most accounts in one report to a review tool.
_MOST = 50
_ROWS = "enforcement.jsonl"
# What every request needs of a row.
_FIELDS = frozenset({
    "idempotency_key", "account_id", "action", "reason_code", "policy_id", "cluster_id", "decision_id",
    "reviewers", "decided_at", "expires_at", "rollback_of", "appeal_ref",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the receiver knows the sender by.

    Attributes:
        secrets: of the webhook's signature; several while one is being changed.
        token: of Osprey (bearer) or Coop (``X-API-KEY``).
    """

    secrets: tuple[str, ...] = field(default=(), repr=False)
    token: str | None = field(default=None, repr=False)

    @staticmethod
    def of(environ: Mapping[str, str]) -> Credentials:
        """From ``COTERIE_WEBHOOK_SECRET`` (one or more, by spaces) and ``COTERIE_DELIVERY_TOKEN``."""
        secrets = tuple(environ.get("COTERIE_WEBHOOK_SECRET", "").split())
        return Credentials(secrets, environ.get("COTERIE_DELIVERY_TOKEN") or None)


def rows_of(ws: Workspace, folder: Path | None) -> list[dict[str, Any]]:
    """The rows of an enforcement export, checked against its manifest.

    Args:
        ws: the workspace.
        folder: of the export; None is the newest one.

    Raises:
        UsageError: nothing was exported yet.
        InputError: the files are not as they were written.
        StoreError: the workspace's ledger does not hold the export.
    """
    from coterie.reports.exports.manifest import verify_folder
    from coterie.workspace.export import known_here

    newest = folder is None
    if folder is None:
        found = ws.named("export/last").to_dicts()
        if not found:
            raise UsageError("there is no export yet: run `coterie export enforcement` first")
        folder = ws.path / Path(found[0]["path"])
    checked = verify_folder(folder)
    if not checked["whole"]:
        raise InputError(f"{folder}: {'; '.join(checked['problems'])}")
    listed = {f["name"]: f["sha256"] for f in checked["manifest"]["files"]}
    if checked["manifest"].get("kind") != "enforcement" or _ROWS not in listed:
        raise InputError(f"{folder}: found no {_ROWS}; export with --format jsonl")
    raw = (folder / _ROWS).read_bytes()
    if hashlib.sha256(raw).hexdigest() != listed[_ROWS]:
        raise InputError(f"{folder}: {_ROWS}: was changed")
    try:
        rows = [json.loads(line) for line in lines_of(raw.decode())]
        whole = all(row.keys() >= _FIELDS for row in rows)
    except (ValueError, AttributeError, RecursionError):
        whole = False
    if not whole:
        raise InputError(f"{folder / _ROWS}: holds other than rows of an enforcement export")
    # What is sent is what people decided here: a later export must be able to take it back.
    known = known_here(ws, checked["manifest"])
    if known == "lost" or (newest and known != "known"):
        raise StoreError(
            f"{folder}: the ledger of this workspace does not hold this export, or holds other rows; "
            "run `coterie decisions --verify`, then `coterie export enforcement` again"
        )
    return rows


def requests_of(
    ws: Workspace, target: str, options: TargetOptions, folder: Path | None = None
) -> list[Message]:
    """The requests for a target; see :mod:`coterie.reports.exports.messages`."""
    from coterie.reports.exports.messages import messages

    if target != "coop-report":
        return messages(target, rows_of(ws, folder), options)
    sweep = ws.newest().sweep_id
    waiting = ws.named("export/for_review", sweep_id=sweep, most=_MOST).to_dicts()
    for row in waiting:
        row["reported_at"] = f"{row['reported_at']:%Y-%m-%dT%H:%M:%SZ}"
    return messages(target, waiting, options)


def send(
    ws: Workspace,
    target: str,
    url: str,
    found: Sequence[Message],
    now: Callable[[], datetime],
    *,
    patience: Patience | None = None,
    retry_dead: bool = False,
    progress: Callable[..., None] | None = None,
) -> Delivered:
    """Put requests into the outbox and send what the receiver has not taken yet.

    Args:
        ws: the workspace.
        target: what the requests are for.
        url: the receiver's address.
        found: of :func:`requests_of`.
        now: the clock.
        patience: how often and how long each is tried.
        retry_dead: try what was given up before again.
        progress: called as requests are done.

    Raises:
        UsageError: the address is not fit, or a webhook has no secret.
        StoreLocked: another process sends the same.
    """
    credentials = Credentials.of(os.environ)
    from coterie.reports.exports.messages import ONCE

    if target == "webhook" and not credentials.secrets:
        raise UsageError("a webhook needs a secret to sign with: set COTERIE_WEBHOOK_SECRET")
    token = credentials.token or ""
    if not (token.isascii() and token.isprintable()):
        raise UsageError(
            "COTERIE_DELIVERY_TOKEN: found other than letters, digits and signs of ASCII"
        )
    outbox = ws.config.store_path.with_name(ws.config.store_path.name + ".d") / "outbox"
    place = checked_url(url)
    folder = put(
        outbox, target, place, found, taken(outbox, target, place) if target in ONCE else None
    )

    def headers(message: Message) -> dict[str, str]:
        if target == "webhook":
            return signature_headers(credentials.secrets, message, now())
        if credentials.token is None:
            return {"Idempotency-Key": message.id}
        own = {"X-API-KEY": credentials.token}
        if target == "osprey":
            own = {"Authorization": f"Bearer {credentials.token}"}
        return {"Idempotency-Key": message.id, **own}

    return deliver(
        folder,
        headers=headers,
        now=now,
        sleep=time.sleep,
        # Jitter keeps senders apart; nothing that is found depends on it.
        rng=random.SystemRandom(),
        patience=patience or Patience(),
        retry_dead=retry_dead,
        progress=progress,
    )


def deliveries(ws: Workspace) -> list[Delivered]:
    """Every delivery of the workspace's outbox, by name."""
    outbox = ws.config.store_path.with_name(ws.config.store_path.name + ".d") / "outbox"
    if not outbox.is_dir():
        return []
    return [standing(f) for f in sorted(outbox.iterdir()) if (f / "delivery.json").is_file()]
