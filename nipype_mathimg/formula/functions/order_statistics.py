"""Order statistics: of everything by ranking block by block, along axes by sorting."""

from __future__ import annotations

from functools import partial

import numpy as np

from nipype_mathimg.formula.functions.operand import (
    Reducible,
    floating_dtype,
    operand_of,
    pair_of_rows,
    refuse_complex,
    with_axes_kept,
)
from nipype_mathimg.formula.functions.parametrised import converted
from nipype_mathimg.formula.functions.row import Arguments, Function
from nipype_mathimg.formula.graph.builder import Builder
from nipype_mathimg.formula.graph.op import Op
from nipype_mathimg.formula.graph.operands import Operand, Values
from nipype_mathimg.formula.kernels.quantiles import Quantiles, hidden_bytes
from nipype_mathimg.formula.kernels.rank_search import Selection
from nipype_mathimg.formula.types.regions import FULL, AxisMap, Follow
from nipype_mathimg.spec import ArraySpec, Axis

__all__ = ["ROWS"]


def _quantiles(
    build: Builder, value: Operand, what: str, top: float
) -> tuple[tuple[float, ...], bool]:
    numbers = build.reals_of(value, what).astype(float) / top
    # Not `numbers < 0`, which is false for NaN.
    if numbers.size == 0 or np.any(~(numbers >= 0)) or np.any(numbers > 1):
        raise build.fail(f"{what} has to lie between 0 and {top:g}")
    scalar = not isinstance(value, Values | Op)
    return tuple(float(q) for q in numbers), scalar


def _order_statistic(
    build: Builder,
    args: Arguments,
    name: str,
    quantiles: tuple[tuple[float, ...], bool],
    skip_nan: bool,
) -> Operand:
    wanted, scalar = quantiles
    if args.given("by"):
        from nipype_mathimg.formula.functions.by_label import alone, ranked, regions_of

        alone(build, name, args)
        regions = regions_of(build, args["a"], args["by"])
        refuse_complex(build, regions.op, name)
        return ranked(build, name, regions, wanted, scalar=scalar, skip_nan=skip_nan)
    operand = operand_of(build, args["a"], args["axis"])
    refuse_complex(build, operand.op, name)
    everything = len(operand.axes) == operand.op.ndim
    if everything:
        result = _of_everything(build, operand, name, wanted, scalar, skip_nan)
    elif operand.mask is not None:
        raise build.fail(f"np.{name} of `img[mask]` works on all of it; leave out `axis`")
    else:
        result = _along_axes(build, operand, name, wanted, scalar, skip_nan)
    if build.flag(args["keepdims"], "keepdims"):
        if not scalar:
            raise build.fail(f"np.{name}: keepdims goes with a single value, not with a list")
        return with_axes_kept(build, result, operand)
    return result


def _of_everything(
    build: Builder,
    operand: Reducible,
    name: str,
    quantiles: tuple[float, ...],
    scalar: bool,
    skip_nan: bool,
) -> Op:
    op, order = build.in_file_order(operand.op)
    mask = None if operand.mask is None else build.permuted(operand.mask, order)
    if op.spec.dtype.kind == "b":
        # Truths have no digits to be ranked by, and no half between them.
        converted_op = converted(build, op, np.dtype(np.uint8))
        op = build.array(converted_op)
    shape = () if scalar else (len(quantiles),)
    spec = ArraySpec(shape, np.dtype(float), (Axis(),) * len(shape))
    selection = Selection(
        quantiles, op.shape, op.spec.dtype, scalar, skip_nan, mask is not None, name
    )
    args = [op] if mask is None else [op, mask]
    maps: list[tuple[AxisMap, ...]] = [(FULL,) * arg.ndim for arg in args]
    whole = frozenset(range(len(shape)))
    return build.graph.add(selection, spec, args, maps, build.span, weak=scalar, whole=whole)


def _along_axes(
    build: Builder,
    operand: Reducible,
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
    hidden = hidden_bytes(op.shape, op.spec.dtype, axes)
    kernel = Quantiles(name, quantiles, axes, scalar, skip_nan, dtype, hidden)
    spec, whole = ArraySpec(shape, dtype, origin), frozenset(range(ahead))
    return build.graph.add(kernel, spec, [op], [maps], build.span, whole=whole)


def _median(skip_nan: bool, name: str, build: Builder, args: Arguments) -> Operand:
    return _order_statistic(build, args, name, ((0.5,), True), skip_nan)


def _percentile(top: float, skip_nan: bool, name: str, build: Builder, args: Arguments) -> Operand:
    return _order_statistic(build, args, name, _quantiles(build, args["q"], "q", top), skip_nan)


_AXIS = "a, axis=None, keepdims=False, by=None"
_Q = "a, q, axis=None, keepdims=False, by=None"

ROWS: tuple[Function, ...] = (
    *pair_of_rows("median", _AXIS, lambda nan, name: partial(_median, nan, name)),
    *pair_of_rows("percentile", _Q, lambda nan, name: partial(_percentile, 100.0, nan, name)),
    *pair_of_rows("quantile", _Q, lambda nan, name: partial(_percentile, 1.0, nan, name)),
)
"""The rows of the function table that are order statistics."""
