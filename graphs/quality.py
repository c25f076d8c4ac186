"""Is this week's data like that of the weeks before? Asked before anything is judged.

A sweep over data with a fault finds what the fault made. So the facts are measured first: feeds that
stopped or swelled, values that are hashed in another way, clocks that are wrong, kinds that fell to a
few values. Everything is compared with the same feed's own past in the facts (and with what the
sweep before kept), so the first sweep checks what lies inside its window only.
"""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, Any, NamedTuple

from coterie.config import duration
from coterie.printable import count, printable
from coterie.queries.run import run

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    import polars as pl

    from coterie.config import QualityOptions
    from coterie.queries.store import Store

OK, WARNING, DEGRADED = "ok", "warning", "degraded"
# Rows of signals in which the accounts are all looked at; of more, a part of the accounts.
_ENOUGH = 1_000_000
# Rows a day from which a feed of none is a fault, never chance (the chance of none is e^-20).
_DENSE, _THIN, _SPARSE = 20, 5, 1
# Accounts or uses from which a share can be trusted.
_LEAST = 100
# Sign-ups of a week from which their share can be trusted.
_FEW = 20
# Rows of a feed in the last week from which its daily curve can be compared.
_CURVE = 500


class Check(NamedTuple):
    """One measurement.

    Attributes:
        check: feed, volume, source, known, few, common, clock, ahead, early or rejected.
        subject: the feed, kind or source.
        measured: the figure, in the check's unit.
        low: least expected, or None.
        high: most expected, or None.
        severity: ok, warning or degraded.
        detail: one sentence.
    """

    check: str
    subject: str
    measured: float
    low: float | None
    high: float | None
    severity: str
    detail: str


def measure_quality(
    work: Store,
    options: QualityOptions,
    window_start: datetime,
    window_end: datetime,
    sweep_id: str,
    sources: pl.DataFrame,
    before: Path | None,
) -> list[dict[str, Any]]:
    """Measure the facts; leave ``finding_quality`` in the working store.

    Args:
        work: a store from :func:`coterie.queries.store.work_store`.
        options: ``[quality]``.
        window_start: first moment of the window (UTC, naive).
        window_end: end of the window (UTC, naive), not included.
        sweep_id: name of the sweep.
        sources: the register of sources: name, table_name, n_rows, n_loaded, n_quarantined, first_at,
            last_at, loaded_at.
        before: what the sweep before found (its ``quality.parquet``), or None.

    Returns:
        What is not as usual, the worst first: {check, subject, measured, low, high, severity, detail}.
    """
    window = {"window_start": window_start, "window_end": window_end}
    checks = [c for c in _checks(work, options, window, sources, before) if _judged(c, options)]
    _keep(work, sweep_id, checks)
    odd = sorted(
        (c for c in checks if c.severity != OK),
        key=lambda c: (c.severity != DEGRADED, c.check, c.subject),
    )
    return [c._asdict() for c in odd]


def _judged(check: Check, options: QualityOptions) -> bool:
    return not {check.check, check.subject} & set(options.ignore)


def status_of(odd: Sequence[Mapping[str, Any]]) -> str:
    """``degraded`` when one of the findings says so, else ``complete``."""
    return "degraded" if any(c["severity"] == DEGRADED for c in odd) else "complete"


