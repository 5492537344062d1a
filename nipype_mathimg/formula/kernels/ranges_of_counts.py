"""What a histogram says of an image: a range that leaves the tails out, and a threshold."""

from __future__ import annotations

import math

import numpy as np

from nipype_mathimg.formula.kernels.kernel import Blockwise
from nipype_mathimg.frozen import Frozen
from nipype_mathimg.spec import Array

__all__ = ["BINS", "Otsu", "RobustEnd"]

BINS = 1001
"""Bins of the robust range of FSL as niimath has it; the outer ones are half as wide."""

FEW = 100
"""Below so many voxels the robust range is all of it."""


class RobustEnd(Frozen, Blockwise):
    """One end of the robust range.

    Parameters
    ----------
    top : bool
        The upper end.
    """

    name = "robust_range"
    top: bool

    def __call__(self, counts: Array, least: float, most: float) -> float:
        """Return the end, from the counts of the bins and the range of all values."""
        counts = counts[:BINS]
        total = int(counts.sum())
        # As C rounds: halves away from 0.
        tail = math.floor(total * 0.02 + 0.5)
        if total < FEW or tail < 1 or not least < most:
            return float(most if self.top else least)
        low = int(np.searchsorted(np.cumsum(counts), tail))
        high = BINS - 1 - int(np.searchsorted(np.cumsum(counts[::-1]), tail))
        if low == high:
            low, high = _widened(counts, low, high)
        return float((high if self.top else low) * (most - least) / (BINS - 1) + least)


def _widened(counts: Array, low: int, high: int) -> tuple[int, int]:
    """Move the ends apart, one after the other, until one of them meets a voxel."""
    while low > 0 or high < BINS - 1:
        if low > 0:
            low -= 1
            if counts[low] > 0:
                break
        if high < BINS - 1:
            high += 1
            if counts[high] > 0:
                break
    return low, high


class Otsu(Frozen, Blockwise):
    """Otsu's threshold: the middle of the bin that divides a histogram best.

    N. Otsu, "A threshold selection method from gray-level histograms", IEEE Trans. Systems, Man
    and Cybernetics 9 (1979) 62; as `skimage.filters.threshold_otsu` takes it.
    """

    name = "otsu"

    def __call__(self, counts: Array, edges: Array) -> float:
        """Return the threshold, from the counts of the bins and their edges."""
        middles = (edges[:-1] + edges[1:]) / 2
        if edges[0] == edges[-1] or np.count_nonzero(counts) < 2:
            return float(middles[int(np.argmax(counts))])
        below, above = np.cumsum(counts), np.cumsum(counts[::-1])[::-1]
        mean_below = np.cumsum(counts * middles) / np.maximum(below, 1)
        mean_above = np.cumsum((counts * middles)[::-1])[::-1] / np.maximum(above, 1)
        between = below[:-1] * above[1:] * (mean_below[:-1] - mean_above[1:]) ** 2.0
        return float(middles[int(np.argmax(between))])
