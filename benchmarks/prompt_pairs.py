"""Prompt families against labelled pairs: real prompts of known templates and tasks written by people.

In-sample with the defaults, held out (thresholds chosen on one half of the templates, measured on
the other half), and beside the cosine of character TF-IDF at .3, which is what one writes first.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from functools import partial
from itertools import combinations, product
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa

from coterie.loaders.prompts import build_families, define_macros
from coterie.loaders.prompts_find import FamilyOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

DATA = Path(__file__).parent.parent / "tests" / "data" / "prompt_templates"


@dataclass(frozen=True, slots=True)
class Door:
    """A connection as the loaders take it."""

    con: duckdb.DuckDBPyConnection
    tracer: Callable[[str, dict[str, Any]], None] | None = None


def labelled() -> tuple[list[str], list[str]]:
    """Texts and their templates; "" for tasks, of which no two are alike."""
    prompts = pl.read_parquet(DATA / "prompts.parquet")
    tasks = pl.read_parquet(DATA / "seed_tasks.parquet")
    texts = [*prompts["text"].to_list(), *tasks["text"].to_list()]
    return texts, [*prompts["template"].to_list(), *[""] * len(tasks)]


def families(texts: Sequence[str], options: FamilyOptions) -> list[str | None]:
    """The family of each text."""
    door = Door(duckdb.connect())
    define_macros(door)
    door.con.register("raw", pa.table({"i": range(len(texts)), "text": list(texts)}))
    door.con.sql(
        "CREATE TABLE one AS SELECT i, norm, prompt_doc_id(norm) AS doc "
        "FROM (SELECT i, prompt_norm(text) AS norm FROM raw)"
    )
    door.con.sql("CREATE VIEW prompt_doc AS SELECT doc, norm FROM one")
    build_families(door, options=options)
    rows = door.con.sql("SELECT family FROM one LEFT JOIN prompt_family USING (doc) ORDER BY i")
    return [family for (family,) in rows.fetchall()]


def pair_f1(found: Sequence[str | None], label: Sequence[str]) -> tuple[float, float, float]:
    """Precision, recall and F1 of pairs of one template."""
    hit = said = true = 0
    for i, j in combinations(range(len(label)), 2):
        same_template = label[i] == label[j] != ""
        same_family = found[i] is not None and found[i] == found[j]
        hit += same_template and same_family
        said += same_family
        true += same_template
    return hit / max(said, 1), hit / max(true, 1), 2 * hit / max(said + true, 1)


def tf_idf_f1(texts: Sequence[str], label: Sequence[str], least: float) -> float:
    """F1 of pairs with cosine of character TF-IDF (3 to 5 characters) >= ``least``."""
    counts = [
        Counter(t[i : i + n] for n in (3, 4, 5) for i in range(len(t) - n + 1))
        for t in (text.lower() for text in texts)
    ]
    seen = Counter(gram for count in counts for gram in count)
    weight = {g: math.log((1 + len(texts)) / (1 + n)) + 1 for g, n in seen.items()}
    posting: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for i, count in enumerate(counts):
        norm = math.sqrt(sum((n * weight[g]) ** 2 for g, n in count.items()))
        for g, n in count.items():
            posting[g].append((i, n * weight[g] / norm))
    cosine = np.zeros((len(texts), len(texts)))
    for entries in posting.values():
        rows, values = (np.array(x) for x in zip(*entries, strict=True))
        cosine[np.ix_(rows, rows)] += np.outer(values, values)
    upper = np.triu(np.ones_like(cosine, dtype=bool), 1)
    said = (cosine >= least) & upper
    names = np.array(label)
    true = (names[:, None] == names) & (names != "") & upper
    return 2 * int((said & true).sum()) / max(int(said.sum() + true.sum()), 1)


def choices() -> Iterator[FamilyOptions]:
    """The thresholds to choose from, the defaults among them."""
    base = FamilyOptions()
    for near, mask, words in product((0.5, 0.6, 0.7), (0.4, 0.5, 0.6), (4, 5, 6)):
        yield FamilyOptions(
            replace(base.near, threshold=near), replace(base.mask, threshold=mask), words
        )


def halves(label: Sequence[str], seed: int) -> tuple[list[int], list[int]]:
    """Rows of two halves of the templates and of the tasks."""
    rng = np.random.default_rng(seed)
    names = rng.permutation(sorted(set(label) - {""}))
    first = set(names[: len(names) // 2].tolist())
    coin = rng.random(len(label)) < 0.5
    sides = [coin[i] if name == "" else name in first for i, name in enumerate(label)]
    return (
        [i for i, side in enumerate(sides) if side],
        [i for i, side in enumerate(sides) if not side],
    )


def _score(
    texts: Sequence[str], label: Sequence[str], rows: Sequence[int], options: FamilyOptions
) -> float:
    """F1 of some of the texts by themselves."""
    return pair_f1(families([texts[i] for i in rows], options), [label[i] for i in rows])[2]


def held_out(texts: Sequence[str], label: Sequence[str], splits: int) -> tuple[list[float], ...]:
    """F1 on the half that nothing was chosen on: with the defaults, and with what was chosen."""
    fixed, chosen = [], []
    for seed in range(splits):
        one, two = halves(label, seed)
        for learn, judge in ((one, two), (two, one)):
            best = max(choices(), key=partial(_score, texts, label, learn))
            chosen.append(_score(texts, label, judge, best))
            fixed.append(_score(texts, label, judge, FamilyOptions()))
    return fixed, chosen


def report(splits: int) -> None:
    """Print the figures."""
    texts, label = labelled()
    precision, recall, f1 = pair_f1(families(texts, FamilyOptions()), label)
    print(
        f"labelled pairs ({len(texts)} texts): precision {precision:.3f}, recall {recall:.3f}, "
        f"F1 {f1:.3f}"
    )
    print(f"  character TF-IDF, cosine >= .3: F1 {tf_idf_f1(texts, label, 0.3):.3f}")
    fixed, chosen = held_out(texts, label, splits)
    for name, found in (
        ("half of the templates, default thresholds", fixed),
        ("held out: thresholds chosen on the other half", chosen),
    ):
        print(
            f"  {name}: F1 mean {np.mean(found):.3f}, lowest {min(found):.3f} ({len(found)} halves)"
        )
