"""The report against its budgets: time to write, bytes of pages, time until a page is ready.

    python -m benchmarks.report [--clusters 1000] [--no-browser]

Times depend on the machine: read them against the budget only on one that does nothing else.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from tests.support.findings import make_store

from coterie.queries.store import open_store
from coterie.reports.build import build_report

if TYPE_CHECKING:
    from collections.abc import Sequence

KB = 1024
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-3d-apis", "--no-first-run")


def build(folder: Path, sizes: Sequence[int], max_pages: int) -> tuple[Path, str]:
    """Make a store, write its report; the report's folder and what it took."""
    path = make_store(folder, sizes)
    began, worked = time.perf_counter(), time.process_time()
    with open_store(path) as store:
        build_report(store, None, folder / "report", max_pages=max_pages)
    spent = f"{time.perf_counter() - began:.1f} s ({time.process_time() - worked:.1f} CPU s)"
    return folder / "report", spent


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
    parser.add_argument("--clusters", type=int, default=1000, help="clusters of the timed report")
    parser.add_argument("--no-browser", action="store_true", help="leave out the ready times")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        for name in ("many", "large", "wide"):
            (root / name).mkdir()
        sizes = np.random.default_rng(1).lognormal(np.log(40), 0.7, options.clusters)
        many, spent = build(root / "many", [max(5, int(s)) for s in sizes], options.clusters)
        total = sum(p.stat().st_size for p in many.rglob("*") if p.is_file())
        print(f"write {options.clusters:,} cluster pages: {spent}, {total / KB**2:.0f} MB")
        large, spent = build(root / "large", [20_000, 2_000, 300, 40], 10)
        print(f"write clusters of 20,000, 2,000, 300 and 40 accounts: {spent}")
        wide, spent = build(root / "wide", [5 + i * 7919 % 90 for i in range(10_000)], 24)
        print(f"write an overview of 10,000 clusters with 24 pages: {spent}")
        pages = {
            "overview, 10,000 clusters": wide / "index.html",
            "20,000 accounts": large / "clusters" / "c-00001.html",
            "2,000 accounts": large / "clusters" / "c-00002.html",
            "300 accounts": large / "clusters" / "c-00003.html",
        }
        budget = {"overview, 10,000 clusters": ("2.5 MB", "1.5 s", "15,000")}
        times = {} if options.no_browser else ready(pages)
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
