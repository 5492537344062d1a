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
from nipype_mathimg.formula.functions.structures import ROUNDING, cells_of, nested
from nipype_mathimg.formula.graph.builder import Builder
from nipype_mathimg.formula.graph.op import Op
from nipype_mathimg.formula.graph.operands import Operand, is_number
from nipype_mathimg.formula.kernels.window import Filter
from nipype_mathimg.formula.types.numtype import NumType, inexact

__all__ = ["ROWS", "sigmas_of"]

FWHM = math.sqrt(8 * math.log(2))
"""Full width of a Gaussian at half of its maximum, in standard deviations."""

NO_WIDTH = 1e-15
"""SciPy does not smooth along an axis whose sigma is not larger."""


def _operand(build: Builder, args: Arguments, name: str) -> tuple[Op, Space]:
    op = real_image(build, args["input"], f"ndimage.{name}")
    return op, space_of(build, op, args["axes"], f"ndimage.{name}")


def _weighted(
    build: Builder,
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
    modes = space.borders(build, args)
    one_mode = modes[0] if len(set(modes)) == 1 else modes
    given = {**options, "mode": one_mode, "cval": build.number(args["cval"], "cval")}
    kernel = Filter(f"ndimage.{name}", tuple(given.items()), space.axes, number.dtype)
    reach = [None] * len(far) if recursive else reach_with(modes, far)
    return filtered(build, kernel, [op], number, reach, hidden)


def sigmas_of(build: Builder, args: Arguments, space: Space, what: str) -> tuple[float, ...]:
    """Return standard deviations in voxels, from `sigma` or from `fwhm`."""
    if args.given("sigma") == args.given("fwhm"):
        raise build.fail(
            f"{what} takes either `sigma` or `fwhm`, in voxels or in mm, as in "
            f"`{what}(img, fwhm=6*mm)`"
        )
    which = "sigma" if args.given("sigma") else "fwhm"
    widths = space.voxels(build, args[which], which)
    if not all(math.isfinite(width) and width >= 0 for width in widths):
        raise build.wrong(args[which], f"{which} has to be a finite number, 0 or more")
    if which == "sigma":
        return widths
    _note_voxels(build, args["fwhm"], space)
    return tuple(width / FWHM for width in widths)


def _note_voxels(build: Builder, value: Operand, space: Space) -> None:
    """Note how wide a number of voxels is in mm: elsewhere a plain number is mm.

    A list says of itself that it is in voxels: it has one number for each axis.
    """
    sizes = [axis.spacing for axis in space.origins if axis.is_space]
    if not is_number(value) or all(n is None or abs(n - 1) <= ROUNDING for n in sizes):
        return
    number = build.number(value, "fwhm")
    wide = {axis.source: number * (axis.spacing or math.nan) for axis in space.origins}
    widths = ", ".join(f"{mm:.4g} mm along {source}" for source, mm in wide.items())
    if number > 0 and all(map(math.isfinite, wide.values())):
        build.note(
            "fwhm",
            f"fwhm={number:g} is {number:g} voxels, here {widths}; write fwhm={number:g}*mm for "
            "millimetres",
        )


def _radius(sigma: float, truncate: float) -> int:
    # As SciPy has it: the halo must not be a voxel shorter than its window.
    return int(truncate * sigma + 0.5) if sigma > NO_WIDTH else 0


def _gaussian(build: Builder, args: Arguments) -> Operand:
    op, space = _operand(build, args, "gaussian_filter")
    sigmas = sigmas_of(build, args, space, "ndimage.gaussian_filter")
    orders = space.whole_numbers(build, args["order"], "order")
    truncate = _truncate(build, args)
    far = tuple(_radius(sigma, truncate) for sigma in sigmas)
    options: dict[str, Any] = {"sigma": sigmas, "order": orders, "truncate": truncate}
    if args.given("radius"):
        given = space.whole_numbers(build, args["radius"], "radius")
        options["radius"] = given
        far = tuple(n if s > NO_WIDTH else 0 for n, s in zip(given, sigmas, strict=True))
    if min(orders) < 0 or min(far) < 0:
        raise build.fail(
            "ndimage.gaussian_filter: order, radius and truncate have to be 0 or more"
        )
    return _weighted(build, "gaussian_filter", op, space, args, options, far)


def _truncate(build: Builder, args: Arguments) -> float:
    truncate = build.number(args["truncate"], "truncate")
    if not (math.isfinite(truncate) and truncate >= 0):
        raise build.wrong(
            args["truncate"],
            "truncate has to be a finite number of standard deviations, 0 or more",
        )
    return truncate


def _of_gaussians(name: str, hidden: float, build: Builder, args: Arguments) -> Operand:
    """Add a sum over derivatives of Gaussians along each axis."""
    op, space = _operand(build, args, name)
    sigmas = sigmas_of(build, args, space, f"ndimage.{name}")
    truncate = _truncate(build, args)
    far = tuple(_radius(sigma, truncate) for sigma in sigmas)
    options = {"sigma": sigmas, "truncate": truncate}
    return _weighted(build, name, op, space, args, options, far, hidden=hidden * _wider(op))


def _wider(op: Op) -> float:
    """Return how many bytes of the result there are for each byte of the operand."""
    return inexact([op.type]).itemsize / op.spec.dtype.itemsize


def _laplace(build: Builder, args: Arguments) -> Operand:
    op, space = _operand(build, args, "laplace")
    far = (1,) * len(space.axes)
    return _weighted(build, "laplace", op, space, args, {}, far, hidden=_wider(op))


def _edges(name: str, build: Builder, args: Arguments) -> Operand:
    """Add a derivative along one axis that is smoothed along the others."""
    op, space = _operand(build, args, name)
    axis = build.axis(args["axis"], len(space.axes))
    far = (1,) * len(space.axes)
    return _weighted(build, name, op, space, args, {"axis": axis}, far)


def _uniform(build: Builder, args: Arguments) -> Operand:
    op, space = _operand(build, args, "uniform_filter")
    sizes = space.widths(build, args["size"], "size")
    origins = origins_of(build, args, space, sizes)
    options = {"size": sizes, "origin": origins}
    # A running sum: what it gives depends on where it began.
    return _weighted(build, "uniform_filter", op, space, args, options, sizes, recursive=True)


def _any_weights(name: str, build: Builder, args: Arguments) -> Operand:
    op, space = _operand(build, args, name)
    value = args["weights"]
    weights = cells_of(build, value, space, "weights").astype(float)
    origins = origins_of(build, args, space, weights.shape)
    options = {"weights": nested(weights), "origin": origins}
    modes = space.borders(build, args)
    if len(set(modes)) > 1:
        raise build.wrong(args["mode"], f"ndimage.{name} takes one mode for all axes")
    far = reach_of(weights.shape, origins)
    return _weighted(build, name, op, space, args, options, far)


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
