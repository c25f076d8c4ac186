"""Sharing with partners: a valid bundle of tokens, equal each time, met by its own key only."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
from dataclasses import replace
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import jsonschema
import pymisp
import pytest
import stix2
import stix2validator
from tests.support.deciding import NOW, platform
from tests.support.rings import put_facts

from coterie.errors import InputError, UsageError
from coterie.reports.exports.indicators import indicators
from coterie.reports.exports.stix import CAVEAT, EXTENSION
from coterie.workspace import open_workspace
from coterie.workspace.review import Said
from coterie.workspace.sharing import keys_of, match, share, share_misp

if TYPE_CHECKING:
    from pathlib import Path

    from coterie.workspace import Workspace

KEYS = {"2026a": b"a shared secret of 2026"}
RING = dict.fromkeys((f"a{i}" for i in range(7)), "core")
CLUB = dict.fromkeys((f"b{i}" for i in range(6)), "core")
PAIR = dict.fromkeys(("p0", "p1"), "core")


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    found = platform(tmp_path, [{"c-1": RING, "c-2": CLUB, "c-3": PAIR}])
    found.decide(
        Said("confirm", "ann", cluster_id="c-1"),
        Said("exclude", "ann", account_id="a0"),
        Said("watch", "ann", account_id="b0"),
    )
    found.decide(Said("overturn", "zoe", account_id="b0"))
    return found


def _objects(text: str) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for item in json.loads(text)["objects"]:
        found.setdefault(item["type"], []).append(item)
    return found


def _tokens(text: str) -> set[tuple[str, str]]:
    return {(i["kind"], i["token"]) for i in indicators(text, NOW)[0]}


def _token(kind: str, value: str, key: bytes = KEYS["2026a"]) -> str:
    return hmac.new(key, f"{kind}\x1f{value}".encode(), hashlib.sha256).hexdigest()


def test_the_bundle_is_valid_and_two_are_equal(ws: Workspace) -> None:
    first = share(ws, KEYS, lambda: NOW)
    again = share(ws, KEYS, lambda: NOW + dt.timedelta(days=3))
    assert again.text == first.text
    assert again.new == []
    options = stix2validator.ValidationOptions(version="2.1", disabled="103")
    result = stix2validator.validate_string(first.text, options)
    assert result.is_valid, [str(e) for e in result.errors]
    parsed = stix2.parse(first.text)
    assert len(parsed.objects) == sum(first.counts.values())
    names = {o["id"] for o in json.loads(first.text)["objects"]} - {stix2.TLP_AMBER.id}
    assert all(name.split("--")[1][14] == "5" for name in names)


def test_it_says_what_was_found_and_names_nobody(ws: Workspace) -> None:
    text = share(ws, KEYS, lambda: NOW).text
    found = _objects(text)
    (campaign,), (grouping,) = found["campaign"], found["grouping"]
    assert campaign["name"] == "Coordinated accounts c-1"
    assert "confirmed by reviewers" in campaign["description"]
    assert "not reviewed" in grouping["description"]
    assert len(found["note"]) == 2
    assert all(n["content"] == CAVEAT for n in found["note"])
    assert {s["sighting_of_ref"] for s in found["sighting"]} == {campaign["id"]}
    assert found["sighting"][0]["count"] == 7
    assert all(r["confidence"] == 90 for r in found["relationship"])
    accounts = {("account", _token("account", a)) for a in [*RING, *CLUB] if a not in {"a0", "b0"}}
    # The value that had tied b0, who won an appeal, is not shared; c-3 is too small to hide anybody.
    assert _tokens(text) == accounts | {("payment", _token("payment", "card of c-1"))}
    for name in [*RING, *CLUB, "card of c-1"]:
        assert f'"{name}"' not in text
    marks = {m["id"] for m in found["marking-definition"]}
    assert all(set(o.get("object_marking_refs", marks)) == marks for o in found["user-account"])
    schema = json.loads(
        (files("coterie.reports.exports") / "stix-token.schema.json").read_text("utf-8")
    )
    for item in found["user-account"]:
        jsonschema.validate(item["extensions"][EXTENSION], schema)


def test_a_round_trip_finds_exactly_the_shared_accounts(ws: Workspace, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle.json"
    bundle.write_text(share(ws, KEYS, lambda: NOW).text, encoding="utf-8")
    root = tmp_path / "partner"
    root.mkdir()
    at = NOW - dt.timedelta(days=2)
    used = [("x1", "payment", "card of c-1"), ("x2", "payment", "card of c-1"),
            ("x3", "payment", "card of c-2"), ("x4", "payment", "card of c-9"),
            ("x5", "device", "card of c-1"), ("a3", "device", "d-1")]  # fmt: skip
    put_facts(root / "coterie.duckdb", {
        "signal": [{"account_id": a, "kind": k, "value": v, "first_seen": at, "last_seen": at}
                   for a, k, v in used],
        "account": [{"account_id": a, "attributes": "{}"} for a in ("x1", "a3", "a0")],
    })  # fmt: skip
    partner = open_workspace(root)
    found = match(partner, bundle, KEYS, lambda: NOW)
    rows = found.leads.to_dicts()
    assert {(r["account_id"], r["kind"]) for r in rows} == {
        ("x1", "payment"), ("x2", "payment"), ("a3", "account"),
    }  # fmt: skip
    assert all(r["tier"] == "lead" and r["use"] == CAVEAT for r in rows)
    assert all(r["finding"].startswith("campaign--") and r["confidence"] == 90 for r in rows)
    assert rows[0]["markings"] == "TLP:AMBER; PAP:AMBER"
    another = match(partner, bundle, {"2026a": b"another secret, same name"}, lambda: NOW)
    assert another.leads.is_empty()
    unknown = match(partner, bundle, {"2027": KEYS["2026a"]}, lambda: NOW)
    assert (unknown.leads.height, unknown.unknown_keys) == (0, ("2026a",))
    late = match(partner, bundle, KEYS, lambda: NOW + dt.timedelta(days=400))
    assert late.leads.is_empty()
    assert late.expired > 0
    # A lead is no decision: nobody is handed over for it.
    assert partner.export_enforcement(dry_run=True).enforcement.rows.is_empty()


def test_two_keys_stand_side_by_side_while_one_is_changed(ws: Workspace, tmp_path: Path) -> None:
    both = {"2026b": b"the next shared secret", **KEYS}
    text = share(ws, both, lambda: NOW).text
    bundle = tmp_path / "bundle.json"
    bundle.write_text(text, encoding="utf-8")
    for key_id, key in both.items():
        found = match(ws, bundle, {key_id: key}, lambda: NOW)
        assert {a for a in found.leads["account_id"] if a in RING} == set(RING) - {"a0"}
    once = match(ws, bundle, both, lambda: NOW).leads
    assert once.height == found.leads.height, "under both keys it is one lead"
    assert set(once["key_id"]) == {"2026b"}


def test_what_no_longer_holds_is_revoked_once_and_for_all(ws: Workspace) -> None:
    first = share(ws, KEYS, lambda: NOW)
    (campaign,) = _objects(first.text)["campaign"]
    confirmed = ws.decisions().to_dicts()[0]["decision_id"]
    ws.decide(Said("withdraw", "ann", ref=confirmed))
    later = NOW + dt.timedelta(days=1)
    second = share(ws, KEYS, lambda: later)
    assert second.revoked == [campaign["id"]]
    (gone,) = _objects(second.text)["campaign"]
    assert (gone["id"], gone["revoked"], gone["created"]) == (
        campaign["id"],
        True,
        campaign["created"],
    )
    assert len(_objects(second.text)["grouping"]) == 2, "it is a grouping again"
    assert share(ws, KEYS, lambda: later + dt.timedelta(days=9)).text == second.text
    ws.decide(Said("confirm", "bob", cluster_id="c-1"))
    third = _objects(share(ws, KEYS, lambda: later).text)
    assert sorted(bool(c.get("revoked")) for c in third["campaign"]) == [False, True]
    assert len({c["id"] for c in third["campaign"]}) == 2
    result = stix2validator.validate_string(
        share(ws, KEYS, lambda: later).text,
        stix2validator.ValidationOptions(version="2.1", disabled="103"),
    )
    assert result.is_valid


def test_values_hashed_at_load_are_not_shared(ws: Workspace) -> None:
    private = replace(ws.config, privacy=replace(ws.config.privacy, hash=("payment",)))
    text = share(replace(ws, config=private), KEYS, lambda: NOW).text
    assert {kind for kind, _ in _tokens(text)} == {"account"}


def test_keys_and_bundles_that_are_wrong_say_so(ws: Workspace, tmp_path: Path) -> None:
    assert keys_of("b:0123456789abcdef a:fedcba9876543210") == {
        "b": b"0123456789abcdef", "a": b"fedcba9876543210",
    }  # fmt: skip
    for text in (None, "", "secret", "a:short", ":0123456789abcdef"):
        with pytest.raises(UsageError, match="COTERIE_SHARE_KEY"):
            keys_of(text)
    for body in ("x", "[]", "{}", '{"objects": [1]}', '{"objects": [{"id": "a", "extensions": 1}]}',
                 json.dumps({"objects": [{"id": "a", "extensions": {EXTENSION: {}}}]})):  # fmt: skip
        file = tmp_path / "wrong.json"
        file.write_text(body, encoding="utf-8")
        with pytest.raises(InputError):
            match(ws, file, KEYS, lambda: NOW)


def test_misp_events_hold_the_same_tokens(ws: Workspace) -> None:
    text = share_misp(ws, KEYS, lambda: NOW)
    assert share_misp(ws, KEYS, lambda: NOW) == text
    events = [e["Event"] for e in json.loads(text)["response"]]
    for event in events:
        loaded = pymisp.MISPEvent()
        loaded.load(event)
        assert {t.name for t in loaded.tags} == {"tlp:amber", "PAP:AMBER"}
        assert not any(a.to_ids for a in loaded.attributes)
    told = {
        (a["comment"].split()[2].rstrip(","), a["value"])
        for e in events
        for o in e["Object"]
        for a in o["Attribute"]
        if a["object_relation"] == "user-id"
    }
    assert told == _tokens(share(ws, KEYS, lambda: NOW).text)
    confirmed, other = sorted(events, key=lambda e: e["info"], reverse=True)
    assert confirmed["info"].startswith("Coordinated accounts c-1")
    assert (confirmed["analysis"], other["analysis"]) == ("2", "0")
    for name in [*RING, *CLUB, "card of c-1"]:
        assert f'"{name}"' not in text
