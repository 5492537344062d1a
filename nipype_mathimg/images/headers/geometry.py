"""Where voxels lie after slicing, flipping and averaging."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nipype_mathimg.images.headers.affines import (
    qfac,
    qform_matrix,
    sform_matrix,
    store_quaternion,
    stored_quaternion,
    write_sform,
)
from nipype_mathimg.images.headers.nifti import NiftiHeader
from nipype_mathimg.images.headers.quaternions import product
from nipype_mathimg.spec import SPACE, Axis, FloatArray

__all__ = ["axis_transform", "move_grid"]

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
        if axis.source == SPACE[index]:
            transform[index, index] = axis.step
            transform[index, 3] = axis.start
    return transform


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
    # Lengths: the signs of flips are in the quaternion and in qfac, and pixdim[1] to [3] stay
    # positive (nifti1.h).
    pixdim[1:4] *= np.abs(np.diag(transform)[:3])
    header["pixdim"] = pixdim


def _move_qform(header: NiftiHeader, transform: FloatArray) -> None:
    """Move origin, quaternion and qfac; the voxel sizes are left to the caller."""
    origin = (qform_matrix(header) @ transform)[:3, 3]
    for value, name in zip(origin, SPACE, strict=True):
        header[f"qoffset_{name}"] = value
    signs = np.sign(np.diag(transform)[:3]).astype(int)
    if (signs > 0).all():
        return
    # On the right, as the flips come before the rotation: they turn voxel axes, not those in mm.
    turn = _HALF_TURNS[int(signs[0]), int(signs[1])]
    store_quaternion(header, product(stored_quaternion(header), np.array(turn)))
    pixdim = np.asarray(header["pixdim"], float)
    pixdim[0] = qfac(header) * signs.prod()
    header["pixdim"] = pixdim
