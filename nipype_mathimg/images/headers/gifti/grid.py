"""The surface whose vertices have values."""

from __future__ import annotations

from nipype_mathimg.frozen import Frozen
from nipype_mathimg.images.headers.grid import of_two_kinds
from nipype_mathimg.images.headers.image_grid import ImageGrid
from nipype_mathimg.words import Message

__all__ = ["SurfaceGrid"]


class SurfaceGrid(Frozen):
    """A surface, of which a file of values says little.

    Parameters
    ----------
    vertices : int
        How many it has.
    structure : str
        Which part of the brain it is, empty where the file does not say.
    """

    vertices: int
    structure: str = ""

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of vertices."""
        return (self.vertices,)

    @property
    def affine(self) -> None:
        """None: vertices are no voxels."""
        return

    @property
    def unit(self) -> str:
        """Empty: where the vertices lie stands in another file."""
        return ""

    @property
    def place(self) -> str:
        """What the elements lie on, for a message."""
        return f"{self.structure or 'a surface'} of {self.vertices} vertices"

    def mismatch(self, other: ImageGrid, tolerance: float) -> Message | None:
        """Return in which way two surfaces differ, and what to do about it; None if they do not.

        A file that does not say its structure fits to any other of as many vertices.
        """
        if not isinstance(other, SurfaceGrid):
            return of_two_kinds(self, other)
        if self.vertices != other.vertices:
            return (
                f"{self.place} and {other.place}. Resample one of them first, or give files of "
                "one surface"
            )
        if self.structure and other.structure and self.structure != other.structure:
            return f"{self.place} and {other.place}. Give files of one hemisphere"
        return None
