"""Prompts as values: normalised texts become documents, documents become families.

A family is a set of prompts that look like copies of one text or fills of one template
(``prompts_find``). Its name lasts (``prompts_id``), its template can be read (``prompts_template``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from coterie.queries.run import run

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from coterie.loaders.prompts_find import FamilyOptions
    from coterie.loaders.prompts_near import Links
    from coterie.loaders.prompts_template import Families
    from coterie.loaders.prompts_text import Ragged, Texts
    from coterie.queries.run import HasConnection

    Before = tuple[NDArray[np.uint64], NDArray[np.uint64]]

_LONGEST = 400  # characters of a template


@dataclass(frozen=True, slots=True)
class FamilySummary:
    """What ``build_families`` did: counts for logs and load summaries.

    Attributes:
        documents: texts of prompts, each once.
        families: families of them, those of one text included.
        near_copies: documents that are a near copy of another.
        near_candidates: pairs that were compared for that.
        masked: families that were joined by their masked texts.
        masked_candidates: pairs that were compared for that.
        listed: listed texts of prompts, each once.
        unmet: of these, those that stand for no family.
    """

    documents: int
    families: int
    near_copies: int
    near_candidates: int
    masked: int
    masked_candidates: int
    listed: int = 0
    unmet: int = 0

    @property
    def notes(self) -> tuple[str, ...]:
        """What a load says of them."""
        found = f"{self.documents:,} prompt texts in {self.families:,} families"
        if not self.unmet:
            return (found,)
        return (
            found,
            f"{self.unmet:,} of {self.listed:,} listed prompt texts met no family and list nothing",
        )


@dataclass(frozen=True, slots=True)
class Known:
    """What the store knows of documents besides their texts.

    Attributes:
        before: documents (the number that the name spells) and names of their families so far.
        repeated: documents that more than one prompt has. Of a text that only one has, no
            template is kept: it would be the whole text.
        listed: normalised texts that people listed as templates.
    """

    before: Before
    repeated: NDArray[np.uint64]
    listed: pa.Array | pa.ChunkedArray


def define_macros(store: HasConnection) -> None:
    """Make ``prompt_norm(text)`` and ``prompt_doc_id(norm)`` known to the connection."""
    for name in ("plain", "links", "spaces", "norm", "doc"):
        run(store, f"prompt/macro_{name}")


def build_families(
    store: HasConnection,
    *,
    known: Known | None = None,
    options: FamilyOptions | None = None,
    keep_pairs: bool = False,
) -> FamilySummary:
    """Find the families of the documents in ``prompt_doc (doc, norm)``.

    Creates the view ``prompt_family (doc, family, template)``, one row per document with a text
    that is not empty, and, when texts are listed, ``prompt_fitted (listed, family)``: the row of
    the text and the family that it stands for. The result is the same in any row order.

    Args:
        store: where ``prompt_doc`` is a table or view.
        known: what the store knows of the documents; None: nothing, and every text is shown.
        options: what makes two texts one family.
        keep_pairs: also leave the verified pairs in the view ``prompt_pair``, to look at.
    """
    import pyarrow as pa

    from coterie.loaders import prompts_find, prompts_id, prompts_template

    documents, texts = _documents(store)
    found = prompts_find.group_texts(texts, options or prompts_find.FamilyOptions())
    families = prompts_template.group_families(found.representative)
    kept = prompts_template.kept_words(found.words, families)
    template = prompts_template.masked_texts(texts, families.representative, kept)
    name = prompts_id.name_families(
        documents, found.representative, known.before if known else None
    )
    shown = _templates(texts, families, template, _shown(documents, known))
    frame = pa.table({"key": documents, "name": name, "template": shown})
    _create(store, "prompt/family", "prompt_found", frame)
    if known is not None and len(known.listed):
        fitted = _fitted(name, found.words, families, kept, known.listed)
        _create(store, "prompt/fitted", "prompt_fit", fitted)
    if keep_pairs:
        pairs = {"text": found.near, "mask": found.masked}
        _create(store, "prompt/pair", "prompt_pair_found", _pair_table(documents, pairs))
    n_families = len(documents) - int(families.members.sizes.sum()) + len(families.representative)
    return FamilySummary(
        documents=len(documents),
        families=n_families,
        near_copies=len(documents) - found.n_heads,
        near_candidates=found.near.n_candidates,
        masked=found.n_heads - n_families,
        masked_candidates=found.masked.n_candidates,
    )


def _create(store: HasConnection, statement: str, name: str, frame: pa.Table) -> None:
    """Make a view over a frame, which the connection keeps from here."""
    store.con.register(name, frame)
    run(store, statement)


def _documents(store: HasConnection) -> tuple[NDArray[np.uint64], Texts]:
    """Keys of the documents in ascending order, each once, and their texts."""
    import numpy as np
    import pyarrow as pa

    from coterie.loaders.prompts_text import texts_of

    relation = run(store, "prompt/documents")
    if relation is None:
        return np.zeros(0, np.uint64), texts_of(pa.array([], pa.string()))
    table = relation.to_arrow_table()
    key = table["key"].to_numpy()
    order = np.argsort(key, kind="stable")
    key = key[order]
    once = np.append(True, key[1:] != key[:-1])[: len(key)]
    norm = table["norm"].cast(pa.large_string())
    return key[once], texts_of(norm.take(pa.array(order[once])))


def _shown(documents: NDArray[np.uint64], known: Known | None) -> NDArray[np.bool_]:
    """Documents of which the text itself is shown, should they have no copies."""
    import numpy as np

    if known is None:
        return np.ones(len(documents), np.bool_)
    return np.isin(documents, known.repeated)


def _fitted(
    name: NDArray[np.uint64],
    words: Ragged,
    families: Families,
    kept: NDArray[np.bool_],
    listed: pa.Array | pa.ChunkedArray,
) -> pa.Table:
    """Rows of listed texts and the names of the families that they stand for."""
    import pyarrow as pa

    from coterie.loaders.prompts_listed import fit_listed
    from coterie.loaders.prompts_text import find_words, texts_of

    text, family = fit_listed(words, families, kept, find_words(texts_of(listed)))
    return pa.table({"listed": text, "name": name[families.representative[family]]})


def _templates(
    texts: Texts, families: Families, template: pa.Array, shown: NDArray[np.bool_]
) -> pa.Array:
    """Template of each document, NULL when its text is the only one and not shown."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    from coterie.loaders.prompts_text import column_of

    place = np.full(len(texts), -1)
    single = shown.copy()
    single[families.members.flat] = False
    alone = np.flatnonzero(single)
    n = len(families.representative)
    place[families.members.flat] = np.repeat(np.arange(n), families.members.sizes)
    place[alone] = n + np.arange(len(alone))
    pool = pa.concat_arrays([template, column_of(texts.take(alone))])
    longer = pc.greater(pc.utf8_length(pool), _LONGEST)
    if pc.any(longer).as_py():
        cut = pc.utf8_replace_slice(pool, _LONGEST - 1, 2**62, "…")
        pool = pc.if_else(longer, cut, pool)
    return pool.take(pa.array(place, mask=place < 0))


def _pair_table(documents: NDArray[np.uint64], pairs: Mapping[str, Links]) -> pa.Table:
    """The verified pairs of all searches as one table."""
    import pyarrow as pa

    return pa.concat_tables(
        pa.table(
            {
                "key_a": documents[links.a],
                "key_b": documents[links.b],
                "how": pa.array([how]).take(pa.array(links.a * 0)),
                "similarity": links.similarity,
            }
        )
        for how, links in pairs.items()
    )
