"""Functions that work along an axis, which stays: running sums, sorting, Fourier transforms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from nipype_mathimg.formula.dtypes import NumType, fit, inexact
from nipype_mathimg.formula.functions.row import Arguments, Function, Kind
from nipype_mathimg.formula.graph import Op
from nipype_mathimg.formula.lowering import Lowering
from nipype_mathimg.formula.regions import Region
from nipype_mathimg.formula.values import Value
from nipype_mathimg.spec import Array, ArraySpec, Axis

__all__ = ["ROWS"]


def _operand(low: Lowering, args: Arguments, name: str) -> tuple[Op, int]:
    op = low.array(args["a"])
    if not args.given("axis"):
        if op.ndim == 1:
            return op, 0
        raise low.fail(f"np.{name} needs an axis here, as in `np.{name}(img, axis=-1)`")
    return op, low.axis(args["axis"], op.ndim)


@dataclass(frozen=True, slots=True)
class _Running:
    """A running sum or product, accumulated in `wide`."""

    product: bool
    axis: int
    wide: np.dtype[Any]
    dtype: np.dtype[Any]
    skip_nan: bool

    def __call__(self, arrays: Sequence[Any], out: Region, regions: Sequence[Region]) -> Array:
        values: Array = arrays[0].astype(self.wide)
        if self.skip_nan and self.wide.kind in "fc":
            values[np.isnan(values)] = 1 if self.product else 0
        ufunc = np.multiply if self.product else np.add
        ufunc.accumulate(values, axis=self.axis, out=values)
        return values.astype(self.dtype, copy=False)


def _running(product: bool, skip_nan: bool, name: str, low: Lowering, args: Arguments) -> Value:
    op, axis = _operand(low, args, name)
    number = _running_type(product, op, op.shape[axis])
    wide = np.dtype(np.int64) if number.is_integer else np.result_type(number.dtype, float)
    spec = ArraySpec(op.shape, number.dtype, op.spec.axes, number.bounds)
    compute = _Running(product, axis, wide, number.dtype, skip_nan)
    return low.whole(name, op, spec, (axis,), compute, key=axis, hidden=1.0)


def _running_type(product: bool, op: Op, length: int) -> NumType:
    bounds = op.spec.bounds
    if bounds is None:
        return NumType(inexact([op.type]))
    largest = max(abs(bounds[0]), abs(bounds[1]), 1)
    if product and largest > 1 and length * largest.bit_length() > 62:
        return NumType(np.dtype(float))
    most = largest**length if product else largest * length
    total = (-most if bounds[0] < 0 else 0, most)
    dtype = fit(total)
    if dtype is None or dtype == np.uint64:
        return NumType(np.dtype(float))
    return NumType(dtype, total)


def _sort(low: Lowering, args: Arguments) -> Value:
    op, axis = _operand(low, args, "sort")
    axes = list(op.spec.axes)
    axes[axis] = Axis()
    if op.spec.axes[axis].source in ("x", "y", "z"):
        axes[axis] = op.spec.axes[axis]
    spec = ArraySpec(op.shape, op.spec.dtype, tuple(axes), op.spec.bounds)
    compute = _Sorted(axis)
    return low.whole("sort", op, spec, (axis,), compute, key=axis, hidden=1.0)


@dataclass(frozen=True, slots=True)
class _Sorted:
    axis: int

    def __call__(self, arrays: Sequence[Any], out: Region, regions: Sequence[Region]) -> Array:
        return np.sort(arrays[0], axis=self.axis)


@dataclass(frozen=True, slots=True)
class _Fourier:
    """A transform along an axis in float64, stored in `dtype`."""

    function: Any
    count: int
    axis: int
    dtype: np.dtype[Any]

    def __call__(self, arrays: Sequence[Any], out: Region, regions: Sequence[Region]) -> Array:
        array = arrays[0]
        wide = array.astype(complex if array.dtype.kind == "c" else float, copy=False)
        transformed: Array = self.function(wide, n=self.count, axis=self.axis)
        return transformed.astype(self.dtype, copy=False)


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
    compute = _Fourier(function, count, axis, dtype)
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
