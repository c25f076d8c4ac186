"""The settings file that ``coterie init`` writes."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from coterie.errors import UsageError
from coterie.settings import FILE
from coterie.workspace.files import write_whole

if TYPE_CHECKING:
    from pathlib import Path


def template() -> str:
    """A commented ``coterie.toml`` in which nothing differs from the defaults."""
    return (files("coterie.workspace") / "template.toml").read_text(encoding="utf-8")


def write_template(root: Path, *, force: bool = False) -> Path:
    """Write the template into a workspace's folder.

    Args:
        root: the folder, made when absent.
        force: replace a file that is there.

    Raises:
        UsageError: there is one and ``force`` is not given.
    """
    path = root / FILE
    if path.exists() and not force:
        raise UsageError(f"{path}: there is one already; --force replaces it")
    write_whole(path, lambda part: part.write_text(template(), encoding="utf-8"))
    return path
