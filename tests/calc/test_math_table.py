"""Values of regions as tables: TSV, label tables, names of labels in formulas."""

from __future__ import annotations

import json
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from nipype_mathimg import (
    FormulaError,
    ImageFileError,
    MathImgError,
    explain,
    math_img,
    math_table,
    math_value,
)

LABELS = np.array([1, 2, 17])
TABLE = (
    "index\tname\tcolor\n0\tUnknown\tn/a\n17\tLeft-Hippocampus\tn/a\n1\tWM\tn/a\n99\tGone\tn/a\n"
)


@pytest.fixture
def files(images, save, tmp_path):
    paths, arrays = images
    rng = np.random.default_rng(4)
    arrays["atlas"] = rng.choice([0, *LABELS], (5, 4, 3)).astype(np.int16)
    paths["atlas"] = save("atlas.nii.gz", arrays["atlas"])
    paths["as_floats"] = save("floats.nii.gz", arrays["atlas"].astype(np.float32))
    (tmp_path / "atlas.tsv").write_text(TABLE)
    (tmp_path / "atlas.json").write_text(json.dumps({"17": "Left-Hippocampus", "1": "WM"}))
    return paths, arrays


def means(arrays, labels, image="img"):
    return [arrays[image][arrays["atlas"] == k].astype(float).mean(axis=0) for k in labels]


def read(path):
    lines = [line.split("\t") for line in Path(path).read_text().splitlines()]
    return {name: column for name, *column in zip(*lines, strict=True)}


def given(paths, *names):
    return {name: paths[name] for name in names}


def test_correlations_have_a_row_and_a_column_for_each_region(files, tmp_path):
    """``np.corrcoef`` of a table of regions is the matrix of connectivity."""
    paths, arrays = files
    inputs = given(paths, "img", "atlas")
    formula = "np.corrcoef(np.mean(img, by=atlas))"
    tables = {"atlas": tmp_path / "atlas.tsv"}
    result = math_table(formula, inputs, tmp_path / "o.tsv", label_tables=tables)
    found = read(result.file)
    assert list(found) == ["index", "name", "Left-Hippocampus", "WM", "Gone"]
    assert found["index"] == ["17", "1", "99"]
    assert found["Gone"] == ["n/a"] * 3
    want = np.corrcoef(means(arrays, [17, 1]))
    got = [[float(value) for value in found[name][:2]] for name in ("Left-Hippocampus", "WM")]
    np.testing.assert_allclose(got, want, atol=1e-6)
    # The axis of regions meets itself, so that rows are weighted, and stand below each other.
    weighted = f"{formula} * np.mean(img[..., 0], by=atlas)"
    columns = math_table(weighted, inputs).columns
    matrix = np.array([columns[name] for name in ("1", "2", "17")]).T
    series = means(arrays, LABELS)
    want = np.corrcoef(series) * np.array([one[0] for one in series])[:, None]
    np.testing.assert_allclose(matrix, want, rtol=1e-4, atol=1e-5)
    assert math_value(f"{formula}[0, 2]", inputs).value == pytest.approx(
        np.corrcoef(series)[0, 2], abs=1e-6
    )


@pytest.mark.parametrize("formula", ["np.corrcoef(img)", "np.corrcoef(img[atlas > 0])"])
def test_correlations_of_one_image_are_refused(files, formula):
    paths, _ = files
    with pytest.raises(FormulaError, match=r"takes a table.*of images it needs two"):
        math_table(formula, given(paths, *(n for n in ("img", "atlas") if n in formula)))


@pytest.mark.parametrize("atlas", ["atlas", "as_floats"])
def test_a_run_has_a_row_for_each_volume_and_a_column_for_each_region(files, tmp_path, atlas):
    paths, arrays = files
    inputs = {"img": paths["img"], "atlas": paths[atlas]}
    result = math_table("np.mean(img, by=atlas)", inputs, tmp_path / "o.tsv")
    found = read(result.file)
    assert list(found) == ["1", "2", "17"]
    # As text: every digit is there.
    assert np.array_equal(np.array(list(found.values()), float), means(arrays, LABELS))
    assert result["17"] == means(arrays, [17])[0].tolist()


