"""Diffusion that stops at edges, step by step, as ITK computes it."""

from __future__ import annotations

import numpy as np

from nipype_mathimg.formula.kernels.shifted import Shifted
from nipype_mathimg.spec import Array

__all__ = ["anisotropic_diffusion"]


def anisotropic_diffusion(
    volume: Array,
    zooms: tuple[float, ...],
    conductance: float,
    iterations: int,
    time_step: float,
    output: Array,
) -> None:
    """Smooth a volume, less where it is steep.

    P. Perona and J. Malik, IEEE PAMI 12 (1990) 629, with the differences of ITK's
    `GradientAnisotropicDiffusionImageFilter`.

    Parameters
    ----------
    volume : ndarray
        The image.
    zooms : tuple of float
        Distance of voxels along each axis, in mm.
    conductance : float
        An edge is what is steeper than the root mean square of all by about this factor.
    iterations : int
        Number of steps.
    time_step : float
        Length of a step, in mm^2.
    output : ndarray
        The result.
    """
    values = volume.astype(float)
    for _ in range(iterations):
        values += time_step * _flow(values, zooms, conductance)
    output[...] = values


def _flow(values: Array, zooms: tuple[float, ...], conductance: float) -> Array:
    """Return by how much each voxel changes in a unit of time."""
    ndim = values.ndim
    at = Shifted.of(values)
    slopes = [at.slope(k) / zooms[k] for k in range(ndim)]
    steepness = np.mean(sum(slope**2 for slope in slopes))
    change = np.zeros_like(values)
    for axis in range(ndim):
        for step in (1, -1):
            along = (at((axis, step)) - values) / zooms[axis]
            square = along**2
            for k in (k for k in range(ndim) if k != axis):
                beside = (at((axis, step), (k, 1)) - at((axis, step), (k, -1))) / (2 * zooms[k])
                square += ((slopes[k] + beside) / 2) ** 2
            # Where all is flat there is nothing to carry.
            limit = -2 * conductance**2 * steepness
            change += along * np.exp(square / limit) if limit else 0
    return change
