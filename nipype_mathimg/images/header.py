"""The header of a result: copied from a donor and adapted, or fresh."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from nibabel import Nifti1Header, Nifti2Header
from nibabel.brikhead import AFNIHeader
from nibabel.freesurfer.mghformat import MGHHeader
from nibabel.nifti1 import intent_codes, slice_order_codes, unit_codes, xform_codes
from nibabel.spatialimages import SpatialHeader
from nibabel.volumeutils import Recoder
from nibabel.wrapstruct import WrapStruct

from nipype_mathimg.errors import HeaderError
from nipype_mathimg.images.geometry import axis_transform
from nipype_mathimg.images.header_rules import (
    RULES,
    Change,
    time_unit,
    write_dtype,
    write_shape,
    write_unscaled,
)
from nipype_mathimg.spec import AXIS_NAMES, ArraySpec, DataRange, Note

__all__ = [
    "Nifti",
    "as_nifti",
    "copy_fields",
    "derive_header",
    "fresh_header",
    "lost_fields",
    "stored_affine",
    "with_data_range",
]

Nifti = Nifti1Header
"""Header of a single-file NIfTI image, with its extensions; Nifti2Header is a subclass."""

LONGEST_NIFTI1_AXIS = 32767
"""dim is int16 in NIfTI-1."""

# What the writer decides: the format, where the data begin.
_WRITER_FIELDS = frozenset({"sizeof_hdr", "magic", "eol_check", "vox_offset"})

_AFNI_TIME_UNITS = {77001: ("sec", 0.001), 77002: ("sec", 1.0)}


def derive_header(
    donor: SpatialHeader,
    spec: ArraySpec,
    *,
    values_changed: bool = True,
    affine: npt.NDArray[np.float64] | None = None,
) -> tuple[Nifti, list[Note]]:
    """Return the header of a result, copied from `donor` and adapted by `RULES`.

    Parameters
    ----------
    donor : nibabel.spatialimages.SpatialHeader
        Header of any image that nibabel reads; not changed.
    spec : ArraySpec
        The result: its shape, where each axis comes from, and the dtype in the file.
    values_changed : bool, optional
        False when every voxel is a copy of one of the donor's (an identity, a slice, a flip):
        then a statistical intent still describes the values.
    affine : numpy.ndarray, optional
        Shape (4, 4), the donor's affine where its header does not hold it (Analyze with a
        ``.mat``). A NIfTI donor's qform and sform count, whatever is given here.

    Returns
    -------
    header : nibabel.Nifti1Header or nibabel.Nifti2Header
        Native endian, single file. NIfTI-2 when the donor is, or when an axis is longer than
        32767. cal_min and cal_max are the donor's until `with_data_range`.
    notes : list of Note
        One for each change and its reason.

    Raises
    ------
    HeaderError
        The leading axes are not the x, y and z of the donor, or NIfTI cannot store the dtype.
    """
    base, notes = as_nifti(donor, affine)
    change = Change(base, spec, values_changed)
    _check_axes(spec, len(change.donor_shape))
    header = copy_fields(base, _format(spec, nifti2=isinstance(base, Nifti2Header)))
    if type(header) is not type(base):
        notes.append(Note("format", "an axis longer than 32767 needs NIfTI-2"))
    for rule in RULES:
        notes += rule(header, change)
    return header, notes


def fresh_header(
    affine: npt.NDArray[np.float64],
    spec: ArraySpec,
    *,
    nifti2: bool = False,
    donor_ndim: int = 3,
) -> tuple[Nifti, list[Note]]:
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
    header : nibabel.Nifti1Header or nibabel.Nifti2Header
        Native endian, single file.
    notes : list of Note
        Whether NIfTI-2 was needed. What the input had and this has not: see `lost_fields`.

    Raises
    ------
    HeaderError
        The leading axes are not x, y and z, or NIfTI cannot store the dtype.
    """
    _check_axes(spec, donor_ndim)
    header = _format(spec, nifti2=nifti2)()
    write_shape(header, spec.shape)
    write_dtype(header, spec.dtype)
    write_unscaled(header)
    moved = np.asarray(affine, float) @ axis_transform(spec.axes)
    header.set_sform(moved, code="aligned")
    header.set_qform(moved, code="unknown")
    needed = isinstance(header, Nifti2Header) and not nifti2
    return header, [Note("format", "an axis longer than 32767 needs NIfTI-2")] * needed


