"""64-bit integers against Python's own; and formulas that once left the spec of their blocks.

Every block of every formula is held against its spec by `harness.blocks_checked`.
"""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from nipype_mathimg.errors import FormulaError
from nipype_mathimg.formula.infer import infer
from nipype_mathimg.formula.kernels import whole_squares
from nipype_mathimg.formula.kernels.cast import misfit
from nipype_mathimg.formula.program import input_names, parse
from nipype_mathimg.spec import ArraySpec, image_axes
from tests.formula.harness import WAYS, compute, inferred, reference

SHAPE = (3, 4, 2, 5)
DTYPES = ("uint8", "int8", "int16", "uint16", "int32", "uint32", "int64", "uint64")


def drawn(dtype, seed, *, part=1):
    """Return integers over the range of a dtype, or over a part of it, with its ends."""
    info = np.iinfo(dtype)
    low, high = int(info.min) // part, int(info.max) // part
    rng = np.random.default_rng(seed)
    values = rng.integers(low, high, SHAPE, dtype, endpoint=True)
    values.ravel()[:6] = [low, high, 0, 1, max(low, -1), high - 1]
    return values


def exact(formula, images):
    """Return what Python's integers give."""
    return np.asarray(reference(formula, {n: v.astype(object) for n, v in images.items()}))


def check_exact(formula, images, way=WAYS[0]):
    got = np.asarray(compute(formula, images, way))
    want = exact(formula, images)
    assert got.dtype.kind in "iu"
    assert got.shape == want.shape
    assert [int(v) for v in got.ravel()] == [int(v) for v in want.ravel()]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("dtype", ["int64", "uint64"])
@pytest.mark.parametrize(
    "formula",
    [
        "np.sum(a, axis=-1)",
        "np.sum(a, axis=(0, 1))",
        "np.sum(a, axis=(0, 1, 2))",
        "np.sum(a)",
        "np.sum(a, axis=1, keepdims=True)",
        "np.cumsum(a, axis=-1)",
        "np.cumsum(a, axis=0)",
    ],
)
def test_sums_of_64_bits_are_exact(formula, dtype, way):
    check_exact(formula, {"a": drawn(dtype, 1, part=128)}, way)


def test_a_sum_is_exact_when_a_part_of_it_has_more_than_64_bits():
    values = np.full((2, 2, 2), 2**62, np.int64)
    values[1] = -(2**62) + 1
    assert compute("np.sum(a)", {"a": values}) == 4
    mask = np.zeros((2, 2, 2), np.uint8)
    mask[0, 0] = 1
    with pytest.raises(FormulaError, match=r"9.22337e\+18, which does not fit into 64 bits"):
        compute("np.sum(a[m > 0])", {"a": values, "m": mask})
    mask[1] = 1
    assert compute("np.sum(a[m > 0])", {"a": values, "m": mask}) == 2 * 2**62 - 4 * 2**62 + 4


