"""`CopyHeader` and `CompareHeaders` by themselves."""

from __future__ import annotations

import os
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from nipype_mathimg.errors import HeaderError, MathImgError
from nipype_mathimg.interfaces import CompareHeaders, CopyHeader
from tests.interfaces.helpers import voxels


@pytest.fixture
def bare(tmp_path, runs):
    """Return the first run without TR and units, as many tools write it."""
    path = str(tmp_path / "bare.nii.gz")
    source = nib.load(runs[0])
    nib.save(nib.Nifti1Image(np.asanyarray(source.dataobj), source.affine), path)
    return path


def test_the_header_is_copied_and_the_voxels_are_kept(bare, runs):
    out_file = CopyHeader(in_file=bare, hdr_file=runs[0]).run().outputs.out_file
    assert os.path.basename(out_file) == "bare_hdr.nii.gz"
    np.testing.assert_array_equal(voxels(out_file), voxels(runs[0]))
    assert nib.load(out_file).header["pixdim"][4] == 2.0


def test_parts_limit_what_is_copied(bare, runs):
    out_file = CopyHeader(in_file=bare, hdr_file=runs[0], parts="xform").run().outputs.out_file
    assert nib.load(out_file).header["pixdim"][4] == 1.0


@pytest.mark.parametrize(
    ("suffix", "expected"),
    [(".nii", ".nii"), (".nii.gz", ".nii.gz"), (".mgh", ".nii.gz")],
)
def test_the_default_name_keeps_a_suffix_that_can_be_written(tmp_path, image, suffix, expected):
    in_file = str(tmp_path / f"in{suffix}")
    kind = nib.MGHImage if suffix == ".mgh" else nib.Nifti1Image
    nib.save(kind(np.zeros((2, 3, 4), np.float32), np.diag([2, 2, 3, 1])), in_file)
    out_file = CopyHeader(in_file=in_file, hdr_file=image).run().outputs.out_file
    assert os.path.basename(out_file) == f"in_hdr{expected}"


def test_differences_as_values_and_as_a_table(bare, runs):
    outputs = CompareHeaders(reference_file=runs[0], in_file=bare).run().outputs
    fields = [field for field, _, _ in outputs.differences]
    assert {"pixdim", "xyzt_units"} <= set(fields)
    assert not outputs.same
    assert outputs.displacement_mm == 0
    assert os.path.basename(outputs.out_file) == "bare_headers.txt"
    assert all(field in Path(outputs.out_file).read_text() for field in fields)


def test_an_image_is_the_same_as_itself(runs):
    outputs = CompareHeaders(reference_file=runs[0], in_file=runs[0]).run().outputs
    assert outputs.same
    assert outputs.differences == []


@pytest.mark.parametrize(
    ("interface", "message"),
    [
        (CopyHeader(), "`hdr_file` is not set.*`in_file` is not set"),
        (CopyHeader(in_file="/a.nii", hdr_file=3), "`hdr_file` is 3 .int., not the path"),
        (CopyHeader(in_file="/a.nii", hdr_file=["/a.nii"]), "`hdr_file` is a list of 1"),
        (CopyHeader(in_file="/a.nii", hdr_file="/b.nii", parts=[1]), "`parts` is"),
        (CompareHeaders(in_file="/a.nii"), "`reference_file` is not set: connect"),
    ],
)
def test_wrong_inputs_are_named(interface, message):
    with pytest.raises(HeaderError, match=message):
        interface.run()


@pytest.mark.parametrize("cls", [CopyHeader, CompareHeaders])
def test_a_missing_file_is_named(cls, image):
    other = "hdr_file" if cls is CopyHeader else "reference_file"
    with pytest.raises(MathImgError, match=r"/nowhere/a\.nii"):
        cls(in_file="/nowhere/a.nii", **{other: image}).run()
