"""The scratch store of a what-if: a neighbourhood of a sweep, judged again by the sweep's own stages.

Keys, popularity (k_v), incidences (E), number of accounts (N), treatments and halves of evidence are
those that the sweep wrote down, so what stays weighs what it weighed. Only the stages of sections 3
to 6 run again, on few accounts.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from coterie.errors import UsageError
from coterie.queries.run import run
from coterie.queries.store import work_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    import polars as pl

    from coterie.config import Config
    from coterie.graphs.hours import Hours
    from coterie.queries.store import Store

# The tables of a sweep that a what-if reads; each is one sorted Parquet file.
_PAST = (
    "account", "value", "incidence", "link", "cluster", "member", "evidence", "holding", "activity",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Scratch:
    """A scratch store and what the sweep was.

    Attributes:
        work: the working store, with the sweep's files as ``past_<table>``.
        config: kinds, options and weights that the sweep ran with.
        n_accounts: accounts of the platform (N).
        start: first moment of the window (UTC).
        end: end of the window (UTC), not included.
    """

    work: Store
    config: Config
    n_accounts: int
    start: datetime
    end: datetime


@contextmanager
def scratch_of(
    store: Store,
    sweep: dict[str, Any],
    config: Config,
    kinds: Sequence[dict[str, Any]],
    *,
    memory_limit: str = "auto",
    threads: int | str = "auto",
) -> Iterator[Scratch]:
    """A scratch store over the files of one sweep.

    Args:
        store: an open store.
        sweep: the sweep's row in the register.
        config: kinds, options and weights that the sweep ran with.
        kinds: the table of kinds as the sweep registered it.
        memory_limit: see :func:`coterie.queries.store.connect`.
        threads: see :func:`coterie.queries.store.connect`.

    Raises:
        UsageError: an older version made the sweep and left out what a what-if needs.
    """
    import polars as pl

    folder = store.data / "findings" / sweep["sweep_id"]
    missing = [table for table in _PAST if not (folder / f"{table}.parquet").exists()]
    if missing or not kinds:
        raise UsageError(
            f"Sweep {sweep['sweep_id']} was made by an older version, which did not keep what a "
            "what-if needs: run `coterie sweep` again"
        )
    work = work_store(store, memory_limit=memory_limit, threads=threads)
    try:
        for table in _PAST:
            work.con.read_parquet(str(folder / f"{table}.parquet")).create_view(f"past_{table}")
        work.con.register("kind_profile", pl.DataFrame(list(kinds), infer_schema_length=None))
        run(work, "incidence/kind")
        run(work, "what_if/total")
        n_accounts = int(work.rows("what_if/accounts")[0]["n"])
        yield Scratch(work, config, n_accounts, sweep["window_start"], sweep["window_end"])
    finally:
        work.close()


def fill(scratch: Scratch) -> None:
    """Leave the tables of sections 1 and 2 for the accounts of the table ``near``."""
    work = scratch.work
    run(work, "what_if/account", as_of=scratch.end)
    for step in ("load", "held", "value", "treatment"):
        run(work, f"what_if/{step}")
    run(work, "what_if/incidence", all=True)


def find_again(scratch: Scratch) -> pl.DataFrame:
    """Links, communities, refinement and judgement without what is left out.

    Asks the accounts of the table ``near`` about the clusters of the table ``scope``; leaves the
    table ``membership``.

    Returns:
        One row a cluster, as :func:`coterie.graphs.judge.judge` gives it.
    """
    from coterie.graphs.communities import measure_stability
    from coterie.graphs.what_if_null import q_values_of_few

    work, options = scratch.work, scratch.config.sweep
    if not work.rows("what_if/windows")[0]["found"]:
        for step in ("signals", "prompts"):
            run(work, f"what_if/{step}")
    run(work, "what_if/ring_holder")
    _cut(scratch, everything=True)
    run(work, "what_if/cut_before")
    _cut(scratch, everything=False)
    for step in ("start", "no_answer"):
        run(work, f"what_if/{step}")
    hours_from_sweep(work)
    rounds = 2 if work.rows("what_if/split")[0]["found"] else 1
    _ask(scratch, rounds, everything=True)
    hours = _ask(scratch, rounds, everything=False)
    run(work, "what_if/differs", min_size=options.min_size)

    def measure() -> None:
        measure_stability(work, options, scratch.n_accounts)
        run(work, "what_if/less_stable")

    return judge_again(scratch, hours, measure, lambda work: q_values_of_few(work, options.seed))


def _cut(scratch: Scratch, *, everything: bool) -> None:
    """Leave ``link`` and ``community`` of the clusters in question."""
    from coterie.graphs.communities import find_communities
    from coterie.graphs.links import build_links

    work, options = scratch.work, scratch.config.sweep
    run(work, "what_if/incidence", all=everything)
    run(work, "what_if/inside")
    run(work, "what_if/ring", all=everything)
    run(work, "what_if/ring_size")
    build_links(work, options, scratch.n_accounts, scratch.start, scratch.end)
    run(work, "what_if/ours_only")
    find_communities(work, options, scratch.n_accounts)


def _ask(scratch: Scratch, rounds: int, *, everything: bool) -> Hours:
    """Ask every account again where it belongs; add to the table ``answer``."""
    work = scratch.work
    run(work, "what_if/incidence", all=everything)
    run(work, "refine/usable")
    run(work, "what_if/start_as", all=everything)
    run(work, "what_if/start_from")
    hours = ask_again(scratch, rounds)
    run(work, "what_if/answer", all=everything)
    return hours


def ask_again(scratch: Scratch, rounds: int) -> Hours:
    """Refine the clusters of the table ``community``; leave the table ``membership``.

    Returns:
        The active hours of the accounts that a cluster may claim.
    """
    from coterie.graphs.refine import refine

    # The sweep's hours are whole: the first one begins before a window that begins within it.
    start = scratch.start.replace(minute=0, second=0, microsecond=0)
    min_size = scratch.config.sweep.min_size
    return refine(scratch.work, scratch.n_accounts, min_size, start, scratch.end, rounds=rounds)


def hours_from_sweep(work: Store) -> None:
    """Put the hours that the sweep kept in the place of events and prompts."""
    for step in ("events", "prompts"):
        run(work, f"what_if/{step}")


def judge_again(
    scratch: Scratch,
    hours: Hours,
    measure: Callable[[], None],
    q_values: Callable[[Store], pl.DataFrame],
) -> pl.DataFrame:
    """Judge the clusters of the table ``membership`` against the whole platform.

    Args:
        scratch: the scratch store after a refinement.
        hours: active hours of the members.
        measure: called to leave the table ``stability``.
        q_values: called for one q-value a cluster: columns c and q_value.

    Returns:
        One row a cluster, as :func:`coterie.graphs.judge.judge` gives it.
    """
    from coterie.graphs.judge import gather, judge, prepare
    from coterie.graphs.weights import score_spec

    work = scratch.work
    run(work, "what_if/ours")
    measure()
    prepare(work)
    for step in ("near_account", "everybody", "drop_activity", "all_activity"):
        run(work, f"what_if/{step}")
    clusters, kinds = gather(work, hours)
    judged = judge(work, clusters, kinds, q_values(work), score_spec(scratch.config))
    for step in ("drop_everybody", "back_account", "drop_all_activity"):
        run(work, f"what_if/{step}")
    return judged
