"""The values beside each voxel of a volume; beyond its border goes on what lies there."""

from __future__ import annotations

import numpy as np

from nipype_mathimg.frozen import Frozen
from nipype_mathimg.spec import Array

__all__ = ["Shifted"]


class Shifted(Frozen):
    """A volume with a border around it, which is called for its neighbours.

    Parameters
    ----------
    padded : ndarray
        The volume, one voxel longer at each end.
    """

    padded: Array

    @classmethod
    def of(cls, volume: Array) -> Shifted:
        """Return a volume with its border."""
        return cls(np.pad(volume, 1, mode="edge"))

    def __call__(self, *steps: tuple[int, int]) -> Array:
        """Return for each voxel the value so many voxels away.

        Parameters
        ----------
        *steps : (int, int)
            An axis, and -1, 0 or 1.
        """
        away = [0] * self.padded.ndim
        for axis, step in steps:
            away[axis] += step
        ends = zip(away, self.padded.shape, strict=True)
        found: Array = self.padded[tuple(slice(1 + step, n - 1 + step) for step, n in ends)]
        return found

    def slope(self, axis: int) -> Array:
        """Return half of the difference of the neighbours along an axis, the one before first."""
        half: Array = (self((axis, 1)) - self((axis, -1))) / 2
        return half
