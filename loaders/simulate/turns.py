"""Campaigns that take a turn: some split, some merge, some stop and come back.

The world is drawn as ever; then the rows of a few campaigns are moved in time, so that there is
something before the turn and after it, and what they use is changed from the turn on. Half of a split
campaign takes new cards, devices, addresses, mail domains, wordings and hours; one of two merging
campaigns takes up what the other has; one that stops is silent for six weeks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from coterie.errors import UsageError
from coterie.loaders.simulate.draw import stream, tokens

if TYPE_CHECKING:
    from datetime import datetime

    from coterie.loaders.simulate.campaigns import Campaign
    from coterie.loaders.simulate.options import WorldOptions
    from coterie.loaders.simulate.population import People

MIN_DAYS, MIN_OPERATORS = 85, 16
_KINDS = ("naive", "hydra", "sleeper")
_DAY = 1440
# A turn is taken this long before the world's end, so that six weekly looks see what comes of it.
_TURN, _BEFORE, _AFTER = 42, 20, 45
# Silent between these days before the end.
_STOP, _BACK, _LAST = 60, 17, 1
_CROWD = 500
_COMMON = ("client", "issuer")
_PREFIX = {"payment": "pm_", "device": "dv_", "phone": "ph_"}
_TIMES = {"accounts": "created_at", "links": "seen_at", "prompts": "sent_at", "events": "at"}


@dataclass(frozen=True, slots=True)
class Turns:
    """Who turns, how and when.

    Attributes:
        accounts: one row an operator of a turning campaign: account_id, cluster, turn, after (its
            cluster from the turn on), other (the cluster whose things it takes up, or NULL), new
            (whether it takes new things), lo and hi (minutes: silent between the two), and the days
            from which (s, m, e) and to which (a1, b1, a2, b2) its life is moved.
        origin: start of the world (UTC, no zone).
        end: its end, in minutes.
        seed: of the world.
    """

    accounts: pl.DataFrame
    origin: datetime
    end: int
    seed: int


def take_turns(
    options: WorldOptions,
    people: People,
    campaigns: list[Campaign],
    ids: pl.Series,
    start: datetime,
) -> Turns:
    """Deal turns to the campaigns that are large enough: a split, a merge of two, a stop, one without.

    Raises:
        UsageError: the world is too short.
    """
    if options.days < MIN_DAYS:
        raise UsageError(f"campaigns take turns in {MIN_DAYS} days or more, not in {options.days}")
    rng = stream(options.seed, "turns")
    able = [c for c in campaigns if c.archetype in _KINDS and len(c.operators) >= MIN_OPERATORS]
    able = [able[i] for i in rng.permutation(len(able))]
    frames: list[pl.DataFrame] = []
    while len(able) >= 4:
        split, into, taken, stops = (able.pop() for _ in range(4))
        at = options.days - _TURN + rng.integers(-3, 4, 2)
        half = rng.permutation(len(split.operators)) < len(split.operators) // 2
        frames += [
            _row(people, split, ids, "split", int(at[0]), new=half),
            _row(people, into, ids, "merge", int(at[1])),
            _row(people, taken, ids, "merge", int(at[1]), into=into.name),
            _row(people, stops, ids, "stop", options.days),
        ]
        if able:
            able.pop()
    if not frames:
        raise UsageError(
            f"turns need four campaigns of {', '.join(_KINDS)}, {MIN_OPERATORS} operators each"
        )
    end = options.days * _DAY
    moved = pl.concat(frames).with_columns(b2=pl.min_horizontal("b2", pl.lit(options.days - 1)))
    return Turns(moved, start, end, options.seed)


def _row(
    people: People,
    c: Campaign,
    ids: pl.Series,
    turn: str,
    at: int,
    new: np.ndarray[tuple[int], np.dtype[np.bool_]] | None = None,
    into: str | None = None,
) -> pl.DataFrame:
    who = c.operators
    first, last = people.begin[who].min() // _DAY, people.end[who].max() // _DAY + 1
    middle = (first + last) // 2
    lo = hi = at
    begin, end = at - _BEFORE, at + _AFTER
    if turn == "stop":
        lo, hi = at - _STOP, at - _BACK
        begin, end = lo - _BEFORE, at - _LAST
    halves = np.zeros(len(who), np.bool_) if new is None else new
    return pl.DataFrame(
        {
            "account_id": ids.gather(who),
            "cluster": c.name,
            "turn": turn,
            "after": np.where(halves, f"{c.name}-b", c.name if into is None else into),
            "other": pl.Series([into] * len(who), dtype=pl.String),
            "new": halves,
            "lo": lo * _DAY, "hi": hi * _DAY, "s": first, "m": middle, "e": last,
            "a1": begin, "b1": lo, "a2": hi, "b2": end,
        },
        schema_overrides=dict.fromkeys(("s", "m", "e", "a1", "b1", "a2", "b2", "lo", "hi"), pl.Int64),
    )  # fmt: skip


def told(turns: Turns) -> pl.DataFrame:
    """The truth about the turns: account_id, cluster, turn, after, at, until (of a stop)."""
    stop = pl.col("turn") == "stop"
    return turns.accounts.select(
        "account_id", "cluster", "turn", "after",
        at=_clock(turns, pl.col("lo")),
        until=pl.when(stop).then(_clock(turns, pl.col("hi"))),
    ).sort("cluster", "account_id")  # fmt: skip


def turned(turns: Turns, name: str, frame: pl.DataFrame) -> pl.DataFrame:
    """A table of the world with the turns taken; its other rows and their order stay."""
    if name == "signals":
        return _signals(turns, frame)
    if name not in _TIMES or frame.is_empty():
        return frame
    who = "src" if name == "links" else "account_id"
    joined = frame.join(
        turns.accounts, left_on=who, right_on="account_id", how="left", maintain_order="left"
    )
    time = _TIMES[name]
    joined = joined.with_columns(_moved(turns, time))
    if name == "accounts":
        stays = pl.col("turn") == "stop"
        joined = joined.with_columns(_moved(turns, "banned_at")).with_columns(
            banned_at=pl.when(stays).then(None).otherwise("banned_at"),
            status=pl.when(stays).then(pl.lit("active")).otherwise("status"),
        )
    late = pl.col(time) >= _clock(turns, pl.col("hi"))
    if name == "events":
        later = (
            pl.when(late & pl.col("new")).then(pl.col("at") + pl.duration(hours=9)).otherwise("at")
        )
        joined = joined.with_columns(at=later).filter(
            pl.col("at") < _clock(turns, pl.lit(turns.end))
        )
    if name == "prompts":
        joined = _other_words(joined, late)
    if name == "links":
        side = turns.accounts.select(dst="account_id", dst_after="after", dst_cluster="cluster")
        joined = joined.join(side, on="dst", how="left", maintain_order="left").filter(
            ~(late & (pl.col("cluster") == pl.col("dst_cluster"))
              & (pl.col("after") != pl.col("dst_after"))).fill_null(value=False)
        )  # fmt: skip
    return joined.select(frame.columns)


def _other_words(joined: pl.DataFrame, late: pl.Expr) -> pl.DataFrame:
    """New wordings for those who part; the others' for those who join."""
    word = pl.element()
    turned_round = pl.when(word.str.len_chars() >= 4).then(word.str.reverse()).otherwise(word)
    parts = late & pl.col("new")
    joins = late & pl.col("other").is_not_null()
    theirs = (
        joined.filter(pl.col("turn") == "merge", pl.col("other").is_null())
        .group_by(other="cluster")
        .agg(pl.col("text").sort().alias("theirs"))
    )
    place = pl.int_range(pl.len()) % pl.col("theirs").list.len()
    return joined.join(theirs, on="other", how="left", maintain_order="left").with_columns(
        text=pl.when(parts)
        .then(pl.col("text").str.split(" ").list.eval(turned_round).list.join(" "))
        .when(joins & pl.col("theirs").is_not_null())
        .then(pl.col("theirs").list.get(place, null_on_oob=True))
        .otherwise("text")
    )


