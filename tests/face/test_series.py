"""Sweeps as a series: what changed between two, the life of a cluster, and who follows whom."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.support.rings import START, put_facts, ring

from coterie.errors import UnknownName, UsageError
from coterie.graphs.track import people_before
from coterie.workspace import open_workspace
from coterie.workspace.review import Said

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from coterie.workspace import Workspace

_BAN = START + dt.timedelta(days=30)


def _later(rows: list[dict[str, Any]], prefix: str, days: float) -> list[dict[str, Any]]:
    """The ring's rows as those of other accounts on the same values, some days later."""
    shift = dt.timedelta(days=days)
    times = ("first_seen", "last_seen", "created_at")
    return [
        {**r, "account_id": r["account_id"].replace("ring", prefix),
         **{t: r[t] + shift for t in times if t in r}}
        for r in rows if r["account_id"].startswith("ring")
    ]  # fmt: skip


@pytest.fixture(scope="module")
def series(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A ring grows, is banned, and goes on with new accounts on its cards and devices."""
    root = tmp_path_factory.mktemp("series")
    path = root / "coterie.duckdb"
    facts = ring(12)
    few = [r for r in facts["signal"] if r["account_id"] < "ring-008" or r["account_id"] > "s"]
    more = [r for r in facts["signal"] if "ring-008" <= r["account_id"] < "s"]
    put_facts(path, {"account": facts["account"], "signal": few})
    ws = open_workspace(root)
    ws.sweep(as_of="2026-05-25")
    put_facts(path, {"signal": more}, "src-b")
    ws.sweep(as_of="2026-05-26")
    banned = [
        {**r, "status": "banned", "banned_at": _BAN}
        for r in facts["account"]
        if r["account_id"].startswith("ring")
    ]
    heirs = {t: _later(facts[t], "heir", 24) for t in ("account", "signal")}
    put_facts(path, {"account": banned + heirs["account"], "signal": heirs["signal"]}, "src-c")
    ws.sweep(as_of="2026-06-12")
    return ws


def _names(ws: Workspace) -> list[str]:
    return [str(name) for name in ws.sweeps().sort("as_of")["sweep_id"]]


def _ring(ws: Workspace) -> str:
    frame = ws.query(
        "SELECT DISTINCT cluster_id FROM members WHERE account_id LIKE 'ring%' OR account_id LIKE 'heir%'"
    )
    (name,) = frame["cluster_id"].to_list()
    return str(name)


def test_one_name_from_birth_over_growth_to_replacement(series: Workspace) -> None:
    name = _ring(series)
    assert not name.startswith(("ring", "heir"))
    life = series.history(name)
    assert [row["event"] for row in life.rows] == ["birth", "grow", "replaced"]
    assert life.n_sweeps == 3
    assert [row["size"] for row in life.rows] == [8, 12, 24]
    assert [row["n_joined"] for row in life.rows] == [8, 4, 12]
    assert "told of by 3 of 3 sweeps" in str(life)
    # Up to an earlier sweep, its life was shorter.
    assert len(series.history(name, sweep_id=_names(series)[1]).rows) == 2


def test_a_difference_names_who_joined_and_what_is_shared(series: Workspace) -> None:
    found = series.diff()
    names = _names(series)
    assert (found.a["sweep_id"], found.b["sweep_id"]) == (names[1], names[2])
    (row,) = [r for r in found.clusters if r["cluster_id"] == _ring(series)]
    assert (row["event"], row["size_before"], row["size_now"]) == ("replaced", 12, 24)
    assert (row["n_joined"], row["n_left"]) == (12, 0)
    assert len(row["joined"]) == 5
    assert all(r["account_id"].startswith("heir") for r in row["joined"])
    assert "joined 5 of 12: heir-" in str(found)
    assert found.n_successors == 12
    assert "goes on for ring-" in str(found)
    assert found.n_same + found.n_changed == sum(found.events.values())


def test_a_difference_over_several_sweeps_tells_what_lies_between(series: Workspace) -> None:
    names = _names(series)
    found = series.diff(names[0], names[2], limit=1, each=2)
    assert found.n_between == 1
    assert "1 sweep between" in str(found)
    (row,) = found.clusters
    assert (row["event"], row["n_joined"], len(row["joined"])) == ("replaced", 16, 2)
    back = series.diff(names[2], names[0], limit=100)
    (other,) = [r for r in back.clusters if r["cluster_id"] == row["cluster_id"]]
    assert (other["n_joined"], other["n_left"]) == (0, 16)


def test_show_tells_of_successors_from_either_side(series: Workspace) -> None:
    sweep = series.newest()
    for name in (_ring(series), "heir-000", "ring-000"):
        shown = sweep.show(name, limit=2)
        assert shown.n_successors >= len(shown.successors) > 0
        assert "Likely successors of banned accounts" in str(shown)
        assert "goes on for ring-" in shown._repr_html_()
    assert "successors" in sweep.show("user-0001").to_dict()
    assert "Likely successors" not in str(sweep.show("user-0001"))


def test_the_report_lists_successors_unless_names_are_left_out(
    series: Workspace, tmp_path: Path
) -> None:
    series.report(tmp_path / "open")
    series.report(tmp_path / "shut", redact=True)
    for folder, said in (("open", True), ("shut", False)):
        pages = [f.read_text(encoding="utf-8") for f in (tmp_path / folder).rglob("*.html")]
        assert any("signed up after a ban" in page for page in pages) is said
        assert (
            any("Likely going on for banned accounts: 12 of 12" in page for page in pages) is said
        )


def test_what_cannot_be_compared_is_refused(series: Workspace) -> None:
    names = _names(series)
    with pytest.raises(UsageError, match="no sweep before it"):
        series.diff(b=names[0])
    with pytest.raises(UsageError, match="name two"):
        series.diff(names[1], names[1])
    with pytest.raises(UnknownName, match="mean"):
        series.diff(names[0][:-1] + "?")
    with pytest.raises(UnknownName, match="knows a cluster"):
        series.history("c-nobody")


def test_commands_give_the_same_as_the_library(series: Workspace, run: Callable[..., Any]) -> None:
    at = str(series.path)
    plain = run("diff", "-w", at)
    assert plain.code == 0
    assert plain.out.rstrip("\n") == str(series.diff())
    told = json.loads(run("diff", "-w", at, "--json", "--limit", "1").out)
    assert (told["command"], len(told["clusters"])) == ("diff", 1)
    assert told["n_changed"] >= 1
    name = _ring(series)
    assert run("history", name, "-w", at).out.rstrip("\n") == str(series.history(name))
    life = json.loads(run("history", name, "-w", at, "--json").out)
    assert [row["event"] for row in life["rows"]] == ["birth", "grow", "replaced"]
    assert run("history", "c-nobody", "-w", at).code == 2
    assert run("diff", "s-none", "-w", at).code == 2


def test_a_sweep_run_again_says_the_same_once(series: Workspace) -> None:
    folder = series.path / "coterie.duckdb.d" / "findings"
    log = "SELECT * FROM identities ORDER BY as_of, cluster_id, event, other_cluster_id"

    def hashes() -> dict[str, str]:
        return {
            str(f.relative_to(folder)): hashlib.sha256(f.read_bytes()).hexdigest()
            for f in sorted(folder.rglob("*.parquet"))
        }

    before, said = hashes(), series.query(log)
    names = _names(series)
    for day in ("2026-05-26", "2026-06-12", "2026-05-26"):
        series.sweep(as_of=day)
    # The sweep of the second day has other sources by now: it is another one beside the first.
    kept = {f: h for f, h in hashes().items() if f.split("/")[0] in names}
    assert kept == before
    again = series.query(log)
    assert again.filter(again["sweep_id"].is_in(names)).equals(said)
    assert (
        again.height == again.unique(["sweep_id", "cluster_id", "event", "other_cluster_id"]).height
    )


def test_a_confirmed_part_keeps_the_name_and_deciding_renames_no_sweep(tmp_path: Path) -> None:
    facts = ring(12)
    put_facts(tmp_path / "coterie.duckdb", facts)
    ws = open_workspace(tmp_path)
    first = ws.sweep(as_of="2026-05-25")
    name = _ring(ws)
    ws.decide(Said("confirm", "ann", cluster_id=name))
    assert ws.decisions()["status"].to_list() == ["in force"]
    assert ws.sweep(as_of="2026-05-25").sweep_id == first.sweep_id
    assert _ring(ws) == name
    # The ring meets a larger crowd on its cards: by number the name would be the crowd's.
    crowd = _later(ring(36, prefix="ring")["signal"], "crowd", 0)
    members = [r for r in facts["signal"] if r["account_id"].startswith("ring")]
    put_facts(tmp_path / "coterie.duckdb", {"signal": crowd}, "src-b")
    second = ws.sweep(as_of="2026-05-26")
    with ws.store() as store:
        anchors, held = people_before(store, START + dt.timedelta(days=25))
    assert set(anchors["account_id"]) == {r["account_id"] for r in members}
    assert held.is_empty()
    where = second.members().filter(second.members()["account_id"].str.starts_with("ring"))
    assert where["cluster_id"].unique().to_list() == [name]
