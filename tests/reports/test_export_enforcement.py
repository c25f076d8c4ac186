"""The hand-over to enforcement: only what people decided, safe to give twice and to take back."""

from __future__ import annotations

import csv
import datetime as dt
import json
import os
from contextlib import suppress
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import polars as pl
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.support.deciding import NOW, carried, fill, memory, platform

from coterie.config import Config, ExportOptions, ReviewOptions
from coterie.errors import InputError, StoreError, UsageError
from coterie.queries.run import run
from coterie.queries.schema import REGISTERS
from coterie.queries.store import write_store
from coterie.reports.exports.enforcement import FORMATS, work_out, write_rows
from coterie.reports.exports.manifest import verify_folder
from coterie.workspace.export import ExportRefused, known_here, schema_text
from coterie.workspace.outbox import json_lines
from coterie.workspace.review import Said, erase, record

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from coterie.queries.store import Store
    from coterie.reports.exports.enforcement import Enforcement

KEY = b"a key of this test"
ACCOUNTS = [f"a{i}" for i in range(9)]
ROLES = ("core", "member", "fringe")
RING = {"a0": "core", "a1": "core", "a2": "member", "a3": "member", "a4": "fringe"}


class Receiver:
    """A platform that keeps to the rules: acts once on a key, takes back what it is told to."""

    def __init__(self) -> None:
        self.seen: set[str] = set()
        self.lifted: set[str] = set()
        self.active: dict[str, tuple[str, str]] = {}
        self.acts = 0

    def take(self, rows: Sequence[dict[str, Any]]) -> None:
        """Rows of an export, in any order."""
        for row in rows:
            key = row["idempotency_key"]
            if key in self.seen:
                continue
            self.seen.add(key)
            self.acts += 1
            if row["rollback_of"] is not None:
                self.lifted.add(row["rollback_of"])
                self.active.pop(row["rollback_of"], None)
            elif key not in self.lifted:
                self.active[key] = (row["account_id"], row["action"])


def _export(store: Store, config: Config, *, revokes_only: bool = False) -> Enforcement:
    found = work_out(store, config, NOW, KEY, revokes_only=revokes_only)
    run(store, "export/add_rows", export_id=found.export_id)
    return found


# ── the property ─────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    with memory() as opened:
        yield opened


_STEP = st.one_of(
    st.tuples(st.sampled_from(["confirm", "benign", "watch"]), st.sampled_from(["c-1", "c-2"])),
    st.tuples(
        st.sampled_from(["confirm", "benign", "watch", "exclude", "overturn", "uphold"]),
        st.sampled_from(ACCOUNTS),
    ),
    st.tuples(st.sampled_from(["withdraw", "approve", "reject"]), st.integers(0, 9).map(str)),
    st.tuples(st.sampled_from(["good", "allow", "deny"]), st.sampled_from(ACCOUNTS)),
    st.tuples(st.just("sweep"), st.just("")),
    st.tuples(st.just("export"), st.sampled_from(["given", "lost", "revokes"])),
)
_Clusters = dict[str, dict[str, str]]


