"""Correlations of all rows of a table with each other."""

from __future__ import annotations

import numpy as np

from nipype_mathimg.formula.kernels.kernel import Blockwise
from nipype_mathimg.frozen import Frozen
from nipype_mathimg.spec import Array

__all__ = ["Correlations"]


class Correlations(Frozen, Blockwise):
    """Calls `numpy.corrcoef` with a table whose rows are variables.

    A row that is constant, or has NaN, has NaN with every other.
    """

    name = "corrcoef"
    # The rows less their means, twice.
    hidden = 2.0
    dear = True

    def __call__(self, table: Array) -> Array:
        """Return the matrix of correlations."""
        with np.errstate(divide="ignore", invalid="ignore"):
            found: Array = np.corrcoef(table)
        return found.reshape((len(table),) * 2)
