"""Functions that reduce axes, accumulated piece by piece or taken along an axis at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from nipype_mathimg.formula.dtypes import BOOL, Bounds, NumType, fit, inexact
from nipype_mathimg.formula.functions.elementwise import apply, converted
from nipype_mathimg.formula.functions.row import Arguments, Function, Kind
from nipype_mathimg.formula.graph import Op
from nipype_mathimg.formula.lowering import Lowering
from nipype_mathimg.formula.reduction import Statistic
from nipype_mathimg.formula.regions import FULL, AxisMap, Follow, Region
from nipype_mathimg.formula.selection import Selection
from nipype_mathimg.formula.statistics import ArgExtreme, Extreme, Product, Sum, Variance
from nipype_mathimg.formula.values import Selected, Static, Value, Values
from nipype_mathimg.spec import Array, ArraySpec, Axis

__all__ = ["ROWS", "reduce_by"]

Build = Callable[[Op, int, bool], tuple[Statistic, NumType]]
"""From the operand, the number of values and whether there is a mask, to statistic and type."""


@dataclass(frozen=True, slots=True)
class _Operand:
    """What a reduction works on: an array, perhaps with a mask, and which axes go."""

    op: Op
    mask: Op | None
    axes: tuple[int, ...]
    selected: bool


def _operand(low: Lowering, value: Value, axis: Value) -> _Operand:
    if not isinstance(value, Selected):
        op = low.array(value)
        if not op.shape:
            raise low.fail(
                "A number has no axes to reduce; the argument has to be an image or a list"
            )
        return _Operand(op, None, low.axes(axis, op.ndim), selected=False)
    # The axes that the mask covers count as one, the first.
    covered, op = value.covered, value.op
    named = low.axes(axis, 1 + op.ndim - covered)
    axes = tuple(a + covered - 1 for a in named if a > 0)
    if 0 not in named:
        raise low.fail("`img[mask]` has the selected voxels as axis 0; reduce that axis (too)")
    mask = None if value.mask is None else _over(low, value.mask, op)
    return _Operand(op, mask, (*range(covered), *axes), selected=True)


def _over(low: Lowering, mask: Op, op: Op) -> Op:
    """Return a mask with as many axes as what it selects from."""
    return low.expanded(mask, range(mask.ndim, op.ndim)) if mask.ndim < op.ndim else mask


def _kept(low: Lowering, op: Op, operand: _Operand) -> Op:
    """Give a reduced array its axes back, with length 1 (`keepdims`)."""
    if operand.selected:
        raise low.fail("keepdims is not possible for a selection of voxels")
    result = low.expanded(op, operand.axes)
    axes = list(result.spec.axes)
    for axis in operand.axes:
        source, length = operand.op.spec.axes[axis], operand.op.shape[axis]
        if source.source in ("x", "y", "z"):
            # One voxel as thick as all that were reduced, where they were.
            middle = source.start + source.step * (length - 1) / 2
            axes[axis] = Axis(source.source, middle, source.step * length)
    layout = [(k, 0, 1, n) for k, n in enumerate(result.shape)]
    return low.graph.view(result, layout, {}, axes, low.span)


def _finish(low: Lowering, result: Op, operand: _Operand, args: Arguments) -> Value:
    if "keepdims" in args.values and low.flag(args["keepdims"], "keepdims"):
        return _kept(low, result, operand)
    return result


def reduce_by(name: str, build: Build, low: Lowering, args: Arguments) -> Value:
    """Reduce by a statistic."""
    value = args["a"]
    if "dtype" in args.values and args.given("dtype"):
        dtype = low.dtype(args["dtype"])
        if dtype is not None:
            value = converted(low, value, dtype)
    operand = _operand(low, value, args["axis"])
    count = int(np.prod([operand.op.shape[a] for a in operand.axes], dtype=object))
    if count == 0:
        raise low.fail(f"np.{name} of no values")
    statistic, number = build(operand.op, count, operand.mask is not None)
    result = low.reduced(name, operand.op, operand.mask, operand.axes, statistic, number)
    return _finish(low, result, operand, args)


def _floating(op: Op) -> np.dtype[Any]:
    return inexact([NumType(op.spec.dtype, op.spec.bounds)])


def _has_nan(op: Op) -> bool:
    return op.spec.dtype.kind in "fc"


def _real(dtype: np.dtype[Any]) -> np.dtype[Any]:
    return np.empty(0, dtype).real.dtype


def _no_complex(low: Lowering, op: Op, name: str) -> None:
    if op.spec.dtype.kind == "c":
        raise low.fail(f"np.{name}: complex numbers have no order; take np.abs first")


def _sum(skip_nan: bool, op: Op, count: int, masked: bool) -> tuple[Statistic, NumType]:
    bounds = op.spec.bounds
    if bounds is None:
        return Sum(op.spec.dtype, skip_nan=skip_nan), NumType(_floating(op))
    total: Bounds = (min(bounds[0] * count, 0), max(bounds[1] * count, 0))
    dtype = fit(total)
    if dtype is None or dtype == np.uint64:
        return Sum(np.dtype(float)), NumType(np.dtype(float))
    return Sum(op.spec.dtype), NumType(dtype, total)


def _mean(skip_nan: bool, op: Op, count: int, masked: bool) -> tuple[Statistic, NumType]:
    dtype = np.dtype(float) if _sum(False, op, count, masked)[1].bounds is None else op.spec.dtype
    operand = dtype if op.spec.bounds is not None else op.spec.dtype
    skips = skip_nan and _has_nan(op)
    return Sum(operand, mean=True, skip_nan=skips, masked=masked), NumType(_floating(op))


def _product(skip_nan: bool, op: Op, count: int, masked: bool) -> tuple[Statistic, NumType]:
    bounds = op.spec.bounds
    if bounds is None:
        wide = np.result_type(op.spec.dtype, float)
        return Product(wide, skip_nan), NumType(_floating(op))
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
    operand = _operand(low, args["a"], args["axis"])
    _no_complex(low, operand.op, name)
    if operand.mask is not None:
        raise low.fail(f"np.{name} of a selection would count within the selection; use np.where")
    if len(operand.axes) not in (1, operand.op.ndim):
        raise low.fail(f"np.{name} takes one axis, or none for all")
    return reduce_by(name, partial(_arg_extreme, largest, skip_nan), low, args)


def _spread(skip_nan: bool, root: bool, name: str, low: Lowering, args: Arguments) -> Value:
    ddof = low.number(args["ddof"], "ddof")

    def build(op: Op, count: int, masked: bool) -> tuple[Statistic, NumType]:
        number = NumType(_real(_floating(op)))
        return Variance(op.spec.dtype, ddof, root, skip_nan and _has_nan(op), masked), number

    return reduce_by(name, build, low, args)


def _ordered(largest: bool, skip_nan: bool, name: str, low: Lowering, args: Arguments) -> Value:
    _no_complex(low, _operand(low, args["a"], args["axis"]).op, name)
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


# Order statistics


def _quantiles(
    low: Lowering, value: Value, what: str, top: float
) -> tuple[tuple[float, ...], bool]:
    numbers = low.numbers_of(value, what).astype(float) / top
    if numbers.size == 0 or np.any(~(numbers >= 0)) or np.any(numbers > 1):
        raise low.fail(f"{what} has to lie between 0 and {top:g}")
    scalar = not isinstance(value, Values | Op)
    return tuple(float(q) for q in numbers), scalar


def _order_statistic(
    low: Lowering,
    args: Arguments,
    name: str,
    quantiles: tuple[tuple[float, ...], bool],
    skip_nan: bool,
) -> Value:
    operand = _operand(low, args["a"], args["axis"])
    _no_complex(low, operand.op, name)
    wanted, scalar = quantiles
    everything = len(operand.axes) == operand.op.ndim
    if everything:
        result = _of_everything(low, operand, name, wanted, scalar, skip_nan)
    elif operand.mask is not None:
        raise low.fail(f"np.{name} of `img[mask]` works on all of it; leave out `axis`")
    else:
        result = _along_axes(low, operand, name, wanted, scalar, skip_nan)
    if low.flag(args["keepdims"], "keepdims"):
        if not scalar:
            raise low.fail(f"np.{name}: keepdims goes with a single value, not with a list")
        return _kept(low, result, operand)
    return result


def _of_everything(
    low: Lowering,
    operand: _Operand,
    name: str,
    quantiles: tuple[float, ...],
    scalar: bool,
    skip_nan: bool,
) -> Op:
    op, mask = operand.op, operand.mask
    if op.spec.dtype.kind == "b":
        converted_op = converted(low, op, np.dtype(np.uint8))
        op = low.array(converted_op)
    shape = () if scalar else (len(quantiles),)
    spec = ArraySpec(shape, np.dtype(float), (Axis(),) * len(shape))
    selection = Selection(
        quantiles, op.shape, op.spec.dtype, scalar, skip_nan, mask is not None, name
    )
    args = [op] if mask is None else [op, mask]
    maps: list[tuple[AxisMap, ...]] = [(FULL,) * arg.ndim for arg in args]
    return low.graph.add(
        (quantiles, scalar, skip_nan),
        name,
        spec,
        args,
        maps,
        selection,
        low.span,
        weak=scalar,
        whole=frozenset(range(len(shape))),
        selection=selection,
        hidden=3.0,
    )


@dataclass(frozen=True, slots=True)
class _Quantile:
    """np.quantile along axes; the axes are last, so that NumPy sorts contiguous memory."""

    quantiles: tuple[float, ...]
    axes: tuple[int, ...]
    scalar: bool
    skip_nan: bool
    dtype: np.dtype[Any]

    def __call__(self, arrays: Sequence[Any], out: Region, regions: Sequence[Region]) -> Array:
        (array,) = arrays
        kept = tuple(k for k in range(array.ndim) if k not in self.axes)
        # Rows in memory, one for each voxel of the result, in its (Fortran) order.
        moved = array.transpose(*self.axes, *kept)
        shape = tuple(array.shape[k] for k in kept)
        count = int(np.prod([array.shape[k] for k in self.axes]))
        rows = moved.reshape(count, -1, order="F").T
        rows = np.array(rows, order="C", dtype=array.dtype if array.dtype.kind == "f" else float)
        results = self._quantiles_of(rows)
        if self.scalar:
            return results[0].astype(self.dtype, copy=False).reshape(shape, order="F")
        stacked = np.stack([r.reshape(shape, order="F") for r in results])
        return stacked.astype(self.dtype, copy=False)

    def _quantiles_of(self, rows: Array) -> list[Array]:
        if self.skip_nan and np.isnan(rows).any():
            return self._skipping_nan(rows)
        last = rows.shape[1] - 1
        nan = np.isnan(rows).any(axis=1)
        places = [(int(q * last), min(int(q * last) + 1, last), q * last) for q in self.quantiles]
        rows.partition(sorted({k for low, high, _ in places for k in (low, high)}), axis=1)
        results = []
        for low, high, position in places:
            result = _between(rows[:, low], rows[:, high], position - low)
            result[nan] = np.nan
            results.append(result)
        return results

    def _skipping_nan(self, rows: Array) -> list[Array]:
        rows.sort(axis=1)  # NaN goes to the end
        last = np.maximum(rows.shape[1] - 1 - np.isnan(rows).sum(axis=1), 0)
        lines = np.arange(len(rows))
        results = []
        for quantile in self.quantiles:
            position = quantile * last
            low = position.astype(np.intp)
            high = np.minimum(low + 1, last)
            results.append(_between(rows[lines, low], rows[lines, high], position - low))
        return results


def _between(low: Array, high: Array, fraction: Array | float) -> Array:
    """Interpolate in float64, as `selection.interpolated`; equal neighbours stay as they are."""
    a, b = low.astype(float), high.astype(float)
    step = np.where(a == b, 0.0, b - a)
    return np.where(np.asarray(fraction) >= 0.5, b - step * (1 - fraction), a + step * fraction)


def _along_axes(
    low: Lowering,
    operand: _Operand,
    name: str,
    quantiles: tuple[float, ...],
    scalar: bool,
    skip_nan: bool,
) -> Op:
    op, axes = operand.op, operand.axes
    kept = tuple(a for a in range(op.ndim) if a not in axes)
    ahead = 0 if scalar else 1
    shape = ((len(quantiles),) if ahead else ()) + tuple(op.shape[a] for a in kept)
    origin = ((Axis(),) if ahead else ()) + tuple(op.spec.axes[a] for a in kept)
    dtype = _floating(op)
    maps = tuple(Follow(ahead + kept.index(a)) if a in kept else FULL for a in range(op.ndim))
    return low.graph.add(
        (quantiles, axes, scalar, skip_nan),
        name,
        ArraySpec(shape, dtype, origin),
        [op],
        [maps],
        _Quantile(quantiles, axes, scalar, skip_nan, dtype),
        low.span,
        whole=frozenset(range(ahead)),
        hidden=1.25 if op.type.dtype.kind == "f" else 1.25 * 8 / op.spec.dtype.itemsize,
    )


def _median(skip_nan: bool, name: str, low: Lowering, args: Arguments) -> Value:
    return _order_statistic(low, args, name, ((0.5,), True), skip_nan)


def _percentile(top: float, skip_nan: bool, name: str, low: Lowering, args: Arguments) -> Value:
    return _order_statistic(low, args, name, _quantiles(low, args["q"], "q", top), skip_nan)


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


def _reduction(
    name: str, signature: str, lower: Callable[[Lowering, Arguments], Value]
) -> Function:
    return Function(name, Kind.REDUCTION, signature, lower)


_AXIS = "a, axis=None, keepdims=False"
_DTYPE = "a, axis=None, dtype=None, keepdims=False"
_DDOF = "a, axis=None, dtype=None, ddof=0, keepdims=False"
_Q = "a, q, axis=None, keepdims=False"


def _pair(name: str, signature: str, make: Callable[[bool, str], Any]) -> list[Function]:
    """Return the rows of a function and of its variant that skips NaN."""
    return [
        _reduction(prefix + name, signature, make(bool(prefix), prefix + name))
        for prefix in ("", "nan")
    ]


ROWS: tuple[Function, ...] = (
    *_pair("sum", _DTYPE, lambda nan, name: partial(reduce_by, name, partial(_sum, nan))),
    *_pair("prod", _DTYPE, lambda nan, name: partial(reduce_by, name, partial(_product, nan))),
    *_pair("mean", _DTYPE, lambda nan, name: partial(reduce_by, name, partial(_mean, nan))),
    *_pair("std", _DDOF, lambda nan, name: partial(_spread, nan, True, name)),
    *_pair("var", _DDOF, lambda nan, name: partial(_spread, nan, False, name)),
    *_pair("min", _AXIS, lambda nan, name: partial(_ordered, False, nan, name)),
    *_pair("max", _AXIS, lambda nan, name: partial(_ordered, True, nan, name)),
    *_pair("argmin", _AXIS, lambda nan, name: partial(_position, False, nan, name)),
    *_pair("argmax", _AXIS, lambda nan, name: partial(_position, True, nan, name)),
    *_pair("median", _AXIS, lambda nan, name: partial(_median, nan, name)),
    *_pair("percentile", _Q, lambda nan, name: partial(_percentile, 100.0, nan, name)),
    *_pair("quantile", _Q, lambda nan, name: partial(_percentile, 1.0, nan, name)),
    _reduction("ptp", _AXIS, _peak_to_peak),
    _reduction("any", _AXIS, partial(_truths, True, "any")),
    _reduction("all", _AXIS, partial(_truths, False, "all")),
    _reduction("count_nonzero", _AXIS, _count_nonzero),
    _reduction("average", "a, axis=None, weights=None, keepdims=False", _average),
    _reduction("linalg.norm", "x, ord=None, axis=None, keepdims=False", _norm),
    _reduction("corrcoef", "x, y=None", _corrcoef),
)
"""The rows of the function table that reduce axes."""
