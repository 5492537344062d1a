"""Grids, TR and intents of written results: every voxel is where it came from."""

from __future__ import annotations

from itertools import product

import nibabel as nib
import numpy as np
import pytest

from nipype_mathimg import (
    FormulaError,
    GridError,
    HeaderError,
    HeaderWarning,
    explain,
    math_img,
)

RNG = np.random.default_rng(3)
AFFINE = np.array([[-2.0, 0, 0, 10], [0, 3, 0, -20], [0, 0, 4, 30], [0, 0, 0, 1]])
SHAPE = (6, 5, 4)


@pytest.fixture
def save(tmp_path):
    """Return a function that writes an image with fields of its header."""

    def write(name, data, *, affine=AFFINE, zooms=(), units=("mm", "sec"), **fields):
        image = nib.Nifti1Image(data.astype(np.float32), affine)
        image.header.set_xyzt_units(*units)
        image.set_sform(affine, 1)
        image.set_qform(affine, 1)
        image.header["pixdim"][4 : 4 + len(zooms)] = zooms
        for field, value in fields.items():
            image.header[field] = value
        nib.save(image, tmp_path / name)
        return str(tmp_path / name)

    return write


@pytest.fixture
def run(tmp_path, save):
    """Return a function that computes a formula; the first input gives the header."""

    def compute(formula, inputs, **options):
        files = {
            name: save(f"{name}.nii", value, zooms=(2.0,) * (value.ndim > 3))
            if isinstance(value, np.ndarray)
            else value
            for name, value in inputs.items()
        }
        options.setdefault("copy_header_from", next(iter(files)))
        result = math_img(formula, files, tmp_path / "out.nii", **options)
        return nib.load(result.out_file), [str(note) for note in result.notes]

    return compute


def world(image):
    """Return the world position of every voxel, and its value."""
    indices = np.indices(image.shape[:3]).reshape(3, -1)
    return nib.affines.apply_affine(image.affine, indices.T)


POSITIONS = nib.affines.apply_affine(AFFINE, np.indices(SHAPE).reshape(3, -1).T)


@pytest.mark.parametrize(
    "index", ["::-1", "1:", ":-1", "::2, ::-1", "1:, 2:, 1:3", "3:0:-1", ":, ::-2, 1::2"]
)
def test_every_voxel_keeps_its_world_position(index, run):
    for k in range(3):
        image, _ = run(f"img[{index}]", {"img": POSITIONS[:, k].reshape(SHAPE)})
        np.testing.assert_allclose(world(image)[:, k], image.get_fdata().ravel(), atol=1e-4)


SAME_LENGTH = ["img", "img[::-1]", "img[:, ::-1, ::-1]", "np.roll(img, 1, axis=0)"]
CUT = ["img[1:]", "img[:-1]", "img[1:][::-1]", "img[:-1, ::-1]"]


@pytest.mark.parametrize(
    "pair", [*product(SAME_LENGTH, repeat=2), *product(CUT, repeat=2)], ids=" - ".join
)
def test_the_sign_of_a_difference_does_not_depend_on_the_order(pair, run):
    img = {"img": RNG.normal(size=SHAPE)}
    one, _ = run(f"{pair[0]} - {pair[1]}", img)
    values, place, header = one.get_fdata(), one.affine, one.header.copy()
    two, _ = run(f"-({pair[1]} - {pair[0]})", img)
    np.testing.assert_array_equal(values, two.get_fdata())
    np.testing.assert_allclose(place, two.affine)
    np.testing.assert_allclose(header.get_qform(), two.header.get_qform(), atol=1e-4)


def test_an_asymmetry_index_lies_on_the_image(run):
    data = RNG.normal(size=SHAPE).astype(np.float32)
    image, notes = run("img - img[::-1]", {"img": data})
    np.testing.assert_allclose(image.affine, AFFINE)
    np.testing.assert_allclose(image.get_fdata(), data - data[::-1], rtol=1e-6)
    (note,) = [note for note in notes if note.startswith("grid")]
    assert note == (
        "grid: `img` and `img[::-1]` lie at different places along x: their values met by "
        "position, and what they give lies where `img` does"
    )


