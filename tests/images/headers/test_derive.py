"""The header of a result: every cell of the table of fields, on every kind of NIfTI."""

from __future__ import annotations

from io import BytesIO

import nibabel as nib
import numpy as np
import pytest
from nibabel.brikhead import AFNIHeader
from nibabel.freesurfer.mghformat import MGHHeader
from nibabel.nifti1 import Nifti1Extension, Nifti1PairHeader
from nibabel.nifti2 import Nifti2PairHeader

from nipype_mathimg.errors import HeaderError
from nipype_mathimg.images.headers import derive as package_header
from nipype_mathimg.spec import ArraySpec, Axis, DataRange, image_axes
from tests.images.samples import (
    compare_headers,
    derive_header,
    fresh_header,
    lost,
    ours,
    with_data_range,
)

FLOAT32 = np.dtype("float32")
X, Y, Z, T, U = image_axes(5)
NEW = Axis(None)
SHAPE = (6, 7, 8, 10)
KINDS = [
    pytest.param(kind, endian, id=f"{kind.__name__}{endian}")
    for kind in (nib.Nifti1Header, nib.Nifti2Header, Nifti1PairHeader, Nifti2PairHeader)
    for endian in "<>"
]
STRINGS = {"descrip": b"a scan", "aux_file": b"bold.par"}


def make_spec(shape, axes=None, dtype="float32"):
    return ArraySpec(tuple(shape), np.dtype(dtype), tuple(axes or image_axes(len(shape))))


def make_donor(kind=nib.Nifti1Header, endian="<", shape=SHAPE):
    """Return a header in which every field that a rule may touch carries something."""
    header = kind(endianness=endian)
    header.set_data_shape(shape)
    header.set_data_dtype("int16")
    header.set_zooms((3.0, 3.0, 3.5, 2.0)[: len(shape)])
    turn = nib.affines.from_matvec(nib.eulerangles.euler2mat(0.2, -0.1, 0.3), [90, -126, -72])
    header.set_qform(turn @ np.diag([-3, 3, 3.5, 1]), code="scanner")
    header["pixdim"][1:4] = [3, 3, 3.5]  # exact, where the norms of the columns are not
    header.set_sform(np.diag([-3.1, 3.1, 3.4, 1]) + np.eye(4, k=1) * 0.2, code="mni")
    header.set_xyzt_units("mm", "sec")
    fields = {
        "slice_code": 1, "slice_end": 7, "slice_duration": 0.25, "toffset": 4.0, "dim_info": 48,
        "intent_code": 3, "intent_p1": 20.0, "intent_name": b"group", "cal_min": 100.0,
        "cal_max": 9000.0, **STRINGS,
    }  # fmt: skip
    for field, value in fields.items():
        header[field] = value
    if "glmax" in header:
        header["glmax"], header["regular"], header["db_name"] = 77, b"r", b"study"
    header.extensions.append(Nifti1Extension(6, b"a comment"))
    header.extensions.append(Nifti1Extension(4, b"<AFNI_attributes/>"))
    return header


def reread(header):
    """Return the header as nibabel reads it from a file that holds it."""
    header = header.copy()
    stream = BytesIO()
    header.write_to(stream)
    stream.write(bytes(int(header["vox_offset"]) - stream.tell()))
    size = int(np.prod(header.get_data_shape())) * header.get_data_dtype().itemsize
    stream.write(bytes(size))
    image_class = nib.Nifti2Image if isinstance(header, nib.Nifti2Header) else nib.Nifti1Image
    return image_class.from_bytes(stream.getvalue()).header


ALL_SLICES = {"slice_code": 1, "slice_start": 0, "slice_end": 7, "slice_duration": 0.25}
NO_SLICES = dict.fromkeys(ALL_SLICES, 0)
NO_INTENT = {"intent_code": 0, "intent_p1": 0, "intent_name": b""}
INTENT = {"intent_code": 3, "intent_p1": 20, "intent_name": b"group"}
# Fields that every result has in common with its donor.
KEPT = {"dim_info": 48, "qform_code": 1, "sform_code": 4, "cal_min": 100, **STRINGS}

