"""A partner's bundle, read as what a stranger wrote: every field that counts is checked first."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from coterie.errors import InputError, UsageError
from coterie.printable import printable
from coterie.reports.exports.stix import ALGORITHM, EXTENSION

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# Bytes of a bundle at most: some 400,000 accounts.
MOST = 512 << 20
_ID = re.compile(r"[a-z0-9-]{1,60}--[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TOKEN = re.compile(r"[0-9a-f]{64}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z")
# Longest name of a kind or a key.
_LONGEST = 100

_Object = dict[str, Any]


def read_bundle(path: Path) -> str:
    """The text of a bundle.

    Raises:
        UsageError: the file cannot be read.
        InputError: it is larger than any bundle, or no text in UTF-8.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(MOST + 1)
    except OSError as error:
        told = error.strerror or type(error).__name__
        raise UsageError(f"{printable(path)}: cannot be read ({told})") from error
    if len(raw) > MOST:
        raise InputError(
            f"{printable(path)}: found more than {MOST >> 20} MB, no bundle is as large"
        )
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{printable(path)}: is not UTF-8 (byte {error.start:,})") from error


def indicators(text: str, now: datetime) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """The tokens of a partner's bundle that still count.

    Of an object that is there in several versions the newest counts.

    Args:
        text: the bundle as JSON.
        now: tokens that ended before do not count (UTC, naive).

    Returns:
        One {kind, token, key_id, object_id, finding, confidence, markings} a token, and how many objects
        were left out: ``expired`` and ``revoked``.

    Raises:
        InputError: it is no STIX 2.1 bundle, or an object is not as it must be.
    """
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"not a STIX 2.1 bundle ({printable(error, 200)})") from error
    if not isinstance(found, dict) or found.get("type") != "bundle":
        raise InputError('not a STIX 2.1 bundle: expected an object of the type "bundle"')
    objects = _newest(found.get("objects", []))
    holders = _holders(objects)
    listed: list[dict[str, Any]] = []
    left_out = {"expired": 0, "revoked": 0}
    for name, item in sorted(objects.items()):
        extensions = item.get("extensions")
        _expect(extensions is None or isinstance(extensions, dict), name, "extensions", "an object")
        if extensions is None or EXTENSION not in extensions:
            continue
        until, tokens = _extension(name, extensions[EXTENSION])
        findings = holders.get(name, [])
        whole = [f for f in findings if not _revoked(f, objects[f])]
        if _revoked(name, item) or (findings and not whole):
            left_out["revoked"] += 1
        elif until < now:
            left_out["expired"] += 1
        else:
            about = {
                "object_id": name,
                "finding": whole[0] if whole else None,
                "confidence": max((_confidence(f, objects[f]) for f in whole), default=0),
                "markings": _markings(item, objects),
            }
            listed += [{**token, **about} for token in tokens]
    return listed, left_out


def _expect(holds: bool, name: str, field: str, wanted: str) -> None:
    if not holds:
        raise InputError(f"{printable(name, 100)}: {field}: expected {wanted}")


def _newest(given: object) -> dict[str, _Object]:
    """Id -> object."""
    if not isinstance(given, list):
        raise InputError("not a STIX 2.1 bundle: expected a list of objects")
    objects: dict[str, _Object] = {}
    for number, item in enumerate(given, 1):
        name = item.get("id") if isinstance(item, dict) else None
        if not isinstance(name, str) or not _ID.fullmatch(name):
            raise InputError(f"object {number:,} of the bundle: expected a STIX id (type--UUID)")
        old = objects.get(name)
        if old is None:
            objects[name] = item
        elif old != item:
            ages = [_time(name, "modified", one.get("modified")) for one in (old, item)]
            _expect(ages[0] != ages[1], name, "modified", "one content a time, found two")
            objects[name] = old if ages[0] > ages[1] else item
    return objects