@settings(max_examples=14)
@given(
    roles=st.lists(st.sampled_from(ROLES), min_size=18, max_size=18),
    later=st.permutations(ACCOUNTS),
    steps=st.lists(_STEP, min_size=1, max_size=12),
    least=st.sampled_from(ROLES),
    order=st.randoms(use_true_random=False),
)
def test_only_reviewed_accounts_are_named_and_the_receiver_ends_with_what_people_decided(
    store: Store,
    roles: list[str],
    later: list[str],
    steps: list[tuple[str, str]],
    least: str,
    order: Any,
) -> None:
    # Two sweeps: the same names of clusters for other accounts in the second one.
    sweeps = [_dealt(ACCOUNTS, roles[:9]), _dealt(later, roles[9:])]
    fill(store, sweeps)
    config = Config(
        Path(), export=ExportOptions(min_role=least), review=ReviewOptions(second_above=4)
    )
    receiver, given_out = Receiver(), []
    good: set[str] = set()
    allowed: set[str] = set()
    lists: _Clusters = {}
    at = 0
    for what, target in [*steps, ("export", "given")]:
        if what == "export":
            rows = _export(store, config, revokes_only=target == "revokes").rows.to_dicts()
            _check_names(rows, store, lists, good | allowed)
            if target != "lost":
                given_out.append(rows)
        elif what == "sweep":
            at = 1
        elif what in {"good", "allow", "deny"}:
            _know(store, what, target)
            good |= {target} if what == "good" else set()
            allowed |= {target} if what == "allow" else set()
        else:
            for entry in _decide(store, config, what, target, f"s-{at}"):
                lists[entry["decision_id"]] = sweeps[at].get(entry["cluster_id"] or "", {})
    assert _export(store, config).rows.to_dicts() == given_out[-1], "the same export again"
    # Files come late, twice and in any order; the last one always comes.
    late = [row for rows in given_out for row in rows] * 2
    order.shuffle(late)
    receiver.take(late)
    expected = _expected(store, lists, least, good | allowed)
    assert sorted(receiver.active.values()) == sorted(expected.items())
    assert receiver.acts == len(receiver.seen)


def _dealt(accounts: Sequence[str], roles: Sequence[str]) -> _Clusters:
    pairs = list(zip(accounts, roles, strict=True))
    return {"c-1": dict(pairs[:5]), "c-2": dict(pairs[5:8]), "c-3": dict(pairs[8:])}


def _know(store: Store, what: str, account: str) -> None:
    if what == "good":
        store.con.sql(f"INSERT INTO facts.label VALUES ('{account}', ' Good ', 'test')")
    else:
        name = {"allow": "partner", "deny": "vpn"}[what]
        store.con.sql(
            "INSERT INTO facts.list BY NAME SELECT 'account' AS kind,"
            f" '{account}' AS value, '{name}' AS class"
        )


def _decide(
    store: Store, config: Config, what: str, target: str, sweep_id: str
) -> list[dict[str, Any]]:
    more: dict[str, Any] = {}
    if what in {"withdraw", "approve", "reject"}:
        log = store.rows("review/log")
        if not log:
            return []
        more["ref"] = log[int(target) % len(log)]["decision_id"]
    else:
        more["account_id" if target in ACCOUNTS else "cluster_id"] = target
    who = {"overturn": "zoe", "uphold": "zoe", "approve": "bob"}.get(what, "ann")
    with suppress(UsageError):
        return record(store, config, [Said(what, who, **more)], NOW, sweep_id)
    return []


def _newest(store: Store, lists: _Clusters) -> dict[str, tuple[int, Any]]:
    """What each account carries: a decision on a cluster is one on the accounts it had then."""
    log = [
        {**row, "cluster_id": row["decision_id"] if row["account_id"] is None else None}
        for row in store.rows("review/log")
    ]
    return carried(lists, log)


def _expected(store: Store, lists: _Clusters, least: str, never: set[str]) -> dict[str, str]:
    wanted = {}
    for account, (rank, entry) in _newest(store, lists).items():
        role = lists[entry["decision_id"]].get(account, "fringe")
        firm = ROLES.index(role) <= ROLES.index(least)
        if entry["decision"] in {"confirm", "watch"} and account not in never and (rank or firm):
            wanted[account] = entry["action"]
    return wanted


