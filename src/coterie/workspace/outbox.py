"""The outbox: requests that must reach a receiver, kept until they have.

A delivery is a folder under ``<store>.d/outbox``: ``messages.jsonl`` holds the requests, written
whole before the first is sent, and ``journal.jsonl`` one line a result, fsynced. A sender that was
killed is simply run again: what the journal has is not sent again. Between a receiver's answer and
the journal's line a kill can still repeat a request; it has the same id and the same keys then, so a
receiver that acts once on a key acts once.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import hmac
import http.client
import json
import os
from collections import Counter
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Self, TextIO
from urllib.parse import urlsplit

from coterie.errors import InputError, StoreLocked, UsageError
from coterie.printable import printable
from coterie.reports.exports.messages import Message
from coterie.workspace.wire import Line, UnreachableError, UntrustedError

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

# Answers after which the same request may well succeed.
_AGAIN = frozenset({408, 409, 425, 429, 500, 502, 503, 504})
# Answers that say the same of every request: the run stops, and nothing is given up.
_STOP = {401: "refuses the credentials", 403: "refuses the credentials", 404: "has no such door",
         405: "has no such door", 410: "is gone for good", 501: "does not do this",
         **dict.fromkeys((300, 301, 302, 303, 307, 308), "sends elsewhere, which is not followed"),
         }  # fmt: skip
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Patience:
    """How often and how long a request is tried.

    Attributes:
        attempts: tries of a request before it is a dead letter.
        first_delay: seconds before the second try at most; doubles from try to try, with full
            jitter (a random share of it).
        longest_delay: seconds between two tries at most, also of what a receiver asks for.
        timeout: seconds to wait for an answer.
    """

    attempts: int = 8
    first_delay: float = 1.0
    longest_delay: float = 300.0
    timeout: float = 10.0


@dataclass(frozen=True, slots=True)
class Delivered:
    """How a delivery stands.

    Attributes:
        delivery_id: its name.
        url: the receiver's address.
        target: webhook, osprey, coop or coop-report.
        messages: requests in all.
        sent: requests that the receiver took.
        dead: requests that were given up.
        rows: rows of the export in all.
        answers: what was last answered to requests that were given up -> how many.
        tries: requests made in this run.
        stopped: why the run ended before its end, or None.
    """

    delivery_id: str
    url: str
    target: str
    messages: int
    sent: int
    dead: int
    rows: int
    answers: Mapping[str, int] = field(default_factory=dict)
    tries: int = 0
    stopped: str | None = None

    @property
    def waiting(self) -> int:
        """Requests neither sent nor given up."""
        return self.messages - self.sent - self.dead

    def to_dict(self) -> dict[str, Any]:
        """The same as plain data."""
        return {**asdict(self), "waiting": self.waiting}


def checked_url(url: str) -> str:
    """The receiver's address: https, or http on this machine.

    Raises:
        UsageError: it is neither, is no address at all, or holds a password.
    """
    try:
        parts = urlsplit(url)
        whole = url.isascii() and url.isprintable() and " " not in url and parts.port != 0
    except ValueError:  # a port or an IPv6 address that is none
        whole = False
    if not whole:
        raise UsageError(f"{printable(url, 200)}: is no address (percent-encode what is not ASCII)")
    fine = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    if not fine or not parts.hostname:
        raise UsageError(f"{printable(url, 200)}: expected https, or http on this machine")
    if parts.username or parts.password:
        raise UsageError("the address holds a password; put it into COTERIE_DELIVERY_TOKEN")
    return url.rstrip("/")


def taken(outbox: Path, target: str, url: str) -> set[str]:
    """The ids of the requests that a receiver took, in any delivery."""
    ids: set[str] = set()
    for head in outbox.glob("*/delivery.json"):
        about = _about(head.parent)
        if (about["target"], about["url"]) == (target, url):
            ids |= {name for name, state in _states(head.parent).items() if state == "sent"}
    return ids


def put(
    outbox: Path, target: str, url: str, found: Sequence[Message], known: set[str] | None = None
) -> Path:
    """Keep requests for delivery; the same requests are the same delivery.

    Args:
        outbox: folder of all deliveries.
        target: what they are for.
        url: the receiver's address.
        found: the requests.
        known: ids of requests that are left out of a new delivery: the receiver took them before.

    Returns:
        The delivery's folder.
    """
    told = "\n".join([target, url, *(m.id for m in found)])
    folder = outbox / hashlib.sha256(told.encode()).hexdigest()[:16]
    head = folder / "delivery.json"
    if head.exists():
        return folder
    outbox.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    kept = [m for m in found if known is None or m.id not in known]
    lines = "".join(json.dumps(asdict(m), ensure_ascii=False) + "\n" for m in kept)
    _whole(folder / "messages.jsonl", lines)
    about = {"target": target, "url": url, "messages": len(kept),
             "rows": sum(m.n_rows for m in kept)}  # fmt: skip
    # Last: a folder with this file is complete.
    _whole(head, json.dumps(about, indent=2, sort_keys=True) + "\n")
    return folder


def standing(folder: Path) -> Delivered:
    """How a delivery stands, by its journal.

    Raises:
        InputError: there is no such delivery.
    """
    about = _about(folder)
    last = _last(folder).values()
    dead = [str(entry.get("answer")) for entry in last if entry["state"] == "dead"]
    return Delivered(
        folder.name,
        about["url"],
        about["target"],
        about["messages"],
        sum(entry["state"] == "sent" for entry in last),
        len(dead),
        about["rows"],
        dict(sorted(Counter(dead).items())),
    )


def deliver(
    folder: Path,
    *,
    headers: Callable[[Message], Mapping[str, str]],
    now: Callable[[], datetime],
    sleep: Callable[[float], None],
    rng: random.Random,
    patience: Patience,
    retry_dead: bool = False,
    progress: Callable[[str, int, int], None] | None = None,
) -> Delivered:
    """Send what the receiver has not taken yet.

    Args:
        folder: of :func:`put`.
        headers: of a request (authorisation, signature), made anew for each try.
        now: the clock, for the journal.
        sleep: waits so many seconds.
        rng: of the jitter.
        patience: how often and how long.
        retry_dead: try what was given up before again.
        progress: called as requests are done.

    Raises:
        StoreLocked: another process sends this delivery.
    """
    about = _about(folder)
    tries = 0
    stopped: str | None = None
    with _alone(folder), _Journal(folder / "journal.jsonl") as journal:
        states = _states(folder)
        left = [
            m
            for m in _messages(folder)
            if states.get(m.id) != "sent" and (retry_dead or states.get(m.id) != "dead")
        ]
        with Line(checked_url(about["url"]), patience.timeout) as line:
            for number, message in enumerate(left, 1):
                state, made, status, stopped = _send(line, message, headers, sleep, rng, patience)
                tries += made
                journal.write({
                    "id": message.id, "state": state, "tries": made, "answer": status,
                    "at": f"{now():%Y-%m-%dT%H:%M:%SZ}",
                })  # fmt: skip
                if progress is not None:
                    progress("send", number, len(left))
                if stopped is not None:
                    break
    found = standing(folder)
    if found.sent == found.messages:
        # Nothing is left to send: what the requests said about people need not be kept.
        (folder / "messages.jsonl").unlink(missing_ok=True)
    return Delivered(**{**asdict(found), "tries": tries, "stopped": stopped})


def signature_headers(secrets: Sequence[str], message: Message, now: datetime) -> dict[str, str]:
    """The headers of Standard Webhooks: id, timestamp, and one signature a secret.

    Args:
        secrets: ``whsec_`` and base64 of 24 to 64 bytes; several while a secret is being changed.
        message: the request.
        now: the time of this try (UTC, naive).
    """
    stamp = str(int((now - now.__class__(1970, 1, 1)).total_seconds()))
    signed = f"{message.id}.{stamp}.{message.body}".encode()
    marks = [
        "v1," + base64.b64encode(hmac.new(_secret(s), signed, hashlib.sha256).digest()).decode()
        for s in secrets
    ]
    return {
        "webhook-id": message.id,
        "webhook-timestamp": stamp,
        "webhook-signature": " ".join(marks),
    }


def _secret(text: str) -> bytes:
    """The key of a secret as Standard Webhooks writes it; what it says is never told."""
    expected = "COTERIE_WEBHOOK_SECRET: expected whsec_ and base64 of 24 to 64 random bytes"
    try:
        key = base64.b64decode(text.removeprefix("whsec_"), validate=True)
    except ValueError as error:
        raise UsageError(expected) from error
    if not (text.startswith("whsec_") and 24 <= len(key) <= 64):
        raise UsageError(expected)
    return key


def _send(
    line: Line,
    message: Message,
    headers: Callable[[Message], Mapping[str, str]],
    sleep: Callable[[float], None],
    rng: random.Random,
    patience: Patience,
) -> tuple[str, int, int | str, str | None]:
    """(sent, dead or stopped; tries; the last answer; why the run must stop or None)."""
    answer: int | str = "none"
    stop: str | None = None
    for number in range(1, patience.attempts + 1):
        asked: float | None = None
        stop = None
        try:
            answer, asked = line.post(message, headers(message))
        except UntrustedError as error:
            return "stopped", number, "certificate", f"the receiver's certificate: {error}"
        except UnreachableError as error:
            # Nothing was sent: no request is to blame, and the next one would fare no better.
            answer, stop = str(error), f"the receiver cannot be reached ({error})"
        except (OSError, http.client.HTTPException) as error:
            answer = type(error).__name__
        if isinstance(answer, int):
            if 200 <= answer < 300:
                return "sent", number, answer, None
            if answer in _STOP:
                return "stopped", number, answer, f"the receiver {_STOP[answer]} ({answer})"
            if answer not in _AGAIN:
                return "dead", number, answer, None
        if number < patience.attempts:
            most = min(patience.longest_delay, patience.first_delay * 2 ** (number - 1))
            wait = rng.uniform(0, most)
            sleep(min(patience.longest_delay, max(wait, asked or 0.0)))
    return "stopped" if stop else "dead", patience.attempts, answer, stop


class _Journal:
    """One JSON line a result, on the disk before the next request."""

    def __init__(self, path: Path) -> None:
        # A kill can leave half a line: the next one begins on a line of its own.
        torn = path.exists() and not path.read_bytes().endswith(b"\n") and path.stat().st_size
        self._file = _private(path, "a")
        if torn:
            self._file.write("\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def write(self, entry: Mapping[str, Any]) -> None:
        """Append one line and wait for the disk."""
        self._file.write(json.dumps(entry) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())


def json_lines(path: Path) -> list[str]:
    """The lines of a JSON Lines file."""
    return lines_of(path.read_text(encoding="utf-8"))


def lines_of(text: str) -> list[str]:
    """The lines of a JSON Lines text; U+2028 and its like end a line of ``splitlines`` only."""
    return [line for line in text.split("\n") if line.strip()]


def _last(folder: Path) -> dict[str, dict[str, Any]]:
    """Request -> the last result of it; a line that a kill tore is none."""
    path = folder / "journal.jsonl"
    last: dict[str, dict[str, Any]] = {}
    if path.exists():
        for text in json_lines(path):
            with suppress(ValueError, KeyError, TypeError):
                entry = json.loads(text)
                last[str(entry["id"])] = {**entry, "state": str(entry["state"])}
    return last


def _states(folder: Path) -> dict[str, str]:
    return {name: entry["state"] for name, entry in _last(folder).items()}


def _messages(folder: Path) -> list[Message]:
    path = folder / "messages.jsonl"
    if not path.exists():
        return []
    return [Message(**json.loads(text)) for text in json_lines(path)]


def _about(folder: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads((folder / "delivery.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{folder.name}: there is no such delivery in the outbox") from error
    return found


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with _private(folder / "lock", "a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise StoreLocked(f"{folder.name}: another process sends this delivery") from error
        yield


def _whole(path: Path, text: str) -> None:
    part = path.with_name(f".{path.name}.part")
    with _private(part, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def _private(path: Path, how: Literal["a", "w"]) -> TextIO:
    """Open a file that only its owner can read: requests are about people."""
    flags = os.O_APPEND if how == "a" else os.O_TRUNC
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | flags, 0o600)
    return os.fdopen(fd, how, encoding="utf-8")
