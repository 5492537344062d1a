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
from nipype_mathimg.formula.types.numtype import NumType
from nipype_mathimg.formula.types.regions import Region
from nipype_mathimg.spec import Array

__all__ = [
    "Making",
    "called",
    "imaginary",
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
    if dtype is None:
        result: Array = ufunc(*arrays)
    else:
        # The range of every integer operand is known to fit, whatever its dtype.
        casting: Any = "unsafe" if dtype.kind in "iu" else "same_kind"
        result = ufunc(*arrays, dtype=dtype, casting=casting)
    return result


def _call_checked(
    ufunc: Callable[..., Any],
    name: str,
    arrays: Sequence[Any],
    out: Region,
    regions: Sequence[Region],
) -> Array:
    """Call a ufunc in int64 and raise where the exact result has more than 64 bits."""
    exact = ufunc(*arrays, dtype=np.float64)
    result: Array = ufunc(*(_as_int64(a) for a in arrays), dtype=np.int64)
    # What wraps is wrong by 2**64 or more; what does not, by what float64 rounds off.
    if np.any(np.abs(exact - result) > 2.0**62):
        raise FormulaError(
            f"np.{name} of 64-bit integers gives {exact.flat[np.abs(exact).argmax()]:g}, "
            "which does not fit into 64 bits; compute in floating point, as in "
            "`img.astype('float64')`"
        )
    return result


def _as_int64(array: Array | Scalar) -> Array | Scalar:
    # uint64 beside a signed integer: NumPy would compute in float64.
    if isinstance(array, np.ndarray) and array.dtype == np.uint64:
        return array.astype(np.int64)
    return array


def typed(ufunc: Callable[..., Array], name: str) -> Computing:
    """Compute in the dtype of the result."""

    def compute(number: NumType, types: Sequence[NumType]) -> Compute:
        if number.checked:
            return partial(_call_checked, ufunc, name)
        return partial(_call_ufunc, ufunc, number.dtype)

    return compute


def untyped(ufunc: Callable[..., Array], name: str) -> Computing:
    """Compute in the dtypes of the operands, as a comparison does."""
    return lambda number, types: partial(_call_ufunc, ufunc, None)


def plain(function: Callable[..., Any], name: str) -> Computing:
    """Call what is no ufunc."""
    return lambda number, types: called(function)


def in_result_type(function: Callable[..., Any], name: str) -> Computing:
    """Call what is no ufunc; the operands are converted to the dtype of the result."""
    return lambda number, types: called(function, number.dtype)


def imaginary(function: Callable[..., Any], name: str) -> Computing:
    """Call what is no ufunc; its result is converted."""
    return lambda number, types: called(partial(_converted, function, number.dtype))


def _converted(function: Callable[..., Array], dtype: np.dtype[Any], x: Array) -> Array:
    return function(x).astype(dtype, copy=False)


def rounding(function: Callable[..., Array], name: str) -> Computing:
    """Leave integers as they are; before NumPy 2.1 these functions made floats of them."""

    def compute(number: NumType, types: Sequence[NumType]) -> Compute:
        if number.is_integer:
            return called(np.asarray)
        return partial(_call_ufunc, function, number.dtype)

    return compute


def magnitude(function: Callable[..., Array], name: str) -> Computing:
    """Compute the absolute value; of complex numbers it has another dtype."""

    def compute(number: NumType, types: Sequence[NumType]) -> Compute:
        making = untyped if types[0].is_complex else typed
        return making(function, name)(number, types)

    return compute


def scaled_by_power(function: Callable[..., Array], name: str) -> Computing:
    """Convert the first operand to the dtype of the result, the second to int64."""

    def compute(number: NumType, types: Sequence[NumType]) -> Compute:
        return called(partial(_scale, function, number.dtype))

    return compute


def _scale(
    function: Callable[..., Array], dtype: np.dtype[Any], x: Array, exponent: Array
) -> Array:
    return function(np.asarray(x, dtype), np.asarray(exponent, np.int64))
