"""Images and arrays that a caller has in memory, and results that stay there."""

from __future__ import annotations

import gc
import operator
import os
import pickle

import nibabel as nib
import numpy as np
import pytest

from nipype_mathimg import (
    FormulaError,
    GridError,
    HeaderWarning,
    ImageFileError,
    compare_headers,
    math_img,
    math_value,
)
from nipype_mathimg.images.files import held

RNG = np.random.default_rng(3)
DATA = RNG.integers(-500, 500, (5, 6, 7, 4)).astype(np.int16)
AFFINE = np.array([[-2, 0, 0, 90], [0, 2.5, 0.25, -100], [0, -0.25, 3, -60], [0, 0, 0, 1.0]])

pytestmark = pytest.mark.filterwarnings("ignore::nipype_mathimg.HeaderWarning")


def image_of(data=DATA, klass=nib.Nifti1Image, tr=2.5):
    image = klass(data, AFFINE)
    if klass is not nib.MGHImage:
        image.header.set_xyzt_units("mm", "sec")
        image.header["descrip"] = b"made by hand"
        image.header.extensions.append(nib.nifti1.Nifti1Extension("comment", b"a comment"))
    if data.ndim > 3:
        image.header.set_zooms((*image.header.get_zooms()[:3], tr))
    return image


def saved(tmp_path, image, name="bold.nii.gz"):
    nib.save(image, tmp_path / name)
    return str(tmp_path / name)


def scaled(tmp_path):
    image = image_of(DATA.astype(float) / 7)
    image.set_data_dtype(np.int16)
    return nib.load(saved(tmp_path, image, "scaled.nii.gz"))


IMAGES = {
    "made here": lambda folder: image_of(),
    "NIfTI-2": lambda folder: image_of(klass=nib.Nifti2Image),
    "of a file": lambda folder: nib.load(saved(folder, image_of())),
    "scaled": scaled,
    "MGH": lambda folder: nib.load(
        saved(folder, image_of(DATA.astype(np.float32), nib.MGHImage), "bold.mgz")
    ),
    "sliced": lambda folder: nib.load(saved(folder, image_of())).slicer[1:, ::-1, :, 1:],
    "big endian": lambda folder: image_of(DATA.astype(">i4")),
    "C order": lambda folder: image_of(np.ascontiguousarray(DATA)),
    "int64": lambda folder: nib.Nifti1Image(DATA.astype(np.int64), AFFINE, dtype="int64"),
}


@pytest.mark.parametrize("make", IMAGES.values(), ids=IMAGES)
def test_an_image_of_nibabel_is_as_good_as_its_file(tmp_path, make):
    image = make(tmp_path)
    suffix = ".mgz" if isinstance(image, nib.MGHImage) else ".nii"
    path = saved(tmp_path, image, f"same{suffix}")
    formula = "bold * 3 - np.mean(bold, axis=-1)"
    math_img(formula, {"bold": image}, tmp_path / "here.nii", copy_header_from="bold")
    math_img(formula, {"bold": path}, tmp_path / "file.nii", copy_header_from="bold")
    ours = nib.load(tmp_path / "here.nii").get_fdata()
    values = np.asarray(image.dataobj).astype(float)
    np.testing.assert_allclose(ours, values * 3 - values.mean(-1)[..., None], rtol=1e-5, atol=1e-3)
    assert compare_headers(tmp_path / "here.nii", tmp_path / "file.nii").same


def test_the_header_in_memory_counts_and_the_voxels_of_the_file(tmp_path):
    image = nib.load(saved(tmp_path, image_of()))
    image.header.set_zooms((*image.header.get_zooms()[:3], 0.8))
    image.header["descrip"] = b"changed"
    found = math_img("bold + 1", bold=image, copy_header_from="bold").load()
    assert found.header["pixdim"][4] == np.float32(0.8)
    assert found.header["descrip"] == b"changed"
    np.testing.assert_array_equal(np.asarray(found.dataobj), DATA + 1)


def test_images_are_stacked_and_joined(tmp_path):
    volumes = [image_of(DATA[..., k]) for k in range(3)]
    mixed = [volumes[0], saved(tmp_path, volumes[1], "one.nii"), volumes[2]]
    for given in (volumes, mixed):
        found = math_img("runs", runs=given).load()
        np.testing.assert_array_equal(np.asarray(found.dataobj), DATA[..., :3])


