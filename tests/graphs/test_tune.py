"""Tuning: halves that share nothing, intervals that mean something, settings that are better."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.facts import END, START, signals, work_over

from coterie.config import Config
from coterie.errors import InputError
from coterie.graphs.evaluate import evaluate
from coterie.graphs.evaluate_rows import known_truth
from coterie.graphs.tune import GOAL, measures, tune
from coterie.graphs.tune_halves import CHOOSE, HELD, Found, Half, half_of, halves, linked_parts
from coterie.graphs.tuning import Measure, Tuning

if TYPE_CHECKING:
    from pathlib import Path

RING, RINGS = 9, 8


def platform() -> tuple[pl.DataFrame, pl.DataFrame]:
    """Signals of eight rings on two cards and two devices each, and of strangers; and the truth."""
    rows = []
    for ring in range(RINGS):
        for i in range(RING):
            name = f"r{ring}-{i}"
            rows += [
                (name, "payment", f"card-{ring}-{i % 2}"),
                (name, "device", f"dev-{ring}-{i % 3 % 2}"),
            ]
            rows += [(name, "payment", f"card-{ring}-chain"), (name, "device", f"dev-{ring}-chain")]
    rows += [(f"u{i}", kind, f"{kind}-{i // 2}") for i in range(300) for kind in ("payment", "ip")]
    truth = pl.DataFrame(
        [(f"r{ring}-{i}", f"ring-{ring}") for ring in range(RINGS) for i in range(RING)],
        schema=["account_id", "cluster"], orient="row",
    )  # fmt: skip
    return signals(rows), truth


@pytest.fixture(scope="module")
def tuned(tmp_path_factory: pytest.TempPathFactory) -> Tuning:
    """From settings under which no ring is large enough to be a cluster."""
    tmp = tmp_path_factory.mktemp("tune")
    facts, truth = platform()
    config = Config(tmp).with_sweep(min_size=RING + 1, permutations=2, consensus=2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("coterie.graphs.tune._FACTORS", (0.5,))
        patch.setattr("coterie.graphs.tune._SIZES", (5, 12))
        return tune(lambda: work_over({"signal": facts}, tmp), config, (START, END), truth)


def test_it_finds_the_size_that_was_set_wrong(tuned: Tuning) -> None:
    assert tuned.settings["min_size"] <= RING
    assert (tuned.n_choose, tuned.n_held) == (RINGS // 2, RINGS // 2)
    goal = tuned.measures[0]
    assert goal.name == GOAL
    assert tuned.outcome == "gain"
    assert (goal.gain or 0) > 0.2
    assert "gain beyond noise" in tuned.verdict
    assert tuned.lines.startswith("[sweep]\n")
    assert f"min_size = {tuned.settings['min_size']}" in tuned.lines.splitlines()
    chosen = {t.name for t in tuned.tried if t.chosen}
    assert chosen == set(tuned.settings)
    # One run a value of resolution, threshold and least size that was tried, and one for now.
    run = [t for t in tuned.tried if t.name not in {"linked", "coordinated"}]
    assert tuned.n_runs == len(run)


def test_it_prints_and_serialises(tuned: Tuning) -> None:
    again = json.loads(json.dumps(tuned.to_dict(), allow_nan=False))
    assert again["settings"] == dict(tuned.settings)
    for text in (tuned.to_text(), tuned.to_markdown()):
        assert "min_size" in text
        assert "held-back half" in text


def test_too_few_truth_clusters_are_refused(tmp_path: Path) -> None:
    facts, truth = platform()
    few = truth.filter(pl.col("cluster").is_in(["ring-0", "ring-1", "ring-2"]))
    config = Config(tmp_path).with_sweep(permutations=2, consensus=2)
    with pytest.raises(InputError, match="found 3 truth clusters, expected at least 6"):
        tune(lambda: work_over({"signal": facts}, tmp_path), config, (START, END), few)


TRUTHS = st.dictionaries(
    st.sampled_from([f"a{i}" for i in range(20)]),
    st.tuples(st.sampled_from("pqrstuvw"), st.sampled_from(["k", "l", None])),
    min_size=1,
)


@given(TRUTHS, st.integers(0, 9))
def test_halves_are_even_and_whole(truth: dict[str, tuple[str, str | None]], seed: int) -> None:
    frame = as_truth(truth)
    dealt = halves(frame, seed)
    assert dealt["cluster"].to_list() == sorted({c for c, _ in truth.values()})
    assert abs(2 * dealt["half"].to_list().count(1) - dealt.height) <= 1
    assert halves(frame.sample(fraction=1, shuffle=True, seed=1), seed).equals(dealt)


CLUSTERS = st.dictionaries(
    st.sampled_from([f"a{i}" for i in range(20)]), st.sampled_from(["c0", "c1", "c2", "c3"])
)


def as_found(members: dict[str, str]) -> Found:
    names = sorted(set(members.values()))
    return Found(
        pl.DataFrame(
            [(a, c, "core") for a, c in members.items()],
            schema={"account_id": pl.String, "cluster_id": pl.String, "role": pl.String}, orient="row",
        ),
        pl.DataFrame(
            [(c, 0.9, "linked") for c in names],
            schema={"cluster_id": pl.String, "score": pl.Float64, "tier": pl.String}, orient="row",
        ),
    )  # fmt: skip


def as_truth(truth: dict[str, tuple[str, str | None]]) -> pl.DataFrame:
    return pl.DataFrame(
        [(a, c, "operator", k) for a, (c, k) in truth.items()],
        schema={"account_id": pl.String, "cluster": pl.String, "role": pl.String, "archetype": pl.String},
        orient="row",
    )  # fmt: skip


@given(TRUTHS, CLUSTERS)
def test_a_half_has_what_it_touches_and_half_of_the_strangers(
    truth: dict[str, tuple[str, str | None]], members: dict[str, str]
) -> None:
    frame = as_truth(truth)
    dealt = halves(frame, 1)
    side = dict(dealt.rows())
    parts = [half_of(as_found(members), frame, dealt, h) for h in (CHOOSE, HELD)]
    for h, part in enumerate(parts):
        for cluster in set(members.values()):
            mine = {a for a, c in members.items() if c == cluster}
            touched = {side[truth[a][0]] for a in mine if a in truth}
            present = cluster in part.found.clusters["cluster_id"].to_list()
            if touched:
                assert present == (h in touched)
            else:
                assert present != (cluster in parts[1 - h].found.clusters["cluster_id"].to_list())
            if present:
                got = part.found.members.filter(pl.col("cluster_id") == cluster)
                assert set(got["account_id"]) == mine
        sought = part.truth.filter(pl.col("role") == "operator")["cluster"].unique().to_list()
        assert {side[c] for c in sought} <= {h}
        assert part.truth.height == len(truth)


@given(TRUTHS, CLUSTERS)
@settings(max_examples=20)
def test_measures_are_those_of_evaluate(
    truth: dict[str, tuple[str, str | None]], members: dict[str, str]
) -> None:
    half = Half(as_found(members), as_truth(truth))
    found = {m.name: m for m in measures(half, half, 1)}
    whole = evaluate(half.found.members, half.found.clusters, half.truth)
    tiers = {t.tier: t for t in whole.tiers}
    expected = {
        "B-cubed F": whole.bcubed.f,
        "B-cubed precision": whole.bcubed.precision,
        "B-cubed recall": whole.bcubed.recall,
        "truth clusters recovered, Jaccard >= 0.5": whole.recovered_50,
        "truth clusters recovered, Jaccard >= 0.8": whole.recovered_80,
        "average precision of cluster score": whole.average_precision,
        "accounts, linked and above: precision": tiers["linked"].accounts.precision,
        "accounts, linked and above: recall": tiers["linked"].accounts.recall,
        "accounts, coordinated and above: recall": tiers["coordinated"].accounts.recall,
    }
    for name, value in expected.items():
        assert found[name].before == (None if value is None else pytest.approx(value)), name
    for m in found.values():
        # The same run twice: no difference in any draw.
        assert (m.gain or 0.0) == 0.0
        assert (m.low or 0.0, m.high or 0.0) == (0.0, 0.0)


def test_a_gain_on_one_cluster_alone_is_noise() -> None:
    truth = as_truth({f"{c}{i}": (c, None) for c in "pqrs" for i in range(4)})
    before = {f"{c}{i}": f"c{c}" for c in "pqr" for i in range(4)}
    after = {**before, **{f"s{i}": "cs" for i in range(4)}}
    goal = measures(Half(as_found(before), truth), Half(as_found(after), truth), 1)[0]
    assert (goal.gain or 0) > 0
    assert goal.low == 0
    said = Tuning({"min_size": 4}, 2, 4, 4, "", (), (goal,))
    assert said.outcome == "noise"
    assert "within noise" in said.verdict
    # No advice against itself: lines to set come with a gain only.
    assert said.lines == ""
    assert "coterie.toml" not in said.to_text() + said.to_markdown()


def test_lines_to_set_come_with_a_gain() -> None:
    gain = Tuning({"min_size": 4}, 2, 4, 4, "", (), (Measure(GOAL, 0.5, 0.7, 0.1, 0.3),))
    assert gain.outcome == "gain"
    assert "To set in coterie.toml:\n\n[sweep]\nmin_size = 4" in gain.to_text()


def test_a_change_of_nothing_is_nothing_better() -> None:
    same = Tuning({"min_size": 4}, 2, 4, 4, "", (), (Measure(GOAL, 0.5, 0.5, 0.0, 0.0),))
    assert same.outcome == "nothing"
    assert "Nothing better was found" in same.verdict
    assert same.lines == ""


def test_a_loss_and_a_standstill_are_said() -> None:
    loss = Measure(GOAL, 0.9, 0.8, -0.2, -0.05)
    lost = Tuning({"resolution": 3.0}, 2, 3, 3, "", (), (loss,))
    assert "a loss" in lost.verdict
    assert lost.lines == ""
    same = Tuning({}, 2, 3, 3, "", (), (Measure(GOAL, 0.9, 0.9, 0.0, 0.0),))
    assert "leave them" in same.verdict
    assert same.lines == ""


def test_a_flag_is_cut_into_what_is_linked(tmp_path: Path) -> None:
    from coterie.graphs.pipeline import detect

    facts, truth = platform()
    flag = truth.with_columns(cluster=pl.lit("flagged")).vstack(
        pl.DataFrame({"account_id": ["u1", "lonely"], "cluster": ["flagged"] * 2})
    )
    with work_over({"signal": facts}, tmp_path) as work:
        detect(work, Config(tmp_path).with_sweep(permutations=2), START, END, "s")
        known, note = linked_parts(known_truth(flag), work)
    sought = known.filter(pl.col("role") == "operator")
    parts = dict(sought.select("account_id", "cluster").rows())
    assert len(set(parts.values())) == RINGS
    assert all(cluster == f"{account.split('-')[0]}-0" for account, cluster in parts.items())
    assert f"{RING * RINGS} of its {RING * RINGS + 2} accounts" in note
    assert f"in {RINGS} parts" in note
