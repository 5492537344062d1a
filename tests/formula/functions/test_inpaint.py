"""Holes that are filled from around them, against the smoothing of the whole volume."""

from __future__ import annotations

import numpy as np
import pytest

from nipype_mathimg.errors import FormulaError
from tests.formula.functions.test_itk import smoothed
from tests.formula.harness import WAYS, compute, inferred, same_bits

RNG = np.random.default_rng(7)


def filled(a, hole, sigmas, iterations):
    """Return a hole filled by repeated smoothing of the whole volume."""
    known = np.where(hole & np.isnan(a), 0, a)
    values = known
    for _ in range(iterations):
        values = np.where(hole, smoothed(values, sigmas), known)
    return values


@pytest.mark.parametrize("dtype", ["uint8", "float32", "float64"])
def test_inpaint_fills_a_hole_from_around_it(dtype):
    a = (RNG.random((9, 11, 10)) * 50).astype(dtype)
    hole = np.zeros(a.shape, "uint8")
    hole[3:6, 4:7, 0:2] = hole[8, 2, 5] = 3
    if dtype == "float64":
        a[4, 5, 1] = np.nan
    for call, sigmas, iterations in (("0.8", (0.8,) * 3, 3), ("[0.5, 1, 0.7]", (0.5, 1, 0.7), 12)):
        formula = f"inpaint(a, m, {call}, iterations={iterations})"
        got = compute(formula, {"a": a, "m": hole})
        want = filled(a.astype(float), hole > 0, sigmas, iterations)
        np.testing.assert_allclose(got, want, rtol=3e-7 if dtype == "float32" else 1e-12)
        for way in WAYS[1:3]:
            assert same_bits(compute(formula, {"a": a, "m": hole}, way), got), way
    assert same_bits(compute("inpaint(a, m * 0, 1)", {"a": a, "m": hole}) * 1.0, a * 1.0)


def test_inpaint_comes_to_rest_between_what_is_known():
    """Between two planes of 0 and 10 lies a slope."""
    a = np.zeros((4, 5, 11))
    a[..., 0], a[..., 5] = 10, 100
    hole = np.zeros(a.shape, bool)
    hole[..., 1:10] = True
    got = compute("inpaint(a, m, 1, iterations=1000)", {"a": a, "m": hole})
    slope = np.diff(got[2, 2, 2:9])
    np.testing.assert_allclose(slope, slope.mean(), rtol=2e-3)
    assert (slope < -0.9).all()


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("inpaint(a, a > 0, 1, iterations=0)", "1 or more"),
        ("inpaint(a, np.stack([a, a], axis=-1), 1)", "does not fit the image"),
        ("inpaint(a, a > 0)", "sigma"),
        ("inpaint(a * 1j, a > 0, 1)", "takes real numbers"),
    ],
)
def test_refused(formula, message):
    with pytest.raises(FormulaError, match=message):
        inferred(formula, {"a": np.ones((3, 3, 3))})
