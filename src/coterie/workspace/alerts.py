"""Alerts: what changed enough for somebody to look today, told once.

An alert is named after its rule, its cluster and its window. It is entered into a register before it
is told, and marked for each target that took it: a run that was cut short goes on where it was, and
the same sweep run again tells nothing twice. No account and no value is named in one; whoever reads
it opens the report.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import time
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from coterie.config import ALERT_RULES, TIERS
from coterie.errors import UnknownName, UsageError, did_you_mean
from coterie.printable import count, printable
from coterie.queries.run import run

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    import polars as pl

    from coterie.config import AlertOptions
    from coterie.queries.store import Store
    from coterie.reports.exports.messages import Message
    from coterie.workspace import Workspace
    from coterie.workspace.outbox import Patience

SCHEMA_VERSION = 1
TYPE = "coterie.alert.v1"
_NAMED = ("alert_id", "rule", "cluster_id", "other_cluster_id", "sweep_id", "tier", "size", "text")


@dataclass(frozen=True, slots=True)
class Told:
    """What a run of the alerts did.

    Attributes:
        sweep_id: the sweep that was looked at.
        found: alerts that hold for the sweep, the most important first.
        fresh: ids of those that were not known before.
        held: of the fresh ones, how many the cap held back.
        sent: target -> alerts that it took now.
        failed: target -> why it took nothing, or not all.
        dry_run: whether nothing was entered or told.
    """

    sweep_id: str
    found: list[dict[str, Any]]
    fresh: tuple[str, ...]
    held: int
    sent: Mapping[str, int] = field(default_factory=dict)
    failed: Mapping[str, str] = field(default_factory=dict)
    dry_run: bool = False

    @property
    def told(self) -> list[dict[str, Any]]:
        """The fresh alerts within the cap."""
        fresh = set(self.fresh)
        return [a for a in self.found if a["alert_id"] in fresh and not a["held"]]

    def to_dict(self) -> dict[str, Any]:
        """The same as plain data."""
        return asdict(self)


def find_alerts(
    store: Store, options: AlertOptions, sweep_id: str, now: datetime
) -> list[dict[str, Any]]:
    """The alerts of a sweep, whether they were told or not, the most important first.

    Args:
        store: an open store.
        options: ``[alert]``.
        sweep_id: a sweep that is there.
        now: the time.

    Returns:
        The columns of ``register.alert``; those beyond ``most`` are marked held.
    """
    sweep = store.rows("alert/sweep", sweep_id=sweep_id)[0]
    detail = json.loads(sweep["detail"] or "{}")
    rows = store.rows(
        "alert/found",
        sweep_id=sweep_id,
        previous=detail.get("previous"),
        rules=list(options.rules),
        least=TIERS.index(options.tier) + 1,
        min_size=options.min_size,
        growth=float(options.growth),
        classes=list(options.classes),
    )
    return [
        {
            "alert_id": _name(row["rule"], row["cluster_id"], sweep),
            "rule": row["rule"],
            "cluster_id": row["cluster_id"],
            "other_cluster_id": row["other_cluster_id"],
            "sweep_id": sweep_id,
            "window_start": sweep["window_start"],
            "window_end": sweep["window_end"],
            "tier": row["tier"],
            "size": row["size"],
            "text": _words(row, detail),
            "made_at": now,
            "place": place,
            "held": place > options.most,
            "sent_to": [],
        }
        for place, row in enumerate(rows, 1)
    ]


def _name(rule: str, cluster: str | None, sweep: Mapping[str, Any]) -> str:
    parts = (rule, cluster or "", *(sweep[w].isoformat() for w in ("window_start", "window_end")))
    return "al-" + hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _words(row: Mapping[str, Any], detail: Mapping[str, Any]) -> str:
    """One sentence of Coterie's own words; kinds and list classes are the only names of others."""
    what = printable(", ".join(row["what"]), 200)
    if row["rule"] == "degraded":
        odd = [q for q in detail.get("quality") or [] if q["severity"] == "degraded"]
        checks = ", ".join(sorted({str(q["check"]) for q in odd}))
        return f"The sweep is degraded ({checks or 'no reason given'}): mend the data first"
    other = printable(row["other_cluster_id"] or "another cluster", 60)
    size, before = row["size"] or 0, row["size_before"] or 0
    said = {
        "new": f"new, with {size:,} accounts",
        "tier": f"moved up: {what}",
        "grow": f"grew from {before:,} to {size:,} accounts",
        "family": f"has a new family of evidence: {what}",
        "merge": f"merged with {other}; people confirmed one of them",
        "resurge": f"is back after it was gone, with {size:,} accounts",
        "replaced": f"its banned accounts were replaced, {size:,} accounts now",
        "listed": f"has listed accounts or values inside: {what}",
        "hub": f"its shared values are treated another way: {what}",
    }[row["rule"]]
    return f"Cluster {printable(row['cluster_id'], 60)} ({row['tier']}): {said}"


