"""Bundles of partners who err or mean harm: a sentence and exit code 3, never a lead that is none."""

from __future__ import annotations

import copy
import datetime as dt
import hashlib
import hmac
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.support.deciding import NOW, platform

from coterie.errors import CoterieError, InputError
from coterie.reports.exports import indicators as reading
from coterie.reports.exports.indicators import indicators
from coterie.reports.exports.stix import EXTENSION
from coterie.workspace.review import Said
from coterie.workspace.sharing import match, share

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.face.conftest import Ended

    from coterie.workspace import Workspace

KEYS = {"k1": b"0123456789abcdef"}
UUID = "00000000-0000-4000-8000-00000000000"
ACCOUNT, GROUP, TIE = (f"{kind}--{UUID}{n}" for n, kind in enumerate(
    ("user-account", "grouping", "relationship")))  # fmt: skip


def _token(kind: str, value: str) -> str:
    return hmac.new(KEYS["k1"], f"{kind}\x1f{value}".encode(), hashlib.sha256).hexdigest()


def _bundle() -> dict[str, Any]:
    """A small and good one."""
    held = {
        "extension_type": "property-extension", "kind": "account", "algorithm": "HMAC-SHA256",
        "tokens": [{"key_id": "k1", "token": _token("account", "a1")}],
        "valid_until": "2026-12-31T00:00:00Z",
    }  # fmt: skip
    return {
        "type": "bundle",
        "objects": [
            {"type": "user-account", "id": ACCOUNT, "extensions": {EXTENSION: held}},
            {"type": "grouping", "id": GROUP, "modified": "2026-01-01T00:00:00.000Z",
             "object_refs": [ACCOUNT], "confidence": 90},
        ],
    }  # fmt: skip


def _text(**change: Any) -> str:
    """The good bundle with fields of the account (token__…, held__…) or the group changed."""
    body = _bundle()
    account, group = body["objects"]
    for name, value in change.items():
        where, _, field = name.partition("__")
        held = account["extensions"][EXTENSION]
        {"account": account, "group": group, "held": held, "token": held["tokens"][0]}[where][
            field
        ] = value
    return json.dumps(body)


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    ring = dict.fromkeys((f"a{i}" for i in range(7)), "core")
    return platform(tmp_path_factory.mktemp("here"), [{"c-1": ring}])


def test_a_good_bundle_gives_its_tokens() -> None:
    (one,), left_out = indicators(_text(), NOW)
    assert one == {
        "kind": "account", "token": _token("account", "a1"), "key_id": "k1", "object_id": ACCOUNT,
        "finding": GROUP, "confidence": 90, "markings": [],
    }  # fmt: skip
    assert left_out == {"expired": 0, "revoked": 0}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"token__token": "xyz"}, "64 digits"),
        ({"token__token": "A" * 64}, "64 digits"),
        ({"token__token": "٣" * 64}, "64 digits"),
        ({"token__token": 7}, "64 digits"),
        ({"token__key_id": "\x1b[31m"}, "key_id: expected"),
        ({"token__key_id": "k" * 1000}, "key_id: expected"),
        ({"held__tokens": []}, "tokens: expected"),
        ({"held__tokens": {}}, "tokens: expected"),
        ({"held__tokens": [[]]}, "64 digits"),
        ({"held__kind": "\ud800"}, "kind: expected"),
        ({"held__kind": None}, "kind: expected"),
        ({"held__algorithm": "MD5"}, "algorithm: expected HMAC-SHA256"),
        ({"held__valid_until": "z"}, "valid_until: expected a time"),
        ({"held__valid_until": "9999"}, "valid_until: expected a time"),
        ({"held__valid_until": "2026-13-01T00:00:00Z"}, "valid_until: expected a time"),
        ({"held__valid_until": 5}, "valid_until: expected a time"),
        ({"group__confidence": 10**30}, "confidence: expected"),
        ({"group__confidence": "high"}, "confidence: expected"),
        ({"group__confidence": True}, "confidence: expected"),
        ({"group__revoked": "false"}, "revoked: expected true or false"),
        ({"group__object_refs": ACCOUNT}, "object_refs: expected"),
        ({"group__object_refs": [{}]}, "object_refs: expected"),
        ({"group__id": "x"}, "expected a STIX id"),
        ({"group__id": f"{GROUP}\n"}, "expected a STIX id"),
        ({"account__id": None}, "expected a STIX id"),
        ({"account__extensions": []}, "extensions: expected"),
        ({"account__extensions": {EXTENSION: 1}}, "expected an object"),
        ({"account__object_marking_refs": 1}, "object_marking_refs: expected"),
        ({"account__object_marking_refs": [[]]}, "object_marking_refs: expected"),
    ],
)
def test_a_field_that_is_wrong_is_named(change: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError, match=told) as error:
        indicators(_text(**change), NOW)
    assert str(error.value).isprintable()


