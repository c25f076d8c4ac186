"""Sharing with partners, and looking for what they shared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from coterie.config import duration
from coterie.errors import UsageError
from coterie.queries.run import run

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from pathlib import Path

    import polars as pl

    from coterie.queries.store import Store
    from coterie.reports.exports.stix import Bundle
    from coterie.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Matched:
    """What a partner's tokens meet here.

    Attributes:
        leads: account_id, kind, token, key_id, finding, object_id, confidence, markings, first_seen,
            last_seen, cluster_id here (or NULL), tier (always ``lead``), use (what it is good for).
        indicators: tokens of the bundle that count, under keys known here.
        unknown_keys: key ids of the bundle that are not known here.
        expired: objects whose tokens no longer count.
        revoked: objects that the partner withdrew.
    """

    leads: pl.DataFrame
    indicators: int
    unknown_keys: tuple[str, ...]
    expired: int
    revoked: int

    def to_dict(self) -> dict[str, Any]:
        """The same as plain data."""
        told = {name: getattr(self, name) for name in self.__slots__ if name != "leads"}
        return {**told, "n": self.leads.height, "leads": self.leads.to_dicts()}


def keys_of(text: str | None) -> dict[str, bytes]:
    """Key id -> key, from ``COTERIE_SHARE_KEY``: ``id:secret``, several by spaces.

    The first is the current one; older ones stay while partners change over.

    Raises:
        UsageError: there is none, or one is not of that form or shorter than 16 characters.
    """
    keys: dict[str, bytes] = {}
    for part in (text or "").split():
        name, sign, secret = part.partition(":")
        if not (sign and name and len(secret) >= 16):
            raise UsageError(
                "COTERIE_SHARE_KEY: expected id:secret with a secret of at least 16 characters"
            )
        if name in keys or not name.isprintable() or len(name) > 100:
            raise UsageError("COTERIE_SHARE_KEY: expected a short name of its own for each key")
        keys[name] = secret.encode()
    if not keys:
        raise UsageError("sharing needs a key that the partners hold too: set COTERIE_SHARE_KEY")
    return keys


def share(
    ws: Workspace,
    keys: Mapping[str, bytes],
    now: Callable[[], datetime],
    *,
    sweep_id: str | None = None,
    wait: float = 0.0,
) -> Bundle:
    """The STIX 2.1 bundle of a sweep, entered in the ledger of what partners were given.

    Args:
        ws: the workspace.
        keys: of :func:`keys_of`.
        now: the clock.
        sweep_id: the sweep; None takes the newest complete one.
        wait: seconds to wait for another writer.
    """
    from coterie.graphs.explain import resolve_sweep
    from coterie.reports.exports.stix import build
    from coterie.workspace.people import writing

    at = now()
    with writing(ws, wait, "share") as store:
        clusters, tokens = _gather(ws, store, keys, resolve_sweep(store, sweep_id), at)
        ledger = store.rows("share/ledger")
        options = ws.config.share
        bundle = build(clusters, tokens, ledger, options, duration(options.expires), at)
        _enter(store, bundle, at)
    return bundle


def share_misp(
    ws: Workspace,
    keys: Mapping[str, bytes],
    now: Callable[[], datetime],
    *,
    sweep_id: str | None = None,
) -> str:
    """The same findings as MISP events, JSON; see :mod:`coterie.reports.exports.misp`."""
    from coterie.graphs.explain import resolve_sweep
    from coterie.reports.exports.misp import build_misp

    with ws.store() as store:
        found = _gather(ws, store, keys, resolve_sweep(store, sweep_id), now())
        return build_misp(*found, ws.config.share)


def _gather(
    ws: Workspace, store: Store, keys: Mapping[str, bytes], sweep_id: str, at: datetime
) -> tuple[list[dict[str, Any]], dict[str, list[dict[str, Any]]]]:
    """(clusters that may be shared, their tokens under every key)."""
    options = ws.config.share
    run(store, "share/never", allow_classes=list(ws.config.export.allow_classes), now=at)
    clusters = store.rows("share/clusters", sweep_id=sweep_id, min_group=options.min_group)
    named = {
        # Values hashed at load under a key of our own meet nobody's.
        "kinds": [k for k in options.kinds if k not in ws.config.privacy.hash],
        "clusters": [c["cluster_id"] for c in clusters],
        "sweep_id": sweep_id,
        "min_group": options.min_group,
    }
    return clusters, {key_id: _tokens(store, key, **named) for key_id, key in keys.items()}


def _tokens(store: Store, key: bytes, **named: Any) -> list[dict[str, Any]]:
    from coterie.reports.exports.enforcement import set_key

    set_key(store, key)
    return store.rows("share/tokens", **named)


def _enter(store: Store, bundle: Bundle, at: datetime) -> None:
    import polars as pl

    if bundle.new:
        text, when = pl.String, pl.Datetime("us")
        schema: dict[str, Any] = {"object_id": text, "cluster_id": text, "form": text,
                                  "first_at": when, "revoked_at": when}  # fmt: skip
        store.con.register("share_new", pl.DataFrame(bundle.new, schema=schema))
        run(store, "share/add")
        store.con.unregister("share_new")
    if bundle.revoked:
        run(store, "share/revoke", objects=bundle.revoked, now=at)


def match(
    ws: Workspace, bundle: Path, keys: Mapping[str, bytes], now: Callable[[], datetime]
) -> Matched:
    """Accounts here that a partner's tokens meet; leads to look into, never a ground for action.

    Args:
        ws: the workspace.
        bundle: a STIX 2.1 bundle.
        keys: of :func:`keys_of`; tokens under other keys are not looked at.
        now: the clock.

    Raises:
        InputError: the file is no such bundle.
    """
    import polars as pl

    from coterie.reports.exports.enforcement import set_key
    from coterie.reports.exports.indicators import indicators, read_bundle
    from coterie.reports.exports.stix import CAVEAT

    listed, left_out = indicators(read_bundle(bundle), now())
    unknown = sorted({i["key_id"] for i in listed} - keys.keys())
    known = [i for i in listed if i["key_id"] in keys]
    frames = []
    with ws.store() as store:
        newest = store.rows("ask/newest")
        for key_id, key in keys.items():
            set_key(store, key)
            frames.append(_met(store, [i for i in known if i["key_id"] == key_id], key_id))
        # An object has a token under each key while keys change: it is one lead all the same.
        found = pl.concat(frames).unique(
            ["account_id", "kind", "object_id"], keep="first", maintain_order=True
        )
        home = store.frame(
            "ask/members", sweep_id=newest[0]["sweep_id"] if newest else "", cluster_id=None
        )
        leads = (
            found.join(home.select("account_id", "cluster_id"), on="account_id", how="left")
            .with_columns(tier=pl.lit("lead"), use=pl.lit(CAVEAT))
            .sort("account_id", "kind", "token", "object_id")
        )
    return Matched(leads, len(known), tuple(unknown), left_out["expired"], left_out["revoked"])


def _met(store: Store, mine: list[dict[str, Any]], key_id: str) -> pl.DataFrame:
    import polars as pl

    frame = pl.DataFrame(
        [(i["token"], i["kind"], i["object_id"], i["confidence"]) for i in mine],
        schema={"token": pl.String, "kind": pl.String, "object_id": pl.String,
                "confidence": pl.Int32}, orient="row",
    )  # fmt: skip
    store.con.register("share_indicator", frame)
    rows = store.frame("share/match")
    store.con.unregister("share_indicator")
    about = pl.DataFrame(
        [(i["token"], i["object_id"], i["finding"], "; ".join(i["markings"])) for i in mine],
        schema={"token": pl.String, "object_id": pl.String, "finding": pl.String,
                "markings": pl.String}, orient="row",
    )  # fmt: skip
    return rows.join(about, on=["token", "object_id"], how="left").with_columns(
        key_id=pl.lit(key_id)
    )
