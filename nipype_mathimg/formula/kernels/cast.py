"""Conversion between dtypes in which no value silently becomes another."""

from __future__ import annotations

from typing import Any

import numpy as np

from nipype_mathimg.errors import FormulaError
from nipype_mathimg.formula.kernels.kernel import Blockwise, Value
from nipype_mathimg.formula.types.numtype import NumType, hull, integer_bounds
from nipype_mathimg.frozen import Frozen
from nipype_mathimg.spec import Array

__all__ = ["Cast", "ValueFitError", "cast_type", "joined", "misfit"]


class ValueFitError(FormulaError):
    """A value does not fit into the integer dtype that it has to be stored in."""


def cast_type(number: NumType, dtype: np.dtype[Any]) -> NumType:
    """Return the type of a value after a conversion to `dtype`."""
    if dtype == np.float16:
        dtype = np.dtype(np.float32)
    limits = integer_bounds(dtype)
    if limits is None:
        return NumType(dtype)
    if number.bounds is None or dtype.kind == "b":
        return NumType(dtype, limits)
    inside = (max(number.bounds[0], limits[0]), min(number.bounds[1], limits[1]))
    return NumType(dtype, inside if inside[0] <= inside[1] else hull(inside[::-1]))


def misfit(values: Array, dtype: np.dtype[Any]) -> np.generic | None:
    """Return the first value that an integer dtype cannot hold (NaN included), None if all fit.

    Fractions count as fitting: whether they are cut or rounded is the caller's choice.
    """
    limits = integer_bounds(dtype)
    if limits is None or values.size == 0:
        return None
    own = integer_bounds(values.dtype)
    if own is not None and limits[0] <= own[0] and own[1] <= limits[1]:
        return None
    low, high = values.min(), values.max()  # NaN wins in both, and fails both comparisons
    if own is not None:
        # As Python's integers: NumPy may compare int64 with
        # uint64 in float64, where neighbours are equal.
        good = limits[0] <= int(low) and int(high) <= limits[1]
    else:
        good = bool(_inside(np.asarray([low, high]), limits).all())
    if good:
        return None
    with np.errstate(invalid="ignore"):
        if own is not None:
            wrong = (values < limits[0]) | (values > limits[1])
        else:
            wrong = ~_inside(values, limits)
    first: np.generic | None = values[wrong].flat[0] if wrong.any() else None
    return first


def _inside(values: Array, limits: tuple[int, int]) -> Array:
    """Tell which floats are within the limits of integers once their fractions are cut off."""
    # Fractions are cut towards 0, so all that is less than 1 beyond an end fits. Where floats have
    # no fractions any more (float32 at -2**31), one below the lower end rounds to the end itself.
    least, below = (values.dtype.type(limit) for limit in (limits[0], limits[0] - 1.0))
    lower: Array = values > below if below < least else values >= least
    inside: Array = lower & (values < limits[1] + 1.0)
    return inside


def joined(values: Array, dtype: np.dtype[Any], name: str) -> Array:
    """Convert what one result takes from several operands.

    Raises
    ------
    FormulaError
        An integer does not fit: uint64 beside negative numbers has no type that holds all.
    """
    wrong = misfit(values, dtype)
    if wrong is not None:
        raise FormulaError(
            f"np.{name}: the value {wrong} does not fit into {dtype}; no integer of 64 bits holds "
            "such values beside negative ones; compute in floating point, as in "
            "`img.astype('float64')`"
        )
    return values.astype(dtype, copy=False)


class Cast(Frozen, Blockwise):
    """Conversion as ``astype`` does it: fractions are cut off, a misfit is a ValueFitError.

    Parameters
    ----------
    dtype : numpy.dtype
        Of the result.
    """

    name = "astype"
    dtype: np.dtype[Any]

    def __call__(self, block: Value) -> Array:
        """Convert a block."""
        dtype, values = self.dtype, np.asarray(block)
        if dtype.kind in "iu":
            if values.dtype.kind == "c":
                raise FormulaError("A complex number has no integer; take np.abs or `.real` first")
            wrong = misfit(values, dtype)
            if wrong is not None:
                raise ValueFitError(
                    f"The value {wrong} does not fit into {dtype} in `.astype`; choose a "
                    "wider dtype, or limit the values with np.clip and np.nan_to_num first"
                )
        if values.dtype.kind == "c" and dtype.kind not in "cb":
            # As astype does, but without its ComplexWarning.
            values = values.real
        return values.astype(dtype, copy=False)
