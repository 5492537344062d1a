"""Fields that the standard does not allow, or that say nothing: what is made of them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from nipype_mathimg.images.headers.affines import voxel_sizes
from nipype_mathimg.images.headers.codes import DATATYPES, XFORMS
from nipype_mathimg.images.headers.nifti import NiftiHeader

__all__ = ["repair", "unset_what_places_nothing"]

_QUATERNION = ("quatern_b", "quatern_c", "quatern_d")
_OFFSET = ("qoffset_x", "qoffset_y", "qoffset_z")
_ROWS = ("srow_x", "srow_y", "srow_z")
_TIMES = ("toffset", "slice_duration")


def repair(header: NiftiHeader) -> None:
    """Make sense of fields that the standard does not allow, as nibabel does in each file.

    Voxel sizes become positive, a qfac other than -1 is 1, a qform or sform whose code has no
    name does not count, and bitpix is that of datatype. Beyond nibabel: the steps along t and
    later axes become positive too (nifti1.h, "grid spacings"), or 0, which is unset, where they
    are no finite number, and so does what else is said of time; a quaternion longer than 1, which
    nibabel refuses, is shortened as by the NIfTI-1 C library (nifti_quatern_to_mat44); and what is
    no finite number in a part that does not place the voxels is unset, since the result would
    hand it on, and so are slices that the image does not have.

    Parameters
    ----------
    header : NiftiHeader
        Is changed in place.
    """
    qfac, *sizes = header["pixdim"].tolist()
    header["pixdim"][0] = -1 if qfac == -1 else 1
    header["pixdim"][1:4] = [abs(size) or 1 for size in sizes[:3]]
    for field in ("qform_code", "sform_code"):
        if int(header[field]) not in XFORMS:
            header[field] = 0
    unset_what_places_nothing(header)
    _drop_missing_slices(header)
    _shorten_quaternion(header)
    if int(header["datatype"]) in DATATYPES:
        header["bitpix"] = 8 * header.dtype.itemsize


def unset_what_places_nothing(header: NiftiHeader) -> None:
    """Unset what is no finite number, or was beyond those of a field, and places no voxel.

    Steps beyond z, what else is said of time, and a qform or sform beside one that counts.

    Parameters
    ----------
    header : NiftiHeader
        Is changed in place.
    """
    _unset_times(header)
    _unset_form(header)


def _unset_times(header: NiftiHeader) -> None:
    steps = header["pixdim"][4:].tolist()
    header["pixdim"][4:] = [abs(step) if math.isfinite(step) else 0 for step in steps]
    for field in _TIMES:
        if not _finite(header, [field]):
            header[field] = 0


def _drop_missing_slices(header: NiftiHeader) -> None:
    """Unset the order of slices where it names some that do not exist."""
    axis = int(header["dim_info"]) >> 4 & 3  # nifti1.h, DIM_INFO_TO_SLICE_DIM
    if not axis:
        return
    length = int(header["dim"][axis]) if axis <= int(header["dim"][0]) else 1
    start, end = int(header["slice_start"]), int(header["slice_end"])
    if not 0 <= start < max(length, 1) or not 0 <= end < max(length, 1):
        _unset(header, ["slice_start", "slice_end", "slice_code"])


def _unset_form(header: NiftiHeader) -> None:
    """Unset a qform or sform that is not finite, where the other one places the voxels."""
    if not int(header["sform_code"]):
        if not _finite(header, _ROWS):
            _unset(header, _ROWS)
        if not int(header["qform_code"]) and not _finite(header, [*_QUATERNION, *_OFFSET]):
            _unset(header, [*_QUATERNION, *_OFFSET])
        return
    if not _finite(header, _ROWS):
        return  # whoever reads the affine refuses it
    sizes = header["pixdim"][1:4]
    good = np.isfinite(sizes)
    if not good.all() or not _finite(header, [*_QUATERNION, *_OFFSET]):
        header["qform_code"] = 0
        _unset(header, [*_QUATERNION, *_OFFSET])
        columns = np.array([header[row][:3] for row in _ROWS], dtype=np.float64)
        with np.errstate(over="ignore"):
            lengths = voxel_sizes(columns).astype(sizes.dtype)
        # An axis that goes nowhere, or too far for its length, is 1 as one of length 0 is.
        lengths[(lengths == 0) | ~np.isfinite(lengths)] = 1
        header["pixdim"][1:4] = np.where(good, sizes, lengths)


def _shorten_quaternion(header: NiftiHeader) -> None:
    vector = [float(header[name]) for name in _QUATERNION]
    largest = max(map(abs, vector))
    if largest > 1:
        # First, since the length of what ends near the largest float is beyond it.
        vector = [value / largest for value in vector]
    length = math.hypot(*vector)
    rounding = 3 * float(np.finfo(header["quatern_b"].dtype).eps)
    if math.isfinite(length) and (largest > 1 or length**2 > 1 + rounding):
        for name, value in zip(_QUATERNION, vector, strict=True):
            header[name] = value / length


def _finite(header: NiftiHeader, names: Sequence[str]) -> bool:
    return all(bool(np.isfinite(header[name]).all()) for name in names)


def _unset(header: NiftiHeader, names: Sequence[str]) -> None:
    for name in names:
        header[name] = 0
