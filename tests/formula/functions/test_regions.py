"""Reductions over the regions of a label image, against NumPy region by region."""

from __future__ import annotations

import numpy as np
import pytest

from nipype_mathimg.errors import FormulaError
from nipype_mathimg.formula.functions import FUNCTIONS, Function
from nipype_mathimg.formula.functions.by_label import accumulated, regions_of
from nipype_mathimg.formula.kernels import by_parcel
from nipype_mathimg.formula.kernels.moments import Sum
from nipype_mathimg.formula.types.numtype import NumType
from tests.formula.harness import (
    WAYS,
    WHOLE,
    Way,
    axes_of,
    compute,
    execute,
    inferred,
    planned,
    same_bits,
)

SHAPE = (5, 4, 3)
LABELS = (2, 3, 7, 40)
RNG = np.random.default_rng(17)
ATLAS = RNG.choice([0, *LABELS], SHAPE).astype(np.int16)
MASK = RNG.random(SHAPE) > 0.4
MASK[ATLAS == 7] = False
RUN = RNG.normal(100, 30, (*SHAPE, 6))
IMAGES = {
    "float": RUN.astype(np.float32),
    "int": RUN.astype(np.int16),
    "wide": RUN.astype(np.int64) << 45,
    "truth": (RUN > 110).astype(np.uint8),
    "nan": np.where(RNG.random(RUN.shape) > 0.2, RUN, np.nan),
}
SKIPPED = ["sum", "mean", "std", "var", "min", "max", "prod", "median"]
NAMES = [*SKIPPED, "ptp", "any", "all", "count_nonzero"]
SKIPPING = [f"nan{name}" for name in SKIPPED]


def by_region(function, image, atlas=ATLAS, mask=None, labels=LABELS):
    """Return the function of each region of each volume, by NumPy."""
    chosen = [(atlas == label) & (True if mask is None else mask) for label in labels]
    volumes = image.reshape((*image.shape[:3], -1), order="F")
    rows = [[function(volumes[here, k]) for k in range(volumes.shape[-1])] for here in chosen]
    return np.array(rows).reshape((len(labels), *image.shape[3:]), order="F")


def numpys(name):
    function = getattr(np, name)

    def of(values):
        if values.size == 0 and name not in ("sum", "any", "all", "count_nonzero", "prod"):
            return np.nan
        wide = values.astype(
            object if values.dtype == np.int64 and name == "sum" else values.dtype
        )
        return function(wide.astype(float) if values.dtype.kind == "f" else wide)

    return of


@pytest.mark.parametrize("kind", [name for name in IMAGES if name not in ("nan", "wide")])
@pytest.mark.parametrize("name", [name for name in NAMES if name != "prod"])
def test_each_function_is_numpys_of_every_region(name, kind):
    image = IMAGES[kind]
    expected = by_region(numpys(name), image)
    found = compute(f"np.{name}(a, by=atlas)", {"a": image, "atlas": ATLAS})
    np.testing.assert_allclose(found, expected.astype(found.dtype), rtol=4e-15)
    if kind != "float" and name in ("sum", "min", "max", "ptp", "count_nonzero"):
        assert found.dtype.kind in "iu"


@pytest.mark.parametrize("name", [*NAMES, *SKIPPING])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_nan_counts_or_is_skipped_as_in_numpy(name):
    image = IMAGES["nan"].copy()
    image[ATLAS == 3, 2] = np.nan
    found = compute(f"np.{name}(a, by=atlas)", {"a": image, "atlas": ATLAS})
    np.testing.assert_allclose(found, by_region(numpys(name), image), rtol=1e-14)


def test_sums_of_64_bits_are_exact():
    found = compute("np.sum(a, by=atlas)", {"a": IMAGES["wide"], "atlas": ATLAS})
    np.testing.assert_array_equal(found, by_region(numpys("sum"), IMAGES["wide"]).astype(int))


@pytest.mark.parametrize("q", ["30", "[10, 50.5, 100]"])
def test_percentiles_come_in_front(q):
    found = compute(f"np.percentile(a, {q}, by=atlas)", {"a": IMAGES["float"], "atlas": ATLAS})
    one = [
        by_region(lambda v, p=p: np.percentile(v.astype(float), p), IMAGES["float"])
        for p in np.atleast_1d(eval(q))
    ]
    np.testing.assert_allclose(found, one[0] if q == "30" else one, rtol=1e-14)


