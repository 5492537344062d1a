"""Values of regions, put back where the regions lie."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nipype_mathimg.formula.kernels.kernel import Kernel, Table
from nipype_mathimg.formula.types.regions import Region, shape_of
from nipype_mathimg.frozen import Frozen
from nipype_mathimg.spec import Array

__all__ = ["Spread"]


class Spread(Frozen, Kernel):
    """Gives each voxel the value of its region, and 0 where it is in none.

    Operands are the values, with the axis of regions in front, and the labels.

    Parameters
    ----------
    labels : Table
        The labels of the regions, in the order of the values.
    """

    name = "spread"
    # The place of each voxel among the regions.
    hidden = 2.0
    labels: Table

    def compute(self, blocks: Sequence[Any], out: Region, regions: Sequence[Region]) -> Array:
        """Return the values of the voxels of a block."""
        values: Array = blocks[0]
        labels: Array = blocks[1]
        places = self._places(labels)
        result: Array = np.empty(shape_of(out), values.dtype, order="F")
        rows: Array = values.reshape((values.shape[0], -1), order="F")
        # A view: the axes behind the labels in one.
        columns: Array = result.reshape((*labels.shape, rows.shape[1]), order="F")
        for k in range(rows.shape[1]):
            # One more entry, for what lies in no region.
            columns[..., k] = np.append(rows[:, k], np.zeros(1, rows.dtype))[places]
        return result

    def _places(self, labels: Array) -> Array:
        """Return where each voxel stands in the list of regions; behind it, where in none."""
        wanted = self.labels.array
        order = np.argsort(wanted, kind="stable")
        own = labels.astype(np.int64)
        at = np.minimum(np.searchsorted(wanted[order], own), wanted.size - 1)
        return np.asarray(np.where(wanted[order][at] == own, order[at], wanted.size))
