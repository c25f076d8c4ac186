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


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (
            {"ring": ["x", "y", "z", "y"]},
            'truth: account "a" has two values of "ring": row 1 says "x", row 3 "z"; expected one',
        ),
        ({"ring": ["x", "y", "x", "z"]}, 'account "b" has two values of "ring": row 2 says "y"'),
        ({"ring": ["x", "y", "z", "z"]}, "expected one each; 1 more account too"),
        ({"ring": [1, 0, 0, 0]}, 'row 1 says "flagged", row 3 nothing'),
        ({"ring": ["x", "y", "x", "y"], "role": ["operator", None, "customer", None]}, '"role"'),
    ],
)
def test_an_account_with_two_clusters_is_told_with_its_rows(
    columns: dict[str, list[object]], message: str
) -> None:
    frame = pl.DataFrame({"account_id": ["a", "b", "a", "b"], **columns})
    with pytest.raises(InputError) as error:
        with_truth_columns(frame, "ring", "truth")
    assert message in str(error.value)


def test_a_row_that_is_there_twice_is_no_contradiction() -> None:
    frame = pl.DataFrame(
        {"account_id": ["a", "b", "a", None, None], "ring": ["x", "", "x", "y", "z"]}
    )
    assert with_truth_columns(frame, "ring", "truth").height == 5