def tell(
    ws: Workspace,
    now: Callable[[], datetime],
    *,
    sweep_id: str | None = None,
    to: Sequence[str] | None = None,
    dry_run: bool = False,
    wait: float = 0.0,
    say: Callable[[str], object] = print,
    patience: Patience | None = None,
) -> Told:
    """Find the alerts of a sweep, enter them, and tell those that were not told.

    Args:
        ws: the workspace.
        now: the clock.
        sweep_id: the sweep; None takes the newest complete one.
        to: targets; None takes the setting.
        dry_run: find only.
        wait: seconds to wait for another writer.
        say: writes a line to stdout.
        patience: how often and how long a webhook is tried.

    Raises:
        UsageError: a target cannot be used; nothing is entered.
        StoreLocked: another process is writing.
    """
    from coterie.workspace.people import writing

    options = ws.config.alert
    targets = list(dict.fromkeys(options.to if to is None else to))
    sweep = ws.newest(sweep_id).sweep_id
    with ws.store() as store:
        found = find_alerts(store, options, sweep, now())
        known = {r["alert_id"]: r for r in store.rows("alert/listing", sweep_id=None)}
    fresh = tuple(a["alert_id"] for a in found if a["alert_id"] not in known)
    held = sum(a["held"] for a in found if a["alert_id"] in set(fresh))
    if dry_run:
        return Told(sweep, found, fresh, held, dry_run=True)
    ready = {target: _ready(ws, target) for target in targets}
    if fresh:
        with writing(ws, wait, "alert") as store:
            enter(store, [a for a in found if a["alert_id"] in set(fresh)])
    sent, failed = {}, {}
    for target in targets:
        with ws.store() as store:
            # What an earlier run did not get out goes with the new ones.
            left = [
                r for r in store.rows("alert/listing", sweep_id=None)
                if not r["held"] and target not in r["sent_to"]
            ]  # fmt: skip
        problem = _send(ws, target, left, ready[target], now, say, patience) if left else None
        if problem is not None:
            failed[target] = problem
            continue
        sent[target] = len(left)
        if left:
            with writing(ws, wait, "alert") as store:
                run(store, "alert/sent", ids=[r["alert_id"] for r in left], target=target)
    return Told(sweep, found, fresh, held, sent, failed)


def enter(store: Store, alerts: Sequence[Mapping[str, Any]]) -> None:
    """Put alerts into the register; those that are there stay as they are."""
    store.con.register("alert_made", _frame(alerts))
    run(store, "alert/add")
    store.con.unregister("alert_made")


