"""The log of decisions and the ledger of exports: whatever is changed in them is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.support.deciding import NOW, fill, memory, platform

from coterie.config import Config
from coterie.errors import StoreError
from coterie.queries.run import run as run_sql
from coterie.queries.schema import REGISTERS
from coterie.queries.store import write_store
from coterie.reports.exports.enforcement import work_out
from coterie.reports.exports.manifest import write_manifest
from coterie.workspace import heads
from coterie.workspace.chain import verify
from coterie.workspace.ledger import enter, enter_told
from coterie.workspace.review import Said, erase, record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.face.conftest import Ended

    from coterie.queries.store import Store
    from coterie.workspace import Workspace

RING = dict.fromkeys((f"a{i}" for i in range(6)), "core")
CONFIG = Config(Path())
TABLES = ("decision", "decision_member", "decision_value", "export", "export_row", "told")


def _export(store: Store) -> None:
    found, log = work_out(store, CONFIG, NOW, b"a key of this test"), verify(store)
    run_sql(store, "export/add_rows", export_id=found.export_id)
    enter(store, {
        "export_id": found.export_id, "sweep_id": "s-0", "decisions_head": log.head,
        "n_decisions": log.entries, "n_rows": found.rows.height, "n_revokes": found.n_revokes,
        "exported_at": NOW, "path": "x", "detail": "{}",
    })  # fmt: skip


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, Path]]:
    """A store with every kind of entry, and the heads that were kept as it grew."""
    file = tmp_path_factory.mktemp("heads") / "heads.jsonl"

    def said(*all_: Said) -> list[dict[str, Any]]:
        found = record(store, CONFIG, all_, NOW)
        heads.keep(file, heads.now_at(store))
        return found

    with memory() as store:
        fill(store, [{"c-1": RING}])
        said(
            Said("confirm", "ann", cluster_id="c-1", note="sure"),
            Said("exclude", "ann", account_id="a0"),
        )
        _export(store)
        enter_told(store, "notice", ["k1", "k2"], NOW)
        said(Said("overturn", "bob", account_id="a1"))
        (watch,) = said(Said("watch", "ann", account_id="a2"))
        erase(store, ["a4"], "privacy", NOW)
        _export(store)
        enter_told(store, "statement", ["k3"], NOW)
        said(Said("withdraw", "bob", ref=watch["decision_id"]))
        _export(store)
        heads.keep(file, heads.now_at(store))
        found = verify(store, heads=file)
        assert (found.problems, found.entries, found.exports, found.kept) == ((), 6, 3, 5)
        assert found.rows > 6
        yield store, file


def _content(store: Store) -> list[list[tuple[Any, ...]]]:
    found = []
    for table in TABLES:
        rows = store.sql(f"SELECT * FROM register.{table} ORDER BY ALL")
        assert rows is not None
        found.append(rows.fetchall())
    return found


def _other(type_: str, how: str) -> str:
    """An expression for another value of a column of this type."""
    if how == "null":
        return "NULL"
    return {
        "BIGINT": "coalesce({c}, 0) + 1", "INTEGER": "coalesce({c}, 0) + 1",
        "TIMESTAMP": "coalesce({c}, TIMESTAMP '2026-01-01') + INTERVAL 1 MICROSECOND",
        "BOOLEAN": "NOT coalesce({c}, false)",
    }.get(type_, "coalesce({c}, '') || 'x'")  # fmt: skip


@st.composite
def _edits(draw: st.DrawFn) -> str:
    """SQL that somebody runs behind the log's back."""
    table = draw(st.sampled_from(TABLES))
    a, b = draw(st.integers(0, 9)), draw(st.integers(0, 9))
    at = "(SELECT rowid FROM register.{t} ORDER BY rowid LIMIT 1 OFFSET {n} % greatest((SELECT count(*) FROM register.{t}), 1))"
    one, two = at.format(t=table, n=a), at.format(t=table, n=b)
    column = draw(st.sampled_from(REGISTERS[table].columns))
    how = draw(
        st.sampled_from(["cell", "null", "copy", "delete", "some", "again", "again as", "tail"])
    )
    name = f'"{column.name}"'
    new = _other(column.type, how).format(c=name)
    key = "seq" if "seq" in REGISTERS[table].names else "rowid"
    return {
        "cell": f"UPDATE register.{table} SET {name} = {new} WHERE rowid = {one}",
        "null": f"UPDATE register.{table} SET {name} = NULL WHERE rowid = {one}",
        "copy": f"UPDATE register.{table} SET {name} = (SELECT {name} FROM register.{table} "
        f"WHERE rowid = {two}) WHERE rowid = {one}",
        "delete": f"DELETE FROM register.{table} WHERE rowid = {one}",
        "some": f"DELETE FROM register.{table} WHERE rowid % {b + 1} = 0",
        "again": f"INSERT INTO register.{table} FROM register.{table} WHERE rowid = {one}",
        "again as": f"INSERT INTO register.{table} SELECT * REPLACE ({new} AS {name}) "
        f"FROM register.{table} WHERE rowid = {one}",
        "tail": f"DELETE FROM register.{table} WHERE {key} >= (SELECT max({key}) FROM "
        f"register.{table}) - {b % 3}",
    }[how]


