"""The arithmetic of quantiles: between which ranks one lies, and which value lies there."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nipype_mathimg.spec import Array

__all__ = ["Place", "between", "place_of"]


class Place(NamedTuple):
    """Where a quantile lies among values in order.

    Parameters
    ----------
    low, high : numpy.ndarray of int
        The ranks on both sides, counted from 0.
    fraction : numpy.ndarray of float
        How far it lies on the way from one to the other, 0 <= fraction < 1.
    """

    low: Array
    high: Array
    fraction: Array


def place_of(quantile: float, count: Array | int) -> Place:
    """Return where a quantile lies among so many values: at rank quantile * (count - 1).

    Parameters
    ----------
    quantile : float
        Between 0 and 1.
    count : int or numpy.ndarray of int
        Numbers of values; where there is none, the ranks are 0.
    """
    last = np.maximum(np.asarray(count, np.int64) - 1, 0)
    position = quantile * last
    low = np.minimum(position.astype(np.int64), last)
    return Place(low, np.minimum(low + 1, last), position - low)


def between(low: Array | float, high: Array | float, fraction: Array | float) -> Array:
    """Return the values that lie between neighbours in order, in float64.

    It is one of the two where the rank is exact or both are equal, infinite ones too. Elsewhere it
    is ``low * (1 - fraction) + high * fraction``, rounded as NumPy rounds it. So it is infinite
    between a number and an infinity, NaN between -inf and inf, where any number could lie
    (`numpy.median` says so too), and never overflows between two numbers.

    Parameters
    ----------
    low, high : float or numpy.ndarray
        The values at the ranks on both sides, low <= high or NaN.
    fraction : float or numpy.ndarray
        How far the quantile lies on the way from `low` to `high`, 0 <= fraction < 1.

    Examples
    --------
    >>> between([2, 2, -np.inf], [np.inf, np.inf, np.inf], [0, 0.5, 0.5])
    array([ 2., inf, nan])
    """
    a, b, part = (np.asarray(array, float) for array in (low, high, fraction))
    with np.errstate(over="ignore", invalid="ignore"):
        step = b - a
        values = np.where(part >= 0.5, b - step * (1 - part), a + step * part)
        if not np.isfinite(step).all():
            values = np.where(np.isfinite(step), values, a * (1 - part) + b * part)
    return np.where((part == 0) | (a == b), a, values)
