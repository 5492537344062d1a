"""Eigenvalues and eigenvectors of a symmetric matrix in every voxel."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from nipype_mathimg.formula.kernels.kernel import Blockwise
from nipype_mathimg.frozen import Frozen
from nipype_mathimg.spec import Array, FloatArray

__all__ = ["Eigen"]


class Eigen(Frozen, Blockwise):
    """Calls `numpy.linalg.eigvalsh`, or one half of `numpy.linalg.eigh`.

    A matrix with NaN or an infinity has NaN: LAPACK gives no result for it, and NumPy ends then.

    Parameters
    ----------
    name : str
        Name of the function.
    vectors : bool
        The eigenvectors, in the columns of a matrix, instead of the values.
    upper : bool
        The triangle above the diagonal is read, not that below it.
    dtype : numpy.dtype
        Of the computation and of the result.
    """

    # What is finite, in a copy in the order of LAPACK.
    dear = True
    hidden = 2.5
    name: str
    vectors: bool
    upper: bool
    dtype: np.dtype[Any]

    def __call__(self, block: Array) -> Array:
        """Return the values (..., n) in ascending order, or the vectors (..., n, n)."""
        wide: FloatArray = np.ascontiguousarray(block, self.dtype)
        known: Array = np.asarray(np.isfinite(wide).all(axis=(-2, -1)))
        if not known.all():
            wide = np.where(known[..., None, None], wide, 0)
        found: Array = self._found(wide)
        found[~known] = np.nan
        return found

    def _found(self, wide: FloatArray) -> Array:
        triangle: Literal["L", "U"] = "U" if self.upper else "L"
        if self.vectors:
            return np.linalg.eigh(wide, triangle)[1]
        return np.linalg.eigvalsh(wide, triangle)
