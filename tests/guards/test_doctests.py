"""The examples in docstrings run and are right."""

from __future__ import annotations

import doctest
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FACE = ROOT / "src" / "coterie"
WITH_EXAMPLES = sorted(
    f"coterie.{'.'.join(path.relative_to(base).with_suffix('').parts)}"
    for base, folder in [
        (FACE, FACE),
        *((ROOT, ROOT / room) for room in ("graphs", "loaders", "queries", "reports")),
    ]
    for path in folder.rglob("*.py")
    if ">>> " in path.read_text(encoding="utf-8")
)


@pytest.mark.parametrize("name", sorted(set(WITH_EXAMPLES)))
def test_examples(name: str) -> None:
    result = doctest.testmod(import_module(name.removesuffix(".__init__")))
    assert result.attempted
    assert not result.failed
