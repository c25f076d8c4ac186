"""Put the simulated world together, table after table."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from coterie.loaders.simulate.activity import event_columns, event_types
from coterie.loaders.simulate.campaigns import (
    campaign_sizes,
    ordinary_shares,
    take_campaigns,
    take_mailboxes,
)
from coterie.loaders.simulate.draw import join, pick, stream, tokens, zipf
from coterie.loaders.simulate.emails import N_FIXED, domain_names, draw_emails, email_text
from coterie.loaders.simulate.everyday import N_CLIENTS, N_ISSUERS, live
from coterie.loaders.simulate.footprint import leave_traces
from coterie.loaders.simulate.ipv6 import ipv6_blocks, with_ipv6
from coterie.loaders.simulate.networks import COUNTRIES, free_blocks, network_lists
from coterie.loaders.simulate.population import NEVER, draw_people
from coterie.loaders.simulate.prompts import prompt_columns
from coterie.loaders.simulate.rows import Rows, gather_rows
from coterie.loaders.simulate.turns import take_turns, told, turned

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from coterie.loaders.simulate.campaigns import Campaign
    from coterie.loaders.simulate.draw import Bools, Ints
    from coterie.loaders.simulate.networks import Pools
    from coterie.loaders.simulate.options import WorldOptions
    from coterie.loaders.simulate.population import People


def tables(options: WorldOptions) -> Iterator[tuple[str, pl.DataFrame]]:
    """The tables of a world by name, each made when it is asked for."""
    n = options.accounts + sum(size for _, size, _ in campaign_sizes(options))
    people = draw_people(options, n)
    emails = draw_emails(options, people)
    campaigns = take_campaigns(options, people)
    take_mailboxes(options, campaigns, emails)
    ids = tokens(stream(options.seed, "ids"), n, "u_").alias("account_id")
    address = email_text(options, emails)

    turns = take_turns(options, people, campaigns, ids, origin(options)) if options.turns else None

    def taken(name: str, frame: pl.DataFrame) -> tuple[str, pl.DataFrame]:
        return name, frame if turns is None else turned(turns, name, frame)

    signals, paying, lists, referrals = _signals(options, people, campaigns, ids, address)
    domains = domain_names(options, emails.n_domains)
    yield taken("accounts", _accounts(options, people, paying, ids, address, domains))
    yield taken("signals", signals)
    yield taken("links", referrals)
    yield "lists", lists
    del signals, lists, referrals, address, domains
    yield taken("prompts", _prompts(options, people, campaigns, ids))
    yield taken("events", _events(options, people, campaigns, ids))
    yield "truth", _truth(options, campaigns, ids)
    if turns is not None:
        yield "turns", told(turns)


def origin(options: WorldOptions) -> datetime:
    """Start of the window, UTC without a zone."""
    start = options.start
    return start.astimezone(UTC).replace(tzinfo=None) if start.tzinfo else start


def _times(options: WorldOptions, minutes: Ints) -> pl.Series:
    """Minutes since the start of the window as times (UTC, no zone)."""
    begin = np.datetime64(origin(options), "us")
    return pl.Series(
        "t", begin + minutes * np.timedelta64(60_000_000, "us"), dtype=pl.Datetime("us")
    )


def _shuffled(options: WorldOptions, table: str, n: int) -> Ints:
    return stream(options.seed, "order", table).permutation(n)


def _accounts(
    options: WorldOptions,
    people: People,
    paying: Bools,
    ids: pl.Series,
    address: pl.Series,
    domains: pl.Series,
) -> pl.DataFrame:
    rng = stream(options.seed, "accounts")
    banned = people.banned != NEVER
    suspended = ~banned & (rng.random(people.n) < 0.003)
    status = pick(["active", "suspended", "banned"], np.where(banned, 2, np.where(suspended, 1, 0)))
    kind = np.where(people.org >= 0, 2, 1 + 2 * (rng.random(people.n) < 0.12))
    plan = pick(["free", "pro", "team", "api"], np.where(paying, kind, 0))
    order = _shuffled(options, "accounts", people.n)
    org = pick(domains, np.maximum(people.org, 0) + N_FIXED)
    nothing = pl.Series("none", [None], dtype=pl.String).new_from_index(0, people.n)
    in_org = pl.Series(people.org >= 0)
    return pl.DataFrame(
        {
            "account_id": ids,
            "created_at": _times(options, people.created),
            "status": status,
            "banned_at": _times(options, np.where(banned, people.banned, 0)),
            "plan": plan,
            "country": pick([code for code, _, _ in COUNTRIES], people.country),
            "org": org.zip_with(in_org, nothing),
            "email": address,
        }
    ).with_columns(banned_at=pl.when(pl.col("status") == "banned").then("banned_at"))[order]


def _signals(
    options: WorldOptions,
    people: People,
    campaigns: list[Campaign],
    ids: pl.Series,
    address: pl.Series,
) -> tuple[pl.DataFrame, Bools, pl.DataFrame, pl.DataFrame]:
    """The table of signals, who pays, the tables of lists and links."""
    rng = stream(options.seed, "signals")
    everyday = live(
        options,
        people,
        ordinary_shares(people, campaigns),
        free_blocks(stream(options.seed, "net")),
    )
    traces = leave_traces(options, people, campaigns, everyday)
    ip = gather_rows([*everyday.addresses.rows, *traces.ip])
    shown = with_ipv6(options, ip, everyday.addresses.pools)
    device = gather_rows([*everyday.device, *traces.device])
    client = gather_rows([*everyday.client, *traces.client])
    everyone = np.arange(people.n)
    mail = Rows(everyone, everyone, people.begin, people.end)
    kinds = [
        ("ip", shown.rows, shown.text, shown.rows.value),
        ("device", device, tokens(rng, traces.devices, "dv_"), device.value),
        ("client", client, _client_names(rng), client.value),
        ("email", mail, address, everyone),
    ]
    paying = np.zeros(people.n, dtype=np.bool_)
    if not options.free_only:
        payment = gather_rows([*everyday.payment, *traces.payment])
        paying[payment.account] = True
        kinds.append(("payment", payment, tokens(rng, traces.cards, "pm_"), payment.value))
        issuer_of = _card_issuers(rng, people, everyday.payment, everyday.cards)
        issuer_of = np.concatenate([issuer_of, *traces.card_issuer])
        issuer = Rows(payment.account, issuer_of[payment.value], payment.first, payment.last)
        issuer = gather_rows([issuer])
        kinds.append(("issuer", issuer, _issuer_names(rng), issuer.value))
    total = sum(len(rows) for _, rows, _, _ in kinds)
    order = _shuffled(options, "signals", total)
    frame = pl.concat(
        [
            pl.DataFrame(
                {
                    "account": pl.Series(rows.account).cast(pl.Int32),
                    "kind": pl.Series("kind", [kind]).new_from_index(0, len(rows)),
                    "value": pick(names, codes),
                    "first_seen": rows.first,
                    "last_seen": rows.last,
                }
            )
            for kind, rows, names, codes in kinds
        ]
    )[order]
    span = (frame["last_seen"] - frame["first_seen"]).to_numpy()
    uses = 1 + rng.poisson(np.minimum(span / 4_320, 25.0))
    signals = frame.select(
        account_id=ids.gather(frame["account"]),
        kind="kind",
        value="value",
        first_seen=_times(options, frame["first_seen"].to_numpy()),
        last_seen=_times(options, frame["last_seen"].to_numpy()),
        n=pl.Series(uses, dtype=pl.Int64),
    )
    return (
        signals,
        paying,
        _lists(options, everyday.addresses.pools),
        _referrals(options, people, traces.referrals, ids),
    )


def _lists(options: WorldOptions, pools: list[Pools]) -> pl.DataFrame:
    """Blocks of the public lists; with IPv6 every operator's, the classes of IPv4 alone."""
    lists = network_lists(pools, stream(options.seed, "lists"))
    if options.ipv6 == 0:
        return lists
    more = ipv6_blocks(pools).select(
        pl.lit("ip").alias("kind"),
        cidr="cidr",
        asn="asn",
        **{"class": pl.lit("network")},
        reason=pl.lit("routing table"),
        owner=pl.lit("simulated"),
    )
    return pl.concat([lists, more], how="diagonal")[
        _shuffled(options, "lists", len(lists) + len(more))
    ]


