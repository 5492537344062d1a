"""The arithmetic of quantiles: between which ranks one lies, and which value lies there."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from nipype_mathimg.formula.kernels.kernel import Blockwise
from nipype_mathimg.frozen import Frozen
from nipype_mathimg.spec import Array

__all__ = ["Place", "Quantiles", "between", "hidden_bytes", "place_of"]

SORTED_AT_ONCE = 1 << 18
"""Elements that are transposed and sorted while they stay in a core's cache."""

PARTS = 4
"""A slab is sorted in so many parts at least: what is sorted is a copy."""


class Place(Frozen):
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
        # As `_lerp` of NumPy, to the same bits: from whichever end is nearer.
        values = np.where(part >= 0.5, b - step * (1 - part), a + step * part)
        if not np.isfinite(step).all():
            # Only there: elsewhere this form is rounded differently from NumPy's.
            values = np.where(np.isfinite(step), values, a * (1 - part) + b * part)
    return np.where((part == 0) | (a == b), a, values)


class Quantiles(Frozen, Blockwise):
    """Quantiles along axes.

    Whole rows are sorted: NumPy has vector instructions for that, and for one quantile of a
    short row it takes a third of the time of np.partition.

    Parameters
    ----------
    name : str
        Name of the function.
    quantiles : tuple of float
        Between 0 and 1.
    axes : tuple of int
        Axes that go, ascending.
    scalar : bool
        There is one quantile, and no axis for it.
    skip_nan : bool
        NaN does not count; otherwise one NaN makes the result NaN.
    dtype : numpy.dtype
        Of the result.
    hidden : float
        See `hidden_bytes`.
    """

    name: str
    quantiles: tuple[float, ...]
    axes: tuple[int, ...]
    scalar: bool
    skip_nan: bool
    dtype: np.dtype[Any]
    hidden: float

    def effort(self) -> float:
        """See `Kernel`: values are put partly in order."""
        return 4.0

    def __call__(self, array: Array) -> Array:
        """Return the quantiles of a block that is whole along the axes."""
        kept = tuple(k for k in range(array.ndim) if k not in self.axes)
        shape = tuple(array.shape[k] for k in kept)
        count, length = math.prod(shape), math.prod(array.shape[k] for k in self.axes)
        # One row for each voxel of the result, in its (Fortran) order.
        voxels = array.transpose(*kept, *self.axes).reshape((count, length), order="F")
        results = [np.empty(count, self.dtype) for _ in self.quantiles]
        step = max(1, min(SORTED_AT_ONCE // length, count // PARTS))
        # One memory for all parts, which stays in the cache from one sort to the next.
        rows = np.empty((min(step, count), length), _sorted_as(array.dtype))
        for start in range(0, count, step):
            part = voxels[start : start + step]
            here = rows[: len(part)]
            here[...] = part
            here.sort(axis=1)
            for result, found in zip(results, self._quantiles_of(here), strict=True):
                result[start : start + step] = found
        images = [result.reshape(shape, order="F") for result in results]
        return images[0] if self.scalar else np.stack(images)

    def _quantiles_of(self, rows: Array) -> Iterator[Array]:
        lines = np.arange(len(rows))
        numbers = np.full(len(rows), rows.shape[1])
        ends_in_nan = np.isnan(rows[:, -1])  # where NaN is sorted to
        if ends_in_nan.any() and self.skip_nan:
            numbers -= np.isnan(rows).sum(axis=1)
        for quantile in self.quantiles:
            place = place_of(quantile, numbers)
            result = between(rows[lines, place.low], rows[lines, place.high], place.fraction)
            if not self.skip_nan:
                result[ends_in_nan] = np.nan
            yield result


def hidden_bytes(shape: Sequence[int], dtype: np.dtype[Any], axes: Sequence[int]) -> float:
    """Return the memory of what is sorted at once, and of the copy that odd axes need.

    Parameters
    ----------
    shape : sequence of int
        Of the operand.
    dtype : numpy.dtype
        Of the operand.
    axes : sequence of int
        Axes that go, ascending.

    Returns
    -------
    float
        In units of the operand's bytes.
    """
    kept = [axis for axis in range(len(shape)) if axis not in axes]
    length = math.prod(shape[a] for a in axes)
    part = max(1 / PARTS, min(1.0, length / SORTED_AT_ONCE))
    part *= _sorted_as(dtype).itemsize / dtype.itemsize
    as_they_lie = all(not k or k[-1] - k[0] < len(k) for k in (axes, kept))
    return part if as_they_lie else part + 1


def _sorted_as(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Return the type of floats that sorts values as they are, the smaller the faster."""
    if dtype.kind == "f":
        return dtype
    # float32 holds all integers of 16 bits, float64 those of 32. Those of 64 are rounded, which
    # keeps their order: the k-th is the same number as if it were rounded after the sort.
    return np.dtype(np.float32 if dtype.itemsize < 4 else np.float64)