def _check_names(
    rows: list[dict[str, Any]], store: Store, lists: _Clusters, never: set[str]
) -> None:
    """Nobody is named who was not decided on, nor whom a rule protects; revocations mirror actions."""
    log = _newest(store, lists)
    acting = [row for row in rows if row["rollback_of"] is None]
    for row in acting:
        entry = log[row["account_id"]][1]
        assert entry["decision"] in {"confirm", "watch"}
        assert row["account_id"] not in never
        assert row["reviewers"] == ["ann", "bob"][: 1 + entry["needs_second"]]
        assert row["decision_id"] == entry["decision_id"]
        assert not row["automated_decision"]
    assert len({row["account_id"] for row in acting}) == len(acting)
    assert len({row["idempotency_key"] for row in rows}) == len(rows)
    told = {
        r["idempotency_key"]: r
        for r in store.sql("FROM register.export_row").pl().to_dicts()  # type: ignore[union-attr]
    }
    for row in rows:
        if row["rollback_of"] is not None:
            mirrored = told[row["rollback_of"]]
            assert mirrored["rollback_of"] is None
            assert (row["account_id"], row["action"]) == (mirrored["account_id"], "none")
            assert row["rollback_of"] not in {r["idempotency_key"] for r in acting}
    backs = [row["rollback_of"] for row in rows if row["rollback_of"]]
    assert len(backs) == len(set(backs))


# ── single rules ─────────────────────────────────────────────────────────────────────────────────


def _rows(found: Enforcement) -> dict[str, dict[str, Any]]:
    return {r["account_id"]: r for r in found.rows.to_dicts() if r["rollback_of"] is None}


def _state(found: Enforcement) -> dict[str, int]:
    counts: dict[str, int] = {}
    for row in found.changes:
        counts[f"{row['action']} {row['state']}"] = row["n"]
    return counts


def test_a_renewed_decision_keeps_the_keys_and_a_changed_one_takes_back(store: Store) -> None:
    fill(store, [{"c-1": RING}])
    config = Config(Path())
    record(store, config, [Said("confirm", "ann", cluster_id="c-1")], NOW)
    first = _rows(_export(store, config))
    assert set(first) == {"a0", "a1", "a2", "a3"}, "fringe is below the limit"
    record(store, config, [Said("confirm", "bob", cluster_id="c-1")], NOW)
    renewed = _export(store, config)
    keys = {a: r["idempotency_key"] for a, r in first.items()}
    assert {a: r["idempotency_key"] for a, r in _rows(renewed).items()} == keys
    assert {a: r["appeal_ref"] for a, r in _rows(renewed).items()} == {
        a: r["appeal_ref"] for a, r in first.items()
    }
    assert _state(renewed) == {"suspend same": 4}
    record(store, config, [Said("confirm", "bob", cluster_id="c-1", action="terminate")], NOW)
    harder = _export(store, config)
    assert _state(harder) == {"terminate new": 4, "revoke new": 4}
    assert {r["rollback_of"] for r in harder.rows.to_dicts()} == {None, *keys.values()}
    (entry,) = record(store, config, [Said("exclude", "bob", account_id="a0")], NOW)
    carved = _export(store, config)
    assert _state(carved) == {"terminate same": 3, "revoke new": 1, "revoke same": 4}
    assert carved.causes == [{"cause": "carved out", "n": 1}]
    (back,) = record(store, config, [Said("withdraw", "bob", ref=entry["decision_id"])], NOW)
    assert "a0" not in _rows(_export(store, config)), "not by one person alone"
    record(store, config, [Said("approve", "ann", ref=back["decision_id"])], NOW)
    again = _rows(_export(store, config))["a0"]["idempotency_key"]
    assert again != _rows(harder)["a0"]["idempotency_key"], "what was taken back needs a new key"


def test_an_erased_account_is_never_named_again(store: Store) -> None:
    fill(store, [{"c-1": RING}])
    config = Config(Path())
    record(store, config, [Said("confirm", "ann", cluster_id="c-1")], NOW)
    _export(store, config)
    record(store, config, [Said("exclude", "ann", account_id="a1")], NOW)
    _export(store, config)
    erase(store, ["a0", "a1"], "privacy", NOW)
    found = _export(store, config).rows
    assert set(found["account_id"]) == {"a2", "a3"}
    assert found["rollback_of"].null_count() == found.height


