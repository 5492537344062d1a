"""What is claimed of other calculators is true, and is not less than it was."""

from __future__ import annotations

import re

import numpy as np
import pytest

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
