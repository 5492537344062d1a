"""Formulas over files: values, dtypes, headers, the same bytes whatever the resources."""

from __future__ import annotations

import os
import re
import warnings

import nibabel as nib
import numpy as np
import pytest

from nipype_mathimg import HeaderWarning, explain, math_img, math_value
from nipype_mathimg.formula.program import input_names

FORMULAS = {
    "img.mean(axis=3) / img.std(axis=3)": None,
    "~np.any(np.isnan(bold), axis=3)": None,
    "np.isin(img, [1, 3]).astype(int)": None,
    "np.mean(np.array([a, b, c]), axis=0)": None,
    "(img != 0) & (img != 8)": None,
    "np.where(img == img.max(), 0, img)": None,
    "(img - img.min()) / (img.max() - img.min())": None,
    "np.nanmedian(bold, axis=-1)": None,
    "1 / (1 + np.exp(-(img - 2) / 1.5))": None,
    "img * (img > -500)": None,
    "img[..., 4:]": None,
    "img > np.percentile(img[mask > 0], 98)": None,
    "bold * mask": "bold * mask[..., None]",
    "100 * bold / bold.mean(axis=-1)": "100 * bold / bold.mean(axis=-1, keepdims=True)",
    "np.mean(img, axis=-1) - np.mean(bold, axis=-1)": None,
}


def read(path):
    image = nib.load(path)
    return np.asanyarray(image.dataobj), image.header


def quiet(formula, files, out, **more):
    more.setdefault("copy_header_from", input_names(formula)[0])
    return math_img(formula, {name: files[name] for name in input_names(formula)}, out, **more)


@pytest.mark.parametrize("formula", FORMULAS)
def test_formulas_that_people_run_work_as_written(formula, images, tmp_path):
    files, arrays = images
    result = quiet(formula, files, tmp_path / "out.nii.gz")
    got, header = read(result.out_file)
    wide = {n: v.astype(np.int64 if v.dtype.kind in "iu" else float) for n, v in arrays.items()}
    with np.errstate(all="ignore"):
        expected = eval(FORMULAS[formula] or formula, {"np": np, **wide})
    np.testing.assert_allclose(got.astype(float), expected.astype(float), rtol=3e-7, atol=1e-9)
    np.testing.assert_allclose(header.get_best_affine(), read(files["img"])[1].get_best_affine())
    finite = got[np.isfinite(got.astype(float))]
    assert result.data_range.minimum == finite.min()
    assert result.data_range.maximum == finite.max()
    assert result.data_range.non_finite == got.size - finite.size
    assert ("values" in {note.topic for note in result.notes}) == (got.size > finite.size)


@pytest.mark.parametrize(
    ("formula", "stored"),
    [
        ("img.mean(axis=3) / img.std(axis=3)", "float32"),
        ("~np.any(np.isnan(bold), axis=3)", "uint8"),
        ("np.isin(img, [1, 3]).astype(int)", "uint8"),
        ("(img != 0) & (img != 8)", "uint8"),
        ("np.where(img == img.max(), 0, img)", "int16"),
        ("img + mask", "int32"),
        ("bold * mask", "float32"),
        ("img > 3", "uint8"),
        ("mask * 200 + mask * 250", "int16"),
        ("np.fft.fft(bold, axis=-1)", "complex64"),
        ("bold * 1e300", "float32"),
    ],
)
def test_auto_dtypes(formula, stored, images, tmp_path):
    if "1e300" in formula:
        with pytest.raises(ValueError, match="does not fit into float32"):
            quiet(formula, images[0], tmp_path / "out.nii")
        return
    result = quiet(formula, images[0], tmp_path / "out.nii")
    assert read(result.out_file)[1].get_data_dtype() == stored
    names = input_names(formula)
    inputs = {name: images[0][name] for name in names}
    plan = explain(formula, inputs, copy_header_from=names[0])
    assert plan.root.shape == read(result.out_file)[0].shape


