"""Which values occur, and how often each: `np.unique` and `np.bincount`."""

from __future__ import annotations

import threading

import numpy as np

from nipype_mathimg.errors import FormulaError
from nipype_mathimg.formula.kernels.accumulator import State
from nipype_mathimg.formula.kernels.counting import RUN, Counting, runs_of
from nipype_mathimg.formula.types.limits import Limits
from nipype_mathimg.formula.types.regions import Region
from nipype_mathimg.frozen import Frozen
from nipype_mathimg.spec import Array

__all__ = ["Bincount", "Unique"]


class Bincount(Frozen, Counting):
    """How often each of the numbers 0, 1, 2, ... occurs: `np.bincount`.

    Parameters
    ----------
    domain : tuple of int
        Shape of the operand, which is of an integer dtype.
    masked : bool
        A second operand says what counts.
    least : int
        So many numbers at least (`minlength`).
    length : int
        Most numbers that the list may have.
    """

    name = "bincount"
    at_most = True
    domain: tuple[int, ...]
    masked: bool
    least: int
    length: int

    def start(self, part: Region, limits: Limits) -> State:
        """Return the state of a count that has seen nothing."""
        return _Bins(self)


class _Bins:
    """Counts by the number that is counted."""

    def __init__(self, kernel: Bincount) -> None:
        self.kernel = kernel
        self.lock = threading.Lock()
        self.counts = np.zeros(kernel.least, np.int64)

    def update(self, block: Array, mask: Array | None, region: Region) -> None:
        """Count a block."""
        for run in runs_of(block, mask):
            low, high = int(run.min()), int(run.max())
            if low < 0:
                raise FormulaError(f"np.bincount counts 0, 1, 2, ..., and there is {low}")
            if high >= self.kernel.length:
                raise FormulaError(
                    f"np.bincount: up to the value {high} the list would have more than "
                    f"{self.kernel.length} numbers; `np.unique(..., return_counts=True)` counts "
                    "only the values that occur"
                )
            found = np.bincount(run.astype(np.int64, copy=False))
            with self.lock:
                if found.size > self.counts.size:
                    found[: self.counts.size] += self.counts
                    self.counts = found
                else:
                    self.counts[: found.size] += found

    def finish(self) -> bool:
        """End the only pass."""
        return True

    def result(self) -> Array:
        """Return the counts."""
        return self.counts


class Unique(Frozen, Counting):
    """The values that occur, in order; how often each does; or how many they are: `np.unique`.

    Parameters
    ----------
    domain : tuple of int
        Shape of the operand.
    masked : bool
        A second operand says what counts.
    gives : str
        ``"values"``, ``"counts"``, or ``"size"``, their number.
    length : int
        Most numbers that the list may have.
    """

    name = "unique"
    at_most = True
    domain: tuple[int, ...]
    masked: bool
    gives: str
    length: int

    def start(self, part: Region, limits: Limits) -> State:
        """Return the state of a count that has seen nothing."""
        return _Different(self)


class _Different:
    """Values that differ, with their counts; those that are new wait until they are many."""

    def __init__(self, kernel: Unique) -> None:
        self.kernel = kernel
        self.lock = threading.Lock()
        self.waiting: list[tuple[Array, Array]] = []
        self.size = self.known = 0

    def update(self, block: Array, mask: Array | None, region: Region) -> None:
        """Count a block."""
        for run in runs_of(block, mask):
            # 0 and -0 are one value; which of them comes first is chance.
            values, counts = np.unique(
                run + run.dtype.type(0) if run.dtype.kind == "f" else run, return_counts=True
            )
            with self.lock:
                self.waiting.append((values, counts))
                self.size += values.size
                # Twice what is known, so that a long list is not sorted for every run.
                if self.size > max(2 * self.known, RUN):
                    self._merge()

    def _merge(self) -> None:
        values, place = np.unique(
            np.concatenate([values for values, _ in self.waiting]), return_inverse=True
        )
        if values.size > self.kernel.length:
            raise FormulaError(
                f"np.unique: there are more than {self.kernel.length} different values. It is "
                "made for labels; what varies is counted by `np.histogram(img, 100)[0]`"
            )
        counts = np.zeros(values.size, np.int64)
        np.add.at(counts, place.ravel(), np.concatenate([counts for _, counts in self.waiting]))
        self.waiting, self.size, self.known = [(values, counts)], values.size, values.size

    def finish(self) -> bool:
        """End the only pass."""
        if self.waiting:
            self._merge()
        return True

    def result(self) -> Array:
        """Return the values, their counts, or their number."""
        if self.kernel.gives == "size":
            return np.array(self.known)
        if not self.waiting:
            return np.zeros(0, np.int64)
        values, counts = self.waiting[0]
        return counts if self.kernel.gives == "counts" else values
