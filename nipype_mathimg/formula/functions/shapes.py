"""Functions that re-arrange whole axes, and that make arrays in the shape of others."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import numpy as np

from nipype_mathimg.formula.functions.parametrised import converted
from nipype_mathimg.formula.functions.row import Arguments, Function
from nipype_mathimg.formula.graph.builder import MAX_NUMBERS, Builder
from nipype_mathimg.formula.graph.op import Op, is_single_end
from nipype_mathimg.formula.graph.operands import Masked, Operand, Static, Values, is_number
from nipype_mathimg.formula.kernels.along_axis import Fill
from nipype_mathimg.formula.types.meeting import joined
from nipype_mathimg.formula.types.numtype import NumType, common, type_of_number
from nipype_mathimg.spec import ArraySpec

__all__ = ["ROWS", "ordered_axes"]


def _like(default: float | None, name: str, build: Builder, args: Arguments) -> Operand:
    op = build.array(args["a"])
    dtype = build.dtype(args["dtype"])
    value = args["fill_value"] if default is None else Static(default)
    if not is_number(value) or not isinstance(value, Static):
        raise build.fail(f"np.{name}: the value has to be a number known beforehand")
    number = common([NumType(op.spec.dtype, op.spec.bounds), type_of_number(value.value)])
    bounds = type_of_number(value.value).bounds
    spec = ArraySpec(op.shape, number.dtype, op.spec.axes, bounds if number.is_integer else None)
    fill = Fill(name, value.value, number.dtype)
    result: Operand = build.graph.add(fill, spec, (), (), build.span)
    return result if dtype is None else converted(build, result, dtype)


def _array(build: Builder, args: Arguments) -> Operand:
    value, dtype = args["a"], build.dtype(args["dtype"])
    if not isinstance(value, Masked):
        value = value if is_number(value) else build.array(value)
    return value if dtype is None else converted(build, value, dtype)


def _list(build: Builder, value: Operand, name: str) -> list[Op]:
    if isinstance(value, Op) and value.ndim:
        length = value.shape[0]
        return [build.without_axis(value, 0, k) for k in range(length)]
    if not isinstance(value, Values) or not value.items:
        raise build.fail(f"np.{name} takes a list, as in `np.{name}([a, b], axis=0)`")
    return [build.array(item) for item in value.items]


def _stack(build: Builder, args: Arguments) -> Operand:
    if isinstance(args["axis"], Op):
        raise build.wrong(args["axis"], "np.stack takes a list; write `np.stack([a, b], axis=-1)`")
    ops = build.aligned(_list(build, args["arrays"], "stack"))
    axis = build.axis(args["axis"], max(op.ndim for op in ops) + 1)
    # Volumes stacked behind x, y and z become an image of four axes, (x, y, z, 1) as (x, y, z).
    while axis > 3 and all(op.shape and is_single_end(op) for op in ops):
        ops = [build.without_axis(op, op.ndim - 1) for op in ops]
        axis = min(axis, ops[0].ndim)
    return build.stacked(ops, axis)


def _concatenate(build: Builder, args: Arguments) -> Operand:
    if isinstance(args["axis"], Op):
        raise build.wrong(
            args["axis"], "np.concatenate takes a list; write `np.concatenate([a, b], axis=-1)`"
        )
    ops = _list(build, args["arrays"], "concatenate")
    if len({op.ndim for op in ops}) > 1 or not ops[0].ndim:
        raise build.fail("np.concatenate joins arrays with the same number of axes; see np.stack")
    axis = build.axis(args["axis"], ops[0].ndim)
    result = build.concatenated(ops, axis)
    build.note_meetings(ops, leave_out=axis)
    first, in_place = joined([op.spec.axes[axis] for op in ops], [op.shape[axis] for op in ops])
    if not in_place:
        build.note(
            "grid",
            f"the parts of `{build.text(result)}` do not follow one another along {first.source}: "
            "the result begins where the first part does, and later ones do not lie where they "
            "come from",
        )
    return result


def _real(build: Builder, value: Operand, what: str) -> int | float:
    """Return a static number, whole where it is written so."""
    number = build.number(value, what)
    whole = isinstance(value, Static) and isinstance(value.value, int | np.integer)
    return int(number) if whole else number


def _arange(build: Builder, args: Arguments) -> Operand:
    first, step = _real(build, args["start"], "start"), _real(build, args["step"], "step")
    last = _real(build, args["stop"], "stop") if args.given("stop") else None
    start, stop = (0, first) if last is None else (first, last)
    if not step:
        raise build.wrong(args["step"], "np.arange: step cannot be 0")
    count = math.ceil((stop - start) / step)
    if not 0 < count <= MAX_NUMBERS:
        raise build.fail(f"np.arange gives {max(count, 0)} numbers; it can be 1 to {MAX_NUMBERS}")
    return build.numbers(np.arange(start, stop, step).tolist())


def _squeeze(build: Builder, args: Arguments) -> Operand:
    op = build.array(args["a"])
    if args.given("axis"):
        gone = build.axes(args["axis"], op.ndim)
        if any(op.shape[k] != 1 for k in gone):
            raise build.fail(
                f"np.squeeze: an array of shape {op.shape} is longer than 1 along that axis"
            )
    else:
        gone = tuple(k for k, n in enumerate(op.shape) if n == 1)
    layout = [(k, 0, 1, n) for k, n in enumerate(op.shape) if k not in gone]
    axes = [axis for k, axis in enumerate(op.spec.axes) if k not in gone]
    return build.graph.view(op, layout, dict.fromkeys(gone, 0), axes, build.span)


def _expand_dims(build: Builder, args: Arguments) -> Operand:
    op, value = build.array(args["a"]), args["axis"]
    count = len(value.items) if isinstance(value, Values) else 1
    return build.expanded(op, build.axes(value, op.ndim + count))


def ordered_axes(build: Builder, value: Operand, ndim: int) -> list[int]:
    """Return static axes in the order in which they are given."""
    items = value.items if isinstance(value, Values) else (value,)
    return [build.axis(item, ndim) for item in items]


def _transpose(build: Builder, args: Arguments) -> Operand:
    op = build.array(args["a"])
    if not args.given("axes"):
        return build.permuted(op, range(op.ndim)[::-1])
    order = ordered_axes(build, args["axes"], op.ndim)
    if sorted(order) != list(range(op.ndim)):
        raise build.fail(f"np.transpose: axes has to name each of the {op.ndim} axes once")
    return build.permuted(op, order)


def _swapaxes(build: Builder, args: Arguments) -> Operand:
    op = build.array(args["a"])
    first, second = (build.axis(args[name], op.ndim, name) for name in ("axis1", "axis2"))
    order = list(range(op.ndim))
    order[first], order[second] = second, first
    return build.permuted(op, order)


def _moveaxis(build: Builder, args: Arguments) -> Operand:
    op = build.array(args["a"])
    source, target = (ordered_axes(build, args[k], op.ndim) for k in ("source", "destination"))
    if len(set(source)) != len(source) or len(source) != len(set(target)):
        raise build.fail("np.moveaxis: source and destination have to name as many different axes")
    rest = iter(k for k in range(op.ndim) if k not in source)
    place = dict(zip(target, source, strict=False))
    return build.permuted(op, [place[k] if k in place else next(rest) for k in range(op.ndim)])


def _flip(build: Builder, args: Arguments) -> Operand:
    op = build.array(args["m"])
    for axis in build.axes(args["axis"], op.ndim):
        op = build.sliced(op, axis, op.shape[axis] - 1, -1, op.shape[axis])
    return op


def _ravel(build: Builder, args: Arguments) -> Operand:
    op = build.array(args["a"])
    return _in_a_row(build, op)


def _in_a_row(build: Builder, op: Op) -> Operand:
    """Return all elements along one axis."""
    if op.ndim > 1:
        return Masked(op, None, op.ndim)
    return op if op.ndim else build.expanded(op, [0])


def _reshape(build: Builder, args: Arguments) -> Operand:
    op, value = build.array(args["a"]), args["shape"]
    if isinstance(value, Static) and isinstance(value.value, tuple):
        value = Values(tuple(Static(n) for n in value.value))
    items = value.items if isinstance(value, Values) else (value,)
    shape = [build.integer(item, "shape") for item in items]
    if shape.count(-1) == 1:
        rest = int(np.prod([n for n in shape if n != -1], dtype=object))
        shape[shape.index(-1)] = op.spec.size // max(rest, 1)
    if min(shape, default=1) < 0 or int(np.prod(shape, dtype=object)) != op.spec.size:
        raise build.fail(f"An array of shape {op.shape} cannot be reshaped to {tuple(shape)}")
    if tuple(shape) == (op.spec.size,):
        return _in_a_row(build, op)
    return build.reshaped(op, tuple(shape), "reshape")


def _row(name: str, signature: str, lower: Callable[[Builder, Arguments], Operand]) -> Function:
    return Function(name, signature, lower)


ROWS: tuple[Function, ...] = (
    _row("zeros_like", "a, dtype=None", partial(_like, 0, "zeros_like")),
    _row("ones_like", "a, dtype=None", partial(_like, 1, "ones_like")),
    _row("full_like", "a, fill_value, dtype=None", partial(_like, None, "full_like")),
    _row("array", "a, dtype=None", _array),
    _row("stack", "arrays, axis=0", _stack),
    _row("concatenate", "arrays, axis=0", _concatenate),
    _row("arange", "start, stop=None, step=1", _arange),
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
