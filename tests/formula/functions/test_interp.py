"""`np.interp` in lists that are computed equals NumPy, as does what is written with it."""

from __future__ import annotations

import numpy as np
import pytest

from nipype_mathimg.errors import FormulaError
from tests.formula.harness import WAYS, compute, inferred, same_bits

RNG = np.random.default_rng(4)


@pytest.mark.parametrize("shape", [(5, 4, 6), (2, 1, 3, 5)])
@pytest.mark.parametrize("dtype", ["float64", "float32", "int16"])
def test_lists_that_are_computed(shape, dtype):
    a, b = ((RNG.normal(size=shape) * 40).astype(dtype) for _ in range(2))
    p = [0, 10, 50, 90, 100]
    calls = {
        f"np.interp(a, np.percentile(a, {p}), np.percentile(b, {p}))": np.interp(
            a, np.percentile(a, p), np.percentile(b, p)
        ),
        "np.interp(a, [-3, np.mean(a) + 4, 50], [0, 1, np.max(b)], left=-1, right=9)": np.interp(
            a, [-3, a.astype(float).mean() + 4, 50], [0, 1, b.max()], -1, 9
        ),
        "c = np.cumsum(np.histogram(a, 8)[0]) / a.size; a * np.interp([0.2, 0.9], c, c**2)[1]": (
            a * np.interp(0.9, c := np.cumsum(np.histogram(a, 8)[0]) / a.size, c**2)
        ),
    }
    for formula, want in calls.items():
        got = compute(formula, {"a": a, "b": b})
        bound = 1e-12 if dtype != "float32" else 3e-6
        np.testing.assert_allclose(got, want, rtol=bound, atol=bound * 100)
        for way in WAYS[1:]:
            assert same_bits(compute(formula, {"a": a, "b": b}, way), got), way


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        (
            "np.interp(a, [0, np.max(a)], [1, 2, 3])",
            "two lists of equal length, not (2,) and (3,)",
        ),
        ("np.interp(a, a, a)", "two lists of equal length"),
        ("np.interp(a * 1j, [0, np.max(a)], [1, 2])", "np.interp takes real numbers"),
    ],
)
def test_mistakes(formula, said):
    with pytest.raises(FormulaError) as caught:
        inferred(formula, {"a": np.ones((2, 2, 2))})
    assert said in str(caught.value)
