"""Formulas over GIFTI files against nibabel and NumPy, and against Workbench where it agrees."""

import subprocess
from pathlib import Path

import numpy as np
import pytest

from nipype_mathimg import ImageFileError, math_img, math_value
from tests.surfaces.gifti_files import (
    BOLD,
    MASK,
    OTHER,
    PARC,
    ROIS,
    SULC,
    THEIRS,
    THICK,
    read,
)

B, C, T, S, R = (x.astype(float) for x in (BOLD, OTHER, THICK, SULC, ROIS))
LATER = (slice(None), None)
SERIES = {
    "(bold - other) / other": (B - C) / C,
    "100 * bold / np.mean(bold, axis=-1)": 100 * B / B.mean(-1, keepdims=True),
    "(bold - np.mean(bold, axis=-1)) / np.std(bold, axis=-1)": (B - B.mean(-1)[LATER])
    / B.std(-1)[LATER],
    "bold * thick": B * T[LATER],
    "bold * (parc == 2)": B * (PARC == 2)[LATER],
    "np.where(mask > 0, bold, np.nan)": np.where(MASK[LATER] > 0, B, np.nan),
    "bold - np.mean(bold, axis=0)": B - B.mean(0),
    "bold[..., ::-1] + other": B[:, ::-1] + C,
    "bold[..., 1::2]": B[:, 1::2],
    "np.cumsum(bold, axis=-1)": B.cumsum(-1),
    "np.sort(bold, axis=-1)": np.sort(B, axis=-1),
    "bold * [1, 2, 3, 4, 5, 6, 7, 8]": B * np.arange(1, 9),
    "np.diff(bold, axis=-1)": np.diff(B, axis=-1),
    "np.log2(bold / other)": np.log2(B / C),
    "bold > 1000": B > 1000,
    "rois * 2": R * 2,
    "rois - np.mean(rois, axis=-1)": R - R.mean(-1)[LATER],
    "thick - (rois > 0)": T[LATER] - (R > 0),
    "rois[..., [2, 0]]": R[:, [2, 0]],
}
MAPS = {
    "np.mean(bold, axis=-1)": B.mean(-1),
    "np.std(bold, axis=-1, ddof=1)": B.std(-1, ddof=1),
    "np.median(bold, axis=-1)": np.median(B, axis=-1),
    "np.max(bold, axis=-1) - np.min(bold, axis=-1)": np.ptp(B, axis=-1),
    "np.mean(bold, axis=-1) / np.std(bold, axis=-1)": B.mean(-1) / B.std(-1),
    "np.argmax(bold, axis=-1)": BOLD.argmax(-1),
    "np.any(bold > 1100, axis=-1)": (B > 1100).any(-1),
    "np.all((bold != 0) & ~np.isnan(bold), axis=-1)": np.ones(len(B)),
    "bold[..., 3]": B[:, 3],
    "-thick": -T,
    "abs(sulc)": abs(S),
    "thick > 2.5": T > 2.5,
    "np.isnan(sulc) | (sulc == 0)": np.isnan(S) | (S == 0),
    "np.nan_to_num(sulc)": np.nan_to_num(S),
    "np.clip(thick, 2, 3)": T.clip(2, 3),
    "(thick - np.mean(thick)) / np.std(thick)": (T - T.mean()) / T.std(),
    "thick / np.mean(thick[mask > 0])": T / T[MASK > 0].mean(),
    "parc * 2 + mask": PARC * 2 + MASK,
    "np.where(np.isin(parc, [1, 3]), thick, 0)": np.where(np.isin(PARC, [1, 3]), T, 0),
    "np.mean(rois, axis=-1)": R.mean(-1),
    "rois[..., 1] + thick": R[:, 1] + T,
}


def result(gifti, formula, out_file, **options):
    """Return what a formula gives over the files that it names."""
    named = {name: path for name, path in gifti.items() if name in formula}
    options.setdefault("copy_header_from", next(iter(named)))
    return math_img(formula, named, out_file, **options)


