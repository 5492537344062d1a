"""Filters of ITK by its definitions, and by what ITK's programs were seen to give."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

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


# Deriche's fits of a Gaussian and of its derivatives: (cosine, sine, frequency, damping).
FITS = (
    ((1.3530, 1.8151, 0.6681, 1.3932), (-0.3531, 0.0902, 2.0787, 1.3732)),
    ((-0.6724, -3.4327, 0.6681, 1.3932), (0.6724, 0.6100, 2.0787, 1.3732)),
    ((-1.3563, 5.2318, 0.6681, 1.3932), (0.3446, -2.2355, 2.0787, 1.3732)),
)


def response(sigma, order):
    """Return the weights of all neighbours, with the moments that a derivative has."""
    n = np.arange(int(30 * sigma) + 9)

    def half(order):
        u = n / sigma
        return sum(
            (c * np.cos(w * u) + s * np.sin(w * u)) * np.exp(-d * u) for c, s, w, d in FITS[order]
        )

    def whole(values, sign=1):
        return np.concatenate([sign * values[:0:-1], values])

    steps = np.arange(1 - n.size, n.size)
    if order == 0:
        return whole(half(0)) / whole(half(0)).sum()
    if order == 1:
        weights = whole(half(1) * (n > 0), -1)
        return weights / (weights * steps).sum()
    weights = whole(half(2)) - whole(half(0)) * (whole(half(2)).sum() / whole(half(0)).sum())
    return weights * 2 / (weights * steps**2).sum()


def far_smoothed(a, sigmas, orders):
    for axis, (sigma, order) in enumerate(zip(sigmas, orders, strict=True)):
        if sigma:
            weights = response(sigma, order)
            a = ndimage.correlate1d(a.astype(float), weights, axis, mode="nearest")
    return a


@pytest.mark.parametrize("orders", [(0, 0, 0), (1, 0, 2), (2, 1, 0)])
@pytest.mark.parametrize("sigmas", [(1.5, 0.7, 3), (0, 2, 1.25)])
def test_itk_recursive_gaussian(sigmas, orders):
    orders = tuple(order * (sigma > 0) for order, sigma in zip(orders, sigmas, strict=True))
    a = RNG.random((9, 6, 11, 2)) * 50
    formula = f"itk_recursive_gaussian(a, {list(sigmas)}, order={list(orders)})"
    got = compute(formula, {"a": a})
    for t in range(2):
        want = far_smoothed(a[..., t], sigmas, orders)
        np.testing.assert_allclose(got[..., t], want, rtol=0, atol=1e-12 * 50)
    for way in WAYS:
        assert same_bits(compute(formula, {"a": a}, way), got), way
    short = compute(formula, {"a": a[:1, :2, :, 0]})
    want = far_smoothed(a[:1, :2, :, 0], sigmas, orders)
    np.testing.assert_allclose(short, want, rtol=0, atol=1e-12 * 50)
    single = compute(formula, {"a": a.astype("float32")})
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, got, rtol=0, atol=1e-6 * 50)


def test_it_is_a_gaussian_and_derives_polynomials():
    x = np.arange(200.0)
    got = compute("itk_recursive_gaussian(a, 5, axes=0)", {"a": (x == 100).astype(float)})
    gauss = np.exp(-((x - 100) ** 2) / 50) / np.sqrt(50 * np.pi)
    np.testing.assert_allclose(got, gauss, atol=5e-3 * gauss.max())
    for order, want in ((1, 6 * x + 2), (2, np.full(200, 6.0))):
        formula = f"itk_recursive_gaussian(a, 5, order={order}, axes=0)"
        got = compute(formula, {"a": 3 * x**2 + 2 * x})
        np.testing.assert_allclose(got[90:110], want[90:110], rtol=1e-6)


def test_a_nan_goes_from_end_to_end():
    a = np.ones((5, 5, 5))
    a[2, 2, 2] = np.nan
    assert np.isnan(compute("itk_recursive_gaussian(a, 1)", {"a": a})).all()
    alone = compute("itk_recursive_gaussian(a, [0, 0, 1])", {"a": a})
    assert np.isnan(alone).sum() == 5
    assert np.isnan(alone[2, 2]).all()


def hessian_of(a, scale, zooms):
    """Return the second derivatives per mm squared."""
    matrix = np.empty((*a.shape, 3, 3))
    for i, j in np.ndindex(3, 3):
        orders = [int(k == i) + int(k == j) for k in range(3)]
        sigmas = [scale / zoom for zoom in zooms]
        matrix[..., i, j] = far_smoothed(a, sigmas, orders) / zooms[i] / zooms[j]
    return matrix


def test_hessian():
    a, zooms = RNG.random((7, 6, 8)), (2, 1, 2.5)
    leaf = leaf_of("a", a, sizes=zooms)
    got = compute("hessian(a, fwhm=6*mm)", {"a": leaf})
    want = hessian_of(a, 6 / np.sqrt(8 * np.log(2)), zooms)
    np.testing.assert_allclose(got, want, rtol=0, atol=1e-13)
    assert same_bits(compute("hessian(a, fwhm=6*mm)", {"a": leaf}, WAYS[0]), got)


@pytest.mark.needs("simpleitk")
def test_itk_gives_the_same():
    import SimpleITK

    a, zooms = RNG.random((9, 7, 8)).astype("float32"), (2, 1, 2.5)
    leaf = leaf_of("a", a, sizes=zooms)
    image = SimpleITK.GetImageFromArray(a.T)
    image.SetSpacing(zooms)

    def assert_same(formula, found):
        want = SimpleITK.GetArrayFromImage(found).T
        got = compute(formula, {"a": leaf})
        np.testing.assert_allclose(got, want, rtol=0, atol=2e-6 * np.abs(want).max())

    for order in range(3):
        found = SimpleITK.RecursiveGaussian(image, 3.0, False, order, 2)
        assert_same(f"itk_recursive_gaussian(a, 3*mm, order={order}, axes=2)", found)
    assert_same(
        "itk_recursive_gaussian(a, 2*mm)", SimpleITK.SmoothingRecursiveGaussian(image, [2.0] * 3)
    )
    assert_same(
        "h = hessian(a, 2*mm); h[..., 0, 0] + h[..., 1, 1] + h[..., 2, 2]",
        SimpleITK.LaplacianRecursiveGaussian(image, 2.0),
    )
    assert_same(
        "s = a - itk_recursive_gaussian(a, 2*mm); "
        "a + 0.7 * np.sign(s) * np.maximum(abs(s) - 0.05, 0)",
        SimpleITK.UnsharpMask(image, [2.0] * 3, 0.7, 0.05),
    )


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
        ("itk_recursive_gaussian(a)", "itk_recursive_gaussian takes either `sigma` or `fwhm`"),
        ("itk_recursive_gaussian(a, 1, order=3)", "order has to be 0, 1 or 2"),
        ("itk_recursive_gaussian(a, 1, order=-1)", "order has to be 0, 1 or 2"),
        ("itk_recursive_gaussian(a, [1, 0, 1], order=[0, 1, 0])", "needs a sigma above 0"),
        ("itk_recursive_gaussian(a * 1j, 2)", "takes real numbers"),
        ("hessian(a, 0)", "sigma has to be above 0"),
        ("hessian(a, 2)", "the size of the voxels is not known"),
        ("anisotropic_diffusion(a)", "the size of the voxels is not known"),
        ("anisotropic_diffusion(a, iterations=0)", "1 or more"),
        ("itk_gaussian(a * 1j, 2)", "takes real numbers"),
    ],
)
def test_mistakes(formula, said):
    with pytest.raises(FormulaError) as caught:
        inferred(formula, {"a": np.ones((3, 3, 3))})
    assert said in str(caught.value)
