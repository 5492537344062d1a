"""Filters, morphology, components and distances against niimath.

    python -m tests.benchmarks.neighbours --sizes 3D 4D --rounds 3

Each job is one call on a volume of 91 x 109 x 91 and on a run of 61 x 73 x 61 x 176, as .nii.gz.
Ours (a whole process, and a call in a process that lives) and niimath with its default and with
its fastest compression take turns. Prints processor seconds and the largest memory, the least of
the rounds, and the ratios that have a goal.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from tests.benchmarks.command import mathimg
from tests.benchmarks.data import SHAPE, make_runs
from tests.benchmarks.live import LiveProcess
from tests.benchmarks.measure import Cost, measure
from tests.benchmarks.tools import niimath_binary

__all__ = ["JOBS", "SIZES", "main"]

SIZES = {"3D": (91, 109, 91), "4D": (*SHAPE, 176)}
"""The MNI grid at 2 mm, and a run at 3 mm; the files of both say 3 mm."""

_WIDTH = "2.547965400864057"  # a FWHM of 6 mm as a standard deviation

JOBS = {
    "gaussian": ("ndimage.gaussian_filter(a, fwhm=6*mm)", f"-s {_WIDTH}"),
    # niimath's window ends at 6 standard deviations, SciPy's at 4.
    "gaussian, 6 sd": ("ndimage.gaussian_filter(a, fwhm=6*mm, truncate=6)", f"-s {_WIDTH}"),
    "dilation": ("ndimage.binary_dilation(a > 1000, box(3))", "-thr 1000 -bin -dilF"),
    "median": ("ndimage.median_filter(a, size=3)", "-fmedian"),
    # niimath has no word for the largest component: it numbers all of them, and of a run those of
    # the first volume alone.
    "largest": ("largest(a > 1000)", "-thr 1000 -bin -bwlabel 6"),
    "distance": ("ndimage.distance_transform_edt(a > 1000)", "-thr 1000 -bin -edt"),
}
"""What is computed: our formula, and niimath's operations."""

LIVE, WHOLE, PEAK = 1.0, 1.2, 1 / 3
"""The most that ours may be of niimath's: processor seconds of a call in a process that lives and
of a whole process, and the peak of the whole process on a run."""

Way = Callable[[], Cost]


def _ways(job: str, path: str, out: Path, live: LiveProcess) -> Mapping[str, Way]:
    """Return what runs a job in each way."""
    formula, operations = JOBS[job]
    ours = [mathimg(formula, {"a": path}, str(out / "ours.nii.gz"))]
    theirs = [[niimath_binary(), path, *operations.split(), str(out / "niimath.nii.gz")]]
    fast = {"FSLOUTPUTTYPE": "NIFTI_GZ", "NIIMATH_GZ_LEVEL": "1"}
    return {
        "ours": partial(measure, ours, {}),
        "ours, live": partial(live.run, formula, {"a": path}, str(out / "live.nii.gz")),
        "niimath": partial(measure, theirs, {"FSLOUTPUTTYPE": "NIFTI_GZ"}),
        "niimath, gz1": partial(measure, theirs, fast),
    }


def _least(ways: Mapping[str, Way], rounds: int) -> dict[str, Cost]:
    """Return the least of each figure, which other processes on the machine disturb least."""
    found: dict[str, list[Cost]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            found[name].append(way())
    return {
        name: Cost(
            min(one.wall for one in costs),
            min(one.cpu for one in costs),
            min(one.peak_bytes for one in costs),
        )
        for name, costs in found.items()
    }


def _row(size: str, job: str, costs: Mapping[str, Cost]) -> str:
    """Return a line of figures, and which goals are missed."""
    figures = [f"{one.cpu:6.2f} s {one.peak_bytes / 1e6:4.0f} MB" for one in costs.values()]
    theirs = costs["niimath"]
    ratios = {
        "live": (costs["ours, live"].cpu / theirs.cpu, LIVE),
        "whole": (costs["ours"].cpu / theirs.cpu, WHOLE),
        "peak": (costs["ours"].peak_bytes / theirs.peak_bytes, PEAK),
    }
    if size == "3D":  # one volume is less than an interpreter takes
        del ratios["peak"]
    elif job == "largest":  # it is done to one volume, not to all
        del ratios["live"], ratios["whole"]
    said = [
        f"{name} {ratio:.2f}{'' if ratio <= limit else ' MISSED'}"
        for name, (ratio, limit) in ratios.items()
    ]
    return f"{size} {job:15}" + " |".join(figures) + " | " + ", ".join(said)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure what the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--sizes", nargs="+", choices=list(SIZES), default=list(SIZES))
    parser.add_argument("--jobs", nargs="+", choices=list(JOBS), default=list(JOBS))
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args(arguments)
    cache = Path(tempfile.gettempdir()) / "nipype_mathimg_benchmark"
    with tempfile.TemporaryDirectory() as folder, LiveProcess("ours-warm") as live:
        print("ours | ours in a process that lives | niimath | niimath with gzip level 1 | ratios")
        for size in given.sizes:
            shape = SIZES[size]
            runs = make_runs(cache, "float32", ".nii.gz", shape[:3], (*shape, 1)[3])
            path = runs.path("a") if size == "4D" else runs.volumes[0]
            for job in given.jobs:
                ways = _ways(job, path, Path(folder), live)
                live.run(JOBS[job][0], {"a": path}, f"{folder}/live.nii.gz")  # loads SciPy
                print(_row(size, job, _least(ways, given.rounds)), flush=True)


if __name__ == "__main__":
    main()
