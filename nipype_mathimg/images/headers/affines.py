"""Affines in NIfTI headers: qform, sform, voxel sizes, and how far two grids are apart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product

import numpy as np

from nipype_mathimg.images.headers.nifti import NiftiHeader
from nipype_mathimg.images.headers.quaternions import from_rotation, to_rotation
from nipype_mathimg.spec import SPACE, FloatArray

__all__ = [
    "corner_displacement",
    "header_affine",
    "qfac",
    "qform_matrix",
    "sform_matrix",
    "spatial_shape",
    "store_quaternion",
    "stored_quaternion",
    "uncoded_matrix",
    "voxel_sizes",
    "write_grid",
    "write_sform",
]


def sform_matrix(header: NiftiHeader) -> FloatArray:
    """Return the sform of `header` as a float64 affine of shape (4, 4), whatever its code."""
    rows = [np.asarray(header[f"srow_{name}"], float) for name in SPACE]
    return np.array([*rows, [0.0, 0.0, 0.0, 1.0]])


def qform_matrix(header: NiftiHeader) -> FloatArray:
    """Return the qform of `header` as a float64 affine of shape (4, 4), whatever its code.

    A quaternion that rounding made longer than 1 is normalized (NIfTI-1 standard, "quaternion
    representation of rotation matrix").
    """
    zooms = np.abs(np.asarray(header["pixdim"][1:4], float))
    zooms[2] *= qfac(header)
    affine = np.eye(4)
    affine[:3, :3] = to_rotation(stored_quaternion(header)) * zooms
    affine[:3, 3] = [header[f"qoffset_{name}"] for name in SPACE]
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

    The order is that of nibabel and of most programs; a form counts when its code is not 0, see
    `repair.repair`.
    """
    if header["sform_code"] != 0:
        return sform_matrix(header)
    return qform_matrix(header) if header["qform_code"] != 0 else uncoded_matrix(header)


def corner_displacement(affine_a: FloatArray, affine_b: FloatArray, shape: Sequence[int]) -> float:
    """Return the largest distance between equal corner voxels of two grids, in mm.

    Parameters
    ----------
    affine_a, affine_b : numpy.ndarray
        Shape (4, 4), from voxels to mm.
    shape : sequence of int
        Number of voxels along x, y and z (missing ones count as 1; more are ignored).

    Returns
    -------
    float
        Over the centres of the eight corner voxels. No voxel between them is displaced by more,
        because the displacement is linear.

    Examples
    --------
    >>> moved = np.eye(4)
    >>> moved[0, 3] = 0.5
    >>> corner_displacement(np.eye(4), moved, (64, 64, 36))
    0.5
    """
    ends = [(0, max(length - 1, 0)) for length in spatial_shape(shape)]
    corners = np.array([(*corner, 1) for corner in product(*ends)], float)
    offsets = corners @ (np.asarray(affine_a, float) - np.asarray(affine_b, float)).T
    return float(np.linalg.norm(offsets[:, :3], axis=1).max())


def spatial_shape(shape: Sequence[int]) -> tuple[int, ...]:
    """Return the lengths of x, y and z, 1 for an axis that is missing."""
    return (*shape[:3], 1, 1)[:3]


def voxel_sizes(affine: FloatArray) -> FloatArray:
    """Return the distances between neighbours along x, y and z in mm: the lengths of the columns.

    Parameters
    ----------
    affine : numpy.ndarray
        Its first three rows and columns count; the squares of them may be beyond float64.
    """
    return np.array([math.hypot(*column) for column in affine[:3, :3].T.tolist()])


def write_sform(header: NiftiHeader, affine: FloatArray) -> None:
    """Write the rows of an affine of shape (4, 4) as sform, whatever its code."""
    for row, name in zip(affine[:3], SPACE, strict=True):
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
    zooms = voxel_sizes(affine)
    # A column of zeros has no direction; dividing by 1 keeps NaN out of the others.
    zooms[zooms == 0] = 1
    directions = affine[:3, :3] / zooms
    # A quaternion holds rotations only; of a mirrored grid, qfac turns the third column.
    handedness = 1.0 if np.linalg.det(directions) > 0 else -1.0
    directions[:, 2] *= handedness
    left, _, right = np.linalg.svd(directions)
    store_quaternion(header, from_rotation(left @ right))
    for value, name in zip(affine[:3, 3], SPACE, strict=True):
        header[f"qoffset_{name}"] = value
    header["pixdim"][:4] = [handedness, *zooms]


def qfac(header: NiftiHeader) -> float:
    """Return -1 where the third axis of the qform is flipped, else 1 (also for an unset 0)."""
    return -1.0 if header["pixdim"][0] < 0 else 1.0


def stored_quaternion(header: NiftiHeader) -> FloatArray:
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


def store_quaternion(header: NiftiHeader, quaternion: FloatArray) -> None:
    """Store x, y and z; readers recompute w >= 0 from them.

    Near a half turn w is small and the rounding of the three to float32 shows in it: NIfTI-1
    cannot place a voxel 100 mm away better than to some 0.01 mm by such a qform.
    """
    vector = quaternion[1:] * (-1 if quaternion[0] < 0 else 1)
    for value, name in zip(vector, "bcd", strict=True):
        header[f"quatern_{name}"] = value