def test_a_float64_input_gives_float64(save, tmp_path):
    x, y = save("x.nii", np.full((2, 2, 2), 1 / 3)), save("y.nii", np.ones((2, 2, 2), "f4"))
    for formula, dtype in (("x * y", "float64"), ("y * 2", "float32"), ("(x > 0) * y", "float32")):
        result = quiet(formula, {"x": x, "y": y}, tmp_path / "out.nii")
        assert read(result.out_file)[1].get_data_dtype() == dtype


@pytest.mark.parametrize(
    ("dtype", "value", "expected"),
    [
        ("int16", 2.5, 2),
        ("int16", 3.5, 4),
        ("uint8", 254.6, 255),
        ("float64", 0.1, np.float64(np.float32(0.1))),
        ("complex64", 2, 2),
        ("header", 2.5, 2),
    ],
)
def test_explicit_dtypes_round_to_nearest(dtype, value, expected, save, tmp_path):
    files = {
        "x": save("x.nii", np.full((2, 2, 2), value, "f4")),
        "k": save("k.nii", np.zeros((2, 2, 2), "i2")),
    }
    result = quiet("x + k", files, tmp_path / "o.nii", dtype=dtype, copy_header_from="k")
    data, header = read(result.out_file)
    assert header.get_data_dtype() == ("int16" if dtype == "header" else dtype)
    assert (data == expected).all()


def test_scaled_and_big_endian_files_are_seen_as_nibabel_sees_them(save, tmp_path):
    data = np.arange(60).reshape(5, 4, 3)
    files = {
        "s": save("s.nii", data.astype("i2"), slope=0.5),
        "e": save("e.nii", data.astype(">i2"), order=">"),
    }
    result = quiet("s + e", files, tmp_path / "o.nii")
    np.testing.assert_array_equal(read(result.out_file)[0], data * 1.5)
    assert read(result.out_file)[1].endianness == "<"
    assert read(result.out_file)[1].get_data_dtype() == "float32"


def test_the_header_of_the_issue(images, tmp_path):
    files, arrays = images
    formula = "np.mean(img1, axis=-1) - np.mean(img2, axis=-1)"
    inputs = {"img1": files["bold"], "img2": files["img"]}
    result = math_img(formula, inputs, tmp_path / "o.nii.gz", copy_header_from="img1")
    data, header = read(result.out_file)
    expected = arrays["bold"].astype(float).mean(-1) - arrays["img"].mean(-1)
    np.testing.assert_allclose(data, expected, rtol=1e-6)
    assert header.get_xyzt_units() == ("mm", "sec")
    assert (int(header["qform_code"]), int(header["sform_code"])) == (1, 1)
    assert header["cal_max"] == np.float32(np.nanmax(data))
    assert header["cal_min"] == np.float32(np.nanmin(data))


def test_without_a_donor_a_warning_says_what_was_lost(images, tmp_path):
    files, _ = images
    with pytest.warns(HeaderWarning, match="keep it by copy_header_from='bold'") as caught:
        result = math_img("bold * 2", {"bold": files["bold"]}, tmp_path / "o.nii")
    assert caught[0].filename == __file__
    _, header = read(result.out_file)
    assert header.get_xyzt_units() == ("unknown", "unknown")
    assert int(header["sform_code"]) == 2
    assert "header" in {note.topic for note in result.notes}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        math_img("bold * 2", {"bold": files["bold"]}, tmp_path / "o.nii", copy_header_from="bold")


def test_lists_of_files_numbers_and_lists_of_numbers(images, save, tmp_path):
    files, arrays = images
    runs = [files["a"], files["b"], files["c"]]
    inputs = {"runs": runs, "k": 3, "w": [1, 2, 4]}
    result = math_img(
        "np.average(runs, axis=-1, weights=w) * k",
        inputs,
        tmp_path / "o.nii",
        copy_header_from="runs",
    )
    expected = 3 * (arrays["a"] + 2 * arrays["b"] + 4 * arrays["c"]) / 7
    np.testing.assert_allclose(read(result.out_file)[0], expected, rtol=1e-6, atol=1e-6)
    result = math_img(
        "runs * w",
        {"runs": runs, "w": [1, 2, 4]},
        tmp_path / "p.nii",
        copy_header_from="runs",
    )
    np.testing.assert_allclose(read(result.out_file)[0][..., 2], 4 * arrays["c"], rtol=1e-6)