def test_an_array_lies_on_the_grid_of_the_image():
    mask = DATA[..., 0] > 0
    found = math_img("bold * mask * w", bold=image_of(), mask=mask, w=np.arange(4.0)).load()
    expected = DATA * mask[..., None] * np.arange(4.0)
    np.testing.assert_array_equal(found.get_fdata(), expected)
    np.testing.assert_allclose(found.affine, AFFINE, atol=1e-5)


@pytest.mark.parametrize("dtype", ["bool", "uint8", "float16", "float64", "complex64", ">f4"])
def test_arrays_of_every_dtype(dtype):
    array = (DATA > 0).astype(dtype)
    assert math_value("np.sum(array + bold * 0)", bold=image_of(), array=array) == (DATA > 0).sum()


def test_the_array_may_come_first_and_have_the_tr_of_the_image():
    found = math_img("array - bold", array=DATA + 2, bold=image_of(), copy_header_from="array")
    header = found.load().header
    assert (header["pixdim"][4], header.get_xyzt_units()) == (2.5, ("mm", "sec"))
    assert found.data_range.maximum == 2


WRONG = {
    "no image": ({"bold": DATA}, FormulaError, "says nothing of its place"),
    "another shape": ({"bold": image_of(), "m": DATA[1:, ..., 0]}, ImageFileError, r"5 x 6 x 7"),
    "no numbers": ({"bold": image_of(), "m": DATA.astype(str)}, ImageFileError, "input 'm'"),
    "another grid": (
        {"bold": image_of(), "m": nib.Nifti1Image(DATA, np.eye(4))}, GridError, r"in memory.*mm"
    ),
    "no affine": ({"bold": nib.Nifti1Image(DATA, None)}, ImageFileError, "Nifti1Image"),
    "list of arrays": ({"bold": image_of(), "m": [DATA, DATA]}, FormulaError, "np.stack"),
}  # fmt: skip


@pytest.mark.parametrize(("inputs", "error", "words"), WRONG.values(), ids=WRONG)
def test_what_is_no_image_is_named_with_what_to_do(inputs, error, words):
    formula = " + ".join(inputs)
    with pytest.raises(error, match=rf"(?i){words}"):
        math_img(formula, inputs)


def test_a_file_that_is_gone_is_named(tmp_path):
    image = nib.load(saved(tmp_path, image_of()))
    os.unlink(tmp_path / "bold.nii.gz")
    with pytest.raises(ImageFileError, match=r"'bold'.*bold\.nii\.gz: no such file"):
        math_img("bold * 2", bold=image)


@pytest.mark.parametrize("nifti", [nib.Nifti1Image, nib.Nifti2Image])
@pytest.mark.parametrize("most", [held.MOST_IN_MEMORY, 100])
def test_a_result_without_a_file_is_the_image_of_one(tmp_path, monkeypatch, most, nifti):
    monkeypatch.setattr(held.HeldSink.__init__, "__defaults__", (most,))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    image = image_of(klass=nifti)
    options = {"copy_header_from": "bold"}
    result = math_img("bold / 2", bold=image, **options)
    found = result.load()
    del result
    gc.collect()
    math_img("bold / 2", {"bold": image}, tmp_path / "o.nii", **options)
    there = nib.load(tmp_path / "o.nii")

    assert type(found) is type(there)
    assert found.header == there.header
    assert found.header.extensions == there.header.extensions
    np.testing.assert_array_equal(found.affine, there.affine)
    np.testing.assert_array_equal(np.asarray(found.dataobj), np.asarray(there.dataobj))
    nib.save(found, tmp_path / "again.nii")
    assert compare_headers(tmp_path / "again.nii", tmp_path / "o.nii").same
    assert sorted(one.name for one in tmp_path.iterdir()) == ["again.nii", "o.nii"]


def test_several_results_in_memory():
    result = math_img(
        "m = np.mean(b, axis=-1); top = np.max(m)", b=image_of(), outputs=["m", "top"]
    )
    mean = DATA.mean(-1)
    assert result["top"] == mean.max()
    np.testing.assert_allclose(result["m"].get_fdata(), mean, rtol=1e-6)
    assert pickle.loads(pickle.dumps(result)).load("m").shape == mean.shape
    with pytest.raises(FormulaError, match="no image 'x' here; those are: m"):
        result.load("x")


