"""Functions that reduce axes, accumulated piece by piece."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from nipype_mathimg.formula.functions.elementwise import apply
from nipype_mathimg.formula.functions.operand import (
    floating_dtype,
    has_nan,
    operand_of,
    pair_of_rows,
    reduce_by,
    reduction_row,
    refuse_complex,
)
from nipype_mathimg.formula.functions.row import Arguments, Function
from nipype_mathimg.formula.graph.builder import Builder
from nipype_mathimg.formula.graph.op import Op
from nipype_mathimg.formula.graph.operands import Masked, Operand, Static
from nipype_mathimg.formula.graph.voxelwise import voxelwise
from nipype_mathimg.formula.kernels import whole_squares
from nipype_mathimg.formula.kernels.extremes import ArgExtreme, Extreme
from nipype_mathimg.formula.kernels.moments import Product, Sum, Variance
from nipype_mathimg.formula.kernels.pointwise import typed
from nipype_mathimg.formula.kernels.statistic import Statistic
from nipype_mathimg.formula.kernels.wide_sum import MOST_HALVES, WideSum
from nipype_mathimg.formula.types import ranges
from nipype_mathimg.formula.types.numtype import (
    BEYOND_INTEGERS,
    BOOL,
    NumType,
    accumulated,
    checked_type,
    fit,
    integer_type,
)
from nipype_mathimg.formula.types.promotion import spread

__all__ = ["ROWS", "averaged", "summed", "weighed"]


def _real(dtype: np.dtype[Any]) -> np.dtype[Any]:
    return np.empty(0, dtype).real.dtype


def summed(skip_nan: bool, op: Op, count: int, masked: bool) -> tuple[Statistic, NumType]:
    """Return the statistic and the type of a sum."""
    bounds = op.spec.bounds
    if bounds is None:
        return Sum(op.spec.dtype, skip_nan=skip_nan), NumType(floating_dtype(op))
    total = ranges.total(bounds, count)
    dtype = fit(total)
    # Narrower operands are summed in int64, which does not hold what only uint64 does.
    if dtype is None or dtype == np.uint64:
        if count > MOST_HALVES:
            return Sum(np.dtype(float)), BEYOND_INTEGERS
        number = checked_type(total)
        return WideSum(number.dtype), number
    narrow = np.iinfo(np.int32).min <= total[0] and total[1] <= np.iinfo(np.int32).max
    # Between int32 and uint64 there is no integer for NumPy to add in.
    narrow = narrow and op.spec.dtype != np.uint64
    return Sum(op.spec.dtype, narrow=narrow), NumType(dtype, total)


def weighed(skip_nan: bool, op: Op, count: int, masked: bool) -> tuple[Statistic, NumType]:
    """Return the statistic and the type of a sum that becomes a divisor: a float, if need be."""
    statistic, number = summed(skip_nan, op, count, masked)
    if isinstance(statistic, WideSum):
        return statistic.changed(dtype=BEYOND_INTEGERS.dtype), BEYOND_INTEGERS
    return statistic, number


def averaged(skip_nan: bool, op: Op, count: int, masked: bool) -> tuple[Statistic, NumType]:
    """Return the statistic and the type of a mean."""
    total = summed(False, op, count, masked)[0]
    skips = skip_nan and has_nan(op)
    # As integers where their sum certainly fits, which is exact; else in float64, as NumPy does.
    one = total if isinstance(total, Sum) else Sum(np.dtype(float))
    return one.changed(mean=True, skip_nan=skips, masked=masked), NumType(floating_dtype(op))


def _product(skip_nan: bool, op: Op, count: int, masked: bool) -> tuple[Statistic, NumType]:
    bounds = op.spec.bounds
    if bounds is None:
        wide = np.result_type(op.spec.dtype, float)
        return Product(wide, skip_nan), NumType(floating_dtype(op))
    number = integer_type(ranges.product(bounds, count), [], checked=False)
    return Product(accumulated(number), whole=not number.is_integer), number


def _extreme(
    largest: bool, skip_nan: bool, op: Op, count: int, masked: bool
) -> tuple[Statistic, NumType]:
    return Extreme(op.spec.dtype, largest, skip_nan), NumType(op.spec.dtype, op.spec.bounds)


def _arg_extreme(
    largest: bool, skip_nan: bool, op: Op, count: int, masked: bool
) -> tuple[Statistic, NumType]:
    bounds = (0, count - 1)
    number = NumType(fit(bounds) or np.dtype(np.int64), bounds)
    return ArgExtreme(op.spec.dtype, largest, op.shape, skip_nan), number


def _position(
    largest: bool, skip_nan: bool, name: str, build: Builder, args: Arguments
) -> Operand:
    operand = operand_of(build, args["a"], args["axis"])
    refuse_complex(build, operand.op, name)
    if operand.mask is not None:
        raise build.fail(
            f"np.{name} of a selection would count within the selection; use np.where"
        )
    if len(operand.axes) not in (1, operand.op.ndim):
        raise build.fail(f"np.{name} takes one axis, or none for all")
    return reduce_by(name, partial(_arg_extreme, largest, skip_nan), build, args)


def _spread(skip_nan: bool, root: bool, name: str, build: Builder, args: Arguments) -> Operand:
    ddof = build.number(args["ddof"], "ddof")

    def make(op: Op, count: int, masked: bool) -> tuple[Statistic, NumType]:
        number = NumType(_real(floating_dtype(op)))
        bounds, skips = op.spec.bounds, skip_nan and has_nan(op)
        whole = bounds is not None and not masked and whole_squares.fits(bounds, count)
        return Variance(op.spec.dtype, ddof, root, skips, masked, whole), number

    return reduce_by(name, make, build, args)


def _ordered(largest: bool, skip_nan: bool, name: str, build: Builder, args: Arguments) -> Operand:
    value = args["a"]
    refuse_complex(build, value.op if isinstance(value, Masked) else build.array(value), name)
    return reduce_by(name, partial(_extreme, largest, skip_nan), build, args)


def _peak_to_peak(build: Builder, args: Arguments) -> Operand:
    # Two reductions of one operand share a pass, so a statistic of its own would spare no reading.
    ends = [_ordered(largest, False, "ptp", build, args) for largest in (True, False)]
    return voxelwise(build, "ptp", ends, spread, typed("subtract", np.subtract))


def _truths(largest: bool, name: str, build: Builder, args: Arguments) -> Operand:
    value = args["a"]
    truth = apply(build, "not_equal", value, Static(0))

    def make(op: Op, count: int, masked: bool) -> tuple[Statistic, NumType]:
        return Extreme(op.spec.dtype, largest), BOOL

    return reduce_by(name, make, build, Arguments({**args, "a": truth}))


def _count_nonzero(build: Builder, args: Arguments) -> Operand:
    truth = apply(build, "not_equal", args["a"], Static(0))
    arguments = Arguments({**args, "a": truth})
    return reduce_by("count_nonzero", partial(summed, False), build, arguments)


_PLACE = "a, axis=None, keepdims=False"
_AXIS = "a, axis=None, keepdims=False, by=None"
_DTYPE = "a, axis=None, dtype=None, keepdims=False, by=None"
_DDOF = "a, axis=None, dtype=None, ddof=0, keepdims=False, by=None"


ROWS: tuple[Function, ...] = (
    *pair_of_rows("sum", _DTYPE, lambda nan, name: partial(reduce_by, name, partial(summed, nan))),
    *pair_of_rows(
        "prod", _DTYPE, lambda nan, name: partial(reduce_by, name, partial(_product, nan))
    ),
    *pair_of_rows(
        "mean", _DTYPE, lambda nan, name: partial(reduce_by, name, partial(averaged, nan))
    ),
    *pair_of_rows("std", _DDOF, lambda nan, name: partial(_spread, nan, True, name)),
    *pair_of_rows("var", _DDOF, lambda nan, name: partial(_spread, nan, False, name)),
    *pair_of_rows("min", _AXIS, lambda nan, name: partial(_ordered, False, nan, name)),
    *pair_of_rows("max", _AXIS, lambda nan, name: partial(_ordered, True, nan, name)),
    *pair_of_rows("argmin", _PLACE, lambda nan, name: partial(_position, False, nan, name)),
    *pair_of_rows("argmax", _PLACE, lambda nan, name: partial(_position, True, nan, name)),
    reduction_row("ptp", _AXIS, _peak_to_peak),
    reduction_row("any", _AXIS, partial(_truths, True, "any")),
    reduction_row("all", _AXIS, partial(_truths, False, "all")),
    reduction_row("count_nonzero", _AXIS, _count_nonzero),
)
"""The rows of the function table that reduce axes."""
