"""Decisions of people: said once, kept for ever, and stronger than any later sweep."""

from __future__ import annotations

import io
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.deciding import NOW, Desk, carried, fill, memory, platform
from tests.support.rings import put_facts, ring

from coterie.config import Config, ReviewOptions
from coterie.errors import InputError, StoreLocked, UnknownName, UsageError
from coterie.queries.schema import REGISTERS
from coterie.queries.store import write_store
from coterie.workspace import open_workspace
from coterie.workspace.batches import said_from
from coterie.workspace.chain import verify
from coterie.workspace.review import Said, erase, record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import polars as pl
    from tests.face.conftest import Ended

    from coterie.queries.store import Store
    from coterie.workspace.chain import Verified


def _members(*names: str, role: str = "core") -> dict[str, str]:
    return dict.fromkeys(names, role)


RING = _members(*(f"a{i}" for i in range(6)))


def _rows(store: Store, view: str) -> list[dict[str, Any]]:
    found = store.sql(f"FROM {view}")
    assert found is not None
    frame: pl.DataFrame = found.pl()
    return frame.to_dicts()


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    with memory() as opened:
        yield opened


def _desk(
    store: Store,
    sweeps: Sequence[Mapping[str, Mapping[str, str]]],
    *,
    second_above: int = 50,
    organisations: tuple[str, ...] = (),
    **more: Any,
) -> Desk:
    fill(store, sweeps, **more)
    options = ReviewOptions(second_above=second_above, organisations=organisations)
    return Desk(store, Config(Path(), review=options))


def test_a_confirmation_lasts_through_growth_split_and_merge(store: Store) -> None:
    first, second = _members("a0", "a1", "a2"), _members("a3", "a4", "a5")
    ws = _desk(
        store,
        [
            {"c-1": RING},
            {"c-1": RING | _members("n1", "n2")},
            {"c-1": first | _members("n1"), "c-2": second},
            {"c-9": RING | _members(*(f"m{i}" for i in range(20)))},
            {"c-9": RING | _members("m1", "m2", "m3", "m4", "m5", "m6")},
        ],
    )
    ws.decide(Said("confirm", "ann", cluster_id="c-1"), sweep_id="s-0")
    yes, no = ("confirmed", "confirm"), ("coordinated", None)
    assert ws.tiers("s-0") == {"c-1": yes}
    assert ws.tiers("s-1") == {"c-1": yes}, "it grew"
    assert ws.tiers("s-2") == {"c-1": yes, "c-2": yes}, "it split, under new names too"
    assert ws.tiers("s-3") == {"c-9": no}, "a few confirmed accounts confirm no crowd"
    assert ws.tiers("s-4") == {"c-9": yes}, "half of it is confirmed"
    carried = ws.query("SELECT account_id FROM account_decisions ORDER BY ALL")
    assert carried["account_id"].to_list() == sorted(RING), "nobody who joined later was decided on"


def test_benign_is_the_lowest_tier_and_the_newest_decision_counts(store: Store) -> None:
    ws = _desk(store, [{"c-1": RING}])
    (entry,) = ws.decide(Said("benign", "ann", cluster_id="c-1", reason_code="household"))
    assert ws.tiers("s-0") == {"c-1": ("lead", "benign")}
    ws.decide(Said("confirm", "bob", cluster_id="c-1"))
    assert ws.tiers("s-0") == {"c-1": ("confirmed", "confirm")}
    newest = ws.decisions("in force")[-1]
    ws.decide(Said("withdraw", "bob", ref=newest["decision_id"]))
    assert ws.tiers("s-0") == {"c-1": ("lead", "benign")}
    ws.decide(Said("withdraw", "bob", ref=entry["decision_id"]))
    assert ws.tiers("s-0") == {"c-1": ("coordinated", None)}


