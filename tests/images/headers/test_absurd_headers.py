"""Fields of NIfTI headers that no scanner writes: no warning of NumPy, no wrong header."""

from __future__ import annotations

import itertools
import struct

import nibabel as nib
import numpy as np
import pytest

from nipype_mathimg import HeaderError, ImageFileError, compare_headers, copy_header, math_img

DATA = np.arange(5 * 4 * 3 * 6, dtype=np.int16).reshape(5, 4, 3, 6)
STRANGE = (np.nan, -np.inf, 3e38, 1e-45)
# NIfTI-1: pixdim[1], pixdim[3], quatern_b, quatern_d, qoffset_y, srow_x (a step, the origin).
PLACES = (80, 88, 256, 264, 272, 280, 292)


def write(path, *, qform, sform, fields=()):
    image = nib.Nifti1Image(DATA, np.diag([2.0, 3, 4, 1]))
    image.set_qform(image.affine, qform)
    image.set_sform(image.affine, sform)
    image.header.set_xyzt_units("mm", "sec")
    content = bytearray(image.to_bytes())
    for place, value in fields:
        struct.pack_into("<f", content, place, value)
    path.write_bytes(content)
    return str(path)


@pytest.mark.parametrize("codes", [(1, 1), (1, 0), (0, 1), (0, 0)])
@pytest.mark.parametrize("formula", ["a + 1", "a[::-1, 1:, ::2]", "np.mean(a, axis=-1)"])
def test_no_warning_and_a_finite_grid_or_an_error(tmp_path, formula, codes):
    good = write(tmp_path / "good.nii", qform=1, sform=1)
    for place, value in itertools.product(PLACES, STRANGE):
        fields = [(place, value)]
        path = write(tmp_path / "a.nii", qform=codes[0], sform=codes[1], fields=fields)
        for call in (
            lambda path=path: math_img(formula, {"a": path}, good + "o.nii", copy_header_from="a"),
            lambda path=path: copy_header(good, path, good + "o.nii"),
        ):
            try:
                call()
            except (ImageFileError, HeaderError):
                continue
            with np.errstate(all="ignore"):
                assert np.isfinite(nib.load(good + "o.nii").affine).all()
        try:
            compare_headers(good, path)
        except ImageFileError:
            continue