def test_numpy_numbers_are_numbers(images):
    files, arrays = images
    inputs = {"a": files["a"], "k": np.float64(2), "v": np.arange(5)}
    value = math_value("np.max(a) * k + v[2]", inputs).value
    assert value == pytest.approx(float(arrays["a"].max()) * 2 + 2)


@pytest.mark.parametrize(
    ("formula", "kind"),
    [
        ("np.mean(bold[mask > 0])", float),
        ("np.sum(mask)", int),
        ("np.any(img > 5)", bool),
        ("np.max(np.fft.fft(bold, axis=-1)[0, 0, 1].real)", float),
        ("np.percentile(img, [5, 95])", list),
        ("np.mean(img, axis=(0, 1, 2))", list),
        ("img.shape", list),
        ("img.shape[0] * 2", int),
        ("np.corrcoef(img[..., 0], img[..., 1])[0]", list),
    ],
)
def test_values_are_plain_python(formula, kind, images):
    files, arrays = images
    value = math_value(formula, {name: files[name] for name in input_names(formula)}).value
    assert type(value) is kind
    if "mask >" not in formula and "corrcoef" not in formula:
        expected = eval(formula, {"np": np, **arrays})
        np.testing.assert_allclose(value, expected, rtol=1e-5)
    if kind is list:
        assert all(type(item) in (int, float) for item in value)


@pytest.mark.parametrize("ending", [".nii", ".nii.gz"])
@pytest.mark.parametrize(
    "formula", ["bold * mask", "np.median(bold, axis=-1)", "np.sort(img, axis=-1)[..., ::-1]"]
)
def test_the_same_bytes_whatever_the_resources(formula, ending, images, tmp_path):
    found = set()
    for k, options in enumerate(
        [
            {},
            {"num_threads": 1},
            {"num_threads": 3},
            {"memory": 20 << 20},
            {"num_threads": 1, "memory": 8 << 20},
        ]
    ):
        folder = tmp_path / f"run{k}"
        folder.mkdir()
        out = quiet(formula, images[0], folder / f"o{ending}", **options).out_file
        with open(out, "rb") as file:
            found.add(file.read())
    assert len(found) == 1


def test_larger_images_give_the_same_bytes_in_many_pieces(save, tmp_path):
    rng = np.random.default_rng(0)
    data = rng.normal(100, 10, (64, 64, 20, 9)).astype(np.float32)
    files = {"x": save("x.nii.gz", data), "y": save("y.nii", data[::-1].copy())}
    formula = "(x - np.mean(x, axis=-1)) / np.std(y, axis=-1)"
    found = set()
    for threads, memory in ((1, None), (3, None), (2, 12 << 20)):
        out = quiet(formula, files, tmp_path / "o.nii.gz", num_threads=threads, memory=memory)
        assert len(out.plan.stages[-1].cut.slabs) > 1
        with open(out.out_file, "rb") as file:
            found.add(file.read())
    assert len(found) == 1
    wide = data.astype(float)
    expected = (wide - wide.mean(-1, keepdims=True)) / wide[::-1].std(-1, keepdims=True)
    np.testing.assert_allclose(read(tmp_path / "o.nii.gz")[0], expected, rtol=1e-4, atol=1e-5)


def test_a_result_may_replace_its_own_input(images, tmp_path):
    for name in ("x.nii", "x.nii.gz"):
        path = tmp_path / name
        quiet("img + 0", images[0], path)
        quiet("x * 2", {"x": str(path)}, path, overwrite=True)
        np.testing.assert_array_equal(read(path)[0], images[1]["img"] * 2)


def test_explain_reads_no_voxel(save, tmp_path):
    path = save("cut.nii.gz", np.random.default_rng(0).normal(size=(32, 32, 32, 4)))
    size = os.path.getsize(path)
    with open(path, "r+b") as file:
        file.truncate(size * 2 // 3)  # headers are whole, voxels are not
    plan = explain("np.mean(x, axis=-1)", {"x": path}, copy_header_from="x")
    assert re.search(r"memory: about \d+ MiB", str(plan))
    assert plan.passes("x") == 1
    assert plan.peak_bytes > 0
