"""The header of a volume: the functions of its neighbours as one `ImageHeader`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from nipype_mathimg.images.headers.affines import header_affine
from nipype_mathimg.images.headers.codes import SPACE_BITS, UNITS, label
from nipype_mathimg.images.headers.derive import derive_header, fresh_header, with_data_range
from nipype_mathimg.images.headers.grid import Grid
from nipype_mathimg.images.headers.header import FramedHeader, ImageHeader
from nipype_mathimg.images.headers.lost import lost_fields
from nipype_mathimg.images.headers.nifti import NiftiHeader
from nipype_mathimg.images.headers.outcome import Outcome
from nipype_mathimg.images.headers.timing import (
    repetition_time,
    stacked,
    time_offset,
    with_repetition_time,
)
from nipype_mathimg.spec import ArraySpec, Axis, DataRange, FloatArray, Intent, Note, image_axes

if TYPE_CHECKING:
    from nipype_mathimg.images.headers.compare import HeaderComparison

__all__ = ["VolumeHeader"]


class VolumeHeader(FramedHeader):
    """The header of an image on a grid of voxels, as NIfTI.

    Parameters
    ----------
    nifti : NiftiHeader
        Its fields; made from those of the file where it is of another format.
    affine : ndarray of float64, (4, 4), optional
        Voxel indices to mm; that of `nifti` when absent.
    """

    __slots__ = ("_affine", "_nifti")

    described: ClassVar[str] = "a volume"

    def __init__(self, nifti: NiftiHeader, affine: FloatArray | None = None) -> None:
        self._nifti = nifti
        self._affine = affine

    @property
    def nifti(self) -> NiftiHeader:
        """See `FramedHeader.nifti`."""
        return self._nifti

    @property
    def affine(self) -> FloatArray:
        """Voxel indices to mm, of shape (4, 4)."""
        return header_affine(self._nifti) if self._affine is None else self._affine

    @property
    def dtype(self) -> np.dtype[Any]:
        """See `ImageHeader.dtype`."""
        return self._nifti.dtype

    @property
    def step_seconds(self) -> float | None:
        """See `ImageHeader.step_seconds`."""
        return repetition_time(self._nifti)

    @property
    def grid(self) -> Grid:
        """See `ImageHeader.grid`."""
        unit = label(UNITS, self._nifti["xyzt_units"] & SPACE_BITS)
        return Grid(self._nifti.shape[:3], self.affine, unit)

    @property
    def stacks(self) -> bool:
        """See `ImageHeader.stacks`: lines and planes have no axis for it."""
        return len(self._nifti.shape) > 2

    def axes(self, shape: tuple[int, ...]) -> tuple[Axis, ...]:
        """See `ImageHeader.axes`."""
        sizes = (*self.grid.zooms, self.step_seconds)
        return image_axes(len(shape), sizes, time_offset(self._nifti), shape)

    def derived(self, outcome: Outcome) -> tuple[VolumeHeader, Sequence[Note]]:
        """See `derive_header`."""
        header, notes = derive_header(
            self._nifti, outcome.spec, values_changed=outcome.values_changed
        )
        return VolumeHeader(header), notes

    def fresh(
        self, outcome: Outcome, others: Sequence[ImageHeader]
    ) -> tuple[VolumeHeader, Sequence[Note]]:
        """See `fresh_header`; NIfTI-2 where an image is, whose affine float32 would round."""
        nifti2 = any(isinstance(one, VolumeHeader) and one.nifti.version == 2 for one in others)
        header, notes = fresh_header(
            self.affine, outcome.spec, nifti2=nifti2, donor_ndim=min(len(self._nifti.shape), 3)
        )
        return VolumeHeader(header), notes

    def lost(self, fresh: ImageHeader) -> list[str]:
        """See `lost_fields`."""
        return lost_fields(self._nifti, self.alike(fresh).nifti)

    def run(self, shape: tuple[int, ...]) -> VolumeHeader:
        """See `stacked`."""
        return VolumeHeader(stacked(self._nifti, shape), self._affine)

    def with_step(self, seconds: float | None) -> tuple[VolumeHeader, Sequence[Note]]:
        """See `with_repetition_time`."""
        header, notes = with_repetition_time(self._nifti, seconds)
        return VolumeHeader(header, self._affine), notes

    def with_intent(self, intent: Intent) -> tuple[VolumeHeader, Sequence[Note]]:
        """See `with_intent` in `statistic`."""
        from nipype_mathimg.images.headers.statistic import with_intent  # few results have one

        header, notes = with_intent(self._nifti, intent)
        return VolumeHeader(header, self._affine), notes

    def with_range(self, data_range: DataRange) -> VolumeHeader:
        """See `with_data_range`."""
        return VolumeHeader(with_data_range(self._nifti, data_range), self._affine)

    def with_parts(
        self, donor: ImageHeader, spec: ArraySpec, parts: Sequence[str]
    ) -> tuple[VolumeHeader, Sequence[Note]]:
        """See `copy_parts`."""
        from nipype_mathimg.images.headers.parts import copy_parts

        header, notes = copy_parts(self._nifti, self.alike(donor).nifti, spec, parts)
        return VolumeHeader(header), notes

    def compared(self, other: ImageHeader) -> HeaderComparison:
        """See `compare_headers`."""
        from nipype_mathimg.images.headers.compare import compare_headers

        return compare_headers(self._nifti, self.alike(other).nifti)
