"""How the elementwise functions are computed: the calls of NumPy behind their rows.

Each `_call` function becomes a `Compute` when its first arguments are fixed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from nipype_mathimg.errors import FormulaError
from nipype_mathimg.formula.kernels.kernel import Compute, Computing, Scalar
from nipype_mathimg.formula.types.numtype import NumType, integer_bounds
from nipype_mathimg.formula.types.regions import Region
from nipype_mathimg.spec import Array

__all__ = [
    "Making",
    "called",
    "converted_after",
    "extreme",
    "in_result_type",
    "magnitude",
    "plain",
    "rounding",
    "scaled_by_power",
    "typed",
    "untyped",
]

Making = Callable[[Callable[..., Array], str], Computing]
"""From a function of NumPy and its name to what makes its computation."""


def called(function: Callable[..., Any], dtype: np.dtype[Any] | None = None) -> Compute:
    """Return what calls a function of the operands, converted to `dtype` beforehand if given."""
    return partial(_call, function, dtype)


def _call(
    function: Callable[..., Any],
    dtype: np.dtype[Any] | None,
    arrays: Sequence[Any],
    out: Region,
    regions: Sequence[Region],
) -> Array:
    if dtype is not None:
        arrays = [np.asarray(array).astype(dtype, copy=False) for array in arrays]
    result: Array = function(*arrays)
    return result


def _call_ufunc(
    ufunc: Callable[..., Any],
    dtype: np.dtype[Any] | None,
    arrays: Sequence[Any],
    out: Region,
    regions: Sequence[Region],
) -> Array:
    """Call a ufunc; in `dtype` where its result has the dtype of its computation."""
    # A number beside an array of floats takes its precision, as one of Python does.
    weak = any(array.ndim for array in arrays) and (dtype is None or dtype.kind in "fc")
    operands = [_plain(array) for array in arrays] if weak else arrays
    if dtype is None:
        result: Array = ufunc(*operands)
    else:
        # The range of every integer operand is known to fit, whatever its dtype.
        casting: Any = "unsafe" if dtype.kind in "iu" else "same_kind"
        result = ufunc(*operands, dtype=dtype, casting=casting)
    return result


def _plain(array: Array) -> Array | Scalar:
    """Return a number as one of Python."""
    if array.ndim:
        return array
    number: Scalar = array.item()
    return number


def _call_checked(
    ufunc: Callable[..., Any],
    name: str,
    dtype: np.dtype[Any],
    arrays: Sequence[Any],
    out: Region,
    regions: Sequence[Region],
) -> Array:
    """Call a ufunc in 64 bits and raise where the exact result has more."""
    exact = ufunc(*arrays, dtype=np.float64)
    result: Array = ufunc(*(array.astype(dtype) for array in arrays), dtype=dtype)
    # What wraps is wrong by 2**64 or more; what does not, by what float64 rounds off.
    if np.any(np.abs(exact - result) > 2.0**62):
        raise FormulaError(
            f"np.{name} of 64-bit integers gives {exact.flat[np.abs(exact).argmax()]:g}, "
            "which does not fit into 64 bits; compute in floating point, as in "
            "`img.astype('float64')`"
        )
    return result


def typed(ufunc: Callable[..., Array], name: str) -> Computing:
    """Compute in the dtype of the result."""

    def compute(number: NumType, types: Sequence[NumType]) -> Compute:
        if number.checked:
            return partial(_call_checked, ufunc, name, number.dtype)
        return partial(_call_ufunc, ufunc, number.dtype)

    return compute


def extreme(ufunc: Callable[..., Array], name: str) -> Computing:
    """Compute in the dtype of the result, which may be too narrow for an operand."""

    def compute(number: NumType, types: Sequence[NumType]) -> Compute:
        if number.is_integer and any(
            np.promote_types(t.dtype, number.dtype).kind == "f" for t in types
        ):
            return called(partial(_saturated, ufunc, number.dtype))
        return typed(ufunc, name)(number, types)

    return compute


def _saturated(ufunc: Callable[..., Array], dtype: np.dtype[Any], *arrays: Array) -> Array:
    """Compare numbers of which those outside of a dtype are moved to its ends.

    Where the result is known to lie inside, these never win, or win at the end itself.
    """
    result: Array = ufunc(*(_moved_inside(array, dtype) for array in arrays))
    return result


def _moved_inside(array: Array, dtype: np.dtype[Any]) -> Array:
    own, limits = integer_bounds(array.dtype), integer_bounds(dtype)
    if own is None or limits is None:
        raise AssertionError(f"{array.dtype} or {dtype} is no integer")
    # Of the dtype of the array: before NumPy 2 a plain number makes floats of some integers.
    ends = (max(own[0], limits[0]), min(own[1], limits[1]))
    inside = np.clip(array, *map(array.dtype.type, ends))
    return np.asarray(inside).astype(dtype)


def untyped(ufunc: Callable[..., Array], name: str) -> Computing:
    """Compute in the dtypes of the operands, as a comparison does."""
    return lambda number, types: partial(_call_ufunc, ufunc, None)


def plain(function: Callable[..., Any], name: str) -> Computing:
    """Call what is no ufunc."""
    return lambda number, types: called(function)


def in_result_type(function: Callable[..., Any], name: str) -> Computing:
    """Call what is no ufunc; the operands are converted to the dtype of the result."""
    return lambda number, types: called(function, number.dtype)


def converted_after(function: Callable[..., Any], name: str) -> Computing:
    """Call what is no ufunc; its result is converted."""
    return lambda number, types: called(partial(_converted, function, number.dtype))


def _converted(function: Callable[..., Array], dtype: np.dtype[Any], x: Array) -> Array:
    return function(x).astype(dtype, copy=False)


def rounding(function: Callable[..., Array], name: str) -> Computing:
    """Leave integers as they are; before NumPy 2.1 these functions made floats of them."""

    def compute(number: NumType, types: Sequence[NumType]) -> Compute:
        if number.is_integer:
            return called(np.asarray, number.dtype)
        return partial(_call_ufunc, function, number.dtype)

    return compute


def magnitude(function: Callable[..., Array], name: str) -> Computing:
    """Compute the absolute value; of complex numbers it has another dtype."""

    def compute(number: NumType, types: Sequence[NumType]) -> Compute:
        if number.dtype == np.uint64:
            return called(partial(_absolute, function))
        making = untyped if types[0].is_complex else typed
        return making(function, name)(number, types)

    return compute


def _absolute(function: Callable[..., Array], x: Array) -> Array:
    # In int64 the absolute value of -2**63 wraps to itself: the same bits are 2**63 in uint64.
    signed = x.dtype.kind == "i"
    return np.asarray(function(x.astype(np.int64)) if signed else x).astype(np.uint64)


def scaled_by_power(function: Callable[..., Array], name: str) -> Computing:
    """Convert the first operand to the dtype of the result, the second to int64."""

    def compute(number: NumType, types: Sequence[NumType]) -> Compute:
        return called(partial(_scale, function, number.dtype))

    return compute


def _scale(
    function: Callable[..., Array], dtype: np.dtype[Any], x: Array, exponent: Array
) -> Array:
    return function(np.asarray(x, dtype), np.asarray(exponent, np.int64))