def _checks(
    work: Store,
    options: QualityOptions,
    window: Mapping[str, datetime],
    sources: pl.DataFrame,
    before: Path | None,
) -> Iterator[Check]:
    end = {"window_end": window["window_end"]}
    run(work, "quality/stretch", days=max(28, duration(options.history).days), **end)
    run(work, "quality/days")
    feeds = work.rows("quality/silent")
    yield from _feeds(feeds, options)
    if before is not None:
        yield from _gone(work.rows("quality/before", file=str(before)))
    yield from _volumes(work.rows("quality/volume"), options)
    yield from _ahead(work.rows("quality/future", **end), feeds)
    n = int(work.rows("quality/rows")[0]["n"])
    run(work, "quality/people", part=max(1, n // _ENOUGH), **end)
    run(work, "quality/uses", **end)
    yield from _known(work.rows("quality/known"), options)
    yield from _few(work.rows("quality/few"))
    yield from _early(work.rows("quality/early", **window))
    yield from _curves(work.rows("quality/hours", **window))
    work.con.register("quality_source", sources)
    streams = work.rows("quality/streams", **end)
    work.con.unregister("quality_source")
    yield from _streams(streams, duration(options.history).days / 2)


def _keep(work: Store, sweep_id: str, checks: Sequence[Check]) -> None:
    import polars as pl

    text, number = pl.String, pl.Float64
    frame = pl.DataFrame(
        [(sweep_id, *c) for c in checks],
        orient="row",
        schema={
            "sweep_id": text, "check": text, "subject": text, "measured": number, "low": number,
            "high": number, "severity": text, "detail": text,
        },
    )  # fmt: skip
    work.con.register("quality_made", frame)
    run(work, "quality/finding")
    work.con.unregister("quality_made")


def _feeds(rows: Sequence[Mapping[str, Any]], options: QualityOptions) -> Iterator[Check]:
    """Feeds that stopped. Measured: silent days at the window's end."""
    least = duration(options.silence).total_seconds() / 86400
    for row in rows:
        name, usual, silent = row["feed"], float(row["usual"]), row["silent"]
        # A feed that rests at weekends has rested before.
        past = 1 + 2 * row["gap"]
        dense, thin = usual >= _DENSE, usual >= _THIN
        most = max(past, least if dense else least + 4 if thin else least + 7)
        severity = OK
        if usual >= _SPARSE and row["age"] >= 14 and silent >= most:
            severity = DEGRADED if thin else WARNING
        yield Check("feed", name, silent, 0, most, severity, (
            f"{printable(name, 80)}: nothing for the last {count(silent, silent, 'day')}, "
            f"usually {usual:,.0f} rows a day"
        ))  # fmt: skip


def _gone(rows: Sequence[Mapping[str, Any]]) -> Iterator[Check]:
    for row in rows:
        name = row["feed"]
        yield Check("feed", name, 0, 1, None, DEGRADED, (
            f"{printable(name, 80)}: the sweep before had it, and now there is not one row"
        ))  # fmt: skip


def _volumes(rows: Sequence[Mapping[str, Any]], options: QualityOptions) -> Iterator[Check]:
    """Feeds that swelled or dried up. Measured: rows of the last week, or of its busiest day."""
    for row in rows:
        name, newest, usual, span = row["feed"], row["newest"], float(row["usual"]), "in"
        if (
            row["newest_day"] >= options.volume * row["usual_day"]
            and newest < options.volume * usual
        ):
            newest, usual, span = (
                row["newest_day"],
                float(row["usual_day"]),
                "on the busiest day of",
            )
        low, high = usual / options.volume, usual * options.volume
        severity, said = OK, "as usual"
        if usual >= _THIN and newest >= high:
            severity, said = DEGRADED, f"{newest / usual:,.0f} times the usual {usual:,.0f}"
        elif usual >= _DENSE and 0 < newest <= low:
            severity, said = DEGRADED, f"{newest / usual:.1%} of the usual {usual:,.0f}"
        yield Check("volume", name, newest, low, high, severity, (
            f"{printable(name, 80)}: {newest:,} rows {span} the last week, {said}"
        ))  # fmt: skip


def _ahead(
    rows: Sequence[Mapping[str, Any]], feeds: Sequence[Mapping[str, Any]]
) -> Iterator[Check]:
    """Stray times after the window's end. Measured: rows a day there."""
    usual = {row["feed"]: float(row["usual"]) for row in feeds}
    for row in rows:
        name, n = row["feed"], row["n"]
        rate, least = n / max(1.0, row["days"]), usual.get(name, 0.0) / 20
        stray = row["days"] > 1 and usual.get(name, 0.0) >= _DENSE and rate < least
        yield Check("ahead", name, rate, least, None, DEGRADED if stray else OK, (
            f"{printable(name, 80)}: {count(n, n, 'row')} up to {row['days']:,.1f} days after the "
            "window's end" + (", too few to be later data: a clock is ahead" if stray else "")
        ))  # fmt: skip


def _known(rows: Sequence[Mapping[str, Any]], options: QualityOptions) -> Iterator[Check]:
    """Hash schemes that changed. Measured: share of known values among those of known accounts."""
    for kind, weeks in _by_kind(rows).items():
        now = weeks.get(0, {"n": 0, "known": 0})
        shares = [w["known"] / w["n"] for i, w in weeks.items() if i and w["n"] >= _LEAST]
        if now["n"] < _LEAST or len(shares) < 2:
            continue
        share, least = now["known"] / now["n"], min(shares)
        # Beside the factor, more than chance gives.
        noise = 4 * sqrt(least * (1 - least) / now["n"])
        low = min(options.known * least, least - noise)
        bad = least >= 0.1 and share < low
        yield Check("known", kind, share, max(0.0, low), 1, DEGRADED if bad else OK, (
            f"{printable(kind, 60)}: {share:.0%} of the values of known accounts are known, at least "
            f"{least:.0%} in the weeks before"
            + ("; was the hash scheme or its key changed?" if bad else "")
        ))  # fmt: skip


def _few(rows: Sequence[Mapping[str, Any]]) -> Iterator[Check]:
    """Kinds that fell to few values. Measured: values an account; share of the commonest."""
    for kind, weeks in _by_kind(rows).items():
        now = weeks.get(0)
        past = [w for i, w in weeks.items() if i and w["n_accounts"] >= _LEAST]
        if now is None or now["n_accounts"] < _LEAST or len(past) < 2:
            continue
        each = now["n_values"] / now["n_accounts"]
        low = min(w["n_values"] / w["n_accounts"] for w in past) / 5
        yield Check("few", kind, each, low, None, DEGRADED if each < low else OK, (
            f"{printable(kind, 60)}: {now['n_values']:,} values of {now['n_accounts']:,} accounts in "
            f"the last week, expected at least {low * now['n_accounts']:,.0f}"
        ))  # fmt: skip
        top = now["n_top"] / now["n_accounts"]
        high = max(w["n_top"] / w["n_accounts"] for w in past) + 0.25
        yield Check("common", kind, top, None, min(1.0, high), DEGRADED if top > high else OK, (
            f"{printable(kind, 60)}: one value has {top:.0%} of the accounts in the last week, "
            f"{max(0.0, high - 0.25):.0%} at most before"
        ))  # fmt: skip


def _early(rows: Sequence[Mapping[str, Any]]) -> Iterator[Check]:
    """Accounts used before they were made. Measured: their share among the last week's sign-ups."""
    halves = {bool(row["newest"]): row for row in rows}
    if not all(half in halves and halves[half]["n"] >= _FEW for half in (True, False)):
        return
    share, past = (halves[half]["early"] / halves[half]["n"] for half in (True, False))
    high = min(1.0, past + 0.25)
    bad = share > high
    yield Check("early", "sign-ups", share, None, high, DEGRADED if bad else OK, (
        f"{share:.0%} of the last week's accounts were used before they were made, {past:.0%} before"
        + ("; a source's clock or time zone is wrong" if bad else "")
    ))  # fmt: skip


def _curves(rows: Sequence[Mapping[str, Any]]) -> Iterator[Check]:
    """Feeds shifted by hours. Measured: the shift that makes the daily curves fit best."""
    import numpy as np

    curves: dict[str, dict[bool, np.ndarray[Any, np.dtype[np.float64]]]] = {}
    for row in rows:
        half = curves.setdefault(row["feed"], {True: np.zeros(24), False: np.zeros(24)})
        half[bool(row["newest"])][row["hour"]] = row["n"]
    for name, half in curves.items():
        now, past = half[True], half[False]
        if min(now.sum(), past.sum()) < _CURVE or min(now.std(), past.std()) == 0:
            continue
        fits = np.array([np.corrcoef(now, np.roll(past, shift))[0, 1] for shift in range(24)])
        best = int(fits.argmax())
        shift = best if best <= 12 else best - 24
        # A flat curve fits everywhere; a real shift fits well, and not at all where it stood.
        bad = abs(shift) >= 2 and fits[best] >= 0.8 and fits[0] <= 0.5
        measured = shift if bad else 0
        yield Check("clock", name, measured, -1, 1, DEGRADED if bad else OK, (
            f"{printable(name, 80)}: the last week's hours are "
            + (f"{abs(shift)} h {'late' if shift > 0 else 'early'}" if bad else "as before")
        ))  # fmt: skip


def _streams(rows: Sequence[Mapping[str, Any]], given_up: float) -> Iterator[Check]:
    """Files that are overdue, come from the future or changed their form.

    After ``given_up`` days a stream counts as ended, as a feed does once most of its past is silent.
    """
    for row in rows:
        name = f"{row['stream']} ({row['table_name']})"
        said = printable(name, 120)
        cadence, lag = float(row["cadence"]), float(row["lag"])
        if row["steps"] >= 2 and row["least_rows"] >= _LEAST / 2:
            # A weekly file is a week old on the day that the next one should have come.
            most = max(3.0, cadence - 1 if cadence <= 8 else 1.25 * cadence)
            late = most <= lag <= given_up
            yield Check("source", name, lag, 0, most, DEGRADED if late else OK, (
                f"{said}: its newest time is {lag:.1f} days before the window's end, one comes every "
                f"{cadence:.1f} days"
            ))  # fmt: skip
        if row["ahead"] is not None:
            bad = row["ahead"] > 1
            yield Check("clock", name, row["ahead"], None, 1, DEGRADED if bad else OK, (
                f"{said}: has times {row['ahead']:,.1f} hours after its load" if bad else
                f"{said}: no time lies after its load"
            ))  # fmt: skip
        if row["rejected"] is not None and row["n_rows"]:
            share = row["rejected"] / row["n_rows"]
            bad = share >= 0.5 and row["n_rows"] >= _LEAST
            yield Check("rejected", name, share, None, 0.5, DEGRADED if bad else OK, (
                f"{said}: {share:.0%} of the newest load's {row['n_rows']:,} rows were rejected"
            ))  # fmt: skip


def _by_kind(rows: Sequence[Mapping[str, Any]]) -> dict[str, dict[int, Mapping[str, Any]]]:
    found: dict[str, dict[int, Mapping[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["kind"], {})[int(row["week"])] = row
    return found
