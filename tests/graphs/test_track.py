"""Names over sweeps, against a plain reading of the rule."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coterie.graphs.track import track
from coterie.queries.store import Store, connect

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Groups = Mapping[str, frozenset[int]]

SWEEP = "s-20260601-abcdef12"


@pytest.fixture(scope="module")
def work() -> Iterator[Store]:
    with Store(Path("none"), connect(threads=1)) as store:
        yield store


def _rows(groups: Groups) -> pl.DataFrame:
    rows = [(name, f"a{i}") for name, group in groups.items() for i in group]
    return pl.DataFrame(
        rows, schema={"cluster_id": pl.String, "account_id": pl.String}, orient="row"
    )


def _tracked(
    work: Store, folder: Path, before: Groups, now: Groups
) -> tuple[dict[str, frozenset[str]], dict[tuple[str, str], tuple[int, int]]]:
    """(name -> members) and ((name, event) -> (joined, left)) after tracking."""
    file = folder / "member.parquet"
    _rows(before).write_parquet(file)
    frame = _rows(now)
    names = pl.DataFrame({"cluster_id": list(now)}, schema={"cluster_id": pl.String})
    tables = {
        "member": frame,
        "cluster": names.with_columns(change=pl.lit(None, pl.String)),
        "link": names,
        "evidence": names,
    }
    for table, rows in tables.items():
        work.con.register("given", rows)
        work.con.sql(f"CREATE OR REPLACE TABLE finding_{table} AS FROM given")
        work.con.unregister("given")
    counts = track(work, SWEEP, file)
    members = work.con.sql("FROM finding_member").pl()
    changes = work.con.sql("FROM finding_change").pl().to_dicts()
    assert sum(counts.values()) == len(changes)
    for table in ("cluster", "link", "evidence"):
        ids = work.con.sql(f"SELECT cluster_id FROM finding_{table}").pl()["cluster_id"]
        assert sorted(ids) == sorted(members["cluster_id"].unique())
    groups = {
        name[0]: frozenset(part["account_id"]) for name, part in members.group_by("cluster_id")
    }
    events = {(c["cluster_id"], c["event"]): (c["n_joined"], c["n_left"]) for c in changes}
    return {str(name): group for name, group in groups.items()}, events


@st.composite
def _partitions(draw: st.DrawFn) -> tuple[Groups, Groups]:
    def groups(names: list[str]) -> Groups:
        labels = draw(st.lists(st.integers(0, 5), min_size=24, max_size=24))
        found: dict[str, set[int]] = {}
        for account, label in enumerate(labels):
            if label < 5:
                found.setdefault(names[label], set()).add(account)
        return {name: frozenset(group) for name, group in found.items()}

    # Drafts may carry names that meant something else before.
    return groups(["p0", "p1", "p2", "p3", "p4"]), groups(["p1", "n1", "p0", "n3", "n4"])


@settings(max_examples=40)
@given(_partitions())
def test_names_follow_the_best_overlap(
    work: Store, tmp_path_factory: pytest.TempPathFactory, parts: tuple[Groups, Groups]
) -> None:
    before, now = parts
    groups, events = _tracked(work, tmp_path_factory.mktemp("t"), before, now)
    assert sorted(map(sorted, groups.values())) == sorted(
        sorted(f"a{i}" for i in group) for group in now.values()
    )
    text = {name: frozenset(f"a{i}" for i in group) for name, group in before.items()}
    for name, members in groups.items():
        overlaps = {p: len(members & g) / len(members | g) for p, g in text.items()}
        event = next(e for n, e in events if n == name and e != "death")
        if event == "birth":
            # Nothing it overlaps by half is free; its name was nobody's.
            assert name not in text
            for old, share in overlaps.items():
                assert share < 0.5 or old in groups
            assert events[name, event] == (len(members), 0)
        else:
            assert overlaps[name] >= 0.5
            was = text[name]
            assert events[name, event] == (len(members - was), len(was - members))
            ratio = len(members) / len(was)
            assert event == ("grow" if ratio > 1.1 else "shrink" if ratio < 0.9 else "continue")
    dead = {name for name, event in events if event == "death"}
    assert dead == set(text) - set(groups)


def test_an_exact_half_gives_the_name_once(work: Store, tmp_path: Path) -> None:
    before = {"old": frozenset(range(8))}
    now = {"b": frozenset(range(4)), "a": frozenset(range(4, 8))}
    groups, events = _tracked(work, tmp_path, before, now)
    assert groups["old"] == {f"a{i}" for i in range(4, 8)}
    assert ("old", "shrink") in events
    assert ("b", "birth") in events


def test_a_newborn_never_takes_a_name_that_meant_something_else(
    work: Store, tmp_path: Path
) -> None:
    before = {"x": frozenset(range(6))}
    now = {"x": frozenset(range(10, 16)), "y": frozenset(range(6))}
    groups, events = _tracked(work, tmp_path, before, now)
    assert groups["x"] == {f"a{i}" for i in range(6)}
    assert groups["x-abcdef12"] == {f"a{i}" for i in range(10, 16)}
    assert ("x", "continue") in events


def test_without_a_sweep_before_everything_is_born(work: Store, tmp_path: Path) -> None:
    _tracked(work, tmp_path, {}, {"x": frozenset(range(5))})
    assert track(work, SWEEP, None) == {"birth": 1}
