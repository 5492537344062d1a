"""Ranks of more values than fit in memory, found by the digits of the values (radix selection).

The digits are those of an integer that has the same order. A first pass counts how often each
leading 16 bits occur, every further pass looks only at values that share the digits found so far,
until few enough are left to be sorted.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from nipype_mathimg.formula.kernels.rank_keys import from_keys, keys_of
from nipype_mathimg.formula.types.limits import LIMITS, Limits
from nipype_mathimg.spec import Array

__all__ = ["DIGIT", "Ranking", "Ranks"]

Ranks = Mapping[float, tuple[int, ...]]
"""For each quantile, its ranks among all values."""

DIGIT = 16
"""Bits of a digit: what is counted of each fits in the second cache of a core (512 KiB)."""

BATCH = 8
"""Runs whose digits are counted at once: NumPy begins with counts of zero for each call."""

DIGIT_BYTES = 12
"""Of a value: its digit, twice, and what NumPy counts."""


class Ranking:
    """What is known of the values that have some ranks.

    Parameters
    ----------
    dtype : numpy.dtype
        Of the values: integers or floats.
    limits : Limits
        How many candidates are collected and sorted.
    """

    def __init__(self, dtype: np.dtype[Any], limits: Limits = LIMITS) -> None:
        self.dtype = dtype
        self.few = limits.few_ranks
        # At least one digit: then values of 8 bits need no case of their own.
        self.bits = 8 * max(dtype.itemsize, 2)
        self.lock = threading.Lock()
        self.known = 0  # leading bits that are known
        self.counts: dict[int, Array] = {0: np.zeros(1 << DIGIT, np.int64)}
        self.collected: list[Array] | None = None
        self.ranks: dict[int, tuple[int, int]] = {}  # rank -> (prefix, rank within the prefix)

    @staticmethod
    def state_bytes(quantiles: int, limits: Limits) -> int:
        """Return the bytes of the counts and of the candidates."""
        # A quantile lies between two ranks, which may differ from the first digit on.
        return 2 * quantiles * (1 << DIGIT) * 8 + limits.few_ranks * 8

    @staticmethod
    def update_bytes(size: int, run: int) -> int:
        """Return the bytes that `update` takes for as many values, in runs of some length."""
        return DIGIT_BYTES * min(size, BATCH * run)

    def update(self, runs: Sequence[Array]) -> None:
        """Take values, none of them NaN, in runs that stay in a cache; in any thread."""
        if self.collected is not None:
            self._collect(runs)
        else:
            for start in range(0, len(runs), BATCH):
                self._count(runs[start : start + BATCH])

    def _count(self, runs: Sequence[Array]) -> None:
        digits: dict[int, list[Array]] = {prefix: [] for prefix in self.counts}
        for run in runs:
            keys = keys_of(run)
            for prefix, found in digits.items():
                found.append(self._digits(keys, prefix))
        parts = {
            prefix: np.bincount(np.concatenate(found), minlength=1 << DIGIT)
            for prefix, found in digits.items()
        }
        # Threads count by themselves; only the addition is guarded.
        with self.lock:
            for prefix, part in parts.items():
                self.counts[prefix] += part

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
            # Values are compared before keys are made of them, which most are spared. The keys
            # then tell apart what is equal as a number: 0 and -0.
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
        low, high = from_keys(ends, self.dtype)
        if self.dtype.kind == "f":
            # Beyond the infinities the integers stand for NaN.
            low, high = (-np.inf if np.isnan(low) else low), (np.inf if np.isnan(high) else high)
        return low, high

    def finish_pass(self, ranks: Ranks) -> dict[int, float] | Ranking:
        """Draw the conclusions from a pass over all values.

        Parameters
        ----------
        ranks : mapping
            For each quantile its ranks among all values, the same after every pass.

        Returns
        -------
        dict or Ranking
            For each rank its value; the ranking itself where another pass is needed.
        """
        if self.collected is not None:
            return self._collected_values(np.concatenate(self.collected))
        self._descend({rank for some in ranks.values() for rank in some})
        if self.known < self.bits:
            return self
        return {rank: self._value(prefix) for rank, (prefix, _) in self.ranks.items()}

    def _descend(self, ranks: Collection[int]) -> None:
        sums = {prefix: np.cumsum(count) for prefix, count in self.counts.items()}
        left: dict[int, int] = {}
        for rank in ranks:
            prefix, within = self.ranks.get(rank, (0, rank))
            # The first digit up to which there are more than `within` values.
            digit = int(np.searchsorted(sums[prefix], within, side="right"))
            below = int(sums[prefix][digit - 1]) if digit else 0
            deeper = (prefix << DIGIT) | digit
            self.ranks[rank] = (deeper, within - below)
            # By prefix: ranks that share one also share its values, which are collected once.
            left[deeper] = int(self.counts[prefix][digit])
        self.known += DIGIT
        if sum(left.values()) <= self.few:
            self.collected = []
        else:
            self.counts = {prefix: np.zeros(1 << DIGIT, np.int64) for prefix in left}

    def _collected_values(self, keys: Array) -> dict[int, float]:
        keys.sort()
        prefixes = keys >> keys.dtype.type(self.bits - self.known)
        return {
            rank: self._value(
                int(keys[int(np.searchsorted(prefixes, prefixes.dtype.type(prefix))) + within])
            )
            for rank, (prefix, within) in self.ranks.items()
        }

    def _value(self, key: int) -> float:
        return float(from_keys(np.asarray([key], f"u{self.bits // 8}"), self.dtype)[0])
