"""Sums of 64-bit integers, exact although a part of them may not fit into 64 bits."""

from __future__ import annotations

from typing import Any

import numpy as np

from nipype_mathimg.errors import FormulaError
from nipype_mathimg.formula.kernels.statistic import Fields, OneByOne
from nipype_mathimg.frozen import Frozen
from nipype_mathimg.spec import Array

__all__ = ["MOST_HALVES", "WideSum"]

HALF = 32
LOWER = (1 << HALF) - 1

MOST_HALVES = 1 << 31
"""Sums of so many halves of 32 bits fit into int64."""


class WideSum(Frozen, OneByOne):
    """The sum of the upper and of the lower 32 bits of integers; each stays below 64 bits.

    Parameters
    ----------
    dtype : numpy.dtype
        Of the result: int64 or uint64, which are checked to hold it, or float64, which holds its
        leading 53 bits.
    """

    dtype: np.dtype[Any]

    @property
    def computed_in(self) -> None:
        """Halves are taken of the values as they are."""

    def start(self, cells: int, alike: bool = False) -> Fields:
        """Return zeros."""
        return {"upper": np.zeros(cells, np.int64), "lower": np.zeros(cells, np.int64)}

    def fold(self, state: Fields, values: Array, mask: Array | None, position: int) -> None:
        """Add one value to each cell."""
        for name, half in _halves(values, mask).items():
            state[name] += half

    def plane(self, values: Array, mask: Array | None) -> Fields:
        """Sum each column."""
        return {name: half.sum(axis=0) for name, half in _halves(values, mask).items()}

    def segments(self, values: Array, starts: Array) -> Fields:
        """Sum each segment."""
        return {
            name: np.add.reduceat(half, starts, axis=1)
            for name, half in _halves(values, None).items()
        }

    def merge(self, table: Fields, axes: tuple[int, ...]) -> Fields:
        """Sum the planes."""
        return {name: field.sum(axis=axes) for name, field in table.items()}

    def result(self, state: Fields, count: int) -> Array:
        """Return the sum.

        Raises
        ------
        FormulaError
            It has more than 64 bits.
        """
        lower = np.asarray(state["lower"])
        upper = np.asarray(state["upper"] + (lower >> HALF))
        if self.dtype.kind == "f":
            return upper * 2.0**HALF + (lower & LOWER)
        low, high = (0, 1 << HALF) if self.dtype.kind == "u" else (-(1 << 31), 1 << 31)
        wrong = (upper < low) | (upper >= high)
        if wrong.any():
            raise FormulaError(
                f"The sum of 64-bit integers gives {float(upper[wrong].flat[0]) * 2.0**HALF:g}, "
                "which does not fit into 64 bits; compute in floating point, as in "
                "`img.astype('float64')`"
            )
        return ((upper << HALF) | (lower & LOWER)).astype(self.dtype)


def _halves(values: Array, mask: Array | None) -> Fields:
    # The shift keeps the sign and the mask drops it, so negative numbers too are upper * 2**32 +
    # lower, with a lower half that is never negative.
    halves = {"upper": values >> HALF, "lower": values & LOWER}
    return {
        name: (half if mask is None else np.where(mask, half, 0)).astype(np.int64)
        for name, half in halves.items()
    }