CELLS = {
    "elementwise": (
        make_spec(SHAPE),
        True,
        {
            "dim": [4, 6, 7, 8, 10, 1, 1, 1],
            "pixdim": [-1, 3, 3, 3.5, 2, 1, 1, 1],
            "xyzt_units": 10,
            "toffset": 4,
            **ALL_SLICES,
            **NO_INTENT,
        },
        [6, 4],
    ),
    "identity": (make_spec(SHAPE), False, {**ALL_SLICES, **INTENT, "toffset": 4}, [6, 4]),
    "mean over t": (
        make_spec(SHAPE[:3]),
        True,
        {
            "dim": [3, 6, 7, 8, 1, 1, 1, 1],
            "pixdim": [-1, 3, 3, 3.5, 1, 1, 1, 1],
            "xyzt_units": 10,
            "toffset": 0,
            **NO_SLICES,
            **NO_INTENT,
        },
        [6],
    ),
    "one volume": (make_spec(SHAPE[:3]), False, {**NO_SLICES, **INTENT, "toffset": 0}, [6]),
    "mean over t, keepdims": (
        make_spec((*SHAPE[:3], 1), (X, Y, Z, NEW)),
        True,
        {
            "dim": [4, 6, 7, 8, 1, 1, 1, 1],
            "pixdim": [-1, 3, 3, 3.5, 1, 1, 1, 1],
            "xyzt_units": 2,
            "toffset": 0,
            **NO_SLICES,
        },
        [6],
    ),
    "img[..., 1::3]": (
        make_spec((6, 7, 8, 3), (X, Y, Z, Axis("t", 1, 3))),
        False,
        {
            "dim": [4, 6, 7, 8, 3, 1, 1, 1],
            "pixdim": [-1, 3, 3, 3.5, 6, 1, 1, 1],
            "xyzt_units": 10,
            "toffset": 6,
            **ALL_SLICES,
            **INTENT,
        },
        [6],
    ),
    "img[..., ::-1]": (
        make_spec(SHAPE, (X, Y, Z, Axis("t", 9, -1))),
        False,
        {"pixdim": [-1, 3, 3, 3.5, 2, 1, 1, 1], "toffset": 4, **NO_SLICES},
        [6],
    ),
    "img[..., 8:2:-2]": (
        make_spec((6, 7, 8, 3), (X, Y, Z, Axis("t", 8, -2))),
        False,
        {"pixdim": [-1, 3, 3, 3.5, 4, 1, 1, 1], "toffset": 4 + 4 * 2, **NO_SLICES},
        [6],
    ),
    "img[:, :, ::2]": (
        make_spec((6, 7, 4, 10), (X, Y, Axis("z", 0, 2), T)),
        False,
        {
            "dim": [4, 6, 7, 4, 10, 1, 1, 1],
            "pixdim": [-1, 3, 3, 7, 2, 1, 1, 1],
            "xyzt_units": 10,
            "toffset": 4,
            **NO_SLICES,
            **INTENT,
        },
        [6],
    ),
    "img[:, :, ::-1]": (
        make_spec(SHAPE, (X, Y, Axis("z", 7, -1), T)),
        False,
        {"pixdim": [1, 3, 3, 3.5, 2, 1, 1, 1], **NO_SLICES},
        [6],
    ),
    "img[4:1:-1]": (
        make_spec((3, 7, 8, 10), (Axis("x", 4, -1), Y, Z, T)),
        False,
        {"pixdim": [1, 3, 3, 3.5, 2, 1, 1, 1], **ALL_SLICES, **INTENT},
        [6],
    ),
    "axis added to 4D": (
        make_spec((*SHAPE, 2), (X, Y, Z, T, NEW)),
        True,
        {
            "dim": [5, 6, 7, 8, 10, 2, 1, 1],
            "pixdim": [-1, 3, 3, 3.5, 2, 1, 1, 1],
            "xyzt_units": 10,
            "toffset": 4,
            **ALL_SLICES,
            **NO_INTENT,
        },
        [6],
    ),
    "t moved away": (
        make_spec((6, 7, 8, 2, 10), (X, Y, Z, NEW, T)),
        False,
        {"pixdim": [-1, 3, 3, 3.5, 1, 2, 1, 1], "xyzt_units": 2, "toffset": 0, **NO_SLICES},
        [6],
    ),
}


