"""Links: pairs of accounts whose shared values outweigh chance (method, section 3)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from coterie.graphs.beside import beside
from coterie.queries.run import run

if TYPE_CHECKING:
    from datetime import datetime

    import polars as pl

    from coterie.config import SweepOptions
    from coterie.queries.store import Store


def threshold_bits(n_accounts: int, options: SweepOptions) -> float:
    """Bits that a link needs: ``log2(N) - 4``, at least 6, unless the settings say otherwise."""
    if options.threshold is not None:
        return options.threshold
    return max(6.0, math.log2(max(n_accounts, 2)) - 4)


def build_links(
    work: Store,
    options: SweepOptions,
    n_accounts: int,
    window_start: datetime,
    window_end: datetime,
) -> list[dict[str, object]]:
    """Leave the table ``link``.

    Returns:
        One row per kind: values expanded, pairs formed, pairs set aside.
    """
    estimate = work.rows("link/estimate")
    with beside(work) as submit:
        rings = submit(_rings, options.seed)
        run(work, "link/expandable")
        run(work, "link/meeting_all")
    work.con.register("met", rings.result())
    run(work, "link/meeting_partners")
    work.con.unregister("met")
    run(work, "link/meeting_windowed", window_start=window_start, window_end=window_end)
    run(work, "link/meeting_given", window_start=window_start, window_end=window_end)
    threshold = round(1e6 * threshold_bits(n_accounts, options))
    _choose_pairs(work, threshold)
    run(work, "link/link", threshold=threshold)
    for table in ("meeting", "expandable", "candidate_pair"):
        run(work, f"link/drop_{table}")
    return estimate


def _rings(work: Store, seed: int) -> pl.DataFrame:
    """The meetings in large values."""
    from coterie.graphs.partners import ring_pairs

    return ring_pairs(work.frame("link/crowd"), seed)


def _choose_pairs(work: Store, threshold: int) -> None:
    """Leave the table ``candidate_pair``: the pairs whose meetings are worth adding up."""
    from coterie.graphs.partners import meeting_twice

    met, strong = work.frame("link/met"), work.frame("link/met_strong", threshold=threshold)
    work.con.register("chosen", meeting_twice(met["pair"], strong["pair"]).to_frame())
    run(work, "link/candidate")
    work.con.unregister("chosen")
