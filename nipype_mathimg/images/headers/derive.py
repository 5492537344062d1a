"""The header of a result: copied from a donor and adapted, or fresh."""

from __future__ import annotations

import math

import numpy as np

from nipype_mathimg.errors import HeaderError
from nipype_mathimg.images.headers.affines import header_affine, write_grid
from nipype_mathimg.images.headers.change import Change
from nipype_mathimg.images.headers.geometry import axis_transform
from nipype_mathimg.images.headers.nifti import NiftiHeader, version_for
from nipype_mathimg.images.headers.repair import unset_what_places_nothing
from nipype_mathimg.images.headers.rules import RULES, write_unscaled
from nipype_mathimg.spec import AXIS_NAMES, ArraySpec, DataRange, FloatArray, Note
from nipype_mathimg.words import CALL_FOR_VALUE, Message, worded

__all__ = ["derive_header", "fresh_header", "with_data_range"]


def derive_header(
    donor: NiftiHeader,
    spec: ArraySpec,
    *,
    values_changed: bool = True,
) -> tuple[NiftiHeader, list[Note]]:
    """Return the header of a result, copied from `donor` and adapted by `RULES`.

    Parameters
    ----------
    donor : NiftiHeader
        Header of the image that gives its own; not changed.
    spec : ArraySpec
        The result: its shape, where each axis comes from, and the dtype in the file.
    values_changed : bool, optional
        False when every voxel is a copy of one of the donor's (an identity, a slice, a flip):
        then a statistical intent still describes the values.

    Returns
    -------
    header : NiftiHeader
        Of a single file. NIfTI-2 when the donor is, or when an axis is longer than
        32767. cal_min and cal_max are the donor's until `with_data_range`.
    notes : list of Note
        One for each change and its reason.

    Raises
    ------
    HeaderError
        The leading axes are not the x, y and z of the donor, NIfTI cannot store the dtype, or
        its fields cannot hold the grid.
    """
    change = Change(donor, spec, values_changed)
    _check_axes(spec, len(change.donor_shape))
    # Never back to NIfTI-1, whose float32 would round the affine.
    header = donor.converted(max(donor.version, version_for(spec.shape)))
    notes = _format_notes(donor, header)
    # A form that does not count may hold anything.
    with np.errstate(all="ignore"):
        for rule in RULES:
            notes += rule(header, change)
    unset_what_places_nothing(header)  # what a rule made may be beyond float32
    _check_grid(header)
    return header, notes


def fresh_header(
    affine: FloatArray,
    spec: ArraySpec,
    *,
    nifti2: bool = False,
    donor_ndim: int = 3,
) -> tuple[NiftiHeader, list[Note]]:
    """Return a header that holds the grid of a result and nothing else.

    qform_code is 0, sform_code 2, units are unknown and pixdim is 1 beyond z, as nilearn's
    ``math_img`` leaves them without ``copy_header_from``.

    Parameters
    ----------
    affine : numpy.ndarray
        Shape (4, 4), the affine of the input image, in mm.
    spec : ArraySpec
        The result: its shape, where each axis comes from, and the dtype in the file.
    nifti2 : bool, optional
        Whether the format is NIfTI-2, whatever the length of the axes.
    donor_ndim : int, optional
        Number of axes of the input image; below 3 the result need not have z (and y).

    Returns
    -------
    header : NiftiHeader
        Of a single file.
    notes : list of Note
        Whether NIfTI-2 was needed. What the input had and this has not: see `lost_fields`.

    Raises
    ------
    HeaderError
        The leading axes are not x, y and z, NIfTI cannot store the dtype, or its fields cannot
        hold the grid.
    """
    _check_axes(spec, donor_ndim)
    header = NiftiHeader(2 if nifti2 else version_for(spec.shape))
    header.set_shape(spec.shape)
    header.set_dtype(spec.dtype)
    write_unscaled(header)
    moved = np.asarray(affine, float) @ axis_transform(spec.axes)
    with np.errstate(all="ignore"):
        write_grid(header, moved, qform_code=0, sform_code=2)
    unset_what_places_nothing(header)
    _check_grid(header)
    return header, [_NEEDS_NIFTI2] if header.version == 2 and not nifti2 else []


