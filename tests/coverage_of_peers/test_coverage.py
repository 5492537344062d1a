"""What is claimed of other calculators is true, and is not less than it was."""

from __future__ import annotations

import re
import subprocess
import sys

import nibabel as nib
import numpy as np
import pytest

from nipype_mathimg import math_value
from tests.coverage_of_peers.claims import computed, make_samples, share
from tests.coverage_of_peers.mrtrix import MASKFILTER, MRFILTER
from tests.coverage_of_peers.peers import PEERS, REACHED
from tests.translate.peers import assert_same, by_peer, make_images, translated_formula


@pytest.mark.parametrize("peer", PEERS)
def test_so_much_can_be_said(peer):
    found = PEERS[peer]()
    assert len({claim.name for claim in found}) == len(found)
    assert share(found) >= REACHED[peer]


@pytest.mark.parametrize("peer", ["c3d", "ImageMath"])  # the others are run in tests/translate
def test_every_claim_is_computed(peer, tmp_path):
    samples = make_samples(tmp_path)
    for claim in PEERS[peer]():
        computed(claim, samples, tmp_path)


def value_of(peer, name, samples):
    """Return the number that a claim gives of two images, and these."""
    text = next(claim.text for claim in PEERS[peer]() if claim.name == name)
    images = [nib.load(samples[image]).get_fdata() for image in "ab"]
    return math_value(text, {image: samples[image] for image in "ab"}), *images


def entropy(counts):
    """Return the entropy of what was counted."""
    shares = counts[counts > 0] / counts.sum()
    return -(shares * np.log(shares)).sum()


def test_mutual_information(tmp_path):
    """By ITK's histogram: 256 bins, from the least value to 0.1 % beyond the largest."""
    samples = make_samples(tmp_path)
    mutual, a, b = value_of("c3d", "-mi", samples)
    ends = [(image.min(), image.max() + 0.001 * np.ptp(image)) for image in (a, b)]
    joint = np.histogram2d(a.ravel(), b.ravel(), 256, ends)[0]
    alone = entropy(joint.sum(axis=0)) + entropy(joint.sum(axis=1))
    np.testing.assert_allclose(mutual, alone - entropy(joint), rtol=1e-12)
    normalised, _, _ = value_of("c3d", "-nmi", samples)
    np.testing.assert_allclose(normalised, alone / entropy(joint), rtol=1e-12)


@pytest.mark.needs("c3d")
@pytest.mark.parametrize("name", ["-ncor", "-msq"])
def test_c3d_prints_the_same_number(name, tmp_path):
    samples = make_samples(tmp_path)
    want = by_c3d(f"{samples['a']} {samples['b']} {name}")
    np.testing.assert_allclose(value_of("c3d", name, samples)[0], want, rtol=1e-5)


def by_c3d(command):
    """Return the number that c3d prints last; it prints six digits."""
    script = "import sys; from picsl_c3d import Convert3D; Convert3D().execute(sys.argv[1])"
    done = subprocess.run(
        [sys.executable, "-c", script, command], capture_output=True, text=True, check=True
    )
    return float(done.stdout.split()[-1])


@pytest.mark.needs("simpleitk")
@pytest.mark.parametrize(
    ("name", "metric", "given"),
    [
        ("NormalizedCorrelation", "Correlation", ()),
        ("NeighborhoodCorrelation", "ANTSNeighborhoodCorrelation", (5,)),
    ],
)
def test_imagemath_has_the_metrics_of_itk(name, metric, given, tmp_path):
    import SimpleITK

    samples = make_samples(tmp_path)
    images = [SimpleITK.ReadImage(str(samples[image]), SimpleITK.sitkFloat32) for image in "ab"]
    registration = SimpleITK.ImageRegistrationMethod()
    getattr(registration, f"SetMetricAs{metric}")(*given)
    registration.SetInterpolator(SimpleITK.sitkLinear)
    registration.SetInitialTransform(SimpleITK.TranslationTransform(3))
    want = registration.MetricEvaluate(*images)
    np.testing.assert_allclose(value_of("ImageMath", name, samples)[0], want, rtol=1e-6)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("images")
    make_images(path)
    return path


def peer_words(program, claim, image):
    name, *options = claim.name.split()
    # One thread: the FFT of MRtrix 3.0.3 ends with a segmentation fault in several.
    return [program, f"{image}.nii.gz", name, "out.nii.gz", *options, "-force", "-nthreads", "0"]


@pytest.mark.needs("mrtrix")
@pytest.mark.parametrize(
    "claim", [one for one in MASKFILTER if one.level == "same"], ids=lambda claim: claim.name
)
def test_maskfilter(claim, folder):
    labels = claim.name.startswith("connect") and "largest" not in claim.name
    image = "sparse" if labels else "shell" if "largest" in claim.name else "blobs"
    want = by_peer(peer_words("maskfilter", claim, image), "out.nii.gz", folder)
    got = translated_formula(claim.text, {"mask": f"{image}.nii.gz"}, folder)
    if labels:
        # The order of components of equal size is not documented.
        assert got.max() == want.max()
        got, want = sizes_of(got), sizes_of(want)
    assert_same(got, want)


def sizes_of(labels):
    """Return for each voxel how many are in its component."""
    whole = labels.astype(int)
    sizes = np.bincount(whole.ravel())
    assert (np.diff(sizes[1:]) <= 0).all()
    return sizes[whole].astype(float)


@pytest.mark.needs("mrtrix")
@pytest.mark.parametrize(
    "claim", [one for one in MRFILTER if one.level == "same"], ids=lambda claim: claim.name
)
def test_mrfilter(claim, folder):
    # MRtrix turns an image to the order of the world first, in which this one lies already.
    want = by_peer(peer_words("mrfilter", claim, "a_left"), "out.nii.gz", folder)
    formula = claim.text
    if re.match(r"fft( -inverse)?$", claim.name):
        formula = f"np.real({formula})"
    assert_same(translated_formula(formula, {"a": "a_left.nii.gz"}, folder), want.real)
