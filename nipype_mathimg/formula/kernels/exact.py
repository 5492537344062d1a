"""Division and rounding of integers without a loss of digits; zeros and NaN without a sign."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from nipype_mathimg.formula.kernels.kernel import Blockwise, Kernel, MakeKernel
from nipype_mathimg.formula.kernels.pointwise import Making, typed
from nipype_mathimg.formula.types.numtype import NumType, fit, hull
from nipype_mathimg.frozen import Frozen
from nipype_mathimg.spec import Array

__all__ = [
    "Divide",
    "DivideMagnitudes",
    "PositiveZeros",
    "RoundIntegers",
    "copysign",
    "divided",
    "signbit",
    "zeros_unsigned",
]


class PositiveZeros(Frozen, Blockwise):
    """Makes the zeros of another kernel's result positive.

    Parameters
    ----------
    name : str
        Name of the function.
    kernel : Kernel
        Computes the result, of floating point.
    """

    name: str
    kernel: Kernel

    def __call__(self, *blocks: Array) -> Array:
        """Compute a block."""
        result = np.asarray(self.kernel.compute(blocks, (), ()))
        unsigned: Array = np.add(result, 0.0, out=result)
        return unsigned


class Divide(Frozen, Blockwise):
    """Divides integers exactly where the divisor may be 0, which gives infinity or NaN.

    Parameters
    ----------
    name : str
        Name of the function.
    ufunc : callable
        Of NumPy: a division, or its remainder.
    dtype : numpy.dtype
        int64 or uint64, which holds both operands.
    """

    name: str
    ufunc: Callable[..., Array]
    dtype: np.dtype[Any]

    def __call__(self, x: Array, y: Array) -> Array:
        """Divide two blocks; the result is float64."""
        dividend, divisor = x.astype(self.dtype), y.astype(self.dtype)
        unsafe = divisor == 0
        if self.dtype.kind == "i":
            unsafe |= divisor == -1  # -2**63 // -1 has more than 64 bits
        # Integers of NumPy divided by 0 give 0: those places take the quotient of floats below.
        exact = self.ufunc(dividend, np.where(unsafe, self.dtype.type(1), divisor))
        rough = self.ufunc(x.astype(np.float64), y.astype(np.float64))
        # Rounded once, at the end: as floats, operands above 2**53 would lose digits beforehand.
        return np.where(unsafe, rough, exact.astype(np.float64))


class DivideMagnitudes(Frozen, Blockwise):
    """Divides integers that no dtype of 64 bits holds together: uint64 and negative ones.

    Parameters
    ----------
    name : str
        Name of the function: floor_divide, remainder or fmod.
    ufunc : callable
        The same of NumPy, for divisors of 0.
    dtype : numpy.dtype
        Of the result: an integer one, or float64 where the divisor may be 0.
    """

    name: str
    ufunc: Callable[..., Array]
    dtype: np.dtype[Any]

    def __call__(self, x: Array, y: Array) -> Array:
        """Divide two blocks: without signs, which the result gets at the end."""
        # Python's rules: // rounds down, % has the sign of the divisor, fmod that of the dividend.
        # With 1 in the place of 0 nothing is divided by zero, of which NumPy would warn.
        divisor = _magnitude(y)
        zero = divisor == 0
        quotient, rest = np.divmod(_magnitude(x), np.where(zero, np.uint64(1), divisor))
        differ, inexact = (x < 0) != (y < 0), rest != 0
        if self.name == "floor_divide":
            size, negative = quotient + (differ & inexact), differ
        elif self.name == "remainder":
            # It has the sign of the divisor: down from the multiple below, or up to the one above.
            size, negative = np.where(differ & inexact, divisor - rest, rest), y < 0
        else:
            size, negative = rest, x < 0
        # Sizes of 2**63 and more are met in float64 only.
        unsigned = size.astype(self.dtype)
        # Not -unsigned: integers have no negative zero.
        exact: Array = np.where(negative, 0 - unsigned, unsigned)
        if not zero.any():
            return exact
        return np.where(zero, self.ufunc(x.astype(np.float64), y.astype(np.float64)), exact)


def _magnitude(values: Array) -> Array:
    if values.dtype.kind == "u":
        return values.astype(np.uint64)
    # Of -2**63, whose size int64 does not have, NumPy gives the bits that uint64 reads as 2**63.
    size: Array = np.abs(values.astype(np.int64)).astype(np.uint64)
    return size


class RoundIntegers(Frozen, Blockwise):
    """Rounds integers to multiples of a power of ten, half to even.

    Parameters
    ----------
    zeros : int
        Which power of ten.
    dtype : numpy.dtype
        An integer dtype that holds operand and result.
    """

    name = "round"
    zeros: int
    dtype: np.dtype[Any]

    def __call__(self, block: Array) -> Array:
        """Round a block."""
        values: Array = np.asarray(block).astype(self.dtype, copy=False)
        step = 10 ** max(self.zeros, 0)
        if step == 1:
            return values
        if step > np.iinfo(self.dtype).max:
            return np.zeros_like(values)  # a multiple other than 0 would not fit the dtype
        # divmod rounds down, so the rest is never negative, and one rule serves both signs.
        quotient, rest = np.divmod(values, self.dtype.type(step))
        half = self.dtype.type(step // 2)
        up = (rest > half) | ((rest == half) & (quotient % 2 == 1))
        result: Array = (quotient + up) * self.dtype.type(step)
        return result


def signbit(values: Array) -> Array:
    """Return where a sign is negative; NaN has none, though its bits have.

    IEEE 754 leaves open which sign the NaN of 0 / 0 has (section 6.3), and processors differ.
    """
    negative: Array = np.asarray(np.signbit(values))
    np.logical_and(negative, np.equal(values, values), out=negative)
    return negative


def copysign(values: Array, signs: Array) -> Array:
    """Return values with the signs of others, positive where these are NaN: see `signbit`."""
    result: Array = np.asarray(np.copysign(values, signs))
    np.absolute(result, out=result, where=np.isnan(signs))
    return result


def divided(name: str, ufunc: Callable[..., Array]) -> MakeKernel:
    """Divide in the dtype of the result; integers exactly."""

    def make(number: NumType, types: Sequence[NumType]) -> Kernel:
        bounds = hull(*(t.bounds for t in types))
        together = None if bounds is None else fit(bounds)
        if bounds is not None and together is None:
            return DivideMagnitudes(name, ufunc, number.dtype)
        if number.is_integer or together is None:
            return typed(name, ufunc)(number, types)
        return Divide(name, ufunc, np.dtype(np.uint64 if together == np.uint64 else np.int64))

    return make


def zeros_unsigned(making: Making) -> Making:
    """Return what makes zeros positive that two zeros, or integers as floats, gave.

    Which of 0 and -0 the functions of NumPy take for the smaller depends on where an element
    stands and on the processor. Integers have one zero only, also where they are computed in
    float64.
    """

    def changed(name: str, function: Callable[..., Any]) -> MakeKernel:
        chosen = making(name, function)

        def make(number: NumType, types: Sequence[NumType]) -> Kernel:
            kernel = chosen(number, types)
            either = name in ("maximum", "minimum", "fmax", "fmin")
            if number.dtype.kind != "f" or not (either or all(t.is_integer for t in types)):
                return kernel
            return PositiveZeros(name, kernel)

        return make

    return changed
