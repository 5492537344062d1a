"""One segmentation of those of several raters, or of several atlases.

``staple(np.stack([first, second, third]), axis=0)`` is the probability that a voxel is inside,
where each rater counts by how well he agrees with the estimate itself: SimpleITK's
``STAPLE([first, second, third])``, ``c3d first second third -staple 1``.
"""

from __future__ import annotations

import numpy as np

from nipype_mathimg.formula.functions import counts
from nipype_mathimg.formula.functions.elementwise import apply
from nipype_mathimg.formula.functions.parametrised import converted
from nipype_mathimg.formula.functions.row import Arguments, Function
from nipype_mathimg.formula.functions.space import real_image
from nipype_mathimg.formula.graph.builder import Builder
from nipype_mathimg.formula.graph.op import Op
from nipype_mathimg.formula.graph.operands import Masked, Operand, Static
from nipype_mathimg.formula.kernels.kernel import Table
from nipype_mathimg.formula.kernels.spread import Spread
from nipype_mathimg.formula.kernels.staple import Staple
from nipype_mathimg.formula.types.regions import FULL, Follow
from nipype_mathimg.spec import ArraySpec, Axis

__all__ = ["ROWS"]

MOST_RATERS = 16
"""Each voxel has one of two to this power sets of votes, which are all in a table."""


def _staple(build: Builder, args: Arguments) -> Operand:
    op = real_image(build, args["masks"], "staple")
    axis = build.axis(args["axis"], op.ndim, "axis")
    raters = op.shape[axis]
    if not 2 <= raters <= MOST_RATERS:
        raise build.wrong(
            args["masks"],
            f"staple takes the masks of 2 to {MOST_RATERS} raters along `axis`, and there are "
            f"{raters}; stack them, as in `staple(np.stack([a, b, c]), axis=0)`",
        )
    confidence = build.number(args["confidence"], "confidence")
    if not 0 < confidence <= 1:
        raise build.wrong(args["confidence"], "confidence has to lie above 0, and not above 1")
    iterations = 0
    if args.given("iterations"):
        iterations = build.count(args["iterations"], "iterations")
    code = _votes(build, op, axis, raters)
    count = next(row for row in counts.ROWS if row.name == "bincount")
    least = ("minlength", Static(1 << raters))
    number = build.array(count(build, [Masked(code, None, code.ndim)], [least]))
    spec = ArraySpec(number.shape, np.dtype(float), (Axis(),))
    kernel = Staple(raters, confidence, iterations)
    table = build.graph.add(kernel, spec, [number], [(FULL,)], build.span, whole=frozenset({0}))
    values = ArraySpec(code.shape, spec.dtype, code.spec.axes)
    maps = [(FULL,), tuple(map(Follow, range(code.ndim)))]
    lookup = Spread(Table.of(np.arange(1 << raters)))
    return build.graph.add(lookup, values, [table, code], maps, build.span)


def _votes(build: Builder, op: Op, axis: int, raters: int) -> Op:
    """Return a whole number for each voxel, with a bit for each rater who counts it as inside."""
    code: Operand = Static(0)
    for k in range(raters):
        each = build.without_axis(op, axis, k)
        inside = converted(build, apply(build, "not_equal", each, Static(0)), np.dtype(np.int32))
        code = apply(build, "add", code, apply(build, "multiply", inside, Static(1 << k)))
    return build.array(code)


ROWS: tuple[Function, ...] = (
    Function("staple()", "masks, axis=-1, confidence=1, iterations=None", _staple),
)
"""The rows of the function table that combine raters."""
