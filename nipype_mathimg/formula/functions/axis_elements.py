"""Functions that move, compare, add or repeat the elements of an axis."""

from __future__ import annotations

from collections.abc import Callable

from nipype_mathimg.formula.functions.elementwise import apply
from nipype_mathimg.formula.functions.row import Arguments, Function
from nipype_mathimg.formula.functions.shapes import ordered_axes
from nipype_mathimg.formula.graph.builder import Lowering
from nipype_mathimg.formula.graph.indexing import taken
from nipype_mathimg.formula.graph.op import Op
from nipype_mathimg.formula.graph.operands import Static, Value, Values, is_number
from nipype_mathimg.formula.kernels.along_axis import Gradient, Repeat
from nipype_mathimg.formula.kernels.join import Pad
from nipype_mathimg.formula.types.numtype import common, type_of_number
from nipype_mathimg.formula.types.regions import Follow
from nipype_mathimg.spec import ArraySpec, Axis

__all__ = ["ROWS"]

MAX_COPIES = 1000
"""Most copies along one axis that `np.tile` makes."""


def _roll(low: Lowering, args: Arguments) -> Value:
    op = low.array(args["a"])
    if not args.given("axis"):
        raise low.fail("np.roll needs an axis here, as in `np.roll(img, 1, axis=-1)`")
    for axis, shift in _shifts(low, args["shift"], args["axis"], op.ndim).items():
        length = op.shape[axis]
        by = shift % max(length, 1)
        if by:
            origin = op.spec.axes[axis]
            tail = low.sliced(op, axis, length - by, 1, by)
            head = low.sliced(op, axis, 0, 1, length - by)
            # The values move over a grid that stays where it is.
            op = _renamed(low, low.concatenated([tail, head], axis), axis, origin.rolled())
    return op


def _shifts(low: Lowering, shift: Value, axis: Value, ndim: int) -> dict[int, int]:
    """Return by how much each axis moves: shifts and axes are paired, one goes with all."""
    axes = ordered_axes(low, axis, ndim)
    items = shift.items if isinstance(shift, Values) else (shift,)
    shifts = [low.integer(item, "shift") for item in items]
    if len(shifts) == 1:
        shifts *= len(axes)
    elif len(axes) == 1:
        axes *= len(shifts)
    if len(shifts) != len(axes):
        raise low.fail(f"np.roll: {len(shifts)} shifts do not fit {len(axes)} axes")
    moved = dict.fromkeys(axes, 0)
    for where, by in zip(axes, shifts, strict=True):
        moved[where] += by
    return moved


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
    spec = ArraySpec(op.shape, wide.spec.dtype, op.spec.axes)
    return low.whole(Gradient(axis, spacing), wide, spec, (axis,))


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
    axes = tuple(axis.stepped(-b, 1) for axis, b in zip(op.spec.axes, before, strict=True))
    maps = tuple(Follow(k, -b) for k, b in enumerate(before))
    spec = ArraySpec(shape, number.dtype, axes, number.bounds)
    return low.graph.add(Pad(before, value, number.dtype), spec, [op], [maps], low.span)


def _take(low: Lowering, args: Arguments) -> Value:
    op = low.array(args["a"])
    if isinstance(args["indices"], Op) and not args["indices"].is_constant:
        if not (op.is_constant and op.ndim == 1):
            raise low.fail("np.take by an image looks values up in a list of numbers")
        return low.looked_up(op, args["indices"])
    if not args.given("axis") and op.ndim != 1:
        raise low.fail("np.take needs an axis here, as in `np.take(img, [0, 2], axis=-1)`")
    axis = low.axis(args["axis"], op.ndim) if args.given("axis") else 0
    indices = low.reals_of(args["indices"], "the indices of np.take")
    if indices.dtype.kind not in "iu":
        raise low.fail("The indices of np.take have to be whole numbers")
    found = taken(low, op, [int(k) for k in indices], axis)
    return low.without_axis(found, axis) if is_number(args["indices"]) else found


def _repeat(low: Lowering, args: Arguments) -> Value:
    op = low.array(args["a"])
    times = low.integer(args["repeats"], "repeats")
    if not args.given("axis") or times < 1:
        raise low.fail(
            "np.repeat needs an axis and a count here, as in `np.repeat(img, 2, axis=-1)`"
        )
    axis = low.axis(args["axis"], op.ndim)
    axes = list(op.spec.axes)
    axes[axis] = axes[axis].stepped((1 / times - 1) / 2, 1 / times)
    shape = (*op.shape[:axis], op.shape[axis] * times, *op.shape[axis + 1 :])
    spec = ArraySpec(shape, op.spec.dtype, tuple(axes), op.spec.bounds)
    return low.whole(Repeat(axis, times), op, spec, (axis,))


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
            again = op.spec.axes[axis]
            op = low.concatenated([op] * count, axis)
            op = _renamed(low, op, axis, again if again.is_time else Axis())
    return op


def _row(name: str, signature: str, lower: Callable[[Lowering, Arguments], Value]) -> Function:
    return Function(name, signature, lower)


ROWS: tuple[Function, ...] = (
    _row("roll", "a, shift, axis=None", _roll),
    _row("diff", "a, n=1, axis=-1", _diff),
    _row("gradient", "f, spacing=1, axis=None", _gradient),
    _row("pad", "array, pad_width, constant_values=0", _pad),
    _row("take", "a, indices, axis=None", _take),
    _row("repeat", "a, repeats, axis=None", _repeat),
    _row("tile", "A, reps", _tile),
)
"""The rows of the function table that work on the elements of an axis."""
