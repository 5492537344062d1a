"""The value that occurs most often along an axis."""

from __future__ import annotations

import numpy as np

from nipype_mathimg.formula.kernels.kernel import Blockwise
from nipype_mathimg.frozen import Frozen
from nipype_mathimg.spec import Array

__all__ = ["Mode"]

AT_ONCE = 1 << 16
"""Elements that are sorted while they stay in the cache."""


class Mode(Frozen, Blockwise):
    """The most frequent value along an axis, of several the smallest.

    NaN is a value like any other, behind all others, as for `scipy.stats.mode`.

    Parameters
    ----------
    axis : int
        The axis that goes.
    hidden : float
        See `Kernel`.
    """

    name = "mode"
    axis: int
    hidden: float = 0.0

    def __call__(self, array: Array) -> Array:
        """Return the modes of a block that is whole along the axis."""
        lines = np.moveaxis(array, self.axis, -1)
        shape, length = lines.shape[:-1], lines.shape[-1]
        rows = lines.reshape((-1, length), order="F")
        result: Array = np.empty(len(rows), array.dtype)
        step = max(AT_ONCE // length, 1)
        for start in range(0, len(rows), step):
            result[start : start + step] = _modes(np.sort(rows[start : start + step], axis=1))
        modes: Array = result.reshape(shape, order="F")
        return modes


def _modes(order: Array) -> Array:
    """Return the mode of each row, which ascends."""
    # +0: a zero has one sign, whichever of them was sorted to the front.
    best: Array = order[:, 0] + order.dtype.type(0)
    before = best
    most = run = np.ones(len(order), np.int64)
    for column in order.T[1:]:
        same = (column == before) | ((column != column) & (before != before))
        run = np.where(same, run + 1, 1)
        better = run > most
        best, most = np.where(better, column, best), np.where(better, run, most)
        before = column
    return best
