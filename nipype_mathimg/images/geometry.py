"""Where voxels lie: qform, sform and voxel sizes after slicing, flipping and averaging."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from nibabel import Nifti1Header
from nibabel.quaternions import mult, quat2mat

from nipype_mathimg.spec import Axis

__all__ = ["SPATIAL", "axis_transform", "move_grid", "qform_matrix", "sform_matrix"]

FloatArray = npt.NDArray[np.float64]

SPATIAL = ("x", "y", "z")
"""The axes that an affine places in the scanner."""

# Flipping the first and second axis by these signs, with the sign of the third left to qfac,
# is a half turn; its quaternion (w, x, y, z).
_HALF_TURNS = {
    (1, 1): (1.0, 0.0, 0.0, 0.0),
    (1, -1): (0.0, 1.0, 0.0, 0.0),
    (-1, 1): (0.0, 0.0, 1.0, 0.0),
    (-1, -1): (0.0, 0.0, 0.0, 1.0),
}


def axis_transform(axes: Sequence[Axis]) -> FloatArray:
    """Return the affine from voxels of a result to voxels of the image it comes from.

    Parameters
    ----------
    axes : sequence of Axis
        Axes of the result; only the leading x, y and z count.

    Returns
    -------
    numpy.ndarray
        Shape (4, 4): ``step`` on the diagonal, ``start`` in the last column.
    """
    transform = np.eye(4)
    for index, axis in enumerate(axes[:3]):
        if axis.source == SPATIAL[index]:
            transform[index, index] = axis.step
            transform[index, 3] = axis.start
    return transform


def sform_matrix(header: Nifti1Header) -> FloatArray:
    """Return the sform of `header` as a float64 affine of shape (4, 4), whatever its code."""
    rows = [np.asarray(header[f"srow_{name}"], float) for name in SPATIAL]
    return np.array([*rows, [0.0, 0.0, 0.0, 1.0]])


def qform_matrix(header: Nifti1Header) -> FloatArray:
    """Return the qform of `header` as a float64 affine of shape (4, 4), whatever its code.

    A qfac of 0 counts as 1, and a quaternion that rounding made longer than 1 is normalized
    (NIfTI-1 standard, "quaternion representation of rotation matrix").
    """
    zooms = np.abs(np.asarray(header["pixdim"][1:4], float))
    zooms[2] *= _qfac(header)
    affine = np.eye(4)
    affine[:3, :3] = quat2mat(_quaternion(header)) * zooms
    affine[:3, 3] = [header[f"qoffset_{name}"] for name in SPATIAL]
    return affine


def move_grid(header: Nifti1Header, transform: FloatArray) -> None:
    """Move qform, sform and voxel sizes of `header` in place.

    Every voxel keeps its world position under each of the two forms; a form with code 0 is
    left alone.

    Parameters
    ----------
    header : nibabel.Nifti1Header
        Header of the image that the result comes from, changed in place.
    transform : numpy.ndarray
        Shape (4, 4), from voxels of the result to voxels of that image, see `axis_transform`.
    """
    if header["sform_code"] != 0:
        moved = sform_matrix(header) @ transform
        for row, name in zip(moved[:3], SPATIAL, strict=True):
            header[f"srow_{name}"] = row
    if header["qform_code"] != 0:
        _move_qform(header, transform)
    pixdim = np.asarray(header["pixdim"], float)
    pixdim[1:4] *= np.abs(np.diag(transform)[:3])
    header["pixdim"] = pixdim


def _move_qform(header: Nifti1Header, transform: FloatArray) -> None:
    """Move origin, quaternion and qfac; the voxel sizes are left to the caller."""
    origin = (qform_matrix(header) @ transform)[:3, 3]
    for value, name in zip(origin, SPATIAL, strict=True):
        header[f"qoffset_{name}"] = value
    signs = np.sign(np.diag(transform)[:3]).astype(int)
    if (signs > 0).all():
        return
    turn = _HALF_TURNS[int(signs[0]), int(signs[1])]
    _store_quaternion(header, mult(_quaternion(header), np.array(turn)))
    pixdim = np.asarray(header["pixdim"], float)
    pixdim[0] = _qfac(header) * signs.prod()
    header["pixdim"] = pixdim


def _qfac(header: Nifti1Header) -> float:
    return -1.0 if header["pixdim"][0] < 0 else 1.0


def _quaternion(header: Nifti1Header) -> FloatArray:
    """Return the unit quaternion (w, x, y, z); a header stores x, y and z, and w >= 0."""
    vector = np.array([header[f"quatern_{name}"] for name in "bcd"], float)
    quaternion = np.array([_scalar_part(header, vector), *vector])
    unit: FloatArray = quaternion / np.linalg.norm(quaternion)
    return unit


def _scalar_part(header: Nifti1Header, vector: FloatArray) -> float:
    """Return w as nibabel reads it: 0 below a threshold that rounding explains."""
    wide = np.asarray(vector, np.longdouble)
    square = float(1 - wide @ wide)
    return 0.0 if square < abs(header.quaternion_threshold) else float(np.sqrt(square))


def _store_quaternion(header: Nifti1Header, quaternion: FloatArray) -> None:
    """Store x, y and z; readers recompute w >= 0 from them.

    Near a half turn w is small and the rounding of the three to float32 shows in it: NIfTI-1
    cannot place a voxel 100 mm away better than to some 0.01 mm by such a qform.
    """
    vector = quaternion[1:] * (-1 if quaternion[0] < 0 else 1)
    for value, name in zip(vector, "bcd", strict=True):
        header[f"quatern_{name}"] = value
