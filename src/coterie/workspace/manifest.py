"""What a sweep rests on, and whether it can be had again.

Everything is in the sweep's own row: what it read, with which settings, weights and versions, and the
SHA-256 of each file that it wrote. To reproduce it is to run it once more beside the store, on the same
facts and with the settings of then, and to compare these.
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coterie.config import KindProfile, QualityOptions, SweepOptions
from coterie.errors import InputError
from coterie.printable import count, printable, printable_lines
from coterie.queries.kept import sha256_of
from coterie.queries.run import run
from coterie.queries.store import write_store
from coterie.sweep_plan import Plan
from coterie.sweep_register import people_hash, spec_hash, versions

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from coterie.config import Config
    from coterie.queries.store import Store
    from coterie.workspace import Workspace

_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a sweep rests on.

    Attributes:
        sweep: its row in the registers: sweep_id, status, as_of, window_start, window_end,
            config_hash, input_hash, seed, version, started_at, finished_at.
        previous: the sweep it was compared with, or None.
        inputs: one {source_id, name, table_name, n_rows, n_loaded, n_quarantined, first_at, last_at}
            a source; source_id is a hash of its content and mapping.
        lists: the inputs that are lists.
        facts: the files of facts that it read.
        settings: every setting that changes what a sweep finds.
        thresholds: the scores at which tiers begin, and the bits of a link where they are set.
        weights: SHA-256 of the score's weights and thresholds.
        regrouped: splits and merges by people that were applied.
        people: SHA-256 of what people had decided on earlier sweeps.
        versions: of Coterie, Python and the packages that can change a finding.
        engine: threads and memory limit; findings depend on neither.
        stages: one {stage, rows, seconds} a stage.
        totals: what was seen and found, in numbers.
        warnings: what was said of the result.
        outputs: finding -> {rows, bytes, sha256}.
    """

    sweep: dict[str, Any]
    previous: str | None
    inputs: list[dict[str, Any]]
    lists: list[dict[str, Any]]
    facts: list[str]
    settings: dict[str, Any]
    thresholds: dict[str, Any]
    weights: str | None
    regrouped: list[str]
    people: str
    versions: dict[str, str]
    engine: dict[str, Any]
    stages: list[dict[str, Any]]
    totals: dict[str, Any]
    warnings: list[str]
    outputs: dict[str, dict[str, Any]]

    def to_dict(self) -> dict[str, Any]:
        """The same as plain data."""
        return asdict(self)

    def __str__(self) -> str:
        """What the command line prints."""
        s = self.sweep
        rows = [
            ("sweep", f"{s['sweep_id']} ({s['status']})"),
            ("window", f"{s['window_start']} to {s['window_end']} UTC"),
            ("ran", f"{s['started_at']} to {s['finished_at']} UTC"),
            ("parent", self.previous or "none"),
            ("version", ", ".join(f"{name} {v}" for name, v in self.versions.items())),
            ("engine", f"{self.engine.get('threads')} threads, {self.engine.get('memory_limit')}"),
            ("seed", s["seed"]),
            ("config", s["config_hash"]),
            ("weights", self.weights),
            ("input", s["input_hash"]),
            ("thresholds", ", ".join(f"{name} {v}" for name, v in self.thresholds.items())),
            ("decisions", ", ".join(self.regrouped) or "no split or merge"),
        ]
        lines = [f"{name:<11}{'unknown' if value is None else value}" for name, value in rows]
        lines += [f"{'warning':<11}{text}" for text in self.warnings] or [f"{'warning':<11}none"]
        shown = self.inputs[:_SHOWN]
        lines.append(f"inputs ({len(shown):,} of {len(self.inputs):,}):")
        lines += [
            f"  {row['source_id'][:16]:<17}{row['table_name'] or 'unknown':<10}{row['n_loaded'] or 0:>12,} of "
            f"{row['n_rows'] or 0:,} rows, {row['first_at'] or 'no time'} to "
            f"{row['last_at'] or 'no time'}  {row['name']}"
            for row in shown
        ]
        lines.append("stages:")
        lines += [
            f"  {t['stage']:<14}{t['rows']:>12,} rows{t['seconds']:>9.3f} s" for t in self.stages
        ]
        lines.append("outputs (SHA-256):")
        lines += [
            f"  {name:<12}{made['rows']:>12,} rows  {made['sha256']}"
            for name, made in self.outputs.items()
        ]
        return printable_lines("\n".join(lines))