def test_a_difference_of_neighbours_lies_between_them(run):
    image, notes = run("img[1:] - img[:-1]", {"img": RNG.normal(size=SHAPE)})
    np.testing.assert_allclose(image.affine[:3, 3], [9, -20, 30])
    assert any("in the middle between them" in note for note in notes)
    image, _ = run("bold[..., 1:] - bold[..., :-1]", {"bold": RNG.normal(size=(*SHAPE, 6))})
    assert image.header["toffset"] == 1
    assert image.header["pixdim"][4] == 2


class TestOnTheGridOfTheHeader:
    """``grid="header"``."""

    def test_a_mirror(self, run):
        data = RNG.normal(size=SHAPE).astype(np.float32)
        image, notes = run("img[::-1]", {"img": data}, grid="header")
        np.testing.assert_array_equal(image.get_fdata(), data[::-1])
        np.testing.assert_allclose(image.affine, AFFINE)
        assert any("put on the grid of 'img'" in note for note in notes)
        followed, _ = run("img[::-1]", {"img": data})
        assert followed.affine[0, 0] == 2

    def test_time_reversed_keeps_its_offset(self, run):
        image, _ = run("b[..., ::-1]", {"b": RNG.normal(size=(*SHAPE, 6))}, grid="header")
        assert image.header["pixdim"][4] == 2
        assert image.header["toffset"] == 0

    def test_a_mean_of_a_mirror_has_no_time(self, run):
        bold = RNG.normal(size=(*SHAPE, 6))
        image, _ = run("np.mean(b[::-1], axis=-1)", {"b": bold}, grid="header")
        np.testing.assert_allclose(image.affine, AFFINE)
        assert image.shape == SHAPE

    def test_a_cube_turned_round(self, run):
        image, _ = run("img.T", {"img": RNG.normal(size=(4, 4, 4))}, grid="header")
        np.testing.assert_allclose(image.affine, AFFINE)

    @pytest.mark.parametrize(
        ("formula", "options", "words"),
        [
            ("img[1:]", {}, r"\(6, 5, 4\), and the result has \(5, 5, 4\)"),
            ("img", {"copy_header_from": None}, "copy_header_from is not set"),
            ("img", {"grid": "haeder"}, "choose one of follow, header"),
        ],
    )
    def test_what_cannot_be_put_there(self, formula, options, words, run):
        with pytest.raises(HeaderError, match=words):
            run(formula, {"img": RNG.normal(size=SHAPE)}, **{"grid": "header", **options})


