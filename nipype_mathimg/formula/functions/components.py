"""Components by their size; SciPy has the labels, and no name for these.

``largest(mask)`` stands for::

    labels, _ = ndimage.label(mask, structure)
    sizes = np.bincount(labels.ravel())[1:]
    mask = np.isin(labels, 1 + np.argsort(-sizes, kind="stable")[:n])

and ``remove_small(mask, voxels=10)`` for ``np.isin(labels, 1 + np.flatnonzero(sizes >= 10))``;
``components(mask)`` numbers them by size, as ``maskfilter connect`` and ``c3d -comp`` do::

    rank = np.zeros(len(sizes) + 1, int)
    rank[1 + np.argsort(-sizes, kind="stable")] = np.arange(1, len(sizes) + 1)
    rank[labels]
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from nipype_mathimg.formula.functions.binary_morphology import FACES
from nipype_mathimg.formula.functions.row import Arguments, Function
from nipype_mathimg.formula.functions.space import filtered, real_image, space_of
from nipype_mathimg.formula.functions.structures import nested
from nipype_mathimg.formula.functions.volumes import three_wide
from nipype_mathimg.formula.graph.attributes import attribute
from nipype_mathimg.formula.graph.builder import Builder
from nipype_mathimg.formula.graph.operands import Operand, Static
from nipype_mathimg.formula.kernels.window import OwnFilter
from nipype_mathimg.formula.types.numtype import BOOL, NumType

__all__ = ["ROWS"]

LABEL_BYTES = 6.0
"""Bytes a voxel of the labels (int32), of the mask as SciPy sees it, and of the result."""


def _by_size(
    build: Builder,
    name: str,
    args: Arguments,
    options: dict[str, Any],
    number: NumType = BOOL,
) -> Operand:
    op = real_image(build, args["mask"], name)
    space = space_of(build, op, Static(None), name)
    structure = args["structure"] if args.given("structure") else FACES
    cells = three_wide(build, structure, space, "structure") != 0
    given = {"structure": nested(cells), **options}
    kernel = OwnFilter(name, tuple(given.items()), space.axes, number.dtype)
    reach = [None] * len(space.axes)
    return filtered(build, kernel, [op], number, reach, LABEL_BYTES / op.spec.dtype.itemsize)


def _numbered(build: Builder, args: Arguments) -> Operand:
    op = real_image(build, args["mask"], "components")
    axes = space_of(build, op, Static(None), "components").axes
    voxels = math.prod(op.shape[k] for k in axes)
    number = NumType(np.dtype(np.int32), (0, min(voxels, 2**31 - 1)))
    return _by_size(build, "components", args, {}, number)


def _largest(build: Builder, args: Arguments) -> Operand:
    count = build.integer(args["n"], "n")
    if count < 1:
        raise build.wrong(args["n"], "n has to be 1 or more components")
    return _by_size(build, "largest", args, {"n": count})


def _remove_small(build: Builder, args: Arguments) -> Operand:
    if args.given("voxels") == args.given("volume"):
        raise build.fail(
            "remove_small takes the least size as `voxels`, or as `volume` in mm3, as in "
            "`remove_small(mask, volume=100)`"
        )
    if args.given("voxels"):
        voxels = build.integer(args["voxels"], "voxels")
    else:
        op = real_image(build, args["mask"], "remove_small")
        space_of(build, op, Static(None), "remove_small")
        size = attribute(build, op, "voxel_volume")
        each = build.number(size, "The volume of a voxel")
        # What a division leaves of a whole number must not cost a voxel.
        voxels = math.ceil(build.number(args["volume"], "volume") / each * (1 - 1e-6))
    return _by_size(build, "remove_small", args, {"voxels": voxels})


ROWS: tuple[Function, ...] = (
    Function("largest()", "mask, n=1, structure=None", _largest),
    Function("components()", "mask, structure=None", _numbered),
    Function("remove_small()", "mask, voxels=None, volume=None, structure=None", _remove_small),
)
"""The rows of the function table that pick components."""
