"""Findings for partners who work with MISP: one event a cluster, in tokens as in the STIX bundle."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

from coterie.errors import UsageError
from coterie.reports.exports.stix import ALGORITHM, CAVEAT, NAMESPACE, PAYMENT, items_of, words_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from coterie.config import ShareOptions

# MISP's words for how sure and how far an analysis is.
_MEDIUM, _UNDEFINED, _INITIAL, _COMPLETED = 2, 4, 0, 2
_OWN_ORGANISATION = 0


def build_misp(
    clusters: Sequence[Mapping[str, Any]],
    tokens: Mapping[str, Sequence[Mapping[str, Any]]],
    options: ShareOptions,
) -> str:
    """The events as JSON, the same for the same findings.

    Args:
        clusters: rows of ``share/clusters``.
        tokens: key id -> rows of ``share/tokens``.
        options: producer, markings.

    Raises:
        UsageError: ``pymisp`` is not installed.
    """
    misp = _misp()
    items = items_of(tokens)
    events = [
        {"Event": json.loads(_event(misp, c, items.get(c["cluster_id"], []), options))}
        for c in clusters
    ]
    return json.dumps({"response": events}, indent=1, sort_keys=True, ensure_ascii=True) + "\n"


def _event(
    misp: Any,
    cluster: Mapping[str, Any],
    items: Sequence[Mapping[str, Any]],
    options: ShareOptions,
) -> str:
    def name(*parts: str) -> str:
        told = "\x1f".join([options.producer, "misp", cluster["cluster_id"], *parts])
        return str(uuid.uuid5(NAMESPACE, told))

    confirmed = cluster["tier"] == "confirmed"
    stamp = int((cluster["as_of"] - cluster["as_of"].__class__(1970, 1, 1)).total_seconds())
    event = misp.MISPEvent()
    event.uuid = name()
    what = "Coordinated accounts" if confirmed else "Accounts to look at"
    event.info = f"{what} {cluster['cluster_id']} ({options.producer})"
    event.set_date(cluster["as_of"].date())
    event.distribution = _OWN_ORGANISATION
    event.threat_level_id = _MEDIUM if confirmed else _UNDEFINED
    event.analysis = _COMPLETED if confirmed else _INITIAL
    for tag in (f"tlp:{options.tlp}", f"PAP:{options.pap.upper()}"):
        event.add_tag(tag)
    event.add_attribute(
        "comment", words_of(cluster, confirmed=confirmed), uuid=name("words"), timestamp=stamp,
        to_ids=False, comment=CAVEAT,
    )  # fmt: skip
    for item in items:
        kind = item["kind"]
        for token in item["tokens"]:
            about = {
                "value": token["token"], "timestamp": stamp, "to_ids": False,
                "uuid": name("token", kind, token["token"]),
                "comment": f"{ALGORITHM} of {kind}, key {token['key_id']}",
            }  # fmt: skip
            if kind == "account" or kind in PAYMENT:
                held = misp.MISPObject("user-account", strict=True)
                held.uuid = name("object", kind, token["token"])
                held.timestamp = stamp
                held.add_attribute("user-id", **about)
                held.add_attribute(
                    "account-type", "platform" if kind == "account" else kind, timestamp=stamp,
                    uuid=name("type", kind, token["token"]), to_ids=False,
                )  # fmt: skip
                event.add_object(held)
            else:
                event.add_attribute("text", category="Other", **about)
    return str(event.to_json())


def _misp() -> Any:
    try:
        import pymisp
    except ImportError as error:
        raise UsageError('MISP needs the package pymisp: install "coterie[misp]"') from error
    return pymisp
