"""Headers compared field by field, and grids in mm."""

from __future__ import annotations

import nibabel as nib
import numpy as np
import pytest
from nibabel.nifti1 import Nifti1Extension

from nipype_mathimg.images.headers.affines import corner_displacement
from tests.images.samples import compare_headers


def make_header(kind=nib.Nifti1Header, endian="<", shape=(4, 5, 6)):
    header = kind(endianness=endian)
    header.set_data_shape(shape)
    header.set_qform(np.diag([-2, 2, 3.3, 1]), code=1)
    header.set_sform(np.diag([-2, 2, 3.3, 1]), code=1)
    header["scl_slope"] = header["scl_inter"] = np.nan
    return header


def fields(comparison):
    return {item.field: (item.reference, item.image) for item in comparison.differences}


@pytest.mark.parametrize("endian", "<>")
@pytest.mark.parametrize("kind", [nib.Nifti1Header, nib.Nifti2Header])
def test_equal_headers_are_the_same(kind, endian):
    reference, image = make_header(kind), make_header(kind, endian)
    image["quatern_b"] = -0.0
    found = compare_headers(reference, image)
    assert found.same
    assert found.differences == ()
    assert found.displacement_mm == 0
    assert str(found) == "no field differs\ngrids: displaced by 0 mm at most"


def test_fields_read_as_numpy_prints_them():
    reference, image = make_header(), make_header()
    image["pixdim"][4] = 2.5
    image["descrip"] = b"smoothed"
    image["cal_max"] = 24359.932
    found = fields(compare_headers(reference, image))
    assert found == {
        "pixdim": (
            "[-1.   2.   2.   3.3  1.   1.   1.   1. ]",
            "[-1.   2.   2.   3.3  2.5  1.   1.   1. ]",
        ),
        "cal_max": ("0.0", "24359.932"),
        "descrip": ("b''", "b'smoothed'"),
    }


def test_the_table_is_aligned():
    reference, image = make_header(), make_header()
    image["slice_end"], image["descrip"] = 5, b"x"
    assert str(compare_headers(reference, image)).splitlines() == [
        "field      reference  image",
        "slice_end  0          5",
        "descrip    b''        b'x'",
        "grids: displaced by 0 mm at most",
    ]


def test_a_nan_on_one_side_is_a_difference():
    reference, image = make_header(), make_header()
    image["cal_min"] = np.nan
    assert fields(compare_headers(reference, image)) == {"cal_min": ("0.0", "nan")}


def test_nifti1_and_nifti2_differ_in_the_format_only():
    found = fields(compare_headers(make_header(), make_header(nib.Nifti2Header)))
    assert found["sizeof_hdr"] == ("348", "540")
    assert found["regular"] == ("b''", "(no such field)")
    assert found["eol_check"][0] == "(no such field)"
    # 3.3 and 0.1 are rounded in NIfTI-1.
    assert not {"pixdim", "srow_z", "quatern_c", "dim", "extensions"} & set(found)


@pytest.mark.parametrize(
    ("extension", "text"),
    [(None, "none"), (Nifti1Extension(6, b"bye"), "6: b'bye' (3 bytes)")],
)
def test_extensions_are_one_field(extension, text):
    reference, image = make_header(), make_header()
    reference.extensions.append(Nifti1Extension(6, b"hello"))
    image.extensions[:] = [] if extension is None else [extension]
    found = fields(compare_headers(reference, image))
    assert found == {"extensions": ("6: b'hello' (5 bytes)", text)}


def test_other_formats_are_compared_as_they_are_or_as_nifti():
    mgh = nib.MGHImage(np.zeros((4, 5, 6), "float32"), np.diag([-2, 2, 3.3, 1])).header
    other = mgh.copy()
    other["flip_angle"] = 0.5
    assert set(fields(compare_headers(mgh, other))) == {"flip_angle"}
    mixed = compare_headers(make_header(), mgh)
    assert not {"dim", "srow_x", "sform_code"} & set(fields(mixed))
    assert mixed.displacement_mm == pytest.approx(0, abs=1e-5)


def test_grids_of_different_shape_have_no_displacement():
    found = compare_headers(make_header(), make_header(shape=(4, 5, 7)))
    assert found.displacement_mm is None
    assert not found.same
    assert str(found).endswith("grids: x, y and z differ in length")


def test_the_number_of_volumes_does_not_move_the_grid():
    assert compare_headers(make_header(), make_header(shape=(4, 5, 6, 9))).displacement_mm == 0


def test_an_affine_beside_the_header_counts():
    header = nib.AnalyzeHeader()
    header.set_data_shape((4, 5, 6))
    moved = header.get_best_affine()
    moved[1, 3] += 2
    found = compare_headers(header, header, image_affine=moved)
    assert found.differences == ()
    assert found.displacement_mm == pytest.approx(2)
    assert not found.same


class TestCornerDisplacement:
    """Largest distance over the eight corners."""

    @pytest.mark.parametrize(
        ("change", "shape", "expected"),
        [
            (np.zeros((4, 4)), (10, 10, 10), 0),
            (np.diag([0.01, 0, 0, 0]), (101, 5, 5), 1),
            (np.diag([0.01, 0, 0, 0]), (1, 5, 5), 0),
            (np.diag([0.03, 0.04, 0, 0]), (101, 101), 5),
            (np.diag([0.01, 0, 0, 0]), (101, 5, 5, 300), 1),
        ],
    )
    def test_it_grows_with_the_volume(self, change, shape, expected):
        affine = np.diag([3.0, 3, 3, 1])
        assert corner_displacement(affine, affine + change, shape) == pytest.approx(expected)

    def test_it_is_symmetric_and_no_voxel_moves_more(self):
        generator = np.random.default_rng(0)
        first, second = np.eye(4), np.eye(4)
        first[:3], second[:3] = generator.normal(size=(2, 3, 4))
        voxels = np.argwhere(np.ones((4, 5, 6)))
        apply = nib.affines.apply_affine
        moved = np.linalg.norm(apply(first, voxels) - apply(second, voxels), axis=1)
        found = corner_displacement(first, second, (4, 5, 6))
        assert found == pytest.approx(moved.max())
        assert found == pytest.approx(corner_displacement(second, first, (4, 5, 6)))
