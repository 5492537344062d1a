"""Functions of one volume that SciPy has no name for; each writes to `output`, as SciPy's do."""

from __future__ import annotations

import numpy as np

from nipype_mathimg.formula.kernels.diffusion import anisotropic_diffusion
from nipype_mathimg.formula.kernels.distances import box_around, inside_of
from nipype_mathimg.formula.kernels.edges import edges
from nipype_mathimg.formula.kernels.geodesic import geodesic_distance
from nipype_mathimg.formula.kernels.inpainting import inpaint
from nipype_mathimg.formula.kernels.recursive_gaussian import recursive_gaussian
from nipype_mathimg.formula.kernels.ridges import objectness
from nipype_mathimg.formula.kernels.scipy_modules import ndimage
from nipype_mathimg.spec import Array

__all__ = [
    "anisotropic_diffusion",
    "components",
    "edges",
    "fill_zeros",
    "geodesic_distance",
    "inpaint",
    "largest",
    "objectness",
    "recursive_gaussian",
    "remove_small",
    "separable",
]

AT_ONCE = 1 << 13
"""Voxels whose neighbours are sorted at once: they stay in the cache."""


def largest(volume: Array, structure: object, n: int, output: Array) -> None:
    """Keep the `n` largest components; of equal ones the first in SciPy's order.

    Parameters
    ----------
    volume : ndarray
        What is not 0 is inside.
    structure : array_like
        Which neighbours are connected.
    n : int
        Components that are kept.
    output : ndarray of bool
        The result.
    """
    box, labels, sizes = _components(volume, structure)
    order = 1 + np.argsort(-sizes[1:], kind="stable")[:n]
    output[...] = False
    if len(order) == 1:
        np.equal(labels, order[0], out=output[box])
        return
    keep = np.zeros(len(sizes), bool)
    keep[order] = True
    output[box] = keep[labels]


def remove_small(volume: Array, structure: object, voxels: int, output: Array) -> None:
    """Keep the components of at least so many voxels."""
    box, labels, sizes = _components(volume, structure)
    keep = sizes >= voxels
    keep[0] = False
    output[...] = False
    output[box] = keep[labels]


def components(volume: Array, structure: object, output: Array) -> None:
    """Give components numbers by their size: the largest 1, of equal ones first as in SciPy.

    Parameters
    ----------
    volume : ndarray
        What is not 0 is inside.
    structure : array_like
        Which neighbours are connected.
    output : ndarray of int32
        The result; 0 outside.
    """
    box, labels, sizes = _components(volume, structure)
    ranks = np.zeros(len(sizes), output.dtype)
    ranks[1 + np.argsort(-sizes[1:], kind="stable")] = np.arange(1, len(sizes))
    output[...] = 0
    output[box] = ranks[labels]


def _components(volume: Array, structure: object) -> tuple[tuple[slice, ...], Array, Array]:
    """Return the box around what is inside, its labels, and how many voxels each has.

    0 is outside.
    """
    inside = inside_of(volume)
    box = box_around(inside)
    # SciPy numbers along the memory of the labels, so that has to be the same everywhere.
    near = np.ascontiguousarray(inside[box])
    labels: Array = np.empty(near.shape, np.int32)
    count = int(ndimage.label(near, np.asarray(structure), output=labels)) if near.size else 0
    # Only what is inside: np.bincount takes a copy in 8 bytes each.
    sizes: Array = np.bincount(labels[near], minlength=count + 1)
    return box, labels, sizes


def separable(volume: Array, lines: tuple[tuple[float, ...], ...], output: Array) -> None:
    """Correlate with weights along one axis after the other; beyond the border goes on its end.

    Parameters
    ----------
    volume : ndarray
        The image.
    lines : tuple of tuple of float
        For each axis its weights, an odd number of them.
    output : ndarray
        The result.
    """
    values = volume.astype(float, order="F")
    for axis, weights in enumerate(lines):
        values = ndimage.correlate1d(values, weights, axis, mode="nearest")
    output[...] = values


def fill_zeros(
    volume: Array, how: str, structure: object, output: Array, iterations: int = 1
) -> None:
    """Fill voxels that are 0 from their neighbours that are not.

    Parameters
    ----------
    volume : ndarray
        The image.
    how : {"mean", "mode", "max"}
        Which number of theirs; of modes that occur equally often the largest.
    structure : array_like
        Which neighbours.
    output : ndarray
        The result.
    iterations : int
        How often, each time from what the last one gave; below 1 until nothing changes.
    """
    cells = np.asarray(structure, bool)
    output[...] = volume
    left = iterations
    while _filled_once(output, how, cells) and left != 1:
        left -= 1


def _filled_once(output: Array, how: str, cells: Array) -> bool:
    """Fill zeros beside what is not; tell whether there were any."""
    empty = output == 0
    # A window that is not the same on both sides reaches where its mirror image dilates.
    reached = ndimage.binary_dilation(~empty, np.flip(cells), origin=_mirrored(cells))
    places = np.argwhere(empty & reached)
    far = [n // 2 for n in cells.shape]
    padded = np.pad(output, [(n, n) for n in far])
    steps = np.argwhere(cells)
    numbers = {"mean": _means, "mode": _modes, "max": _largest_of}[how]
    for start in range(0, len(places), AT_ONCE):
        part = places[start : start + AT_ONCE]
        neighbours = padded[tuple(np.moveaxis(part[:, None] + steps[None], -1, 0))]
        output[tuple(part.T)] = numbers(neighbours)
    return bool(places.size)


def _mirrored(cells: Array) -> tuple[int, ...]:
    """Return by how much a mirrored window of even width is off its middle."""
    return tuple(n % 2 - 1 for n in cells.shape)


def _means(neighbours: Array) -> Array:
    """Return the mean of what is not 0 in each row."""
    total = neighbours.sum(axis=1, dtype=float)
    means: Array = total / np.count_nonzero(neighbours, axis=1)
    return means


def _largest_of(neighbours: Array) -> Array:
    """Return the largest of what is not 0 in each row; NaN where there is one."""
    order = np.sort(neighbours, axis=1)
    last = order[:, -1]
    # Where the largest is 0 all others are negative: that before the zeros.
    below = np.count_nonzero(order < 0, axis=1) - 1
    return np.where(last == 0, order[np.arange(len(order)), below], last)


def _modes(neighbours: Array) -> Array:
    """Return what occurs most often, without 0, in each row; of several the largest."""
    order = np.sort(neighbours, axis=1)
    best = np.zeros(len(order), order.dtype)
    most = np.zeros(len(order), np.int64)
    run = np.zeros(len(order), np.int64)
    before = np.full(len(order), 0, order.dtype)
    for column in order.T:
        run = np.where(column == before, run + 1, 1)
        # Ascending, so a run that is as long holds the larger number; NaN is no number.
        better = (run >= most) & (column != 0) & ((column == column) | (most == 0))
        best, most = np.where(better, column, best), np.where(better, run, most)
        before = column
    return best
