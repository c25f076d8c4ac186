"""Chromium for the report's pages, and pages that remember everything they should not do."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import sync_playwright
from tests.support.findings import cluster_name, make_store

from coterie.queries.store import open_store
from coterie.reports.build import build_case, build_report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import (
        Browser,
        BrowserContext,
        ConsoleMessage,
        Dialog,
        Page,
        Request,
    )

# Offline, without a GPU and without WebGL, as on a remote desktop.
ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-3d-apis", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
_PROBE = """
window.violations = [];
document.addEventListener('securitypolicyviolation',
  e => window.violations.push(e.effectiveDirective + ' ' + e.blockedURI + ' ' + e.sample));
"""
_INJECTED = """
[...document.querySelectorAll('img,iframe,object,embed,form,svg a,base,link,a[href^=http],script[src^=http],a[href^="javascript"]')]
  .map(e => e.outerHTML.slice(0, 90))
"""


@dataclass
class Visit:
    """An open page and what went wrong on it."""

    page: Page
    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)

    def faults(self) -> dict[str, object]:
        """Everything that a safe page never does; empty when it is safe."""
        found = {
            "errors": self.errors,
            "requests": self.requests,
            "dialogs": self.dialogs,
            "violations": self.page.evaluate("window.violations"),
            "injected": self.page.evaluate(_INJECTED),
            "ran": self.page.evaluate("window.pwned || null"),
        }
        return {what: found_there for what, found_there in found.items() if found_there}


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Callable[..., Visit]]:
    """Open a page: ``visit(path, scheme="dark", width=390, fragment="…")``; waits until it is drawn."""
    contexts: list[BrowserContext] = []

    def go(path: Path, *, scheme: str = "light", width: int = 1280, fragment: str = "") -> Visit:
        context = chromium.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if scheme == "dark" else "light",
            accept_downloads=True,
        )
        contexts.append(context)
        page = context.new_page()
        seen = Visit(page)
        _watch(page, seen)
        page.add_init_script(_PROBE)
        page.goto(path.as_uri() + fragment)
        ready(page)
        return seen

    yield go
    for context in contexts:
        context.close()


def _watch(page: Page, seen: Visit) -> None:
    def refuse(dialog: Dialog) -> None:
        seen.dialogs.append(dialog.message)
        dialog.dismiss()

    def complain(message: ConsoleMessage) -> None:
        if message.type == "error":
            seen.errors.append(message.text)

    def ask(request: Request) -> None:
        if not request.url.startswith(("file:", "data:", "blob:")):
            seen.requests.append(request.url)

    page.on("pageerror", lambda e: seen.errors.append(str(e)))
    page.on("console", complain)
    page.on("dialog", refuse)
    page.on("request", ask)


def ready(page: Page) -> None:
    """Wait until the page has drawn everything, also what is below the first screen."""
    page.wait_for_function("() => window.coterieDrawn", timeout=60_000)


@pytest.fixture(scope="session")
def plain_report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report of clusters of many sizes, and a case file beside it."""
    return _report(tmp_path_factory.mktemp("plain"), hostile=False)


@pytest.fixture(scope="session")
def hostile_report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report in which every string from outside is an attack."""
    return _report(tmp_path_factory.mktemp("hostile"), hostile=True)


def _report(folder: Path, *, hostile: bool) -> Path:
    path = make_store(folder, (300, 24, 60, 9, 5, 2, 1), hostile=hostile)
    with open_store(path) as store:
        build_report(store, None, folder / "report")
        build_case(store, cluster_name(0, hostile=hostile), folder / "report" / "case.html")
    return folder / "report"
