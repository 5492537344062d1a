"""Reductions that are made of other functions: weighted means, norms, correlation."""

from __future__ import annotations

from functools import partial

import numpy as np

from nipype_mathimg.axis import SEED_PARCEL
from nipype_mathimg.formula.functions.elementwise import apply
from nipype_mathimg.formula.functions.operand import reduce_by, reduction_row
from nipype_mathimg.formula.functions.parametrised import converted
from nipype_mathimg.formula.functions.reductions import averaged, summed, weighed
from nipype_mathimg.formula.functions.row import Arguments, Function
from nipype_mathimg.formula.graph.builder import Builder
from nipype_mathimg.formula.graph.op import Op
from nipype_mathimg.formula.graph.operands import Masked, Operand, Static
from nipype_mathimg.formula.kernels.correlations import Correlations
from nipype_mathimg.formula.types.regions import FULL
from nipype_mathimg.spec import ArraySpec, Axis

__all__ = ["ROWS"]


def _average(build: Builder, args: Arguments) -> Operand:
    if not args.given("weights"):
        return reduce_by("average", partial(averaged, False), build, args)
    value, weights = args["a"], args["weights"]
    if isinstance(value, Masked) or isinstance(weights, Masked):
        value, weights = _selected_weights(build, value, weights)
    else:
        value, weights = _weights_along(
            build, build.array(value), build.array(weights), args["axis"]
        )
    weighted = apply(build, "multiply", _in_float64(build, value), weights)
    total, weight = (
        reduce_by("average", partial(add, False), build, Arguments({**args, "a": one}))
        for add, one in ((summed, weighted), (weighed, weights))
    )
    mean = apply(build, "divide", total, weight)
    # Regions are few: they keep full precision, as their plain mean does.
    return mean if args.given("by") else _as_precise_as(build, mean, value)


def _in_float64(build: Builder, value: Operand) -> Operand:
    """Widen real values: products of integers would not fit where their mean does."""
    op = value.op if isinstance(value, Masked) else build.array(value)
    return value if op.type.is_complex else converted(build, value, np.dtype(float))


def _as_precise_as(build: Builder, result: Operand, value: Operand) -> Operand:
    op = value.op if isinstance(value, Masked) else build.array(value)
    if op.spec.dtype == np.float32 and isinstance(result, Op) and result.shape:
        return converted(build, result, np.dtype(np.float32))
    return result


def _selected_weights(build: Builder, value: Operand, weights: Operand) -> tuple[Operand, Operand]:
    if not (
        isinstance(value, Masked) and isinstance(weights, Masked) and value.same_selection(weights)
    ):
        raise build.fail(
            "np.average of what is selected or flattened needs weights that are so too, as in "
            "`np.average(img[mask], weights=w[mask])` and `np.average(np.ravel(img), "
            "weights=np.ravel(w))`"
        )
    op, spread = build.broadcasted([value.op, weights.op])
    return (
        Masked(op, value.mask, value.covered),
        Masked(spread, value.mask, value.covered),
    )


def _weights_along(build: Builder, op: Op, weights: Op, axis: Operand) -> tuple[Op, Op]:
    """Place one weight for each element along the axis, as np.average does."""
    if weights.ndim == 1 and op.ndim > 1:
        axes = build.axes(axis, op.ndim)
        if len(axes) != 1 or weights.shape[0] != op.shape[axes[0]]:
            raise build.fail(
                f"np.average: {weights.shape[0]} weights do not fit an array of shape {op.shape}; "
                "name the axis along which they run"
            )
        weights = build.expanded(weights, [k for k in range(op.ndim) if k != axes[0]])
        # Weights have an axis where the operand has one, also one of length 1: it stays.
        placed = [
            axis if k == axes[0] or op.shape[k] == 1 else Axis()
            for k, axis in enumerate(op.spec.axes)
        ]
        layout = [(k, 0, 1, n) for k, n in enumerate(weights.shape)]
        weights = build.graph.view(weights, layout, {}, placed, weights.span)
    spread = build.broadcasted([op, weights])
    return spread[0], spread[1]


def _norm(build: Builder, args: Arguments) -> Operand:
    if args.given("ord"):
        order = build.number(args["ord"], "ord")
        if order != 2 or not args.given("axis"):
            raise build.fail(
                "np.linalg.norm knows the root of the sum of squares (ord=None, or ord=2 along "
                "one axis); write other norms out, as in `np.sum(np.abs(a), axis=-1)`"
            )
    magnitude = args["x"]
    if isinstance(magnitude, Masked) or build.array(magnitude).type.is_complex:
        magnitude = apply(build, "absolute", magnitude)
    # Before it is squared: the square of a float32 may be infinite where the norm is not.
    wide = converted(build, magnitude, np.dtype(float))
    arguments = {
        "a": apply(build, "square", wide),
        "axis": args["axis"],
        "keepdims": args["keepdims"],
    }
    squares = reduce_by("linalg.norm", partial(summed, False), build, Arguments(arguments))
    root = apply(build, "sqrt", squares)
    return _as_precise_as(build, root, magnitude)


