"""Handing work to a warehouse: sql."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from coterie.cli.base import Command, pairs, pass_state
from coterie.queries.dialects import DIALECTS, QUERIES

if TYPE_CHECKING:
    from coterie.cli.base import State


@click.command(cls=Command)
@click.option("--dialect", type=click.Choice(DIALECTS), required=True, help="Whose SQL to write.")
@click.option("--table", default="signals", show_default=True,
              help="The warehouse's table of signals, as the warehouse writes its name.")  # fmt: skip
@click.option("--map", "fields", multiple=True, callback=pairs("NAME=COLUMN"), metavar="FIELD=COLUMN",
              help="Which column holds account_id, kind, value, seen_at (or first_seen and "
                   "last_seen); may be repeated.")  # fmt: skip
@click.option("--kind", help="Kind of every row, for a table without a kind column.")
@click.option("--as-of", metavar="TIME", help="End of the window, UTC.  [default: every row]")
@click.option("--window", metavar="LENGTH", help="Length of the window before it, such as 90d.")
@click.option("--only", type=click.Choice([name.replace("_", "-") for name in QUERIES]),
              help="One of the queries.  [default: all]")  # fmt: skip
@pass_state
def sql(
    state: State,
    dialect: str,
    table: str,
    fields: dict[str, str],
    kind: str | None,
    as_of: str | None,
    window: str | None,
    only: str | None,
) -> None:
    """Print the shared-value and pair queries for a warehouse.

    They find in the warehouse what values accounts share and which pairs share how many, with the
    caps of this workspace. Nothing is run, and communities are found by `coterie sweep` alone.
    """
    made = state.open().warehouse_queries(
        dialect, table=table, map=fields, kind=kind, as_of=as_of, window=window
    )
    if only is not None:
        made = {name: text for name, text in made.items() if name == only.replace("-", "_")}
    state.give(
        "sql", {"dialect": dialect, "queries": made}, lambda: "\n".join(made.values()).rstrip()
    )


COMMANDS = (sql,)
