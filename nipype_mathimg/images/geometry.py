"""Where voxels lie: affines from headers and back, and after slicing, flipping and averaging."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from nipype_mathimg.images.nifti import NiftiHeader
from nipype_mathimg.images.quaternions import from_rotation, product, to_rotation
from nipype_mathimg.spec import Axis

__all__ = [
    "SPATIAL",
    "axis_transform",
    "header_affine",
    "move_grid",
    "qform_matrix",
    "sform_matrix",
    "uncoded_matrix",
    "write_grid",
    "write_sform",
]

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


def sform_matrix(header: NiftiHeader) -> FloatArray:
    """Return the sform of `header` as a float64 affine of shape (4, 4), whatever its code."""
    rows = [np.asarray(header[f"srow_{name}"], float) for name in SPATIAL]
    return np.array([*rows, [0.0, 0.0, 0.0, 1.0]])


def qform_matrix(header: NiftiHeader) -> FloatArray:
    """Return the qform of `header` as a float64 affine of shape (4, 4), whatever its code.

    A qfac of 0 counts as 1, and a quaternion that rounding made longer than 1 is normalized
    (NIfTI-1 standard, "quaternion representation of rotation matrix").
    """
    zooms = np.abs(np.asarray(header["pixdim"][1:4], float))
    zooms[2] *= _qfac(header)
    affine = np.eye(4)
    affine[:3, :3] = to_rotation(_quaternion(header)) * zooms
    affine[:3, 3] = [header[f"qoffset_{name}"] for name in SPATIAL]
    return affine


def uncoded_matrix(header: NiftiHeader) -> FloatArray:
    """Return the affine of an image without qform and sform, of shape (4, 4).

    The centre of the volume is the origin and x runs to the left, as nibabel has it.
    """
    ndim = min(len(header.shape), 3)
    lengths, zooms = np.ones(3), np.ones(3)
    lengths[:ndim] = header.shape[:ndim]
    zooms[:ndim] = np.abs(header["pixdim"][1 : ndim + 1])
    zooms[0] *= -1
    affine = np.diag([*zooms, 1.0])
    affine[:3, 3] = -zooms * (lengths - 1) / 2
    return affine


def header_affine(header: NiftiHeader) -> FloatArray:
    """Return the affine of an image, of shape (4, 4): its sform, else its qform, else neither.

    The order is that of nibabel (and of most programs); a form counts when its code is not 0.
    """
    if header["sform_code"] > 0:
        return sform_matrix(header)
    return qform_matrix(header) if header["qform_code"] > 0 else uncoded_matrix(header)


def write_sform(header: NiftiHeader, affine: FloatArray) -> None:
    """Write the rows of an affine of shape (4, 4) as sform, whatever its code."""
    for row, name in zip(affine[:3], SPATIAL, strict=True):
        header[f"srow_{name}"] = row


def write_grid(
    header: NiftiHeader, affine: FloatArray, *, qform_code: int, sform_code: int
) -> None:
    """Write an affine as sform and as qform, and the voxel sizes.

    A qform cannot hold shears: it gets the rotation nearest to the affine's (the orthogonal
    factor of its polar decomposition, as in nibabel).

    Parameters
    ----------
    header : NiftiHeader
        Changed in place.
    affine : numpy.ndarray
        Shape (4, 4), from voxels to mm.
    qform_code, sform_code : int
        The space in which it places the voxels, 0 for a form that does not count.
    """
    write_sform(header, affine)
    header["sform_code"], header["qform_code"] = sform_code, qform_code
    zooms = np.sqrt((affine[:3, :3] ** 2).sum(axis=0))
    zooms[zooms == 0] = 1
    directions = affine[:3, :3] / zooms
    qfac = 1.0 if np.linalg.det(directions) > 0 else -1.0
    directions[:, 2] *= qfac
    left, _, right = np.linalg.svd(directions)
    _store_quaternion(header, from_rotation(left @ right))
    for value, name in zip(affine[:3, 3], SPATIAL, strict=True):
        header[f"qoffset_{name}"] = value
    header["pixdim"][:4] = [qfac, *zooms]


def move_grid(header: NiftiHeader, transform: FloatArray) -> None:
    """Move qform, sform and voxel sizes of `header` in place.

    Every voxel keeps its world position under each of the two forms; a form with code 0 is
    left alone.

    Parameters
    ----------
    header : NiftiHeader
        Header of the image that the result comes from, changed in place.
    transform : numpy.ndarray
        Shape (4, 4), from voxels of the result to voxels of that image, see `axis_transform`.
    """
    if header["sform_code"] != 0:
        write_sform(header, sform_matrix(header) @ transform)
    if header["qform_code"] != 0:
        _move_qform(header, transform)
    pixdim = np.asarray(header["pixdim"], float)
    pixdim[1:4] *= np.abs(np.diag(transform)[:3])
    header["pixdim"] = pixdim


def _move_qform(header: NiftiHeader, transform: FloatArray) -> None:
    """Move origin, quaternion and qfac; the voxel sizes are left to the caller."""
    origin = (qform_matrix(header) @ transform)[:3, 3]
    for value, name in zip(origin, SPATIAL, strict=True):
        header[f"qoffset_{name}"] = value
    signs = np.sign(np.diag(transform)[:3]).astype(int)
    if (signs > 0).all():
        return
    turn = _HALF_TURNS[int(signs[0]), int(signs[1])]
    _store_quaternion(header, product(_quaternion(header), np.array(turn)))
    pixdim = np.asarray(header["pixdim"], float)
    pixdim[0] = _qfac(header) * signs.prod()
    header["pixdim"] = pixdim


def _qfac(header: NiftiHeader) -> float:
    return -1.0 if header["pixdim"][0] < 0 else 1.0


def _quaternion(header: NiftiHeader) -> FloatArray:
    """Return the unit quaternion (w, x, y, z); a header stores x, y and z, and w >= 0."""
    vector = np.array([header[f"quatern_{name}"] for name in "bcd"], float)
    quaternion = np.array([_scalar_part(header, vector), *vector])
    unit: FloatArray = quaternion / np.linalg.norm(quaternion)
    return unit


def _scalar_part(header: NiftiHeader, vector: FloatArray) -> float:
    """Return w as nibabel reads it: 0 below a threshold that rounding explains."""
    wide = np.asarray(vector, np.longdouble)
    square = float(1 - wide @ wide)
    threshold = 3 * np.finfo(header["quatern_b"].dtype).eps
    return 0.0 if square < threshold else float(np.sqrt(square))


def _store_quaternion(header: NiftiHeader, quaternion: FloatArray) -> None:
    """Store x, y and z; readers recompute w >= 0 from them.

    Near a half turn w is small and the rounding of the three to float32 shows in it: NIfTI-1
    cannot place a voxel 100 mm away better than to some 0.01 mm by such a qform.
    """
    vector = quaternion[1:] * (-1 if quaternion[0] < 0 else 1)
    for value, name in zip(vector, "bcd", strict=True):
        header[f"quatern_{name}"] = value
