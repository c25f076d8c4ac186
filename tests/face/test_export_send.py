"""Delivery: every row has its effect exactly once, whatever the receiver and the machine do."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from tests.support.deciding import platform
from tests.support.receiver import receiving

from coterie.errors import InputError, StoreLocked, UsageError
from coterie.reports.exports.manifest import write_manifest
from coterie.reports.exports.messages import Message, TargetOptions, messages
from coterie.workspace import open_workspace
from coterie.workspace.outbox import (
    Patience,
    _alone,
    _messages,
    checked_url,
    deliver,
    json_lines,
    put,
    signature_headers,
    standing,
)
from coterie.workspace.review import Said
from coterie.workspace.sending import send
from coterie.workspace.wire import asked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.face.conftest import Ended

SECRET = "whsec_" + base64.b64encode(b"a secret of this test, 24+ bytes").decode()
OTHER = "whsec_" + base64.b64encode(b"another secret, which is not known").decode()
NOW = dt.datetime(2026, 6, 1, 12)  # noqa: DTZ001 - the store's times are naive UTC


def _row(number: int, **more: Any) -> dict[str, Any]:
    return {
        "idempotency_key": f"{number:032x}", "account_id": f"a{number}", "action": "suspend",
        "reason_code": "spam", "policy_id": None, "cluster_id": "c-1", "decision_id": "d-1",
        "reviewers": ["ann"], "decided_at": "2026-06-01T00:00:00Z", "expires_at": None,
        "rollback_of": None, "appeal_ref": f"ap-{number:012x}", **more,
    }  # fmt: skip


def _folder(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.mkdir()
    file = path / "enforcement.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    write_manifest(path, [file], {"kind": "enforcement", "export_id": "x-0"})
    return path


class Hook(BaseHTTPRequestHandler):
    """A receiver that acts once on a key, and whose network and machine are bad."""

    protocol_version = "HTTP/1.1"
    lock: ClassVar[threading.Lock]
    effects: ClassVar[dict[str, int]]
    taken: ClassVar[int]
    thanked: ClassVar[list[str]]
    seen: ClassVar[list[tuple[str, bytes]]]
    faults: ClassVar[Callable[[], str]]
    on_taken: ClassVar[Callable[[int], None]]

    def do_POST(self) -> None:
        """One request."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        stamp, name = self.headers["webhook-timestamp"], self.headers["webhook-id"]
        key = base64.b64decode(SECRET.removeprefix("whsec_"))
        mark = hmac.new(key, f"{name}.{stamp}.".encode() + body, hashlib.sha256).digest()
        good = f"v1,{base64.b64encode(mark).decode()}" in self.headers["webhook-signature"].split()
        if not good or abs(time.time() - int(stamp)) > 60:
            self._answer(401)
            return
        with self.lock:
            fault = type(self).faults()
            type(self).seen.append((name, body))
        if fault == "drop":
            self.close_connection = True
            return
        if fault in {"429", "500", "503"}:
            self._answer(int(fault), {"Retry-After": "0"})
            return
        self._take(body)
        if fault == "repeat":
            self._take(body)
        if fault == "delay":
            time.sleep(0.6)
        if fault == "mute":
            self.close_connection = True
            return
        with suppress(OSError):
            self._answer(204)
            if fault != "delay":
                type(self).thanked.append(name)

    def _take(self, body: bytes) -> None:
        with self.lock:
            for row in json.loads(body)["data"]["rows"]:
                key = row["idempotency_key"]
                # The rule of the export: act once on a key.
                self.effects.setdefault(key, 0)
                self.effects[key] += self.effects[key] == 0
            type(self).taken += 1
            type(self).on_taken(type(self).taken)

    def _answer(self, status: int, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": "0", **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Nothing on stderr."""


@contextmanager
def _hook(faults: Callable[[], str]) -> Iterator[tuple[type[Hook], str]]:
    class Mine(Hook):
        lock = threading.Lock()
        effects: ClassVar[dict[str, int]] = {}
        taken = 0
        thanked: ClassVar[list[str]] = []
        seen: ClassVar[list[tuple[str, bytes]]] = []

    Mine.faults = staticmethod(faults)
    Mine.on_taken = staticmethod(lambda _: None)
    with receiving(Mine) as port:
        yield Mine, f"http://127.0.0.1:{port}/hook"


def test_every_row_has_its_effect_once_though_the_receiver_fails_and_the_sender_is_killed(
    tmp_path: Path,
) -> None:
    n = 10_000
    folder = _folder(tmp_path / "export", [_row(i) for i in range(n)])
    rng = random.Random(3)
    kinds = ("drop", "429", "500", "503", "mute", "repeat", "delay")

    def faults() -> str:
        return rng.choice(kinds) if rng.random() < 0.3 else ""

    command = [
        sys.executable, "-c", "from coterie.cli import main; main()", "export", "send", "webhook",
        "--from", str(folder), "--first-delay", "0.01", "--timeout", "0.3", "--attempts", "20",
        "--json", "--quiet", "--workspace", str(tmp_path),
    ]  # fmt: skip
    environ = {**os.environ, "COTERIE_WEBHOOK_SECRET": SECRET}
    with _hook(faults) as (hook, url):
        for kill_at in (30, 60, None):
            sender = subprocess.Popen(
                [*command, "--url", url], env=environ, stdout=subprocess.PIPE, text=True
            )
            killed = threading.Event()

            def kill(
                taken: int,
                at: int | None = kill_at,
                whom: subprocess.Popen[str] = sender,
                done: threading.Event = killed,
            ) -> None:
                if at is not None and taken >= at and not done.is_set():
                    done.set()
                    whom.send_signal(signal.SIGKILL)

            hook.on_taken = staticmethod(kill)
            out, _ = sender.communicate(timeout=120)
            assert (sender.returncode == -signal.SIGKILL) == (kill_at is not None)
        told = json.loads(out)
    assert (told["sent"], told["dead"], told["waiting"]) == (100, 0, 0)
    assert hook.effects == {f"{i:032x}": 1 for i in range(n)}
    bodies: dict[str, set[bytes]] = {}
    for name, body in hook.seen:
        bodies.setdefault(name, set()).add(body)
    assert len(bodies) == 100, "a request keeps its id"
    assert all(len(found) == 1 for found in bodies.values()), "and its body"
    assert len(hook.seen) > 100
    # What was acknowledged is not sent again, but for the one that a kill cut off from its line.
    assert len(hook.thanked) - len(set(hook.thanked)) <= 2
    (delivery,) = (tmp_path / "coterie.duckdb.d" / "outbox").iterdir()
    assert not (delivery / "messages.jsonl").exists(), "what was delivered is not kept"


# ── single rules, without a network ──────────────────────────────────────────────────────────────


def _deliver(folder: Path, **more: Any) -> tuple[Any, list[float]]:
    waits: list[float] = []
    found = deliver(
        folder,
        headers=lambda m: signature_headers(
            [SECRET], m, dt.datetime.now(dt.UTC).replace(tzinfo=None)
        ),
        now=lambda: NOW,
        sleep=waits.append,
        rng=random.Random(1),
        patience=more.pop("patience", Patience(attempts=4, first_delay=1.0, timeout=1.0)),
        **more,
    )
    return found, waits


def test_waits_grow_with_jitter_and_what_is_given_up_can_be_tried_again(tmp_path: Path) -> None:
    state = {"answer": "503"}
    with _hook(lambda: state["answer"]) as (hook, url):
        found = messages("webhook", [_row(i) for i in range(5)], TargetOptions(batch=2))
        folder = put(tmp_path, "webhook", url, found)
        done, waits = _deliver(folder)
        assert (done.sent, done.dead, done.tries) == (0, 3, 12)
        assert len(waits) == 9
        for start in (0, 3, 6):
            assert all(0 <= w <= 2**k for k, w in enumerate(waits[start : start + 3]))
        assert len(set(waits)) == 9, "jitter"
        state["answer"] = ""
        assert _deliver(folder)[0].tries == 0, "a dead letter stays one"
        done, waits = _deliver(folder, retry_dead=True)
        assert (done.sent, done.dead, waits) == (3, 0, [])
        assert len(hook.effects) == 5
        assert _deliver(folder, retry_dead=True)[0].tries == 0
        assert put(tmp_path, "webhook", url, found) == folder, "the same again is the same"


def test_wrong_credentials_stop_the_run_and_give_nothing_up(tmp_path: Path) -> None:
    with _hook(lambda: "") as (hook, url):
        found = messages("webhook", [_row(i) for i in range(4)], TargetOptions(batch=1))
        folder = put(tmp_path, "webhook", url, found)
        done = deliver(
            folder,
            headers=lambda m: signature_headers([OTHER], m, NOW),
            now=lambda: NOW, sleep=lambda _: None, rng=random.Random(1), patience=Patience(),
        )  # fmt: skip
        assert (done.tries, done.waiting, done.dead) == (1, 4, 0)
        assert done.stopped == "the receiver refuses the credentials (401)"
        assert not hook.effects
        assert _deliver(folder)[0].sent == 4


def test_a_torn_journal_line_and_a_second_sender_do_no_harm(tmp_path: Path) -> None:
    with _hook(lambda: "") as (_, url):
        found = messages("webhook", [_row(i) for i in range(3)], TargetOptions(batch=1))
        folder = put(tmp_path, "webhook", url, found)
        line = json.dumps({"id": found[0].id, "state": "sent"})
        (folder / "journal.jsonl").write_text(f'{line}\n{{"id": "{found[1].id}", "sta', "utf-8")
        with _alone(folder), pytest.raises(StoreLocked, match="another process"):
            _deliver(folder)
        assert standing(folder).sent == 1
        done, _ = _deliver(folder)
        assert (done.sent, done.tries) == (3, 2)
    with pytest.raises(InputError, match="no such delivery"):
        standing(tmp_path / "none")


def test_addresses_are_https_or_of_this_machine() -> None:
    for url in ("https://example.org/x/", "http://localhost:1", "http://127.0.0.1:1/x"):
        assert checked_url(url) == url.rstrip("/")
    for url in ("http://example.org", "ftp://example.org", "file:///etc/passwd", "x", "https://"):
        with pytest.raises(UsageError, match="expected https"):
            checked_url(url)
    with pytest.raises(UsageError, match="password"):
        checked_url("https://user:word@example.org")


def test_the_signature_is_that_of_standard_webhooks() -> None:
    """The example of the specification's reference libraries."""
    known = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    message = Message("msg_p5jXN8AQM9LWM0D4loKWxJek", "", '{"test": 2432232314}', 1)
    at = dt.datetime.fromtimestamp(1614265330, dt.UTC).replace(tzinfo=None)
    headers = signature_headers([known, OTHER], message, at)
    first, second = headers["webhook-signature"].split()
    assert first == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert second.startswith("v1,")
    assert headers["webhook-timestamp"] == "1614265330"
    short, long = (base64.b64encode(bytes(n)).decode() for n in (23, 65))
    for wrong in (
        "whsec_%%%",
        f"whsec_{short}",
        f"whsec_{long}",
        known.removeprefix("whsec_"),
        "old",
    ):
        with pytest.raises(UsageError, match="24 to 64 random bytes") as told:
            signature_headers([wrong], message, at)
        assert wrong not in str(told.value), "a secret is never told"


def test_osprey_gets_the_state_of_each_account_as_manual_labels() -> None:
    rows = [
        _row(1),
        _row(2, action="none", rollback_of="f" * 32, reason_code="won appeal"),
        _row(3, action="none", rollback_of="e" * 32, account_id="a1"),
        _row(4, action="watch", expires_at="2026-09-01T00:00:00Z"),
    ]
    found = messages("osprey", rows, TargetOptions(label="ring"))
    told = {}
    for message in found:
        body = json.loads(message.body)
        for mutation in body["mutations"]:
            assert set(mutation) == {
                "label_name", "reason_name", "status", "reason", "description", "features",
                "expires_at",
            }  # fmt: skip
            assert all(isinstance(v, str) for v in mutation["features"].values())
            name = (body["entity"]["id"], mutation["label_name"])
            told[name] = (mutation["status"], mutation["expires_at"])
        assert message.path.startswith("/entities/labels?entity_id=")
    removed, added = 2, 3
    assert told == {
        ("a1", "ring"): (added, None),
        ("a1", "ring_watch"): (removed, None),
        ("a2", "ring"): (removed, None),
        ("a2", "ring_watch"): (removed, None),
        ("a4", "ring_watch"): (added, "2026-09-01T00:00:00Z"),
    }


def test_coop_gets_actions_by_its_own_names() -> None:
    rows = [
        _row(1, policy_id="fraud-1"),
        _row(2, action="none", rollback_of="f" * 32, reviewers=["x" * 9000]),
    ]
    options = TargetOptions(names={"suspend": "act-7"}, policies={"fraud-1": "pol-9"})
    one, two = (json.loads(m.body) for m in messages("coop", rows, options))
    assert set(one) == {"actionId", "itemId", "itemTypeId", "policyIds", "note"}
    assert (one["actionId"], one["itemId"], one["policyIds"]) == ("act-7", "a1", ["pol-9"])
    assert (two["actionId"], two["policyIds"]) == ("revoke", [])
    assert len(two["note"]) == 5000


def test_what_coop_took_once_is_never_sent_to_it_again(tmp_path: Path) -> None:
    class Coop(BaseHTTPRequestHandler):
        bodies: ClassVar[list[dict[str, Any]]] = []

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.bodies.append(json.loads(body))
            self.send_response(202)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Nothing on stderr."""

    ws = open_workspace(tmp_path)
    first = [_row(1), _row(2)]
    # Renewed: the same key under another decision; and one row more.
    second = [_row(1, decision_id="d-2", reviewers=["bob"]), _row(2), _row(3)]
    with receiving(Coop) as port:
        for rows, n in ((first, 2), (second, 1), (second, 1)):
            found = messages("coop", rows, TargetOptions())
            done = send(ws, "coop", f"http://127.0.0.1:{port}", found, lambda: NOW)
            assert (done.messages, done.sent) == (n, n)
    assert [b["itemId"] for b in Coop.bodies] == ["a1", "a2", "a3"]


def test_the_command_sends_writes_and_shows(
    tmp_path: Path, run: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch
) -> None:
    ring = dict.fromkeys(("a0", "a1", "a2"), "core")
    ws = platform(tmp_path, [{"c-1": ring, "c-2": {"b0": "core", "b1": "member"}}])
    at = ("--workspace", str(tmp_path))
    assert run("export", "send", "webhook", "--dry-run", *at).code == 2, "nothing to send yet"
    ws.decide(Said("confirm", "ann", cluster_id="c-1"))
    ws.export_enforcement()
    dry = run("export", "send", "webhook", "--dry-run", *at)
    assert "1 request with 3 rows" in dry.out
    file = tmp_path / "osprey.jsonl"
    assert run("export", "send", "osprey", "--out", str(file), *at).code == 0
    assert len(file.read_text("utf-8").splitlines()) == 3
    report = run("export", "send", "coop-report", "--dry-run", "--json", *at)
    body = json.loads(report.out)["first"][0]["body"]
    assert (body["reportedItem"]["id"], len(body["additionalItems"])) == ("b0", 1)
    assert run("export", "send", "webhook", *at).code == 2, "no address"
    assert run("export", "send", "webhook", "--url", "https://x.invalid", *at).code == 2, "no key"
    monkeypatch.setenv("COTERIE_WEBHOOK_SECRET", SECRET)
    with _hook(lambda: "") as (hook, url):
        sent = run("export", "send", "webhook", "--url", url, "--json", *at)
        assert sent.code == 0
        assert json.loads(sent.out)["sent"] == 1
        assert len(hook.effects) == 3
        assert (
            json.loads(run("export", "send", "webhook", "--url", url, "--json", *at).out)["tries"]
            == 0
        )
        assert len(hook.seen) == 1
    gone = run("export", "send", "webhook", "--url", url.replace("hook", "gone"), "--attempts", "1",
               "--json", *at)  # fmt: skip
    assert gone.code == 4
    assert (json.loads(gone.out)["dead"], json.loads(gone.out)["waiting"]) == (0, 1)
    assert "given up" in run("export", "outbox", *at).out
    assert json.loads(run("export", "outbox", "--json", *at).out)["n"] == 2
    folder = next((tmp_path / "exports").iterdir())
    (folder / "enforcement.jsonl").write_text("{}\n", "utf-8")
    assert run("export", "send", "webhook", "--dry-run", *at).code == 3, "changed files"
    assert run("export", "--verify", str(folder), *at).code == 3
    assert run("export", *at).code == 2


def _drip(first: bytes, drop: bytes) -> tuple[str, Callable[[], None]]:
    """A receiver that begins an answer and drips the rest; its address, and how to end it."""
    door = socket.create_server(("127.0.0.1", 0))
    done = threading.Event()

    def serve() -> None:
        while not done.is_set():
            with suppress(OSError):
                line, _ = door.accept()
                with line:
                    line.recv(1 << 16)
                    line.sendall(first)
                    while not done.wait(0.02):
                        line.sendall(drop)

    threading.Thread(target=serve, daemon=True).start()

    def end() -> None:
        done.set()
        door.close()

    return f"http://127.0.0.1:{door.getsockname()[1]}", end


@pytest.mark.parametrize(
    ("first", "drop", "sent"),
    [
        (b"HTTP/1.1 ", b"2", 0),
        (b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n", 0),
        (b"HTTP/1.1 200 OK\r\n", b"x: y\r\n", 1),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n", b"x", 1),
    ],
)
def test_a_receiver_that_drips_is_hung_up_on(
    tmp_path: Path, first: bytes, drop: bytes, sent: int
) -> None:
    url, end = _drip(first, drop)
    try:
        folder = put(tmp_path, "webhook", url, [Message("m-1", "", "{}", 1)])
        begin = time.monotonic()
        found, _ = _deliver(folder, patience=Patience(attempts=2, timeout=0.3))
    finally:
        end()
    assert (found.sent, found.dead) == (sent, 1 - sent)
    assert time.monotonic() - begin < 5


@pytest.mark.parametrize(
    "text", ["nan", "inf", "Sun, 31 Dec 99999999999999999999 23:59:59 GMT", "soon", ""]
)
def test_an_odd_retry_after_asks_for_nothing(text: str) -> None:
    assert asked(text) is None


@pytest.mark.parametrize(
    "url",
    ["http://localhost:99999/", "http://[::1", "https://x.example:abc/", "https://x.example/\r\nX: y",
     "https://x.example/a b", "https://x.example/\u00e9", "http://127.0.0.1@evil.example/"],
)  # fmt: skip
def test_what_is_no_address_is_said_to_be_none(url: str) -> None:
    with pytest.raises(UsageError):
        checked_url(url)


def test_line_separators_of_unicode_end_no_row(tmp_path: Path) -> None:
    name = "a\u2028b\u2029c\u0085d"
    text = json.dumps(_row(1, account_id=name), ensure_ascii=False) + "\n"
    file = tmp_path / "x.jsonl"
    file.write_text(text, encoding="utf-8")
    assert [json.loads(line)["account_id"] for line in json_lines(file)] == [name]
    message = Message("m-1", "", json.dumps({"id": name}, ensure_ascii=False), 1)
    assert _messages(put(tmp_path, "webhook", "http://localhost", [message])) == [message]
