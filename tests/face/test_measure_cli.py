"""Evaluating, tuning and learning as people meet them: pages, files, refusals, weights of one's own."""

from __future__ import annotations

import json
import stat
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from tests.support.deciding import platform
from tests.support.rings import put_facts, ring

from coterie.config import config_hash
from coterie.errors import ConfigError
from coterie.graphs.judge import FEATURES, weights
from coterie.workspace import open_workspace

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.face.conftest import Ended

    Run = Callable[..., Ended]

HOSTILE = '</script><img src=x onerror="x">|`'


@pytest.fixture
def truth(tmp_path: Path) -> Path:
    """The ring of the swept workspace, under a name that an attacker chose."""
    path = tmp_path / "truth.csv"
    frame = pl.DataFrame({"account_id": [f"ring-{i:03d}" for i in range(8)]})
    frame.with_columns(cluster=pl.lit(HOSTILE), archetype=pl.lit(HOSTILE)).write_csv(path)
    return path


def test_evaluate_writes_a_page_and_markdown(
    swept: Path, run: Run, truth: Path, tmp_path: Path
) -> None:
    out = tmp_path / "new" / "pages"
    ended = run("evaluate", "--truth", str(truth), "-w", str(swept), "--out", str(out), "--json")
    assert ended.code == 0
    found = json.loads(ended.out)
    assert found["calibration"]["n"] == found["n_clusters"]
    assert "evaluation.html" in ended.err
    assert sorted(p.name for p in out.iterdir()) == ["evaluation.html", "evaluation.md"]
    page = (out / "evaluation.html").read_text("utf-8")
    text = (out / "evaluation.md").read_text("utf-8")
    for path in out.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "default-src 'none'" in page
    assert HOSTILE not in page
    assert "<img" not in page.partition('<script type="application/json"')[0]
    assert 'src="' not in page.replace('src="x"', "")
    assert "Brier" in page
    assert text.startswith("# How good the findings are: sweep s-")
    assert "Reliability of the score" in text
    assert "1 of 1 truth clusters" in page
    before = page
    assert run("evaluate", "--truth", str(truth), "-w", str(swept), "--out", str(out)).code == 0
    assert (out / "evaluation.html").read_text("utf-8") == before


@pytest.mark.parametrize("tune", [(), ("--tune",)])
def test_a_truth_about_other_accounts_is_refused(
    swept: Path, run: Run, tmp_path: Path, tune: tuple[str, ...]
) -> None:
    path = tmp_path / "truth.csv"
    path.write_text("account_id,cluster\n\x1b[31mnobody,x\n", encoding="utf-8")
    ended = run("evaluate", "--truth", str(path), "-w", str(swept), *tune)
    assert ended.code == 3
    assert "none of the 1 accounts of the truth is in sweep s-" in ended.err
    assert "\x1b" not in ended.err
    path.write_text("account_id,cluster,role\nring-000,x,\nnobody,x,operator\n", encoding="utf-8")
    if not tune:
        ended = run("evaluate", "--truth", str(path), "-w", str(swept))
        assert ended.code == 0
        assert "2 operators, of whom the sweep did not see 1" in ended.out
    path.write_text("account_id,cluster,role\nring-000,x,operater\n", encoding="utf-8")
    ended = run("evaluate", "--truth", str(path), "-w", str(swept), *tune)
    assert ended.code == 3
    assert 'the role "operater". Did you mean "operator"?' in ended.err


def test_evaluate_ranks_the_accounts_of_no_cluster_too(swept: Path, run: Run, truth: Path) -> None:
    ended = run("evaluate", "--truth", str(truth), "-w", str(swept), "--json")
    score, bits, known = json.loads(ended.out)["rankings"]
    assert score["n_operators"] == bits["n_operators"] == 8
    workspace = open_workspace(swept)
    links = workspace.newest().links()
    ends = pl.concat(
        [links.select("bits", a="src", b="dst"), links.select("bits", a="dst", b="src")]
    )
    assert bits["n_ranked"] == ends["a"].n_unique()
    ring = pl.col("b").str.starts_with("ring-")
    assert known["n_ranked"] == ends.filter(ring)["a"].n_unique()
    best = ends.group_by("a").agg(pl.col("bits").sum()).sort("bits", descending=True).head(10)
    if bits["n_ranked"] >= 10:
        hits = best["a"].str.starts_with("ring-").sum()
        assert bits["taken"][0]["hits"] == pytest.approx(hits, abs=1)


