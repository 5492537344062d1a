"""Functions that work voxel by voxel."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nipype_mathimg.errors import FormulaError
from nipype_mathimg.formula.casting import Cast, cast_type
from nipype_mathimg.formula.dtypes import NumType, common, inexact
from nipype_mathimg.formula.functions import bounds, rules
from nipype_mathimg.formula.functions.row import Arguments, Function, Kind
from nipype_mathimg.formula.graph import Compute, Scalar
from nipype_mathimg.formula.lowering import Computing, Lowering, Rule
from nipype_mathimg.formula.regions import Region
from nipype_mathimg.formula.values import Value
from nipype_mathimg.spec import Array

__all__ = ["ROWS", "apply", "converted"]


@dataclass(frozen=True, slots=True)
class _Ufunc:
    """Calls a ufunc; in `dtype` where its result has the dtype of its computation."""

    ufunc: Callable[..., Any]
    dtype: np.dtype[Any] | None

    def __call__(self, arrays: Sequence[Any], out: Region, regions: Sequence[Region]) -> Array:
        if self.dtype is None:
            result: Array = self.ufunc(*arrays)
        else:
            # The range of every integer operand is known to fit, whatever its dtype.
            casting: Any = "unsafe" if self.dtype.kind in "iu" else "same_kind"
            result = self.ufunc(*arrays, dtype=self.dtype, casting=casting)
        return result


@dataclass(frozen=True, slots=True)
class _Checked:
    """Calls a ufunc in int64 and raises where the exact result has more than 64 bits."""

    ufunc: Callable[..., Any]
    name: str

    def __call__(self, arrays: Sequence[Any], out: Region, regions: Sequence[Region]) -> Array:
        exact = self.ufunc(*arrays, dtype=np.float64)
        result: Array = self.ufunc(*(_as_int64(a) for a in arrays), dtype=np.int64)
        # What wraps is wrong by 2**64 or more; what does not, by what float64 rounds off.
        if np.any(np.abs(exact - result) > 2.0**62):
            raise FormulaError(
                f"np.{self.name} of 64-bit integers gives {exact.flat[np.abs(exact).argmax()]:g}, "
                "which does not fit into 64 bits; compute in floating point, as in "
                "`img.astype('float64')`"
            )
        return result


def _as_int64(array: Array | Scalar) -> Array | Scalar:
    # uint64 beside a signed integer: NumPy would compute in float64.
    if isinstance(array, np.ndarray) and array.dtype == np.uint64:
        return array.astype(np.int64)
    return array


@dataclass(frozen=True, slots=True)
class _Plain:
    """Calls a function of the operands, converted to `dtype` beforehand where given."""

    function: Callable[..., Any]
    dtype: np.dtype[Any] | None = None

    def __call__(self, arrays: Sequence[Any], out: Region, regions: Sequence[Region]) -> Array:
        if self.dtype is not None:
            arrays = [np.asarray(array).astype(self.dtype, copy=False) for array in arrays]
        result: Array = self.function(*arrays)
        return result


_Making = Callable[[Callable[..., Array], str], Computing]
"""From a function of NumPy and its name to what makes its computation."""


def _typed(ufunc: Callable[..., Array], name: str) -> Computing:
    def compute(number: NumType, types: Sequence[NumType]) -> Compute:
        return _Checked(ufunc, name) if number.checked else _Ufunc(ufunc, number.dtype)

    return compute


def _untyped(ufunc: Callable[..., Array], name: str) -> Computing:
    return lambda number, types: _Ufunc(ufunc, None)


def apply(low: Lowering, name: str, *args: Value) -> Value:
    """Apply an elementwise function of the table to values."""
    return _BY_NAME[name](low, args)


def _row(
    name: str,
    ufunc: Callable[..., Array],
    rule: Rule,
    signature: str = "x",
    compute: _Making = _typed,
) -> Function:
    def lower(low: Lowering, args: Arguments) -> Value:
        return low.elementwise(name, list(args.values.values()), rule, compute(ufunc, name))

    return Function(name, Kind.ELEMENTWISE, signature, lower)


def _two(
    name: str, ufunc: Callable[..., Array], rule: Rule, compute: _Making = _typed
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
        _untyped,
    ),
    _row(
        "negative", np.negative, rules.arithmetic(bounds.negative, checked=True, of_bools="`~a`")
    ),
    _row("positive", np.positive, rules.arithmetic(lambda a: a, of_bools="`a` itself")),
    _row("absolute", np.absolute, rules.magnitude, compute=lambda f, n: _magnitude),
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
    _two("ldexp", np.ldexp, rules.scaled_by_power, compute=lambda f, n: _in_result_type_first(f)),
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
    _row("sinc", np.sinc, rules.floating, compute=lambda f, n: _in_result_type(f)),
]  # fmt: skip

_COMPARISONS = [
    *(
        _two(name, getattr(np, name), rules.comparison, _untyped)
        for name in ("less", "less_equal", "greater", "greater_equal")
    ),
    _two("equal", np.equal, rules.truth, _untyped),
    _two("not_equal", np.not_equal, rules.truth, _untyped),
]

_LOGIC = [
    _two("logical_and", np.logical_and, rules.truth, _untyped),
    _two("logical_or", np.logical_or, rules.truth, _untyped),
    _two("logical_xor", np.logical_xor, rules.truth, _untyped),
    _row("logical_not", np.logical_not, rules.truth, compute=_untyped),
]

_BITS = [
    _two("bitwise_and", np.bitwise_and, rules.bits(bounds.combine_bits)),
    _two("bitwise_or", np.bitwise_or, rules.bits(bounds.combine_bits)),
    _two("bitwise_xor", np.bitwise_xor, rules.bits(bounds.combine_bits)),
    _row("invert", np.invert, rules.inverted),
    _two("left_shift", np.left_shift, rules.integers(bounds.left_shift)),
    _two("right_shift", np.right_shift, rules.integers(bounds.right_shift)),
    _row("bitwise_count", np.bitwise_count, rules.counted_bits, compute=_untyped),
]

_FLOAT_TESTS = [
    _row("isnan", np.isnan, rules.truth, compute=_untyped),
    _row("isinf", np.isinf, rules.truth, compute=_untyped),
    _row("isfinite", np.isfinite, rules.truth, compute=_untyped),
    _row("signbit", np.signbit, rules.comparison, compute=_untyped),
    _row("isposinf", np.isposinf, rules.comparison, compute=lambda f, n: _plain(f)),
    _row("isneginf", np.isneginf, rules.comparison, compute=lambda f, n: _plain(f)),
    _row("isreal", np.isreal, rules.truth, compute=lambda f, n: _plain(f)),
    _row("iscomplex", np.iscomplex, rules.truth, compute=lambda f, n: _plain(f)),
]


def _rounding(function: Callable[..., Array], name: str) -> Computing:
    """Leave integers as they are; before NumPy 2.1 these functions made floats of them."""

    def compute(number: NumType, types: Sequence[NumType]) -> Compute:
        return _Plain(np.asarray) if number.is_integer else _Ufunc(function, number.dtype)

    return compute


_ROUNDING = [
    _row(name, getattr(np, name), rules.rounding, compute=_rounding)
    for name in ("floor", "ceil", "trunc", "rint")
]


def _magnitude(number: NumType, types: Sequence[NumType]) -> Compute:
    if types[0].is_complex:
        return _Ufunc(np.absolute, None)
    return _typed(np.absolute, "absolute")(number, types)


def _in_result_type_first(function: Callable[..., Array]) -> Computing:
    def compute(number: NumType, types: Sequence[NumType]) -> Compute:
        return _Plain(lambda x, e: function(np.asarray(x, number.dtype), np.asarray(e, np.int64)))

    return compute


def _plain(function: Callable[..., Any]) -> Callable[[NumType, Sequence[NumType]], Compute]:
    return lambda number, types: _Plain(function)


def _in_result_type(
    function: Callable[..., Any],
) -> Callable[[NumType, Sequence[NumType]], Compute]:
    return lambda number, types: _Plain(function, number.dtype)


def _real_part(types: Sequence[NumType]) -> NumType:
    (number,) = types
    if number.is_complex:
        return NumType(np.empty(0, number.dtype).real.dtype)
    return number


def _imag_part(types: Sequence[NumType]) -> NumType:
    (number,) = types
    return _real_part(types) if number.is_complex else NumType(np.dtype(np.uint8), (0, 0))


def _angle_type(types: Sequence[NumType]) -> NumType:
    return _real_part([NumType(inexact(types))])


def _angle(low: Lowering, args: Arguments) -> Value:
    in_degrees = low.flag(args["deg"], "deg")

    def compute(number: NumType, types: Sequence[NumType]) -> Compute:
        wide = inexact(types)
        return _Plain(lambda z: np.angle(z, deg=in_degrees), wide)

    return low.elementwise("angle", [args["z"]], _angle_type, compute, in_degrees)


def _round(low: Lowering, args: Arguments) -> Value:
    decimals = low.integer(args["decimals"], "decimals")
    kept = rules.rounding if decimals >= 0 else rules.real_floating

    def compute(number: NumType, types: Sequence[NumType]) -> Compute:
        return _Plain(lambda x: np.round(x, decimals), number.dtype)

    return low.elementwise("round", [args["a"]], kept, compute, decimals)


def converted(low: Lowering, value: Value, dtype: np.dtype[Any]) -> Value:
    """Convert to a dtype; a value that does not fit is an error, not another number."""
    return low.elementwise(
        "astype",
        [value],
        lambda types: cast_type(types[0], dtype),
        lambda number, types: Cast(number.dtype),
        dtype.str,
    )


def _astype(low: Lowering, args: Arguments) -> Value:
    dtype = low.dtype(args["dtype"])
    if dtype is None:
        raise low.fail("astype needs a dtype, as in `img.astype('int16')`")
    return converted(low, args["x"], dtype)


def _where(low: Lowering, args: Arguments) -> Value:
    def rule(types: Sequence[NumType]) -> NumType:
        return common(types[1:])

    def compute(number: NumType, types: Sequence[NumType]) -> Compute:
        def choose(condition: Array, x: Array, y: Array) -> Array:
            chosen = condition if types[0].is_bool else np.not_equal(condition, 0)
            x, y = (np.asarray(v).astype(number.dtype, copy=False) for v in (x, y))
            return np.where(chosen, x, y)

        return _Plain(choose)

    return low.elementwise("where", [args["condition"], args["x"], args["y"]], rule, compute)


def _select(low: Lowering, args: Arguments) -> Value:
    conditions, choices = (
        getattr(args[name], "items", None) for name in ("condlist", "choicelist")
    )
    if not conditions or not choices or len(conditions) != len(choices):
        raise low.fail(
            "np.select takes two lists of equal length: conditions, and values for them"
        )
    result = args["default"]
    where = _BY_NAME["where"]
    for condition, choice in zip(reversed(conditions), reversed(choices), strict=True):
        result = where(low, (condition, choice, result))
    return result


def _clip(low: Lowering, args: Arguments) -> Value:
    result = args["a"]
    for function, names in (("maximum", ("a_min", "min")), ("minimum", ("a_max", "max"))):
        for name in names:
            if args.given(name):
                result = apply(low, function, result, args[name])
    return result


def _nan_to_num(low: Lowering, args: Arguments) -> Value:
    nan = low.number(args["nan"], "nan")
    infinities = [
        low.number(args[name], name) if args.given(name) else None for name in ("posinf", "neginf")
    ]

    def compute(number: NumType, types: Sequence[NumType]) -> Compute:
        return _Plain(
            lambda x: np.nan_to_num(x, nan=nan, posinf=infinities[0], neginf=infinities[1])
        )

    key = (nan, *infinities)
    return low.elementwise("nan_to_num", [args["x"]], lambda types: types[0], compute, key)


def _isin(low: Lowering, args: Arguments) -> Value:
    values = low.numbers_of(args["test_elements"], "the second argument of np.isin")
    invert = low.flag(args["invert"], "invert")

    def compute(number: NumType, types: Sequence[NumType]) -> Compute:
        return _Plain(lambda x: np.isin(x, values, invert=invert))

    key = (values.dtype.str, values.tobytes(), invert)
    return low.elementwise("isin", [args["element"]], rules.truth, compute, key)


def _isclose(low: Lowering, args: Arguments) -> Value:
    rtol, atol = (low.number(args[name], name) for name in ("rtol", "atol"))
    equal_nan = low.flag(args["equal_nan"], "equal_nan")

    def compute(number: NumType, types: Sequence[NumType]) -> Compute:
        # In the operands' own dtype small unsigned integers would wrap.
        wide = np.result_type(inexact(types), float)
        return _Plain(lambda a, b: np.isclose(a, b, rtol, atol, equal_nan), wide)

    key = (rtol, atol, equal_nan)
    return low.elementwise("isclose", [args["a"], args["b"]], rules.truth, compute, key)


def _digitize(low: Lowering, args: Arguments) -> Value:
    bins = low.numbers_of(args["bins"], "the bins of np.digitize")
    right = low.flag(args["right"], "right")
    steps = np.diff(bins)
    if not (np.all(steps >= 0) or np.all(steps <= 0)):
        raise low.fail("The bins of np.digitize have to increase (or decrease) all the way")
    number = rules.arithmetic(lambda a: (0, len(bins)))([NumType(np.dtype(bool), (0, len(bins)))])

    def rule(types: Sequence[NumType]) -> NumType:
        rules.comparison(types)
        return number

    def compute(number: NumType, types: Sequence[NumType]) -> Compute:
        return _Plain(lambda x: np.digitize(x, bins, right).astype(number.dtype))

    key = (bins.dtype.str, bins.tobytes(), right)
    return low.elementwise("digitize", [args["x"]], rule, compute, key)


def _interp(low: Lowering, args: Arguments) -> Value:
    xp, fp = (low.numbers_of(args[k], f"{k} of np.interp").astype(float) for k in ("xp", "fp"))
    if len(xp) != len(fp) or not len(xp) or np.any(np.diff(xp) < 0):
        raise low.fail("np.interp needs xp and fp of equal length, and xp in ascending order")
    ends = [low.number(args[k], k) if args.given(k) else None for k in ("left", "right")]

    def compute(number: NumType, types: Sequence[NumType]) -> Compute:
        return _Plain(
            lambda x: np.interp(x, xp, fp, left=ends[0], right=ends[1]).astype(number.dtype)
        )

    key = (xp.tobytes(), fp.tobytes(), *ends)
    return low.elementwise("interp", [args["x"]], rules.real_floating, compute, key)


_OTHERS = [
    Function("round", Kind.ELEMENTWISE, "a, decimals=0", _round),
    _row("real", np.real, _real_part, compute=lambda f, n: _plain(f)),
    _row("imag", np.imag, _imag_part, compute=lambda f, n: _in_result_type_of_imag),
    _row("conjugate", np.conjugate, lambda types: types[0], compute=_untyped),
    Function("angle", Kind.ELEMENTWISE, "z, deg=False", _angle),
    Function("astype", Kind.ELEMENTWISE, "x, dtype", _astype, method_only=True),
    Function("where", Kind.ELEMENTWISE, "condition, x, y", _where),
    Function("select", Kind.ELEMENTWISE, "condlist, choicelist, default=0", _select),
    Function("clip", Kind.ELEMENTWISE, "a, a_min=None, a_max=None, min=None, max=None", _clip),
    Function(
        "nan_to_num",
        Kind.ELEMENTWISE,
        "x, copy=True, nan=0.0, posinf=None, neginf=None",
        _nan_to_num,
    ),
    Function("isin", Kind.ELEMENTWISE, "element, test_elements, invert=False", _isin),
    Function(
        "isclose",
        Kind.ELEMENTWISE,
        "a, b, rtol=1e-05, atol=1e-08, equal_nan=False",
        _isclose,
    ),
    Function("digitize", Kind.ELEMENTWISE, "x, bins, right=False", _digitize),
    Function("interp", Kind.ELEMENTWISE, "x, xp, fp, left=None, right=None", _interp),
]


def _in_result_type_of_imag(number: NumType, types: Sequence[NumType]) -> Compute:
    return _Plain(lambda x: np.imag(x).astype(number.dtype, copy=False))


ROWS: tuple[Function, ...] = (
    *_ARITHMETIC,
    *_EXPONENTS,
    *_TRIGONOMETRY,
    *_ROUNDING,
    *_COMPARISONS,
    *_LOGIC,
    *_BITS,
    *_FLOAT_TESTS,
    *_OTHERS,
)
"""The elementwise rows of the function table."""

_BY_NAME = {row.name: row for row in ROWS}
