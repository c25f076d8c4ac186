"""The import rule of the house: rooms talk through tables, and heavy libraries wait."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("graphs", "loaders", "queries", "reports")

# Who may import whom (besides itself). A new module of src/coterie needs its line here.
BASE = {"errors", "config", "printable"}
STORE = BASE | {"queries"}
BELOW_SWEEP = STORE | {"progress", "loaders", "graphs", "reports"}
SWEEP = {"sweep_plan", "sweep_result", "sweep_register", "sweep_checkpoints"}
MAY_IMPORT: dict[str, set[str]] = {
    "errors": set(),
    "config": {"errors"},
    "settings": BASE | {"settings_lines"},
    "settings_lines": BASE,
    "printable": {"graphs"},  # one rule for what is visible
    "progress": {"printable"},
    "queries": BASE,
    "loaders": STORE,
    "graphs": STORE,
    "reports": STORE,
    "sweep_plan": BELOW_SWEEP,
    "sweep_result": BELOW_SWEEP,
    "sweep_register": BELOW_SWEEP | {"sweep_plan", "sweep_result"},
    "sweep_checkpoints": BELOW_SWEEP | {"sweep_plan", "sweep_register"},
    "sweep": BELOW_SWEEP | SWEEP,
    "workspace": BELOW_SWEEP | SWEEP | {"sweep", "settings"},
    "cli": BELOW_SWEEP | SWEEP | {"sweep", "settings", "workspace"},
    "__init__": BELOW_SWEEP | SWEEP | {"sweep", "settings", "workspace"},
}
HEAVY = (
    "igraph", "networkx", "numpy", "pandas", "plotly", "polars", "pyarrow", "pyspark", "scipy",
    "adbc_driver_manager",
)  # fmt: skip


def _modules() -> dict[str, Path]:
    """Every module by its dotted name under ``coterie``."""
    found = {}
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            found[".".join(path.relative_to(ROOT).with_suffix("").parts)] = path
    face = ROOT / "src" / "coterie"
    for path in face.rglob("*.py"):
        parts = path.relative_to(face).with_suffix("").parts
        if parts[0] not in ROOMS:
            found[".".join(parts)] = path
    return found


MODULES = _modules()


def _imported(name: str, path: Path) -> set[tuple[int, str]]:
    """(line, dotted name) of everything a module imports, absolute and relative alike."""
    package = ["coterie", *name.split(".")[:-1]]
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {(node.lineno, alias.name) for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1] if node.level else []
            source = ".".join([*start, *([node.module] if node.module else [])])
            found |= {(node.lineno, f"{source}.{alias.name}") for alias in node.names}
    return found


@pytest.mark.parametrize("name", sorted(MODULES))
def test_a_module_imports_only_what_lies_below_it(name: str) -> None:
    top = name.split(".", maxsplit=1)[0]
    assert top in MAY_IMPORT, f"{name}: give it a place in the import rule"
    allowed = MAY_IMPORT[top] | {top, "__version__"}
    wrong = [
        f"line {line}: {target}"
        for line, target in sorted(_imported(name, MODULES[name]))
        if target.startswith("coterie.") and target.split(".")[1] not in allowed
    ]
    assert not wrong, f"{MODULES[name].relative_to(ROOT)} must not import {wrong}"


def test_rooms_are_imported_by_their_full_names() -> None:
    tests = {str(p.relative_to(ROOT)): p for p in (ROOT / "tests").rglob("*.py")}
    wrong = [
        f"{name} line {line}: {target}"
        for name, path in (MODULES | tests).items()
        for line, target in _imported(name, path)
        if target.split(".")[0] in ROOMS
    ]
    assert not wrong, f"write coterie.<room>: {wrong}"


def _loaded_after(code: str) -> set[str]:
    """The top-level modules in ``sys.modules`` of a new interpreter after running code."""
    report = "import json, sys; print(chr(10) + json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{report}"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize(
    "code",
    [
        "import coterie",
        "from coterie.cli import main\ntry: main(['--help'])\nexcept SystemExit: pass",
    ],
    ids=["import coterie", "coterie --help"],
)
def test_heavy_libraries_stay_unimported(code: str) -> None:
    assert not _loaded_after(code) & set(HEAVY)


def test_bare_room_names_are_never_modules() -> None:
    names = [f"coterie.{n.removesuffix('.__init__')}" for n in MODULES if n != "__init__"]
    imports = "\n".join(f"import {name}" for name in sorted(names) if "__main__" not in name)
    loaded = _loaded_after(f"import coterie\n{imports}")
    assert not loaded & set(ROOMS)
    assert {f"coterie.{room}" for room in ROOMS} <= loaded
