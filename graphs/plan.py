"""What a sweep would cost: rows, shared values, pairs of every kind, time and memory, before any work.

The pairs are exact: they are counted from the very tables that the links are formed from. Time and
memory come from a model that was fitted to measured sweeps; ``plan_model.json`` says where and when.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from coterie.errors import UsageError
from coterie.printable import count, notebook, printable, printable_lines, table
from coterie.queries.run import run

if TYPE_CHECKING:
    from datetime import datetime

    from coterie.config import Config
    from coterie.queries.store import Store

_HEAVIEST = 10


@dataclass(frozen=True, slots=True)
class KindPlan:
    """What one kind costs.

    Attributes:
        kind: its name.
        n_values: values that two or more accounts share.
        n_aside: of these, those set aside as hubs, listed or ignored.
        n_before: all pairs of accounts of all values.
        n_pairs: pairs that the sweep forms (for kinds with a window: pairs of uses it compares).
    """

    kind: str
    n_values: int
    n_aside: int
    n_before: int
    n_pairs: int


@dataclass(frozen=True, slots=True)
class Heavy:
    """A value that costs many pairs, in a form that does not give it away.

    Attributes:
        kind: its kind.
        value: its first and last letters.
        k: accounts on it.
        n_pairs: pairs that it costs.
        treatment: what the sweep does with it.
    """

    kind: str
    value: str
    k: int
    n_pairs: int
    treatment: str


@dataclass(frozen=True, slots=True)
class SweepPlan:
    """What a sweep would cost.

    Attributes:
        window_start: start of the window (UTC), included.
        window_end: end of the window (UTC), not included.
        uses: rows of signals and prompts, in all.
        in_window: of these, those in the window.
        accounts: accounts of the platform.
        shared_values: values that two or more accounts share.
        kinds: one row a kind.
        n_before: all pairs of all values.
        n_pairs: pairs that the sweep forms.
        max_pairs: the most that ``sweep.max_pairs`` allows.
        cpu_seconds: expected, on the machine of the model.
        wall_seconds: expected, when its two cores are free.
        memory_mb: expected peak, where memory is not limited.
        heaviest: the values with the most pairs.
        model: where the expectation comes from.
    """

    window_start: datetime
    window_end: datetime
    uses: int
    in_window: int
    accounts: int
    shared_values: int
    kinds: tuple[KindPlan, ...]
    n_before: int
    n_pairs: int
    max_pairs: int
    cpu_seconds: float
    wall_seconds: float
    memory_mb: int
    heaviest: tuple[Heavy, ...]
    model: str

    @property
    def fits(self) -> bool:
        """Whether the pairs are within ``sweep.max_pairs``."""
        return self.n_pairs <= self.max_pairs

    def to_dict(self) -> dict[str, Any]:
        """The plan as plain data."""
        return {**asdict(self), "fits": self.fits}

    def refusal(self) -> UsageError:
        """Why a sweep would be refused."""
        return _refusal(self.n_pairs, self.max_pairs, self.heaviest)

    def __str__(self) -> str:
        """What the command line prints."""
        kinds = [(k.kind, k.n_values, k.n_aside, k.n_before, k.n_pairs) for k in self.kinds]
        columns = ("kind", "shared values", "set aside", "pairs before", "pairs to form")
        heavy = [(h.kind, h.value, h.k, h.n_pairs, h.treatment) for h in self.heaviest]
        # Not strftime: it writes the year 1 as "1".
        start, end = (t.isoformat(" ", "minutes") for t in (self.window_start, self.window_end))
        lines = [
            (
                f"Window {start} to {end} UTC: {self.in_window:,} of {self.uses:,} rows of use, "
                f"{count(self.accounts, self.accounts, 'account')}, "
                f"{self.shared_values:,} shared values"
            ),
            "",
            table(columns, kinds, noun="kind"),
            "",
            (
                f"{self.n_before:,} pairs before the treatment of large values, {self.n_pairs:,} to form; "
                f"sweep.max_pairs allows {self.max_pairs:,}"
            ),
            (
                f"Expected: about {self.cpu_seconds:,.1f} CPU seconds ({self.wall_seconds:,.1f} s on two "
                f"free cores) and {self.memory_mb:,} MB"
            ),
            f"  {self.model}",
        ]
        if heavy:
            lines += ["", "Values with the most pairs:", table(
                ("kind", "value", "accounts", "pairs", "treatment"), heavy, noun="value",
                total=sum(k.n_values for k in self.kinds),
            )]  # fmt: skip
        return printable_lines("\n".join(lines))

    def __repr__(self) -> str:
        """Short; the attributes hold the rest."""
        return f"<SweepPlan of {self.n_pairs:,} pairs>"

    def _repr_html_(self) -> str:
        """The text for notebooks, escaped."""
        return notebook(str(self))


def plan(work: Store, config: Config, window_start: datetime, window_end: datetime) -> SweepPlan:
    """What a sweep of a window would cost; its first two stages run, in the working store only.

    Args:
        work: a store from :func:`coterie.queries.store.work_store`.
        config: kinds and sweep options.
        window_start: first moment of the window (UTC).
        window_end: end of the window (UTC), not included.
    """
    from coterie.graphs.incidences import build_incidences, treat_values

    window = {"window_start": window_start, "window_end": window_end}
    coverage = work.rows("sweep/coverage", **window)[0]
    n_accounts = build_incidences(work, config, window_start, window_end)
    treat_values(work)
    kinds = _cost(work, window_start, window_end)
    n_pairs = sum(k.n_pairs for k in kinds)
    cpu, wall, memory = expected(coverage["in_window"], n_pairs)
    return SweepPlan(
        window_start, window_end, coverage["uses"], coverage["in_window"], n_accounts,
        sum(k.n_values for k in kinds), tuple(kinds), sum(k.n_before for k in kinds), n_pairs,
        config.sweep.max_pairs, cpu, wall, memory, _heaviest(work), str(model()["origin"]),
    )  # fmt: skip


def refuse_above(work: Store, max_pairs: int, window_start: datetime, window_end: datetime) -> None:
    """Stop before a join that would be larger than the settings allow.

    Args:
        work: a working store whose values have been treated.
        max_pairs: the most pairs.
        window_start: first moment of the window (UTC).
        window_end: end of the window (UTC), not included.

    Raises:
        UsageError: there would be more; the message names the values.
    """
    n_pairs = sum(k.n_pairs for k in _cost(work, window_start, window_end))
    heaviest = _heaviest(work) if n_pairs > max_pairs else ()
    run(work, "plan/drop_value")
    if n_pairs > max_pairs:
        raise _refusal(n_pairs, max_pairs, heaviest)


def expected(rows: int, pairs: int) -> tuple[float, float, int]:
    """CPU seconds, wall seconds on two free cores, and peak megabytes of a sweep.

    Args:
        rows: rows of use in the window.
        pairs: pairs to form.
    """
    fitted = model()
    size = (1.0, rows / 1e6, pairs / 1e6)
    cpu = sum(c * s for c, s in zip(fitted["cpu_seconds"], size, strict=True))
    memory = sum(c * s for c, s in zip(fitted["memory_mb"], size, strict=True))
    return round(cpu, 1), round(cpu * fitted["wall_per_cpu"], 1), round(memory)


@cache
def model() -> dict[str, Any]:
    """The fitted model: coefficients of (1, million rows, million pairs), and their origin."""
    found: dict[str, Any] = json.loads((files("coterie.graphs") / "plan_model.json").read_bytes())
    return found


def _cost(work: Store, window_start: datetime, window_end: datetime) -> list[KindPlan]:
    """Leave the table ``plan_value``."""
    window = {"window_start": window_start, "window_end": window_end}
    run(work, "plan/value")
    windowed = work.frame("plan/windowed", **window)
    work.con.register("plan_windowed", windowed)
    run(work, "plan/add_windowed")
    work.con.unregister("plan_windowed")
    given = {row["kind"]: row["n_pairs"] for row in work.rows("plan/given", **window)}
    found = {row["kind"]: row for row in work.rows("plan/kinds")}
    nothing = {"n_values": 0, "n_aside": 0, "n_before": 0, "n_pairs": 0}
    kinds = []
    for kind in sorted(found.keys() | given.keys()):
        row, more = found.get(kind, nothing), int(given.get(kind, 0))
        kinds.append(KindPlan(
            kind, int(row["n_values"]), int(row["n_aside"]), int(row["n_before"]) + more,
            int(row["n_pairs"]) + more,
        ))  # fmt: skip
    return kinds


def _heaviest(work: Store) -> tuple[Heavy, ...]:
    return tuple(
        Heavy(r["kind"], masked(r["value"]), int(r["k"]), int(r["n_pairs"]), r["treatment"])
        for r in work.rows("plan/heaviest", n=_HEAVIEST)
    )


def masked(value: str) -> str:
    """A value's first and last letters, enough to know it again and too little to use it.

    >>> masked("198.51.100.23")
    '19…3 (13 letters)'
    >>> masked("card")
    '… (4 letters)'
    """
    shown = f"{value[:2]}…{value[-1]}" if len(value) >= 8 else "…"
    return f"{printable(shown)} ({len(value):,} letters)"


def _refusal(n_pairs: int, max_pairs: int, heaviest: tuple[Heavy, ...]) -> UsageError:
    values = "; ".join(
        f"{h.kind} {h.value}: {h.k:,} accounts, {h.n_pairs:,} pairs" for h in heaviest[:5]
    )
    return UsageError(
        f"the sweep would form {n_pairs:,} pairs, sweep.max_pairs allows {max_pairs:,}; most come "
        f"from {values or 'links that were given'}. List such values (class ignore), lower "
        "kind.<kind>.cap or partners, shorten the window, or raise sweep.max_pairs"
    )
