"""The overview's search over account ids and shared values.

They would make the overview heavy, and most readers never ask for them. They lie beside it as a
script that the overview loads when somebody first searches; a page from disk may load nothing else.
"""

from __future__ import annotations

import base64
import gzip
import json
from typing import TYPE_CHECKING

from coterie.reports.text import LIMIT

if TYPE_CHECKING:
    from coterie.queries.store import Store
    from coterie.reports.read import Sweep
    from coterie.reports.redact import Names

SEARCH = "search.js"


def search_script(store: Store, sweep: Sweep, names: Names) -> str:
    """The names in each cluster, packed, as a script for ``assets/``.

    Args:
        store: an open store.
        sweep: the sweep, its clusters in the order of the overview.
        names: what may be shown: card numbers stay cut here too. Not for a redacted report.

    Returns:
        A call with one base64 text: gzip of a JSON list, one text a cluster, one name a line.
    """
    import polars as pl

    found = store.frame("report/search", sweep_id=sweep.id).with_columns(why=pl.lit(""))
    shown = names.values(found.with_columns(pl.col("kind").fill_null("account")))
    lines = (
        shown.with_columns(pl.col("display").str.slice(0, LIMIT).str.replace_all("\n", " "))
        .group_by("place")
        .agg(pl.col("display").unique(maintain_order=True).str.join("\n"))
    )
    text = (
        pl.DataFrame({"place": range(sweep.clusters.height)}, schema={"place": pl.Int64})
        .join(lines.with_columns(pl.col("place").cast(pl.Int64)), on="place", how="left")
        .sort("place")["display"]
        .fill_null("")
        .to_list()
    )
    packed = gzip.compress(json.dumps(text, ensure_ascii=False).encode("utf-8"), 6, mtime=0)
    return f'coterieSearch("{base64.b64encode(packed).decode()}");\n'
