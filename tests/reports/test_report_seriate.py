"""The order of rows and columns in the evidence picture."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coterie.reports.seriate import seriate

Array = np.ndarray[Any, Any]


def order(
    rows: list[int] | Array,
    columns: list[int] | Array,
    shape: tuple[int, int],
    row_class: Array | None = None,
    column_class: Array | None = None,
) -> tuple[Array, Array]:
    n, m = shape
    return seriate(
        (np.asarray(rows, dtype=np.int64), np.asarray(columns, dtype=np.int64)),
        shape,
        np.zeros(n, dtype=np.int64) if row_class is None else row_class,
        np.zeros(m, dtype=np.int64) if column_class is None else column_class,
    )


@given(st.data())
def test_every_row_and_column_has_its_place_in_its_class(data: st.DataObject) -> None:
    n, m = data.draw(st.integers(0, 30)), data.draw(st.integers(0, 30))
    pairs = data.draw(st.sets(st.tuples(st.integers(0, 29), st.integers(0, 29)), max_size=80))
    kept = sorted((r, c) for r, c in pairs if r < n and c < m)
    row_class = np.array(data.draw(st.lists(st.integers(0, 2), min_size=n, max_size=n)), np.int64)
    column_class = np.array(
        data.draw(st.lists(st.integers(0, 3), min_size=m, max_size=m)), np.int64
    )
    rows, columns = order(
        [r for r, _ in kept], [c for _, c in kept], (n, m), row_class, column_class
    )
    assert sorted(rows.tolist()) == list(range(n))
    assert sorted(columns.tolist()) == list(range(m))
    assert np.all(np.diff(row_class[rows]) >= 0)
    assert np.all(np.diff(column_class[columns]) >= 0)


@pytest.mark.parametrize("size", [30, 200], ids=["dense", "sparse"])
def test_a_shuffled_band_is_put_back_in_order(size: int) -> None:
    rng = np.random.default_rng(4)
    rows = np.repeat(np.arange(size), 5)
    columns = np.clip(rows + np.tile(np.arange(5), size) - 2, 0, size - 1)
    pairs = np.unique(np.stack([rows, columns], axis=1), axis=0)
    mixed_rows, mixed_columns = rng.permutation(size), rng.permutation(size)
    found, _ = order(mixed_rows[pairs[:, 0]], mixed_columns[pairs[:, 1]], (size, size))
    back = np.argsort(mixed_rows)
    place = back[found]
    agreement = abs(np.corrcoef(place, np.arange(size))[0, 1])
    assert agreement > 0.98


def test_two_blocks_do_not_mix() -> None:
    rng = np.random.default_rng(5)
    block = rng.integers(0, 2, 80)
    rows = np.repeat(np.arange(80), 6)
    columns = rng.integers(0, 6, rows.size) + 6 * block[rows]
    pairs = np.unique(np.stack([rows, columns], axis=1), axis=0)
    found, _ = order(pairs[:, 0], pairs[:, 1], (80, 12))
    assert np.count_nonzero(np.diff(block[found])) == 1


def test_the_order_of_the_links_does_not_matter() -> None:
    rng = np.random.default_rng(6)
    pairs = np.unique(rng.integers(0, 90, (600, 2)), axis=0)
    mixed = pairs[rng.permutation(len(pairs))]
    one = order(pairs[:, 0], pairs[:, 1], (90, 90))
    two = order(mixed[:, 0], mixed[:, 1], (90, 90))
    assert np.array_equal(one[0], two[0])
    assert np.array_equal(one[1], two[1])
