"""Kernels that work voxel by voxel and have parameters beside their operands."""

from __future__ import annotations

from typing import Any

import numpy as np

from nipype_mathimg.formula.kernels.cast import joined, misfit
from nipype_mathimg.formula.kernels.kernel import Blockwise, Table
from nipype_mathimg.frozen import Frozen
from nipype_mathimg.spec import Array

__all__ = [
    "Angle",
    "Bin",
    "Choose",
    "Interpolate",
    "InterpolateBetween",
    "IsClose",
    "IsIn",
    "ReplaceNan",
    "Round",
]


class Angle(Frozen, Blockwise):
    """The angle of complex numbers.

    Parameters
    ----------
    degrees : bool
        In degrees, not in radians.
    dtype : numpy.dtype
        To which the operand is converted.
    """

    name = "angle"
    degrees: bool
    dtype: np.dtype[Any]

    def __call__(self, block: Array) -> Array:
        """Return the angles of a block."""
        values = np.asarray(block).astype(self.dtype, copy=False)
        angles: Array = np.angle(values, deg=self.degrees)
        return angles


class Round(Frozen, Blockwise):
    """Rounds to decimals.

    Parameters
    ----------
    decimals : int
        Digits behind the point; negative ones are in front of it.
    dtype : numpy.dtype
        To which the operand is converted.
    """

    name = "round"
    decimals: int
    dtype: np.dtype[Any]

    def __call__(self, block: Array) -> Array:
        """Round a block."""
        values = np.asarray(block).astype(self.dtype, copy=False)
        rounded = np.asarray(np.round(values, self.decimals))
        if self.decimals > 0 and rounded.dtype.kind == "f":
            # NumPy multiplies by 10**decimals: what becomes infinite has no digits there to round.
            return np.where(np.isfinite(rounded), rounded, values)
        return rounded


class Choose(Frozen, Blockwise):
    """Takes each voxel from one of two operands.

    Parameters
    ----------
    dtype : numpy.dtype
        Of the result.
    """

    name = "where"
    dtype: np.dtype[Any]

    def __call__(self, condition: Array, x: Array, y: Array) -> Array:
        """Choose; a FormulaError where a chosen integer does not fit."""
        dtype = self.dtype
        # What is not chosen need not fit, so it is replaced before anybody complains about it.
        if misfit(x, dtype) is not None:
            x = joined(np.where(condition, x, x.dtype.type(0)), dtype, "where")
        if misfit(y, dtype) is not None:
            y = joined(np.where(condition, y.dtype.type(0), y), dtype, "where")
        return np.where(condition, x.astype(dtype, copy=False), y.astype(dtype, copy=False))


class ReplaceNan(Frozen, Blockwise):
    """Replaces what is not finite.

    Parameters
    ----------
    nan, posinf, neginf : float
        What NaN and the infinities become.
    """

    name = "nan_to_num"
    nan: float
    posinf: float
    neginf: float

    def __call__(self, block: Array) -> Array:
        """Replace in a block."""
        replaced: Array = np.nan_to_num(
            block, nan=self.nan, posinf=self.posinf, neginf=self.neginf
        )
        return replaced


class IsIn(Frozen, Blockwise):
    """Tells whether values are in a list.

    Parameters
    ----------
    values : Table
        The list.
    invert : bool
        Tell whether they are not.
    """

    name = "isin"
    values: Table
    invert: bool

    def __call__(self, block: Array) -> Array:
        """Look at a block."""
        return np.isin(block, self.values.array, invert=self.invert)


class IsClose(Frozen, Blockwise):
    """Tells whether two operands are nearly equal.

    Parameters
    ----------
    rtol, atol : float
        Relative and absolute tolerance.
    equal_nan : bool
        NaN equals NaN.
    dtype : numpy.dtype
        To which the operands are converted.
    """

    name = "isclose"
    rtol: float
    atol: float
    equal_nan: bool
    dtype: np.dtype[Any]

    def __call__(self, *blocks: Array) -> Array:
        """Compare two blocks."""
        a, b = (np.asarray(block).astype(self.dtype, copy=False) for block in blocks)
        close: Array = np.isclose(a, b, rtol=self.rtol, atol=self.atol, equal_nan=self.equal_nan)
        return close


class Bin(Frozen, Blockwise):
    """Counts bins up to a value.

    Parameters
    ----------
    bins : Table
        Edges of the bins, ascending or descending.
    right : bool
        The right edge belongs to a bin, not the left one.
    dtype : numpy.dtype
        Of the result.
    """

    name = "digitize"
    bins: Table
    right: bool
    dtype: np.dtype[Any]

    def __call__(self, block: Array) -> Array:
        """Return the bins of a block."""
        return np.digitize(block, self.bins.array, self.right).astype(self.dtype)


class InterpolateBetween(Frozen, Blockwise):
    """Interpolates in lists that are operands; fields as of `Interpolate`."""

    name = "interp"
    # NumPy computes in float64.
    hidden = 2.0
    left: float | None
    right: float | None
    dtype: np.dtype[Any]

    def __call__(self, block: Array, xp: Array, fp: Array) -> Array:
        """Interpolate at the values of a block."""
        return np.interp(block, xp, fp, left=self.left, right=self.right).astype(self.dtype)


class Interpolate(Frozen, Blockwise):
    """Interpolates in a table.

    Parameters
    ----------
    xp, fp : Table
        Places in ascending order, and values there.
    left, right : float, optional
        Values on both sides; those at the ends when absent.
    dtype : numpy.dtype
        Of the result.
    """

    name = "interp"
    xp: Table
    fp: Table
    left: float | None
    right: float | None
    dtype: np.dtype[Any]

    def __call__(self, block: Array) -> Array:
        """Interpolate at the values of a block."""
        xp, fp = self.xp.array, self.fp.array
        return np.interp(block, xp, fp, left=self.left, right=self.right).astype(self.dtype)