@pytest.mark.parametrize("formula", [*SERIES, *MAPS])
def test_values_are_those_of_numpy(gifti, tmp_path, formula):
    expected = {**SERIES, **MAPS}[formula]
    out = tmp_path / ("a.func.gii" if expected.ndim > 1 else "a.shape.gii")
    result(gifti, formula, out)
    image, found = read(out)
    np.testing.assert_allclose(found, expected, rtol=3e-6, atol=2e-6 * np.nanmax(abs(expected)))
    assert {one.data.dtype.name for one in image.darrays} <= {"uint8", "int32", "float32"}


NUMBERS = {
    "np.mean(thick)": T.mean(),
    "np.sum(mask)": MASK.sum(),
    "np.mean(bold, axis=0)": B.mean(0),
    "np.mean(thick[parc == 2])": T[PARC == 2].mean(),
    "np.percentile(bold, 90)": np.percentile(B, 90),
}


@pytest.mark.parametrize("formula", NUMBERS)
def test_numbers_are_those_of_numpy(gifti, formula):
    named = {name: path for name, path in gifti.items() if name in formula}
    found = math_value(formula, named).value
    np.testing.assert_allclose(found, NUMBERS[formula], rtol=1e-6)


def test_files_of_a_list_are_maps(gifti, tmp_path):
    files = [gifti["thick"], gifti["sulc"], gifti["thick"]]
    math_img("a", {"a": files}, tmp_path / "a.shape.gii", copy_header_from="a")
    image, found = read(tmp_path / "a.shape.gii")
    np.testing.assert_array_equal(found, np.stack([THICK, SULC, THICK], axis=1))
    assert [one.meta["Name"] for one in image.darrays] == ["thickness", "depth", "thickness"]


def test_series_of_a_list_follow_each_other(gifti, tmp_path):
    inputs = {"a": [gifti["bold"], gifti["other"]]}
    math_img("a * 1", inputs, tmp_path / "a.func.gii", copy_header_from="a")
    image, found = read(tmp_path / "a.func.gii")
    np.testing.assert_array_equal(found, np.concatenate([BOLD, OTHER], axis=1))
    assert {one.intent for one in image.darrays} == {2001}


def test_a_program_has_several_results(gifti, tmp_path):
    program = "mean = np.mean(bold, axis=-1)\nscaled = bold / mean\nlevel = np.mean(mean)"
    outputs = {"mean": tmp_path / "m.shape.gii", "scaled": tmp_path / "s.func.gii", "level": None}
    found = math_img(program, {"bold": gifti["bold"]}, outputs=outputs, copy_header_from="bold")
    np.testing.assert_allclose(read(outputs["mean"])[1], B.mean(-1), rtol=1e-6)
    np.testing.assert_allclose(read(outputs["scaled"])[1], B / B.mean(-1)[LATER], rtol=1e-6)
    assert found.values["level"] == pytest.approx(B.mean(), rel=1e-6)


def test_files_of_other_programs(tmp_path):
    series = THEIRS / "task.func.gii"
    image, data = read(series)
    inputs = {"bold": series}
    math_img("bold - bold[..., 0]", inputs, tmp_path / "a.func.gii", copy_header_from="bold")
    np.testing.assert_array_equal(read(tmp_path / "a.func.gii")[1], data - data[:, :1])
    curv = THEIRS / "rh.shape.curv.gii"
    math_img("-c", {"c": curv}, tmp_path / "b.shape.gii", copy_header_from="c")
    image, found = read(tmp_path / "b.shape.gii")
    np.testing.assert_array_equal(found, -read(curv)[1].ravel())
    assert image.darrays[0].meta["AnatomicalStructurePrimary"] == "CortexRight"
    assert image.darrays[0].dims == [133764]


@pytest.mark.needs("nilearn")
def test_meshes_of_nilearn(tmp_path):
    from nilearn import datasets

    fetched = datasets.load_fsaverage_data(mesh="fsaverage5", data_type="curvature")
    files = datasets.fetch_surf_fsaverage()
    inputs = {"c": files["curv_left"], "s": files["sulc_left"]}
    math_img("c * (s > 0)", inputs, tmp_path / "a.shape.gii", copy_header_from="c")
    expected = fetched.data.parts["left"] * (read(files["sulc_left"])[1].ravel() > 0)
    np.testing.assert_array_equal(read(tmp_path / "a.shape.gii")[1], expected)


