"""Statistics of the regions of a label image, accumulated while blocks pass by.

The voxels of a unit (a volume, or a plane of a large one) are put in the order of their regions,
once for each unit of the label image; every volume is then gathered in that order and reduced
segment by segment. What a unit is depends on the shape of the volume alone, and the units of a
volume come in file order, so that the bits of a result do not depend on the slabs.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cached_property
from typing import Any

import numpy as np

from nipype_mathimg.formula.kernels.accumulator import Accumulator
from nipype_mathimg.formula.kernels.kernel import Table
from nipype_mathimg.formula.kernels.moments import Variance
from nipype_mathimg.formula.kernels.parcel_order import ParcelOrders, columns
from nipype_mathimg.formula.kernels.statistic import Fields, Statistic
from nipype_mathimg.formula.types.limits import Limits
from nipype_mathimg.formula.types.regions import Region, plane_axes, shape_of
from nipype_mathimg.frozen import Frozen
from nipype_mathimg.spec import Array

__all__ = ["ByParcel"]

UNIT = 1 << 20
"""Voxels of a volume that is taken as a whole: one of a template of 2 mm has 902629."""


class ByParcel(Frozen, Accumulator):
    """A statistic of every region of a label image.

    Operands are the values, and labels with as many axes, of which those behind space may have
    length 1. The result has an axis of regions in front, then the other axes of the values.

    Parameters
    ----------
    statistic : Statistic
        What is computed.
    domain : tuple of int
        Shape of the values; the axes of space come first.
    space : int
        How many axes of space there are.
    labels : Table
        The labels of the regions, in the order of the result.
    dtype : numpy.dtype
        Dtype of the result.
    name : str
        Name of the function.
    """

    masked = True
    made = 1
    # What is gathered, in float64 twice: as it is, and about its mean.
    hidden = 5.0
    statistic: Statistic
    domain: tuple[int, ...]
    space: int
    labels: Table
    dtype: np.dtype[Any]
    name: str

    @cached_property
    def orders(self) -> ParcelOrders:
        """The orders of the voxels, found once for each unit of the label image."""
        return ParcelOrders(self.labels.array)

    @property
    def voxels(self) -> int:
        """Voxels of a volume."""
        return math.prod(self.domain[: self.space])

    @property
    def kept(self) -> tuple[int, ...]:
        """The axes behind space."""
        return tuple(range(self.space, len(self.domain)))

    @property
    def uncut(self) -> int:
        """The axes of a unit."""
        return self.space if self.voxels <= UNIT else min(plane_axes(self.domain), self.space)

    @property
    def in_order(self) -> bool:
        """The units of a volume come in file order."""
        return True

    @property
    def cells(self) -> int:
        """Values of each region."""
        return math.prod(self.domain[self.space :])

    def state_bytes(self, limits: Limits) -> int:
        """Return the bytes of all regions of all volumes, and of the orders of voxels."""
        size = sum(array.nbytes for array in self.statistic.start(1).values())
        count = len(self.labels.array)
        return size * count * self.cells + ParcelOrders.most_bytes(self.voxels)

    def update_bytes(self, size: int, limits: Limits) -> int:
        """Return the bytes of what is gathered and widened; of variances of deviations too."""
        wide = 4 if isinstance(self.statistic, Variance) else 2
        return 8 * wide * size

    def start(self, part: Region, limits: Limits) -> ParcelState:
        """Return the state of some volumes that have seen nothing."""
        return ParcelState(self, part)


class ParcelState:
    """What is known of the regions of some volumes.

    Parameters
    ----------
    how : ByParcel
        What is accumulated.
    part : Region
        The part of the values, whole along space.
    """

    def __init__(self, how: ByParcel, part: Region) -> None:
        self.how = how
        self.part = part
        self.shape = shape_of(part)[how.space :]
        count = len(how.labels.array)
        cells = math.prod(self.shape)
        fields = how.statistic.start(cells * count)
        self.fields = {name: field.reshape(cells, count) for name, field in fields.items()}

    def update(self, block: Array, mask: Array | None, region: Region) -> None:
        """Add a block; `mask` are its labels."""
        if mask is None:
            raise AssertionError("regions need labels")
        for place, values, labels in self._units(block, mask, region):
            if labels.shape[1] == 1:
                self._add(slice(None), values, labels[:, 0], place)
                continue
            # Each volume has labels of its own where a mask has: their order is not kept.
            for k in range(values.shape[1]):
                self._add(slice(k, k + 1), values[:, k : k + 1], labels[:, k], None)

    def _units(
        self, block: Array, labels: Array, region: Region
    ) -> Iterator[tuple[int, Array, Array]]:
        """Yield where a unit begins, its values and its labels: a column for each volume."""
        space, uncut = self.how.space, self.how.uncut
        if uncut == space:
            yield 0, columns(block, space), columns(labels, space)
            return
        size = math.prod(block.shape[uncut:space])
        apart = [
            array.reshape((*array.shape[:uncut], size, *array.shape[space:]), order="F")
            for array in (block, labels)
        ]
        first = region[uncut][0]
        for k in range(size):
            values, own = (array[(slice(None),) * uncut + (k,)] for array in apart)
            yield first + k, columns(values, uncut), columns(own, uncut)

    def _add(self, cells: slice, values: Array, labels: Array, place: int | None) -> None:
        order = self.how.orders.of(labels, place)
        if not order.starts.size:
            return
        # "clip": every place is one, so that nobody has to look.
        gathered = values.T.take(order.voxels, axis=1, mode="clip")
        found = self.how.statistic.segments(gathered, order.starts)
        if self.how.uncut < self.how.space:
            found = self._merged(cells, order.parcels, found)
        for name, field in found.items():
            self.fields[name][cells, order.parcels] = field

    def _merged(self, cells: slice, parcels: Array, found: Fields) -> Fields:
        both = {
            name: np.stack([self.fields[name][cells, parcels], field])
            for name, field in found.items()
        }
        return self.how.statistic.merge(both, (0,))

    def finish(self) -> bool:
        """End the only pass."""
        return True

    def result(self) -> Array:
        """Return the result, the regions first."""
        # No statistic asks for the number of values that were offered: it differs by region.
        found = np.asarray(self.how.statistic.result(self.fields, 0))
        parcels_first = found.astype(self.how.dtype, copy=False).T
        whole: Array = parcels_first.reshape((len(parcels_first), *self.shape), order="F")
        return whole
