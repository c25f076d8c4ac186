"""What a load did, in numbers and words."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from coterie.printable import notebook, printable_lines

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class SourceSummary:
    """One source of a load.

    Attributes:
        source_id: content hash of the input and its mapping.
        name: file or frame name.
        table: contract table.
        rows: physical rows.
        loaded: rows accepted.
        quarantined: rows rejected.
        reasons: reason -> rows.
        notes: what was guessed or is worth knowing.
        skipped: whether it had been loaded before.
    """

    source_id: str
    name: str
    table: str
    rows: int = 0
    loaded: int = 0
    quarantined: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    skipped: bool = False

    def to_text(self, *, notes: bool = True) -> str:
        """Two or three lines for people; one without the notes."""
        if self.skipped:
            return f"{self.name}: already loaded"
        lines = [
            f"{self.name} ({self.table}): {_counts(self.loaded, self.quarantined, self.reasons)}"
        ]
        lines += [f"  {note}" for note in self.notes if notes]
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class LoadSummary:
    """A whole load.

    Attributes:
        rows: physical rows read.
        loaded: rows accepted.
        quarantined: rows rejected.
        accounts: distinct accounts that the accepted rows name.
        sources: one summary a source, in the order given.
        notes: what concerns no single source.
    """

    rows: int
    loaded: int
    quarantined: int
    accounts: int
    sources: tuple[SourceSummary, ...]
    notes: tuple[str, ...] = ()

    @property
    def reasons(self) -> dict[str, int]:
        """Rows per reason over all sources, the most frequent first."""
        total: Counter[str] = Counter()
        for source in self.sources:
            total.update(source.reasons)
        return dict(sorted(total.items(), key=lambda item: (-item[1], item[0])))

    @property
    def warnings(self) -> tuple[str, ...]:
        """What ``--strict`` minds: quarantined rows."""
        if not self.quarantined:
            return ()
        return (f"quarantined {self.quarantined:,} ({_reasons(self.reasons)})",)

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        found = asdict(self)
        found["reasons"] = self.reasons
        for source in found["sources"]:
            source["reasons"] = dict(source["reasons"])
            source["notes"] = list(source["notes"])
        found["sources"] = list(found["sources"])
        found["notes"] = list(self.notes)
        return found

    def to_text(self, *, notes: bool = True) -> str:
        """For people: a line a source with its notes, then the sum."""
        lines = [source.to_text(notes=notes) for source in self.sources]
        lines.append(
            f"{_counts(self.loaded, self.quarantined, self.reasons)}; {self.accounts:,} accounts"
        )
        if notes:
            lines += self.notes
        return "\n".join(lines)

    def __str__(self) -> str:
        """The text form, every line of it safe for a terminal."""
        return printable_lines(self.to_text())

    def __repr__(self) -> str:
        """Short; the attributes hold the rest."""
        n = len(self.sources)
        return (
            f"<LoadSummary of {n:,} source{'' if n == 1 else 's'}: loaded {self.loaded:,}, "
            f"quarantined {self.quarantined:,}>"
        )

    def _repr_html_(self) -> str:
        """The text for notebooks, escaped."""
        return notebook(self.to_text())


def _counts(loaded: int, quarantined: int, reasons: Mapping[str, int]) -> str:
    why = f" ({_reasons(reasons)})" if reasons else ""
    return f"loaded {loaded:,}, quarantined {quarantined:,}{why}"


def _reasons(reasons: Mapping[str, int]) -> str:
    return ", ".join(f"{reason}: {n:,}" for reason, n in reasons.items())
