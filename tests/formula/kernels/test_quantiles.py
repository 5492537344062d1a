"""Medians and quantiles beside infinities, of everything and along axes, against exact rules."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest

from tests.formula.harness import compute

INF = math.inf
HUGE = 1.7e308

ROWS = [
    [1, 2, INF],
    [-INF, 1, 2],
    [-INF, 1, 2, 3, INF],
    [1, 2, INF, INF],
    [-INF, -INF, 1, 2],
    [INF, INF, INF],
    [-INF, -INF, INF],
    [-INF, INF],
    [1, INF],
    [-INF],
    [-HUGE, HUGE],
    [HUGE, HUGE, HUGE],
    [1, 2, 4, 8, 16],
]
"""Values in order."""

QUANTILES = (0.0, 0.2, 0.25, 0.5, 0.625, 0.75, 0.9, 1.0)


def _exact(row: list[float], quantile: float) -> float:
    """Return a quantile by exact arithmetic, and by limits at infinity."""
    position = quantile * (len(row) - 1)
    low = math.floor(position)
    part = Fraction(position) - low
    first, last = row[low], row[min(low + 1, len(row) - 1)]
    if part == 0 or first == last:
        return first
    if math.isinf(first) and math.isinf(last):
        return math.nan
    if math.isinf(first) or math.isinf(last):
        return first if math.isinf(first) else last
    return float(Fraction(first) * (1 - part) + Fraction(last) * part)


CALLS = [
    ("np.median(a)", (0.5,)),
    ("np.median(a, axis=-1)", (0.5,)),
    ("np.quantile(a, [QS])", QUANTILES),
    ("np.quantile(a, [QS], axis=-1)", QUANTILES),
    ("np.percentile(a, [PS])", QUANTILES),
    ("np.percentile(a, [PS], axis=-1)", QUANTILES),
    ("np.median(a[a == a])", (0.5,)),
]


@pytest.mark.parametrize(("formula", "quantiles"), CALLS)
@pytest.mark.parametrize(
    ("row", "dtype"),
    [(row, np.float64) for row in ROWS] + [(row, np.float32) for row in ROWS if HUGE not in row],
    ids=str,
)
def test_quantiles_beside_infinities(row, formula, quantiles, dtype):
    values = np.array(row)
    formula = formula.replace("QS", ", ".join(map(str, QUANTILES)))
    formula = formula.replace("PS", ", ".join(str(100 * q) for q in QUANTILES))
    order = np.random.default_rng(5).permutation(len(row))
    image = values[order].astype(dtype)[None, None, None, :]
    want = [_exact(row, q) for q in quantiles]
    for name, spoiled in (("np.", image), ("np.nan", np.insert(image, 0, np.nan, axis=-1))):
        if name == "np.nan" and "[a == a]" in formula:
            continue
        found = compute(formula.replace("np.", name), {"a": spoiled})
        np.testing.assert_allclose(np.ravel(found), want, rtol=1e-6, err_msg=name)


def test_numpy_agrees_where_it_has_a_number():
    agreed = 0
    for row in ROWS:
        with np.errstate(all="ignore"):
            numpys = np.quantile(np.array(row, float), QUANTILES)
        ours = compute(f"np.quantile(a, {list(QUANTILES)})", {"a": np.array(row, float)[:, None]})
        sensible = ~np.isnan(numpys) & (HUGE not in row)
        np.testing.assert_allclose(ours[sensible], numpys[sensible])
        agreed += int(sensible.sum())
    assert agreed > 30  # most others are NaN in NumPy, which multiplies infinities by 0
