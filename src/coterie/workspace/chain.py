"""The chain of the decision log, and the check of all that is chained.

Each entry's hash covers the entry and the hash before it: an edit, a deletion inside the log, an
insertion or another order changes a hash that a later entry holds. What is cut off at the end is told
by heads that are kept elsewhere: in a file beside the store or wherever ``[review] heads`` says, in
the ledger of exports, and in the manifest of each export.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from coterie.queries.schema import REGISTERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from coterie.queries.store import Store

GENESIS = "0" * 64
# An account's name is covered through its hash, so that it can be erased.
_HASHED = tuple(
    n for n in REGISTERS["decision"].names if n not in {"hash", "decision_id", "account_id"}
)


@dataclass(frozen=True, slots=True)
class Verified:
    """What a check of the log and of the ledger found.

    Attributes:
        entries: decisions in the log.
        head: hash of the newest decision; of an empty log, zeros.
        problems: one {seq, decision_id, export_id, problem} each; none when all is whole.
        exports: exports in the ledger.
        rows: actions and revocations in the ledger.
        ledger_head: hash of the newest export; of an empty ledger, zeros.
        unchained: exports from before the ledger was chained; the next export takes them in.
        kept: heads kept in the file that the log and the ledger were held against.
    """

    entries: int
    head: str
    problems: tuple[dict[str, Any], ...]
    exports: int = 0
    rows: int = 0
    ledger_head: str = GENESIS
    unchained: int = 0
    kept: int = 0

    def to_dict(self) -> dict[str, Any]:
        """The same as plain data."""
        return {"whole": not self.problems, **asdict(self), "problems": list(self.problems)}


def problem(
    text: str, *, seq: object = None, decision_id: object = None, export_id: object = None
) -> dict[str, Any]:
    """One thing that is wrong, and where."""
    return {"seq": seq, "decision_id": decision_id, "export_id": export_id, "problem": text}


def digest(told: Mapping[str, Any]) -> str:
    """SHA-256 of plain values by name, in hexadecimal; no two mappings look the same."""
    plain = {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in told.items()
    }
    text = json.dumps(plain, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def entry_hash(row: Mapping[str, Any]) -> str:
    """SHA-256 of an entry of the log, in hexadecimal.

    Args:
        row: the columns of ``register.decision``; ``hash`` and ``decision_id`` (which is made from
            it) do not count.
    """
    return digest({name: row.get(name) for name in _HASHED})


def account_hash(account_id: str) -> str:
    """SHA-256 of an account's name, in hexadecimal, as SQL's ``sha256`` gives it."""
    return hashlib.sha256(account_id.encode()).hexdigest()


def chained(row: Mapping[str, Any], seq: int, before: str) -> dict[str, Any]:
    """The entry at its place in the log: with seq, prev_hash, hash and decision_id."""
    account = row.get("account_id")
    named = {} if account is None else {"account_hash": account_hash(account)}
    placed = {**row, **named, "seq": seq, "prev_hash": before}
    found = entry_hash(placed)
    return {**placed, "hash": found, "decision_id": _name(found)}


def _name(found: str) -> str:
    return f"d-{found[:12]}"


def _values_hash(detail: object) -> object:
    try:
        found = json.loads(str(detail or "{}"))
    except ValueError:
        return "unreadable"
    return found.get("values_hash") if isinstance(found, dict) else "unreadable"


def misplaced(row: Mapping[str, Any], place: int, before: str) -> Iterator[str]:
    """What is wrong with where an entry stands."""
    if row["seq"] != place:
        yield f"stands at place {place}: entries are missing, added or in another order"
    if row["prev_hash"] != before:
        yield "does not follow the entry before it"


def verify(store: Store, head: str | None = None, heads: Path | None = None) -> Verified:
    """Check the log of decisions, the ledger of exports and who was told.

    Args:
        store: an open store.
        head: a hash that must be in the log or the ledger, kept from an earlier check or an export's
            manifest.
        heads: the file of kept heads; None is the one beside the store.
    """
    from coterie.workspace import heads as kept
    from coterie.workspace import ledger

    log = store.rows("review/log")
    erased = {row["account_hash"] for row in log if row["decision"] == "erase"}
    problems = [*_decisions(store, log, erased)]
    chains = {"decisions": [GENESIS, *(str(row["hash"]) for row in log)]}
    found = ledger.check(store, erased)
    chains |= found.chains
    problems += [*found.problems, *_known_to_exports(store, chains["decisions"])]
    n_kept, missing = kept.check(store, kept.place(store, heads), chains)
    problems += missing
    if head is not None and not any(head in chain for chain in chains.values()):
        problems.append(problem(f"the head {head} is not in the log"))
    return Verified(
        len(log),
        chains["decisions"][-1],
        tuple(problems),
        exports=found.exports,
        rows=found.rows,
        ledger_head=chains["exports"][-1],
        unchained=found.unchained,
        kept=n_kept,
    )


def _decisions(
    store: Store, log: list[dict[str, Any]], erased: set[Any]
) -> Iterator[dict[str, Any]]:
    lists = {row["decision_id"]: row for row in store.rows("review/check_members")}
    values = {row["decision_id"]: row for row in store.rows("review/check_values")}
    before = GENESIS
    for place, row in enumerate(log, 1):
        wrong = [*misplaced(row, place, before)]
        if row["hash"] != entry_hash(row) or row["decision_id"] != _name(str(row["hash"])):
            wrong.append("was changed")
        account, told = row["account_id"], row["account_hash"]
        # An erased account has lost its name; it never gets another one.
        if account_hash(account) != told if account is not None else told not in {None, *erased}:
            wrong.append("its account was changed")
        listed = lists.pop(row["decision_id"], {})
        same = ("members_hash", "n_members")
        if any(listed.get(name) != row[name] for name in same) or listed.get("n_odd"):
            wrong.append("the list of its accounts was changed")
        elif listed and (listed["n_renamed"] or not set(listed["nameless"] or []) <= erased):
            wrong.append("accounts of its list were changed")
        tied = values.pop(row["decision_id"], {})
        labelled = tied.get("values_hash")
        lost = labelled is None and told is not None and told in erased
        if (labelled != _values_hash(row["detail"]) and not lost) or tied.get("n_odd"):
            wrong.append("the values it labels were changed")
        for text in wrong:
            yield problem(text, seq=row["seq"], decision_id=row["decision_id"])
        before = str(row["hash"])
    for name in sorted({*map(str, lists), *map(str, values)}):
        yield problem("has a list, but no entry in the log", decision_id=name)


def _known_to_exports(store: Store, hashes: list[str]) -> Iterator[dict[str, Any]]:
    """An export wrote down how long the log was and how it ended."""
    for known in store.rows("review/heads"):
        place = int(known["n_decisions"])
        if place >= len(hashes) or hashes[place] != known["decisions_head"]:
            yield problem(
                f"export {known['export_id']} knew another entry at this place",
                seq=place,
                export_id=known["export_id"],
            )
