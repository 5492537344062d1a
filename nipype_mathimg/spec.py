"""Values that travel between the stages: what an array is, before any voxel is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from nipype_mathimg.words import Message, Place, said

__all__ = [
    "AXIS_NAMES",
    "SPACE",
    "TIME",
    "Array",
    "ArraySpec",
    "Axis",
    "DataRange",
    "FloatArray",
    "Note",
    "image_axes",
]

Array = np.ndarray[Any, np.dtype[Any]]
"""An array of whatever dtype a formula or a file has."""

FloatArray = np.ndarray[Any, np.dtype[np.float64]]
"""An affine, a quaternion, coordinates."""

SPACE = ("x", "y", "z")
"""The axes that an affine places in the scanner."""

TIME = "t"
"""The axis of volumes."""

AXIS_NAMES = (*SPACE, TIME, "u", "v", "w")
"""Names of the seven axes of a NIfTI image (``dim[1]`` to ``dim[7]``)."""


@dataclass(frozen=True, slots=True)
class Axis:
    """Where one axis of an array comes from.

    Parameters
    ----------
    source : str or None
        Name of the image axis ("x", "y", "z", "t", "u", "v", "w"), or None when the axis
        corresponds to none of them (new, sorted, a frequency axis, ...).
    start : float
        Position of the first element on the source axis, in voxels (or volumes). Whole, but for
        a spatial axis that was averaged with ``keepdims`` (its centre) or repeated.
    step : float
        Distance between neighbours on the source axis, in voxels (or volumes); negative after
        a flip.
    size : float or None
        Distance between neighbours on the source axis itself: mm for an axis of space, seconds
        for that of time; None where it is unknown. Axes are the same whatever it is: of several
        images on one grid it differs by rounding.
    origin : float
        Where the source axis begins: seconds (toffset) for the axis of time, else 0.
    """

    source: str | None = None
    start: float = 0
    step: float = 1
    size: float | None = field(default=None, compare=False)
    origin: float = field(default=0.0, compare=False)

    @property
    def is_space(self) -> bool:
        """True for an axis that an affine places in the scanner."""
        return self.source in SPACE

    @property
    def is_time(self) -> bool:
        """True for the axis of volumes."""
        return self.source == TIME

    @property
    def order(self) -> tuple[int, str]:
        """Where it stands beside others in an image: space first, then time, then the rest."""
        name = self.source or ""
        known = name in AXIS_NAMES
        return (AXIS_NAMES.index(name) if known else len(AXIS_NAMES), name)

    @property
    def spacing(self) -> float | None:
        """Distance between its own elements: mm or seconds, None where it is unknown."""
        return None if self.size is None else abs(self.step) * self.size

    def stepped(self, start: float, step: float) -> Axis:
        """Return the axis of a part: element i of it is element ``start + step * i`` of this."""
        if self.source is None:
            return self
        return replace(self, start=self.start + self.step * start, step=self.step * step)

    def unordered(self) -> Axis:
        """Return what remains where the elements lost their places: space stays space."""
        return self if self.is_space else Axis()


@dataclass(frozen=True, slots=True)
class ArraySpec:
    """Shape, dtype and origin of an array.

    Parameters
    ----------
    shape : tuple of int
        Number of elements along each axis.
    dtype : numpy.dtype
        The dtype in which the array is computed, native endian; after scaling
        (scl_slope, scl_inter) for a file.
    axes : tuple of Axis
        One per entry of `shape`.
    bounds : tuple of int, optional
        Smallest and largest value that can occur, for boolean and integer arrays; None for
        other dtypes.
    wide : bool
        True where float32, with its 24 bits, may be too coarse for the values: they are given by
        an image that is stored with more, or are whole numbers of any size.
    """

    shape: tuple[int, ...]
    dtype: np.dtype[np.generic]
    axes: tuple[Axis, ...]
    bounds: tuple[int, int] | None = None
    wide: bool = False

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of elements."""
        size = 1
        for length in self.shape:
            size *= length
        return size

    @property
    def nbytes(self) -> int:
        """Number of bytes of the whole array."""
        return self.size * self.dtype.itemsize


@dataclass(frozen=True, slots=True)
class Note:
    """Something that a user should know about a result.

    Parameters
    ----------
    topic : str
        A header field (``"toffset"``), or a topic such as ``"values"``.
    wording : str or Wording
        What was done and why, one sentence.
    result : str
        Name of the result of a program that it is about; empty for all, or the only one.
    """

    topic: str
    wording: Message
    result: str = ""

    @property
    def message(self) -> str:
        """What was done and why, in the words of Python."""
        return said(self.wording, Place.PYTHON)

    def shown(self, place: Place) -> str:
        """Return the note in the words of a place."""
        text = said(self.wording, place)
        return f"{self.result}: {self.topic}: {text}".removeprefix(": ")

    def __str__(self) -> str:
        return self.shown(Place.PYTHON)


@dataclass(frozen=True, slots=True)
class DataRange:
    """The finite range of the voxels of a result.

    Parameters
    ----------
    minimum, maximum : float
        Smallest and largest finite value; both NaN when there is none.
    non_finite : int
        Number of NaN and infinite voxels.
    rounded : int
        Number of integers that were rounded because the floats of the file are too coarse.
    """

    minimum: float
    maximum: float
    non_finite: int = 0
    rounded: int = 0


def image_axes(
    ndim: int, sizes: Sequence[float | None] = (), toffset: float = 0.0
) -> tuple[Axis, ...]:
    """Return the axes of an image of `ndim` dimensions as it lies in its file.

    Parameters
    ----------
    ndim : int
        Number of axes.
    sizes : sequence of float or None
        Of voxels along x, y and z in mm, and of the TR in seconds; what is missing is unknown.
    toffset : float
        Time of the first volume, in seconds.

    Examples
    --------
    >>> [axis.source for axis in image_axes(4)]
    ['x', 'y', 'z', 't']
    """
    known = (*sizes, *(None,) * ndim)
    return tuple(
        Axis(name, size=size, origin=toffset if name == TIME else 0.0)
        for name, size in zip(AXIS_NAMES[:ndim], known, strict=False)
    )
