"""Kernels that take every voxel's values along an axis as a row: matrices, regression, filters.

They compute in float64 and give the same bits whatever the block: a row's values do not depend on
the rows beside it, as long as always equally many are multiplied at once (see `ROWS`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from nipype_mathimg.formula.kernels.kernel import Blockwise
from nipype_mathimg.frozen import Frozen
from nipype_mathimg.spec import Array, FloatArray

__all__ = ["Filter", "Product", "Residual", "butterworth", "orthonormal"]

SERIAL = 1 << 18
"""Multiplications up to which OpenBLAS multiplies matrices in the thread that asks for it (its
SMP_THRESHOLD_MIN times GEMM_MULTITHREAD_THRESHOLD): more threads than are allowed would run, and
their number would decide how the rows are shared out."""

ROWS = 16
"""A multiple of the rows that BLAS has a loop for: then all rows are computed alike."""

HIDDEN = 1.25
"""A copy of the operand where its axis is not the last one, and the rows that are computed."""

MOST_ROWS = 1024
"""Rows that are computed at once: of a long run they stay in the cache of the processor."""


def _rows(length: int, columns: int) -> int:
    """Return how many rows are multiplied by a matrix at once."""
    most = min(SERIAL // max(length * columns, 1), MOST_ROWS)
    return max(most // ROWS * ROWS, ROWS)


def _times(rows: FloatArray, matrix: FloatArray) -> FloatArray:
    """Multiply rows by a matrix, so many of its columns at once that one thread does it."""
    count, columns = matrix.shape[1], max(SERIAL // rows.size, 1)
    if count <= columns:
        return rows @ matrix
    parts = [rows @ matrix[:, k : k + columns] for k in range(0, count, columns)]
    return np.concatenate(parts, axis=1)


def _along(
    block: Array,
    axis: int,
    length: int,
    dtype: np.dtype[Any],
    count: int,
    function: Callable[[FloatArray], FloatArray],
) -> Array:
    """Replace every row along an axis by another of `length` values, `count` rows at a time."""
    last = np.moveaxis(block, axis, -1)
    rows = last.reshape((-1, last.shape[-1]), order="F")
    result = np.empty((len(rows), length), dtype, order="F")
    part = np.zeros((count, rows.shape[1]))
    for start in range(0, len(rows), count):
        here = rows[start : start + count]
        part[: len(here)] = here
        part[len(here) :] = 0  # never fewer rows
        result[start : start + count] = function(part)[: len(here)]
    return np.moveaxis(result.reshape((*last.shape[:-1], length), order="F"), -1, axis)


class Product(Frozen, Blockwise):
    """Multiplies the values along an axis by a matrix, the second operand.

    Parameters
    ----------
    name : str
        Name of the function.
    axis : int
        Along which axis; the columns of the matrix take its place.
    dtype : numpy.dtype
        Of the result.
    """

    hidden = HIDDEN
    name: str
    axis: int
    dtype: np.dtype[Any]

    def __call__(self, block: Array, matrix: Array) -> Array:
        """Multiply a block that is whole along the axis."""
        length, columns = matrix.shape
        wide = np.asarray(matrix, float)
        count = _rows(length, columns)
        return _along(
            block, self.axis, columns, self.dtype, count, lambda rows: _times(rows, wide)
        )


class Residual(Frozen, Blockwise):
    """Takes out of the values along an axis what the second operand explains.

    Parameters
    ----------
    name : str
        Name of the function.
    axis : int
        Along which axis.
    dtype : numpy.dtype
        Of the result.
    """

    hidden = HIDDEN
    name: str
    axis: int
    dtype: np.dtype[Any]

    def effort(self) -> float:
        """See `Kernel`: two products of matrices."""
        return 14.0

    def __call__(self, block: Array, basis: FloatArray) -> Array:
        """Subtract the projection on the columns of the second operand, which are orthonormal."""
        length, columns = basis.shape

        def residual(rows: FloatArray) -> FloatArray:
            # In two steps: the product of both matrices would have length**2 elements.
            return rows - _times(_times(rows, basis), basis.T)

        return _along(block, self.axis, length, self.dtype, _rows(length, columns), residual)


class Filter(Frozen, Blockwise):
    """Filters the values along an axis forwards and backwards, as `scipy.signal.sosfiltfilt`.

    Parameters
    ----------
    axis : int
        Along which axis.
    sections : tuple
        Six numbers for each section of the filter.
    dtype : numpy.dtype
        Of the result.
    """

    name = "bandpass"
    hidden = HIDDEN
    axis: int
    sections: tuple[tuple[float, ...], ...]
    dtype: np.dtype[Any]

    def effort(self) -> float:
        """See `Kernel`: a recursion, forwards and backwards."""
        return 100.0

    def __call__(self, block: Array) -> Array:
        """Filter a block that is whole along the axis."""
        from nipype_mathimg.formula.kernels.scipy_modules import signal

        length, sections = block.shape[self.axis], np.array(self.sections)

        def filtered(rows: FloatArray) -> FloatArray:
            result: FloatArray = signal.sosfiltfilt(sections, rows, axis=-1)
            return result

        # As if a matrix had 8 columns: 2**15 values at once,
        # 256 KiB, which all sections pass over in the cache.
        return _along(block, self.axis, length, self.dtype, _rows(length, 8), filtered)


def butterworth(
    order: int, low: float | None, high: float | None, rate: float
) -> tuple[tuple[tuple[float, ...], ...], int]:
    """Return a Butterworth filter as `Filter` takes it, and the shortest series that it takes.

    Parameters
    ----------
    order : int
        As for `scipy.signal.butter`.
    low, high : float or None
        Edges of the band that passes, in Hz; None for none. One of them is given.
    rate : float
        Sampling frequency in Hz.
    """
    from nipype_mathimg.formula.kernels.scipy_modules import signal

    # Second-order sections: as one polynomial, a low and narrow band loses its poles to rounding.
    if low is not None and high is not None:
        found = signal.butter(order, [low, high], "bandpass", output="sos", fs=rate)
    elif low is not None:
        found = signal.butter(order, low, "highpass", output="sos", fs=rate)
    else:
        found = signal.butter(order, float(high or 0), "lowpass", output="sos", fs=rate)
    # `sosfiltfilt` mirrors three times the taps at each end.
    taps = 2 * len(found) + 1 - min((found[:, 2] == 0).sum(), (found[:, 5] == 0).sum())
    sections = tuple(tuple(float(v) for v in section) for section in found)
    return sections, int(3 * taps + 1)


def orthonormal(columns: FloatArray) -> FloatArray:
    """Return orthonormal columns that span the same space; fewer where some depend on others.

    Parameters
    ----------
    columns : numpy.ndarray
        Shape (t, k).

    Returns
    -------
    numpy.ndarray
        Shape (t, rank). A column counts as a combination of others where it differs from it by
        less than max(t, k) units in the last place, as for `numpy.linalg.matrix_rank`.
    """
    # Of unit length, lest the units (mm beside radians) decide which column counts as dependent.
    # An SVD, since QR without pivoting does not show the rank.
    sizes = np.linalg.norm(columns, axis=0)
    scaled = columns[:, sizes > 0] / sizes[sizes > 0]
    if not scaled.size:
        return np.empty((len(columns), 0))
    left, strength, _ = np.linalg.svd(scaled, full_matrices=False)
    limit = strength[0] * max(scaled.shape) * np.finfo(float).eps
    found: FloatArray = np.ascontiguousarray(left[:, strength > limit])
    return found
