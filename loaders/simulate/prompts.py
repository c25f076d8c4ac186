"""Prompts: a large grammar for everybody, popular templates, viral texts, campaigns' templates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from coterie.loaders.simulate.activity import own_hours, scheduled_hours
from coterie.loaders.simulate.draw import Ints, Rng, join, pick, stream, weighted, zipf
from coterie.loaders.simulate.words import (
    ADJECTIVES,
    BRANDS,
    ENDINGS,
    NOUNS,
    OPENERS,
    RELATIONS,
    TASKS,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coterie.loaders.simulate.campaigns import Campaign
    from coterie.loaders.simulate.options import WorldOptions
    from coterie.loaders.simulate.population import People

# A sentence: word classes by place. Templates and ordinary prompts have the same form.
_SHAPE: tuple[Sequence[str], ...] = (
    OPENERS, TASKS, ADJECTIVES, NOUNS, RELATIONS, ADJECTIVES, NOUNS, RELATIONS, NOUNS, ENDINGS,
)  # fmt: skip


def sentences(rng: Rng, n: int) -> pl.Series:
    """Ordinary prompts of 10 to 30 words; hardly any two are alike."""
    parts: list[pl.Series | str] = []
    longer = rng.random(n) < 0.45
    for place, words in enumerate(_SHAPE):
        text = pick(words, rng.integers(0, len(words), n))
        parts.append(text)
        if place == 1:
            parts.append("the")
    tail = join(
        [
            "",
            pick(RELATIONS, rng.integers(0, len(RELATIONS), n)),
            pick(ADJECTIVES, rng.integers(0, len(ADJECTIVES), n)),
            pick(NOUNS, rng.integers(0, len(NOUNS), n)),
            pick(ENDINGS, rng.integers(0, len(ENDINGS), n)),
        ],
        " ",
    )
    nothing = pl.Series("none", [""]).new_from_index(0, n)
    return join([join(parts, " "), tail.zip_with(pl.Series(longer), nothing)])


def template(rng: Rng, n_variants: int) -> list[tuple[str, str]]:
    """One template as (before the slot, after the slot), in several wordings."""
    place = rng.integers(3, 8)
    base = [_clause(rng) for _ in range(11)]
    out = []
    for variant in range(n_variants):
        parts = list(base)
        # A paraphrase keeps two thirds of its phrases.
        for i in rng.choice(len(parts), 0 if variant == 0 else 4, replace=False):
            parts[i] = _clause(rng)
        out.append((" ".join(parts[:place]), " ".join(parts[place:])))
    return out


def _clause(rng: Rng) -> str:
    """Two or three words."""
    draw = rng.integers(0, 4)
    one = (OPENERS, ENDINGS, RELATIONS, TASKS)[draw]
    other = (ADJECTIVES, NOUNS, NOUNS, NOUNS)[draw]
    return f"{one[rng.integers(0, len(one))]} {other[rng.integers(0, len(other))]}"


def slot_text(rng: Rng, n: int, words: Ints) -> pl.Series:
    """Fillings of a template's slot: ``words`` words, some of them names and numbers."""
    most = int(words.max(initial=0))
    columns: list[pl.Series] = []
    for place in range(most):
        noun = pick(NOUNS, rng.integers(0, len(NOUNS), n))
        brand = pick(BRANDS, rng.integers(0, len(BRANDS), n))
        number = pl.Series("n", rng.integers(2, 9_999, n)).cast(pl.String)
        draw = rng.random(n)
        word = noun.zip_with(pl.Series(draw < 0.6), brand).zip_with(pl.Series(draw < 0.85), number)
        word = join([" ", word])
        columns.append(
            word.zip_with(pl.Series(words > place), pl.Series("none", [""]).new_from_index(0, n))
        )
    return join([*columns, ""])


def fill(rng: Rng, wordings: Sequence[tuple[str, str]], which: Ints, slots: float) -> pl.Series:
    """Prompts from templates.

    Args:
        rng: random stream.
        wordings: (before, after) of each wording.
        which: wording per prompt.
        slots: mean words in the slot, at least one.

    Returns:
        The texts.
    """
    words = 1 + rng.binomial(
        max(1, round(slots)), max(0.0, slots - 1) / max(1, round(slots)), len(which)
    )
    return join(
        [
            pick([before for before, _ in wordings], which),
            slot_text(rng, len(which), words),
            " ",
            pick([after for _, after in wordings], which),
        ]
    )


def prompt_columns(
    options: WorldOptions, people: People, campaigns: list[Campaign]
) -> tuple[Ints, pl.Series, Ints]:
    """All prompts: (account, text, minute)."""
    rng = stream(options.seed, "prompts")
    mean = np.full(people.n, 1.1)
    template_share = np.zeros(people.n)
    for c in campaigns:
        mean[c.operators] = c.traits.chatty
        template_share[c.operators] = c.traits.on_template
    count = np.minimum(rng.poisson(mean * rng.gamma(2.0, 0.5, people.n)), 40)
    on_template = rng.binomial(count, template_share)

    account = np.repeat(np.arange(people.n), count - on_template)
    style = rng.random(len(account))
    popular = np.flatnonzero(style < 0.07 * options.confounders)
    viral = np.flatnonzero(
        (style >= 0.07 * options.confounders) & (style < 0.09 * options.confounders)
    )
    plain = np.flatnonzero(style >= 0.09 * options.confounders)
    hour = own_hours(rng, people, account)

    frameworks = template_set(rng, max(5, min(150, people.n // 3_000)))
    popular_text = fill(rng, frameworks, zipf(rng, len(frameworks), len(popular), 0.8), 4.0)
    n_viral = 4 + min(12, people.n // 50_000)
    text = sentences(rng, n_viral)
    which = weighted(rng, rng.pareto(1.5, n_viral) + 0.2, len(viral))
    # A text goes viral on one day and is sent around for about a week.
    peak = rng.integers(5, options.days - 5, n_viral)[which]
    near = (peak + np.abs(rng.normal(0, 4, len(viral)))) * 24 + hour[viral] % 24
    hour[viral] = np.clip(
        near.astype(np.int64), people.begin[account[viral]] // 60, people.end[account[viral]] // 60
    )
    parts = [
        (account[plain], sentences(rng, len(plain)), hour[plain]),
        (account[popular], popular_text, hour[popular]),
        (account[viral], pick(text, which), hour[viral]),
    ]
    for c in campaigns:
        r = stream(options.seed, "prompts", c.name)
        rows = np.repeat(c.operators, on_template[c.operators])
        wordings = template_set(r, max(1, round(c.traits.templates)), c.traits.variants)
        texts = fill(r, wordings, zipf(r, len(wordings), len(rows), 0.5), c.traits.slots)
        synced = r.random(len(rows)) < c.traits.sync
        when = np.where(synced, scheduled_hours(r, people, c, rows), own_hours(r, people, rows))
        parts.append((rows, texts, when))
    minute = np.concatenate([when for _, _, when in parts]) * 60
    minute += rng.integers(0, 60, len(minute))
    return (
        np.concatenate([rows for rows, _, _ in parts]),
        pl.concat([texts.rename("text") for _, texts, _ in parts]),
        minute,
    )


def template_set(rng: Rng, n: int, variants: float = 1.0) -> list[tuple[str, str]]:
    """Wordings of ``n`` templates."""
    return [w for _ in range(n) for w in template(rng, max(1, round(variants)))]
