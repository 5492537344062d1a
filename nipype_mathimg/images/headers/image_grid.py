"""What is asked of the places of an image's elements, whatever the format."""

from __future__ import annotations

from typing import Protocol

from nipype_mathimg.spec import FloatArray
from nipype_mathimg.words import Message

__all__ = ["ImageGrid"]


class ImageGrid(Protocol):
    """Where the elements of an image lie: on voxels, vertices, or what else a file names."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of elements along each axis of space, as many as there are."""

    @property
    def affine(self) -> FloatArray | None:
        """Voxel indices to mm, of shape (4, 4); None where the elements are no voxels."""

    @property
    def unit(self) -> str:
        """In which the header says that its numbers are, empty where it does not."""

    @property
    def place(self) -> str:
        """What the elements lie on, for a message: ``a volume``."""

    def mismatch(self, other: ImageGrid, tolerance: float) -> Message | None:
        """Return in which way two grids differ, and what to do about it; None if they do not.

        Parameters
        ----------
        other : ImageGrid
            What it is compared with, of any kind.
        tolerance : float
            Largest displacement of a corner of a volume, in mm.
        """
