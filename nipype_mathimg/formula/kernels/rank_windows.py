"""Order statistics in one pass: a window of values around each rank that is looked for.

What was seen so far tells where a rank is going to lie, and only values near to it are kept.
Where the rank lies outside in the end, because an image is not alike from its start to its end,
nothing is found, and all values are ranked by their digits.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from typing import Any

import numpy as np

from nipype_mathimg.formula.kernels.rank_digits import Ranking, Ranks
from nipype_mathimg.formula.types.limits import LIMITS, Limits
from nipype_mathimg.frozen import Frozen
from nipype_mathimg.spec import Array

__all__ = ["Narrowing", "can_narrow"]

SHARE = 3
"""One of so many of them is held afterwards."""

SAMPLE = 32
"""One of so many of them tells where they lie, unless they lie oddly."""

VOLUME_AXES = 3

Number = np.number[Any]


def can_narrow(quantiles: Sequence[float], domain: Sequence[int], limits: Limits) -> bool:
    """Tell whether windows do better than digits.

    Parameters
    ----------
    quantiles : sequence of float
        What is looked for.
    domain : sequence of int
        Shape of the image. A window has to be as large as a volume: parts of a volume are not
        alike.
    limits : Limits
        How much a window holds, and how many there are at most.
    """
    volume = math.prod(domain[:VOLUME_AXES])
    return len(quantiles) <= limits.most_windows and volume <= limits.kept_ranks


class Narrowing:
    """One pass that looks for some quantiles.

    Parameters
    ----------
    quantiles : sequence of float
        Between 0 and 1.
    dtype : numpy.dtype
        Of the values: integers or floats.
    limits : Limits
        How much a window holds.
    """

    def __init__(
        self, quantiles: Sequence[float], dtype: np.dtype[Any], limits: Limits = LIMITS
    ) -> None:
        self.dtype = dtype
        self.limits = limits
        self.searches = [_Search(quantile, dtype, limits.kept_ranks) for quantile in quantiles]

    @staticmethod
    def state_bytes(quantiles: int, dtype: np.dtype[Any], size: int, limits: Limits) -> int:
        """Return the bytes of the windows on at most `size` values, one of them put in order."""
        return (quantiles + 1) * min(size, limits.kept_ranks) * dtype.itemsize

    @staticmethod
    def update_bytes(size: int, dtype: np.dtype[Any]) -> int:
        """Return the bytes that `update` takes for as many values: all of them, in two copies."""
        return 2 * size * dtype.itemsize

    def update(self, runs: Sequence[Array]) -> None:
        """Take values, none of them NaN, in runs that stay in a cache; in any thread."""
        for search in self.searches:
            search.update(runs)

    def finish_pass(self, ranks: Ranks) -> dict[int, float] | Ranking:
        """Draw the conclusions from a pass over all values.

        Parameters
        ----------
        ranks : mapping
            For each quantile its ranks among all values.

        Returns
        -------
        dict or Ranking
            For each rank its value; what finds them where this did not.
        """
        result: dict[int, float] = {}
        for search in self.searches:
            wanted = ranks[search.quantile]
            values = search.values_of(wanted)
            if values is None:
                return Ranking(self.dtype, self.limits)
            result.update(zip(wanted, values, strict=True))
        return result


class _Search:
    """The search for one quantile."""

    def __init__(self, quantile: float, dtype: np.dtype[Any], kept: int) -> None:
        self.quantile = quantile
        self.kept = kept
        self.lock = threading.Lock()
        self.window: _Window | None = _Window.around([], *_ends(dtype))  # None: without success

    def update(self, runs: Sequence[Array]) -> None:
        # Without the lock: a window is never changed, only replaced by another one.
        window = self.window
        if window is None:
            return
        # What takes long is done before the lock is taken, perhaps with limits that are outdated
        # by then. Windows only get narrower, so `narrowed` makes up for it.
        fresh = _Window.around(runs, window.low, window.high)
        with self.lock:
            # Another thread may have narrowed it meanwhile.
            window = self.window
            if window is not None:
                window = window.joined(fresh.narrowed(window.low, window.high))
                self.window = self._narrowed(window) if window.held > self.kept else window

    def _narrowed(self, window: _Window) -> _Window | None:
        """Keep what is nearest to the rank among all that was seen."""
        # A guess from what was seen: it decides what is kept, and never what the result is.
        rank = window.place(int(self.quantile * (window.seen - 1)))
        if rank is None:
            return None
        share = min(max(rank, 0) / window.held, 1)
        narrower = window.narrowed(*window.limits_around(share, SAMPLE))
        # The sample was no fair one (its step met a period of the data): look at all values.
        if narrower.held > self.kept // 2:
            narrower = window.narrowed(*window.limits_around(share, 1))
        return narrower

    def values_of(self, ranks: Sequence[int]) -> list[float] | None:
        """Return the values that have these ranks among all; None where one is not known."""
        window = self.window
        if window is None:
            return None
        places = [place for rank in ranks if (place := window.place(rank)) is not None]
        if len(places) < len(ranks):
            return None
        values = np.concatenate(window.inside) if window.inside else np.empty(0)
        inside = {place for place in places if 0 <= place < values.size}
        if inside:
            values.partition(sorted(inside))
        return [
            float(
                window.low if place < 0 else values[place] if place < values.size else window.high
            )
            for place in places
        ]


class _Window(Frozen):
    """The values between two limits, and how many lie at each limit and outside."""

    low: Number
    high: Number
    below: int
    at_low: int
    inside: tuple[Array, ...]
    at_high: int
    above: int

    @classmethod
    def around(cls, runs: Sequence[Array], low: Number, high: Number) -> _Window:
        """Sort values out by two limits, which may be the same."""
        below = at_low = at_high = above = 0
        inside = []
        for run in runs:
            higher, lower = run > low, run < high
            equal = int(np.count_nonzero(run == low))
            below += run.size - int(np.count_nonzero(higher)) - equal
            at_low += equal
            # With equal limits the same values would be counted at both.
            if low < high:
                equal = int(np.count_nonzero(run == high))
                at_high += equal
            above += run.size - int(np.count_nonzero(lower)) - equal
            between = run[higher & lower]
            if between.size:
                inside.append(between)
        parts = (np.concatenate(inside),) if inside else ()
        return cls(low, high, below, at_low, parts, at_high, above)

    @property
    def held(self) -> int:
        """Number of values between the limits."""
        return sum(part.size for part in self.inside)

    @property
    def seen(self) -> int:
        """Number of all values."""
        return self.below + self.at_low + self.held + self.at_high + self.above

    def place(self, rank: int) -> int | None:
        """Return the place of a rank among the values between the limits.

        Before the first place lies what equals the lower limit, after the last what equals the
        upper one. None: the rank lies outside.
        """
        place = rank - self.below - self.at_low
        known = -self.at_low <= place < self.held + self.at_high
        return place if known else None

    def limits_around(self, share: float, step: int) -> tuple[Number, Number]:
        """Return limits near a share of the values between the limits, from every so many."""
        values = np.concatenate([part[::step] for part in self.inside])
        place, half = int(share * (values.size - 1)), values.size // SHARE // 2
        first, last = place - half, place + half
        values.partition([k for k in (first, last) if 0 <= k < values.size])
        low = values[first] if first >= 0 else self.low
        high = values[last] if last < values.size else self.high
        return low, high

    def narrowed(self, low: Number, high: Number) -> _Window:
        """Return the same values sorted out by limits that lie further inside."""
        if low == self.low and high == self.high:
            return self
        inner = _Window.around(self.inside, low, high)
        kept_low, kept_high = low == self.low, high == self.high
        return inner.changed(
            below=self.below + inner.below + (0 if kept_low else self.at_low),
            at_low=inner.at_low + (self.at_low if kept_low else 0),
            at_high=inner.at_high + (self.at_high if kept_high else 0),
            above=self.above + inner.above + (0 if kept_high else self.at_high),
        )

    def joined(self, other: _Window) -> _Window:
        """Return a window with the values of another one of the same limits."""
        return _Window(
            self.low,
            self.high,
            self.below + other.below,
            self.at_low + other.at_low,
            self.inside + other.inside,
            self.at_high + other.at_high,
            self.above + other.above,
        )


def _ends(dtype: np.dtype[Any]) -> tuple[Number, Number]:
    if dtype.kind == "f":
        return dtype.type(-np.inf), dtype.type(np.inf)
    numbers = np.iinfo(dtype)
    return dtype.type(numbers.min), dtype.type(numbers.max)
