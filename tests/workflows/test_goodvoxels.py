"""fMRIPrep's `init_goodvoxels_bold_mask_wf` as one program, beside NumPy and SciPy."""

from __future__ import annotations

import nibabel as nib
import numpy as np
from scipy import ndimage

from nipype_mathimg import math_img

PROGRAM = """
mean = np.mean(bold, axis=-1)
cov = np.where(mean != 0, np.std(bold, axis=-1, ddof=1) / mean, 0)
inside = (ribbon > 0) & (cov > 0)
cov_norm = cov / np.mean(cov[inside])
weight = ndimage.gaussian_filter(np.where(inside, 1.0, 0), 5*mm, mode="constant", truncate=6)
local = ndimage.gaussian_filter(np.where(inside, cov_norm, 0), 5 / bold.zooms,
                                mode="constant", truncate=6)
smooth = np.where(weight > 0, local / weight, 0)
filled = np.where(smooth == 0, ndimage.maximum_filter(smooth, size=3), smooth)
modulated = np.where(filled > 0, cov_norm / filled, 0)
limit = np.mean(modulated[inside]) + 0.5 * np.std(modulated[inside], ddof=1)
goodvoxels_mask = (mean > 0) & ~(modulated >= limit)
goodvoxels_ribbon = goodvoxels_mask & (ribbon > 0)
"""
"""From niimath's 24 commands: `-s` is a Gaussian whose sigma is in mm, cut at 6 sigma, without
what lies outside; `-dilD` and `-dilM` fill zeros only."""


def steps(bold, ribbon, zooms):
    """Return the two masks in plain NumPy and SciPy."""
    mean = bold.mean(-1, dtype=float)
    with np.errstate(all="ignore"):
        cov = np.where(mean != 0, bold.std(-1, ddof=1, dtype=float) / mean, 0)
    inside = (ribbon > 0) & (cov > 0)
    norm = cov / cov[inside].mean()
    width = np.divide(5, zooms)
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


def test_the_masks_are_those_of_the_steps_in_every_voxel(tmp_path):
    rng = np.random.default_rng(4)
    zooms, shape = (3.0, 3.0, 3.5), (24, 26, 20)
    where = np.indices(shape) - np.reshape(shape, (3, 1, 1, 1)) / 2
    radius = np.sqrt((where**2).sum(0))
    spread = 5 + 30 * (rng.random(shape) > 0.9)
    bold = (radius < 9)[..., None] * rng.normal(900, spread[..., None], (*shape, 40))
    bold = bold.astype("int16")
    ribbon = ((radius > 5) & (radius < 8)).astype("uint8")
    files = {}
    for name, data in (("bold", bold), ("ribbon", ribbon)):
        files[name] = tmp_path / f"{name}.nii.gz"
        nib.save(nib.Nifti1Image(data, np.diag([*zooms, 1])), files[name])
    names = ("goodvoxels_mask", "goodvoxels_ribbon")
    outputs = {name: tmp_path / f"{name}.nii.gz" for name in names}

    math_img(PROGRAM, files, outputs=outputs, copy_header_from="ribbon")

    for name, want in zip(names, steps(bold, ribbon, zooms), strict=True):
        got = np.asanyarray(nib.load(outputs[name]).dataobj)
        assert 100 < want.sum() < 0.9 * want.size
        np.testing.assert_array_equal(got, want)
