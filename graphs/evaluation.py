"""What an evaluation found: plain numbers, and their tables as text and Markdown."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from coterie.printable import printable, width

if TYPE_CHECKING:
    from coterie.graphs.calibration import Calibration
    from coterie.graphs.ranking import Ranking


@dataclass(frozen=True, slots=True)
class Score:
    """Precision, recall and their harmonic mean; None where nothing can be divided."""

    precision: float | None
    recall: float | None
    f: float | None


@dataclass(frozen=True, slots=True)
class TierScore:
    """Accounts in clusters of a tier or above.

    Attributes:
        tier: the lowest tier counted.
        n_clusters: clusters.
        n_accounts: members.
        n_operators: members that are operators in the truth.
        accounts: precision and recall of operator accounts.
        weighted_precision: share of each cluster that is operators of one truth cluster, the one
            it holds most of; mean over clusters weighted by size. None without clusters.
    """

    tier: str
    n_clusters: int
    n_accounts: int
    n_operators: int
    accounts: Score
    weighted_precision: float | None


@dataclass(frozen=True, slots=True)
class ArchetypeScore:
    """Truth clusters of one archetype.

    Attributes:
        archetype: its name.
        n_clusters: truth clusters.
        n_operators: operator accounts.
        recovered_50: share of clusters with a found cluster at Jaccard >= 0.5.
        recovered_80: the same at 0.8.
        bcubed: B-cubed over the archetype's operators.
        recall: tier -> share of its operators in clusters of that tier and above.
    """

    archetype: str
    n_clusters: int
    n_operators: int
    recovered_50: float
    recovered_80: float
    bcubed: Score
    recall: dict[str, float]


@dataclass(frozen=True, slots=True)
class Benign:
    """Accounts outside the truth that a sweep calls coordinated.

    Attributes:
        in_coordinated: all of them, bystanders in clusters that are right included.
        in_coordinated_core: those whose role is core or member.
        in_false_clusters: those in coordinated clusters with less than half truth accounts.
        per_100k: ``in_coordinated`` for 100,000 benign accounts; None when the number of accounts
            is not known.
        false_per_100k: the same for ``in_false_clusters``.
    """

    in_coordinated: int
    in_coordinated_core: int
    in_false_clusters: int
    per_100k: float | None
    false_per_100k: float | None


@dataclass(frozen=True, slots=True)
class Customers:
    """Honest customers in the truth (role ``customer``).

    Attributes:
        n: customers.
        in_clusters: those that are members of some found cluster.
        in_core: those with role core.
        kept_out_of_core: share that is not core anywhere; None without customers.
    """

    n: int
    in_clusters: int
    in_core: int
    kept_out_of_core: float | None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All metrics of one sweep against one truth.

    Attributes:
        n_truth_clusters: clusters in the truth.
        n_operators: operator accounts in the truth.
        n_clusters: found clusters.
        n_members: accounts in found clusters.
        tiers: accounts at each tier and above, lowest tier first.
        pairs: pairs of accounts put together; precision over found pairs with an operator in them.
        bcubed: B-cubed over operator accounts, all members of found clusters counted.
        bcubed_core: the same with fringe members left out of the found clusters.
        recovered_50: share of truth clusters with a found cluster at Jaccard >= 0.5.
        recovered_80: the same at 0.8.
        average_precision: of the cluster score; a cluster is positive when at least half of its
            members are in the truth.
        average_precision_weighted: the same with clusters weighted by size.
        precision_at: (k, share of operators among the k accounts of the best clusters); ties are
            averaged over.
        benign: accounts outside the truth in coordinated clusters.
        customers: honest customers.
        calibration: of the cluster score; a cluster is right when at least half of its members are
            in the truth.
        archetypes: per archetype, when the truth tells it.
        rankings: all accounts of the platform ranked one by one, by their cluster's score and by
            their links, against accounts drawn blindly; empty when the number of accounts is not
            known.
        n_absent: operators that the sweep did not see at all; they count as not found.
    """

    n_truth_clusters: int
    n_operators: int
    n_clusters: int
    n_members: int
    tiers: tuple[TierScore, ...]
    pairs: Score
    bcubed: Score
    bcubed_core: Score
    recovered_50: float
    recovered_80: float
    average_precision: float | None
    average_precision_weighted: float | None
    precision_at: tuple[tuple[int, float], ...]
    benign: Benign
    customers: Customers
    calibration: Calibration
    archetypes: tuple[ArchetypeScore, ...]
    rankings: tuple[Ranking, ...] = ()
    n_absent: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, lists and dicts, ready for JSON."""
        return asdict(self)

    def to_text(self) -> str:
        """Aligned tables for a terminal; control characters of names are made visible."""
        return "\n\n".join(f"{title}\n{aligned(rows)}" for title, rows in self.tables())

    def to_markdown(self) -> str:
        """The same tables as Markdown; names cannot break out of their cell."""
        return "\n\n".join(f"**{title}**\n\n{markdown(rows)}" for title, rows in self.tables())

    def tables(self) -> list[tuple[str, list[list[str]]]]:
        """Every number as text: titles, and rows with the heading first."""

        def row(name: str, score: Score) -> list[str]:
            return [name, _share(score.precision), _share(score.recall), _share(score.f)]

        whole = [
            ["measure", "precision", "recall", "F"],
            row("B-cubed (operators)", self.bcubed),
            row("B-cubed without fringe", self.bcubed_core),
            row("pairs", self.pairs),
            *(row(f"accounts, {t.tier} and above", t.accounts) for t in self.tiers),
        ]
        ranking = [
            ["measure", "value"],
            ["truth clusters recovered, Jaccard >= 0.5", _share(self.recovered_50)],
            ["truth clusters recovered, Jaccard >= 0.8", _share(self.recovered_80)],
            ["average precision of cluster score", _share(self.average_precision)],
            ["average precision, weighted by size", _share(self.average_precision_weighted)],
            *(
                [f"weighted precision, {t.tier} and above", _share(t.weighted_precision)]
                for t in self.tiers
            ),
            *([f"precision at {k:,} accounts", _share(p)] for k, p in self.precision_at),
            ["benign accounts in coordinated", f"{self.benign.in_coordinated:,}"],
            ["benign accounts in coordinated, per 100,000", _count(self.benign.per_100k)],
            [
                "benign accounts in coordinated, core or member",
                f"{self.benign.in_coordinated_core:,}",
            ],
            ["benign accounts in false clusters, per 100,000", _count(self.benign.false_per_100k)],
            ["customers kept out of core", _share(self.customers.kept_out_of_core)],
        ]
        title = (
            f"{self.n_clusters:,} clusters with {self.n_members:,} accounts against "
            f"{self.n_truth_clusters:,} truth clusters with {self.n_operators:,} operators"
            + f", of whom the sweep did not see {self.n_absent:,}"
            * bool(self.n_absent)
        )
        tables = [(title, whole), ("Recovery and ranking", ranking), self._reliability()]
        tables += [_ranking(ranking) for ranking in self.rankings]
        if self.archetypes:
            tiers = [t.tier for t in self.tiers]
            kinds = [["archetype", "clusters", "operators", "J >= 0.5", "J >= 0.8", "P", "R", "F"]]
            kinds[0] += [f"in {tier}" for tier in tiers]
            kinds += [
                [
                    a.archetype,
                    f"{a.n_clusters:,}",
                    f"{a.n_operators:,}",
                    _share(a.recovered_50),
                    _share(a.recovered_80),
                    *row("", a.bcubed)[1:],
                    *(_share(a.recall[tier]) for tier in tiers),
                ]
                for a in self.archetypes
            ]
            tables.append(
                ("By archetype: recovery, B-cubed, share of operators at a tier and above", kinds)
            )
        return tables

    def _reliability(self) -> tuple[str, list[list[str]]]:
        found = self.calibration
        full = [b for b in found.bins if b.n]
        rows = [["score", "clusters", "right", "mean score", "share right", "95 % interval"]]
        rows += [
            [
                f"{b.low:.1f}-{b.high:.1f}",
                f"{b.n:,}",
                f"{b.n_right:,}",
                _share(b.mean_score),
                _share(b.share_right),
                "–" if b.interval is None else f"{b.interval[0]:.2f}-{b.interval[1]:.2f}",
            ]
            for b in full
        ]
        title = (
            f"Reliability of the score: Brier {_share(found.brier)} (always saying the base rate: "
            f"{_share(found.base)}), calibration error {_share(found.error)}; "
            f"{len(full)} of {len(found.bins)} bins hold clusters"
        )
        return title, rows


def _ranking(found: Ranking) -> tuple[str, list[list[str]]]:
    base = found.n_operators / found.n_accounts if found.n_accounts else None
    title = (
        f"Accounts ranked by the {found.by}: {found.n_ranked:,} of {found.n_accounts:,} accounts have "
        f"it, {found.n_found:,} of {found.n_operators:,} operators among them; base rate "
        f"{'–' if base is None else f'{100 * base:.2g} %'}, area under ROC {_share(found.auc)}"
    )
    rows = [
        ["best accounts", "operators", "share", "95 % interval", "times base rate", "by chance"]
    ]
    rows += [
        [
            f"{t.k:,}",
            f"{t.hits:,.1f}".removesuffix(".0"),
            _share(t.precision),
            f"{t.interval[0]:.3f}-{t.interval[1]:.3f}",
            f"{t.lift:,.1f}",
            "< 0.001" if t.chance < 0.001 else f"{t.chance:.3f}",
        ]
        for t in found.taken
    ]
    return title, rows


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _count(value: float | None) -> str:
    return "–" if value is None else f"{value:,.1f}"


def aligned(rows: list[list[str]]) -> str:
    """Rows of text as a table for a terminal; control characters are made visible."""
    clean = [[printable(cell) for cell in row] for row in rows]
    widths = [max(width(row[i]) for row in clean) for i in range(len(clean[0]))]
    lines = []
    for row in clean:
        gaps = [" " * (w - width(cell)) for cell, w in zip(row, widths, strict=True)]
        # Names to the left, numbers to the right.
        cells = [row[0] + gaps[0], *(g + c for g, c in zip(gaps[1:], row[1:], strict=True))]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def markdown(rows: list[list[str]]) -> str:
    """Rows of text as a Markdown table; no text can break out of its cell."""

    def cell(text: str) -> str:
        clean = printable(text.strip())
        return "".join(f"\\{c}" if c in "\\`*_[]<>|&~#!" else c for c in clean)

    head, *body = [[cell(c) for c in row] for row in rows]
    rule = ["---", *("---:" for _ in head[1:])]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, rule, *body))