def test_watching_ends_by_itself_and_is_not_taken_back(store: Store) -> None:
    fill(store, [{"c-1": RING}])
    config = Config(Path(), export=ExportOptions(expires="10d"))
    record(store, config, [Said("watch", "ann", cluster_id="c-1")], NOW)
    found = _rows(_export(store, config))
    assert {r["action"] for r in found.values()} == {"watch"}
    assert {r["expires_at"] for r in found.values()} == {NOW + dt.timedelta(days=10)}
    later = work_out(store, config, NOW + dt.timedelta(days=11), KEY)
    assert later.rows.is_empty()
    assert {"held": "expired", "n": 4} in later.held
    assert later.causes == [], "it ended by itself"


def test_whom_a_second_reviewer_must_confirm_is_counted(store: Store) -> None:
    fill(store, [{"c-1": RING}])
    config = Config(Path(), review=ReviewOptions(second_above=3))
    waits = {"held": "waiting for a second reviewer", "n": len(RING)}
    (entry,) = record(store, config, [Said("confirm", "ann", cluster_id="c-1")], NOW)
    # Said twice: each account counts once.
    record(store, config, [Said("confirm", "zoe", cluster_id="c-1")], NOW)
    assert _export(store, config).held == [waits]
    record(store, config, [Said("exclude", "ann", account_id="a0")], NOW)
    assert _export(store, config).held == [
        {**waits, "n": len(RING) - 1},
        {"held": "carved out", "n": 1},
    ]
    record(store, config, [Said("approve", "bob", ref=entry["decision_id"])], NOW)
    found = _export(store, config)
    assert "waiting for a second reviewer" not in {h["held"] for h in found.held}
    assert found.rows.height > 0


def test_delay_and_groups_put_whole_clusters_one_after_another(store: Store) -> None:
    found = {f"c-{i}": {f"a{i}-{j}": "core" for j in range(3)} for i in range(8)}
    fill(store, [found])
    options = ExportOptions(delay="1d", stagger_groups=3, stagger_step="2h", retention="10d")
    config = Config(Path(), export=options)
    record(store, config, [Said("confirm", "ann", cluster_id=c) for c in found], NOW)
    rows = _export(store, config).rows
    by_cluster = rows.group_by("cluster_id").agg(pl.col("stagger_group", "not_before").n_unique())
    assert by_cluster["stagger_group"].to_list() == [1] * 8
    assert set(rows["stagger_group"]) == {0, 1, 2}
    for row in rows.to_dicts():
        group = dt.timedelta(hours=2 * row["stagger_group"])
        assert row["not_before"] == NOW + dt.timedelta(days=1) + group
        assert row["retention_until"] == NOW + dt.timedelta(days=10)


def test_evidence_is_given_as_tokens_under_the_key(store: Store) -> None:
    import hashlib
    import hmac

    fill(store, [{"c-1": RING}])
    config = Config(Path())
    record(store, config, [Said("confirm", "ann", cluster_id="c-1")], NOW)
    row = _rows(work_out(store, config, NOW, KEY))["a0"]
    (evidence,) = row["evidence"]
    told = hmac.new(KEY, b"payment\x1fcard of c-1", hashlib.sha256).hexdigest()[:32]
    assert evidence["token"] == told
    assert (evidence["kind"], evidence["n_sharing"], evidence["bits"]) == ("payment", 5, 14.0)
    assert evidence["first_seen"] < evidence["last_seen"]
    other = _rows(work_out(store, config, NOW, b"another key"))["a0"]["evidence"][0]["token"]
    assert other != told
    assert "card of" not in json.dumps(row, default=str)


