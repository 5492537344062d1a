"""Functions that work along an axis, which stays: running sums, sorting, Fourier transforms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from nipype_mathimg.errors import FormulaError
from nipype_mathimg.formula.functions.row import Arguments, Function, Kind
from nipype_mathimg.formula.graph.builder import Lowering
from nipype_mathimg.formula.graph.op import Op
from nipype_mathimg.formula.graph.operands import Value
from nipype_mathimg.formula.kernels.kernel import Compute
from nipype_mathimg.formula.types import ranges
from nipype_mathimg.formula.types.numtype import (
    NumType,
    accumulated,
    checked_type,
    fit,
    inexact,
    integer_type,
)
from nipype_mathimg.formula.types.regions import Region
from nipype_mathimg.spec import Array, ArraySpec, Axis

__all__ = ["ROWS"]


def _operand(low: Lowering, args: Arguments, name: str) -> tuple[Op, int]:
    op = low.array(args["a"])
    if not args.given("axis"):
        if op.ndim == 1:
            return op, 0
        raise low.fail(f"np.{name} needs an axis here, as in `np.{name}(img, axis=-1)`")
    return op, low.axis(args["axis"], op.ndim)


def _run(
    product: bool,
    skip_nan: bool,
    axis: int,
    dtypes: tuple[np.dtype[Any], np.dtype[Any]],
    arrays: Sequence[Any],
    out: Region,
    regions: Sequence[Region],
) -> Array:
    """Return a running sum or product, accumulated in the first dtype and stored in the other."""
    wide, dtype = dtypes
    values: Array = arrays[0].astype(wide)
    if skip_nan and wide.kind in "fc":
        values[np.isnan(values)] = 1 if product else 0
    ufunc = np.multiply if product else np.add
    ufunc.accumulate(values, axis=axis, out=values)
    return values.astype(dtype, copy=False)


def _run_checked(
    axis: int,
    dtype: np.dtype[Any],
    arrays: Sequence[Any],
    out: Region,
    regions: Sequence[Region],
) -> Array:
    """Return a running sum of 64-bit integers; raise where one of its values has more bits."""
    values: Array = arrays[0].astype(dtype)
    sums: Array = np.add.accumulate(values, axis=axis)
    later, before = (sums[(slice(None),) * axis + (part,)] for part in (slice(1, None), slice(-1)))
    added = values[(slice(None),) * axis + (slice(1, None),)]
    # A step went the wrong way: the sum wrapped.
    if np.any((later < before) != (added < 0)):
        raise FormulaError(
            "A running sum of 64-bit integers does not fit into 64 bits; compute in floating "
            "point, as in `img.astype('float64')`"
        )
    return sums


def _running(product: bool, skip_nan: bool, name: str, low: Lowering, args: Arguments) -> Value:
    op, axis = _operand(low, args, name)
    number = _running_type(product, op, op.shape[axis])
    spec = ArraySpec(op.shape, number.dtype, op.spec.axes, number.bounds, number.wide)
    compute: Compute = partial(_run, product, skip_nan, axis, (accumulated(number), number.dtype))
    if number.checked:
        compute = partial(_run_checked, axis, number.dtype)
    hidden = 3.0 if number.checked else 1.0
    return low.whole(name, op, spec, (axis,), compute, key=axis, hidden=hidden)


def _running_type(product: bool, op: Op, length: int) -> NumType:
    bounds = op.spec.bounds
    if bounds is None:
        return NumType(inexact([op.type]))
    if product:
        return integer_type(ranges.product(bounds, length), [], checked=False)
    total = ranges.total(bounds, length)
    dtype = fit(total)
    return checked_type(total) if dtype is None else NumType(dtype, total)


def _sort(low: Lowering, args: Arguments) -> Value:
    op, axis = _operand(low, args, "sort")
    axes = list(op.spec.axes)
    axes[axis] = axes[axis].unordered()
    spec = ArraySpec(op.shape, op.spec.dtype, tuple(axes), op.spec.bounds)
    compute = partial(_sorted, axis)
    return low.whole("sort", op, spec, (axis,), compute, key=axis, hidden=1.0)


def _sorted(axis: int, arrays: Sequence[Any], out: Region, regions: Sequence[Region]) -> Array:
    return np.sort(arrays[0], axis=axis)


def _transform(
    function: Callable[..., Array],
    count: int,
    axis: int,
    dtype: np.dtype[Any],
    arrays: Sequence[Any],
    out: Region,
    regions: Sequence[Region],
) -> Array:
    """Transform along an axis in float64; the result is stored in `dtype`."""
    array = arrays[0]
    wide = array.astype(complex if array.dtype.kind == "c" else float, copy=False)
    return function(wide, n=count, axis=axis).astype(dtype, copy=False)


def _fourier(name: str, low: Lowering, args: Arguments) -> Value:
    op, axis = _operand(low, args, name)
    inverse_real = name == "fft.irfft"
    if op.type.is_complex and name == "fft.rfft":
        raise low.fail("np.fft.rfft takes real numbers; use np.fft.fft")
    length = op.shape[axis]
    default = 2 * (length - 1) if inverse_real else length
    count = low.integer(args["n"], "n") if args.given("n") else default
    if count < 1:
        raise low.fail(f"np.{name}: n={count} points are too few")
    shape = list(op.shape)
    shape[axis] = count // 2 + 1 if name == "fft.rfft" else count
    axes = list(op.spec.axes)
    axes[axis] = Axis()
    single = op.spec.dtype in (np.float32, np.complex64)
    kind = "f" if inverse_real else "c"
    dtype = np.dtype({"f": "f4", "c": "c8"}[kind] if single else {"f": "f8", "c": "c16"}[kind])
    function = getattr(np.fft, name.removeprefix("fft."))
    spec = ArraySpec(tuple(shape), dtype, tuple(axes))
    compute = partial(_transform, function, count, axis, dtype)
    return low.whole(name, op, spec, (axis,), compute, key=(axis, count), hidden=6.0)


def _row(
    name: str, lower: Callable[[Lowering, Arguments], Value], signature: str = "a, axis=None"
) -> Function:
    return Function(name, Kind.SCAN, signature, lower)


ROWS: tuple[Function, ...] = (
    _row("cumsum", partial(_running, False, False, "cumsum")),
    _row("cumprod", partial(_running, True, False, "cumprod")),
    _row("nancumsum", partial(_running, False, True, "nancumsum")),
    _row("nancumprod", partial(_running, True, True, "nancumprod")),
    _row("sort", _sort, "a, axis=-1"),
    *(
        _row(f"fft.{name}", partial(_fourier, f"fft.{name}"), "a, n=None, axis=-1")
        for name in ("fft", "ifft", "rfft", "irfft")
    ),
)
"""The rows of the function table that work along an axis that stays."""
