"""Data quality: no alarm over eight simulated weeks, each injected fault found."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl
import pytest
from tests.support.facts import work_over

from coterie.config import QualityOptions
from coterie.graphs.quality import measure_quality, status_of
from coterie.loaders.simulate import WorldOptions, simulate_weeks

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    World = dict[str, pl.DataFrame]

WEEKS = 8
WEEK = timedelta(days=7)
_SOURCE: dict[str, pl.DataType | type[pl.DataType]] = {
    "name": pl.String, "table_name": pl.String, "n_rows": pl.Int64, "n_loaded": pl.Int64,
    "n_quarantined": pl.Int64, "first_at": pl.Datetime("us"), "last_at": pl.Datetime("us"),
    "loaded_at": pl.Datetime("us"),
}  # fmt: skip
_AT = {"prompts": "sent_at", "events": "at", "links": "seen_at", "accounts": "created_at"}


class Said(NamedTuple):
    """What was not as usual."""

    status: str
    odd: list[dict[str, Any]]

    @property
    def found(self) -> set[tuple[str, str]]:
        return {(c["check"], c["subject"]) for c in self.odd if c["severity"] == "degraded"}


@pytest.fixture(scope="module")
def drops() -> list[World]:
    made = simulate_weeks(WorldOptions(accounts=1_400, seed=8), WEEKS)
    for drop in made:
        drop["events"] = drop["events"].with_columns(pl.col("at").dt.cast_time_unit("us"))
    return made


def _facts(drops: list[World]) -> World:
    def whole(table: str) -> pl.DataFrame:
        return pl.concat([drop[table] for drop in drops], how="diagonal_relaxed")

    return {
        "signal": whole("signals"),
        "account": whole("accounts").select("account_id", "created_at", "status", "banned_at"),
        "event": whole("events"),
        "link": whole("links"),
        "prompt": whole("prompts").select("account_id", "sent_at"),
    }


def _sources(drops: list[World], late: timedelta = timedelta(hours=6)) -> pl.DataFrame:
    rows = []
    for week, drop in enumerate(drops, 1):
        for table, at in {**_AT, "signals": "last_seen"}.items():
            if not drop[table].height:
                continue
            first, last = drop[table][at].min(), drop[table][at].max()
            assert isinstance(first, datetime)
            assert isinstance(last, datetime)
            n = drop[table].height
            name = f"drops/week-{week:02d}/{table}.parquet"
            rows.append((name, table, n, n, 0, first, last, last + late))
    return pl.DataFrame(rows, schema=_SOURCE, orient="row")


def _end(drops: list[World]) -> datetime:
    newest = pl.concat([drop["signals"]["last_seen"] for drop in drops]).max()
    assert isinstance(newest, datetime)
    return newest + timedelta(microseconds=1)


def _measured(
    drops: list[World],
    tmp_path: Path,
    *,
    end: datetime | None = None,
    sources: pl.DataFrame | None = None,
    before: Path | None = None,
    keep: Path | None = None,
    **options: Any,
) -> Said:
    until = end or _end(drops)
    with work_over(_facts(drops), tmp_path) as work:
        odd = measure_quality(
            work,
            QualityOptions(**options),
            until - timedelta(days=90),
            until,
            "s-1",
            _sources(drops) if sources is None else sources,
            before,
        )
        if keep is not None:
            work.con.table("finding_quality").write_parquet(str(keep))
    return Said(status_of(odd), odd)


def _with(drops: list[World], table: str, change: Callable[[pl.DataFrame], pl.DataFrame],
          ) -> list[World]:  # fmt: skip
    """The drops with one table of the last one changed."""
    return [*drops[:-1], {**drops[-1], table: change(drops[-1][table])}]


def test_eight_weeks_without_a_fault_raise_no_alarm(drops: list[World], tmp_path: Path) -> None:
    for week in range(1, WEEKS + 1):
        said = _measured(drops[:week], tmp_path)
        assert said == Said("complete", []), week


def test_one_load_of_everything_raises_no_alarm(drops: list[World], tmp_path: Path) -> None:
    signals = pl.concat([drop["signals"] for drop in drops])
    together = signals.group_by("account_id", "kind", "value").agg(
        pl.col("first_seen").min(), pl.col("last_seen").max(), pl.col("n").sum()
    )
    world = {
        **{t: pl.concat([d[t] for d in drops], how="diagonal_relaxed") for t in _AT},
        "signals": together,
    }
    assert _measured([world], tmp_path, end=_end(drops)).odd == []


@pytest.mark.parametrize("kind", ["device", "payment", "ip"])
def test_a_missing_kind_is_found(drops: list[World], tmp_path: Path, kind: str) -> None:
    said = _measured(_with(drops, "signals", lambda f: f.filter(pl.col("kind") != kind)), tmp_path)
    assert said.status == "degraded"
    assert said.found == {("feed", f"signals: {kind}")}
    assert "usually" in said.odd[0]["detail"]


@pytest.mark.parametrize(("table", "feed"), [("events", "events"), ("prompts", "prompts")])
def test_a_missing_table_is_found_as_feed_and_as_source(
    drops: list[World], tmp_path: Path, table: str, feed: str
) -> None:
    said = _measured(_with(drops, table, lambda f: f.clear()), tmp_path)
    assert {("feed", feed), ("source", f"drops/week-#/{table}.parquet ({table})")} == said.found


def test_a_kind_that_left_the_store_is_found(drops: list[World], tmp_path: Path) -> None:
    kept = tmp_path / "quality.parquet"
    _measured(drops[:-1], tmp_path, keep=kept)
    gone = [
        {**drop, "signals": drop["signals"].filter(pl.col("kind") != "device")} for drop in drops
    ]
    assert _measured(gone, tmp_path).found == set()
    assert _measured(gone, tmp_path, before=kept).found == {("feed", "signals: device")}


def test_ten_times_the_volume_is_found(drops: list[World], tmp_path: Path) -> None:
    def swollen(frame: pl.DataFrame) -> pl.DataFrame:
        device = frame.filter(pl.col("kind") == "device")
        return pl.concat([frame, *[device] * 30])

    swelled = _with(drops, "signals", swollen)
    said = _measured(swelled, tmp_path)
    assert ("volume", "signals: device") in said.found
    assert "times the usual" in said.odd[0]["detail"]
    assert _measured(swelled, tmp_path, volume=50.0).found == set()


def test_a_tenth_of_the_volume_is_found(drops: list[World], tmp_path: Path) -> None:
    said = _measured(_with(drops, "events", lambda f: f.gather_every(40)), tmp_path)
    assert said.status == "degraded"
    assert {subject for _, subject in said.found} == {"events"}


def test_another_hash_scheme_is_found(drops: list[World], tmp_path: Path) -> None:
    changed = _with(
        drops,
        "signals",
        lambda f: f.with_columns(
            value=pl.when(pl.col("kind") == "device")
            .then("k2:" + pl.col("value"))
            .otherwise("value")
        ),
    )
    said = _measured(changed, tmp_path)
    assert said.found == {("known", "device")}
    assert "hash scheme" in said.odd[0]["detail"]


def test_a_kind_that_falls_to_few_values_is_found(drops: list[World], tmp_path: Path) -> None:
    def fallen(part: float) -> Callable[[pl.DataFrame], pl.DataFrame]:
        hit = (pl.col("kind") == "device") & (pl.int_range(pl.len()) % 100 < 100 * part)
        return lambda f: f.with_columns(
            value=pl.when(hit).then(pl.lit("unknown")).otherwise("value")
        )

    whole = _measured(_with(drops, "signals", fallen(1.0)), tmp_path).found
    assert {("few", "device"), ("common", "device")} <= whole
    half = _measured(_with(drops, "signals", fallen(0.5)), tmp_path).found
    assert ("common", "device") in half
    assert {subject for _, subject in whole | half} == {"device"}


def test_a_source_shifted_by_hours_is_found(drops: list[World], tmp_path: Path) -> None:
    shifted = _with(drops, "events", lambda f: f.with_columns(pl.col("at") - pl.duration(hours=8)))
    assert ("clock", "events") in _measured(shifted, tmp_path, end=_end(drops)).found


def test_accounts_used_before_they_were_made_are_found(drops: list[World], tmp_path: Path) -> None:
    late = _with(
        drops, "accounts", lambda f: f.with_columns(pl.col("created_at") + pl.duration(hours=5))
    )
    assert ("early", "sign-ups") in _measured(late, tmp_path, end=_end(drops)).found


def test_times_after_the_load_and_stray_future_times_are_found(
    drops: list[World], tmp_path: Path
) -> None:
    ahead = _measured(drops, tmp_path, sources=_sources(drops, timedelta(hours=-3)))
    assert {check for check, _ in ahead.found} == {"clock"}
    stray = drops[-1]["events"].sort("at").tail(2).with_columns(pl.col("at") + pl.duration(days=3))
    # With them the window would end three days late, and everything would be silent.
    with_stray = _with(drops, "events", lambda f: pl.concat([f, stray]))
    assert ("ahead", "events") in _measured(with_stray, tmp_path, end=_end(drops)).found
    late = _measured(with_stray, tmp_path, end=_end(drops) + timedelta(days=3)).found
    assert ("feed", "events") in late


def test_looking_back_on_purpose_raises_no_alarm(drops: list[World], tmp_path: Path) -> None:
    end = _end(drops) - timedelta(days=17, hours=5)
    assert _measured(drops, tmp_path, end=end).odd == []


def test_a_form_that_changed_is_found(drops: list[World], tmp_path: Path) -> None:
    sources = _sources(drops)
    bad = pl.col("name").str.contains(f"week-{WEEKS:02d}/signals")
    sources = sources.with_columns(
        n_quarantined=pl.when(bad).then(pl.col("n_rows") * 6 // 10).otherwise(0)
    )
    said = _measured(drops, tmp_path, sources=sources)
    assert said.found == {("rejected", "drops/week-#/signals.parquet (signals)")}


def test_a_stream_that_ended_long_ago_is_no_fault(drops: list[World], tmp_path: Path) -> None:
    old = _sources(drops).with_columns(
        pl.col("name").str.replace("events", "retired"),
        pl.when(pl.col("table_name") == "events")
        .then(pl.col("first_at", "last_at") - pl.duration(days=50))
        .otherwise(pl.col("first_at", "last_at")),
    )
    assert _measured(drops, tmp_path, sources=old).odd == []


def test_what_is_ignored_is_not_judged(drops: list[World], tmp_path: Path) -> None:
    gone = _with(drops, "signals", lambda f: f.filter(pl.col("kind") != "device"))
    assert _measured(gone, tmp_path, ignore=("signals: device",)).status == "complete"
    assert _measured(gone, tmp_path, ignore=("feed",)).status == "complete"


def test_an_empty_store_and_one_without_times_are_no_fault(tmp_path: Path) -> None:
    end = datetime(2026, 5, 1)  # noqa: DTZ001 - the store's times are naive UTC
    signal = pl.DataFrame({"account_id": ["a"], "kind": ["ip"], "value": ["198.51.100.1"]})
    for tables in ({}, {"signal": signal}):
        with work_over(tables, tmp_path) as work:
            odd = measure_quality(
                work, QualityOptions(), end - 13 * WEEK, end, "s", pl.DataFrame(schema=_SOURCE),
                None,
            )  # fmt: skip
            assert odd == []
