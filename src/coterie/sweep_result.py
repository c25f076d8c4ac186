"""What a sweep did, for people, scripts and notebooks."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from coterie.printable import count, notebook, printable_lines

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class SweepResult:
    """What a sweep did.

    Attributes:
        sweep_id: name of the sweep, from its inputs and settings alone.
        status: ``complete`` or ``degraded``.
        as_of: end of the window (UTC).
        window_start: start of the window (UTC), included.
        window_end: end of the window (UTC), not included.
        totals: uses and in_window (rows of signals and prompts, in all and in the window),
            accounts, shared_values, links, clusters, members.
        tiers: tier -> clusters.
        events: change against the previous sweep -> clusters.
        stages: one {stage, rows, seconds} a stage.
        warnings: what a reader should know before trusting the result.
        hubs: one {treatment, n_values, n_pairs_skipped} a treatment of shared values.
        previous: the sweep compared with, or None.
        kinds: one row a kind: its profile as used, and e, all its distinct values by account.
        seconds: wall-clock time.
        quality: what is not as usual in the data, the worst first: one {check, subject, measured,
            low, high, severity, detail} each.
        outputs: finding -> {rows, bytes, sha256} of its file.
        newest: the sweep that reports and questions look at when none is named.
    """

    sweep_id: str
    status: str
    as_of: datetime
    window_start: datetime
    window_end: datetime
    totals: dict[str, int]
    tiers: dict[str, int]
    events: dict[str, int]
    stages: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    hubs: list[dict[str, Any]] = field(default_factory=list)
    previous: str | None = None
    kinds: list[dict[str, Any]] = field(default_factory=list)
    seconds: float = 0.0
    quality: list[dict[str, Any]] = field(default_factory=list)
    outputs: dict[str, dict[str, Any]] = field(default_factory=dict)
    newest: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """The result as plain data."""
        return asdict(self)

    @property
    def window(self) -> str:
        """The window in words."""
        ends = (end.isoformat(" ", "minutes") for end in (self.window_start, self.window_end))
        return f"{' to '.join(ends)} UTC"

    def __str__(self) -> str:
        """What the command line prints."""
        totals = self.totals
        tiers = ", ".join(f"{n:,} {tier}" for tier, n in self.tiers.items())
        events = ", ".join(f"{n:,} {event}" for event, n in self.events.items())
        lines = [
            f"Sweep {self.sweep_id} ({self.status}), window {self.window}",
            f"{count(totals['accounts'], totals['accounts'], 'account')}, "
            f"{totals['shared_values']:,} shared values, {totals['links']:,} links, "
            f"{count(totals['clusters'], totals['clusters'], 'cluster')}"
            + (f" ({tiers})" if tiers else ""),
        ]
        lines[1:1] = [
            f"Degraded: {q['detail']}" for q in self.quality if q["severity"] == "degraded"
        ]
        if totals["links"] and not totals["clusters"]:
            lines.append(
                "Links, but no cluster: groups of fewer accounts than sweep.min_size are left out; "
                "--min-size lowers it"
            )
        if 0 < totals["in_window"] < 0.5 * totals["uses"]:
            lines.append(
                f"The window holds {totals['in_window']:,} of {totals['uses']:,} rows of use; "
                "--window looks further back"
            )
        if self.newest not in (None, self.sweep_id):
            lines.append(
                f"{self.newest} stays the newest sweep; name this one to look at it "
                f"(--sweep {self.sweep_id})"
            )
        if self.previous:
            lines.append(f"Against {self.previous}: {events}")
        aside = [h for h in self.hubs if h["treatment"] != "used"]
        lines += [
            f"Set aside as {h['treatment']}: {h['n_values']:,} values, "
            f"{h['n_pairs_skipped']:,} pairs not expanded"
            for h in aside
        ]
        seconds = ", ".join(f"{s['stage']} {s['seconds']:.1f}" for s in self.stages)
        lines.append(f"{self.seconds:.1f} s ({seconds})")
        return printable_lines("\n".join(lines))

    def __repr__(self) -> str:
        """Short; the attributes hold the rest."""
        return f"<SweepResult {self.sweep_id} ({self.status})>"

    def _repr_html_(self) -> str:
        """The text for notebooks, escaped."""
        return notebook(str(self))
