"""Fills from neighbours that count: into zeros, and smoothing inside a mask.

``fill_zeros(img)`` is ``fslmaths img -dilM``, with ``how="mode"`` it is ``-dilD``; SciPy's
``iterations=-1`` repeats it until nothing changes, as ``-dilall``. With
``box = np.ones((3, 3, 3))`` the first stands for::

    total = ndimage.correlate(img, box, mode="constant")
    count = ndimage.correlate((img != 0).astype(float), box, mode="constant")
    np.where((img == 0) & (count > 0), total / np.maximum(count, 1), img)

``smooth_in(img, mask, fwhm=6*mm)`` stands for::

    weight = ndimage.gaussian_filter((mask != 0).astype(float), sigma, mode="constant")
    total = ndimage.gaussian_filter(np.where(mask != 0, img, 0.0), sigma, mode="constant")
    np.where(mask != 0, total / weight, 0)
"""

from __future__ import annotations

import numpy as np

from nipype_mathimg.formula.functions import parametrised, smoothing
from nipype_mathimg.formula.functions.elementwise import apply
from nipype_mathimg.formula.functions.index import FILLS
from nipype_mathimg.formula.functions.parametrised import converted
from nipype_mathimg.formula.functions.row import Arguments, Function
from nipype_mathimg.formula.functions.space import Reach, filtered, reach_of, real_image, space_of
from nipype_mathimg.formula.functions.structures import Box, cells_of, nested
from nipype_mathimg.formula.graph.builder import Builder
from nipype_mathimg.formula.graph.operands import Operand, Static
from nipype_mathimg.formula.kernels.window import OwnFilter
from nipype_mathimg.formula.types.numtype import NumType, inexact

__all__ = ["ROWS"]

FILL_BYTES = 2.0
"""Bytes a voxel of the masks of what is empty and what is reached."""

PLACE_BYTES = 24.0
"""Bytes of the place of a voxel that is filled."""


def _fill_zeros(build: Builder, args: Arguments) -> Operand:
    op = real_image(build, args["img"], "fill_zeros")
    space = space_of(build, op, Static(None), "fill_zeros")
    how = build.word(args["how"], "how", FILLS)
    structure = args["structure"] if args.given("structure") else Static(Box(3))
    cells = cells_of(build, structure, space, "structure") != 0
    number = NumType(inexact([op.type])) if how == "mean" else op.type
    times = build.integer(args["iterations"], "iterations")
    options = {"how": how, "structure": nested(cells), "iterations": times}
    kernel = OwnFilter("fill_zeros", tuple(options.items()), space.axes, number.dtype)
    width = op.spec.dtype.itemsize
    hidden = 2 + (FILL_BYTES + PLACE_BYTES) / width
    reach: Reach = [times * n for n in reach_of(cells.shape, (0,) * cells.ndim)]
    if times < 1:  # until nothing changes
        reach = [None] * cells.ndim
    return filtered(build, kernel, [op], number, reach, hidden)


def _smooth_in(build: Builder, args: Arguments) -> Operand:
    rows = {row.name: row for row in (*smoothing.ROWS, *parametrised.ROWS)}
    inside = apply(build, "not_equal", args["mask"], Static(0))
    zero = Static(0.0)
    widths = [(name, args[name]) for name in ("sigma", "fwhm") if args.given(name)]
    options = [*widths, ("mode", Static("constant")), ("truncate", args["truncate"])]
    smooth = rows["gaussian_filter"]
    weight = smooth(build, [converted(build, inside, np.dtype(float))], options)
    total = smooth(build, [rows["where"](build, [inside, args["img"], zero])], options)
    ratio = apply(build, "divide", total, weight)
    return rows["where"](build, [inside, ratio, zero])


ROWS: tuple[Function, ...] = (
    Function("fill_zeros()", "img, how='mean', structure=None, iterations=1", _fill_zeros),
    Function("smooth_in()", "img, mask, sigma=None, fwhm=None, truncate=4.0", _smooth_in),
)
"""The rows of the function table that fill from what counts."""