class TestRepetitionTime:
    """TR, toffset and ``tr=``."""

    @pytest.mark.parametrize(
        ("formula", "tr", "toffset", "uneven"),
        [
            ("b[..., [0, 1, 3, 4]]", 2, 0, True),
            ("b[..., [2, 3, 5]]", 2, 4, True),
            ("b[..., ::2][..., [0, 1, 3]]", 4, 0, True),
            ("b[..., 2::3]", 6, 4, False),
            ("b[..., [1, 3, 5]]", 4, 2, False),
            ("np.roll(b, 2, axis=-1)", 2, 0, False),
            ("np.fft.irfft(np.fft.rfft(b, axis=-1), axis=-1)", 2, 0, False),
            ("np.fft.irfft(np.fft.rfft(b[..., 2:]) * 0.5)", 2, 4, False),
            ("np.concatenate([b, b], axis=-1)", 2, 0, False),
            ("b[..., [0, 1, 3, 4]] - np.mean(b, axis=-1)", 2, 0, True),
        ],
    )
    def test_time_survives_what_leaves_its_step(self, formula, tr, toffset, uneven, run):
        image, notes = run(formula, {"b": RNG.normal(size=(*SHAPE, 8))})
        assert image.header["pixdim"][4] == tr
        assert image.header["toffset"] == toffset
        assert image.header.get_xyzt_units() == ("mm", "sec")
        assert any("not evenly spaced" in note for note in notes) == uneven

    @pytest.mark.parametrize(
        ("zoom", "units", "tr", "unit"),
        [
            (2.5, ("mm", "sec"), 2.5, "sec"),
            (2500, ("mm", "msec"), 2500, "msec"),
            (1, ("mm", "sec"), 1, "unknown"),
            (2, ("mm", "unknown"), 1, "unknown"),
            (0, ("mm", "sec"), 1, "unknown"),
        ],
    )
    def test_a_stack_of_files_keeps_the_tr_that_they_carry(self, zoom, units, tr, unit, save, run):
        files = [
            save(f"v{k}.nii", RNG.normal(size=SHAPE), zooms=(zoom,), units=units) for k in range(4)
        ]
        image, _ = run("v * 2", {"v": files})
        assert image.shape == (*SHAPE, 4)
        assert image.header["pixdim"][4] == tr
        assert image.header.get_xyzt_units() == ("mm", unit)
        half, _ = run("v[..., ::2]", {"v": files})
        assert half.header["pixdim"][4] == 2 * tr
        mean, _ = run("np.mean(v, axis=-1)", {"v": files})
        assert mean.header.get_xyzt_units() == units
        assert mean.shape == SHAPE

    @pytest.mark.parametrize("copied", [True, False])
    def test_it_is_set(self, copied, run):
        bold = {"b": RNG.normal(size=(*SHAPE, 6))}
        if copied:
            image, notes = run("b * 2", bold, tr=0.8)
        else:
            with pytest.warns(HeaderWarning, match="the header is new"):
                image, notes = run("b * 2", bold, tr=0.8, copy_header_from=None)
        assert image.header["pixdim"][4] == np.float32(0.8)
        assert image.header.get_xyzt_units()[1] == "sec"
        assert any("TR set to 0.8 s" in note for note in notes)

    def test_it_is_set_in_the_unit_of_the_header(self, save, run):
        path = save("b.nii", RNG.normal(size=(*SHAPE, 6)), zooms=(2000,), units=("mm", "msec"))
        image, _ = run("b", {"b": path}, tr=1.5)
        assert image.header["pixdim"][4] == 1500
        mean, notes = run("np.mean(b, axis=-1)", {"b": path}, tr=1.5)
        assert any("tr is not used: the result has no time axis" in note for note in notes)
        assert mean.header["pixdim"][4] == 1
        with pytest.raises(HeaderError, match="positive number of seconds"):
            run("b", {"b": path}, tr=-1)

    def test_uneven_volumes_have_no_frequencies(self, run):
        with pytest.raises(FormulaError, match="is not known"):
            run("bandpass(b[..., [0, 1, 3, 4]], high=0.1)", {"b": RNG.normal(size=(*SHAPE, 8))})

    def test_uneven_volumes_have_times_and_the_tr_of_the_file(self, run):
        image, _ = run(
            "kept = b[..., [0, 3, 4]]; kept * 0 + kept.t + 100 * kept.tr",
            {"b": RNG.normal(size=(*SHAPE, 8))},
        )
        np.testing.assert_array_equal(image.get_fdata()[0, 0, 0], [200, 206, 208])

    def test_tr_that_differ_within_a_list_are_noted(self, save, run):
        runs = [
            save(f"r{k}.nii", RNG.normal(size=(*SHAPE, 3)), zooms=(tr,))
            for k, tr in enumerate((2, 3, 2))
        ]
        _, notes = run("r", {"r": runs})
        (note,) = [note for note in notes if note.startswith("TR")]
        assert "2 s" in note
        assert "r1.nii) of 3 s" in note
        _, notes = run("r", {"r": runs[::2]})
        assert not [note for note in notes if note.startswith("TR")]


class TestLists:
    """Files with an axis of length 1 are as those without."""

    @pytest.mark.parametrize(
        ("ends", "volumes"),
        [([(), (1,)], 2), ([(1,), ()], 2), ([(1,), (1, 1)], 2), ([(3,), ()], 4)],
    )
    def test_they_are_stacked_together(self, ends, volumes, save, run):
        arrays = [RNG.normal(size=(*SHAPE, *end)).astype(np.float32) for end in ends]
        files = [save(f"f{k}.nii", data) for k, data in enumerate(arrays)]
        image, _ = run("f", {"f": files})
        parts = [data.reshape((*SHAPE, -1)) for data in arrays]
        np.testing.assert_array_equal(image.get_fdata(), np.concatenate(parts, axis=-1))
        assert image.shape[3] == volumes

    def test_a_mask_of_one_volume(self, run):
        img, mask = RNG.normal(size=SHAPE), RNG.random((*SHAPE, 1)) > 0.5
        image, _ = run("img * (m > 0) - np.mean(img[m > 0])", {"img": img, "m": mask * 1.0})
        inside = img[mask[..., 0]].mean()
        np.testing.assert_allclose(image.get_fdata(), img * mask[..., 0] - inside, atol=1e-6)

    def test_len_is_that_of_the_first_axis(self, save, run):
        files = [save(f"f{k}.nii", RNG.normal(size=SHAPE)) for k in range(3)]
        image, _ = run("f * 0 + len(f) * 100 + f.shape[-1]", {"f": files})
        assert image.get_fdata()[0, 0, 0, 0] == 603


