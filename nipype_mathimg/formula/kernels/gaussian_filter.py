"""FSL's temporal filter as a matrix: a local straight line taken out, then a Gaussian mean."""

from __future__ import annotations

import numpy as np

from nipype_mathimg.spec import FloatArray

__all__ = ["gaussian_filter"]


def gaussian_filter(length: int, hp_sigma: float, lp_sigma: float) -> FloatArray:
    """Return the matrix that filters a series as ``fslmaths -bptf hp_sigma lp_sigma`` does.

    The high pass subtracts from each volume what a straight line, fitted to its neighbours with
    Gaussian weights, gives there; the value of the first such line is added to all, and the mean
    is removed (FSL 5.0.7 and later). Neighbours are int(3 sigma) volumes on both sides. The low
    pass, applied afterwards, is a Gaussian mean of int(20 sigma) + 2 volumes on both sides, whose
    weights add up to 1 at the ends too. (FSL, newimage, `bandpass_temporal_filter`.)

    Parameters
    ----------
    length : int
        Number of volumes.
    hp_sigma, lp_sigma : float
        In volumes; a filter with a sigma of 0 or less is left out.

    Returns
    -------
    numpy.ndarray
        Shape (length, length): the filtered series is ``matrix @ series``.
    """
    matrix = np.eye(length)
    if hp_sigma > 0:
        matrix = _high_pass(length, hp_sigma)
    if lp_sigma > 0:
        weights = _weights(length, lp_sigma, int(lp_sigma * 20) + 2)
        matrix = (weights / weights.sum(axis=1, keepdims=True)) @ matrix
    return matrix


def _high_pass(length: int, sigma: float) -> FloatArray:
    weights = _weights(length, sigma, int(sigma * 3))
    steps = np.subtract.outer(np.arange(length), np.arange(length)).T  # neighbour - volume
    zeroth, first, second = (
        (weights * steps**power).sum(axis=1, keepdims=True) for power in range(3)
    )
    # Weighted least squares, solved for the value of the line at the volume itself (step 0).
    denominator = second * zeroth - first * first
    fitted = denominator[:, 0] != 0
    lines = np.zeros((length, length))
    lines[fitted] = (second * weights - first * weights * steps)[fitted] / denominator[fitted]
    matrix = np.eye(length) - lines
    if fitted.any():
        matrix[fitted] += lines[np.argmax(fitted)]
    result: FloatArray = matrix - matrix.mean(axis=0)
    return result


def _weights(length: int, sigma: float, reach: int) -> FloatArray:
    """Return the Gaussian weight of every volume (column) for every volume (row)."""
    distance = np.subtract.outer(np.arange(length), np.arange(length))
    weights: FloatArray = np.exp(-0.5 * (distance / sigma) ** 2)
    return np.where(np.abs(distance) <= reach, weights, 0)
