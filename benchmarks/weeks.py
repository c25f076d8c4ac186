"""Eight weekly sweeps: do clusters keep their names, and is what happened told?

    python -m benchmarks.weeks [--accounts 20000] [--seeds 7401 7402] [--weeks 8] [--window 28d]

A world in which campaigns are born, grow, split, merge, stop and come back, are banned and replaced, and
die is loaded drop by drop and swept at the end of each. The truth is what the operators did: an event is
told when the sweeps name it for that campaign within the weeks that its evidence needs to reach the
window or to leave it (TOLERANCE). Last, a twentieth of the edges is dropped at random.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from bisect import bisect_right
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

import coterie
from coterie.loaders.simulate import WorldOptions, simulate_weeks

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

MIX = (
    *((kind, size) for kind in ("naive", "hydra", "sleeper") for size in (40, 55, 75, 100)),
    *(("replacement", size) for size in (40, 60, 80, 120)),
    ("prompt_only", 50), ("shared_proxy", 90), ("reseller", 60),
)  # fmt: skip
EVENTS = ("birth", "death", "split", "merge", "resurge", "replaced")
# Weeks before and after the truth in which an event counts as told. What was shared before a split stays
# in a window of four weeks for as long; a birth is seen once five accounts share enough.
TOLERANCE = {
    "birth": (1, 2), "death": (2, 2), "split": (0, 5), "merge": (0, 3), "resurge": (0, 2),
    "replaced": (1, 2),
}  # fmt: skip
MIN_SIZE = 5


def load_and_sweep(worlds: list[dict[str, pl.DataFrame]], window: str) -> dict[str, pl.DataFrame]:
    """Members, clusters and changes of every sweep, with the number of the week."""
    found: dict[str, list[pl.DataFrame]] = {"members": [], "clusters": [], "changes": []}
    with tempfile.TemporaryDirectory() as folder:
        ws = coterie.open(folder)
        for week, world in enumerate(worlds):
            for table, frame in world.items():
                if table not in {"truth", "turns"} and frame.height:
                    ws.load(frame, as_=table)
            began = time.perf_counter()
            sweep = ws.sweep(window=window)
            print(f"week {week}: {sweep.result.events if sweep.result else ''} "
                  f"({time.perf_counter() - began:.1f} s)", flush=True)  # fmt: skip
            for name, frame in (
                ("members", sweep.members()),
                ("clusters", sweep.clusters()),
                ("changes", sweep.changes()),
            ):
                found[name].append(frame.with_columns(week=pl.lit(week)))
    return {name: pl.concat(frames) for name, frames in found.items()}


def groups(worlds: list[dict[str, pl.DataFrame]], days: int) -> pl.DataFrame:
    """One row a week and operator active in its window: week, account_id, group, archetype."""
    signals = pl.concat([w["signals"] for w in worlds])
    truth = worlds[-1]["truth"].filter(pl.col("role") == "operator")
    turns = pl.concat([w["turns"] for w in worlds]).select("account_id", "after", "at")
    ends = week_ends(worlds)
    active = []
    # Two weeks beyond the last, in which nothing new comes: who is dying then may be told early.
    ends += [ends[-1] + timedelta(weeks=k) for k in (1, 2)]
    for week, end in enumerate(ends):
        start = end - timedelta(days=days)
        seen = signals.filter(pl.col("first_seen") < end, pl.col("last_seen") >= start)
        who = truth.join(seen.select("account_id").unique(), on="account_id").join(
            turns, on="account_id", how="left"
        )
        active.append(
            who.select(
                pl.lit(week).alias("week"), "account_id", "archetype",
                group=pl.when(pl.col("at") < end).then("after").otherwise("cluster"),
            )
        )  # fmt: skip
    return pl.concat(active)


def week_ends(worlds: list[dict[str, pl.DataFrame]]) -> list[datetime]:
    """End of each sweep's window, as sweeps take it: the newest time so far."""
    columns = (("signals", "last_seen"), ("prompts", "sent_at"), ("events", "at"))
    newest = [max(t for n, c in columns for t in world[n][c].top_k(1)) for world in worlds]
    return [t + timedelta(microseconds=1) for t in newest]


