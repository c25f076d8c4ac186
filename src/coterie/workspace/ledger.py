"""The ledger of what was handed over and who was told, chained as the decisions are.

An entry of the ledger covers the rows that its export was the first to carry, through their hash. A
row that is gone would let a revocation be lost without a word: nobody would know of the action.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from coterie.queries.run import run
from coterie.queries.schema import REGISTERS
from coterie.workspace.chain import GENESIS, digest, misplaced, problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from coterie.queries.store import Store

_HASHED = tuple(n for n in REGISTERS["export"].names if n != "hash")
_TOLD = ("seq", "kind", "told_at", "prev_hash", "rows_hash")


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check of the ledger found.

    Attributes:
        problems: as of :class:`coterie.workspace.chain.Verified`.
        exports: exports in the ledger.
        rows: actions and revocations in the ledger.
        unchained: exports from before the ledger was chained.
        chains: ``exports`` and ``told``: the hashes in their order, zeros first.
    """

    problems: tuple[dict[str, Any], ...]
    exports: int
    rows: int
    unchained: int
    chains: dict[str, list[str]]


def check(store: Store, erased: set[Any]) -> Checked:
    """Check the ledger of exports and the runs that told people.

    Args:
        store: an open store.
        erased: hashes of the accounts that the decision log says were erased.
    """
    entries = store.rows("review/ledger")
    rows = {r["export_id"]: r for r in store.rows("review/check_exported", export_id=None)}
    n_rows = sum(r["n_new"] for r in rows.values())
    told = store.rows("review/check_told")
    chain = [GENESIS, *(str(e["hash"]) for e in entries)]
    # Written by a Coterie that did not chain them; the next export takes them in. Heads that were
    # kept tell it from a chain that somebody took away.
    before = bool(entries) and all(e["seq"] is None and e["hash"] is None for e in entries)
    problems = [] if before else [*_exports(entries, rows, erased)]
    problems += _told(told)
    return Checked(
        tuple(problems),
        len(entries),
        n_rows,
        len(entries) if before else 0,
        {
            "exports": [GENESIS] if before else chain,
            "told": [GENESIS, *(str(e["hash"]) for e in told)],
        },
    )


def _exports(
    entries: Sequence[Mapping[str, Any]], rows: dict[Any, dict[str, Any]], erased: set[Any]
) -> Iterator[dict[str, Any]]:
    before = GENESIS
    for place, entry in enumerate(entries, 1):
        wrong = [*misplaced(entry, place, before)]
        if entry["hash"] != _entry_hash(entry):
            wrong.append("was changed")
        carried = rows.pop(entry["export_id"], {"n_new": 0, "rows_hash": None})
        if any(carried[name] != entry[name] for name in ("n_new", "rows_hash")):
            wrong.append(
                f"rows of it were changed, added or are missing: found {carried['n_new']:,}, "
                f"expected {entry['n_new'] or 0:,}"
            )
        elif carried.get("n_renamed") or not set(carried.get("nameless") or []) <= erased:
            wrong.append("accounts of its rows were changed")
        for text in wrong:
            yield problem(text, seq=entry["seq"], export_id=entry["export_id"])
        before = str(entry["hash"])
    for name in sorted(map(str, rows)):
        yield problem("has rows, but no entry in the ledger", export_id=name)


def _told(runs: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    before = GENESIS
    for place, one in enumerate(runs, 1):
        wrong = [*misplaced(one, place, before)]
        if one["n_forms"] != 1 or one["hash"] != _told_hash(one):
            wrong.append("the statements or notices written then were changed")
        for text in wrong:
            yield problem(text, seq=one["seq"])
        before = str(one["hash"])


def _entry_hash(entry: Mapping[str, Any]) -> str:
    return digest({name: entry.get(name) for name in _HASHED})


def _told_hash(run_: Mapping[str, Any]) -> str:
    return digest({name: run_.get(name) for name in _TOLD})


def adopt(store: Store) -> int:
    """Chain the exports of a store that was written before the ledger was chained.

    Args:
        store: the writer's store, whose ledger has no chained entry.

    Returns:
        The exports that were taken in.
    """
    run(store, "review/name_rows")
    entries = store.rows("review/ledger")
    for entry in entries:
        placed = _placed(store, entry)
        run(store, "review/place_export", **{
            name: placed[name]
            for name in ("export_id", "seq", "n_new", "rows_hash", "prev_hash", "hash")
        })  # fmt: skip
    return len(entries)


def enter(store: Store, entry: Mapping[str, Any]) -> dict[str, Any]:
    """Append an export whose rows are in ``register.export_row`` to the ledger.

    Args:
        store: the writer's store.
        entry: the columns of ``register.export`` but those of the chain.

    Returns:
        The entry as it stands in the ledger.
    """
    placed = _placed(store, entry)
    run(store, "export/add", **{name: placed[name] for name in REGISTERS["export"].names})
    return placed


def _placed(store: Store, entry: Mapping[str, Any]) -> dict[str, Any]:
    head = (store.rows("review/ledger_head") or [{"seq": 0, "hash": GENESIS}])[0]
    found = store.rows("review/check_exported", export_id=entry["export_id"])
    carried = found[0] if found else {"n_new": 0, "rows_hash": None}
    placed = {
        **entry, "seq": int(head["seq"]) + 1, "prev_hash": str(head["hash"]),
        "n_new": carried["n_new"], "rows_hash": carried["rows_hash"],
    }  # fmt: skip
    return {**placed, "hash": _entry_hash(placed)}


def enter_told(store: Store, kind: str, keys: Sequence[str], at: datetime) -> None:
    """Append a run that told people to the register.

    Args:
        store: the writer's store.
        kind: ``statement`` or ``notice``.
        keys: idempotency keys that were not told before; none writes nothing.
        at: the time.
    """
    import hashlib

    import polars as pl

    if not keys:
        return
    runs = store.rows("review/check_told")
    hashed = "\n".join(hashlib.sha256(key.encode()).hexdigest() for key in sorted(keys))
    one = {
        "seq": len(runs) + 1, "kind": kind, "told_at": at,
        "prev_hash": str(runs[-1]["hash"]) if runs else GENESIS,
        "rows_hash": hashlib.sha256(hashed.encode()).hexdigest(),
    }  # fmt: skip
    frame = pl.DataFrame({"idempotency_key": sorted(keys)}).with_columns(
        seq=pl.lit(one["seq"], pl.Int64), kind=pl.lit(kind), told_at=pl.lit(at, pl.Datetime("us")),
        prev_hash=pl.lit(one["prev_hash"]), hash=pl.lit(_told_hash(one)),
    )  # fmt: skip
    store.con.register("told_new", frame)
    run(store, "review/add_told")
    store.con.unregister("told_new")
