"""Looking and asking: clusters, show, why, path, expand, what-if, query."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from coterie.cli.base import Command, pass_state, plain
from coterie.printable import printable, table

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from coterie.cli.base import State

_SWEEP = click.option(
    "--sweep", "sweep_id", metavar="ID", help="The sweep to ask.  [default: newest]"
)


@click.command(cls=Command)
@_SWEEP
@click.option(
    "--limit", type=click.IntRange(min=1), default=30, show_default=True, help="Most rows."
)
@click.option(
    "--tier",
    type=click.Choice(["lead", "linked", "coordinated", "confirmed"]),
    help="Only this tier.",
)
@click.option("--undecided", is_flag=True, help="Only those that no decision in force is on.")
@pass_state
def clusters(
    state: State, sweep_id: str | None, limit: int, tier: str | None, undecided: bool
) -> None:
    """List the clusters, the one to open first at the top, and what people decided on each."""
    ws = state.open()
    sweep = ws.newest(sweep_id)
    frame = sweep.clusters()
    if tier is not None:
        frame = frame.filter(frame["tier"] == tier)
    if undecided:
        frame = frame.filter(frame["decision"].is_null())
    reviews = {
        r["cluster_id"]: r
        for r in ws.named("review/of_clusters", sweep_id=sweep.sweep_id).to_dicts()
    }
    rows = frame.to_dicts()
    for row in rows:
        row["review"] = {k: v for k, v in reviews[row["cluster_id"]].items() if k != "cluster_id"}
        for column, empty in (("waterfall", "[]"), ("features", "{}"), ("guards", "[]")):
            row[column] = json.loads(row[column] or empty)
    state.give(
        "clusters",
        {"sweep_id": sweep.sweep_id, "n": len(rows), "clusters": rows},
        lambda: f"Sweep {sweep.sweep_id}\n\n{cluster_table(frame, limit, reviews)}",
    )


def cluster_table(
    frame: pl.DataFrame, limit: int, reviews: Mapping[str, Mapping[str, Any]] | None = None
) -> str:
    """The clusters as a table for people, with how many of how many it shows.

    Args:
        frame: the clusters.
        limit: most rows.
        reviews: cluster -> what people decided on it (``review/of_clusters``); None leaves it out.
    """
    columns = ["cluster", "size", "tier", "class", "score", "change", "what ties them"]
    rows: list[tuple[object, ...]] = [
        (r["cluster_id"], r["size"], r["tier"], r["class"], r["score"], r["change"], r["summary"])
        for r in frame.head(min(limit, frame.height)).to_dicts()
    ]
    if reviews is not None:
        columns.insert(-1, "review")
        rows = [(*row[:-1], _review(reviews[str(row[0])]), row[-1]) for row in rows]
    return table(columns, rows, total=frame.height, limit=88, noun="cluster")


def _review(found: Mapping[str, Any]) -> str:
    """Who decided what and when, or what is still to be done."""
    waits = f"{found['pending']} waits for a second" if found["pending"] else ""
    if found["decision"] is None:
        return waits or "undecided"
    by = " + ".join(printable(n, 20) for n in (found["reviewer"], found["second_reviewer"]) if n)
    words = f"{found['decision']} · {by} · {found['decided_at']:%Y-%m-%d}"
    new = f"{found['n_undecided']:,} new" if found["n_undecided"] else ""
    return " · ".join(part for part in (words, new, waits) if part)


@click.command(cls=Command)
@click.argument("name", metavar="ID")
@_SWEEP
@click.option("--limit", type=click.IntRange(min=1), default=12, show_default=True,
              help="Most values, and accounts a role.")  # fmt: skip
@pass_state
def show(state: State, name: str, sweep_id: str | None, limit: int) -> None:
    """Show one cluster or one account: what is known and how firmly."""
    found = state.open().newest(sweep_id).show(name, limit=limit)
    state.give("show", found.to_dict(), lambda: str(found))


@click.command(cls=Command)
@click.argument("a")
@click.argument("b")
@_SWEEP
@pass_state
def why(state: State, a: str, b: str, sweep_id: str | None) -> None:
    """Why are the accounts A and B linked, or not: every shared value with its bits."""
    found = state.open().newest(sweep_id).why(a, b)
    state.give("why", {**found.to_dict(), "sentence": found.sentence()}, lambda: str(found))


@click.command(cls=Command)
@click.argument("a")
@click.argument("b")
@_SWEEP
@click.option("-k", type=click.IntRange(1, 20), default=3, show_default=True, help="Most paths.")
@click.option(
    "--hops", type=click.IntRange(1, 8), default=4, show_default=True, help="Longest path."
)
@pass_state
def path(state: State, a: str, b: str, sweep_id: str | None, k: int, hops: int) -> None:
    """The best paths of links between the accounts A and B, with the weakest link of each.

    Few strong links come before many weak ones: a path is as good as the sum of 1 / bits of its
    steps is small.
    """
    found = state.open().newest(sweep_id).path(a, b, k=k, hops=hops)
    state.give("path", found.to_dict(), lambda: str(found))


@click.command(cls=Command)
@click.argument("seeds", metavar="ID…", nargs=-1, required=True)
@_SWEEP
@click.option(
    "--hops", type=click.IntRange(1, 6), default=2, show_default=True, help="How far to go."
)
@click.option(
    "--limit", type=click.IntRange(min=1), default=30, show_default=True, help="Most rows."
)
@pass_state
def expand(
    state: State, seeds: tuple[str, ...], sweep_id: str | None, hops: int, limit: int
) -> None:
    """Accounts near the given ones, by personalised PageRank over the links."""
    found = state.open().newest(sweep_id).expand(seeds, hops=hops, limit=limit)
    state.give("expand", found.to_dict(), lambda: str(found))


@click.command("what-if", cls=Command)
@click.argument("clusters", metavar="[CLUSTER]…", nargs=-1)
@click.option("--value", "values", metavar="KIND=VALUE", multiple=True,
              help="Do without this value; may be given again.")  # fmt: skip
@click.option("--kind", "kinds", metavar="KIND", multiple=True,
              help="Do without this kind of signal; may be given again.")  # fmt: skip
@click.option("--account", "accounts", metavar="ID", multiple=True,
              help="Do without this account; may be given again.")  # fmt: skip
@_SWEEP
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True,
              help="Most clusters to judge again, where none are named.")  # fmt: skip
@pass_state
def what_if(
    state: State,
    clusters: tuple[str, ...],
    values: tuple[str, ...],
    kinds: tuple[str, ...],
    accounts: tuple[str, ...],
    sweep_id: str | None,
    limit: int,
) -> None:
    """What becomes of clusters without some values, kinds or accounts.

    Without a CLUSTER, every cluster that rests on what is left out is judged again.
    """
    found = state.open().newest(sweep_id).what_if(
        values=[_pair(text) for text in values],
        kinds=kinds,
        accounts=accounts,
        clusters=clusters,
        limit=limit,
    )  # fmt: skip
    state.give("what-if", {**found.to_dict(), "sentence": found.sentence()}, lambda: str(found))


def _pair(text: str) -> tuple[str, str]:
    kind, equals, value = text.partition("=")
    if not (kind and equals and value):
        raise click.UsageError(f'--value: found "{printable(text, 80)}", expected KIND=VALUE')
    return kind, value


@click.command(cls=Command)
@click.argument("sql", metavar="SQL")
@click.option("--format", "form", type=click.Choice(["table", "csv", "json", "parquet"]),
              help="Form of the result.  [default: table, or by the ending of --out]")  # fmt: skip
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file.")
@click.option("--limit", type=click.IntRange(min=1), default=100, show_default=True,
              help="Most rows of a table; other forms give all.")  # fmt: skip
@click.option("--raw", is_flag=True, help="CSV without the guard against spreadsheet formulas.")
@pass_state
def query(
    state: State, sql: str, form: str | None, out: Path | None, limit: int, raw: bool
) -> None:
    """Run one reading SQL statement over the views that `coterie schema` lists.

    It can read the store and nothing else: no other file, no setting, no writing.
    """
    form = form or _form(out)
    if form == "parquet" and out is None:
        raise click.UsageError("parquet goes to a file: add --out FILE")
    frame = state.open().query(sql)
    if out is not None:
        from coterie.workspace.files import write_whole

        write_whole(out, lambda part: _write(frame, form, part, limit, raw=raw))
        state.give(
            "query",
            {"out": str(out), "format": form, "n": frame.height},
            f"{frame.height:,} rows in {printable(out)}",
        )
        return
    if state.json or form == "json":
        state.json = True
        rows = frame.to_dicts()
        state.give("query", {"columns": frame.columns, "n": len(rows), "rows": rows}, "")
    elif form == "csv":
        text = _csv(frame, raw=raw)
        if sys.stdout.isatty() and not raw:
            # A pipe gets the values as they are; a terminal would act on them.
            text = "\n".join(printable(line) for line in text.split("\n"))
        # Not click.echo: it would take escape sequences out of the data.
        sys.stdout.write(text)
    else:
        click.echo(_table(frame, limit))


def _form(out: Path | None) -> str:
    suffix = "" if out is None else out.suffix.lower()
    return {".csv": "csv", ".json": "json", ".parquet": "parquet"}.get(suffix, "table")


def _write(frame: pl.DataFrame, form: str, path: Path, limit: int, *, raw: bool) -> None:
    if form == "parquet":
        frame.write_parquet(path)
    elif form == "csv":
        path.write_text(_csv(frame, raw=raw), encoding="utf-8", newline="")
    elif form == "json":
        body = {"schema_version": 1, "columns": frame.columns, "rows": frame.to_dicts()}
        path.write_text(json.dumps(plain(body)) + "\n", encoding="utf-8")
    else:
        path.write_text(_table(frame, limit) + "\n", encoding="utf-8")


def _csv(frame: pl.DataFrame, *, raw: bool) -> str:
    from coterie.reports.csv import flatten, guard

    return (flatten(frame) if raw else guard(frame)).write_csv()


def _table(frame: pl.DataFrame, limit: int) -> str:
    rows = frame.head(min(limit, frame.height)).rows()
    return table([printable(c, 60) for c in frame.columns], rows, total=frame.height)


COMMANDS = (clusters, show, why, path, expand, what_if, query)
