"""The header of a CIFTI-2 file as one `ImageHeader`."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from nipype_mathimg.axis import GRAYORDINATE, MAP, PARCEL, SEED, SEED_PARCEL
from nipype_mathimg.errors import GridError, HeaderError
from nipype_mathimg.frozen import Frozen
from nipype_mathimg.images.headers.cifti.grid import CiftiGrid
from nipype_mathimg.images.headers.cifti.maps import AnyMap, Named, NamedMap, Series, escaped
from nipype_mathimg.images.headers.cifti.places import Listed
from nipype_mathimg.images.headers.header import FramedHeader, ImageHeader
from nipype_mathimg.images.headers.nifti import Extension, NiftiHeader
from nipype_mathimg.images.headers.outcome import Outcome
from nipype_mathimg.spec import Array, ArraySpec, Axis, DataRange, Note
from nipype_mathimg.words import option, worded

if TYPE_CHECKING:
    from nipype_mathimg.images.headers.compare import HeaderComparison

__all__ = ["CIFTI_EXTENSION", "CiftiHeader", "intent_of"]

CIFTI_EXTENSION = 32
"""Code of the extension that holds the XML (nifti1.h, NIFTI_ECODE_CIFTI)."""

_MM_AND_SECONDS = 2 | 8

# CIFTI-2, "Appendix A": kinds of the axes along a row and along a column -> intent.
_INTENTS = {
    ("BRAIN_MODELS", "BRAIN_MODELS"): (3001, "ConnDense"),
    ("SERIES", "BRAIN_MODELS"): (3002, "ConnDenseSeries"),
    ("PARCELS", "PARCELS"): (3003, "ConnParcels"),
    ("SERIES", "PARCELS"): (3004, "ConnParcelSries"),
    ("SCALARS", "BRAIN_MODELS"): (3006, "ConnDenseScalar"),
    ("LABELS", "BRAIN_MODELS"): (3007, "ConnDenseLabel"),
    ("SCALARS", "PARCELS"): (3008, "ConnParcelScalr"),
    ("BRAIN_MODELS", "PARCELS"): (3009, "ConnParcelDense"),
    ("PARCELS", "BRAIN_MODELS"): (3010, "ConnDenseParcel"),
}
_UNKNOWN = (3000, "ConnUnknown")


def intent_of(fast: AnyMap, slow: Listed) -> tuple[int, str]:
    """Return code and name of the intent that two axes stand for."""
    return _INTENTS.get((fast.kind, slow.kind), _UNKNOWN)


class CiftiHeader(Frozen, FramedHeader):
    """What a CIFTI-2 file says besides its matrix.

    Parameters
    ----------
    base : NiftiHeader
        The fields around the XML, of NIfTI-2, with the other extensions.
    fast : AnyMap
        What the columns are, which vary fastest: a series, maps, or places.
    slow : Listed
        What the rows are: grayordinates or parcels.
    metadata : tuple of (str, str)
        Of the matrix.
    """

    base: NiftiHeader
    fast: AnyMap
    slow: Listed
    metadata: tuple[tuple[str, str], ...] = ()

    described: ClassVar[str] = "a CIFTI file"
    places_last: ClassVar[bool] = True

    @property
    def dtype(self) -> np.dtype[Any]:
        """See `ImageHeader.dtype`."""
        return self.base.dtype

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the matrix in the order of the file; a single map has no axis of its own."""
        if isinstance(self.fast, Named) and self.fast.length == 1:
            return (self.slow.length,)
        return (self.fast.length, self.slow.length)

    @property
    def grid(self) -> CiftiGrid:
        """See `ImageHeader.grid`."""
        return CiftiGrid(self.slow, self.fast.unit if isinstance(self.fast, Series) else "")

    @property
    def step_seconds(self) -> float | None:
        """See `ImageHeader.step_seconds`."""
        times = self.fast.seconds if isinstance(self.fast, Series) else None
        return None if times is None else times[1]

    @property
    def keys(self) -> frozenset[int] | None:
        """See `FramedHeader.keys`."""
        if self.fast.kind != "LABELS" or not isinstance(self.fast, Named):
            return None
        return frozenset(key for one in self.fast.maps for key in one.keys)

    @property
    def label_names(self) -> Mapping[int, str]:
        """See `ImageHeader.label_names`: those of a file with one map."""
        labels = self.fast.maps[0].labels if isinstance(self.fast, Named) else ()
        return dict(labels) if self.fast.length == 1 else {}

    def regions(self, values: Array, labels: Sequence[int], names: Sequence[str]) -> Hashable:
        """See `ImageHeader.regions`: parcels of grayordinates."""
        from nipype_mathimg.images.headers.cifti.parcellate import parcellated

        if self.slow.kind != "BRAIN_MODELS":
            return super().regions(values, labels, names)
        return parcellated(self.slow, values, labels, names).members

    def axes(self, shape: tuple[int, ...]) -> tuple[Axis, ...]:
        """See `ImageHeader.axes`."""
        place = PARCEL if self.slow.kind == "PARCELS" else GRAYORDINATE
        rows = Axis(place, length=self.slow.length, domain=self.slow.members)
        if len(shape) == 1:
            return (rows,)
        length = self.fast.length
        if isinstance(self.fast, Listed):
            seed = SEED_PARCEL if self.fast.kind == "PARCELS" else SEED
            return (Axis(seed, length=length, domain=self.fast.members), rows)
        if isinstance(self.fast, Named):
            # One file after the other, where several with one map are one image.
            maps = Axis(MAP, length=length)
            return (rows, maps) if shape == (self.slow.length, length) else (maps, rows)
        start, step = self.fast.seconds or (0.0, None)
        return (Axis("t", size=step, origin=start, length=length), rows)

    def derived(self, outcome: Outcome) -> tuple[CiftiHeader, Sequence[Note]]:
        """See `cifti.rules`."""
        from nipype_mathimg.images.headers.cifti.rules import derive

        return derive(self, outcome)

    def fresh(
        self, outcome: Outcome, others: Sequence[ImageHeader]
    ) -> tuple[CiftiHeader, Sequence[Note]]:
        """See `ImageHeader.fresh`: the axes of space and the series, and nothing else."""
        fast = self.fast
        if isinstance(fast, Named):
            numbered = (NamedMap(f"map {k}") for k in range(1, fast.length + 1))
            fast = Named("SCALARS", tuple(numbered))
        bare = CiftiHeader(NiftiHeader(2), fast, self.slow)
        header, _ = bare.derived(outcome.changed(images=2))
        return header, []

    def lost(self, fresh: ImageHeader) -> list[str]:
        """See `ImageHeader.lost`."""
        other = self.alike(fresh)
        found = []
        if isinstance(self.fast, Named) and self.fast != other.fast:
            found.append("map names " + ", ".join(repr(one.name) for one in self.fast.maps[:3]))
            if any(one.keys for one in self.fast.maps):
                found.append("the table of labels")
        if self.metadata:
            found.append("metadata " + ", ".join(name for name, _ in self.metadata))
        descrip = bytes(self.base["descrip"].item()).decode("latin-1")
        return [*found, *([f"descrip {descrip}"] if descrip else [])]

    def joined(self, others: Sequence[ImageHeader]) -> CiftiHeader:
        """See `ImageHeader.joined`: series follow one another in time, maps are put side by side.

        Files of one map each are read one after the other, and the maps vary slowest then.
        """
        headers = [self, *map(self.alike, others)]
        problems = [problem for one in headers[1:] if (problem := self._unlike(one))]
        if problems:
            raise GridError(f"the files of a list cannot be joined: {problems[0]}")
        if len(headers) == 1:
            return self
        if isinstance(self.fast, Series):
            length = sum(header.fast.length for header in headers)
            return self.changed(fast=self.fast.changed(length=length))
        maps = [one for h in headers if isinstance(h.fast, Named) for one in h.fast.maps]
        return self.changed(fast=Named(self.fast.kind, tuple(maps)))

    def _unlike(self, other: CiftiHeader) -> str:
        """Say why another file cannot be joined to this one; empty where it can."""
        if isinstance(self.fast, Listed):
            return "matrices of connectivity have no axis to be joined along. Give them one by one"
        if self.fast.kind != other.fast.kind:
            return f"one has {self.fast.kind.lower()} and the other {other.fast.kind.lower()}"
        mismatch = self.grid.mismatch(other.grid, np.inf)
        if mismatch is None and self.slow.kind != other.slow.kind:
            return "one has grayordinates and the other parcels"
        return "" if mismatch is None else str(mismatch)

    def run(self, shape: tuple[int, ...]) -> CiftiHeader:
        """Return itself: files that are joined have their header from `joined`."""
        return self

    def storable(
        self, dtype: np.dtype[Any], *, asked: bool
    ) -> tuple[np.dtype[Any], Sequence[Note]]:
        """See `ImageHeader.storable`: real numbers of any type."""
        if dtype.kind == "c":
            raise HeaderError(
                "a CIFTI file holds no complex numbers; take np.abs(...), np.angle(...), .real or "
                ".imag"
            )
        return dtype, ()

    def beside(self, other: ImageHeader, names: tuple[str, str]) -> Sequence[Note]:
        """See `ImageHeader.beside`: series that begin elsewhere, or have other frequencies.

        A step in seconds is a TR, of which those of all formats are compared in one place.
        """
        if not isinstance(other, CiftiHeader):
            return ()
        own, theirs = self.fast, other.fast
        if not (isinstance(own, Series) and isinstance(theirs, Series)):
            return ()
        starts, steps = (
            [f"{one.real(name):g} {one.called}" for one in (own, theirs)]
            for name in ("start", "step")
        )
        odd = [
            f"{names[0]} {verb} {values[0]} and {names[1]} {verb} {values[1]}"
            for verb, values in (("begins at", starts), ("has a step of", steps))
            if values[0] != values[1] and (verb == "begins at" or own.seconds is None)
        ]
        if not odd:
            return ()
        told = f"{'; '.join(odd)}; their {own.elements} were combined one by one"
        return (Note("series", told),)

    def with_step(self, seconds: float | None) -> tuple[CiftiHeader, Sequence[Note]]:
        """See `ImageHeader.with_step`."""
        if seconds is None or not isinstance(self.fast, Series):
            return self, []
        if not (np.isfinite(seconds) and seconds > 0):
            raise HeaderError(
                worded(
                    "{option} is {tr}; it has to be a positive number of seconds",
                    option=option("tr"),
                    tr=seconds,
                )
            )
        start = (self.fast.seconds or (0.0, None))[0]
        fast = self.fast.changed(start=start, step=seconds, exponent=0, unit="SECOND")
        return self.changed(fast=fast), [Note("series", f"step set to {seconds:g} s")]

    def with_range(self, data_range: DataRange) -> CiftiHeader:
        """Return itself: nothing reads cal_min and cal_max of such files."""
        return self

    def with_parts(
        self, donor: ImageHeader, spec: ArraySpec, parts: Sequence[str]
    ) -> tuple[CiftiHeader, Sequence[Note]]:
        """See `cifti.parts`."""
        from nipype_mathimg.images.headers.cifti.parts import copy_parts

        return copy_parts(self, self.alike(donor), spec, parts)

    def compared(self, other: ImageHeader) -> HeaderComparison:
        """See `cifti.compare`."""
        from nipype_mathimg.images.headers.cifti.compare import compare

        return compare(self, self.alike(other))

    def dimensions(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """See `FramedHeader.dimensions`: the first four are unused, of length 1."""
        columns, rows = shape if len(shape) == 2 else (1, *shape)
        return (1, 1, 1, 1, columns, rows)

    @property
    def nifti(self) -> NiftiHeader:
        """See `FramedHeader.nifti`."""
        result = self.base.converted(2)
        result.set_shape((1, 1, 1, 1, self.fast.length, self.slow.length))
        result["intent_code"], result["intent_name"] = intent_of(self.fast, self.slow)
        for field in ("intent_p1", "intent_p2", "intent_p3", "toffset", "cal_min", "cal_max"):
            result[field] = 0
        result["pixdim"] = 1
        result["xyzt_units"] = _MM_AND_SECONDS
        result.extensions = [Extension(CIFTI_EXTENSION, self.xml()), *self.base.extensions]
        return result

    def xml(self) -> bytes:
        """Return the XML: short maps are written, lists of places are copied."""
        entries = "".join(
            f"<MD><Name>{escaped(name)}</Name><Value>{escaped(value)}</Value></MD>"
            for name, value in self.metadata
        )
        metadata = f"<MetaData>{entries}</MetaData>" if entries else ""
        one_map = isinstance(self.fast, Listed) and self.fast.members is self.slow.members
        maps = self.slow.xml("0,1") if one_map else self.fast.xml("0") + self.slow.xml("1")
        head = '<?xml version="1.0" encoding="UTF-8"?>\n<CIFTI Version="2"><Matrix>'
        return (head + metadata).encode() + maps + b"</Matrix></CIFTI>"
