"""The whole benchmark: every job on every kind of file, then how it grows with the run."""

from __future__ import annotations

import gzip
import tempfile
import warnings
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from nipype_mathimg import HeaderWarning, explain, math_img
from tests.benchmarks.data import Runs, make_runs
from tests.benchmarks.jobs import JOBS, Job
from tests.benchmarks.measure import Cost
from tests.benchmarks.rounds import Cell, Runner, runner
from tests.benchmarks.tools import Tool, chosen_tools

__all__ = ["Figures", "Growth", "Row", "Wanted", "measured"]

GROWING_TOOLS = ("ours", "niimath", "nilearn")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be measured.

    Parameters
    ----------
    jobs, kinds, suffixes, peers : list of str
        Names.
    shape : tuple of int
        Voxels of a volume.
    volumes, repeats : int
        Length of a run; rounds, 0 to check only.
    growing_jobs : list of str
        Jobs that are timed for several lengths.
    lengths : list of int
        Those lengths.
    data, work : Path
        Cache of the files; folder for results.
    """

    jobs: list[str]
    kinds: list[str]
    suffixes: list[str]
    peers: list[str]
    shape: tuple[int, int, int]
    volumes: int
    repeats: int
    growing_jobs: list[str]
    lengths: list[int]
    data: Path
    work: Path


@dataclass(frozen=True, slots=True)
class Row:
    """One job on one kind of files.

    Parameters
    ----------
    job, kind, suffix : str
        Names.
    cells : dict
        By the name of the tool.
    planned_bytes : int
        What `explain` says the process will need.
    zlib_bytes : int
        Size of this package's result when zlib compresses it at level 6; 0 for plain files.
    """

    job: str
    kind: str
    suffix: str
    cells: dict[str, Cell]
    planned_bytes: int
    zlib_bytes: int


@dataclass(frozen=True, slots=True)
class Growth:
    """One tool on one job and one length of the run."""

    job: str
    tool: str
    volumes: int
    cost: Cost


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything that was measured so far; grows while the benchmark runs."""

    rows: list[Row] = field(default_factory=list)
    growth: list[Growth] = field(default_factory=list)


def measured(wanted: Wanted, say: Callable[[str], None], save: Callable[[Figures], None]) -> None:
    """Make the data that is missing, check and time everything.

    Parameters
    ----------
    wanted : Wanted
        What.
    say : callable
        Takes lines about progress.
    save : callable
        Takes the figures after each job, so that an interrupted benchmark leaves a report.
    """
    tools = chosen_tools(wanted.peers)
    figures = Figures()
    with tempfile.TemporaryDirectory(dir=wanted.work) as folder, runner(Path(folder), say) as run:
        for runs in _files(wanted, say):
            for job in wanted.jobs:
                if runs.kind in JOBS[job].kinds:
                    figures.rows.append(_row(run, JOBS[job], runs, tools, wanted.repeats))
                    save(figures)
        for volumes in wanted.lengths if wanted.repeats else []:
            figures.growth.extend(_growth(run, wanted, tools, volumes))
            save(figures)


def _files(wanted: Wanted, say: Callable[[str], None]) -> list[Runs]:
    made = []
    for suffix in wanted.suffixes:
        for kind in wanted.kinds:
            if any(kind in JOBS[job].kinds for job in wanted.jobs):
                say(f"data: {kind}{suffix}")
                made.append(make_runs(wanted.data, kind, suffix, wanted.shape, wanted.volumes))
    return made


def _row(run: Runner, job: Job, runs: Runs, tools: list[Tool], repeats: int) -> Row:
    run.say(f"{job.name}: {job.formula} ({runs.kind}{runs.suffix})")
    cells = run.cells(job, runs, tools, repeats)
    for name, cell in cells.items():
        if cell.cost:
            run.say(f"  {name}: {cell.cost.wall:.2f} s, {cell.cost.peak_bytes / 1e6:.0f} MB")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", HeaderWarning)
        donor = job.inputs[0]
        plan = explain(job.formula, runs.inputs(job.inputs), copy_header_from=donor)
    size = _zlib_bytes(run.work, job, runs) if runs.suffix == ".nii.gz" and repeats else 0
    return Row(job.name, runs.kind, runs.suffix, cells, plan.peak_bytes, size)


def _zlib_bytes(work: Path, job: Job, runs: Runs) -> int:
    """Return the size of the result as one zlib stream of level 6, as most tools write it."""
    path = work / "sized.nii.gz"
    math_img(job.formula, runs.inputs(job.inputs), path, copy_header_from=job.inputs[0])
    packer = zlib.compressobj(6)
    with gzip.open(path, "rb") as file:
        size = sum(len(packer.compress(block)) for block in iter(lambda: file.read(1 << 20), b""))
    path.unlink()
    return size + len(packer.flush())


def _growth(run: Runner, wanted: Wanted, tools: list[Tool], volumes: int) -> Iterator[Growth]:
    """Time some jobs for one length; their results were checked at another."""
    run.say(f"growth: {volumes} volumes")
    runs = make_runs(wanted.data, "float32", ".nii.gz", wanted.shape, volumes)
    growing = [tool for tool in tools if tool.name in GROWING_TOOLS]
    for name in wanted.growing_jobs:
        timed = run.timed(JOBS[name], runs, growing, wanted.repeats)
        for tool, costs in timed.items():
            cost = Cell(costs).cost
            if cost:
                yield Growth(name, tool, volumes, cost)
