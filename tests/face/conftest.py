"""A swept workspace that the tests of the face look at."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest
from tests.support.rings import put_facts, ring

from coterie.cli import main
from coterie.workspace import open_workspace

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Ended(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


Run = "Callable[..., Ended]"


@pytest.fixture(scope="session")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with one sweep; tests read it only."""
    root = tmp_path_factory.mktemp("swept")
    put_facts(root / "coterie.duckdb", ring())
    open_workspace(root).sweep()
    return root


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Callable[..., Ended]:
    """Run a command line in this process."""

    def call(*args: str) -> Ended:
        capfd.readouterr()
        with pytest.raises(SystemExit) as left:
            main([str(a) for a in args])
        out, err = capfd.readouterr()
        return Ended(int(left.value.code or 0), out, err)

    return call