@pytest.mark.parametrize(("kind", "endian"), KINDS)
@pytest.mark.parametrize("cell", CELLS)
def test_every_field_follows_the_axes(cell, kind, endian):
    spec, values_changed, expected, extensions = CELLS[cell]
    donor = make_donor(kind, endian)
    header = reread(derive_header(donor, spec, values_changed=values_changed)[0])
    for field, value in {**KEPT, **expected}.items():
        np.testing.assert_array_equal(header[field], np.asarray(value), err_msg=field)
    assert [item.get_code() for item in header.extensions] == extensions
    assert header.get_data_dtype() == FLOAT32
    assert header["bitpix"] == 32


@pytest.mark.parametrize(("kind", "endian"), KINDS)
def test_the_writer_gets_a_native_single_file_header(kind, endian):
    header, _ = derive_header(make_donor(kind, endian), make_spec(SHAPE))
    assert header.endianness == nib.volumeutils.native_code
    assert isinstance(header, nib.Nifti2Header) == issubclass(kind, nib.Nifti2Header)
    assert bytes(header["magic"].item()) == type(header).single_magic
    assert (header["scl_slope"], header["scl_inter"]) == (1, 0)


def test_the_donor_is_not_changed():
    donor = ours(make_donor())
    donor["scl_slope"] = 2
    before = donor.tobytes(), list(donor.extensions)
    results = [
        package_header.derive_header(donor, make_spec(SHAPE[:3]))[0],
        package_header.with_data_range(donor, DataRange(-1, 1)),
    ]
    for result in results:
        result.extensions.clear()
        result["descrip"] = b"another"
    assert (donor.tobytes(), donor.extensions) == before


def test_voxel_sizes_that_nibabel_refuses_are_repaired():
    donor = make_donor()
    donor["pixdim"][:4] = [0, -3, 3, 3.5]
    header, _ = derive_header(donor, make_spec(SHAPE))
    assert header["pixdim"][:4].tolist() == [1, 3, 3, 3.5]
    assert np.isfinite(header.get_qform()).all()


@pytest.mark.parametrize("dtype", ["uint8", "int16", "int32", "float32", "float64", "complex64"])
def test_the_dtype_is_the_results_own(dtype):
    header, notes = derive_header(make_donor(), make_spec(SHAPE, dtype=dtype))
    assert reread(header).get_data_dtype() == np.dtype(dtype)
    assert header["bitpix"] == 8 * np.dtype(dtype).itemsize
    assert ("datatype" in topics(notes)) == (dtype != "int16")


def test_a_dtype_without_a_code_is_refused():
    with pytest.raises(HeaderError, match=r"float16.*dtype='float32'"):
        derive_header(make_donor(), make_spec(SHAPE, dtype="float16"))


def topics(notes):
    return [note.topic for note in notes]


def test_an_identity_has_nothing_to_report():
    spec = make_spec(SHAPE, dtype="int16")
    assert derive_header(make_donor(), spec, values_changed=False)[1] == []


def test_every_changed_field_has_a_note():
    _, notes = derive_header(make_donor(), make_spec(SHAPE[:3]))
    assert topics(notes) == [
        "dim", "datatype", "pixdim", "toffset", "slice_code", "intent_code", "glmax", "extensions",
    ]  # fmt: skip
    assert "TR 2 s" in str(notes[2])


def test_a_scaled_donor_is_noted():
    donor = make_donor()
    donor["scl_slope"], donor["scl_inter"] = 2, 1
    header, notes = derive_header(donor, make_spec(SHAPE))
    assert "scl_slope" in topics(notes)
    assert header["scl_slope"] == 1


