"""Progress on stderr: a bar on a terminal once a step takes over 2 s, else one line each 10 s."""

from __future__ import annotations

import json
import sys
import threading
import time
from typing import TYPE_CHECKING, Any, Self, TextIO

from coterie.printable import printable

if TYPE_CHECKING:
    from types import TracebackType

_BAR_AFTER = 2.0
_LINE_EACH = 10.0


class Progress:
    """Called by the stages as ``progress(stage)`` or ``progress(stage, done, total)``.

    A thread of its own shows it, so that a stage that is one long statement is seen to live.
    """

    def __init__(
        self,
        title: str,
        *,
        quiet: bool = False,
        log_format: str = "text",
        stream: TextIO | None = None,
        color: bool = True,
    ) -> None:
        self._title = title
        self._quiet = quiet
        self._log_format = log_format
        self._stream = stream or sys.stderr
        self._color = color
        self._stage = ""
        self._share: float | None = None
        self._begun = time.monotonic()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def __call__(self, stage: str, done: float | None = None, total: float | None = None,
                 *_: Any) -> None:  # fmt: skip
        """A stage begins or goes on."""
        self._stage = printable(stage, 60)
        if done is not None and total:
            self._share = min(1.0, done / total)
        elif done is not None and 0 <= done <= 1:
            self._share = float(done)
        else:
            self._share = None

    def __enter__(self) -> Self:
        """Start to watch."""
        if not self._quiet:
            self._thread = threading.Thread(target=self._watch, daemon=True)
            self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop, and take the bar away."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def _watch(self) -> None:
        if self._stream.isatty() and self._log_format == "text":
            if not self._stop.wait(_BAR_AFTER):
                self._bar()
            return
        while not self._stop.wait(_LINE_EACH):
            seconds = round(time.monotonic() - self._begun)
            log(f"{self._title}: {self._stage or 'starting'} ({seconds} s)", self._log_format,
                stream=self._stream, stage=self._stage, seconds=seconds)  # fmt: skip

    def _bar(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Bar

        console = Console(file=self._stream, no_color=not self._color)
        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TimeElapsedColumn(),
        )
        with Bar(*columns, console=console, transient=True) as bar:
            task = bar.add_task(self._title, total=None)
            while not self._stop.wait(0.1):
                share = self._share
                bar.update(
                    task,
                    description=f"{self._title}: {self._stage}",
                    total=None if share is None else 1.0,
                    completed=share or 0.0,
                )


def log(
    message: str,
    log_format: str = "text",
    *,
    level: str = "info",
    stream: TextIO | None = None,
    **more: object,
) -> None:
    """One line on stderr, as text or as a JSON object."""
    target = stream or sys.stderr
    if log_format == "json":
        text = json.dumps({"level": level, "message": message, **more}, default=str)
    else:
        text = message if level == "info" else f"{level}: {message}"
    target.write(text + "\n")
    target.flush()