def test_tune_refuses_a_truth_that_cannot_be_dealt(swept: Path, run: Run, truth: Path) -> None:
    ended = run("evaluate", "--truth", str(truth), "-w", str(swept), "--tune")
    assert ended.code == 3
    assert "found 1 truth clusters, expected at least 6" in ended.err
    assert "8 of its 8 accounts are linked" in ended.err


def test_tune_shows_before_and_after(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, few in (("_FACTORS", ()), ("_BITS", ()), ("_SIZES", (5,))):
        monkeypatch.setattr(f"coterie.graphs.tune.{name}", few)
    root = tmp_path / "case"
    root.mkdir()
    for number in range(6):
        facts = ring(8, 150 if number == 0 else 0, prefix=f"r{number}", seed=number)
        put_facts(root / "coterie.duckdb", facts, source_id=f"src-{number}")
    toml = "[sweep]\nmin_size = 9\npermutations = 2\nconsensus = 2\n"
    (root / "coterie.toml").write_text(toml, encoding="utf-8")
    sweep = open_workspace(root).sweep().sweep_id
    file = tmp_path / "truth.parquet"
    pl.DataFrame(
        [(f"r{number}-{i:03d}", f"ring {number}") for number in range(6) for i in range(8)],
        schema=["account_id", "cluster"],
        orient="row",
    ).write_parquet(file)
    arguments = (
        "evaluate",
        "--truth",
        str(file),
        "-w",
        str(root),
        "--tune",
        "--out",
        str(tmp_path),
    )
    ended = run(*arguments, "--json")
    assert ended.code == 0
    found = json.loads(ended.out)["tuning"]
    assert found["settings"]["min_size"] == 5
    assert found["outcome"] == "gain"
    assert (found["n_choose"], found["n_held"], found["n_runs"]) == (3, 3, 2)
    page = (tmp_path / "evaluation.html").read_text("utf-8")
    assert "min_size = 5" in page
    assert "a gain beyond noise" in page
    assert "min_size = 5" in (tmp_path / "evaluation.md").read_text("utf-8")
    # Nothing in the store has changed.
    assert open_workspace(root).sweeps()["sweep_id"].to_list() == [sweep]


def reviewed(root: Path, n: int) -> None:
    """A store with n clusters of bad accounts on many cards and n of good ones on few."""
    clusters = {
        f"{side}{number:02d}": {f"{side}{number:02d}-{i}": "core" for i in range(3)}
        for side in ("bad", "good")
        for number in range(n)
    }
    labels = [(account, name.rstrip("0123456789")) for name, m in clusters.items() for account in m]
    platform(root, [clusters], labels=labels)
    file = root / "coterie.duckdb.d" / "findings" / "s-0" / "cluster.parquet"
    frame = pl.read_parquet(file)
    facts = [
        json.dumps({**dict.fromkeys(FEATURES, 0.0), "payment": 6.0 if name[0] == "b" else 1.0})
        for name in frame["cluster_id"]
    ]
    frame.with_columns(features=pl.Series(facts)).write_parquet(file)


def test_learning_is_refused_while_little_is_known(run: Run, tmp_path: Path) -> None:
    reviewed(tmp_path, 7)
    ended = run("learn", "-w", str(tmp_path))
    assert ended.code == 3
    assert "found 7 confirmed (0 by review, 7 by labels)" in ended.err
    assert "at least 20 of each" in ended.err
    assert run("learn", "-w", str(tmp_path), "--write", "--reset").code == 2
    assert not (tmp_path / "score_weights.json").exists()


def test_learned_weights_are_kept_used_and_taken_back(run: Run, tmp_path: Path) -> None:
    reviewed(tmp_path, 22)
    file = tmp_path / "score_weights.json"
    shown = run("learn", "-w", str(tmp_path))
    assert shown.code == 0
    assert "Learned from 22 confirmed and 22 benign clusters" in shown.out
    assert "Brier score" in shown.out
    assert not file.exists()

    written = run("learn", "-w", str(tmp_path), "--write", "--json")
    assert written.code == 0
    found = json.loads(written.out)
    assert found["written"] == str(file)
    assert found["better"]
    assert found["after"]["log_loss"] < found["before"]["log_loss"]
    assert json.loads(file.read_text("utf-8")) == found["spec"]
    assert found["spec"]["weights"]["payment"] > weights()["weights"]["payment"]
    assert 'weights = "score_weights.json"' in written.err

    toml = '[sweep]\nweights = "score_weights.json"\n'
    (tmp_path / "coterie.toml").write_text(toml, encoding="utf-8")
    again = run("learn", "-w", str(tmp_path), "--write", "--strict", "--json")
    # The same reviews teach nothing new: the file is as it was, and that is a warning.
    assert again.code == 4
    assert json.loads(again.out)["written"] is None
    assert json.loads(file.read_text("utf-8")) == found["spec"]

    reset = run("learn", "-w", str(tmp_path), "--reset")
    assert reset.code == 0
    assert json.loads(file.read_text("utf-8")) == weights()


def flat(**changes: float) -> dict[str, Any]:
    """Weights with which every cluster scores one half."""
    zero = dict.fromkeys(FEATURES, 0.0)
    return {"intercept": 0.0, "weights": zero, "coordinated": 0.4, "linked": 0.2, **changes}


def test_a_sweep_scores_with_the_workspaces_weights(tmp_path: Path) -> None:
    put_facts(tmp_path / "coterie.duckdb", ring(8, 150))
    before = open_workspace(tmp_path).sweep()
    assert before.clusters()["score"][0] != 0.5
    (tmp_path / "own.json").write_text(json.dumps(flat()), encoding="utf-8")
    flags = {"sweep.weights": "own.json"}
    after = open_workspace(tmp_path, settings=flags).sweep()
    assert set(after.clusters()["score"]) == {0.5}
    assert after.sweep_id != before.sweep_id
    none = open_workspace(
        tmp_path, settings={"sweep.coordinated": 1.0, "sweep.linked": 1.0}
    ).sweep()
    assert set(none.clusters()["tier"]) == {"lead"}
    assert none.clusters()["score"].to_list() == before.clusters()["score"].to_list()


def test_the_content_of_the_weights_is_part_of_the_settings(tmp_path: Path) -> None:
    hashes = set()
    for name, spec in (("a.json", flat()), ("b.json", flat(linked=0.3)), ("c.json", flat())):
        (tmp_path / name).write_text(json.dumps(spec), encoding="utf-8")
        hashes.add(config_hash(open_workspace(tmp_path, settings={"sweep.weights": name}).config))
    assert len(hashes) == 2


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "weights: own.json: cannot be read"),
        ("{", "not valid JSON"),
        ("[]", "expected a JSON object"),
        ("[" * 100_000, "nested too deeply to be weights"),
        ('{"a":' * 100_000, "nested too deeply to be weights"),
    ],
)
def test_a_wrong_file_of_weights_is_told_with_its_line(
    tmp_path: Path, content: str | None, message: str
) -> None:
    (tmp_path / "coterie.toml").write_text('[sweep]\nweights = "own.json"\n', encoding="utf-8")
    if content is not None:
        (tmp_path / "own.json").write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        open_workspace(tmp_path)
    assert str(error.value).startswith("coterie.toml:2: sweep.weights")
    assert message in str(error.value)


