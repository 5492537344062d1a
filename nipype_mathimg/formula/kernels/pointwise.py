"""How the elementwise functions are computed: the calls of NumPy behind their rows.

A `Making` chooses the kernel of a call once the types of its operands and of its result are known.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from nipype_mathimg.errors import FormulaError
from nipype_mathimg.formula.kernels.kernel import Blockwise, Kernel, MakeKernel, Scalar
from nipype_mathimg.formula.types.numtype import NumType, integer_bounds
from nipype_mathimg.frozen import Frozen
from nipype_mathimg.spec import Array

__all__ = [
    "Apply",
    "ApplyChecked",
    "ApplySaturated",
    "Call",
    "ConvertAfter",
    "LargestMagnitude",
    "Making",
    "ScaleByPower",
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

Making = Callable[[str, Callable[..., Any]], MakeKernel]
"""From the name of a function and NumPy's function to what makes its kernel."""


class Call(Frozen, Blockwise):
    """Calls a function that is no ufunc.

    Parameters
    ----------
    name : str
        Name of the function.
    function : callable
        Of NumPy.
    dtype : numpy.dtype, optional
        To which the operands are converted beforehand.
    """

    name: str
    function: Callable[..., Any]
    dtype: np.dtype[Any] | None = None

    def __call__(self, *blocks: Array) -> Array:
        """Call the function with the blocks."""
        dtype = self.dtype
        if dtype is not None:
            blocks = tuple(np.asarray(block).astype(dtype, copy=False) for block in blocks)
        result: Array = self.function(*blocks)
        return result


class ConvertAfter(Frozen, Blockwise):
    """Calls a function that is no ufunc, and converts its result; parameters as for `Call`."""

    name: str
    function: Callable[..., Array]
    dtype: np.dtype[Any]

    def __call__(self, block: Array) -> Array:
        """Call the function with the block."""
        return self.function(block).astype(self.dtype, copy=False)


class Apply(Frozen, Blockwise):
    """Calls a ufunc.

    Parameters
    ----------
    name : str
        Name of the function.
    ufunc : callable
        Of NumPy.
    dtype : numpy.dtype, optional
        Of the computation, where that is the dtype of its result; else the operands decide.
    """

    name: str
    ufunc: Callable[..., Any]
    dtype: np.dtype[Any] | None

    def __call__(self, *blocks: Array) -> Array:
        """Call the ufunc with the blocks."""
        dtype = self.dtype
        # A number beside an array of floats takes its precision, as one of Python does.
        weak = any(block.ndim for block in blocks) and (dtype is None or dtype.kind in "fc")
        operands = [_plain(block) for block in blocks] if weak else blocks
        if dtype is None:
            result: Array = self.ufunc(*operands)
        else:
            # The range of every integer operand is known to fit, whatever its dtype.
            casting: Any = "unsafe" if dtype.kind in "iu" else "same_kind"
            result = self.ufunc(*operands, dtype=dtype, casting=casting)
        return result


def _plain(array: Array) -> Array | Scalar:
    """Return a number as one of Python."""
    if array.ndim:
        return array
    number: Scalar = array.item()
    return number


class ApplyChecked(Frozen, Blockwise):
    """Calls a ufunc in 64 bits; parameters as for `Apply`."""

    name: str
    ufunc: Callable[..., Any]
    dtype: np.dtype[Any]

    def __call__(self, *blocks: Array) -> Array:
        """Call the ufunc; raise a FormulaError where the exact result has more bits."""
        exact = self.ufunc(*blocks, dtype=np.float64)
        result: Array = self.ufunc(*(b.astype(self.dtype) for b in blocks), dtype=self.dtype)
        # What wraps is wrong by 2**64 or more; what does not, by what float64 rounds off.
        if np.any(np.abs(exact - result) > 2.0**62):
            raise FormulaError(
                f"np.{self.name} of 64-bit integers gives {exact.flat[np.abs(exact).argmax()]:g}, "
                "which does not fit into 64 bits; compute in floating point, as in "
                "`img.astype('float64')`"
            )
        return result


class ApplySaturated(Frozen, Blockwise):
    """Compares integers of which those outside of a dtype are moved to its ends.

    Where the result is known to lie inside, these never win, or win at the end itself. Parameters
    as for `Apply`.
    """

    name: str
    ufunc: Callable[..., Array]
    dtype: np.dtype[Any]

    def __call__(self, *blocks: Array) -> Array:
        """Compare the blocks."""
        result: Array = self.ufunc(*(_moved_inside(block, self.dtype) for block in blocks))
        return result


