"""Functions that work voxel by voxel and take nothing but their operands."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from nipype_mathimg.errors import shortened
from nipype_mathimg.formula.functions.row import Arguments, Function
from nipype_mathimg.formula.graph.builder import Builder
from nipype_mathimg.formula.graph.operands import Operand, Static
from nipype_mathimg.formula.graph.voxelwise import voxelwise
from nipype_mathimg.formula.kernels import exact, pointwise
from nipype_mathimg.formula.types import promotion, ranges
from nipype_mathimg.formula.types.numtype import NumType, inexact
from nipype_mathimg.formula.types.promotion import Rule
from nipype_mathimg.spec import Array

__all__ = ["ROWS", "apply"]


def apply(build: Builder, name: str, *args: Operand) -> Operand:
    """Apply a function of this module to values."""
    return _BY_NAME[name](build, args)


def _row(
    name: str,
    ufunc: Callable[..., Array],
    rule: Rule,
    signature: str = "x",
    make: pointwise.Making = pointwise.typed,
) -> Function:
    def lower(build: Builder, args: Arguments) -> Operand:
        return voxelwise(build, name, list(args.values()), rule, make(name, ufunc))

    return Function(name, signature, lower)


def _two(
    name: str, ufunc: Callable[..., Array], rule: Rule, make: pointwise.Making = pointwise.typed
) -> Function:
    return _row(name, ufunc, rule, "x1, x2", make)


def _xor(row: Function) -> Function:
    """Return the row of `^` with a note where elsewhere it would be a power."""

    def lower(build: Builder, args: Arguments) -> Operand:
        _, second = args.values()
        written = build.formula[slice(*build.span)]
        # A power of 0 or 1 nobody writes, and `^ 1` turns a mask of 0 and 1 round.
        power = second.value if isinstance(second, Static) else None
        if isinstance(power, int | np.integer) and power > 1 and not written.startswith("np."):
            first = written.rpartition("^")[0].strip()
            build.note(
                "values",
                f"`{shortened(written)}` flips bits (exclusive or); a power is written "
                f"`{shortened(first)}**{power}`",
            )
        return row.lower(build, args)

    return row.changed(lower=lower)


_POWER = "; a power is written `a**2`"
_SMALL = "`a ^ b`, or `a.astype(int)` first"

_UNSIGNED = exact.zeros_unsigned(pointwise.typed)
_DIVIDED = exact.zeros_unsigned(exact.divided)
_EXTREME = exact.zeros_unsigned(pointwise.extreme)

_ARITHMETIC = [
    _two("add", np.add, promotion.arithmetic(ranges.add, checked=True, logical=True)),
    _two(
        "subtract",
        np.subtract,
        promotion.arithmetic(ranges.subtract, checked=True, of_bools=_SMALL),
    ),
    _two(
        "multiply",
        np.multiply,
        promotion.arithmetic(ranges.multiply, checked=True, logical=True),
        _UNSIGNED,
    ),
    _two("divide", np.divide, promotion.floating),
    _two(
        "floor_divide",
        np.floor_divide,
        promotion.arithmetic(ranges.floor_divide, of_complex=False),
        _DIVIDED,
    ),
    _two(
        "remainder",
        np.remainder,
        promotion.arithmetic(ranges.remainder, of_complex=False),
        _DIVIDED,
    ),
    _two("fmod", np.fmod, promotion.arithmetic(ranges.fmod, of_complex=False), _DIVIDED),
    _two("power", np.power, promotion.arithmetic(ranges.power)),
    _two(
        "float_power",
        np.float_power,
        lambda types: NumType(np.result_type(inexact(types), float)),
        pointwise.untyped,
    ),
    _row(
        "negative",
        np.negative,
        promotion.arithmetic(ranges.negative, checked=True, of_bools="`~a`"),
    ),
    _row("positive", np.positive, promotion.arithmetic(lambda a: a, of_bools="`a` itself")),
    _row("absolute", np.absolute, promotion.magnitude, make=pointwise.magnitude),
    _row("fabs", np.fabs, promotion.real_floating),
    _row("square", np.square, promotion.arithmetic(ranges.square, checked=True)),
    _row("sign", np.sign, promotion.arithmetic(ranges.clip_sign, of_bools="`a` itself")),
    _row("reciprocal", np.reciprocal, promotion.floating),
    _row("sqrt", np.sqrt, promotion.floating),
    _row("cbrt", np.cbrt, promotion.real_floating),
    _two("maximum", np.maximum, promotion.extreme(ranges.larger), _EXTREME),
    _two("minimum", np.minimum, promotion.extreme(ranges.smaller), _EXTREME),
    _two("fmax", np.fmax, promotion.extreme(ranges.larger), _EXTREME),
    _two("fmin", np.fmin, promotion.extreme(ranges.smaller), _EXTREME),
    _two("hypot", np.hypot, promotion.real_floating),
    _two("copysign", exact.copysign, promotion.real_floating, pointwise.in_result_type),
    _two("nextafter", np.nextafter, promotion.real_floating),
    _two("heaviside", np.heaviside, promotion.real_floating),
    _two("ldexp", np.ldexp, promotion.scaled_by_power, make=pointwise.scaled_by_power),
    _row("spacing", np.spacing, promotion.real_floating),
    _two("gcd", np.gcd, promotion.integers(ranges.gcd)),
    _two("lcm", np.lcm, promotion.integers(ranges.lcm)),
]

_EXPONENTS = [
    _row(name, getattr(np, name), promotion.floating)
    for name in ("exp", "exp2", "expm1", "log", "log2", "log10", "log1p")
]

_TRIGONOMETRY = [
    *(
        _row(name, getattr(np, name), promotion.floating)
        for name in (
            "sin", "cos", "arcsin", "arccos", "arctan",
            "sinh", "cosh", "tanh", "arcsinh", "arccosh", "arctanh",
        )
    ),
    *(
        _row(name, getattr(np, name), promotion.real_floating)
        for name in ("deg2rad", "rad2deg", "degrees", "radians")
    ),
    _two("arctan2", np.arctan2, promotion.real_floating),
]  # fmt: skip

_COMPARISONS = [
    *(
        _two(name, getattr(np, name), promotion.comparison, pointwise.untyped)
        for name in ("less", "less_equal", "greater", "greater_equal")
    ),
    _two("equal", np.equal, promotion.truth, pointwise.untyped),
    _two("not_equal", np.not_equal, promotion.truth, pointwise.untyped),
]

_LOGIC = [
    _two("logical_and", np.logical_and, promotion.truth, pointwise.plain),
    _two("logical_or", np.logical_or, promotion.truth, pointwise.plain),
    _two("logical_xor", np.logical_xor, promotion.truth, pointwise.plain),
    _row("logical_not", np.logical_not, promotion.truth, make=pointwise.untyped),
]

_BITS = [
    _two("bitwise_and", np.bitwise_and, promotion.bits(ranges.combine_bits)),
    _two("bitwise_or", np.bitwise_or, promotion.bits(ranges.combine_bits)),
    _xor(_two("bitwise_xor", np.bitwise_xor, promotion.bits(ranges.combine_bits, _POWER))),
    _row("invert", np.invert, promotion.inverted),
    _two("left_shift", np.left_shift, promotion.integers(ranges.left_shift)),
    _two("right_shift", np.right_shift, promotion.integers(ranges.right_shift)),
    *(
        _row(name, getattr(np, name), promotion.counted_bits, make=pointwise.untyped)
        for name in ("bitwise_count",)
        if hasattr(np, name)  # of `NEEDS_NUMPY`
    ),
]

_FLOAT_TESTS = [
    _row("isnan", np.isnan, promotion.truth, make=pointwise.untyped),
    _row("isinf", np.isinf, promotion.truth, make=pointwise.untyped),
    _row("isfinite", np.isfinite, promotion.truth, make=pointwise.untyped),
    _row("signbit", exact.signbit, promotion.comparison, make=pointwise.plain),
    _row("isposinf", np.isposinf, promotion.comparison, make=pointwise.plain),
    _row("isneginf", np.isneginf, promotion.comparison, make=pointwise.plain),
    _row("isreal", np.isreal, promotion.truth, make=pointwise.plain),
    _row("iscomplex", np.iscomplex, promotion.truth, make=pointwise.plain),
]


_ROUNDING = [
    _row(name, getattr(np, name), promotion.rounding, make=pointwise.rounding)
    for name in ("floor", "ceil", "trunc", "rint")
]

_COMPLEX = [
    _row("real", np.real, promotion.real_part, make=pointwise.plain),
    _row("imag", np.imag, promotion.imaginary_part, make=pointwise.converted_after),
    _row("conjugate", np.conjugate, lambda types: types[0], make=pointwise.converted_after),
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
