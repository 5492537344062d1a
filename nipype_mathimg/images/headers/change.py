"""How a result came from the image that gives its header."""

from __future__ import annotations

from nipype_mathimg.frozen import Frozen
from nipype_mathimg.images.headers.nifti import NiftiHeader
from nipype_mathimg.spec import AXIS_NAMES, ArraySpec, Axis, image_axes

__all__ = ["Change"]


class Change(Frozen):
    """How a result came from its donor: all that a rule may look at.

    Parameters
    ----------
    donor : NiftiHeader
        The donor's header, native endian, never changed.
    spec : ArraySpec
        Shape, dtype in the file and axes of the result.
    values_changed : bool
        False when every voxel is a copy of one of the donor's.
    """

    donor: NiftiHeader
    spec: ArraySpec
    values_changed: bool = True

    @property
    def donor_shape(self) -> tuple[int, ...]:
        """Shape of the donor."""
        return self.donor.shape

    @property
    def had_time(self) -> bool:
        """Whether the donor has a time axis (``dim[4]``)."""
        return len(self.donor_shape) > 3

    @property
    def time(self) -> Axis | None:
        """The donor's time axis as the result has it, None when it is gone or another's."""
        if not self.had_time or self.spec.ndim < 4 or self.spec.axes[3].source != "t":
            return None
        return self.spec.axes[3]

    @property
    def lost_time(self) -> bool:
        """Whether the donor's time axis is gone."""
        return self.had_time and self.time is None

    @property
    def axes_changed(self) -> bool:
        """Whether any axis was removed, added, cut, reversed or resampled."""
        same = self.spec.shape == self.donor_shape
        return not same or self.spec.axes != image_axes(self.spec.ndim)

    def touched(self, index: int) -> bool:
        """Whether axis `index` (0 for x) is not the donor's whole axis in its order."""
        if index >= min(self.spec.ndim, len(self.donor_shape)):
            return True
        same = self.spec.shape[index] == self.donor_shape[index]
        return not same or self.spec.axes[index] != Axis(AXIS_NAMES[index])
