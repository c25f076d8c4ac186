"""Build a report: read once, the pages by two processes, swapped in as a whole."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from coterie.errors import UnknownName, UsageError, did_you_mean
from coterie.printable import count, notebook, printable, printable_lines
from coterie.reports.data import write_data
from coterie.reports.folder import place_file, refuse_strangers, replacing
from coterie.reports.page import PLOTLY, asset
from coterie.reports.pages.cluster import cluster_page
from coterie.reports.pages.index import TOP, Stamp, overview
from coterie.reports.read import cluster_of, read_details, read_sweep
from coterie.reports.redact import by_day, names_of, redacted_cluster, redacted_sweep
from coterie.reports.render import Job, page_name, render_pages
from coterie.reports.search import SEARCH, search_script

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import polars as pl

    from coterie.queries.store import Store
    from coterie.reports.read import Cluster, Sweep, WhatIf
    from coterie.reports.render import Form

    Progress = Callable[[int, int, str], None]

MAX_PAGES = 2_000
PROCESSES = 2
# By these a file is known for one of ours that a newer case may replace.
_MARKS = {"html": b" \xc2\xb7 Coterie</title>", "md": b"<!-- coterie case -->", "png": b"Coterie"}


@dataclass(frozen=True, slots=True)
class ReportSummary:
    """What was written.

    Attributes:
        path: the report's folder, or the case file.
        sweep_id: the sweep that it tells of.
        n_clusters: clusters of the sweep.
        n_pages: clusters with a page of their own.
        bytes: size of all files.
        sha256: of the manifest, which holds the hash of every file; of the file for a case. Noted
            elsewhere, it shows later that nothing was changed.
    """

    path: Path
    sweep_id: str
    n_clusters: int
    n_pages: int
    bytes: int
    sha256: str

    def __str__(self) -> str:
        """What was written and where, in two lines."""
        return printable_lines(
            f"{count(self.n_pages, self.n_clusters, 'cluster page')} of sweep {self.sweep_id}, "
            f"{self.bytes / 2**20:.1f} MiB in {printable(self.path)}\nsha256 {self.sha256}"
        )

    def __repr__(self) -> str:
        """Short; the attributes hold the rest."""
        return f"<ReportSummary of {self.sweep_id} in {printable(self.path)}>"

    def _repr_html_(self) -> str:
        """The text for notebooks, escaped."""
        return notebook(str(self))


def build_report(
    store: Store,
    sweep_id: str | None,
    out: Path,
    *,
    progress: Progress | None = None,
    redact: bool = False,
    key: str | None = None,
    form: Form = "html",
    max_pages: int = MAX_PAGES,
    processes: int = PROCESSES,
    what_if: WhatIf | None = None,
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
        key: key of the tokens of a redacted report; see :func:`coterie.reports.redact.names_of`.
        form: HTML, or Markdown with pictures for those who cannot open HTML.
        max_pages: most clusters that get a page of their own: first all above lead, then the best
            leads.
        processes: how many share the pages, this one among them.
        what_if: judges clusters again without some of their evidence; see
            :func:`coterie.reports.read.read_details`.

    Raises:
        UnknownName: there is no such sweep.
        UsageError: ``out`` holds something that is no report, or cannot be written.
    """
    tell = progress or (lambda _done, _all, _what: None)
    with replacing(out) as folder:
        tell(0, 1, "reading")
        names = names_of(store, sweep_id, redact=redact, key=key)
        sweep = read_sweep(store, sweep_id, names)
        sweep = redacted_sweep(sweep) if redact else sweep
        chosen = _with_pages(sweep.clusters, max_pages)
        ids = [row["cluster_id"] for row in chosen]
        details = read_details(store, sweep, ids, names, what_if)

        def cluster(at: int) -> Cluster:
            found = cluster_of(details, chosen[at], at)
            return redacted_cluster(found) if redact else found

        hrefs = {i: f"clusters/{page_name(i, form)}" for i in ids}
        job = Job(sweep, form, redact, frozenset(sweep.clusters["cluster_id"].head(TOP).to_list()))
        stamps: list[Stamp] = []
        tell(0, len(chosen) + 1, "pages")
        for done, page in enumerate(render_pages(job, cluster, len(ids), processes=processes), 1):
            for name, data in page.files.items():
                folder.write(f"clusters/{name}", data)
            if page.stamp is not None:
                stamps.append(Stamp(chosen[page.at], hrefs[ids[page.at]], *page.stamp))
            tell(done, len(chosen) + 1, "pages")
        stamps.sort(key=lambda s: (-(s.row["score"] or 0.0), -s.row["size"], s.row["cluster_id"]))
        where = [hrefs.get(i) for i in sweep.clusters["cluster_id"].to_list()]
        if form == "md":
            from coterie.reports.markdown import index_text

            folder.write("index.md", index_text(sweep, where, redact=redact))
        else:
            folder.write("index.html", overview(sweep, where, stamps, redact=redact))
            folder.write(f"assets/{PLOTLY}", asset(f"vendor/{PLOTLY}"))
            folder.write("assets/LICENSE-plotly.txt", asset("vendor/LICENSE-plotly.txt"))
            if sweep.clusters.height and not redact:
                folder.write(f"assets/{SEARCH}", search_script(store, sweep, names))
        tell(len(chosen), len(chosen) + 1, "data")
        write_data(folder, store, sweep, redact=redact)
        digest = folder.manifest(**_facts(sweep, form, len(chosen), redact=redact))
        size = sum(n for _, n in folder.files.values())
    tell(len(chosen) + 1, len(chosen) + 1, "done")
    return ReportSummary(out, sweep.id, sweep.clusters.height, len(chosen), size, digest)