def _moved_inside(array: Array, dtype: np.dtype[Any]) -> Array:
    own, limits = integer_bounds(array.dtype), integer_bounds(dtype)
    if own is None or limits is None:
        raise AssertionError(f"{array.dtype} or {dtype} is no integer")
    # Of the dtype of the array: before NumPy 2 a plain number makes floats of some integers.
    ends = (max(own[0], limits[0]), min(own[1], limits[1]))
    inside = np.clip(array, *map(array.dtype.type, ends))
    return np.asarray(inside).astype(dtype)


class LargestMagnitude(Frozen, Blockwise):
    """The absolute value of 64-bit integers, in uint64; parameters as for `Call`."""

    name: str
    function: Callable[..., Array]

    def __call__(self, block: Array) -> Array:
        """Return the absolute values of a block."""
        # In int64 the absolute value of -2**63 wraps to itself: these bits are 2**63 in uint64.
        signed = block.dtype.kind == "i"
        values = self.function(block.astype(np.int64)) if signed else block
        return np.asarray(values).astype(np.uint64)


class ScaleByPower(Frozen, Blockwise):
    """Scales by powers, as `numpy.ldexp`; parameters as for `Call`, the dtype is the result's."""

    name: str
    function: Callable[..., Array]
    dtype: np.dtype[Any]

    def __call__(self, block: Array, exponent: Array) -> Array:
        """Scale a block."""
        return self.function(np.asarray(block, self.dtype), np.asarray(exponent, np.int64))


# Which kernel a call takes, from its types


def typed(name: str, ufunc: Callable[..., Array]) -> MakeKernel:
    """Compute in the dtype of the result."""

    def make(number: NumType, _: Sequence[NumType]) -> Kernel:
        return (ApplyChecked if number.checked else Apply)(name, ufunc, number.dtype)

    return make


def extreme(name: str, ufunc: Callable[..., Array]) -> MakeKernel:
    """Compute in the dtype of the result, which may be too narrow for an operand."""

    def make(number: NumType, types: Sequence[NumType]) -> Kernel:
        if number.is_integer and any(
            np.promote_types(t.dtype, number.dtype).kind == "f" for t in types
        ):
            return ApplySaturated(name, ufunc, number.dtype)
        return typed(name, ufunc)(number, types)

    return make


def untyped(name: str, ufunc: Callable[..., Array]) -> MakeKernel:
    """Compute in the dtypes of the operands, as a comparison does."""
    return lambda _number, _types: Apply(name, ufunc, None)


def plain(name: str, function: Callable[..., Any]) -> MakeKernel:
    """Call what is no ufunc."""
    return lambda _number, _types: Call(name, function)


def in_result_type(name: str, function: Callable[..., Any]) -> MakeKernel:
    """Call what is no ufunc; the operands are converted to the dtype of the result."""
    return lambda number, _types: Call(name, function, number.dtype)


def converted_after(name: str, function: Callable[..., Any]) -> MakeKernel:
    """Call what is no ufunc; its result is converted."""
    return lambda number, _types: ConvertAfter(name, function, number.dtype)


def rounding(name: str, function: Callable[..., Array]) -> MakeKernel:
    """Leave integers as they are; before NumPy 2.1 these functions made floats of them."""

    def make(number: NumType, _: Sequence[NumType]) -> Kernel:
        if number.is_integer:
            return Call(name, np.asarray, number.dtype)
        return Apply(name, function, number.dtype)

    return make


def magnitude(name: str, function: Callable[..., Array]) -> MakeKernel:
    """Compute the absolute value; of complex numbers it has another dtype."""

    def make(number: NumType, types: Sequence[NumType]) -> Kernel:
        if number.dtype == np.uint64:
            return LargestMagnitude(name, function)
        making = untyped if types[0].is_complex else typed
        return making(name, function)(number, types)

    return make


def scaled_by_power(name: str, function: Callable[..., Array]) -> MakeKernel:
    """Convert the first operand to the dtype of the result, the second to int64."""
    return lambda number, _types: ScaleByPower(name, function, number.dtype)
