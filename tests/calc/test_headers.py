"""Copying and comparing headers of files."""

from __future__ import annotations

import nibabel as nib
import numpy as np
import pytest

from nipype_mathimg import GridError, HeaderError, ImageFileError, compare_headers, copy_header


@pytest.fixture
def pair(save):
    """Return an image that lost its header, and one that has it."""
    data = np.arange(60, dtype=np.float32).reshape(5, 4, 3)
    bare, full = save("bare.nii.gz", data), save("full.nii", data * 2)
    image = nib.load(bare)
    image.header.set_xyzt_units("unknown", "unknown")
    image.set_sform(image.affine, 2)
    image.set_qform(None, 0)
    nib.save(nib.Nifti1Image(data, image.affine, image.header), bare)
    other = nib.load(full)
    other.header["descrip"] = b"scanner"
    nib.save(nib.Nifti1Image(data * 2, other.affine, other.header), full)
    return bare, full


def test_voxels_stay_and_the_header_comes(pair, tmp_path):
    bare, full = pair
    result = copy_header(bare, full, tmp_path / "o.nii.gz")
    image = nib.load(result.out_file)
    np.testing.assert_array_equal(image.get_fdata(), nib.load(bare).get_fdata())
    assert image.header.get_xyzt_units() == ("mm", "sec")
    assert (int(image.header["sform_code"]), int(image.header["qform_code"])) == (1, 1)
    assert image.header["descrip"] == b"scanner"


@pytest.mark.parametrize(
    ("parts", "descrip", "code"),
    [(["descrip"], b"scanner", 2), (["xform"], b"", 1), (["xform", "descrip"], b"scanner", 1)],
)
def test_only_the_parts_that_are_asked_for(parts, descrip, code, pair, tmp_path):
    result = copy_header(*pair, tmp_path / "o.nii", parts=parts)
    header = nib.load(result.out_file).header
    assert header["descrip"] == descrip
    assert int(header["sform_code"]) == code


@pytest.mark.parametrize("dtype", ["uint8", "int16", "int64", "float64", "complex64"])
def test_the_dtype_stays(dtype, save, tmp_path):
    data = np.arange(60).reshape(5, 4, 3).astype(dtype)
    path = save("x.nii", data, dtype=dtype)
    result = copy_header(path, path, tmp_path / "o.nii.gz")
    image = nib.load(result.out_file)
    assert image.header.get_data_dtype() == dtype
    np.testing.assert_array_equal(np.asanyarray(image.dataobj), data)


def test_errors_name_files_and_parts(pair, save, tmp_path):
    bare, full = pair
    with pytest.raises(HeaderError, match="xfrom") as caught:
        copy_header(bare, full, tmp_path / "o.nii", parts=["xfrom"])
    assert bare in str(caught.value)
    with pytest.raises(ImageFileError, match="hdr_file"):
        copy_header(bare, tmp_path / "gone.nii", tmp_path / "o.nii")
    other = save("other.nii", np.zeros((2, 2, 2), "f4"))
    with pytest.raises((HeaderError, GridError), match="other"):
        copy_header(bare, other, tmp_path / "o.nii")
    assert not (tmp_path / "o.nii").exists()


def test_comparison_of_files(pair):
    bare, full = pair
    comparison = compare_headers(full, bare)
    fields = {item.field for item in comparison.differences}
    assert {"xyzt_units", "sform_code", "qform_code", "descrip"} <= fields
    assert "datatype" not in fields
    assert comparison.displacement_mm == pytest.approx(0, abs=1e-4)
    assert compare_headers(full, full).same
    assert "sform_code" in str(comparison)
