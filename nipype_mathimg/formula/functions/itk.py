"""Filters of ITK that SciPy has otherwise or not at all, of ANTs and c3d.

``itk_gaussian(img, sigma=3*mm)`` is ``c3d img -smooth 3mm`` and ``ImageMath 3 out G img 3``. A
sampled Gaussian is narrower than it should be where sigma is less than a voxel; ITK takes the
kernel that diffuses exactly (T. Lindeberg, "Scale-space for discrete signals", IEEE PAMI 12,
1990, 234), cut where it holds all but 1 % of its sum. Along each axis, with a variance in voxels::

    weights = special.ive(np.arange(n), variance)
    ndimage.correlate1d(img, np.concatenate([weights[:0:-1], weights]), axis, mode="nearest")

``anisotropic_diffusion(img, 1.5, 10)`` is ``c3d img -anisotropic-diffusion 1.5 10``, and with
``time_step=0.025`` ``ImageMath 3 out PeronaMalik img 10 1.5``.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from nipype_mathimg.formula.functions.row import Arguments, Function
from nipype_mathimg.formula.functions.smoothing import sigmas_of
from nipype_mathimg.formula.functions.space import filtered, real_image, space_of
from nipype_mathimg.formula.graph.attributes import attribute
from nipype_mathimg.formula.graph.builder import Builder
from nipype_mathimg.formula.graph.operands import Operand, Static
from nipype_mathimg.formula.kernels.window import OwnFilter
from nipype_mathimg.formula.types.numtype import NumType, inexact

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["ROWS"]


def _gaussian(build: Builder, args: Arguments) -> Operand:
    op = real_image(build, args["img"], "itk_gaussian")
    space = space_of(build, op, args["axes"], "itk_gaussian")
    sigmas = sigmas_of(build, args, space, "itk_gaussian")
    error = build.number(args["maximum_error"], "maximum_error")
    if not 0 < error < 1:
        raise build.wrong(args["maximum_error"], "maximum_error has to lie between 0 and 1")
    width = build.integer(args["maximum_kernel_width"], "maximum_kernel_width")
    if width < 1:
        raise build.wrong(args["maximum_kernel_width"], "maximum_kernel_width has to be 1 or more")
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


DIFFUSION_BYTES = 88.0
"""Bytes a voxel of the values, slopes, fluxes and what is between them, all of float64."""


def _diffusion(build: Builder, args: Arguments) -> Operand:
    op = real_image(build, args["img"], "anisotropic_diffusion")
    space = space_of(build, op, Static(None), "anisotropic_diffusion")
    iterations = build.integer(args["iterations"], "iterations")
    if iterations < 1:
        raise build.wrong(args["iterations"], "iterations has to be 1 or more")
    zooms = build.reals_of(attribute(build, op, "zooms"), "The voxel sizes")
    options = {
        "zooms": tuple(zooms.astype(float).tolist()),
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
    Function(
        "itk_gaussian()",
        "img, sigma=None, fwhm=None, maximum_error=0.01, maximum_kernel_width=32, axes=None",
        _gaussian,
    ),
)
"""The rows of the function table for filters of ITK."""
