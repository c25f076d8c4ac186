"""Which table a source holds and which of its columns is which field.

Column names decide, by exact field names first and common other names second; what was guessed is
said in the load summary, and what cannot be decided is an error that names the candidates.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from coterie.errors import UsageError, WrongColumns, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_SHOWN = 12  # columns that a note names
TIMES = ("ts", "timestamp", "time", "datetime", "date", "event_time", "at")
_ACCOUNT = (
    "account", "accountid", "user_id", "user", "userid", "uid", "acct_id", "member_id",
    "customer_id", "client_id", "username", "user_name",
)  # fmt: skip

# Fields of each table in the contract's order; the names after a field are read as it.
FIELDS: Mapping[str, Mapping[str, tuple[str, ...]]] = MappingProxyType({
    "accounts": {
        "account_id": _ACCOUNT,
        "created_at": (
            "created", "signup_time", "signup_at", "signed_up_at", "registered_at",
            "registration_time", "joined_at", "creation_time", "signup_date", "created_time",
        ),
        "status": ("account_status",),
        "banned_at": ("ban_time", "banned_time", "ban_date"),
    },
    "signals": {
        "account_id": _ACCOUNT,
        "kind": ("signal_type", "signal_kind", "kind_of_signal", "type"),
        "value": ("signal_value", "val"),
        "seen_at": TIMES,
        "first_seen": ("first_at",),
        "last_seen": ("last_at",),
        "n": ("count", "uses", "n_uses"),
    },
    "prompts": {
        "account_id": _ACCOUNT,
        "text": ("prompt", "prompt_text", "content", "message", "body", "comment"),
        "sent_at": (*TIMES, "seen_at", "created_at", "sent"),
        "n": ("count",),
        "vector": ("embedding",),
    },
    "links": {
        "src": ("source", "source_id", "src_id", "from", "from_id", "from_account", "account_a"),
        "dst": ("target", "target_id", "dst_id", "to", "to_id", "to_account", "account_b"),
        "kind": ("edge_type", "link_type", "relation", "relation_type", "type"),
        "similarity": ("sim", "cosine", "jaccard"),
        "seen_at": TIMES,
    },
    "events": {
        "account_id": _ACCOUNT,
        "at": (*[t for t in TIMES if t != "at"], "seen_at", "occurred_at"),
        "type": ("event", "event_type", "event_name", "action"),
        "n": ("count",),
    },
    "labels": {
        "account_id": _ACCOUNT,
        "label": (
            "fraud", "is_fraud", "spam", "is_spam", "bad", "is_bad", "abuse", "verdict", "truth",
            "cluster",
        ),
        "source": ("labeller", "labeler", "labelled_by"),
    },
    "lists": {
        "kind": ("type",),
        "value": (),
        "cidr": ("network", "prefix", "subnet"),
        "domain": ("host", "domain_name"),
        "asn": ("as_number",),
        "lo": ("start", "first", "range_start"),
        "hi": ("end", "last", "range_end"),
        "class": ("category", "list_class"),
        "reason": ("note", "comment", "name", "description"),
        "owner": ("listed_by",),
        "expires": ("expires_at", "expiry", "until"),
    },
})  # fmt: skip

REQUIRED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "accounts": ("account_id",),
        "signals": ("account_id", "kind", "value"),
        "prompts": ("account_id", "text"),
        "links": ("src", "dst", "kind"),
        "events": ("account_id", "at"),
        "labels": ("account_id", "label"),
        "lists": ("class",),
    }
)

# Columns of wide tables, and kinds in long ones, that are a built-in kind by another name.
KIND_NAMES: Mapping[str, str] = MappingProxyType({
    "device_id": "device", "deviceid": "device", "device_fp": "device",
    "device_fingerprint": "device", "fingerprint": "device", "ip_address": "ip", "ip_addr": "ip",
    "ipaddress": "ip", "ipv4": "ip", "ipv6": "ip", "email_address": "email", "e_mail": "email",
    "mail": "email", "card": "payment", "card_id": "payment", "card_fp": "payment",
    "card_hash": "payment", "card_fingerprint": "payment", "payment_id": "payment",
    "payment_fp": "payment", "payment_token": "payment", "phone_number": "phone", "tel": "phone",
    "iban": "bank_account", "user_agent": "client", "card_bin": "issuer", "org_id": "org",
    "referral_code": "referral",
})  # fmt: skip

_STEMS: Mapping[str, str] = MappingProxyType({
    "account": "accounts", "accounts": "accounts", "user": "accounts", "users": "accounts",
    "signal": "signals", "signals": "signals", "prompt": "prompts", "prompts": "prompts",
    "link": "links", "links": "links", "edges": "links", "event": "events", "events": "events",
    "label": "labels", "labels": "labels", "truth": "labels", "list": "lists", "lists": "lists",
})  # fmt: skip
_CLASSES = (
    "vpn",
    "tor",
    "datacenter",
    "cgnat",
    "proxy",
    "disposable",
    "network",
    "partner",
    "staff",
)


@dataclass(frozen=True, slots=True)
class SourceMapping:
    """What a source's columns are.

    Attributes:
        table: the contract table.
        columns: field -> column.
        signals: kind, column and column of the time of each signal column of a wide table.
        rest: columns that are no field (attributes of accounts, unused elsewhere).
        notes: what was guessed, in words.
        guessed: whether the table was guessed.
    """

    table: str
    columns: Mapping[str, str]
    signals: tuple[tuple[str, str, str | None], ...] = ()
    rest: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=())
    constants: Mapping[str, str] = field(default_factory=dict)


def plain(name: str) -> str:
    """A column name as it is compared: lower case, one underscore between words."""
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.strip().lstrip("\ufeff"))
    return re.sub(r"[^0-9a-z]+", "_", name.lower()).strip("_")


def map_columns(
    name: str,
    columns: Iterable[str],
    *,
    table: str | None = None,
    given: Mapping[str, str] | None = None,
    signals: Mapping[str, str | Mapping[str, str]] | None = None,
    kind: str | None = None,
    constants: Mapping[str, str] | None = None,
    kinds: Iterable[str] = (),
) -> SourceMapping:
    """Decide table and columns of a source.

    Args:
        name: the source's name, for messages and as a last hint for the table.
        columns: the source's columns.
        table: the contract table; None guesses it.
        given: field -> column, from the user.
        signals: kind -> column (or column and seen_at), from the user.
        kind: kind of every row.
        constants: field -> value of every row (``class``, ``reason``, ``owner``, ``source``,
        ``type``).
        kinds: the known kinds.

    Raises:
        UsageError: a named column or table is not there, a required one is missing, or the table is
            ambiguous.
    """
    there = list(columns)
    given, signals = dict(given or {}), dict(signals or {})
    fixed = dict(constants or {})
    if kind is not None:
        fixed["kind"] = kind
    if table is not None and table not in FIELDS:
        raise UsageError(f'{name}: there is no table "{table}".{did_you_mean(table, FIELDS)}')
    wide = _given_signals(name, there, signals)
    notes: list[str] = []
    if table is None:
        table, why = _guess_table(name, there, given, bool(wide), fixed, kinds)
        notes.append(f"loaded as {table} ({why})")
    found = _given_fields(name, there, table, given)
    _find_fields(
        there, table, found, notes, skip={c for _, c, _ in wide} if table != "accounts" else set()
    )
    if table == "signals" and not wide and "value" not in found:
        wide = _guess_signals(there, found, kinds)
    if table == "lists":
        _list_constants(name, there, found, fixed, notes)
    _require(name, there, table, found, fixed, bool(wide))
    used = set(found.values())
    rest = tuple(c for c in there if c not in used)
    if table == "accounts":
        kept = [c for c in rest if c not in {w[1] for w in wide}]
        if kept:
            # Those that could link accounts come first: the note is cut short in wide tables.
            hints = [c for c in kept if _kind_of(c, kinds)]
            kept = [*hints, *(c for c in kept if c not in hints)]
            more = len(kept) - _SHOWN
            notes.append(
                "further columns kept as attributes: " + ", ".join(kept[:_SHOWN])
                + (f" and {more:,} more" if more > 0 else "")
                + (f"; to link accounts by them say --signal {_kind_of(hints[0], kinds)}={hints[0]}"
                   if hints else "")
            )  # fmt: skip
    else:
        unused = [c for c in rest if c not in {w[1] for w in wide}]
        if unused:
            notes.append("not used: " + ", ".join(unused))
    return SourceMapping(table, found, wide, rest, tuple(notes), fixed)


def _given_fields(
    name: str, there: list[str], table: str, given: Mapping[str, str]
) -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in given.items():
        if key not in FIELDS[table]:
            raise UsageError(
                f'{name}: {table} has no field "{key}".{did_you_mean(key, FIELDS[table])}'
            )
        found[key] = _column(name, there, value)
    return found


def _column(name: str, there: list[str], wanted: str) -> str:
    if wanted in there:
        return wanted
    same = [c for c in there if plain(c) == plain(wanted)]
    if len(same) == 1:
        return same[0]
    raise WrongColumns(
        f'{name}: there is no column "{wanted}".{_nearest(wanted, there)} '
        f"Columns: {', '.join(there)}."
    )


def _nearest(wanted: str, there: list[str]) -> str:
    hint = did_you_mean(wanted, there)
    return hint if "mean" in hint else ""


def _given_signals(
    name: str, there: list[str], signals: Mapping[str, str | Mapping[str, str]]
) -> tuple[tuple[str, str, str | None], ...]:
    found: list[tuple[str, str, str | None]] = []
    for kind, spec in signals.items():
        if isinstance(spec, str):
            found.append((kind, _column(name, there, spec), None))
            continue
        if "column" not in spec:
            raise UsageError(f'{name}: signal "{kind}" names no column')
        seen_at = spec.get("seen_at")
        found.append(
            (
                kind,
                _column(name, there, spec["column"]),
                None if seen_at is None else _column(name, there, seen_at),
            )
        )
    return tuple(found)


def _find_fields(
    there: list[str], table: str, found: dict[str, str], notes: list[str], skip: set[str]
) -> None:
    free = [c for c in there if c not in set(found.values()) | skip]
    for wanted in FIELDS[table]:
        if wanted in found:
            continue
        match = next((c for c in free if plain(c) == wanted), None)
        if match is not None:
            found[wanted] = match
            free.remove(match)
    for wanted, names in FIELDS[table].items():
        if wanted in found or (wanted == "seen_at" and "first_seen" in found):
            continue
        match = next((c for n in names for c in free if plain(c) == n), None)
        if match is not None:
            found[wanted] = match
            free.remove(match)
            notes.append(f'column "{match}" read as {wanted}')


def _kind_of(column: str, kinds: Iterable[str]) -> str | None:
    key = plain(column)
    return key if key in set(kinds) else KIND_NAMES.get(key)


def _guess_signals(
    there: list[str], found: Mapping[str, str], kinds: Iterable[str]
) -> tuple[tuple[str, str, str | None], ...]:
    used = set(found.values())
    wide = [
        (kind, c, None) for c in there if c not in used and (kind := _kind_of(c, kinds)) is not None
    ]
    return tuple(wide)


def _list_constants(
    name: str, there: list[str], found: dict[str, str], fixed: dict[str, str], notes: list[str]
) -> None:
    if "kind" not in found and "kind" not in fixed:
        kind = next(
            (k for f, k in (("cidr", "ip"), ("lo", "ip"), ("domain", "email_domain"), ("asn", "asn"))
             if f in found), None
        )  # fmt: skip
        named = [
            (c, k) for c in there if (k := KIND_NAMES.get(plain(c), plain(c))) in {"ip", "email"}
        ]
        if kind is None and "value" not in found and len(named) == 1:
            found["value"], kind = named[0]
        if kind is not None:
            fixed["kind"] = kind
            notes.append(f"kind of every entry: {kind}")
    if "class" not in found and "class" not in fixed:
        words = set(plain(re.split(r"[\\/]", name)[-1]).split("_"))
        words |= {w.rstrip("s") for w in words}
        match = [c for c in _CLASSES if c in words]
        if len(match) == 1:
            fixed["class"] = match[0]
            notes.append(f"class of every entry: {match[0]} (from the name)")


def _require(
    name: str, there: list[str], table: str, found: Mapping[str, str], fixed: Mapping[str, str],
    wide: bool,
) -> None:  # fmt: skip
    missing = [f for f in REQUIRED[table] if f not in found and f not in fixed]
    if wide:
        missing = [f for f in missing if f not in {"kind", "value"}]
    if table == "lists":
        if not {"value", "cidr", "domain", "asn", "lo"} & found.keys():
            missing.append("value (or cidr, domain, asn)")
        if "kind" not in found and "kind" not in fixed:
            missing.append("kind")
        if ("lo" in found) != ("hi" in found):
            missing.append("hi" if "lo" in found else "lo")
    if not missing:
        return
    hints = "".join(_nearest(f, there) for f in missing[:1])
    say = f"--map {missing[0].split()[0]}=COLUMN"
    if missing == ["kind"]:
        say += " or --kind KIND"
    raise WrongColumns(
        f"{name}: {table} needs {', '.join(missing)}.{hints} "
        f"Columns: {', '.join(there)}. Say which column it is: {say}."
    )


def _guess_table(
    name: str, there: list[str], given: Mapping[str, str], wide: bool, fixed: Mapping[str, str],
    kinds: Iterable[str],
) -> tuple[str, str]:  # fmt: skip
    names = {plain(c) for c in there} - {plain(c) for c in given.values()} | set(given)
    has = {
        (table, f): f in names or bool(names & set(others))
        for table, fields in FIELDS.items()
        for f, others in fields.items()
    }
    account = has["signals", "account_id"]
    kind_columns = [c for c in there if _kind_of(c, kinds)]
    found: dict[str, str] = {}
    if has["links", "src"] and has["links", "dst"]:
        found["links"] = "has two accounts"
    if account and ("value" in names or "signal_value" in names):
        found["signals"] = "has account, kind and value"
    if account and names & {"text", *FIELDS["prompts"]["text"]}:
        found["prompts"] = "has account and text"
    signup = {"created_at", "status", "banned_at", *FIELDS["accounts"]["created_at"]}
    if account and not found and names & signup:
        found["accounts"] = "has account and sign-up or status"
    if account and not found:
        if names & {"label", *FIELDS["labels"]["label"]} and not kind_columns:
            found["labels"] = "has account and label"
        if names & {"type", *FIELDS["events"]["type"]} and has["events", "at"]:
            found["events"] = "has account, time and type"
        if kind_columns or wide:
            found["signals"] = "has account and columns of known kinds"
    if not account and not found and (
        names & {"cidr", "asn", "domain"} or {"lo", "hi"} <= names or "class" in names
        or "class" in fixed or (len(there) == 1 and kind_columns)
    ):  # fmt: skip
        found["lists"] = "has networks, domains or classes and no account"
    if len(found) == 1:
        return next(iter(found.items()))
    stem = plain(re.split(r"[\\/]", name)[-1].split(".")[0]).split("_")
    hinted = {_STEMS[w] for w in stem if w in _STEMS}
    if len(hinted) == 1 and (hint := next(iter(hinted))) in (found or FIELDS):
        return hint, "from the name; the columns leave it open"
    about = " or ".join(found) if found else "none of the tables"
    raise WrongColumns(
        f"{name}: its columns look like {about}; say which table it is with --as "
        f"({', '.join(FIELDS)}). Columns: {', '.join(there)}."
    )
