"""Means of 400 regions of a brain, beside the mean over time of its run.

    python -m tests.benchmarks.regions --rounds 5

Both inflate the same .nii.gz once. They take turns in one process that has done both before, with
one thread and with two; prints the least seconds of the rounds, the ratios of these, and whether
the goal is met.
"""

from __future__ import annotations

import argparse
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import nibabel as nib
import numpy as np
from scipy.spatial import KDTree

from nipype_mathimg import HeaderWarning, math_img, math_table, math_value
from tests.benchmarks.data import SHAPE, make_runs

__all__ = ["GOAL", "main"]

REGIONS = 400

GOAL = 1.2
"""The most that the means of the regions may take of the time of the plain mean; the table is made
of them afterwards, of some 70,000 numbers with all of their digits."""

OVER_TIME = "over time"


def make_atlas(path: Path, mask_file: str) -> None:
    """Write labels: each voxel of the brain has that of the nearest of some random ones."""
    mask = nib.Nifti1Image.from_filename(mask_file)
    voxels = np.argwhere(mask.get_fdata())
    seeds = np.random.default_rng(0).choice(voxels, REGIONS, replace=False)
    labels = np.zeros(SHAPE, np.int16)
    labels[tuple(voxels.T)] = KDTree(seeds).query(voxels)[1] + 1
    nib.save(nib.Nifti1Image(labels, mask.affine), path)


def _seconds(way: Callable[[], object]) -> tuple[float, float]:
    wall, processor = time.perf_counter(), time.process_time()
    way()
    return time.perf_counter() - wall, time.process_time() - processor


def main() -> None:
    """Measure what the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--kinds", nargs="+", default=["float32", "int16"])
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    warnings.simplefilter("ignore", HeaderWarning)
    cache = Path(tempfile.gettempdir()) / "nipype_mathimg_benchmark"
    with tempfile.TemporaryDirectory() as folder:
        atlas = Path(folder) / "atlas.nii.gz"
        for kind in given.kinds:
            runs = make_runs(cache, kind, ".nii.gz")
            make_atlas(atlas, runs.path("mask"))
            for threads in (1, 2):
                _compare(kind, runs.path("a"), str(atlas), Path(folder), threads, given.rounds)


def _compare(kind: str, run: str, atlas: str, folder: Path, threads: int, rounds: int) -> None:
    inputs, means = {"a": run, "atlas": atlas}, "np.mean(a, by=atlas)"
    files = str(folder / "mean.nii.gz"), str(folder / "means.tsv")
    ways: dict[str, Callable[[], object]] = {
        OVER_TIME: lambda: math_img(
            "np.mean(a, axis=-1)", {"a": run}, files[0], num_threads=threads
        ),
        f"of {REGIONS} regions": lambda: math_value(
            f"np.sum({means})", inputs, num_threads=threads
        ),
        "as a table": lambda: math_table(means, inputs, files[1], num_threads=threads),
    }
    found = [{name: _seconds(way) for name, way in ways.items()} for _ in range(rounds + 1)][1:]
    for k, what in enumerate(("wall", "processor")):
        least = {name: min(one[name][k] for one in found) for name in ways}
        said = [
            f"{seconds:.3f} {name} ({seconds / least[OVER_TIME]:.2f})"
            for name, seconds in least.items()
        ]
        met = least[f"of {REGIONS} regions"] <= GOAL * least[OVER_TIME]
        print(
            f"{kind}, {threads} threads, {what} s: {', '.join(said)}; {'met' if met else 'MISSED'}"
        )


if __name__ == "__main__":
    main()
