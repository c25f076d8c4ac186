"""Retention and erasure: what is old goes, who is erased is nowhere, kills leave the store whole."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import shutil
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from tests.support.rings import put_facts, ring

from coterie.errors import UnknownName, UsageError
from coterie.queries.store import write_store
from coterie.workspace import open_workspace
from coterie.workspace.erasure import erase, finish
from coterie.workspace.retention import purge
from coterie.workspace.review import Said

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.face.conftest import Ended

    from coterie.workspace import Workspace

NOW = dt.datetime(2026, 6, 1)  # noqa: DTZ001 - the store's times are naive UTC
WHO = "ring-003"
# Values of the erased account alone, or of nobody outside the erased.
OWN = (
    "own-card-of-three",
    "own text of number three, nobody else wrote it",
    "own-three@mail.example",
)
HOSTILE = "x\"\\'<script>%_é\u202e$(id)\n.*"


def _world(extra: str = HOSTILE) -> dict[str, list[dict[str, Any]]]:
    """A ring and strangers; one of the ring has values of its own, another a hostile name."""
    facts = ring(12, 500)
    at = facts["signal"][0]["first_seen"]
    times = {"first_seen": at, "last_seen": at + dt.timedelta(hours=1)}
    facts["signal"] += [
        {"account_id": WHO, "kind": "payment", "value": OWN[0], **times},
        {"account_id": WHO, "kind": "email", "value": OWN[2], "raw": OWN[2].upper(), **times},
        {"account_id": "user-0001", "kind": "referral", "value": WHO, **times},
        {"account_id": extra, "kind": "device", "value": "device-ring-0", **times},
        {"account_id": extra, "kind": "payment", "value": "payment-ring-0", **times},
    ]
    facts["account"].append({"account_id": "user-9", "created_at": at, "status": "active",
                             "attributes": json.dumps({"referrer": WHO, "plan": "free"})})  # fmt: skip
    facts["prompt"] = [
        {"account_id": WHO, "doc": "d-own", "sent_at": at}, {"account_id": WHO, "doc": "d-both", "sent_at": at},
        {"account_id": "user-0002", "doc": "d-both", "sent_at": at + dt.timedelta(days=9)},
    ]  # fmt: skip
    facts["doc"] = [{"doc": "d-own", "text": OWN[1], "norm": OWN[1]},
                    {"doc": "d-both", "text": "a text of two", "norm": "a text of two"}]  # fmt: skip
    facts["family"] = [{"doc": "d-own", "family": "f-own", "template": OWN[1]},
                       {"doc": "d-both", "family": "f-both", "template": "a text of two"}]  # fmt: skip
    facts["link"] = [
        {"src": "user-0001", "dst": WHO, "kind": "referral", "similarity": 1.0, "seen_at": at}
    ]
    facts["event"] = [{"account_id": WHO, "at": at, "type": "request"},
                      {"account_id": "user-0001", "at": at, "type": "request"}]  # fmt: skip
    facts["label"] = [{"account_id": WHO, "label": "bad", "source": "x"}]
    facts["list"] = [{"kind": "account", "value": "user-0003", "class": "staff"}]
    facts["quarantine"] = [
        {"source": "s", "row_number": 1, "reason": "r", "raw": json.dumps({"account_id": WHO})},
        {"source": "s", "row_number": 2, "reason": "r", "raw": f"user-0001,{WHO}0,x"},
    ]
    return facts


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace in which an account is everywhere: facts, two sweeps, decisions."""
    root = tmp_path_factory.mktemp("made")
    put_facts(root / "coterie.duckdb", _world())
    ws = open_workspace(root)
    ws.sweep(as_of="2026-05-25")
    sweep = ws.sweep()
    (row,) = [m for m in sweep.members().to_dicts() if m["account_id"] == WHO]
    ws.decide(Said("confirm", "ann", cluster_id=row["cluster_id"]))
    ws.decide(Said("confirm", "ann", account_id=WHO))
    return root


@pytest.fixture
def case(made: Path, tmp_path: Path) -> Workspace:
    """A copy of it."""
    shutil.copytree(made, tmp_path / "case")
    return open_workspace(tmp_path / "case")


def _everything(root: Path) -> str:
    """All bytes of a folder as text, Parquet by its rows."""
    parts = []
    for path in sorted(root.rglob("*")):
        if path.suffix == ".parquet":
            parts.append(
                json.dumps(pl.read_parquet(path).to_dicts(), default=str, ensure_ascii=False)
            )
        elif path.is_file():
            parts.append(path.read_bytes().decode("utf-8", errors="replace"))
    return "\n".join(parts)


