"""Exact order statistics (median, percentile, quantile) of more values than fit in memory.

The values are ranked by the digits of an integer that has the same order (radix selection): a
first pass counts how often each leading 16 bits occur, every further pass looks only at values
that share the digits found so far, until few enough are left to be sorted.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from nipype_mathimg.errors import FormulaError
from nipype_mathimg.formula.regions import Region
from nipype_mathimg.formula.sort_keys import from_keys, keys_of
from nipype_mathimg.spec import Array

__all__ = ["Selection", "SelectionState", "interpolated"]

DIGIT = 16
FEW = 1 << 18
"""As many candidates are collected and sorted."""

RUN = 1 << 15
"""Values that are ranked at once: what is made of them stays in the cache of a core."""


class Selection(NamedTuple):
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
    """

    quantiles: tuple[float, ...]
    domain: tuple[int, ...]
    dtype: np.dtype[Any]
    scalar: bool
    skip_nan: bool
    masked: bool
    name: str

    @property
    def state_bytes(self) -> int:
        """Bytes of the counts and of the candidates."""
        return 2 * len(self.quantiles) * (1 << DIGIT) * 8 + FEW * 8

    def compute(
        self, arrays: Sequence[Any], out: Region, regions: Sequence[Region]
    ) -> Array | float:
        """Return the quantiles of one block that holds everything."""
        state = SelectionState(self)
        while not state.done:
            state.update(arrays[0], arrays[1] if self.masked else None)
            state.finish_pass()
        return state.result()


