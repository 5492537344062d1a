"""Numbers are never silently wrong: integer ranges, precision, accumulation, conversions."""

from __future__ import annotations

import math

import numpy as np
import pytest

from nipype_mathimg.calc.storing import STORED_DTYPES, Storing, output_dtype
from nipype_mathimg.errors import FormulaError
from tests.formula.harness import (
    WAYS,
    compute,
    inferred,
    leaf_of,
    same_bits,
    scaled_leaf,
)

SHAPE = (3, 4, 2, 5)


def full(value, dtype, shape=SHAPE):
    return np.full(shape, value, dtype)


def auto(formula, inputs):
    """Return the dtype of the file that the policy `auto` chooses."""
    return output_dtype("auto", inferred(formula, inputs).root, None)


@pytest.mark.parametrize(
    ("formula", "dtype", "value", "other", "expected", "stored"),
    [
        ("a + b", "uint8", 200, 250, 450, "int16"),
        ("a + 250", "uint8", 200, 0, 450, "int16"),
        ("a * b", "int16", 300, 300, 90000, "int32"),
        ("a - b", "uint8", 3, 250, -247, "int16"),
        ("a - b", "uint16", 0, 65535, -65535, "int32"),
        ("-a", "uint8", 255, 0, -255, "int16"),
        ("-a", "int8", -128, 0, 128, "int16"),
        ("abs(a)", "int16", -32768, 0, 32768, "int32"),
        ("a ** 2", "int16", -32768, 0, 2**30, "int32"),
        ("a ** 3", "uint8", 255, 0, 255**3, "int32"),
        ("a << 10", "uint8", 255, 0, 255 << 10, "int32"),
        ("a * 1000", "int32", 2**31 - 1, 0, (2**31 - 1) * 1000, "float64"),
        ("a * b", "uint32", 2**32 - 1, 2**31, (2**32 - 1) * 2**31, "float64"),
        ("a + b", "uint64", 2**62, 2**60, 2**62 + 2**60, "float64"),
        ("a + 1", "int64", 2**53, 0, 2**53 + 1, "float64"),
        ("np.sum(a, axis=-1)", "uint8", 255, 0, 1275, "int16"),
        ("np.cumsum(a, axis=-1)[..., -1]", "int8", -128, 0, -640, "int16"),
        ("np.prod(a, axis=-1)", "int8", -100, 0, -(10**10), "float64"),
        ("np.diff(np.stack([a, b]), axis=0)[0]", "uint8", 255, 1, -254, "int16"),
        ("a > b", "uint8", 3, 2, True, "uint8"),
        ("~(a > b)", "uint8", 3, 2, False, "uint8"),
        ("(a > 0) * 300", "uint8", 3, 2, 300, "int16"),
        ("(a > 0) + (b > 0)", "uint8", 3, 2, 1, "uint8"),  # NumPy: or
        ("(a > 0) * 1 + (b > 0)", "uint8", 3, 2, 2, "uint8"),
        ("np.where(a > 2, -1, a)", "uint8", 3, 2, -1, "int16"),
        ("np.clip(a, 0, 100)", "int16", 3000, 2, 100, "uint8"),
        ("a // 2", "uint8", 255, 0, 127, "uint8"),
        ("a % 7", "int32", -1, 0, 6, "uint8"),
        ("a.astype(int)", "uint8", 255, 0, 255, "uint8"),
        ("np.isin(a, [1, 3]).astype(int)", "int16", 3, 0, 1, "uint8"),
    ],
)
def test_integers_never_wrap_and_are_stored_as_small_as_is_safe(
    formula, dtype, value, other, expected, stored
):
    inputs = {"a": full(value, dtype), "b": full(other, dtype)}
    inputs = {name: image for name, image in inputs.items() if name in formula.replace("abs", "")}
    result = compute(formula, inputs)
    assert result.dtype.kind in "biu"
    assert {int(v) for v in result.ravel()} == {int(expected)}
    root = inferred(formula, inputs).root.spec
    assert root.bounds[0] <= int(expected) <= root.bounds[1]
    limits = (
        (0, 1) if root.dtype.kind == "b" else (np.iinfo(root.dtype).min, np.iinfo(root.dtype).max)
    )
    assert limits[0] <= root.bounds[0] <= root.bounds[1] <= limits[1]
    assert auto(formula, inputs) == stored


