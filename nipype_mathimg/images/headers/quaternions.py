"""Unit quaternions (w, x, y, z) and rotation matrices, as the qform needs them."""

from __future__ import annotations

import numpy as np

from nipype_mathimg.spec import FloatArray

__all__ = ["from_rotation", "product", "to_rotation"]


def to_rotation(quaternion: FloatArray) -> FloatArray:
    """Return the rotation matrix, of shape (3, 3), of a unit quaternion.

    NIfTI-1 standard, "quaternion representation of rotation matrix", with a, b, c, d for
    w, x, y, z.
    """
    a, b, c, d = quaternion.tolist()
    return np.array(
        [
            [a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)],
            [2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)],
            [2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - b * b - c * c],
        ]
    )


def from_rotation(rotation: FloatArray) -> FloatArray:
    """Return the unit quaternion, with w >= 0, of a rotation matrix of shape (3, 3).

    Each row of the matrix of products ``4 q q^T`` is the quaternion but for its length; the
    row with the largest element on the diagonal is the one that rounding hurts least.
    """
    (xx, xy, xz), (yx, yy, yz), (zx, zy, zz) = rotation.tolist()
    products = np.array(
        [
            [1 + xx + yy + zz, zy - yz, xz - zx, yx - xy],
            [zy - yz, 1 + xx - yy - zz, xy + yx, xz + zx],
            [xz - zx, xy + yx, 1 - xx + yy - zz, yz + zy],
            [yx - xy, xz + zx, yz + zy, 1 - xx - yy + zz],
        ]
    )
    row = products[np.argmax(np.diag(products))]
    unit: FloatArray = row / np.linalg.norm(row)
    # Both signs are the same rotation, and a header has no place for the sign of w.
    return -unit if unit[0] < 0 else unit


def product(first: FloatArray, second: FloatArray) -> FloatArray:
    """Return the quaternion of the rotation `second` followed by `first` (Hamilton's product)."""
    w, x, y, z = first.tolist()
    left = np.array([[w, -x, -y, -z], [x, w, -z, y], [y, z, w, -x], [z, -y, x, w]])
    return left @ second
