"""The command line: every command is one call of the Python API (contract, section 4)."""

from __future__ import annotations

import click

from coterie import __version__
from coterie.cli import (
    admin,
    bring,
    export,
    look,
    measure,
    push,
    report,
    review,
    safe,
    series,
    weekly,
)
from coterie.cli.base import Face


@click.group(
    cls=Face,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Start with `coterie demo`, or with `coterie init` beside your own data.",
)
@click.version_option(__version__, "--version", message="coterie %(version)s")
def main() -> None:
    """Find the accounts that act as one.

    Results go to stdout, progress and logs to stderr. Exit codes: 0 fine, 1 a bug, 2 usage or
    settings, 3 nothing usable in the input, 4 warnings under --strict, 5 findings
    of --fail-on, 6 store locked, damaged or out of room,
    130 interrupted.
    """


for _command in (
    *bring.COMMANDS,
    *look.COMMANDS,
    *series.COMMANDS,
    *measure.COMMANDS,
    *report.COMMANDS,
    *review.COMMANDS,
    *export.COMMANDS,
    *weekly.COMMANDS,
    *push.COMMANDS,
    *safe.COMMANDS,
    *admin.COMMANDS,
):
    main.add_command(_command)
