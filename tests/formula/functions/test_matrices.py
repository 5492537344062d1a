"""A symmetric matrix in every voxel equals NumPy's functions on the whole array."""

from __future__ import annotations

import numpy as np
import pytest

from nipype_mathimg.errors import FormulaError
from tests.formula.harness import WAYS, compute, inferred, same_bits

RNG = np.random.default_rng(7)
SHAPES = ((5, 4, 3, 6), (2, 1, 7, 6), (1, 1, 1, 6))

PLACES = {
    "upper": [0, 1, 2, 1, 3, 4, 2, 4, 5],
    "lower": [0, 1, 3, 1, 2, 4, 3, 4, 5],
    "diagonal": [0, 3, 4, 3, 1, 5, 4, 5, 2],
}
"""xx xy xz yx yy yz zx zy zz among the components of a file."""


def tensors(shape, dtype="float32"):
    return RNG.normal(size=shape).astype(dtype)


def matrices(values, order="upper"):
    return values[..., PLACES[order]].reshape(*values.shape[:-1], 3, 3)


@pytest.mark.parametrize("order", PLACES)
@pytest.mark.parametrize("dtype", ["float32", "float64", "int16"])
def test_eigenvalues_and_eigenvectors(order, dtype):
    calls = {
        f"symmetric(a, {order!r})": lambda m: m,
        f"np.linalg.eigvalsh(symmetric(a, {order!r}))": np.linalg.eigvalsh,
        f"np.linalg.eigh(symmetric(a, {order!r}), UPLO='U')[0]": lambda m: np.linalg.eigh(m, "U")[
            0
        ],
        f"np.linalg.eigh(symmetric(a, {order!r}))[1]": lambda m: np.linalg.eigh(m)[1],
    }
    for shape in SHAPES:
        a = tensors(shape) * 9
        a = a.astype(dtype)
        for formula, by_numpy in calls.items():
            got, want = compute(formula, {"a": a}), np.asarray(by_numpy(matrices(a, order)))
            assert got.dtype == want.dtype
            # The values alone are found by other steps of LAPACK than with the vectors.
            bound = 8 * np.finfo(want.dtype).eps * np.abs(want).max() if "eig" in formula else 0
            np.testing.assert_allclose(got, want, rtol=0, atol=bound)
            for way in WAYS[1:]:
                assert same_bits(compute(formula, {"a": a}, way), got), way


def test_each_triangle_is_read_alone():
    a = RNG.normal(size=(3, 2, 2, 4, 4))
    for triangle in "LU":
        got = compute(f"np.linalg.eigvalsh(a, {triangle!r})", {"a": a})
        np.testing.assert_array_equal(got, np.linalg.eigvalsh(a, triangle))


def test_a_tensor_with_nan_has_nan_and_no_other():
    a = tensors((3, 3, 3, 6))
    a[1, 1, 1, 2], a[0, 0, 0, 0] = np.nan, np.inf
    for formula in ("np.linalg.eigvalsh(symmetric(a))", "np.linalg.eigh(symmetric(a))[1]"):
        lost = np.isnan(compute(formula, {"a": a}).reshape(27, -1)).all(axis=1)
        assert np.flatnonzero(lost).tolist() == [0, 13]


def test_fractional_anisotropy_of_known_tensors():
    """Of a stick 1, of a plane 1/sqrt(2), of a ball 0 (Basser and Pierpaoli 1996)."""
    kinds = np.array([[1, 0, 0, 0, 0, 0], [1, 0, 0, 1, 0, 0], [1, 0, 0, 1, 0, 1]], float)
    a = kinds[:, None, None]
    formula = (
        "w = np.linalg.eigvalsh(symmetric(a)); "
        "np.sqrt(3 / 2) * np.std(w, axis=-1) / np.sqrt(np.mean(w**2, axis=-1))"
    )
    want = [1, np.sqrt(0.5), 0]
    np.testing.assert_allclose(compute(formula, {"a": a}).ravel(), want, atol=1e-12)


def test_numbers_make_a_matrix_too():
    formula = (
        "np.linalg.eigvalsh(symmetric([np.sum(a), 1, 2, np.max(a), 3, 4])) + 0 * a[0, 0, 0, :3]"
    )
    a = tensors((2, 2, 2, 6), "float64")
    matrix = matrices(np.array([a.sum(), 1, 2, a.max(), 3, 4]))
    np.testing.assert_allclose(compute(formula, {"a": a}), np.linalg.eigvalsh(matrix), rtol=1e-12)


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("symmetric(a[..., :5])", "the last axis has 5 elements; those of a matrix are 3"),
        ("symmetric(a, 'middle')", "'middle'"),
        ("np.linalg.eigvalsh(a)", "real square matrices along the last two axes"),
        ("np.linalg.eigvalsh(symmetric(a) * 1j)", "real square matrices"),
        ("np.linalg.eigh(symmetric(a)) * 2", "gives 2 values; take one"),
        ("np.linalg.eigh(symmetric(a), 'nearest')", "UPLO is the text 'nearest'"),
    ],
)
def test_mistakes(formula, said):
    with pytest.raises(FormulaError) as caught:
        inferred(formula, {"a": tensors((2, 2, 2, 6))})
    assert said in str(caught.value)
