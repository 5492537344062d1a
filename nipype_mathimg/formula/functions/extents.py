"""Which part of a grid an image has, and in which order: boxes around masks, axes turned.

``crop(img, mask)`` stands for ``img[i0:i1, j0:j1, k0:k1]`` with the box around what is not 0 in
the mask, and ``orient(img, "RAS")`` for ``nibabel.as_closest_canonical``: no value is changed,
and each voxel stays where it lies in the world.
"""

from __future__ import annotations

import math
from itertools import permutations

import numpy as np

from nipype_mathimg.formula.functions.index import ORIENTATIONS, WORLD
from nipype_mathimg.formula.functions.row import Arguments, Function
from nipype_mathimg.formula.functions.space import Space, space_of
from nipype_mathimg.formula.graph.builder import Builder
from nipype_mathimg.formula.graph.lengths import voxels_along
from nipype_mathimg.formula.graph.op import Op
from nipype_mathimg.formula.graph.operands import Length, Operand, Static
from nipype_mathimg.spec import SPACE, Axis, FloatArray

__all__ = ["ROWS"]


def _crop(build: Builder, args: Arguments) -> Operand:
    op = build.array(args["img"])
    mask = build.array(args["mask"]) if args.given("mask") else op
    space, own = (space_of(build, one, Static(None), "crop") for one in (op, mask))
    if own.origins != space.origins or any(
        op.shape[k] != mask.shape[m] for k, m in zip(space.axes, own.axes, strict=True)
    ):
        raise build.fail("crop: the mask and the image have to lie on the same grid")
    if args.given("margin") and args.given("size"):
        raise build.fail("crop takes either a `margin` around the mask, or the `size` of the box")
    ends = _box(build, args["mask"] if args.given("mask") else args["img"], mask, own)
    if args.given("size"):
        ends = _centred(ends, _lengths(build, args["size"], space, "size", up=False))
    elif args.given("margin"):
        far = _lengths(build, args["margin"], space, "margin", up=True)
        ends = [(low - n, high + n) for (low, high), n in zip(ends, far, strict=True)]
    for axis, (low, high) in zip(space.axes, ends, strict=True):
        start, stop = max(low, 0), min(high, op.shape[axis])
        if start >= stop:
            raise build.fail("crop: nothing of the image is left")
        op = build.sliced(op, axis, start, 1, stop - start)
    return op


def _box(build: Builder, value: Operand, mask: Op, space: Space) -> list[tuple[int, int]]:
    """Return where what is not 0 begins and ends along each axis of space."""
    if build.labels is None:
        raise build.wrong(value, "crop: what this mask encloses is not known beforehand")
    found = build.labels.box_of(mask)
    if found is None:
        raise build.wrong(value, f"crop: `{build.text(mask)}` is 0 everywhere, so nothing is left")
    return [found[axis] for axis in space.axes]


def _lengths(
    build: Builder, value: Operand, space: Space, what: str, *, up: bool
) -> tuple[int, ...]:
    """Return whole voxels for each axis; a length in mm is rounded up, or to the nearest."""

    def read(item: Operand, axis: Axis) -> int:
        if isinstance(item, Static) and isinstance(item.value, Length):
            voxels = voxels_along(build, value, item.value, axis)
            # What a division leaves of a whole number must not cost a voxel.
            return math.ceil(voxels - 1e-6) if up else math.floor(voxels + 0.5)
        return build.integer(item, what)

    found = space.each(build, value, what, read)
    if min(found) < (0 if up else 1):
        raise build.wrong(value, f"crop: {what} has to be {0 if up else 1} or more")
    return found


def _centred(ends: list[tuple[int, int]], sizes: tuple[int, ...]) -> list[tuple[int, int]]:
    """Return boxes of these sizes around the middles of others, as `c3d -trim-to-size` does."""
    starts = [
        low + (high - low) // 2 - size // 2 for (low, high), size in zip(ends, sizes, strict=True)
    ]
    return [(start, start + size) for start, size in zip(starts, sizes, strict=True)]


def _orient(build: Builder, args: Arguments) -> Operand:
    op = build.array(args["img"])
    code = build.word(args["axcodes"], "axcodes", ORIENTATIONS)
    places = [k for k, axis in enumerate(op.spec.axes) if axis.is_space]
    if len(places) < len(SPACE) or build.affine is None:
        raise build.fail(
            "orient: an image is needed that has x, y and z, and whose header says how they lie"
        )
    directions = np.zeros((3, 3))
    for column, axis in enumerate(op.spec.axes[k] for k in places):
        directions[:, column] = build.affine[:3, SPACE.index(axis.source or "")] * axis.step
    nearest = _nearest(directions)
    order = list(range(op.ndim))
    for slot, letter in zip(places, code, strict=True):
        row, up = next((k, pair[0] == letter) for k, pair in enumerate(WORLD) if letter in pair)
        axis_place = places[nearest[row]]
        order[slot] = axis_place
        if (directions[row, nearest[row]] > 0) != up:
            length = op.shape[axis_place]
            op = build.sliced(op, axis_place, length - 1, -1, length)
    return build.permuted(op, order)


def _nearest(directions: FloatArray) -> tuple[int, ...]:
    """Return for each axis of the world the axis of a grid that lies along it.

    Parameters
    ----------
    directions : ndarray of float64, (3, 3)
        Of the axes of the grid, in the columns. Their order is the one that is nearest to the
        rotation in them (the orthogonal factor of the polar decomposition, as in nibabel).
    """
    lengths = np.linalg.norm(directions, axis=0)
    left, _, right = np.linalg.svd(directions / np.where(lengths, lengths, 1))
    along = abs(left @ right)
    return max(permutations(range(3)), key=lambda order: sum(along[range(3), order]))


ROWS: tuple[Function, ...] = (
    Function("crop()", "img, mask=None, margin=None, size=None", _crop),
    Function("orient()", "img, axcodes='RAS'", _orient),
)
"""The rows of the function table for parts of a grid, and the order of its axes."""
