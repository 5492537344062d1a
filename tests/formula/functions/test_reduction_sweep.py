"""Every reduction over every combination of axes of slices of all sizes, against NumPy.

Faults that only size brings to light (a count of a slice in a type too narrow) need slices beyond
the ends of the narrow types. The number of cases of a run is the sum of those in the test ids.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from itertools import chain, combinations
from typing import Any, NamedTuple

import numpy as np
import pytest

from nipype_mathimg.errors import FormulaError
from nipype_mathimg.formula.functions import composed, order_statistics, reductions
from nipype_mathimg.formula.program import input_names
from tests.formula.harness import compute, reference

PLANES = {
    1: (1, 1),
    90: (9, 10),
    127: (1, 127),
    128: (16, 8),
    256: (256, 1),
    300: (20, 15),
    66_000: (300, 220),
    2**16 + 1: (2**16 + 1, 1),
}
"""A slice for each number of voxels, on both sides of the ends of 8, 15 and 16 bits."""

DTYPES = {
    127: ("float32", "int16"),
    128: ("float32", "int16"),
    300: ("float32", "int16", "int64"),
    2**16 + 1: ("int16",),
}
"""Of the images, for slices of some sizes; all others are of `USUAL`."""

USUAL = ("float32",)

LARGE = 1000
"""From so many voxels on, what takes long is left out."""

AXES: tuple[tuple[int, ...], ...] = tuple(
    chain.from_iterable(combinations(range(4), n) for n in range(1, 5))
)

SLOW = ("nanmedian", "quantile", "nanquantile", "percentile", "nanpercentile")
"""What NumPy takes long for where a large slice is kept, in part by calling Python for each voxel;
there `median` alone stands for them."""

LOOSE = {np.dtype(np.float32): 1e-6, np.dtype(np.float64): 1e-10}
"""Relative difference: what float32 can hold, and what two orders of summation differ by."""


class Call(NamedTuple):
    """A reduction; AXES stands for its arguments `axis` and `keepdims`.

    `expected` is NumPy's formula where it is another one, `one` is True for what takes one axis
    or none.
    """

    name: str
    text: str
    expected: str = ""
    one: bool = False


def _plain(names: str, text: str, expected: str = "", one: bool = False) -> list[Call]:
    return [
        Call(name, text.replace("NAME", name), expected.replace("NAME", name), one)
        for name in names.split()
    ]


CALLS = (
    *_plain("sum mean min max ptp average median std var", "np.NAME(a, AXES)"),
    *_plain("std var nanstd nanvar", "np.NAME(a, ddof=1, AXES)"),
    *_plain("nansum nanmean nanmin nanmax nanmedian nanstd nanvar", "np.NAME(h, AXES)"),
    *_plain("quantile", "np.NAME(a, 0.3, AXES)"),
    *_plain("percentile", "np.NAME(a, 95, AXES)"),
    *_plain("nanquantile", "np.NAME(h, 0.3, AXES)"),
    *_plain("nanpercentile", "np.NAME(h, 95, AXES)"),
    *_plain("prod nanprod", "np.NAME(p, AXES)"),
    *_plain("any all count_nonzero", "np.NAME(e, AXES)"),
    *_plain("argmin argmax", "np.NAME(a, AXES)", one=True),
    *_plain("nanargmin nanargmax", "np.NAME(h, AXES)", one=True),
    Call("average", "np.average(a, weights=w, AXES)"),
    Call("linalg.norm", "np.linalg.norm(a, AXES)", "np.sqrt(np.sum(np.square(a), AXES))"),
)

OF_EVERYTHING = (
    *_plain("sum mean min max median std var", "a.ravel().NAME()", expected="np.NAME(a)"),
    *_plain("sum mean min max median std var nanstd", "np.NAME(a[m > 0])"),
    *_plain("sum mean min max std var", "np.NAME(a[v > 0], axis=0)"),
    *_plain("std var", "np.NAME(a[v > 0], axis=(0, 1))"),
    Call("corrcoef", "np.corrcoef(a.ravel(), p.ravel())"),
)


def _spelled() -> Iterator[tuple[Call, tuple[int, ...], str]]:
    """Yield every call with its axes and the text of its arguments."""
    for call in CALLS:
        yield call, AXES[-1], "axis=None"
        for k, axes in enumerate(AXES):
            if call.one and len(axes) > 1:
                continue
            axis = repr(axes[0] if len(axes) == 1 else axes)
            keepdims = ", keepdims=True" if k % 3 == 1 else ""
            yield call, axes, f"axis={axis}{keepdims}"
    for call in OF_EVERYTHING:
        yield call, AXES[-1], ""


def _formulas(voxels: int) -> list[tuple[str, str]]:
    """Return what is swept for slices of some size: our formulas and NumPy's."""
    return [
        (call.text.replace("AXES", text), (call.expected or call.text).replace("AXES", text))
        for call, axes, text in _spelled()
        if voxels < LARGE or not _long(call, axes)
    ]


def _long(call: Call, axes: tuple[int, ...]) -> bool:
    """Tell whether a large slice takes long: where it is kept, or half of it."""
    left = len({0, 1} - set(axes))
    return left == 1 or (left == 2 and call.name in SLOW)


