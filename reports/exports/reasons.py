"""Reason codes: what a reviewer may give as the reason, and what the user is told about it.

The sentences hold no personal data and no detail of the detection. Further codes come from
``[review] reasons``.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from coterie.errors import UnknownName, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping


class Reason(NamedTuple):
    """A reason code.

    Attributes:
        text: the sentence for the user; empty for reasons that lead to no action.
        category: statement category of the DSA Transparency Database.
        keyword: category specification there, or None.
    """

    text: str
    category: str = "STATEMENT_CATEGORY_OTHER_VIOLATION_TC"
    keyword: str | None = None


_FRAUD = "STATEMENT_CATEGORY_SCAMS_AND_FRAUD"
_TERMS = "STATEMENT_CATEGORY_OTHER_VIOLATION_TC"

REASONS: Mapping[str, Reason] = MappingProxyType({
    "coordinated_accounts": Reason(
        "We found that this account is operated together with other accounts in a way that our "
        "terms do not allow.",
        _FRAUD, "KEYWORD_INAUTHENTIC_ACCOUNTS",
    ),
    "fake_accounts": Reason(
        "We found that this account is one of several created under false details.",
        _FRAUD, "KEYWORD_INAUTHENTIC_ACCOUNTS",
    ),
    "ban_evasion": Reason(
        "We found that this account continues the use of accounts that we had closed.",
        _FRAUD, "KEYWORD_INAUTHENTIC_ACCOUNTS",
    ),
    "payment_fraud": Reason(
        "We found that payments on this account were made in a way that our terms do not allow.",
        _FRAUD,
    ),
    "model_extraction": Reason(
        "We found that this account takes part in collecting outputs of the service to build a "
        "competing one, which our terms do not allow.",
        _TERMS,
    ),
    "resale": Reason(
        "We found that access to the service is passed on to others through this account, which "
        "our terms do not allow.",
        _TERMS,
    ),
    "spam": Reason(
        "We found that this account takes part in sending unwanted content in bulk.", _FRAUD
    ),
    "trial_abuse": Reason(
        "We found that this account takes part in using free offers more often than our terms "
        "allow.",
        _TERMS,
    ),
    "household": Reason(""),
    "organisation": Reason(""),
    "shared_network": Reason(""),
    "false_positive": Reason(""),
    "not_a_member": Reason(""),
    "more_evidence_needed": Reason(""),
    "grouping": Reason(""),
    "mistaken": Reason(""),
    "decision_correct": Reason(""),
})  # fmt: skip

DEFAULTS: Mapping[str, str] = MappingProxyType(
    {
        "confirm": "coordinated_accounts",
        "benign": "false_positive",
        "watch": "more_evidence_needed",
        "exclude": "not_a_member",
        "split": "grouping",
        "merge": "grouping",
        "overturn": "mistaken",
        "uphold": "decision_correct",
    }
)


def reasons_with(further: Mapping[str, str]) -> dict[str, Reason]:
    """The built-in reason codes and those of the settings, which win."""
    return {**REASONS, **{code: Reason(text) for code, text in further.items()}}


def known_reason(code: str, reasons: Mapping[str, Reason]) -> str:
    """The code, checked.

    Raises:
        UnknownName: there is no such code; the nearest is named.
    """
    if code not in reasons:
        raise UnknownName(f'There is no reason code "{code}".{did_you_mean(code, reasons)}')
    return code
