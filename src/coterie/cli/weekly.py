"""Week after week: alerts, units for schedulers, retention and erasure."""

from __future__ import annotations

import shutil
import sys
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from coterie.cli.base import Command, pass_state
from coterie.printable import count, printable

if TYPE_CHECKING:
    from coterie.cli.base import State
    from coterie.workspace.alerts import Told

_SOME_FAILED = 4


@click.command(cls=Command)
@click.option("--sweep", "sweep_id", metavar="ID", help="The sweep.  [default: newest]")
@click.option("--to", "targets", multiple=True,
              type=click.Choice(["file", "stdout", "webhook", "apprise"]),
              help="Tell this target in place of those of [alert]; may be repeated.")  # fmt: skip
@click.option("--metrics", "figures", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
              help="Write the sweep's figures for Prometheus' textfile collector.")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Show what would be told; enter and tell nothing.")
@pass_state
def alerts(
    state: State,
    sweep_id: str | None,
    targets: tuple[str, ...],
    figures: Path | None,
    dry_run: bool,
) -> int:
    """Tell what changed enough in the newest sweep for somebody to look today.

    The rules are set in [alert]. Each rule, cluster and window is told once; what a target did not
    take is told by the next run, and the command ends with 4. No account and no value is named.
    """
    from coterie.workspace.alerts import tell

    ws = state.open()
    wanted = list(targets) or list(ws.config.alert.to)
    lines: list[str] = []
    done = tell(ws, _now, sweep_id=sweep_id, to=wanted, dry_run=dry_run, wait=state.wait,
                say=lines.append)  # fmt: skip
    place = figures or (ws.path / ws.config.alert.metrics if ws.config.alert.metrics else None)
    if place is not None and not dry_run:
        from coterie.workspace.metrics import write_metrics

        with ws.store() as store:
            write_metrics(store, done.sweep_id, place)
    for target, problem in done.failed.items():
        state.warn(f"{target}: {problem}")
    if "stdout" in wanted and not state.json:
        if lines:
            click.echo("\n".join(lines))
        state.note(_summary(done))
    else:
        state.give("alerts", done.to_dict(), lambda: _alerts_text(done))
    return _SOME_FAILED if done.failed else 0


def _summary(done: Told) -> str:
    n = len(done.fresh)
    known = len(done.found) - n
    told = count(n - done.held, n, "new alert")
    parts = [f"{told} of sweep {done.sweep_id}"]
    if done.held:
        parts.append(f"{done.held:,} held back by alert.most")
    if known:
        parts.append(f"{known:,} known before")
    sent = ", ".join(f"{n:,} to {target}" for target, n in done.sent.items())
    parts.append("dry run, nothing was told" if done.dry_run else f"told: {sent or 'nobody'}")
    return "; ".join(parts)


def _alerts_text(done: Told) -> str:
    return "\n".join(
        [*(f"{a['rule']:<9} {printable(a['text'])}" for a in done.told), _summary(done)]
    )


@click.command(cls=Command)
@click.argument("form", type=click.Choice(["systemd", "cron", "kubernetes", "github"]))
@click.option("--at", default="Mon 05:17", show_default=True, metavar="TIME",
              help="When, UTC: a day and a time, or a time for every day.")  # fmt: skip
@click.option("--limit", default="6h", show_default=True, metavar="LENGTH",
              help="Most time of one run; then it is ended.")  # fmt: skip
@click.option("--user", metavar="NAME", help="User that runs it (systemd, cron in /etc/cron.d).")
@click.option("--export", "hand_over", is_flag=True,
              help="Hand over what people decided, in place of a dry run.")  # fmt: skip
@click.option("--name", default="coterie-weekly", show_default=True, help="Name of the units.")
@click.option("--image", default="coterie:latest", show_default=True,
              help="Container image with Coterie in it (kubernetes).")  # fmt: skip
@click.option("--command", "program", metavar="PATH",
              help="The coterie command where it will run.  [default: this one; coterie in a "
              "container]")  # fmt: skip
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), metavar="DIR",
              help="Write the files there in place of printing them.")  # fmt: skip
