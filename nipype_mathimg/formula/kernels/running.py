"""Running sums and products along an axis."""

from __future__ import annotations

from typing import Any

import numpy as np

from nipype_mathimg.errors import FormulaError
from nipype_mathimg.formula.kernels.kernel import Blockwise
from nipype_mathimg.frozen import Frozen
from nipype_mathimg.spec import Array

__all__ = ["Running", "RunningChecked"]


class Running(Frozen, Blockwise):
    """A running sum or product.

    Parameters
    ----------
    name : str
        Name of the function.
    ufunc : numpy.ufunc
        `numpy.add` or `numpy.multiply`.
    axis : int
        Along which axis.
    wide, dtype : numpy.dtype
        Of the accumulation, and of the result.
    skip_nan : bool
        NaN changes nothing.
    """

    hidden = 1.0
    name: str
    ufunc: np.ufunc
    axis: int
    wide: np.dtype[Any]
    dtype: np.dtype[Any]
    skip_nan: bool

    def __call__(self, block: Array) -> Array:
        """Accumulate a block that is whole along the axis."""
        values: Array = block.astype(self.wide)
        if self.skip_nan and self.wide.kind in "fc":
            values[np.isnan(values)] = self.ufunc.identity
        self.ufunc.accumulate(values, axis=self.axis, out=values)
        if self.wide.kind == "f" and block.dtype.kind in "biu":
            values += 0.0  # the zero of integers has no sign
        return values.astype(self.dtype, copy=False)


class RunningChecked(Frozen, Blockwise):
    """A running sum of 64-bit integers, which may not fit into 64 bits.

    Parameters
    ----------
    name : str
        Name of the function.
    axis : int
        Along which axis.
    dtype : numpy.dtype
        int64 or uint64.
    """

    # The values, their sums and a truth for each step.
    hidden = 3.0
    name: str
    axis: int
    dtype: np.dtype[Any]

    def __call__(self, block: Array) -> Array:
        """Accumulate a block; raise a FormulaError where one of its sums has more bits."""
        values: Array = block.astype(self.dtype)
        sums: Array = np.add.accumulate(values, axis=self.axis)
        steps, added = (np.moveaxis(array, self.axis, 0) for array in (sums, values))
        # A step went the wrong way: the sum wrapped.
        if np.any((steps[1:] < steps[:-1]) != (added[1:] < 0)):
            raise FormulaError(
                "A running sum of 64-bit integers does not fit into 64 bits; compute in floating "
                "point, as in `img.astype('float64')`"
            )
        return sums
