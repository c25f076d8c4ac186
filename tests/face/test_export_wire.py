"""The receiver is a stranger: it must prove who it is, and nothing that it says is believed."""

from __future__ import annotations

import base64
import datetime as dt
import random
import socket
import ssl
from contextlib import contextmanager, suppress
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from tests.support.deciding import platform
from tests.support.receiver import receiving

from coterie.reports.exports.messages import Message
from coterie.workspace.outbox import Patience, deliver, put, signature_headers
from coterie.workspace.review import Said
from coterie.workspace.sending import Credentials
from coterie.workspace.wire import asked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.face.conftest import Ended

    from coterie.workspace.outbox import Delivered

SECRET = "whsec_" + base64.b64encode(b"a secret of this test, 24+ bytes").decode()
NOW = dt.datetime(2026, 6, 1, 12)  # noqa: DTZ001 - the store's times are naive UTC
EVIL = b"\x1b[31m<script>\xff\xfe" * 100


class Stranger(BaseHTTPRequestHandler):
    """Answers as it is told to."""

    protocol_version = "HTTP/1.1"
    status: ClassVar[int]
    headers_out: ClassVar[dict[str, str]]
    seen: ClassVar[list[str]]

    def do_POST(self) -> None:
        """One request."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self.seen.append(self.path)
        self.send_response(self.status, "\x1b[31mfine")
        for name, value in {"Content-Length": str(len(EVIL)), **self.headers_out}.items():
            self.send_header(name, value)
        self.end_headers()
        with suppress(OSError):
            self.wfile.write(EVIL)

    def log_message(self, *_: Any) -> None:
        """Nothing on stderr."""


@contextmanager
def stranger(
    status: int, context: ssl.SSLContext | None = None, **headers: str
) -> Iterator[tuple[type[Stranger], str]]:
    """A receiver that answers so, and its address."""

    class Mine(Stranger):
        headers_out: ClassVar[dict[str, str]] = headers
        seen: ClassVar[list[str]] = []

    Mine.status = status
    with receiving(Mine, context) as port:
        yield Mine, f"http{'s' if context else ''}://localhost:{port}"


def _deliver(root: Path, url: str, n: int = 3, **more: Any) -> tuple[Delivered, list[float]]:
    waits: list[float] = []
    found = [Message(f"m-{i}", "", "{}", 1) for i in range(n)]
    done = deliver(
        put(root, "webhook", url, found),
        headers=lambda m: signature_headers([SECRET], m, NOW),
        now=lambda: NOW,
        sleep=waits.append,
        rng=random.Random(1),
        patience=Patience(attempts=3, timeout=2.0, **more),
    )
    return done, waits


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_and_gives_nothing_up(tmp_path: Path, status: int) -> None:
    with stranger(200) as (other, there), stranger(status, Location=there) as (hook, url):
        done, waits = _deliver(tmp_path, url)
    assert (other.seen, hook.seen, waits) == ([], ["/"], [])
    assert (done.sent, done.dead, done.waiting) == (0, 0, 3)
    assert done.stopped == f"the receiver sends elsewhere, which is not followed ({status})"


def test_a_receiver_that_is_down_costs_no_request_its_tries(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        url = f"http://127.0.0.1:{door.getsockname()[1]}"
    done, waits = _deliver(tmp_path, url)
    assert (done.tries, len(waits), done.dead, done.waiting) == (3, 2, 0, 3)
    assert done.stopped == "the receiver cannot be reached (ConnectionRefusedError)"


def test_an_address_keeps_its_own_query(tmp_path: Path) -> None:
    with stranger(204) as (hook, url):
        for number, (at, path) in enumerate(
            (("/in?k=1", "/labels?id=a%26b"), ("?k=1", ""), ("/x/", "/y"))
        ):
            folder = put(tmp_path, "osprey", url + at, [Message(f"m-{number}", path, "{}", 1)])
            deliver(folder, headers=lambda _: {}, now=lambda: NOW, sleep=lambda _: None,
                    rng=random.Random(1), patience=Patience(attempts=1))  # fmt: skip
    assert hook.seen == ["/in/labels?k=1&id=a%26b", "/?k=1", "/x/y"]


def test_what_a_receiver_refuses_is_told_with_its_answer(tmp_path: Path) -> None:
    with stranger(400) as (hook, url):
        done, _ = _deliver(tmp_path, url)
    assert (len(hook.seen), done.dead, done.stopped) == (3, 3, None)
    assert done.answers == {"400": 3}
    assert done.to_dict()["answers"] == {"400": 3}


def test_a_receiver_that_asks_for_time_gets_it_but_not_for_ever(tmp_path: Path) -> None:
    with stranger(429, None, **{"Retry-After": "7"}) as (_, url):
        _, waits = _deliver(tmp_path / "a", url, n=1)
        assert waits == [7.0, 7.0]
        _, waits = _deliver(tmp_path / "b", url, n=1, longest_delay=5.0)
        assert waits == [5.0, 5.0]
    at = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=100)
    found = asked(format_datetime(at, usegmt=True))
    assert found is not None
    assert 90 < found <= 100
    assert asked("-5") == 0.0


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ssl.SSLContext]:
    """A certificate of our own for localhost, and a server's context with it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    pem = serialization.Encoding.PEM
    (folder / "cert.pem").write_bytes(made.public_bytes(pem))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return folder / "cert.pem", context


def test_only_a_receiver_that_proves_who_it_is_gets_anything(
    tmp_path: Path, certified: tuple[Path, ssl.SSLContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    trusted, context = certified
    with stranger(200, context) as (hook, url):
        done, waits = _deliver(tmp_path, url)
        assert (hook.seen, waits, done.dead, done.waiting) == ([], [], 0, 3)
        assert done.stopped == "the receiver's certificate: self-signed certificate"
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
        assert _deliver(tmp_path, url)[0].sent == 3
        # The right certificate, of another name.
        done, _ = _deliver(tmp_path, url.replace("localhost", "127.0.0.1"))
        assert done.stopped is not None
        assert done.stopped.startswith("the receiver's certificate: IP address mismatch")
        assert len(hook.seen) == 3


def test_secrets_and_what_strangers_say_are_never_shown(
    tmp_path: Path, run: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert SECRET not in repr(Credentials((SECRET,), "a-token"))
    assert "a-token" not in repr(Credentials((SECRET,), "a-token"))
    ws = platform(tmp_path, [{"c-1": dict.fromkeys(("a0", "a1", "a2"), "core")}])
    ws.decide(Said("confirm", "ann", cluster_id="c-1"))
    ws.export_enforcement()
    monkeypatch.setenv("COTERIE_WEBHOOK_SECRET", SECRET)
    monkeypatch.setenv("COTERIE_DELIVERY_TOKEN", "a-token")
    at = ("--attempts", "1", "--workspace", str(tmp_path), "--debug", "--trace-sql")
    for target in ("webhook", "osprey"):
        for status in (418, 302, 401, 503):
            with stranger(status, Location="http://evil.invalid/\x1b[31m") as (_, url):
                ended = run("export", "send", target, "--url", url, *at)
            assert ended.code == 4
            for shown in (ended.out, ended.err):
                assert not {"\x1b", "\ufffd"} & set(shown)
                for word in ("<script", "evil", "a-token", SECRET, SECRET.removeprefix("whsec_")):
                    assert word not in shown
    kept = [f for f in (tmp_path / "coterie.duckdb.d" / "outbox").rglob("*") if f.is_file()]
    assert kept
    for file in kept:
        text = file.read_text("utf-8")
        assert not any(word in text for word in ("<script", "a-token", SECRET))
