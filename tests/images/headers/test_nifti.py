"""NIfTI headers: every field, code and affine as nibabel has them."""

from __future__ import annotations

import gzip
import math
from io import BytesIO

import nibabel as nib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from nibabel import nifti1, quaternions
from nibabel.nifti1 import Nifti1Extension

from nipype_mathimg.errors import ImageFileError
from nipype_mathimg.images.files.image_file import open_image_file
from nipype_mathimg.images.files.nifti_file import IrregularError, read_nifti
from nipype_mathimg.images.files.source import open_source
from nipype_mathimg.images.headers import codes
from nipype_mathimg.images.headers.affines import header_affine, write_grid
from nipype_mathimg.images.headers.nifti import LAYOUTS, MAGIC, NiftiHeader
from nipype_mathimg.images.headers.quaternions import from_rotation, product, to_rotation
from tests.images.samples import NIBABEL_HEADERS, ours, theirs

VERSIONS = pytest.mark.parametrize("version", [1, 2])
FLOATS = st.floats(-300, 300, width=32)


@VERSIONS
def test_the_fields_lie_where_nibabel_has_them(version):
    layout, expected = LAYOUTS[version], NIBABEL_HEADERS[version].template_dtype
    assert layout.names == expected.names
    assert dict(layout.fields) == dict(expected.fields)


@VERSIONS
def test_a_new_header_is_one_that_nibabel_accepts(version):
    theirs(NiftiHeader(version)).check_fix(error_level=10)


@pytest.mark.parametrize(
    ("labels", "recoder"),
    [
        (codes.UNITS, nifti1.unit_codes),
        (codes.XFORMS, nifti1.xform_codes),
        (codes.SLICE_ORDERS, nifti1.slice_order_codes),
        (codes.INTENTS, nifti1.intent_codes),
    ],
    ids=["units", "xforms", "slice orders", "intents"],
)
def test_codes_are_called_what_nibabel_calls_them(labels, recoder):
    assert labels == {code: recoder.label[code].strip() for code in labels}
    cifti = set(range(3000, 3020))  # of files that hold no volumes
    assert set(recoder.value_set()) - cifti == {0, *labels}


def test_every_dtype_of_the_standard_has_its_code():
    for code, dtype in codes.DATATYPES.items():
        assert nifti1.data_type_codes.code[dtype] == code
    not_numbers, long_floats = {0, 1, 128, 255, 2304}, {1536, 2048}
    known = set(nifti1.data_type_codes.value_set())
    assert set(codes.DATATYPES) == known - not_numbers - long_floats


@VERSIONS
@pytest.mark.parametrize("endian", "<>")
@pytest.mark.parametrize("contents", [[], [b"one"], [b"x" * 8, b"", b"y" * 4000]])
def test_a_file_is_read_as_nibabel_reads_it(version, endian, contents):
    header = NIBABEL_HEADERS[version](endianness=endian)
    rng = np.random.default_rng(version)
    for name in header:
        field = header[name]
        if field.dtype.kind == "f":
            header[name] = rng.normal(size=field.shape) / 8
    header.set_data_shape((3, 4, 5, 2))
    header.set_data_dtype("int16")
    header["pixdim"][:4] = [1, 2, 3, 4]
    header["vox_offset"] = 0
    for code, content in enumerate(contents):
        header.extensions.append(Nifti1Extension(2 * code + 4, content))
    stream = BytesIO()
    header.write_to(stream)
    stream.write(b"voxels")
    stream.seek(0)
    found = read_nifti(stream.read)
    stream.seek(0)
    expected = NIBABEL_HEADERS[version].from_fileobj(stream)
    assert found.byte_order == endian
    assert found.header.shape == (3, 4, 5, 2)
    for name in expected:
        np.testing.assert_array_equal(found.header[name], expected[name], err_msg=name)
    assert [tuple(one) for one in found.header.extensions] == [
        (one.get_code(), one.get_content()) for one in expected.extensions
    ]


