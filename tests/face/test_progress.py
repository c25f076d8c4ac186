"""Progress: lines for logs, a bar for people, silence when asked."""

from __future__ import annotations

import io
import json
import time
from typing import TYPE_CHECKING

import pytest

import coterie.progress
from coterie.progress import Progress, log

if TYPE_CHECKING:
    from collections.abc import Callable


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def _until(found: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not found() and time.monotonic() < end:
        time.sleep(0.01)
    assert found()


def test_a_log_gets_a_line_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coterie.progress, "_LINE_EACH", 0.02)
    stream = io.StringIO()
    with Progress("sweep", stream=stream) as progress:
        progress("links\x1b[2J", 0.5)
        _until(lambda: "links" in stream.getvalue())
    assert "sweep: links\\u{1b}[2J (0 s)" in stream.getvalue()
    ended = stream.getvalue()
    time.sleep(0.1)
    assert stream.getvalue() == ended


def test_a_log_of_objects(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coterie.progress, "_LINE_EACH", 0.02)
    stream = io.StringIO()
    with Progress("load", stream=stream, log_format="json") as progress:
        progress("prompts", 1, 4)
        _until(lambda: "prompts" in stream.getvalue())
    found = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert {"level", "message", "stage", "seconds"} <= found[-1].keys()


def test_a_terminal_gets_a_bar_once_it_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coterie.progress, "_BAR_AFTER", 0.02)
    stream = _Terminal()
    with Progress("report", stream=stream, color=False) as progress:
        progress("pages [not] markup", 1, 4)
        _until(lambda: "pages [not] markup" in stream.getvalue())


@pytest.mark.parametrize("quiet", [True, False])
def test_what_is_quick_or_quiet_says_nothing(quiet: bool) -> None:
    stream = io.StringIO()
    with Progress("sweep", quiet=quiet, stream=stream) as progress:
        progress("links")
    assert not stream.getvalue()


def test_a_line_names_its_level() -> None:
    stream = io.StringIO()
    log("careful", level="warning", stream=stream)
    log("fine", stream=stream)
    assert stream.getvalue() == "warning: careful\nfine\n"