def test_a_file_that_was_written_is_loaded(tmp_path):
    result = math_img("b * 2", b=image_of(), out_file=tmp_path / "o.nii.gz")
    assert result.load().get_filename() == result.out_file


def test_nilearns_call_works_and_what_one_asks_of_an_image_is_told():
    result = math_img("img1 + img2", img1=image_of(), img2=image_of(), copy_header_from="img1")
    np.testing.assert_array_equal(result.load().get_fdata(), 2.0 * DATA)
    with pytest.raises(AttributeError, match=r"result\.load\(\)\.get_fdata"):
        result.get_fdata()
    with pytest.raises(FormulaError, match=r"result\.load\(\)"):
        _ = result.out_file


@pytest.mark.parametrize(
    "do",
    [np.asarray, np.mean, np.isnan, float, len, lambda one: one + 1, lambda one: DATA * one,
     lambda one: one > 0, lambda one: -one],
)  # fmt: skip
def test_a_result_is_no_array_and_says_where_it_is(do):
    one = math_img("bold", bold=image_of())
    with pytest.raises(TypeError, match=r"take the image: result\.load\(\)"):
        do(one)
    several = math_img("m = bold\nn = np.max(bold)", bold=image_of(), outputs=["m", "n"])
    with pytest.raises(TypeError, match=r"take the image: result\.load\('m'\)"):
        do(several)
    assert (operator.eq(one, one), operator.ne(one, one)) == (True, False)
    assert bool(one)


def test_progress_rises_to_the_end(tmp_path):
    seen = []
    math_img("bold - np.mean(bold, axis=-1)", bold=image_of(), progress=seen.append)
    shares = [done.share for done in seen]
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1)
    assert {done.total_bytes for done in seen} == {2 * DATA.nbytes}


def test_what_a_notebook_shows(tmp_path):
    pytest.importorskip("matplotlib")
    result = math_img("100 * b", b=image_of())
    html = result._repr_html_()
    assert html.startswith("<table>")
    assert "data:image/png;base64," in html
    assert len(html) < 40_000
    assert len(repr(result).splitlines()) <= 20


def test_a_warning_points_at_the_call():
    with pytest.warns(HeaderWarning) as caught:
        math_img("bold * 2", bold=image_of())
    assert caught[0].filename == __file__


def test_a_donor_by_name_need_not_be_in_the_formula():
    plain, donor = (nib.Nifti1Image(np.full((2, 2, 2), k, "f4"), np.eye(4)) for k in (1, 2))
    donor.header["descrip"] = b"of the donor"
    donor.header.set_xyzt_units("mm", "sec")
    loaded = math_img("img", img=plain, hdr=donor, copy_header_from="hdr").load()
    assert loaded.header.get_xyzt_units() == ("mm", "sec")
    assert loaded.get_fdata().max() == 1


def test_a_notebook_shows_the_own_line_and_the_message_alone():
    def of_user() -> None:
        math_img("bold * 2 +", bold="bold.nii")

    with pytest.raises(FormulaError) as caught:
        of_user()
    lines = caught.value._render_traceback_()
    assert len(lines) == 4  # the test, what it calls, a blank line, the message
    assert lines[1].endswith(': math_img("bold * 2 +", bold="bold.nii")')
    assert lines[3] == f"FormulaError: {caught.value}"


@pytest.mark.needs("matplotlib")
def test_the_picture_of_a_run_says_which_volume_it_is(tmp_path):
    data = np.random.default_rng(1).random((8, 8, 8, 3)).astype(np.float32)
    run = nib.Nifti1Image(data, np.eye(4))
    shown = math_img("m = a - 1", a=run, outputs=["m"])._repr_html_()
    assert "m, first of 3 volumes<br>" in shown
    assert "volumes" not in math_img("a[..., 0]", a=run)._repr_html_()


@pytest.mark.parametrize("formula", ["a", "+a", "a * 1", "np.where(a == a, a, a)", "a[:, :, :1]"])
def test_not_even_a_nan_of_the_array_of_a_caller_changes(formula):
    # Bits of their own, which are those of no NaN in a file of a result.
    data = np.full((3, 4, 2), np.uint32(0xFFC00001)).view(np.float32)
    math_img(formula, {"a": nib.Nifti1Image(data, AFFINE)}).load()
    assert set(data.view(np.uint32).ravel().tolist()) == {0xFFC00001}