IRREGULAR = {
    "another magic": ("magic", b"ni1", "its magic is b'ni1'"),
    "no axes": ("dim", [0, 1, 1, 1, 1, 1, 1, 1], "there are 0 axes"),
    "eight axes": ("dim", [8, 1, 1, 1, 1, 1, 1, 1], "there are 8 axes"),
    "a vector of FreeSurfer": ("dim", [3, -1, 1, 1, 1, 1, 1, 1], "vectors of FreeSurfer"),
    "a surface of FreeSurfer": ("dim", [3, 27307, 1, 6, 1, 1, 1, 1], "vectors of FreeSurfer"),
    "colours": ("datatype", 128, "its datatype is 128, RGB colours"),
    "no such dtype": ("datatype", 77, "its datatype is 77, nothing that NIfTI knows"),
    "voxels in the header": ("vox_offset", 128, "begin at byte 128, within it"),
    "an offset that is no number": ("vox_offset", np.nan, "begin at byte nan"),
    "an intercept that is no number": ("scl_inter", np.inf, "scl_inter is inf"),
}


@pytest.mark.parametrize("case", IRREGULAR)
def test_what_is_not_regular_is_said(case):
    header = NiftiHeader()
    header["dim"] = [3, 4, 5, 6, 1, 1, 1, 1]
    header["vox_offset"], header["scl_slope"] = 352, 2
    whole = BytesIO(header.tobytes() + bytes(4))
    assert read_nifti(whole.read) is not None
    field, value, said = IRREGULAR[case]
    header[field] = value
    with pytest.raises(IrregularError, match=said):
        read_nifti(BytesIO(header.tobytes() + bytes(4)).read)


@pytest.mark.parametrize("size", [7, 4096])
def test_extensions_without_sense_are_said(size):
    header = NiftiHeader()
    header["dim"] = [3, 4, 5, 6, 1, 1, 1, 1]
    header["vox_offset"] = 352 + 32
    block = size.to_bytes(4, "little") + (6).to_bytes(4, "little") + bytes(24)
    content = header.tobytes() + bytes([1, 0, 0, 0]) + block
    with pytest.raises(IrregularError, match=f"an extension says that it has {size} bytes"):
        read_nifti(BytesIO(content).read)


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (0, "first bytes"),
        (3, "first bytes"),
        (4, "truncated within its header: 4 of 348"),
        (347, "truncated within its header: 347 of 348"),
    ],
)
def test_a_header_that_is_cut_is_said(length, said):
    with pytest.raises(IrregularError, match=said):
        read_nifti(BytesIO(NiftiHeader().tobytes()[:length]).read)


@settings(max_examples=100, deadline=None)
@given(
    version=st.sampled_from([1, 2]),
    codes=st.tuples(st.sampled_from([0, 1]), st.sampled_from([0, 4])),
    vector=hnp.arrays(np.float32, 3, elements=st.floats(-0.5625, 0.5625, width=32)),
    zooms=hnp.arrays(np.float32, 3, elements=st.floats(0.25, 8, width=32)),
    srows=hnp.arrays(np.float32, (3, 4), elements=FLOATS),
    ndim=st.integers(1, 5),
    qfac=st.sampled_from([-1, 1]),
)
def test_affines_are_those_of_nibabel(version, codes, vector, zooms, srows, ndim, qfac):
    header = NIBABEL_HEADERS[version]()
    header.set_data_shape((5, 6, 7, 8, 2)[:ndim])
    header["qform_code"], header["sform_code"] = codes
    header["pixdim"][:4] = [qfac, *zooms]
    for name, value in zip("bcd", vector, strict=True):
        header[f"quatern_{name}"] = value
    for name, row in zip("xyz", srows, strict=True):
        header[f"srow_{name}"], header[f"qoffset_{name}"] = row, row[3]
    expected = header.get_best_affine()
    np.testing.assert_allclose(header_affine(ours(header)), expected, rtol=0, atol=1e-12)


@settings(max_examples=100, deadline=None)
@given(
    version=st.sampled_from([1, 2]),
    angles=st.tuples(*[st.integers(-180, 180)] * 3),
    zooms=st.tuples(*[st.floats(0.25, 8)] * 3),
    flip=st.sampled_from([-1, 1]),
    shear=st.sampled_from([0, 0.1]),
)
def test_a_grid_is_written_as_nibabel_writes_it(version, angles, zooms, flip, shear):
    rotation = nib.eulerangles.euler2mat(*np.deg2rad(angles))
    slanted = rotation @ (np.eye(3) + np.eye(3, k=1) * shear)
    affine = nib.affines.from_matvec(slanted * (np.array(zooms) * [flip, 1, 1]), [5, -6, 7])
    header, expected = NiftiHeader(version), NIBABEL_HEADERS[version]()
    write_grid(header, affine, qform_code=1, sform_code=2)
    expected.set_data_shape((2, 2, 2))
    expected.set_qform(affine, code=1)
    expected.set_sform(affine, code=2)
    found = theirs(header)
    np.testing.assert_array_equal(found.get_sform(), expected.get_sform())
    np.testing.assert_allclose(found["pixdim"], expected["pixdim"], rtol=1e-6)
    # Near half a turn the stored part of a quaternion is coarse, whoever rounds it.
    tolerance = 1e-2 if version == 1 else 1e-5
    np.testing.assert_allclose(found.get_qform(), expected.get_qform(), rtol=0, atol=tolerance)
    assert (found["qform_code"], found["sform_code"]) == (1, 2)


