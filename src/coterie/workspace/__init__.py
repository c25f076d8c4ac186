"""The Python API: a workspace, and the sweeps in it (contract, section 5)."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from coterie.config import duration
from coterie.errors import UnknownName, UsageError, did_you_mean
from coterie.printable import count, notebook, printable
from coterie.settings import load_config

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    import duckdb
    import polars as pl

    from coterie.config import Config
    from coterie.graphs.diff import Diff, History
    from coterie.graphs.evaluate import Evaluation
    from coterie.graphs.explain import Why
    from coterie.graphs.explain_found import Near, Paths
    from coterie.graphs.explain_show import Shown
    from coterie.graphs.learned import Learned
    from coterie.graphs.plan import SweepPlan
    from coterie.graphs.tuning import Tuning
    from coterie.graphs.what_if import WhatIf
    from coterie.loaders.load import LoadSummary
    from coterie.queries.store import Store, Tracer
    from coterie.reports.build import ReportSummary
    from coterie.sweep_result import SweepResult
    from coterie.workspace.alerts import Told
    from coterie.workspace.backup import Backup
    from coterie.workspace.chain import Verified
    from coterie.workspace.erasure import Erased
    from coterie.workspace.export import Exported
    from coterie.workspace.manifest import Manifest, Reproduced
    from coterie.workspace.retention import Purged
    from coterie.workspace.review import Said

    Progress = Callable[..., None]


def open_workspace(
    path: str | os.PathLike[str] = ".",
    *,
    tracer: Tracer | None = None,
    settings: Mapping[str, object] | None = None,
) -> Workspace:
    """Open the workspace in a folder; an empty folder is a new one.

    Args:
        path: the folder, with or without a ``coterie.toml``.
        tracer: called with each SQL statement and its parameters.
        settings: settings by dotted name that outrank the environment and the file, such as
            ``{"sweep.window": "30d"}``.

    Raises:
        UsageError: there is no such folder.
        ConfigError: ``coterie.toml``, the environment or ``settings`` is wrong.
    """
    root = Path(path)
    if not root.is_dir():
        raise UsageError(
            f"{root}: there is no such folder; `coterie init -w FOLDER` makes one with a "
            "coterie.toml, and an empty folder will do too"
        )
    return Workspace(load_config(root, flags=settings, environ=os.environ), tracer)


def as_time(value: str | date | datetime | None) -> datetime | None:
    """A moment in UTC without a zone, as the store keeps it.

    Args:
        value: ISO text, a date (its first moment) or a time; naive means UTC.

    Raises:
        UsageError: the text is not a time.
    """
    if value is None:
        return None
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError as error:
            raise UsageError(
                f'found "{value}", expected a time such as 2026-06-01 or 2026-06-01T12:00Z'
            ) from error
    elif not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, tzinfo=UTC)
    return value if value.tzinfo is None else value.astimezone(UTC).replace(tzinfo=None)


@dataclass(frozen=True, slots=True)
class Workspace:
    """A folder with settings and a store; nothing is held open between calls.

    Attributes:
        config: the effective settings.
        tracer: called with each SQL statement, or None.
    """

    config: Config
    tracer: Tracer | None = None

    @property
    def path(self) -> Path:
        """The workspace's folder."""
        return self.config.root

    def store(self) -> Store:
        """The newest generation of the store, open for reading; close it, or use ``with``.

        Raises:
            UsageError: nothing has been loaded yet.
            StoreError: the store is damaged.
        """
        from coterie.queries.store import open_store

        path = self.config.store_path
        if not path.exists():
            raise UsageError(f"{path}: there is no store yet; run `coterie load` first")
        return open_store(
            path,
            memory_limit=self.config.memory_limit,
            threads=self.config.threads,
            tracer=self.tracer,
        )

    def load(
        self,
        *inputs: Any,
        as_: str | None = None,
        map: Mapping[str, str] | None = None,
        signals: Mapping[str, str | Mapping[str, str]] | None = None,
        kind: str | None = None,
        from_: str | None = None,
        query: str | None = None,
        replace: bool = False,
        wait: float = 0.0,
        progress: Progress | None = None,
    ) -> LoadSummary:
        """Bring facts in; the same input twice adds nothing.

        Args:
            *inputs: paths, globs or frames (polars, pandas, Arrow); none loads what is configured.
            as_: contract table; None guesses it from the column names.
            map: contract field -> column of the input.
            signals: kind -> column, for wide tables.
            kind: kind of every row, for signal tables without a kind column.
            from_: a database instead of inputs: its address, ``env:NAME`` or ``file:PATH``.
            query: the statement whose rows are loaded from there.
            replace: swap what was loaded from the same name.
            wait: seconds to wait for another writer.
            progress: called as the load goes on.

        Raises:
            InputError: nothing usable; the store is as it was.
            StoreLocked: another process is writing.
        """
        from coterie.loaders.load import load
        from coterie.workspace.inputs import database, sources_of

        if from_ is not None or query is not None:
            inputs = (*inputs, database(from_, query, os.environ))
        return load(
            self.config,
            sources_of(self.config, inputs, as_, map, signals, kind, os.environ),
            replace=replace,
            now=_now,
            progress=progress,
            wait=wait,
            tracer=self.tracer,
            hash_key=os.environ.get("COTERIE_HASH_KEY"),
        )

    def sweep(
        self,
        as_of: str | date | datetime | None = None,
        window: str | None = None,
        *,
        resume: bool = False,
        wait: float = 0.0,
        progress: Progress | None = None,
        notice: Callable[[str], None] | None = None,
    ) -> Sweep:
        """Look at a window of the facts: links, clusters, judgement, changes.

        Args:
            as_of: end of the window (UTC); None takes the newest time in the data.
            window: length of the window, such as ``"90d"``; None takes the setting.
            resume: go on where an unfinished run of the same sweep ended; from nothing where none
                fits.
            wait: seconds to wait for another writer.
            progress: called as the sweep goes on.
            notice: told of unfinished runs.

        Raises:
            InputError: there is nothing to sweep.
            StoreLocked: another process is writing.
        """
        from coterie.sweep import run_sweep

        config = self.config
        if window is not None:
            duration(window)
            config = config.with_sweep(window=window)
        result = run_sweep(
            config,
            as_of=as_time(as_of),
            now=_now,
            wait=wait,
            resume=resume,
            progress=progress,
            notice=notice,
            tracer=self.tracer,
        )
        return Sweep(self, result.sweep_id, result)

    def plan(
        self,
        as_of: str | date | datetime | None = None,
        window: str | None = None,
        *,
        progress: Progress | None = None,
    ) -> SweepPlan:
        """What a sweep would cost: rows, pairs by kind, time, memory; nothing is written.

        Args:
            as_of: end of the window (UTC); None takes the newest time in the data.
            window: length of the window, such as ``"90d"``; None takes the setting.
            progress: called as the plan goes on.

        Raises:
            InputError: there is nothing to sweep.
        """
        from coterie.workspace.planning import plan

        there = self
        if window is not None:
            duration(window)
            there = Workspace(self.config.with_sweep(window=window), self.tracer)
        return plan(there, as_time(as_of), progress)

    def warehouse_queries(
        self,
        dialect: str,
        *,
        table: str = "signals",
        map: Mapping[str, str] | None = None,
        kind: str | None = None,
        as_of: str | date | datetime | None = None,
        window: str | None = None,
    ) -> dict[str, str]:
        """The shared-value and pair queries for a warehouse; nothing is run.

        Args:
            dialect: postgres, snowflake, bigquery, spark or duckdb.
            table: the warehouse's table of signals.
            map: field of signals -> column of the table.
            kind: kind of every row, for a table without a kind column.
            as_of: end of the window (UTC); None takes every row.
            window: length of the window; None takes the setting.

        Returns:
            ``shared_values`` and ``pairs`` -> text.

        Raises:
            UsageError: a name is none, or sqlglot is not installed.
        """
        from coterie.workspace.warehouse import queries

        return queries(self.config, dialect, table, map, kind, as_time(as_of), window)

    def newest(self, sweep_id: str | None = None) -> Sweep:
        """A sweep by name, or the newest complete one.

        Raises:
            UnknownName: there is no such sweep.
            UsageError: nothing has been swept yet.
        """
        from coterie.graphs.explain import resolve_sweep

        with self.store() as store:
            return Sweep(self, resolve_sweep(store, sweep_id))

    def sweeps(self) -> pl.DataFrame:
        """Every sweep, the newest first: columns as the view ``sweeps``."""
        return self.named("ask/sweeps")

    def diff(
        self, a: str | None = None, b: str | None = None, *, limit: int = 20, each: int = 5
    ) -> Diff:
        """What changed from sweep ``a`` to sweep ``b``; see :func:`coterie.graphs.diff.diff`.

        Args:
            a: the earlier sweep; None takes the one that ``b`` was compared with.
            b: the later sweep; None takes the newest complete one.
            limit: most clusters, values treated otherwise and successors to give.
            each: most accounts and values to give of a cluster and side.

        Raises:
            UnknownName: there is no such sweep.
            UsageError: there is nothing to compare with.
        """
        from coterie.workspace.series import diff

        return diff(self, a, b, limit=limit, each=each)

    def history(self, cluster_id: str, *, sweep_id: str | None = None) -> History:
        """The life of a cluster over the sweeps that lead to ``sweep_id``, or to the newest one.

        Raises:
            UnknownName: none of them knows the cluster.
        """
        from coterie.workspace.series import history

        return history(self, cluster_id, sweep_id)

    def report(
        self,
        out: str | os.PathLike[str] | None = None,
        *,
        sweep_id: str | None = None,
        redact: bool = False,
        form: Literal["html", "md"] = "html",
        progress: Progress | None = None,
    ) -> ReportSummary:
        """Write the report of a sweep.

        Args:
            out: folder; None is ``reports/<sweep_id>`` in the workspace.
            sweep_id: the sweep; None takes the newest complete one.
            redact: tokens instead of ids and values, no texts, for wider circulation; keyed with
                ``COTERIE_HASH_KEY`` where it is set.
            form: HTML, or Markdown with pictures for those who cannot open HTML.
            progress: called as the report goes on.

        Raises:
            UsageError: the folder holds something that is no report, or cannot be written.
        """
        from coterie.workspace.reporting import report

        return report(self, out, sweep_id=sweep_id, redact=redact, form=form, progress=progress)

    def cases(
        self,
        *cluster_ids: str,
        out: str | os.PathLike[str] | None = None,
        sweep_id: str | None = None,
        redact: bool = False,
        form: Literal["html", "md"] = "html",
        progress: Progress | None = None,
    ) -> list[ReportSummary]:
        """Write clusters as single files that need nothing beside them, for a ticket.

        Args:
            *cluster_ids: the clusters.
            out: folder, or for one cluster a file; None is ``case`` in the workspace.
            sweep_id: the sweep; None takes the newest complete one.
            redact: as for :meth:`report`.
            form: as for :meth:`report`; Markdown has its picture in a PNG file beside it.
            progress: called as cases are written.

        Raises:
            UnknownName: one of the clusters is not in the sweep; nothing is written.
            UsageError: another file stands at one of the places, or it cannot be written.
        """
        from coterie.workspace.reporting import cases

        return cases(
            self,
            cluster_ids,
            out,
            sweep_id=sweep_id,
            redact=redact,
            form=form,
            progress=progress,
        )

    def evaluate(
        self,
        truth: str | os.PathLike[str] | pl.DataFrame,
        column: str = "cluster",
        *,
        sweep_id: str | None = None,
        out: str | os.PathLike[str] | None = None,
    ) -> Evaluation:
        """Compare a sweep with known clusters.

        Args:
            truth: a file or frame with ``account_id`` and the cluster of each account.
            column: the column that names the cluster.
            sweep_id: the sweep; None takes the newest complete one.
            out: folder for ``evaluation.html`` and ``evaluation.md``; None writes nothing.

        Raises:
            InputError: the truth cannot be read or lacks a column.
        """
        from coterie.workspace.measure import evaluate_sweep, truth_of

        folder = None if out is None else Path(out)
        return evaluate_sweep(self, truth_of(truth, column), sweep_id, folder)

    def tune(
        self,
        truth: str | os.PathLike[str] | pl.DataFrame,
        column: str = "cluster",
        *,
        sweep_id: str | None = None,
        out: str | os.PathLike[str] | None = None,
        seed: int = 1,
        progress: Progress | None = None,
    ) -> Tuning:
        """Look for better settings with known clusters, and measure them on a held-back half.

        Args:
            truth: as for :meth:`evaluate`.
            column: the column that names the cluster.
            sweep_id: the sweep whose window is used; None takes the newest complete one.
            out: folder for ``evaluation.html`` and ``evaluation.md``; None writes nothing.
            seed: of the halves that the truth is dealt into.
            progress: called as it goes on.

        Raises:
            InputError: the truth cannot be read, or has too few clusters.
        """
        from coterie.workspace.measure import truth_of, tune_settings

        folder = None if out is None else Path(out)
        return tune_settings(self, truth_of(truth, column), sweep_id, folder, seed, progress)

    def learn(self, *, write: bool = False) -> Learned:
        """Fit the score's weights to decisions and labels; measure before and after.

        Args:
            write: keep them in the file of ``sweep.weights`` (else ``score_weights.json`` in the
                workspace), if they are better on clusters that they did not see.

        Raises:
            InputError: fewer than twenty confirmed or twenty benign clusters are known.
        """
        from coterie.workspace.measure import learn_weights

        return learn_weights(self, write=write)[0]

    def decide(
        self,
        *said: Said,
        sweep_id: str | None = None,
        dry_run: bool = False,
        wait: float = 0.0,
    ) -> list[dict[str, Any]]:
        """Append decisions of people to the log; see :func:`coterie.workspace.review.record`.

        Args:
            *said: the decisions, in order.
            sweep_id: the sweep that was looked at; None takes the newest complete one.
            dry_run: check and tell, write nothing.
            wait: seconds to wait for another writer.

        Raises:
            UsageError: something said is impossible; nothing is written.
            StoreLocked: another process is writing.
        """
        from coterie.workspace.people import decide

        return decide(self, said, _now, sweep_id=sweep_id, dry_run=dry_run, wait=wait)

    def decisions(
        self,
        *,
        cluster_id: str | None = None,
        account_id: str | None = None,
        status: str | None = None,
    ) -> pl.DataFrame:
        """The decision log, oldest first: of a cluster, about an account, of a status, or all."""
        return self.named(
            "review/decisions", cluster_id=cluster_id, account_id=account_id, status=status
        )

    def verify_decisions(self, head: str | None = None) -> Verified:
        """Check the decision log for edits, gaps and another order; ``head`` must be in it."""
        from coterie.workspace.people import verify

        return verify(self, head)

    def export_enforcement(
        self, out: str | os.PathLike[str] | None = None, **more: Any
    ) -> Exported:
        """Hand over what people decided; see :func:`coterie.workspace.export.export_enforcement`.

        Args:
            out: folder; None is ``exports/<export_id>`` in the workspace.
            **more: formats, dry_run, revokes_only, allow_degraded, sign_with, wait.
        """
        from coterie.workspace.export import export_enforcement

        folder = None if out is None else Path(out)
        key = os.environ.get("COTERIE_EXPORT_KEY")
        return export_enforcement(self, _now, key=key, out=folder, **more)

    def alerts(self, sweep_id: str | None = None, **more: Any) -> Told:
        """Tell what changed enough to look at today; see :func:`coterie.workspace.alerts.tell`.

        Args:
            sweep_id: the sweep; None takes the newest complete one.
            **more: to, dry_run, wait, say, patience.
        """
        from coterie.workspace.alerts import tell

        return tell(self, _now, sweep_id=sweep_id, **more)

    def purge(
        self,
        as_of: str | date | datetime | None = None,
        *,
        dry_run: bool = False,
        wait: float = 0.0,
    ) -> Purged:
        """Remove what ``[retention]`` says is too old; see :mod:`coterie.workspace.retention`.

        Args:
            as_of: ages are counted back from here; None is now.
            dry_run: count only.
            wait: seconds to wait for another writer.
        """
        from coterie.workspace.retention import purge

        return purge(self, as_time(as_of) or _now(), dry_run=dry_run, wait=wait)

    def erase(self, *accounts: str, reviewer: str = "", **more: Any) -> Erased:
        """Erase accounts from everything; see :func:`coterie.workspace.erasure.erase`.

        Args:
            *accounts: who is erased.
            reviewer: who answers for it; not needed for a dry run.
            **more: dry_run, render, wait.
        """
        from coterie.workspace.erasure import erase

        return erase(self, accounts, reviewer, _now, **more)

    def query(self, text: str) -> pl.DataFrame:
        """Rows of one reading SQL statement over the views of the contract.

        Raises:
            UsageError: the statement is not a reading one, or is wrong.
        """
        from coterie.workspace.readonly import close_in, frame_of, read_only

        with self.store() as store:
            close_in(store)
            return frame_of(read_only(store, text))

    def sql(self, text: str) -> duckdb.DuckDBPyRelation:
        """A relation of one reading SQL statement; it keeps its connection open while it lives.

        Raises:
            UsageError: the statement is not a reading one, or is wrong.
        """
        from coterie.workspace.readonly import close_in, read_only

        store = self.store()
        close_in(store)
        return read_only(store, text)

    def simulate(
        self,
        out: str | os.PathLike[str],
        *,
        accounts: int = 5_000,
        seed: int = 1,
        evasion: float = 0.5,
        **world: Any,
    ) -> dict[str, Path]:
        """Write a labelled world as Parquet: the input tables and ``truth``.

        Args:
            out: folder, made when absent.
            accounts: benign accounts; campaigns come on top.
            seed: seed of all randomness.
            evasion: 0 (campaigns reuse everything) to 1 (they hide well).
            world: further fields of :class:`coterie.loaders.simulate.WorldOptions`.

        Returns:
            Table -> file.
        """
        from coterie.loaders.simulate import WorldOptions, write_world

        options = WorldOptions(accounts=accounts, seed=seed, evasion=evasion, **world)
        return write_world(options, Path(out))

    def simulate_weeks(
        self, out: str | os.PathLike[str], weeks: int, **world: Any
    ) -> list[dict[str, Path]]:
        """Write a labelled world as ``weeks`` drops, ``week-01`` and so on.

        Args:
            out: folder, made when absent.
            weeks: the first drop holds everything up to it, the others a week each.
            world: fields of :class:`coterie.loaders.simulate.WorldOptions`.

        Returns:
            Table -> file, one a drop.
        """
        from coterie.loaders.simulate import WorldOptions, write_weeks

        return write_weeks(WorldOptions(**world), Path(out), weeks)

    def schema(self) -> list[dict[str, Any]]:
        """The data dictionary: one {view, grain, columns} a view of the contract."""
        from coterie.workspace.dictionary import dictionary

        return dictionary()

    def manifest(self, sweep_id: str | None = None) -> Manifest:
        """What a sweep rests on; see :func:`coterie.workspace.manifest.manifest`.

        Args:
            sweep_id: the sweep; None takes the newest complete one.
        """
        from coterie.workspace.manifest import manifest

        with self.store() as store:
            return manifest(store, sweep_id)

    def reproduce(
        self, sweep_id: str | None = None, *, progress: Progress | None = None
    ) -> Reproduced:
        """Run a sweep again beside the store and compare its findings, byte for byte.

        Args:
            sweep_id: the sweep; None takes the newest complete one.
            progress: called as the sweep goes on.

        Raises:
            InputError: facts that it read are not there any more, or it has no manifest.
        """
        from coterie.workspace.manifest import reproduce

        return reproduce(self, sweep_id, _now, progress)

    def backup(self, out: str | os.PathLike[str]) -> Backup:
        """Copy store and settings, also while a sweep runs; see :func:`coterie.workspace.backup.back_up`.

        Args:
            out: a new folder, or a new file that ends in ``.tar.zst``.

        Raises:
            UsageError: it is there already, or cannot be written.
            StoreError: the store is damaged.
        """
        from coterie.workspace.backup import back_up

        return back_up(self.config, Path(out), _now())

    def doctor(self) -> list[dict[str, str]]:
        """The health of the workspace: one {check, status, detail} a check."""
        from coterie.workspace.doctor import examine

        return examine(self)

    def named(self, name: str, /, **params: Any) -> pl.DataFrame:
        """The rows of a named query, such as ``named("ask/sweeps")``; see ``coterie.queries.run``."""
        from coterie.queries.run import run

        with self.store() as store:
            relation = run(store, name, **params)
            if relation is None:
                raise UnknownName(f"{name} gives no rows")
            found: pl.DataFrame = relation.pl()
            return found


