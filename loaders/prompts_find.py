"""From texts to families: near copies first, then what masks leave of one text of each.

Exact copies are one document already; near copies are found by MinHash over word bigrams; templates
with long slots by MinHash over what a mask of rare words and rare runs leaves (``prompts_mask``). What
a large part of all texts contain (``prompts_common``) joins nothing where there is more to compare.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from coterie.loaders import prompts_common, prompts_mask, prompts_near, prompts_text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from coterie.loaders.prompts_near import Links
    from coterie.loaders.prompts_text import Ragged, Texts


@dataclass(frozen=True, slots=True)
class FamilyOptions:
    """What makes two texts one family.

    Attributes:
        near: how near copies are looked for. Of 32 hashes, a pair of Jaccard .7 shares fewer than
            16 about once in 130 times; in a family few hang by one pair.
        mask: how equal masks are looked for. Bands of two: pairs of Jaccard .5 are found too, for
            there are fewer.
        min_words: words that a mask must leave to say anything.
    """

    near: prompts_near.Search = field(
        default_factory=lambda: prompts_near.Search(threshold=0.6, rows=3, least_agreement=16)
    )
    mask: prompts_near.Search = field(
        default_factory=lambda: prompts_near.Search(threshold=0.5, rows=2, least_agreement=8)
    )
    min_words: int = 5


@dataclass(frozen=True, slots=True)
class Grouping:
    """What belongs together.

    Attributes:
        words: the words of each text.
        representative: row of the text that stands for each text's family.
        near: verified pairs of near copies.
        masked: verified pairs of equal masks.
        n_heads: families of near copies.
    """

    words: Ragged
    representative: NDArray[np.int64]
    near: Links
    masked: Links
    n_heads: int


def group_texts(texts: Texts, options: FamilyOptions) -> Grouping:
    """Group distinct texts; the order of the texts decides ties, so give them a fixed one.

    Args:
        texts: not empty, in an order that has nothing to do with their words (that of a hash): the
            first some thousand stand for all.
        options: what makes two texts one family.
    """
    words = prompts_text.find_words(texts)
    everyone = np.arange(len(texts))
    near, label = prompts_near.near_links(
        prompts_text.bigrams(prompts_common.without_common(words)), options.near
    )
    # Masks are counted over near-copy families, one document each.
    head = np.flatnonzero(label == everyone)
    skeleton = prompts_mask.skeletons(
        prompts_mask.join_links(texts, head, words.where(label == everyone)),
        prompts_mask.MaskOptions.for_corpus(len(head), min_words=options.min_words),
    )
    sequence = prompts_mask.sequence_hash(skeleton)
    first, same = _first_of_each(sequence)  # each skeleton once
    masked, joined = prompts_near.near_links(
        prompts_text.bigrams(skeleton.take(first)), options.mask
    )
    masked = replace(masked, a=head[first[masked.a]], b=head[first[masked.b]])
    joined = np.where(same < 0, np.arange(len(head)), first[joined[same]] if len(first) else 0)
    head_of = np.searchsorted(head, label)
    weight = np.bincount(head_of, minlength=len(head))
    representative = _representatives(joined, sequence, head, weight)[head_of]
    return Grouping(words, representative, near, masked, len(head))


def _first_of_each(
    sequence: NDArray[np.uint64],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First row of each skeleton, and each row's place in that list; -1 without a skeleton."""
    place = np.full(len(sequence), -1, np.int64)
    rows = np.flatnonzero(sequence)
    _, first, inverse = np.unique(sequence[rows], return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    place[rows] = rank[inverse]
    return rows[first[order]], place


def _representatives(
    label: NDArray[np.int64],
    sequence: NDArray[np.uint64],
    head: NDArray[np.int64],
    weight: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Row of the document that stands for each head's family.

    The skeleton that most documents of the family have; of its heads the first.
    """
    order = np.lexsort((head, sequence, label))
    new = np.ones(len(order), np.bool_)
    new[1:] = (label[order][1:] != label[order][:-1]) | (
        sequence[order][1:] != sequence[order][:-1]
    )
    cuts = np.flatnonzero(new)
    if not len(cuts):
        return head
    size = np.add.reduceat(weight[order], cuts)
    group_label, group_head = label[order][cuts], head[order][cuts]
    best = np.lexsort((group_head, -size, group_label))
    first = np.ones(len(best), np.bool_)
    first[1:] = group_label[best][1:] != group_label[best][:-1]
    out = np.zeros(len(label), np.int64)
    out[group_label[best][first]] = group_head[best][first]
    return out[label]
