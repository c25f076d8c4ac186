"""The connection to a receiver: one POST after another, and nothing that it answers is believed."""

from __future__ import annotations

import http.client
import math
import socket
import ssl
import threading
from contextlib import contextmanager, suppress
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from coterie.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from coterie.reports.exports.messages import Message

# Bytes of an answer that are read at most.
_MOST_READ = 1 << 20


class UnreachableError(OSError):
    """No connection came about."""


class UntrustedError(OSError):
    """The receiver does not prove to be who the address names."""


class Line:
    """A connection to the receiver, opened anew after an error; redirects are not followed."""

    def __init__(self, url: str, timeout: float) -> None:
        parts = urlsplit(url)
        self._https = parts.scheme == "https"
        self._host = parts.hostname or ""
        self._port = parts.port
        self._base, self._query = parts.path, parts.query
        self._timeout = timeout
        self._open: http.client.HTTPConnection | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Hang up."""
        if self._open is not None:
            self._open.close()
            self._open = None

    def _target(self, message: Message) -> str:
        """Path and query: those of the address first."""
        path, _, query = message.path.partition("?")
        both = "&".join(part for part in (self._query, query) if part)
        return (self._base + path or "/") + (f"?{both}" if both else "")

    def _opened(self) -> http.client.HTTPConnection:
        """A connection to the receiver, who has proved to be who the address names."""
        made = (
            http.client.HTTPSConnection(
                self._host, self._port, timeout=self._timeout, context=ssl.create_default_context()
            )
            if self._https
            else http.client.HTTPConnection(self._host, self._port, timeout=self._timeout)
        )
        try:
            made.connect()
        except ssl.SSLCertVerificationError as error:
            raise UntrustedError(printable(error.verify_message, 200)) from error
        except OSError as error:
            raise UnreachableError(type(error).__name__) from error
        return made

    def post(self, message: Message, headers: Mapping[str, str]) -> tuple[int, float | None]:
        """(status, seconds that the receiver asks to wait or None) of one POST."""
        whole = {"Content-Type": "application/json", "User-Agent": "coterie", **headers}
        try:
            if self._open is None:
                self._open = self._opened()
            with _at_most(self._open.sock, self._timeout):
                self._open.request("POST", self._target(message), message.body.encode(), whole)
                answer = self._open.getresponse()
                # The status is all that counts; the rest is read to use the connection again.
                with suppress(OSError, http.client.HTTPException):
                    answer.read(_MOST_READ)
        except (OSError, http.client.HTTPException):
            self.close()
            raise
        if answer.will_close or not answer.isclosed():
            self.close()
        return answer.status, asked(answer.getheader("Retry-After"))


@contextmanager
def _at_most(line: socket.socket, seconds: float) -> Iterator[None]:
    """Hang up after so many seconds: a receiver that drips bytes never runs into the socket's own."""

    def hang_up() -> None:
        with suppress(OSError):
            # Of the plain socket: that of TLS must not be taken down beside a read.
            socket.socket.shutdown(line, socket.SHUT_RDWR)

    timer = threading.Timer(seconds, hang_up)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def asked(text: str | None) -> float | None:
    """Seconds of a Retry-After header."""
    if text is None:
        return None
    with suppress(ValueError):
        seconds = float(text)
        return max(0.0, seconds) if math.isfinite(seconds) else None
    with suppress(ValueError, TypeError, OverflowError):
        from datetime import UTC, datetime

        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    return None
