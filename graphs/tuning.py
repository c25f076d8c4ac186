"""What a tuning found: plain numbers, a verdict in words, the lines to set."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from coterie.graphs.evaluation import aligned, markdown

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Tried:
    """One setting that was tried.

    Attributes:
        name: the key under ``[sweep]``.
        value: its value as text.
        goal: what it gave on the choosing half, 0..1.
        chosen: whether it is among the settings found.
    """

    name: str
    value: str
    goal: float
    chosen: bool


@dataclass(frozen=True, slots=True)
class Measure:
    """One metric on the held-back half, with the present settings and with those found.

    Attributes:
        name: the metric.
        before: with the present settings; None where nothing can be divided.
        after: with the settings found.
        low: lower end of the 95 % interval of the difference, by bootstrap over the held-back truth
            clusters; None for metrics that are not sums over them.
        high: its upper end.
    """

    name: str
    before: float | None
    after: float | None
    low: float | None = None
    high: float | None = None

    @property
    def gain(self) -> float | None:
        """After less before."""
        if self.before is None or self.after is None:
            return None
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Tuning:
    """All of a tuning.

    Attributes:
        settings: keys under ``[sweep]`` with their new values; empty when nothing was better on
            the choosing half. Worth setting only where ``outcome`` is ``gain``.
        n_runs: runs of the detection.
        n_choose: truth clusters of the choosing half.
        n_held: truth clusters held back.
        note: what was done to the truth, or empty.
        tried: every setting with what it gave on the choosing half, in order.
        measures: metrics on the held-back half; the first is the goal itself.
    """

    settings: Mapping[str, float | int]
    n_runs: int
    n_choose: int
    n_held: int
    note: str
    tried: tuple[Tried, ...]
    measures: tuple[Measure, ...]

    @property
    def outcome(self) -> str:
        """``nothing``, ``gain``, ``noise`` or ``loss``: what the held-back half says.

        ``nothing`` too where the settings found change nothing there.
        """
        goal = self.measures[0]
        if not self.settings or goal.gain == 0:
            return "nothing"
        if goal.low is not None and goal.low > 0:
            return "gain"
        return "loss" if goal.high is not None and goal.high < 0 else "noise"

    @property
    def verdict(self) -> str:
        """The finding in words."""
        dealt = (
            f"Chosen on {self.n_choose:,} truth clusters, measured on the {self.n_held:,} held back"
            f"{'; ' + self.note if self.note else ''}. "
        )
        goal = self.measures[0]
        gain = (
            f"{goal.gain or 0:+.3f} (95 % interval {goal.low or 0:+.3f} to {goal.high or 0:+.3f})"
        )
        return (
            dealt
            + {
                "nothing": "Nothing better was found than the present settings: leave them.",
                "gain": f"On the held-back half the goal changes by {gain}: a gain beyond noise.",
                "noise": f"On the held-back half the goal changes by {gain}: within noise. "
                "Leave the settings as they are unless more labelled clusters say the same.",
                "loss": f"On the held-back half the goal changes by {gain}: a loss. "
                "What was chosen fits the choosing half only: leave the settings as they are.",
            }[self.outcome]
        )

    @property
    def lines(self) -> str:
        """The lines for ``coterie.toml``; empty unless the held-back half shows a gain."""
        if self.outcome != "gain":
            return ""
        return "\n".join(["[sweep]", *(f"{key} = {value}" for key, value in self.settings.items())])

    def rows(self) -> list[list[str]]:
        """The metrics of the held-back half as text, the heading first."""
        rows = [["held-back half", "before", "after", "change", "95 % interval"]]
        for m in self.measures:
            interval = "–" if m.low is None or m.high is None else f"{m.low:+.3f} to {m.high:+.3f}"
            change = "–" if m.gain is None else f"{m.gain:+.3f}"
            rows.append([m.name, _share(m.before), _share(m.after), change, interval])
        return rows

    def tried_rows(self) -> list[list[str]]:
        """What was tried as text, the heading first."""
        rows = [["setting", "value", "goal", "chosen"]]
        return rows + [
            [t.name, t.value, f"{t.goal:.3f}", "yes" if t.chosen else ""] for t in self.tried
        ]

    def to_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON."""
        found = asdict(self)
        found["settings"] = dict(self.settings)
        return {**found, "outcome": self.outcome, "verdict": self.verdict, "lines": self.lines}

    def to_text(self) -> str:
        """The verdict, the tables and the lines for a terminal."""
        parts = [
            self.verdict,
            aligned(self.rows()),
            f"Tried in {self.n_runs} runs, on the choosing half:\n{aligned(self.tried_rows())}",
        ]
        if self.lines:
            parts.append(f"To set in coterie.toml:\n\n{self.lines}")
        return "\n\n".join(parts)

    def to_markdown(self) -> str:
        """The same as Markdown."""
        parts = [
            "## Tuning",
            self.verdict,
            markdown(self.rows()),
            f"Tried in {self.n_runs} runs, on the choosing half:",
            markdown(self.tried_rows()),
        ]
        if self.lines:
            parts.append(f"To set in coterie.toml:\n\n```toml\n{self.lines}\n```")
        return "\n\n".join(parts)

    def page(self) -> dict[str, Any]:
        """What the page of an evaluation shows of it."""
        return {
            "verdict": self.verdict,
            "rows": self.rows(),
            "tried": self.tried_rows(),
            "lines": self.lines,
            "markdown": self.to_markdown(),
        }


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
