"""The report against its budgets: time to write, memory, bytes of pages, time until a page is ready.

    python -m benchmarks.report [--clusters 2000] [--no-browser]

Times depend on the machine: read them against the budget only on one that does nothing else. CPU
seconds divided by the two processes are the least that the wall clock can show.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from tests.support.findings import make_store

from coterie.queries.store import open_store
from coterie.reports.build import build_report

if TYPE_CHECKING:
    from collections.abc import Sequence

KB = 1024
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-3d-apis", "--no-first-run")
SECONDS, MEGABYTES = 40, 170
"""Budgets of a report of 2,000 clusters, median 40 accounts, one of 20,000."""


def write(path: Path, out: Path, max_pages: int) -> dict[str, Any]:
    """Write the report of a store in this process and its helper; what it took."""
    began = time.perf_counter()
    helpers = [0]
    with open_store(path) as store:
        done = build_report(
            store,
            None,
            out,
            max_pages=max_pages,
            progress=lambda *_: helpers.append(max(map(peak, children()), default=0)),
        )
    wall = time.perf_counter() - began
    own, helper = (
        resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return {
        "pages": done.n_pages,
        "bytes": done.bytes,
        "wall": wall,
        "cpu": own.ru_utime + own.ru_stime,
        "cpu_helper": helper.ru_utime + helper.ru_stime,
        "peak": own.ru_maxrss * KB,
        "peak_helper": max(helpers),
    }


def children() -> list[str]:
    """The processes that this one has started and that still run."""
    return Path(f"/proc/self/task/{os.getpid()}/children").read_text("ascii").split()


def peak(process: str) -> int:
    """The most memory that a process has held, bytes; 0 when it is gone.

    What ``getrusage`` says of children begins with the memory of the process that forked them.
    """
    try:
        status = Path(f"/proc/{process}/status").read_text("utf-8")
    except OSError:
        return 0
    found = re.search(r"VmHWM:\s*(\d+) kB", status)
    return int(found[1]) * KB if found else 0


def build(folder: Path, sizes: Sequence[int], max_pages: int) -> tuple[Path, dict[str, Any]]:
    """Make a store, write its report in a process of its own; the folder and what it took."""
    path = make_store(folder, sizes)
    out = folder / "report"
    command = [sys.executable, "-m", "benchmarks.report", "--write", str(path), str(out)]
    done = subprocess.run(
        [*command, "--pages", str(max_pages)], check=True, capture_output=True, text=True
    )
    spent: dict[str, Any] = json.loads(done.stdout)
    return out, spent


def said(spent: dict[str, Any]) -> str:
    """What a report took, in a line."""
    return (
        f"{spent['pages']:,} pages in {spent['wall']:.1f} s "
        f"({spent['cpu']:.1f} + {spent['cpu_helper']:.1f} CPU s), {spent['bytes'] / 1e6:.0f} MB, "
        f"peak memory {spent['peak'] / 1e6:,.0f} + {spent['peak_helper'] / 1e6:,.0f} MB"
    )


def ready(pages: dict[str, Path]) -> dict[str, tuple[float, int, float]]:
    """Median of five openings: milliseconds until drawn, elements, megabytes of script heap."""
    from playwright.sync_api import sync_playwright

    path = shutil.which("chromium") or shutil.which("chromium-browser")
    found = {}
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        for name, page_path in pages.items():
            seen = []
            for _ in range(5):
                page = browser.new_page(viewport={"width": 1280, "height": 900})
                page.goto(page_path.as_uri())
                page.wait_for_function("() => window.coterieReady", timeout=60_000)
                seen.append(
                    (
                        float(page.evaluate("window.coterieReady")),
                        int(page.evaluate("document.querySelectorAll('*').length")),
                        float(page.evaluate("performance.memory.usedJSHeapSize / 1e6")),
                    )
                )
                page.close()
            seen.sort()
            found[name] = seen[len(seen) // 2]
        browser.close()
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clusters", type=int, default=2000, help="clusters of the timed report")
    parser.add_argument("--no-browser", action="store_true", help="leave out the ready times")
    parser.add_argument("--write", nargs=2, metavar=("STORE", "OUT"), help=argparse.SUPPRESS)
    parser.add_argument("--pages", type=int, default=2000, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.write:
        store, out = map(Path, options.write)
        print(json.dumps(write(store, out, options.pages)))
        return
    with tempfile.TemporaryDirectory() as scratch:
        measure(Path(scratch), options.clusters, browser=not options.no_browser)


def measure(root: Path, clusters: int, *, browser: bool) -> None:
    """Write three reports, open their pages, and print all of it against the budgets."""
    for name in ("many", "large", "wide"):
        (root / name).mkdir()
    sizes = np.random.default_rng(1).lognormal(np.log(40), 0.7, clusters - 1)
    _, spent = build(root / "many", [20_000, *(max(5, int(s)) for s in sizes)], clusters)
    print(f"many clusters, one of 20,000: {said(spent)}")
    print(f"  budget of 2,000: {SECONDS} s, {MEGABYTES} MB")
    shutil.rmtree(root / "many")
    large, spent = build(root / "large", [20_000, 2_000, 300, 40], 10)
    print(f"20,000, 2,000, 300 and 40 accounts: {said(spent)}")
    wide, spent = build(root / "wide", [5 + i * 7919 % 90 for i in range(10_000)], 24)
    print(f"an overview of 10,000 clusters: {said(spent)}")
    pages = {
        "overview, 10,000 clusters": wide / "index.html",
        "20,000 accounts": large / "clusters" / "c-00001.html",
        "2,000 accounts": large / "clusters" / "c-00002.html",
        "300 accounts": large / "clusters" / "c-00003.html",
    }
    budget = {"overview, 10,000 clusters": ("2.5 MB", "1.5 s", "15,000")}
    times = ready(pages) if browser else {}
    print(f"\n{'page':28}{'KB':>8}{'ready ms':>10}{'elements':>10}{'heap MB':>9}  budget")
    for name, page in pages.items():
        size = page.stat().st_size / KB
        shown = times.get(name)
        rest = f"{shown[0]:10.0f}{shown[1]:10,}{shown[2]:9.0f}" if shown else " " * 29
        print(
            f"{name:28}{size:8.0f}{rest}  {', '.join(budget.get(name, ('1.5 MB', '1 s', '5,000')))}"
        )


if __name__ == "__main__":
    main()