def test_a_carve_out_touches_nobody_else_and_outlasts_the_next_confirmation(store: Store) -> None:
    ws = _desk(store, [{"c-1": RING}])
    ws.decide(Said("confirm", "ann", cluster_id="c-1"), Said("exclude", "ann", account_id="a0"))
    ws.decide(Said("confirm", "bob", cluster_id="c-1"))
    found = dict(ws.query("SELECT account_id, decision FROM account_decisions").rows())
    assert found == {a: "exclude" if a == "a0" else "confirm" for a in RING}
    assert ws.tiers("s-0") == {"c-1": ("confirmed", "confirm")}


def test_a_large_cluster_waits_for_another_person(store: Store) -> None:
    ws = _desk(store, [{"c-1": RING}], second_above=5)
    (entry,) = ws.decide(Said("confirm", "Ann", cluster_id="c-1"))
    assert entry["needs_second"]
    assert entry["why"] == ["6 accounts, limit 5"]
    assert ws.tiers("s-0") == {"c-1": ("coordinated", None)}
    for same in ("Ann", " ann ", "ANN"):
        with pytest.raises(UsageError, match="another must approve"):
            ws.decide(Said("approve", same, ref=entry["decision_id"]))
    ws.decide(Said("approve", "bob", ref=entry["decision_id"]))
    assert ws.tiers("s-0") == {"c-1": ("confirmed", "confirm")}
    (row,) = ws.decisions("in force")
    assert (row["reviewer"], row["second_reviewer"]) == ("Ann", "bob")
    with pytest.raises(UsageError, match="in force, expected pending"):
        ws.decide(Said("reject", "zoe", ref=entry["decision_id"]))
    (other,) = ws.decide(Said("benign", "ann", cluster_id="c-1"))
    ws.decide(Said("reject", "bob", ref=other["decision_id"]))
    assert len(ws.decisions("rejected")) == 1
    assert ws.tiers("s-0") == {"c-1": ("confirmed", "confirm")}
    # Watching takes nothing from anybody: one person is enough.
    (watch,) = ws.decide(Said("watch", "ann", cluster_id="c-1"))
    assert not watch["needs_second"]


def test_many_accounts_in_one_batch_count_as_one_cluster(store: Store) -> None:
    ws = _desk(store, [{"c-1": RING}], second_above=2)
    batch = [Said("confirm", "ann", account_id=f"a{i}") for i in range(3)]
    assert [e["why"] for e in ws.decide(*batch)] == [["3 accounts, limit 2"]] * 3
    assert [e["why"] for e in ws.decide(*batch[:2])] == [[], []]


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"attributes": {"a1": '{"org": "Acme"}'}}, "organisation acme"),
        ({"lists": [{"kind": "account", "value": "a2", "class": "partner"}]}, "list partner"),
    ],
)
def test_a_listed_organisation_waits_for_another_person(
    store: Store, more: dict[str, Any], why: str
) -> None:
    ws = _desk(store, [{"c-1": RING, "c-2": _members("x1", "x2")}], organisations=("Acme",), **more)
    one, two, carved = ws.decide(
        Said("confirm", "ann", cluster_id="c-1"),
        Said("confirm", "ann", cluster_id="c-2"),
        Said("confirm", "ann", account_id="a1" if "attributes" in more else "a2"),
    )
    assert (one["why"], two["why"], carved["why"]) == ([why], [], [why])


