"""A whole report, as files."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING

import polars as pl
import pytest
from tests.support.findings import SWEEP, make_store

from coterie.errors import UnknownName
from coterie.queries.store import open_store
from coterie.reports.build import build_case, build_report

if TYPE_CHECKING:
    from pathlib import Path

SIZES = (120, 40, 12, 6, 5, 2, 1)


@pytest.fixture(scope="module")
def store_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_store(tmp_path_factory.mktemp("store"), SIZES)


def files(folder: Path) -> dict[str, bytes]:
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()
    }


def test_equal_input_gives_equal_bytes(store_path: Path, tmp_path: Path) -> None:
    with open_store(store_path) as store:
        build_report(store, None, tmp_path / "one")
        build_report(store, SWEEP, tmp_path / "two")
    assert files(tmp_path / "one") == files(tmp_path / "two")


def test_the_manifest_knows_every_file(store_path: Path, tmp_path: Path) -> None:
    with open_store(store_path) as store:
        summary = build_report(store, None, tmp_path / "out")
    found = files(tmp_path / "out")
    manifest = json.loads(found.pop("manifest.json"))
    assert manifest["sweep_id"] == SWEEP == summary.sweep_id
    assert manifest["window"]["start"].startswith("2026-04-29")
    assert manifest["settings"] == {"window": "28d", "min_size": 5}
    assert manifest["files"] == {
        name: {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
        for name, data in sorted(found.items())
    }
    assert summary.n_clusters == summary.n_pages == len(SIZES)
    assert summary.bytes == sum(map(len, found.values())) + len(
        (tmp_path / "out" / "manifest.json").read_bytes()
    )


def test_the_data_are_the_views_of_the_store(store_path: Path, tmp_path: Path) -> None:
    with open_store(store_path) as store:
        build_report(store, None, tmp_path / "out")
        expected = store.sql("SELECT account_id, role FROM current_members ORDER BY cluster_id, 1")
        assert expected is not None
        members = expected.pl()
    data = tmp_path / "out" / "data"
    raw = pl.read_parquet(data / "members.parquet")
    assert raw.select("account_id", "role").equals(members)
    people = pl.read_csv(data / "members.csv")
    assert people["account_id"].to_list() == members["account_id"].to_list()
    values = pl.read_parquet(data / "shared_values.parquet")
    assert values.filter(pl.col("treatment") != "used").height == 3
    names = ("clusters", "members", "evidence", "shared_values")
    assert sorted(p.name for p in data.iterdir()) == sorted(
        ["clusters.json", *(f"{name}.{form}" for name in names for form in ("csv", "parquet"))]
    )
    whole = json.loads((data / "clusters.json").read_text("utf-8"))
    assert whole["n"] == len(SIZES)
    assert whole["clusters"][0]["waterfall"][0]["name"] == "prior"
    assert whole["clusters"][0]["first_seen"].endswith("Z")


def test_a_report_takes_the_place_of_the_last(store_path: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with open_store(store_path) as store:
        build_report(store, None, out)
        steps: list[tuple[int, int, str]] = []
        build_report(store, None, out, progress=lambda *step: steps.append(step), max_pages=2)
    assert len(list((out / "clusters").iterdir())) == 2
    assert "2 of 7 clusters have a page" in (out / "index.html").read_text("utf-8")
    assert steps[-1] == (3, 3, "done")
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_pages_go_first_to_what_is_more_than_a_lead(tmp_path: Path) -> None:
    path = make_store(tmp_path, (12,) * 12)
    with open_store(path) as store:
        found = store.sql(
            "SELECT cluster_id FROM clusters WHERE tier <> 'lead' AND sweep_id = $s", s=SWEEP
        )
        assert found is not None
        better = {f"{name}.html" for (name,) in found.fetchall()}
        build_report(store, None, tmp_path / "out", max_pages=len(better))
    assert {p.name for p in (tmp_path / "out" / "clusters").iterdir()} == better


def test_a_redacted_report_holds_no_name(store_path: Path, tmp_path: Path) -> None:
    with open_store(store_path) as store:
        build_report(store, None, tmp_path / "out", redact=True)
        names = store.sql(
            "SELECT account_id FROM current_members UNION ALL SELECT value FROM current_evidence"
        )
        assert names is not None
        secrets = [name for (name,) in names.fetchall()]
    found = files(tmp_path / "out")
    assert sorted(n for n in found if n.startswith("data/")) == [
        "data/clusters.csv",
        "data/clusters.json",
        "data/clusters.parquet",
    ]
    page = found["clusters/c-00003.html"].decode()
    assert "Redacted" in page
    assert not [s for s in secrets if s in page]


def test_unknown_sweeps_and_clusters_are_named(store_path: Path, tmp_path: Path) -> None:
    with open_store(store_path) as store:
        with pytest.raises(UnknownName, match=r'no sweep "s-20260527-a1b2".*Did you mean'):
            build_report(store, "s-20260527-a1b2", tmp_path / "out")
        with pytest.raises(UnknownName, match=r'no cluster "c-0001".*Did you mean'):
            build_case(store, "c-0001", tmp_path / "case.html")
    with open_store(tmp_path / "empty.duckdb") as store, pytest.raises(UnknownName, match="run"):
        build_report(store, None, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_case_is_one_private_file(store_path: Path, tmp_path: Path) -> None:
    with open_store(store_path) as store:
        summary = build_case(store, "c-00001", tmp_path / "case.html")
    data = (tmp_path / "case.html").read_bytes()
    assert summary.bytes == len(data) < 3_000_000
    assert (tmp_path / "case.html").stat().st_mode & 0o777 == 0o600
    assert not re.findall(rb'(?:src|href)="(?!#)[^"]+"', data[-400_000:])


def test_the_words_of_a_cluster(store_path: Path, tmp_path: Path) -> None:
    with open_store(store_path) as store:
        build_report(store, None, tmp_path / "out")
    page = (tmp_path / "out" / "clusters" / "c-00001.html").read_text("utf-8")
    said = re.search(r"<p>(120 accounts\. [^<]+)</p>", page)
    assert said
    assert re.search(r"\d+ share a payment method", said[1])
    assert said[1].endswith("check these by hand before any enforcement.")
