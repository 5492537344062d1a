"""Functions that re-arrange whole axes, and that make arrays in the shape of others."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from nipype_mathimg.formula.functions.parametrised import converted
from nipype_mathimg.formula.functions.row import Arguments, Function
from nipype_mathimg.formula.graph.builder import Lowering
from nipype_mathimg.formula.graph.op import Op, is_single_end
from nipype_mathimg.formula.graph.operands import Selected, Static, Value, Values, is_number
from nipype_mathimg.formula.kernels.along_axis import Fill
from nipype_mathimg.formula.types.meeting import joined
from nipype_mathimg.formula.types.numtype import NumType, common, type_of_number
from nipype_mathimg.spec import ArraySpec

__all__ = ["ROWS", "ordered_axes"]


def _like(default: float | None, name: str, low: Lowering, args: Arguments) -> Value:
    op = low.array(args["a"])
    dtype = low.dtype(args["dtype"])
    value = args["fill_value"] if default is None else Static(default)
    if not is_number(value) or not isinstance(value, Static):
        raise low.fail(f"np.{name}: the value has to be a number known beforehand")
    number = common([NumType(op.spec.dtype, op.spec.bounds), type_of_number(value.value)])
    bounds = type_of_number(value.value).bounds
    spec = ArraySpec(op.shape, number.dtype, op.spec.axes, bounds if number.is_integer else None)
    fill = Fill(name, value.value, number.dtype)
    result: Value = low.graph.add(fill, spec, (), (), low.span)
    return result if dtype is None else converted(low, result, dtype)


def _array(low: Lowering, args: Arguments) -> Value:
    value, dtype = args["a"], low.dtype(args["dtype"])
    if not isinstance(value, Selected):
        value = value if is_number(value) else low.array(value)
    return value if dtype is None else converted(low, value, dtype)


def _list(low: Lowering, value: Value, name: str) -> list[Op]:
    if isinstance(value, Op) and value.ndim:
        length = value.shape[0]
        return [low.without_axis(value, 0, k) for k in range(length)]
    if not isinstance(value, Values) or not value.items:
        raise low.fail(f"np.{name} takes a list, as in `np.{name}([a, b], axis=0)`")
    return [low.array(item) for item in value.items]


def _stack(low: Lowering, args: Arguments) -> Value:
    ops = low.aligned(_list(low, args["arrays"], "stack"))
    axis = low.axis(args["axis"], max(op.ndim for op in ops) + 1)
    # Volumes stacked behind x, y and z become an image of four axes, (x, y, z, 1) as (x, y, z).
    while axis > 3 and all(op.shape and is_single_end(op) for op in ops):
        ops = [low.without_axis(op, op.ndim - 1) for op in ops]
        axis = min(axis, ops[0].ndim)
    return low.stacked(ops, axis)


def _concatenate(low: Lowering, args: Arguments) -> Value:
    ops = _list(low, args["arrays"], "concatenate")
    if len({op.ndim for op in ops}) > 1 or not ops[0].ndim:
        raise low.fail("np.concatenate joins arrays with the same number of axes; see np.stack")
    axis = low.axis(args["axis"], ops[0].ndim)
    result = low.concatenated(ops, axis)
    low.note_meetings(ops, leave_out=axis)
    first, in_place = joined([op.spec.axes[axis] for op in ops], [op.shape[axis] for op in ops])
    if not in_place:
        low.note(
            "grid",
            f"the parts of `{low.text(result)}` do not follow one another along {first.source}: "
            "the result begins where the first part does, and later ones do not lie where they "
            "come from",
        )
    return result


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


def ordered_axes(low: Lowering, value: Value, ndim: int) -> list[int]:
    """Return static axes in the order in which they are given."""
    items = value.items if isinstance(value, Values) else (value,)
    return [low.axis(item, ndim) for item in items]


def _transpose(low: Lowering, args: Arguments) -> Value:
    op = low.array(args["a"])
    if not args.given("axes"):
        return low.permuted(op, range(op.ndim)[::-1])
    order = ordered_axes(low, args["axes"], op.ndim)
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
    source, target = (ordered_axes(low, args[k], op.ndim) for k in ("source", "destination"))
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


def _ravel(low: Lowering, args: Arguments) -> Value:
    op = low.array(args["a"])
    return _in_a_row(low, op)


def _in_a_row(low: Lowering, op: Op) -> Value:
    """Return all elements along one axis."""
    if op.ndim > 1:
        return Selected(op, None, op.ndim)
    return op if op.ndim else low.expanded(op, [0])


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
        return _in_a_row(low, op)
    return low.reshaped(op, tuple(shape), "reshape")


def _row(name: str, signature: str, lower: Callable[[Lowering, Arguments], Value]) -> Function:
    return Function(name, signature, lower)


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
    _row("ravel", "a", _ravel),
    _row("reshape", "a, shape", _reshape),
)
"""The rows of the function table that re-arrange axes."""