def test_the_blast_radius_counts_people_seats_plans_and_countries(store: Store) -> None:
    attributes = {
        "a0": '{"org": "Acme", "plan": "team", "country": "DE"}',
        "a1": '{"org": "Acme", "plan": "free", "country": "FR"}',
        "a4": '{"org": "Acme", "plan": "team", "country": "DE"}',
        "a2": '{"country": "DE"}',
    }
    fill(store, [{"c-1": RING}], attributes=attributes)
    config = Config(Path())
    record(store, config, [Said("confirm", "ann", cluster_id="c-1")], NOW)
    found = work_out(store, config, NOW, KEY)
    assert found.radius == {
        "accounts": 4, "active": 4, "paid": 1, "organisations": 1, "countries": 2,
    }  # fmt: skip
    assert found.organisations == [{"organisation": "Acme", "accounts": 2, "seats": 3}]
    assert found.countries == [{"country": "DE", "accounts": 2}, {"country": "FR", "accounts": 1}]


def test_a_won_appeal_is_told_about_the_others_it_questions(store: Store) -> None:
    fill(store, [{"c-1": RING}])
    config = Config(Path())
    record(store, config, [Said("confirm", "ann", cluster_id="c-1")], NOW)
    assert work_out(store, config, NOW, KEY).questioned == 0
    record(store, config, [Said("overturn", "zoe", account_id="a0")], NOW)
    found = work_out(store, config, NOW, KEY)
    assert (found.questioned, len(_rows(found))) == (3, 3)


# ── files ────────────────────────────────────────────────────────────────────────────────────────


def test_the_files_follow_the_published_schema_and_are_equal_each_time(tmp_path: Path) -> None:
    evil = '=HYPERLINK("http://x")'
    ws = platform(tmp_path, [{"c-1": {**RING, evil: "core"}}])
    ws.decide(Said("confirm", "ann", cluster_id="c-1", note="secret note"))
    first = ws.export_enforcement()
    ws.decide(Said("overturn", "zoe", account_id="a1"))
    second = ws.export_enforcement()
    assert first.folder is not None
    assert second.folder is not None
    validator = jsonschema.Draft202012Validator(
        json.loads(schema_text("enforcement")), format_checker=jsonschema.FormatChecker()
    )
    lines = (second.folder / "enforcement.jsonl").read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    for row in rows:
        validator.validate(row)
    assert {r["action"] for r in rows} == {"suspend", "none"}
    assert "secret note" not in "".join(lines)
    assert "card of" not in "".join(lines)
    frame = pl.read_parquet(second.folder / "enforcement.parquet")
    assert frame.columns == list(rows[0])
    assert frame.height == len(rows)
    text = (second.folder / "enforcement.csv").read_text("utf-8")
    assert text.splitlines()[0] == ",".join(rows[0])
    assert "'=HYPERLINK" in text
    assert ",=" not in text
    # The same again, also after a decision that hands nothing over: equal bytes, nothing new.
    ws.decide(Said("uphold", "zoe", account_id="a2"), Said("exclude", "ann", account_id="a4"))
    before = {f.name: f.read_bytes() for f in second.folder.iterdir()}
    again = ws.export_enforcement(tmp_path / "again")
    assert again.folder is not None
    assert {f.name: f.read_bytes() for f in again.folder.iterdir()} == before
    assert again.enforcement.n_new == 0
    manifest = json.loads(before["manifest.json"])
    assert "take one ' off" in manifest["notes"]["csv"]
    assert known_here(ws, manifest) == "known"
    assert ws.query("SELECT count(*) AS n FROM register.export")["n"].to_list() == [2]


_HOSTILE = (
    "=1+1", "+a", "-a", "@a", "\uff1da", "\uff0ba", "\uff0da", "\uff20a", "'a", "''a", "'=a", "'", "''",
    "\ta", "\ra", "\na", "a\nb", "a\r\nb", 'a"b', '"', "a,b", "a;b", " a ", "\u202ea", "\x1b[31ma", "\u2028",
    "001", "1e5", "a\x00b", "\x00", "\ufeffa", "NULL", "null", "true", "", "<b>", "{}", "a\u0085b",
)  # fmt: skip


