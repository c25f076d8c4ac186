"""The decision log's chain: each entry's hash covers the entry and the hash before it.

An edit, a deletion inside the log, an insertion or another order changes a hash that a later entry
holds. A log that was cut short at its end is told by a head that was kept elsewhere: every export
keeps one, in its manifest and in the store.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from coterie.queries.schema import REGISTERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from coterie.queries.store import Store

GENESIS = "0" * 64
# An account's name is covered through its hash, so that it can be erased.
_HASHED = tuple(
    n for n in REGISTERS["decision"].names if n not in {"hash", "decision_id", "account_id"}
)


@dataclass(frozen=True, slots=True)
class Verified:
    """What a check of the log found.

    Attributes:
        entries: entries in the log.
        head: hash of the newest entry; of an empty log, zeros.
        problems: one {seq, decision_id, problem} each; none when the log is whole.
    """

    entries: int
    head: str
    problems: tuple[dict[str, Any], ...]

    def to_dict(self) -> dict[str, Any]:
        """The same as plain data."""
        return {"whole": not self.problems, **asdict(self), "problems": list(self.problems)}


def entry_hash(row: Mapping[str, Any]) -> str:
    """SHA-256 of an entry of the log, in hexadecimal.

    Args:
        row: the columns of ``register.decision``; ``hash`` and ``decision_id`` (which is made from
            it) do not count.
    """
    told = {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in ((name, row.get(name)) for name in _HASHED)
    }
    text = json.dumps(told, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def account_hash(account_id: str) -> str:
    """SHA-256 of an account's name, in hexadecimal, as SQL's ``sha256`` gives it."""
    return hashlib.sha256(account_id.encode()).hexdigest()


def chained(row: Mapping[str, Any], seq: int, before: str) -> dict[str, Any]:
    """The entry at its place in the log: with seq, prev_hash, hash and decision_id."""
    account = row.get("account_id")
    named = {} if account is None else {"account_hash": account_hash(account)}
    placed = {**row, **named, "seq": seq, "prev_hash": before}
    digest = entry_hash(placed)
    return {**placed, "hash": digest, "decision_id": _name(digest)}


def _name(digest: str) -> str:
    return f"d-{digest[:12]}"


def _values_hash(detail: object) -> object:
    try:
        found = json.loads(str(detail or "{}"))
    except ValueError:
        return "unreadable"
    return found.get("values_hash") if isinstance(found, dict) else "unreadable"


def verify(store: Store, head: str | None = None) -> Verified:
    """Check the whole log.

    Args:
        store: an open store.
        head: a hash that must be in the log, kept from an earlier check or an export's manifest.
    """
    log = store.rows("review/log")
    lists = {row["decision_id"]: row for row in store.rows("review/check_members")}
    values = {row["decision_id"]: row for row in store.rows("review/check_values")}
    erased = {row["account_hash"] for row in log if row["decision"] == "erase"}
    problems: list[dict[str, Any]] = []
    before = GENESIS
    for place, row in enumerate(log, 1):

        def wrong(problem: str, row: Mapping[str, Any] = row) -> None:
            problems.append(
                {"seq": row["seq"], "decision_id": row["decision_id"], "problem": problem}
            )

        if row["seq"] != place:
            wrong(f"stands at place {place}: entries are missing, added or in another order")
        if row["prev_hash"] != before:
            wrong("does not follow the entry before it")
        if row["hash"] != entry_hash(row) or row["decision_id"] != _name(row["hash"]):
            wrong("was changed")
        account, told = row["account_id"], row["account_hash"]
        if told not in erased and (None if account is None else account_hash(account)) != told:
            wrong("its account was changed")
        listed = lists.pop(row["decision_id"], None)
        if (listed or {}).get("members_hash") != row["members_hash"]:
            wrong("the list of its accounts was changed")
        elif listed is not None and (
            listed["n_renamed"] or not set(listed["nameless"] or []) <= erased
        ):
            wrong("accounts of its list were changed")
        labelled = values.pop(row["decision_id"], {}).get("values_hash")
        if labelled != _values_hash(row["detail"]) and not (labelled is None and told in erased):
            wrong("the values it labels were changed")
        before = str(row["hash"])
    problems += [
        {"seq": None, "decision_id": name, "problem": "has a list, but no entry in the log"}
        for name in sorted({*lists, *values})
    ]
    hashes = [GENESIS, *(row["hash"] for row in log)]
    for kept in store.rows("review/heads"):
        place = int(kept["n_decisions"])
        if place >= len(hashes) or hashes[place] != kept["decisions_head"]:
            problems.append({
                "seq": place, "decision_id": None,
                "problem": f"export {kept['export_id']} knew another entry at this place",
            })  # fmt: skip
    if head is not None and head not in hashes:
        problems.append(
            {"seq": None, "decision_id": None, "problem": f"the head {head} is not in the log"}
        )
    return Verified(len(log), before, tuple(problems))
