"""Who may decide alone: when another person must agree, and who may rule on an appeal."""

from __future__ import annotations

import unicodedata
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from coterie.errors import UsageError
from coterie.printable import printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from coterie.config import Config
    from coterie.queries.store import Store

ANSWERS = ("approve", "reject", "withdraw")
# One reviewer is enough: these take nothing from anybody, and can be withdrawn.
ALONE = frozenset({"watch", "exclude", "overturn", "uphold", *ANSWERS})
# Who was protected by name loses it by two people only.
_PROTECTS = frozenset({"exclude", "overturn"})


def as_seen(name: str) -> str:
    """A name as people read it: case, width and what nobody sees make nobody else of it."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    return " ".join("".join(c for c in plain if c.isprintable() or c.isspace()).split())


def may_rule(
    account_id: str, decision: str, reviewer: str, found: Mapping[str, Any], config: Config
) -> None:
    """Whether there is something to appeal against, and this reviewer may rule on it.

    Args:
        account_id: the account.
        decision: ``overturn`` or ``uphold``.
        reviewer: who rules.
        found: of ``review/appealed``.
        config: the settings.

    Raises:
        UsageError: nothing stands against the account, its appeal was won before, or the reviewer
            took part.
    """
    account, stands = printable(account_id, 60), found.get("decision")
    if stands == "overturn":
        raise UsageError(
            f"account {account} has won its appeal already ({found['decision_id']}); "
            "`coterie review DECISION withdraw` takes that back"
        )
    if stands not in {"confirm", "watch"} and not found.get("n_handed"):
        what = (
            f"it is decided {stands} ({found['decision_id']})" if stands else "nobody decided on it"
        )
        raise UsageError(
            f"there is nothing to {decision}: no decision or action stands against account {account}, "
            f"{what}. `coterie review` with exclude protects an account that nobody acted on"
        )
    took_part = [p for p in found.get("people") or [] if as_seen(p) == as_seen(reviewer)]
    if took_part and config.review.appeal_by_other:
        behind = f" ({found['decision_id']})" if found.get("decision_id") else ""
        raise UsageError(
            f"{printable(reviewer, 40)} took part in what account {account} appeals against{behind}: "
            "somebody else must rule on it ([review] appeal_by_other)"
        )


def second(
    store: Store,
    config: Config,
    rows: Sequence[Mapping[str, Any]],
    lists: Mapping[int, Mapping[str, Any]],
    answered: Mapping[str, Mapping[str, Any]],
    sweep_id: str | None,
    now: datetime,
) -> list[list[str]]:
    """Per decision, why a second reviewer must approve it; nothing when one is enough.

    Args:
        store: an open store with the targets registered and ``review_listing`` made.
        config: the settings.
        rows: the entries, checked, in order; their places are the targets.
        lists: target -> n_members.
        answered: decision -> what it is, of those that are answered.
        sweep_id: the sweep at hand, or None.
        now: the time.
    """
    options = config.review
    touched = {
        row["target"]: list(row["why"])
        for row in store.rows(
            "review/sensitive",
            sweep_id=sweep_id,
            classes=list(options.second_classes),
            organisations=[n.strip().lower() for n in options.organisations if n.strip()],
            now=now,
        )
    }
    before = _before(store, rows, sweep_id, now)
    # Many accounts one by one are as large as one cluster of them.
    single = sum(row["account_id"] is not None and row["decision"] not in ALONE for row in rows)
    why: list[list[str]] = []
    for target, row in enumerate(rows):
        if row["decision"] in ALONE:
            undone = answered.get(row["ref"] or "", {}).get("decision")
            protects = row["decision"] == "withdraw" and undone in _PROTECTS
            why.append([f"withdraws what protects an account ({undone})"] if protects else [])
            continue
        n = int(lists.get(target, {}).get("n_members") or single)
        large = [f"{n:,} accounts, limit {options.second_above:,}"] * (n > options.second_above)
        large = large or _sums(
            before.get(target, {}), options.second_above, options.second_above_day
        )
        why.append(large + touched.get(target, []))
    return why


def _sums(found: Mapping[str, Any], most: int, most_a_day: int) -> list[str]:
    """What is too much only with what the same person decided on alone before."""
    n, day = int(found.get("n_cluster") or 0), int(found.get("n_day") or 0)
    if n > most:
        cluster = printable(found["cluster_id"], 60)
        alone = "with those that the same person decided on alone before"
        return [f"{n:,} accounts of {cluster} {alone}, limit {most:,}"]
    if day > most_a_day:
        return [
            f"{day:,} accounts that the same person decides on alone in a day, limit {most_a_day:,}"
        ]
    return []


def _before(
    store: Store, rows: Sequence[Mapping[str, Any]], sweep_id: str | None, now: datetime
) -> dict[int, dict[str, Any]]:
    import polars as pl

    people = [
        (target, as_seen(row["reviewer"]))
        for target, row in enumerate(rows)
        if row["decision"] not in ALONE
    ]
    if not people:
        return {}
    wanted = {person for _, person in people}
    names = [
        (row["reviewer"], as_seen(row["reviewer"]))
        for row in store.rows("review/log_reviewers")
        if as_seen(row["reviewer"]) in wanted
    ]
    text = pl.String
    store.con.register("review_person", pl.DataFrame(
        people, schema={"target": pl.Int32, "person": text}, orient="row"
    ))  # fmt: skip
    store.con.register("review_name", pl.DataFrame(
        names, schema={"reviewer": text, "person": text}, orient="row"
    ))  # fmt: skip
    found = store.rows("review/alone", sweep_id=sweep_id, since=now - timedelta(days=1))
    for name in ("review_person", "review_name"):
        store.con.unregister(name)
    return {row["target"]: row for row in found}