def true_events(worlds: list[dict[str, pl.DataFrame]], active: pl.DataFrame) -> pl.DataFrame:
    """What the operators did: week, group, event.

    Births before the second sweep and deaths after the last are there as ``edge`` events: telling one
    late or early is neither right nor wrong.
    """
    size = active.group_by("week", "group").len().filter(pl.col("len") >= MIN_SIZE)
    weeks = len(worlds)
    there = {g: set(w) for (g,), w in ((k, p["week"]) for k, p in size.group_by("group"))}
    turns = pl.concat([w["turns"] for w in worlds])
    ends = week_ends(worlds)

    def week_of(t: datetime) -> int:
        return bisect_right(ends, t)

    rows: list[tuple[int, str, str]] = []
    skip_birth, skip_death = set(), set()
    for turn, at, until, cluster, after in (
        turns.filter((pl.col("after") != pl.col("cluster")) | (pl.col("turn") == "stop"))
        .select("turn", "at", "until", "cluster", "after").unique().sort("cluster").rows()
    ):  # fmt: skip
        if turn == "split":
            rows.append((week_of(at), cluster, "split"))
            skip_birth.add(after)
        elif turn == "merge":
            rows.append((week_of(at), after, "merge"))
            skip_death.add(cluster)
        elif week_of(until) < weeks:
            rows.append((week_of(until), cluster, "resurge"))
    for group, weeks_there in there.items():
        first = min(weeks_there)
        if group not in skip_birth:
            rows.append((first, group, "birth" if first else "edge birth"))
        rows += [
            (week, group, "death" if week < weeks else "edge death")
            for week in range(1, weeks + 2)
            if week not in weeks_there and week - 1 in weeks_there and group not in skip_death
        ]
    rows += _waves(worlds, week_of, weeks)
    return pl.DataFrame(rows, schema=["week", "group", "event"], orient="row").sort("group", "week")


def _waves(
    worlds: list[dict[str, pl.DataFrame]], week_of: Callable[[datetime], int], weeks: int
) -> list[tuple[int, str, str]]:
    """A later generation of a replacement campaign: when its third account signs up."""
    accounts = pl.concat([w["accounts"] for w in worlds])
    born = accounts.group_by("account_id").agg(pl.col("created_at").min())
    who = worlds[-1]["truth"].filter(pl.col("archetype") == "replacement")
    rows: list[tuple[int, str, str]] = []
    for (group,), part in who.join(born, on="account_id").group_by("cluster"):
        days = part.sort("created_at")["created_at"]
        pause = days.diff().dt.total_hours().fill_null(0)
        third = [at + 2 for at in np.flatnonzero((pause > 96).to_numpy()).tolist()]
        born_in = [week_of(days[at]) for at in third if at < len(days)]
        rows += [
            (w, str(group), "replaced" if w else "edge replaced") for w in born_in if w < weeks
        ]
    return rows


def placed(members: pl.DataFrame, active: pl.DataFrame) -> pl.DataFrame:
    """One row a week and cluster: the group that half of its members are of, or NULL; n of it."""
    sizes = members.group_by("week", "cluster_id").agg(pl.len().alias("size"))
    inside = (
        members.join(active, on=["week", "account_id"])
        .group_by("week", "cluster_id", "group")
        .agg(pl.len().alias("n"))
        .sort("week", "cluster_id", "n", "group", descending=[False, False, True, False])
        .unique(["week", "cluster_id"], keep="first", maintain_order=True)
    )
    return sizes.join(inside, on=["week", "cluster_id"], how="left").with_columns(
        group=pl.when(2 * pl.col("n") >= pl.col("size")).then("group")
    )


def told_events(changes: pl.DataFrame, where: pl.DataFrame) -> pl.DataFrame:
    """What the sweeps say about campaigns: week, group, event."""
    now = where.select("week", "cluster_id", now="group")
    before = where.select(week=pl.col("week") + 1, cluster_id="cluster_id", before="group")
    rows = changes.filter(pl.col("week") > 0, pl.col("event").is_in(EVENTS))
    rows = rows.join(now, on=["week", "cluster_id"], how="left").join(
        before, on=["week", "cluster_id"], how="left"
    )
    there = now.select("week", "cluster_id", there=pl.lit(value=True))
    rows = rows.join(there, on=["week", "cluster_id"], how="left")
    # A merge is told by the cluster that goes on, a split from either side.
    rows = rows.filter((pl.col("event") != "merge") | pl.col("there"))
    group = pl.coalesce("now", "before")
    base = pl.when(pl.col("event") == "split").then(group.str.strip_suffix("-b")).otherwise(group)
    return (
        rows.select("week", "event", group=base)
        .drop_nulls("group")
        .unique()
        .sort("group", "week", "event")
    )


