"""The command line: exit codes, streams, JSON, and every command on a swept workspace."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from coterie.queries.store import write_store
from coterie.workspace import open_workspace

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[..., Any]

HOSTILE = "\x1b[2J=cmd|\u202etxt.exe\x07"


def _json(text: str) -> dict[str, Any]:
    (line,) = text.splitlines()
    found = json.loads(line)
    assert isinstance(found, dict)
    assert found["schema_version"] == 1
    return found


@pytest.fixture
def ring_id(swept: Path) -> str:
    """The cluster of the ring."""
    return str(open_workspace(swept).newest().clusters()["cluster_id"][0])


def test_help_lists_the_commands_of_the_contract(run: Run) -> None:
    ended = run("--help")
    assert ended.code == 0
    for name in ("demo", "init", "load", "sweep", "clusters", "show", "why", "path", "expand", "what-if",
                 "report", "evaluate", "query", "simulate", "doctor", "config", "schema"):  # fmt: skip
        assert f"\n  {name} " in ended.out
        assert run(name, "--help").code == 0


def test_the_program_runs_as_installed(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from coterie.cli import main; main()", "--version"],
        capture_output=True, text=True, check=True, cwd=tmp_path,
    )  # fmt: skip
    assert done.stdout.startswith("coterie ")
    assert not done.stderr


@pytest.mark.parametrize(
    "args",
    [
        ("clusters",), ("show", "ring-000"), ("why", "ring-000", "ring-001"),
        ("path", "ring-000", "ring-001"), ("expand", "ring-000"), ("config",), ("schema",),
        ("what-if", "--kind", "device"),
        ("doctor",), ("query", "SELECT 1 AS one"),
    ],
    ids=lambda args: args[0],
)  # fmt: skip
def test_json_is_one_object_with_its_version(swept: Path, run: Run, args: tuple[str, ...]) -> None:
    after = run("-w", str(swept), *args, "--json")
    assert after.code == 0
    assert not after.err
    found = _json(after.out)
    assert found["command"] == args[0]
    # Options mean the same before and after the command's name.
    before = run("-w", str(swept), "--json", *args)
    if args[0] != "doctor":
        assert before.out == after.out


def test_clusters_is_a_table_that_says_how_many(swept: Path, run: Run, ring_id: str) -> None:
    ended = run("clusters", "-w", str(swept))
    assert ring_id in ended.out
    assert ended.out.rstrip().endswith("1 cluster")
    assert _json(run("clusters", "-w", str(swept), "--json").out)["clusters"][0]["guards"]
    assert run("clusters", "-w", str(swept), "--limit", str(10**30)).out == ended.out
    assert _json(run("clusters", "-w", str(swept), "--tier", "confirmed", "--json").out)["n"] == 0


def test_show_a_cluster_in_words_and_as_data(swept: Path, run: Run, ring_id: str) -> None:
    ended = run("show", ring_id, "-w", str(swept), "--limit", "3")
    assert ended.out.startswith(f"Cluster {ring_id}")
    for part in ("Score, in bits", "Innocent explanations", "Shared values", "Members", "3 of 8"):
        assert part in ended.out
    found = _json(run("show", ring_id, "-w", str(swept), "--json").out)
    assert found["what"] == "cluster"
    assert found["size"] == 8
    assert isinstance(found["waterfall"], list)


def test_why_says_each_value_and_the_sum(swept: Path, run: Run) -> None:
    ended = run("why", "ring-000", "ring-001", "-w", str(swept))
    assert "linked directly" in ended.out
    assert "sum" in ended.out
    assert "█" in ended.out


def test_what_if_sets_before_against_after(swept: Path, run: Run, ring_id: str) -> None:
    ended = run("what-if", ring_id, "--value", "payment=payment-ring-0", "-w", str(swept))
    assert ended.code == 0, ended.err
    assert ended.out.startswith(f"Without payment payment-ring-0 cluster {ring_id} would")
    assert "before" in ended.out
    found = _json(run("what-if", "--account", "ring-000", "-w", str(swept), "--json").out)
    assert found["changes"][0]["cluster_id"] == ring_id
    assert found["changes"][0]["n_dropped"] == 1
    assert found["sentence"].startswith("Without account ring-000")


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        (("nonsense",), 2, "No such command"),
        (("what-if",), 2, "Nothing is left out"),
        (("what-if", "--value", "payment"), 2, "expected KIND=VALUE"),
        (("what-if", "--kind", "devices"), 2, 'Did you mean "device"'),
        (("what-if", "c-none", "--kind", "device"), 2, 'no cluster "c-none"'),
        (("clusters", "--limit", "0"), 2, "--limit"),
        (("show", "ring-00"), 2, 'Did you mean "ring-00'),
        (("why", "ring-000", "ring-0001"), 2, 'Did you mean "ring-00'),
        (("why", "ring-000", "ring-000"), 2, "one account"),
        (("clusters", "--sweep", "s-none"), 2, 'no sweep "s-none"'),
        (("sweep", "--window", "soon"), 2, "not a length of time"),
        (("sweep", "--as-of", "soon"), 2, "expected a time"),
        (("--wait", "nan", "sweep"), 2, "nan is not a number of seconds"),
        (("load", "--map", "account_id", "x.csv"), 2, "NAME=COLUMN"),
        (("query", "SELEC 1"), 2, "query: "),
        (("query", "SELECT 1", "--format", "parquet"), 2, "--out"),
        (("schema", "cluster"), 2, 'Did you mean "clusters"'),
        (("evaluate", "--truth", "absent.csv"), 2, "absent.csv"),
        (("show", "a\udcff"), 2, "not UTF-8"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_a_wrong_call_is_one_line_and_its_code(
    swept: Path, run: Run, args: tuple[str, ...], code: int, says: str
) -> None:
    ended = run("-w", str(swept), *args)
    assert ended.code == code
    assert not ended.out
    (line,) = ended.err.splitlines()
    assert line.startswith("error: ")
    assert says in line
    told = run("-w", str(swept), "--json", *args)
    error = _json(told.out)["error"]
    assert told.code == error["exit_code"] == code


def test_without_data_the_next_step_is_named(tmp_path: Path, run: Run) -> None:
    assert run("clusters", "-w", str(tmp_path)).code == 2
    assert "coterie load" in run("clusters", "-w", str(tmp_path)).err
    assert run("sweep", "-w", str(tmp_path)).code == 3
    assert run("clusters", "-w", str(tmp_path / "absent")).code == 2
    with write_store(tmp_path / "coterie.duckdb"):
        pass
    assert "coterie sweep" in run("clusters", "-w", str(tmp_path)).err


def test_a_damaged_store_is_code_6(tmp_path: Path, run: Run) -> None:
    (tmp_path / "coterie.duckdb").write_bytes(b"not a database" * 400)
    ended = run("clusters", "-w", str(tmp_path))
    assert ended.code == 6
    assert "damaged" in ended.err


def test_a_locked_store_is_code_6(tmp_path: Path, run: Run) -> None:
    with write_store(tmp_path / "coterie.duckdb"):
        pass
    with write_store(tmp_path / "coterie.duckdb"):
        ended = run("sweep", "-w", str(tmp_path))
        held = _json(run("doctor", "-w", str(tmp_path), "--json").out)["checks"]
    assert ended.code == 6
    assert "locked by a write (process" in ended.err
    assert next(c for c in held if c["check"] == "lock")["status"] == "warn"


@pytest.mark.parametrize("content", [None, b"PAR1 not"])
def test_a_lost_file_of_the_store_is_told_with_6(
    swept: Path, run: Run, tmp_path: Path, content: bytes | None
) -> None:
    place = tmp_path / "it's moved"
    shutil.copytree(swept, place)
    run("clusters", "-w", str(place))
    for file in (place / "coterie.duckdb.d" / "facts" / "signal").iterdir():
        file.unlink() if content is None else file.write_bytes(content)
    for command in (("sweep",), ("query", "FROM signals")):
        ended = run(*command, "-w", str(place))
        assert ended.code == (2 if command[0] == "query" else 6), ended.err
        assert "this is a bug" not in ended.err
    assert "a file of the store is missing or damaged" in run("sweep", "-w", str(place)).err


@pytest.mark.parametrize(
    ("number", "code", "says"),
    [(errno.ENOSPC, 6, "the disk is full"), (errno.EACCES, 2, "cannot be used"),
     (errno.EROFS, 2, "cannot be used")],
)  # fmt: skip
def test_a_full_or_closed_disk_is_no_bug(
    swept: Path, run: Run, monkeypatch: pytest.MonkeyPatch, number: int, code: int, says: str
) -> None:
    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number), "/disk/lock")

    monkeypatch.setattr("coterie.queries.store._sweep_out", fail)
    ended = run("sweep", "-w", str(swept))
    assert ended.code == code
    assert says in ended.err
    assert "/disk/lock" in ended.err
    assert "bug" not in ended.err


def test_an_unexpected_error_is_one_line_and_debug_shows_where(
    swept: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        message = "surprise\nsecond line"
        raise RuntimeError(message)

    monkeypatch.setattr("coterie.workspace.Workspace.newest", broken)
    ended = run("clusters", "-w", str(swept))
    assert ended.code == 1
    assert len(ended.err.splitlines()) == 1
    assert "surprise" in ended.err
    assert "Traceback" in run("clusters", "-w", str(swept), "--debug").err


def test_logs_as_json_are_one_object_a_line(swept: Path, run: Run) -> None:
    ended = run("show", "nobody", "-w", str(swept), "--log-format", "json")
    found = json.loads(ended.err)
    assert found["level"] == "error"
    assert found["exit_code"] == 2


def test_trace_sql_shows_the_statements_on_stderr(swept: Path, run: Run) -> None:
    ended = run("clusters", "-w", str(swept), "--trace-sql")
    assert "FROM clusters" in ended.err
    assert "FROM clusters" not in ended.out


def test_warnings_end_with_4_under_strict(tmp_path: Path, run: Run) -> None:
    assert run("doctor", "-w", str(tmp_path)).code == 0
    assert run("doctor", "-w", str(tmp_path), "--strict").code == 4


def test_init_writes_once(tmp_path: Path, run: Run) -> None:
    assert run("init", "-w", str(tmp_path)).code == 0
    (tmp_path / "coterie.toml").write_text("[sweep]\nseed = 5\n")
    again = run("init", "-w", str(tmp_path))
    assert again.code == 2
    assert "--force" in again.err
    assert "seed = 5" in (tmp_path / "coterie.toml").read_text()
    assert run("init", "--force", "-w", str(tmp_path)).code == 0
    assert "seed = 5" not in (tmp_path / "coterie.toml").read_text()


def test_config_names_each_origin(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COTERIE_SWEEP_SEED", "9")
    (tmp_path / "coterie.toml").write_text("[sweep]\nwindow = '30d'\n")
    rows = _json(run("config", "-w", str(tmp_path), "--json").out)["settings"]
    by_name = {row["name"]: (row["value"], row["origin"]) for row in rows}
    assert by_name["sweep.window"] == ("30d", "coterie.toml:2")
    assert by_name["sweep.seed"] == (9, "environment COTERIE_SWEEP_SEED")
    assert by_name["sweep.min_size"] == (5, "default")
    (tmp_path / "coterie.toml").write_text("[sweep]\nwindows = '30d'\n")
    ended = run("config", "-w", str(tmp_path))
    assert ended.code == 2
    assert 'coterie.toml:2: unknown key "sweep.windows". Did you mean "window"?' in ended.err


def test_schema_tells_the_meaning_of_every_column_of_the_contract(run: Run) -> None:
    views = {v["view"]: v for v in _json(run("schema", "--json").out)["views"]}
    assert {"accounts", "signals", "shared_values", "sweeps", "clusters", "members", "links",
            "evidence", "changes", "decisions", "quarantine", "lists", "labels", "events",
            "current_clusters", "current_members", "current_links", "current_evidence",
            } <= views.keys()  # fmt: skip
    mute = [(v, c["name"]) for v in views for c in views[v]["columns"] if not c["doc"]]
    assert not mute
    assert all(v["grain"] for v in views.values())


def test_report_writes_a_page_that_opens(swept: Path, run: Run, tmp_path: Path) -> None:
    ended = run("report", "-w", str(swept), "--out", str(tmp_path / "out"))
    assert ended.code == 0
    url = ended.out.splitlines()[-1]
    assert url == (tmp_path / "out" / "index.html").as_uri()
    assert (tmp_path / "out" / "index.html").is_file()
    pages = [p.read_text("utf-8") for p in (tmp_path / "out" / "clusters").iterdir()]
    assert all("a quick new judgement" in page for page in pages), "what-if comes with its tiers"


def test_evaluate_compares_with_the_truth(swept: Path, run: Run, tmp_path: Path) -> None:
    truth = tmp_path / "truth.csv"
    rows = [f"ring-{i:03d},the ring" for i in range(8)] + ["user-0001,"]
    truth.write_text("account_id,gang\n" + "\n".join(rows) + "\n")
    ended = run("evaluate", "--truth", str(truth), "--column", "gang", "-w", str(swept), "--json")
    assert ended.code == 0
    assert _json(ended.out)["recovered_80"] == 1.0
    wrong = run("evaluate", "--truth", str(truth), "-w", str(swept))
    assert wrong.code == 3
    assert 'no column "cluster"' in wrong.err


def test_simulate_writes_a_labelled_world(run: Run, tmp_path: Path) -> None:
    ended = run("simulate", "--accounts", "200", "--seed", "3", "--out", str(tmp_path), "--json")
    files = _json(ended.out)["files"]
    assert "truth" in files
    assert duckdb.read_parquet(files["accounts"]).count("*").fetchall()[0][0] >= 200


def test_simulate_writes_weekly_drops_of_chosen_campaigns(run: Run, tmp_path: Path) -> None:
    given = ("--campaign", "naive=30", "--campaign", "hydra=40", "--switch", "hydra=no-prompts")
    out = tmp_path / "drops"
    ended = run(
        "simulate", "--accounts", "300", "--weeks", "3", *given, "--out", str(out), "--json"
    )
    weeks = _json(ended.out)["weeks"]
    assert len(weeks) == 3
    truth = duckdb.read_parquet(weeks[-1]["truth"])
    assert dict(truth.aggregate("archetype, count(*)").fetchall()) == {"naive": 30, "hydra": 40}
    for wrong, says in (
        (("--campaign", "naive"), "ARCHETYPE=SIZE"),
        (("--campaign", "naive=many"), "whole number"),
        (("--switch", "naive=no_prmpts"), "no_prompts"),
        (("--no-campaigns", "--campaign", "naive=30"), "exclude"),
        (("--weeks", "60"), "between 1 and 13"),
    ):
        ended = run("simulate", *wrong, "--out", str(out))
        assert ended.code == 2
        assert says in ended.err


def test_what_attackers_wrote_never_acts_on_the_terminal(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.support.rings import put_facts, ring

    facts = ring()
    for rows in facts.values():
        for row in rows:
            row["account_id"] = row["account_id"].replace("ring-", f"ring{HOSTILE}-")
            if "value" in row:
                row["value"] += HOSTILE
    put_facts(tmp_path / "coterie.duckdb", facts)
    where = ("-w", str(tmp_path))
    one, two = f"ring{HOSTILE}-000", f"ring{HOSTILE}-001"
    commands = [
        ("sweep",), ("clusters",), ("show", one), ("why", one, two), ("path", one, two),
        ("expand", one), ("show", one + "x"), ("query", "SELECT * FROM members"),
        ("why", one, two, "--json"), ("query", "SELECT * FROM members", "--json"),
    ]  # fmt: skip
    for command in commands:
        ended = run(*command, *where)
        text = ended.out + ended.err
        assert not [ch for ch in text if ch in "\x1b\x07\u202e"], command
    cluster = open_workspace(tmp_path).newest().clusters()["cluster_id"][0]
    assert "\\u{1b}" in run("show", cluster, *where).out


def test_an_interrupt_ends_with_130(tmp_path: Path) -> None:
    code = (
        "import time, sys, click; from coterie.cli import main; from coterie.cli.base import Command\n"
        "@click.command(cls=Command)\n"
        "def slow():\n    print('ready', flush=True); time.sleep(60)\n"
        "main.add_command(slow); main(['slow'])"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        cwd=tmp_path,
    ) as child:  # fmt: skip
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        child.send_signal(signal.SIGINT)
        _, err = child.communicate(timeout=20)
    assert child.returncode == 130
    assert err.strip() == "error: interrupted"


def test_an_interrupt_inside_a_statement_ends_with_130(tmp_path: Path, swept: Path) -> None:
    sql = "SELECT count(*) FROM range(4000000) a, range(4000000) b WHERE a.range * b.range = 7"
    with subprocess.Popen(
        [sys.executable, "-c", "from coterie.cli import main; main()", "-w", str(swept), "query", sql],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path,
    ) as child:  # fmt: skip
        time.sleep(2)
        child.send_signal(signal.SIGINT)
        try:
            _, err = child.communicate(timeout=30)
        finally:
            child.kill()
    assert child.returncode == 130, err


def test_a_reader_that_leaves_early_is_no_error(tmp_path: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-c", "from coterie.cli import main; main()", "schema"],
        stdout=write, stderr=subprocess.PIPE, text=True, cwd=tmp_path, check=False,
    )  # fmt: skip
    os.close(write)
    assert done.returncode == 0
    assert not done.stderr


def test_a_terminal_without_the_letters_gets_their_numbers(swept: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from coterie.cli import main; main()", "-w", str(swept), "clusters"],
        capture_output=True, text=True, check=True, cwd=tmp_path,
        env={**os.environ, "PYTHONIOENCODING": "latin-1"},
    )  # fmt: skip
    assert "\\u2500" in done.stdout
