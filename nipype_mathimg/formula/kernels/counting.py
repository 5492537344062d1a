"""What counts all values of an image: one state, that blocks come to in any order.

Counts are integers, so their sums do not depend on the order, or on the threads.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator

import numpy as np

from nipype_mathimg.formula.kernels.accumulator import AnyOrder, State
from nipype_mathimg.formula.types.limits import Limits
from nipype_mathimg.formula.types.regions import Region
from nipype_mathimg.spec import Array

__all__ = ["MOST_NUMBERS", "RUN", "Counting", "runs_of"]

RUN = 1 << 16
"""Values that are counted at once: what NumPy makes of them stays in the cache of a core. It is
the block of `np.histogram` too."""

RUN_BYTES = 64
"""Bytes that NumPy takes for each value of a run: copies, indices and an order of 8 bytes each."""

MOST_NUMBERS = 1 << 20
"""The longest list; an atlas has some thousand labels, and 8 MiB for each copy are little."""


class Counting(AnyOrder):
    """Counts all values of a domain.

    Attributes
    ----------
    length : int
        Most numbers that the list may have.
    """

    length: int

    def state_bytes(self, limits: Limits) -> int:
        """Return the bytes of values and counts: the list, what comes to it, and both together."""
        return 3 * 16 * self.length

    def update_bytes(self, size: int, limits: Limits) -> int:
        """Return the bytes that it takes to look at a block: what a mask selects, and a run."""
        return (8 * size if self.masked else 0) + RUN_BYTES * min(size, RUN)

    @abstractmethod
    def start(self, part: Region, limits: Limits) -> State:
        """Return the state of a count that has seen nothing."""


def runs_of(block: Array, mask: Array | None) -> Iterator[Array]:
    """Yield the values that count, in any order, some at a time."""
    # As they lie in memory, which takes no copy.
    values = block.ravel(order="K")
    if mask is not None:
        values = block[np.broadcast_to(mask, block.shape)]
    for start in range(0, values.size, RUN):
        yield values[start : start + RUN]