def test_a_weighted_mean_has_the_weights_of_each_region():
    weights = RNG.random(SHAPE)
    inputs = {"a": IMAGES["float"], "w": weights, "atlas": ATLAS}
    found = compute("np.average(a, weights=w, by=atlas)", inputs)
    wide = IMAGES["float"].astype(float)
    expected = [np.average(wide[k == ATLAS], axis=0, weights=weights[k == ATLAS]) for k in LABELS]
    np.testing.assert_allclose(found, expected, rtol=1e-13)


# Masks


@pytest.mark.parametrize("name", ["mean", "std", "max", "median", "sum", "count_nonzero"])
@pytest.mark.parametrize(
    "call", ["a[m > 0], by=atlas", "a[m > 0], by=atlas[m > 0]", "a, by=np.where(m, atlas, 0)",
             "a, by=atlas * (m > 0)"],
)  # fmt: skip
def test_a_mask_leaves_out_voxels_and_keeps_the_regions(name, call):
    inputs = {"a": IMAGES["int"], "atlas": ATLAS, "m": MASK.astype(np.uint8)}
    found = compute(f"np.{name}({call})", inputs)
    expected = by_region(numpys(name), IMAGES["int"], mask=MASK)
    np.testing.assert_allclose(found, expected.astype(float), rtol=1e-14)


def test_a_mask_may_differ_from_volume_to_volume():
    image = IMAGES["float"]
    inputs = {"a": image, "atlas": ATLAS}
    for name in ("mean", "median"):
        found = compute(f"np.{name}(a[a > 100], by=atlas)", inputs)
        expected = by_region(lambda v, f=name: numpys(f)(v[v > 100]), image)
        np.testing.assert_allclose(found, expected, rtol=1e-14)


# The same bits


@pytest.mark.parametrize("unit", [1, by_parcel.UNIT])
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", ["mean", "nanvar", "max", "nanmedian"])
def test_slabs_threads_and_streams_change_no_bit(name, way, unit, monkeypatch):
    monkeypatch.setattr(by_parcel, "UNIT", unit)
    for formula in (f"np.{name}(a, by=atlas)", f"np.{name}(a[a < 120], by=atlas)[atlas]"):
        for image in (IMAGES["nan"], IMAGES["nan"][..., 0]):
            inputs = {"a": image, "atlas": ATLAS}
            assert same_bits(compute(formula, inputs, way), compute(formula, inputs, WHOLE))


@pytest.mark.parametrize("name", ["sum", "mean", "std", "min"])
def test_planes_of_a_large_volume_are_merged(name, monkeypatch):
    monkeypatch.setattr(by_parcel, "UNIT", 1)
    found = compute(f"np.{name}(a, by=atlas)", {"a": IMAGES["float"], "atlas": ATLAS})
    np.testing.assert_allclose(found, by_region(numpys(name), IMAGES["float"]), rtol=1e-14)


# Axes


def test_regions_stand_in_front_of_the_other_axes():
    inputs = {"a": IMAGES["float"], "atlas": ATLAS}
    assert axes_of("np.mean(a, by=atlas)", inputs) == [("parcel", 0, 1), ("t", 0, 1)]
    turned = compute("np.mean(a.T, by=atlas.T)", inputs)
    assert same_bits(turned, compute("np.mean(np.transpose(a, (2, 1, 0, 3)), by=atlas)", inputs))
    expected = by_region(numpys("mean"), IMAGES["float"])
    np.testing.assert_allclose(turned, expected, rtol=1e-14)


def test_a_slice_of_both_has_the_regions_of_the_slice():
    inputs = {"a": IMAGES["float"], "atlas": ATLAS}
    found = compute("np.mean(a[:, :, 1], by=atlas[:, :, 1])", inputs)
    wide = IMAGES["float"].astype(float)[:, :, 1]
    labels = np.unique(ATLAS[:, :, 1])[1:]
    expected = [wide[ATLAS[:, :, 1] == k].mean(axis=0) for k in labels]
    np.testing.assert_allclose(found, expected, rtol=1e-14)


