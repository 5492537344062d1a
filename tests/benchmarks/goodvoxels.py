"""fMRIPrep's chain for outlying voxels: one program against niimath's commands.

``python -m tests.benchmarks.goodvoxels`` compares the masks, then times both in turns: one call of
the program, and all commands of the chain with the numbers between them known; whole processes.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import Any

import nibabel as nib
import numpy as np

from nipype_mathimg.workflows.goodvoxels import GOODVOXELS
from tests.benchmarks.data import SHAPE, make_runs
from tests.benchmarks.jobs import Array
from tests.benchmarks.measure import Cost, measure
from tests.benchmarks.tools import niimath_binary
from tests.workflows.goodvoxels_by_niimath import (
    FACTOR,
    FIRST,
    LAST,
    MIDDLE,
    center_and_spread,
    commands,
)

__all__ = ["main"]

MASKS = ("goodvoxels_mask", "goodvoxels_ribbon")

_OURS = """
import json, sys
from nipype_mathimg import math_img
formula, inputs, outputs = json.loads(sys.argv[1])
math_img(formula, inputs, outputs=outputs, copy_header_from="ribbon")
"""


def _ours(files: Mapping[str, str], out: Path) -> list[list[str]]:
    targets = {name: str(out / f"ours_{name}.nii.gz") for name in MASKS}
    inputs = {**files, "factor": FACTOR}
    return [[sys.executable, "-c", _OURS, json.dumps([GOODVOXELS, inputs, targets])]]


def _theirs(files: Mapping[str, str], out: Path) -> list[list[str]]:
    """Run the chain once, and return its commands with the numbers that came between them."""
    found: list[list[str]] = []

    def do(lines: tuple[str, ...], number: float = 0) -> None:
        steps = [[niimath_binary(), *words] for words in commands(lines, files, out, number)]
        for step in steps:
            subprocess.run(step, check=True, capture_output=True)
        found.extend(steps)

    do(FIRST)
    do(MIDDLE, center_and_spread(out / "cov_ribbon.nii.gz")[0])
    center, spread = center_and_spread(out / "modulated_ribbon.nii.gz")
    do(LAST, center + FACTOR * spread)
    return found


def _voxels(path: Path) -> Array:
    image: Any = nib.load(path)
    return np.asanyarray(image.dataobj)


def _ribbon(run: str, path: Path) -> None:
    """Write a shell around the middle of a run."""
    image: Any = nib.load(run)
    shape = image.shape[:3]
    where = np.indices(shape) - np.reshape(shape, (3, 1, 1, 1)) / 2
    radius = np.sqrt((where**2).sum(0)) / min(shape)
    ribbon = ((radius > 0.3) & (radius < 0.42)).astype(np.uint8)
    nib.save(nib.Nifti1Image(ribbon, image.affine), path)


def _timed(ways: Mapping[str, list[list[str]]], rounds: int) -> None:
    costs: dict[str, list[Cost]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, steps in ways.items():
            costs[name].append(measure(steps, {"FSLOUTPUTTYPE": "NIFTI_GZ"}))
    for name, found in costs.items():
        wall, cpu = (median(getattr(cost, what) for cost in found) for what in ("wall", "cpu"))
        peak = max(cost.peak_bytes for cost in found) / 1e6
        print(
            f"{name}: {len(ways[name])} processes, wall {wall:.2f} s, processor {cpu:.2f} s, "
            f"peak {peak:.0f} MB"
        )
    pairs = list(zip(costs["one program"], costs["niimath"], strict=True))
    ratios = [
        median(getattr(ours, what) / getattr(theirs, what) for ours, theirs in pairs)
        for what in ("wall", "cpu", "peak_bytes")
    ]
    print("one program / niimath: wall {:.2f}, processor {:.2f}, peak {:.2f}".format(*ratios))


def main() -> None:
    """Compare the masks, and time both."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.goodvoxels")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--volumes", type=int, default=176)
    parser.add_argument("--shape", type=int, nargs=3, default=SHAPE)
    given = parser.parse_args()
    cache = Path(tempfile.gettempdir()) / "nipype_mathimg_benchmark"
    runs = make_runs(cache, "float32", ".nii.gz", tuple(given.shape), given.volumes)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        files = {"bold": runs.path("a"), "ribbon": str(out / "ribbon.nii.gz")}
        _ribbon(files["bold"], Path(files["ribbon"]))
        ways = {"one program": _ours(files, out), "niimath": _theirs(files, out)}
        measure(ways["one program"], {})
        for name in MASKS:
            ours, theirs = _voxels(out / f"ours_{name}.nii.gz"), _voxels(out / f"{name}.nii.gz")
            print(f"{name}: {np.count_nonzero(ours)} voxels, {np.sum(ours != theirs)} differ")
        _timed(ways, given.rounds)


if __name__ == "__main__":
    main()
