"""Functions that work voxel by voxel and take arguments that are known before any is read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from nipype_mathimg.formula.functions.elementwise import apply
from nipype_mathimg.formula.functions.row import Arguments, Function
from nipype_mathimg.formula.graph.builder import Builder
from nipype_mathimg.formula.graph.op import Op
from nipype_mathimg.formula.graph.operands import Masked, Operand, Static, Values, is_key
from nipype_mathimg.formula.graph.voxelwise import voxelwise
from nipype_mathimg.formula.kernels.cast import Cast, cast_type
from nipype_mathimg.formula.kernels.exact import RoundIntegers
from nipype_mathimg.formula.kernels.kernel import Kernel, Table
from nipype_mathimg.formula.kernels.parametrised import (
    Angle,
    Bin,
    Choose,
    Interpolate,
    InterpolateBetween,
    IsClose,
    IsIn,
    ReplaceNan,
    Round,
)
from nipype_mathimg.formula.types import promotion, ranges
from nipype_mathimg.formula.types.numtype import NumType, common, inexact, integer_bounds
from nipype_mathimg.formula.types.regions import FULL, AxisMap, Follow
from nipype_mathimg.spec import ArraySpec

__all__ = ["ROWS", "converted"]


MOST_DECIMALS = 308
"""The decimal exponent of the largest number of 64 bits."""


def _angle(build: Builder, args: Arguments) -> Operand:
    in_degrees = build.flag(args["deg"], "deg")

    def make(_: NumType, types: Sequence[NumType]) -> Kernel:
        return Angle(in_degrees, inexact(types))

    return voxelwise(build, "angle", [args["z"]], promotion.angle, make)


def _round(build: Builder, args: Arguments) -> Operand:
    decimals = build.integer(args["decimals"], "decimals")
    if abs(decimals) > MOST_DECIMALS:
        raise build.wrong(
            args["decimals"],
            f"np.round: decimals={decimals} has to lie between -{MOST_DECIMALS} and "
            f"{MOST_DECIMALS}; no number has such a digit",
        )
    kept = promotion.arithmetic(lambda pair: ranges.rounded(pair, decimals), of_complex=False)

    def make(number: NumType, _: Sequence[NumType]) -> Kernel:
        if number.is_integer:
            return RoundIntegers(-decimals, number.dtype)
        return Round(decimals, number.dtype)

    return voxelwise(build, "round", [args["a"]], kept, make)


def converted(build: Builder, value: Operand, dtype: np.dtype[Any]) -> Operand:
    """Convert to a dtype; a value that does not fit is an error, not another number."""
    return voxelwise(
        build,
        "astype",
        [value],
        lambda types: cast_type(types[0], dtype),
        lambda number, _: Cast(number.dtype),
    )


def _astype(build: Builder, args: Arguments) -> Operand:
    dtype = build.dtype(args["dtype"])
    if dtype is None:
        raise build.fail("astype needs a dtype, as in `img.astype('int16')`")
    return converted(build, args["x"], dtype)


def _where(build: Builder, args: Arguments) -> Operand:
    def rule(types: Sequence[NumType]) -> NumType:
        return common(types[1:])

    def make(number: NumType, _: Sequence[NumType]) -> Kernel:
        return Choose(number.dtype)

    # The condition as a truth of its own gives no values to the result.
    condition = args["condition"]
    if not isinstance(condition, Op) or not condition.type.is_bool:
        condition = apply(build, "not_equal", condition, Static(0))
    return voxelwise(build, "where", [condition, args["x"], args["y"]], rule, make)


def where(build: Builder, condition: Operand, x: Operand, y: Operand) -> Operand:
    """Return x where a condition is true, else y."""
    return _where(build, Arguments(condition=condition, x=x, y=y))


def _select(build: Builder, args: Arguments) -> Operand:
    conditions, choices = (
        getattr(args[name], "items", None) for name in ("condlist", "choicelist")
    )
    if not conditions or not choices or len(conditions) != len(choices):
        raise build.fail(
            "np.select takes two lists of equal length: conditions, and values for them"
        )
    result = args["default"]
    # From the last to the first, so that the first condition that is true has the last word.
    for condition, choice in zip(reversed(conditions), reversed(choices), strict=True):
        result = where(build, condition, choice, result)
    return result


def _clip(build: Builder, args: Arguments) -> Operand:
    result = args["a"]
    # The lower end first: where the ends cross the upper one wins, as in NumPy.
    for function, names in (("maximum", ("a_min", "min")), ("minimum", ("a_max", "max"))):
        for name in names:
            if args.given(name):
                result = apply(build, function, result, args[name])
    return result


def _nan_to_num(build: Builder, args: Arguments) -> Operand:
    """Replace what is not finite; infinities by the largest number that the file can hold.

    NumPy takes the largest of the operand's dtype, which is that of the computation here: 1.8e308
    for a quotient of integers, more than the float32 of the file holds.
    """
    value = args["x"]
    op = value.op if isinstance(value, Masked) else build.array(value)
    largest = build.largest_stored(op)
    nan = build.number(args["nan"], "nan")
    posinf, neginf = (
        build.number(args[name], name) if args.given(name) else end
        for name, end in (("posinf", largest), ("neginf", -largest))
    )

    kernel = ReplaceNan(nan, posinf, neginf)
    return voxelwise(build, "nan_to_num", [value], lambda types: types[0], lambda *_: kernel)


def _labels_named(build: Builder, value: Operand, names: Operand) -> Operand:
    """Return the numbers of labels for their names."""
    from nipype_mathimg.formula.graph.parcels import label_named  # few formulas have names

    image = value.op if isinstance(value, Masked) else build.array(value)
    items = names.items if isinstance(names, Values) else (names,)
    return Values(tuple(label_named(build, image, item) for item in items))


def _isin(build: Builder, args: Arguments) -> Operand:
    elements = args["test_elements"]
    if is_key(elements):
        elements = _labels_named(build, args["element"], elements)
    values = build.numbers_of(elements, "the second argument of np.isin")
    invert = build.flag(args["invert"], "invert")

    def make(_: NumType, types: Sequence[NumType]) -> Kernel:
        own = integer_bounds(types[0].dtype)
        wanted = values
        if own is not None and values.dtype.kind in "iu":
            # Of the dtype of the image: before NumPy 2 mixtures with uint64 fail or become floats.
            inside = [one for one in values.tolist() if own[0] <= one <= own[1]]
            wanted = np.array(inside, types[0].dtype)
        return IsIn(Table.of(wanted), invert)

    return voxelwise(build, "isin", [args["element"]], promotion.truth, make)


def _isclose(build: Builder, args: Arguments) -> Operand:
    rtol, atol = (build.number(args[name], name) for name in ("rtol", "atol"))
    equal_nan = build.flag(args["equal_nan"], "equal_nan")

    def make(_: NumType, types: Sequence[NumType]) -> Kernel:
        # In the operands' own dtype small unsigned integers would wrap.
        wide = np.result_type(inexact(types), float)
        return IsClose(rtol, atol, equal_nan, wide)

    return voxelwise(build, "isclose", [args["a"], args["b"]], promotion.truth, make)


def _digitize(build: Builder, args: Arguments) -> Operand:
    bins = build.reals_of(args["bins"], "the bins of np.digitize")
    right = build.flag(args["right"], "right")
    steps = np.diff(bins)
    if not (np.all(steps >= 0) or np.all(steps <= 0)):
        raise build.fail("The bins of np.digitize have to increase (or decrease) all the way")
    number = promotion.arithmetic(lambda a: (0, len(bins)))(
        [NumType(np.dtype(bool), (0, len(bins)))]
    )

    def rule(types: Sequence[NumType]) -> NumType:
        promotion.comparison(types)
        return number

    kernel = Bin(Table.of(bins), right, number.dtype)
    return voxelwise(build, "digitize", [args["x"]], rule, lambda *_: kernel)


def _interp(build: Builder, args: Arguments) -> Operand:
    if any(isinstance(args[k], Op | Values) and not build.array(args[k]).is_constant
           for k in ("xp", "fp")):  # fmt: skip
        return _interp_between(build, args)
    xp, fp = (build.reals_of(args[k], f"{k} of np.interp").astype(float) for k in ("xp", "fp"))
    if len(xp) != len(fp) or not len(xp) or np.any(np.diff(xp) < 0):
        raise build.fail("np.interp needs xp and fp of equal length, and xp in ascending order")
    left, right = (build.number(args[k], k) if args.given(k) else None for k in ("left", "right"))

    def make(number: NumType, _: Sequence[NumType]) -> Kernel:
        return Interpolate(Table.of(xp), Table.of(fp), left, right, number.dtype)

    return voxelwise(build, "interp", [args["x"]], promotion.real_floating, make)


def _interp_between(build: Builder, args: Arguments) -> Operand:
    """Interpolate in lists that are computed, as percentiles or the edges of a histogram."""
    op, xp, fp = (build.array(args[k]) for k in ("x", "xp", "fp"))
    if op.type.is_complex or xp.type.is_complex or fp.type.is_complex:
        raise build.fail("np.interp takes real numbers")
    if xp.ndim != 1 or xp.shape != fp.shape:
        raise build.fail(
            f"np.interp: xp and fp are two lists of equal length, not {xp.shape} and {fp.shape}"
        )
    left, right = (build.number(args[k], k) if args.given(k) else None for k in ("left", "right"))
    number = NumType(inexact([op.type]))
    spec = ArraySpec(op.shape, number.dtype, op.spec.axes)
    maps: list[tuple[AxisMap, ...]] = [tuple(map(Follow, range(op.ndim))), (FULL,), (FULL,)]
    kernel = InterpolateBetween(left, right, number.dtype)
    return build.graph.add(kernel, spec, [op, xp, fp], maps, build.span)


def _row(name: str, signature: str, lower: Callable[[Builder, Arguments], Operand]) -> Function:
    return Function(name, signature, lower)


ROWS: tuple[Function, ...] = (
    _row("round", "a, decimals=0", _round),
    _row("angle", "z, deg=False", _angle),
    _row("astype", "x, dtype", _astype),
    _row("where", "condition, x, y", _where),
    _row("select", "condlist, choicelist, default=0", _select),
    _row("clip", "a, a_min=None, a_max=None, min=None, max=None", _clip),
    _row("nan_to_num", "x, copy=True, nan=0.0, posinf=None, neginf=None", _nan_to_num),
    _row("isin", "element, test_elements, invert=False", _isin),
    _row("isclose", "a, b, rtol=1e-05, atol=1e-08, equal_nan=False", _isclose),
    _row("digitize", "x, bins, right=False", _digitize),
    _row("interp", "x, xp, fp, left=None, right=None", _interp),
)
"""The elementwise rows of the function table that have static arguments."""
