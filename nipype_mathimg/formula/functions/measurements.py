"""SciPy's measurements of labelled voxels: ``ndimage.mean(img, labels, index)``.

A list of labels gives a list in its order, one label a number, no index the voxels whose label is
above 0, and no labels all voxels; of every volume. A label that no voxel has gives NaN (a sum of
0), also where SciPy says 0. They are the reductions of ``by=``, with the regions named.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from nipype_mathimg.formula.functions import order_statistics, reductions
from nipype_mathimg.formula.functions.by_label import (
    accumulated,
    ranked,
    regions_of,
    with_a_value,
)
from nipype_mathimg.formula.functions.elementwise import apply
from nipype_mathimg.formula.functions.parametrised import converted
from nipype_mathimg.formula.functions.row import Arguments, Function
from nipype_mathimg.formula.functions.space import neighbour_row, real_image
from nipype_mathimg.formula.graph.attributes import INDICES, attribute, no_place
from nipype_mathimg.formula.graph.builder import Builder
from nipype_mathimg.formula.graph.op import Op
from nipype_mathimg.formula.graph.operands import Masked, Operand, Static, Values
from nipype_mathimg.formula.graph.parcels import label_op
from nipype_mathimg.formula.kernels.extremes import Extreme
from nipype_mathimg.formula.kernels.moments import Variance
from nipype_mathimg.formula.types.numtype import NumType
from nipype_mathimg.spec import Axis

__all__ = ["ROWS"]

_REDUCTIONS = {row.name: row for row in (*reductions.ROWS, *order_statistics.ROWS)}

IN_NUMPY = {
    "sum": "sum", "sum_labels": "sum", "mean": "mean", "median": "median",
    "standard_deviation": "std", "variance": "var", "minimum": "min", "maximum": "max",
}  # fmt: skip
"""What NumPy calls the same of all voxels."""


def _measured(name: str, build: Builder, args: Arguments) -> Operand:
    op = real_image(build, args["input"], f"ndimage.{name}")
    if op.spec.dtype == np.float32 and name not in ("minimum", "maximum"):
        # As SciPy gives them, whatever the image holds.
        op = build.array(converted(build, op, np.dtype(float)))
    return _measure(build, name, op, args)


def _measure(build: Builder, name: str, op: Op, args: Arguments) -> Op:
    """Return a measurement of one region, or a list of those of several."""
    space = [k for k, axis in enumerate(op.spec.axes) if axis.is_place]
    if not space:
        raise build.fail(f"ndimage.{name} takes an image, and `{build.text(op)}` has no places")
    if not args.given("labels"):
        if args.given("index"):
            raise build.wrong(args["index"], f"ndimage.{name}: an index needs `labels`")
        return _reduced(build, name, op, tuple(Static(k) for k in space))
    labels = label_op(build, args["labels"], build.array(args["labels"], "a label image"))
    index = args["index"]
    if isinstance(index, Values | Op) and not (isinstance(index, Op) and not index.shape):
        numbers = build.numbers_of(index, "index")
        if numbers.dtype.kind not in "iu" or len(set(numbers.tolist())) < numbers.size:
            raise build.wrong(index, "index names labels, whole numbers, and none twice")
        return _of_regions(build, name, op, labels, numbers.tolist())
    if args.given("index"):
        inside = apply(build, "equal", labels, Static(build.integer(index, "index")))
    else:
        inside = apply(build, "greater", labels, Static(0))
    if op.ndim == labels.ndim:
        selected = Masked(op, build.array(inside), op.ndim)
        return build.array(_REDUCTIONS[IN_NUMPY[name]](build, [selected]))
    one = build.array(converted(build, inside, np.dtype(np.uint8)))
    return build.without_axis(_of_regions(build, name, op, one, [1]), 0)


def _reduced(build: Builder, name: str, op: Op, axes: tuple[Static, ...]) -> Op:
    row = _REDUCTIONS[IN_NUMPY[name]]
    return build.array(row(build, [op], [("axis", Values(axes))]))


def _of_regions(build: Builder, name: str, op: Op, labels: Op, index: list[int]) -> Op:
    """Return a list of measurements, in the order of the labels."""
    # Regions are counted from 1; SciPy allows any label, 0 too.
    less = min(index) - 1
    if less < 0:
        labels = build.array(apply(build, "subtract", labels, Static(less)))
        index = [label - less for label in index]
    regions = regions_of(build, op, labels, index)
    found = IN_NUMPY[name]
    if found == "median":
        result = ranked(build, name, regions, (0.5,), scalar=True, skip_nan=False)
    else:
        if found in ("min", "max"):
            regions = with_a_value(build, regions)
        values = regions.op
        count = int(np.prod(values.shape[: regions.space], dtype=object))
        if found in ("sum", "mean"):
            make = reductions.summed if found == "sum" else reductions.averaged
            statistic, number = make(False, values, count, True)
        elif found in ("std", "var"):
            statistic = Variance(values.spec.dtype, 0, found == "std", False, True)
            number = NumType(np.dtype(float))
        else:
            statistic = Extreme(values.spec.dtype, found == "max", False)
            number = NumType(values.spec.dtype, values.spec.bounds)
        result = accumulated(build, f"ndimage.{name}", regions, statistic, number)
    # A list of numbers, as SciPy's: what it is about stands in `index`.
    layout = [(k, 0, 1, n) for k, n in enumerate(result.shape)]
    axes = (Axis(), *result.spec.axes[1:])
    return build.graph.view(result, layout, {}, axes, build.span)


def _centre(build: Builder, args: Arguments) -> Operand:
    """Return the places, in voxels of the array at hand, where labelled voxels balance."""
    op = real_image(build, args["input"], "ndimage.center_of_mass")
    if not any(axis.is_space for axis in op.spec.axes):
        raise build.fail(f"ndimage.center_of_mass: {no_place(op.spec.axes)}")
    names = {source: name for name, source in INDICES.items()}
    weights = build.array(converted(build, op, np.dtype(float)))
    total = _measure(build, "sum", weights, args)
    centres = []
    for axis in op.spec.axes:
        if axis.is_space and axis.source is not None:
            steps = attribute(build, op, names[axis.source])
            moment = build.array(apply(build, "multiply", weights, steps))
            centre = apply(build, "divide", _measure(build, "sum", moment, args), total)
            centres.append(build.array(centre))
    if isinstance(args["index"], Values | Op):
        return build.stacked(centres, 1)
    return Values(tuple(centres))


ROWS: tuple[Function, ...] = (
    *(
        neighbour_row(name, "input, labels=None, index=None", partial(_measured, name))
        for name in IN_NUMPY
    ),
    neighbour_row("center_of_mass", "input, labels=None, index=None", _centre),
)
"""The rows of the function table that measure labelled voxels."""
