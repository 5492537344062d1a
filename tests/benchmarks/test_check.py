"""The comparison with float64 NumPy finds what is wrong."""

from __future__ import annotations

import nibabel as nib
import numpy as np
import pytest

from tests.benchmarks.check import Answer, difference

pytestmark = pytest.mark.benchmark

SHAPE = (3, 4, 5, 20)
SCALE = 1000.0


@pytest.fixture
def expected():
    values = np.random.default_rng(0).normal(SCALE, 10, SHAPE)
    values[0, 0, 0] = np.nan
    return values


@pytest.mark.parametrize(
    ("voxel", "value", "problem"),
    [
        ((0, 0, 0, 0), 0.0, ""),
        ((1, 1, 1, 17), None, ""),
        ((1, 1, 1, 17), np.nan, "1 voxels wrong"),
        ((1, 1, 1, 17), np.inf, "1 voxels wrong"),
        ((2, 3, 4, 19), SCALE + 100, "1 voxels wrong"),
    ],
)
def test_only_a_voxel_with_an_answer_counts(voxel, value, problem, expected, tmp_path):
    found = expected.astype(np.float32)
    if value is not None:
        found[voxel] = value
    nib.save(nib.Nifti1Image(found, np.eye(4)), tmp_path / "found.nii")

    said = difference(str(tmp_path / "found.nii"), Answer(expected, SCALE, 0), 1e-6)

    assert said.startswith(problem)
    assert bool(said) is bool(problem)


def test_another_shape_is_wrong(expected, tmp_path):
    nib.save(nib.Nifti1Image(expected[..., 0].astype(np.float32), np.eye(4)), tmp_path / "f.nii")

    assert "shape" in difference(str(tmp_path / "f.nii"), Answer(expected, SCALE, 0), 1e-6)