def with_data_range(header: NiftiHeader, data_range: DataRange) -> NiftiHeader:
    """Return a copy of `header` whose cal_min and cal_max are the finite range of the data.

    Viewers take them for the display window (NIfTI-1 standard, "cal_min and cal_max"). Both
    are 0, which means not set, when no voxel is finite. A value beyond the field's float32
    is clipped to it.
    """
    result = header.copy()
    limit = float(np.finfo(result["cal_max"].dtype).max)
    for field, value in (("cal_min", data_range.minimum), ("cal_max", data_range.maximum)):
        result[field] = min(max(value, -limit), limit) if math.isfinite(value) else 0
    return result


_NEEDS_NIFTI2 = Note("format", "an axis longer than 32767 needs NIfTI-2")


def _format_notes(donor: NiftiHeader, header: NiftiHeader) -> list[Note]:
    notes = []
    if donor.original is not None:
        kept = "affine as qform and sform (scanner), voxel sizes, TR and texts"
        notes.append(Note("format", f"{donor.original.format} converted: {kept}"))
    if header.version != donor.version:
        notes.append(_NEEDS_NIFTI2)
    return notes


def _check_grid(header: NiftiHeader) -> None:
    """Raise a HeaderError when a place or a voxel size is beyond what the fields can hold."""
    with np.errstate(all="ignore"):
        affine = header_affine(header)
    if not np.isfinite(affine).all():
        limit = float(np.finfo(header["srow_x"].dtype).max)
        raise HeaderError(
            f"the voxels of the result lie more than {limit:.2g} mm away, which NIfTI-"
            f"{header.version} cannot hold. Correct the affine of the input first"
        )


def _check_axes(spec: ArraySpec, donor_ndim: int) -> None:
    """Raise a HeaderError unless the leading axes are the donor's x, y and z, in any order."""
    if spec.ndim > len(AXIS_NAMES):
        raise HeaderError(f"the result has {spec.ndim} axes; NIfTI images have 7 at most")
    needed = AXIS_NAMES[: min(donor_ndim, 3)]
    found = tuple(axis.source for axis in spec.axes)
    if set(found[: len(needed)]) != set(needed):
        raise HeaderError(_axes_message(needed, found))
    for axis, length in zip(spec.axes[:3], spec.shape, strict=False):
        # The affine would be singular: voxels of no size, all in one place.
        if axis.step == 0 and length > 1:
            raise HeaderError(f"all positions along {axis.source} are the same one")


def _axes_message(needed: tuple[str, ...], found: tuple[str | None, ...]) -> Message:
    """Say which spatial axis is gone, or out of place, and what to write instead."""
    rule = f"an image needs the axes {', '.join(needed)} first"
    gone = [name for name in needed if name not in found]
    if not gone:
        places = ", ".join(name or "a new one" for name in found)
        order = [found.index(one) for one in needed]
        order += [k for k in range(len(found)) if k not in order]
        return (
            f"the axes of the result are {places}: {rule}. Transpose it back, as in "
            f"`np.transpose(..., {tuple(order)})`"
        )
    name = gone[0]
    index = AXIS_NAMES.index(name)
    return worded(
        "the result has no {gone} axis: {rule}, and for example np.mean(..., axis={index}) "
        "removes {name}. Keep it with keepdims=True (in an index, with a slice such as 5:6 in "
        "place of 5), or use {call} if plain numbers are wanted.",
        gone=" and no ".join(gone),
        rule=rule,
        index=index,
        name=name,
        call=CALL_FOR_VALUE,
    )
