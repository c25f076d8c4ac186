"""Many pages at once: this process and a helper of its own share them.

The helper is a new interpreter that reads jobs from a socket: nothing of the caller's program is
run again in it, as ``multiprocessing`` would. It has no hand in the terminal's Ctrl-C and no file
open; it ends with its socket, whatever ends this process.
"""

from __future__ import annotations

import queue
import subprocess
import sys
import threading
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from coterie.reports.evidence import thumbnail
from coterie.reports.names import file_name
from coterie.reports.pages.cluster import cluster_page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.connection import Connection

    import numpy as np

    from coterie.reports.read import Cluster, Sweep

    Stamp = tuple[dict[str, Any], np.ndarray[Any, Any]]

Form = Literal["html", "md"]
_CHUNK = 8
WORTH_IT = 160
"""Pages from which on a second process saves more than its start takes."""


@dataclass(frozen=True, slots=True)
class Job:
    """What all pages have in common.

    Attributes:
        sweep: the overview.
        form: HTML, or Markdown with a picture.
        redact: whether names are left out.
        stamped: clusters whose small picture the overview shows.
    """

    sweep: Sweep
    form: Form
    redact: bool
    stamped: frozenset[str]


@dataclass(frozen=True, slots=True)
class Page:
    """A page that is made.

    Attributes:
        at: its place among the pages (0-based).
        files: content by name; the first is the page, a picture may follow.
        stamp: the small picture for the overview, or None.
    """

    at: int
    files: dict[str, bytes]
    stamp: Stamp | None


def page_name(cluster_id: str, form: Form) -> str:
    """The file of a cluster's page."""
    name = file_name(cluster_id)
    return name if form == "html" else f"{name.removesuffix('.html')}.{form}"


def render_page(job: Job, at: int, cluster: Cluster) -> Page:
    """Make the page of one cluster; the same whoever makes it."""
    name = page_name(cluster.row["cluster_id"], job.form)
    if job.form == "md":
        from coterie.reports.markdown import cluster_text

        text, image = cluster_text(job.sweep, cluster, redact=job.redact)
        stem = name.removesuffix(".md")
        return Page(at, {name: text.encode("utf-8"), f"{stem}.png": image}, None)
    html, made = cluster_page(job.sweep, cluster, redact=job.redact)
    stamp = thumbnail(made) if cluster.row["cluster_id"] in job.stamped else None
    return Page(at, {name: html.encode("utf-8")}, stamp)


def render_pages(
    job: Job, cluster: Callable[[int], Cluster], n: int, *, processes: int = 1
) -> Iterator[Page]:
    """Make ``n`` pages, in any order.

    Args:
        job: what they have in common.
        cluster: gives the cluster of a page; called from several threads.
        n: number of pages.
        processes: how many share the work, this one among them.
    """
    todo = deque(range(start, min(start + _CHUNK, n)) for start in range(0, n, _CHUNK))
    done: queue.SimpleQueue[list[Page] | Exception | None] = queue.SimpleQueue()
    helpers = processes - 1 if n >= WORTH_IT else 0
    with _helpers(job, cluster, todo, done, helpers) as started:
        alive = started
        while todo or alive or not done.empty():
            chunk = _next(todo)
            if chunk is not None:
                for at in chunk:
                    yield render_page(job, at, cluster(at))
            while (alive and chunk is None) or not done.empty():
                found = done.get()
                if isinstance(found, Exception):
                    raise found
                if found is None:
                    alive -= 1
                    break  # it may have given its last chunk back
                yield from found


def _next(todo: deque[range]) -> range | None:
    try:
        return todo.popleft()
    except IndexError:
        return None


@contextmanager
def _helpers(
    job: Job,
    cluster: Callable[[int], Cluster],
    todo: deque[range],
    done: queue.SimpleQueue[list[Page] | Exception | None],
    n: int,
) -> Iterator[int]:
    """Processes that take chunks from ``todo`` while the block runs; gives how many there are."""
    started = [pair for pair in (_start() for _ in range(n)) if pair is not None]
    threads = [
        threading.Thread(target=_feed, args=(line, job, cluster, todo, done), daemon=True)
        for _, line in started
    ]
    for thread in threads:
        thread.start()
    try:
        yield len(threads)
    finally:
        todo.clear()
        for process, _ in started:
            process.terminate()
            process.wait()
        for thread in threads:
            thread.join()


def _start() -> tuple[subprocess.Popen[bytes], Connection] | None:
    from multiprocessing import Pipe

    here, there = Pipe()
    code = (
        f"import sys; sys.path[:] = {sys.path!r}; "
        f"from coterie.reports.worker import main; main({there.fileno()})"
    )
    try:
        process = subprocess.Popen(  # noqa: S603 - this interpreter, and text of our own
            [sys.executable, "-c", code],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(there.fileno(),),
            start_new_session=True,
        )
    except OSError:
        here.close()
        return None
    finally:
        there.close()
    return process, here


def _feed(
    line: Connection,
    job: Job,
    cluster: Callable[[int], Cluster],
    todo: deque[range],
    done: queue.SimpleQueue[list[Page] | Exception | None],
) -> None:
    """Hand chunks to a helper one after the other, and its pages on."""
    chunk: range | None = None
    try:
        line.send(job)
        while (chunk := _next(todo)) is not None:
            line.send([(at, cluster(at)) for at in chunk])
            pages, failed = line.recv()
            done.put(RuntimeError(failed) if failed else pages)
    except (EOFError, OSError):
        # The helper is gone (out of memory, killed): this process makes what it had in hand.
        if chunk is not None:
            todo.append(chunk)
    except Exception as error:  # noqa: BLE001 - raised again in the thread that asked
        done.put(error)
    finally:
        line.close()
        done.put(None)
