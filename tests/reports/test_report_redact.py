"""Redacted reports and cases: no name of the cluster is anywhere, counts and verdict stay."""

from __future__ import annotations

import base64
import datetime as dt
import gzip
import html
import io
import json
import re
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from tests.support.findings import SWEEP, make_store

from coterie.queries.store import open_store, write_store
from coterie.reports.build import build_case, build_cases, build_report
from coterie.reports.redact import Names, keyed, names_of

if TYPE_CHECKING:
    from pathlib import Path

    from coterie.queries.store import Store

ISLAND = re.compile(r'<script type="application/json" id="data">(.*?)</script>', re.DOTALL)
NAMES = """
SELECT account_id FROM current_members
UNION SELECT value FROM shared_values
UNION SELECT display FROM shared_values
UNION SELECT text FROM prompts
UNION SELECT template FROM facts.family
UNION SELECT why FROM current_members WHERE length(why) > 20
UNION SELECT note FROM decisions
UNION SELECT reviewer FROM decisions
"""


def secrets(store: Store) -> list[str]:
    found = store.sql(NAMES)
    assert found is not None
    return [name for (name,) in found.fetchall() if name]


def everything(data: bytes, name: str) -> str:
    """All that a file says, in every form in which it may say it."""
    if name.endswith(".parquet"):
        return json.dumps(pl.read_parquet(io.BytesIO(data)).to_dicts(), default=str)
    if name.endswith(".png"):
        return data.decode("latin-1")
    text = data.decode("utf-8")
    said = [text, html.unescape(text)]
    for island in ISLAND.findall(text):
        packed = json.loads(island)
        if "gzip" in packed:
            raw = gzip.decompress(base64.b64decode(packed["gzip"]))
            said.append(raw[4:].decode("utf-8", "replace"))
        else:
            said.append(json.dumps(packed, ensure_ascii=False))
            said.append(base64.b64decode(packed["body"]).decode("latin-1"))
    return "\n".join(said)


def inside(path: Path) -> tuple[dict[str, Any], bytes]:
    """What a page's script is given: the head, and the bytes of the arrays."""
    island = json.loads(ISLAND.findall(path.read_text("utf-8"))[0])
    if "gzip" not in island:
        return island["head"], base64.b64decode(island["body"])
    raw = gzip.decompress(base64.b64decode(island["gzip"]))
    front = 4 + int.from_bytes(raw[:4], "little")
    return json.loads(raw[4:front]), raw[front:]


def leaks(folder: Path, names: list[str]) -> list[tuple[str, str]]:
    files = [folder] if folder.is_file() else [p for p in folder.rglob("*") if p.is_file()]
    texts = {p.name: everything(p.read_bytes(), p.name) for p in files if p.parent.name != "assets"}
    return [(file, name) for file, text in texts.items() for name in names if name in text]


@pytest.mark.parametrize("form", ["html", "md"])
@pytest.mark.parametrize("hostile", [False, True], ids=["plain", "hostile"])
def test_no_name_is_anywhere_in_a_redacted_case(
    world_path: Path, hostile_path: Path, tmp_path: Path, form: str, hostile: bool
) -> None:
    with open_store(hostile_path if hostile else world_path) as store:
        names = secrets(store)
        ids = store.rows("report/clusters", sweep_id=SWEEP)
        cluster = ids[0]["cluster_id"]
        open_case, closed_case = tmp_path / f"open.{form}", tmp_path / f"closed.{form}"
        build_case(store, cluster, open_case, form="md" if form == "md" else "html")
        build_case(store, cluster, closed_case, redact=True, form="md" if form == "md" else "html")
    # Clusters are named by us; only this fixture gives one an attacker's text for its name.
    names = [name for name in names if not hostile or (len(name) > 12 and name not in cluster)]
    assert len(leaks(open_case, names)) > 30
    assert leaks(closed_case, names) == []


def test_no_name_is_anywhere_in_a_redacted_report(world_path: Path, tmp_path: Path) -> None:
    with open_store(world_path) as store:
        names = secrets(store)
        build_report(store, None, tmp_path / "html", redact=True)
        build_report(store, None, tmp_path / "md", redact=True, form="md")
    assert leaks(tmp_path / "html", names) == []
    assert leaks(tmp_path / "md", names) == []
    overview = everything((tmp_path / "html/index.html").read_bytes(), "index.html")
    assert "signals.csv" not in overview


def test_counts_kinds_and_verdict_stay(world_path: Path, tmp_path: Path) -> None:
    with open_store(world_path) as store:
        build_case(store, "c-00001", tmp_path / "open.html")
        build_case(store, "c-00001", tmp_path / "closed.html", redact=True)
    heads = []
    for name in ("open", "closed"):
        text = (tmp_path / f"{name}.html").read_text("utf-8")
        head, _ = inside(tmp_path / f"{name}.html")
        sentence = re.search(r"<p>(210 accounts\.[^<]+)</p>", text)
        assert sentence
        heads.append((sentence[1], head["evidence"]["kinds"], head["figures"]["waterfall"]))
        tables = head["tables"]
    assert heads[0] == heads[1]
    members = {
        c["t"]: data
        for c, data in zip(tables["members"]["cols"], tables["members"]["data"], strict=True)
    }
    accounts, statuses = members["Account"], members["Status"]
    assert len(set(accounts)) == 210
    assert all(re.fullmatch(r"account-[0-9a-f]{12}", a) for a in accounts)
    assert set(statuses) <= {"active", "banned", "suspended"}
    values = tables["values"]["data"][1]
    assert all(re.fullmatch(r"[a-z_]+-[0-9a-f]{12}", v) for v in values)
    times = [t for name in ("Signed up", "First seen", "Last seen") for t in members[name]]
    assert all(t % 86_400 == 0 for t in times)


