"""What-if: the sweep's own judgement of a neighbourhood, held against whole sweeps."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from tests.support.markup import Tags
from tests.support.rings import START, put_facts, ring

from coterie.errors import UnknownName, UsageError
from coterie.graphs.what_if import what_if
from coterie.graphs.what_if_quick import TOP_VALUE, what_if_cluster
from coterie.loaders.simulate import WorldOptions, simulate
from coterie.queries.store import open_store, write_store
from coterie.workspace import open_workspace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from coterie.graphs.what_if import Change
    from coterie.queries.store import Store
    from coterie.workspace import Sweep

Facts = dict[str, list[dict[str, Any]]]


def _two_halves() -> Facts:
    """A ring of two halves that one card holds together, and strangers."""
    facts = ring(0, 1_200)

    def use(account: str, kind: str, value: str, day: float) -> None:
        at = START + dt.timedelta(days=day)
        facts["signal"].append({"account_id": account, "kind": kind, "value": value,
                                "first_seen": at, "last_seen": at})  # fmt: skip

    for i in range(24):
        name, half = f"ring-{i:03d}", i // 12
        facts["account"].append({"account_id": name, "status": "active", "attributes": "{}",
                                 "created_at": START + dt.timedelta(days=10)})  # fmt: skip
        use(name, "payment", "bridge", 11)
        for kind in ("device", "email", "phone"):
            use(name, kind, f"{kind}-{half}-{i % 12 // 6}", 11)
            use(name, kind, f"{kind}-{half}-x{(i + 3) % 12 // 6}", 11)
    return facts


def _swept(folder: Path, facts: Facts) -> Sweep:
    put_facts(folder / "coterie.duckdb", facts)
    return open_workspace(folder).sweep()


@pytest.fixture(scope="module")
def halves(tmp_path_factory: pytest.TempPathFactory) -> Sweep:
    return _swept(tmp_path_factory.mktemp("halves"), _two_halves())


@pytest.fixture(scope="module")
def world() -> dict[str, pl.DataFrame]:
    tables = simulate(WorldOptions(accounts=500, seed=5, evasion=0.5))
    tables.pop("truth")
    return tables


def _loaded(folder: Path, tables: dict[str, pl.DataFrame]) -> Sweep:
    ws = open_workspace(folder)
    for table, frame in tables.items():
        ws.load(frame, as_=table)
    return ws.sweep()


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory, world: dict[str, pl.DataFrame]) -> Sweep:
    return _loaded(tmp_path_factory.mktemp("simulated"), world)


@pytest.fixture
def store(halves: Sweep) -> Iterator[Store]:
    with open_store(halves.workspace.config.store_path) as opened:
        yield opened


def _largest(sweep: Sweep) -> dict[str, Any]:
    return sweep.clusters().sort("size", descending=True).to_dicts()[0]


def _members(sweep: Sweep, cluster_id: str) -> set[str]:
    return set(sweep.members(cluster_id)["account_id"])


def _only(changes: tuple[Change, ...], cluster_id: str) -> Change:
    (change,) = [c for c in changes if c.cluster_id == cluster_id]
    return change


def test_asked_about_nothing_that_matters_every_cluster_stays(simulated: Sweep) -> None:
    """The scratch store with everything in it gives the sweep back, number by number."""
    members = set(simulated.members()["account_id"])
    everybody = simulated.workspace.query("SELECT account_id FROM findings.account ORDER BY 1")
    stranger = next(a for a in everybody["account_id"] if a not in members)
    clusters = simulated.clusters()
    found = simulated.what_if(accounts=[stranger], clusters=clusters["cluster_id"].to_list())
    assert [c.outcome for c in found.changes] == ["unchanged"] * clusters.height
    for row in clusters.to_dicts():
        (part,) = _only(found.changes, row["cluster_id"]).parts
        assert part.verdict.size == row["size"]
        assert part.verdict.score == pytest.approx(row["score"], abs=1e-6)
        assert part.verdict.stability <= row["stability"] + 1e-9
        assert part.verdict.q_value >= row["q_value"]
        assert part.verdict.summary == row["summary"]


def test_without_an_account_as_a_sweep_that_never_saw_it(
    simulated: Sweep, world: dict[str, pl.DataFrame], tmp_path: Path
) -> None:
    cluster = simulated.clusters().to_dicts()[0]
    members = _members(simulated, cluster["cluster_id"])
    account = sorted(members)[3]
    fewer = {
        table: frame.filter(
            *(pl.col(c) != account for c in ("account_id", "src", "dst") if c in frame.columns)
        )
        for table, frame in world.items()
    }
    oracle = _loaded(tmp_path, fewer)
    found = simulated.what_if(accounts=[account])
    change = _only(found.changes, cluster["cluster_id"])
    (part,) = change.parts
    assert change.n_dropped == 1
    assert part.n_kept == len(members) - 1
    (home,) = {
        row["cluster_id"] for row in oracle.members().to_dicts() if row["account_id"] in members
    }
    assert _members(oracle, home) == members - {account}
    (row,) = oracle.clusters().filter(pl.col("cluster_id") == home).to_dicts()
    assert part.verdict.size == row["size"]
    assert part.verdict.tier == row["tier"]
    assert part.verdict.score == pytest.approx(row["score"], abs=0.02)
    assert set(part.verdict.families) == set(row["families"])


def test_without_a_value_as_a_sweep_of_facts_without_it(halves: Sweep, tmp_path: Path) -> None:
    cluster = _largest(halves)
    members = _members(halves, cluster["cluster_id"])
    assert len(members) == 24
    found = halves.what_if(values=[("payment", "bridge")])
    change = _only(found.changes, cluster["cluster_id"])
    facts = _two_halves()
    facts["signal"] = [row for row in facts["signal"] if row["value"] != "bridge"]
    oracle = _swept(tmp_path, facts)
    apart = [
        members & _members(oracle, name)
        for name in oracle.clusters()["cluster_id"]
        if members & _members(oracle, name)
    ]
    assert change.outcome == "splits"
    assert sorted(part.n_kept for part in change.parts) == sorted(map(len, apart))
    assert len(change.parts) == 2
    assert found.values == (
        {"kind": "payment", "value": "bridge", "display": "bridge", "n_accounts": 24},
    )


def test_without_all_kinds_a_cluster_dissolves(halves: Sweep) -> None:
    cluster = _largest(halves)
    kinds = ["payment", "device", "email", "phone"]
    (change,) = halves.what_if(kinds=kinds, clusters=[cluster["cluster_id"]]).changes
    assert change.outcome == "dissolves"
    assert change.parts == ()
    assert change.n_left == 24
    assert len(change.left) == 12


def test_several_things_can_be_left_out_at_once(halves: Sweep) -> None:
    cluster = _largest(halves)["cluster_id"]
    found = halves.what_if(
        values=[("payment", "bridge"), ("device", "device-0-0")], kinds=["email"],
        accounts=["ring-000", "ring-013"],
    )  # fmt: skip
    change = _only(found.changes, cluster)
    assert change.n_dropped == 2
    assert sum(p.n_kept for p in change.parts) + change.n_left + change.n_dropped == 24
    assert found.sentence().startswith("Without payment bridge, device device-0-0, the kind email")


def test_an_account_that_ties_nobody_changes_nothing(halves: Sweep) -> None:
    found = halves.what_if(accounts=["user-0007"])
    assert (found.changes, found.n_touched) == ((), 0)
    assert "nothing changes" in str(found)


def test_a_kind_with_a_window_is_asked_too(tmp_path: Path) -> None:
    (tmp_path / "coterie.toml").write_text("[kind.email]\nwindow = '30d'\n", encoding="utf-8")
    sweep = _swept(tmp_path, _two_halves())
    cluster = _largest(sweep)
    found = sweep.what_if(accounts=["user-0007"], clusters=[cluster["cluster_id"]])
    assert found.changes[0].outcome == "unchanged"
    without = sweep.what_if(kinds=["payment", "device"], clusters=[cluster["cluster_id"]])
    assert without.changes[0].outcome != "unchanged"


def test_the_same_question_gives_the_same_answer(halves: Sweep) -> None:
    one, two = (halves.what_if(values=[("payment", "bridge")]) for _ in range(2))
    assert one == two


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"kinds": ["devise"]}, 'no kind "devise". Did you mean "device"'),
        ({"values": [("devise", "x")]}, 'no kind "devise"'),
        ({"values": [("payment", "brigde")]}, 'No two accounts share the payment "brigde"'),
        ({"values": [("payment", "brigde")]}, 'Did you mean "bridge"'),
        ({"accounts": ["ring-0000"]}, 'Did you mean "ring-000"'),
        ({"kinds": ["device"], "clusters": ["c-none"]}, 'no cluster "c-none"'),
    ],
)  # fmt: skip
def test_unknown_names_are_told_with_the_nearest(
    store: Store, asked: dict[str, Any], says: str
) -> None:
    with pytest.raises(UnknownName) as told:
        what_if(store, **asked)
    assert says in str(told.value)


def test_a_question_must_leave_something_out(store: Store) -> None:
    with pytest.raises(UsageError, match="Nothing is left out"):
        what_if(store)


def test_a_sweep_of_an_older_version_says_so(tmp_path: Path) -> None:
    sweep = _swept(tmp_path, ring())
    with write_store(tmp_path / "coterie.duckdb") as store:
        store.con.sql("UPDATE register.sweep SET detail = '{}'")
    with pytest.raises(UsageError, match="older version"):
        sweep.what_if(kinds=["device"])


def test_it_prints_and_is_plain_data(halves: Sweep) -> None:
    found = halves.what_if(values=[("payment", "bridge")])
    text = str(found)
    assert "before" in text
    assert "part 1" in text
    assert "12 of 24 members" in text
    data = json.loads(json.dumps(found.to_dict()))
    assert data["changes"][0]["outcome"] == "splits"
    assert data["changes"][0]["parts"][0]["verdict"]["tier"] in {"lead", "linked", "coordinated"}


def test_what_attackers_wrote_stays_text(tmp_path: Path) -> None:
    evil = "<img src=x onerror=alert(1)>\"'\x1b[31m\u202e"
    facts = _two_halves()
    for rows in facts.values():
        for row in rows:
            row["account_id"] = row["account_id"].replace("ring", evil)
            if "value" in row:
                row["value"] += evil
    sweep = _swept(tmp_path, facts)
    found = sweep.what_if(values=[("payment", f"bridge{evil}")], accounts=[f"{evil}-000"])
    parser = Tags()
    parser.feed(found._repr_html_())
    assert parser.tags <= {"div", "p", "b", "br", "table", "thead", "tbody", "tr", "th", "td"}
    assert parser.attributes == 0
    assert not set(str(found)) & {"\x1b", "\u202e"}


def test_the_quick_form_leaves_out_the_top_value_and_each_family(simulated: Sweep) -> None:
    clusters = simulated.clusters()
    with simulated.workspace.store() as store:
        found = what_if_cluster(store)
        one = what_if_cluster(store, [clusters["cluster_id"][0]])
        with pytest.raises(UnknownName, match="no cluster"):
            what_if_cluster(store, ["c-none"])
    for row in clusters.to_dicts():
        mine = found.filter(pl.col("cluster_id") == row["cluster_id"])
        families = set(row["families"]) - {"timing"}
        assert set(mine["without"]) == {TOP_VALUE, *families}
        assert mine["without"][0] == TOP_VALUE
        assert mine["value"][0] is not None
        assert (mine["n_before"] == row["size"]).all()
        assert (mine["n_kept"] <= row["size"]).all()
        left = mine.filter(pl.col("tier").is_not_null())
        assert left["tier"].is_in(["lead", "linked", "coordinated"]).all()
        for out in left.to_dicts():
            assert out["without"] not in out["families"]
    assert one["cluster_id"].unique().to_list() == [clusters["cluster_id"][0]]


def test_the_quick_form_says_that_it_is_one(halves: Sweep) -> None:
    from coterie.graphs.what_if_quick import HOW

    assert HOW.startswith("Approximate")
    with halves.workspace.store() as store:
        found = what_if_cluster(store, [_largest(halves)["cluster_id"]])
    assert found.columns == [
        "cluster_id", "without", "kind", "value", "display", "n_before", "n_kept", "tier", "score",
        "families",
    ]  # fmt: skip
