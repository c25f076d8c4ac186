"""Week after week: alerts, units for schedulers, retention and erasure."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

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


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


COMMANDS = (alerts,)