@pytest.mark.parametrize("memory", ["24 MiB", None])
@pytest.mark.parametrize("threads", [1, 3])
def test_bytes_depend_on_neither_memory_nor_threads(gifti, tmp_path, memory, threads):
    formula = "(bold - np.median(bold, axis=-1)) * thick"
    options = {"memory": memory, "num_threads": threads}
    result(gifti, formula, tmp_path / "a.func.gii")
    result(gifti, formula, tmp_path / "b.func.gii", **options)
    assert (tmp_path / "a.func.gii").read_bytes() == (tmp_path / "b.func.gii").read_bytes()


# What wb_command calls the same, and what it calls the images.
WORKBENCH = {
    "(bold - other) / other": "(bold - other) / other",
    "np.log2(bold / other)": "ln(bold / other) / ln(2)",
    "thick * -1": "thick * -1",
    "abs(thick)": "abs(thick)",
    "thick > 2": "thick > 2",
    "np.clip(thick, 2, 3)": "clamp(thick, 2, 3)",
    "np.sqrt(thick) + thick ** 2": "sqrt(thick) + thick ^ 2",
    "np.maximum(thick, 3)": "max(thick, 3)",
    "np.round(thick * 3)": "round(thick * 3)",
    "(thick > 2) & (thick < 4)": "(thick > 2) && (thick < 4)",
    "np.sin(thick)": "sin(thick)",
    "thick % 2": "mod(thick, 2)",
}


@pytest.mark.needs("workbench")
@pytest.mark.parametrize("formula", WORKBENCH)
def test_workbench_computes_the_same(gifti, tmp_path, formula):
    named = [name for name in ("bold", "other", "thick") if name in formula]
    variables = [word for name in named for word in ("-var", name, gifti[name])]
    theirs, ours = tmp_path / "wb.func.gii", tmp_path / "a.func.gii"
    command = ["wb_command", "-metric-math", WORKBENCH[formula], theirs, *variables]
    subprocess.run(command, check=True, capture_output=True)
    result(gifti, formula, ours, copy_header_from=named[0])
    found, expected = read(ours)[1], read(theirs)[1]
    np.testing.assert_allclose(found.astype("f4"), expected, rtol=2e-7, atol=1e-6)


@pytest.mark.needs("workbench")
@pytest.mark.parametrize("ending", [".func.gii", ".shape.gii", ".label.gii"])
def test_workbench_reads_a_result(gifti, tmp_path, ending):
    formula = {".func.gii": "bold * 2", ".shape.gii": "thick + 1", ".label.gii": "parc * mask"}
    out = tmp_path / f"a{ending}"
    result(gifti, formula[ending], out, copy_header_from=formula[ending].split()[0])
    done = subprocess.run(
        ["wb_command", "-file-information", out], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "CortexLeft" in done.stdout
    assert f"Number of Vertices: {len(THICK)}" in " ".join(done.stdout.split())


@pytest.mark.needs("gifti_tool")
def test_the_tool_of_the_c_library_reads_a_result(gifti, tmp_path):
    result(gifti, "bold * 2", tmp_path / "a.func.gii")
    command = ["gifti_tool", "-infile", tmp_path / "a.func.gii", "-gifti_test"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("spoil", ["truncated", "data", "zlib"])
def test_a_damaged_input_leaves_the_old_result(gifti, tmp_path, spoil):
    content = Path(gifti["bold"]).read_bytes()
    # The last array, after others were computed with.
    place = content.rindex(b"<Data>") + 40
    damaged = {
        "truncated": content[:-200],
        "data": content[:place] + b"!!!!" + content[place + 4 :],
        "zlib": content[:place] + content[place + 4 : place + 8] * 2 + content[place + 8 :],
    }[spoil]
    (tmp_path / "bad.func.gii").write_bytes(damaged)
    out = tmp_path / "a.func.gii"
    out.write_text("precious")
    inputs = {"bold": tmp_path / "bad.func.gii"}
    with pytest.raises(ImageFileError, match=r"bad\.func\.gii: .*(truncated|base64|zlib)"):
        math_img("bold * 2", inputs, out, copy_header_from="bold")
    assert out.read_text() == "precious"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.func.gii", "bad.func.gii"]
