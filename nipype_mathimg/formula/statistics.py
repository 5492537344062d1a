"""The statistics that are accumulated: sums, products, extremes, variances, positions.

Sums of floats are kept in float64, of integers in int64. Variances use the data shifted by their
first value K (Chan, Golub & LeVeque, Am. Stat. 37:242, 1983, section 3): as K is one of the data,
sum((x - K)**2) is at most (1 + n) times the wanted sum of squares, so no more than a factor
1 + n of float64's precision is lost, also on 1e5 +- 1. Parts are merged by the pairwise formula
of the same paper.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from nipype_mathimg.formula.reduction import Fields, _EmptyError
from nipype_mathimg.spec import Array

__all__ = ["ArgExtreme", "Extreme", "Product", "Sum", "Variance"]


def _accumulator(dtype: np.dtype[Any]) -> np.dtype[Any]:
    if dtype.kind in "biu":
        return np.dtype(np.uint64 if dtype == np.uint64 else np.int64)
    return np.result_type(dtype, np.float64)


def _valid(values: Array, mask: Array | None, skip_nan: bool) -> Array | None:
    """Return where values count, None for everywhere."""
    if not skip_nan or values.dtype.kind not in "fc":
        return mask
    good = ~np.isnan(values)
    return good if mask is None else good & mask


def _count(good: Array | None, values: Array) -> Array:
    """Return how many values of each column count."""
    if good is None:
        return np.full(values.shape[1], values.shape[0])
    return np.asarray(np.count_nonzero(good, axis=0))


@dataclass(frozen=True, slots=True)
class Sum:
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
    """

    dtype: np.dtype[Any]
    mean: bool = False
    skip_nan: bool = False
    masked: bool = False

    @property
    def _counts(self) -> bool:
        return self.mean and (self.skip_nan or self.masked)

    def start(self, cells: int) -> Fields:
        """Return zeros."""
        fields = {"sum": np.zeros(cells, _accumulator(self.dtype))}
        if self._counts:
            fields["count"] = np.zeros(cells, np.int64)
        return fields

    def fold(self, state: Fields, values: Array, mask: Array | None, position: int) -> None:
        """Add one value to each cell."""
        good = _valid(values, mask, self.skip_nan)
        if good is None:
            np.add(state["sum"], values, out=state["sum"])
            return
        np.add(state["sum"], values, out=state["sum"], where=good)
        if self._counts:
            state["count"] += good

    def plane(self, values: Array, mask: Array | None) -> Fields:
        """Sum each column."""
        good = _valid(values, mask, self.skip_nan)
        wide = values.astype(_accumulator(self.dtype), order="F")
        if good is not None:
            wide[~good] = 0
        fields = {"sum": wide.sum(axis=0)}
        if self._counts:
            fields["count"] = _count(good, values)
        return fields

    def merge(self, table: Fields, axes: tuple[int, ...]) -> Fields:
        """Sum the planes."""
        return {name: field.sum(axis=axes) for name, field in table.items()}

    def result(self, state: Fields, count: int) -> Array:
        """Return the sum, or the mean: NaN where nothing counted."""
        if not self.mean:
            return state["sum"]
        return np.true_divide(state["sum"], state.get("count", count))


@dataclass(frozen=True, slots=True)
class Product:
    """The product; parameters as for `Sum`, computed in `accumulate`."""

    accumulate: np.dtype[Any]
    skip_nan: bool = False

    def start(self, cells: int) -> Fields:
        """Return ones."""
        return {"product": np.ones(cells, self.accumulate)}

    def fold(self, state: Fields, values: Array, mask: Array | None, position: int) -> None:
        """Multiply each cell by one value."""
        good = _valid(values, mask, self.skip_nan)
        product = state["product"]
        np.multiply(product, values, out=product, where=True if good is None else good)

    def plane(self, values: Array, mask: Array | None) -> Fields:
        """Multiply each column."""
        good = _valid(values, mask, self.skip_nan)
        wide = values.astype(self.accumulate, order="F")
        if good is not None:
            wide[~good] = 1
        return {"product": wide.prod(axis=0)}

    def merge(self, table: Fields, axes: tuple[int, ...]) -> Fields:
        """Multiply the planes."""
        return {"product": table["product"].prod(axis=axes)}

    def result(self, state: Fields, count: int) -> Array:
        """Return the product."""
        return state["product"]


