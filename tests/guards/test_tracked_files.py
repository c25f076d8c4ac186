"""What no tracked file may hold, and what every script of the report must keep to."""

from __future__ import annotations

import hashlib
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "reports" / "static"

# Split so that this file does not hold them itself.
FORBIDDEN = {
    "a registry's address": r"py"
    r"pi\.org|pythonhos"
    r"ted|npm"
    r"js\.(?:org|com)|deb\.deb"
    r"ian\.org",
    "an index option": r"--(?:extra-)?index" r"-url|--find" r"-links",
    "a folder of one machine": r"/wo" r"rk/(?:main|shared)",
    "unfinished work": r"\bTO" r"DO\b|\bFIX" r"ME\b|\bX" r"XX\b|NotImplemented" r"Error",
    "a call that DuckDB's relations answer anew each time": r"\.fetch" r"one\(",
}
UNSAFE_SCRIPT = re.compile(
    r"\b(innerHTML|outerHTML|insertAdjacentHTML|createContextualFragment|srcdoc)\b"
    r"|document\s*\.\s*write|\beval\s*\(|\bFunction\s*\(|\bset(?:Timeout|Interval)\s*\(\s*[\"'`]"
    r"|javascript:"
)


def _tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\0")
    return [ROOT / name for name in listed if name]


def _text(path: Path) -> str:
    """The file's text; nothing for binary, vendored, foreign and deleted files."""
    if path.is_symlink() or not path.is_file() or "vendor" in path.parts:
        return ""
    if path.is_relative_to(ROOT / "tests" / "data"):
        return ""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_tracked_file_holds(what: str) -> None:
    # pin.sh names the options that keep addresses out of requirements.txt.
    found = [
        f"{path.relative_to(ROOT)}:{text.count(chr(10), 0, match.start()) + 1}: {match[0]}"
        for path in _tracked()
        if path.name != "pin.sh"
        for text in [_text(path)]
        for match in re.finditer(FORBIDDEN[what], text)
    ]
    assert not found, f"{what}: {found}"


def test_scripts_of_the_report_make_no_markup_from_text() -> None:
    scripts = [p for p in STATIC.rglob("*.js") if "vendor" not in p.parts]
    templates = [*ROOT.glob("reports/**/*.j2"), *ROOT.glob("reports/**/*.html")]
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in [*scripts, *templates]
        for match in UNSAFE_SCRIPT.finditer(path.read_text(encoding="utf-8"))
    ]
    assert not found


def test_vendored_files_are_what_they_were() -> None:
    """Each vendor folder lists its files in SHA256SUMS, as ``sha256sum`` writes and checks it."""
    for folder in {p.parent for p in ROOT.glob("reports/**/vendor/*")}:
        recorded = {}
        for line in (folder / "SHA256SUMS").read_text(encoding="utf-8").splitlines():
            digest, name = line.split(maxsplit=1)
            recorded[name.lstrip("*")] = digest
        for path in folder.iterdir():
            if path.name != "SHA256SUMS":
                digest = hashlib.sha256(path.read_bytes()).hexdigest()
                assert recorded.pop(path.name, None) == digest, f"{path.name} was changed"
        assert not recorded, "recorded, but not there"
