"""How many values lie between edges: `np.histogram`."""

from __future__ import annotations

import math
import threading
from typing import Any

import numpy as np

from nipype_mathimg.errors import FormulaError
from nipype_mathimg.formula.kernels.accumulator import State
from nipype_mathimg.formula.kernels.counting import Counting, runs_of
from nipype_mathimg.formula.types.limits import Limits
from nipype_mathimg.formula.types.regions import Region
from nipype_mathimg.frozen import Frozen
from nipype_mathimg.spec import Array

__all__ = ["Histogram"]


class Histogram(Frozen, Counting):
    """How many values lie between edges: `np.histogram`.

    Edges that are equally far apart lie between two limits, or else between the smallest and the
    largest value, which takes a pass to be known. Floats are compared in float64.

    Parameters
    ----------
    domain : tuple of int
        Shape of the operand, of real numbers.
    masked : bool
        A second operand says what counts.
    bins : int or tuple of float
        The number of bins, or their edges in ascending order.
    limits : tuple of float, or None
        Where the first bin begins and the last one ends; where the values do when None.
    edges : bool
        The edges are asked for, not the counts.
    density : bool
        The counts are divided by their sum and by the widths of the bins.
    length : int
        How many numbers the list has.
    """

    name = "histogram"
    domain: tuple[int, ...]
    masked: bool
    bins: int | tuple[float, ...]
    limits: tuple[float, float] | None
    edges: bool
    density: bool
    length: int

    @property
    def searches(self) -> bool:
        """Whether it takes a pass to know where the edges are."""
        return isinstance(self.bins, int) and self.limits is None

    @property
    def passes(self) -> int:
        """One, and one more to know where the edges are."""
        return 1 + (self.searches and not self.edges)

    def start(self, part: Region, limits: Limits) -> State:
        """Return the state of a count that has seen nothing."""
        return _Between(self)


class _Between:
    """The limits of the values, then the counts between edges."""

    def __init__(self, kernel: Histogram) -> None:
        self.kernel = kernel
        self.lock = threading.Lock()
        self.searching = kernel.searches
        self.ends: list[Any] = []
        self.limits = kernel.limits
        bins = kernel.bins
        self.counts = np.zeros(bins if isinstance(bins, int) else len(bins) - 1, np.int64)

    def update(self, block: Array, mask: Array | None, region: Region) -> None:
        """Look at a block."""
        for run in runs_of(block, mask):
            values = run.astype(np.float64, copy=False) if run.dtype.kind == "f" else run
            if self.searching:
                ends = values.min().item(), values.max().item()
                with self.lock:
                    self.ends.extend(ends)
                continue
            found, _ = np.histogram(values, self.kernel.bins, self.limits)
            with self.lock:
                self.counts += found

    def finish(self) -> bool:
        """End a pass; False where the edges are known only now."""
        if not self.searching:
            return True
        self.searching = False
        # Of nothing, NumPy's own limits.
        low, high = (min(self.ends), max(self.ends)) if self.ends else (0.0, 1.0)
        if not all(map(math.isfinite, self.ends)):
            raise FormulaError(
                "np.histogram: some values are NaN or infinite, so the bins have no ends. Say "
                "where they lie, as in `np.histogram(img, 100, range=(0, 1))[0]`"
            )
        self.limits = (low, high)
        return self.kernel.edges

    def result(self) -> Array:
        """Return the counts, or the edges."""
        edges = np.histogram_bin_edges(np.empty(0), self.kernel.bins, self.limits)
        if self.kernel.edges:
            return edges
        if self.kernel.density:
            density: Array = self.counts / np.diff(edges) / self.counts.sum()
            return density
        return self.counts
