"""Values that travel between the stages: what an array is, before any voxel is read."""

from __future__ import annotations

from typing import Any

import numpy as np

from nipype_mathimg.axis import (
    AXIS_NAMES,
    PARCEL,
    SPACE,
    TIME,
    Axis,
    Parcels,
    image_axes,
    shown_order,
)
from nipype_mathimg.frozen import Frozen
from nipype_mathimg.words import Message, Place, said

__all__ = [
    "AXIS_NAMES",
    "PARCEL",
    "SPACE",
    "TIME",
    "Array",
    "ArraySpec",
    "Axis",
    "DataRange",
    "FloatArray",
    "Intent",
    "Note",
    "Parcels",
    "image_axes",
]

Array = np.ndarray[Any, np.dtype[Any]]
"""An array of whatever dtype a formula or a file has."""

FloatArray = np.ndarray[Any, np.dtype[np.float64]]
"""An affine, a quaternion, coordinates."""


class ArraySpec(Frozen):
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
    def shown(self) -> ArraySpec:
        """The same of a file in the order in which a formula sees it: places first, then time."""
        order = shown_order(self.axes)
        shape, axes = (tuple(found[k] for k in order) for found in (self.shape, self.axes))
        return self.changed(shape=shape, axes=axes)

    @property
    def size(self) -> int:
        """Number of elements."""
        size = 1
        # Python's integers do not overflow; np.prod would.
        for length in self.shape:
            size *= length
        return size

    @property
    def nbytes(self) -> int:
        """Number of bytes of the whole array."""
        return self.size * self.dtype.itemsize


class Intent(Frozen):
    """What the values of an image are, as NIfTI says it.

    Parameters
    ----------
    code : int
        Of a statistic or a distribution (nifti1.h, "intent_code").
    parameters : tuple of float
        Of the distribution: ``(df,)`` for a t test.
    """

    code: int
    parameters: tuple[float, ...] = ()


class Note(Frozen):
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


class DataRange(Frozen):
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
