"""How far float32 results lie from float64's, function by function, over all float32 numbers."""

from __future__ import annotations

import numpy as np
import pytest

from nipype_mathimg.errors import FormulaError
from nipype_mathimg.formula.functions import elementwise, widened
from tests.formula.harness import compute

# Largest error in units in the last place of the result, against NumPy's function in float64 of
# the same float32 operands. Half a unit is the rounding alone; the rest is NumPy's own code, which
# differs by processor (its vector units), so that there is room above what was measured.
BOUNDS = {
    0.5: "absolute add ceil copysign divide fabs floor fmax fmin fmod ldexp maximum minimum "
    "multiply negative positive reciprocal rint sign sqrt square subtract trunc heaviside "
    "nextafter spacing real conjugate",
    0.51: "tan sinc logaddexp logaddexp2",
    1: "hypot remainder power deg2rad radians",
    2: "degrees cbrt exp2 expm1 log2 log1p rad2deg",
    4: "sin cos arcsin arccos arctan sinh cosh tanh arcsinh arccosh arctanh exp log log10 arctan2 "
    "floor_divide",
}
BOUND = {name: bound for bound, names in BOUNDS.items() for name in names.split()}
NOT_COMPARED = {"nextafter", "spacing"}
"""Their result is about the grid of float32 itself."""

SHAPE = (80, 80, 40)


def numbers(seed: int) -> np.ndarray:
    """Return float32 numbers: of every size, of usual size, and beside multiples of pi / 2."""
    rng = np.random.default_rng(seed)
    total = int(np.prod(SHAPE))
    any_size = rng.integers(0, 2**32, total // 2, dtype=np.uint32).view(np.float32)
    usual = rng.uniform(-50, 50, total // 8).astype(np.float32)
    within_one = rng.uniform(-1, 1, total // 8).astype(np.float32)
    poles = np.float32(rng.integers(-20_000, 20_000, total // 8) * (np.pi / 2))
    whole = np.float32(rng.integers(-1000, 1000, total // 8))
    beside = np.nextafter(whole, np.float32(np.inf))
    values = np.concatenate([any_size, usual, within_one, poles, beside])
    return np.where(np.isfinite(values), values, 1).reshape(SHAPE, order="F")


ONE, TWO = numbers(1), numbers(2)
# Arguments of usual size in both, also such whose sums cancel.
TWO[:, :, 20:] = -ONE[:, :, 20:] * np.float32(1.001)


def floating_rows() -> list[str]:
    """Return the functions that make float32 of float32."""
    found = []
    for row in (*elementwise.ROWS, *widened.ROWS):
        small = np.ones((2, 2, 2), np.float32)
        inputs = {"a": small, "b": small} if "," in row.signature else {"a": small}
        try:
            result = compute(f"np.{row.name}({', '.join(inputs)})", inputs)
        except FormulaError:
            continue  # of integers only
        if result.dtype == np.float32:
            found.append(row.name)
    return found


def ulps(result: np.ndarray, exact: np.ndarray) -> float:
    """Return the largest error in units in the last place of float32."""
    with np.errstate(all="ignore"):
        rounded = exact.astype(np.float32)
        known = np.isfinite(exact) & np.isfinite(rounded)
        assert np.isfinite(result[known]).all()
        unit = np.spacing(np.abs(rounded[known])).astype(np.float64)
        errors = np.abs(result[known].astype(np.float64) - exact[known]) / unit
    return float(errors.max())


def test_every_function_of_floats_has_a_bound():
    assert set(floating_rows()) <= set(BOUND)


@pytest.mark.parametrize("name", sorted(set(BOUND) - NOT_COMPARED - {"ldexp"}))
def test_float32_is_as_exact_as_the_table_says(name):
    row = next(row for row in (*elementwise.ROWS, *widened.ROWS) if row.name == name)
    inputs = {"a": ONE, "b": TWO} if "," in row.signature else {"a": ONE}
    result = compute(f"np.{name}({', '.join(inputs)})", inputs)
    with np.errstate(all="ignore"):
        exact = getattr(np, name)(*(value.astype(np.float64) for value in inputs.values()))
    assert result.dtype == np.float32
    assert ulps(result, exact) <= BOUND[name]


@pytest.mark.parametrize(
    "formula", ["np.tan(a / 9)", "np.tan(a * 0.37 + 1)", "np.tan((a[..., 1:] - 3) / 7)"]
)
def test_an_angle_that_is_computed_first_is_not_rounded(formula):
    """3dcalc and wb_command compute in float64: near a pole a rounded angle is another one."""
    image = np.float32(np.arange(4 * 4 * 4000).reshape(4, 4, 4000))
    exact = eval(formula, {"np": np, "a": image.astype(np.float64)})
    result = compute(formula, {"a": image})
    assert result.dtype == np.float32
    assert ulps(result, exact) <= 0.51


def test_a_selection_and_a_long_chain_are_widened_too():
    image = np.float32(np.arange(4 * 4 * 400).reshape(4, 4, 400))
    wide = image.astype(np.float64)
    found = compute("np.sum(np.tan(a[a > 5] / 9))", {"a": image})
    rounded = np.tan(wide[wide > 5] / 9).astype(np.float32)
    np.testing.assert_allclose(found, rounded.astype(np.float64).sum(), rtol=1e-6)
    chain = "a" + " + a" * 2000
    result = compute(f"np.tan(({chain}) / 9)", {"a": image})
    assert ulps(result, np.tan(wide * 2001 / 9)) <= 0.51
