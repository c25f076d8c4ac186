"""What every test shares: the browser switch and hypothesis' settings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

if TYPE_CHECKING:
    from _pytest.terminal import TerminalReporter

# Equal on every machine and every run; slow machines are not failures.
hypothesis.settings.register_profile("house", derandomize=True, deadline=None, max_examples=50)
hypothesis.settings.load_profile("house")

_BROWSER_TESTS = Path(__file__).parent / "browser"
_LEFT_OUT = pytest.StashKey[int]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--no-browser",
        action="store_true",
        help="leave out the tests that open pages in Chromium",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(_BROWSER_TESTS):
            item.add_marker(pytest.mark.browser)
    if config.getoption("--no-browser"):
        left_out = [item for item in items if item.get_closest_marker("browser")]
        items[:] = [item for item in items if not item.get_closest_marker("browser")]
        config.hook.pytest_deselected(items=left_out)
        config.stash[_LEFT_OUT] = len(left_out)


def pytest_terminal_summary(terminalreporter: TerminalReporter, config: pytest.Config) -> None:
    left_out = config.stash.get(_LEFT_OUT, 0)
    if left_out:
        terminalreporter.write_line(
            f"{left_out} browser tests were left out: there is no chromium on this machine. "
            "Install it and run again to check the report's pages.",
            yellow=True,
        )