def test_a_volume_has_a_row_for_each_region_and_results_stand_side_by_side(files, tmp_path):
    paths, arrays = files
    program = "mean = np.mean(a, by=atlas)\nsize = np.sum(a < 9, by=atlas)\nratio = mean / size"
    inputs = given(paths, "a", "atlas")
    result = math_table(program, inputs, tmp_path / "o.tsv", outputs=["mean", "size", "ratio"])
    found = read(result.file)
    assert list(found) == ["index", "name", "mean", "size", "ratio"]
    assert found["index"] == found["name"] == ["1", "2", "17"]
    assert [int(n) for n in found["size"]] == [(arrays["atlas"] == k).sum() for k in LABELS]
    np.testing.assert_allclose(np.array(found["mean"], float), means(arrays, LABELS, "a"))


def test_lists_stand_beside_regions_of_a_run(files):
    paths, _ = files
    program = (
        "m = np.mean(img, by=atlas); s = np.std(img, by=atlas); g = np.mean(img, axis=(0,1,2))"
    )
    columns = math_table(program, given(paths, "img", "atlas"), outputs=["m", "s", "g"]).columns
    assert list(columns) == ["m_1", "m_2", "m_17", "s_1", "s_2", "s_17", "g"]
    assert {len(column) for column in columns.values()} == {8}


@pytest.mark.parametrize("table", ["atlas.tsv", "atlas.json", None])
def test_a_label_table_gives_names_and_order(files, tmp_path, table):
    paths, arrays = files
    table = tmp_path / table if table else {17: "Left-Hippocampus", 1: "WM"}
    inputs = given(paths, "img", "atlas")
    result = math_table("np.mean(img, by=atlas)", inputs, label_tables={"atlas": table})
    assert list(result.columns)[:2] == ["Left-Hippocampus", "WM"]
    assert np.array_equal(list(result.columns.values())[:2], means(arrays, [17, 1]))
    notes = " ".join(map(str, result.notes))
    assert "its table does not have: 2;" in notes
    if str(table).endswith(".tsv"):
        assert "no voxel has: 99 (Gone)" in notes
        assert result.text.splitlines()[1].endswith("\tn/a")


@pytest.mark.parametrize(("name", "dtype"), [("max", "int"), ("sum", "int"), ("median", "float")])
def test_a_region_without_voxels_has_no_extreme_and_the_sum_0(files, name, dtype):
    paths, _ = files
    labels = {"atlas": {1: "one", 5: "none"}}
    inputs = given(paths, "img", "atlas")
    columns = math_table(f"np.{name}(img, by=atlas)", inputs, label_tables=labels).columns
    assert set(columns["none"]) == {0} if name == "sum" else np.all(np.isnan(columns["none"]))


def test_labels_are_named_in_comparisons(files, tmp_path):
    paths, arrays = files
    labels = {"atlas": str(tmp_path / "atlas.tsv")}
    for formula, expected in (
        ('np.sum(atlas == "Left-Hippocampus")', (arrays["atlas"] == 17).sum()),
        ('np.sum("WM" != atlas)', (arrays["atlas"] != 1).sum()),
        (
            'np.sum(np.isin(atlas, ["WM", "Left-Hippocampus"]))',
            np.isin(arrays["atlas"], [1, 17]).sum(),
        ),
    ):
        assert math_value(formula, given(paths, "atlas"), label_tables=labels).value == expected


@pytest.mark.parametrize(
    ("formula", "more", "message"),
    [
        ('np.sum(atlas == "left-hippocampus")', {}, "Did you mean Left-Hippocampus?"),
        ('np.sum(img == "WM")', {}, "label_tables={'img': 'atlas_dseg.tsv'}"),
        ("np.sum(atlas)", {"label_tables": {"atals": "x.tsv"}}, "'atals', which is no image"),
        ("np.sum(atlas)", {"label_tables": {"atlas": "x.nii"}}, "is no label table"),
        ("np.sum(atlas)", {"label_tables": {"atlas": {"one": "two"}}}, "'one' is no label"),
        ("np.sum(atlas)", {"label_tables": "x.tsv"}, "a dict of label tables"),
        ("img - 1", {}, "has the axes x, y, z, t"),
        ("a = np.mean(img, by=atlas); np.mean(a, axis=1)", {"outputs": ["a", "b"]}, "'b'"),
        (
            "a = np.mean(img, by=atlas); b = np.mean(a, axis=1)",
            {"outputs": ["a", "b"]},
            "same rows",
        ),
        ("np.mean(img, by=atlas)", {"out_file": "o.csv"}, "name it o.tsv"),
    ],
)
def test_mistakes_are_named(files, tmp_path, formula, more, message):
    paths, _ = files
    names = [name for name in ("img", "atlas") if name in formula]
    options = {
        "label_tables": {"atlas": str(tmp_path / "atlas.tsv")} if "atlas" in formula else None
    }
    if "img ==" in formula:
        options = {}
    with pytest.raises(MathImgError) as caught:
        math_table(formula, given(paths, *names), **{**options, **more})
    assert message in str(caught.value)


