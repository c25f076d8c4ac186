"""Statements of reasons and notices: each is written once, whatever number of exports carries it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from pathlib import Path

    from coterie.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Told:
    """What was written.

    Attributes:
        kind: ``statement`` or ``notice``.
        out: the file.
        n: rows in the file; 0 leaves the file as it was.
        new: of them, those that were not written before.
        before: rows of the export that were written before.
        left_out: of these, those that are not in the file.
    """

    kind: str
    out: str
    n: int
    new: int
    before: int
    left_out: int

    def to_dict(self) -> dict[str, Any]:
        """The same as plain data."""
        return {name: getattr(self, name) for name in self.__slots__}


def tell(
    ws: Workspace,
    kind: str,
    rows: Sequence[dict[str, Any]],
    key: str,
    out: Path,
    now: Callable[[], datetime],
    *,
    repeat: bool = False,
    wait: float = 0.0,
) -> Told:
    """Write what was not told before as JSON Lines, and remember that it was.

    The file is in place before the store remembers: a kill between the two repeats rows under the same
    key, and loses none.

    Args:
        ws: the workspace.
        kind: ``statement`` or ``notice``.
        rows: all that the export asks for.
        key: the field that names a row for good.
        out: the file.
        now: the clock.
        repeat: write again too what was written before.
        wait: seconds to wait for another writer.
    """
    from coterie.workspace.files import write_whole
    from coterie.workspace.ledger import enter_told
    from coterie.workspace.people import writing

    with writing(ws, wait, "tell") as store:
        known = {row["idempotency_key"] for row in store.rows("review/told_keys", kind=kind)}
        new = [row for row in rows if row[key] not in known]
        given = list(rows) if repeat else new
        if given:
            text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in given)
            write_whole(out, lambda part: part.write_text(text, encoding="utf-8"))
        enter_told(store, kind, [str(row[key]) for row in new], now())
    before = len(rows) - len(new)
    return Told(kind, str(out), len(given), len(new), before, 0 if repeat else before)
