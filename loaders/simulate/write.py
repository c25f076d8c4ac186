"""Write one table of the simulated world, complete or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl


def write_table(frame: pl.DataFrame, path: Path) -> Path:
    """Write a frame as Parquet (zstd) beside its place, then move it in."""
    part = path.with_name(f".{path.name}.part")
    try:
        frame.write_parquet(part, compression="zstd", compression_level=1)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return path