@settings(max_examples=60)
@given(ids=st.lists(st.text(min_size=1) | st.sampled_from(_HOSTILE), min_size=1, unique=True))
@example(ids=list(_HOSTILE))
def test_an_id_is_recovered_from_every_form_and_runs_in_no_spreadsheet(
    tmp_path_factory: pytest.TempPathFactory, ids: list[str]
) -> None:
    """The rule that the manifest tells: one apostrophe first is the guard's, take it off."""
    folder = tmp_path_factory.mktemp("ids")
    seen = pl.Struct({"first_seen": pl.Datetime, "last_seen": pl.Datetime})
    evidence = pl.Series("evidence", [[] for _ in ids], dtype=pl.List(seen))
    frame = pl.DataFrame({"account_id": ids, "reviewers": [[one] for one in ids]}).with_columns(
        evidence
    )
    write_rows(frame, folder, FORMATS)
    with (folder / "enforcement.csv").open(encoding="utf-8", newline="") as file:
        cells = list(csv.DictReader(file))
    for name in ("account_id", "reviewers"):
        found = [row[name] for row in cells]
        assert not [c for c in found if c[:1] in set("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")]
        assert [c.removeprefix("'") for c in found] == ids
    lines = json_lines(folder / "enforcement.jsonl")
    assert [json.loads(line)["account_id"] for line in lines] == ids
    assert pl.read_parquet(folder / "enforcement.parquet")["account_id"].to_list() == ids


def test_a_dry_run_tells_and_writes_nothing(tmp_path: Path) -> None:
    ws = platform(tmp_path, [{"c-1": RING}])
    ws.decide(Said("confirm", "ann", cluster_id="c-1"))
    before = ws.config.store_path.read_bytes()
    dry = ws.export_enforcement(dry_run=True)
    assert dry.folder is None
    assert dry.enforcement.n_new == 4
    assert ws.config.store_path.read_bytes() == before
    assert not (tmp_path / "exports").exists()


def test_verify_finds_changed_missing_and_foreign_files(tmp_path: Path) -> None:
    ws = platform(tmp_path, [{"c-1": RING}])
    ws.decide(Said("confirm", "ann", cluster_id="c-1"))
    private = ed25519.Ed25519PrivateKey.generate()
    other = ed25519.Ed25519PrivateKey.generate()
    pem = tmp_path / "key.pem"
    pem.write_bytes(private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ))  # fmt: skip
    for name, key in (("pub.pem", private), ("other.pem", other)):
        (tmp_path / name).write_bytes(key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        ))  # fmt: skip
    folder = ws.export_enforcement(tmp_path / "out", sign_with=pem).folder
    assert folder is not None
    assert verify_folder(folder)["signature"] == "not checked"
    assert verify_folder(folder, tmp_path / "pub.pem")["signature"] == "valid"
    assert verify_folder(folder, tmp_path / "pub.pem")["whole"]
    assert verify_folder(folder, tmp_path / "other.pem")["signature"] == "wrong"
    with pytest.raises(UsageError, match="public key"):
        verify_folder(folder, pem)
    rows = folder / "enforcement.jsonl"
    rows.write_text(rows.read_text("utf-8").replace("suspend", "terminate", 1), "utf-8")
    (folder / "enforcement.csv").unlink()
    (folder / "more.csv").write_text("x", "utf-8")
    assert verify_folder(folder)["problems"] == [
        "enforcement.csv: is missing",
        "enforcement.jsonl: was changed",
        "more.csv: is not in the manifest",
    ]
    manifest = folder / "manifest.json"
    manifest.write_text(manifest.read_text("utf-8").replace("enforcement.csv", "../x"), "utf-8")
    found = verify_folder(folder, tmp_path / "pub.pem")
    assert found["signature"] == "wrong"
    assert "../x: is no name of a file in this folder" in found["problems"]
    manifest.write_text("[" * 100_000, "utf-8")
    with pytest.raises(InputError, match="cannot be read"):
        verify_folder(folder)
    manifest.unlink()
    os.mkfifo(manifest)
    with pytest.raises(InputError, match="no such file"):
        verify_folder(folder)


