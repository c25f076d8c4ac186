"""Which families a listed text stands for: public templates, listed by their words.

A family is meant when its template has hardly anything (``_OUTSIDE`` pairs of words) that the text
does not have, and at least half of the text. So an operator's own template behind a listed system
prompt is not listed with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coterie.loaders.prompts_text import bigrams, pair_hashes, ragged_index

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from coterie.loaders.prompts_template import Families
    from coterie.loaders.prompts_text import Ragged

_OUTSIDE = 3  # pairs of words: a template of one's own has five words in a row


def fit_listed(
    words: Ragged, families: Families, kept: NDArray[np.bool_], listed: Ragged
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Listed texts and the families that they stand for.

    Args:
        words: words of all documents.
        families: families of two or more.
        kept: which words of each representative are its template, flat in order of families.
        listed: words of the listed texts.

    Returns:
        Rows of listed, and of families, a pair each.
    """
    position, offsets = ragged_index(words.offsets, families.representative)
    family = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    stays = kept[:-1] & kept[1:] & (family[:-1] == family[1:])
    flat = words.flat[position]
    gram, family = pair_hashes(flat[:-1][stays], flat[1:][stays]), family[:-1][stays]
    # Each pair of words of a listed text once, in order.
    asked = bigrams(listed)
    text = np.repeat(np.arange(len(asked.sizes)), asked.sizes)
    order = np.lexsort((text, asked.flat))
    value, text = asked.flat[order], text[order]
    once = np.append(True, (value[1:] != value[:-1]) | (text[1:] != text[:-1]))[: len(order)]
    value, text = value[once], text[once]
    size = np.bincount(text, minlength=len(asked.sizes))
    # The texts that have each pair of a template.
    begin = np.searchsorted(value, gram, side="left")
    n = np.searchsorted(value, gram, side="right") - begin
    met, which = np.unique(
        _both(np.repeat(family, n), text[_from(begin, n)], len(size)), return_counts=True
    )
    in_family, in_text = met // max(len(size), 1), met % max(len(size), 1)
    outside = np.bincount(family, minlength=len(offsets) - 1)[in_family] - which
    good = (outside <= _OUTSIDE) & (2 * which >= size[in_text]) & (which > _OUTSIDE)
    return in_text[good], in_family[good]


def _both(family: NDArray[np.int64], text: NDArray[np.int64], n_texts: int) -> NDArray[np.int64]:
    """One number for a family and a text."""
    return family * n_texts + text


def _from(begin: NDArray[np.int64], n: NDArray[np.int64]) -> NDArray[np.int64]:
    """The ``n`` places from each beginning."""
    ends = np.cumsum(n)
    place = np.arange(int(n.sum()))
    place += np.repeat(begin - (ends - n), n)
    return place
