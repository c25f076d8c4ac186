"""What a load is given: paths and frames as the user says them, as the loaders take them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coterie.errors import UsageError, did_you_mean
from coterie.loaders.load import Source
from coterie.settings import TABLES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from coterie.config import Config


def sources_of(
    config: Config,
    inputs: Sequence[Any],
    table: str | None,
    fields: Mapping[str, str] | None,
    signals: Mapping[str, str | Mapping[str, str]] | None,
    kind: str | None,
) -> list[Source]:
    """The sources to load: those given, or without any the configured ones.

    Args:
        config: the workspace's settings.
        inputs: paths or globs (relative to the current folder) and frames.
        table: contract table of every input; None guesses.
        fields: contract field -> column.
        signals: kind -> column.
        kind: kind of every row.

    Raises:
        UsageError: the table is not one of the contract, or flags come without an input.
    """
    if table is not None and table not in TABLES:
        raise UsageError(f'There is no table "{table}".{did_you_mean(table, TABLES)}')
    if not inputs:
        if table or fields or signals or kind:
            raise UsageError("as, map, signal and kind describe an input; name a file or a frame")
        return [Source.of(source) for source in config.sources]
    return [
        Source(_data(data), table, dict(fields or {}), dict(signals or {}), kind) for data in inputs
    ]


def _data(data: Any) -> Any:
    # Configured paths are relative to the workspace, named ones to where the user stands.
    if isinstance(data, str | os.PathLike):
        return str(Path(data).expanduser().absolute())
    return data
