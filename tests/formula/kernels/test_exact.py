"""Division of integers that no dtype of 64 bits holds together, against Python's integers."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from nipype_mathimg.formula.kernels.exact import DivideMagnitudes

UNSIGNED = (0, 1, 5, 2**53 + 1, 2**63 - 1, 2**63, 14363741789895974836, 2**64 - 1)
SIGNED = (-1, -2, -7, -40000, -(2**62) - 3, -(2**63), 3, 0)


def _truncated(a: int, b: int) -> int:
    """Return the rest that has the sign of the dividend."""
    return abs(a) % abs(b) * (1 if a >= 0 else -1)


@pytest.mark.parametrize("swapped", [False, True], ids=["unsigned first", "signed first"])
@pytest.mark.parametrize("dtype", [np.int64, np.float64])
@pytest.mark.parametrize(
    ("ufunc", "exactly"),
    [(np.floor_divide, operator.floordiv), (np.remainder, operator.mod), (np.fmod, _truncated)],
)
def test_signs_and_sizes_are_those_of_whole_numbers(
    ufunc: Callable[..., Any], exactly: Callable[[int, int], int], dtype: type, swapped: bool
) -> None:
    kernel = DivideMagnitudes(ufunc.__name__, ufunc, np.dtype(dtype))
    for u in UNSIGNED:
        for s in SIGNED:
            pair = [np.array([u], np.uint64), np.array([s], np.int64)]
            a, b = (s, u) if swapped else (u, s)
            if b == 0 or (dtype is np.int64 and not -(2**63) <= exactly(a, b) < 2**63):
                continue
            result = kernel(*(pair[::-1] if swapped else pair))
            assert result.dtype == dtype
            assert result[0] == dtype(exactly(a, b)), (ufunc.__name__, a, b)
            assert not np.signbit(result[0]) or result[0] != 0


def test_what_is_divided_by_zero_is_as_in_floats() -> None:
    a, b = np.array([7, 0], np.uint64), np.array([0, 0], np.int64)
    with np.errstate(all="ignore"):  # as the threads have it
        result = DivideMagnitudes("floor_divide", np.floor_divide, np.dtype(np.float64))(a, b)
    np.testing.assert_array_equal(result, [np.inf, np.nan])