def _signals(turns: Turns, frame: pl.DataFrame) -> pl.DataFrame:
    joined = frame.with_row_index("row").join(
        turns.accounts, on="account_id", how="left", maintain_order="left"
    )
    joined = joined.with_columns(_moved(turns, "first_seen"), _moved(turns, "last_seen"))
    # Two days may be moved onto one.
    joined = joined.with_columns(last_seen=pl.max_horizontal("first_seen", "last_seen"))
    lo, hi = _clock(turns, pl.col("lo")), _clock(turns, pl.col("hi"))
    over = ((pl.col("first_seen") < lo) & (pl.col("last_seen") >= hi)).fill_null(value=False)
    minute = pl.duration(minutes=1)
    before = joined.filter(over).with_columns(last_seen=lo - minute, n=(pl.col("n") + 1) // 2)
    later = joined.filter(over).with_columns(
        first_seen=hi, n=pl.max_horizontal(pl.col("n") // 2, 1)
    )
    whole = pl.concat([joined.filter(~over), before, later]).sort("row", "first_seen")
    whole = _new_values(turns, whole)
    return whole.select(frame.columns)


def _new_values(turns: Turns, rows: pl.DataFrame) -> pl.DataFrame:
    """From the turn on, new values for those who part and the others' for those who join."""
    domain = pl.col("value").str.split("@").list.last()
    mail = pl.col("kind") == "email"
    keyed = rows.with_columns(thing=pl.when(mail).then(domain).otherwise("value"))
    shared = (
        keyed.filter(pl.col("turn").is_not_null())
        .group_by("cluster", "kind", "thing")
        .agg(pl.col("account_id").n_unique().alias("inside"), pl.col("other").first())
        .filter(pl.col("inside") >= 2)
    )
    # A mail provider is everybody's: only domains of a few are left behind.
    crowds = (
        keyed.filter(mail).group_by("thing").len().filter(pl.col("len") > _CROWD)["thing"].implode()
    )
    shared = shared.filter(~((pl.col("kind") == "email") & pl.col("thing").is_in(crowds)))
    shared = shared.sort("cluster", "kind", "thing")
    shared = shared.with_columns(_fresh(turns, shared, rows))
    targets = (
        shared.filter(pl.col("kind") != "email")
        .group_by("cluster", "kind", maintain_order=True)
        .agg(pl.col("thing").alias("theirs"))
    )
    shared = shared.join(
        targets.rename({"cluster": "other"}),
        on=["other", "kind"],
        how="left",
        maintain_order="left",
    ).with_columns(
        fresh=pl.when(pl.col("theirs").is_not_null())
        .then(
            pl.col("theirs").list.get(
                pl.int_range(pl.len()).over("cluster", "kind") % pl.col("theirs").list.len(),
                null_on_oob=True,
            )
        )
        .when(pl.col("other").is_not_null())
        .then("thing")
        .otherwise("fresh")
    )
    late = pl.col("first_seen") >= _clock(turns, pl.col("hi"))
    turns_now = (late & (pl.col("new") | pl.col("other").is_not_null())).fill_null(value=False)
    local = pl.col("value").str.split("@").list.first().str.replace_all("+", "p", literal=True)
    return keyed.join(
        shared.select("cluster", "kind", "thing", "fresh"), on=["cluster", "kind", "thing"],
        how="left", maintain_order="left",
    ).with_columns(
        value=pl.when(turns_now & pl.col("fresh").is_not_null() & (pl.col("fresh") != pl.col("thing")))
        .then(pl.when(mail).then(pl.concat_str(local, pl.lit("@"), "fresh")).otherwise("fresh"))
        .otherwise("value")
    )  # fmt: skip


def _fresh(turns: Turns, things: pl.DataFrame, rows: pl.DataFrame) -> pl.Series:
    """A new name for each thing, of the form that its kind has; of a bank or a client, another one."""
    rng = stream(turns.seed, "turns", "values")
    name = tokens(rng, things.height, "", 9)
    number = rng.permutation(1 << 16)[: things.height]
    address = [f"45.{140 + (i >> 14)}.{(i >> 6) & 255}.{(i & 63) + 1}" for i in number.tolist()]
    common = (
        rows.filter(pl.col("kind").is_in(_COMMON))
        .group_by("kind")
        .agg(pl.col("value").unique().sort().alias("all"))
    )
    forms = things.select("kind", "thing").with_columns(
        name=name, ip=pl.Series(address, dtype=pl.String), number=pl.Series(number)
    )
    forms = forms.join(common, on="kind", how="left", maintain_order="left")
    prefix = pl.col("kind").replace_strict(_PREFIX, default="v_", return_dtype=pl.String)
    place = pl.col("number") % pl.col("all").list.len()
    return forms.select(
        fresh=pl.when(pl.col("kind") == "ip")
        .then("ip")
        .when(pl.col("kind") == "email")
        .then(pl.col("name") + ".com")
        .when(pl.col("all").is_not_null())
        .then(pl.col("all").list.get(place, null_on_oob=True))
        .otherwise(prefix + pl.col("name"))
    ).to_series()


def _clock(turns: Turns, minutes: pl.Expr) -> pl.Expr:
    return pl.lit(turns.origin, pl.Datetime("us")) + pl.duration(minutes=minutes)


def _moved(turns: Turns, column: str) -> pl.Expr:
    """The time moved to the days of the turn, its hour kept; who does not turn keeps it all."""
    since = (pl.col(column) - pl.lit(turns.origin, pl.Datetime("us"))).dt.total_minutes()
    day, minute = since // _DAY, since % _DAY
    s, m, e = pl.col("s"), pl.col("m"), pl.col("e")
    early = pl.col("a1") + (day - s) * (pl.col("b1") - pl.col("a1")) // pl.max_horizontal(m - s, 1)
    late = pl.col("a2") + (day - m) * (pl.col("b2") - pl.col("a2")) // pl.max_horizontal(e - m, 1)
    to = pl.when(day < s).then(pl.col("a1") + day - s).when(day < m).then(early).otherwise(late)
    return (
        pl.when(pl.col("turn").is_not_null() & pl.col(column).is_not_null())
        .then(_clock(turns, pl.min_horizontal(to * _DAY + minute, pl.lit(turns.end - 1))))
        .otherwise(pl.col(column))
        .alias(column)
    )
