"""Sums of squares of small integers, exact and without a shift: the variance takes half the time.

A `Variance` of floats adds up differences to the first value K, which costs a pass over the values
and one over the K. Of small integers x the sums of x and x**2 are whole numbers that int32 and
float64 hold, and those of the differences follow from them, exactly too:

    sum(x - K) = sum(x) - n * K
    sum((x - K)**2) = sum(x**2) - 2 * K * sum(x) + n * K**2

So a variance is the same to its last bit whichever way it is computed.
"""

from __future__ import annotations

import numpy as np

from nipype_mathimg.formula.kernels.statistic import Fields
from nipype_mathimg.spec import Array

__all__ = ["WHOLE", "fits", "fold", "start", "sums_of_differences"]

WHOLE = np.dtype(np.int32)
"""The dtype of values, of squares of one value and of sums of values."""

_EXACT = 1 << 53
"""Up to here float64 holds every whole number."""


def fits(bounds: tuple[int, int], count: int) -> bool:
    """Return whether nothing is rounded in the sums of so many values within bounds."""
    most = max(map(abs, bounds))
    largest = int(np.iinfo(WHOLE).max)
    # Differences are up to twice as large, and they have to be exact for `Variance`, too.
    return max(most**2, count * most) <= largest and 4 * count * most**2 <= _EXACT


def start(cells: int) -> Fields:
    """Return the state of nothing; the first value is kept as the shift."""
    return {
        "shift": np.zeros(cells, WHOLE),
        "sum": np.zeros(cells, WHOLE),
        "squares": np.zeros(cells),
    }


def fold(state: Fields, values: Array, position: int) -> None:
    """Add one value to each cell, the first one at the position 0."""
    whole = values.astype(WHOLE, copy=False)
    if position == 0:
        state["shift"][...] = whole
    state["sum"] += whole
    state["squares"] += np.multiply(whole, whole)


def sums_of_differences(state: Fields, count: int) -> tuple[Array, Array]:
    """Return the sums of the differences to the first value, and of their squares, in float64."""
    shift, total = (state[name].astype(np.int64) for name in ("shift", "sum"))
    squares = state["squares"].astype(np.int64) - shift * (2 * total - count * shift)
    return (total - count * shift).astype(float), squares.astype(float)
