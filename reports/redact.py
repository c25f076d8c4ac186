"""What of the names a report shows: card numbers never whole; redacted, no name at all.

A redacted report is closed by default. A text stays only where it is one of Coterie's own words (a
kind, a tier, a role, a status) or the name of a cluster; accounts and values become keyed tokens;
everything else that is text is left out, and times are cut to the day. A column or a field that
somebody adds later is closed until it is named here.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
import re
from typing import TYPE_CHECKING, Any, cast

from coterie.queries.run import run

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np
    import polars as pl

    from coterie.queries.store import Store
    from coterie.reports.read import Cluster, Sweep

    Tokens = Callable[[list[str]], Mapping[str, str]]

# A card or account number in clear: 12 to 19 digits, with or without separators.
_NUMBER = r"^[0-9](?:[ \-]?[0-9]){11,18}$"
_DAY = 86_400

_STATUS = ("active", "suspended", "banned")
_TREATMENTS = ("used", "hub", "listed", "ignored")
_TIERS = ("lead", "linked", "coordinated", "confirmed")
_ROLES = ("core", "member", "fringe")
_EVENTS = (
    "birth", "continue", "grow", "shrink", "merge", "split", "resurge", "replaced", "death",
)  # fmt: skip
_CLASSES = (
    "operator", "reseller", "organisation", "household", "infrastructure", "unclear",
    "network", "vpn", "cgnat", "datacenter", "tor", "proxy", "partner", "staff", "ignore",
    "shared", "campus", "burst", "popular", "one crowd", "other",
)  # fmt: skip
_FAMILIES = ("payment", "device", "network", "prompt", "identity", "relation", "timing")
# Text columns that stay, with the words that may stand in them; None for names of clusters and the
# like, which are Coterie's own.
_KEPT: dict[str, tuple[str, ...] | None] = {
    "cluster_id": None, "other_cluster_id": None, "sweep_id": None, "kind": None, "family": None,
    "tier": _TIERS, "tier_before": _TIERS, "class": _CLASSES, "change": _EVENTS, "event": _EVENTS, "role": _ROLES,
    "status": _STATUS, "treatment": _TREATMENTS,
}  # fmt: skip
_VOCABULARY = frozenset({*_STATUS, *_TREATMENTS, *_TIERS, *_ROLES, *_EVENTS, *_CLASSES, *_FAMILIES})
_JSON = ("waterfall", "features", "guards")
_LISTS = ("families",)
_SECONDS = ("created", "first_seen", "last_seen")
_NUMBERS = (
    "page", "account_key", "value_key", "size", "score", "bits", "stability", "q_value",
)  # fmt: skip
# Sentences of the judge hold its own words and numbers; ids, addresses and hashes look like neither.
_NAME = re.compile(r"[a-z][a-z_]{0,40}")
_WORD = re.compile(r"[+\-−]?[0-9]{1,7}(?:[.,][0-9]+)?|[A-Za-zé]+(?:['’/-][A-Za-zé]+)*|[–-]|")


@dataclasses.dataclass(frozen=True, slots=True)
class Names:
    """Which names a report shows.

    Attributes:
        redact: for wider circulation: tokens instead of accounts and values, no texts of others,
            times by the day.
        tokens: gives the token of each text, for a redacted report; see :func:`keyed`.
    """

    redact: bool = False
    tokens: Tokens | None = None

    def clusters(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Clusters; redacted without their sentence, which may name values."""
        import polars as pl

        if not self.redact:
            return frame
        return _closed(frame).with_columns(
            pl.lit("").alias("summary"),
            *(
                pl.Series(name, [_json_of_ours(t) for t in frame[name].to_list()], dtype=pl.String)
                for name in _JSON
                if name in frame.columns
            ),
        )

    def members(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Members; redacted with tokens for their ids."""
        import polars as pl

        if not self.redact:
            return frame
        return _closed(frame).with_columns(
            account_id="account-" + self._tokens("account", frame["account_id"]), why=pl.lit("")
        )

    def values(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Values (with kind and display): card numbers to the last four; tokens when redacted."""
        import polars as pl

        kind, value = pl.col("kind"), pl.col("display")
        if not self.redact:
            card = kind.is_in(["payment", "bank_account"]) & value.str.contains(_NUMBER)
            last = "•••• " + value.str.replace_all(r"[^0-9]", "").str.slice(-4)
            return frame.with_columns(display=pl.when(card).then(last).otherwise(value))
        raw = frame["value"] if "value" in frame.columns else frame["display"]
        token = frame["kind"] + "-" + self._tokens(frame["kind"], raw)
        named = {name: token for name in ("value", "display") if name in frame.columns}
        return _closed(frame).with_columns(**named, why=pl.lit(""))

    def examples(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Prompts; none when redacted."""
        return frame.clear() if self.redact else frame

    def without(self, rows: list[dict[str, Any]], *fields: str) -> list[dict[str, Any]]:
        """Rows; some of their fields emptied when redacted."""
        return [{**row, **dict.fromkeys(fields)} for row in rows] if self.redact else rows

    def _tokens(self, kind: pl.Series | str, text: pl.Series) -> pl.Series:
        import polars as pl

        if self.tokens is None:
            raise TypeError("redacted names need tokens")
        whole = pl.select(pl.concat_str(pl.lit(kind), pl.lit("\x1f"), pl.lit(text))).to_series()
        known = self.tokens(whole.unique(maintain_order=True).to_list())
        if not known:
            return whole
        return whole.replace_strict(known, return_dtype=pl.String)


def names_of(store: Store, sweep_id: str | None, *, redact: bool, key: str | None) -> Names:
    """What a report of a sweep shows.

    Args:
        store: an open store.
        sweep_id: a sweep, or None for the newest complete one.
        redact: whether names are left out.
        key: key of the tokens: with the same key an account or value reads the same in every
            report. None takes a key that is made from all accounts and values of the sweep: the
            same in every report of that sweep, and not to be had without the data.
    """
    if not redact:
        return Names()
    quiet = dataclasses.replace(store, tracer=None)  # a trace must not show the key
    if not key:
        found = quiet.rows("report/sweep", sweep_id=sweep_id)
        name = found[0]["sweep_id"] if found else ""
        key = str(quiet.rows("report/secret", sweep_id=name)[0]["secret"])
    return Names(redact=True, tokens=keyed(quiet, key))


def keyed(store: Store, key: str) -> Tokens:
    """A function from texts to tokens: the first 12 hexadecimal digits of their HMAC-SHA256."""
    raw = key.encode("utf-8")
    block = (hashlib.sha256(raw).digest() if len(raw) > 64 else raw).ljust(64, b"\0")
    inner, outer = bytes(b ^ 0x36 for b in block), bytes(b ^ 0x5C for b in block)

    def tokens(texts: list[str]) -> dict[str, str]:
        found = run(store, "report/tokens", texts=texts, inner=inner, outer=outer)
        return dict(cast("list[tuple[str, str]]", found.fetchall())) if found is not None else {}

    return tokens


def redacted_sweep(sweep: Sweep) -> Sweep:
    """The overview without names of files, settings, and what people wrote.

    Args:
        sweep: what was read with redacting :class:`Names`.
    """
    clusters = frozenset(sweep.clusters["cluster_id"].to_list())
    # These hold counts, days, names of clusters and of kinds only.
    own = {"row", "clusters", "totals", "before", "before_at", "aside", "detail", "quarantine"}
    own |= {"recent", "stations", "flows", "feeds"}
    versions = sweep.detail.get("versions")
    return dataclasses.replace(
        sweep,
        **{
            f.name: _plain(getattr(sweep, f.name), clusters)
            for f in dataclasses.fields(sweep)
            if f.name not in own
        },
        detail={"versions": versions} if isinstance(versions, dict) else {},
        quarantine=[
            {k: v if k in {"reason", "field", "n"} else "" for k, v in row.items()}
            for row in sweep.quarantine
        ],
    )


def by_day(row: Mapping[str, Any]) -> dict[str, Any]:
    """A sweep's row with its times cut to the day: its end may be the moment of one account's last act."""
    return {
        name: value.replace(hour=0, minute=0, second=0, microsecond=0)
        if isinstance(value, dt.datetime)
        else value
        for name, value in row.items()
    }


def redacted_cluster(cluster: Cluster) -> Cluster:
    """A cluster without what its tables do not hide by themselves: exact times, texts of people.

    Args:
        cluster: what was read with redacting :class:`Names`.
    """
    import numpy as np

    ids = frozenset({cluster.row["cluster_id"], *cluster.values["kind"].to_list()})
    own = {"row", "members", "values", "links", "activity", "waterfall", "guards", "features"}
    row, minute = cluster.activity
    days = np.unique(np.stack([row, minute // 1440]), axis=1) if row.size else np.stack([row, row])
    day = {name: _floor(cluster.links[name]) for name in ("first", "last")}
    return dataclasses.replace(
        cluster,
        **{
            f.name: _plain(getattr(cluster, f.name), ids)
            for f in dataclasses.fields(cluster)
            if f.name not in own
        },
        links={**cluster.links, **day},
        activity=(days[0], days[1] * 1440),
    )


def _floor(seconds: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    import numpy as np

    found: np.ndarray[Any, Any] = np.floor(seconds / _DAY) * _DAY
    return found


def _closed(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with only what :data:`_KEPT` and its like allow; the rest is null."""
    import polars as pl

    def column(name: str, kind: pl.DataType) -> pl.Expr:
        value = pl.col(name)
        if kind == pl.String:
            if name in _JSON or name not in _KEPT:
                return pl.lit(None, dtype=pl.String).alias(name)
            words = _KEPT[name]
            return value if words is None else pl.when(value.is_in(words)).then(value).alias(name)
        if isinstance(kind, pl.Datetime):
            return value.dt.truncate("1d")
        if kind in {pl.Date, pl.Boolean} or (isinstance(kind, pl.List) and name in _LISTS):
            return value
        if name in _SECONDS:
            return (value // _DAY * _DAY).alias(name)
        known = name in _NUMBERS or name.startswith("n_")
        return value if kind.is_numeric() and known else pl.lit(None, dtype=kind).alias(name)

    return frame.select(column(name, kind) for name, kind in frame.schema.items())


def _json_of_ours(text: str | None) -> str | None:
    """JSON that the judge made, with every text left out that is not of plain words and numbers."""
    try:
        found = json.loads(text) if text else None
    except ValueError:
        return None
    if found is None:
        return None
    return json.dumps(_plain(found, frozenset(), sentences=True), ensure_ascii=False)


def _plain(value: Any, own: frozenset[str], *, sentences: bool = False) -> Any:
    """Any structure, closed: only numbers, days, words of the vocabulary and ``own`` ones."""

    def field(name: Any, inside: Any) -> Any:
        if isinstance(inside, str) and name in _KEPT:
            words = _KEPT[name]
            return inside if words is None or inside in words else ""
        return _plain(inside, own, sentences=sentences)

    if isinstance(value, dict):
        return {k: field(k, v) for k, v in value.items() if k in own or _NAME.fullmatch(str(k))}
    if isinstance(value, (list, tuple)):
        return type(value)(_plain(v, own, sentences=sentences) for v in value)
    if isinstance(value, dt.datetime):
        return value.replace(hour=0, minute=0, second=0, microsecond=0)
    if isinstance(value, str):
        known = all(word in own or word in _VOCABULARY for word in value.split(", "))
        return value if known or (sentences and _ours(value)) else ""
    return _closed(value) if hasattr(value, "get_columns") else value


def _ours(text: str) -> bool:
    return all(_WORD.fullmatch(word.strip("(),;:.%")) for word in text.split())