@pass_state
def schedule(
    state: State,
    /,
    form: str,
    hand_over: bool,
    program: str | None,
    out: Path | None,
    **options: Any,
) -> None:
    """Print units that load, sweep, report, tell alerts and export, and how to install them.

    One run at a time, and none longer than --limit. A command that fails ends the run: nothing is
    handed over after a sweep that is degraded.
    """
    from coterie.workspace.files import write_whole
    from coterie.workspace.schedule import plan_of, units

    command = program or ("coterie" if form == "kubernetes" else _this_command())
    plan = plan_of(str(Path(state.workspace).absolute()), command, export=hand_over, **options)
    made = units(form, plan)
    if Path(state.workspace).is_dir() and not state.open().config.sources:
        state.warn("coterie.toml names no [[source]]: the units' load would find nothing to do")
    payload = {"form": form, "files": dict(made.files), "install": made.install}
    if out is None:
        state.give("schedule", payload, made.to_text)
        return
    for name, text in made.files.items():
        write_whole(out / name, partial(_write, text))
    written = [str(out / name) for name in made.files]
    state.give("schedule", {**payload, "written": written},
               "\n".join([*(f"Wrote {printable(w)}" for w in written), made.install]))  # fmt: skip


@click.command(cls=Command)
@click.argument("accounts", metavar="[ACCOUNT]…", nargs=-1)
@click.option("--from", "file", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="A file with one account a line.")  # fmt: skip
@click.option("--reviewer", envvar="COTERIE_REVIEWER", metavar="NAME", default="",
              help="Who answers for it.  [env: COTERIE_REVIEWER]")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Show what would go; change nothing.")
@click.option("--no-render", is_flag=True,
              help="Remove the reports without writing them again.")  # fmt: skip
@click.option("--finish", "only_finish", is_flag=True,
              help="Only do what an erasure that was cut short left to do.")  # fmt: skip
@pass_state
def erase(
    state: State,
    accounts: tuple[str, ...],
    file: Path | None,
    reviewer: str,
    dry_run: bool,
    no_render: bool,
    only_finish: bool,
) -> None:
    """Erase accounts: from facts, findings, prompt families, decisions, exports and reports.

    Reports are removed and written again without them; exports in the workspace that named them are
    removed. The log of decisions keeps their hashes, and a tombstone the counts. Backups, copies
    elsewhere and your own input files are yours to mend; files that still hold a name are listed.
    """
    from coterie.workspace.erasure import erase as erase_accounts
    from coterie.workspace.erasure import finish

    ws = state.open()
    if only_finish:
        rendered = finish(ws, _now, wait=state.wait)
        state.give("erase", {"rendered": list(rendered)}, "Nothing is left to do.")
        return
    named = list(accounts)
    if file is not None:
        lines = file.read_text(encoding="utf-8").split("\n")
        named += [line.removesuffix("\r") for line in lines if line.strip()]
    done = erase_accounts(ws, named, reviewer, _now, dry_run=dry_run, render=not no_render,
                          wait=state.wait)  # fmt: skip
    state.give("erase", done.to_dict(), done.to_text)


@click.command(cls=Command)
@click.option("--dry-run", is_flag=True, help="Show what would go; change nothing.")
@click.option("--as-of", metavar="TIME", help="Count ages back from here, UTC.  [default: now]")
@pass_state
def purge(state: State, dry_run: bool, as_of: str | None) -> None:
    """Remove what has been kept for longer than [retention] says."""
    from coterie.workspace import as_time
    from coterie.workspace.retention import purge as purge_old

    done = purge_old(state.open(), as_time(as_of) or _now(), dry_run=dry_run, wait=state.wait)
    state.give("purge", done.to_dict(), done.to_text)


def _write(text: str, path: Path) -> None:
    path.write_text(text, encoding="utf-8")


def _this_command() -> str:
    """The coterie command beside this Python, or wherever the shell finds it."""
    beside = Path(sys.executable).parent / "coterie"
    return str(beside) if beside.is_file() else shutil.which("coterie") or "coterie"


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


COMMANDS = (alerts, schedule, erase, purge)
