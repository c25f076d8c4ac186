"""The hand-over to enforcement: one row per account and action, and per revocation.

Only accounts that people decided to act on are named. Every export is whole: all actions that stand
and all revocations, with a key on which the receiver acts once. So an export may be given twice,
late or out of order; the ledger in the store knows what the receiver was told.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from coterie.config import duration
from coterie.queries.run import run
from coterie.queries.store import Store
from coterie.reports.exports.reasons import reasons_with

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    import polars as pl

    from coterie.config import Config

SCHEMA_VERSION = 1
FORMATS = ("csv", "jsonl", "parquet")
LIFTED = "The measure on your account has been lifted."
# What a reader of a form must know; it stands in the manifest.
NOTES = {
    "csv": "for people: a text that begins with = + - @ (in any width), a tab, a line break or ' has "
    "one ' put before it, so that no spreadsheet runs it; take one ' off to have the text. Machines "
    "read the JSON Lines or the Parquet file.",
}
# What ends by itself.
TEMPORARY = ("watch", "step_up", "rate_limit")


@dataclass(frozen=True, slots=True)
class Enforcement:
    """An export that is worked out, not yet written.

    Attributes:
        export_id: its name, from its rows alone.
        rows: the rows, in the columns and order of the schema.
        changes: one {action, state (new, same), n} each; action ``revoke`` for revocations.
        held: one {held, n} per reason for which accounts decided on are not named.
        causes: one {cause, n} per reason for which actions are newly taken back.
        radius: accounts, active, paid, organisations, countries that new actions touch.
        organisations: {organisation, accounts, seats}, the most accounts first.
        countries: {country, accounts}, the most accounts first.
        questioned: accounts all of whose evidence a won appeal labelled good.
    """

    export_id: str
    rows: pl.DataFrame
    changes: list[dict[str, Any]]
    held: list[dict[str, Any]]
    causes: list[dict[str, Any]]
    radius: dict[str, Any]
    organisations: list[dict[str, Any]]
    countries: list[dict[str, Any]]
    questioned: int

    @property
    def n_revokes(self) -> int:
        """Revocations in the export."""
        return sum(c["n"] for c in self.changes if c["action"] == "revoke")

    @property
    def n_new(self) -> int:
        """Actions and revocations that the receiver was not told before."""
        return sum(c["n"] for c in self.changes if c["state"] == "new")

    def to_dict(self) -> dict[str, Any]:
        """The same as plain data, but for the rows."""
        found = {name: value for name, value in asdict(self).items() if name != "rows"}
        return {**found, "n": self.rows.height, "n_new": self.n_new, "n_revokes": self.n_revokes}


def work_out(
    store: Store, config: Config, now: datetime, key: bytes, *, revokes_only: bool = False
) -> Enforcement:
    """Who is to be acted on, as people decided, and what is to be taken back.

    Args:
        store: an open store; left in it is the temporary table ``export_rows`` for the ledger.
        config: the settings.
        now: the time, for entries that expire (UTC).
        key: of the tokens in the evidence.
        revokes_only: leave out new actions.
    """
    options = config.export
    from datetime import timedelta

    run(
        store,
        "export/candidate",
        min_role=options.min_role,
        allow_classes=list(options.allow_classes),
        temporary=list(TEMPORARY),
        lasts=duration(options.expires),
        now=now,
    )
    run(store, "export/standing", now=now)
    run(store, "export/wanted", revokes_only=revokes_only)
    run(store, "export/revoke", now=now)
    _evidence(store, options.evidence, key)
    _reasons(store, config)
    run(
        store,
        "export/rows",
        schema_version=SCHEMA_VERSION,
        delay=timedelta(0) if options.delay is None else duration(options.delay),
        groups=options.stagger_groups,
        step=duration(options.stagger_step),
        retention=duration(options.retention),
        lifted=LIFTED,
        now=now,
    )
    store.con.unregister("export_reason")
    run(store, "export/reach")
    export_id = str(store.rows("export/name")[0]["export_id"])
    given = run(store, "export/give", export_id=export_id)
    return Enforcement(
        export_id,
        given.pl() if given is not None else _none(),
        store.rows("export/counts"),
        store.rows("export/held"),
        store.rows("export/causes"),
        store.rows("export/radius")[0],
        store.rows("export/radius_organisations"),
        store.rows("export/radius_countries"),
        int(store.rows("export/questioned")[0]["n"]),
    )


def _none() -> pl.DataFrame:
    import polars as pl

    return pl.DataFrame()


def _evidence(store: Store, most: int, key: bytes) -> None:
    """The evidence with keyed tokens; the key reaches no tracer."""
    set_key(store, key)
    run(store, "export/evidence", most=most)


def set_key(store: Store, key: bytes) -> None:
    """Give the macro ``keyed`` (HMAC-SHA256) its key, in this connection only."""
    import hashlib

    quiet = Store(store.path, store.con)
    block = (hashlib.sha256(key).digest() if len(key) > 64 else key).ljust(64, b"\0")
    run(store, "load/macro_keyed")
    run(quiet, "load/set_inner_pad", pad=bytes(b ^ 0x36 for b in block))
    run(quiet, "load/set_outer_pad", pad=bytes(b ^ 0x5C for b in block))


def _reasons(store: Store, config: Config) -> None:
    import polars as pl

    known = reasons_with(config.review.reasons)
    frame = pl.DataFrame(
        {"code": list(known), "text": [reason.text for reason in known.values()]},
        schema={"code": pl.String, "text": pl.String},
    )
    store.con.register("export_reason", frame)


def write_rows(frame: pl.DataFrame, folder: Path, formats: Sequence[str]) -> list[Path]:
    """Write the rows in each format.

    Args:
        frame: rows of :func:`work_out`.
        folder: an existing folder.
        formats: of ``FORMATS``.
    """
    written = []
    for form in formats:
        path = folder / f"enforcement.{form}"
        if form == "parquet":
            frame.write_parquet(path)
        elif form == "jsonl":
            path.write_bytes(json_lines_of(frame))
        else:
            from coterie.reports.csv import flatten, guard

            guard(_marked(flatten(_iso(frame)))).write_csv(path)
        written.append(path)
    return written


def json_lines_of(frame: pl.DataFrame) -> bytes:
    """The JSON Lines of the rows: what machines read, the same for the same rows."""
    return _iso(frame).write_ndjson().encode()


def _marked(frame: pl.DataFrame) -> pl.DataFrame:
    """With one ' more before texts that begin with one, so that the guard can be taken off again."""
    import polars as pl
    import polars.selectors as cs

    text = cs.string()
    return frame.with_columns(
        pl.when(text.str.starts_with("'")).then("'" + text).otherwise(text).name.keep()
    )


def _iso(frame: pl.DataFrame) -> pl.DataFrame:
    """Times as ISO 8601 texts in UTC, in the evidence too."""
    import polars as pl
    import polars.selectors as cs

    form = "%Y-%m-%dT%H:%M:%SZ"
    seen = ("first_seen", "last_seen")
    return frame.with_columns(
        cs.datetime().dt.strftime(form),
        pl.col("evidence").list.eval(
            pl.element().struct.with_fields(
                [pl.element().struct.field(name).dt.strftime(form) for name in seen]
            )
        ),
    )
