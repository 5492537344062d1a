"""The range of what is stored, against plain Python."""

from __future__ import annotations

import math

import numpy as np
import pytest

from nipype_mathimg.calc.storing import Storing

INF, NAN = math.inf, math.nan


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        ([3, 1, 2], "f4"),
        ([3, NAN, -2], "f4"),
        ([NAN, NAN], "f8"),
        ([INF, 1, -INF, NAN, 5], "f4"),
        ([INF, INF], "f8"),
        ([-INF, NAN], "f4"),
        ([7, -7], "i2"),
        ([3 + 4j, complex(NAN, 1), 1], "c8"),
        ([3 + 4j, complex(INF, 1)], "c16"),
    ],
    ids=str,
)
def test_the_range_is_that_of_the_finite_values(values, dtype):
    array = np.array(values, dtype).reshape((-1, 1), order="F")
    found = Storing(np.dtype(dtype), "out.nii")(array, ((0, len(values)), (0, 1))).range
    sizes = [abs(value) if dtype[0] == "c" else value for value in values]
    finite = [size for size in sizes if math.isfinite(size)]
    assert found.non_finite == len(values) - len(finite)
    if finite:
        assert (found.minimum, found.maximum) == (min(finite), max(finite))
    else:
        assert math.isnan(found.minimum)
        assert math.isnan(found.maximum)


@pytest.mark.parametrize("dtype", ["f4", "f8", "c8", "c16"])
@pytest.mark.parametrize("order", ["F", "C"])
def test_every_nan_of_a_file_has_the_same_bits(dtype, order):
    array = np.full((3, 2), -NAN, dtype, order=order)
    array[0], array[1] = 1, NAN
    array.flags.writeable = False
    found = Storing(np.dtype(dtype), "out.nii")(array, ((0, 3), (0, 2))).values
    parts = [found.real, found.imag] if dtype[0] == "c" else [found]
    for part in parts:
        assert not np.signbit(part[np.isnan(part)]).any()
    assert np.isnan(found).ravel().tolist() == [False] * 2 + [True] * 4
    assert found[0, 0] == 1
