"""Ctrl-C ends a command soon, also while the engine is deep in one statement.

Python runs signal handlers between its own steps, and some calls into the engine do not come back
for minutes. A thread that wakes with the signal gives the command a moment to end by itself, then
ends the process. That is safe: a write is a new generation of the store, swapped in as a whole.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

INTERRUPTED = 130
_GRACE = 1.0


@contextmanager
def ends_on_interrupt(say: Callable[[], object]) -> Iterator[None]:
    """Within the block, an interrupt that is not heeded in a second ends the process with 130.

    Args:
        say: writes the last line.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    read, write = os.pipe()
    os.set_blocking(write, False)
    before = signal.set_wakeup_fd(write, warn_on_full_buffer=False)
    done = threading.Event()
    watcher = threading.Thread(target=_watch, args=(read, done, say), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        signal.set_wakeup_fd(before)
        os.close(write)
        watcher.join()
        os.close(read)


def _watch(read: int, done: threading.Event, say: Callable[[], object]) -> None:
    while woken := os.read(read, 1):
        if woken[0] == signal.SIGINT and not done.wait(_GRACE):
            say()
            sys.stdout.flush()
            os._exit(INTERRUPTED)
