"""What is claimed of ImageMath gives its numbers: those that its source describes, voxel by voxel.

ImageMath itself cannot be installed here. antspyx 0.6.3 has `PropagateLabelsThroughMask`, the
morphology, `MaurerDistance`, `Sharpen`, `PeronaMalik`, `Normalize` and `TruncateIntensity`, and
gave the numbers of these formulas, with 700 MB of packages that the tests do without.
"""

from __future__ import annotations

import itertools

import nibabel as nib
import numpy as np
import pytest
from scipy import stats
from scipy.linalg import expm, logm

from nipype_mathimg import math_img, math_table
from nipype_mathimg.formula.kernels.recursive_gaussian import recursive_gaussian
from nipype_mathimg.formula.program import input_names
from tests.coverage_of_peers.claims import make_samples
from tests.coverage_of_peers.imagemath import IMAGEMATH
from tests.formula.functions.test_itk import smoothed

ZOOMS = np.array([2, 2, 2.5])
CLAIMS = {claim.name: claim for claim in IMAGEMATH}


def box(image, place, radius):
    """Return the window around a voxel, as far as there are voxels."""
    window = (slice(max(0, k - radius), k + radius + 1) for k in place)
    return image[tuple(window)]


def voxelwise(function, shape):
    return np.array([function(place) for place in np.ndindex(shape)]).reshape(shape)


def surface_area(mask, **_):
    near = np.pad(mask.astype(float), 1, mode="edge")
    return voxelwise(
        lambda p: (mask[p] > 0.1) * box(near, np.add(p, 1), 1).sum() * ZOOMS.mean() ** 2,
        mask.shape,
    )


def thickness(labels, **_):
    """Twice the volume by the number of voxels at the edge, in voxels of equal sides."""
    edge, volume = np.zeros(10), np.bincount(labels.ravel(), minlength=10)
    for place in np.ndindex(labels.shape):
        ball = [
            labels[tuple(np.clip(np.add(place, step), 0, np.subtract(labels.shape, 1)))]
            for step in itertools.product((-1, 0, 1), repeat=3)
            if np.abs(step).sum() < 3
        ]
        less = labels[place] - min(ball)
        if less > 0 and box(labels, place, 1).min() == 0:
            edge[less] += 1
    side = ZOOMS.prod() ** 0.3333
    with np.errstate(divide="ignore", invalid="ignore"):
        each = np.where(edge > 0, volume / edge * 2 * side, side)
    return np.where(labels > 0, each[labels], 0)


def thickness_by_area(labels, **_):
    """Volume by surface: faces in each cube of 8 voxels, half of each, averaged over the axes."""
    areas = np.zeros(10)
    for place in np.ndindex(*np.subtract(labels.shape, 1)):
        cube = labels[tuple(slice(k, k + 2) for k in place)]
        for corner, axis in itertools.product(np.ndindex(2, 2, 2), range(3)):
            beside = list(corner)
            beside[axis] = 1 - beside[axis]
            if cube[corner] != cube[tuple(beside)]:
                areas[cube[corner]] += ZOOMS.prod() / ZOOMS[axis] / 2 / 3
    volume = np.bincount(labels.ravel(), minlength=10) * ZOOMS.prod()
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(labels > 0, (volume / areas)[labels], 0)


def neighbourhood_mean(a, **_):
    return voxelwise(lambda p: box(a, p, 2).mean(dtype=float), a.shape)


def update(a, b, **_):
    """The difference less its mean nearby, two voxels and one more away from the border."""
    d = a.astype(float) - b

    def one(place):
        inside = all(3 <= k <= n - 3 for k, n in zip(place, a.shape, strict=True))
        return d[place] - box(d, place, 2).mean() if inside and max(a[place], b[place]) > 0 else 0

    return voxelwise(one, a.shape)


def correlation_voting(a, b, c, d, labels, other, mask, **_):
    def one(place):
        votes: dict[int, float] = {}
        for image, atlas in ((b, labels), (c, other), (d, mask)):
            windows = [box(i.astype(float), place, 5).ravel() for i in (a, image)]
            label = int(atlas[place])
            votes[label] = votes.get(label, 0) + abs(np.corrcoef(*windows)[0, 1])
        return max(votes, key=lambda label: votes[label])

    return voxelwise(one, a.shape)


def majority(labels, other, mask, **_):
    """Which label is the first that as many have as any other."""

    def one(place):
        votes = [int(image[place]) for image in (labels, other, mask)]
        return max(votes, key=votes.count)

    return voxelwise(one, labels.shape)


