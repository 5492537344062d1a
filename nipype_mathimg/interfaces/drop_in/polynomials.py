"""Trends over time as Nipype removes them: Legendre polynomials, the mean stays."""

from __future__ import annotations

import numpy as np

__all__ = ["trend_matrix"]


def trend_matrix(length: int, degree: int) -> list[list[float]]:
    """Return the matrix that takes a time series to its trend, as `series @ matrix`.

    Parameters
    ----------
    length : int
        Number of volumes.
    degree : int
        Highest degree of the polynomials.

    Returns
    -------
    list of lists of float
        Of shape (length, length): the fit of ordinary least squares to polynomials of degree 0
        to `degree`, without its mean term, as in `nipype.algorithms.confounds.regress_poly`.
    """
    places = np.linspace(-1, 1, length)
    design = np.polynomial.legendre.legvander(places, degree)
    fit = np.linalg.pinv(design)
    trend: list[list[float]] = (design[:, 1:] @ fit[1:]).T.tolist()
    return trend
