"""Random formulas: pieces, threads and streams never change a bit; values equal NumPy's."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nipype_mathimg.errors import FormulaError
from nipype_mathimg.formula.program import input_names
from tests.formula.harness import WAYS, Way, compute, inferred, reference, same_bits

SHAPE = (4, 3, 5, 6)
RNG = np.random.default_rng(3)
INPUTS = {
    "a": RNG.integers(-100, 100, SHAPE).astype(np.int16),
    "u": RNG.integers(0, 256, SHAPE).astype(np.uint8),
    "f": RNG.normal(0, 10, SHAPE).astype(np.float32),
    "m": RNG.integers(0, 3, SHAPE[:3]).astype(np.uint8),
    "v": [0, 1, -2, 3, 5, -8],
    "n": 3,
}
WIDE = {
    name: value.astype(np.float64 if value.dtype.kind == "f" else np.int64)
    if isinstance(value, np.ndarray)
    else value
    for name, value in INPUTS.items()
}


@dataclass(frozen=True)
class Term:
    """A formula, what NumPy calls the same, and what it gives.

    `kind` is "4" (x, y, z, t), "3" (x, y, z), "k" (x, y, z, 1), "t" or "0" (a number).
    """

    ours: str
    numpy: str
    kind: str
    integer: bool
    truth: bool = False

    def made(self, text: str, **changes: object) -> Term:
        """Return a term in which X stands for this one."""
        new = {"ours": text.replace("X", self.ours), "numpy": text.replace("X", self.numpy)}
        fields = {"kind": self.kind, "integer": self.integer, "truth": False, **new, **changes}
        return Term(**fields)  # type: ignore[arg-type]


LEAVES = st.sampled_from(
    [
        Term("a", "a", "4", True),
        Term("u", "u", "4", True),
        Term("f", "f", "4", False),
        Term("m", "m", "3", True),
        Term("v", "np.array(v)", "t", True),
        Term("n", "n", "0", True),
        Term("2.5", "2.5", "0", False),
    ]
)

SAME = [
    "(-X)", "np.abs(X)", "(X * 2)", "(X + X)", "np.clip(X, -20, 50)", "np.maximum(X, 3)",
]  # fmt: skip
ALONG = [
    "np.flip(X, axis=AXIS)", "np.roll(X, 2, axis=AXIS)", "np.sort(X, axis=AXIS)",
    "np.cumsum(X, axis=AXIS)", "np.take(X, [0, 2, 1], axis=AXIS)", "np.diff(X, axis=AXIS)",
    "np.repeat(X, 2, axis=AXIS)", "np.concatenate([X, X * 2], axis=AXIS)",
]  # fmt: skip
FOUR = [
    "X[..., ::-1]", "X[::-1, :, 1:4]", "X[..., 1::2]", "X[:, 0:1]", "np.pad(X, 1)[1:-1, :, 2:]",
    "np.swapaxes(np.swapaxes(X, 0, 3) * 3, 0, 3)", "X.T.T", "np.sort(X, axis=-1)[..., 1:3]",
    "np.cumsum(X, axis=0)[2:]", "np.stack([X, -X], axis=2)[:, :, 1]",
]  # fmt: skip
OVER_TIME = [
    "np.sum(X, axis=-1)",
    "np.max(X, axis=-1)",
    "np.min(X, axis=3)",
    "X[..., 2]",
    "np.ptp(X, axis=-1)",
]
FLOAT_OVER_TIME = [
    "np.mean(X, axis=-1)",
    "np.std(X, axis=-1)",
    "np.median(X, axis=-1)",
    "np.percentile(X, 30, axis=3)",
]
TO_NUMBER = ["np.sum(X)", "np.max(X)", "np.min(X)", "np.count_nonzero(X > 2)"]


@st.composite
def terms(draw, depth=3):
    if depth == 0 or draw(st.integers(0, 5)) == 0:
        return draw(LEAVES)
    first = draw(terms(depth - 1))
    choice = draw(st.integers(0, 9))
    if choice <= 3:
        return combined(draw, first, draw(terms(depth - 1)))
    if first.kind == "0":
        return first.made(draw(st.sampled_from(["(-X)", "(X + 1)", "np.abs(X)"])))
    if choice == 4:
        return first.made(draw(st.sampled_from(SAME)))
    if choice == 5 and first.kind == "4":
        text = draw(st.sampled_from([*FOUR, *(t for t in ALONG)])).replace(
            "AXIS", str(draw(st.integers(-4, 3)))
        )
        return first.made(text, kind="any")
    if choice == 6 and first.kind == "4":
        return first.made(draw(st.sampled_from(OVER_TIME)), kind="3")
    if choice == 7 and first.kind == "4":
        return first.made(draw(st.sampled_from(FLOAT_OVER_TIME)), kind="3", integer=False)
    if choice == 8 and first.kind == "4":
        return first.made("np.sum(X, axis=-1, keepdims=True)", kind="k")
    if first.kind == "4" and draw(st.booleans()):
        return first.made("np.sum(X, axis=(0, 1, 2))", kind="t")
    return first.made(draw(st.sampled_from(TO_NUMBER)), kind="0", integer=first.integer)


def combined(draw, first: Term, second: Term) -> Term:
    if "any" in (first.kind, second.kind) and "0" not in (first.kind, second.kind):
        return first
    kinds = {first.kind, second.kind}
    left, right = (
        f"{t.numpy}[..., None]" if t.kind == "3" and kinds & {"4", "k", "t"} else t.numpy
        for t in (first, second)
    )
    if kinds == {"3", "t"} or kinds == {"k", "t"} or kinds == {"3", "k"}:
        return first  # what NumPy would make of it is another question
    kind = next(k for k in ("any", "4", "k", "3", "t", "0") if k in kinds)
    integer = first.integer and second.integer
    forms = ["({} + {})", "({} - {})", "({} * {})", "np.minimum({}, {})"]
    if integer:
        forms += ["np.where({0} > {1}, {0}, {1} - 1)", "(({} >= {}) * 7)"]
    text = draw(st.sampled_from(forms))
    return Term(text.format(first.ours, second.ours), text.format(left, right), kind, integer)


TERMS = terms().filter(lambda term: any(name in term.ours for name in "auf"))


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(TERMS, st.sampled_from(WAYS), st.integers(5, 500), st.integers(1, 3))
def test_random_formulas(term, way, slab, threads):
    used = {name: INPUTS[name] for name in INPUTS if name in inputs_of(term.ours)}
    got = compute(term.ours, used)
    for other in (way, Way(slab=slab, threads=threads, streamed=threads > 1, chunk=slab, small=0)):
        assert same_bits(compute(term.ours, used, other), got), other
    want = np.asarray(reference(term.numpy, WIDE))
    got = np.asarray(got)
    assert got.shape == want.shape
    if term.integer and got.dtype.kind in "biu":
        np.testing.assert_array_equal(got.astype(object), want.astype(object))
    else:
        scale = np.abs(want[np.isfinite(want)]).max(initial=1)
        np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-4 * scale)
    bounds = inferred(term.ours, used).root.spec.bounds
    if bounds is not None:
        assert bounds[0] <= int(got.min())
        assert int(got.max()) <= bounds[1]


def inputs_of(formula: str) -> set[str]:
    return set(input_names(formula))


FORMULAS = (
    "a + b",
    "a - b",
    "a * b",
    "a * b - a",
    "-a - b",
    "abs(a) * 3 + b",
    "a - b * 255",
    "(a + b) // 7",
    "np.maximum(a, b) - np.minimum(a, b)",
    "np.where(a > b, a, b) + 1",
    "a * a",
    "a ** 2 + b",
    "(a & b) | (a ^ 5)",
    "~a - b",
    "a % 11 - b",
    "np.clip(a, -5, 9) * b",
    "np.sign(a) - np.sign(b) * 200",
    "(a << 2) - b",
    "(a >> 1) + b",
    "np.sum(a, axis=-1) - np.sum(b, axis=-1)",
    "np.cumsum(a, axis=0) + b",
    "np.diff(a, axis=0)",
    "np.gcd(a, b)",
)
INTEGER = st.sampled_from(["uint8", "int8", "int16", "uint16", "int32", "uint32"])


@settings(max_examples=80, deadline=None)
@given(
    INTEGER,
    INTEGER,
    st.sampled_from(FORMULAS),
    st.data(),
)
def test_integers_equal_those_of_python(first, second, formula, data):
    images = {}
    for name, dtype in (("a", first), ("b", second)):
        info = np.iinfo(dtype)
        values = st.one_of(
            st.sampled_from([0, 1, info.min, info.max]), st.integers(int(info.min), int(info.max))
        )
        images[name] = (
            np.array(data.draw(st.lists(values, min_size=8, max_size=8)))
            .astype(dtype)
            .reshape(2, 2, 2)
        )
    images = {name: image for name, image in images.items() if name in inputs_of(formula)}
    text = formula.replace("~a", "np.invert(own).astype(object)")
    wide = {name: image.astype(object) for name, image in images.items()}
    exact = np.asarray(reference(text, wide, own=images["a"]))
    try:
        got = compute(formula, images)
    except FormulaError:
        assert any(not -(2**63) <= int(v) < 2**63 for v in exact.ravel())
        return
    if got.dtype.kind == "f":
        # The range, not always the values, has more than 64 bits: float64 holds the leading 53.
        assert formula == "a * b - a"
        np.testing.assert_allclose(got, exact.astype(float), rtol=2**-50, atol=2**12)
        return
    assert got.dtype.kind in "iu"
    assert [int(v) for v in got.ravel()] == [int(v) for v in exact.ravel()]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("slab", [1, 3, 12, 59, 61, 360, 10_000])
def test_every_size_of_a_slab(slab, way):
    formula = "(f - np.mean(f, axis=-1)) / np.std(f, axis=-1) * (m > 0) + np.median(f, axis=-1)"
    inputs = {name: INPUTS[name] for name in "fm"}
    expected = compute(formula, inputs)
    assert same_bits(compute(formula, inputs, replace(way, slab=slab, chunk=slab)), expected)
