"""What every test shares: switches for what a machine may lack, a database, hypothesis' settings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest
from tests.support.postgres import running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from _pytest.terminal import TerminalReporter
    from tests.support.postgres import Server

# Equal on every machine and every run; slow machines are not failures.
hypothesis.settings.register_profile("house", derandomize=True, deadline=None, max_examples=50)
hypothesis.settings.load_profile("house")

_BROWSER_TESTS = Path(__file__).parent / "browser"
_LEFT_OUT = pytest.StashKey[int]()
_WITHOUT_POSTGRES = pytest.StashKey[int]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--no-browser",
        action="store_true",
        help="leave out the tests that open pages in Chromium",
    )
    parser.addoption(
        "--no-postgres",
        action="store_true",
        help="leave out the tests that start a PostgreSQL server",
    )


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server, one for all tests."""
    with running() as server:
        yield server


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(_BROWSER_TESTS):
            item.add_marker(pytest.mark.browser)
    if config.getoption("--no-browser"):
        left_out = [item for item in items if item.get_closest_marker("browser")]
        items[:] = [item for item in items if not item.get_closest_marker("browser")]
        config.hook.pytest_deselected(items=left_out)
        config.stash[_LEFT_OUT] = len(left_out)
    if config.getoption("--no-postgres"):
        without = [item for item in items if "postgres" in getattr(item, "fixturenames", ())]
        items[:] = [item for item in items if item not in without]
        config.hook.pytest_deselected(items=without)
        config.stash[_WITHOUT_POSTGRES] = len(without)


def pytest_terminal_summary(terminalreporter: TerminalReporter, config: pytest.Config) -> None:
    left_out = config.stash.get(_LEFT_OUT, 0)
    if left_out:
        terminalreporter.write_line(
            f"{left_out} browser tests were left out: there is no chromium on this machine. "
            "Install it and run again to check the report's pages.",
            yellow=True,
        )
    without = config.stash.get(_WITHOUT_POSTGRES, 0)
    if without:
        terminalreporter.write_line(
            f"{without} database tests were left out: there is no PostgreSQL server on this machine. "
            "Install it and run again to check loading from a database.",
            yellow=True,
        )