@dataclass(frozen=True, slots=True)
class Extreme:
    """The smallest or the largest value.

    Parameters
    ----------
    dtype : numpy.dtype
        Dtype of the operand.
    largest : bool
        Which of the two.
    skip_nan : bool
        NaN does not count; otherwise it wins.
    """

    dtype: np.dtype[Any]
    largest: bool
    skip_nan: bool = False

    @property
    def _choose(self) -> Callable[..., Array]:
        if self.skip_nan and self.dtype.kind == "f":
            return np.fmax if self.largest else np.fmin
        return np.maximum if self.largest else np.minimum

    @property
    def _neutral(self) -> float:
        if self.dtype.kind == "f":
            return -np.inf if self.largest else np.inf
        if self.dtype.kind == "b":
            return not self.largest
        info = np.iinfo(self.dtype)
        return info.min if self.largest else info.max

    def start(self, cells: int) -> Fields:
        """Return the neutral value, and that nothing was seen."""
        return {
            "value": np.full(cells, self._neutral, self.dtype),
            "seen": np.zeros(cells, bool),
        }

    def fold(self, state: Fields, values: Array, mask: Array | None, position: int) -> None:
        """Compare each cell with one value."""
        good = _valid(values, mask, self.skip_nan)
        where: Any = True if good is None else good
        self._choose(state["value"], values, out=state["value"], where=where)
        state["seen"] |= where

    def plane(self, values: Array, mask: Array | None) -> Fields:
        """Return the extreme of each column."""
        good = _valid(values, mask, self.skip_nan)
        if good is None:
            seen = np.full(values.shape[1], values.shape[0] > 0)
            return {"value": self._reduce(values, 0), "seen": seen}
        chosen = np.where(good, values, np.asarray(self._neutral, self.dtype))
        return {"value": self._reduce(chosen, 0), "seen": np.asarray(good.any(axis=0))}

    def _reduce(self, values: Array, axes: int | tuple[int, ...]) -> Array:
        choose: Any = self._choose
        found: Array = choose.reduce(values, axis=axes, initial=self._neutral)
        return found

    def merge(self, table: Fields, axes: tuple[int, ...]) -> Fields:
        """Return the extreme of the planes."""
        return {
            "value": self._reduce(table["value"], axes),
            "seen": np.asarray(table["seen"].any(axis=axes)),
        }

    def result(self, state: Fields, count: int) -> Array:
        """Return the extreme; NaN where only NaN was seen and NaN does not count."""
        if np.all(state["seen"]):
            return state["value"]
        if self.skip_nan and self.dtype.kind == "f":
            return np.where(state["seen"], state["value"], np.nan)
        raise _EmptyError("no voxel is selected, and nothing has no extreme; is the mask empty?")


@dataclass(frozen=True, slots=True)
class Variance:
    """The variance, or the standard deviation.

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
    """

    dtype: np.dtype[Any]
    ddof: float = 0
    root: bool = False
    skip_nan: bool = False
    masked: bool = False

    @property
    def _wide(self) -> np.dtype[Any]:
        return np.dtype(complex if self.dtype.kind == "c" else float)

    def start(self, cells: int) -> Fields:
        """Return the state of nothing."""
        return {
            "shift": np.zeros(cells, self._wide),
            "sum": np.zeros(cells, self._wide),
            "squares": np.zeros(cells),
            "count": np.zeros(cells, np.int64 if self.skip_nan or self.masked else np.int8),
        }

    def fold(self, state: Fields, values: Array, mask: Array | None, position: int) -> None:
        """Add one value to each cell."""
        good = _valid(values, mask, self.skip_nan)
        if good is not None:
            self._fold_where(state, values, good)
            return
        if not state["count"][0]:
            state["shift"][...] = values
            state["count"][...] = 1
            # inf - inf and nan: the variance of such data is NaN, as in NumPy.
            np.subtract(values, state["shift"], out=state["sum"])
            state["squares"] += np.abs(state["sum"])
            return
        delta = np.subtract(values, state["shift"], dtype=self._wide)
        state["sum"] += delta
        state["squares"] += _squared(delta)

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
        good = _valid(values, mask, self.skip_nan)
        wide = values.astype(self._wide, order="F")
        count = _count(good, values)
        if good is not None:
            wide[~good] = 0
        mean = wide.sum(axis=0) / np.maximum(count, 1)
        wide -= mean
        if good is not None:
            wide[~good] = 0
        squares = _squared(wide).sum(axis=0)
        return {"shift": mean, "sum": np.zeros_like(mean), "squares": squares, "count": count}

    def merge(self, table: Fields, axes: tuple[int, ...]) -> Fields:
        """Merge the planes."""
        count = table["count"].astype(np.int64)
        total = count.sum(axis=axes, keepdims=True)
        mean = (table["shift"] * count).sum(axis=axes, keepdims=True) / np.maximum(total, 1)
        between = _squared(table["shift"] - mean) * count
        squares = (table["squares"] + np.where(count > 0, between, 0)).sum(axis=axes)
        mean = mean.squeeze(axes)
        zeros = np.zeros_like(mean)
        return {"shift": mean, "sum": zeros, "squares": squares, "count": total.squeeze(axes)}

    def result(self, state: Fields, count: int) -> Array:
        """Return the variance or its root; NaN where too few values counted."""
        counted = state["count"] if self.skip_nan or self.masked else np.asarray(count)
        about = state["squares"] - _squared(state["sum"]) / np.maximum(counted, 1)
        about = np.where(about < 0, 0.0, about)
        freedom = np.maximum(counted - self.ddof, 0)
        variance = np.true_divide(about, freedom)
        if self.skip_nan or self.masked:
            variance = np.where(freedom > 0, variance, np.nan)
        return np.sqrt(variance) if self.root else variance


