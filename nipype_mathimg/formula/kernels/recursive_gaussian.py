"""A Gaussian, and its derivatives, as a recursion along each axis: ITK's.

Its time does not depend on its width. The response is fitted by two damped oscillations, for the
Gaussian and for each derivative with weights of its own (R. Deriche, "Recursively implementing the
Gaussian and its derivatives", INRIA research report 1893, 1993; the constants are those of
G. Farneback and C.-F. Westin, "Improving Deriche-style recursive Gaussian filters", J Math Imaging
Vis 26, 2006, 293), and scaled so that a constant, a straight line or a parabola has exactly the
derivative that it should.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nipype_mathimg.spec import Array, FloatArray

__all__ = ["MOST_ORDER", "recursive_gaussian", "recursive_gaussian_of"]

FREQUENCIES = (0.6681, 2.0787)
"""Of the oscillations, in radians per standard deviation."""

DAMPING = (-1.3932, -1.3732)
"""By how much their logarithm grows in a standard deviation."""

COSINES = ((1.3530, -0.3531), (-0.6724, 0.6724), (-1.3563, 0.3446))
"""Weights of their cosines in the Gaussian, in its first and in its second derivative."""

SINES = ((1.8151, 0.0902), (-3.4327, 0.6100), (5.2318, -2.2355))
"""Weights of their sines."""

MOST_ORDER = len(COSINES) - 1
"""The highest derivative."""


def recursive_gaussian(
    volume: Array, sigma: Sequence[float], order: Sequence[int], output: Array
) -> None:
    """Smooth a volume along its axes, or take the derivative of what is smoothed.

    Parameters
    ----------
    volume : ndarray
        The image; beyond its border goes on what lies there.
    sigma : sequence of float
        Standard deviations in voxels; along an axis where it is 0 nothing is done.
    order : sequence of int
        Which derivative along each axis, per voxel: 0, 1 or 2.
    output : ndarray
        The result.
    """
    output[...] = recursive_gaussian_of(volume.astype(float), sigma, order)


def recursive_gaussian_of(
    values: FloatArray, sigma: Sequence[float], order: Sequence[int]
) -> FloatArray:
    """Return what `recursive_gaussian` writes, of numbers in float64."""
    for axis, (width, power) in enumerate(zip(sigma, order, strict=True)):
        if width > 0:
            values = _along(values, axis, width, power)
    return values


def _along(values: FloatArray, axis: int, sigma: float, order: int) -> FloatArray:
    """Filter along one axis, once from each end: the half of the response that lies there."""
    # Only formulas that use it wait for SciPy.
    from nipype_mathimg.formula.kernels.scipy_modules import signal

    here, before, below = _coefficients(sigma, order)
    lines = np.moveaxis(values, axis, -1)

    def run(above: FloatArray, lines: FloatArray) -> FloatArray:
        # As if the first value had been there for ever.
        start = signal.lfilter_zi(above, below) * lines[..., :1]
        return np.asarray(signal.lfilter(above, below, lines, axis=-1, zi=start)[0])

    found = run(here, lines)
    found += run(before, lines[..., ::-1])[..., ::-1]
    return np.moveaxis(found, -1, axis)


def _coefficients(sigma: float, order: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the recursion as polynomials in a delay of one voxel.

    Returns
    -------
    here, before : numpy.ndarray
        Numerator of the response to a voxel and to those before it, and to those behind it.
    below : numpy.ndarray
        Denominator of both.
    """
    above, below = _polynomials(sigma, order)
    s_d, d_d, e_d = _moments(below)
    if order == 2:  # without an answer to a constant
        plain, _ = _polynomials(sigma, 0)
        share = (2 * above.sum() - s_d * above[0]) / (2 * plain.sum() - s_d * plain[0])
        above = above - share * plain
    s_n, d_n, e_n = _moments(above)
    # What a constant 1, a line of slope 1 and a parabola of curvature 1 would give.
    gain = (
        2 * s_n / s_d - above[0],
        2 * (s_n * d_d - d_n * s_d) / s_d**2,
        (e_n * s_d**2 - e_d * s_n * s_d - 2 * d_n * d_d * s_d + 2 * d_d**2 * s_n) / s_d**3,
    )[order]
    above = above / gain
    # 0 for the voxel itself, which has been counted: `below` begins with 1.
    before = np.append(above, 0) - above[0] * below
    return above, -before if order == 1 else before, below


def _polynomials(sigma: float, order: int) -> tuple[FloatArray, FloatArray]:
    """Return numerator and denominator of the sum of both oscillations."""
    poles = [np.exp((DAMPING[k] + 1j * FREQUENCIES[k]) / sigma) for k in (0, 1)]
    below = [np.array([1, -2 * pole.real, abs(pole) ** 2], float) for pole in poles]
    above: FloatArray = np.zeros(4)
    for k, pole in enumerate(poles):
        cosine, sine = COSINES[order][k], SINES[order][k]
        own = np.array([cosine, sine * pole.imag - cosine * pole.real], float)
        above += np.convolve(own, below[1 - k])
    return above, np.convolve(below[0], below[1])


def _moments(polynomial: FloatArray) -> tuple[float, float, float]:
    """Return the sums of the coefficients, of them times their powers, and times the squares."""
    powers = np.arange(polynomial.size)
    sums = (float(np.sum(polynomial * powers**n)) for n in range(3))
    return next(sums), next(sums), next(sums)
