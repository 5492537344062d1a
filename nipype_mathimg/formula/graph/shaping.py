"""How arrays change their shape: aligned, cut, stacked, joined, taken as a whole."""

from __future__ import annotations

from collections.abc import Sequence

from nipype_mathimg.axis import file_order
from nipype_mathimg.formula.graph.op import Graph, Op
from nipype_mathimg.formula.graph.remarks import Remarks, alike, others
from nipype_mathimg.formula.kernels.kernel import Kernel
from nipype_mathimg.formula.kernels.view import Broadcast
from nipype_mathimg.formula.types.numtype import common
from nipype_mathimg.formula.types.regions import FULL, AxisMap, Follow, broadcast_maps
from nipype_mathimg.spec import ArraySpec, Axis

__all__ = ["MAX_AXES", "Shaping"]

MAX_AXES = 7
"""A NIfTI image has at most seven axes."""


class Shaping(Remarks):
    """Adds operations that leave every value as it is, and those that need more than one place.

    Parameters
    ----------
    graph : Graph
        Receives the operations.
    formula : str
        The text, for messages.
    """

    def __init__(self, graph: Graph, formula: str) -> None:
        super().__init__(formula)
        self.graph = graph

    def aligned(self, ops: Sequence[Op]) -> list[Op]:
        """Give arrays the same number of axes, by the identity of their axes.

        Raises
        ------
        FormulaError
            They cannot be aligned, or their lengths differ.
        """
        if alike(ops):
            return list(ops)
        # Most operands are alike: not loaded for them.
        from nipype_mathimg.formula.types.alignment import AlignmentError, aligned_axes

        try:
            plan = aligned_axes([op.shape for op in ops], [op.spec.axes for op in ops])
        except AlignmentError as error:
            first, second = (self.text(ops[k]) for k in error.operands)
            if first == second:  # members of one list, which stand in its order
                first, second = (f"{first}[{k}]" for k in error.operands)
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
        from nipype_mathimg.formula.kernels.join import Join  # few formulas do

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
        from nipype_mathimg.formula.types.meeting import joined, meet

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