@dataclass(frozen=True, slots=True)
class Sweep:
    """The findings of one sweep, as polars frames with the columns of the contract's views.

    Attributes:
        workspace: where it lives.
        sweep_id: its name.
        result: what the run did; None for a sweep that was looked up.
    """

    workspace: Workspace
    sweep_id: str
    result: SweepResult | None = None

    def __str__(self) -> str:
        """What the command line prints of a run; of a sweep that was looked up, its counts."""
        if self.result is not None:
            return str(self.result)
        sizes = self.clusters()["size"]
        return (
            f"Sweep {printable(self.sweep_id)}: {count(len(sizes), len(sizes), 'cluster')} of "
            f"{sizes.sum():,} accounts in all"
        )

    def __repr__(self) -> str:
        """Short; it names the sweep and its folder."""
        return f"<Sweep {printable(self.sweep_id)} in {printable(self.workspace.path)}>"

    def _repr_html_(self) -> str:
        """The text for notebooks, escaped."""
        return notebook(str(self))

    def clusters(self) -> pl.DataFrame:
        """One row a cluster; the one to open first comes first."""
        return self.workspace.named("ask/clusters", sweep_id=self.sweep_id)

    def members(self, cluster_id: str | None = None) -> pl.DataFrame:
        """One row a member, of one cluster or of all."""
        return self._of("ask/members", cluster_id)

    def links(self, cluster_id: str | None = None) -> pl.DataFrame:
        """One row a linked pair, of one cluster or of all."""
        return self._of("ask/links", cluster_id)

    def evidence(self, cluster_id: str | None = None) -> pl.DataFrame:
        """One row a cluster and shared value, of one cluster or of all."""
        return self._of("ask/evidence", cluster_id)

    def shared_values(self) -> pl.DataFrame:
        """One row a shared value: what was used, what was set aside and why."""
        return self.workspace.named("ask/shared_values", sweep_id=self.sweep_id)

    def changes(self) -> pl.DataFrame:
        """One row a cluster and event against the sweep before."""
        return self.workspace.named("ask/changes", sweep_id=self.sweep_id)

    def why(self, a: str, b: str) -> Why:
        """Why two accounts are linked, or not; see :func:`coterie.graphs.explain.why`."""
        from coterie.graphs.explain import why

        with self.workspace.store() as store:
            return why(store, a, b, self.sweep_id)

    def show(self, name: str, *, limit: int = 12) -> Shown:
        """A cluster or an account in words; see :func:`coterie.graphs.explain_show.show`."""
        from coterie.graphs.explain_show import show

        with self.workspace.store() as store:
            return show(store, name, self.sweep_id, limit=limit)

    def path(self, a: str, b: str, *, k: int = 3, hops: int = 4) -> Paths:
        """The best paths between two accounts; see :func:`coterie.graphs.explain_graph.paths`."""
        from coterie.graphs.explain_graph import paths

        with self.workspace.store() as store:
            return paths(store, a, b, self.sweep_id, k=k, hops=hops)

    def expand(self, seeds: Sequence[str], *, hops: int = 2, limit: int = 50) -> Near:
        """Accounts near the seeds; see :func:`coterie.graphs.explain_graph.expand`."""
        from coterie.graphs.explain_graph import expand

        with self.workspace.store() as store:
            return expand(store, seeds, self.sweep_id, hops=hops, limit=limit)

    def what_if(
        self,
        *,
        values: Sequence[tuple[str, str]] = (),
        kinds: Sequence[str] = (),
        accounts: Sequence[str] = (),
        clusters: Sequence[str] = (),
        limit: int = 20,
    ) -> WhatIf:
        """Clusters without some evidence or accounts; see :func:`coterie.graphs.what_if.what_if`."""
        from coterie.graphs.what_if import what_if

        config = self.workspace.config
        with self.workspace.store() as store:
            return what_if(
                store,
                self.sweep_id,
                values=values,
                kinds=kinds,
                accounts=accounts,
                clusters=clusters,
                limit=limit,
                memory_limit=config.memory_limit,
                threads=config.threads,
            )

    def graph(
        self,
        cluster_id: str,
        kind: Literal["bipartite", "projected"] = "bipartite",
        library: Literal["networkx", "igraph"] = "networkx",
    ) -> Any:
        """A cluster as a graph; see :func:`coterie.graphs.explain_graph.cluster_graph`."""
        from coterie.graphs.explain_graph import cluster_graph

        with self.workspace.store() as store:
            return cluster_graph(store, self.sweep_id, cluster_id, kind, library)

    def _of(self, name: str, cluster_id: str | None) -> pl.DataFrame:
        frame = self.workspace.named(name, sweep_id=self.sweep_id, cluster_id=cluster_id)
        if cluster_id is not None and frame.is_empty():
            known = self.clusters()["cluster_id"].to_list()
            if cluster_id not in known:
                raise UnknownName(
                    f'There is no cluster "{cluster_id}" in sweep {self.sweep_id}.'
                    f"{did_you_mean(cluster_id, known)}"
                )
        return frame


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
