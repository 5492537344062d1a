"""Functions that reduce axes, accumulated piece by piece."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from nipype_mathimg.formula.dtypes import BOOL, Bounds, NumType, fit
from nipype_mathimg.formula.extremes import ArgExtreme, Extreme
from nipype_mathimg.formula.functions.elementwise import apply, converted
from nipype_mathimg.formula.functions.operand import (
    Operand,
    floating_dtype,
    has_nan,
    operand_of,
    pair_of_rows,
    reduction_row,
    refuse_complex,
    with_axes_kept,
)
from nipype_mathimg.formula.functions.row import Arguments, Function
from nipype_mathimg.formula.graph import Op
from nipype_mathimg.formula.lowering import Lowering
from nipype_mathimg.formula.reduction import Statistic
from nipype_mathimg.formula.statistics import Product, Sum, Variance
from nipype_mathimg.formula.values import Selected, Static, Value
from nipype_mathimg.spec import Axis

__all__ = ["ROWS", "reduce_by"]

Build = Callable[[Op, int, bool], tuple[Statistic, NumType]]
"""From the operand, the number of values and whether there is a mask, to statistic and type."""


def _finish(low: Lowering, result: Op, operand: Operand, args: Arguments) -> Value:
    if "keepdims" in args.values and low.flag(args["keepdims"], "keepdims"):
        return with_axes_kept(low, result, operand)
    return result


def reduce_by(name: str, build: Build, low: Lowering, args: Arguments) -> Value:
    """Reduce by a statistic."""
    value = args["a"]
    if "dtype" in args.values and args.given("dtype"):
        dtype = low.dtype(args["dtype"])
        if dtype is not None:
            value = converted(low, value, dtype)
    operand = operand_of(low, value, args["axis"])
    count = int(np.prod([operand.op.shape[a] for a in operand.axes], dtype=object))
    if count == 0:
        raise low.fail(f"np.{name} of no values")
    statistic, number = build(operand.op, count, operand.mask is not None)
    result = low.reduced(name, operand.op, operand.mask, operand.axes, statistic, number)
    return _finish(low, result, operand, args)


def _real(dtype: np.dtype[Any]) -> np.dtype[Any]:
    return np.empty(0, dtype).real.dtype


def _sum(skip_nan: bool, op: Op, count: int, masked: bool) -> tuple[Statistic, NumType]:
    bounds = op.spec.bounds
    if bounds is None:
        return Sum(op.spec.dtype, skip_nan=skip_nan), NumType(floating_dtype(op))
    total: Bounds = (min(bounds[0] * count, 0), max(bounds[1] * count, 0))
    dtype = fit(total)
    if dtype is None or dtype == np.uint64:
        return Sum(np.dtype(float)), NumType(np.dtype(float))
    return Sum(op.spec.dtype), NumType(dtype, total)


def _mean(skip_nan: bool, op: Op, count: int, masked: bool) -> tuple[Statistic, NumType]:
    dtype = np.dtype(float) if _sum(False, op, count, masked)[1].bounds is None else op.spec.dtype
    operand = dtype if op.spec.bounds is not None else op.spec.dtype
    skips = skip_nan and has_nan(op)
    return Sum(operand, mean=True, skip_nan=skips, masked=masked), NumType(floating_dtype(op))


def _product(skip_nan: bool, op: Op, count: int, masked: bool) -> tuple[Statistic, NumType]:
    bounds = op.spec.bounds
    if bounds is None:
        wide = np.result_type(op.spec.dtype, float)
        return Product(wide, skip_nan), NumType(floating_dtype(op))
    largest = max(abs(bounds[0]), abs(bounds[1]), 1)
    if largest > 1 and count * largest.bit_length() > 62:
        return Product(np.dtype(float)), NumType(np.dtype(float))
    most = largest**count
    total = (min(0, bounds[0]) and -most, most)
    return Product(np.dtype(np.int64)), NumType(fit(total) or np.dtype(np.int64), total)


def _extreme(
    largest: bool, skip_nan: bool, op: Op, count: int, masked: bool
) -> tuple[Statistic, NumType]:
    return Extreme(op.spec.dtype, largest, skip_nan), NumType(op.spec.dtype, op.spec.bounds)


def _arg_extreme(
    largest: bool, skip_nan: bool, op: Op, count: int, masked: bool
) -> tuple[Statistic, NumType]:
    bounds = (0, count - 1)
    number = NumType(fit(bounds) or np.dtype(np.int64), bounds)
    return ArgExtreme(op.spec.dtype, largest, op.shape, skip_nan), number


def _position(largest: bool, skip_nan: bool, name: str, low: Lowering, args: Arguments) -> Value:
    operand = operand_of(low, args["a"], args["axis"])
    refuse_complex(low, operand.op, name)
    if operand.mask is not None:
        raise low.fail(f"np.{name} of a selection would count within the selection; use np.where")
    if len(operand.axes) not in (1, operand.op.ndim):
        raise low.fail(f"np.{name} takes one axis, or none for all")
    return reduce_by(name, partial(_arg_extreme, largest, skip_nan), low, args)


def _spread(skip_nan: bool, root: bool, name: str, low: Lowering, args: Arguments) -> Value:
    ddof = low.number(args["ddof"], "ddof")

    def build(op: Op, count: int, masked: bool) -> tuple[Statistic, NumType]:
        number = NumType(_real(floating_dtype(op)))
        return Variance(op.spec.dtype, ddof, root, skip_nan and has_nan(op), masked), number

    return reduce_by(name, build, low, args)


def _ordered(largest: bool, skip_nan: bool, name: str, low: Lowering, args: Arguments) -> Value:
    refuse_complex(low, operand_of(low, args["a"], args["axis"]).op, name)
    return reduce_by(name, partial(_extreme, largest, skip_nan), low, args)


def _peak_to_peak(low: Lowering, args: Arguments) -> Value:
    high = _ordered(True, False, "ptp", low, args)
    return apply(low, "subtract", high, _ordered(False, False, "ptp", low, args))


def _truths(largest: bool, name: str, low: Lowering, args: Arguments) -> Value:
    value = args["a"]
    truth = apply(low, "not_equal", value, Static(0))

    def build(op: Op, count: int, masked: bool) -> tuple[Statistic, NumType]:
        return Extreme(op.spec.dtype, largest), BOOL

    return reduce_by(name, build, low, Arguments({**args.values, "a": truth}))


def _count_nonzero(low: Lowering, args: Arguments) -> Value:
    truth = apply(low, "not_equal", args["a"], Static(0))
    arguments = Arguments({**args.values, "a": truth})
    return reduce_by("count_nonzero", partial(_sum, False), low, arguments)


def _average(low: Lowering, args: Arguments) -> Value:
    if not args.given("weights"):
        return reduce_by("average", partial(_mean, False), low, args)
    value, weights = args["a"], args["weights"]
    if isinstance(value, Selected) or isinstance(weights, Selected):
        value, weights = _selected_weights(low, value, weights)
    else:
        value, weights = _weights_along(low, low.array(value), low.array(weights), args["axis"])
    add = partial(reduce_by, "average", partial(_sum, False), low)
    weighted = apply(low, "multiply", _in_float64(low, value), weights)
    total = add(Arguments({**args.values, "a": weighted}))
    mean = apply(low, "divide", total, add(Arguments({**args.values, "a": weights})))
    return _as_precise_as(low, mean, value)


def _in_float64(low: Lowering, value: Value) -> Value:
    op = value.op if isinstance(value, Selected) else low.array(value)
    return converted(low, value, np.dtype(float)) if op.spec.dtype == np.float32 else value


def _as_precise_as(low: Lowering, result: Value, value: Value) -> Value:
    op = value.op if isinstance(value, Selected) else low.array(value)
    if op.spec.dtype == np.float32 and isinstance(result, Op) and result.shape:
        return converted(low, result, np.dtype(np.float32))
    return result


def _selected_weights(low: Lowering, value: Value, weights: Value) -> tuple[Value, Value]:
    if not (
        isinstance(value, Selected)
        and isinstance(weights, Selected)
        and value.same_selection(weights)
    ):
        raise low.fail("np.average of `img[mask]` needs its weights selected by the same mask")
    op, spread = low.broadcasted([value.op, weights.op])
    return (
        Selected(op, value.mask, value.covered),
        Selected(spread, value.mask, value.covered),
    )


def _weights_along(low: Lowering, op: Op, weights: Op, axis: Value) -> tuple[Op, Op]:
    """Place one weight for each element along the axis, as np.average does."""
    if weights.ndim == 1 and op.ndim > 1:
        axes = low.axes(axis, op.ndim)
        if len(axes) != 1 or weights.shape[0] != op.shape[axes[0]]:
            raise low.fail(
                f"np.average: {weights.shape[0]} weights do not fit an array of shape {op.shape}; "
                "name the axis along which they run"
            )
        weights = low.expanded(weights, [k for k in range(op.ndim) if k != axes[0]])
        placed = [Axis()] * op.ndim
        placed[axes[0]] = op.spec.axes[axes[0]]
        layout = [(k, 0, 1, n) for k, n in enumerate(weights.shape)]
        weights = low.graph.view(weights, layout, {}, placed, weights.span)
    spread = low.broadcasted([op, weights])
    return spread[0], spread[1]


def _norm(low: Lowering, args: Arguments) -> Value:
    if args.given("ord"):
        order = low.number(args["ord"], "ord")
        if order != 2 or not args.given("axis"):
            raise low.fail(
                "np.linalg.norm knows the root of the sum of squares (ord=None, or ord=2 along "
                "one axis); write other norms out, as in `np.sum(np.abs(a), axis=-1)`"
            )
    magnitude = apply(low, "absolute", args["x"])
    wide = converted(low, magnitude, np.dtype(float))
    arguments = {
        "a": apply(low, "square", wide),
        "axis": args["axis"],
        "keepdims": args["keepdims"],
    }
    squares = reduce_by("linalg.norm", partial(_sum, False), low, Arguments(arguments))
    root = apply(low, "sqrt", squares)
    return _as_precise_as(low, root, magnitude)


# Correlation


def _corrcoef(low: Lowering, args: Arguments) -> Value:
    """Return [[1, r], [r, 1]] of two images, or of two selections with one mask."""
    if not args.given("y"):
        raise low.fail(
            "np.corrcoef needs two arguments here, as in `np.corrcoef(a[m > 0], b[m > 0])`"
        )
    pair = [_flattened(low, args[name]) for name in ("x", "y")]
    centred = [apply(low, "subtract", v, _mean_of(low, v)) for v in pair]
    cross = _mean_of(low, apply(low, "multiply", *centred))
    spread = [apply(low, "sqrt", _mean_of(low, apply(low, "square", value))) for value in centred]
    ratio = apply(low, "divide", apply(low, "divide", cross, spread[0]), spread[1])
    r = low.array(apply(low, "minimum", apply(low, "maximum", ratio, Static(-1.0)), Static(1.0)))
    one = low.array(apply(low, "divide", spread[0], spread[0]))
    rows = [low.stacked(row, 0) for row in ((one, r), (r, one))]
    return low.stacked(rows, 0)


def _flattened(low: Lowering, value: Value) -> Value:
    if isinstance(value, Selected):
        if value.covered < value.op.ndim:
            # NumPy would take each voxel as a variable.
            raise low.fail(
                "np.corrcoef of `img[mask]` where img has more axes than the mask; take one "
                "volume or a mean, as in `np.corrcoef(a[..., 0][m > 0], b[..., 0][m > 0])`"
            )
        return Selected(
            low.array(converted(low, value.op, np.dtype(float))), value.mask, value.covered
        )
    if low.array(value).ndim == 2:
        raise low.fail("np.corrcoef of arrays with 2 axes; write `.ravel()` behind them")
    op = low.array(converted(low, low.array(value), np.dtype(float)))
    return Selected(op, None, op.ndim)


def _mean_of(low: Lowering, value: Value) -> Value:
    arguments = Arguments({"a": value, "axis": Static(None)})
    return reduce_by("corrcoef", partial(_mean, False), low, arguments)


_AXIS = "a, axis=None, keepdims=False"
_DTYPE = "a, axis=None, dtype=None, keepdims=False"
_DDOF = "a, axis=None, dtype=None, ddof=0, keepdims=False"


ROWS: tuple[Function, ...] = (
    *pair_of_rows("sum", _DTYPE, lambda nan, name: partial(reduce_by, name, partial(_sum, nan))),
    *pair_of_rows(
        "prod", _DTYPE, lambda nan, name: partial(reduce_by, name, partial(_product, nan))
    ),
    *pair_of_rows("mean", _DTYPE, lambda nan, name: partial(reduce_by, name, partial(_mean, nan))),
    *pair_of_rows("std", _DDOF, lambda nan, name: partial(_spread, nan, True, name)),
    *pair_of_rows("var", _DDOF, lambda nan, name: partial(_spread, nan, False, name)),
    *pair_of_rows("min", _AXIS, lambda nan, name: partial(_ordered, False, nan, name)),
    *pair_of_rows("max", _AXIS, lambda nan, name: partial(_ordered, True, nan, name)),
    *pair_of_rows("argmin", _AXIS, lambda nan, name: partial(_position, False, nan, name)),
    *pair_of_rows("argmax", _AXIS, lambda nan, name: partial(_position, True, nan, name)),
    reduction_row("ptp", _AXIS, _peak_to_peak),
    reduction_row("any", _AXIS, partial(_truths, True, "any")),
    reduction_row("all", _AXIS, partial(_truths, False, "all")),
    reduction_row("count_nonzero", _AXIS, _count_nonzero),
    reduction_row("average", "a, axis=None, weights=None, keepdims=False", _average),
    reduction_row("linalg.norm", "x, ord=None, axis=None, keepdims=False", _norm),
    reduction_row("corrcoef", "x, y=None", _corrcoef),
)
"""The rows of the function table that reduce axes."""
