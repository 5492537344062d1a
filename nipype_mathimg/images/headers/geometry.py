"""Where voxels lie after slicing, flipping, averaging and turning axes."""

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
from nipype_mathimg.images.headers.quaternions import from_rotation, product, to_rotation
from nipype_mathimg.spec import SPACE, Array, Axis, FloatArray

__all__ = ["axis_sources", "axis_transform", "move_grid"]

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
        Axes of the result; only the leading x, y and z count, in whichever order.

    Returns
    -------
    numpy.ndarray
        Shape (4, 4): ``step`` in the column of the axis and the row of the one it comes from, so
        on the diagonal where they have their order; ``start`` in the last column.
    """
    transform = np.zeros((4, 4))
    transform[3, 3] = 1
    places = [*axes[:3], *(Axis() for _ in SPACE)]
    for column, row in enumerate(axis_sources(axes)):
        axis = places[column]
        placed = axis.source == SPACE[row]
        transform[row, column] = axis.step if placed else 1
        transform[row, 3] = axis.start if placed else 0
    return transform


def axis_sources(axes: Sequence[Axis]) -> tuple[int, ...]:
    """Return for each of the three axes of a grid which one of the image it comes from.

    Parameters
    ----------
    axes : sequence of Axis
        Axes of the result. What is not there stays in its place.
    """
    found = tuple(axis.source for axis in axes[:3])
    there = SPACE[: len(found)]
    if sorted(map(str, found)) != list(there):
        return (0, 1, 2)
    return (*(SPACE.index(str(name)) for name in found), *range(len(found), 3))


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
    order = _order(transform)
    pixdim[1:4] = pixdim[1:4][order] * np.abs(transform[order, range(3)])
    header["pixdim"] = pixdim


def _order(transform: FloatArray) -> list[int]:
    """Return the row of the step in each column of a transform."""
    steps = transform[:3, :3] != 0
    return [int(np.argmax(column)) if column.any() else k for k, column in enumerate(steps.T)]


def _move_qform(header: NiftiHeader, transform: FloatArray) -> None:
    """Move origin, quaternion and qfac; the voxel sizes are left to the caller."""
    origin = (qform_matrix(header) @ transform)[:3, 3]
    for value, name in zip(origin, SPACE, strict=True):
        header[f"qoffset_{name}"] = value
    order = _order(transform)
    signs = np.sign(transform[order, range(3)]).astype(int)
    if order != [0, 1, 2]:
        _turn_qform(header, order, signs)
        return
    if (signs > 0).all():
        return
    # On the right, as the flips come before the rotation: they turn voxel axes, not those in mm.
    turn = _HALF_TURNS[int(signs[0]), int(signs[1])]
    store_quaternion(header, product(stored_quaternion(header), np.array(turn)))
    pixdim = np.asarray(header["pixdim"], float)
    pixdim[0] = qfac(header) * signs.prod()
    header["pixdim"] = pixdim


def _turn_qform(header: NiftiHeader, order: list[int], signs: Array) -> None:
    """Write quaternion and qfac of axes that come in another order."""
    directions = to_rotation(stored_quaternion(header))
    directions[:, 2] *= qfac(header)
    turned = directions[:, order] * signs
    handedness = 1.0 if np.linalg.det(turned) > 0 else -1.0
    turned[:, 2] *= handedness
    store_quaternion(header, from_rotation(turned))
    pixdim = np.asarray(header["pixdim"], float)
    pixdim[0] = handedness
    header["pixdim"] = pixdim
