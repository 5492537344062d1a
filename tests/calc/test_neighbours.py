"""Smoothing of files in millimetres: streamed, with the same bytes whatever the resources."""

from __future__ import annotations

import math
from pathlib import Path

import nibabel as nib
import numpy as np
from scipy import ndimage

from nipype_mathimg import math_img

FWHM = math.sqrt(8 * math.log(2))


def rotated(zooms, degrees=25):
    """Return the affine of an oblique, left-handed grid."""
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    affine = np.eye(4)
    affine[:3, :3] = np.array([[-c, -s, 0], [-s, c, 0], [0, 0, 1]]) @ np.diag(zooms)
    affine[:3, 3] = 10, -20, 5
    return affine


def test_a_volume_is_smoothed_in_slabs_within_a_small_budget(save, tmp_path):
    data = np.random.default_rng(1).normal(100, 20, (64, 64, 150)).astype(np.int16)
    source = save("t1.nii.gz", data, affine=rotated((2, 2.5, 3)))
    bytes_of = []
    for threads, memory in ((1, 16 << 20), (2, 128 << 20)):
        out = tmp_path / f"smooth{threads}.nii.gz"
        result = math_img(
            "ndimage.gaussian_filter(t1, fwhm=6*mm)", {"t1": source}, out,
            copy_header_from="t1", num_threads=threads, memory=memory,
        )  # fmt: skip
        assert len(result.plan.stages[0].cut.slabs) > 1
        bytes_of.append(Path(out).read_bytes())
    assert bytes_of[0] == bytes_of[1]
    image = nib.load(out)
    want = ndimage.gaussian_filter(data.astype(float), np.divide(6, (2, 2.5, 3)) / FWHM)
    # The voxel sizes are those of a float32 affine.
    np.testing.assert_allclose(image.get_fdata(), want, rtol=1e-6)
    assert image.get_data_dtype() == np.float32
    np.testing.assert_allclose(image.affine, rotated((2, 2.5, 3)), atol=1e-5)


def test_a_run_is_smoothed_volume_by_volume(save, tmp_path):
    data = np.random.default_rng(2).normal(0, 1, (9, 8, 7, 5)).astype(np.float32)
    source = save("bold.nii.gz", data)
    math_img(
        "ndimage.gaussian_filter(bold, 5 / bold.zooms) - bold", {"bold": source},
        tmp_path / "out.nii.gz", copy_header_from="bold",
    )  # fmt: skip
    sigma = [5 / 2, 5 / 3, 5 / 4]
    want = np.stack([ndimage.gaussian_filter(v, sigma) - v for v in np.moveaxis(data, -1, 0)], -1)
    np.testing.assert_array_equal(nib.load(tmp_path / "out.nii.gz").get_fdata(), want)
