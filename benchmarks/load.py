"""How fast loading is: the simulated world as Parquet, then its signals as CSV and JSON Lines.

Each measurement is a process of its own, so that peak memory is that of one load. The last lines set
a CSV file with 51 stray quotes before DuckDB's own reader and before ``coterie load``.

    python benchmarks/load.py [--accounts 100000] [--memory 2500MiB]
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

TABLES = ("accounts", "signals", "events", "links", "lists", "prompts")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=100_000)
    parser.add_argument("--memory", default="2500MiB")
    parser.add_argument("--child", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(Path(options.child[0]), options.memory, options.child[1:])
        return
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        world(root / "world", options.accounts)
        print(f"{options.accounts:,} accounts; seconds of wall clock and CPU, peak memory in MiB")
        print(f"{'input':28}{'rows':>12}{'wall':>8}{'CPU':>8}{'rows/CPU s':>12}{'MiB':>7}")
        for table in TABLES:
            measure(root, options.memory, f"{table}.parquet", [root / f"world/{table}.parquet"])
        files = [root / f"world/{table}.parquet" for table in TABLES]
        measure(root, options.memory, "all tables, one load", files)
        text_forms(root)
        for name in ("signals.csv", "signals.csv.gz", "signals.jsonl"):
            measure(root, options.memory, name, [root / name])
        stray_quotes(root, options.memory)


def world(out: Path, accounts: int) -> None:
    from coterie.loaders.simulate import WorldOptions, write_world

    write_world(WorldOptions(accounts=accounts, seed=1), out)


def measure(root: Path, memory: str, name: str, files: list[Path]) -> dict[str, float]:
    """Load files into a new store in a process of its own and print a line."""
    with tempfile.TemporaryDirectory(dir=root) as workspace:
        command = [sys.executable, __file__, "--memory", memory, "--child", workspace]
        done = subprocess.run(
            [*command, *map(str, files)], check=True, capture_output=True, text=True
        )
    found: dict[str, float] = json.loads(done.stdout)
    rows, cpu = int(found["rows"]), found["cpu"]
    print(
        f"{name:28}{rows:>12,}{found['wall']:>8.2f}{cpu:>8.2f}{rows / cpu:>12,.0f}{found['mib']:>7.0f}"
    )
    return found


def child(workspace: Path, memory: str, files: list[str]) -> None:
    from coterie.config import Config
    from coterie.loaders.load import Source, load

    config = Config(root=workspace, memory_limit=memory)
    begun, before = time.perf_counter(), cpu_seconds()
    summary = load(config, [Source(file) for file in files], now=datetime.now(UTC))
    print(
        json.dumps(
            {
                "rows": summary.rows,
                "loaded": summary.loaded,
                "quarantined": summary.quarantined,
                "wall": time.perf_counter() - begun,
                "cpu": cpu_seconds() - before,
                "mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            }
        )
    )


def cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def text_forms(root: Path) -> None:
    """The signals of the world as CSV, packed CSV and JSON Lines."""
    from coterie.queries.store import connect

    con = connect()
    signals = con.read_parquet(str(root / "world/signals.parquet"))
    signals.write_csv(str(root / "signals.csv"))
    signals.write_csv(str(root / "signals.csv.gz"), compression="gzip")
    con.sql("COPY signals TO $path (FORMAT json)", params={"path": str(root / "signals.jsonl")})
    con.close()


def stray_quotes(root: Path, memory: str) -> None:
    """51 quotes that nobody closed: how many rows are left."""
    from coterie.queries.store import connect

    n = 1_000_000
    bad = set(range(0, n, n // 51)[:51])
    file = root / "stray.csv"
    with file.open("w", encoding="utf-8") as out:
        out.write("account_id,kind,value\n")
        out.writelines(f"a{i},device,{chr(34) if i in bad else ''}d{i}\n" for i in range(n))
    con = connect()
    reader = con.read_csv(str(file), all_varchar=True, quotechar='"', ignore_errors=True)
    kept = reader.count("*").fetchall()[0][0]
    con.close()
    found = measure(root, memory, "stray.csv", [file])
    print(
        f"51 stray quotes in {n:,} rows: DuckDB's reader (ignore_errors) gives {kept:,} rows; "
        f"loaded {found['loaded']:,.0f}, quarantined {found['quarantined']:,.0f}"
    )


if __name__ == "__main__":
    main()