def test_a_degraded_sweep_hands_nothing_over_but_takes_back(tmp_path: Path) -> None:
    ws = platform(tmp_path, [{"c-1": RING}, {"c-1": RING}])
    ws.decide(Said("confirm", "ann", cluster_id="c-1"))
    ws.export_enforcement()
    with write_store(ws.config.store_path) as store:
        store.sql("UPDATE register.sweep SET status = 'degraded' WHERE sweep_id = 's-1'")
    ws.decide(Said("exclude", "ann", account_id="a1"), sweep_id="s-0")
    for dry in (True, False):
        with pytest.raises(ExportRefused, match="s-1 is degraded"):
            ws.export_enforcement(dry_run=dry)
    found = ws.export_enforcement(revokes_only=True)
    assert {c["cause"] for c in found.enforcement.causes} >= {"carved out"}
    assert all(c["state"] == "same" or c["action"] == "revoke" for c in found.enforcement.changes)


def test_a_degraded_sweep_is_handed_over_on_somebodys_word_alone(tmp_path: Path) -> None:
    ws = platform(tmp_path, [{"c-1": RING}, {"c-1": RING}])
    ws.decide(Said("confirm", "ann", cluster_id="c-1"), sweep_id="s-0")
    with write_store(ws.config.store_path) as store:
        store.sql("UPDATE register.sweep SET status = 'degraded' WHERE sweep_id = 's-1'")
    found = ws.export_enforcement(allow_degraded=True)
    assert set(found.enforcement.rows["account_id"]) == {"a0", "a1", "a2", "a3"}
    assert any("s-1 is degraded" in warning for warning in found.warnings)
    assert found.folder is not None
    manifest = json.loads((found.folder / "manifest.json").read_text("utf-8"))
    assert manifest["sweep_status"] == "degraded"


def test_a_changed_log_hands_nothing_over(tmp_path: Path) -> None:
    ws = platform(tmp_path, [{"c-1": RING}])
    ws.decide(Said("confirm", "ann", cluster_id="c-1"))
    ws.export_enforcement()
    with write_store(ws.config.store_path) as store:
        store.sql("UPDATE register.decision SET reviewer = 'eve'")
    with pytest.raises(StoreError, match="was changed"):
        ws.export_enforcement()
    with write_store(ws.config.store_path) as store:
        store.sql("DELETE FROM register.decision")
        store.sql("DELETE FROM register.decision_member")
    known, cut = ws.verify_decisions().problems
    assert "knew another entry" in known["problem"]
    assert "cut short: found 0 entries, it had 1" in cut["problem"]


def test_a_folder_with_something_else_is_left_alone(tmp_path: Path) -> None:
    ws = platform(tmp_path, [{"c-1": RING}])
    ws.decide(Said("confirm", "ann", cluster_id="c-1"))
    full = tmp_path / "full"
    full.mkdir()
    (full / "mine.txt").write_text("mine", "utf-8")
    for out in (full, full / "mine.txt"):
        with pytest.raises(UsageError, match="folder"):
            ws.export_enforcement(out)
    assert (full / "mine.txt").read_text("utf-8") == "mine"
    assert ws.query("FROM register.export").is_empty(), "the ledger knows nothing of it"
    assert ws.query("FROM register.export_row").columns == list(REGISTERS["export_row"].names)


@pytest.mark.parametrize("name", ["enforcement.schema.json", "stix-token.schema.json"])
def test_a_published_schema_is_the_one_in_the_package(name: str) -> None:
    published = Path(__file__).parents[2] / "docs" / "reference" / name
    assert published.read_text("utf-8") == (files("coterie.reports.exports") / name).read_text(
        "utf-8"
    )
    jsonschema.Draft202012Validator.check_schema(json.loads(published.read_text("utf-8")))