class TestQuaternions:
    """Against the quaternions of nibabel."""

    unit = hnp.arrays(np.float64, 4, elements=st.floats(-1, 1, allow_subnormal=False)).filter(
        lambda vector: np.linalg.norm(vector) > 0.1
    )

    @settings(max_examples=100, deadline=None)
    @given(first=unit, second=unit)
    def test_rotations_and_products(self, first, second):
        first, second = first / np.linalg.norm(first), second / np.linalg.norm(second)
        expected = quaternions.quat2mat(first)
        np.testing.assert_allclose(to_rotation(first), expected, atol=1e-12)
        np.testing.assert_allclose(
            product(first, second), quaternions.mult(first, second), atol=1e-15
        )
        back = from_rotation(expected)
        assert back[0] >= 0
        assert math.isclose(abs(back @ first), 1, rel_tol=1e-9)


def test_a_regular_file_is_opened_without_nibabel(tmp_path, monkeypatch):
    nib.save(nib.Nifti1Image(np.zeros((2, 3, 4), "f4"), np.eye(4)), tmp_path / "a.nii.gz")
    monkeypatch.setattr(nib, "load", None)
    found = open_image_file("a", str(tmp_path / "a.nii.gz"))
    assert found.header.nifti.original is None
    assert found.stored.shape == (2, 3, 4)


# Every way in which a header can be odd, as it lies in a file: fields, and what stands after them.
ODD = {
    "scaled": {"scl_slope": -2.5, "scl_inter": 0.25},
    "slope not a number": {"scl_slope": np.nan, "scl_inter": 3},
    "slope 0": {"scl_slope": 0, "scl_inter": 4},
    "intercept not a number": {"scl_slope": 2, "scl_inter": np.nan},
    "dim followed by 0": {"dim": [3, 5, 4, 3, 0, 0, 0, 0]},
    "dim followed by 7": {"dim": [3, 5, 4, 3, 7, 1, 1, 1]},
    "negative dim": {"dim": [3, 5, -4, 3, 1, 1, 1, 1]},
    "negative voxel size": {"pixdim": [1, -2, 3, 4, 0, 0, 0, 0], "sform_code": 0},
    "voxel size 0": {"pixdim": [0, 0, 3, 4, 0, 0, 0, 0], "sform_code": 0},
    "qfac -3": {"pixdim": [-3, 2, 3, 4, 0, 0, 0, 0], "sform_code": 0},
    "qfac 0.5": {"pixdim": [0.5, 2, 3, 4, 0, 0, 0, 0], "sform_code": 0},
    "sform_code 77": {"sform_code": 77, "qoffset_x": 99},
    "sform_code -1": {"sform_code": -1, "qoffset_x": 99},
    "qform_code 77": {"qform_code": 77, "sform_code": 0},
    "no form": {"qform_code": 0, "sform_code": 0},
    "sform of zeros": {"srow_x": 0, "srow_y": 0, "srow_z": 0},
    "unknown intent": {"intent_code": 99},
    "intent of CIFTI": {"intent_code": 3002},
    "all units": {"xyzt_units": 255},
    "unknown slice order": {"slice_code": 99},
    "bitpix of another dtype": {"bitpix": 77},
    "colours": {"datatype": 128},
    "no such dtype": {"datatype": 77},
    "magic of a pair": {"magic": b"ni1"},
    "no magic": {"magic": b""},
    "voxels in the header": {"vox_offset": 128},
    "NaN in the affine": {"srow_x": np.nan},
}


def odd_file(path, version, fields, endian="<"):
    header = NIBABEL_HEADERS[version](endianness=endian)
    header.set_data_shape((5, 4, 3))
    header.set_data_dtype("int16")
    header.set_qform(nib.affines.from_matvec(np.diag([2, 3, 4]), [1, 2, 3]), code=1)
    header.set_sform(nib.affines.from_matvec(np.diag([2, 3, 4.5]), [5, 6, 7]), code=2)
    header["vox_offset"] = header.single_vox_offset
    for name, value in fields.items():
        header[name] = value
    voxels = np.arange(60, dtype=f"{endian}i2")
    path.write_bytes(header.binaryblock + bytes(4) + voxels.tobytes())
    return path