def _clock() -> dt.datetime:
    return NOW


def _facts(ws: Workspace, table: str) -> pl.DataFrame:
    return ws.query(f"SELECT * FROM facts.{table}")


def test_an_erased_account_is_nowhere(case: Workspace, run: Callable[..., Ended]) -> None:
    root = case.path
    case.report()
    case.export_enforcement()
    before = _everything(root)
    assert all(text in before for text in (WHO, *OWN))
    dry = run("erase", WHO, "-w", root, "--dry-run")
    assert dry.code == 0, dry.err
    assert "1 account would be erased" in dry.out
    assert _everything(root).count(WHO) == before.count(WHO)
    done = run("erase", WHO, "-w", root, "--reviewer", "bob", "--json")
    assert done.code == 0, done.err
    body = json.loads(done.out)
    after = _everything(root)
    for text in (WHO, *OWN, OWN[2].upper()):
        # A rejected row of a longer name stays: it is somebody else.
        assert text not in after.replace(f"{WHO}0", ""), text
    assert f"{WHO}0" in after
    assert body["rows"]["facts.signal"] == 8
    assert body["rows"]["facts.doc"] == 1
    assert body["rows"]["facts.quarantine"] == 1
    assert body["rendered"] == [f"reports/{case.newest().sweep_id}"]
    assert (root / body["rendered"][0] / "index.html").is_file()
    assert any(name.startswith("exports/") for name in body["removed"])
    # Others keep what is theirs.
    assert _facts(case, "doc")["text"].to_list() == ["a text of two"]
    assert _facts(case, "family")["family"].to_list() == ["f-both"]
    assert "(erased)" in after
    assert case.verify_decisions().problems == ()
    stone = case.query("SELECT * FROM register.erasure").to_dicts()
    assert [(s["reviewer"], s["n_accounts"], s["finished_at"] is None) for s in stone] == [
        ("bob", 1, False)
    ]
    assert json.loads(stone[0]["detail"])["rows"] == body["rows"]


def test_findings_without_the_account_agree_with_each_other(case: Workspace) -> None:
    old = {
        s: case.query(f"SELECT * FROM clusters WHERE sweep_id = '{s}'")
        for s in case.sweeps()["sweep_id"]
    }
    erase(case, [WHO], "bob", _clock)
    for sweep, before in old.items():
        where = f"WHERE sweep_id = '{sweep}'"
        clusters = case.query(f"SELECT cluster_id, size, n_core, n_fringe FROM clusters {where}")
        members = case.query(f"SELECT cluster_id, count(*) AS n FROM members {where} GROUP BY ALL")
        joined = clusters.join(members, on="cluster_id", how="left")
        assert joined["n"].to_list() == joined["size"].to_list()
        assert clusters["size"].sum() == before["size"].sum() - 1
        wrong = case.query(f"""
            SELECT e.value FROM evidence AS e JOIN shared_values AS v USING (sweep_id, value_key)
            {where.replace('sweep_id', 'e.sweep_id')} AND e.n_in <> (
                SELECT count(*) FROM findings.incidence AS i
                JOIN findings.member AS m USING (sweep_id, account_key)
                WHERE i.sweep_id = e.sweep_id AND i.value_key = e.value_key
                    AND m.cluster_id = e.cluster_id)""")  # fmt: skip
        assert wrong.is_empty()
        fewer = case.query(f"""
            SELECT v.value FROM findings.value AS v {where.replace('sweep_id', 'v.sweep_id')}
            AND v.n_accounts <> (SELECT count(*) FROM findings.incidence AS i
                WHERE i.sweep_id = v.sweep_id AND i.value_key = v.value_key)""")  # fmt: skip
        assert fewer.is_empty()
    again = case.sweep()
    assert WHO not in again.members()["account_id"].to_list()
    case.doctor()


def test_hostile_names_and_several_at_once(case: Workspace, run: Callable[..., Ended]) -> None:
    file = case.path.parent / "who.txt"
    file.write_text("ring-004\nuser-0003\r\n", encoding="utf-8")
    done = run("erase", "-w", case.path, "--from", file, "--reviewer", "bob", "--", HOSTILE)
    assert done.code == 0, done.err
    assert "3 accounts erased" in done.out
    after = _everything(case.path)
    for name in (HOSTILE, json.dumps(HOSTILE)[1:-1], "ring-004", "user-0003"):
        assert name not in after
    assert WHO in after