def test_impossible_decisions_say_what_is_wrong_and_write_nothing(store: Store) -> None:
    ws = _desk(store, [{"c-1": RING}])
    wrong: Sequence[tuple[Said, type[Exception], str]] = [
        (Said("confirmed", "ann", cluster_id="c-1"), UnknownName, 'mean "confirm"'),
        (Said("confirm", "  ", cluster_id="c-1"), UsageError, "no reviewer"),
        (Said("confirm", "\u200b\u202e", cluster_id="c-1"), UsageError, "no reviewer"),
        (Said("confirm", "x" * 201, cluster_id="c-1"), UsageError, "reviewer: found 201 letters"),
        (Said("watch", "ann", account_id="a1", note="x" * 10_001), UsageError, "note: found"),
        (Said("watch", "ann", account_id="z" * 999), UsageError, 'no account "z{79}…"'),
        (Said("confirm", "ann", cluster_id="c-2"), UnknownName, 'no cluster "c-2"'),
        (Said("exclude", "ann", cluster_id="c-1"), UsageError, "no decision on a cluster"),
        (Said("split", "ann", account_id="a1"), UsageError, "no decision on an account"),
        (Said("exclude", "ann", account_id="zz"), UnknownName, 'no account "zz"'),
        (Said("confirm", "ann"), UsageError, "0 targets"),
        (Said("confirm", "ann", cluster_id="c-1", account_id="a1"), UsageError, "2 targets"),
        (Said("merge", "ann", cluster_id="c-1"), UsageError, "at least another"),
        (Said("split", "ann", cluster_id="c-1"), UsageError, "no parts; .*--parts FILE"),
        (Said("approve", "ann", ref="d-none"), UnknownName, "no decision"),
        (Said("confirm", "ann", ref="d-none"), UsageError, "no answer"),
        (Said("confirm", "ann", cluster_id="c-1", reason_code="spma"), UnknownName, 'mean "spam"'),
        (Said("confirm", "ann", cluster_id="c-1", action="ban"), UnknownName, "no action"),
    ]
    for said, error, words in wrong:
        with pytest.raises(error, match=words):
            ws.decide(Said("watch", "ann", cluster_id="c-1"), said)
    assert ws.decisions() == []


def test_a_won_appeal_labels_the_account_and_its_evidence_good(store: Store) -> None:
    ws = _desk(store, [{"c-1": RING}])
    ws.decide(Said("confirm", "ann", cluster_id="c-1"))
    (entry,) = ws.decide(Said("overturn", "zoe", account_id="a1", note="sold the laptop"))
    source = f"appeal {entry['decision_id']}"
    assert ws.query("FROM labels").rows() == [("a1", "good", source)]
    assert ws.query("FROM value_labels").rows() == [("payment", "card of c-1", "good", source)]
    ws.decide(Said("confirm", "ann", cluster_id="c-1"), Said("confirm", "ann", account_id="a1"))
    assert ws.query("FROM labels").rows() == [("a1", "good", source)], "an appeal outranks them"
    (back,) = ws.decide(Said("withdraw", "zoe", ref=entry["decision_id"]))
    assert back["why"] == ["withdraws what protects an account (overturn)"]
    assert ws.query("FROM labels").height == 1, "one person alone does not undo it"
    with pytest.raises(UsageError, match="another must approve"):
        ws.decide(Said("approve", "Zoe", ref=back["decision_id"]))
    assert [r["decision"] for r in ws.decisions("pending")] == ["withdraw"]
    ws.decide(Said("approve", "ann", ref=back["decision_id"]))
    assert ws.query("FROM labels").is_empty()
    assert ws.query("FROM value_labels").is_empty()


def test_two_reviewers_at_once_both_stand_in_one_chain(tmp_path: Path) -> None:
    ws = platform(tmp_path, [{"c-1": RING}])

    def decide(name: str) -> None:
        for account in ("a0", "a1", "a2"):
            ws.decide(Said("exclude", name, account_id=account), wait=60)

    with write_store(ws.config.store_path), pytest.raises(StoreLocked):
        ws.decide(Said("watch", "ann", cluster_id="c-1"))
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(decide, ["ann", "bob"]))
    log = ws.decisions()
    assert log["seq"].to_list() == [1, 2, 3, 4, 5, 6]
    assert sorted(log["reviewer"]) == ["ann"] * 3 + ["bob"] * 3
    assert not ws.verify_decisions().problems


# ── the chain ────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def logged() -> Iterator[Store]:
    """A store with a log of every kind of entry."""
    with memory() as store:
        fill(store, [{"c-1": RING}])
        config = Config(Path())
        said = [
            Said("confirm", "ann", cluster_id="c-1", note="sure"),
            Said("exclude", "ann", account_id="a0"),
        ]
        record(store, config, said, NOW)
        record(store, config, [Said("overturn", "bob", account_id="a1")], NOW)
        (last,) = record(store, config, [Said("watch", "ann", cluster_id="c-1")], NOW)
        record(store, config, [Said("withdraw", "bob", ref=last["decision_id"])], NOW)
        found = verify(store)
        assert found.entries == 5
        assert not found.problems
        yield store


