"""What the pages are made of: the picture's numbers, the figures, the policy, the folder."""

from __future__ import annotations

import base64
import gzip
import json
import re
import struct
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
from tests.support.findings import DAYS, HOSTILE, START, make_store

from coterie.errors import UsageError
from coterie.queries.store import open_store
from coterie.reports import evidence, figures
from coterie.reports.evidence import picture, thumbnail
from coterie.reports.folder import replacing
from coterie.reports.names import part_family
from coterie.reports.page import asset, pack, policy
from coterie.reports.read import cluster_of, read_details, read_sweep
from coterie.reports.redact import Names, names_of

if TYPE_CHECKING:
    from pathlib import Path

    from coterie.reports.read import Cluster


def clusters_of(path: Path, *, redact: bool = False) -> list[Cluster]:
    with open_store(path) as store:
        shown = names_of(store, None, redact=redact, key=None)
        sweep = read_sweep(store, None, shown)
        rows = sweep.clusters.to_dicts()
        details = read_details(store, sweep, [r["cluster_id"] for r in rows], shown)
        return [cluster_of(details, row, page) for page, row in enumerate(rows)]


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


def unpacked(island: str) -> tuple[dict[str, Any], dict[str, np.ndarray[Any, Any]]]:
    """What the script makes of an island."""
    found = json.loads(island)
    if "gzip" in found:
        whole = gzip.decompress(base64.b64decode(found["gzip"]))
        (front,) = struct.unpack("<I", whole[:4])
        head, body = json.loads(whole[4 : 4 + front]), whole[4 + front :]
    else:
        head, body = found["head"], base64.b64decode(found["body"])
    arrays = {
        name: np.frombuffer(body, dtype=f"<{kind}", count=size, offset=at)
        for name, (kind, at, size) in head["arrays"].items()
    }
    return head, arrays


@pytest.mark.parametrize("n", [3, 60_000], ids=["plain", "compressed"])
def test_an_island_gives_back_what_was_packed(n: int) -> None:
    rng = np.random.default_rng(1)
    arrays: dict[str, np.ndarray[Any, Any]] = {
        "bytes": rng.integers(0, 2**8, n).astype(np.uint8),
        "shorts": rng.integers(0, 2**16, n + 1).astype(np.uint16),
        "words": rng.integers(0, 2**32, 5, dtype=np.uint64).astype(np.uint32),
        "none": np.zeros(0, dtype=np.uint16),
    }
    island = pack({"text": list(HOSTILE)}, arrays)
    head, found = unpacked(island)
    assert head["text"] == list(HOSTILE)
    assert set(found) == set(arrays)
    assert all(np.array_equal(found[name], arrays[name]) for name in arrays)
    assert "<" not in island
    assert island == pack({"text": list(HOSTILE)}, arrays)