@settings(max_examples=60)
@given(edit=st.lists(_edits(), min_size=1, max_size=2))
def test_whatever_is_edited_added_taken_out_or_cut_off_is_told(
    kept: tuple[Store, Path], edit: list[str]
) -> None:
    store, file = kept
    before = _content(store)
    store.con.begin()
    try:
        for sql in edit:
            store.con.sql(sql)
        assume(_content(store) != before)
        assert verify(store, heads=file).problems, edit
    finally:
        store.con.rollback()


@settings(max_examples=20)
@given(order=st.permutations(range(1, 7)), table=st.sampled_from(["decision", "export"]))
def test_another_order_is_told(kept: tuple[Store, Path], order: list[int], table: str) -> None:
    store, file = kept
    places = ", ".join(map(str, order))
    store.con.begin()
    try:
        store.con.sql(f"UPDATE register.{table} SET seq = [{places}][seq]")
        whole = order[:3] == [1, 2, 3] if table == "export" else order == [1, 2, 3, 4, 5, 6]
        assert (not verify(store, heads=file).problems) == whole
    finally:
        store.con.rollback()


def test_a_row_that_no_hash_sees_is_told(kept: tuple[Store, Path]) -> None:
    """A NULL drops out of an aggregate: such a row would put an account under a confirmation."""
    store, file = kept
    for row in (
        "'evil', sha256('evil'), NULL, NULL",
        "'evil', NULL, 'core', NULL",
        "NULL, NULL, 'core', NULL",
    ):
        store.con.begin()
        store.con.sql(
            f"INSERT INTO register.decision_member SELECT decision_id, {row} "
            "FROM register.decision WHERE seq = 1"
        )
        assert verify(store, heads=file).problems
        store.con.rollback()


def test_an_erased_account_gets_no_other_name(kept: tuple[Store, Path]) -> None:
    store, file = kept
    for table in ("decision", "decision_member", "export_row"):
        store.con.begin()
        store.con.sql(f"UPDATE register.{table} SET account_id = 'victim' WHERE account_id IS NULL "
                      "AND account_hash IS NOT NULL")  # fmt: skip
        assert verify(store, heads=file).problems, table
        store.con.rollback()


def test_what_is_cut_off_whole_and_continued_is_told_by_kept_heads_only(
    kept: tuple[Store, Path],
) -> None:
    store, file = kept
    store.con.begin()
    try:
        store.con.sql("DELETE FROM register.decision WHERE seq = 6")
        store.con.sql("DELETE FROM register.export_row WHERE export_id = (SELECT export_id FROM register.export "
                      "WHERE seq = 3)")  # fmt: skip
        store.con.sql("DELETE FROM register.export WHERE seq = 3")
        assert not verify(store).problems, "in itself it is whole"
        cut = {p["problem"] for p in verify(store, heads=file).problems}
        assert cut == {
            "the log of decisions was cut short: found 5 entries, it had 6",
            "the ledger of exports was cut short: found 2 entries, it had 3",
        }
        record(store, CONFIG, [Said("watch", "eve", account_id="a3")], NOW)
        assert not verify(store).problems
        other = {p["problem"] for p in verify(store, heads=file).problems}
        assert "the log of decisions had another entry at this place" in other
    finally:
        store.con.rollback()


# ── a workspace ──────────────────────────────────────────────────────────────────────────────────


def _handed_over(root: Path, **more: Any) -> Workspace:
    ws = platform(root, [{"c-1": RING}], **more)
    ws.decide(Said("confirm", "ann", cluster_id="c-1"))
    ws.export_enforcement()
    return ws


