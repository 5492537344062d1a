"""Kernels that re-arrange or combine elements along one axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nipype_mathimg.formula.types.regions import Region
from nipype_mathimg.spec import Array

__all__ = ["take_along"]


def take_along(
    axis: int,
    positions: Sequence[int],
    arrays: Sequence[Any],
    out: Region,
    regions: Sequence[Region],
) -> Array:
    """Take elements by their positions along an axis, those that a region shows."""
    low, high = out[axis]
    return np.take(arrays[0], positions[low:high], axis=axis)
