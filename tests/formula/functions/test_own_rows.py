"""Rows that SciPy has no name for equal the program that they stand for, on whole arrays."""

from __future__ import annotations

import math
import os
import subprocess
from typing import Any

import nibabel as nib
import numpy as np
import pytest
from scipy import ndimage, stats

from nipype_mathimg import math_img
from nipype_mathimg.errors import FormulaError
from nipype_mathimg.formula.functions import components, fills, places, typical
from tests.formula.functions.test_attributes import KINDS, ZOOMS, affine_of
from tests.formula.functions.volumes import ball, box, itk_ball
from tests.formula.harness import WAYS, compute, inferred, leaf_of, same_bits

SHAPES = ((7, 6, 11), (7, 6, 5, 3), (1, 6, 9), (5, 2, 1, 4), (2, 1, 1))
FACES = ndimage.generate_binary_structure(3, 1)
DTYPES = ("uint8", "int16", "float32", "float64")


def image(shape: tuple[int, ...], dtype: str = "float32") -> np.ndarray:
    """Return an image of which a third is 0, with values that occur again."""
    rng = np.random.default_rng(5)
    low = 0 if dtype.startswith("u") else -20
    values = rng.integers(low, 60, shape) // 7 * 7
    values[rng.random(shape) < 0.35] = 0
    found = values.astype(dtype)
    if found.dtype.kind == "f":
        found *= found.dtype.type(1.1)
    return found


def each(function: Any, array: np.ndarray) -> np.ndarray:
    """Apply a function to every volume."""
    if array.ndim == 3:
        return np.asarray(function(array))
    return np.stack([function(array[..., t]) for t in range(array.shape[3])], -1)


def largest(mask: np.ndarray, n: int = 1, structure: Any = FACES) -> np.ndarray:
    labels, count = ndimage.label(mask, structure)
    sizes = ndimage.sum(mask != 0, labels, range(1, count + 1))
    keep = sorted(range(count), key=lambda k: (-sizes[k], k))[:n]
    return np.isin(labels, [k + 1 for k in keep])


def remove_small(mask: np.ndarray, voxels: int, structure: Any = FACES) -> np.ndarray:
    labels, count = ndimage.label(mask, structure)
    keep = [k for k in range(1, count + 1) if (labels == k).sum() >= voxels]
    return np.isin(labels, keep)


def numbered(mask: np.ndarray, structure: Any = FACES) -> np.ndarray:
    labels, count = ndimage.label(mask, structure)
    order = sorted(range(1, count + 1), key=lambda k: (-(labels == k).sum(), k))
    return sum(((rank + 1) * (labels == k) for rank, k in enumerate(order)), 0 * labels)


def most_often(values: list[float]) -> float:
    """Return what occurs most often, of several the largest."""
    counts = [(values.count(value), value) for value in values]
    return max(counts)[1]


FILLS = {"mean": np.mean, "max": max, "mode": most_often}


