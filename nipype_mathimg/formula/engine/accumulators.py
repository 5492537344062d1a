"""The accumulators of a stage, shared out among threads so that no two touch the same."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise
from threading import Lock

import numpy as np

from nipype_mathimg.formula.graph.op import Op
from nipype_mathimg.formula.kernels.accumulate import PLANE_AXES, Reduction, State
from nipype_mathimg.formula.kernels.kernel import Value
from nipype_mathimg.formula.kernels.rank_search import SelectionState
from nipype_mathimg.formula.types.regions import Region
from nipype_mathimg.spec import Array

__all__ = ["Gathering"]


class Gathering:
    """Accumulators for some targets over one domain.

    A sequential accumulator must see its values in file order, so each part of the kept axes
    belongs to one thread (a *lane*) that works in order. Accumulators by planes and order
    statistics take their blocks in any order.

    Parameters
    ----------
    targets : sequence of Op
        Reductions and order statistics.
    domain : tuple of int
        Shape of their operands.
    lanes : int
        Number of threads.
    narrowing : collection of int
        Indices of the order statistics that are looked for in windows of values.
    """

    def __init__(
        self,
        targets: Sequence[Op],
        domain: tuple[int, ...],
        lanes: int,
        narrowing: Collection[int],
    ) -> None:
        self.targets = targets
        self.domain = domain
        self.lanes = lanes
        self.lock = Lock()
        self.states: dict[tuple[int, Region], State] = {}
        self.selections: dict[int, SelectionState] = {}
        for op in targets:
            if op.selection is not None:
                self.selections[op.index] = SelectionState(
                    op.selection, narrows=op.index in narrowing
                )
            elif op.reduction is not None and op.reduction.by_planes:
                self.states[op.index, ()] = State(op.reduction)
        sequential = [r for r in self._reductions() if not r.by_planes]
        kept = [set(r.kept) for r in sequential]
        self.common = tuple(sorted(set.intersection(*kept))) if kept else ()
        self.ordered = bool(sequential)
        self.places: dict[Region, int] = {}

    def _reductions(self) -> list[Reduction]:
        return [op.reduction for op in self.targets if op.reduction is not None]

    def parts(self, k: int, slab: Region) -> Iterator[tuple[int, Region]]:
        """Yield the lanes that work on a slab, and the part that each takes."""
        if not self.ordered:
            yield k % self.lanes, slab
            return
        for part in self._split(slab):
            key = tuple(part[axis] for axis in self.common)
            place = self.places.setdefault(key, len(self.places))
            yield place % self.lanes, part

    def _split(self, slab: Region) -> Iterator[Region]:
        """Cut a slab that is whole in the kept axes, so that all lanes have work."""
        axis = max(self.common, default=None)
        if axis is None or self.lanes == 1 or axis < PLANE_AXES:
            yield slab
            return
        low, high = slab[axis]
        count = min(self.lanes, high - low)
        if count < 2 or (low, high) != (0, self.domain[axis]):
            yield slab
            return
        cuts = [low + (high - low) * k // count for k in range(count + 1)]
        for pair in pairwise(cuts):
            yield (*slab[:axis], pair, *slab[axis + 1 :])

    def update(self, part: Region, values: Sequence[Value]) -> None:
        """Add the operands' values in a part of the domain."""
        operands = iter(values)
        for op in self.targets:
            block = np.asarray(next(operands))
            mask = np.asarray(next(operands)) if len(op.args) > 1 else None
            if op.selection is not None:
                self.selections[op.index].update(block, mask)
            elif op.reduction is not None:
                self._state(op, op.reduction, part).update(block, mask, part)

    def _state(self, op: Op, reduction: Reduction, part: Region) -> State:
        if reduction.by_planes:
            return self.states[op.index, ()]
        region = tuple(
            (0, n) if axis in reduction.axes else part[axis] for axis, n in enumerate(self.domain)
        )
        with self.lock:
            key = (op.index, region)
            if key not in self.states:
                self.states[key] = State(reduction, region)
            return self.states[key]

    def finish_pass(self) -> bool:
        """End a pass; return False while an order statistic needs another one."""
        for state in self.selections.values():
            if not state.done:
                state.finish_pass()
        return all(state.done for state in self.selections.values())

    def results(self) -> Iterator[tuple[Op, Value]]:
        """Yield each target with its value; accumulators are released on the way."""
        for op in self.targets:
            if op.selection is not None:
                yield op, self.selections.pop(op.index).result()
            elif op.reduction is not None:
                yield op, self._assembled(op, op.reduction)

    def _assembled(self, op: Op, reduction: Reduction) -> Array:
        keys = [key for key in self.states if key[0] == op.index]
        if reduction.by_planes:
            return self.states.pop(keys[0]).result()
        result = np.empty(op.shape, op.spec.dtype, order="F")
        for key in keys:
            region = key[1]
            place = tuple(slice(*region[axis]) for axis in reduction.kept)
            result[place] = self.states.pop(key).result()
        return result
