"""Edges and what looks like tubes and sheets, by ITK's rules, voxel by voxel."""

from __future__ import annotations

import numpy as np
import pytest

from nipype_mathimg.errors import FormulaError
from tests.formula.functions.test_itk import hessian_of, smoothed
from tests.formula.harness import WAYS, compute, inferred, leaf_of, same_bits

RNG = np.random.default_rng(4)
UNIT = np.eye(3, dtype=int)


class Neighbours:
    """A volume that goes on beyond its border as it ends there."""

    def __init__(self, values):
        self.values = values
        self.ends = [n - 1 for n in values.shape]

    def __call__(self, place):
        return self.values[tuple(np.clip(place, 0, self.ends))]

    def slopes(self, p):
        return np.array([(self(p + unit) - self(p - unit)) / 2 for unit in UNIT])

    def curves(self, p):
        matrix = np.empty((3, 3))
        for i, j in np.ndindex(3, 3):
            ways = [(s, t) for s in (1, -1) for t in (1, -1)]
            corners = (s * t * self(p + s * UNIT[i] + t * UNIT[j]) for s, t in ways)
            matrix[i, j] = sum(corners) / 4
        for i in range(3):
            matrix[i, i] = self(p + UNIT[i]) - 2 * self(p) + self(p - UNIT[i])
        return matrix

    def crosses(self, p):
        here = self(p)
        for k, step in enumerate([*-UNIT, *UNIT]):
            there = self(p + step)
            nearer = abs(here) < abs(there) or (abs(here) == abs(there) and k > 2)
            if nearer and (here * there < 0 or (here == 0) != (there == 0)):
                return True
        return False


def canny(a, low, high):
    """Return ITK's edges of a smooth volume, one voxel after the other."""
    places = [np.array(place) for place in np.ndindex(a.shape)]
    at, curve, strength = Neighbours(a), np.zeros(a.shape), np.zeros(a.shape)
    for p in places:
        d = at.slopes(p)
        curve[tuple(p)] = d @ at.curves(p) @ d / (d @ d + 1e-4)
    second = Neighbours(curve)
    for p in places:
        d = at.slopes(p)
        if second.slopes(p) @ d <= 0 and second.crosses(p):
            strength[tuple(p)] = np.sqrt(d @ d + 1e-4)
    return followed(strength, low, high)


def followed(strength, low, high):
    found, waiting = np.zeros(strength.shape, bool), list(np.argwhere(strength > high))
    while waiting:
        p = waiting.pop()
        found[tuple(p)] = True
        for step in np.ndindex(3, 3, 3):
            q = p + step - 1
            inside = ((q >= 0) & (q < strength.shape)).all()
            if inside and not found[tuple(q)] and strength[tuple(q)] > low:
                waiting.append(q)
    return found


@pytest.mark.parametrize(("sigma", "low", "high"), [(0.8, 4, 8), (1.5, 0.5, 2.5), (0.0, 25, 32)])
def test_canny(sigma, low, high):
    a = RNG.integers(0, 60, (7, 6, 8)).astype(float)
    a[2:6, 1:4, 3:] += 40
    formula = f"itk_canny(a, {sigma}, {low}, {high})"
    got = compute(formula, {"a": a})
    smooth = smoothed(a, (sigma,) * 3) if sigma else a
    want = canny(smooth, low, high)
    assert 0 < want.sum() < want.size / 2
    np.testing.assert_array_equal(got, want)
    for way in WAYS:
        assert same_bits(compute(formula, {"a": a}, way), got), way


def test_of_two_voxels_beside_an_edge_the_first_is_one():
    a = np.zeros((8, 3, 4))
    a[4:] = 100
    got = compute("itk_canny(a, 0, 1, 2)", {"a": a})
    np.testing.assert_array_equal(got, np.arange(8)[:, None, None] == np.full((1, 3, 4), 3))
    np.testing.assert_array_equal(got, canny(a, 1, 2))