@pytest.mark.parametrize(
    "text",
    ["", "x", "[]", "{}", "7", '{"type": "bundle", "objects": {}}', '{"type": "bundle", "objects": [1]}',
     '{"objects": []}', '{"type": "bundle", "objects": ' + "[" * 200_000, "1" * 10_000,
     '{"type": "bundle", "objects": [{"id": "\\ud800"}]}', "\ufeff{}"],
)  # fmt: skip
def test_what_is_no_bundle_is_said_to_be_none(
    ws: Workspace, tmp_path: Path, run: Callable[..., Ended], text: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    file = tmp_path / "bundle.json"
    file.write_text(text, encoding="utf-8")
    monkeypatch.setenv("COTERIE_SHARE_KEY", "k1:0123456789abcdef")
    ended = run("match", "--indicators", str(file), "--workspace", str(ws.path))
    assert ended.code == 3
    assert "bundle" in ended.err
    assert len(ended.err) < 500


def test_bytes_that_are_no_text_and_too_many_of_them(
    ws: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "bundle.json"
    file.write_bytes(b'{"a": "\xff"}')
    with pytest.raises(InputError, match=r"not UTF-8 \(byte 7\)"):
        match(ws, file, KEYS, lambda: NOW)
    monkeypatch.setattr(reading, "MOST", 1 << 20)
    file.write_bytes(b" " * (1 << 20) + b"{}")
    with pytest.raises(InputError, match="more than 1 MB"):
        match(ws, file, KEYS, lambda: NOW)


def test_the_newest_version_of_an_object_counts() -> None:
    body = _bundle()
    newer = {**body["objects"][1], "modified": "2026-01-01T00:00:00.0001Z", "revoked": True}
    for objects in ([*body["objects"], newer], [newer, *body["objects"]]):
        assert indicators(json.dumps({**body, "objects": objects}), NOW) == (
            [], {"expired": 0, "revoked": 1},
        )  # fmt: skip
    same = [*body["objects"], copy.deepcopy(body["objects"][1])]
    assert len(indicators(json.dumps({**body, "objects": same}), NOW)[0]) == 1
    other = {**body["objects"][1], "confidence": 5}
    with pytest.raises(InputError, match="one content a time"):
        indicators(json.dumps({**body, "objects": [*body["objects"], other]}), NOW)


def test_what_was_withdrawn_or_ended_gives_no_lead() -> None:
    def left(**change: Any) -> dict[str, int]:
        listed, left_out = indicators(_text(**change), NOW)
        assert listed == []
        return left_out

    assert left(group__revoked=True) == {"expired": 0, "revoked": 1}
    assert left(account__revoked=True) == {"expired": 0, "revoked": 1}
    until = f"{NOW - dt.timedelta(seconds=1):%Y-%m-%dT%H:%M:%SZ}"
    assert left(held__valid_until=until) == {"expired": 1, "revoked": 0}
    # A tie that was withdrawn ties nothing: the other finding is what remains.
    body = _bundle()
    campaign = f"campaign--{UUID}5"
    body["objects"] += [
        {"type": "campaign", "id": campaign, "confidence": 99},
        {"type": "relationship", "id": TIE, "source_ref": campaign, "target_ref": ACCOUNT,
         "revoked": True},
    ]  # fmt: skip
    assert [i["finding"] for i in indicators(json.dumps(body), NOW)[0]] == [GROUP]
    body["objects"][-1]["revoked"] = False
    assert indicators(json.dumps(body), NOW)[0][0]["confidence"] == 99


def test_a_token_said_twice_is_one_lead(ws: Workspace, tmp_path: Path) -> None:
    held = _bundle()["objects"][0]["extensions"][EXTENSION]
    file = tmp_path / "bundle.json"
    file.write_text(_text(held__tokens=held["tokens"] * 3), encoding="utf-8")
    found = match(ws, file, KEYS, lambda: NOW)
    assert found.leads["account_id"].to_list() == ["a1"]
    assert found.leads["tier"].to_list() == ["lead"]
    none = match(ws, file, {"other": b"fedcba9876543210"}, lambda: NOW)
    assert none.leads.is_empty()
    assert none.leads.schema == found.leads.schema


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.just(ACCOUNT),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
_FIELDS = st.sampled_from([
    "account__id", "account__type", "account__extensions", "account__object_marking_refs",
    "account__revoked", "group__id", "group__type", "group__object_refs", "group__confidence",
    "group__revoked", "held__kind", "held__tokens", "held__valid_until", "held__algorithm",
    "token__token", "token__key_id", "group__source_ref", "group__definition",
])  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_FIELDS, _JSON)
def test_any_value_anywhere_is_read_or_refused_in_a_sentence(field: str, value: Any) -> None:
    listed: list[dict[str, Any]] = []
    told = ""
    try:
        listed, _ = indicators(_text(**{field: value}), NOW)
    except CoterieError as error:
        told = str(error)
    assert told.isprintable()
    assert len(listed) <= 1


# ── whom partners are told of ────────────────────────────────────────────────────────────────────


def _told(ws: Workspace) -> set[str]:
    return {i["token"] for i in indicators(share(ws, KEYS, lambda: NOW).text, NOW)[0]}


def test_a_group_is_as_large_as_those_who_are_told(tmp_path: Path) -> None:
    ring = dict.fromkeys((f"a{i}" for i in range(7)), "core")
    ws = platform(tmp_path, [{"c-1": ring}])
    card = _token("payment", "card of c-1")
    everybody = {_token("account", a) for a in ring}
    assert _told(ws) == everybody | {card}
    ws.decide(*(Said("exclude", "ann", account_id=f"a{i}") for i in range(2)))
    assert len(_told(ws)) == 6
    ws.decide(Said("exclude", "ann", account_id="a2"))
    assert _told(ws) == set(), "four are left: fewer than hide anybody"
    small = replace(ws, config=replace(ws.config, share=replace(ws.config.share, min_group=4)))
    assert _told(small) == {card} | {_token("account", f"a{i}") for i in range(3, 7)}


def test_allow_listed_and_good_accounts_are_told_to_nobody(tmp_path: Path) -> None:
    ring = dict.fromkeys((f"a{i}" for i in range(8)), "core")
    listed: list[dict[str, Any]] = [
        {"kind": "account", "value": "a0", "class": "partner"},
        {
            "kind": "account",
            "value": "a1",
            "class": "partner",
            "expires": NOW - dt.timedelta(days=1),
        },
    ]
    ws = platform(tmp_path, [{"c-1": ring}], labels=[("a2", " Good ")], lists=listed)
    told = _told(ws)
    assert not {_token("account", a) for a in ("a0", "a2")} & told
    assert _token("account", "a1") in told, "its listing has ended"