def test_a_revocation_is_not_lost_with_the_rows_of_the_ledger(
    tmp_path: Path, run: Callable[..., Ended]
) -> None:
    ws = _handed_over(tmp_path)
    at = ("--workspace", str(tmp_path))
    assert "whole" in run("decisions", "--verify", *at).out
    ws.decide(Said("exclude", "ann", account_id="a2"))
    with duckdb.connect(str(ws.config.store_path)) as con:
        con.sql("DELETE FROM register.export_row WHERE account_id = 'a2'")
    for args in (("--dry-run",), (), ("--revokes-only",)):
        refused = run("export", "enforcement", *args, *at)
        assert refused.code == 6
        assert "found 5, expected 6" in refused.err
        assert "coterie decisions --verify" in refused.err
        assert "Put back the newest copy" in refused.err
    told = run("decisions", "--verify", "--json", *at)
    assert told.code == 6
    assert [p["export_id"] for p in json.loads(told.out)["problems"]] == [
        next((tmp_path / "exports").iterdir()).name
    ]


def test_an_export_tells_that_the_ledger_lost_it(tmp_path: Path, run: Callable[..., Ended]) -> None:
    (tmp_path / "ws").mkdir()
    ws = _handed_over(tmp_path / "ws")
    at = ("--workspace", str(ws.path))
    (folder,) = (ws.path / "exports").iterdir()
    assert "workspace hold it" in run("export", "--verify", str(folder), *at).out
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    for name in ("decisions", "ledger"):
        head = manifest[name]["head"]
        assert run("decisions", "--verify", "--head", head, *at).code == 0
    # Somebody rewrites all that is here, the heads too: only what was handed out knows better.
    with write_store(ws.config.store_path) as store:
        for table in TABLES:
            store.sql(f"DELETE FROM register.{table}")
    heads.place_of(ws.config).write_text("", "utf-8")
    assert run("decisions", "--verify", *at).code == 0
    lost = run("export", "--verify", str(folder), *at)
    assert (lost.code, "does not hold it" in lost.out) == (6, True)
    sent = run("export", "send", "webhook", "--from", str(folder), "--dry-run", *at)
    assert (sent.code, "does not hold this export" in sent.err) == (6, True)
    # A receiver has the files only.
    elsewhere = ("--workspace", str(tmp_path))
    assert "not held against" in run("export", "--verify", str(folder), *elsewhere).out


def test_rows_that_nobody_decided_on_are_not_sent(
    tmp_path: Path, run: Callable[..., Ended]
) -> None:
    """Files and manifest fit each other; only the ledger knows what was handed over."""
    ws = _handed_over(tmp_path)
    at = ("--workspace", str(tmp_path))
    (folder,) = (tmp_path / "exports").iterdir()
    assert run("export", "send", "webhook", "--dry-run", *at).code == 0
    body = json.loads((folder / "manifest.json").read_text("utf-8"))
    rows = folder / "enforcement.jsonl"
    rows.write_text(rows.read_text("utf-8").replace('"a1"', '"victim"'), "utf-8")
    files = [folder / f["name"] for f in body.pop("files")]
    write_manifest(folder, files, body)
    for args in (("send", "webhook", "--dry-run"), ("notices",), ("--verify", str(folder))):
        assert run("export", *args, *at).code == 6, args
    # Made again from the store, the files are what was handed over.
    assert ws.export_enforcement().enforcement.n_new == 0
    assert run("export", "send", "webhook", "--dry-run", *at).code == 0


def test_views_that_somebody_made_over_name_nobody(tmp_path: Path) -> None:
    ws = platform(tmp_path, [{"c-1": RING, "c-2": {"v0": "core", "v1": "core"}}])
    ws.decide(Said("confirm", "ann", cluster_id="c-1"))
    with duckdb.connect(str(ws.config.store_path)) as con:
        con.sql("CREATE OR REPLACE VIEW account_decisions AS SELECT * REPLACE ('v0' AS account_id) FROM "
                "account_decisions")  # fmt: skip
    named = set(ws.export_enforcement().enforcement.rows["account_id"])
    assert named == RING.keys()


def test_a_lost_file_of_heads_stops_reviews_until_it_is_back(
    tmp_path: Path, run: Callable[..., Ended]
) -> None:
    ws = _handed_over(tmp_path)
    at = ("--reviewer", "ann", "--workspace", str(tmp_path))
    file = heads.place_of(ws.config)
    text = file.read_text("utf-8")
    file.unlink()
    ended = run("review", "a1", "exclude", *at)
    assert ended.code == 6
    assert "heads is missing; put it back" in ended.err
    assert run("decisions", "--verify", *at[2:]).code == 6
    assert not file.exists(), "a new file would hide what was cut off"
    # A line that a loss of power cut off says nothing, and spoils nothing.
    file.write_text(text + '{"decis', "utf-8")
    assert run("review", "a1", "exclude", *at).code == 0
    assert run("decisions", "--verify", *at[2:]).code == 0
    assert len(file.read_text("utf-8").splitlines()) == len(text.splitlines()) + 2


