"""Joining, padding and looking up, block by block.

The first arguments are fixed by `functools.partial`; what remains is a `Compute`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nipype_mathimg.errors import FormulaError
from nipype_mathimg.formula.types.regions import Region, shape_of
from nipype_mathimg.spec import Array

__all__ = ["join", "look_up", "pad"]


def join(
    axis: int,
    dtype: np.dtype[Any],
    arrays: Sequence[Any],
    out: Region,
    regions: Sequence[Region],
) -> Array:
    """Put blocks of the operands one behind the other along an axis."""
    filled: list[Array] = [array for array in arrays if array.shape[axis]]
    if len(filled) == 1:
        return filled[0].astype(dtype, copy=False)
    result = np.empty(shape_of(out), dtype, order="F")
    index: list[slice] = [slice(None)] * result.ndim
    at = 0
    for array in filled:
        index[axis] = slice(at, at + array.shape[axis])
        result[tuple(index)] = array
        at += array.shape[axis]
    return result


def pad(
    widths: tuple[int, ...],
    value: complex,
    dtype: np.dtype[Any],
    arrays: Sequence[Any],
    out: Region,
    regions: Sequence[Region],
) -> Array:
    """Surround a block by a constant, with so many elements in front of it along every axis."""
    result = np.full(shape_of(out), value, dtype, order="F")
    place = tuple(
        slice(part[0] + before - low, part[1] + before - low)
        for part, before, (low, _) in zip(regions[0], widths, out, strict=True)
    )
    if arrays[0].size:
        result[place] = arrays[0]
    return result


def look_up(
    entries: Array, arrays: Sequence[Any], out: Region, regions: Sequence[Region]
) -> Array:
    """Replace labels by the entries of a table; a label without one is a FormulaError."""
    (labels,) = arrays
    if labels.size:
        low, high = int(labels.min()), int(labels.max())
        if low < 0 or high >= len(entries):
            raise FormulaError(
                f"The label {low if low < 0 else high} is outside of the look-up table, "
                f"which has entries for 0 to {len(entries) - 1}; make it longer, or "
                "replace the label with np.where first"
            )
    found: Array = entries[labels]
    return found
