"""The helper process of :mod:`coterie.reports.render`."""

from __future__ import annotations

import traceback
from multiprocessing.connection import Connection


def main(handle: int) -> None:
    """Make pages until the other side hangs up.

    Args:
        handle: an open socket: first comes the job, then lists of (place, cluster); each list is
            answered with its pages and what failed, or None.
    """
    from coterie.reports.render import render_page

    with Connection(handle) as line:
        try:
            job = line.recv()
            while True:
                chunk = line.recv()
                try:
                    pages = [render_page(job, at, cluster) for at, cluster in chunk]
                    failed = None
                except Exception as error:  # noqa: BLE001 - raised again on the other side
                    pages = []
                    failed = f"{error!r} in a helper process\n{traceback.format_exc()}"
                line.send((pages, failed))
        except (EOFError, OSError):
            return
