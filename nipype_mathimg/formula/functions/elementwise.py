"""Functions that work voxel by voxel and take nothing but their operands."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from nipype_mathimg.formula.dtypes import NumType, inexact
from nipype_mathimg.formula.functions import bounds, calls, rules
from nipype_mathimg.formula.functions.row import Arguments, Function, Kind
from nipype_mathimg.formula.lowering import Lowering
from nipype_mathimg.formula.values import Value
from nipype_mathimg.formula.voxelwise import Rule, voxelwise
from nipype_mathimg.spec import Array

__all__ = ["ROWS", "apply"]


def apply(low: Lowering, name: str, *args: Value) -> Value:
    """Apply a function of this module to values."""
    return _BY_NAME[name](low, args)


def _row(
    name: str,
    ufunc: Callable[..., Array],
    rule: Rule,
    signature: str = "x",
    compute: calls.Making = calls.typed,
) -> Function:
    def lower(low: Lowering, args: Arguments) -> Value:
        return voxelwise(low, name, list(args.values()), rule, compute(ufunc, name))

    return Function(name, Kind.ELEMENTWISE, signature, lower)


def _two(
    name: str, ufunc: Callable[..., Array], rule: Rule, compute: calls.Making = calls.typed
) -> Function:
    return _row(name, ufunc, rule, "x1, x2", compute)


_SMALL = "`a ^ b`, or `a.astype(int)` first"

_ARITHMETIC = [
    _two("add", np.add, rules.arithmetic(bounds.add, checked=True, logical=True)),
    _two(
        "subtract", np.subtract, rules.arithmetic(bounds.subtract, checked=True, of_bools=_SMALL)
    ),
    _two("multiply", np.multiply, rules.arithmetic(bounds.multiply, checked=True, logical=True)),
    _two("divide", np.divide, rules.floating),
    _two("floor_divide", np.floor_divide, rules.arithmetic(bounds.floor_divide)),
    _two("remainder", np.remainder, rules.arithmetic(bounds.remainder)),
    _two("fmod", np.fmod, rules.arithmetic(bounds.fmod)),
    _two("power", np.power, rules.arithmetic(bounds.power)),
    _two(
        "float_power",
        np.float_power,
        lambda types: NumType(np.result_type(inexact(types), float)),
        calls.untyped,
    ),
    _row(
        "negative", np.negative, rules.arithmetic(bounds.negative, checked=True, of_bools="`~a`")
    ),
    _row("positive", np.positive, rules.arithmetic(lambda a: a, of_bools="`a` itself")),
    _row("absolute", np.absolute, rules.magnitude, compute=calls.magnitude),
    _row("fabs", np.fabs, rules.real_floating),
    _row("square", np.square, rules.arithmetic(bounds.square)),
    _row("sign", np.sign, rules.arithmetic(bounds.clip_sign, of_bools="`a` itself")),
    _row("reciprocal", np.reciprocal, rules.floating),
    _row("sqrt", np.sqrt, rules.floating),
    _row("cbrt", np.cbrt, rules.real_floating),
    _two("maximum", np.maximum, rules.arithmetic(bounds.larger, logical=True)),
    _two("minimum", np.minimum, rules.arithmetic(bounds.smaller, logical=True)),
    _two("fmax", np.fmax, rules.arithmetic(bounds.larger, logical=True)),
    _two("fmin", np.fmin, rules.arithmetic(bounds.smaller, logical=True)),
    _two("hypot", np.hypot, rules.real_floating),
    _two("copysign", np.copysign, rules.real_floating),
    _two("nextafter", np.nextafter, rules.real_floating),
    _two("heaviside", np.heaviside, rules.real_floating),
    _two("ldexp", np.ldexp, rules.scaled_by_power, compute=calls.scaled_by_power),
    _row("spacing", np.spacing, rules.real_floating),
    _two("gcd", np.gcd, rules.integers(bounds.gcd)),
    _two("lcm", np.lcm, rules.integers(bounds.lcm)),
]

_EXPONENTS = [
    _row(name, getattr(np, name), rules.floating)
    for name in ("exp", "exp2", "expm1", "log", "log2", "log10", "log1p")
] + [_two(name, getattr(np, name), rules.real_floating) for name in ("logaddexp", "logaddexp2")]

_TRIGONOMETRY = [
    *(
        _row(name, getattr(np, name), rules.floating)
        for name in (
            "sin", "cos", "tan", "arcsin", "arccos", "arctan",
            "sinh", "cosh", "tanh", "arcsinh", "arccosh", "arctanh",
        )
    ),
    *(
        _row(name, getattr(np, name), rules.real_floating)
        for name in ("deg2rad", "rad2deg", "degrees", "radians")
    ),
    _two("arctan2", np.arctan2, rules.real_floating),
    _row("sinc", np.sinc, rules.floating, compute=calls.in_result_type),
]  # fmt: skip

_COMPARISONS = [
    *(
        _two(name, getattr(np, name), rules.comparison, calls.untyped)
        for name in ("less", "less_equal", "greater", "greater_equal")
    ),
    _two("equal", np.equal, rules.truth, calls.untyped),
    _two("not_equal", np.not_equal, rules.truth, calls.untyped),
]

_LOGIC = [
    _two("logical_and", np.logical_and, rules.truth, calls.untyped),
    _two("logical_or", np.logical_or, rules.truth, calls.untyped),
    _two("logical_xor", np.logical_xor, rules.truth, calls.untyped),
    _row("logical_not", np.logical_not, rules.truth, compute=calls.untyped),
]

_BITS = [
    _two("bitwise_and", np.bitwise_and, rules.bits(bounds.combine_bits)),
    _two("bitwise_or", np.bitwise_or, rules.bits(bounds.combine_bits)),
    _two("bitwise_xor", np.bitwise_xor, rules.bits(bounds.combine_bits)),
    _row("invert", np.invert, rules.inverted),
    _two("left_shift", np.left_shift, rules.integers(bounds.left_shift)),
    _two("right_shift", np.right_shift, rules.integers(bounds.right_shift)),
    _row("bitwise_count", np.bitwise_count, rules.counted_bits, compute=calls.untyped),
]

_FLOAT_TESTS = [
    _row("isnan", np.isnan, rules.truth, compute=calls.untyped),
    _row("isinf", np.isinf, rules.truth, compute=calls.untyped),
    _row("isfinite", np.isfinite, rules.truth, compute=calls.untyped),
    _row("signbit", np.signbit, rules.comparison, compute=calls.untyped),
    _row("isposinf", np.isposinf, rules.comparison, compute=calls.plain),
    _row("isneginf", np.isneginf, rules.comparison, compute=calls.plain),
    _row("isreal", np.isreal, rules.truth, compute=calls.plain),
    _row("iscomplex", np.iscomplex, rules.truth, compute=calls.plain),
]


_ROUNDING = [
    _row(name, getattr(np, name), rules.rounding, compute=calls.rounding)
    for name in ("floor", "ceil", "trunc", "rint")
]

_COMPLEX = [
    _row("real", np.real, rules.real_part, compute=calls.plain),
    _row("imag", np.imag, rules.imaginary_part, compute=calls.imaginary),
    _row("conjugate", np.conjugate, lambda types: types[0], compute=calls.untyped),
]

ROWS: tuple[Function, ...] = (
    *_ARITHMETIC,
    *_EXPONENTS,
    *_TRIGONOMETRY,
    *_ROUNDING,
    *_COMPARISONS,
    *_LOGIC,
    *_BITS,
    *_FLOAT_TESTS,
    *_COMPLEX,
)
"""The elementwise rows of the function table that take nothing but their operands."""

_BY_NAME = {row.name: row for row in ROWS}