def test_beside_nan_is_no_edge():
    a = np.zeros((8, 20, 8))
    a[4:] = 100
    edge = compute("itk_canny(a, 0.5, 1, 2)", {"a": a})
    a[4, 4, 4] = np.nan
    got = compute("itk_canny(a, 0.5, 1, 2)", {"a": a})
    assert edge.sum() == 20 * 8
    assert not got[:, 4, 4].any()
    np.testing.assert_array_equal(got[:, 10:], edge[:, 10:])


def objectness(matrix, dimension, bright, alpha, beta, gamma):
    """Return Antiga's measure of a matrix of second derivatives."""
    values = sorted(np.linalg.eigvalsh(matrix), key=abs)
    across = values[dimension:]
    if any(value > 0 if bright else value < 0 for value in across):
        return 0.0
    sizes = np.abs(values)
    found = sizes[2] * (1 - np.exp(-(sizes**2).sum() / (2 * gamma**2)))
    if dimension < 2:
        ratio = sizes[dimension] / sizes[dimension + 1 :].prod() ** (1 / (2 - dimension))
        found *= 1 - np.exp(-(ratio**2) / (2 * alpha**2))
    if dimension > 0:
        ratio = sizes[dimension - 1] / sizes[dimension:].prod() ** (1 / (3 - dimension))
        found *= np.exp(-(ratio**2) / (2 * beta**2))
    return found


@pytest.mark.parametrize("dimension", [0, 1, 2])
@pytest.mark.parametrize("bright", [True, False])
def test_objectness(dimension, bright):
    a, zooms = RNG.random((6, 7, 5)) * 50, (2, 1, 2.5)
    leaf = leaf_of("a", a, sizes=zooms)
    formula = f"objectness(a, [2*mm, 3*mm], {dimension}, {bright}, alpha=0.7, gamma=9)"
    got = compute(formula, {"a": leaf})
    want = np.zeros(a.shape)
    for scale in (2, 3):
        matrices = hessian_of(a, scale, zooms) * scale**2
        for place in np.ndindex(a.shape):
            one = objectness(matrices[place], dimension, bright, 0.7, 0.5, 9)
            want[place] = max(want[place], one)
    assert (want > 0).sum() > 5
    np.testing.assert_allclose(got, want, rtol=1e-8, atol=1e-10)
    for way in WAYS[:2]:
        assert same_bits(compute(formula, {"a": leaf}, way), got), way


def test_flat_and_unknown_places():
    flat = leaf_of("a", np.full((4, 4, 4), 7.0), sizes=(1, 1, 1))
    assert (compute("objectness(a, 1*mm)", {"a": flat}) == 0).all()
    a = RNG.random((4, 4, 4))
    a[1, 1, 1] = np.nan
    assert np.isnan(compute("objectness(a, 1*mm)", {"a": leaf_of("a", a, sizes=(1,) * 3)})).all()


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("itk_canny(a, 1, 2, 1)", "not above high_threshold"),
        ("itk_canny(a, 1, -1, 1)", "has to be 0 or more"),
        ("itk_canny(a, -1, 0, 1)", "sigma has to be a finite number"),
        ("itk_canny(a * 1j, 1, 0, 1)", "takes real numbers"),
        ("objectness(a, 2)", "scales are lengths above 0"),
        ("objectness(a, [2*mm, 0*mm])", "scales are lengths above 0"),
        ("objectness(a, [])", "scales are lengths above 0"),
        ("objectness(a, 2*mm, 3)", "has to lie between 0 and 2"),
        ("objectness(a, 2*mm, beta=0)", "have to be above 0"),
    ],
)
def test_mistakes(formula, said):
    with pytest.raises(FormulaError) as caught:
        inferred(formula, {"a": leaf_of("a", np.ones((3, 3, 3)), sizes=(1, 1, 1))})
    assert said in str(caught.value)
