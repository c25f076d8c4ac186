"""What a load is given: paths and frames as the user says them, as the loaders take them."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coterie.errors import UsageError, did_you_mean
from coterie.loaders.database import DatabaseQuery
from coterie.loaders.load import Source
from coterie.settings import TABLES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from coterie.config import Config, SourceOptions

_LONGEST_ADDRESS = 1 << 16


def sources_of(
    config: Config,
    inputs: Sequence[Any],
    table: str | None,
    fields: Mapping[str, str] | None,
    signals: Mapping[str, str | Mapping[str, str]] | None,
    kind: str | None,
    environ: Mapping[str, str],
) -> list[Source]:
    """The sources to load: those given, or without any the configured ones.

    Args:
        config: the workspace's settings.
        inputs: paths or globs (relative to the current folder), queries and frames.
        table: contract table of every input; None guesses.
        fields: contract field -> column.
        signals: kind -> column.
        kind: kind of every row.
        environ: the environment, for addresses of databases that stand there.

    Raises:
        UsageError: the table is not one of the contract, or flags come without an input.
    """
    if table is not None and table not in TABLES:
        raise UsageError(f'There is no table "{table}".{did_you_mean(table, TABLES)}')
    if not inputs:
        if table or fields or signals or kind:
            raise UsageError("as, map, signal and kind describe an input; name a file or a frame")
        return [_configured(config, source, environ) for source in config.sources]
    return [
        Source(_data(data), table, dict(fields or {}), dict(signals or {}), kind) for data in inputs
    ]


def _configured(config: Config, source: SourceOptions, environ: Mapping[str, str]) -> Source:
    found = Source.of(source)
    if source.url is None:
        return found
    return replace(found, data=database(source.url, source.query, environ, config.root))


def is_indirect(url: str) -> bool:
    """Whether the address of a database is told elsewhere: ``env:NAME`` or ``file:PATH``."""
    return url.startswith(("env:", "file:"))


def database(
    url: str | None, query: str | None, environ: Mapping[str, str], root: Path | None = None
) -> DatabaseQuery:
    """A query of a database as an input.

    Args:
        url: the address; ``env:NAME`` or ``file:PATH`` say where it stands.
        query: the statement.
        environ: the environment.
        root: folder that a path is relative to; None is the current one.

    Raises:
        UsageError: one of the two is missing, or there is no address where it should stand.
    """
    if not url or not query:
        given, lacking = ("query", "from") if query else ("from", "query")
        raise UsageError(f"{given} needs {lacking}: from says where, query what to load")
    if not is_indirect(url):
        return DatabaseQuery(url, query)
    where, _, name = url.partition(":")
    if where == "env":
        found = environ.get(name, "")
        if not found.strip():
            raise UsageError(f"from: there is no address in the environment variable {name!r}")
        return DatabaseQuery(found.strip(), query)
    path = (root or Path()) / Path(name).expanduser()
    try:
        with path.open(encoding="utf-8") as file:
            found = file.readline(_LONGEST_ADDRESS).strip()
    except (OSError, ValueError) as error:
        raise UsageError(f"from: {name}: cannot be read") from error
    if not found:
        raise UsageError(f"from: {name}: its first line holds no address")
    return DatabaseQuery(found, query)


def _data(data: Any) -> Any:
    # Configured paths are relative to the workspace, named ones to where the user stands.
    if isinstance(data, str | os.PathLike):
        return str(Path(data).expanduser().absolute())
    return data