def cbf(run, a, **_):
    inversion = 1700 - 700 + 45 * (np.arange(run.shape[2]) - 1.0)
    decay = np.exp(-inversion / 1664)[None, None, :, None]
    return run.astype(float) / a[..., None] * 5400000 * 0.9 / (2 * 0.95 * 700 * decay)


def in_time(series, t):
    """Return a series between its volumes, and the last one beyond its ends."""
    grid = np.arange(series.shape[-1])
    lines = series.reshape(-1, series.shape[-1])
    return np.array([np.interp(t, grid, line) for line in lines]).reshape(series.shape[:-1])


def slice_timing(run, **_):
    slices, volumes = run.shape[2:]
    result = np.empty(run.shape)
    for k, t in itertools.product(range(slices), range(volumes)):
        result[:, :, k, t] = in_time(run[:, :, k], np.clip(t, 1, volumes - 2) - k / slices)
    return result


def interpolated_subtraction(run, **_):
    """Controls are even volumes; labels the odd ones, which are taken a pair too late."""
    pairs = [
        in_time(run[..., ::2], (t + 1) / 2) - in_time(run[..., 1::2], (t - 1) / 2)
        for t in range(run.shape[-1] - 2)
    ]
    return np.stack(pairs, axis=-1)


def tiles(a, b, c, d, **_):
    z = np.s_[:, :, 3:4]
    rows = [np.concatenate(pair) for pair in ((a[z], b[z]), (c[z], d[z]))]
    return np.concatenate(rows, axis=1)


def p_values(a, **_):
    upper, lower = stats.t.sf(a.astype(float), 10), stats.t.cdf(a.astype(float), 10)
    return np.where(a == 0, 0, np.where(a >= 1, upper, lower))


def inpainted(a, **_):
    """The mean of the 26 neighbours by their inverse squared distance, where there is nothing."""
    near = np.pad(a.astype(float), 1, mode="edge")
    total = weights = 0
    for step in itertools.product((-1, 0, 1), repeat=3):
        if any(step):
            weight = 1 / ((step * ZOOMS) ** 2).sum()
            window = tuple(slice(1 + k, 1 + k + n) for k, n in zip(step, a.shape, strict=True))
            total, weights = total + weight * near[window], weights + weight
    return np.where(a > 0, a, total / weights)


IMAGES = {
    "LabelSurfaceArea": surface_area,
    "LabelThickness": thickness,
    "LabelThickness2": thickness_by_area,
    "NeighborhoodStats": neighbourhood_mean,
    "CorrelationUpdate": update,
    "CorrelationVoting": correlation_voting,
    "MajorityVoting": majority,
    "PASLQuantifyCBF": cbf,
    "SliceTimingCorrection": slice_timing,
    "TimeSeriesInterpolationSubtraction": interpolated_subtraction,
    "TileImages": tiles,
    "InPaint": inpainted,
    "PValueImage": p_values,
}


@pytest.fixture(scope="module")
def samples(tmp_path_factory):
    return make_samples(tmp_path_factory.mktemp("samples"))


@pytest.mark.parametrize("name", IMAGES)
def test_same_image(name, samples, tmp_path):
    text = CLAIMS[name].text
    assert CLAIMS[name].level == "same"
    inputs = {key: samples[key] for key in input_names(text)}
    donor = "run" if "run" in inputs else next(iter(inputs))
    result = math_img(text, inputs, tmp_path / "out.nii", copy_header_from=donor)
    got = np.asanyarray(nib.load(result.out_file).dataobj)
    arrays = {key: np.asanyarray(nib.load(file).dataobj) for key, file in samples.items()}
    want = IMAGES[name](**arrays)
    np.testing.assert_allclose(got, want, rtol=2e-6, atol=2e-6)


def clusters_of(least, image, mask):
    """Return a map without clusters of at most so many voxels, where a mask is."""
    sizes = np.zeros(image.shape, int)
    left = {tuple(place) for place in np.argwhere(image != 0)}
    while left:
        queue = [left.pop()]
        for place in queue:
            for axis, step in itertools.product(range(3), (-1, 1)):
                near = (*place[:axis], place[axis] + step, *place[axis + 1 :])
                if near in left:
                    left.remove(near)
                    queue.append(near)
        for place in queue:
            sizes[place] = len(queue)
    least = sizes.max() - 1 if sizes.max() < least else least
    return np.where((mask > 0) & (sizes <= least), 0, image)


