"""What the public and the user are told: statements of reasons and notices.

A statement has the fields of the DSA Transparency Database (Regulation (EU) 2022/2065, article 24(5))
and no personal data: neither the account nor a value nor a reviewer. A notice is a text for one
user, from a template of the platform's own or the built-in one.
"""

from __future__ import annotations

from difflib import get_close_matches
from string import Template
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from coterie.errors import UnknownName, UsageError, did_you_mean
from coterie.printable import printable
from coterie.reports.exports.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# The territories of the database's ``territorial_scope``: the states of the European Economic Area, by
# ISO 3166-1 code (https://transparency.dsa.ec.europa.eu/page/api-documentation).
TERRITORIES: Mapping[str, str] = MappingProxyType({
    "AT": "Austria", "BE": "Belgium", "BG": "Bulgaria", "CY": "Cyprus", "CZ": "Czechia",
    "DE": "Germany", "DK": "Denmark", "EE": "Estonia", "ES": "Spain", "FI": "Finland",
    "FR": "France", "GR": "Greece", "HR": "Croatia", "HU": "Hungary", "IE": "Ireland",
    "IS": "Iceland", "IT": "Italy", "LI": "Liechtenstein", "LT": "Lithuania", "LU": "Luxembourg",
    "LV": "Latvia", "MT": "Malta", "NL": "Netherlands", "NO": "Norway", "PL": "Poland",
    "PT": "Portugal", "RO": "Romania", "SE": "Sweden", "SI": "Slovenia", "SK": "Slovakia",
})  # fmt: skip
EEA = tuple(TERRITORIES)
EU = tuple(code for code in EEA if code not in {"IS", "LI", "NO"})
# Codes that are written for one of them elsewhere.
_ALIASES = MappingProxyType({"EL": "GR"})
_ACCOUNT = {"suspend": "DECISION_ACCOUNT_SUSPENDED", "terminate": "DECISION_ACCOUNT_TERMINATED"}
_SERVICE = {"rate_limit", "step_up"}
_FACTS, _EXPLANATION, _GROUND = 5000, 2000, 500
_WORDS = {
    "suspend": "Your account is suspended",
    "terminate": "Your account is closed",
    "step_up": "You are asked to confirm who you are",
    "rate_limit": "The use of your account is limited",
}
NOTICE = """\
$what$from_when$until.

Why: $reason$policy

How we came to it: $detection The decision was taken by people.

If you think that this is wrong, you can appeal. Please give the reference $appeal_ref.
"""
LIFTED = """\
The measure on your account with the reference $appeal_ref has been lifted.
"""


def territories(given: Sequence[str]) -> tuple[str, ...]:
    """Codes as the database takes them, each once and in its order; none is the EU.

    Args:
        given: codes in either case, ``EU`` or ``EEA``.

    Raises:
        UnknownName: there is no such territory; the nearest is named.

    >>> territories(["de", "AT", "de"])
    ('AT', 'DE')
    """
    found: set[str] = set()
    for text in given:
        code = text.strip().upper()
        groups = {"EU": EU, "EEA": EEA}
        if code not in TERRITORIES and code not in groups:
            raise UnknownName(
                f'There is no territory "{printable(text, 40)}" in the EU or the EEA.'
                f"{_nearest(code)}"
            )
        found |= {*groups.get(code, (code,))}
    return tuple(code for code in EEA if code in found) or EU


def _nearest(code: str) -> str:
    names = {name.upper(): one for one, name in TERRITORIES.items()}
    near = get_close_matches(code, names, n=1, cutoff=0.6)
    if code in _ALIASES or near:
        meant = _ALIASES.get(code) or names[near[0]]
        return f' Did you mean "{meant}" ({TERRITORIES[meant]})?'
    return did_you_mean(code, EEA)


def statements(
    rows: Sequence[Mapping[str, Any]],
    reasons: Mapping[str, Reason],
    *,
    territory: Sequence[str] = EU,
    ground: str = "Terms of service",
) -> list[dict[str, Any]]:
    """A statement of reasons per account that an export restricts.

    Args:
        rows: of an enforcement export, as JSON has them; revocations and watching restrict nobody.
        reasons: known reason codes.
        territory: EU and EEA countries in which the restriction holds.
        ground: the contract that the clause (``policy_id``) is of.
    """
    return [
        _statement(row, reasons.get(row["reason_code"] or "", Reason("")), territory, ground)
        for row in rows
        if row["rollback_of"] is None and (row["action"] in _ACCOUNT or row["action"] in _SERVICE)
    ]