class TestThreeToFour:
    """A 3D donor onto a result with a fourth axis."""

    @pytest.mark.parametrize("fourth", [T, NEW, U], ids=str)
    @pytest.mark.parametrize(("kind", "endian"), KINDS)
    def test_no_repetition_time_is_invented(self, kind, endian, fourth):
        donor = make_donor(kind, endian, SHAPE[:3])
        donor["pixdim"][4:] = 0
        header, notes = derive_header(donor, make_spec(SHAPE, (X, Y, Z, fourth)))
        assert header["pixdim"].tolist() == [-1, 3, 3, 3.5, 1, 1, 1, 1]
        assert header["xyzt_units"] == 2
        assert header["toffset"] == 0
        assert header["slice_code"] == 1
        assert "pixdim" in topics(notes)

    def test_a_three_dimensional_identity_keeps_all(self):
        donor = make_donor(shape=SHAPE[:3])
        header, notes = derive_header(
            donor, make_spec(SHAPE[:3], dtype="int16"), values_changed=False
        )
        assert notes == []
        assert header["toffset"] == 4
        assert header["slice_code"] == 1


class TestFiveAxes:
    """Axes beyond t."""

    def donor(self):
        header = make_donor(shape=SHAPE)
        header.set_data_shape((*SHAPE, 3))
        header["pixdim"][5:] = [0.5, 0, 0]
        return header

    def test_identity_keeps_every_step(self):
        header, _ = derive_header(self.donor(), make_spec((*SHAPE, 3)))
        assert header["pixdim"].tolist() == [-1, 3, 3, 3.5, 2, 0.5, 0, 0]

    def test_a_slice_scales_the_step(self):
        spec = make_spec((*SHAPE, 2), (X, Y, Z, T, Axis("u", 0, 2)))
        assert derive_header(self.donor(), spec)[0]["pixdim"][5] == 1

    def test_without_t_the_fourth_axis_has_no_unit(self):
        header, _ = derive_header(self.donor(), make_spec((6, 7, 8, 3), (X, Y, Z, U)))
        assert header["pixdim"].tolist() == [-1, 3, 3, 3.5, 1, 1, 1, 1]
        assert header["xyzt_units"] == 2
        assert header["slice_code"] == 0

    @pytest.mark.parametrize(
        ("length", "values_changed", "code"),
        [(3, False, 1007), (2, False, 0), (3, True, 1007), (2, True, 0)],
    )
    def test_a_vector_stays_one_while_its_axis_does(self, length, values_changed, code):
        donor = self.donor()
        donor["intent_code"] = 1007
        spec = make_spec((*SHAPE, length))
        header, _ = derive_header(donor, spec, values_changed=values_changed)
        assert header["intent_code"] == code


class TestTime:
    """Units and slice timing in detail."""

    def test_milliseconds_stay_milliseconds(self):
        donor = make_donor()
        donor.set_xyzt_units("mm", "msec")
        donor["pixdim"][4], donor["toffset"] = 2000, 500
        spec = make_spec((6, 7, 8, 4), (X, Y, Z, Axis("t", 2, 2)))
        header, notes = derive_header(donor, spec)
        assert (header["toffset"], header["pixdim"][4]) == (4500, 4000)
        assert header.get_xyzt_units() == ("mm", "msec")
        assert any("TR 2000 became 4000 ms" in note.message for note in notes)

    def test_fields_without_a_slice_code_carry_nothing_and_stay(self):
        donor = make_donor()
        donor["slice_code"] = 0
        header, notes = derive_header(donor, make_spec(SHAPE[:3]))
        assert header["slice_end"] == 7
        assert "slice_code" not in topics(notes)

    def test_slice_end_beyond_the_slices_is_cleared_whatever_the_code(self):
        donor = make_donor()
        donor["slice_code"] = 0
        header, _ = derive_header(donor, make_spec((6, 7, 5, 10)))
        assert header["slice_end"] == 0

    @pytest.mark.parametrize(("dim_info", "cut", "kept"), [(16, 0, 0), (16, 2, 1), (0, 2, 0)])
    def test_the_slice_axis_is_the_one_of_dim_info(self, dim_info, cut, kept):
        donor = make_donor()
        donor["dim_info"], donor["slice_end"] = dim_info, 3
        shape = [4 if index == cut else length for index, length in enumerate(SHAPE)]
        header, _ = derive_header(donor, make_spec(shape))
        assert header["slice_code"] == kept

    def test_averaged_volumes_have_no_slice_timing(self):
        spec = make_spec((6, 7, 8, 1), (X, Y, Z, Axis("t", 4.5, 10)))
        header, _ = derive_header(make_donor(), spec)
        assert (header["slice_code"], header["pixdim"][4]) == (0, 20)


