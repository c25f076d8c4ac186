"""Loading from the command line: flags, sources, quarantine, exit codes; and the demo."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from coterie.workspace import open_workspace

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[..., Any]

WIDE = "user,card,dev,when\n" + "".join(
    f"u{i},c{i // 2},d{i},2026-05-0{1 + i % 9}\n" for i in range(12)
)


def _signals(root: Path) -> list[tuple[Any, ...]]:
    frame = open_workspace(root).query("SELECT account_id, kind, value FROM signals ORDER BY ALL")
    return frame.rows()


def test_a_wide_table_is_mapped_by_flags(tmp_path: Path, run: Run) -> None:
    (tmp_path / "wide.csv").write_text(WIDE)
    ended = run(
        "load", str(tmp_path / "wide.csv"), "-w", str(tmp_path), "--as", "signals",
        "--map", "account_id=user", "--map", "seen_at=when", "--signal", "payment=card",
        "--signal", "device=dev",
    )  # fmt: skip
    assert ended.code == 0, ended.err
    assert "24 signals from 2 columns: card as payment, dev as device" in ended.out
    rows = _signals(tmp_path)
    assert ("u3", "payment", "c1") in rows
    assert ("u3", "device", "d3") in rows
    assert len(rows) == 24


def test_a_wide_table_of_accounts_says_what_became_of_its_columns(tmp_path: Path, run: Run) -> None:
    (tmp_path / "accounts.csv").write_text(
        "account_id,created_at,plan,ip,dev\na,2026-05-01,free,8.8.8.8,d1\nb,2026-05-01,free,,\n"
    )
    ended = run(
        "load", str(tmp_path / "accounts.csv"), "-w", str(tmp_path), "--signal", "device=dev"
    )
    notes = [line.strip() for line in ended.out.splitlines()]
    assert "1 signals from 1 column: dev as device" in notes, "an empty cell is no signal"
    assert (
        "further columns kept as attributes: ip, plan; to link accounts by them say --signal ip=ip"
        in notes
    )


def test_links_without_a_cluster_hint_at_the_least_size(tmp_path: Path, run: Run) -> None:
    (tmp_path / "signals.csv").write_text(
        "account_id,kind,value\n"
        + "".join(f"a{i},{kind},v{i // 3}\n" for i in range(30) for kind in ("device", "payment"))
    )
    assert run("load", str(tmp_path / "signals.csv"), "-w", str(tmp_path)).code == 0
    none = run("sweep", "-w", str(tmp_path))
    assert ", 0 clusters" in none.out
    assert "--min-size lowers it" in none.out
    some = run("sweep", "-w", str(tmp_path), "--min-size", "2")
    assert ", 10 clusters" in some.out
    assert "--min-size" not in some.out


def test_quiet_leaves_out_the_notes(tmp_path: Path, run: Run) -> None:
    (tmp_path / "accounts.csv").write_text("user,created_at,ip\na,2026-05-01,8.8.8.8\n")
    (tmp_path / "more.csv").write_text("user,created_at,ip\nb,2026-05-01,8.8.4.4\n")
    loud = run("load", str(tmp_path / "accounts.csv"), "-w", str(tmp_path))
    quiet = run("load", str(tmp_path / "more.csv"), "-w", str(tmp_path), "-q")
    assert 'column "user" read as account_id' in loud.out
    assert (quiet.code, quiet.err) == (0, "")
    assert quiet.out.splitlines() == [
        "more.csv (accounts): loaded 1, quarantined 0",
        "loaded 1, quarantined 0; 1 accounts",
    ]


def test_configured_sources_load_without_files_and_only_once(tmp_path: Path, run: Run) -> None:
    (tmp_path / "wide.csv").write_text(WIDE)
    (tmp_path / "coterie.toml").write_text(
        "[[source]]\npath = 'wide.csv'\nas = 'signals'\n"
        "map = { account_id = 'user', seen_at = 'when' }\n"
        "signals = { payment = 'card', device = 'dev' }\n"
    )
    first = json.loads(run("load", "-w", str(tmp_path), "--json").out)
    again = json.loads(run("load", "-w", str(tmp_path), "--json").out)
    assert (first["schema_version"], first["loaded"]) == (1, 12)
    assert again["loaded"] == 0
    assert again["sources"][0]["skipped"]
    assert len(_signals(tmp_path)) == 24


def test_quarantined_rows_are_counted_kept_and_strict(tmp_path: Path, run: Run) -> None:
    (tmp_path / "s.csv").write_text("account_id,kind,value\na,device,x\n,device,y\nb,device,x\n")
    ended = run("load", str(tmp_path / "s.csv"), "-w", str(tmp_path), "--strict")
    assert ended.code == 4
    assert "loaded 2, quarantined 1" in ended.out
    assert "warning: quarantined 1" in ended.err
    rows = open_workspace(tmp_path).query("SELECT row_number, field FROM quarantine").rows()
    assert rows == [(2, "account_id")]


@pytest.mark.parametrize(
    ("name", "content", "args", "code"),
    [
        ("x.parquet", b"PAR1 cut off", (), 3),
        ("x.csv", b"account_id,kind,value\n,,\n", (), 3),
        ("x.csv", b"account_id,kind,value\na,device,x\n", ("--map", "value=valu"), 3),
        ("x.csv", b"account_id,kind,value\na,device,x\n", ("--as", "signal"), 2),
    ],
)
def test_what_cannot_be_loaded_is_said_in_a_line_and_changes_nothing(
    tmp_path: Path, run: Run, name: str, content: bytes, args: tuple[str, ...], code: int
) -> None:
    good = tmp_path / "good.csv"
    good.write_text("account_id,kind,value\na,device,x\nb,device,x\n")
    assert run("load", str(good), "-w", str(tmp_path)).code == 0
    before = _signals(tmp_path)
    (tmp_path / name).write_bytes(content)
    ended = run("load", str(tmp_path / name), "-w", str(tmp_path), *args)
    assert ended.code == code, ended
    assert ended.err.startswith("error: ")
    assert len(ended.err.splitlines()) == 1
    assert _signals(tmp_path) == before


def test_the_demo_ends_with_a_report_that_opens(tmp_path: Path, run: Run) -> None:
    ended = run("demo", "--out", str(tmp_path), "--accounts", "600")
    assert ended.code == 0, ended.err
    report = tmp_path / "run" / "report" / "index.html"
    assert report.as_uri() in ended.out
    assert report.is_file()
    assert "B-cubed" in ended.out
    assert "what ties them" in ended.out
    # It leaves a workspace like any other.
    found = json.loads(run("clusters", "-w", str(tmp_path / "run"), "--json").out)
    assert found["n"] > 0
    again = json.loads(run("demo", "--out", str(tmp_path), "--accounts", "600", "--json").out)
    assert again["report"] == report.as_uri()
    assert again["sweep"]["sweep_id"] == found["sweep_id"]
