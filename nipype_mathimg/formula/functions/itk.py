"""Filters of ITK that SciPy has otherwise or not at all, of ANTs and c3d.

``itk_gaussian(img, sigma=3*mm)`` is ``c3d img -smooth 3mm`` and ``ImageMath 3 out G img 3``. A
sampled Gaussian is narrower than it should be where sigma is less than a voxel; ITK takes the
kernel that diffuses exactly (T. Lindeberg, "Scale-space for discrete signals", IEEE PAMI 12,
1990, 234), cut where it holds all but 1 % of its sum. Along each axis, with a variance in voxels::

    weights = special.ive(np.arange(n), variance)
    ndimage.correlate1d(img, np.concatenate([weights[:0:-1], weights]), axis, mode="nearest")

``itk_recursive_gaussian(img, sigma=3*mm)`` is ``c3d img -smooth-fast 3mm``: nearly a Gaussian (to
0.3 % of its peak), in a time that does not depend on its width, see `kernels.recursive_gaussian`.
A NaN spreads over the volume. ``order`` is as of SciPy's `gaussian_filter`, for each axis 0, 1 or
2, and derivatives are per voxel: ITK's are these divided by ``img.zooms``, once for each.
``hessian(img, sigma=2*mm)`` has all second derivatives, per mm squared: a matrix for each voxel,
with ``np.linalg.eigvalsh(hessian(img, 3*mm))`` as ``c3d img -hesseig 3``.

``anisotropic_diffusion(img, 1.5, 10)`` is ``c3d img -anisotropic-diffusion 1.5 10``, and with
``time_step=0.025`` ``ImageMath 3 out PeronaMalik img 10 1.5``.

``inpaint(img, hole, sigma=2*mm)`` fills a hole by what flows in from around it: after each
`itk_gaussian` all that is outside of the hole is put back (``ImageMath 3 out PoissonDiffusion``).
"""

from __future__ import annotations

import math
from itertools import combinations_with_replacement
from typing import TYPE_CHECKING

from nipype_mathimg.formula.functions.elementwise import apply
from nipype_mathimg.formula.functions.row import Arguments, Function
from nipype_mathimg.formula.functions.smoothing import sigmas_of
from nipype_mathimg.formula.functions.space import (
    Space,
    beside,
    filtered,
    real_image,
    space_of,
    zooms_of,
)
from nipype_mathimg.formula.graph.builder import Builder
from nipype_mathimg.formula.graph.op import Op
from nipype_mathimg.formula.graph.operands import Operand, Static
from nipype_mathimg.formula.kernels.recursive_gaussian import MOST_ORDER
from nipype_mathimg.formula.kernels.window import OwnFilter
from nipype_mathimg.formula.types.numtype import NumType, inexact

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["ROWS"]

ERROR, WIDTH = 0.01, 32
"""What a kernel may leave out of its sum, and its weights on a side, where none are given."""