def _edited(store: Store, sql: str, head: str | None = None) -> Verified:
    """What a check says after a statement behind the log's back, which is then undone."""
    store.con.begin()
    try:
        store.con.sql(sql)
        return verify(store, head)
    finally:
        store.con.rollback()


_EDITS = {
    "a note": "UPDATE register.decision SET note = 'unsure' WHERE seq = 1",
    "a reviewer": "UPDATE register.decision SET reviewer = 'bob' WHERE seq = 2",
    "a time": "UPDATE register.decision SET decided_at = decided_at + INTERVAL 1 SECOND WHERE seq = 4",
    "an action": "UPDATE register.decision SET action = 'terminate' WHERE seq = 1",
    "an id": "UPDATE register.decision SET decision_id = 'd-0123456789ab' WHERE seq = 4",
    "a missing entry": "DELETE FROM register.decision WHERE seq = 2",
    "a missing first entry": "DELETE FROM register.decision WHERE seq = 1",
    "another order": "UPDATE register.decision SET seq = 5 - seq WHERE seq <= 4",
    "an entry twice": "INSERT INTO register.decision FROM register.decision WHERE seq = 3",
    "a listed account": "UPDATE register.decision_member SET account_id = 'x' WHERE account_id = 'a3'",
    "a list without one": "DELETE FROM register.decision_member WHERE account_id = 'a3'",
    "a list with one more": (
        "INSERT INTO register.decision_member "
        "SELECT decision_id, 'x', sha256('x'), 'core', NULL FROM register.decision WHERE seq = 1"
    ),
    "a listed role": "UPDATE register.decision_member SET role = 'fringe' WHERE account_id = 'a3'",
    "a labelled value": "UPDATE register.decision_value SET value = 'x'",
    "no labelled value": "DELETE FROM register.decision_value",
    "an account taken out": "UPDATE register.decision SET account_id = NULL WHERE seq = 2",
    "another account": "UPDATE register.decision SET account_id = 'a5' WHERE seq = 2",
    "another account, hashed": (
        "UPDATE register.decision SET account_id = 'a5', account_hash = sha256('a5') WHERE seq = 2"
    ),
    "a listed account taken out": (
        "UPDATE register.decision_member SET account_id = NULL WHERE account_id = 'a3'"
    ),
}


@pytest.mark.parametrize("edit", _EDITS)
def test_an_edited_log_is_told(logged: Store, edit: str) -> None:
    assert _edited(logged, _EDITS[edit]).problems


_CELLS = {
    "seq": "seq + 10",
    "n_members": "99",
    "decided_at": "TIMESTAMP '2020-01-01'",
    "needs_second": "NOT needs_second",
}


@given(
    column=st.sampled_from(REGISTERS["decision"].names),
    seq=st.integers(1, 5),
    text=st.text("abc", min_size=1, max_size=3),
)
def test_any_edit_of_any_cell_is_told(logged: Store, column: str, seq: int, text: str) -> None:
    new = _CELLS.get(column, f"'{text}'")
    sql = f"UPDATE register.decision SET {column} = {new} WHERE seq = {seq}"
    assert _edited(logged, sql).problems


def test_a_log_cut_short_is_told_by_a_head_kept_elsewhere(logged: Store) -> None:
    head = verify(logged).head
    short = "DELETE FROM register.decision WHERE seq = 5"
    assert not _edited(logged, short).problems
    (problem,) = _edited(logged, short, head).problems
    assert "is not in the log" in problem["problem"]


