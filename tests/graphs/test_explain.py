"""Why: the same bits as the sweep's own links, whatever lies between two accounts."""

from __future__ import annotations

import datetime as dt
import json
import random
from typing import TYPE_CHECKING, Any

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.markup import Tags
from tests.support.rings import START, put_facts, ring

from coterie.config import KINDS
from coterie.errors import UnknownName, UsageError
from coterie.graphs.explain import why
from coterie.graphs.explain_graph import expand, paths
from coterie.graphs.explain_show import show
from coterie.graphs.explain_values import SharedValue, combine, settle
from coterie.queries.store import open_store, write_store
from coterie.workspace import open_workspace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from coterie.queries.store import Store


def _popular(facts: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """Ring and strangers, and a few values that are popular, listed, timed or given."""
    rows = facts["signal"]

    def use(account: str, kind: str, value: str, day: float) -> None:
        at = START + dt.timedelta(days=day)
        rows.append({"account_id": account, "kind": kind, "value": value, "first_seen": at,
                     "last_seen": at})  # fmt: skip

    for i in range(90):
        use(f"user-{i:04d}", "device", "popular-device", 11 + i / 200)
        use(f"user-{i:04d}", "payment", "popular-card", 11 + i / 200)
    for i in range(6):
        use(f"user-{i:04d}", "device", "office-device", 3)
    for i in range(300, 600):
        use(f"user-{i:04d}", "email", f"user-{i:04d}@example.org", 5)
    for name, day in (("user-0100", 1.0), ("user-0102", 1.2), ("user-0104", 9.0)):
        use(name, "email", "timed@example.org", day)
    lists = [{"kind": "device", "value": "office-device", "class": "partner", "reason": "ours"}]
    given = [{"src": src, "dst": dst, "kind": kind, "similarity": similarity,
              "seen_at": START + dt.timedelta(days=4)} for src, dst, kind, similarity in (
        ("user-0202", "user-0200", "referral", 1.0), ("user-0204", "user-0206", "transfer", None),
    )]  # fmt: skip
    return {**facts, "list": lists, "link": given}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("explain")
    (folder / "coterie.toml").write_text("[kind.email]\nwindow = '1d'\n[sweep]\nthreshold = 4\n")
    put_facts(folder / "coterie.duckdb", _popular(ring()))
    open_workspace(folder).sweep()
    return folder


@pytest.fixture
def store(root: Path) -> Iterator[Store]:
    with open_store(root / "coterie.duckdb") as opened:
        yield opened


def test_every_link_is_explained_to_the_bit(root: Path, store: Store) -> None:
    rows = open_workspace(root).newest().links().to_dicts()
    assert len(rows) > 100
    random.Random(1).shuffle(rows)
    for row in rows[:150]:
        found = why(store, row["src"], row["dst"])
        assert found.linked
        assert found.bits == pytest.approx(row["bits"], abs=1e-3), (row, found)
        assert found.link_bits == row["bits"]
        assert found.bits >= found.threshold


def test_the_order_of_the_two_does_not_matter(store: Store) -> None:
    one, two = why(store, "ring-000", "ring-005"), why(store, "ring-005", "ring-000")
    assert one.bits == two.bits
    assert [v.value for v in one.values] == [v.value for v in two.values]
    assert one.values[0].first_a == two.values[0].first_b


def test_strangers_share_nothing(store: Store) -> None:
    found = why(store, "user-0300", "ring-000")
    assert found.values == ()
    assert found.bits == 0
    assert not found.linked
    assert "share nothing" in str(found)


def test_a_listed_value_is_shown_without_bits_and_with_its_reason(store: Store) -> None:
    found = why(store, "user-0000", "user-0003")
    (listed,) = [v for v in found.values if v.value == "office-device"]
    assert (listed.treatment, listed.bits) == ("listed", 0)
    assert "ours" in (listed.why or "")
    assert "set aside (listed): " in str(found)


def test_a_popular_value_counts_only_where_the_pair_was_formed(root: Path, store: Store) -> None:
    links = {(r["src"], r["dst"]) for r in open_workspace(root).newest().links().to_dicts()}
    pairs = [(f"user-{i:04d}", f"user-{j:04d}") for i in range(0, 90, 9) for j in range(i + 2, 90)]
    formed = [pair for pair in pairs if pair in links][:5]
    left_out = [pair for pair in pairs if pair not in links][:5]
    assert formed
    assert left_out
    for pair in (*formed, *left_out):
        (card,) = [v for v in why(store, *pair).values if v.value == "popular-card"]
        assert (card.bits > 0) == (pair in links)
        assert pair in links or "sampled" in (card.why or "")


def test_a_kind_with_a_window_counts_uses_close_in_time_only(store: Store) -> None:
    near = why(store, "user-0100", "user-0102")
    far = why(store, "user-0100", "user-0104")
    assert near.bits > 0
    assert far.bits == 0
    assert "never used within 1d of each other" in str(far)


def test_a_given_link_is_evidence_too(store: Store) -> None:
    found = why(store, "user-0200", "user-0202")
    (given_link,) = [v for v in found.values if v.treatment == "given"]
    assert given_link.bits == KINDS["referral"].max_bits
    assert found.linked


def test_a_given_link_without_a_similarity_is_shown_and_not_counted(store: Store) -> None:
    found = why(store, "user-0206", "user-0204")
    (given_link,) = [v for v in found.values if v.treatment == "given"]
    assert (given_link.bits, given_link.display) == (0, "given link")
    assert found.bits == 0
    assert not found.linked
    assert "no similarity given: not counted" in str(found)
    assert "no similarity given: not counted" in found._repr_html_()


def test_a_sweep_of_another_version_can_be_asked(tmp_path: Path) -> None:
    put_facts(tmp_path / "coterie.duckdb", ring())
    sweep = open_workspace(tmp_path).sweep()
    with write_store(tmp_path / "coterie.duckdb") as store:
        detail = json.dumps(
            {"settings": {"sweep": {"novel": 1}, "kind": {"ip": {"family": "network", "novel": 2}}}}
        )
        store.con.sql("UPDATE register.sweep SET detail = $d", params={"d": detail})
    assert sweep.why("ring-000", "ring-001").bits > 0
    with write_store(tmp_path / "coterie.duckdb") as store:
        store.con.sql("UPDATE register.sweep SET detail = '{}'")
    assert sweep.why("ring-000", "ring-001").bits > 0


def test_kinds_add_up_with_diminishing_weight_and_a_cap() -> None:
    def value(kind: str, bits: float) -> SharedValue:
        return SharedValue(kind, f"{kind}{bits}", "", "", 3, bits, "used")

    prompt, email = combine([value("prompt", 6), value("prompt", 4), value("email", 3)], KINDS)
    assert prompt.bits == pytest.approx(6 + 0.55 * 4)
    assert not prompt.capped
    assert email.bits == 3
    (capped,) = combine([value("client", 5), value("client", 5)], KINDS)
    assert capped.bits == KINDS["client"].max_bits
    assert capped.capped


@given(st.lists(st.tuples(st.floats(0.1, 14), st.booleans()), max_size=6), st.data())
def test_settling_finds_the_sampled_values(
    found: list[tuple[float, bool]], data: st.DataObject
) -> None:
    values = [
        SharedValue(f"k{i}", "v", "v", "device", 99, bits, "used", sampled=sampled)
        for i, (bits, sampled) in enumerate(found)
    ]
    formed = [not v.sampled or data.draw(st.booleans()) for v in values]
    truth = [v for v, took_part in zip(values, formed, strict=True) if took_part]
    weight = sum(k.bits for k in combine(truth, {}))
    settled = settle(values, {}, weight)
    assert sum(k.bits for k in combine(settled, {})) == pytest.approx(weight, abs=2e-3)
    assert all(v.bits == 0 for v in settle(values, {}, None) if v.sampled)


def test_why_prints_as_a_waterfall_and_as_data(store: Store) -> None:
    found = why(store, "ring-000", "ring-001")
    text = str(found)
    assert text.splitlines()[0].startswith("ring-000 and ring-001")
    for value in found.values:
        assert value.display in text
    assert f"{found.bits:5.1f} bits" in text
    assert f"{found.threshold:5.1f} bits" in text
    data = json.loads(json.dumps(found.to_dict(), default=str))
    assert data["bits"] == pytest.approx(sum(k["bits"] for k in data["kinds"]))


def test_what_attackers_wrote_stays_text(tmp_path: Path) -> None:
    evil = "<img src=x onerror=alert(1)>\"'\x1b[31m\u202e"
    facts = ring()
    for rows in facts.values():
        for row in rows:
            row["account_id"] = row["account_id"].replace("ring", evil)
            if "value" in row:
                row["value"] += evil
    put_facts(tmp_path / "coterie.duckdb", facts)
    open_workspace(tmp_path).sweep()
    with open_store(tmp_path / "coterie.duckdb") as store:
        found = why(store, f"{evil}-000", f"{evil}-001")
        account = show(store, f"{evil}-000")
        cluster = show(store, account.facts["cluster_id"])
        way = paths(store, f"{evil}-000", f"{evil}-001")
        near = expand(store, [f"{evil}-000"])
    shown = [str(one) for one in (account, cluster, way, near)]
    parser = Tags()
    for one in (found, account, cluster, way, near):
        parser.feed(one._repr_html_())
    assert parser.tags <= {"div", "p", "b", "br", "table", "thead", "tbody", "tr", "th", "td"}
    assert parser.attributes == 0
    for text in (str(found), *shown):
        assert not set(text) & {"\x1b", "\u202e"}


def test_unknown_names_are_told_with_the_nearest(store: Store) -> None:
    with pytest.raises(UnknownName, match=r'Did you mean "user-0001"'):
        why(store, "ring-000", "user-00001")
    with pytest.raises(UnknownName, match=r'There is no account "zzzzzzzzzzz" in sweep s-\S+\.$'):
        why(store, "ring-000", "zzzzzzzzzzz")
    with pytest.raises(UnknownName, match="no sweep"):
        why(store, "ring-000", "ring-001", "s-19700101-00000000")
    with pytest.raises(UsageError, match="one account"):
        why(store, "ring-000", "ring-000")
    with pytest.raises(UnknownName, match="no account"):
        show(store, "zzzzzzzzzzz")
    ring = show(store, "ring-000").facts["cluster_id"]
    with pytest.raises(UnknownName, match=rf'no cluster or account "{ring[:-1]}".*mean "{ring}"'):
        show(store, ring[:-1])
    with pytest.raises(
        UnknownName, match=r'no cluster or account "c-0".* of 4 clusters is c-\w{10};'
    ):
        show(store, "c-0")


def test_an_account_that_came_later_is_told_apart_from_a_stranger(tmp_path: Path) -> None:
    put_facts(tmp_path / "coterie.duckdb", ring())
    open_workspace(tmp_path).sweep()
    late = [{"account_id": "late", "kind": "device", "value": "device-ring-0"}]
    put_facts(tmp_path / "coterie.duckdb", {"signal": late}, "src-b")
    with (
        open_store(tmp_path / "coterie.duckdb") as store,
        pytest.raises(UnknownName, match="loaded after sweep"),
    ):
        why(store, "late", "ring-000")


def test_an_account_is_shown_with_its_role_values_times_labels_and_decisions(
    tmp_path: Path,
) -> None:
    label = {"account_id": "ring-000", "label": "bad", "source": "chargebacks"}
    put_facts(tmp_path / "coterie.duckdb", {**ring(), "label": [label]})
    sweep = open_workspace(tmp_path).sweep()
    cluster = sweep.clusters()["cluster_id"][0]
    with write_store(tmp_path / "coterie.duckdb") as store:
        for number, (account, of) in enumerate((("ring-000", None), (None, cluster)), 1):
            store.con.sql(
                "INSERT INTO register.decision BY NAME SELECT $n::VARCHAR AS decision_id, "
                "$n AS seq, $a AS account_id, $c AS cluster_id, 'watch' AS decision, "
                "'thin' AS reason_code, 'kim' AS reviewer, TIMESTAMP '2026-06-01' AS decided_at",
                params={"n": number, "a": account, "c": of},
            )
    found = sweep.show("ring-000")
    assert found.facts["role"] in {"core", "member", "fringe"}
    assert found.labels == ({"label": "bad", "source": "chargebacks"},)
    assert [d["decision"] for d in found.decisions] == ["watch"]
    shared = {row["value"]: row["n_in"] for row in found.values}
    members = set(sweep.members(cluster)["account_id"])
    facts = ring()["signal"]
    for value, n_in in shared.items():
        holders = {row["account_id"] for row in facts if row["value"] == value}
        assert (n_in or 1) == len(holders & members)
    text = str(found)
    for part in ("Labels: bad (chargebacks)", "Why core: ", "When, 2026-05-", "2026-06-01 · watch",
                 "8 in its cluster"):  # fmt: skip
        assert part in text, part
    whole = sweep.show(cluster)
    assert [d["cluster_id"] for d in whole.decisions] == [cluster]
    assert "Families of evidence: " in str(whole)
    page = whole._repr_html_() + found._repr_html_()
    for part in ("Innocent explanations", "Score, in bits", "Members", "Decisions", "8 of 8"):
        assert part in page, part
    assert "In no cluster." in str(sweep.show("user-0003"))


def test_a_timeline_runs_from_first_to_last_use(store: Store) -> None:
    found = show(store, "user-0000")
    lines = [line for line in str(found).splitlines() if "│" in line]
    assert len(lines) == len(found.values)
    # Shown in order of first use, all on one scale.
    starts = [line.split("│")[1].index("█") for line in lines]
    assert starts == sorted(starts)
    assert starts[0] == 0
    assert any(line.split("│")[1].endswith("█") for line in lines)


def test_paths_agree_with_networkx(root: Path, store: Store) -> None:
    graph = nx.Graph()
    for row in open_workspace(root).newest().links().to_dicts():
        graph.add_edge(row["src"], row["dst"], bits=row["bits"], cost=1 / row["bits"])
    found = paths(store, "ring-000", "ring-007", k=3)
    costs = [sum(1 / b for b in one["bits"]) for one in found]
    wanted = nx.shortest_simple_paths(graph, "ring-000", "ring-007", weight="cost")
    oracle = [
        nx.path_weight(graph, path, "cost") for path, _ in zip(wanted, range(3), strict=False)
    ]
    assert costs == pytest.approx(oracle)
    assert "Few strong links come before many weak ones" in str(found)
    assert "Few strong links come before many weak ones" in found._repr_html_()
    assert "Few strong" not in str(paths(store, "ring-000", "ring-007", k=1)), "nothing to order"
    for one in found:
        assert one["weakest"]["bits"] == min(one["bits"])
        assert one["accounts"][0] == "ring-000"
    assert not paths(store, "ring-000", "user-0300")


def test_expansion_stays_near_and_leaves_the_seeds_out(root: Path, store: Store) -> None:
    found = expand(store, ["ring-000"], hops=2, limit=20)
    accounts = [row["account_id"] for row in found]
    assert "ring-000" not in accounts
    assert {f"ring-{i:03d}" for i in range(1, 8)} <= set(accounts)
    graph = nx.Graph()
    for row in open_workspace(root).newest().links().to_dicts():
        graph.add_edge(row["src"], row["dst"])
    hops = nx.single_source_shortest_path_length(graph, "ring-000", cutoff=2)
    assert all(row["hops"] == hops[row["account_id"]] for row in found)
    assert found.n_found == len(hops) - 1
    assert "3 of 7 accounts" in str(expand(store, ["ring-000"], hops=2, limit=3))
    assert found.to_dict()["seeds"] == ["ring-000"]
    shares = [row["share"] for row in found]
    assert shares == sorted(shares, reverse=True)
