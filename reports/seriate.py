"""One order of rows and columns in which shared evidence forms blocks.

Correspondence analysis gives a first order; barycentre sweeps (each row moves to the mean place of
its columns and the other way round) sharpen it. O(links) a sweep.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

    Ints = np.ndarray[tuple[int], np.dtype[np.int64]]
    Floats = np.ndarray[tuple[int], np.dtype[np.float64]]

SWEEPS = 12
_DENSE = 64


def seriate(
    links: tuple[Ints, Ints], shape: tuple[int, int], row_class: Ints, column_class: Ints
) -> tuple[Ints, Ints]:
    """Order rows and columns so that what is linked stands together.

    Args:
        links: row and column of each link, int64, each pair once.
        shape: number of rows and of columns.
        row_class: int64 per row; rows stay together by class, in its order (core, member, fringe).
        column_class: int64 per column; columns stay together by class (kind).

    Returns:
        The rows and the columns in their new order. Equal input gives equal output; rows and
        columns that nothing tells apart keep the order in which they came.
    """
    n, m = shape
    if not n or not m or not links[0].size:
        return np.argsort(row_class, kind="stable"), np.argsort(column_class, kind="stable")
    from scipy.sparse import csr_matrix

    matrix = csr_matrix((np.ones(links[0].size), links), shape=shape)
    back = matrix.T.tocsr()
    row_sum = np.maximum(np.asarray(matrix.sum(axis=1)).ravel(), 1.0)
    column_sum = np.maximum(np.asarray(matrix.sum(axis=0)).ravel(), 1.0)
    row = _rank(_first_axis(matrix, row_sum, column_sum))
    column = np.zeros(m)
    for _ in range(SWEEPS):
        column = (back @ row) / column_sum
        row = _rank((matrix @ column) / row_sum)
    return np.lexsort((row, row_class)), np.lexsort((column, column_class))


def _rank(place: Floats) -> Floats:
    # Rounded, so that sums in another order do not turn ties around.
    order = np.argsort(np.round(place, 9), kind="stable")
    rank = np.empty(order.size)
    rank[order] = np.arange(order.size)
    return rank


def _first_axis(matrix: csr_matrix, row_sum: Floats, column_sum: Floats) -> Floats:
    """The first non-trivial axis of correspondence analysis, one number a row."""
    from scipy.sparse import diags_array

    scaled = diags_array(row_sum**-0.5) @ matrix @ diags_array(column_sum**-0.5)
    if min(scaled.shape) <= _DENSE:
        left, values, _ = np.linalg.svd(scaled.toarray(), full_matrices=False)
    else:
        from scipy.sparse.linalg import svds

        # A start vector of our own: the same picture each time.
        start = np.sin(1.0 + np.arange(min(scaled.shape)))
        left, values, _ = svds(scaled, k=4, v0=start)
    order = np.argsort(-values, kind="stable")
    axis: Floats = left[:, order[min(1, order.size - 1)]] / row_sum**0.5
    if axis[np.argmax(np.abs(np.round(axis, 9)))] < 0:
        axis = -axis
    return axis