def test_weights_that_break_monotony_end_a_sweep_before_its_work(run: Run, tmp_path: Path) -> None:
    put_facts(tmp_path / "coterie.duckdb", ring(8, 20))
    wrong = flat()
    wrong["weights"]["burst"] = -1.0
    (tmp_path / "own.json").write_text(json.dumps(wrong), encoding="utf-8")
    (tmp_path / "coterie.toml").write_text('[sweep]\nweights = "own.json"\n', encoding="utf-8")
    ended = run("sweep", "-w", str(tmp_path))
    assert ended.code == 2
    assert "coterie.toml:2: own.json: weights.burst: found -1.0" in ended.err


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"intercept": 10**400}, "intercept: found 1000"),
        ({"intercept": -(10**400)}, "expected a number from -1000000 to 1000000"),
        ({"linked": float("nan")}, 'linked: found "nan", expected a number'),
        ({"coordinated": float("inf")}, "coordinated: found inf, expected a number from"),
        ({"intercept": "\x1b[31m"}, 'intercept: found "\\u{1b}[31m", expected a number'),
        ({"wieghts": {}}, 'there is no key "wieghts". Did you mean "weights"?'),
    ],
)
def test_weights_that_are_no_weights_are_told_shortly(
    run: Run, tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    put_facts(tmp_path / "coterie.duckdb", ring(8, 20))
    (tmp_path / "own.json").write_text(json.dumps(flat(**changes)), encoding="utf-8")
    (tmp_path / "coterie.toml").write_text('[sweep]\nweights = "own.json"\n', encoding="utf-8")
    ended = run("sweep", "-w", str(tmp_path))
    assert ended.code == 2
    assert message in ended.err
    assert len(ended.err) < 300
