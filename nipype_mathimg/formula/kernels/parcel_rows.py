"""Statistics of regions where the places come last in the file, as in CIFTI-2.

A place is a run of time points there, so a pass goes from place to place: each is added to its
region, in file order, whatever the slabs.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from nipype_mathimg.formula.kernels.accumulator import Accumulator
from nipype_mathimg.formula.kernels.kernel import Table
from nipype_mathimg.formula.kernels.parcel_order import ParcelOrders
from nipype_mathimg.formula.kernels.statistic import ROW_VALUES, Fields, Statistic
from nipype_mathimg.formula.types.limits import Limits
from nipype_mathimg.formula.types.regions import Region, shape_of
from nipype_mathimg.frozen import Frozen
from nipype_mathimg.spec import Array

__all__ = ["ParcelRows"]


class ParcelRows(Frozen, Accumulator):
    """A statistic of every region, of values whose last axis is that of places.

    Operands are the values, and labels with as many axes, of which all but the last have length
    1. The result has the axis of regions in front.

    Parameters
    ----------
    statistic : Statistic
        What is computed.
    domain : tuple of int
        Shape of the values.
    labels : Table
        The labels of the regions, in the order of the result.
    dtype : numpy.dtype
        Dtype of the result.
    name : str
        Name of the function.
    """

    masked = True
    made = 1
    hidden = 1.0
    statistic: Statistic
    domain: tuple[int, ...]
    labels: Table
    dtype: np.dtype[Any]
    name: str

    @property
    def kept(self) -> tuple[int, ...]:
        """All axes but the last."""
        return tuple(range(len(self.domain) - 1))

    @property
    def uncut(self) -> int:
        """Values are cut anywhere."""
        return 0

    @property
    def in_order(self) -> bool:
        """Places come in file order."""
        return True

    def state_bytes(self, limits: Limits) -> int:
        """Return the bytes of all regions at all time points."""
        size = sum(array.nbytes for array in self.statistic.start(1).values())
        return size * len(self.labels.array) * math.prod(self.domain[:-1])

    def update_bytes(self, size: int, limits: Limits) -> int:
        """Return 0: a place is added as it lies in its block."""
        return 0

    def start(self, part: Region, limits: Limits) -> RowsState:
        """Return the state of a part that has seen nothing."""
        return RowsState(self, part)


class RowsState:
    """What is known of the regions.

    Parameters
    ----------
    how : ParcelRows
        What is accumulated.
    part : Region
        The part of the values, whole along the last axis.
    """

    def __init__(self, how: ParcelRows, part: Region) -> None:
        self.how = how
        self.shape = shape_of(part)[:-1]
        count, cells = len(how.labels.array), math.prod(self.shape)
        fields = how.statistic.start(count * cells)
        self.fields = {name: field.reshape(count, cells) for name, field in fields.items()}
        self.rows: list[Fields] = [
            {name: field[k] for name, field in self.fields.items()} for k in range(count)
        ]
        self.orders = ParcelOrders(how.labels.array)

    def update(self, block: Array, mask: Array | None, region: Region) -> None:
        """Add a block; `mask` are its labels."""
        if mask is None:
            raise AssertionError("regions need labels")
        values = block.reshape((-1, block.shape[-1]), order="F").T
        order = self.orders.of(mask.reshape(-1), None)
        ends = np.append(order.starts[1:], order.voxels.size)
        # Region by region: within each the places stay in file order.
        for parcel, first, last in zip(order.parcels, order.starts, ends, strict=True):
            self._add(self.rows[parcel], values, order.voxels[first:last])

    def _add(self, state: Fields, values: Array, places: Array) -> None:
        """Add the values of some places to one region."""
        step = max(1, ROW_VALUES // max(values.shape[1], 1))
        for k in range(0, places.size, step):
            some = places[k : k + step]
            side_by_side = some[-1] - some[0] + 1 == some.size
            # A slice is no copy.
            rows = values[some[0] : some[-1] + 1] if side_by_side else values[some]
            self.how.statistic.fold_rows(state, rows, int(some[0]))

    def finish(self) -> bool:
        """End the only pass."""
        return True

    def result(self) -> Array:
        """Return the result, the regions first."""
        found = np.asarray(self.how.statistic.result(self.fields, 0))
        rows: Array = found.astype(self.how.dtype, copy=False)
        whole: Array = rows.reshape((len(rows), *self.shape), order="F")
        return whole
