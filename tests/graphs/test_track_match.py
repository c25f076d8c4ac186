"""The assignment of known clusters to those of today, against brute force and scipy's dense solver."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from coterie.graphs.track_match import best_pairs

if TYPE_CHECKING:
    from numpy.typing import NDArray


@st.composite
def _pairs(draw: st.DrawFn) -> list[tuple[int, int, int]]:
    cells = [(i, j) for i in range(5) for j in range(5)]
    chosen = draw(st.lists(st.sampled_from(cells), unique=True, max_size=12))
    return [(i, j, draw(st.integers(1, 30))) for i, j in chosen]


def _columns(rows: list[tuple[int, int, int]]) -> tuple[NDArray[np.int64], ...]:
    table = np.array(rows, dtype=np.int64).reshape(-1, 3)
    return table[:, 0], table[:, 1], table[:, 2]


@settings(max_examples=200)
@given(_pairs())
def test_the_pairs_taken_weigh_most_and_meet_nobody_twice(rows: list[tuple[int, int, int]]) -> None:
    left, right, weight = _columns(rows)
    taken = best_pairs(left, right, weight)
    assert len(set(left[taken])) == len(set(right[taken])) == taken.sum()
    worth = {(i, j): w for i, j, w in rows}
    most = max(
        sum(worth.get((i, j), 0) for i, j in enumerate(order)) for order in permutations(range(5))
    )
    assert weight[taken].sum() == most


def test_a_large_graph_agrees_with_the_dense_solver() -> None:
    rng = np.random.default_rng(4)
    cells = np.unique(rng.integers(0, 300, (1500, 2)), axis=0)
    weight = rng.integers(1, 1 << 41, len(cells))
    taken = best_pairs(cells[:, 0], cells[:, 1], weight)
    dense = np.zeros((300, 300))
    dense[cells[:, 0], cells[:, 1]] = weight
    rows, columns = linear_sum_assignment(dense, maximize=True)
    assert weight[taken].sum() == dense[rows, columns].sum()
    assert len(set(cells[taken, 0])) == len(set(cells[taken, 1])) == taken.sum()


def test_a_part_is_assigned_the_same_alone_as_among_others() -> None:
    rng = np.random.default_rng(5)
    cells = np.unique(rng.integers(0, 12, (40, 2)), axis=0)
    weight = rng.integers(1, 1 << 20, len(cells))
    alone = best_pairs(cells[:, 0], cells[:, 1], weight)
    both = np.concatenate([cells, cells + 12])
    together = best_pairs(both[:, 0], both[:, 1], np.concatenate([weight, weight]))
    assert (together[: len(cells)] == alone).all()
    assert weight[together[len(cells) :]].sum() == weight[alone].sum()