def matched(truth: pl.DataFrame, told: pl.DataFrame, event: str) -> tuple[int, int, int, list[int]]:
    """Right, said wrongly and missed; delays in weeks of those that are right."""
    early, late = TOLERANCE[event]
    true = truth.filter(pl.col("event") == event).select("group", "week").rows()
    said = told.filter(pl.col("event") == event).select("group", "week").rows()
    pairs = sorted(
        (abs(w - t), t, w, g)
        for g, t in true
        for h, w in said
        if g == h and -early <= w - t <= late
    )
    used_true: set[tuple[str, int]] = set()
    used_said: set[tuple[str, int]] = set()
    delays = []
    for _, t, w, g in pairs:
        if (g, t) not in used_true and (g, w) not in used_said:
            used_true.add((g, t))
            used_said.add((g, w))
            delays.append(w - t)
    edges = truth.filter(pl.col("event") == f"edge {event}").select("group", "week").rows()
    spared = sum(
        (h, w) not in used_said and any(g == h and -early <= w - t <= late for g, t in edges)
        for h, w in said
    )
    return len(delays), len(said) - len(delays) - spared, len(true) - len(delays), delays


def identity(where: pl.DataFrame, turns: pl.DataFrame) -> tuple[int, int, int, int]:
    """Campaigns that go on, those that kept their name; the same of innocent clusters.

    Of two that merge, and of the halves of one that splits, one can keep the name: whichever does.
    """
    main = (
        where.drop_nulls("group")
        .sort("week", "group", "n", "cluster_id", descending=[False, False, True, False])
        .unique(["week", "group"], keep="first", maintain_order=True)
    )
    tied = turns.filter(pl.col("after") != pl.col("cluster")).select("cluster", "after").unique()
    family = {g: {g} for g in main["group"].unique()}
    for one, other in tied.rows():
        both = family.get(one, {one}) | family.get(other, {other})
        family |= dict.fromkeys(both, both)
    name = {(w, g): c for w, g, c in main.select("week", "group", "cluster_id").rows()}
    going = [(w, g) for w, g in name if (w + 1, g) in name]
    kept = sum(
        name[w + 1, g] == name[w, g]
        or (len(family[g]) > 1 and bool(
            {name.get((w, h)) for h in family[g]} & {name.get((w + 1, h), "") for h in family[g]}
        ))
        for w, g in going
    )  # fmt: skip
    rest = where.filter(pl.col("group").is_null())
    last = where["week"].max()
    again = where.select(week=pl.col("week") - 1, cluster_id="cluster_id")
    before = rest.filter(pl.col("week") < last)
    return len(going), kept, before.height, before.join(again, on=["week", "cluster_id"]).height


def sizes(changes: pl.DataFrame, where: pl.DataFrame, active: pl.DataFrame) -> tuple[int, int]:
    """Grown, shrunk or as before, by the operators in the window: how many told, how many right."""
    n = active.group_by("week", "group").agg(pl.len().alias("now"))
    was = n.select(week=pl.col("week") + 1, group="group", was="now")
    said = changes.filter(pl.col("event").is_in(["grow", "shrink", "continue"]))
    rows = said.join(where.select("week", "cluster_id", "group"), on=["week", "cluster_id"])
    rows = rows.drop_nulls("group").join(n, on=["week", "group"]).join(was, on=["week", "group"])
    ratio = pl.col("now") / pl.col("was")
    true = pl.when(ratio > 1.1).then(pl.lit("grow")).when(ratio < 0.9).then(pl.lit("shrink"))
    return rows.height, rows.filter(pl.col("event") == true.otherwise(pl.lit("continue"))).height


