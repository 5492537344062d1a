"""Functions that work along an axis, which stays: running sums, sorting, Fourier transforms."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from nipype_mathimg.formula.functions.row import Arguments, Function
from nipype_mathimg.formula.graph.builder import Builder
from nipype_mathimg.formula.graph.neighbours import neighbours_along
from nipype_mathimg.formula.graph.op import Op
from nipype_mathimg.formula.graph.operands import Operand
from nipype_mathimg.formula.kernels.along_axis import Sort, Transform
from nipype_mathimg.formula.kernels.running import Running, RunningChecked
from nipype_mathimg.formula.types import ranges
from nipype_mathimg.formula.types.numtype import (
    NumType,
    accumulated,
    checked_type,
    fit,
    inexact,
    integer_type,
)
from nipype_mathimg.spec import ArraySpec

__all__ = ["ROWS"]


def _operand(build: Builder, args: Arguments, name: str) -> tuple[Op, int]:
    op = build.array(args["a"])
    if not args.given("axis"):
        if op.ndim == 1:
            return op, 0
        raise build.fail(f"np.{name} needs an axis here, as in `np.{name}(img, axis=-1)`")
    return op, build.axis(args["axis"], op.ndim, sources=op.sources)


def _running(name: str, build: Builder, args: Arguments) -> Operand:
    product, skip_nan = name.endswith("prod"), name.startswith("nan")
    op, axis = _operand(build, args, name)
    neighbours_along(build, op, axis, f"np.{name}", "axis=-1")
    number = _running_type(product, op, op.shape[axis])
    spec = ArraySpec(op.shape, number.dtype, op.spec.axes, number.bounds, number.wide)
    if number.checked:
        return build.whole(RunningChecked(name, axis, number.dtype), op, spec, (axis,))
    ufunc = np.multiply if product else np.add
    kernel = Running(name, ufunc, axis, accumulated(number), number.dtype, skip_nan)
    return build.whole(kernel, op, spec, (axis,))


def _running_type(product: bool, op: Op, length: int) -> NumType:
    bounds = op.spec.bounds
    if bounds is None:
        return NumType(inexact([op.type]))
    if product:
        return integer_type(ranges.product(bounds, length), [], checked=False)
    total = ranges.total(bounds, length)
    dtype = fit(total)
    return checked_type(total) if dtype is None else NumType(dtype, total)


def _extreme(name: str, build: Builder, args: Arguments) -> Operand:
    """Return the largest or the smallest so far; as in NumPy, NaN stays."""
    op = build.array(args["array"])
    if op.type.is_complex:
        raise build.fail(f"np.{name} takes real numbers")
    axis = build.axis(args["axis"], op.ndim, sources=op.sources)
    neighbours_along(build, op, axis, f"np.{name}", "axis=-1")
    ufunc = np.maximum if name.startswith("max") else np.minimum
    dtype = op.spec.dtype
    return build.whole(Running(name, ufunc, axis, dtype, dtype, False), op, op.spec, (axis,))


def _sort(build: Builder, args: Arguments) -> Operand:
    op, axis = _operand(build, args, "sort")
    axes = list(op.spec.axes)
    axes[axis] = axes[axis].sorted()
    spec = ArraySpec(op.shape, op.spec.dtype, tuple(axes), op.spec.bounds)
    return build.whole(Sort(axis), op, spec, (axis,))


def _fourier(name: str, build: Builder, args: Arguments) -> Operand:
    op, axis = _operand(build, args, name)
    neighbours_along(build, op, axis, f"np.{name}", "axis=-1")
    inverse_real = name == "fft.irfft"
    if op.type.is_complex and name == "fft.rfft":
        raise build.fail("np.fft.rfft takes real numbers; use np.fft.fft")
    length = op.shape[axis]
    default = 2 * (length - 1) if inverse_real else length
    count = build.integer(args["n"], "n") if args.given("n") else default
    if count < 1:
        raise build.fail(f"np.{name}: n={count} points are too few")
    shape = list(op.shape)
    shape[axis] = count // 2 + 1 if name == "fft.rfft" else count
    axes = list(op.spec.axes)
    back = inverse_real or name == "fft.ifft"
    axes[axis] = axes[axis].transformed_back(count) if back else axes[axis].spectrum(count)
    # Single precision stays, as in NumPy 2; NumPy 1 made complex128 of it.
    single = op.spec.dtype in (np.float32, np.complex64)
    kind = "f" if inverse_real else "c"
    dtype = np.dtype({"f": "f4", "c": "c8"}[kind] if single else {"f": "f8", "c": "c16"}[kind])
    function = getattr(np.fft, name.removeprefix("fft."))
    spec = ArraySpec(tuple(shape), dtype, tuple(axes))
    return build.whole(Transform(name, function, count, axis, dtype), op, spec, (axis,))


def _row(
    name: str, lower: Callable[[Builder, Arguments], Operand], signature: str = "a, axis=None"
) -> Function:
    return Function(name, signature, lower)


ROWS: tuple[Function, ...] = (
    *(_row(n, partial(_running, n)) for n in ("cumsum", "cumprod", "nancumsum", "nancumprod")),
    *(
        _row(name, partial(_extreme, name), "array, axis=0")
        for name in ("maximum.accumulate", "minimum.accumulate")
    ),
    _row("sort", _sort, "a, axis=-1"),
    *(
        _row(f"fft.{name}", partial(_fourier, f"fft.{name}"), "a, n=None, axis=-1")
        for name in ("fft", "ifft", "rfft", "irfft")
    ),
)
"""The rows of the function table that work along an axis that stays."""
