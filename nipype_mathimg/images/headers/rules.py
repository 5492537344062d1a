"""The rules that adapt a donor's header to a result: one small function per group of fields."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from nipype_mathimg.images.headers.affines import uncoded_matrix, write_sform
from nipype_mathimg.images.headers.change import Change
from nipype_mathimg.images.headers.codes import (
    AFNI_EXTENSION,
    INTENTS,
    SPACE_BITS,
    TIME_BITS,
    axes_explained,
    label,
)
from nipype_mathimg.images.headers.geometry import axis_sources, axis_transform, move_grid
from nipype_mathimg.images.headers.nifti import NiftiHeader
from nipype_mathimg.spec import AXIS_NAMES, Axis, Note

__all__ = ["RULES", "SLICE_FIELDS", "time_unit", "write_unscaled"]

SLICE_FIELDS = ("slice_code", "slice_start", "slice_end", "slice_duration")


def time_unit(header: NiftiHeader) -> str:
    """Return the unit of ``pixdim[4]`` as text, empty when it is unknown.

    The bits 0x38 of xyzt_units (NIfTI-1 standard, "units of spatial and temporal dimensions").
    """
    return {8: "s", 16: "ms", 24: "us", 32: "Hz", 40: "ppm", 48: "rad/s"}.get(
        int(header["xyzt_units"]) & TIME_BITS, ""
    )


def write_unscaled(header: NiftiHeader) -> None:
    """Write slope 1 and intercept 0: the numbers in the file are the voxels."""
    header["scl_slope"], header["scl_inter"] = 1, 0


def _dimensions(header: NiftiHeader, change: Change) -> list[Note]:
    """Write dim from the data, as nibabel does: 1 in what lies beyond dim[0]."""
    header.set_shape(change.spec.shape)
    if change.spec.shape == change.donor_shape:
        return []
    shapes = (change.donor_shape, change.spec.shape)
    before, after = (" x ".join(map(str, shape)) for shape in shapes)
    return [Note("dim", f"{before} became {after}")]


def _datatype(header: NiftiHeader, change: Change) -> list[Note]:
    """Write datatype and bitpix from the result, never from the donor."""
    before, after = change.donor.dtype, change.spec.dtype
    header.set_dtype(after)
    if before == after.newbyteorder("="):
        return []
    return [Note("datatype", f"{before.name} of the donor became {after.name}")]


def _scaling(header: NiftiHeader, change: Change) -> list[Note]:
    """Voxels are written as they are: slope 1, intercept 0."""
    write_unscaled(header)
    if change.donor.scaling is None:
        return []
    slope, inter = change.donor.scaling
    message = f"slope {slope:g} and intercept {inter:g} are applied to the data, then 1 and 0"
    return [Note("scl_slope", message)]


def _grid(header: NiftiHeader, change: Change) -> list[Note]:
    """Move qform and sform both, each with its code, and the voxel sizes."""
    donor = change.donor
    transform = axis_transform(change.spec.axes)
    notes: list[Note] = []
    uncoded = donor["qform_code"] == 0 and donor["sform_code"] == 0
    if uncoded and any(change.touched(index) for index in range(min(change.spec.ndim, 3))):
        # Without codes nibabel centres the grid, which a change of shape would shift.
        write_sform(header, uncoded_matrix(donor))
        header["sform_code"] = 2
        notes.append(Note("sform_code", "the donor has no sform or qform: its grid is written"))
    if not np.array_equal(transform, np.eye(4)):
        move_grid(header, transform)
        moved = "origin and voxel sizes follow the slices, flips or averages along x, y, z"
        if axis_sources(change.spec.axes) != (0, 1, 2):
            moved = f"the axes are {', '.join(str(a.source) for a in change.spec.axes[:3])} now"
        notes.append(Note("affine", moved))
    return notes


def _directions(header: NiftiHeader, change: Change) -> list[Note]:
    """Make dim_info name the axes of frequency, phase and slices where these are now."""
    order = axis_sources(change.spec.axes)
    info = int(change.donor["dim_info"])
    if order == (0, 1, 2) or not info:
        return []
    # Two bits for each of three axes, which count from 1; 0 is none (nifti1.h, dim_info).
    named = [info >> shift & 3 for shift in (0, 2, 4)]
    moved = [1 + order.index(axis - 1) if axis else 0 for axis in named]
    header["dim_info"] = sum(axis << shift for axis, shift in zip(moved, (0, 2, 4), strict=True))
    return [Note("dim_info", "frequency, phase and slices follow their axes")]


def _time_step(header: NiftiHeader, change: Change) -> list[Note]:
    """TR follows the step; without the donor's time axis there is none, and no unit for it."""
    repetition = float(change.donor["pixdim"][4])
    unit = time_unit(change.donor)
    if change.time is not None:
        step = abs(change.time.step)
        header["pixdim"][4] = repetition * step
        kept = f"TR {repetition * step:g} {unit}".rstrip()
        notes = [Note("pixdim", f"TR {repetition:g} became {kept[3:]}")] if step != 1 else []
        if change.time.places is not None:
            notes.append(
                Note("pixdim", f"the volumes are not evenly spaced in time: {kept} stays")
            )
        return notes
    # A unit without a TR would make 1 s of the 1 below for whoever reads it.
    if change.spec.ndim > 3:
        header["pixdim"][4] = 1
        header["xyzt_units"] = int(header["xyzt_units"]) & SPACE_BITS
        message = "the fourth axis is not the donor's time axis: no TR, time unit unknown"
        return [Note("pixdim", message)]
    if change.lost_time:
        # The unit of time stays, as in the tables of nilearn's example, and means nothing without
        # a fourth axis: `timing.stacked` makes no TR of the 1 that is left here.
        return [Note("pixdim", f"no time axis: TR {repetition:g} {unit}".rstrip() + " dropped")]
    return []