def _facts(sweep: Sweep, form: Form, n_pages: int, *, redact: bool) -> dict[str, object]:
    row = by_day(sweep.row) if redact else sweep.row
    return {
        "sweep_id": sweep.id,
        "window": {"start": row["window_start"], "end": row["window_end"]},
        "status": row["status"],
        "config_hash": row["config_hash"],
        "input_hash": row["input_hash"],
        "seed": row["seed"],
        "settings": sweep.detail.get("settings", {}),
        "version": row["version"],
        "versions": sweep.detail.get("versions", {}),
        "form": form,
        "redacted": redact,
        "clusters": sweep.clusters.height,
        "pages": n_pages,
    }


def build_case(
    store: Store,
    cluster_id: str,
    out: Path,
    *,
    sweep_id: str | None = None,
    redact: bool = False,
    key: str | None = None,
    form: Form = "html",
) -> ReportSummary:
    """Write one cluster as a single file that needs nothing beside it, for a ticket.

    Args:
        store: an open store.
        cluster_id: the cluster.
        out: the file; replaced when it is an older case.
        sweep_id: a sweep, or None for the newest complete one.
        redact: as for :func:`build_report`.
        key: as for :func:`build_report`.
        form: as for :func:`build_report`; Markdown has its picture in a PNG file beside it.

    Raises:
        UnknownName: there is no such sweep or cluster.
        UsageError: something else stands at ``out``, or it cannot be written.
    """
    return build_cases(
        store, {cluster_id: out}, sweep_id=sweep_id, redact=redact, key=key, form=form
    )[0]


def build_cases(
    store: Store,
    places: dict[str, Path],
    *,
    sweep_id: str | None = None,
    redact: bool = False,
    key: str | None = None,
    form: Form = "html",
    progress: Progress | None = None,
    what_if: WhatIf | None = None,
) -> list[ReportSummary]:
    """Write several clusters, a file each.

    Args:
        store: an open store.
        places: cluster -> file.
        sweep_id: as for :func:`build_case`.
        redact: as for :func:`build_case`.
        key: as for :func:`build_case`.
        form: as for :func:`build_case`.
        progress: called with cases written, cases in all, and what is being done.
        what_if: as for :func:`build_report`.

    Raises:
        UnknownName: there is no such sweep, or one of the clusters is not in it; nothing is written.
        UsageError: something else stands at one of the places; nothing is written. Or a place
            cannot be written.
    """
    tell = progress or (lambda _done, _all, _what: None)
    names = names_of(store, sweep_id, redact=redact, key=key)
    sweep = read_sweep(store, sweep_id, names)
    sweep = redacted_sweep(sweep) if redact else sweep
    at = {name: i for i, name in enumerate(sweep.clusters["cluster_id"].to_list())}
    for name in places:
        if name not in at:
            raise UnknownName(f'There is no cluster "{name}".{did_you_mean(name, at)}')
    for out in places.values():
        _check_place(out, form)
    details = read_details(store, sweep, list(places), names, what_if)
    written = []
    for page, (name, out) in enumerate(places.items()):
        tell(page, len(places), "cases")
        cluster = cluster_of(details, sweep.clusters.row(at[name], named=True), page)
        files = _case(sweep, redacted_cluster(cluster) if redact else cluster, out, form, redact)
        for path, data in files.items():
            place_file(path, data)
        digest = hashlib.sha256(files[out]).hexdigest()
        size = sum(map(len, files.values()))
        written.append(ReportSummary(out, sweep.id, sweep.clusters.height, 1, size, digest))
    tell(len(places), len(places), "done")
    return written


def _check_place(out: Path, form: Form) -> None:
    if out.suffix != f".{form}":
        raise UsageError(f"{out}: found {out.suffix or 'no ending'}, expected .{form}")
    for path in (out, out.with_suffix(".png")) if form == "md" else (out,):
        refuse_strangers(path, _MARKS[path.suffix[1:]])


def _case(sweep: Sweep, cluster: Cluster, out: Path, form: Form, redact: bool) -> dict[Path, bytes]:
    if form == "md":
        from coterie.reports.markdown import cluster_text

        image = out.with_suffix(".png")
        text, picture = cluster_text(sweep, cluster, redact=redact, image=image.name, alone=True)
        return {image: picture, out: text.encode("utf-8")}
    html, _ = cluster_page(sweep, cluster, redact=redact, alone=True)
    return {out: html.encode("utf-8")}


def _with_pages(clusters: pl.DataFrame, most: int) -> list[dict[str, Any]]:
    """The clusters that get a page: all above lead by score, then the best leads."""
    import polars as pl

    ranked = clusters.with_columns((pl.col("tier") == "lead").alias("_lead")).sort(
        "_lead", maintain_order=True
    )
    return ranked.head(most).drop("_lead").to_dicts()
