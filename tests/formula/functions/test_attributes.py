"""What an array knows of itself: voxel sizes, indices, world coordinates, times."""

from __future__ import annotations

import math

import nibabel as nib
import numpy as np
import pytest

from nipype_mathimg import math_img, math_value
from nipype_mathimg.errors import FormulaError
from nipype_mathimg.formula.infer import infer
from nipype_mathimg.formula.program import parse
from nipype_mathimg.spec import ArraySpec, image_axes
from tests.formula.harness import WAYS, compute, inferred, leaf_of, same_bits

ZOOMS = (2.0, 2.5, 3.0, 1.5)
SHAPE = (6, 5, 4, 3)


def affine_of(kind):
    """Return the affine of a grid whose axes are the world's, oblique ones, or sheared ones."""
    c, s = math.cos(0.4), math.sin(0.4)
    turned = {
        "straight": np.diag([1, 1, 1]),
        "left-handed": np.diag([-1, 1, 1]),
        "in plane": np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]),
        "oblique": np.array([[-c, -s * c, s * s], [s, -c * c, s * c], [0, s, c]]),
        "sheared": np.array([[1, 0.3, 0], [0, 1, -0.2], [0.1, 0, 1]]),
        "permuted": np.array([[0, 1, 0], [0, 0, -1], [1, 0, 0]]),
    }[kind]
    affine = np.eye(4)
    affine[:3, :3] = turned @ np.diag(ZOOMS[:3])
    affine[:3, 3] = 10, -20, 5.5
    return affine


KINDS = ("straight", "left-handed", "in plane", "oblique", "sheared", "permuted")


@pytest.fixture
def run(tmp_path):
    """Return a function that saves a run on a grid and computes a formula of it."""

    def compute_of(formula, kind):
        data = np.random.default_rng(1).normal(size=SHAPE).astype("float32")
        image = nib.Nifti1Image(data, affine_of(kind))
        image.set_sform(affine_of(kind), 1)
        image.set_qform(None, 0)
        image.header.set_xyzt_units("mm", "sec")
        image.header.set_zooms((*image.header.get_zooms()[:3], 1.5))
        nib.save(image, tmp_path / "a.nii.gz")
        files = {"a": tmp_path / "a.nii.gz"}
        math_img(formula, files, tmp_path / "o.nii.gz", copy_header_from="a", dtype="float64")
        return nib.load(tmp_path / "o.nii.gz"), files

    return compute_of


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("part", ["a", "a[::-1, 1:, ::2]", "a[2:, ::-2][..., 1:]", "a[..., 0]"])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_coordinate_is_where_the_header_of_the_result_says(run, kind, part, axis):
    out, _ = run(f"p = {part}; p * 0 + p.{'xyz'[axis]}", kind)
    index = np.stack(np.indices(out.shape[:3]), -1)
    world = nib.affines.apply_affine(out.affine, index)[..., axis]
    values = out.get_fdata()
    want = world if values.ndim == 3 else np.repeat(world[..., None], values.shape[3], -1)
    # The header of the result stores its affine in 24 bits.
    np.testing.assert_allclose(values, want, atol=2e-5)