def stability(options: WorldOptions, share: float) -> tuple[float, int]:
    """Share of members of coordinated clusters under the same name when edges are dropped."""
    world = simulate_weeks(options, 1)[0]
    rng = np.random.default_rng(options.seed)
    kept = {
        name: frame.filter(pl.Series(rng.random(frame.height) >= share))
        if name in {"signals", "prompts", "links"}
        else frame
        for name, frame in world.items()
    }
    found = []
    end = week_ends([world])[0]
    with tempfile.TemporaryDirectory() as folder:
        ws = coterie.open(folder)
        for tables in (world, kept):
            for table, frame in tables.items():
                if table not in {"truth", "turns"} and frame.height:
                    path = Path(folder) / f"{table}.parquet"
                    frame.write_parquet(path)
                    ws.load(path, as_=table, replace=True)
            sweep = ws.sweep(as_of=end)
            tiers = sweep.clusters().select("cluster_id", "tier")
            found.append(sweep.members().join(tiers, on="cluster_id"))
    first = found[0].filter(pl.col("tier") == "coordinated")
    both = first.join(found[1].select("account_id", then="cluster_id"), on="account_id", how="left")
    return float(
        (both["cluster_id"] == both["then"]).fill_null(value=False).mean() or 0
    ), both.height


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--accounts", type=int, default=20_000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[7401, 7402])
    parser.add_argument("--weeks", type=int, default=8)
    parser.add_argument("--window", type=int, default=28, help="days")
    parser.add_argument("--evasion", type=float, default=0.5)
    parser.add_argument("--verbose", action="store_true", help="what was missed or said wrongly")
    arguments = parser.parse_args()
    total = {event: [0, 0, 0] for event in EVENTS}
    delays: dict[str, list[int]] = {event: [] for event in EVENTS}
    going = np.zeros(4, np.int64)
    sized = np.zeros(2, np.int64)
    held: list[tuple[float, int]] = []
    for seed in arguments.seeds:
        options = WorldOptions(
            accounts=arguments.accounts,
            seed=seed,
            campaigns=MIX,
            evasion=arguments.evasion,
            turns=True,
        )
        worlds = simulate_weeks(options, arguments.weeks)
        found = load_and_sweep(worlds, f"{arguments.window}d")
        active = groups(worlds, arguments.window)
        where = placed(found["members"], active)
        seen = set(where["group"].drop_nulls())
        truth = true_events(worlds, active)
        told = told_events(found["changes"], where)
        truth_in = truth.filter(pl.col("event").is_in(EVENTS))
        lost = truth_in.filter(~pl.col("group").is_in(sorted(seen)))
        print(f"seed {seed}: {truth_in.height} events of campaigns, {lost.height} of them of "
              f"{lost['group'].n_unique()} campaigns that no sweep finds; {told.height} told")  # fmt: skip
        for event in EVENTS:
            right, wrong, missed, late = matched(truth, told, event)
            total[event] = [
                a + b for a, b in zip(total[event], (right, wrong, missed), strict=True)
            ]
            delays[event] += late
            if arguments.verbose:
                print(event, "true", truth.filter(pl.col("event") == event).rows())
                print(event, "told", told.filter(pl.col("event") == event).rows())
        going += np.array(identity(where, pl.concat([w["turns"] for w in worlds])))
        sized += np.array(sizes(found["changes"], where, active))
        held.append(
            stability(
                WorldOptions(accounts=arguments.accounts, seed=seed, evasion=arguments.evasion),
                0.05,
            )
        )
    report(total, delays, going, sized, held)


def report(
    total: dict[str, list[int]],
    delays: dict[str, list[int]],
    going: np.ndarray[tuple[int], np.dtype[np.int64]],
    sized: np.ndarray[tuple[int], np.dtype[np.int64]],
    held: list[tuple[float, int]],
) -> None:
    """Print the tables."""
    print(f"\n{'event':10}{'right':>7}{'wrong':>7}{'missed':>8}{'F1':>7}  weeks late (median)")
    every = [sum(counts[i] for counts in total.values()) for i in range(3)]
    for event, (right, wrong, missed) in [*total.items(), ("all", every)]:
        late = f"{np.median(delays[event]):.0f}" if delays.get(event) else ""
        print(f"{event:10}{right:7}{wrong:7}{missed:8}{_f1(right, wrong, missed):7.2f}  {late}")
    print(f"grown, shrunk or as before: {sized[1]:,} of {sized[0]:,} told rightly "
          f"({sized[1] / max(sized[0], 1):.1%})")  # fmt: skip
    print(f"campaigns that went on under their name: {going[1]:,} of {going[0]:,} "
          f"({going[1] / max(going[0], 1):.1%})")  # fmt: skip
    print(f"innocent clusters still there under their name a week later: {going[3]:,} of {going[2]:,} "
          f"(churn {1 - going[3] / max(going[2], 1):.1%})")  # fmt: skip
    print("5 % of edges dropped: members of coordinated clusters under the same name: "
          + ", ".join(f"{share:.1%} of {n:,}" for share, n in held))  # fmt: skip


def _f1(right: int, wrong: int, missed: int) -> float:
    return 2 * right / max(2 * right + wrong + missed, 1)


if __name__ == "__main__":
    main()