def test_acts_and_uses_are_told_by_the_day(world_path: Path, tmp_path: Path) -> None:
    import numpy as np

    with open_store(world_path) as store:
        build_case(store, "c-00002", tmp_path / "case.html", redact=True)
    head, body = inside(tmp_path / "case.html")
    days = (head["evidence"]["end"] - head["evidence"]["start"]) // 86_400
    for name in ("first", "last", "act", "signup"):
        _, start, size = head["arrays"][name]
        found = np.frombuffer(body, "<u2", size, start)
        place = found[found != 65_535] / 65_534 * days
        assert np.allclose(place, np.round(place), atol=0.001), name


def test_the_end_of_the_window_is_told_by_the_day(tmp_path: Path) -> None:
    """Without --as-of it is the moment of one account's last act."""
    last = dt.datetime.fromisoformat("2026-03-31T17:43:21.000001")
    path = make_store(tmp_path / "store", [6, 9], history=False)
    with write_store(path) as store:
        store.sql("UPDATE register.sweep SET window_end = $at, as_of = $at", at=last)
    with open_store(path) as store:
        build_report(store, None, tmp_path / "html", redact=True)
        build_report(store, None, tmp_path / "md", redact=True, form="md")
        build_report(store, None, tmp_path / "open")
    for folder, told in (("html", False), ("md", False), ("open", True)):
        files = [f for f in (tmp_path / folder).rglob("*") if f.suffix in {".html", ".md", ".json"}]
        assert any("17:43" in f.read_text(encoding="utf-8") for f in files) is told, folder


def test_a_token_is_the_same_wherever_it_stands(world_path: Path, tmp_path: Path) -> None:
    with open_store(world_path) as store:
        build_report(store, None, tmp_path / "report", redact=True)
        build_case(store, "c-00003", tmp_path / "one.html", redact=True)
        build_cases(
            store,
            {"c-00003": tmp_path / "two.html", "c-00002": tmp_path / "other.html"},
            redact=True,
        )
        build_case(store, "c-00003", tmp_path / "keyed.html", redact=True, key="another key")
        build_case(store, "c-00003", tmp_path / "keyed2.html", redact=True, key="another key")

    def tokens(path: Path) -> set[str]:
        return set(re.findall(r"account-[0-9a-f]{12}", everything(path.read_bytes(), path.name)))

    mine = tokens(tmp_path / "one.html")
    assert len(mine) == 12
    assert mine == tokens(tmp_path / "two.html")
    assert mine == tokens(tmp_path / "report/clusters/c-00003.html")
    assert not mine & tokens(tmp_path / "other.html")
    assert not mine & tokens(tmp_path / "keyed.html")
    assert (tmp_path / "keyed.html").read_bytes() == (tmp_path / "keyed2.html").read_bytes()


def test_tokens_are_hmac_sha256(world_path: Path) -> None:
    import hashlib
    import hmac

    with open_store(world_path) as store:
        for key in ("k", "a key that is longer than the block of the hash: " + "x" * 40):
            texts = ["a", "", "ü\x00\u202e"]
            found = keyed(store, key)(texts)
            assert found == {
                t: hmac.new(key.encode(), t.encode(), hashlib.sha256).hexdigest()[:12]
                for t in texts
            }


def test_no_trace_shows_the_key(world_path: Path, tmp_path: Path) -> None:
    seen: list[str] = []
    with open_store(
        world_path, tracer=lambda text, params: seen.append(f"{text} {params}")
    ) as store:
        build_case(store, "c-00003", tmp_path / "case.html", redact=True, key="very-secret")
    assert seen
    assert not [text for text in seen if "very-secret" in text or "hmac" in text.lower()]


def test_the_key_of_a_sweep_needs_all_of_its_data(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    found = []
    for name, sizes in (("a", (12, 6)), ("b", (12, 7))):
        with open_store(make_store(tmp_path / name, sizes)) as store:
            names = names_of(store, None, redact=True, key=None)
            assert names.tokens is not None
            found.append(names.tokens(["x"])["x"])
    assert found[0] != found[1]


def test_columns_that_nobody_named_are_closed() -> None:
    names = Names(redact=True, tokens=lambda texts: dict.fromkeys(texts, "0" * 12))
    frame = pl.DataFrame(
        {
            "account_id": ["bob"],
            "role": ["core"],
            "status": ["bob@example.org"],
            "score": [0.5],
            "n_links": [3],
            "asn": [64_500],
            "email": ["bob@example.org"],
            "attributes": [{"name": "Bob"}],
            "families": [["payment"]],
            "tags": [["bob"]],
            "why": ["shares a card with bob"],
            "created": [1_777_860_001],
        }
    )
    shown = names.members(frame)
    assert shown.columns == frame.columns
    assert shown.to_dicts() == [
        {
            "account_id": "account-000000000000",
            "role": "core",
            "status": None,
            "score": 0.5,
            "n_links": 3,
            "asn": None,
            "email": None,
            "attributes": None,
            "families": ["payment"],
            "tags": None,
            "why": "",
            "created": 1_777_852_800,
        }
    ]