def _statement(
    row: Mapping[str, Any], reason: Reason, territory: Sequence[str], ground: str
) -> dict[str, Any]:
    begins, ends = str(row["not_before"])[:10], row["expires_at"]
    clause = f"{ground}, {row['policy_id']}" if row["policy_id"] else ground
    told: dict[str, Any] = {
        "decision_ground": "DECISION_GROUND_INCOMPATIBLE_CONTENT",
        "incompatible_content_ground": clause[:_GROUND],
        "incompatible_content_explanation": (row["user_facing_reason"] or clause)[:_EXPLANATION],
        "incompatible_content_illegal": "No",
        "category": reason.category,
        "content_type": ["CONTENT_TYPE_OTHER"],
        "content_type_other": "Account",
        "content_date": str(row["decided_at"])[:10],
        "territorial_scope": list(territory),
        "application_date": begins,
        "decision_facts": _facts(row)[:_FACTS],
        "source_type": "SOURCE_VOLUNTARY",
        "automated_detection": "Yes" if row["automated_detection"] else "No",
        "automated_decision": "AUTOMATED_DECISION_NOT_AUTOMATED",
        "puid": row["idempotency_key"],
    }
    if reason.keyword is not None:
        told["category_specification"] = [reason.keyword]
    if row["action"] in _ACCOUNT:
        told["decision_account"] = _ACCOUNT[row["action"]]
        told |= {"end_date_account_restriction": ends[:10]} if ends else {}
    else:
        told["decision_provision"] = "DECISION_PROVISION_PARTIAL_SUSPENSION"
        told |= {"end_date_service_restriction": ends[:10]} if ends else {}
    return told


def _facts(row: Mapping[str, Any]) -> str:
    """How the decision came about, without a name, a value or a count that tells the account."""
    people = "two people" if len(row["reviewers"]) > 1 else "a person"
    how = _detection(row)
    return (
        f"{how} The finding was reviewed by {people}, who took the decision"
        f"{' on the account together with others of the same group' if row['cluster_id'] else ''}. "
        "The measure can be appealed."
    )


def _detection(row: Mapping[str, Any]) -> str:
    if not row["automated_detection"]:
        return "The account came to attention in a review by people."
    families = ", ".join(row["families"] or []) or "technical"
    return (
        "An automated comparison of account metadata found the account to act together with other "
        f"accounts (kinds of data: {families})."
    )


def notices(rows: Sequence[Mapping[str, Any]], template: str | None = None) -> list[dict[str, Any]]:
    """A text for each user whose account an export restricts, or no longer restricts.

    Args:
        rows: of an enforcement export, as JSON has them.
        template: text with ``$what $from_when $until $reason $policy $detection $appeal_ref``; None is
            the built-in one.

    Returns:
        One {account_id, idempotency_key, appeal_ref, text} a notice.

    Raises:
        UsageError: the template names something else.
    """
    listed = []
    for row in rows:
        lifted = row["rollback_of"] is not None
        if not lifted and row["action"] not in _WORDS:
            continue
        text = _filled(LIFTED if lifted else template or NOTICE, row)
        listed.append({
            "account_id": row["account_id"], "idempotency_key": row["idempotency_key"],
            "appeal_ref": row["appeal_ref"], "text": text,
        })  # fmt: skip
    return listed


def _filled(template: str, row: Mapping[str, Any]) -> str:
    until = f" until {row['expires_at'][:10]}" if row["expires_at"] else ""
    values = {
        "what": _WORDS.get(row["action"], ""),
        "from_when": f" from {str(row['not_before'])[:10]}",
        "until": until,
        "reason": row["user_facing_reason"] or "our terms do not allow this use.",
        "policy": f" ({row['policy_id']})" if row["policy_id"] else "",
        "detection": "The finding began with an automated comparison of technical data."
        if row["automated_detection"]
        else "The finding came from a review.",
        "appeal_ref": row["appeal_ref"],
    }
    try:
        return Template(template).substitute(values)
    except (KeyError, ValueError) as error:
        known = ", ".join(f"${name}" for name in values)
        raise UsageError(f"the template names {error}; known: {known}") from error
