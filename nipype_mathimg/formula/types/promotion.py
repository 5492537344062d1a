"""Rules of type: from the types of the operands to the type of the result."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from nipype_mathimg.formula.types.numtype import (
    BEYOND_INTEGERS,
    BOOL,
    Bounds,
    NumType,
    fit,
    inexact,
    integer_bounds,
    integer_type,
)

__all__ = [
    "Rule",
    "RuleError",
    "angle",
    "arithmetic",
    "bits",
    "comparison",
    "counted_bits",
    "extreme",
    "floating",
    "imaginary_part",
    "integers",
    "inverted",
    "logical",
    "magnitude",
    "real_floating",
    "real_part",
    "rounding",
    "scaled_by_power",
    "spread",
    "truth",
]

Rule = Callable[[Sequence[NumType]], NumType]
"""From the types of the operands to the type of the result."""

BoundsRule = Callable[..., Bounds | None]


class RuleError(Exception):
    """A rule does not allow these operands; becomes a FormulaError with its place."""


def arithmetic(
    bounds: BoundsRule,
    *,
    checked: bool = False,
    of_bools: str = "",
    logical: bool = False,
    of_complex: bool = True,
) -> Rule:
    """Return the rule of a function that keeps integers: they never wrap.

    Parameters
    ----------
    bounds : callable
        From the operands' ranges to the range of the result, None when it may be no integer.
    checked : bool
        Keep int64 where the range exceeds 64 bits and check every slab.
    of_bools : str
        What to write instead where NumPy refuses bool operands.
    logical : bool
        True and False stay so, as in NumPy: their sum is "or", their product "and".
    of_complex : bool
        NumPy knows it for complex operands.
    """

    def rule(types: Sequence[NumType]) -> NumType:
        if of_bools and all(t.is_bool for t in types):
            raise RuleError(f"True and False cannot be operands; write {of_bools}")
        if not of_complex:
            _refuse_complex(types)
        if logical and all(t.is_bool for t in types):
            return BOOL
        if not all(t.is_integer for t in types):
            return NumType(inexact(types))
        return integer_type(bounds(*(t.bounds for t in types)), types, checked)

    return rule


def extreme(bounds: BoundsRule) -> Rule:
    """Return the rule of a function that picks one of two operands by their order.

    The result may fit where the operands have no type in common: signed ones beside uint64.
    """
    keep = arithmetic(bounds, logical=True)

    def rule(types: Sequence[NumType]) -> NumType:
        number = keep(types)
        # Only where no integer holds both operands: elsewhere `keep` has found the type already.
        pair = bounds(*(t.bounds for t in types)) if number.wide else None
        dtype = fit(pair) if pair is not None else None
        return number if dtype is None else NumType(dtype, pair)

    return rule


def spread(types: Sequence[NumType]) -> NumType:
    """Return the type of the largest value of an array minus its smallest.

    It is never negative, and fits: the widest range, that of int64, is as wide as uint64.
    """
    if all(t.is_bool for t in types):
        raise RuleError("True and False cannot be operands; write `np.any(a) ^ np.all(a)`")
    high, low = (t.bounds for t in types)
    if high is None or low is None:
        return NumType(inexact(types))
    pair = (0, high[1] - low[0])
    dtype = fit(pair)
    # Modulo 2**bits of this dtype, whatever that of the operands: the difference fits.
    return BEYOND_INTEGERS if dtype is None else NumType(dtype, pair)


def _refuse_complex(types: Sequence[NumType]) -> None:
    if any(t.is_complex for t in types):
        raise RuleError("complex numbers cannot be operands; take `.real`, `.imag` or np.abs")


def floating(types: Sequence[NumType]) -> NumType:
    """Return floating point, complex for complex operands."""
    return NumType(inexact(types))


def real_floating(types: Sequence[NumType]) -> NumType:
    """Return floating point; refuse complex operands."""
    _refuse_complex(types)
    return NumType(inexact(types))


def comparison(types: Sequence[NumType]) -> NumType:
    """Return bool; complex numbers have no order."""
    _refuse_complex(types)
    return BOOL


def truth(types: Sequence[NumType]) -> NumType:
    """Return bool."""
    return BOOL


logical = truth


def scaled_by_power(types: Sequence[NumType]) -> NumType:
    """Return floating point for ``x * 2**e``; the exponent is an integer."""
    if not types[1].is_integer:
        raise RuleError("the exponent has to be an integer; convert it with `.astype(int)`")
    return real_floating(types[:1])


def magnitude(types: Sequence[NumType]) -> NumType:
    """Keep integers (without their sign) and floats; complex becomes real."""
    number = types[0]
    if number.is_complex:
        return NumType(np.empty(0, inexact(types)).real.dtype)
    if number.is_bool:
        return number

    def absolute(pair: Bounds) -> Bounds:
        low = 0 if pair[0] <= 0 <= pair[1] else min(abs(pair[0]), abs(pair[1]))
        return (low, max(abs(pair[0]), abs(pair[1])))

    return extreme(absolute)(types)


def real_part(types: Sequence[NumType]) -> NumType:
    """Return the type of the real part."""
    (number,) = types
    if number.is_complex:
        return NumType(np.empty(0, number.dtype).real.dtype)
    return number


def imaginary_part(types: Sequence[NumType]) -> NumType:
    """Return the type of the imaginary part, which is 0 for real numbers."""
    (number,) = types
    return real_part(types) if number.is_complex else NumType(np.dtype(np.uint8), (0, 0))


def angle(types: Sequence[NumType]) -> NumType:
    """Return the type of the angle of complex numbers."""
    return real_part([NumType(inexact(types))])


def rounding(types: Sequence[NumType]) -> NumType:
    """Keep integers as they are, floats in their dtype."""
    _refuse_complex(types)
    return arithmetic(lambda pair: pair)(types)


def integers(bounds: BoundsRule, remedy: str = "") -> Rule:
    """Return the rule of a function of integers only; `remedy` is for who meant another."""
    keep = arithmetic(bounds)

    def rule(types: Sequence[NumType]) -> NumType:
        if not all(t.is_integer for t in types):
            raise RuleError(
                "floating point numbers have no bits to combine; compare first, as in "
                f"`(a > 0) & (b > 0)`, or convert with `.astype(int)`{remedy}"
            )
        result = keep(types)
        if not result.is_integer:
            raise RuleError(
                "the result may not fit into 64 bits; limit the operands first, as in "
                "`np.clip(a, 0, 255)` or `a.astype('int32')`"
            )
        return result

    return rule


def counted_bits(types: Sequence[NumType]) -> NumType:
    """Return the type of a number of bits."""
    # Called for what it refuses: the type itself is known.
    integers(lambda a: (0, 64))(types)
    return NumType(np.dtype(np.uint8), (0, 64))


def bits(bounds: BoundsRule, remedy: str = "") -> Rule:
    """Return the rule of a bitwise function, which combines True and False too."""
    of_integers = integers(bounds, remedy)

    def rule(types: Sequence[NumType]) -> NumType:
        return BOOL if all(t.is_bool for t in types) else of_integers(types)

    return rule


def inverted(types: Sequence[NumType]) -> NumType:
    """Return the type of ``~a``: as in NumPy, unsigned integers count down from their largest."""
    (number,) = types
    if number.bounds is None:
        return bits(lambda pair: pair)(types)
    low, high = number.bounds
    if number.is_bool:
        return BOOL
    limits = integer_bounds(number.dtype)
    if number.dtype.kind == "u" and not number.weak and limits is not None:
        return NumType(number.dtype, (limits[1] - high, limits[1] - low))
    dtype = fit((min(low, ~high), max(high, ~low)))
    if dtype is None:
        raise RuleError("the result may not fit into 64 bits; invert an image, not a number")
    return NumType(dtype, (~high, ~low))
