"""The smallest and the largest value, and where they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from nipype_mathimg.formula.kernels.moments import valid
from nipype_mathimg.formula.kernels.statistic import EmptyError, Fields, OneByOne
from nipype_mathimg.formula.types.regions import plane_axes
from nipype_mathimg.frozen import Frozen
from nipype_mathimg.spec import Array

__all__ = ["ArgExtreme", "Extreme"]


class Extreme(Frozen, OneByOne):
    """The smallest or the largest value.

    Parameters
    ----------
    dtype : numpy.dtype
        Dtype of the operand.
    largest : bool
        Which of the two.
    skip_nan : bool
        NaN does not count; otherwise it wins.
    of_nothing : bool
        Where nothing counts there is NaN, or for truths what leaves others as they are; else that
        is a mistake.
    """

    dtype: np.dtype[Any]
    largest: bool
    skip_nan: bool = False
    of_nothing: bool = False

    @property
    def computed_in(self) -> None:
        """Values are compared as they are."""

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

    def start(self, cells: int, alike: bool = False) -> Fields:
        """Return the neutral value, and that nothing was seen."""
        return {
            "value": np.full(cells, self._neutral, self.dtype),
            "seen": np.zeros(cells, bool),
        }

    def fold(self, state: Fields, values: Array, mask: Array | None, position: int) -> None:
        """Compare each cell with one value."""
        good = valid(values, mask, self.skip_nan)
        where: Any = True if good is None else good
        self._choose(state["value"], values, out=state["value"], where=where)
        state["seen"] |= where

    def fold_rows(self, state: Fields, values: Array, position: int) -> None:
        """Compare each cell with several values."""
        good = valid(values, None, self.skip_nan)
        if values.shape[1] == 1 or (good is not None and not good.all()):
            # Which zero wins, 0.0 or -0.0, depends on the loop that NumPy takes.
            super().fold_rows(state, values, position)
            return
        choose: Any = self._choose
        choose(state["value"], choose.reduce(values, axis=0), out=state["value"])
        state["seen"] |= len(values) > 0

    def plane(self, values: Array, mask: Array | None) -> Fields:
        """Return the extreme of each column."""
        good = valid(values, mask, self.skip_nan)
        if good is None:
            seen = np.full(values.shape[1], values.shape[0] > 0)
            return {"value": self._reduce(values, 0), "seen": seen}
        chosen = np.where(good, values, np.asarray(self._neutral, self.dtype))
        return {"value": self._reduce(chosen, 0), "seen": np.asarray(good.any(axis=0))}

    def segments(self, values: Array, starts: Array) -> Fields:
        """Return the extreme of each segment."""
        choose: Any = self._choose
        good = valid(values, None, self.skip_nan)
        chosen = values
        seen = np.ones((len(values), len(starts)), bool)
        if good is not None:
            chosen = np.where(good, values, np.asarray(self._neutral, self.dtype))
            seen = np.logical_or.reduceat(good, starts, axis=1)
        return {"value": choose.reduceat(chosen, starts, axis=1), "seen": seen}

    def _reduce(self, values: Array, axes: int | tuple[int, ...]) -> Array:
        choose: Any = self._choose
        # With `initial` nothing has a value too, and `seen` tells whether it counts.
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
        if np.all(state["seen"]) or (self.of_nothing and self.dtype.kind == "b"):
            return state["value"]
        if (self.skip_nan or self.of_nothing) and self.dtype.kind == "f":
            return np.where(state["seen"], state["value"], np.nan)
        raise EmptyError("nothing is selected, so there is no extreme; is the mask empty?")


class ArgExtreme(Frozen, OneByOne):
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

    @property
    def computed_in(self) -> None:
        """Values are compared as they are."""

    def start(self, cells: int, alike: bool = False) -> Fields:
        """Return that nothing was seen."""
        return {"value": np.zeros(cells, self.dtype), "at": np.full(cells, -1, np.int64)}

    def _better(self, new: Array, old: Array) -> Array:
        # Strictly: of equal values the first stays. NaN loses every comparison, so it is asked
        # for: the first one wins, and no later one replaces it.
        better = new > old if self.largest else new < old
        if self.dtype.kind == "f" and not self.skip_nan:
            better |= np.isnan(new) & ~np.isnan(old)
        return better

    def fold(self, state: Fields, values: Array, mask: Array | None, position: int) -> None:
        """Compare each cell with one value."""
        better = self._better(values, state["value"]) | (state["at"] < 0)
        good = valid(values, mask, self.skip_nan)
        if good is not None:
            better &= good
        np.copyto(state["value"], values, where=better)
        np.copyto(state["at"], position, where=better)

    def plane(self, values: Array, mask: Array | None) -> Fields:
        """Return the best value of each column and its position within the plane."""
        rows = self._in_c_order(values)
        good = valid(values, mask, self.skip_nan)
        # What does not count must not win; where nothing counts, `at` says so below.
        neutral = Extreme(self.dtype, self.largest)._neutral
        if good is not None:
            rows = np.where(self._in_c_order(good), rows, np.asarray(neutral, self.dtype))
        at = rows.argmax(axis=1) if self.largest else rows.argmin(axis=1)
        value = rows[np.arange(len(rows)), at]
        if good is not None:
            at = np.where(good.any(axis=0), at, -1)
        return {"value": value, "at": at}

    def _in_c_order(self, values: Array) -> Array:
        """Return a row for each plane; NumPy counts positions with the last axis fastest."""
        lengths = self.domain[: plane_axes(self.domain)]
        planes = values.reshape((*lengths, values.shape[1]), order="F")
        return np.moveaxis(planes, -1, 0).reshape(values.shape[1], -1)

    def segments(self, values: Array, starts: Array) -> Fields:
        """Fail: a position within a region is none in the image."""
        raise AssertionError("positions are not looked for by region")

    def merge(self, table: Fields, axes: tuple[int, ...]) -> Fields:
        """Return the best plane's value; among equals the first position in C order."""
        if not axes:
            return table  # each plane is a cell of the result
        shape = table["at"].shape
        flat = np.arange(int(np.prod(shape))).reshape(shape)
        # In C order the axes of the plane come first, so they vary
        # slowest: a step within a plane passes over all planes.
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
            raise EmptyError("there is a cell with nothing but NaN, which has no position")
        return state["at"]