def test_an_erased_account_leaves_a_whole_log_and_no_name(store: Store) -> None:
    fill(store, [{"c-1": RING}])
    config = Config(Path())
    record(store, config, [Said("confirm", "ann", cluster_id="c-1")], NOW)
    said = [Said("overturn", "bob", account_id="a1"), Said("exclude", "bob", account_id="a2")]
    record(store, config, said, NOW)
    assert erase(store, ["a1", "a2"], "privacy", NOW) == 4
    assert not verify(store).problems
    for table in ("decision", "decision_member"):
        found = store.sql(f"SELECT account_id FROM register.{table}")
        assert found is not None
        assert {"a1", "a2"} & {name for (name,) in found.fetchall()} == set()
    assert {r["account_id"] for r in _rows(store, "account_decisions")} == set(RING) - {"a1", "a2"}
    assert _rows(store, "value_labels") == []
    wrong = "UPDATE register.decision_member SET account_id = NULL WHERE account_id = 'a3'"
    assert _edited(store, wrong).problems
    unlogged = "UPDATE register.decision SET account_hash = sha256('a3') WHERE decision = 'erase'"
    assert _edited(store, unlogged).problems


def test_a_store_of_the_first_layout_is_brought_up_to_date(tmp_path: Path) -> None:
    put_facts(tmp_path / "coterie.duckdb", ring())
    ws = open_workspace(tmp_path)
    sweep = ws.sweep()
    with duckdb.connect(str(tmp_path / "coterie.duckdb")) as con:
        for view in ("current_clusters", "clusters", "labels", "value_labels",
                     "account_decisions", "decisions"):  # fmt: skip
            con.sql(f"DROP VIEW {view}")
        for table in ("decision", "decision_member", "decision_value", "export", "export_row"):
            con.sql(f"DROP TABLE register.{table}")
        con.sql(
            "CREATE TABLE register.decision (decision_id VARCHAR, cluster_id VARCHAR,"
            " account_id VARCHAR, decision VARCHAR, reason_code VARCHAR, reviewer VARCHAR,"
            " decided_at TIMESTAMP, note VARCHAR)"
        )
        con.sql("DELETE FROM register.meta WHERE name = 'layout'")
    cluster = sweep.clusters()["cluster_id"][0]
    ws.decide(Said("confirm", "ann", cluster_id=cluster))
    assert ws.newest().clusters()["tier"][0] == "confirmed"
    assert not ws.verify_decisions().problems


def test_the_doctor_looks_at_the_log(tmp_path: Path) -> None:
    put_facts(tmp_path / "coterie.duckdb", {"account": ring(3, 0)["account"]})
    ws = platform(tmp_path, [{"c-1": RING}], toml="[review]\nsecond_above = 5\n")

    def status() -> tuple[str, str]:
        (check,) = [c for c in ws.doctor() if c["check"] == "decisions"]
        return check["status"], check["detail"]

    assert status() == ("ok", "0 entries, whole")
    ws.decide(Said("confirm", "ann", cluster_id="c-1"))
    assert status() == ("warn", "1 entry, whole; 1 wait for a second reviewer")
    with write_store(ws.config.store_path) as opened:
        opened.sql("UPDATE register.decision SET reviewer = 'eve'")
    assert status()[0] == "fail"


# ── what follows from the log, against a model ───────────────────────────────────────────────────

_ACCOUNTS = [f"a{i}" for i in range(8)]
_Step = tuple[str, str, str]


@st.composite
def _histories(draw: st.DrawFn) -> tuple[dict[str, dict[str, str]], list[_Step]]:
    split = draw(st.lists(st.sampled_from(["c-1", "c-2", "c-3"]), min_size=8, max_size=8))
    clusters: dict[str, dict[str, str]] = {}
    for account, cluster in zip(_ACCOUNTS, split, strict=True):
        clusters.setdefault(cluster, {})[account] = "core"
    on_cluster = st.tuples(
        st.sampled_from(["confirm", "benign", "watch"]), st.sampled_from(sorted(clusters)),
        st.sampled_from(["ann", "bob"]),
    )  # fmt: skip
    on_account = st.tuples(
        st.sampled_from(["confirm", "benign", "watch", "exclude", "overturn", "uphold"]),
        st.sampled_from(_ACCOUNTS), st.sampled_from(["ann", "bob"]),
    )  # fmt: skip
    answer = st.tuples(
        st.sampled_from(["approve", "reject", "withdraw"]), st.just("?"),
        st.sampled_from(["ann", "bob"]),
    )  # fmt: skip
    return clusters, draw(st.lists(on_cluster | on_account | answer, min_size=1, max_size=10))


