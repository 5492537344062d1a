"""Joining, padding and looking up, block by block."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nipype_mathimg.errors import FormulaError
from nipype_mathimg.formula.regions import Region
from nipype_mathimg.spec import Array

__all__ = ["Join", "LookUp", "Pad"]


@dataclass(frozen=True, slots=True)
class Join:
    """Puts blocks of the operands one behind the other.

    Parameters
    ----------
    axis : int
        Where they are joined.
    dtype : numpy.dtype
        Dtype of the result.
    """

    axis: int
    dtype: np.dtype[Any]

    def __call__(self, arrays: Sequence[Any], out: Region, regions: Sequence[Region]) -> Array:
        """Return the joined blocks."""
        filled: list[Array] = [array for array in arrays if array.shape[self.axis]]
        if len(filled) == 1:
            return filled[0].astype(self.dtype, copy=False)
        result = np.empty(tuple(high - low for low, high in out), self.dtype, order="F")
        index: list[slice] = [slice(None)] * result.ndim
        at = 0
        for array in filled:
            index[self.axis] = slice(at, at + array.shape[self.axis])
            result[tuple(index)] = array
            at += array.shape[self.axis]
        return result


@dataclass(frozen=True, slots=True)
class Pad:
    """Surrounds a block by a constant.

    Parameters
    ----------
    before : tuple of int
        Number of elements added in front, for every axis.
    value : number
        What is added.
    dtype : numpy.dtype
        Dtype of the result.
    """

    before: tuple[int, ...]
    value: complex
    dtype: np.dtype[Any]

    def __call__(self, arrays: Sequence[Any], out: Region, regions: Sequence[Region]) -> Array:
        """Return the block with its surroundings."""
        shape = tuple(high - low for low, high in out)
        result = np.full(shape, self.value, self.dtype, order="F")
        place = tuple(
            slice(part[0] + before - low, part[1] + before - low)
            for part, before, (low, _) in zip(regions[0], self.before, out, strict=True)
        )
        if arrays[0].size:
            result[place] = arrays[0]
        return result


@dataclass(frozen=True, slots=True)
class LookUp:
    """Replaces labels by the entries of a table.

    Parameters
    ----------
    entries : ndarray
        The table, of one axis.
    """

    entries: Array

    def __call__(self, arrays: Sequence[Any], out: Region, regions: Sequence[Region]) -> Array:
        """Return the entries; a label without one is a FormulaError."""
        (labels,) = arrays
        if labels.size:
            low, high = int(labels.min()), int(labels.max())
            if low < 0 or high >= len(self.entries):
                raise FormulaError(
                    f"The label {low if low < 0 else high} is outside of the look-up table, "
                    f"which has entries for 0 to {len(self.entries) - 1}; make it longer, or "
                    "replace the label with np.where first"
                )
        found: Array = self.entries[labels]
        return found
