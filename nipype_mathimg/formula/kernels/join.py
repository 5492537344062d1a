"""Joining, padding and looking up, block by block."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nipype_mathimg.errors import FormulaError
from nipype_mathimg.formula.kernels.cast import joined
from nipype_mathimg.formula.kernels.kernel import Blockwise, Kernel, Table
from nipype_mathimg.formula.types.regions import Region, shape_of
from nipype_mathimg.frozen import Frozen
from nipype_mathimg.spec import Array

__all__ = ["Join", "LookUp", "Pad", "WholeLabels"]


_TOO_LARGE = 2.0**63
"""The first float beyond the integers of 64 bits."""


class Join(Frozen, Kernel):
    """Puts operands one behind the other.

    Parameters
    ----------
    axis : int
        Along which axis.
    dtype : numpy.dtype
        Of the result.
    """

    name = "concatenate"
    axis: int
    dtype: np.dtype[Any]

    def compute(self, blocks: Sequence[Any], out: Region, regions: Sequence[Region]) -> Array:
        """Put blocks of the operands one behind the other."""
        filled: list[Array] = [array for array in blocks if array.shape[self.axis]]
        # Most slabs lie within one operand, whose block is passed on without a copy.
        if len(filled) == 1:
            return joined(filled[0], self.dtype, "concatenate")
        result = np.empty(shape_of(out), self.dtype, order="F")
        index: list[slice] = [slice(None)] * result.ndim
        at = 0
        for array in filled:
            index[self.axis] = slice(at, at + array.shape[self.axis])
            result[tuple(index)] = joined(array, self.dtype, "concatenate")
            at += array.shape[self.axis]
        return result


class Pad(Frozen, Kernel):
    """Surrounds an operand by a constant.

    Parameters
    ----------
    widths : tuple of int
        So many elements in front of it along every axis.
    value : number
        The constant.
    dtype : numpy.dtype
        Of the result.
    """

    name = "pad"
    widths: tuple[int, ...]
    value: complex
    dtype: np.dtype[Any]

    def compute(self, blocks: Sequence[Any], out: Region, regions: Sequence[Region]) -> Array:
        """Surround the operand's block where the region of the result reaches beyond it."""
        result = np.full(shape_of(out), self.value, self.dtype, order="F")
        place = tuple(
            slice(part[0] + before - low, part[1] + before - low)
            for part, before, (low, _) in zip(regions[0], self.widths, out, strict=True)
        )
        if blocks[0].size:
            result[place] = joined(blocks[0], self.dtype, "pad")
        return result


class WholeLabels(Frozen, Blockwise):
    """Turns labels that are stored as floats into integers."""

    name = "labels"

    def __call__(self, labels: Array) -> Array:
        """Convert labels; a fraction, NaN or what has more than 63 bits is a FormulaError."""
        with np.errstate(invalid="ignore"):
            whole = labels.astype(np.int64)
            wrong = (whole != labels) | ~(np.abs(labels) < _TOO_LARGE)
        if wrong.any():
            raise FormulaError(
                f"The label {labels[wrong].flat[0]:g} is not a whole number; labels in a file of "
                "floats have to be. Interpolation mixes labels: resample by nearest neighbour, "
                "or round with np.rint"
            )
        return whole


class LookUp(Frozen, Blockwise):
    """Replaces labels by the entries of a table.

    Parameters
    ----------
    entries : Table
        The entry of every label, from 0 on.
    """

    name = "look-up"
    entries: Table

    def __call__(self, labels: Array) -> Array:
        """Look labels up; one without an entry is a FormulaError."""
        entries = self.entries.array
        if labels.size:
            low, high = int(labels.min()), int(labels.max())
            # Not left to NumPy: it would count a negative label from the end of the table.
            if low < 0 or high >= len(entries):
                raise FormulaError(
                    f"The label {low if low < 0 else high} is outside of the look-up table, "
                    f"which has entries for 0 to {len(entries) - 1}; make it longer, or "
                    "replace the label with np.where first"
                )
        found: Array = entries[labels]
        return found
