"""Reductions of 64-bit integers at the ends of their range, against Python's own numbers."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest

from tests.formula.harness import compute

LOW, HIGH = -(2**63), 2**63 - 1
RNG = np.random.default_rng(0)

LANES = {
    "both ends": np.array([LOW, HIGH, LOW, HIGH, LOW + 1, HIGH - 1]),
    "what cancels": np.array([LOW, HIGH, 0, 1]),
    "an end and little": np.array([LOW, 45, -7]),
    "the upper end": np.array([HIGH, HIGH - 1, HIGH - 5, HIGH - 1000]),
    "beside the upper end": RNG.integers(HIGH - 1000, HIGH, 60),
    "anywhere": RNG.integers(LOW, HIGH, 500),
    "unsigned": np.array([2**64 - 1, 2**64 - 1, 2**64 - 3, 0], np.uint64),
    "beside the unsigned end": np.uint64(2**64 - 1) - RNG.integers(0, 999, 60).astype(np.uint64),
}

DIGIT = Fraction(1, 2**53)
"""What a number that is rounded to float64 is off by at most, as a part of it; twice that."""


def _numbers(lane: np.ndarray) -> list[int]:
    return [int(v) for v in lane]


def _variance(lane: np.ndarray) -> Fraction:
    values = _numbers(lane)
    mean = Fraction(sum(values), len(values))
    return sum(((v - mean) ** 2 for v in values), Fraction(0)) / len(values)


def _deviation(lane: np.ndarray) -> Fraction:
    return Fraction(math.isqrt(math.floor(_variance(lane) * 4**80)), 2**80)


def _median(lane: np.ndarray) -> Fraction:
    ordered, half = sorted(_numbers(lane)), len(lane) // 2
    return Fraction(ordered[half] + ordered[~half], 2)


MEANS: dict[str, Callable[[np.ndarray], Fraction]] = {
    "np.mean": lambda lane: Fraction(sum(_numbers(lane)), len(lane)),
    "np.average": lambda lane: Fraction(sum(_numbers(lane)), len(lane)),
    "np.median": _median,
    "np.std": _deviation,
}
EXACT: dict[str, Callable[[list[int]], int]] = {"np.max": max, "np.min": min}


@pytest.mark.parametrize("axis", [None, -1])
@pytest.mark.parametrize("name", LANES)
def test_means_are_off_by_the_digits_that_float64_lacks(name, axis):
    lane = LANES[name]
    largest = max(abs(v) for v in _numbers(lane))
    for function, exact in MEANS.items():
        got = compute(f"{function}(a, axis={axis})", {"a": np.stack([lane, lane[::-1]])[None]})
        # The whole of both is as one of them; each addition in float64 may lose a digit.
        off = max(abs(Fraction(float(v)) - exact(lane)) for v in np.ravel(got))
        assert off <= DIGIT * largest * len(lane), (function, float(off / (DIGIT * largest)))


@pytest.mark.parametrize("axis", [None, -1])
@pytest.mark.parametrize("name", LANES)
def test_what_64_bits_hold_is_exact(name, axis):
    lane = LANES[name]
    for function, exact in EXACT.items():
        got = compute(f"{function}(a, axis={axis})", {"a": np.stack([lane, lane])[None]})
        assert {int(v) for v in np.ravel(got)} == {exact(_numbers(lane))}, function


@pytest.mark.parametrize(
    ("lane", "function", "expected"),
    [
        ([LOW, HIGH, HIGH, LOW, 1], "np.sum", -1),
        ([2**62, 2**62 - 1], "np.sum", HIGH),
        ([LOW, HIGH, HIGH, LOW], "np.cumsum", [LOW, -1, HIGH - 1, -2]),
    ],
)
def test_sums_are_exact_whatever_lies_between(lane, function, expected):
    got = compute(f"{function}(a, axis=-1)", {"a": np.array([[lane]])})
    assert np.ravel(got).tolist() == np.ravel(np.array(expected, object)).tolist()
