"""Several values of a cell at a time give the bits of one after the other."""

from __future__ import annotations

import numpy as np
import pytest

from nipype_mathimg.formula.kernels.extremes import ArgExtreme, Extreme
from nipype_mathimg.formula.kernels.moments import Product, Sum, Variance
from nipype_mathimg.formula.kernels.statistic import Statistic
from nipype_mathimg.formula.kernels.wide_sum import WideSum
from nipype_mathimg.spec import Array

FLOATS, INTEGERS = np.dtype(np.float32), np.dtype(np.int64)

STATISTICS: list[Statistic] = [
    *(
        statistic
        for skip_nan in (False, True)
        for statistic in (
            Sum(FLOATS, mean=True, skip_nan=skip_nan),
            Product(np.dtype(float), skip_nan),
            Variance(FLOATS, skip_nan=skip_nan),
            Extreme(FLOATS, largest=True, skip_nan=skip_nan),
            Extreme(FLOATS, largest=False, skip_nan=skip_nan),
            ArgExtreme(FLOATS, True, (40,), skip_nan),
        )
    ),
    Sum(INTEGERS, narrow=True),
    Variance(INTEGERS),
    Variance(np.dtype(np.int16), whole=True),
    Extreme(INTEGERS, largest=True),
    WideSum(INTEGERS),
]


def _values(dtype: np.dtype[np.generic], cells: int) -> Array:
    random = np.random.default_rng(0)
    values = random.normal(0, 100, (40, cells)).astype(dtype)
    if dtype.kind == "f":
        for share, odd in ((0.1, np.nan), (0.05, np.inf), (0.05, -np.inf), (0.2, -0.0), (0.2, 0)):
            values[random.random(values.shape) < share] = odd
    return values


@pytest.mark.parametrize("cells", [1, 2, 7, 300])
@pytest.mark.parametrize("statistic", STATISTICS, ids=str)
def test_rows_are_folded_to_the_same_bits(statistic: Statistic, cells: int) -> None:
    values = _values(np.dtype(getattr(statistic, "dtype", np.float32)), cells)
    with np.errstate(all="ignore"):
        for alike in (True, False):
            wanted, found = (statistic.start(cells, alike) for _ in range(2))
            for k, row in enumerate(values):
                statistic.fold(wanted, row, None, k)
            for low, high in ((0, 1), (1, 14), (14, 40)):
                statistic.fold_rows(found, values[low:high], low)
            for name, field in wanted.items():
                assert found[name].tobytes() == field.tobytes(), name