@dataclass(frozen=True, slots=True)
class Reproduced:
    """A sweep that was run again.

    Attributes:
        sweep_id: its name.
        tables: one {table, same, rows, sha256, rows_then, sha256_then} a finding; ``then`` is what
            the sweep wrote.
        warnings: what differs from then in what it rests on.
        seconds: wall-clock time of the run.
    """

    sweep_id: str
    tables: list[dict[str, Any]]
    warnings: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def same(self) -> bool:
        """Whether every finding is equal, byte for byte."""
        return all(row["same"] for row in self.tables)

    def to_dict(self) -> dict[str, Any]:
        """The same as plain data."""
        return {"same": self.same, **asdict(self)}

    def __str__(self) -> str:
        """What the command line prints."""
        tally = Counter(row["same"] for row in self.tables)
        lines = [
            f"  {row['table']:<12}{'equal' if row['same'] else 'DIFFERENT':<11}"
            f"{row['rows_then']:,} rows then, {row['rows']:,} now"
            for row in self.tables
        ]
        n = len(self.tables)
        words = f"Sweep {self.sweep_id} again: {tally[True]:,} of {count(n, n, 'finding')} equal"
        return printable_lines("\n".join([f"{words}, {self.seconds:.1f} s", *lines]))


def manifest(store: Store, sweep_id: str | None = None) -> Manifest:
    """What a sweep rests on.

    Args:
        store: an open store.
        sweep_id: the sweep; None takes the newest complete one.

    Raises:
        UnknownName: there is no such sweep.
        InputError: it failed, or ran with a Coterie that wrote no manifest.
    """
    from coterie.graphs.explain import resolve_sweep

    name = resolve_sweep(store, sweep_id)
    row = store.rows("sweep/one_sweep", sweep_id=name)[0]
    detail = json.loads(row.pop("detail") or "{}")
    if not detail.get("outputs"):
        raise InputError(f"{name}: it was made without a manifest; sweep again to have one")
    settings = detail["settings"]
    weights = settings["sweep"].get("weights") or {}
    thresholds = {
        tier: weights.get(tier) if settings["sweep"].get(tier) is None else settings["sweep"][tier]
        for tier in ("coordinated", "linked")
    }
    if not weights:
        from coterie.graphs.judge import weights as shipped

        # Shipped with the version that is named beside them.
        thresholds = {
            tier: shipped()[tier] if value is None else value for tier, value in thresholds.items()
        }
    return Manifest(
        sweep=row,
        previous=detail["previous"],
        inputs=detail["inputs"],
        lists=[source for source in detail["inputs"] if source["table_name"] == "lists"],
        facts=detail["facts"],
        settings={**settings, "quality": detail.get("quality_settings")},
        thresholds={**thresholds, "link": settings["sweep"].get("threshold") or "log2(N) - 4"},
        weights=detail["weights"],
        regrouped=detail["regrouped"],
        people=detail["people"],
        versions=detail["versions"],
        engine=detail["engine"],
        stages=detail["stages"],
        totals=detail["totals"],
        warnings=detail["warnings"],
        outputs=detail["outputs"],
    )


def changed_outputs(store: Store, known: Manifest) -> dict[str, str]:
    """Findings whose file is not what the sweep wrote: finding -> missing or changed."""
    wrong = {}
    folder = store.data / "findings" / known.sweep["sweep_id"]
    for table, made in known.outputs.items():
        file = folder / f"{table}.parquet"
        if not file.is_file():
            wrong[table] = "missing"
        elif sha256_of(file) != made["sha256"]:
            wrong[table] = "changed"
    return wrong


