"""The simulated world: a labelled platform with realistic confounders and hidden campaigns.

Light to import; numpy and polars are loaded by the first call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from coterie.loaders.simulate.options import ARCHETYPES, SWITCHES, WorldOptions, campaign_mix

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

World: TypeAlias = "dict[str, pl.DataFrame]"

__all__ = [
    "ARCHETYPES",
    "SWITCHES",
    "World",
    "WorldOptions",
    "campaign_mix",
    "simulate",
    "simulate_weeks",
    "write_weeks",
    "write_world",
]


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


def simulate_weeks(options: WorldOptions, weeks: int) -> list[World]:
    """Make a world in memory as the drops a platform would hand over.

    Args:
        options: the world.
        weeks: number of drops; the first holds everything up to it, the others a week each.

    Returns:
        One world a drop, tables as :func:`simulate`; ``accounts``, ``signals``, ``prompts``,
        ``events``, ``links`` and ``lists`` hold what is new, ``truth`` everybody so far.

    Raises:
        UsageError: the world is too short for so many drops.
    """
    from coterie.loaders.simulate.weeks import check_weeks, drops

    check_weeks(options, weeks)
    found: list[World] = [{} for _ in range(weeks)]
    for name, frames in drops(options, weeks):
        for world, frame in zip(found, frames, strict=True):
            world[name] = frame
    return found


def write_weeks(options: WorldOptions, out: Path, weeks: int) -> list[dict[str, Path]]:
    """Make a world as one folder a drop: ``week-01``, ``week-02`` and so on.

    Args:
        options: the world.
        out: folder, made when missing; files of an earlier world in it are replaced.
        weeks: number of drops, as in :func:`simulate_weeks`.

    Returns:
        Path by table name, a dict a drop. A table with nothing new has no file; ``truth`` always
        has one.

    Raises:
        UsageError: the world is too short for so many drops.
    """
    from coterie.loaders.simulate.weeks import check_weeks, drops
    from coterie.loaders.simulate.write import write_table

    check_weeks(options, weeks)
    files: list[dict[str, Path]] = [{} for _ in range(weeks)]
    for name, frames in drops(options, weeks):
        for number, (made, frame) in enumerate(zip(files, frames, strict=True), start=1):
            folder = out / f"week-{number:02d}"
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / f"{name}.parquet"
            if frame.height or name == "truth":
                made[name] = write_table(frame, path)
            else:
                path.unlink(missing_ok=True)
    return files
