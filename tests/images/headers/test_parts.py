"""Chosen parts of one header in another."""

from __future__ import annotations

import nibabel as nib
import numpy as np
import pytest
from nibabel.nifti1 import Nifti1Extension, Nifti1PairHeader
from nibabel.nifti2 import Nifti2PairHeader

from nipype_mathimg.errors import HeaderError
from nipype_mathimg.images.headers.parts import PARTS
from nipype_mathimg.spec import ArraySpec, Axis, image_axes
from tests.images.samples import compare_headers, copy_parts

SHAPE = (6, 7, 8, 10)
FIELDS = {
    "xform": {
        "qform_code", "sform_code", "quatern_b", "quatern_c", "quatern_d", "qoffset_x",
        "qoffset_y", "qoffset_z", "srow_x", "srow_y", "srow_z", "pixdim", "xyzt_units",
    },
    "time": {
        "pixdim", "xyzt_units", "toffset", "slice_code", "slice_end", "slice_duration", "dim_info",
    },
    "intent": {"intent_code", "intent_p1", "intent_name"},
    "descrip": {"descrip", "aux_file", "db_name"},
    "extensions": {"extensions"},
}  # fmt: skip
FIELDS["all"] = set.union(*FIELDS.values(), {"regular"})
KINDS = [nib.Nifti1Header, Nifti1PairHeader, nib.Nifti2Header, Nifti2PairHeader]


def spec_of(header):
    shape = header.get_data_shape()
    return ArraySpec(shape, header.get_data_dtype().newbyteorder("="), image_axes(len(shape)))


def make_own(shape=SHAPE, kind=nib.Nifti1Header):
    header = kind()
    header.set_data_shape(shape)
    header.set_data_dtype("int16")
    header.set_sform(np.diag([2, 2, 2, 1]), code=2)
    header["pixdim"][:5] = [1, 2, 2, 2, 1.5]
    header["cal_max"] = 7
    header.set_xyzt_units("micron", "msec")
    return header


def make_donor(shape=SHAPE, kind=nib.Nifti1Header, endian="<"):
    header = kind(endianness=endian)
    header.set_data_shape(shape)
    header.set_data_dtype("float32")
    rotation = nib.eulerangles.euler2mat(0.2, -0.1, 0.3)
    header.set_qform(nib.affines.from_matvec(rotation * [-3, 3, 4], [90, -80, -70]), code=1)
    header.set_sform(nib.affines.from_matvec(np.diag([-3, 3, 4]), [91, -81, -71]), code=4)
    header["sform_code"] = 4
    header["srow_x"][1], header["srow_y"][2], header["srow_z"][0] = 0.1, 0.2, 0.3
    header["pixdim"][4] = 2.25 if len(shape) > 3 else 1
    header.set_xyzt_units("mm", "sec")
    fields = {
        "toffset": 3, "slice_code": 2, "slice_end": 7, "slice_duration": 0.25, "dim_info": 57,
        "intent_code": 5, "intent_p1": 4, "intent_name": b"group", "cal_max": 900,
        "descrip": b"a scan", "aux_file": b"bold.par",
    }  # fmt: skip
    for field, value in fields.items():
        header[field] = value
    if "db_name" in header:
        header["db_name"], header["regular"] = b"study", b"r"
    header.extensions.append(Nifti1Extension(6, b"a comment"))
    return header


def changed(own, result):
    plain = type(result).from_header(own)
    return {item.field for item in compare_headers(plain, result).differences}


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("endian", "<>")
@pytest.mark.parametrize("kind", KINDS)
def test_a_part_is_its_fields_and_no_other(part, kind, endian):
    own, donor = make_own(kind=kind), make_donor(kind=kind, endian=endian)
    result, notes = copy_parts(own, donor, spec_of(own), [part])
    assert notes == []
    assert changed(own, result) == {name for name in FIELDS[part] if holds(result, name)}
    for field in FIELDS[part] - {"extensions", "pixdim", "xyzt_units"}:
        if holds(result, field):
            assert np.array_equal(result[field], donor[field]), field
    # The voxels and their description are the image's own.
    assert (result["datatype"], result["cal_max"]) == (own["datatype"], 7)


def holds(header, field):
    return field in header or field == "extensions"


