"""fMRIPrep's `init_goodvoxels_bold_mask_wf` in one node, beside NumPy and SciPy, and niimath."""

from __future__ import annotations

import subprocess

import nibabel as nib
import numpy as np
import pytest
from scipy import ndimage

from nipype_mathimg.workflows import init_goodvoxels_wf
from tests.benchmarks.tools import niimath_binary
from tests.workflows.checks import run
from tests.workflows.goodvoxels_by_niimath import (
    FACTOR,
    FIRST,
    LAST,
    MIDDLE,
    center_and_spread,
    commands,
)

MASKS = ("goodvoxels_mask", "goodvoxels_ribbon")
ZOOMS = (3.0, 3.0, 3.5)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Return a run whose noise differs from voxel to voxel, and a ribbon around its middle."""
    rng = np.random.default_rng(4)
    shape = (24, 26, 20)
    where = np.indices(shape) - np.reshape(shape, (3, 1, 1, 1)) / 2
    radius = np.sqrt((where**2).sum(0))
    spread = 5 + 30 * (rng.random(shape) > 0.9)
    bold = (radius < 9)[..., None] * rng.normal(900, spread[..., None], (*shape, 40))
    folder = tmp_path_factory.mktemp("run")
    found = {"bold": bold.astype("int16"), "ribbon": ((radius > 5) & (radius < 8)).astype("uint8")}
    for name, data in found.items():
        nib.save(nib.Nifti1Image(data, np.diag([*ZOOMS, 1])), folder / f"{name}.nii.gz")
    return {name: folder / f"{name}.nii.gz" for name in found}


def values(path):
    return np.asanyarray(nib.load(path).dataobj)


@pytest.fixture(scope="module")
def masks(files, tmp_path_factory):
    """Return what the node writes."""
    inputs = {name: str(path) for name, path in files.items()}
    found = run(init_goodvoxels_wf(), tmp_path_factory.mktemp("node"), **inputs)
    assert all(nib.load(found[name][0]).get_data_dtype() == "uint8" for name in MASKS)
    return [values(found[name][0]) for name in MASKS]


def by_scipy(bold, ribbon):
    """Return the two masks in plain NumPy and SciPy."""
    mean = bold.mean(-1, dtype=float)
    with np.errstate(all="ignore"):
        cov = np.where(mean != 0, bold.std(-1, ddof=1, dtype=float) / mean, 0)
    inside = (ribbon > 0) & (cov > 0)
    norm = cov / cov[inside].mean()
    width = np.divide(5, ZOOMS)
    weight, local = (
        ndimage.gaussian_filter(np.where(inside, image, 0.0), width, mode="constant", truncate=6)
        for image in (1.0, norm)
    )
    with np.errstate(all="ignore"):
        smooth = np.where(weight > 0, local / weight, 0)
        filled = np.where(smooth == 0, ndimage.maximum_filter(smooth, size=3), smooth)
        modulated = np.where(filled > 0, norm / filled, 0)
    limit = modulated[inside].mean() + 0.5 * modulated[inside].std(ddof=1)
    good = (mean > 0) & ~(modulated >= limit)
    return good, good & (ribbon > 0)


def by_niimath(files, folder):
    """Return the two masks of the steps of fMRIPrep."""

    def do(lines, number=0):
        for words in commands(lines, files, folder, number):
            done = subprocess.run(
                [niimath_binary(), *words], capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, done.stderr

    do(FIRST)
    do(MIDDLE, center_and_spread(folder / "cov_ribbon.nii.gz")[0])
    center, spread = center_and_spread(folder / "modulated_ribbon.nii.gz")
    do(LAST, center + FACTOR * spread)
    return [values(folder / f"{name}.nii.gz") for name in MASKS]


def test_the_masks_are_those_of_scipy_in_every_voxel(files, masks):
    for got, want in zip(masks, by_scipy(*map(values, files.values())), strict=True):
        assert 100 < want.sum() < 0.9 * want.size
        np.testing.assert_array_equal(got, want)


@pytest.mark.needs("niimath")
def test_the_masks_are_those_of_niimath_in_every_voxel(files, masks, tmp_path):
    for got, want in zip(masks, by_niimath(files, tmp_path), strict=True):
        np.testing.assert_array_equal(got, want)
