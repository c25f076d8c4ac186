"""The wheel holds what is tracked, no more and no less."""

from __future__ import annotations

import subprocess
from pathlib import Path
from zipfile import ZipFile

from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).parents[2]
ROOMS = ("graphs", "loaders", "queries", "reports")


def _source_files() -> set[str]:
    """Files of the package as git sees them (tracked or about to be), by their place in a wheel."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate",
         "--", "src/coterie", *ROOMS],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split("\0")  # fmt: skip
    files = [ROOT / name for name in listed if name]
    return {
        path.relative_to(ROOT / "src" if path.is_relative_to(ROOT / "src") else ROOT).as_posix()
        if path.is_relative_to(ROOT / "src")
        else f"coterie/{path.relative_to(ROOT).as_posix()}"
        for path in files
        if path.is_file() and not path.is_symlink()
    }


def test_the_wheel_holds_exactly_the_tracked_files(tmp_path: Path) -> None:
    (wheel,) = WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    names = ZipFile(wheel).namelist()
    packed = [n for n in names if not n.split("/")[0].endswith(".dist-info")]
    assert len(packed) == len(set(packed))
    assert set(packed) == _source_files()
    assert any(n.endswith(".dist-info/licenses/LICENSE") for n in names)