@pytest.mark.parametrize("formula", ["a + 1", "a * 2", "-a", "a - (-1)", "abs(a)", "-1 - a"])
def test_what_exceeds_64_bits_is_an_error(formula):
    for value in (2**63 - 1, -(2**63)):
        image = full(value, "int64")
        exact = int(eval(formula, {"a": value, "abs": abs}))
        if -(2**63) <= exact < 2**63 or formula == "abs(a)":  # uint64 holds 2**63
            assert int(compute(formula, {"a": image}).flat[0]) == exact
        else:
            with pytest.raises(FormulaError, match="64"):
                compute(formula, {"a": image})


def test_the_smallest_int64_minus_one_is_no_large_number():
    with pytest.raises(FormulaError, match="does not fit into 64 bits"):
        compute("a + b", {"a": full(-(2**63), "int64"), "b": full(-1, "int64")})


def test_large_labels_in_64_bits_are_exact():
    labels = full(0, "int64")
    labels.ravel()[:4] = [2**53 + 1, -(2**53) - 1, 2**62 + 1, 7]
    for way in WAYS:
        np.testing.assert_array_equal(compute("labels + 1", {"labels": labels}, way), labels + 1)
    np.testing.assert_array_equal(
        compute("labels * (labels == m)", {"labels": labels, "m": 2**53 + 1}),
        np.where(labels == 2**53 + 1, labels, 0),
    )
    assert compute("np.max(labels)", {"labels": labels}) == 2**62 + 1


@pytest.mark.parametrize("dtype", ["uint8", "int16", "int32", "uint32", "int64"])
def test_quotients_of_integers_have_all_digits(dtype):
    inputs = {"a": full(1, dtype), "b": full(3, dtype)}
    result = compute("a / b", inputs)
    assert result.dtype == np.float64
    assert np.float32(result.flat[0]) == np.float32(1 / 3)
    assert auto("a / b", inputs) == (np.float64 if np.dtype(dtype).itemsize > 2 else np.float32)


@pytest.mark.parametrize(
    ("formula", "dtype", "expected"),
    [
        ("a * 0.1", "float32", "float32"),
        ("a + np.pi", "float32", "float32"),
        ("a + 1e300", "float32", "float64"),
        ("a * b", "float32", "float32"),
        ("a + k", "float32", "float64"),
        ("a * np.mean(a)", "float32", "float32"),
        ("a - np.mean(a, axis=-1)", "float32", "float32"),
        ("a * 1j", "float32", "complex64"),
        ("a * 1", "float64", "float64"),
        ("np.sqrt(a)", "uint8", "float64"),
        ("a * 0.5", "uint8", "float64"),
        ("a + True", "float32", "float32"),
        ("np.mean(a)", "float32", "float64"),
    ],
)
def test_dtypes_of_floats(formula, dtype, expected):
    inputs = {"a": full(2, dtype), "b": full(2, "uint8"), "k": full(2, "int32")}
    inputs = {n: v for n, v in inputs.items() if n in formula.replace("k=", "")}
    assert inferred(formula, inputs).root.spec.dtype == expected


