"""Measurements of labelled voxels equal SciPy's of each volume."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import ndimage

from nipype_mathimg.errors import FormulaError
from nipype_mathimg.formula.functions import measurements
from tests.formula.harness import WAYS, compute, inferred, same_bits

NAMES = [row.name for row in measurements.ROWS]
SHAPES = ((7, 6, 11), (7, 6, 5, 3), (1, 6, 9), (2, 1, 4))
DTYPES = ("uint8", "int16", "float32", "float64")


def images(shape: tuple[int, ...], dtype: str) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(4)
    a = rng.normal(50, 20, shape).clip(1, 200).astype(dtype)
    return {"a": a, "s": rng.choice(np.array([0, 2, 3, 7], "u1"), shape[:3])}


def scipy_of(name: str, a: np.ndarray, *labels: Any) -> np.ndarray:
    function = getattr(ndimage, name)
    with np.errstate(all="ignore"):
        if a.ndim == 3:
            return np.asarray(function(a, *labels))
        volumes = [np.asarray(function(a[..., t], *labels)) for t in range(a.shape[3])]
    return np.stack(volumes, -1)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("arguments", "labels"),
    [
        ("a, s, [3, 0, 7, 2]", [3, 0, 7, 2]),
        ("a, s, [7, 2]", [7, 2]),
        ("a, s, 3", 3),
        ("a, s", None),
        ("a", ()),
    ],
)
def test_a_measurement_equals_scipy(name: str, arguments: str, labels: Any) -> None:
    for shape in SHAPES:
        for dtype in DTYPES:
            inputs = images(shape, dtype)
            present = set(inputs["s"].ravel().tolist())
            if not {0, 2, 3, 7} <= present:
                continue
            rest = () if labels == () else (inputs["s"], labels)
            want = scipy_of(name, inputs["a"].astype(float), *rest)
            formula = f"ndimage.{name}({arguments})"
            got = np.asarray(compute(formula, inputs, writes=False))
            np.testing.assert_allclose(got, want, rtol=1e-12)
            for way in WAYS[:2]:
                again = np.asarray(compute(formula, inputs, way, writes=False))
                assert same_bits(again, got), way


def test_a_label_that_no_voxel_has_is_nan_and_its_sum_0() -> None:
    inputs = images((4, 4, 4), "uint8")
    for name in NAMES:
        if name != "center_of_mass":
            got = compute(f"ndimage.{name}(a, s, [2, 40])", inputs)
            assert got[1] == 0 if name.startswith("sum") else np.isnan(got[1]), name


def test_components_are_measured() -> None:
    a = images((8, 7, 6), "float32")["a"]
    labels, count = ndimage.label(a > 60)
    assert count > 4
    formula = "ndimage.maximum(a, ndimage.label(a > 60)[0], [4, 1, 3])"
    np.testing.assert_array_equal(
        compute(formula, {"a": a}), ndimage.maximum(a, labels, [4, 1, 3])
    )


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("ndimage.mean(a, index=[1])", "an index needs `labels`"),
        ("ndimage.mean(a, s, [1, 1])", "whole numbers, and none twice"),
        ("ndimage.mean(a, s, [1.5])", "whole numbers, and none twice"),
        ("ndimage.mean(a, a, [1])", "Labels are one for each voxel"),
        ("ndimage.mean(a * 1j, s, [1])", "takes real numbers"),
    ],
)
def test_mistakes(formula: str, message: str) -> None:
    with pytest.raises(FormulaError) as caught:
        inferred(formula, images((4, 4, 4, 2), "float32"))
    assert message in str(caught.value)
