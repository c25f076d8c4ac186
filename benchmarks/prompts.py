"""Prompt families: prompts per CPU-second and recall of near copies.

    python -m benchmarks.prompts [--n 1000000] [--seed 1] [--repeat 3] [--splits 5]

Builds prompts of about 30 words: templates with slots (short and long), edited copies of one text, exact copies and
texts of their own, over a vocabulary with Zipf frequencies. Time is CPU time of the whole process (all
threads, user and system) from raw text to families, the best of a few: others on the machine only
ever add to it. Recall is over pairs of distinct texts with exact Jaccard similarity
of word bigrams >= .7, found by brute force among a sample's neighbours (an exact inverted index).
Quality is measured on labelled prompts (``prompt_pairs``).
"""

from __future__ import annotations

import argparse
import resource
import time
from collections import Counter, defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING

import duckdb
import numpy as np
import pyarrow as pa
from benchmarks import prompt_pairs
from benchmarks.prompt_pairs import Door

from coterie.loaders.prompts import build_families, define_macros

if TYPE_CHECKING:
    from numpy.typing import NDArray


def vocabulary(rng: np.random.Generator, n: int) -> NDArray[np.object_]:
    """Made-up words of 2 to 11 letters."""
    letters = np.array(list("aeioutnrslcdmphgbyfvwkjxqz"))
    sizes = rng.integers(2, 12, n)
    return np.array(["".join(rng.choice(letters, k)) for k in sizes], dtype=object)


def draw(rng: np.random.Generator, words: int, shape: tuple[int, ...]) -> NDArray[np.int64]:
    """Word ids with Zipf-like frequencies."""
    return np.minimum((words ** rng.random(shape)).astype(np.int64), words - 1)


def prompts(n: int, seed: int) -> list[str]:
    """Prompts of about 30 words: half of their own, the rest templates, edits and copies."""
    rng = np.random.default_rng(seed)
    words = vocabulary(rng, 50_000)
    own = draw(rng, len(words), (n // 2, 30))
    # Templates: 18 fixed words around a slot of 12; one text in five has a short slot of 4.
    fixed = draw(rng, len(words), (max(1, n // 500), 30))
    filled = fixed[rng.integers(0, len(fixed), n // 5)]
    filled[:, 8:20] = draw(rng, len(words), (len(filled), 12))
    short = fixed[rng.integers(0, len(fixed), n // 20)]
    short[:, 10:14] = draw(rng, len(words), (len(short), 4))
    # Edited copies: one to three words of an own text replaced.
    edited = own[rng.integers(0, max(1, n // 20), n // 8)].copy()
    for column in rng.integers(0, 30, (3, len(edited))):
        swap = rng.random(len(edited)) < 0.67
        edited[np.flatnonzero(swap), column[swap]] = draw(rng, len(words), (int(swap.sum()),))
    ids = np.concatenate([own, filled, short, edited])
    copies = ids[rng.integers(0, len(ids), n - len(ids))]
    ids = rng.permutation(np.concatenate([ids, copies]))
    length = rng.integers(25, 31, len(ids))
    return [" ".join(words[row[:k]]) for row, k in zip(ids, length, strict=True)]


def near_pairs(texts: list[str], sample: list[int]) -> list[tuple[int, int]]:
    """Pairs (sampled text, any text) with exact Jaccard similarity >= .7."""
    grams = [frozenset(pairwise(t.split())) for t in texts]
    wanted = {g for i in sample for g in grams[i]}
    index: dict[tuple[str, str], list[int]] = defaultdict(list)
    for i, g in enumerate(grams):
        for gram in g & wanted:
            index[gram].append(i)
    found = []
    for i in sample:
        shared = Counter(j for gram in grams[i] for j in index[gram])
        found += [
            (i, j)
            for j, k in shared.items()
            if i != j and k >= 0.7 * (len(grams[i]) + len(grams[j]) - k)
        ]
    return found


def find(door: Door) -> tuple[float, float, str]:
    """Families of the table ``raw (text)``: CPU seconds of normalising, of finding; the counts."""
    start = time.process_time()
    door.con.sql(
        "CREATE OR REPLACE TABLE prompt_doc AS SELECT prompt_doc_id(norm) AS doc, norm "
        "FROM (SELECT prompt_norm(text) AS norm FROM raw) GROUP BY norm"
    )
    middle = time.process_time()
    summary = build_families(door)
    door.con.sql("CREATE OR REPLACE TABLE found AS FROM prompt_family")
    return middle - start, time.process_time() - middle, str(summary)


def load(texts: list[str]) -> Door:
    """A connection with the table ``raw (text)``."""
    door = Door(duckdb.connect(config={"preserve_insertion_order": "false"}))
    define_macros(door)
    door.con.register("raw_arrow", pa.table({"text": pa.array(texts)}))
    door.con.sql("CREATE TABLE raw AS SELECT text FROM raw_arrow")
    door.con.unregister("raw_arrow")
    return door


def speed(n: int, seed: int, repeat: int) -> None:
    """Print prompts per CPU second."""
    door = load(prompts(n, seed))
    wall = time.perf_counter()
    runs = [find(door) for _ in range(repeat)]
    wall = (time.perf_counter() - wall) / repeat
    norm, found, summary = min(runs, key=lambda run: run[0] + run[1])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    print(summary)
    print(
        f"{n:,} prompts: {norm + found:.2f} CPU s, best of {repeat} (wall {wall:.2f} s on "
        f"average), peak {peak:.2f} GB"
    )
    print(f"  normalise and collapse {norm:.2f}, families {found:.2f}")
    print(f"  {n / (norm + found):,.0f} prompts per CPU-second")


def recall(n: int, seed: int, sample: int) -> None:
    """Print the share of near pairs that are in one family."""
    texts = prompts(n, seed)
    door = load(texts)
    find(door)
    distinct = sorted(set(texts))
    rng = np.random.default_rng(seed)
    chosen = rng.choice(len(distinct), min(sample, len(distinct)), replace=False)
    pairs = near_pairs(distinct, chosen.tolist())
    door.con.register("one", pa.table({"text": pa.array(distinct)}))
    rows = door.con.sql(
        "SELECT text, family FROM one JOIN found ON doc = prompt_doc_id(prompt_norm(text))"
    ).fetchall()
    family = dict(rows)
    hit = sum(family[distinct[i]] == family[distinct[j]] for i, j in pairs)
    print(
        f"recall of pairs with exact Jaccard >= .7: {hit}/{len(pairs)} = "
        f"{hit / max(len(pairs), 1):.4f} (sample of {len(chosen):,} of {len(distinct):,} texts)"
    )


def main() -> None:
    """Build, measure, print."""
    parser = argparse.ArgumentParser(description="Prompt families: speed, recall, quality")
    parser.add_argument("--n", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--sample", type=int, default=2_000)
    parser.add_argument("--recall-n", type=int, default=200_000)
    parser.add_argument("--splits", type=int, default=5)
    args = parser.parse_args()
    speed(args.n, args.seed, args.repeat)
    recall(min(args.n, args.recall_n), args.seed + 1, args.sample)
    prompt_pairs.report(args.splits)


if __name__ == "__main__":
    main()
