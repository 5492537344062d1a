"""What all reductions share: the operand, and how a statistic becomes an operation."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from nipype_mathimg.domain import domain_of
from nipype_mathimg.formula.functions.parametrised import converted
from nipype_mathimg.formula.functions.row import Arguments, Function
from nipype_mathimg.formula.graph.builder import Builder
from nipype_mathimg.formula.graph.op import Op
from nipype_mathimg.formula.graph.operands import Masked, Operand, Static
from nipype_mathimg.formula.kernels.accumulate import Reduction
from nipype_mathimg.formula.kernels.extremes import ArgExtreme, Extreme
from nipype_mathimg.formula.kernels.statistic import Statistic
from nipype_mathimg.formula.types.numtype import NumType, inexact
from nipype_mathimg.formula.types.regions import FULL, AxisMap, Follow
from nipype_mathimg.frozen import Frozen
from nipype_mathimg.spec import ArraySpec

__all__ = [
    "Reducible",
    "floating_dtype",
    "operand_of",
    "pair_of_rows",
    "reduce_by",
    "reduction_row",
    "refuse_complex",
    "with_axes_kept",
]


MakeStatistic = Callable[[Op, int, bool], tuple[Statistic, NumType]]
"""From the operand, the number of values and whether there is a mask, to statistic and type."""


class Reducible(Frozen):
    """What a reduction works on: an array, perhaps with a mask, and which axes go."""

    op: Op
    mask: Op | None
    axes: tuple[int, ...]
    selected: bool


def operand_of(build: Builder, value: Operand, axis: Operand) -> Reducible:
    """Return the operand of a reduction, and which of its axes go."""
    if not isinstance(value, Masked):
        op = build.array(value)
        if not op.shape:
            raise build.fail(
                "A number has no axes to reduce; the argument has to be an image or a list"
            )
        return Reducible(op, None, build.axes(axis, op.ndim, op.sources), selected=False)
    # The axes that the mask covers count as one, the first.
    covered, op = value.covered, value.op
    named = build.axes(axis, 1 + op.ndim - covered)
    axes = tuple(a + covered - 1 for a in named if a > 0)
    if 0 not in named:
        raise build.fail(
            f"`img[mask]` has the selected {value.many} as axis 0; reduce that axis (too)"
        )
    mask = None if value.mask is None else _over(build, value.mask, op)
    return Reducible(op, mask, (*range(covered), *axes), selected=True)


def _over(build: Builder, mask: Op, op: Op) -> Op:
    """Return a mask with as many axes as what it selects from."""
    return build.expanded(mask, range(mask.ndim, op.ndim)) if mask.ndim < op.ndim else mask


def with_axes_kept(build: Builder, op: Op, operand: Reducible) -> Op:
    """Give a reduced array its axes back, with length 1 (`keepdims`)."""
    if operand.selected:
        many = domain_of(operand.op.spec.axes).many
        raise build.fail(f"keepdims is not possible for a selection of {many}")
    result = build.expanded(op, operand.axes)
    axes = list(result.spec.axes)
    for axis in operand.axes:
        source, length = operand.op.spec.axes[axis], operand.op.shape[axis]
        if source.is_space:
            # One voxel as thick as all that were reduced, where they were.
            axes[axis] = source.stepped((length - 1) / 2, length)
    layout = [(k, 0, 1, n) for k, n in enumerate(result.shape)]
    return build.graph.view(result, layout, {}, axes, build.span)


def _finish(build: Builder, result: Op, operand: Reducible, args: Arguments) -> Operand:
    if "keepdims" in args and build.flag(args["keepdims"], "keepdims"):
        return with_axes_kept(build, result, operand)
    return result


def reduce_by(name: str, make: MakeStatistic, build: Builder, args: Arguments) -> Operand:
    """Reduce by a statistic.

    Parameters
    ----------
    name : str
        Name of the function, for messages and plans.
    make : callable
        From the operand, the number of values that become one, and whether a mask says which of
        them count, to the statistic and the type of the result.
    build : Builder
        Receives the operation.
    args : Arguments
        The call: `a` and `axis`, perhaps `dtype`, `keepdims` and `by`.

    Raises
    ------
    FormulaError
        The operand has no such axes or no values, or an argument cannot stand there.
    """
    value = args["a"]
    if "dtype" in args and args.given("dtype"):
        dtype = build.dtype(args["dtype"])
        if dtype is not None:
            value = converted(build, value, dtype)
    if args.given_at("by"):
        return _by_label(name, make, build, value, args)
    operand = operand_of(build, value, args["axis"])
    if not operand.axes:
        # As in NumPy: each element alone is reduced, and stays where it is.
        single = build.expanded(operand.op, [operand.op.ndim])
        alone: dict[str, Operand] = {"a": single, "axis": Static(-1), "dtype": Static(None)}
        alone["keepdims"] = Static(value=False)
        return reduce_by(name, make, build, Arguments({**args, **alone}))
    count = int(np.prod([operand.op.shape[a] for a in operand.axes], dtype=object))
    if count == 0:
        raise build.fail(f"np.{name} of no values")
    filed = _in_file_order(build, operand)
    statistic, number = make(filed.op, count, operand.mask is not None)
    if isinstance(statistic, ArgExtreme) and len(operand.axes) == operand.op.ndim:
        # Where in all of the array it is counts in the order of the formula.
        filed = operand
        statistic, number = make(operand.op, count, operand.mask is not None)
    result = _reduced(build, name, filed, statistic, number)
    return _finish(build, result, operand, args)


def _by_label(
    name: str, make: MakeStatistic, build: Builder, value: Operand, args: Arguments
) -> Op:
    """Reduce the regions of a label image."""
    # Few formulas have regions, and all of them start faster without.
    from nipype_mathimg.formula.functions.by_label import (
        accumulated,
        alone,
        regions_of,
        with_a_value,
    )

    alone(build, name, args)
    regions = regions_of(build, value, args["by"])
    # Any number of the voxels may be in one region.
    count = math.prod(regions.op.shape[: regions.space])
    statistic, number = make(regions.op, count, True)
    if isinstance(statistic, Extreme):
        regions = with_a_value(build, regions)
        statistic, number = make(regions.op, count, True)
    return accumulated(build, name, regions, statistic, number)


def _reduced(
    build: Builder, name: str, operand: Reducible, statistic: Statistic, number: NumType
) -> Op:
    """Add the operation that accumulates a statistic."""
    op, mask, axes = operand.op, operand.mask, operand.axes
    kept = tuple(axis for axis in range(op.ndim) if axis not in axes)
    shape = tuple(op.shape[axis] for axis in kept)
    dtype = number.dtype
    if not shape and dtype.kind in "fc":
        dtype = np.result_type(dtype, np.float64)  # a plain number has full precision
    axes_kept = tuple(op.spec.axes[a] for a in kept)
    spec = ArraySpec(shape, dtype, axes_kept, number.bounds, number.wide)
    maps: list[tuple[AxisMap, ...]] = [
        tuple(Follow(kept.index(a)) if a in kept else FULL for a in range(op.ndim))
    ]
    args = [op]
    if mask is not None:
        args.append(mask)
        maps.append(
            tuple(Follow(None, 0) if n == 1 else maps[0][a] for a, n in enumerate(mask.shape))
        )
    reduction = Reduction(statistic, op.shape, axes, dtype, mask is not None, name)
    return build.graph.add(reduction, spec, args, maps, build.span, weak=not shape)


def _in_file_order(build: Builder, operand: Reducible) -> Reducible:
    """Return the operand with its axes as they lie in a file, which is read in one pass then."""
    op, order = build.in_file_order(operand.op)
    kept = [a for a in order if a not in operand.axes]
    if op is operand.op or kept != sorted(kept):
        return operand
    mask = None if operand.mask is None else build.permuted(operand.mask, order)
    axes = tuple(k for k, a in enumerate(order) if a in operand.axes)
    return operand.changed(op=op, mask=mask, axes=axes)


def floating_dtype(op: Op) -> np.dtype[Any]:
    """Return the dtype of a mean of an operand."""
    return inexact([NumType(op.spec.dtype, op.spec.bounds)])


def has_nan(op: Op) -> bool:
    """Tell whether an operand can hold NaN."""
    return op.spec.dtype.kind in "fc"


def refuse_complex(build: Builder, op: Op, name: str) -> None:
    """Refuse complex numbers, which have no order."""
    if op.spec.dtype.kind == "c":
        raise build.fail(f"np.{name}: complex numbers have no order; take np.abs first")


def reduction_row(
    name: str, signature: str, lower: Callable[[Builder, Arguments], Operand]
) -> Function:
    """Return a row of the function table."""
    return Function(name, signature, lower)


def pair_of_rows(name: str, signature: str, make: Callable[[bool, str], Any]) -> list[Function]:
    """Return the rows of a function and of its variant that skips NaN."""
    return [
        reduction_row(prefix + name, signature, make(bool(prefix), prefix + name))
        for prefix in ("", "nan")
    ]
