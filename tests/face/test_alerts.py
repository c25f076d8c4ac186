"""Alerts: each rule, told once, capped, to every target; figures for Prometheus; ``--fail-on``."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import json
import re
import sys
from http.server import BaseHTTPRequestHandler
from types import ModuleType
from typing import TYPE_CHECKING, Any, ClassVar

import polars as pl
import pytest
from tests.support.receiver import receiving
from tests.support.rings import put_facts, ring

from coterie.config import ALERT_RULES
from coterie.errors import UnknownName, UsageError
from coterie.queries.run import run as run_named
from coterie.queries.schema import FACTS, FINDINGS
from coterie.queries.store import place, scratch, write_store
from coterie.workspace import open_workspace
from coterie.workspace.alerts import tell
from coterie.workspace.metrics import metrics
from coterie.workspace.outbox import Patience

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from tests.face.conftest import Ended

    from coterie.queries.store import Store
    from coterie.workspace import Workspace

NOW = dt.datetime(2026, 6, 1, 12)  # noqa: DTZ001 - the store's times are naive UTC
BEFORE, SWEEP = "s-1", "s-2"
HOSTILE = "c-\x1b[31m<script>\u202e"
_TYPES: dict[str, pl.DataType | type[pl.DataType]] = {
    "VARCHAR": pl.String, "TIMESTAMP": pl.Datetime("us"), "BIGINT": pl.Int64,
    "INTEGER": pl.Int32, "DOUBLE": pl.Float64, "BOOLEAN": pl.Boolean,
    "VARCHAR[]": pl.List(pl.String), "UHUGEINT": pl.Int64,
}  # fmt: skip


def _put(store: Store, room: str, table: str, owner: str, rows: Sequence[dict[str, Any]]) -> None:
    spec = {"facts": FACTS, "findings": FINDINGS}[room][table]
    schema = {c.name: _TYPES[c.type] for c in spec.columns}
    whole = [{**dict.fromkeys(schema), **({"sweep_id": owner} if room == "findings" else {}), **r}
             for r in rows]  # fmt: skip
    file = scratch(store, f"{table}-{owner}.parquet")
    pl.DataFrame(whole, schema=schema).write_parquet(file)
    place(store, room, table, owner, file)


def _sweep(
    store: Store,
    sweep_id: str,
    clusters: Sequence[tuple[str, int, str, list[str]]],
    *,
    week: int,
    previous: str | None = None,
    status: str = "complete",
    **tables: Sequence[dict[str, Any]],
) -> None:
    end = NOW - dt.timedelta(days=7 * (2 - week))
    rows = [
        {"cluster_id": name, "size": size, "tier": tier, "families": families}
        for name, size, tier, families in clusters
    ]
    for table, given in {"cluster": rows, **tables}.items():
        _put(store, "findings", table, sweep_id, given)
    quality = [{"check": "feed", "severity": "degraded", "detail": "a <b>feed</b>"}]
    detail = {"previous": previous, "quality": quality if status == "degraded" else []}
    run_named(
        store, "sweep/add_sweep", sweep_id=sweep_id, as_of=end, window_end=end,
        window_start=end - dt.timedelta(days=90), status=status, config_hash="", input_hash="",
        seed=1, version="0", started_at=end, finished_at=end, detail=json.dumps(detail),
    )  # fmt: skip


def _change(cluster: str, event: str, other: str | None = None, joined: int = 0) -> dict[str, Any]:
    return {"cluster_id": cluster, "event": event, "other_cluster_id": other, "n_joined": joined,
            "n_left": 0}  # fmt: skip


def _value(key: int, kind: str, treatment: str) -> dict[str, Any]:
    return {"value_key": key, "kind": kind, "value": f"v{key}", "treatment": treatment}


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """As ``two``, for tests that read only."""
    return _two(tmp_path_factory.mktemp("seen"))


@pytest.fixture
def two(tmp_path: Path) -> Workspace:
    """Two sweeps in which every rule holds for a cluster of its own."""
    return _two(tmp_path)


def _two(tmp_path: Path) -> Workspace:
    two_families = ["device", "payment"]
    with write_store(tmp_path / "coterie.duckdb") as store:
        _put(store, "facts", "list", "l", [
            {"kind": "account", "value": "staff-1", "class": "staff"},
            {"kind": "account", "value": "old-1", "class": "staff", "expires": dt.datetime(2020, 1, 1)},  # noqa: DTZ001
        ])  # fmt: skip
        _sweep(
            store, BEFORE,
            [("c-up", 9, "linked", ["device"]), ("c-grown", 8, "coordinated", two_families),
             ("c-still", 8, "coordinated", two_families), ("c-family", 8, "coordinated", ["device"]),
             ("c-conf", 8, "confirmed", two_families), ("c-list", 8, "coordinated", two_families),
             ("c-hub", 8, "coordinated", two_families), ("c-old", 9, "coordinated", two_families)],
            week=1,
            change=[_change("c-still", "birth")],
            value=[_value(1, "ip", "used"), _value(2, "device", "used")],
            evidence=[{"cluster_id": "c-hub", "kind": "ip", "value": "v1", "value_key": 1},
                      {"cluster_id": "c-still", "kind": "device", "value": "v2", "value_key": 2}],
        )  # fmt: skip
        _sweep(
            store, SWEEP,
            [("c-up", 9, "coordinated", ["device"]), ("c-grown", 10, "coordinated", two_families),
             ("c-still", 9, "coordinated", two_families),
             ("c-family", 8, "coordinated", two_families), ("c-conf", 8, "confirmed", two_families),
             ("c-list", 8, "coordinated", two_families), ("c-hub", 8, "coordinated", two_families),
             ("c-old", 9, "coordinated", two_families), ("c-new", 12, "coordinated", two_families),
             (HOSTILE, 6, "coordinated", two_families), ("c-small", 4, "coordinated", two_families),
             ("c-lead", 40, "lead", two_families), ("c-back", 7, "coordinated", two_families),
             ("c-next", 7, "coordinated", two_families)],
            week=2, previous=BEFORE, status="degraded",
            change=[
                _change("c-new", "birth", joined=12), _change(HOSTILE, "birth"),
                _change("c-small", "birth"), _change("c-lead", "birth"),
                _change("c-grown", "grow", joined=2), _change("c-still", "continue", joined=1),
                _change("c-conf", "merge", "c-gone"), _change("c-old", "merge", "c-gone"),
                _change("c-back", "resurge"), _change("c-next", "replaced", "c-old"),
            ],
            member=[{"cluster_id": "c-list", "account_id": "staff-1", "account_key": 1},
                    {"cluster_id": "c-old", "account_id": "old-1", "account_key": 2}],
            value=[_value(7, "ip", "hub") | {"value": "v1"}, _value(8, "device", "used") | {"value": "v2"}],
        )  # fmt: skip
    return open_workspace(tmp_path)


def _tell(ws: Workspace, **more: Any) -> Any:
    return tell(ws, lambda: NOW, **more)


def test_every_rule_finds_its_cluster_and_no_other(seen: Workspace) -> None:
    found = {(a["rule"], a["cluster_id"]) for a in _tell(seen, dry_run=True).found}
    assert found == {
        ("degraded", None), ("new", "c-new"), ("new", HOSTILE), ("tier", "c-up"),
        ("grow", "c-grown"), ("family", "c-family"), ("merge", "c-conf"), ("resurge", "c-back"),
        ("replaced", "c-next"), ("listed", "c-list"), ("hub", "c-hub"),
    }  # fmt: skip
    assert {rule for rule, _ in found} == set(ALERT_RULES)
    assert not (seen.path / "alerts.jsonl").exists()
    assert seen.named("alert/listing", sweep_id=None).is_empty()


@pytest.mark.parametrize(
    ("setting", "value", "gone", "come"),
    [
        ("alert.min_size", 4, set(), {("new", "c-small")}),
        ("alert.tier", "lead", set(), {("new", "c-lead")}),
        ("alert.growth", 12.5, set(), {("grow", "c-still")}),
        ("alert.growth", 25.1, {("grow", "c-grown")}, set()),
        ("alert.classes", ["organisation"], {("listed", "c-list")}, set()),
        ("alert.rules", [r for r in ALERT_RULES if r != "hub"], {("hub", "c-hub")}, set()),
    ],
)
def test_settings_move_the_rules(
    seen: Workspace, setting: str, value: object, gone: set[Any], come: set[Any]
) -> None:
    def found(ws: Workspace) -> set[tuple[str, str | None]]:
        return {(a["rule"], a["cluster_id"]) for a in _tell(ws, dry_run=True).found}

    plain = found(seen)
    moved = found(open_workspace(seen.path, settings={setting: value}))
    assert plain - moved == gone
    assert moved - plain == come


def test_alerts_are_told_once_and_capped_with_n_of_m(
    two: Workspace, run: Callable[..., Ended]
) -> None:
    (two.path / "coterie.toml").write_text("[alert]\nmost = 4\n", encoding="utf-8")
    first = run("alerts", "-w", two.path)
    assert first.code == 0, first.err
    assert "4 of 11 new alerts" in first.out
    assert "7 held back" in first.out
    assert "told: 4 to file" in first.out
    lines = (two.path / "alerts.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["rule"] for line in lines] == list(ALERT_RULES[:4])
    again = run("alerts", "-w", two.path)
    assert "0 new alerts" in again.out
    assert (two.path / "alerts.jsonl").read_text(encoding="utf-8").splitlines() == lines
    kept = two.named("alert/listing", sweep_id=SWEEP)
    assert kept.height == 11
    assert kept["held"].sum() == 7
    assert kept["alert_id"].n_unique() == 11


def test_nothing_of_an_attacker_reaches_an_alert_unescaped(
    two: Workspace, run: Callable[..., Ended]
) -> None:
    done = run("alerts", "-w", two.path, "--json")
    text = (two.path / "alerts.jsonl").read_text(encoding="utf-8")
    for told in (done.out, text):
        assert told.isascii()
        assert "\x1b" not in told
        assert "staff-1" not in told
        assert '"v1"' not in told
    for alert in map(json.loads, text.splitlines()):
        assert alert["text"].isprintable()
    shown = run("alerts", "-w", two.path, "--dry-run")
    assert "\x1b" not in shown.out
    assert json.loads(done.out)["schema_version"] == 1


def test_stdout_takes_json_lines(two: Workspace, run: Callable[..., Ended]) -> None:
    done = run("alerts", "-w", two.path, "--to", "stdout", "--log-format", "json")
    alerts = [json.loads(line) for line in done.out.splitlines()]
    assert len(alerts) == 11
    assert all(a["type"] == "coterie.alert.v1" and a["sweep_id"] == SWEEP for a in alerts)
    assert all("message" in json.loads(line) for line in done.err.splitlines())
    assert run("alerts", "-w", two.path, "--to", "stdout").out == ""


def test_a_torn_line_and_a_kill_before_the_mark_lose_and_repeat_nothing(two: Workspace) -> None:
    file = two.path / "alerts.jsonl"
    _tell(two)
    whole = file.read_text(encoding="utf-8")
    lines = whole.splitlines()
    with write_store(two.config.store_path) as store:
        store.con.sql("UPDATE register.alert SET sent_to = []")
    file.write_text("\n".join(lines[:5]) + "\n" + lines[5][:20], encoding="utf-8")
    _tell(two)
    ids = [
        json.loads(line)["alert_id"]
        for line in file.read_text(encoding="utf-8").splitlines()
        if line.endswith("}")
    ]
    assert sorted(ids) == sorted(json.loads(line)["alert_id"] for line in lines)


class _Hook(BaseHTTPRequestHandler):
    """A receiver that checks signatures."""

    seen: ClassVar[list[dict[str, Any]]] = []
    answers: ClassVar[list[int]] = []
    secret = b"a secret of this test, 24+ bytes"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        name, stamp = self.headers["webhook-id"], self.headers["webhook-timestamp"]
        want = hmac.new(self.secret, f"{name}.{stamp}.".encode() + body, hashlib.sha256).digest()
        assert self.headers["webhook-signature"] == "v1," + base64.b64encode(want).decode()
        code = self.answers.pop(0) if self.answers else 200
        if code == 200:
            self.seen.append({"id": name, **json.loads(body)})
        self.send_response(code)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def hook(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("COTERIE_WEBHOOK_SECRET", "whsec_" + base64.b64encode(_Hook.secret).decode())
    _Hook.seen, _Hook.answers = [], []
    with receiving(_Hook) as port:
        yield f"http://127.0.0.1:{port}/in"


def test_a_webhook_is_signed_and_takes_what_is_left_later(two: Workspace, hook: str) -> None:
    ws = open_workspace(two.path, settings={"alert.webhook": hook, "alert.to": ["webhook", "file"]})
    _Hook.answers = [200, 200, 401]
    patience = Patience(attempts=1, first_delay=0.0, timeout=5)
    first = _tell(ws, patience=patience)
    assert first.sent == {"file": 11}
    assert "refuses the credentials" in first.failed["webhook"]
    _Hook.answers = []
    second = _tell(ws, patience=patience)
    assert second.fresh == ()
    assert second.sent == {"webhook": 11, "file": 0}
    # What was taken before the refusal was not sent again.
    ids = [message["data"]["alert_id"] for message in _Hook.seen]
    assert len(ids) == len(set(ids)) == 11
    assert {m["id"] for m in _Hook.seen} == {f"msg_{i}" for i in ids}
    outbox = two.config.store_path.with_name("coterie.duckdb.d") / "outbox"
    assert not list(outbox.glob("*/messages.jsonl"))
    assert _tell(ws, patience=patience).sent == {"webhook": 0, "file": 0}


def test_a_target_that_cannot_be_used_stops_the_run_before_it(
    two: Workspace, run: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch
) -> None:
    for to, problem in (("webhook", "alert.webhook"), ("apprise", "coterie[alerts]")):
        monkeypatch.setitem(sys.modules, "apprise", None)
        done = run("alerts", "-w", two.path, "--to", to)
        assert done.code == 2
        assert problem in done.err
    ws = open_workspace(two.path, settings={"alert.webhook": "https://alerts.example.org"})
    with pytest.raises(UsageError, match="COTERIE_WEBHOOK_SECRET"):
        _tell(ws, to=["webhook"])
    with pytest.raises(UnknownName, match="Did you mean"):
        _tell(ws, to=["stdour"])
    assert two.named("alert/listing", sweep_id=None).is_empty()


def test_apprise_gets_one_message_and_never_shows_its_addresses(
    two: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[str, str]] = []

    class Apprise:
        def __init__(self) -> None:
            self.fine = True

        def add(self, url: str) -> bool:
            self.fine = "down" not in url
            return "bad" not in url

        def notify(self, title: str, body: str) -> bool:
            told.append((title, body))
            return self.fine

    fake = ModuleType("apprise")
    vars(fake)["Apprise"] = Apprise
    monkeypatch.setitem(sys.modules, "apprise", fake)
    monkeypatch.setenv("COTERIE_APPRISE_URLS", "json://bad-s3cret")
    with pytest.raises(UsageError, match="address 1") as caught:
        _tell(two, to=["apprise"])
    assert "s3cret" not in str(caught.value)
    monkeypatch.setenv("COTERIE_APPRISE_URLS", "json://down")
    assert "could not tell" in _tell(two, to=["apprise"]).failed["apprise"]
    monkeypatch.setenv("COTERIE_APPRISE_URLS", "json://one json://two")
    assert _tell(two, to=["apprise"]).sent == {"apprise": 11}
    assert len(told) == 2
    assert told[-1][0] == "Coterie: 11 alerts"
    assert told[-1][1].count("\n- ") == 10
    assert _tell(two, to=["apprise"]).sent == {"apprise": 0}


_SAMPLE = re.compile(
    r'([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*",?)*)\})? '
    r"(-?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?|Inf)|NaN)"
)


def _parsed(text: str) -> dict[tuple[str, str], float]:
    """Prometheus' text format, read strictly: HELP and TYPE first, families together, no repeats."""
    assert text.endswith("\n")
    samples: dict[tuple[str, str], float] = {}
    types: dict[str, str] = {}
    current = helped = ""
    for row in text.removesuffix("\n").split("\n"):
        if row.startswith("# HELP "):
            helped = row.split(" ")[2]
            assert helped not in types
        elif row.startswith("# TYPE "):
            _, _, current, kind = row.split(" ")
            assert current == helped
            types[current] = kind
        else:
            found = _SAMPLE.fullmatch(row)
            assert found, row
            assert found[1] == current
            key = (found[1], found[2] or "")
            assert key not in samples
            samples[key] = float(found[3])
    assert set(types.values()) == {"gauge"}
    return samples


