"""In which dtype a value is computed, so that no number is silently wrong.

Integers carry the range that they can have (`bounds`) and are computed in an integer type that
holds it; NumPy's own rule would wrap. Everything else follows NumPy's promotion (NEP 50), but
for half precision, which does not exist here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache

import numpy as np

from nipype_mathimg.frozen import Frozen

__all__ = [
    "BEYOND_INTEGERS",
    "BOOL",
    "Bounds",
    "NumType",
    "accumulated",
    "checked_type",
    "common",
    "fit",
    "hull",
    "inexact",
    "integer_bounds",
    "integer_type",
    "largest_float",
    "needs_more_than_24_bits",
    "type_of_number",
]

Bounds = tuple[int, int]

INT64 = (-(2**63), 2**63 - 1)
"""Range of int64."""

UINT64 = (0, 2**64 - 1)
"""Range of uint64."""

_FLOAT32_WHOLE = 2**24
"""Up to here float32 holds every whole number."""

# By size; of one size first the type that ANALYZE 7.5 had
# too (uint8, int16, int32), since every program reads it.
_INTEGERS = tuple(
    np.dtype(name)
    for name in ("uint8", "int8", "int16", "uint16", "int32", "uint32", "int64", "uint64")
)
_FLOAT32_MAX = float(np.finfo(np.float32).max)


class NumType(Frozen):
    """The numeric type of a value of a formula.

    Parameters
    ----------
    dtype : numpy.dtype
        Native dtype.
    bounds : tuple of int, optional
        Smallest and largest value, for bool and integer dtypes.
    weak : bool
        True for a plain number (a literal, a number input, a reduction to one number): it takes
        the precision of the arrays that it meets.
    checked : bool
        True when the exact result may exceed 64 bits, so that every slab has to be checked.
    wide : bool
        True for whole numbers that are computed in float64 because they may exceed 64 bits:
        float32 would be too coarse for them, see `ArraySpec`.
    """

    dtype: np.dtype[np.generic]
    bounds: Bounds | None = None
    weak: bool = False
    checked: bool = False
    wide: bool = False

    @property
    def is_integer(self) -> bool:
        """True for bool, signed and unsigned integers."""
        return self.dtype.kind in "biu"

    @property
    def is_bool(self) -> bool:
        """True for bool."""
        return self.dtype.kind == "b"

    @property
    def is_complex(self) -> bool:
        """True for complex."""
        return self.dtype.kind == "c"


def integer_bounds(dtype: np.dtype[np.generic]) -> Bounds | None:
    """Return the range of a bool or integer dtype, None for others.

    Examples
    --------
    >>> integer_bounds(np.dtype("int16"))
    (-32768, 32767)
    """
    if dtype.kind == "b":
        return (0, 1)
    if dtype.kind in "iu":
        bits = 8 * dtype.itemsize - (dtype.kind == "i")
        return (-(2**bits) if dtype.kind == "i" else 0, 2**bits - 1)
    return None


def hull(*bounds: Bounds | None) -> Bounds | None:
    """Return the smallest range that contains all ranges; None when one is unknown."""
    known = [pair for pair in bounds if pair is not None]
    if len(known) < len(bounds) or not known:
        return None
    return (min(low for low, _ in known), max(high for _, high in known))


def fit(bounds: Bounds) -> np.dtype[np.generic] | None:
    """Return the smallest integer dtype that holds a range, None when there is none.

    Examples
    --------
    >>> fit((0, 450)), fit((-1, 2**40)), fit((-1, 2**64))
    (dtype('int16'), dtype('int64'), None)
    """
    for dtype, low, high in _ranges():
        if low <= bounds[0] and bounds[1] <= high:
            return dtype
    return None


@cache
def _ranges() -> tuple[tuple[np.dtype[np.generic], int, int], ...]:
    pairs = ((dtype, integer_bounds(dtype)) for dtype in _INTEGERS)
    return tuple((dtype, *pair) for dtype, pair in pairs if pair is not None)


def type_of_number(value: bool | int | float | complex) -> NumType:
    """Return the type of a Python number.

    A float that float32 cannot hold is not weak: beside float32 it would become infinite.
    """
    # First: to Python a bool is an int.
    if isinstance(value, bool):
        return NumType(np.dtype(bool), (int(value), int(value)), weak=True)
    if isinstance(value, int):
        dtype = fit((value, value))
        if dtype is None:
            return type_of_number(float(value))
        return NumType(dtype, (value, value), weak=True)
    if isinstance(value, complex):
        return NumType(np.dtype(complex), weak=True)
    fits = not np.isfinite(value) or abs(value) <= _FLOAT32_MAX
    return NumType(np.dtype(float), weak=fits)


# Values that every dtype of their kind holds: NumPy 1 looks at the value of a Python number, too.
_EXEMPLAR: dict[str, complex] = {"b": True, "i": 1, "u": 1, "f": 1.0, "c": 1j}


def inexact(types: Sequence[NumType]) -> np.dtype[np.generic]:
    """Return the float or complex dtype in which these operands meet.

    Integers alone meet in float64: float32 cannot hold every int32, and NumPy's choice for 8 bits
    (half precision) loses digits that the file has.
    """
    operands = [_EXEMPLAR[t.dtype.kind] if t.weak else t.dtype for t in types]
    if all(t.weak for t in types):
        operands = [t.dtype for t in types]
    result = np.result_type(*operands)
    if result.kind in "biu":
        return np.dtype(np.float64)
    if result == np.float16:
        return np.dtype(np.float32)
    return result


def largest_float(dtype: np.dtype[np.generic]) -> float:
    """Return the largest number that a float and a dtype both hold.

    Examples
    --------
    >>> largest_float(np.dtype("int16")), largest_float(np.dtype("int64"))
    (32767.0, 9.223372036854775e+18)
    """
    limits = integer_bounds(dtype)
    if limits is None:
        return float(np.finfo(np.empty(0, dtype).real.dtype.name).max)
    largest = float(limits[1])
    # float(2**63 - 1) is 2**63: one more than the largest int64.
    return largest if int(largest) <= limits[1] else math.nextafter(largest, 0)


BOOL = NumType(np.dtype(bool), (0, 1))
"""True or False."""

FRACTIONS = NumType(np.dtype(np.float64))
"""What integers give where the result may be a fraction or infinite."""

BEYOND_INTEGERS = NumType(np.dtype(np.float64), wide=True)
"""Whole numbers of more than 64 bits, of which float64 holds the leading 53."""


def integer_type(result: Bounds | None, types: Sequence[NumType], checked: bool) -> NumType:
    """Return the integer type for a range, float64 where none holds it.

    A range that only a 64-bit file makes too large (labels in int64) stays one of 64 bits and is
    checked: in float64 the low digits of large labels would be lost.
    """
    if result is None:
        return FRACTIONS
    # Operands are converted before they are computed with, so the dtype has to hold them as well.
    everything = hull(result, *(t.bounds for t in types if not t.is_bool))
    dtype = fit(everything) if everything is not None else None
    if dtype is not None:
        return NumType(dtype, result)
    if checked and any(t.bounds is not None and t.bounds[1] >= INT64[1] for t in types):
        return checked_type(result)
    return BEYOND_INTEGERS


def checked_type(result: Bounds) -> NumType:
    """Return the 64-bit type for a range that exceeds it, but the values perhaps do not."""
    dtype = np.dtype(np.uint64 if result[0] >= 0 else np.int64)
    low, high = UINT64 if result[0] >= 0 else INT64
    return NumType(dtype, (max(result[0], low), min(result[1], high)), checked=True)


def common(types: Sequence[NumType]) -> NumType:
    """One type that holds the values of every operand: the hull of integers."""
    if all(t.is_bool for t in types):
        return BOOL
    if all(t.is_integer for t in types):
        return integer_type(hull(*(t.bounds for t in types)), types, checked=True)
    return NumType(inexact(types))


def accumulated(number: NumType) -> np.dtype[np.generic]:
    """Return the dtype in which values of a type are accumulated: the widest of its kind."""
    if number.is_integer:
        return np.dtype(np.uint64 if number.dtype == np.uint64 else np.int64)
    return np.result_type(number.dtype, float)


def needs_more_than_24_bits(dtype: np.dtype[np.generic], bounds: Bounds | None) -> bool:
    """Tell whether values of a dtype, and of a range if it is known, may not fit float32.

    Examples
    --------
    >>> needs_more_than_24_bits(np.dtype("int32"), (0, 400))
    False
    >>> needs_more_than_24_bits(np.dtype("float64"), None)
    True
    """
    if bounds is not None:
        return max(-bounds[0], bounds[1]) > _FLOAT32_WHOLE
    return dtype not in (np.float32, np.complex64)
