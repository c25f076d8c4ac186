"""Incidence rows on their way to the table of signals: whole columns of integers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from coterie.loaders.simulate.draw import distinct

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coterie.loaders.simulate.draw import Ints, Rng
    from coterie.loaders.simulate.population import People


@dataclass(frozen=True, slots=True)
class Rows:
    """Accounts using values of one kind.

    Attributes:
        account: account index per row.
        value: value code per row (card, device or client number; address as an integer).
        first: first use, minutes since the start of the window.
        last: last use.
    """

    account: Ints
    value: Ints
    first: Ints
    last: Ints

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.account)

    def keep(self, mask: np.typing.NDArray[np.bool_]) -> Rows:
        """The rows where the mask is true."""
        return Rows(self.account[mask], self.value[mask], self.first[mask], self.last[mask])


def gather_rows(parts: Sequence[Rows]) -> Rows:
    """All rows of several parts, each (account, value) once (the first of them)."""
    account = np.concatenate([p.account for p in parts])
    value = np.concatenate([p.value for p in parts])
    first = np.concatenate([p.first for p in parts])
    last = np.concatenate([p.last for p in parts])
    kept = distinct(value, account)
    return Rows(account[kept], value[kept], first[kept], last[kept])


def used_within(
    rng: Rng,
    people: People,
    account: Ints,
    value: Ints,
    *,
    low: Ints | int | None = None,
    high: Ints | int | None = None,
    short: float = 0.0,
) -> Rows:
    """Rows with a random stretch of use inside the account's life.

    Args:
        rng: random stream.
        people: lives of the accounts.
        account: account index per row.
        value: value code per row.
        low: earliest possible time, besides the account's begin.
        high: latest possible time, besides the account's end.
        short: share of rows that are used for less than a day.

    Returns:
        The rows; those whose stretch would be empty get a single moment inside the life.
    """
    begin, end = people.begin[account], people.end[account]
    if low is not None:
        begin = np.minimum(np.maximum(begin, low), end)
    if high is not None:
        end = np.maximum(np.minimum(end, high), begin)
    room = (end - begin).astype(np.float64)
    # Most values are taken up early and used to the end; the square pulls towards those edges.
    first = begin + (room * rng.random(len(account)) ** 2 * 0.6).astype(np.int64)
    last = first + ((end - first) * np.sqrt(rng.random(len(account)))).astype(np.int64)
    if short:
        brief = rng.random(len(account)) < short
        first = np.where(brief, begin + (room * rng.random(len(account))).astype(np.int64), first)
        brief_last = np.minimum(end, first + rng.integers(5, 600, len(account)))
        last = np.where(brief, np.maximum(brief_last, first), last)
    return Rows(account, value, first, last)
