"""Filters of ITK by its definitions, and by what ITK's programs were seen to give."""

from __future__ import annotations

import numpy as np
import pytest

from nipype_mathimg.errors import FormulaError
from tests.formula.harness import WAYS, compute, inferred, leaf_of, same_bits

RNG = np.random.default_rng(3)


def lindeberg(variance, radius):
    """Return the kernel that diffuses exactly, by its spectrum ``exp(variance (cos w - 1))``."""
    w = 2 * np.pi * np.arange(4096) / 4096
    half = np.fft.ifft(np.exp(variance * (np.cos(w) - 1))).real[: radius + 1]
    whole = np.concatenate([half[:0:-1], half])
    return whole / whole.sum()


def radius_of(variance, share):
    """Return how far it reaches until it holds so much of its sum, at least one voxel."""
    far = lindeberg(variance, 500)
    return next(n for n in range(1, 500) if far[500 - n : 501 + n].sum() >= share)


def smoothed(a, sigmas, share=0.99):
    for axis, sigma in enumerate(sigmas):
        radius = radius_of(sigma**2, share)
        kernel, n = lindeberg(sigma**2, radius), a.shape[axis]
        places = np.clip(np.arange(-radius, n + radius), 0, n - 1)
        padded = np.take(a.astype(float), places, axis=axis)
        parts = [np.take(padded, np.arange(k, k + n), axis=axis) for k in range(2 * radius + 1)]
        a = sum(weight * part for weight, part in zip(kernel, parts, strict=True))
    return a


@pytest.mark.parametrize("dtype", ["uint8", "float32", "float64"])
@pytest.mark.parametrize("shape", [(9, 7, 11), (2, 1, 5), (4, 3, 6, 3)])
def test_itk_gaussian(shape, dtype):
    a = (RNG.random(shape) * 50).astype(dtype)
    for sigma, each in (("1.5", (1.5,) * 3), ("[0.4, 2, 0.9]", (0.4, 2, 0.9))):
        formula = f"itk_gaussian(a, {sigma})"
        got = compute(formula, {"a": a})
        volumes = a[..., None] if a.ndim == 3 else a
        parts = [smoothed(volumes[..., t], each) for t in range(volumes.shape[3])]
        want = np.stack(parts, -1).reshape(shape)
        np.testing.assert_allclose(got, want, rtol=3e-7 if dtype == "float32" else 1e-12)
        for way in WAYS[1:3]:
            assert same_bits(compute(formula, {"a": a}, way), got), way
    fine = compute("itk_gaussian(a, 1.2, maximum_error=1e-6)", {"a": a.astype("f8")})
    first = smoothed(a[..., 0] if a.ndim == 4 else a, (1.2,) * 3, 1 - 1e-6)
    np.testing.assert_allclose(fine[..., 0] if a.ndim == 4 else fine, first, rtol=1e-12)


def test_an_impulse_has_the_peak_that_c3d_gives():
    """``c3d -smooth 3mm`` of 1000 in a voxel of 2 x 2 x 2.5 mm: c3d 1.4.4 and ANTs alike."""
    a = np.zeros((21, 21, 21))
    a[10, 10, 10] = 1000
    leaf = leaf_of("a", a, sizes=(2, 2, 2.5))
    for width in ("3*mm", "fwhm=7.0644600*mm"):
        got = compute(f"itk_gaussian(a, {width})", {"a": leaf})
        assert got[10, 10, 10] == pytest.approx(31.63, abs=0.005)
        reach = [np.flatnonzero(np.moveaxis(got, k, 0)[:, 10, 10] > 0).size for k in (0, 2)]
        assert reach == [9, 7]


def diffused(a, zooms, conductance, steps, time):
    """Return ITK's scheme, voxel by voxel."""
    clip = [n - 1 for n in a.shape]
    unit = np.eye(3, dtype=int)
    for _ in range(steps):

        def at(place, values=a):
            return values[tuple(np.clip(place, 0, clip))]

        def slope(place, k):
            return (at(place + unit[k]) - at(place - unit[k])) / 2 / zooms[k]

        places = [np.array(place) for place in np.ndindex(a.shape)]
        mean = np.mean([sum(slope(p, k) ** 2 for k in range(3)) for p in places])
        new = a.copy()
        for p in places:
            for k in range(3):
                for there in (p + unit[k], p - unit[k]):
                    along = (at(there) - at(p)) / zooms[k]
                    beside = [(slope(p, j) + _beyond(a, there, j, clip, zooms)) / 2
                              for j in range(3) if j != k]  # fmt: skip
                    steep = along**2 + sum(one**2 for one in beside)
                    new[tuple(p)] += time * along * np.exp(-steep / (2 * conductance**2 * mean))
        a = new
    return a


def _beyond(a, place, axis, clip, zooms):
    step = np.eye(3, dtype=int)[axis]
    ends = [a[tuple(np.clip(place + sign * step, 0, clip))] for sign in (1, -1)]
    return (ends[0] - ends[1]) / 2 / zooms[axis]


def test_diffusion_stops_at_edges():
    a = RNG.normal(size=(4, 3, 5))
    leaf = leaf_of("a", a, sizes=(2, 1, 2.5))
    for call, given in (("1.5, 2", (1.5, 2, 0.0125)), ("0.5, 1, time_step=0.1", (0.5, 1, 0.1))):
        formula = f"anisotropic_diffusion(a, {call})"
        got = compute(formula, {"a": leaf})
        np.testing.assert_allclose(got, diffused(a, (2, 1, 2.5), *given), rtol=1e-12)
        assert same_bits(compute(formula, {"a": leaf}, WAYS[1]), got)
    flat = leaf_of("a", np.full((3, 3, 3), 7.0), sizes=(1, 1, 1))
    assert (compute("anisotropic_diffusion(a)", {"a": flat}) == 7).all()


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("itk_gaussian(a)", "itk_gaussian takes either `sigma` or `fwhm`"),
        ("itk_gaussian(a, 2, maximum_error=1)", "between 0 and 1"),
        ("itk_gaussian(a, 2, maximum_kernel_width=0)", "1 or more"),
        ("anisotropic_diffusion(a)", "the size of the voxels is not known"),
        ("anisotropic_diffusion(a, iterations=0)", "1 or more"),
        ("itk_gaussian(a * 1j, 2)", "takes real numbers"),
    ],
)
def test_mistakes(formula, said):
    with pytest.raises(FormulaError) as caught:
        inferred(formula, {"a": np.ones((3, 3, 3))})
    assert said in str(caught.value)
