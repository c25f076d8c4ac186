"""An operator, those who merely meet it, and a crowd that shares nothing telling."""

from __future__ import annotations

import random

Rows = list[tuple[str, str, str]]


def crowd(n: int = 4000) -> Rows:
    """Accounts that share nothing telling, so that what is rare is rare."""
    return [
        (f"z{i}", kind, f"{kind}-own-{i}") for i in range(n) for kind in ("payment", "device")
    ] + [(f"z{i}", "ip", f"10.{i // 200}.{i % 200}.7") for i in range(n)]


def operator_rows() -> Rows:
    """Sixty accounts on cards and devices of four, each pair of hands dealt anew."""
    rng = random.Random(7)
    rows: Rows = []
    for kind in ("payment", "device", "payment", "device"):
        order = rng.sample(range(60), 60)
        deal = rng.randrange(10**6)
        rows += [(f"op{i}", kind, f"{kind}-{deal}-{place // 4}") for place, i in enumerate(order)]
    return rows


def asking(operator: Rows) -> Rows:
    """The operator's accounts, each on two of its twelve templates, and a crowd that asks."""
    rng = random.Random(3)
    asked = [
        (f"op{i}", "prompt", f"template-{t}") for i in range(60) for t in rng.sample(range(12), 2)
    ]
    asked += [(f"z{i}", "prompt", f"question-{rng.randrange(100_000)}") for i in range(4000)]
    return [*operator, *asked]


def stolen_card(operator: Rows) -> Rows:
    """All of them, and ten colleagues on one company card of which a thief took hold."""
    company = [
        row
        for i in range(10)
        for row in (
            (f"co{i}", "payment", "company-card"),
            (f"co{i}", "device", f"office-pc-{i // 5}"),
            (f"co{i}", "email_domain", "company.example"),
        )
    ]
    stolen = [("op3", "payment", "company-card"), ("op3", "device", "office-pc-0")]
    stolen += [("op8", "payment", "company-card")]
    return [*asking(operator), *company, *stolen, *crowd()]
