"""Lists that count the voxels of an image: np.unique, np.bincount, np.histogram."""

from __future__ import annotations

import math

import numpy as np

from nipype_mathimg.formula.functions.operand import Reducible, operand_of, refuse_complex
from nipype_mathimg.formula.functions.parametrised import converted
from nipype_mathimg.formula.functions.row import Arguments, Function
from nipype_mathimg.formula.graph.builder import Builder
from nipype_mathimg.formula.graph.labels import whole_labels
from nipype_mathimg.formula.graph.op import Op
from nipype_mathimg.formula.graph.operands import Listed, Operand, Static, Values
from nipype_mathimg.formula.kernels.counting import MOST_NUMBERS
from nipype_mathimg.formula.kernels.histogram import Histogram
from nipype_mathimg.formula.kernels.kernel import Kernel
from nipype_mathimg.formula.kernels.occurrences import Bincount, Unique
from nipype_mathimg.formula.types.numtype import NumType
from nipype_mathimg.formula.types.regions import FULL, AxisMap
from nipype_mathimg.spec import ArraySpec, Axis

__all__ = ["ROWS"]


def _all_of(build: Builder, value: Operand, name: str) -> Reducible:
    """Return what is counted: all of an image, or of a selection."""
    counted = operand_of(build, value, Static(None))
    refuse_complex(build, counted.op, name)
    return counted


def _list(
    build: Builder, kernel: Kernel, counted: Reducible, number: NumType, shape: tuple[int, ...]
) -> Op:
    """Add what counts all values of an operand: a list, or one number."""
    spec = ArraySpec(shape, number.dtype, (Axis(),) * len(shape), number.bounds)
    args = [counted.op] if counted.mask is None else [counted.op, counted.mask]
    maps: list[tuple[AxisMap, ...]] = [(FULL,) * arg.ndim for arg in args]
    whole = frozenset(range(len(shape)))
    return build.graph.add(kernel, spec, args, maps, build.span, weak=not shape, whole=whole)


def _listed(build: Builder, op: Op, remedy: str, size: Op | None = None) -> Operand:
    """Return a list whose length is known only after reading, unless numbers alone are counted."""
    known = build.known(op)
    return Listed(op, remedy, size) if known is op else known


def _count(counted: Reducible) -> NumType:
    return NumType(np.dtype(np.int64), (0, max(math.prod(counted.op.shape), 1)))


def _unique(build: Builder, args: Arguments) -> Operand:
    counted = _all_of(build, args["ar"], "unique")
    op, masked = counted.op, counted.mask is not None
    length = min(math.prod(op.shape), MOST_NUMBERS)
    if op.spec.bounds is not None:
        length = min(length, op.spec.bounds[1] - op.spec.bounds[0] + 1)
    remedy = "look values up by np.isin, take the largest by np.max, count labels by np.bincount"

    def gives(what: str, number: NumType, shape: tuple[int, ...] = (length,)) -> Op:
        kernel = Unique(op.shape, masked, what, length)
        return _list(build, kernel, counted, number, shape)

    size = gives("size", _count(counted), ())
    values = gives("values", NumType(op.spec.dtype, op.spec.bounds))
    found = _listed(build, values, remedy, size)
    if not build.flag(args["return_counts"], "return_counts"):
        return found
    counts = gives("counts", _count(counted))
    return Values((found, _listed(build, counts, remedy, size)), "np.unique")


def _bincount(build: Builder, args: Arguments) -> Operand:
    counted = _all_of(build, args["x"], "bincount")
    op, masked = counted.op, counted.mask is not None
    if not counted.selected and op.ndim > 1:
        text = build.text(op)
        shown = text if text.isidentifier() else f"({text})"
        raise build.fail(
            f"np.bincount takes a list of numbers, not an image; write `{shown}.ravel()`, or a "
            f"selection, as in `{shown}[mask > 0]`"
        )
    least = build.integer(args["minlength"], "minlength")
    if not 0 <= least <= MOST_NUMBERS:
        raise build.wrong(
            args["minlength"], f"np.bincount: minlength has to lie between 0 and {MOST_NUMBERS}"
        )
    if op.spec.bounds is None:
        counted = counted.changed(op=whole_labels(build, op))
    low, high = counted.op.spec.bounds or (0, MOST_NUMBERS)
    if high < 0:
        raise build.fail(
            f"np.bincount counts 0, 1, 2, ..., and this lies between {low} and {high}"
        )
    length = max(min(high + 1, MOST_NUMBERS), least)
    kernel = Bincount(op.shape, masked, least, length)
    found = _list(build, kernel, counted, _count(counted), (length,))
    if high < least:
        return found
    return _listed(build, found, "give it a length that holds all values, as in `minlength=100`")


def _histogram(build: Builder, args: Arguments) -> Operand:
    counted = _all_of(build, args["a"], "histogram")
    if counted.op.type.is_bool:
        # NumPy counts truths as numbers too.
        counted = counted.changed(op=build.array(converted(build, counted.op, np.dtype(np.uint8))))
    bins = _bins(build, args["bins"])
    limits = None if isinstance(bins, tuple) else _limits(build, args)
    density = build.flag(args["density"], "density")
    count = bins if isinstance(bins, int) else len(bins) - 1
    shape, masked = counted.op.shape, counted.mask is not None

    def lists(number: NumType, length: int, *, edges: bool) -> Op:
        kernel = Histogram(shape, masked, bins, limits, edges, density and not edges, length)
        return _list(build, kernel, counted, number, (length,))

    real = NumType(np.dtype(float))
    counts = lists(real if density else _count(counted), count, edges=False)
    ends: Operand
    if isinstance(bins, int) and limits is None:
        ends = lists(real, count + 1, edges=True)
    else:
        ends = build.numbers(np.histogram_bin_edges(np.empty(0), bins, limits).tolist())
    return Values((build.known(counts), build.known(ends)), "np.histogram")


def _bins(build: Builder, value: Operand) -> int | tuple[float, ...]:
    """Return the number of bins, or their edges."""
    if not isinstance(value, Values | Op):
        count = build.integer(value, "bins")
        if not 1 <= count < MOST_NUMBERS:
            raise build.wrong(
                value, f"np.histogram: bins has to lie between 1 and {MOST_NUMBERS - 1}"
            )
        return count
    edges = build.reals_of(value, "bins").astype(float)
    # Not `any(... < 0)`, which is false for NaN.
    if edges.size < 2 or not np.all(np.diff(edges) >= 0):
        raise build.wrong(
            value, "np.histogram: the edges in bins have to be two or more that ascend"
        )
    return tuple(edges.tolist())


def _limits(build: Builder, args: Arguments) -> tuple[float, float] | None:
    """Return between which numbers the bins lie."""
    if not args.given("range"):
        return None
    ends = build.reals_of(args["range"], "range").astype(float)
    if ends.shape != (2,) or not np.isfinite(ends).all() or ends[0] > ends[1]:
        raise build.wrong(
            args["range"], "np.histogram: range has two ends that ascend, as in `range=(0, 1)`"
        )
    low, high = ends.tolist()
    return low, high


ROWS: tuple[Function, ...] = (
    Function("unique", "ar, return_counts=False", _unique),
    Function("bincount", "x, minlength=0", _bincount),
    Function("histogram", "a, bins=10, range=None, density=False", _histogram),
)
"""The rows of the function table that count voxels."""
