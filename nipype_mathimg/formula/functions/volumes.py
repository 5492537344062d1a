"""Functions that need a whole volume: components, distances; and shifts by whole voxels."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from nipype_mathimg.formula.functions import reductions
from nipype_mathimg.formula.functions.index import METRICS
from nipype_mathimg.formula.functions.row import Arguments, Function
from nipype_mathimg.formula.functions.space import (
    Space,
    filtered,
    neighbour_row,
    reach_with,
    real_image,
    space_of,
    with_border,
)
from nipype_mathimg.formula.functions.structures import cells_of, nested
from nipype_mathimg.formula.graph.builder import Builder
from nipype_mathimg.formula.graph.op import Op
from nipype_mathimg.formula.graph.operands import Operand, Static, Values
from nipype_mathimg.formula.kernels.window import DistanceFilter, Filter
from nipype_mathimg.formula.types.numtype import NumType
from nipype_mathimg.spec import Array

__all__ = ["ROWS", "three_wide"]

EDT_BYTES = 60.0
"""Bytes that SciPy takes for each voxel of a map of distances: indices of the nearest voxel along
three axes (int32), their differences as int32 and as float64, and the map."""


def _operand(build: Builder, args: Arguments, name: str) -> tuple[Op, Space]:
    op = real_image(build, args["input"], f"ndimage.{name}")
    return op, space_of(build, op, Static(None), f"ndimage.{name}")


def _on_volumes(
    build: Builder,
    kernel: Filter,
    op: Op,
    number: NumType,
    voxel_bytes: float,
) -> Op:
    """Add a function that needs a volume from end to end."""
    reach = [None] * len(kernel.axes)
    return filtered(build, kernel, [op], number, reach, voxel_bytes / op.spec.dtype.itemsize)


def three_wide(build: Builder, value: Operand, space: Space, what: str) -> Array:
    """Return a structure that reaches one voxel to each side, alike on both."""
    cells = cells_of(build, value, space, what)
    if set(cells.shape) != {3} or not np.array_equal(cells, np.flip(cells)):
        raise build.wrong(
            value,
            f"{what} has to be 3 voxels wide along each axis and alike on both sides, as `box(3)`",
        )
    return cells


def _label(build: Builder, args: Arguments) -> Operand:
    """Return the labels, and their number, as SciPy does."""
    op, space = _operand(build, args, "label")
    options: dict[str, Any] = {}
    if args.given("structure"):
        options["structure"] = nested(
            three_wide(build, args["structure"], space, "structure") != 0
        )
    voxels = math.prod(op.shape[k] for k in space.axes)
    number = NumType(np.dtype(np.int32), (0, min(voxels, 2**31 - 1)))
    # SciPy numbers components along the memory of the result, which it makes in C order.
    kernel = Filter("ndimage.label", tuple(options.items()), space.axes, number.dtype, order="C")
    labels = _on_volumes(build, kernel, op, number, 4.0)
    largest = next(row for row in reductions.ROWS if row.name == "max")
    over = Values(tuple(Static(k) for k in space.axes))
    count = largest(build, (labels,), (("axis", over),))
    return Values((labels, count), "ndimage.label")


def _only_distances(build: Builder, args: Arguments, name: str) -> None:
    given = [key for key in ("distances", "indices") if args.given(key)]
    if given or build.flag(args["return_indices"], "return_indices"):
        raise build.fail(f"ndimage.{name} returns distances here, and no indices")
    if not build.flag(args["return_distances"], "return_distances"):
        raise build.fail(f"ndimage.{name} returns distances; leave `return_distances` out")


def _edt(build: Builder, args: Arguments) -> Operand:
    name = "distance_transform_edt"
    _only_distances(build, args, name)
    op, space = _operand(build, args, name)
    options: dict[str, Any] = {}
    if args.given("sampling"):
        options["sampling"] = space.each(
            build, args["sampling"], "sampling", lambda item, axis: build.number(item, "sampling")
        )
    number = NumType(np.dtype(float))
    kernel = DistanceFilter(
        f"ndimage.{name}", tuple(options.items()), space.axes, number.dtype, output="distances"
    )
    return _on_volumes(build, kernel, op, number, EDT_BYTES)


def _cdt(build: Builder, args: Arguments) -> Operand:
    name = "distance_transform_cdt"
    _only_distances(build, args, name)
    op, space = _operand(build, args, name)
    options: dict[str, Any]
    metric = args["metric"]
    if isinstance(metric, Static) and isinstance(metric.value, str):
        options = {"metric": build.word(metric, "metric", METRICS)}
    else:
        cells = cells_of(build, metric, space, "metric")
        if set(cells.shape) != {3}:
            raise build.wrong(metric, "metric has to be 3 voxels wide along each axis")
        options = {"metric": nested(cells)}
    # -1 where there is nothing to be away from.
    number = NumType(np.dtype(np.int32), (-1, sum(op.shape[k] for k in space.axes)))
    kernel = Filter(
        f"ndimage.{name}", tuple(options.items()), space.axes, number.dtype, output="distances"
    )
    return _on_volumes(build, kernel, op, number, 12.0)


SHIFT_BORDERS = ("constant", "nearest", "mirror", "reflect", "grid-wrap", "grid-constant")
"""Modes that go on voxel by voxel; SciPy's "wrap" leaves one out."""


def _shift(build: Builder, args: Arguments) -> Operand:
    op, space = _operand(build, args, "shift")
    steps = space.each(
        build, args["shift"], "shift", lambda item, axis: build.number(item, "shift")
    )
    if not all(step.is_integer() for step in steps):
        raise build.wrong(
            args["shift"],
            "ndimage.shift moves by whole voxels here: fractions would need an interpolation, "
            "which is the work of a registration tool",
        )
    mode = build.word(args["mode"], "mode", SHIFT_BORDERS)
    cval = build.number(args["cval"], "cval")
    number = with_border(op.type, [mode], cval)
    # Without a spline: at whole voxels it passes through the values, but for rounding.
    options = {"shift": steps, "order": 0, "mode": mode, "cval": cval}
    kernel = Filter("ndimage.shift", tuple(options.items()), space.axes, number.dtype)
    far = [abs(int(step)) for step in steps]
    return filtered(build, kernel, [op], number, reach_with([mode] * len(far), far), 0.0)


_RETURNS = "return_distances=True, return_indices=False, distances=None, indices=None"

ROWS: tuple[Function, ...] = (
    neighbour_row("label", "input, structure=None, output=None", _label),
    neighbour_row("distance_transform_edt", f"input, sampling=None, {_RETURNS}", _edt),
    neighbour_row("distance_transform_cdt", f"input, metric='chessboard', {_RETURNS}", _cdt),
    neighbour_row(
        "shift",
        "input, shift, output=None, order=3, mode='constant', cval=0.0, prefilter=True",
        _shift,
    ),
)
"""The rows of the function table that need a whole volume, or move it."""