def with_data_range(header: Nifti, data_range: DataRange) -> Nifti:
    """Return a copy of `header` whose cal_min and cal_max are the finite range of the data.

    Viewers take them for the display window (NIfTI-1 standard, "cal_min and cal_max"). Both
    are 0, which means not set, when no voxel is finite. A value beyond the field's float32
    is clipped to it.
    """
    result = copy_fields(header, type(header))
    limits = np.finfo(result["cal_max"].dtype)
    for field, value in (("cal_min", data_range.minimum), ("cal_max", data_range.maximum)):
        result[field] = np.clip(value, limits.min, limits.max) if np.isfinite(value) else 0
    return result


def as_nifti(
    header: SpatialHeader, affine: npt.NDArray[np.float64] | None = None
) -> tuple[Nifti, list[Note]]:
    """Return `header` as one of a single NIfTI file of native endian.

    Other formats become NIfTI-1 with affine, voxel sizes, TR in seconds where the format tells
    its unit, and texts where they exist. `affine` (shape (4, 4)) replaces theirs.
    """
    if isinstance(header, Nifti1Header):
        nifti2 = isinstance(header, Nifti2Header)
        return copy_fields(header, Nifti2Header if nifti2 else Nifti1Header), []
    name = type(header).__name__.removesuffix("Header")
    message = f"{name} converted: affine as qform and sform (scanner), voxel sizes, TR and texts"
    return _converted(header, affine), [Note("format", message)]


def stored_affine(header: SpatialHeader) -> npt.NDArray[np.float64]:
    """Return the affine that nibabel finds in `header`, of shape (4, 4)."""
    # The headers that hold one beside qform and sform name it get_affine (MGH, AFNI).
    affine: npt.NDArray[np.float64] = getattr(header, "get_affine", header.get_best_affine)()
    return affine


def copy_fields(header: Nifti, kind: type[Nifti]) -> Nifti:
    """Return a new header of class `kind` with all that `header` says, but for the format."""
    result = kind()
    for field in set(header) & set(result) - _WRITER_FIELDS:
        result[field] = header[field]
    # nibabel refuses a qform whose qfac is 0, which the standard reads as 1.
    result["pixdim"][0] = -1 if result["pixdim"][0] < 0 else 1
    result["pixdim"][1:4] = np.abs(result["pixdim"][1:4])
    result.extensions[:] = header.extensions
    return result


def lost_fields(donor: SpatialHeader, header: Nifti) -> list[str]:
    """Return what `donor` carried and a fresh `header` does not, each as ``name value``.

    What belongs to the time axis counts only when the result has one.

    Examples
    --------
    >>> donor, header = Nifti1Header(), Nifti1Header()
    >>> donor.set_xyzt_units("mm", "sec")
    >>> lost_fields(donor, header)
    ['units mm and sec']
    """
    source, _ = as_nifti(donor)
    has_time = header["dim"][0] > 3
    carried = {**_CARRIED, **(_CARRIED_BY_TIME if has_time else {})}
    texts = ((name, describe(source), describe(header)) for name, describe in carried.items())
    return [f"{name} {before}" for name, before, after in texts if before and before != after]


def _label(codes: Recoder, code: int) -> str:
    """Return the name of `code`, empty for 0, the number itself when the standard has none."""
    labels = codes.field1
    return "" if code == 0 else str(codes.label[int(code)] if int(code) in labels else code)


def _units(header: Nifti) -> str:
    units = int(header["xyzt_units"])
    labels = [_label(unit_codes, units & bits) for bits in (0x07, 0x38)]
    return " and ".join(filter(None, labels))


def _repetition_time(header: Nifti) -> str:
    if header["dim"][0] < 4 or (header["pixdim"][4] in (0, 1) and not time_unit(header)):
        return ""
    return f"{header['pixdim'][4]:g} {time_unit(header)}".rstrip()


def _text(field: str) -> Callable[[Nifti], str]:
    def describe(header: Nifti) -> str:
        raw = bytes(header[field].item()) if field in header else b""
        return raw.decode("latin-1")

    return describe


