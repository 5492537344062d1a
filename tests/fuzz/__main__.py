"""``python -m tests.fuzz values|parser``: long runs on demand."""

from __future__ import annotations

import argparse
import sys
from functools import partial

from tests.fuzz.parser import TextReport, run_texts
from tests.fuzz.run import Report, run_values


def main(arguments: list[str] | None = None) -> int:
    """Run a fuzzer; the exit status is 1 where something failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("what", choices=["values", "parser"])
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, help="the number of one case of this seed")
    parser.add_argument("--no-shrink", action="store_true", help="show cases as they were drawn")
    given = parser.parse_args(arguments)
    numbers = range(given.cases) if given.only is None else [given.only]
    tell = partial(print, flush=True)
    report: Report | TextReport
    if given.what == "values":
        report = run_values(given.seed, numbers, shrink=not given.no_shrink, tell=tell)
    else:
        report = run_texts(given.seed, numbers, tell)
    print(report)
    return 1 if report.failures else 0


if __name__ == "__main__":
    sys.exit(main())