def test_the_mean_of_float32_is_the_rounded_mean_of_float64():
    rng = np.random.default_rng(1)
    image = (1e4 + rng.uniform(-100, 100, (4, 3, 2, 1200))).astype(np.float32)
    expected = image.astype(float).mean(axis=-1)
    for way in WAYS:
        result = compute("np.mean(a, axis=-1)", {"a": image}, way)
        assert result.dtype == np.float32
        np.testing.assert_array_equal(result, expected.astype(np.float32))
    assert compute("np.mean(a)", {"a": image}) == pytest.approx(
        image.astype(float).mean(), rel=1e-14
    )
    total = compute("np.sum(a, axis=(0, 1, 2))", {"a": image})
    np.testing.assert_array_equal(
        total, image.astype(float).sum(axis=(0, 1, 2)).astype(np.float32)
    )


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("axis", ["-1", "0", "(0, 1)", "(0, 1, 2)", "None", "(2, 3)"])
@pytest.mark.parametrize("function", ["var", "std", "nanvar"])
def test_small_spread_on_a_large_base(function, axis, dtype):
    rng = np.random.default_rng(2)
    image = (1e5 + rng.uniform(-1, 1, (6, 5, 4, 40))).astype(dtype)
    formula = f"np.{function}(a, axis={axis})"
    wide = image.astype(float)
    centred = wide - wide.mean(axis=eval(axis), keepdims=True)
    expected = (centred**2).mean(axis=eval(axis))
    if function == "std":
        expected = np.sqrt(expected)
    for way in WAYS[:2]:
        result = np.asarray(compute(formula, {"a": image}, way))
        tolerance = 1e-6 if result.dtype == np.float32 else 1e-9
        np.testing.assert_allclose(result, expected, rtol=tolerance)


def test_a_constant_image_has_no_variance():
    image = full(0.1, "float32", (3, 3, 3, 50))
    assert (compute("np.std(a, axis=-1)", {"a": image}) == 0).all()
    assert compute("np.var(a)", {"a": image}) == 0


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("dtype", ["uint8", "int16", "uint32", "float32", "float64", "complex64"])
def test_foreign_byte_order_and_scale_factors(dtype, order):
    values = np.arange(120).reshape(SHAPE).astype(dtype)
    for way in WAYS:
        leaf = leaf_of("a", values, order=order)
        assert same_bits(compute("a", {"a": leaf}, way), values)
        scaled = scaled_leaf("a", values, 0.25, order=order)
        if dtype != "complex64":
            result = compute("np.mean(a, axis=-1) + np.max(a)", {"a": scaled}, way)
            np.testing.assert_array_equal(result, (values * 0.25).mean(-1) + values.max() * 0.25)


# What astype and the file do with values that do not fit


@pytest.mark.parametrize(
    ("value", "dtype"),
    [
        (300, "uint8"),
        (-1, "uint8"),
        (2**31, "int32"),
        (1e10, "int32"),
        (np.nan, "int16"),
        (np.inf, "uint8"),
        (-np.inf, "int64"),
        (2.0**63, "int64"),
        (256.0, "uint8"),
    ],
)
def test_astype_refuses_what_does_not_fit(value, dtype):
    image = full(1.0, "float64")
    image[1, 2, 0, 3] = value
    for way in WAYS[:2]:
        with pytest.raises(FormulaError, match="does not fit into") as caught:
            compute(f"a.astype('{dtype}')", {"a": image}, way)
        assert dtype in caught.value.message
        assert "np.clip" in caught.value.message
        assert caught.value.span is not None


@pytest.mark.parametrize(("value", "expected"), [(2.9, 2), (-2.9, -2), (-0.5, 0), (255.9, 255)])
def test_astype_cuts_fractions_off_as_numpy_does(value, expected):
    dtype = "uint8" if value > 127 else "int8"
    assert (compute(f"a.astype('{dtype}')", {"a": full(value, "f8")}) == expected).all()


REGION = ((1, 3), (0, 2), (4, 5))


def stored(values, dtype, region=REGION):
    return Storing(np.dtype(dtype), "out.nii")(np.reshape(values, (2, 2, 1), order="F"), region)


def test_the_file_gets_the_nearest_integer_half_to_even():
    piece = stored([0.5, 1.5, 2.5, -0.4], "uint8")
    np.testing.assert_array_equal(piece.values.ravel(order="F"), [0, 2, 2, 0])
    assert (piece.range.minimum, piece.range.maximum, piece.range.non_finite) == (0, 2, 0)


