"""Reductions that are accumulated piece by piece, to the same bits whatever the pieces.

Two orders of summation exist, and the axes alone decide between them, never the size of a piece:

- *sequential*: every cell of the result takes its values one after the other in file order, in
  float64 (or int64). Used when at least one axis of the plane (the first two axes) is kept.
- *by planes*: each plane is reduced as a whole, then the complete table of planes is merged.
  Used when the plane is reduced away.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from functools import cached_property
from types import EllipsisType
from typing import cast

import numpy as np

from nipype_mathimg.errors import FormulaError
from nipype_mathimg.formula.kernels import accumulator
from nipype_mathimg.formula.kernels.accumulator import Accumulator
from nipype_mathimg.formula.kernels.statistic import ROW_VALUES, EmptyError, Fields, Statistic
from nipype_mathimg.formula.types.limits import Limits
from nipype_mathimg.formula.types.regions import Region, local, plane_axes, shape_of, whole
from nipype_mathimg.frozen import Frozen
from nipype_mathimg.spec import Array

__all__ = ["Reduction", "State"]

STATE_BYTES = 1 << 20
"""Bytes of the states that are accumulated at a time.

They stay near the processor while a block passes by. Twice the second cache of a core is a little
faster than what fits into it, since NumPy is called half as often: by a tenth for a tSNR of int16.
"""

PLANE_VALUES = 1 << 16
"""Values of planes that are reduced at a time: 512 KiB in float64, the second cache of a core."""

FEW = 4
"""So many values of every cell have to fit into `ROW_VALUES` to be worth their copy."""


class Reduction(Frozen, Accumulator):
    """A reduction of a domain along axes.

    Parameters
    ----------
    statistic : Statistic
        What is computed.
    domain : tuple of int
        Shape of the operand.
    axes : tuple of int
        Axes that are reduced away, ascending.
    dtype : numpy.dtype
        Dtype of the result.
    masked : bool
        True when a second operand, a mask aligned with the domain, says what counts.
    name : str
        Name of the function, for messages.
    """

    statistic: Statistic
    domain: tuple[int, ...]
    axes: tuple[int, ...]
    dtype: np.dtype[np.generic]
    masked: bool
    name: str

    def effort(self) -> float:
        """See `Kernel`: the values that a mask selects are sought first."""
        return 4.0 if self.masked else 1.0

    @cached_property
    def plane(self) -> int:
        """How many leading axes of the domain form a plane."""
        return plane_axes(self.domain)

    @cached_property
    def by_planes(self) -> bool:
        """True when the plane is reduced away."""
        return set(range(self.plane)) <= set(self.axes)

    @property
    def sequential_in_file(self) -> bool:
        """True when whole planes are kept, so that the file can be read once in its order."""
        return all(axis >= self.plane for axis in self.axes)

    @cached_property
    def kept(self) -> tuple[int, ...]:
        """Axes of the domain that remain."""
        return tuple(axis for axis in range(len(self.domain)) if axis not in self.axes)

    @property
    def uncut(self) -> int:
        """How many leading axes have to be there from end to end: those of a plane."""
        return self.plane if self.by_planes else 0

    @property
    def in_order(self) -> bool:
        """True unless planes are reduced as a whole, which come in any order."""
        return not self.by_planes

    @property
    def alike(self) -> bool:
        """True when every cell takes each of its values by itself."""
        return not (self.by_planes or self.masked)

    @property
    def streams(self) -> bool:
        """Whether a file that is read once in its order will do."""
        return self.by_planes or self.sequential_in_file

    @property
    def group(self) -> Hashable:
        """Reductions that keep the same cells go through a block together."""
        return super().group if self.by_planes else self.axes

    def update(
        self,
        states: Sequence[accumulator.State],
        block: Array,
        masks: Sequence[Array | None],
        region: Region,
    ) -> None:
        """See `Accumulator.update`."""
        if self.by_planes:
            super().update(states, block, masks, region)
            return
        # Those of a group are of this class.
        _update_cells(cast("Sequence[State]", states), block, masks)

    def start(self, part: Region, limits: Limits) -> State:
        """Return the state of a part of the domain that has seen nothing."""
        return State(self, part)

    def update_bytes(self, size: int, limits: Limits) -> int:
        """Return 0: the copies of a block are counted with the kernel."""
        return 0

    def state_bytes(self, limits: Limits) -> int:
        """Return the bytes of the accumulators for the whole result."""
        cells = 1
        table = range(self.plane, len(self.domain)) if self.by_planes else self.kept
        for axis in table:
            cells *= self.domain[axis]
        fields = self.statistic.start(1, self.alike)
        return sum(array.nbytes for array in fields.values()) * cells


class State:
    """The accumulators of a reduction for a part of its domain.

    Parameters
    ----------
    reduction : Reduction
        What is accumulated.
    region : Region, optional
        The part of the domain; everything when absent. It is whole along the reduced axes.
    """

    def __init__(self, reduction: Reduction, region: Region | None = None) -> None:
        self.reduction = reduction
        self.region = whole(reduction.domain) if region is None else region
        self.lengths = shape_of(self.region)
        # `object` for Python's integers: a plan may be asked for shapes whose size leaves int64.
        self.count = int(np.prod([self.lengths[axis] for axis in reduction.axes], dtype=object))
        self.cells = int(np.prod([self.lengths[axis] for axis in reduction.kept], dtype=object))
        if reduction.by_planes:
            start = reduction.statistic.start(1)
            shape = self.lengths[reduction.plane :]
            # Not initialised: every plane comes once, and `result` is asked for after all of them.
            self.fields = {k: np.empty(shape, v.dtype, order="F") for k, v in start.items()}
        else:
            self.fields = reduction.statistic.start(self.cells, reduction.alike)
        self.offered = 0

    def update(self, block: Array, mask: Array | None, region: Region) -> None:
        """Add a block of the domain; blocks come in file order unless `by_planes`."""
        if self.reduction.by_planes:
            self._update_planes(block, mask, region)
        else:
            _update_cells([self], block, [mask])

    def _update_planes(self, block: Array, mask: Array | None, region: Region) -> None:
        if mask is not None:
            mask = np.broadcast_to(mask, block.shape)
        plane = self.reduction.plane
        rest = block.shape[plane:]
        columns = (int(np.prod(block.shape[:plane])), int(np.prod(rest)))
        values = block.reshape(columns, order="F")
        chosen = None if mask is None else mask.reshape(columns, order="F")
        # With the ellipsis a single cell is a view too.
        place: tuple[slice | EllipsisType, ...] = (*local(region, self.region)[plane:], ...)
        for name, field in self._of_planes(values, chosen).items():
            # "safe": a narrower field would cut a count or a sum without a word.
            part = self.fields[name][place]
            np.copyto(part, field.reshape(rest, order="F"), casting="safe")

    def _of_planes(self, values: Array, chosen: Array | None) -> Fields:
        """Return the state of planes, some at a time: what is made of them stays in the cache."""
        step = max(1, PLANE_VALUES // max(len(values), 1))
        parts = [slice(low, low + step) for low in range(0, max(values.shape[1], 1), step)]
        plane = self.reduction.statistic.plane
        found = [plane(values[:, k], None if chosen is None else chosen[:, k]) for k in parts]
        if len(found) == 1:
            return found[0]
        return {name: np.concatenate([one[name] for one in found]) for name in found[0]}

    def update_few(self, rows: Array) -> None:
        """Add rows, each with a value of every cell, many at a time: calls would take longest."""
        step = ROW_VALUES // self.cells
        for low in range(0, len(rows), step):
            some = rows[low : low + step]
            self.reduction.statistic.fold_rows(self.fields, some, self.offered)
            self.offered += len(some)

    def finish(self) -> bool:
        """End the only pass."""
        return True

    def result(self) -> Array:
        """Return the result for the region, in the dtype of the reduction."""
        reduction, fields = self.reduction, self.fields
        if reduction.by_planes:
            axes = tuple(a - reduction.plane for a in reduction.axes if a >= reduction.plane)
            fields = reduction.statistic.merge(fields, axes) if fields else fields
        try:
            array = reduction.statistic.result(fields, self.count)
        except EmptyError as error:
            raise FormulaError(f"np.{reduction.name}: {error}") from None
        shape = tuple(self.lengths[axis] for axis in reduction.kept)
        return np.asarray(array).astype(reduction.dtype, copy=False).reshape(shape, order="F")


def _update_cells(states: Sequence[State], block: Array, masks: Sequence[Array | None]) -> None:
    """Add a block to states of the same cells, each in file order."""
    reduction, cells = states[0].reduction, states[0].cells
    order = (*reduction.kept, *reduction.axes)
    values = _cells_first(block, order, cells)
    if 1 < cells <= ROW_VALUES // FEW and all(mask is None for mask in masks):
        for state in states:
            state.update_few(values.T)
        return
    chosen = [
        None if m is None else _cells_first(np.broadcast_to(m, block.shape), order, cells)
        for m in masks
    ]
    wanted = [state.reduction.statistic.computed_in for state in states]
    # What several compute in is made once for all. One alone is faster on its own: a sum, for
    # one, need not be stored in between.
    shared = {one for one in wanted if one not in (None, block.dtype) and wanted.count(one) > 1}
    # Cells outside, values inside: a block of the states is loaded into the cache only once.
    # Each cell still takes its values in file order, so the bits do not depend on `at_once`.
    size = sum(f.itemsize for state in states for f in state.fields.values())
    at_once = STATE_BYTES // size
    for low in range(0, cells, at_once):
        part = slice(low, low + at_once)
        fields = [{name: f[part] for name, f in state.fields.items()} for state in states]
        for k in range(values.shape[1]):
            column = values[part, k]
            converted = {dtype: column.astype(dtype) for dtype in shared}
            for state, own, mask, dtype in zip(states, fields, chosen, wanted, strict=True):
                m = None if mask is None else mask[part, k]
                taken = column if dtype is None else converted.get(dtype, column)
                state.reduction.statistic.fold(own, taken, m, state.offered + k)
    for state in states:
        state.offered += values.shape[1]


def _cells_first(array: Array, order: tuple[int, ...], cells: int) -> Array:
    """Return an array as cells x values, the values in file order; a view where possible."""
    count = array.size // cells if cells else 0
    values: Array = array.transpose(order).reshape((cells, count), order="F")
    return values
