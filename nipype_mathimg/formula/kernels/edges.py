"""Canny's edges, as ITK finds them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from itertools import combinations

import numpy as np

from nipype_mathimg.formula.kernels.scipy_modules import ndimage
from nipype_mathimg.formula.kernels.shifted import Shifted
from nipype_mathimg.spec import Array, FloatArray

__all__ = ["edges"]

LEAST_STEEPNESS = 0.0001
"""ITK adds it to the square of the slope, by which it divides."""


def edges(volume: Array, low: float, high: float, output: Array) -> None:
    """Find where a smooth volume is steepest across an edge, and follow these edges.

    J. Canny, IEEE PAMI 8 (1986) 679, with the differences of ITK's
    `CannyEdgeDetectionImageFilter`, which are per voxel.

    Parameters
    ----------
    volume : ndarray
        The image, smoothed.
    low, high : float
        An edge is where the slope is above `low`, if it is above `high` somewhere in what is
        connected with it, through corners too.
    output : ndarray of bool
        The result.
    """
    at = Shifted.of(volume.astype(float))
    slopes = [at.slope(k) for k in range(volume.ndim)]
    square = sum((slope**2 for slope in slopes), np.array(LEAST_STEEPNESS))
    steepness = np.sqrt(square)
    curve = Shifted.of(_curvature(at, slopes) / square)
    changes = sum(curve.slope(k) * slope for k, slope in enumerate(slopes)) / steepness
    steepness[~((changes <= 0) & _crossings(curve))] = 0
    labels: Array = np.empty(volume.shape, np.int32, order="F")
    count = ndimage.label(steepness > low, np.ones((3,) * volume.ndim), output=labels)
    keep = np.zeros(count + 1, bool)
    keep[labels[steepness > high]] = True
    keep[0] = False
    output[...] = keep[labels]


def _curvature(at: Shifted, slopes: Sequence[FloatArray]) -> FloatArray:
    """Return the second derivative along the slope, times the square of that."""
    axes = range(len(slopes))
    along = (slopes[k] ** 2 * (at((k, 1)) - 2 * at() + at((k, -1))) for k in axes)
    across = (
        slopes[i] * slopes[j] / 2 * (
            at((i, 1), (j, 1)) - at((i, 1), (j, -1)) - at((i, -1), (j, 1)) + at((i, -1), (j, -1))
        )
        for i, j in combinations(axes, 2)
    )  # fmt: skip
    return sum((*across, *along), np.array(0.0))


def _crossings(at: Shifted) -> Array:
    """Return where a volume changes its sign, on the side that is nearer to 0.

    Of two that are as near it is the first.
    """
    here = at()
    near, sign = np.abs(here), np.sign(here)

    def nearer(axis: int, step: int) -> Array:
        there = at((axis, step))
        far = np.abs(there)
        first: Array = (near <= far) if step > 0 else (near < far)
        crossed: Array = (np.sign(there) != sign) & first
        return crossed

    ways = [(axis, step) for axis in range(here.ndim) for step in (-1, 1)]
    return reduce(np.logical_or, (nearer(*way) for way in ways))
