"""Time and memory of load and sweep by stage.

    python -m benchmarks.scale [--accounts 1000000]

Each step runs in a process of its own, so that its peak memory is its own.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

STEP = """
import json, resource, sys, time
from pathlib import Path
import coterie
step, world, case = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
began, out = time.perf_counter(), {}
if step == "simulate":
    from coterie.loaders.simulate import WorldOptions, write_world
    write_world(WorldOptions(accounts=int(sys.argv[4]), seed=7201), world)
elif step == "load":
    names = ("accounts", "lists", "links", "signals", "prompts", "events")
    summary = coterie.open(case).load(*[world / f"{name}.parquet" for name in names])
    out = {source.table: [source.loaded, None] for source in summary.sources}
else:
    sweep = coterie.open(case).sweep()
    detail = coterie.open(case).query("SELECT detail FROM sweeps")["detail"][0]
    out = {s["stage"]: [s["rows"], s["seconds"]] for s in json.loads(detail)["stages"]}
usage = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps({
    "seconds": time.perf_counter() - began, "cpu": usage.ru_utime + usage.ru_stime,
    "peak_mb": usage.ru_maxrss / 1024, "parts": out,
}))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--accounts", type=int, default=1_000_000)
    arguments = parser.parse_args()
    print(f"{'step':28}{'rows':>12}{'wall s':>9}{'cpu s':>9}{'peak MB':>9}")
    with tempfile.TemporaryDirectory() as folder:
        world, case = Path(folder) / "world", Path(folder) / "case"
        case.mkdir()
        total = 0.0
        for step in ("simulate", "load", "sweep"):
            done = subprocess.run(
                [sys.executable, "-c", STEP, step, str(world), str(case), str(arguments.accounts)],
                check=True, stdout=subprocess.PIPE, text=True,
            )  # fmt: skip
            seen = json.loads(done.stdout.splitlines()[-1])
            for part, (rows, seconds) in seen["parts"].items():
                shown = "" if seconds is None else f"{seconds:9.1f}"
                print(f"  {step} {part:<{25 - len(step)}}{rows:>12,}{shown}")
            print(
                f"{step:28}{'':>12}{seen['seconds']:>9.1f}{seen['cpu']:>9.1f}{seen['peak_mb']:>9.0f}",
                flush=True,
            )
            total += seen["seconds"] if step != "simulate" else 0.0
    print(f"load and sweep: {total:.1f} s")


if __name__ == "__main__":
    main()