def _extension(name: str, found: object) -> tuple[datetime, list[dict[str, str]]]:
    """(end of validity, {kind, token, key_id} a token) of our extension."""
    if not isinstance(found, dict):
        raise InputError(f"{printable(name, 100)}: {EXTENSION}: expected an object")
    kind, tokens = found.get("kind"), found.get("tokens")
    _expect(found.get("algorithm") == ALGORITHM, name, "algorithm", ALGORITHM)
    until = _time(name, "valid_until", found.get("valid_until"))
    if not isinstance(tokens, list) or not tokens:
        raise InputError(f"{printable(name, 100)}: tokens: expected a list of tokens")
    told: dict[tuple[str, str], dict[str, str]] = {}
    for one in tokens:
        token, key_id = (one.get("token"), one.get("key_id")) if isinstance(one, dict) else (0, 0)
        whole = isinstance(token, str) and _TOKEN.fullmatch(token) is not None
        _expect(whole, name, "token", "64 digits of 0-9 and a-f")
        named = (str(key_id), str(token))
        told[named] = {
            "kind": _name(name, "kind", kind), "token": named[1],
            "key_id": _name(name, "key_id", key_id),
        }  # fmt: skip
    return until, list(told.values())


def _name(name: str, field: str, given: object) -> str:
    # Printable: no control characters, no half of a surrogate pair.
    if isinstance(given, str) and given.isprintable() and 0 < len(given) <= _LONGEST:
        return given
    raise InputError(f"{printable(name, 100)}: {field}: expected up to {_LONGEST} plain letters")


def _time(name: str, field: str, given: object) -> datetime:
    """A time of STIX, UTC and naive as the store's are."""
    if isinstance(given, str) and _TIME.fullmatch(given):
        try:
            # To the microsecond: what follows is no matter here.
            text = given.removesuffix("Z")[:26]
            whole, _, part = text.partition(".")
            return (
                datetime.fromisoformat(f"{whole}.{part:0<6}+00:00")
                .astimezone(UTC)
                .replace(tzinfo=None)
            )
        except ValueError:
            pass
    raise InputError(f"{printable(name, 100)}: {field}: expected a time as 2026-01-31T12:00:00Z")


def _revoked(name: str, item: Mapping[str, Any]) -> bool:
    found = item.get("revoked", False)
    _expect(isinstance(found, bool), name, "revoked", "true or false")
    return bool(found)


def _confidence(name: str, item: Mapping[str, Any]) -> int:
    found = item.get("confidence", 0)
    whole = isinstance(found, int) and not isinstance(found, bool) and 0 <= found <= 100
    _expect(whole, name, "confidence", "a number of 0 to 100")
    return int(found)


def _holders(objects: Mapping[str, _Object]) -> dict[str, list[str]]:
    """Object -> the campaigns and groupings that it belongs to."""
    holders: dict[str, list[str]] = {}
    for name, item in sorted(objects.items()):
        if item.get("type") == "grouping":
            for ref in _refs(name, item, "object_refs"):
                holders.setdefault(ref, []).append(name)
        elif item.get("type") == "relationship" and not _revoked(name, item):
            source, target = item.get("source_ref"), item.get("target_ref")
            whole = isinstance(source, str) and isinstance(target, str)
            _expect(whole, name, "source_ref and target_ref", "ids")
            if source in objects:
                holders.setdefault(str(target), []).append(str(source))
    return holders


def _refs(name: str, item: Mapping[str, Any], field: str) -> list[str]:
    found = item.get(field, [])
    whole = isinstance(found, list) and all(isinstance(ref, str) for ref in found)
    _expect(whole, name, field, "a list of ids")
    return list(found)


def _markings(item: Mapping[str, Any], objects: Mapping[str, _Object]) -> list[str]:
    told = []
    for ref in _refs(str(item["id"]), item, "object_marking_refs"):
        definition = objects.get(ref, {}).get("definition", {})
        _expect(isinstance(definition, dict), ref, "definition", "an object")
        tlp = definition.get("tlp")
        told.append(
            printable(f"TLP:{tlp}".upper() if tlp else definition.get("statement", ref), 200)
        )
    return told