def reproduce(
    workspace: Workspace,
    sweep_id: str | None,
    now: Callable[[], datetime],
    progress: Callable[..., None] | None = None,
) -> Reproduced:
    """Run a sweep again beside the store, from the facts it read, and compare what it writes.

    The store is only read. The settings and weights are those of then; the code and the packages are
    those of today, which is said where they differ.

    Args:
        workspace: where it ran.
        sweep_id: the sweep; None takes the newest complete one.
        now: the clock.
        progress: called as the sweep goes on.

    Raises:
        UnknownName: there is no such sweep.
        InputError: facts that it read are not there any more, or it has no manifest.
    """
    from coterie.sweep import run_sweep

    with workspace.store() as store:
        known = manifest(store, sweep_id)
        name = str(known.sweep["sweep_id"])
        named = {row["path"] for row in store.rows("store/all_files")}
        gone = [
            path for path in known.facts if path not in named or not (store.data / path).exists()
        ]
        warnings = _differences(workspace.config, known)
        if people_hash(store, known.sweep["window_end"]) != known.people:
            warnings.append("decisions on earlier sweeps were made since: names may differ")
        if gone:
            raise InputError(_gone(store, known, gone))
        config = _as_then(workspace.config, known)
        with tempfile.TemporaryDirectory(prefix="coterie-") as folder:
            beside = replace(config, root=Path(folder).resolve(), store="again.duckdb")
            _lay_out(store, beside.store_path, known)
            done = run_sweep(
                beside, again=_plan_of(known), now=now, progress=progress, tracer=workspace.tracer
            )
    tables = [
        {
            "table": table,
            "same": done.outputs.get(table, {}).get("sha256") == then["sha256"],
            "rows": done.outputs.get(table, {}).get("rows", 0),
            "sha256": done.outputs.get(table, {}).get("sha256"),
            "rows_then": then["rows"],
            "sha256_then": then["sha256"],
        }
        for table, then in known.outputs.items()
    ]
    return Reproduced(name, tables, warnings, done.seconds)


def _gone(store: Store, known: Manifest, gone: list[str]) -> str:
    there = {row["source_id"] for row in store.rows("sweep/input_sources")}
    removed = [row for row in known.inputs if row["source_id"] not in there]
    name = known.sweep["sweep_id"]
    if removed:
        names = ", ".join(printable(row["name"]) for row in removed[:3])
        return (
            f"{name}: {len(removed):,} of its {len(known.inputs):,} sources were replaced or removed "
            f"since ({names}); load them again, or restore a backup of then"
        )
    if all(path.startswith(("facts/family/", "facts/list/families-")) for path in gone):
        return f"{name}: its prompt families were found again by a later load; restore a backup of then"
    return (
        f"{name}: {len(gone):,} of its {len(known.facts):,} files of facts are missing or were "
        "rewritten since (retention, erasure); restore a backup of then"
    )


def _differences(config: Config, known: Manifest) -> list[str]:
    today = versions()
    found = [
        f"{package} is {today.get(package, 'absent')}, it was {then}: findings may differ"
        for package, then in known.versions.items()
        if today.get(package) != then
    ]
    as_then = _as_then(config, known)
    if spec_hash(as_then) != known.weights:
        found.append("the weights shipped with Coterie are not those of then")
    if spec_hash(config) != spec_hash(as_then):
        found.append("the workspace's weights or tiers are others today; those of then are used")
    return found


def _as_then(config: Config, known: Manifest) -> Config:
    sweep, kinds = dict(known.settings["sweep"]), known.settings["kind"]
    weights = sweep.get("weights")
    sweep["weights"] = None if weights is None else "weights of then"
    quality = known.settings.get("quality")
    return replace(
        config,
        sweep=SweepOptions(**_known(SweepOptions, sweep), checkpoints=False),
        kinds={name: KindProfile(**_known(KindProfile, of)) for name, of in kinds.items()},
        weights=weights,
        quality=QualityOptions(**_known(QualityOptions, quality or {})),
    )


def _known(options: type, found: dict[str, Any]) -> dict[str, Any]:
    """The settings of then that there are today; the version that differs is said."""
    names = {one.name for one in fields(options)}
    return {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in found.items()
        if name in names
    }


def _plan_of(known: Manifest) -> Plan:
    row = known.sweep
    return Plan(
        row["sweep_id"],
        row["window_start"],
        row["window_end"],
        row["config_hash"],
        row["input_hash"],
        (),
        tuple(known.regrouped),
        known.previous,
    )


def _lay_out(store: Store, path: Path, known: Manifest) -> None:
    """A store in another place that names the facts of then; their files are linked, not copied."""
    import shutil

    data = path.with_name(path.name + ".d")
    data.mkdir(parents=True)
    shutil.copyfile(store.path, path)
    wanted = set(known.facts)
    for row in store.rows("store/all_files"):
        if row["room"] == "findings" or row["path"] in wanted:
            link = data / row["path"]
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to((store.data / row["path"]).resolve())
    with write_store(path, purpose="reproduce") as beside:
        for row in beside.rows("store/all_files"):
            if not (data / row["path"]).exists():
                run(beside, "store/forget_file", path=row["path"])
        then = {row["source_id"] for row in known.inputs}
        for row in beside.rows("sweep/input_sources"):
            if row["source_id"] not in then:
                run(beside, "store/forget_source", source_id=row["source_id"])
