"""Names over sweeps: what carries one on, what happened, and what must not matter."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.tracking import tracked, tracking_store

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from coterie.queries.store import Store

    Groups = Mapping[str, frozenset[str]]

NEXT = "s-20260608-00000002"
THEN = "s-20260615-00000003"


@pytest.fixture(scope="module")
def work() -> Iterator[Store]:
    yield from tracking_store()


def _accounts(low: int, high: int) -> frozenset[str]:
    return frozenset(f"a{i:03d}" for i in range(low, high))


@st.composite
def _partitions(draw: st.DrawFn) -> tuple[Groups, Groups]:
    def groups(names: str) -> Groups:
        labels = draw(st.lists(st.integers(0, 4), min_size=18, max_size=18))
        found: dict[str, set[str]] = {}
        for account, label in enumerate(labels):
            if label < 4:
                found.setdefault(f"{names}{label}", set()).add(f"a{account:03d}")
        return {name: frozenset(group) for name, group in found.items()}

    return groups("p"), groups("n")


def _worth(before: Groups, now: Groups, everybody: frozenset[str]) -> dict[tuple[str, str], int]:
    """What each pair of a known and a present cluster is worth, by the rule as the guide tells it."""
    found = {}
    known = frozenset().union(*before.values()) if before else frozenset()
    for p, was in before.items():
        for d, members in now.items():
            both = len(was & members)
            if both < 2:
                continue
            held, made = both / len(was & everybody), both / len(members & known)
            if max(held, made) < 0.5:
                continue
            dice = round(2 * held * made / (held + made) * 1_000_000)
            found[p, d] = dice * (1 << 20) + 8 * both
    return found


def _best(worth: dict[tuple[str, str], int], before: Groups, now: Groups) -> tuple[int, int]:
    """The largest worth in all, and how many ways lead to it."""
    olds = [*before, *("" for _ in now)]
    ways: dict[int, set[frozenset[tuple[str, str]]]] = {}
    for order in permutations(olds, len(now)):
        pairs = frozenset(pair for pair in zip(order, now, strict=True) if pair in worth)
        ways.setdefault(sum(worth[pair] for pair in pairs), set()).add(pairs)
    most = max(ways)
    return most, len(ways[most])


@settings(max_examples=15, deadline=None)
@given(_partitions(), st.permutations(list(range(18))))
def test_names_are_given_for_the_largest_overlap_in_all(
    work: Store,
    tmp_path_factory: pytest.TempPathFactory,
    parts: tuple[Groups, Groups],
    order: list[int],
) -> None:
    before, now = parts
    folder = tmp_path_factory.mktemp("t")
    everybody = frozenset().union(*now.values()) if now else frozenset()
    first = tracked(work, folder / "1", before)
    second = tracked(work, folder / "2", now, first, sweep_id=NEXT)
    # Every group is there under one name, and none under two.
    assert sorted(map(sorted, second.groups.values())) == sorted(map(sorted, now.values()))
    kept = {
        (n, d) for n, g in second.groups.items() for d, h in now.items() if g == h and n in before
    }
    worth = _worth(before, now, everybody)
    assert kept <= worth.keys()
    most, ways = _best(worth, before, now)
    assert sum(worth[pair] for pair in kept) == most
    for name in before:
        events = {c["event"] for c in second.changes if c["cluster_id"] == name}
        assert (
            (name in second.groups) != bool(events & {"death"})
            or "split" in events
            or ("merge" in events)
        )
    # Another order of rows changes nothing; other names of accounts change no event.
    turned = tracked(work, folder / "3", now, first, sweep_id=NEXT, turn=-1)
    assert turned.groups == second.groups
    assert sorted(map(str, turned.changes)) == sorted(map(str, second.changes))
    if ways == 1:
        name_of = {f"a{i:03d}": f"z{k:03d}" for i, k in enumerate(order)}

        def renamed(groups: Groups) -> Groups:
            return {n: frozenset(name_of[a] for a in g) for n, g in groups.items()}

        other = tracked(work, folder / "4", renamed(before))
        again = tracked(work, folder / "5", renamed(now), other, sweep_id=NEXT)
        assert again.events() == second.events()


def test_a_cluster_that_loses_and_wins_members_goes_on(work: Store, tmp_path: Path) -> None:
    first = tracked(work, tmp_path / "1", {"x": _accounts(0, 20), "y": _accounts(50, 60)})
    assert set(first.change.values()) == {"birth"}
    second = tracked(
        work, tmp_path / "2", {"q": _accounts(3, 21), "y2": _accounts(50, 75)}, first, sweep_id=NEXT
    )
    assert second.change == {"x": "continue", "y": "grow"}
    (row,) = [c for c in second.changes if c["cluster_id"] == "x"]
    assert (row["n_joined"], row["n_left"], row["other_cluster_id"]) == (1, 3, None)
    third = tracked(
        work, tmp_path / "3", {"a": _accounts(3, 12), "b": _accounts(50, 75)}, second, sweep_id=THEN
    )
    assert third.change == {"x": "shrink", "y": "continue"}


def test_accounts_that_cannot_be_seen_any_more_do_not_count(work: Store, tmp_path: Path) -> None:
    """Four of five left the window, thirty signed up: it is the same cluster, grown."""
    first = tracked(work, tmp_path / "1", {"x": _accounts(0, 20)})
    second = tracked(work, tmp_path / "2", {"d": _accounts(16, 46)}, first, sweep_id=NEXT)
    assert second.change == {"x": "grow"}
    # The same overlap among accounts that were all there before is another cluster.
    first = tracked(work, tmp_path / "3", {"x": _accounts(0, 20)}, seen=_accounts(20, 46))
    second = tracked(
        work, tmp_path / "4", {"d": _accounts(16, 46)}, first, sweep_id=NEXT, seen=_accounts(0, 16)
    )
    assert second.change == {"d": "birth"}


def test_two_clusters_merge_and_the_one_part_leaves_again_under_its_name(
    work: Store, tmp_path: Path
) -> None:
    first = tracked(work, tmp_path / "1", {"x": _accounts(0, 20), "y": _accounts(20, 30)})
    second = tracked(work, tmp_path / "2", {"d": _accounts(0, 30)}, first, sweep_id=NEXT)
    assert second.change == {"x": "merge"}
    assert {(c["cluster_id"], c["event"], c["other_cluster_id"]) for c in second.changes} == {
        ("x", "merge", "y"), ("y", "merge", "x"),
    }  # fmt: skip
    third = tracked(
        work, tmp_path / "3", {"e": _accounts(0, 20), "f": _accounts(20, 30)}, second, sweep_id=THEN
    )
    assert third.groups == {"x": _accounts(0, 20), "y": _accounts(20, 30)}
    assert third.change == {"x": "split", "y": "split"}
    assert {(c["cluster_id"], c["event"], c["other_cluster_id"]) for c in third.changes} == {
        ("x", "split", "y"), ("y", "split", "x"),
    }  # fmt: skip


def test_a_cluster_falls_apart_into_the_larger_part_and_a_newborn(
    work: Store, tmp_path: Path
) -> None:
    first = tracked(work, tmp_path / "1", {"x": _accounts(0, 30)})
    second = tracked(
        work, tmp_path / "2", {"d": _accounts(0, 12), "e": _accounts(12, 30)}, first, sweep_id=NEXT
    )
    assert second.groups == {"x": _accounts(12, 30), "d": _accounts(0, 12)}
    rows = {c["cluster_id"]: c for c in second.changes}
    assert (rows["d"]["event"], rows["d"]["other_cluster_id"]) == ("split", "x")
    assert (rows["x"]["event"], rows["x"]["other_cluster_id"]) == ("split", "d")
    assert (rows["d"]["n_joined"], rows["x"]["n_left"]) == (12, 12)


def test_a_cluster_comes_back_after_sweeps_without_it(work: Store, tmp_path: Path) -> None:
    rest = {"other": _accounts(90, 99)}
    first = tracked(work, tmp_path / "1", {"x": _accounts(0, 10), **rest})
    second = tracked(work, tmp_path / "2", rest, first, sweep_id=NEXT)
    assert [c["event"] for c in second.changes if c["cluster_id"] == "x"] == ["death"]
    third = tracked(work, tmp_path / "3", rest, second, sweep_id=THEN)
    assert [c for c in third.changes if c["cluster_id"] == "x"] == []
    fourth = tracked(work, tmp_path / "4", {**rest, "back": _accounts(2, 14)}, third)
    assert fourth.change == {"x": "resurge", "other": "continue"}


def test_confirmed_accounts_keep_the_name_in_a_smaller_part(work: Store, tmp_path: Path) -> None:
    first = tracked(work, tmp_path / "1", {"x": _accounts(0, 30)})
    parts = {"d": _accounts(0, 8), "e": _accounts(8, 30)}
    known = {"x": _accounts(0, 8)}
    second = tracked(work, tmp_path / "2", parts, first, sweep_id=NEXT, anchors=known)
    assert second.groups["x"] == _accounts(0, 8)
    # And the confirmed one keeps its name when a larger one takes it in.
    first = tracked(work, tmp_path / "3", {"x": _accounts(0, 8), "big": _accounts(8, 40)})
    second = tracked(work, tmp_path / "4", {"d": _accounts(0, 40)}, first, anchors=known)
    assert second.groups == {"x": _accounts(0, 40)}
    assert second.change == {"x": "merge"}


def test_the_core_says_which_part_is_the_cluster(work: Store, tmp_path: Path) -> None:
    fringe = dict.fromkeys(_accounts(10, 30), "fringe")
    first = tracked(work, tmp_path / "1", {"x": _accounts(0, 30)}, roles=fringe)
    parts = {"d": _accounts(0, 10), "e": _accounts(10, 30)}
    second = tracked(work, tmp_path / "2", parts, first, sweep_id=NEXT, roles=fringe)
    assert second.groups["x"] == _accounts(0, 10)


def test_new_accounts_on_the_values_of_banned_ones_carry_the_name_on(
    work: Store, tmp_path: Path
) -> None:
    values = {("payment", "payment", "card-1"), ("device", "device", "dev-1")}
    first = tracked(work, tmp_path / "1", {"x": _accounts(0, 10)}, values={"x": values})
    now = {"d": _accounts(50, 60)}
    back = tracked(
        work,
        tmp_path / "2",
        now,
        first,
        sweep_id=NEXT,
        banned=_accounts(0, 10),
        values={"d": values},
    )
    assert back.change == {"x": "replaced"}
    # One family alone, or nobody banned: a cluster of its own.
    one = {("payment", "payment", "card-1"), ("payment", "bank_account", "b-1")}
    first = tracked(work, tmp_path / "3", {"x": _accounts(0, 10)}, values={"x": one})
    alone = tracked(
        work, tmp_path / "4", now, first, sweep_id=NEXT, banned=_accounts(0, 10), values={"d": one}
    )
    assert alone.change == {"d": "birth"}
    first = tracked(work, tmp_path / "5", {"x": _accounts(0, 10)}, values={"x": values})
    free = tracked(work, tmp_path / "6", now, first, sweep_id=NEXT, values={"d": values})
    assert free.change == {"d": "birth"}
    # Also after sweeps in which nothing of it was to be seen.
    first = tracked(work, tmp_path / "7", {"x": _accounts(0, 10)}, values={"x": values})
    away = tracked(work, tmp_path / "8", {}, first, sweep_id=NEXT, banned=_accounts(0, 10))
    late = tracked(
        work,
        tmp_path / "9",
        now,
        away,
        sweep_id=THEN,
        banned=_accounts(0, 10),
        values={"d": values},
    )
    assert late.change == {"x": "replaced"}


def test_a_newborn_never_takes_a_name_that_meant_something_else(
    work: Store, tmp_path: Path
) -> None:
    first = tracked(work, tmp_path / "1", {"x": _accounts(0, 6)})
    second = tracked(
        work, tmp_path / "2", {"x": _accounts(10, 16), "y": _accounts(0, 6)}, first,
        sweep_id="s-20260601-abcdef12",
    )  # fmt: skip
    assert second.groups == {"x": _accounts(0, 6), "x-abcdef12": _accounts(10, 16)}
