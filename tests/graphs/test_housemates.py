"""Who lives with members of a cluster is not one of them; who is one of many cells is."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from tests.support.facts import END, START, signals, work_over

from coterie.config import Config, SweepOptions
from coterie.graphs.pipeline import detect

if TYPE_CHECKING:
    from pathlib import Path

Rows = list[tuple[str, str, str]]


def _crowd(n: int = 4000) -> Rows:
    """Accounts that share nothing telling, so that what is rare is rare."""
    return [
        (f"z{i}", kind, f"{kind}-own-{i}") for i in range(n) for kind in ("payment", "device")
    ] + [(f"z{i}", "ip", f"10.{i // 200}.{i % 200}.7") for i in range(n)]


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
    """Sixty accounts on cards and devices of four, each pair of hands dealt anew."""
    rng = random.Random(7)
    rows: Rows = []
    for kind in ("payment", "device", "payment", "device"):
        order = rng.sample(range(60), 60)
        deal = rng.randrange(10**6)
        rows += [(f"op{i}", kind, f"{kind}-{deal}-{place // 4}") for place, i in enumerate(order)]
    return rows


def test_who_shares_a_home_with_two_members_is_left_out(operator: Rows, tmp_path: Path) -> None:
    home = [
        (who, kind, value)
        for who in ("op3", "op8", "partner")
        for kind, value in (("payment", "home-card"), ("device", "tablet"), ("ip", "192.0.2.9"))
    ]
    largest = _members([*operator, *home, *_crowd()], tmp_path)[0]
    assert {f"op{i}" for i in range(60)} <= largest
    assert "partner" not in largest


def test_an_operator_of_cells_keeps_them(tmp_path: Path) -> None:
    """Cells of five that share everything; a second card joins each with the next."""
    rows: Rows = []
    for i in range(60):
        cell = i // 5
        rows += [(f"op{i}", "device", f"phone-{cell}"), (f"op{i}", "payment", f"card-{cell}")]
        rows += [(f"op{i}", "payment", f"bridge-{(cell + i % 2) % 12}")]
    largest = _members([*rows, *_crowd()], tmp_path, resolution=0.1)[0]
    assert largest == {f"op{i}" for i in range(60)}
