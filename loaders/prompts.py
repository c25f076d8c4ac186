"""Prompts as values: normalised texts become documents, documents become families.

A family is a set of prompts that look like copies of one text or fills of one template. Exact copies
are collapsed by their document id; near copies are found by MinHash over word bigrams; templates with
long slots by MinHash over what a mask of rare words and rare runs leaves (``prompts_mask``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from coterie.queries.run import run

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from coterie.loaders.prompts_near import Links
    from coterie.queries.run import HasConnection


@dataclass(frozen=True, slots=True)
class FamilySummary:
    """What ``build_families`` did: counts for logs and load summaries."""

    documents: int
    families: int
    near_copies: int
    near_candidates: int
    masked: int
    masked_candidates: int


def define_macros(store: HasConnection) -> None:
    """Make ``prompt_norm(text)`` and ``prompt_doc_id(norm)`` known to the connection."""
    for name in ("plain", "links", "spaces", "norm", "doc"):
        run(store, f"prompt/macro_{name}")


def build_families(store: HasConnection, *, keep_pairs: bool = False) -> FamilySummary:
    """Find the families of the documents in ``prompt_doc (doc, norm)``.

    Creates the table ``prompt_family (doc, family, template)``, one row per document with a text
    that is not empty. The result is the same in any row order.

    Args:
        store: where ``prompt_doc`` is a table or view.
        keep_pairs: also leave the verified pairs in the temporary table ``prompt_pair``, to look at.
    """
    table = _distinct(_documents(store))
    found, templates, pairs, summary = find_families(table)
    _create(store, "prompt/template", "prompt_template_found", templates)
    _create(store, "prompt/family", "prompt_found", found)
    if keep_pairs:
        _create(store, "prompt/pair", "prompt_pair_found", _pair_table(table["doc"], pairs))
    return summary


def _create(store: HasConnection, statement: str, name: str, frame: pa.Table) -> None:
    """Run a statement that reads a frame under a name."""
    store.con.register(name, frame)
    try:
        run(store, statement)
    finally:
        store.con.unregister(name)


def _documents(store: HasConnection) -> pa.Table:
    """The documents in order."""
    import pyarrow as pa

    relation = run(store, "prompt/documents")
    if relation is None:
        return pa.table({"doc": pa.array([], pa.string()), "norm": pa.array([], pa.string())})
    return relation.to_arrow_table()


def _distinct(table: pa.Table) -> pa.Table:
    """The first row of each document of a table in order of doc."""
    import pyarrow as pa
    import pyarrow.compute as pc

    table = table.combine_chunks()
    if table.num_rows < 2:
        return table
    doc = table["doc"]
    new = pc.not_equal(doc.slice(1), doc.slice(0, len(doc) - 1))
    if pc.all(new).as_py():
        return table
    return table.filter(pa.concat_arrays([pa.array([True]), *new.chunks]))


def find_families(table: pa.Table) -> tuple[pa.Table, pa.Table, Mapping[str, Links], FamilySummary]:
    """Families of distinct documents.

    Args:
        table: columns doc and norm (not empty), in order of doc, each doc once.

    Returns:
        doc, norm, representative (a doc) and representative_row per document;
        representative_row and template per family of two or more; the verified pairs of rows by
        text and by mask; counts.
    """
    import numpy as np
    import pyarrow as pa

    from coterie.loaders import prompts_mask, prompts_near, prompts_template, prompts_text

    texts = prompts_text.texts_of(table["norm"])
    words = prompts_text.find_words(texts)
    everyone = np.arange(len(texts))
    # Of 32 hashes, a pair of Jaccard .7 shares fewer than 14 about once in 2,000 times.
    near, label = prompts_near.near_links(
        prompts_text.bigrams(words),
        prompts_near.Search(threshold=0.6, rows=3, least_agreement=14),
    )
    # Masks are counted over near-copy families, one document each.
    head = np.flatnonzero(label == everyone)
    skeleton = prompts_mask.skeletons(
        prompts_mask.join_links(texts, head, words.where(label == everyone)),
        prompts_mask.MaskOptions.for_corpus(len(head)),
    )
    sequence = prompts_mask.sequence_hash(skeleton)
    # Each skeleton once. Bands of two: pairs of Jaccard .5 are found too, for there are fewer.
    first, same = _first_of_each(sequence)
    masked, joined = prompts_near.near_links(
        prompts_text.bigrams(skeleton.take(first)),
        prompts_near.Search(threshold=0.5, rows=2, least_agreement=8),
    )
    masked = replace(masked, a=head[first[masked.a]], b=head[first[masked.b]])
    joined = np.where(same < 0, np.arange(len(head)), first[joined[same]] if len(first) else 0)
    head_of = np.searchsorted(head, label)
    representative = _representatives(
        joined, sequence, head, np.bincount(head_of, minlength=len(head))
    )[head_of]

    families = prompts_template.group_families(representative)
    kept = prompts_template.kept_words(words, families)
    template = prompts_template.masked_texts(texts, families.representative, kept)
    doc = table["doc"].combine_chunks()
    found = pa.table(
        {
            "doc": doc,
            "norm": table["norm"],
            "representative": doc.take(pa.array(representative)),
            "representative_row": representative,
        }
    )
    templates = pa.table(
        {
            "representative_row": families.representative,
            "template": prompts_text.column_of(template),
        }
    )
    n_families = int(np.count_nonzero(representative == everyone))
    summary = FamilySummary(
        documents=len(texts),
        families=n_families,
        near_copies=len(texts) - len(head),
        near_candidates=near.n_candidates,
        masked=len(head) - n_families,
        masked_candidates=masked.n_candidates,
    )
    return found, templates, {"text": near, "mask": masked}, summary


def _first_of_each(
    sequence: NDArray[np.uint64],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First row of each skeleton, and each row's place in that list; -1 without a skeleton."""
    import numpy as np

    place = np.full(len(sequence), -1, np.int64)
    rows = np.flatnonzero(sequence)
    _, first, inverse = np.unique(sequence[rows], return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    place[rows] = rank[inverse]
    return rows[first[order]], place


def _representatives(
    label: NDArray[np.int64],
    sequence: NDArray[np.uint64],
    head: NDArray[np.int64],
    weight: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Row of the document that stands for each head's family.

    The skeleton that most documents of the family have; of its heads the first.
    """
    import numpy as np

    order = np.lexsort((head, sequence, label))
    new = np.ones(len(order), np.bool_)
    new[1:] = (label[order][1:] != label[order][:-1]) | (
        sequence[order][1:] != sequence[order][:-1]
    )
    cuts = np.flatnonzero(new)
    if not len(cuts):
        return head
    size = np.add.reduceat(weight[order], cuts)
    group_label, group_head = label[order][cuts], head[order][cuts]
    best = np.lexsort((group_head, -size, group_label))
    first = np.ones(len(best), np.bool_)
    first[1:] = group_label[best][1:] != group_label[best][:-1]
    out = np.zeros(len(label), np.int64)
    out[group_label[best][first]] = group_head[best][first]
    return out[label]


def _pair_table(doc: pa.ChunkedArray, pairs: Mapping[str, Links]) -> pa.Table:
    """The verified pairs of all searches as one table."""
    import pyarrow as pa

    return pa.concat_tables(
        pa.table(
            {
                "doc_a": doc.take(pa.array(links.a)),
                "doc_b": doc.take(pa.array(links.b)),
                "how": pa.array([how]).take(pa.array(links.a * 0)),
                "similarity": links.similarity,
            }
        )
        for how, links in pairs.items()
    )
