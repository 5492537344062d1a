"""What the package has to reach, and whether it does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from tests.benchmarks.jobs import JOBS
from tests.benchmarks.rounds import median_ratio
from tests.benchmarks.suite import Row

__all__ = ["GOALS", "PEAK_MB", "Goal", "Outcome", "outcomes"]

PEAK_MB = 140
"""Largest peak of the whole process, in 1e6 bytes."""

_SIZE = 1.03
_ESTIMATE = 1.25
_SCALED_MEMORY = 1.05  # of the float32 job; peaks differ by a few per cent between runs

_VOLUMES = frozenset(("mean_difference", "tsnr"))
"""Jobs with one volume as their result, whose time is that of reading."""

_RUNS = frozenset(name for name, job in JOBS.items() if not job.result_3d)
_ARITHMETIC = frozenset(("ratio", "magnitude"))


@dataclass(frozen=True, slots=True)
class Goal:
    """The most that one way may take of the time of another, on float32 files.

    Parameters
    ----------
    what : str
        "wall" on a machine that does nothing else; "cpu" (processor seconds of the whole process)
        on any, which is what a node costs where every core is busy.
    ours, other : str
        Names of tools.
    limit : float
        Median over the rounds of the ratio of their times.
    jobs : frozenset of str
        For which jobs.
    suffix : str
        Of the files.
    """

    what: Literal["wall", "cpu"]
    ours: str
    other: str
    limit: float
    jobs: frozenset[str]
    suffix: str = ".nii.gz"


GOALS = (
    # Two threads, and one as a node has it: threads cost nothing.
    Goal("cpu", "ours", "niimath", 0.45, _RUNS),
    Goal("cpu", "ours-1", "niimath", 0.45, _RUNS),
    Goal("cpu", "ours", "niimath", 1.0, _VOLUMES),
    Goal("cpu", "ours-1", "niimath", 1.0, _VOLUMES),
    Goal("cpu", "ours-warm", "niimath", 0.75, _VOLUMES),
    Goal("cpu", "ours-warm", "prototype-warm", 1.10, _RUNS),
    Goal("wall", "ours", "niimath", 0.30, _RUNS),
    Goal("wall", "ours", "niimath", 0.80, _VOLUMES),
    Goal("wall", "ours", "nilearn", 0.20, _RUNS),
    Goal("wall", "ours-warm", "prototype-warm", 1.10, _RUNS),
    # Without compression nothing is left but reading, arithmetic and writing.
    Goal("wall", "ours-warm", "niimath", 1.2, frozenset(("copy",)), ".nii"),
    Goal("wall", "ours-warm", "niimath", 0.6, _ARITHMETIC, ".nii"),
)
"""What the package has to reach in time."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One goal for one job.

    Parameters
    ----------
    job, goal : str
        What is compared.
    value, limit : float
        What was measured, and the most that it may be.
    """

    job: str
    goal: str
    value: float
    limit: float

    @property
    def met(self) -> bool:
        """The goal is reached."""
        return self.value <= self.limit


def outcomes(rows: list[Row]) -> list[Outcome]:
    """Return every goal that the measured rows allow to judge."""
    found = [outcome for row in rows for outcome in _of_row(row)]
    return [*found, *_of_scaled(rows)]


def _of_row(row: Row) -> Iterator[Outcome]:
    for goal in GOALS:
        asked = row.kind == "float32" and row.suffix == goal.suffix and row.job in goal.jobs
        if asked and goal.ours in row.cells and goal.other in row.cells:
            ratio = median_ratio(row.cells[goal.ours], row.cells[goal.other], goal.what)
            if ratio is not None:
                said = f"{goal.what} of {goal.ours} / {goal.other}"
                yield Outcome(_label(row), said, ratio, goal.limit)
    cost = row.cells["ours"].cost
    if cost is None:
        return
    yield Outcome(_label(row), "peak of the process, MB", cost.peak_bytes / 1e6, PEAK_MB)
    estimate = row.planned_bytes / cost.peak_bytes
    off = max(estimate, 1 / estimate)
    yield Outcome(_label(row), "estimated / measured peak, or inverse", off, _ESTIMATE)
    if row.zlib_bytes:
        size = cost.out_bytes / row.zlib_bytes
        yield Outcome(_label(row), "size of the result / zlib level 6", size, _SIZE)


def _of_scaled(rows: list[Row]) -> Iterator[Outcome]:
    """Yield the memory of scaled integers by that of float32."""
    peaks = {}
    for row in rows:
        cost = row.cells["ours"].cost
        if cost is not None:
            peaks[row.job, row.suffix, row.kind] = cost.peak_bytes
    for (job, suffix, kind), peak in peaks.items():
        usual = peaks.get((job, suffix, "float32"))
        if kind == "scaled" and usual:
            yield Outcome(
                f"{job} {kind}{suffix}", "peak / float32's", peak / usual, _SCALED_MEMORY
            )


def _label(row: Row) -> str:
    return f"{row.job} {row.kind}{row.suffix}"