@pytest.mark.parametrize("dtype", ["int64", "uint64"])
def test_a_running_sum_beyond_64_bits_is_an_error(dtype):
    values = np.full((2, 2, 3), np.iinfo(dtype).max // 2, dtype)
    check_exact("np.cumsum(a[..., :2], axis=-1)", {"a": values})
    with pytest.raises(FormulaError, match="does not fit into 64 bits"):
        compute("np.cumsum(a, axis=-1)", {"a": values})
    if dtype == "int64":
        with pytest.raises(FormulaError, match="does not fit into 64 bits"):
            compute("np.cumsum(-a, axis=-1)", {"a": values})


@pytest.mark.parametrize("pair", list(itertools.product(DTYPES, DTYPES)), ids=str)
@pytest.mark.parametrize("function", ["maximum", "minimum", "fmax", "fmin"])
def test_extremes_of_any_two_integers_are_exact(function, pair):
    images = {"a": drawn(pair[0], 2), "b": drawn(pair[1], 3)}
    got = compute(f"np.{function}(a, b)", images)
    choose = max if "max" in function else min
    pairs = zip(images["a"].ravel().tolist(), images["b"].ravel().tolist(), strict=True)
    assert got.ravel().tolist() == [choose(one, other) for one, other in pairs]


@pytest.mark.parametrize("low", [-3, 0, 7])
@pytest.mark.parametrize("high", [100, 2**63 + 5, 2**64 - 1])
@pytest.mark.parametrize("dtype", ["int64", "uint64"])
def test_a_clip_is_exact_and_as_narrow_as_its_range(dtype, low, high):
    image = drawn(dtype, 4)
    got = compute(f"np.clip(a, {low}, {high})", {"a": image})
    assert [int(v) for v in got.ravel()] == [min(max(int(v), low), high) for v in image.ravel()]
    bounds = inferred(f"np.clip(a, {low}, {high})", {"a": image}).root.spec.bounds
    assert bounds == (max(low, int(np.iinfo(dtype).min)), min(high, int(np.iinfo(dtype).max)))


@pytest.mark.parametrize(
    "formula",
    [
        "np.where(m > 0, a, -1)",
        "np.where(m, a, b)",
        "np.concatenate([a, b], axis=-1)",
        "np.stack([a, b])",
        "np.pad(a, 1, constant_values=-1)",
        "np.select([m > 0], [a], default=-1)",
    ],
)
def test_uint64_beside_negative_numbers_is_exact_or_refused(formula):
    large = np.full((2, 2, 2), 2**63 - 1, np.uint64)
    images = {"a": large, "b": -drawn("int64", 5)[:2, :2, :, 0], "m": np.ones((2, 2, 2), np.uint8)}
    images["m"][0, 0, 0] = 0
    images = {name: images[name] for name in input_names(formula)}
    check_exact(formula, images)
    images["a"] = large.copy()
    images["a"][0, 0, 0] = 2**63
    if "m" in images:
        check_exact(formula, images)  # where it is not chosen
    images["a"][1, 1, 1] = 2**64 - 1
    with pytest.raises(FormulaError, match="does not fit into int64; no integer of 64 bits"):
        compute(formula, images)


def outcome(formula, images):
    """Return the result, or the error."""
    try:
        return np.asarray(compute(formula, images))
    except FormulaError as error:
        return error


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("formula", ["abs(a)", "np.square(a)", "a * a", "a + a", "np.prod(a)"])
def test_the_ends_of_every_dtype(formula, dtype):
    for end in (np.iinfo(dtype).min, np.iinfo(dtype).max):
        images = {"a": np.full((1, 1, 2), end, dtype)}
        want = [int(v) for v in np.ravel(exact(formula, images))]
        got = outcome(formula, images)
        if isinstance(got, FormulaError):
            assert "64 bits" in got.message
            assert not -(2**63) <= want[0] < 2**63
            continue
        if got.dtype.kind == "f":  # beyond 64 bits
            assert np.dtype(dtype).itemsize == 8
            np.testing.assert_allclose(got.ravel(), np.array(want, float))
        else:
            assert [int(v) for v in got.ravel()] == want


@pytest.mark.parametrize("dtype", ["int64", "uint64"])
def test_norms_and_weighted_means_of_any_64_bit_integers(dtype):
    images = {"a": drawn(dtype, 6), "b": drawn(dtype, 7, part=3)}
    wide = {name: image.astype(float) for name, image in images.items()}
    for formula in ("np.linalg.norm(a, axis=-1)", "np.average(a, weights=b, axis=0)"):
        used = {name: images[name] for name in input_names(formula)}
        got = compute(formula, used)
        np.testing.assert_allclose(got, reference(formula, wide), rtol=1e-12)


def test_weights_whose_sum_has_more_than_64_bits():
    weights = drawn("uint64", 7) | np.uint64(2**63)
    images = {"a": F, "w": weights}
    wide = {"a": F, "w": weights.astype(float)}
    for formula in ("np.average(a, weights=w)", "np.average(a, weights=w, axis=2)"):
        want = reference(formula, wide)
        np.testing.assert_allclose(compute(formula, images), want, rtol=1e-12)


@pytest.mark.parametrize("dtype", ["int64", "uint64"])
def test_no_divisor_is_larger_than_a_number_that_is_not_0(dtype):
    images = {"a": drawn(dtype, 6)}
    images["a"][0, 0, 0] = np.iinfo(dtype).min
    got = compute("np.gcd(a, 12) + np.gcd(9, a)", images)
    want = [math.gcd(int(v), 12) + math.gcd(9, int(v)) for v in images["a"].ravel()]
    assert [int(v) for v in got.ravel()] == want


@pytest.mark.parametrize("formula", ["np.var(a, axis=0)", "np.std(a)", "np.nanvar(a, axis=-1)"])
@pytest.mark.parametrize("kind", [1, 1j])
def test_a_variance_beyond_float64_is_infinite(formula, kind):
    image = np.full((2, 2, 3), 1.0) * kind
    image[0] *= -1e200
    image[1] *= 1e200
    image[:, 0] = np.linspace(-1e300, 1e300, 6).reshape(2, 3)
    np.testing.assert_array_equal(compute(formula, {"a": image}), reference(formula, {"a": image}))
    image[0, 0, 0] = np.inf  # a distance that is no number
    got = compute("np.var(a, axis=0)", {"a": image})
    assert np.isnan(got[0, 0])


@pytest.mark.parametrize("code", ["f4", "f8"])
def test_nan_has_no_sign(code):
    odd = np.array([np.nan, -np.nan, -np.inf, np.inf, -0.0, 0.0, -2.0, 2.0], code).reshape(1, 2, 4)
    assert np.signbit(odd).ravel().tolist()[:2] == [False, True]
    negative = [False, False, True, False, True, False, True, False]
    assert compute("np.signbit(a)", {"a": odd}).ravel().tolist() == negative
    for formula in ("np.copysign(3, a)", "np.copysign(b, a)"):
        images = {"a": odd, "b": np.full_like(odd, -3)}
        got = compute(formula, {name: images[name] for name in input_names(formula)})
        assert got.dtype == code
        assert got.ravel().tolist() == [-3 if sign else 3 for sign in negative]


A = np.random.default_rng(8).integers(0, 100, SHAPE).astype("i4")
F = np.random.default_rng(9).normal(0, 10, SHAPE).astype("f8")


@pytest.mark.parametrize(
    "formula",
    [
        "np.min(np.floor(np.clip(a, 0, 3)), axis=-1)",
        "np.mean(np.rint(np.clip(a, 0, 3)))",
        "np.mean(a, axis=())",
        "np.sum(a, axis=(), keepdims=True)",
        "np.max(a, axis=())",
        "np.std(a, axis=())",
        "np.median(a, axis=())",
        "np.mean(a).imag",
        "np.mean(a).real",
        "np.imag(a.ndim)",
        "np.argmax(np.argmin(a, axis=-1, keepdims=True), axis=0)",
        "np.min(np.max(a, keepdims=True), 0)",
        "np.ptp(np.nanmin(a, keepdims=True), axis=2)",
        "np.reshape(a.ndim, [])",
        "np.reshape(a.ndim, [1])",
        "np.ravel(a.ndim)",
        "np.expand_dims(a.ndim, 0)",
        "np.tile(a.ndim, 2)",
        "np.stack([np.max(a), a.ndim])",
        "np.pad(a.ndim, 1)",
        "np.pad(np.mean(a), 2)",
        "np.take([5, 6, 7], np.argmax(np.argmax(a, axis=-1), axis=0) * 0)",
        "np.take(a, 0, axis=-1)",
        "np.take(a, -2, axis=1)",
        "np.take([5, 6, 7], 1) * a",
        "np.take(a, [1], axis=1)",
        "np.roll(a, (1, 1), axis=0)",
        "np.roll(a, (1, 2, -5), axis=-1)",
        "np.roll(a, 2, axis=(0, 0, 1))",
        "np.roll(a, (1, 2), axis=(0, 0))",
        "np.roll(a, (1, -1), axis=(3, 3))",
        "np.round(f, 3)",
        "np.round(f, 308)",
    ],
)
def test_what_once_crashed_or_was_wrong_equals_numpy(formula):
    images = {"a": A, "f": F}
    images = {name: images[name] for name in input_names(formula)}
    wide = {n: v.astype(float if v.dtype.kind == "f" else np.int64) for n, v in images.items()}
    for way in WAYS[:2]:
        got = np.asarray(compute(formula, images, way))
        # NumPy's product with 10**308 is infinite, and NaN what it makes of that.
        want = F if formula == "np.round(f, 308)" else np.asarray(reference(formula, wide))
        assert got.shape == want.shape
        np.testing.assert_allclose(got, want, rtol=1e-14)


def test_a_position_looks_up_a_list():
    image = np.array([3, 9, 5]).astype("i2").reshape(1, 1, 3)
    assert compute("[1, 2, 3][np.argmax(a)]", {"a": image}) == 2
    assert compute("np.take([0.5, 1.5, 2.5], np.argmax(a))", {"a": image}) == 1.5


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        ("np.round(a, 2**31)", "decimals=2147483648 has to lie between -308 and 308"),
        ("np.around(2.5, -2**63) * a", "decimals=-9223372036854775808 has to lie between"),
        ("np.roll(a, (1, 1), axis=(0, 1, 2))", "2 shifts do not fit 3 axes"),
        ("(a * 1j) // 2", "np.floor_divide: complex numbers cannot be operands"),
        ("(a * 1j) % 2", "np.remainder: complex numbers cannot be operands"),
        ("np.invert(np.max(u))", "the result may not fit into 64 bits"),
        ("np.fmod(a * 1j, 2)", "np.fmod: complex numbers cannot be operands"),
        ("ndimage.binary_dilation(a > 1, ball(np.nan))", "may have up to 262144 cells"),
        ("ndimage.binary_dilation(a > 1, itk_ball(np.inf))", "may have up to 262144 cells"),
        ("ndimage.binary_dilation(a > 1, ball(10**9))", "may have up to 262144 cells"),
        ("ndimage.binary_dilation(a > 1, box(10**6))", "may have up to 262144 cells"),
        (
            "ndimage.binary_dilation(a > 1, ndimage.iterate_structure(ball(2), 10**6))",
            "may have up to 262144 cells",
        ),
    ],
)
def test_what_cannot_be_is_refused_in_our_words(formula, words):
    with pytest.raises(FormulaError) as caught:
        compute(formula, {name: {"a": A, "u": U}[name] for name in input_names(formula)})
    assert words in caught.value.message