@pytest.mark.parametrize("dtype", [np.float32, np.uint16, np.float64])
def test_labels_may_be_stored_as_floats_and_have_an_axis_of_one(dtype):
    inputs = {"a": IMAGES["int"], "atlas": ATLAS.astype(dtype)[..., None]}
    found = compute("np.sum(a, by=atlas)", inputs)
    np.testing.assert_array_equal(found, by_region(numpys("sum"), IMAGES["int"]))


def test_a_mask_is_one_region():
    found = compute("np.sum(a, by=m > 0)", {"a": IMAGES["int"], "m": MASK.astype(np.uint8)})
    np.testing.assert_array_equal(found, [IMAGES["int"][MASK].sum(axis=0)])


# Arithmetic, and back to the image


def test_values_of_the_same_regions_are_calculated_with():
    inputs = {"a": IMAGES["float"], "v": IMAGES["float"][..., 0], "atlas": ATLAS}
    found = compute("np.mean(a, by=atlas) - np.mean(v, by=atlas)", inputs)
    mean = by_region(numpys("mean"), IMAGES["float"])
    np.testing.assert_allclose(found, mean - mean[:, :1], atol=1e-12)


def test_values_go_back_to_the_voxels_and_0_elsewhere():
    inputs = {"a": IMAGES["int"], "atlas": ATLAS, "m": MASK.astype(np.uint8)}
    for formula, where in (("", True), (" * (m > 0)", MASK)):
        found = compute(f"np.sum(a, by=atlas)[atlas{formula}]", inputs)
        expected = np.zeros((*SHAPE, 6), int)
        for label, row in zip(LABELS, by_region(numpys("sum"), IMAGES["int"]), strict=True):
            expected[(label == ATLAS) & where] = row
        np.testing.assert_array_equal(found, expected)
    assert axes_of("np.mean(a, by=atlas)[atlas]", inputs) == axes_of("a", inputs)


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("np.mean(a, by=a)", "one for each voxel"),
        ("np.mean(a, by=negative)", "label -1"),
        ("np.mean(a, by=atlas + 0.5)", "whole number"),
        ("np.mean(a, by=atlas * 0)", "no label above 0"),
        ("np.mean(a, by=3)", "an image of whole numbers"),
        ("np.mean(a, axis=-1, by=atlas)", "x, y and z"),
        ("np.mean(a, keepdims=True, by=atlas)", "go back to the image"),
        ("np.mean(np.mean(a, axis=0), by=atlas)", "same axes of space"),
        ("np.mean(a, by=atlas[:3])", "one grid"),
        ("np.argmax(a, by=atlas)", "no argument `by`"),
        ("a - np.mean(a, by=atlas)", "[atlas]"),
        ("np.mean(a, by=atlas) - np.mean(a, by=other)", "different labels"),
        ("np.mean(a, by=atlas)[other]", "by=atlas)[atlas]"),
        ("np.mean(a, by=atlas)[1:][atlas]", "some regions are missing"),
        ("np.mean(a.ravel(), by=atlas)", "ravel"),
    ],
)
def test_what_is_wrong_is_said_before_the_run_is_read(formula, message):
    other = (ATLAS > 2).astype(np.uint8)
    negative = ATLAS.copy()
    negative[0, 0, 0] = -1
    inputs = {"a": IMAGES["float"], "atlas": ATLAS, "other": other, "negative": negative}
    with pytest.raises(FormulaError) as caught:
        inferred(formula, inputs)
    assert message in str(caught.value)


def test_regions_may_be_named_one_by_one():
    """As `scipy.ndimage` has it: an index, also of labels that the image does not have."""
    from scipy import ndimage

    def mean(build, args):
        regions = regions_of(build, args["a"], args["labels"], [40, 5, 2])
        return accumulated(build, "mean", regions, Sum(np.dtype(float), mean=True, masked=True),
                           NumType(np.dtype(float)))  # fmt: skip

    image = IMAGES["nan"][..., 0]
    way = Way(functions={**FUNCTIONS, "average": Function("average", "a, labels", mean)})
    inputs = {"a": image, "atlas": ATLAS}
    found = execute(planned("np.average(a, atlas)", inputs, way), way)
    with np.errstate(all="ignore"):
        expected = ndimage.mean(image, ATLAS, [40, 5, 2])
    np.testing.assert_allclose(found, expected, rtol=1e-14)