def _images(plane: tuple[int, int], dtype: np.dtype[Any]) -> dict[str, np.ndarray]:
    """Return images whose slices differ by more than the voxels of one slice."""
    rng = np.random.default_rng(plane[0])
    shape = (*plane, 3 if math.prod(plane) < LARGE else 2, 2)
    slices = 10 * np.arange(math.prod(shape[2:])).reshape(shape[2:])
    images = {
        "a": rng.uniform(1, 20, shape) + slices,
        "p": 1.0 + 0.001 * rng.normal(size=shape),
        "e": rng.integers(0, 3, shape) // 2,
        "w": rng.integers(1, 5, shape),
    }
    if dtype.kind != "f":
        # Few factors beyond 1, so that the product of all of them fits.
        factors = np.ones(shape)
        factors.flat[:: factors.size // 5 + 1] = 2
        images["p"] = factors
    images = {name: image.astype(dtype) for name, image in images.items()}
    images["h"] = images["a"].copy()
    if dtype.kind == "f":
        images["h"][rng.random(shape) < 0.1] = np.nan
    images["m"] = (rng.random(shape) < 0.6).astype(np.uint8)
    images["v"] = (rng.random(shape[:3]) < 0.6).astype(np.uint8)
    images["m"][0, 0, 0, 0] = images["v"][0, 0, 0] = 1
    return images


def _expected(formula: str, wide: dict[str, Any]) -> Any:
    """Return what NumPy makes of a formula in float64; None where it has no answer."""
    try:
        return reference(formula, wide)
    except ValueError as error:
        if "All-NaN" not in str(error):
            raise
        return None


def _wrong(formula: str, images: dict[str, Any], expected: Any) -> str:
    """Say what is wrong with the result of a formula; nothing where it is right."""
    try:
        found = np.asarray(compute(formula, {k: images[k] for k in input_names(formula)}))
    except FormulaError as error:
        return "" if expected is None else f"{formula}: {error}"
    if expected is None:
        return f"{formula}: {found} where NumPy refuses"
    if found.shape != np.shape(expected):
        return f"{formula}: shape {found.shape} where NumPy has {np.shape(expected)}"
    loose = LOOSE.get(found.dtype, 0)
    if np.isclose(found, expected, rtol=loose, atol=loose, equal_nan=True).all():
        return ""
    return f"{formula}: {found.ravel()[:3]} where NumPy has {np.ravel(expected)[:3]}"


def test_every_reduction_of_the_table_is_swept() -> None:
    modules = (reductions, composed, order_statistics)
    rows = {row.key for module in modules for row in module.ROWS}
    assert rows == {call.name for call in CALLS + OF_EVERYTHING}


@pytest.mark.parametrize(
    ("voxels", "dtype"),
    [
        pytest.param(voxels, dtype, id=f"{voxels} voxels-{dtype}-{len(_formulas(voxels))} cases")
        for voxels in PLANES
        for dtype in DTYPES.get(voxels, USUAL)
    ],
)
def test_reductions_are_those_of_numpy(voxels: int, dtype: str) -> None:
    images = _images(PLANES[voxels], np.dtype(dtype))
    wide = {name: image.astype(float) for name, image in images.items()}
    faults = [
        wrong
        for ours, numpys in _formulas(voxels)
        if (wrong := _wrong(ours, images, _expected(numpys, wide)))
    ]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("axes", ["", ", axis=2"])
@pytest.mark.parametrize("width", [10, 1000, 10_000])
@pytest.mark.parametrize("base", [0, 2**53, 2**62, 2**63 - 2**14, -(2**63)])
def test_spread_of_64_bit_integers_keeps_to_its_bound(base: int, width: int, axes: str) -> None:
    image = np.random.default_rng(1).integers(base, base + width, (1, 1, 360), np.int64)
    numbers = [int(value) for value in image.ravel()]
    mean = Fraction(sum(numbers), len(numbers))
    exact = math.sqrt(sum((number - mean) ** 2 for number in numbers) / len(numbers))
    found = np.max(compute(f"np.std(a{axes})", {"a": image}))
    largest = max(abs(number) for number in numbers)
    assert abs(found - exact) <= 8 * 2.0**-53 * largest + 1e-6 * exact


@pytest.mark.parametrize("ndim", range(1, 7))
@pytest.mark.parametrize("dtype", ["float32", "int16"])
def test_reductions_of_every_number_of_axes(ndim: int, dtype: str) -> None:
    """An array of one or two axes is no stack of slices."""
    shape = (3, 2, 4, 2, 3, 2)[:ndim]
    images: dict[str, Any] = {
        name: image.ravel(order="F")[: math.prod(shape)].reshape(shape, order="F")
        for name, image in _images((9, 10), np.dtype(dtype)).items()
        if name in "apehw"
    }
    wide = {name: image.astype(float) for name, image in images.items()}
    for call in CALLS:
        for axis in ("None", *map(str, range(ndim)), *(() if call.one else ("(0, -1)",))):
            if axis == "(0, -1)" and ndim == 1:
                continue
            ours, numpy = (
                text.replace("AXES", f"axis={axis}") for text in (call.text, call.expected)
            )
            if wrong := _wrong(ours, images, _expected(numpy or ours, wide)):
                raise AssertionError(wrong)
