"""Every row of the function table equals NumPy, in every dtype, whatever the pieces."""

from __future__ import annotations

import math
import re
from functools import lru_cache
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from scipy import signal

from nipype_mathimg.errors import FormulaError
from nipype_mathimg.formula import functions
from nipype_mathimg.formula.functions import (
    FUNCTIONS,
    components,
    extents,
    features,
    fills,
    fronts,
    index,
    itk,
    lines,
    matrices,
    measurements,
    places,
    raters,
    statistics,
    typical,
)
from nipype_mathimg.formula.infer import infer
from nipype_mathimg.formula.language.tree import postorder
from nipype_mathimg.formula.program import parse
from tests.formula.cases import CASES, Case
from tests.formula.functions.volumes import NAMES
from tests.formula.harness import WAYS, compute, inferred, reference, same_bits

SHAPE = (5, 4, 3, 6)
DTYPES = (
    "uint8", "int8", "int16", "uint16", "int32", "uint32", "int64", "uint64",
    "float32", "float64", "complex64",
)  # fmt: skip
FULL = ("int16", "float32")
"""Dtypes that are computed in all ways; the others in two."""


@lru_cache
def images(dtype: str) -> dict[str, np.ndarray]:
    """Return images with every kind of value of a dtype."""
    rng = np.random.default_rng(7)
    kind = np.dtype(dtype)
    if kind.kind in "iu":
        info = np.iinfo(kind)
        low = 0 if kind.kind == "u" else -20
        a, b, d = (rng.integers(low, 21, SHAPE).astype(kind) for _ in range(3))
        d[d == 0] = 5
        u = rng.integers(0, 2, SHAPE).astype(kind)
        for image, step in ((a, 7), (b, 11)):
            extremes = np.array([0, 1, 2, info.min, info.max, info.max - 1], kind)
            image.ravel()[::step] = rng.choice(extremes, image.ravel()[::step].shape)
    else:
        a, b, d = (rng.normal(0, 10, SHAPE).astype(kind) for _ in range(3))
        u = rng.random(SHAPE).astype(kind)
        if kind.kind == "c":
            a, b, d, u = (x + (1j * rng.random(SHAPE)).astype(kind) for x in (a, b, d, u))
        else:
            special = [0.0, -0.0, np.nan, np.inf, -np.inf, 1e-30, 1e30, -3e4, 0.5, 1.5, 2.5]
            for image, step in ((a, 7), (b, 11)):
                image.ravel()[::step] = rng.choice(special, image.ravel()[::step].shape)
        a[0, 0, 0, :] = 3
    return {
        "a": a,
        "b": b,
        "d": d,
        "u": u,
        "s": rng.integers(0, 4, SHAPE).astype(np.uint8),
        "m": (rng.random(SHAPE[:3]) > 0.4).astype(np.uint8),
    }


def used(case: Case, dtype: str) -> dict[str, np.ndarray]:
    names = set(re.findall(r"\b[abdusm]\b", case.call))
    return {name: image for name, image in images(dtype).items() if name in names}


def expected(case: Case, dtype: str) -> np.ndarray:
    """Return NumPy's answer: in Python's integers, in float64, or in the dtype itself."""
    kind = np.dtype(dtype).kind
    wide: object = None
    if not case.own:
        wide = {"f": np.float64, "c": np.complex128}.get(
            kind, object if case.exact else np.float64
        )
    inputs = {
        name: image.astype(wide if name in "abdu" else np.int64) if wide else image
        for name, image in used(case, dtype).items()
    }
    names = {"lcm": math.lcm, "signal": signal, **NAMES}
    return np.asarray(reference(case.expected or case.call, inputs, **names))


def kinds_of(dtype: str) -> str:
    return np.dtype(dtype).kind


def overflows(want: np.ndarray) -> bool:
    """Tell whether an exact result exceeds 64 bits."""
    return want.dtype == object and any(
        isinstance(v, int) and not -(2**63) <= v < 2**64 for v in want.ravel().tolist()
    )


ROWS = [
    pytest.param(name, case, dtype, id=f"{case.call}-{dtype}")
    for name, cases in CASES.items()
    for case in cases
    for dtype in DTYPES
    if kinds_of(dtype) in case.kinds
]


def test_every_row_has_a_case():
    # These have tests of their own, test_statistics.py, test_own_rows.py, test_measurements.py,
    # test_fronts.py and test_raters.py.
    elsewhere = {
        row.key
        for module in (
            statistics,
            components,
            extents,
            features,
            fills,
            fronts,
            itk,
            lines,
            matrices,
            measurements,
            places,
            raters,
            typical,
        )
        for row in module.ROWS
    }
    assert set(CASES) == set(FUNCTIONS) - elsewhere
    for name, cases in CASES.items():
        for case in cases:
            functions = {
                node.function
                for node in postorder(parse(case.call).bindings[0].value)
                if hasattr(node, "function")
            }
            assert name in functions or (name, case.call) in (
                ("transpose", "a.T"),
                ("take", "a[..., [0, 2, 5]]"),
            )


