"""Who may decide what, alone or with another person, and what a batch may say."""

from __future__ import annotations

import datetime as dt
import json
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.deciding import NOW, Desk, fill, memory, platform
from tests.support.rings import put_facts, ring

from coterie.config import Config, ReviewOptions
from coterie.errors import UnknownName, UsageError
from coterie.queries.run import run as run_sql
from coterie.reports.exports.enforcement import work_out
from coterie.workspace import open_workspace
from coterie.workspace.review import Said, record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.face.conftest import Ended

    from coterie.queries.store import Store

RING = dict.fromkeys((f"a{i}" for i in range(6)), "core")
WIDE = dict.fromkeys((f"w{i}" for i in range(12)), "core")


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    with memory() as opened:
        yield opened


def _desk(store: Store, *sweeps: dict[str, dict[str, str]], **options: Any) -> Desk:
    fill(store, sweeps or ({"c-1": RING, "c-2": WIDE},))
    return Desk(store, Config(Path(), review=ReviewOptions(**options)))


# ── appeals ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("outcome", ["overturn", "uphold"])
def test_there_is_nothing_to_appeal_against_where_nobody_decided(
    store: Store, outcome: str
) -> None:
    ws = _desk(store)
    with pytest.raises(UsageError, match=r"nothing to .* account a0, nobody decided on it"):
        ws.decide(Said(outcome, "zoe", account_id="a0"))
    (entry,) = ws.decide(Said("exclude", "ann", account_id="a0"))
    with pytest.raises(UsageError, match=f"it is decided exclude .{entry['decision_id']}"):
        ws.decide(Said(outcome, "zoe", account_id="a0"))
    ws.decide(Said("benign", "ann", cluster_id="c-1"))
    with pytest.raises(UsageError, match="it is decided benign"):
        ws.decide(Said(outcome, "zoe", account_id="a1"))
    assert len(ws.decisions()) == 2


def test_a_decision_that_waits_is_not_yet_one_to_appeal_against(store: Store) -> None:
    ws = _desk(store, second_above=2)
    (entry,) = ws.decide(Said("confirm", "ann", cluster_id="c-1"))
    with pytest.raises(UsageError, match="nothing to overturn"):
        ws.decide(Said("overturn", "zoe", account_id="a0"))
    ws.decide(Said("approve", "bob", ref=entry["decision_id"]))
    for who in ("Ann", "bob", "\uff42ob"):
        with pytest.raises(UsageError, match=r"took part .* somebody else must rule"):
            ws.decide(Said("overturn", who, account_id="a0"))
    ws.decide(Said("overturn", "zoe", account_id="a0"))
    with pytest.raises(UsageError, match="has won its appeal already"):
        ws.decide(Said("uphold", "zoe", account_id="a0"))
    own = _desk(store, appeal_by_other=False)
    own.decide(Said("confirm", "ann", cluster_id="c-1"))
    own.decide(Said("uphold", "ann", account_id="a0"))


def test_what_was_handed_over_can_be_appealed_after_its_decision_is_gone(store: Store) -> None:
    ws = _desk(store)
    (entry,) = ws.decide(Said("confirm", "ann", cluster_id="c-1"))
    found = work_out(store, ws.config, NOW, b"a key of this test")
    run_sql(store, "export/add_rows", export_id=found.export_id)
    ws.decide(Said("withdraw", "bob", ref=entry["decision_id"]))
    with pytest.raises(UsageError, match="took part"):
        ws.decide(Said("overturn", "ann", account_id="a0"))
    ws.decide(Said("overturn", "zoe", account_id="a0"))


# ── slices ───────────────────────────────────────────────────────────────────────────────────────


