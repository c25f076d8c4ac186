"""Who lives with members of a cluster is not one of them; who is one of many cells is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest
from tests.support.colleagues import asking, crowd, operator_rows, stolen_card
from tests.support.facts import END, START, signals, work_over

from coterie.config import Config, SweepOptions
from coterie.graphs.pipeline import detect
from coterie.queries.run import run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.colleagues import Rows


def _members(rows: Rows, tmp_path: Path, resolution: float = 1.5) -> list[set[str]]:
    work = work_over({"signal": signals(rows)}, tmp_path)
    try:
        config = Config(root=tmp_path, sweep=SweepOptions(resolution=resolution))
        detect(work, config, START, END, "s-1")
        found = work.con.sql(
            "SELECT cluster_id, list(account_id) FROM finding_member GROUP BY cluster_id"
        ).fetchall()
    finally:
        work.close()
    return sorted((set(accounts) for _, accounts in found), key=len, reverse=True)


@pytest.fixture(scope="module")
def operator() -> Rows:
    return operator_rows()


def test_who_shares_a_home_with_two_members_is_left_out(operator: Rows, tmp_path: Path) -> None:
    home = [
        (who, kind, value)
        for who in ("op3", "op8", "partner")
        for kind, value in (("payment", "home-card"), ("device", "tablet"), ("ip", "192.0.2.9"))
    ]
    largest = _members([*operator, *home, *crowd()], tmp_path)[0]
    assert {f"op{i}" for i in range(60)} <= largest
    assert "partner" not in largest


def test_an_operator_of_cells_keeps_them(tmp_path: Path) -> None:
    """Cells of five that share everything; a second card joins each with the next."""
    rows: Rows = []
    for i in range(60):
        cell = i // 5
        rows += [(f"op{i}", "device", f"phone-{cell}"), (f"op{i}", "payment", f"card-{cell}")]
        rows += [(f"op{i}", "payment", f"bridge-{(cell + i % 2) % 12}")]
    largest = _members([*rows, *crowd()], tmp_path, resolution=0.1)[0]
    assert largest == {f"op{i}" for i in range(60)}


def test_colleagues_of_a_stolen_card_are_no_part_of_the_thief(
    operator: Rows, tmp_path: Path
) -> None:
    """One company card, on which a thief took an account of its own; a shared office beside it."""
    found = _members(stolen_card(operator), tmp_path, 0.01)
    (thief,) = [cluster for cluster in found if "op3" in cluster]
    assert {f"op{i}" for i in range(60)} <= thief
    assert not [account for account in thief if account.startswith("co")]
    assert {f"co{i}" for i in range(10)} in found  # to be judged on what they share


def test_the_quiet_accounts_of_an_operator_stay(operator: Rows, tmp_path: Path) -> None:
    """Accounts that never ask, on the cards and devices of those that do."""
    quiet = {f"op{i}" for i in range(0, 60, 5)}
    quietly = [row for row in asking(operator) if row[1] != "prompt" or row[0] not in quiet]
    largest = _members([*quietly, *crowd()], tmp_path)[0]
    assert {f"op{i}" for i in range(60)} <= largest


@pytest.mark.parametrize(
    ("n_strong", "n_values", "imposed", "bits", "stays"),
    [
        (1, 1, True, 9.0, False),  # one prompt, and nothing else
        (1, 2, True, 9.0, True),  # a prompt and another kind
        (1, 1, False, 9.0, True),  # one card
        (1, 1, False, 4.9, False),
        (0, 3, True, 6.4, False),  # three weak kinds
        (0, 3, True, 6.6, True),
        (2, 2, False, 0.5, True),
    ],
)
def test_who_hangs_on_a_firm_cluster_needs_more(
    n_strong: int, n_values: int, imposed: bool, bits: float, stays: bool, tmp_path: Path
) -> None:
    """Forty accounts tied by two strong kinds each, and one that is asked about."""
    work = work_over({}, tmp_path)
    firm = {"n_strong": 2, "n_values": 2, "imposed": False, "bits": 20_000_000}
    asked = {
        "n_strong": n_strong, "n_values": n_values, "imposed": imposed, "bits": round(1e6 * bits)
    }  # fmt: skip
    rest = {"c": 7, "core": True, "prompt": 0, "timing": 0}
    rows = [{**rest, **(asked if key == 40 else firm), "account_key": key} for key in range(41)]
    work.con.register("rows", pl.DataFrame(rows))
    work.con.sql("CREATE TABLE membership AS FROM rows")
    for none in ("housemate", "apart"):
        work.con.sql(f"CREATE TABLE {none} (account_key INTEGER)")
    run(work, "refine/settle", min_size=5)
    left = {key for (key,) in work.con.sql("SELECT account_key FROM membership").fetchall()}
    work.close()
    assert left == set(range(40)) | ({40} if stays else set())
