"""The queries of the links in a warehouse's dialect, with the settings of a workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coterie.config import duration
from coterie.errors import UsageError
from coterie.queries.dialects import warehouse_queries

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from coterie.config import Config


def queries(
    config: Config,
    dialect: str,
    table: str,
    columns: Mapping[str, str] | None,
    kind: str | None,
    as_of: datetime | None,
    window: str | None,
) -> dict[str, str]:
    """See :meth:`coterie.workspace.Workspace.warehouse_queries`."""
    if as_of is None:
        if window is not None:
            raise UsageError("window needs as_of: a warehouse's newest time is not known here")
        span = None
    else:
        length = duration(window or config.sweep.window)
        try:
            span = (as_of - length, as_of)
        except OverflowError as error:
            raise UsageError("the window begins before the year 1") from error
    return warehouse_queries(
        dialect, config.kinds, table=table, columns=columns, kind=kind, window=span
    )
