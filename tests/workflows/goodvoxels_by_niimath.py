"""fMRIPrep's chain for the voxels of a run that are no outliers, with niimath in place of FSL."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import nibabel as nib
import numpy as np

__all__ = ["FACTOR", "FIRST", "LAST", "MIDDLE", "center_and_spread", "commands"]

FACTOR = 0.5

FIRST = (
    "{bold} -Tmean {mean}",
    "{bold} -Tstd {std}",
    "{std} -div {mean} {cov}",
    "{cov} -mas {ribbon} {cov_ribbon}",
)
"""Up to the first numbers: the mean of the coefficient of variation in the ribbon."""

MIDDLE = (
    "{cov_ribbon} -div {number} {cov_ribbon_norm}",
    "{cov_ribbon_norm} -bin -s 5 {smooth_norm}",
    "{cov_ribbon_norm} -s 5 -div {smooth_norm} -dilD {local}",
    "{cov} -div {number} {cov_norm}",
    "{cov_norm} -div {local} {modulated}",
    "{modulated} -mas {ribbon} {modulated_ribbon}",
)
"""Up to the second: the mean and the spread of what is left in the ribbon."""

LAST = (
    "{modulated} -thr {number} -bin {outliers}",
    "{mean} -bin {bright}",
    "{outliers} -sub {bright} -mul -1 {goodvoxels_mask}",
    "{goodvoxels_mask} -mas {ribbon} {goodvoxels_ribbon}",
)
"""The masks."""

_FILES = (
    "mean", "std", "cov", "cov_ribbon", "cov_ribbon_norm", "smooth_norm", "local", "cov_norm",
    "modulated", "modulated_ribbon", "outliers", "bright", "goodvoxels_mask", "goodvoxels_ribbon",
)  # fmt: skip


def commands(
    lines: tuple[str, ...], inputs: Mapping[str, object], folder: Path, number: float = 0
) -> list[list[str]]:
    """Return the words of commands, with files in a folder."""
    names = {name: str(folder / f"{name}.nii.gz") for name in _FILES}
    # All digits of float32, which the tool computes in.
    values = {**names, **inputs, "number": f"{number:.9g}"}
    return [[word.format_map(values) for word in line.split()] for line in lines]


def center_and_spread(file: Path) -> tuple[float, float]:
    """Return what ``fslstats -M -S`` prints: of voxels other than 0, divided by n - 1."""
    values = np.asarray(nib.load(file).dataobj, np.float64)
    chosen = values[values != 0]
    return float(chosen.mean()), float(chosen.std(ddof=1))
