"""What random formulas found first, a line for each: the result of NumPy, or a refusal by us."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

from nipype_mathimg.errors import FormulaError
from tests.formula.harness import compute

RNG = np.random.default_rng(0)
SHAPE = (4, 3, 2, 5)
REAL = RNG.normal(size=SHAPE)
UNKNOWN = REAL + 1j * RNG.normal(size=SHAPE)
UNKNOWN.flat[:2] = complex(np.nan, 0), complex(1, np.nan)

INPUTS: dict[str, Any] = {
    "a": RNG.integers(-100, 100, SHAPE).astype(np.int16),
    "f": REAL.astype(np.float32),
    "u8": RNG.integers(0, 200, SHAPE).astype(np.uint8),
    "u32": RNG.integers(0, 2**32 - 1, SHAPE).astype(np.uint32),
    "i64": RNG.integers(-1000, 1000, SHAPE),
    "u64": RNG.integers(0, 1000, SHAPE).astype(np.uint64),
    "c": (REAL + 1j * REAL[::-1]).astype(np.complex64),
    "cn": UNKNOWN.astype(np.complex64),
    "inf": np.tile(np.array([-np.inf, 1, 2, 3, np.inf], np.float32), (4, 3, 2, 1)),
    "z": np.full(SHAPE, -0.0),
    "n": 7,
}

EQUAL = """
np.mean(a, axis=())
np.mean(a).imag
np.imag(a.ndim) + a
np.reshape(a.ndim, []) + a
np.mean(c).imag
np.argmax(np.argmin(a, axis=-1, keepdims=True), axis=0)
np.min(np.max(u8, keepdims=True), 0)
np.ptp(np.min(u32, keepdims=True), axis=2)
np.median(inf, axis=-1)
np.median(inf)
np.quantile(inf, 0.25, axis=-1)
np.percentile(inf, [25, 50], axis=-1)
np.power([np.inf, 1, 2, 3, 4], 0.5) * f
np.power(inf, 0.5)
np.isreal(cn)
np.signbit(np.log2(np.abs(f)))
np.copysign(f, -0.0)
u32 / z
np.signbit(z + z)
np.signbit(z * n)
np.signbit(a * -0.0)
np.signbit(np.sum(z, axis=-1))
1 / np.max(z, axis=-1)
np.linalg.norm(i64, axis=-1)
np.average(i64, weights=[1, 2, 3, 4, 5], axis=-1)
"""

WHOLE = {
    "np.clip(u64, -3, 100)": "np.clip(u64.astype(int), -3, 100)",
    "np.cumsum(i64, axis=-1)": "np.cumsum(i64, axis=-1)",
    "np.max(u64)": "int(np.max(u64))",
}
"""Results that have to be integers."""

REFUSED = {
    "c // 2": "complex numbers cannot be operands",
    "c % 2": "complex numbers cannot be operands",
    "np.around(a, -2**63)": "decimals",
    f"sum([{'a, ' * 30_000}a + maen])": "`maen` is not an input",
}


def _numpy(formula: str) -> Any:
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return eval(formula, {"np": np, **INPUTS})


def _ours(formula: str) -> Any:
    used = {name: INPUTS[name] for name in INPUTS if name in compile(formula, "", "eval").co_names}
    return compute(formula, used)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("formula", EQUAL.strip().splitlines())
def test_as_numpy(formula):
    got, want = np.asarray(_ours(formula)), np.asarray(_numpy(formula))
    assert got.shape == want.shape
    np.testing.assert_allclose(got, want, rtol=1e-5)


@pytest.mark.parametrize("formula", WHOLE)
def test_whole_numbers_stay_whole(formula):
    got = np.asarray(_ours(formula))
    assert got.dtype.kind in "iu"
    np.testing.assert_array_equal(got, _numpy(WHOLE[formula]))


@pytest.mark.parametrize("formula", REFUSED, ids=lambda text: text[:20])
def test_refused_in_few_words(formula):
    with pytest.raises(FormulaError, match=REFUSED[formula]) as caught:
        _ours(formula)
    assert len(str(caught.value)) < 2000
