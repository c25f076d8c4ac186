"""Kinds as they stand in a source: known, known by another name, mistyped, or new."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, NamedTuple

from coterie.loaders.mapping import KIND_NAMES, plain

if TYPE_CHECKING:
    from collections.abc import Iterable


class KindFound(NamedTuple):
    """One kind: as found, as it is read (None when empty), a hint when it looks mistyped."""

    found: str
    kind: str | None
    hint: str | None
    typo: bool


def read_kinds(found: Iterable[str], known: Iterable[str]) -> tuple[list[KindFound], list[str]]:
    """How each kind of a source is read, and what is worth saying about it.

    Args:
        found: the distinct kinds of the source.
        known: built-in and declared kinds.

    >>> [(k.kind, k.hint) for k in read_kinds(["card", "devise"], ["device", "payment"])[0]]
    [('payment', None), ('devise', 'unknown kind, device?')]
    """
    names = sorted(set(known))
    rows: list[KindFound] = []
    notes: list[str] = []
    for text in sorted(set(found)):
        clean = "".join(c for c in text if unicodedata.category(c) not in {"Cc", "Cf"})
        clean = unicodedata.normalize("NFC", clean).strip()
        key = plain(clean)
        if not clean:
            rows.append(KindFound(text, None, None, False))
        elif clean in names:
            rows.append(KindFound(text, clean, None, False))
        elif key in names:
            rows.append(KindFound(text, key, None, False))
        elif key in KIND_NAMES:
            rows.append(KindFound(text, KIND_NAMES[key], None, False))
            notes.append(f'kind "{clean}" read as {KIND_NAMES[key]}')
        elif (near := _near(key, names)) is not None:
            rows.append(KindFound(text, clean, f"unknown kind, {near}?", True))
        else:
            rows.append(KindFound(text, clean, None, False))
            notes.append(f'kind "{clean}" is not declared: default profile')
    return rows, notes


def _near(key: str, names: list[str]) -> str | None:
    """The known kind that a kind is a slip of the finger away from."""
    if len(key) < 4:
        return None
    near = [n for n in names if len(n) >= 4 and _slip(key, n)]
    return near[0] if near else None


def _slip(a: str, b: str) -> bool:
    """Whether one letter added, lost or changed, or two neighbours swapped, turn a into b."""
    if abs(len(a) - len(b)) > 1:
        return False
    start = 0
    while start < min(len(a), len(b)) and a[start] == b[start]:
        start += 1
    x, y = a[start:], b[start:]
    return (
        x[1:] == y[1:] or x[1:] == y or x == y[1:]
        or (len(x) >= 2 and len(y) >= 2 and x[0] == y[1] and x[1] == y[0] and x[2:] == y[2:])
    )  # fmt: skip
