"""Functions of `scipy.ndimage` equal SciPy on every whole volume, in every mode and piece."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from nipype_mathimg.errors import FormulaError
from tests.formula.functions.volumes import VOLUMES
from tests.formula.harness import WAYS, compute, inferred, leaf_of, planned, reference, same_bits

SHAPES = ((7, 6, 11), (7, 6, 5, 3), (1, 6, 9), (5, 2, 1, 4), (2, 1, 1), (4, 5, 6, 2, 2))
MODES = ("reflect", "constant", "nearest", "mirror", "wrap", "grid-wrap")
SIZES = (2.0, 2.5, 3.0, 1.5)


def image(shape, dtype="float32", seed=5):
    rng = np.random.default_rng(seed)
    values = rng.normal(50, 20, shape).astype(dtype)
    if values.dtype.kind == "f" and values.size > 50:
        values.ravel()[[3, 17]] = np.nan, np.inf
    return values


def check(formula, inputs, ways=WAYS):
    """Compare with SciPy, bit by bit, in every way."""
    got = compute(formula, inputs)
    want = reference(formula, inputs, ndimage=VOLUMES)
    assert same_bits(got, want), formula
    for way in ways:
        assert same_bits(compute(formula, inputs, way), got), way


SMOOTHING = (
    "gaussian_filter(a, 0.8, mode=MODE, cval=7)",
    "gaussian_filter(a, [2.5, 0, 1], mode=MODE, order=[0, 0, 1])",
    "gaussian_laplace(a, 1.1, mode=MODE, cval=-2)",
    "gaussian_gradient_magnitude(a, [1, 0.5, 2], mode=MODE)",
    "laplace(a, mode=MODE, cval=3)",
    "sobel(a, 1, mode=MODE)",
    "prewitt(a, mode=MODE, cval=1)",
    "uniform_filter(a, [3, 2, 5], mode=MODE, origin=[1, 0, -2])",
)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("call", SMOOTHING)
def test_smoothing_equals_scipy_in_every_shape(call, shape):
    formula = f"ndimage.{call}".replace("MODE", "'reflect'")
    check(formula, {"a": image(shape)}, WAYS[1:3])


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("call", SMOOTHING)
def test_smoothing_equals_scipy_in_every_mode(call, mode):
    formula = f"ndimage.{call}".replace("MODE", repr(mode))
    check(formula, {"a": image((5, 4, 9))})
    check(formula, {"a": image((5, 4, 3, 2), "int16")}, WAYS[:1])


def test_modes_and_radius_for_each_axis():
    modes = "mode=['wrap', 'nearest', 'constant']"
    check(f"ndimage.gaussian_filter(a, 1.5, {modes}, radius=[1, 2, 3])", {"a": image((6, 5, 9))})


def test_axes_take_the_place_of_space():
    a = image((4, 3, 5, 8))
    want = ndimage.gaussian_filter(a, (2.0, 1.0), axes=(3, 0))
    got = compute("ndimage.gaussian_filter(a, [2, 1], axes=(3, 0))", {"a": a})
    np.testing.assert_allclose(got, want, rtol=2e-6)
    along_t = compute("ndimage.gaussian_filter(a, 2, axes=-1)", {"a": a})
    assert same_bits(along_t, ndimage.gaussian_filter1d(a, 2, -1))
    for way in WAYS:
        assert same_bits(compute("ndimage.gaussian_filter(a, 2, axes=-1)", {"a": a}, way), along_t)


# Lengths


@pytest.mark.parametrize(
    ("argument", "sigma"),
    [
        ("sigma=5*mm", [5 / 2, 5 / 2.5, 5 / 3]),
        ("fwhm=6*mm", np.array([6 / 2, 6 / 2.5, 6 / 3]) / math.sqrt(8 * math.log(2))),
        ("fwhm=2", 2 / math.sqrt(8 * math.log(2))),
        ("5 / a.zooms", [5 / 2, 5 / 2.5, 5 / 3]),
        ("5*mm / a.zooms", [5 / 2, 5 / 2.5, 5 / 3]),
        ("[1, 2, 3*mm]", [1, 2, 1]),
        ("(2*3*mm - mm / 2) / 2", [2.75 / 2, 2.75 / 2.5, 2.75 / 3]),
        ("6*mm / (2*mm)", 3.0),
        ("a.zooms[1]", 2.5),
    ],
)
def test_a_length_becomes_the_right_number_for_each_axis(argument, sigma):
    a = image((9, 8, 7, 3))
    formula = f"ndimage.gaussian_filter(a, {argument})"
    got = compute(formula, {"a": leaf_of("a", a, sizes=SIZES)})
    want = VOLUMES.gaussian_filter(a, sigma)
    assert same_bits(got, want)


def test_a_length_counts_the_voxels_of_what_was_sliced():
    a = image((12, 9, 8))
    leaf = leaf_of("a", a, sizes=SIZES)
    got = compute("ndimage.gaussian_filter(a[::2, ::-1].T, sigma=5*mm)", {"a": leaf})
    want = ndimage.gaussian_filter(a[::2, ::-1].T, [5 / 3, 5 / 2.5, 5 / 4])
    assert same_bits(got, want)


def test_a_width_in_mm_takes_voxels_whose_centres_are_inside():
    a = image((12, 9, 8))
    leaf = leaf_of("a", a, sizes=SIZES)
    got = compute("ndimage.uniform_filter(a, 7.5*mm)", {"a": leaf})
    # Half is 3.75 mm: one voxel of 2, 2.5 and 3 mm to each side; of 10 mm two of 2 and 2.5.
    assert same_bits(got, ndimage.uniform_filter(a, 3))
    got = compute("ndimage.uniform_filter(a, 10*mm)", {"a": leaf})
    assert same_bits(got, ndimage.uniform_filter(a, [5, 5, 3]))


WRONG = {
    "ndimage.gaussian_filter(a, 5*mm)": "How many voxels 5 mm are along the x axis is not known",
    "ndimage.gaussian_filter(a)": "either `sigma` or `fwhm`",
    "ndimage.gaussian_filter(a, 1, fwhm=2)": "either `sigma` or `fwhm`",
    "ndimage.gaussian_filter(a, [1, 2])": "sigma has 2 values, and the function acts in 3 axes",
    "ndimage.gaussian_filter(a, -1)": "sigma has to be 0 or more",
    "ndimage.gaussian_filter(a, np.mean(a))": "sigma is a number; it has to be a number known",
    "ndimage.gaussian_filter(a, 1, mode=3)": "mode is the number 3; it has to be one of 'reflect'",
    "ndimage.gaussian_filter(a, 1, mode='mirrored')": "Did you mean mirror",
    "ndimage.gaussian_filter(a[a > 0], 1)": "to keep the image's shape write",
    "ndimage.gaussian_filter(np.sort(a[0, 0, 0]), 1)": "has none of them; name the axes",
    "ndimage.gaussian_filter(a + 1j, 1)": "ndimage.gaussian_filter takes real numbers",
    "ndimage.gaussian(a, 1)": "ndimage.gaussian is not a function",
    "ndimage.laplace(a, 1, 2, 3, 4, 5)": "ndimage.laplace takes at most",
    "ndimage.uniform_filter(a, 3, origin=2)": "origin=2 puts the voxel outside",
    "gaussian_filter(a, 1)": "Write `ndimage.gaussian_filter",
    "a * mm": "A length in mm is multiplied and divided by numbers",
    "a.zooms": "the size of the voxels is not known",
    "mm / 0": "divided by 0",
}


@pytest.mark.parametrize("formula", WRONG)
def test_mistakes_say_what_to_write(formula):
    with pytest.raises(FormulaError) as caught:
        inferred(formula, {"a": image((4, 4, 4, 2))})
    assert WRONG[formula] in str(caught.value)


def test_a_length_along_t_is_a_mistake():
    leaf = leaf_of("a", image((4, 4, 4, 2)), sizes=SIZES)
    with pytest.raises(FormulaError, match="along the t axis is not known"):
        inferred("ndimage.gaussian_filter(a, 2*mm, axes=-1)", {"a": leaf})


# Pieces


def test_pieces_are_so_large_that_little_is_computed_twice():
    a = image((30, 30, 200), "float32")
    way = replace(WAYS[0], chunk=1800, slab=None)  # two planes
    plan = planned("ndimage.gaussian_filter(a, 1)", {"a": a}, way)
    (stage,) = plan.stages
    depths = [high - low for *_, (low, high) in stage.cut.slabs]
    assert min(depths) > 10
    assert max(depths) < 40


def test_a_series_is_cut_between_volumes():
    a = image((30, 30, 20, 6), "float32")
    way = replace(WAYS[0], chunk=9000, slab=None)  # half a volume
    plan = planned("ndimage.gaussian_filter(a, 1)", {"a": a}, way)
    assert {part[2] for part in plan.stages[0].cut.slabs} == {(0, 20)}