U = np.array([2**64 - 1, 2**63 + 5, 7], np.uint64).reshape(1, 1, 3)


@pytest.mark.parametrize(
    "formula",
    [
        "np.logical_and(np.max(u), u)",
        "np.logical_xor(np.max(u), a > 3)",
        "np.invert(u)",
        "u & np.max(u)",
        "u == np.max(u)",
        pytest.param(
            "u - np.min(u) * 0",
            marks=pytest.mark.skipif(
                np.lib.NumpyVersion(np.__version__) < "2.0.0",
                reason="the reference: before NumPy 2 a plain 0 makes floats of uint64",
            ),
        ),
        "np.conjugate(a > 3)",
        "-1 - np.max(np.clip(a, 0, 7))",
    ],
)
def test_numbers_of_64_bits_beside_arrays(formula):
    images = {"u": U, "a": A[:1, :1, :1, :3].reshape(1, 1, 3)}
    images = {name: images[name] for name in input_names(formula)}
    got = np.asarray(compute(formula, images))
    want = np.asarray(reference(formula, images))
    assert [int(v) for v in got.ravel()] == [int(v) for v in want.ravel()]


def test_astype_is_a_function_too():
    np.testing.assert_array_equal(compute("np.astype(f, 'int16')", {"f": F}), F.astype("i2"))


