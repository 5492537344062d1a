"""Computing a region of a result from blocks of what it is made of.

First, from the result down, which region of every operation is needed; then, from the images up,
the values. Both walk a list, so the depth of a formula does not matter.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import numpy as np

from nipype_mathimg.errors import FormulaError
from nipype_mathimg.formula.graph.op import Op, ancestors
from nipype_mathimg.formula.kernels.kernel import Scalar, Value
from nipype_mathimg.formula.types.regions import Region, covering, elements, is_empty, local
from nipype_mathimg.frozen import Frozen
from nipype_mathimg.spec import Array

__all__ = ["Demand", "Tape"]

Demand = dict[int, list[Region]]
"""For the index of an operation, the regions of it that are needed."""

Blocks = dict[int, list[tuple[Region, Value]]]
"""For the index of an operation, its regions that are computed, with their values."""

Fetch = Callable[[Op, Region], Value]


class Tape(Frozen):
    """The operations between some results and what is at hand, operands first.

    Parameters
    ----------
    targets : tuple of Op
        What is wanted.
    ops : tuple of Op
        What is computed for it, and the leaves.
    leaves : frozenset of int
        Indices of operations whose values are at hand: images, and earlier stages.
    """

    targets: tuple[Op, ...]
    ops: tuple[Op, ...]
    leaves: frozenset[int]

    @classmethod
    def of(cls, targets: Sequence[Op], known: frozenset[int]) -> Tape:
        """Return the tape that stops at images, constants and what is `known`."""

        def at_hand(op: Op) -> bool:
            return op.index in known or op.is_input or op.is_constant

        ops = ancestors(targets, stop=at_hand)
        leaves = frozenset(op.index for op in ops if at_hand(op) and not op.is_constant)
        return cls(tuple(targets), tuple(ops), leaves)

    def demand(self, wanted: Sequence[Region]) -> Demand:
        """Return which regions are needed for a region of each target."""
        needs: Demand = {op.index: [] for op in self.ops}
        for target, region in zip(self.targets, wanted, strict=True):
            _want(needs[target.index], region)
        # Backwards: all that needs an operation has said
        # so before it is asked what it needs itself.
        for op in reversed(self.ops):
            if op.index in self.leaves or op.is_constant:
                continue
            if op.whole:
                needs[op.index] = _whole_along(op, needs[op.index])
            for region in needs[op.index]:
                for arg, part in zip(op.args, op.needs(region), strict=True):
                    if not is_empty(part):
                        _want(needs[arg.index], part)
        return needs

    def run(self, demand: Demand, fetch: Fetch, wanted: Sequence[Region]) -> list[Value]:
        """Compute a region of each target.

        Parameters
        ----------
        demand : Demand
            What `demand` returned for the regions.
        fetch : callable
            Returns a region of a leaf.
        wanted : sequence of Region
            The regions.
        """
        blocks: Blocks = {}
        waiting = self._uses()
        for op in self.ops:
            if op.is_constant:
                continue
            blocks[op.index] = [
                (
                    region,
                    fetch(op, region) if op.index in self.leaves else _apply(op, region, blocks),
                )
                for region in demand[op.index]
            ]
            # A set, for `a * a` uses its operand once. Blocks go as soon as nothing waits for
            # them: `peak_bytes` relies on it.
            for arg in {arg.index for arg in op.args} if op.index not in self.leaves else ():
                waiting[arg] -= 1
                if not waiting[arg]:
                    blocks.pop(arg, None)
        return [
            _taken(op, region, blocks) for op, region in zip(self.targets, wanted, strict=True)
        ]

    def _uses(self) -> dict[int, int]:
        """Return how many operations use each one; what is wanted is used once more."""
        uses = dict.fromkeys((op.index for op in self.ops), 0)
        for op in self.ops:
            if op.index not in self.leaves:
                for index in {arg.index for arg in op.args}:
                    uses[index] += 1
        for target in self.targets:
            uses[target.index] += 1
        return uses

    def peak_bytes(self, demand: Demand, views: Collection[int], *, tables: bool = True) -> int:
        """Return the bytes of all blocks that exist at once while a region is computed.

        Parameters
        ----------
        demand : Demand
            Which regions.
        views : collection of int
            Leaves whose blocks are views of memory that is counted elsewhere.
        tables : bool
            With what a kernel takes however small a region is, see `Kernel.table`.
        """
        alive: dict[int, int] = {}
        waiting, peak, total = self._uses(), 0.0, 0
        for op in self.ops:
            free = op.is_constant or op.is_free or op.index in views
            alive[op.index] = 0 if free else _bytes(op, demand)
            operands = () if op.index in self.leaves else op.args
            hidden = op.hidden * max((_bytes(arg, demand) for arg in operands), default=0)
            hidden += op.kernel.table if tables and operands else 0
            total += alive[op.index]
            peak = max(peak, total + hidden)
            for arg in {arg.index for arg in operands}:
                waiting[arg] -= 1
                if not waiting[arg]:
                    total -= alive.pop(arg, 0)
        return int(peak)


def _bytes(op: Op, demand: Demand) -> int:
    return sum(elements(region) for region in demand[op.index]) * op.spec.dtype.itemsize


def _whole_along(op: Op, regions: list[Region]) -> list[Region]:
    """Return regions that are complete along the axes of which no part can be computed alone."""
    complete: list[Region] = []
    for region in regions:
        parts = enumerate(zip(region, op.shape, strict=True))
        _want(complete, tuple((0, n) if k in op.whole else part for k, (part, n) in parts))
    return complete


def _want(regions: list[Region], region: Region) -> None:
    """Add a region to those that are needed; what overlaps or touches becomes one."""
    if region in regions:
        return
    for k, other in enumerate(regions):
        joint = covering(region, other)
        # A quarter more voxels cost less than a second call of
        # everything below. The joint region may touch others in turn.
        if elements(joint) <= 1.25 * (elements(region) + elements(other)):
            del regions[k]
            _want(regions, joint)
            return
    regions.append(region)


def _apply(op: Op, region: Region, blocks: Blocks) -> Value:
    needs = op.needs(region)
    arrays = [
        np.asarray(_taken(arg, part, blocks), arg.spec.dtype)
        for arg, part in zip(op.args, needs, strict=True)
    ]
    try:
        result: Value = op.kernel.compute(arrays, region, needs)
    except FormulaError as error:
        raise error.located(op.span) from None
    if not op.shape:
        # A number of Python is weak in NumPy's promotion;
        # np.float64 would widen an image of float32.
        number: Scalar = np.asarray(result).item()
        return number
    return result


def _taken(op: Op, region: Region, blocks: Blocks) -> Value:
    if op.is_constant:
        if not op.shape:
            return op.value
        part: Array = np.asarray(op.value)[local(region, ((0, 0),) * op.ndim)]
        return part
    if is_empty(region):
        shape = tuple(max(high - low, 0) for low, high in region)
        return np.empty(shape, op.spec.dtype, order="F")
    for frame, array in blocks[op.index]:
        if frame == region:
            return array
        if all(a <= c and d <= b for (a, b), (c, d) in zip(frame, region, strict=True)):
            return np.asarray(array)[local(region, frame)]
    raise AssertionError(f"{op.name}: region {region} was not computed")
