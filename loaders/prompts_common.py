"""Boilerplate: long runs of words that a large part of all texts contain.

The system prompt of a popular client or framework stands in the texts of everybody who uses it. Left
in, it makes all of them near copies, and joins operators who have nothing else in common. So it is
dropped wherever what is left says enough; a text that is hardly more than boilerplate keeps it, and its
family is then as popular, and weighs as little, as it deserves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coterie.loaders.prompts_text import U32, U64, Ragged, run_hashes

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SAMPLE = 5000  # texts that are looked at
_LEAST = 50  # of them with the run: one in a hundred of a large platform
_RUN = 8  # words: no sentence of one's own repeats so many by chance
_SHORT = 3
_BITS = 16


def without_common(words: Ragged, *, rest: int = 8) -> Ragged:
    """The words without boilerplate, where at least ``rest`` words remain.

    Args:
        words: of texts in an order that is as good as random.
        rest: words that must remain, else the text keeps its boilerplate.
    """
    common = common_words(words)
    if common is None:
        return words
    text = np.repeat(np.arange(len(words.sizes)), words.sizes)
    remain = np.bincount(text[~common], minlength=len(words.sizes))
    keep = ~common | (remain < rest)[text]
    return Ragged(words.flat[keep], _offsets(keep, words))


def common_words(words: Ragged) -> NDArray[np.bool_] | None:
    """Which words lie in boilerplate; None when there is none.

    Long runs tell that a text has boilerplate, short ones of the same which of its words those are:
    a changed word then leaves no others of the boilerplate behind.
    """
    sample = words.head(_SAMPLE)
    runs, inside = run_hashes(sample, _RUN)
    once = np.unique((runs[inside].astype(U64) << U64(32)) + _text_of(sample)[: len(runs)][inside])
    found, times = np.unique((once >> U64(32)).astype(U32), return_counts=True)
    found = found[times >= _LEAST]
    if not len(found):
        return None
    told = _covered(sample, found, _RUN)
    runs, inside = run_hashes(sample, _SHORT)
    for step in range(_SHORT):
        inside &= told[step : step + len(runs)]
    told = np.zeros(len(words.sizes), np.bool_)
    text = _text_of(words).view(np.int64)
    told[text[_covered(words, found, _RUN)]] = True
    return _covered(words, np.unique(runs[inside]), _SHORT) & told[text]


def _text_of(words: Ragged) -> NDArray[np.uint64]:
    """The text of each word."""
    return np.repeat(np.arange(len(words.sizes), dtype=U64), words.sizes)


def _covered(words: Ragged, found: NDArray[np.uint32], length: int) -> NDArray[np.bool_]:
    """Which words lie in a run of the given hashes (sorted)."""
    table = np.zeros(1 << _BITS, np.bool_)
    table[found >> U32(32 - _BITS)] = True
    runs, inside = run_hashes(words, length)
    place = np.flatnonzero(inside & table[runs >> U32(32 - _BITS)])
    place = place[np.isin(runs[place], found)]
    covered = np.zeros(len(words.flat), np.bool_)
    for step in range(length):
        covered[place + step] = True
    return covered


def _offsets(keep: NDArray[np.bool_], words: Ragged) -> NDArray[np.int64]:
    """Offsets of the words that stay."""
    total = np.zeros(len(keep) + 1, np.int64)
    np.cumsum(keep, out=total[1:])
    return total[words.offsets]
