"""Prompts: a large grammar for everybody, popular templates, viral texts, campaigns' templates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from coterie.loaders.simulate.activity import own_hours, scheduled_hours
from coterie.loaders.simulate.draw import join, pick, stream, weighted, zipf
from coterie.loaders.simulate.words import (
    ADJECTIVES,
    BRANDS,
    DETERMINERS,
    ENDINGS,
    NOUNS,
    OPENERS,
    RELATIONS,
    TASKS,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coterie.loaders.simulate.campaigns import Campaign
    from coterie.loaders.simulate.draw import Bools, Ints, Rng
    from coterie.loaders.simulate.options import WorldOptions
    from coterie.loaders.simulate.population import People

# A sentence: word classes by place, and how often an ordinary prompt has the phrase. No class holds
# phrases of more than two words: longer ones would make templates of what people happen to say alike.
_PHRASES: tuple[tuple[tuple[Sequence[str], ...], float], ...] = (
    ((OPENERS,), 0.7),
    ((TASKS, DETERMINERS), 1.0),
    ((ADJECTIVES,), 0.8),
    ((NOUNS,), 1.0),
    ((RELATIONS, DETERMINERS, ADJECTIVES, NOUNS), 0.9),
    ((RELATIONS, DETERMINERS, NOUNS), 0.7),
    ((ENDINGS,), 0.7),
    ((RELATIONS, DETERMINERS, ADJECTIVES, NOUNS), 0.5),
    ((ENDINGS,), 0.3),
    ((RELATIONS, ADJECTIVES, NOUNS), 0.25),
)


def sentences(rng: Rng, n: int) -> pl.Series:
    """Ordinary prompts of mostly 10 to 30 words; hardly any two are alike."""
    columns = []
    for phrase, chance in _PHRASES:
        words = [pick(choices, rng.integers(0, len(choices), n)) for choices in phrase]
        text = join(["", *words], " ")
        columns.append(text if chance == 1 else optional(text, rng.random(n) < chance))
    return join(columns).str.strip_chars_start()


def optional(text: pl.Series, present: Bools) -> pl.Series:
    """The text where it is present, nothing elsewhere."""
    nothing = pl.Series("none", [""], dtype=pl.String).new_from_index(0, len(text))
    return text.zip_with(pl.Series(present), nothing)


def template(rng: Rng, n_variants: int) -> list[tuple[str, str]]:
    """One template as (before the slot, after the slot), in several wordings.

    It has the form of an ordinary prompt on the long side. The slot stands in place of a noun. A
    paraphrase changes a third of the words.
    """
    kept = rng.random(len(_PHRASES)) < [max(chance, 0.65) for _, chance in _PHRASES]
    shape = [
        words for (phrase, _), keep in zip(_PHRASES, kept, strict=True) if keep for words in phrase
    ]
    nouns = [i for i, words in enumerate(shape) if words is NOUNS]
    slot = nouns[int(rng.integers(0, len(nouns)))]
    base = [_word(rng, words) for words in shape]
    wordings = []
    for variant in range(n_variants):
        parts = list(base)
        for i in rng.choice(len(parts), len(parts) // 3, replace=False) if variant else ():
            parts[i] = _word(rng, shape[i])
        wordings.append((" ".join(parts[:slot]), " ".join(parts[slot + 1 :])))
    return wordings


def _word(rng: Rng, words: Sequence[str]) -> str:
    return words[int(rng.integers(0, len(words)))]


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
        columns.append(optional(join([" ", word]), words > place))
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
    most = max(1, round(slots))
    words = 1 + rng.binomial(most, max(0.0, slots - 1) / most, len(which))
    before = pick([head for head, _ in wordings], which)
    after = pick([tail for _, tail in wordings], which)
    return join([before, slot_text(rng, len(which), words), " ", after])


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
        n_templates = max(1, round(c.traits.templates), round(len(c.operators) / c.traits.crew))
        wordings = template_set(r, n_templates, c.traits.variants)
        # A crew works through the same three templates, one time in three another; crews cut
        # across the order of sign-up.
        place = np.repeat(r.permutation(len(c.operators)), on_template[c.operators])
        near = place * n_templates // len(c.operators) + r.integers(0, 3, len(rows))
        other = r.random(len(rows)) < 1 / 3
        chosen = np.where(other, r.integers(0, n_templates, len(rows)), near) % n_templates
        per = len(wordings) // n_templates
        which = chosen * per + zipf(r, per, len(rows), 0.5)
        texts = fill(r, wordings, which, c.traits.slots)
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
