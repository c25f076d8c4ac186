"""Learning from reviews: which clusters count, what is fitted, when it is refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.deciding import fill, memory

from coterie.errors import InputError
from coterie.graphs.judge import FEATURES, weights
from coterie.graphs.learn import FOLDS, cases_of, folds, learn
from coterie.graphs.weights import checked, predict, vector
from coterie.queries.run import run

if TYPE_CHECKING:
    from coterie.queries.store import Store

LOW = np.array([low for low, _ in FEATURES.values()], dtype=np.float64)
HIGH = np.array([high for _, high in FEATURES.values()], dtype=np.float64)


def cases(n: int, w: np.ndarray[Any, Any], seed: int = 1) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    x = LOW + rng.random((n, len(FEATURES))) ** 2 * (HIGH - LOW)
    return pl.DataFrame(x, schema=list(FEATURES)).with_columns(
        cluster_id=pl.Series([f"c{i:04d}" for i in range(n)]),
        source=pl.lit("review"),
        right=pl.Series(rng.random(n) < predict(w, x)),
        whole=pl.lit(value=True),
    )


def other_weights() -> np.ndarray[Any, Any]:
    """A platform where cards say much and bursts nothing."""
    w = vector(weights())
    w[1], w[8] = 0.7, 0.0
    w[0] = -6.0
    return w


def test_it_learns_what_is_different_here() -> None:
    found = learn(cases(400, other_weights()), weights(), weights())
    assert found.better
    assert found.gain[0] > 0
    assert found.after.brier < found.before.brier
    assert found.after.average_precision > found.before.average_precision
    after = {w.name: w.after for w in found.weights}
    before = {w.name: w.before for w in found.weights}
    assert after["payment"] > 1.5 * before["payment"]
    assert after["burst"] < 0.5 * before["burst"]
    assert checked(found.spec, "learned")["coordinated"] == weights()["coordinated"]
    assert "better" in found.to_text()
    json.dumps(found.to_dict(), allow_nan=False)


def test_chance_is_not_taken_for_knowledge() -> None:
    rng = np.random.default_rng(7)
    chance = cases(120, vector(weights())).with_columns(right=pl.Series(rng.random(120) < 0.5))
    found = learn(chance, weights(), weights())
    # Where nothing can be learned, the fair score is a coin, not the fit's own opinion of itself.
    assert found.after.log_loss > 0.66
    assert found.after.brier > 0.23


def test_few_reviews_change_little() -> None:
    few, many = (learn(cases(n, other_weights()), weights(), weights()) for n in (60, 600))
    moved = [
        abs(next(w for w in found.weights if w.name == "payment").after - 0.7)
        for found in (few, many)
    ]
    assert moved[1] < moved[0]


def test_row_order_changes_nothing() -> None:
    whole = cases(90, other_weights())
    json_of = whole.select(
        "cluster_id",
        features=pl.Series([json.dumps(r) for r in whole.select(list(FEATURES)).to_dicts()]),
        size=pl.lit(5),
        n_bad=pl.lit(0),
        n_good=pl.lit(0),
        said=pl.when("right").then(pl.lit("confirm")).otherwise(pl.lit("benign")),
    )
    none = json_of.head(0).drop("said")
    one = learn(cases_of(json_of, none), weights(), weights())
    two = learn(
        cases_of(json_of.sample(fraction=1, shuffle=True, seed=3), none), weights(), weights()
    )
    assert one == two


def test_too_few_are_refused_with_counts() -> None:
    some = cases(60, vector(weights()))
    right = some.filter("right").head(12)
    wrong = some.filter(~pl.col("right")).head(25).with_columns(source=pl.lit("label"))
    with pytest.raises(InputError) as error:
        learn(pl.concat([right, wrong]), weights(), weights())
    message = str(error.value)
    assert "12 confirmed (12 by review, 0 by labels)" in message
    assert "25 benign (0 by review, 25 by labels)" in message
    assert "Review 8 more confirmed;" in message


def test_clusters_of_other_features_are_left_out_and_counted() -> None:
    some = cases(200, vector(weights()))
    old = some.head(30).with_columns(whole=pl.lit(value=False), right=~pl.col("right"))
    found = learn(pl.concat([some, old]), weights(), weights())
    assert found.n_left_out == 30
    assert "30 more left out" in found.to_text()
    without = learn(some, weights(), weights())
    assert without.weights == found.weights
    assert without.spec == found.spec
    with pytest.raises(InputError, match=r"7 decisions wait .*30 known clusters are of sweeps"):
        learn(old, weights(), weights(), waiting=7)


@given(st.lists(st.booleans(), min_size=10, max_size=60), st.integers(0, 99))
def test_folds_spread_both_outcomes(right: list[bool], seed: int) -> None:
    y = np.array(right)
    fold = folds(y, seed)
    for outcome in (True, False):
        count = np.bincount(fold[y == outcome], minlength=FOLDS)
        assert count.max() - count.min() <= 1


def frame(rows: list[tuple[str, int, int, int, str]]) -> pl.DataFrame:
    names = ["cluster_id", "size", "n_bad", "n_good", "said"]
    schema = pl.Schema(zip(names, [pl.String, *[pl.Int64] * 3, pl.String], strict=True))
    return pl.DataFrame(rows, schema=schema, orient="row").with_columns(
        features=pl.lit(json.dumps({**dict.fromkeys(FEATURES), "burst": 2.5, "size": 9}))
    )


def test_which_clusters_count() -> None:
    reviewed = frame(
        [("a", 9, 5, 1, "confirm"), ("b", 9, 0, 0, "benign"), ("c", 9, 1, 4, "confirm")]
    )
    labelled = frame(
        [
            ("a", 9, 0, 9, ""),  # reviewed: the label has no say
            ("d", 10, 2, 1, ""),
            ("e", 10, 1, 2, ""),
            ("f", 10, 2, 0, ""),  # two are too few
            ("g", 100, 9, 0, ""),  # less than a fifth
        ]
    ).drop("said")
    found = cases_of(reviewed, labelled)
    assert found.select("cluster_id", "source", "right").rows() == [
        ("a", "review", True),
        ("b", "review", False),
        ("c", "review", False),
        ("d", "label", True),
        ("e", "label", False),
    ]
    assert found["burst"].to_list() == [2.5] * 5
    assert found["rhythm"].to_list() == [0.0] * 5
    assert found["whole"].all()
    assert found.columns[-len(FEATURES) :] == list(FEATURES)


@pytest.fixture(scope="module")
def store() -> Store:
    return memory()


LOG = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "c"]),
        st.sampled_from(["confirm", "benign", "watch"]),
        st.sampled_from([None, None, None, "withdraw"]),
    ),
    max_size=6,
)
PEOPLE = st.lists(
    st.tuples(st.sampled_from(["a0", "a1", "b0", "b1", "c0"]), st.sampled_from(["confirm", "benign", "overturn"])),
    max_size=4,
)  # fmt: skip
LABELS = st.lists(
    st.tuples(st.sampled_from(["a0", "a1", "a2", "b0", "b1", "c0"]), st.sampled_from(["bad", "good", "ring-7"])),
    max_size=8,
)  # fmt: skip


@given(LOG, PEOPLE, LABELS)
@settings(max_examples=12)
def test_the_queries_read_log_and_labels_as_people_mean_them(
    store: Store, log: list[tuple[str, str, str | None]], people: list[tuple[str, str]],
    labels: list[tuple[str, str]],
) -> None:  # fmt: skip
    members = {c: {f"{c}{i}": "core" for i in range(3)} for c in "abc"}
    fill(store, [members, members], labels=labels)
    number = 0

    def say(**row: object) -> str:
        nonlocal number
        number += 1
        columns = {
            "decision_id": f"d{number}",
            "seq": number,
            "reviewer": "r",
            "sweep_id": "s-0",
            **row,
        }
        names, marks = ", ".join(columns), ", ".join(f"${name}" for name in columns)
        store.sql(f"INSERT INTO register.decision ({names}) VALUES ({marks})", **columns)
        return f"d{number}"

    newest: dict[str, str] = {}
    lists: dict[str, str] = {}
    for cluster, decision, answer in log:
        one = say(cluster_id=cluster, decision=decision)
        for account in members[cluster]:
            store.sql(
                "INSERT INTO register.decision_member (decision_id, account_id, account_hash, role) "
                "VALUES ($d, $a, 'h', 'core')", d=one, a=account,
            )  # fmt: skip
        if answer:
            say(decision=answer, ref=one)
        else:
            newest[cluster] = decision
            lists[cluster] = one
    alone: dict[str, str] = {}
    overturned: set[str] = set()
    for account, decision in people:
        say(account_id=account, decision=decision)
        if decision == "overturn":
            overturned.add(account)
        alone[account] = decision
    verdict = {a: "overturn" if a in overturned else d for a, d in alone.items()}

    say(cluster_id="a", decision="confirm", needs_second=True)  # pending: it counts for nothing yet
    relation = run(store, "learn/waiting")
    assert relation is not None
    assert relation.fetchall() == [(1,)]

    relation = run(store, "learn/reviewed")
    assert relation is not None
    found = {r["cluster_id"]: r for r in relation.pl().to_dicts()}
    assert set(found) == {c for c, d in newest.items() if d != "watch"}
    for cluster, row in found.items():
        now = [verdict.get(a, newest[cluster]) for a in members[cluster]]
        assert row["said"] == newest[cluster]
        assert row["sweep_id"] == "s-0"
        assert row["n_bad"] == now.count("confirm")
        assert row["n_good"] == now.count("benign") + now.count("overturn")

    relation = run(store, "learn/labelled", sweep_id="s-1")
    assert relation is not None
    got = {r["cluster_id"]: (r["n_bad"], r["n_good"]) for r in relation.pl().to_dicts()}
    expected: dict[str, tuple[int, int]] = {}
    for cluster, accounts in members.items():
        bad = good = 0
        for account in accounts:
            says = {label != "good" for a, label in labels if a == account}
            if account in verdict:
                says = {verdict[account] == "confirm"}
            bad += says == {True}
            good += says == {False}
        if bad or good:
            expected[cluster] = (bad, good)
    assert got == expected