@settings(max_examples=25)
@given(_histories())
def test_what_an_account_carries_follows_the_log(
    store: Store, history: tuple[dict[str, dict[str, str]], list[_Step]]
) -> None:
    clusters, steps = history
    fill(store, [clusters])
    config = Config(Path(), review=ReviewOptions(second_above=3))
    refs: list[str] = []
    for decision, target, reviewer in steps:
        more: dict[str, Any] = {}
        if target != "?":
            more["account_id" if target in _ACCOUNTS else "cluster_id"] = target
        elif refs:
            more["ref"] = refs[-1]
        with suppress(UsageError):
            (entry,) = record(store, config, [Said(decision, reviewer, **more)], NOW)
            refs.append(entry["decision_id"])
    log = store.rows("review/log")
    found = {r["account_id"]: r["decision"] for r in _rows(store, "account_decisions")}
    assert found == {a: e["decision"] for a, (_, e) in carried(clusters, log).items()}
    assert not verify(store).problems


# ── the command line ─────────────────────────────────────────────────────────────────────────────


def test_the_commands_decide_show_and_verify(tmp_path: Path, run: Callable[..., Ended]) -> None:
    platform(tmp_path, [{"c-1": RING}])
    at = ("--workspace", str(tmp_path), "--json")
    ended = run("review", "c-1", "confirm", "--reviewer", "ann", "--exclude", "a0", *at)
    assert ended.code == 0
    assert [d["decision"] for d in json.loads(ended.out)["decisions"]] == ["confirm", "exclude"]
    dry = run("review", "c-1", "benign", "--reviewer", "ann", "--dry-run", *at)
    assert json.loads(dry.out)["dry_run"]
    listed = json.loads(run("decisions", *at).out)
    assert listed["n"] == 2
    assert [d["decision_id"] for d in json.loads(run("decisions", "a0", *at).out)["decisions"]] == [
        d["decision_id"] for d in listed["decisions"]
    ]
    shown = run("decisions", "--workspace", str(tmp_path))
    assert "exclude" in shown.out
    first = listed["decisions"][-1]["decision_id"]
    assert run("review", first, "withdraw", "--reviewer", "ann", *at).code == 0
    assert json.loads(run("decisions", first, *at).out)["n"] == 2
    for code in (2, 0):
        assert run("appeal", "a3", "overturn", "--reviewer", "zoe", *at).code == code
        assert run("review", "c-1", "confirm", "--reviewer", "ann", *at).code == 0
    assert run("decisions", "--verify", *at).code == 0
    lost = run("decisions", "--verify", "--head", "f" * 64, *at)
    assert lost.code == 6
    assert not json.loads(lost.out)["whole"]
    for args in (
        ("review", "c-1", "confirm"),
        ("review", "c-1", "--reviewer", "ann"),
        ("review", "--reviewer", "ann"),
        ("review", "c-2", "confirm", "--reviewer", "ann"),
        ("decisions", "--head", "x"),
    ):
        assert run(*args, "--workspace", str(tmp_path)).code == 2, args