def _squared(values: Array) -> Array:
    if values.dtype.kind == "c":
        parts: Array = values.real**2 + values.imag**2
        return parts
    return np.multiply(values, values)


@dataclass(frozen=True, slots=True)
class ArgExtreme:
    """The position of the smallest or largest value: the first one, NaN before all.

    Parameters
    ----------
    dtype : numpy.dtype
        Dtype of the operand.
    largest : bool
        Which of the two.
    domain : tuple of int
        Shape of the operand; positions in all of it count in C order, as in NumPy.
    skip_nan : bool
        NaN does not count.
    """

    dtype: np.dtype[Any]
    largest: bool
    domain: tuple[int, ...]
    skip_nan: bool = False

    def start(self, cells: int) -> Fields:
        """Return that nothing was seen."""
        return {"value": np.zeros(cells, self.dtype), "at": np.full(cells, -1, np.int64)}

    def _better(self, new: Array, old: Array) -> Array:
        better = new > old if self.largest else new < old
        if self.dtype.kind == "f" and not self.skip_nan:
            better |= np.isnan(new) & ~np.isnan(old)
        return better

    def fold(self, state: Fields, values: Array, mask: Array | None, position: int) -> None:
        """Compare each cell with one value."""
        better = self._better(values, state["value"]) | (state["at"] < 0)
        good = _valid(values, mask, self.skip_nan)
        if good is not None:
            better &= good
        np.copyto(state["value"], values, where=better)
        np.copyto(state["at"], position, where=better)

    def plane(self, values: Array, mask: Array | None) -> Fields:
        """Return the best value of each column and its position within the plane."""
        plane = (*self.domain[:2], 1)[:2]
        count = values.shape[1]
        # NumPy counts positions with the last axis fastest.
        rows = values.reshape((*plane, count), order="F").transpose(2, 0, 1).reshape(count, -1)
        good = _valid(values, mask, self.skip_nan)
        neutral = Extreme(self.dtype, self.largest)._neutral
        if good is not None:
            rows_good = good.reshape((*plane, count), order="F").transpose(2, 0, 1)
            rows = np.where(rows_good.reshape(count, -1), rows, np.asarray(neutral, self.dtype))
        at = rows.argmax(axis=1) if self.largest else rows.argmin(axis=1)
        value = rows[np.arange(count), at]
        if good is not None:
            at = np.where(good.any(axis=0), at, -1)
        return {"value": value, "at": at}

    def merge(self, table: Fields, axes: tuple[int, ...]) -> Fields:
        """Return the best plane's value; among equals the first position in C order."""
        shape = table["at"].shape
        flat = np.arange(int(np.prod(shape))).reshape(shape)
        position = (table["at"] * max(flat.size, 1) + flat).ravel()
        values, found = table["value"].ravel(), table["at"].ravel() >= 0
        if not found.any():
            return {"value": np.zeros((), self.dtype), "at": np.asarray(-1)}
        values, position = values[found], position[found]
        nan = np.isnan(values) if self.dtype.kind == "f" else np.zeros(values.shape, bool)
        best = values.max() if self.largest else values.min()
        winners = position[nan] if nan.any() else position[values == best]
        return {"value": np.asarray(best), "at": np.asarray(winners.min())}

    def result(self, state: Fields, count: int) -> Array:
        """Return the positions."""
        if np.any(state["at"] < 0):
            raise _EmptyError("there is a cell with nothing but NaN, which has no position")
        return state["at"]