def test_units_and_steps_of_space_and_time_are_apart():
    own, donor = make_own(), make_donor()
    space, _ = copy_parts(own, donor, spec_of(own), ["xform"])
    assert space.get_xyzt_units() == ("mm", "msec")
    assert space["pixdim"].tolist() == [-1, 3, 3, 4, 1.5, 1, 1, 1]
    time, _ = copy_parts(own, donor, spec_of(own), ["time"])
    assert time.get_xyzt_units() == ("micron", "sec")
    assert time["pixdim"].tolist() == [1, 2, 2, 2, 2.25, 1, 1, 1]


def test_several_parts_add_up():
    own, donor = make_own(), make_donor()
    result, _ = copy_parts(own, donor, spec_of(own), ["descrip", "intent", "descrip"])
    assert changed(own, result) == FIELDS["descrip"] | FIELDS["intent"]


@pytest.mark.parametrize("parts", [["all"], ["time"], ["xform", "time"]])
def test_a_3d_donor_leaves_the_repetition_time_of_4d_data(parts):
    own, donor = make_own(), make_donor(SHAPE[:3])
    own["slice_code"], own["slice_end"] = 1, 7
    result, notes = copy_parts(own, donor, spec_of(own), parts)
    assert result["pixdim"][4] == 1.5
    assert result.get_xyzt_units()[1] == "msec"
    assert (result["slice_code"], result["toffset"]) == (1, 0)
    assert [note.topic for note in notes] == ["pixdim"]
    assert "no time axis" in notes[0].message
    assert result.get_data_shape() == SHAPE


@pytest.mark.parametrize("parts", ["all", ["all"], ["time"]])
def test_a_4d_donor_leaves_no_stale_timing_on_3d_data(parts):
    own, donor = make_own(SHAPE[:3]), make_donor()
    result, notes = copy_parts(own, donor, spec_of(own), parts)
    assert [result[name] for name in ("toffset", "slice_code", "slice_end")] == [0, 0, 0]
    assert {"toffset", "slice_code"} <= {note.topic for note in notes}
    assert result.get_data_shape() == SHAPE[:3]


def test_the_axes_are_those_of_the_file():
    own = make_own()
    spec = spec_of(own).changed(axes=(Axis(),) * 4)
    assert copy_parts(own, make_donor(), spec, ["time"])[0]["pixdim"][4] == 2.25


def test_the_number_of_volumes_may_differ():
    own, donor = make_own((*SHAPE[:3], 4)), make_donor()
    result, _ = copy_parts(own, donor, spec_of(own), ["all"])
    assert result["pixdim"][4] == 2.25
    assert result["slice_code"] == 2


@pytest.mark.parametrize("kind", [nib.Nifti1Header, nib.Nifti2Header])
def test_the_format_stays(kind):
    other = nib.Nifti2Header if kind is nib.Nifti1Header else nib.Nifti1Header
    own = make_own(kind=kind)
    result, _ = copy_parts(own, make_donor(kind=other), spec_of(own), ["all"])
    assert type(result) is kind
    assert result["descrip"] == b"a scan"


def test_unequal_grids_are_refused_with_both_shapes():
    own, donor = make_own(), make_donor((6, 7, 9))
    with pytest.raises(HeaderError, match=r"6 x 7 x 8 x 10 voxels .* 6 x 7 x 9"):
        copy_parts(own, donor, spec_of(own), ["descrip"])


@pytest.mark.parametrize(
    ("part", "message"),
    [("xfrom", "'xfrom' is no part.*mean xform"), ("42", "The parts are all, xform")],
)
def test_an_unknown_part_is_refused_with_the_nearest(part, message):
    with pytest.raises(HeaderError, match=message):
        copy_parts(make_own(), make_donor(), spec_of(make_own()), ["time", part])


def test_other_formats_give_and_take():
    affine = np.diag([-3.0, 3, 4, 1])
    donor = nib.MGHImage(np.zeros(SHAPE, "float32"), affine).header
    donor["tr"] = 2500
    own = make_own()
    result, notes = copy_parts(own, donor, spec_of(own), ["xform", "time"])
    np.testing.assert_allclose(result.get_sform(), affine)
    assert (result["pixdim"][4], result.get_xyzt_units()) == (2.5, ("mm", "sec"))
    assert [note.topic for note in notes] == ["format"]
    moved = affine + np.eye(4, k=3) * 5
    placed, _ = copy_parts(
        donor, make_donor(), spec_of(own), ["descrip"], own_affine=moved, donor_affine=affine
    )
    np.testing.assert_allclose(placed.get_sform(), moved)
    assert placed["descrip"] == b"a scan"