@pytest.mark.parametrize(
    ("values", "dtype", "words"),
    [
        (
            [1.0, 2.0, 255.5, 3.0],
            "uint8",
            ["256.0", "voxel (1, 1, 4)", "uint8", "out.nii", "np.clip"],
        ),
        ([1, -3, 5, 3], "uint8", ["-3", "voxel (2, 0, 4)", "np.clip"]),
        ([1, 2, 5, 70000], "int16", ["70000", "voxel (2, 1, 4)", "wider dtype"]),
        ([1.0, np.nan, 5, 3], "int16", ["nan", "voxel (2, 0, 4)", "np.nan_to_num"]),
        ([1.0, 2.0, np.inf, 3], "int32", ["inf", "voxel (1, 1, 4)", "np.nan_to_num"]),
        ([1.0, 1e39, 0, 3], "float32", ["1e+39", "voxel (2, 0, 4)", "float32"]),
    ],
)
def test_a_misfit_names_value_voxel_and_remedy(values, dtype, words):
    with pytest.raises(FormulaError) as caught:
        stored(values, dtype)
    for word in words:
        assert word in str(caught.value)


def test_nan_and_infinity_are_counted_and_not_in_the_range():
    piece = stored([1.0, np.nan, -np.inf, 3.0], "float32")
    assert (piece.range.minimum, piece.range.maximum, piece.range.non_finite) == (1, 3, 2)
    assert np.isnan(stored([np.nan] * 4, "float32").range.minimum)


def test_no_dtype_of_a_file_has_half_precision():
    assert "float16" not in STORED_DTYPES


def test_division_by_zero_is_what_numpy_makes_of_it():
    image = np.array([-1.0, 0.0, 2.0]).reshape(1, 1, 3)
    result = compute("a / 0", {"a": image}).ravel()
    assert np.isneginf(result[0])
    assert np.isnan(result[1])
    assert np.isposinf(result[2])
    whole = compute("b // a", {"a": image.astype("i2"), "b": full(1, "i2", (1, 1, 3))}).ravel()
    assert np.isposinf(whole[1])


def test_labels_outside_of_a_table_are_an_error():
    labels = np.array([0, 1, 3], "u1").reshape(1, 1, 3)
    np.testing.assert_array_equal(
        compute("t[a]", {"a": labels, "t": [5, 6.5, 7, 8]}).ravel(), [5, 6.5, 8]
    )
    with pytest.raises(FormulaError, match=r"label 3 .* 0 to 2; make it longer"):
        compute("t[a]", {"a": labels, "t": [5, 6, 7]})


@pytest.mark.parametrize(
    "formula", ["np.mean(a[m > 1])", "np.max(a[m > 1])", "np.median(a[m > 1])"]
)
def test_an_empty_selection(formula):
    inputs = {"a": full(1, "f4"), "m": full(0, "u1", SHAPE[:3])}
    if "mean" in formula:
        assert np.isnan(compute(formula, inputs))
    else:
        with pytest.raises(FormulaError, match="is the mask empty"):
            compute(formula, inputs)


@pytest.mark.parametrize(
    "formula",
    [
        "np.nanmean(a, axis=-1)",
        "np.nanmax(a, axis=-1)",
        "np.nanmedian(a, axis=-1)",
        "np.nanstd(a, axis=-1)",
    ],
)
def test_voxels_with_nothing_but_nan_are_nan(formula):
    image = full(1.0, "f4")
    image[0, 0, 0] = np.nan
    result = compute(formula, {"a": image})
    assert np.isnan(result[0, 0, 0])
    assert np.count_nonzero(np.isnan(result)) == 1


@pytest.mark.parametrize("formula", ["img < 0 + 10000000000000000000000", "img * 2**80 / 2**80"])
def test_whole_numbers_beyond_64_bits_are_floats(formula):
    result = compute(formula, {"img": full(3, "float32")})
    assert {float(v) for v in result.ravel()} <= {1.0, 3.0}


