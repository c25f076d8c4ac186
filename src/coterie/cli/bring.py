"""From nothing to findings: demo, init, load, sweep, simulate."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from coterie.cli.base import Command, pairs, pass_state
from coterie.cli.look import cluster_table
from coterie.errors import UsageError
from coterie.printable import printable, printable_lines
from coterie.progress import log

if TYPE_CHECKING:
    from coterie.cli.base import State

_FOUND = 5


@click.command(cls=Command)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=Path("demo"),
              show_default=True, help="Folder for the demo; its last run there is replaced.")  # fmt: skip
@click.option("--accounts", type=click.IntRange(min=100), default=5_000, show_default=True,
              help="Benign accounts of the simulated world.")  # fmt: skip
@click.option("--open", "browse", is_flag=True, help="Open the report in the browser.")
@pass_state
def demo(state: State, out: Path, accounts: int, browse: bool) -> None:
    """A simulated world from start to end: load, sweep, report; nothing to set up."""
    from coterie.workspace.demo import run_demo

    with state.progress("demo") as progress:
        done = run_demo(out, accounts=accounts, progress=progress)
    result = done.sweep.result
    for warning in result.warnings if result else ():
        state.warn(warning)
    frame = done.sweep.clusters()
    url = (done.report / "index.html").resolve().as_uri()

    def text() -> str:
        return "\n".join([
            (f"A simulated platform of {done.n_accounts:,} accounts, swept in window "
            f"{result.window if result else ''}."),
            "",
            cluster_table(frame, 15),
            "",
            "Against the truth of the simulation:",
            done.evaluation.to_text(),
            "",
            f"{done.seconds:.1f} s from nothing to the report.",
            f"Workspace: {printable(done.workspace.path)}",
            f"Report:    {url}",
        ])  # fmt: skip

    payload = {
        "workspace": str(done.workspace.path),
        "report": url,
        "accounts": done.n_accounts,
        "sweep": result.to_dict() if result else {},
        "clusters": frame.to_dicts(),
        "evaluation": done.evaluation.to_dict(),
        "seconds": done.seconds,
    }
    state.give("demo", payload, text)
    if browse:
        click.launch(url)


@click.command(cls=Command)
@click.option("--force", is_flag=True, help="Replace a coterie.toml that is there.")
@pass_state
def init(state: State, force: bool) -> None:
    """Write a commented coterie.toml to begin with."""
    from coterie.workspace.template import write_template

    path = write_template(Path(state.workspace), force=force)
    state.give(
        "init", {"path": str(path)}, f"Wrote {printable(path)}; say there where your data is."
    )


@click.command(cls=Command)
@click.argument("files", metavar="[FILE]…", nargs=-1)
@click.option("--as", "as_", metavar="TABLE",
              help="What the files hold: accounts, signals, prompts, links, events, labels, lists.")  # fmt: skip
@click.option("--map", "fields", multiple=True, callback=pairs("NAME=COLUMN"), metavar="FIELD=COLUMN",
              help="Which column holds a field; may be repeated.")  # fmt: skip
@click.option("--signal", "signals", multiple=True, callback=pairs("NAME=COLUMN"), metavar="KIND=COLUMN",
              help="Which column holds a kind of signal (wide tables); may be repeated.")  # fmt: skip
@click.option("--kind", help="Kind of every row, for signals without a kind column.")
@click.option("--from", "from_", metavar="URL",
              help="A database instead of files: postgresql://…, snowflake://…, bigquery://…, "
                   "grpc+tls://…; env:NAME or file:PATH where the address holds a password.")  # fmt: skip
@click.option("--query", "sql", metavar="SQL", help="The rows to load from there.")
@click.option("--replace", is_flag=True, help="Swap what was loaded from the same file name.")
@pass_state
def load(
    state: State,
    files: tuple[str, ...],
    as_: str | None,
    fields: dict[str, str],
    signals: dict[str, str],
    kind: str | None,
    from_: str | None,
    sql: str | None,
    replace: bool,
) -> None:
    """Bring facts into the store; without files, every configured source.

    The table is guessed from the column names where that is unambiguous. The same file twice adds
    nothing. Rows that are wrong go to quarantine with the reason; the load goes on.
    """
    workspace = state.open()
    with state.progress("load") as progress:
        summary = workspace.load(
            *files,
            as_=as_,
            map=fields,
            signals=dict(signals),
            kind=kind,
            from_=_without_password(from_),
            query=sql,
            replace=replace,
            wait=state.wait,
            progress=progress,
        )
    for warning in getattr(summary, "warnings", ()):
        state.warn(warning)
    state.give(
        "load",
        _plain(summary),
        lambda: printable_lines(summary.to_text(notes=not state.quiet)),
    )


@click.command(cls=Command)
@click.option("--as-of", metavar="TIME", help="End of the window, UTC.  [default: end of the data]")
@click.option("--window", metavar="LENGTH", help="Length of the window, such as 90d.")
@click.option("--seed", type=click.IntRange(min=0), help="Seed of all randomness.")
@click.option("--min-size", type=click.IntRange(min=2), help="Fewest accounts of a cluster.")
@click.option("--plan", is_flag=True,
              help="Say what the sweep would cost and change nothing; 2 above sweep.max_pairs.")  # fmt: skip
@click.option("--resume", is_flag=True,
              help="Go on where an unfinished run of the same sweep ended.")  # fmt: skip
@click.option("--fail-on", multiple=True, metavar="RULE|TIER",
              help="End with 5 when an alert rule holds (degraded, new, grow, …) or a cluster has this "
              "tier or a higher one; may be repeated.")  # fmt: skip
@pass_state
def sweep(
    state: State,
    as_of: str | None,
    window: str | None,
    seed: int | None,
    min_size: int | None,
    plan: bool,
    resume: bool,
    fail_on: tuple[str, ...],
) -> int:
    """Link, cluster, judge and track the accounts of a window."""
    settings: dict[str, object] = {
        "sweep.window": window,
        "sweep.seed": seed,
        "sweep.min_size": min_size,
    }
    workspace = state.open(settings)
    if plan and (resume or fail_on):
        raise UsageError("--plan changes nothing; --resume and --fail-on are for the sweep itself")
    if plan:
        with state.progress("plan") as progress:
            cost = workspace.plan(as_of, progress=progress)
        state.give("sweep", {"plan": cost.to_dict()}, lambda: str(cost))
        if not cost.fits:
            log(printable(str(cost.refusal())), state.log_format, level="error")
        return 0 if cost.fits else cost.refusal().exit_code
    if fail_on:
        from coterie.workspace.alerts import check_wanted

        check_wanted(fail_on)
    with state.progress("sweep") as progress:
        done = workspace.sweep(
            as_of, resume=resume, wait=state.wait, progress=progress, notice=state.note
        ).result
    if done is None:
        return 0
    for warning in done.warnings:
        state.warn(warning)
    # The result says why it is degraded; under --strict it is a warning too.
    state.warnings += [q["detail"] for q in done.quality if q["severity"] == "degraded"]
    now = datetime.now(UTC).replace(tzinfo=None)
    found: list[str] = []
    if fail_on:
        from coterie.workspace.alerts import met

        found = met(workspace, done.sweep_id, fail_on, now)
    payload = {**done.to_dict(), **({"fail_on": found} if fail_on else {})}
    state.give("sweep", payload, lambda: str(done))
    if found:
        state.note(f"--fail-on: {', '.join(found)}")
    return _FOUND if found else 0


@click.command(cls=Command)
@click.option("--accounts", type=click.IntRange(min=100), default=5_000, show_default=True,
              help="Benign accounts; campaigns come on top.")  # fmt: skip
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True,
              help="Seed of all randomness.")  # fmt: skip
@click.option("--evasion", type=click.FloatRange(0, 1), default=0.5, show_default=True,
              help="How well the campaigns hide.")  # fmt: skip
@click.option("--weeks", type=click.IntRange(1, 104), metavar="N",
              help="Write N drops, week-01 and so on: the first holds everything up to it, the "
                   "others a week each.")  # fmt: skip
@click.option("--days", type=click.IntRange(14, 730), default=90, show_default=True,
              help="Length of the window.")  # fmt: skip
@click.option("--campaign", "campaigns", multiple=True, metavar="ARCHETYPE=SIZE",
              help="A campaign instead of the default mix.  (repeatable)")  # fmt: skip
@click.option("--switch", "switches", multiple=True, metavar="ARCHETYPE=SWITCH",
              help="Change one archetype alone: no_prompts, no_times, free, rare, absent.  "
                   "(repeatable)")  # fmt: skip
@click.option("--no-campaigns", is_flag=True, help="A world of innocents.")
@click.option("--no-prompts", is_flag=True, help="A platform that keeps no prompts.")
@click.option("--no-times", is_flag=True, help="A platform that keeps no activity.")
@click.option("--free-only", is_flag=True, help="A platform without payment.")
@click.option("--rare", is_flag=True, help="About a quarter of the campaign accounts.")
@click.option("--confounders", type=click.FloatRange(0, 5), default=1.0, show_default=True,
              help="How much innocent accounts share; 1 is realistic.")  # fmt: skip
@click.option("--ipv6", type=click.FloatRange(0, 1), default=0.0, show_default=True,
              help="Share of homes, mobile subscribers and servers with IPv6.")  # fmt: skip
@click.option("--turns", is_flag=True,
              help="Some campaigns split, merge, or stop and come back; a table turns tells which.")  # fmt: skip
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path),
              help="Folder for the Parquet files.")  # fmt: skip
@pass_state
def simulate(
    state: State,
    /,
    out: Path,
    weeks: int | None,
    campaigns: tuple[str, ...],
    switches: tuple[str, ...],
    no_campaigns: bool,
    no_prompts: bool,
    no_times: bool,
    **settings: Any,
) -> None:
    """Write a labelled world as Parquet: input tables and truth."""
    from coterie.loaders.simulate import WorldOptions, write_weeks, write_world

    if no_campaigns and campaigns:
        raise UsageError("--no-campaigns and --campaign exclude each other")
    mix = tuple((name, _size(size)) for name, size in (_halves(text) for text in campaigns))
    options = WorldOptions(
        **settings,
        campaigns=mix if mix or no_campaigns else None,
        switches=tuple((name, switch.replace("-", "_")) for name, switch in map(_halves, switches)),
        prompts=not no_prompts,
        times=not no_times,
    )
    with state.progress("simulate"):
        drops = [write_world(options, out)] if weeks is None else write_weeks(options, out, weeks)
    files = [{name: str(file) for name, file in made.items()} for made in drops]
    payload = {"files": files[0]} if weeks is None else {"weeks": files}
    state.give(
        "simulate",
        {"out": str(out), **payload},
        lambda: "\n".join(printable(file) for made in drops for file in made.values()),
    )


def _halves(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise UsageError(f'expected ARCHETYPE=SIZE or ARCHETYPE=SWITCH, found "{printable(text)}"')
    return name.strip(), value.strip()


def _size(text: str) -> int:
    if not text.isdecimal():
        raise UsageError(f'the size of a campaign is a whole number, not "{printable(text)}"')
    return int(text)


def _without_password(url: str | None) -> str | None:
    from coterie.workspace.inputs import is_indirect

    if url is not None and not is_indirect(url):
        from coterie.loaders.database import holds_secret

        if holds_secret(url):
            raise UsageError(
                "--from: the address holds a password, which everybody on this machine can see "
                "here; put the whole address into env:NAME or file:PATH"
            )
    return url


def _plain(summary: Any) -> dict[str, Any]:
    found: dict[str, Any] = summary.to_dict() if hasattr(summary, "to_dict") else asdict(summary)
    return found


COMMANDS = (demo, init, load, sweep, simulate)
