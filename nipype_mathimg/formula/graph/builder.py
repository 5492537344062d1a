"""The tools with which a row of the function table turns a call into operations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from nipype_mathimg.axis import file_order
from nipype_mathimg.formula.graph.op import Graph, Op
from nipype_mathimg.formula.graph.operands import (
    Entries,
    Listed,
    Masked,
    Operand,
    Static,
    Values,
    describe,
    is_number,
    python_number,
)
from nipype_mathimg.formula.graph.remarks import Remarks, alike, others
from nipype_mathimg.formula.graph.tape import Tape
from nipype_mathimg.formula.kernels.join import Join
from nipype_mathimg.formula.kernels.kernel import Kernel, Scalar
from nipype_mathimg.formula.kernels.kernel import Value as Block
from nipype_mathimg.formula.kernels.view import Broadcast
from nipype_mathimg.formula.types.alignment import AlignmentError, aligned_axes
from nipype_mathimg.formula.types.meeting import joined, meet
from nipype_mathimg.formula.types.numtype import common, largest_float, type_of_number
from nipype_mathimg.formula.types.regions import (
    FULL,
    AxisMap,
    Follow,
    Region,
    broadcast_maps,
    whole,
)
from nipype_mathimg.spec import ArraySpec, Axis, FloatArray

if TYPE_CHECKING:
    from nipype_mathimg.formula.graph.label_source import LabelSource

__all__ = ["MAX_AXES", "MAX_NUMBERS", "Builder"]


MAX_AXES = 7
"""A NIfTI image has at most seven axes."""

MAX_NUMBERS = 1 << 20
"""What is computed from numbers alone is kept as numbers up to so many."""


class Builder(Remarks):
    """The graph of one formula while it grows.

    Parameters
    ----------
    graph : Graph
        Receives the operations.
    formula : str
        The text, for messages.
    stored : numpy.dtype, optional
        In which the result is stored, where that is asked for.
    affine : ndarray of float64, (4, 4), optional
        Of the grid that all images share: voxel indices to mm.
    labels : LabelSource, optional
        What is known of label images.
    grid : ArraySpec, optional
        Of an image that has x, y and z from end to end.
    """

    def __init__(
        self,
        graph: Graph,
        formula: str,
        stored: np.dtype[Any] | None = None,
        affine: FloatArray | None = None,
        labels: LabelSource | None = None,
        grid: ArraySpec | None = None,
    ) -> None:
        super().__init__(formula)
        self.graph = graph
        self.labels = labels
        self.grid = grid
        self.affine = affine
        self.stored = stored

    def largest_stored(self, op: Op) -> float:
        """Return the largest number that an operation and the file of the result both hold.

        Where no dtype was asked for, that is float32, or float64 for what is wide.
        """
        stored = self.stored or np.dtype(np.float64 if op.spec.wide else np.float32)
        return min(largest_float(op.spec.dtype), largest_float(stored))

    # From values to arrays and static values

    def array(self, value: Operand, what: str = "an image or a number") -> Op:
        """Return a value as an operation: numbers and lists become constants.

        Raises
        ------
        FormulaError
            The value cannot stand here.
        """
        if isinstance(value, Op):
            return value
        if is_number(value):
            number = python_number(value.value)
            return self.graph.constant(number, type_of_number(number), self.span)
        if isinstance(value, Values):
            return self._from_list(value, what)
        if isinstance(value, Static) and isinstance(value.value, tuple):
            return self.numbers([int(v) for v in value.value])
        if isinstance(value, Masked):
            return self._not_here(value)
        if isinstance(value, Listed):
            raise self.wrong(
                value,
                f"How long the list of np.{value.op.name} is, is known only after reading, so it "
                f"can be a result, and nothing is computed from it here; {value.remedy}",
            )
        if isinstance(value, Entries):
            raise self.wrong(value, f"`{value.name}` is a table; {_picked(value)}")
        raise self.wrong(value, f"There is {describe(value)} where {what} is expected")

    def result(self, value: Operand) -> Op:
        """Return a result of the formula as an operation; raises as `array`."""
        return value.op if isinstance(value, Listed) else self.array(value)

    def _not_here(self, value: Masked) -> Op:
        if value.mask is None:
            return self.reshaped(value.op, (value.op.spec.size,), "ravel")
        raise self.fail(
            "How many voxels a mask selects is known only after reading, so `img[mask]` can be "
            "the argument of a reduction, as in `np.mean(img[mask > 0])`; to keep the image's "
            "shape write `np.where(mask, img, 0)`"
        )

    def _from_list(self, values: Values, what: str) -> Op:
        if values.of:
            raise self.wrong(
                values,
                f"{values.of} gives {len(values.items)} values; take one, as in "
                f"`{values.of}(...)[0]`",
            )
        numbers = [python_number(item.value) for item in values.items if is_number(item)]
        if values.items and len(numbers) == len(values.items):
            return self.numbers(numbers)
        if not values.items:
            raise self.wrong(values, f"There is an empty list where {what} is expected")
        ops = [self.array(item, what) for item in values.items]
        if all(op.is_constant for op in ops):
            return self._matrix(values, ops)
        return self.stacked(ops, 0)

    def _matrix(self, values: Values, rows: Sequence[Op]) -> Op:
        """Return a list of lists of numbers as a constant."""
        if len({row.shape for row in rows}) > 1:
            lengths = sorted({row.shape[0] if row.shape else 1 for row in rows})
            raise self.wrong(
                values,
                "The lists in a list have to be equally long, as the rows of a matrix; these have "
                f"{' and '.join(map(str, lengths))} numbers",
            )
        return self.graph.constant_array(np.stack([row.value for row in rows]), Axis(), self.span)

    def numbers(self, numbers: Sequence[Scalar]) -> Op:
        """Return a list of numbers as a constant array of one axis."""
        array = np.asarray(numbers)
        if array.dtype.kind not in "biufc":
            raise self.fail("A list holds a number that does not fit into 64 bits")
        return self.graph.constant_array(array, Axis(), self.span)

    def known(self, value: Operand) -> Operand:
        """Compute what is computed from numbers alone, so that it can stand where numbers can.

        ``bval < 50`` becomes a list of True and False, ``np.max(times)`` a number.
        """
        if not isinstance(value, Op) or not value.static or value.is_constant:
            return value
        if value.spec.size > MAX_NUMBERS:
            return value
        region = whole(value.shape)
        tape = Tape.of((value,), frozenset())
        with np.errstate(all="ignore"):
            (found,) = tape.run(tape.demand([region]), _unread, [region])
        if not value.shape:
            return Static(found)
        return self.graph.constant_array(np.array(found), Axis(), value.span)

    # Shapes

    def aligned(self, ops: Sequence[Op]) -> list[Op]:
        """Give arrays the same number of axes, by the identity of their axes.

        Raises
        ------
        FormulaError
            They cannot be aligned, or their lengths differ.
        """
        if alike(ops):
            return list(ops)
        try:
            plan = aligned_axes([op.shape for op in ops], [op.spec.axes for op in ops])
        except AlignmentError as error:
            first, second = (self.text(ops[k]) for k in error.operands)
            message = str(error)
            for place, text in (("{first}", first), ("{second}", second)):
                bracketed = text if text.isidentifier() else f"({text})"
                message = message.replace(f"{place}[", f"{bracketed}[").replace(place, text)
            raise self.fail(message) from None
        return [
            op if order is None else self._spread(op, order, axes)
            for op, (order, axes) in zip(ops, plan, strict=True)
        ]

    def _spread(self, op: Op, order: tuple[int | None, ...], axes: tuple[Axis, ...]) -> Op:
        layout = [(a, 0, 1, 1 if a is None else op.shape[a]) for a in order]
        gone = dict.fromkeys(set(range(op.ndim)).difference(order), 0)
        return self.graph.view(op, layout, gone, axes, op.span)

    def expanded(self, op: Op, positions: Sequence[int]) -> Op:
        """Insert new axes of length 1 at positions of the result."""
        total = op.ndim + len(positions)
        # One more may exist for a moment: a reduction
        # over no axis adds one and takes it away again.
        if total > MAX_AXES + 1:
            raise self.fail(f"An array would have {total} axes; the limit is {MAX_AXES}")
        old = iter(range(op.ndim))
        order = [None if k in positions else next(old) for k in range(total)]
        axes = tuple(Axis() if a is None else op.spec.axes[a] for a in order)
        return self._spread(op, tuple(order), axes)

    def without_axis(self, op: Op, axis: int, index: int = 0) -> Op:
        """Take one element along an axis, which goes."""
        kept = [k for k in range(op.ndim) if k != axis]
        layout = [(k, 0, 1, op.shape[k]) for k in kept]
        axes = [op.spec.axes[k] for k in kept]
        return self.graph.view(op, layout, {axis: index}, axes, self.span)

    def permuted(self, op: Op, order: Sequence[int]) -> Op:
        """Re-order axes."""
        return self._spread(op, tuple(order), tuple(op.spec.axes[a] for a in order))

    def in_file_order(self, op: Op) -> tuple[Op, tuple[int, ...]]:
        """Return an array with its axes as they lie in a file, and the order that they have now.

        What is accumulated goes through a file of CIFTI in one pass then.
        """
        order = file_order(op.spec.axes)
        if order == tuple(range(op.ndim)):
            return op, order
        return self.permuted(op, order), order

    def sliced(self, op: Op, axis: int, start: int, step: int, length: int) -> Op:
        """Take `length` elements along an axis."""
        layout = [(a, 0, 1, n) for a, n in enumerate(op.shape)]
        layout[axis] = (axis, start, step, length)
        axes = list(op.spec.axes)
        axes[axis] = axes[axis].part(range(start, start + step * length, step))
        return self.graph.view(op, layout, {}, axes, self.span)

    def stacked(self, ops: Sequence[Op], axis: int) -> Op:
        """Stack arrays along a new axis."""
        ops = self.broadcasted(ops)
        return self.concatenated([self.expanded(op, [axis]) for op in ops], axis)

    def broadcasted(self, ops: Sequence[Op]) -> list[Op]:
        """Align arrays and give all of them the shape of their broadcast."""
        aligned = self.aligned(ops)
        shape, axes = self.joint(aligned)
        return [op if op.shape == shape else self.repeated_to(op, shape, axes) for op in aligned]

    def repeated_to(self, op: Op, shape: tuple[int, ...], axes: tuple[Axis, ...]) -> Op:
        """Repeat an array along axes of length 1."""
        spec = ArraySpec(shape, op.spec.dtype, axes, op.spec.bounds)
        maps = [broadcast_maps(op.shape, shape)]
        return self.graph.add(Broadcast(), spec, [op], maps, self.span)

    def concatenated(self, ops: Sequence[Op], axis: int) -> Op:
        """Join arrays that have equal shapes but for one axis."""
        number = common([op.type for op in ops])
        shape, lengths = list(ops[0].shape), [op.shape[axis] for op in ops]
        for op in ops:
            if others(op.shape, axis) != others(ops[0].shape, axis):
                raise self.fail(
                    f"`{self.text(ops[0])}` of shape {ops[0].shape} and `{self.text(op)}` of "
                    f"shape {op.shape} cannot be joined along axis {axis}"
                )
        shape[axis] = sum(lengths)
        axes = self._joined_axes(ops, axis)
        maps, at = [], 0
        for length in lengths:
            # To an operand the result begins `at` elements
            # before it; `needed` cuts off what is not its own.
            maps.append(tuple(Follow(k, -at if k == axis else 0) for k in range(len(shape))))
            at += length
        spec = ArraySpec(tuple(shape), number.dtype, tuple(axes), number.bounds)
        return self.graph.add(Join(axis, number.dtype), spec, ops, maps, self.span)

    def _joined_axes(self, ops: Sequence[Op], axis: int) -> list[Axis]:
        lengths = [op.shape[axis] for op in ops]
        axes = []
        for k, length in enumerate(ops[0].shape):
            own = [op.spec.axes[k] for op in ops]
            if k == axis:
                axes.append(joined(own, lengths)[0])
                continue
            names = list(dict.fromkeys(a.source for a in own if a.source is not None))
            if len(names) > 1:
                raise self.fail(f"The {names[0]} axis of one part meets the {names[1]} axis")
            axes.append(meet(own, length))
        return axes

    def reshaped(self, op: Op, shape: tuple[int, ...], name: str) -> Op:
        """Reshape in C order, as NumPy; needs all of the operand at once."""
        from nipype_mathimg.formula.kernels.along_axis import Reshape  # few formulas do

        spec = ArraySpec(shape, op.spec.dtype, (Axis(),) * len(shape), op.spec.bounds)
        return self.whole(Reshape(name, shape), op, spec, tuple(range(op.ndim)))

    def whole(self, kernel: Kernel, op: Op, spec: ArraySpec, uncut: Sequence[int]) -> Op:
        """Add an operation that needs its operand from end to end along some axes.

        When the result has as many axes as the operand, the other axes are followed: an image is
        cut along them. Otherwise nothing of the result can be computed alone.

        Parameters
        ----------
        kernel : Kernel
            Computes blocks of the result from blocks of the operand, both whole along `uncut`.
        op : Op
            The operand.
        spec : ArraySpec
            Shape, dtype, axes and integer range of the result; along the axes that are followed
            it has the length of the operand.
        uncut : sequence of int
            Axes of the operand, counted from 0.

        Returns
        -------
        Op
            The operation, or an equal one that was there.

        Raises
        ------
        TypeError
            A field of the kernel cannot be hashed.
        """
        same = spec.ndim == op.ndim
        maps: list[AxisMap] = [
            FULL if k in uncut or not same else Follow(k) for k in range(op.ndim)
        ]
        closed = frozenset(uncut) if same else frozenset(range(spec.ndim))
        return self.graph.add(kernel, spec, [op], [tuple(maps)], self.span, whole=closed)


def _picked(table: Entries) -> str:
    first = next(iter(table.entries), "name")
    return (
        f'pick a column or an entry, as in `{table.name}["{first}"]`, or several columns, as in '
        f'`{table.name}[["{first}", ...]]`'
    )


def _unread(op: Op, region: Region) -> Block:
    raise AssertionError(f"{op.name} is not made of numbers alone")
