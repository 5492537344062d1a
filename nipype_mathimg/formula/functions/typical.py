"""Numbers that say what is typical of an image: its robust range, a threshold, the mode.

``robust_range(img)`` is ``fslstats -r``, as niimath computes it: the values of an image in 1001
bins from the least to the largest, and on each side the bin up to which 2 % of them lie. What is
not finite does not count. With ``np.isfinite(img)`` everywhere it stands for::

    low, high = img.min(), img.max()
    bins = np.floor((img - low) * (1000 / (high - low)) + 0.5).astype(int).ravel()
    lo, hi = np.sort(bins)[[round(0.02 * img.size) - 1, -round(0.02 * img.size)]]
    [low + lo * (high - low) / 1000, low + hi * (high - low) / 1000]

``otsu(img)`` stands for ``skimage.filters.threshold_otsu(img.astype(float))``, and
``mode(img, axis=-1)`` for ``scipy.stats.mode(img, axis=-1).mode``.
"""

from __future__ import annotations

import numpy as np

from nipype_mathimg.formula.functions import counts, reductions
from nipype_mathimg.formula.functions.elementwise import apply
from nipype_mathimg.formula.functions.operand import (
    operand_of,
    refuse_complex,
    with_axes_kept,
)
from nipype_mathimg.formula.functions.parametrised import ROWS as PARAMETRISED
from nipype_mathimg.formula.functions.parametrised import converted
from nipype_mathimg.formula.functions.row import Arguments, Function
from nipype_mathimg.formula.graph.builder import Builder
from nipype_mathimg.formula.graph.op import Op
from nipype_mathimg.formula.graph.operands import Masked, Operand, Static, Values
from nipype_mathimg.formula.kernels.kernel import Kernel
from nipype_mathimg.formula.kernels.modes import Mode
from nipype_mathimg.formula.kernels.ranges_of_counts import BINS, Otsu, RobustEnd
from nipype_mathimg.formula.types.regions import FULL, AxisMap, Follow
from nipype_mathimg.spec import ArraySpec

__all__ = ["ROWS"]

_TABLE = {row.name: row for row in (*PARAMETRISED, *reductions.ROWS, *counts.ROWS)}


def _number(build: Builder, kernel: Kernel, args: list[Op]) -> Op:
    """Add one number that is made of lists and numbers."""
    spec = ArraySpec((), np.dtype(float), ())
    maps: list[tuple[AxisMap, ...]] = [(FULL,) * arg.ndim for arg in args]
    return build.graph.add(kernel, spec, args, maps, build.span, weak=True)


def _of_image(build: Builder, value: Operand, name: str) -> Operand:
    """Return an image, or a selection of its voxels, as real numbers of FSL's precision."""
    counted = operand_of(build, value, Static(None))
    refuse_complex(build, counted.op, name)
    if counted.op.spec.dtype.kind == "f":
        return value
    few = counted.op.spec.dtype.itemsize < np.dtype(np.float32).itemsize
    return converted(build, value, np.dtype(np.float32 if few else float))


def _robust_range(build: Builder, args: Arguments) -> Operand:
    value = _of_image(build, args["img"], "robust_range")
    finite = _TABLE["where"](build, [apply(build, "isfinite", value), value, Static(np.nan)])
    least, most = (build.array(_TABLE[name](build, [finite])) for name in ("nanmin", "nanmax"))
    scale = apply(build, "divide", Static(BINS - 1.0), apply(build, "subtract", most, least))
    steps = apply(build, "multiply", apply(build, "subtract", finite, least), scale)
    bins = apply(build, "floor", apply(build, "add", steps, Static(0.5)))
    # One bin more, for what does not count.
    counting = _TABLE["where"](build, [apply(build, "isfinite", bins), bins, Static(BINS)])
    limited = _TABLE["clip"](build, [counting, Static(0), Static(BINS)])
    whole = converted(build, limited, np.dtype(np.int16))
    inside = _TABLE["clip"](build, [whole, Static(0), Static(BINS)])
    if not isinstance(inside, Masked):
        inside = Masked(build.array(inside), None, build.array(inside).ndim)
    counted = build.array(_TABLE["bincount"](build, [inside], [("minlength", Static(BINS + 2))]))
    ends = (_number(build, RobustEnd(top), [counted, least, most]) for top in (False, True))
    return Values(tuple(ends))


def _otsu(build: Builder, args: Arguments) -> Operand:
    value = _of_image(build, args["img"], "otsu")
    found = _TABLE["histogram"](build, [value], [("bins", args["bins"])])
    parts = found.items if isinstance(found, Values) else ()
    return _number(build, Otsu(), [build.array(part) for part in parts])


def _mode(build: Builder, args: Arguments) -> Operand:
    operand = operand_of(build, args["a"], args["axis"])
    refuse_complex(build, operand.op, "mode")
    if operand.mask is not None or operand.selected or len(operand.axes) != 1:
        raise build.wrong(
            args["axis"], "mode works along one axis of an image, as in `mode(img, axis=-1)`"
        )
    op, (axis,) = operand.op, operand.axes
    kept = [k for k in range(op.ndim) if k != axis]
    shape = tuple(op.shape[k] for k in kept)
    axes = tuple(op.spec.axes[k] for k in kept)
    spec = ArraySpec(shape, op.spec.dtype, axes, op.spec.bounds, op.spec.wide)
    maps = tuple(FULL if k == axis else Follow(kept.index(k)) for k in range(op.ndim))
    # A copy whose lines lie next to each other, unless the axis is the last.
    hidden = 0.5 + (axis != op.ndim - 1)
    result = build.graph.add(Mode(axis, hidden), spec, [op], [maps], build.span)
    if build.flag(args["keepdims"], "keepdims"):
        return with_axes_kept(build, result, operand)
    return result


ROWS: tuple[Function, ...] = (
    Function("robust_range()", "img", _robust_range),
    Function("otsu()", "img, bins=256", _otsu),
    Function("mode()", "a, axis, keepdims=False", _mode),
)
"""The rows of the function table for what is typical of an image."""
