"""Every voxel keeps its world position under qform and sform, whatever was cut or flipped."""

from __future__ import annotations

import math

import nibabel as nib
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from nipype_mathimg.images.headers.affines import qform_matrix, sform_matrix
from nipype_mathimg.images.headers.geometry import axis_transform
from nipype_mathimg.spec import ArraySpec, Axis, image_axes
from tests.images.samples import derive_header, ours

FLOAT32 = np.dtype("float32")
SHAPE = (9, 8, 7, 6)


def affine_of(angles, zooms, origin, flip):
    rotation = nib.eulerangles.euler2mat(*np.deg2rad(angles))
    return nib.affines.from_matvec(rotation * (np.asarray(zooms) * [flip, 1, 1]), origin)


def header_of(kind, qform, sform, codes=(1, 4)):
    header = kind()
    header.set_data_shape(SHAPE)
    header["pixdim"][4] = 2
    header.set_qform(qform, code=codes[0])
    header.set_sform(sform, code=codes[1])
    return header


def sliced(slices, shape=SHAPE):
    """Return the ArraySpec of ``img[slices]``."""
    bounds = [item.indices(length) for item, length in zip(slices, shape, strict=True)]
    axes = [
        Axis(axis.source, start, step)
        for axis, (start, _, step) in zip(image_axes(len(shape)), bounds, strict=True)
    ]
    return ArraySpec(tuple(len(range(*item)) for item in bounds), FLOAT32, tuple(axes))


def through_file(header, folder):
    kind = nib.Nifti2Image if isinstance(header, nib.Nifti2Header) else nib.Nifti1Image
    image = kind(np.zeros(header.get_data_shape(), "float32"), None, header)
    image.to_filename(folder / "image.nii")
    return nib.load(folder / "image.nii").header


def world(affine, points):
    return nib.affines.apply_affine(affine, points)


def grid_points(spec):
    """Return the voxels of a result, and where each lies in its donor."""
    voxels = np.argwhere(np.ones(spec.shape[:3]))
    steps = np.array([axis.step for axis in spec.axes[:3]])
    starts = np.array([axis.start for axis in spec.axes[:3]])
    return voxels, voxels * steps + starts


@st.composite
def slicings(draw):
    slices = []
    for length in SHAPE:
        first, last = sorted(draw(st.tuples(st.integers(0, length - 1), st.integers(1, length))))
        step = draw(st.integers(1, 3))
        forward = slice(first, max(last, first + 1), step)
        backward = slice(max(last, first + 1) - 1, first - 1 if first else None, -step)
        slices.append(draw(st.sampled_from([forward, backward])))
    return tuple(slices)


affines = st.builds(
    affine_of,
    st.tuples(*[st.integers(-180, 180)] * 3),
    st.tuples(*[st.floats(0.5, 4)] * 3),
    st.tuples(*[st.floats(-150, 150)] * 3),
    st.sampled_from([1, -1]),
)


def from_half_a_turn(affine, steps):
    """Return the real part of the quaternion that a qform needs after axes were turned."""
    rotation = affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0) * np.sign(steps[:3])
    rotation[:, 2] *= np.sign(np.linalg.det(rotation))
    return abs(nib.quaternions.mat2quat(rotation)[0])


@settings(max_examples=60, deadline=None)
@given(
    kind=st.sampled_from([nib.Nifti1Header, nib.Nifti2Header]),
    qform=affines,
    sform=affines,
    slices=slicings(),
)
def test_every_voxel_keeps_its_world_position(tmp_path_factory, kind, qform, sform, slices):
    spec = sliced(slices)
    # NIfTI-1 leaves the real part out, and what is left of it in float32 is too coarse for the
    # bound where it is small.
    steps = [axis.step for axis in spec.axes]
    assume(kind is nib.Nifti2Header or from_half_a_turn(qform, steps) > 0.01)
    donor = header_of(kind, qform, sform)
    result = through_file(derive_header(donor, spec)[0], tmp_path_factory.mktemp("grid"))
    voxels, origins = grid_points(spec)
    for form in ("get_qform", "get_sform"):
        found = world(getattr(result, form)(), voxels)
        expected = world(getattr(donor, form)(), origins)
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-3, err_msg=form)
    assert (result["qform_code"], result["sform_code"]) == (1, 4)
    zooms = np.abs([axis.step for axis in spec.axes]) * donor["pixdim"][1:5]
    np.testing.assert_allclose(result["pixdim"][1:5], zooms, rtol=1e-6)