def _client_names(rng: np.random.Generator) -> pl.Series:
    software = ["python-sdk", "node-sdk", "curl", "web-chrome", "web-firefox", "web-safari", "app"]
    system = ["linux", "windows", "macos", "android", "ios"]
    code = rng.permutation(len(software) * len(system) * 12)[:N_CLIENTS]
    version = pl.Series("v", code // 35).cast(pl.String)
    return join([pick(software, code % 7), "/1.", version, ".0 ", pick(system, code // 7 % 5)])


def _issuer_names(rng: np.random.Generator) -> pl.Series:
    drawn = rng.permutation(200_000)[: len(COUNTRIES) * N_ISSUERS] + 400_000
    return pl.Series("issuer", drawn).cast(pl.String)


def _card_issuers(
    rng: np.random.Generator, people: People, cards: list[Rows], n_cards: int
) -> Ints:
    """Issuer of each ordinary card: a bank of its (last) holder's country."""
    country = np.zeros(n_cards, dtype=np.int64)
    for rows in cards:
        country[rows.value] = people.country[rows.account]
    return country * N_ISSUERS + zipf(rng, N_ISSUERS, n_cards, 0.9)


def _referrals(
    options: WorldOptions, people: People, traces: list[tuple[Ints, Ints]], ids: pl.Series
) -> pl.DataFrame:
    rng = stream(options.seed, "referrals")
    referred = np.flatnonzero((rng.random(people.n) < 0.03) & (people.created >= 0))
    # Friends are of the same country now and then; heavy referrers exist.
    by = zipf(rng, people.n, len(referred), 0.4)
    by = rng.permutation(people.n)[by]
    src = np.concatenate([referred, *(a for a, _ in traces)])
    dst = np.concatenate([by, *(b for _, b in traces)])
    kept = src != dst
    src, dst = src[kept], dst[kept]
    order = _shuffled(options, "links", len(src))
    return pl.DataFrame(
        {
            "src": ids.gather(src),
            "dst": ids.gather(dst),
            "kind": pl.Series("kind", ["referral"]).new_from_index(0, len(src)),
            "similarity": np.ones(len(src)),
            "seen_at": _times(options, people.created[src]),
        }
    )[order]


def _prompts(
    options: WorldOptions, people: People, campaigns: list[Campaign], ids: pl.Series
) -> pl.DataFrame:
    schema = pl.Schema(
        [("account_id", pl.String), ("text", pl.String), ("sent_at", pl.Datetime("us"))]
    )
    if not options.prompts:
        return pl.DataFrame(schema=schema)
    account, text, minute = prompt_columns(options, people, campaigns)
    order = _shuffled(options, "prompts", len(account))
    return pl.DataFrame(
        {
            "account_id": ids.gather(account[order]),
            "text": text.gather(order),
            "sent_at": _times(options, minute[order]),
        },
        schema=schema,
    )


def _events(
    options: WorldOptions, people: People, campaigns: list[Campaign], ids: pl.Series
) -> pl.DataFrame:
    schema = pl.Schema(
        [("account_id", pl.String), ("at", pl.Datetime("us")), ("type", pl.String), ("n", pl.Int64)]
    )
    if not options.times:
        return pl.DataFrame(schema=schema)
    account, hour, kind, n = event_columns(options, people, campaigns)
    order = _shuffled(options, "events", len(account))
    return pl.DataFrame(
        {
            "account_id": ids.gather(account[order]),
            "at": _times(options, hour[order] * 60),
            "type": pick(event_types(), kind[order]),
            "n": n[order],
        },
        schema=schema,
    )


def _truth(options: WorldOptions, campaigns: list[Campaign], ids: pl.Series) -> pl.DataFrame:
    frames = [
        pl.DataFrame(
            {
                "account_id": ids.gather(np.concatenate([c.operators, c.customers])),
                "cluster": c.name,
                "archetype": c.archetype,
                "role": ["operator"] * len(c.operators) + ["customer"] * len(c.customers),
            }
        )
        for c in campaigns
    ]
    schema = dict.fromkeys(("account_id", "cluster", "archetype", "role"), pl.String)
    frame = pl.concat([pl.DataFrame(schema=schema), *frames])
    return frame[_shuffled(options, "truth", len(frame))]