def test_figures_are_valid_and_moved_in_whole(two: Workspace, run: Callable[..., Ended]) -> None:
    file = two.path / "metrics" / "coterie.prom"
    assert run("alerts", "-w", two.path, "--metrics", file).code == 0
    samples = _parsed(file.read_text(encoding="utf-8"))
    assert samples["coterie_sweep_degraded", ""] == 1
    assert samples["coterie_sweep_info", f'sweep_id="{SWEEP}",status="degraded"'] == 1
    assert samples["coterie_clusters", 'tier="coordinated"'] == 12
    assert samples["coterie_changes", 'event="birth"'] == 4
    assert samples["coterie_alerts", 'rule="new"'] == 2
    assert samples["coterie_sweep_window_end_timestamp_seconds", ""] == 1780315200
    assert [f.name for f in file.parent.iterdir()] == ["coterie.prom"]


def test_a_hostile_label_is_escaped(two: Workspace) -> None:
    name = 's-"\\\n}\x1b'
    with write_store(two.config.store_path) as store:
        _sweep(store, name, [], week=3)
    with two.store() as store:
        samples = _parsed(metrics(store, name))
    (label,) = [labels for family, labels in samples if family == "coterie_sweep_info"]
    assert label == 'sweep_id="s-\\"\\\\\\n} ",status="complete"'


