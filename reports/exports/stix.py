"""Findings for partners: a STIX 2.1 bundle that shares tactics and tokens, never accounts or values.

A cluster that people confirmed is a campaign, one that nobody reviewed a grouping. Accounts and payment
instruments are user-account objects, other shared values are infrastructure; all of them carry
tokens (HMAC-SHA256 under a key that the partners hold too) in an extension of our own. Names are
UUIDv5 of the content and times those of the data, so two bundles of the same findings are equal.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from coterie.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from coterie.config import ShareOptions

NAMESPACE = uuid.UUID("6a1f3f0e-4c0b-5f1d-9a57-0d2f3d6c8e11")
CAVEAT = "Investigation seed: verify on your own platform. No ground for action by itself."
ALGORITHM = "HMAC-SHA256"
EXTENSION = f"extension-definition--{uuid.uuid5(NAMESPACE, 'token 1')}"
# Before any data: what names a producer or a value is as old as can be.
_START = datetime(2020, 1, 1, tzinfo=UTC)
# Kinds that are money: they stand for an account elsewhere, not for infrastructure.
PAYMENT = frozenset({"payment", "bank_account"})


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle to hand over.

    Attributes:
        text: the bundle as JSON.
        new: ledger rows of objects that were not shared before (columns of ``register.shared``).
        revoked: ids of objects that no longer hold and are revoked from here on.
        counts: objects by type.
    """

    text: str
    new: list[dict[str, Any]]
    revoked: list[str]
    counts: dict[str, int]


def build(
    clusters: Sequence[Mapping[str, Any]],
    tokens: Mapping[str, Sequence[Mapping[str, Any]]],
    ledger: Sequence[Mapping[str, Any]],
    options: ShareOptions,
    expires: timedelta,
    now: datetime,
) -> Bundle:
    """The bundle of a sweep's findings.

    Args:
        clusters: rows of ``share/clusters``.
        tokens: key id -> rows of ``share/tokens``; the first key names the objects.
        ledger: rows of ``share/ledger``.
        options: producer, markings.
        expires: how long tokens count.
        now: time of the sharing (UTC), for what the ledger does not know yet.

    Raises:
        UsageError: ``stix2`` is not installed.
    """
    stix = _stix()
    scene = _Scene(stix, options)
    forms = {
        c["cluster_id"]: "campaign" if c["tier"] == "confirmed" else "grouping" for c in clusters
    }
    known = {row["object_id"]: row for row in ledger}
    items = items_of(tokens)
    new: list[dict[str, Any]] = []
    holding: set[str] = set()
    for cluster in clusters:
        form, name = forms[cluster["cluster_id"]], cluster["cluster_id"]
        gone = sum(
            row["cluster_id"] == name and row["form"] == form and row["revoked_at"] is not None
            for row in ledger
        )
        object_id = scene.id(form, name, str(gone))
        first = known.get(object_id, {}).get("first_at", now)
        if object_id not in known:
            new.append({"object_id": object_id, "cluster_id": name, "form": form, "first_at": first,
                        "revoked_at": None})  # fmt: skip
        holding.add(object_id)
        scene.cluster(cluster, form, object_id, first, items.get(name, []), expires)
    revoked = sorted(
        row["object_id"]
        for row in ledger
        if row["revoked_at"] is None and row["object_id"] not in holding
    )
    for row in ledger:
        if row["object_id"] not in holding:
            scene.withdrawn(row, row["revoked_at"] or now)
    return Bundle(scene.text(), new, revoked, scene.counts())


def items_of(
    tokens: Mapping[str, Sequence[Mapping[str, Any]]],
) -> dict[str, list[dict[str, Any]]]:
    """Cluster -> its accounts and values, each with its token under every key."""
    found: dict[tuple[str, int], dict[str, Any]] = {}
    for key_id, rows in tokens.items():
        for row in rows:
            item = found.setdefault(
                (row["cluster_id"], row["item"]),
                {"kind": row["kind"], "n_in": row["n_in"], "bits": row["bits"], "tokens": []},
            )
            item["tokens"].append({"key_id": key_id, "token": row["token"]})
    by_cluster: dict[str, list[dict[str, Any]]] = {}
    for (cluster, _), item in sorted(found.items(), key=lambda kv: kv[1]["tokens"][0]["token"]):
        by_cluster.setdefault(cluster, []).append(item)
    return by_cluster