# Correlation


def _corrcoef(build: Builder, args: Arguments) -> Operand:
    """Return [[1, r], [r, 1]] of two images, or of two selections with one mask."""
    if not args.given("y"):
        return _of_rows(build, args["x"])
    _check_shapes(build, args["x"], args["y"])
    pair = [_flattened(build, args[name]) for name in ("x", "y")]
    # The means first, in a pass of their own: sums of squares of data far from 0 would cancel.
    centred = [apply(build, "subtract", v, _mean_of(build, v)) for v in pair]
    cross = _mean_of(build, apply(build, "multiply", *centred))
    spread = [
        apply(build, "sqrt", _mean_of(build, apply(build, "square", value))) for value in centred
    ]
    # One after the other, as np.corrcoef does: the product of both might overflow.
    ratio = apply(build, "divide", apply(build, "divide", cross, spread[0]), spread[1])
    r = build.array(
        apply(build, "minimum", apply(build, "maximum", ratio, Static(-1.0)), Static(1.0))
    )
    # Not simply 1: of an image without any variation NumPy gives NaN here as well.
    one = build.array(apply(build, "divide", spread[0], spread[0]))
    rows = [build.stacked(row, 0) for row in ((one, r), (r, one))]
    return build.stacked(rows, 0)


def _of_rows(build: Builder, value: Operand) -> Operand:
    """Return the correlations of regions, or of other rows of a table, with each other."""
    table = None if isinstance(value, Masked) else build.array(value)
    if table is None or table.ndim != 2 or any(axis.is_place for axis in table.spec.axes):
        raise build.fail(
            "np.corrcoef of one argument takes a table, as `np.mean(bold, by=atlas)` is one; of "
            "images it needs two, as in `np.corrcoef(a[m > 0], b[m > 0])`"
        )
    if table.type.is_complex:
        raise build.fail("np.corrcoef takes real numbers here")
    rows = table.spec.axes[0]
    # What CIFTI-2 calls connectivity has parcels along both.
    columns = rows.changed(source=SEED_PARCEL) if rows.is_parcel else rows
    spec = ArraySpec((table.shape[0],) * 2, np.dtype(float), (rows, columns))
    whole = frozenset({0, 1})
    return build.graph.add(Correlations(), spec, [table], [(FULL, FULL)], build.span, whole=whole)


def _flattened(build: Builder, value: Operand) -> Operand:
    if isinstance(value, Masked):
        if value.covered < value.op.ndim:
            # NumPy would take each voxel as a variable.
            raise build.fail(
                "np.corrcoef of `img[mask]` where img has more axes than the mask; take one "
                "volume or a mean, as in `np.corrcoef(a[..., 0][m > 0], b[..., 0][m > 0])`"
            )
        return Masked(
            build.array(converted(build, value.op, np.dtype(float))), value.mask, value.covered
        )
    if build.array(value).ndim == 2:
        raise build.fail("np.corrcoef of arrays with 2 axes; write `.ravel()` behind them")
    op = build.array(converted(build, build.array(value), np.dtype(float)))
    return Masked(op, None, op.ndim)


def _check_shapes(build: Builder, one: Operand, two: Operand) -> None:
    """Refuse two whole arrays of different shapes, and write a correlation along an axis out."""
    if any(isinstance(value, Masked) and value.mask is not None for value in (one, two)):
        return
    ops = [value.op if isinstance(value, Masked) else build.array(value) for value in (one, two)]
    if ops[0].shape == ops[1].shape:
        return
    first, second = (f"`{build.text(op)}` {_axes_of(op)}" for op in ops)
    raise build.fail(
        f"np.corrcoef gives one number for two arrays of one shape; {first} and {second}. For "
        "a map of correlations along t write `np.mean((a - np.mean(a, axis=-1)) * (b - "
        "np.mean(b)), axis=-1) / (np.std(a, axis=-1) * np.std(b))`"
    )


def _axes_of(op: Op) -> str:
    if op.is_constant:
        return f"is a list of {op.spec.size}"
    names = ", ".join(axis.source or "one without a name" for axis in op.spec.axes)
    return f"has the axes {names} of {' x '.join(map(str, op.shape))}"


def _mean_of(build: Builder, value: Operand) -> Operand:
    arguments = Arguments({"a": value, "axis": Static(None)})
    return reduce_by("corrcoef", partial(averaged, False), build, arguments)


ROWS: tuple[Function, ...] = (
    reduction_row("average", "a, axis=None, weights=None, keepdims=False, by=None", _average),
    reduction_row("linalg.norm", "x, ord=None, axis=None, keepdims=False", _norm),
    reduction_row("corrcoef", "x, y=None", _corrcoef),
)
"""The rows of the function table for reductions that are made of other functions."""