def _gaussian(build: Builder, args: Arguments) -> Operand:
    op = real_image(build, args["img"], "itk_gaussian")
    space = space_of(build, op, args["axes"], "itk_gaussian")
    sigmas = sigmas_of(build, args, space, "itk_gaussian")
    error = build.number(args["maximum_error"], "maximum_error")
    if not 0 < error < 1:
        raise build.wrong(args["maximum_error"], "maximum_error has to lie between 0 and 1")
    width = build.count(args["maximum_kernel_width"], "maximum_kernel_width")
    weights = tuple(_weights(sigma**2, 1 - error, width) for sigma in sigmas)
    number = NumType(inexact([op.type]))
    kernel = OwnFilter("separable", (("lines", weights),), space.axes, number.dtype)
    reach = [len(one) // 2 for one in weights]
    # Two volumes of float64, between which the axes alternate.
    return filtered(build, kernel, [op], number, reach, 2 * 8 / op.spec.dtype.itemsize)


def _weights(variance: float, share: float, width: int) -> Sequence[float]:
    """Return the weights of ITK's GaussianOperator along one axis.

    Parameters
    ----------
    variance : float
        In voxels.
    share : float
        It grows until it holds so much of the sum of all.
    width : int
        It does not grow beyond so many weights on a side.
    """
    # Only formulas that use it wait for SciPy.
    from nipype_mathimg.formula.kernels.scipy_modules import special

    half = [float(special.ive(0, variance)), float(special.ive(1, variance))]
    while half[0] + 2 * math.fsum(half[1:]) < share and len(half) <= width:
        weight = float(special.ive(len(half), variance))
        half.append(weight)
        if weight <= 0:
            break
    total = half[0] + 2 * math.fsum(half[1:])
    return tuple(weight / total for weight in (*half[:0:-1], *half))


INPAINT_BYTES = 40.0
"""Bytes a voxel of the image, of two volumes between which the axes alternate, all of float64, and
of masks."""


def _inpaint(build: Builder, args: Arguments) -> Operand:
    op = real_image(build, args["img"], "inpaint")
    space = space_of(build, op, Static(None), "inpaint")
    sigmas = sigmas_of(build, args, space, "inpaint")
    iterations = build.count(args["iterations"], "iterations")
    mask = build.array(apply(build, "not_equal", args["mask"], Static(0)))
    pair = beside(build, op, mask, args["mask"], "mask", "image")
    weights = tuple(_weights(sigma**2, 1 - ERROR, WIDTH) for sigma in sigmas)
    options = (("lines", weights), ("iterations", iterations))
    number = NumType(inexact([op.type]))
    kernel = OwnFilter("inpaint", options, space.axes, number.dtype, second="mask")
    # What flows in may come from anywhere.
    reach = [None] * len(space.axes)
    width = max(one.spec.dtype.itemsize for one in pair)
    return filtered(build, kernel, pair, number, reach, INPAINT_BYTES / width)


RECURSION_BYTES = 32.0
"""Bytes a voxel of a volume and of what is filtered from each end, all of float64."""


def _recursive(build: Builder, args: Arguments) -> Operand:
    name = "itk_recursive_gaussian"
    op = real_image(build, args["img"], name)
    space = space_of(build, op, args["axes"], name)
    sigmas = sigmas_of(build, args, space, name)
    orders = space.whole_numbers(build, args["order"], "order")
    for sigma, order in zip(sigmas, orders, strict=True):
        if not 0 <= order <= MOST_ORDER:
            raise build.wrong(args["order"], f"{name}: order has to be 0, 1 or {MOST_ORDER}")
        if order and not sigma:
            raise build.fail(f"{name}: a derivative needs a sigma above 0 along its axis")
    return _recursion(build, op, space, sigmas, orders)


def _recursion(
    build: Builder, op: Op, space: Space, sigmas: tuple[float, ...], orders: tuple[int, ...]
) -> Op:
    number = NumType(inexact([op.type]))
    options = (("sigma", sigmas), ("order", orders))
    kernel = OwnFilter("recursive_gaussian", options, space.axes, number.dtype)
    hidden = RECURSION_BYTES / op.spec.dtype.itemsize
    # It goes from end to end.
    reach = [None if sigma else 0 for sigma in sigmas]
    return filtered(build, kernel, [op], number, reach, hidden)


def _hessian(build: Builder, args: Arguments) -> Operand:
    op = real_image(build, args["img"], "hessian")
    space = space_of(build, op, Static(None), "hessian")
    sigmas = sigmas_of(build, args, space, "hessian")
    if not all(sigmas):
        raise build.fail("hessian: sigma has to be above 0")
    zooms = zooms_of(build, op)
    count = len(space.axes)
    found = {}
    for i, j in combinations_with_replacement(range(count), 2):
        orders = tuple(int(k == i) + int(k == j) for k in range(count))
        curve = _recursion(build, op, space, sigmas, orders)
        area = Static(zooms[i] * zooms[j])
        found[i, j] = found[j, i] = build.array(apply(build, "divide", curve, area))
    rows = (build.stacked([found[i, j] for j in range(count)], op.ndim) for i in range(count))
    return build.stacked(list(rows), op.ndim)


DIFFUSION_BYTES = 88.0
"""Bytes a voxel of the values, slopes, fluxes and what is between them, all of float64."""


def _diffusion(build: Builder, args: Arguments) -> Operand:
    op = real_image(build, args["img"], "anisotropic_diffusion")
    space = space_of(build, op, Static(None), "anisotropic_diffusion")
    iterations = build.count(args["iterations"], "iterations")
    options = {
        "zooms": zooms_of(build, op),
        "conductance": build.number(args["conductance"], "conductance"),
        "iterations": iterations,
        "time_step": build.number(args["time_step"], "time_step"),
    }
    number = NumType(inexact([op.type]))
    kernel = OwnFilter("anisotropic_diffusion", tuple(options.items()), space.axes, number.dtype)
    hidden = DIFFUSION_BYTES / op.spec.dtype.itemsize
    return filtered(build, kernel, [op], number, [None] * len(space.axes), hidden)


ROWS: tuple[Function, ...] = (
    Function(
        "anisotropic_diffusion()",
        "img, conductance=1, iterations=5, time_step=0.0125",
        _diffusion,
    ),
    Function("hessian()", "img, sigma=None, fwhm=None", _hessian),
    Function(
        "itk_recursive_gaussian()",
        "img, sigma=None, fwhm=None, order=0, axes=None",
        _recursive,
    ),
    Function("inpaint()", "img, mask, sigma=None, fwhm=None, iterations=100", _inpaint),
    Function(
        "itk_gaussian()",
        "img, sigma=None, fwhm=None, maximum_error=0.01, maximum_kernel_width=32, axes=None",
        _gaussian,
    ),
)
"""The rows of the function table for filters of ITK."""
