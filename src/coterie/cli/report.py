"""Handing over: the report of a sweep, case files, and whether a report is as it was written."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from coterie.cli.base import Command, pass_state
from coterie.printable import count, printable

if TYPE_CHECKING:
    from coterie.cli.base import State

    Form = Literal["html", "md"]

_NOT_WHOLE = 3


@click.command(cls=Command)
@click.option("--sweep", "sweep_id", metavar="ID", help="The sweep.  [default: newest]")
@click.option("--out", type=click.Path(path_type=Path), metavar="PATH",
              help="Folder; for one case also a file.  [default: reports/<sweep_id> in the "
              "workspace; case/ for cases]")  # fmt: skip
@click.option("--case", "cases", multiple=True, metavar="ID",
              help="Only this cluster, as one file that needs nothing beside it, for a ticket; may "
              "be repeated.")  # fmt: skip
@click.option("--format", "form", type=click.Choice(["html", "md"]),
              help="HTML, or Markdown with PNG pictures.  [default: html]")  # fmt: skip
@click.option("--redact", is_flag=True,
              help="For wider circulation: tokens instead of ids and values, no texts, times by day.")  # fmt: skip
@click.option("--verify", type=click.Path(path_type=Path), metavar="DIR",
              help="Check a written report against its manifest, and write nothing.")  # fmt: skip
@click.option("--open", "browse", is_flag=True, help="Open it in the browser.")
@pass_state
def report(
    state: State,
    sweep_id: str | None,
    out: Path | None,
    cases: tuple[str, ...],
    form: Form | None,
    redact: bool,
    verify: Path | None,
    browse: bool,
) -> int:
    """Write the report of a sweep, or cases of single clusters.

    With --verify: 0 when every file is as it was written, 3 when one is missing, changed or extra.
    """
    if verify is not None:
        if sweep_id or out or cases or form or redact or browse:
            raise click.UsageError("--verify goes alone: it looks at a report that is written")
        return _verify(state, verify)
    if form is None:
        form = "md" if cases and out is not None and out.suffix == ".md" else "html"
    if cases:
        url = _cases(state, cases, sweep_id, out, form, redact=redact)
    else:
        url = _report(state, sweep_id, out, form, redact=redact)
    if browse:
        click.launch(url)
    return 0


def _report(
    state: State, sweep_id: str | None, out: Path | None, form: Form, *, redact: bool
) -> str:
    workspace = state.open()
    with state.progress("report") as progress:
        done = workspace.report(out, sweep_id=sweep_id, redact=redact, form=form, progress=progress)
    url = (done.path / f"index.{form}").resolve().as_uri()
    state.give(
        "report",
        {**asdict(done), "redacted": redact, "format": form, "url": url},
        f"{count(done.n_pages, done.n_clusters, 'cluster page')}, {done.bytes / 2**20:.1f} MiB\n"
        f"manifest sha256 {done.sha256}\n{url}",
    )
    return url


def _cases(
    state: State,
    ids: tuple[str, ...],
    sweep_id: str | None,
    out: Path | None,
    form: Form,
    *,
    redact: bool,
) -> str:
    workspace = state.open()
    with state.progress("report") as progress:
        done = workspace.cases(
            *ids, out=out, sweep_id=sweep_id, redact=redact, form=form, progress=progress
        )
    urls = [one.path.resolve().as_uri() for one in done]
    files = [
        {"path": one.path, "bytes": one.bytes, "sha256": one.sha256, "url": url}
        for one, url in zip(done, urls, strict=True)
    ]
    state.give(
        "report",
        {"sweep_id": done[0].sweep_id, "redacted": redact, "format": form, "cases": files},
        lambda: "\n".join(
            f"{printable(one.path)}  {one.bytes / 2**20:.1f} MiB  sha256 {one.sha256}\n{url}"
            for one, url in zip(done, urls, strict=True)
        ),
    )
    return urls[0]


def _verify(state: State, folder: Path) -> int:
    from coterie.reports.verify import verify_report

    found = verify_report(folder)
    state.give("report", {"verified": found.to_dict()}, found.to_text)
    return 0 if found.whole else _NOT_WHOLE


COMMANDS = (report,)