def test_a_batch_is_all_or_nothing(tmp_path: Path, run: Callable[..., Ended]) -> None:
    ws = platform(tmp_path, [{"c-1": RING, "c-2": _members("x1", "x2")}])
    at = ("--workspace", str(tmp_path), "--reviewer", "ann")
    file = tmp_path / "batch.csv"
    file.write_text("id,decision,note\nc-1,confirm,\nc-3,benign,\na1,exclude,=1+1\n", "utf-8")
    ended = run("review", "--from", str(file), *at)
    assert ended.code == 3
    assert "1 of 3" in ended.err
    assert "row 2" in ended.err
    assert ws.decisions().is_empty()
    file.write_text("id,decision,note\nc-1,confirm,\nc-2,benign,\na1,exclude,=1+1\n", "utf-8")
    assert "nothing was written" in run("review", "--from", str(file), "--dry-run", *at).out
    assert ws.decisions().is_empty()
    assert run("review", "--from", str(file), *at).code == 0
    assert ws.decisions()["decision"].to_list() == ["confirm", "benign", "exclude"]
    lines = tmp_path / "batch.jsonl"
    lines.write_text('{"account_id": "a2", "decision": "watch", "reviewer": "bob"}\n', "utf-8")
    assert run("review", "--from", str(lines), *at).code == 0
    assert ws.decisions()["reviewer"].to_list()[-1] == "bob"
    file.write_text("id,desicion\nc-1,confirm\n", "utf-8")
    assert 'mean "decision"' in run("review", "--from", str(file), *at).err
    with pytest.raises(InputError, match="no rows"):
        said_from([], "none.csv", lambda _: {})
    with pytest.raises(InputError, match="row 1: names an id and another target"):
        said_from([{"id": "a1", "account_id": "a2"}], "x.csv", lambda i: {"account_id": i})


def test_one_person_is_not_two_by_signs_that_nobody_sees(tmp_path: Path) -> None:
    ws = platform(tmp_path, [{"c-1": _members("a1", "a2")}], toml="[review]\nsecond_above = 1\n")
    (entry,) = ws.decide(Said("confirm", "ann lee", cluster_id="c-1"))
    for name in ("Ann  Lee", "ann\u200b lee", "\u202eann lee", "ann\u00a0lee", "\uff41nn lee"):
        with pytest.raises(UsageError, match="another must approve"):
            ws.decide(Said("approve", name, ref=entry["decision_id"]))
    ws.decide(Said("approve", "anna lee", ref=entry["decision_id"]))


def test_the_queue_shows_each_case_and_takes_one_key(
    tmp_path: Path, run: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = {f"c-{i}": _members(*(f"a{i}-{j}" for j in range(6 - i))) for i in range(4)}
    ws = platform(tmp_path, [found], toml="[review]\nsecond_above = 5\n")

    def keys(text: str, reviewer: str) -> Ended:
        monkeypatch.setattr(sys, "stdin", io.StringIO(text))
        return run("review", "--queue", "--reviewer", reviewer, "--workspace", str(tmp_path))

    ended = keys("cxbsq", "ann")
    assert ended.code == 0
    assert "2 decided, 1 skipped, 2 of 4 still wait" in ended.out
    assert "card of c-0" in ended.err, "the case is shown before the key is asked for"
    assert ws.decisions()["decision"].to_list() == ["confirm", "benign"]
    # The other person sees the large one first, as a second reviewer, and not what is settled.
    ended = keys("awb", "bob")
    assert ws.decisions()["decision"].to_list()[2:] == ["approve", "watch", "benign"]
    assert "0 of 3 still wait" in ended.out
    assert "0 decided, 0 skipped, 0 of 0" in keys("", "zoe").out
    (carved,) = ws.decide(Said("exclude", "ann", account_id="a0-0"))
    ws.decide(Said("withdraw", "ann", ref=carved["decision_id"]))
    ended = keys("a", "bob")
    assert "Account a0-0" in ended.err
    assert ws.decisions(status="withdrawn")["decision_id"].to_list() == [carved["decision_id"]]
    assert run("review", "--queue", "--workspace", str(tmp_path)).code == 2


def test_hostile_names_stay_text(tmp_path: Path, run: Callable[..., Ended]) -> None:
    evil = "\x1b[2Jx'); DROP TABLE register.decision; --"
    ws = platform(tmp_path, [{"c-1": _members(evil, "=cmd()")}])
    ended = run("review", evil, "exclude", "--reviewer", evil, "--note", evil,
                "--workspace", str(tmp_path))  # fmt: skip
    assert ended.code == 0
    assert "\x1b" not in ended.out + run("decisions", "--workspace", str(tmp_path)).out
    assert ws.decisions().height == 1
    assert not ws.verify_decisions().problems
