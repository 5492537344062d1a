"""Distances and components in the box around a mask against SciPy on the whole volume."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from nipype_mathimg.formula.kernels import distances
from nipype_mathimg.formula.kernels.volume_functions import components, largest

FACES = ndimage.generate_binary_structure(3, 1)


def some_mask(random, ndim):
    """Return a mask: dense, sparse, in one corner, all or nothing."""
    mask = random.random(random.integers(1, 20, ndim)) < random.choice([0, 0.05, 0.5, 0.95, 1])
    if random.integers(2):
        mask = ndimage.binary_dilation(mask, iterations=2)
    mask[tuple(slice(int(random.integers(n)) or None, None) for n in mask.shape)] = False
    return mask.astype(random.choice(["?", "f4"]), order=random.choice(["C", "F"]))


@pytest.mark.parametrize("short", [distances.SHORT, 2])
@pytest.mark.parametrize("sampling", [None, (0.3, 0.1, 2.5), (2.5, 2.5, 2.5), (0.1, 0.1, 0.1)])
def test_distances_are_those_of_scipy(short, sampling, monkeypatch):
    monkeypatch.setattr(distances, "SHORT", short)
    random = np.random.default_rng(short)
    for _ in range(60):
        mask = some_mask(random, int(random.integers(1, 4)))
        sizes = sampling and sampling[: mask.ndim]
        found = np.empty(mask.shape, order="F")
        distances.distance_transform_edt(mask, found, sizes)
        np.testing.assert_array_equal(found, ndimage.distance_transform_edt(mask, sizes))


@pytest.mark.parametrize("n", [1, 3])
def test_components_are_those_of_scipy(n):
    random = np.random.default_rng(n)
    for _ in range(40):
        mask = some_mask(random, 3)
        labels, _ = ndimage.label(mask, FACES)
        order = 1 + np.argsort(-np.bincount(labels.ravel())[1:], kind="stable")
        ranks = np.zeros(len(order) + 1, int)
        ranks[order] = np.arange(1, len(order) + 1)
        kept, numbered = np.empty(mask.shape, bool), np.empty(mask.shape, np.int32)
        largest(mask, FACES, n, kept)
        components(mask, FACES, numbered)
        np.testing.assert_array_equal(kept, np.isin(labels, order[:n]))
        np.testing.assert_array_equal(numbered, ranks[labels])
