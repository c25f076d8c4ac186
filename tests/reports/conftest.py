"""Stores that the tests of the report only read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.support.findings import make_store

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def world_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Clusters of many sizes."""
    return make_store(tmp_path_factory.mktemp("world"), (210, 40, 12, 6, 2, 1))


@pytest.fixture(scope="session")
def hostile_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Clusters of which every text is an attack."""
    return make_store(tmp_path_factory.mktemp("hostile"), (40, 12, 5), hostile=True)