def test_a_cluster_in_slices_is_as_large_as_at_once(store: Store) -> None:
    ws = _desk(store, second_above=5)
    for start in (0, 3):
        slice_ = [Said("confirm", "ann", account_id=f"w{i}") for i in range(start, start + 3)]
        entries = ws.decide(*slice_)
        alone = [] if start == 0 else [
            "6 accounts of c-2 with those that the same person decided on alone before, limit 5"
        ]  # fmt: skip
        assert [e["why"] for e in entries] == [alone] * 3
    # Under a name that reads the same too; another person counts for herself.
    assert ws.decide(Said("benign", " ANN", account_id="w7"))[0]["why"] == []
    assert ws.decide(Said("benign", " ANN", account_id="w8"))[0]["why"] == []
    assert ws.decide(Said("confirm", " ANN", account_id="w9"))[0]["needs_second"]
    assert not ws.decide(Said("confirm", "bob", account_id="w9"))[0]["needs_second"]
    # The same accounts again are no more accounts, and another cluster is another one.
    assert not ws.decide(Said("confirm", "ann", account_id="w0"))[0]["needs_second"]
    assert not ws.decide(*(Said("confirm", "ann", account_id=f"a{i}") for i in range(5)))[0][
        "needs_second"
    ]


def test_slices_count_together_when_the_cluster_has_another_name(store: Store) -> None:
    ws = _desk(store, {"c-2": WIDE}, {"c-9": WIDE}, second_above=5)
    ws.decide(*(Said("confirm", "ann", account_id=f"w{i}") for i in range(5)), sweep_id="s-0")
    (entry,) = ws.decide(Said("confirm", "ann", account_id="w5"), sweep_id="s-1")
    assert entry["needs_second"]


def test_many_small_clusters_in_a_day_need_a_second_person(store: Store) -> None:
    found = {f"c-{i}": {f"x{i}-{j}": "core" for j in range(4)} for i in range(5)}
    ws = _desk(store, found, second_above_day=10)
    needs = [ws.decide(Said("confirm", "ann", cluster_id=c))[0]["why"] for c in found]
    over = "accounts that the same person decides on alone in a day, limit 10"
    assert needs == [[], [], [f"12 {over}"], [f"12 {over}"], [f"12 {over}"]]
    later = NOW + dt.timedelta(days=1, seconds=1)
    assert not record(store, ws.config, [Said("confirm", "ann", cluster_id="c-4")], later)[0]["why"]


@settings(max_examples=20)
@given(
    cuts=st.lists(st.integers(1, 11), max_size=5),
    kinds=st.lists(st.sampled_from(["confirm", "benign"]), min_size=7, max_size=7),
)
def test_nobody_decides_alone_on_more_of_a_cluster_than_the_limit(
    store: Store, cuts: list[int], kinds: list[str]
) -> None:
    ws = _desk(store, second_above=5)
    bounds = [0, *sorted(set(cuts)), 12]
    for number, (start, end) in enumerate(pairwise(bounds)):
        ws.decide(*(Said(kinds[number], "ann", account_id=f"w{i}") for i in range(start, end)))
    assert ws.query("FROM account_decisions").height <= 5


def test_watching_takes_no_other_action(store: Store) -> None:
    """One person is enough to watch: more than watching must not come of it."""
    ws = _desk(store)
    for action in ("suspend", "terminate", "step_up", "rate_limit"):
        with pytest.raises(UsageError, match="takes no action but watch or none"):
            ws.decide(Said("watch", "ann", cluster_id="c-2", action=action))
    (entry,) = ws.decide(Said("watch", "ann", cluster_id="c-2", action="none"))
    assert entry["action"] == "none"


# ── batches and accounts that no sweep saw ───────────────────────────────────────────────────────


def test_a_batch_says_one_thing_of_each_target(tmp_path: Path, run: Callable[..., Ended]) -> None:
    ws = platform(tmp_path, [{"c-1": RING}])
    at = ("--workspace", str(tmp_path), "--reviewer", "ann")
    file = tmp_path / "batch.csv"
    file.write_text("id,decision\nc-1,confirm\na1,exclude\na1,confirm\nc-1,confirm\n", "utf-8")
    ended = run("review", "--from", str(file), *at)
    assert ended.code == 3
    assert "2 of 4 decisions are wrong, nothing was written" in ended.err
    assert "row 3: a1 was decided on already in batch.csv, row 2 (exclude)" in ended.err
    assert "row 4: c-1 was decided on already in batch.csv, row 1 (confirm)" in ended.err
    assert ws.decisions().is_empty()
    assert run("review", "c-1", "confirm", "--exclude", "a1", "--exclude", "a1", *at).code == 2
    file.write_text("id,decision\nc-1,confirm\na1,exclude\n", "utf-8")
    assert run("review", "--from", str(file), *at).code == 0