REMOVED = {
    "mean over x": ((7, 8, 10), (Y, Z, T), r"no x axis.*axis=0\).*keepdims=True.*math_value"),
    "img[:, :, 3]": ((6, 7, 10), (X, Y, T), r"no z axis.*axis=2\).*5:6"),
    "img[:, :, 3, 0]": ((6, 7), (X, Y), r"no z axis"),
    "mean over x, y": ((8, 10), (Z, T), r"no x and no y axis"),
    "img.T": ((10, 8, 7, 6), (T, Z, Y, X), r"axes of the result are t, z, y, x.*Transpose"),
    "np.sort along x": (SHAPE, (NEW, Y, Z, T), r"no x axis"),
    "a number": ((), (), r"math_value"),
    "ravel": ((3360,), (NEW,), r"no x and no y and no z"),
    "one position": (SHAPE, (X, Axis("y", 2, 0), Z, T), r"along y"),
    "eight axes": ((1,) * 8, (*image_axes(7), NEW), r"7 at most"),
}


@pytest.mark.parametrize("case", REMOVED)
def test_an_image_without_x_y_z_in_order_is_refused(case):
    shape, axes, message = REMOVED[case]
    spec = ArraySpec(shape, FLOAT32, axes)
    with pytest.raises(HeaderError, match=message):
        derive_header(make_donor(), spec)
    with pytest.raises(HeaderError, match=message):
        fresh_header(np.eye(4), spec)


def test_a_flat_donor_needs_its_own_axes_only():
    donor = make_donor(shape=SHAPE[:2])
    donor["pixdim"][3] = 0
    header, _ = derive_header(donor, make_spec(SHAPE[:2]))
    assert header.get_data_shape() == SHAPE[:2]
    stacked, _ = derive_header(donor, make_spec((6, 7, 4), (X, Y, NEW)))
    assert stacked["pixdim"][3] == 1
    assert fresh_header(np.eye(4), make_spec((6, 7)), donor_ndim=2)[0].get_data_shape() == (6, 7)


def test_a_long_axis_needs_nifti2():
    header, notes = derive_header(make_donor(), make_spec((*SHAPE[:3], 40000)))
    assert isinstance(header, nib.Nifti2Header)
    assert header["dim"][4] == 40000
    assert header["descrip"] == b"a scan"
    assert topics(notes)[0] == "format"
    fresh, fresh_notes = fresh_header(np.eye(4), make_spec((40000, 1, 1)))
    assert fresh.get_data_shape() == (40000, 1, 1)
    assert topics(fresh_notes) == ["format"]
    assert fresh_header(np.eye(4), make_spec(SHAPE), nifti2=True)[1] == []


class TestDataRange:
    """cal_min and cal_max."""

    @pytest.mark.parametrize(
        ("low", "high", "expected"),
        [
            (-3.5, 12, (-3.5, 12)),
            (np.nan, np.nan, (0, 0)),
            (-1e300, 1e300, (np.finfo("f4").min, np.finfo("f4").max)),
        ],
    )
    def test_they_are_the_finite_range(self, low, high, expected):
        header = with_data_range(make_donor(), DataRange(low, high))
        assert (header["cal_min"], header["cal_max"]) == expected

    def test_nifti2_has_room_for_float64(self):
        header = with_data_range(make_donor(nib.Nifti2Header), DataRange(-1e300, 1e300))
        assert header["cal_max"] == 1e300


