"""Coordinates of voxels and volumes, made where they are needed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nipype_mathimg.formula.kernels.kernel import Kernel
from nipype_mathimg.formula.types.regions import Region, shape_of
from nipype_mathimg.frozen import Frozen
from nipype_mathimg.spec import Array

__all__ = ["Coordinate"]


class Coordinate(Frozen, Kernel):
    """A linear function of the indices of an element.

    Parameters
    ----------
    name : str
        As a formula has it: ``".x"``.
    origin : float
        Its value at index 0.
    steps : tuple of float
        By how much it grows along each axis.
    dtype : numpy.dtype
        Of the result.
    """

    name: str
    origin: float
    steps: tuple[float, ...]
    dtype: np.dtype[Any]

    def compute(self, blocks: Sequence[Any], out: Region, regions: Sequence[Region]) -> Array:
        """Return the values in a region."""
        result: Array = np.full((1,) * len(out), self.origin)
        for k, (step, (low, high)) in enumerate(zip(self.steps, out, strict=True)):
            if step:
                along = [1] * len(out)
                along[k] = -1
                # From the indices in the image, not in the block,
                # so that the bits do not depend on the slabs.
                result = result + step * np.arange(low, high).reshape(along)
        return np.asfortranarray(np.broadcast_to(result, shape_of(out)).astype(self.dtype))