def test_a_table_never_replaces_an_input(files, tmp_path):
    paths, _ = files
    out = tmp_path / "no" / "o.tsv"
    with pytest.raises(ImageFileError, match="does not exist"):
        math_table("np.mean(img, by=atlas)", given(paths, "img", "atlas"), out)
    assert not list(tmp_path.glob("**/*.part"))


def test_a_program_writes_images_and_tables(files, tmp_path):
    paths, arrays = files
    program = "means = np.mean(img, by=atlas); back = means[atlas]"
    targets = {"means": tmp_path / "m.tsv", "back": tmp_path / "b.nii.gz"}
    inputs = given(paths, "img", "atlas")
    result = math_img(program, inputs, outputs=targets, copy_header_from="img")
    assert np.array_equal(
        np.array(list(read(result["means"]).values()), float), means(arrays, LABELS)
    )
    back = nib.load(result["back"])
    assert back.header.get_zooms()[3] == 2.5
    at = np.argwhere(arrays["atlas"] == 17)[0]
    voxel = np.asarray(back.dataobj)[tuple(at)]
    np.testing.assert_array_equal(voxel, means(arrays, [17])[0].astype(np.float32))
    assert "accumulate" in str(explain(program, inputs, outputs=list(targets)))


@pytest.mark.parametrize("out", ["m.nii.gz", "m.mgz"])
def test_values_of_regions_are_no_image(files, tmp_path, out):
    paths, _ = files
    with pytest.raises(FormulaError, match=r"name it .*m\.tsv"):
        math_img("np.mean(img, by=atlas)", given(paths, "img", "atlas"), tmp_path / out)


def test_a_label_image_that_is_too_large_to_look_at_is_read_in_a_first_pass(files, monkeypatch):
    paths, arrays = files
    inputs = given(paths, "img", "atlas")
    monkeypatch.setattr("nipype_mathimg.calc.labels.LOOK_MEMORY", 1)
    with pytest.raises(FormulaError, match="memory"):
        math_table("np.mean(img, by=atlas)", inputs)
    monkeypatch.undo()
    monkeypatch.setattr("nipype_mathimg.images.files.source.LOOKED_AT", 1)
    columns = math_table("np.mean(img, by=atlas)", inputs).columns
    assert np.array_equal(list(columns.values()), means(arrays, LABELS))


@pytest.mark.needs("nilearn")
@pytest.mark.parametrize("strategy", ["mean", "median", "sum", "minimum", "maximum", "variance"])
@pytest.mark.filterwarnings("ignore")
def test_nilearn_finds_the_same(files, strategy):
    from nilearn.maskers import NiftiLabelsMasker

    paths, _ = files
    masker = NiftiLabelsMasker(
        paths["atlas"], strategy=strategy, standardize=None, resampling_target=None
    )
    expected = masker.fit_transform(paths["img"])
    name = {"minimum": "min", "maximum": "max", "variance": "var"}.get(strategy, strategy)
    columns = math_table(f"np.{name}(img, by=atlas)", given(paths, "img", "atlas")).columns
    np.testing.assert_allclose(np.array(list(columns.values())).T, expected, rtol=1e-6)


@pytest.mark.needs("niworkflows")
def test_pandas_reads_what_is_written(files, tmp_path):
    import pandas as pd  # comes with niworkflows

    paths, _ = files
    inputs = given(paths, "img", "atlas")
    labels = {"atlas": str(tmp_path / "atlas.tsv")}
    result = math_table("np.mean(img, by=atlas)", inputs, tmp_path / "o.tsv", label_tables=labels)
    frame = pd.read_csv(result.file, sep="\t", na_values="n/a")
    assert frame.shape == (8, 3)
    assert frame["Gone"].isna().all()
    assert frame["WM"].tolist() == result["WM"]