class TestUnits:
    """Two units of space."""

    def test_they_are_noted(self, save, run):
        files = {
            name: save(f"{name}.nii", RNG.normal(size=SHAPE), units=(unit, "sec"))
            for name, unit in (("a", "mm"), ("b", "micron"), ("c", "unknown"))
        }
        _, notes = run("a + b + c", files)
        (note,) = [note for note in notes if note.startswith("units")]
        assert "'a' says that its voxel sizes are in mm and 'b' in micron" in note
        _, notes = run("a + c", {name: files[name] for name in "ac"})
        assert not [note for note in notes if note.startswith("units")]


class TestDonors:
    """An image that only gives its header."""

    def test_it_need_not_occur_in_the_formula(self, save, run, tmp_path):
        ref = save("ref.nii", RNG.normal(size=SHAPE), descrip=b"the donor", intent_code=0)
        img = RNG.normal(size=SHAPE)
        image, _ = run("img + 1", {"img": img, "ref": ref}, copy_header_from="ref")
        assert image.header["descrip"] == b"the donor"
        plan = explain(
            "img", {"img": str(tmp_path / "img.nii"), "ref": ref}, copy_header_from="ref"
        )
        assert "ref" not in str(plan)

    def test_its_grid_is_checked(self, save, run):
        img = RNG.normal(size=SHAPE)
        moved = save("moved.nii", img, affine=AFFINE + np.eye(4, k=3))
        with pytest.raises(GridError, match="'ref'"):
            run("img", {"img": img, "ref": moved}, copy_header_from="ref")
        small = save("small.nii", img[1:])
        with pytest.raises(HeaderError, match="equally long"):
            run("img", {"img": img, "ref": small}, copy_header_from="ref")

    def test_others_have_to_occur(self, save, run):
        img = RNG.normal(size=SHAPE)
        with pytest.raises(FormulaError, match="'other' does not occur"):
            run("img", {"img": img, "other": img}, copy_header_from="img")

    def test_it_is_not_overwritten(self, save, run, tmp_path):
        ref = save("out.nii", RNG.normal(size=SHAPE))
        with pytest.raises(OSError, match="is the input 'ref' itself"):
            run("img", {"img": RNG.normal(size=SHAPE), "ref": ref}, copy_header_from="ref")


@pytest.mark.parametrize(
    ("code", "end", "formula", "kept"),
    [
        (1007, (1, 3), "img / 2", True),
        (1005, (1, 6), "img * 0.5", True),
        (1006, (1, 3), "np.where(img > 0, img, 0)", True),
        (2006, (3,), "img / 2", True),
        (2006, (3,), "-img", True),
        (2006, (3,), "np.sum(img, axis=-1)", False),
        (2006, (3,), "img[..., ::-1]", False),
        (1007, (1, 3), "img[..., :2]", False),
        (1007, (1, 3), "img[..., ::-1]", False),
        (1007, (1, 3), "np.sqrt(np.sum(img * img, axis=-1))", False),
        (1007, (2, 3), "img[..., :1, :] + 1", True),
        (2007, (3,), "img + 1", True),
        (2007, (3,), "img[1:]", False),
        (2018, (), "img * 2", True),
        (1004, (1, 9), "img[::-1] * 2", True),
        (3, (), "img * 2", False),
        (3, (), "img[1:]", True),
        (1002, (), "img + 1", False),
        (1001, (), "img", True),
        (2002, (), "img + 1", False),
    ],
)
def test_an_intent_lasts_as_long_as_what_it_describes(code, end, formula, kept, save, run):
    path = save("img.nii", RNG.normal(size=(*SHAPE, *end)), intent_code=code)
    image, notes = run(formula, {"img": path})
    assert image.header["intent_code"] == (code if kept else 0)
    assert any(note.startswith("intent_code") for note in notes) != kept
