"""Reports and case files of a workspace: where they go, and what their tokens are keyed with."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from coterie.errors import UsageError
from coterie.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import polars as pl

    from coterie.queries.store import Store
    from coterie.reports.build import ReportSummary
    from coterie.workspace import Workspace

    Progress = Callable[..., None]
    Form = Literal["html", "md"]


def report(
    ws: Workspace,
    out: str | os.PathLike[str] | None,
    *,
    sweep_id: str | None,
    redact: bool,
    form: Form,
    progress: Progress | None,
) -> ReportSummary:
    """Write the report of a sweep; see :meth:`coterie.workspace.Workspace.report`."""
    from coterie.reports.build import PROCESSES, build_report

    sweep = ws.newest(sweep_id).sweep_id
    name = sweep + ("-redacted" if redact else "") + ("-md" if form == "md" else "")
    folder = ws.path / "reports" / name if out is None else Path(out)
    with ws.store() as store:
        return build_report(
            store,
            sweep,
            folder,
            progress=_told(progress),
            redact=redact,
            key=_key(),
            form=form,
            processes=1 if ws.config.threads == 1 else PROCESSES,
            what_if=_judge(ws, store, sweep),
        )


def cases(
    ws: Workspace,
    cluster_ids: Sequence[str],
    out: str | os.PathLike[str] | None,
    *,
    sweep_id: str | None,
    redact: bool,
    form: Form,
    progress: Progress | None,
) -> list[ReportSummary]:
    """Write case files; see :meth:`coterie.workspace.Workspace.cases`."""
    from coterie.reports.build import build_cases
    from coterie.reports.render import page_name

    wanted = list(dict.fromkeys(cluster_ids))
    if not wanted:
        raise UsageError("name at least one cluster for a case file")
    sweep = ws.newest(sweep_id).sweep_id
    place = ws.path / "case" if out is None else Path(out)
    if place.suffix in {".html", ".md"} and not place.is_dir():
        if len(wanted) > 1:
            raise UsageError(
                f"{printable(place)}: found a file for {len(wanted)} cases, expected a folder"
            )
        places = {wanted[0]: place}
    else:
        end = f"-redacted.{form}" if redact else f".{form}"
        places = {
            name: place / (page_name(name, form).removesuffix(f".{form}") + end) for name in wanted
        }
    with ws.store() as store:
        return build_cases(
            store,
            places,
            sweep_id=sweep,
            redact=redact,
            key=_key(),
            form=form,
            progress=_told(progress),
            what_if=_judge(ws, store, sweep),
        )


def _judge(ws: Workspace, store: Store, sweep_id: str) -> Callable[[list[str]], pl.DataFrame]:
    """Judges clusters again without some of their evidence, for the pages."""

    def judge(cluster_ids: list[str]) -> pl.DataFrame:
        import polars as pl

        from coterie.graphs.what_if_quick import what_if_cluster

        if not cluster_ids:
            return pl.DataFrame()
        try:
            return what_if_cluster(
                store,
                cluster_ids,
                sweep_id,
                memory_limit=ws.config.memory_limit,
                threads=ws.config.threads,
            )
        except UsageError:  # a sweep of an older version lacks what this needs
            return pl.DataFrame()

    return judge


def _key() -> str | None:
    return os.environ.get("COTERIE_HASH_KEY") or None


def _told(progress: Progress | None) -> Callable[[int, int, str], None] | None:
    if progress is None:
        return None
    return lambda done, total, what: progress(what, done, total)
