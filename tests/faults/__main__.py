"""``python -m tests.faults kills|calls``: long runs on demand."""

from __future__ import annotations

import argparse
import sys
from functools import partial

from tests.faults.calls import run_calls
from tests.faults.kills import run_kills

RUNS = {"kills": run_kills, "calls": run_calls}


def main() -> int:
    """Disturb jobs; the exit status is 1 where something was left that is not right."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("what", choices=list(RUNS))
    parser.add_argument("--cases", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, help="the number of one case of this seed")
    given = parser.parse_args()
    numbers = range(given.cases) if given.only is None else [given.only]
    report = RUNS[given.what](given.seed, numbers, partial(print, flush=True))
    print(report)
    return 1 if report.failures else 0


if __name__ == "__main__":
    sys.exit(main())
