"""Erosion and dilation of whole volumes against SciPy, which goes voxel by voxel."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from nipype_mathimg.formula.kernels.mask_functions import STEPS, morphology


def some_case(random):
    """Return a volume, a structure that is not larger (SciPy fails there), and options."""
    ndim = int(random.integers(1, 4))
    shape = random.integers(1, 9, ndim)
    cells = random.random(np.minimum(random.integers(1, 6, ndim), shape)) < random.choice([0.4, 1])
    cells.flat[random.integers(cells.size)] = True
    dtype = random.choice(["?", "f4", "i2"])
    options = {
        "origin": [int(random.integers(-(n // 2), (n + 1) // 2)) for n in cells.shape],
        "border_value": int(random.integers(2)),
        "iterations": int(random.integers(1, 4)),
        "brute_force": bool(random.integers(2)),
        "mask": random.random(shape) < 0.6 if random.integers(2) else None,
    }
    volume = random.random(shape) < random.choice([0.1, 0.5, 0.9])
    return volume.astype(dtype, order=random.choice(["C", "F"])), cells, options


@pytest.mark.parametrize("name", STEPS)
def test_any_structure_gives_what_scipy_gives(name):
    random = np.random.default_rng(len(name))
    for _ in range(200):
        volume, cells, options = some_case(random)
        found = np.empty(volume.shape, bool, order="F")
        morphology(STEPS[name], volume, cells, found, **options)
        want = getattr(ndimage, name)(volume, structure=cells, **options)
        np.testing.assert_array_equal(found, want, str((volume.shape, cells, options)))


def test_a_structure_may_be_larger_than_the_volume():
    found = np.empty((2, 3), bool)
    volume = [[0, 0, 0], [0, 0, 1]]
    morphology(STEPS["binary_dilation"], np.array(volume), np.ones((7, 2)), found, (0, 0))
    assert found.tolist() == [[False, True, True]] * 2
