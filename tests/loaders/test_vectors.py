"""Links from embeddings against brute force, in any order, within bounds, and what is refused."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from tests.support.loading import Desk

from coterie.config import PromptOptions
from coterie.errors import UsageError
from coterie.loaders import vectors as v

if TYPE_CHECKING:
    from pathlib import Path


def world(seed: int, n: int = 300, d: int = 16, noise: float = 0.25) -> np.ndarray:
    """Vectors around thirty directions, some more alike than others."""
    rng = np.random.default_rng(seed)
    centre = rng.normal(size=(30, d))
    picked = centre[rng.integers(0, 30, n)]
    return (picked + noise * rng.normal(size=(n, d))).astype(np.float32)


def lists(matrix: np.ndarray) -> pa.Array:
    return pa.array(matrix.tolist(), pa.list_(pa.float32()))


def brute(matrix: np.ndarray, least: float, k: int) -> dict[tuple[int, int], float]:
    """Pairs of which one is among the k nearest of the other, cosine at least ``least``."""
    wide = matrix.astype(float)
    found = {}
    for i, row in enumerate(wide):
        cosine = wide @ row / np.linalg.norm(wide, axis=1) / np.linalg.norm(row)
        cosine[i] = -2
        for j in np.argsort(-cosine)[:k]:
            if cosine[j] >= least:
                found[min(i, int(j)), max(i, int(j))] = float(cosine[j])
    return found


@pytest.mark.parametrize("k", [1, 3, 10])
@pytest.mark.parametrize("least", [0.8, 0.92])
def test_near_vectors_are_those_of_brute_force(k: int, least: float) -> None:
    matrix = world(1)
    a, b, cosine = v.near_vectors(matrix, PromptOptions(similarity=least, neighbours=k))
    expected = brute(matrix, least, k)
    found = dict(zip(zip(a.tolist(), b.tolist(), strict=True), cosine.tolist(), strict=True))
    assert found == pytest.approx(expected, abs=1e-5)
    assert len(found) > 20


def test_links_join_accounts_of_similar_vectors_in_any_order() -> None:
    matrix = world(2, 200)
    accounts = [f"a{i % 90}" for i in range(200)]
    sent = np.datetime64("2026-03-01", "us") + np.arange(200).astype("timedelta64[h]")
    done = v.vector_links(accounts, lists(matrix), sent)
    order = np.random.default_rng(3).permutation(200)
    again = v.vector_links([accounts[i] for i in order], lists(matrix[order]), sent[order])
    assert again.table.equals(done.table)
    strongest: dict[tuple[str, str], float] = {}
    for (i, j), cosine in brute(matrix, 0.92, 10).items():
        pair = (min(accounts[i], accounts[j]), max(accounts[i], accounts[j]))
        if pair[0] != pair[1]:
            strongest[pair] = max(strongest.get(pair, 0.0), cosine)
    rows = done.table.to_pylist()
    assert {(r["src"], r["dst"]): r["similarity"] for r in rows} == pytest.approx(
        strongest, abs=1e-5
    )
    assert {r["kind"] for r in rows} == {"prompt"}
    assert all(r["seen_at"] is not None for r in rows)
    assert (done.vectors, done.unusable, done.popular) == (200, 0, 0)


@pytest.mark.parametrize("form", ["parquet", "jsonl", "csv"])
def test_a_vector_column_of_prompts_becomes_links(tmp_path: Path, form: str) -> None:
    texts = ["how do I fix a bicycle", "repairing my bike, but how", "the sea at night", "x y z"]
    vectors = [[1.0, 0.1], [1.0, 0.12], [0.0, 1.0], [-1.0, 0.2]]
    frame = pl.DataFrame({"account_id": list("abcd"), "text": texts, "vector": vectors})
    file = tmp_path / f"prompts.{form}"
    if form == "csv":
        shown = [str(row) for row in vectors]
        frame.with_columns(vector=pl.Series(shown)).write_csv(file)
    elif form == "jsonl":
        frame.write_ndjson(file)
    else:
        frame.write_parquet(file)
    desk = Desk(tmp_path, {"prompts": PromptOptions(similarity=0.99)})
    summary = desk.load(file)
    assert [row[:3] for row in desk.facts("link")] == [("a", "b", "prompt")]
    assert "1 links from 4 prompt vectors" in str(summary.sources[0].notes)
    assert len(desk.facts("prompt")) == 4


def test_a_popular_vector_links_nobody_and_a_shared_one_links_linearly() -> None:
    matrix = world(4, 3, noise=0.0)
    near = matrix[:1] + np.float32(1e-3)
    rows = np.concatenate([np.repeat(matrix[:1], 50, axis=0), np.repeat(near, 40, axis=0)])
    accounts = [f"a{i}" for i in range(90)]
    done = v.vector_links(accounts, lists(rows))
    assert done.table.num_rows == 50  # not 50 x 40, and none among those of one vector
    assert done.table["seen_at"].null_count == 50
    done = v.vector_links(accounts, lists(rows), options=PromptOptions(most_accounts=45))
    assert (done.table.num_rows, done.popular, done.vectors) == (0, 1, 1)


def test_what_has_no_direction_is_left_out() -> None:
    column = pa.array(
        [[1, 0], [1, 0.01], None, [0, 0], [float("nan"), 1], [], [None, 1]], pa.list_(pa.float64())
    )
    done = v.vector_links(list("abcdefg"), column)
    assert [(r["src"], r["dst"]) for r in done.table.to_pylist()] == [("a", "b")]
    assert done.unusable == 5
    nothing = v.vector_links(["a"], pa.array([None], pa.list_(pa.float32())))
    assert nothing.table.num_rows == 0


def test_a_vector_of_another_length_or_without_an_account_is_left_out_and_counted() -> None:
    found = v.vector_links(
        ["a", "b", "c", None], pa.array([[1.0, 0.1], [1.0, 0.0], [1.0, 2.0, 3.0], [1.0, 0.0]])
    )
    assert (found.table.num_rows, found.vectors, found.unusable) == (1, 2, 2)
    none = v.vector_links([None], pa.array([[1.0, 2.0]]))
    assert (none.table.num_rows, none.unusable) == (0, 1)


def test_accounts_that_do_not_fit_the_vectors_are_refused() -> None:
    with pytest.raises(UsageError, match="found 1 accounts for 2 vectors"):
        v.vector_links(["a"], pa.array([[1.0, 2.0], [1.0, 2.0]]))


def test_a_vector_that_cannot_be_read_costs_only_itself(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    rows = [("a", "[1.0, 0.1]"), ("b", "[1.0, 0.0]"), ("c", "boo"), ("d", "[1,2")]
    (tmp_path / "prompts.jsonl").write_text(
        "".join(
            f'{{"account_id": "{who}", "text": "say {who}", "vector": "{vector}"}}\n'
            for who, vector in rows
        )
    )
    summary = desk.load("prompts.jsonl")
    assert summary.loaded == 4
    assert "1 links from 2 prompt vectors; 0 popular and 2 unusable ones left out" in str(summary)


def test_too_many_vectors_name_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(v, "EXACT", 50)
    monkeypatch.setitem(sys.modules, "usearch.index", None)
    with pytest.raises(UsageError, match=r"300 different .*'coterie\[vectors\]'"):
        v.near_vectors(world(5), PromptOptions())


def test_an_index_only_proposes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The index of usearch, here a stand-in with its calls: what it gives is checked again."""

    class Index:
        def __init__(self, *, ndim: int, metric: str, dtype: str) -> None:
            assert (ndim, metric, dtype) == (16, "cos", "f32")

        def add(self, keys: np.ndarray, vectors: np.ndarray, *, threads: int) -> None:
            assert threads == 1
            assert keys.tolist() == list(range(300))
            self.vectors = vectors

        def search(self, vectors: np.ndarray, count: int, *, threads: int) -> Any:
            assert threads == 1
            order = np.argsort(-(vectors @ self.vectors.T), axis=1, kind="stable")[:, :count]
            counts = np.full(len(vectors), count)
            counts[0] = 1  # an index may find fewer than asked
            return SimpleNamespace(keys=order.astype(np.uint64), counts=counts)

    module = ModuleType("usearch.index")
    module.__dict__["Index"] = Index
    matrix, options = world(6), PromptOptions(similarity=0.9, neighbours=5)
    exact = set(zip(*(x.tolist() for x in v.near_vectors(matrix, options)[:2]), strict=True))
    monkeypatch.setattr(v, "EXACT", 50)
    monkeypatch.setitem(sys.modules, "usearch.index", module)
    a, b, cosine = v.near_vectors(matrix, options)
    found = set(zip(a.tolist(), b.tolist(), strict=True))
    assert found <= exact
    assert {pair for pair in exact if 0 not in pair} <= found
    assert cosine.min() >= 0.9
