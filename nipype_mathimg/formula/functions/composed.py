"""Reductions that are made of other functions: weighted means, norms, correlation."""

from __future__ import annotations

from functools import partial

import numpy as np

from nipype_mathimg.formula.functions.elementwise import apply
from nipype_mathimg.formula.functions.operand import reduce_by, reduction_row
from nipype_mathimg.formula.functions.parametrised import converted
from nipype_mathimg.formula.functions.reductions import averaged, summed
from nipype_mathimg.formula.functions.row import Arguments, Function
from nipype_mathimg.formula.graph.builder import Lowering
from nipype_mathimg.formula.graph.op import Op
from nipype_mathimg.formula.graph.operands import Selected, Static, Value
from nipype_mathimg.spec import Axis

__all__ = ["ROWS"]


def _average(low: Lowering, args: Arguments) -> Value:
    if not args.given("weights"):
        return reduce_by("average", partial(averaged, False), low, args)
    value, weights = args["a"], args["weights"]
    if isinstance(value, Selected) or isinstance(weights, Selected):
        value, weights = _selected_weights(low, value, weights)
    else:
        value, weights = _weights_along(low, low.array(value), low.array(weights), args["axis"])
    add = partial(reduce_by, "average", partial(summed, False), low)
    weighted = apply(low, "multiply", _in_float64(low, value), weights)
    total = add(Arguments({**args, "a": weighted}))
    mean = apply(low, "divide", total, add(Arguments({**args, "a": weights})))
    return _as_precise_as(low, mean, value)


def _in_float64(low: Lowering, value: Value) -> Value:
    """Widen real values: products of integers would not fit where their mean does."""
    op = value.op if isinstance(value, Selected) else low.array(value)
    return value if op.type.is_complex else converted(low, value, np.dtype(float))


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
    magnitude = args["x"]
    if isinstance(magnitude, Selected) or low.array(magnitude).type.is_complex:
        magnitude = apply(low, "absolute", magnitude)
    wide = converted(low, magnitude, np.dtype(float))
    arguments = {
        "a": apply(low, "square", wide),
        "axis": args["axis"],
        "keepdims": args["keepdims"],
    }
    squares = reduce_by("linalg.norm", partial(summed, False), low, Arguments(arguments))
    root = apply(low, "sqrt", squares)
    return _as_precise_as(low, root, magnitude)


# Correlation


def _corrcoef(low: Lowering, args: Arguments) -> Value:
    """Return [[1, r], [r, 1]] of two images, or of two selections with one mask."""
    if not args.given("y"):
        raise low.fail(
            "np.corrcoef needs two arguments here, as in `np.corrcoef(a[m > 0], b[m > 0])`"
        )
    _check_shapes(low, args["x"], args["y"])
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


def _check_shapes(low: Lowering, one: Value, two: Value) -> None:
    """Refuse two whole arrays of different shapes, and write a correlation along an axis out."""
    if any(isinstance(value, Selected) and value.mask is not None for value in (one, two)):
        return
    ops = [value.op if isinstance(value, Selected) else low.array(value) for value in (one, two)]
    if ops[0].shape == ops[1].shape:
        return
    first, second = (f"`{low.text(op)}` {_axes_of(op)}" for op in ops)
    raise low.fail(
        f"np.corrcoef gives one number for two arrays of one shape; {first} and {second}. A map "
        "of correlations along t is `np.mean((a - np.mean(a, axis=-1)) * (b - np.mean(b)), "
        "axis=-1) / (np.std(a, axis=-1) * np.std(b))`"
    )


def _axes_of(op: Op) -> str:
    if op.is_constant:
        return f"is a list of {op.spec.size}"
    names = ", ".join(axis.source or "one without a name" for axis in op.spec.axes)
    return f"has the axes {names} of {' x '.join(map(str, op.shape))}"


def _mean_of(low: Lowering, value: Value) -> Value:
    arguments = Arguments({"a": value, "axis": Static(None)})
    return reduce_by("corrcoef", partial(averaged, False), low, arguments)


ROWS: tuple[Function, ...] = (
    reduction_row("average", "a, axis=None, weights=None, keepdims=False", _average),
    reduction_row("linalg.norm", "x, ord=None, axis=None, keepdims=False", _norm),
    reduction_row("corrcoef", "x, y=None", _corrcoef),
)
"""The rows of the function table for reductions that are made of other functions."""