def _later_steps(header: NiftiHeader, change: Change) -> list[Note]:
    """Give new axes the step 1, never 0; unused ones as nibabel does."""
    donor, ndim = change.donor, change.spec.ndim
    if ndim != len(change.donor_shape):
        header["pixdim"][ndim + 1 :] = 1
    for index, axis in enumerate(change.spec.axes[4:], start=4):
        origin = AXIS_NAMES.index(axis.source) if axis.source in AXIS_NAMES else 7
        known = 3 <= origin < len(change.donor_shape)
        header["pixdim"][index + 1] = abs(axis.step) * donor["pixdim"][origin + 1] if known else 1
    return []


def _time_offset(header: NiftiHeader, change: Change) -> list[Note]:
    """Make toffset the time of the earliest volume that is left, in the header's unit."""
    before = float(change.donor["toffset"])
    if change.time is not None:
        # A reversed time axis begins with its last volume.
        first = change.time.least(change.spec.shape[3])
        after = before + first * float(change.donor["pixdim"][4])
    else:
        after = 0.0 if change.had_time or change.spec.ndim > 3 else before
    if after == before:
        return []
    header["toffset"] = after
    reason = "no time axis" if change.time is None else "time of the first volume kept"
    return [Note("toffset", f"{before:g} became {after:g}: {reason}")]


def _slice_timing(header: NiftiHeader, change: Change) -> list[Note]:
    """Clear slice timing that no longer describes the volumes.

    slice_code 0 says that the other slice fields carry nothing; they stay then, but slice_end
    must name a slice that exists (NIfTI-1 standard, "slice_code").
    """
    donor = change.donor
    # With slices left out, or in another order, slice_code gives a wrong time to each of the rest,
    # and a slice-timing correction would use it without a word.
    index = _slice_axis(donor)
    touched = change.touched(index)
    length = change.spec.shape[index] if index < change.spec.ndim else 1
    outside = touched and donor["slice_end"] >= max(length, 1) and donor["slice_end"] > 0
    reordered = change.time is not None and not _forward(change.time)
    stale = touched or change.lost_time or reordered
    if not outside and not (stale and donor["slice_code"] != 0):
        return []
    for field in SLICE_FIELDS:
        header[field] = 0
    if touched:
        reason = f"the slice axis {AXIS_NAMES[index]} was changed"
    else:
        reason = "the volumes are in another order" if reordered else "no time axis"
    return [Note("slice_code", f"slice timing cleared: {reason}")]


def _slice_axis(header: NiftiHeader) -> int:
    """Return the index of the slice axis: bits 5 and 6 of dim_info, z when they are unset."""
    axis = int(header["dim_info"]) >> 4 & 0x03
    return axis - 1 if axis else 2


def _forward(time: Axis) -> bool:
    """Whether each volume is one of the donor's, in their order."""
    places = time.all(2) if time.places is None else time.places
    whole = bool(places) and all(float(place).is_integer() for place in places)
    return whole and all(later > before for before, later in pairwise(places))


def _intent(header: NiftiHeader, change: Change) -> list[Note]:
    """Drop an intent that described the donor's values, or axes that are no longer there."""
    code = int(change.donor["intent_code"])
    fields = ("intent_code", "intent_p1", "intent_p2", "intent_p3", "intent_name")
    if not any(change.donor[field] for field in fields):
        return []
    explained = axes_explained(code, len(change.donor_shape))
    if explained is None:
        ended, what = change.values_changed, "values"
    else:
        added = change.spec.ndim != len(change.donor_shape)
        ended, what = added or any(map(change.touched, explained)), "axes"
    if not ended:
        return []
    for field in fields:
        header[field] = b"" if field == "intent_name" else 0
    name = label(INTENTS, code) or "none"
    return [Note("intent_code", f"intent {name!r} cleared: it described the donor's {what}")]


def _legacy_range(header: NiftiHeader, change: Change) -> list[Note]:
    """Clear glmax and glmin (NIfTI-1 only, unused there) once other values make them false."""
    if "glmax" not in header or not change.values_changed:
        return []
    carried = bool(header["glmax"] or header["glmin"])
    header["glmax"] = header["glmin"] = 0
    return [Note("glmax", "glmax and glmin of other values cleared")] if carried else []


def _extensions(header: NiftiHeader, change: Change) -> list[Note]:
    """Drop AFNI extensions, which repeat the axes, when these change; keep all others."""
    if not change.axes_changed:
        return []
    kept = [item for item in header.extensions if item.code != AFNI_EXTENSION]
    if len(kept) == len(header.extensions):
        return []
    header.extensions[:] = kept
    return [Note("extensions", "AFNI extension dropped: it described the donor's axes")]


RULES: tuple[Callable[[NiftiHeader, Change], list[Note]], ...] = (
    _dimensions,
    _datatype,
    _scaling,
    _grid,
    _directions,
    _time_step,
    _later_steps,
    _time_offset,
    _slice_timing,
    _intent,
    _legacy_range,
    _extensions,
)
"""Every rule, called with the header to change and the `Change`; their order has no effect."""