def test_an_account_that_calls_itself_like_a_cluster_does_not_stand_for_it(
    tmp_path: Path, run: Callable[..., Ended]
) -> None:
    ws = platform(tmp_path, [{"c-1": {**RING, "c-2": "core"}, "c-2": {"b0": "core", "b1": "core"}}])
    file = tmp_path / "batch.csv"
    file.write_text("id,decision\nc-2,confirm\n", "utf-8")
    at = ("--workspace", str(tmp_path), "--reviewer", "ann")
    assert run("review", "--from", str(file), *at).code == 0
    assert run("review", "c-2", "exclude", "--account", *at).code == 0
    assert ws.decisions().select("cluster_id", "account_id").rows() == [
        ("c-2", None),
        ("c-1", "c-2"),
    ]


def test_accounts_that_came_after_the_sweep_or_before_any_can_be_decided_on(
    tmp_path: Path, run: Callable[..., Ended]
) -> None:
    at = ("--workspace", str(tmp_path), "--reviewer", "ann")
    put_facts(tmp_path / "coterie.duckdb", ring(6, 40))
    known = open_workspace(tmp_path).query("SELECT min(account_id) AS a FROM accounts")["a"][0]
    assert run("review", known, "watch", *at).code == 0, "before the first sweep"
    assert run("review", "c-1", "confirm", *at).code == 2
    ws = open_workspace(tmp_path)
    ws.sweep()
    # Named by signals, events or links only, after the sweep.
    late: dict[str, list[dict[str, Any]]] = {
        "signal": [{"account_id": "late-1", "kind": "device", "value": "d"}],
        "event": [{"account_id": "late-2", "at": NOW, "type": "request"}],
        "link": [{"src": "late-3", "dst": "late-4", "kind": "referral", "similarity": 1.0}],
    }
    put_facts(tmp_path / "coterie.duckdb", late, "src-late")
    for number in range(1, 5):
        ended = run("review", f"late-{number}", "confirm", *at)
        assert ended.code == 0, ended.err
    assert run("review", "late-5", "confirm", *at).code == 2
    rows = ws.export_enforcement().enforcement.rows
    named = rows.filter(rows["action"] == "suspend")
    assert sorted(named["account_id"]) == [f"late-{n}" for n in range(1, 5)]
    assert named["role"].null_count() == 4
    assert not named["automated_detection"].any()


# ── what the list shows ──────────────────────────────────────────────────────────────────────────


def test_the_list_of_clusters_shows_what_was_decided_and_what_is_left(
    tmp_path: Path, run: Callable[..., Ended]
) -> None:
    found = {f"c-{i}": {f"x{i}-{j}": "core" for j in range(4 + i)} for i in range(4)}
    grown = {**found, "c-0": {**found["c-0"], "new-1": "core"}}
    ws = platform(tmp_path, [found, grown], toml="[review]\nsecond_above = 5\n")
    at = ("--workspace", str(tmp_path))
    ws.decide(Said("confirm", "\x1b[31mann", cluster_id="c-0"), sweep_id="s-0")
    ws.decide(Said("benign", "bob", cluster_id="c-1"))
    (two,) = ws.decide(Said("confirm", "ann", cluster_id="c-2"))
    ws.decide(Said("approve", "bob", ref=two["decision_id"]))
    (waits,) = ws.decide(Said("confirm", "ann", cluster_id="c-3"))
    out = run("clusters", *at).out
    assert "\x1b" not in out
    day = f"{ws.decisions()['decided_at'][0]:%Y-%m-%d}"
    for cell in (
        f"confirm · \\u{{1b}}[31mann · {day} · 1 new", f"benign · bob · {day}",
        f"confirm · ann + bob · {day}", f"{waits['decision_id']} waits for a second",
    ):  # fmt: skip
        assert cell in out
    rows = json.loads(run("clusters", "--json", *at).out)["clusters"]
    told = {r["cluster_id"]: r["review"] for r in rows}
    assert (told["c-2"]["decision"], told["c-2"]["reviewer"]) == ("confirm", "ann")
    assert told["c-2"]["second_reviewer"] == "bob"
    assert (told["c-3"]["decision"], told["c-3"]["pending"]) == (None, waits["decision_id"])
    assert [told[c]["n_undecided"] for c in ("c-0", "c-1", "c-3")] == [1, 0, 7]
    left = json.loads(run("clusters", "--undecided", "--json", *at).out)["clusters"]
    assert [r["cluster_id"] for r in left] == ["c-3"]