@pytest.mark.parametrize(
    ("value", "dtype", "fits"),
    [
        (-(2.0**63), "int64", True),
        (-(2.0**63) - 2048, "int64", False),
        (2.0**63, "int64", False),
        (np.float32(-(2.0**31)), "int32", True),
        (np.float32(2.0**31), "int32", False),
        (-2147483648.9, "int32", True),
        (-2147483649.0, "int32", False),
        (-0.9, "uint8", True),
        (-1.0, "uint8", False),
        (255.9, "uint8", True),
        (256.0, "uint8", False),
        (np.nan, "uint8", False),
    ],
)
def test_the_ends_of_integers_fit_and_nothing_beyond(value, dtype, fits):
    assert (misfit(np.array([value, 1]), np.dtype(dtype)) is None) == fits


def test_sums_of_more_integers_than_halves_can_add_are_computed_in_float64():
    for size, dtype in (((2**11, 2**10, 2**10), "i8"), ((2**12, 2**10, 2**10), "f8")):
        spec = ArraySpec(size, np.dtype("i8"), image_axes(3), (-(2**63), 2**63 - 1))
        assert infer(parse("np.sum(a)"), {"a": spec}).root.spec.dtype == np.dtype(dtype)


@pytest.mark.parametrize("count", [65536, 65537])
@pytest.mark.parametrize("axis", [-1, None])
def test_sums_at_the_end_of_32_bits_are_exact(count, axis):
    # 65536 times the least value of int16 is the least one of int32.
    values = np.full((2, 1, 1, count), -32768, np.int16)
    values[..., -1] = -1
    exact = values.sum(axis=axis, dtype=np.int64)
    given = f"a, axis={axis}"
    assert np.array_equal(compute(f"np.sum({given})", {"a": values}), exact)
    total = values.size if axis is None else count
    assert np.array_equal(compute(f"np.mean({given})", {"a": values}), exact / total)


