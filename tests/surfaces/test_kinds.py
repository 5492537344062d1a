"""A name that says another kind of file than the result is refused, before anything is read."""

from __future__ import annotations

import re

import nibabel as nib
import numpy as np
import pytest

from nipype_mathimg import math_img
from nipype_mathimg.axis import Axis
from nipype_mathimg.errors import ImageFileError
from nipype_mathimg.images.headers.kinds import KINDS, VOLUME, kind_of


@pytest.fixture
def bold(tmp_path):
    """A run of volumes."""
    path = tmp_path / "bold.nii"
    nib.save(nib.Nifti1Image(np.ones((2, 3, 4, 5), "f4"), np.eye(4)), path)
    return path


SURFACES = sorted({suffix for kind in KINDS[1:] for suffix in kind.suffixes})


@pytest.mark.parametrize("suffix", SURFACES)
def test_a_volume_under_the_name_of_a_surface_is_refused(tmp_path, bold, suffix):
    name = tmp_path / f"tsnr{suffix.upper()}"
    with pytest.raises(ImageFileError) as caught:
        math_img("bold * 2", {"bold": bold}, name, copy_header_from="bold")
    message = str(caught.value)
    assert "the result is a volume" in message
    assert f"Name it {tmp_path}/tsnr.nii.gz" in message
    assert [one.name for one in tmp_path.iterdir()] == ["bold.nii"]


ZST = pytest.param(".nii.zst", marks=pytest.mark.needs("zstandard"))


@pytest.mark.parametrize("suffix", [*VOLUME.suffixes[:2], ZST, *VOLUME.suffixes[3:]])
def test_a_volume_may_have_any_name_of_volumes(tmp_path, bold, suffix):
    result = math_img(
        "bold * 2", {"bold": bold}, tmp_path / f"a.b{suffix}", copy_header_from="bold"
    )
    assert result.out_file.endswith(suffix)


def axes(*names):
    return [Axis(name.replace("_", " ")) for name in names]


@pytest.mark.parametrize(
    ("sources", "suffix"),
    [
        ("x y z", ".nii.gz"),
        ("x y z t", ".nii.gz"),
        ("grayordinate t", ".dtseries.nii"),
        ("grayordinate", ".dscalar.nii"),
        ("grayordinate map", ".dscalar.nii"),
        ("parcel t", ".ptseries.nii"),
        ("parcel", ".pscalar.nii"),
        ("parcel map", ".pscalar.nii"),
        ("grayordinate seed", ".dconn.nii"),
        ("parcel seed_parcel", ".pconn.nii"),
        ("parcel seed", ".pdconn.nii"),
        ("grayordinate seed_parcel", ".dpconn.nii"),
        ("vertex t", ".func.gii"),
        ("vertex", ".shape.gii"),
        ("vertex map", ".shape.gii"),
    ],
)
def test_the_axes_say_the_kind(sources, suffix):
    assert kind_of(axes(*sources.split())).suffixes[0] == suffix


def test_what_has_no_place_is_of_no_kind():
    assert kind_of(axes("t")) is None


def test_no_two_kinds_share_a_first_name():
    firsts = [kind.suffixes[0] for kind in KINDS]
    assert len(set(firsts)) == len(firsts)
    assert not any(re.search("[A-Z]", suffix) for kind in KINDS for suffix in kind.suffixes)
