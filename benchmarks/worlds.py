"""Simulated worlds in workspaces of their own, for the benchmarks."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

import coterie
from coterie.loaders.simulate import write_world

if TYPE_CHECKING:
    from collections.abc import Iterator

    from coterie.loaders.simulate import WorldOptions
    from coterie.workspace import Workspace


@contextmanager
def loaded(options: WorldOptions) -> Iterator[tuple[Workspace, Path]]:
    """A workspace with the world loaded, and the path of its truth; gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        files = write_world(options, Path(folder) / "world")
        truth = files.pop("truth")
        root = Path(folder) / "case"
        root.mkdir()
        workspace = coterie.open(root)
        for name, path in files.items():
            if pl.scan_parquet(path).select(pl.len()).collect().item():
                workspace.load(path, as_=name)
        yield workspace, truth
