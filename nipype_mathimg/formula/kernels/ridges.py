"""How much a volume looks like a blob, a tube or a sheet around each voxel."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations_with_replacement

import numpy as np

from nipype_mathimg.formula.kernels.recursive_gaussian import recursive_gaussian_of
from nipype_mathimg.spec import Array, FloatArray

__all__ = ["objectness"]

Place = tuple[int, int]


def objectness(
    volume: Array,
    zooms: tuple[float, ...],
    scales: tuple[float, ...],
    dimension: int,
    bright: bool,
    weights: tuple[float, float, float],
    output: Array,
) -> None:
    """Measure it by the eigenvalues of the second derivatives, at the scale where it is largest.

    A. Frangi et al., MICCAI 1998, 130; for any dimension L. Antiga, Insight Journal 2007, "Gene-
    ralizing vesselness with respect to dimensionality and shape"; as in ITK's
    `HessianToObjectnessMeasureImageFilter`, scaled by the largest eigenvalue.

    Parameters
    ----------
    volume : ndarray
        The image.
    zooms : tuple of float
        Distance of voxels along each axis, in mm.
    scales : tuple of float
        Standard deviations of the Gaussians, in mm.
    dimension : int
        0 for a blob, 1 for a tube, 2 for a sheet in three dimensions.
    bright : bool
        It is brighter than what surrounds it.
    weights : tuple of float
        Alpha, beta and gamma: how flat, how short and how faint it may be.
    output : ndarray
        The result.
    """
    values = volume.astype(float)
    best = np.zeros(values.shape)
    places = list(combinations_with_replacement(range(values.ndim), 2))
    curves = np.empty((len(places), *values.shape))
    for scale in scales:
        _curve(values, [scale / zoom for zoom in zooms], places, curves)
        # Plane by plane: matrices and eigenvalues take three times as much as the derivatives.
        for plane in range(values.shape[-1]):
            matrices = _matrices(curves[..., plane], places)
            found = _measure(matrices, dimension, bright, weights)
            np.maximum(best[..., plane], found, out=best[..., plane])
    output[...] = best


def _curve(
    values: FloatArray, sigmas: Sequence[float], places: Sequence[Place], out: FloatArray
) -> None:
    """Compute the second derivatives of each pair of axes, in units of the scale."""
    for curve, (i, j) in zip(out, places, strict=True):
        orders = [int(k == i) + int(k == j) for k in range(values.ndim)]
        curve[...] = recursive_gaussian_of(values, sigmas, orders)
        curve *= sigmas[i] * sigmas[j]


def _matrices(curves: FloatArray, places: Sequence[Place]) -> FloatArray:
    """Return the matrices (..., n, n) of derivatives of each pair of axes."""
    count = places[-1][0] + 1
    matrix = np.empty((*curves.shape[1:], count, count))
    for curve, (i, j) in zip(curves, places, strict=True):
        matrix[..., i, j] = matrix[..., j, i] = curve
    return matrix


def _measure(
    curves: FloatArray, dimension: int, bright: bool, weights: tuple[float, float, float]
) -> FloatArray:
    alpha, beta, gamma = weights
    count = curves.shape[-1]
    known: Array = np.asarray(np.isfinite(curves).all(axis=(-2, -1)))
    values = np.linalg.eigvalsh(np.where(known[..., None, None], curves, 0))
    values = np.take_along_axis(values, np.argsort(np.abs(values), axis=-1, kind="stable"), -1)
    sizes = np.abs(values)
    result: FloatArray = sizes[..., -1] * -np.expm1(-0.5 * np.sum(sizes**2, axis=-1) / gamma**2)
    if dimension < count - 1:  # as thick one way as the other
        ratio = _ratio(sizes[..., dimension], sizes[..., dimension + 1 :])
        result *= -np.expm1(-0.5 * (ratio / alpha) ** 2)
    if dimension > 0:  # longer than thick
        ratio = _ratio(sizes[..., dimension - 1], sizes[..., dimension:])
        result *= np.exp(-0.5 * (ratio / beta) ** 2)
    across = values[..., dimension:]
    right = np.all(across <= 0 if bright else across >= 0, axis=-1)
    result = np.where(right & ~np.isnan(result), result, 0)
    result[~known] = np.nan
    return result


def _ratio(size: FloatArray, others: FloatArray) -> FloatArray:
    """Return a number by the geometric mean of others; NaN where that is 0."""
    mean: FloatArray = np.prod(others, axis=-1) ** (1 / others.shape[-1])
    ratio: FloatArray = np.full(size.shape, np.nan)
    np.divide(size, mean, out=ratio, where=mean > 0)
    return ratio
