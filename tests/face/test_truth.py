"""Known clusters as people have them: names, flags, gaps."""

from __future__ import annotations

import polars as pl
import pytest

from coterie.errors import InputError
from coterie.workspace.files import with_truth_columns


@pytest.mark.parametrize(
    "flags",
    [[0, 1, None], [False, True, None], ["good", "bad", ""], ["0", "1", ""], [0.0, 1.0, None]],
)
def test_a_flag_makes_one_group_of_the_flagged(flags: list[object]) -> None:
    frame = pl.DataFrame({"account_id": ["a", "b", "c"], "fraud": flags}, strict=False)
    assert with_truth_columns(frame, "fraud", "x")["cluster"].to_list() == [None, "flagged", None]


def test_names_stay_names_even_when_they_are_numbers() -> None:
    frame = pl.DataFrame({"account_id": ["a", "b", "c"], "ring": [1, 2, 0]})
    assert with_truth_columns(frame, "ring", "x")["cluster"].to_list() == ["1", "2", "0"]


@pytest.mark.parametrize(
    ("frame", "column"),
    [
        ({"account_id": ["a"], "cluster": [["x"]]}, "cluster"),
        ({"account_id": [{"a": 1}], "cluster": ["x"]}, "cluster"),
        ({"account_id": ["a"], "cluster": ["x"]}, "account_id"),
    ],
)
def test_what_names_no_cluster_is_refused(frame: dict[str, list[object]], column: str) -> None:
    with pytest.raises(InputError):
        with_truth_columns(pl.DataFrame(frame), column, "x")
