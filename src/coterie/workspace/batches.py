"""Many decisions from one file: its rows as what a reviewer said."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from coterie.errors import InputError, did_you_mean
from coterie.workspace.review import Said

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


def said_from(
    rows: Sequence[Mapping[str, Any]],
    name: str,
    resolve: Callable[[str], dict[str, str]],
    **more: Any,
) -> list[Said]:
    """A batch from the rows of a file.

    Args:
        rows: ``decision`` and one of ``cluster_id``, ``account_id``, ``ref`` or ``id``; the further
            columns as the fields of :class:`Said`.
        name: of the file, for messages.
        resolve: what an ``id`` is: {cluster_id, account_id or ref: id}.
        **more: what rows that do not say otherwise take (reviewer, reason_code, …).

    Raises:
        InputError: a column is not known, a row names two targets, or the file has no rows.
    """
    known = {f.name for f in fields(Said)} - {"where", "parts", "others"} | {"id"}
    if not rows:
        raise InputError(f"{name}: found no rows")
    for column in rows[0]:
        if column not in known:
            raise InputError(f'{name}: unknown column "{column}".{did_you_mean(column, known)}')
    said = []
    for number, row in enumerate(rows, 1):
        given = {k: str(v).strip() for k, v in row.items() if v is not None and str(v).strip()}
        if "id" in given:
            # Beside a name of its own kind an id would take its place unseen.
            if set(given) & {"cluster_id", "account_id", "ref"}:
                raise InputError(
                    f"{name}, row {number}: names an id and another target, expected one"
                )
            given.update(resolve(given.pop("id")))
        whole: dict[str, Any] = {"decision": "", "reviewer": "", **more, **given}
        said.append(Said(**whole, where=f"{name}, row {number}"))
    return said
