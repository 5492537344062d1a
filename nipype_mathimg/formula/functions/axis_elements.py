"""Functions that move, compare, add or repeat the elements of an axis."""

from __future__ import annotations

from collections.abc import Callable

from nipype_mathimg.formula.functions.elementwise import apply
from nipype_mathimg.formula.functions.index import PAD_MODES
from nipype_mathimg.formula.functions.row import Arguments, Function
from nipype_mathimg.formula.functions.shapes import ordered_axes
from nipype_mathimg.formula.graph.builder import Builder
from nipype_mathimg.formula.graph.indexing import taken
from nipype_mathimg.formula.graph.labels import looked_up
from nipype_mathimg.formula.graph.neighbours import neighbours_along
from nipype_mathimg.formula.graph.op import Op
from nipype_mathimg.formula.graph.operands import Operand, Static, Values, is_number
from nipype_mathimg.formula.kernels.along_axis import Gradient, Repeat
from nipype_mathimg.formula.kernels.join import Pad
from nipype_mathimg.formula.types.numtype import common, type_of_number
from nipype_mathimg.formula.types.regions import Follow
from nipype_mathimg.spec import ArraySpec, Axis

__all__ = ["ROWS"]

MAX_COPIES = 1000
"""Most copies along one axis that `np.tile` makes."""


def _roll(build: Builder, args: Arguments) -> Operand:
    op = build.array(args["a"])
    if not args.given("axis"):
        raise build.fail("np.roll needs an axis here, as in `np.roll(img, 1, axis=-1)`")
    for axis, shift in _shifts(build, args["shift"], args["axis"], op.ndim).items():
        length = op.shape[axis]
        by = shift % max(length, 1)
        if by:
            origin = op.spec.axes[axis]
            tail = build.sliced(op, axis, length - by, 1, by)
            head = build.sliced(op, axis, 0, 1, length - by)
            # The values move over a grid that stays where it is.
            op = _renamed(build, build.concatenated([tail, head], axis), axis, origin.rolled())
    return op


def _shifts(build: Builder, shift: Operand, axis: Operand, ndim: int) -> dict[int, int]:
    """Return by how much each axis moves: shifts and axes are paired, one goes with all."""
    axes = ordered_axes(build, axis, ndim)
    items = shift.items if isinstance(shift, Values) else (shift,)
    shifts = [build.integer(item, "shift") for item in items]
    if len(shifts) == 1:
        shifts *= len(axes)
    elif len(axes) == 1:
        axes *= len(shifts)
    if len(shifts) != len(axes):
        raise build.fail(f"np.roll: {len(shifts)} shifts do not fit {len(axes)} axes")
    moved = dict.fromkeys(axes, 0)
    for where, by in zip(axes, shifts, strict=True):
        moved[where] += by
    return moved


def _renamed(build: Builder, op: Op, axis: int, origin: Axis) -> Op:
    axes = list(op.spec.axes)
    axes[axis] = origin
    layout = [(k, 0, 1, n) for k, n in enumerate(op.shape)]
    return build.graph.view(op, layout, {}, axes, build.span)


def _diff(build: Builder, args: Arguments) -> Operand:
    op: Operand = build.array(args["a"])
    times = build.integer(args["n"], "n")
    if times < 0:
        raise build.wrong(args["n"], "np.diff: n cannot be negative")
    for _ in range(times):
        array = build.array(op)
        axis = build.axis(args["axis"], array.ndim)
        length = array.shape[axis] - 1
        if length < 1:
            raise build.fail(f"np.diff: nothing is left along an axis of length {length + 1}")
        later = build.sliced(array, axis, 1, 1, length)
        earlier = build.sliced(array, axis, 0, 1, length)
        name = "not_equal" if array.type.is_bool else "subtract"
        op = apply(build, name, later, earlier)
    return op


def _gradient(build: Builder, args: Arguments) -> Operand:
    op = build.array(args["f"])
    if not args.given("axis"):
        raise build.fail("np.gradient needs an axis here, as in `np.gradient(img, axis=0)`")
    axis = neighbours_along(build, op, build.axis(args["axis"], op.ndim), "np.gradient", "axis=-1")
    spacing = build.number(args["spacing"], "spacing")
    if op.shape[axis] < 2:
        raise build.fail(f"np.gradient needs at least 2 elements along axis {axis}")
    # To floats by the rule of a division, lest differences of unsigned integers wrap.
    wide = build.array(apply(build, "divide", op, Static(1.0)))
    spec = ArraySpec(op.shape, wide.spec.dtype, op.spec.axes)
    return build.whole(Gradient(axis, spacing), wide, spec, (axis,))


def _widths(build: Builder, value: Operand, ndim: int) -> list[tuple[int, int]]:
    """Read pad_width: n, (before, after), or one such pair for each axis."""
    if not isinstance(value, Values):
        width = build.integer(value, "pad_width")
        return [(width, width)] * ndim
    items = value.items
    if not any(isinstance(item, Values) for item in items):
        pair = [build.integer(item, "pad_width") for item in items]
        if len(pair) != 2:
            raise build.fail(
                "np.pad: pad_width is n, (before, after), or such a pair for each axis"
            )
        return [(pair[0], pair[1])] * ndim
    pairs = [
        tuple(build.integer(v, "pad_width") for v in item.items)
        for item in items
        if isinstance(item, Values)
    ]
    if len(pairs) != ndim or any(len(pair) != 2 for pair in pairs):
        raise build.fail(
            f"np.pad: pad_width has to give (before, after) for each of the {ndim} axes"
        )
    return [(pair[0], pair[1]) for pair in pairs]


