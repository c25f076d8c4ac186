"""Build a report: read once, one page after the other, swapped in as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from coterie.errors import UnknownName, did_you_mean
from coterie.reports.data import write_data
from coterie.reports.evidence import thumbnail
from coterie.reports.folder import replacing, write_private
from coterie.reports.names import file_name
from coterie.reports.page import PLOTLY, asset
from coterie.reports.pages.cluster import cluster_page
from coterie.reports.pages.index import TOP, Stamp, overview
from coterie.reports.read import cluster_of, read_details, read_sweep
from coterie.reports.redact import Names

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import polars as pl

    from coterie.queries.store import Store

    Progress = Callable[[int, int, str], None]

MAX_PAGES = 2_000


@dataclass(frozen=True, slots=True)
class ReportSummary:
    """What was written.

    Attributes:
        path: the report's folder, or the case file.
        sweep_id: the sweep that it tells of.
        n_clusters: clusters of the sweep.
        n_pages: clusters with a page of their own.
        bytes: size of all files.
    """

    path: Path
    sweep_id: str
    n_clusters: int
    n_pages: int
    bytes: int


def build_report(
    store: Store,
    sweep_id: str | None,
    out: Path,
    *,
    progress: Progress | None = None,
    redact: bool = False,
    max_pages: int = MAX_PAGES,
) -> ReportSummary:
    """Write the report of a sweep to the folder ``out``.

    It is built beside ``out`` and takes its place when it is whole: a killed run leaves the last
    report. Equal input gives equal bytes.

    Args:
        store: an open store.
        sweep_id: a sweep, or None for the newest complete one.
        out: the folder; made when absent, replaced when it is a report.
        progress: called with pages written, pages in all, and what is being done.
        redact: for wider circulation: no account ids, values, prompts or notes.
        max_pages: most clusters that get a page of their own: first all above lead, then the best
            leads.

    Raises:
        UnknownName: there is no such sweep.
        UsageError: ``out`` holds something that is no report.
    """
    tell = progress or (lambda _done, _all, _what: None)
    names = Names(redact=redact)
    with replacing(out) as folder:
        tell(0, 1, "reading")
        sweep = read_sweep(store, sweep_id, names)
        chosen = _with_pages(sweep.clusters, max_pages)
        ids = [row["cluster_id"] for row in chosen]
        details = read_details(store, sweep, ids, names)
        hrefs = {i: f"clusters/{file_name(i)}" for i in ids}
        stamps: list[Stamp] = []
        top = set(sweep.clusters["cluster_id"].head(TOP).to_list())
        for page, row in enumerate(chosen):
            tell(page, len(chosen) + 1, "pages")
            html, made = cluster_page(sweep, cluster_of(details, row, page), redact=redact)
            folder.write(hrefs[row["cluster_id"]], html)
            if row["cluster_id"] in top:
                head, cells = thumbnail(made)
                stamps.append(Stamp(row, hrefs[row["cluster_id"]], head, cells))
        tell(len(chosen), len(chosen) + 1, "overview")
        stamps.sort(key=lambda s: (-(s.row["score"] or 0.0), -s.row["size"], s.row["cluster_id"]))
        where = [hrefs.get(i) for i in sweep.clusters["cluster_id"].to_list()]
        folder.write("index.html", overview(sweep, where, stamps, redact=redact))
        folder.write(f"assets/{PLOTLY}", asset(f"vendor/{PLOTLY}"))
        folder.write("assets/LICENSE-plotly.txt", asset("vendor/LICENSE-plotly.txt"))
        write_data(folder, store, sweep, redact=redact)
        folder.manifest(
            sweep_id=sweep.id,
            window={"start": sweep.row["window_start"], "end": sweep.row["window_end"]},
            status=sweep.row["status"],
            config_hash=sweep.row["config_hash"],
            input_hash=sweep.row["input_hash"],
            seed=sweep.row["seed"],
            settings=sweep.detail.get("settings", {}),
            version=sweep.row["version"],
            versions=sweep.detail.get("versions", {}),
            redacted=redact,
            clusters=sweep.clusters.height,
            pages=len(chosen),
        )
        size = sum(n for _, n in folder.files.values())
    tell(len(chosen) + 1, len(chosen) + 1, "done")
    return ReportSummary(out, sweep.id, sweep.clusters.height, len(chosen), size)


def build_case(
    store: Store, cluster_id: str, out: Path, *, sweep_id: str | None = None, redact: bool = False
) -> ReportSummary:
    """Write one cluster as a single file that needs nothing beside it, for a ticket.

    Args:
        store: an open store.
        cluster_id: the cluster.
        out: the file; replaced when present.
        sweep_id: a sweep, or None for the newest complete one.
        redact: as for :func:`build_report`.

    Raises:
        UnknownName: there is no such sweep or cluster.
    """
    names = Names(redact=redact)
    sweep = read_sweep(store, sweep_id, names)
    known = sweep.clusters["cluster_id"].to_list()
    if cluster_id not in known:
        raise UnknownName(f'There is no cluster "{cluster_id}".{did_you_mean(cluster_id, known)}')
    row = sweep.clusters.row(known.index(cluster_id), named=True)
    details = read_details(store, sweep, [cluster_id], names)
    html, _ = cluster_page(sweep, cluster_of(details, row, 0), redact=redact, alone=True)
    data = html.encode("utf-8")
    out.parent.mkdir(parents=True, exist_ok=True)
    draft = out.with_name(f".{out.name}.new")
    draft.unlink(missing_ok=True)
    write_private(draft, data)
    draft.replace(out)
    return ReportSummary(out, sweep.id, sweep.clusters.height, 1, len(data))


def _with_pages(clusters: pl.DataFrame, most: int) -> list[dict[str, Any]]:
    """The clusters that get a page: all above lead by score, then the best leads."""
    import polars as pl

    ranked = clusters.with_columns((pl.col("tier") == "lead").alias("_lead")).sort(
        "_lead", maintain_order=True
    )
    return ranked.head(most).drop("_lead").to_dicts()