@VERSIONS
@pytest.mark.parametrize("endian", "<>")
@pytest.mark.parametrize("case", ODD)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_an_odd_header_is_read_or_refused_as_by_nibabel(tmp_path, case, version, endian):
    fields = dict(ODD[case])
    if fields.get("magic"):
        fields["magic"] = MAGIC[version, False]
    path = odd_file(tmp_path / "a.nii", version, fields, endian)
    try:
        image = nib.load(path)
        values = image.get_fdata()
    except Exception:
        values = np.array(np.nan)
    usable = np.isfinite(values).all() and np.isfinite(image.affine).all()
    if not usable or case == "colours":
        with pytest.raises(ImageFileError, match=r"Input 'a': .*a\.nii"):
            open_source("a", path)
        return
    source = open_source("a", path)
    assert source.spec.shape == image.shape
    np.testing.assert_array_equal(source.affine, image.affine)
    block = np.empty(60, source.stored_dtype)
    with source.open() as reader:
        reader.read_into(0, block)
    np.testing.assert_array_equal(source.decode(block), values.ravel(order="F"))
    for name in set(image.header) - {"vox_offset", "scl_slope", "scl_inter", "magic", "bitpix"}:
        np.testing.assert_array_equal(source.header.nifti[name], image.header[name], err_msg=name)


@VERSIONS
@pytest.mark.parametrize("vector", [(0.8, 0.8, 0.2), (1.00001, 0, 0)])
def test_a_quaternion_that_is_too_long_is_shortened(tmp_path, version, vector):
    """nibabel refuses it, the C library of NIfTI does not."""
    fields = dict(zip(("quatern_b", "quatern_c", "quatern_d"), vector, strict=True))
    source = open_source("a", odd_file(tmp_path / "a.nii", version, {**fields, "sform_code": 0}))
    unit = np.array([0, *vector]) / np.linalg.norm(vector)
    expected = quaternions.quat2mat(unit) * [2, 3, 4]
    np.testing.assert_allclose(source.affine[:3, :3], expected, atol=1e-3)
    np.testing.assert_allclose(theirs(source.header.nifti).get_qform(), source.affine, atol=1e-3)


@pytest.mark.parametrize(("eol_check", "fine"), [((0, 0, 0, 0), True), ((10, 26, 10, 0), False)])
def test_a_nifti2_file_with_converted_ends_of_lines_is_refused(tmp_path, eol_check, fine):
    path = odd_file(tmp_path / "a.nii", 2, {"eol_check": eol_check})
    if not fine:
        with pytest.raises(ImageFileError, match="eol_check"):
            open_source("a", path)
        return
    assert open_source("a", path).header.nifti.converted(2)["eol_check"].tolist() == [
        13,
        10,
        26,
        10,
    ]


@pytest.mark.parametrize("dim", [[3, 27307, 1, 6, 1, 1, 1, 1], [3, -1, 1, 1, 1, 1, 1, 1]])
def test_vectors_of_freesurfer_are_long_axes(tmp_path, dim):
    header = nib.Nifti1Header()
    header.set_data_dtype("uint8")
    header["dim"], header["glmin"], header["vox_offset"] = dim, 40000, 352
    length = header.get_data_shape()[0]
    (tmp_path / "a.nii").write_bytes(header.binaryblock + bytes(4) + bytes(length))
    source = open_source("a", tmp_path / "a.nii")
    assert (source.spec.shape, source.header.nifti.version) == ((length, 1, 1), 2)


@pytest.mark.parametrize("ending", [".nii", ".nii.gz"])
def test_an_offset_beyond_all_memory_is_refused(tmp_path, ending):
    header = NiftiHeader()
    header["dim"], header["vox_offset"] = (3, 4, 5, 6, 1, 1, 1, 1), 2.0**39
    extension = (16).to_bytes(4, "little") + (6).to_bytes(4, "little") + b"a note"
    content = header.tobytes() + bytes([1, 0, 0, 0]) + extension.ljust(16, b"\0") + bytes(1000)
    path = tmp_path / f"a{ending}"
    path.write_bytes(gzip.compress(content) if ending == ".nii.gz" else content)
    with pytest.raises(ImageFileError, match=r"Input 'a': .*a\.nii"):
        open_source("a", path)
