"""``python -m tests.fuzz values|parser|headers|files|peers|bytes|cost``: long runs on demand."""

from __future__ import annotations

import argparse
import resource
import sys
from functools import partial

from tests.fuzz.broken_files import run_files
from tests.fuzz.cost import CostReport, curve
from tests.fuzz.headers import run_headers
from tests.fuzz.parser import run_texts
from tests.fuzz.peers import run_peers
from tests.fuzz.report import CaseReport
from tests.fuzz.run import Report, run_values
from tests.fuzz.same_bytes import run_same_bytes

MOST = 12 << 30
"""Bytes that a run may have: a case that wants more fails, and not the machine."""

CASES = {
    "parser": run_texts,
    "headers": run_headers,
    "files": run_files,
    "peers": run_peers,
    "bytes": run_same_bytes,
}


def main(arguments: list[str] | None = None) -> int:
    """Run a fuzzer; the exit status is 1 where something failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("what", choices=["values", *CASES, "cost"])
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, help="the number of one case of this seed")
    parser.add_argument("--no-shrink", action="store_true", help="show cases as they were drawn")
    given = parser.parse_args(arguments)
    resource.setrlimit(resource.RLIMIT_AS, (MOST, MOST))
    numbers = range(given.cases) if given.only is None else [given.only]
    tell = partial(print, flush=True)
    report: Report | CaseReport | CostReport
    match given.what:
        case "values":
            report = run_values(given.seed, numbers, shrink=not given.no_shrink, tell=tell)
        case "cost":
            report = curve(tell=tell)
        case what:
            report = CASES[what](given.seed, numbers, tell)
    print(report)
    return 1 if report.failures else 0


if __name__ == "__main__":
    sys.exit(main())
