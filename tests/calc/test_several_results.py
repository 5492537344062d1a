"""Programs with several results: files and numbers by name, all of them or none."""

from __future__ import annotations

import os
import warnings

import nibabel as nib
import numpy as np
import pytest

from nipype_mathimg import (
    FormulaError,
    HeaderError,
    HeaderWarning,
    ImageFileError,
    explain,
    math_img,
)
from nipype_mathimg.calc import writing
from nipype_mathimg.images.files import sink

PROGRAM = """
mean = np.mean(bold, axis=-1)   # over time
std = np.std(bold, axis=-1)
tsnr = np.where(std > 0, mean / std, 0)
limit = np.percentile(mean, 50)
mask = mean > limit
signal = np.mean(bold[mask], axis=0)
"""


@pytest.fixture
def run(save):
    rng = np.random.default_rng(5)
    data = rng.normal(100, 10, (5, 4, 3, 8)).astype(np.float32)
    return save("bold.nii.gz", data), data


def targets(folder, *names):
    return {name: str(folder / f"{name}.nii.gz") for name in names}


def test_files_and_numbers_come_by_name(run, tmp_path):
    path, data = run
    files = targets(tmp_path, "tsnr", "mask", "mean")
    result = math_img(
        PROGRAM,
        {"bold": path},
        outputs={**files, "limit": None, "signal": None},
        copy_header_from="bold",
    )
    mean, std = data.mean(axis=-1, dtype=float), data.std(axis=-1, dtype=float)
    assert dict(result.files) == files
    np.testing.assert_allclose(nib.load(files["tsnr"]).get_fdata(), mean / std, rtol=1e-6)
    assert result["limit"] == pytest.approx(np.percentile(mean.astype("f4"), 50), rel=1e-6)
    mask = mean.astype("f4") > result["limit"]
    np.testing.assert_array_equal(nib.load(result["mask"]).get_fdata(), mask)
    assert nib.load(result["mask"]).get_data_dtype() == np.uint8
    np.testing.assert_allclose(result.values["signal"], data[mask].mean(axis=0, dtype=float), 1e-6)
    assert result.data_ranges["mean"].maximum == pytest.approx(mean.max())
    for file in files.values():
        header = nib.load(file).header
        assert header["sform_code"] == header["qform_code"] == 1
        assert header.get_xyzt_units()[0] == "mm"


def test_without_outputs_the_last_line_is_the_file(run, tmp_path):
    path, data = run
    out = tmp_path / "out.nii"
    result = math_img(
        "m = bold.mean(axis=-1); m * 2", {"bold": path}, out, copy_header_from="bold"
    )
    np.testing.assert_allclose(
        nib.load(result.out_file).get_fdata(), 2 * data.mean(axis=-1, dtype=float), rtol=1e-6
    )
    assert result.out_file == str(out)


def test_options_for_all_results_or_for_each(run, tmp_path):
    path, _ = run
    files = targets(tmp_path, "mean", "mask")
    text = "mean = np.mean(bold, axis=-1); mask = mean > 100"
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = math_img(
            text,
            {"bold": path},
            outputs=files,
            copy_header_from={"mean": "bold"},
            dtype={"mean": "float64"},
        )
    assert [w.category for w in caught] == [HeaderWarning]
    assert nib.load(files["mean"]).get_data_dtype() == np.float64
    assert nib.load(files["mask"]).get_data_dtype() == np.uint8
    assert {note.result for note in result.notes} == {"mean", "mask"}
    assert any(str(note).startswith("mask: header: ") for note in result.notes)


def test_the_only_file_or_a_word_about_several(run, tmp_path):
    path, _ = run
    result = math_img(
        "m = bold * 2; n = bold + 1",
        {"bold": path},
        outputs=targets(tmp_path, "m", "n"),
        copy_header_from="bold",
    )
    with pytest.raises(FormulaError, match="There are 2 images here"):
        _ = result.out_file


ONE, TWO = "m = np.mean(bold, axis=-1)", "m = np.mean(bold, axis=-1); n = m + 1"
NUMBER = "m = np.mean(bold, axis=-1); k = np.max(m)"

# formula | outputs | error, words
MISTAKES = {
    "an image without a file": (ONE, {"m": None}, FormulaError, "give it a file, as in outputs="),
    "a number with a file": (NUMBER, {"k": "k.nii"}, FormulaError, "`k` is a number"),
    "no such name": (ONE, {"mm": "m.nii"}, FormulaError, "Did you mean m?"),
    "a line for nothing": (TWO, {"m": "m.nii"}, FormulaError, "`n` is neither used nor a result"),
    "unknown suffix": (ONE, {"m": "m.txt"}, ImageFileError, "m.txt"),
    "one file twice": (
        TWO,
        {"m": "m.nii", "n": "./m.nii"},
        ImageFileError,
        "both results 'm' and 'n'",
    ),
    "the two files of a pair": (
        TWO,
        {"m": "m.hdr", "n": "m.img"},
        ImageFileError,
        "both results 'm' and 'n'",
    ),
    "nothing": (ONE, {}, FormulaError, "`outputs` is empty"),
    "a number as a file": (ONE, {"m": 3}, FormulaError, "is 3; it has to be the path"),
}


