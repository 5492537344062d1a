"""Order statistics: of everything by ranking block by block, along axes by sorting."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from nipype_mathimg.formula.functions.operand import (
    Operand,
    floating_dtype,
    operand_of,
    pair_of_rows,
    refuse_complex,
    with_axes_kept,
)
from nipype_mathimg.formula.functions.parametrised import converted
from nipype_mathimg.formula.functions.row import Arguments, Function
from nipype_mathimg.formula.graph.builder import Lowering
from nipype_mathimg.formula.graph.op import Op
from nipype_mathimg.formula.graph.operands import Value, Values
from nipype_mathimg.formula.kernels.quantiles import between, place_of
from nipype_mathimg.formula.kernels.rank_search import Selection
from nipype_mathimg.formula.types.regions import FULL, AxisMap, Follow, Region
from nipype_mathimg.spec import Array, ArraySpec, Axis

__all__ = ["ROWS"]

SORTED_AT_ONCE = 1 << 18
"""Elements that are transposed and sorted while they stay in a core's cache."""

PARTS = 4
"""A slab is sorted in so many parts at least: what is sorted is a copy."""


def _quantiles(
    low: Lowering, value: Value, what: str, top: float
) -> tuple[tuple[float, ...], bool]:
    numbers = low.numbers_of(value, what).astype(float) / top
    if numbers.size == 0 or np.any(~(numbers >= 0)) or np.any(numbers > 1):
        raise low.fail(f"{what} has to lie between 0 and {top:g}")
    scalar = not isinstance(value, Values | Op)
    return tuple(float(q) for q in numbers), scalar


def _order_statistic(
    low: Lowering,
    args: Arguments,
    name: str,
    quantiles: tuple[tuple[float, ...], bool],
    skip_nan: bool,
) -> Value:
    operand = operand_of(low, args["a"], args["axis"])
    refuse_complex(low, operand.op, name)
    wanted, scalar = quantiles
    everything = len(operand.axes) == operand.op.ndim
    if everything:
        result = _of_everything(low, operand, name, wanted, scalar, skip_nan)
    elif operand.mask is not None:
        raise low.fail(f"np.{name} of `img[mask]` works on all of it; leave out `axis`")
    else:
        result = _along_axes(low, operand, name, wanted, scalar, skip_nan)
    if low.flag(args["keepdims"], "keepdims"):
        if not scalar:
            raise low.fail(f"np.{name}: keepdims goes with a single value, not with a list")
        return with_axes_kept(low, result, operand)
    return result


def _of_everything(
    low: Lowering,
    operand: Operand,
    name: str,
    quantiles: tuple[float, ...],
    scalar: bool,
    skip_nan: bool,
) -> Op:
    op, mask = operand.op, operand.mask
    if op.spec.dtype.kind == "b":
        converted_op = converted(low, op, np.dtype(np.uint8))
        op = low.array(converted_op)
    shape = () if scalar else (len(quantiles),)
    spec = ArraySpec(shape, np.dtype(float), (Axis(),) * len(shape))
    selection = Selection(
        quantiles, op.shape, op.spec.dtype, scalar, skip_nan, mask is not None, name
    )
    args = [op] if mask is None else [op, mask]
    maps: list[tuple[AxisMap, ...]] = [(FULL,) * arg.ndim for arg in args]
    return low.graph.add(
        (quantiles, scalar, skip_nan),
        name,
        spec,
        args,
        maps,
        selection.compute,
        low.span,
        weak=scalar,
        whole=frozenset(range(len(shape))),
        accumulator=selection,
        hidden=3.0,
    )


