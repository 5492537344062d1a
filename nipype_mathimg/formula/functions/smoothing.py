"""Weighted sums of neighbours: smoothing, derivatives, any weights."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

from nipype_mathimg.formula.functions.row import Arguments, Function
from nipype_mathimg.formula.functions.space import (
    Space,
    filtered,
    neighbour_row,
    origins_of,
    reach_of,
    reach_with,
    real_image,
    space_of,
)
from nipype_mathimg.formula.functions.structures import cells_of, nested
from nipype_mathimg.formula.graph.builder import Lowering
from nipype_mathimg.formula.graph.op import Op
from nipype_mathimg.formula.graph.operands import Value
from nipype_mathimg.formula.kernels.window import Filter
from nipype_mathimg.formula.types.numtype import NumType, inexact

__all__ = ["ROWS"]

FWHM = math.sqrt(8 * math.log(2))
"""Full width of a Gaussian at half of its maximum, in standard deviations."""

NO_WIDTH = 1e-15
"""SciPy does not smooth along an axis whose sigma is not larger."""


def _operand(low: Lowering, args: Arguments, name: str) -> tuple[Op, Space]:
    op = real_image(low, args["input"], f"ndimage.{name}")
    return op, space_of(low, op, args["axes"], f"ndimage.{name}")


def _weighted(
    low: Lowering,
    name: str,
    op: Op,
    space: Space,
    args: Arguments,
    options: dict[str, Any],
    far: tuple[int, ...],
    *,
    hidden: float = 0.0,
    recursive: bool = False,
) -> Op:
    """Add a filter that computes in float64 and gives floats: for integers float64 ones."""
    number = NumType(inexact([op.type]))
    modes = space.borders(low, args)
    one_mode = modes[0] if len(set(modes)) == 1 else modes
    given = {**options, "mode": one_mode, "cval": low.number(args["cval"], "cval")}
    kernel = Filter(f"ndimage.{name}", tuple(given.items()), space.axes, number.dtype)
    reach = [None] * len(far) if recursive else reach_with(modes, far)
    return filtered(low, kernel, [op], number, reach, hidden)


def _sigmas(low: Lowering, args: Arguments, space: Space, name: str) -> tuple[float, ...]:
    if args.given("sigma") == args.given("fwhm"):
        raise low.fail(
            f"ndimage.{name} takes either `sigma` or `fwhm`, in voxels or in mm, as in "
            f"`ndimage.{name}(img, fwhm=6*mm)`"
        )
    which = "sigma" if args.given("sigma") else "fwhm"
    widths = space.voxels(low, args[which], which)
    if not all(math.isfinite(width) and width >= 0 for width in widths):
        raise low.wrong(args[which], f"{which} has to be 0 or more")
    return widths if which == "sigma" else tuple(width / FWHM for width in widths)


def _radius(sigma: float, truncate: float) -> int:
    return int(truncate * sigma + 0.5) if sigma > NO_WIDTH else 0


def _gaussian(low: Lowering, args: Arguments) -> Value:
    op, space = _operand(low, args, "gaussian_filter")
    sigmas = _sigmas(low, args, space, "gaussian_filter")
    orders = space.whole_numbers(low, args["order"], "order")
    truncate = _truncate(low, args)
    far = tuple(_radius(sigma, truncate) for sigma in sigmas)
    options: dict[str, Any] = {"sigma": sigmas, "order": orders, "truncate": truncate}
    if args.given("radius"):
        given = space.whole_numbers(low, args["radius"], "radius")
        options["radius"] = given
        far = tuple(n if s > NO_WIDTH else 0 for n, s in zip(given, sigmas, strict=True))
    if min(orders) < 0 or min(far) < 0:
        raise low.fail("ndimage.gaussian_filter: order, radius and truncate have to be 0 or more")
    return _weighted(low, "gaussian_filter", op, space, args, options, far)


def _truncate(low: Lowering, args: Arguments) -> float:
    truncate = low.number(args["truncate"], "truncate")
    if not (math.isfinite(truncate) and truncate >= 0):
        raise low.wrong(args["truncate"], "truncate has to be 0 or more standard deviations")
    return truncate


def _of_gaussians(name: str, hidden: float, low: Lowering, args: Arguments) -> Value:
    """Add a sum over derivatives of Gaussians along each axis."""
    op, space = _operand(low, args, name)
    sigmas = _sigmas(low, args, space, name)
    truncate = _truncate(low, args)
    far = tuple(_radius(sigma, truncate) for sigma in sigmas)
    options = {"sigma": sigmas, "truncate": truncate}
    return _weighted(low, name, op, space, args, options, far, hidden=hidden * _wider(op))


def _wider(op: Op) -> float:
    """Return how many bytes of the result there are for each byte of the operand."""
    return inexact([op.type]).itemsize / op.spec.dtype.itemsize


def _laplace(low: Lowering, args: Arguments) -> Value:
    op, space = _operand(low, args, "laplace")
    far = (1,) * len(space.axes)
    return _weighted(low, "laplace", op, space, args, {}, far, hidden=_wider(op))


def _edges(name: str, low: Lowering, args: Arguments) -> Value:
    """Add a derivative along one axis that is smoothed along the others."""
    op, space = _operand(low, args, name)
    axis = low.axis(args["axis"], len(space.axes))
    far = (1,) * len(space.axes)
    return _weighted(low, name, op, space, args, {"axis": axis}, far)


def _uniform(low: Lowering, args: Arguments) -> Value:
    op, space = _operand(low, args, "uniform_filter")
    sizes = space.widths(low, args["size"], "size")
    origins = origins_of(low, args, space, sizes)
    options = {"size": sizes, "origin": origins}
    # A running sum: what it gives depends on where it began.
    return _weighted(low, "uniform_filter", op, space, args, options, sizes, recursive=True)


def _any_weights(name: str, low: Lowering, args: Arguments) -> Value:
    op, space = _operand(low, args, name)
    value = args["weights"]
    weights = cells_of(low, value, space, "weights").astype(float)
    origins = origins_of(low, args, space, weights.shape)
    options = {"weights": nested(weights), "origin": origins}
    modes = space.borders(low, args)
    if len(set(modes)) > 1:
        raise low.wrong(args["mode"], f"ndimage.{name} takes one mode for all axes")
    far = reach_of(weights.shape, origins)
    return _weighted(low, name, op, space, args, options, far)


_BORDER = "output=None, mode='reflect', cval=0.0"

ROWS: tuple[Function, ...] = (
    neighbour_row(
        "gaussian_filter",
        f"input, sigma=None, order=0, {_BORDER}, truncate=4.0, radius=None, axes=None, fwhm=None",
        _gaussian,
    ),
    *(
        neighbour_row(
            name,
            f"input, sigma=None, {_BORDER}, truncate=4.0, axes=None, fwhm=None",
            partial(_of_gaussians, name, hidden),
        )
        for name, hidden in (("gaussian_gradient_magnitude", 1.0), ("gaussian_laplace", 1.0))
    ),
    neighbour_row("laplace", f"input, {_BORDER}, axes=None", _laplace),
    *(
        neighbour_row(name, f"input, axis=-1, {_BORDER}, axes=None", partial(_edges, name))
        for name in ("sobel", "prewitt")
    ),
    neighbour_row("uniform_filter", f"input, size=3, {_BORDER}, origin=0, axes=None", _uniform),
    *(
        neighbour_row(
            name, f"input, weights, {_BORDER}, origin=0, axes=None", partial(_any_weights, name)
        )
        for name in ("correlate", "convolve")
    ),
)
"""The rows of the function table that are weighted sums of neighbours."""
