"""The order of neighbours: minimum, median, percentiles; grey morphology."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from nipype_mathimg.formula.functions.row import Arguments, Function
from nipype_mathimg.formula.functions.space import (
    Reach,
    Space,
    filtered,
    neighbour_row,
    origins_of,
    reach_of,
    reach_with,
    real_image,
    space_of,
    with_border,
)
from nipype_mathimg.formula.functions.structures import cells_of, nested
from nipype_mathimg.formula.graph.builder import Builder
from nipype_mathimg.formula.graph.op import Op
from nipype_mathimg.formula.graph.operands import Operand, Static, Structure
from nipype_mathimg.formula.kernels.window import Filter
from nipype_mathimg.formula.types import ranges
from nipype_mathimg.formula.types.numtype import NumType, inexact, integer_type
from nipype_mathimg.frozen import Frozen

__all__ = ["ROWS"]


class _Window(Frozen):
    """Which neighbours are looked at.

    Parameters
    ----------
    options : dict
        How SciPy is told.
    sizes : tuple of int
        Width along each axis.
    full : bool
        All voxels of the window neighbours alike: SciPy takes one axis after the other.
    heights : bool
        The structure is added to the values.
    neighbours : int
        How many.
    """

    options: dict[str, Any]
    sizes: tuple[int, ...]
    full: bool
    heights: bool
    neighbours: int


def _window(build: Builder, args: Arguments, space: Space, name: str) -> _Window:
    structure = args.get("structure", Static(None))
    footprint, heights = args["footprint"], None
    if isinstance(structure, Static) and isinstance(structure.value, Structure):
        footprint = structure  # a ball is a shape: it has no heights
    elif args.given_at("structure"):
        heights = cells_of(build, structure, space, "structure")
    given = footprint.value is not None if isinstance(footprint, Static) else True
    if (given and args.given("size")) or not (given or args.given("size") or heights is not None):
        raise build.fail(
            f"{name} takes a `size` or a `footprint`, in voxels or in mm, as in "
            "`size=3`, `size=7*mm` or `footprint=ball(4*mm)`"
        )
    options: dict[str, Any] = {}
    cells = np.ones(1, bool)
    if given:
        cells = cells_of(build, footprint, space, "footprint") != 0
        options["footprint"], sizes = nested(cells), cells.shape
    elif args.given("size"):
        sizes = space.widths(build, args["size"], "size")
        options["size"] = sizes
    if heights is not None:
        options["structure"], sizes = nested(heights.astype(float)), heights.shape
    full = bool(cells.all()) and heights is None
    neighbours = int(np.count_nonzero(cells)) if given else int(np.prod(sizes, dtype=object))
    return _Window(options, tuple(sizes), full, heights is not None, neighbours)


def _unchanged(number: NumType) -> NumType:
    return number


def _difference(number: NumType) -> NumType:
    if number.bounds is None:
        return number
    return integer_type(ranges.subtract(number.bounds, number.bounds), [number], checked=False)


def _ordered(
    name: str,
    steps: int,
    rule: Callable[[NumType], NumType],
    build: Builder,
    args: Arguments,
) -> Operand:
    """Add a filter that picks one of the neighbours, or a difference of two picks."""
    full_name = f"ndimage.{name}"
    op = real_image(build, args["input"], full_name)
    space = space_of(build, op, args["axes"], full_name)
    window = _window(build, args, space, full_name)
    options, extreme = _rank_options(build, args, window)
    modes = space.borders(build, args)
    if len(set(modes)) > 1 and not (window.full and extreme):
        raise build.wrong(args["mode"], f"{full_name} takes one mode for all axes here")
    cval = build.number(args["cval"], "cval")
    number = rule(with_border(op.type, modes, cval))
    if window.heights:
        number = NumType(inexact([op.type]))
    origins = origins_of(build, args, space, window.sizes)
    mode = modes[0] if len(set(modes)) == 1 else modes
    options = {**options, **window.options, "mode": mode, "cval": cval, "origin": origins}
    # What SciPy's fast ways make of NaN depends on all that came before it along the axis.
    fast = (window.full and extreme) or len(space.axes) == 1
    far: Reach = [steps * n for n in reach_of(window.sizes, origins)]
    reach = [None] * len(far) if fast and op.spec.bounds is None else reach_with(modes, far)
    return _added(build, name, op, space, options, number, reach, steps)


def _added(
    build: Builder,
    name: str,
    op: Op,
    space: Space,
    options: dict[str, Any],
    number: NumType,
    reach: Reach,
    steps: int,
) -> Op:
    computed = None if number.dtype == op.spec.dtype else number.dtype
    kernel = Filter(f"ndimage.{name}", tuple(options.items()), space.axes, number.dtype, computed)
    wider = number.dtype.itemsize / op.spec.dtype.itemsize
    return filtered(build, kernel, [op], number, reach, wider * (steps - 1 + bool(computed)))


def _rank_options(build: Builder, args: Arguments, window: _Window) -> tuple[dict[str, Any], bool]:
    """Return which neighbour is picked, and whether it is the first or the last."""
    if "rank" in args:
        rank = build.integer(args["rank"], "rank")
        if not -window.neighbours <= rank < window.neighbours:
            raise build.wrong(
                args["rank"], f"rank={rank} is outside of {window.neighbours} neighbours"
            )
        return {"rank": rank}, rank % window.neighbours in (0, window.neighbours - 1)
    if "percentile" in args:
        percentile = build.number(args["percentile"], "percentile")
        if not -100 <= percentile <= 100:
            raise build.wrong(args["percentile"], "percentile has to lie between 0 and 100")
        # As SciPy has it; beyond its last element there is none.
        place = int(window.neighbours * (percentile % 100 if percentile < 0 else percentile) / 100)
        return {"percentile": percentile}, place in (0, window.neighbours - 1, window.neighbours)
    if "extreme" in args:
        # A median is neighbour n // 2: of one or two the first or the last, for which SciPy takes
        # its fast way as for an extreme.
        return {}, window.neighbours < 3
    return {}, True


def _median(build: Builder, args: Arguments) -> Operand:
    return _ordered(
        "median_filter", 1, _unchanged, build, Arguments({**args, "extreme": Static(0)})
    )


_BORDER = "output=None, mode='reflect', cval=0.0, origin=0, axes=None"
_WINDOW = f"size=None, footprint=None, {_BORDER}"
_GREY = f"input, size=None, footprint=None, structure=None, {_BORDER}"

ROWS: tuple[Function, ...] = (
    *(
        neighbour_row(name, f"input, {_WINDOW}", partial(_ordered, name, 1, _unchanged))
        for name in ("minimum_filter", "maximum_filter")
    ),
    neighbour_row("median_filter", f"input, {_WINDOW}", _median),
    *(
        neighbour_row(
            f"{name}_filter", f"input, {name}, {_WINDOW}",
            partial(_ordered, f"{name}_filter", 1, _unchanged),
        )
        for name in ("rank", "percentile")
    ),
    *(
        neighbour_row(name, _GREY, partial(_ordered, name, 1, _unchanged))
        for name in ("grey_erosion", "grey_dilation")
    ),
    *(
        neighbour_row(name, _GREY, partial(_ordered, name, 2, _unchanged))
        for name in ("grey_opening", "grey_closing")
    ),
    neighbour_row(
        "morphological_gradient", _GREY,
        partial(_ordered, "morphological_gradient", 2, _difference),
    ),
    *(
        neighbour_row(name, _GREY, partial(_ordered, name, 3, _difference))
        for name in ("white_tophat", "black_tophat")
    ),
)  # fmt: skip
"""The rows of the function table that depend on the order of neighbours."""