@pytest.mark.parametrize(("name", "case", "dtype"), ROWS)
def test_a_row_equals_numpy_in_every_dtype_and_piece(name, case, dtype):
    inputs = used(case, dtype)
    want = expected(case, dtype)
    got = outcome(case.call, inputs)
    if isinstance(got, FormulaError):
        assert "64 bits" in got.message
        assert overflows(want) or np.dtype(dtype).itemsize == 8
        return
    check(case, np.asarray(got), want)
    for way in WAYS if dtype in FULL else WAYS[:1]:
        assert same_bits(compute(case.call, inputs, way), got), way


def outcome(formula: str, inputs: dict[str, np.ndarray]) -> object:
    """Return the result, or the error."""
    try:
        return compute(formula, inputs)
    except FormulaError as error:
        return error


def check(case: Case, got: np.ndarray, want: np.ndarray) -> None:
    assert got.shape == want.shape
    assert got.dtype != np.float16
    if want.dtype == object:
        if got.dtype.kind in "biu":
            assert [int(v) for v in want.ravel()] == [int(v) for v in got.ravel()]
            return
        want = want.astype(float)
    if got.dtype.kind in "biu":
        np.testing.assert_array_equal(got.astype(object), want.astype(object))
        return
    close(got, want, case)


def close(got: np.ndarray, want: np.ndarray, case: Case) -> None:
    """Compare floats in units of the last place of the result's own precision."""
    with np.errstate(all="ignore"):
        want = want.astype(got.dtype)
        real = np.abs(want).dtype
        unit = np.spacing(np.abs(want))
        room = case.ulps * unit + case.absolute * np.finfo(real).eps
        same = (got == want) | (np.isnan(got) & np.isnan(want))
        near = same | (np.abs(got.astype(complex) - want) <= room)
    if not near.all():
        place = np.unravel_index(np.argmin(near), near.shape) if near.shape else ()
        raise AssertionError(
            f"{np.count_nonzero(~near)} of {near.size} differ; first at {place}: "
            f"{got[place]!r}, not {want[place]!r}"
        )


def signature(formula: str) -> list[tuple[object, ...]]:
    """Return a tree without the places in the text."""
    return [
        (
            *(getattr(node, name, None) for name in ("function", "name", "value")),
            type(node).__name__,
            len(node.children),
            tuple(name for name, _ in getattr(node, "kwargs", ())),
        )
        for node in postorder(parse(formula).bindings[0].value)
    ]


METHODS = [
    pytest.param(case.call, id=case.call)
    for name, cases in CASES.items()
    for case in cases
    if re.match(rf"np\.{re.escape(name)}\([abdusm][,)]", case.call) and "." not in name
]


@pytest.mark.parametrize("call", METHODS)
def test_every_function_is_a_method_too(call):
    method = re.sub(r"^np\.(\w+)\((\w)(?:, )?", r"\2.\1(", call)
    assert method != call
    assert signature(method) == signature(call)


def test_there_are_methods_to_test():
    assert len(METHODS) > 150


@pytest.mark.parametrize(
    ("alias", "same"),
    [
        ("np.abs(a)", "np.absolute(a)"),
        ("abs(a)", "np.absolute(a)"),
        ("np.amax(a)", "np.max(a)"),
        ("pow(a, 2)", "a ** 2"),
        ("np.mod(a, 3)", "a % 3"),
        ("a.conj()", "np.conjugate(a)"),
        ("float(a)", "a.astype('float64')"),
        ("np.float32(a)", "a.astype(np.float32)"),
        ("np.true_divide(a, 2)", "a / 2"),
        ("~a", "np.bitwise_not(a)"),
        ("a.flatten()", "np.ravel(a)"),
    ],
)
def test_other_spellings_are_the_same_function(alias, same):
    assert [s[0] for s in signature(alias)] == [s[0] for s in signature(same)]


@pytest.mark.parametrize("dtype", DTYPES)
def test_no_formula_is_computed_in_half_precision(dtype):
    inputs = {"a": images(dtype)["d"]}
    for formula in ("a / a", "np.sqrt(a)", "a * 0.5", "np.mean(a, axis=0)", "np.exp(a)"):
        for op in inferred(formula, inputs).ops:
            assert op.spec.dtype.itemsize * 8 != 16 or op.spec.dtype.kind != "f"


def test_infer_needs_no_voxel():
    # Specs only: nothing that infer gets could be read.
    spec = inferred("a + 1", {"a": images("int16")["a"]}).ops[0].spec
    for cases in CASES.values():
        for case in cases:
            if "i" in case.kinds:
                names = used(case, "int16")
                root = infer(
                    parse(case.call),
                    {n: inferred(n, {n: v}).root.spec for n, v in names.items()},
                ).root
                assert root.spec.dtype.isnative
    assert spec.dtype == np.int16


def test_the_index_names_the_rows_of_each_module():
    modules = {path.stem for path in Path(functions.__file__).parent.glob("*.py")}
    found = {}
    for name in modules - {"__init__", "elementwise"}:
        module = import_module(f"{functions.__name__}.{name}")
        for row in getattr(module, "ROWS", ()):
            assert row.key not in found
            found[row.key] = name
    assert found == index.HOMES