def test_fail_on_ends_with_5(tmp_path: Path, run: Callable[..., Ended]) -> None:
    put_facts(tmp_path / "coterie.duckdb", ring(12))
    plain = run("sweep", "-w", tmp_path)
    assert plain.code == 0
    tiers = {row["tier"] for row in open_workspace(tmp_path).newest().clusters().to_dicts()}
    assert run("sweep", "-w", tmp_path, "--fail-on", "lead").code == 5
    wanted = run("sweep", "-w", tmp_path, "--fail-on", "confirmed", "--fail-on", "degraded")
    assert wanted.code == 0
    hit = run("sweep", "-w", tmp_path, "--fail-on", "new", "--json")
    assert hit.code == (5 if "coordinated" in tiers else 0)
    assert json.loads(hit.out)["fail_on"] == (["new"] if hit.code else [])
    wrong = run("sweep", "-w", tmp_path, "--fail-on", "degradd")
    assert wrong.code == 2
    assert 'Did you mean "degraded"' in wrong.err


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('rules = ["nwe"]', "rules among"),
        ('tier = "high"', "one of lead"),
        ("most = -1", "at least 0"),
        ('to = ["mail"]', "targets among"),
        ('rule = ["new"]', 'Did you mean "rules"'),
    ],
)
def test_wrong_settings_are_told(
    tmp_path: Path, run: Callable[..., Ended], text: str, problem: str
) -> None:
    (tmp_path / "coterie.toml").write_text(f"[alert]\n{text}\n", encoding="utf-8")
    done = run("config", "-w", tmp_path)
    assert done.code == 2
    assert problem in done.err
    assert "coterie.toml:2" in done.err
