"""Clusters of two or more sweeps put straight before the tracking, without a detection."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from coterie.graphs.track import Before, track
from coterie.queries.store import Store, connect

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    Groups = Mapping[str, Iterable[str]]

END = "2026-06-01"
_EMPTY = {
    "incidence": "account_key INTEGER, value_key INTEGER, kind_key INTEGER, k INTEGER, "
    "half BIGINT, first_seen TIMESTAMP",
    "treatment": "value_key INTEGER, treatment VARCHAR",
    "kind": "kind_key INTEGER, kind VARCHAR, family VARCHAR",
    "value": "value_key INTEGER, value VARCHAR",
    "finding_value": "value_key INTEGER, family VARCHAR, treatment VARCHAR",
}


class Tracked(NamedTuple):
    """What the tracking made of one sweep.

    Attributes:
        groups: name -> members.
        changes: one row a change.
        change: name -> the cluster's own event.
        files: finding -> file, for the next sweep.
    """

    groups: dict[str, frozenset[str]]
    changes: list[dict[str, object]]
    change: dict[str, str]
    files: dict[str, Path]

    def events(self) -> list[tuple[str, bool, str, str]]:
        """The changes without names, sorted."""
        return sorted(
            (
                str(c["event"]),
                c["other_cluster_id"] is not None,
                f"{c['n_joined']}",
                f"{c['n_left']}",
            )
            for c in self.changes
        )


def tracking_store() -> Iterator[Store]:
    """A working store with the tables that the tracking reads, all empty."""
    with Store(Path("none"), connect(threads=1)) as store:
        for table, columns in _EMPTY.items():
            store.con.sql(f"CREATE TABLE {table} ({columns})")
        yield store


def tracked(
    work: Store,
    folder: Path,
    now: Groups,
    before: Tracked | None = None,
    *,
    sweep_id: str = "s-20260601-abcdef12",
    seen: Iterable[str] = (),
    banned: Iterable[str] = (),
    roles: Mapping[str, str] | None = None,
    values: Mapping[str, Iterable[tuple[str, str, str]]] | None = None,
    anchors: Groups | None = None,
    turn: int = 1,
) -> Tracked:
    """Track one sweep.

    Args:
        work: of :func:`tracking_store`.
        folder: where the sweep's files go.
        now: draft name -> accounts.
        before: the sweep before.
        sweep_id: this sweep.
        seen: accounts in the window besides the members.
        banned: accounts banned before the window's end.
        roles: account -> role; core where it is not named.
        values: draft name -> (family, kind, value) of its evidence.
        anchors: cluster -> accounts that people confirmed.
        turn: 1 or -1: order of the rows.
    """
    role = roles or {}
    members = [(name, a, role.get(a, "core")) for name, group in now.items() for a in group]
    shared = [(n, *v) for n, group in (values or {}).items() for v in group]
    keys = {v: i for i, v in enumerate(sorted({v[1:] for v in shared}))}
    everyone = sorted({a for _, a, _ in members} | set(seen) | set(banned))
    present = {a for _, a, _ in members} | set(seen)
    gone = set(banned)
    tables = {
        "finding_member": _frame(("cluster_id", "account_id", "role"), members[::turn]).with_columns(
            account_key=pl.col("account_id").replace_strict(
                {a: i for i, a in enumerate(everyone)}, return_dtype=pl.Int32
            )
        ),
        "finding_cluster": _frame(("cluster_id",), [(n,) for n in now]).with_columns(
            change=pl.lit("birth")
        ),
        "finding_link": _frame(("cluster_id",), [(n,) for n in now]),
        "finding_evidence": pl.DataFrame(
            [(n, keys[f, k, v], k, v, 5, 9.0) for n, f, k, v in shared],
            schema={"cluster_id": pl.String, "value_key": pl.Int32, "kind": pl.String,
                    "value": pl.String, "n_in": pl.Int32, "bits": pl.Float64},
            orient="row",
        ),
        "finding_value": pl.DataFrame(
            [(i, f, "used") for (f, _, _), i in keys.items()],
            schema={"value_key": pl.Int32, "family": pl.String, "treatment": pl.String},
            orient="row",
        ),
        "account": pl.DataFrame(
            [(i, a, "banned" if a in gone else "active") for i, a in enumerate(everyone)],
            schema={"account_key": pl.Int32, "account_id": pl.String, "status": pl.String},
            orient="row",
        ).with_columns(created_at=pl.lit(None, pl.Datetime), banned_at=pl.lit(None, pl.Datetime)),
        "seen": pl.DataFrame(
            [(i,) for i, a in enumerate(everyone) if a in present],
            schema={"account_key": pl.Int32}, orient="row",
        ).with_columns(
            first_seen=pl.lit(END).str.to_datetime(), last_seen=pl.lit(END).str.to_datetime()
        ),
    }  # fmt: skip
    for table, rows in tables.items():
        work.con.register("given", rows)
        work.con.sql(f"CREATE OR REPLACE TABLE {table} AS FROM given")
        work.con.unregister("given")
    folder.mkdir(parents=True, exist_ok=True)
    files = {
        t: folder / f"{t}.parquet" for t in ("member", "account", "cluster", "evidence", "gone")
    }
    confirmed = [(c, a) for c, group in (anchors or {}).items() for a in group]
    compared = Before(
        None if before is None else "s-before",
        {} if before is None else before.files,
        _frame(("cluster_id", "account_id"), confirmed),
    )
    end = work.con.sql(f"SELECT TIMESTAMP '{END}'").fetchall()[0][0]
    counts = track(work, sweep_id, compared, end)
    frames = {t: work.con.sql(f"FROM finding_{t}").pl() for t in ("member", "evidence", "gone")}
    frames["cluster"] = work.con.sql("FROM finding_cluster").pl()
    frames["account"] = work.con.sql(
        "SELECT account_id, s.first_seen FROM account LEFT JOIN seen AS s USING (account_key)"
    ).pl()
    for table, file in files.items():
        frames[table].write_parquet(file)
    clusters = work.con.sql("FROM finding_cluster").pl()
    change = dict(zip(clusters["cluster_id"], clusters["change"], strict=True))
    changes = work.con.sql("FROM finding_change").pl().to_dicts()
    deaths = sum(c["event"] == "death" for c in changes)
    assert sum(counts.values()) == clusters.height + deaths
    for table in ("link", "evidence"):
        ids = work.con.sql(f"SELECT DISTINCT cluster_id FROM finding_{table}").pl()["cluster_id"]
        assert set(ids) <= set(change)
    groups = {
        str(name[0]): frozenset(part["account_id"])
        for name, part in frames["member"].group_by("cluster_id")
    }
    assert set(groups) == set(change)
    return Tracked(groups, changes, change, files)


def _frame(names: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=dict.fromkeys(names, pl.String), orient="row")
