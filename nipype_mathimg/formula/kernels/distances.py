"""SciPy's map of distances, computed where they are: to the same bits in less time and memory.

Outside of the box around a mask all distances are 0, and the voxel outside of the mask that is
nearest lies in the box, or touches it: one that is further off has one between. So the box with
one voxel around it is all that is looked at.

Where distances are short and voxels are cubes, the squares of distances (whole numbers) are the
least of those in neighbouring lines and the square of the way there, one axis after the other
(Felzenszwalb & Huttenlocher, Theory of Computing 8:415, 2012, without the envelope); else SciPy
finds the nearest voxel (Maurer et al., IEEE TPAMI 25:265, 2003).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from nipype_mathimg.spec import Array

__all__ = ["box_around", "distance_transform_edt", "inside_of"]

SHORT = 48
"""Distances that are looked for step by step: with longer ones SciPy is as fast. Twice the square
of them fits into 16 bits."""

FEW_BITS = 19
"""Bits of the edge of a voxel: with the 6 of `SHORT`, squared and added three times, 52."""

CACHED = 1 << 16
"""Voxels that are looked at together."""


def inside_of(volume: Array) -> Array:
    """Return where a volume is not 0; the volume itself where it is a mask.

    Compared with 0, NumPy would take booleans for integers of 64 bits.
    """
    inside: Array = volume.astype(bool, copy=False)
    return inside


def box_around(inside: Array, margin: int = 0) -> tuple[slice, ...]:
    """Return the smallest box that holds a mask, with a margin within the volume.

    Parameters
    ----------
    inside : ndarray of bool
        The mask; there may be nothing in it.
    margin : int
        Voxels on each side.
    """
    box = []
    for axis, n in enumerate(inside.shape):
        others = tuple(k for k in range(inside.ndim) if k != axis)
        there = np.flatnonzero(inside.any(axis=others))
        first, last = (there[0], there[-1] + 1) if there.size else (0, 0)
        box.append(slice(max(int(first) - margin, 0), min(int(last) + margin, n)))
    return tuple(box)


def distance_transform_edt(
    volume: Array, distances: Array, sampling: Sequence[float] | float | None = None
) -> None:
    """Compute distances to the nearest voxel that is 0; see `scipy.ndimage`.

    Parameters
    ----------
    volume : ndarray
        What is not 0 is inside.
    distances : ndarray of float64
        The result.
    sampling : float or sequence of float, optional
        Size of a voxel, or its sizes along the axes.
    """
    inside = inside_of(volume)
    box = (slice(None),) * inside.ndim
    if not inside.all():  # else there is nothing to be away from, and SciPy has its own answer
        box = box_around(inside, 1)
        distances[...] = 0
    # NumPy works on a part of a volume through small copies; one of all is less.
    near, found = inside[box].copy(order="F"), distances[box]
    edge = _edge(sampling)
    if near.size and not (edge and _short_ones(near, edge, found)):
        from nipype_mathimg.formula.kernels.scipy_modules import ndimage

        found[...] = ndimage.distance_transform_edt(near, sampling)


def _edge(sampling: Sequence[float] | float | None) -> float:
    """Return the edge of voxels that are cubes; 0 where it is none that can be told exactly.

    SciPy adds the squares of the way along each axis in float64. With few bits in the edge their
    sums are exact: as many as `SHORT` leaves of 53.
    """
    if sampling is None:
        return 1.0
    edge, *others = np.unique(sampling).tolist()
    exact = (math.frexp(edge)[0] * 2**FEW_BITS).is_integer()
    return float(edge) if exact and not others else 0.0


def _short_ones(inside: Array, edge: float, distances: Array) -> bool:
    """Fill in distances between voxels that are cubes; False if some may be long."""
    steps = _steps_along_last(inside)
    if steps.max() > SHORT:
        return False
    squares = steps * steps
    planes = max(1, CACHED // max(1, inside[..., 0].size))
    for k in range(0, inside.shape[-1], planes):
        part = squares[..., k : k + planes]
        for axis in range(part.ndim - 1):
            part = _least_along(part, axis)
        scaled = np.multiply(part.copy(order="F"), edge * edge, dtype=float)
        np.sqrt(scaled, out=distances[..., k : k + planes])
    return True


def _steps_along_last(inside: Array) -> Array:
    """Return how far the nearest voxel outside is along the last axis; what is far is alike."""
    steps = np.asfortranarray(np.where(inside, np.int16(SHORT + 1), np.int16(0)))
    count = inside.shape[-1]
    for order in (range(1, count), range(count - 2, -1, -1)):
        for k in order:
            here, before = steps[..., k], steps[..., k - order.step]
            np.minimum(here, before + 1, out=here)
    return steps


def _least_along(squares: Array, axis: int) -> Array:
    """Return the least of squares and squares elsewhere along an axis with the way there."""
    # Along the last axis neighbours are far apart in memory, and NumPy adds long runs.
    lines: Array = np.moveaxis(squares, axis, -1).copy(order="F")
    least, further = lines.copy(order="F"), np.empty_like(lines)
    way = 1
    # A way whose square alone is as long leads to nothing nearer.
    while way < lines.shape[-1] and way * way < least.max():
        np.add(lines, way * way, out=further)
        before, behind = least[..., :-way], least[..., way:]
        np.minimum(behind, further[..., :-way], out=behind)
        np.minimum(before, further[..., way:], out=before)
        way += 1
    return np.moveaxis(least, -1, axis)