@pytest.mark.parametrize("least", [4, 50])
def test_clusters_below_a_size(least, samples, tmp_path):
    """Where none is so large the largest stays."""
    image, mask = (np.asanyarray(nib.load(samples[key]).dataobj) for key in ("a", "mask"))
    sparse = np.where(image > 3.2, image, 0)
    file = tmp_path / "sparse.nii"
    nib.save(nib.Nifti1Image(sparse, nib.load(samples["a"]).affine), file)
    text = CLAIMS["ClusterThresholdVariate"].text.replace("50", str(least))
    inputs = {"a": file, "mask": samples["mask"]}
    result = math_img(text, inputs, tmp_path / "out.nii", copy_header_from="a")
    got = np.asanyarray(nib.load(result.out_file).dataobj)
    want = clusters_of(least, sparse, mask)
    assert np.array_equal(got, want)
    assert want.any()


def test_diffusion_from_what_is_known(samples, tmp_path):
    """What is below 0.2 is filled by ITK's Gaussian of 1 mm, in the region that is asked for."""
    a, labels = (np.asanyarray(nib.load(samples[key]).dataobj) for key in ("a", "labels"))
    text = CLAIMS["PoissonDiffusion"].text.replace("500", "20")
    inputs = {"a": samples["a"], "labels": samples["labels"]}
    result = math_img(text, inputs, tmp_path / "out.nii", copy_header_from="a")
    values = known = a.astype(float)
    for _ in range(20):
        values = np.where(a < 0.2, smoothed(values, 1 / ZOOMS), known)
    got = np.asanyarray(nib.load(result.out_file).dataobj)
    np.testing.assert_allclose(got, np.where(labels == 1, values, 0), rtol=1e-6, atol=1e-6)


def test_tensors_are_smoothed_along_x_by_their_logarithms(tmp_path):
    rng = np.random.default_rng(4)
    roots = rng.normal(size=(7, 3, 4, 3, 3))
    matrices = roots @ np.swapaxes(roots, -1, -2) + 0.3 * np.eye(3)
    rows, columns = np.triu_indices(3)
    file = tmp_path / "tensor.nii"
    image = nib.Nifti1Image(matrices[..., rows, columns].astype("float32"), np.diag([2, 2, 2, 1]))
    nib.save(image, file)
    text = CLAIMS["SmoothTensorImage"].text
    result = math_img(text, {"tensor": file}, tmp_path / "out.nii", copy_header_from="tensor")
    logs = np.array([logm(m) for m in matrices.reshape(-1, 3, 3)]).reshape(matrices.shape)
    for i, j in itertools.product(range(3), repeat=2):
        smooth = np.empty(logs.shape[:3])
        recursive_gaussian(logs[..., i, j], (1.0, 0.0, 0.0), (0, 0, 0), smooth)
        logs[..., i, j] = smooth
    want = np.array([expm(m) for m in logs.reshape(-1, 3, 3)]).reshape(logs.shape)
    got = np.asanyarray(nib.load(result.out_file).dataobj)
    np.testing.assert_allclose(got, want[..., rows, columns], rtol=2e-5, atol=2e-5)


def column(name, samples):
    text = CLAIMS[name].text
    inputs = {key: samples[key] for key in input_names(text)}
    return next(iter(math_table(text, inputs).columns.values()))


def test_tables(samples):
    arrays = {key: np.asanyarray(nib.load(file).dataobj) for key, file in samples.items()}
    run, labels = arrays["run"].astype(float), arrays["labels"]
    means = [run[labels == n].mean(axis=0) for n in (1, 2, 3)]
    want = np.concatenate([run[labels > 0].mean(axis=0), means[2], means[0]])
    np.testing.assert_allclose(column("ThreeTissueConfounds", samples), want, rtol=1e-6)
    inputs = {"run": samples["run"], "labels": samples["labels"]}
    columns = math_table(CLAIMS["TimeSeriesRegionCorr"].text, inputs).columns
    matrix = [columns[name] for name in ("1", "2", "3")]
    np.testing.assert_allclose(matrix, np.corrcoef(means), atol=1e-6)
    d = (arrays["a"].astype(float) - arrays["b"])[arrays["mask"] > 0]
    want = [abs(d).sum(), 100 * abs(d).mean(), 100 * np.minimum(d, 0).mean()]
    np.testing.assert_allclose(column("CountVoxelDifference", samples), want, rtol=1e-6)
    # A row for each voxel of the mask, x the fastest; those outside have no value.
    inputs = {"run": samples["run"], "mask": samples["mask"]}
    columns = math_table(CLAIMS["TimeSeriesToMatrix"].text, inputs).columns
    matrix = np.array([columns[name] for name in columns if name not in ("index", "name")])
    inside = (arrays["mask"] > 0).ravel(order="F")
    want = run.reshape(-1, run.shape[-1], order="F")[inside]
    np.testing.assert_array_equal(matrix[np.isfinite(matrix[:, 0])], want)
