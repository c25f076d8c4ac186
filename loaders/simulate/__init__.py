"""The simulated world: a labelled platform with realistic confounders and hidden campaigns.

Light to import; numpy and polars are loaded by the first call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from coterie.loaders.simulate.options import ARCHETYPES, WorldOptions, campaign_mix

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

World: TypeAlias = "dict[str, pl.DataFrame]"

__all__ = ["ARCHETYPES", "World", "WorldOptions", "campaign_mix", "simulate", "write_world"]


def simulate(options: WorldOptions | None = None) -> World:
    """Make a world in memory.

    Args:
        options: size, seed and difficulty; the defaults make 5,000 benign accounts.

    Returns:
        The contract's input tables (``accounts``, ``signals``, ``prompts``, ``events``, ``links``,
        ``lists``) and ``truth`` (account_id, cluster, archetype, role) by name. Equal options give
        equal frames, row for row. Times are UTC without a zone.
    """
    from coterie.loaders.simulate.build import tables

    return dict(tables(options or WorldOptions()))


def write_world(options: WorldOptions, out: Path) -> dict[str, Path]:
    """Make a world as one Parquet file (zstd) per table in a folder.

    Tables are made and written one after the other, so that memory holds one at a time. Each file
    is written beside its place and moved in when complete.

    Args:
        options: size, seed and difficulty.
        out: folder, made when missing; files of an earlier world are replaced.

    Returns:
        Path by table name.
    """
    from coterie.loaders.simulate.build import tables
    from coterie.loaders.simulate.write import write_table

    out.mkdir(parents=True, exist_ok=True)
    return {name: write_table(frame, out / f"{name}.parquet") for name, frame in tables(options)}
