"""Functions that re-arrange axes, and that make arrays in the shape of others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np

from nipype_mathimg.formula.dtypes import NumType, common, type_of_number
from nipype_mathimg.formula.functions.elementwise import apply, converted
from nipype_mathimg.formula.functions.row import Arguments, Function, Kind
from nipype_mathimg.formula.graph import Op
from nipype_mathimg.formula.joining import Pad
from nipype_mathimg.formula.lowering import Lowering, stepped
from nipype_mathimg.formula.regions import FULL, AxisMap, Follow, Region
from nipype_mathimg.formula.values import Selected, Static, Value, Values, is_number
from nipype_mathimg.spec import Array, ArraySpec, Axis

__all__ = ["ROWS", "taken"]

MAX_COPIES = 1000
"""Most copies along one axis that `np.tile` makes."""


def _fresh_axis(axis: Axis) -> Axis:
    """Return what remains of an axis whose elements lost their places: space stays space."""
    return axis if axis.source in ("x", "y", "z") else Axis()


def _like(fill: float | None, name: str, low: Lowering, args: Arguments) -> Value:
    op = low.array(args["a"])
    dtype = low.dtype(args["dtype"])
    value = args["fill_value"] if fill is None else Static(fill)
    if not is_number(value) or not isinstance(value, Static):
        raise low.fail(f"np.{name}: the value has to be a number known beforehand")
    number = common([NumType(op.spec.dtype, op.spec.bounds), type_of_number(value.value)])
    bounds = type_of_number(value.value).bounds
    spec = ArraySpec(op.shape, number.dtype, op.spec.axes, bounds if number.is_integer else None)
    key = (op.shape, op.spec.axes, number.dtype.str, repr(value.value))
    fill_in = _Fill(value.value, number.dtype)
    result: Value = low.graph.add(key, name, spec, (), (), fill_in, low.span)
    return result if dtype is None else converted(low, result, dtype)


@dataclass(frozen=True, slots=True)
class _Fill:
    value: complex
    dtype: np.dtype[Any]

    def __call__(self, arrays: Sequence[Any], out: Region, regions: Sequence[Region]) -> Array:
        shape = tuple(high - low for low, high in out)
        return np.full(shape, self.value, self.dtype, order="F")


def _array(low: Lowering, args: Arguments) -> Value:
    value, dtype = args["a"], low.dtype(args["dtype"])
    if not isinstance(value, Selected):
        value = value if is_number(value) else low.array(value)
    return value if dtype is None else converted(low, value, dtype)


def _list(low: Lowering, value: Value, name: str) -> list[Op]:
    if isinstance(value, Op) and value.ndim:
        length = value.shape[0]
        return [_one_of(low, value, k) for k in range(length)]
    if not isinstance(value, Values) or not value.items:
        raise low.fail(f"np.{name} takes a list, as in `np.{name}([a, b], axis=0)`")
    return [low.array(item) for item in value.items]


def _one_of(low: Lowering, op: Op, index: int) -> Op:
    layout = [(k, 0, 1, op.shape[k]) for k in range(1, op.ndim)]
    return low.graph.view(op, layout, {0: index}, op.spec.axes[1:], low.span)


def _stack(low: Lowering, args: Arguments) -> Value:
    ops = _list(low, args["arrays"], "stack")
    axis = low.axis(args["axis"], max(op.ndim for op in ops) + 1)
    return low.stacked(ops, axis)


def _concatenate(low: Lowering, args: Arguments) -> Value:
    ops = _list(low, args["arrays"], "concatenate")
    if len({op.ndim for op in ops}) > 1 or not ops[0].ndim:
        raise low.fail("np.concatenate joins arrays with the same number of axes; see np.stack")
    return low.concatenated(ops, low.axis(args["axis"], ops[0].ndim))


def _squeeze(low: Lowering, args: Arguments) -> Value:
    op = low.array(args["a"])
    if args.given("axis"):
        gone = low.axes(args["axis"], op.ndim)
        if any(op.shape[k] != 1 for k in gone):
            raise low.fail(
                f"np.squeeze: an array of shape {op.shape} is longer than 1 along that axis"
            )
    else:
        gone = tuple(k for k, n in enumerate(op.shape) if n == 1)
    layout = [(k, 0, 1, n) for k, n in enumerate(op.shape) if k not in gone]
    axes = [axis for k, axis in enumerate(op.spec.axes) if k not in gone]
    return low.graph.view(op, layout, dict.fromkeys(gone, 0), axes, low.span)


def _expand_dims(low: Lowering, args: Arguments) -> Value:
    op, value = low.array(args["a"]), args["axis"]
    count = len(value.items) if isinstance(value, Values) else 1
    return low.expanded(op, low.axes(value, op.ndim + count))


def _ordered_axes(low: Lowering, value: Value, ndim: int) -> list[int]:
    items = value.items if isinstance(value, Values) else (value,)
    return [low.axis(item, ndim) for item in items]


def _transpose(low: Lowering, args: Arguments) -> Value:
    op = low.array(args["a"])
    if not args.given("axes"):
        return low.permuted(op, range(op.ndim)[::-1])
    order = _ordered_axes(low, args["axes"], op.ndim)
    if sorted(order) != list(range(op.ndim)):
        raise low.fail(f"np.transpose: axes has to name each of the {op.ndim} axes once")
    return low.permuted(op, order)


def _swapaxes(low: Lowering, args: Arguments) -> Value:
    op = low.array(args["a"])
    first, second = (low.axis(args[name], op.ndim, name) for name in ("axis1", "axis2"))
    order = list(range(op.ndim))
    order[first], order[second] = second, first
    return low.permuted(op, order)


def _moveaxis(low: Lowering, args: Arguments) -> Value:
    op = low.array(args["a"])
    source, target = (_ordered_axes(low, args[k], op.ndim) for k in ("source", "destination"))
    if len(set(source)) != len(source) or len(source) != len(set(target)):
        raise low.fail("np.moveaxis: source and destination have to name as many different axes")
    rest = iter(k for k in range(op.ndim) if k not in source)
    place = dict(zip(target, source, strict=False))
    return low.permuted(op, [place[k] if k in place else next(rest) for k in range(op.ndim)])


def _flip(low: Lowering, args: Arguments) -> Value:
    op = low.array(args["m"])
    for axis in low.axes(args["axis"], op.ndim):
        op = low.sliced(op, axis, op.shape[axis] - 1, -1, op.shape[axis])
    return op


def _roll(low: Lowering, args: Arguments) -> Value:
    op = low.array(args["a"])
    if not args.given("axis"):
        raise low.fail("np.roll needs an axis here, as in `np.roll(img, 1, axis=-1)`")
    axes = _ordered_axes(low, args["axis"], op.ndim)
    shift = args["shift"]
    items = shift.items if isinstance(shift, Values) else (shift,) * len(axes)
    for axis, item in zip(axes, items, strict=False):
        length = op.shape[axis]
        by = low.integer(item, "shift") % max(length, 1)
        if by:
            origin = op.spec.axes[axis]
            tail = low.sliced(op, axis, length - by, 1, by)
            head = low.sliced(op, axis, 0, 1, length - by)
            # The values move over a grid that stays where it is.
            op = _renamed(low, low.concatenated([tail, head], axis), axis, _fresh_axis(origin))
    return op


def _renamed(low: Lowering, op: Op, axis: int, origin: Axis) -> Op:
    axes = list(op.spec.axes)
    axes[axis] = origin
    layout = [(k, 0, 1, n) for k, n in enumerate(op.shape)]
    return low.graph.view(op, layout, {}, axes, low.span)


def _diff(low: Lowering, args: Arguments) -> Value:
    op: Value = low.array(args["a"])
    times = low.integer(args["n"], "n")
    if times < 0:
        raise low.wrong(args["n"], "np.diff: n cannot be negative")
    for _ in range(times):
        array = low.array(op)
        axis = low.axis(args["axis"], array.ndim)
        length = array.shape[axis] - 1
        if length < 1:
            raise low.fail(f"np.diff: nothing is left along an axis of length {length + 1}")
        later = low.sliced(array, axis, 1, 1, length)
        earlier = low.sliced(array, axis, 0, 1, length)
        name = "not_equal" if array.type.is_bool else "subtract"
        op = apply(low, name, later, earlier)
    return op


def _gradient(low: Lowering, args: Arguments) -> Value:
    op = low.array(args["f"])
    if not args.given("axis"):
        raise low.fail("np.gradient needs an axis here, as in `np.gradient(img, axis=0)`")
    axis = low.axis(args["axis"], op.ndim)
    spacing = low.number(args["spacing"], "spacing")
    if op.shape[axis] < 2:
        raise low.fail(f"np.gradient needs at least 2 elements along axis {axis}")
    wide = low.array(apply(low, "divide", op, Static(1.0)))
    compute = _Along(partial(_gradient_of, spacing), axis)
    spec = ArraySpec(op.shape, wide.spec.dtype, op.spec.axes)
    return low.whole("gradient", wide, spec, (axis,), compute, key=(axis, spacing), hidden=1.0)


def _gradient_of(spacing: float, array: Array, axis: int) -> Array:
    return np.gradient(array, spacing, axis=axis)


@dataclass(frozen=True, slots=True)
class _Along:
    """Calls a function of an array and an axis."""

    function: Any
    axis: int

    def __call__(self, arrays: Sequence[Any], out: Region, regions: Sequence[Region]) -> Array:
        result: Array = self.function(arrays[0], axis=self.axis)
        return result


def _widths(low: Lowering, value: Value, ndim: int) -> list[tuple[int, int]]:
    """Read pad_width: n, (before, after), or one such pair for each axis."""
    if not isinstance(value, Values):
        width = low.integer(value, "pad_width")
        return [(width, width)] * ndim
    items = value.items
    if not any(isinstance(item, Values) for item in items):
        pair = [low.integer(item, "pad_width") for item in items]
        if len(pair) != 2:
            raise low.fail("np.pad: pad_width is n, (before, after), or such a pair for each axis")
        return [(pair[0], pair[1])] * ndim
    pairs = [
        tuple(low.integer(v, "pad_width") for v in item.items)
        for item in items
        if isinstance(item, Values)
    ]
    if len(pairs) != ndim or any(len(pair) != 2 for pair in pairs):
        raise low.fail(
            f"np.pad: pad_width has to give (before, after) for each of the {ndim} axes"
        )
    return [(pair[0], pair[1]) for pair in pairs]


def _pad(low: Lowering, args: Arguments) -> Value:
    op = low.array(args["array"])
    widths = _widths(low, args["pad_width"], op.ndim)
    if any(width < 0 for pair in widths for width in pair):
        raise low.fail("np.pad: pad_width cannot be negative; slice instead, as in `img[1:-1]`")
    constant = args["constant_values"]
    value = low.number(constant, "constant_values")
    value = (
        int(value) if isinstance(constant, Static) and isinstance(constant.value, int) else value
    )
    number = common([op.type, type_of_number(value)])
    shape = tuple(n + a + b for n, (a, b) in zip(op.shape, widths, strict=True))
    before = tuple(pair[0] for pair in widths)
    axes = tuple(stepped(axis, -b, 1) for axis, b in zip(op.spec.axes, before, strict=True))
    maps = tuple(Follow(k, -b) for k, b in enumerate(before))
    spec = ArraySpec(shape, number.dtype, axes, number.bounds)
    compute = Pad(before, value, number.dtype)
    return low.graph.add(
        (shape, before, repr(value)), "pad", spec, [op], [maps], compute, low.span
    )


@dataclass(frozen=True, slots=True)
class _Take:
    indices: tuple[int, ...]
    axis: int

    def __call__(self, arrays: Sequence[Any], out: Region, regions: Sequence[Region]) -> Array:
        low, high = out[self.axis]
        return np.take(arrays[0], self.indices[low:high], axis=self.axis)


def taken(low: Lowering, op: Op, indices: Sequence[int], axis: int) -> Op:
    """Take elements by their positions along an axis."""
    length = op.shape[axis]
    wrong = [k for k in indices if not -length <= k < length]
    if wrong:
        raise low.fail(f"Index {wrong[0]} is outside of an axis with {length} elements")
    positions = tuple(k % length for k in indices)
    steps = {b - a for a, b in pairwise(positions)}
    if len(positions) == 1 or (len(steps) == 1 and 0 not in steps):
        return low.sliced(op, axis, positions[0], next(iter(steps), 1), len(positions))
    shape = (*op.shape[:axis], len(positions), *op.shape[axis + 1 :])
    axes = list(op.spec.axes)
    axes[axis] = Axis()
    maps: list[AxisMap] = [Follow(k) for k in range(op.ndim)]
    maps[axis] = FULL
    spec = ArraySpec(shape, op.spec.dtype, tuple(axes), op.spec.bounds)
    compute = _Take(positions, axis)
    return low.graph.add(
        (positions, axis), "take", spec, [op], [tuple(maps)], compute, low.span,
        whole=frozenset({axis}),
    )  # fmt: skip


def _take(low: Lowering, args: Arguments) -> Value:
    op = low.array(args["a"])
    if isinstance(args["indices"], Op) and args["indices"].ndim > 1:
        if not (op.is_constant and op.ndim == 1):
            raise low.fail("np.take by an image looks values up in a list of numbers")
        return low.looked_up(op, args["indices"])
    if not args.given("axis"):
        raise low.fail("np.take needs an axis here, as in `np.take(img, [0, 2], axis=-1)`")
    indices = low.numbers_of(args["indices"], "the indices of np.take")
    if indices.dtype.kind not in "iu":
        raise low.fail("The indices of np.take have to be whole numbers")
    return taken(low, op, [int(k) for k in indices], low.axis(args["axis"], op.ndim))


def _repeat(low: Lowering, args: Arguments) -> Value:
    op = low.array(args["a"])
    times = low.integer(args["repeats"], "repeats")
    if not args.given("axis") or times < 1:
        raise low.fail(
            "np.repeat needs an axis and a count here, as in `np.repeat(img, 2, axis=-1)`"
        )
    axis = low.axis(args["axis"], op.ndim)
    axes = list(op.spec.axes)
    axes[axis] = stepped(axes[axis], (1 / times - 1) / 2, 1 / times)
    shape = (*op.shape[:axis], op.shape[axis] * times, *op.shape[axis + 1 :])
    spec = ArraySpec(shape, op.spec.dtype, tuple(axes), op.spec.bounds)
    compute = _Along(partial(_repeat_of, times), axis)
    return low.whole("repeat", op, spec, (axis,), compute, key=(axis, times))


def _repeat_of(times: int, array: Array, axis: int) -> Array:
    return np.repeat(array, times, axis=axis)


def _tile(low: Lowering, args: Arguments) -> Value:
    op, reps = low.array(args["A"]), args["reps"]
    items = reps.items if isinstance(reps, Values) else (reps,)
    counts = [low.integer(item, "reps") for item in items]
    counts = [1] * (op.ndim - len(counts)) + counts
    if len(counts) > op.ndim:
        op = low.expanded(op, range(len(counts) - op.ndim))
    for axis, count in enumerate(counts):
        if not 1 <= count <= MAX_COPIES:
            raise low.fail(f"np.tile: reps have to lie between 1 and {MAX_COPIES}")
        if count > 1:
            op = _renamed(low, low.concatenated([op] * count, axis), axis, Axis())
    return op


def _ravel(low: Lowering, args: Arguments) -> Value:
    op = low.array(args["a"])
    return Selected(op, None, op.ndim) if op.ndim > 1 else op


def _reshape(low: Lowering, args: Arguments) -> Value:
    op, value = low.array(args["a"]), args["shape"]
    if isinstance(value, Static) and isinstance(value.value, tuple):
        value = Values(tuple(Static(n) for n in value.value))
    items = value.items if isinstance(value, Values) else (value,)
    shape = [low.integer(item, "shape") for item in items]
    if shape.count(-1) == 1:
        rest = int(np.prod([n for n in shape if n != -1], dtype=object))
        shape[shape.index(-1)] = op.spec.size // max(rest, 1)
    if min(shape, default=1) < 0 or int(np.prod(shape, dtype=object)) != op.spec.size:
        raise low.fail(f"An array of shape {op.shape} cannot be reshaped to {tuple(shape)}")
    if tuple(shape) == (op.spec.size,):
        return Selected(op, None, op.ndim) if op.ndim > 1 else op
    return low.reshaped(op, tuple(shape), "reshape")


def _row(name: str, signature: str, lower: Callable[[Lowering, Arguments], Value]) -> Function:
    return Function(name, Kind.SHAPE, signature, lower)


ROWS: tuple[Function, ...] = (
    _row("zeros_like", "a, dtype=None", partial(_like, 0, "zeros_like")),
    _row("ones_like", "a, dtype=None", partial(_like, 1, "ones_like")),
    _row("full_like", "a, fill_value, dtype=None", partial(_like, None, "full_like")),
    _row("array", "a, dtype=None", _array),
    _row("stack", "arrays, axis=0", _stack),
    _row("concatenate", "arrays, axis=0", _concatenate),
    _row("squeeze", "a, axis=None", _squeeze),
    _row("expand_dims", "a, axis", _expand_dims),
    _row("transpose", "a, axes=None", _transpose),
    _row("swapaxes", "a, axis1, axis2", _swapaxes),
    _row("moveaxis", "a, source, destination", _moveaxis),
    _row("flip", "m, axis=None", _flip),
    _row("roll", "a, shift, axis=None", _roll),
    _row("diff", "a, n=1, axis=-1", _diff),
    _row("gradient", "f, spacing=1, axis=None", _gradient),
    _row("pad", "array, pad_width, constant_values=0", _pad),
    _row("take", "a, indices, axis=None", _take),
    _row("repeat", "a, repeats, axis=None", _repeat),
    _row("tile", "A, reps", _tile),
    _row("ravel", "a", _ravel),
    _row("reshape", "a, shape", _reshape),
)
"""The rows of the function table that re-arrange axes."""
