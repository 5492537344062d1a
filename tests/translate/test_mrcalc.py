"""Every operation of mrcalc, translated and by the real program."""

from __future__ import annotations

import numpy as np
import pytest

from nipype_mathimg.translate import translate
from nipype_mathimg.translate.mrcalc import MRCALC
from tests.translate.peers import assert_refused, assert_same, by_peer, make_images, translated

IMAGES = {
    "-asin": "p",
    "-acos": "p",
    "-atanh": "p",
    "-exp": "p",
    "-tan": "p",
    "-sinh": "p",
    "-cosh": "p",
}
IMAGES |= dict.fromkeys(("-isnan", "-finite", "-isinf", "-if"), "holes")
COMPLEX = ("-complex", "-polar", "-real", "-imag", "-phase", "-conj")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("images")
    make_images(path)
    return path


def both(words, folder, monkeypatch):
    monkeypatch.chdir(folder)
    got = translated(["mrcalc", *words], folder)
    want = by_peer(["mrcalc", "-force", *words], "out.nii.gz", folder)
    assert_same(got, want)


def command(row):
    image = f"{IMAGES.get(row.name, 'a')}.nii.gz"
    others = ["b.nii.gz", "run.nii.gz"][: len(row.takes) - 1]
    words = [image, *others, row.name]
    if row.name in ("-replace",):
        words = [image, "0", "b.nii.gz", row.name]
    if row.name in ("-real", "-imag", "-phase", "-conj"):
        words = [image, "b.nii.gz", "-complex", row.name]
    if row.name in ("-complex", "-polar", "-conj"):
        words = [*words, "2", "-mult", "-abs"]
    return [*words, "out.nii.gz"]


@pytest.mark.needs("mrtrix")
@pytest.mark.parametrize(
    "row", [row for row in MRCALC.values() if not row.refused], ids=lambda row: row.name
)
def test_it_computes_what_mrcalc_does(row, folder, monkeypatch):
    both(command(row), folder, monkeypatch)


@pytest.mark.needs("mrtrix")
@pytest.mark.parametrize(
    "command",
    [
        "a.nii.gz b.nii.gz -add run.nii.gz a.nii.gz -mult 4.2 -add -div out.nii.gz",
        "run.nii.gz -5 -max -abs pi -mult -sqrt out.nii.gz",
        "a.nii.gz nan 0 -replace 1 -lt out.nii.gz -datatype uint8",
    ],
)
def test_chains(command, folder, monkeypatch):
    both(command.split(), folder, monkeypatch)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("mrcalc a.nii -proj out.nii", "Riemann"),
        ("mrcalc a.nii rand -add out.nii", "no random numbers"),
        ("mrcalc a.mif 2 -add out.nii", "mrconvert"),
        ("mrcalc a.nii -add out.nii", "takes 2 values, and 1"),
        ("mrcalc a.nii b.nii out.nii", "2 values are left"),
        ("mrcalc a.nii -a out.nii", "no operation of mrcalc"),
    ],
)
def test_mistakes_are_named(command, said):
    assert_refused(command, said)


def test_numbers_may_be_negative():
    assert np.isfinite(float(translate("mrcalc a.nii -3 -add out.nii").program[-3:-1]))
