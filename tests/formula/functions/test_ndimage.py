"""Functions of `scipy.ndimage` equal SciPy on every whole volume, in every mode and piece."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from nipype_mathimg.errors import FormulaError
from tests.formula.functions.volumes import NAMES, VOLUMES, away
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
    want = reference(formula, inputs, **NAMES)
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


@pytest.mark.parametrize("dtype", ["float64", "int16"])
@pytest.mark.parametrize(
    "call",
    [
        "gaussian_filter1d(a, 1.5, AXIS, mode='nearest')",
        "gaussian_filter1d(a, 1, axis=AXIS, order=1, radius=2)",
        "uniform_filter1d(a, 3, AXIS, origin=1)",
        "minimum_filter1d(a, size=2, axis=AXIS, mode='constant', cval=40)",
        "maximum_filter1d(a, 3, AXIS)",
        "correlate1d(a, [1, 2, -1], AXIS, mode='wrap')",
        "convolve1d(a, [1, 2], axis=AXIS, origin=-1)",
    ],
)
def test_filters_along_one_axis_equal_scipy(call, dtype):
    for axis in (0, 2, -1):
        for shape in ((5, 4, 6), (3, 1, 2, 7)):
            a = np.nan_to_num(image(shape, dtype), posinf=9)
            formula = f"ndimage.{call}".replace("AXIS", str(axis))
            want = eval(formula, {"ndimage": ndimage, "a": a.astype(float)})
            got = compute(formula, {"a": a})
            np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-12)
            assert same_bits(compute(formula, {"a": a}, WAYS[1]), got)


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("ndimage.zoom(a, 2)", "a tool that resamples"),
        ("ndimage.generic_filter(a, 3, 3)", "write the filter by its name"),
        ("ndimage.find_objects(a)", "the box around a region"),
    ],
)
def test_what_is_not_here_says_what_to_write(formula, said):
    with pytest.raises(FormulaError) as caught:
        inferred(formula, {"a": image((3, 3, 3))})
    assert said in str(caught.value)


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


FACES = "ndimage.generate_binary_structure(3, 1)"
ORDERED = (
    "minimum_filter(a, [2, 3, 1], mode=MODE, origin=[-1, 1, 0], cval=60)",
    "maximum_filter(a, footprint=FACES, mode=MODE, cval=80)",
    "median_filter(a, [3, 1, 4], mode=MODE, cval=45)",
    "rank_filter(a, -2, footprint=box(3), mode=MODE)",
    "rank_filter(a, 0, 3, mode=MODE)",
    "percentile_filter(a, 80, [3, 3, 2], mode=MODE, cval=60)",
    "grey_erosion(a, size=3, mode=MODE)",
    "grey_dilation(a, footprint=FACES, mode=MODE, origin=[1, 0, -1])",
    "grey_opening(a, [1, 2, 5], mode=MODE, cval=30)",
    "grey_closing(a, footprint=ball(2), mode=MODE)",
)
MASKS = (
    "binary_erosion(a > 40, FACES, 2)",
    "binary_erosion(a > 30, box(3), border_value=1, origin=[0, -1, 1])",
    "binary_dilation(a > 70, iterations=3, mask=a > 45)",
    "binary_dilation(a > 80, itk_ball(2), brute_force=True)",
    "binary_opening(a > 40, iterations=2)",
    "binary_closing(a > 70, cross(5), border_value=1)",
    "binary_propagation(a > 80, mask=a > 50)",
    "binary_propagation(a > 80, box(3), mask=a > 60)",
    "binary_fill_holes(a > 45)",
    "binary_fill_holes(a > 55, box(3))",
    "binary_dilation(a > 75, iterations=-1, mask=a > 50)",
    "binary_hit_or_miss(a > 50, [[[0, 1]], [[1, 1]]], [[[1, 0]], [[0, 0]]], None, 0, [0, 0, -1])",
    "binary_hit_or_miss(a > 50, FACES)",
)


VOLUMES_WHOLE = (
    "label(a > 60)[0]",
    "label(a > 65, box(3))[0]",
    "distance_transform_edt(a > 30)",
    "distance_transform_edt(a > 30, [2, 2.5, 3])",
    "distance_transform_edt(a > 30, sampling=2)",
    "distance_transform_cdt(a > 30)",
    "distance_transform_cdt(a > 30, 'cityblock')",
    "distance_transform_cdt(a > 30, cross(3))",
    "shift(a, [1, 0, -2], order=0)",
    "shift(a, [-1, 2, 0], order=0, cval=7, mode='reflect')",
    "shift(a, 3, order=0, mode='grid-wrap')",
    "shift(a, -1, order=0, mode='nearest')",
)


def written(call, mode="reflect"):
    return f"ndimage.{call}".replace("MODE", repr(mode)).replace("FACES", FACES)


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
@pytest.mark.parametrize("call", [*ORDERED, *MASKS, *VOLUMES_WHOLE])
def test_order_and_masks_equal_scipy_in_every_shape(call, dtype):
    for shape in SHAPES:
        check(written(call), {"a": image(shape, dtype)}, WAYS[1:3])


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("call", ORDERED)
def test_order_equals_scipy_in_every_mode(call, mode):
    check(written(call, mode), {"a": image((5, 4, 9))})
    check(written(call, mode), {"a": image((5, 4, 3, 2), "int16")}, WAYS[:1])


@pytest.mark.parametrize("name", ["morphological_gradient", "white_tophat", "black_tophat"])
def test_differences_of_small_integers_do_not_wrap(name):
    a = np.random.default_rng(2).integers(-128, 128, (5, 6, 7)).astype("int8")
    for arguments in ("3", "footprint=ball(2)", "[1, 2, 3], mode='constant', cval=-300"):
        formula = f"ndimage.{name}(a, {arguments})"
        got = compute(formula, {"a": a})
        want = reference(formula, {"a": a.astype(float)}, **NAMES)
        np.testing.assert_array_equal(got, want)
        assert got.dtype.kind == "i"
        for way in WAYS:
            assert same_bits(compute(formula, {"a": a}, way), got)


def test_heights_of_a_structure_are_added():
    a = image((6, 5, 7), "uint8")
    heights = "[[[1, 2, 3]], [[0, 9, 0]], [[4, 0, 300]]]"
    for name in ("grey_dilation", "grey_opening", "white_tophat"):
        formula = f"ndimage.{name}(a, structure={heights})"
        want = reference(formula, {"a": a.astype(float)}, **NAMES)
        np.testing.assert_array_equal(compute(formula, {"a": a}), want)


def test_a_border_that_the_dtype_does_not_hold():
    a = image((4, 4, 4), "uint8")
    got = compute("ndimage.minimum_filter(a, 3, mode='constant', cval=-7.5)", {"a": a})
    np.testing.assert_array_equal(
        got, ndimage.minimum_filter(a.astype(float), 3, mode="constant", cval=-7.5)
    )


def test_ids_of_more_than_53_bits_are_refused_not_rounded():
    a = np.full((3, 3, 3), 2**60 + 1, "int64")
    with pytest.raises(FormulaError, match="does not hold the whole number 1152921504606846977"):
        compute("ndimage.maximum_filter(a, 3)", {"a": a})
    assert compute("ndimage.maximum_filter(a, 3)", {"a": a // 2**20}).dtype == np.int64


def test_a_mask_of_one_volume_holds_for_all():
    a, m = image((5, 6, 4, 3)), image((5, 6, 4), seed=9) > 45
    formula = "ndimage.binary_dilation(a > 70, iterations=2, mask=m)"
    got = compute(formula, {"a": a, "m": m.astype("uint8")})
    want = np.stack(
        [ndimage.binary_dilation(a[..., t] > 70, iterations=2, mask=m) for t in range(3)], -1
    )
    assert same_bits(got, want)
    for way in WAYS:
        assert same_bits(compute(formula, {"a": a, "m": m.astype("uint8")}, way), got)


def test_components_are_counted_in_every_volume():
    a = image((5, 6, 4, 3))
    want = [[ndimage.label(a[..., t] > low)[1] for t in range(3)] for low in (40, 60)]
    for low, counts in zip((40, 60), want, strict=True):
        assert compute(f"ndimage.label(a > {low})[1]", {"a": a}).tolist() == counts
    assert compute("ndimage.label(a[..., 0] > 40)[1]", {"a": a}) == want[0][0]


# Structures


@pytest.mark.parametrize(
    ("structure", "want"),
    [
        ("ball(2)", lambda d: (d**2).sum(0) <= 4),
        ("ball(0)", lambda d: (d**2).sum(0) <= 0),
        ("ball(2.5)", lambda d: (d**2).sum(0) <= 6.25),
        ("ball(5*mm)", lambda d: ((d * ZOOMS) ** 2).sum(0) <= 25),
        ("ball(6*mm)", lambda d: ((d * ZOOMS) ** 2).sum(0) <= 36),
        ("itk_ball(1)", lambda d: (d**2).sum(0) <= 2.25),
        ("itk_ball(2)", lambda d: (d**2).sum(0) <= 6.25),
        ("itk_ball(5*mm)", lambda d: ((d / [[[[2.5]]], [[[2.5]]], [[[1.5]]]]) ** 2).sum(0) <= 1),
        ("box(3)", lambda d: abs(d).max(0) <= 1),
        ("box(5*mm)", lambda d: (abs(d) * ZOOMS).max(0) <= 2.5),
        ("box(6*mm)", lambda d: (abs(d) * ZOOMS).max(0) <= 3),
        ("cross(5)", lambda d: ((d != 0).sum(0) <= 1) & (abs(d).max(0) <= 2)),
        ("cross(10*mm)", lambda d: ((d != 0).sum(0) <= 1) & ((abs(d) * ZOOMS).max(0) <= 5)),
        ("ndimage.iterate_structure(cross(3), 2)", lambda d: abs(d).sum(0) <= 2),
    ],
)
def test_a_structure_has_its_voxels_on_voxels_that_are_no_cubes(structure, want):
    one = np.zeros((13, 13, 13), np.uint8)
    one[6, 6, 6] = 1
    got = compute(
        f"ndimage.binary_dilation(a, {structure})", {"a": leaf_of("a", one, sizes=SIZES)}
    )
    np.testing.assert_array_equal(got, want(away([13] * 3)))


ZOOMS = np.reshape(SIZES[:3], (3, 1, 1, 1))

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


@pytest.mark.parametrize(
    ("call", "sizes", "said"),
    [
        ("ndimage.gaussian_filter(a, fwhm=6)", SIZES, "12 mm along x, 15 mm along y, 18 mm along"),
        ("smooth_in(a, a > 0, fwhm=6)", SIZES, "12 mm along x, 15 mm along y, 18 mm along z"),
        ("ndimage.gaussian_filter(a, fwhm=6*mm)", SIZES, ""),
        ("ndimage.gaussian_filter(a, fwhm=[6, 6, 6])", SIZES, ""),
        ("ndimage.gaussian_filter(a, fwhm=6*mm / a.zooms)", SIZES, ""),
        ("ndimage.gaussian_filter(a, sigma=6)", SIZES, ""),
        ("ndimage.gaussian_filter(a, fwhm=0)", SIZES, ""),
        ("ndimage.gaussian_filter(a, fwhm=6)", (1.0, 1.0, 1.0), ""),
    ],
)
def test_a_width_in_voxels_is_noted_in_mm(call, sizes, said):
    notes = inferred(call, {"a": leaf_of("a", image((9, 8, 7)), sizes=sizes)}).notes
    assert [note.topic for note in notes] == ["fwhm"] * bool(said)
    assert all(said in note.message and "write fwhm=6*mm" in note.message for note in notes)


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
    "ndimage.gaussian_filter(a, -1)": "sigma has to be a finite number, 0 or more",
    "ndimage.gaussian_filter(a, np.mean(a))": "sigma is a number; it has to be a number known",
    "ndimage.gaussian_filter(a, 1, mode=3)": "mode is the number 3; it has to be one of 'reflect'",
    "ndimage.gaussian_filter(a, 1, mode='mirrored')": "Did you mean mirror",
    "ndimage.gaussian_filter(a[a > 0], 1)": "to keep the image's shape write",
    "ndimage.gaussian_filter(np.sort(a[0, 0, 0]), 1)": "has none of them; name the axes",
    "ndimage.gaussian_filter(a + 1j, 1)": "ndimage.gaussian_filter takes real numbers",
    "ndimage.gaussian(a, 1)": "ndimage.gaussian is not a function",
    "ndimage.laplace(a, a)": "ndimage.laplace writes to no `output` here",
    "ndimage.laplace(a, 1, 2, 3, 4, 5, 6)": "ndimage.laplace takes at most",
    "ndimage.uniform_filter(a, 3, origin=2)": "origin=2 puts the voxel outside",
    "gaussian_filter(a, 1)": "Write `ndimage.gaussian_filter",
    "ndimage.median_filter(a)": "takes a `size` or a `footprint`",
    "ndimage.median_filter(a, 3, box(3))": "takes a `size` or a `footprint`",
    "ndimage.rank_filter(a, 27, 3)": "rank=27 is outside of 27 neighbours",
    "ndimage.percentile_filter(a, 101, 3)": "percentile has to lie between",
    "ndimage.median_filter(a, 3, mode=['wrap', 'wrap', 'mirror'])": "takes one mode",
    "ndimage.median_filter(a, 0)": "size has to be 1 or more",
    "ndimage.binary_erosion(a, [[1, 1], [1, 1]])": "structure has 2 axes, and the function acts",
    "ndimage.binary_erosion(a, [[[0]]])": "structure has no cell that is not 0",
    "ndimage.binary_erosion(a, [[1], [1, 1]])": "structure has lists of different lengths",
    "ndimage.binary_erosion(a, a)": "structure is an array of shape (4, 4, 4, 2); it has to be",
    "ndimage.binary_erosion(a, cross(4))": "The width of a cross has to be odd",
    "ndimage.binary_erosion(a, ball(2*mm))": "How many voxels 2 mm are along the x axis",
    "ndimage.binary_dilation(a[..., 0], mask=a)": "does not fit the image of shape",
    "ball(2) + a": "There is a structure where an image or a number is expected",
    "ndimage.label(a) + 1": "ndimage.label gives 2 values; take one, as in `ndimage.label(...)[0]",
    "ndimage.label(a, box(5))[0]": "structure has to be 3 voxels wide",
    "ndimage.label(a, [[[0,0,0],[0,0,0],[0,0,0]],[[0,0,0],[0,1,1],[0,0,0]],[[0,0,0],[0,0,0],"
    "[0,0,0]]])[0]": "alike on both sides",
    "ndimage.shift(a, 0.5)": "moves by whole voxels",
    "ndimage.distance_transform_edt(a, return_indices=True)": "returns distances here",
    "ndimage.distance_transform_cdt(a, 'reflect')": "has to be one of 'chessboard'",
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


@pytest.mark.parametrize("axes", [(0,), (1,), (2,), (0, 1), (1, 2)])
@pytest.mark.parametrize(
    "call", ["median_filter(a, 3", "rank_filter(a, 1, 3", "gaussian_filter(a, 1"]
)
def test_lines_and_planes_are_filtered_as_by_scipy_without_a_warning(call, axes):
    image = np.random.default_rng(4).normal(size=(5, 4, 3, 6)).astype("f4")
    got = compute(f"ndimage.{call}, axes={axes})", {"a": image})
    want = eval(f"ndimage.{call}, axes={axes})", {"ndimage": ndimage, "a": image})
    np.testing.assert_allclose(got, want, rtol=2e-6, atol=1e-7)