@pytest.mark.parametrize(
    "axis",
    [
        pytest.param(Axis("x", 4, 9), id="mean over x, keepdims"),
        pytest.param(Axis("x", -0.25, 0.5), id="repeat"),
        pytest.param(Axis("x", -3, 1), id="pad"),
        pytest.param(Axis("x", 8, -0.5), id="flip and repeat"),
    ],
)
def test_positions_between_voxels_and_outside_are_kept(axis):
    donor = header_of(
        nib.Nifti1Header, affine_of((10, 20, 30), (2, 3, 4), (5, 6, 7), -1), np.eye(4)
    )
    spec = ArraySpec((3, 8, 7), FLOAT32, (axis, *image_axes(3)[1:]))
    result, _ = derive_header(donor, spec)
    voxels, origins = grid_points(spec)
    for form in ("get_qform", "get_sform"):
        found, expected = (
            world(getattr(result, form)(), voxels),
            world(getattr(donor, form)(), origins),
        )
        np.testing.assert_allclose(found, expected, atol=1e-4)
    assert math.isclose(result["pixdim"][1], 2 * abs(axis.step), rel_tol=1e-6)


@pytest.mark.parametrize("codes", [(0, 0), (1, 0), (0, 2)])
@pytest.mark.parametrize(
    "slices",
    [
        (slice(2, None), slice(None), slice(None), slice(None)),
        (slice(None, None, -1), slice(None), slice(1, 6, 2), slice(None)),
        (slice(None),) * 4,
    ],
)
def test_a_form_without_a_code_gets_none_and_nibabel_finds_each_voxel(codes, slices):
    affine = affine_of((15, -5, 170), (2, 2, 3), (10, 20, 30), -1)
    donor = header_of(nib.Nifti1Header, affine, affine, codes)
    spec = sliced(slices)
    result, notes = derive_header(donor, spec)
    voxels, origins = grid_points(spec)
    found, expected = (
        world(result.get_best_affine(), voxels),
        world(donor.get_best_affine(), origins),
    )
    np.testing.assert_allclose(found, expected, atol=1e-4)
    whole = slices[0] == slice(None)
    if any(codes) or whole:
        assert (result["qform_code"], result["sform_code"]) == codes
    else:
        assert (result["qform_code"], result["sform_code"]) == (0, 2)
        assert "sform_code" in [note.topic for note in notes]


def test_a_time_slice_moves_nothing():
    affine = affine_of((1, 2, 3), (2, 2, 3), (10, 20, 30), -1)
    donor = header_of(nib.Nifti1Header, affine, affine)
    slices = (slice(None), slice(None), slice(None), slice(2, None, 2))
    result, _ = derive_header(donor, sliced(slices))
    for field in ("quatern_b", "quatern_c", "quatern_d", "qoffset_x", "srow_x", "srow_z"):
        assert np.array_equal(result[field], donor[field])


@pytest.mark.parametrize("kind", [nib.Nifti1Header, nib.Nifti2Header])
def test_a_flip_to_nearly_half_a_turn_stays_readable_and_near(kind):
    bound = {nib.Nifti1Header: 2e-3, nib.Nifti2Header: 1e-6}[kind]
    flips = (slice(None, None, -1), slice(None, None, -1), slice(None), slice(None))
    spec = sliced(flips)
    for degree in [0, *np.geomspace(1e-6, 3, 60)]:
        affine = affine_of((0.3 * degree, 0.2 * degree, degree), (1, 1, 1), (0, 0, 0), 1)
        donor = header_of(kind, affine, affine)
        result, _ = derive_header(donor, spec)
        expected = donor.get_qform() @ axis_transform(spec.axes)
        assert np.abs(result.get_qform() - expected)[:3, :3].max() < bound


def test_forms_are_read_as_nibabel_reads_them():
    donor = header_of(
        nib.Nifti1Header,
        affine_of((50, 60, 70), (1, 2, 3), (4, 5, 6), -1),
        affine_of((5, 6, 7), (1, 2, 3), (4, 5, 6), 1),
    )
    np.testing.assert_allclose(qform_matrix(ours(donor)), donor.get_qform(), atol=1e-12)
    np.testing.assert_array_equal(sform_matrix(ours(donor)), donor.get_sform())
    donor["pixdim"][0] = 0
    donor["quatern_b"] = donor["quatern_c"] = 1.0
    assert np.isfinite(qform_matrix(ours(donor))).all()
    assert np.linalg.det(qform_matrix(ours(donor))) > 0
