"""What the package has to reach, and whether it does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from tests.benchmarks.jobs import JOBS
from tests.benchmarks.rounds import median_ratio
from tests.benchmarks.suite import Row

__all__ = ["PEAK_MB", "Outcome", "outcomes"]

PEAK_MB = 140
"""Largest peak of the whole process, in 1e6 bytes."""

_SIZE = 1.03
_ESTIMATE = 1.25
_SCALED_MEMORY = 1.05  # of the float32 job; peaks differ by a few per cent between runs
_ONE_VOLUME = ("mean_difference", "tsnr")
_PLAIN = {"copy": 1.2, "ratio": 0.6, "magnitude": 0.6}


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
    if row.kind == "float32":
        packed = row.suffix == ".nii.gz"
        limits = _packed_limits(row.job) if packed else _plain_limits(row.job)
        yield from _of_times(row, limits, "wall")
        if packed:
            yield from _of_times(row, _processor_limits(row.job), "cpu")
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


def _of_times(
    row: Row, limits: list[tuple[str, str, float]], what: Literal["wall", "cpu"]
) -> Iterator[Outcome]:
    for ours, other, limit in limits:
        if ours in row.cells and other in row.cells:
            ratio = median_ratio(row.cells[ours], row.cells[other], what)
            if ratio is not None:
                yield Outcome(_label(row), f"{what} of {ours} / {other}", ratio, limit)


def _processor_limits(job: str) -> list[tuple[str, str, float]]:
    """Return limits of processor seconds: what a node costs where every core is busy."""
    if job in _ONE_VOLUME:
        return [("ours", "niimath", 1.0), ("ours-warm", "niimath", 0.75)]
    if JOBS[job].result_3d:
        return []
    return [("ours", "niimath", 0.45), ("ours-1", "niimath", 0.45)]


def _packed_limits(job: str) -> list[tuple[str, str, float]]:
    if job in _ONE_VOLUME:
        return [("ours", "niimath", 1.2), ("ours-warm", "niimath", 0.9)]
    if JOBS[job].result_3d:
        return []
    return [("ours", "niimath", 0.45), ("ours", "nilearn", 0.2), ("ours", "prototype", 1.35)]


def _plain_limits(job: str) -> list[tuple[str, str, float]]:
    return [("ours-warm", "niimath", _PLAIN[job])] if job in _PLAIN else []


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
