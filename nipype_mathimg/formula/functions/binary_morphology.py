"""Morphology of masks: what is not 0 is inside."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from nipype_mathimg.formula.functions.elementwise import apply
from nipype_mathimg.formula.functions.row import Arguments, Function
from nipype_mathimg.formula.functions.space import (
    Reach,
    Space,
    beside,
    filtered,
    neighbour_row,
    origins_of,
    reach_of,
    real_image,
    space_of,
)
from nipype_mathimg.formula.functions.structures import Cross, cells_of, nested
from nipype_mathimg.formula.graph.builder import Builder
from nipype_mathimg.formula.graph.op import Op
from nipype_mathimg.formula.graph.operands import Operand, Static
from nipype_mathimg.formula.kernels.window import Filter, MaskFilter
from nipype_mathimg.formula.types.numtype import BOOL
from nipype_mathimg.spec import Array

__all__ = ["ROWS"]

FRAMES = 8.0
"""Bytes a voxel of the mask in its frame, and of what is combined from it along three axes."""

LISTED = 12.0
"""Bytes a voxel of the lists in which SciPy keeps what changed from one iteration to the next:
three indices of 8 bytes for each, and in noise (which is the worst) half of the voxels change."""

FACES = Static(Cross(3))
"""SciPy's structure where none is given: a voxel and those that share a face with it."""


def _structure(build: Builder, args: Arguments, space: Space, name: str = "structure") -> Array:
    value = args[name] if args.given(name) else FACES
    repeated = "; to do it twice write `iterations=2`" if "iterations" in args else ""
    return np.asarray(cells_of(build, value, space, name, repeated) != 0)


def _with_mask(build: Builder, args: Arguments, op: Op) -> list[Op]:
    """Return the image, and the mask inside of which it may change."""
    if "mask" not in args or not args.given("mask"):
        return [op]
    mask = build.array(apply(build, "not_equal", args["mask"], Static(0)))
    return beside(build, op, mask, args["mask"], "mask", "image")


def _morphology(name: str, steps: int, build: Builder, args: Arguments) -> Operand:
    """Add an erosion or a dilation, or one after the other."""
    op = real_image(build, args["input"], f"ndimage.{name}")
    space = space_of(build, op, args["axes"], f"ndimage.{name}")
    cells = _structure(build, args, space)
    origins = origins_of(build, args, space, cells.shape)
    iterations = build.integer(args["iterations"], "iterations") if "iterations" in args else 0
    options: dict[str, Any] = {"structure": nested(cells), "origin": origins}
    if "iterations" in args:
        options["iterations"] = iterations
        options["brute_force"] = build.flag(args["brute_force"], "brute_force")
    if "border_value" in args:
        options["border_value"] = int(build.flag(args["border_value"], "border_value"))
    reach: Reach = [steps * iterations * n for n in reach_of(cells.shape, origins)]
    kind: type[Filter] = MaskFilter
    masks = FRAMES
    if iterations < 1:  # until nothing changes
        kind, masks = Filter, steps + LISTED
        reach = [None] * len(space.axes)
    return _added(build, kind, name, _with_mask(build, args, op), space, options, reach, masks)


def _added(
    build: Builder,
    kind: type[Filter],
    name: str,
    ops: list[Op],
    space: Space,
    options: dict[str, Any],
    reach: Reach,
    masks: float,
) -> Op:
    second = "mask" if len(ops) > 1 else ""
    kernel = kind(
        f"ndimage.{name}", tuple(options.items()), space.axes, np.dtype(bool), second=second
    )
    return filtered(build, kernel, ops, BOOL, reach, masks / ops[0].spec.dtype.itemsize)


def _hit_or_miss(build: Builder, args: Arguments) -> Operand:
    name = "binary_hit_or_miss"
    op = real_image(build, args["input"], f"ndimage.{name}")
    space = space_of(build, op, args["axes"], f"ndimage.{name}")
    hit = _structure(build, args, space, "structure1")
    given = args.given("structure2")
    miss = _structure(build, args, space, "structure2") if given else ~hit
    first = origins_of(build, args, space, hit.shape, "origin1")
    second = first
    if args.given("origin2"):
        second = origins_of(build, args, space, miss.shape, "origin2")
    options = {
        "structure1": nested(hit), "structure2": nested(miss),
        "origin1": first, "origin2": second,
    }  # fmt: skip
    pairs = zip(reach_of(hit.shape, first), reach_of(miss.shape, second), strict=True)
    return _added(build, Filter, name, [op], space, options, [max(pair) for pair in pairs], 1.0)


_STEPS = (
    "iterations=1, mask=None, output=None, border_value=0, origin=0, brute_force=False, axes=None"
)
_TWICE = (
    "iterations=1, output=None, origin=0, mask=None, border_value=0, brute_force=False, axes=None"
)

ROWS: tuple[Function, ...] = (
    *(
        neighbour_row(name, f"input, structure=None, {_STEPS}", partial(_morphology, name, 1))
        for name in ("binary_erosion", "binary_dilation")
    ),
    *(
        neighbour_row(name, f"input, structure=None, {_TWICE}", partial(_morphology, name, 2))
        for name in ("binary_opening", "binary_closing")
    ),
    neighbour_row(
        "binary_propagation",
        "input, structure=None, mask=None, output=None, border_value=0, origin=0, axes=None",
        partial(_morphology, "binary_propagation", 1),
    ),
    neighbour_row(
        "binary_fill_holes",
        "input, structure=None, output=None, origin=0, axes=None",
        partial(_morphology, "binary_fill_holes", 3),
    ),
    neighbour_row(
        "binary_hit_or_miss",
        "input, structure1=None, structure2=None, output=None, origin1=0, origin2=None, axes=None",
        _hit_or_miss,
    ),
)
"""The rows of the function table for the morphology of masks."""
