"""Distributions with location and scale, also outside of their support."""

from __future__ import annotations

import numpy as np

from nipype_mathimg.formula.kernels.discrete import DISCRETE
from nipype_mathimg.formula.kernels.distributions import CONTINUOUS
from nipype_mathimg.spec import Array

__all__ = ["CONTINUOUS", "DISCRETE", "of_counts", "of_values"]

OUTSIDE = {
    "cdf": (0.0, 1.0),
    "sf": (1.0, 0.0),
    "logcdf": (-np.inf, 0.0),
    "logsf": (0.0, -np.inf),
    "pdf": (0.0, 0.0),
    "pmf": (0.0, 0.0),
    "logpdf": (-np.inf, -np.inf),
    "logpmf": (-np.inf, -np.inf),
}
"""What a function gives below and above the support."""

INVERSES = ("ppf", "isf")


def of_values(family: str, function: str, x: Array, *rest: Array) -> Array:
    """Return a function of a continuous distribution.

    Parameters
    ----------
    family, function : str
        The distribution and its function.
    x : ndarray
        Values, or probabilities for an inverse.
    *rest : ndarray
        The shape of the distribution, location and scale.
    """
    one = CONTINUOUS[family]
    *shape, loc, scale = rest
    valid = np.logical_and.reduce([parameter > 0 for parameter in (*shape, scale)])
    compute = getattr(one, function)
    if function in INVERSES:
        ends = (one.lowest, one.highest)
        zero, full = ends if function == "ppf" else ends[::-1]
        found = np.where(x == 0, zero, np.where(x == 1, full, compute(x, *shape)))
        found = loc + scale * found
        valid = valid & (x >= 0) & (x <= 1)
    else:
        y = (x - loc) / scale
        low, high = OUTSIDE[function]
        # The ends have a density, and belong to a tail.
        dense = function.endswith("pdf")
        below = (y < one.lowest) | ((y == one.lowest) & ~(dense & np.isfinite(y)))
        above = (y > one.highest) | ((y == one.highest) & ~(dense & np.isfinite(y)))
        found = compute(y, *shape)
        if function == "pdf":
            found = found / scale
        elif function == "logpdf":
            found = found - np.log(scale)
        found = np.where(below, low, np.where(above, high, found))
    return np.where(valid, found, np.nan)


def of_counts(family: str, function: str, k: Array, *rest: Array) -> Array:
    """Return a function of a distribution of counts.

    Parameters
    ----------
    family, function : str
        The distribution and its function.
    k : ndarray
        Counts, or probabilities for an inverse.
    *rest : ndarray
        The shape of the distribution, and the location.
    """
    one = DISCRETE[family]
    *shape, loc = rest
    valid = one.valid(*shape)
    compute = getattr(one, function)
    if function in INVERSES:
        nothing, everything = (k == 0, k == 1) if function == "ppf" else (k == 1, k == 0)
        high = shape[0] if family == "binom" else np.inf
        found = np.where(nothing, -1.0, np.where(everything, high, compute(k, *shape))) + loc
        return np.where(valid & (k >= 0) & (k <= 1), found, np.nan)
    steps = k - loc
    low, high = OUTSIDE[function]
    if function.endswith("pmf"):
        found = np.where(steps == np.floor(steps), compute(steps, *shape), low)
    else:
        found = compute(np.floor(steps), *shape)
    found = np.where(np.isposinf(steps), high, np.where(np.isneginf(steps), low, found))
    return np.where(valid & ~np.isnan(steps), found, np.nan)