def test_a_name_that_is_nobodys_erases_nothing(case: Workspace) -> None:
    signals, log = _facts(case, "signal"), case.decisions()
    for name in ("nobody", "%", "ring-%", "' OR 1=1 --", "ring-00", ".*"):
        for dry in (True, False):
            with pytest.raises(UnknownName, match="nothing was erased"):
                erase(case, [WHO, name], "bob", _clock, dry_run=dry)
    assert _facts(case, "signal").equals(signals)
    assert case.decisions().equals(log)
    assert case.query("SELECT * FROM register.erasure").is_empty()


def test_nobody_is_erased_without_a_name_or_a_reviewer(case: Workspace) -> None:
    for accounts, reviewer in (([], "bob"), ([""], "bob"), ([WHO], " ")):
        with pytest.raises(UsageError):
            erase(case, accounts, reviewer, _clock)


def test_a_ledger_that_was_changed_removes_nothing_outside(case: Workspace) -> None:
    case.export_enforcement()
    beside = case.path.parent / "precious"
    beside.mkdir()
    with write_store(case.config.store_path) as store:
        store.con.sql("UPDATE register.export SET path = '../precious'")
    erase(case, [WHO], "bob", _clock)
    assert beside.is_dir()


def test_files_of_others_that_still_hold_the_name_are_told(case: Workspace) -> None:
    (case.path / "input.csv").write_text(f"account_id\n{WHO}\n", encoding="utf-8")
    done = erase(case, [WHO], "bob", _clock)
    assert done.left == ("input.csv",)
    assert "still holds a name: input.csv" in done.to_text()


_KILL = """
import datetime, os, signal, sys
import coterie.workspace.erasure as e
import coterie.workspace.retention as r
from coterie.workspace import open_workspace
at, root, who = sys.argv[1:]
def killing(name, module, after):
    real = getattr(module, name)
    def killed(*args, **more):
        if after: real(*args, **more)
        os.kill(os.getpid(), signal.SIGKILL)
    setattr(module, name, killed)
place, when = at.split(":")
killing(place, r if place == "_old_sweeps" else e, when == "after")
ws = open_workspace(root)
now = datetime.datetime(2026, 6, 1)
if place == "_old_sweeps":
    r.purge(ws, now)
else:
    e.erase(ws, [who], "bob", lambda: now)
"""


def _killed(root: Path, at: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _KILL, at, str(root), WHO],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr


@pytest.mark.parametrize("at", ["_findings:after", "_outbox:after"])
def test_a_kill_before_the_swap_changes_nothing(case: Workspace, at: str) -> None:
    members = case.newest().members()
    _killed(case.path, at)
    assert case.newest().members().equals(members)
    assert case.verify_decisions().problems == ()
    assert case.query("SELECT * FROM register.erasure").is_empty()
    assert erase(case, [WHO], "bob", _clock).accounts == 1
    assert WHO not in _everything(case.path).replace(f"{WHO}0", "")


@pytest.mark.parametrize("at", ["_remove:before", "_render:before"])
def test_a_kill_after_the_swap_is_made_up_for(
    case: Workspace, run: Callable[..., Ended], at: str
) -> None:
    case.report()
    _killed(case.path, at)
    assert case.verify_decisions().problems == ()
    assert case.newest().clusters().height >= 1
    assert any("erase --finish" in c["detail"] for c in case.doctor())
    assert run("erase", "--finish", "-w", case.path).code == 0
    assert WHO not in _everything(case.path).replace(f"{WHO}0", "")
    assert (case.path / "reports" / case.newest().sweep_id / "index.html").is_file()
    assert finish(case, _clock) == ()


def _set(root: Path, text: str) -> Workspace:
    (root / "coterie.toml").write_text(f"[retention]\n{text}\n", encoding="utf-8")
    return open_workspace(root)


def _hashes(root: Path, sweep_id: str) -> dict[str, str]:
    folder = root / "coterie.duckdb.d" / "findings" / sweep_id
    # The measurements of the data look back beyond the window, so they are not the same.
    files = [f for f in sorted(folder.iterdir()) if f.name != "quality.parquet"]
    return {f.name: hashlib.sha256(f.read_bytes()).hexdigest() for f in files}


