"""The time of a front that moves from voxel to voxel, at the speed that each of them has."""

from __future__ import annotations

import numpy as np

from nipype_mathimg.spec import Array

__all__ = ["geodesic_distance"]

LEAST_GAIN = 1e-12
"""By which part a time has to become shorter so that neighbours are looked at again: what rounding
leaves is none, and nothing that anybody sees depends on it."""

LEAST_AT_ONCE, PARTS = 1 << 12, 64
"""Voxels of a front that are moved at once, at least and as a part of all: their neighbours take
some hundred bytes for each, and where seeds lie all over a volume the front is most of it."""


def geodesic_distance(
    volume: Array, speed: Array, zooms: tuple[float, ...], output: Array
) -> None:
    """Solve the Eikonal equation: the slope of the times is 1 / speed.

    The differences are those of fast marching to the first order (J. A. Sethian, PNAS 93 (1996)
    1591), so the times are the same. They are found by all voxels of a front at once (W.-K. Jeong
    and R. T. Whitaker, SIAM J Sci Comput 30 (2008) 2512), since one after the other would take
    Python half a minute for each million.

    Parameters
    ----------
    volume : ndarray
        What is not 0 is where the front starts.
    speed : ndarray
        Where it is not above 0 (or NaN) the front does not enter.
    zooms : tuple of float
        Distance of voxels along each axis, in mm.
    output : ndarray of float64
        The times; infinite where the front does not come.
    """
    # A rim that is never entered, so that every voxel has neighbours on both sides.
    inside = (slice(1, -1),) * volume.ndim
    shape = [n + 2 for n in volume.shape]
    times = np.full(shape, np.inf)
    times[inside][volume != 0] = 0
    slowness = np.full(shape, np.inf)
    np.divide(1.0, speed, out=slowness[inside], where=speed > 0)
    strides = [times.strides[k] // times.itemsize for k in range(times.ndim)]
    _march(times.ravel(), slowness.ravel(), np.asarray(strides), np.asarray(zooms))
    output[...] = times[inside]


def _march(times: Array, slowness: Array, strides: Array, zooms: Array) -> None:
    """Move the front until no voxel is reached earlier than before."""
    steps = np.concatenate([strides, -strides])
    latest = np.empty(times.size, np.int64)
    front = np.flatnonzero(times == 0)
    at_once = max(LEAST_AT_ONCE, times.size // PARTS)
    while front.size:
        reached = []
        for start in range(0, front.size, at_once):
            near = (front[start : start + at_once] + steps[:, None]).ravel()
            near = _each_once(near[np.isfinite(slowness[near])], latest)
            found = _arrival(times, near, strides, zooms, slowness[near])
            sooner = found < times[near] * (1 - LEAST_GAIN)
            near = near[sooner]
            times[near] = found[sooner]
            reached.append(near)
        front = _each_once(np.concatenate(reached), latest)


def _each_once(places: Array, latest: Array) -> Array:
    """Return places without those that are there again: the last that wrote to its place stays."""
    numbers = np.arange(places.size)
    latest[places] = numbers
    once: Array = places[latest[places] == numbers]
    return once


def _arrival(times: Array, places: Array, strides: Array, zooms: Array, slowness: Array) -> Array:
    """Return when a front comes to some voxels, from the earlier neighbour along each axis.

    Along the axes whose neighbours are earlier than it is itself, the time t of a voxel solves
    ``sum(((t - earlier) / zoom)**2) == slowness**2``.
    """
    earlier = np.minimum(times[places + strides[:, None]], times[places - strides[:, None]])
    order = np.argsort(earlier, axis=0, kind="stable")
    earlier = np.take_along_axis(earlier, order, axis=0)
    weights = (1 / zooms**2)[order]
    found: Array = earlier[0] + slowness / np.sqrt(weights[0])
    total, linear, square = weights[0], weights[0] * earlier[0], weights[0] * earlier[0] ** 2
    for time, weight in zip(earlier[1:], weights[1:], strict=True):
        later = found > time  # not where that is infinite
        known = np.where(later, time, 0.0)
        total, linear = total + weight, linear + weight * known
        square = square + weight * known**2
        under = linear**2 - total * (square - slowness**2)
        root = (linear + np.sqrt(np.maximum(under, 0.0))) / total
        found = np.where(later, root, found)
    return found
