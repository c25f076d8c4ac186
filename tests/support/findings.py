"""A store with the findings of a sweep that nobody ran: clusters of any size, for the report's tests.

Facts and findings are written through the store's own door, so that views and readers meet what a
sweep would leave. Everything follows from the seed.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from coterie.queries.schema import FACTS, FINDINGS
from coterie.queries.store import place, scratch, write_store

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from coterie.queries.store import Store

    Array = np.ndarray[Any, Any]

HOSTILE = (
    "</script><script>window.pwned=1</script>",
    '"><img src=x onerror=window.pwned=2>',
    "';window.pwned=3;//",
    "<svg onload=window.pwned=4>",
    "{{7*7}}${7*7}<%=7*7%>",
    "javascript:window.pwned=5",
    '=HYPERLINK("http://evil.example","x")',
    "user\u202egpj.exe",
    "zero\u200bwidth",
    "<!--<script>",
    "]]>&lt;b&gt;&amp;",
    "a" * 3000,
    "\u2028line",
    '<a href="https://evil.example/">Re-authenticate</a>',
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "--ink",
    "%{text}<extra>x</extra>",
    "line\nbreak\ttab\x00nul",
)
"""What an attacker may write into an id, a value, an attribute or a prompt."""

START = dt.datetime(2026, 4, 29)  # noqa: DTZ001 - the store's times are naive UTC
DAYS = 28
HOURS = DAYS * 24
SWEEP = "s-20260527-a1b2c3"
BEFORE = "s-20260520-a1b2c3"
ALL_KINDS = ("payment", "ip", "device", "prompt")
_FAMILY = {"payment": "payment", "ip": "network", "device": "device", "prompt": "prompt"}
_TIERS = ("coordinated", "linked", "lead")
_CLASSES = ("operator", "reseller", "organisation", "household", "unclear")


@dataclass
class World:
    """What was made up of one cluster, in its own numbering."""

    n: int
    values: list[tuple[str, str]]
    links: Array
    signup: Array
    acts: Array


def make_store(
    folder: Path,
    clusters: Sequence[int] = (300,),
    *,
    hostile: bool = False,
    times: bool = True,
    kinds: Sequence[str] = ALL_KINDS,
    history: bool = True,
    bridges: int = 0,
    seed: int = 3,
) -> Path:
    """Write a store with one sweep over clusters of the given sizes.

    Args:
        folder: where ``coterie.duckdb`` is made.
        clusters: accounts of each cluster; none is a sweep that found nothing.
        hostile: every string that comes from outside is an attack.
        times: whether sign-ups, uses and events are dated.
        kinds: kinds of shared values.
        history: whether there was a sweep before.
        bridges: accounts of the second cluster that have the first three values of the first one.
        seed: of everything.

    Returns:
        The store's path.
    """
    rng = np.random.default_rng(seed)
    worlds = [_world(rng, n, kinds) for n in clusters]
    tables = _tables(rng, worlds, hostile=hostile, times=times)
    if bridges:
        _bridge(tables.findings, bridges)
    path = folder / "coterie.duckdb"
    with write_store(path) as store:
        for name in FACTS:
            if name in tables.facts:
                _place(store, "facts", name, "fixture", tables.facts[name])
        for name in FINDINGS:
            if name in tables.findings:
                _place(store, "findings", name, SWEEP, tables.findings[name])
        if history and clusters:
            past = tables.findings["cluster"].with_columns(
                sweep_id=pl.lit(BEFORE),
                size=(pl.col("size") * 0.9).cast(pl.Int32),
                score=pl.col("score") * 0.9,
                change=pl.lit("birth"),
            )
            _place(store, "findings", "cluster", BEFORE, past.head(max(1, past.height - 1)))
            _place(store, "findings", "member", BEFORE, _before(tables.findings["member"]))
        _registers(store, hostile=hostile, history=history and bool(clusters))
    return path


def _bridge(findings: dict[str, pl.DataFrame], n: int) -> None:
    first, second = findings["cluster"]["cluster_id"].head(2).to_list()
    mine = pl.col("cluster_id") == first
    values = findings["evidence"].filter(mine).sort("value_key")["value_key"].head(3)
    members = findings["member"].filter(pl.col("cluster_id") == second).sort("account_key").head(n)
    more = (
        findings["incidence"]
        .filter(pl.col("value_key").is_in(values.to_list()))
        .unique("value_key", maintain_order=True)
        .drop("account_key")
        .join(members.select("account_key"), how="cross")
        .select(findings["incidence"].columns)
    )
    findings["incidence"] = pl.concat([findings["incidence"], more])
    findings["evidence"] = findings["evidence"].with_columns(
        n_all=pl.when(mine).then(pl.col("n_in") + n).otherwise("n_all").cast(pl.Int32)
    )


def _before(members: pl.DataFrame) -> pl.DataFrame:
    """The members of the sweep before: nine of ten, and some of the first cluster in the second."""
    row = pl.int_range(pl.len())
    ids = members["cluster_id"].unique(maintain_order=True).sort().to_list()
    moved = (pl.col("cluster_id") == ids[0]) & (row % 7 == 0)
    return members.filter(row % 10 != 0).with_columns(
        sweep_id=pl.lit(BEFORE),
        cluster_id=pl.when(moved).then(pl.lit(ids[min(1, len(ids) - 1)])).otherwise("cluster_id"),
    )


@dataclass
class Tables:
    facts: dict[str, pl.DataFrame]
    findings: dict[str, pl.DataFrame]


def cluster_name(i: int, *, hostile: bool = False) -> str:
    """The name of the i-th cluster (0-based)."""
    return HOSTILE[i] if hostile and i < len(HOSTILE) else f"c-{i + 1:05d}"


def _place(store: Store, kind: str, table: str, owner: str, rows: pl.DataFrame) -> None:
    file = scratch(store, f"{kind}-{table}-{owner}.parquet")
    rows.write_parquet(file)
    place(store, kind, table, owner, file)


def _world(rng: np.random.Generator, n: int, kinds: Sequence[str]) -> World:
    """One cluster: three tight cells and hangers-on behind one address."""
    cells = rng.choice(4, n, p=[0.4, 0.3, 0.2, 0.1]) if n > 4 else np.zeros(n, dtype=np.int64)
    cells = np.sort(cells)
    a, b, c, d = (np.flatnonzero(cells == q) for q in range(4))
    scale = max(1, round(n / 300))
    values: list[tuple[str, str]] = []
    links: list[Array] = []

    def add(kind: str, label: str, members: Array) -> None:
        if kind in kinds and members.size:
            links.append(np.stack([members, np.full(members.size, len(values))], axis=1))
            values.append((kind, label))

    def some(members: Array, share: float) -> Array:
        return members[rng.random(members.size) < share]

    def deal(kind: str, label: str, members: Array, parts: int, share: float) -> None:
        for q, part in enumerate(np.array_split(rng.permutation(members), max(1, parts))):
            add(kind, f"{label}{q}", some(part, share) if n > 4 else part)

    tag = f"{rng.integers(16**5):05x}"
    deal("payment", f"4{rng.integers(10**8, 10**9)}00", a, 6 * scale if n > 40 else 1, 0.93)
    deal("payment", f"pm_{tag}_", c, 3 * scale if n > 40 else 1, 0.93)
    for q in range(8 * scale if n > 40 else 2):
        add(
            "ip",
            f"203.0.{rng.integers(256)}.{q % 250 + 1}",
            some(a, 0.2 / scale if n > 40 else 0.8),
        )
    for q in range(4 * scale if n > 40 else 1):
        add(
            "ip",
            f"198.51.{rng.integers(256)}.{q % 250 + 1}",
            some(b, 0.45 / scale if n > 40 else 0.8),
        )
    add("ip", f"2001:db8:{rng.integers(16**4):x}::1", np.concatenate([d, some(b, 0.1)]))
    deal("device", f"dev-{tag}-a", np.concatenate([a[: a.size // 2], c]), 8 * scale, 1.0)
    deal("device", f"dev-{tag}-b", b, 3 * scale, 0.8)
    for q in range(3 * scale):
        add("prompt", f"family-{tag}-b{q}", some(b, 0.6 / scale))
    for q in range(2 * scale):
        add("prompt", f"family-{tag}-a{q}", some(np.concatenate([a, c]), 0.6 / scale))

    signup = rng.random(n) * HOURS * 0.7
    signup[a] = rng.choice([30, 54, 79], a.size) + rng.random(a.size) * 2
    signup[b] = 120 + np.arange(b.size) / max(1, b.size) * 15
    signup[c] = 200 + rng.random(c.size) * 3
    acts = []
    for day in range(DAYS):
        for members, share, hour, width in (
            (a, 0.9, 2, 1.5),
            (b, 0.95, 13, 0.7),
            (c, 0.8, 2.5, 1.5),
        ):
            for _ in range(2):
                who = some(members, share)
                acts.append(np.stack([who, day * 24 + hour + rng.random(who.size) * width], axis=1))
        who = some(d, 0.6)
        at = day * 24 + np.clip(rng.normal(15, 5, who.size), 0, 23.9)
        acts.append(np.stack([who, at], axis=1))
    done = np.concatenate(acts) if acts else np.zeros((0, 2))
    done = done[done[:, 1] > signup[done[:, 0].astype(np.int64)]] if n else done
    pairs = np.unique(np.concatenate(links), axis=0) if links else np.zeros((0, 2), dtype=np.int64)
    shared = np.bincount(pairs[:, 1], minlength=len(values)) >= 2
    pairs = pairs[shared[pairs[:, 1]]]
    renumber = np.cumsum(shared) - 1
    pairs = np.stack([pairs[:, 0], renumber[pairs[:, 1]]], axis=1)
    kept = [v for v, on in zip(values, shared.tolist(), strict=True) if on]
    return World(n, kept, pairs.astype(np.int64), signup, done)


def _time(hours: Array, *, times: bool) -> pl.Series:
    if not times:
        return pl.Series([None] * hours.size, dtype=pl.Datetime("us"))
    seconds = np.round(hours * 3600).astype(np.int64)
    base = int(START.replace(tzinfo=dt.UTC).timestamp())
    return pl.from_epoch(pl.Series(seconds + base), time_unit="s").cast(pl.Datetime("us"))


def _tables(rng: np.random.Generator, worlds: list[World], *, hostile: bool, times: bool) -> Tables:
    n = sum(w.n for w in worlds)
    names = np.array([f"acct_{x:08x}" for x in rng.choice(16**8, n, replace=False)], dtype=object)
    outside = sum(len(w.values) for w in worlds)
    kinds = [k for w in worlds for k, _ in w.values]
    values = [v for w in worlds for _, v in w.values]
    values = [
        f"{v}{i % 10}" if k == "payment" else v
        for i, (k, v) in enumerate(zip(kinds, values, strict=True))
    ]
    if hostile:
        for i in range(min(n, len(HOSTILE))):
            names[i] = HOSTILE[i]
        for i in range(min(outside, 3 * len(HOSTILE))):
            values[i] = HOSTILE[i % len(HOSTILE)] + ("" if i < len(HOSTILE) else f" {i}")
    key = np.empty(n, dtype=np.int32)
    key[np.argsort(names, kind="stable")] = np.arange(n, dtype=np.int32)
    order = sorted(range(outside), key=lambda i: (kinds[i], values[i], i))
    value_key = np.empty(outside, dtype=np.int32)
    value_key[order] = np.arange(outside, dtype=np.int32)

    start = np.cumsum([0] + [w.n for w in worlds])
    vstart = np.cumsum([0] + [len(w.values) for w in worlds])
    empty = np.zeros(0, dtype=np.int64)
    account = np.concatenate(
        [empty, *(w.links[:, 0] + s for w, s in zip(worlds, start, strict=False))]
    )
    value = np.concatenate(
        [empty, *(w.links[:, 1] + s for w, s in zip(worlds, vstart, strict=False))]
    )
    signup = np.concatenate([np.zeros(0), *(w.signup for w in worlds)])
    who = np.concatenate(
        [empty, *(w.acts[:, 0].astype(np.int64) + s for w, s in zip(worlds, start, strict=False))]
    )
    at = np.concatenate([np.zeros(0), *(w.acts[:, 1] for w in worlds)])
    cluster = np.repeat(np.arange(len(worlds)), [w.n for w in worlds])
    value_cluster = np.repeat(np.arange(len(worlds)), [len(w.values) for w in worlds])
    ids = np.array(
        [cluster_name(i, hostile=hostile) for i in range(len(worlds) or 1)], dtype=object
    )

    def text(i: int, plain: str) -> str:
        return HOSTILE[i % len(HOSTILE)] if hostile else plain

    first = signup[account] + rng.random(account.size) * 24
    last = np.minimum(first + rng.random(account.size) * 200, HOURS - 0.1)
    n_in = np.bincount(value, minlength=outside)
    n_all = n_in + rng.integers(0, 4, outside)
    families = [_FAMILY.get(k, "relation") for k in kinds]
    degree = np.bincount(account, minlength=n)
    role = np.where(degree >= 3, "core", np.where(degree == 2, "member", "fringe"))
    of_account = pl.DataFrame(
        {
            "account": account,
            "family": pl.Series([families[v] for v in value.tolist()], dtype=pl.String),
        }
    )
    tied = dict(of_account.group_by("account").agg(pl.col("family").unique().sort()).iter_rows())
    span_first, span_last = (
        _time(np.full(outside, 30.0), times=times),
        _time(np.full(outside, HOURS - 2.0), times=times),
    )
    sizes = [w.n for w in worlds]
    score = np.round(np.sort(rng.beta(2, 1.4, len(worlds)))[::-1], 4)
    if len(worlds):
        score[0] = 0.973
    tier = [_TIERS[0] if s > 0.85 else _TIERS[1] if s > 0.5 else _TIERS[2] for s in score]
    per_cluster_family = [sorted({_FAMILY.get(k, "relation") for k, _ in w.values}) for w in worlds]
    hub = pl.DataFrame(
        {
            "kind": ["ip", "device", "prompt"],
            "value": ["192.0.2.1", "common-fingerprint", "say hello"]
            if not hostile
            else list(HOSTILE[:3]),
            "n_accounts": [20_000, 1_800, 950],
            "class": ["cgnat", "shared", "template"],
            "treatment": ["hub", "hub", "listed"],
        }
    )
    findings = {
        "account": pl.DataFrame(
            {
                "sweep_id": pl.Series([SWEEP] * n, dtype=pl.String),
                "account_key": key,
                "account_id": pl.Series(names.tolist(), dtype=pl.String),
                "created_at": _time(signup, times=times),
                "status": pl.Series(
                    [text(i, "banned" if i % 9 == 0 else "active") for i in range(n)],
                    dtype=pl.String,
                ),
                "first_seen": _time(signup, times=times),
                "last_seen": _time(np.full(n, HOURS - 3.0), times=times),
            }
        ),
        "value": pl.concat(
            [
                pl.DataFrame(
                    {
                        "value_key": value_key,
                        "kind": pl.Series(kinds, dtype=pl.String),
                        "value": pl.Series(values, dtype=pl.String),
                        "display": pl.Series(
                            [
                                "write ⟨…⟩ five-star reviews for ⟨…⟩ in a friendly voice"
                                if k == "prompt" and not hostile
                                else v
                                for k, v in zip(kinds, values, strict=True)
                            ],
                            dtype=pl.String,
                        ),
                        "family": pl.Series(families, dtype=pl.String),
                        "n_accounts": n_all.astype(np.int32),
                        "bits": np.round(rng.random(outside) * 12 + 3, 2),
                        "treatment": pl.Series(["used"] * outside, dtype=pl.String),
                        "class": pl.Series(
                            [text(i, "shared") for i in range(outside)], dtype=pl.String
                        ),
                        "why": pl.Series(
                            [
                                text(i, f"{int(n_all[i])} accounts, below the cap")
                                for i in range(outside)
                            ],
                            dtype=pl.String,
                        ),
                        "n_pairs_skipped": np.zeros(outside, dtype=np.int64),
                        "first_seen": span_first,
                        "last_seen": span_last,
                    }
                ),
                hub.with_columns(
                    value_key=pl.int_range(outside, outside + 3, dtype=pl.Int32),
                    display=pl.col("value"),
                    family=pl.Series(["network", "device", "prompt"]),
                    n_accounts=pl.col("n_accounts").cast(pl.Int32),
                    bits=pl.lit(0.2),
                    why=pl.Series(
                        [
                            text(i, w)
                            for i, w in enumerate(
                                [
                                    "carrier NAT: accounts of all ages, hours and languages",
                                    "a common fingerprint",
                                    "on the list of viral prompts",
                                ]
                            )
                        ]
                    ),
                    n_pairs_skipped=pl.col("n_accounts") * (pl.col("n_accounts") - 1) // 2,
                    first_seen=_time(np.full(3, 1.0), times=times),
                    last_seen=_time(np.full(3, HOURS - 1.0), times=times),
                ).select(
                    "value_key",
                    "kind",
                    "value",
                    "display",
                    "family",
                    "n_accounts",
                    "bits",
                    "treatment",
                    "class",
                    "why",
                    "n_pairs_skipped",
                    "first_seen",
                    "last_seen",
                ),
            ]
        ).select(pl.lit(SWEEP).alias("sweep_id"), pl.all()),
        "incidence": pl.DataFrame(
            {
                "sweep_id": pl.Series([SWEEP] * account.size, dtype=pl.String),
                "account_key": key[account],
                "value_key": value_key[value],
                "first_seen": _time(first, times=times),
                "last_seen": _time(last, times=times),
                "n": np.ones(account.size, dtype=np.int64),
                "half_bits": np.round(rng.random(account.size) * 6, 2),
            }
        ),
        "member": pl.DataFrame(
            {
                "sweep_id": pl.Series([SWEEP] * n, dtype=pl.String),
                "cluster_id": pl.Series(ids[cluster].tolist(), dtype=pl.String),
                "account_key": key,
                "account_id": pl.Series(names.tolist(), dtype=pl.String),
                "role": pl.Series(role.tolist(), dtype=pl.String),
                "score": np.round(np.clip(0.35 + 0.15 * degree, 0, 0.999), 3),
                "n_links": (degree * 7).astype(np.int32),
                "families": pl.Series(
                    [tied.get(i, []) for i in range(n)], dtype=pl.List(pl.String)
                ),
                "why": pl.Series(
                    [
                        text(
                            i,
                            f"shares {int(g)} values with the core: {', '.join(tied.get(i, [])) or 'none'}",
                        )
                        for i, g in enumerate(degree)
                    ],
                    dtype=pl.String,
                ),
                "bits": np.round(degree * 6.5 + rng.random(n), 2),
                "stability": np.round(np.clip(0.6 + 0.1 * degree, 0, 1), 2),
            }
        ),
        "evidence": pl.DataFrame(
            {
                "sweep_id": pl.Series([SWEEP] * outside, dtype=pl.String),
                "cluster_id": pl.Series(ids[value_cluster].tolist(), dtype=pl.String),
                "value_key": value_key,
                "kind": pl.Series(kinds, dtype=pl.String),
                "value": pl.Series(values, dtype=pl.String),
                "n_in": n_in.astype(np.int32),
                "n_all": n_all.astype(np.int32),
                "bits": np.round(rng.random(outside) * 9 + 4, 2),
            }
        ),
        "cluster": pl.DataFrame(
            {
                "sweep_id": pl.Series([SWEEP] * len(worlds), dtype=pl.String),
                "cluster_id": pl.Series(ids[: len(worlds)].tolist(), dtype=pl.String),
                "size": pl.Series(sizes, dtype=pl.Int32),
                "score": score,
                "tier": pl.Series(tier, dtype=pl.String),
                "class": pl.Series([_CLASSES[i % 5] for i in range(len(worlds))], dtype=pl.String),
                "families": pl.Series(per_cluster_family, dtype=pl.List(pl.String)),
                "n_kinds": pl.Series([len(f) for f in per_cluster_family], dtype=pl.Int32),
                "first_seen": _time(np.full(len(worlds), 30.0), times=times),
                "last_seen": _time(np.full(len(worlds), HOURS - 2.0), times=times),
                "change": pl.Series(
                    [("grow", "birth", "continue")[i % 3] for i in range(len(worlds))],
                    dtype=pl.String,
                ),
                "summary": pl.Series(
                    [
                        text(
                            i,
                            f"{s:,} accounts share payment methods, devices and one schedule; two families agree without the top value.",
                        )
                        for i, s in enumerate(sizes)
                    ],
                    dtype=pl.String,
                ),
                "stability": np.round(0.7 + 0.3 * rng.random(len(worlds)), 3),
                "q_value": np.round(0.06 * rng.random(len(worlds)) ** 4, 5),
                "n_core": pl.Series(
                    [int((role[cluster == i] == "core").sum()) for i in range(len(worlds))],
                    dtype=pl.Int32,
                ),
                "n_fringe": pl.Series(
                    [int((role[cluster == i] == "fringe").sum()) for i in range(len(worlds))],
                    dtype=pl.Int32,
                ),
                "waterfall": pl.Series(
                    [json.dumps(_waterfall(i, hostile=hostile)) for i in range(len(worlds))],
                    dtype=pl.String,
                ),
                "features": pl.Series(
                    [json.dumps({"size": s, "burst": 4.25, "rhythm": None}) for s in sizes],
                    dtype=pl.String,
                ),
                "guards": pl.Series(
                    [json.dumps(_guards(i, hostile=hostile)) for i in range(len(worlds))],
                    dtype=pl.String,
                ),
            }
        ),
        "change": pl.DataFrame(
            {
                "sweep_id": pl.Series([SWEEP] * len(worlds), dtype=pl.String),
                "cluster_id": pl.Series(ids[: len(worlds)].tolist(), dtype=pl.String),
                "event": pl.Series(
                    [("grow", "birth", "continue", "merge")[i % 4] for i in range(len(worlds))],
                    dtype=pl.String,
                ),
                "other_cluster_id": pl.Series(
                    [text(i, "c-09999") if i % 4 == 3 else None for i in range(len(worlds))],
                    dtype=pl.String,
                ),
                "n_joined": pl.Series([max(1, s // 10) for s in sizes], dtype=pl.Int32),
                "n_left": pl.Series([0] * len(worlds), dtype=pl.Int32),
            }
        ),
    }
    prompts = [i for i in range(value.size) if kinds[value[i]] == "prompt"][:4000]
    docs = [f"doc-{values[value[i]]}-{i % 3}" for i in prompts]
    seen = sorted({(d, values[value[i]]) for d, i in zip(docs, prompts, strict=True)})
    facts = {
        "account": pl.DataFrame(
            {
                "account_id": pl.Series(names.tolist(), dtype=pl.String),
                "created_at": _time(signup, times=times),
                "status": pl.Series(["active"] * n, dtype=pl.String),
                "banned_at": pl.Series([None] * n, dtype=pl.Datetime("us")),
                "attributes": pl.Series(
                    [json.dumps({"plan": text(i, "free"), "spend": i % 40 / 2}) for i in range(n)],
                    dtype=pl.String,
                ),
            }
        ),
        "quarantine": pl.DataFrame(
            {
                "source": [text(1, "signals.csv")] * 3,
                "row_number": [7, 9, 12],
                "reason": ["bad time", "bad time", "missing id"],
                "field": ["seen_at", "seen_at", "account_id"],
                "found": [text(2, "31/31/2026"), text(3, "yesterday"), ""],
                "raw": ["{}", "{}", "{}"],
            }
        ),
        "prompt": pl.DataFrame(
            {
                "account_id": pl.Series([names[account[i]] for i in prompts], dtype=pl.String),
                "doc": pl.Series(docs, dtype=pl.String),
                "sent_at": _time(first[prompts], times=times),
                "n": pl.Series([1] * len(prompts), dtype=pl.Int64),
            }
        ),
        "doc": pl.DataFrame(
            {
                "doc": pl.Series([d for d, _ in seen], dtype=pl.String),
                "text": pl.Series(
                    [
                        text(i, "Write 40 five-star reviews for the café in a friendly voice")
                        for i in range(len(seen))
                    ],
                    dtype=pl.String,
                ),
                "norm": pl.Series([""] * len(seen), dtype=pl.String),
            }
        ),
        "family": pl.DataFrame(
            {
                "doc": pl.Series([d for d, _ in seen], dtype=pl.String),
                "family": pl.Series([f for _, f in seen], dtype=pl.String),
                "template": pl.Series([f for _, f in seen], dtype=pl.String),
            }
        ),
    }
    if times:
        facts["event"] = pl.DataFrame(
            {
                "account_id": pl.Series(names[who].tolist(), dtype=pl.String),
                "at": _time(at, times=True),
                "type": pl.Series(["request"] * who.size, dtype=pl.String),
                "n": np.ones(who.size, dtype=np.int64),
            }
        )
    return Tables(facts, findings)


def _waterfall(i: int, *, hostile: bool) -> list[dict[str, Any]]:
    parts = [
        ("prior", 0.01, -6.6),
        ("payment evidence", 14.2, 5.1),
        ("device evidence", 6.1, 2.4),
        ("prompt and content", 9.3, 3.0),
        ("synchrony", 0.71, 2.2),
        ("sign-up burst", 4.2, 1.1),
        ("address hub", 0.4, -0.9),
    ]
    return [
        {"name": HOSTILE[(i + q) % len(HOSTILE)] if hostile else name, "value": value, "bits": bits}
        for q, (name, value, bits) in enumerate(parts)
    ]


def _guards(i: int, *, hostile: bool) -> list[dict[str, Any]]:
    found = [
        ("household", "300 accounts are too many", "7 of them share one card", True),
        (
            "corporate network",
            "one address holds 45 accounts",
            "34 have nothing else in common",
            False,
        ),
        ("launch day", "half signed up in three days", "the platform's sign-ups were flat", True),
    ]
    out = []
    for q, (name, pro, con, passed) in enumerate(found):
        say = HOSTILE[(i + q) % len(HOSTILE)] if hostile else None
        out.append(
            {"explanation": say or name, "for": say or pro, "against": say or con, "passed": passed}
        )
    return out


def _registers(store: Store, *, hostile: bool, history: bool) -> None:
    end = START + dt.timedelta(days=DAYS)
    detail = json.dumps(
        {
            "stages": [{"stage": "links", "rows": 13072, "seconds": 0.41}],
            "warnings": [HOSTILE[0]] if hostile else ["signals.csv: 3 rows in quarantine"],
            "settings": {"window": "28d", "min_size": 5},
            "versions": {"duckdb": "2.0.0", "igraph": "1.0.0"},
            "hubs": {"n_values": 3, "n_pairs_skipped": 201_000_000},
        }
    )
    sweeps = [(SWEEP, end, dt.timedelta(0))] + (
        [(BEFORE, end - dt.timedelta(days=7), dt.timedelta(days=7))] if history else []
    )
    for name, as_of, back in sweeps:
        store.sql(
            "INSERT INTO register.sweep VALUES ($id, $end, $start, $end, 'complete', 'cfg-1', 'in-1',"
            " 1, '0.1.0', $done, $done, $detail)",
            id=name,
            end=as_of,
            start=START - back,
            done=as_of + dt.timedelta(hours=1),
            detail=detail,
        )
    store.sql(
        "INSERT INTO register.source VALUES ('fixture', $name, 'signals', 1003, 1000, 3, $start, $end,"
        " $end, '{}')",
        name=HOSTILE[1] if hostile else "signals.csv",
        start=START,
        end=end,
    )
    store.sql(
        "INSERT INTO register.decision BY NAME SELECT 'd-1' AS decision_id, $cluster AS cluster_id,"
        " 'watch' AS decision, 'pattern' AS reason_code, $by AS reviewer, $at AS decided_at,"
        " $note AS note, 1 AS seq",
        cluster=cluster_name(0, hostile=hostile),
        by=HOSTILE[3] if hostile else "reviewer-7",
        at=end - dt.timedelta(days=3),
        note=HOSTILE[0] if hostile else "wait for the next sweep",
    )