def _pad(build: Builder, args: Arguments) -> Operand:
    op = build.array(args["array"])
    widths = _widths(build, args["pad_width"], op.ndim)
    if any(width < 0 for pair in widths for width in pair):
        raise build.fail("np.pad: pad_width cannot be negative; slice instead, as in `img[1:-1]`")
    if build.word(args["mode"], "mode", PAD_MODES) == "edge":
        return _with_edges(build, op, widths)
    constant = args["constant_values"]
    value = build.number(constant, "constant_values")
    value = (
        int(value) if isinstance(constant, Static) and isinstance(constant.value, int) else value
    )
    number = common([op.type, type_of_number(value)])
    shape = tuple(n + a + b for n, (a, b) in zip(op.shape, widths, strict=True))
    before = tuple(pair[0] for pair in widths)
    axes = tuple(axis.stepped(-b, 1) for axis, b in zip(op.spec.axes, before, strict=True))
    maps = tuple(Follow(k, -b) for k, b in enumerate(before))
    spec = ArraySpec(shape, number.dtype, axes, number.bounds)
    return build.graph.add(Pad(before, value, number.dtype), spec, [op], [maps], build.span)


def _with_edges(build: Builder, op: Op, widths: list[tuple[int, int]]) -> Op:
    """Repeat the first and the last element of every axis in front of it and behind it."""
    for axis, (before, behind) in enumerate(widths):
        origin, length = op.spec.axes[axis], op.shape[axis]
        parts = [(0, before), (None, 1), (length - 1, behind)]
        pieces = [
            op if place is None else _repeated(build, op, axis, place, count)
            for place, count in parts
            if count
        ]
        op = _renamed(build, build.concatenated(pieces, axis), axis, origin.stepped(-before, 1))
    return op


def _repeated(build: Builder, op: Op, axis: int, place: int, count: int) -> Op:
    """Return one element of an axis, as often as is said."""
    shape = (*op.shape[:axis], count, *op.shape[axis + 1 :])
    return build.repeated_to(build.sliced(op, axis, place, 1, 1), shape, op.spec.axes)


def _take(build: Builder, args: Arguments) -> Operand:
    op = build.array(args["a"])
    if isinstance(args["indices"], Op) and not args["indices"].is_constant:
        if not (op.is_constant and op.ndim == 1):
            raise build.fail("np.take by an image looks values up in a list of numbers")
        return looked_up(build, op, args["indices"])
    if not args.given("axis") and op.ndim != 1:
        raise build.fail("np.take needs an axis here, as in `np.take(img, [0, 2], axis=-1)`")
    axis = build.axis(args["axis"], op.ndim) if args.given("axis") else 0
    indices = build.reals_of(args["indices"], "the indices of np.take")
    if indices.dtype.kind not in "iu":
        raise build.fail("The indices of np.take have to be whole numbers")
    found = taken(build, op, [int(k) for k in indices], axis)
    return build.without_axis(found, axis) if is_number(args["indices"]) else found


def _repeat(build: Builder, args: Arguments) -> Operand:
    op = build.array(args["a"])
    times = build.integer(args["repeats"], "repeats")
    if not args.given("axis") or times < 1:
        raise build.fail(
            "np.repeat needs an axis and a count here, as in `np.repeat(img, 2, axis=-1)`"
        )
    axis = build.axis(args["axis"], op.ndim)
    axes = list(op.spec.axes)
    # A copy is 1 / times of a voxel, so the first one's
    # centre lies half of the rest before the voxel's.
    axes[axis] = axes[axis].stepped((1 / times - 1) / 2, 1 / times)
    shape = (*op.shape[:axis], op.shape[axis] * times, *op.shape[axis + 1 :])
    spec = ArraySpec(shape, op.spec.dtype, tuple(axes), op.spec.bounds)
    return build.whole(Repeat(axis, times), op, spec, (axis,))


def _tile(build: Builder, args: Arguments) -> Operand:
    op, reps = build.array(args["A"]), args["reps"]
    items = reps.items if isinstance(reps, Values) else (reps,)
    counts = [build.integer(item, "reps") for item in items]
    counts = [1] * (op.ndim - len(counts)) + counts
    if len(counts) > op.ndim:
        op = build.expanded(op, range(len(counts) - op.ndim))
    for axis, count in enumerate(counts):
        if not 1 <= count <= MAX_COPIES:
            raise build.fail(f"np.tile: reps have to lie between 1 and {MAX_COPIES}")
        if count > 1:
            again = op.spec.axes[axis]
            op = build.concatenated([op] * count, axis)
            op = _renamed(build, op, axis, again if again.is_time else Axis())
    return op


def _row(name: str, signature: str, lower: Callable[[Builder, Arguments], Operand]) -> Function:
    return Function(name, signature, lower)


ROWS: tuple[Function, ...] = (
    _row("roll", "a, shift, axis=None", _roll),
    _row("diff", "a, n=1, axis=-1", _diff),
    _row("gradient", "f, spacing=1, axis=None", _gradient),
    _row("pad", "array, pad_width, mode='constant', constant_values=0", _pad),
    _row("take", "a, indices, axis=None", _take),
    _row("repeat", "a, repeats, axis=None", _repeat),
    _row("tile", "A, reps", _tile),
)
"""The rows of the function table that work on the elements of an axis."""
