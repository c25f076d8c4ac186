"""Each component of the pages against its golden file, never whole pages.

After a change that is meant, write them anew with ``COTERIE_GOLDEN=write`` and read the difference.
"""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import Any

import pytest
from tests.support.findings import HOSTILE

from coterie.reports.page import environment

GOLDEN = Path(__file__).parent / "golden"
DAY = dt.datetime(2026, 5, 27, 8, 30)  # noqa: DTZ001 - the store's times are naive UTC

COMPONENTS: dict[str, tuple[str, tuple[Any, ...]]] = {
    "cards": (
        "cards",
        ([{"value": "1,204", "what": "accounts", "more": "+46 since the last sweep"}],),
    ),
    "tier": ("tier", ("coordinated",)),
    "tier_unknown": ("tier", (HOSTILE[0],)),
    "figure": ("figure", ("scatter", "h-scatter", "Each mark is a cluster.")),
    "waterfall_rows": (
        "waterfall_rows",
        (
            [
                {"name": "prior", "value": 0.01, "bits": -6.6},
                {"name": HOSTILE[1], "value": None, "bits": None},
            ],
        ),
    ),
    "guards": (
        "guards",
        (
            [
                {
                    "explanation": "household",
                    "for": "one card",
                    "against": "300 people",
                    "passed": True,
                },
                {"explanation": HOSTILE[3], "for": "", "against": HOSTILE[7], "passed": False},
            ],
        ),
    ),
    "families": (
        "families",
        (
            [
                {"template": "write ⟨…⟩ reviews", "n_in": 81, "n_out": 1, "examples": [HOSTILE[9]]},
                {"template": HOSTILE[11], "n_in": 1, "n_out": 1200, "examples": []},
            ],
        ),
    ),
    "facts": ("facts", ([("Status", "12 active"), (HOSTILE[8], HOSTILE[12])],)),
    "rows": (
        "rows",
        ("Sources", [("Source", 0), ("Rows", 1)], [["signals.csv", 1003], [HOSTILE[13], None]]),
    ),
    "history": (
        "history",
        ([{"as_of": DAY, "size": 300, "score": 0.97, "tier": "linked", "change": "grown"}],),
    ),
    "decisions": (
        "decisions",
        (
            [
                {
                    "decided_at": DAY,
                    "decision": "watch",
                    "reason_code": None,
                    "reviewer": "reviewer-7",
                    "note": HOSTILE[0],
                }
            ],
        ),
    ),
}


@pytest.mark.parametrize("name", COMPONENTS)
def test_a_component_is_as_it_was(name: str) -> None:
    macro, arguments = COMPONENTS[name]
    html = str(getattr(environment().get_template("parts.html.j2").module, macro)(*arguments))
    file = GOLDEN / f"{name}.html"
    if os.environ.get("COTERIE_GOLDEN") == "write":
        file.write_text(html, encoding="utf-8")
    assert html == file.read_text(encoding="utf-8")


def test_no_golden_file_is_left_over() -> None:
    assert {p.stem for p in GOLDEN.iterdir()} == set(COMPONENTS)