class _Quantile(NamedTuple):
    """np.quantile along axes.

    Whole rows are sorted: NumPy has vector instructions for that, and for one quantile of a
    short row it takes a third of the time of np.partition.
    """

    quantiles: tuple[float, ...]
    axes: tuple[int, ...]
    scalar: bool
    skip_nan: bool
    dtype: np.dtype[Any]

    def compute(self, arrays: Sequence[Any], out: Region, regions: Sequence[Region]) -> Array:
        (array,) = arrays
        kept = tuple(k for k in range(array.ndim) if k not in self.axes)
        shape = tuple(array.shape[k] for k in kept)
        count, length = math.prod(shape), math.prod(array.shape[k] for k in self.axes)
        # One row for each voxel of the result, in its (Fortran) order.
        voxels = array.transpose(*kept, *self.axes).reshape((count, length), order="F")
        results = [np.empty(count, self.dtype) for _ in self.quantiles]
        step = max(1, min(SORTED_AT_ONCE // length, count // PARTS))
        rows = np.empty((min(step, count), length), _sorted_as(array.dtype))
        for start in range(0, count, step):
            part = voxels[start : start + step]
            here = rows[: len(part)]
            here[...] = part
            here.sort(axis=1)
            for result, found in zip(results, self._quantiles_of(here), strict=True):
                result[start : start + step] = found
        images = [result.reshape(shape, order="F") for result in results]
        return images[0] if self.scalar else np.stack(images)

    def _quantiles_of(self, rows: Array) -> Iterator[Array]:
        lines = np.arange(len(rows))
        numbers = np.full(len(rows), rows.shape[1])
        ends_in_nan = np.isnan(rows[:, -1])  # where NaN is sorted to
        if ends_in_nan.any() and self.skip_nan:
            numbers -= np.isnan(rows).sum(axis=1)
        for quantile in self.quantiles:
            place = place_of(quantile, numbers)
            result = between(rows[lines, place.low], rows[lines, place.high], place.fraction)
            if not self.skip_nan:
                result[ends_in_nan] = np.nan
            yield result


def _sorted_as(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Return the type of floats that sorts values as they are, the smaller the faster."""
    if dtype.kind == "f":
        return dtype
    return np.dtype(np.float32 if dtype.itemsize < 4 else np.float64)


def _along_axes(
    low: Lowering,
    operand: Operand,
    name: str,
    quantiles: tuple[float, ...],
    scalar: bool,
    skip_nan: bool,
) -> Op:
    op, axes = operand.op, operand.axes
    kept = tuple(a for a in range(op.ndim) if a not in axes)
    ahead = 0 if scalar else 1
    shape = ((len(quantiles),) if ahead else ()) + tuple(op.shape[a] for a in kept)
    origin = ((Axis(),) if ahead else ()) + tuple(op.spec.axes[a] for a in kept)
    dtype = floating_dtype(op)
    maps = tuple(Follow(ahead + kept.index(a)) if a in kept else FULL for a in range(op.ndim))
    return low.graph.add(
        (quantiles, axes, scalar, skip_nan),
        name,
        ArraySpec(shape, dtype, origin),
        [op],
        [maps],
        _Quantile(quantiles, axes, scalar, skip_nan, dtype).compute,
        low.span,
        whole=frozenset(range(ahead)),
        hidden=_hidden(op, axes, kept),
    )


def _hidden(op: Op, axes: Sequence[int], kept: Sequence[int]) -> float:
    """Return the memory of what is sorted at once, and of the copy that odd axes need."""
    length = math.prod(op.shape[a] for a in axes)
    part = max(1 / PARTS, min(1.0, length / SORTED_AT_ONCE))
    part *= _sorted_as(op.spec.dtype).itemsize / op.spec.dtype.itemsize
    as_they_lie = all(not k or k[-1] - k[0] < len(k) for k in (axes, kept))
    return part if as_they_lie else part + 1


def _median(skip_nan: bool, name: str, low: Lowering, args: Arguments) -> Value:
    return _order_statistic(low, args, name, ((0.5,), True), skip_nan)


def _percentile(top: float, skip_nan: bool, name: str, low: Lowering, args: Arguments) -> Value:
    return _order_statistic(low, args, name, _quantiles(low, args["q"], "q", top), skip_nan)


_AXIS = "a, axis=None, keepdims=False"
_Q = "a, q, axis=None, keepdims=False"

ROWS: tuple[Function, ...] = (
    *pair_of_rows("median", _AXIS, lambda nan, name: partial(_median, nan, name)),
    *pair_of_rows("percentile", _Q, lambda nan, name: partial(_percentile, 100.0, nan, name)),
    *pair_of_rows("quantile", _Q, lambda nan, name: partial(_percentile, 1.0, nan, name)),
)
"""The rows of the function table that are order statistics."""
