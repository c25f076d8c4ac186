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

from coterie.reports.feeds import Feed
from coterie.reports.page import environment
from coterie.reports.what_if import Without

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
                {"name": "prior", "family": "prior", "value": 0.01, "bits": -6.6},
                {"name": HOSTILE[1], "family": "other", "value": None, "bits": None},
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
                {
                    "template": "write ⟨…⟩ reviews",
                    "n_in": 81,
                    "n_out": 1,
                    "examples": [HOSTILE[9]],
                    "near": [{"display": HOSTILE[4], "similarity": 0.625, "n_all": 9, "n_in": 0}],
                    "n_weeks": 14,
                    "weeks": [
                        {
                            "week": DAY,
                            "n_prompts": 1200,
                            "n_accounts": 31,
                            "n_new": 2,
                            "n_texts": 40,
                            "n_new_texts": 0,
                            "template": HOSTILE[2],
                            "changed": f"new: {HOSTILE[0]}",
                        },
                    ],
                },
                {
                    "template": HOSTILE[11],
                    "n_in": 1,
                    "n_out": 1200,
                    "examples": [],
                    "near": [],
                    "n_weeks": 1,
                    "weeks": [],
                },
            ],
        ),
    ),
    "facts": ("facts", ([("Status", "12 active"), (HOSTILE[8], HOSTILE[12])],)),
    "jump": ("jump", ([("h-values", "Shared values"), ("h-members", "Accounts")],)),
    "what_if": (
        "what_if",
        (
            [
                Without("value", HOSTILE[1], "ip", 40, 2, 5, None),
                Without("family", "device", "", 33, 1, 12, 0.61),
            ],
            50,
        ),
    ),
    "what_if_judged": (
        "what_if",
        ([Without("family", "device", "", 33, 1, 12, 0.61, kept=30, tier="lead")], 50),
    ),
    "related": (
        "related",
        (
            [
                {
                    "other_cluster_id": HOSTILE[0],
                    "href": None,
                    "tier": None,
                    "score": None,
                    "size": None,
                    "n_values": 2,
                    "n_accounts": 7,
                    "bits": None,
                    "kinds": HOSTILE[2],
                },
                {
                    "other_cluster_id": "c-1",
                    "href": "c-1.html",
                    "tier": "linked",
                    "score": 0.7,
                    "size": 1200,
                    "n_values": 3,
                    "n_accounts": 9,
                    "bits": 20.51,
                    "kinds": "ip",
                },
            ],
        ),
    ),
    "feeds": (
        "feeds",
        (
            [
                Feed("signals: ip", 9000, 0, 310.0, 2, "▅█▆··", "nothing for 2 days"),
                Feed(f"links: {HOSTILE[0]}", 12, 3, 2.5, 0, "▂█", ""),
            ],
        ),
    ),
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
                    "decision": "confirm",
                    "status": "pending",
                    "action": None,
                    "n_members": 300,
                    "second_reviewer": None,
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
