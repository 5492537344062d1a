"""Images that say what counts around a voxel lie on no grid, and are read before a formula is."""

from __future__ import annotations

import nibabel as nib
import numpy as np
import pytest
from scipy import ndimage

from nipype_mathimg import FormulaError, math_img, math_value

RNG = np.random.default_rng(2)
IMAGE = RNG.normal(size=(8, 9, 7)).astype("float32")
KERNEL = RNG.random((3, 4, 5)).astype("float32")


@pytest.fixture
def files(tmp_path):
    for name, data, size in (("a", IMAGE, 2), ("k", KERNEL, 1)):
        nib.save(nib.Nifti1Image(data, np.diag([size] * 3 + [1])), tmp_path / f"{name}.nii.gz")
    return {name: tmp_path / f"{name}.nii.gz" for name in "ak"}


RULES = {
    "ndimage.convolve(a, k, mode='nearest')": ndimage.convolve(
        IMAGE.astype(float), KERNEL, mode="nearest"
    ),
    "ndimage.correlate(a, weights=k) / np.sum(k)": ndimage.correlate(
        IMAGE.astype(float), KERNEL
    ) / KERNEL.sum(),
    "w = k / k.sum(); ndimage.correlate(a, w)": ndimage.correlate(
        IMAGE.astype(float), KERNEL / KERNEL.sum()
    ),
    "ndimage.maximum_filter(a, footprint=k > 0.5)": ndimage.maximum_filter(
        IMAGE, footprint=KERNEL > 0.5
    ),
    "ndimage.binary_dilation(a > 1, structure=k > 0.8)": ndimage.binary_dilation(
        IMAGE > 1, structure=KERNEL > 0.8
    ),
}  # fmt: skip


@pytest.mark.parametrize("formula", RULES)
@pytest.mark.parametrize("given", ["file", "nibabel", "array"])
def test_scipy_gives_the_same(formula, given, files):
    kernels = {"file": files["k"], "nibabel": nib.load(files["k"]), "array": KERNEL}
    inputs = {"a": files["a"], "k": kernels[given]}
    out_file = files["a"].with_name("out.nii.gz")
    math_img(formula, inputs, out_file, copy_header_from="a")
    got = nib.load(out_file)
    np.testing.assert_allclose(got.get_fdata(), RULES[formula], rtol=0, atol=1e-5)
    np.testing.assert_array_equal(got.affine, nib.load(files["a"]).affine)


def test_an_image_that_gives_its_voxel_sizes_is_still_one(files):
    formula = "np.sum(ndimage.grey_dilation(a, footprint=ball(2 / a.zooms[0])))"
    cross = ndimage.generate_binary_structure(3, 1)
    want = ndimage.grey_dilation(IMAGE, footprint=cross).sum(dtype=float)
    got = math_value(formula, {"a": files["a"]})
    np.testing.assert_allclose(got, want, rtol=1e-5)


def test_a_whole_image_is_no_window(files):
    big = np.zeros((65, 64, 64), "uint8")
    for kernel in (big, nib.Nifti1Image(big, np.eye(4))):
        with pytest.raises(FormulaError) as caught:
            math_value("np.sum(ndimage.convolve(a, big))", {"a": files["a"], "big": kernel})
        assert (
            "'big' has 65 x 64 x 64 voxels; what counts around a voxel may have up to 262144"
            in (str(caught.value))
        )


def test_it_meets_no_image(files):
    with pytest.raises(FormulaError) as caught:
        math_value("np.sum(ndimage.convolve(a, k) + k)", files)
    assert "`k` of shape (3, 4, 5) do not fit" in str(caught.value)
    assert "k: 3 x 4 x 5 weights" in str(caught.value)


def test_an_image_is_not_its_own_window(files):
    with pytest.raises(FormulaError) as caught:
        math_value("np.sum(ndimage.convolve(a, a))", {"a": files["a"]})
    assert "uses no image; " in str(caught.value)
    assert "`a` says what counts around a voxel, and is on no grid" in str(caught.value)