_CARRIED: dict[str, Callable[[Nifti], str]] = {
    "units": _units,
    "qform code": lambda header: _label(xform_codes, header["qform_code"]),
    "sform code": lambda header: _label(xform_codes, header["sform_code"]),
    "intent": lambda header: _label(intent_codes, header["intent_code"]),
    "dim_info": lambda header: str(header["dim_info"] or ""),
    "descrip": _text("descrip"),
    "aux_file": _text("aux_file"),
    "db_name": _text("db_name"),
    "extensions": lambda header: ", ".join(map(str, header.extensions.get_codes())),
}

_CARRIED_BY_TIME: dict[str, Callable[[Nifti], str]] = {
    "TR": _repetition_time,
    "toffset": lambda header: f"{header['toffset']:g}" if header["toffset"] else "",
    "slice timing": lambda header: _label(slice_order_codes, header["slice_code"]),
}


def _format(spec: ArraySpec, *, nifti2: bool) -> type[Nifti]:
    long = any(length > LONGEST_NIFTI1_AXIS for length in spec.shape)
    return Nifti2Header if nifti2 or long else Nifti1Header


def _converted(header: SpatialHeader, affine: npt.NDArray[np.float64] | None) -> Nifti:
    """Return a NIfTI header with what any format of nibabel tells."""
    shape = header.get_data_shape()
    long = any(length > LONGEST_NIFTI1_AXIS for length in shape)
    result = Nifti2Header() if long else Nifti1Header()
    write_shape(result, shape)
    write_dtype(result, header.get_data_dtype())
    affine = stored_affine(header) if affine is None else affine
    result.set_sform(affine, code="scanner")
    result.set_qform(affine, code="scanner")
    step, unit = _time_step(header)
    result["pixdim"][4] = step
    result.set_xyzt_units("mm", unit)
    if isinstance(header, WrapStruct):
        for field in ("descrip", "aux_file", "db_name"):
            if field in header:
                result[field] = header[field]
    return result


def _time_step(header: SpatialHeader) -> tuple[float, str]:
    """Return the step along t and its unit for nibabel; 1 of an unknown unit when unset."""
    steps = header.get_zooms()[3:4]
    if not steps or not steps[0] > 0:
        return 1.0, "unknown"
    unit, factor = "unknown", 1.0
    if isinstance(header, MGHHeader):
        unit, factor = "sec", 0.001
    elif isinstance(header, AFNIHeader):
        code = (header.info.get("TAXIS_NUMS") or [0, 0, 0])[2]
        unit, factor = _AFNI_TIME_UNITS.get(code, (unit, factor))
    return float(steps[0]) * factor, unit


def _check_axes(spec: ArraySpec, donor_ndim: int) -> None:
    """Raise a HeaderError unless the leading axes are the donor's x, y and z."""
    if spec.ndim > len(AXIS_NAMES):
        raise HeaderError(f"the result has {spec.ndim} axes; NIfTI images have 7 at most")
    needed = AXIS_NAMES[: min(donor_ndim, 3)]
    found = tuple(axis.source for axis in spec.axes)
    if found[: len(needed)] != needed:
        raise HeaderError(_axes_message(needed, found))
    for axis, length in zip(spec.axes[:3], spec.shape, strict=False):
        if axis.step == 0 and length > 1:
            raise HeaderError(f"all positions along {axis.source} are the same one")


def _axes_message(needed: tuple[str, ...], found: tuple[str | None, ...]) -> str:
    """Say which spatial axis is gone, or out of place, and what to write instead."""
    rule = f"an image needs the axes {', '.join(needed)} first and in this order"
    gone = [name for name in needed if name not in found]
    if not gone:
        places = ", ".join(name or "a new one" for name in found)
        return f"the axes of the result are {places}: {rule}. Transpose it back."
    name = gone[0]
    index = AXIS_NAMES.index(name)
    return (
        f"the result has no {' and no '.join(gone)} axis: {rule}, and for example "
        f"np.mean(..., axis={index}) removes {name}. Keep it with keepdims=True (in an index, "
        f"with a slice such as 5:6 in place of 5), or use MathValue (in Python: math_value) if "
        f"plain numbers are wanted."
    )
