"""The statistics that are accumulated: sums, products, variances.

Sums of floats are kept in float64, of integers in int64. Variances use the data shifted by their
first value K (Chan, Golub & LeVeque, Am. Stat. 37:242, 1983, section 3): as K is one of the data,
sum((x - K)**2) is at most (1 + n) times the wanted sum of squares, so no more than a factor
1 + n of float64's precision is lost, also on 1e5 +- 1. Parts are merged by the pairwise formula
of the same paper.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nipype_mathimg.formula.kernels import whole_squares
from nipype_mathimg.formula.kernels.statistic import Fields, OneByOne, added, rows_for
from nipype_mathimg.frozen import Frozen
from nipype_mathimg.spec import Array

__all__ = ["Product", "Sum", "Variance", "valid"]


def _accumulator(dtype: np.dtype[Any]) -> np.dtype[Any]:
    if dtype.kind in "biu":
        # That the sum fits is known from the ranges of the operands; else it is a `WideSum`.
        return np.dtype(np.uint64 if dtype == np.uint64 else np.int64)
    return np.result_type(dtype, np.float64)


def valid(values: Array, mask: Array | None, skip_nan: bool) -> Array | None:
    """Return where values count, None for everywhere."""
    if not skip_nan or values.dtype.kind not in "fc":
        return mask
    good = ~np.isnan(values)
    return good if mask is None else good & mask


def _counts_of(good: Array | None, values: Array, starts: Array) -> Array:
    """Return how many values of each segment count."""
    if good is None:
        lengths = np.diff(starts, append=values.shape[1])
        return np.broadcast_to(lengths, (len(values), len(starts)))
    counts: Array = np.add.reduceat(good, starts, axis=1, dtype=np.int64)
    return counts


def _count(good: Array | None, values: Array) -> Array:
    """Return how many values of each column count."""
    if good is None:
        return np.full(values.shape[1], values.shape[0])
    return np.asarray(np.count_nonzero(good, axis=0))


class Sum(Frozen):
    """The sum, or the mean.

    Parameters
    ----------
    dtype : numpy.dtype
        Dtype of the operand.
    mean : bool
        Divide by the number of values.
    skip_nan : bool
        NaN does not count.
    masked : bool
        A mask says what counts.
    narrow : bool
        The operand is of integers whose sum certainly fits into int32, which takes half the time.
    """

    dtype: np.dtype[Any]
    mean: bool = False
    skip_nan: bool = False
    masked: bool = False
    narrow: bool = False

    @property
    def computed_in(self) -> np.dtype[Any]:
        """The dtype of the sum."""
        return np.dtype(np.int32) if self.narrow else _accumulator(self.dtype)

    @property
    def _counts(self) -> bool:
        return self.mean and (self.skip_nan or self.masked)

    def start(self, cells: int, alike: bool = False) -> Fields:
        """Return zeros."""
        fields = {"sum": np.zeros(cells, self.computed_in)}
        if self._counts:
            fields["count"] = np.zeros(cells, np.int64)
        return fields

    def fold(self, state: Fields, values: Array, mask: Array | None, position: int) -> None:
        """Add one value to each cell."""
        good = valid(values, mask, self.skip_nan)
        if good is None:
            np.add(state["sum"], values, out=state["sum"])
            return
        # `where`, not a product with the mask: NaN times 0 is NaN.
        np.add(state["sum"], values, out=state["sum"], where=good)
        if self._counts:
            state["count"] += good

    def fold_rows(self, state: Fields, values: Array, position: int) -> None:
        """Add several values to each cell, one after the other."""
        rows, wide = rows_for(state["sum"], values)
        good = valid(wide, None, self.skip_nan)
        if good is not None:
            wide[~good] = 0
        state["sum"][...] = added(state["sum"], rows)
        if self._counts:
            state["count"] += len(values) if good is None else np.count_nonzero(good, axis=0)

    def plane(self, values: Array, mask: Array | None) -> Fields:
        """Sum each column."""
        good = valid(values, mask, self.skip_nan)
        # Columns have to be contiguous: NumPy then sums each of them pairwise. In C order it would
        # add row to row, so the bits would depend on how the operand lies in memory.
        wide = values.astype(self.computed_in, order="F")
        if good is not None:
            wide[~good] = 0
        fields = {"sum": wide.sum(axis=0, dtype=self.computed_in)}
        if self._counts:
            fields["count"] = _count(good, values)
        return fields

    def segments(self, values: Array, starts: Array) -> Fields:
        """Sum each segment, pairwise as `numpy.sum` does."""
        good = valid(values, None, self.skip_nan)
        wide = values.astype(self.computed_in)
        if good is not None:
            wide[~good] = 0
        fields = {"sum": np.add.reduceat(wide, starts, axis=1, dtype=self.computed_in)}
        if self._counts:
            fields["count"] = _counts_of(good, values, starts)
        return fields

    def merge(self, table: Fields, axes: tuple[int, ...]) -> Fields:
        """Sum the planes."""
        # The table is complete and has one layout: the
        # order of this sum does not depend on the slabs.
        return {name: field.sum(axis=axes) for name, field in table.items()}

    def result(self, state: Fields, count: int) -> Array:
        """Return the sum, or the mean: NaN where nothing counted."""
        if not self.mean:
            return state["sum"]
        return np.true_divide(state["sum"], state.get("count", count))


class Product(Frozen, OneByOne):
    """The product; parameters as for `Sum`, computed in `accumulate`.

    `whole` says that the operands are integers, whose zero has no sign.
    """

    accumulate: np.dtype[Any]
    skip_nan: bool = False
    whole: bool = False

    @property
    def computed_in(self) -> np.dtype[Any]:
        """The dtype of the product."""
        return self.accumulate

    def start(self, cells: int, alike: bool = False) -> Fields:
        """Return ones."""
        return {"product": np.ones(cells, self.accumulate)}

    def fold(self, state: Fields, values: Array, mask: Array | None, position: int) -> None:
        """Multiply each cell by one value."""
        good = valid(values, mask, self.skip_nan)
        product = state["product"]
        values = values.astype(self.accumulate, copy=False)
        np.multiply(product, values, out=product, where=True if good is None else good)

    def plane(self, values: Array, mask: Array | None) -> Fields:
        """Multiply each column."""
        good = valid(values, mask, self.skip_nan)
        wide = values.astype(self.accumulate, order="F")
        if good is not None:
            wide[~good] = 1
        return {"product": wide.prod(axis=0)}

    def segments(self, values: Array, starts: Array) -> Fields:
        """Multiply each segment."""
        good = valid(values, None, self.skip_nan)
        wide = values.astype(self.accumulate)
        if good is not None:
            wide[~good] = 1
        return {"product": np.multiply.reduceat(wide, starts, axis=1)}

    def merge(self, table: Fields, axes: tuple[int, ...]) -> Fields:
        """Multiply the planes."""
        return {"product": table["product"].prod(axis=axes)}

    def result(self, state: Fields, count: int) -> Array:
        """Return the product."""
        return state["product"] + 0.0 if self.whole else state["product"]


class Variance(Frozen, OneByOne):
    """The variance, or the standard deviation, in float64.

    Values are converted to float64 first, and means are rounded to it, as in NumPy. So a standard
    deviation is off by at most some 8 * 2**-53 of the largest magnitude: nothing that would be
    seen, but for integers of 64 bits near the ends of their range (8192 at 2**63).

    Parameters
    ----------
    dtype : numpy.dtype
        Dtype of the operand.
    ddof : float
        The divisor is the number of values minus `ddof`.
    root : bool
        Return the square root: the standard deviation.
    skip_nan : bool
        NaN does not count.
    masked : bool
        A mask says what counts.
    whole : bool
        The operand is of integers of which `whole_squares` can add up as many as there are.
    """

    dtype: np.dtype[Any]
    ddof: float = 0
    root: bool = False
    skip_nan: bool = False
    masked: bool = False
    whole: bool = False

    @property
    def computed_in(self) -> np.dtype[Any]:
        """The dtype of differences, or of integers that need none."""
        return whole_squares.WHOLE if self.whole else self._wide

    @property
    def _wide(self) -> np.dtype[Any]:
        return np.dtype(complex if self.dtype.kind == "c" else float)

    def start(self, cells: int, alike: bool = False) -> Fields:
        """Return the state of nothing."""
        if alike and self.whole:
            return whole_squares.start(cells)
        fields = {
            "shift": np.zeros(cells, self._wide),
            "sum": np.zeros(cells, self._wide),
            "squares": np.zeros(cells),
        }
        if not alike or self.skip_nan:
            fields["count"] = np.zeros(cells, np.int64)
        return fields

    def fold(self, state: Fields, values: Array, mask: Array | None, position: int) -> None:
        """Add one value to each cell."""
        if state["sum"].dtype == whole_squares.WHOLE:
            whole_squares.fold(state, values, position)
            return
        good = valid(values, mask, self.skip_nan)
        if good is not None:
            self._fold_where(state, values, good)
            return
        first = position == 0
        if "count" in state:
            state["count"] += 1
            # Without a mask all cells of a state have seen equally many values.
            first = state["count"][0] == 1
        if first:
            state["shift"][...] = values
            # inf - inf and nan: the variance of such data is NaN, as in NumPy.
            np.subtract(values, state["shift"], out=state["sum"])
            state["squares"] += np.abs(state["sum"])
            return
        # Converted first: a ufunc that converts on its way does so in small pieces.
        delta = np.subtract(values.astype(self._wide, copy=False), state["shift"])
        state["sum"] += delta
        state["squares"] += _squared(delta, in_place=True)

    def fold_rows(self, state: Fields, values: Array, position: int) -> None:
        """Add several values to each cell, one after the other."""
        good = valid(values, None, self.skip_nan)
        # One cell alone: NumPy gives NaN another sign there.
        if good is not None or values.shape[1] == 1 or state["sum"].dtype != np.float64:
            super().fold_rows(state, values, position)
            return
        if not (state["count"][0] if "count" in state else position):
            # The first value becomes the shift of those behind it.
            self.fold(state, values[0], None, position)
            values = values[1:]
        rows, delta = rows_for(state["sum"], values)
        delta -= state["shift"]
        state["sum"][...] = added(state["sum"], rows)
        state["squares"][...] = added(state["squares"], _squared(rows, in_place=True))
        if "count" in state:
            state["count"] += len(values)

    def _fold_where(self, state: Fields, values: Array, good: Array) -> None:
        fresh = good & (state["count"] == 0)
        state["shift"][fresh] = values[fresh]
        delta = np.subtract(values, state["shift"], dtype=self._wide)
        delta[~good] = 0
        state["sum"] += delta
        state["squares"] += _squared(delta)
        state["count"] += good

    def plane(self, values: Array, mask: Array | None) -> Fields:
        """Return mean, sum of squares about it and count of each column."""
        good = valid(values, mask, self.skip_nan)
        wide = values.astype(self._wide, order="F")
        count = _count(good, values)
        if good is not None:
            wide[~good] = 0
        # A plane of which nothing counts gets the mean 0
        # with the weight 0: NaN would spread in `merge`.
        mean = wide.sum(axis=0) / np.maximum(count, 1)
        wide -= mean
        if good is not None:
            # Once more: the mean was subtracted from what does not count, too.
            wide[~good] = 0
        squares = _squared(wide, in_place=True).sum(axis=0)
        return {"shift": mean, "sum": np.zeros_like(mean), "squares": squares, "count": count}

    def segments(self, values: Array, starts: Array) -> Fields:
        """Return mean, sum of squares about it and count of each segment."""
        good = valid(values, None, self.skip_nan)
        wide = values.astype(self._wide)
        count = _counts_of(good, values, starts)
        lengths = np.diff(starts, append=values.shape[1])
        if good is not None:
            wide[~good] = 0
        mean = np.add.reduceat(wide, starts, axis=1) / np.maximum(count, 1)
        wide -= np.repeat(mean, lengths, axis=1)
        if good is not None:
            wide[~good] = 0
        squares = np.add.reduceat(_squared(wide), starts, axis=1)
        return {"shift": mean, "sum": np.zeros_like(mean), "squares": squares, "count": count}

    def merge(self, table: Fields, axes: tuple[int, ...]) -> Fields:
        """Merge the planes."""
        count = table["count"].astype(np.int64)
        total = count.sum(axis=axes, keepdims=True)
        mean = (table["shift"] * count).sum(axis=axes, keepdims=True) / np.maximum(total, 1)
        between = _squared(table["shift"] - mean) * count
        # A weight of 0 is not enough: the distance may be infinite, and 0 * inf is NaN.
        squares = (table["squares"] + np.where(count > 0, between, 0)).sum(axis=axes)
        mean = mean.squeeze(axes)
        zeros = np.zeros_like(mean)
        return {"shift": mean, "sum": zeros, "squares": squares, "count": total.squeeze(axes)}

    def result(self, state: Fields, count: int) -> Array:
        """Return the variance or its root; NaN where too few values counted."""
        counted = state.get("count", count)
        total, squares = state["sum"], state["squares"]
        if total.dtype == whole_squares.WHOLE:
            total, squares = whole_squares.sums_of_differences(state, count)
        about = squares - _squared(total) / np.maximum(counted, 1)
        # Rounding may leave a little less than 0, whose
        # root is NaN; NaN itself stays, as it is not < 0.
        about = np.where(about < 0, 0.0, about)
        # Of finite values whose squares are beyond float64: infinite as in NumPy, not inf - inf.
        beyond = np.isinf(state["squares"])
        if beyond.any():  # hardly ever, and another array of the size of the result
            about[beyond & np.isfinite(state["sum"])] = np.inf
        freedom = np.maximum(counted - self.ddof, 0)
        variance = np.true_divide(about, freedom)
        if self.skip_nan or self.masked:
            # As np.nanvar has it; np.var divides by 0 there, which may give infinity.
            variance = np.where(freedom > 0, variance, np.nan)
        return np.sqrt(variance) if self.root else variance


def _squared(values: Array, *, in_place: bool = False) -> Array:
    if values.dtype.kind == "c":
        # np.abs would take a root, which rounds, only for us to square it again.
        parts: Array = values.real**2 + values.imag**2
        return parts
    return np.multiply(values, values, out=values if in_place else None)