# ── telling people ───────────────────────────────────────────────────────────────────────────────


def test_people_are_told_once_whatever_number_of_exports(
    tmp_path: Path, run: Callable[..., Ended]
) -> None:
    ws = platform(tmp_path, [{"c-1": RING, "c-2": {"b0": "core", "b1": "core"}}])
    at = ("--workspace", str(tmp_path))

    def told(what: str, *more: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        file = tmp_path / f"{what}.jsonl"
        ended = run("export", what, "--out", str(file), "--json", *more, *at)
        assert ended.code == 0, ended.err
        return [json.loads(x) for x in file.read_text("utf-8").splitlines()], json.loads(ended.out)

    ws.decide(Said("confirm", "ann", cluster_id="c-1"))
    ws.export_enforcement()
    for what in ("statements", "notices"):
        first, counts = told(what)
        assert (len(first), counts["new"], counts["left_out"]) == (6, 6, 0)
        again, counts = told(what)
        assert again == first, "the file stays as it was"
        assert (counts["n"], counts["new"], counts["left_out"]) == (0, 0, 6)
    ws.decide(Said("confirm", "ann", cluster_id="c-2"))
    ws.decide(Said("overturn", "zoe", account_id="a1"))
    ws.export_enforcement()
    notices, counts = told("notices")
    assert {n["account_id"] for n in notices} == {"a1", "b0", "b1"}
    assert (counts["new"], counts["left_out"]) == (3, 5)
    assert next(n["text"] for n in notices if n["account_id"] == "a1").endswith("lifted.\n")
    statements, counts = told("statements", "--repeat")
    assert (len(statements), counts["new"], counts["before"]) == (7, 2, 5)
    assert len({s["puid"] for s in statements}) == 7
    assert "3 written before" not in run("export", "notices", "--repeat", *at, "--out",
                                         str(tmp_path / "x")).out  # fmt: skip
    assert not ws.verify_decisions().problems


def test_a_territory_is_one_of_the_eu_or_the_eea(tmp_path: Path, run: Callable[..., Ended]) -> None:
    ws = platform(tmp_path, [{"c-1": RING}])
    ws.decide(Said("confirm", "ann", cluster_id="c-1"))
    ws.export_enforcement()
    file = tmp_path / "s.jsonl"
    at = ("--workspace", str(tmp_path), "--out", str(file), "--repeat")
    for wrong, meant in (("<x>", "Known: AT"), ("EL", '"GR" (Greece)'), ("germany", '"DE"'),
                         ("uk", "in the EU or the EEA"), ("", "Known: AT")):  # fmt: skip
        ended = run("export", "statements", "--territory", wrong, *at)
        assert ended.code == 2, wrong
        assert meant in ended.err
    assert not file.exists()

    def scope(*codes: str) -> list[str]:
        more = [word for code in codes for word in ("--territory", code)]
        assert run("export", "statements", *more, *at).code == 0
        found = json.loads(file.read_text("utf-8").splitlines()[0])["territorial_scope"]
        assert isinstance(found, list)
        return found

    assert scope("se", "AT", "se") == ["AT", "SE"]
    assert (len(scope("EU")), len(scope("EEA")), len(scope())) == (27, 30, 27)


def test_unknown_targets_name_the_nearest(store: Store) -> None:
    ws = _desk(store)
    with pytest.raises(UnknownName, match='no account "b0"'):
        ws.decide(Said("confirm", "ann", account_id="b0"))
