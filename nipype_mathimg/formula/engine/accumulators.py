"""The accumulators of a stage, shared out among threads so that no two touch the same."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from threading import Lock

import numpy as np

from nipype_mathimg.errors import MathImgError
from nipype_mathimg.formula.graph.op import Op
from nipype_mathimg.formula.kernels.accumulator import State
from nipype_mathimg.formula.kernels.kernel import Value
from nipype_mathimg.formula.plan.sinks import Accumulate
from nipype_mathimg.formula.types.limits import Limits
from nipype_mathimg.formula.types.regions import Region, plane_axes, whole
from nipype_mathimg.spec import Array

__all__ = ["Accumulators"]


class Accumulators:
    """The states of some accumulators over one domain.

    An accumulator that must see its values in file order has a state for each part of the axes
    that it keeps, and each part belongs to one thread (a *lane*), which works in order. The
    others have one state, which takes its blocks in any order.

    Parameters
    ----------
    sinks : sequence of Accumulate
        What is accumulated.
    domain : tuple of int
        Shape of the operands.
    lanes : int
        Number of threads.
    limits : Limits
        Tuning numbers.
    """

    def __init__(
        self, sinks: Sequence[Accumulate], domain: tuple[int, ...], lanes: int, limits: Limits
    ) -> None:
        self.sinks = sinks
        self.domain = domain
        self.lanes = lanes
        self.limits = limits
        self.lock = Lock()
        # An ordered state belongs to one lane alone, so the lock guards the dict only, which all
        # lanes add to; a state that lanes share sees to that itself.
        self.states: dict[tuple[int, Region], State] = {}
        for sink in sinks:
            if not sink.accumulator.in_order:
                # Made before the threads begin, so that none of them has to be the first.
                self._state(sink, whole(domain))
        ordered = [sink.accumulator for sink in sinks if sink.accumulator.in_order]
        kept = [set(accumulator.kept) for accumulator in ordered]
        # A lane may sum up a part alone only if no ordered accumulator mixes it with another one:
        # parts are cut along axes that all of them keep.
        self.common = tuple(sorted(set.intersection(*kept))) if kept else ()
        self.ordered = bool(ordered)
        self.places: dict[Region, int] = {}

    def parts(self, k: int, slab: Region) -> Iterator[tuple[int, Region]]:
        """Yield the lanes that work on a slab, and the part that each takes."""
        if not self.ordered:
            yield k % self.lanes, slab
            return
        for part in self._split(slab):
            key = tuple(part[axis] for axis in self.common)
            # Numbered by the calling thread: a part that comes again in a later slab goes to the
            # same lane, whose queue keeps the order of the file.
            place = self.places.setdefault(key, len(self.places))
            yield place % self.lanes, part

    def _split(self, slab: Region) -> Iterator[Region]:
        """Cut a slab that is whole in the kept axes, so that all lanes have work."""
        # The slowest axis, along which parts are contiguous;
        # within a plane they would be short runs.
        axis = max(self.common, default=None)
        if axis is None or self.lanes == 1 or axis < plane_axes(self.domain):
            yield slab
            return
        low, high = slab[axis]
        # A slab that is only a piece of the axis is left whole:
        # its neighbours are other parts, and go to other lanes.
        count = min(self.lanes, high - low)
        if count < 2 or (low, high) != (0, self.domain[axis]):
            yield slab
            return
        cuts = [low + (high - low) * k // count for k in range(count + 1)]
        for pair in pairwise(cuts):
            yield (*slab[:axis], pair, *slab[axis + 1 :])

    def update(self, part: Region, sinks: Sequence[Accumulate], values: Sequence[Value]) -> None:
        """Add the operands' values in a part of the domain."""
        operands = iter(values)
        groups: dict[Hashable, list[tuple[Accumulate, Array, Array | None]]] = {}
        for sink in sinks:
            block = np.asarray(next(operands))
            mask = np.asarray(next(operands)) if sink.accumulator.masked else None
            key = sink.operands[0].index, sink.accumulator.group
            groups.setdefault(key, []).append((sink, block, mask))
        for (first, block, mask), *others in groups.values():
            taken = [(first, mask), *((sink, mask) for sink, _, mask in others)]
            states = [self._state(sink, part) for sink, _ in taken]
            with _at(first):
                first.accumulator.update(states, block, [mask for _, mask in taken], part)

    def _state(self, sink: Accumulate, part: Region) -> State:
        """Return the state that a part of the domain belongs to."""
        how = sink.accumulator
        region = tuple(
            part[axis] if how.in_order and axis in how.kept else (0, n)
            for axis, n in enumerate(self.domain)
        )
        key = (sink.op.index, region)
        with self.lock:
            if key not in self.states:
                self.states[key] = how.start(region, self.limits)
            return self.states[key]

    def finish_pass(self, sinks: Sequence[Accumulate]) -> list[Accumulate]:
        """End a pass for some of the sinks; return those that need another one."""
        left = []
        for sink in sinks:
            with _at(sink):
                # A list, not a generator: `all` would stop at the first that is not finished, and
                # the others would not end their pass.
                finished = [self.states[key].finish() for key in self._keys(sink)]
            if not all(finished):
                left.append(sink)
        return left

    def _keys(self, sink: Accumulate) -> list[tuple[int, Region]]:
        return [key for key in self.states if key[0] == sink.op.index]

    def results(self) -> Iterator[tuple[Op, Value]]:
        """Yield each target with its value; states are released on the way."""
        for sink in self.sinks:
            with _at(sink):
                value = self._result(sink)
            yield sink.op, value

    def _result(self, sink: Accumulate) -> Value:
        keys = self._keys(sink)
        if sink.accumulator.in_order:
            return self._assembled(sink, keys)
        return self.states.pop(keys[0]).result()

    def _assembled(self, sink: Accumulate, keys: Sequence[tuple[int, Region]]) -> Array:
        op = sink.op
        result = np.empty(op.shape, op.spec.dtype, order="F")
        for key in keys:
            place = tuple(slice(*key[1][axis]) for axis in sink.accumulator.kept)
            # Popped, so that each state is released as soon as its part is in the result.
            result[(slice(None),) * sink.accumulator.made + place] = self.states.pop(key).result()
        return result


@contextmanager
def _at(sink: Accumulate) -> Iterator[None]:
    """Show where the accumulated value stands with every error that is raised within."""
    try:
        yield
    except MathImgError as error:
        raise error.located(sink.op.span) from None
