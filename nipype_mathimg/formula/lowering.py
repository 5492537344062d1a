"""The tools with which a row of the function table turns a call into operations."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from nipype_mathimg.errors import FormulaError
from nipype_mathimg.formula.alignment import AlignmentError, aligned_axes, broadcast
from nipype_mathimg.formula.dtypes import NumType, common, fit, type_of_number
from nipype_mathimg.formula.graph import Array, Compute, Graph, Op, Scalar
from nipype_mathimg.formula.joining import Join, LookUp
from nipype_mathimg.formula.reduction import Reduction, Statistic
from nipype_mathimg.formula.regions import FULL, AxisMap, Follow, Region
from nipype_mathimg.formula.values import Selected, Static, Value, Values, describe, is_number
from nipype_mathimg.formula.wording import sentence
from nipype_mathimg.spec import ArraySpec, Axis

__all__ = ["MAX_AXES", "Computing", "Lowering", "Rule", "RuleError", "stepped"]

Rule = Callable[[Sequence[NumType]], NumType]
"""From the types of the operands to the type of the result."""

Computing = Callable[[NumType, Sequence[NumType]], Compute]
"""From the types of the result and of the operands to the function that computes."""

MAX_AXES = 7
"""A NIfTI image has at most seven axes."""


class RuleError(Exception):
    """A rule does not allow these operands; becomes a FormulaError with its place."""


@dataclass(slots=True)
class Lowering:
    """The graph of one formula while it grows.

    Parameters
    ----------
    graph : Graph
        Receives the operations.
    formula : str
        The text, for messages.
    span : tuple of int
        The part that is being lowered.
    spans : dict
        For the id of an argument that is no array, its place in the text.
    """

    graph: Graph
    formula: str
    span: tuple[int, int] = (0, 0)
    spans: dict[int, tuple[int, int]] = field(default_factory=dict)

    def fail(self, message: str, span: tuple[int, int] | None = None) -> FormulaError:
        """Return the error to be raised, which underlines the part that is being lowered."""
        return FormulaError(sentence(message), self.formula, span or self.span)

    def wrong(self, value: Value, message: str) -> FormulaError:
        """Return the error to be raised, which underlines an argument where that is possible."""
        return self.fail(message, self.spans.get(id(value)))

    def text(self, op: Op) -> str:
        """Return the part of the formula that an operation stands for."""
        return self.formula[slice(*op.span)].strip() or op.name

    # From values to arrays and static values

    def array(self, value: Value, what: str = "an image or a number") -> Op:
        """Return a value as an operation: numbers and lists become constants.

        Raises
        ------
        FormulaError
            The value cannot stand here.
        """
        if isinstance(value, Op):
            return value
        if is_number(value):
            number = _python_number(value.value)  # type: ignore[union-attr]  # is_number: Static
            return self.graph.constant(number, type_of_number(number), self.span)
        if isinstance(value, Values):
            return self._from_list(value, what)
        if isinstance(value, Static) and isinstance(value.value, tuple):
            return self.numbers([int(v) for v in value.value])
        if isinstance(value, Selected):
            return self._not_here(value)
        raise self.wrong(value, f"There is {describe(value)} where {what} is expected")

    def _not_here(self, value: Selected) -> Op:
        if value.mask is None:
            return self.reshaped(value.op, (value.op.spec.size,), "ravel")
        raise self.fail(
            "How many voxels a mask selects is known only after reading, so `img[mask]` can be "
            "the argument of a reduction, as in `np.mean(img[mask > 0])`; to keep the image's "
            "shape write `np.where(mask, img, 0)`"
        )

    def _from_list(self, values: Values, what: str) -> Op:
        if values.items and all(is_number(item) for item in values.items):
            return self.numbers([_python_number(i.value) for i in values.items])  # type: ignore[union-attr]
        if not values.items:
            raise self.wrong(values, f"There is an empty list where {what} is expected")
        return self.stacked([self.array(item, what) for item in values.items], 0)

    def numbers(self, numbers: Sequence[Scalar]) -> Op:
        """Return a list of numbers as a constant array of one axis."""
        array = np.asarray(numbers)
        if array.dtype.kind not in "biufc":
            raise self.fail("A list holds a number that does not fit into 64 bits")
        return self.graph.constant_array(array, Axis(), self.span)

    def integer(self, value: Value, what: str) -> int:
        """Return a static integer."""
        number = value.value if isinstance(value, Static) else None
        if isinstance(number, int | np.integer) and not isinstance(number, bool):
            return int(number)
        raise self.wrong(
            value, f"{what} is {describe(value)}; it has to be a whole number known beforehand"
        )

    def number(self, value: Value, what: str) -> float:
        """Return a static real number."""
        number = value.value if isinstance(value, Static) else None
        if isinstance(number, int | float | np.number) and not isinstance(number, complex):
            return float(number)
        raise self.wrong(
            value, f"{what} is {describe(value)}; it has to be a number known beforehand"
        )

    def numbers_of(self, value: Value, what: str) -> Array:
        """Return static numbers: one, a list, or a list input."""
        if isinstance(value, Op) and value.is_constant:
            return np.atleast_1d(np.asarray(value.value))
        if isinstance(value, Values) and all(is_number(item) for item in value.items):
            return np.asarray([i.value for i in value.items])  # type: ignore[union-attr]
        return np.asarray([self.number(value, what)])

    def flag(self, value: Value, what: str) -> bool:
        """Return a static True or False."""
        if isinstance(value, Static) and isinstance(value.value, bool | int):
            return bool(value.value)
        raise self.wrong(value, f"{what} is {describe(value)}; it has to be True or False")

    def dtype(self, value: Value) -> np.dtype[Any] | None:
        """Return a static dtype, None for None."""
        if isinstance(value, Static) and (
            value.value is None or isinstance(value.value, np.dtype)
        ):
            return value.value
        raise self.wrong(
            value, f"There is {describe(value)} where a dtype is expected, as in `np.float32`"
        )

    def axis(self, value: Value, ndim: int, what: str = "axis") -> int:
        """Return a static axis, counted from 0."""
        axis = self.integer(value, what)
        if not -ndim <= axis < ndim:
            raise self.wrong(value, f"{what}={axis} is outside of an array with {ndim} axes")
        return axis % ndim

    def axes(self, value: Value, ndim: int) -> tuple[int, ...]:
        """Return static axes, ascending; None means all."""
        if isinstance(value, Static) and value.value is None:
            return tuple(range(ndim))
        items = value.items if isinstance(value, Values) else (value,)
        found = [self.axis(item, ndim) for item in items]
        if len(set(found)) < len(found):
            raise self.fail("An axis is named twice")
        return tuple(sorted(found))

    # Elementwise

    def elementwise(
        self,
        name: str,
        args: Sequence[Value],
        rule: Rule,
        compute: Computing,
        key: Hashable = None,
    ) -> Value:
        """Apply a function to every voxel of operands that are aligned by their axes.

        Parameters
        ----------
        name : str
            Name of the function.
        args : sequence of Value
            Images, numbers, or selections with one mask.
        rule : callable
            From the operands' types to the type of the result.
        compute : callable
            From the types of the result and of the operands to the function that computes.
        key : hashable, optional
            Static parameters, which make two calls different.
        """
        if any(isinstance(arg, Selected) for arg in args):
            return self._elementwise_selected(name, args, rule, compute, key)
        if all(is_number(arg) for arg in args):
            return self._folded(name, args, rule, compute)
        ops = self.aligned([self.array(arg) for arg in args])
        types = [op.type for op in ops]
        number = self._ruled(name, rule, types)
        shape, axes = broadcast([op.shape for op in ops], [op.spec.axes for op in ops])
        spec = ArraySpec(shape, number.dtype, axes, number.bounds)
        return self.graph.add(
            key,
            name,
            spec,
            ops,
            [_elementwise_maps(op.shape, shape) for op in ops],
            compute(number, types),
            self.span,
            weak=not shape,
        )

    def _ruled(self, name: str, rule: Rule, types: Sequence[NumType]) -> NumType:
        try:
            return rule(types)
        except RuleError as error:
            raise self.fail(f"np.{name}: {error}") from None

    def _folded(
        self,
        name: str,
        args: Sequence[Value],
        rule: Rule,
        compute: Computing,
    ) -> Static:
        numbers = [_in_64_bits(_python_number(a.value)) for a in args if isinstance(a, Static)]
        types = [type_of_number(number) for number in numbers]
        number = self._ruled(name, rule, types)
        with np.errstate(all="ignore"):
            result = np.asarray(compute(number, types)(numbers, (), [()] * len(args))).item()
        grown = name in ("add", "subtract", "multiply", "power") and np.all(np.isfinite(numbers))
        if grown and np.isinf(result):
            raise self.fail("The result is too large a number for 64 bits")
        return Static(result)

    def _elementwise_selected(
        self, name: str, args: Sequence[Value], rule: Rule, compute: Computing, key: Hashable
    ) -> Value:
        selections = [arg for arg in args if isinstance(arg, Selected)]
        first = selections[0]
        inner: list[Value] = []
        for arg in args:
            if isinstance(arg, Selected):
                if not first.same_selection(arg):
                    raise self.fail("Two selections meet that were made with different masks")
                inner.append(arg.op)
            elif is_number(arg) or (isinstance(arg, Op) and not arg.shape):
                inner.append(arg)
            else:
                raise self.fail(
                    f"A selection of voxels meets {describe(arg)}; select it with the same mask"
                )
        result = self.elementwise(name, inner, rule, compute, key)
        if not isinstance(result, Op):
            raise self.fail("A selection of voxels cannot be used here")
        return Selected(result, first.mask, first.covered)

    # Shapes

    def aligned(self, ops: Sequence[Op]) -> list[Op]:
        """Give arrays the same number of axes, by the identity of their axes.

        Raises
        ------
        FormulaError
            They cannot be aligned, or their lengths differ.
        """
        try:
            plan = aligned_axes([op.shape for op in ops], [op.spec.axes for op in ops])
        except AlignmentError as error:
            first, second = (self.text(ops[k]) for k in error.operands)
            message = str(error).replace("{first}", first).replace("{second}", second)
            raise self.fail(message) from None
        return [
            op if order is None else self._spread(op, order, axes)
            for op, (order, axes) in zip(ops, plan, strict=True)
        ]

    def _spread(self, op: Op, order: tuple[int | None, ...], axes: tuple[Axis, ...]) -> Op:
        layout = [(a, 0, 1, 1 if a is None else op.shape[a]) for a in order]
        return self.graph.view(op, layout, {}, axes, op.span)

    def expanded(self, op: Op, positions: Sequence[int]) -> Op:
        """Insert new axes of length 1 at positions of the result."""
        total = op.ndim + len(positions)
        if total > MAX_AXES + 1:
            raise self.fail(f"An array would have {total} axes; the limit is {MAX_AXES}")
        old = iter(range(op.ndim))
        order = [None if k in positions else next(old) for k in range(total)]
        axes = tuple(Axis() if a is None else op.spec.axes[a] for a in order)
        return self._spread(op, tuple(order), axes)

    def permuted(self, op: Op, order: Sequence[int]) -> Op:
        """Re-order axes."""
        return self._spread(op, tuple(order), tuple(op.spec.axes[a] for a in order))

    def sliced(self, op: Op, axis: int, start: int, step: int, length: int) -> Op:
        """Take `length` elements along an axis."""
        layout = [(a, 0, 1, n) for a, n in enumerate(op.shape)]
        layout[axis] = (axis, start, step, length)
        axes = list(op.spec.axes)
        axes[axis] = stepped(axes[axis], start, step)
        return self.graph.view(op, layout, {}, axes, self.span)

    def stacked(self, ops: Sequence[Op], axis: int) -> Op:
        """Stack arrays along a new axis."""
        ops = self.broadcasted(ops)
        return self.concatenated([self.expanded(op, [axis]) for op in ops], axis)

    def broadcasted(self, ops: Sequence[Op]) -> list[Op]:
        """Align arrays and give all of them the shape of their broadcast."""
        aligned = self.aligned(ops)
        shape, axes = broadcast([op.shape for op in aligned], [op.spec.axes for op in aligned])
        return [op if op.shape == shape else self._repeated_to(op, shape, axes) for op in aligned]

    def _repeated_to(self, op: Op, shape: tuple[int, ...], axes: tuple[Axis, ...]) -> Op:
        spec = ArraySpec(shape, op.spec.dtype, axes, op.spec.bounds)
        maps = [_elementwise_maps(op.shape, shape)]
        return self.graph.add((shape, axes), "broadcast", spec, [op], maps, _broadcast, self.span)

    def concatenated(self, ops: Sequence[Op], axis: int) -> Op:
        """Join arrays that have equal shapes but for one axis."""
        number = common([op.type for op in ops])
        shape, lengths = list(ops[0].shape), [op.shape[axis] for op in ops]
        for op in ops:
            if _without(op.shape, axis) != _without(ops[0].shape, axis):
                raise self.fail(
                    f"`{self.text(ops[0])}` of shape {ops[0].shape} and `{self.text(op)}` of "
                    f"shape {op.shape} cannot be joined along axis {axis}"
                )
        shape[axis] = sum(lengths)
        axes = list(broadcast([_one(op.shape) for op in ops], [op.spec.axes for op in ops])[1])
        axes[axis] = ops[0].spec.axes[axis]
        maps, at = [], 0
        for length in lengths:
            maps.append(tuple(Follow(k, -at if k == axis else 0) for k in range(len(shape))))
            at += length
        spec = ArraySpec(tuple(shape), number.dtype, tuple(axes), number.bounds)
        join = Join(axis, number.dtype)
        return self.graph.add(axis, "concatenate", spec, ops, maps, join, self.span)

    def reshaped(self, op: Op, shape: tuple[int, ...], name: str) -> Op:
        """Reshape in C order, as NumPy; needs all of the operand at once."""
        spec = ArraySpec(shape, op.spec.dtype, (Axis(),) * len(shape), op.spec.bounds)
        compute = _Reshape(shape)
        return self.whole(name, op, spec, tuple(range(op.ndim)), compute, key=shape, hidden=1.0)

    def whole(
        self,
        name: str,
        op: Op,
        spec: ArraySpec,
        uncut: Sequence[int],
        compute: Compute,
        *,
        key: Hashable,
        hidden: float = 0.0,
    ) -> Op:
        """Add an operation that needs its operand from end to end along the axes `uncut`.

        When the result has as many axes as the operand, the other axes are followed; otherwise
        nothing of the result can be computed alone.
        """
        same = spec.ndim == op.ndim
        maps: list[AxisMap] = [
            FULL if k in uncut or not same else Follow(k) for k in range(op.ndim)
        ]
        closed = frozenset(uncut) if same else frozenset(range(spec.ndim))
        return self.graph.add(
            key, name, spec, [op], [tuple(maps)], compute, self.span, whole=closed, hidden=hidden
        )

    def looked_up(self, table: Op, labels: Op) -> Op:
        """Replace labels by the entries of a list of numbers: ``table[labels]``."""
        if labels.spec.bounds is None or labels.type.is_bool:
            raise self.fail("Labels have to be integers; convert them with `.astype(int)`")
        spec = ArraySpec(labels.shape, table.spec.dtype, labels.spec.axes, table.spec.bounds)
        maps = [_elementwise_maps(labels.shape, labels.shape)]
        entries = np.asarray(table.value)
        key = (entries.dtype.str, entries.tobytes())
        compute = LookUp(entries)
        return self.graph.add(key, "look-up", spec, [labels], maps, compute, self.span)

    # Reductions

    def reduced(
        self,
        name: str,
        op: Op,
        mask: Op | None,
        axes: tuple[int, ...],
        statistic: Statistic,
        number: NumType,
    ) -> Op:
        """Reduce an array along axes by an accumulated statistic."""
        kept = tuple(axis for axis in range(op.ndim) if axis not in axes)
        shape = tuple(op.shape[axis] for axis in kept)
        dtype = number.dtype
        if not shape and dtype.kind in "fc":
            dtype = np.result_type(dtype, np.float64)  # a plain number has full precision
        spec = ArraySpec(shape, dtype, tuple(op.spec.axes[a] for a in kept), number.bounds)
        maps: list[tuple[AxisMap, ...]] = [
            tuple(Follow(kept.index(a)) if a in kept else FULL for a in range(op.ndim))
        ]
        args = [op]
        if mask is not None:
            args.append(mask)
            maps.append(
                tuple(Follow(None, 0) if n == 1 else maps[0][a] for a, n in enumerate(mask.shape))
            )
        reduction = Reduction(statistic, op.shape, axes, dtype, mask is not None, name)
        return self.graph.add(
            (statistic, axes, dtype.str),
            name,
            spec,
            args,
            maps,
            reduction,
            self.span,
            weak=not shape,
            reduction=reduction,
        )


def stepped(axis: Axis, start: float, step: float) -> Axis:
    """Return the origin of a part of an axis: element i of it is element start + step * i."""
    if axis.source is None:
        return axis
    return Axis(axis.source, axis.start + axis.step * start, axis.step * step)


def _elementwise_maps(shape: tuple[int, ...], result: tuple[int, ...]) -> tuple[AxisMap, ...]:
    return tuple(Follow(k) if n == result[k] else Follow(None, 0) for k, n in enumerate(shape))


def _broadcast(arrays: Sequence[Any], out: Region, regions: Sequence[Region]) -> Array:
    return np.broadcast_to(arrays[0], tuple(high - low for low, high in out))


@dataclass(frozen=True, slots=True)
class _Reshape:
    shape: tuple[int, ...]

    def __call__(self, arrays: Sequence[Any], out: Region, regions: Sequence[Region]) -> Array:
        reshaped: Array = arrays[0].reshape(self.shape)
        return reshaped


def _without(shape: tuple[int, ...], axis: int) -> tuple[int, ...]:
    return shape[:axis] + shape[axis + 1 :]


def _one(shape: tuple[int, ...]) -> tuple[int, ...]:
    return (1,) * len(shape)


def _in_64_bits(number: Scalar) -> Scalar:
    """Return a whole number that has more than 64 bits as a float: NumPy would hold an object."""
    if isinstance(number, int) and fit((int(number), int(number))) is None:
        return float(number)
    return number


def _python_number(value: Scalar | np.generic) -> Scalar:
    number: Scalar = value.item() if isinstance(value, np.generic) else value
    return number