@pytest.mark.parametrize("count", [2, 300])
@pytest.mark.parametrize("dtype", ["u1", "i1", "i2"])
def test_a_variance_of_small_integers_is_that_of_their_differences_to_the_last_bit(dtype, count):
    ends = np.iinfo(dtype)
    rng = np.random.default_rng(count)
    values = rng.integers(ends.min, ends.max, (2, 3, 1, count), dtype, endpoint=True)
    values[0, 0], values[0, 1], values[0, 1, :, 0] = ends.min, ends.max, ends.min
    for formula in ("np.var(a, axis=-1)", "np.std(a, axis=-1, ddof=1)", "np.nanvar(a, axis=-1)"):
        whole = compute(formula, {"a": values})
        differences = compute(formula, {"a": values.astype(float)})
        assert np.array_equal(whole, differences), formula


@pytest.mark.parametrize(
    ("bounds", "count", "fits"),
    [
        ((-(2**15), 2**15 - 1), 2**16 - 1, True),  # 65535 times -32768 is a value of int32
        ((-(2**15), 2**15 - 1), 2**16, False),
        ((0, 46340), 2, True),  # 46341**2 is none
        ((0, 46341), 2, False),
        ((0, 1), 2**31 - 1, True),
        ((0, 1), 2**31, False),
    ],
)
def test_sums_of_squares_in_integers_fit_or_are_not_tried(bounds, count, fits):
    assert whole_squares.fits(bounds, count) is fits