class _Scene:
    """The objects of a bundle in the making; each id once."""

    def __init__(self, stix: Any, options: ShareOptions) -> None:
        self._stix = stix
        self._producer = options.producer
        self._objects: dict[str, Any] = {}
        start = _START
        self._tlp = {
            "clear": stix.TLP_WHITE, "green": stix.TLP_GREEN, "amber": stix.TLP_AMBER,
            "red": stix.TLP_RED,
        }[options.tlp]  # fmt: skip
        self._add(self._tlp)
        identity = stix.Identity(
            id=self.id("identity"), created=start, modified=start, name=options.producer,
            identity_class="organization",
        )  # fmt: skip
        self._by = identity.id
        self._add(identity)
        pap = stix.MarkingDefinition(
            id=self.id("marking-definition", "pap", options.pap), created=start,
            created_by_ref=self._by, definition_type="statement",
            definition={"statement": f"PAP:{options.pap.upper()}"},
        )  # fmt: skip
        self._add(pap)
        self._marks = [self._tlp.id, pap.id]
        # The extension is Coterie's, whoever produces with it.
        maker = stix.Identity(
            id=f"identity--{uuid.uuid5(NAMESPACE, 'coterie')}", created=start, modified=start,
            name="Coterie", identity_class="system",
        )  # fmt: skip
        self._add(maker)
        self._add(stix.ExtensionDefinition(
            id=EXTENSION, created=start, modified=start, created_by_ref=maker.id,
            name="Coterie token", version="1.0.0", extension_types=["property-extension"],
            description="The object as tokens: a keyed hash of kind, unit separator and normalised "
            "value, one a key. Holders of the key find the same value with themselves.",
            schema="urn:coterie:stix-token:1 (stix-token.schema.json of Coterie's reference)",
        ))  # fmt: skip

    def id(self, kind: str, *parts: str) -> str:
        """A name that follows from the producer and the content."""
        told = "\x1f".join([self._producer, kind, *parts])
        return f"{kind}--{uuid.uuid5(NAMESPACE, told)}"

    def _add(self, found: Any) -> str:
        self._objects.setdefault(found["id"], found)
        return str(found["id"])

    def cluster(
        self,
        cluster: Mapping[str, Any],
        form: str,
        object_id: str,
        first: datetime,
        items: Iterable[Mapping[str, Any]],
        expires: timedelta,
    ) -> None:
        """A campaign or grouping, what belongs to it, a sighting and a note."""
        stix = self._stix
        changed = max(t for t in (first, cluster["as_of"], cluster["decided_at"]) if t is not None)
        about = {"created_by_ref": self._by, "created": _utc(first), "modified": _utc(changed),
                 "object_marking_refs": self._marks}  # fmt: skip
        confidence = round(100 * min(1.0, max(0.0, cluster["score"] or 0.0)))
        until = _utc(changed + expires)
        inside = [self._item(item, _utc(changed), until) for item in items]
        words = words_of(cluster, confirmed=form == "campaign")
        if form == "campaign":
            self._add(stix.Campaign(
                id=object_id, name=f"Coordinated accounts {cluster['cluster_id']}",
                description=words, confidence=confidence,
                **_span(cluster), **about,
            ))  # fmt: skip
            for ref, _ in inside:
                uses = ref.startswith("infrastructure")
                self._add(stix.Relationship(
                    id=self.id("relationship", object_id, ref), source_ref=object_id,
                    target_ref=ref, relationship_type="uses" if uses else "related-to",
                    confidence=confidence, **about,
                ))  # fmt: skip
            self._add(stix.Sighting(
                id=self.id("sighting", object_id, cluster["as_of"].isoformat()),
                sighting_of_ref=object_id, count=cluster["size"], where_sighted_refs=[self._by],
                confidence=confidence, **_span(cluster), **about,
            ))  # fmt: skip
        else:
            self._add(stix.Grouping(
                id=object_id, name=f"Accounts to look at {cluster['cluster_id']}",
                description=words, context="suspicious-activity", confidence=confidence,
                object_refs=[ref for ref, _ in inside] or [self._by], **about,
            ))  # fmt: skip
            for ref, kind in inside:
                if kind == "infrastructure":
                    self._add(stix.Sighting(
                        id=self.id("sighting", object_id, ref, cluster["as_of"].isoformat()),
                        sighting_of_ref=ref, where_sighted_refs=[self._by], confidence=confidence,
                        **_span(cluster), **about,
                    ))  # fmt: skip
        self._add(stix.Note(
            id=self.id("note", object_id), abstract="How to use this", content=CAVEAT,
            object_refs=[object_id], **about,
        ))  # fmt: skip

    def _item(self, item: Mapping[str, Any], changed: datetime, until: datetime) -> tuple[str, str]:
        """(id, type) of an account or value."""
        stix = self._stix
        kind, token = item["kind"], item["tokens"][0]["token"]
        extension = {EXTENSION: {
            "extension_type": "property-extension", "kind": kind, "algorithm": ALGORITHM,
            "tokens": item["tokens"], "valid_until": f"{until:%Y-%m-%dT%H:%M:%SZ}",
        }}  # fmt: skip
        if kind == "account" or kind in PAYMENT:
            found = stix.UserAccount(
                id=self.id("user-account", kind, token), user_id=token,
                account_type="platform" if kind == "account" else kind.replace("_", "-"),
                extensions=extension, object_marking_refs=self._marks,
            )  # fmt: skip
            return self._add(found), "user-account"
        found = stix.Infrastructure(
            id=self.id("infrastructure", kind, token), created=_START, modified=changed,
            created_by_ref=self._by, name=f"Shared {kind.replace('_', ' ')}",
            infrastructure_types=["unknown"], extensions=extension,
            object_marking_refs=self._marks,
        )  # fmt: skip
        return self._add(found), "infrastructure"

    def withdrawn(self, row: Mapping[str, Any], at: datetime) -> None:
        """An object that no longer holds."""
        stix = self._stix
        about = {"id": row["object_id"], "created_by_ref": self._by, "created": _utc(row["first_at"]),
                 "modified": _utc(max(at, row["first_at"])), "revoked": True,
                 "object_marking_refs": self._marks}  # fmt: skip
        if row["form"] == "campaign":
            self._add(stix.Campaign(name=f"Coordinated accounts {row['cluster_id']}", **about))
        else:
            self._add(stix.Grouping(
                name=f"Accounts to look at {row['cluster_id']}", context="suspicious-activity",
                object_refs=[self._by], **about,
            ))  # fmt: skip

    def counts(self) -> dict[str, int]:
        """Type -> objects."""
        found: dict[str, int] = {}
        for name in sorted(self._objects):
            kind = name.partition("--")[0]
            found[kind] = found.get(kind, 0) + 1
        return found

    def text(self) -> str:
        """The bundle as JSON, in a fixed order."""
        listed = [json.loads(self._objects[name].serialize()) for name in sorted(self._objects)]
        inside = json.dumps(listed, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
        name = f"bundle--{uuid.uuid5(NAMESPACE, inside)}"
        body = {"type": "bundle", "id": name, "objects": listed}
        return json.dumps(body, indent=1, sort_keys=True, ensure_ascii=True) + "\n"


def _span(cluster: Mapping[str, Any]) -> dict[str, datetime]:
    first, last = cluster["first_seen"], cluster["last_seen"]
    if first is None or last is None:
        return {}
    # STIX wants the end after the beginning.
    return {"first_seen": _utc(first), "last_seen": _utc(max(last, first + timedelta(seconds=1)))}


def words_of(cluster: Mapping[str, Any], *, confirmed: bool) -> str:
    """What was found, in words that name nobody and nothing."""
    families = ", ".join(cluster["families"] or []) or "no kind"
    state = "confirmed by reviewers" if confirmed else "not reviewed"
    return (
        f"{cluster['size']} accounts that act together, by shared {families} ({state}; "
        f"{cluster['class'] or 'unclear'}). {CAVEAT}"
    )


def _utc(at: datetime) -> datetime:
    """A time of the store as STIX has it: UTC, in milliseconds."""
    return at.replace(tzinfo=UTC, microsecond=at.microsecond // 1000 * 1000)


def _stix() -> Any:
    try:
        from stix2 import v21
    except ImportError as error:
        raise UsageError('STIX needs the package stix2: install "coterie[stix]"') from error
    return v21
