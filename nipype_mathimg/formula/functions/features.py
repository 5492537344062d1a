"""What stands out in an image: edges, and what looks like a tube or a sheet, as ITK finds them.

``itk_canny(img, 2*mm, 0.5, 1.5)`` is ``c3d img -canny 2mm 0.5 1.5``: the image is smoothed by
`itk_gaussian`; an edge is where its slope along itself is steepest, if that is above 0.5 and, in
what is connected with it through corners too, somewhere above 1.5. The slope is per voxel. ANTs'
``ImageMath 3 out Canny img 4 0.5 1.5`` takes a variance in mm squared. Beside a NaN is no edge.

``objectness(img, [1*mm, 2*mm])`` is Frangi's vesselness, at the scale where it is largest. With
`scales` of ``np.exp(np.linspace(np.log(1), np.log(4), 10))`` mm it is ``c3d img -hessobj 1 1 4``;
``dimension=0`` looks for blobs, 1 for tubes, 2 for sheets, ``bright=False`` for dark ones. With
the eigenvalues ``np.linalg.eigvalsh(hessian(img, s*mm)) * s**2`` in ascending order of their
sizes a, b, c, a tube has, where b and c are below 0::

    c * (1 - np.exp(-(b / c)**2 / (2 * alpha**2))) * np.exp(-a**2 / (b * c) / (2 * beta**2))
      * (1 - np.exp(-(a**2 + b**2 + c**2) / (2 * gamma**2)))

A NaN spreads over the volume.
"""

from __future__ import annotations

import math

from nipype_mathimg.formula.functions import itk
from nipype_mathimg.formula.functions.row import Arguments, Function
from nipype_mathimg.formula.functions.space import filtered, real_image, space_of, zooms_of
from nipype_mathimg.formula.graph.builder import Builder
from nipype_mathimg.formula.graph.operands import Length, Operand, Static, Values
from nipype_mathimg.formula.kernels.window import OwnFilter
from nipype_mathimg.formula.types.numtype import BOOL, NumType, inexact

__all__ = ["ROWS"]

EDGE_BYTES = 120.0
"""Bytes a voxel of slopes along three axes, of curvatures and of what is between them."""

RIDGE_BYTES = 104.0
"""Bytes a voxel of six second derivatives, of what they are made of, and of the best so far."""

_TABLE = {row.name: row for row in itk.ROWS}


def _canny(build: Builder, args: Arguments) -> Operand:
    image = real_image(build, args["img"], "itk_canny")
    smooth = build.array(_TABLE["itk_gaussian()"](build, [image, args["sigma"]]))
    space = space_of(build, smooth, Static(None), "itk_canny")
    low = build.number(args["low_threshold"], "low_threshold")
    high = build.number(args["high_threshold"], "high_threshold")
    if not 0 <= low <= high:
        raise build.wrong(
            args["low_threshold"],
            "itk_canny: low_threshold has to be 0 or more, and not above high_threshold",
        )
    options = (("low", low), ("high", high))
    kernel = OwnFilter("edges", options, space.axes, BOOL.dtype)
    hidden = EDGE_BYTES / smooth.spec.dtype.itemsize
    return filtered(build, kernel, [smooth], BOOL, [None] * len(space.axes), hidden)


def _objectness(build: Builder, args: Arguments) -> Operand:
    op = real_image(build, args["img"], "objectness")
    space = space_of(build, op, Static(None), "objectness")
    count = len(space.axes)
    dimension = build.integer(args["dimension"], "dimension")
    if not 0 <= dimension < count:
        raise build.wrong(
            args["dimension"],
            f"objectness: dimension has to lie between 0 and {count - 1}: of what is looked for, "
            f"in {count} dimensions",
        )
    weights = tuple(build.number(args[name], name) for name in ("alpha", "beta", "gamma"))
    if not min(weights) > 0:
        raise build.fail("objectness: alpha, beta and gamma have to be above 0")
    options = {
        "zooms": zooms_of(build, op),
        "scales": _scales(build, args["scales"]),
        "dimension": dimension,
        "bright": build.flag(args["bright"], "bright"),
        "weights": weights,
    }
    number = NumType(inexact([op.type]))
    kernel = OwnFilter("objectness", tuple(options.items()), space.axes, number.dtype)
    hidden = RIDGE_BYTES / op.spec.dtype.itemsize
    return filtered(build, kernel, [op], number, [None] * count, hidden)


def _scales(build: Builder, value: Operand) -> tuple[float, ...]:
    """Return the widths of Gaussians in mm."""
    items = value.items if isinstance(value, Values) else (value,)
    found = [
        item.value.mm
        for item in items
        if isinstance(item, Static) and isinstance(item.value, Length)
    ]
    if not found or len(found) < len(items) or not all(0 < mm < math.inf for mm in found):
        raise build.wrong(
            value, "objectness: scales are lengths above 0, as in `2*mm` or `[1*mm, 2*mm]`"
        )
    return tuple(found)


ROWS: tuple[Function, ...] = (
    Function("itk_canny()", "img, sigma, low_threshold, high_threshold", _canny),
    Function(
        "objectness()",
        "img, scales, dimension=1, bright=True, alpha=0.5, beta=0.5, gamma=5.0",
        _objectness,
    ),
)
"""The rows of the function table that find what stands out."""