@pytest.mark.parametrize("size", [60, 2_500], ids=["times", "hours"])
def test_the_picture_holds_every_link_and_every_act(tmp_path: Path, size: int) -> None:
    path = make_store(tmp_path, (size,))
    (cluster,) = clusters_of(path)
    made = picture(cluster)
    ids = made.members["account_id"].to_list()
    labels = made.values["value"].to_list()
    row = np.repeat(np.arange(len(ids)), made.arrays["degree"])
    drawn = {(ids[r], labels[c]) for r, c in zip(row, made.arrays["column"], strict=True)}
    with open_store(path) as store:
        expected = store.sql(
            "SELECT m.account_id, e.value FROM findings.member m JOIN findings.incidence i"
            " USING (account_key) JOIN findings.evidence e USING (value_key)"
        )
        hours = store.sql(
            'SELECT DISTINCT account_id, epoch("at")::BIGINT // 3600 FROM events UNION'
            " SELECT account_id, epoch(first_seen)::BIGINT // 3600 FROM signals"
            " WHERE kind = 'prompt' AND first_seen = last_seen"
        )
        assert expected is not None
        assert hours is not None
        assert drawn == set(expected.fetchall())
        acts = set(hours.fetchall())
    start, end = made.head["start"], made.head["end"]
    if size == 60:
        who = np.repeat(np.arange(len(ids)), made.arrays["acts"])
        at = start + made.arrays["act"] / 65534 * (end - start)
        found = {(ids[w], int(t // 60)) for w, t in zip(who, at.tolist(), strict=True)}
        assert len(found) >= 0.9 * len(acts)
        minutes = {(w, m // 60 + d) for w, m in found for d in (-1, 0, 1)}
        assert acts <= minutes
    else:
        assert made.head["step"] == 3600
        bits = np.unpackbits(made.arrays["bitmap"].reshape(len(ids), -1), axis=1)
        y, x = np.nonzero(bits)
        found = {(ids[r], start // 3600 + int(h)) for r, h in zip(y, x.tolist(), strict=True)}
        assert acts <= found
    assert start <= START.timestamp() + 86_400 * (DAYS + 1)


def test_rows_stand_by_role_and_columns_by_kind(tmp_path: Path) -> None:
    (cluster,) = clusters_of(make_store(tmp_path, (300,)))
    made = picture(cluster)
    rank = {"core": 0, "member": 1, "fringe": 2}
    roles = [rank[r] for r in made.members["role"].to_list()]
    assert roles == sorted(roles)
    assert made.kinds == ["payment", "device", "ip", "prompt"]
    kinds = [made.kinds.index(k) for k in made.values["kind"].to_list()]
    assert kinds == sorted(kinds)
    assert sum(k["n"] for k in made.head["kinds"]) == made.values.height


def test_beyond_its_limits_the_picture_keeps_the_best_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evidence, "MOST_COLUMNS", 6)
    monkeypatch.setattr(evidence, "MOST_ROWS", 50)
    (cluster,) = clusters_of(make_store(tmp_path, (300,)))
    made = picture(cluster)
    assert (made.head["n"], made.head["of"]) == (50, 300)
    assert (made.head["m"], made.head["mof"]) == (6, cluster.values.height)
    assert set(made.members["role"].to_list()) == {"core"}
    most = cluster.values["n_in"].sort(descending=True)[:6].to_list()
    assert sorted(made.values["n_in"].to_list(), reverse=True) == most
    assert sum(k["n"] for k in made.head["kinds"]) == 6
    assert all(k["n"] for k in made.head["kinds"])
    assert made.arrays["column"].max() < 6


def test_a_stamp_keeps_the_shape_of_its_picture(tmp_path: Path) -> None:
    for cluster in clusters_of(make_store(tmp_path, (300, 2, 1))):
        made = picture(cluster)
        head, cells = thumbnail(made)
        assert cells.dtype == np.uint8
        assert cells.size == head["h"] * (head["w"] + head["t"])
        assert head["h"] == min(64, made.members.height)
        assert bool(cells.any())


def test_the_waterfall_adds_up_and_escapes() -> None:
    parts = [
        {"name": "prior", "value": 0.01, "bits": -6.0},
        {"name": "payment <b>values</b> shared", "value": 14.2, "bits": 9.5},
        {"name": "rests on one payment value", "value": 0.4, "bits": -1.5},
        {"name": "<a href='x'>size</a>", "value": 3.0, "bits": 0.5},
    ]
    made = figures.waterfall(parts, 0.92)
    bars = made["data"][0]
    assert list(bars["x"]) == [-6.0, 8.0, 0.5, 2.5]
    assert list(bars["base"]) == [0.0, -6.0, 2.0, 0.0]
    assert made["layout"]["yaxis"]["ticktext"] == ["prior", "payment", "other", "sum: score 0.92"]
    assert bars["marker"]["color"][1] == "--f-payment"
    assert list(bars["text"]) == ["−6.0", "+8.0", "+0.5", "+2.5"]
    hover = bars["customdata"]
    assert hover[1].count("bits") == 2
    assert "<" not in "".join(hover).replace("<br>", "")


def test_every_part_of_the_score_has_a_family() -> None:
    from coterie.graphs.judge import LABELS

    found = {part: part_family(label) for part, label in LABELS.items()}
    for family in ("payment", "device", "prompt", "identity"):
        assert found[family] == family
    assert {found[n] for n in ("synchrony", "lift", "rhythm", "burst")} == {"timing"}
    assert part_family("rests on one address") == "network"  # in the findings of older sweeps
    assert set(found.values()) <= {*evidence.FAMILIES, "other"}


def test_figures_name_colours_of_the_style_sheet_only() -> None:
    frame = pl.DataFrame(
        {
            "cluster_id": ["a", "b", "c"],
            "size": [5, 50, 500],
            "score": [0.2, 0.6, None],
            "tier": ["lead", "linked", "coordinated"],
            "class": ["operator", None, "<b>"],
        }
    )
    made = figures.scatter(frame)
    text = json.dumps(made)
    assert not re.search(r"#[0-9a-f]{6}", text)
    used = set(re.findall(r'"--([a-z-]+)"', text))
    assert used
    assert all(f"--{name}:" in asset("report.css") for name in used)
    assert "<b>" not in text
    assert "scattergl" not in text


def test_text_that_looks_like_a_colour_stays_text() -> None:
    parts = [{"name": name, "value": None, "bits": 1.0} for name in ("#000001", "#0000zz", "--ink")]
    hover = figures.waterfall(parts, None)["data"][0]["customdata"][0]
    assert [line.split(":")[0] for line in hover.split("<br>")] == ["#000001", "#0000zz", "--ink"]


def test_crowded_marks_are_merged_and_none_is_lost() -> None:
    rng = np.random.default_rng(2)
    n = 5_000
    frame = pl.DataFrame(
        {
            "cluster_id": [f"c-{i}" for i in range(n)],
            "size": rng.integers(5, 60, n),
            "score": rng.random(n),
            "tier": rng.choice(["lead", "linked", "coordinated"], n, p=[0.6, 0.35, 0.05]),
            "class": ["operator"] * n,
        }
    )
    made = figures.scatter(frame)
    by_name = {trace["name"]: trace for trace in made["data"]}
    assert len(by_name["coordinated"]["text"]) == frame["tier"].to_list().count("coordinated")
    for tier in ("lead", "linked"):
        stands_for = [re.match(r"([\d,]+) clusters near", t) for t in by_name[tier]["text"]]
        total = sum(int(m[1].replace(",", "")) if m else 1 for m in stands_for)
        assert total == frame["tier"].to_list().count(tier)


def test_combinations_count_every_account_once() -> None:
    masks = np.array([0b01, 0b11, 0b11, 0b10, 0b00], dtype=np.int64)
    made, rows = figures.combinations(["ip", "device"], ["network", "device"], masks)
    assert rows == [("ip + device", 2), ("nothing shared", 1), ("ip", 1), ("device", 1)]
    assert made["layout"]["yaxis"]["ticktext"] == ["ip (3)", "device (3)"]


def test_the_policy_allows_hashes_only() -> None:
    for plotly in (True, False):
        said = policy(["a();"], ["b{}"], plotly=plotly)
        assert "unsafe" not in said
        assert "default-src 'none'" in said
        assert "base-uri 'none'" in said
        assert ("require-trusted-types-for" in said) is not plotly
        assert ("strict-dynamic" in said) is plotly


def test_plotly_py_and_the_vendored_bundle_belong_together() -> None:
    import plotly.offline

    bundled = re.search(r"plotly\.js v(\d+)\.", plotly.offline.get_plotlyjs()[:400])
    ours = re.search(r"v(\d+)\.", asset("vendor/plotly-cartesian.min.js")[:200])
    assert bundled
    assert ours
    assert bundled[1] == ours[1]


def test_the_folder_is_private_and_refuses_what_is_no_report(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with replacing(out) as folder:
        folder.write("data/x.csv", "1")
        folder.manifest(sweep_id="s")
    assert out.stat().st_mode & 0o777 == 0o700
    assert (out / "data").stat().st_mode & 0o777 == 0o700
    assert (out / "data" / "x.csv").stat().st_mode & 0o777 == 0o600
    home = tmp_path / "home"
    home.mkdir()
    (home / "letter.txt").write_text("dear")
    with pytest.raises(UsageError, match="holds other files"), replacing(home):
        pass
    assert (home / "letter.txt").read_text() == "dear"
    assert names(tmp_path) == ["home", "out"]


def test_an_interrupted_run_leaves_the_last_report(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with replacing(out) as folder:
        folder.write("index.html", "first")
        folder.manifest(sweep_id="s")

    def interrupted() -> None:
        with replacing(out) as folder:
            folder.write("index.html", "second")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert (out / "index.html").read_text() == "first"
    assert names(tmp_path) == ["out"]


def test_what_killed_runs_left_is_mended(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with replacing(out) as folder:
        folder.write("index.html", "first")
        folder.manifest(sweep_id="s")
    out.rename(tmp_path / ".out.old-abcdef12")
    (tmp_path / ".out.new-abcdef_3").mkdir()
    with pytest.raises(KeyboardInterrupt), replacing(out):
        raise KeyboardInterrupt
    assert (out / "index.html").read_text() == "first"
    assert names(tmp_path) == ["out"]


def test_card_numbers_are_never_whole() -> None:
    frame = pl.DataFrame(
        {
            "kind": ["payment", "payment", "bank_account", "device", "ip"],
            "display": [
                "4111 1111 1111 1234",
                "fp_9a1",
                "370012345671234",
                "4111111111111234",
                "::1",
            ],
            "why": [""] * 5,
        }
    )
    shown = Names().values(frame)["display"].to_list()
    assert shown == ["•••• 1234", "fp_9a1", "•••• 1234", "4111111111111234", "::1"]


def test_a_redacted_report_names_nobody(tmp_path: Path) -> None:
    path = make_store(tmp_path, (40,))
    (open_cluster,) = clusters_of(path)
    (closed,) = clusters_of(path, redact=True)
    accounts = closed.members["account_id"].to_list()
    assert len(set(accounts)) == 40
    assert all(re.fullmatch(r"account-[0-9a-f]{12}", name) for name in accounts)
    secret = set(open_cluster.values["value"].to_list())
    assert not secret & set(closed.values["display"].to_list())
    assert all(
        re.fullmatch(r"[a-z]+-[0-9a-f]{12}", text) for text in closed.values["display"].to_list()
    )
    assert closed.examples == {}
