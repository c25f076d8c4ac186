"""The main job on data that nobody here made, by the commands of the README."""

from __future__ import annotations

from pathlib import Path

import polars as pl

import coterie

DATA = Path(__file__).parents[1] / "data"


def test_a_share_button_is_no_coordinated_cluster(tmp_path: Path) -> None:
    """96 people sent "check out this video on youtube": one family, no verdict."""
    workspace = coterie.open(tmp_path)
    loaded = workspace.load(DATA / "comment_spam" / "comments.parquet", as_="prompts")
    assert (loaded.loaded, loaded.quarantined) == (1953, 0)
    sweep = workspace.sweep(window="4000d")
    share = workspace.query(
        "SELECT count(DISTINCT account_id) AS n FROM prompts WHERE family = ("
        "SELECT family FROM prompts WHERE text ILIKE 'check out this video on youtube%' "
        "GROUP BY family ORDER BY count(*) DESC LIMIT 1)"
    )
    assert share["n"].item() >= 96
    assert sweep.clusters()["tier"].unique().to_list() in ([], ["lead"])


def test_family_sized_groups_of_a_payment_app_are_not_coordinated(tmp_path: Path) -> None:
    workspace = coterie.open(tmp_path)
    files = [DATA / "p2p" / f"{n}.parquet" for n in ("accounts", "signals", "edges", "truth")]
    summary = workspace.load(*files)
    assert summary.rows == 4306 + 24023 + 12968 + 4306
    clusters = workspace.sweep(window="1200d").clusters()
    assert clusters.height > 0
    assert "coordinated" not in clusters["tier"].to_list()
    evaluated = workspace.evaluate(DATA / "p2p" / "truth.parquet", column="fraud")
    assert evaluated.n_operators == 34
    # No flagged account is in a cluster, but their links put them first: see docs on quality.
    score, bits, known = evaluated.rankings
    assert score.n_found == 0
    hits = {t.k: t for t in bits.taken}
    assert hits[200].lift > 3
    assert hits[200].chance < 0.01
    # Own label hidden: of the accounts linked to a flagged one, many times more are flagged.
    assert known.n_ranked < 100
    assert known.taken[-1].lift > 8
    assert known.taken[-1].chance < 0.001
    # Smaller groups are families, whoever in them was flagged.
    flagged = pl.read_parquet(DATA / "p2p" / "truth.parquet").filter(pl.col("fraud") == 1)
    banned = flagged.select("account_id", status=pl.lit("banned"))
    workspace.load(banned, as_="accounts")
    small = coterie.open(tmp_path, settings={"sweep.min_size": 2}).sweep(window="1200d").clusters()
    assert small.height > clusters.height
    assert small["tier"].unique().to_list() == ["lead"]
