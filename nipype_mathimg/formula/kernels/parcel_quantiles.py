"""Quantiles of the regions of a label image: the values of each are sorted."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from nipype_mathimg.formula.kernels.kernel import Kernel, Table
from nipype_mathimg.formula.kernels.parcel_order import ParcelOrder, ParcelOrders, columns
from nipype_mathimg.formula.kernels.quantiles import between, place_of
from nipype_mathimg.formula.types.regions import Region, shape_of
from nipype_mathimg.frozen import Frozen
from nipype_mathimg.spec import Array

__all__ = ["ParcelQuantiles"]


class ParcelQuantiles(Frozen, Kernel):
    """Quantiles of every region of a label image, volume by volume.

    Operands are as for `ByParcel`, the values in float64. A region without values has NaN.

    Parameters
    ----------
    name : str
        Name of the function.
    quantiles : tuple of float
        Between 0 and 1.
    scalar : bool
        The result has no axis for the quantiles, which is the first one otherwise.
    skip_nan : bool
        NaN does not count; otherwise one NaN makes the result NaN.
    space : int
        How many axes of space the operand has, in front.
    labels : Table
        The labels of the regions, in the order of the result.
    """

    # What is gathered of a volume, and the part of it that is sorted.
    hidden = 2.0
    name: str
    quantiles: tuple[float, ...]
    scalar: bool
    skip_nan: bool
    space: int
    labels: Table

    @cached_property
    def orders(self) -> ParcelOrders:
        """The orders of the voxels, found once for each label image."""
        return ParcelOrders(self.labels.array)

    def compute(self, blocks: Sequence[Any], out: Region, regions: Sequence[Region]) -> Array:
        """Return the quantiles of some volumes, which are whole."""
        values, labels = (columns(np.asarray(block), self.space) for block in blocks)
        shape = shape_of(regions[0])[self.space :]
        count = len(self.labels.array)
        result = np.full((len(self.quantiles), count, values.shape[1]), np.nan)
        for k in range(values.shape[1]):
            same = labels.shape[1] == 1
            order = self.orders.of(labels[:, 0 if same else k], 0 if same else None)
            self._fill(result[:, :, k], values[:, k].take(order.voxels), order)
        whole = result.reshape((len(self.quantiles), count, *shape), order="F")
        return whole[0] if self.scalar else whole

    def _fill(self, result: Array, gathered: Array, order: ParcelOrder) -> None:
        """Fill in the quantiles of one volume, whose values are sorted in place."""
        if not order.starts.size:
            return
        ends = np.append(order.starts[1:], gathered.size)
        for start, end in zip(order.starts.tolist(), ends.tolist(), strict=True):
            gathered[start:end].sort()
        lengths = ends - order.starts
        # NaN is sorted to the end.
        numbers = lengths - np.add.reduceat(np.isnan(gathered), order.starts, dtype=np.int64)
        wrong = (numbers == 0) | ((numbers < lengths) & (not self.skip_nan))
        for k, quantile in enumerate(self.quantiles):
            place = place_of(quantile, numbers)
            low, high = (gathered[order.starts + rank] for rank in (place.low, place.high))
            result[k, order.parcels] = np.where(wrong, np.nan, between(low, high, place.fraction))