def test_a_purge_takes_what_is_old_and_leaves_other_windows_their_bytes(
    tmp_path: Path, run: Callable[..., Ended]
) -> None:
    put_facts(tmp_path / "coterie.duckdb", _world("user-x"))
    ws = open_workspace(tmp_path)
    newest = _facts(ws, "signal")["last_seen"].max()
    assert isinstance(newest, dt.datetime)
    sweep = ws.sweep(window="5d")
    bytes_before = _hashes(tmp_path, sweep.sweep_id)
    count = _facts(ws, "signal").height
    ws = _set(
        tmp_path, 'signals = "20d"\nkinds = { ip = "8d" }\nevents = "5d"\nprompts_text = "10d"'
    )
    now = newest.isoformat()
    dry = run("purge", "--dry-run", "--as-of", now, "-w", tmp_path)
    assert "would go" in dry.out
    assert _facts(ws, "signal").height == count
    done = run("purge", "--as-of", now, "-w", tmp_path)
    assert done.out == dry.out.replace("would go", "gone")
    kept = _facts(ws, "signal")
    cut = {"ip": newest - dt.timedelta(days=8)}
    rest = newest - dt.timedelta(days=20)
    for kind, last in kept.group_by("kind").agg(pl.col("last_seen").min()).rows():
        assert last >= cut.get(kind, rest)
    assert 0 < kept.height < count
    assert f"{count - kept.height:,} of {count:,} rows gone" in done.out
    assert _facts(ws, "event").is_empty()
    # The text of one prompt is old; the other is young; both families stay.
    texts = dict(_facts(ws, "doc").select("doc", "text").rows())
    assert texts == {"d-own": None, "d-both": None if not texts["d-both"] else "a text of two"}
    assert _facts(ws, "family").height == 2
    again = ws.sweep(window="5d")
    assert again.sweep_id == sweep.sweep_id
    assert _hashes(tmp_path, again.sweep_id) == bytes_before
    files = list((tmp_path / "coterie.duckdb.d" / "facts" / "signal").iterdir())
    assert len(files) == 1
    told = run("purge", "--as-of", now, "-w", tmp_path)
    assert f"0 of {kept.height:,} rows gone" in told.out


def test_prompts_sweeps_and_rejected_rows_go_by_their_own_age(tmp_path: Path) -> None:
    put_facts(tmp_path / "coterie.duckdb", _world("user-x"))
    with write_store(tmp_path / "coterie.duckdb") as store:
        store.con.sql("UPDATE register.source SET loaded_at = TIMESTAMP '2026-05-30'")
    ws = open_workspace(tmp_path)
    old, new = ws.sweep(as_of="2026-05-20").sweep_id, ws.sweep().sweep_id
    ws.report(sweep_id=old)
    far = dt.datetime(2036, 1, 1)  # noqa: DTZ001
    ws = _set(tmp_path, 'prompts = "30d"\nquarantine = "30d"\nlinks = "1d"\nfindings = "365d"')
    assert purge(ws, NOW, dry_run=True).rows["rejected rows"]["gone"] == 0
    done = purge(ws, far)
    assert done.rows["rejected rows"] == {"gone": 2, "of": 2}
    assert done.sweeps == (old,)
    assert done.reports == (f"reports/{old}",)
    assert not (tmp_path / "reports" / old).exists()
    # The newest complete sweep stays, whatever its age.
    assert ws.sweeps()["sweep_id"].to_list() == [new]
    assert ws.newest().clusters().height >= 1
    for table in ("prompt", "doc", "link", "quarantine"):
        assert _facts(ws, table).is_empty()
    assert not (tmp_path / "coterie.duckdb.d" / "findings" / old / "member.parquet").exists()


def test_the_api_says_what_the_command_line_says(case: Workspace) -> None:
    assert case.purge(dry_run=True).rows == {}
    assert case.erase(WHO, dry_run=True).rows["facts.account"] == 2
    assert case.alerts(dry_run=True).dry_run


def test_nothing_is_purged_without_a_setting(case: Workspace) -> None:
    done = purge(case, dt.datetime(2099, 1, 1))  # noqa: DTZ001
    assert done.rows == {}
    assert done.sweeps == ()
    assert "Nothing is older" in done.to_text()


def test_a_kill_in_a_purge_leaves_the_store_whole(case: Workspace) -> None:
    count = _facts(case, "signal").height
    ws = _set(case.path, 'signals = "1d"')
    _killed(case.path, "_old_sweeps:before")
    assert _facts(ws, "signal").height == count
    purge(ws, NOW)
    assert _facts(ws, "signal").height < count


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('signals = "soon"', "length of time"),
        ('kinds = { ip = "1y" }', "length of time"),
        ('signal = "1d"', 'Did you mean "signals"'),
    ],
)
def test_wrong_lengths_are_told(
    tmp_path: Path, run: Callable[..., Ended], text: str, problem: str
) -> None:
    (tmp_path / "coterie.toml").write_text(f"[retention]\n{text}\n", encoding="utf-8")
    done = run("config", "-w", tmp_path)
    assert done.code == 2
    assert problem in done.err
