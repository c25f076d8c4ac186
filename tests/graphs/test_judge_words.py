"""The judgement in words: kinds counted as what they are, and no argument from nothing."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from tests.support.rings import START, put_facts, ring

from coterie.graphs.judge_words import guard_texts, sentence
from coterie.workspace import open_workspace

if TYPE_CHECKING:
    from pathlib import Path

    from coterie.workspace import Sweep, Workspace

COUNTS = ("payment", "bank_account", "device", "identity", "prompt", "ip", "further", "client",
          "issuer", "email_domain")  # fmt: skip


def _said(**shared: int) -> str:
    facts = {"c": 1, "size": 9, "exclusive": 0.1, "burst": 0.0, "burst_n": 1, "synchrony": 0.0,
             "rhythm": 0.0, "banned": 0, "n_fringe": 0}  # fmt: skip
    counts = {"c": 1, **{f"n_{name}": shared.get(name, 0) for name in COUNTS}}
    return str(sentence(pl.DataFrame([facts]), pl.DataFrame([counts]))["summary"][0])


@pytest.mark.parametrize(
    ("shared", "said"),
    [
        ({}, "share no telling value"),
        (
            {"payment": 2, "identity": 1, "device": 1, "client": 4, "issuer": 1},
            "share 2 payment values, 1 device and 1 identity value",
        ),
        (
            {"ip": 2, "prompt": 1, "bank_account": 1, "further": 1},
            "share 1 bank account, 1 prompt template, 2 network addresses and 1 further value",
        ),
        (
            {"ip": 1, "client": 2, "issuer": 1, "email_domain": 1},
            "share 1 network address, 2 client versions, 1 card issuer and 1 mail domain",
        ),
        ({"issuer": 2}, "share 2 card issuers"),
    ],
)
def test_the_sentence_names_kinds_and_weak_ones_only_for_want_of_better(
    shared: dict[str, int], said: str
) -> None:
    assert _said(**shared) == f"9 accounts {said}."


def _facts(**given: Any) -> dict[str, Any]:
    names = ("support_prompt", "support_payment", "support_device", "mail_hub_top", "ip_hub_top",
             "office", "synchrony", "rhythm", "burst", "n_network_only")  # fmt: skip
    guards = ("is_household", "is_organisation", "is_infrastructure", "is_popular_prompt")
    return {**dict.fromkeys(names, 0.0), **dict.fromkeys(guards, False), "age_spread": None,
            "size": 6, **given}  # fmt: skip


def test_nothing_is_no_argument() -> None:
    found = guard_texts(_facts(mail_hub_top=None, office=None, rhythm=0.04, synchrony=0.004))
    sides = {guard["explanation"]: (guard["for"], guard["against"]) for guard in found}
    assert sides.pop("a household or friends") == ("6 accounts", "")
    assert set(sides.values()) == {("", "")}


def test_a_fact_speaks_on_its_own_side() -> None:
    crowd = guard_texts(_facts(size=90, age_spread=2, burst=5.0, ip_hub_top=0.5, n_network_only=3))
    assert crowd[0]["for"] == ""
    assert crowd[0]["against"] == "90 accounts; created over 2 days; sign-up burst 5.0 bits"
    assert crowd[2]["for"] == "50 % on one address; 3 tied by addresses only"
    assert crowd[3] == {"explanation": "a popular or viral prompt", "for": "",
                        "against": "sign-up burst 5.0 bits", "passed": True}  # fmt: skip
    home = guard_texts(_facts(size=4, age_spread=300, is_household=True))[0]
    assert home == {"explanation": "a household or friends", "passed": False, "against": "",
                    "for": "4 accounts; created over 300 days"}  # fmt: skip


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A ring of one issuer and one client, that signed up around two midnights."""
    folder = tmp_path_factory.mktemp("words")
    facts = ring()
    at = START + dt.timedelta(days=12)
    for account in facts["account"][:8]:
        for kind, value in (
            ("issuer", "411111"), ("client", "sdk/9"), ("visa_run", "v1"),
            ("signup_day", "2026-05-13"),
        ):  # fmt: skip
            facts["signal"].append({"account_id": account["account_id"], "kind": kind,
                                    "value": value, "first_seen": at, "last_seen": at})  # fmt: skip
    for i, account in enumerate(facts["account"][8:]):
        for kind, n in (("issuer", 300), ("client", 290), ("visa_run", 310), ("signup_day", 280)):
            facts["signal"].append({"account_id": account["account_id"], "kind": kind,
                                    "value": f"{kind}-{i % n}", "first_seen": at,
                                    "last_seen": at})  # fmt: skip
    # Five in 72 hours, but in four calendar days: sentence and page must not differ.
    for account, hour in zip(
        facts["account"][:8], (23, 24, 48, 72, 94, 150, 200, 250), strict=True
    ):
        account["created_at"] = START + dt.timedelta(hours=hour)
    put_facts(folder / "coterie.duckdb", facts)
    made = open_workspace(folder)
    made.sweep()
    return made


@pytest.fixture
def swept(workspace: Workspace) -> Sweep:
    return workspace.newest()


def test_kinds_are_counted_not_families(swept: Sweep) -> None:
    (row,) = swept.clusters().to_dicts()
    shown = swept.show(row["cluster_id"], limit=100)
    telling = [value["kind"] for value in shown.values if value["bits"] >= 3]
    assert {"issuer", "client", "visa_run", "signup_day"} <= set(telling)
    for kind, noun in (("payment", "payment value"), ("device", "device")):
        n = telling.count(kind)
        assert re.search(rf"\b{n} {noun}{'' if n == 1 else 's'}\b", row["summary"]), row["summary"]
    assert "1 further value" in row["summary"]  # a day of sign-up is none: bursts are told
    assert "client" not in row["summary"]
    assert "issuer" not in row["summary"]


def test_the_page_counts_sign_ups_as_the_judgement_did(
    workspace: Workspace, swept: Sweep, tmp_path: Path
) -> None:
    (row,) = swept.clusters().to_dicts()
    features = swept.show(row["cluster_id"]).facts["features"]
    workspace.report(tmp_path / "out")
    page = next(tmp_path.glob(f"out/**/*{row['cluster_id']}*.html")).read_text(encoding="utf-8")
    assert (features["burst_n"], features["n_created"]) == (4, 8)
    assert "4 of 8 sign-ups" in page


def test_the_parts_of_a_member_add_up_to_its_bits(swept: Sweep) -> None:
    members = swept.members().to_dicts()
    assert len(members) == 8
    for row in members:
        parts = [float(found) for found in re.findall(r"\((-?[\d.]+) bits\)", row["why"])]
        assert "prior (-" in row["why"]
        assert sum(parts) == pytest.approx(row["bits"], abs=0.05 * (len(parts) + 2))


def test_bits_of_different_measures_carry_their_names(swept: Sweep) -> None:
    (row,) = swept.clusters().to_dicts()
    whole, one = str(swept.show(row["cluster_id"])), str(swept.show("ring-000"))
    assert " · lift " in whole
    assert "with lift: how much commoner inside the cluster than outside" in whole
    assert "sum: log-odds of the score" in whole
    assert "with pair bits: " in one
    assert " bits in sum: " in one
    assert "(profile bits: " in one
    page = swept.show(row["cluster_id"])._repr_html_() + swept.show("ring-000")._repr_html_()
    for part in ("lift, bits", "pair bits", "profile bits in sum"):
        assert part in page, part
