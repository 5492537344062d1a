"""Reductions over the regions of a label image: ``np.mean(bold, by=atlas)``.

The axes of space, whichever the operand has (x, y and z, or vertices), become one axis of regions
in front of the others.
`regions_of` sorts out the operands, `accumulated` and `ranked` add the operation; they serve
every function that takes labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nipype_mathimg.errors import FormulaError, sentence
from nipype_mathimg.formula.functions.parametrised import converted, where
from nipype_mathimg.formula.functions.row import Arguments
from nipype_mathimg.formula.graph.builder import Builder
from nipype_mathimg.formula.graph.op import Op
from nipype_mathimg.formula.graph.operands import Masked, Operand, Static
from nipype_mathimg.formula.graph.parcels import label_op, parcel_axis, parcels_of
from nipype_mathimg.formula.kernels.accumulator import Accumulator
from nipype_mathimg.formula.kernels.by_parcel import ByParcel
from nipype_mathimg.formula.kernels.extremes import Extreme
from nipype_mathimg.formula.kernels.kernel import Table
from nipype_mathimg.formula.kernels.parcel_quantiles import ParcelQuantiles
from nipype_mathimg.formula.kernels.parcel_rows import ParcelRows
from nipype_mathimg.formula.kernels.statistic import Statistic
from nipype_mathimg.formula.types.numtype import NumType
from nipype_mathimg.formula.types.regions import FULL, AxisMap, Follow
from nipype_mathimg.frozen import Frozen
from nipype_mathimg.spec import ArraySpec, Axis, Parcels
from nipype_mathimg.words import worded

__all__ = ["Regions", "accumulated", "alone", "ranked", "regions_of", "with_a_value"]


_EMPTY = (Parcels("", (), ()), False)
"""In place of regions that are known beforehand."""


class Regions(Frozen):
    """What a reduction by labels works on.

    Parameters
    ----------
    op : Op
        The values; axes of space first.
    labels : Op
        Whole numbers with as many axes; those behind space have length 1, or are those of a mask.
    space : int
        How many axes of space there are.
    parcels : Parcels
        The regions.
    filled : bool
        Every region has voxels.
    """

    op: Op
    labels: Op
    space: int
    parcels: Parcels
    filled: bool

    @property
    def table(self) -> Table:
        """The labels of the regions, as a field of a kernel."""
        return Table.of(np.asarray(self.parcels.labels, np.int64))

    @property
    def later(self) -> range:
        """The axes behind space."""
        return range(self.space, self.op.ndim)

    def maps(self, ahead: int) -> list[tuple[AxisMap, ...]]:
        """Return how the operands follow a result with so many axes before those behind space."""
        spaces: tuple[AxisMap, ...] = (FULL,) * self.space
        followed = [Follow(ahead + k - self.space) for k in self.later]
        own = (
            Follow(None, 0) if self.labels.shape[k] == 1 else follow
            for k, follow in zip(self.later, followed, strict=True)
        )
        return [(*spaces, *followed), (*spaces, *own)]


def alone(build: Builder, name: str, args: Arguments) -> None:
    """Refuse arguments that do not go with ``by=``.

    Raises
    ------
    FormulaError
        One of them is given.
    """
    if args.given_at("axis"):
        raise build.wrong(
            args["axis"],
            f"np.{name}: `by` says itself which axes go, x, y and z; reduce others before or "
            f"after, as in `np.{name}(np.mean(img, axis=-1), by=atlas)`",
        )
    if "keepdims" in args and build.flag(args["keepdims"], "keepdims"):
        raise build.wrong(
            args["keepdims"],
            "keepdims does not go with `by`; values of regions go back to the image with the "
            "labels, as in `np.mean(img, by=atlas)[atlas]`",
        )


def regions_of(
    build: Builder, value: Operand, by: Operand, index: Sequence[int] | None = None
) -> Regions:
    """Return values and labels with their axes in one order, and which regions there are.

    Parameters
    ----------
    build : Builder
        Receives the operations.
    value : Operand
        An image, or a selection by a mask.
    by : Operand
        The labels.
    index : sequence of int, optional
        Which labels are regions, in this order; those that the image has, or its table, when
        absent. With it the image is not looked at beforehand, and a region may be empty.

    Raises
    ------
    FormulaError
        They do not fit, or are no labels.
    """
    mask = None
    if isinstance(value, Masked):
        if value.mask is None:
            raise build.fail("Regions need the axes of an image; leave out `.ravel()`")
        if isinstance(by, Masked) and by.same_selection(value):
            by = by.op
        mask, value = value.mask, value.op
    op = build.array(value)
    given = build.array(by, "a label image")
    try:
        labels = label_op(build, by, given)
        space = _common_places(build, by, op, labels)
        parcels, filled = parcels_of(build, by, labels) if index is None else _EMPTY
    except FormulaError as error:
        # The operands may stand in each other's place.
        if given.spec.bounds is None and op.spec.bounds is not None and op.shape:
            told = f"If `{build.text(op)}` are the labels, write them behind `by=`"
            both = worded("{said} {told}", said=sentence(error.wording), told=told)
            raise build.wrong(by, both) from None
        raise
    if index is not None:
        parcels, filled = Parcels(build.text(labels), tuple(index), tuple(map(str, index))), False
    order = [*space, *(k for k in range(op.ndim) if k not in space)]
    if mask is not None and order != list(range(op.ndim)):
        mask = _permuted_mask(build, mask, order)
    op = build.permuted(op, order)
    labels = _beside(build, by, op, labels)
    if mask is not None:
        spread = _with_axes(build, mask, op.ndim)
        labels = build.array(where(build, spread, labels, Static(0)))
    return Regions(op, labels, len(space), parcels, filled and mask is None)


def _common_places(build: Builder, by: Operand, op: Op, labels: Op) -> list[int]:
    """Return the axes of space of an operand, which the labels have too."""
    names = [axis.source for axis in op.spec.axes]
    space = [k for k, axis in enumerate(op.spec.axes) if axis.is_place]
    own = [axis.source for axis in labels.spec.axes]
    if sorted(map(str, own)) != sorted(str(names[k]) for k in space):
        raise build.wrong(
            by,
            f"`{build.text(op)}` has the axes {', '.join(map(str, names))}, and the labels have "
            f"{', '.join(map(str, own))}; both need the same axes of space",
        )
    return space


def _beside(build: Builder, by: Operand, op: Op, labels: Op) -> Op:
    """Return labels with the axes of an operand whose axes of space come first."""
    own = [axis.source for axis in labels.spec.axes]
    labels = build.permuted(labels, [own.index(op.spec.axes[k].source) for k in range(len(own))])
    if labels.shape != op.shape[: labels.ndim]:
        raise build.wrong(
            by,
            f"The labels have the shape {labels.shape} and `{build.text(op)}` has {op.shape}; "
            "they have to lie on one grid",
        )
    wide = _with_axes(build, labels, op.ndim)
    build.note_meetings([op, wide])
    return wide


def _with_axes(build: Builder, op: Op, ndim: int) -> Op:
    """Return an array with axes of length 1 behind its own."""
    return build.expanded(op, range(op.ndim, ndim)) if op.ndim < ndim else op


def _permuted_mask(build: Builder, mask: Op, order: list[int]) -> Op:
    if mask.ndim != len(order):
        raise build.fail(
            "The axes of an image that is selected by a mask have to be in the order x, y, z; "
            "re-order it with np.transpose after the reduction"
        )
    return build.permuted(mask, order)


def accumulated(
    build: Builder, name: str, regions: Regions, statistic: Statistic, number: NumType
) -> Op:
    """Add the accumulation of a statistic of every region.

    Parameters
    ----------
    build : Builder
        Receives the operation.
    name : str
        Name of the function.
    regions : Regions
        Values and labels.
    statistic : Statistic
        What is computed of each region; made for a mask, since a region may be empty.
    number : NumType
        Type of the result.
    """
    op = regions.op
    if isinstance(statistic, Extreme):
        statistic = statistic.changed(of_nothing=True)
    dtype: np.dtype[Any] = number.dtype
    if dtype.kind in "fc":
        # A table is small: it has full precision, as a plain number does.
        dtype = np.result_type(dtype, np.float64)
    filed = _places_last(build, regions)
    kernel: Accumulator = ByParcel(statistic, op.shape, regions.space, regions.table, dtype, name)
    shape = (len(regions.parcels.labels), *(op.shape[k] for k in regions.later))
    axes = (parcel_axis(regions.parcels), *(op.spec.axes[k] for k in regions.later))
    spec = ArraySpec(shape, dtype, axes, number.bounds, number.wide)
    args, maps = [op, regions.labels], regions.maps(1)
    if filed:
        kernel = ParcelRows(statistic, filed[0].shape, regions.table, dtype, name)
        later: list[AxisMap] = [Follow(1 + k) for k in range(op.ndim - 1)]
        args, maps = list(filed), [(*later, FULL), (*(Follow(None, 0) for _ in later), FULL)]
    return build.graph.add(kernel, spec, args, maps, build.span, whole=frozenset({0}))


def _places_last(build: Builder, regions: Regions) -> tuple[Op, Op] | None:
    """Return values and labels as they lie in a file that has the places last, else None."""
    op, labels = regions.op, regions.labels
    filed, order = build.in_file_order(op)
    last = (*regions.later, 0)
    if regions.space != 1 or order != last or op.ndim == 1 or labels.spec.size > labels.shape[0]:
        return None
    return filed, build.permuted(labels, order)


def with_a_value(build: Builder, regions: Regions) -> Regions:
    """Return integers as floats where a region may be empty, which has no smallest value."""
    if regions.filled or regions.op.spec.dtype.kind not in "iu":
        return regions
    wide = converted(build, regions.op, np.dtype(float))
    return regions.changed(op=build.array(wide))


def ranked(
    build: Builder,
    name: str,
    regions: Regions,
    quantiles: tuple[float, ...],
    *,
    scalar: bool,
    skip_nan: bool,
) -> Op:
    """Add quantiles of every region; a list of them comes in front of the regions."""
    op = build.array(converted(build, regions.op, np.dtype(float)))
    shape = (len(regions.parcels.labels), *(op.shape[k] for k in regions.later))
    axes = (parcel_axis(regions.parcels), *(op.spec.axes[k] for k in regions.later))
    if not scalar:
        shape, axes = (len(quantiles), *shape), (Axis(), *axes)
    ahead = 1 if scalar else 2
    kernel = ParcelQuantiles(name, quantiles, scalar, skip_nan, regions.space, regions.table)
    spec = ArraySpec(shape, np.dtype(float), axes)
    return build.graph.add(
        kernel,
        spec,
        [op, regions.labels],
        regions.maps(ahead),
        build.span,
        whole=frozenset(range(ahead)),
    )