@pytest.mark.parametrize("name", ["fmin", "fmax", "minimum", "maximum"])
@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_the_sign_of_a_zero_depends_on_no_piece(name, dtype):
    """NumPy's functions take 0 or -0 by the place of the element in its block."""
    pair = np.zeros((7, 5, 3), dtype), np.full((7, 5, 3), -0.0, dtype)
    for first, second in (pair, pair[::-1]):
        for slab in (1, 8, 35, 105):
            inputs = {"a": first, "b": second}
            assert not compute(f"np.signbit(np.{name}(a, b))", inputs, slab=slab).any()


@pytest.mark.parametrize(
    "formula",
    ["1 % a", "a % b", "0 * a // b", "np.fmod(a, b)", "np.prod(w, axis=0)", "0 * w * w * w * w",
     "np.cumprod(w, axis=0)"],
)  # fmt: skip
def test_the_zero_of_integers_has_no_sign(formula):
    rng = np.random.default_rng(5)
    inputs = {name: rng.integers(-3, 4, (30, 2, 3)).astype("i2") for name in "ab"}
    inputs["w"] = rng.integers(-3, 1, (30, 2, 3)).astype("i4")
    inputs["w"][0] = [[0, -1, -2], [0, -3, 0]]
    inputs = {name: image for name, image in inputs.items() if name in formula}
    result = compute(formula, inputs)
    assert (result == 0).any()
    assert not np.signbit(result[result == 0]).any()


@pytest.mark.parametrize("dtype", ["i8", "u8", "i4", "i1"])
@pytest.mark.parametrize("formula", ["a // b", "a % b", "np.fmod(a, b)"])
def test_integers_are_divided_exactly_where_the_divisor_may_be_0(formula, dtype):
    info = np.iinfo(dtype)
    a = np.array([info.min, info.max, info.max - 1, 0, 7, 7, info.min, 5], dtype).reshape(2, 2, 2)
    b = np.array([3, 10, 7, 0, 0, 2, info.max, -1 if info.min else 1], dtype).reshape(2, 2, 2)
    a[0, 0, 0], b[1, 1, 1] = info.min, -1 if info.min else 1
    found = compute(formula, {"a": a, "b": b})
    for x, y, value in zip(a.ravel().tolist(), b.ravel().tolist(), found.ravel(), strict=True):
        if not y:
            assert not np.isfinite(value)
        elif formula == "a // b":
            assert value == float(x // y)
        else:
            fmod = math.copysign(1, x) * (abs(x) % abs(y))
            assert value == (x % y if formula == "a % b" else fmod)


@pytest.mark.parametrize("dtype", ["i4", "u4", "u1", "i2"])
@pytest.mark.parametrize("zeros", [1, 2, 3, 9, 10, 20])
def test_integers_rounded_to_tens_stay_exact_integers(dtype, zeros):
    info = np.iinfo(dtype)
    numbers = [info.min, info.max, 0, 5, 15, 25, 50, 150, 149, 151, 250, 127]
    image = np.array(numbers, dtype).reshape(3, 2, 2)
    found = compute(f"np.round(a, -{zeros})", {"a": image})
    assert found.dtype.kind in "iu"
    assert found.ravel().tolist() == [round(n, -zeros) for n in numbers]
    if info.min < 0:
        found = compute(f"(-a).round(-{zeros})", {"a": np.abs(image // 2)})
        assert found.ravel().tolist() == [round(-abs(n // 2), -zeros) for n in numbers]


@pytest.mark.parametrize("name", ["sum", "max", "median"])
def test_a_mask_made_of_lists_selects_as_any_other(name):
    inputs = {"v": [3, -1, 4], "w": [0.5, 2.0, -2.0]}
    formula = f"np.{name}(np.stack([v, w])[np.stack([v, w]) > 0])"
    numbers = np.stack([inputs["v"], inputs["w"]])
    assert compute(formula, inputs) == getattr(np, name)(numbers[numbers > 0])