def _frame(alerts: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    import polars as pl

    from coterie.queries.schema import REGISTERS

    types: dict[str, Any] = {
        "TIMESTAMP": pl.Datetime("us"), "BIGINT": pl.Int64, "BOOLEAN": pl.Boolean,
        "VARCHAR[]": pl.List(pl.String),
    }  # fmt: skip
    schema = {c.name: types.get(c.type, pl.String) for c in REGISTERS["alert"].columns}
    return pl.DataFrame([{n: a[n] for n in schema} for a in alerts], schema=schema)


def _ready(ws: Workspace, target: str) -> Any:
    """What a target needs, looked for before anything is entered.

    Raises:
        UsageError: it is not there.
    """
    from coterie.workspace.outbox import checked_url
    from coterie.workspace.sending import Credentials

    if target == "webhook":
        secrets = Credentials.of(os.environ).secrets
        if ws.config.alert.webhook is None:
            raise UsageError("alert.webhook: name the receiver's address for alerts to a webhook")
        if not secrets:
            raise UsageError("a webhook needs a secret to sign with: set COTERIE_WEBHOOK_SECRET")
        return checked_url(ws.config.alert.webhook), secrets
    if target == "apprise":
        return _apprise(os.environ.get("COTERIE_APPRISE_URLS", ""))
    if target not in {"file", "stdout"}:
        known = ("file", "stdout", "webhook", "apprise")
        raise UnknownName(f'There is no target "{printable(target)}".{did_you_mean(target, known)}')
    return None


def _apprise(urls: str) -> Any:
    try:
        import apprise
    except ImportError as error:
        raise UsageError(
            "alerts over apprise need the package: pip install 'coterie[alerts]'"
        ) from error
    if not urls.split():
        raise UsageError("set COTERIE_APPRISE_URLS to the addresses for apprise, by spaces")
    notifier = apprise.Apprise()
    for number, url in enumerate(urls.split(), 1):
        if not notifier.add(url):
            # The address holds a secret more often than not: it is not repeated.
            raise UsageError(f"COTERIE_APPRISE_URLS: apprise does not know address {number}")
    return notifier


def _send(
    ws: Workspace,
    target: str,
    alerts: Sequence[Mapping[str, Any]],
    ready: Any,
    now: Callable[[], datetime],
    say: Callable[[str], object],
    patience: Patience | None,
) -> str | None:
    """Tell one target; why not, or None."""
    if target == "stdout":
        for alert in alerts:
            say(line(alert))
        return None
    if target == "file":
        return _add(ws.path / ws.config.alert.file, alerts)
    if target == "webhook":
        url, secrets = ready
        return _webhook(ws, alerts, url, secrets, now, patience)
    body = "\n".join(f"- {alert['text']}" for alert in alerts)
    title = f"Coterie: {count(len(alerts), len(alerts), 'alert')}"
    fine = ready.notify(title=title, body=body)
    return None if fine else "apprise could not tell all of its addresses"


def line(alert: Mapping[str, Any]) -> str:
    """An alert as one line of JSON, ASCII only."""
    window = [f"{alert[w]:%Y-%m-%dT%H:%M:%SZ}" for w in ("window_start", "window_end")]
    told = {"schema_version": SCHEMA_VERSION, "type": TYPE, **{n: alert[n] for n in _NAMED}}
    return json.dumps({**told, "window": window, "at": f"{alert['made_at']:%Y-%m-%dT%H:%M:%SZ}"})


def _add(path: Path, alerts: Sequence[Mapping[str, Any]]) -> str | None:
    """Add to a JSON Lines file what it does not hold yet, on the disk before it counts as told."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a+b") as file:
            file.seek(0)
            text = file.read()
            held = {_id_of(part) for part in text.split(b"\n")}
            # A kill can leave half a line: the next one begins on a line of its own.
            torn = b"" if text.endswith(b"\n") or not text else b"\n"
            lines = [line(a).encode() + b"\n" for a in alerts if a["alert_id"] not in held]
            file.write(torn + b"".join(lines))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        return f"{path}: cannot be written ({error.strerror or error})"
    return None


def _id_of(text: bytes) -> str | None:
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return str(found.get("alert_id")) if isinstance(found, dict) else None


def _webhook(
    ws: Workspace,
    alerts: Sequence[Mapping[str, Any]],
    url: str,
    secrets: Sequence[str],
    now: Callable[[], datetime],
    patience: Patience | None,
) -> str | None:
    from coterie.workspace.outbox import (
        Patience,
        deliver,
        put,
        signature_headers,
        standing,
        taken,
    )

    outbox = ws.config.store_path.with_name(ws.config.store_path.name + ".d") / "outbox"
    # The register says what is left; what the receiver took before a kill is not sent again.
    earlier = [f.parent for f in outbox.glob("*/delivery.json")]
    folder = put(outbox, "alerts", url, _messages(alerts), taken(outbox, "alerts", url))
    done = deliver(
        folder,
        headers=lambda message: signature_headers(secrets, message, now()),
        now=now,
        sleep=time.sleep,
        # Jitter keeps senders apart; nothing that is found depends on it.
        rng=random.SystemRandom(),
        patience=patience or Patience(attempts=4),
        retry_dead=True,
    )
    if done.sent == done.messages:
        for old in earlier:
            found = standing(old)
            if old != folder and (found.target, found.url) == ("alerts", url):
                shutil.rmtree(old, ignore_errors=True)
        return None
    return done.stopped or (
        f"{done.sent:,} of {done.messages:,} requests taken; the rest waits for the next run"
    )


def _messages(alerts: Sequence[Mapping[str, Any]]) -> list[Message]:
    from coterie.reports.exports.messages import Message

    made = []
    for alert in alerts:
        told = json.loads(line(alert))
        body = {"type": told.pop("type"), "timestamp": told["at"], "data": told}
        made.append(Message(f"msg_{alert['alert_id']}", "", json.dumps(body), 1))
    return made


def met(ws: Workspace, sweep_id: str, wanted: Sequence[str], now: datetime) -> list[str]:
    """Which of ``--fail-on`` a sweep meets.

    Args:
        ws: the workspace.
        sweep_id: the sweep.
        wanted: rules of ``[alert]``, or tiers: a cluster of that tier or a higher one.
        now: the time.

    Raises:
        UnknownName: one is neither.
    """
    check_wanted(wanted)
    from dataclasses import replace

    options = replace(ws.config.alert, rules=ALERT_RULES)
    with ws.store() as store:
        rules = {a["rule"] for a in find_alerts(store, options, sweep_id, now)}
        tiers = {row["label"] for row in store.rows("alert/metrics", sweep_id=sweep_id)
                 if row["name"] == "clusters" and row["value"]}  # fmt: skip
    highest = max((TIERS.index(tier) for tier in tiers), default=-1)
    return [
        name for name in wanted if name in rules or (name in TIERS and TIERS.index(name) <= highest)
    ]


def check_wanted(wanted: Sequence[str]) -> None:
    """Refuse a name that is neither rule nor tier, before a sweep is run for it."""
    known = (*ALERT_RULES, *TIERS)
    for name in wanted:
        if name not in known:
            raise UnknownName(
                f'--fail-on: there is no rule or tier "{printable(name)}".'
                f"{did_you_mean(name, known)}"
            )