class SelectionState:
    """The ranks that are looked for, and what is known of the values that have them.

    Parameters
    ----------
    selection : Selection
        What is looked for.
    """

    def __init__(self, selection: Selection) -> None:
        self.selection = selection
        self.bits = 8 * max(selection.dtype.itemsize, 2)
        self.lock = threading.Lock()
        self.done = False
        self.known = 0  # leading bits that are known
        self.total = 0
        self.nans = 0
        self.counts: dict[int, Array] = {0: np.zeros(1 << DIGIT, np.int64)}
        self.collected: list[Array] | None = None
        self.ranks: dict[int, tuple[int, int]] = {}  # rank -> (prefix, rank within the prefix)
        self.found: dict[int, float] = {}

    def update(self, block: Array, mask: Array | None) -> None:
        """Count, or collect, the values of one block; safe from several threads."""
        values = block.ravel(order="K") if mask is None else _where(block, mask)
        runs = [values[start : start + RUN] for start in range(0, values.size, RUN)]
        if self.collected is not None:
            self._collect(runs)
        else:
            self._count(runs, values.size)

    def _count(self, runs: Sequence[Array], size: int) -> None:
        digits: dict[int, list[Array]] = {prefix: [] for prefix in self.counts}
        numbers = 0
        for run in runs:
            keys = keys_of(_numbers(run))
            numbers += keys.size
            for prefix, found in digits.items():
                found.append(self._digits(keys, prefix))
        parts = {
            prefix: np.bincount(np.concatenate(found), minlength=1 << DIGIT)
            for prefix, found in digits.items()
            if found
        }
        with self.lock:
            for prefix, part in parts.items():
                self.counts[prefix] += part
            if self.known == 0:
                self.total += numbers
                self.nans += size - numbers

    def _matching(self, keys: Array, prefix: int) -> Array:
        if self.known == 0:
            return keys
        same = (keys >> keys.dtype.type(self.bits - self.known)) == keys.dtype.type(prefix)
        matching: Array = keys[same]
        return matching

    def _digits(self, keys: Array, prefix: int) -> Array:
        matching = self._matching(keys, prefix)
        shift = matching.dtype.type(self.bits - self.known - DIGIT)
        digits: Array = (matching >> shift).astype(np.uint16)
        return digits

    def _collect(self, runs: Sequence[Array]) -> None:
        windows = {prefix: self._window(prefix) for prefix, _ in self.ranks.values()}
        parts = [
            self._matching(keys_of(run[(run >= low) & (run <= high)]), prefix)
            for prefix, (low, high) in windows.items()
            for run in runs
        ]
        with self.lock:
            if self.collected is not None:
                self.collected.extend(part for part in parts if part.size)

    def _window(self, prefix: int) -> tuple[np.generic, np.generic]:
        """Return the least and the greatest value with these leading bits, and perhaps its -0."""
        shift = self.bits - self.known
        ends = np.asarray([prefix << shift, ((prefix + 1) << shift) - 1], f"u{self.bits // 8}")
        low, high = from_keys(ends, self.selection.dtype)
        if self.selection.dtype.kind == "f":
            # Beyond the infinities the integers stand for NaN.
            low, high = (-np.inf if np.isnan(low) else low), (np.inf if np.isnan(high) else high)
        return low, high

    def finish_pass(self) -> None:
        """Draw the conclusions from a pass over all values."""
        if self.collected is not None:
            self._finish_collecting()
            return
        if self.known == 0:
            self._find_ranks()
            if self.done:
                return
        self._descend()

    def _find_ranks(self) -> None:
        selection = self.selection
        if self.total + self.nans == 0:
            raise FormulaError(
                f"np.{selection.name}: no voxel is selected, and nothing has no "
                "percentile; is the mask empty?"
            )
        if self.total == 0 or (self.nans and not selection.skip_nan):
            self.done = True
            self.total = 0
            return
        for quantile in selection.quantiles:
            for rank in _neighbours(quantile, self.total)[:2]:
                self.ranks[rank] = (0, rank)

    def _descend(self) -> None:
        sums = {prefix: np.cumsum(count) for prefix, count in self.counts.items()}
        left: dict[int, int] = {}
        for rank, (prefix, within) in self.ranks.items():
            digit = int(np.searchsorted(sums[prefix], within, side="right"))
            below = int(sums[prefix][digit - 1]) if digit else 0
            deeper = (prefix << DIGIT) | digit
            self.ranks[rank] = (deeper, within - below)
            left[deeper] = int(self.counts[prefix][digit])
        self.known += DIGIT
        if self.known == self.bits:
            for rank, (prefix, _) in self.ranks.items():
                self.found[rank] = self._value(prefix)
            self.done = True
        elif sum(left.values()) <= FEW:
            self.collected = []
        else:
            self.counts = {prefix: np.zeros(1 << DIGIT, np.int64) for prefix in left}

    def _finish_collecting(self) -> None:
        keys = np.sort(np.concatenate(self.collected or [np.empty(0, np.uint16)]))
        shift = keys.dtype.type(self.bits - self.known)
        prefixes = keys >> shift
        for rank, (prefix, within) in self.ranks.items():
            first = int(np.searchsorted(prefixes, keys.dtype.type(prefix)))
            self.found[rank] = self._value(int(keys[first + within]))
        self.done = True

    def _value(self, key: int) -> float:
        return float(from_keys(np.asarray([key], f"u{self.bits // 8}"), self.selection.dtype)[0])

    def result(self) -> Array | float:
        """Return the quantiles in float64: a number, or an array of one axis."""
        values = [self._quantile(quantile) for quantile in self.selection.quantiles]
        return values[0] if self.selection.scalar else np.asarray(values)

    def _quantile(self, quantile: float) -> float:
        if self.total == 0:
            return float("nan")
        low, high, fraction = _neighbours(quantile, self.total)
        return interpolated(self.found[low], self.found[high], fraction)


def _numbers(values: Array) -> Array:
    """Return the values that are not NaN; `values` itself where all are numbers."""
    if values.dtype.kind != "f":
        return values
    nan = np.isnan(values)
    return values[~nan] if nan.any() else values


def interpolated(low: float, high: float, fraction: float) -> float:
    """Return the value at `fraction` of the way from `low` to `high`, as NumPy rounds it."""
    if low == high:
        return low
    if fraction >= 0.5:
        return high - (high - low) * (1 - fraction)
    return low + (high - low) * fraction


def _neighbours(quantile: float, total: int) -> tuple[int, int, float]:
    """Return the ranks on both sides of a quantile, and where it lies between them."""
    position = quantile * (total - 1)
    low = min(int(position), total - 1)
    return low, min(low + 1, total - 1), position - low


def _where(block: Array, mask: Array) -> Array:
    chosen = np.broadcast_to(mask, block.shape)
    values: Array = block.ravel(order="F")[chosen.ravel(order="F")]
    return values
