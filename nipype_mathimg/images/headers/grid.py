"""Where the voxels of an image lie in the world."""

from __future__ import annotations

from collections.abc import Sequence

from nipype_mathimg.frozen import Unique
from nipype_mathimg.images.headers.affines import corner_displacement, voxel_sizes
from nipype_mathimg.images.headers.image_grid import ImageGrid
from nipype_mathimg.spec import FloatArray
from nipype_mathimg.words import Message, option, worded

__all__ = ["Grid", "of_two_kinds"]


class Grid(Unique):
    """A grid of voxels.

    Parameters
    ----------
    shape : tuple of int
        Number of voxels along x, y and z, as many as there are.
    affine : ndarray of float64, (4, 4)
        Voxel indices to mm.
    unit : str
        In which the header says that its numbers are, empty where it does not.
    """

    shape: tuple[int, ...]
    affine: FloatArray
    unit: str = ""

    @property
    def place(self) -> str:
        """What the elements lie on, for a message."""
        return "a volume"

    @property
    def zooms(self) -> tuple[float, float, float]:
        """Distance between neighbours along x, y and z in mm: the lengths of the columns."""
        i, j, k = voxel_sizes(self.affine).tolist()
        return i, j, k

    def distance(self, other: Grid) -> float:
        """Return the largest distance between equal corners of two grids of one shape, in mm."""
        return corner_displacement(self.affine, other.affine, self.shape)

    def mismatch(self, other: ImageGrid, tolerance: float) -> Message | None:
        """Return in which way two grids differ, and what to do about it; None if they do not.

        Parameters
        ----------
        other : ImageGrid
            What it is compared with.
        tolerance : float
            Largest displacement of a corner of the volume, in mm.
        """
        if not isinstance(other, Grid):
            return of_two_kinds(self, other)
        if self.shape != other.shape:
            return (
                f"{_by(self.shape)} and {_by(other.shape)} voxels. Resample one of them to the "
                "grid of the other first."
            )
        shift = 0.0 if self.affine is other.affine else self.distance(other)
        if shift <= tolerance:
            return None
        return worded(
            "a corner of the volume lies {shift:.4g} mm apart, and {option} is {tolerance:g} mm. "
            "Resample one of them, or raise {option} if the difference is rounding.",
            shift=shift,
            option=option("grid_tolerance"),
            tolerance=tolerance,
        )


def of_two_kinds(first: ImageGrid, second: ImageGrid) -> str:
    """Say that two images lie on grids of different kinds, and what to do about it."""
    return (
        f"{first.place} and {second.place} have no elements in common. Bring both to one kind of "
        "file first, by separating the one or mapping the other."
    )


def _by(shape: Sequence[int]) -> str:
    return " x ".join(map(str, shape))
