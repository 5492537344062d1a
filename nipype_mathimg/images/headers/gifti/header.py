"""The header of a GIFTI file."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from nipype_mathimg.axis import MAP, TIME, VERTEX
from nipype_mathimg.errors import HeaderError
from nipype_mathimg.frozen import Frozen
from nipype_mathimg.images.headers.gifti.grid import SurfaceGrid
from nipype_mathimg.images.headers.gifti.values import (
    LABEL,
    STRUCTURE,
    TIME_SERIES,
    TIME_STEP,
    GiftiMap,
    Label,
    Metadata,
    value_of,
)
from nipype_mathimg.images.headers.header import ImageHeader
from nipype_mathimg.images.headers.outcome import Outcome
from nipype_mathimg.spec import ArraySpec, Axis, DataRange, Note
from nipype_mathimg.words import option, worded

if TYPE_CHECKING:
    from nipype_mathimg.images.headers.compare import HeaderComparison

__all__ = ["DTYPES", "GiftiHeader"]

DTYPES = tuple(np.dtype(name) for name in ("uint8", "int32", "float32"))
"""Those of the format (GIFTI 1.0, "DataType"); Workbench reads no others."""


class GiftiHeader(Frozen, ImageHeader):
    """What a GIFTI file says besides its values.

    Parameters
    ----------
    vertices : int
        How many the surface has.
    stored : numpy.dtype
        Of the values, native endian.
    maps : tuple of GiftiMap
        One for each value of a vertex, in order.
    metadata : tuple of (str, str)
        Of the file.
    labels : tuple of Label
        The table of labels.
    """

    described: ClassVar[str] = "a surface (GIFTI)"

    vertices: int
    stored: np.dtype[Any]
    maps: tuple[GiftiMap, ...]
    metadata: Metadata = ()
    labels: tuple[Label, ...] = ()

    @property
    def structure(self) -> str:
        """Which part of the brain the surface is, empty where the file does not say."""
        # Workbench writes it once per file, Caret and FreeSurfer once per array.
        entries = (self.metadata, *(one.metadata for one in self.maps))
        return next(filter(None, (value_of(one, STRUCTURE) for one in entries)), "")

    @property
    def time_step(self) -> float | None:
        """Distance between time points as the file has it, None where it has none.

        The format gives it no unit: FreeSurfer writes milliseconds, others seconds. 0, which
        mri_surf2surf writes where it knows none, is none.
        """
        entries = (self.metadata, *(one.metadata for one in self.maps))
        for text in (value_of(one, TIME_STEP) for one in entries):
            try:
                step = float(text or 0)
            except ValueError:
                continue
            if step > 0 and np.isfinite(step):
                return step
        return None

    @property
    def is_series(self) -> bool:
        """Whether the values of a vertex follow each other in time."""
        return {one.intent for one in self.maps} == {TIME_SERIES}

    @property
    def is_labels(self) -> bool:
        """Whether the values are keys of the table of labels."""
        return {one.intent for one in self.maps} == {LABEL}

    @property
    def label_names(self) -> dict[int, str]:
        """See `ImageHeader.label_names`."""
        return {one.key: one.name for one in self.labels} if self.is_labels else {}

    @property
    def dtype(self) -> np.dtype[Any]:
        """See `ImageHeader.dtype`."""
        return self.stored

    @property
    def grid(self) -> SurfaceGrid:
        """See `ImageHeader.grid`."""
        return SurfaceGrid(self.vertices, self.structure)

    @property
    def step_seconds(self) -> float | None:
        """See `ImageHeader.step_seconds`; the format gives its step no unit."""
        return None

    def axes(self, shape: tuple[int, ...]) -> tuple[Axis, ...]:
        """See `ImageHeader.axes`."""
        later = TIME if self.is_series else MAP
        vertex = Axis(VERTEX, length=shape[0], domain=shape[0])
        return (vertex, *(Axis(later, length=length) for length in shape[1:]))

    @property
    def shape(self) -> tuple[int, ...]:
        """Vertices, and time points or maps where there are several."""
        # A series of one time point has an axis of time, as a NIfTI image with dim[4] = 1 has.
        alone = len(self.maps) == 1 and not self.is_series
        return (self.vertices,) if alone else (self.vertices, len(self.maps))

    def derived(self, outcome: Outcome) -> tuple[GiftiHeader, Sequence[Note]]:
        """See `derive`."""
        from nipype_mathimg.images.headers.gifti.derive import derive

        return derive(self, outcome)

    def fresh(
        self, outcome: Outcome, others: Sequence[ImageHeader]
    ) -> tuple[GiftiHeader, Sequence[Note]]:
        """See `ImageHeader.fresh`: the structure, and that of which a series consists."""
        from nipype_mathimg.images.headers.gifti.derive import fresh

        return fresh(self, outcome)

    def lost(self, fresh: ImageHeader) -> list[str]:
        """See `ImageHeader.lost`."""
        from nipype_mathimg.images.headers.gifti.compare import lost

        return lost(self, self.alike(fresh))

    def run(self, shape: tuple[int, ...]) -> GiftiHeader:
        """See `ImageHeader.run`; `joined` has done it."""
        return self

    def joined(self, others: Sequence[ImageHeader]) -> GiftiHeader:
        """Return the header of files that are read as one: the maps of all of them."""
        maps = [one for header in (self, *others) for one in self.alike(header).maps]
        types = [header.dtype for header in others]
        return self.changed(maps=tuple(maps), stored=reduce(np.promote_types, types, self.stored))

    def storable(
        self, dtype: np.dtype[Any], *, asked: bool
    ) -> tuple[np.dtype[Any], Sequence[Note]]:
        """Return the dtype of the format that comes next; see `ImageHeader.storable`."""
        if dtype in DTYPES:
            return dtype, ()
        if asked or dtype.kind == "c":
            raise HeaderError(
                worded(
                    "GIFTI files have the dtypes {known}, not {dtype}; choose one of them with "
                    "{option}",
                    known=", ".join(map(str, DTYPES)),
                    dtype=dtype,
                    option=option("dtype"),
                )
            )
        if np.can_cast(dtype, np.int32):
            return np.dtype(np.int32), ()
        told = f"stored as float32, with 24 bits, not as {dtype}, which GIFTI does not have"
        return np.dtype(np.float32), [Note("dtype", told)]

    def beside(self, other: ImageHeader, names: tuple[str, str]) -> Sequence[Note]:
        """See `ImageHeader.beside`."""
        second = self.alike(other)
        first, then = names
        notes = []
        steps = self.time_step, second.time_step
        if None not in steps and steps[0] != steps[1] and self.is_series and second.is_series:
            told = (
                f"{first} has the TimeStep {steps[0]:g} and {then} {steps[1]:g}; their time "
                "points were combined one by one"
            )
            notes.append(Note(TIME_STEP, told))
        if not (self.structure or second.structure):
            told = (
                f"neither {first} nor {then} says which structure it is of; that they lie on one "
                f"surface is told by their {self.vertices} vertices alone"
            )
            notes.append(Note(STRUCTURE, told))
        return notes

    def with_step(self, seconds: float | None) -> tuple[GiftiHeader, Sequence[Note]]:
        """See `with_time_step`."""
        from nipype_mathimg.images.headers.gifti.derive import with_time_step

        return with_time_step(self, seconds)

    def with_range(self, data_range: DataRange) -> GiftiHeader:
        """See `ImageHeader.with_range`; the format has no such field."""
        return self

    def with_parts(
        self, donor: ImageHeader, spec: ArraySpec, parts: Sequence[str]
    ) -> tuple[GiftiHeader, Sequence[Note]]:
        """See `copy_parts`."""
        from nipype_mathimg.images.headers.gifti.parts import copy_parts

        return copy_parts(self, self.alike(donor), spec, parts)

    def compared(self, other: ImageHeader) -> HeaderComparison:
        """See `compare`."""
        from nipype_mathimg.images.headers.gifti.compare import compare

        return compare(self, self.alike(other))