def test_heads_are_kept_where_the_settings_say(tmp_path: Path) -> None:
    (tmp_path / "ws").mkdir()
    elsewhere = tmp_path / "other" / "heads.jsonl"
    ws = _handed_over(tmp_path / "ws", toml=f'[review]\nheads = "{elsewhere}"\n')
    assert len(elsewhere.read_text("utf-8").splitlines()) == 2
    copy = ws.config.store_path.read_bytes()
    ws.decide(Said("exclude", "ann", account_id="a2"))
    assert not ws.verify_decisions().problems
    # Somebody puts yesterday's store back, whole as it was, with everything beside it.
    ws.config.store_path.write_bytes(copy)
    (problem,) = ws.verify_decisions().problems
    assert "cut short: found 1 entries, it had 2" in problem["problem"]
    with pytest.raises(StoreError, match="cut short"):
        ws.export_enforcement()


def test_a_kill_before_the_head_is_kept_harms_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ws = _handed_over(tmp_path)
    with monkeypatch.context() as killed:
        killed.setattr(heads, "keep", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            ws.decide(Said("exclude", "ann", account_id="a2"))
    assert ws.decisions().height == 2
    assert not ws.verify_decisions().problems
    assert ws.export_enforcement().enforcement.causes == [{"cause": "carved out", "n": 1}]


def test_a_ledger_from_before_it_was_chained_is_taken_in_once(tmp_path: Path) -> None:
    ws = _handed_over(tmp_path)
    ws.decide(Said("exclude", "ann", account_id="a2"))
    ws.export_enforcement()
    with write_store(ws.config.store_path) as store:
        store.sql("UPDATE register.export SET seq = NULL, n_new = NULL, rows_hash = NULL, prev_hash = NULL, "
                  "hash = NULL")  # fmt: skip
        store.sql("UPDATE register.export_row SET account_hash = NULL")
    assert ws.verify_decisions().problems, "heads were kept: the chain was taken away"
    with write_store(ws.config.store_path) as store:
        store.sql("DELETE FROM register.meta WHERE name = 'heads'")
    heads.place_of(ws.config).unlink()
    found = ws.verify_decisions()
    assert (found.problems, found.unchained) == ((), 2)
    again = ws.export_enforcement()
    assert "2 earlier exports were not chained" in again.warnings[0]
    assert again.enforcement.n_new == 0
    found = ws.verify_decisions()
    assert (found.problems, found.unchained, found.exports) == ((), 0, 2)
    with write_store(ws.config.store_path) as store:
        store.sql("DELETE FROM register.export_row WHERE account_id = 'a1'")
    assert ws.verify_decisions().problems


@pytest.mark.parametrize("table", [*REGISTERS, "meta", "file"])
def test_a_register_that_is_gone_is_damage(
    tmp_path: Path, run: Callable[..., Ended], table: str
) -> None:
    ws = platform(tmp_path, [{"c-1": RING}])
    with duckdb.connect(str(ws.config.store_path)) as con:
        con.sql(f"DROP TABLE register.{table}")
    at = ("--workspace", str(tmp_path))
    for args in (("decisions",), ("review", "c-1", "watch", "--reviewer", "ann")):
        ended = run(*args, *at)
        assert ended.code == 6, ended.err
        assert f"damaged: register.{table}" in ended.err
        assert "put back the newest whole copy" in ended.err


def test_a_column_a_schema_or_a_view_in_place_of_a_register_is_damage(
    tmp_path: Path, run: Callable[..., Ended]
) -> None:
    at = ("--workspace", str(tmp_path))
    ws = platform(tmp_path, [{"c-1": RING}])
    whole = ws.config.store_path.read_bytes()
    made_over = (
        "CREATE TABLE kept AS FROM register.decision; DROP TABLE register.decision; "
        "CREATE VIEW register.decision AS FROM kept"
    )
    for sql, lost in (
        ("ALTER TABLE register.decision DROP COLUMN note", "register.decision.note"),
        ("DROP SCHEMA register CASCADE", "register.meta"),
        (made_over, "register.decision"),
    ):
        ws.config.store_path.write_bytes(whole)
        with duckdb.connect(str(ws.config.store_path)) as con:
            for one in sql.split("; "):
                con.sql(one)
        for args in (("decisions",), ("export", "enforcement", "--dry-run"), ("clusters",)):
            ended = run(*args, *at)
            assert (ended.code, f"{lost} missing" in ended.err) == (6, True), ended.err
