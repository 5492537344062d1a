"""Exact order statistics (median, percentile, quantile) of more values than fit in memory."""

from __future__ import annotations

import math
import threading
from typing import Any

import numpy as np

from nipype_mathimg.errors import FormulaError
from nipype_mathimg.formula.kernels.accumulator import AnyOrder
from nipype_mathimg.formula.kernels.quantiles import between, place_of
from nipype_mathimg.formula.kernels.rank_digits import DIGIT, Ranking
from nipype_mathimg.formula.kernels.rank_windows import Narrowing, can_narrow
from nipype_mathimg.formula.types.limits import Limits
from nipype_mathimg.formula.types.regions import Region
from nipype_mathimg.frozen import Frozen
from nipype_mathimg.spec import Array

__all__ = ["Selection", "SelectionState"]

RUN = 1 << 15
"""Values that are ranked at once: what is made of them stays in the cache of a core."""


class Selection(Frozen, AnyOrder):
    """Quantiles of all values of a domain.

    Parameters
    ----------
    quantiles : tuple of float
        Between 0 and 1.
    domain : tuple of int
        Shape of the operand.
    dtype : numpy.dtype
        Dtype of the operand (no complex numbers).
    scalar : bool
        The result is one number, not a list of one.
    skip_nan : bool
        NaN does not count; otherwise one NaN makes the result NaN.
    masked : bool
        A second operand says what counts.
    name : str
        Name of the function, for messages.
    windows : bool
        It may be looked for in windows of values first.
    """

    # Where all is at hand, values are copied, sorted and marked.
    hidden = 3.0
    quantiles: tuple[float, ...]
    domain: tuple[int, ...]
    dtype: np.dtype[Any]
    scalar: bool
    skip_nan: bool
    masked: bool
    name: str
    windows: bool = True

    @property
    def passes(self) -> int:
        """How many passes it may take: digits of float64 take up to four, seldom more than 3."""
        return 3

    def lean(self) -> Selection:
        """Return the same without windows, which take more memory than counts of digits."""
        return self.changed(windows=False)

    def _narrows(self, limits: Limits) -> bool:
        """Whether one pass may do, with more memory; few digits take one pass in any case."""
        many = 8 * self.dtype.itemsize > DIGIT
        return self.windows and many and can_narrow(self.quantiles, self.domain, limits)

    def state_bytes(self, limits: Limits) -> int:
        """Return the bytes of what is known of the values while they are read."""
        count = len(self.quantiles)
        digits = Ranking.state_bytes(count, limits)
        if not self._narrows(limits):
            return digits
        size = math.prod(self.domain)
        return max(digits, Narrowing.state_bytes(count, self.dtype, size, limits))

    def update_bytes(self, size: int, limits: Limits) -> int:
        """Return the bytes that it takes to look at a block of as many values."""
        digits = Ranking.update_bytes(size, RUN)
        if not self._narrows(limits):
            return digits
        return max(digits, Narrowing.update_bytes(size, self.dtype))

    def start(self, part: Region, limits: Limits) -> SelectionState:
        """Return the state of a search that has seen nothing."""
        return SelectionState(self, limits, narrows=self._narrows(limits))


class SelectionState:
    """The ranks that are looked for, and what is known of the values that have them.

    Parameters
    ----------
    selection : Selection
        What is looked for.
    limits : Limits
        How much is held of the values.
    narrows : bool
        It is looked for in windows first; only where that can be.
    """

    def __init__(self, selection: Selection, limits: Limits, *, narrows: bool) -> None:
        self.selection = selection
        self.lock = threading.Lock()
        self.done = False
        self.total = self.nans = 0
        self.ranks: dict[float, tuple[int, int]] = {}
        self.found: dict[int, float] = {}
        self.step: Narrowing | Ranking = (
            Narrowing(selection.quantiles, selection.dtype, limits)
            if narrows
            else Ranking(selection.dtype, limits)
        )

    def update(self, block: Array, mask: Array | None, region: Region) -> None:
        """Take the values of one block; safe from several threads."""
        # As they lie in memory, which takes no copy: the
        # order of values has no effect on their ranks.
        values = block.ravel(order="K") if mask is None else _where(block, mask)
        runs = [_numbers(values[start : start + RUN]) for start in range(0, values.size, RUN)]
        self.step.update(runs)
        # Counted in the first pass only. The ranks are set between passes, when no thread is at
        # work, so they are read without the lock.
        if not self.ranks:
            numbers = sum(run.size for run in runs)
            with self.lock:
                self.total += numbers
                self.nans += values.size - numbers

    def finish(self) -> bool:
        """Draw the conclusions from a pass over all values; False where another is needed."""
        if not self.ranks:
            self._find_ranks()
        if self.done:
            return True
        after = self.step.finish_pass(self.ranks)
        if isinstance(after, dict):
            self.found, self.done = after, True
        else:
            self.step = after
        return self.done

    def _find_ranks(self) -> None:
        selection = self.selection
        if self.total + self.nans == 0:
            raise FormulaError(
                f"np.{selection.name}: nothing is selected, so there is no percentile; "
                "is the mask empty?"
            )
        if self.total == 0 or (self.nans and not selection.skip_nan):
            self.done = True
            self.total = 0
            return
        for quantile in selection.quantiles:
            place = place_of(quantile, self.total)
            self.ranks[quantile] = (int(place.low), int(place.high))

    def result(self) -> Array | float:
        """Return the quantiles in float64: a number, or an array of one axis."""
        values = [self._quantile(quantile) for quantile in self.selection.quantiles]
        return values[0] if self.selection.scalar else np.asarray(values)

    def _quantile(self, quantile: float) -> float:
        if self.total == 0:
            return float("nan")
        low, high = (self.found[rank] for rank in self.ranks[quantile])
        value = between(low, high, place_of(quantile, self.total).fraction)
        # 0 and -0 have one rank, and which of them is found there is chance.
        return float(value) + 0.0


def _numbers(values: Array) -> Array:
    """Return the values that are not NaN; `values` itself where all are numbers."""
    if values.dtype.kind != "f":
        return values
    nan = np.isnan(values)
    return values[~nan] if nan.any() else values


def _where(block: Array, mask: Array) -> Array:
    chosen = np.broadcast_to(mask, block.shape)
    values: Array = block.ravel(order="F")[chosen.ravel(order="F")]
    return values
