"""What was learned from reviews: plain numbers, and their tables as text."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from coterie.graphs.evaluation import aligned

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Quality:
    """How well a score tells confirmed from benign clusters; both outcomes weigh the same.

    Attributes:
        log_loss: mean negative log likelihood, in nats; 0.693 is a coin.
        brier: mean squared difference of score and outcome; 0.25 is a coin.
        average_precision: of the ranking; clusters count one each.
    """

    log_loss: float
    brier: float
    average_precision: float


@dataclass(frozen=True, slots=True)
class Weight:
    """One weight of the score.

    Attributes:
        name: the feature, or ``intercept``.
        label: the feature in words.
        before: the weight in use, in logits per unit of the feature.
        after: the fitted one.
    """

    name: str
    label: str
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Learned:
    """Weights fitted to reviews, and how they do.

    Attributes:
        n_confirmed: known clusters that are right.
        n_benign: known clusters that are not.
        n_reviewed: known clusters that people decided on.
        n_labelled: known clusters by the labels of their members.
        n_left_out: known clusters of sweeps that kept other features.
        spread: how far a weight may lie from the shipped one, in logits over the feature's range;
            chosen by cross-validation.
        before: the weights in use, on all known clusters.
        after: the fitted weights, each cluster scored by a fit that did not see it (five folds).
        gain: 95 % interval of the fall in log loss, by bootstrap over clusters.
        weights: every weight before and after.
        spec: the content of a weights file.
    """

    n_confirmed: int
    n_benign: int
    n_reviewed: int
    n_labelled: int
    n_left_out: int
    spread: float
    before: Quality
    after: Quality
    gain: tuple[float, float]
    weights: tuple[Weight, ...]
    spec: Mapping[str, Any]

    @property
    def better(self) -> bool:
        """Whether the fitted weights have the lower log loss on clusters they did not see."""
        return self.after.log_loss < self.before.log_loss

    @property
    def verdict(self) -> str:
        """The finding in words."""
        fall = self.before.log_loss - self.after.log_loss
        low, high = self.gain
        said = f"log loss {-fall:+.3f} (95 % interval {-high:+.3f} to {-low:+.3f})"
        ranks = self.after.average_precision - self.before.average_precision
        if ranks < 0:
            said += f"; they rank worse, average precision {ranks:+.3f}"
        if low > 0:
            return f"The fitted weights do better: {said}."
        if self.better:
            return f"The fitted weights do a little better, but within noise: {said}."
        return f"The weights in use do as well or better. With the fitted ones: {said}. Leave them."

    def to_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON."""
        return {**asdict(self), "better": self.better, "verdict": self.verdict}

    def to_text(self) -> str:
        """The verdict and the tables for a terminal."""
        quality = [["measure", "before", "after"]]
        for name, label in (
            ("log_loss", "log loss"),
            ("brier", "Brier score"),
            ("average_precision", "average precision"),
        ):
            values = [getattr(q, name) for q in (self.before, self.after)]
            quality.append([label, *(f"{v:.3f}" for v in values)])
        weights = [["weight", "before", "after", "what it weighs"]]
        weights += [[w.name, f"{w.before:.3f}", f"{w.after:.3f}", w.label] for w in self.weights]
        head = (
            f"Learned from {self.n_confirmed:,} confirmed and {self.n_benign:,} benign clusters "
            f"({self.n_reviewed:,} by review, {self.n_labelled:,} by labels"
            + (
                f"; {self.n_left_out:,} more left out, whose sweeps kept other features"
                * bool(self.n_left_out)
            )
            + f").\n{self.verdict}"
        )
        note = (
            "after: each cluster scored by a fit that did not see it; both outcomes weigh the same"
        )
        return "\n\n".join([head, f"{aligned(quality)}\n{note}", aligned(weights)])