AFFINE = np.array([[0, 0, 2, -10], [-1.5, 0, 0, 20], [0, 1, 0, 5], [0, 0, 0, 1.0]])


def mgh_header():
    image = nib.MGHImage(np.zeros(SHAPE, "float32"), AFFINE)
    image.header["tr"] = 2500
    return image.header


def afni_header(code):
    return AFNIHeader(
        {
            "BYTEORDER_STRING": "LSB_FIRST", "BRICK_TYPES": [1] * 10, "DATASET_RANK": [3, 10],
            "DATASET_DIMENSIONS": list(SHAPE[:3]), "DELTA": [-1.5, 1.0, 2.0],
            "TAXIS_FLOATS": [0.0, 2500.0], "TAXIS_NUMS": [10, 0, code],
            "IJK_TO_DICOM_REAL": (AFFINE[:3] * [[-1], [-1], [1]]).ravel().tolist(),
        }
    )  # fmt: skip


class TestOtherFormats:
    """Donors that are not NIfTI."""

    @pytest.mark.parametrize(
        ("donor", "step", "units"),
        [
            (mgh_header(), 2.5, ("mm", "sec")),
            (afni_header(77001), 2.5, ("mm", "sec")),
            (afni_header(77002), 2500, ("mm", "sec")),
            (afni_header(77003), 2500, ("mm", "unknown")),
        ],
        ids=["mgh", "afni ms", "afni s", "afni Hz"],
    )
    def test_affine_and_repetition_time_survive(self, donor, step, units):
        header, notes = derive_header(donor, make_spec(SHAPE))
        np.testing.assert_allclose(header.get_sform(), AFFINE, atol=1e-5)
        np.testing.assert_allclose(header.get_qform(), AFFINE, atol=1e-5)
        assert (header["qform_code"], header["sform_code"]) == (1, 1)
        np.testing.assert_allclose(header["pixdim"][1:5], [1.5, 1, 2, step])
        assert header.get_xyzt_units() == units
        assert topics(notes)[0] == "format"

    def test_an_affine_beside_the_header_is_used(self):
        donor = nib.AnalyzeHeader()
        donor.set_data_shape(SHAPE[:3])
        donor["descrip"] = b"old scan"
        header, _ = derive_header(donor, make_spec(SHAPE[:3]), affine=AFFINE)
        np.testing.assert_allclose(header.get_best_affine(), AFFINE, atol=1e-6)
        assert header["descrip"] == b"old scan"
        assert header.get_xyzt_units() == ("mm", "unknown")
        own, _ = derive_header(donor, make_spec(SHAPE[:3]))
        np.testing.assert_allclose(own.get_best_affine(), donor.get_best_affine())

    def test_a_three_dimensional_mgh_has_no_step(self):
        donor = MGHHeader()
        donor.set_data_shape((4, 5, 6))
        assert ours(donor)["pixdim"][4] == 1


class TestFresh:
    """No donor: the grid and nothing else."""

    def test_codes_units_and_steps_are_nilearns(self):
        header, notes = fresh_header(AFFINE, make_spec(SHAPE))
        assert notes == []
        assert (header["qform_code"], header["sform_code"]) == (0, 2)
        assert header["xyzt_units"] == 0
        assert header["pixdim"][4:].tolist() == [1, 1, 1, 1]
        np.testing.assert_allclose(header.get_best_affine(), AFFINE)

    def test_the_grid_follows_the_slices(self):
        spec = make_spec((2, 7, 8), (Axis("x", 5, -2), Y, Z))
        header, _ = fresh_header(AFFINE, spec)
        np.testing.assert_allclose(header.get_best_affine() @ [1, 0, 0, 1], AFFINE @ [3, 0, 0, 1])
        assert header["pixdim"][1] == 3

    def test_what_is_lost_is_named(self):
        donor = make_donor()
        assert lost(donor, fresh_header(AFFINE, make_spec(SHAPE))[0]) == [
            "units mm and sec", "qform code scanner", "sform code mni", "intent t test",
            "dim_info 48", "descrip a scan", "aux_file bold.par", "db_name study",
            "extensions 6, 4", "TR 2 s", "toffset 4", "slice timing sequential increasing",
        ]  # fmt: skip

    def test_time_is_not_lost_where_there_is_none(self):
        found = " ".join(lost(make_donor(), fresh_header(AFFINE, make_spec(SHAPE[:3]))[0]))
        assert "TR" not in found
        assert "toffset" not in found

    def test_nothing_is_lost_of_a_fresh_header(self):
        header, _ = fresh_header(AFFINE, make_spec(SHAPE))
        assert lost(header, header) == []


