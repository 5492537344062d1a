"""The command: ``python -m tests.benchmarks``."""

from __future__ import annotations

import argparse
import importlib.util
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.benchmarks.data import KINDS, SHAPE
from tests.benchmarks.jobs import JOBS
from tests.benchmarks.plots import write_plots
from tests.benchmarks.report import write_report
from tests.benchmarks.suite import Figures, Wanted, measured
from tests.benchmarks.tools import PEERS

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure what the arguments ask for, and write the report."""
    given = _parser().parse_args(arguments)
    given.out.mkdir(parents=True, exist_ok=True)
    wanted = Wanted(
        jobs=given.jobs,
        kinds=given.kinds,
        suffixes=given.suffixes,
        peers=given.peers,
        shape=tuple(given.shape),
        volumes=given.volumes,
        repeats=given.repeats,
        growing_jobs=given.growing_jobs,
        lengths=given.lengths,
        data=given.data,
        work=given.out,
    )
    measured(
        wanted,
        lambda line: print(line, file=sys.stderr, flush=True),
        lambda figures: _save(figures, wanted),
    )
    print("\n".join(str(path) for path in sorted(given.out.glob("*.*"))))


def _save(figures: Figures, wanted: Wanted) -> None:
    write_report(figures, wanted, wanted.work)
    if importlib.util.find_spec("matplotlib"):  # the extra "benchmarks"
        write_plots(figures, wanted.work)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks",
        description=sys.modules["tests.benchmarks"].__doc__,
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    several: dict[str, Any] = {"nargs": "*", "metavar": "NAME"}
    jobs, peers = list(JOBS), list(PEERS)
    parser.add_argument("--jobs", choices=jobs, default=jobs, help="what is computed", **several)
    parser.add_argument("--peers", choices=peers, default=peers, help="compared with", **several)
    parser.add_argument("--kinds", choices=list(KINDS), default=list(KINDS), nargs="+")
    parser.add_argument(
        "--suffixes", choices=[".nii.gz", ".nii"], default=[".nii.gz", ".nii"], nargs="+"
    )
    parser.add_argument("--volumes", type=int, default=176, help="length of a run")
    parser.add_argument("--shape", type=int, nargs=3, default=SHAPE, help="voxels of a volume")
    parser.add_argument("--repeats", type=int, default=5, help="rounds; 0 checks the results only")
    parser.add_argument(
        "--growing-jobs", choices=jobs, default=["ratio", "tsnr", "zscore"], **several
    )
    parser.add_argument(
        "--lengths",
        type=int,
        nargs="*",
        default=[50, 100, 200, 400, 800],
        help="lengths for the growth; none to leave it out",
    )
    cache = Path(tempfile.gettempdir()) / "nipype_mathimg_benchmark"
    parser.add_argument("--data", type=Path, default=cache, help="cache of the files")
    parser.add_argument("--out", type=Path, default=Path("benchmark_out"), help="for the report")
    return parser


if __name__ == "__main__":
    main()
