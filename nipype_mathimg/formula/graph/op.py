"""The typed graph: every operation with its shape, dtype and axes, and what it needs.

An `Op` is one value of a formula. Equal operations on equal operands are one object, so whatever
occurs twice in a formula is computed once.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

from nipype_mathimg.errors import FormulaError
from nipype_mathimg.formula.kernels.accumulator import Accumulator
from nipype_mathimg.formula.kernels.kernel import (
    Constant,
    Input,
    Kernel,
    Scalar,
    Table,
    Value,
    identity,
)
from nipype_mathimg.formula.kernels.view import Broadcast, Layout, View, is_identity, joined_layout
from nipype_mathimg.formula.types.ends import single_end
from nipype_mathimg.formula.types.numtype import NumType, needs_more_than_24_bits
from nipype_mathimg.formula.types.regions import AxisMap, Follow, Region, needed
from nipype_mathimg.frozen import Unique
from nipype_mathimg.spec import Array, ArraySpec, Axis, Intent

__all__ = ["MAX_OPERATIONS", "Graph", "Op", "ancestors", "is_single_end"]


# Unique: equal operations are one object, and to compare fields would walk the whole formula.
class Op(Unique):
    """One value of a formula.

    Parameters
    ----------
    index : int
        Position in the graph; operands come before what uses them.
    kernel : Kernel
        What it computes; for an image and for a constant, which one.
    spec : ArraySpec
        Shape, dtype, axes and integer range.
    args : tuple of Op
        The operands.
    maps : tuple of tuple of AxisMap
        For every operand, how its axes follow the axes of the result.
    span : tuple of int
        Where it stands in the formula.
    whole : frozenset of int
        Axes of the result of which no part can be computed alone.
    weak : bool
        True for a plain number, see `NumType.weak`.
    static : bool
        True for a constant, and for what is computed from constants alone.
    """

    index: int
    kernel: Kernel
    spec: ArraySpec
    args: tuple[Op, ...]
    maps: tuple[tuple[AxisMap, ...], ...]
    span: tuple[int, int]
    whole: frozenset[int] = frozenset()
    weak: bool = False
    static: bool = False

    @property
    def name(self) -> str:
        """What is printed in a plan: the name of the function, or of the input."""
        return self.kernel.name

    @property
    def hidden(self) -> float:
        """Bytes of hidden copies that NumPy makes, in units of the largest operand's bytes."""
        return self.kernel.hidden

    @property
    def intent(self) -> Intent | None:
        """What the values are, where the last function says it: a z score, a p value."""
        op = self
        while op.shows_operand:
            op = op.args[0]
        return op.kernel.intent

    @property
    def accumulator(self) -> Accumulator | None:
        """How the value is accumulated while blocks of the operand pass by, if it is."""
        return self.kernel if isinstance(self.kernel, Accumulator) else None

    @property
    def value(self) -> Value:
        """The value of a constant: a number, or an array of one axis."""
        if isinstance(self.kernel, Constant):
            return self.kernel.value
        raise AssertionError(f"{self.name} is no constant")

    @property
    def is_input(self) -> bool:
        """True for an image that is read."""
        return isinstance(self.kernel, Input)

    @property
    def shows_input(self) -> bool:
        """True for an image, or a part of one, perhaps with its axes re-arranged."""
        op = self
        while op.shows_operand:
            op = op.args[0]
        return op.is_input

    @property
    def shows_operand(self) -> bool:
        """True for a re-arrangement of the operand's axes."""
        return isinstance(self.kernel, View)

    @property
    def is_free(self) -> bool:
        """True for what shows memory of its operand and takes none itself."""
        return isinstance(self.kernel, View | Broadcast)

    @property
    def is_constant(self) -> bool:
        """True for a number or a list of numbers."""
        return isinstance(self.kernel, Constant)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the value."""
        return self.spec.shape

    @property
    def sources(self) -> tuple[str | None, ...]:
        """Where its axes come from: x, y, z, t."""
        return tuple(axis.source for axis in self.spec.axes)

    @property
    def ndim(self) -> int:
        """Number of axes of the value."""
        return len(self.spec.shape)

    @property
    def type(self) -> NumType:
        """Numeric type of the value."""
        return NumType(self.spec.dtype, self.spec.bounds, self.weak)

    def needs(self, region: Region) -> list[Region]:
        """Return the regions of the operands that a region of the value needs."""
        return [
            needed(region, maps, arg.shape) for maps, arg in zip(self.maps, self.args, strict=True)
        ]


# A plan takes about 0.25 ms for each: so many stay below 2 s.
MAX_OPERATIONS = 6000
"""A formula has no more operations, numbers and images among them; what is equal counts once."""


class Graph:
    """The operations of one formula; `add` returns the existing one for an equal operation."""

    def __init__(self) -> None:
        self.ops: list[Op] = []
        # By kernel and operands, which nearly always decide about the rest.
        self._known: dict[Hashable, list[Op]] = {}

    def add(
        self,
        kernel: Kernel,
        spec: ArraySpec,
        args: Sequence[Op],
        maps: Sequence[tuple[AxisMap, ...]],
        span: tuple[int, int],
        *,
        whole: frozenset[int] = frozenset(),
        weak: bool = False,
    ) -> Op:
        """Add an operation, or return the one that is equal: all but the span is the same.

        Parameters
        ----------
        kernel : Kernel
            What is computed; its class and its fields tell it from others.
        spec : ArraySpec
            Shape, dtype, axes and integer range of the result. It is wide (see `ArraySpec`) where
            an operand is, or where this says so, and its dtype can show it.
        args : sequence of Op
            The operands, of this graph.
        maps : sequence of tuple of AxisMap
            For every operand and each of its axes, which part of it a part of the result needs:
            `Follow` or `FULL`.
        span : tuple of int
            Place in the formula, from where to where.
        whole : frozenset of int
            Axes of the result of which no part can be computed alone.
        weak : bool
            The result adopts its partners' precision, see `NumType.weak`.

        Returns
        -------
        Op
            A new operation, or the first one that was equal.

        Raises
        ------
        FormulaError
            There are `MAX_OPERATIONS` already.
        TypeError
            A field of the kernel cannot be hashed, see `identity`.
        """
        wide = spec.wide or any(arg.spec.wide for arg in args)
        wide = wide and needs_more_than_24_bits(spec.dtype, spec.bounds)
        if wide != spec.wide:
            spec = spec.changed(wide=wide)
        # Operands count by their index, since equal ones
        # are one: the key does not grow with the formula.
        operands, needs = tuple(args), tuple(maps)
        same = self._known.setdefault((identity(kernel), *[arg.index for arg in operands]), [])
        rest = (spec, needs, whole, weak)
        for op in same:
            if (op.spec, op.maps, op.whole, op.weak) == rest:
                return op
        if len(self.ops) >= MAX_OPERATIONS:
            raise FormulaError(
                f"The formula has more than {MAX_OPERATIONS} operations. Compute it in several "
                "steps, or give images that are treated alike as one list, as in "
                "`np.sum(images, axis=-1)`"
            )
        static = bool(operands) and all(arg.static for arg in operands)
        static = static or isinstance(kernel, Constant)
        op = Op(len(self.ops), kernel, spec, operands, needs, span, whole, weak, static)
        self.ops.append(op)
        same.append(op)
        return op

    def constant(self, value: Scalar, number: NumType, span: tuple[int, int]) -> Op:
        """Add a number."""
        spec = ArraySpec((), number.dtype, (), number.bounds)
        return self.add(Constant(value), spec, (), (), span, weak=number.weak)

    def constant_array(self, value: Array, axis: Axis, span: tuple[int, int]) -> Op:
        """Add a list of numbers, an array of one axis."""
        bounds = None
        if value.dtype.kind in "biu":
            bounds = (int(value.min()), int(value.max())) if value.size else (0, 0)
        spec = ArraySpec(value.shape, value.dtype, (axis,) * value.ndim, bounds)
        return self.add(Constant(Table.of(value)), spec, (), (), span)

    def view(
        self,
        op: Op,
        layout: Layout,
        fixed: dict[int, int],
        axes: Sequence[Axis],
        span: tuple[int, int],
    ) -> Op:
        """Add a re-arrangement of axes: slices, flips, transpositions, new axes of length 1.

        Parameters
        ----------
        op : Op
            What is re-arranged.
        layout : Layout
            Where the axes of the result run.
        fixed : dict
            Axes of `op` that are taken at one index.
        axes : sequence of Axis
            Origins of the result's axes.
        span : tuple of int
            Place in the formula.
        """
        if isinstance(op.kernel, View):
            base, whole = op.args[0], joined_layout(op.kernel.layout, layout, op.args[0].shape)
            if whole is not None:
                return self.view(base, whole, fixed, axes, span)
        layout = tuple(layout)
        shape = tuple(length for _, _, _, length in layout)
        if is_identity(layout, op.shape) and tuple(axes) == op.spec.axes:
            return op
        by_source = {a: Follow(k, s, d) for k, (a, s, d, _) in enumerate(layout) if a is not None}
        maps = tuple(
            by_source[a] if a in by_source else Follow(None, fixed[a]) for a in range(op.ndim)
        )
        spec = ArraySpec(shape, op.spec.dtype, tuple(axes), op.spec.bounds)
        return self.add(View(layout), spec, (op,), (maps,), span)


def is_single_end(op: Op) -> bool:
    """Tell whether the last axis is one of an image, behind x, y and z, of length 1."""
    return op.ndim > 0 and single_end(op.shape, op.spec.axes) < op.ndim


def ancestors(roots: Sequence[Op], *, stop: Callable[[Op], bool] | None = None) -> list[Op]:
    """Return everything that `roots` are computed from (themselves included), operands first.

    Parameters
    ----------
    roots : sequence of Op
        Where to begin.
    stop : callable, optional
        Operations for which it is true are listed, but not what they are computed from.
    """
    found: dict[int, Op] = {}
    # A stack of our own: a sum of a thousand images is a thousand calls deep.
    stack = list(roots)
    while stack:
        op = stack.pop()
        if op.index in found:
            continue
        found[op.index] = op
        if stop is None or not stop(op):
            stack.extend(op.args)
    # An operation is added after its operands, so the order of the indices is that of computation.
    return [found[index] for index in sorted(found)]
