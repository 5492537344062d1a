"""Places in the world: spheres, and mirror images.

``sphere((x, y, z), r*mm)`` stands for
``(img.x - x)**2 + (img.y - y)**2 + (img.z - z)**2 <= r**2``, and ``mirror(img, axis)`` for
``np.flip(img, axis)`` on the grid of the image, as ``fslswapdim`` without its header.
"""

from __future__ import annotations

from functools import reduce

from nipype_mathimg.formula.functions.elementwise import apply
from nipype_mathimg.formula.functions.row import Arguments, Function
from nipype_mathimg.formula.functions.structures import ROUNDING
from nipype_mathimg.formula.graph.attributes import position
from nipype_mathimg.formula.graph.builder import Builder
from nipype_mathimg.formula.graph.neighbours import neighbours_along
from nipype_mathimg.formula.graph.operands import Length, Operand, Static
from nipype_mathimg.spec import SPACE

__all__ = ["ROWS"]


def _sphere(build: Builder, args: Arguments) -> Operand:
    centre = build.reals_of(args["centre"], "The centre of a sphere").astype(float).tolist()
    if len(centre) != len(SPACE):
        raise build.wrong(
            args["centre"],
            "The centre of a sphere is a place in the world, in mm, as in "
            "`sphere((-42, 12, 8), 6*mm)`",
        )
    radius = args["r"].value if isinstance(args["r"], Static) else None
    if not isinstance(radius, Length) or radius.mm < 0:
        raise build.wrong(args["r"], "The radius of a sphere is a length, as in `6*mm`")
    if build.grid is None:
        raise build.fail("A sphere needs a grid: use an image with x, y and z in the formula")
    squares = []
    for name, middle in zip(SPACE, centre, strict=True):
        away = apply(build, "subtract", position(build, build.grid, name), Static(middle))
        squares.append(apply(build, "square", away))
    distance = reduce(lambda one, other: apply(build, "add", one, other), squares)
    # An affine has 24 bits: a voxel on the sphere itself must not depend on them.
    largest = (radius.mm * (1 + ROUNDING)) ** 2
    return apply(build, "less_equal", distance, Static(largest))


def _mirror(build: Builder, args: Arguments) -> Operand:
    op = build.array(args["img"])
    axis = neighbours_along(build, op, build.axis(args["axis"], op.ndim), "mirror")
    layout = [(k, 0, 1, n) for k, n in enumerate(op.shape)]
    length = op.shape[axis]
    layout[axis] = (axis, length - 1, -1, length)
    # The axes stay: a mirror image lies where the image does.
    return build.graph.view(op, layout, {}, op.spec.axes, build.span)


ROWS: tuple[Function, ...] = (
    Function("sphere()", "centre, r", _sphere),
    Function("mirror()", "img, axis=0", _mirror),
)
"""The rows of the function table for places in the world."""
