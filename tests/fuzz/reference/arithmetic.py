"""Arithmetic, integers, and functions whose result is always a fraction."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from nipype_mathimg.formula.functions import elementwise
from tests.fuzz.reference.alignment import aligned
from tests.fuzz.reference.calls import CALLS, made, no_complex, whole
from tests.fuzz.reference.rounding import Rounding
from tests.fuzz.reference.values import (
    RefusedError,
    Value,
    each,
    integers,
    promoted,
    valued,
)

ZEROS_UNSIGNED = ("maximum", "minimum", "fmax", "fmin")

MOST_BITS = 4000
"""A power of integers with more bits is not worked out: nothing holds it."""


def _exact(
    name: str,
    function: Callable[..., Any],
    *,
    bools: str = "",
    units: float = 2,
) -> None:
    """Add a function that keeps integers.

    `bools` says what becomes of True and False: "refused", "kept" (NumPy's own result), else
    they are integers.
    """

    def evaluate(rounding: Rounding, *args: Any) -> Value:
        values = rounding.met(aligned([valued(a) for a in args]))
        if all(v.kind == "b" for v in values) and bools:
            if bools == "refused":
                raise RefusedError("True and False are no operands here")
            return made(rounding, values, getattr(np, name)(*(v.data for v in values)))
        if whole(values):
            result = each(function, *(integers(v.data) for v in values))
            if any(not isinstance(v, int) for v in result.ravel()):
                result = result.astype(float)
            return made(rounding, values, result)
        inexact = promoted([*(v.data for v in values), np.zeros((), float)])[:-1]
        result = getattr(np, name)(*inexact)
        # The lesser and the greater of 0 and -0 are 0.
        return made(rounding, values, result + 0.0 if name in ZEROS_UNSIGNED else result, units)

    CALLS[name] = evaluate


def _floor_divide(a: int, b: int) -> Any:
    return a // b if b else float(np.floor_divide(float(a), 0.0))


def _remainder(a: int, b: int) -> Any:
    return a % b if b else math.nan


def _fmod(a: int, b: int) -> Any:
    return int(math.copysign(1, a)) * (abs(a) % abs(b)) if b else math.nan


def _power(a: int, b: int) -> Any:
    if b < 0:
        return float(np.power(float(a), float(b)))
    if abs(a) > 1 and b * abs(a).bit_length() > MOST_BITS:
        return math.copysign(math.inf, a) if b % 2 else math.inf
    return a**b


def _sign(a: int) -> int:
    return (a > 0) - (a < 0)


_exact("add", operator.add, bools="kept")
_exact("subtract", operator.sub, bools="refused")
_exact("multiply", operator.mul, bools="kept")
_exact("negative", operator.neg, bools="refused")
_exact("positive", operator.pos, bools="refused")
_exact("square", lambda a: a * a)
_exact("sign", _sign, bools="refused")
_exact("maximum", max, bools="kept", units=0)
_exact("minimum", min, bools="kept", units=0)
_exact("fmax", max, bools="kept", units=0)
_exact("fmin", min, bools="kept", units=0)
_exact("floor_divide", _floor_divide)
_exact("remainder", _remainder)
_exact("fmod", _fmod)
_exact("power", _power, units=16)
_exact("real", lambda a: a, bools="kept", units=0)
_exact("conjugate", lambda a: a, units=0)
for _name in ("floor", "ceil", "trunc", "rint"):
    _exact(_name, lambda a: a, units=0)


def _of_integers(name: str, function: Callable[..., Any], *, bools: bool = False) -> None:
    """Add a function of integers only."""

    def evaluate(rounding: Rounding, *args: Any) -> Value:
        values = rounding.met(aligned([valued(a) for a in args]))
        if not whole(values):
            raise RefusedError(f"np.{name} takes integers")
        if bools and all(v.kind == "b" for v in values):
            return made(rounding, values, getattr(np, name)(*(v.data for v in values)))
        return made(rounding, values, each(function, *(integers(v.data) for v in values)))

    CALLS[name] = evaluate


def _shift(a: int, b: int, left: bool) -> int:
    if b < 0:
        raise RefusedError("a shift by a negative number")
    return a << b if left else a >> b


_of_integers("gcd", math.gcd)
_of_integers("lcm", math.lcm)
_of_integers("bitwise_and", operator.and_, bools=True)
_of_integers("bitwise_or", operator.or_, bools=True)
_of_integers("bitwise_xor", operator.xor, bools=True)
_of_integers("left_shift", lambda a, b: _shift(a, b, True))
_of_integers("right_shift", lambda a, b: _shift(a, b, False))
_of_integers("bitwise_count", lambda a: abs(a).bit_count())


def _floating(name: str, *, real: bool = False, units: float = 8) -> None:
    """Add a function whose result is always a fraction."""

    def evaluate(rounding: Rounding, *args: Any) -> Value:
        values = rounding.met(aligned([valued(a) for a in args]))
        if real:
            no_complex(values)
        inexact = promoted([*(v.data for v in values), np.zeros((), float)])[:-1]
        if inexact[0].dtype.kind == "c" or name == "sinc":
            # These first compute something of the operand: its product with pi, its square.
            inexact = [rounding.operand(x, any(v.single for v in values)) for x in inexact]
        inexact = rounding.narrowed(inexact, any(v.single for v in values))
        if name == "copysign":  # NaN is positive: the rule of the guide
            inexact[1] = np.where(np.isnan(inexact[1]), 1, inexact[1])
        return made(rounding, values, getattr(np, name)(*inexact), units)

    CALLS[name] = evaluate


for _name in [
    "divide",
    "reciprocal",
    "sqrt",
    "exp",
    "exp2",
    "expm1",
    "log",
    "log2",
    "log10",
    "log1p",
    "sin",
    "cos",
    "tan",
    "arcsin",
    "arccos",
    "arctan",
    "sinh",
    "cosh",
    "tanh",
    "arcsinh",
    "arccosh",
    "arctanh",
    "sinc",
]:
    _floating(_name)
for _name in [
    "fabs",
    "cbrt",
    "hypot",
    "copysign",
    "heaviside",
    "logaddexp",
    "logaddexp2",
    "arctan2",
    "deg2rad",
    "rad2deg",
    "degrees",
    "radians",
]:
    _floating(_name, real=True)
_floating("float_power", units=16)
for _row in elementwise.ROWS:
    if _row.name not in CALLS and hasattr(np, _row.name):
        # What a new row is until somebody says better.
        _floating(_row.name, real=True)
