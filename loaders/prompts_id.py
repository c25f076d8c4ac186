"""Names of families that last: a family keeps its name as its texts come, go and change.

A new family is named after the document that stands for it. When the families are found again, each
takes over the name that most of its documents had before; of the parts that an old family falls into
the largest keeps the name, of old families that grow together the larger one's name stays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coterie.loaders.prompts_text import U64, mix

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SHIFT = U64(16)  # a name is 48 bits: the first 12 hexadecimal digits of a document


def name_families(
    documents: NDArray[np.uint64],
    family: NDArray[np.int64],
    before: tuple[NDArray[np.uint64], NDArray[np.uint64]] | None,
) -> NDArray[np.uint64]:
    """The name (48 bits) of each document's family.

    Args:
        documents: keys in ascending order.
        family: row of the document that stands for each one's family.
        before: documents of the store so far and the names of their families; None for none.
    """
    name = np.zeros(len(documents), U64)
    taken = np.zeros(0, U64)
    if before is not None and len(before[0]):
        taken = np.unique(before[1])
        _take_over(name, documents, family, before)
    new = np.flatnonzero((family == np.arange(len(family))) & (name == 0))
    fresh = documents[new] >> _SHIFT
    while True:
        # Two of one name, or an old one that now stands for others: the later one asks for another.
        _, first = np.unique(fresh, return_index=True)
        clash = np.ones(len(fresh), np.bool_)
        clash[first] = np.isin(fresh[first], taken)
        clash |= fresh == 0
        if not clash.any():
            break
        fresh[clash] = mix(fresh[clash] + U64(1)) >> _SHIFT
    name[new] = fresh
    return name[family]


def _take_over(
    name: NDArray[np.uint64],
    documents: NDArray[np.uint64],
    family: NDArray[np.int64],
    before: tuple[NDArray[np.uint64], NDArray[np.uint64]],
) -> None:
    """Give old names to the rows that stand for families, the strongest claims first."""
    order = np.argsort(before[0], kind="stable")
    known, old = before[0][order], before[1][order]
    place = np.minimum(np.searchsorted(known, documents), len(known) - 1)
    rows = np.flatnonzero(known[place] == documents)
    new, old = family[rows], old[place[rows]]
    order = np.lexsort((old, new))
    new, old = new[order], old[order]
    cut = np.flatnonzero(np.append(True, (new[1:] != new[:-1]) | (old[1:] != old[:-1]))[: len(new)])
    votes = np.diff(np.append(cut, len(new)))
    new, old = new[cut], old[cut]
    while len(new):
        best = _first_of(new, np.lexsort((old, -votes, new)))
        chosen = _first_of(old, np.lexsort((new, -votes, old)))
        mutual = np.intersect1d(best, chosen)
        name[new[mutual]] = old[mutual]
        free = ~np.isin(new, new[mutual]) & ~np.isin(old, old[mutual])
        new, old, votes = new[free], old[free], votes[free]


def _first_of(group: NDArray[np.generic], order: NDArray[np.int64]) -> NDArray[np.int64]:
    """The first row of each group in the given order."""
    ordered = group[order]
    first: NDArray[np.int64] = order[np.append(True, ordered[1:] != ordered[:-1])]
    return first
