"""Coterie: find the accounts that act as one.

``coterie.open(path)`` gives a :class:`~coterie.workspace.Workspace`; everything the command line does
is one call on it. Nothing heavy is imported until it is needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    from coterie.config import Config
    from coterie.errors import CoterieError
    from coterie.queries.store import Tracer
    from coterie.workspace import Sweep, Workspace

__version__ = "0.1.0"

__all__ = ["Config", "CoterieError", "Sweep", "Workspace", "__version__", "open"]


def open(  # noqa: A001 - the contract's name: coterie.open("case/")
    path: str | os.PathLike[str] = ".",
    *,
    tracer: Tracer | None = None,
    settings: Mapping[str, object] | None = None,
) -> Workspace:
    """Open the workspace in a folder; see :func:`coterie.workspace.open_workspace`."""
    from coterie.workspace import open_workspace

    return open_workspace(path, tracer=tracer, settings=settings)


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for."""
    from importlib import import_module

    where = {
        "Config": "coterie.config",
        "CoterieError": "coterie.errors",
        "Sweep": "coterie.workspace",
        "Workspace": "coterie.workspace",
    }
    if name not in where:
        message = f"module 'coterie' has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(where[name]), name)


def __dir__() -> list[str]:
    """The public names."""
    return sorted(__all__)