@pytest.mark.parametrize("place", [92, 96])
@pytest.mark.parametrize(
    ("value", "expected"), [(-2.5, 2.5), (2.5, 2.5), (0, 0), (np.nan, 0), (-np.inf, 0)]
)
def test_steps_of_time_are_positive_or_unset(tmp_path, place, value, expected):
    path = write(tmp_path / "a.nii", qform=1, sform=1, fields=[(place, value)])
    math_img("a[..., 1:]", {"a": path}, tmp_path / "o.nii", copy_header_from="a")
    header = nib.load(tmp_path / "o.nii").header
    assert header["pixdim"][4 + (place - 92) // 4] == expected
    assert np.isfinite(header["toffset"])


def test_a_grid_beyond_the_numbers_of_nifti_is_an_error(tmp_path):
    fields = [(292, 3e38), (280, 3e38)]
    path = write(tmp_path / "a.nii", qform=0, sform=1, fields=fields)
    with pytest.raises(HeaderError, match=r"3\.4e\+38 mm away, which NIfTI-1 cannot hold"):
        math_img("a[1:]", {"a": path}, tmp_path / "o.nii", copy_header_from="a")
    assert not (tmp_path / "o.nii").exists()


# toffset, slice_duration, quatern_c, qoffset_x, and the length of a voxel along y.
UNUSED = {"toffset": 136, "slice_duration": 132, "quatern_c": 260, "qoffset_x": 268, "pixdim": 84}


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("field", UNUSED)
def test_what_is_no_number_and_places_no_voxel_is_unset(tmp_path, field, value):
    path = write(tmp_path / "a.nii", qform=1, sform=1, fields=[(UNUSED[field], value)])
    math_img("a + 1", {"a": path}, tmp_path / "o.nii", copy_header_from="a")
    header = nib.load(tmp_path / "o.nii").header
    assert np.isfinite(header[field]).all()
    assert header["pixdim"][1:4].tolist() == [2, 3, 4]
    # A qform of which a part was lost says nothing; the sform places the voxels.
    assert int(header["qform_code"]) == (1 if field in ("toffset", "slice_duration") else 0)
    assert header.get_best_affine().tolist() == np.diag([2.0, 3, 4, 1]).tolist()


@pytest.mark.parametrize("value", [1e306, 1.7e308])
def test_a_quaternion_near_the_largest_float_is_shortened(tmp_path, value):
    image = nib.Nifti2Image(DATA, np.diag([2.0, 3, 4, 1]))
    image.set_qform(image.affine, 1)
    image.set_sform(image.affine, 0)
    content = bytearray(image.to_bytes())
    struct.pack_into("<3d", content, 352, value, value, value)  # quatern_b, quatern_c, quatern_d
    (tmp_path / "a.nii").write_bytes(content)
    math_img("a + 1", {"a": str(tmp_path / "a.nii")}, tmp_path / "o.nii", copy_header_from="a")
    parts = [nib.load(tmp_path / "o.nii").header[f"quatern_{name}"] for name in "bcd"]
    np.testing.assert_allclose(parts, np.full(3, 3**-0.5), rtol=1e-6)


def test_voxels_longer_than_the_root_of_the_largest_float(tmp_path):
    image = nib.Nifti2Image(DATA, np.diag([2.0, 3, 4, 1]))
    image.set_sform(image.affine, 2)
    content = bytearray(image.to_bytes())
    struct.pack_into("<d", content, 400, 1e200)  # srow_x: the step along x
    (tmp_path / "a.nii").write_bytes(content)
    math_img("a + 1", {"a": str(tmp_path / "a.nii")}, tmp_path / "o.nii", copy_header_from="a")
    assert nib.load(tmp_path / "o.nii").affine[0, 0] == 1e200


@pytest.mark.parametrize("formula", ["a[..., ::2]", "a[..., 2:]"])
def test_a_time_beyond_float32_is_unset(tmp_path, formula):
    path = write(tmp_path / "a.nii", qform=1, sform=1, fields=[(92, 3e38)])
    math_img(formula, {"a": path}, tmp_path / "o.nii", copy_header_from="a")
    header = nib.load(tmp_path / "o.nii").header
    assert float(header["pixdim"][4]) in (0, np.float32(3e38))
    assert float(header["toffset"]) == 0


NO_LENGTH = [(88, np.inf), (320, 0.0)]  # along z, and a sform that does not go there
TOO_LONG = [(280, 2e38), (296, 2e38), (312, 2e38), (80, np.inf)]  # the root of their squares


@pytest.mark.parametrize(
    ("formula", "fields"),
    [
        ("a[::-1]", [(80, 3e38)]),  # the origin of the qform
        ("a[::2]", [(80, 3e38)]),  # its steps
        ("a[:, ::2]", NO_LENGTH),
        ("a[:1]", TOO_LONG),
    ],
)
@pytest.mark.parametrize("donor", ["a", None])
@pytest.mark.filterwarnings("ignore::nipype_mathimg.errors.HeaderWarning")
def test_a_form_that_overflows_is_unset_and_stays_so(tmp_path, formula, fields, donor):
    path = write(tmp_path / "a.nii", qform=1, sform=1, fields=fields)
    math_img(formula, {"a": path}, tmp_path / "o.nii", copy_header_from=donor)
    content = (tmp_path / "o.nii").read_bytes()
    if donor:
        math_img("o", {"o": str(tmp_path / "o.nii")}, tmp_path / "p.nii", copy_header_from="o")
        assert content == (tmp_path / "p.nii").read_bytes()
    for count, start in ((8, 76), (18, 256)):  # pixdim; quaternion, offsets and sform
        assert np.isfinite(np.frombuffer(content, "<f4", count, start)).all()