def test_a_coordinate_has_the_axes_that_it_depends_on():
    spec = ArraySpec(SHAPE, np.dtype("float32"), image_axes(4, ZOOMS))
    shapes = {
        kind: [
            infer(parse(f"a.{name}"), {"a": spec}, affine=affine_of(kind)).root.shape
            for name in "xyz"
        ]
        for kind in ("straight", "in plane", "permuted", "oblique")
    }
    assert shapes["straight"] == [(6, 1, 1), (1, 5, 1), (1, 1, 4)]
    assert shapes["in plane"] == [(6, 5, 1), (6, 5, 1), (1, 1, 4)]
    assert shapes["permuted"] == [(1, 5, 1), (1, 1, 4), (6, 1, 1)]
    assert shapes["oblique"] == [(6, 5, 4), (6, 5, 4), (1, 5, 4)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_sphere_in_the_world(run, kind):
    centre = nib.affines.apply_affine(affine_of(kind), [3, 2, 1])
    x, y, z = (repr(float(v)) for v in centre)
    formula = f"(a.x - {x})**2 + (a.y - {y})**2 + (a.z - {z})**2 <= 4.1**2"
    out, _ = run(f"a[..., 0] * 0 + ({formula})", kind)
    world = nib.affines.apply_affine(affine_of(kind), np.stack(np.indices(SHAPE[:3]), -1))
    want = ((world - centre) ** 2).sum(-1) <= 4.1**2
    assert 1 < want.sum() < want.size
    assert np.array_equal(out.get_fdata(), want)


@pytest.mark.parametrize("kind", KINDS)
def test_sizes(run, kind):
    _, files = run("a", kind)
    volume = abs(np.linalg.det(affine_of(kind)[:3, :3]))
    assert math_value("a.voxel_volume + np.sum(a * 0)", files).value == pytest.approx(volume)
    half = math_value("a[::2, ::-1].voxel_volume + np.sum(a * 0)", files).value
    assert half == pytest.approx(2 * volume)
    sizes = np.linalg.norm(affine_of(kind)[:3, :3], axis=0)
    for k in range(3):
        size = math_value(f"a.zooms[{k}] + np.sum(a * 0)", files).value
        assert size == pytest.approx(sizes[k])


def test_indices_count_in_the_array_at_hand():
    a = np.zeros(SHAPE, "float32")
    for part in ("a", "a[2:, ::-1]", "a[..., 1]", "a.T"):
        got = compute(f"p = {part}; p * 0 + p.i + 10 * p.j + 100 * p.k", {"a": a})
        where = np.indices(eval(part).shape)
        i, j, k = where[[3, 2, 1]] if part == "a.T" else where[:3]
        np.testing.assert_array_equal(got, i + 10 * j + 100 * k)
    (i,) = [op for op in inferred("a.i", {"a": a}).ops if op.name == ".i"]
    assert (i.shape, i.spec.dtype, i.spec.bounds) == ((6, 1, 1), np.uint8, (0, 5))


def test_times_are_seconds():
    leaf = leaf_of("a", np.zeros(SHAPE, "float32"), sizes=ZOOMS)
    np.testing.assert_array_equal(compute("a.t", {"a": leaf}), [0, 1.5, 3])
    np.testing.assert_array_equal(compute("a[..., ::-2].t", {"a": leaf}), [3, 0])
    assert compute("a.tr", {"a": leaf}) == 1.5
    assert compute("a[..., ::2].tr", {"a": leaf}) == 3
    axes = image_axes(4, ZOOMS, 0.25)
    late = infer(parse("a.t"), {"a": ArraySpec(SHAPE, np.dtype("float32"), axes)}).root
    assert late.kernel.compute([], ((0, 3),), []).tolist() == [0.25, 1.75, 3.25]


def test_pieces_do_not_change_a_coordinate():
    a = np.random.default_rng(3).normal(size=(5, 4, 6, 3)).astype("float32")
    formula = "a * a.i + a.k * np.exp(a.j) - a[..., ::-1] * a.t"
    inputs = {"a": leaf_of("a", a, sizes=ZOOMS)}
    got = compute(formula, inputs)
    for way in WAYS:
        assert same_bits(compute(formula, {"a": leaf_of("a", a, sizes=ZOOMS)}, way), got)


WRONG = {
    "a.zooms": "the size of the voxels is not known",
    "a.x": "where the voxels lie is not known",
    "a[0].i": "the array has no x axis",
    "a[..., 0].t": "the array has no axis of time",
    "a.tr": "does not say how far apart the volumes are",
    "a[0].voxel_volume": "the size of the voxels is not known",
    "np.sort(a[0, 0, 0]).i": "none of the axes x, y and z",
}


@pytest.mark.parametrize("formula", WRONG)
def test_what_is_not_known_is_said(formula):
    with pytest.raises(FormulaError, match=WRONG[formula]):
        inferred(formula, {"a": np.zeros(SHAPE, "float32")})


def test_a_coordinate_that_lost_its_axis_says_so():
    spec = ArraySpec(SHAPE, np.dtype("float32"), image_axes(4, ZOOMS))
    with pytest.raises(FormulaError, match=r"`\.y` depends on x, which the array has lost"):
        infer(parse("a[0].y"), {"a": spec}, affine=affine_of("in plane"))
    infer(parse("a.y[0]"), {"a": spec}, affine=affine_of("in plane"))