class TestPublishedExample:
    """The four tables of nilearn's example "Copying headers from input images"."""

    full = make_spec((61, 73, 61, 176))
    mean = full.changed(shape=(61, 73, 61), axes=image_axes(3))

    @pytest.fixture
    def published(self):
        header = nib.Nifti1Header()
        fields = {
            "regular": b"r", "dim_info": 48, "dim": [4, 61, 73, 61, 176, 1, 1, 1],
            "datatype": 16, "bitpix": 32, "pixdim": [-1, 3, 3, 3, 2, 0, 0, 0],
            "scl_slope": np.nan, "scl_inter": np.nan, "slice_end": 60, "xyzt_units": 10,
            "qform_code": 1, "sform_code": 1, "quatern_b": -0.0, "quatern_c": 1.0,
            "qoffset_x": 90, "qoffset_y": -126, "qoffset_z": -72, "srow_x": [-3, -0.0, -0.0, 90],
            "srow_y": [-0.0, 3, -0.0, -126], "srow_z": [0, 0, 3, -72],
        }  # fmt: skip
        for field, value in fields.items():
            header[field] = value
        return header

    def fields(self, published, header, data_range=None):
        small = header if data_range is None else with_data_range(header, data_range)
        differences = compare_headers(published, small).differences
        return {item.field: (item.reference, item.image) for item in differences}

    def test_identity_copied(self, published):
        header, notes = derive_header(published, self.full, values_changed=False)
        assert notes == []
        found = self.fields(published, header, DataRange(0, 24359.932))
        assert found == {"cal_max": ("0.0", "24359.932")}

    def test_mean_copied(self, published):
        header, _ = derive_header(published, self.mean)
        found = self.fields(published, header, DataRange(-15583.777, 17736.469))
        assert found == {
            "dim": ("[  4  61  73  61 176   1   1   1]", "[ 3 61 73 61  1  1  1  1]"),
            "pixdim": ("[-1.  3.  3.  3.  2.  0.  0.  0.]", "[-1.  3.  3.  3.  1.  1.  1.  1.]"),
            "cal_max": ("0.0", "17736.469"),
            "cal_min": ("0.0", "-15583.777"),
        }

    def test_identity_fresh(self, published):
        header, _ = fresh_header(published.get_best_affine(), self.full)
        assert self.fields(published, header) == {
            "regular": ("b'r'", "b''"),
            "dim_info": ("48", "0"),
            "pixdim": ("[-1.  3.  3.  3.  2.  0.  0.  0.]", "[-1.  3.  3.  3.  1.  1.  1.  1.]"),
            "slice_end": ("60", "0"),
            "xyzt_units": ("10", "0"),
            "qform_code": ("1", "0"),
            "sform_code": ("1", "2"),
        }

    def test_mean_fresh(self, published):
        header, _ = fresh_header(published.get_best_affine(), self.mean)
        names = "regular dim_info dim pixdim slice_end xyzt_units qform_code sform_code"
        assert set(self.fields(published, header)) == set(names.split())

    def test_nibabel_shows_no_scaling_of_an_unscaled_file(self):
        header, _ = derive_header(make_donor(), make_spec(SHAPE))
        shown = reread(header)
        assert np.isnan([shown["scl_slope"], shown["scl_inter"]]).all()
