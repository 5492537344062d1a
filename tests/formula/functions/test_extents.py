"""Boxes around masks and axes in another order: every voxel keeps its value and its place."""

from __future__ import annotations

import nibabel as nib
import numpy as np
import pytest

from nipype_mathimg import math_img
from nipype_mathimg.errors import MathImgError
from tests.formula.functions.test_attributes import KINDS, affine_of
from tests.formula.harness import WAYS, compute, same_bits

RNG = np.random.default_rng(11)


def block(shape=(9, 10, 8), low=(2, 3, 1), high=(5, 9, 2)):
    mask = np.zeros(shape, "uint8")
    mask[low[0], low[1], low[2]] = mask[high[0] - 1, high[1] - 1, high[2] - 1] = 1
    return mask


BOXES = {
    "crop(a, m)": np.s_[2:5, 3:9, 1:2],
    "crop(a, m > 0, margin=1)": np.s_[1:6, 2:10, 0:3],
    "crop(a, m, margin=[0, 5, 2])": np.s_[2:5, 0:10, 0:4],
    "crop(a, m, size=4)": np.s_[1:5, 4:8, 0:3],
    "crop(a, m, size=[3, 2, 1])": np.s_[2:5, 5:7, 1:2],
    "crop(a[1:], m[1:])": np.s_[2:5, 3:9, 1:2],
    "crop(np.where(m == 1, 5, 0))": np.s_[2:5, 3:9, 1:2],
    "crop(a, np.flip(np.flip(m > 0, 0), 0))": np.s_[2:5, 3:9, 1:2],
}


@pytest.mark.parametrize("formula", BOXES)
@pytest.mark.parametrize("shape", [(9, 10, 8), (9, 10, 8, 3)])
def test_a_crop_is_a_slice(formula, shape):
    a, m = RNG.normal(size=shape), block()
    want = a if "(a" in formula else np.where(m == 1, 5, 0)
    got = compute(formula, {"a": a, "m": m})
    np.testing.assert_array_equal(got, want[BOXES[formula]])
    for way in WAYS[1:]:
        assert same_bits(compute(formula, {"a": a, "m": m}, way), got), way


@pytest.fixture
def image(tmp_path):
    """Return a function that writes an image and computes a formula of it."""

    def run(data, affine, formula, **fields):
        img = nib.Nifti1Image(data, affine)
        img.header.set_xyzt_units("mm", "sec")
        for name, value in fields.items():
            img.header[name] = value
        img.set_qform(affine, 1)
        nib.save(img, tmp_path / "a.nii")
        inputs = {"a": tmp_path / "a.nii"}
        out_file = tmp_path / "o.nii"
        math_img(formula, inputs, out_file, copy_header_from="a")
        return nib.load(out_file), img

    return run


def test_a_margin_in_mm_is_rounded_up_and_voxels_stay_where_they_are(image):
    affine = np.diag([-2, 2, 2.5, 1.0])
    affine[:3, 3] = (8, -9, 4)
    for margin, box in (("2*mm", np.s_[1:6, 2:10, 0:3]), ("4.1*mm", np.s_[0:8, 0:10, 0:4])):
        got, img = image(block(), affine, f"crop(a, margin={margin})")
        want = img.slicer[box]
        np.testing.assert_array_equal(got.dataobj, want.dataobj)
        np.testing.assert_allclose(got.affine, want.affine)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", [(5, 4, 3), (5, 4, 3, 2)])
def test_an_image_is_turned_as_nibabel_turns_it(kind, shape, image):
    affine = affine_of(kind)
    data = RNG.integers(0, 99, shape).astype("int16")
    for code in ("RAS", "LPS", "PIL", "SRA", "AIR"):
        got, img = image(data, affine, f"orient(a, {code!r})", dim_info=0b111001)
        turn = nib.orientations.ornt_transform(
            nib.io_orientation(affine), nib.orientations.axcodes2ornt(code)
        )
        want = img.as_reoriented(turn)
        assert nib.aff2axcodes(got.affine) == tuple(code)
        np.testing.assert_array_equal(got.dataobj, want.dataobj)
        np.testing.assert_allclose(got.affine, want.affine, atol=1e-4)
        moved = nib.orientations.inv_ornt_aff(turn, shape[:3])
        np.testing.assert_allclose(got.get_qform(), img.get_qform() @ moved, atol=1e-4)
        np.testing.assert_allclose(got.header.get_zooms(), want.header.get_zooms(), rtol=1e-6)
        assert got.header.get_dim_info() == want.header.get_dim_info()


def test_coordinates_turn_with_the_image(image):
    got, _ = image(
        RNG.normal(size=(5, 4, 3)),
        affine_of("oblique"),
        "orient(a, 'SRA').y + 0 * orient(a, 'SRA')",
    )
    places = np.moveaxis(np.indices(got.shape), 0, -1)
    want = nib.affines.apply_affine(got.affine, places)[..., 1]
    np.testing.assert_allclose(got.get_fdata(), want, atol=1e-4)


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("crop(a, a < 0)", "is 0 everywhere"),
        ("crop(a, margin=1, size=3)", "either a `margin` around the mask, or the `size`"),
        ("crop(a, margin=-1)", "margin has to be 0 or more"),
        ("crop(a, a[1:])", "on the same grid"),
        ("orient(a, 'RAX')", "'RAX'"),
        ("orient(a[0], 'RAS')", "orient: an image is needed that has x, y and z"),
    ],
)
def test_mistakes(formula, said, image):
    with pytest.raises(MathImgError) as caught:
        image(block(), np.eye(4), formula)
    assert said in str(caught.value)
