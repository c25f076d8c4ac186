"""``make bench``: every benchmark after another; name one to run it alone.

python -m benchmarks [NAME] [its own arguments]
"""

from __future__ import annotations

import runpy
import sys

NAMES = (
    "scale",
    "plan",
    "detection",
    "baselines",
    "ablations",
    "prompts",
    "load",
    "report",
    "asking",
    "weeks",
    "p2p",
)


def main() -> None:
    wanted = sys.argv[1:2] if sys.argv[1:2] and sys.argv[1] in NAMES else []
    for name in wanted or NAMES:
        print(f"== {name}", flush=True)
        sys.argv = [f"benchmarks.{name}", *sys.argv[1 + len(wanted) :]]
        runpy.run_module(f"benchmarks.{name}", run_name="__main__")


if __name__ == "__main__":
    main()
