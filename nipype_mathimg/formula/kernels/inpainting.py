"""Holes that are filled by what flows in from around them."""

from __future__ import annotations

import numpy as np

from nipype_mathimg.formula.kernels.distances import box_around, inside_of
from nipype_mathimg.formula.kernels.scipy_modules import ndimage
from nipype_mathimg.spec import Array

__all__ = ["inpaint"]


def inpaint(
    volume: Array,
    mask: Array,
    lines: tuple[tuple[float, ...], ...],
    iterations: int,
    output: Array,
) -> None:
    """Smooth again and again, and put back each time what is outside of the hole.

    Parameters
    ----------
    volume : ndarray
        The image; NaN in the hole is 0 to begin with.
    mask : ndarray
        What is not 0 is the hole.
    lines : tuple of tuple of float
        For each axis the weights of the smoothing; beyond the border goes on its end.
    iterations : int
        How often.
    output : ndarray
        The result.
    """
    hole = inside_of(mask)
    # Of the rest only what is as near to the hole as the weights reach.
    box = box_around(hole, max(len(weights) // 2 for weights in lines))
    output[...] = volume
    hole, known = hole[box], volume[box].astype(float, order="F")
    known[hole & np.isnan(known)] = 0
    values = known
    for _ in range(iterations if hole.any() else 0):
        smooth = values
        for axis, weights in enumerate(lines):
            smooth = ndimage.correlate1d(smooth, weights, axis, mode="nearest")
        np.copyto(smooth, known, where=~hole)
        values = smooth
    output[box] = values
