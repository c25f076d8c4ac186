"""From facts to shared values: keys, strata, degrees, lists, treatment (method, sections 1 and 2)."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import TYPE_CHECKING

from coterie.config import FAMILIES, duration
from coterie.queries.run import run

if TYPE_CHECKING:
    from datetime import datetime

    from coterie.config import Config
    from coterie.queries.store import Store

_TICK = timedelta(microseconds=1)
REFERENCE_ACCOUNTS = 100_000  # the platform size that the caps of the method are given for


def build_incidences(
    work: Store, config: Config, window_start: datetime, window_end: datetime
) -> int:
    """Leave the tables account, kind, load, total, stratum, value, listed, incidence, seen.

    Args:
        work: the working store, with the views ``facts.<table>``.
        config: kind profiles.
        window_start: first moment of the window (UTC).
        window_end: end of the window (UTC), not included.

    Returns:
        The number of accounts.
    """
    import polars as pl

    for macro in ("macro_ip_groups", "macro_ip_number"):
        run(work, f"incidence/{macro}")
    run(work, "incidence/account", as_of=window_end)
    n_accounts = int(work.rows("incidence/accounts_count")[0]["n"])
    # Chance agreement grows with the platform, and with it what a rare value can be worth.
    scale = max(0.0, math.log2(max(n_accounts, 1) / REFERENCE_ACCOUNTS))
    seen = [row["kind"] for row in work.rows("incidence/kinds_seen")]
    profiles = [(name, config.kind(name)) for name in sorted(seen)]
    frame = pl.DataFrame(
        [
            {
                "kind_key": key,
                "kind": name,
                "family": p.family,
                "family_key": FAMILIES.index(p.family),
                "m": float(p.m),
                "cap": p.cap,
                "hub_max": p.hub_max,
                "partners": p.partners,
                "max_bits": p.max_bits + (scale if p.strong else 0.0),
                "min_bits": p.min_bits + (scale if p.min_bits > 0 else 0.0),
                "profile_cap": p.profile_cap + (scale if p.strong else 0.0),
                "window_us": None if p.window is None else duration(p.window) // _TICK,
                "half_life_us": None if p.half_life is None else duration(p.half_life) // _TICK,
                "strong": p.strong,
            }
            for key, (name, p) in enumerate(profiles)
        ],
        schema={
            "kind_key": pl.Int32, "kind": pl.String, "family": pl.String, "family_key": pl.Int32,
            "m": pl.Float64, "cap": pl.Int32, "hub_max": pl.Int32, "partners": pl.Int32,
            "max_bits": pl.Float64, "min_bits": pl.Float64, "profile_cap": pl.Float64,
            "window_us": pl.Int64, "half_life_us": pl.Int64, "strong": pl.Boolean,
        },
    )  # fmt: skip
    work.con.register("kind_profile", frame)
    run(work, "incidence/kind")
    work.con.unregister("kind_profile")
    run(work, "incidence/used", window_start=window_start, window_end=window_end)
    run(work, "incidence/ip_stratum", as_of=window_end)
    for step in ("load", "total", "placed", "stratum", "degree", "drop_placed", "shared", "value"):
        run(work, f"incidence/{step}")
    run(work, "incidence/listed", as_of=window_end)
    run(work, "incidence/incidence", as_of=window_end)
    for step in ("seen", "drop_used", "drop_shared", "drop_degree", "drop_ip_stratum"):
        run(work, f"incidence/{step}")
    return n_accounts


def treat_values(work: Store) -> None:
    """Judge large values by their population; leave the table ``treatment``."""
    run(work, "hub/population")
    run(work, "hub/company")
    run(work, "link/treatment")
