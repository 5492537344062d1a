"""Chosen parts of one image's header in another's: what ``CopyHeader`` does."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from nipype_mathimg.errors import HeaderError
from nipype_mathimg.images.headers.affines import spatial_shape
from nipype_mathimg.images.headers.chosen import chosen_parts
from nipype_mathimg.images.headers.codes import SPACE_BITS
from nipype_mathimg.images.headers.derive import derive_header
from nipype_mathimg.images.headers.nifti import NiftiHeader
from nipype_mathimg.images.headers.rules import SLICE_FIELDS
from nipype_mathimg.spec import ArraySpec, Note, image_axes

__all__ = ["PARTS", "copy_parts"]

PARTS = ("all", "xform", "time", "intent", "descrip", "extensions")
"""What `copy_parts` can copy."""

_XFORM_FIELDS = (
    "qform_code",
    "sform_code",
    *(f"quatern_{name}" for name in "bcd"),
    *(f"qoffset_{name}" for name in "xyz"),
    *(f"srow_{name}" for name in "xyz"),
)


def copy_parts(
    own: NiftiHeader,
    donor: NiftiHeader,
    spec: ArraySpec,
    parts: Sequence[str],
) -> tuple[NiftiHeader, list[Note]]:
    """Return the header of an image with some parts of another image's header.

    The voxels, and so dim, datatype, cal_min and cal_max, stay the image's own; so does the
    format (NIfTI-1 or NIfTI-2).

    Parameters
    ----------
    own : NiftiHeader
        Header of the image itself.
    donor : NiftiHeader
        Header of the image that gives the parts; it may have another number of axes beyond
        x, y and z.
    spec : ArraySpec
        Shape of the image itself and its dtype in the file to be written.
    parts : sequence of str
        Any of `PARTS`. ``xform``: qform and sform with their codes, voxel sizes and their unit.
        ``time``: TR, its unit, toffset and slice timing. ``intent``. ``descrip``: descrip,
        aux_file and db_name. ``extensions``. ``all``: these, and dim_info and what remains of
        Analyze.

    Returns
    -------
    header : NiftiHeader
        Of a single file.
    notes : list of Note
        What was adapted, or could not be copied, and why.

    Raises
    ------
    HeaderError
        A part does not exist, or x, y and z of the two differ in length.
    """
    chosen = chosen_parts(parts, _COPY, "a header")
    spec = spec.changed(axes=image_axes(spec.ndim))
    _check_shapes(spec.shape, donor)
    result, notes = derive_header(own, spec, values_changed=False)
    # By the same rules as for a result. With its own dtype, so that no note tells of a change of
    # voxels which the donor does not give.
    adapted, changes = derive_header(donor, spec.changed(dtype=donor.dtype), values_changed=False)
    if donor.original is not None:
        # The first one tells that the donor's format was converted.
        notes = [*changes[:1], *notes]
    if "time" in chosen and spec.ndim > 3 and donor["dim"][0] < 4:
        chosen.remove("time")
        notes.append(Note("pixdim", "the donor has no time axis: TR and slice timing are kept"))
    notes += [note for note in changes if _TOPIC_PARTS.get(note.topic) in chosen]
    for part in chosen:
        _COPY[part](result, adapted)
    return result, notes


def _check_shapes(shape: tuple[int, ...], donor: NiftiHeader) -> None:
    """Raise a HeaderError unless x, y and z are equally long; a missing axis counts as 1."""
    if spatial_shape(shape) != spatial_shape(donor.shape):
        own, other = (" x ".join(map(str, lengths)) for lengths in (shape, donor.shape))
        raise HeaderError(
            f"the image has {own} voxels and the one that gives its header {other}: a header "
            f"fits only where x, y and z are equally long. Resample one of the two first."
        )


def _copy(result: NiftiHeader, adapted: NiftiHeader, fields: Sequence[str]) -> None:
    for field in fields:
        if field in result and field in adapted:
            result[field] = adapted[field]


def _copy_units(result: NiftiHeader, adapted: NiftiHeader, bits: int) -> None:
    # One byte holds the units of space and of time, and each belongs to another part.
    kept = int(result["xyzt_units"]) & ~bits
    result["xyzt_units"] = kept | int(adapted["xyzt_units"]) & bits


def _copy_xform(result: NiftiHeader, adapted: NiftiHeader) -> None:
    _copy(result, adapted, _XFORM_FIELDS)
    result["pixdim"][:4] = adapted["pixdim"][:4]
    _copy_units(result, adapted, SPACE_BITS)


def _copy_time(result: NiftiHeader, adapted: NiftiHeader) -> None:
    _copy(result, adapted, ("toffset", *SLICE_FIELDS))
    result["pixdim"][4] = adapted["pixdim"][4]
    _copy_units(result, adapted, ~SPACE_BITS & 0xFF)
    if adapted["slice_code"] != 0:
        # Slice timing says nothing without the axis that it runs along.
        _copy(result, adapted, ("dim_info",))


def _copy_extensions(result: NiftiHeader, adapted: NiftiHeader) -> None:
    result.extensions = list(adapted.extensions)


def _copying(*fields: str) -> Callable[[NiftiHeader, NiftiHeader], None]:
    return lambda result, adapted: _copy(result, adapted, fields)


# "all" stands for every part, and adds the fields that belong to none of the others.
_COPY: dict[str, Callable[[NiftiHeader, NiftiHeader], None]] = {
    "xform": _copy_xform,
    "time": _copy_time,
    "intent": _copying("intent_code", "intent_p1", "intent_p2", "intent_p3", "intent_name"),
    "descrip": _copying("descrip", "aux_file", "db_name"),
    "extensions": _copy_extensions,
    "all": _copying("dim_info", "data_type", "extents", "session_error", "regular"),
}
# The part that a note of `derive_header` belongs to; the other topics are the image's own.
_TOPIC_PARTS = {
    "affine": "xform",
    "sform_code": "xform",
    "pixdim": "time",
    "toffset": "time",
    "slice_code": "time",
    "intent_code": "intent",
    "extensions": "extensions",
}