def fill(volume: np.ndarray, how: str, cells: Any = None) -> np.ndarray:
    """Fill zeros voxel by voxel, in plain Python."""
    cells = box(3) if cells is None else cells
    exact = how == "mean" and volume.dtype.kind in "iu"
    result = volume.astype(float) if exact else volume.copy()
    middle = [n // 2 for n in cells.shape]
    for place in np.argwhere(volume == 0):
        found = []
        for cell in np.argwhere(cells):
            there = place + cell - middle
            if np.all(there >= 0) and np.all(there < volume.shape):
                found.append(volume[tuple(there)].item())
        found = [value for value in found if value != 0]
        if found:
            result[tuple(place)] = FILLS[how](found)
    return result


def until(a: np.ndarray, how: str, structure: Any) -> np.ndarray:
    while not np.array_equal(a, filled := fill(a, how, structure)):
        a = filled
    return a


ROWS = {
    "largest(a > 20)": lambda a: largest(a > 20),
    "largest(a, 3)": lambda a: largest(a, 3),
    "largest(a > 20, 2, box(3))": lambda a: largest(a > 20, 2, np.ones((3, 3, 3))),
    "components(a > 20)": lambda a: numbered(a > 20),
    "components(a, box(3))": lambda a: numbered(a, np.ones((3, 3, 3))),
    "remove_small(a > 20, voxels=3)": lambda a: remove_small(a > 20, 3),
    "remove_small(a > 20, 2, structure=box(3))": lambda a: remove_small(
        a > 20, 2, np.ones((3, 3, 3))
    ),
    "fill_zeros(a)": lambda a: fill(a, "mean"),
    "fill_zeros(a, 'mode')": lambda a: fill(a, "mode"),
    "fill_zeros(a, how='max')": lambda a: fill(a, "max"),
    "fill_zeros(a, 'max', ball(2))": lambda a: fill(a, "max", ball(2)),
    "fill_zeros(a, 'mode', [[[1, 0], [1, 1]]])": lambda a: fill(
        a, "mode", np.array([[[1, 0], [1, 1]]])
    ),
    "fill_zeros(a, 'max', iterations=2)": lambda a: fill(fill(a, "max"), "max"),
    "fill_zeros(a, 'max', cross(3), -1)": lambda a: until(a, "max", FACES),
    "fill_zeros(a, 'mean', itk_ball(1))": lambda a: fill(a, "mean", itk_ball(1)),
}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("formula", ROWS)
def test_a_row_equals_its_program(formula: str, dtype: str) -> None:
    for shape in SHAPES:
        a = image(shape, dtype)
        got, want = compute(formula, {"a": a}), each(ROWS[formula], a)
        # The mean of at most 27 numbers, rounded once.
        means = "mean" in formula or formula == "fill_zeros(a)"
        # The mean of at most 33 numbers, summed in float64 and rounded once.
        bounds = (1e-6, 1e-12) if means else (0, 0)
        np.testing.assert_allclose(got, want, *bounds)
        for way in WAYS[1:3]:
            assert same_bits(compute(formula, {"a": a}, way), got), way


def test_nan_beside_a_zero_is_a_neighbour_and_is_not_filled() -> None:
    a = np.zeros((5, 3, 3), "f4")
    a[1, 1, 1], a[2, 1, 1] = np.nan, 4
    filled = compute("fill_zeros(a)", {"a": a})
    assert np.isnan(filled[0, 0, 0])
    assert np.isnan(filled[1, 1, 1])
    assert filled[3, 0, 0] == 4
    assert filled[4, 1, 1] == 0
    assert compute("fill_zeros(a, 'mode')", {"a": a})[2, 0, 0] == 4


def test_a_volume_in_mm3_counts_the_voxels_of_the_image() -> None:
    a = image((8, 7, 6)) > 20
    leaf = leaf_of("a", a, sizes=(2.0, 2.5, 3.0))  # 15 mm3
    for volume, voxels in ((15, 1), (30, 2), (30.01, 3), (45, 3), (150, 10)):
        got = compute(f"remove_small(a, volume={volume})", {"a": leaf})
        np.testing.assert_array_equal(got, remove_small(a, voxels))


@pytest.mark.parametrize("shape", SHAPES[:3], ids=str)
@pytest.mark.parametrize("width", ["1.3", "[1, 0.5, 2]"])
def test_smoothing_in_a_mask_keeps_a_constant_and_lets_nothing_in(shape: Any, width: str) -> None:
    a, m = image(shape), np.random.default_rng(2).random(shape[:3]) > 0.4
    a = np.where(m.reshape(m.shape + (1,) * (a.ndim - 3)), a, np.float32(np.nan))
    inputs = {"a": a, "m": m.astype("u1")}
    got = compute(f"smooth_in(a, m, sigma={width})", inputs)

    def program(volume: np.ndarray) -> np.ndarray:
        options = {"sigma": eval(width), "mode": "constant"}
        weight = ndimage.gaussian_filter(m.astype(float), **options)
        total = ndimage.gaussian_filter(np.where(m, volume, np.float32(0)), **options)
        with np.errstate(all="ignore"):
            return np.where(m, total / weight, 0)

    np.testing.assert_allclose(got, each(program, a), rtol=1e-6)
    for way in WAYS[:2]:
        assert same_bits(compute(f"smooth_in(a, m, sigma={width})", inputs, way), got)
    flat = compute(f"smooth_in(m * 5.0, m, sigma={width})", inputs)
    np.testing.assert_allclose(flat, m * 5.0, rtol=1e-12)
    halved = f"smooth_in(a, m, fwhm={width} * 1)" if width[0] != "[" else ""
    if halved:
        s = float(width) / math.sqrt(8 * math.log(2))
        wanted = compute(f"smooth_in(a, m, sigma={s!r})", inputs)
        np.testing.assert_allclose(compute(halved, inputs), wanted, rtol=1e-6)


# Typical numbers


def robust(values: np.ndarray) -> list[float]:
    """Return FSL's robust range in float64, bin by bin."""
    values = values[np.isfinite(values)].astype(float)
    low, high, tail = values.min(), values.max(), math.floor(0.02 * values.size + 0.5)
    if values.size < 100 or low == high:
        return [low, high]
    width = (high - low) / 1000
    bins = sorted(math.floor((value - low) / width + 0.5) for value in values)
    first, last = bins[tail - 1], bins[-tail]
    while first == last and (first > 0 or last < 1000):
        below = [one for one in bins if one < first]
        above = [one for one in bins if one > last]
        down = first - below[-1] if below else first if first else math.inf
        up = above[0] - last if above else 1000 - last if last < 1000 else math.inf
        step = min(down, up)
        if down <= up:
            first, last = first - step, min(last + step - 1, 1000)
        else:
            first, last = max(first - step, 0), last + step
    return [low + first * width, low + last * width]


NUMBERS = {
    "gamma": np.random.default_rng(1).gamma(2, 20, (13, 11, 9)),
    "masked": np.random.default_rng(1).gamma(2, 20, (13, 11, 9)) * (np.arange(9) > 3),
    "a few": np.arange(60.0).reshape(3, 4, 5),
    "constant": np.full((9, 8, 7), 3.0),
    "nearly constant": np.where(np.arange(900).reshape(10, 10, 9) < 10, 7.0, 3.0),
    "one lesser": np.where(np.arange(900).reshape(10, 10, 9) < 10, 1.0, 3.0),
    "negative": np.random.default_rng(1).normal(-5, 3, (10, 9, 8)),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_the_robust_range(name: str) -> None:
    a = NUMBERS[name]
    want = robust(a)
    assert compute("robust_range(a)", {"a": a}).tolist() == pytest.approx(want, rel=1e-12)
    for way in WAYS[:2]:
        got = compute("robust_range(a)", {"a": a}, way).tolist()
        assert got == compute("robust_range(a)", {"a": a}).tolist()
    holes = a.copy()
    holes[0, 0, :2] = np.nan, np.inf
    assert compute("robust_range(a)", {"a": holes}).tolist() == pytest.approx(robust(holes))
    above = a[a > 4]
    if above.size:
        got = compute("robust_range(a[a > 4])", {"a": a}).tolist()
        assert got == pytest.approx(robust(above), rel=1e-12)
    clipped = compute("r = robust_range(a)\nnp.clip(a, r[0], r[1])", {"a": a.astype("f4")})
    assert clipped.dtype == np.float32


def threshold_otsu(values: np.ndarray, nbins: int = 256) -> float:
    """Return the middle of the bin with the largest variance between both sides of it.

    On these images scikit-image 0.26 gives the same.
    """
    counts, edges = np.histogram(values, nbins)
    middles = (edges[1:] + edges[:-1]) / 2
    found = []
    for k in range(1, nbins):
        low, high = counts[:k], counts[k:]
        if not low.sum() or not high.sum():
            found.append(-1.0)
            continue
        means = np.average(middles[:k], weights=low), np.average(middles[k:], weights=high)
        found.append(low.sum() * high.sum() * (means[0] - means[1]) ** 2)
    # The first of those that are equal but for rounding: between them lies no voxel.
    best = np.flatnonzero(np.array(found) >= max(found) * (1 - 1e-12))[0]
    return float(middles[best])


def test_otsu() -> None:
    for name, values in NUMBERS.items():
        if name == "constant":
            continue
        got = compute("otsu(a)", {"a": values})
        assert got == pytest.approx(threshold_otsu(values), rel=1e-12), name
    a = NUMBERS["masked"]
    got = compute("otsu(a[a > 0], bins=100)", {"a": a})
    assert got == pytest.approx(threshold_otsu(a[a > 0], nbins=100), rel=1e-12)
    assert compute("otsu(a)", {"a": np.full((3, 3, 3), 7, "u1")}) == pytest.approx(7, abs=0.51)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("axis", [0, 1, -1])
def test_the_mode_along_an_axis_is_scipys(dtype: str, axis: int) -> None:
    for shape in SHAPES:
        a = image(shape, dtype)
        if a.dtype.kind == "f" and a.size > 40:
            a.ravel()[7] = np.nan
        formula = f"mode(a, axis={axis})"
        got, want = compute(formula, {"a": a}), stats.mode(a, axis=axis).mode
        np.testing.assert_array_equal(got, want)
        assert got.dtype == a.dtype
        for way in WAYS[1:3]:
            assert same_bits(compute(formula, {"a": a}, way), got)
        kept = compute(f"mode(a, {axis}, keepdims=True)", {"a": a})
        np.testing.assert_array_equal(kept, np.expand_dims(got, axis))


# Places


@pytest.mark.parametrize("kind", KINDS)
def test_a_sphere_lies_in_the_world(tmp_path: Any, kind: str) -> None:
    affine, shape = affine_of(kind), (9, 8, 7)
    data = image(shape)
    saved = nib.Nifti1Image(data, affine)
    saved.set_sform(affine, 1)
    nib.save(saved, tmp_path / "a.nii.gz")
    stored = nib.load(tmp_path / "a.nii.gz").affine
    centre = nib.affines.apply_affine(stored, [4, 3, 3])
    world = nib.affines.apply_affine(stored, np.stack(np.indices(shape), -1))
    # 5 mm: voxels on the sphere itself, which the rounding of an affine must not lose.
    want = np.sqrt(((world - centre) ** 2).sum(-1)) <= 5 + 1e-5
    place = ", ".join(repr(float(value)) for value in centre)
    for formula, part in (
        (f"(a * 0 + 1) * sphere(({place}), 5*mm)", want),
        (f"(a * 0 + 1)[1:, ::-1] * sphere([{place}], 5*mm)[1:, ::-1]", want[1:, ::-1]),
    ):
        math_img(formula, {"a": tmp_path / "a.nii.gz"}, tmp_path / "o.nii", copy_header_from="a")
        np.testing.assert_array_equal(nib.load(tmp_path / "o.nii").get_fdata(), part)
    assert 5 < want.sum() < want.size / 2


def test_a_mirror_image_lies_where_the_image_does(tmp_path: Any) -> None:
    a, affine = image((5, 4, 3, 2)), affine_of("oblique")
    saved = nib.Nifti1Image(a, affine)
    saved.header.set_zooms(ZOOMS)
    nib.save(saved, tmp_path / "a.nii.gz")
    for axis in (0, 1, -2):
        formula = f"a - mirror(a, {axis})"
        done = math_img(
            formula, {"a": tmp_path / "a.nii.gz"}, tmp_path / "o.nii.gz", copy_header_from="a"
        )
        out = nib.load(tmp_path / "o.nii.gz")
        np.testing.assert_array_equal(out.get_fdata(), a - np.flip(a, axis))
        np.testing.assert_array_equal(out.affine, nib.load(tmp_path / "a.nii.gz").affine)
        assert not [note for note in done.notes if note.topic in ("grid", "affine")]
        for way in WAYS:
            assert same_bits(compute(formula, {"a": a}, way), compute(formula, {"a": a}))


# Against niimath


@pytest.fixture
def niimath(tmp_path: Any) -> Any:
    """Return a function that runs niimath on an image."""

    def run(data: np.ndarray, *command: str) -> np.ndarray:
        nib.save(nib.Nifti1Image(data, np.diag([2, 2, 2.5, 1])), tmp_path / "in.nii")
        out = tmp_path / "out.nii"
        subprocess.run(
            ["niimath", tmp_path / "in.nii", *command, out],
            check=True,
            env={**os.environ, "FSLOUTPUTTYPE": "NIFTI"},
        )
        return np.asarray(nib.load(out).dataobj)

    return run


@pytest.mark.needs("niimath")
def test_fslmaths_dilates_alike(niimath: Any) -> None:
    data = image((12, 11, 10))
    for option, formula in (("-dilM", "fill_zeros(a)"), ("-dilD", "fill_zeros(a, 'mode')")):
        got = compute(formula, {"a": data})
        np.testing.assert_allclose(got, niimath(data, option), rtol=3e-7, atol=1e-6)


@pytest.mark.needs("niimath")
@pytest.mark.parametrize("name", NUMBERS)
def test_fslmaths_has_the_same_robust_range(niimath: Any, name: str) -> None:
    data = NUMBERS[name].astype("f4")
    for percent in (10, 50):
        formula = (
            f"r = robust_range(a)\nnp.where(a < r[0] + {percent / 100} * (r[1] - r[0]), 0, a)"
        )
        got = compute(formula, {"a": data})
        np.testing.assert_array_equal(got, niimath(data, "-thrp", str(percent)))


WRONG = {
    "robust_range(a * 1j)": "complex numbers have no order",
    "otsu(a, bins=0)": "bins has to lie between 1 and",
    "largest(a, 0)": "n has to be 1 or more components",
    "remove_small(a)": "the least size as `voxels`, or as `volume` in mm3",
    "remove_small(a, 3, 4)": "the least size as `voxels`, or as `volume` in mm3",
    "remove_small(a, volume=4)": "the size of the voxels is not known",
    "fill_zeros(a, 'median')": "'median'",
    "fill_zeros(a, how='edge')": "how is the text 'edge'; it has to be one of 'mean', 'mode'",
    "smooth_in(a, a)": "either `sigma` or `fwhm`",
    "mode(a)": "the argument `axis` is missing",
    "mode(a, (0, 1))": "mode works along one axis",
    "mode(a * 1j, 0)": "complex numbers have no order",
    "sphere((1, 2), 3*mm) * a": "The centre of a sphere is a place in the world",
    "sphere((1, 2, 3), 3) * a": "a length, as in `6*mm`",
    "sphere((1, 2, 3), 3*mm) * a": "where the voxels lie is not known",
    "mirror(a, 4)": "axis=4 is outside of an array with 4 axes",
}


def test_every_row_is_here() -> None:
    called = {formula.split("(")[0] for formula in (*ROWS, *WRONG)}
    modules = (components, fills, places, typical)
    assert {row.spelling for module in modules for row in module.ROWS} == called


@pytest.mark.parametrize("formula", WRONG)
def test_mistakes(formula: str) -> None:
    with pytest.raises(FormulaError) as caught:
        inferred(formula, {"a": image((4, 4, 4, 2))})
    assert WRONG[formula] in str(caught.value)
