"""Work beside work: calls in threads, each with a cursor of its own on the working store."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future

    from coterie.queries.store import Store


@contextmanager
def beside(work: Store, workers: int = 2) -> Iterator[Callable[..., Future[Any]]]:
    """Yield ``submit(call, *arguments)``, which runs ``call(side store, *arguments)`` in a thread.

    DuckDB, numpy, polars and igraph let other threads run while they work. All calls have ended, and
    their errors are raised, on leaving.

    Args:
        work: the working store; each call gets a cursor on the same database.
        workers: calls that run at a time.
    """
    from concurrent.futures import ThreadPoolExecutor

    started: list[Future[Any]] = []

    def call_on_cursor(call: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        side = replace(work, con=work.con.cursor())
        try:
            return call(side, *arguments)
        finally:
            side.close()

    with ThreadPoolExecutor(max_workers=workers) as pool:

        def submit(call: Callable[..., Any], *arguments: Any) -> Future[Any]:
            started.append(pool.submit(call_on_cursor, call, arguments))
            return started[-1]

        yield submit
        for future in started:
            future.result()