@pytest.mark.parametrize(("text", "outputs", "kind", "words"), MISTAKES.values(), ids=MISTAKES)
def test_mistakes_in_outputs_are_found_before_reading(
    run, monkeypatch, text, outputs, kind, words
):
    path, _ = run
    folder = os.path.dirname(path)
    monkeypatch.chdir(folder)
    monkeypatch.setattr(writing, "run", pytest.fail)
    before = sorted(os.listdir(folder))
    with pytest.raises(kind) as caught:
        math_img(text, {"bold": path}, outputs=outputs, copy_header_from="bold")
    assert words in str(caught.value)
    assert sorted(os.listdir(folder)) == before


@pytest.mark.parametrize("option", ["copy_header_from", "dtype"])
def test_an_option_for_no_result_is_refused(run, tmp_path, option):
    with pytest.raises(FormulaError, match=f"{option} names 'maen'.*Did you mean mean"):
        math_img(
            "mean = np.mean(bold, axis=-1)",
            {"bold": run[0]},
            outputs=targets(tmp_path, "mean"),
            **{option: {"maen": "bold"}},
        )


def test_an_unknown_donor_of_one_result_is_named(run, tmp_path):
    with pytest.raises(HeaderError, match=r"'bald'.*Did you mean bold"):
        math_img(
            "m = bold * 2", {"bold": run[0]}, outputs=targets(tmp_path, "m"),
            copy_header_from={"m": "bald"},
        )  # fmt: skip


def test_an_error_in_one_result_leaves_none(run, tmp_path):
    path, _ = run
    files = targets(tmp_path, "m", "n")
    (tmp_path / "n.nii.gz").write_bytes(b"old")
    with pytest.raises(FormulaError, match="does not fit into uint8"):
        math_img(
            "m = bold * 2; n = bold * 1000",
            {"bold": path},
            outputs=files,
            copy_header_from="bold",
            dtype={"n": "uint8"},
        )
    assert sorted(os.listdir(tmp_path)) == ["bold.nii.gz", "n.nii.gz"]
    assert (tmp_path / "n.nii.gz").read_bytes() == b"old"


def test_a_fault_between_two_renames_brings_the_old_files_back(run, tmp_path, monkeypatch):
    path, _ = run
    files = targets(tmp_path, "m", "n", "o")
    (tmp_path / "m.nii.gz").write_bytes(b"old m")
    (tmp_path / "o.nii.gz").write_bytes(b"old o")
    replace, done = os.replace, []

    def failing(source, target):
        if str(target).endswith("o.nii.gz") and not done:
            done.append(target)
            raise OSError(5, "Input/output error")
        replace(source, target)

    monkeypatch.setattr(sink.os, "replace", failing)
    with pytest.raises(ImageFileError, match="Input/output error"):
        math_img(
            "m = bold * 2; n = bold + 1; o = bold - 1",
            {"bold": path},
            outputs=files,
            copy_header_from="bold",
        )
    assert sorted(os.listdir(tmp_path)) == ["bold.nii.gz", "m.nii.gz", "o.nii.gz"]
    assert (tmp_path / "m.nii.gz").read_bytes() == b"old m"
    assert (tmp_path / "o.nii.gz").read_bytes() == b"old o"


@pytest.mark.parametrize("way", ["itself", "a link", "a folder that is a link"])
def test_a_result_does_not_replace_its_input_by_accident(run, tmp_path, way):
    path, data = run
    target = path
    if way == "a link":
        target = str(tmp_path / "link.nii.gz")
        os.symlink(path, target)
    if way == "a folder that is a link":
        os.symlink(tmp_path, tmp_path / "elsewhere")
        target = str(tmp_path / "elsewhere" / "bold.nii.gz")
    with pytest.raises(ImageFileError, match=r"is the input 'bold' itself.*overwrite=True"):
        math_img("bold * 2", {"bold": path}, target, copy_header_from="bold")
    np.testing.assert_array_equal(nib.load(path).get_fdata(), data)
    math_img("bold * 2", {"bold": path}, target, copy_header_from="bold", overwrite=True)
    np.testing.assert_array_equal(nib.load(target).get_fdata(), 2 * data)


def test_explain_tells_the_plan_of_several_results(run):
    path, _ = run
    text = str(explain(PROGRAM, {"bold": path}, outputs=["tsnr", "mask", "limit", "signal"]))
    assert "result tsnr: 5 x 4 x 3, computed in float32" in text
    assert "result limit: a number" in text


@pytest.mark.parametrize("out_file", [{"m": "m.nii"}, 3, b"m.nii"])
def test_what_is_no_path_is_no_file(run, out_file):
    with pytest.raises(FormulaError, match=r"out_file is .* path of a file"):
        math_img("bold * 1", {"bold": run}, out_file)
